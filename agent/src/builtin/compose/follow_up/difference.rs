//! "What is the difference?", "by how much?", "how many times as many is that?": two answers taken from each other.
//!
//! Two things that stand side by side, or that the last two questions were about, and the words of the message → one
//! query with both, their difference and their ratio. Pure.

use std::collections::BTreeSet;

use query::metrics::{FilterOp, MetricFilter, MetricQuery, Slice};

use super::{gather, metric::label, topic::Topic};
use crate::builtin::{
    analytics::Fragment,
    intent::{Intent, MetricIntent, Shape},
    normalise::Token,
};

/// Words that ask for it.
const ASKS: &[&str] = &[
    "difference",
    "differences",
    "gap",
    "differ",
    "apart",
    "delta",
    "ratio",
    "margin",
    "spread",
    "discrepancy",
];
/// "by how much", "how much more", "how many times": the words behind "how much" or "how many".
const BEHIND_HOW: &[&str] = &[
    "more", "less", "fewer", "higher", "lower", "larger", "smaller", "bigger", "better", "worse", "longer",
    "shorter", "times", "points", "ahead", "behind",
];
/// Words around those.
const AROUND: &[&str] = &[
    "what", "is", "was", "the", "by", "how", "much", "many", "and", "between", "them", "these", "those",
    "two", "2", "of", "both", "that", "it", "as", "a", "an", "to", "each", "other", "does", "do", "they",
    "in", "so", "then", "please", "show", "me", "give", "tell", "one", "ones", "first", "second", "are",
    "compared", "with", "makes", "make", "now", ",", "big", "large", "exactly", "there", "than", "this",
    "far", "which", "absolute",
];

/// The difference that the message asks for; `None` where it asks for none, or no two things were spoken of.
pub(super) fn difference(tokens: &[Token], fragment: &Fragment, topic: &Topic<'_>) -> Option<MetricIntent> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let how = (0..tokens.len()).any(|at| {
        text(at) == "how"
            && matches!(text(at + 1), "much" | "many" | "far")
            && (BEHIND_HOW.contains(&text(at + 2)) || at > 0 && text(at - 1) == "by" || text(at + 1) == "far")
    });
    // "diff" is written for a word that may be something else.
    let short = tokens.len() <= 3 && tokens.iter().any(|token| token.text == "different");
    let asks = how || short || tokens.iter().any(|token| ASKS.contains(&token.text.as_str()));
    let said: BTreeSet<usize> = fragment.explained.iter().copied().collect();
    let known = |at: usize| {
        let word = text(at);
        word == "different"
            || ASKS.contains(&word)
            || BEHIND_HOW.contains(&word)
            || AROUND.contains(&word)
            || said.contains(&at)
    };
    let nothing_new =
        fragment.stated.is_empty() && fragment.grouped.is_empty() && fragment.havings.is_empty();
    if !asks || !nothing_new || !(0..tokens.len()).all(known) {
        return None;
    }
    let mut query = sides(topic)?;
    if let [metric] = fragment.metrics.as_slice() {
        query.metrics = vec![metric.clone()];
    }
    query.contrast = true;
    Some(MetricIntent { query, shape: Shape::Single, chart: false })
}

/// "and which has the higher reorder rate?", behind a difference: a row each again.
pub(super) fn side_by_side_again(query: &mut MetricQuery) {
    let fields: Vec<&MetricFilter> = query
        .slices
        .iter()
        .filter_map(|slice| match (slice.filters.as_slice(), slice.cohorts.as_slice()) {
            ([filter], []) if filter.op == FilterOp::Eq => Some(filter),
            _ => None,
        })
        .collect();
    let all = fields.len() == query.slices.len();
    let Some(field) = fields.first().map(|filter| filter.field.clone()).filter(|_| all && query.contrast)
    else {
        return;
    };
    if fields.iter().any(|filter| filter.field != field) {
        return;
    }
    let values = fields.iter().flat_map(|filter| filter.values.clone()).collect();
    query.slices.clear();
    query.contrast = false;
    query.filters.push(MetricFilter { field: field.clone(), op: FilterOp::In, values });
    query.dimensions.insert(0, field);
}

/// A slice each for the two things that were spoken of last.
fn sides(topic: &Topic<'_>) -> Option<MetricQuery> {
    let Some(Intent::Metric(latest)) = topic.turns.first()?.plan.single() else { return None };
    let mut query = latest.query.clone();
    query.order_by.clear();
    query.limit = None;
    if query.slices.len() == 2 && query.dimensions.is_empty() {
        return Some(query);
    }
    let (latest, things) = gather::side_by_side(topic)?;
    let mut query = latest.query.clone();
    query.order_by.clear();
    query.limit = None;
    if things.len() != 2 || query.has_part() || !query.cohorts.is_empty() {
        return None;
    }
    query.dimensions.retain(|name| !things.iter().any(|thing| thing.field == *name));
    query.filters.retain(|filter| !things.iter().any(|thing| thing.field == filter.field));
    // A label with a number states a figure that no result holds: they are told by their order.
    let numbered = things.iter().any(|thing| label(thing).contains(|c: char| c.is_ascii_digit()));
    let labels = ["the first", "the second"].into_iter();
    query.slices = things
        .iter()
        .zip(labels)
        .map(|(thing, place)| Slice {
            label: if numbered { place.to_owned() } else { label(thing) },
            filters: vec![thing.clone()],
            cohorts: Vec::new(),
        })
        .collect();
    Some(query)
}
