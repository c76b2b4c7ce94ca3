//! The sentences of a message that ask, without the story around them.
//!
//! "A friend cannot have gluten. Which gluten free products sell best?" asks in its second sentence. A sentence stays
//! when it ends in a question mark, is the last one, or holds a figure, a thing or a ranking. Output: the message without
//! the others, or nothing where none can go.

use super::{
    item::{Items, Mark},
    leftover::asks,
    scan,
};
use crate::builtin::{normalise::normalise, vocabulary::Vocabulary};

/// The message without the sentences that ask nothing; `None` where every sentence stays.
pub(crate) fn asking_sentences(message: &str, vocabulary: &Vocabulary) -> Option<String> {
    let sentences: Vec<&str> = message.split_inclusive(['.', '?', '!', '\n']).collect();
    let last = sentences.iter().rposition(|sentence| !sentence.trim().is_empty())?;
    let kept: Vec<&str> = sentences
        .iter()
        .enumerate()
        .filter(|(at, sentence)| {
            let text = sentence.trim();
            *at == last || text.ends_with('?') || {
                // What only the passes find ("customer 42") is a thing too.
                let items: Items = scan::scan(&normalise(text, vocabulary), vocabulary);
                items.any(asks) || super::marks(&normalise(text, vocabulary), vocabulary).any(names_customer)
            }
        })
        .map(|(_, sentence)| *sentence)
        .collect();
    (kept.len() < sentences.len()).then(|| kept.concat())
}

/// "customer 42": whom the question is about.
fn names_customer(mark: &Mark) -> bool {
    matches!(mark, Mark::Where(filters) if filters.iter().any(|filter| filter.field == "user_id"))
}
