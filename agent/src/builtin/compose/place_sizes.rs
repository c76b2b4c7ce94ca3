//! "Which department has the most products?", "the three smallest aisles of the bakery": places by how much the shop lists
//! there, for visitors and shoppers. What is bought there is another matter, and staff count with the semantic model.

use indexer::DocumentKind;
use tools::search_catalog::{BySize, SearchCatalogArgs};

use super::{Candidate, Question, product::MOST_PLACES, shopping, shopping::says};
use crate::builtin::intent::Intent;

const LARGEST: &[&str] =
    &["most", "largest", "biggest", "widest", "broadest", "greatest", "longest", "richest"];
const SMALLEST: &[&str] = &["fewest", "smallest", "least", "narrowest", "tiniest", "lowest"];
/// What a place holds, or how much of it.
const HELD: &[&str] = &[
    "product",
    "products",
    "item",
    "items",
    "article",
    "articles",
    "things",
    "goods",
    "choice",
    "choices",
    "selection",
    "assortment",
    "range",
    "variety",
    "options",
    "kinds",
];
/// Whatever is bought, and by whom.
const BOUGHT: &[&str] = &[
    "bought",
    "buy",
    "buys",
    "sold",
    "sells",
    "sell",
    "selling",
    "purchased",
    "purchases",
    "order",
    "orders",
    "ordered",
    "popular",
    "reordered",
    "customers",
    "shoppers",
    "people",
    "my",
    "i",
];

/// Reads the message as a question for the largest or smallest places.
pub(crate) fn place_sizes(question: &Question<'_>) -> Option<Candidate> {
    let by_size = match (says(question, LARGEST), says(question, SMALLEST)) {
        (true, false) => BySize::Largest,
        (false, true) => BySize::Smallest,
        _ => return None,
    };
    let place = |token: &str| match token {
        "aisle" | "aisles" => Some(DocumentKind::Aisle),
        "department" | "departments" | "section" | "sections" => Some(DocumentKind::Department),
        _ => None,
    };
    // "the largest aisle of the bakery department": the first is ranked.
    let at = question.tokens.iter().position(|token| place(&token.text).is_some())?;
    let noun = question.tokens.get(at)?;
    let kind = place(&noun.text)?;
    // "the biggest aisle" says it alone; "the most" and "the least" count what is named.
    let sized = at.checked_sub(1).and_then(|before| question.tokens.get(before)).is_some_and(|before| {
        let text = before.text.as_str();
        !matches!(text, "most" | "least" | "lowest" | "greatest")
            && (LARGEST.contains(&text) || SMALLEST.contains(&text))
    });
    if question.role().is_staff()
        || !(sized || says(question, HELD))
        || says(question, BOUGHT)
        || !shopping::product_ids(question).is_empty()
        || !question.entities.customers.is_empty()
    {
        return None;
    }
    let one = !noun.text.ends_with('s');
    let limit = question.entities.limit.or(one.then_some(1)).unwrap_or(MOST_PLACES);
    let department = question.scope().1.filter(|_| kind == DocumentKind::Aisle);
    let args = SearchCatalogArgs {
        kinds: Some(vec![kind]),
        department,
        by_size: Some(by_size),
        limit: Some(limit),
        ..SearchCatalogArgs::default()
    };
    let used = (0..question.spans.len()).collect();
    Some(Candidate::plan(Intent::Search(args), used, 0.98))
}
