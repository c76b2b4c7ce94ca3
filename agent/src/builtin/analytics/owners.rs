//! Last pass: conditions on figures of whole customers and orders that no column of theirs has.
//!
//! "who placed more than half of their orders at night", "orders that touch ten aisles or more", "who bought the same
//! product 20 times", "with wine in two different orders", "meat in every one of their orders": who is meant is said by
//! the nearest noun, what of theirs counts by the conditions on lines and times beside the figure. Input: marks with
//! conditions on groups and rows. Output: a [`Mark::Among`] in their place.

use query::metrics::{Cohort, CohortOf, FilterOp, FilterValue, MetricFilter};

use super::{
    frame::View,
    item::{Items, Link, Mark, Noun, Verb},
    query::LINE_FIELDS,
    times::condition,
};
use crate::builtin::normalise::Token;

/// How far what a figure counts may stand behind it.
const REACH: usize = 8;

/// Reads conditions on figures of whole customers and orders.
pub(super) fn owners(items: &mut Items, tokens: &[Token]) {
    for at in 0..items.len() {
        let reader = Reader { items, tokens };
        let read = reader
            .same_product(at)
            .or_else(|| reader.every_order(at))
            .or_else(|| reader.fraction(at))
            .or_else(|| reader.fraction_of_items(at))
            .or_else(|| reader.in_orders(at))
            .or_else(|| reader.places(at))
            .or_else(|| reader.extreme(at))
            .or_else(|| reader.bounded(at));
        let Some(found) = read else { continue };
        for place in found.used {
            items.set(place, Mark::Skip);
        }
        items.set(at, Mark::Among(Box::new(found.cohort)));
    }
}

/// A condition with the places of the marks that it takes.
struct Found {
    cohort: Cohort,
    used: Vec<usize>,
}

struct Reader<'a> {
    items: &'a Items,
    tokens: &'a [Token],
}

impl Reader<'_> {
    fn text(&self, at: usize) -> String {
        View { items: self.items, tokens: self.tokens }.text(at)
    }

    fn has_word(&self, from: usize, to: usize, words: &[&str]) -> bool {
        (from..to.min(self.items.len())).any(|at| self.text(at).split(' ').any(|word| words.contains(&word)))
    }

    /// Whose figure it is: the nearest customers or orders before, else the first behind.
    fn owner(&self, at: usize) -> Option<CohortOf> {
        let of = |place: usize| match self.items.mark(place) {
            Some(Mark::Noun(Noun::Customer)) => Some(CohortOf::Customers),
            Some(Mark::Noun(Noun::Order)) => Some(CohortOf::Orders),
            Some(Mark::ShareOf(name)) if name == "customers" => Some(CohortOf::Customers),
            Some(Mark::ShareOf(name)) if name == "orders" => Some(CohortOf::Orders),
            // Whose figures are told is somebody else.
            Some(Mark::Noun(
                Noun::Aisle | Noun::Department | Noun::Product | Noun::Segment | Noun::Hour | Noun::Day,
            )) => None,
            _ => None,
        };
        let before = (0..at).rev().find_map(of);
        before.or_else(|| (at + 1..self.items.len()).find_map(of))
    }

    /// A condition on a count of groups, with its field.
    fn having(&self, at: usize) -> Option<&MetricFilter> {
        match self.items.mark(at)? {
            Mark::Having(filter) => Some(filter),
            Mark::Where(filters) => match filters.as_slice() {
                [filter] if filter.field == "customer_orders" || filter.field == "order_size" => Some(filter),
                _ => None,
            },
            _ => None,
        }
    }

    /// The conditions on lines and times beside a figure, behind it first.
    fn counted(&self, at: usize, before: bool) -> Vec<(usize, MetricFilter)> {
        let of = |place: usize| match self.items.mark(place) {
            Some(Mark::Where(filters)) if filters.iter().all(is_counted) => {
                filters.iter().map(|filter| (place, filter.clone())).collect()
            }
            _ => Vec::new(),
        };
        let stops = |place: &usize| {
            matches!(
                self.items.mark(*place),
                Some(Mark::Having(_) | Mark::HowMany | Mark::Share | Mark::ShareOf(_))
            )
        };
        let behind: Vec<(usize, MetricFilter)> = (at + 1..self.items.len().min(at + REACH))
            .take_while(|place| !stops(place))
            .flat_map(of)
            .collect();
        if !behind.is_empty() || !before {
            return behind;
        }
        (at.saturating_sub(REACH)..at).rev().take_while(|place| !stops(place)).flat_map(of).collect()
    }

    /// "more than half of their orders at night", "over 50 % of whose items are organic".
    fn fraction(&self, at: usize) -> Option<Found> {
        if let Some(Mark::Bound(op, values, true)) = self.items.mark(at) {
            return self.fraction_bought(at, *op, values);
        }
        let filter = self.having(at)?;
        let metric = filter.field.strip_prefix("share_of_")?;
        let owner = self.owner(at)?;
        let own = matches!((owner, metric), (_, "items") | (CohortOf::Customers, "orders"));
        let possessive = ["their", "whose", "whom", "its", "they", "theirs", "his", "her", "them"];
        if !own || !self.has_word(at.saturating_sub(3), at + REACH, &possessive) {
            return None;
        }
        let counted = self.counted(at, true);
        if counted.is_empty() {
            return None;
        }
        // What an order held is known of those with items; when it was placed of all.
        let placed = ["order_hour_of_day", "order_dow", "day_part", "order_number", "days_since_prior_order"];
        let of_lines = counted.iter().any(|(_, filter)| !placed.contains(&filter.field.as_str()));
        let metric = if metric == "orders" && of_lines { "baskets" } else { metric };
        let having = MetricFilter { field: format!("part_of_{metric}"), ..filter.clone() };
        Some(part(owner, having, counted))
    }

    /// "more than half of what they buy is organic".
    fn fraction_bought(&self, at: usize, op: FilterOp, values: &[f64]) -> Option<Found> {
        let buys = (at + 1..self.items.len().min(at + REACH))
            .find(|place| matches!(self.items.mark(*place), Some(Mark::Verb(Verb::Buy))))?;
        let whose = self.has_word(at, buys, &["what", "everything", "all"]);
        let counted = self.counted(at, true);
        let customers = self.owner(at) == Some(CohortOf::Customers);
        let having = condition("part_of_items", op, values);
        (whose && customers && !counted.is_empty()).then(|| part(CohortOf::Customers, having, counted))
    }

    /// "customers with more than half organic items", "baskets of at least 50 % frozen products".
    fn fraction_of_items(&self, at: usize) -> Option<Found> {
        let Some(Mark::Bound(op, values, true)) = self.items.mark(at) else { return None };
        let led = matches!(
            self.items.before(at),
            Some(Mark::Link(Link::With | Link::Of | Link::That) | Mark::Noun(Noun::Customer | Noun::Order))
        );
        let thing = self.items.next(at).filter(|_| led)?;
        let noun = self.items.next(thing)?;
        let goods = matches!(self.items.mark(noun), Some(Mark::Noun(Noun::Item | Noun::Product)));
        let Some(Mark::Where(filters)) = self.items.mark(thing) else { return None };
        if !goods || !filters.iter().all(is_counted) {
            return None;
        }
        let counted = filters.iter().map(|filter| (thing, filter.clone())).collect();
        let mut found = part(self.owner(at)?, condition("part_of_items", *op, values), counted);
        found.used.push(noun);
        Some(found)
    }

    /// "produce in every one of their orders".
    fn every_order(&self, at: usize) -> Option<Found> {
        if self.items.mark(at) != Some(&Mark::Noun(Noun::Order)) {
            return None;
        }
        let near = at.saturating_sub(5);
        let every = self.has_word(near, at, &["every", "each", "all"]);
        let theirs = self.has_word(near, at + 4, &["their", "theirs", "they", "whose", "his", "them"]);
        let customers = (0..at).any(|place| self.items.mark(place) == Some(&Mark::Noun(Noun::Customer)));
        let only = self.has_word(near, at, &["single", "one", "every", "all"]);
        if !(every && theirs && customers && only) {
            return None;
        }
        let counted = self.counted(at, true);
        let having = condition("part_of_baskets", FilterOp::Ge, &[1.0]);
        (!counted.is_empty()).then(|| part(CohortOf::Customers, having, counted))
    }

    /// "bought the same product 20 times".
    fn same_product(&self, at: usize) -> Option<Found> {
        let filter = self.having(at)?;
        let counts = matches!(filter.field.as_str(), "items" | "orders" | "customer_orders");
        let (from, to) = (at.saturating_sub(7), at + 5);
        let product = |place: &usize| {
            let noun = self.items.mark(*place);
            let words: Vec<String> = (place.saturating_sub(3)..*place).map(|at| self.text(at)).collect();
            let denied =
                words.iter().any(|words| ["no", "not", "without"].iter().any(|no| words.starts_with(no)));
            let words: Vec<&str> = words.iter().flat_map(|words| words.split(' ')).collect();
            let same = ["same", "single", "particular", "given"].iter().any(|word| words.contains(word));
            let one = noun == Some(&Mark::Noun(Noun::Product))
                && ["one", "some", "any"].iter().any(|word| words.contains(word));
            let counted = matches!(noun, Some(Mark::Noun(Noun::Product | Noun::Item)));
            let own = self.text(*place);
            let said = noun == Some(&Mark::Skip)
                && ["product", "item", "thing"].iter().any(|word| own.ends_with(word))
                && ["same", "single"].iter().any(|word| own.contains(word));
            said || counted && !denied && (same || one)
        };
        let place = (from..to.min(self.items.len())).find(product)?;
        if !counts || self.owner(at)? != CohortOf::Customers {
            return None;
        }
        let metric = if filter.field == "items" { "items" } else { "orders" };
        let having = MetricFilter { field: metric.to_owned(), ..filter.clone() };
        let cohort = Cohort {
            of: CohortOf::Customers,
            having: vec![having],
            per: Some("product_id".to_owned()),
            ..Cohort::default()
        };
        Some(Found { cohort, used: vec![place] })
    }

    /// "bought wine in two or more different orders".
    fn in_orders(&self, at: usize) -> Option<Found> {
        let filter = self.having(at)?;
        if !matches!(filter.field.as_str(), "orders" | "customer_orders")
            || self.owner(at)? != CohortOf::Customers
        {
            return None;
        }
        let bought = (0..at).any(|place| matches!(self.items.mark(place), Some(Mark::Verb(Verb::Buy))));
        let inside = (at.saturating_sub(2)..at)
            .any(|place| matches!(self.items.mark(place), Some(Mark::Link(Link::In | Link::On))))
            || self.has_word(at, at + 1, &["different", "separate", "distinct"]);
        let counted = self.counted(at, true);
        // "customers with wine in at least two orders"
        let nearest = counted.iter().map(|(place, _)| *place).filter(|place| *place < at).max();
        let held = nearest.is_some_and(|thing| self.items.before(thing) == Some(&Mark::Link(Link::With)));
        if !((bought || held) && inside) || counted.is_empty() {
            return None;
        }
        let having = MetricFilter { field: "orders".to_owned(), ..filter.clone() };
        let (used, bought) = counted.into_iter().unzip();
        let cohort = Cohort { of: CohortOf::Customers, bought, having: vec![having], ..Cohort::default() };
        Some(Found { cohort, used })
    }

    /// "orders that touch ten aisles", "customers who bought from more than 10 departments".
    fn places(&self, at: usize) -> Option<Found> {
        let (owner, having, mut used) = match self.having(at) {
            Some(filter) if matches!(filter.field.as_str(), "aisles" | "departments") => {
                (self.owner(at)?, filter.clone(), Vec::new())
            }
            _ => self.single_place(at)?,
        };
        // "organic products in 5 departments"; "orders with wine that touch 10 aisles" touch any.
        let buys = (0..at).any(|place| matches!(self.items.mark(place), Some(Mark::Verb(Verb::Buy))));
        let inside =
            buys && matches!(self.items.before(at), Some(Mark::Link(Link::In | Link::From | Link::On)));
        let counted = self.counted(at, inside);
        let bought: Vec<MetricFilter> = counted
            .iter()
            .filter(|(_, filter)| inside || !LINE_FIELDS.contains(&filter.field.as_str()))
            .map(|(_, filter)| filter.clone())
            .collect();
        used.extend(counted.iter().filter(|(_, filter)| bought.contains(filter)).map(|(place, _)| *place));
        Some(Found { cohort: Cohort { of: owner, bought, having: vec![having], ..Cohort::default() }, used })
    }

    /// "stays within a single department".
    fn single_place(&self, at: usize) -> Option<(CohortOf, MetricFilter, Vec<usize>)> {
        let field = match self.items.mark(at)? {
            Mark::Noun(Noun::Department) => "departments",
            Mark::Noun(Noun::Aisle) => "aisles",
            _ => return None,
        };
        let near = at.saturating_sub(3);
        let single = self.has_word(near, at, &["single", "one"])
            && (self.has_word(near, at, &["single", "only", "just", "exactly"])
                || self.has_word(
                    at.saturating_sub(6),
                    at,
                    &["stay", "stays", "stayed", "confined", "stick", "sticks"],
                ));
        let owner = (0..at).rev().find_map(|place| match self.items.mark(place) {
            Some(Mark::Noun(Noun::Customer)) => Some(CohortOf::Customers),
            Some(Mark::Noun(Noun::Order)) => Some(CohortOf::Orders),
            Some(Mark::ShareOf(name)) if name == "orders" => Some(CohortOf::Orders),
            Some(Mark::ShareOf(name)) if name == "customers" => Some(CohortOf::Customers),
            _ => None,
        })?;
        let not = (near..at).any(|place| matches!(self.items.mark(place), Some(Mark::Not | Mark::Never)));
        (single && !not).then(|| (owner, condition(field, FilterOp::Eq, &[1.0]), Vec::new()))
    }

    /// "customers who bought 20 or more different produce products", "orders with at least 5 organic items", "customers with two
    /// or more orders containing frozen pizza": a bound on what of theirs meets the conditions beside it.
    fn bounded(&self, at: usize) -> Option<Found> {
        const COUNTS: [&str; 8] = [
            "items",
            "orders",
            "customer_orders",
            "products_bought",
            "reorders",
            "aisles",
            "departments",
            "baskets",
        ];
        let filter = self.having(at)?;
        let plain = filter.values.iter().all(|value| !matches!(value, FilterValue::Text(_)));
        let measured = self.items.any(|mark| {
            matches!(mark, Mark::HowMany | Mark::Share | Mark::ShareOf(_) | Mark::Metric(_) | Mark::Agg(_))
        }) && !self.items.any(|mark| matches!(mark, Mark::Rank(..)));
        // "each with their item count": a row each.
        let listed = self.items.places(|mark| *mark == Mark::Each).into_iter().any(|place| {
            matches!(self.items.after(place), None | Some(Mark::Link(_) | Mark::Comma))
                && self.text(place) == "each"
        });
        if !COUNTS.contains(&filter.field.as_str()) || !plain || !measured || listed {
            return None;
        }
        let owner = self.nearest_owner(at)?;
        let counted = self.beside(at);
        let column = matches!(self.items.mark(at), Some(Mark::Where(_)));
        // "X: which share of its buyers got it twice": what counts stands apart, and is not all that they bought.
        let of_things = self
            .items
            .any(|mark| matches!(mark, Mark::Where(filters) if filters.iter().any(super::query::of_lines)));
        if counted.is_empty() && (column || of_things || owner == CohortOf::Orders) {
            return None;
        }
        // "of its buyers, what share got it at least twice": how often the thing that was named, not how much of all.
        let times = ["twice", "times", "once", "thrice"].iter().any(|word| self.text(at).ends_with(word));
        let named = self.items.any(
            |mark| matches!(mark, Mark::Where(filters) if filters.iter().any(|f| f.field.starts_with("product_"))),
        );
        if counted.is_empty() && times && named {
            return None;
        }
        let field = if filter.field == "customer_orders" { "orders" } else { &filter.field };
        let having = MetricFilter { field: field.to_owned(), ..filter.clone() };
        let (mut used, bought): (Vec<usize>, Vec<MetricFilter>) = counted.into_iter().unzip();
        // "who never bought more than five": those of whom that is not so.
        let denied = (0..at)
            .rev()
            .find(|place| {
                !matches!(
                    self.items.mark(*place),
                    Some(Mark::Skip | Mark::Verb(_) | Mark::Link(Link::With | Link::Is))
                ) && !used.contains(place)
            })
            .filter(|place| matches!(self.items.mark(*place), Some(Mark::Never | Mark::Not)));
        used.extend(denied);
        let not = denied.is_some();
        Some(Found {
            cohort: Cohort { of: owner, bought, not, having: vec![having], ..Cohort::default() },
            used,
        })
    }

    /// Whose figure a bound is on, where the nearest noun that has figures says so.
    fn nearest_owner(&self, at: usize) -> Option<CohortOf> {
        let of = |place: usize| match self.items.mark(place) {
            Some(Mark::Noun(Noun::Customer)) => Some(Some(CohortOf::Customers)),
            Some(Mark::Noun(Noun::Order)) => Some(Some(CohortOf::Orders)),
            Some(Mark::ShareOf(name)) if name == "customers" => Some(Some(CohortOf::Customers)),
            Some(Mark::ShareOf(name)) if name == "orders" => Some(Some(CohortOf::Orders)),
            Some(Mark::Noun(
                Noun::Aisle | Noun::Department | Noun::Product | Noun::Segment | Noun::Hour | Noun::Day,
            )) => Some(None),
            _ => None,
        };
        (0..at).rev().find_map(of).or_else(|| (at + 1..self.items.len()).find_map(of)).flatten()
    }

    /// The conditions on lines and times that stand with a bound: right behind it, else before it behind a verb of buying.
    fn beside(&self, at: usize) -> Vec<(usize, MetricFilter)> {
        let of = |place: usize| -> Vec<(usize, MetricFilter)> {
            match self.items.mark(place) {
                Some(Mark::Where(filters)) if filters.iter().all(is_counted) => {
                    filters.iter().map(|filter| (place, filter.clone())).collect()
                }
                _ => Vec::new(),
            }
        };
        let passes = |place: &usize| {
            !of(*place).is_empty()
                || matches!(
                    self.items.mark(*place),
                    Some(
                        Mark::Skip
                            | Mark::Distinct
                            | Mark::HowOften
                            | Mark::Link(Link::Of | Link::In | Link::With | Link::From | Link::On | Link::At)
                            | Mark::Noun(
                                Noun::Item | Noun::Product | Noun::Order | Noun::Aisle | Noun::Department
                            )
                    )
                )
        };
        let behind: Vec<_> = (at + 1..self.items.len()).take_while(passes).flat_map(of).collect();
        if !behind.is_empty() {
            return behind;
        }
        let acts = |place: &usize| {
            passes(place) || matches!(self.items.mark(*place), Some(Mark::Verb(Verb::Buy | Verb::Place)))
        };
        let before: Vec<usize> = (0..at).rev().take_while(acts).collect();
        let bought = before.iter().any(|place| matches!(self.items.mark(*place), Some(Mark::Verb(_))));
        if bought { before.into_iter().flat_map(of).collect() } else { Vec::new() }
    }

    /// "whose biggest order had 40 items or more".
    fn extreme(&self, at: usize) -> Option<Found> {
        let filter = self.having(at)?;
        let plain = filter.values.iter().all(|value| !matches!(value, FilterValue::Text(_)));
        let customers = (0..self.items.len()).any(|place| {
            matches!(self.items.mark(place), Some(Mark::Noun(Noun::Customer)))
                || matches!(self.items.mark(place), Some(Mark::ShareOf(name)) if name == "customers")
        });
        let own = matches!(filter.field.as_str(), "max_basket_size" | "median_basket_size");
        let used = if own { Some(Vec::new()) } else { self.largest(at) };
        let used = used.filter(|_| customers && plain && (own || filter.field == "order_size"))?;
        let field = if own { filter.field.clone() } else { "max_basket_size".to_owned() };
        let having = MetricFilter { field, ..filter.clone() };
        Some(Found {
            cohort: Cohort { of: CohortOf::Customers, having: vec![having], ..Cohort::default() },
            used,
        })
    }

    /// The marks of "whose biggest order" before a size.
    fn largest(&self, at: usize) -> Option<Vec<usize>> {
        let near = at.saturating_sub(5);
        let order =
            (near..at).rev().find(|place| self.items.mark(*place) == Some(&Mark::Noun(Noun::Order)))?;
        let words = ["biggest", "largest", "fullest", "record", "maximum", "max"];
        let rank = (near..order).find(|place| self.has_word(*place, place + 1, &words))?;
        Some(vec![rank, order])
    }
}

fn part(of: CohortOf, having: MetricFilter, counted: Vec<(usize, MetricFilter)>) -> Found {
    let (used, part) = counted.into_iter().unzip();
    Found { cohort: Cohort { of, having: vec![having], part, ..Cohort::default() }, used }
}

/// Whether a condition says which lines or orders a figure counts.
fn is_counted(filter: &MetricFilter) -> bool {
    LINE_FIELDS.contains(&filter.field.as_str())
        || matches!(
            filter.field.as_str(),
            "order_hour_of_day" | "order_dow" | "day_part" | "order_number" | "cart_place"
        )
        || matches!(filter.values.as_slice(), [FilterValue::Integer(0 | 1)])
            && !filter.field.contains("customer")
            && !filter.field.starts_with("order_")
}
