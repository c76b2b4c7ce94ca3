//! How the figures and the groups of a metric answer are said.
//!
//! What is counted stands behind its number ("3,990 items", "1 order"), what is measured before it ("reorder rate
//! 66.2 %"), a share beside its base is "28.9 % of all". A group is said by the label of its value ("not organic"), or
//! by its number with the word that tells what it is ("day 0", "customer 42").

use std::collections::BTreeMap;

use config::semantic::SemanticModel;
use domain::answer::Format;
use minijinja::{Value as Template, context};
use query::metrics::{MetricColumn, MetricQuery};

use super::metric::Figure;
use crate::grounding::scan;

/// The figures that a text tells: not those that are 1 in each group because the group is what they count.
pub(super) fn told<'f>(figures: &'f [Figure], query: &MetricQuery) -> Vec<&'f Figure> {
    let counts_itself = |figure: &Figure| {
        let groups = match figure.column.as_str() {
            "products" | "products_bought" => ["product_name", "product_id"],
            "customers" => ["user_id", "user_id"],
            "orders" => ["order_id", "order_id"],
            "aisles" => ["aisle", "aisle_id"],
            "departments" => ["department", "department_id"],
            _ => return false,
        };
        query.dimensions.iter().any(|dimension| groups.contains(&dimension.as_str()))
    };
    let others: Vec<&Figure> = figures.iter().filter(|figure| !counts_itself(figure)).collect();
    if others.is_empty() { figures.iter().collect() } else { others }
}

/// A figure for the macro `figures`.
pub(super) fn figure(figure: &Figure, beside: &[&Figure]) -> Template {
    let base = figure.column.strip_prefix("share_of_");
    let is_share = base.is_some_and(|base| beside.iter().any(|other| other.column == base));
    let kind = match figure.format {
        _ if is_share => "share",
        Format::Integer if !is_measured(&figure.label) => "count",
        _ => "measure",
    };
    context! {
        column => figure.column.as_str(),
        label => figure.label.as_str(),
        one => one_of(&figure.label),
        kind => kind,
    }
}

/// Words that open the label of a whole number that counts nothing: the largest order is 59, not "59 largest orders".
const MEASURED: [&str; 10] =
    ["largest", "smallest", "fewest", "most", "longest", "shortest", "mean", "median", "total", "cumulative"];

fn is_measured(label: &str) -> bool {
    label.split_whitespace().next().is_some_and(|first| MEASURED.contains(&first))
}

/// Things that are counted, one and many.
const THINGS: [(&str, &str); 8] = [
    ("orders", "order"),
    ("items", "item"),
    ("customers", "customer"),
    ("products", "product"),
    ("aisles", "aisle"),
    ("departments", "department"),
    ("pairs", "pair"),
    ("times", "time"),
];

/// The label for a count of 1: "order with items".
fn one_of(label: &str) -> String {
    let mut words: Vec<&str> = label.split(' ').collect();
    for word in &mut words {
        if let Some((_, one)) = THINGS.iter().find(|(many, _)| many == word) {
            *word = one;
            break;
        }
    }
    words.join(" ")
}

/// A dimension for the macro `group`.
pub(super) fn group(column: &MetricColumn, model: &SemanticModel) -> Template {
    let dimension = model.dimension(&column.name).map(|(_, dimension)| dimension);
    let values = dimension.map(|dimension| dimension.values.as_slice()).unwrap_or_default();
    // A label with a figure in it would be a figure that nothing gave: the value itself is told.
    let labels: BTreeMap<String, String> = values
        .iter()
        .filter(|known| known.label != known.value && !states_figure(&known.label))
        .map(|known| (known.value.clone(), known.label.clone()))
        .collect();
    let before = match column.name.as_str() {
        "order_dow" => "day ",
        "order_number" => "order number ",
        "order_id" => "order ",
        "user_id" => "customer ",
        "cart_place" => "place ",
        _ => "",
    };
    context! { name => column.name.as_str(), labels => labels, before => before }
}

/// Whether the checker would want a binding for words of it.
pub(super) fn states_figure(words: &str) -> bool {
    let chars: Vec<char> = words.chars().collect();
    words.chars().any(char::is_numeric)
        || scan::words(&chars).iter().any(|(_, word)| scan::is_number_word(word))
}

#[cfg(test)]
mod tests {
    use super::{is_measured, one_of, states_figure};

    #[test]
    fn a_number_word_is_a_figure() {
        assert!(states_figure("two weeks") && states_figure("30 days or more"));
        assert!(!states_figure("not organic") && !states_figure("morning"));
    }

    #[test]
    fn one_of_many() {
        assert_eq!(one_of("orders with items"), "order with items");
        assert_eq!(one_of("reordered items"), "reordered item");
        assert_eq!(one_of("times first in the cart"), "time first in the cart");
        assert_eq!(one_of("pairs of products"), "pair of products");
    }

    #[test]
    fn an_extreme_is_measured_though_it_is_whole() {
        assert!(is_measured("largest order") && is_measured("most orders of a customer"));
        assert!(!is_measured("orders"));
    }
}
