//! What whole customers or orders bought and what they did not: "bought produce but never wine", "neither bread nor milk",
//! "holding milk but no eggs".
//!
//! Each condition on lines is one on them of its own, with or without; two things of one kind are no list of which one is
//! enough. Before everything else that takes conditions for rows. Says nothing where a single thing is bought.

use query::metrics::{Cohort, CohortOf, FilterOp, MetricFilter};

use super::{Builder, Condition, LINE_FIELDS, is_flag, is_turned, only};
use crate::builtin::analytics::{
    frame::Role,
    item::{Link, Mark, Noun, Verb},
    things, times,
};

impl Builder<'_> {
    /// Takes conditions on lines for cohorts, where some are denied.
    pub(super) fn polarity(&mut self) {
        let Some(of) = self.whole() else { return };
        let line = |c: &Condition| LINE_FIELDS.contains(&c.filter.field.as_str()) || is_flag(&c.filter);
        let (lines, rest): (Vec<Condition>, Vec<Condition>) = self.base.drain(..).partition(line);
        let told: Vec<(Condition, bool)> =
            lines.iter().map(|condition| (condition.clone(), self.is_denied(condition))).collect();
        let denied = told.iter().filter(|(_, denied)| *denied).count();
        let values: usize = lines.iter().map(|condition| condition.filter.values.len()).sum();
        // "who buy produce and those who do not": two sides of a comparison.
        let thing = |c: &Condition| (c.filter.field.clone(), format!("{:?}", c.filter.values));
        let sides = told.iter().any(|(one, denied)| {
            *denied
                && told.iter().any(|(other, not)| {
                    !not && thing(one) == thing(other) && self.stand_apart(one.at, other.at)
                })
        });
        let worded = lines.iter().any(|line| self.is_worded_off(line) || self.is_reordered(line.at));
        if sides || denied == 0 || lines.len() < 2 && values < 2 && !worded && of != CohortOf::Orders {
            self.base = lines.into_iter().chain(rest).collect();
            self.base.sort_by_key(|condition| condition.at);
            return;
        }
        self.base = rest;
        // "orders without produce, in percent": behind everything, the word asks for the share of what it says.
        let ends = |share: &usize| {
            (share + 1..self.items.len())
                .all(|at| matches!(self.items.mark(at), Some(Mark::Skip | Mark::Word | Mark::Link(_))))
        };
        let share = self.frame.share.as_ref().map(|(at, _)| *at).map(|at| if ends(&at) { 0 } else { at });
        let attributes = |at: usize| {
            told.iter()
                .find(|(other, _)| other.at != at && is_flag(&other.filter) && other.at.abs_diff(at) == 1)
        };
        for (condition, denied) in &told {
            // "never organic milk": the attribute goes with the thing beside it.
            let beside = attributes(condition.at);
            if is_flag(&condition.filter)
                && beside.is_none()
                && told
                    .iter()
                    .any(|(other, _)| !is_flag(&other.filter) && other.at.abs_diff(condition.at) == 1)
            {
                continue;
            }
            let filter = if is_turned(&condition.filter) || *denied && self.is_worded_off(condition) {
                things::opposite(&condition.filter).unwrap_or_else(|| condition.filter.clone())
            } else {
                condition.filter.clone()
            };
            let picked = filter.op.picks() && filter.values.len() > 1 && *denied;
            let each: Vec<MetricFilter> = if picked {
                filter.values.iter().map(|value| only(&filter, value)).collect()
            } else {
                vec![filter]
            };
            for filter in each {
                let mut bought = vec![filter];
                bought.extend(beside.map(|(other, _)| other.filter.clone()));
                if *denied && self.is_reordered(condition.at) {
                    bought.push(times::condition("bought_before", FilterOp::Eq, &[1.0]));
                }
                let cohort = Cohort { of, bought, not: *denied, ..Cohort::default() };
                self.told = Some(of);
                if share.is_some_and(|share| share <= condition.at) {
                    self.query.part_cohorts.push(cohort);
                } else {
                    self.query.cohorts.push(cohort);
                }
            }
        }
    }

    /// Whether a word that sets things beside each other stands between two conditions.
    fn stand_apart(&self, one: usize, other: usize) -> bool {
        (one.min(other) + 1..one.max(other)).any(|at| {
            matches!(
                self.items.mark(at),
                Some(Mark::And | Mark::Or | Mark::Versus | Mark::Than | Mark::Comma | Mark::More(_))
            )
        })
    }

    /// What is counted where whole customers or orders are told apart: themselves.
    pub(super) fn count_the_whole(&mut self) {
        let Some(of) = self.told else { return };
        let count = if of == CohortOf::Orders { "baskets" } else { "customers" };
        if !self.query.part_cohorts.is_empty() {
            self.query.metrics = vec![count.to_owned()];
            self.query.dimensions.retain(|name| name == "segment_name");
            self.query.share_of_total = false;
            // The part is told by what they bought: whatever else was said restricts the whole.
            let at = self.frame.share.as_ref().map_or(0, |(at, _)| *at);
            self.base
                .extend(std::mem::take(&mut self.part).into_iter().map(|filter| Condition { filter, at }));
            return;
        }
        let things =
            ["items", "products", "products_bought", "products_never_bought", "aisles", "departments"];
        let counts = |metric: &String| metric == count || metric == "orders" && of == CohortOf::Orders;
        if self.query.metrics.iter().any(counts) {
            self.query.metrics.retain(|metric| !things.contains(&metric.as_str()));
            for metric in &mut self.query.metrics {
                // What orders of unknown items hold is not known.
                if metric == "orders" && of == CohortOf::Orders {
                    count.clone_into(metric);
                }
            }
        }
        // "customers who never reordered any of it": the verb says who they are, no figure of theirs.
        let implied = self.frame.metrics.is_empty()
            && self.query.metrics.iter().all(|metric| matches!(metric.as_str(), "reorder_rate" | "reorders"))
            && self.items.any(|mark| *mark == Mark::Verb(Verb::Reorder));
        if self.query.metrics.is_empty()
            || implied
            || self.query.metrics.iter().all(|metric| things.contains(&metric.as_str()))
                && self.frame.how_many
        {
            self.query.metrics = vec![count.to_owned()];
        }
    }

    /// Whether whole customers or whole orders are spoken of.
    fn whole(&self) -> Option<CohortOf> {
        // "any organic product" is what is denied, whatever counts.
        let places = [Noun::Product, Noun::Aisle, Noun::Department, Noun::Hour, Noun::Day, Noun::Item];
        let listed = self.frame.nouns.iter().any(|placed| {
            !matches!(self.items.before(placed.at), Some(Mark::Where(_)))
                && places.contains(&placed.noun)
                && matches!(placed.role, Role::Each | Role::Listed | Role::Counted)
        });
        let one = self.base.iter().any(|c| c.filter.field == "user_id");
        if listed || one || self.comparing() || self.frame.rank.is_some() {
            return None;
        }
        let shared = |name: &str| matches!(&self.frame.share, Some((_, Some(of))) if of == name);
        if self.frame.has_noun(Noun::Customer) || shared("customers") {
            Some(CohortOf::Customers)
        } else if self.frame.has_noun(Noun::Order)
            || shared("orders")
            || self.frame.metrics.iter().any(|(name, _)| name == "baskets")
        {
            Some(CohortOf::Orders)
        } else {
            None
        }
    }

    /// Whether a condition is denied: "never", "not", "without", "neither" before it, with no verb of its own between.
    fn is_denied(&self, condition: &Condition) -> bool {
        if is_turned(&condition.filter) || self.is_worded_off(condition) {
            return true;
        }
        let mut acts = false;
        for at in (0..condition.at).rev() {
            match self.items.mark(at) {
                Some(Mark::Never | Mark::Not) => return true,
                _ if ["neither", "nor"].contains(&self.view.text(at).as_str()) => return true,
                // What stands before a verb of buying is not the verb's.
                Some(Mark::Verb(Verb::Buy | Verb::Reorder | Verb::Place) | Mark::Link(Link::With))
                    if !acts =>
                {
                    acts = true
                }
                Some(Mark::Skip | Mark::Word) => {}
                Some(
                    Mark::Link(_)
                    | Mark::Noun(Noun::Item | Noun::Product | Noun::Aisle | Noun::Department)
                    | Mark::Or
                    | Mark::And
                    | Mark::Comma
                    | Mark::Where(_)
                    | Mark::Distinct
                    | Mark::Me,
                ) if !acts => {}
                _ => return false,
            }
        }
        false
    }

    /// "no organic item": the word that denies is part of the condition.
    fn is_worded_off(&self, condition: &Condition) -> bool {
        let words = self.view.text(condition.at);
        ["no ", "not ", "without ", "never ", "nothing ", "none "].iter().any(|word| words.starts_with(word))
    }

    /// "never reordered".
    fn is_reordered(&self, at: usize) -> bool {
        (at.saturating_sub(4)..at).any(|place| self.items.mark(place) == Some(&Mark::Verb(Verb::Reorder)))
    }
}
