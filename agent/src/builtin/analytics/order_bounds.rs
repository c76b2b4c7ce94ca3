//! Which orders of a customer from one on: "from order number 5 on", "order number 10 or later", "past the tenth order",
//! "after their third order".
//!
//! Behind the times. A number of an order with a word that says from where on or up to where is a bound.

use query::metrics::{FilterOp, FilterValue};

use super::{
    item::{Items, Link, Mark, Noun},
    people::text,
    times::condition,
};
use crate::builtin::normalise::Token;

/// Reads bounds on the number of an order.
pub(super) fn order_bounds(items: &mut Items, tokens: &[Token]) {
    for at in 0..items.len() {
        let Some(number) = single(items, at) else { continue };
        let behind = text(items, tokens, at + 1);
        let onwards = matches!(
            behind.as_str(),
            "on" | "onward"
                | "onwards"
                | "upward"
                | "upwards"
                | "or later"
                | "and later"
                | "or higher"
                | "or above"
                | "and up"
        ) || matches!(items.mark(at + 1), Some(Mark::CmpAfter(FilterOp::Ge)));
        let names_day =
            matches!(items.mark(at + 2), Some(Mark::Noun(Noun::Day | Noun::Hour) | Mark::Where(_)));
        if onwards && !(behind == "on" && names_day) {
            let from = items.previous(at).filter(|from| items.mark(*from) == Some(&Mark::Link(Link::From)));
            let mark = Mark::Where(vec![condition("order_number", FilterOp::Ge, &[number])]);
            items.merge(from.unwrap_or(at), at + 2, mark);
            continue;
        }
        let before = items.previous(at).map(|before| (before, text(items, tokens, before)));
        if let Some((before, words)) = before
            && matches!(words.as_str(), "past" | "beyond")
        {
            items.merge(
                before,
                at + 1,
                Mark::Where(vec![condition("order_number", FilterOp::Gt, &[number])]),
            );
        }
    }
}

/// The one number that orders are picked by here.
fn single(items: &Items, at: usize) -> Option<f64> {
    let Some(Mark::Where(filters)) = items.mark(at) else { return None };
    match filters.as_slice() {
        [filter] if filter.field == "order_number" && filter.op == FilterOp::Eq => {
            filter.values.first().and_then(FilterValue::as_number)
        }
        _ => None,
    }
}
