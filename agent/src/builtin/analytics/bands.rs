//! Bounds in a row: "up to 5, 6-10, 11-20, more than 20" are bands of one figure, not conditions.

use query::metrics::FilterOp;

use super::item::{Items, Mark, Noun};

/// Joins bounds that stand in a row, two of them at least ranges or open ends.
pub(super) fn bands(items: &mut Items) {
    let mut at = 0;
    let classes = items.any(|mark| *mark == Mark::Noun(Noun::SizeBand));
    while at < items.len() {
        if let (true, Some(Mark::Bound(..))) = (classes, items.mark(at)) {
            // "small (up to 5), medium (6 to 15), …": the classes are as they are.
            items.set(at, Mark::Skip);
        }
        if band(items.mark(at)).is_none() {
            at += 1;
            continue;
        }
        let mut list = Vec::new();
        let mut end = at;
        while let Some(found) = band(items.mark(end)) {
            list.push(found);
            let mut next = end + 1;
            while matches!(
                items.mark(next),
                Some(
                    Mark::Comma
                        | Mark::And
                        | Mark::Or
                        | Mark::Skip
                        | Mark::CmpAfter(_)
                        | Mark::Distinct
                        | Mark::Noun(Noun::Item | Noun::Product | Noun::Order | Noun::Day)
                )
            ) || matches!(
                items.mark(next),
                Some(Mark::Link(_) | Mark::HowOften | Mark::Noun(_) | Mark::EachOne)
            ) || matches!(items.mark(next), Some(Mark::Metric(name)) if name == "products_bought")
            {
                next += 1;
            }
            end = if band(items.mark(next)).is_some() && next > end + 1 { next } else { end + 1 };
            if end != next {
                break;
            }
        }
        let ranges = list.iter().filter(|(op, _)| *op != FilterOp::Eq).count();
        // "under 0.4, at least 1000 items": two conditions, not classes of one figure.
        let apart = list.windows(2).any(|pair| match pair {
            [(_, low), (_, high)] => {
                low.last().zip(high.first()).is_some_and(|(low, high)| *low < 1.0 && *low > 0.0 && *high > 50.0)
            }
            _ => false,
        });
        if list.len() >= 2 && ranges >= 2 && !apart {
            items.merge(at, end, Mark::Bands(list));
        }
        at += 1;
    }
}

/// "small, medium and large": the classes of order sizes.
pub(super) fn sizes(items: &mut Items) {
    let mut at = 0;
    while at < items.len() {
        let mut last = at;
        let mut count = 0;
        let mut place = at;
        let sized = |mark: Option<&Mark>| match mark {
            Some(Mark::Where(filters)) => filters.iter().any(|filter| filter.field == "order_size"),
            Some(Mark::SizeWord(_)) => true,
            _ => false,
        };
        while sized(items.mark(place))
            || matches!(
                items.mark(place),
                Some(Mark::SizeWord(_) | Mark::Comma | Mark::And | Mark::Or | Mark::Versus | Mark::Skip)
            )
            || (count > 0 && matches!(items.mark(place), Some(Mark::Link(_))))
        {
            if sized(items.mark(place)) {
                last = place;
                count += 1;
            }
            place += 1;
        }
        if matches!(items.mark(at), Some(Mark::SizeWord(_))) {
            if count > 1 {
                items.merge(at, last + 1, Mark::Noun(Noun::SizeBand));
            } else {
                // "how many of our orders are large": of orders, it is the class of their size.
                let orders = items.any(|mark| match mark {
                    Mark::Noun(Noun::Order) => true,
                    Mark::ShareOf(name) => name == "orders",
                    _ => false,
                });
                let other = matches!(items.mark(at + 1), Some(Mark::Noun(noun)) if *noun != Noun::Order);
                let mark = match items.mark(at) {
                    Some(Mark::SizeWord(size)) if orders && !other => size_condition(*size),
                    _ => Mark::Word,
                };
                items.set(at, mark);
            }
        }
        at += 1;
    }
}

fn size_condition(size: usize) -> Mark {
    let (op, values): (FilterOp, &[f64]) = match size {
        0 => (FilterOp::Le, &[5.0]),
        1 => (FilterOp::Between, &[6.0, 15.0]),
        _ => (FilterOp::Gt, &[15.0]),
    };
    Mark::Where(vec![super::times::condition("order_size", op, values)])
}

fn band(mark: Option<&Mark>) -> Option<(FilterOp, Vec<f64>)> {
    match mark? {
        Mark::Bound(op, values, false) => Some((*op, values.clone())),
        Mark::Number(value) => Some((FilterOp::Eq, vec![*value])),
        _ => None,
    }
}
