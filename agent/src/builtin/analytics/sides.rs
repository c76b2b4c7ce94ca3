//! The two sides of a yes or no: "reordered or bought for the first time", "first orders and later ones", "those who buy it
//! and those who do not".
//!
//! Last pass. Two states that cannot both hold, beside each other, are no conditions: they are what is grouped by
//! ([`Noun::Sides`]). A denial without its thing is what the condition before it leaves out ([`Mark::Rest`]). States
//! that stand apart are told from each other when the query is put together.

use query::metrics::{FilterOp, FilterValue};

use super::{
    item::{Items, Link, Mark, Noun, Verb},
    people::text,
};
use crate::builtin::normalise::Token;

/// Reads sides.
pub(super) fn sides(items: &mut Items, tokens: &[Token]) {
    let differences = items.any(|mark| *mark == Mark::Difference);
    let mut at = 0;
    while at < items.len() && !differences {
        if let Some(pair) = pair(items, tokens, at) {
            join(items, at, &pair);
        }
        at += 1;
    }
    denied(items, tokens);
}

/// Two states beside each other.
struct Pair {
    /// The dimension that tells them apart.
    dimension: &'static str,
    /// What has such states.
    counted: Option<&'static str>,
    /// The place behind the second.
    end: usize,
}

/// The pair whose first state stands at a place.
fn pair(items: &Items, tokens: &[Token], at: usize) -> Option<Pair> {
    let (dimension, state, first_end) = state(items, tokens, at)?;
    let mut joined = false;
    let mut place = first_end;
    while place < items.len().min(first_end + 6) {
        if let Some((other, opposite, end)) = self::state(items, tokens, place)
            && joined
            && other == dimension
            && opposite != state
        {
            let counts = |from: usize, to: usize| {
                (from..to).any(|place| match items.mark(place) {
                    Some(Mark::Metric(name)) => matches!(name.as_str(), "reorders" | "items"),
                    Some(Mark::Noun(Noun::Item | Noun::Product)) => true,
                    Some(Mark::Where(_)) => text(items, tokens, place).ends_with("purchases"),
                    _ => false,
                })
            };
            let counted = (dimension == BOUGHT_BEFORE && counts(at, end)).then_some("items");
            return Some(Pair { dimension, counted, end });
        }
        joined |=
            matches!(items.mark(place), Some(Mark::And | Mark::Or | Mark::Comma | Mark::Versus | Mark::Than))
                || matches!(items.mark(place), Some(Mark::Not));
        let passes = matches!(
            items.mark(place),
            Some(
                Mark::And
                    | Mark::Or
                    | Mark::Comma
                    | Mark::Versus
                    | Mark::Than
                    | Mark::Skip
                    | Mark::Each
                    | Mark::Link(_)
                    | Mark::Noun(Noun::Item | Noun::Product | Noun::Order)
            )
        );
        if !passes {
            return None;
        }
        place += 1;
    }
    None
}

const BOUGHT_BEFORE: &str = "bought_before";

/// The dimension and the state that begins at a place, and the place behind it.
fn state(items: &Items, tokens: &[Token], at: usize) -> Option<(&'static str, bool, usize)> {
    let first_time = |from: usize| {
        let first = matches!(items.mark(from), Some(Mark::Ordinal(1)));
        first && matches!(text(items, tokens, from + 1).as_str(), "time" | "times" | "timers")
    };
    match items.mark(at)? {
        Mark::Verb(Verb::Buy) if matches!(items.after(at), Some(Mark::Where(_))) => {
            let next = items.next(at)?;
            says_first_time(items, tokens, next).then_some((BOUGHT_BEFORE, false, next + 1))
        }
        Mark::Verb(Verb::Reorder) => Some((BOUGHT_BEFORE, true, at + 1)),
        Mark::Metric(name) if name == "reorders" => Some((BOUGHT_BEFORE, true, at + 1)),
        Mark::Ordinal(1) if first_time(at) => Some((BOUGHT_BEFORE, false, at + 2)),
        Mark::Where(filters) => match filters.as_slice() {
            [filter] if filter.field == BOUGHT_BEFORE => {
                Some((BOUGHT_BEFORE, filter.values == [FilterValue::Integer(1)], at + 1))
            }
            [filter] if filter.field == "order_number" => match (filter.op, filter.values.as_slice()) {
                (FilterOp::Eq, [FilterValue::Integer(1)]) => Some(("order_kind", true, at + 1)),
                (FilterOp::Gt, [FilterValue::Integer(1)]) | (FilterOp::Ge, [FilterValue::Integer(2)]) => {
                    Some(("order_kind", false, at + 1))
                }
                _ => None,
            },
            _ => None,
        },
        Mark::Skip | Mark::Word if matches!(text(items, tokens, at).as_str(), "repeat" | "repeated") => {
            Some((BOUGHT_BEFORE, true, at + 1))
        }
        _ => None,
    }
}

/// "bought for the first time"
fn says_first_time(items: &Items, tokens: &[Token], at: usize) -> bool {
    text(items, tokens, at).ends_with("first time")
}

/// Puts what is grouped by in the place of a pair, with what is counted behind it.
fn join(items: &mut Items, at: usize, pair: &Pair) {
    let figure = |mark: &Mark| {
        matches!(mark, Mark::Metric(name) if name != "reorders")
            || matches!(mark, Mark::HowMany | Mark::Share | Mark::ShareOf(_))
    };
    let named = items
        .0
        .iter()
        .enumerate()
        .any(|(place, item)| !(at..pair.end).contains(&place) && figure(&item.mark));
    let mark = Mark::Noun(Noun::Sides(pair.dimension));
    match pair.counted.filter(|_| !named && pair.end > at + 1) {
        Some(counted) => {
            items.merge(at, pair.end - 1, mark);
            items.set(at + 1, Mark::Metric(counted.to_owned()));
        }
        None => items.merge(at, pair.end, mark),
    }
}

/// "…or those who don't buy it", "orders that do not": those that the condition before leaves out.
fn denied(items: &mut Items, tokens: &[Token]) {
    for at in items.places(|mark| matches!(mark, Mark::Not | Mark::Never)) {
        let mut end = at + 1;
        while matches!(
            items.mark(end),
            Some(Mark::Verb(_) | Mark::Skip | Mark::Link(Link::With | Link::Is | Link::Of))
        ) || matches!(text(items, tokens, end).as_str(), "it" | "any" | "them" | "so" | "do" | "such")
        {
            end += 1;
        }
        let closes = match items.mark(end) {
            None | Some(Mark::Comma | Mark::Metric(_) | Mark::Agg(_) | Mark::HowMany) => true,
            _ => crosses_sentence(items, tokens, end),
        };
        let who = items.previous(at).is_some_and(|place| {
            matches!(items.mark(place), Some(Mark::Link(Link::That) | Mark::Noun(_)))
                || matches!(
                    text(items, tokens, place).as_str(),
                    "those" | "ones" | "others" | "the ones" | "do"
                )
        });
        let joined =
            items.0.iter().take(at).any(|item| {
                matches!(item.mark, Mark::And | Mark::Or | Mark::Versus | Mark::Than | Mark::Comma)
            });
        let thing = items.0.iter().take(at).any(|item| matches!(item.mark, Mark::Where(_)));
        if closes && who && joined && thing {
            items.merge(at, end, Mark::Rest);
            return;
        }
    }
}

/// Whether a sentence or clause ends before a place.
fn crosses_sentence(items: &Items, tokens: &[Token], at: usize) -> bool {
    let first = items.0.get(at).and_then(|item| tokens.get(item.from));
    let before = items.0.get(at).and_then(|item| tokens.get(item.from.checked_sub(1)?));
    first.zip(before).is_some_and(|(first, before)| first.start > before.end + 1)
}
