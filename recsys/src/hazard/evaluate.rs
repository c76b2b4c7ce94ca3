//! How good the hazards are, on the last gap of each customer, which the fit did not see.
//!
//! The cut: everything but each customer's last gap teaches; the last gap is told. Each predictor gives P(gap > h) for a
//! horizon h. Brier score (Brier 1950): the mean of (P − what happened)². Expected calibration error: customers in order
//! of P, cut into bins of equal size, Σ share · |mean P − share that waited longer|. A perfectly calibrated model has
//! an error above 0 too, by chance: [`HorizonScore::ece_by_chance`].

use rayon::prelude::*;
use serde::Serialize;

use super::{
    gaps::{CENSORED_AT, DAYS, GapTable},
    model::{HazardModel, HazardParams},
};
use crate::{RecsysError, error::require};

/// Bins of equal size, at most; the usual number.
const MAX_BINS: usize = 20;

/// Customers in a bin, at least, as far as there are two bins: with 80 in each of 20 bins (1,590 customers), chance alone
/// makes an error of 0.038 at 7 days for a model that is perfectly right.
const CUSTOMERS_A_BIN: usize = 200;

/// Customers behind a row of the table, at least, as far as there are as many.
const FEWEST_CUSTOMERS: usize = 5;

/// Seeded repetitions behind [`HorizonScore::ece_by_chance`]; its standard error is below 2 % of it.
const CHANCE_DRAWS: u64 = 50;

/// Chance of ordering on a day 0 to 29, given none before, over all customers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PopulationDay {
    /// Days since the order before.
    pub day: u32,
    /// Gaps that had not ended before that day.
    pub at_risk: u64,
    /// Gaps that ended on it.
    pub events: u64,
    /// Their ratio; 0 where none was at risk.
    pub hazard: f64,
}

/// A bin of the calibration table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// Customers.
    pub customers: u64,
    /// Mean of P(no order within the horizon).
    pub predicted: f64,
    /// Share that did not order within it.
    pub observed: f64,
}

/// Brier scores of the model and of what it must beat, lower is better.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct BrierScores {
    /// The hazard model.
    pub model: f64,
    /// The mixture of tempos without the regression.
    pub tempo_mixture: f64,
    /// The same hazard for everybody.
    pub population: f64,
    /// "No order" exactly where the customer's mean gap is longer than the horizon.
    pub mean_gap_step: f64,
    /// A geometric gap with the customer's mean.
    pub mean_gap_geometric: f64,
}

/// Scores for one horizon.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HorizonScore {
    /// Days.
    pub horizon_days: usize,
    /// Brier scores.
    pub brier: BrierScores,
    /// Expected calibration error of the model.
    pub ece: f64,
    /// What that error is on average for a perfectly calibrated model with the same predictions and as many customers.
    pub ece_by_chance: f64,
    /// The table behind it.
    pub bins: Vec<CalibrationBin>,
}

/// All scores.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// Customers whose last gap was told.
    pub customers: usize,
    /// In the order in which the horizons were asked for.
    pub horizons: Vec<HorizonScore>,
}

/// Fits on all but the last gaps and scores on these. Horizons are 0 to 29 days. A customer with a single gap is told
/// without history. Without any gap before the last ones there is nothing to learn from, an error.
pub fn evaluate(
    gaps: &GapTable,
    params: &HazardParams,
    horizons: &[usize],
) -> Result<Evaluation, RecsysError> {
    for horizon in horizons {
        require(*horizon < DAYS, "horizon of the evaluation", horizon, "0 to 29 days")?;
    }
    let history = gaps.without_last();
    let model = HazardModel::fit(&history, params)?;
    let population = population_hazard(&history);
    let mean_gap = mean(history.gaps());
    let told: Vec<Told> = (0..gaps.len())
        .into_par_iter()
        .filter_map(|at| {
            let (last, before) = gaps.customer(at).split_last()?;
            Some(tell(&model, mean_gap, before, *last, horizons))
        })
        .collect();
    let scores = horizons.iter().enumerate().map(|(at, horizon)| {
        let everybody: f64 = population.iter().take(horizon + 1).map(|day| 1.0 - day.hazard).product();
        score(*horizon, at, everybody, &told, params.seed)
    });
    Ok(Evaluation { customers: told.len(), horizons: scores.collect() })
}

/// The hazard of all gaps together (Kaplan and Meier, discrete).
pub fn population_hazard(gaps: &GapTable) -> Vec<PopulationDay> {
    let mut events = [0_u64; DAYS + 1];
    for gap in gaps.gaps() {
        events[usize::from(*gap.min(&CENSORED_AT))] += 1;
    }
    let mut at_risk = gaps.gaps().len() as u64;
    (0..DAYS)
        .map(|day| {
            let hazard = if at_risk > 0 { events[day] as f64 / at_risk as f64 } else { 0.0 };
            let row = PopulationDay { day: day as u32, at_risk, events: events[day], hazard };
            at_risk -= events[day];
            row
        })
        .collect()
}

/// What was predicted for a customer, by horizon, and what happened.
struct Told {
    gap: u8,
    model: Vec<f64>,
    tempo_mixture: Vec<f64>,
    mean_gap: f64,
}

fn tell(model: &HazardModel, mean_gap: f64, before: &[u8], last: u8, horizons: &[usize]) -> Told {
    let (next, by_tempo) = (model.next_order(before), model.next_order_by_tempo(before));
    Told {
        gap: last,
        model: horizons.iter().map(|horizon| next.no_order_within(*horizon)).collect(),
        tempo_mixture: horizons.iter().map(|horizon| by_tempo.no_order_within(*horizon)).collect(),
        mean_gap: if before.is_empty() { mean_gap } else { mean(before) },
    }
}

fn mean(gaps: &[u8]) -> f64 {
    gaps.iter().map(|gap| f64::from(*gap)).sum::<f64>() / gaps.len().max(1) as f64
}

fn score(horizon: usize, at: usize, everybody: f64, told: &[Told], seed: u64) -> HorizonScore {
    let waited = |told: &Told| usize::from(told.gap) > horizon;
    let brier = |predict: &dyn Fn(&Told) -> f64| {
        let off = told.iter().map(|one| (predict(one) - f64::from(waited(one))).powi(2));
        off.sum::<f64>() / told.len().max(1) as f64
    };
    let at_horizon = |values: &[f64]| values.get(at).copied().unwrap_or_default();
    let brier = BrierScores {
        model: brier(&|one| at_horizon(&one.model)),
        tempo_mixture: brier(&|one| at_horizon(&one.tempo_mixture)),
        population: brier(&|_| everybody),
        mean_gap_step: brier(&|one| f64::from(one.mean_gap > horizon as f64)),
        mean_gap_geometric: brier(&|one| (one.mean_gap / (1.0 + one.mean_gap)).powi(horizon as i32 + 1)),
    };
    let pairs: Vec<(f64, bool)> = told.iter().map(|one| (at_horizon(&one.model), waited(one))).collect();
    let bins = calibration(&pairs, bin_count(pairs.len()));
    HorizonScore {
        horizon_days: horizon,
        brier,
        ece: expected_calibration_error(&bins),
        ece_by_chance: error_by_chance(&pairs, seed),
        bins,
    }
}

/// The number of bins for so many customers.
pub fn bin_count(customers: usize) -> usize {
    // The table is open to all, so no bin is to show a single customer.
    let shown = (customers / FEWEST_CUSTOMERS).max(1);
    (customers / CUSTOMERS_A_BIN).clamp(2, MAX_BINS).min(shown)
}

/// Bins of equal size of (prediction, outcome), in order of the prediction. Empty bins are left out.
pub fn calibration(pairs: &[(f64, bool)], bins: usize) -> Vec<CalibrationBin> {
    let mut sorted = pairs.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let bins = bins.max(1);
    (0..bins)
        .filter_map(|bin| {
            let bin = sorted.get(bin * sorted.len() / bins..(bin + 1) * sorted.len() / bins)?;
            let customers = bin.len() as f64;
            (!bin.is_empty()).then(|| CalibrationBin {
                customers: bin.len() as u64,
                predicted: bin.iter().map(|(predicted, _)| predicted).sum::<f64>() / customers,
                observed: bin.iter().filter(|(_, happened)| *happened).count() as f64 / customers,
            })
        })
        .collect()
}

/// Σ share of the customers · |predicted − observed|.
pub fn expected_calibration_error(bins: &[CalibrationBin]) -> f64 {
    let customers: u64 = bins.iter().map(|bin| bin.customers).sum();
    let off = bins.iter().map(|bin| bin.customers as f64 * (bin.predicted - bin.observed).abs());
    off.sum::<f64>() / customers.max(1) as f64
}

/// The mean error when the outcomes are drawn from the predictions themselves.
fn error_by_chance(pairs: &[(f64, bool)], seed: u64) -> f64 {
    use rand::{RngExt, SeedableRng};
    let errors: Vec<f64> = (0..CHANCE_DRAWS)
        .into_par_iter()
        .map(|draw| {
            let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(draw);
            let drawn: Vec<(f64, bool)> =
                pairs.iter().map(|(chance, _)| (*chance, random.random::<f64>() < *chance)).collect();
            expected_calibration_error(&calibration(&drawn, bin_count(drawn.len())))
        })
        .collect();
    errors.iter().sum::<f64>() / CHANCE_DRAWS as f64
}

#[cfg(test)]
mod tests;
