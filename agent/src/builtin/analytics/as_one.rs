//! "all days together", "across all departments combined": groups that are told as one are no groups.
//!
//! Behind the pass over things. Input and output: marks.

use super::{
    item::{Agg, Items, Mark, Noun},
    people::text,
};
use crate::builtin::normalise::Token;

/// Passes over groups that are put together.
pub(super) fn as_one(items: &mut Items, tokens: &[Token]) {
    for at in 1..items.len() {
        let Some(Mark::Noun(noun)) = items.mark(at).cloned() else { continue };
        let group = matches!(
            noun,
            Noun::Day | Noun::Hour | Noun::DayPart | Noun::Segment | Noun::Department | Noun::Aisle
        );
        let all = (at.saturating_sub(2)..at).find(|place| {
            matches!(items.mark(*place), Some(Mark::Each | Mark::Skip))
                && text(items, tokens, *place).split(' ').any(|word| word == "all")
        });
        let together = items.next(at).filter(|next| {
            items.mark(*next) == Some(&Mark::Agg(Agg::Total)) && text(items, tokens, *next) != "in total"
        });
        // Alone the word is a filler.
        let word = (at + 1..items.len().min(at + 2)).find(|next| {
            matches!(text(items, tokens, *next).as_str(), "together" | "taken together" | "combined")
        });
        let together = together.or(word);
        let figure = items
            .any(|mark| matches!(mark, Mark::Metric(_) | Mark::HowMany | Mark::HowOften | Mark::ShareOf(_)));
        if let (true, Some(all), Some(together)) = (group && figure, all, together) {
            for place in all..=together {
                items.set(place, Mark::Skip);
            }
        }
    }
}
