//! Mean, median, least and greatest of one figure: "minimum, mean and maximum number of orders per customer", "recency:
//! average, median".
//!
//! Follows the figures that are named. Each aggregation that stands with a figure is a figure of its own, where the model
//! has it; where it has not, nothing is changed and what the words ask for stays unexplained.

use query::metrics::Summary;

use super::Builder;
use crate::builtin::analytics::{
    frame::Role,
    item::{Agg, Link, Mark, Noun},
};

/// A figure in its aggregations; none where the model has no such figure.
struct Family {
    mean: &'static str,
    median: &'static str,
    least: Option<&'static str>,
    greatest: Option<&'static str>,
}

const FAMILIES: [Family; 8] = [
    Family {
        mean: "avg_recency_days",
        median: "median_recency_days",
        least: Some("min_recency_days"),
        greatest: Some("max_recency_days"),
    },
    Family {
        mean: "orders_per_customer",
        median: "median_orders_per_customer",
        least: Some("min_orders_per_customer"),
        greatest: Some("max_orders_per_customer"),
    },
    Family { mean: "avg_customer_basket", median: "median_customer_basket", least: None, greatest: None },
    Family { mean: "items_per_customer", median: "median_items_per_customer", least: None, greatest: None },
    Family { mean: "avg_churn_risk", median: "median_churn_risk", least: None, greatest: None },
    Family {
        mean: "avg_days_between_orders",
        median: "median_days_between_orders",
        least: None,
        greatest: None,
    },
    Family {
        mean: "basket_size",
        median: "median_basket_size",
        least: None,
        greatest: Some("max_basket_size"),
    },
    Family { mean: "avg_cart_position", median: "median_cart_position", least: None, greatest: None },
];

impl Family {
    fn of(metric: &str) -> Option<&'static Self> {
        FAMILIES.iter().find(|family| {
            family.mean == metric
                || family.median == metric
                || family.least == Some(metric)
                || family.greatest == Some(metric)
        })
    }

    fn figure(&self, agg: Agg) -> Option<&'static str> {
        match agg {
            Agg::Mean => Some(self.mean),
            Agg::Median => Some(self.median),
            Agg::Min => self.least,
            Agg::Max => self.greatest,
            Agg::Total => None,
        }
    }
}

/// The figures of the model that are some statistics of one; none where it has not all of them.
pub(super) fn figures(metric: &str, stats: &[Summary]) -> Option<Vec<&'static str>> {
    let family = Family::of(metric)?;
    let figure = |summary: &Summary| match summary {
        Summary::Mean => Some(family.mean),
        Summary::Median => Some(family.median),
        Summary::Min => family.least,
        Summary::Max => family.greatest,
        _ => None,
    };
    stats.iter().map(figure).collect()
}

/// Counts with whose they are and the figure that is their mean: items of an order, the basket size.
const MEANS: [(&str, Noun, &str); 5] = [
    ("items", Noun::Order, "basket_size"),
    ("items", Noun::Customer, "items_per_customer"),
    ("orders", Noun::Customer, "orders_per_customer"),
    ("products_bought", Noun::Customer, "avg_products_per_customer"),
    ("products", Noun::Customer, "avg_products_per_customer"),
];

/// The figure that is the mean of a count over its members.
pub(super) fn mean_over(count: &str, member: Noun) -> Option<&'static str> {
    MEANS.iter().find(|(of, whose, _)| *of == count && *whose == member).map(|(.., mean)| *mean)
}

/// What a mean or a median counts and for whom, where it is one of counts.
pub(super) fn counted_in(metric: &str) -> Option<(&'static str, Noun)> {
    let mean = Family::of(metric).map_or(metric, |family| family.mean);
    MEANS.iter().find(|(.., known)| *known == mean).map(|(count, member, _)| (*count, *member))
}

impl Builder<'_> {
    /// Puts the aggregations of a figure in its place, each that stands with it.
    pub(super) fn statistics(&mut self) {
        if self.frame.rank.is_some() || self.query.summary.is_some() {
            return;
        }
        // "min and max order count within each segment": of each of its customers.
        let ends = self.frame.has_agg(Agg::Min) || self.frame.has_agg(Agg::Max);
        if ends && self.frame.of_role(Role::Each).any(|placed| placed.noun == Noun::Segment) {
            for metric in self.query.metrics.iter_mut().filter(|metric| *metric == "orders") {
                "orders_per_customer".clone_into(metric);
            }
        }
        let mut figures: Vec<String> = Vec::new();
        for metric in &self.query.metrics {
            let of = Family::of(metric);
            let alone = self.query.metrics.iter().all(|other| {
                of.zip(Family::of(other)).is_some_and(|(family, other)| family.mean == other.mean)
            });
            let aggs = self.aggregations(metric, alone);
            let told: Option<Vec<&'static str>> =
                of.and_then(|family| aggs.iter().map(|agg| family.figure(*agg)).collect());
            match told {
                Some(told) if !told.is_empty() => figures.extend(told.into_iter().map(str::to_owned)),
                _ => figures.push(metric.clone()),
            }
        }
        let mut distinct: Vec<String> = Vec::new();
        for figure in figures {
            if !distinct.contains(&figure) {
                distinct.push(figure);
            }
        }
        self.query.metrics = distinct;
    }

    /// The aggregations of a figure: all that are named where nothing else is measured, else those right before it.
    fn aggregations(&self, metric: &str, alone: bool) -> Vec<Agg> {
        // "average and median total items": the sum is what each one has.
        let all: Vec<(Agg, usize)> = self
            .frame
            .agg
            .iter()
            .copied()
            .filter(|(agg, _)| *agg != Agg::Total || self.frame.agg.len() == 1)
            .collect();
        if alone {
            let own = Family::of(metric).filter(|family| family.mean != metric);
            let own = own.and_then(|family| {
                [Agg::Median, Agg::Min, Agg::Max].into_iter().find(|agg| family.figure(*agg) == Some(metric))
            });
            // "typical (median) order size": the plainer word says which.
            let typical = |at: usize| self.view.text(at).contains("typical");
            let plain = own.is_some() || all.iter().any(|(_, at)| !typical(*at));
            let mut aggs: Vec<Agg> =
                all.into_iter().filter(|(_, at)| !(plain && typical(*at))).map(|(agg, _)| agg).collect();
            aggs.extend(own.filter(|own| !aggs.contains(own)));
            return aggs;
        }
        let place = self.frame.metrics.iter().find(|(name, _)| {
            Family::of(name).is_some_and(|family| {
                family.mean == metric || family.median == metric || family.greatest == Some(metric)
            })
        });
        let Some((_, place)) = place else { return Vec::new() };
        let from = (0..*place)
            .rev()
            .find(|at| {
                !matches!(
                    self.items.mark(*at),
                    Some(
                        Mark::Skip
                            | Mark::And
                            | Mark::Comma
                            | Mark::Agg(_)
                            | Mark::HowMany
                            | Mark::Link(Link::Of)
                    )
                )
            })
            .map_or(0, |at| at + 1);
        all.into_iter().filter(|(_, at)| (from..*place).contains(at)).map(|(agg, _)| agg).collect()
    }
}
