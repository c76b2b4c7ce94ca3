//! How long customers wait: a mixture of tempos, fitted to gaps of which some are censored.
//!
//! ```text
//! gaps of a customer ─> posterior over tempos ─> how the next gap is distributed, below 30 days and beyond
//! ```
//! All customers share the shape of one accelerated-failure-time family and a wave of the week on its hazard; each has a
//! tempo (a scale in days) of its own. The distribution of tempos is not given a form: it is a weight on each of 32
//! scales, estimated by maximum likelihood from the data (empirical Bayes; Laird, JASA 1978). A gap of 30 counts with
//! P(30 or more), so censoring is part of the likelihood. Fitted by EM, the shape and the wave in the M-step.
//! Beyond 30 days the family goes on where no data can contradict it: that is an assumption, not a finding.

use rayon::prelude::*;
use serde::Serialize;

use super::gaps::{DAYS, GapTable};
use crate::RecsysError;

/// Scales a customer's tempo may have.
pub const TEMPOS: usize = 32;

/// The longest gap that is drawn, in days. After a year without an order, a customer is gone and not between orders.
pub const MAX_GAP_DAYS: usize = 365;

/// The quickest and the slowest scale: an order a day, and one in 200 days, far slower than censoring at 30 can tell
/// apart. In between equal ratios of 1.19.
const SCALE_RANGE: (f64, f64) = (1.0, 200.0);

/// Groups of days with a factor on the hazard each: seven of the week, and days 0 and 1 by themselves (whoever orders
/// again at once has forgotten something; that is no part of the wave).
const WAVE_GROUPS: usize = 9;

/// Customers of one partial sum. Fixed, so that sums are added in the same order on any number of threads.
const CHUNK_CUSTOMERS: usize = 512;

/// EM iterations, at most; it stops when an iteration adds less than [`TOLERANCE`] a gap to the log-likelihood.
const MAX_ITERATIONS: usize = 80;
const TOLERANCE: f64 = 1e-6;

/// The shapes that are looked at; outside, hazards fall or rise steeper than any shop's.
const SHAPE_RANGE: (f64, f64) = (0.4, 4.0);

/// The form of the waiting time, up to scale and shape: the usual accelerated-failure-time families.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Cumulative hazard (t/s)^k.
    Weibull,
    /// Cumulative hazard ln(1 + (t/s)^k).
    LogLogistic,
    /// ln t is normal around ln s with standard deviation 1/k.
    LogNormal,
}

impl Family {
    /// All of them, the one with the lightest tail first.
    pub const ALL: [Self; 3] = [Self::Weibull, Self::LogNormal, Self::LogLogistic];

    /// −ln P(T > t).
    fn cumulative_hazard(self, days: f64, scale: f64, shape: f64) -> f64 {
        if days <= 0.0 {
            return 0.0;
        }
        match self {
            Self::Weibull => (days / scale).powf(shape),
            Self::LogLogistic => (days / scale).powf(shape).ln_1p(),
            Self::LogNormal => -log_normal_tail((days / scale).ln() * shape),
        }
    }
}

/// A fitted mixture of tempos.
#[derive(Debug, Clone, PartialEq)]
pub struct TempoMixture {
    family: Family,
    shape: f64,
    wave: [f64; WAVE_GROUPS],
    /// Of each tempo; sums to 1.
    weights: Vec<f64>,
    /// ln P(gap = day) by day 0 to 29, then ln P(gap ≥ 30), each by tempo.
    log_chances: Vec<[f64; TEMPOS]>,
    /// Of each tempo: P(gap ≤ day | gap ≥ 30) for the days 30 to [`MAX_GAP_DAYS`].
    tails: Vec<Vec<f64>>,
}

/// What is held of the data in an M-step: expected counts of gaps by day (30 = censored) and tempo.
type Counts = Vec<[f64; TEMPOS]>;

impl TempoMixture {
    /// Fits a family. `importance` holds a weight for each customer, all 1 where it is `None`.
    pub fn fit(gaps: &GapTable, importance: Option<&[f64]>, family: Family) -> Result<Self, RecsysError> {
        if gaps.gaps().is_empty() {
            return Err(RecsysError::NoData { what: "gaps between orders" });
        }
        if let Some(importance) = importance.filter(|weights| weights.len() != gaps.len()) {
            let (found, expected) = (importance.len(), gaps.len());
            return Err(RecsysError::Shape { what: "weights of the customers", found, expected });
        }
        let mut fit = Self {
            family,
            shape: 1.0,
            wave: [1.0; WAVE_GROUPS],
            weights: vec![1.0 / TEMPOS as f64; TEMPOS],
            log_chances: Vec::new(),
            tails: Vec::new(),
        };
        fit.log_chances = fit.chances();
        let (total, mut before) = (gaps.gaps().len() as f64, f64::NEG_INFINITY);
        for _ in 0..MAX_ITERATIONS {
            let (counts, weights, log_likelihood) = fit.expect(gaps, importance);
            let sum: f64 = weights.iter().sum();
            fit.weights = weights.iter().map(|weight| weight / sum).collect();
            fit.maximise(&counts);
            fit.log_chances = fit.chances();
            let per_gap = log_likelihood / total;
            if per_gap - before < TOLERANCE {
                break;
            }
            before = per_gap;
        }
        fit.tails = (0..TEMPOS).map(|tempo| fit.tail(tempo)).collect();
        Ok(fit)
    }

    /// The family.
    pub fn family(&self) -> Family {
        self.family
    }

    /// Its shape.
    pub fn shape(&self) -> f64 {
        self.shape
    }

    /// Factors on the hazard of the days by their remainder modulo 7; their mean is 1.
    pub fn wave_of_the_week(&self) -> [f64; 7] {
        std::array::from_fn(|day| self.wave[day])
    }

    /// The weight of each tempo in the population.
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// What is known of a customer's tempo after these gaps, and the log-likelihood of the gaps.
    pub fn posterior(&self, gaps: &[u8]) -> ([f64; TEMPOS], f64) {
        let mut chances = [0.0; TEMPOS];
        for gap in gaps {
            if let Some(row) = self.log_chances.get(usize::from(*gap)) {
                chances.iter_mut().zip(row).for_each(|(sum, log)| *sum += log);
            }
        }
        let highest = chances.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let mut sum = 0.0;
        for (chance, weight) in chances.iter_mut().zip(&self.weights) {
            *chance = weight * (*chance - highest).exp();
            sum += *chance;
        }
        if sum > 0.0 {
            chances.iter_mut().for_each(|chance| *chance /= sum);
        }
        (chances, highest + sum.ln())
    }

    /// Log-likelihood of all gaps of all customers.
    pub fn log_likelihood(&self, gaps: &GapTable) -> f64 {
        sum_in_chunks(gaps.len(), 1, |range, sums| {
            for at in range {
                sums[0] += self.posterior(gaps.customer(at)).1;
            }
        })[0]
    }

    /// P(gap = day) for the days 0 to 29 and P(gap ≥ 30), of a customer with that posterior.
    pub fn next_gap(&self, posterior: &[f64; TEMPOS]) -> [f64; DAYS + 1] {
        std::array::from_fn(|day| {
            let row = self.log_chances.get(day).map_or(&[0.0; TEMPOS], |row| row);
            row.iter().zip(posterior).map(|(log, weight)| weight * log.exp()).sum()
        })
    }

    /// P(gap ≤ day | gap ≥ 30) of a tempo, for the days 30 to [`MAX_GAP_DAYS`].
    pub fn tail_of(&self, tempo: usize) -> &[f64] {
        self.tails.get(tempo).map_or(&[], Vec::as_slice)
    }

    /// P(gap = day) of a tempo for the days 0 to [`MAX_GAP_DAYS`].
    pub fn gap_of(&self, tempo: usize) -> Vec<f64> {
        let chance =
            |day: usize| self.log_chances.get(day).map_or(0.0, |row| row[tempo.min(TEMPOS - 1)].exp());
        let beyond = chance(DAYS);
        let mut before = 0.0;
        let tail = self.tail_of(tempo).iter().map(|upto| {
            let chance = beyond * (upto - before);
            before = *upto;
            chance
        });
        (0..DAYS).map(chance).chain(tail).collect()
    }

    /// P(gap ≤ day | gap ≥ 30) of a customer with that posterior *before* the censored gap is known to be censored.
    pub fn tail_of_next(&self, posterior: &[f64; TEMPOS]) -> Vec<f64> {
        let censored = self.log_chances.get(DAYS).map_or([0.0; TEMPOS], |row| *row);
        let likely: [f64; TEMPOS] = std::array::from_fn(|tempo| posterior[tempo] * censored[tempo].exp());
        self.mixed_tail(&likely)
    }

    /// P(gap ≤ day | gap ≥ 30) under weights of the tempos that need not sum to 1.
    pub fn mixed_tail(&self, weights: &[f64; TEMPOS]) -> Vec<f64> {
        let mut mixed = vec![0.0; MAX_GAP_DAYS + 1 - DAYS];
        let sum: f64 = weights.iter().sum();
        for (weight, tail) in weights.iter().zip(&self.tails) {
            mixed.iter_mut().zip(tail).for_each(|(sum, upto)| *sum += weight * upto);
        }
        mixed.iter_mut().for_each(|upto| *upto /= sum.max(f64::MIN_POSITIVE));
        mixed
    }

    /// Mean of the log of the scale under a posterior: how slow the customer is.
    pub fn mean_log_scale(posterior: &[f64; TEMPOS]) -> f64 {
        posterior.iter().enumerate().map(|(tempo, weight)| weight * scale(tempo).ln()).sum()
    }

    /// The E-step: expected counts, weights of the tempos, and the log-likelihood before it.
    fn expect(&self, gaps: &GapTable, importance: Option<&[f64]>) -> (Counts, Vec<f64>, f64) {
        const ROWS: usize = DAYS + 2;
        let sums = sum_in_chunks(gaps.len(), ROWS * TEMPOS + 1, |range, sums| {
            for at in range {
                let customer = gaps.customer(at);
                let (mut posterior, log_likelihood) = self.posterior(customer);
                let weight = importance.and_then(|all| all.get(at)).copied().unwrap_or(1.0);
                posterior.iter_mut().for_each(|chance| *chance *= weight);
                let (counts, total) = sums.split_at_mut(ROWS * TEMPOS);
                total[0] += weight * log_likelihood;
                let rows = customer.iter().map(|gap| usize::from(*gap)).chain([ROWS - 1]);
                for row in rows {
                    let row = &mut counts[row * TEMPOS..(row + 1) * TEMPOS];
                    row.iter_mut().zip(&posterior).for_each(|(sum, chance)| *sum += chance);
                }
            }
        });
        let mut rows: Counts =
            sums.chunks_exact(TEMPOS).map(|row| std::array::from_fn(|tempo| row[tempo])).collect();
        let weights = rows.pop().map_or_else(Vec::new, |row| row.to_vec());
        (rows, weights, sums[ROWS * TEMPOS])
    }

    /// The M-step of wave and shape: each factor of the wave by fixed-point steps, the shape by golden section.
    fn maximise(&mut self, counts: &Counts) {
        let mut at_risk = [0.0; TEMPOS];
        let mut risks: Counts = counts
            .iter()
            .rev()
            .map(|row| {
                at_risk.iter_mut().zip(row).for_each(|(sum, count)| *sum += count);
                at_risk
            })
            .collect();
        risks.reverse();
        let hazards = self.hazards(self.shape);
        let (mut events, mut expected) = ([0.0; WAVE_GROUPS], [0.0; WAVE_GROUPS]);
        for (day, ((hazards, counts), risks)) in hazards.iter().zip(counts).zip(&risks).enumerate().take(DAYS)
        {
            let group = wave_group(day);
            events[group] += counts.iter().sum::<f64>();
            let ordered =
                hazards.iter().zip(risks).map(|(hazard, risk)| risk * -(-self.wave[group] * hazard).exp_m1());
            expected[group] += ordered.sum::<f64>();
        }
        for ((factor, events), expected) in self.wave.iter_mut().zip(events).zip(expected) {
            // A group without events keeps a trace of hazard, or its first gap would have no chance at all.
            *factor = (*factor * (events / expected.max(1e-12)).clamp(0.5, 2.0)).clamp(1e-4, 1e4);
        }
        let mean = self.wave.iter().take(7).sum::<f64>() / 7.0;
        self.wave.iter_mut().for_each(|factor| *factor /= mean);
        self.shape = golden_section(SHAPE_RANGE, |shape| self.expected_log_likelihood(shape, counts, &risks));
    }

    /// What the M-step raises, as a function of the shape.
    fn expected_log_likelihood(&self, shape: f64, counts: &Counts, risks: &Counts) -> f64 {
        let mut sum = 0.0;
        for (day, ((hazards, counts), risks)) in
            self.hazards(shape).iter().zip(counts).zip(risks).enumerate().take(DAYS)
        {
            let factor = self.wave[wave_group(day)];
            for ((hazard, count), risk) in hazards.iter().zip(counts).zip(risks) {
                let hazard = (factor * hazard).max(1e-12);
                sum += count * (-(-hazard).exp_m1()).ln() - (risk - count) * hazard;
            }
        }
        sum
    }

    /// Hazard of each day by tempo, without the wave.
    fn hazards(&self, shape: f64) -> Counts {
        let at = |day: usize| -> [f64; TEMPOS] {
            std::array::from_fn(|tempo| self.family.cumulative_hazard(day as f64, scale(tempo), shape))
        };
        let mut before = at(0);
        (1..=DAYS)
            .map(|day| {
                let upto = at(day);
                let hazard = std::array::from_fn(|tempo| upto[tempo] - before[tempo]);
                before = upto;
                hazard
            })
            .collect()
    }

    fn chances(&self) -> Vec<[f64; TEMPOS]> {
        let mut survived = [0.0; TEMPOS];
        let mut rows: Vec<[f64; TEMPOS]> = Vec::with_capacity(DAYS + 1);
        for (day, hazards) in self.hazards(self.shape).iter().enumerate() {
            let factor = self.wave[wave_group(day)];
            rows.push(std::array::from_fn(|tempo| {
                let hazard = (factor * hazards[tempo]).max(1e-12);
                let log = survived[tempo] + (-(-hazard).exp_m1()).ln();
                survived[tempo] -= hazard;
                log
            }));
        }
        rows.push(survived);
        rows
    }

    fn tail(&self, tempo: usize) -> Vec<f64> {
        let upto = |day: usize| self.family.cumulative_hazard(day as f64, scale(tempo), self.shape);
        let (mut survived, mut before) = (1.0, upto(DAYS));
        (DAYS..=MAX_GAP_DAYS)
            .map(|day| {
                let next = upto(day + 1);
                survived *= (-self.wave[wave_group(day)] * (next - before)).exp();
                before = next;
                // Whoever would wait longer is held at the longest gap.
                if day == MAX_GAP_DAYS { 1.0 } else { 1.0 - survived }
            })
            .collect()
    }
}

/// The scale of a tempo, in days.
fn scale(tempo: usize) -> f64 {
    let (quickest, slowest) = SCALE_RANGE;
    quickest * (slowest / quickest).powf(tempo as f64 / (TEMPOS - 1) as f64)
}

fn wave_group(day: usize) -> usize {
    if day < 2 { 7 + day } else { day % 7 }
}

/// Adds what `add` finds in each chunk of `0..count` into sums of that width, in the order of the chunks.
pub(crate) fn sum_in_chunks(
    count: usize,
    width: usize,
    add: impl Fn(std::ops::Range<usize>, &mut [f64]) + Sync,
) -> Vec<f64> {
    let partial: Vec<Vec<f64>> = (0..count.div_ceil(CHUNK_CUSTOMERS))
        .into_par_iter()
        .map(|chunk| {
            let mut sums = vec![0.0; width];
            let start = chunk * CHUNK_CUSTOMERS;
            add(start..(start + CHUNK_CUSTOMERS).min(count), &mut sums);
            sums
        })
        .collect();
    let mut total = vec![0.0; width];
    for sums in &partial {
        total.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
    }
    total
}

/// The place of the highest value of a function with one peak, to a thousandth of the range.
fn golden_section((mut low, mut high): (f64, f64), value: impl Fn(f64) -> f64) -> f64 {
    let ratio = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut left, mut right) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut at_left, mut at_right) = (value(left), value(right));
    for _ in 0..15 {
        if at_left > at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - ratio * (high - low);
            at_left = value(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + ratio * (high - low);
            at_right = value(right);
        }
    }
    (low + high) / 2.0
}

/// ln P(Z > z) of the standard normal: Abramowitz and Stegun 26.2.17 (error of the tail below 7.5e-8 near 0), from 4 on
/// the asymptotic series 26.2.12, whose relative error there is below 0.2 %.
fn log_normal_tail(z: f64) -> f64 {
    if z > 4.0 {
        let z2 = z * z;
        return -0.5 * z2 - (z * (2.0 * std::f64::consts::PI).sqrt()).ln()
            + (1.0 - 1.0 / z2 + 3.0 / (z2 * z2)).ln();
    }
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let poly = t
        * (0.319_381_530
            + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = poly * (-0.5 * z * z).exp() * 0.398_942_280_401;
    if z < 0.0 { (-tail).ln_1p() } else { tail.ln() }
}

#[cfg(test)]
mod tests;
