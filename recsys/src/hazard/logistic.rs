//! Penalised logistic regression by Newton's method, with an intercept for each day.
//!
//! The penalty pulls towards "believe the first covariate": its slope to 1, everything else to 0. The first covariate is
//! the mixture's log odds, so a shop with few customers falls back to the mixture. Concave, so Newton with halved steps
//! finds the one maximum.

use std::ops::Range;

use super::{rhythm::COVARIATES, tempo::sum_in_chunks};
use crate::linalg::solve_in_place;

/// Strength of the penalty: as if each coefficient had been seen once before, with a standard deviation of 0.5.
const PENALTY: f64 = 4.0;

/// Newton steps, at most; four to six are usual.
const MAX_STEPS: usize = 25;

/// Halvings of a step that does not raise the likelihood.
const MAX_HALVINGS: usize = 12;

/// A gap at risk on a day.
#[derive(Debug, Clone, Copy)]
pub(super) struct AtRisk {
    pub(super) day: u8,
    pub(super) ordered: bool,
    /// Single precision: there are millions.
    pub(super) covariates: [f32; COVARIATES],
}

/// Coefficients for some consecutive days.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Coefficients {
    days: Range<usize>,
    /// Intercepts by day, then slopes.
    values: Vec<f64>,
}

impl Coefficients {
    /// Fits the rows of these days; others are passed over.
    pub(super) fn fit(days: Range<usize>, rows: &[AtRisk]) -> Self {
        let mut fit = Self { values: prior(days.len()), days };
        let mut log_likelihood = fit.penalised_log_likelihood(rows);
        for _ in 0..MAX_STEPS {
            let Some(step) = fit.newton_step(rows) else { break };
            let Some((next, reached)) = fit.raise(rows, &step, log_likelihood) else { break };
            let gained = reached - log_likelihood;
            (fit, log_likelihood) = (next, reached);
            if gained < 1e-9 * (1.0 + log_likelihood.abs()) {
                break;
            }
        }
        fit
    }

    /// Whether the day is one of those.
    pub(super) fn covers(&self, day: usize) -> bool {
        self.days.contains(&day)
    }

    /// P(order on that day | none before).
    pub(super) fn hazard(&self, day: usize, covariates: &[f64; COVARIATES]) -> f64 {
        let (intercepts, slopes) = self.values.split_at(self.days.len());
        let intercept = day.checked_sub(self.days.start).and_then(|at| intercepts.get(at)).copied();
        let sum: f64 = slopes.iter().zip(covariates).map(|(slope, covariate)| slope * covariate).sum();
        logistic(intercept.unwrap_or(0.0) + sum)
    }

    /// The step by the largest of 1, 1/2, 1/4, … that raises the likelihood.
    fn raise(&self, rows: &[AtRisk], step: &[f64], from: f64) -> Option<(Self, f64)> {
        let mut length = 1.0;
        for _ in 0..=MAX_HALVINGS {
            let values = self.values.iter().zip(step).map(|(value, step)| value + length * step).collect();
            let next = Self { days: self.days.clone(), values };
            let reached = next.penalised_log_likelihood(rows);
            if reached > from {
                return Some((next, reached));
            }
            length /= 2.0;
        }
        None
    }

    fn penalised_log_likelihood(&self, rows: &[AtRisk]) -> f64 {
        let sums = sum_in_chunks(rows.len(), 1, |range, sums| {
            for row in rows.get(range).unwrap_or_default() {
                if self.covers(usize::from(row.day)) {
                    let hazard = self.hazard(usize::from(row.day), &row.covariates.map(f64::from));
                    let chance = if row.ordered { hazard } else { 1.0 - hazard };
                    sums[0] += chance.max(f64::MIN_POSITIVE).ln();
                }
            }
        });
        let off =
            self.values.iter().zip(prior(self.days.len())).map(|(value, prior)| (value - prior).powi(2));
        sums[0] - PENALTY / 2.0 * off.sum::<f64>()
    }

    /// −H⁻¹ g; `None` where H is singular, which the penalty rules out but for lost precision.
    fn newton_step(&self, rows: &[AtRisk]) -> Option<Vec<f64>> {
        let (intercepts, n) = (self.days.len(), self.values.len());
        let mut sums = sum_in_chunks(rows.len(), n * n + n, |range, sums| {
            let (curvature, gradient) = sums.split_at_mut(n * n);
            for row in rows.get(range).unwrap_or_default() {
                let day = usize::from(row.day);
                if !self.covers(day) {
                    continue;
                }
                let (at, covariates) = (day - self.days.start, row.covariates.map(f64::from));
                let hazard = self.hazard(day, &covariates);
                let (residual, weight) = (f64::from(row.ordered) - hazard, hazard * (1.0 - hazard));
                gradient[at] += residual;
                curvature[at * n + at] += weight;
                for (i, first) in covariates.iter().enumerate() {
                    gradient[intercepts + i] += residual * first;
                    curvature[at * n + intercepts + i] += weight * first;
                    let line = &mut curvature[(intercepts + i) * n + intercepts..][..COVARIATES];
                    for (sum, second) in line.iter_mut().zip(&covariates).skip(i) {
                        *sum += weight * first * second;
                    }
                }
            }
        });
        let (curvature, gradient) = sums.split_at_mut(n * n);
        for (at, prior) in prior(intercepts).into_iter().enumerate() {
            curvature[at * n + at] += PENALTY;
            gradient[at] -= PENALTY * (self.values[at] - prior);
        }
        solve_in_place(curvature, gradient).ok().map(|()| gradient.to_vec())
    }
}

/// What the penalty pulls to: the first slope is 1, everything else 0.
fn prior(intercepts: usize) -> Vec<f64> {
    (0..intercepts + COVARIATES).map(|at| f64::from(at == intercepts)).collect()
}

fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn rows(count: usize, intercepts: [f64; 2], slopes: &[f64]) -> Vec<AtRisk> {
        let mut random = ChaCha8Rng::seed_from_u64(11);
        (0..count)
            .map(|at| {
                let day = (at % 2) as u8;
                let covariates: [f32; COVARIATES] =
                    std::array::from_fn(|_| random.random::<f32>() * 2.0 - 1.0);
                let sum: f64 = slopes.iter().zip(covariates).map(|(s, x)| s * f64::from(x)).sum();
                let hazard = logistic(intercepts[usize::from(day)] + sum);
                AtRisk { day, ordered: random.random::<f64>() < hazard, covariates }
            })
            .collect()
    }

    #[test]
    fn known_coefficients_are_found_again() {
        let fit = Coefficients::fit(0..2, &rows(60_000, [-1.0, 0.5], &[1.5, -0.7]));
        let want = [-1.0, 0.5, 1.5, -0.7, 0.0, 0.0];
        for (found, want) in fit.values.iter().zip(want) {
            assert!((found - want).abs() < 0.06, "{:?}", fit.values);
        }
    }

    #[test]
    fn without_rows_the_mixture_is_believed() {
        let fit = Coefficients::fit(7..14, &[]);
        let mut covariates = [0.3; COVARIATES];
        covariates[0] = -1.2;
        assert!((fit.hazard(9, &covariates) - logistic(-1.2)).abs() < 1e-12);
        assert!(fit.covers(7) && fit.covers(13) && !fit.covers(14));
    }

    #[test]
    fn a_perfectly_split_covariate_stays_finite() {
        let rows: Vec<AtRisk> = (0..200)
            .map(|at| {
                let mut covariates = [0.0; COVARIATES];
                covariates[0] = if at % 2 == 0 { 5.0 } else { -5.0 };
                AtRisk { day: 0, ordered: at % 2 == 0, covariates }
            })
            .collect();
        let fit = Coefficients::fit(0..1, &rows);
        assert!(fit.values.iter().all(|value| value.is_finite() && value.abs() < 10.0), "{:?}", fit.values);
    }
}
