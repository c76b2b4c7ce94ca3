//! How products stand in results: the same four columns everywhere, and the card beside the row.

use domain::{
    answer::{Note, ProductItem},
    table::{Column, ColumnType},
};
use serde_json::{Value, json};

use crate::{
    catalogue::{Catalogue, Product},
    contract::{ToolContext, ToolError},
    kind::members,
    names::NameMatch,
    words::stems,
};

/// A product whose name is a kind of thing is hardly meant where another of the kind is bought so many times as often.
const SELDOM: u64 = 10;

/// The columns of a product, in the order of [`product_cells`].
pub(crate) const PRODUCT_COLUMNS: [(&str, ColumnType); 4] = [
    ("product_id", ColumnType::Integer),
    ("product_name", ColumnType::String),
    ("aisle", ColumnType::String),
    ("department", ColumnType::String),
];

/// Columns from names and types.
pub(crate) fn columns<'c>(columns: impl IntoIterator<Item = &'c (&'c str, ColumnType)>) -> Vec<Column> {
    columns.into_iter().map(|(name, kind)| Column::new(*name, *kind)).collect()
}

/// Columns of a product with others before and behind.
pub(crate) fn product_columns(before: &[(&str, ColumnType)], behind: &[(&str, ColumnType)]) -> Vec<Column> {
    columns(before.iter().chain(&PRODUCT_COLUMNS).chain(behind))
}

/// The cells under [`PRODUCT_COLUMNS`].
pub(crate) fn product_cells(catalogue: &Catalogue, product: &Product) -> [Value; 4] {
    [
        json!(product.id),
        json!(product.name),
        json!(catalogue.aisle_name(product.aisle_id)),
        json!(catalogue.department_name(product.department_id)),
    ]
}

/// A row of a product with other cells before and behind.
pub(crate) fn product_row(
    catalogue: &Catalogue,
    before: impl IntoIterator<Item = Value>,
    product: &Product,
    behind: impl IntoIterator<Item = Value>,
) -> Vec<Value> {
    before.into_iter().chain(product_cells(catalogue, product)).chain(behind).collect()
}

/// The card of a product, without score and reason.
pub(crate) fn product_item(catalogue: &Catalogue, product: &Product) -> ProductItem {
    ProductItem {
        product_id: product.id,
        product_name: product.name.clone(),
        aisle: catalogue.aisle_name(product.aisle_id).to_owned(),
        department: catalogue.department_name(product.department_id).to_owned(),
        score: None,
        score_kind: None,
        reason: None,
    }
}

/// A product by id, if the principal may be shown it.
pub(crate) fn product_by_id(context: &ToolContext, id: u32) -> Result<&Product, ToolError> {
    context
        .run
        .catalogue
        .product(domain::ids::ProductId(id))
        .filter(|product| context.run.merchandising.allows(&context.principal, product))
        .ok_or_else(|| ToolError::NotFound { what: format!("product {id}"), nearest: Vec::new() })
}

/// A product by tolerant name, if the principal may be shown it; whether typing errors were corrected.
pub(crate) fn product_by_name<'c>(
    context: &'c ToolContext,
    name: &str,
) -> Result<(&'c Product, bool), ToolError> {
    let catalogue = &context.run.catalogue;
    let allowed = |id: u32| {
        catalogue
            .product(domain::ids::ProductId(id))
            .filter(|product| context.run.merchandising.allows(&context.principal, product))
    };
    let (found, near) = match catalogue.find_product(name) {
        NameMatch::Found(id) => (allowed(id).map(|product| (product, false)), Vec::new()),
        NameMatch::Corrected(id) => (allowed(id).map(|product| (product, true)), Vec::new()),
        NameMatch::Near(ids) => (None, ids),
    };
    found.ok_or_else(|| ToolError::NotFound {
        what: format!("product {name:?}"),
        nearest: near.into_iter().filter_map(allowed).map(|product| product.name.clone()).collect(),
    })
}

/// A product by tolerant name, else the one that is bought most of those whose name or aisle holds all the words; then
/// the note says which. `prefers` puts some before the others, such as those of the customer's own history.
pub(crate) fn product_by_words<'c>(
    context: &'c ToolContext,
    name: &str,
    prefers: impl Fn(&Product) -> u64,
) -> Result<(&'c Product, Option<Note>), ToolError> {
    let named = product_by_name(context, name);
    let words = stems(name);
    let catalogue = &context.run.catalogue;
    let of_kind = members(catalogue, &words, |_| true);
    let meant = |product: &&Product| {
        of_kind.as_ref().map_or_else(|| product.matches(&words), |ids| ids.contains(&product.id))
            && context.run.merchandising.allows(&context.principal, product)
    };
    // A name of one word is a kind of thing, too: of those the preferred one is meant.
    let is_kind = words.len() == 1;
    let error = match named {
        Ok((product, _)) if !is_kind || prefers(product) > 0 => return Ok((product, None)),
        Ok((product, _)) => {
            let preferred = catalogue.by_popularity().filter(meant).any(|product| prefers(product) > 0);
            let seldom = || {
                let best = catalogue.by_popularity().find(meant);
                best.is_some_and(|best| best.purchases > SELDOM * product.purchases)
            };
            if !preferred && !seldom() {
                return Ok((product, None));
            }
            ToolError::NotFound { what: format!("product {name:?}"), nearest: Vec::new() }
        }
        Err(error) => error,
    };
    let best = catalogue
        .by_popularity()
        .filter(meant)
        // The first of equals is the most bought.
        .reduce(|best, product| if prefers(product) > prefers(best) { product } else { best });
    let product = best.ok_or(error)?;
    let note = Note::new("reading", format!("“{}” is read as {}.", name.trim(), product.name));
    Ok((product, Some(note)))
}

/// Checks how many rows are wanted.
pub(crate) fn row_limit(requested: Option<u32>, default: u32, most: u32) -> Result<usize, ToolError> {
    match requested.unwrap_or(default) {
        limit if (1..=most).contains(&limit) => Ok(limit as usize),
        limit => Err(ToolError::InvalidArguments(format!("limit is {limit}, it must be 1 to {most}"))),
    }
}

/// A whole number as people read it: `89,566`.
pub(crate) fn with_separators(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        assert_eq!(
            ["0", "999", "1,000", "1,234,567"],
            [0, 999, 1_000, 1_234_567].map(with_separators).as_slice()
        );
    }

    #[test]
    fn a_limit_outside_its_range_says_what_would_be_right() {
        assert_eq!(row_limit(None, 10, 50).unwrap(), 10);
        let message = row_limit(Some(0), 10, 50).unwrap_err().to_string();
        assert_eq!(message, "invalid arguments: limit is 0, it must be 1 to 50");
    }
}
