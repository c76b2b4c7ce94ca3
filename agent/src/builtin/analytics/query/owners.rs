//! Conditions on figures of whole customers and orders: among whom the question is asked, or which part of them is meant.

use query::metrics::{Cohort, CohortOf, Summary};

use super::Builder;
use crate::builtin::analytics::item::{Agg, Mark, Noun};

impl Builder<'_> {
    /// "customers who bought the same product 20 times": a cohort, or the part that a share is of.
    pub(super) fn among(&mut self) {
        let share = self.frame.share.as_ref().map(|(at, _)| *at);
        let found: Vec<(usize, Cohort)> = (0..self.items.len())
            .filter_map(|at| match self.items.mark(at) {
                Some(Mark::Among(cohort)) => Some((at, Cohort::clone(cohort))),
                _ => None,
            })
            .collect();
        for (at, cohort) in found {
            let whole = match cohort.of {
                CohortOf::Orders => "orders",
                _ => "customers",
            };
            let shared = match &self.frame.share {
                Some((_, Some(name))) => name == whole || whole == "orders" && name == "baskets",
                Some((_, None)) => self
                    .query
                    .metrics
                    .iter()
                    .all(|metric| metric == whole || matches!(metric.as_str(), "items" | "baskets")),
                None => false,
            };
            if shared && share.is_some_and(|share| share < at) {
                let counted = if cohort.of == CohortOf::Orders { "baskets" } else { "customers" };
                self.query.metrics = vec![counted.to_owned()];
                self.query.share_of_total = false;
                self.query.dimensions.clear();
                self.query.part_cohorts.push(cohort);
            } else {
                if self.query.metrics.is_empty() {
                    self.query.metrics.push(whole.to_owned());
                }
                self.query.cohorts.push(cohort);
            }
        }
    }

    /// "how many different departments does an average order touch": the mean over orders or customers of how many.
    pub(super) fn breadth(&mut self) {
        let place = |noun: &Noun| matches!(noun, Noun::Aisle | Noun::Department);
        let counted = self.frame.nouns.iter().find(|placed| {
            place(&placed.noun) && (self.is_counted(placed.at) || self.distinct_before(placed.at))
        });
        let Some(counted) = counted.and_then(|placed| placed.noun.count()) else { return };
        // "a typical basket touches …" names a figure of its own.
        let basket = self.frame.metrics.iter().any(|(name, _)| name.ends_with("basket_size"));
        let sized = self.base.iter().any(|condition| condition.filter.field == "order_size");
        let mean = self.frame.has_agg(Agg::Mean) || basket;
        let median = self.frame.has_agg(Agg::Median);
        let each = if self.frame.has_noun(Noun::Order) || basket || sized {
            "order_id"
        } else if self.frame.has_noun(Noun::Customer) {
            "user_id"
        } else {
            return;
        };
        let other = self.query.dimensions.iter().any(|name| name != each);
        let told = !self.query.slices.is_empty() || self.frame.rank.is_some() || self.frame.share.is_some();
        if !(mean || median) || other || told {
            return;
        }
        self.query.metrics = vec![counted.to_owned()];
        self.query.dimensions = vec![each.to_owned()];
        self.query.include_empty = Some(false);
        self.query.limit = None;
        self.query.summary = Some(if median { Summary::Median } else { Summary::Mean });
    }
}
