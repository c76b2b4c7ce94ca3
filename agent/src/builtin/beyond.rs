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

/// What visitors may do with goods: "can i get …", "where can i find …".
const WITH_GOODS: &[&str] = &[
    "get",
    "have",
    "buy",
    "order",
    "find",
    "see",
    "use",
    "make",
    "take",
    "eat",
    "drink",
    "try",
    "cook",
    "bake",
    "purchase",
    "serve",
    "pair",
    "replace",
    "substitute",
    "swap",
    "combine",
    "add",
    "give",
    "grab",
    "pick",
    "ask",
    "choose",
    "look",
    "mix",
    "put",
    "snack",
    "want",
    "also",
    "still",
    "maybe",
    "just",
    "please",
    "possibly",
    "nibble",
    "clean",
    "remove",
    "keep",
    "kill",
    "wash",
    "feed",
    "offer",
    "do",
    "expect",
    "go",
    "search",
    "browse",
    "shop",
];
/// What a shop does with goods, and what can be asked of this one: "do you carry …", "could you suggest …".
const OF_A_SHOP: &[&str] = &[
    "have",
    "sell",
    "carry",
    "stock",
    "offer",
    "know",
    "recommend",
    "suggest",
    "think",
    "happen",
    "keep",
    "got",
    "list",
    "still",
    "also",
    "ever",
    "guys",
    "even",
    "really",
    "maybe",
    "mean",
    "see",
    "find",
    "show",
    "tell",
    "give",
    "help",
    "name",
    "get",
    "please",
    "point",
    "look",
    "search",
    "advise",
    "pick",
    "propose",
    "throw",
    "check",
    "remind",
    "direct",
    "guide",
    "do",
    "possibly",
    "perhaps",
    "all",
    "actually",
    "by",
    "selling",
    "stocking",
    "carrying",
    "having",
    "able",
    "sure",
    "put",
    "pull",
    "make",
    "provide",
    "supply",
    "like",
    "usually",
    "currently",
    "people",
    "folks",
    "currently",
    "want",
    "as",
    "any",
    "two",
    "both",
    "lot",
    "out",
    "compare",
    "exclude",
    "leave",
    "skip",
    "assist",
    "order",
    "just",
    "only",
    "me",
    "use",
    "add",
    "go",
    "restock",
    "include",
];
/// What a visitor does with a shop that is none of its goods.
const WITH_THE_SHOP: &[&str] = &[
    "speak",
    "talk",
    "complain",
    "report",
    "return",
    "pay",
    "register",
    "apply",
    "work",
    "cancel",
    "close",
    "exchange",
    "book",
    "unsubscribe",
    "subscribe",
    "reschedule",
    "collect",
];
/// What only shops and people have, and no goods are called by.
const OF_SHOPS: &[&str] = &[
    "job",
    "jobs",
    "career",
    "careers",
    "apprenticeship",
    "apprenticeships",
    "internship",
    "password",
    "login",
    "logout",
    "account",
    "parking",
    "manager",
    "supervisor",
    "receptionist",
];

/// Whether a visitor's message, one clause, asks something that goods are no answer to: about the shop itself, how a thing is
/// done, who does it and when. What it is about is not known; the form tells.
pub(super) fn asks_no_goods(message: &str) -> bool {
    let clause = message.trim().trim_end_matches(|c: char| !c.is_alphanumeric());
    if clause.contains(['.', '?', '!', ';', ':', ',', '(', '\n', '–', '—']) || clause.contains(" - ") {
        return false;
    }
    let words = words(clause);
    let lead = ["so", "and", "hi", "hello", "hey", "ok", "but", "well", "please", "sorry", "um", "yo"];
    let skipped = words.iter().take_while(|word| lead.contains(&word.as_str())).count();
    let words = words.get(skipped..).unwrap_or_default();
    let text = |at: usize| words.get(at).map_or("", String::as_str);
    let visitor = |at: usize| matches!(text(at), "i" | "we");
    let shop =
        |at: usize| matches!(text(at), "you" | "u" | "ya" | "somebody" | "someone" | "anyone" | "anybody");
    let goods = |at: usize| WITH_GOODS.contains(&text(at));
    let of_shop = |at: usize| OF_A_SHOP.contains(&text(at));
    let auxiliary = |at: usize| {
        matches!(
            text(at),
            "do" | "does" | "did" | "can" | "could" | "will" | "would" | "should" | "is" | "are"
        )
    };
    let of_shops = words.iter().any(|word| OF_SHOPS.contains(&word.as_str()))
        && words.iter().any(|word| matches!(word.as_str(), "i" | "my" | "you" | "your" | "a" | "the"));
    let form = match text(0) {
        "who" | "whom" | "why" => auxiliary(1) && !of_shop(2) && !(shop(2) && of_shop(3)),
        "when" => auxiliary(1) && !visitor(2),
        "how" => match text(1) {
            "do" | "does" | "did" | "can" | "could" | "should" => {
                let verb = if visitor(2) || shop(2) { 3 } else { 2 };
                !(visitor(2) && goods(verb) || of_shop(verb))
            }
            "to" | "long" | "big" | "heavy" | "tall" | "far" | "soon" | "late" | "early" => !goods(2),
            _ => false,
        },
        "where" => (auxiliary(1) && visitor(2) && !goods(3)) || text(1) == "my",
        "can" | "could" | "may" | "am" => {
            visitor(1) && !goods(2) || shop(1) && !of_shop(2) || text(1) == "my" && text(0) != "am"
        }
        "do" | "will" | "would" | "did" => {
            shop(1) && !of_shop(2)
                || visitor(1) && matches!(text(2), "need" | "have" | "get") && text(3) == "to"
        }
        "are" => shop(1) && !of_shop(2),
        "is" => {
            text(1) == "there"
                && matches!(text(2), "somewhere" | "someone" | "somebody" | "anybody" | "anyone")
        }
        "i" | "we" => {
            let at = if matches!(text(1), "would" | "d") { 2 } else { 1 };
            matches!(text(at), "want" | "need" | "like")
                && text(at + 1) == "to"
                && WITH_THE_SHOP.contains(&text(at + 2))
        }
        "i'd" | "we'd" => text(1) == "like" && text(2) == "to" && WITH_THE_SHOP.contains(&text(3)),
        "close" | "delete" | "reset" | "change" | "verify" | "activate" | "reactivate" | "confirm" => {
            text(1) == "my"
        }
        _ => false,
    };
    of_shops || form
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
    fn visitors_who_ask_of_the_shop_itself_look_for_no_goods() {
        for message in [
            "can I bring my dog in?",
            "can i bring back an unopened bag of rice",
            "how do you roast a chicken",
            "do you bring it to my door",
            "are you a robot",
            "is there somewhere to park",
            "who do i talk to about a bad experience",
            "i'd like to speak with a manager",
            "can i get a job with you",
            "close my account",
            "when does the milk go off",
            "can somebody drop my groceries off at home",
        ] {
            assert!(asks_no_goods(message), "{message}");
        }
        for message in [
            "can i get some bagels",
            "could you recommend a cheese",
            "do you carry tahini",
            "where can i find yeast",
            "is there any tofu",
            "are there gluten free noodles",
            "how about olives",
            "how can i get rid of ants",
            "do you happen to have oat milk?",
            "can i bother you? i need bagels",
            "who sells more: Hass or Reed",
            "i want to make tacos",
            "i'd like to buy milk",
        ] {
            assert!(!asks_no_goods(message), "{message}");
        }
    }

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
