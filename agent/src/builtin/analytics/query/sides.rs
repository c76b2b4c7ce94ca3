//! Conditions that cannot hold together are sides of a comparison, not conditions.
//!
//! "customers with 10 orders or fewer against customers with more than 10" leaves no customer if both must hold; a row
//! each is meant. Two such figures make four: every side of the one with every side of the other. Classes that the model
//! knows by name (small, medium, large; first and later orders) become a dimension, all others slices.

use query::metrics::{FilterOp, FilterValue, MetricFilter, Slice};

use super::{Builder, Condition, classes::label};
use crate::builtin::analytics::item::Mark;

/// The most slices that one query has.
const MOST_SLICES: usize = 8;

impl Builder<'_> {
    /// Takes the sides out of the conditions.
    pub(super) fn sides(&mut self) {
        if !self.query.slices.is_empty() {
            return;
        }
        let mut fields: Vec<String> = Vec::new();
        for condition in &self.base {
            if !fields.contains(&condition.filter.field) {
                fields.push(condition.filter.field.clone());
            }
        }
        let mut slices: Vec<Slice> = Vec::new();
        for field in fields {
            let sides: Vec<Condition> =
                self.base.iter().filter(|c| c.filter.field == field).cloned().collect();
            if sides.len() < 2 || !exclude_each_other(&sides) || !self.stand_beside(&sides) {
                continue;
            }
            if let Some((dimension, values)) = self.named_classes(&sides) {
                self.base.retain(|c| c.filter.field != field);
                self.group(dimension);
                if values.len() < 3 && dimension == "size_band" {
                    let values = values.into_iter().map(FilterValue::from).collect();
                    let filter = MetricFilter { field: dimension.into(), op: FilterOp::In, values };
                    self.base.push(Condition { filter, at: sides.first().map_or(0, |side| side.at) });
                }
                continue;
            }
            let own: Vec<Slice> = sides.iter().map(|side| class(&side.filter)).collect();
            let crossed = if slices.is_empty() { own } else { cross(&slices, &own) };
            if crossed.len() > MOST_SLICES {
                continue;
            }
            self.base.retain(|c| c.filter.field != field);
            slices = crossed;
        }
        if slices.is_empty() {
            return;
        }
        // Who is told apart is no row of its own.
        let own = ["user_id", "order_id", "customer_orders", "order_size"];
        self.query.dimensions.retain(|name| !own.contains(&name.as_str()));
        self.query.slices = slices;
    }

    /// Whether a word that sets things beside each other stands between any two: without one they contradict each other.
    fn stand_beside(&self, sides: &[Condition]) -> bool {
        if self.comparing() || self.items.any(|mark| matches!(mark, Mark::More(_))) {
            return true;
        }
        let mut places: Vec<usize> = sides.iter().map(|side| side.at).collect();
        places.sort_unstable();
        let joins = |mark: Option<&Mark>| {
            matches!(
                mark,
                Some(Mark::And | Mark::Or | Mark::Comma | Mark::Versus | Mark::Than | Mark::HowMany)
            )
        };
        places.windows(2).all(|pair| match pair {
            [one, other] => (one + 1..*other).any(|between| joins(self.items.mark(between))),
            _ => false,
        })
    }

    /// The dimension that has these classes, with their names in it.
    fn named_classes(&self, sides: &[Condition]) -> Option<(&'static str, Vec<&'static str>)> {
        if self.items.any(|mark| *mark == Mark::Difference) {
            return None;
        }
        let name = |side: &Condition| -> Option<(&'static str, &'static str)> {
            let filter = &side.filter;
            let bounds: Vec<f64> = filter.values.iter().filter_map(FilterValue::as_number).collect();
            match (filter.field.as_str(), filter.op, bounds.as_slice()) {
                ("order_size", FilterOp::Le, [5.0]) => Some(("size_band", "small")),
                ("order_size", FilterOp::Between, [6.0, 15.0]) => Some(("size_band", "medium")),
                ("order_size", FilterOp::Gt, [15.0]) => Some(("size_band", "large")),
                ("order_number", FilterOp::Eq, [1.0]) => Some(("order_kind", "first")),
                ("order_number", FilterOp::Gt, [1.0]) | ("order_number", FilterOp::Ge, [2.0]) => {
                    Some(("order_kind", "later"))
                }
                _ => None,
            }
        };
        let names: Vec<(&str, &str)> = sides.iter().filter_map(name).collect();
        let (dimension, _) = names.first()?;
        (names.len() == sides.len()).then(|| (*dimension, names.iter().map(|(_, name)| *name).collect()))
    }
}

/// Whether no two of the conditions, all on one field, can hold together.
fn exclude_each_other(sides: &[Condition]) -> bool {
    sides
        .iter()
        .enumerate()
        .all(|(place, one)| sides.iter().skip(place + 1).all(|other| contradict(&one.filter, &other.filter)))
}

/// Whether two conditions on numbers of one field cannot hold together.
pub(crate) fn contradict(one: &MetricFilter, other: &MetricFilter) -> bool {
    match (one.field == other.field, range(one), range(other)) {
        (true, Some((low, high)), Some((other_low, other_high))) => high < other_low || other_high < low,
        _ => false,
    }
}

/// The numbers that a condition leaves, both ends included; an open end lies a little inside its bound.
fn range(filter: &MetricFilter) -> Option<(f64, f64)> {
    const INSIDE: f64 = 1e-9;
    let bounds: Vec<f64> = filter.values.iter().filter_map(FilterValue::as_number).collect();
    match (filter.op, bounds.as_slice()) {
        (FilterOp::Eq, [only]) => Some((*only, *only)),
        (FilterOp::Lt, [high]) => Some((f64::NEG_INFINITY, high - INSIDE)),
        (FilterOp::Le, [high]) => Some((f64::NEG_INFINITY, *high)),
        (FilterOp::Gt, [low]) => Some((low + INSIDE, f64::INFINITY)),
        (FilterOp::Ge, [low]) => Some((*low, f64::INFINITY)),
        (FilterOp::Between, [low, high]) => Some((*low, *high)),
        _ => None,
    }
}

fn class(filter: &MetricFilter) -> Slice {
    let bounds: Vec<f64> = filter.values.iter().filter_map(FilterValue::as_number).collect();
    Slice {
        label: label(&filter.field, filter.op, &bounds),
        filters: vec![filter.clone()],
        cohorts: Vec::new(),
    }
}

/// Every slice of the one with every slice of the other.
fn cross(first: &[Slice], second: &[Slice]) -> Vec<Slice> {
    let both = |one: &Slice, other: &Slice| Slice {
        label: format!("{} and {}", one.label, other.label),
        filters: one.filters.iter().chain(&other.filters).cloned().collect(),
        cohorts: Vec::new(),
    };
    first.iter().flat_map(|one| second.iter().map(move |other| both(one, other))).collect()
}
