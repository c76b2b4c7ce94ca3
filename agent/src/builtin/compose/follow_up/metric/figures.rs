//! Other figures of the same question: "and customers?", "the median instead", "per order", "in total".
//!
//! See [`super`]; what groups, rows and order become of it follows in `rows`.

use query::metrics::{Cohort, CohortOf, FilterOp, FilterValue, MetricFilter, Summary};

use super::{Edit, per_each};

impl Edit<'_> {
    pub(super) fn figures(&mut self) {
        let mut metrics = self.fragment.metrics.clone();
        if metrics.is_empty()
            && self.fragment.max
            && (self.query.dimensions.is_empty() && self.largest_order(true) || self.end_of_orders(true))
        {
            return;
        }
        if metrics.is_empty() {
            metrics = self.other_aggregation();
        }
        // "what is the average over these?", "and their sum?": of the rows that are there.
        if metrics.is_empty() && self.sums_up() {
            return;
        }
        // "on average, then", behind the longest gap or the smallest order.
        let ended = self.query.dimensions == ["order_id"] && self.query.summary.is_some();
        if metrics.is_empty() && ended && (self.fragment.mean || self.fragment.median) {
            self.query.dimensions.clear();
            self.query.summary = None;
            let gaps = self.query.metrics.iter().any(|metric| metric.contains("days"));
            let metric = match (gaps, self.fragment.median) {
                (true, false) => "avg_days_between_orders",
                (true, true) => "median_days_between_orders",
                (false, false) => "basket_size",
                (false, true) => "median_basket_size",
            };
            self.query.metrics = vec![metric.to_owned()];
            self.changed = true;
            return;
        }
        if let Some(over) = self.fragment.mean_over.or(self.fragment.per_one) {
            metrics = per_each(&self.query.metrics, over).into_iter().collect();
            self.ratio = !metrics.is_empty();
            self.of_lines_again(&metrics);
        }
        self.of_the_same_kind(&mut metrics);
        if self.only_of_a_kind(&metrics) {
            return;
        }
        if self.cues.sorts_by && metrics.iter().all(|metric| self.query.metrics.contains(metric)) {
            return;
        }
        if metrics.is_empty() || metrics == self.query.metrics {
            return;
        }
        // "add the reorder rate": beside what is there.
        if self.cues.adds && self.fragment.stated.is_empty() {
            for metric in metrics {
                if !self.query.metrics.contains(&metric) {
                    self.query.metrics.push(metric);
                    self.changed = true;
                }
            }
            return;
        }
        let old = std::mem::replace(&mut self.query.metrics, metrics);
        let having: Vec<String> = self.query.filters.iter().map(|filter| filter.field.clone()).collect();
        // A figure that only a condition needs stays.
        for metric in old.iter().filter(|metric| having.contains(metric)) {
            if !self.query.metrics.contains(metric) {
                self.query.metrics.push(metric.clone());
            }
        }
        if self.fragment.counts && !self.fragment.share {
            let part = std::mem::take(&mut self.query.part);
            self.query.filters.extend(part);
        }
        self.query.share_of_total &= self.fragment.share || !self.fragment.counts;
        self.query.summary = None;
        self.query.cumulative_to = None;
        let first = self.query.metrics.first().cloned().unwrap_or_default();
        for order in &mut self.query.order_by {
            let stale = old.iter().any(|metric| order.field.ends_with(metric.as_str()));
            if stale {
                order.field.clone_from(&first);
                if self.query.share_of_total {
                    order.field = format!("share_of_{first}");
                }
            }
        }
        self.changed = true;
    }

    /// One row about the rows of the answer: their mean, median or sum.
    pub(super) fn sums_up(&mut self) -> bool {
        let fragment = self.fragment;
        let says = |words: &[&str]| self.cues.tokens.iter().any(|token| words.contains(&token.text.as_str()));
        let summary = match () {
            () if fragment.median => Summary::Median,
            () if fragment.mean => Summary::Mean,
            () if says(&["total", "sum", "altogether", "add"]) => Summary::Sum,
            () => return false,
        };
        let rows = !self.query.dimensions.is_empty() && self.query.summary != Some(Summary::Count);
        let alone = fragment.stated.is_empty() && fragment.listed.is_none() && fragment.grouped.is_empty();
        if !(rows && alone && self.cues.plural && !self.cues.each) {
            return false;
        }
        self.query.summary = Some(summary);
        self.changed = true;
        true
    }

    /// "per customer", behind "per order": what picked orders restricts lines again.
    pub(super) fn of_lines_again(&mut self, metrics: &[String]) {
        let to_lines = metrics.iter().any(|metric| metric == "items_per_customer");
        let was_orders = self.query.metrics.iter().any(|metric| metric == "basket_size");
        if !(to_lines && was_orders) {
            return;
        }
        let picks =
            |cohort: &Cohort| cohort.of == CohortOf::Orders && !cohort.not && cohort.bought.len() == 1;
        let (lines, kept): (Vec<Cohort>, Vec<Cohort>) =
            std::mem::take(&mut self.query.cohorts).into_iter().partition(picks);
        self.query.cohorts = kept;
        self.query.filters.extend(lines.into_iter().flat_map(|cohort| cohort.bought));
    }

    /// "for repeat customers only": a condition rather than their number.
    pub(super) fn only_of_a_kind(&mut self, metrics: &[String]) -> bool {
        let kind = match metrics {
            [metric] if metric == "repeat_customers" => "repeat",
            [metric] if metric == "new_customers" => "new",
            _ => return false,
        };
        let restricts = self.cues.only
            || self
                .cues
                .tokens
                .iter()
                .any(|token| matches!(token.text.as_str(), "for" | "of" | "among" | "by"));
        let counted =
            self.fragment.counts || self.query.metrics.iter().any(|metric| metric.ends_with("_customers"));
        if !restricts || counted {
            return false;
        }
        self.put(&MetricFilter {
            field: "customer_kind".into(),
            op: FilterOp::Eq,
            values: vec![FilterValue::Text(kind.to_owned())],
        });
        self.changed = true;
        true
    }

    /// "items rather than orders", of what is expected: expected items.
    pub(super) fn of_the_same_kind(&self, metrics: &mut [String]) {
        let says = |words: &[&str]| self.cues.tokens.iter().any(|token| words.contains(&token.text.as_str()));
        let customers = self.query.metrics.first().is_some_and(|metric| metric.ends_with("_customers"));
        for metric in metrics.iter_mut().filter(|_| customers) {
            if says(&["repeat", "returning", "recurring"]) {
                *metric = "repeat_customers".to_owned();
            } else if says(&["new", "first"]) {
                *metric = "new_customers".to_owned();
            }
        }
        let expected = self.query.metrics.first().is_some_and(|metric| metric.starts_with("expected_"));
        for metric in metrics.iter_mut().filter(|_| expected) {
            match metric.as_str() {
                "items" => *metric = "expected_items".to_owned(),
                "orders" => *metric = "expected_orders".to_owned(),
                _ => {}
            }
        }
    }

    /// "the median instead", "and on average".
    pub(super) fn other_aggregation(&self) -> Vec<String> {
        // "and in total?"
        let total = self
            .cues
            .tokens
            .iter()
            .any(|token| matches!(token.text.as_str(), "total" | "totals" | "sum" | "altogether"));
        let aggregated = |metric: &String| {
            let to = match metric.as_str() {
                "expected_orders_per_customer" if total => "expected_orders",
                "lifetime_value" if total => "expected_items",
                "items_per_customer" | "basket_size" if total => "items",
                "orders_per_customer" if total => "orders",
                "basket_size" | "max_basket_size" if self.fragment.median => "median_basket_size",
                "basket_size" | "median_basket_size" if self.fragment.max => "max_basket_size",
                "median_basket_size" | "max_basket_size" if self.fragment.mean => "basket_size",
                "avg_days_between_orders" if self.fragment.median => "median_days_between_orders",
                "median_days_between_orders" if self.fragment.mean => "avg_days_between_orders",
                "orders_per_customer" if self.fragment.median => "median_orders_per_customer",
                "median_orders_per_customer" if self.fragment.mean => "orders_per_customer",
                "avg_churn_risk" if self.fragment.median => "median_churn_risk",
                "median_churn_risk" if self.fragment.mean => "avg_churn_risk",
                _ => return None,
            };
            Some(to.to_owned())
        };
        self.query.metrics.iter().filter_map(aggregated).collect()
    }
}
