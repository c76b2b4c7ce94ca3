//! How long ago somebody's last order was, as a condition: "last order at most 7 days ago", "no order for 30 days or more",
//! "stayed away for two weeks", "30 days without an order", "recency over 20", "sits at the cap".
//!
//! Follows the numbers. A stretch of days, with one bound or two, is about the last order where the words beside it say
//! so: the last order itself, a denied order, a state of being away, or a stretch that reaches back from now. What points
//! to the order before another is a gap and is left to [`super::gaps`]. Output: conditions on `recency_days`.

use query::metrics::{FilterOp, MetricFilter};

use super::{
    item::{Items, Link, Mark, Noun},
    lapse::{AWAY, LAST, PREVIOUS, RECENCY_FIGURE, acts},
    people::{speaks_of_customers, text},
    times::condition,
};
use crate::builtin::normalise::Token;

const FIELD: &str = "recency_days";
/// Where the source's gaps end: 30 means 30 or more.
const CAP: f64 = 30.0;
/// Words of that end.
const CAPPED: [&str; 8] = ["cap", "capped", "tops", "topped", "maxes", "ceiling", "censored", "truncated"];
/// How far before a stretch the words that relate it may begin.
const BEFORE: usize = 10;
/// How far behind it they may end.
const BEHIND: usize = 7;

/// Reads conditions on the last order.
pub(super) fn last_order(items: &mut Items, tokens: &[Token]) {
    let mut at = 0;
    while at < items.len() {
        if let Some(stretch) = stretch(items, tokens, at)
            && let Some(relation) = relation(items, tokens, &stretch)
        {
            settle(items, tokens, &stretch, &relation);
        }
        at += 1;
    }
    bounded_recency(items, tokens);
    at_the_cap(items, tokens);
    plain_lapsed(items, tokens);
}

/// One end of a stretch; none where a number stands alone.
type End = (Option<FilterOp>, Vec<f64>);

/// A length in days with its bounds.
struct Stretch {
    from: usize,
    to: usize,
    ends: Vec<End>,
}

/// How a stretch hangs on the last order.
struct Relation {
    /// Where the words that say so begin.
    from: usize,
    /// Where they end.
    to: usize,
    /// What a number alone means: "for 14 days" at least so long, "within 7 days" at most.
    alone: FilterOp,
}

/// The stretch that begins at a place.
fn stretch(items: &Items, tokens: &[Token], at: usize) -> Option<Stretch> {
    let (first, mut to) = end_at(items, tokens, at)?;
    let mut ends = vec![first];
    while let Some((other, behind)) = other_end(items, tokens, to, ends.first()?) {
        if !ends.contains(&other) {
            ends.push(other);
        }
        to = behind;
    }
    Some(Stretch { from: at, to, ends })
}

/// One end with its unit: "at least 14 days", "30 days".
fn end_at(items: &Items, tokens: &[Token], at: usize) -> Option<(End, usize)> {
    let end = match items.mark(at)? {
        Mark::Bound(op, values, false) => (Some(*op), values.clone()),
        Mark::Number(value) => (None, vec![*value]),
        _ => return None,
    };
    let day = items.next(at).filter(|day| items.mark(*day) == Some(&Mark::Noun(Noun::Day)))?;
    // "14 days ago or longer", "7 days back at most": the comparison stands behind.
    let behind = (day + 1..items.len().min(day + 4))
        .find(|p| matches!(items.mark(*p), Some(Mark::CmpAfter(_) | Mark::Cmp(_))));
    let trailing = behind.filter(|place| {
        (day + 1..*place).all(|p| {
            items.mark(p) == Some(&Mark::Skip)
                || ["ago", "back", "old", "past"].contains(&text(items, tokens, p).as_str())
        }) && !matches!(items.mark(place + 1), Some(Mark::Number(_) | Mark::Percent(_)))
    });
    match (end, trailing.and_then(|place| items.mark(place).map(|mark| (place, mark)))) {
        ((None, values), Some((place, Mark::CmpAfter(op) | Mark::Cmp(op)))) => {
            Some(((Some(*op), values), place + 1))
        }
        ((Some(op), values), Some((place, Mark::CmpAfter(_)))) => Some(((Some(op), values), place + 1)),
        (end, _) => Some((end, day + 1)),
    }
}

/// "but less than 20 days", "and at most three weeks ago", "(14 days)": the other end, or the same said again.
fn other_end(items: &Items, tokens: &[Token], from: usize, first: &End) -> Option<(End, usize)> {
    let again = (from..items.len().min(from + 2)).find(|at| items.mark(*at) != Some(&Mark::Skip));
    if let Some((end, to)) = again.and_then(|at| end_at(items, tokens, at))
        && end.1 == first.1
    {
        return Some((first.clone(), to));
    }
    let place =
        (from..items.len().min(from + 4)).find(|at| matches!(items.mark(*at), Some(Mark::Bound(..))))?;
    let joined = (from..place).all(|at| {
        matches!(items.mark(at), Some(Mark::Skip | Mark::And | Mark::Comma))
            || ["but", "yet", "ago", "though", "old", "back"].contains(&text(items, tokens, at).as_str())
    });
    end_at(items, tokens, place).filter(|_| joined)
}

fn says(items: &Items, tokens: &[Token], at: usize, known: &[&str]) -> bool {
    text(items, tokens, at).split(' ').any(|word| known.contains(&word))
}

/// What relates a stretch to the last order.
fn relation(items: &Items, tokens: &[Token], stretch: &Stretch) -> Option<Relation> {
    let says = |at: usize, known: &[&str]| says(items, tokens, at, known);
    let start = clause_start(items, stretch.from);
    let behind = stretch.to..clause_end(items, tokens, stretch.to);
    let points =
        behind.clone().find(|at| says(*at, &["after", "since", "from", "behind", "following", "of", "on"]));
    // "if the last order was no more than 3 days before": counted from another order, not from now.
    if behind.clone().next().is_some_and(|at| says(at, &["before", "prior"])) {
        return None;
    }
    if points.is_some() && behind.clone().any(|at| says(at, &PREVIOUS) || says(at, &["first"])) {
        return None;
    }
    let people = speaks_of_customers(items) || (0..stretch.from).any(|at| text(items, tokens, at) == "whose");
    let last = (start..stretch.from).rev().find(|at| is_last_order(items, tokens, *at));
    let denied = (start..stretch.from).rev().find(|at| denies(items, tokens, *at));
    let done = (start..stretch.from).any(|at| acts(items, at) || says(at, &ACTS));
    let window = items.previous(stretch.from).filter(|at| {
        matches!(items.mark(*at), Some(Mark::Last | Mark::Link(Link::In)))
            || says(*at, &["within", "during", "past", "inside"]) && !says(*at, &["order", "purchase"])
    });
    let away = (start..stretch.from).find(|at| is_away(items, tokens, *at));
    let relation = |from: usize, to: usize, alone: FilterOp| Some(Relation { from, to, alone });
    // "14 days without an order", "30 days of silence", "20 days inactive"
    if let Some(end) = away_behind(items, tokens, behind.clone()) {
        return relation(denied.unwrap_or(stretch.from), end, FilterOp::Ge);
    }
    if let Some(away) = away {
        return relation(away, stretch.to, FilterOp::Ge);
    }
    let ago = behind.clone().find(|at| says(*at, &["ago", "back", "past", "earlier", "old", "behind"]));
    let reached = ago.map_or(stretch.to, |ago| ago + 1);
    if let Some(denied) = denied.filter(|denied| last.is_none_or(|last| last < *denied)) {
        let done = done || says(denied, &ACTS);
        let alone = if window.is_some_and(|at| at > denied) { FilterOp::Gt } else { FilterOp::Ge };
        return if done { relation(denied, reached, alone) } else { None };
    }
    // "orders that came 7 days after the customer's last order": a gap.
    let owner = (0..stretch.from).rev().find_map(|at| match items.mark(at) {
        Some(Mark::Noun(noun @ (Noun::Order | Noun::Customer))) => Some(*noun),
        _ => None,
    });
    if owner == Some(Noun::Order) && last.is_none() && points.is_some() {
        return None;
    }
    // "30 days since the last order"
    let since = points.filter(|at| says(*at, &["since", "after", "from"]));
    if let Some(end) = since.and_then(|since| last_behind(items, tokens, since + 1, behind.end)) {
        return relation(stretch.from, end, FilterOp::Eq);
    }
    match (last, window) {
        (Some(last), Some(_)) => relation(last, reached, FilterOp::Le),
        (Some(last), None) => relation(last, reached, FilterOp::Eq),
        (None, Some(window)) if people && (done || !items.any(|mark| *mark == Mark::Noun(Noun::Order))) => {
            let reaches = items.mark(window) == Some(&Mark::Last);
            if reaches || ago.is_some() { relation(window, reached, FilterOp::Le) } else { None }
        }
        (None, None) if people && done => ago.and_then(|_| relation(stretch.from, reached, FilterOp::Eq)),
        _ => None,
    }
}

/// What customers do, in words that are no marks of buying.
const ACTS: [&str; 22] = [
    "seen",
    "back",
    "returned",
    "return",
    "come",
    "came",
    "visited",
    "visit",
    "visits",
    "shopped",
    "shop",
    "heard",
    "around",
    "appeared",
    "shown",
    "showed",
    "purchase",
    "purchases",
    "ordered",
    "order",
    "orders",
    "been",
];

/// "last order", "last seen", "most recent purchase", "recency": the end that nothing followed yet.
fn is_last_order(items: &Items, tokens: &[Token], at: usize) -> bool {
    let words = text(items, tokens, at);
    let own = says(items, tokens, at, &LAST)
        && !words.starts_with("in ")
        && !words.starts_with("within ")
        && !words.starts_with("over ")
        && !words.starts_with("during ");
    let order = |place: usize| acts(items, place) || says(items, tokens, place, &ACTS);
    own && (order(at) || order(at + 1) || order(at + 2) && items.mark(at + 1) == Some(&Mark::Skip))
        || own && at.checked_sub(1).is_some_and(order)
}

/// "not", "no order", "never", "without buying", "nothing".
fn denies(items: &Items, tokens: &[Token], at: usize) -> bool {
    matches!(items.mark(at), Some(Mark::Not | Mark::Never)) || says(items, tokens, at, &["nothing", "nobody"])
}

fn is_away(items: &Items, tokens: &[Token], at: usize) -> bool {
    let named = matches!(items.mark(at), Some(Mark::Name(_) | Mark::Where(_)));
    let words = text(items, tokens, at);
    !named && says(items, tokens, at, &AWAY) && words != "off" && !words.ends_with(" by")
}

/// Where "without an order", "of silence", "inactive" behind a stretch ends.
fn away_behind(items: &Items, tokens: &[Token], behind: std::ops::Range<usize>) -> Option<usize> {
    for at in behind.clone() {
        if is_away(items, tokens, at) {
            return Some(at + 1);
        }
        let denies =
            matches!(items.mark(at), Some(Mark::Not | Mark::Never)) || says(items, tokens, at, &["without"]);
        if denies {
            let act = (at..behind.end).find(|place| {
                acts(items, *place)
                    || says(
                        items,
                        tokens,
                        *place,
                        &[
                            "order", "orders", "purchase", "visit", "activity", "ordering", "buying",
                            "anything",
                        ],
                    )
            })?;
            return Some(act + 1);
        }
        if !matches!(items.mark(at), Some(Mark::Skip | Mark::Word | Mark::Link(_))) {
            return None;
        }
    }
    None
}

/// Where "their last order", "they last bought" behind "since" ends.
fn last_behind(items: &Items, tokens: &[Token], from: usize, end: usize) -> Option<usize> {
    let last = (from..end).find(|at| says(items, tokens, *at, &LAST))?;
    let mut to = last + 1;
    while to < end && (acts(items, to) || says(items, tokens, to, &ACTS)) {
        to += 1;
    }
    Some(to)
}

/// Where the clause before a stretch begins.
fn clause_start(items: &Items, at: usize) -> usize {
    let stops = |place: &usize| {
        matches!(
            items.mark(*place),
            Some(
                Mark::Comma
                    | Mark::Versus
                    | Mark::HowMany
                    | Mark::Share
                    | Mark::Bound(..)
                    | Mark::Number(_)
                    | Mark::Where(_)
                    | Mark::Having(_)
                    | Mark::Name(_)
                    | Mark::Metric(_)
            )
        )
    };
    (at.saturating_sub(BEFORE)..at).rev().find(stops).map_or(at.saturating_sub(BEFORE), |stop| stop + 1)
}

/// Where the clause behind a stretch ends.
fn clause_end(items: &Items, tokens: &[Token], at: usize) -> usize {
    let end = items.len().min(at + BEHIND);
    let stops = |place: &usize| {
        matches!(
            items.mark(*place),
            Some(
                Mark::Comma
                    | Mark::And
                    | Mark::Or
                    | Mark::Versus
                    | Mark::HowMany
                    | Mark::Share
                    | Mark::Bound(..)
                    | Mark::Number(_)
                    | Mark::Name(_)
                    | Mark::Metric(_)
                    | Mark::Each
            )
        ) && !says(items, tokens, *place, &["purchase", "purchases", "orders"])
    };
    (at..end).find(stops).unwrap_or(end)
}

/// Puts the condition in the place of the stretch; the words that related it say nothing else.
fn settle(items: &mut Items, tokens: &[Token], stretch: &Stretch, relation: &Relation) {
    let filters = stretch
        .ends
        .iter()
        .map(|(op, values)| condition(FIELD, op.unwrap_or(relation.alone), values))
        .collect();
    for at in relation.from..stretch.from {
        let says_more = matches!(
            items.mark(at),
            Some(Mark::Noun(noun)) if *noun != Noun::Order
        ) || matches!(
            items.mark(at),
            Some(Mark::And | Mark::Where(_) | Mark::Agg(_) | Mark::Attribute(..))
        );
        if !says_more {
            items.set(at, Mark::Skip);
        }
    }
    close(items, stretch.from, relation.to.max(stretch.to), filters);
    own_customers(items, tokens, stretch.from);
}

fn close(items: &mut Items, from: usize, to: usize, filters: Vec<MetricFilter>) {
    items.merge(from, to.min(items.len()), Mark::Where(filters));
}

/// "whose last order was …": where no noun says who, they are customers.
fn own_customers(items: &mut Items, tokens: &[Token], at: usize) {
    let counted =
        items.any(|mark| matches!(mark, Mark::HowMany | Mark::Share | Mark::ShareOf(_) | Mark::Metric(_)));
    if speaks_of_customers(items) || counted {
        return;
    }
    let who = (0..at).find(|place| {
        items.mark(*place) == Some(&Mark::Which)
            || matches!(items.mark(*place), Some(Mark::Skip | Mark::Word))
                && ["those", "anyone", "everyone", "them"].contains(&text(items, tokens, *place).as_str())
    });
    if let Some(place) = who {
        items.set(place, Mark::Noun(Noun::Customer));
    }
}

/// "recency over 20 days", "with a recency of 30", "recency: under 5": each customer's own, but where segments are
/// measured by their mean.
fn bounded_recency(items: &mut Items, tokens: &[Token]) {
    let mut at = 0;
    while at < items.len() {
        let figure = matches!(items.mark(at), Some(Mark::Metric(name)) if name == RECENCY_FIGURE);
        if figure
            && !is_of_groups(items, tokens, at)
            && let Some((filters, to)) = bounds_behind(items, tokens, at)
        {
            close(items, at, to, filters);
        }
        at += 1;
    }
}

/// "segments with a mean recency under 10 days": the bound is on a mean.
fn is_of_groups(items: &Items, tokens: &[Token], at: usize) -> bool {
    let mean = says(items, tokens, at, &["mean", "average", "avg"])
        || matches!(items.before(at), Some(Mark::Agg(_)));
    let owner = (0..at).rev().find_map(|place| match items.mark(place) {
        Some(Mark::Noun(noun @ (Noun::Segment | Noun::Customer))) => Some(*noun),
        _ => None,
    });
    mean && owner == Some(Noun::Segment)
}

/// The bounds behind the word, and where they end.
fn bounds_behind(items: &Items, tokens: &[Token], at: usize) -> Option<(Vec<MetricFilter>, usize)> {
    let mut place = at + 1;
    let mut said = false;
    while matches!(
        items.mark(place),
        Some(Mark::Skip | Mark::Link(Link::Of | Link::Is | Link::At) | Mark::Cmp(FilterOp::Eq))
    ) || ["sits", "equals", "value"].contains(&text(items, tokens, place).as_str())
    {
        said |= items.mark(place) != Some(&Mark::Skip);
        place += 1;
    }
    let number = matches!(items.mark(place), Some(Mark::Number(_)));
    let mut filters = Vec::new();
    let mut to = place;
    while let Some(mark) = items.mark(place) {
        let (op, values) = match mark {
            Mark::Bound(op, values, false) => (*op, values.clone()),
            Mark::Number(value) if number && filters.is_empty() && said => (FilterOp::Eq, vec![*value]),
            _ => break,
        };
        let unit = |place: usize| {
            matches!(items.mark(place), Some(Mark::Noun(noun)) if *noun != Noun::Day)
                || matches!(items.mark(place), Some(Mark::HowOften))
        };
        let behind = items.next(place).filter(|next| items.mark(*next) == Some(&Mark::Noun(Noun::Day)));
        if unit(place + 1) {
            break;
        }
        to = behind.unwrap_or(place) + 1;
        filters.push(condition(FIELD, op, &values));
        // "over 10 but under 20"
        let joins = |at: usize| {
            matches!(items.mark(at), Some(Mark::And | Mark::Skip))
                || ["but", "yet"].contains(&text(items, tokens, at).as_str())
        };
        place = to;
        while joins(place) && place < to + 2 {
            place += 1;
        }
    }
    (!filters.is_empty()).then_some((filters, to))
}

/// "recency tops out at 30; which share sits at the cap": the cap is told and then asked for, or asked for at once.
fn at_the_cap(items: &mut Items, tokens: &[Token]) {
    if !items.any(|mark| matches!(mark, Mark::Metric(name) if name == RECENCY_FIGURE))
        && !items.any(
            |mark| matches!(mark, Mark::Where(filters) if filters.iter().any(|filter| filter.field == FIELD)),
        )
    {
        return;
    }
    let mut mentions: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while at < items.len() {
        if let Some(to) = cap_at(items, tokens, at) {
            mentions.push((at, to));
            at = to;
        } else {
            at += 1;
        }
    }
    let Some((from, to)) = mentions.last().copied() else { return };
    let asked_alone = mentions.len() == 1;
    let capped = mentions.iter().any(|(from, to)| (*from..*to).any(|at| says(items, tokens, at, &CAPPED)));
    if !capped {
        return;
    }
    for at in items.places(|mark| matches!(mark, Mark::Metric(name) if name == RECENCY_FIGURE)) {
        if at < from && (!asked_alone || at + 3 >= from) || asked_alone && at >= to && at <= to + 1 {
            items.set(at, Mark::Skip);
        }
    }
    close(items, from, to, vec![condition(FIELD, FilterOp::Eq, &[CAP])]);
    for (from, to) in mentions.into_iter().rev().skip(1) {
        for at in from..to {
            items.set(at, Mark::Skip);
        }
    }
    own_customers(items, tokens, from);
}

/// Where a mention of the cap that begins here ends: "tops out at 30 days", "on the cap", "at 30".
fn cap_at(items: &Items, tokens: &[Token], at: usize) -> Option<usize> {
    let thirty = |place: usize| match items.mark(place) {
        Some(Mark::Number(value)) => *value == CAP,
        Some(Mark::Bound(_, values, false)) => values == &[CAP],
        _ => false,
    };
    let said = says(items, tokens, at, &CAPPED);
    let ends = says(items, tokens, at, &["stops", "ends", "cut", "maximum", "limit", "limited", "max"]);
    let at_word = matches!(items.mark(at), Some(Mark::Link(Link::At | Link::On)));
    if !(said || ends || at_word) {
        return None;
    }
    if thirty(at) {
        return Some(if items.mark(at + 1) == Some(&Mark::Noun(Noun::Day)) { at + 2 } else { at + 1 });
    }
    let mut place = at + 1;
    while matches!(items.mark(place), Some(Mark::Skip | Mark::Link(Link::At | Link::Of)))
        || text(items, tokens, place) == "out"
    {
        place += 1;
    }
    if thirty(place) {
        let day = items.mark(place + 1) == Some(&Mark::Noun(Noun::Day));
        return Some(if day { place + 2 } else { place + 1 });
    }
    if said {
        return Some(at + 1);
    }
    // "at the cap", "on the limit"
    let limit = says(items, tokens, place, &CAPPED) || says(items, tokens, place, &["maximum", "limit"]);
    (at_word && limit).then_some(place + 1)
}

/// "lapsed people (30+ days without an order)": beside its own definition the word is no segment's name.
fn plain_lapsed(items: &mut Items, tokens: &[Token]) {
    let defined = items.any(
        |mark| matches!(mark, Mark::Where(filters) if filters.iter().any(|filter| filter.field == FIELD)),
    );
    if !defined {
        return;
    }
    for at in items.places(|mark| matches!(mark, Mark::Name(_))) {
        let own = says(items, tokens, at, &AWAY) && !text(items, tokens, at).contains(' ');
        let people = (at + 1..items.len().min(at + 3))
            .any(|place| items.mark(place) == Some(&Mark::Noun(Noun::Customer)));
        if own && people {
            items.set(at, Mark::Skip);
        }
    }
}
