//! Fifth step: how sure the planner is of a reading.
//!
//! A reading explains some of the words. A word that steers nothing but is explained by nobody may change the meaning
//! ("never", "last", "oat"), so one such word is enough to ask back instead of answering: a wrong answer costs more
//! than a question. Input: spans and what was used. Output: 0 to 1 and the words that were not understood.

use std::collections::BTreeSet;

use super::{link::Span, normalise::Token};

/// How sure, and what was left over.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Score {
    /// 0 to 1.
    pub(crate) confidence: f64,
    /// The words that nobody explained, as written.
    pub(crate) unexplained: Vec<String>,
}

/// Scores a reading that rests on `used` and is, all words explained, as likely as `base`.
pub(crate) fn score(tokens: &[Token], spans: &[Span], used: &BTreeSet<usize>, base: f64) -> Score {
    let left: Vec<&Span> = spans
        .iter()
        .enumerate()
        .filter(|(at, span)| !used.contains(at) && !span.is_filler())
        .map(|(_, span)| span)
        .collect();
    let words = |span: &&Span| -> String {
        let inside = tokens.get(span.start..span.end).unwrap_or_default();
        inside
            .iter()
            .map(|t| t.corrected_from.clone().unwrap_or_else(|| t.text.clone()))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let unexplained: Vec<String> = left.iter().map(words).collect();
    // One unexplained word halves it, each further one takes a third of the rest.
    let confidence = match unexplained.len() {
        0 => base,
        more => base * 0.5 * (2.0_f64 / 3.0).powi(i32::try_from(more).unwrap_or(i32::MAX) - 1),
    };
    Score { confidence, unexplained }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::builtin::{link::link, normalise::normalise, vocabulary::tests::small_shop};

    #[test]
    fn one_word_that_nobody_explains_is_enough_to_doubt() {
        let shop = small_shop();
        let tokens = normalise("orders flurb", &shop);
        let spans = link(&tokens, &shop);
        let all = score(&tokens, &spans, &BTreeSet::from([0, 1]), 0.9);
        let partly = score(&tokens, &spans, &BTreeSet::from([0]), 0.9);
        assert_eq!((all.confidence, all.unexplained.len()), (0.9, 0));
        assert_eq!(partly.unexplained, ["flurb"]);
        assert!(partly.confidence < 0.5);
    }
}
