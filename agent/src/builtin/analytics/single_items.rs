//! Orders that hold a single item: "when an order consists of one item only", "orders where it is the only item",
//! "bought alone".
//!
//! Behind the sizes of orders. Words for the only item of an order become a condition on its size. Input and output: marks.

use query::metrics::FilterOp;

use super::{
    frame::View,
    item::{Items, Link, Mark, Noun},
    people::text,
    times::condition,
};
use crate::builtin::normalise::Token;

/// Reads what stands alone in its order.
pub(super) fn single_items(items: &mut Items, tokens: &[Token]) {
    let sized = items.any(
        |mark| matches!(mark, Mark::Where(filters) if filters.iter().any(|filter| filter.field.starts_with("order_size") || filter.field == "size_band")),
    );
    let orders = items.any(|mark| *mark == Mark::Noun(Noun::Order));
    if sized || !orders {
        return;
    }
    for at in items.places(|mark| matches!(mark, Mark::Noun(Noun::Item | Noun::Product))) {
        if !(View { items, tokens }).is_singular(at) {
            continue;
        }
        // "the only item", "one item only", "nothing but one item"
        let only = items.previous(at).filter(|only| items.mark(*only) == Some(&Mark::Only));
        let behind = items.next(at).filter(|only| items.mark(*only) == Some(&Mark::Only));
        let (from, to) = match (only, behind) {
            (Some(only), _) => (only, at + 1),
            (_, Some(only)) => (at, only + 1),
            _ => continue,
        };
        let leads = items.previous(from);
        let held = leads.is_some_and(|leads| {
            matches!(
                items.mark(leads),
                Some(Mark::Link(Link::With | Link::Is | Link::Of | Link::In | Link::That))
            ) || matches!(
                text(items, tokens, leads).as_str(),
                "as" | "being" | "it" | "just" | "hold" | "holding"
            )
        });
        if held {
            items.merge(from, to, Mark::Where(vec![condition("order_size", FilterOp::Eq, &[1.0])]));
            return;
        }
    }
}
