//! The named classes of order sizes: small, medium and large.

use query::metrics::{FilterOp, FilterValue, MetricFilter};

use super::item::{Item, Items, Mark, Noun};

/// The classes of order sizes as the dimension `size_band` writes them.
const SIZES: [&str; 3] = ["small", "medium", "large"];

/// "small orders (5 items at most), medium ones (6 to 15), large ones": two classes or more are told apart.
fn spread_sizes(items: &mut Items) {
    let size = |mark: Option<&Mark>| match mark {
        Some(Mark::SizeWord(size)) => Some(*size),
        Some(Mark::Where(filters)) => match filters.as_slice() {
            [filter] if filter.field == "order_size" => match filter.op {
                FilterOp::Le => Some(0),
                FilterOp::Between => Some(1),
                FilterOp::Gt => Some(2),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    };
    let places: Vec<usize> = (0..items.len()).filter(|at| size(items.mark(*at)).is_some()).collect();
    let mut classes: Vec<usize> = places.iter().filter_map(|at| size(items.mark(*at))).collect();
    classes.sort_unstable();
    classes.dedup();
    let bounded = items.any(|mark| matches!(mark, Mark::Bound(..)));
    if classes.len() == 3 && bounded && items.places(|mark| *mark == Mark::Noun(Noun::SizeBand)).is_empty() {
        for (count, at) in places.into_iter().enumerate() {
            items.set(at, if count == 0 { Mark::Noun(Noun::SizeBand) } else { Mark::Skip });
        }
    }
}

/// "small, medium and large": the classes of order sizes.
pub(super) fn sizes(items: &mut Items) {
    spread_sizes(items);
    said_again(items);
    let mut told = named_sizes(items);
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
                if let Some(told) = told.take() {
                    let (from, to) = items.0.get(at).map_or((0, 0), |item| (item.from, item.to));
                    items.0.insert(at + 1, Item { mark: Mark::Where(vec![told]), from, to });
                }
            } else {
                // "how many of our orders are large": of orders, it is the class of their size.
                let orders = items.any(|mark| match mark {
                    Mark::Noun(Noun::Order) => true,
                    Mark::Where(filters) => filters.iter().any(|filter| filter.field == "order_size"),
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
    if items.any(|mark| *mark == Mark::Noun(Noun::SizeBand)) {
        // "small orders, medium ones and large ones": the classes are told already.
        for at in items.places(|mark| (0..3).any(|size| *mark == size_condition(size))) {
            items.set(at, Mark::Skip);
        }
    }
}

/// "small against large": the two classes that are named, where the third is not.
fn named_sizes(items: &Items) -> Option<MetricFilter> {
    let size = |at: usize| match items.mark(at) {
        Some(Mark::SizeWord(size)) => Some(*size),
        mark => (0..SIZES.len()).find(|size| mark == Some(&size_condition(*size))),
    };
    let mut sizes: Vec<usize> = (0..items.len()).filter_map(size).collect();
    sizes.sort_unstable();
    sizes.dedup();
    let names: Vec<FilterValue> =
        sizes.iter().filter_map(|size| SIZES.get(*size)).map(|name| (*name).into()).collect();
    (names.len() == 2).then(|| MetricFilter {
        field: "size_band".to_owned(),
        op: FilterOp::In,
        values: names,
    })
}

/// "large orders (more than 15 items)": the bound says what the class is.
fn said_again(items: &mut Items) {
    for at in items.places(|mark| matches!(mark, Mark::Bound(..))).into_iter().rev() {
        let Some(Mark::Bound(op, values, false)) = items.mark(at) else { continue };
        let class = match (op, values.as_slice()) {
            (FilterOp::Le, [five]) if *five == 5.0 => 0,
            (FilterOp::Lt, [six]) if *six == 6.0 => 0,
            (FilterOp::Between, [low, high]) if *low == 6.0 && *high == 15.0 => 1,
            (FilterOp::Gt, [fifteen]) if *fifteen == 15.0 => 2,
            (FilterOp::Ge, [sixteen]) if *sixteen == 16.0 => 2,
            _ => continue,
        };
        let sized = items.places(|mark| match mark {
            Mark::SizeWord(size) => *size == class,
            Mark::Where(_) => *mark == size_condition(class),
            _ => false,
        });
        if sized.iter().any(|place| place.abs_diff(at) <= 3) {
            let unit = matches!(items.mark(at + 1), Some(Mark::Noun(Noun::Item | Noun::Product)));
            items.merge(at, if unit { at + 2 } else { at + 1 }, Mark::Skip);
        }
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
