//! Third pass: hours, parts of the day, day numbers, order numbers and days since something.
//!
//! Numbers and bounds beside the word that says what they are become conditions on rows. Weekdays by name stay as they
//! are: the data numbers its days and does not say which is which.

use query::metrics::{FilterOp, FilterValue, MetricFilter};

use super::item::{Items, Link, Mark, Noun};
use crate::builtin::normalise::Token;

const HOUR: &str = "order_hour_of_day";
const DAY: &str = "order_dow";
const ORDER_NUMBER: &str = "order_number";

/// Reads times.
pub(super) fn times(items: &mut Items, tokens: &[Token]) {
    days_since(items, tokens);
    grouped_ranges(items);
    hours(items);
    hour_ranges(items);
    hours_up_to(items);
    day_parts(items, tokens);
    days(items);
    of_the_week(items, tokens);
    counted_in_days(items);
    order_numbers(items, tokens);
    order_ranges(items);
    clockless_ranges(items);
    recency(items);
    behind_an_order(items);
    first_class(items);
    told_shifts(items, tokens);
}

/// "after the first order, how many …", "orders placed after the third one": those behind it, where nothing else is said of
/// order numbers and no wait is measured.
fn behind_an_order(items: &mut Items) {
    let number = |mark: Option<&Mark>| match mark {
        Some(Mark::Where(filters)) => match filters.as_slice() {
            [filter] if filter.field == ORDER_NUMBER && filter.op == FilterOp::Eq => Some(filter.clone()),
            _ => None,
        },
        _ => None,
    };
    let numbered = items.places(
        |mark| matches!(mark, Mark::Where(filters) if filters.iter().any(|f| f.field == ORDER_NUMBER)),
    );
    let waits = items.any(|mark| matches!(mark, Mark::Metric(name) if name.contains("days")));
    let people = items.any(|mark| *mark == Mark::Noun(Noun::Customer));
    let [at] = numbered.as_slice() else { return };
    let Some(after) = items.previous(*at) else { return };
    let opens = matches!(items.before(after), None | Some(Mark::Verb(super::item::Verb::Place)));
    if let Some(filter) = number(items.mark(*at))
        && items.mark(after) == Some(&Mark::Link(Link::After))
        && !waits
        && (opens || !people)
    {
        items.merge(after, at + 1, Mark::Where(vec![MetricFilter { op: FilterOp::Gt, ..filter }]));
    }
}

/// "first orders against orders 2-5, 6-10 and later ones": the first order is a class of its own before the ranges.
fn first_class(items: &mut Items) {
    let first = |mark: Option<&Mark>| match mark {
        Some(Mark::Where(filters)) => {
            matches!(filters.as_slice(), [f] if *f == condition(ORDER_NUMBER, FilterOp::Eq, &[1.0]))
        }
        _ => false,
    };
    for at in items.places(|mark| matches!(mark, Mark::Bands(_))) {
        let noun = items
            .previous(at)
            .filter(|noun| matches!(items.mark(*noun), Some(Mark::Noun(Noun::Order | Noun::OrderNumber))));
        let Some(Mark::Bands(mut classes)) = items.mark(at).cloned() else { continue };
        let begins =
            classes.bands.first().and_then(|band| band.first()).and_then(|(_, values)| values.first());
        let Some(noun) = noun.filter(|_| begins == Some(&2.0) && classes.unit.is_none()) else { continue };
        let joins = |place: &usize| {
            matches!(
                items.mark(*place),
                Some(
                    Mark::Skip
                        | Mark::Comma
                        | Mark::And
                        | Mark::Versus
                        | Mark::Than
                        | Mark::Link(Link::With | Link::To)
                )
            )
        };
        let Some(place) =
            (0..noun).rev().find(|place| !joins(place)).filter(|place| first(items.mark(*place)))
        else {
            continue;
        };
        classes.bands.insert(0, vec![(FilterOp::Eq, vec![1.0])]);
        items.set(noun, Mark::Noun(Noun::OrderNumber));
        items.set(at, Mark::Bands(classes));
        items.set(place, Mark::Skip);
        // "in terms of reorder rate": the figure, no further grouping.
        for by in items.places(|mark| *mark == Mark::Each) {
            if matches!(items.after(by), Some(Mark::Metric(_))) {
                items.set(by, Mark::Skip);
            }
        }
    }
}

/// "late shift, hours 20 to 23": the hours say when it is.
fn told_shifts(items: &mut Items, tokens: &[Token]) {
    let hours = |mark: &Mark| matches!(mark, Mark::Where(filters) if filters.iter().any(|filter| filter.field == HOUR));
    if !items.any(hours) {
        return;
    }
    for at in items.places(|mark| *mark == Mark::Word) {
        if super::people::text(items, tokens, at).ends_with(" shift") {
            items.set(at, Mark::Skip);
        }
    }
}

/// "the longest gap between my orders, in days": the unit of the figure.
fn counted_in_days(items: &mut Items) {
    if !items.any(|mark| matches!(mark, Mark::Metric(name) if name.contains("days"))) {
        return;
    }
    for at in items.places(|mark| *mark == Mark::Noun(Noun::Day)) {
        if let Some(of) = items.previous(at).filter(|of| items.mark(*of) == Some(&Mark::Link(Link::In))) {
            items.set(of, Mark::Skip);
            items.set(at, Mark::Skip);
        }
    }
}

/// "day 1 of the week": the week says nothing more.
fn of_the_week(items: &mut Items, tokens: &[Token]) {
    let is_day = |mark: Option<&Mark>| matches!(mark, Some(Mark::Where(filters)) if filters.iter().all(|filter| filter.field == DAY));
    for at in items.places(|mark| *mark == Mark::Word) {
        let week =
            items.0.get(at).and_then(|item| tokens.get(item.from)).is_some_and(|token| token.text == "week");
        let of =
            items.previous(at).filter(|of| matches!(items.mark(*of), Some(Mark::Link(Link::Of | Link::In))));
        if let Some(of) = of.filter(|of| week && is_day(items.before(*of))) {
            items.set(of, Mark::Skip);
            items.set(at, Mark::Skip);
        }
    }
}

/// "placed between 8 and 11", "on day 0 between 8 and 12": what happens between two such numbers without a unit happens at
/// hours.
fn clockless_ranges(items: &mut Items) {
    for at in 0..items.len() {
        let Some(Mark::Bound(FilterOp::Between, values, false)) = items.mark(at).cloned() else { continue };
        let whole = values.iter().all(|value| value.fract() == 0.0 && (0.0..=24.0).contains(value));
        let happens = match items.before(at) {
            Some(Mark::Verb(super::item::Verb::Place)) => true,
            Some(Mark::Where(filters)) => filters.iter().any(|filter| filter.field == DAY),
            _ => false,
        };
        let unit = matches!(
            items.after(at),
            Some(
                Mark::Noun(_)
                    | Mark::Metric(_)
                    | Mark::HowOften
                    | Mark::Share
                    | Mark::ShareOf(_)
                    | Mark::Number(_)
            )
        );
        if whole && happens && !unit {
            items.set(at, Mark::Where(vec![condition(HOUR, FilterOp::Between, &values)]));
        }
    }
}

/// A condition on rows.
pub(super) fn condition(field: &str, op: FilterOp, values: &[f64]) -> MetricFilter {
    let value = |number: &f64| match number.fract() == 0.0 {
        #[expect(clippy::cast_possible_truncation, reason = "whole numbers of questions are far below 2^53")]
        true => FilterValue::Integer(*number as i64),
        false => FilterValue::Number(*number),
    };
    MetricFilter { field: field.to_owned(), op, values: values.iter().map(value).collect() }
}

fn whole(mark: Option<&Mark>, most: u32) -> Option<u32> {
    match mark? {
        Mark::Number(value) if value.fract() == 0.0 && (0.0..=f64::from(most)).contains(value) =>
        {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0 to most")]
            Some(*value as u32)
        }
        _ => None,
    }
}

/// "8 pm", "hour 10", "at 9", "10 in the morning".
fn hours(items: &mut Items) {
    let ends: Vec<usize> = items.places(|mark| matches!(mark, Mark::DayPart(part) if part.from == part.to));
    for at in ends {
        if let Some(Mark::DayPart(part)) = items.mark(at) {
            let hour = part.from;
            items.set(at, Mark::Hour(hour));
        }
    }
    let mut at = 0;
    while at < items.len() {
        if let (Some(hour), Some(Mark::Clock(shift))) = (whole(items.mark(at), 24), items.mark(at + 1)) {
            let hour = on_clock(hour, *shift);
            items.merge(at, at + 2, Mark::Hour(hour));
        } else if let (Some(hour), Some(Mark::DayPart(part))) =
            (whole(items.mark(at), 23), items.mark(at + 1))
            // "top five night sellers" counts rows.
            && !matches!(items.before(at), Some(Mark::Rank(..)))
            // "on day 1 in the evening" counts the day.
            && !matches!(at.checked_sub(1).and_then(|before| items.mark(before)), Some(Mark::Noun(Noun::Day)))
        {
            let afternoon = part.from >= 12 && hour < 12;
            items.merge(at, at + 2, Mark::Hour(if afternoon { hour + 12 } else { hour }));
        } else if let (Some(Mark::Hour(hour)), Some(Mark::Clock(shift))) =
            (items.mark(at), items.mark(at + 1))
        {
            let hour = on_clock(*hour, *shift);
            items.merge(at, at + 2, Mark::Hour(hour));
        } else if items.mark(at) == Some(&Mark::Noun(Noun::Hour)) {
            hours_behind(items, at);
        } else if let (Some(Mark::Hour(hour)), Some(Mark::Noun(Noun::Hour))) =
            (items.mark(at), items.mark(at + 1))
            // "midnight (hour 23)": the number says which.
            && !matches!(items.mark(at + 2), Some(Mark::Number(_)))
        {
            let hour = *hour;
            items.merge(at, at + 2, Mark::Hour(hour));
        } else if matches!(items.mark(at), Some(Mark::Link(Link::At)))
            && let Some(hour) = whole(items.mark(at + 1), 23)
            && !matches!(
                items.mark(at + 2),
                Some(
                    Mark::Noun(_)
                        | Mark::HowOften
                        | Mark::Metric(_)
                        | Mark::Share
                        | Mark::Clock(_)
                        | Mark::DayPart(_)
                )
            )
        {
            items.merge(at, at + 2, Mark::Hour(hour));
            // "at 6, 7 and 8": the preposition serves all of them.
            let mut place = at + 1;
            while matches!(items.mark(place), Some(Mark::Comma | Mark::And | Mark::Or))
                && let Some(hour) = whole(items.mark(place + 1), 23)
                && !matches!(items.mark(place + 2), Some(Mark::Noun(_) | Mark::Metric(_) | Mark::HowOften))
            {
                items.set(place + 1, Mark::Hour(hour));
                place += 2;
            }
        }
        at += 1;
    }
    listed_hours(items);
}

/// "at 10, 11 or 12 o'clock": the clock behind the last serves the numbers before it.
fn listed_hours(items: &mut Items) {
    for at in (0..items.len()).rev() {
        if !matches!(items.mark(at), Some(Mark::Hour(_))) {
            continue;
        }
        let mut place = at;
        while place >= 2
            && matches!(items.mark(place - 1), Some(Mark::Comma | Mark::And | Mark::Or))
            && let Some(hour) = whole(items.mark(place - 2), 23)
        {
            items.set(place - 2, Mark::Hour(hour));
            place -= 2;
        }
    }
}

fn on_clock(hour: u32, shift: Option<u32>) -> u32 {
    match shift {
        Some(12) if hour < 12 => hour + 12,
        Some(0) if hour == 12 => 0,
        _ => hour % 24,
    }
}

/// "hour 10", "hours 6 to 9", "hours 8, 9 and 10".
fn hours_behind(items: &mut Items, at: usize) {
    let next = items.mark(at + 1).cloned();
    // "hours before 7", "the hours from 20 on"
    let bound = match next {
        Some(Mark::Link(Link::Before)) => Some(FilterOp::Lt),
        Some(Mark::Link(Link::After)) => Some(FilterOp::Ge),
        _ => None,
    };
    if let (Some(op), Some(hour)) = (bound, whole(items.mark(at + 2), 24))
        && !matches!(
            items.mark(at + 3),
            Some(Mark::Noun(_) | Mark::Metric(_) | Mark::HowOften | Mark::Clock(_))
        )
    {
        items.merge(at, at + 3, Mark::Where(vec![condition(HOUR, op, &[f64::from(hour)])]));
        return;
    }
    match next {
        Some(Mark::Bound(op, values, false)) if values.iter().all(|value| (0.0..=24.0).contains(value)) => {
            // "hours with fewer than 200 orders" counts orders.
            if matches!(
                items.mark(at + 2),
                Some(Mark::Noun(Noun::Order | Noun::Item | Noun::Customer) | Mark::Metric(_))
            ) {
                return;
            }
            items.merge(at, at + 2, Mark::Where(vec![condition(HOUR, op, &values)]));
        }
        Some(Mark::Number(_)) => {
            let Some(hour) = whole(items.mark(at + 1), 24) else { return };
            let mut list = vec![hour % 24];
            let mut end = at + 2;
            while matches!(items.mark(end), Some(Mark::Comma | Mark::And | Mark::Or))
                && let Some(hour) = whole(items.mark(end + 1), 23)
                && !matches!(items.mark(end + 2), Some(Mark::Noun(_)))
            {
                list.push(hour);
                end += 2;
            }
            let mark = match list.as_slice() {
                [hour] => Mark::Hour(*hour),
                hours => Mark::Where(vec![condition(HOUR, FilterOp::In, &numbers(hours))]),
            };
            items.merge(at, end, mark);
        }
        _ => {}
    }
}

fn numbers(values: &[u32]) -> Vec<f64> {
    values.iter().map(|value| f64::from(*value)).collect()
}

/// "from 9 to 11 am", "after 8 pm", "before 7", "between 10 and 12 o'clock", "at 8, 12 and 18".
fn hour_ranges(items: &mut Items) {
    let mut at = 0;
    while at < items.len() {
        let found = match items.mark(at) {
            Some(Mark::Hour(hour)) => range_from(items, at, *hour),
            // "between hour 11 and 13"
            Some(Mark::Where(filters))
                if filters.iter().any(|f| f.field == HOUR && f.op == FilterOp::In && f.values.len() == 2)
                    && items.before(at) == Some(&Mark::Between) =>
            {
                let filter = filters.first().cloned();
                filter.map(|filter| {
                    let from = items.previous(at).unwrap_or(at);
                    (from, at + 1, MetricFilter { op: FilterOp::Between, ..filter })
                })
            }
            Some(Mark::Bound(FilterOp::Between, values, false)) => {
                // "between 9 and 11 am": the clock stands behind the second only.
                let clock = match items.mark(at + 1) {
                    Some(Mark::Clock(shift)) => Some(*shift),
                    Some(Mark::DayPart(part)) => Some((part.from >= 12).then_some(12)),
                    _ => None,
                };
                clock.and_then(|shift| {
                    let hours: Vec<f64> =
                        values.iter().filter(|v| **v <= 24.0).map(|v| clocked(*v, shift)).collect();
                    let ordered = hours.first().zip(hours.get(1)).filter(|(low, high)| low <= high);
                    ordered
                        .map(|(low, high)| (at, at + 2, condition(HOUR, FilterOp::Between, &[*low, *high])))
                })
            }
            Some(Mark::Bound(op, values, false)) => match items.mark(at + 1) {
                Some(Mark::Clock(shift)) => values.first().map(|value| {
                    let op = if *op == FilterOp::Gt { FilterOp::Ge } else { *op };
                    (at, at + 2, condition(HOUR, op, &[clocked(*value, *shift)]))
                }),
                _ => None,
            },
            _ => None,
        };
        if let Some((from, to, filter)) = found {
            items.merge(from, to, Mark::Where(vec![filter]));
            at = from;
        }
        at += 1;
    }
}

/// "from 12 am until just before 6 am": a first hour, and the one that the others come before.
fn hours_up_to(items: &mut Items) {
    let hour = |mark: Option<&Mark>, op: FilterOp| match mark {
        Some(Mark::Where(filters)) => match filters.as_slice() {
            [filter] if filter.field == HOUR && filter.op == op => {
                filter.values.first().and_then(FilterValue::as_number)
            }
            _ => None,
        },
        _ => None,
    };
    for at in 0..items.len() {
        let Some(first) = hour(items.mark(at), FilterOp::Eq) else { continue };
        let Some(to) = items.next(at).filter(|to| items.mark(*to) == Some(&Mark::Link(Link::To))) else {
            continue;
        };
        let end = (to + 1..items.len())
            .find(|end| !matches!(items.mark(*end), Some(Mark::Skip | Mark::Only | Mark::Link(_))));
        let Some((end, last)) = end.and_then(|end| Some((end, hour(items.mark(end), FilterOp::Lt)?))) else {
            continue;
        };
        if first < last {
            let span = condition(HOUR, FilterOp::Between, &[first, last - 1.0]);
            items.merge(at, end + 1, Mark::Where(vec![span]));
            return;
        }
    }
}

fn clocked(value: f64, shift: Option<u32>) -> f64 {
    match shift {
        Some(12) if value < 12.0 => value + 12.0,
        _ => value,
    }
}

/// "from 8 in the evening on": not "on day 3".
fn goes_on(items: &Items, at: usize) -> bool {
    items.mark(at) == Some(&Mark::Link(Link::On))
        && !matches!(items.after(at), Some(Mark::Noun(_) | Mark::Weekday | Mark::Number(_) | Mark::Name(_)))
}

/// The last hour of a range: midnight ends the day, and a stretch from one part of the day to the next ends before it.
fn last_hour(first: u32, end: u32, mark: Option<&Mark>) -> Option<u32> {
    let end = if end == 0 { 24 } else { end };
    let part = first.is_multiple_of(6) && end == first + 6 && matches!(mark, Some(Mark::Hour(_)));
    let last = if end == 24 || part { end - 1 } else { end };
    (last >= first).then_some(last)
}

/// The condition that an hour is part of, with the stretch of items it takes.
fn range_from(items: &Items, at: usize, hour: u32) -> Option<(usize, usize, MetricFilter)> {
    let hour_at = |place: usize| match items.mark(place) {
        Some(Mark::Hour(hour)) => Some(*hour),
        Some(Mark::Number(_)) => whole(items.mark(place), 24),
        _ => None,
    };
    let opens = at.checked_sub(1).and_then(|before| items.mark(before)).cloned();
    let start = if matches!(opens, Some(Mark::Between | Mark::Link(_) | Mark::Cmp(_))) { at - 1 } else { at };
    let joined = matches!(items.mark(at + 1), Some(Mark::Link(Link::To) | Mark::And));
    let ranged = items.mark(at + 1) == Some(&Mark::Link(Link::To)) || opens == Some(Mark::Between);
    if joined
        && ranged
        && let Some(end) = hour_at(at + 2).and_then(|end| last_hour(hour, end, items.mark(at + 2)))
    {
        return Some((start, at + 3, condition(HOUR, FilterOp::Between, &[f64::from(hour), f64::from(end)])));
    }
    // "8 to 10 am": the number before belongs to the clock too.
    if at.checked_sub(1).and_then(|before| items.mark(before)) == Some(&Mark::Link(Link::To))
        && let Some(low) = at.checked_sub(2).and_then(|place| whole(items.mark(place), 24))
        && low <= hour
    {
        let from = if matches!(
            at.checked_sub(3).and_then(|p| items.mark(p)),
            Some(Mark::Link(Link::From) | Mark::Between)
        ) {
            at - 3
        } else {
            at - 2
        };
        return Some((from, at + 1, condition(HOUR, FilterOp::Between, &[f64::from(low), f64::from(hour)])));
    }
    let value = f64::from(hour);
    let (op, from) = match opens {
        Some(Mark::Link(Link::After)) | Some(Mark::Cmp(FilterOp::Gt | FilterOp::Ge)) => {
            (FilterOp::Ge, at - 1)
        }
        Some(Mark::Link(Link::Before)) | Some(Mark::Cmp(FilterOp::Lt)) => (FilterOp::Lt, at - 1),
        Some(Mark::Link(Link::From))
            if matches!(items.mark(at + 1), Some(Mark::CmpAfter(_))) || goes_on(items, at + 1) =>
        {
            (FilterOp::Ge, at - 1)
        }
        Some(Mark::Link(Link::To)) => (FilterOp::Lt, at - 1),
        _ => (FilterOp::Eq, start),
    };
    // "at 8, at 12 and at 18": side by side.
    let mut hours = vec![hour];
    let mut end = at + 1;
    while op == FilterOp::Eq
        && let Some(next) = (end..end + 4).find(|place| matches!(items.mark(*place), Some(Mark::Hour(_))))
        && (end..next).all(|place| {
            matches!(
                items.mark(place),
                Some(Mark::Comma | Mark::And | Mark::Or | Mark::Link(Link::At | Link::In) | Mark::Skip)
            )
        })
        && let Some(Mark::Hour(more)) = items.mark(next)
    {
        if !hours.contains(more) {
            hours.push(*more);
        }
        end = next + 1;
    }
    if hours.len() > 1 {
        return Some((from, end, condition(HOUR, FilterOp::In, &numbers(&hours))));
    }
    let onwards = op == FilterOp::Ge && goes_on(items, at + 1);
    let end = if onwards || matches!(items.mark(at + 1), Some(Mark::CmpAfter(_))) { at + 2 } else { at + 1 };
    let op = if end > at + 1 && op == FilterOp::Eq { FilterOp::Ge } else { op };
    Some((from, end, condition(HOUR, op, &[value])))
}

/// One part of the day restricts; several are compared, which the frame sees by the values of `day_part`.
fn day_parts(items: &mut Items, tokens: &[Token]) {
    let places = items.places(|mark| matches!(mark, Mark::DayPart(_)));
    let named: Vec<&'static str> = places
        .iter()
        .filter_map(|at| match items.mark(*at) {
            Some(Mark::DayPart(part)) => part.name,
            _ => None,
        })
        .collect();
    let several = named.len() > 1;
    // "by time of day: morning, afternoon and evening"
    if several {
        for at in items.places(|mark| *mark == Mark::Noun(Noun::Hour)) {
            if super::people::text(items, tokens, at).contains("of day") {
                items.set(at, Mark::Noun(Noun::DayPart));
            }
        }
    }
    for at in places {
        let Some(Mark::DayPart(part)) = items.mark(at).cloned() else { continue };
        let filter = match part.name.filter(|_| several) {
            Some(name) => {
                MetricFilter { field: "day_part".into(), op: FilterOp::Eq, values: vec![name.into()] }
            }
            None if part.from == part.to => condition(HOUR, FilterOp::Eq, &[f64::from(part.from)]),
            None => condition(HOUR, FilterOp::Between, &[f64::from(part.from), f64::from(part.to)]),
        };
        // "night orders (0-5h)": the hours in brackets say the same again.
        items.set(at, Mark::Where(vec![filter]));
    }
    let same = |items: &Items, at: usize| match items.mark(at) {
        Some(Mark::Where(filters)) => {
            filters.first().filter(|filter| filter.field == HOUR && filters.len() == 1).cloned()
        }
        _ => None,
    };
    for at in 1..items.len() {
        let earlier = (0..at)
            .find_map(|before| same(items, before).filter(|filter| Some(filter) == same(items, at).as_ref()));
        if earlier.is_some() {
            items.set(at, Mark::Skip);
        }
    }
}

/// "per hour, 6 to 11", "by order number up to 10": grouped by, and restricted.
fn grouped_ranges(items: &mut Items) {
    for at in 0..items.len() {
        let field = match items.mark(at) {
            Some(Mark::Noun(Noun::Hour)) => HOUR,
            Some(Mark::Noun(Noun::Day)) => DAY,
            Some(Mark::Noun(Noun::OrderNumber)) => ORDER_NUMBER,
            _ => continue,
        };
        if !is_grouped(items, at) {
            continue;
        }
        let Some(place) = range_behind(items, at) else { continue };
        let Some(Mark::Bound(op, values, _)) = items.mark(place).cloned() else { continue };
        let whole = (field == DAY && values == [0.0, 6.0]) || (field == HOUR && values == [0.0, 23.0]);
        items.set(place, if whole { Mark::Skip } else { Mark::Where(vec![condition(field, op, &values)]) });
    }
}

/// Whether the noun here is what is grouped by or listed, so that a range behind it only restricts the rows.
fn is_grouped(items: &Items, at: usize) -> bool {
    matches!(items.before(at), Some(Mark::Each | Mark::Which | Mark::Rank(..)))
}

/// "by order number, 1 to 10": the range behind the noun, with its place.
fn range_behind(items: &Items, at: usize) -> Option<usize> {
    (at + 1..at + 3).find(|place| matches!(items.mark(*place), Some(Mark::Bound(_, _, false)))).filter(
        |place| {
            (at + 1..*place).all(|between| {
                matches!(items.mark(between), Some(Mark::Comma | Mark::Skip | Mark::Link(Link::For)))
            }) && !matches!(items.mark(place + 1), Some(Mark::Noun(_) | Mark::Metric(_) | Mark::HowOften))
        },
    )
}

/// "day 6", "days 0, 1 or 6", "day number 3"; "(0 to 6)" is the whole range.
fn days(items: &mut Items) {
    let mut at = 0;
    while at < items.len() {
        if items.mark(at) != Some(&Mark::Noun(Noun::Day)) {
            at += 1;
            continue;
        }
        match items.mark(at + 1).cloned() {
            Some(Mark::Bound(FilterOp::Between, values, false)) if values == [0.0, 6.0] => {
                items.merge(at, at + 2, Mark::Noun(Noun::Day));
            }
            Some(Mark::Bound(op, values, false)) if values.iter().all(|value| *value <= 6.0) => {
                let counts = matches!(items.mark(at + 2), Some(Mark::Noun(_) | Mark::Metric(_)));
                if !counts {
                    items.merge(at, at + 2, Mark::Where(vec![condition(DAY, op, &values)]));
                }
            }
            Some(Mark::Number(_)) => {
                let mut list = Vec::new();
                let mut end = at + 1;
                while let Some(day) = whole(items.mark(end), 6) {
                    if matches!(items.mark(end + 1), Some(Mark::Noun(_))) && !list.is_empty() {
                        break;
                    }
                    list.push(day);
                    end += 1;
                    if matches!(items.mark(end), Some(Mark::Comma | Mark::And | Mark::Or))
                        && whole(items.mark(end + 1), 6).is_some()
                    {
                        end += 1;
                    } else {
                        break;
                    }
                }
                let op = if list.len() == 1 { FilterOp::Eq } else { FilterOp::In };
                if list.len() == 7 {
                    items.merge(at, end, Mark::Noun(Noun::Day));
                } else if !list.is_empty() {
                    items.merge(at, end, Mark::Where(vec![condition(DAY, op, &numbers(&list))]));
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// "first orders", "the second and the third order", "first 5 orders", "orders 2 to 5", "order number 10 and up".
fn order_numbers(items: &mut Items, tokens: &[Token]) {
    let order = |mark: Option<&Mark>| matches!(mark, Some(Mark::Noun(Noun::Order | Noun::OrderNumber)));
    let mut at = 0;
    while at < items.len() {
        match items.mark(at).cloned() {
            Some(Mark::Ordinal(first)) => {
                let mut list = vec![first];
                let mut end = at + 1;
                let mut elided = false;
                loop {
                    let more =
                        (end..end + 4).find(|place| matches!(items.mark(*place), Some(Mark::Ordinal(_))));
                    let Some(next) = more.filter(|next| {
                        (end..*next).all(|place| {
                            matches!(
                                items.mark(place),
                                Some(
                                    Mark::Skip
                                        | Mark::Comma
                                        | Mark::And
                                        | Mark::Or
                                        | Mark::Versus
                                        | Mark::Than
                                )
                            ) || order(items.mark(place))
                                || (items.mark(place) == Some(&Mark::Link(Link::To))
                                    && items.mark(place.wrapping_sub(1)) == Some(&Mark::Comma))
                        })
                    }) else {
                        break;
                    };
                    elided |= (end..next).any(|place| items.mark(place) == Some(&Mark::Link(Link::To)));
                    if let Some(Mark::Ordinal(number)) = items.mark(next) {
                        list.push(*number);
                    }
                    end = next + 1;
                }
                // "1st, 2nd, … 10th"
                if let (true, Some(last)) = (elided, list.last().copied()) {
                    list = (first..=last.max(first)).collect();
                }
                let number = whole(items.mark(end), 1_000).filter(|_| list == [1]);
                if let (Some(count), true) = (number, order(items.mark(end + 1))) {
                    items.merge(
                        at,
                        end + 2,
                        Mark::Where(vec![condition(ORDER_NUMBER, FilterOp::Le, &[f64::from(count)])]),
                    );
                } else if let (Some(_), true) = (number, !order(items.mark(end + 1))) {
                    // "the first seven rows"
                    items.set(at, Mark::Rank(super::item::End::High, None));
                } else if order(items.mark(end)) {
                    // "between the second and the tenth order"; between two that follow each other lies a gap.
                    let apart = matches!(list.as_slice(), [low, high] if *high > low + 1);
                    let ranged = items
                        .previous(at)
                        .filter(|before| items.mark(*before) == Some(&Mark::Between) && apart);
                    let op = match (ranged, list.len()) {
                        (Some(_), _) => FilterOp::Between,
                        (None, 1) => FilterOp::Eq,
                        _ => FilterOp::In,
                    };
                    let filter = condition(ORDER_NUMBER, op, &numbers(&list));
                    items.merge(ranged.unwrap_or(at), end + 1, Mark::Where(vec![filter]));
                } else if matches!(items.mark(end), Some(Mark::Link(Link::To) | Mark::Cmp(FilterOp::Le)))
                    && let Some(place) = items.next(end)
                    && let Some(Mark::Ordinal(last)) = items.mark(place)
                    && items.next(place).is_some_and(|next| order(items.mark(next)))
                {
                    // "from the 2nd to the 10th order": a row each.
                    let filter =
                        condition(ORDER_NUMBER, FilterOp::Between, &[f64::from(first), f64::from(*last)]);
                    let noun = items.next(place).unwrap_or(place);
                    items.set(noun, Mark::Noun(Noun::OrderNumber));
                    items.merge(at, place + 1, Mark::Where(vec![filter]));
                } else if matches!(items.mark(end), Some(Mark::Link(Link::To) | Mark::Cmp(FilterOp::Le)))
                    && let Some(place) = items.next(end)
                    && let Some(Mark::Ordinal(last)) = items.mark(place)
                    && items.any(|mark| *mark == Mark::Noun(Noun::OrderNumber))
                {
                    // "at each order number, from the first to the tenth"
                    let filter =
                        condition(ORDER_NUMBER, FilterOp::Between, &[f64::from(first), f64::from(*last)]);
                    let from =
                        items.previous(at).filter(|from| items.mark(*from) == Some(&Mark::Link(Link::From)));
                    items.merge(from.unwrap_or(at), place + 1, Mark::Where(vec![filter]));
                }
            }
            Some(Mark::Noun(Noun::Order | Noun::OrderNumber)) => {
                let said = items.mark(at) == Some(&Mark::Noun(Noun::OrderNumber));
                let counts =
                    matches!(items.mark(at + 2), Some(Mark::Noun(_) | Mark::Metric(_) | Mark::HowOften));
                match items.mark(at + 1).cloned() {
                    // "for order numbers 1 to 5": a row each.
                    Some(Mark::Bound(FilterOp::Between, values, false))
                        if !counts && said && is_plural(items, at, tokens) =>
                    {
                        let filter = condition(ORDER_NUMBER, FilterOp::Between, &values);
                        items.set(at, Mark::Where(vec![filter]));
                        items.set(at + 1, Mark::Noun(Noun::OrderNumber));
                    }
                    Some(Mark::Bound(op, values, false)) if !counts && (said || op == FilterOp::Between) => {
                        items.merge(at, at + 2, Mark::Where(vec![condition(ORDER_NUMBER, op, &values)]));
                    }
                    Some(Mark::Number(value)) if said && !counts => {
                        let mut list = vec![value];
                        let mut end = at + 2;
                        while matches!(items.mark(end), Some(Mark::Comma | Mark::And | Mark::Or))
                            && let Some(Mark::Number(more)) = items.mark(end + 1)
                        {
                            list.push(*more);
                            end += 2;
                        }
                        let op = if list.len() == 1 { FilterOp::Eq } else { FilterOp::In };
                        items.merge(at, end, Mark::Where(vec![condition(ORDER_NUMBER, op, &list)]));
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// "order numbers"
fn is_plural(items: &Items, at: usize, tokens: &[Token]) -> bool {
    let last = items.0.get(at).and_then(|item| tokens.get(item.to.saturating_sub(1)));
    last.is_some_and(|token| !super::scan::is_singular(token))
}

/// "the second order after the first": the order that it is counted from says nothing more.
pub(super) fn left_over_ordinals(items: &mut Items) {
    for at in items.places(|mark| matches!(mark, Mark::Ordinal(1))) {
        // "busiest hour first": how the rows stand.
        let ends = matches!(items.after(at), None | Some(Mark::Comma | Mark::And));
        let ranked =
            (at.saturating_sub(3)..at).any(|place| matches!(items.mark(place), Some(Mark::Rank(..))));
        if ends && ranked {
            items.set(at, Mark::Skip);
        }
    }
    said_of_orders(items);
    for at in items.places(|mark| matches!(mark, Mark::Ordinal(_))) {
        let numbered = items.0.iter().take(at).any(|item| match &item.mark {
            Mark::Where(filters) => filters.iter().any(|filter| filter.field == ORDER_NUMBER),
            _ => false,
        });
        if !numbered {
            continue;
        }
        // "larger than the first": another order of theirs.
        let mark = match (items.before(at), items.mark(at)) {
            (Some(Mark::Than | Mark::More(_)), Some(Mark::Ordinal(number))) => {
                Mark::Where(vec![condition(ORDER_NUMBER, FilterOp::Eq, &[f64::from(*number)])])
            }
            _ => Mark::Skip,
        };
        items.set(at, mark);
    }
}

/// "orders that are somebody's first", "how many orders were a customer's third": which order of a customer it is.
fn said_of_orders(items: &mut Items) {
    for at in items.places(|mark| matches!(mark, Mark::Ordinal(_))) {
        let Some(Mark::Ordinal(number)) = items.mark(at).cloned() else { continue };
        let ends = matches!(items.after(at), None | Some(Mark::Comma | Mark::Noun(Noun::Order)));
        let mut before = items.previous(at);
        while matches!(before.and_then(|at| items.mark(at)), Some(Mark::Noun(Noun::Customer) | Mark::Only)) {
            before = before.and_then(|at| items.previous(at));
        }
        let is = before.filter(|at| items.mark(*at) == Some(&Mark::Link(Link::Is)));
        let orders = is.is_some_and(|is| {
            (is.saturating_sub(3)..is).any(|place| match items.mark(place) {
                Some(Mark::Noun(Noun::Order)) => true,
                Some(Mark::ShareOf(name) | Mark::Metric(name)) => name == "orders",
                _ => false,
            })
        });
        if let (true, true, Some(is)) = (ends, orders, is) {
            let which = condition(ORDER_NUMBER, FilterOp::Eq, &[f64::from(number)]);
            items.merge(is, at + 1, Mark::Where(vec![which]));
            return;
        }
    }
}

/// "from the first order through the tenth", "the tenth order onwards".
fn order_ranges(items: &mut Items) {
    let mut at = 0;
    while at < items.len() {
        let start = match items.mark(at) {
            Some(Mark::Where(filters)) => match filters.as_slice() {
                [filter] if filter.field == ORDER_NUMBER && filter.op == FilterOp::Eq => {
                    match filter.values.first() {
                        #[expect(clippy::cast_precision_loss, reason = "order numbers are small")]
                        Some(FilterValue::Integer(value)) => Some(*value as f64),
                        _ => None,
                    }
                }
                _ => None,
            },
            _ => None,
        };
        if let Some(start) = start {
            if let Some(Mark::CmpAfter(op)) = items.mark(at + 1) {
                let filter = condition(ORDER_NUMBER, *op, &[start]);
                items.merge(at, at + 2, Mark::Where(vec![filter]));
            } else if items.mark(at + 1) == Some(&Mark::Link(Link::To))
                && let Some(place) = items.next(at + 1)
                && let Some(Mark::Ordinal(last)) = items.mark(place)
            {
                let filter = condition(ORDER_NUMBER, FilterOp::Between, &[start, f64::from(*last)]);
                items.merge(at, place, Mark::Where(vec![filter]));
                items.set(at + 1, Mark::Noun(Noun::OrderNumber));
            }
        }
        at += 1;
    }
}

/// "the days that passed since the previous order", "how long had it been since the last order": the gap between orders,
/// said in a sentence.
fn days_since(items: &mut Items, tokens: &[Token]) {
    let text = |items: &Items, at: usize| {
        let item = items.0.get(at)?;
        Some(
            tokens
                .get(item.from..item.to)?
                .iter()
                .map(|token| token.text.as_str())
                .collect::<Vec<_>>()
                .join(" "),
        )
    };
    for at in 0..items.len() {
        let opens = match items.mark(at) {
            Some(Mark::Noun(Noun::Day)) => items.before(at).is_none_or(|mark| {
                matches!(
                    mark,
                    Mark::HowMany
                        | Mark::Agg(_)
                        | Mark::Link(_)
                        | Mark::Which
                        | Mark::Rank(..)
                        | Mark::Metric(_)
                )
            }),
            Some(Mark::HowMuch) => text(items, at).is_some_and(|words| words == "how long"),
            _ => false,
        };
        if !opens {
            continue;
        }
        let within = (at + 9).min(items.len());
        let since = (at + 1..within).find(|place| {
            items.mark(*place) == Some(&Mark::Link(Link::After))
                || text(items, *place).is_some_and(|words| words == "since")
        });
        let quiet = |from: usize, to: usize| {
            (from..to).all(|place| {
                matches!(
                    items.mark(place),
                    Some(
                        Mark::Skip
                            | Mark::Word
                            | Mark::Verb(_)
                            | Mark::Link(Link::That | Link::Is | Link::With)
                            | Mark::Comma
                            | Mark::Agg(_)
                            | Mark::Last
                    )
                )
            })
        };
        let order = since.and_then(|since| {
            (since + 1..(since + 6).min(items.len()))
                .find(|place| items.mark(*place) == Some(&Mark::Noun(Noun::Order)))
        });
        let (Some(since), Some(order)) = (since, order) else { continue };
        let customer = |place: usize| items.mark(place) == Some(&Mark::Noun(Noun::Customer));
        let earlier = (since + 1..order).any(|place| {
            items.mark(place) == Some(&Mark::Last)
                || text(items, place).is_some_and(|words| {
                    matches!(words.as_str(), "previous" | "prior" | "preceding" | "earlier")
                })
        });
        let between = (since + 1..order).all(|place| quiet(place, place + 1) || customer(place));
        if earlier && between && quiet(at + 1, since) {
            items.merge(at, order + 1, Mark::Metric("avg_days_between_orders".to_owned()));
            return;
        }
    }
}

/// "in the last 7 days": of customers, whose last order is that near.
fn recency(items: &mut Items) {
    let mut at = 0;
    while at < items.len() {
        if items.mark(at) == Some(&Mark::Last)
            && let Some(days) = whole(items.mark(at + 1), 30)
            && items.mark(at + 2) == Some(&Mark::Noun(Noun::Day))
        {
            items.merge(
                at,
                at + 3,
                Mark::Where(vec![condition("recency_days", FilterOp::Le, &[f64::from(days)])]),
            );
        }
        // "the next 28 days": the horizon of what is expected, which is the one there is.
        let horizon = matches!(items.mark(at), Some(Mark::Number(value)) if *value == 28.0)
            && items.mark(at + 1) == Some(&Mark::Noun(Noun::Day));
        if horizon {
            items.merge(at, at + 2, Mark::Skip);
        }
        at += 1;
    }
}
