//! What figures are asked for: those that are named, those that a count for each of something makes, and those beside them.

use query::metrics::{FilterOp, MetricFilter};

use super::{Builder, Condition, LINE_FIELDS};
use crate::builtin::analytics::{
    frame::{Placed, Role, has_verb},
    item::{Agg, Mark, Noun, Verb},
    times,
};

impl Builder<'_> {
    pub(super) fn add_metric(&mut self, name: &str) {
        if !self.query.metrics.iter().any(|known| known == name) {
            self.query.metrics.push(name.to_owned());
        }
    }

    /// "first in the cart" beside another figure restricts it to the first places.
    pub(super) fn first_places(&mut self) {
        let first = self.items.places(|mark| *mark == Mark::FirstInCart);
        let other = self.query.metrics.iter().any(|metric| {
            matches!(
                metric.as_str(),
                "products_bought" | "reorder_rate" | "orders" | "customers" | "reorders" | "baskets"
            )
        });
        if let (Some(at), true) = (first.first(), other && self.frame.share.is_none()) {
            let filter = times::condition("cart_place", FilterOp::Eq, &[1.0]);
            self.base.push(Condition { filter, at: *at });
        }
    }

    /// Every figure that is named, in the order of the words.
    pub(super) fn metrics(&mut self, havings: &[MetricFilter], listed: Option<Placed>) {
        let mut named: Vec<(usize, String)> =
            self.frame.metrics.iter().map(|(name, at)| (*at, self.metric_here(name))).collect();
        let told = self
            .frame
            .metrics
            .iter()
            .any(|(name, _)| name.ends_with("_per_customer") || name == "basket_size");
        // "how early are items put in the cart on average": the cart is no order that has a size.
        let placed = self.frame.metrics.iter().any(|(name, _)| name == "avg_cart_position");
        if let Some(ratio) = self
            .ratio()
            .filter(|_| !placed)
            .filter(|_| !told || self.frame.nouns.iter().filter(|p| p.role == Role::Counted).count() < 2)
        {
            if ratio == "median_orders_per_customer" && self.frame.has_agg(Agg::Mean) {
                named.push((0, "orders_per_customer".to_owned()));
            }
            named.push((0, ratio));
        } else {
            for placed in
                self.frame.nouns.iter().filter(|placed| matches!(placed.role, Role::Counted | Role::Amount))
            {
                let counts_groups = !havings.is_empty() && placed.role == Role::Counted;
                if self.counts_each(placed).is_some() {
                    continue;
                }
                if let (Some(metric), false) = (self.count_of(placed), counts_groups) {
                    named.push((placed.at, metric));
                }
            }
        }
        // "how many small, medium and large orders": what has the classes is counted.
        let classes = self.frame.nouns.iter().find(|placed| {
            matches!(placed.noun, Noun::SizeBand | Noun::Sides(_))
                && self.items.before(placed.at) == Some(&Mark::HowMany)
        });
        if let Some(placed) = classes.filter(|_| named.is_empty()) {
            named.push((placed.at, placed.noun.ranked_by().to_owned()));
        }
        if self.frame.has_agg(Agg::Max)
            && self.frame.has_agg(Agg::Mean)
            && let Some(at) = named.iter().find(|(_, name)| name == "basket_size").map(|(at, _)| *at)
        {
            named.push((at + 1, "max_basket_size".to_owned()));
        }
        // "average and biggest basket": the mean stands before, without its noun.
        let lone_mean = self.frame.agg.iter().any(|(agg, at)| {
            *agg == Agg::Mean && matches!(self.items.after(*at), Some(Mark::And | Mark::Comma))
        });
        if lone_mean && named.iter().any(|(_, name)| name == "max_basket_size") {
            named.push((0, "basket_size".to_owned()));
        }
        // "how many times was it bought, and by how many customers": both are asked.
        let often = self.items.places(|mark| *mark == Mark::HowOften);
        if let Some(at) = often.first().filter(|_| has_verb(self.items, Verb::Buy) && havings.is_empty())
            && !named.is_empty()
            && named.iter().all(|(_, name)| name == "customers")
        {
            named.push((*at, "items".to_owned()));
        }
        // "how often they ordered": their orders, where no thing is named that they ordered.
        let things = self.base.iter().any(|c| LINE_FIELDS.contains(&c.filter.field.as_str()));
        let acted = often.iter().find(|at| {
            (**at + 1..**at + 5)
                .find(|place| {
                    !matches!(
                        self.items.mark(*place),
                        Some(Mark::Skip | Mark::Link(_) | Mark::Noun(Noun::Customer))
                    )
                })
                .is_some_and(|place| self.items.mark(place) == Some(&Mark::Verb(Verb::Place)))
        });
        if let Some(at) = acted.filter(|_| !things && havings.is_empty()) {
            let mean = self.frame.has_agg(Agg::Mean) || self.each(Noun::Segment);
            named.push((*at, if mean { "orders_per_customer" } else { "orders" }.to_owned()));
        }
        // "when a new customer orders for the first time, which products …": who it is, not what is counted.
        let first = self.base.iter().any(|c| c.filter.field == "order_number" && c.filter.op == FilterOp::Eq);
        if first && listed.is_some() && named.iter().all(|(_, name)| name == "new_customers") {
            named.clear();
        }
        named.sort_by_key(|(at, _)| *at);
        for (_, name) in &named {
            self.add_metric(name);
        }
        // "number of buyers, and how many items each of them bought on average"
        let counts = ["customers", "items"];
        if self.frame.has_agg(Agg::Mean)
            && self.query.metrics.len() == 2
            && counts.iter().all(|name| self.query.metrics.iter().any(|known| known == name))
        {
            let per_buyer =
                |name: String| if name == "items" { "items_per_customer".to_owned() } else { name };
            self.query.metrics = std::mem::take(&mut self.query.metrics).into_iter().map(per_buyer).collect();
        }
        if self.query.metrics.is_empty()
            && let Some(name) = self.implied(listed)
        {
            self.add_metric(&name);
        }
    }

    /// "how many customers reordered it": those with a line that was bought before.
    pub(super) fn who_reordered(&mut self) {
        let told = self.base.iter().any(|c| c.filter.field == "bought_before");
        let whole = self.query.metrics == ["customers"] && self.frame.share.is_none();
        let by_customers =
            self.items.places(|mark| *mark == Mark::Verb(Verb::Reorder)).into_iter().find(|at| {
                let denied = self.items.places(|mark| {
                    matches!(mark, Mark::Not | Mark::Never | Mark::Having(_) | Mark::Bound(..))
                });
                denied.is_empty() && !matches!(self.items.after(*at), Some(Mark::Number(_)))
            });
        if let (true, false, Some(at)) = (whole && self.query.cohorts.is_empty(), told, by_customers) {
            let filter = times::condition("bought_before", FilterOp::Eq, &[1.0]);
            self.base.push(Condition { filter, at });
        }
    }

    /// A metric in the aggregation that stands with it.
    pub(super) fn metric_here(&self, name: &str) -> String {
        let median = self.frame.has_agg(Agg::Median);
        let max = self.frame.has_agg(Agg::Max);
        match name {
            "orders" if self.averaged_list() && (self.each(Noun::Segment) || self.each(Noun::Customer)) => {
                "orders_per_customer".to_owned()
            }
            "avg_days_between_orders" if median => "median_days_between_orders".to_owned(),
            "avg_cart_position" if median => "median_cart_position".to_owned(),
            "basket_size" if median && !self.frame.has_agg(Agg::Mean) => "median_basket_size".to_owned(),
            "basket_size" if max && !self.frame.has_agg(Agg::Mean) => "max_basket_size".to_owned(),
            "orders_per_customer" if median => "median_orders_per_customer".to_owned(),
            "avg_churn_risk" if median => "median_churn_risk".to_owned(),
            "products_bought"
                if (self.frame.has_agg(Agg::Mean) || self.frame.has_agg(Agg::Median))
                    && self.frame.nouns.iter().any(|p| p.noun == Noun::Customer && p.singular) =>
            {
                "avg_products_per_customer".to_owned()
            }
            "products"
                if self.items.any(|mark| *mark == Mark::Never)
                    && self.frame.share.is_none()
                    && !self.frame.has_noun(Noun::Segment) =>
            {
                "products_never_bought".to_owned()
            }
            "products" if has_verb(self.items, Verb::Buy) && !self.catalogue_words() => {
                "products_bought".to_owned()
            }
            "expected_orders" if self.frame.has_agg(Agg::Mean) || self.each(Noun::Customer) => {
                "expected_orders_per_customer".to_owned()
            }
            "expected_items" if self.frame.has_agg(Agg::Mean) || self.each(Noun::Customer) => {
                "lifetime_value".to_owned()
            }
            _ => name.to_owned(),
        }
    }

    /// "three averages: recency, order count and …": each figure of the list is a mean.
    pub(super) fn averaged_list(&self) -> bool {
        self.frame.agg.iter().any(|(agg, at)| {
            *agg == Agg::Mean && matches!(self.view.text(*at).as_str(), "averages" | "means" | "averaged")
        }) || self.frame.agg.iter().any(|(agg, at)| {
            *agg == Agg::Mean
                && matches!(self.items.mark(at + 1), Some(Mark::Metric(name)) if name == "orders")
        })
    }

    pub(super) fn each(&self, noun: Noun) -> bool {
        self.frame.of_role(Role::Each).any(|placed| placed.noun == noun)
    }

    pub(super) fn catalogue_words(&self) -> bool {
        self.items.any(|mark| matches!(mark, Mark::Metric(name) if name == "products"))
    }

    /// "how many items do they take on average": a count for each of something, on average.
    pub(super) fn ratio(&self) -> Option<String> {
        let mean = self.frame.has_agg(Agg::Mean);
        let median = self.frame.has_agg(Agg::Median);
        let counted = self.frame.of_role(Role::Counted).next();
        let divided = |at: usize| {
            (at.saturating_sub(4)..at).any(|place| self.items.mark(place) == Some(&Mark::DividedBy))
        };
        let divides = self.items.any(|mark| *mark == Mark::DividedBy);
        let each = |noun: Noun| {
            self.frame.of_role(Role::Each).any(|placed| placed.noun == noun && placed.singular)
                || divides && self.frame.nouns.iter().any(|placed| placed.noun == noun && divided(placed.at))
        };
        let plain = |noun: Noun| self.frame.of_role(Role::Plain).any(|placed| placed.noun == noun);
        let what = counted.map(|placed| placed.noun).or_else(|| {
            // "average items per order" without "number of"
            (mean || median || divides)
                .then(|| self.frame.of_role(Role::Plain).next().map(|placed| placed.noun))
                .flatten()
        })?;
        let order_here = each(Noun::Order)
            || mean && self.frame.of_role(Role::Each).any(|placed| placed.noun == Noun::SizeBand)
            || (mean || median)
                && (plain(Noun::Order) || self.base.iter().any(|c| c.filter.field == "order_number"));
        let segmented = each(Noun::Segment) || self.base.iter().any(|c| c.filter.field == "segment_name");
        let customer_here = segmented && (mean || median)
            || each(Noun::Customer)
            || (mean || median) && plain(Noun::Customer);
        if self.frame.has_agg(Agg::Max) && !mean && !median && plain(Noun::Order) && what == Noun::Item {
            // "the record for the number of items in a single cart"
            return Some("max_basket_size".to_owned());
        }
        if !(mean || median || each(Noun::Order) || each(Noun::Customer)) {
            return None;
        }
        Some(
            match what {
                Noun::Item | Noun::Product if order_here && median => "median_basket_size",
                Noun::Item if order_here => "basket_size",
                Noun::Product if order_here && !customer_here => "basket_size",
                Noun::Order if customer_here && median => "median_orders_per_customer",
                Noun::Order if mean && each(Noun::Segment) => "orders_per_customer",
                Noun::Order if customer_here => "orders_per_customer",
                Noun::Item if customer_here => "items_per_customer",
                Noun::Product if customer_here => "avg_products_per_customer",
                _ => return None,
            }
            .to_owned(),
        )
    }
}
