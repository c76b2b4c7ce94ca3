//! Bounds in a row: "up to 5, 6-10, 11-20, more than 20" are bands of one figure, not conditions.

use query::metrics::FilterOp;

use super::item::{Band, Items, Link, Mark, Noun};

/// Joins bounds that stand in a row, two of them at least ranges or open ends.
pub(super) fn bands(items: &mut Items) {
    let mut at = 0;
    let classes = items.any(|mark| *mark == Mark::Noun(Noun::SizeBand));
    if classes {
        // "order size class (small: up to 5, medium: 6 to 15)": the names of the classes say nothing more.
        for place in items.places(|mark| match mark {
            Mark::SizeWord(_) => true,
            Mark::Where(filters) => filters.iter().all(|filter| filter.field == "order_size"),
            _ => false,
        }) {
            items.set(place, Mark::Skip);
        }
    }
    while at < items.len() {
        if let (true, Some(Mark::Bound(..))) = (classes, items.mark(at)) {
            // "small (up to 5), medium (6 to 15), …": the classes are as they are.
            items.set(at, Mark::Skip);
        }
        if band(items, at).is_none() {
            at += 1;
            continue;
        }
        let mut list: Vec<(Band, bool)> = Vec::new();
        let mut unit = None;
        // "recency under 5 days, fewer than 8 orders": two figures.
        let (mut mixed, mut other) = (false, false);
        let mut end = at;
        while let Some((found, percent, behind)) = band(items, end) {
            list.push((found, percent));
            // What stands behind the last class is no unit of it.
            mixed |= other;
            let mut next = behind;
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
            ) || matches!(items.mark(next), Some(Mark::HowOften | Mark::Noun(_) | Mark::EachOne))
                || matches!(items.mark(next), Some(Mark::Link(link)) if *link != Link::That)
                || matches!(items.mark(next), Some(Mark::Metric(name)) if name == "products_bought")
            {
                if let Some(Mark::Noun(noun)) = items.mark(next) {
                    other = unit.is_some_and(|known| known != *noun);
                    unit = unit.or(Some(*noun));
                }
                next += 1;
            }
            end = if band(items, next).is_some() && next > behind { next } else { behind };
            if end != next {
                break;
            }
        }
        let percents = list.iter().any(|(_, percent)| *percent);
        let list: Vec<Band> =
            list.into_iter().map(|(band, percent)| scaled(band, percents && !percent)).collect();
        let ranges = list.iter().filter(|band| band.iter().all(|(op, _)| *op != FilterOp::Eq)).count();
        // "30 days or more and fewer than three items": two bounds that leave a gap are no classes of one figure.
        let far = match list.as_slice() {
            [one, other] => !percents && leaves_a_gap(one, other),
            _ => false,
        };
        // "under 0.4, at least 1000 items": two conditions, not classes of one figure.
        let apart = list.windows(2).any(|pair| match pair {
            [low, high] => low
                .last()
                .and_then(|(_, values)| values.last())
                .zip(high.first().and_then(|(_, values)| values.first()))
                .is_some_and(|(low, high)| *low < 1.0 && *low > 0.0 && *high > 50.0),
            _ => false,
        });
        if list.len() >= 2 && ranges >= 2 && !apart && !far && !mixed && (!percents || list.len() > 2) {
            // What is counted may stand behind the last of them.
            let unit = unit.or(match items.after(end - 1) {
                Some(Mark::Noun(noun)) => Some(*noun),
                _ => None,
            });
            items.merge(at, end, Mark::Bands(list, unit));
        }
        at += 1;
    }
}

/// Whether whole numbers lie between two open classes: "30 or more" and "fewer than 3".
fn leaves_a_gap(one: &Band, other: &Band) -> bool {
    let open = |band: &Band| match band.as_slice() {
        [(op, values)] => values.first().map(|value| (*op, *value)),
        _ => None,
    };
    let (Some(one), Some(other)) = (open(one), open(other)) else { return false };
    let (low, high) = match (one.0, other.0) {
        (FilterOp::Lt | FilterOp::Le, FilterOp::Gt | FilterOp::Ge) => (one, other),
        (FilterOp::Gt | FilterOp::Ge, FilterOp::Lt | FilterOp::Le) => (other, one),
        _ => return false,
    };
    high.1 - low.1 > 1.0
}

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
}

/// "large orders (more than 15 items)": the bound says what the class is.
fn said_again(items: &mut Items) {
    for at in items.places(|mark| matches!(mark, Mark::Bound(..))) {
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
            return;
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

/// The class that begins here, whether it is in per cents, and where it ends.
fn band(items: &Items, at: usize) -> Option<(Band, bool, usize)> {
    let one = |mark: Option<&Mark>| match mark? {
        Mark::Bound(op, values, percent) => Some((*op, values.clone(), *percent)),
        Mark::Number(value) => Some((FilterOp::Eq, vec![*value], false)),
        Mark::Percent(value) => Some((FilterOp::Eq, vec![*value], true)),
        _ => None,
    };
    let (op, values, percent) = one(items.mark(at))?;
    // "7 to less than 14", "above 5 up to 10": both ends, one of them left out.
    let to = items.mark(at + 1) == Some(&Mark::Link(Link::To));
    let next = if to { at + 2 } else { at + 1 };
    if let Some(Mark::Bound(upper @ (FilterOp::Lt | FilterOp::Le), high, also)) = items.mark(next) {
        let opens = match op {
            FilterOp::Eq if to => Some(FilterOp::Ge),
            FilterOp::Gt | FilterOp::Ge => Some(op),
            _ => None,
        };
        let rises =
            values.first().zip(high.first()).is_some_and(|(low, high)| low < high || *also != percent);
        if let Some(lower) = opens.filter(|_| rises) {
            let low = scaled(vec![(lower, values)], *also && !percent);
            let high = scaled(vec![(*upper, high.clone())], percent && !*also);
            return Some((low.into_iter().chain(high).collect(), percent || *also, next + 1));
        }
    }
    Some((vec![(op, values)], percent, at + 1))
}

/// A class whose per cent sign stands elsewhere.
fn scaled(band: Band, whole: bool) -> Band {
    let scale = |value: f64| if whole && value > 1.0 { value / 100.0 } else { value };
    band.into_iter().map(|(op, values)| (op, values.into_iter().map(scale).collect())).collect()
}
