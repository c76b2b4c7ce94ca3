//! Words that say how much of a whole something is: "orders in which every item is a reorder", "where organic makes up the
//! biggest share", "60 % of the items come from which departments".
//!
//! Behind the scan and the numbers, before other passes take the words one by one. Input and output: marks.

use super::{
    item::{Items, Link, Mark, Noun, Verb},
    people::text,
};
use crate::builtin::normalise::Token;

/// Reads them.
pub(super) fn part_words(items: &mut Items, tokens: &[Token]) {
    every_line(items, tokens);
    makes_up_a_share(items);
    comes_from(items);
}

/// "orders in which every item is a reorder", "baskets whose items are all organic": every line is so.
fn every_line(items: &mut Items, tokens: &[Token]) {
    for at in items.places(|mark| *mark == Mark::Each) {
        let every =
            matches!(text(items, tokens, at).as_str(), "every" | "each" | "all" | "every single" | "for all");
        let Some(line) = items.next(at).filter(|_| every) else { continue };
        let Some(is) = items.next(line) else { continue };
        let lines = matches!(items.mark(line), Some(Mark::Noun(Noun::Item | Noun::Product)))
            && items.mark(is) == Some(&Mark::Link(Link::Is));
        let orders = (at.saturating_sub(5)..at).any(|place| {
            items.mark(place) == Some(&Mark::Noun(Noun::Order))
                || matches!(items.mark(place), Some(Mark::ShareOf(name)) if name == "orders")
        });
        let Some(state) = items.next(is).filter(|_| lines && orders) else { continue };
        if matches!(items.mark(state), Some(Mark::Verb(Verb::Reorder))) {
            items.set(state, Mark::Metric("reorders".to_owned()));
        }
        if matches!(items.mark(state), Some(Mark::Metric(name)) if name == "reorders")
            || matches!(items.mark(state), Some(Mark::Attribute(..) | Mark::Name(_) | Mark::Part(_)))
        {
            let linked = items.previous(at).filter(|which| items.mark(*which) == Some(&Mark::Which));
            let linked = linked.and_then(|which| {
                items.previous(which).filter(|of| matches!(items.mark(*of), Some(Mark::Link(_))))
            });
            items.merge(linked.unwrap_or(at), is + 1, Mark::Entirely);
            return;
        }
    }
}

/// "where organic makes up the biggest share of the items": the share ranks, the verb says nothing more.
fn makes_up_a_share(items: &mut Items) {
    for at in items.places(|mark| *mark == Mark::MakeUp) {
        let thing = matches!(items.before(at), Some(Mark::Attribute(..) | Mark::Name(_) | Mark::Where(_)));
        let ranked = items.next(at).filter(|rank| matches!(items.mark(*rank), Some(Mark::Rank(..))));
        let share =
            ranked.is_some_and(|rank| matches!(items.after(rank), Some(Mark::Share | Mark::ShareOf(_))));
        if thing && share {
            items.set(at, Mark::Link(Link::With));
        }
    }
}

/// "60 % of all items come from which departments": they make that share.
fn comes_from(items: &mut Items) {
    for at in items.places(|mark| *mark == Mark::Link(Link::From)) {
        let whole = items.0.iter().take(at).any(|item| matches!(item.mark, Mark::Percent(_)));
        let which = items.next(at).filter(|which| items.mark(*which) == Some(&Mark::Which));
        let rows = which.is_some_and(|which| {
            matches!(
                items.after(which),
                Some(Mark::Noun(
                    Noun::Aisle | Noun::Department | Noun::Product | Noun::Customer | Noun::Segment
                ))
            )
        });
        if whole && rows {
            items.set(at, Mark::MakeUp);
            return;
        }
    }
}
