//! Products by what never happened to them: "sold but never in a first order", "never bought by anybody from a segment", "not
//! reordered even once", "never once first in the cart".
//!
//! Behind the figures. What is denied of a product with a time, a customer's segment or a place in the cart is told of all
//! its lines: products none of whose lines is such. What was never bought at all is read elsewhere.

use query::metrics::{Cohort, CohortOf, FilterOp, MetricFilter};

use super::{Builder, Condition};
use crate::builtin::analytics::{
    frame::Role,
    item::{Link, Mark, Noun, Verb},
    times,
};

impl Builder<'_> {
    /// "products that one segment bought and another did not", "with a buyer in the one and zero buyers in the other": before
    /// the segments become one list.
    pub(super) fn segments_apart(&mut self) {
        let products = self.frame.has_noun(Noun::Product)
            || self.frame.metrics.iter().any(|(name, _)| name.starts_with("products"));
        let segment = |condition: &&Condition| condition.filter.field == "segment_name";
        let segments: Vec<Condition> = self.base.iter().filter(segment).cloned().collect();
        if !products || segments.len() < 2 || self.comparing() {
            return;
        }
        let denied = |condition: &Condition| {
            let apart = |at: &usize| {
                matches!(self.items.mark(*at), Some(Mark::Where(_) | Mark::And | Mark::Comma | Mark::HowMany))
            };
            let before = (0..condition.at).rev().take_while(|at| !apart(at));
            let behind = (condition.at + 1..self.items.len()).take_while(|at| !apart(at));
            before.chain(behind).any(|at| {
                matches!(self.items.mark(at), Some(Mark::Never | Mark::Not))
                    || at > condition.at && self.items.mark(at) == Some(&Mark::Rest)
            })
        };
        let told: Vec<(Condition, bool)> = segments.into_iter().map(|c| (c.clone(), denied(&c))).collect();
        if told.iter().all(|(_, denied)| *denied) || told.iter().all(|(_, denied)| !denied) {
            return;
        }
        self.base.retain(|condition| condition.filter.field != "segment_name");
        self.query.cohorts.extend(told.into_iter().map(|(condition, not)| Cohort {
            of: CohortOf::Products,
            bought: vec![condition.filter],
            not,
            ..Cohort::default()
        }));
        self.query.metrics = vec!["products_bought".to_owned()];
    }

    /// Takes what is denied of products for cohorts of them.
    pub(super) fn things_denied(&mut self) {
        let of_products = self.frame.nouns.iter().any(|placed| {
            placed.noun == Noun::Product && matches!(placed.role, Role::Counted | Role::Listed | Role::Plain)
        }) || self.query.metrics.iter().any(|metric| metric.starts_with("products"));
        let owned = self.frame.nouns.iter().any(|placed| {
            matches!(placed.noun, Noun::Customer | Noun::Order | Noun::Aisle | Noun::Department)
                && matches!(placed.role, Role::Counted | Role::Listed | Role::Each)
        });
        if !of_products || owned || self.frame.share.is_some() {
            return;
        }
        let Some(not) = self.items.places(|mark| matches!(mark, Mark::Never | Mark::Not)).first().copied()
        else {
            return;
        };
        let end = self.denial_end(not);
        let denied: Vec<Condition> = self
            .base
            .iter()
            .filter(|c| (not..end).contains(&c.at) && of_events(&c.filter))
            .cloned()
            .collect();
        let mut bought: Vec<MetricFilter> = denied.iter().map(|c| c.filter.clone()).collect();
        for at in not..end {
            match self.items.mark(at) {
                Some(Mark::Verb(Verb::Reorder))
                    if bought.iter().all(|known| known.field != "bought_before") =>
                {
                    bought.push(times::condition("bought_before", FilterOp::Eq, &[1.0]));
                }
                Some(Mark::FirstInCart) if bought.iter().all(|known| known.field != "cart_place") => {
                    bought.push(times::condition("cart_place", FilterOp::Eq, &[1.0]))
                }
                _ => {}
            }
        }
        if bought.is_empty() {
            return;
        }
        self.base.retain(|condition| !denied.iter().any(|known| known.at == condition.at));
        self.query.cohorts.push(Cohort { of: CohortOf::Products, bought, not: true, ..Cohort::default() });
        for metric in &mut self.query.metrics {
            if matches!(
                metric.as_str(),
                "products_never_bought" | "products" | "first_in_cart" | "reorder_rate" | "reorders"
            ) {
                "products_bought".clone_into(metric);
            }
        }
        self.query.metrics.dedup();
    }

    /// Where what is denied ends: at the next clause with a verb or a figure of its own.
    fn denial_end(&self, not: usize) -> usize {
        (not + 1..self.items.len())
            .find(|at| match self.items.mark(*at) {
                Some(Mark::HowMany | Mark::Metric(_) | Mark::Having(_)) => true,
                Some(Mark::And | Mark::Comma) => matches!(
                    self.items.after(*at),
                    Some(Mark::Verb(_) | Mark::HowMany | Mark::Link(Link::That) | Mark::Metric(_))
                ),
                _ => false,
            })
            .unwrap_or(self.items.len())
    }
}

/// Whether a condition is on when and by whom something is bought, and not on what it is.
fn of_events(filter: &MetricFilter) -> bool {
    super::of_customers(filter)
        || filter.field.starts_with("order_")
        || ["day_part", "cart_place", "bought_before", "user_id", "days_since_prior_order", "size_band"]
            .contains(&filter.field.as_str())
}
