//! "What goes well with banana?", "alternatives to oat milk", "what goes with my basket?"

use std::collections::BTreeSet;

use tools::related_products::{PairOrder, RelatedProductsArgs, Relation};

use super::{Candidate, Question, follow_up, shopping};
use crate::builtin::{
    intent::Intent,
    lexicon::Cue,
    normalise::stem,
    vocabulary::NameKind,
    wishes::{Wish, wishes},
};

/// Reads the message as a question for related products.
pub(crate) fn related(question: &Question<'_>) -> Option<Candidate> {
    let pairs = pairing(question);
    let replaces = replacing(question);
    let to_basket = basket_wish(question);
    if super::search::pairs_with_purpose(question) && !to_basket {
        return None;
    }
    let cue = question
        .position(Cue::Together)
        .or_else(|| question.position(Cue::Similar))
        .or_else(|| also_bought(question))
        .or_else(|| instead_of(question))
        .or(pairs)
        .or(replaces)
        .or_else(|| question.position(Cue::Basket).filter(|_| to_basket))?;
    let substitute = (question.has(Cue::Similar) || instead_of(question).is_some() || replaces.is_some())
        && !(to_basket && pairs.is_some());
    let relation = if question.has(Cue::Together) || !substitute {
        Relation::BoughtTogether
    } else {
        Relation::Substitute
    };
    let mut ids = shopping::product_ids(question);
    // "I do not like limes any longer, what could I have in their stead?"
    if ids.is_empty() && replaces.is_some() {
        let named = question.entities.named.iter().filter(|named| named.name.kind == NameKind::Product);
        ids.extend(named.map(|named| named.name.id));
    }
    if question.has(Cue::CustomerWord) && relation == Relation::Substitute && ids.is_empty() {
        return None;
    }
    let counts = question.measures.how_many && pairs.is_none();
    // Staff who ask for a share or a mean of baskets want a figure.
    let staff = question.role().is_staff();
    let part = ["share", "percentage", "percent", "proportion", "fraction", "%"];
    let share = question.measures.share || staff && shopping::says(question, &part);
    if counts || (share || question.has(Cue::Average)) && (staff || !to_basket) {
        return None;
    }
    let relation = if to_basket { Relation::BoughtTogether } else { relation };
    let mut args = RelatedProductsArgs { relation, ..RelatedProductsArgs::default() };
    if relation == Relation::BoughtTogether {
        args.order = order(question);
    }
    // "What do others put in their basket along with hummus": no basket of the asker.
    let in_their_baskets = shopping::of_everybody(question) && !shopping::mine(question);
    // The products that it starts from are no wishes; what is wanted of the others is.
    let mut taken = shopping::product_spans(question);
    taken.extend(product_numbers(question));
    taken.extend(shopping::customer_spans(question));
    let found;
    if (ids.is_empty() || to_basket && !question.asked.basket.is_empty())
        && (question.has(Cue::Basket) && !in_their_baskets || to_basket)
    {
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
    // Of several words of a story only a place says where it should stand.
    let places = |wish: &&Wish| wish.text.is_empty() && (wish.aisle.is_some() || wish.department.is_some());
    let wish = match found.things.as_slice() {
        [wish] => Some(wish),
        things => things.iter().find(places),
    };
    if let Some(wish) = wish
        && (before(question, wish, cue)
            || (wish.text.is_empty() && (wish.aisle.is_some() || wish.department.is_some()))
            || (wish.matching().is_none() && !wish.attributes.is_empty()))
    {
        narrow(&mut args, wish);
    }
    args.limit = last_count(question, &taken)
        .or(found.things.first().and_then(|wish| wish.limit))
        .or(found.count)
        .or(question.entities.limit)
        .or_else(|| a_single_one(question))
        .or_else(|| match args.product_ids.as_deref() {
            Some([id]) => follow_up::pair_length(question, i64::from(*id)),
            _ => None,
        });
    let mut used = shopping::explained(question, &found);
    let offered = pairs.is_some() && !bought_together(question) && args.product_ids.is_some();
    let base = if offered && args.order.is_none() {
        used.extend(0..question.spans.len());
        // Above the figures of pairs, which nobody asked for.
        0.975
    } else if to_basket || (pairs.is_some() && args.product_ids.is_some()) {
        // Whatever else is said of the basket says how, not what.
        used.extend(0..question.spans.len());
        0.965
    } else if in_its_stead(question) && args.product_ids.is_some() {
        used.extend(0..question.spans.len());
        0.975
    } else {
        0.93
    };
    Some(Candidate::plan(Intent::Related(args), used, base))
}

/// "The single product most often bought with it", "its most common companion": one is asked for.
fn a_single_one(question: &Question<'_>) -> Option<u32> {
    const ONE: &[&str] =
        &["product", "item", "companion", "partner", "thing", "match", "addition", "complement"];
    if shopping::says_in_a_row(question, &["exactly", "one"])
        || shopping::says_in_a_row(question, &["just", "one"])
    {
        return Some(1);
    }
    const MOST: &[&str] = &["most", "single", "best", "strongest", "top", "commonest", "number"];
    let text = |at: usize| question.tokens.get(at).map_or("", |token| token.text.as_str());
    let one = |at: usize| {
        ONE.contains(&text(at)) && (at.saturating_sub(3)..at).any(|before| MOST.contains(&text(before)))
    };
    (0..question.tokens.len()).any(one).then_some(1)
}

/// Words for what belongs to something else, beside "goes with".
const PAIRING: &[&str] = &[
    "fit",
    "fits",
    "fitting",
    "match",
    "matches",
    "matching",
    "suit",
    "suits",
    "complement",
    "complements",
    "companion",
    "companions",
    "pair",
    "pairs",
    "pairing",
    "accompany",
    "accompanies",
    "alongside",
    "addon",
    "addons",
    "add-on",
    "add-ons",
    "complete",
    "completes",
    "crosssell",
    "partner",
    "partners",
    "combo",
    "combos",
    "combination",
    "combinations",
    "accompaniment",
    "accompaniments",
];

/// "bought with", "same basket": what was bought rather than what to offer.
fn bought_together(question: &Question<'_>) -> bool {
    shopping::says(
        question,
        &[
            "bought",
            "buy",
            "orders",
            "order",
            "baskets",
            "together",
            "share",
            "lift",
            "support",
            "confidence",
            "often",
            "rank",
        ],
    )
}

/// The span of a word that asks for what belongs to a product that is named whole, or to the basket.
fn pairing(question: &Question<'_>) -> Option<usize> {
    if shopping::product_ids(question).is_empty() && !holds_basket(question) {
        return None;
    }
    let text = |at: usize| question.tokens.get(at).map_or("", |token| token.text.as_str());
    let last = question.tokens.len().saturating_sub(1);
    // "what do you eat banana with"
    let eaten = ["eat", "have", "serve", "drink", "use", "combine", "pair", "go", "goes", "buy", "mix"];
    if text(last) == "with" && shopping::says(question, &eaten) {
        return span_at(question, last);
    }
    let at = (0..question.tokens.len()).find(|at| {
        let at = *at;
        let (this, next) = (text(at), text(at + 1));
        PAIRING.contains(&this)
            || matches!(
                (this, next),
                ("bought", "along" | "with" | "together" | "alongside")
                    | (
                        "buy" | "get" | "eat" | "serve" | "have" | "drink" | "use" | "take" | "order" | "grab" | "enjoy"
                            | "goes" | "go" | "work" | "works" | "combine",
                        "with" | "alongside" | "beside"
                    )
                    | ("go" | "goes" | "fit" | "works" | "work", "along" | "well" | "nicely" | "great")
                    | ("add", "on" | "ons")
                    | ("next", "to")
                    | ("in", "addition")
                    | ("besides", "it" | "them" | "that")
                    | ("common" | "shared" | "joint", "orders")
            )
            // "people who buy limes, what they buy more?", "products that share the most orders with it"
            || matches!(this, "buy" | "take" | "get")
                && next == "more"
                && shopping::of_everybody(question)
                && !matches!(text(at + 2), "of" | "than")
            // "What do folks usually throw in with strawberries?"
            || this == "with"
                && at > 0
                && matches!(text(at - 1), "in" | "along" | "together" | "throw" | "put" | "add" | "toss" | "up")
                && shopping::of_everybody(question)
                && shopping::product_spans(question)
                    .into_iter()
                    .filter_map(|span| question.spans.get(span))
                    .any(|span| span.start == at + 1)
            || matches!(this, "share" | "shares" | "sharing")
                && (at + 1..at + 5).any(|at| matches!(text(at), "orders" | "baskets" | "order" | "basket"))
                && (at + 2..at + 7).any(|at| text(at) == "with")
            // "banana and what else?"
            || (this == "what"
                && next == "else"
                && (!question.entities.myself
                    || shopping::says(question, &["if", "when", "with", "already", "got", "have", "bought"])))
            || (this == "take" || this == "buy" || this == "get")
                && shopping::says(question, &["else"])
                && shopping::says(
                    question,
                    &["buyers", "those", "people", "others", "shoppers", "fans", "customers"],
                )
    })?;
    span_at(question, at)
}

/// "in place of", "not for me any more", "what is like".
fn replacing(question: &Question<'_>) -> Option<usize> {
    if shopping::all_product_spans(question).is_empty() && question.entities.product_ids.is_empty() {
        return None;
    }
    let rows: [&[&str]; 36] = [
        &["closest", "thing"],
        &["nearest", "thing"],
        &["in", "its", "stead"],
        &["in", "their", "stead"],
        &["same", "kind", "as"],
        &["of", "the", "same", "kind"],
        &["of", "the", "same", "sort"],
        &["same", "sort", "as"],
        &["same", "type", "as"],
        &["same", "family", "as"],
        &["in", "its", "place"],
        &["in", "their", "place"],
        &["take", "its", "place"],
        &["option", "for"],
        &["options", "for"],
        &["another", "option"],
        &["closest", "to"],
        &["nearest", "to"],
        &["near", "to"],
        &["what", "resembles"],
        &["that", "resembles"],
        &["which", "resembles"],
        &["that", "resemble"],
        &["reminds", "me", "of"],
        &["in", "place", "of"],
        &["in", "lieu", "of"],
        &["stand", "in", "for"],
        &["of", "that", "kind"],
        &["of", "this", "kind"],
        &["what", "is", "like"],
        &["something", "like"],
        &["anything", "like"],
        &["products", "like"],
        &["close", "to"],
        &["comparable", "to"],
        &["not", "for", "me"],
    ];
    let texts: Vec<&str> = question.tokens.iter().map(|token| token.text.as_str()).collect();
    let at = rows
        .iter()
        .find_map(|row| texts.windows(row.len()).position(|window| window == *row))
        .or_else(|| like_named(question))?;
    span_at(question, at)
}

/// "What could I have in its stead?": whatever is said before of the product.
fn in_its_stead(question: &Question<'_>) -> bool {
    ["its", "their"].iter().any(|whose| {
        ["stead", "place"].iter().any(|word| shopping::says_in_a_row(question, &["in", whose, word]))
    })
}

/// "something that is a bit like banana": the word before a product that is named whole, where no one is asked what they
/// like.
fn like_named(question: &Question<'_>) -> Option<usize> {
    const ALIKE: &[&str] = &[
        "something",
        "anything",
        "products",
        "product",
        "items",
        "things",
        "thing",
        "that",
        "is",
        "are",
        "more",
        "bit",
        "lot",
        "much",
        "stuff",
    ];
    let starts: Vec<usize> = shopping::product_spans(question)
        .into_iter()
        .filter_map(|span| question.spans.get(span))
        .map(|span| span.start)
        .collect();
    let text = |at: usize| question.tokens.get(at).map_or("", |token| token.text.as_str());
    (1..question.tokens.len())
        .find(|at| text(*at) == "like" && starts.contains(&(at + 1)) && ALIKE.contains(&text(at - 1)))
}

fn span_at(question: &Question<'_>, token: usize) -> Option<usize> {
    question.spans.iter().position(|span| span.start <= token && token < span.end)
}

/// Whether the visitor's basket, or one that the message tells the contents of, is spoken of.
fn holds_basket(question: &Question<'_>) -> bool {
    let said = question.has(Cue::Basket)
        || shopping::says(question, &["basket", "cart", "trolley", "bag", "baskets"]);
    let told = question.role().is_staff() && !shopping::product_ids(question).is_empty();
    // "What else should go in?" of somebody with something in the basket.
    let implied = !question.asked.basket.is_empty()
        && question.asked.history.is_empty()
        && (shopping::says_in_a_row(question, &["what", "else"])
            || shopping::says(question, &["missing"])
            || shopping::of_everybody(question)
                && shopping::says(question, &["these", "this", "them", "those"]))
        && shopping::all_product_spans(question).is_empty();
    implied || said && (!question.asked.basket.is_empty() || told)
}

/// "complete my cart", "what suits my basket": what should be added to it.
fn basket_wish(question: &Question<'_>) -> bool {
    let adds = shopping::says(
        question,
        &[
            "add",
            "adds",
            "missing",
            "go",
            "goes",
            "along",
            "else",
            "suggest",
            "suggestions",
            "recommend",
            "extra",
            "extras",
            "round",
            "more",
            "forgot",
            "forgetting",
            "with",
            "offer",
            "bought",
            "finish",
            "ideas",
            "supplement",
            "needs",
            "need",
            "put",
            "complete",
        ],
    ) || pairing(question).is_some();
    // "What do people typically add to them?" is no habit of the visitor's.
    let habit = !shopping::of_everybody(question)
        && shopping::says(question, &["normally", "usually", "generally", "typically"]);
    let last = shopping::says(question, &["last"])
        && !shopping::says_in_a_row(question, &["last", "thing"])
        && !shopping::says_in_a_row(question, &["last", "item"]);
    let past = habit
        || last
        || shopping::says(
            question,
            &["history", "order", "orders", "biggest", "average", "mean", "often", "median"],
        )
        || question.measures.how_many
        || question.has(Cue::Usual) && !shopping::of_everybody(question)
        || shopping::says_in_a_row(question, &["into", "my"]);
    let to_me = question.has(Cue::Recommend)
        && !shopping::says(question, PAIRING)
        && question.role().is_staff()
        && question.asked.basket.is_empty()
        && shopping::product_ids(question).is_empty();
    holds_basket(question) && adds && !past && !to_me
}

/// The last number of the message that counts: "a few items in my cart, which 5 products …".
fn last_count(question: &Question<'_>, taken: &BTreeSet<usize>) -> Option<u32> {
    let mut counts = question.tokens.iter().enumerate().filter(|(at, token)| {
        let span = span_at(question, *at);
        token.number.is_some_and(|value| value.fract() == 0.0 && (1.0..=50.0).contains(&value))
            && token.text != "one"
            && span.is_none_or(|span| !taken.contains(&span))
            && span.and_then(|span| question.spans.get(span)).is_some_and(|span| span.end - span.start == 1)
    });
    counts.next_back().and_then(|(_, token)| token.number).map(|value| value as u32)
}

/// "which vegetables go with banana": the wish stands before the cue.
fn before(question: &Question<'_>, wish: &Wish, cue: usize) -> bool {
    let first = wish.label.split(' ').next().unwrap_or_default();
    let place = wish.aisle.is_some() || wish.department.is_some() || !wish.attributes.is_empty();
    let position = question.tokens.iter().position(|token| token.text == first);
    let cue_token = question.spans.get(cue).map_or(usize::MAX, |span| span.start);
    // "which cheeses go with banana": a kind is as good as a place where it stands before.
    let last = wish.text.split(' ').next_back().map(stem).unwrap_or_default();
    let kind = !question.vocabulary.names(&last).is_empty();
    (place && position.is_none())
        || ((place || kind) && position.is_some_and(|position| position < cue_token))
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
        || shopping::says(question, &["commonest", "frequency"])
        || (shopping::says(question, &["number", "count"])
            && shopping::says(question, &["orders", "baskets", "times"]))
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
