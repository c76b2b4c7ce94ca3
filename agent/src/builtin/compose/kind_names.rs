//! "the cheese aisle", where several aisles have the word in their name.

use domain::answer::{Clarify, ClarifyOption};

use super::Question;
use crate::{
    builtin::{
        patterns::Words,
        vocabulary::{Name, NameKind},
    },
    draft::Draft,
};

/// So many names are offered.
const MAX_OPTIONS: usize = 6;
/// So many words before "aisle" may belong to its name.
const MAX_WORDS: usize = 3;

/// Asks which of them is meant.
pub(super) fn several_of_that_name(question: &Question<'_>, words: &Words) -> Option<Draft> {
    words.0.iter().enumerate().find_map(|(at, word)| {
        let (kind, label) = match word.text.as_str() {
            "aisle" => (NameKind::Aisle, "aisle"),
            "department" | "section" => (NameKind::Department, "department"),
            _ => return None,
        };
        let (from, to, names) = match candidates(question, words, at, kind) {
            Some((from, names)) => (from, at - 1, names),
            None => {
                let (name, names) = beside(question, words, at, kind)?;
                (name, name, names)
            }
        };
        let first = question.tokens.get(words.0.get(from)?.token)?.start;
        let last = question.tokens.get(words.0.get(to)?.token)?.end;
        let message: Vec<char> = question.asked.message.chars().collect();
        let written: String = message.get(first..last)?.iter().collect();
        let replaced = |name: &Name| -> String {
            let (before, after) = (message.iter().take(first), message.iter().skip(last));
            before.copied().chain(name.text.chars()).chain(after.copied()).collect()
        };
        let options = names.iter().take(MAX_OPTIONS).map(|name| ClarifyOption {
            label: format!("{} ({label})", name.text),
            question: replaced(name),
        });
        Some(Draft::clarify(Clarify {
            question: format!("Several {label}s have “{written}” in their name. Which one do you mean?"),
            options: options.collect(),
        }))
    })
}

/// The names that the words before the kind fit, where they are several; with where the words start.
fn candidates(
    question: &Question<'_>,
    words: &Words,
    at: usize,
    kind: NameKind,
) -> Option<(usize, Vec<Name>)> {
    let of_kind = |name: &&Name| name.kind == kind;
    let stems = |from: usize| -> String {
        let words = words.0.get(from..at).unwrap_or_default();
        words.iter().map(|word| word.stem.as_str()).collect::<Vec<_>>().join(" ")
    };
    let exact = |from: usize| {
        let names = question.vocabulary.names(&stems(from));
        // "the frozen aisle" may be any of the department's, which the readings settle.
        names.iter().any(|name| name.kind == kind || name.kind == NameKind::Department)
    };
    // Names have up to five words; "and" is none of them.
    if (1..=5).any(|back| at >= back && exact(at - back)) {
        return None;
    }
    let nearest = words.0.get(at.checked_sub(1)?)?;
    let mut names: Vec<Name> =
        question.vocabulary.names_with_part(&nearest.stem).iter().filter(of_kind).cloned().collect();
    let mut from = at - 1;
    for back in 2..=MAX_WORDS.min(at) {
        let Some(word) = words.0.get(at - back) else { break };
        let parts = question.vocabulary.names_with_part(&word.stem);
        let both: Vec<Name> = names.iter().filter(|name| parts.contains(name)).cloned().collect();
        if both.is_empty() {
            break;
        }
        names = both;
        from = at - back;
    }
    names.sort_by_key(|name| (name.kind, name.id));
    names.dedup();
    (names.len() > 1).then_some((from, names))
}

/// "the aisle cheese", "seafood, the aisle": the name behind the kind, or before it with an article between.
fn beside(question: &Question<'_>, words: &Words, at: usize, kind: NameKind) -> Option<(usize, Vec<Name>)> {
    let word = |at: usize| words.0.get(at).map_or("", |word| word.text.as_str());
    let parted = at >= 2 && word(at - 1) == "the";
    let quoted = matches!(word(at + 1), "called" | "named");
    let places = [(at + 1 + usize::from(quoted), true), (at.checked_sub(2)?, parted)];
    places.into_iter().filter(|(_, fits)| *fits).find_map(|(place, _)| {
        let name = words.0.get(place).filter(|word| !word.named)?;
        let last = place + 1 == words.0.len() || place < at;
        let follows = matches!(
            word(place + 1),
            "has"
                | "have"
                | "carry"
                | "carries"
                | "is"
                | "sell"
                | "sells"
                | "?"
                | "in"
                | "by"
                | "and"
                | "get"
                | "gets"
                | "list"
                | "lists"
        );
        let own = question.vocabulary.names(&name.stem);
        let exact = own.iter().any(|name| {
            name.kind == kind || name.kind == NameKind::Department && kind == NameKind::Department
        });
        let mut names: Vec<Name> = question
            .vocabulary
            .names_with_part(&name.stem)
            .iter()
            .filter(|name| name.kind == kind)
            .cloned()
            .collect();
        names.sort_by_key(|name| (name.kind, name.id));
        names.dedup();
        ((last || follows) && !exact && names.len() > 1).then_some((place, names))
    })
}
