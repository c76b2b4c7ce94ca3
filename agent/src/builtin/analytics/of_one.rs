//! What one of many has, and how busy a time is: "the lowest number of orders any customer has", "how busy is day 3".
//!
//! Behind the first marks. Words that only say of whom a figure is become that figure, so that the passes behind see what
//! "orders per customer" would have been. Input and output: marks.

use super::{
    item::{Agg, End, Items, Mark, Noun},
    people::text,
};
use crate::builtin::normalise::Token;

const PER_CUSTOMER: &str = "orders_per_customer";

/// Words before a customer who could be any of them.
const ANY: [&str; 6] = ["a", "any", "single", "one", "individual", "each"];

/// Reads orders of any one customer, the ends of them, and "how busy".
pub(super) fn of_one(items: &mut Items, tokens: &[Token]) {
    orders_of_one(items, tokens);
    ends(items);
    how_busy(items, tokens);
}

/// "orders of a single customer", "orders any customer has": orders per customer, where an end or a mean of it is asked.
fn orders_of_one(items: &mut Items, tokens: &[Token]) {
    let Some(at) = items
        .places(|mark| *mark == Mark::Noun(Noun::Order))
        .into_iter()
        .find(|at| matches!(items.before(*at), Some(Mark::Agg(_) | Mark::Rank(_, None) | Mark::HowMany)))
    else {
        return;
    };
    let behind = items.next(at).filter(|next| matches!(items.mark(*next), Some(Mark::Link(_))));
    let Some(owner) = items.next(behind.unwrap_or(at)) else { return };
    let is_owner = items.mark(owner) == Some(&Mark::Noun(Noun::Customer));
    let any = owner
        .checked_sub(1)
        .is_some_and(|before| before > at && ANY.contains(&text(items, tokens, before).as_str()));
    let ended = (0..at).any(|before| matches!(items.mark(before), Some(Mark::Agg(_) | Mark::Rank(_, None))));
    // "what is the least", but not "which customer has".
    let asks_which = items
        .places(|mark| *mark == Mark::Which)
        .into_iter()
        .any(|at| items.after(at) == Some(&Mark::Noun(Noun::Customer)));
    let others = asks_which || items.any(|mark| matches!(mark, Mark::Where(_) | Mark::Having(_)));
    if is_owner && any && ended && !others {
        items.merge(at, owner + 1, Mark::Metric(PER_CUSTOMER.to_owned()));
    }
}

/// "highest and lowest orders per customer": the greatest and the least, where nothing else could be ranked by it.
fn ends(items: &mut Items) {
    let is_metric = |mark: &Mark| matches!(mark, Mark::Metric(name) if name == PER_CUSTOMER);
    let Some(metric) = items.places(is_metric).first().copied() else { return };
    if items.any(|mark| matches!(mark, Mark::Noun(_) | Mark::Each)) {
        return;
    }
    for at in (0..metric).rev() {
        match items.mark(at) {
            Some(Mark::Rank(End::High, None)) => items.set(at, Mark::Agg(Agg::Max)),
            Some(Mark::Rank(End::Low, None)) => items.set(at, Mark::Agg(Agg::Min)),
            Some(Mark::Agg(_) | Mark::And | Mark::Comma | Mark::HowMany | Mark::Skip) => {}
            _ => return,
        }
    }
}

/// "how busy is day 3", "how quiet are the hours": their orders, not the busiest of them.
fn how_busy(items: &mut Items, tokens: &[Token]) {
    for at in items.places(|mark| matches!(mark, Mark::Rank(_, Some("orders")))) {
        let how = items.0.get(at).and_then(|item| tokens.get(item.from.checked_sub(1)?));
        if how.is_some_and(|how| how.text == "how") {
            items.set(at, Mark::Metric("orders".to_owned()));
        }
    }
}
