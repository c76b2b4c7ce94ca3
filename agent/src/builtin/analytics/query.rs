//! Last pass: what is asked becomes a typed query.
//!
//! [`Frame`] and items → [`Asked`]: a `MetricQuery`, how it is told, and what was left over. Decides what is grouped by,
//! what only restricts, what a share is a share of, and where a condition on lines picks whole orders or customers.

use query::metrics::{
    Cohort, CohortOf, Direction, FilterOp, FilterValue, MetricFilter, MetricQuery, OrderBy, Slice, Summary,
};

use super::{
    frame::{Frame, Placed, Role, View, has_verb},
    item::{Agg, End, Items, Link, Mark, Noun, Verb},
};
use crate::builtin::intent::Shape;

/// Rows of a ranking where nobody says how many.
const DEFAULT_RANKING: u32 = 10;
/// Fields of lines: they can pick orders and customers.
pub(crate) const LINE_FIELDS: [&str; 4] = ["product_name", "product_id", "aisle", "department"];
/// Metrics of whole orders: what one line says cannot restrict them, only which orders count.
pub(crate) const ORDER_METRICS: [&str; 4] =
    ["median_basket_size", "max_basket_size", "avg_days_between_orders", "median_days_between_orders"];
/// Metrics of whole customers.
pub(crate) const CUSTOMER_METRICS: [&str; 13] = [
    "new_customers",
    "repeat_customers",
    "avg_recency_days",
    "censored_customers",
    "avg_churn_risk",
    "median_churn_risk",
    "expected_orders",
    "expected_orders_per_customer",
    "expected_items",
    "lifetime_value",
    "median_orders_per_customer",
    "avg_customer_basket",
    "avg_products_per_customer",
];

/// What a question asks for.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) query: MetricQuery,
    pub(super) shape: Shape,
}

/// Why a frame makes no query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Missing {
    /// Nothing about figures is asked.
    NoFigure,
    /// A ranking without saying of what.
    ByWhat(String, bool),
}

/// A condition with its place.
#[derive(Debug, Clone)]
struct Condition {
    filter: MetricFilter,
    at: usize,
}

/// Whether a condition is on a yes or no of a line: an attribute, or whether it was bought before.
fn is_flag(filter: &MetricFilter) -> bool {
    matches!(filter.values.as_slice(), [FilterValue::Integer(0 | 1)])
        && matches!(filter.op, FilterOp::Eq | FilterOp::Ne)
        && !filter.field.starts_with("order_")
        && !filter.field.contains("customer")
        && !["user_id", "cart_place", "recency_days", "days_since_prior_order", "product_id", "aisle_id"]
            .contains(&filter.field.as_str())
}

/// Whether a condition leaves something out.
fn is_turned(filter: &MetricFilter) -> bool {
    matches!(filter.op, FilterOp::Ne | FilterOp::NotIn | FilterOp::NotContains)
        || is_flag(filter)
            && filter.op == FilterOp::Eq
            && filter.values == [FilterValue::Integer(0)]
            && filter.field == "bought_before"
}

/// Whether a condition says who somebody is.
fn of_customers(filter: &MetricFilter) -> bool {
    filter.field.starts_with("customer_")
        || ["segment_name", "churn_risk", "recency_days", "recency_censored", "orders_band"]
            .contains(&filter.field.as_str())
}

/// A value without quotation marks.
fn plain(value: &FilterValue) -> String {
    match value {
        FilterValue::Text(text) => text.clone(),
        other => other.to_string(),
    }
}

fn cohort(of: CohortOf, filter: MetricFilter) -> Cohort {
    Cohort { of, bought: vec![filter], not: false }
}

/// Puts the query together.
pub(super) fn query(items: &Items, view: &View<'_>, frame: &Frame) -> Result<Asked, Missing> {
    Builder::new(items, view, frame).build()
}

/// The figures that words name, whether or not they make a question.
pub(super) fn figures(items: &Items, view: &View<'_>, frame: &Frame) -> Vec<String> {
    let counted = frame.nouns.iter().any(|placed| matches!(placed.role, Role::Counted | Role::Amount));
    let mut builder = Builder::new(items, view, frame);
    if counted || !frame.metrics.is_empty() {
        builder.metrics(&[], None);
    }
    builder.query.metrics
}

/// "people who have ever bought X": who they are, not what of theirs counts.
fn people_who_bought(tokens: &[crate::builtin::normalise::Token]) -> bool {
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    (0..tokens.len()).any(|at| {
        text(at) == "ever"
            && matches!(text(at + 1), "bought" | "purchased" | "buy" | "ordered" | "tried" | "had")
            && (at.saturating_sub(4)..at)
                .any(|before| matches!(text(before), "who" | "that" | "everyone" | "anyone" | "everybody"))
    })
}

/// Whether hours, days or their parts are spoken of, which can be busy or quiet.
fn havings_of_time(frame: &Frame) -> bool {
    [Noun::Hour, Noun::Day, Noun::DayPart].into_iter().any(|noun| frame.has_noun(noun))
}

fn conditions(items: &Items) -> Vec<Condition> {
    let mut found = Vec::new();
    for (at, item) in items.0.iter().enumerate() {
        if let Mark::Where(filters) = &item.mark {
            found.extend(filters.iter().map(|filter| Condition { filter: filter.clone(), at }));
        }
    }
    found
}

struct Builder<'a> {
    items: &'a Items,
    view: &'a View<'a>,
    frame: &'a Frame,
    query: MetricQuery,
    /// Conditions on rows that are not part of a share.
    base: Vec<Condition>,
    part: Vec<MetricFilter>,
    /// Which end comes first.
    order: Option<End>,
    /// What is ordered by, where it is not the first metric.
    ranked: Option<String>,
}

impl<'a> Builder<'a> {
    fn new(items: &'a Items, view: &'a View<'a>, frame: &'a Frame) -> Self {
        Self {
            items,
            view,
            frame,
            query: MetricQuery::default(),
            base: conditions(items),
            part: Vec::new(),
            order: None,
            ranked: None,
        }
    }

    fn build(&mut self) -> Result<Asked, Missing> {
        self.attribute_pairs();
        self.merge_same_fields();
        let havings = self.havings();
        let listed = self.listed();
        self.metrics(&havings, listed);
        self.first_places();
        self.largest_order(listed);
        self.rfm();
        self.median_of_customers();
        self.listed_counts();
        self.expected();
        self.gap_before();
        self.groups(listed, &havings);
        self.share(&havings);
        let ranked = self.rank(listed)?;
        self.compare();
        self.summaries(&havings, listed);
        self.cumulative();
        self.bands();
        if self.query.metrics.is_empty() {
            return Err(Missing::NoFigure);
        }
        // "orders placed a week after the one before": the gap is the condition, the orders are what is counted.
        if self.query.metrics == ["avg_days_between_orders"]
            && self.frame.has_noun(Noun::Order)
            && self
                .base
                .iter()
                .any(|c| c.filter.field == "days_since_prior_order" && c.filter.op == FilterOp::Eq)
        {
            self.query.metrics = vec!["orders".to_owned()];
        }
        self.places();
        self.gaps();
        self.bought_places();
        self.never_listed(listed);
        self.never_parts();
        self.against_all();
        self.segment_lift();
        self.cohorts();
        self.thresholds(&havings);
        // "how many have more than 30 items, and what share is that": the number as well.
        let counted = self.frame.share.as_ref().is_some_and(|(share, _)| {
            self.items.places(|mark| *mark == Mark::HowMany).iter().any(|many| many < share)
                && self.items.any(|mark| *mark == Mark::And || *mark == Mark::Comma)
        });
        self.query.part_values = counted && (!self.part.is_empty() || self.query.has_part());
        let filters = self.base.iter().map(|condition| condition.filter.clone());
        self.query.filters.splice(0..0, filters);
        self.query.part = std::mem::take(&mut self.part);
        Ok(Asked { shape: self.shape(ranked), query: std::mem::take(&mut self.query) })
    }

    fn havings(&self) -> Vec<MetricFilter> {
        let of = |mark: &Mark| if let Mark::Having(filter) = mark { Some(filter.clone()) } else { None };
        self.items.0.iter().filter_map(|item| of(&item.mark)).collect()
    }

    /// The noun whose rows are listed.
    fn listed(&self) -> Option<Placed> {
        // The noun whose rows are counted, else the first.
        let ranked = self.frame.of_role(Role::Listed).find(|placed| placed.limit.is_some());
        let several = self.frame.of_role(Role::Listed).count() > 1;
        ranked.filter(|_| several).or_else(|| self.frame.of_role(Role::Listed).next()).copied()
    }

    fn comparing(&self) -> bool {
        self.items.1
    }

    /// Things of one kind that stand apart: "how often X and how often Y".
    fn merge_same_fields(&mut self) {
        let mut merged: Vec<Condition> = Vec::new();
        let share = self.frame.share.as_ref().map(|(at, _)| *at);
        let predicate = self.predicate(share);
        for condition in std::mem::take(&mut self.base) {
            let named = [
                "product_name",
                "product_id",
                "aisle",
                "department",
                "segment_name",
                "user_id",
                "order_dow",
                "order_hour_of_day",
                "order_number",
                "day_part",
            ]
            .contains(&condition.filter.field.as_str());
            // "of those who buy alcohol, what share buys snacks": two sides, not one list.
            let apart = |known: &Condition| {
                let line = LINE_FIELDS.contains(&condition.filter.field.as_str());
                let between = |at: usize| known.at < at && at < condition.at;
                line && [share, predicate].into_iter().flatten().any(between)
            };
            let known = merged.iter_mut().find(|known| {
                named
                    && !apart(known)
                    && known.filter.field == condition.filter.field
                    && known.filter.op.picks()
                    && condition.filter.op.picks()
            });
            match known {
                Some(known) => {
                    for value in &condition.filter.values {
                        if !known.filter.values.contains(value) {
                            known.filter.values.push(value.clone());
                        }
                    }
                    known.filter.op = if known.filter.values.len() > 1 { FilterOp::In } else { FilterOp::Eq };
                }
                None => merged.push(condition),
            }
        }
        self.base = merged;
    }

    // ---- figures

    fn add_metric(&mut self, name: &str) {
        if !self.query.metrics.iter().any(|known| known == name) {
            self.query.metrics.push(name.to_owned());
        }
    }

    /// "first in the cart" beside another figure restricts it to the first places.
    fn first_places(&mut self) {
        let first = self.items.places(|mark| *mark == Mark::FirstInCart);
        let other = self.query.metrics.iter().any(|metric| {
            matches!(
                metric.as_str(),
                "products_bought" | "reorder_rate" | "orders" | "customers" | "reorders" | "baskets"
            )
        });
        if let (Some(at), true) = (first.first(), other) {
            let filter = super::times::condition("cart_place", FilterOp::Eq, &[1.0]);
            self.base.push(Condition { filter, at: *at });
        }
    }

    /// "how many items did the largest order of customer 42 have": the size of one order, not a ranking of customers.
    fn largest_order(&mut self, listed: Option<Placed>) {
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

    /// "the median recency", "median items per customer": of the customers' own values, where no metric is that median.
    fn median_of_customers(&mut self) {
        let [metric] = self.query.metrics.as_slice() else { return };
        let own = match metric.as_str() {
            "avg_recency_days" => "avg_recency_days",
            "avg_customer_basket" => "avg_customer_basket",
            "items_per_customer" => "items",
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

    /// "segment overview: customers, orders, items": each of a list of counts, not its first alone.
    fn listed_counts(&mut self) {
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
    fn rfm(&mut self) {
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
    fn expected(&mut self) {
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
    fn gap_before(&mut self) {
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

    /// Every figure that is named, in the order of the words.
    fn metrics(&mut self, havings: &[MetricFilter], listed: Option<Placed>) {
        let mut named: Vec<(usize, String)> =
            self.frame.metrics.iter().map(|(name, at)| (*at, self.metric_here(name))).collect();
        let told = self
            .frame
            .metrics
            .iter()
            .any(|(name, _)| name.ends_with("_per_customer") || name == "basket_size");
        if let Some(ratio) = self
            .ratio()
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
        if self.frame.has_agg(Agg::Max)
            && self.frame.has_agg(Agg::Mean)
            && let Some(at) = named.iter().find(|(_, name)| name == "basket_size").map(|(at, _)| *at)
        {
            named.push((at + 1, "max_basket_size".to_owned()));
        }
        // "how many times was it bought, and by how many customers": both are asked.
        let often = self.items.places(|mark| *mark == Mark::HowOften);
        if let Some(at) = often.first().filter(|_| has_verb(self.items, Verb::Buy) && havings.is_empty())
            && !named.is_empty()
            && named.iter().all(|(_, name)| name == "customers")
        {
            named.push((*at, "items".to_owned()));
        }
        // "cart size: average, median"
        if self.frame.has_agg(Agg::Mean) && self.frame.has_agg(Agg::Median) {
            let means = [
                ("basket_size", "median_basket_size"),
                ("avg_days_between_orders", "median_days_between_orders"),
                ("orders_per_customer", "median_orders_per_customer"),
            ];
            for (mean, median) in means {
                if let Some(at) =
                    named.iter().find(|(_, name)| name == mean || name == median).map(|(at, _)| *at)
                {
                    named.retain(|(_, name)| name != mean && name != median);
                    named.push((at, mean.to_owned()));
                    named.push((at, median.to_owned()));
                }
            }
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
        // "mean and median basket size": the mean stands before, without its noun.
        if self.frame.has_agg(Agg::Mean) {
            let medians = [
                ("median_orders_per_customer", "orders_per_customer"),
                ("median_basket_size", "basket_size"),
                ("median_days_between_orders", "avg_days_between_orders"),
            ];
            for (median, mean) in medians {
                if named.iter().any(|(_, name)| name == median) && named.iter().all(|(_, name)| name != mean)
                {
                    named.push((0, mean.to_owned()));
                }
            }
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

    /// A metric in the aggregation that stands with it.
    fn metric_here(&self, name: &str) -> String {
        let median = self.frame.has_agg(Agg::Median);
        let max = self.frame.has_agg(Agg::Max);
        match name {
            "orders" if self.averaged_list() && (self.each(Noun::Segment) || self.each(Noun::Customer)) => {
                "orders_per_customer".to_owned()
            }
            "avg_days_between_orders" if median => "median_days_between_orders".to_owned(),
            "basket_size" if median && !self.frame.has_agg(Agg::Mean) => "median_basket_size".to_owned(),
            "basket_size" if max && !self.frame.has_agg(Agg::Mean) => "max_basket_size".to_owned(),
            "orders_per_customer" if median => "median_orders_per_customer".to_owned(),
            "avg_churn_risk" if median => "median_churn_risk".to_owned(),
            "products_bought"
                if self.frame.has_agg(Agg::Mean)
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
    fn averaged_list(&self) -> bool {
        self.frame.agg.iter().any(|(agg, at)| {
            *agg == Agg::Mean && matches!(self.view.text(*at).as_str(), "averages" | "means" | "averaged")
        }) || self.frame.agg.iter().any(|(agg, at)| {
            *agg == Agg::Mean
                && matches!(self.items.mark(at + 1), Some(Mark::Metric(name)) if name == "orders")
        })
    }

    fn each(&self, noun: Noun) -> bool {
        self.frame.of_role(Role::Each).any(|placed| placed.noun == noun)
    }

    fn catalogue_words(&self) -> bool {
        self.items.any(|mark| matches!(mark, Mark::Metric(name) if name == "products"))
    }

    /// "how many items do they take on average": a count for each of something, on average.
    fn ratio(&self) -> Option<String> {
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

    /// "for each of them", or "in each" without a noun behind.
    fn each_one(&self) -> bool {
        self.items.places(|mark| matches!(mark, Mark::EachOne | Mark::Each)).into_iter().any(|at| {
            let lone = matches!(self.items.after(at), None | Some(Mark::Comma | Mark::And | Mark::Link(_)));
            self.items.mark(at) == Some(&Mark::EachOne)
                || (lone
                    && matches!(
                        self.view.text(at).as_str(),
                        "each" | "in each" | "for each" | "per each" | "within each"
                    ))
        })
    }

    /// "for every number of orders": a count that is grouped by, as the column that holds it.
    fn counts_each(&self, placed: &Placed) -> Option<&'static str> {
        let many =
            self.items.previous(placed.at).filter(|at| self.items.mark(*at) == Some(&Mark::HowMany))?;
        let each = self.items.before(many) == Some(&Mark::Each);
        let customers = self.frame.has_noun(Noun::Customer)
            || self.items.any(|mark| matches!(mark, Mark::ShareOf(name) if name == "customers"));
        match (each && self.frame.rank.is_none(), placed.noun) {
            (true, Noun::Order) if customers => Some("customer_orders"),
            (true, Noun::Product) if customers => Some("customer_products"),
            (true, Noun::Item) if self.frame.has_noun(Noun::Order) => Some("order_size"),
            _ => None,
        }
    }

    /// The metric that counts a noun here.
    fn count_of(&self, placed: &Placed) -> Option<String> {
        let bought = has_verb(self.items, Verb::Buy) || self.distinct_before(placed.at);
        let never = self.items.any(|mark| *mark == Mark::Never);
        let expected =
            self.items.any(|mark| matches!(mark, Mark::Metric(name) if name.starts_with("expected_")));
        let rebought = has_verb(self.items, Verb::Reorder);
        Some(match placed.noun {
            Noun::Order if expected => "expected_orders".to_owned(),
            Noun::Item if expected => "expected_items".to_owned(),
            Noun::Product if never && !self.frame.has_noun(Noun::Segment) => {
                "products_never_bought".to_owned()
            }
            Noun::Product if bought && !self.catalogue_words() => "products_bought".to_owned(),
            Noun::Item if self.distinct_before(placed.at) => "products_bought".to_owned(),
            Noun::Order if placed.role == Role::Amount && self.sized(placed.at) => "basket_size".to_owned(),
            Noun::Item if rebought => "reorders".to_owned(),
            Noun::Item | Noun::Order
                if self.items.any(|mark| *mark == Mark::FirstInCart) && placed.noun == Noun::Item =>
            {
                "first_in_cart".to_owned()
            }
            noun => noun.count()?.to_owned(),
        })
    }

    /// "the fattest baskets": by their size, not by their number.
    fn sized(&self, at: usize) -> bool {
        let before = self.items.previous(at).map(|place| self.view.text(place)).unwrap_or_default();
        matches!(
            before.as_str(),
            "largest"
                | "biggest"
                | "smallest"
                | "fattest"
                | "fullest"
                | "heaviest"
                | "the biggest"
                | "the largest"
                | "tiniest"
        )
    }

    fn distinct_before(&self, at: usize) -> bool {
        at.checked_sub(1).is_some_and(|before| self.items.mark(before) == Some(&Mark::Distinct))
    }

    /// The figure that verbs and adverbs imply.
    fn implied(&self, listed: Option<Placed>) -> Option<String> {
        let first_in_cart = self.items.any(|mark| *mark == Mark::FirstInCart);
        let baskets = match &self.frame.share {
            Some((_, Some(metric))) => metric == "orders",
            Some(_) => self.frame.of_role(Role::Base).any(|placed| placed.noun == Noun::Order),
            None => false,
        };
        if first_in_cart && baskets {
            return Some("orders".to_owned());
        }
        let how =
            self.items.places(|mark| matches!(mark, Mark::HowMuch)).first().map(|at| self.view.text(*at));
        if let Some((_, Some(metric), _)) = self.frame.rank {
            return (metric != "organic" && metric != "customers").then(|| metric.to_owned());
        }
        if first_in_cart {
            let rate = self.frame.share.is_some();
            return Some(if rate { "items" } else { "first_in_cart" }.to_owned());
        }
        match how.as_deref() {
            Some("how big" | "how large" | "what size" | "how small") if self.frame.has_noun(Noun::Order) => {
                return Some("basket_size".to_owned());
            }
            Some("how loyal" | "how sticky") => return Some("reorder_rate".to_owned()),
            Some("how much") if has_verb(self.items, Verb::Buy) => {
                let each = self.frame.has_agg(Agg::Mean) && self.frame.has_noun(Noun::Customer);
                return Some(if each { "items_per_customer" } else { "items" }.to_owned());
            }
            _ => {}
        }
        let of_orders = match &self.frame.share {
            Some((_, Some(metric))) => metric == "orders",
            Some(_) => self.frame.of_role(Role::Base).any(|placed| placed.noun == Noun::Order),
            None => false,
        };
        if has_verb(self.items, Verb::Reorder) && of_orders {
            return Some("orders".to_owned());
        }
        if has_verb(self.items, Verb::Reorder) {
            return Some("reorder_rate".to_owned());
        }
        if let Some((at, metric)) = &self.frame.share {
            let whole_orders = self
                .base
                .iter()
                .any(|c| c.at > *at && ["order_number", "order_size"].contains(&c.filter.field.as_str()));
            if whole_orders && metric.is_none() && self.frame.of_role(Role::Base).next().is_none() {
                return Some("orders".to_owned());
            }
            let base = self.frame.of_role(Role::Base).next().and_then(|placed| placed.noun.count());
            return metric.clone().or_else(|| base.map(str::to_owned)).or_else(|| self.share_of_nouns());
        }
        if self.items.any(|mark| *mark == Mark::HowOften) {
            return Some("items".to_owned());
        }
        // "how many snacks did they buy", "evening orders, day 0: count"
        let counts_thing = self
            .items
            .places(|mark| *mark == Mark::HowMany)
            .into_iter()
            .any(|at| self.items.next(at).is_some_and(|next| self.is_lone_thing(next)));
        if counts_thing && listed.is_none() {
            return Some("items".to_owned());
        }
        let sized =
            self.base.iter().any(|c| matches!(c.filter.field.as_str(), "order_size" | "order_number"));
        if self.frame.how_many && self.frame.nouns.is_empty() && sized {
            return Some("orders".to_owned());
        }
        if let Some(Placed { noun, .. }) = listed {
            // "at what hour are baskets the biggest"
            let big = self.frame.rank.is_some_and(|(_, metric, at)| {
                metric.is_none()
                    && ["biggest", "largest", "fullest", "smallest", "fattest", "heaviest", "tiniest"]
                        .iter()
                        .any(|word| self.view.text(at).ends_with(word))
            });
            let of_orders = self.frame.nouns.iter().any(|p| p.noun == Noun::Order && p.role == Role::Plain);
            if big && of_orders && noun != Noun::Order {
                return Some("basket_size".to_owned());
            }
            return Some(noun.ranked_by().to_owned());
        }
        // "how many first orders contain alcohol": the orders stand in the condition.
        let numbered = self.items.places(|mark| *mark == Mark::HowMany).into_iter().any(|at| {
            self.items.next(at).is_some_and(|next| {
                let words = self.view.text(next);
                matches!(self.items.mark(next), Some(Mark::Where(_)))
                    && ["order", "orders", "basket", "baskets"].iter().any(|noun| words.ends_with(noun))
            })
        });
        if numbered && self.frame.of_role(Role::Counted).next().is_none() {
            return Some("orders".to_owned());
        }
        if self.frame.how_many
            && let Some(metric) = self.frame.nouns.iter().find_map(|placed| self.count_of(placed))
        {
            return Some(metric);
        }
        if self.items.any(|mark| matches!(mark, Mark::Bands(..))) {
            return self.frame.nouns.iter().find_map(|placed| placed.noun.count()).map(str::to_owned);
        }
        // "orders by hour", "items per department": the noun beside the grouping is the figure.
        if self.frame.of_role(Role::Each).next().is_some() || self.comparing() {
            // A noun that is grouped by is no figure of its own groups.
            let grouped = |noun: Noun| self.frame.of_role(Role::Each).any(|placed| placed.noun == noun);
            let plain = self
                .frame
                .of_role(Role::Plain)
                .filter(|placed| !grouped(placed.noun))
                .find_map(|placed| self.count_of(placed));
            return plain.or_else(|| {
                let each = self.frame.of_role(Role::Each).next()?;
                let buys = has_verb(self.items, Verb::Buy);
                Some(if buys { "items" } else { each.noun.ranked_by() }.to_owned())
            });
        }
        if has_verb(self.items, Verb::Buy)
            && !self.base.is_empty()
            && self.items.any(|m| matches!(m, Mark::More(_) | Mark::Rank(..)))
        {
            return Some("items".to_owned());
        }
        let totals = self.frame.has_agg(Agg::Total);
        let plain = self.frame.of_role(Role::Plain).find_map(|placed| self.count_of(placed));
        plain.filter(|_| {
            totals || (!self.base.is_empty() && self.frame.rank.is_none() && self.frame.nouns.len() == 1)
        })
    }

    /// A thing of the catalogue without a noun behind it.
    fn is_lone_thing(&self, at: usize) -> bool {
        let line = match self.items.mark(at) {
            Some(Mark::Where(filters)) => {
                filters.iter().all(|filter| LINE_FIELDS.contains(&filter.field.as_str()) || is_flag(filter))
            }
            _ => false,
        };
        line && !matches!(self.items.after(at), Some(Mark::Noun(_) | Mark::Where(_)))
    }

    fn share_of_nouns(&self) -> Option<String> {
        let plain = self.frame.of_role(Role::Plain).find_map(|placed| placed.noun.count());
        let listed = self.frame.of_role(Role::Listed).find_map(|placed| placed.noun.count());
        plain.or(listed).map(str::to_owned).or_else(|| Some("items".to_owned()))
    }

    // ---- groups

    fn group(&mut self, dimension: &str) {
        if !self.query.dimensions.iter().any(|known| known == dimension) {
            self.query.dimensions.push(dimension.to_owned());
        }
    }

    fn groups(&mut self, listed: Option<Placed>, havings: &[MetricFilter]) {
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
            && (self.each_one()
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

    // ---- shares

    fn share(&mut self, havings: &[MetricFilter]) {
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
            let new = super::times::condition("bought_before", FilterOp::Eq, &[0.0]);
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
            let filter = super::times::condition("cart_place", FilterOp::Eq, &[1.0]);
            self.base.push(Condition { filter, at: at + 1 });
        } else if first_in_cart && self.query.metrics.iter().any(|metric| metric == "items") {
            self.query.metrics = vec!["first_in_cart_rate".to_owned()];
            return;
        }
        let Some(first) = self.query.metrics.first().cloned() else { return };
        if first == "first_orders" && self.query.dimensions.is_empty() {
            self.query.metrics = vec!["orders".to_owned()];
            self.part.push(super::times::condition("order_number", FilterOp::Eq, &[1.0]));
            return;
        }
        if matches!(first.as_str(), "repeat_customers" | "new_customers") && self.query.metrics.len() == 1 {
            let op = if first == "repeat_customers" { FilterOp::Gt } else { FilterOp::Eq };
            self.query.metrics = vec!["customers".to_owned()];
            self.part.push(super::times::condition("customer_orders", op, &[1.0]));
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
            part.push(super::times::condition("cart_place", FilterOp::Eq, &[1.0]));
        }
        let rebuys = has_verb(self.items, Verb::Reorder)
            || self.query.metrics.iter().any(|metric| matches!(metric.as_str(), "reorders" | "reorder_rate"));
        if of_orders && rebuys && part.is_empty() {
            // "orders in which at least one item is a reorder"
            part.push(super::times::condition("bought_before", FilterOp::Eq, &[1.0]));
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
    fn predicate(&self, share: Option<usize>) -> Option<usize> {
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

    /// Among whom a share is taken, where one line cannot be in both: "of the buyers of X those who buy Y".
    fn base_cohorts(&mut self, metric: &str, part: &[MetricFilter]) {
        let of = match metric {
            "customers" => CohortOf::Customers,
            "orders" | "baskets" => CohortOf::Orders,
            _ => return,
        };
        if part.iter().all(|filter| !LINE_FIELDS.contains(&filter.field.as_str())) {
            return;
        }
        let dimensions = &self.query.dimensions;
        let (lines, rest): (Vec<Condition>, Vec<Condition>) = self.base.drain(..).partition(|c| {
            (LINE_FIELDS.contains(&c.filter.field.as_str()) || is_flag(&c.filter))
                && !dimensions.contains(&c.filter.field)
        });
        self.base = rest;
        self.query.cohorts.extend(lines.into_iter().map(|c| cohort(of, c.filter)));
    }

    /// "the share of customers who never bought wine", "of baskets that are all organic", "that hold both X and Y": a
    /// part of whole orders or customers.
    fn part_of_baskets(&mut self, share: usize, metric: &str) -> bool {
        let of = match metric {
            "customers" => CohortOf::Customers,
            "orders" | "baskets" => CohortOf::Orders,
            _ => return false,
        };
        let line = |c: &Condition| LINE_FIELDS.contains(&c.filter.field.as_str()) || is_flag(&c.filter);
        let predicate = self.predicate(Some(share)).unwrap_or(share);
        let said: Vec<Condition> =
            self.base.iter().filter(|c| line(c) && (c.at > predicate || c.at < share)).cloned().collect();
        let timed = |c: &Condition| c.filter.field.starts_with("order_") || c.filter.field == "day_part";
        let mut chosen: Vec<(Condition, bool)> = Vec::new();
        if let Some(not) = self.denied(share) {
            // "never bought", "have not bought", "without any": what stands behind the word.
            let behind = self.base.iter().filter(|c| (line(c) || timed(c)) && c.at > not);
            chosen.extend(behind.map(|c| (c.clone(), true)));
            if chosen.is_empty() && has_verb(self.items, Verb::Reorder) {
                let filter = super::times::condition("bought_before", FilterOp::Eq, &[1.0]);
                chosen.push((Condition { filter, at: not }, true));
            }
        } else if let Some(only) = self.exclusively(&said) {
            // All lines are so: none is not.
            let Some(opposite) = super::things::opposite(&only.filter) else { return false };
            chosen.push((Condition { filter: opposite, at: only.at }, true));
        } else if of == CohortOf::Orders && said.iter().any(|c| is_turned(&c.filter)) {
            // "orders without an organic item"
            for condition in said.iter().filter(|c| is_turned(&c.filter)) {
                if let Some(opposite) = super::things::opposite(&condition.filter) {
                    chosen.push((Condition { filter: opposite, at: condition.at }, true));
                }
            }
        } else if self.both() {
            let lists = said.iter().filter(|c| c.filter.op == FilterOp::In || said.len() > 1);
            for condition in lists {
                for value in &condition.filter.values {
                    let filter = MetricFilter {
                        op: FilterOp::Eq,
                        values: vec![value.clone()],
                        ..condition.filter.clone()
                    };
                    chosen.push((Condition { filter, at: condition.at }, false));
                }
            }
            if chosen.len() < 2 {
                return false;
            }
        }
        if chosen.is_empty() {
            return false;
        }
        self.base.retain(|c| chosen.iter().all(|(chosen, _)| chosen.at != c.at));
        let part: Vec<MetricFilter> = chosen.iter().map(|(c, _)| c.filter.clone()).collect();
        self.base_cohorts(metric, &part);
        self.query.part_cohorts =
            chosen.into_iter().map(|(c, not)| Cohort { not, ..cohort(of, c.filter) }).collect();
        self.query.metrics = vec![if of == CohortOf::Orders { "baskets" } else { "customers" }.to_owned()];
        true
    }

    /// The place of a word that denies what the subject of a share does.
    fn denied(&self, share: usize) -> Option<usize> {
        self.items
            .places(|mark| matches!(mark, Mark::Never | Mark::Not))
            .into_iter()
            .find(|at| *at > share && (self.items.mark(*at) == Some(&Mark::Never) || self.denies_verb(*at)))
    }

    /// "have not bought", "do not buy"
    fn denies_verb(&self, at: usize) -> bool {
        matches!(self.items.after(at), Some(Mark::Verb(_)))
    }

    /// The one condition that every line of an order meets: "purely organic", "nothing but produce", "produce only".
    fn exclusively(&self, said: &[Condition]) -> Option<Condition> {
        let only = self.items.places(|mark| matches!(mark, Mark::Entirely | Mark::Only));
        let near = |c: &&Condition| {
            only.iter().any(|place| {
                let (from, to) = (c.at.min(*place), c.at.max(*place));
                let entirely = self.items.mark(*place) == Some(&Mark::Entirely);
                entirely
                    || (from + 1..to).all(|between| {
                        matches!(
                            self.items.mark(between),
                            Some(Mark::Skip | Mark::Link(_) | Mark::Noun(Noun::Item | Noun::Product))
                        )
                    })
            })
        };
        said.iter().find(near).cloned()
    }

    /// "both X and Y", "X as well as Y" in one order or by one customer.
    fn both(&self) -> bool {
        (0..self.items.len()).any(|at| {
            matches!(self.view.text(at).as_str(), "both" | "as well as" | "and also" | "together with")
        })
    }

    /// The conditions that say which part is meant: behind the share's noun or right before the word "share".
    fn predicates(&mut self, share: usize) -> Vec<MetricFilter> {
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
        let right_before: Vec<Condition> = self
            .base
            .iter()
            .filter(|c| c.at < share && self.items.next(c.at) == Some(share))
            // "only first orders: what percentage … does every department get" restricts both.
            .filter(|c| {
                let heads = matches!(
                    self.items.before(c.at),
                    None | Some(Mark::Only | Mark::Link(Link::In | Link::For | Link::From))
                );
                self.query.dimensions.is_empty() || !heads || !timed(c)
            })
            .cloned()
            .collect();
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
        let before: Vec<Condition> = self
            .base
            .iter()
            .filter(|c| c.at < share && self.items.next(c.at) == Some(share))
            .filter(|c| {
                let heads = matches!(
                    self.items.before(c.at),
                    None | Some(Mark::Only | Mark::Link(Link::In | Link::For | Link::From))
                );
                self.query.dimensions.is_empty() || !heads || !timed(c)
            })
            .cloned()
            .collect();
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

    /// What is said of a subject that has conditions of its own: "what share of morning orders | holds milk".
    fn said_of(&mut self, share: usize) -> Option<Vec<MetricFilter>> {
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

    // ---- rankings

    /// The end and the number of rows of a ranking; what it goes by.
    fn rank(&mut self, listed: Option<Placed>) -> Result<bool, Missing> {
        // "heavy users going quiet: count customers with …" counts, it ranks nobody.
        let counts = self.frame.of_role(Role::Counted).any(|placed| placed.noun == Noun::Customer);
        let Some((end, metric, at)) = self.frame.rank.filter(|(_, metric, _)| {
            let quiet = listed.is_none() && *metric == Some("orders") && !havings_of_time(self.frame);
            !(counts && (*metric == Some("customers") || quiet))
        }) else {
            if let Some(limit) = listed.and_then(|placed| placed.limit) {
                self.query.limit = Some(limit);
                self.order = Some(End::High);
                return Ok(true);
            }
            return Ok(false);
        };
        if self.query.limit == Some(1) && self.query.dimensions == ["order_number"] && self.order.is_some() {
            return Ok(true);
        }
        let percent = self.items.any(|mark| matches!(mark, Mark::Percent(_)));
        if percent && self.items.any(|mark| *mark == Mark::MakeUp) && self.query.dimensions.is_empty() {
            // "the smallest number of customers who account for half of the orders"
            return Ok(false);
        }
        let superlative = self.query.dimensions.is_empty()
            && self
                .query
                .metrics
                .iter()
                .any(|metric| metric.starts_with("max_") || metric.starts_with("min_"));
        if superlative {
            return Ok(false);
        }
        if metric == Some("orders") && self.frame.has_noun(Noun::Item) && self.query.metrics == ["orders"] {
            // "peak hour for alcohol items"
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
        let compared = self.base.iter().any(|c| c.filter.op == FilterOp::In) || !self.query.slices.is_empty();
        let comparing = self.comparing() || compared;
        if self.query.dimensions.is_empty() {
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
                    if self.frame.metrics.is_empty() && self.frame.of_role(Role::Amount).next().is_none() {
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
                        && !self
                            .items
                            .any(|mark| matches!(mark, Mark::Noun(Noun::Aisle | Noun::Department))) =>
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
                        _ => {
                            let first =
                                self.query.metrics.first().cloned().unwrap_or_else(|| "items".to_owned());
                            return Err(Missing::ByWhat(first, end == End::High));
                        }
                    }
                }
            }
        }
        self.order = Some(end);
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
                .map(|(name, _)| self.metric_here(name));
            let amount =
                self.frame.of_role(Role::Amount).find(|placed| placed.at > at).and_then(|p| self.count_of(p));
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
        let number = |place: Option<usize>| match place.and_then(|place| self.items.mark(place)) {
            Some(Mark::Number(value)) if value.fract() == 0.0 && (1.0..=1_000.0).contains(value) =>
            {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "within 1 to 1000"
                )]
                Some(*value as u32)
            }
            _ => None,
        };
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
            )
        });
        let limit = listed
            .and_then(|placed| placed.limit)
            .or(beside)
            .or(lone)
            .or((winner && !self.frame.of_role(Role::Each).any(|_| true)).then_some(1));
        let each = self.frame.of_role(Role::Each).next().is_some();
        // "best seller of each aisle": a product of each.
        let seller = ranks
            .iter()
            .map(|at| self.view.text(*at))
            .find(|text| text.contains("seller") || text.contains("favourite") || text.contains("favorite"));
        if let (Some(text), true, None) = (&seller, each, listed)
            && !self.query.dimensions.iter().any(|name| name == "product_name")
        {
            self.query.limit_per = self.query.dimensions.clone();
            self.group("product_name");
            self.query.limit = Some(limit.unwrap_or(if text.ends_with('s') { DEFAULT_RANKING } else { 1 }));
            return Ok(true);
        }
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
        self.per_named_group(listed);
        Ok(true)
    }

    /// "bottom two aisles within produce, within beverages and within snacks": in each of them.
    fn per_named_group(&mut self, listed: Option<Placed>) {
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

    // ---- comparisons

    /// "organic and not organic": grouped by the attribute.
    fn attribute_pairs(&mut self) {
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
    fn compare(&mut self) {
        let together = self.items.0.iter().enumerate().any(|(at, item)| {
            item.mark == Mark::Agg(Agg::Total)
                && matches!(
                    self.view.text(at).as_str(),
                    "combined"
                        | "together"
                        | "taken together"
                        | "jointly"
                        | "joint"
                        | "all together"
                        | "put together"
                        | "added up"
                )
        });
        let lists: Vec<MetricFilter> =
            self.base.iter().map(|c| c.filter.clone()).filter(|filter| filter.op == FilterOp::In).collect();
        for filter in lists {
            let time = matches!(filter.field.as_str(), "order_dow" | "order_hour_of_day");
            // "bought from the coffee or the tea aisle": either of them counts.
            let either = self.frame.how_many
                && self.frame.rank.is_none()
                && !self.items.any(|mark| matches!(mark, Mark::More(_) | Mark::Versus | Mark::Share))
                && self.base.iter().any(|c| {
                    c.filter == filter && self.view.text(c.at).contains(" or ") && filter.op == FilterOp::In
                });
            if either {
                continue;
            }
            let grouped = self.query.dimensions.contains(&filter.field);
            let ranks_others = self.query.limit.is_some() && self.query.limit_per.is_empty();
            if grouped
                || together
                || ranks_others
                || (time && !self.comparing() && !self.counts_again())
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
    fn counts_again(&self) -> bool {
        self.items.places(|mark| *mark == Mark::HowMany).len() > 1
    }

    /// "which department gains the most share from the first to the tenth order": the difference of two slices.
    fn gains(&mut self) {
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
    fn holders(&mut self) {
        let whole = !self.query.metrics.is_empty()
            && self.query.metrics.iter().all(|m| m == "basket_size" || ORDER_METRICS.contains(&m.as_str()));
        let holds =
            self.items.any(|mark| *mark == Mark::Link(Link::With)) && self.frame.has_noun(Noun::Order);
        if !whole || !holds || !self.query.slices.is_empty() {
            return;
        }
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
            .map(|value| {
                let filter =
                    MetricFilter { op: FilterOp::Eq, values: vec![value.clone()], ..list.filter.clone() };
                Slice {
                    label: plain(value),
                    filters: Vec::new(),
                    cohorts: vec![cohort(CohortOf::Orders, filter)],
                }
            })
            .collect();
    }

    /// "the difference in reorder rate between X and Y", "how many more orders on day 0 than on day 4".
    fn difference(&mut self) {
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
                    filters: vec![MetricFilter {
                        op: FilterOp::Eq,
                        values: vec![value.clone()],
                        ..list.filter.clone()
                    }],
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
    fn slices(&mut self) {
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
    fn rest(&mut self) {
        let Some(at) = self.items.places(|mark| *mark == Mark::Rest).first().copied() else { return };
        let side =
            self.base.iter().rev().find(|c| c.at < at && !self.query.dimensions.contains(&c.filter.field));
        let (true, Some(side)) = (self.query.slices.is_empty(), side.cloned()) else { return };
        let Some(opposite) = super::things::opposite(&side.filter) else { return };
        self.base.retain(|condition| condition.at != side.at && condition.filter != side.filter);
        let rest = Condition { filter: opposite, at };
        self.query.slices = vec![self.slice_of(&side), self.slice_of(&rest)];
    }

    /// One side of a comparison; whole orders are picked by what they hold.
    fn slice_of(&self, side: &Condition) -> Slice {
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
        Slice { label, filters: Vec::new(), cohorts: vec![Cohort { of, bought, not }] }
    }

    // ---- one row about groups, and what the largest make

    fn summaries(&mut self, havings: &[MetricFilter], listed: Option<Placed>) {
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
                    && !matches!(
                        self.items.before(*share),
                        Some(Mark::Comma | Mark::And | Mark::Link(Link::With))
                    )
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
    fn cumulative(&mut self) {
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

    /// "customers by number of orders: up to 5, 6-10, more than 10": a slice each.
    fn bands(&mut self) {
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
            (_, Some(Noun::Recency)) => "recency_days",
            (_, Some(Noun::Gap | Noun::Day)) => "days_since_prior_order",
            (_, Some(Noun::Product)) if customers => "customer_products",
            _ => return,
        };
        let bands = bands.clone();
        let label = |op: FilterOp, values: &[f64]| {
            let percents =
                matches!(field, "churn_risk" | "customer_reorder_rate") && values.iter().all(|v| *v <= 1.0);
            let shown: Vec<String> = values
                .iter()
                .map(
                    |value| {
                        if percents { format!("{} %", (value * 100.0).round()) } else { value.to_string() }
                    },
                )
                .collect();
            match op {
                FilterOp::Between => shown.join(" to "),
                FilterOp::Ge => format!("{} or more", shown.concat()),
                FilterOp::Gt => format!("more than {}", shown.concat()),
                FilterOp::Le => format!("up to {}", shown.concat()),
                FilterOp::Lt => format!("under {}", shown.concat()),
                _ => shown.concat(),
            }
        };
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
                label: band.iter().map(|(op, values)| label(*op, values)).collect::<Vec<_>>().join(" and "),
                filters: band
                    .iter()
                    .map(|(op, values)| super::times::condition(field, *op, values))
                    .collect(),
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

    // ---- conditions

    /// "the share of customers who never bought X", "the share of orders without X": what has none of it. "customers without
    /// a single item of X": those.
    fn never_parts(&mut self) {
        let first = self.query.metrics.first().map(String::as_str).unwrap_or_default();
        let of = match first {
            "customers" => CohortOf::Customers,
            "orders" | "baskets" => CohortOf::Orders,
            _ => return,
        };
        let of_line = |filter: &MetricFilter| {
            LINE_FIELDS.contains(&filter.field.as_str())
                || matches!(filter.values.as_slice(), [FilterValue::Integer(0 | 1)])
                    && !filter.field.starts_with("order_")
                    && !["user_id", "bought_before", "cart_place", "segment"].contains(&filter.field.as_str())
                    && !filter.field.contains("customer")
        };
        let negative = |filter: &MetricFilter| {
            matches!(filter.op, FilterOp::Ne | FilterOp::NotIn | FilterOp::NotContains)
                || filter.op == FilterOp::Eq && filter.values.as_slice() == [FilterValue::Integer(0)]
        };
        let positive = |filter: &MetricFilter| {
            let op = match filter.op {
                FilterOp::Ne => FilterOp::Eq,
                FilterOp::NotIn => FilterOp::In,
                FilterOp::NotContains => FilterOp::Contains,
                op => op,
            };
            let flag = filter.op == FilterOp::Eq;
            MetricFilter {
                op,
                values: if flag { vec![1.into()] } else { filter.values.clone() },
                ..filter.clone()
            }
        };
        let not_done = self
            .items
            .places(|mark| *mark == Mark::Not)
            .into_iter()
            .any(|at| matches!(self.items.after(at), Some(Mark::Verb(Verb::Buy | Verb::Place))));
        let never = not_done || self.items.any(|mark| *mark == Mark::Never);
        if let [filter] = self.part.as_slice()
            && self.query.part_cohorts.is_empty()
            && of_line(filter)
            && (never != negative(filter))
        {
            let bought = vec![if negative(filter) { positive(filter) } else { filter.clone() }];
            self.part.clear();
            self.query.part_cohorts.push(Cohort { of, bought, not: true });
            if of == CohortOf::Orders {
                self.query.metrics = vec!["baskets".to_owned()];
            }
            return;
        }
        // What is left out of single lines is a condition on rows; "without" is one on whole orders and customers.
        let whole = [
            "without", "no", "not a", "not any", "nothing", "free of", "sans", "w/o", "not", "none",
            "not one",
        ];
        let mut cohorts = Vec::new();
        let view = self.view;
        let dimensions = &self.query.dimensions;
        self.base.retain(|condition| {
            let words = view.text(condition.at);
            let said =
                whole.iter().any(|word| words.strip_prefix(word).is_some_and(|rest| rest.starts_with(' ')));
            let turned = said
                && of_line(&condition.filter)
                && negative(&condition.filter)
                && condition.filter.op != FilterOp::Eq
                && !dimensions.contains(&condition.filter.field);
            if turned {
                cohorts.push(Cohort { of, bought: vec![positive(&condition.filter)], not: true });
            }
            !turned
        });
        self.query.cohorts.extend(cohorts);
    }

    /// "the reorder rate of customer 42 and that of all customers", "…, next to that of the rest": a slice each.
    fn against_all(&mut self) {
        let text = |at: usize| self.view.tokens.get(at).map_or("", |token| token.text.as_str());
        let row = |words: &str| {
            let words: Vec<&str> = words.split(' ').collect();
            (0..self.view.tokens.len())
                .any(|at| words.iter().enumerate().all(|(step, word)| text(at + step) == *word))
        };
        let any = |phrases: &[&str]| phrases.iter().any(|phrase| row(phrase));
        let all = any(&[
            "the overall one",
            "the overall rate",
            "the overall figure",
            "the overall value",
            "the overall average",
            "that of all customers",
            "the one of all customers",
            "of everyone",
            "of everybody",
            "with everyone",
            "to everyone",
            "all customers together",
            "all customers taken together",
            "the average customer",
            "the whole shop",
            "the shop overall",
            "the shop as a whole",
            "the entire shop",
            "all customers combined",
            "the shop average",
            "all orders together",
            "than the average",
            "than overall",
            "and overall",
            "versus overall",
            "vs overall",
            "with all customers",
            "to all customers",
            "than all customers",
            "against all customers",
            "of all customers",
            "versus all customers",
            "with the average",
            "to the average",
            "the general average",
            "the total average",
        ]);
        let rest = any(&[
            "the rest",
            "everyone else",
            "everybody else",
            "all others",
            "all other customers",
            "all other",
            "the others",
            "the other customers",
            "other customers",
            "all the rest",
            "those that do not",
            "those who do not",
            "the ones that do not",
            "the ones without",
            "those without",
            "those that did not",
            "those who did not",
            "orders that do not",
            "customers who do not",
            "the remaining",
        ]);
        // "is the rate of X higher than overall": a bound on the overall figure, with one group alone.
        let bounded = self.items.any(|mark| {
            matches!(mark, Mark::Having(filter) if filter.values.iter().any(|value| matches!(value, FilterValue::Text(_))))
        });
        let all = all || bounded;
        let beside = bounded
            || self.comparing()
            || any(&[
                "next to",
                "beside",
                "alongside",
                "and that of",
                "and the overall",
                "for reference",
                "for comparison",
                "and for all",
                "against",
                "along with that",
                "compared",
                "as well as",
            ]);
        let is_rate = |metric: &str| {
            metric.ends_with("_rate")
                || metric.starts_with("avg_")
                || metric.starts_with("median_")
                || metric == "basket_size"
                || metric.ends_with("_per_customer")
        };
        // "customer 42 reorders more than others": the verb is no figure beside the rate.
        let metrics: Vec<String> =
            self.query.metrics.iter().filter(|metric| is_rate(metric)).cloned().collect();
        let verbs = self.query.metrics.iter().all(|metric| is_rate(metric) || metric == "reorders");
        let rates = !metrics.is_empty() && verbs;
        if self.with_and_without(rest) {
            return;
        }
        if !(all || rest)
            || !beside
            || !rates
            || !self.query.dimensions.is_empty()
            || !self.query.slices.is_empty()
            || !self.part.is_empty()
        {
            return;
        }
        let [condition] = self.base.as_slice() else { return };
        let condition = condition.clone();
        let opposite = match condition.filter.op {
            FilterOp::Eq
                if condition.filter.values.as_slice() == [FilterValue::Integer(1)]
                    && !matches!(
                        condition.filter.field.as_str(),
                        "user_id" | "order_number" | "order_dow" | "order_hour_of_day"
                    ) =>
            {
                Some((FilterOp::Eq, vec![0.into()]))
            }
            op => {
                let op = match op {
                    FilterOp::Eq => Some(FilterOp::Ne),
                    FilterOp::In => Some(FilterOp::NotIn),
                    FilterOp::Lt => Some(FilterOp::Ge),
                    FilterOp::Le => Some(FilterOp::Gt),
                    FilterOp::Gt => Some(FilterOp::Le),
                    FilterOp::Ge => Some(FilterOp::Lt),
                    _ => None,
                };
                op.map(|op| (op, condition.filter.values.clone()))
            }
        };
        let other = match (rest, opposite) {
            (true, Some((op, values))) => {
                vec![MetricFilter { field: condition.filter.field.clone(), op, values }]
            }
            (true, None) => return,
            (false, _) => Vec::new(),
        };
        self.base.clear();
        self.query.metrics = metrics;
        let label = self.view.text(condition.at);
        self.query.slices = vec![
            Slice { label, filters: vec![condition.filter], cohorts: Vec::new() },
            Slice {
                label: if rest { "the rest" } else { "all" }.to_owned(),
                filters: other,
                cohorts: Vec::new(),
            },
        ];
        self.query.limit = None;
        self.order = None;
    }

    /// "orders that include alcohol and those that do not", "orders with X / orders with nothing from X": a slice each.
    fn with_and_without(&mut self, rest: bool) -> bool {
        let of_orders = self
            .query
            .metrics
            .iter()
            .all(|metric| metric == "basket_size" || ORDER_METRICS.contains(&metric.as_str()));
        if !of_orders
            || self.query.metrics.is_empty()
            || !self.query.dimensions.is_empty()
            || !self.query.slices.is_empty()
        {
            return false;
        }
        let (thing, both) = match self.base.as_slice() {
            [only] => (only.clone(), false),
            [first, second]
                if first.filter.field == second.filter.field
                    && first.filter.values == second.filter.values =>
            {
                let opposite = matches!(
                    (first.filter.op, second.filter.op),
                    (FilterOp::Eq, FilterOp::Ne) | (FilterOp::In, FilterOp::NotIn)
                );
                (first.clone(), opposite)
            }
            _ => return false,
        };
        let picks = thing.filter.op.picks() && LINE_FIELDS.contains(&thing.filter.field.as_str());
        if !picks || !(rest || both) {
            return false;
        }
        self.base.clear();
        let slice = |label: &str, not: bool| Slice {
            label: label.to_owned(),
            filters: Vec::new(),
            cohorts: vec![Cohort { of: CohortOf::Orders, bought: vec![thing.filter.clone()], not }],
        };
        self.query.slices = vec![slice("with it", false), slice("without it", true)];
        self.query.limit = None;
        self.order = None;
        true
    }

    /// "the products with the highest lift in a segment", "what does it over-index on": its penetration over that of all.
    fn segment_lift(&mut self) {
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

    /// A thing that is grouped by picks rows of the result; a lone department beside its aisles only restricts.
    fn places(&mut self) {
        self.base.dedup_by(|a, b| a.filter == b.filter);
    }

    /// The longest or the median of what every order or customer has: over the single ones.
    fn gaps(&mut self) {
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
            ("avg_recency_days", _) => "user_id",
            ("avg_days_between_orders", Summary::Max | Summary::Min) => "order_id",
            _ => return,
        };
        if alone && self.part.is_empty() {
            self.group(group);
            self.query.summary = Some(summary);
        }
    }

    /// "which products of frozen never sold": the rows without any.
    fn never_listed(&mut self, listed: Option<Placed>) {
        let Some(placed) = listed else { return };
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
            self.query.filters.push(super::times::condition("items", FilterOp::Eq, &[0.0]));
            if placed.limit.is_none() {
                self.query.limit = None;
            }
        }
    }

    /// What one customer bought: the places without any of it are none of theirs, and the number of places is counted.
    fn bought_places(&mut self) {
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

    /// Who bought something at some time is found by lines, not by orders whose items are not known.
    fn buyers(&mut self) {
        let bought = has_verb(self.items, Verb::Buy);
        let counted = self.query.metrics.iter().any(|m| m == "customers")
            && self.query.metrics.iter().any(|m| m == "items");
        let timed =
            self.base.iter().any(|c| c.filter.field.starts_with("order_") || c.filter.field == "day_part");
        if bought && counted && timed && self.query.dimensions.is_empty() {
            let filter = super::times::condition("cart_place", FilterOp::Ge, &[1.0]);
            self.base.push(Condition { filter, at: 0 });
        }
    }

    /// "customers without produce", "who do not have a single organic item": none of their lines is such.
    fn without(&mut self) {
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
            if let Some(opposite) = super::things::opposite(&condition.filter) {
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
    fn who_bought(&mut self) {
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
    fn is_who_bought(&self, at: usize) -> bool {
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
    fn only_such(&mut self) {
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
        let Some(opposite) = super::things::opposite(&only.filter) else { return };
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
    fn cohorts(&mut self) {
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
                && (condition.filter.field.starts_with("order_") || condition.filter.field == "day_part");
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
                moved.push(Cohort { of, bought: vec![condition.filter.clone()], not: never });
            }
            cohort.is_none()
        });
        if never && has_verb(self.items, Verb::Reorder) && moved.is_empty() {
            let bought = vec![super::times::condition("bought_before", FilterOp::Eq, &[1.0])];
            moved.push(Cohort { of: CohortOf::Customers, bought, not: true });
        }
        // "how many orders hold both X and Y": two things of one kind in one order.
        let both = self
            .items
            .0
            .iter()
            .enumerate()
            .any(|(at, item)| item.mark == Mark::Skip && self.view.text(at) == "both");
        if both
            && self.query.dimensions.first().is_some_and(|name| name == "product_name")
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
                .find(|c| c.filter.field == "product_name" && c.filter.op == FilterOp::In)
                .cloned();
            if let (Some(of), Some(named)) = (of, named) {
                self.base.retain(|c| c.at != named.at);
                self.query.dimensions.remove(0);
                moved.extend(named.filter.values.iter().map(|value| Cohort {
                    of,
                    bought: vec![MetricFilter {
                        field: "product_name".into(),
                        op: FilterOp::Eq,
                        values: vec![value.clone()],
                    }],
                    not: false,
                }));
            }
        }
        self.query.cohorts.extend(moved);
        // A first order has no gap before it.
        if self.query.dimensions.iter().any(|name| name == "days_since_prior_order") {
            let filter = super::times::condition("days_since_prior_order", FilterOp::Ge, &[0.0]);
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

    fn thresholds(&mut self, havings: &[MetricFilter]) {
        if self.query.dimensions.is_empty() {
            return;
        }
        for having in havings {
            self.query.filters.push(having.clone());
            let share = having.field.strip_prefix("share_of_");
            if let Some(metric) = share {
                self.query.share_of_total = true;
                self.add_metric(metric);
            } else {
                let metric = having.field.clone();
                self.add_metric(&metric);
            }
        }
        if self.query.summary == Some(Summary::Count) {
            // Only the number of groups is asked for.
            let fields: Vec<&str> =
                havings.iter().map(|h| h.field.strip_prefix("share_of_").unwrap_or(&h.field)).collect();
            if !fields.is_empty() {
                self.query.metrics = fields.iter().map(|name| (*name).to_owned()).collect();
                self.query.metrics.dedup();
            }
        }
    }

    // ---- order and telling

    fn shape(&mut self, ranked: bool) -> Shape {
        let first = self.query.metrics.first().cloned().unwrap_or_default();
        if let Some(end) =
            self.order.filter(|_| !self.query.dimensions.is_empty() || !self.query.slices.is_empty())
        {
            let by = self.ranked.clone().unwrap_or(first);
            let field = if self.query.contrast {
                by
            } else if !self.part.is_empty() || self.query.has_part() {
                format!("part_of_{by}")
            } else if self.query.share_of_total && self.ranked.is_none() && self.frame.share.is_some() {
                format!("share_of_{by}")
            } else {
                by
            };
            let direction = if end == End::High { Direction::Desc } else { Direction::Asc };
            self.query.order_by = vec![OrderBy { field, direction: Some(direction) }];
        }
        if self.query.summary.is_some() || (self.query.dimensions.is_empty() && self.query.slices.is_empty())
        {
            return Shape::Single;
        }
        match self.query.limit {
            Some(1) if self.query.limit_per.is_empty() => Shape::Extreme,
            Some(_) => Shape::Ranking,
            None if ranked && self.order.is_some() && self.query.slices.is_empty() => Shape::Breakdown,
            None => Shape::Breakdown,
        }
    }
}
