//! Things side by side: a row each, a slice each, or their difference.

use query::metrics::{Cohort, CohortOf, FilterOp, FilterValue, MetricFilter, Slice};

use super::{Builder, CUSTOMER_METRICS, Condition, LINE_FIELDS, ORDER_METRICS, cohort, is_flag, only, plain};
use crate::builtin::analytics::{
    item::{Agg, End, Link, Mark, Noun},
    things,
};

impl Builder<'_> {
    /// "organic and not organic": grouped by the attribute.
    pub(super) fn attribute_pairs(&mut self) {
        let is_flag = |filter: &MetricFilter| {
            filter.op == FilterOp::Eq
                && matches!(filter.values.as_slice(), [FilterValue::Integer(0 | 1)])
                && !["order_dow", "order_hour_of_day", "order_number", "user_id"]
                    .contains(&filter.field.as_str())
        };
        let flags: Vec<MetricFilter> =
            self.base.iter().map(|c| c.filter.clone()).filter(|filter| is_flag(filter)).collect();
        for flag in &flags {
            let pair = flags.iter().any(|other| other.field == flag.field && other.values != flag.values);
            let rest = self.items.any(|mark| *mark == Mark::Rest);
            let only = flags.len() == 1 && (self.comparing() && self.base.len() == 1 || rest);
            if pair || only {
                self.base.retain(|c| c.filter.field != flag.field);
                self.group(&flag.field.clone());
            }
        }
    }

    /// Several things of one kind stand side by side, a row each.
    pub(super) fn compare(&mut self) {
        let together = self.items.0.iter().enumerate().any(|(at, item)| {
            item.mark == Mark::Agg(Agg::Total)
                && !matches!(
                    self.view.text(at).as_str(),
                    "total" | "totals" | "in total" | "total of" | "grand total" | "overall" | "all in all"
                )
        });
        let lists: Vec<MetricFilter> = self
            .base
            .iter()
            .filter(|c| c.filter.op == FilterOp::In || self.is_spelt_range(c))
            .map(|c| c.filter.clone())
            .collect();
        for filter in lists {
            let time = matches!(filter.field.as_str(), "order_dow" | "order_hour_of_day");
            // "bought from the coffee or the tea aisle": either of them counts.
            let either = self.frame.how_many
                && self.frame.rank.is_none()
                && !self.items.any(|mark| matches!(mark, Mark::More(_) | Mark::Versus | Mark::Share))
                && self.base.iter().any(|c| {
                    c.filter == filter && self.view.text(c.at).contains(" or ") && filter.op == FilterOp::In
                });
            // "customers who have only 4 or 5 orders": who they are.
            let alternatives = filter.field.starts_with("customer_") && !self.comparing();
            if either || alternatives {
                continue;
            }
            let grouped = self.query.dimensions.contains(&filter.field);
            let ranks_others = self.query.limit.is_some() && self.query.limit_per.is_empty();
            if grouped
                || together
                || ranks_others
                || (time && !self.comparing() && !self.counts_again() && !self.is_axis(&filter))
                || !self.query.slices.is_empty()
            {
                continue;
            }
            self.query.dimensions.insert(0, filter.field.clone());
        }
        self.holders();
        self.slices();
        self.difference();
        self.gains();
        let more = self
            .items
            .0
            .iter()
            .find_map(|item| if let Mark::More(end) = item.mark { Some(end) } else { None });
        let end = self.frame.rank.map(|(end, ..)| end).or(more);
        if self.order.is_none() && self.comparing() && !self.query.dimensions.is_empty() {
            self.order = end;
        }
    }

    /// "how many orders does day 0 have, and how many day 3": counted once more.
    pub(super) fn counts_again(&self) -> bool {
        self.items.places(|mark| *mark == Mark::HowMany).len() > 1
    }

    /// "which department gains the most share from the first to the tenth order": the difference of two slices.
    pub(super) fn gains(&mut self) {
        let grows = ["gain", "grow", "win", "rise", "increase", "climb", "expand", "improve"];
        let shrinks = ["lose", "shrink", "drop", "fall", "decline", "decrease", "lost"];
        let says = |words: &[&str]| {
            self.view.tokens.iter().any(|token| {
                words.iter().any(|word| {
                    token.stem == *word
                        || token.text.trim_end_matches('s') == *word
                        || token.text.trim_end_matches("ing") == *word
                })
            })
        };
        let (grow, shrink) = (says(&grows), says(&shrinks));
        let pair = self.base.iter().position(|c| {
            c.filter.field == "order_number"
                && matches!(c.filter.op, FilterOp::In | FilterOp::Between)
                && c.filter.values.len() == 2
        });
        let kind = ["department", "aisle", "product_name"];
        let noun = self.frame.nouns.iter().map(|p| p.noun.dimension()).find(|name| kind.contains(name));
        let parted = self.part.iter().position(|filter| {
            filter.field == "order_number" && filter.op == FilterOp::In && filter.values.len() == 2
        });
        let Some(noun) = noun else { return };
        if pair.is_none() && parted.is_none()
            || !(grow || shrink)
            || self.query.metrics.is_empty()
            || self.frame.rank.is_none()
        {
            return;
        }
        let filter = match (pair, parted) {
            (Some(place), _) => self.base.remove(place).filter,
            (None, Some(place)) => self.part.remove(place),
            (None, None) => return,
        };
        let last = filter.values.last().cloned();
        let slice = |value: &FilterValue| Slice {
            // No digits: what a text says is bound to results.
            label: if Some(value) == last.as_ref() { "later orders" } else { "earlier orders" }.to_owned(),
            filters: vec![MetricFilter {
                field: "order_number".into(),
                op: FilterOp::Eq,
                values: vec![value.clone()],
            }],
            cohorts: Vec::new(),
        };
        // The later one less the earlier one.
        self.query.slices = filter.values.iter().rev().map(slice).collect();
        self.query.contrast = true;
        self.query.dimensions = vec![noun.to_owned()];
        if self.frame.metrics.is_empty() && !self.items.any(|mark| matches!(mark, Mark::ShareOf(_))) {
            self.query.metrics = vec!["items".to_owned()];
        }
        self.query.share_of_total = self.frame.share.is_some();
        self.query.limit_per.clear();
        self.part.clear();
        let low = shrink || self.frame.rank.is_some_and(|(end, ..)| end == End::Low);
        self.order = Some(if low { End::Low } else { End::High });
        self.ranked = Some("difference".to_owned());
        if self.query.limit.is_none() {
            self.query.limit = Some(1);
        }
    }

    /// "orders that hold X compared with orders that hold Y": whole orders, not the lines of X.
    pub(super) fn holders(&mut self) {
        let whole = !self.query.metrics.is_empty()
            && self.query.metrics.iter().all(|m| m == "basket_size" || ORDER_METRICS.contains(&m.as_str()));
        let holds =
            self.items.any(|mark| *mark == Mark::Link(Link::With)) && self.frame.has_noun(Noun::Order);
        // "people who buy coffee vs people who buy tea: how many orders on average": all that they did.
        let of_people = !self.query.metrics.is_empty()
            && self.query.metrics.iter().all(|m| {
                CUSTOMER_METRICS.contains(&m.as_str())
                    || m == "orders_per_customer"
                    || m == "items_per_customer"
            });
        let buyers = of_people && self.frame.has_noun(Noun::Customer) && self.comparing();
        if !(whole && holds || buyers) || !self.query.slices.is_empty() {
            return;
        }
        let of = if buyers { CohortOf::Customers } else { CohortOf::Orders };
        let list = self
            .base
            .iter()
            .find(|c| c.filter.op == FilterOp::In && LINE_FIELDS.contains(&c.filter.field.as_str()))
            .cloned();
        let Some(list) = list.filter(|c| c.filter.values.len() <= 8) else { return };
        self.base.retain(|c| c.at != list.at);
        self.query.dimensions.retain(|name| *name != list.filter.field);
        self.query.slices = list
            .filter
            .values
            .iter()
            .map(|value| Slice {
                label: plain(value),
                filters: Vec::new(),
                cohorts: vec![cohort(of, only(&list.filter, value))],
            })
            .collect();
    }

    /// "the difference in reorder rate between X and Y", "how many more orders on day 0 than on day 4".
    pub(super) fn difference(&mut self) {
        if !self.items.any(|mark| *mark == Mark::Difference) {
            return;
        }
        if self.query.slices.is_empty() {
            let list =
                self.base.iter().find(|c| c.filter.op == FilterOp::In && c.filter.values.len() == 2).cloned();
            let Some(list) = list else { return };
            self.base.retain(|c| c.at != list.at);
            self.query.dimensions.retain(|name| *name != list.filter.field);
            self.query.slices = list
                .filter
                .values
                .iter()
                .enumerate()
                .map(|(place, value)| Slice {
                    // The label is part of a sentence, where a number would need a source.
                    label: match value {
                        FilterValue::Text(text) => text.clone(),
                        _ => ["the first", "the second"][place.min(1)].to_owned(),
                    },
                    filters: vec![only(&list.filter, value)],
                    cohorts: Vec::new(),
                })
                .collect();
        }
        if self.query.slices.len() == 2 && self.query.dimensions.is_empty() && self.query.metrics.len() == 1 {
            self.query.contrast = true;
            self.query.limit = None;
            self.order = None;
        }
    }

    /// Conditions of different kinds that are compared: a slice each.
    pub(super) fn slices(&mut self) {
        self.rest();
        if !self.comparing() || !self.query.slices.is_empty() {
            return;
        }
        let free: Vec<Condition> =
            self.base.iter().filter(|c| !self.query.dimensions.contains(&c.filter.field)).cloned().collect();
        let mut sides: Vec<Condition> = Vec::new();
        for place in self.items.places(|mark| matches!(mark, Mark::Versus | Mark::Than)) {
            let before = free.iter().rev().find(|c| c.at < place);
            let after = free.iter().find(|c| c.at > place);
            for side in [before, after].into_iter().flatten() {
                if sides.iter().all(|known| known.at != side.at) {
                    sides.push(side.clone());
                }
            }
        }
        if sides.len() < 2 {
            return;
        }
        sides.sort_by_key(|side| side.at);
        self.base.retain(|condition| sides.iter().all(|side| side.at != condition.at));
        self.query.slices = sides.into_iter().map(|side| self.slice_of(&side)).collect();
    }

    /// "… next to that of the rest": the one condition and what it leaves out.
    pub(super) fn rest(&mut self) {
        let Some(at) = self.items.places(|mark| *mark == Mark::Rest).first().copied() else { return };
        let side =
            self.base.iter().rev().find(|c| c.at < at && !self.query.dimensions.contains(&c.filter.field));
        // "organic ones and the others": grouped by the attribute already.
        let paired = self.items.any(|mark| match mark {
            Mark::Where(filters) => {
                filters.iter().any(|filter| is_flag(filter) && self.query.dimensions.contains(&filter.field))
            }
            _ => false,
        });
        let (true, Some(side)) = (self.query.slices.is_empty() && !paired, side.cloned()) else { return };
        let opposite = things::turned(&side.filter);
        // A range of something else than hours, days or order numbers leaves no list.
        if opposite == side.filter {
            return;
        }
        self.base.retain(|condition| condition.at != side.at && condition.filter != side.filter);
        let rest = Condition { filter: opposite, at };
        self.query.slices = vec![self.slice_of(&side), self.slice_of(&rest)];
    }

    /// One side of a comparison; whole orders are picked by what they hold.
    pub(super) fn slice_of(&self, side: &Condition) -> Slice {
        let label = self.view.text(side.at);
        let of_orders =
            self.query.metrics.iter().any(|m| m == "basket_size" || ORDER_METRICS.contains(&m.as_str()));
        let line = LINE_FIELDS.contains(&side.filter.field.as_str()) || is_flag(&side.filter);
        let of_customers = self.query.metrics.iter().all(|m| {
            CUSTOMER_METRICS.contains(&m.as_str()) || m == "orders_per_customer" || m == "items_per_customer"
        });
        if !((of_orders || of_customers) && line) {
            return Slice { label, filters: vec![side.filter.clone()], cohorts: Vec::new() };
        }
        let not = matches!(side.filter.op, FilterOp::Ne | FilterOp::NotIn);
        let op = match side.filter.op {
            FilterOp::Ne => FilterOp::Eq,
            FilterOp::NotIn => FilterOp::In,
            op => op,
        };
        let bought = vec![MetricFilter { op, ..side.filter.clone() }];
        let of = if of_orders { CohortOf::Orders } else { CohortOf::Customers };
        Slice { label, filters: Vec::new(), cohorts: vec![Cohort { of, bought, not, ..Cohort::default() }] }
    }
}
