//! One product, or the places of the shop: "which aisle is banana in?", "details for product 9387", "what aisles are
//! there in the bakery?", "how many products does the pets department list?"

use std::collections::BTreeSet;

use indexer::DocumentKind;
use tools::{get_product::GetProductArgs, search_catalog::SearchCatalogArgs};

use super::{Candidate, Question, shopping};
use crate::builtin::{
    intent::Intent,
    lexicon::Cue,
    link_metrics,
    vocabulary::NameKind,
    wishes::{Wishes, wishes},
};

/// Places listed at most: every aisle of the public catalogue twice over would not fit one answer.
const MOST_PLACES: u32 = 50;

/// "Details for product 9387", "which aisle is banana in?", "where do I find X?"
pub(crate) fn product(question: &Question<'_>) -> Option<Candidate> {
    let place = asks_for_place(question)
        && question.measures.direction.is_none()
        && !question.has(Cue::Recommend)
        && !question.has(Cue::Together)
        && !question.has(Cue::Popular);
    if !(question.has(Cue::Details) || place) || question.measures.how_many {
        return None;
    }
    let ids = shopping::product_ids(question);
    let found = wishes(question, &shopping::product_spans(question));
    let mut used = shopping::explained(question, &found);
    let intents = match ids.as_slice() {
        [] => {
            let from = question.position(Cue::Details).map_or(0, |at| at + 1);
            let (words, spans) = question.objects(from, question.spans.len());
            let [name] = words.as_slice() else { return None };
            let of_somebody = question.entities.myself || question.entities.the_customer;
            if !question.entities.customers.is_empty() || of_somebody {
                return None;
            }
            // "where is the bakery", "which aisle is milk in": a place or a kind of thing, not one product.
            let is_place = question.entities.named.iter().any(|named| spans.contains(&named.span));
            if is_place || !question.has(Cue::Details) {
                return None;
            }
            used.extend(spans);
            vec![Intent::Product(GetProductArgs { product_id: None, name: Some(name.clone()) })]
        }
        ids => {
            let of = |id: &u32| Intent::Product(GetProductArgs { product_id: Some(*id), name: None });
            ids.iter().take(8).map(of).collect()
        }
    };
    Some(Candidate::plans(intents, used, 0.92))
}

fn asks_for_place(question: &Question<'_>) -> bool {
    let of_place = question.measures.dimensions.iter().any(|d| d == "aisle" || d == "department")
        || question.has(Cue::AisleWord)
        || question.has(Cue::DepartmentWord)
        || shopping::says(question, &["shelf", "shelves", "aisle", "department", "section"]);
    let where_is = shopping::says(question, &["where"]);
    let which = question.has(Cue::Which) || shopping::says(question, &["what", "which", "whats"]);
    let named = !shopping::product_ids(question).is_empty();
    (of_place && (which || named)) || where_is || shopping::says(question, &["location", "locate"])
}

/// "What aisles are there in the bakery?", "in what department is the tofu aisle?", "where is the milk?", "how many
/// products are in pets?": aisles or departments with the number of their products.
pub(crate) fn places(question: &Question<'_>) -> Option<Candidate> {
    let measures = question.measures;
    let counted = measures.how_many
        && measures.metrics.iter().all(|metric| {
            ["products", "aisles", "departments"].contains(&metric.as_str()) || metric == link_metrics::ITEMS
        })
        && !question.entities.myself
        && !bought(question);
    let listed = (question.has(Cue::Show) || question.has(Cue::Search))
        && shopping::says(question, &["aisles", "departments", "sections"]);
    let asks = asks_for_place(question) || counted || listed;
    let customers = !question.entities.customers.is_empty() || question.has(Cue::CustomerWord);
    if !asks
        || customers
        || question.entities.myself
        || measures.direction.is_some()
        || measures.share
        || bought(question)
        || !shopping::product_ids(question).is_empty()
        || question.has(Cue::Recommend)
        || question.has(Cue::Together)
        || question.has(Cue::Popular)
    {
        return None;
    }
    let found = wishes(question, &BTreeSet::new());
    let used = shopping::explained(question, &found);
    let args = if counted { counted_places(question, &found)? } else { listed_places(question, &found)? };
    // Staff count with the semantic model.
    let base = if counted && question.role().is_staff() { 0.8 } else { 0.915 };
    Some(Candidate::plan(Intent::Search(args), used, base))
}

fn bought(question: &Question<'_>) -> bool {
    question.has(Cue::Buy) && !shopping::says(question, &["shop", "sell"])
        || shopping::says(question, &["bought", "sold", "purchased", "purchases", "orders", "ordered"])
}

/// "How many products does the pets department list?"
fn counted_places(question: &Question<'_>, found: &Wishes) -> Option<SearchCatalogArgs> {
    let [wish] = found.things.as_slice() else { return None };
    if !wish.text.is_empty() || !wish.attributes.is_empty() || question.entities.named.is_empty() {
        return None;
    }
    let kind = if wish.aisle.is_some() { DocumentKind::Aisle } else { DocumentKind::Department };
    Some(SearchCatalogArgs {
        kinds: Some(vec![kind]),
        aisle: wish.aisle.clone(),
        department: wish.department.clone(),
        ..SearchCatalogArgs::default()
    })
}

fn listed_places(question: &Question<'_>, found: &Wishes) -> Option<SearchCatalogArgs> {
    let plural = |one: &str| {
        question.tokens.iter().any(|token| token.stem == one && token.text != one)
            || question.measures.dimensions.iter().any(|dimension| dimension == one)
    };
    let named = |kind| question.entities.of_kind(kind).next().is_some();
    let all_of_one_kind = question.has(Cue::Which) || question.has(Cue::Show) || question.has(Cue::Search);
    match found.things.as_slice() {
        // "what departments do you have"
        [] if all_of_one_kind && (plural("aisle") || plural("department")) => {
            let kind = if plural("aisle") { DocumentKind::Aisle } else { DocumentKind::Department };
            Some(SearchCatalogArgs {
                kinds: Some(vec![kind]),
                limit: Some(MOST_PLACES),
                ..SearchCatalogArgs::default()
            })
        }
        [wish] if wish.text.is_empty() && wish.attributes.is_empty() => {
            let of_department = wish.department.is_some() && wish.aisle.is_none();
            // "what aisles are in the bakery", "which department is the tofu aisle in", "where is the bakery"
            let kind = if of_department && !plural("aisle") {
                DocumentKind::Department
            } else {
                DocumentKind::Aisle
            };
            let asks_up =
                wish.aisle.is_some() && shopping::says(question, &["department", "where", "section"]);
            let asks_down = of_department && plural("aisle");
            let where_is = shopping::says(question, &["where"]);
            let which_aisle = wish.aisle.is_some()
                && shopping::says(question, &["which", "what", "where"])
                && !named(NameKind::Product)
                && question.tokens.last().is_some_and(|token| token.text == "in" || token.text == "located");
            (asks_up || asks_down || where_is || which_aisle).then(|| SearchCatalogArgs {
                kinds: Some(vec![kind]),
                aisle: wish.aisle.clone(),
                department: wish.department.clone(),
                limit: Some(MOST_PLACES),
                ..SearchCatalogArgs::default()
            })
        }
        _ => None,
    }
}
