//! What a share is a share of, and which part is meant.

use query::metrics::{Cohort, CohortOf, FilterOp, FilterValue, MetricFilter};

use super::{Builder, Condition, LINE_FIELDS, cohort, of_customers};
use crate::builtin::analytics::{
    frame::{Placed, Role, has_verb},
    item::{Agg, Link, Mark, Noun, Verb},
    times,
};

impl Builder<'_> {
    pub(super) fn share(&mut self, havings: &[MetricFilter]) {
        let Some((at, metric)) = self.frame.share.clone() else {
            return;
        };
        let rebought = self.query.metrics.iter().any(|metric| metric == "reorders");
        let others = [Noun::Order, Noun::Customer];
        let of_items = self.frame.of_role(Role::Base).any(|placed| placed.noun == Noun::Item)
            || !self.frame.nouns.iter().any(|placed| others.contains(&placed.noun))
                && !matches!(metric.as_deref(), Some("orders" | "customers" | "baskets"));
        let entirely = self.items.any(|mark| *mark == Mark::Entirely);
        if rebought && entirely && !of_items {
            // "baskets made up of nothing but reordered items"
            let new = times::condition("bought_before", FilterOp::Eq, &[0.0]);
            self.query.part_cohorts.push(Cohort { not: true, ..cohort(CohortOf::Orders, new) });
            self.query.metrics = vec!["baskets".to_owned()];
            return;
        }
        // "what % of all reorders": the share is one of reorders.
        let of_reorders = rebought
            && (at + 1..self.items.len().min(at + 4)).any(
                |place| matches!(self.items.mark(place), Some(Mark::Metric(name)) if name == "reorders"),
            )
            && (at + 1..self.items.len()).take(2).all(|place| {
                matches!(
                    self.items.mark(place),
                    Some(Mark::Skip | Mark::Each | Mark::Link(Link::Of) | Mark::Metric(_))
                )
            })
            && (self.frame.rank.is_some() || self.base.iter().any(|c| c.at > at));
        if of_reorders && self.frame.rank.is_none() {
            self.query.metrics = vec!["reorders".to_owned()];
            let (part, rest): (Vec<Condition>, Vec<Condition>) = self
                .base
                .drain(..)
                .partition(|c| c.at > at && LINE_FIELDS.contains(&c.filter.field.as_str()));
            self.base = rest;
            self.part = part.into_iter().map(|c| c.filter).collect();
            return;
        }
        if of_reorders {
            self.query.metrics = vec!["reorders".to_owned()];
            self.query.share_of_total = true;
            return;
        }
        if rebought
            && (of_items
                || metric.as_deref() == Some("items")
                || self.query.metrics.iter().any(|m| m == "items"))
        {
            // "what share of its items are repeat purchases"
            // "how many items sold, and which part of them reorders": both.
            let asked =
                self.frame.of_role(Role::Counted).any(|placed| placed.noun == Noun::Item && placed.at < at);
            self.query.metrics = if asked { vec!["items".to_owned()] } else { Vec::new() };
            self.query.metrics.push("reorder_rate".to_owned());
            return;
        }
        if let Some(metric) = metric {
            self.query.metrics.retain(|known| known != &metric);
            self.query.metrics.insert(0, metric);
        }
        let ranks = self.frame.rank.is_some() && self.listed().is_some();
        if !havings.is_empty() && self.query.dimensions.len() == 1 && !ranks {
            // "share of customers with 20 orders or more": counted below.
            return;
        }
        if self.query.metrics.first().is_some_and(|m| m == "items") && has_verb(self.items, Verb::Reorder) {
            // "what part of the items had been bought before"
            self.query.metrics = vec!["reorder_rate".to_owned()];
            return;
        }
        let first_in_cart = self.items.any(|mark| *mark == Mark::FirstInCart);
        // "what share of the items that go into the cart first are from produce"
        let opener = self.items.places(|mark| *mark == Mark::FirstInCart).first().copied().unwrap_or(0);
        let said = self.items.mark(opener + 1) == Some(&Mark::Link(Link::Is))
            && self.base.iter().any(|c| c.at > opener)
            && opener > at;
        if first_in_cart && said && self.query.metrics.iter().any(|metric| metric == "items") {
            let filter = times::condition("cart_place", FilterOp::Eq, &[1.0]);
            self.base.push(Condition { filter, at: at + 1 });
        } else if first_in_cart && self.query.metrics.iter().any(|metric| metric == "items") {
            self.query.metrics = vec!["first_in_cart_rate".to_owned()];
            return;
        }
        let Some(first) = self.query.metrics.first().cloned() else { return };
        if first == "first_orders" && self.query.dimensions.is_empty() {
            self.query.metrics = vec!["orders".to_owned()];
            self.part.push(times::condition("order_number", FilterOp::Eq, &[1.0]));
            return;
        }
        if matches!(first.as_str(), "repeat_customers" | "new_customers") && self.query.metrics.len() == 1 {
            let op = if first == "repeat_customers" { FilterOp::Gt } else { FilterOp::Eq };
            self.query.metrics = vec!["customers".to_owned()];
            self.part.push(times::condition("customer_orders", op, &[1.0]));
            return;
        }
        if first == "products_never_bought" {
            self.query.metrics = vec!["never_bought_rate".to_owned()];
            return;
        }
        let shared = [
            "items",
            "orders",
            "customers",
            "products",
            "baskets",
            "reorders",
            "first_in_cart",
            "expected_orders",
            "expected_items",
        ];
        if !shared.contains(&first.as_str()) {
            return;
        }
        if self.items.any(|mark| *mark == Mark::Never)
            && self.query.metrics.iter().any(|m| m == "products_never_bought" || m == "products")
        {
            self.query.metrics = vec!["never_bought_rate".to_owned()];
            return;
        }
        if self.part_of_baskets(at, &first) {
            return;
        }
        let mut part = self.predicates(at);
        let of_orders = first == "orders" || first == "baskets";
        if of_orders && first_in_cart {
            // "orders that begin with an organic item"
            part.push(times::condition("cart_place", FilterOp::Eq, &[1.0]));
        }
        let rebuys = has_verb(self.items, Verb::Reorder)
            || self.query.metrics.iter().any(|metric| matches!(metric.as_str(), "reorders" | "reorder_rate"));
        if of_orders && rebuys && part.is_empty() {
            // "orders in which at least one item is a reorder"
            part.push(times::condition("bought_before", FilterOp::Eq, &[1.0]));
            self.query.metrics.retain(|metric| metric == "orders" || metric == "baskets");
        }
        if part.is_empty() {
            if !self.query.dimensions.is_empty() {
                self.query.share_of_total = true;
            } else if let Some(thing) = self
                .base
                .iter()
                .find(|c| c.filter.op.picks())
                .or_else(|| self.base.iter().find(|c| c.at < at))
                .map(|c| c.filter.clone())
            {
                if thing.op == FilterOp::In {
                    // "for yogurt, milk and eggs: items and penetration": a row each.
                    self.group(&thing.field);
                    self.query.share_of_total = true;
                    return;
                }
                self.base.retain(|condition| condition.filter != thing);
                let sized = matches!(thing.field.as_str(), "order_size" | "size_band");
                if let Some(first) =
                    self.query.metrics.first_mut().filter(|first| sized && *first == "orders")
                {
                    "baskets".clone_into(first);
                }
                self.part.push(thing);
            }
            return;
        }
        // "which share is organic and which share is not": a row each.
        let shares = self
            .items
            .places(|mark| matches!(mark, Mark::Share | Mark::ShareOf(_)))
            .into_iter()
            .filter(|place| {
                !["in ", "as ", "percent", "%"].iter().any(|unit| self.view.text(*place).starts_with(unit))
            })
            .count();
        if let (true, [flag]) = (shares > 1, part.as_slice())
            && matches!(flag.values.as_slice(), [FilterValue::Integer(0 | 1)])
            && !flag.field.starts_with("order_")
            && flag.field != "user_id"
            && self.query.dimensions.is_empty()
        {
            let field = flag.field.clone();
            self.group(&field);
            self.query.share_of_total = true;
            return;
        }
        let several = part.iter().any(|filter| filter.values.len() > 1 && filter.op == FilterOp::In);
        if several && part.len() == 1 && self.query.dimensions.is_empty() && !self.frame.has_agg(Agg::Total) {
            // "what share is produce, what share is frozen": a row each.
            for filter in part {
                self.group(&filter.field.clone());
                self.query.filters.push(filter);
            }
            self.query.share_of_total = true;
            return;
        }
        // The size of an order is known where its lines are.
        let sized = part.iter().any(|filter| matches!(filter.field.as_str(), "order_size" | "size_band"));
        if sized && let Some(first) = self.query.metrics.first_mut().filter(|first| *first == "orders") {
            "baskets".clone_into(first);
        }
        self.base.retain(|condition| !part.contains(&condition.filter));
        self.base_cohorts(&first, &part);
        self.part = part;
    }

    /// Where what is said of a share's subject begins: "what share of morning orders | includes milk".
    pub(super) fn predicate(&self, share: Option<usize>) -> Option<usize> {
        let share = share?;
        let subject = self.frame.nouns.iter().find(|placed| placed.at > share);
        let of_items = subject.is_some_and(|placed| matches!(placed.noun, Noun::Item | Noun::Product));
        let from = subject.map_or(share, |placed| placed.at) + 1;
        let said = |at: &usize| match self.items.mark(*at) {
            Some(Mark::Link(Link::With | Link::Is)) => true,
            Some(Mark::Verb(_)) => {
                !of_items || matches!(self.items.before(*at), Some(Mark::Link(Link::Is | Link::That)))
            }
            _ => false,
        };
        let all: Vec<usize> = (from..self.items.len()).filter(said).collect();
        // "customers who buy wine | also buy beer": a clause about the subject is none of what is said of it.
        let relative = |at: &usize| self.items.before(*at) == Some(&Mark::Link(Link::That));
        all.iter().find(|at| !relative(at)).or(all.last()).copied()
    }

    /// The conditions that say which part is meant: behind the share's noun or right before the word "share".
    pub(super) fn predicates(&mut self, share: usize) -> Vec<MetricFilter> {
        // "customers with 50 orders, as a share of all customers": what stands before is the part.
        let text = self.view.text(share);
        let told_back = self.items.places(|mark| *mark == Mark::Link(Link::That)).into_iter().any(|at| {
            at > share
                && matches!(self.items.after(at), None | Some(Mark::Comma))
                && self.items.before(at) == Some(&Mark::Link(Link::Is))
        }) && self.base.iter().all(|c| c.at < share);
        if (text.starts_with("as a") || told_back) && self.base.iter().any(|c| c.at < share) {
            let (part, rest): (Vec<Condition>, Vec<Condition>) =
                self.base.drain(..).partition(|c| c.at < share);
            self.base = rest;
            return part.into_iter().map(|condition| condition.filter).collect();
        }
        // The noun that belongs to the word: "share of (organic) items".
        let own = |placed: &&Placed| {
            placed.at > share
                && placed.role != Role::Each
                && (share + 1..placed.at).all(|between| {
                    matches!(
                        self.items.mark(between),
                        Some(
                            Mark::Skip | Mark::Where(_) | Mark::Each | Mark::Distinct | Mark::Link(Link::Of)
                        )
                    )
                })
        };
        let named = matches!(self.items.mark(share), Some(Mark::ShareOf(_)));
        let noun = self.frame.nouns.iter().find(own).filter(|_| !named).map(|placed| placed.at);
        let end = noun.unwrap_or(share);
        if let Some(said) = self.said_of(share) {
            return said;
        }
        let timed = |condition: &&Condition| {
            condition.filter.field.starts_with("order_") || condition.filter.field == "day_part"
        };
        let right_before = self.right_before(share);
        let things_behind = self.base.iter().any(|c| {
            c.at > end
                && !timed(&c)
                && c.filter.field != "user_id"
                && !matches!(
                    self.items.before(c.at),
                    Some(Mark::Link(Link::In | Link::From | Link::For | Link::Of))
                )
        });
        if !right_before.is_empty() && !things_behind {
            self.base.retain(|condition| !right_before.iter().any(|part| part.at == condition.at));
            return right_before.into_iter().map(|condition| condition.filter).collect();
        }
        let adjectives: Vec<Condition> =
            self.base.iter().filter(|c| c.at > share && c.at < end).cloned().collect();
        let dimensions = self.query.dimensions.clone();
        let placed_behind = self.base.iter().filter(|c| c.at > end).all(|c| {
            c.filter.field == "user_id"
                || dimensions.contains(&c.filter.field)
                || matches!(
                    self.items.before(c.at),
                    Some(Mark::Link(Link::In | Link::From | Link::For | Link::On | Link::At))
                )
        });
        // "share of the morning orders that include something from milk": what is said of them is the part.
        let said = self.base.iter().filter(|c| c.at > end && c.filter.field != "user_id").any(|c| {
            (end + 1..c.at).any(|place| {
                matches!(
                    self.items.mark(place),
                    Some(Mark::Link(Link::Is | Link::With | Link::That) | Mark::Verb(_))
                )
            })
        });
        let placed_behind = placed_behind && (!said || noun.is_none());
        if !adjectives.is_empty() && placed_behind {
            // "the share of organic items in produce"
            self.base.retain(|condition| !adjectives.iter().any(|part| part.at == condition.at));
            return adjectives.into_iter().map(|condition| condition.filter).collect();
        }
        let between_groups = !self.query.dimensions.is_empty()
            && self.base.iter().any(|c| c.at > end)
            && self.base.iter().filter(|c| c.at > end).all(|c| {
                timed(&c)
                    && matches!(
                        self.items.before(c.at),
                        Some(Mark::Link(Link::In | Link::On | Link::At | Link::Of | Link::For))
                    )
            });
        if between_groups {
            return Vec::new();
        }
        // "by part of the day, morning to night": what is grouped by is no part.
        let grouped: Vec<&str> = self.query.dimensions.iter().map(String::as_str).collect();
        let versus = self.items.places(|mark| matches!(mark, Mark::Versus | Mark::Than));
        let sides = |c: &Condition| {
            let same = |other: &&Condition| other.filter.field == c.filter.field && other.at != c.at;
            timed(&c)
                && versus.iter().any(|place| {
                    self.base.iter().filter(same).any(|other| (other.at < *place) != (c.at < *place))
                })
        };
        let behind: Vec<Condition> = self
            .base
            .iter()
            .filter(|c| c.at > end && !grouped.contains(&c.filter.field.as_str()) && !sides(c))
            .cloned()
            .collect();
        let things: Vec<Condition> = behind.iter().filter(|c| !timed(c)).cloned().collect();
        let before = self.right_before(share);
        let chosen: Vec<Condition> = if !before.is_empty() && things.is_empty() {
            before
        } else if things.is_empty() {
            behind
        } else {
            // The first thing behind is the part; where it stands "in" a place behind another, the place is the base.
            let first = things.first().map(|c| c.at);
            let with = |c: &Condition| {
                matches!(self.items.before(c.at), Some(Mark::Link(Link::In | Link::From)))
                    && Some(c.at) != first
            };
            things.into_iter().filter(|c| !with(c)).collect()
        };
        // "penetration of pets among the customers of a segment": who they are is no part of it.
        let whose = |c: &Condition| of_customers(&c.filter) || c.filter.field == "user_id";
        let others = chosen.iter().any(|c| !whose(c));
        let chosen: Vec<Condition> = chosen.into_iter().filter(|c| !(others && whose(c))).collect();
        self.base.retain(|condition| !chosen.iter().any(|part| part.at == condition.at));
        chosen.into_iter().map(|condition| condition.filter).collect()
    }

    /// The conditions right before the word "share".
    fn right_before(&self, share: usize) -> Vec<Condition> {
        let timed = |c: &Condition| c.filter.field.starts_with("order_") || c.filter.field == "day_part";
        // "only first orders: what percentage … does every department get" restricts both.
        let heads = |c: &Condition| {
            matches!(
                self.items.before(c.at),
                None | Some(Mark::Only | Mark::Link(Link::In | Link::For | Link::From))
            )
        };
        self.base
            .iter()
            .filter(|c| c.at < share && self.items.next(c.at) == Some(share))
            .filter(|c| self.query.dimensions.is_empty() || !heads(c) || !timed(c))
            .cloned()
            .collect()
    }

    /// What is said of a subject that has conditions of its own: "what share of morning orders | holds milk".
    pub(super) fn said_of(&mut self, share: usize) -> Option<Vec<MetricFilter>> {
        let predicate = self.predicate(Some(share))?;
        let grouped = self.query.dimensions.clone();
        let sides = |c: &Condition| {
            !grouped.contains(&c.filter.field) && c.filter.field != "user_id" && !of_customers(&c.filter)
        };
        let own = self.base.iter().any(|c| c.at < predicate && sides(c));
        let said: Vec<Condition> =
            self.base.iter().filter(|c| c.at > predicate && sides(c)).cloned().collect();
        let things =
            said.iter().any(|c| !c.filter.field.starts_with("order_") && c.filter.field != "day_part");
        if !own || said.is_empty() || !things {
            return None;
        }
        self.base.retain(|condition| said.iter().all(|part| part.at != condition.at));
        Some(said.into_iter().map(|condition| condition.filter).collect())
    }
}
