//! One row about groups, and what the largest make.

use query::metrics::{FilterOp, MetricFilter, Summary};

use super::Builder;
use crate::builtin::analytics::{
    frame::{Placed, Role, has_verb},
    item::{Agg, Mark, Noun, Verb},
};

impl Builder<'_> {
    pub(super) fn summaries(&mut self, havings: &[MetricFilter], listed: Option<Placed>) {
        let counted = self.frame.of_role(Role::Counted).next();
        let share = self.frame.share.is_some()
            && self.query.dimensions.first().is_some_and(|name| {
                self.frame
                    .nouns
                    .iter()
                    .any(|p| p.noun.dimension() == name && !matches!(p.role, Role::Each | Role::Listed))
            });
        let asked_behind = counted.is_some_and(|placed| {
            // "show the customers who …, and how many it were": the list, which also tells their number.
            !matches!(self.items.before(placed.at), Some(Mark::HowMany | Mark::Agg(_) | Mark::Spread))
                && self
                    .items
                    .places(|mark| *mark == Mark::HowMany)
                    .iter()
                    .any(|many| self.items.before(*many) == Some(&Mark::And))
                && placed.at < 3
        });
        if asked_behind {
            return;
        }
        if !havings.is_empty()
            && listed.is_none()
            && (counted.is_some() || share)
            && self.query.dimensions.len() == 1
        {
            self.query.summary = Some(Summary::Count);
            self.query.share_of_total = false;
            return;
        }
        // "order numbers 1 to 10, each separately"
        let range = self.base.iter().find(|c| {
            matches!(c.filter.field.as_str(), "order_number" | "order_hour_of_day" | "order_dow")
                && matches!(c.filter.op, FilterOp::Between | FilterOp::In)
        });
        if let Some(field) = range.map(|c| c.filter.field.clone())
            && (self.each_one() && self.query.dimensions.is_empty()
                || self.items.any(|mark| *mark == Mark::Table) && self.frame.rank.is_none())
        {
            self.group(&field);
        }
        // "how many aisles has customer 42 bought from": those with a line.
        let bought = has_verb(self.items, Verb::Buy) && !self.base.is_empty();
        if let Some(placed) = counted
            && matches!(placed.noun, Noun::Aisle | Noun::Department)
            && bought
            && self.query.dimensions.is_empty()
            && self.frame.of_role(Role::Counted).count() == 1
        {
            self.query.metrics = vec!["items".to_owned()];
            self.group(placed.noun.dimension());
            self.query.summary = Some(Summary::Count);
            self.query.include_empty = Some(false);
        }
        // "how many segments are there", "how many hours …"
        if let Some(placed) = counted
            && placed.noun.count().is_none()
            && self.query.dimensions.is_empty()
        {
            self.group(placed.noun.dimension());
            self.add_metric(placed.noun.ranked_by());
            self.query.summary = Some(Summary::Count);
        }
        let summed = self.frame.agg.iter().any(|(agg, at)| {
            *agg == Agg::Total
                && !matches!(
                    self.view.text(*at).as_str(),
                    "total" | "in total" | "overall" | "totals" | "total of" | "grand total"
                )
        });
        if summed
            && self.query.limit.is_some()
            && self.query.limit_per.is_empty()
            && !self.query.dimensions.is_empty()
        {
            self.query.summary = Some(Summary::Sum);
            self.query.share_of_total |= self.frame.share.is_some();
        }
    }
}
