//! The segments of a run: what there is, which one a name means, which one a customer is in.
//!
//! Names and sizes are global aggregates. A customer's own segment is read through the row policy.

use domain::{ids::UserId, principal::Principal};

use crate::{
    contract::{ToolContext, ToolError},
    names::{NameIndex, NameMatch},
    run::Segment,
    sql::{Statement, read},
};

/// The segment that a name or an id means.
pub(crate) fn resolve<'r>(segments: &'r [Segment], name: &str) -> Result<&'r Segment, ToolError> {
    if segments.is_empty() {
        return Err(no_segments());
    }
    let by_id = name.trim().parse::<u32>().ok();
    let id = by_id.or_else(|| {
        let names = NameIndex::new(segments.iter().map(|s| (s.id, s.name.as_str(), s.customers)));
        match names.find(name) {
            NameMatch::Found(id) | NameMatch::Corrected(id) => Some(id),
            NameMatch::Near(_) => None,
        }
    });
    segments.iter().find(|segment| Some(segment.id) == id).ok_or_else(|| ToolError::NotFound {
        what: format!("segment {name:?}"),
        // At most a dozen: whoever chose the name sees what there is.
        nearest: segments.iter().map(|segment| segment.name.clone()).collect(),
    })
}

/// The segment that a customer is in; none where the run does not know the customer.
pub(crate) async fn of_customer(
    context: &ToolContext,
    user_id: UserId,
) -> Result<Option<&Segment>, ToolError> {
    if context.run.segments.is_empty() {
        return Err(no_segments());
    }
    let statement = Statement::new("SELECT segment FROM user_seg WHERE user_id = $1", vec![user_id.0.into()]);
    let table = read(context, &statement).await?;
    let id = table.integer(0, "segment").and_then(|id| u32::try_from(id).ok());
    Ok(context.run.segments.iter().find(|segment| Some(segment.id) == id))
}

/// Refuses a shopper any segment but their own; staff see all.
pub(crate) fn check_access(
    principal: &Principal,
    named: Option<&Segment>,
    own: Option<&Segment>,
) -> Result<(), ToolError> {
    match named {
        Some(segment) if !principal.role().is_staff() && own != Some(segment) => {
            Err(ToolError::PermissionDenied("a shopper sees only their own segment".to_owned()))
        }
        _ => Ok(()),
    }
}

fn no_segments() -> ToolError {
    ToolError::Unavailable("it has no segments; run the pipeline with its models".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments() -> Vec<Segment> {
        [(0, "Champions"), (1, "At risk")]
            .map(|(id, name)| Segment { id, name: name.to_owned(), customers: 10 })
            .to_vec()
    }

    #[test]
    fn a_segment_is_found_by_name_in_any_case_or_by_id() {
        assert_eq!(resolve(&segments(), "champion").unwrap().id, 0);
        assert_eq!(resolve(&segments(), "1").unwrap().name, "At risk");
    }

    #[test]
    fn an_unknown_segment_names_the_known_ones() {
        let message = resolve(&segments(), "whales").unwrap_err().to_string();
        assert_eq!(message, r#"segment "whales" not found; nearest: Champions, At risk"#);
        assert!(resolve(&segments(), "7").is_err());
        assert_eq!(resolve(&[], "whales").unwrap_err().code(), "unavailable");
    }
}
