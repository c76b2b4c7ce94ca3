//! How many orders to expect within a horizon: the next gap, and the gaps after it.
//!
//! The next gap follows the hazard model; each gap after it is a fresh draw of the customer's tempo. Within 29 days only
//! what was observed counts; beyond, the tail of the tempo mixture does, which is an assumption.
//! Renewal equation: m(h) = F(h) + Σ p(d) m(h − d), solved forward (Feller, vol. 1, chapter XIII).

use super::{
    gaps::DAYS,
    model::NextOrder,
    tempo::{MAX_GAP_DAYS, TEMPOS, TempoMixture},
};

/// Orders expected of each tempo, by days.
#[derive(Debug, Clone)]
pub struct Renewal {
    tempo: TempoMixture,
    /// m(h) by horizon 0 to the longest, then by tempo.
    orders: Vec<[f64; TEMPOS]>,
}

/// What is expected of a customer within a horizon.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Outlook {
    /// P(no order within the horizon).
    pub no_order: f64,
    /// Mean number of orders within the horizon.
    pub orders: f64,
}

impl Renewal {
    /// Prepares horizons of up to `longest` days, at most [`MAX_GAP_DAYS`].
    pub fn new(tempo: &TempoMixture, longest: usize) -> Self {
        let longest = longest.min(MAX_GAP_DAYS);
        let by_tempo: Vec<Vec<f64>> =
            (0..TEMPOS).map(|at| expected_orders(&tempo.gap_of(at), longest)).collect();
        let orders = (0..=longest).map(|h| std::array::from_fn(|at| by_tempo[at][h])).collect();
        Self { tempo: tempo.clone(), orders }
    }

    /// The outlook within a horizon, held at the longest that was prepared. Day 0 is the day of the last order.
    pub fn within(&self, next: &NextOrder, horizon_days: usize) -> Outlook {
        let horizon = horizon_days.min(self.orders.len().saturating_sub(1));
        let (mut waiting, mut orders, mut no_order) = (1.0, 0.0, 1.0);
        // One order on that day, and those that follow it in the days that are left.
        let mut order_on = |day: usize, chance: f64| {
            orders += chance * (1.0 + self.after(&next.posterior, horizon - day));
            no_order -= chance;
        };
        for (day, hazard) in next.hazard.iter().enumerate().take(horizon + 1) {
            order_on(day, waiting * hazard);
            waiting *= 1.0 - hazard;
        }
        if horizon >= DAYS {
            let tail = self.tempo.tail_of_next(&next.posterior);
            let mut before = 0.0;
            for (day, upto) in (DAYS..=horizon).zip(&tail) {
                order_on(day, waiting * (upto - before));
                before = *upto;
            }
        }
        Outlook { no_order: no_order.clamp(0.0, 1.0), orders }
    }

    fn after(&self, posterior: &[f64; TEMPOS], days: usize) -> f64 {
        let by_tempo = self.orders.get(days);
        by_tempo.map_or(0.0, |orders| orders.iter().zip(posterior).map(|(m, weight)| m * weight).sum())
    }
}

/// m(h) for the horizons 0 to `longest`, of gaps with P(gap = day) = `chances[day]`.
fn expected_orders(chances: &[f64], longest: usize) -> Vec<f64> {
    let same_day = chances.first().copied().unwrap_or(0.0).min(1.0 - 1e-9);
    let (mut upto, mut expected) = (0.0, Vec::with_capacity(longest + 1));
    for horizon in 0..=longest {
        upto += chances.get(horizon).copied().unwrap_or(0.0);
        let later: f64 =
            (1..=horizon).map(|day| chances.get(day).copied().unwrap_or(0.0) * expected[horizon - day]).sum();
        // m(h) stands on both sides through gaps of 0 days.
        expected.push((upto + later) / (1.0 - same_day));
    }
    expected
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(chances: &[f64], longest: usize, want: &[f64]) {
        let found = expected_orders(chances, longest);
        for (found, want) in found.iter().zip(want) {
            assert!((found - want).abs() < 1e-9, "{found} is not {want}");
        }
        assert_eq!(found.len(), longest + 1);
    }

    #[test]
    fn an_order_every_other_day_is_half_as_many_as_days() {
        check(&[0.0, 0.0, 1.0], 6, &[0.0, 0.0, 1.0, 1.0, 2.0, 2.0, 3.0]);
    }

    #[test]
    fn a_constant_hazard_gives_a_constant_rate() {
        // P(gap = d) = q (1 − q)^(d − 1) from day 1 on: q orders a day.
        let q: f64 = 0.2;
        let chances: Vec<f64> =
            (0..60).map(|d| if d == 0 { 0.0 } else { q * (1.0 - q).powi(d - 1) }).collect();
        check(&chances, 30, &(0..=30).map(|h| q * f64::from(h)).collect::<Vec<_>>());
    }

    #[test]
    fn orders_on_the_same_day_are_counted() {
        // Half of the gaps are 0, the others never end: 1/2 + 1/4 + … = 1.
        check(&[0.5], 3, &[1.0; 4]);
    }
}
