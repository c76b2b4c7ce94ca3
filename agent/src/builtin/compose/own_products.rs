//! "What have I bought exactly once?", "what do I usually buy in the morning?": which products of one customer, within a
//! bound on how often they were bought or at a time of the day.
//!
//! Without such a condition the purchase history answers; with it the metrics do, where the row policy lets a shopper see
//! their own rows and nothing else.

use std::collections::BTreeSet;

use query::metrics::{Direction, FilterOp, FilterValue, MetricFilter, MetricQuery, OrderBy};

use super::{
    Candidate, Question, Who,
    customers::one_order,
    own_figures::place,
    shopping,
    shopping::{says, says_in_a_row},
};
use crate::builtin::{
    intent::{Intent, MetricIntent, Shape},
    lexicon::Cue,
    link::Link,
    link_metrics::{CUSTOMER, DAY, HOUR, ITEMS, PRODUCT},
    wishes::wishes,
};

/// Products told of a time of the day where nobody says how many.
const OF_A_TIME: u32 = 10;
/// So many words may stand between what compares and the number of times.
const REACH: usize = 3;

/// How often a product was bought, with the tokens that say so.
struct Bound {
    op: FilterOp,
    times: i64,
    tokens: BTreeSet<usize>,
}

/// Reads the message as a question for such products.
pub(crate) fn own_products(question: &Question<'_>) -> Option<Candidate> {
    let who = match question.who() {
        Ok(who @ (Who::Own | Who::Customer(_))) => who,
        Ok(Who::Nobody) if question.asked.principal.user_id().is_some() && shopping::mine(question) => {
            Who::Own
        }
        _ => return None,
    };
    let bound = bound(question);
    let entities = question.entities;
    let at_a_time = entities.hours.is_some() || entities.day.is_some();
    if bound.is_none() && !at_a_time || !asks_for_products(question) || one_order(question).is_some() {
        return None;
    }
    let mut taken = shopping::customer_spans(question);
    if let Some(bound) = &bound {
        taken.extend(question.spans_touching(&bound.tokens));
    }
    let times = |at: &usize| {
        question
            .spans
            .get(*at)
            .is_some_and(|span| span.links.iter().any(|link| matches!(link, Link::Hours(..))))
    };
    taken.extend((0..question.spans.len()).filter(times));
    let found = wishes(question, &taken);
    let mut filters = place(&found)?;
    let own = question.asked.principal.user_id().map(|id| id.0);
    let user = question.user_argument(who).or(own)?;
    let filter =
        |field: &str, op, values: Vec<FilterValue>| MetricFilter { field: field.to_owned(), op, values };
    filters.push(filter(CUSTOMER, FilterOp::Eq, vec![i64::from(user).into()]));
    if let Some((from, to)) = entities.hours {
        let hours = vec![i64::from(from).into(), i64::from(to).into()];
        filters.push(filter(HOUR, FilterOp::Between, hours));
    }
    if let Some(day) = entities.day {
        filters.push(filter(DAY, FilterOp::Eq, vec![i64::from(day).into()]));
    }
    let limit = found.count.or(entities.limit.filter(|_| bound.is_none()));
    let limit = limit.or(bound.is_none().then_some(OF_A_TIME));
    if let Some(bound) = &bound {
        filters.push(filter(ITEMS, bound.op, vec![bound.times.into()]));
    }
    // Those bought exactly twice have no order among them.
    let alike = bound.is_some_and(|bound| bound.op == FilterOp::Eq);
    let most = vec![OrderBy { field: ITEMS.to_owned(), direction: Some(Direction::Desc) }];
    let query = MetricQuery {
        metrics: vec![ITEMS.to_owned()],
        dimensions: vec![PRODUCT.to_owned()],
        filters,
        order_by: if alike { Vec::new() } else { most },
        limit,
        ..MetricQuery::default()
    };
    let used = (0..question.spans.len()).filter(|at| !found.unknown.contains(at)).collect();
    let intent = Intent::Metric(MetricIntent {
        query,
        shape: if alike { Shape::Breakdown } else { Shape::Ranking },
        chart: false,
    });
    Some(Candidate::plan(intent, used, if question.role().is_staff() { 0.9 } else { 0.95 }))
}

/// Whether what was bought is asked for, and no figure of it nor anything else.
fn asks_for_products(question: &Question<'_>) -> bool {
    const GOODS: &[&str] =
        &["things", "thing", "products", "items", "stuff", "goods", "articles", "purchases"];
    const BUYING: &[&str] = &[
        "buy",
        "buying",
        "bought",
        "order",
        "ordered",
        "get",
        "got",
        "purchase",
        "purchased",
        "had",
        "tried",
        "eat",
        "pick",
        "picked",
        "grab",
        "put",
    ];
    let elsewhere = [
        Cue::Recommend,
        Cue::NewToMe,
        Cue::Together,
        Cue::Similar,
        Cue::WillBuy,
        Cue::Compare,
        Cue::Average,
        Cue::Share,
        Cue::CustomerWord,
    ];
    let asks = question.has(Cue::Which) || question.has(Cue::Show) || says(question, GOODS);
    let of_places =
        ["aisle", "aisles", "department", "departments", "section", "orders", "hour", "day", "baskets"];
    asks && (says(question, BUYING) || question.has(Cue::Popular) || question.has(Cue::Usual))
        && !question.measures.how_many
        && (question.has(Cue::By) || !says_in_a_row(question, &["number", "of"]))
        && !question.has(Cue::Lowest)
        && !elsewhere.iter().any(|cue| question.has(*cue) && question.entities.customers.is_empty())
        && shopping::product_ids(question).is_empty()
        && !says(question, &of_places)
        && !says(question, &["should", "why", "when", "could", "might"])
}

/// "exactly once", "more than twice", "at least 5 times", "3 times or more".
fn bound(question: &Question<'_>) -> Option<Bound> {
    let text = |at: usize| question.tokens.get(at).map_or("", |token| token.text.as_str());
    let (from, to, times) = (0..question.tokens.len()).find_map(|at| match text(at) {
        "once"
            if !matches!(at.checked_sub(1).map_or("", text), "at" | "for" | "all")
                && !is_rhythm(&text, at + 1) =>
        {
            Some((at, at, 1))
        }
        "twice" if !is_rhythm(&text, at + 1) => Some((at, at, 2)),
        "thrice" => Some((at, at, 3)),
        "time" | "times" => {
            let before = at.checked_sub(1)?;
            let number = question.tokens.get(before)?.number;
            let single = matches!(text(before), "single" | "one").then_some(1.0);
            let number =
                number.or(single).filter(|number| number.fract() == 0.0 && (1.0..=1e4).contains(number))?;
            (!is_rhythm(&text, at + 1)).then_some((before, at, number as i64))
        }
        _ => None,
    })?;
    let start = from.saturating_sub(REACH);
    let before = |words: &[&str]| {
        (start..from).any(|at| {
            words.iter().enumerate().all(|(step, word)| text(at + step) == *word && at + step < from)
        })
    };
    let behind = |words: &[&str]| words.iter().enumerate().all(|(step, word)| text(to + 1 + step) == *word);
    let denied = before(&["not"]) || before(&["no"]);
    let op = match () {
        () if before(&["more", "than"]) || before(&["over"]) => {
            if denied {
                FilterOp::Le
            } else {
                FilterOp::Gt
            }
        }
        () if before(&["less", "than"])
            || before(&["fewer", "than"])
            || before(&["under"])
            || before(&["below"]) =>
        {
            FilterOp::Lt
        }
        () if before(&["at", "least"])
            || behind(&["or", "more"])
            || behind(&["at", "least"])
            || behind(&["plus"]) =>
        {
            FilterOp::Ge
        }
        () if before(&["at", "most"])
            || before(&["up", "to"])
            || behind(&["or", "less"])
            || behind(&["or", "fewer"]) =>
        {
            FilterOp::Le
        }
        () if denied => return None,
        () => FilterOp::Eq,
    };
    Some(Bound {
        op,
        times,
        tokens: (start..from).filter(|at| is_comparing(text(*at))).chain(from..=to + 2).collect(),
    })
}

/// "once a week", "twice per order": a rhythm, no number of purchases.
fn is_rhythm<'t>(text: &impl Fn(usize) -> &'t str, at: usize) -> bool {
    matches!(text(at), "a" | "per" | "every" | "in" | "each")
}

fn is_comparing(word: &str) -> bool {
    [
        "more",
        "than",
        "over",
        "less",
        "fewer",
        "under",
        "below",
        "at",
        "least",
        "most",
        "up",
        "to",
        "exactly",
        "only",
        "just",
        "precisely",
        "not",
        "no",
        "a",
    ]
    .contains(&word)
}
