//! When customers did something for the first time: "whose first alcohol purchase came after their 5th order", "whose first
//! frozen item was in order 3".
//!
//! Near the last of the passes. Marks → two conditions on whole customers: they bought it in those orders, and in none before
//! them. A first order that held something is a condition on that order and read elsewhere.

use query::metrics::{Cohort, CohortOf, FilterOp, MetricFilter};

use super::{
    item::{Items, Link, Mark, Noun},
    query::of_lines,
};

/// How far the order may stand behind the thing.
const REACH: usize = 7;

/// Reads first times.
pub(super) fn first_times(items: &mut Items) {
    for first in items.places(|mark| *mark == Mark::Ordinal(1)) {
        if let Some(found) = find(items, first) {
            for place in first..=found.order {
                items.set(place, Mark::Skip);
            }
            items.set(found.thing, Mark::Among(Box::new(found.then)));
            if let Some(before) = found.before {
                items.set(found.order, Mark::Among(Box::new(before)));
            }
            return;
        }
    }
}

struct Found {
    thing: usize,
    order: usize,
    /// They bought it in those orders.
    then: Cohort,
    /// They did so in earlier ones; none where nothing lies before.
    before: Option<Cohort>,
}

fn find(items: &Items, first: usize) -> Option<Found> {
    let customers = items.0.iter().take(first).any(|item| {
        item.mark == Mark::Noun(Noun::Customer)
            || matches!(&item.mark, Mark::ShareOf(name) if name == "customers")
    });
    let thing = items.next(first).filter(|_| customers)?;
    let Some(Mark::Where(bought)) = items.mark(thing) else { return None };
    if !bought.iter().all(of_lines) {
        return None;
    }
    let order = (thing + 1..items.len().min(thing + REACH)).find(|at| number(items, *at).is_some())?;
    let number = number(items, order)?;
    let op = match items.before(order) {
        Some(Mark::Link(Link::After)) => FilterOp::Gt,
        Some(Mark::Link(Link::Before)) => FilterOp::Lt,
        _ => number.op,
    };
    let earlier = match op {
        FilterOp::Gt => Some(FilterOp::Le),
        FilterOp::Ge | FilterOp::Eq => Some(FilterOp::Lt),
        FilterOp::Lt | FilterOp::Le => None,
        _ => return None,
    };
    let cohort = |op: FilterOp, not: bool| Cohort {
        of: CohortOf::Customers,
        bought: bought.iter().cloned().chain([MetricFilter { op, ..number.clone() }]).collect(),
        not,
        ..Cohort::default()
    };
    Some(Found { thing, order, then: cohort(op, false), before: earlier.map(|op| cohort(op, true)) })
}

/// The one number of an order, or a bound on it.
fn number(items: &Items, at: usize) -> Option<&MetricFilter> {
    let Some(Mark::Where(filters)) = items.mark(at) else { return None };
    let [filter] = filters.as_slice() else { return None };
    (filter.field == "order_number" && filter.values.len() == 1).then_some(filter)
}
