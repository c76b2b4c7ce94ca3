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
    normalise::stem,
    vocabulary::NameKind,
    wishes::{Wish, Wishes, wishes},
};

/// Places listed at most: every aisle of the public catalogue twice over would not fit one answer.
pub(super) const MOST_PLACES: u32 = 50;

/// "Details for product 9387", "which aisle is banana in?", "where do I find X?"
pub(crate) fn product(question: &Question<'_>) -> Option<Candidate> {
    let place = asks_for_place(question)
        && question.measures.direction.is_none()
        && !question.has(Cue::Recommend)
        && !question.has(Cue::Together)
        && !question.has(Cue::Popular);
    // "product 47209, what is it?"
    let numbered = !question.entities.product_ids.is_empty()
        && question.has(Cue::ProductWord)
        && (question.has(Cue::Which) || question.tokens.len() <= 2)
        && question.entities.customers.is_empty()
        && !question.entities.myself
        && !question.has(Cue::Together)
        && !question.has(Cue::Similar)
        && !question.has(Cue::Buy);
    if let Some(facts) = sales_of_one(question) {
        return Some(facts);
    }
    if !(question.has(Cue::Details) || place || numbered)
        || question.measures.how_many
        || shopping::means_kinds(question)
    {
        return None;
    }
    // "Where's your basil? And do you have cilantro?": kinds of things are looked for.
    let kinds = shopping::names_kinds_only(question) && question.entities.product_ids.is_empty();
    let (aisle, department) = question.scope();
    let several = shopping::all_product_spans(question).len() > 1;
    if kinds && several && question.has(Cue::Search) {
        return None;
    }
    let where_is = shopping::says(question, &["where", "wheres", "aisle", "shelf"]);
    let searched = question.has(Cue::Search) && !where_is;
    if kinds && (searched || aisle.is_some() || department.is_some()) && !question.has(Cue::Details) {
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
    // "which aisle do I find X in": the place is asked for, whatever "find" says elsewhere.
    let places = ["aisle", "department", "shelf", "section"];
    let found_where =
        place && question.has(Cue::Which) && shopping::says(question, &places) && !ids.is_empty();
    Some(Candidate::plans(intents, used, if found_where { 0.97 } else { 0.92 }))
}

/// "How often is Banana sold?", "is it popular?", of one product, by a visitor or a shopper: what its page says.
fn sales_of_one(question: &Question<'_>) -> Option<Candidate> {
    let ids = shopping::product_ids(question);
    let [id] = ids.as_slice() else { return None };
    let judged = question.tokens.first().is_some_and(|token| token.text == "is")
        && shopping::says(question, &["popular", "bestseller", "hit", "favourite", "favorite"]);
    let foreign = question.role().is_staff()
        || question.entities.myself
        || question.has(Cue::CustomerWord)
        || question.has(Cue::Together)
        || question.has(Cue::Similar)
        || question.entities.hours.is_some()
        || question.entities.day.is_some()
        || shopping::says(question, &["who", "whom", "people", "others", "with", "my", "i", "we", "us"]);
    // "Almond milk" is not the product "Almonds".
    let compound = question.entities.named.iter().any(|named| {
        named.name.kind == NameKind::Product
            && question.spans.get(named.span + 1).is_some_and(|next| {
                let text = question.words(named.span + 1);
                next.name(NameKind::Aisle).is_some()
                    || next.name(NameKind::Department).is_some()
                    || next.name(NameKind::Product).is_some()
                    || next.links.is_empty() && !text.is_empty()
            })
    });
    if foreign || compound || !(asks_how_often_sold(question) || judged) {
        return None;
    }
    let of = Intent::Product(GetProductArgs { product_id: Some(*id), name: None });
    Some(Candidate::plan(of, (0..question.spans.len()).collect(), 0.97))
}

/// "How often is X bought", "how well does X sell".
pub(super) fn asks_how_often_sold(question: &Question<'_>) -> bool {
    let how = [&["how", "often"][..], &["how", "many", "times"], &["how", "well"]];
    how.iter().any(|row| shopping::says_in_a_row(question, row))
        && shopping::says(
            question,
            &[
                "sold",
                "bought",
                "buy",
                "purchased",
                "reordered",
                "rebought",
                "ordered",
                "sell",
                "sells",
                "selling",
            ],
        )
}

fn asks_for_place(question: &Question<'_>) -> bool {
    // "What products belong to the yogurt aisle?": its products.
    let of_goods = ["which", "what", "list", "show"].iter().any(|asks| {
        ["products", "items", "things", "stuff", "goods"]
            .iter()
            .any(|goods| shopping::says_in_a_row(question, &[asks, goods]))
    });
    if of_goods && !shopping::says(question, &["where", "wheres"]) {
        return false;
    }
    let of_place = question.measures.dimensions.iter().any(|d| d == "aisle" || d == "department")
        || question.has(Cue::AisleWord)
        || question.has(Cue::DepartmentWord)
        || shopping::says(question, &["shelf", "shelves", "aisle", "department", "section"]);
    let where_is = shopping::says(question, &["where", "wheres", "whereabouts"])
        || shopping::says_in_a_row(question, &["part", "of", "the", "store"])
        || shopping::says_in_a_row(question, &["part", "of", "the", "shop"]);
    let which =
        question.has(Cue::Which) || shopping::says(question, &["what", "which", "whats", "name", "called"]);
    let named = !shopping::product_ids(question).is_empty();
    let first = question.tokens.first().map_or("", |token| token.text.as_str());
    let which = which || matches!(first, "aisle" | "department" | "section");
    // "is there a section for asian foods"
    let which =
        which || (question.has(Cue::Search) && shopping::says(question, &["section", "aisle", "department"]));
    (of_place && (which || named)) || where_is || shopping::says(question, &["location", "locate"])
}

/// "What aisles are there in the bakery?", "in what department is the tofu aisle?", "where is the milk?", "how many
/// products are in pets?": aisles or departments with the number of their products.
pub(crate) fn places(question: &Question<'_>) -> Option<Candidate> {
    let measures = question.measures;
    let number_of = shopping::says_in_a_row(question, &["number", "of"])
        || shopping::says_in_a_row(question, &["#", "of"])
        || shopping::says_in_a_row(question, &["how", "many"])
        || shopping::says_in_a_row(question, &["how", "big"])
        || shopping::says_in_a_row(question, &["how", "large"])
        || shopping::says_in_a_row(question, &["how", "wide"])
        || shopping::says_in_a_row(question, &["product", "count"])
        || shopping::says_in_a_row(question, &["item", "count"]);
    let counted = (measures.how_many || number_of)
        && measures.metrics.iter().all(|metric| {
            ["products", "products_bought", "products_sold", "aisles", "departments"]
                .contains(&metric.as_str())
                || metric == link_metrics::ITEMS
        })
        && !shopping::mine(question)
        && !bought(question);
    let listed = (question.has(Cue::Show) || question.has(Cue::Search))
        && shopping::says(question, &["aisles", "departments", "sections"])
        || shopping::says(question, &["aisles", "departments"]) && !question.role().is_staff()
        || (shopping::says(question, &["part", "belong", "belongs", "belonging", "called"])
            && !shopping::says(question, &["products", "items", "things", "stuff", "goods"])
            && shopping::says(question, &["aisle", "department", "departments"]));
    let asks = asks_for_place(question) || counted || listed;
    // A product rather than a kind of things.
    let kinds = shopping::means_kinds(question) || (counted && shopping::names_kinds_only(question));
    let names_one = !kinds && !shopping::product_ids(question).is_empty();
    let customers = !question.entities.customers.is_empty() || question.has(Cue::CustomerWord);
    if !asks
        || customers
        || (question.entities.myself
            && shopping::says(question, &["my", "bought", "buy", "order", "had", "usual"]))
        || measures.direction.is_some()
        || (measures.share && !shopping::says(question, &["part", "belong", "belongs", "belonging"]))
        || bought(question)
        || names_one
        || (question.has(Cue::Recommend) && !(counted && shopping::says(question, &["offer"])))
        || question.has(Cue::Together)
        || question.has(Cue::Popular)
    {
        return None;
    }
    let found = wishes(question, &BTreeSet::new());
    let mut used = shopping::explained(question, &found);
    // "how many products in each of the bakery aisles": the places, each with the number of its products.
    let each =
        counted.then(|| counted_of_each(question, &found)).flatten().filter(|_| !question.role().is_staff());
    if let Some(args) = each {
        used.extend(0..question.spans.len());
        return Some(Candidate::plan(Intent::Search(args), used, 0.96));
    }
    // "how big is your whole catalogue": all of it.
    let sizes = |wish: &Wish| {
        wish.aisle.is_none()
            && wish.department.is_none()
            && wish.attributes.is_empty()
            && wish.text.split(' ').all(|word| SIZES.contains(&word))
    };
    if counted && found.things.iter().all(sizes) && !question.role().is_staff() {
        used.extend(0..question.spans.len());
        return Some(Candidate::plan(Intent::Search(all_places(question)?), used, 0.93));
    }
    let args = if counted { counted_places(&found)? } else { listed_places(question, &found)? };
    // Staff count with the semantic model.
    let base = if question.role().is_staff() && (counted || listed) { 0.8 } else { 0.93 };
    Some(Candidate::plan(Intent::Search(args), used, base))
}

/// Words that say how much of the shop is meant, or ask for it.
const SIZES: &[&str] = &[
    "big",
    "large",
    "wide",
    "huge",
    "whole",
    "entire",
    "full",
    "total",
    "overall",
    "complete",
    "range",
    "selection",
    "assortment",
    "catalogue",
    "catalog",
];

fn bought(question: &Question<'_>) -> bool {
    question.has(Cue::Buy) && !shopping::says(question, &["shop", "sell"])
        || shopping::says(question, &["bought", "sold", "purchased", "purchases", "orders", "ordered"])
}

/// "How many aisles do you have?": all of them, counted.
fn all_places(question: &Question<'_>) -> Option<SearchCatalogArgs> {
    let of = |words: &[&str]| shopping::says(question, words);
    let kind = match () {
        () if of(&["aisle", "aisles"]) => DocumentKind::Aisle,
        () if of(&["department", "departments", "section", "sections"]) => DocumentKind::Department,
        () if of(&["product", "products", "item", "items", "articles", "things"]) => DocumentKind::Product,
        () => return None,
    };
    Some(SearchCatalogArgs { kinds: Some(vec![kind]), count: Some(true), ..SearchCatalogArgs::default() })
}

/// "Number of products in every department", "how many does each aisle of the bakery have?"
fn counted_of_each(question: &Question<'_>, found: &Wishes) -> Option<SearchCatalogArgs> {
    const EACH: &[&str] = &["each", "every", "per", "by", "all"];
    let tokens = question.tokens;
    let of_each = |stem: &str| {
        (0..tokens.len()).any(|at| {
            tokens.get(at).is_some_and(|token| EACH.contains(&token.text.as_str()))
                && tokens.iter().skip(at + 1).take(5).any(|token| token.stem == stem)
        })
    };
    let kind = match () {
        () if of_each("aisle") => DocumentKind::Aisle,
        () if of_each("department") || of_each("section") => DocumentKind::Department,
        () => return None,
    };
    let products = tokens.iter().any(|token| matches!(token.stem.as_str(), "product" | "item" | "article"));
    let department = match found.things.as_slice() {
        [] => None,
        [wish] if wish.aisle.is_none() && wish.attributes.is_empty() => Some(wish.department.clone()?),
        _ => return None,
    };
    let alone = department.is_some() == (kind == DocumentKind::Aisle) || department.is_none();
    (products && alone).then(|| SearchCatalogArgs {
        kinds: Some(vec![kind]),
        department,
        limit: Some(MOST_PLACES),
        ..SearchCatalogArgs::default()
    })
}

/// "How many products does the pets department list?"
fn counted_places(found: &Wishes) -> Option<SearchCatalogArgs> {
    let [wish] = found.things.as_slice() else { return None };
    // "How many kinds of cereal are on the cereal aisle?"
    let of_place = |word: &str| {
        wish.aisle.as_ref().is_some_and(|aisle| aisle.split(' ').any(|of| stem(of) == stem(word)))
    };
    let place_alone = (wish.aisle.is_some() || wish.department.is_some())
        && wish.text.split(' ').all(|word| word.is_empty() || of_place(word))
        && wish.attributes.is_empty()
        && wish.exclude.is_empty()
        && wish.exclude_attributes.is_empty();
    if !place_alone {
        // "How many organic products do you have?"
        return Some(SearchCatalogArgs {
            query: wish.matching().unwrap_or_default(),
            aisle: wish.aisle.clone(),
            department: wish.department.clone(),
            attributes: shopping::some(&wish.attributes),
            exclude_attributes: shopping::some(&wish.exclude_attributes),
            exclude: shopping::some(&wish.exclude),
            count: Some(true),
            ..SearchCatalogArgs::default()
        });
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
    // "Is the aisle spreads part of pantry or of breakfast?": the aisle is asked about.
    let belongs = shopping::says(question, &["part", "belong", "belongs", "belonging"]);
    let aisles: Vec<&Wish> = found.things.iter().filter(|wish| wish.aisle.is_some()).collect();
    let things = match aisles.as_slice() {
        [only] if belongs => vec![(*only).clone()],
        _ => found.things.clone(),
    };
    match things.as_slice() {
        // "what departments do you have"
        [] if (all_of_one_kind || !question.role().is_staff())
            && (plural("aisle") || plural("department")) =>
        {
            let kind = if plural("aisle") { DocumentKind::Aisle } else { DocumentKind::Department };
            Some(SearchCatalogArgs {
                kinds: Some(vec![kind]),
                limit: Some(MOST_PLACES),
                ..SearchCatalogArgs::default()
            })
        }
        [wish] if wish.text.is_empty() && wish.attributes.is_empty() => {
            let of_department = wish.department.is_some() && wish.aisle.is_none();
            // "which sections are in dairy eggs"
            let parts =
                shopping::says(question, &["sections", "shelves", "areas", "categories", "subcategories"]);
            if of_department && parts {
                return Some(SearchCatalogArgs {
                    kinds: Some(vec![DocumentKind::Aisle]),
                    department: wish.department.clone(),
                    limit: Some(MOST_PLACES),
                    ..SearchCatalogArgs::default()
                });
            }
            // "what aisles are in the bakery", "which department is the tofu aisle in", "where is the bakery"
            let kind = if of_department && !plural("aisle") {
                DocumentKind::Department
            } else {
                DocumentKind::Aisle
            };
            let belongs = shopping::says(question, &["part", "belong", "belongs", "belonging", "called"]);
            let asks_up = wish.aisle.is_some()
                && (belongs || shopping::says(question, &["department", "where", "section"]));
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
