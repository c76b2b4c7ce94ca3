//! What nobody of some does: "customers who have never reordered anything", "products bought by only one customer".
//!
//! Near the last of the passes. Marks → a condition on whole customers or on the things. Input and output: marks.

use query::metrics::{Cohort, CohortOf, FilterOp};

use super::{
    item::{Item, Items, Link, Mark, Noun, Verb},
    people::text,
    times::condition,
};
use crate::builtin::normalise::Token;

/// "hold nothing organic": none of it; right behind the scan.
pub(super) fn nothing_such(items: &mut Items, tokens: &[Token]) {
    for at in items.places(|mark| *mark == Mark::Word) {
        let such = matches!(text(items, tokens, at).as_str(), "nothing" | "none")
            && matches!(items.after(at), Some(Mark::Attribute(_, true)));
        if such {
            items.set(at, Mark::Not);
        }
    }
}

/// Reads those who reordered nothing, and things by the number of their buyers.
pub(super) fn never_again(items: &mut Items, tokens: &[Token]) {
    reordered_nothing(items);
    once_and_no_more(items, tokens);
    of_its_buyers(items);
    bought_by_so_many(items);
}

/// "never reordered anything": nothing of theirs was bought before.
fn reordered_nothing(items: &mut Items) {
    let things = items.any(|mark| {
        matches!(mark, Mark::Where(filters) if filters.iter().any(super::query::of_lines))
            || matches!(mark, Mark::Name(_) | Mark::Attribute(..) | Mark::Part(_))
    });
    let people = items.any(|mark| *mark == Mark::Noun(Noun::Customer))
        || items.any(|mark| matches!(mark, Mark::ShareOf(name) | Mark::Metric(name) if name == "customers"));
    if things || !people {
        return;
    }
    let found = items.places(|mark| *mark == Mark::Never).into_iter().find_map(|at| {
        let verb = items.next(at)?;
        (items.mark(verb) == Some(&Mark::Verb(Verb::Reorder))).then_some((at, verb))
    });
    if let Some((never, verb)) = found {
        let mut to = verb + 1;
        while matches!(items.mark(to), Some(Mark::Skip | Mark::Noun(Noun::Item | Noun::Product))) {
            to += 1;
        }
        let cohort = Cohort {
            of: CohortOf::Customers,
            bought: vec![condition("bought_before", FilterOp::Eq, &[1.0])],
            not: true,
            ..Cohort::default()
        };
        items.merge(never, to, Mark::Among(Box::new(cohort)));
    }
}

/// "bought exactly once and then never again": once says it.
fn once_and_no_more(items: &mut Items, tokens: &[Token]) {
    let once = |mark: &Mark| {
        matches!(mark, Mark::Having(bound) if bound.field == "items"
            && bound.op == FilterOp::Eq
            && bound.values.first().and_then(query::metrics::FilterValue::as_number) == Some(1.0))
    };
    for at in items.places(once) {
        let never = (at + 1..items.len())
            .find(|place| !matches!(items.mark(*place), Some(Mark::And | Mark::Comma | Mark::Skip)));
        let Some(never) = never.filter(|place| items.mark(*place) == Some(&Mark::Never)) else { continue };
        let again =
            items.next(never).filter(|next| matches!(text(items, tokens, *next).as_str(), "again" | "since"));
        if let (Some(again), Some(bound)) = (again, items.mark(at).cloned()) {
            items.merge(at, again + 1, bound);
            return;
        }
    }
}

/// "with at least 2 purchases of X among everyone who bought it": the share is one of those who bought it at all.
fn of_its_buyers(items: &mut Items) {
    let Some(share) =
        items.places(|mark| matches!(mark, Mark::ShareOf(name) if name == "customers")).first().copied()
    else {
        return;
    };
    let Some((told, cohort)) = items.0.iter().enumerate().find_map(|(at, item)| match &item.mark {
        Mark::Among(cohort)
            if at > share && cohort.of == CohortOf::Customers && !cohort.having.is_empty() =>
        {
            Some((at, cohort.clone()))
        }
        _ => None,
    }) else {
        return;
    };
    let buyers = (told + 1..items.len()).find(|at| items.mark(*at) == Some(&Mark::Noun(Noun::Customer)));
    let Some(buyers) = buyers else { return };
    let inside = items.before(buyers).is_some_and(|mark| matches!(mark, Mark::Link(Link::In | Link::Of)));
    let verb = (buyers + 1..items.len()).find(|at| items.mark(*at) == Some(&Mark::Verb(Verb::Buy)));
    let ends = verb.is_some_and(|verb| items.next(verb).is_none());
    if inside && ends && !cohort.bought.is_empty() {
        let all = Cohort { having: Vec::new(), ..*cohort };
        for place in buyers..items.len() {
            items.set(place, Mark::Skip);
        }
        let place = items.0.get(share).map_or(0, |item| item.from);
        items.0.insert(share, Item { mark: Mark::Among(Box::new(all)), from: place, to: place });
    }
}

/// "by only one customer", "by exactly 2 customers": the number of buyers of each.
fn bought_by_so_many(items: &mut Items) {
    for by in items.places(|mark| *mark == Mark::Each) {
        let verb = items.before(by).is_some_and(|mark| matches!(mark, Mark::Verb(Verb::Buy)));
        let mut at = by + 1;
        let mut only = false;
        while matches!(items.mark(at), Some(Mark::Skip | Mark::Only | Mark::Cmp(FilterOp::Eq))) {
            only |= items.mark(at) != Some(&Mark::Skip);
            at += 1;
        }
        let Some(Mark::Number(number)) = items.mark(at) else { continue };
        let filter = condition("customers", FilterOp::Eq, &[*number]);
        let buyers = items.next(at).filter(|noun| items.mark(*noun) == Some(&Mark::Noun(Noun::Customer)));
        if let (true, true, Some(buyers)) = (verb, only, buyers) {
            items.merge(by, buyers + 1, Mark::Having(filter));
            // "were bought": the number says it.
            for place in 0..by {
                if matches!(items.mark(place), Some(Mark::Link(Link::Is))) {
                    items.set(place, Mark::Skip);
                }
            }
            return;
        }
    }
}
