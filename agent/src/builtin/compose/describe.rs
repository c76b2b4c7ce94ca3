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
