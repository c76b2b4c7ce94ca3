//! "took it again", "bought them a second time": what is bought once more is reordered.
//!
//! Right behind the scan. Input and output: marks.

use super::{
    item::{Items, Mark, Verb},
    people::text,
};
use crate::builtin::normalise::Token;

/// What may stand between the verb and the word.
const BETWEEN: usize = 2;

/// Reads a verb of buying with a word for once more behind it.
pub(super) fn bought_again(items: &mut Items, tokens: &[Token]) {
    for at in 0..items.len() {
        if items.mark(at) != Some(&Mark::Verb(Verb::Buy)) {
            continue;
        }
        let pronoun = |place: usize| {
            matches!(text(items, tokens, place).as_str(), "it" | "them" | "one" | "that" | "this")
        };
        let again = (at + 1..items.len().min(at + 2 + BETWEEN))
            .find(|place| text(items, tokens, *place).split(' ').any(|word| word == "again"));
        if let Some(again) = again.filter(|again| (at + 1..*again).all(pronoun)) {
            items.merge(at, again + 1, Mark::Verb(Verb::Reorder));
            continue;
        }
        // "took Organic Whole Milk again"
        let thing = items.next(at).filter(|thing| {
            matches!(items.mark(*thing), Some(Mark::Name(_) | Mark::Attribute(..) | Mark::Part(_)))
        });
        let behind = thing.and_then(|thing| items.next(thing));
        if let Some(behind) = behind.filter(|behind| text(items, tokens, *behind) == "again") {
            items.set(at, Mark::Verb(Verb::Reorder));
            items.set(behind, Mark::Skip);
        }
    }
}
