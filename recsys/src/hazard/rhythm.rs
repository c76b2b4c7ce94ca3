//! The covariates of the hazard: what a customer's gaps so far say about each day of the next one.
//!
//! Nothing of the gap that is asked about goes in, and nothing but gaps: an id says nothing, and baskets added nothing.

use super::{
    gaps::{CENSORED_AT, DAYS},
    tempo::{TEMPOS, TempoMixture},
};

/// Covariates of a day: two of the day, then [`LEVELS`] of the customer.
pub(super) const COVARIATES: usize = 2 + LEVELS;

/// Covariates that do not change from day to day.
const LEVELS: usize = 8;

/// Gaps that count as recent.
const RECENT: usize = 5;

/// Weight of the mixture against the customer's own counts in the own hazard of a day, in gaps at risk.
const OWN_PRIOR: f64 = 4.0;

/// Weight of the population's mean log gap against the customer's own, in gaps.
const LEVEL_PRIOR: f64 = 2.0;

/// Log odds are held within these: a hazard of 3 in a million says no less than one of 0.
const MAX_LOG_ODDS: f64 = 12.0;

/// What a customer's history says.
#[derive(Debug, Clone)]
pub(super) struct Rhythm {
    /// What is known of the tempo.
    pub(super) posterior: [f64; TEMPOS],
    days: [[f64; 2]; DAYS],
    levels: [f64; LEVELS],
}

impl Rhythm {
    /// Reads a history. `mean_log_gap` is the population's mean of ln(1 + gap), `in_file` how many gaps the customer's
    /// file holds.
    pub(super) fn of(tempo: &TempoMixture, mean_log_gap: f64, gaps: &[u8], in_file: usize) -> Self {
        let (posterior, _) = tempo.posterior(gaps);
        let next = tempo.next_gap(&posterior);
        let mut events = [0.0; DAYS + 1];
        for gap in gaps {
            if let Some(count) = events.get_mut(usize::from(*gap)) {
                *count += 1.0;
            }
        }
        let (mut chance_left, mut at_risk) = (1.0_f64, gaps.len() as f64);
        let days = std::array::from_fn(|day| {
            let mixed = (next[day] / chance_left.max(1e-12)).clamp(1e-6, 1.0 - 1e-6);
            let own = (events[day] + OWN_PRIOR * mixed) / (at_risk + OWN_PRIOR);
            chance_left -= next[day];
            at_risk -= events[day];
            [log_odds(mixed), log_odds(own) - log_odds(mixed)]
        });
        Self { posterior, days, levels: levels(&posterior, mean_log_gap, gaps, in_file) }
    }

    /// The covariates of a day, 0 to 29; the first is the mixture's log odds of an order on that day.
    pub(super) fn on(&self, day: usize) -> [f64; COVARIATES] {
        let of_day = self.days.get(day).copied().unwrap_or_default();
        std::array::from_fn(|at| if at < 2 { of_day[at] } else { self.levels[at - 2] })
    }
}

fn levels(posterior: &[f64; TEMPOS], mean_log_gap: f64, gaps: &[u8], in_file: usize) -> [f64; LEVELS] {
    let log = |gap: &u8| f64::from(*gap).ln_1p();
    let n = gaps.len() as f64;
    let usual = (gaps.iter().map(log).sum::<f64>() + LEVEL_PRIOR * mean_log_gap) / (n + LEVEL_PRIOR);
    let against_usual = |gap: Option<&u8>| gap.map_or(0.0, |gap| log(gap) - usual);
    let recent = &gaps[gaps.len().saturating_sub(RECENT)..];
    let recent = if recent.is_empty() {
        0.0
    } else {
        recent.iter().map(log).sum::<f64>() / recent.len() as f64 - usual
    };
    let censored = gaps.iter().filter(|gap| **gap == CENSORED_AT).count() as f64;
    [
        TempoMixture::mean_log_scale(posterior) - mean_log_gap,
        against_usual(gaps.last()),
        against_usual(gaps.iter().rev().nth(1)),
        recent,
        (in_file as f64).ln_1p() - 2.5,
        if n > 0.0 { censored / n } else { 0.0 },
        f64::from(gaps.last() == Some(&CENSORED_AT)),
        f64::from(in_file <= gaps.len() + 1),
    ]
}

fn log_odds(chance: f64) -> f64 {
    (chance / (1.0 - chance)).ln().clamp(-MAX_LOG_ODDS, MAX_LOG_ODDS)
}
