//! The two sides of a yes or no: "reordered or bought for the first time", "first orders and later ones", "those who buy it
//! and those who do not".
//!
//! Last pass. Two states that cannot both hold, beside each other, are no conditions: they are what is grouped by
//! ([`Noun::Sides`]). A denial without its thing is what the condition before it leaves out ([`Mark::Rest`]). States
//! that stand apart are told from each other when the query is put together.

use query::metrics::{FilterOp, FilterValue};

use super::{
    item::{End, Items, Link, Mark, Noun, Verb},
    people::text,
    times::condition,
};
use crate::builtin::normalise::Token;

/// Reads sides.
pub(super) fn sides(items: &mut Items, tokens: &[Token]) {
    let differences = items.any(|mark| *mark == Mark::Difference);
    kinds_of_customers(items, tokens);
    let mut at = 0;
    while at < items.len() && !differences {
        if let Some(pair) = pair(items, tokens, at) {
            join(items, at, &pair);
        }
        at += 1;
    }
    denied(items, tokens);
    beyond_bound(items, tokens);
    first_purchases(items, tokens);
    rebought_things(items, tokens);
}

/// "items bought for the first time": lines that are no reorders, where what is bought is spoken of and not who orders.
fn first_purchases(items: &mut Items, tokens: &[Token]) {
    for at in items.places(|mark| matches!(mark, Mark::Where(_))) {
        if !text(items, tokens, at).ends_with("first time") {
            continue;
        }
        let verb = (0..at).rev().find(|place| matches!(items.mark(*place), Some(Mark::Verb(_))));
        let bought =
            verb.is_some_and(|verb| matches!(items.mark(verb), Some(Mark::Verb(Verb::Buy))) && at - verb < 5);
        let people = items
            .any(|mark| matches!(mark, Mark::ShareOf(name) | Mark::Metric(name) if name == "customers"))
            || (0..items.len()).any(|place| {
                items.mark(place) == Some(&Mark::Noun(Noun::Customer))
                    && matches!(items.before(place), Some(Mark::HowMany | Mark::Share | Mark::Which))
            });
        if bought && !people {
            items.set(at, Mark::Where(vec![condition(BOUGHT_BEFORE, FilterOp::Eq, &[0.0])]));
        }
    }
}

/// "reordered bakery items on day 3": the lines that are reorders, counted.
fn rebought_things(items: &mut Items, tokens: &[Token]) {
    let other = |mark: &Mark| {
        matches!(
            mark,
            Mark::Metric(_)
                | Mark::Share
                | Mark::ShareOf(_)
                | Mark::Rank(..)
                | Mark::HowOften
                | Mark::HowMuch
        )
    };
    if items.any(other) {
        return;
    }
    for at in items.places(|mark| *mark == Mark::Verb(Verb::Reorder)) {
        let adjective = matches!(text(items, tokens, at).as_str(), "reordered" | "rebought" | "repurchased");
        let mut place = at + 1;
        while matches!(items.mark(place), Some(Mark::Where(_) | Mark::Skip)) {
            place += 1;
        }
        // "never reordered a bakery item": what is done to it.
        let opens = !matches!(
            items.before(at),
            Some(Mark::Link(Link::Is) | Mark::Verb(_) | Mark::Noun(_) | Mark::Never | Mark::Not)
        );
        if adjective && opens && place > at + 1 && items.mark(place) == Some(&Mark::Noun(Noun::Item)) {
            items.set(place, Mark::Metric("reorders".to_owned()));
            items.set(at, Mark::Skip);
        }
    }
}

/// "are orders with alcohol larger than those without": without a number behind it, the word compares two.
pub(super) fn comparatives(items: &mut Items, tokens: &[Token]) {
    for at in 0..items.len() {
        let end = match items.mark(at) {
            Some(Mark::Cmp(FilterOp::Gt)) => End::High,
            Some(Mark::Cmp(FilterOp::Lt)) => End::Low,
            _ => continue,
        };
        let words = text(items, tokens, at);
        // "is the sixth order larger than the first": two orders, no bound.
        let orders = (0..at).any(|place| {
            matches!(items.mark(place), Some(Mark::Ordinal(_)))
                && items.after(place) == Some(&Mark::Noun(Noun::Order))
        });
        let others = |place: &usize| {
            matches!(
                items.mark(*place),
                Some(Mark::Noun(Noun::Order | Noun::Customer) | Mark::Not | Mark::Rest)
            ) || matches!(text(items, tokens, *place).as_str(), "those" | "ones")
        };
        let bounds = (at + 1..items.len().min(at + 5)).take_while(|place| !others(place)).any(|place| {
            !(orders && matches!(items.mark(place), Some(Mark::Ordinal(_))))
                && matches!(
                    items.mark(place),
                    Some(
                        Mark::Number(_)
                            | Mark::Percent(_)
                            | Mark::Hour(_)
                            | Mark::Bound(..)
                            | Mark::Ordinal(_)
                            | Mark::Agg(_)
                            | Mark::DayPart(_)
                            | Mark::Metric(_)
                            | Mark::AboveOverall(_)
                    )
                )
        });
        let pointed = matches!(words.as_str(), "earlier than" | "later than" | "more than" | "less than")
            && !matches!(text(items, tokens, at + 1).as_str(), "those" | "the ones" | "ones");
        if words.ends_with(" than") && !bounds && !pointed {
            items.set(at, Mark::More(end));
            items.1 = true;
        }
    }
}

/// "how many times more items does X sell than Y": how they compare. "one in how many orders": a share.
pub(super) fn ratios(items: &mut Items, tokens: &[Token]) {
    for at in 0..items.len() {
        let compares = items.mark(at) == Some(&Mark::HowOften)
            && text(items, tokens, at) == "how many times"
            && (matches!(items.mark(at + 1), Some(Mark::More(_)))
                || matches!(text(items, tokens, at + 1).as_str(), "as" | "as many" | "as much" | "as often"));
        if compares {
            items.set(at, Mark::Difference);
            if matches!(items.mark(at + 1), Some(Mark::More(_))) {
                items.set(at + 1, Mark::Skip);
            }
        }
        // "of all the milk that goes out, how much do these customers take"
        let of_all = items.mark(at) == Some(&Mark::HowMuch)
            && text(items, tokens, at) == "how much"
            && items.0.first().is_some_and(|first| first.mark == Mark::Link(Link::Of))
            && at > 2;
        if of_all {
            items.set(at, Mark::Share);
        }
        let one = items.mark(at) == Some(&Mark::Number(1.0))
            && matches!(items.mark(at + 1), Some(Mark::Link(Link::In | Link::Of)))
            && items.mark(at + 2) == Some(&Mark::HowMany);
        if one {
            items.merge(at, at + 3, Mark::Share);
        }
    }
}

/// "within each segment new against repeat": the two kinds of customers.
fn kinds_of_customers(items: &mut Items, tokens: &[Token]) {
    if !items.any(|mark| *mark == Mark::Noun(Noun::Customer)) {
        return;
    }
    let kind = |items: &Items, at: usize| match items.mark(at) {
        Some(Mark::Metric(name)) if name == "new_customers" => Some(true),
        Some(Mark::Metric(name)) if name == "repeat_customers" => Some(false),
        _ => match text(items, tokens, at).as_str() {
            "new" => Some(true),
            "repeat" | "returning" | "existing" => Some(false),
            _ => None,
        },
    };
    for at in 0..items.len() {
        let Some(first) = kind(items, at) else { continue };
        let joined = |place: usize| {
            matches!(items.mark(place), Some(Mark::And | Mark::Or | Mark::Comma | Mark::Versus | Mark::Skip))
        };
        let other = (at + 1..items.len().min(at + 5)).find(|place| kind(items, *place).is_some());
        let named = |place: usize| matches!(items.mark(place), Some(Mark::Metric(name)) if name.ends_with("_customers"));
        if let Some(other) = other
            && (at + 1..other).all(joined)
            && other > at + 1
            && kind(items, other) != Some(first)
            && !(named(at) && named(other))
        {
            items.merge(at, other + 1, Mark::Noun(Noun::Sides("customer_kind")));
            return;
        }
    }
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
                    | Mark::HowMany
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
        Mark::Verb(Verb::Buy) if items.next(at).is_some_and(first_time) => {
            items.next(at).map(|next| (BOUGHT_BEFORE, false, next + 2))
        }
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

/// "customers with at least 10 orders and those with fewer": the other side of the bound before it.
fn beyond_bound(items: &mut Items, tokens: &[Token]) {
    for at in 0..items.len() {
        let compares =
            matches!(text(items, tokens, at).as_str(), "fewer" | "less" | "more" | "smaller" | "larger");
        let Some(with) = items.previous(at).filter(|_| compares) else { continue };
        let closes = match items.mark(at + 1) {
            None | Some(Mark::Comma | Mark::Metric(_) | Mark::Agg(_) | Mark::HowMany) => true,
            _ => crosses_sentence(items, tokens, at + 1),
        };
        // "and those with fewer", "and the ones having fewer"
        let those = |place: usize| {
            matches!(text(items, tokens, place).as_str(), "those" | "ones" | "the ones" | "others" | "people")
                || matches!(items.mark(place), Some(Mark::Noun(Noun::Order | Noun::Customer)))
        };
        let holds = matches!(items.mark(with), Some(Mark::Link(Link::With)));
        let from = (with.saturating_sub(3)..with).find(|place| those(*place));
        let joint = from.and_then(|from| {
            (from.saturating_sub(3)..from).find(|place| {
                matches!(items.mark(*place), Some(Mark::And | Mark::Or | Mark::Versus | Mark::Than))
            })
        });
        let bound = |mark: &Mark| {
            let Mark::Where(filters) = mark else { return false };
            filters
                .iter()
                .any(|filter| matches!(filter.op, FilterOp::Ge | FilterOp::Gt | FilterOp::Le | FilterOp::Lt))
        };
        let bounded = joint.is_some_and(|joint| items.0.iter().take(joint).any(|item| bound(&item.mark)));
        if closes && holds && bounded {
            items.set(at, Mark::Rest);
            items.1 = true;
            return;
        }
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
        let joined = items.0.iter().take(at).any(|item| {
            matches!(
                item.mark,
                Mark::And | Mark::Or | Mark::Versus | Mark::Than | Mark::Comma | Mark::More(_)
            )
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
