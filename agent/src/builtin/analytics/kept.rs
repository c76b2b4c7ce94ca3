//! What is kept in a table though there is nothing of it: "include the unsold ones", "also departments that have none".
//!
//! Right behind the scan. The word for never or none says which rows stay, so it restricts nothing and becomes a
//! [`Mark::Skip`]; the empty groups themselves are kept by the query's groups.

use super::{
    item::{Items, Mark},
    people::text,
};
use crate::builtin::normalise::Token;

/// How many words may stand between.
const REACH: usize = 6;

/// Leaves out the words for never and none that only say what is kept.
pub(super) fn kept(items: &mut Items, tokens: &[Token]) {
    for at in items.places(|mark| *mark == Mark::Never) {
        let Some(token) = items.0.get(at).map(|item| item.from) else { continue };
        let before = (token.saturating_sub(REACH)..token).rev().find(|place| keeps(tokens, *place));
        let behind = items.0.get(at).map(|item| item.to).is_some_and(|next| {
            (next..next + 2).any(|place| matches!(word(tokens, place), "included" | "inclusive"))
        });
        if behind || before.is_some_and(|from| !ends_between(tokens, from, token)) {
            items.set(at, Mark::Skip);
            // "departments that have none": spoken of again.
            if let Some(link) = items.previous(at)
                && matches!(
                    text(items, tokens, link).as_str(),
                    "that have" | "which have" | "with" | "having"
                )
            {
                items.set(link, Mark::Skip);
            }
        }
    }
}

fn word(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.text.as_str())
}

/// "include", "keep", "even those", "also for".
fn keeps(tokens: &[Token], at: usize) -> bool {
    let denied =
        at.checked_sub(1).is_some_and(|before| matches!(word(tokens, before), "not" | "without" | "no"));
    match word(tokens, at) {
        "include" | "including" | "keep" | "keeping" | "incl" => !denied,
        "also" | "even" => matches!(
            word(tokens, at + 1),
            "for"
                | "the"
                | "those"
                | "these"
                | "departments"
                | "aisles"
                | "products"
                | "show"
                | "list"
                | "if"
                | "ones"
        ),
        _ => false,
    }
}

/// Whether a sentence ends between two tokens.
fn ends_between(tokens: &[Token], from: usize, to: usize) -> bool {
    (from + 1..to).any(|at| word(tokens, at) == "how")
}
