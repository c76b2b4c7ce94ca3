//! 95 % percentile intervals over resampled customers.
//!
//! Draw `d` of a seed takes n of n customers with replacement; it is the same for every method that is measured on the
//! same customers, so differences between methods are paired. Source: Efron and Tibshirani, "An Introduction to the
//! Bootstrap", 1993, chapter 13.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    metrics::{Metric, ROW_WIDTH, Row},
    report::Estimate,
};
use crate::{RecsysError, error::require, history::Item};

/// Edges of a 95 % interval.
const LOW: f64 = 0.025;
const HIGH: f64 = 0.975;

/// How often customers are drawn anew, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bootstrap {
    draws: usize,
    seed: u64,
}

impl Bootstrap {
    /// At least one draw; 1,000 is what the report is made with.
    pub fn new(draws: usize, seed: u64) -> Result<Self, RecsysError> {
        require(draws >= 1, "bootstrap draws", draws, "at least 1")?;
        Ok(Self { draws, seed })
    }

    /// How often customers are drawn anew.
    pub fn draws(&self) -> usize {
        self.draws
    }

    /// Of the draws.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// How often each of `n` customers is in a draw.
    fn counts(&self, n: usize, draw: usize) -> Vec<u16> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(draw as u64);
        let mut counts = vec![0_u16; n];
        for _ in 0..n {
            let count = &mut counts[rng.random_range(0..n)];
            *count = count.saturating_add(1);
        }
        counts
    }

    /// The mean of each metric of [`Metric::MEANS`] and its value in each draw.
    pub(super) fn means(&self, rows: &[Row]) -> Vec<Column> {
        let once = vec![1; rows.len()];
        let whole = weighted_sums(rows, &once);
        let drawn: Vec<Row> = (0..self.draws)
            .into_par_iter()
            .map(|draw| weighted_sums(rows, &self.counts(rows.len(), draw)))
            .collect();
        let columns = Metric::MEANS.iter().enumerate().map(|(position, metric)| {
            let mean = |sums: &Row| {
                let n = metric.defined_column().map_or(rows.len() as f64, |column| sums[column]);
                (n > 0.0).then(|| sums[position] / n)
            };
            let n = metric.defined_column().map_or(rows.len(), |column| whole[column] as usize);
            Column { value: mean(&whole), draws: drawn.iter().map(mean).collect(), n }
        });
        columns.collect()
    }

    /// Distinct products shown to the customers as a share of `catalogue_len`. A draw misses 37 % of the customers and
    /// with them products, so the draws lie below the value; the interval is theirs, moved so that their mean is the
    /// value.
    pub(super) fn coverage(&self, shown: &[&[Item]], catalogue_len: usize) -> Estimate {
        if shown.is_empty() || catalogue_len == 0 {
            return Estimate::default();
        }
        let distinct = |counts: &[u16]| {
            let mut seen = vec![0_u64; catalogue_len.div_ceil(64)];
            for (items, _) in shown.iter().zip(counts).filter(|(_, count)| **count > 0) {
                for item in *items {
                    seen[*item as usize / 64] |= 1 << (item % 64);
                }
            }
            f64::from(seen.iter().map(|word| word.count_ones()).sum::<u32>()) / catalogue_len as f64
        };
        let value = distinct(&vec![1; shown.len()]);
        let mut drawn: Vec<f64> =
            (0..self.draws).into_par_iter().map(|draw| distinct(&self.counts(shown.len(), draw))).collect();
        let moved = value - drawn.iter().sum::<f64>() / drawn.len() as f64;
        drawn.iter_mut().for_each(|draw| *draw = (*draw + moved).clamp(0.0, 1.0));
        Column { value: Some(value), draws: drawn.into_iter().map(Some).collect(), n: shown.len() }.estimate()
    }
}

fn weighted_sums(rows: &[Row], counts: &[u16]) -> Row {
    let mut sums = [0.0; ROW_WIDTH];
    for (row, count) in rows.iter().zip(counts) {
        let weight = f64::from(*count);
        for (sum, value) in sums.iter_mut().zip(row) {
            *sum += weight * value;
        }
    }
    sums
}

/// A figure over customers and over each draw of them; `None` where nobody has it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Column {
    value: Option<f64>,
    draws: Vec<Option<f64>>,
    n: usize,
}

impl Column {
    /// The value with its interval.
    pub(super) fn estimate(&self) -> Estimate {
        let mut draws: Vec<f64> = self.draws.iter().copied().flatten().collect();
        draws.sort_by(f64::total_cmp);
        let edge = |share| self.value.and(quantile(&draws, share));
        Estimate { value: self.value, low: edge(LOW), high: edge(HIGH), n: self.n }
    }

    /// (ours − theirs) / theirs, draw by draw; `None` where theirs is 0.
    pub(super) fn ratio(ours: &Self, theirs: &Self) -> Estimate {
        let relative = |ours: &Option<f64>, theirs: &Option<f64>| match (ours, theirs) {
            (Some(ours), Some(theirs)) if *theirs > 0.0 => Some((ours - theirs) / theirs),
            _ => None,
        };
        let draws =
            ours.draws.iter().zip(&theirs.draws).map(|(ours, theirs)| relative(ours, theirs)).collect();
        Self { value: relative(&ours.value, &theirs.value), draws, n: ours.n }.estimate()
    }
}

/// Linear between the neighbours; `sorted` ascending.
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let place = share * sorted.len().checked_sub(1)? as f64;
    let (below, above) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    Some(below + (above - below) * place.fract())
}

#[cfg(test)]
mod tests;
