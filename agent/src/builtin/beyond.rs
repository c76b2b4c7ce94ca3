//! Questions about neither goods nor figures: "who owns this company", "are we in the black yet", "say something funny".
//!
//! Behind all readings. Input: the message and what it was read as. Output: that it lies outside the data, where it was not
//! understood and names nothing of the shop, or where a question of staff about anything else came out as a search for the
//! goods that one of its words is part of. What it is about is not known, so no list of subjects is.

use domain::answer::Refusal;

use super::{analytics, compose::examples, vocabulary::Vocabulary};
use crate::draft::Draft;

/// Words that sentences are made of; who uses none writes no sentence.
const OF_SENTENCES: &[&str] = &[
    "a",
    "an",
    "the",
    "do",
    "does",
    "did",
    "is",
    "are",
    "was",
    "were",
    "am",
    "i",
    "i'm",
    "you",
    "we",
    "me",
    "my",
    "your",
    "our",
    "us",
    "who",
    "what",
    "where",
    "when",
    "why",
    "how",
    "which",
    "can",
    "could",
    "will",
    "would",
    "should",
    "please",
    "to",
    "of",
    "in",
    "on",
    "for",
    "with",
    "at",
    "this",
    "that",
    "have",
    "has",
    "it",
    "him",
    "her",
    "they",
    "someone",
    "something",
    "say",
    "tell",
    "help",
];
/// Words of the shop, as they begin: who uses one asks of it, even where it was not understood.
const OF_THE_SHOP: &[&str] = &[
    "basket",
    "cart",
    "trolley",
    "shopping",
    "aisle",
    "department",
    "product",
    "item",
    "order",
    "buy",
    "bought",
    "sell",
    "sold",
    "recommend",
    "suggest",
    "popular",
    "segment",
    "goes",
    "grocer",
    "purchas",
    "chart",
    "table",
    "top",
    "best",
    "those",
    "these",
    "them",
    "similar",
    "hour",
    "morning",
    "evening",
    "afternoon",
    "day",
];
/// So few words are no question.
const FEWEST_WORDS: usize = 3;

/// The refusal of a message that was not understood and names nothing that the shop knows.
pub(super) fn names_nothing_of_the_shop(
    message: &str,
    vocabulary: &Vocabulary,
    draft: &Draft,
    staff: bool,
) -> Option<Draft> {
    let unread = draft.refusal.as_ref().is_some_and(|refusal| refusal.code == "not_understood");
    let words = words(message);
    let said = words.iter().filter(|word| OF_SENTENCES.contains(&word.as_str())).count();
    let nothing =
        !analytics::asks_figure(message, vocabulary) && !analytics::names_thing(message, vocabulary);
    let of_shop = words.iter().any(|word| OF_THE_SHOP.iter().any(|known| word.starts_with(known)));
    (unread && !of_shop && words.len() >= FEWEST_WORDS && said > 0 && said < words.len() && nothing)
        .then(|| refused(staff))
}

/// Whether a message of staff asks something that no search for goods answers.
pub(super) fn asks_no_search(message: &str) -> bool {
    let words = words(message);
    let text = |at: usize| words.get(at).map_or("", String::as_str);
    let lead = words
        .iter()
        .take_while(|word| matches!(word.as_str(), "so" | "and" | "hi" | "hello" | "ok" | "but" | "well"));
    let at = lead.count();
    // "do we have", "what can you find", "are there any": what the shop has.
    let of_range = words.iter().any(|word| {
        matches!(
            word.as_str(),
            "have"
                | "has"
                | "had"
                | "sell"
                | "sells"
                | "carry"
                | "stock"
                | "offer"
                | "find"
                | "search"
                | "there"
                | "got"
                | "show"
                | "list"
                | "listed"
                | "called"
                | "named"
                | "name"
                | "names"
                | "range"
                | "catalogue"
                | "catalog"
                | "assortment"
                | "product"
                | "products"
                | "items"
                | "aisle"
                | "department"
                | "shelf"
        )
    });
    let subject = |at: usize| {
        matches!(
            text(at),
            "we" | "people"
                | "they"
                | "you"
                | "customers"
                | "shoppers"
                | "our"
                | "the"
                | "he"
                | "she"
                | "i"
                | "it"
        )
    };
    let asks = match text(at) {
        "who" | "whom" | "why" => true,
        "are" | "is" | "was" | "were" | "do" | "does" | "did" | "will" | "would" | "can" | "could"
        | "has" => subject(at + 1),
        "what" | "when" | "how" => {
            matches!(text(at + 1), "do" | "does" | "did" | "will" | "would") && subject(at + 2)
        }
        _ => false,
    };
    // "how rich are our customers"
    let how = text(at) == "how" && matches!(text(at + 2), "are" | "is" | "was" | "were") && subject(at + 3);
    (asks || how) && !of_range
}

/// The honest no.
pub(super) fn refused(staff: bool) -> Draft {
    let nearest = if staff { "How many orders are there?" } else { "What are the most popular products?" };
    let mut draft = Draft::refused(Refusal {
        code: "outside_data".into(),
        text:
            "As I read it, that asks for nothing that this shop's data holds; it knows orders, products and \
               customers' habits."
                .into(),
        nearest_question: Some(nearest.into()),
    });
    let role = if staff { domain::principal::Role::Analyst } else { domain::principal::Role::Guest };
    draft.suggestions = examples(role);
    draft
}

fn words(message: &str) -> Vec<String> {
    let lower = message.to_lowercase().replace('’', "'");
    let words = lower.split(|c: char| !(c.is_alphanumeric() || c == '\''));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_about_something_else_are_no_searches() {
        for message in [
            "are we in the black yet?",
            "who supplies our avocados",
            "what do people type in the bar",
            "how rich are our customers",
        ] {
            assert!(asks_no_search(message), "{message}");
        }
        for message in [
            "do we have oat milk",
            "avocados",
            "is there any tofu",
            "which teas are organic",
            "what products are called black",
            "are there gluten free noodles",
        ] {
            assert!(!asks_no_search(message), "{message}");
        }
    }
}
