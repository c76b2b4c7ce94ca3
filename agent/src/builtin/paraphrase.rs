//! A plan in plain words: a question that the planner itself understands.
//!
//! Offered when words of a question were not understood. Input: an intent. Output: a question, or `None` where the
//! intent has no short one.

use config::semantic::SemanticModel;
use domain::answer::Format;
use query::metrics::FilterValue;

use super::intent::{Intent, MetricIntent};

/// The question that an intent answers.
pub(crate) fn paraphrase(intent: &Intent, model: &SemanticModel) -> Option<String> {
    match intent {
        Intent::Metric(metric) => paraphrase_metric(metric, model),
        Intent::Popular(args) => {
            let scope = args.aisle.as_ref().map(|name| format!(" in the {name} aisle"));
            let scope =
                scope.or_else(|| args.department.as_ref().map(|name| format!(" in the {name} department")));
            Some(format!("What are the most popular products{}?", scope.unwrap_or_default()))
        }
        Intent::Search(args) => Some(format!("Find {}", args.query)),
        _ => None,
    }
}

fn paraphrase_metric(intent: &MetricIntent, model: &SemanticModel) -> Option<String> {
    let query = &intent.query;
    // Bounds, times and customers have no short wording that is sure to be read back the same.
    let things = ["department", "aisle"];
    if !query.filters.iter().all(|f| things.contains(&f.field.as_str()) && f.values.len() == 1) {
        return None;
    }
    let metric = model.metric(query.metrics.first()?)?;
    let by = match query.dimensions.as_slice() {
        [] => String::new(),
        [dimension] => format!(" by {}", model.dimension(dimension)?.1.label),
        _ => return None,
    };
    let place = query.filters.first().map(|filter| {
        let name = match filter.values.first() {
            Some(FilterValue::Text(name)) => name.as_str(),
            _ => "",
        };
        format!(" in the {name} {}", filter.field)
    });
    let place = place.unwrap_or_default();
    let label = &metric.label;
    let counts = metric.format == Format::Integer;
    Some(if counts && by.is_empty() {
        format!("How many {label}{place}?")
    } else {
        format!("Show {label}{by}{place}")
    })
}
