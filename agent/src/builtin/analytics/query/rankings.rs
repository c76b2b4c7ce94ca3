//! The end, the number of rows and the figure of a ranking.

use query::metrics::{FilterOp, MetricFilter, Summary};

use super::{Builder, DEFAULT_RANKING, Missing, havings_of_time};
use crate::builtin::analytics::{
    frame::{Placed, Role, whole_count},
    item::{End, Link, Mark, Noun},
};

/// A ranking as it is asked for.
#[derive(Debug, Clone, Copy)]
struct Ranking {
    end: End,
    /// The figure that the word of ranking names.
    metric: Option<&'static str>,
    /// The place of that word.
    at: usize,
}

impl Builder<'_> {
    /// The end and the number of rows of a ranking; what it goes by.
    pub(super) fn rank(&mut self, listed: Option<Placed>) -> Result<bool, Missing> {
        let Some(ranking) = self.ranking(listed) else {
            let limit = listed.and_then(|placed| placed.limit);
            if limit.is_some() {
                self.query.limit = limit;
                self.order = Some(End::High);
            }
            return Ok(limit.is_some());
        };
        if self.query.limit == Some(1) && self.query.dimensions == ["order_number"] && self.order.is_some() {
            return Ok(true);
        }
        if self.is_superlative_figure() {
            return Ok(false);
        }
        self.settle_metric(ranking.metric);
        let compared = self.base.iter().any(|c| c.filter.op == FilterOp::In) || !self.query.slices.is_empty();
        if self.query.dimensions.is_empty() && !self.ranked_groups(ranking, listed, compared)? {
            return Ok(false);
        }
        self.order = Some(ranking.end);
        self.ranked_by_word(ranking.metric);
        self.ranked_by_figure(ranking.at);
        self.limit_rows(ranking.metric, listed, compared);
        self.per_named_group(listed);
        Ok(true)
    }

    /// The word of ranking, where it ranks: "heavy users going quiet: count customers with …" counts, it ranks nobody.
    fn ranking(&self, listed: Option<Placed>) -> Option<Ranking> {
        let counts = self.frame.of_role(Role::Counted).any(|placed| placed.noun == Noun::Customer);
        let (end, metric, at) = self.frame.rank?;
        let quiet = listed.is_none() && metric == Some("orders") && !havings_of_time(self.frame);
        let counted = counts && (metric == Some("customers") || quiet);
        (!counted).then_some(Ranking { end, metric, at })
    }

    /// "the largest basket" is a figure of its own.
    fn is_superlative_figure(&self) -> bool {
        self.query.dimensions.is_empty()
            && self
                .query
                .metrics
                .iter()
                .any(|metric| metric.starts_with("max_") || metric.starts_with("min_"))
    }

    /// "peak hour for alcohol items", "most organic": the figure that the word stands for here.
    fn settle_metric(&mut self, metric: Option<&'static str>) {
        if metric == Some("orders") && self.frame.has_noun(Noun::Item) && self.query.metrics == ["orders"] {
            self.query.metrics = vec!["items".to_owned()];
            self.ranked = Some("items".to_owned());
        }
        if metric == Some("organic") {
            self.base.retain(|condition| condition.filter.field != "organic");
            self.part.push(MetricFilter {
                field: "organic".into(),
                op: FilterOp::Eq,
                values: vec![1.into()],
            });
            self.query.metrics = vec!["items".to_owned()];
        }
    }

    /// What is ranked, where no noun says so yet; whether anything is.
    fn ranked_groups(
        &mut self,
        Ranking { end, metric, at }: Ranking,
        listed: Option<Placed>,
        compared: bool,
    ) -> Result<bool, Missing> {
        let comparing = self.comparing() || compared;
        match (metric, listed) {
            (Some("orders"), _) => {
                let noun = self
                    .frame
                    .nouns
                    .iter()
                    .find(|p| matches!(p.noun, Noun::Day | Noun::DayPart | Noun::Hour));
                self.group(noun.map_or("order_hour_of_day", |placed| placed.noun.dimension()));
            }
            (Some("customers"), _) => {
                self.group("user_id");
                // "the heaviest buyers and their total items": by what is told of them.
                let told = self.frame.of_role(Role::Counted).any(|placed| placed.noun == Noun::Item);
                if self.frame.metrics.is_empty() && self.frame.of_role(Role::Amount).next().is_none() && !told
                {
                    self.query.metrics = vec!["orders".to_owned()];
                }
            }
            (Some("items") | None, None) if self.items.any(|mark| *mark == Mark::When) => {
                self.group("order_hour_of_day");
                self.query.metrics = vec!["orders".to_owned()];
                self.ranked = Some("orders".to_owned());
            }
            (Some(_), None) if !comparing => self.group("product_name"),
            // "the 5 best beverages": its products.
            (None, None)
                if self.items.next(at).is_some_and(|next| self.is_lone_thing(next))
                    && !self.items.any(|mark| matches!(mark, Mark::Noun(Noun::Aisle | Noun::Department))) =>
            {
                if self.query.metrics.iter().all(|metric| metric == "orders" || metric == "customers") {
                    self.query.metrics = vec!["items".to_owned()];
                }
                self.group("product_name");
            }
            _ if comparing => return Ok(false),
            _ if self.items.any(|mark| *mark == Mark::When) => self.group("order_hour_of_day"),
            _ => {
                let own = self.query.metrics.first().map(String::as_str);
                let groups = |placed: &&Placed| {
                    !matches!(placed.noun, Noun::Order | Noun::Item)
                        && matches!(placed.role, Role::Plain | Role::Counted | Role::Each)
                        && (placed.noun.count() != own || self.query.metrics.len() > 1)
                };
                let noun =
                    self.frame.nouns.iter().find(|placed| placed.role == Role::Plain && groups(placed));
                let noun = noun.or_else(|| self.frame.nouns.iter().find(groups));
                match noun.copied() {
                    Some(placed) => {
                        self.group(placed.noun.dimension());
                        if self.query.metrics.first().map(String::as_str) == placed.noun.count() {
                            self.query.metrics = vec![placed.noun.ranked_by().to_owned()];
                        }
                    }
                    // "reorder rate leaders of the babies department": of its products.
                    _ if self.frame.how_many_rows(self.items)
                        && self
                            .base
                            .iter()
                            .any(|c| matches!(c.filter.field.as_str(), "department" | "aisle")) =>
                    {
                        self.group("product_name");
                    }
                    _ if own == Some("items_per_customer") => {
                        // "items per customer, most first": of each customer it is their items.
                        self.query.metrics = vec!["items".to_owned()];
                        self.group("user_id");
                    }
                    // "the longest gap between two orders": of all the gaps.
                    _ if self.query.metrics == ["avg_days_between_orders"]
                        && self.query.dimensions.is_empty() =>
                    {
                        self.group("order_id");
                        self.query.summary = Some(if end == End::High { Summary::Max } else { Summary::Min });
                        return Ok(true);
                    }
                    _ => {
                        let first = self.query.metrics.first().cloned().unwrap_or_else(|| "items".to_owned());
                        return Err(Missing::ByWhat(first, end == End::High));
                    }
                }
            }
        }
        Ok(true)
    }

    /// The figure that the word of ranking names: "best sellers", "busiest".
    fn ranked_by_word(&mut self, metric: Option<&'static str>) {
        let per_buyer = self.query.metrics.iter().any(|known| known == "items_per_customer");
        if per_buyer && metric == Some("items") {
            self.ranked = Some("items_per_customer".to_owned());
        }
        let busy = self.ranked.is_some();
        if let Some(metric) = metric.filter(|metric| !busy && !matches!(*metric, "organic" | "customers")) {
            if !self.query.metrics.iter().any(|known| known == metric) {
                // "best sellers by reorder rate": the named figure ranks.
                let rate = matches!(metric, "reorder_rate" | "avg_cart_position" | "first_in_cart");
                // "peak hour by items": the figure that is named is what counts.
                let judged = self.frame.of_role(Role::Amount).any(|placed| {
                    self.items.previous(placed.at).is_some_and(|by| self.items.mark(by) == Some(&Mark::Each))
                });
                if judged {
                    self.ranked = self.query.metrics.first().cloned();
                } else if rate
                    && self.frame.metrics.iter().all(|(name, _)| name == "items" || name == "reorders")
                {
                    self.query.metrics.retain(|name| name != "reorders");
                    self.query.metrics.insert(0, metric.to_owned());
                    self.ranked = Some(metric.to_owned());
                } else if self.frame.metrics.is_empty() && self.query.metrics.is_empty() {
                    self.add_metric(metric);
                } else if self.frame.metrics.is_empty() {
                    self.query.metrics.insert(0, metric.to_owned());
                }
            }
            let named = self.frame.metrics.iter().any(|(name, _)| name == metric);
            if self.ranked.is_none() && (named || self.frame.metrics.is_empty()) {
                self.ranked = Some(metric.to_owned());
            }
        }
    }

    /// The figure behind the word of ranking, else the one right before it: "a reorder rate under 40 %, worst first".
    fn ranked_by_figure(&mut self, at: usize) {
        if self.ranked.is_none()
            && matches!(self.view.text(at).as_str(), "worst" | "best" | "poorest" | "weakest")
            && self.items.any(|mark| matches!(mark, Mark::Having(filter) if filter.field == "reorder_rate"))
        {
            // "at least 1000 items and a reorder rate under 40 %, worst first": by the rate.
            self.add_metric("reorder_rate");
            self.ranked = Some("reorder_rate".to_owned());
        }
        if self.ranked.is_none() {
            // The figure behind the ranking word, else the first one.
            let behind = self
                .frame
                .metrics
                .iter()
                .find(|(_, place)| *place > at)
                .map(|(name, place)| (self.metric_here(name), *place));
            // "the worst reorder rate, with the customer count": what stands nearer ranks.
            let nearer = |placed: &&Placed| behind.as_ref().is_none_or(|(_, place)| placed.at < *place);
            let amount = self
                .frame
                .of_role(Role::Amount)
                .find(|placed| placed.at > at)
                .filter(nearer)
                .and_then(|p| self.count_of(p));
            let behind = behind.map(|(name, _)| name);
            // "a reorder rate under 40 %, worst first": the figure right before it.
            let before = (0..at).rev().find_map(|place| match self.items.mark(place) {
                Some(Mark::Having(filter)) if !filter.field.starts_with("share_of_") => {
                    Some(filter.field.clone())
                }
                Some(Mark::Metric(name)) => Some(self.metric_here(name)),
                _ => None,
            });
            let many = self.items.places(|mark| matches!(mark, Mark::Having(_))).len() > 1;
            if let Some(before) = before.filter(|_| amount.is_none() && behind.is_none() && many) {
                self.add_metric(&before);
                self.ranked = Some(before);
            } else {
                self.ranked = amount.or(behind).filter(|name| self.query.metrics.contains(name));
            }
        }
    }

    /// How many rows there are.
    fn limit_rows(&mut self, metric: Option<&'static str>, listed: Option<Placed>, compared: bool) {
        let number = |place: Option<usize>| whole_count(place.and_then(|place| self.items.mark(place)));
        let subject = listed.or_else(|| {
            self.frame
                .nouns
                .iter()
                .find(|p| Some(p.noun.dimension()) == self.query.dimensions.last().map(String::as_str))
                .copied()
        });
        let singular = subject.is_some_and(|placed| placed.singular)
            || (listed.is_none() && matches!(metric, Some("orders")) && subject.is_none())
            || self.items.any(|mark| *mark == Mark::When)
            // "which of the segments buys the most"
            || listed.is_some_and(|placed| {
                let of = self.items.previous(placed.at).filter(|at| self.items.mark(*at) == Some(&Mark::Link(Link::Of)));
                of.is_some_and(|of| self.items.before(of) == Some(&Mark::Which))
            });
        let ranks = self.items.places(|mark| matches!(mark, Mark::Rank(..)));
        let beside = ranks.iter().find_map(|at| {
            let behind =
                self.items.mark(at + 1).filter(|mark| matches!(mark, Mark::Number(_))).map(|_| at + 1);
            let before = self.items.previous(*at);
            // "the 5 that sell best", "the five that people reorder least"
            let clause = before.and_then(|place| {
                (place.saturating_sub(3)..place).rev().find(|p| {
                    matches!(self.items.mark(*p), Some(Mark::Number(_)))
                        && (*p + 1..=place)
                            .any(|q| matches!(self.items.mark(q), Some(Mark::Link(Link::That | Link::With))))
                })
            });
            number(before).or(number(behind)).or(number(clause))
        });
        // "…, five ids please", "limit to 5": the one number that nothing else took.
        let free: Vec<usize> = self.items.places(|mark| matches!(mark, Mark::Number(_)));
        let lone = if let [only] = free.as_slice() { number(Some(*only)) } else { None };
        let winner = ranks.iter().any(|at| {
            matches!(
                self.view.text(*at).as_str(),
                "winner" | "number one" | "#1" | "first place" | "the winner" | "no 1"
                    // One of them is asked for, not a list.
                    | "best seller" | "bestseller" | "top seller" | "number one seller" | "blockbuster"
                    | "worst seller"
            )
        });
        let limit = listed
            .and_then(|placed| placed.limit)
            .or(beside)
            .or(lone)
            .or((winner && !self.frame.of_role(Role::Each).any(|_| true)).then_some(1));
        let each = self.frame.of_role(Role::Each).next().is_some();
        self.query.limit = match limit {
            Some(limit) => Some(limit),
            None if compared && listed.is_none() => None,
            None if singular && subject.is_some_and(|placed| placed.role != Role::Each) => Some(1),
            None if singular && subject.is_none() => Some(1),
            None if each && listed.is_none() => None,
            None => Some(DEFAULT_RANKING),
        };
        if each
            && self.query.dimensions.len() > 1
            && let (Some(_), Some(placed)) = (self.query.limit, listed)
        {
            let own = placed.noun.dimension();
            self.query.limit_per =
                self.query.dimensions.iter().filter(|name| name.as_str() != own).cloned().collect();
        }
    }

    /// "bottom two aisles within produce, within beverages and within snacks": in each of them.
    pub(super) fn per_named_group(&mut self, listed: Option<Placed>) {
        let (Some(placed), Some(_)) = (listed, self.query.limit) else { return };
        if !self.query.limit_per.is_empty() {
            return;
        }
        let parents: Vec<String> = self
            .base
            .iter()
            .filter(|c| c.filter.op == FilterOp::In && c.filter.field != placed.noun.dimension())
            .filter(|c| !self.query.dimensions.contains(&c.filter.field))
            // "on days 0 and 1": both days together, unless each is asked for.
            .filter(|c| {
                let each = self.items.any(|mark| *mark == Mark::Each)
                    || self.items.places(|mark| *mark == Mark::Which).len() > 1;
                !c.filter.field.starts_with("order_") || each
            })
            .filter(|c| {
                self.items.before(c.at).is_some_and(|mark| {
                    matches!(mark, Mark::Link(_) | Mark::Each | Mark::Comma | Mark::Versus)
                }) || c.filter.field == "day_part"
                    || self.items.any(|mark| matches!(mark, Mark::Each | Mark::EachOne))
            })
            .map(|c| c.filter.field.clone())
            .collect();
        if let [parent] = parents.as_slice() {
            self.query.dimensions.insert(0, parent.clone());
            self.query.limit_per = vec![parent.clone()];
        }
    }
}
