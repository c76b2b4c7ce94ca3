//! Greetings, thanks, farewells, complaints, and what can be asked.

use domain::principal::Role;

use super::{Candidate, Question};
use crate::{builtin::lexicon::Cue, draft::Draft};

/// "Hello", "thanks", "bye", "you are useless".
pub(crate) fn greeting(question: &Question<'_>) -> Option<Candidate> {
    let used = question.positions(&[Cue::Greeting, Cue::Thanks, Cue::Farewell, Cue::Complaint]);
    let nothing =
        ["ok", "okay", "then", "nothing", "you", "are", "is", "this", "so", "well", "for", "now", "all"];
    let alone = question.spans.iter().enumerate().all(|(at, span)| {
        span.is_filler() || used.contains(&at) || nothing.contains(&question.words(at).as_str())
    });
    if used.is_empty() || !alone {
        return None;
    }
    let text = match () {
        () if question.has(Cue::Complaint) => {
            "I am sorry that this was no help. Say it in other words, or shorter; this is what I can do."
        }
        () if question.has(Cue::Farewell) => "Goodbye.",
        () if question.has(Cue::Thanks) => "You are welcome.",
        () => "Hello! What would you like to know?",
    };
    let mut draft = Draft::answered(text);
    draft.suggestions = examples(question.role());
    Some(Candidate::draft(draft, used, 0.9))
}

/// "What can you do?"
pub(crate) fn help(question: &Question<'_>) -> Option<Candidate> {
    let mut used = question.positions(&[Cue::Help, Cue::Which, Cue::Greeting]);
    used.extend(question.positions(&[Cue::Myself]));
    if asks_for_examples(question) {
        used = (0..question.spans.len()).collect();
    } else {
        question.position(Cue::Help)?;
    }
    let mut draft = Draft::answered(help_text(question.role()));
    draft.suggestions = examples(question.role());
    Some(Candidate::draft(draft, used, 0.9))
}

/// "give me an idea of the things I could ask", "what kind of questions can you answer".
fn asks_for_examples(question: &Question<'_>) -> bool {
    let says = |words: &[&str]| question.tokens.iter().any(|token| words.contains(&token.text.as_str()));
    let asking = says(&["ask", "asked"])
        && says(&[
            "things",
            "what",
            "questions",
            "kind",
            "kinds",
            "idea",
            "examples",
            "example",
            "stuff",
            "sort",
        ]);
    let able = says(&["questions", "question"]) && says(&["answer", "understand", "handle", "help"]);
    let capable =
        says(&["capable", "capabilities", "features"]) && says(&["you", "your", "tool", "assistant"]);
    (asking || able || capable)
        && question.measures.metrics.is_empty()
        && question.entities.named.is_empty()
        && question.entities.customers.is_empty()
        && question.tokens.iter().all(|token| token.number.is_none())
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
