//! Conditions on figures of whole customers and orders: among whom the question is asked, or which part of them is meant.

use query::metrics::{Cohort, CohortOf};

use super::Builder;
use crate::builtin::analytics::item::Mark;

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
}
