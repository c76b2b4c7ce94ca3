//! One of the groups as the bound of the others: "aisles with more customers than the yogurt aisle", "departments whose
//! reorder rate is lower than that of bakery".
//!
//! Behind the conditions. Groups of a kind are listed or counted, and one thing of that very kind stands behind a
//! comparison: its figure is the bound. Without groups of its kind, two things are compared, which is left alone.

use query::metrics::{FilterOp, FilterValue, MetricFilter};

use super::{
    item::{End, Items, Link, Mark, Noun, Verb},
    people::text,
};
use crate::builtin::normalise::Token;

/// Kinds of groups that have names.
const NAMED: [Noun; 5] = [Noun::Aisle, Noun::Department, Noun::Product, Noun::Segment, Noun::DayPart];
/// The most marks between the comparison and its "than".
const MOST_BETWEEN: usize = 5;

/// Reads such bounds.
pub(super) fn than_named(items: &mut Items, tokens: &[Token]) {
    for at in items.places(|mark| matches!(mark, Mark::Where(_))) {
        let Some((noun, name)) = named(items, at) else { continue };
        let Some(bound) = bound(items, tokens, at, noun) else { continue };
        let value = FilterValue::Text(format!("of {name}"));
        items.set(at, Mark::Having(MetricFilter { field: bound.metric, op: bound.op, values: vec![value] }));
        for place in bound.from..at {
            if !matches!(items.mark(place), Some(Mark::Metric(_))) {
                items.set(place, Mark::Skip);
            }
        }
        for place in (at + 1..at + 3).filter(|_| bound.told_behind) {
            items.set(place, Mark::Skip);
        }
        // "than the yogurt aisle": the kind behind the name.
        if items.mark(at + 1) == Some(&Mark::Noun(noun)) {
            items.set(at + 1, Mark::Skip);
        }
        items.1 = items.any(|mark| matches!(mark, Mark::Versus | Mark::Than));
        return;
    }
}

/// The kind and the name of the one thing that a mark restricts to.
fn named(items: &Items, at: usize) -> Option<(Noun, String)> {
    let Some(Mark::Where(filters)) = items.mark(at) else { return None };
    let [filter] = filters.as_slice() else { return None };
    let noun = NAMED.into_iter().find(|noun| noun.dimension() == filter.field)?;
    match filter.values.as_slice() {
        [FilterValue::Text(name)] if filter.op == FilterOp::Eq => Some((noun, name.clone())),
        _ => None,
    }
}

/// A comparison with what stands behind it.
struct Bound {
    /// Its first mark.
    from: usize,
    metric: String,
    op: FilterOp,
    /// Whether its figure stands behind the thing.
    told_behind: bool,
}

fn bound(items: &Items, tokens: &[Token], at: usize, noun: Noun) -> Option<Bound> {
    let than = than(items, tokens, at, noun)?;
    let end = |place: usize| match items.mark(place) {
        Some(Mark::More(end)) => Some(*end),
        Some(Mark::Rank(end, None)) if place + 1 < than || than == place => Some(*end),
        Some(Mark::Cmp(FilterOp::Gt | FilterOp::Ge)) => Some(End::High),
        Some(Mark::Cmp(FilterOp::Lt | FilterOp::Le)) => Some(End::Low),
        _ if place == than => match text(items, tokens, place).as_str() {
            "more than" => Some(End::High),
            "less than" | "fewer than" => Some(End::Low),
            _ => None,
        },
        _ => None,
    };
    let from = (than.saturating_sub(MOST_BETWEEN)..=than).rev().find(|place| end(*place).is_some())?;
    let op = if end(from)? == End::High { FilterOp::Gt } else { FilterOp::Lt };
    // The groups stand before, as such: "which aisles have", not "more aisles".
    let listed = (0..from).any(|place| {
        items.mark(place) == Some(&Mark::Noun(noun)) && !matches!(items.before(place), Some(Mark::Each))
    });
    if !listed {
        return None;
    }
    // "more customers than", else the figure that is spoken of before: "a reorder rate higher than".
    let counted = (from + 1..than).find_map(|place| match items.mark(place) {
        Some(Mark::Metric(name)) => Some(name.clone()),
        Some(Mark::Noun(other)) if *other != noun => other.count().map(str::to_owned),
        _ => None,
    });
    let before = (0..from).rev().find_map(|place| match items.mark(place) {
        Some(Mark::Metric(name)) => Some(name.clone()),
        Some(Mark::Verb(Verb::Reorder)) => Some("reorder_rate".to_owned()),
        Some(Mark::Verb(Verb::Buy)) => Some("items".to_owned()),
        _ => None,
    });
    // "larger than bakery by items sold"
    let behind = match (items.mark(at + 1), items.mark(at + 2)) {
        (Some(Mark::Each), Some(Mark::Metric(name))) => Some(name.clone()),
        (Some(Mark::Each), Some(Mark::Noun(other))) if *other != noun => other.count().map(str::to_owned),
        _ => None,
    };
    let told = behind.is_some();
    Some(Bound { from, metric: counted.or(behind).or(before)?, op, told_behind: told })
}

/// The place of the "than" that the thing stands behind.
fn than(items: &Items, tokens: &[Token], at: usize, noun: Noun) -> Option<usize> {
    for place in (at.saturating_sub(MOST_BETWEEN)..at).rev() {
        let words = text(items, tokens, place);
        if items.mark(place) == Some(&Mark::Than) || words.ends_with(" than") || words == "then" {
            return Some(place);
        }
        let quiet = matches!(
            items.mark(place),
            Some(
                Mark::Skip
                    | Mark::Link(Link::Of | Link::In | Link::For | Link::That)
                    | Mark::Metric(_)
                    | Mark::Each
            )
        );
        if !quiet
            && items.mark(place) != Some(&Mark::Noun(noun))
            && !matches!(words.as_str(), "that" | "does")
        {
            return None;
        }
    }
    None
}
