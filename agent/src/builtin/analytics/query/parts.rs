//! Parts of whole orders and customers: who never bought, baskets that are all organic, both X and Y.

use query::metrics::{Cohort, CohortOf, FilterOp, FilterValue, MetricFilter};

use super::{Builder, Condition, LINE_FIELDS, cohort, is_flag, is_turned, only};
use crate::builtin::analytics::{
    frame::has_verb,
    item::{Mark, Noun, Verb},
    things, times,
};

impl Builder<'_> {
    /// Among whom a share is taken, where one line cannot be in both: "of the buyers of X those who buy Y".
    pub(super) fn base_cohorts(&mut self, metric: &str, part: &[MetricFilter]) {
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
    pub(super) fn part_of_baskets(&mut self, share: usize, metric: &str) -> bool {
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
                let filter = times::condition("bought_before", FilterOp::Eq, &[1.0]);
                chosen.push((Condition { filter, at: not }, true));
            }
        } else if let Some(only) = self.exclusively(&said) {
            // All lines are so: none is not.
            let Some(opposite) = things::opposite(&only.filter) else { return false };
            chosen.push((Condition { filter: opposite, at: only.at }, true));
        } else if of == CohortOf::Orders && said.iter().any(|c| is_turned(&c.filter)) {
            // "orders without an organic item"
            for condition in said.iter().filter(|c| is_turned(&c.filter)) {
                if let Some(opposite) = things::opposite(&condition.filter) {
                    chosen.push((Condition { filter: opposite, at: condition.at }, true));
                }
            }
        } else if self.both() {
            let lists = said.iter().filter(|c| c.filter.op == FilterOp::In || said.len() > 1);
            for condition in lists {
                for value in &condition.filter.values {
                    let filter = only(&condition.filter, value);
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
        let opposites: Vec<Option<MetricFilter>> =
            chosen.iter().map(|(c, _)| things::opposite(&c.filter)).collect();
        self.base.retain(|c| {
            chosen.iter().all(|(chosen, _)| chosen.at != c.at && chosen.filter != c.filter)
                && !opposites.contains(&Some(c.filter.clone()))
        });
        let part: Vec<MetricFilter> = chosen.iter().map(|(c, _)| c.filter.clone()).collect();
        self.base_cohorts(metric, &part);
        self.query.part_cohorts =
            chosen.into_iter().map(|(c, not)| Cohort { not, ..cohort(of, c.filter) }).collect();
        self.query.metrics = vec![if of == CohortOf::Orders { "baskets" } else { "customers" }.to_owned()];
        true
    }

    /// The place of a word that denies what the subject of a share does.
    pub(super) fn denied(&self, share: usize) -> Option<usize> {
        self.items
            .places(|mark| matches!(mark, Mark::Never | Mark::Not))
            .into_iter()
            .find(|at| *at > share && (self.items.mark(*at) == Some(&Mark::Never) || self.denies_verb(*at)))
    }

    /// "have not bought", "do not buy"
    pub(super) fn denies_verb(&self, at: usize) -> bool {
        matches!(self.items.after(at), Some(Mark::Verb(_)))
    }

    /// The one condition that every line of an order meets: "purely organic", "nothing but produce", "produce only".
    pub(super) fn exclusively(&self, said: &[Condition]) -> Option<Condition> {
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
    pub(super) fn both(&self) -> bool {
        // The words may stand inside a list of things: "X together with Y".
        let says = |at: usize| {
            let text = format!(" {} ", self.view.text(at));
            ["both", "as well as", "and also", "together with", "the two of them"]
                .iter()
                .any(|words| text.contains(&format!(" {words} ")))
        };
        (0..self.items.len()).any(says) || self.all_of_them()
    }

    /// "from all three of produce, dairy eggs and snacks", "from produce and from alcohol".
    fn all_of_them(&self) -> bool {
        let word = |at: usize| self.view.tokens.get(at).map_or("", |token| token.text.as_str());
        let counted = |at: usize| self.view.tokens.get(at).is_some_and(|token| token.number.is_some());
        let all = (0..self.view.tokens.len()).any(|at| word(at) == "all" && counted(at + 1));
        let again = self.items.places(|mark| matches!(mark, Mark::Where(_))).into_iter().any(|at| {
            let words = self.view.text(at);
            ["and from ", "and in "].iter().any(|join| words.contains(join))
        });
        all || again && self.predicate(self.frame.share.as_ref().map(|(at, _)| *at)).is_some()
    }

    /// "the share of customers who never bought X", "the share of orders without X": what has none of it. "customers without
    /// a single item of X": those.
    pub(super) fn never_parts(&mut self) {
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
            self.query.part_cohorts.push(Cohort { of, bought, not: true, ..Cohort::default() });
            if of == CohortOf::Orders {
                self.query.metrics = vec!["baskets".to_owned()];
            }
            return;
        }
        // What is left out of single lines is a condition on rows; "without" is one on whole orders and customers.
        let whole = [
            "without", "no", "zero", "not a", "not any", "nothing", "free of", "sans", "w/o", "not", "none",
            "not one",
        ];
        let mut cohorts = Vec::new();
        let view = self.view;
        let dimensions = &self.query.dimensions;
        self.base.retain(|condition| {
            let words = view.text(condition.at);
            let said =
                whole.iter().any(|word| words.strip_prefix(word).is_some_and(|rest| rest.starts_with(' ')));
            // "customers without an evening order": those none of whose orders is one.
            let of_orders = of == CohortOf::Customers
                && matches!(condition.filter.field.as_str(), "order_hour_of_day" | "order_dow" | "day_part");
            let turned = said
                && (of_line(&condition.filter) || of_orders)
                && negative(&condition.filter)
                && condition.filter.op != FilterOp::Eq
                && !dimensions.contains(&condition.filter.field);
            if turned {
                cohorts.push(Cohort {
                    of,
                    bought: vec![positive(&condition.filter)],
                    not: true,
                    ..Cohort::default()
                });
            }
            !turned
        });
        self.query.cohorts.extend(cohorts);
    }
}
