//! The hazard of the next order, day by day: a mixture of tempos, corrected by a logistic regression.
//!
//! ```text
//! gaps so far ─> TempoMixture ─> log odds of each day ─┐
//!            └─> last gap, recent gaps, own days … ────┴─> logistic, a week at a time ─> P(order on day | none before)
//! ```
//! Learnt from the last few gaps of each customer, each told from the gaps before it; censored gaps are at risk through
//! day 29 and then leave. Day 0 is the day of the last order, with which every customer's file ends.

use std::ops::Range;

use rayon::prelude::*;
use serde::Serialize;

use super::{
    families::{FamilyFit, best_family, compare_families},
    gaps::{CENSORED_AT, DAYS, GapTable},
    logistic::{AtRisk, Coefficients},
    rhythm::Rhythm,
    tempo::{TEMPOS, TempoMixture},
};
use crate::{RecsysError, error::require};

/// Days that share slopes: what a long last gap means for the first week is not what it means for the fourth.
const BANDS: [Range<usize>; 4] = [0..7, 7..14, 14..21, 21..DAYS];

/// What shapes the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct HazardParams {
    /// Customers that it is learnt from, at most; a seeded draw where there are more.
    pub fit_customers: usize,
    /// Gaps of a customer that the regression is taught to tell, the last ones.
    pub targets: usize,
    /// Of the draws.
    pub seed: u64,
}

/// A fitted hazard.
#[derive(Debug, Clone)]
pub struct HazardModel {
    tempo: TempoMixture,
    compared: Vec<FamilyFit>,
    mean_log_gap: f64,
    bands: Vec<Coefficients>,
}

/// What is expected of a customer's next gap.
#[derive(Debug, Clone, PartialEq)]
pub struct NextOrder {
    /// P(order on that day | none before), for the days 0 to 29.
    pub hazard: [f64; DAYS],
    /// What is known of the customer's tempo.
    pub posterior: [f64; TEMPOS],
}

impl NextOrder {
    /// P(no order within that many days): the gap is longer. Days beyond 29 are held at 29.
    pub fn no_order_within(&self, days: usize) -> f64 {
        self.hazard.iter().take(days.saturating_add(1)).map(|hazard| 1.0 - hazard).product()
    }
}

impl HazardModel {
    /// Fits on all gaps in the table.
    pub fn fit(gaps: &GapTable, params: &HazardParams) -> Result<Self, RecsysError> {
        require(params.fit_customers >= 1, "fit_customers", params.fit_customers, "at least 1")?;
        require(params.targets >= 1, "targets", params.targets, "at least 1")?;
        let sample = gaps.sample(params.fit_customers, params.seed);
        // A draw without a single gap cannot teach anything; all customers can.
        let learnt_from = if sample.gaps().is_empty() { gaps } else { &sample };
        let compared = compare_families(learnt_from, params.seed)?;
        let tempo = TempoMixture::fit(learnt_from, None, best_family(&compared))?;
        let all = learnt_from.gaps();
        let mean_log_gap = all.iter().map(|gap| f64::from(*gap).ln_1p()).sum::<f64>() / all.len() as f64;
        let rows: Vec<AtRisk> = (0..learnt_from.len())
            .into_par_iter()
            .flat_map_iter(|at| rows_of(&tempo, mean_log_gap, learnt_from.customer(at), params.targets))
            .collect();
        let bands = BANDS.into_iter().map(|days| Coefficients::fit(days, &rows)).collect();
        Ok(Self { tempo, compared, mean_log_gap, bands })
    }

    /// The mixture behind it.
    pub fn tempo(&self) -> &TempoMixture {
        &self.tempo
    }

    /// The families that were compared for it.
    pub fn compared(&self) -> &[FamilyFit] {
        &self.compared
    }

    /// The next gap of a customer with these gaps so far, of whom there may be none.
    pub fn next_order(&self, gaps: &[u8]) -> NextOrder {
        let rhythm = Rhythm::of(&self.tempo, self.mean_log_gap, gaps, gaps.len());
        let hazard = std::array::from_fn(|day| {
            let band = self.bands.iter().find(|band| band.covers(day));
            band.map_or(0.0, |band| band.hazard(day, &rhythm.on(day)))
        });
        NextOrder { hazard, posterior: rhythm.posterior }
    }

    /// The same by the mixture alone, without the regression.
    pub fn next_order_by_tempo(&self, gaps: &[u8]) -> NextOrder {
        let (posterior, _) = self.tempo.posterior(gaps);
        let next = self.tempo.next_gap(&posterior);
        let mut left = 1.0_f64;
        let hazard = std::array::from_fn(|day| {
            let hazard = (next[day] / left.max(1e-12)).min(1.0);
            left -= next[day];
            hazard
        });
        NextOrder { hazard, posterior }
    }
}

/// The last gaps of a customer, each day on which they were at risk.
fn rows_of(tempo: &TempoMixture, mean_log_gap: f64, gaps: &[u8], targets: usize) -> Vec<AtRisk> {
    // A first gap has nothing before it; it teaches only where it is all there is.
    let first = gaps.len().saturating_sub(targets).max(usize::from(gaps.len() > 1));
    let mut rows = Vec::new();
    for at in first..gaps.len() {
        let Some((history, [target, ..])) = gaps.split_at_checked(at) else { continue };
        let rhythm = Rhythm::of(tempo, mean_log_gap, history, gaps.len());
        for day in 0..=(*target).min(CENSORED_AT - 1) {
            let covariates = rhythm.on(usize::from(day)).map(|covariate| covariate as f32);
            rows.push(AtRisk { day, ordered: day == *target, covariates });
        }
    }
    rows
}
