//! What is said of customers: who they are, how long ago they ordered, how long they wait.
//!
//! Follows `scan`: weeks become days, "everyone who" becomes customers, "frequency" and "days since the last order" become
//! the figures of customers where customers or segments are spoken of, a number beside a customer is theirs. Lengths of
//! time are read by `lapse` and `last_order`. Input and output: marks.

use query::metrics::{FilterOp, MetricFilter};

use super::{
    frame::View,
    item::{Agg, Item, Items, Link, Mark, Noun, Verb},
    lapse::{self, GAP_FIGURE, RECENCY_FIGURE},
    times::condition,
};
use crate::builtin::normalise::Token;

const RECENCY: &str = "recency_days";

/// Reads what needs no bounds yet.
pub(super) fn people(items: &mut Items, tokens: &[Token]) {
    weeks(items, tokens);
    lapse::figures(items, tokens);
    ahead(items, tokens);
    anyone(items, tokens);
    numbered_customers(items, tokens);
    figures(items, tokens);
    numbered_counts(items, tokens);
    order_numbers(items, tokens);
    own_orders(items);
    more_than_any(items, tokens);
    lone_shares(items, tokens);
}

/// "anyone with 100 orders", "customers who placed 3 orders": exactly so many.
fn own_orders(items: &mut Items) {
    let mut at = 0;
    while at < items.len() {
        let Some(Mark::Number(count)) = items.mark(at).cloned() else {
            at += 1;
            continue;
        };
        let owner = (0..at).rev().find(|p| {
            !matches!(
                items.mark(*p),
                Some(Mark::Skip | Mark::Only | Mark::Verb(Verb::Place) | Mark::Link(Link::With | Link::That))
            )
        });
        let linked = items.before(at).is_some_and(|mark| {
            matches!(mark, Mark::Link(Link::With) | Mark::Verb(Verb::Place) | Mark::Only)
        });
        let alone = !matches!(items.mark(at + 2), Some(Mark::CmpAfter(_) | Mark::Or));
        if owner.is_some_and(|p| items.mark(p) == Some(&Mark::Noun(Noun::Customer)))
            && linked
            && alone
            && items.mark(at + 1) == Some(&Mark::Noun(Noun::Order))
            && count >= 1.0
        {
            items.merge(at, at + 2, Mark::Where(vec![condition("customer_orders", FilterOp::Eq, &[count])]));
        }
        at += 1;
    }
}

/// "days between the first and the second order", "the gap between the 4th and the 5th order": the gap before the later one.
pub(super) fn days_between(items: &mut Items, tokens: &[Token]) {
    let numbered = |items: &Items, place: usize| matches!(items.mark(place), Some(Mark::Where(filters)) if filters.iter().any(|f| f.field == "order_number"));
    for at in 0..items.len() {
        let gap = items.mark(at) == Some(&Mark::Difference) && text(items, tokens, at).starts_with("gap");
        let length = items.mark(at) == Some(&Mark::Noun(Noun::Day)) || text(items, tokens, at) == "time";
        let between = if gap {
            Some(at)
        } else {
            items.next(at).filter(|place| length && items.mark(*place) == Some(&Mark::Between))
        };
        if let Some(between) = between
            && items.next(between).is_some_and(|place| numbered(items, place))
        {
            items.set(at, Mark::Metric(GAP_FIGURE.to_owned()));
        }
    }
    several_gaps(items, tokens);
}

/// "days between order 1 and 2, and between order 9 and 10": a row for each of the later ones.
fn several_gaps(items: &mut Items, tokens: &[Token]) {
    let figure = |items: &Items, at: usize| matches!(items.mark(at), Some(Mark::Metric(name)) if name.contains("days_between"));
    let Some(gap) = (0..items.len()).find(|at| figure(items, *at)) else { return };
    // The word "order" went with the figure: "days between order 1 and 2".
    let value = |at: usize| match items.mark(at) {
        Some(Mark::Number(value)) => Some(*value),
        _ => None,
    };
    let bare = value(gap + 1)
        .zip(value(gap + 3))
        .filter(|(one, two)| {
            *two == *one + 1.0
                && text(items, tokens, gap).ends_with("order")
                && matches!(items.mark(gap + 2), Some(Mark::And | Mark::Link(Link::To)))
        })
        .map(|(_, two)| two);
    if let Some(two) = bare {
        items.merge(gap + 1, gap + 4, Mark::Where(vec![condition("order_number", FilterOp::Eq, &[two])]));
    }
    let later = |at: &usize| match items.mark(*at) {
        Some(Mark::Where(filters)) => match filters.as_slice() {
            [filter] if filter.field == "order_number" => {
                let values: Vec<f64> = filter.values.iter().filter_map(|v| v.as_number()).collect();
                match values.as_slice() {
                    [only] if filter.op == FilterOp::Eq && bare.is_some() => Some(*only),
                    [one, two] if *two == *one + 1.0 => Some(*two),
                    _ => None,
                }
            }
            _ => None,
        },
        _ => None,
    };
    let pairs: Vec<(usize, f64)> =
        (gap + 1..items.len()).filter_map(|at| later(&at).map(|last| (at, last))).collect();
    let [(first, _), rest @ ..] = pairs.as_slice() else { return };
    if rest.is_empty() {
        return;
    }
    let (first, numbers): (usize, Vec<f64>) = (*first, pairs.iter().map(|(_, last)| *last).collect());
    for (at, _) in rest {
        if let Some(between) = items.previous(*at).filter(|at| items.mark(*at) == Some(&Mark::Between)) {
            items.set(between, Mark::Skip);
        }
        items.set(*at, Mark::Skip);
    }
    items.set(first, Mark::Where(vec![condition("order_number", FilterOp::In, &numbers)]));
    if let Some(token) = items.0.get(first).map(|item| item.to) {
        items.0.insert(first + 1, Item { mark: Mark::Noun(Noun::OrderNumber), from: token, to: token });
    }
}

/// "who ordered only once", "customers who ordered at least twice": so many orders of theirs.
pub(super) fn times_ordered(items: &mut Items, tokens: &[Token]) {
    if !speaks_of_customers(items) {
        return;
    }
    for at in 0..items.len() {
        let words = text(items, tokens, at);
        let (op, values) = match items.mark(at) {
            Some(Mark::Number(count)) if matches!(words.as_str(), "once" | "twice") => {
                (FilterOp::Eq, vec![*count])
            }
            Some(Mark::Bound(op, values, false)) if words.ends_with("once") || words.ends_with("twice") => {
                (*op, values.clone())
            }
            _ => continue,
        };
        let verb = (0..at).rev().find(|p| !matches!(items.mark(*p), Some(Mark::Skip | Mark::Only)));
        let placed = verb.is_some_and(|p| items.mark(p) == Some(&Mark::Verb(Verb::Place)));
        let things = items.any(|mark| {
            matches!(
                mark,
                Mark::Name(_) | Mark::Attribute(..) | Mark::Part(_) | Mark::DayPart(_) | Mark::Hour(_)
            ) || matches!(mark, Mark::Where(filters) if filters.iter().any(|f| f.field.starts_with("order_")))
        });
        let alone = !matches!(items.mark(at + 1), Some(Mark::Noun(_)));
        if placed && !things && alone {
            items.set(at, Mark::Where(vec![condition("customer_orders", op, &values)]));
        }
    }
}

/// "more items than from any other": the most.
fn more_than_any(items: &mut Items, tokens: &[Token]) {
    let Some(than) = (0..items.len()).find(|at| matches!(items.mark(*at), Some(Mark::Than))) else { return };
    let any = (than + 1..items.len().min(than + 5)).find(|at| {
        matches!(
            text(items, tokens, *at).as_str(),
            "any" | "other" | "others" | "all" | "anything" | "anyone" | "anybody" | "everyone" | "elsewhere"
        )
    });
    let other = any.is_some_and(|any| {
        (any..items.len().min(any + 3)).any(|at| {
            matches!(
                text(items, tokens, at).as_str(),
                "other" | "others" | "else" | "elsewhere" | "anything" | "anyone" | "anybody" | "everyone"
            )
        })
    });
    let more = (0..than).rev().find(|at| matches!(items.mark(*at), Some(Mark::More(_))));
    if let (true, Some(more), Some(any)) = (other, more, any)
        && let Some(Mark::More(end)) = items.mark(more).cloned()
    {
        items.set(more, Mark::Rank(end, None));
        // What follows names the same kind of thing again.
        for at in than..items.len().min(any + 4) {
            let last = items.mark(at) == Some(&Mark::Comma);
            if last {
                break;
            }
            if matches!(
                items.mark(at),
                Some(Mark::Than | Mark::Skip | Mark::Each | Mark::Word | Mark::Noun(_) | Mark::Link(_))
            ) {
                items.set(at, Mark::Skip);
            }
        }
        items.1 = items.any(|mark| matches!(mark, Mark::Versus | Mark::Than));
    }
}

/// "order no. 1: how much of …": the number is no per cent.
fn lone_shares(items: &mut Items, tokens: &[Token]) {
    let mut at = 0;
    while at + 1 < items.len() {
        if matches!(items.mark(at), Some(Mark::Number(_))) && items.mark(at + 1) == Some(&Mark::Share) {
            let words = text(items, tokens, at + 1);
            let sign = words.starts_with('%')
                || words.starts_with("per")
                || words.starts_with("pct")
                || words.starts_with("pro");
            if !sign && let Some(end) = items.0.get(at).map(|item| item.to) {
                items.0.insert(at + 1, Item { mark: Mark::Skip, from: end, to: end });
            }
        }
        at += 1;
    }
}

/// "for the second time", "up to number ten": numbers of a customer's orders.
fn order_numbers(items: &mut Items, tokens: &[Token]) {
    for at in 0..items.len() {
        if let Some(Mark::Ordinal(number)) = items.mark(at).cloned()
            && matches!(
                text(items, tokens, at + 1).as_str(),
                "time" | "purchase" | "visit" | "shop" | "trip" | "one"
            )
            && items.any(|mark| {
                matches!(
                    mark,
                    Mark::Verb(Verb::Place) | Mark::Noun(Noun::Order | Noun::Customer) | Mark::ShareOf(_)
                )
            })
        {
            items.merge(
                at,
                at + 2,
                Mark::Where(vec![condition("order_number", FilterOp::Eq, &[f64::from(number)])]),
            );
        }
        // "the second order after the first"
        if let Some(Mark::Ordinal(number)) = items.mark(at).cloned()
            && text(items, tokens, at + 1).starts_with("order after the first")
        {
            items.merge(
                at,
                at + 2,
                Mark::Where(vec![condition("order_number", FilterOp::Eq, &[f64::from(number)])]),
            );
        }
        let numbered = items.any(|mark| matches!(mark, Mark::Noun(Noun::Order | Noun::OrderNumber)));
        if items.mark(at) == Some(&Mark::Cmp(FilterOp::Le))
            && text(items, tokens, at + 1) == "number"
            && numbered
            && let Some(Mark::Number(last)) = items.mark(at + 2).cloned()
        {
            items.merge(at, at + 3, Mark::Where(vec![condition("order_number", FilterOp::Le, &[last])]));
        }
    }
}

pub(super) fn text(items: &Items, tokens: &[Token], at: usize) -> String {
    View { items, tokens }.text(at)
}

pub(super) fn speaks_of_customers(items: &Items) -> bool {
    items.any(|mark| matches!(mark, Mark::Noun(Noun::Customer | Noun::Segment)))
        || items.any(
            |mark| matches!(mark, Mark::ShareOf(name) | Mark::Metric(name) if name.contains("customers")),
        )
}

/// Puts two marks over the tokens of one item: its first token and the rest.
fn split(items: &mut Items, at: usize, first: Mark, rest: Mark) {
    let Some(item) = items.0.get(at).cloned() else { return };
    if item.to <= item.from + 1 {
        return;
    }
    let middle = item.to - 1;
    items.0.splice(
        at..=at,
        [Item { mark: first, from: item.from, to: middle }, Item { mark: rest, from: middle, to: item.to }],
    );
}

/// "two weeks", "a week", "a fortnight": days. "28 days" and "four weeks" say nothing beside what is expected, but do where
/// the past is spoken of.
fn weeks(items: &mut Items, tokens: &[Token]) {
    let past = items.any(|mark| matches!(mark, Mark::Last | Mark::Not))
        || (0..items.len())
            .any(|at| matches!(text(items, tokens, at).as_str(), "ago" | "back" | "since" | "recency"));
    let ahead = (0..items.len()).any(|at| {
        let words = text(items, tokens, at);
        ["next", "coming", "expected", "churn", "probability", "forecast", "likely", "chance"]
            .iter()
            .any(|word| words.split(' ').any(|own| own == *word))
    });
    let mut at = 0;
    while at < items.len() {
        let words = text(items, tokens, at);
        match (items.mark(at), words.as_str()) {
            (
                Some(Mark::Skip),
                "four weeks" | "4 weeks" | "28 days" | "within 28 days" | "within four weeks" | "in 28 days",
            ) if past && !ahead => {
                split(items, at, Mark::Number(28.0), Mark::Noun(Noun::Day));
            }
            (Some(Mark::Word), "week" | "weeks" | "fortnight" | "fortnights" | "wk" | "wks") => {
                let length = if words.starts_with("fortnight") { 14.0 } else { 7.0 };
                let Some(before) = at.checked_sub(1) else {
                    at += 1;
                    continue;
                };
                let article =
                    matches!(text(items, tokens, before).as_str(), "a" | "one" | "the last" | "this");
                let count = match items.mark(before) {
                    Some(Mark::Number(count)) => Some(*count),
                    Some(Mark::Skip) if article => Some(1.0),
                    _ => None,
                };
                if let Some(count) = count {
                    items.set(before, Mark::Number(count * length));
                    items.set(at, Mark::Noun(Noun::Day));
                } else if items.mark(before) == Some(&Mark::Last) {
                    // "in the last week"
                    items.set(at, Mark::Noun(Noun::Day));
                    if let Some(item) = items.0.get(at).cloned() {
                        items
                            .0
                            .insert(at, Item { mark: Mark::Number(length), from: item.from, to: item.from });
                    }
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// "which segment will place the most orders in the next four weeks": what lies ahead is expected, not counted.
fn ahead(items: &mut Items, tokens: &[Token]) {
    for at in 0..items.len() {
        let words = text(items, tokens, at);
        let weeks = words.contains("weeks") || words.contains("28 days");
        let ahead = words.split(' ').any(|word| matches!(word, "next" | "coming"));
        if items.mark(at) == Some(&Mark::Skip) && weeks && ahead {
            items.set(at, Mark::Expected);
        }
    }
}

/// "count everyone with …", "those whose …", "how many have …": customers.
fn anyone(items: &mut Items, tokens: &[Token]) {
    for at in 0..items.len() {
        let word = text(items, tokens, at);
        let pronoun = match word.as_str() {
            "everyone" | "everybody" | "anyone" | "anybody" | "someone" => true,
            "those" | "ones" | "all" | "them" => speaks_of_customers(items) || items.any(is_customer_figure),
            _ => false,
        };
        let free = matches!(items.mark(at), Some(Mark::Skip | Mark::Word | Mark::Each));
        let counted = items.before(at) == Some(&Mark::HowMany);
        let clause = matches!(items.mark(at + 1), Some(Mark::Link(Link::That | Link::With)))
            || matches!(text(items, tokens, at + 1).as_str(), "whose" | "who");
        let opens = matches!(word.as_str(), "everyone" | "everybody" | "anyone" | "anybody") && clause;
        let person = matches!(word.as_str(), "everyone" | "everybody" | "anyone" | "anybody" | "someone");
        if pronoun && free && (counted && (clause || person) || opens) {
            items.set(at, Mark::Noun(Noun::Customer));
        }
    }
}

fn is_customer_figure(mark: &Mark) -> bool {
    matches!(mark, Mark::Metric(name) if matches!(name.as_str(), RECENCY_FIGURE | "avg_churn_risk" | "expected_orders" | "orders_per_customer"))
}

/// "690 (a customer)", "310, our customer", "the customer I mean is number 964", "two customers are 310 and 178506".
fn numbered_customers(items: &mut Items, tokens: &[Token]) {
    let id = |items: &Items, at: usize| match items.mark(at) {
        Some(Mark::Number(value)) if value.fract() == 0.0 && *value >= 1.0 && !spelt(items, tokens, at) => {
            Some(*value)
        }
        _ => None,
    };
    for at in 0..items.len() {
        if items.mark(at) != Some(&Mark::Noun(Noun::Customer))
            && items.mark(at) != Some(&Mark::Rank(super::item::End::High, Some("customers")))
        {
            continue;
        }
        let named = |items: &Items, place: usize| {
            matches!(
                items.mark(place),
                Some(Mark::Noun(_) | Mark::HowOften | Mark::CmpAfter(_) | Mark::Share)
            )
        };
        // The number behind: only words that say nothing, "is", "number" between.
        let behind =
            (at + 1..items.len().min(at + 9)).find(|place| id(items, *place).is_some()).filter(|place| {
                let between: Vec<usize> = (at + 1..*place).collect();
                let said = between.iter().any(|p| {
                    matches!(items.mark(*p), Some(Mark::Link(Link::Is)))
                        || matches!(
                            text(items, tokens, *p).as_str(),
                            "number"
                                | "numbers"
                                | "no"
                                | "nr"
                                | "id"
                                | "ids"
                                | "#"
                                | "no."
                                | "user id"
                                | "customer id"
                        )
                });
                said && !named(items, place + 1)
                    && between.iter().all(|p| {
                        matches!(
                            items.mark(*p),
                            Some(
                                Mark::Skip
                                    | Mark::Word
                                    | Mark::Me
                                    | Mark::Clock(_)
                                    | Mark::Comma
                                    | Mark::HowMany
                                    | Mark::Link(Link::Of | Link::Is | Link::With | Link::For)
                            )
                        )
                    })
            });
        if let Some(place) = behind {
            let mut values: Vec<f64> = id(items, place).into_iter().collect();
            let mut end = place + 1;
            while matches!(items.mark(end), Some(Mark::Comma | Mark::And | Mark::Or | Mark::Versus))
                && let Some(more) = id(items, end + 1)
            {
                values.push(more);
                end += 2;
            }
            let op = if values.len() == 1 { FilterOp::Eq } else { FilterOp::In };
            let at = described(items, at, values.len());
            items.merge(at, end, Mark::Where(vec![condition("user_id", op, &values)]));
            return;
        }
        // The number before: "690 (a customer)", "310, our customer".
        let before = items
            .previous(at)
            .and_then(|p| if items.mark(p) == Some(&Mark::Comma) { items.previous(p) } else { Some(p) });
        if let Some(place) = before
            && let Some(value) = id(items, place)
            && ((place + 1..at)
                .any(|p| matches!(text(items, tokens, p).as_str(), "a" | "our" | "the" | "that"))
                || matches!(text(items, tokens, at).as_str(), "customer id" | "user id" | "customer number"))
            && items
                .0
                .get(at)
                .is_some_and(|item| tokens.get(item.to - 1).is_some_and(super::scan::is_singular))
        {
            items.merge(place, at + 1, Mark::Where(vec![condition("user_id", FilterOp::Eq, &[value])]));
            return;
        }
    }
}

/// "our three busiest customers, ids 1, 2 and 3": where the words begin that only describe those who are numbered.
fn described(items: &Items, at: usize, count: usize) -> usize {
    let number = (at.saturating_sub(3)..at).find(|place| {
        matches!(items.mark(*place), Some(Mark::Number(number)) if *number == count_of(count))
            && (place + 1..at).all(|p| matches!(items.mark(p), Some(Mark::Rank(..) | Mark::Skip)))
    });
    number.unwrap_or(at)
}

fn count_of(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// Whether a number is written in words: "once", "six" are nobody's id.
fn spelt(items: &Items, tokens: &[Token], at: usize) -> bool {
    !text(items, tokens, at).contains(|c: char| c.is_ascii_digit())
}

/// Figures whose word means something else where customers are not spoken of.
fn figures(items: &mut Items, tokens: &[Token]) {
    let customers = speaks_of_customers(items);
    let orders_counted = (0..items.len()).any(|at| {
        items.mark(at) == Some(&Mark::Noun(Noun::Order)) && items.before(at) == Some(&Mark::HowMany)
    });
    let recency = items.any(|mark| matches!(mark, Mark::Metric(name) if name == RECENCY_FIGURE));
    // "the median number of days since the last order", of nothing else: of each customer.
    let customers = customers || !items.any(|mark| matches!(mark, Mark::Noun(_) | Mark::Each));
    // "how many came back, and how many did not?"
    if items.any(|mark| matches!(mark, Mark::Metric(name) if name == "repeat_customers"))
        && let Some(last) = items.previous(items.len())
        && items.mark(last) == Some(&Mark::Not)
        && items.before(last) == Some(&Mark::HowMany)
    {
        items.set(last, Mark::Metric("new_customers".to_owned()));
    }
    for at in 0..items.len() {
        let words = text(items, tokens, at);
        match items.mark(at) {
            Some(Mark::Word)
                if matches!(words.as_str(), "frequency" | "frequencies") && (customers || recency) =>
            {
                items.set(at, Mark::Metric("orders_per_customer".to_owned()));
            }
            // "segment sizes", "the size of each segment"
            Some(Mark::Metric(name))
                if name == "basket_size"
                    && matches!(words.as_str(), "size" | "sizes")
                    && items.any(|mark| *mark == Mark::Noun(Noun::Segment))
                    && !items.any(|mark| *mark == Mark::Noun(Noun::Order)) =>
            {
                items.set(at, Mark::Metric("customers".to_owned()));
            }
            Some(Mark::Metric(name))
                if name == GAP_FIGURE
                    && customers
                    && !orders_counted
                    && ["last order", "last purchase", "latest order"]
                        .iter()
                        .any(|end| words.ends_with(end)) =>
            {
                items.set(at, Mark::Metric(RECENCY_FIGURE.to_owned()));
            }
            // "which segment orders most often": orders, not what is bought.
            Some(Mark::Rank(end, Some("items")))
                if matches!(words.split(' ').next(), Some("order" | "orders" | "shop" | "shops"))
                    && !items.any(|mark| {
                        matches!(
                            mark,
                            Mark::Noun(Noun::Product | Noun::Item | Noun::Aisle | Noun::Department)
                        )
                    }) =>
            {
                let end = *end;
                let segments = items.any(|mark| *mark == Mark::Noun(Noun::Segment));
                let metric = if segments { "orders_per_customer" } else { "orders" };
                items.set(at, Mark::Rank(end, Some(metric)));
            }
            // "comes from the top 100 products"
            Some(Mark::Skip)
                if words.ends_with("the top") && matches!(items.mark(at + 1), Some(Mark::Number(_))) =>
            {
                items.set(at, Mark::Rank(super::item::End::High, None));
            }
            // "department mix": a share each.
            Some(Mark::Part(_) | Mark::Word)
                if matches!(words.as_str(), "mix" | "composition" | "mixture")
                    && at
                        .checked_sub(1)
                        .is_some_and(|before| matches!(items.mark(before), Some(Mark::Noun(_)))) =>
            {
                items.set(at, Mark::Spread);
            }
            Some(Mark::FirstInCart)
                if matches!(items.mark(at + 1), Some(Mark::Noun(Noun::Customer)))
                    && words.starts_with("beg") =>
            {
                items.set(at, Mark::Skip);
            }
            // "how long do people wait from one order to the next"
            Some(Mark::HowMuch) if words == "how long" && waits(items, tokens, at) => {
                items.set(at, Mark::Metric(GAP_FIGURE.to_owned()));
            }
            _ => {}
        }
    }
    let mut at = 0;
    while at < items.len() {
        // "how many days do customers let pass": a length, not a count of days.
        let on = matches!(items.before(at), Some(Mark::Link(Link::On | Link::In | Link::For | Link::At)));
        if items.mark(at) == Some(&Mark::HowMany)
            && let Some(day) = items.next(at).filter(|day| items.mark(*day) == Some(&Mark::Noun(Noun::Day)))
            && !on
            && waits(items, tokens, day)
        {
            items.merge(at, day + 1, Mark::Metric(GAP_FIGURE.to_owned()));
        }
        at += 1;
    }
    // "waiting time till order no. 2, customers for each number of days": the lengths are the rows.
    if let Some(gap) = items.places(|mark| *mark == Mark::Noun(Noun::Gap)).first().copied()
        && let Some(each) = items.places(|mark| *mark == Mark::Each).into_iter().find(|each| *each > gap)
        && let Some(many) = items.next(each).filter(|many| items.mark(*many) == Some(&Mark::HowMany))
        && let Some(day) = items.next(many).filter(|day| items.mark(*day) == Some(&Mark::Noun(Noun::Day)))
    {
        items.merge(many, day + 1, Mark::Noun(Noun::Gap));
        items.set(gap, Mark::Skip);
    }
    // The figure is named once: "how many days lie between two orders".
    let mut seen = false;
    for at in 0..items.len() {
        if matches!(items.mark(at), Some(Mark::Metric(name)) if name == GAP_FIGURE) {
            if seen && items.any(|mark| *mark == Mark::Noun(Noun::Gap)) {
                items.set(at, Mark::Skip);
            }
            seen = true;
        }
    }
}

/// Whether what follows speaks of waiting for the next order.
fn waits(items: &Items, tokens: &[Token], at: usize) -> bool {
    (at + 1..items.len()).any(|place| {
        let words = text(items, tokens, place);
        words.split(' ').any(|word| {
            matches!(
                word,
                "wait"
                    | "waits"
                    | "waited"
                    | "pass"
                    | "passes"
                    | "passed"
                    | "elapse"
                    | "between"
                    | "until"
                    | "till"
                    | "before"
                    | "lie"
                    | "lies"
                    | "apart"
                    | "go"
                    | "goes"
                    | "by"
                    | "gap"
                    | "pause"
                    | "takes"
                    | "take"
            )
        }) && (items.any(|mark| {
            matches!(
                mark,
                Mark::Noun(Noun::Order | Noun::OrderNumber) | Mark::Ordinal(_) | Mark::Verb(Verb::Place)
            )
        }) || items.any(
            |mark| matches!(mark, Mark::Where(filters) if filters.iter().any(|f| f.field == "order_number")),
        ) || items.any(|mark| matches!(mark, Mark::Metric(name) if name == GAP_FIGURE))
            || (0..items.len()).any(|at| text(items, tokens, at).contains("order")))
    })
}

/// "how many customers have 1 order, how many 2, how many 3 and so on": a row for every number of orders.
fn numbered_counts(items: &mut Items, tokens: &[Token]) {
    let again = (0..items.len())
        .filter(|at| {
            items.mark(*at) == Some(&Mark::HowMany) && matches!(items.mark(at + 1), Some(Mark::Number(_)))
        })
        .collect::<Vec<_>>();
    let Some(second) = again.first().copied() else { return };
    let one = (0..second).rev().find(|at| {
        matches!(items.mark(*at), Some(Mark::Number(_)))
            && matches!(items.mark(at + 1), Some(Mark::Noun(Noun::Order | Noun::Item | Noun::Product)))
    });
    let Some(one) = one else { return };
    let counted = (0..one).any(|at| items.mark(at) == Some(&Mark::HowMany));
    if !counted {
        return;
    }
    // The first number becomes "for every number of"; what follows the noun is an ellipsis.
    let end = (second..items.len())
        .take_while(|at| {
            matches!(
                items.mark(*at),
                Some(Mark::HowMany | Mark::Number(_) | Mark::Comma | Mark::And | Mark::Skip)
            ) || matches!(text(items, tokens, *at).as_str(), "so" | "on" | "…" | "etc")
        })
        .last()
        .map_or(items.len(), |last| last + 1);
    for at in one + 2..end {
        items.set(at, Mark::Skip);
    }
    let Some(number) = items.0.get(one).cloned() else { return };
    items.set(one, Mark::HowMany);
    items.0.insert(one, Item { mark: Mark::Each, from: number.from, to: number.from });
}

/// "churn risk > 0.3: count of customers": what is bounded is each customer's own figure.
pub(super) fn own_bounds(items: &mut Items) {
    // "by reorder rate, under 0.4": a fraction bounds the rate, not a count.
    let rate = items.0.iter().find_map(|item| match &item.mark {
        Mark::Metric(name) if name.ends_with("_rate") => Some(name.clone()),
        _ => None,
    });
    if let Some(rate) = rate {
        for at in 0..items.len() {
            if let Some(Mark::Having(filter)) = items.mark(at).cloned()
                && matches!(filter.field.as_str(), "items" | "orders" | "customers" | "products")
                && filter
                    .values
                    .iter()
                    .all(|value| matches!(value, query::metrics::FilterValue::Number(part) if *part < 1.0))
            {
                items.set(at, Mark::Having(MetricFilter { field: rate.clone(), ..filter }));
            }
        }
    }
    let counts = (0..items.len()).any(|at| {
        items.mark(at) == Some(&Mark::Noun(Noun::Customer))
            && (items.before(at) == Some(&Mark::HowMany)
                || items.after(at) == Some(&Mark::HowMany)
                || matches!(items.before(at), Some(Mark::Share | Mark::Agg(Agg::Total)))
                || items.previous(at).is_some_and(|p| {
                    items.mark(p) == Some(&Mark::Link(Link::Of))
                        && matches!(items.before(p), Some(Mark::HowMany | Mark::Share))
                }))
    }) || items.any(|mark| matches!(mark, Mark::ShareOf(name) if name == "customers"));
    if !counts {
        return;
    }
    let whole = !items.any(|mark| match mark {
        Mark::Where(filters) => filters.iter().any(|filter| {
            filter.field.starts_with("order_")
                || filter.field == "day_part"
                || super::query::LINE_FIELDS.contains(&filter.field.as_str())
                || filter
                    .values
                    .iter()
                    .all(|value| matches!(value, query::metrics::FilterValue::Integer(0 | 1)))
        }),
        Mark::FirstInCart | Mark::Never => true,
        _ => false,
    });
    for at in 0..items.len() {
        let Some(Mark::Having(filter)) = items.mark(at) else { continue };
        let column = match filter.field.as_str() {
            "avg_churn_risk" => "churn_risk",
            RECENCY_FIGURE => RECENCY,
            "orders_per_customer" => "customer_orders",
            // Of all their orders, where no thing and no time says which.
            "orders" if whole => "customer_orders",
            "expected_orders" | "expected_orders_per_customer" => "customer_expected_orders",
            "expected_items" | "lifetime_value" => "customer_expected_items",
            "avg_customer_basket" => "customer_basket",
            _ => continue,
        };
        let filter = MetricFilter { field: column.to_owned(), ..filter.clone() };
        if filter.values.iter().all(|value| !matches!(value, query::metrics::FilterValue::Text(_))) {
            items.set(at, Mark::Where(vec![filter]));
        }
    }
}

// ---- runs of orders, days and hours

/// "order 1, order 2, … order 10", "the first order, the second, … up to the eighth", "for order number 1 through 8", "how it
/// goes from the 1st to the 10th order": a row each.
pub(super) fn runs(items: &mut Items, tokens: &[Token]) {
    let field_of = |mark: Option<&Mark>| match mark {
        Some(Mark::Where(filters)) => match filters.as_slice() {
            [filter]
                if matches!(filter.field.as_str(), "order_number" | "order_dow" | "order_hour_of_day") =>
            {
                Some(filter.clone())
            }
            _ => None,
        },
        _ => None,
    };
    let noun_of = |field: &str| match field {
        "order_number" => Noun::OrderNumber,
        "order_dow" => Noun::Day,
        _ => Noun::Hour,
    };
    let grouped = items.any(|mark| *mark == Mark::Each || *mark == Mark::EachOne);
    let trend = (0..items.len()).any(|at| {
        text(items, tokens, at).split(' ').any(|word| {
            matches!(
                word,
                "goes"
                    | "develop"
                    | "develops"
                    | "change"
                    | "changes"
                    | "evolve"
                    | "evolves"
                    | "climb"
                    | "climbs"
                    | "rise"
                    | "rises"
                    | "grow"
                    | "grows"
                    | "fall"
                    | "falls"
                    | "curve"
                    | "progress"
                    | "progresses"
                    | "trend"
                    | "moves"
                    | "row"
                    | "rows"
                    | "line"
                    | "over"
                    | "drop"
                    | "drops"
                    | "increase"
                    | "increases"
                    | "far"
                    | "along"
                    | "shrink"
                    | "shrinks"
            )
        })
    });
    let mut at = 0;
    while at < items.len() {
        let Some(filter) = field_of(items.mark(at)) else {
            at += 1;
            continue;
        };
        let number = |items: &Items, place: usize| match items.mark(place) {
            Some(Mark::Number(value)) if value.fract() == 0.0 => Some(*value),
            Some(Mark::Ordinal(value)) => Some(f64::from(*value)),
            _ => field_of(items.mark(place))
                .filter(|other| other.field == filter.field)
                .and_then(|other| other.values.last().and_then(query::metrics::FilterValue::as_number)),
        };
        let values: Vec<f64> =
            filter.values.iter().filter_map(query::metrics::FilterValue::as_number).collect();
        let picks = matches!(filter.op, FilterOp::Eq | FilterOp::In);
        // What stands between the list and its end.
        let mut place = at + 1;
        let mut elided = false;
        while let Some(mark) = items.mark(place) {
            let words = text(items, tokens, place);
            let dots = matches!(mark, Mark::Link(Link::To) | Mark::Cmp(FilterOp::Le))
                || matches!(
                    words.as_str(),
                    "…" | "..." | "so" | "etc" | "so on" | "and so on" | "up to" | "until" | "through"
                );
            let list = matches!(
                mark,
                Mark::Comma
                    | Mark::And
                    | Mark::Skip
                    | Mark::HowMany
                    | Mark::Link(Link::On | Link::In | Link::At)
            ) || matches!(mark, Mark::Ordinal(_));
            elided |= dots;
            if !(dots || list) || (matches!(mark, Mark::Ordinal(_)) && elided) {
                break;
            }
            place += 1;
        }
        let last = number(items, place)
            .filter(|last| elided && picks && values.first().is_some_and(|first| first < last));
        if let (Some(last), Some(first)) = (last, values.first()) {
            let noun = noun_of(&filter.field);
            let whole = noun == Noun::Day && *first == 0.0 && last == 6.0;
            let end = if matches!(
                items.mark(place + 1),
                Some(Mark::Noun(Noun::Order | Noun::OrderNumber | Noun::Day | Noun::Hour))
            ) {
                place + 2
            } else {
                place + 1
            };
            let mark = Mark::Where(vec![condition(&filter.field, FilterOp::Between, &[*first, last])]);
            items.merge(at, end, mark);
            if whole {
                items.set(at, Mark::Skip);
            }
            add_rows(items, at, noun);
            at += 2;
            continue;
        }
        let said = matches!(items.mark(at + 1), Some(Mark::Noun(noun)) if *noun == noun_of(&filter.field));
        let words = text(items, tokens, at);
        let opens = matches!(items.before(at), Some(Mark::Link(Link::For | Link::From)))
            && (words.starts_with("order number")
                || words.starts_with("order no")
                || words.starts_with("day")
                || words.starts_with("hour"))
            || items.0.iter().take(at).any(|item| item.mark == Mark::Link(Link::From)) && trend;
        if filter.op == FilterOp::Between
            && !grouped
            && !said
            && filter.field == "order_number"
            && (opens || trend)
        {
            add_rows(items, at, Noun::OrderNumber);
            at += 1;
        }
        at += 1;
    }
}

/// A noun of its own behind the range: its values are rows.
fn add_rows(items: &mut Items, at: usize, noun: Noun) {
    let Some(token) = items.0.get(at).map(|item| item.to) else { return };
    items.0.insert(at + 1, Item { mark: Mark::Each, from: token, to: token });
    items.0.insert(at + 2, Item { mark: Mark::Noun(noun), from: token, to: token });
}
