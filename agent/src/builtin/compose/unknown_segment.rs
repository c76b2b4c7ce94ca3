//! Segments by the names that the field gives them ("champions", "about to sleep"), where this run has none of that name.
//!
//! Segments are named by what the run's clusters are like, so a name of the textbook may be missing. Read on, such a
//! question would be answered for everybody or for products that are called so.

use domain::answer::{Clarify, ClarifyOption};

use super::{Question, not_allowed::CUSTOMERS};
use crate::{
    builtin::patterns::{Word, Words},
    draft::Draft,
};

/// So many segments are offered.
const MAX_OPTIONS: usize = 8;

/// Names of segments by recency, frequency and value, as the field has them: the words, and whether they name customers by
/// themselves.
const FIELD_NAMES: &[(&[&str], bool)] = &[
    (&["champion"], true),
    (&["hibernating"], true),
    (&["hibernator"], true),
    (&["loyalist"], true),
    (&["about", "to", "sleep"], true),
    (&["cannot", "lose", "them"], true),
    (&["can", "not", "lose", "them"], true),
    (&["need", "attention"], true),
    (&["needs", "attention"], true),
    (&["needing", "attention"], true),
    (&["at", "risk"], false),
    (&["promising"], false),
];

/// Words for a group of customers behind a name that is an adjective, beside those for customers.
const GROUPS: &[&str] = &["people", "person", "segment", "group", "one", "folk"];

/// Asks which of the run's segments is meant.
pub(super) fn unknown_segment(question: &Question<'_>, words: &Words) -> Option<Draft> {
    let segments = question.vocabulary.segments();
    if !question.role().is_staff() || segments.is_empty() {
        return None;
    }
    let (from, to, name) = (0..words.0.len()).find_map(|at| field_name(words, at))?;
    // The run has one of that name, whichever words it adds to it.
    let known = segments.iter().any(|segment| {
        let segment = segment.to_lowercase();
        name.iter().all(|word| segment.contains(word))
    });
    let named = words.0.get(from..to)?.iter().any(|word| word.named);
    if known || named {
        return None;
    }
    let first = question.tokens.get(words.0.get(from)?.token)?.start;
    let last = question.tokens.get(words.0.get(to.checked_sub(1)?)?.token)?.end;
    let message: Vec<char> = question.asked.message.chars().collect();
    let written: String = message.get(first..last)?.iter().collect();
    let with = |segment: &String| -> String {
        let (before, after) = (message.iter().take(first), message.iter().skip(last));
        before.copied().chain(segment.chars()).chain(after.copied()).collect()
    };
    let options = segments.iter().take(MAX_OPTIONS);
    Some(Draft::clarify(Clarify {
        question: format!(
            "No segment is called “{written}” here; the segments are {}. Which one do you mean?",
            segments.join(", ")
        ),
        options: options
            .map(|segment| ClarifyOption { label: segment.clone(), question: with(segment) })
            .collect(),
    }))
}

/// A name of the field that begins at this word, with where it ends.
fn field_name(words: &Words, at: usize) -> Option<(usize, usize, &'static [&'static str])> {
    let word = |at: usize| words.0.get(at);
    FIELD_NAMES.iter().find_map(|(name, alone)| {
        let fits = |(offset, part): (usize, &&str)| word(at + offset).is_some_and(|word| is(word, part));
        let to = at + name.len();
        let of_customers =
            *alone || word(to).is_some_and(|next| next.one_of(CUSTOMERS) || next.one_of(GROUPS));
        (name.iter().enumerate().all(fits) && of_customers).then_some((at, to, *name))
    })
}

fn is(word: &Word, part: &str) -> bool {
    word.text == part || word.one_of(&[part])
}
