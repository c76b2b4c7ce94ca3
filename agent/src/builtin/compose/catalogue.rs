//! Questions about products: find, describe, what goes together, what is popular, what to buy.

use std::collections::BTreeSet;

use tools::{
    get_product::GetProductArgs,
    popular_products::PopularProductsArgs,
    recommend::{RecommendArgs, RecommendMode},
    related_products::{RelatedProductsArgs, Relation},
    search_catalog::SearchCatalogArgs,
};

use super::{Candidate, Question, Who, which_customer};
use crate::builtin::{intent::Intent, lexicon::Cue, link_metrics, vocabulary::NameKind};

/// "What goes well with banana?", "alternatives to oat milk".
pub(crate) fn related(question: &Question<'_>) -> Option<Candidate> {
    let cue = question.position(Cue::Together).or_else(|| question.position(Cue::Similar))?;
    let relation = if question.has(Cue::Together) { Relation::BoughtTogether } else { Relation::Similar };
    if question.has(Cue::CustomerWord) && relation == Relation::Similar {
        return None;
    }
    let mut used = question.positions(&[
        Cue::Together,
        Cue::Similar,
        Cue::Which,
        Cue::Show,
        Cue::Search,
        Cue::ProductWord,
        Cue::Buy,
        Cue::Highest,
        Cue::Recommend,
        Cue::Contains,
        Cue::Popular,
        Cue::Usual,
        Cue::CustomerWord,
    ]);
    used.extend(question.entity_spans());
    used.extend(product_words(question));
    let mut args =
        RelatedProductsArgs { relation, limit: question.entities.limit, ..RelatedProductsArgs::default() };
    let mut ids: Vec<u32> = question.entities.product_ids.clone();
    let named = question
        .entities
        .named
        .iter()
        .filter(|named| !named.excluded && named.name.kind == NameKind::Product);
    ids.extend(named.map(|named| named.name.id));
    let (behind, spans) = question.objects(cue + 1, question.spans.len());
    let (before, earlier) = question.objects(0, cue);
    // "put in the basket together with X": the words before the cue are no products.
    let whole_products = behind.len() <= ids.len();
    if !ids.is_empty() && whole_products {
        used.extend(spans);
        used.extend(earlier);
        used.extend(question.positions(&[Cue::Basket]));
        args.product_ids = Some(ids);
    } else if question.has(Cue::Basket) {
        if question.asked.basket.is_empty() {
            return None;
        }
        used.extend(question.positions(&[Cue::Basket, Cue::Myself]));
    } else if !behind.is_empty() {
        args.names = Some(behind);
        used.extend(spans);
    } else if !before.is_empty() {
        args.names = Some(before);
        used.extend(earlier);
    } else {
        return None;
    }
    (!question.excludes()).then(|| Candidate::plan(Intent::Related(args), used, 0.9))
}

/// "What should I buy?", "suggest 3 products", "what would you offer customer 42?"
pub(crate) fn recommend(question: &Question<'_>) -> Option<Candidate> {
    let new = question.has(Cue::NewToMe);
    let usual = question.has(Cue::Usual) && (question.entities.myself || question.has(Cue::Recommend));
    let should = question.has(Cue::Buy) && question.tokens.iter().any(|token| token.text == "should");
    if !(question.has(Cue::Recommend) || new || should || (usual && !asks_for_history(question))) {
        return None;
    }
    let mut used = question.positions(&[
        Cue::Recommend,
        Cue::NewToMe,
        Cue::Usual,
        Cue::Show,
        Cue::Which,
        Cue::ProductWord,
        Cue::Buy,
        Cue::CustomerWord,
        Cue::Contains,
        Cue::Search,
        Cue::Only,
        Cue::Popular,
        Cue::Myself,
    ]);
    used.extend(question.entity_spans());
    used.extend(product_words(question));
    let who = match question.who() {
        // A visitor is recommended what is popular, whether they say "I" or not.
        Err(_) if question.entities.customers.is_empty() => Who::Nobody,
        Ok(who) => who,
        Err(refusal) => return Some(Candidate::draft(*refusal, used, 0.95)),
    };
    if question.excludes() {
        return None;
    }
    let (aisle, department) = question.scope();
    let segment = question.entities.of_kind(NameKind::Segment).next().map(|name| name.text.clone());
    let mode = if new {
        Some(RecommendMode::Discover)
    } else if segment.is_some() {
        Some(RecommendMode::Segment)
    } else if usual {
        Some(RecommendMode::Repeat)
    } else {
        None
    };
    let mut args = RecommendArgs {
        mode,
        user_id: question.user_argument(who),
        segment,
        aisle,
        department,
        limit: question.entities.limit,
        ..RecommendArgs::default()
    };
    if args.aisle.is_none() && args.department.is_none() {
        let (words, spans) = wanted(question, &used);
        if words.len() == 1 {
            args.matching = words.into_iter().next();
            used.extend(spans);
        }
    }
    let known =
        question.asked.principal.user_id().is_some() || args.user_id.is_some() || args.segment.is_some();
    if question.role().is_staff() && !known {
        return Some(Candidate::draft(which_customer("What would you recommend to customer 1?"), used, 0.9));
    }
    Some(Candidate::plan(Intent::Recommend(args), used, 0.9))
}

/// "What do I usually buy?" asks what was, "my usual" what to buy.
fn asks_for_history(question: &Question<'_>) -> bool {
    let verb = question.has(Cue::Buy) || question.tokens.iter().any(|t| t.stem == "buy");
    question.has(Cue::Which) && verb && !question.has(Cue::Recommend)
}

/// What is wanted beyond the words that steer: "milk" in "recommend some milk".
fn wanted(question: &Question<'_>, used: &BTreeSet<usize>) -> (Vec<String>, BTreeSet<usize>) {
    let (words, spans) = question.objects(0, question.spans.len());
    let fresh: BTreeSet<usize> = spans.into_iter().filter(|at| !used.contains(at)).collect();
    if fresh.is_empty() { (Vec::new(), fresh) } else { (words, fresh) }
}

/// "products", "items", as words for what is asked for.
fn product_words(question: &Question<'_>) -> BTreeSet<usize> {
    let generic = |at: &usize| {
        question.spans.get(*at).is_some_and(|span| {
            span.dimension() == Some(link_metrics::PRODUCT)
                || link_metrics::names_metric(span, link_metrics::ITEMS)
                || span.is(Cue::ProductWord)
        })
    };
    (0..question.spans.len()).filter(generic).collect()
}

/// "Most popular products in frozen", "show me 6 beverages".
pub(crate) fn popular(question: &Question<'_>) -> Option<Candidate> {
    let entities = question.entities;
    let ranked = question.has(Cue::Popular)
        || (question.has(Cue::Highest) && !question.has(Cue::Lowest) && only_products(question));
    let counted = entities.limit.is_some() && question.has(Cue::Show) && !question.has(Cue::Lowest);
    let (aisle, department) = question.scope();
    let scoped = aisle.is_some() || department.is_some();
    if !(ranked || (counted && scoped)) || !only_products(question) {
        return None;
    }
    let foreign = !entities.customers.is_empty()
        || entities.myself
        || question.excludes()
        || !entities.thresholds.is_empty();
    let segment = entities.of_kind(NameKind::Segment).next().is_some();
    let product = entities.of_kind(NameKind::Product).next().is_some();
    let several =
        entities.of_kind(NameKind::Aisle).count() + entities.of_kind(NameKind::Department).count() > 1;
    if foreign || segment || product || several || (aisle.is_some() && department.is_some()) {
        return None;
    }
    let hour = match entities.hours {
        None => None,
        Some((from, to)) if from == to => Some(from),
        Some(_) => return None,
    };
    let mut used = question.positions(&[
        Cue::Popular,
        Cue::Highest,
        Cue::Show,
        Cue::Which,
        Cue::ProductWord,
        Cue::Buy,
        Cue::Search,
    ]);
    used.extend(question.entity_spans());
    used.extend(&question.measures.used);
    // Staff get the same figure with its SQL from the metric reading.
    let base = if question.role().is_staff() { 0.8 } else { 0.9 };
    let args = PopularProductsArgs { aisle, department, hour, dow: entities.day, limit: entities.limit };
    Some(Candidate::plan(Intent::Popular(args), used, base))
}

/// Whether nothing but products, by how much they are bought, is ranked.
fn only_products(question: &Question<'_>) -> bool {
    let by_items = question.measures.metrics.iter().all(|metric| metric == link_metrics::ITEMS);
    let of_products = question.measures.dimensions.iter().all(|dimension| dimension == link_metrics::PRODUCT);
    by_items
        && of_products
        && !question.measures.by_orders
        && !question.measures.how_many
        && !question.measures.share
        && question.measures.share_of.is_none()
}

/// "Details for product 9387", "which aisle is banana in?"
pub(crate) fn product(question: &Question<'_>) -> Option<Candidate> {
    let place = question.has(Cue::Which)
        && question.measures.metrics.is_empty()
        && question.measures.dimensions.iter().any(|d| d == "aisle" || d == "department")
        && question.measures.direction.is_none();
    if !(question.has(Cue::Details) || place) || question.measures.how_many {
        return None;
    }
    let named: Vec<u32> = question.entities.of_kind(NameKind::Product).map(|name| name.id).collect();
    let ids: Vec<u32> = question.entities.product_ids.iter().copied().chain(named).collect();
    let mut used = question.positions(&[
        Cue::Details,
        Cue::Which,
        Cue::Show,
        Cue::ProductWord,
        Cue::DepartmentWord,
        Cue::AisleWord,
        Cue::Search,
    ]);
    used.extend(question.entity_spans());
    used.extend(product_words(question));
    used.extend(&question.measures.used);
    let args = match ids.as_slice() {
        [id] => GetProductArgs { product_id: Some(*id), name: None },
        [] => {
            let at = question.position(Cue::Details)?;
            let (words, spans) = question.objects(at + 1, question.spans.len());
            let [name] = words.as_slice() else { return None };
            if !question.entities.customers.is_empty() || question.entities.the_customer {
                return None;
            }
            used.extend(spans);
            GetProductArgs { product_id: None, name: Some(name.clone()) }
        }
        _ => return None,
    };
    Some(Candidate::plan(Intent::Product(args), used, 0.88))
}

/// "Find dairy products", "show milk with vitamins", or a bare "oat milk".
pub(crate) fn search(question: &Question<'_>) -> Option<Candidate> {
    let asked = question.has(Cue::Search) || question.has(Cue::Show);
    let (aisle, department) = question.scope();
    let bare = question.spans.iter().all(|span| {
        let steers = span.links.iter().any(|link| matches!(link, crate::builtin::link::Link::Cue(cue) if *cue != Cue::Contains && *cue != Cue::FollowUp && *cue != Cue::Without));
        !steers && span.number().is_none()
    });
    let measured = !question.measures.dimensions.is_empty() && question.measures.direction.is_some();
    let counted =
        question.measures.how_many || question.measures.share || question.measures.share_of.is_some();
    if !(asked || bare) || measured || counted || !question.entities.customers.is_empty() {
        return None;
    }
    let first =
        question.position(Cue::Search).or_else(|| question.position(Cue::Show)).map_or(0, |at| at + 1);
    let text = phrase(question, first)?;
    let attributes = attributes_of(&text);
    // A whole-department question ("find dairy products") filters by it; a longer phrase is left to the search.
    let (_, things) = question.objects(first, question.spans.len());
    let scope_only = !things.is_empty()
        && things.iter().all(|at| {
            let named =
                question.entities.named.iter().any(|n| n.span == *at && n.name.kind != NameKind::Product);
            named || product_words(question).contains(at)
        });
    let mut used: BTreeSet<usize> = (0..question.spans.len()).collect();
    if bare && !asked {
        // Words that no product, aisle or department has are not looked for unless somebody says "find".
        used.retain(|at| {
            question.spans.get(*at).is_some_and(|span| span.is_filler() || known_words(question, *at))
        });
    }
    let args = SearchCatalogArgs {
        query: text,
        aisle: if scope_only { aisle } else { None },
        department: if scope_only { department } else { None },
        attributes: (!attributes.is_empty()).then_some(attributes),
        limit: question.entities.limit,
        ..SearchCatalogArgs::default()
    };
    let base = if question.has(Cue::Search) {
        0.85
    } else if asked {
        0.7
    } else {
        0.6
    };
    Some(Candidate::plan(Intent::Search(args), used, base))
}

fn known_words(question: &Question<'_>, at: usize) -> bool {
    let span = question.spans.get(at);
    let named = span.is_some_and(|span| !span.links.is_empty());
    named || question.words(at).split(' ').all(|word| question.vocabulary.knows(word))
}

/// What is looked for, in the order it was written, without the words that steer.
fn phrase(question: &Question<'_>, from: usize) -> Option<String> {
    let words: Vec<String> = (from..question.spans.len())
        .filter(|at| {
            let Some(span) = question.spans.get(*at) else { return false };
            let joins = matches!(question.words(*at).as_str(), "with" | "without" | "and" | "for");
            let counts = span.number().is_some() && question.entities.used.contains(at);
            let generic = span.is(Cue::ProductWord) || span.dimension() == Some(link_metrics::PRODUCT);
            let steers = span.links.iter().any(|link| matches!(link, crate::builtin::link::Link::Cue(_)));
            let named = span.links.iter().any(|link| matches!(link, crate::builtin::link::Link::Name(_)));
            joins || named || !(counts || generic || steers || span.is_filler())
        })
        .map(|at| question.words(at))
        .collect();
    let text = words.join(" ");
    let trimmed = text.trim_matches(' ').trim_start_matches("for ").trim_start_matches("with ").to_owned();
    (!trimmed.is_empty()).then_some(trimmed)
}

/// Attributes that the words state: "gluten free", "without gluten".
fn attributes_of(text: &str) -> Vec<String> {
    domain::attributes::attributes_of_name(text)
        .into_iter()
        .map(|attribute| attribute.code().to_owned())
        .collect()
}
