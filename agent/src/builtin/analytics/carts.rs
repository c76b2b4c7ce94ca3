//! What opens carts: "how many baskets does Banana open", "the item that starts an order".
//!
//! Behind the scan, which knows the usual phrases. A verb of opening beside orders becomes [`Mark::FirstInCart`], and the
//! orders that are opened are no figure of their own.

use super::{
    item::{Items, Mark, Noun},
    people::text,
};
use crate::builtin::normalise::Token;

/// Reads what opens carts.
pub(super) fn carts(items: &mut Items, tokens: &[Token]) {
    for at in items.places(|mark| matches!(mark, Mark::Word | Mark::Skip)) {
        let word = text(items, tokens, at);
        if !matches!(word.as_str(), "open" | "opens" | "opened" | "opening" | "starts" | "started" | "begins")
        {
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
