//! What opens carts: "how many baskets does Banana open", "the item that starts an order".
//!
//! Behind the scan, which knows the usual phrases. A verb of opening beside orders becomes [`Mark::FirstInCart`], and the
//! orders that are opened are no figure of their own.

use super::{
    item::{Items, Mark, Noun, Verb},
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

/// "the first one put in the cart", "the first thing that goes into a basket": no first order.
fn put_in_first(items: &mut Items, tokens: &[Token]) {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let found = (0..tokens.len()).find_map(|from| {
        let thing = matches!(text(from + 1), "one" | "thing" | "item" | "product");
        let put = (from + 2..from + 6).find(|at| {
            matches!(
                text(*at),
                "put"
                    | "placed"
                    | "added"
                    | "dropped"
                    | "thrown"
                    | "tossed"
                    | "goes"
                    | "going"
                    | "go"
                    | "lands"
            )
        })?;
        let cart = (put + 1..put + 5)
            .find(|at| matches!(text(*at), "cart" | "carts" | "basket" | "baskets" | "trolley"))?;
        let into =
            (put + 1..cart).all(|at| matches!(text(at), "in" | "into" | "to" | "the" | "a" | "their" | "an"));
        (text(from) == "first" && thing && into).then_some((from, cart + 1))
    });
    let Some((from, to)) = found else { return };
    let first = items.0.iter().position(|item| item.to > from);
    let last = items.0.iter().rposition(|item| item.from < to);
    if let (Some(first), Some(last)) = (first, last) {
        items.merge(first, last + 1, Mark::FirstInCart);
    }
}

/// Reads what opens carts.
pub(super) fn carts(items: &mut Items, tokens: &[Token]) {
    said_before(items, tokens);
    goes_first(items, tokens);
    put_in_first(items, tokens);
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
