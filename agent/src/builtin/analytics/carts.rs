//! What opens carts: "how many baskets does Banana open", "the item that starts an order".
//!
//! Behind the scan, which knows the usual phrases. A verb of opening beside orders becomes [`Mark::FirstInCart`], and the
//! orders that are opened are no figure of their own.

use std::ops::Range;

use super::{
    item::{End, Item, Items, Mark, Noun, Verb},
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

/// What carts are called.
const CARTS: [&str; 6] = ["cart", "carts", "basket", "baskets", "trolley", "trolleys"];

/// Going into a cart.
const GOING_IN: [&str; 22] = [
    "added", "put", "placed", "dropped", "thrown", "tossed", "picked", "add", "put", "place", "drop", "go",
    "goes", "going", "went", "land", "lands", "landing", "landed", "gets", "enter", "made",
];

/// "the first thing put in the basket", "added first to the cart", "1st in the trolley", "added to the cart as number 1": the
/// first place, whatever the order of its words.
fn first_place(items: &mut Items, tokens: &[Token]) {
    let mut at = 0;
    while at < tokens.len() {
        let found = ahead_of_cart(tokens, at).or_else(|| behind_cart(tokens, at));
        if let Some(range) = found
            && let Some(end) = covered(items, range.clone())
        {
            at = end;
            continue;
        }
        at += 1;
    }
}

fn word(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.text.as_str())
}

/// Behind the words that may stand there, from a place on.
fn past(tokens: &[Token], from: usize, words: &[&str]) -> usize {
    (from..tokens.len()).find(|at| !words.contains(&word(tokens, *at))).unwrap_or(tokens.len())
}

/// Behind "the first", "1st", "number one", "position 1": a word for the first of several.
fn first_word(tokens: &[Token], at: usize) -> Option<usize> {
    match word(tokens, at) {
        "first" | "1st" | "#1" => Some(at + 1),
        "number" | "nr" | "no" | "position" | "place" | "#"
            if matches!(word(tokens, at + 1), "1" | "one") =>
        {
            Some(at + 2)
        }
        _ => None,
    }
}

/// Behind "to the cart", "into a basket".
fn into_cart(tokens: &[Token], at: usize) -> Option<usize> {
    if !matches!(word(tokens, at), "to" | "in" | "into") {
        return None;
    }
    let cart = past(tokens, at + 1, &["the", "a", "an", "their", "its", "his", "any", "people's"]);
    CARTS.contains(&word(tokens, cart)).then_some(cart + 1)
}

/// "the first thing (that is) added to the cart", "added first to the cart".
fn ahead_of_cart(tokens: &[Token], at: usize) -> Option<Range<usize>> {
    let behind = first_word(tokens, at)?;
    let thing = past(tokens, behind, &["thing", "item", "product", "article", "one", "line", "choice"]);
    let linked = past(tokens, thing, &["that", "which", "is", "was", "to", "be", "gets", "being", "ever"]);
    let verb = past(tokens, linked, &GOING_IN);
    // "first to the cart": the preposition was taken for a link.
    let end = into_cart(tokens, verb).or_else(|| into_cart(tokens, thing))?;
    let from = (at.saturating_sub(2)..at)
        .find(|from| {
            (*from..at).all(|place| GOING_IN.contains(&word(tokens, place)) || word(tokens, place) == "the")
        })
        .unwrap_or(at);
    Some(from..end)
}

/// "added to the cart as number 1", "put in the basket as the first item".
fn behind_cart(tokens: &[Token], at: usize) -> Option<Range<usize>> {
    if !GOING_IN.contains(&word(tokens, at)) {
        return None;
    }
    let cart = into_cart(tokens, at + 1)?;
    let as_what = past(tokens, cart, &["as", "in", "at", "the"]);
    let end = first_word(tokens, as_what).filter(|_| as_what > cart)?;
    Some(at..past(tokens, end, &["thing", "item", "product", "one", "place", "position"]))
}

/// Puts the mark in the place of what covers those tokens; where its end is.
fn covered(items: &mut Items, range: Range<usize>) -> Option<usize> {
    let inside = |item: &Item| item.from < range.end && item.to > range.start;
    let from = items.0.iter().position(inside)?;
    let to = items.0.iter().rposition(inside)? + 1;
    let ends = items.0.get(to - 1).map(|item| item.to)?;
    // "first in the cart rate": the words are part of a longer name.
    let named = |item: &Item| matches!(&item.mark, Mark::Metric(name) if name.starts_with("first_in_cart"));
    if ends > range.end || items.0.get(from..to)?.iter().any(named) {
        return None;
    }
    items.merge(from, to, Mark::FirstInCart);
    Some(ends)
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
    first_place(items, tokens);
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
