//! "The next ten", "places 11 to 20", "5 more", "the rest": the rows behind those that were shown.
//!
//! ranking before and the words of the message → the same ranking from a later row on. Pure.

use query::metrics::{Direction, OrderBy};

use super::among::KINDS;
use crate::builtin::{
    intent::{Intent, MetricIntent, Shape},
    normalise::{Token, stem},
};

/// The places of a ranking that have a word.
const ORDINALS: [[&str; 2]; 6] = [
    ["first", "1st"],
    ["second", "2nd"],
    ["third", "3rd"],
    ["fourth", "4th"],
    ["fifth", "5th"],
    ["sixth", "6th"],
];
/// Words for all of the rows behind.
const REST: &[&str] = &["rest", "remaining", "remainder", "others"];
/// The most rows of an answer.
const MOST_ROWS: u32 = 1000;

/// "The next ten", "5 more": the rows behind those that were shown.
pub(super) fn next_page(tokens: &[Token], before: &Intent) -> Option<MetricIntent> {
    const AROUND: &[&str] = &[
        "and",
        "the",
        "next",
        "following",
        "more",
        "after",
        "that",
        "those",
        "them",
        "these",
        "show",
        "me",
        "please",
        "give",
        "what",
        "about",
        "now",
        "ones",
        "page",
        "rows",
        "places",
        "ranks",
        "on",
        "list",
        "come",
        "comes",
        "then",
        "ok",
        "behind",
        "further",
        "another",
        "are",
        "which",
        "see",
        "can",
        "you",
        "could",
        "i",
        "continue",
        "go",
        "to",
        "down",
        "places",
        "spots",
        "in",
        "of",
        "is",
        "who",
        "follow",
        "next",
        "from",
        "positions",
        "continued",
        "places",
    ];
    const NEXT: &[&str] =
        &["next", "following", "after", "behind", "further", "more", "another", "follow", "continue"];
    let Intent::Metric(metric) = before else { return None };
    let query = &metric.query;
    let shown = query.limit.filter(|_| query.limit_per.is_empty() && query.summary.is_none())?;
    let noun = |token: &Token| {
        KINDS.iter().any(|kind| {
            query.dimensions.iter().any(|name| name == kind.dimension) && stem(kind.words[0]) == token.stem
        })
    };
    let place = |token: &Token| ORDINALS.iter().position(|words| words.contains(&token.text.as_str()));
    let only = tokens.iter().all(|token| {
        token.number.is_some()
            || AROUND.contains(&token.text.as_str())
            || REST.contains(&token.text.as_str())
            || place(token).is_some()
            || noun(token)
    });
    if !only {
        return None;
    }
    let numbers: Vec<u32> = tokens.iter().filter_map(|token| whole(token.number?)).collect();
    let says_next = tokens.iter().any(|token| NEXT.contains(&token.text.as_str()));
    let ends = tokens.iter().any(|token| token.text == "to");
    let says_rest = tokens.iter().any(|token| REST.contains(&token.text.as_str()));
    // "the 2nd and 3rd", behind the first alone; of several rows it is a row that was shown.
    let places: Vec<u32> = tokens.iter().filter_map(|token| u32::try_from(place(token)?).ok()).collect();
    let far = match (places.iter().min(), places.iter().max()) {
        (Some(first), Some(last)) if shown == 1 && query.skip.is_none() && *first > 0 && *last > *first => {
            Some((*first, last - first + 1))
        }
        _ => None,
    };
    let rest = says_rest && shown > 1 && numbers.is_empty() && tokens.len() <= 6;
    if !places.is_empty() && far.is_none() || shown == 1 && far.is_none() {
        return None;
    }
    let (skip, limit) = match numbers.as_slice() {
        _ if far.is_some() => far?,
        _ if rest => (query.skip.unwrap_or_default() + shown, MOST_ROWS),
        // "places 11 to 20"
        [from, to] if ends && *from == shown + query.skip.unwrap_or_default() + 1 && to > from => {
            (from - 1, to + 1 - from)
        }
        [count] if says_next => (query.skip.unwrap_or_default() + shown, *count),
        [] if says_next && tokens.len() <= 6 => (query.skip.unwrap_or_default() + shown, shown),
        _ => return None,
    };
    let mut next = metric.clone();
    next.query.skip = Some(skip);
    next.query.limit = Some(limit);
    if next.query.order_by.is_empty() {
        let field = next.query.metrics.first().cloned()?;
        next.query.order_by = vec![OrderBy { field, direction: Some(Direction::Desc) }];
    }
    next.shape = Shape::Ranking;
    Some(next)
}

fn whole(number: f64) -> Option<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 1000")]
    let count = number as u32;
    ((1.0..=1000.0).contains(&number) && number.fract() == 0.0).then_some(count)
}
