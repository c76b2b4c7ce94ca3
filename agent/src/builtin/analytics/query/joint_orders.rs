//! Customers with orders of two kinds that no order is of at once: "how many customers ordered both in the morning and at
//! night", "customers with orders on day 0 as well as on day 6".
//!
//! Marks → [`JointOrders`] → a cohort a kind. It takes customers, two states of orders that exclude each other, and words that
//! join them: "both", "as well as", "and also". Either state alone, or a row each, is another question.

use query::metrics::{Cohort, CohortOf, MetricFilter, MetricQuery};

use super::{
    Asked, Builder, of_customers,
    states::{stand_apart, states},
};
use crate::builtin::{
    analytics::{
        frame::View,
        item::{Items, Mark, Noun},
    },
    intent::Shape,
};

/// Customers with orders of both kinds.
#[derive(Debug, Clone)]
pub(super) struct JointOrders {
    kinds: [MetricFilter; 2],
    /// The share of the customers is asked, not their number.
    share: bool,
}

/// What one order is told apart by.
const OF_ORDERS: [&str; 7] = [
    "day_part",
    "order_hour_of_day",
    "order_dow",
    "order_size",
    "size_band",
    "order_number",
    "days_since_prior_order",
];

impl JointOrders {
    /// Finds out whether customers with orders of two kinds are counted.
    pub(super) fn read(items: &Items, view: &View<'_>) -> Option<Self> {
        let share = items.any(|mark| matches!(mark, Mark::ShareOf(name) if name == "customers"))
            || items
                .places(|mark| *mark == Mark::Share)
                .into_iter()
                .any(|at| items.after(at) == Some(&Mark::Noun(Noun::Customer)));
        let counted = items
            .places(|mark| *mark == Mark::HowMany)
            .into_iter()
            .any(|at| matches!(items.after(at), None | Some(Mark::Noun(Noun::Customer))))
            && items.any(|mark| *mark == Mark::Noun(Noun::Customer));
        if !(share || counted) || items.any(|mark| matches!(mark, Mark::Than | Mark::More(_) | Mark::Versus))
        {
            return None;
        }
        let words: Vec<&str> = view.tokens.iter().map(|token| token.text.as_str()).collect();
        let row = |phrase: &[&str]| words.windows(phrase.len()).any(|found| found == phrase);
        let joined = row(&["both"])
            || row(&["as", "well", "as"])
            || row(&["and", "also"])
            || row(&["but", "also"])
            || row(&["once", "each"])
            || words.iter().filter(|word| **word == "least").count() > 1;
        let found: Vec<_> = states(items, view)
            .into_iter()
            .filter(|state| OF_ORDERS.contains(&state.filter.field.as_str()))
            .collect();
        match found.as_slice() {
            [first, second] if joined && stand_apart(first, second) => {
                Some(Self { kinds: [first.filter.clone(), second.filter.clone()], share })
            }
            _ => None,
        }
    }
}

impl Builder<'_> {
    /// The query of customers with orders of both kinds.
    pub(super) fn build_joint_orders(&mut self, asked: &JointOrders) -> Asked {
        let own: Vec<&str> = asked.kinds.iter().map(|kind| kind.field.as_str()).collect();
        let rest = self.base.iter().filter(|c| !own.contains(&c.filter.field.as_str()));
        let (whose, held): (Vec<MetricFilter>, Vec<MetricFilter>) =
            rest.map(|condition| condition.filter.clone()).partition(of_customers);
        let cohorts: Vec<Cohort> = asked
            .kinds
            .iter()
            .map(|kind| Cohort {
                of: CohortOf::Customers,
                bought: std::iter::once(kind).chain(&held).cloned().collect(),
                ..Cohort::default()
            })
            .collect();
        self.base.clear();
        let (cohorts, part_cohorts) = if asked.share { (Vec::new(), cohorts) } else { (cohorts, Vec::new()) };
        self.query = MetricQuery {
            metrics: vec!["customers".to_owned()],
            filters: whose,
            cohorts,
            part_cohorts,
            ..MetricQuery::default()
        };
        let mut built = self.finish(false);
        built.shape = Shape::Single;
        built
    }
}
