//! Classes of a figure: a slice each.

use query::metrics::{FilterOp, Slice};

use super::{Builder, CUSTOMER_METRICS};
use crate::builtin::analytics::{
    frame::has_verb,
    item::{Mark, Noun, Verb},
    times,
};

/// What a class of a figure is called.
pub(super) fn label(field: &str, op: FilterOp, values: &[f64]) -> String {
    let percents =
        matches!(field, "churn_risk" | "customer_reorder_rate") && values.iter().all(|value| *value <= 1.0);
    let shown = |value: &f64| {
        if percents { format!("{} %", (value * 100.0).round()) } else { value.to_string() }
    };
    let shown: Vec<String> = values.iter().map(shown).collect();
    match op {
        FilterOp::Between => shown.join(" to "),
        FilterOp::Ge => format!("{} or more", shown.concat()),
        FilterOp::Gt => format!("more than {}", shown.concat()),
        FilterOp::Le => format!("up to {}", shown.concat()),
        FilterOp::Lt => format!("under {}", shown.concat()),
        _ => shown.concat(),
    }
}

impl Builder<'_> {
    /// Whether a mean is spoken of before: that of each customer.
    fn says_mean(&self, before: usize) -> bool {
        (0..before).any(|at| {
            self.view.text(at).split(' ').any(|word| matches!(word, "average" | "avg" | "mean" | "typical"))
        })
    }

    /// "customers by number of orders: up to 5, 6-10, more than 10": a slice each.
    pub(super) fn bands(&mut self) {
        let places = self.items.places(|mark| matches!(mark, Mark::Bands(..)));
        let Some(at) = places.first().copied() else { return };
        let Some(Mark::Bands(bands, unit)) = self.items.mark(at) else { return };
        let customers = self.frame.has_noun(Noun::Customer);
        let unit = *unit;
        let often =
            self.items.places(|mark| *mark == Mark::HowOften).first().is_some_and(|place| *place < at);
        let metric_before =
            self.frame.metrics.iter().rev().find(|(_, place)| *place < at).map(|(name, _)| name.as_str());
        let noun_before = self.frame.nouns.iter().rev().find(|placed| placed.at < at);
        let metric_at =
            self.frame.metrics.iter().rev().find(|(_, place)| *place < at).map_or(0, |(_, place)| *place);
        let numbered =
            noun_before.is_some_and(|placed| placed.noun == Noun::OrderNumber && placed.at > metric_at);
        let placed_in_cart = (0..at).rev().take(4).any(|place| {
            ["places", "place", "positions", "position", "slots", "cart positions"]
                .contains(&self.view.text(place).as_str())
        });
        // "churn risk by number of orders: up to 5, …": the classes are those of what is grouped by.
        let of_customers =
            self.frame.metrics.iter().any(|(name, _)| CUSTOMER_METRICS.contains(&name.as_str()));
        let by_orders = of_customers
            && noun_before.is_some_and(|placed| {
                placed.noun == Noun::Order && self.frame.metrics.iter().all(|(_, place)| *place < placed.at)
            });
        let customers = customers || by_orders;
        let metric_before = metric_before.filter(|_| !by_orders);
        let field = match (metric_before, noun_before.map(|placed| placed.noun)) {
            _ if numbered => "order_number",
            (Some("avg_cart_position"), _) => "cart_place",
            _ if placed_in_cart => "cart_place",
            (_, Some(Noun::SizeBand | Noun::OrderSize)) => "order_size",
            (Some("reorder_rate"), _)
                if customers
                    && self.frame.metrics.len() == 1
                    && bands.iter().flatten().flat_map(|(_, values)| values).all(|value| *value <= 1.0) =>
            {
                "customer_reorder_rate"
            }
            _ if !customers && unit == Some(Noun::Day) => "days_since_prior_order",
            _ if customers && unit == Some(Noun::Order) => "customer_orders",
            _ if customers && often && has_verb(self.items, Verb::Place) => "customer_orders",
            (Some("avg_days_between_orders"), _) if customers => "customer_gap",
            (Some("avg_days_between_orders"), _) => "days_since_prior_order",
            (Some("basket_size" | "avg_customer_basket"), _) if customers => "customer_basket",
            (Some("basket_size"), _) => "order_size",
            (Some("products_bought"), _) if customers => "customer_products",
            (Some("avg_recency_days"), _) => "recency_days",
            (Some("avg_churn_risk"), _) => "churn_risk",
            (_, Some(Noun::OrderNumber)) => "order_number",
            _ if customers
                && self.items.any(|mark| matches!(mark, Mark::Metric(name) if name == "products_bought")) =>
            {
                "customer_products"
            }
            (_, Some(Noun::Order)) if customers => "customer_orders",
            (_, Some(Noun::Item | Noun::Order)) => "order_size",
            (_, Some(Noun::Hour)) => "order_hour_of_day",
            (_, Some(Noun::Gap)) if customers && self.says_mean(at) => "customer_gap",
            (_, Some(Noun::Recency)) => "recency_days",
            (_, Some(Noun::Gap | Noun::Day)) => "days_since_prior_order",
            (_, Some(Noun::Product)) if customers => "customer_products",
            _ => return,
        };
        let bands = bands.clone();
        self.base.retain(|condition| condition.filter.field != field);
        self.query.limit = None;
        let classes = [
            vec![(FilterOp::Le, vec![5.0])],
            vec![(FilterOp::Between, vec![6.0, 15.0])],
            vec![(FilterOp::Gt, vec![15.0])],
        ];
        if field == "order_size" && bands.as_slice() == classes {
            self.query.dimensions.retain(|name| name != "order_size");
            self.group("size_band");
            return;
        }
        self.query.slices = bands
            .iter()
            .map(|band| Slice {
                label: band
                    .iter()
                    .map(|(op, values)| label(field, *op, values))
                    .collect::<Vec<_>>()
                    .join(" and "),
                filters: band.iter().map(|(op, values)| times::condition(field, *op, values)).collect(),
                cohorts: Vec::new(),
            })
            .collect();
        if self.query.metrics.iter().all(|metric| metric == "avg_days_between_orders")
            && field == "days_since_prior_order"
        {
            self.query.metrics = vec!["orders".to_owned()];
        }
        let own = ["customer_orders", "customer_products"];
        self.query.dimensions.retain(|name| !own.contains(&name.as_str()));
        let own_figures = match field {
            "customer_gap" => &["avg_days_between_orders"][..],
            "customer_basket" => &["basket_size", "avg_customer_basket"],
            "customer_products" => &["products_bought", "avg_products_per_customer"],
            "churn_risk" => &["avg_churn_risk"],
            "customer_reorder_rate" => &["reorder_rate"],
            "cart_place" => &["avg_cart_position"],
            "recency_days" => &["avg_recency_days"],
            _ => &[],
        };
        let counts = ["orders", "items", "customers", "products_bought", "products"];
        let other = self
            .query
            .metrics
            .iter()
            .any(|metric| !own_figures.contains(&metric.as_str()) && !counts.contains(&metric.as_str()));
        let of_customers = field.starts_with("customer_") || matches!(field, "churn_risk" | "recency_days");
        if field == "cart_place" && other {
            self.query.metrics.retain(|metric| metric != "avg_cart_position");
        }
        if customers && of_customers && self.frame.rank.is_none() {
            if other {
                self.query.metrics.retain(|metric| {
                    !own_figures.contains(&metric.as_str()) && !counts.contains(&metric.as_str())
                });
            } else {
                self.query.metrics = vec!["customers".to_owned()];
            }
        }
        self.query.dimensions.retain(|name| {
            ![
                "order_number",
                "order_id",
                "user_id",
                "size_band",
                "days_since_prior_order",
                "order_hour_of_day",
                "recency_days",
                "churn_risk",
                "order_size",
                "cart_place",
            ]
            .contains(&name.as_str())
        });
    }
}
