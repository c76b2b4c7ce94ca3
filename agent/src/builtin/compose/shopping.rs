//! What the families of shopping questions share: who is asked for, how many, and which words belong to whom.

use std::collections::BTreeSet;

use domain::attributes::{Attribute, attributes_of_name};

use super::{Question, Who};
use crate::builtin::{
    lexicon::Cue,
    link::{Link, Span},
    vocabulary::NameKind,
    wishes::{NUMBERED, QUALIFYING, Wishes, sets_out},
};
use crate::draft::Draft;

/// A list, or nothing where it is empty.
pub(crate) fn some(list: &[String]) -> Option<Vec<String>> {
    (!list.is_empty()).then(|| list.to_vec())
}

/// How many of each thing: as said beside it, else the whole count spread over the things.
pub(crate) fn counts(question: &Question<'_>, found: &Wishes) -> Vec<Option<u32>> {
    // "size 3" names a kind.
    let numbered = question.tokens.windows(2).any(|pair| {
        matches!(pair, [word, number] if NUMBERED.contains(&word.text.as_str())
            && number.number == question.entities.limit.map(f64::from))
    });
    // "whatever you have of these three": as many as were named.
    let named = question.entities.limit.and_then(|limit| usize::try_from(limit).ok());
    let of_named = named == Some(found.things.len())
        && found.things.len() > 1
        && says(question, &["these", "those", "all"])
        && !says(question, &["products", "items"]);
    // "my 2-year-old", "a six pack"
    let aged = question.tokens.windows(2).any(|pair| {
        matches!(pair, [number, unit] if matches!(unit.text.as_str(), "year" | "years" | "month" | "months" | "yr" | "yo" | "pack" | "ply" | "gallon" | "gallons" | "oz" | "ounce" | "ounces" | "lb" | "lbs" | "inch" | "ct" | "liter" | "ml" | "watt" | "watts")
            && number.number == question.entities.limit.map(f64::from))
    });
    let limit = question.entities.limit.filter(|_| !numbered && !of_named && !aged);
    let each = says(question, &["each", "apiece"]);
    let things = u32::try_from(found.things.len()).unwrap_or(1).max(1);
    let own = found.things.iter().filter(|wish| wish.limit.is_some()).count();
    let whole = found.count.filter(|_| !of_named).or(if own == 0 { limit } else { None });
    (0..things)
        .zip(&found.things)
        .map(|(at, wish)| {
            // The first things get one more where it does not divide.
            let part = |whole: u32| (whole / things + u32::from(at < whole % things)).max(1);
            let share = whole.map(|whole| if each { whole } else { part(whole) });
            wish.limit.or(share)
        })
        .collect()
}

/// The spans of customers by number, which are no counts.
pub(crate) fn customer_spans(question: &Question<'_>) -> BTreeSet<usize> {
    let mut taken = question.positions(&[Cue::CustomerWord]);
    let numbers: Vec<usize> = (0..question.spans.len())
        .filter(|at| {
            let number = question.spans.get(*at).and_then(|span| span.number());
            number.is_some_and(|number| question.entities.customers.iter().any(|id| f64::from(*id) == number))
        })
        .collect();
    taken.extend(numbers);
    taken
}

/// The spans of products that are named whole.
pub(crate) fn product_spans(question: &Question<'_>) -> BTreeSet<usize> {
    let all = all_product_spans(question);
    let meant: BTreeSet<usize> = all.iter().copied().filter(|at| !is_kind_beside(question, *at)).collect();
    let others = !meant.is_empty() || !question.entities.product_ids.is_empty() || question.has(Cue::Basket);
    if others { meant } else { all }
}

pub(crate) fn all_product_spans(question: &Question<'_>) -> BTreeSet<usize> {
    let named = question.entities.named.iter().filter(|named| named.name.kind == NameKind::Product);
    named.map(|named| named.span).collect()
}

/// Products by number and by whole name, in that order.
pub(crate) fn product_ids(question: &Question<'_>) -> Vec<u32> {
    let named = question.entities.named.iter();
    let spans = product_spans(question);
    let named = named.filter(|named| {
        named.name.kind == NameKind::Product && !named.excluded && spans.contains(&named.span)
    });
    let mut ids = question.entities.product_ids.clone();
    for named in named {
        if !ids.contains(&named.name.id) {
            ids.push(named.name.id);
        }
    }
    ids
}

/// Whether the products named are kinds of things: names of one word, which many products share.
pub(crate) fn names_kinds_only(question: &Question<'_>) -> bool {
    let words = |span: usize| question.spans.get(span).map_or(0, |span| span.end - span.start);
    question.entities.product_ids.is_empty() && product_spans(question).iter().all(|span| words(*span) == 1)
}

/// A product with a smaller part of the purchases of all that have its name in theirs is hardly the one meant: one in so
/// many.
const SELDOM: u64 = 10;

/// Whether a product that is named is next to nothing among those with its words: "Hummus" among all hummus.
fn rarely_meant(question: &Question<'_>, span: &Span) -> bool {
    let words = question.tokens.get(span.start..span.end).unwrap_or_default();
    let all =
        words.iter().map(|word| question.vocabulary.purchases_with(&word.stem)).min().unwrap_or_default();
    let named = span.name(NameKind::Product).map_or(0, |name| question.vocabulary.purchases(name.id));
    named * SELDOM < all
}

/// "Which cheeses go with banana": a kind of thing beside a product that is meant, or beside the basket.
fn is_kind_beside(question: &Question<'_>, at: usize) -> bool {
    const MANY: u32 = 20;
    let Some(span) = question.spans.get(at) else { return false };
    let words = question.tokens.get(span.start..span.end).unwrap_or_default();
    let common = words.iter().all(|word| question.vocabulary.products_with(&word.text) >= MANY);
    words.len() <= 2 && common && rarely_meant(question, span)
}

/// "Which cheeses have I bought", "how many ice creams do you sell": the products named stand for a kind of thing, which
/// many others are called by as well.
pub(crate) fn means_kinds(question: &Question<'_>) -> bool {
    const MANY: u32 = 20;
    const BEFORE: &[&str] =
        &["which", "what", "different", "of", "all", "any", "other", "many", "various", "our", "your"];
    let text =
        |at: Option<usize>| at.and_then(|at| question.tokens.get(at)).map_or("", |token| token.text.as_str());
    let kind = |span: usize| {
        let Some(span) = question.spans.get(span) else { return false };
        let words = question.tokens.get(span.start..span.end).unwrap_or_default();
        let last = words.last();
        let common = words.iter().all(|word| question.vocabulary.products_with(&word.text) >= MANY);
        let several = last.is_some_and(|word| word.text != word.stem || word.stem == "cheese");
        let asked = BEFORE.contains(&text(span.start.checked_sub(1)));
        let of = text(span.start.checked_sub(1)) == "of"
            && !matches!(
                text(span.start.checked_sub(2)),
                "kind" | "kinds" | "sort" | "sorts" | "type" | "types"
            );
        let seldom = rarely_meant(question, span);
        words.len() <= 2 && common && (seldom || asked && !of && several)
    };
    let spans = all_product_spans(question);
    question.entities.product_ids.is_empty() && !spans.is_empty() && spans.into_iter().all(kind)
}

/// Everybody rather than the asker: "what do people buy", "customers' favourite cereal".
pub(crate) fn of_everybody(question: &Question<'_>) -> bool {
    const EVERYBODY: &[&str] = &[
        "everyone",
        "everybody",
        "everyones",
        "people",
        "others",
        "customers",
        "customers'",
        "shoppers",
        "shoppers'",
        "folks",
        "buyers",
        "clients",
        "users",
        "crowd",
    ];
    says(question, EVERYBODY) && question.entities.customers.is_empty()
}

/// Whose question it is: whoever is meant; a visitor or someone who names nobody is nobody.
pub(crate) fn who_or_nobody(question: &Question<'_>) -> Result<Who, Box<Draft>> {
    match question.who() {
        Err(_) if question.entities.customers.is_empty() => Ok(Who::Nobody),
        other => other,
    }
}

/// "did I buy", "have I bought", "my orders": a question about what was.
pub(crate) fn speaks_of_past_purchases(question: &Question<'_>) -> bool {
    let words: Vec<&str> = question.tokens.iter().map(|token| token.text.as_str()).collect();
    let any = |options: &[&str]| words.iter().any(|word| options.contains(word));
    let past = any(&["bought", "purchased", "ordered"])
        || (any(&["did"])
            && any(&[
                "buy", "order", "purchase", "get", "try", "have", "taste", "eat", "drink", "use", "grab",
                "take",
            ]))
        || (any(&["have", "had"]) && any(&["gotten"]))
        || (any(&["been"])
            && any(&["buying", "ordering", "getting", "purchasing", "having", "eating", "drinking"]))
        || tells_habit(question);
    (past && (question.entities.myself || !question.entities.customers.is_empty()))
        || has_had(question)
        || (says(question, &["my"]) && says(question, &["past", "previous", "earlier"]))
}

/// "I had", "I took", "which tea do I normally drink", "things I always get": what the asker did or does.
fn tells_habit(question: &Question<'_>) -> bool {
    const DONE: &[&str] =
        &["had", "tried", "got", "took", "bought", "ordered", "used", "chose", "picked", "ate", "drank"];
    const EVER: &[&str] =
        &["always", "usually", "normally", "mostly", "typically", "generally", "regularly", "keep", "most"];
    if says(question, &["habit"]) && says(question, &["buying", "ordering", "getting"]) {
        return question.asked.principal.user_id().is_some();
    }
    const DOING: &[&str] = &[
        "have",
        "get",
        "buy",
        "drink",
        "eat",
        "use",
        "order",
        "purchase",
        "take",
        "buying",
        "getting",
        "ordering",
        "reorder",
        "rebuy",
        "having",
        "reordered",
    ];
    let texts: Vec<&str> = question.tokens.iter().map(|token| token.text.as_str()).collect();
    let near =
        |from: usize, words: &[&str]| texts.iter().skip(from + 1).take(3).any(|word| words.contains(word));
    let speaks = |at: &usize| matches!(texts.get(*at), Some(&"i" | &"we"));
    let blocked = says(question, &["never", "not", "would", "should", "could", "if", "because"])
        || says_in_a_row(question, &["i", "had", "to"])
        || says_in_a_row(question, &["got", "to"]);
    let asks = question.has(Cue::Which)
        || says(question, &["remind", "list", "show", "things", "stuff", "products", "items", "ones"]);
    let own = question.asked.principal.user_id().is_some();
    own && asks
        && !blocked
        && (0..texts.len()).filter(speaks).any(|at| {
            texts.get(at + 1).is_some_and(|word| DONE.contains(word)) || (near(at, EVER) && near(at, DOING))
        })
}

/// Every span that a reading of wishes explains: all but words that nobody knows, and times, bounds and what is outside
/// the data, which would change the answer.
pub(crate) fn explained(question: &Question<'_>, found: &Wishes) -> BTreeSet<usize> {
    let occasion = day_is_an_occasion(question);
    let changes = |at: usize| {
        question.spans.get(at).is_some_and(|span| {
            span.links.iter().any(|link| match link {
                Link::Weekday => !occasion,
                Link::Hours(..) => !occasion,
                Link::Cue(cue) => {
                    let bound = matches!(cue, Cue::AtLeast | Cue::MoreThan | Cue::AtMost | Cue::FewerThan);
                    bound && !question.entities.thresholds.is_empty()
                }
                _ => false,
            })
        })
    };
    // "median", "churn rate": a word of the figures is nothing that is bought.
    let measures = |at: usize| {
        let word = question.words(at);
        found.content.contains(&at)
            && question.spans.get(at).is_some_and(|span| {
                let figure = span.metric().is_some() || span.share_of().is_some();
                let group = span.dimension().is_some_and(|name| !of_goods(name));
                let named = span.links.iter().any(|link| matches!(link, Link::Name(_) | Link::Part(_)));
                (figure || group) && !named
            })
            && attributes_of_name(&word).is_empty()
    };
    // One word that the shop has never heard of changes little of what a shopper wants; two may be another matter.
    let forgiven = found.unknown.len() == 1
        && !question.role().is_staff()
        && !QUALIFYING.iter().any(|word| says(question, &[word]))
        && (found.content.len() > 1
            || question.spans.iter().any(|span| STRONG.iter().any(|cue| span.is(*cue))));
    (0..question.spans.len())
        .filter(|at| (forgiven || !found.unknown.contains(at)) && !measures(*at))
        .filter(|at| !changes(*at) || found.purpose.contains(at))
        .collect()
}

/// "My sister comes on friday, do you have lentils?": a visitor tells when they need it; no figure of that day is asked.
pub(crate) fn day_is_an_occasion(question: &Question<'_>) -> bool {
    let figures = [
        Cue::Popular,
        Cue::Highest,
        Cue::Lowest,
        Cue::Busiest,
        Cue::Quietest,
        Cue::HowMany,
        Cue::HowOften,
        Cue::Usual,
        Cue::Average,
        Cue::History,
        Cue::Share,
        Cue::Compare,
    ];
    let asked = [Cue::Search, Cue::Recommend, Cue::Show, Cue::NewToMe, Cue::Together, Cue::Similar];
    !question.role().is_staff()
        && (asked.iter().any(|cue| question.has(*cue))
            || sets_out(|at| question.tokens.get(at).map_or("", |token| token.text.as_str()))
            || says(question, &["anything", "something", "any", "need", "want", "got", "some"]))
        && !figures.iter().any(|cue| question.has(*cue))
        && !speaks_of_past_purchases(question)
        && !of_everybody(question)
        && !orders(question)
        && !says(
            question,
            &["orders", "busy", "open", "deliver", "delivery", "typical", "normally", "most", "more"],
        )
}

/// Whether orders are spoken of, rather than what somebody would like to order.
fn orders(question: &Question<'_>) -> bool {
    let to_order = |at: usize| {
        let before = |back: usize| {
            at.checked_sub(back)
                .and_then(|at| question.tokens.get(at))
                .map_or("", |token| token.text.as_str())
        };
        before(1) == "to"
            || matches!(before(1), "i" | "we") && matches!(before(2), "can" | "could" | "may" | "should")
    };
    let tokens = question.tokens.iter().enumerate();
    tokens.filter(|(_, token)| token.text == "order").any(|(at, _)| !to_order(at))
}

/// Cues that say what is asked, whatever else is said.
const STRONG: &[Cue] = &[
    Cue::Recommend,
    Cue::NewToMe,
    Cue::Usual,
    Cue::Together,
    Cue::Similar,
    Cue::Popular,
    Cue::Basket,
    Cue::History,
];

/// Whether a dimension says what a product is or where it stands.
pub(crate) fn of_goods(dimension: &str) -> bool {
    OF_PRODUCTS.contains(&dimension) || Attribute::ALL.iter().any(|attribute| attribute.code() == dimension)
}

/// "my", "mine" or "I" anywhere, also inside "my basket".
pub(crate) fn mine(question: &Question<'_>) -> bool {
    question.entities.myself || says(question, &["my", "mine"])
}

/// "had", "tried", "bought" of the asker: "which yogurts have I had already?"
fn has_had(question: &Question<'_>) -> bool {
    // "Have we got crackers?" asks what the shop has.
    if says_in_a_row(question, &["have", "we", "got"]) {
        return false;
    }
    let spoke = says(question, &["i", "we"]);
    let words: Vec<&str> = question.tokens.iter().map(|token| token.text.as_str()).collect();
    let had = words.iter().enumerate().any(|(at, word)| {
        matches!(*word, "had" | "tried" | "gotten" | "eaten" | "got")
            && (at.saturating_sub(4)..at).any(|before| words.get(before) == Some(&"have"))
    });
    spoke && had && !never(question) && !says(question, &["you"])
}

/// "not", "never" before a verb of having: "I have not had", "they have not purchased so far", "not in my history".
pub(crate) fn never(question: &Question<'_>) -> bool {
    const HAVING: &[&str] = &[
        "had",
        "have",
        "buy",
        "bought",
        "ordered",
        "order",
        "tried",
        "try",
        "purchased",
        "purchase",
        "tasted",
        "put",
        "got",
        "gotten",
        "know",
        "known",
        "owned",
        "eaten",
        "seen",
        "history",
        "get",
        "used",
        "taste",
        "eat",
        "ate",
        "drink",
        "drunk",
        "use",
        "discovered",
        "sampled",
        "sample",
    ];
    let words: Vec<&str> = question.tokens.iter().map(|token| token.text.as_str()).collect();
    words.iter().enumerate().any(|(at, word)| {
        let denies = matches!(*word, "not" | "never" | "nothing" | "neither");
        let can = at.checked_sub(1).and_then(|before| words.get(before)).is_some_and(|before| {
            matches!(*before, "can" | "could" | "would" | "should" | "is" | "why") && *word == "not"
        });
        let behind = words.iter().skip(at + 1).take(5);
        // "I do not know what to get"
        let unsure = words.get(at + 1) == Some(&"know")
            && words
                .get(at + 2)
                .is_some_and(|next| matches!(*next, "what" | "which" | "if" | "how" | "where" | "much"));
        // "has not discovered yet": whatever it is that was not done.
        let yet =
            words.iter().skip(at + 1).take(4).any(|next| matches!(*next, "yet" | "before" | "ever" | "far"));
        let done = |next: &str| next.len() > 4 && next.ends_with("ed") && yet;
        let have = behind.clone().position(|next| HAVING.contains(next) || done(next)).filter(|_| !unsure);
        let stopped = behind.take(have.unwrap_or(0)).any(|next| matches!(*next, "," | "but" | "and"));
        // "I do not want", "I do not have allergies" deny something else.
        let only_have = have.is_some_and(|step| {
            words.get(at + 1 + step) == Some(&"have")
                && !words.iter().skip(at + 2 + step).take(2).any(|next| HAVING.contains(next))
        });
        denies && !can && have.is_some() && !stopped && !only_have
    })
}

/// Dimensions of the catalogue, whose words may name things.
const OF_PRODUCTS: &[&str] = &["product_name", "product_id", "aisle", "department"];

/// Every span of a message whose things nobody asked for: a reading without things must not swallow them.
pub(crate) fn explained_without_things(question: &Question<'_>, found: &Wishes) -> BTreeSet<usize> {
    explained(question, found).difference(&found.content).copied().collect()
}

/// Whether a word of the message has one of these forms.
pub(crate) fn says(question: &Question<'_>, words: &[&str]) -> bool {
    question.tokens.iter().any(|token| words.contains(&token.text.as_str()))
}

/// Whether these words stand beside each other.
pub(crate) fn says_in_a_row(question: &Question<'_>, words: &[&str]) -> bool {
    let texts: Vec<&str> = question.tokens.iter().map(|token| token.text.as_str()).collect();
    texts.windows(words.len()).any(|window| window == words)
}
