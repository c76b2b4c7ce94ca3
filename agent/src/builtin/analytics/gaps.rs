//! How long before an order the customer's previous one was: "on the same day as the one before", "30 or more days
//! after the previous order", "a day later".
//!
//! Follows the bounds and weeks, goes before the times of day. A length and a word that points to the order before become
//! a condition on `days_since_prior_order`. A mean or median length stays a figure.

use query::metrics::{FilterOp, FilterValue};

use super::{
    item::{Agg, End, Item, Items, Link, Mark, Noun, Verb},
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

/// "days from first to second order", "within 10 days after the first order they came back": what lies between an order and
/// the one right before it, behind the conditions.
pub(super) fn steps(items: &mut Items, tokens: &[Token]) {
    pauses(items, tokens);
    between_two(items);
    returns_within(items, tokens);
}

/// "the longest pause that customer 5 took between orders": a word for a wait apart from the orders that it lies between.
fn pauses(items: &mut Items, tokens: &[Token]) {
    for at in items.places(|mark| matches!(mark, Mark::Word | Mark::Skip)) {
        let wait = matches!(
            text(items, tokens, at).as_str(),
            "pause"
                | "break"
                | "gap"
                | "interval"
                | "wait"
                | "silence"
                | "stretch"
                | "pauses"
                | "breaks"
                | "gaps"
        );
        let between =
            (at + 1..items.len().min(at + 8)).find(|place| items.mark(*place) == Some(&Mark::Between));
        let Some(between) = between.filter(|_| wait) else { continue };
        let carries = (at + 1..between).all(|place| {
            matches!(
                items.mark(place),
                Some(
                    Mark::Skip
                        | Mark::Word
                        | Mark::Where(_)
                        | Mark::Verb(_)
                        | Mark::Link(_)
                        | Mark::Noun(Noun::Customer)
                )
            )
        });
        let orders = (between + 1..items.len())
            .find(|place| !matches!(items.mark(*place), Some(Mark::Skip | Mark::Number(_))))
            .filter(|place| items.mark(*place) == Some(&Mark::Noun(Noun::Order)));
        if let (true, Some(orders)) = (carries, orders) {
            let end = match items.before(at) {
                Some(Mark::Rank(End::High, _)) => Some(Agg::Max),
                Some(Mark::Rank(End::Low, _)) => Some(Agg::Min),
                _ => None,
            };
            if let (Some(end), Some(rank)) = (end, items.previous(at)) {
                items.set(rank, Mark::Agg(end));
            }
            items.set(at, Mark::Metric("avg_days_between_orders".to_owned()));
            for place in between..=orders {
                items.set(place, Mark::Skip);
            }
            return;
        }
    }
}

/// The numbers of orders that a condition picks, with how.
fn numbered(items: &Items, at: usize) -> Option<(FilterOp, Vec<f64>)> {
    match items.mark(at) {
        Some(Mark::Where(filters)) => match filters.as_slice() {
            [filter] if filter.field == "order_number" => {
                Some((filter.op, filter.values.iter().filter_map(FilterValue::as_number).collect()))
            }
            _ => None,
        },
        _ => None,
    }
}

/// "days from first to second order", "the gap between order 9 and order 10": the gap before the later one.
fn between_two(items: &mut Items) {
    let gap = |mark: &Mark| {
        matches!(mark, Mark::Noun(Noun::Day))
            || matches!(mark, Mark::Metric(name) if name.contains("days_between"))
    };
    let ranges = (0..items.len()).filter(|at| {
        matches!(numbered(items, *at), Some((FilterOp::Between | FilterOp::In, values)) if matches!(values.as_slice(), [from, to] if (to - from - 1.0).abs() < f64::EPSILON))
    });
    let ranges: Vec<usize> = ranges.collect();
    let figures = items.places(gap);
    let ([range], [figure]) = (ranges.as_slice(), figures.as_slice()) else { return };
    let (range, figure) = (*range, *figure);
    let links = |at: usize| {
        matches!(
            items.mark(at),
            Some(
                Mark::Skip
                    | Mark::Word
                    | Mark::Between
                    | Mark::Verb(Verb::Place)
                    | Mark::Noun(Noun::Customer)
            ) | Some(Mark::Link(_) | Mark::Agg(_))
        )
    };
    // A day that is listed or counted is no length.
    let length = matches!(items.mark(figure), Some(Mark::Metric(_)))
        || matches!(items.before(figure), Some(Mark::Agg(Agg::Mean | Agg::Median) | Mark::HowMany));
    if figure < range && length && (figure + 1..range).all(links) {
        let last = numbered(items, range).and_then(|(_, values)| values.last().copied()).unwrap_or_default();
        items.set(range, Mark::Where(vec![condition("order_number", FilterOp::Eq, &[last])]));
        if items.mark(range + 1) == Some(&Mark::Noun(Noun::OrderNumber)) {
            items.set(range + 1, Mark::Skip);
        }
        let median = items.before(figure) == Some(&Mark::Agg(Agg::Median));
        if !matches!(items.mark(figure), Some(Mark::Metric(_))) {
            let name = if median { "median_days_between_orders" } else { "avg_days_between_orders" };
            items.set(figure, Mark::Metric(name.to_owned()));
        }
        for place in figure + 1..range {
            if matches!(items.mark(place), Some(Mark::Between)) {
                items.set(place, Mark::Skip);
            }
        }
    }
}

/// "customers who came back within 10 days after order 1": their second order, so many days behind the first.
fn returns_within(items: &mut Items, tokens: &[Token]) {
    // "within 5 days of their first order": the days are a condition already.
    let told = (0..items.len()).find(|at| {
        matches!(items.mark(*at), Some(Mark::Where(days)) if matches!(days.as_slice(), [filter] if filter.field == FIELD))
            && items.after(*at) == Some(&Mark::Link(Link::Of))
    });
    let first = told.and_then(|at| items.next(at)).and_then(|of| items.next(of));
    if let Some(first) =
        first.filter(|at| matches!(numbered(items, *at), Some((FilterOp::Eq, values)) if values == [1.0]))
    {
        items.set(first, Mark::Where(vec![condition("order_number", FilterOp::Eq, &[2.0])]));
        return;
    }
    for at in items.places(|mark| *mark == Mark::Noun(Noun::Day)) {
        let length = match at.checked_sub(1).and_then(|number| items.mark(number)) {
            Some(Mark::Number(days)) => Some((FilterOp::Le, *days, at - 1)),
            Some(Mark::Bound(op, values, false)) => values.first().map(|days| (*op, *days, at - 1)),
            _ => None,
        };
        let Some((op, days, number)) = length else { continue };
        let order = items.next(at).filter(
            |order| matches!(numbered(items, *order), Some((FilterOp::Gt, values)) if values == [1.0]),
        );
        let Some(order) = order else { continue };
        let returned = |place: usize| {
            matches!(items.mark(place), Some(Mark::Metric(name)) if name == "repeat_customers")
                || text(items, tokens, place).split(' ').any(|word| RETURNS.contains(&word))
        };
        let Some(back) = (0..number).find(|place| returned(*place)) else { continue };
        items.merge(number, order + 1, Mark::Where(vec![condition(FIELD, op, &[days])]));
        let place = items.0.get(number).map_or(0, |item| item.from);
        let second = Mark::Where(vec![condition("order_number", FilterOp::Eq, &[2.0])]);
        items.0.insert(number, Item { mark: second, from: place, to: place });
        let share = items.previous(back).filter(|share| items.mark(*share) == Some(&Mark::Share));
        match share {
            Some(share) => items.merge(share, back + 1, Mark::ShareOf("customers".to_owned())),
            None if matches!(items.mark(back), Some(Mark::Metric(_))) => {
                items.set(back, Mark::Noun(Noun::Customer))
            }
            None => items.set(back, Mark::Skip),
        }
        return;
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
