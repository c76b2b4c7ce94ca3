//! How long before an order the customer's previous one was: "on the same day as the one before", "30 or more days
//! after the previous order", "a day later".
//!
//! Follows the bounds and weeks, goes before the times of day. A length and a word that points to the order before become
//! a condition on `days_since_prior_order`. A mean or median length stays a figure.

use query::metrics::FilterOp;

use super::{
    item::{Items, Link, Mark, Noun, Verb},
    people::text,
    times::condition,
};
use crate::builtin::normalise::Token;

const FIELD: &str = "days_since_prior_order";

/// Reads the gaps before orders.
pub(super) fn gaps(items: &mut Items, tokens: &[Token]) {
    let mut at = 0;
    while at < items.len() {
        if !whole_day(items, tokens, at) {
            measured(items, tokens, at);
        }
        at += 1;
    }
}

/// "the same day as the previous order", "the next day", "a day later".
fn whole_day(items: &mut Items, tokens: &[Token], at: usize) -> bool {
    if items.mark(at) != Some(&Mark::Noun(Noun::Day)) || !speaks_of_orders(items) {
        return false;
    }
    let word = at.checked_sub(1).map(|before| last_word(items, tokens, before)).unwrap_or_default();
    let days = match word.as_str() {
        "same" => 0.0,
        "next" | "following" => 1.0,
        "one" | "a" if matches!(last_word(items, tokens, at + 1).as_str(), "later") => 1.0,
        _ => return false,
    };
    let next_of_horizon = word == "next" && matches!(items.mark(at + 1), Some(Mark::Number(_)));
    if next_of_horizon {
        return false;
    }
    let from = match items.mark(at.saturating_sub(2)) {
        Some(Mark::Link(Link::On | Link::At | Link::In)) if at >= 2 => at - 2,
        _ => at - 1,
    };
    let end = behind_previous(items, tokens, at + 1).unwrap_or(at + 1);
    items.merge(from, end, Mark::Where(vec![condition(FIELD, FilterOp::Eq, &[days])]));
    true
}

/// "30 or more days after the previous order", "zero days since the one before".
fn measured(items: &mut Items, tokens: &[Token], at: usize) {
    let (op, values) = match items.mark(at) {
        Some(Mark::Bound(op, values, false)) => (*op, values.clone()),
        Some(Mark::Number(value)) => (FilterOp::Eq, vec![*value]),
        _ => return,
    };
    // "days after the previous order" is the name of a figure too.
    let named = matches!(items.mark(at + 1), Some(Mark::Metric(_))) && {
        let words = text(items, tokens, at + 1);
        words.starts_with("days ") && !words.contains("between")
    };
    if named {
        let placed = items.any(|mark| matches!(mark, Mark::Verb(Verb::Place) | Mark::Noun(Noun::Order)));
        if placed && !items.0.iter().take(at).any(|item| item.mark == Mark::Noun(Noun::Customer)) {
            items.merge(at, at + 2, Mark::Where(vec![condition(FIELD, op, &values)]));
        }
        return;
    }
    if items.mark(at + 1) != Some(&Mark::Noun(Noun::Day)) {
        return;
    }
    let points = |place: usize| {
        items.mark(place) == Some(&Mark::Link(Link::After))
            || matches!(last_word(items, tokens, place).as_str(), "since" | "after" | "from" | "behind")
    };
    let since = (at + 2..items.len().min(at + 5))
        .take_while(|place| {
            matches!(items.mark(*place), Some(Mark::Skip | Mark::Word | Mark::Link(_) | Mark::Verb(_)))
        })
        .find(|place| points(*place));
    let Some(end) = since.and_then(|since| behind_previous(items, tokens, since + 1)) else { return };
    items.merge(at, end, Mark::Where(vec![condition(FIELD, op, &values)]));
}

/// Where "(as) the previous order", "the one before", "their last" that begins here ends.
fn behind_previous(items: &Items, tokens: &[Token], from: usize) -> Option<usize> {
    let previous = (from..items.len().min(from + 6))
        .take_while(|place| {
            matches!(
                items.mark(*place),
                Some(
                    Mark::Skip
                        | Mark::Word
                        | Mark::Link(_)
                        | Mark::Last
                        | Mark::Noun(Noun::Order | Noun::Customer)
                        | Mark::Verb(_)
                )
            )
        })
        .find(|place| {
            let said = text(items, tokens, *place);
            ["previous", "prior", "preceding", "last", "before", "earlier", "predecessor", "another"]
                .iter()
                .any(|word| said.split(' ').any(|known| known == *word))
        })?;
    let mut end = previous + 1;
    while matches!(items.mark(end), Some(Mark::Noun(Noun::Order)))
        || matches!(text(items, tokens, end).as_str(), "one" | "ones" | "it" | "of the same customer")
    {
        end += 1;
    }
    Some(end)
}

fn speaks_of_orders(items: &Items) -> bool {
    items.any(|mark| match mark {
        Mark::Noun(Noun::Order) => true,
        Mark::ShareOf(name) | Mark::Metric(name) => {
            matches!(name.as_str(), "orders" | "baskets" | "basket_size")
        }
        _ => false,
    })
}

fn last_word(items: &Items, tokens: &[Token], at: usize) -> String {
    text(items, tokens, at).rsplit(' ').next().unwrap_or_default().to_owned()
}
