//! Conditions on lines that pick whole orders and customers: who bought, who never did, what one customer bought.

use query::metrics::{Cohort, CohortOf, FilterOp, FilterValue, MetricFilter, Summary};

use super::{
    Builder, CUSTOMER_METRICS, Condition, LINE_FIELDS, ORDER_METRICS, cohort, is_flag, is_turned,
    people_who_bought,
};
use crate::builtin::analytics::{
    frame::{Placed, Role, has_verb},
    item::{Link, Mark, Noun, Verb},
    things, times,
};

impl Builder<'_> {
    /// "which products of frozen never sold": the rows without any.
    pub(super) fn never_listed(&mut self, listed: Option<Placed>) {
        let counted = self.frame.of_role(Role::Counted).find(|placed| {
            matches!(placed.noun, Noun::Department | Noun::Aisle) && self.frame.how_many && listed.is_none()
        });
        let Some(placed) = listed.or(counted.copied()) else { return };
        let never = self.items.any(|mark| *mark == Mark::Never);
        let plain = ["items", "products", "products_never_bought", "products_bought", "customers"];
        let one_customer = self.base.iter().any(|c| c.filter.field == "user_id");
        let product = matches!(placed.noun, Noun::Product | Noun::Item);
        let places = one_customer && matches!(placed.noun, Noun::Department | Noun::Aisle);
        if never
            && (product || places)
            && self.frame.rank.is_none()
            && !self.frame.has_noun(Noun::Segment)
            && self.query.dimensions == [placed.noun.dimension()]
            && self.query.metrics.iter().all(|metric| plain.contains(&metric.as_str()))
            && !self.items.any(|mark| matches!(mark, Mark::Having(_)))
        {
            self.query.metrics = vec!["items".to_owned()];
            self.query.include_empty = Some(true);
            self.query.filters.push(times::condition("items", FilterOp::Eq, &[0.0]));
            if placed.limit.is_none() {
                self.query.limit = None;
            }
        }
    }

    /// What one customer bought: the places without any of it are none of theirs, and the number of places is counted.
    pub(super) fn bought_places(&mut self) {
        let one_customer = self.base.iter().any(|c| c.filter.field == "user_id");
        let places = ["department", "aisle", "product_name"];
        if one_customer && self.query.dimensions.iter().any(|name| places.contains(&name.as_str())) {
            self.query.include_empty = Some(false);
        }
        let counted = match self.query.metrics.as_slice() {
            [metric] if metric == "aisles" => "aisle",
            [metric] if metric == "departments" => "department",
            _ => return,
        };
        if one_customer
            && self.frame.how_many
            && self.query.dimensions.is_empty()
            && self.query.slices.is_empty()
        {
            self.query.metrics = vec!["items".to_owned()];
            self.group(counted);
            self.query.include_empty = Some(false);
            self.query.summary = Some(Summary::Count);
        }
    }

    /// "customers without produce", "who do not have a single organic item": none of their lines is such.
    pub(super) fn without(&mut self) {
        let whole = match self.query.metrics.as_slice() {
            [metric] if metric == "customers" => CohortOf::Customers,
            [metric] if metric == "orders" || metric == "baskets" || metric == "basket_size" => {
                CohortOf::Orders
            }
            _ => return,
        };
        let worded = |c: &Condition| {
            let words = self.view.text(c.at);
            ["without", "no ", "not ", "nothing", "none", "w/o", "sans", "free of"]
                .iter()
                .any(|word| words.starts_with(word))
        };
        if !self.query.dimensions.is_empty() {
            return;
        }
        let line = |filter: &MetricFilter| LINE_FIELDS.contains(&filter.field.as_str()) || is_flag(filter);
        let turned = |c: &Condition| {
            line(&c.filter)
                && (is_turned(&c.filter) || c.filter.field == "bought_before" && c.filter.op == FilterOp::Ne)
        };
        let chosen: Vec<Condition> = self
            .base
            .iter()
            .filter(|c| turned(c) && (whole == CohortOf::Customers || worded(c)))
            .cloned()
            .collect();
        for condition in chosen {
            if let Some(opposite) = things::opposite(&condition.filter) {
                self.base.retain(|known| known.at != condition.at);
                self.query.cohorts.push(Cohort { not: true, ..cohort(whole, opposite) });
                if whole == CohortOf::Orders {
                    // What orders of unknown items hold is not known.
                    for metric in &mut self.query.metrics {
                        if metric == "orders" {
                            "baskets".clone_into(metric);
                        }
                    }
                }
            }
        }
    }

    /// "people who have ever bought X: how many orders do they have on average": all that they did counts, not the lines of X.
    pub(super) fn who_bought(&mut self) {
        let counted = ["customers", "items", "products_bought", "reorders", "orders"];
        let plain = self.query.metrics.iter().all(|metric| counted.contains(&metric.as_str()));
        if plain || !self.part.is_empty() || !self.query.part_cohorts.is_empty() {
            return;
        }
        let dimensions = self.query.dimensions.clone();
        let (buyers, rest): (Vec<Condition>, Vec<Condition>) =
            std::mem::take(&mut self.base).into_iter().partition(|c| {
                (LINE_FIELDS.contains(&c.filter.field.as_str()) || is_flag(&c.filter))
                    && !dimensions.contains(&c.filter.field)
                    && self.is_who_bought(c.at)
            });
        self.base = rest;
        self.query.cohorts.extend(buyers.into_iter().map(|c| cohort(CohortOf::Customers, c.filter)));
    }

    /// Whether a condition stands in a clause about customers: "who have bought X", "buyers of X".
    pub(super) fn is_who_bought(&self, at: usize) -> bool {
        let between = |from: usize, to: usize, ok: fn(&Mark) -> bool| {
            (from + 1..to).all(|place| self.items.mark(place).is_some_and(ok))
        };
        let quiet = |mark: &Mark| {
            matches!(
                mark,
                Mark::Skip
                    | Mark::Word
                    | Mark::Link(_)
                    | Mark::HowOften
                    | Mark::Noun(Noun::Item | Noun::Product)
            )
        };
        let verb = (0..at).rev().find(|place| matches!(self.items.mark(*place), Some(Mark::Verb(Verb::Buy))));
        let clause = verb.filter(|verb| between(*verb, at, quiet)).is_some_and(|verb| {
            let who = (0..verb).rev().find(|place| self.items.mark(*place) == Some(&Mark::Link(Link::That)));
            who.is_some_and(|who| {
                between(who, verb, quiet)
                    && matches!(
                        self.items.before(who),
                        None | Some(Mark::Noun(Noun::Customer) | Mark::Word | Mark::Link(_))
                    )
                    && (self.items.before(who) == Some(&Mark::Noun(Noun::Customer))
                        || self.view.text(who) == "who")
            })
        });
        let buyers = |place: usize| {
            self.items.mark(place) == Some(&Mark::Noun(Noun::Customer))
                && ["buyer", "purchaser"].iter().any(|word| self.view.text(place).starts_with(word))
        };
        let of =
            self.items.previous(at).filter(|place| self.items.mark(*place) == Some(&Mark::Link(Link::Of)));
        let buyers_of = of.and_then(|of| self.items.previous(of)).is_some_and(buyers);
        clause || buyers_of || self.items.next(at).is_some_and(buyers)
    }

    /// "orders with only organic items": orders none of whose lines is otherwise.
    pub(super) fn only_such(&mut self) {
        let orders = ["orders", "baskets", "basket_size"];
        if !self.query.metrics.iter().all(|metric| orders.contains(&metric.as_str()))
            || self.query.metrics.is_empty()
            || !self.frame.has_noun(Noun::Order)
            || !self.query.dimensions.is_empty()
        {
            return;
        }
        let lines: Vec<Condition> = self
            .base
            .iter()
            .filter(|c| LINE_FIELDS.contains(&c.filter.field.as_str()) || is_flag(&c.filter))
            .cloned()
            .collect();
        let Some(only) = self.exclusively(&lines) else { return };
        let Some(opposite) = things::opposite(&only.filter) else { return };
        self.base.retain(|c| c.at != only.at);
        self.query.cohorts.push(Cohort { not: true, ..cohort(CohortOf::Orders, opposite) });
        // Orders without known items hold nothing of any kind.
        for metric in &mut self.query.metrics {
            if metric == "orders" {
                "baskets".clone_into(metric);
            }
        }
    }

    /// Conditions on lines, where whole orders or customers are measured.
    pub(super) fn cohorts(&mut self) {
        self.of_whole_customers();
        self.without();
        self.buyers();
        self.who_bought();
        self.only_such();
        let order_metric = self.query.metrics.iter().any(|metric| ORDER_METRICS.contains(&metric.as_str()));
        let customer_metric =
            self.query.metrics.iter().any(|metric| CUSTOMER_METRICS.contains(&metric.as_str()));
        let of_orders = self.query.metrics.iter().any(|metric| metric == "basket_size");
        let not_done = self.items.places(|mark| *mark == Mark::Not).into_iter().any(|at| {
            matches!(self.items.after(at), Some(Mark::Verb(Verb::Buy | Verb::Place)))
                || self.view.text(at).ends_with("any")
        });
        let of_people = ["customers", "orders_per_customer", "items_per_customer"];
        let people =
            self.frame.has_noun(Noun::Customer)
                && self.query.metrics.first().is_some_and(|m| {
                    of_people.contains(&m.as_str()) || CUSTOMER_METRICS.contains(&m.as_str())
                });
        let never = (not_done || self.items.any(|mark| *mark == Mark::Never))
            && (people || self.query.metrics.first().is_some_and(|m| m == "customers"));
        let line = |filter: &MetricFilter| {
            LINE_FIELDS.contains(&filter.field.as_str())
                || filter.values.first().is_some_and(|value| matches!(value, FilterValue::Integer(0 | 1)))
                    && !filter.field.starts_with("order_")
                    && !filter.field.contains("customer")
        };
        let mut moved = Vec::new();
        let dimensions = self.query.dimensions.clone();
        self.base.retain(|condition| {
            let restricts_orders = never
                && (condition.filter.field.starts_with("order_")
                    || matches!(condition.filter.field.as_str(), "day_part" | "days_since_prior_order"));
            if !(line(&condition.filter) || restricts_orders) || dimensions.contains(&condition.filter.field)
            {
                return true;
            }
            let with_order = matches!(self.items.before(condition.at), Some(Mark::Link(Link::With)))
                || self.items.any(|mark| *mark == Mark::Link(Link::With));
            let ever = people_who_bought(self.view.tokens)
                && self.query.metrics.iter().all(|metric| {
                    !matches!(metric.as_str(), "customers" | "items" | "products" | "products_bought")
                })
                && !order_metric;
            let cohort = if ever {
                Some(CohortOf::Customers)
            } else if order_metric || (of_orders && with_order) {
                Some(CohortOf::Orders)
            } else if customer_metric || never {
                Some(CohortOf::Customers)
            } else {
                None
            };
            if let Some(of) = cohort {
                moved.push(Cohort {
                    of,
                    bought: vec![condition.filter.clone()],
                    not: never,
                    ..Cohort::default()
                });
            }
            cohort.is_none()
        });
        if never && has_verb(self.items, Verb::Reorder) && moved.is_empty() && self.told.is_none() {
            let bought = vec![times::condition("bought_before", FilterOp::Eq, &[1.0])];
            moved.push(Cohort { of: CohortOf::Customers, bought, not: true, ..Cohort::default() });
        }
        // "how many orders hold both X and Y": two things of one kind in one order.
        let both = self
            .items
            .0
            .iter()
            .enumerate()
            .any(|(at, item)| item.mark == Mark::Skip && self.view.text(at) == "both");
        if both
            && self.query.dimensions.first().is_some_and(|name| LINE_FIELDS.contains(&name.as_str()))
            && self.query.limit.is_none()
        {
            let metric = self.query.metrics.first().map(String::as_str);
            let of = match metric {
                Some("orders" | "basket_size" | "baskets") => Some(CohortOf::Orders),
                Some("customers") => Some(CohortOf::Customers),
                _ => None,
            };
            let named = self
                .base
                .iter()
                .find(|c| {
                    Some(&c.filter.field) == self.query.dimensions.first() && c.filter.op == FilterOp::In
                })
                .cloned();
            if let (Some(of), Some(named)) = (of, named) {
                self.base.retain(|c| c.at != named.at);
                self.query.dimensions.remove(0);
                moved.extend(named.filter.values.iter().map(|value| Cohort {
                    of,
                    bought: vec![super::only(&named.filter, value)],
                    not: false,
                    ..Cohort::default()
                }));
            }
        }
        self.query.cohorts.extend(moved);
        // A first order has no gap before it.
        if self.query.dimensions.iter().any(|name| name == "days_since_prior_order") {
            let filter = times::condition("days_since_prior_order", FilterOp::Ge, &[0.0]);
            self.base.push(Condition { filter, at: 0 });
        }
        // Orders without known items have no class of size.
        if self.query.dimensions.iter().any(|name| name == "size_band")
            && self.base.iter().all(|c| c.filter.field != "size_band")
        {
            let values = ["small", "medium", "large"].into_iter().map(FilterValue::from).collect();
            let filter = MetricFilter { field: "size_band".into(), op: FilterOp::In, values };
            self.base.push(Condition { filter, at: 0 });
        }
    }
}
