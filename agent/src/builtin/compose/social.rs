//! What is not about numbers or products: greetings, help, definitions, and what lies outside the data.

use std::collections::BTreeSet;

use domain::{
    answer::{Clarify, ClarifyOption, Refusal},
    principal::Role,
};
use tools::describe_data::{DataTopic, DescribeDataArgs};

use super::{Candidate, Question};
use crate::{
    builtin::{intent::Intent, lexicon::Cue, link::Link},
    draft::Draft,
};

/// Prices, weather, stock, …: refused for the right reason.
pub(crate) fn outside(question: &Question<'_>) -> Option<Candidate> {
    let reason = question.spans.iter().find_map(|span| {
        let named = span.links.iter().any(|link| matches!(link, Link::Name(_) | Link::Term(_)));
        span.links.iter().find_map(|link| match link {
            Link::Outside(reason) if !named => Some(*reason),
            _ => None,
        })
    })?;
    let (text, nearest) = reason.refusal();
    let nearest = nearest_for(question, nearest);
    let draft = Draft::refused(Refusal {
        code: "outside_data".into(),
        text: text.into(),
        nearest_question: Some(nearest.into()),
    });
    // Whatever else is asked, this part of it cannot be had.
    Some(Candidate::draft(draft, all(question), 0.95))
}

/// A question that the role may ask.
fn nearest_for(question: &Question<'_>, staff_question: &'static str) -> &'static str {
    if question.role().is_staff() || staff_question.starts_with("What can") {
        staff_question
    } else {
        "What are the most popular products?"
    }
}

/// Weekdays by name: the data numbers its days.
pub(crate) fn weekday(question: &Question<'_>) -> Option<Candidate> {
    question.entities.weekday?;
    let option = |label: &str, text: &str| ClarifyOption { label: label.into(), question: text.into() };
    let draft = Draft::clarify(Clarify {
        question:
            "The data numbers its days and does not say which weekday is which. Which day number do you mean?"
                .into(),
        options: vec![option("all days", "How many orders are there by day of the week?")],
    });
    let about_data = !question.measures.metrics.is_empty()
        || !question.measures.dimensions.is_empty()
        || question.has(Cue::Buy);
    about_data.then(|| Candidate::draft(draft, all(question), 0.9))
}

/// "Which one is better?": nothing says what is compared, or by what.
pub(crate) fn vague(question: &Question<'_>) -> Option<Candidate> {
    let judged = question.positions(&[Cue::Vague, Cue::Highest, Cue::Lowest]);
    let known =
        question.positions(&[Cue::Vague, Cue::Highest, Cue::Lowest, Cue::Which, Cue::Compare, Cue::FollowUp]);
    let nothing_named =
        question.spans.iter().enumerate().all(|(at, span)| span.is_filler() || known.contains(&at));
    if judged.is_empty() || !nothing_named {
        return None;
    }
    let options = examples(question.role())
        .into_iter()
        .map(|text| ClarifyOption { label: text.clone(), question: text });
    let draft = Draft::clarify(Clarify {
        question: "Better in what, and which ones? Name what to compare: departments, aisles or products, and by what.".into(),
        options: options.collect(),
    });
    Some(Candidate::draft(draft, known, 0.75))
}

/// "Hello", "thanks".
pub(crate) fn greeting(question: &Question<'_>) -> Option<Candidate> {
    let used = question.positions(&[Cue::Greeting, Cue::Thanks]);
    let alone = question.spans.iter().enumerate().all(|(at, span)| span.is_filler() || used.contains(&at));
    if used.is_empty() || !alone {
        return None;
    }
    let text =
        if question.has(Cue::Thanks) { "You are welcome." } else { "Hello! What would you like to know?" };
    let mut draft = Draft::answered(text);
    draft.suggestions = examples(question.role());
    Some(Candidate::draft(draft, used, 0.9))
}

/// "What can you do?"
pub(crate) fn help(question: &Question<'_>) -> Option<Candidate> {
    let mut used = question.positions(&[Cue::Help, Cue::Which, Cue::Greeting]);
    used.extend(question.positions(&[Cue::Myself]));
    question.position(Cue::Help)?;
    let mut draft = Draft::answered(help_text(question.role()));
    draft.suggestions = examples(question.role());
    Some(Candidate::draft(draft, used, 0.9))
}

pub(crate) fn help_text(role: Role) -> &'static str {
    match role {
        Role::Guest => {
            "I can find products, tell what is popular, and say what goes well with what. \
             Sign in to get recommendations from your own orders."
        }
        Role::Shopper => {
            "I can recommend what to buy from your own orders, find products, say what goes well with what, \
             and tell what you buy most."
        }
        Role::Analyst | Role::Admin => {
            "I can count orders, items and customers by product, aisle, department, hour or day, rank by any of the \
             metrics, describe a customer and their segment, recommend for a customer, and find products."
        }
    }
}

/// Questions that this role can ask, each of which is answered.
pub(crate) fn examples(role: Role) -> Vec<String> {
    let questions: &[&str] = match role {
        Role::Guest => {
            &["What are the most popular products?", "Find organic avocado", "What goes well with Banana?"]
        }
        Role::Shopper => &["What should I buy?", "What do I buy most?", "Find organic avocado"],
        Role::Analyst | Role::Admin => &[
            "How many orders are there?",
            "Which department has the highest reorder rate?",
            "Top 5 products in frozen",
        ],
    };
    questions.iter().map(|text| (*text).to_owned()).collect()
}

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

fn all(question: &Question<'_>) -> BTreeSet<usize> {
    (0..question.spans.len()).collect()
}
