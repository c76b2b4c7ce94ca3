//! "What goes well with banana?", "alternatives to oat milk", "what goes with my basket?"

use std::collections::BTreeSet;

use tools::related_products::{PairOrder, RelatedProductsArgs, Relation};

use super::{Candidate, Question, shopping};
use crate::builtin::{
    intent::Intent,
    lexicon::Cue,
    wishes::{Wish, wishes},
};

/// Reads the message as a question for related products.
pub(crate) fn related(question: &Question<'_>) -> Option<Candidate> {
    let cue = question
        .position(Cue::Together)
        .or_else(|| question.position(Cue::Similar))
        .or_else(|| also_bought(question))
        .or_else(|| instead_of(question))?;
    let substitute = question.has(Cue::Similar) || instead_of(question).is_some();
    let relation = if question.has(Cue::Together) || !substitute {
        Relation::BoughtTogether
    } else {
        Relation::Substitute
    };
    let ids = shopping::product_ids(question);
    if question.has(Cue::CustomerWord) && relation == Relation::Substitute && ids.is_empty() {
        return None;
    }
    if question.measures.how_many || question.measures.share || question.has(Cue::Average) {
        return None;
    }
    let mut args = RelatedProductsArgs { relation, ..RelatedProductsArgs::default() };
    if relation == Relation::BoughtTogether {
        args.order = order(question);
    }
    // The products that it starts from are no wishes; what is wanted of the others is.
    let mut taken = shopping::product_spans(question);
    taken.extend(product_numbers(question));
    taken.extend(shopping::customer_spans(question));
    let found;
    if ids.is_empty() && question.has(Cue::Basket) {
        if question.asked.basket.is_empty() {
            return None;
        }
        found = wishes(question, &taken);
    } else if ids.is_empty() {
        let start = starting_words(question, cue)?;
        taken.extend(start.1.iter().copied());
        args.names = Some(start.0);
        found = wishes(question, &taken);
    } else {
        args.product_ids = Some(ids);
        found = wishes(question, &taken);
    }
    if let [wish] = found.things.as_slice()
        && before(question, wish, cue)
    {
        narrow(&mut args, wish);
    }
    args.limit = found.things.first().and_then(|wish| wish.limit).or(found.count).or(question.entities.limit);
    let used = shopping::explained(question, &found);
    Some(Candidate::plan(Intent::Related(args), used, 0.92))
}

/// "which vegetables go with banana": the wish stands before the cue.
fn before(question: &Question<'_>, wish: &Wish, cue: usize) -> bool {
    let first = wish.label.split(' ').next().unwrap_or_default();
    let place = wish.aisle.is_some() || wish.department.is_some() || !wish.attributes.is_empty();
    let position = question.tokens.iter().position(|token| token.text == first);
    let cue_token = question.spans.get(cue).map_or(usize::MAX, |span| span.start);
    place && position.is_none_or(|position| position < cue_token)
}

fn narrow(args: &mut RelatedProductsArgs, wish: &Wish) {
    args.aisle.clone_from(&wish.aisle);
    args.department.clone_from(&wish.department);
    args.matching = wish.matching();
    args.attributes = shopping::some(&wish.attributes);
    args.exclude_attributes = shopping::some(&wish.exclude_attributes);
    args.exclude = shopping::some(&wish.exclude);
}

/// "most often" counts orders with both, "strongest" compares with chance.
fn order(question: &Question<'_>) -> Option<PairOrder> {
    if shopping::says(question, &["strongest", "strongly", "lift", "closest"]) {
        Some(PairOrder::Lift)
    } else if shopping::says_in_a_row(question, &["most", "often"])
        || shopping::says_in_a_row(question, &["most", "frequently"])
        || shopping::says_in_a_row(question, &["most", "commonly"])
    {
        Some(PairOrder::Orders)
    } else {
        None
    }
}

/// "people who buy X also buy", "also took".
fn also_bought(question: &Question<'_>) -> Option<usize> {
    let also = question.spans.iter().position(|span| {
        question.tokens.get(span.start).is_some_and(|token| token.text == "also" || token.text == "too")
    })?;
    let others =
        shopping::says(question, &["people", "others", "customers", "shoppers", "everyone", "who", "they"]);
    (others && !question.entities.myself).then_some(also)
}

/// "instead of X", "replace X", "out of X, what else".
fn instead_of(question: &Question<'_>) -> Option<usize> {
    let stands_for = |text: &str| {
        matches!(
            text,
            "instead"
                | "replace"
                | "replaces"
                | "replacement"
                | "substitute"
                | "substitutes"
                | "swap"
                | "sub"
        )
    };
    let at = question.tokens.iter().position(|token| stands_for(&token.text))?;
    // A bare "bakery instead" edits the question before.
    let something = !shopping::product_ids(question).is_empty() || question.tokens.len() > 3;
    let span = question.spans.iter().position(|span| span.start <= at && at < span.end)?;
    something.then_some(span)
}

/// The words behind the cue, else those before it, as names of products, with their spans.
fn starting_words(question: &Question<'_>, cue: usize) -> Option<(Vec<String>, BTreeSet<usize>)> {
    let behind = question.objects(cue + 1, question.spans.len());
    let (names, spans) = if behind.0.is_empty() { question.objects(0, cue) } else { behind };
    (!names.is_empty()).then_some((names, spans))
}

fn product_numbers(question: &Question<'_>) -> BTreeSet<usize> {
    let is_product = |at: &usize| {
        let number = question.spans.get(*at).and_then(|span| span.number());
        number.is_some_and(|number| question.entities.product_ids.iter().any(|id| f64::from(*id) == number))
    };
    (0..question.spans.len()).filter(is_product).collect()
}
