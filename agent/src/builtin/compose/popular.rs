//! "Your 5 best sellers", "top ten frozen products", "three most bought organic products": what everybody buys.

use std::collections::BTreeSet;

use tools::popular_products::PopularProductsArgs;

use super::{Candidate, Question, product::asks_how_often_sold, shopping};
use crate::builtin::{
    intent::Intent,
    lexicon::Cue,
    link::Link,
    link_metrics::{self, PRODUCT},
    vocabulary::NameKind,
    wishes::{Wish, wishes},
};

/// Reads the message as a question for best sellers.
pub(crate) fn popular(question: &Question<'_>) -> Option<Candidate> {
    let entities = question.entities;
    let most = question.has(Cue::Highest) && !question.has(Cue::Lowest) && only_products(question);
    let everybody = shopping::of_everybody(question);
    // "What do people usually get here", "what is everyone buying".
    let all_buy = everybody
        && (question.has(Cue::Which) || question.has(Cue::Usual) || question.has(Cue::Likes))
        && shopping::says(
            question,
            &[
                "buy",
                "buying",
                "get",
                "getting",
                "order",
                "ordering",
                "like",
                "love",
                "choose",
                "pick",
                "purchase",
                "favourite",
                "favorite",
                "favourites",
                "favorites",
                "prefer",
                "go",
                "put",
                "grab",
                "enjoy",
                "take",
            ],
        )
        && !question.role().is_staff()
        && (!entities.myself || shopping::says(question, &["like"]))
        && shopping::product_ids(question).is_empty()
        && !question.has(Cue::Basket)
        && !shopping::says(question, &["also", "else", "same"]);
    let at_a_time = entities.hours.is_some() || entities.day.is_some();
    let bought_by_all =
        everybody && question.has(Cue::Buy) && (at_a_time || question.scope() != (None, None));
    let hits = shopping::says(
        question,
        &[
            "bestseller",
            "bestsellers",
            "favorites",
            "favourites",
            "winner",
            "hits",
            "crowd",
            "chart",
            "hottest",
            "top",
        ],
    ) || [
        ["number", "one"],
        ["number", "1"],
        ["no", "1"],
        ["hit", "list"],
        ["hit", "of"],
        ["most", "bought"],
        ["sell", "most"],
        ["out", "the"],
        ["#", "1"],
    ]
    .iter()
    .any(|row| shopping::says_in_a_row(question, row));
    let of_everybody = hits
        && !question.has(Cue::Lowest)
        && (!question.role().is_staff() || scope_or_nothing(question))
        && only_products(question);
    // "the best seller of these?": of what was shown.
    let of_shown = ["of", "from", "among"].iter().any(|of| {
        ["these", "those", "them", "em"].iter().any(|those| shopping::says_in_a_row(question, &[of, those]))
    });
    if of_shown && !question.asked.history.is_empty() {
        return None;
    }
    let how_often = is_how_often_sold(question);
    let ranked = how_often || question.has(Cue::Popular) || all_buy || most || bought_by_all || of_everybody;
    let counted = entities.limit.is_some() && question.has(Cue::Show) && !question.has(Cue::Lowest);
    let (aisle, department) = question.scope();
    let scoped = aisle.is_some() || department.is_some();
    if !(ranked || (counted && scoped)) || !(how_often || only_products(question)) {
        return None;
    }
    // "the aisle, I mean": says nothing of whose.
    let speaks =
        shopping::says_in_a_row(question, &["i", "mean"]) && !shopping::says(question, &["my", "me"]);
    let about_me = entities.myself && !everybody && !speaks;
    let foreign = !entities.customers.is_empty() || about_me || !entities.thresholds.is_empty();
    let segment = entities.of_kind(NameKind::Segment).next().is_some();
    if foreign || segment || names_one_product(question) || question.has(Cue::Together) {
        return None;
    }
    let hour = entities.hours.map(|(from, _)| from);
    let to_hour = entities.hours.filter(|(from, to)| from < to).map(|(_, to)| to);
    let taken = if at_a_time { time_spans(question) } else { BTreeSet::new() };
    let found = wishes(question, &taken);
    let mut used = shopping::explained(question, &found);
    used.extend(question.entity_spans());
    // "what is everybody buying these days"
    if shopping::says_in_a_row(question, &["these", "days"]) {
        used.extend((0..question.spans.len()).filter(|at| question.words(*at) == "days"));
    }
    // "Which product sells the most": one.
    let winner = shopping::says(question, &["bestseller", "winner", "champion"])
        || [
            ["number", "one"],
            ["popular", "thing"],
            ["number", "1"],
            ["no", "1"],
            ["best", "seller"],
            ["top", "seller"],
            ["#", "1"],
        ]
        .iter()
        .any(|row| shopping::says_in_a_row(question, row));
    let one = ((question.measures.singular && question.measures.direction.is_some())
        || (asks_for_one(question) && entities.limit.is_none())
        || (winner && entities.limit.is_none()))
    .then_some(1);
    let base = PopularProductsArgs { hour, to_hour, dow: entities.day, ..PopularProductsArgs::default() };
    let things: Vec<&Wish> = found.things.iter().collect();
    if how_often && things.is_empty() {
        return None;
    }
    let intents = match things.as_slice() {
        [] => {
            let limit = found.count.or(entities.limit).or(one);
            vec![Intent::Popular(PopularProductsArgs { limit, ..base })]
        }
        things => {
            let counts = shopping::counts(question, &found);
            let in_name = asks_for_name(question);
            let narrowed = things.iter().zip(counts).map(|(wish, limit)| PopularProductsArgs {
                // "with milk in the name" means the word, not the aisle of that name.
                aisle: wish.aisle.clone().filter(|_| !in_name || !wish.text.is_empty()),
                department: wish.department.clone().filter(|_| !in_name || !wish.text.is_empty()),
                matching: wish.matching().filter(|_| !in_name),
                name_contains: in_name.then(|| wish.label.clone()),
                attributes: shopping::some(&wish.attributes).filter(|_| !in_name),
                exclude_attributes: shopping::some(&wish.exclude_attributes),
                exclude: shopping::some(&wish.exclude),
                limit: limit.or(one),
                ..base.clone()
            });
            narrowed.map(Intent::Popular).collect()
        }
    };
    if how_often {
        used.extend(0..question.spans.len());
    }
    // Staff get the same figure with its SQL from the metric reading.
    let base = if question.role().is_staff() { 0.8 } else { 0.92 };
    Some(Candidate::plans(intents, used, base))
}

/// "How often is almond milk bought", by a visitor or a shopper: the products of the kind, with their purchases.
fn is_how_often_sold(question: &Question<'_>) -> bool {
    let of_somebody = ["i", "my", "me", "we", "who", "customer", "customers", "together", "with"];
    !question.role().is_staff() && asks_how_often_sold(question) && !shopping::says(question, &of_somebody)
}

/// "Which snack do people love most": one, by the number of the noun.
fn asks_for_one(question: &Question<'_>) -> bool {
    let texts: Vec<&str> = question.tokens.iter().map(|token| token.text.as_str()).collect();
    let counted = question.tokens.iter().enumerate().any(|(at, token)| {
        let which = at.checked_sub(1).and_then(|before| texts.get(before)) == Some(&"which");
        which && token.text == token.stem && !token.text.ends_with('s') && token.number.is_none()
    });
    let alone =
        !texts.iter().any(|text| matches!(*text, "products" | "items" | "things" | "of" | "are" | "some"));
    let winner = texts.contains(&"winner");
    winner || counted && alone && question.has(Cue::Highest)
}

/// Staff who speak of nothing but a place.
fn scope_or_nothing(question: &Question<'_>) -> bool {
    question.scope() != (None, None) || question.has(Cue::Popular)
}

/// The spans of hours and days, which are no things and no counts.
fn time_spans(question: &Question<'_>) -> BTreeSet<usize> {
    let of_time = |at: &usize| {
        question.spans.get(*at).is_some_and(|span| {
            let dimension = matches!(span.dimension(), Some(link_metrics::HOUR | link_metrics::DAY));
            let number = span.number().is_some() && span.number() != question.entities.limit.map(f64::from);
            dimension || number || span.links.iter().any(|link| matches!(link, Link::Hours(..)))
        }) || matches!(question.words(*at).as_str(), "am" | "pm" | "o'clock" | "hour" | "day")
    };
    (0..question.spans.len()).filter(of_time).collect()
}

/// "with chocolate in the name", "called …".
fn asks_for_name(question: &Question<'_>) -> bool {
    shopping::says(question, &["name", "names", "named", "called", "title"])
}

/// A product by its whole name is asked about, not ranked. A name of a word or two may as well be a kind of thing.
fn names_one_product(question: &Question<'_>) -> bool {
    let named = question.entities.named.iter().filter(|named| named.name.kind == NameKind::Product);
    let words = |span: usize| question.spans.get(span).map_or(0, |span| span.end - span.start);
    named.into_iter().any(|named| words(named.span) > 2)
}

/// Whether nothing but products, by how much they are bought, is ranked.
fn only_products(question: &Question<'_>) -> bool {
    let measures = question.measures;
    // "products sell" of "which products sell best", "people" of "people's favourite".
    let by_items = measures.metrics.iter().all(|metric| match metric.as_str() {
        link_metrics::ITEMS | "products" | "products_bought" => true,
        "customers" | "orders" => shopping::of_everybody(question) && !question.role().is_staff(),
        _ => false,
    });
    // "of the bread aisle": the word for the place is no dimension to group by.
    let named_place = |dimension: &String| {
        (dimension == "aisle" || dimension == "department") && (question.scope() != (None, None))
    };
    // "what do people buy": everybody, not one row a customer.
    let everybody = |dimension: &String| {
        dimension == link_metrics::CUSTOMER && shopping::says(question, &["people", "everyone", "everybody"])
    };
    let at_a_time = |dimension: &String| {
        (dimension == link_metrics::CUSTOMER && shopping::of_everybody(question))
            || (dimension == link_metrics::HOUR && question.entities.hours.is_some())
            || (dimension == link_metrics::DAY
                && (question.entities.day.is_some() || shopping::says_in_a_row(question, &["these", "days"])))
    };
    let of_products = measures.dimensions.iter().all(|dimension| {
        dimension == PRODUCT
            || named_place(dimension)
            || (shopping::of_goods(dimension) && dimension != "aisle" && dimension != "department")
            || everybody(dimension)
            || at_a_time(dimension)
    });
    by_items
        && of_products
        && !measures.by_orders
        && !measures.how_many
        && !measures.share
        && (measures.share_of.is_none() || !question.role().is_staff())
}
