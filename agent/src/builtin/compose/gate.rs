//! What is settled before any reading: attempts, other languages, what is not in the data or not allowed, and questions
//! that lack something.
//!
//! Input: the linked question. Output: a refusal or one question back, or nothing, and the readings go on. The order is
//! the order of weight: a refusal comes before a question back, since no answer to that question would help.

use domain::answer::Refusal;

use super::{
    Question, contradiction, incomplete, kind_names, no_figure, not_allowed, nothing_named, referent,
    unknown_segment, vague, weekday, which_customer,
};
use crate::{
    builtin::{
        attack::attack,
        language::{foreign_language, reply},
        outside::{Outside, outside},
        patterns::Words,
    },
    draft::Draft,
};

/// The end of the turn, where the message settles it.
pub(crate) fn gate(question: &Question<'_>) -> Option<Draft> {
    let words = Words::new(question.tokens, question.spans);
    refused(question, &words).or_else(|| asked_back(question, &words))
}

/// The refusal of what tries to get past the rules.
pub(crate) fn attempt(question: &Question<'_>) -> Option<Draft> {
    attempted(question, &Words::new(question.tokens, question.spans))
}

fn attempted(question: &Question<'_>, words: &Words) -> Option<Draft> {
    let own = question.asked.principal.user_id().map(|id| id.0);
    let names_only_themselves = !question.entities.customers.is_empty()
        && question.entities.customers.iter().all(|id| Some(*id) == own);
    let may_claim = question.role().is_staff() || names_only_themselves;
    let attack = attack(words, question.asked.message, may_claim)?;
    Some(refusal(question, "not_allowed", attack.refusal(), None))
}

fn refused(question: &Question<'_>, words: &Words) -> Option<Draft> {
    let staff = question.role().is_staff();
    let message = question.asked.message;
    if let Some(draft) = attempted(question, words) {
        return Some(draft);
    }
    if let Some(language) = foreign_language(message, words, |word| question.vocabulary.knows(word)) {
        let example =
            if staff { "How many orders are there?" } else { "What are the most popular products?" };
        return Some(Draft {
            text: reply(language, example),
            ..Draft::refused(Refusal {
                code: "language".into(),
                text: reply(language, example),
                nearest_question: Some(example.into()),
            })
        });
    }
    if let Some(text) = not_allowed::not_allowed(question, words) {
        return Some(refusal(question, "not_allowed", text, None));
    }
    outside(words, message, staff)
        .filter(|reason| {
            // "The trend over the week, Monday to Sunday": which day number is meant can be asked.
            !(*reason == Outside::Calendar && !is_dated(words) && weekday::weekday(question, words).is_some())
        })
        .map(|reason| refusal(question, "outside_data", reason.refusal().0, Some(reason.refusal().1)))
}

/// Whether a day, a month or a year is spoken of, which no day number is.
fn is_dated(words: &Words) -> bool {
    const DATED: &[&str] = &[
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
        "month",
        "year",
        "quarter",
        "last",
        "next",
        "this",
        "yesterday",
        "today",
        "tomorrow",
        "ago",
        "christma",
        "christmas",
        "easter",
        "thanksgiving",
        "holiday",
        "black",
        "summer",
        "winter",
        "spring",
        "autumn",
        "fall",
        "season",
        "date",
        "calendar",
    ];
    words
        .0
        .iter()
        .any(|word| word.number.is_some_and(|number| number > 31.0) || DATED.contains(&word.stem.as_str()))
}

fn asked_back(question: &Question<'_>, words: &Words) -> Option<Draft> {
    weekday::weekday(question, words)
        .or_else(|| unknown_segment::unknown_segment(question, words))
        .or_else(|| contradiction::contradiction(question, words))
        .or_else(|| which_customer::which_customer_is_meant(question, words))
        .or_else(|| kind_names::several_of_that_name(question, words))
        .or_else(|| referent::missing_referent(question, words))
        .or_else(|| incomplete::incomplete(question, words))
        .or_else(|| vague::unclear_bound(question, words))
        .or_else(|| vague::judgement(question, words))
        .or_else(|| vague::nothing_to_measure(question, words))
        .or_else(|| nothing_named::nothing_named(question, words))
        .or_else(|| no_figure::no_figure(question, words))
}

/// A refusal with a question that the role is answered.
fn refusal(question: &Question<'_>, code: &str, text: &str, staff_question: Option<&str>) -> Draft {
    let nearest = match (question.role().is_staff(), staff_question) {
        (true, Some(nearest)) => nearest,
        (true, None) => "How many orders are there?",
        (false, _) => "What are the most popular products?",
    };
    Draft::refused(Refusal { code: code.into(), text: text.into(), nearest_question: Some(nearest.into()) })
}
