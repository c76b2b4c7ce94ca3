//! What opens carts: "how many baskets does Banana open", "the item that starts an order".
//!
//! Behind the scan, which knows the usual phrases. A verb of opening beside orders becomes [`Mark::FirstInCart`], and the
//! orders that are opened are no figure of their own.

use super::{
    item::{End, Items, Mark, Noun, Verb},
    people::text,
};
use crate::builtin::normalise::Token;

/// "booze first? the share of alcohol items that are first in the cart": a heading says in short what is asked behind it.
fn said_before(items: &mut Items, tokens: &[Token]) {
    for first in items.places(|mark| *mark == Mark::FirstInCart) {
        let heading = (0..first).find(|at| {
            let end = items.0.get(*at).map_or(0, |item| item.to);
            let gap = tokens.get(end.saturating_sub(1)).zip(tokens.get(end));
            items.mark(*at) == Some(&Mark::Ordinal(1))
                && gap.is_some_and(|(last, next)| next.start > last.end + 1)
        });
        if let Some(at) = heading {
            items.set(at, Mark::Skip);
        }
    }
}

/// "never went into a cart first", "what lands in the basket first".
fn goes_first(items: &mut Items, tokens: &[Token]) {
    for at in items.places(|mark| *mark == Mark::Ordinal(1)) {
        let Some(cart) = items.previous(at) else { continue };
        let is_cart = items.mark(cart) == Some(&Mark::Noun(Noun::Order))
            && matches!(
                text(items, tokens, cart).as_str(),
                "cart" | "carts" | "basket" | "baskets" | "trolley" | "trolleys"
            );
        let verb = (cart.saturating_sub(4)..cart)
            .rev()
            .find(|place| matches!(items.mark(*place), Some(Mark::Verb(Verb::Buy))));
        if let (true, Some(verb)) = (is_cart, verb) {
            items.merge(verb, at + 1, Mark::FirstInCart);
            return;
        }
    }
}

/// "how many items are in the biggest order": the largest number of items.
fn fullest(items: &mut Items, tokens: &[Token]) {
    let counted = |at: &usize| {
        items.mark(*at) == Some(&Mark::Noun(Noun::Item)) && items.before(*at) == Some(&Mark::HowMany)
    };
    let Some(at) = (1..items.len()).find(counted) else { return };
    let between = |place: &usize| matches!(items.mark(*place), Some(Mark::Link(_) | Mark::Skip | Mark::Word));
    let rank = (at + 1..items.len()).take_while(between).last().map_or(at + 1, |last| last + 1);
    let cart = items.mark(rank + 1) == Some(&Mark::Noun(Noun::Order))
        && matches!(text(items, tokens, rank + 1).as_str(), "order" | "basket" | "cart" | "trolley");
    let highest = matches!(items.mark(rank), Some(Mark::Rank(End::High, None)));
    let Some(from) = items.previous(at).filter(|_| cart && highest) else { return };
    items.merge(from, rank + 2, Mark::Metric("max_basket_size".to_owned()));
}

/// Reads what opens carts.
pub(super) fn carts(items: &mut Items, tokens: &[Token]) {
    fullest(items, tokens);
    said_before(items, tokens);
    goes_first(items, tokens);
    for at in items.places(|mark| matches!(mark, Mark::Word | Mark::Skip)) {
        let word = text(items, tokens, at);
        if !matches!(
            word.as_str(),
            "open" | "opens" | "opened" | "opening" | "start" | "starts" | "started" | "begin" | "begins"
        ) {
            continue;
        }
        let order = |place: &usize| items.mark(*place) == Some(&Mark::Noun(Noun::Order));
        let behind = (at + 1..items.len().min(at + 4)).find(order);
        let counted = (0..at)
            .rev()
            .find(order)
            .filter(|place| items.before(*place) == Some(&Mark::HowMany) && at - place < 8);
        let Some(place) = behind.or(counted) else { continue };
        let share = place
            .checked_sub(1)
            .is_some_and(|before| matches!(items.mark(before), Some(Mark::Share | Mark::ShareOf(_))));
        items.set(at, Mark::FirstInCart);
        if !share {
            items.set(place, Mark::Skip);
        }
        return;
    }
}
