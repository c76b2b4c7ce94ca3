//! Customers and orders that have all of some named things: "orders with both soft drinks and chips", "customers who bought
//! all of produce, frozen and snacks"; and those that have nothing else: "customers who bought nothing but produce".
//!
//! Behind the conditions. A list of things with a word for all of it becomes a condition of its own for each of them, on the
//! whole order or customer that is spoken of. A list alone is one of which any is enough. Input and output: marks.

use query::metrics::{Cohort, CohortOf, FilterOp, MetricFilter};

use super::{
    item::{Item, Items, Link, Mark, Noun, Verb},
    people::text,
    query::{LINE_FIELDS, of_lines},
    things::opposite,
};
use crate::builtin::normalise::Token;

/// Reads things that are held together, or alone.
pub(super) fn all_named(items: &mut Items, tokens: &[Token]) {
    joint_orders(items, tokens);
    let of_one_line = tokens.iter().any(|token| token.text == "same");
    if !of_one_line {
        all_of(items, tokens);
    }
    nothing_but(items);
}

/// "orders with both": no figure of a pair where things of another kind follow.
fn joint_orders(items: &mut Items, tokens: &[Token]) {
    for at in items.places(|mark| matches!(mark, Mark::Metric(name) if name == "joint_orders")) {
        let places = items
            .next(at)
            .is_some_and(|next| list_of(items, next).is_some_and(|filter| filter.field != "product_name"));
        if places && text(items, tokens, at).ends_with("with both") {
            items.set(at, Mark::Noun(Noun::Order));
        }
    }
}

/// The list of things at a place.
fn list_of(items: &Items, at: usize) -> Option<MetricFilter> {
    match items.mark(at) {
        Some(Mark::Where(filters)) => match filters.as_slice() {
            [filter]
                if filter.op == FilterOp::In
                    && filter.values.len() > 1
                    && LINE_FIELDS.contains(&filter.field.as_str()) =>
            {
                Some(filter.clone())
            }
            _ => None,
        },
        _ => None,
    }
}

/// Whose things they are: the nearest customers or orders before.
fn owner(items: &Items, at: usize) -> Option<CohortOf> {
    (0..at).rev().find_map(|place| match items.mark(place) {
        Some(Mark::Noun(Noun::Order)) => Some(CohortOf::Orders),
        Some(Mark::Noun(Noun::Customer)) => Some(CohortOf::Customers),
        Some(Mark::ShareOf(name) | Mark::Metric(name)) => match name.as_str() {
            "orders" | "baskets" => Some(CohortOf::Orders),
            "customers" => Some(CohortOf::Customers),
            _ => None,
        },
        _ => None,
    })
}

fn all_of(items: &mut Items, tokens: &[Token]) {
    let compared = items.1
        || items.any(|mark| matches!(mark, Mark::Rank(..) | Mark::Difference | Mark::Than | Mark::More(_)));
    if compared {
        return;
    }
    let found = (0..items.len()).find_map(|at| {
        let filter = list_of(items, at)?;
        let said = said_of_all(items, tokens, at)?;
        // "share of orders of both A and B": no verb holds them.
        let holds = (0..at).any(|place| {
            matches!(items.mark(place), Some(Mark::Verb(_) | Mark::Link(Link::With | Link::That | Link::In)))
        }) || said.0 == at;
        holds.then_some((at, filter, said))
    });
    let Some((at, filter, (from, to))) = found else { return };
    let Some(of) = owner(items, at) else { return };
    let mut each = filter.values.iter().map(|value| {
        Mark::Among(Box::new(Cohort {
            of,
            bought: vec![MetricFilter { op: FilterOp::Eq, values: vec![value.clone()], ..filter.clone() }],
            ..Cohort::default()
        }))
    });
    for place in from..to {
        if place != at && !matches!(items.mark(place), Some(Mark::Noun(_) | Mark::Where(_) | Mark::HowMany)) {
            items.set(place, Mark::Skip);
        }
    }
    if let Some(first) = each.next() {
        items.set(at, first);
    }
    let place = items.0.get(at).map_or(0, |item| item.to);
    for (step, mark) in each.enumerate() {
        items.0.insert(at + 1 + step, Item { mark, from: place, to: place });
    }
}

/// The marks that say that all of a list is meant, the list among them.
fn said_of_all(items: &Items, tokens: &[Token], at: usize) -> Option<(usize, usize)> {
    let first = items.0.get(at)?.from;
    let last = items.0.get(at)?.to;
    let before: Vec<&str> =
        tokens.get(first.saturating_sub(3)..first)?.iter().map(|t| t.text.as_str()).collect();
    let behind: Vec<&str> = tokens.iter().skip(last).take(4).map(|token| token.text.as_str()).collect();
    let row = |words: &[&str], phrase: &[&str]| words.windows(phrase.len()).any(|found| found == phrase);
    let once = tokens
        .windows(2)
        .any(|pair| matches!(pair, [least, once] if least.text == "least" && once.text == "once"));
    let all = before.contains(&"both")
        || row(&before, &["all", "of"])
        || row(&before, &["all", "three"])
        || row(&before, &["all", "four"])
        || once
            && (row(&before, &["each", "of"])
                || row(&before, &["all", "these"])
                || row(&before, &["of", "these"]));
    let later = row(&behind, &["all", "three"])
        || row(&behind, &["all", "four"])
        || row(&behind, &["all", "of", "them"]);
    if !(all || later) {
        return None;
    }
    let inside = |place: usize| {
        items.0.get(place).is_some_and(|item| item.from + 3 >= first && item.to <= last + 4)
            && matches!(
                items.mark(place),
                Some(Mark::Each | Mark::Link(Link::Of) | Mark::Word | Mark::Number(_))
            )
    };
    let mut from = at;
    while from > 0 && inside(from - 1) {
        from -= 1;
    }
    let mut to = at + 1;
    while later && inside(to) {
        to += 1;
    }
    Some((from, to))
}

/// "bought nothing but produce", "bought only produce": it, and nothing outside of it.
fn nothing_but(items: &mut Items) {
    let shares = items.any(|mark| matches!(mark, Mark::Share | Mark::ShareOf(_) | Mark::MakeUp));
    if shares || items.any(|mark| matches!(mark, Mark::Rank(..) | Mark::Not | Mark::Never)) {
        return;
    }
    for at in items.places(|mark| *mark == Mark::Entirely) {
        let thing = (at + 1..items.len()).find(|place| {
            !matches!(items.mark(*place), Some(Mark::Skip | Mark::Link(Link::From | Link::In | Link::Of)))
        });
        let Some(thing) = thing else { continue };
        let only = match items.mark(thing) {
            Some(Mark::Where(filters)) => match filters.as_slice() {
                [filter] if of_lines(filter) => filter.clone(),
                _ => continue,
            },
            _ => continue,
        };
        let bought = (at.saturating_sub(3)..at).any(|place| {
            matches!(
                items.mark(place),
                Some(Mark::Verb(Verb::Buy | Verb::Place) | Mark::Link(Link::With | Link::That))
            )
        });
        let (Some(of), Some(others)) = (owner(items, at).filter(|_| bought), opposite(&only)) else {
            continue;
        };
        let cohort = |filter: MetricFilter, not: bool| {
            Mark::Among(Box::new(Cohort { of, bought: vec![filter], not, ..Cohort::default() }))
        };
        items.set(at, cohort(others, true));
        items.set(thing, cohort(only, false));
        return;
    }
}
