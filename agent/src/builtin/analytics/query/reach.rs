//! Shares told for the aisles or products of one place.
//!
//! "frozen aisles: the share of the frozen items" is one of the department's items, and no part that an aisle has or has
//! not. How far an aisle reaches, the share of customers or orders that have it, is one of all of them: the place says
//! which aisles are told, not among whom. Runs behind the shares and behind the conditions on figures.

use query::metrics::MetricFilter;

use super::{Builder, Condition};
use crate::builtin::analytics::item::{Mark, Noun};

/// Figures whose shares overlap: whoever has one of the aisles may have others too.
const REACHING: [&str; 3] = ["customers", "orders", "baskets"];

/// Whether the values of a dimension lie within those of a field.
fn lies_within(dimension: &str, field: &str) -> bool {
    match field {
        "department" => matches!(dimension, "aisle" | "product_name"),
        "aisle" => dimension == "product_name",
        _ => false,
    }
}

impl Builder<'_> {
    /// A place around what is grouped by restricts, and is no part of it.
    pub(super) fn places_around(&mut self) {
        let dimensions = self.query.dimensions.clone();
        let around = |filter: &MetricFilter| {
            filter.op.picks() && dimensions.iter().any(|dimension| lies_within(dimension, &filter.field))
        };
        let (places, part): (Vec<MetricFilter>, Vec<MetricFilter>) =
            std::mem::take(&mut self.part).into_iter().partition(around);
        self.part = part;
        for filter in places {
            let said =
                self.items.places(|mark| matches!(mark, Mark::Where(known) if known.contains(&filter)));
            let at = said.first().copied().unwrap_or_default();
            self.query.share_of_total |= self.part.is_empty();
            self.base.push(Condition { filter, at });
        }
    }

    /// "penetration of every frozen aisle": among all customers.
    pub(super) fn reach(&mut self) {
        let reaching = self.query.metrics.iter().any(|metric| REACHING.contains(&metric.as_str()));
        let shared = self.query.metrics.iter().any(|metric| metric == "items")
            && self.items.any(|mark| matches!(mark, Mark::ShareOf(name) if name == "items"));
        let among = self.view.tokens.iter().any(|token| matches!(token.text.as_str(), "among" | "amongst"));
        let cut = !self.query.share_within.is_empty() || !self.query.limit_per.is_empty();
        if !self.query.share_of_total || !reaching || shared || among || cut {
            return;
        }
        let dimensions = self.query.dimensions.clone();
        let around = self.base.iter().find(|condition| {
            let filter = &condition.filter;
            // "of the frozen customers": among them.
            let whose =
                matches!(self.items.after(condition.at), Some(Mark::Noun(Noun::Customer | Noun::Order)));
            !whose
                && filter.op.picks()
                && filter.values.len() == 1
                && !dimensions.contains(&filter.field)
                && dimensions.iter().any(|dimension| lies_within(dimension, &filter.field))
        });
        if let Some(field) = around.map(|condition| condition.filter.field.clone()) {
            self.group(&field);
        }
    }
}
