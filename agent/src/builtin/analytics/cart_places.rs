//! Places in the cart that lines are picked by: "cart positions 1 to 5", "after position 20", "positions 11 and up", "among
//! the first three items added to the cart", "positions 1, 2 and 3".
//!
//! Follows the bounds. A word for places with numbers is a condition on `cart_place`; several places that are listed, or a
//! range that is told for each, are rows. A bound on a mean place of somebody ("an average position below 7.5") stays one
//! on that figure.

use query::metrics::{FilterOp, MetricFilter};

use super::{
    item::{Item, Items, Link, Mark, Noun},
    people::text,
    times::condition,
};
use crate::builtin::normalise::Token;

const FIELD: &str = "cart_place";
const FIGURE: &str = "avg_cart_position";

/// Reads places in the cart.
pub(super) fn cart_places(items: &mut Items, tokens: &[Token]) {
    let mut at = 0;
    while at < items.len() {
        let found = numbered(items, tokens, at)
            .or_else(|| first_items(items, tokens, at))
            .or_else(|| ordinal_place(items, tokens, at))
            .or_else(|| bare_place(items, tokens, at));
        if let Some(found) = found {
            items.merge(found.from, found.to, Mark::Where(vec![found.filter]));
            if found.rows {
                rows(items, found.from);
            }
        }
        at += 1;
    }
    others(items, tokens);
    again(items, tokens);
}

struct Found {
    from: usize,
    to: usize,
    filter: MetricFilter,
    /// Whether each place is a row.
    rows: bool,
}

/// A word for places: "cart positions", "places in the cart", "slots".
fn is_place(items: &Items, tokens: &[Token], at: usize) -> bool {
    let words = text(items, tokens, at);
    let own = words.split(' ').any(|word| {
        matches!(
            word,
            "position" | "positions" | "place" | "places" | "spot" | "spots" | "slot" | "slots" | "rank"
        )
    });
    let mean = words.contains("average") || words.contains("mean") || words.contains("median");
    let metric = matches!(items.mark(at), Some(Mark::Metric(name)) if name == FIGURE) && !mean;
    let word = matches!(items.mark(at), Some(Mark::Word | Mark::Skip | Mark::Verb(_)));
    // "positions 11 and up": nothing else here has positions.
    let carts = words.starts_with("position")
        || items.any(|mark| *mark == Mark::Noun(Noun::Order))
        || items.any(|mark| matches!(mark, Mark::Metric(name) if name == FIGURE))
        || tokens.iter().any(|token| token.text.starts_with("cart") || token.text.starts_with("basket"));
    let plain = matches!(words.as_str(), "place" | "places" | "rank" | "spot" | "spots");
    let pointed =
        items.before(at).is_some_and(|mark| matches!(mark, Mark::Link(Link::At | Link::In | Link::On)))
            && matches!(items.mark(at + 1), Some(Mark::Number(_) | Mark::Bound(..)));
    own && (metric || word && carts && (!plain || pointed))
}

/// "cart positions 1 to 5", "position 11 and up", "after position 20".
fn numbered(items: &Items, tokens: &[Token], at: usize) -> Option<Found> {
    if !is_place(items, tokens, at) {
        return None;
    }
    let of_groups = items.before(at).is_some_and(|mark| matches!(mark, Mark::Agg(_)));
    let mut place = at + 1;
    while matches!(items.mark(place), Some(Mark::Skip | Mark::HowMany))
        && !matches!(text(items, tokens, place).as_str(), "how many")
    {
        place += 1;
    }
    let whole = |values: &[f64]| values.iter().all(|value| value.fract() == 0.0 && *value >= 1.0);
    match items.mark(place)? {
        Mark::Bound(op, values, false) if whole(values) && !of_groups => {
            let each = told_for_each(items, tokens, at) && *op == FilterOp::Between;
            let filter = condition(FIELD, *op, values);
            Some(Found { from: at, to: place + 1, filter, rows: each })
        }
        Mark::Number(value) if whole(&[*value]) && !of_groups => {
            let mut values = vec![*value];
            let mut to = place + 1;
            while matches!(items.mark(to), Some(Mark::Comma | Mark::And | Mark::Or))
                && let Some(next) =
                    (to + 1..to + 3).find(|next| !matches!(items.mark(*next), Some(Mark::And)))
                && let Some(Mark::Number(more)) = items.mark(next)
            {
                values.push(*more);
                to = next + 1;
            }
            let (from, before) = direction(items, tokens, at);
            let beyond = onwards(items, tokens, to);
            let (op, values, to) = match (values.as_slice(), before, beyond) {
                ([only], Some(op), _) => (op, vec![*only], to),
                ([only], None, Some(end)) => (FilterOp::Ge, vec![*only], end),
                ([only], None, None) => (FilterOp::Eq, vec![*only], to),
                _ => (FilterOp::In, values, to),
            };
            let filter = condition(FIELD, op, &values);
            Some(Found { from, to, filter, rows: op == FilterOp::In })
        }
        _ => None,
    }
}

/// "after position 20", "beyond the position 7", "before position 4": which way it goes, and where the words begin.
fn direction(items: &Items, tokens: &[Token], at: usize) -> (usize, Option<FilterOp>) {
    let Some(before) = items.previous(at) else { return (at, None) };
    let op = match items.mark(before) {
        Some(Mark::Link(Link::After) | Mark::Cmp(FilterOp::Gt)) => FilterOp::Gt,
        Some(Mark::Link(Link::Before) | Mark::Cmp(FilterOp::Lt)) => FilterOp::Lt,
        Some(Mark::Cmp(FilterOp::Le)) => FilterOp::Le,
        Some(Mark::Cmp(FilterOp::Ge) | Mark::Link(Link::From)) => FilterOp::Ge,
        _ => match text(items, tokens, before).as_str() {
            "after" | "beyond" | "behind" | "past" => FilterOp::Gt,
            "before" => FilterOp::Lt,
            _ => return (at, None),
        },
    };
    (before, Some(op))
}

/// "on", "onwards", "or later" behind a place.
fn onwards(items: &Items, tokens: &[Token], at: usize) -> Option<usize> {
    let words = text(items, tokens, at);
    let later = matches!(items.mark(at), Some(Mark::CmpAfter(FilterOp::Ge)))
        || matches!(words.as_str(), "on" | "onward" | "onwards" | "upward" | "upwards" | "up");
    later.then_some(at + 1)
}

/// "one count per position", "for each position", "by position".
fn told_for_each(items: &Items, tokens: &[Token], at: usize) -> bool {
    let share = items.1 || items.any(|mark| matches!(mark, Mark::Share | Mark::ShareOf(_)));
    // "positions 1 to 3; same for positions 11 and up": told side by side.
    if (0..items.len()).filter(|place| is_place(items, tokens, *place)).count() > 1
        && !items.any(|mark| *mark == Mark::Each)
    {
        return false;
    }
    let before = items.before(at).is_some_and(|mark| match mark {
        Mark::Each => true,
        Mark::Link(Link::For | Link::At | Link::In) => !share,
        _ => false,
    });
    before
        || (0..items.len()).any(|place| {
            place != at && is_place(items, tokens, place) && items.before(place) == Some(&Mark::Each)
        })
}

/// "among the first three items added to the cart".
fn first_items(items: &Items, tokens: &[Token], at: usize) -> Option<Found> {
    let first = text(items, tokens, at).split(' ').any(|word| word == "first");
    let starts = first && matches!(items.mark(at), Some(Mark::Rank(..) | Mark::Ordinal(1) | Mark::Skip));
    let number = items.next(at)?;
    let Some(Mark::Number(count)) = items.mark(number).filter(|_| starts) else { return None };
    let noun = items.next(number).filter(|noun| {
        matches!(items.mark(*noun), Some(Mark::Noun(Noun::Item | Noun::Product)))
            || is_place(items, tokens, *noun)
    })?;
    let cart = (noun + 1..items.len().min(noun + 6))
        .find(|place| items.mark(*place) == Some(&Mark::Noun(Noun::Order)));
    let placed = is_place(items, tokens, noun);
    // "the first three things added to it"
    let added = items.next(noun).filter(|verb| {
        let word = text(items, tokens, *verb);
        matches!(word.split(' ').next(), Some("add" | "added" | "put" | "picked" | "dropped" | "placed"))
    });
    let inside = matches!(
        items.before(at),
        Some(Mark::Link(Link::In | Link::Of | Link::With) | Mark::Skip | Mark::Noun(_))
    ) || text(items, tokens, at.saturating_sub(1)) == "among";
    let to = cart.or(added).map_or(noun + 1, |last| last + 1);
    let carts = placed && text(items, tokens, noun).contains("cart");
    // "is among the first three items": of the orders that are spoken of before.
    let among = items
        .previous(at)
        .is_some_and(|before| text(items, tokens, before).split(' ').any(|word| word == "among"))
        && (0..at).any(|place| match items.mark(place) {
            Some(Mark::Noun(Noun::Order)) => true,
            Some(Mark::ShareOf(name)) => name == "orders" || name == "baskets",
            _ => false,
        });
    (carts || among || inside && (placed || cart.is_some() || added.is_some())).then(|| Found {
        from: at,
        to,
        filter: condition(FIELD, FilterOp::Le, &[*count]),
        rows: false,
    })
}

/// "in second place in the cart", "the third item in the basket", "3rd cart position".
fn ordinal_place(items: &Items, tokens: &[Token], at: usize) -> Option<Found> {
    let Some(Mark::Ordinal(place @ 2..)) = items.mark(at) else { return None };
    let noun = items.next(at)?;
    let word = text(items, tokens, noun);
    let placed = is_place(items, tokens, noun)
        || matches!(word.as_str(), "place" | "spot" | "slot" | "position")
        || matches!(items.mark(noun), Some(Mark::Noun(Noun::Item | Noun::Product)));
    let own = word.contains("cart") || word.contains("basket");
    // "in the cart", "of the basket"
    let cart = (noun + 1..items.len().min(noun + 4)).find(|place| {
        items.mark(*place) == Some(&Mark::Noun(Noun::Order))
            && matches!(
                text(items, tokens, *place).as_str(),
                "cart" | "carts" | "basket" | "baskets" | "trolley"
            )
    });
    let to = cart.map_or(noun + 1, |cart| cart + 1);
    (placed && (own || cart.is_some())).then(|| Found {
        from: at,
        to,
        filter: condition(FIELD, FilterOp::Eq, &[f64::from(*place)]),
        rows: false,
    })
}

/// "most often second in the cart", "went into the basket third": a place without its noun.
fn bare_place(items: &Items, tokens: &[Token], at: usize) -> Option<Found> {
    let Some(Mark::Ordinal(place @ 2..)) = items.mark(at) else { return None };
    let is_cart = |cart: &usize| {
        items.mark(*cart) == Some(&Mark::Noun(Noun::Order))
            && matches!(
                text(items, tokens, *cart).as_str(),
                "cart" | "carts" | "basket" | "baskets" | "trolley"
            )
    };
    let inside = items.next(at).filter(|link| items.mark(*link) == Some(&Mark::Link(Link::In)));
    let behind = inside.and_then(|link| items.next(link)).filter(is_cart);
    let before = items.previous(at).filter(is_cart).filter(|cart| {
        items.before(*cart).is_some_and(|mark| matches!(mark, Mark::Link(Link::In) | Mark::Verb(_)))
    });
    let (from, to) = match (behind, before) {
        (Some(cart), _) => (at, cart + 1),
        (None, Some(cart)) => (cart, at + 1),
        (None, None) => return None,
    };
    let filter = condition(FIELD, FilterOp::Eq, &[f64::from(*place)]);
    Some(Found { from, to, filter, rows: false })
}

/// "as a share of all items in these positions": the places that were told, again.
fn again(items: &mut Items, tokens: &[Token]) {
    let told = items.0.iter().enumerate().find_map(|(at, item)| match &item.mark {
        Mark::Where(filters) if filters.iter().any(|filter| filter.field == FIELD) => {
            Some((at, item.mark.clone()))
        }
        _ => None,
    });
    let Some((told, mark)) = told else { return };
    for at in told + 1..items.len() {
        let pointed = (at.saturating_sub(2)..at).any(|place| {
            text(items, tokens, place)
                .split(' ')
                .any(|word| matches!(word, "these" | "those" | "same" | "such"))
        });
        if pointed && is_place(items, tokens, at) {
            items.set(at, mark);
            return;
        }
    }
}

/// "positions 1 to 3 versus all later positions": those behind what was told.
fn others(items: &mut Items, tokens: &[Token]) {
    let told = items.0.iter().enumerate().find_map(|(at, item)| match &item.mark {
        Mark::Where(filters) => match filters.as_slice() {
            [filter]
                if filter.field == FIELD
                    && matches!(filter.op, FilterOp::Between | FilterOp::Le | FilterOp::Eq) =>
            {
                filter.values.last().and_then(query::metrics::FilterValue::as_number).map(|last| (at, last))
            }
            _ => None,
        },
        _ => None,
    });
    let Some((told, last)) = told else { return };
    for at in told + 1..items.len() {
        let later = matches!(
            text(items, tokens, at).as_str(),
            "later" | "other" | "remaining" | "further" | "higher"
        );
        let place = items
            .next(at)
            .filter(|place| is_place(items, tokens, *place) || text(items, tokens, *place) == "ones");
        if let (true, Some(place)) = (later, place) {
            let from = items.previous(at).filter(|all| items.mark(*all) == Some(&Mark::Each)).unwrap_or(at);
            items.merge(from, place + 1, Mark::Where(vec![condition(FIELD, FilterOp::Gt, &[last])]));
            return;
        }
    }
}

/// A noun of its own behind the condition: its values are rows.
fn rows(items: &mut Items, at: usize) {
    if let Some(token) = items.0.get(at).map(|item| item.to) {
        items.0.insert(at + 1, Item { mark: Mark::Noun(Noun::CartPlace), from: token, to: token });
    }
}
