//! Measures lists of recommendations on orders that no method saw.
//!
//! ```text
//! Histories ─> Cut ─┬─> history of every customer ─> a method ─> Lists ─┐
//!                   └─> target of the scored customers ────────────────┴─> Evaluator ─> MethodScores ─┬─> estimates
//!                                                                                                     └─> comparisons
//! ```
//! [`cut`] says what is history and what is truth, [`metrics`] scores one list, [`bootstrap`] puts intervals around
//! means over customers, [`report`] is the layout of `metrics.json`, [`calibration`] measures probabilities.
//! Reads and writes nothing, trains nothing.

pub mod bootstrap;
pub mod calibration;
pub mod cut;
pub mod metrics;
pub mod report;

use std::collections::BTreeMap;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::{RecsysError, history::Item};
use bootstrap::{Bootstrap, Column};
use cut::{Cut, Group, Truth};
use metrics::{Metric, ROW_WIDTH, Row};
use report::{Comparison, Estimate, GroupMetrics, Method};

/// Longest part of a list that is looked at.
pub const LIST_LENGTH: usize = 20;

/// How deep `coverage_catalogue_at_10` looks.
const COVERAGE_DEPTH: usize = 10;

/// What a method recommends to one customer, best first, no product twice. Only the first [`LIST_LENGTH`] count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists {
    /// Ranked over all products.
    pub all: Vec<Item>,
    /// Ranked over the products that are absent from the customer's history.
    pub explore: Vec<Item>,
}

/// Scores of one method, customer by customer.
#[derive(Debug, Clone, PartialEq)]
pub struct MethodScores {
    rows: Vec<Row>,
    /// The first ten of each customer's list, all in one, with the end of each.
    shown: Vec<Item>,
    shown_ends: Vec<u32>,
}

impl MethodScores {
    /// A metric of each scored customer, in the order of [`Cut::scored`]; `None` where it is not defined for the
    /// customer (no repeated or no new product in the target) and for the coverage of the catalogue.
    pub fn of(&self, metric: Metric) -> impl Iterator<Item = Option<f64>> {
        self.rows.iter().map(move |row| metrics::value(row, metric))
    }

    fn shown_to(&self, customer: usize) -> &[Item] {
        let start = if customer == 0 { 0 } else { self.shown_ends[customer - 1] };
        &self.shown[start as usize..self.shown_ends[customer] as usize]
    }
}

/// Scores methods on the same customers with the same bootstrap draws, so that methods can be compared in pairs.
#[derive(Debug)]
pub struct Evaluator<'a> {
    cut: &'a Cut<'a>,
    /// One a scored customer.
    truths: Vec<Truth>,
    /// Places in [`Cut::scored`] of each group's customers.
    members: [(Group, Vec<u32>); 3],
    catalogue_len: usize,
    bootstrap: Bootstrap,
}

impl<'a> Evaluator<'a> {
    /// Takes the truths of the cut's scored customers. `catalogue_len` is what coverage is a share of.
    pub fn new(cut: &'a Cut<'a>, catalogue_len: usize, bootstrap: Bootstrap) -> Self {
        let truths = cut.scored().iter().map(|customer| cut.truth(*customer as usize)).collect();
        let members = Group::ALL.map(|group| {
            let places = cut.scored().iter().enumerate();
            let inside = places.filter(|(_, customer)| cut.is_member(**customer as usize, group));
            (group, inside.map(|(place, _)| place as u32).collect())
        });
        Self { cut, truths, members, catalogue_len, bootstrap }
    }

    /// The same customers with the targets of others: each gets the target of a customer whose target is about as
    /// large. What a method scores here is chance; more would mean that a truth has leaked into the lists.
    pub fn with_shuffled_truths(mut self, seed: u64) -> Self {
        /// Customers of similar target size among whom targets are exchanged.
        const SHUFFLED_TOGETHER: usize = 50;
        let customers = self.cut.scored();
        let mut by_size: Vec<usize> = (0..customers.len()).collect();
        by_size.sort_by_key(|place| self.truths[*place].len());
        let mut givers = by_size.clone();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for block in givers.chunks_mut(SHUFFLED_TOGETHER) {
            // Sattolo's shuffle: one cycle, so that nobody of a block of two or more keeps the own target.
            for last in (1..block.len()).rev() {
                block.swap(last, rng.random_range(0..last));
            }
        }
        let mut truths = self.truths.clone();
        for (taker, giver) in by_size.into_iter().zip(givers) {
            let target = self.cut.target(customers[giver] as usize);
            truths[taker] = Truth::new(target, self.cut.history(customers[taker] as usize));
        }
        self.truths = truths;
        self
    }

    /// The customers in the order in which lists are handed in.
    pub fn cut(&self) -> &'a Cut<'a> {
        self.cut
    }

    /// Scores a method's lists, one a customer of [`Cut::scored`] in that order; `None` where the method cannot serve
    /// the customer, which counts as zero everywhere. Refuses a product twice in a list, one outside the catalogue
    /// and one of the history in `explore`.
    pub fn score(&self, lists: &[Option<Lists>]) -> Result<MethodScores, RecsysError> {
        let expected = self.truths.len();
        if lists.len() != expected {
            return Err(RecsysError::Shape {
                what: "lists of recommendations",
                found: lists.len(),
                expected,
            });
        }
        let scored = lists.par_iter().zip(&self.truths).map(|(lists, truth)| {
            if let Some(lists) = lists {
                self.check(lists, truth)?;
            }
            Ok(metrics::score(truth, lists.as_ref()))
        });
        let rows = scored.collect::<Result<Vec<Row>, RecsysError>>()?;
        let (mut shown, mut shown_ends) = (Vec::new(), Vec::with_capacity(lists.len()));
        for lists in lists {
            shown.extend(lists.iter().flat_map(|lists| lists.all.iter().take(COVERAGE_DEPTH)));
            shown_ends.push(shown.len() as u32);
        }
        Ok(MethodScores { rows, shown, shown_ends })
    }

    fn check(&self, lists: &Lists, truth: &Truth) -> Result<(), RecsysError> {
        for list in [&lists.all, &lists.explore] {
            let mut seen: Vec<Item> = list.iter().take(LIST_LENGTH).copied().collect();
            seen.sort_unstable();
            if let Some(pair) = seen.windows(2).find(|pair| pair[0] == pair[1]) {
                return Err(RecsysError::DuplicateId { what: "a list of recommendations", id: pair[0] });
            }
            if let Some(item) = seen.last().filter(|item| **item as usize >= self.catalogue_len) {
                return Err(RecsysError::InvalidParameter {
                    name: "recommended product",
                    value: item.to_string(),
                    expected: "a position in the catalogue",
                });
            }
        }
        match lists.explore.iter().take(LIST_LENGTH).find(|item| truth.is_known(**item)) {
            None => Ok(()),
            Some(item) => Err(RecsysError::InvalidParameter {
                name: "product of an explore list",
                value: item.to_string(),
                expected: "absent from the customer's history",
            }),
        }
    }

    /// Every metric of every group with its interval.
    pub fn summarise(&self, scores: &MethodScores) -> Result<GroupMetrics, RecsysError> {
        self.check_length(scores)?;
        Ok(self.members.iter().map(|(group, members)| (*group, self.estimates(scores, members))).collect())
    }

    fn estimates(&self, scores: &MethodScores, members: &[u32]) -> BTreeMap<Metric, Estimate> {
        let rows: Vec<Row> = members.iter().map(|place| scores.rows[*place as usize]).collect();
        let shown: Vec<&[Item]> = members.iter().map(|place| scores.shown_to(*place as usize)).collect();
        let columns = self.bootstrap.means(&rows);
        let mut estimates: BTreeMap<Metric, Estimate> =
            Metric::MEANS.iter().zip(columns).map(|(metric, column)| (*metric, column.estimate())).collect();
        let coverage = self.bootstrap.coverage(&shown, self.catalogue_len);
        estimates.insert(Metric::CoverageCatalogueAt10, coverage);
        estimates
    }

    /// How much better a method is than another, relative to the other, paired by customer, in every group.
    pub fn compare(
        &self,
        (method, scores): (Method, &MethodScores),
        (baseline, baseline_scores): (Method, &MethodScores),
        metrics: &[Metric],
    ) -> Result<Vec<Comparison>, RecsysError> {
        self.check_length(scores)?;
        self.check_length(baseline_scores)?;
        let mut comparisons = Vec::new();
        for (group, members) in &self.members {
            let rows = |of: &MethodScores| -> Vec<[f64; ROW_WIDTH]> {
                members.iter().map(|place| of.rows[*place as usize]).collect()
            };
            let ours = self.bootstrap.means(&rows(scores));
            let theirs = self.bootstrap.means(&rows(baseline_scores));
            for (position, metric) in Metric::MEANS.iter().enumerate().filter(|(_, m)| metrics.contains(m)) {
                let Estimate { value, low, high, n } = Column::ratio(&ours[position], &theirs[position]);
                comparisons.push(Comparison {
                    method,
                    baseline,
                    metric: *metric,
                    group: *group,
                    relative_difference: value,
                    low,
                    high,
                    n,
                });
            }
        }
        Ok(comparisons)
    }

    fn check_length(&self, scores: &MethodScores) -> Result<(), RecsysError> {
        let (found, expected) = (scores.rows.len(), self.truths.len());
        if found == expected {
            Ok(())
        } else {
            Err(RecsysError::Shape { what: "scores of a method", found, expected })
        }
    }
}

#[cfg(test)]
mod tests;
