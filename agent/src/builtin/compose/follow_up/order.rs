//! How an answer is to be sorted: "lowest first", "the other way round", "sort it by items".
//!
//! Words of sorting in a message → the direction, with those words hidden, so that nothing reads them as a ranking of
//! something else ("highest first" picks no row).

use super::cues::{Cues, phrase_at};
use crate::builtin::normalise::Token;

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
/// Words of the one end and of the other.
const LARGE: &[&str] = &[
    "highest",
    "largest",
    "biggest",
    "most",
    "best",
    "longest",
    "strongest",
    "high",
    "large",
    "big",
    "long",
    "strong",
    "good",
    "many",
    "top",
    "greatest",
    "great",
    "much",
    "maximum",
    "max",
    "tallest",
    "leader",
    "leaders",
    "winner",
    "frequent",
    "up",
];
const SMALL: &[&str] = &[
    "lowest", "smallest", "fewest", "least", "worst", "shortest", "weakest", "low", "small", "few", "little",
    "short", "weak", "bad", "bottom", "minimum", "min", "tiniest", "rare", "rarest", "poorest", "down",
];
/// Words that say a direction alone.
const RISES: &[&str] = &["ascending", "rising", "increasing", "upwards", "asc", "ascendingly"];
const FALLS: &[&str] = &["descending", "falling", "decreasing", "downwards", "desc", "descendingly"];

/// Words of sorting at a place: how many, and the direction.
fn directed(tokens: &[Token], at: usize) -> Option<(usize, Sorting)> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let end = |at: usize| match text(at) {
        word if LARGE.contains(&word) => Some(Sorting::Falling),
        word if SMALL.contains(&word) => Some(Sorting::Rising),
        _ => None,
    };
    let article = |at: usize| usize::from(text(at) == "the");
    // "in ascending order"
    let opened =
        usize::from(text(at) == "in") + usize::from(text(at) == "in" && matches!(text(at + 1), "an" | "a"));
    let alone = match text(at + opened) {
        word if RISES.contains(&word) => Some(Sorting::Rising),
        word if FALLS.contains(&word) => Some(Sorting::Falling),
        _ => None,
    };
    if let Some(sorting) = alone {
        return Some((
            opened + 1 + usize::from(matches!(text(at + opened + 1), "order" | "sequence")),
            sorting,
        ));
    }
    // "from the big to the small", "high to low", "top down"
    let from = usize::from(text(at) == "from");
    let first = at + from + article(at + from);
    if let Some(sorting) = end(first) {
        let joined = usize::from(matches!(text(first + 1), "to" | "until"));
        let second = first + 1 + joined + article(first + 1 + joined);
        let other = end(second).is_some_and(|other| other != sorting);
        if other && (joined > 0 || matches!(text(second), "down" | "up")) {
            return Some((second + 1 - at, sorting));
        }
        // "highest first", "lowest ones on top"
        let named = first + 1 + usize::from(matches!(text(first + 1), "one" | "ones" | "value" | "values"));
        // "smallest of those four first"
        let pointed = text(named) == "of" && matches!(text(named + 1), "those" | "these" | "them" | "the");
        let number = tokens.get(named + 2).is_some_and(|token| token.number.is_some());
        let of = if pointed { 2 + usize::from(number) } else { 0 };
        let behind = named + of;
        let leads = match (text(behind), text(behind + 1), text(behind + 2)) {
            ("first" | "uppermost", ..) => 1,
            ("on", "top", _) => 2,
            ("at" | "to" | "on", "the", "top" | "beginning" | "start" | "front") => 3,
            _ => 0,
        };
        if leads > 0 && from == 0 {
            return Some((behind + leads - at, sorting));
        }
    }
    // "starting with the lowest"
    let starts = matches!(
        text(at),
        "start" | "starting" | "begin" | "beginning" | "starts" | "begins" | "lead" | "leading"
    );
    let with = at + 1 + usize::from(matches!(text(at + 1), "with" | "from" | "at"));
    if starts && with > at + 1 {
        let named = with + article(with);
        let ones = usize::from(matches!(text(named + 1), "one" | "ones" | "value" | "values"));
        return end(named).map(|sorting| (named + 1 + ones - at, sorting));
    }
    None
}

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
            let lists = [(REVERSED, Sorting::Reversed), (NAMED, Sorting::Named)];
            let found = lists
                .iter()
                .filter_map(|(list, sorting)| Some((phrase_at(&self.tokens, at, list)?, *sorting)))
                .chain(directed(&self.tokens, at))
                .max_by_key(|(length, _)| *length);
            if let Some((length, sorting)) = found {
                self.sorting = Some(sorting);
                let said = self.tokens.get(at..at + length).unwrap_or_default();
                self.plural |=
                    said.iter().any(|token| matches!(token.text.as_str(), "those" | "these" | "them"));
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
            // "sort by that"
            let by_that = self.text(at + 1) == "by" && matches!(self.text(at + 2), "that" | "this" | "it");
            if phrase_at(&self.tokens, at, SORT).is_some() && by_that && at + 3 >= self.tokens.len() {
                self.sorting = Some(Sorting::Falling);
                self.hide(at, at + 3);
                self.leans = true;
                return;
            }
            // "sort it …": "order by" only where it opens the message or its last part.
            if phrase_at(&self.tokens, at, SORT).is_some() {
                let what = phrase_at(&self.tokens, at + 1, SORTED).unwrap_or_default();
                let behind = at + 1 + what;
                let by = self.tokens.get(behind).is_some_and(|token| token.text == "by");
                let sorted =
                    [REVERSED, NAMED].iter().any(|list| phrase_at(&self.tokens, behind, list).is_some())
                        || directed(&self.tokens, behind).is_some();
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
