//! One row about groups, and what the largest make.

use query::metrics::{FilterOp, MetricFilter, Summary};

use super::Builder;
use crate::builtin::analytics::{
    frame::{Placed, Role, has_verb},
    item::{Agg, End, Link, Mark, Noun, Verb},
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
                && self.items.any(|mark| *mark == Mark::And)
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
        // "combined share of the 100 best sellers", "what share do the 100 best sellers make"
        let made = match (&self.frame.share, self.frame.rank) {
            (Some((share, metric)), Some((_, _, rank))) => {
                let text = self.view.text(*share);
                // "the 20 products with the most reorders: what % of all reorders do they stand for"
                let they = *share > rank
                    && !self.items.any(|mark| matches!(mark, Mark::Percent(_) | Mark::Running))
                    && (text.starts_with("as a")
                        || self.items.any(|mark| *mark == Mark::MakeUp)
                        || (*share..self.items.len()).any(|at| {
                            matches!(self.view.text(at).as_str(), "they" | "these" | "those" | "together")
                        }));
                (*share < rank || they)
                    && self.part.is_empty()
                    && self.query.metrics.len() == 1
                    && !matches!(metric.as_deref(), Some("customers" | "orders"))
                    && (["what", "which", "how"].iter().any(|word| text.starts_with(word))
                        || !matches!(
                            self.items.before(*share),
                            Some(Mark::Comma | Mark::And | Mark::Link(Link::With))
                        ))
                    && self.query.limit.is_some_and(|limit| limit > 1)
                    && self.frame.of_role(Role::Each).next().is_none()
            }
            _ => false,
        };
        let summed = self.frame.agg.iter().any(|(agg, at)| {
            *agg == Agg::Total
                && !matches!(
                    self.view.text(*at).as_str(),
                    "total" | "in total" | "overall" | "totals" | "total of" | "grand total"
                )
        });
        let together = made || summed;
        if together
            && self.query.limit.is_some()
            && self.query.limit_per.is_empty()
            && !self.query.dimensions.is_empty()
        {
            self.query.summary = Some(Summary::Sum);
            self.query.share_of_total |= self.frame.share.is_some();
        }
    }

    /// "how many products make 80 % of the items".
    pub(super) fn cumulative(&mut self) {
        let makes = self.items.any(|mark| *mark == Mark::MakeUp);
        let running = self.items.any(|mark| *mark == Mark::Running);
        let percents = self.items.places(|mark| matches!(mark, Mark::Percent(_)));
        let target = percents.first().and_then(|at| match self.items.mark(*at) {
            Some(Mark::Percent(value)) if *value > 0.0 && *value <= 1.0 => Some(*value),
            _ => None,
        });
        let fewest = target.is_some() && (makes || matches!(self.frame.rank, Some((End::Low, ..))));
        // "how many aisles do we need to reach half of all items"
        let groups = [Noun::Product, Noun::Aisle, Noun::Department, Noun::Customer, Noun::Hour];
        let needed = self.frame.of_role(Role::Counted).any(|placed| groups.contains(&placed.noun))
            && self.frame.share.is_none()
            && percents.first().is_some_and(|at| {
                (at + 1..self.items.len().min(at + 5)).any(|place| {
                    matches!(
                        self.items.mark(place),
                        Some(Mark::Noun(Noun::Item | Noun::Order)) | Some(Mark::Metric(_))
                    )
                }) && matches!(self.items.after(*at), Some(Mark::Link(Link::Of) | Mark::Each))
            });
        let makes = makes || needed || running && fewest;
        let listing = (0..self.items.len()).any(|at| {
            matches!(self.view.text(at).as_str(), "list" | "show" | "name" | "which" | "list of" | "show me")
        });
        if running && !fewest {
            // "pareto table of departments"
            let rows = self
                .frame
                .nouns
                .iter()
                .find(|placed| !matches!(placed.noun, Noun::Item | Noun::Order | Noun::Customer));
            if let (true, Some(placed)) = (self.query.dimensions.is_empty(), rows.copied()) {
                self.group(placed.noun.dimension());
            }
            if self.query.limit == Some(1) {
                self.query.limit = None;
            }
            self.query.cumulative_to = Some(target.unwrap_or(1.0));
            self.query.share_of_total = self.query.metrics.iter().all(|metric| metric != "reorder_rate");
            self.order = Some(End::High);
            return;
        }
        let (true, Some(target)) = (makes, target) else { return };
        let metric = |name: &str| matches!(name, "items" | "orders" | "reorders");
        let subject = self.frame.nouns.iter().find(|placed| {
            matches!(placed.role, Role::Counted | Role::Listed)
                && !matches!(placed.noun, Noun::Item | Noun::Order)
        });
        let subject =
            subject.or_else(|| self.frame.nouns.iter().find(|p| !matches!(p.noun, Noun::Item | Noun::Order)));
        let Some(placed) = subject.copied() else { return };
        let smallest = matches!(self.frame.rank, Some((End::Low, ..))) && !listing;
        let counted = placed.role == Role::Counted || smallest;
        self.query.dimensions = vec![placed.noun.dimension().to_owned()];
        self.query.metrics.retain(|name| metric(name));
        if self.query.metrics.is_empty() {
            self.query.metrics.push(
                if self.frame.has_noun(Noun::Order) && !self.frame.has_noun(Noun::Item) {
                    "orders"
                } else {
                    "items"
                }
                .to_owned(),
            );
        }
        self.query.cumulative_to = Some(target);
        self.query.limit = None;
        self.query.limit_per.clear();
        self.query.share_of_total = false;
        self.part.clear();
        if counted {
            self.query.summary = Some(Summary::Count);
        }
        self.order = Some(End::High);
    }
}
