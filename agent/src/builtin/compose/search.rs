//! "Got any vegan cheese?", "milk, eggs and bread", "yogurt but not greek": what the shop has.
//!
//! One search a thing, side by side. Whatever belongs to another family (rankings, recommendations, histories, figures)
//! is left to it.

use std::collections::BTreeSet;

use tools::search_catalog::SearchCatalogArgs;

use super::{Candidate, Question, shopping};
use crate::builtin::{
    intent::Intent,
    lexicon::Cue,
    link_metrics::{ITEMS, PRODUCT},
    wishes::{Wish, Wishes, wishes},
};

/// Products of each thing where several are wanted and nobody says how many.
const OF_SEVERAL: u32 = 4;
/// Things of one message that are looked for; more would be no answer but a list.
const MOST_THINGS: usize = 8;

/// Words of a message that is rather an edit of the question before than one of its own.
const LONGEST_EDIT: usize = 4;

/// Cues of other families.
const ELSEWHERE: &[Cue] = &[
    Cue::NewToMe,
    Cue::Usual,
    Cue::Recommend,
    Cue::Popular,
    Cue::Together,
    Cue::Similar,
    Cue::WillBuy,
    Cue::History,
    Cue::HowOften,
    Cue::HowMany,
    Cue::Compare,
    Cue::Chart,
    Cue::Segment,
    Cue::Profile,
    Cue::Definition,
    Cue::Share,
    Cue::Average,
    Cue::Lowest,
    Cue::Busiest,
    Cue::Quietest,
    Cue::Never,
    Cue::When,
    Cue::Help,
    Cue::Details,
];

/// Reads the message as a search.
pub(crate) fn search(question: &Question<'_>) -> Option<Candidate> {
    let measures = question.measures;
    // "2 percent milk"
    let of_milk = !question.role().is_staff()
        && question.tokens.windows(2).any(|pair| {
            matches!(pair, [number, unit] if number.number.is_some() && matches!(unit.text.as_str(), "percent" | "%"))
        });
    // "Is quinoa part of your range?"
    let of_range = shopping::says_in_a_row(question, &["part", "of", "your"])
        || shopping::says_in_a_row(question, &["part", "of", "the"]) && !question.role().is_staff();
    let counted = measures.how_many
        || measures.share && !of_milk && !of_range
        || measures.share_of.is_some()
        || measures.metrics.iter().any(|metric| {
            // "ten products of the aisle yogurt": the word for the place is no figure.
            let place = matches!(metric.as_str(), "aisles" | "departments");
            metric != ITEMS && !metric.starts_with("products") && !place
        })
        || !question.entities.thresholds.is_empty();
    let of_customers = !question.entities.customers.is_empty()
        || (!question.role().is_staff() && question.has(Cue::CustomerWord))
        || shopping::speaks_of_past_purchases(question);
    let elsewhere = |cue: &Cue| match cue {
        // "EVOO, I mean olive oil"
        Cue::Average => {
            !shopping::says_in_a_row(question, &["i", "mean"])
                && !shopping::says_in_a_row(question, &["not", "mean"])
        }
        // "red wine to go with steak"
        Cue::Together => !pairs_with_purpose(question),
        // "Could you help me find limes?"
        Cue::Help => !question.has(Cue::Search),
        Cue::Share => !of_milk && !of_range,
        // "yogurt with fruit on the bottom"
        Cue::Lowest => !shopping::says_in_a_row(question, &["on", "the", "bottom"]),
        // "greek or regular yogurt"
        // A visitor who looks for something has no usual of it: "a refill of hand soap".
        Cue::Usual => {
            let visitor = question.role() == domain::principal::Role::Guest
                && (question.has(Cue::Search) || shopping::says_in_a_row(question, &["out", "of"]));
            !visitor && super::recommend::says_usual(question)
        }
        // "Where's your basil? And do you have cilantro?"
        Cue::Details => {
            !(shopping::means_kinds(question)
                || question.has(Cue::Search)
                    && shopping::names_kinds_only(question)
                    && shopping::all_product_spans(question).len() > 1)
        }
        _ => true,
    };
    if counted || of_customers || ELSEWHERE.iter().any(|cue| question.has(*cue) && elsewhere(cue)) {
        return None;
    }
    let ranked = measures.direction.is_some()
        || measures.dimensions.iter().any(|dimension| dimension != PRODUCT && !shopping::of_goods(dimension));
    let mut found = wishes(question, &BTreeSet::new());
    // Whatever is not ruled out is no answer to anything, unless it edits an answer.
    let edits = !question.asked.history.is_empty();
    found.things.retain(|wish| {
        edits
            || !wish.text.is_empty()
            || wish.aisle.is_some()
            || wish.department.is_some()
            || !wish.attributes.is_empty()
    });
    if found.things.is_empty() || found.things.len() > MOST_THINGS {
        return None;
    }
    let asked = question.has(Cue::Search)
        || shopping::says(question, &["assortment", "catalogue", "catalog", "carry", "stock", "sortiment"]);
    let plain_thing = found.things.iter().all(|wish| !wish.text.is_empty() || !wish.attributes.is_empty());
    let mut used = shopping::explained(question, &found);
    // Who says "find" may look for anything; else a word that nothing in the shop has is not understood.
    if asked && found.unknown.len() == 1 {
        used.extend(&found.unknown);
    }
    // A few words behind an answer may as well edit it.
    let continues = question.tokens.len() <= LONGEST_EDIT
        && question.asked.history.last().is_some_and(|turn| !turn.plan.is_null())
        && !asked;
    let base = match (question.role().is_staff(), ranked) {
        (false, false) if continues => 0.65,
        (false, false) => 0.91,
        (false, true) if measures.direction.is_none() => 0.91,
        // Staff who ask what the shop has see products, not their number.
        (true, false) if asked && plain_thing => 0.965,
        _ if asked => 0.85,
        _ if question.has(Cue::Show) => 0.7,
        _ => 0.6,
    };
    Some(Candidate::plans(intents(question, &found), used, base))
}

/// "Red wine to go with steak": what stands behind says what for.
pub(crate) fn pairs_with_purpose(question: &Question<'_>) -> bool {
    goes_with_the_rest(question) || goes_with_something(question)
}

/// "Salmon, and cream cheese to go with it": of a list one goes with another.
fn goes_with_the_rest(question: &Question<'_>) -> bool {
    let text = |at: usize| question.tokens.get(at).map_or("", |token| token.text.as_str());
    (2..question.tokens.len()).any(|at| {
        text(at) == "to"
            && matches!(text(at + 1), "go" | "serve" | "eat" | "put" | "have")
            && matches!(text(at + 2), "with" | "on")
            && matches!(text(at + 3), "it" | "them" | "that" | "those" | "these")
            && !matches!(
                text(at - 1),
                "what" | "something" | "anything" | "things" | "products" | "else" | "stuff"
            )
    }) && !question.has(Cue::Which)
        && !question.has(Cue::Recommend)
        && !question.has(Cue::Basket)
}

fn goes_with_something(question: &Question<'_>) -> bool {
    let text = |at: usize| question.tokens.get(at).map_or("", |token| token.text.as_str());
    (1..question.tokens.len()).any(|at| {
        text(at) == "to"
            && matches!(text(at + 1), "go" | "serve" | "eat" | "pair" | "drink")
            && text(at + 2) == "with"
            && !matches!(
                text(at - 1),
                "what" | "something" | "anything" | "need" | "buy" | "me" | "products" | "things"
            )
    }) && shopping::product_ids(question).iter().len() <= 1
        && !question.has(Cue::Which)
        && !question.has(Cue::Recommend)
}

fn intents(question: &Question<'_>, found: &Wishes) -> Vec<Intent> {
    let several = found.things.len() > 1;
    let counts = shopping::counts(question, found);
    let default = several.then_some(OF_SEVERAL);
    let things = found.things.iter().zip(counts);
    things.map(|(wish, count)| Intent::Search(args(wish, count.or(default)))).collect()
}

fn args(wish: &Wish, limit: Option<u32>) -> SearchCatalogArgs {
    SearchCatalogArgs {
        query: wish.text.clone(),
        aisle: wish.aisle.clone(),
        department: wish.department.clone(),
        attributes: shopping::some(&wish.attributes),
        exclude_attributes: shopping::some(&wish.exclude_attributes),
        exclude: shopping::some(&wish.exclude),
        limit,
        ..SearchCatalogArgs::default()
    }
}
