//! "three departments, alcohol, babies and pets": a number and a noun that a list of so many things follows say nothing of
//! their own, and ask for no ranking.
//!
//! Behind the pass over things. Input and output: marks.

use query::metrics::{FilterOp, MetricFilter};

use super::{
    item::{Items, Mark, Noun},
    people::text,
};
use crate::builtin::normalise::Token;

/// Leaves the list alone.
pub(super) fn announced_lists(items: &mut Items, tokens: &[Token]) {
    for at in 0..items.len() {
        let Some(Mark::Number(count)) = items.mark(at).cloned() else { continue };
        let Some(place) = items.next(at) else { continue };
        let Some(Mark::Noun(noun)) = items.mark(place).cloned() else { continue };
        let ranked = (at.saturating_sub(2)..at)
            .any(|before| matches!(items.mark(before), Some(Mark::Rank(..) | Mark::Which | Mark::HowMany)));
        // "I need two things, …": how many figures follow.
        let things =
            matches!(text(items, tokens, place).as_str(), "things" | "numbers" | "figures" | "values");
        let announces = things
            && !items.0.iter().take(at).any(|item| matches!(item.mark, Mark::Noun(_) | Mark::Rank(..)))
            && matches!(items.after(place), Some(Mark::Comma | Mark::HowMany | Mark::HowOften));
        if !ranked && announces {
            items.set(at, Mark::Skip);
            items.set(place, Mark::Skip);
            continue;
        }
        if !ranked && count >= 2.0 && items.0.iter().skip(place).any(|item| lists(&item.mark, noun, count)) {
            items.set(at, Mark::Skip);
            items.set(place, Mark::Skip);
        }
    }
}

/// Whether a mark names so many things of a kind.
fn lists(mark: &Mark, noun: Noun, count: f64) -> bool {
    let kind = |filter: &MetricFilter| {
        filter.field == noun.dimension() || noun == Noun::Product && filter.field == "product_id"
    };
    #[expect(clippy::cast_precision_loss, reason = "lists of questions are short")]
    let long = |filter: &MetricFilter| (filter.values.len() as f64 - count).abs() < 0.5;
    matches!(mark, Mark::Where(filters)
        if filters.iter().any(|filter| filter.op == FilterOp::In && kind(filter) && long(filter)))
}
