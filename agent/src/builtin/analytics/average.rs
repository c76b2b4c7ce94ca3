//! "How many orders are larger than the average basket": how many groups lie beyond the mean of all.
//!
//! Marks → one or two queries: the mean where it is asked for too, and the number of orders or customers beyond it. Says
//! nothing where no mean is compared with.

use query::metrics::{FilterOp, FilterValue, MetricFilter, MetricQuery, Summary};

use super::{
    frame::View,
    item::{Agg, End, Items, Mark, Noun},
};

/// The queries of a question about what lies above or below a mean.
pub(super) fn beyond_average(items: &Items, view: &View<'_>) -> Option<Vec<MetricQuery>> {
    let counted = (0..items.len()).rev().find_map(|at| match items.mark(at) {
        Some(Mark::Noun(noun @ (Noun::Customer | Noun::Order))) => {
            let many = |place: Option<usize>| place.is_some_and(|p| items.mark(p) == Some(&Mark::HowMany));
            let before = items.previous(at);
            let averaged =
                before.filter(|p| is_beyond(items, view, *p).is_some()).and_then(|p| items.previous(p));
            (many(before) || many(averaged) || items.mark(at + 1) == Some(&Mark::HowMany))
                .then_some((*noun, at))
        }
        _ => None,
    })?;
    let (noun, at) = counted;
    let (place, op) = (0..items.len()).find_map(|p| is_beyond(items, view, p).map(|op| (p, op)))?;
    let bounded = items.any(|mark| match mark {
        Mark::Bound(..) | Mark::Where(_) | Mark::Bands(..) => true,
        Mark::Having(filter) => filter.values.iter().all(|value| !matches!(value, FilterValue::Text(_))),
        _ => false,
    });
    let grouped = items.any(|mark| {
        matches!(
            mark,
            Mark::Noun(
                Noun::Hour | Noun::Day | Noun::Segment | Noun::Department | Noun::Aisle | Noun::DayPart
            )
        )
    });
    if bounded || grouped {
        return None;
    }
    let means: Vec<usize> = (0..items.len()).filter(|p| is_mean(items, view, *p)).collect();
    let behind = means.iter().any(|p| *p > place)
        || matches!(items.mark(place), Some(Mark::AboveOverall(_) | Mark::Having(_)));
    let pronoun = (place + 1..items.len())
        .any(|p| view.text(p).split(' ').any(|word| matches!(word, "that" | "this" | "it")))
        || view.text(place).contains("that");
    let before = means.iter().any(|p| *p < place.min(at));
    if !(behind || pronoun && before) {
        return None;
    }
    let (figure, mean) = figure(items, noun)?;
    let dimension = noun.dimension();
    let bound =
        MetricFilter { field: figure.to_owned(), op, values: vec![FilterValue::Text("mean".to_owned())] };
    let count = MetricQuery {
        filters: vec![bound],
        summary: Some(Summary::Count),
        ..MetricQuery::of([figure]).by([dimension])
    };
    let mut queries = Vec::new();
    if before {
        queries.push(MetricQuery::of([mean]));
    }
    queries.push(count);
    Some(queries)
}

/// Whether a mark compares with more or less, and which.
fn is_beyond(items: &Items, view: &View<'_>, at: usize) -> Option<FilterOp> {
    match items.mark(at)? {
        Mark::More(End::High) | Mark::Cmp(FilterOp::Gt) => Some(FilterOp::Gt),
        Mark::More(End::Low) | Mark::Cmp(FilterOp::Lt) => Some(FilterOp::Lt),
        Mark::AboveOverall(op) => Some(*op),
        Mark::Having(filter) if filter.values.iter().any(|value| matches!(value, FilterValue::Text(_))) => {
            Some(filter.op)
        }
        _ => match view.text(at).trim_start_matches("are ").trim_start_matches("is ") {
            "exceeding" | "exceed" | "exceeds" | "above" | "over" | "beyond" | "more than"
            | "larger than" | "bigger than" | "greater than" | "higher than" => Some(FilterOp::Gt),
            "below" | "under" | "less than" | "fewer than" | "smaller than" | "lower than" => {
                Some(FilterOp::Lt)
            }
            _ => None,
        },
    }
}

fn is_mean(items: &Items, view: &View<'_>, at: usize) -> bool {
    let words = view.text(at);
    items.mark(at) == Some(&Mark::Agg(Agg::Mean))
        || matches!(items.mark(at), Some(Mark::Metric(_)))
            && (words.split(' ').any(|word| matches!(word, "average" | "mean" | "avg"))
                || words.contains(" per "))
}

/// The figure of one order or customer, and the metric that is its mean.
fn figure(items: &Items, noun: Noun) -> Option<(&'static str, &'static str)> {
    if noun == Noun::Order {
        return Some(("basket_size", "basket_size"));
    }
    let metric = |names: &[&str]| {
        items.any(|mark| matches!(mark, Mark::Metric(name) if names.contains(&name.as_str())))
    };
    let distinct = items.any(|mark| *mark == Mark::Distinct)
        || metric(&["products_bought", "avg_products_per_customer"])
        || items.any(|mark| *mark == Mark::Noun(Noun::Product));
    if distinct {
        return Some(("products_bought", "avg_products_per_customer"));
    }
    if items.any(|mark| *mark == Mark::Noun(Noun::Order)) || metric(&["orders_per_customer", "orders"]) {
        return Some(("orders", "orders_per_customer"));
    }
    if items.any(|mark| *mark == Mark::Noun(Noun::Item)) || metric(&["items_per_customer", "items"]) {
        return Some(("items", "items_per_customer"));
    }
    None
}
