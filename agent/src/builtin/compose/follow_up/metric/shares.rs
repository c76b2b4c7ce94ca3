//! Shares: "as a percentage", "plain counts".
//!
//! A condition of the question becomes the part of a whole, or a part a condition again; a rate becomes what it counts.

use query::metrics::{Cohort, FilterOp, FilterValue, MetricFilter};

use super::Edit;

impl Edit<'_> {
    /// "plain counts": a share is taken back.
    pub(super) fn unshare(&mut self) {
        if !self.cues.counts {
            return;
        }
        // A rate beside what it counts.
        let counts: Vec<&str> = self.query.metrics.iter().filter_map(|metric| count_of(metric)).collect();
        if let [count] = counts.as_slice()
            && self.query.metrics.iter().any(|metric| metric == count)
        {
            let count = (*count).to_owned();
            self.query.metrics.retain(|metric| count_of(metric).is_none());
            for order in &mut self.query.order_by {
                order.field.clone_from(&count);
            }
            self.changed = true;
        }
        if self.fragment.metrics.is_empty()
            && let [metric] = self.query.metrics.as_mut_slice()
            && let Some(count) = count_of(metric)
        {
            for order in &mut self.query.order_by {
                if order.field == *metric {
                    count.clone_into(&mut order.field);
                }
            }
            count.clone_into(metric);
            self.changed = true;
        }
        let shared = self.query.share_of_total || !self.query.part.is_empty();
        if shared {
            let part = std::mem::take(&mut self.query.part);
            self.query.filters.extend(part);
            self.query.share_of_total = false;
            self.changed = true;
        }
    }

    pub(super) fn share(&mut self) {
        if !self.fragment.share || self.query.share_of_total || self.query.has_part() {
            return;
        }
        // "as shares", of new or repeat customers: of all of them.
        let kind = self.query.metrics.first().and_then(|metric| metric.strip_suffix("_customers"));
        if let Some(kind) = kind.filter(|kind| matches!(*kind, "new" | "repeat")).map(str::to_owned) {
            self.query.metrics = vec!["customers".to_owned()];
            self.query.part = vec![MetricFilter {
                field: "customer_kind".into(),
                op: FilterOp::Eq,
                values: vec![FilterValue::Text(kind)],
            }];
            self.changed = true;
            return;
        }
        let rate = self.query.metrics.first().and_then(|metric| rate_of(metric));
        if let (Some(rate), 1) = (rate, self.query.metrics.len()) {
            self.query.metrics = vec![rate.to_owned()];
            self.changed = true;
            return;
        }
        // "as a share of each department's items": what of each group meets the condition.
        let of_each = self.cues.tokens.iter().any(|token| {
            matches!(
                token.text.as_str(),
                "each" | "own" | "its" | "their" | "respective" | "within" | "every"
            )
        });
        if of_each && !self.query.dimensions.is_empty() {
            let dimensions = self.query.dimensions.clone();
            let inner = |filter: &MetricFilter| {
                filter.op.picks() && filter.field != "user_id" && !dimensions.contains(&filter.field)
            };
            if let Some(at) = self.query.filters.iter().position(inner) {
                let filter = self.query.filters.remove(at);
                self.query.part.push(filter);
                self.changed = true;
                return;
            }
        }
        if !self.query.dimensions.is_empty() {
            self.query.share_of_total = true;
            self.changed = true;
            return;
        }
        if self.share_of_restated() {
            return;
        }
        let of_all = self.cues.tokens.iter().any(|token| {
            matches!(token.text.as_str(), "all" | "total" | "whole" | "everything" | "everyone" | "overall")
        });
        if !of_all && self.share_of_added() {
            return;
        }
        // Of orders or customers that hold something: of all of them.
        if let [cohort] = self.query.cohorts.as_slice()
            && !cohort.not
            && self.query.filters.is_empty()
        {
            self.query.part.clone_from(&cohort.bought);
            self.query.cohorts.clear();
            self.changed = true;
            return;
        }
        // Of those that hold several things, or none: of all of them.
        if !self.query.cohorts.is_empty() && self.query.filters.is_empty() {
            self.query.part_cohorts = std::mem::take(&mut self.query.cohorts);
            self.changed = true;
            return;
        }
        let whose = |filter: &MetricFilter| filter.field == "user_id";
        let filters = &self.query.filters;
        // "organic items of an aisle": what the name says is the part, the place is the whole.
        let several = filters.iter().filter(|filter| !whose(filter)).count() > 1;
        let attribute = filters.iter().position(super::is_attribute).filter(|_| several && !of_all);
        let thing =
            attribute.or_else(|| filters.iter().position(|filter| filter.op.picks() && !whose(filter)));
        if let Some(at) = thing.or_else(|| filters.iter().rposition(|filter| !whose(filter))) {
            let filter = self.query.filters.remove(at);
            self.query.part.push(filter);
            self.changed = true;
        }
    }

    /// "as a percentage of the evening": the evening is the whole, what else was asked about the part.
    fn share_of_restated(&mut self) -> bool {
        let stated = &self.fragment.stated;
        let again = |filter: &MetricFilter| stated.iter().any(|one| one.filter == *filter);
        let inner = |filter: &MetricFilter| !again(filter) && filter.field != "user_id";
        if !self.query.filters.iter().any(again) || !self.query.filters.iter().any(inner) {
            return false;
        }
        let (part, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.query.filters).into_iter().partition(inner);
        self.query.filters = kept;
        self.query.part.extend(part);
        self.changed = true;
        true
    }

    /// "and as a share?", of what was asked about last: of what was asked about before that.
    fn share_of_added(&mut self) -> bool {
        let added = &self.turn.added;
        let is_added = |filter: &MetricFilter| added.contains(filter);
        let all = self.query.filters.iter().all(is_added)
            && self.query.cohorts.iter().all(|cohort| cohort.bought.iter().all(is_added));
        if all || self.query.filters.iter().any(|filter| is_added(filter) && filter.field == "user_id") {
            return false;
        }
        let (part, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.query.filters).into_iter().partition(is_added);
        self.query.filters = kept;
        let holds = |cohort: &Cohort| cohort.bought.iter().any(is_added);
        let (cohorts, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.query.cohorts).into_iter().partition(holds);
        self.query.cohorts = kept;
        let found = !(part.is_empty() && cohorts.is_empty());
        self.query.part.extend(part);
        self.query.part_cohorts.extend(cohorts);
        self.changed |= found;
        found
    }
}

/// What is counted in a rate, where a metric tells it.
fn count_of(metric: &str) -> Option<&'static str> {
    Some(match metric {
        "never_bought_rate" => "products_never_bought",
        "reorder_rate" => "reorders",
        "first_in_cart_rate" => "first_in_cart",
        _ => return None,
    })
}

/// What share a count is, where a metric tells it.
fn rate_of(metric: &str) -> Option<&'static str> {
    Some(match metric {
        "products_never_bought" => "never_bought_rate",
        "reorders" => "reorder_rate",
        "first_in_cart" => "first_in_cart_rate",
        _ => return None,
    })
}
