//! What a question leaves out: "without produce", "leaving produce aside", "products with X in the name do not count".
//!
//! Part of the pass over things, behind the one that makes conditions of names. An exclusion is said before what it
//! leaves out, around it, or behind it; each turns the conditions it is about: `department = produce` becomes
//! `department <> produce`. What is said of the others afterwards ("in all the other departments") only points back.

use super::{
    item::{Item, Items, Link, Mark, Noun},
    people::text,
    things::turned,
};
use crate::builtin::normalise::Token;

/// Verbs that leave something out together with a word behind it.
const OPENERS: [&str; 15] = [
    "leave", "leaving", "leaves", "left", "set", "setting", "put", "putting", "take", "taking", "lay",
    "laying", "keep", "keeping", "with",
];

/// The words behind it.
const CLOSERS: [&str; 6] = ["aside", "apart", "out", "away", "off", "removed"];

/// Reads exclusions.
pub(super) fn exclusions(items: &mut Items, tokens: &[Token]) {
    dropped(items, tokens);
    around(items, tokens);
    neither(items, tokens);
    before(items, tokens);
    behind(items, tokens);
    others(items, tokens);
}

/// "drop produce: which …", "kick bananas, then …": at the head of a clause the verb leaves out what stands behind it.
fn dropped(items: &mut Items, tokens: &[Token]) {
    for at in 0..items.len() {
        let verb =
            matches!(text(items, tokens, at).as_str(), "drop" | "kick" | "cut" | "scrap" | "lose" | "toss");
        let heads = matches!(items.before(at), None | Some(Mark::Comma | Mark::And));
        let thing = items.after(at).is_some_and(|mark| matches!(mark, Mark::Where(_) | Mark::Attribute(..)));
        if verb && heads && thing {
            items.set(at, Mark::Not);
        }
    }
}

/// "without produce", "ignore every product whose name contains banana", "not organic", "other than milk and eggs".
fn before(items: &mut Items, tokens: &[Token]) {
    let mut at = 0;
    while at < items.len() {
        if subtracts(items, tokens, at) {
            items.set(at, Mark::Versus);
            items.1 = true;
            let place = items.0.get(at).map_or(0, |item| item.from);
            items.0.insert(at, Item { mark: Mark::Difference, from: place, to: place });
        } else if items.mark(at) == Some(&Mark::Not)
            && !leave_out(items, tokens, at)
            && lacks_its_thing(items, at)
        {
            // "orders with produce and orders without any"
            items.set(at, Mark::Rest);
        }
        at += 1;
    }
}

/// "neither to produce nor to dairy eggs", of what is listed: each of the list is left out. Of customers and orders it is
/// said what they bought, which is read where all of it is known.
fn neither(items: &mut Items, tokens: &[Token]) {
    let whole = items.any(|mark| {
        matches!(mark, Mark::Noun(Noun::Customer | Noun::Order))
            || matches!(mark, Mark::ShareOf(name) if matches!(name.as_str(), "customers" | "orders"))
    });
    let word = |items: &Items, word: &str| (0..items.len()).find(|at| text(items, tokens, *at) == word);
    let (Some(first), Some(nor)) = (word(items, "neither"), word(items, "nor")) else { return };
    let thing = |items: &Items, from: usize| {
        (from + 1..items.len().min(from + 5)).find_map(|at| match items.mark(at) {
            Some(Mark::Where(filters)) => match filters.as_slice() {
                [filter] if filter.op.picks() => Some((at, filter.clone())),
                _ => None,
            },
            _ => None,
        })
    };
    let (Some((one, mut list)), Some((other, last))) = (thing(items, first), thing(items, nor)) else {
        return;
    };
    if whole || !(first < one && one < nor && nor < other) || list.field != last.field {
        return;
    }
    list.values.extend(last.values);
    list.op = query::metrics::FilterOp::NotIn;
    items.merge(first, other + 1, Mark::Where(vec![list]));
}

/// "fresh fruits minus fresh vegetables": two of one kind, one less the other.
fn subtracts(items: &Items, tokens: &[Token], at: usize) -> bool {
    let picked = |mark: Option<&Mark>| match mark {
        Some(Mark::Where(filters)) => match filters.as_slice() {
            [filter] if filter.op.picks() => Some(filter.field.clone()),
            _ => None,
        },
        _ => None,
    };
    let sides = picked(items.before(at)).zip(picked(items.after(at)));
    text(items, tokens, at) == "minus" && sides.is_some_and(|(one, other)| one == other)
}

/// Turns what stands behind the word at a place; whether there was anything.
fn leave_out(items: &mut Items, tokens: &[Token], at: usize) -> bool {
    let mut place = at + 1;
    // An attribute is turned where it stands beside the word: "no organic", but not "no items that are organic".
    let mut beside = true;
    while matches!(
        items.mark(place),
        Some(Mark::Skip | Mark::Link(_) | Mark::Noun(_) | Mark::Each | Mark::Only | Mark::Called)
    ) || everything(items, tokens, place)
    {
        beside &= items.mark(place) == Some(&Mark::Skip);
        place += 1;
    }
    let attribute = matches!(items.mark(place), Some(Mark::Attribute(..)));
    let whole = (at + 1..place).any(|between| {
        matches!(items.mark(between), Some(Mark::Each | Mark::Noun(Noun::Product | Noun::Item)))
    });
    if attribute && !beside && !whole || !turn(items, place) {
        return false;
    }
    items.merge(at, place + 1, items.mark(place).cloned().unwrap_or(Mark::Skip));
    true
}

/// "everything from produce", "whatever is organic"
fn everything(items: &Items, tokens: &[Token], at: usize) -> bool {
    matches!(
        text(items, tokens, at).as_str(),
        "everything" | "anything" | "whatever" | "stuff" | "such" | "those"
    )
}

/// Turns the condition or the attribute at a place.
fn turn(items: &mut Items, place: usize) -> bool {
    let mark = match items.mark(place) {
        Some(Mark::Where(filters)) => match filters.as_slice() {
            [filter] => Mark::Where(vec![turned(filter)]),
            _ => return false,
        },
        Some(Mark::Attribute(code, states)) => Mark::Attribute(code, !states),
        _ => return false,
    };
    items.set(place, mark);
    true
}

/// Whether the word stands at the end of a side, behind another that names the thing.
fn lacks_its_thing(items: &Items, at: usize) -> bool {
    let ends = (at + 1..items.len()).find(|place| items.mark(*place) != Some(&Mark::Skip));
    let ended = ends
        .is_none_or(|place| matches!(items.mark(place), Some(Mark::Comma | Mark::Metric(_) | Mark::Agg(_))));
    let earlier = |is: fn(&Mark) -> bool| items.0.iter().take(at).any(|item| is(&item.mark));
    ended
        && earlier(|mark| matches!(mark, Mark::Where(_) | Mark::Attribute(..)))
        && earlier(|mark| matches!(mark, Mark::And | Mark::Or | Mark::Versus | Mark::Than | Mark::More(_)))
}

/// "leaving the departments missing and other aside", "take produce out", "with produce removed".
fn around(items: &mut Items, tokens: &[Token]) {
    for close in 0..items.len() {
        let Some(closer) = CLOSERS.into_iter().find(|word| starts_with(items, tokens, close, word)) else {
            continue;
        };
        if matches!(items.mark(close), Some(Mark::Not | Mark::NotBefore | Mark::Where(_))) {
            continue;
        }
        let open =
            (0..close).rev().take_while(|place| is_quiet(items.mark(*place)) || opens(items, tokens, *place));
        let open = open.into_iter().find(|place| opens(items, tokens, *place));
        let things = |from: usize| {
            (from..close).any(|place| matches!(items.mark(place), Some(Mark::Where(_) | Mark::Attribute(..))))
        };
        match open {
            Some(open) if things(open) => {
                for place in open + 1..close {
                    turn(items, place);
                }
                items.set(open, Mark::Skip);
                items.set(close, Mark::Skip);
            }
            // "produce aside, …"
            None if matches!(closer, "aside" | "apart") => items.set(close, Mark::NotBefore),
            _ => {}
        }
    }
}

/// What may stand between the two words of an exclusion.
fn is_quiet(mark: Option<&Mark>) -> bool {
    matches!(
        mark,
        Some(
            Mark::Skip
                | Mark::Word
                | Mark::Each
                | Mark::Link(_)
                | Mark::Noun(_)
                | Mark::Where(_)
                | Mark::Attribute(..)
                | Mark::And
                | Mark::Or
                | Mark::Comma
        )
    )
}

fn opens(items: &Items, tokens: &[Token], at: usize) -> bool {
    !matches!(items.mark(at), Some(Mark::Where(_) | Mark::Attribute(..)))
        && OPENERS.into_iter().any(|word| starts_with(items, tokens, at, word))
}

fn starts_with(items: &Items, tokens: &[Token], at: usize, word: &str) -> bool {
    items.0.get(at).and_then(|item| tokens.get(item.from)).is_some_and(|token| token.text == word)
}

/// "the departments missing and other do not count", "produce aside".
fn behind(items: &mut Items, tokens: &[Token]) {
    for at in items.places(|mark| *mark == Mark::NotBefore) {
        let before = (0..at)
            .rev()
            .find(|place| !matches!(items.mark(*place), Some(Mark::Skip | Mark::Link(_) | Mark::Noun(_))));
        if before.is_some_and(|place| turn(items, place)) {
            items.set(at, Mark::Skip);
        } else if !leave_out(items, tokens, at) {
            // "set aside everything from produce" is said before what it leaves out.
            items.set(at, Mark::Skip);
        }
    }
}

/// "in all the other departments", "of what remains": those that the exclusion left, no grouping of their own.
fn others(items: &mut Items, tokens: &[Token]) {
    for at in items.places(|mark| matches!(mark, Mark::Noun(Noun::Department | Noun::Aisle | Noun::Product)))
    {
        let Some(Mark::Noun(noun)) = items.mark(at) else { continue };
        let field = noun.dimension();
        let left_out = items.0.iter().take(at).any(|item| match &item.mark {
            Mark::Where(filters) => filters.iter().any(|filter| filter.field == field && !filter.op.picks()),
            _ => false,
        });
        let other = (at.saturating_sub(3)..at).find(|place| {
            let words = ["other", "others", "remaining", "rest"];
            words.into_iter().any(|word| ends_with(items, tokens, *place, word))
        });
        let Some(other) = other.filter(|_| left_out) else { continue };
        if items.mark(other) == Some(&Mark::Rest) {
            items.set(other, Mark::Skip);
            items.set(at, Mark::Skip);
            continue;
        }
        let all = items.previous(other).filter(|place| {
            items.mark(*place) == Some(&Mark::Each)
                && ["all", "over", "across"].into_iter().any(|word| ends_with(items, tokens, *place, word))
        });
        if let Some(all) = all {
            items.set(all, Mark::Link(Link::In));
            items.set(at, Mark::Skip);
        }
    }
}

fn ends_with(items: &Items, tokens: &[Token], at: usize, word: &str) -> bool {
    items
        .0
        .get(at)
        .and_then(|item| tokens.get(item.to.checked_sub(1)?))
        .is_some_and(|token| token.text == word)
}
