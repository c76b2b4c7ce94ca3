//! How many orders somebody has, as rows: "customers by order count", "distribution of customers over how often they
//! ordered", "how many customers placed 1 order, 2 orders, 3 orders and so on"; and one row for each of some orders:
//! "items in each of their first ten orders".
//!
//! Behind the conditions. Customers that are counted stand before a word of grouping, and what groups is a number of
//! orders: those words become a grouping by it. Input and output: marks.

use super::{
    item::{Item, Items, Link, Mark, Noun, Verb},
    people::text,
};
use crate::builtin::normalise::Token;

/// The rows that a number of orders makes.
const ROWS: Noun = Noun::Sides("customer_orders");

/// Reads numbers of orders as rows.
pub(super) fn order_counts(items: &mut Items, tokens: &[Token]) {
    if counts_customers(items) {
        by_count(items, tokens);
        listed_counts(items, tokens);
    }
    each_of_some(items, tokens);
}

fn counts_customers(items: &Items) -> bool {
    let figure = items.any(|mark| matches!(mark, Mark::Share | Mark::ShareOf(_) | Mark::Rank(..)));
    let counted = items
        .places(|mark| *mark == Mark::Noun(Noun::Customer))
        .into_iter()
        .any(|at| matches!(items.before(at), Some(Mark::HowMany | Mark::Spread | Mark::Metric(_)) | None));
    let named = items.any(|mark| matches!(mark, Mark::Metric(name) if name == "customers"));
    !figure && (counted || named)
}

/// "by order count", "per number of orders", "over how often they ordered".
fn by_count(items: &mut Items, tokens: &[Token]) {
    for at in 0..items.len() {
        let words = text(items, tokens, at);
        let groups = match items.mark(at) {
            Some(Mark::Each) => true,
            // "per number of" was taken for a division.
            Some(Mark::DividedBy) => words.ends_with("number of") || words.ends_with("count of"),
            _ => matches!(words.as_str(), "over" | "according to" | "based on"),
        };
        let Some(next) = items.next(at).filter(|_| groups) else { continue };
        let end = match items.mark(next) {
            // "for each count of orders" names rows; "per order" does not.
            Some(Mark::Metric(name)) if name == "orders" && is_count(&text(items, tokens, next)) => next,
            Some(Mark::HowMany) if items.after(next) == Some(&Mark::Noun(Noun::Order)) => {
                items.next(next).unwrap_or(next)
            }
            Some(Mark::HowOften) if is_order(items, items.next(next)) => items.next(next).unwrap_or(next),
            Some(Mark::Noun(Noun::Order)) if items.mark(at) == Some(&Mark::DividedBy) => next,
            _ => continue,
        };
        put(items, at, end + 1);
        return;
    }
}

fn is_count(words: &str) -> bool {
    words.contains("count") || words.contains("number") || words.contains("frequency")
}

fn is_order(items: &Items, at: Option<usize>) -> bool {
    matches!(
        at.and_then(|at| items.mark(at)),
        Some(Mark::Verb(Verb::Place | Verb::Buy) | Mark::Noun(Noun::Order))
    )
}

/// "1 order, 2 orders, 3 orders and so on".
fn listed_counts(items: &mut Items, tokens: &[Token]) {
    let Some(first) = items.places(is_single_count).first().copied() else { return };
    let goes_on = tokens.windows(3).any(|words| {
        matches!(words, [and, so, on] if and.text == "and" && so.text == "so" && matches!(on.text.as_str(), "on" | "forth"))
    }) || tokens.iter().any(|token| matches!(token.text.as_str(), "etc" | "…" | "..." | "histogram"));
    let mut end = first + 1;
    let mut counts = 1;
    while end < items.len() {
        match items.mark(end) {
            Some(Mark::Number(_)) => counts += 1,
            Some(mark) if is_single_count(mark) => counts += 1,
            Some(Mark::Comma | Mark::And | Mark::HowMany | Mark::Noun(Noun::Order) | Mark::Skip) => {}
            _ => break,
        }
        end += 1;
    }
    if goes_on && counts > 1 {
        put(items, first, end);
    }
}

fn is_single_count(mark: &Mark) -> bool {
    matches!(mark, Mark::Where(filters) if matches!(filters.as_slice(), [filter] if filter.field == "customer_orders" && filter.values.len() == 1))
}

/// Puts the grouping in the place of its words.
fn put(items: &mut Items, from: usize, to: usize) {
    items.merge(from, to, Mark::Each);
    let place = items.0.get(from).map_or(0, |item| item.to);
    items.0.insert(from + 1, Item { mark: Mark::Noun(ROWS), from: place, to: place });
}

/// "in each of their orders 1 to 10", "for each of the first five orders": each of them is a row.
fn each_of_some(items: &mut Items, tokens: &[Token]) {
    let ranged = |mark: Option<&Mark>| matches!(mark, Some(Mark::Where(filters)) if matches!(filters.as_slice(), [filter] if filter.field == "order_number" && ranges(filter)));
    if items.any(|mark| *mark == Mark::Noun(Noun::OrderNumber)) {
        return;
    }
    let found = (0..items.len()).find(|at| {
        let words = text(items, tokens, *at);
        let each = items.mark(*at) == Some(&Mark::Each)
            && words.split(' ').any(|word| matches!(word, "each" | "every"));
        let orders = (at + 1..items.len()).find(|place| {
            !matches!(
                items.mark(*place),
                Some(Mark::Skip | Mark::Link(Link::Of) | Mark::Noun(Noun::Customer))
            )
        });
        each && ranged(orders.and_then(|place| items.mark(place)))
    });
    // "items per order of customer 5, orders 1 to 10"
    let one_customer = items.any(|mark| {
        matches!(mark, Mark::Where(filters) if filters.iter().any(|filter| filter.field == "user_id" && filter.values.len() == 1))
    });
    let per_order = items.any(|mark| matches!(mark, Mark::Metric(name) if name == "basket_size"))
        && one_customer
        && !items.any(|mark| matches!(mark, Mark::Agg(_)));
    let orders = (found.unwrap_or(0)..items.len())
        .find(|at| ranged(items.mark(*at)))
        .filter(|_| found.is_some() || per_order);
    if let Some(orders) = orders {
        let place = items.0.get(orders).map_or(0, |item| item.to);
        items.0.insert(orders + 1, Item { mark: Mark::Noun(Noun::OrderNumber), from: place, to: place });
    }
}

fn ranges(filter: &query::metrics::MetricFilter) -> bool {
    use query::metrics::FilterOp;
    match filter.op {
        FilterOp::Between | FilterOp::In => true,
        FilterOp::Le | FilterOp::Lt => {
            filter.values.first().and_then(query::metrics::FilterValue::as_number) > Some(2.0)
        }
        _ => false,
    }
}
