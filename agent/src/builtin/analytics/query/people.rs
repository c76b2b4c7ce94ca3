//! Figures of single customers and orders: the largest, the median one, what is expected of them, gaps between two orders.

use query::metrics::{FilterOp, FilterValue, Slice, Summary};

use super::{Builder, Condition, DEFAULT_RANKING, of_customers};
use crate::builtin::analytics::{
    frame::{Placed, Role, has_verb},
    item::{Agg, End, Link, Mark, Noun, Verb},
    times,
};

impl Builder<'_> {
    /// "how many items did the largest order of customer 42 have": the size of one order, not a ranking of customers.
    pub(super) fn largest_order(&mut self, listed: Option<Placed>) {
        let one = self.base.iter().any(|c| c.filter.field == "user_id" && c.filter.op == FilterOp::Eq);
        let sized = self.frame.nouns.iter().any(|placed| {
            placed.noun == Noun::Order
                && placed.singular
                && (self.sized(placed.at)
                    || self.items.before(placed.at) == Some(&Mark::Agg(Agg::Max))
                    || self
                        .items
                        .previous(placed.at)
                        .is_some_and(|at| self.view.text(at) == "largest single"))
        });
        let asked = self.items.any(|mark| {
            matches!(mark, Mark::HowMany | Mark::HowMuch)
                || matches!(mark, Mark::Metric(name) if name.contains("basket_size"))
        });
        if !(one && sized) || !(asked || listed.is_some()) {
            return;
        }
        if self.frame.has_noun(Noun::OrderNumber) {
            self.query.metrics = vec!["basket_size".to_owned()];
            self.group("order_number");
            self.query.limit = Some(1);
            self.order = Some(End::High);
        } else if self.frame.nouns.iter().any(|placed| placed.noun == Noun::Item)
            || self.query.metrics.iter().any(|m| m.contains("basket"))
        {
            self.query.metrics = vec!["max_basket_size".to_owned()];
        }
    }

    /// "the median number of different products per customer": of the customers' own values, where no metric is that median.
    pub(super) fn median_of_customers(&mut self) {
        let [metric] = self.query.metrics.as_slice() else { return };
        let own = match metric.as_str() {
            "avg_products_per_customer" => "products_bought",
            _ => return,
        };
        let grouped =
            self.frame.nouns.iter().any(|placed| {
                matches!(placed.role, Role::Each | Role::Listed) && placed.noun != Noun::Customer
            });
        let means = self.frame.has_agg(Agg::Mean) || !self.frame.has_agg(Agg::Median);
        if grouped || means || self.frame.share.is_some() || self.frame.rank.is_some() {
            return;
        }
        self.query.metrics = vec![own.to_owned()];
        self.group("user_id");
        self.query.summary = Some(Summary::Median);
    }

    /// "list the customers with 80 orders or more and a reorder rate of more than 80 percent": a row each, with the figures
    /// that are named, else those that they were picked by.
    pub(super) fn listed_customers(&mut self) {
        let tells = ["list", "show", "name", "which", "who", "give", "display", "enumerate"];
        let opens = self.view.tokens.iter().take(4).any(|token| tells.contains(&token.text.as_str()));
        let whole = self.frame.nouns.iter().find(|placed| placed.noun == Noun::Customer);
        let plural = whole.is_some_and(|placed| {
            placed.role == Role::Plain && !placed.singular && self.frame.nouns.first() == Some(placed)
        });
        let picked = self.base.iter().any(|c| of_customers(&c.filter) && c.filter.field != "segment_name");
        let other = self.frame.how_many
            || self.frame.share.is_some()
            || self.frame.rank.is_some()
            || !self.frame.agg.is_empty()
            || self.frame.of_role(Role::Each).next().is_some();
        if !(opens && plural && picked) || other {
            return;
        }
        if self.query.metrics.is_empty() || self.query.metrics == ["customers"] {
            let figures = [
                ("customer_orders", "orders"),
                ("customer_items", "items"),
                ("customer_reorder_rate", "reorder_rate"),
                ("customer_gap", "avg_days_between_orders"),
                ("customer_basket", "basket_size"),
                ("recency_days", "avg_recency_days"),
                ("churn_risk", "avg_churn_risk"),
            ];
            let of = |field: &str| {
                figures.iter().find(|(column, _)| *column == field).map(|(_, metric)| (*metric).to_owned())
            };
            self.query.metrics = self.base.iter().filter_map(|c| of(&c.filter.field)).collect();
            self.query.metrics.dedup();
        }
        if !self.query.metrics.is_empty() {
            self.group("user_id");
        }
    }

    /// "segment overview: customers, orders, items": each of a list of counts, not its first alone.
    pub(super) fn listed_counts(&mut self) {
        let grouped = self.frame.nouns.iter().any(|placed| {
            placed.role == Role::Each && !matches!(placed.noun, Noun::Customer | Noun::Order | Noun::Item)
        });
        let counts = ["customers", "orders", "items", "products_bought"];
        let plain: Vec<&Placed> = self
            .frame
            .nouns
            .iter()
            .filter(|placed| placed.role == Role::Plain && placed.noun.count().is_some())
            .collect();
        let listed = plain.windows(2).all(|pair| match pair {
            [first, second] => (first.at + 1..second.at)
                .all(|at| matches!(self.items.mark(at), Some(Mark::Comma | Mark::And | Mark::Skip))),
            _ => false,
        });
        let own = self.query.metrics.iter().all(|metric| counts.contains(&metric.as_str()));
        if !(grouped && listed && own)
            || plain.len() < 2
            || self.query.metrics.len() != 1
            || self.frame.share.is_some()
        {
            return;
        }
        let names: Vec<String> = plain.iter().filter_map(|placed| self.count_of(placed)).collect();
        for name in names {
            self.add_metric(&name);
        }
    }

    /// Recency, frequency and basket side by side are those of the customers: each customer counts once.
    pub(super) fn rfm(&mut self) {
        let has = |name: &str| self.query.metrics.iter().any(|metric| metric == name);
        if has("avg_recency_days") && has("orders_per_customer") && has("basket_size") {
            for metric in &mut self.query.metrics {
                if metric == "basket_size" {
                    "avg_customer_basket".clone_into(metric);
                }
            }
        }
    }

    /// "orders forecast", "how many orders are predicted": counts become what is expected.
    pub(super) fn expected(&mut self) {
        if !self.items.any(|mark| *mark == Mark::Expected) {
            return;
        }
        if self.query.metrics.is_empty() {
            let nouns =
                self.frame.nouns.iter().filter(|placed| matches!(placed.noun, Noun::Order | Noun::Item));
            let counts: Vec<&'static str> = nouns.filter_map(|placed| placed.noun.count()).collect();
            for count in counts {
                self.add_metric(count);
            }
        }
        let mean = self.frame.has_agg(Agg::Mean) || self.each(Noun::Customer);
        for metric in &mut self.query.metrics {
            let expected = match (metric.as_str(), mean) {
                ("orders" | "baskets", false) => "expected_orders",
                ("items", false) => "expected_items",
                ("orders_per_customer", _) | ("orders", true) => "expected_orders_per_customer",
                ("items_per_customer" | "basket_size", _) | ("items", true) => "lifetime_value",
                _ => continue,
            };
            expected.clone_into(metric);
        }
    }

    /// "the gap from order 1 to order 2", "the wait between the first and the second order": that before the later one.
    pub(super) fn gap_before(&mut self) {
        let gaps = self.query.metrics.iter().all(|metric| metric.ends_with("_days_between_orders"))
            && !self.query.metrics.is_empty();
        let linked = self.items.any(|mark| {
            matches!(mark, Mark::Between | Mark::Link(Link::To | Link::From | Link::After | Link::Before))
        });
        let limited = self.base.iter().any(|c| c.filter.field == "days_since_prior_order");
        for condition in &mut self.base {
            if condition.filter.field != "order_number" || !((gaps && linked) || limited) {
                continue;
            }
            let numbers: Vec<i64> = condition
                .filter
                .values
                .iter()
                .filter_map(
                    |value| if let FilterValue::Integer(number) = value { Some(*number) } else { None },
                )
                .collect();
            let pair = matches!(numbers.as_slice(), [first, second] if (first - second).abs() == 1);
            if let (true, Some(later)) = (pair, numbers.iter().max()) {
                condition.filter.op = FilterOp::Eq;
                condition.filter.values = vec![(*later).into()];
            }
        }
    }

    /// The longest or the median of what every order or customer has: over the single ones.
    pub(super) fn gaps(&mut self) {
        let alone =
            self.query.dimensions.is_empty() && self.query.summary.is_none() && self.query.slices.is_empty();
        let [metric] = self.query.metrics.as_slice() else { return };
        let summary = match (
            self.frame.has_agg(Agg::Median),
            self.frame.has_agg(Agg::Max),
            self.frame.has_agg(Agg::Min),
        ) {
            (true, ..) => Summary::Median,
            (_, true, _) => Summary::Max,
            (_, _, true) => Summary::Min,
            _ => return,
        };
        let group = match (metric.as_str(), summary) {
            ("avg_days_between_orders", Summary::Max | Summary::Min) => "order_id",
            _ => return,
        };
        if alone && self.part.is_empty() {
            self.group(group);
            self.query.summary = Some(summary);
        }
    }

    /// "the products with the highest lift in a segment", "what does it over-index on": its penetration over that of all.
    pub(super) fn segment_lift(&mut self) {
        let text = |at: usize| self.view.tokens.get(at).map_or("", |token| token.text.as_str());
        let lift = (0..self.view.tokens.len()).any(|at| {
            matches!(
                text(at),
                "lift" | "lifts" | "overindex" | "overindexes" | "overrepresented" | "disproportionately"
            ) || matches!(text(at), "over")
                && (text(at + 1).starts_with("index") || text(at + 1) == "represented")
        });
        let segment =
            self.base.iter().position(|c| c.filter.field == "segment_name" && c.filter.op == FilterOp::Eq);
        let noun = self
            .frame
            .nouns
            .iter()
            .map(|p| p.noun)
            .find(|noun| matches!(noun, Noun::Product | Noun::Aisle | Noun::Department | Noun::Item));
        let (true, Some(place), Some(noun)) = (lift, segment, noun) else { return };
        let condition = self.base.remove(place);
        self.query.metrics = vec!["customers".to_owned()];
        self.query.dimensions = vec![noun.dimension().to_owned()];
        self.query.slices = vec![
            Slice {
                label: self.view.text(condition.at),
                filters: vec![condition.filter],
                cohorts: Vec::new(),
            },
            Slice { label: "all customers".to_owned(), filters: Vec::new(), cohorts: Vec::new() },
        ];
        self.query.contrast = true;
        self.query.share_of_total = true;
        self.query.summary = None;
        self.query.limit_per.clear();
        self.query.limit = self.query.limit.or(Some(DEFAULT_RANKING));
        self.part.clear();
        self.ranked = Some("ratio".to_owned());
        self.order = Some(self.frame.rank.map_or(End::High, |(end, ..)| end));
    }

    /// Who bought something at some time is found by lines, not by orders whose items are not known.
    pub(super) fn buyers(&mut self) {
        let bought = has_verb(self.items, Verb::Buy);
        let counted = self.query.metrics.iter().any(|m| m == "customers")
            && self.query.metrics.iter().any(|m| m == "items");
        let timed =
            self.base.iter().any(|c| c.filter.field.starts_with("order_") || c.filter.field == "day_part");
        if bought && counted && timed && self.query.dimensions.is_empty() {
            let filter = times::condition("cart_place", FilterOp::Ge, &[1.0]);
            self.base.push(Condition { filter, at: 0 });
        }
    }
}
