//! Draws for censored gaps, from a tail at or above 30 days.
//!
//! Gaps of all customers → m parameter draws of a [`TempoMixture`] → for each customer and draw a tempo from its
//! posterior, and for each censored gap a number of days from that tempo's tail. So the draws carry all that is not
//! known: the parameters (Bayesian bootstrap of the customers; Rubin, Annals of Statistics 1981), the customer's tempo,
//! and the gap itself. The family is chosen by the likelihood of customers that the fit did not see: of what can be
//! observed, the days 0 to 29 and P(30 or more). Nothing observed can tell how the tail goes on: it is an assumption.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::rubin::{Pooled, pool};
use crate::{
    RecsysError,
    error::require,
    hazard::{
        families::{FamilyFit, best_family, compare_families},
        gaps::{CENSORED_AT, GapTable},
        tempo::{TEMPOS, TempoMixture},
    },
};

/// Streams of random numbers apart from those of the customers, whose ids are below 2^32.
const PARAMETER_STREAM: u64 = 1 << 40;

/// What shapes the imputation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct TailParams {
    /// Draws for each censored gap, m.
    pub draws: usize,
    /// Customers that the parameters are learnt from, at most; a seeded draw where there are more.
    pub fit_customers: usize,
    /// Of everything random.
    pub seed: u64,
}

/// A model of the tails of all customers.
#[derive(Debug, Clone)]
pub struct TailImputer {
    laws: Vec<TempoMixture>,
    compared: Vec<FamilyFit>,
    seed: u64,
}

/// The draws for one customer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CustomerDraws {
    /// For each censored gap, in the order of time, m days, each 30 or more.
    pub gap_days: Vec<Vec<u16>>,
    /// The mean gap with the draws in place of the 30s; `None` for a customer without gaps.
    pub mean: Option<Pooled>,
}

impl TailImputer {
    /// Chooses the family and draws m sets of parameters.
    pub fn fit(gaps: &GapTable, params: &TailParams) -> Result<Self, RecsysError> {
        require((1..=100).contains(&params.draws), "draws", params.draws, "1 to 100")?;
        require(params.fit_customers >= 1, "fit_customers", params.fit_customers, "at least 1")?;
        if gaps.gaps().is_empty() {
            return Err(RecsysError::NoData { what: "gaps between orders" });
        }
        let compared = compare_families(gaps, params.seed)?;
        let family = best_family(&compared);
        let learnt_from = gaps.sample(params.fit_customers, params.seed.wrapping_add(1));
        // A draw without a single gap cannot teach anything; all customers can.
        let learnt_from = if learnt_from.gaps().is_empty() { gaps } else { &learnt_from };
        let laws = (0..params.draws)
            .map(|draw| {
                let mut random = stream(params.seed, PARAMETER_STREAM + draw as u64);
                // Exponential weights are a Dirichlet draw up to their sum.
                let weights: Vec<f64> =
                    (0..learnt_from.len()).map(|_| -(1.0 - random.random::<f64>()).ln()).collect();
                TempoMixture::fit(learnt_from, Some(&weights), family)
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { laws, compared, seed: params.seed })
    }

    /// The parameter draws.
    pub fn laws(&self) -> &[TempoMixture] {
        &self.laws
    }

    /// The families that were compared, in a fixed order.
    pub fn compared(&self) -> &[FamilyFit] {
        &self.compared
    }

    /// Draws for one customer; `user_id` picks the stream of random numbers and is no predictor.
    pub fn draw(&self, user_id: u32, gaps: &[u8]) -> CustomerDraws {
        let censored = gaps.iter().filter(|gap| **gap == CENSORED_AT).count();
        let mut gap_days = vec![Vec::with_capacity(self.laws.len()); censored];
        if censored > 0 {
            let mut random = stream(self.seed, u64::from(user_id));
            for law in &self.laws {
                let (posterior, _) = law.posterior(gaps);
                // One tempo for all gaps of the customer in this draw: they are long or short together.
                let tempo = pick(&posterior, random.random());
                for days in &mut gap_days {
                    days.push(draw_days(law.tail_of(tempo), random.random()));
                }
            }
        }
        let mean = self.pool_mean(gaps, &gap_days);
        CustomerDraws { gap_days, mean }
    }

    /// Mean and quantiles of one censored gap of a customer with these gaps (that one among them), over all parameter
    /// draws, without drawing.
    pub fn predict(&self, gaps: &[u8], quantiles: &[f64]) -> (f64, Vec<u16>) {
        let mut upto: Vec<f64> = Vec::new();
        for law in &self.laws {
            let tail = law.mixed_tail(&law.posterior(gaps).0);
            upto.resize(tail.len(), 0.0);
            upto.iter_mut().zip(&tail).for_each(|(sum, chance)| *sum += chance / self.laws.len() as f64);
        }
        // The mean of a whole number ≥ 30 is 30 + Σ P(beyond day).
        let mean = f64::from(CENSORED_AT) + upto.iter().map(|upto| 1.0 - upto).sum::<f64>();
        (mean, quantiles.iter().map(|quantile| draw_days(&upto, *quantile)).collect())
    }

    fn pool_mean(&self, gaps: &[u8], gap_days: &[Vec<u16>]) -> Option<Pooled> {
        if gaps.is_empty() {
            return None;
        }
        let n = gaps.len() as f64;
        let seen: Vec<f64> =
            gaps.iter().filter(|gap| **gap < CENSORED_AT).map(|gap| f64::from(*gap)).collect();
        let (sum, squares) = (seen.iter().sum::<f64>(), seen.iter().map(|days| days * days).sum::<f64>());
        let estimates: Vec<(f64, f64)> = (0..self.laws.len())
            .map(|draw| {
                let drawn = gap_days.iter().filter_map(|days| days.get(draw)).map(|days| f64::from(*days));
                let (sum, squares) = drawn.fold((sum, squares), |(s, q), days| (s + days, q + days * days));
                let mean = sum / n;
                // The sampling variance of the mean; a single gap says nothing of it.
                let variance =
                    if n > 1.0 { (squares - n * mean * mean).max(0.0) / (n - 1.0) / n } else { 0.0 };
                (mean, variance)
            })
            .collect();
        pool(&estimates)
    }
}

fn stream(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    random
}

/// The tempo at a quantile of the posterior.
fn pick(posterior: &[f64; TEMPOS], quantile: f64) -> usize {
    let mut sum = 0.0;
    let reached = posterior.iter().position(|chance| {
        sum += chance;
        *chance > 0.0 && sum >= quantile
    });
    // Rounding may leave the sum below the quantile: then the last tempo with any chance.
    reached.or_else(|| posterior.iter().rposition(|chance| *chance > 0.0)).unwrap_or(0)
}

/// The days at a quantile of a tail.
fn draw_days(upto: &[f64], quantile: f64) -> u16 {
    let steps = upto.partition_point(|upto| *upto < quantile).min(upto.len().saturating_sub(1));
    u16::from(CENSORED_AT) + steps as u16
}

#[cfg(test)]
mod tests;
