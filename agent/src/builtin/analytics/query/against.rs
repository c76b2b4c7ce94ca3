//! One against all, with something against without it.

use query::metrics::{Cohort, CohortOf, FilterOp, FilterValue, MetricFilter, Slice};

use super::{Builder, LINE_FIELDS, ORDER_METRICS};
use crate::builtin::analytics::item::Mark;

impl Builder<'_> {
    /// "the reorder rate of customer 42 and that of all customers", "…, next to that of the rest": a slice each.
    pub(super) fn against_all(&mut self) {
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
            matches!(mark, Mark::Having(filter) if filter.values.iter().any(|value| matches!(value, FilterValue::Text(of) if of == "overall")))
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
        let parted = !self.part.is_empty() && !self.query.metrics.is_empty();
        if !(all || rest)
            || !beside
            || !(rates || parted)
            || !self.query.dimensions.is_empty()
            || !self.query.slices.is_empty()
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
        if !parted {
            self.query.metrics = metrics;
        }
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
    pub(super) fn with_and_without(&mut self, rest: bool) -> bool {
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
            cohorts: vec![Cohort {
                of: CohortOf::Orders,
                bought: vec![thing.filter.clone()],
                not,
                ..Cohort::default()
            }],
        };
        self.query.slices = vec![slice("with it", false), slice("without it", true)];
        self.query.limit = None;
        self.order = None;
        true
    }
}
