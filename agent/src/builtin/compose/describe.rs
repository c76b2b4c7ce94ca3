//! What a metric means, and what the data is: tables, quality, freshness, segments.

use tools::describe_data::{DataTopic, DescribeDataArgs};

use super::{Candidate, Question};
use crate::builtin::{intent::Intent, lexicon::Cue};

/// Definitions, tables, quality.
pub(crate) fn describe(question: &Question<'_>) -> Option<Candidate> {
    let mut used =
        question.positions(&[Cue::Definition, Cue::AboutData, Cue::Which, Cue::Show, Cue::Segment]);
    let metric_named = !question.measures.metrics.is_empty();
    let defined = question.has(Cue::Definition)
        || (question.has(Cue::Which) && question.tokens.last().is_some_and(|token| token.stem == "mean"));
    if defines(question) {
        let args = DescribeDataArgs { topic: Some(DataTopic::Metrics) };
        let all = (0..question.spans.len()).collect();
        return Some(Candidate::plan(Intent::Describe(args), all, DEFINES));
    }
    let topic = if defined && metric_named {
        used.extend(&question.measures.used);
        // The mean of a figure and the meaning of a word share a word.
        used.extend(question.measures.average);
        DataTopic::Metrics
    } else if question.has(Cue::AboutData) {
        topic_of(question)
    } else {
        let listing = question.has(Cue::Segment)
            && question.entities.customers.is_empty()
            && !question.entities.myself
            && question.entities.named.is_empty()
            && (question.has(Cue::Which) || question.has(Cue::Show));
        if !listing {
            return None;
        }
        DataTopic::Segments
    };
    let args = DescribeDataArgs { topic: Some(topic) };
    Some(Candidate::plan(Intent::Describe(args), used, 0.85))
}

fn topic_of(question: &Question<'_>) -> DataTopic {
    let words: Vec<&str> = question.tokens.iter().map(|t| t.stem.as_str()).collect();
    let any = |options: &[&str]| options.iter().any(|word| words.contains(word));
    if any(&["quality"]) {
        DataTopic::Quality
    } else if any(&["fresh", "date"]) {
        DataTopic::Freshness
    } else if any(&["metric"]) {
        DataTopic::Metrics
    } else if any(&["table"]) {
        DataTopic::Tables
    } else {
        DataTopic::Overview
    }
}

/// "what does X mean", "what time span does the forecast cover", but not "what is the mean X": a question word, its verb and
/// the verb of meaning stand in one sentence, and what is meant is named.
fn asks_meaning(question: &Question<'_>) -> bool {
    const VERBS: [&str; 9] =
        ["mean", "stand", "signify", "cover", "measure", "capture", "indicate", "express", "describe"];
    let tokens = question.tokens;
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let message: Vec<char> = question.asked.message.chars().collect();
    let one_sentence = |from: usize, to: usize| {
        (from..to).all(|at| {
            let gap = tokens.get(at).zip(tokens.get(at + 1));
            gap.and_then(|(one, next)| message.get(one.end..next.start))
                .is_none_or(|between| !between.iter().any(|c| matches!(c, '?' | '!' | '.' | ';')))
        })
    };
    (0..tokens.len()).any(|at| {
        let asked = |verb: usize| {
            matches!(text(verb), "does" | "do" | "did" | "should")
                && (verb.saturating_sub(3)..verb).any(|what| text(what) == "what" && one_sentence(what, at))
        };
        let known = VERBS.contains(&text(at)) && (text(at) != "stand" || text(at + 1) == "for");
        let named = at > 0
            && !matches!(
                text(at - 1),
                "the"
                    | "a"
                    | "our"
                    | "their"
                    | "and"
                    | "median"
                    | "average"
                    | "they"
                    | "it"
                    | "these"
                    | "those"
                    | "by"
                    | "you"
                    | "i"
            );
        known && named && (at.saturating_sub(9)..at).any(asked)
    })
}

/// A word of the shop's figures is asked for its meaning: above the figure itself.
const DEFINES: f64 = 0.975;

/// "what does lift mean", "define churn risk", "how do I read the confidence": the meaning of a figure, not its value.
fn defines(question: &Question<'_>) -> bool {
    let tokens = question.tokens;
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let has = |words: &[&str]| (0..tokens.len()).any(|at| words.contains(&text(at)));
    let row = |words: &[&str]| {
        (0..tokens.len()).any(|at| words.iter().enumerate().all(|(step, word)| text(at + step) == *word))
    };
    let figure = !question.measures.metrics.is_empty()
        || has(&[
            "lift",
            "confidence",
            "support",
            "leverage",
            "churn",
            "recency",
            "segment",
            "penetration",
            "monetary",
            "frequency",
        ]);
    // "what counts as a large order"
    let sized = (0..tokens.len()).any(|at| {
        matches!(text(at), "small" | "medium" | "large" | "big")
            && matches!(text(at + 1), "order" | "orders" | "basket" | "baskets" | "cart")
    });
    let figure = figure || sized;
    // "i meant by day" corrects.
    if row(&["i", "meant"]) || row(&["i", "mean"]) && !question.asked.history.is_empty() {
        return false;
    }
    let mean = asks_meaning(question) || row(&["supposed", "to", "mean"]);
    let asked =
        mean || has(&[
            "define",
            "defined",
            "definition",
            "interpret",
            "interpretation",
            "definitions",
            "explain",
            "explanation",
            "explained",
        ]) || row(&["meaning", "of"])
            || row(&["what", "exactly", "is"])
            || row(&["what", "actually", "is"])
            || has(&["measured", "calculated", "computed", "worked", "derived"])
                && (row(&["how", "is"])
                    || row(&["how", "are"])
                    || row(&["is", "it"])
                    || row(&["how", "do", "you"]))
            || row(&["counts", "as"])
            || row(&["count", "as"])
            || row(&["you", "say"])
            || row(&["how", "come"])
            || row(&["considered", "to", "be"])
            || row(&["is", "considered"])
            || row(&["stands", "for"])
            || row(&["meant", "by"])
            || row(&["how", "to", "read"])
            || row(&["do", "i", "read"])
            || row(&["should", "i", "read"])
            || row(&["should", "i", "understand"])
            || row(&["do", "i", "understand"])
            || row(&["how", "to", "understand"])
            || row(&["do", "you", "understand", "by"])
            || row(&["what", "kind", "of", "number"])
            || row(&["meaning", "behind"])
            || row(&["time", "frame"])
            || row(&["what", "time", "span"])
            || row(&["in", "layman's", "terms"])
            || row(&["in", "plain", "english"])
            || row(&["what", "it", "says"])
            || row(&["in", "plain", "words"])
            || row(&["in", "simple", "words"]);
    let grouped = !question.measures.dimensions.is_empty() && question.has(Cue::By);
    figure && asked && !grouped && question.role().is_staff()
}
