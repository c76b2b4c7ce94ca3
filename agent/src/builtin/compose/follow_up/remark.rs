//! "Pity. Then tell me …", "Good to know! And in frozen?": a remark before what is asked.
//!
//! The first sentence of a message, where none of its words names anything → the rest of the message. Pure.

use super::cues::cues;
use crate::builtin::{analytics, normalise::normalise, vocabulary::Vocabulary};

/// A remark is no longer than this.
const LONGEST_REMARK: usize = 5;

/// The message without the remark that opens it; `None` where there is none.
pub(crate) fn without_remark(message: &str, vocabulary: &Vocabulary) -> Option<String> {
    let end = message.find(['.', '!', '…', ';'])?;
    let (remark, rest) = (message.get(..end)?, message.get(end..)?);
    let rest = rest.trim_start_matches(['.', '!', '…', ';', ' ']);
    // "3.5", "i.e.": no end of a sentence.
    let spaced = message.get(end + 1..).is_some_and(|behind| behind.starts_with([' ', '.', '!']));
    let tokens = normalise(remark, vocabulary);
    if !spaced || rest.is_empty() || tokens.is_empty() || tokens.len() > LONGEST_REMARK {
        return None;
    }
    let read = cues(&tokens);
    let steers = read.switches
        || read.returns
        || read.clears
        || read.corrects
        || read.drops
        || read.plural
        || read.undoes.is_some();
    let fragment = analytics::fragment(&tokens, vocabulary);
    let named =
        tokens.iter().any(|token| token.number.is_some() || !vocabulary.names(&token.stem).is_empty());
    let says = !fragment.stated.is_empty()
        || !fragment.metrics.is_empty()
        || fragment.listed.is_some()
        || fragment.bare.is_some()
        || !fragment.grouped.is_empty()
        || fragment.highest.is_some()
        || fragment.asks;
    (!steers && !says && !named).then(|| rest.to_owned())
}
