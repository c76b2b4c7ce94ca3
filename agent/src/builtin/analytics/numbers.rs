//! Second pass: numbers, per cents, fractions, and bounds on something yet unnamed.
//!
//! "80 %" → a per cent, "three quarters" → 0.75, "1 in 4" → 0.25, "at least 200", "20 or more", "between 5 and 10",
//! "6-10" → bounds. What a bound is on is decided later, by its neighbours.

use query::metrics::FilterOp;

use super::item::{End, Item, Items, Link, Mark, Noun};
use crate::builtin::normalise::Token;

/// Reads numbers and bounds.
pub(super) fn numbers(items: &mut Items, tokens: &[Token]) {
    worse(items, tokens);
    percents_of(items, tokens);
    zeroes(items);
    from_up(items, tokens);
    fractions(items);
    trailing_comparisons(items);
    bounds(items);
    exact(items, tokens);
    joined_bounds(items);
    shared_units(items, tokens);
}

/// "a churn risk of 60 % or worse": of a figure of which little is good, worse is more.
fn worse(items: &mut Items, tokens: &[Token]) {
    if !items.any(|mark| matches!(mark, Mark::Metric(name) if super::is_better_low(name))) {
        return;
    }
    for at in 0..items.len() {
        if !matches!(items.mark(at), Some(Mark::CmpAfter(_))) {
            continue;
        }
        let words = super::people::text(items, tokens, at);
        match words.split(' ').next_back() {
            Some("worse") => items.set(at, Mark::CmpAfter(FilterOp::Ge)),
            Some("better") => items.set(at, Mark::CmpAfter(FilterOp::Le)),
            _ => {}
        }
    }
}

/// "more than 10 but less than 20 days", "at least 20 orders but under 50": one word serves both ends.
fn shared_units(items: &mut Items, tokens: &[Token]) {
    let unit = |items: &Items, at: usize| match items.mark(at + 1) {
        Some(mark @ (Mark::Noun(_) | Mark::HowOften)) => Some(mark.clone()),
        _ => None,
    };
    let mut at = 0;
    while at + 2 < items.len() {
        let Some((other, inside)) = other_end(items, tokens, at) else {
            at += 1;
            continue;
        };
        let named = matches!(
            items.mark(other + 1),
            Some(Mark::Noun(_) | Mark::Metric(_) | Mark::Verb(_) | Mark::Link(_) | Mark::Word)
        );
        match (unit(items, at), unit(items, other)) {
            (None, Some(mark)) if inside => insert_behind(items, at, mark),
            (Some(mark), None) if !named => insert_behind(items, other, mark),
            _ => {}
        }
        at = other + 1;
    }
}

/// The place of the bound that closes the range which the one here opens, and whether it follows at once.
fn other_end(items: &Items, tokens: &[Token], at: usize) -> Option<(usize, bool)> {
    let Some(Mark::Bound(first, low, false)) = items.mark(at) else { return None };
    let behind =
        if matches!(items.mark(at + 1), Some(Mark::Noun(_) | Mark::HowOften)) { at + 2 } else { at + 1 };
    let joins = |place: usize| {
        let words = super::people::text(items, tokens, place);
        matches!(items.mark(place), Some(Mark::And | Mark::Comma | Mark::Skip))
            || words == "but"
            || words == "yet"
    };
    let other = (behind..items.len().min(behind + 4)).find(|place| !joins(*place))?;
    let Some(Mark::Bound(second, high, false)) = items.mark(other).filter(|_| other > behind) else {
        return None;
    };
    let (low, high) = (low.first()?, high.first()?);
    let opens = |op: &FilterOp| matches!(op, FilterOp::Gt | FilterOp::Ge);
    let closes = |op: &FilterOp| matches!(op, FilterOp::Lt | FilterOp::Le);
    let range = opens(first) && closes(second) && low < high || closes(first) && opens(second) && high < low;
    range.then_some((other, behind == at + 1))
}

/// A mark of no tokens of its own behind a place.
fn insert_behind(items: &mut Items, at: usize, mark: Mark) {
    if let Some(token) = items.0.get(at).map(|item| item.to) {
        items.0.insert(at + 1, Item { mark, from: token, to: token });
    }
}

/// "customers with zero orders in the evening", "0 items from produce": none.
fn zeroes(items: &mut Items) {
    let people = items.any(|mark| matches!(mark, Mark::Noun(Noun::Customer)))
        || items.any(|mark| matches!(mark, Mark::ShareOf(name) if name == "customers"));
    for at in 0..items.len() {
        // "products with zero buyers in a segment"
        let products = items.0.iter().take(at).any(|item| item.mark == Mark::Noun(Noun::Product));
        let counted = matches!(items.mark(at + 1), Some(Mark::Noun(Noun::Order | Noun::Item)))
            || products && items.mark(at + 1) == Some(&Mark::Noun(Noun::Customer))
            || matches!(items.mark(at + 1), Some(Mark::Metric(name)) if name == "items");
        let bounded = matches!(items.before(at), Some(Mark::Cmp(_) | Mark::Between | Mark::Link(Link::From)));
        if !people || bounded || items.mark(at) != Some(&Mark::Number(0.0)) {
            continue;
        }
        if counted {
            items.merge(at, at + 2, Mark::Never);
            continue;
        }
        // "zero produce purchases", "zero evening orders"
        let thing = |mark: Option<&Mark>| {
            matches!(mark, Some(Mark::Name(_) | Mark::Attribute(..) | Mark::Part(_) | Mark::DayPart(_)))
        };
        let end = (at + 1..items.len()).find(|place| !thing(items.mark(*place))).unwrap_or(at);
        let counted = matches!(items.mark(end), Some(Mark::Noun(Noun::Order | Noun::Item | Noun::Product)))
            || matches!(items.mark(end), Some(Mark::Metric(name)) if name == "items");
        let timed = items.any(|mark| matches!(mark, Mark::DayPart(_)));
        if end > at + 1 && counted {
            items.set(at, if timed { Mark::Not } else { Mark::Never });
            if !timed && items.mark(end) != Some(&Mark::Noun(Noun::Order)) {
                items.set(end, Mark::Skip);
            }
        }
    }
}

/// "from 20 orders up", "from 100 purchases upwards": the word for the open end stands behind what is counted.
fn from_up(items: &mut Items, tokens: &[Token]) {
    for at in items.places(|mark| *mark == Mark::Link(Link::From)) {
        let Some(Mark::Number(low)) = items.mark(at + 1).cloned() else { continue };
        let unit = matches!(items.mark(at + 2), Some(Mark::Noun(_) | Mark::Metric(_) | Mark::HowOften));
        let behind = super::people::text(items, tokens, at + 3);
        let open =
            matches!(behind.as_str(), "up" | "upward" | "upwards" | "on" | "onward" | "onwards" | "and up")
                && !matches!(items.mark(at + 4), Some(Mark::Number(_) | Mark::Noun(_)));
        if unit && open {
            items.set(at + 3, Mark::Skip);
            items.merge(at, at + 2, Mark::Bound(FilterOp::Ge, vec![low], false));
            return;
        }
    }
}

/// "25 percent of items": the number is a per cent, whatever the words behind it name.
fn percents_of(items: &mut Items, tokens: &[Token]) {
    for at in 0..items.len() {
        if let (Some(Mark::Number(value)), Some(Mark::ShareOf(_))) = (items.mark(at), items.mark(at + 1))
            && let Some(word) = items.0.get(at + 1).and_then(|item| tokens.get(item.from))
            && (word.text.starts_with("perc") || matches!(word.text.as_str(), "%" | "pct"))
        {
            let share = value / 100.0;
            items.set(at, Mark::Percent(share));
        }
    }
}

/// "5 items at most", "20 purchases minimum": the comparison stands behind what it bounds.
fn trailing_comparisons(items: &mut Items) {
    for at in 0..items.len() {
        let op = match items.mark(at) {
            Some(Mark::Cmp(op @ (FilterOp::Le | FilterOp::Ge))) => *op,
            Some(Mark::Agg(super::item::Agg::Min)) => FilterOp::Ge,
            Some(Mark::Agg(super::item::Agg::Max)) => FilterOp::Le,
            _ => continue,
        };
        let opens = (at + 1..items.len().min(at + 3)).any(|place| value(items.mark(place)).is_some());
        if opens {
            continue;
        }
        let number = (at.saturating_sub(3)..at).rev().find(|place| value(items.mark(*place)).is_some());
        let Some(number) = number.filter(|number| {
            *number + 1 < at
                && (*number + 1..at).all(|place| {
                    matches!(
                        items.mark(place),
                        Some(Mark::Skip | Mark::Noun(_) | Mark::HowOften | Mark::Metric(_) | Mark::Verb(_))
                    )
                })
        }) else {
            continue;
        };
        if let Some((bound, percent)) = value(items.mark(number)) {
            items.set(number, Mark::Bound(op, vec![bound], percent));
            items.set(at, Mark::Skip);
        }
    }
}

/// "at least 1,000 and at most 5,000": both ends of one range.
fn joined_bounds(items: &mut Items) {
    let mut at = 0;
    while at + 2 < items.len() {
        let (Some(Mark::Bound(low_op, low, percent)), Some(Mark::Bound(high_op, high, also))) =
            (items.mark(at).cloned(), items.mark(at + 2).cloned())
        else {
            at += 1;
            continue;
        };
        let joins = matches!(items.mark(at + 1), Some(Mark::And | Mark::Comma | Mark::Not));
        let ends = match (low_op, high_op) {
            (FilterOp::Ge, FilterOp::Le) => low.first().zip(high.first()),
            (FilterOp::Le, FilterOp::Ge) => high.first().zip(low.first()),
            _ => None,
        };
        if let (true, Some((low, high))) = (joins && percent == also, ends.filter(|(low, high)| low <= high))
        {
            let mark = Mark::Bound(FilterOp::Between, vec![*low, *high], percent);
            items.merge(at, at + 3, mark);
        }
        at += 1;
    }
}

fn fractions(items: &mut Items) {
    let mut at = 0;
    while at < items.len() {
        let (now, next) = (items.mark(at).cloned(), items.mark(at + 1).cloned());
        match (now, next) {
            (Some(Mark::Number(value)), Some(Mark::Share)) => {
                items.merge(at, at + 2, Mark::Percent(value / 100.0));
            }
            // "three quarters", "half" stays as it is.
            (Some(Mark::Number(value)), Some(Mark::Percent(part))) if part < 0.3 && value < 4.0 => {
                items.merge(at, at + 2, Mark::Percent(value * part));
            }
            // "one half"
            (Some(Mark::Number(value)), Some(Mark::Percent(part))) if part <= 0.5 && value == 1.0 => {
                items.merge(at, at + 2, Mark::Percent(part));
            }
            // "two thirds", "a fifth of"
            (Some(Mark::Number(value)), Some(Mark::Ordinal(whole)))
                if whole >= 3 && value < f64::from(whole) =>
            {
                items.merge(at, at + 2, Mark::Percent(value / f64::from(whole)));
            }
            (Some(Mark::Skip), Some(Mark::Ordinal(whole)))
                if whole >= 3 && items.mark(at + 2) == Some(&Mark::Link(Link::Of)) =>
            {
                items.merge(at, at + 2, Mark::Percent(1.0 / f64::from(whole)));
            }
            (Some(Mark::Percent(part)), Some(Mark::Number(dozen))) if part == 0.5 && dozen == 12.0 => {
                items.merge(at, at + 2, Mark::Number(6.0));
            }
            // "nine and a half"
            (Some(Mark::Number(value)), Some(Mark::And))
                if value.fract() == 0.0
                    && items.mark(at + 2) == Some(&Mark::Skip)
                    && items.mark(at + 3) == Some(&Mark::Percent(0.5)) =>
            {
                items.merge(at, at + 4, Mark::Number(value + 0.5));
            }
            (Some(Mark::Percent(0.5)), Some(Mark::Skip))
                if items.mark(at + 2) == Some(&Mark::Number(12.0)) =>
            {
                items.merge(at, at + 3, Mark::Number(6.0));
            }
            _ => {}
        }
        if let (Some(Mark::Number(part)), Some(Mark::Link(Link::In)), Some(Mark::Number(whole))) =
            (items.mark(at), items.mark(at + 1), items.mark(at + 2))
            && part < whole
            && *whole <= 20.0
        {
            let share = part / whole;
            items.merge(at, at + 3, Mark::Percent(share));
        }
        at += 1;
    }
}

/// A number or a per cent, and whether it is a per cent.
fn value(mark: Option<&Mark>) -> Option<(f64, bool)> {
    match mark? {
        Mark::Number(value) => Some((*value, false)),
        Mark::Percent(value) => Some((*value, true)),
        _ => None,
    }
}

fn bounds(items: &mut Items) {
    let mut at = 0;
    while at < items.len() {
        if let Some((to, mark)) = bound_at(items, at) {
            items.merge(at, to, mark);
        }
        at += 1;
    }
}

/// The bound that begins here, and where it ends.
fn bound_at(items: &Items, at: usize) -> Option<(usize, Mark)> {
    let skip = |from: usize| {
        (from..items.len()).find(|place| items.mark(*place) != Some(&Mark::Skip)).unwrap_or(items.len())
    };
    let joins = |mark: Option<&Mark>| matches!(mark, Some(Mark::And | Mark::Comma | Mark::Link(Link::To)));
    match items.mark(at)? {
        Mark::Between => {
            let (low, percent) = value(items.mark(skip(at + 1)))?;
            let join = skip(at + 1) + 1;
            let end = skip(join + 1);
            let (high, also) = value(items.mark(end)).filter(|_| joins(items.mark(join)))?;
            Some((end + 1, between(low, high, percent, also)))
        }
        Mark::Agg(agg @ (super::item::Agg::Min | super::item::Agg::Max)) => {
            // "minimum 20 purchases"
            let (bound, percent) = value(items.mark(at + 1))?;
            let op = if *agg == super::item::Agg::Min { FilterOp::Ge } else { FilterOp::Le };
            Some((at + 2, Mark::Bound(op, vec![bound], percent)))
        }
        Mark::Cmp(op) => {
            let number = skip(at + 1);
            let (bound, percent) = value(items.mark(number))?;
            // "account for at least 75 %": what the largest make, no condition on each.
            let makes = (0..at)
                .rev()
                .find(|place| !matches!(items.mark(*place), Some(Mark::Skip | Mark::Link(_))))
                .is_some_and(|place| items.mark(place) == Some(&Mark::MakeUp));
            // "departments that make less than 1 % each": a condition on each.
            let each = items
                .places(|mark| matches!(mark, Mark::Each | Mark::EachOne))
                .last()
                .is_some_and(|last| *last > at);
            if makes && percent && matches!(op, FilterOp::Ge | FilterOp::Eq) && !each {
                return Some((number + 1, Mark::Percent(bound)));
            }
            Some((number + 1, Mark::Bound(*op, vec![bound], percent)))
        }
        // "from 5 to 10"
        Mark::Link(Link::From) => {
            let (low, percent) = value(items.mark(at + 1))?;
            let (high, also) = value(items.mark(at + 3)).filter(|_| is_end(items.mark(at + 2)))?;
            Some((at + 4, between(low, high, percent, also)))
        }
        Mark::Number(_) | Mark::Percent(_) => {
            let (low, percent) = value(items.mark(at))?;
            if let Some(Mark::CmpAfter(op)) = items.mark(at + 1) {
                return Some((at + 2, Mark::Bound(*op, vec![low], percent)));
            }
            // "30 and above", "20 or over": the comparison as it stands before numbers.
            // "2 up to 10"
            if items.mark(at + 1) == Some(&Mark::Cmp(FilterOp::Le))
                && let Some((high, also)) = value(items.mark(at + 2)).filter(|(high, _)| *high > low)
            {
                return Some((at + 3, between(low, high, percent, also)));
            }
            let joined = matches!(items.mark(at + 1), Some(Mark::And | Mark::Or));
            if let (true, Some(Mark::Cmp(op))) = (joined, items.mark(at + 2)) {
                let op = if *op == FilterOp::Gt { FilterOp::Ge } else { FilterOp::Le };
                return Some((at + 3, Mark::Bound(op, vec![low], percent)));
            }
            // "200 times or more", "15% of orders or more"
            let reach = (at + 2..(at + 6).min(items.len()))
                .find(|place| matches!(items.mark(*place), Some(Mark::CmpAfter(_))))
                .filter(|place| !(at + 1..*place).any(|p| value(items.mark(p)).is_some()));
            if let Some(place) = reach
                && (at + 1..place).all(|p| {
                    matches!(
                        items.mark(p),
                        Some(
                            Mark::Skip
                                | Mark::HowOften
                                | Mark::Noun(_)
                                | Mark::Link(_)
                                | Mark::Metric(_)
                                | Mark::Verb(_)
                                | Mark::ShareOf(_)
                        )
                    )
                })
                && let Some(Mark::CmpAfter(op)) = items.mark(place)
            {
                // The words between stay; the mark of comparison goes with them.
                return Some((at + 1, Mark::Bound(*op, vec![low], percent)));
            }
            let (high, also) = value(items.mark(at + 2)).filter(|_| is_end(items.mark(at + 1)))?;
            // "20 to 30 %": one per cent sign serves both.
            let shared = also && !percent && low > 1.0;
            (high > low || shared && high > low / 100.0).then(|| (at + 3, between(low, high, percent, also)))
        }
        _ => None,
    }
}

/// "5 to 10", "from 14 up to and including 21".
fn is_end(mark: Option<&Mark>) -> bool {
    matches!(mark, Some(Mark::Link(Link::To) | Mark::Cmp(FilterOp::Le)))
}

/// "ordered 4 times, no more no less", "by one single customer only", "exactly so many": a number that is said to be exact.
fn exact(items: &mut Items, tokens: &[Token]) {
    let text = |items: &Items, at: usize| super::people::text(items, tokens, at);
    for at in 0..items.len() {
        let words = text(items, at);
        // "one single customer", "a single buyer", "just one customer"
        let single = matches!(
            words.as_str(),
            "single" | "one single" | "a single" | "one" | "sole" | "just one" | "only one"
        ) && matches!(items.mark(at), Some(Mark::Skip | Mark::Number(_)));
        let buyer = items.next(at).filter(|noun| items.mark(*noun) == Some(&Mark::Noun(Noun::Customer)));
        let by = items
            .previous(at)
            .filter(|by| text(items, *by) == "by" || items.mark(*by) == Some(&Mark::Link(Link::From)));
        if single
            && buyer.is_some()
            && by.is_some()
            && items.any(|mark| *mark == Mark::Verb(super::item::Verb::Buy))
        {
            items.set(at, Mark::Bound(FilterOp::Eq, vec![1.0], false));
            if let Some(by) = by {
                items.set(by, Mark::Link(Link::With));
            }
            continue;
        }
        let exactly = words.starts_with("no more") && words.ends_with("no less")
            || words.starts_with("no less") && words.ends_with("no more")
            || words.starts_with("not more") && words.ends_with("not less");
        let number = (at.saturating_sub(4)..at)
            .rev()
            .find(|place| matches!(items.mark(*place), Some(Mark::Number(_))));
        let several = number.is_some_and(|number| matches!(items.before(number), Some(Mark::Or)));
        if exactly
            && !several
            && let Some(number) = number
            && let Some(Mark::Number(value)) = items.mark(number).cloned()
        {
            items.set(number, Mark::Bound(FilterOp::Eq, vec![value], false));
        }
    }
}

fn between(low: f64, high: f64, percent: bool, also: bool) -> Mark {
    // "between 5 and 10 %": one per cent sign serves both.
    let low = if also && !percent && low > 1.0 { low / 100.0 } else { low };
    Mark::Bound(FilterOp::Between, vec![low.min(high), high.max(low)], percent || also)
}

/// Words of a bound that nothing took: "or more" behind a bound that it closed, a ranking word that compares.
pub(super) fn tidy(items: &mut Items) {
    for at in items.places(|mark| *mark == Mark::Cmp(FilterOp::Eq)) {
        // "divided by the number of customers = ?"
        items.set(at, Mark::Skip);
    }
    let sized =
        |mark: &Mark| matches!(mark, Mark::Where(filters) if filters.iter().any(|f| f.field == "order_size"));
    for at in items.places(|mark| matches!(mark, Mark::Not | Mark::Never)) {
        // "bought for the first time, not reordered": the same again.
        let new = |mark: Option<&Mark>| match mark {
            Some(Mark::Where(filters)) => filters.iter().any(|filter| {
                let value = filter.values.first().and_then(query::metrics::FilterValue::as_number);
                filter.field == "bought_before" && value == Some(0.0)
            }),
            _ => false,
        };
        let again =
            items.next(at).filter(|verb| items.mark(*verb) == Some(&Mark::Verb(super::item::Verb::Reorder)));
        if let Some(verb) = again.filter(|_| (at.saturating_sub(4)..at).any(|place| new(items.mark(place)))) {
            items.set(at, Mark::Skip);
            items.set(verb, Mark::Skip);
            continue;
        }
        let whole = items.any(|mark| {
            matches!(mark, Mark::Noun(Noun::Customer | Noun::Order) | Mark::ShareOf(_)) || sized(mark)
        });
        // "without any reordered item", "not a single reorder": a condition, no figure that is not wanted.
        if let Some(next) = items.next(at).filter(|_| whole)
            && matches!(items.mark(next), Some(Mark::Metric(name)) if name == "reorders")
        {
            let bought = super::times::condition("bought_before", FilterOp::Ne, &[1.0]);
            items.merge(at, next + 1, Mark::Where(vec![bought]));
        } else if let Some(next) = items.next(at).filter(|_| items.mark(at) == Some(&Mark::Not))
            && items.any(|mark| *mark == Mark::Noun(Noun::Customer))
            && items.mark(next) == Some(&Mark::Verb(super::item::Verb::Reorder))
            && !items.any(
                |mark| matches!(mark, Mark::Where(filters) if filters.iter().any(super::query::of_lines)),
            )
        {
            // "with no reorder whatsoever", "have not reordered anything"
            let bought = super::times::condition("bought_before", FilterOp::Ne, &[1.0]);
            items.merge(at, next + 1, Mark::Where(vec![bought]));
        }
    }
    for at in 0..items.len() {
        let lone = matches!(items.mark(at), Some(Mark::CmpAfter(_)));
        let closed = items
            .0
            .iter()
            .take(at)
            .any(|item| matches!(item.mark, Mark::Bound(..) | Mark::Having(_) | Mark::Where(_)));
        if lone && closed {
            items.set(at, Mark::Skip);
        }
    }
    for at in items.places(|mark| *mark == Mark::Cmp(FilterOp::Le)) {
        // "on average and at most": the largest.
        items.set(at, Mark::Agg(super::item::Agg::Max));
    }
    for at in 0..items.len() {
        // "over all orders", "over the hours": no number follows.
        if items.mark(at) == Some(&Mark::Cmp(FilterOp::Gt)) {
            let grouped = matches!(
                items.after(at),
                Some(Mark::Noun(
                    Noun::Hour
                        | Noun::Day
                        | Noun::DayPart
                        | Noun::Segment
                        | Noun::Department
                        | Noun::Aisle
                        | Noun::OrderNumber
                        | Noun::SizeBand
                )) | Some(Mark::Where(_))
            );
            items.set(at, if grouped { Mark::Each } else { Mark::Skip });
        }
    }
    for at in items.places(|mark| *mark == Mark::When) {
        // "orders when these were placed in the afternoon" asks for no time.
        let asks = at == 0
            || matches!(
                items.before(at),
                None | Some(Mark::Comma | Mark::And | Mark::Noun(Noun::Hour | Noun::Day))
            );
        if !asks {
            items.set(at, Mark::Skip);
        }
    }
    // "half of them are smaller than how many items": the comparison is what the median says.
    for at in 0..items.len() {
        let compares = matches!(items.mark(at), Some(Mark::Cmp(_) | Mark::More(_) | Mark::Than));
        if compares && matches!(items.after(at), Some(Mark::HowMany | Mark::Than)) {
            items.set(at, Mark::Skip);
        }
    }
    negated_questions(items);
    repeated_bounds(items);
    // "how many more …" compares; "more" alone before a noun that is bounded does not.
    for at in 0..items.len() {
        if items.mark(at) == Some(&Mark::More(End::High)) && matches!(items.before(at), Some(Mark::HowMuch)) {
            items.set(at, Mark::Skip);
        }
    }
}

/// "not how often, just how many", "no rate": what is not asked for is left out.
fn negated_questions(items: &mut Items) {
    for at in items.places(|mark| *mark == Mark::Not) {
        match items.next(at) {
            None => items.set(at, Mark::Skip),
            Some(next) => {
                let dropped = matches!(
                    items.mark(next),
                    Some(
                        Mark::HowOften
                            | Mark::HowMuch
                            | Mark::HowMany
                            | Mark::Metric(_)
                            | Mark::Agg(_)
                            | Mark::Share
                            | Mark::Chart
                            | Mark::Table
                    )
                );
                if dropped {
                    items.set(next, Mark::Skip);
                    items.set(at, Mark::Skip);
                }
            }
        }
    }
}

/// "upwards of 1,500 items (more than 1500)": the same bound said again.
fn repeated_bounds(items: &mut Items) {
    for at in items.places(|mark| matches!(mark, Mark::Bound(..))) {
        let Some(Mark::Bound(op, values, _)) = items.mark(at).cloned() else { continue };
        // "before noon (hours 0 to 11)"
        let hours_said = op == FilterOp::Between
            && values.iter().all(|value| (0.0..=24.0).contains(value))
            && matches!(items.before(at), Some(Mark::Where(filters)) if filters.iter().any(|f| f.field == "order_hour_of_day" || f.field == "day_part"));
        let again = hours_said
            || items.0.iter().any(|item| match &item.mark {
                Mark::Where(filters) if op == FilterOp::Between => filters.iter().any(|filter| {
                    let known: Vec<String> = filter.values.iter().map(ToString::to_string).collect();
                    known == values.iter().map(f64::to_string).collect::<Vec<_>>()
                }),
                Mark::Noun(Noun::Day) => op == FilterOp::Between && values == [0.0, 6.0],
                Mark::Noun(Noun::Hour) => op == FilterOp::Between && values == [0.0, 23.0],
                Mark::Having(filter) => {
                    filter.op == op
                        && filter
                            .values
                            .iter()
                            .zip(&values)
                            .all(|(known, value)| known.to_string() == value.to_string())
                }
                _ => false,
            });
        if again {
            items.set(at, Mark::Skip);
        }
    }
}
