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
    // "when the last order was no more than 3 days before", "came back after 30 or more days", "7 days later"
    if let Some((from, end, alone)) = told_of_return(items, tokens, at) {
        let op = if matches!(items.mark(at), Some(Mark::Number(_))) { alone } else { op };
        items.merge(from, end, Mark::Where(vec![condition(FIELD, op, &values)]));
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

/// Words of somebody who orders once more.
const RETURNS: [&str; 12] = [
    "back",
    "again",
    "return",
    "returns",
    "returned",
    "returning",
    "reorder",
    "reordered",
    "reordering",
    "followed",
    "follow",
    "follows",
];

/// A length that an order came behind the one before, told by what happened in it: where the words begin and end, and
/// what a number alone means. Nobody who did not come back has one.
fn told_of_return(items: &Items, tokens: &[Token], at: usize) -> Option<(usize, usize, FilterOp)> {
    let says = |place: usize, known: &[&str]| {
        text(items, tokens, place).split(' ').any(|word| known.contains(&word))
    };
    let before = at.saturating_sub(8)..at;
    let denied = before.clone().any(|place| matches!(items.mark(place), Some(Mark::Not | Mark::Never)));
    if denied {
        return None;
    }
    let end = at + 2;
    let last = before
        .clone()
        .any(|place| items.mark(place) == Some(&Mark::Last) || says(place, &["previous", "last"]));
    if says(end, &["before", "earlier", "prior"]) && last {
        return Some((at, end + 1, FilterOp::Eq));
    }
    if says(end, &["later"]) && speaks_of_orders(items) {
        return Some((at, end + 1, FilterOp::Eq));
    }
    let link = items.previous(at)?;
    let alone = match items.mark(link)? {
        Mark::Link(Link::After) => FilterOp::Eq,
        Mark::Link(Link::In) => FilterOp::Le,
        _ if says(link, &["after"]) => FilterOp::Eq,
        _ if says(link, &["within", "inside"]) => FilterOp::Le,
        _ => return None,
    };
    let returns = (link.saturating_sub(4)..link).any(|place| says(place, &RETURNS));
    let first = items.any(|mark| matches!(mark, Mark::Metric(name) if name == "repeat_customers"));
    (returns && !first).then_some((link, end, alone))
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
