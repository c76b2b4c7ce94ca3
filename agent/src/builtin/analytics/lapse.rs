//! Lengths of time as figures: the days since a customer's last order, and those between one order and the next.
//!
//! Follows `scan`. "how many days have gone by since the previous order", "how long ago did shoppers last order", "days
//! that lie between two orders", "how long have they been away": a word that asks for a length, one that relates it to an
//! order, and which order that is. The last order of somebody is their recency; the one before another is a gap. A length
//! that is told ("14 days ago") is no figure: it is read by [`super::last_order`].

use super::{
    item::{Items, Link, Mark, Noun, Verb},
    people::text,
};
use crate::builtin::normalise::Token;

pub(super) const RECENCY_FIGURE: &str = "avg_recency_days";
pub(super) const GAP_FIGURE: &str = "avg_days_between_orders";
/// How far what the length is related to may stand from it.
const REACH: usize = 14;

/// Words of the order that nothing follows yet.
pub(super) const LAST: [&str; 5] = ["last", "latest", "recent", "final", "newest"];
/// Words of the order that another one followed.
pub(super) const PREVIOUS: [&str; 6] = ["previous", "prior", "preceding", "earlier", "predecessor", "before"];
/// States of somebody who orders nothing.
pub(super) const AWAY: [&str; 18] = [
    "inactive",
    "inactivity",
    "silent",
    "silence",
    "dormant",
    "dormancy",
    "quiet",
    "absent",
    "absence",
    "away",
    "gone",
    "missing",
    "lapsed",
    "idle",
    "asleep",
    "stayed",
    "sleeping",
    "off",
];

/// Reads lengths that are asked for.
pub(super) fn figures(items: &mut Items, tokens: &[Token]) {
    let mut at = 0;
    while at < items.len() {
        if let Some(head) = head(items, tokens, at)
            && let Some(lapse) = related(items, tokens, &head).or_else(|| told_before(items, tokens, &head))
        {
            settle(items, tokens, &head, &lapse);
        }
        at += 1;
    }
    // "how many days lie between orders": a length has no number of its own.
    let mut at = 0;
    while at < items.len() {
        let length = items.next(at).filter(|next| {
            matches!(items.mark(*next), Some(Mark::Metric(name)) if matches!(name.as_str(), GAP_FIGURE | RECENCY_FIGURE))
        });
        if items.mark(at) == Some(&Mark::HowMany)
            && let Some(length) = length
            && let Some(figure) = items.mark(length).cloned()
        {
            items.merge(at, length + 1, figure);
        }
        at += 1;
    }
}

/// The words that ask for a length.
struct Head {
    from: usize,
    to: usize,
    /// Whether they ask by themselves: "how many days", "how long".
    asks: bool,
}

/// What a length is.
struct Lapse {
    figure: &'static str,
    /// The place of the last word that says so.
    end: usize,
}

fn head(items: &Items, tokens: &[Token], at: usize) -> Option<Head> {
    let words = text(items, tokens, at);
    let day = |place: usize| matches!(items.mark(place), Some(Mark::Noun(Noun::Day)));
    let plural = |place: usize| text(items, tokens, place).ends_with("days");
    match items.mark(at)? {
        Mark::HowMany => {
            let next = items.next(at).filter(|next| day(*next) && plural(*next))?;
            let asks = !matches!(items.before(at), Some(Mark::Link(Link::On | Link::In | Link::At)));
            asks.then_some(Head { from: at, to: next + 1, asks: true })
        }
        Mark::HowMuch | Mark::Skip | Mark::Word | Mark::Which if words == "how long" => {
            Some(Head { from: at, to: at + 1, asks: true })
        }
        Mark::Metric(name) if name == GAP_FIGURE && words.starts_with("how ") => {
            Some(Head { from: at, to: at + 1, asks: true })
        }
        // "days ago", "days go by", "days pass": part of the length's own words.
        Mark::Metric(name)
            if matches!(name.as_str(), GAP_FIGURE | RECENCY_FIGURE) && words.starts_with("days ") =>
        {
            let related =
                ["since", "between", "after", "until", "apart"].iter().any(|word| words.contains(word));
            let told =
                items.before(at).is_some_and(|mark| matches!(mark, Mark::Number(_) | Mark::CmpAfter(_)));
            let from =
                items.previous(at).filter(|many| items.mark(*many) == Some(&Mark::HowMany)).unwrap_or(at);
            (!related && !told).then_some(Head { from, to: at + 1, asks: true })
        }
        Mark::Noun(Noun::Day) if plural(at) => {
            let told = matches!(
                items.before(at),
                Some(
                    Mark::Number(_)
                        | Mark::CmpAfter(_)
                        | Mark::Ordinal(_)
                        | Mark::Last
                        | Mark::Each
                        | Mark::Which
                )
            );
            (!told).then_some(Head { from: at, to: at + 1, asks: false })
        }
        Mark::Skip | Mark::Word | Mark::HowOften | Mark::Noun(Noun::Hour) if words == "time" => {
            Some(Head { from: at, to: at + 1, asks: false })
        }
        _ => None,
    }
}

/// What the length behind these words is of.
fn related(items: &Items, tokens: &[Token], head: &Head) -> Option<Lapse> {
    let end = (head.to..items.len().min(head.to + REACH))
        .find(|at| {
            let lone = head.to != *at || !head.asks;
            lone && matches!(items.mark(*at), Some(Mark::Comma | Mark::HowMany | Mark::Each | Mark::Where(_)))
                && !matches!(text(items, tokens, *at).as_str(), "by")
        })
        .unwrap_or(items.len().min(head.to + REACH));
    let words = |at: usize| text(items, tokens, at);
    let says = |at: usize, known: &[&str]| words(at).split(' ').any(|word| known.contains(&word));
    let find = |known: &[&str]| (head.to..end).find(|at| says(*at, known));
    let own = words(head.to - 1);
    let relation = find(&[
        "since",
        "ago",
        "from",
        "after",
        "passed",
        "elapsed",
        "pass",
        "elapse",
        "gone",
        "by",
        "lie",
        "lies",
        "lain",
        "between",
        "separate",
        "separates",
    ])
    .or_else(|| (own.contains("ago") || own.contains("pass") || own.contains(" by")).then_some(head.to));
    // A plain noun is a length only where the relation stands right behind it: "days since …".
    let near = relation.is_some_and(|at| {
        head.asks
            || at <= head.to + 3 && says(at, &["since", "after", "from", "passed", "elapsed", "gone", "that"])
    });
    if let Some(previous) = find(&PREVIOUS).filter(|at| near && is_order(items, tokens, *at)) {
        return Some(Lapse { figure: GAP_FIGURE, end: previous + 1 });
    }
    if let Some(last) = find(&LAST).filter(|at| near && is_order(items, tokens, *at)) {
        // "for each hour: days since the last order": at an order, the last one is the one before.
        let of_orders = items.any(|mark| {
            matches!(mark, Mark::Noun(Noun::Hour | Noun::DayPart | Noun::OrderNumber | Noun::SizeBand))
        });
        let figure = if of_orders { GAP_FIGURE } else { RECENCY_FIGURE };
        return Some(Lapse { figure, end: last + 1 });
    }
    // "before the next order", "until they order again"
    let next = find(&["next", "again", "following", "another", "new"]);
    let until = find(&["before", "until", "till", "to", "between", "from"]);
    if let Some((next, _)) =
        next.zip(until).filter(|(next, until)| until <= next && (head.asks || *until <= head.to + 1))
    {
        return Some(Lapse { figure: GAP_FIGURE, end: next + 1 });
    }
    // "between two orders", "between one order and another"
    let both = (head.to..end).find(|at| {
        says(*at, &["between"])
            && (*at..*at + 4).any(|order| says(order, &["order", "orders", "purchases", "visits"]))
    });
    if let Some(both) = both.filter(|both| head.asks || *both <= head.to + 2) {
        let order = (both..both + 4).find(|order| says(*order, &["order", "orders", "purchases", "visits"]));
        let named = order.is_some_and(|order| !numbered(items, tokens, both, order));
        return order.filter(|_| named).map(|order| Lapse { figure: GAP_FIGURE, end: order + 1 });
    }
    // "until they come back", "to return"
    let thing = items.any(|mark| matches!(mark, Mark::Name(_) | Mark::Attribute(..)));
    let back = find(&["back", "return", "returns", "reorder", "reorders"]).filter(|_| head.asks && !thing);
    if let Some((back, _)) = back.zip(until).filter(|(back, until)| until <= back) {
        return Some(Lapse { figure: GAP_FIGURE, end: back + 1 });
    }
    // "since they bought anything", "since anybody ordered"
    let since = find(&["since"])
        .filter(|since| relation == Some(*since) || find(&["passed", "elapsed", "gone"]).is_some());
    let acts = since.and_then(|since| (since + 1..end).find(|at| acts(items, *at)));
    if let Some(act) = acts.filter(|_| near) {
        return Some(Lapse { figure: RECENCY_FIGURE, end: act + 1 });
    }
    // "how long have they been away"
    let away = find(&AWAY).filter(|at| head.asks && !says(*at, &["off"]) && words(*at) != "gone by");
    let gone_by = away.is_some_and(|at| says(at, &["gone"]) && says(at + 1, &["by"]));
    away.filter(|_| !gone_by).map(|away| Lapse { figure: RECENCY_FIGURE, end: away + 1 })
}

/// "their last order was how many days ago": the order stands before the length.
fn told_before(items: &mut Items, tokens: &[Token], head: &Head) -> Option<Lapse> {
    let says =
        |at: usize, known: &[&str]| text(items, tokens, at).split(' ').any(|word| known.contains(&word));
    let ago = says(head.to - 1, &["ago"]) || says(head.to, &["ago", "back"]);
    let before = head.from.saturating_sub(6)..head.from;
    let last = before.clone().rev().find(|at| says(*at, &LAST) && is_order(items, tokens, *at))?;
    let joined = (last..head.from).all(|at| {
        matches!(
            items.mark(at),
            Some(Mark::Skip | Mark::Last | Mark::Noun(Noun::Order) | Mark::Link(Link::Is))
        ) || acts(items, at)
    });
    if !(head.asks && ago && joined) {
        return None;
    }
    for at in last..head.from {
        items.set(at, Mark::Skip);
    }
    Some(Lapse { figure: RECENCY_FIGURE, end: head.to + 1 })
}

/// "between the second and the third order": certain orders.
fn numbered(items: &Items, tokens: &[Token], from: usize, to: usize) -> bool {
    (from..=to).any(|at| {
        matches!(items.mark(at), Some(Mark::Ordinal(_) | Mark::Number(_) | Mark::Where(_)))
            && !["one", "two"].contains(&text(items, tokens, at).as_str())
    }) || matches!(items.mark(to + 1), Some(Mark::Number(_)))
}

/// Whether a word that picks an order stands with one: "last order", "last seen", "did they last buy", "the one before".
fn is_order(items: &Items, tokens: &[Token], at: usize) -> bool {
    let words = text(items, tokens, at);
    let own = ["order", "purchase", "visit", "shop", "bought", "seen", "trip", "basket", "checkout", "one"];
    own.iter().any(|word| words.contains(word))
        || (at + 1..items.len().min(at + 3)).any(|place| {
            acts(items, place)
                || ["purchase", "visit", "seen", "buy", "one", "activity", "transaction"]
                    .contains(&text(items, tokens, place).as_str())
        })
        || at.checked_sub(1).is_some_and(|place| acts(items, place) || text(items, tokens, place) == "one")
}

/// Whether somebody orders or buys here, or it is an order.
pub(super) fn acts(items: &Items, at: usize) -> bool {
    match items.mark(at) {
        Some(Mark::Verb(Verb::Place | Verb::Buy) | Mark::Noun(Noun::Order)) => true,
        Some(Mark::Metric(name)) => matches!(name.as_str(), "items" | "orders"),
        _ => false,
    }
}

/// Puts the figure in the place of the words.
fn settle(items: &mut Items, tokens: &[Token], head: &Head, lapse: &Lapse) {
    let mut end = lapse.end;
    while acts(items, end)
        || ["purchase", "visit", "seen", "one", "activity"].contains(&text(items, tokens, end).as_str())
    {
        end += 1;
    }
    for at in head.to..end.min(items.len()) {
        let kept = matches!(
            items.mark(at),
            Some(Mark::Noun(noun)) if *noun != Noun::Order
        ) || matches!(
            items.mark(at),
            Some(Mark::Agg(_) | Mark::Name(_) | Mark::Attribute(..) | Mark::Me)
        );
        if !kept {
            items.set(at, Mark::Skip);
        }
    }
    meanwhile(items, tokens, end);
    items.merge(head.from, head.to, Mark::Metric(lapse.figure.to_owned()));
}

/// "when a new order comes in", "by the time the next one is placed": at which order the length is taken.
fn meanwhile(items: &mut Items, tokens: &[Token], from: usize) {
    let opens = |at: usize| {
        matches!(
            text(items, tokens, at).as_str(),
            "when" | "once" | "whenever" | "at the time" | "by the time" | "until" | "before" | "till" | "as"
        )
    };
    let Some(open) = (from..items.len().min(from + 3)).find(|at| opens(*at)) else { return };
    let next = (open + 1..items.len().min(open + 4)).find(|at| {
        ["new", "next", "another", "following", "again"].contains(&text(items, tokens, *at).as_str())
    });
    let Some(next) = next else { return };
    let mut end = next + 1;
    while end < items.len()
        && matches!(
            items.mark(end),
            Some(
                Mark::Noun(Noun::Order)
                    | Mark::Verb(_)
                    | Mark::Link(Link::Is | Link::In)
                    | Mark::Skip
                    | Mark::Word
            )
        )
    {
        end += 1;
    }
    for at in open..end {
        items.set(at, Mark::Skip);
    }
}
