//! Answers about products: found, described, recommended, related, popular.

use domain::answer::Refusal;
use indexer::DocumentKind;
use minijinja::context;
use tools::{
    popular_products::PopularProductsArgs,
    recommend::{RecommendArgs, RecommendMode},
    related_products::{RelatedProductsArgs, Relation},
    search_catalog::SearchCatalogArgs,
};

use super::Told;
use crate::{bound_text::BoundTextError, draft::Draft};

/// Composes the answer of `search_catalog`: products, or the aisles and departments asked for.
pub(crate) fn search(told: &Told<'_>, args: &SearchCatalogArgs) -> Result<Draft, BoundTextError> {
    let counted = args.count == Some(true);
    if !counted && args.kinds.as_ref().is_some_and(|kinds| !kinds.contains(&DocumentKind::Product)) {
        return places(told, args);
    }
    let restricted = told.output.notes.iter().any(|note| note.code == "age_restricted");
    if restricted && told.output.table.rows.is_empty() {
        return Ok(Draft::refused(Refusal {
            code: "not_allowed".into(),
            text: "Those products are shown to signed-in customers only.".into(),
            nearest_question: Some("What are the most popular products?".into()),
        }));
    }
    let wanted = asked_words(told, &args.query);
    let place = args.aisle.as_ref().or(args.department.as_ref());
    let asks_place = place.is_none() && asks_where(told.input.message);
    let context =
        context! { listed => told.listed(), more => told.has_more(), wanted, place, counted, asks_place };
    let mut draft = told.render("answers/search.j2", context)?;
    draft.blocks.extend(told.products_block());
    if let Some(first) = told.output.products.first() {
        draft.suggestions.push(format!("What goes well with {}?", first.product_name));
    } else {
        draft.suggestions.push("What are the most popular products?".to_owned());
    }
    Ok(draft)
}

/// "Which aisle is hummus in?", "where do I find coconut milk?"
fn asks_where(message: &str) -> bool {
    let message = message.to_lowercase();
    let mut words = message.split(|c: char| !c.is_alphanumeric());
    words.any(|word| matches!(word, "where" | "wheres" | "whereabouts" | "aisle" | "department" | "section"))
}

/// Aisles or departments with the number of their products.
fn places(told: &Told<'_>, args: &SearchCatalogArgs) -> Result<Draft, BoundTextError> {
    let aisles = args.kinds.as_ref().is_some_and(|kinds| kinds.contains(&DocumentKind::Aisle));
    let context = context! { listed => told.listed(), more => told.has_more(), aisles };
    let mut draft = told.render("answers/places.j2", context)?;
    if told.output.table.rows.len() > 1 {
        draft.blocks.push(told.table_block());
    }
    if let Some(place) = args.department.as_ref().or(args.aisle.as_ref()) {
        draft.suggestions.push(format!("What are the most popular products in {place}?"));
    }
    Ok(draft)
}

/// Words that were looked for, where they stand in the question as they are: a correction is told in a note.
fn asked_words<'a>(told: &Told<'_>, words: &'a str) -> Option<&'a str> {
    let message = told.input.message.to_lowercase();
    let stands = message.match_indices(words).any(|(at, _)| {
        let before = message.get(..at).and_then(|text| text.chars().next_back());
        let behind = message.get(at + words.len()..).and_then(|text| text.chars().next());
        !before.is_some_and(char::is_alphanumeric) && !behind.is_some_and(char::is_alphanumeric)
    });
    (stands && !words.is_empty()).then_some(words)
}

/// Composes the answer of `get_product`.
pub(crate) fn product(told: &Told<'_>) -> Result<Draft, BoundTextError> {
    let mut draft = told.render("answers/product.j2", context! {})?;
    draft.blocks.extend(told.products_block());
    if let Some(first) = told.output.products.first() {
        draft.suggestions.push(format!("What goes well with {}?", first.product_name));
    }
    Ok(draft)
}

/// Composes the answer of `recommend`.
pub(crate) fn recommend(told: &Told<'_>, args: &RecommendArgs) -> Result<Draft, BoundTextError> {
    let own = told.input.principal.user_id().map(|id| id.0);
    let about_other = args.user_id.is_some() && args.user_id != own;
    let for_whom = match args.mode {
        Some(RecommendMode::Segment) => "For that segment",
        _ if about_other => "For that customer",
        _ if own.is_some() => "For you",
        _ => "Popular with everybody",
    };
    let mode = match args.mode {
        Some(RecommendMode::Repeat) => "repeat",
        Some(RecommendMode::Discover) => "discover",
        _ => "any",
    };
    let context = context! { for_whom, mode, listed => told.listed() };
    let mut draft = told.render("answers/recommend.j2", context)?;
    draft.blocks.extend(told.products_block());
    if args.mode.is_none() && (own.is_some() || about_other) {
        draft.suggestions.push("Only something new".to_owned());
    }
    Ok(draft)
}

/// Composes the answer of `related_products`.
pub(crate) fn related(told: &Told<'_>, args: &RelatedProductsArgs) -> Result<Draft, BoundTextError> {
    let together = args.relation == Relation::BoughtTogether;
    let instead = args.relation == Relation::Substitute;
    let context = context! { together, instead, listed => told.listed(), more => told.has_more() };
    let mut draft = told.render("answers/related.j2", context)?;
    draft.blocks.extend(told.products_block());
    if together && !told.output.table.rows.is_empty() {
        draft.blocks.push(told.table_block());
    }
    Ok(draft)
}

/// Composes the answer of `popular_products`.
pub(crate) fn popular(told: &Told<'_>, args: &PopularProductsArgs) -> Result<Draft, BoundTextError> {
    let place = args.aisle.as_ref().or(args.department.as_ref()).map(|name| format!(" in {name}"));
    let kinds = args.attributes.as_deref().unwrap_or_default().join(", ").replace('_', " ");
    let several = args.to_hour.is_some_and(|to| args.hour.is_some_and(|from| from < to));
    let time = match (args.hour, args.dow) {
        (None, None) => "",
        (Some(_), None) if several => " in those hours",
        (Some(_), None) => " at that hour",
        (None, Some(_)) => " on that day",
        (Some(_), Some(_)) if several => " on that day in those hours",
        (Some(_), Some(_)) => " on that day at that hour",
    };
    let scope = format!("{}{time}", place.unwrap_or_default());
    let context = context! { scope, kinds, listed => told.listed(), more => told.has_more() };
    let mut draft = told.render("answers/popular.j2", context)?;
    draft.blocks.extend(told.products_block());
    Ok(draft)
}

/// Composes the answer of `segment_popularity`.
pub(crate) fn segment_popularity(told: &Told<'_>) -> Result<Draft, BoundTextError> {
    let context = context! { listed => told.listed(), more => told.has_more() };
    let mut draft = told.render("answers/segment_popularity.j2", context)?;
    draft.blocks.extend(told.products_block());
    if !told.output.table.rows.is_empty() {
        draft.blocks.push(told.table_block());
    }
    Ok(draft)
}
