//! What the rows are.

use query::metrics::{FilterOp, MetricFilter, Summary};

use super::{Builder, Condition};
use crate::builtin::analytics::{
    frame::{Placed, Role},
    item::{Agg, Mark, Noun},
};

impl Builder<'_> {
    pub(super) fn group(&mut self, dimension: &str) {
        if !self.query.dimensions.iter().any(|known| known == dimension) {
            self.query.dimensions.push(dimension.to_owned());
        }
    }

    pub(super) fn groups(&mut self, listed: Option<Placed>, havings: &[MetricFilter]) {
        if self.query.limit == Some(1) && self.query.dimensions == ["order_number"] {
            // One order of a customer is asked for already.
            return;
        }
        let ratio = |noun: Noun, metrics: &[String]| {
            metrics.iter().any(|metric| match noun {
                Noun::Order => metric.contains("basket"),
                Noun::Customer => metric.ends_with("per_customer") || metric == "lifetime_value",
                _ => false,
            })
        };
        let metrics = self.query.metrics.clone();
        let each: Vec<Placed> = self.frame.of_role(Role::Each).copied().collect();
        for placed in &each {
            let banded = placed.noun == Noun::Order && metrics.iter().any(|metric| metric == "customers");
            let per_buyer = placed.noun == Noun::Customer
                && placed.singular
                && listed.is_some_and(|listed| listed.noun != Noun::Customer)
                && metrics.iter().any(|metric| metric == "items");
            if per_buyer {
                // "purchased most often per buyer"
                self.query.metrics = metrics
                    .iter()
                    .map(|m| if m == "items" { "items_per_customer".to_owned() } else { m.clone() })
                    .collect();
            } else if banded {
                // "customers by number of orders"
                self.group("customer_orders");
            } else if !(ratio(placed.noun, &metrics) && placed.singular) && placed.noun != Noun::Item {
                self.group(placed.noun.dimension());
            }
        }
        let counts: Vec<&'static str> =
            self.frame.nouns.iter().filter_map(|placed| self.counts_each(placed)).collect();
        for column in counts {
            self.group(column);
        }
        // "how sticky are the segments? for each of them", "customer 42: segment and orders"
        let one_customer =
            self.base.iter().any(|c| c.filter.field == "user_id" && c.filter.op == FilterOp::Eq);
        let spoken = self.frame.nouns.iter().find(|placed| {
            placed.role == Role::Plain && !matches!(placed.noun, Noun::Item | Noun::Order | Noun::Customer)
        });
        if let Some(placed) = spoken.copied()
            && (self.each_one() && each.is_empty() && listed.is_none()
                || one_customer && placed.noun == Noun::Segment && !self.query.metrics.is_empty())
        {
            self.group(placed.noun.dimension());
        }
        if let Some(placed) = listed {
            // The orders of one customer go by their number.
            let numbered =
                placed.noun == Noun::Order && (one_customer || self.frame.has_noun(Noun::OrderNumber));
            self.group(if numbered { "order_number" } else { placed.noun.dimension() });
        } else if !havings.is_empty() {
            let first_having =
                self.items.places(|mark| matches!(mark, Mark::Having(_))).first().copied().unwrap_or(0);
            let groups = [Noun::Aisle, Noun::Department, Noun::Product, Noun::Hour, Noun::Segment, Noun::Day];
            // "aisles of dairy whose customer count exceeds 1,000": the aisles have the condition.
            let owner = self.frame.nouns.iter().find(|placed| {
                groups.contains(&placed.noun) && placed.at < first_having && placed.role == Role::Plain
            });
            let subject = owner.or_else(|| {
                self.frame.nouns.iter().find(|placed| matches!(placed.role, Role::Counted | Role::Base))
            });
            let subject =
                subject.or_else(|| self.frame.nouns.iter().find(|placed| placed.role == Role::Plain));
            // "how many different products did customer 42 buy more than once": those products are counted.
            let products = self.query.metrics.iter().all(|metric| metric == "products_bought");
            if self.frame.how_many && products && !metrics.is_empty() && each.is_empty() && subject.is_none()
            {
                self.query.metrics = vec!["items".to_owned()];
                self.group("product_name");
                self.query.summary = Some(Summary::Count);
                return;
            }
            if let Some(placed) = subject.copied()
                && each.is_empty()
            {
                self.group(placed.noun.dimension());
            }
        }
    }

    /// "include the departments with none", "keep the empty ones", "all aisles please": groups without any are rows too.
    pub(super) fn empty_groups(&mut self) {
        let kinds = ["department", "aisle"];
        let grouped = self.query.dimensions.iter().any(|name| kinds.contains(&name.as_str()));
        if !grouped || self.query.limit.is_some() {
            return;
        }
        let word = |at: usize| self.view.tokens.get(at).map_or("", |token| token.text.as_str());
        let keeps = |at: usize| {
            matches!(
                word(at),
                "keep"
                    | "keeping"
                    | "include"
                    | "including"
                    | "included"
                    | "even"
                    | "also"
                    | "show"
                    | "list"
                    | "leave"
            )
        };
        let none = |at: usize| {
            matches!(word(at), "none" | "empty" | "zero" | "zeros" | "zeroes" | "without" | "0")
                || matches!(word(at), "no" | "not")
                    && matches!(word(at + 1), "carry" | "have" | "any" | "such" | "list")
        };
        let near = |at: usize| (at.saturating_sub(6)..at + 10).any(keeps);
        let all = (0..self.view.tokens.len()).any(|at| {
            let kind = |at: usize| {
                self.view.tokens.get(at).is_some_and(|token| kinds.contains(&token.stem.as_str()))
            };
            word(at) == "all" && (kind(at + 1) || word(at + 1) == "the" && kind(at + 2))
        });
        if all || (0..self.view.tokens.len()).any(|at| none(at) && near(at)) {
            self.query.include_empty = Some(true);
        }
    }

    /// "how many items does an average order have at 6, 7 and 8 o'clock": hours that are told one by one have a mean each.
    pub(super) fn hours_told(&mut self) {
        /// Two may be one stretch; so many are a list.
        const SEVERAL: usize = 3;
        let mean = |name: &String| {
            name.ends_with("basket_size") || name.ends_with("_rate") || name.starts_with("avg_")
        };
        let told = |condition: &&Condition| {
            matches!(condition.filter.field.as_str(), "order_hour_of_day" | "order_dow")
                && condition.filter.op == FilterOp::In
                && condition.filter.values.len() >= SEVERAL
                && !self.view.text(condition.at).split(' ').any(|word| matches!(word, "or" | "either"))
        };
        let lone = self.query.dimensions.is_empty()
            && self.query.slices.is_empty()
            && self.frame.share.is_none()
            && self.frame.rank.is_none()
            && !self.frame.has_agg(Agg::Total);
        if !lone || self.query.metrics.is_empty() || !self.query.metrics.iter().all(mean) {
            return;
        }
        if let Some(field) = self.base.iter().find(told).map(|condition| condition.filter.field.clone()) {
            self.group(&field);
        }
    }

    /// "for each of them", or "in each" without a noun behind.
    pub(super) fn each_one(&self) -> bool {
        self.items.places(|mark| matches!(mark, Mark::EachOne | Mark::Each)).into_iter().any(|at| {
            let lone = matches!(self.items.after(at), None | Some(Mark::Comma | Mark::And | Mark::Link(_)));
            self.items.mark(at) == Some(&Mark::EachOne)
                || self.view.stands_for_rows(at)
                || (lone
                    && matches!(
                        self.view.text(at).as_str(),
                        "each" | "in each" | "for each" | "per each" | "within each"
                    ))
        })
    }
}
