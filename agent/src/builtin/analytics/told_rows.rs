//! Words that say what the rows are without a word of grouping before them: "how are the items distributed over the
//! departments", "department share of items", "how does it differ between the segments Loyal and Lapsed"; and what the most
//! active customers are ranked by.
//!
//! Near the last of the passes. Input and output: marks.

use query::metrics::FilterOp;

use super::{
    item::{Item, Items, Link, Mark, Noun},
    people::text,
};
use crate::builtin::normalise::Token;

/// Reads what the rows are.
pub(super) fn told_rows(items: &mut Items, tokens: &[Token]) {
    spread(items, tokens);
    share_by(items);
    between_named(items, tokens);
    active_customers(items, tokens);
    full_baskets(items, tokens);
    judged_by(items);
    of_a_segment(items);
    owned_items(items);
}

/// "the items are distributed over the departments": what is spread is counted.
fn spread(items: &mut Items, tokens: &[Token]) {
    let says = |words: &str| {
        ["distributed", "spread", "split", "divided", "shared"].iter().any(|verb| words.starts_with(verb))
    };
    let Some(each) =
        items.places(|mark| *mark == Mark::Each).into_iter().find(|at| says(&text(items, tokens, *at)))
    else {
        return;
    };
    let counted = items.any(|mark| matches!(mark, Mark::HowMany | Mark::Metric(_) | Mark::ShareOf(_)));
    let noun = items.previous(each).filter(|noun| {
        matches!(items.mark(*noun), Some(Mark::Noun(Noun::Item | Noun::Order | Noun::Customer)))
    });
    if let Some(noun) = noun.filter(|_| !counted) {
        let place = items.0.get(noun).map_or(0, |item| item.from);
        items.0.insert(noun, Item { mark: Mark::HowMany, from: place, to: place });
    }
}

/// "department share of items": the noun before the share is what the rows are.
fn share_by(items: &mut Items) {
    let Some(first) = (0..items.len()).find(|at| items.mark(*at) != Some(&Mark::Skip)) else { return };
    let group = matches!(items.mark(first), Some(Mark::Noun(Noun::Department | Noun::Aisle | Noun::Segment)));
    let share =
        items.next(first).filter(|at| matches!(items.mark(*at), Some(Mark::ShareOf(_) | Mark::Share)));
    let owned = items.any(|mark| matches!(mark, Mark::Each | Mark::EachOne | Mark::Rank(..) | Mark::Which));
    if group && share == Some(first + 1) && !owned {
        let place = items.0.get(first).map_or(0, |item| item.from);
        items.0.insert(first, Item { mark: Mark::Each, from: place, to: place });
    }
}

/// "differ between the segments Loyal and Lapsed": a row for each of those that are named.
fn between_named(items: &mut Items, tokens: &[Token]) {
    let differs = tokens
        .iter()
        .any(|token| ["differ", "compare", "vary", "change"].iter().any(|verb| token.text.starts_with(verb)));
    if !differs || items.any(|mark| matches!(mark, Mark::Each | Mark::Difference)) {
        return;
    }
    for at in items.places(|mark| matches!(mark, Mark::Between | Mark::Link(Link::For | Link::In))) {
        let Some(named) = items.next(at) else { continue };
        let noun = match items.mark(named) {
            Some(Mark::Where(filters)) => match filters.as_slice() {
                [filter] if filter.op == FilterOp::In => match filter.field.as_str() {
                    "segment_name" => Noun::Segment,
                    "department" => Noun::Department,
                    "aisle" => Noun::Aisle,
                    "day_part" => Noun::DayPart,
                    _ => continue,
                },
                _ => continue,
            },
            _ => continue,
        };
        items.set(at, Mark::Each);
        let place = items.0.get(at).map_or(0, |item| item.to);
        items.0.insert(at + 1, Item { mark: Mark::Noun(noun), from: place, to: place });
        return;
    }
}

/// "the most frequent shoppers", "the five most active customers": by how often they order.
fn active_customers(items: &mut Items, tokens: &[Token]) {
    for at in items.places(|mark| matches!(mark, Mark::Rank(_, None))) {
        let Some(noun) = items.next(at) else { continue };
        let active =
            ["frequent", "active", "regular"].iter().any(|word| text(items, tokens, noun).starts_with(word));
        if items.mark(noun) == Some(&Mark::Noun(Noun::Customer))
            && active
            && let Some(Mark::Rank(end, _)) = items.mark(at).cloned()
        {
            items.set(at, Mark::Rank(end, Some("orders")));
            return;
        }
    }
}

/// "the fullest baskets": by how many items they hold, not how many there are.
fn full_baskets(items: &mut Items, tokens: &[Token]) {
    for at in items.places(|mark| matches!(mark, Mark::Rank(..))) {
        let full = matches!(
            text(items, tokens, at).as_str(),
            "fullest" | "emptiest" | "the fullest" | "the emptiest"
        );
        let baskets = items.next(at).filter(|noun| items.mark(*noun) == Some(&Mark::Noun(Noun::Order)));
        if let (true, Some(baskets), Some(Mark::Rank(end, _))) = (full, baskets, items.mark(at).cloned()) {
            items.set(at, Mark::Rank(end, None));
            items.set(baskets, Mark::Metric("basket_size".to_owned()));
            return;
        }
    }
}

/// "busiest hour, going by items": the figure behind says what it is busy by.
fn judged_by(items: &mut Items) {
    let Some((at, end)) = items.0.iter().enumerate().find_map(|(at, item)| match item.mark {
        Mark::Rank(end, Some("orders")) => Some((at, end)),
        _ => None,
    }) else {
        return;
    };
    let grouped = items.places(|mark| *mark == Mark::Each);
    let by = grouped.into_iter().rfind(|by| *by > at);
    let Some((by, figure)) = by.and_then(|by| Some((by, items.next(by)?))) else { return };
    let count = match items.mark(figure) {
        Some(Mark::Noun(noun @ (Noun::Item | Noun::Customer))) => noun.count(),
        _ => None,
    };
    if let (Some(count), true) = (count, items.next(figure).is_none()) {
        items.set(at, Mark::Rank(end, Some(count)));
        items.set(by, Mark::Skip);
        items.set(figure, Mark::Skip);
    }
}

/// "what share of Lapsed has a churn risk over 50 %": its customers are the whole, and what they have is the part.
fn of_a_segment(items: &mut Items) {
    let Some(share) = items.places(|mark| *mark == Mark::Share).first().copied() else { return };
    let of = items.next(share).filter(|of| items.mark(*of) == Some(&Mark::Link(Link::Of)));
    let Some(segment) = of.and_then(|of| items.next(of)) else { return };
    let named = matches!(items.mark(segment), Some(Mark::Where(filters)) if matches!(filters.as_slice(), [filter] if filter.field == "segment_name" && filter.op == FilterOp::Eq));
    let verb = items.next(segment).filter(|verb| {
        matches!(items.mark(*verb), Some(Mark::Link(Link::With | Link::Is | Link::That) | Mark::Verb(_)))
    });
    if !named || verb.is_none() || items.any(|mark| matches!(mark, Mark::Noun(_) | Mark::Each)) {
        return;
    }
    if let Some(Item { mark, from, to }) = items.0.get(segment).cloned() {
        items.set(segment, Mark::Skip);
        items.set(share, Mark::ShareOf("customers".to_owned()));
        items.0.insert(share, Item { mark, from, to });
    }
    // What a group has is here what each of its customers has.
    for item in &mut items.0 {
        if let Mark::Having(filter) = &mut item.mark {
            let own = match filter.field.as_str() {
                "avg_churn_risk" => "churn_risk",
                "avg_recency_days" => "recency_days",
                "orders" => "customer_orders",
                "basket_size" => "customer_basket",
                _ => continue,
            };
            own.clone_into(&mut filter.field);
            item.mark = Mark::Where(vec![filter.clone()]);
        }
    }
}

/// "what percentage of Loyal customers' items are organic": the items are what is measured, the customers own them.
fn owned_items(items: &mut Items) {
    for at in items.places(|mark| *mark == Mark::Noun(Noun::Customer)) {
        let owned = matches!(items.mark(at + 1), Some(Mark::Noun(Noun::Item | Noun::Order)));
        let named = matches!(items.before(at), Some(Mark::Where(filters)) if filters.iter().all(|filter| filter.field == "segment_name"));
        let share = items.places(|mark| *mark == Mark::Share).into_iter().any(|share| share < at);
        if owned && named && share {
            items.set(at, Mark::Skip);
        }
    }
}
