//! "More than 50?", "and 20?", "large ones": another bound in the place of the one that the question before had.
//!
//! Numbers and bounds that stand alone, and the words of order sizes, say nothing by themselves; behind a question with
//! a bound they are its new value. Pure edits of a query.

use query::metrics::{FilterOp, FilterValue, MetricFilter, MetricQuery, Summary};

use crate::builtin::{analytics::Fragment, normalise::Token};

/// Fields whose numbers name a thing rather than bound a figure.
const NAMING: [&str; 3] = ["user_id", "product_id", "antecedent_id"];

/// Whether a condition bounds a number.
fn is_bound(filter: &MetricFilter) -> bool {
    let number = |value: &FilterValue| !matches!(value, FilterValue::Text(_));
    let organic = filter.values == [FilterValue::Integer(1)] || filter.values == [FilterValue::Integer(0)];
    let counted =
        filter.field.starts_with("order_") || filter.field.contains("customer") || filter.op != FilterOp::Eq;
    !NAMING.contains(&filter.field.as_str())
        && filter.values.iter().all(number)
        && (!organic || counted)
        && !matches!(filter.op, FilterOp::Contains | FilterOp::NotContains)
}

/// The one bound of a query, wherever it stands; `None` where there are several.
fn only_bound(query: &mut MetricQuery) -> Option<&mut MetricFilter> {
    let cohorts = query.cohorts.iter_mut().flat_map(|cohort| &mut cohort.bought);
    let all: Vec<&mut MetricFilter> = query
        .filters
        .iter_mut()
        .chain(&mut query.part)
        .chain(cohorts)
        .filter(|filter| is_bound(filter))
        .collect();
    // A bound on a figure comes before an hour or a day.
    let timed = |filter: &MetricFilter| {
        ["order_hour_of_day", "order_dow", "order_number"].contains(&filter.field.as_str())
    };
    let figures = all.iter().filter(|filter| !timed(filter)).count();
    match (figures, all.len()) {
        (1, _) => all.into_iter().find(|filter| !timed(filter)),
        (0, 1) => all.into_iter().next(),
        _ => None,
    }
}

/// Puts a bound that stands alone in the place of the one before; gives whether it did.
pub(super) fn rebound(query: &mut MetricQuery, fragment: &Fragment) -> bool {
    let [(op, values)] = fragment.bounds.as_slice() else { return false };
    if let Some(known) = only_bound(query) {
        return replace(known, *op, values);
    }
    // "more than 2000 only", of groups: their figure.
    let bounded = query.filters.iter().any(is_bound);
    let Some(metric) = query.metrics.first().filter(|_| !query.dimensions.is_empty() && !bounded) else {
        return false;
    };
    let field = if query.share_of_total { format!("share_of_{metric}") } else { metric.clone() };
    let mut having = MetricFilter { field, op: *op, values: Vec::new() };
    replace(&mut having, *op, values);
    query.filters.push(having);
    true
}

/// A bound on items or orders, where the size of orders or of customers was bounded: its new value.
pub(super) fn resize(query: &mut MetricQuery, having: &MetricFilter) -> bool {
    let counts = ["items", "orders", "products", "products_bought"].contains(&having.field.as_str());
    let values: Vec<f64> = having.values.iter().filter_map(FilterValue::as_number).collect();
    // A bound on a risk or a rate is no bound on how many.
    let sizes = |known: &MetricFilter| {
        ["rate", "risk", "share", "days"].iter().all(|word| !known.field.contains(word))
    };
    let Some(known) = only_bound(query).filter(|known| counts && sizes(known)) else { return false };
    replace(known, having.op, &values)
}

/// "exactly once", "more than 500 times", behind how many products there are: those that were bought so often.
pub(super) fn how_often(query: &mut MetricQuery, having: &MetricFilter) -> bool {
    let counted = match query.metrics.first().map(String::as_str) {
        Some("products" | "products_bought") => "product_name",
        Some("aisles") => "aisle",
        Some("departments") => "department",
        _ => return false,
    };
    if !query.dimensions.is_empty() || query.has_part() {
        return false;
    }
    query.metrics = vec![having.field.clone()];
    query.dimensions = vec![counted.to_owned()];
    query.filters.push(having.clone());
    query.summary = Some(Summary::Count);
    true
}

/// "less than 10", "over 50", "20 or more": a bound that says of nothing what it bounds, and where it is said.
pub(super) fn bare(tokens: &[Token]) -> Option<(FilterOp, f64, std::ops::Range<usize>)> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let mut numbers = (0..tokens.len()).filter_map(|at| Some((at, tokens.get(at)?.number?)));
    let (Some((at, number)), None) = (numbers.next(), numbers.next()) else { return None };
    let before = |back: usize| at.checked_sub(back).map_or("", text);
    let (op, words) = match (before(2), before(1)) {
        (_, "over" | "above" | "exceeding" | "beyond") => (FilterOp::Gt, 1),
        (_, "under" | "below") => (FilterOp::Lt, 1),
        ("more" | "higher" | "larger" | "bigger" | "greater", "than") => (FilterOp::Gt, 2),
        ("less" | "fewer" | "lower" | "smaller", "than") => (FilterOp::Lt, 2),
        ("at", "least") => (FilterOp::Ge, 2),
        ("at", "most") | ("up", "to") => (FilterOp::Le, 2),
        _ => match (text(at + 1), text(at + 2)) {
            ("or", "more" | "above" | "over") | ("and", "more" | "above") => (FilterOp::Ge, 0),
            ("or", "less" | "fewer" | "below" | "under") => (FilterOp::Le, 0),
            _ => return None,
        },
    };
    let end = if words == 0 { at + 3 } else { at + 1 };
    Some((op, number, at - words..end))
}

/// "and 20?": the number of the bound, its kind stays.
pub(super) fn renumber(query: &mut MetricQuery, number: f64) -> bool {
    let Some(known) = only_bound(query) else { return false };
    if known.values.len() != 1 {
        return false;
    }
    let op = known.op;
    replace(known, op, &[number])
}

fn replace(known: &mut MetricFilter, op: FilterOp, values: &[f64]) -> bool {
    // "above 75" of a rate is a percentage.
    let rate = known.field.contains("rate") || known.field.contains("share") || known.field.contains("risk");
    let percent = rate && values.iter().any(|value| *value > 1.0);
    let scaled: Vec<f64> = values.iter().map(|value| if percent { value / 100.0 } else { *value }).collect();
    let values = scaled.as_slice();
    let whole = |value: f64| value.fract() == 0.0 && value.abs() < 1e9;
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 1e9")]
    let value = |value: &f64| {
        if whole(*value) { FilterValue::Integer(*value as i64) } else { FilterValue::Number(*value) }
    };
    let fresh: Vec<FilterValue> = values.iter().map(value).collect();
    let changed = known.op != op || known.values != fresh;
    known.op = op;
    known.values = fresh;
    changed
}

/// "and what percentage has only one item?", where the size of orders was bounded: exactly so many.
pub(super) fn exactly(query: &MetricQuery, tokens: &[Token]) -> Option<(MetricFilter, usize)> {
    let asked = query.filters.iter().chain(&query.part).any(|filter| filter.field == "order_size");
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let at = (0..tokens.len()).find(|at| {
        let number = tokens.get(*at).is_some_and(|token| token.number.is_some());
        let before = at.checked_sub(1).map_or("", text);
        let bounded =
            matches!(before, "than" | "least" | "most" | "over" | "under" | "to" | "and" | "top" | "between");
        number
            && !bounded
            && matches!(text(at + 1), "item" | "items" | "product" | "products")
            && !matches!(text(at + 2), "or" | "and" | "to")
    })?;
    let mut filter = MetricFilter { field: "order_size".into(), op: FilterOp::Eq, values: Vec::new() };
    replace(&mut filter, FilterOp::Eq, &[tokens.get(at)?.number?]);
    asked.then_some((filter, at))
}

/// "large ones": the size of orders, where that was asked about, or "how many of them are large", of orders.
pub(super) fn size(query: &MetricQuery, tokens: &[Token], of_them: bool) -> Option<(MetricFilter, usize)> {
    let orders = query.metrics.first().is_some_and(|metric| metric == "orders");
    let asked = of_them && orders
        || query
            .filters
            .iter()
            .chain(&query.part)
            .any(|filter| matches!(filter.field.as_str(), "order_size" | "size_band"));
    let (at, (op, values)) = tokens.iter().enumerate().find_map(|(at, token)| {
        // "how large" measures.
        let asked = at.checked_sub(1).and_then(|at| tokens.get(at)).is_some_and(|token| token.text == "how");
        Some((at, bounds_of(&token.text).filter(|_| !asked)?))
    })?;
    let mut filter = MetricFilter { field: "order_size".into(), op, values: Vec::new() };
    replace(&mut filter, op, &values);
    asked.then_some((filter, at))
}

/// The bounds of a class of orders, as the question sets define them: up to 5, 6 to 15, more than 15 items.
fn bounds_of(word: &str) -> Option<(FilterOp, Vec<f64>)> {
    Some(match word {
        "small" => (FilterOp::Le, vec![5.0]),
        "medium" | "middle" => (FilterOp::Between, vec![6.0, 15.0]),
        "large" | "big" => (FilterOp::Gt, vec![15.0]),
        _ => return None,
    })
}
