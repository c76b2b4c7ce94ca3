//! How many customers are such, and a figure of those: "how many customers never had a large order, and how many orders do
//! they have on average?", "at least 20 orders and no frozen: number of customers, and their average number of orders".
//!
//! Before everything else. The conditions stand before the figures, or beside the first; whoever is counted is who the
//! others are about. Says nothing where rankings, groupings, shares or sides stand beside it.

use query::metrics::{CohortOf, MetricQuery};

use super::{Asked, Builder, CUSTOMER_METRICS, told_apart::held};
use crate::builtin::analytics::{
    frame::Role,
    item::{Agg, Link, Mark, Noun},
};

impl Builder<'_> {
    /// The number of customers and the figures of the same customers.
    pub(super) fn group_figures(&mut self) -> Option<Asked> {
        let many = self.counted_customers()?;
        let mut metrics = vec!["customers".to_owned()];
        let mut first = self.items.len();
        for at in 0..self.items.len() {
            if let Some(metric) = self.figure_of_them(at, many) {
                if !metrics.contains(&metric) {
                    metrics.push(metric);
                }
                first = first.min(at);
            }
        }
        if metrics.len() < 2 {
            return None;
        }
        // The conditions end where the figures begin that are no condition's.
        let end = (many..first)
            .rev()
            .find(|at| matches!(self.items.mark(*at), Some(Mark::And | Mark::Comma)))
            .unwrap_or(first);
        let said = self.side(0, end, CohortOf::Customers)?;
        let behind = self.base.iter().any(|condition| condition.at >= end);
        let told = !said.own.is_empty() || !said.held.is_empty() || !said.cohorts.is_empty();
        if behind || !told {
            return None;
        }
        self.base.clear();
        self.query = MetricQuery {
            filters: said.own.clone(),
            cohorts: held(&said, CohortOf::Customers),
            metrics,
            ..MetricQuery::default()
        };
        Some(self.finish(false))
    }

    /// The place of "how many" before the customers, where the question is of one group.
    fn counted_customers(&self) -> Option<usize> {
        let other = self.items.any(|mark| {
            matches!(
                mark,
                Mark::Rank(..)
                    | Mark::Share
                    | Mark::ShareOf(_)
                    | Mark::Bands(..)
                    | Mark::MakeUp
                    | Mark::Rest
                    | Mark::Having(_)
            )
        });
        let grouped = self.frame.of_role(Role::Each).next().is_some()
            || self.frame.of_role(Role::Listed).any(|placed| placed.noun != Noun::Customer);
        if other || grouped || self.comparing() {
            return None;
        }
        self.items.places(|mark| *mark == Mark::HowMany).into_iter().find(|at| {
            self.items.next(*at).is_some_and(|next| {
                let thing = matches!(self.items.mark(next), Some(Mark::Where(_)));
                self.items.mark(next) == Some(&Mark::Noun(Noun::Customer))
                    || thing && self.items.after(next) == Some(&Mark::Noun(Noun::Customer))
            })
        })
    }

    /// A mean, a median or a sum of theirs that begins here, behind the number of customers.
    fn figure_of_them(&self, at: usize, many: usize) -> Option<String> {
        if at <= many {
            return None;
        }
        match self.items.mark(at)? {
            Mark::Metric(name) => {
                let figure = self.metric_here(name);
                (CUSTOMER_METRICS.contains(&figure.as_str()) || figure == "orders_per_customer")
                    .then_some(figure)
            }
            Mark::HowMany => {
                let noun = self.items.next(at)?;
                let noun = match self.items.mark(noun)? {
                    Mark::Noun(noun @ (Noun::Order | Noun::Item)) => *noun,
                    _ => return None,
                };
                let near = (at.saturating_sub(2)..self.items.len()).filter_map(|place| {
                    match self.items.mark(place) {
                        Some(Mark::Agg(agg)) => Some(*agg),
                        _ => None,
                    }
                });
                let agg = near.into_iter().next().or_else(|| self.altogether(at));
                Some(
                    match (noun, agg?) {
                        (Noun::Order, Agg::Mean) => "orders_per_customer",
                        (Noun::Order, Agg::Median) => "median_orders_per_customer",
                        (Noun::Order, Agg::Total) => "orders",
                        (Noun::Item, Agg::Mean) => "items_per_customer",
                        (Noun::Item, Agg::Median) => "median_items_per_customer",
                        (Noun::Item, Agg::Total) => "items",
                        _ => return None,
                    }
                    .to_owned(),
                )
            }
            _ => None,
        }
    }

    /// "how many orders have they made all together"
    fn altogether(&self, at: usize) -> Option<Agg> {
        let theirs = (at..self.items.len()).any(|place| {
            matches!(self.view.text(place).as_str(), "they" | "those" | "these" | "their")
                && !matches!(self.items.before(place), Some(Mark::Link(Link::Of)))
        });
        let all = (at..self.items.len()).any(|place| self.view.text(place).contains("together"));
        (theirs && all).then_some(Agg::Total)
    }
}
