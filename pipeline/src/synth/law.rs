//! The laws that the orders follow: how many orders, how large, how far apart, on which day and hour, how much is new.
//!
//! Counts are the public histograms of the full Instacart data (3,421,083 orders of 206,209 customers). Where a law has
//! parameters they were fitted once to those histograms by least squares or proportional fitting; the test of the
//! marginals holds what comes out. Gaps in days, hours 0 to 23, day of week 0 to 6.
//!
//! Uncensored gaps (the truth behind the 30s): gamma of shape [`GAP_SHAPE`] with the customer's own mean, times
//! [`GAP_FACTOR`] below 30 days and a weekly wave above, up to [`MAX_GAP_DAYS`].

use super::dice::Dice;

/// Fewest and most orders of a customer, as in the public data.
pub(super) const ORDERS_RANGE: (u16, u16) = (4, 100);
/// Customers at the cap of 100 orders: 1,374 of 206,209.
const SHARE_AT_CAP: f64 = 1_374.0 / 206_209.0;
/// Customers whose last order is `train`: 131,209 of 206,209.
pub(super) const TRAIN_SHARE: f64 = 131_209.0 / 206_209.0;
/// Largest basket, as in the public data.
pub(super) const MAX_BASKET: usize = 145;
/// Orders by hour of day, 0 to 23.
const HOUR_COUNTS: [u32; 24] = [
    22_758, 12_398, 7_539, 5_474, 5_527, 9_569, 30_529, 91_868, 178_201, 257_812, 288_418, 284_728, 272_841,
    277_999, 283_042, 283_639, 272_553, 228_795, 182_912, 140_569, 104_292, 78_109, 61_468, 40_043,
];
/// Gaps are censored here: 30 stands for 30 days or more.
pub(super) const CENSORED_AT: u16 = 30;
/// Longest uncensored gap; the gamma's mass beyond is under one in a thousand for the slowest customers.
const MAX_GAP_DAYS: usize = 180;
/// Shape of the gamma that the gaps of one customer follow.
const GAP_SHAPE: f64 = 1.5;
/// Multiplies the gamma at 0 to 29 days: shoppers like whole weeks, and few come back on the same day.
const GAP_FACTOR: [f64; 30] = [
    0.233, 0.456, 0.684, 0.9, 1.075, 1.193, 1.524, 2.206, 1.484, 1.093, 0.986, 0.926, 0.952, 1.143, 1.409,
    1.076, 0.837, 0.769, 0.754, 0.776, 0.936, 1.147, 0.899, 0.747, 0.703, 0.688, 0.724, 0.905, 1.129, 0.899,
];
/// Multiplies the gamma from 30 days on, by days modulo 7: the wave of the weeks goes on where nobody can see it.
const GAP_TAIL_WAVE: [f64; 7] = [1.477, 1.149, 0.930, 0.930, 0.930, 0.985, 1.258];
/// Mean uncensored gap in days at some numbers of orders; in between log-log linear. Who orders more comes back sooner.
const MEAN_GAP_AT: [(f64, f64); 8] = [
    (4.0, 31.6),
    (6.0, 24.1),
    (9.0, 24.15),
    (14.0, 17.4),
    (22.0, 13.1),
    (36.0, 9.8),
    (60.0, 4.8),
    (100.0, 2.3),
];
/// Standard deviation of the log of a customer's mean gap around that.
const MEAN_GAP_SPREAD: f64 = 0.30;
/// Tempo classes: mean gaps from the first value on, each longer by the ratio.
const TEMPO_CLASSES: usize = 44;
const TEMPO_FIRST: f64 = 2.2;
const TEMPO_RATIO: f64 = 1.09;
/// Relative wish to order on each day of the week, fitted so that the days come out as in the public data
/// (600905, 587478, 467260, 436972, 426339, 453368, 448761).
const DAY_WEIGHT: [f64; 7] = [1.0, 0.9698, 0.7922, 0.7493, 0.7345, 0.7789, 0.7713];
/// Correlation of the sizes of one customer's baskets, on the normal scale: between-customer variance of log size over
/// all of it (0.43 of 0.74), square root.
const SIZE_CORRELATION: f64 = 0.76;
/// Chance that a line of a customer's n-th order is a re-order: logistic of `base + slope ln(n - 1)` plus a trait of the
/// customer; 0.28 at the second order, 0.8 at the fiftieth. `base` is set so that 59.0 % of all lines are re-orders.
const REORDER_BASE: f64 = -0.96;
const REORDER_SLOPE: f64 = 0.71;

/// The laws as tables to draw from.
pub(super) struct Law {
    orders_edges: Vec<f64>,
    basket_edges: Vec<f64>,
    hours: Vec<f32>,
    days: Vec<f32>,
    gaps: Vec<Vec<f32>>,
}

impl Law {
    /// Computes the tables.
    pub(super) fn build() -> Self {
        Self {
            orders_edges: edges(&orders_weights()),
            basket_edges: edges(&basket_weights()),
            hours: super::dice::cumulate(HOUR_COUNTS.iter().map(|&count| f64::from(count))),
            days: super::dice::cumulate(DAY_WEIGHT),
            gaps: (0..TEMPO_CLASSES)
                .map(|class| gap_table(TEMPO_FIRST * TEMPO_RATIO.powi(class as i32)))
                .collect(),
        }
    }

    /// Orders of the customer at a quantile in (0, 1) of the orders-a-customer law.
    pub(super) fn orders_at(&self, quantile: f64) -> u16 {
        let steps = self.orders_edges.partition_point(|&edge| edge < quantile) as u16;
        (ORDERS_RANGE.0 + steps).min(ORDERS_RANGE.1)
    }

    /// Lines of a basket; `liking` is the customer's own standard normal trait for large baskets.
    pub(super) fn basket_size(&self, liking: f64, dice: &mut Dice) -> usize {
        let own = (1.0 - SIZE_CORRELATION * SIZE_CORRELATION).sqrt();
        let quantile = normal_cdf(SIZE_CORRELATION * liking + own * dice.normal());
        (1 + self.basket_edges.partition_point(|&edge| edge < quantile)).min(MAX_BASKET)
    }

    /// The tempo class of a customer with that many orders.
    pub(super) fn tempo(&self, orders: u16, dice: &mut Dice) -> usize {
        let log_mean = interpolate_log(f64::from(orders)) + MEAN_GAP_SPREAD * dice.normal();
        let class = ((log_mean - TEMPO_FIRST.ln()) / TEMPO_RATIO.ln()).round();
        class.clamp(0.0, (TEMPO_CLASSES - 1) as f64) as usize
    }

    /// An hour of the day after the overall curve.
    pub(super) fn hour(&self, dice: &mut Dice) -> u8 {
        dice.pick(&self.hours) as u8
    }

    /// An hour near a favourite one. A Metropolis step: favourites that follow the overall curve keep it.
    pub(super) fn hour_near(&self, favourite: u8, dice: &mut Dice) -> u8 {
        let step = [22, 23, 1, 2].get(dice.below(4)).copied().unwrap_or(1);
        let proposed = (favourite + step) % 24;
        let (from, to) = (hour_count(favourite), hour_count(proposed));
        if dice.uniform() * from < to { proposed } else { favourite }
    }

    /// A favourite day of the week.
    pub(super) fn day(&self, dice: &mut Dice) -> u8 {
        dice.pick(&self.days) as u8
    }

    /// Days to the next order after one on `day`, and its day of the week: the tempo's gap law times the wish for the
    /// day it leads to (by rejection). `other_days` is the weight of a day that is not the customer's favourite.
    pub(super) fn gap(
        &self,
        tempo: usize,
        day: u8,
        favourite: u8,
        other_days: f64,
        dice: &mut Dice,
    ) -> (u16, u8) {
        let Some(table) = self.gaps.get(tempo) else { return (CENSORED_AT, day) };
        loop {
            let gap = dice.pick(table) as u16;
            let next = ((u16::from(day) + gap) % 7) as u8;
            if dice.uniform() < day_wish(next, favourite, other_days) {
                return (gap, next);
            }
        }
    }

    /// The day of the week of a customer's first order.
    pub(super) fn first_day(&self, favourite: u8, other_days: f64, dice: &mut Dice) -> u8 {
        loop {
            let day = dice.below(7) as u8;
            if dice.uniform() < day_wish(day, favourite, other_days) {
                return day;
            }
        }
    }

    /// The chance that a line of order number `order` (from 2 on) is a re-order.
    pub(super) fn reorder_chance(&self, order: u16, habit: f64) -> f64 {
        logistic(REORDER_BASE + REORDER_SLOPE * f64::from(order.max(2) - 1).ln() + habit)
    }
}

/// 1 / (1 + e^-x).
pub(super) fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn day_wish(day: u8, favourite: u8, other_days: f64) -> f64 {
    let own = if day == favourite { 1.0 } else { other_days };
    own * DAY_WEIGHT.get(usize::from(day)).copied().unwrap_or(0.0)
}

fn hour_count(hour: u8) -> f64 {
    f64::from(HOUR_COUNTS.get(usize::from(hour)).copied().unwrap_or(0))
}

/// (n + 2.665)^-1.287 e^(-0.02624 n), fitted to the public counts at 4 to 10 orders, the mean of 16.59, the standard
/// deviation of 16.65 and the quartiles 6, 10 and 20; the mass at the cap is put in by hand.
fn orders_weights() -> Vec<f64> {
    let mut weights: Vec<f64> = (ORDERS_RANGE.0..ORDERS_RANGE.1)
        .map(|n| (f64::from(n) + 2.665).powf(-1.287) * (-0.026_24 * f64::from(n)).exp())
        .collect();
    let below_cap: f64 = weights.iter().sum();
    weights.push(below_cap * SHARE_AT_CAP / (1.0 - SHARE_AT_CAP));
    weights
}

/// (s + 1.842)^1.7006 exp(-0.3639 s^0.8742), fitted to the public mean of 10.107, median of 8, standard deviation of 7.5
/// and the shares of the sizes 1 to 6.
fn basket_weights() -> Vec<f64> {
    (1..=MAX_BASKET)
        .map(|s| s as f64)
        .map(|s| (s + 1.842).powf(1.700_6) * (-0.363_9 * s.powf(0.874_2)).exp())
        .collect()
}

fn gap_table(mean: f64) -> Vec<f32> {
    super::dice::cumulate((0..=MAX_GAP_DAYS).map(|days| {
        let middle = days as f64 + 0.5;
        let gamma = middle.powf(GAP_SHAPE - 1.0) * (-middle * GAP_SHAPE / mean).exp();
        let wave = GAP_TAIL_WAVE.get(days % 7).copied().unwrap_or(1.0);
        gamma * GAP_FACTOR.get(days).copied().unwrap_or(wave)
    }))
}

fn interpolate_log(orders: f64) -> f64 {
    let x = orders.ln();
    let logs = MEAN_GAP_AT.map(|(orders, mean)| (orders.ln(), mean.ln()));
    for pair in logs.windows(2) {
        if let [(x0, y0), (x1, y1)] = *pair
            && x <= x1
        {
            return y0 + (y1 - y0) * ((x - x0) / (x1 - x0)).max(0.0);
        }
    }
    logs.last().map_or(0.0, |&(_, y)| y)
}

/// The upper edges of all but the last class, as quantiles.
fn edges(weights: &[f64]) -> Vec<f64> {
    let total: f64 = weights.iter().sum();
    let mut sum = 0.0;
    let mut edges: Vec<f64> = weights
        .iter()
        .map(|weight| {
            sum += weight;
            sum / total
        })
        .collect();
    edges.pop();
    edges
}

/// The standard normal distribution function, error below 7.5e-8 (Abramowitz and Stegun 26.2.17).
fn normal_cdf(z: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.231_641_9 * z.abs());
    let poly = t
        * (0.319_381_530
            + t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
    let tail = poly * (-0.5 * z * z).exp() * 0.398_942_280_401;
    if z < 0.0 { tail } else { 1.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_cdf_meets_the_printed_table() {
        for (z, want) in [(0.0, 0.5), (1.0, 0.841_344_7), (-1.96, 0.024_997_9), (3.0, 0.998_650_1)] {
            assert!((normal_cdf(z) - want).abs() < 1e-6, "{z}: {}", normal_cdf(z));
        }
    }

    #[test]
    fn orders_a_customer_have_the_public_mean_median_and_range() {
        let law = Law::build();
        let n = 100_000;
        let counts: Vec<u16> = (0..n).map(|i| law.orders_at((f64::from(i) + 0.5) / f64::from(n))).collect();
        let mean = counts.iter().map(|&c| f64::from(c)).sum::<f64>() / f64::from(n);
        assert!((mean / 16.59 - 1.0).abs() < 0.005, "{mean}");
        assert_eq!((counts[0], counts[50_000], counts[99_999]), (4, 10, 100));
    }

    #[test]
    fn a_gap_moves_the_day_of_the_week_by_as_many_days() {
        let law = Law::build();
        let mut dice = Dice::new(3, 0);
        for _ in 0..1_000 {
            let (gap, next) = law.gap(20, 3, 1, 0.5, &mut dice);
            assert_eq!((3 + gap) % 7, u16::from(next));
            assert!(usize::from(gap) <= MAX_GAP_DAYS);
        }
    }

    #[test]
    fn habits_of_the_hour_keep_the_overall_curve() {
        let law = Law::build();
        let mut dice = Dice::new(4, 0);
        let n = 400_000;
        let at_ten = (0..n).filter(|_| {
            let favourite = law.hour(&mut dice);
            law.hour_near(favourite, &mut dice) == 10
        });
        let share = at_ten.count() as f64 / f64::from(n);
        assert!((share / 0.0843 - 1.0).abs() < 0.03, "{share}");
    }
}
