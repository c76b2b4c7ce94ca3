//! "Bought only once", "sold more than 500 times": how often something was bought.
//!
//! Tokens → the condition on its items, and where it is said; as a pass, the condition in the place of the words, where
//! products are asked for. Runs behind the numbers.

use std::ops::Range;

use ::query::metrics::{FilterOp, FilterValue, MetricFilter};

use super::{
    item::{Items, Mark, Noun, Verb},
    words,
};
use crate::builtin::normalise::Token;

/// So many words may stand between the verb and how often.
const NEAR: usize = 3;

/// "once", "at most twice", "more than 500 times".
pub(crate) fn times(tokens: &[Token]) -> Option<(MetricFilter, Range<usize>)> {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    let (at, end, count) = (0..tokens.len()).find_map(|at| match (text(at), tokens.get(at)?.number) {
        ("once", _) => Some((at, at + 1, 1.0)),
        ("twice", _) => Some((at, at + 1, 2.0)),
        (_, Some(count)) if matches!(text(at + 1), "times" | "time" | "x") => Some((at, at + 2, count)),
        // "one single time"
        (_, Some(count)) if text(at + 1) == "single" && text(at + 2) == "time" => Some((at, at + 3, count)),
        ("single", _) if text(at + 1) == "time" => Some((at, at + 2, 1.0)),
        _ => None,
    })?;
    // "at least a hundred times"
    let at = at - usize::from(at > 0 && matches!(text(at - 1), "a" | "an"));
    let (op, words) = compared(tokens, at).unwrap_or((FilterOp::Eq, 0));
    let (op, end) = match (text(end), text(end + 1)) {
        ("or", "more" | "oftener") if words == 0 => (FilterOp::Ge, end + 2),
        ("or", "less" | "fewer") if words == 0 => (FilterOp::Le, end + 2),
        ("only", _) if words == 0 => (op, end + 1),
        _ => (op, end),
    };
    #[expect(clippy::cast_possible_truncation, reason = "whole and below 1e9")]
    let value = if count.fract() == 0.0 && count.abs() < 1e9 {
        FilterValue::Integer(count as i64)
    } else {
        FilterValue::Number(count)
    };
    Some((MetricFilter { field: "items".into(), op, values: vec![value] }, at - words..end))
}

/// "more than", "no fewer than", "exactly" before a number: the comparison, and how many words it has.
fn compared(tokens: &[Token], at: usize) -> Option<(FilterOp, usize)> {
    let before = at.checked_sub(1).and_then(|before| tokens.get(before))?;
    if matches!(before.text.as_str(), "exactly" | "only" | "just" | "precisely") {
        return Some((FilterOp::Eq, 1));
    }
    (1..=words::LONGEST.min(at)).rev().find_map(|length| {
        let window = tokens.get(at - length..at)?;
        let joined = |word: fn(&Token) -> &str| window.iter().map(word).collect::<Vec<_>>().join(" ");
        match words::look_up(&joined(|token| &token.text), &joined(|token| &token.stem)) {
            Some(Mark::Cmp(op)) => Some((*op, length)),
            _ => None,
        }
    })
}

/// "the products I bought only once": a condition on each of them.
pub(super) fn times_bought(items: &mut Items, tokens: &[Token]) {
    let first = items.0.iter().find_map(|item| match item.mark {
        Mark::Noun(noun) => Some(noun),
        _ => None,
    });
    if first != Some(Noun::Product) || items.any(|mark| matches!(mark, Mark::Having(_))) {
        return;
    }
    let Some((filter, said)) = times(tokens) else { return };
    let inside =
        |at: usize| items.0.get(at).is_some_and(|item| item.from >= said.start && item.to <= said.end);
    let Some(from) = (0..items.len()).find(|at| inside(*at)) else { return };
    let to = (from..items.len()).take_while(|at| inside(*at)).last().map_or(from, |last| last + 1);
    let near = from.saturating_sub(NEAR)..(to + 1).min(items.len());
    let bought = near.into_iter().any(|at| items.mark(at) == Some(&Mark::Verb(Verb::Buy)));
    if bought {
        items.merge(from, to, Mark::Having(filter));
    }
}
