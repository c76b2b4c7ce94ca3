//! How an answer is to be sorted: "lowest first", "the other way round", "sort it by items".
//!
//! Words of sorting in a message → the direction, with those words hidden, so that nothing reads them as a ranking of
//! something else ("highest first" picks no row).

use super::cues::{Cues, phrase_at};

/// Which way rows are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sorting {
    /// The smallest first.
    Rising,
    /// The largest first.
    Falling,
    /// The other end first.
    Reversed,
    /// By name.
    Named,
}

const REVERSED: &[&str] = &[
    "the other way round",
    "the other way around",
    "the other way",
    "other way round",
    "other way around",
    "other way",
    "the other end",
    "in reverse order",
    "in reverse",
    "in the reverse order",
    "in the opposite order",
    "in opposite order",
    "reverse order",
    "reverse the order",
    "reverse the sorting",
    "reverse sorting",
    "reverse it",
    "reverse that",
    "reverse",
    "reversed",
    "flip the order",
    "flip it",
    "flip that",
    "flip",
    "flipped",
    "invert",
    "inverted",
    "upside down",
    "turn the order around",
    "turn the order round",
    "turn the list around",
    "turn the ranking around",
    "turn that around",
    "turn it around",
    "turn it round",
    "turned around",
    "backwards",
    "from the bottom",
    "from the bottom up",
];
const NAMED: &[&str] = &[
    "by name",
    "by their name",
    "by their names",
    "by the name",
    "alphabetically",
    "alphabetical",
    "in alphabetical order",
    "from a to z",
    "a to z",
];
const RISING: &[&str] = &[
    "in ascending order",
    "ascending",
    "rising",
    "increasing",
    "lowest first",
    "smallest first",
    "fewest first",
    "least first",
    "worst first",
    "shortest first",
    "lowest on top",
    "smallest on top",
    "lowest at the top",
    "from low to high",
    "low to high",
    "from lowest to highest",
    "lowest to highest",
    "from smallest to largest",
    "smallest to largest",
    "from least to most",
    "least to most",
    "from small to large",
    "from worst to best",
    "bottom up",
    "start with the lowest",
    "start with the smallest",
    "begin with the lowest",
    "begin with the smallest",
    "starting with the lowest",
    "starting with the smallest",
    "starting from the lowest",
    "starting from the smallest",
    "beginning with the lowest",
    "beginning with the smallest",
];
const FALLING: &[&str] = &[
    "in descending order",
    "descending",
    "falling",
    "decreasing",
    "highest first",
    "largest first",
    "biggest first",
    "most first",
    "best first",
    "longest first",
    "strongest first",
    "highest on top",
    "largest on top",
    "biggest on top",
    "highest at the top",
    "largest at the top",
    "from high to low",
    "high to low",
    "from highest to lowest",
    "from the highest to the lowest",
    "from the largest to the smallest",
    "from the biggest to the smallest",
    "from the most to the least",
    "from the top down",
    "from biggest to smallest",
    "biggest to smallest",
    "highest to lowest",
    "from largest to smallest",
    "largest to smallest",
    "from most to least",
    "most to least",
    "from large to small",
    "from best to worst",
    "top down",
    "start with the highest",
    "start with the largest",
    "start with the biggest",
    "begin with the highest",
    "begin with the largest",
    "starting with the highest",
    "starting with the largest",
    "starting with the biggest",
    "starting from the highest",
    "starting from the largest",
    "beginning with the highest",
    "beginning with the largest",
];
/// Verbs of sorting; what stands behind them says how.
const SORT: &[&str] = &[
    "sort", "sorted", "sorting", "order", "ordered", "rank", "ranked", "arrange", "arranged", "resort",
    "ranking", "ordering",
];
/// What is sorted, where it is the answer as a whole.
const SORTED: &[&str] = &[
    "it",
    "that",
    "this",
    "them",
    "these",
    "those",
    "the list",
    "the rows",
    "the table",
    "the result",
    "the results",
    "the ranking",
    "everything",
];

impl Cues {
    /// Reads the words of sorting from a place on.
    pub(super) fn sorting(&mut self, from: usize) {
        let mut at = from;
        while at < self.tokens.len() {
            let lists = [
                (REVERSED, Sorting::Reversed),
                (RISING, Sorting::Rising),
                (FALLING, Sorting::Falling),
                (NAMED, Sorting::Named),
            ];
            let found = lists
                .iter()
                .filter_map(|(list, sorting)| Some((phrase_at(&self.tokens, at, list)?, *sorting)))
                .max_by_key(|(length, _)| *length);
            if let Some((length, sorting)) = found {
                self.sorting = Some(sorting);
                self.hide(at, at + length);
                at += length;
                continue;
            }
            // "the last three": of the other end; "the first three" is only their number.
            let counted = self.tokens.get(at + 1).is_some_and(|token| token.number.is_some());
            let rows = self.tokens.get(at + 2).is_none_or(|token| {
                matches!(
                    token.text.as_str(),
                    "only" | "please" | "then" | "ones" | "rows" | "of" | "now" | "instead" | "the" | ","
                )
            });
            if counted && rows && matches!(self.text(at), "last" | "first") {
                if self.text(at) == "last" {
                    self.sorting = Some(Sorting::Reversed);
                }
                self.hide(at, at + 1);
                self.leans = true;
                at += 2;
                continue;
            }
            // "sort it …": "order by" only where it opens the message or its last part.
            if phrase_at(&self.tokens, at, SORT).is_some() {
                let what = phrase_at(&self.tokens, at + 1, SORTED).unwrap_or_default();
                let behind = at + 1 + what;
                let by = self.tokens.get(behind).is_some_and(|token| token.text == "by");
                let sorted = [REVERSED, RISING, FALLING, NAMED]
                    .iter()
                    .any(|list| phrase_at(&self.tokens, behind, list).is_some());
                let opens = at == from || what > 0;
                if opens && (by || sorted || what > 0) {
                    self.leans = true;
                    self.sorts_by |= by;
                    self.hide(at, behind);
                    at = behind;
                    continue;
                }
            }
            at += 1;
        }
    }
}
