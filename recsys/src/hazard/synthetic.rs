//! Shops of made-up customers for the tests of hazards and imputation: the truth behind every 30 is known.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    gaps::{CENSORED_AT, GapTable},
    tempo::Family,
};

/// What customers do: gaps of a family and a shape, around a scale of their own.
pub(crate) struct Shop {
    pub(crate) customers: usize,
    pub(crate) family: Family,
    pub(crate) shape: f64,
    pub(crate) seed: u64,
}

/// Gaps as they are seen, and the true days behind the censored ones.
pub(crate) struct Made {
    pub(crate) gaps: GapTable,
    pub(crate) truth: Vec<Vec<f64>>,
}

/// Simulates 3 to 20 gaps a customer, with scales log-normal around 14 days.
pub(crate) fn shop(shop: &Shop) -> Made {
    let mut random = ChaCha8Rng::seed_from_u64(shop.seed);
    let (mut gaps, mut truth) = (GapTable::new(), Vec::new());
    for _ in 0..shop.customers {
        let scale = (14.0_f64.ln() + 0.6 * normal(&mut random)).exp();
        let days: Vec<f64> = (0..random.random_range(3..=20)).map(|_| shop.gap(scale, &mut random)).collect();
        let seen: Vec<u8> = days.iter().map(|days| days.min(f64::from(CENSORED_AT)) as u8).collect();
        gaps.push(&seen).unwrap();
        truth.push(days.into_iter().filter(|days| *days >= f64::from(CENSORED_AT)).collect());
    }
    Made { gaps, truth }
}

impl Shop {
    fn gap(&self, scale: f64, random: &mut ChaCha8Rng) -> f64 {
        let uniform: f64 = 1.0 - random.random::<f64>();
        let ratio = match self.family {
            Family::Weibull => (-uniform.ln()).powf(1.0 / self.shape),
            Family::LogLogistic => (1.0 / uniform - 1.0).powf(1.0 / self.shape),
            Family::LogNormal => (normal(random) / self.shape).exp(),
        };
        (scale * ratio).floor()
    }
}

fn normal(random: &mut ChaCha8Rng) -> f64 {
    let (radius, angle): (f64, f64) = (1.0 - random.random::<f64>(), random.random());
    (-2.0 * radius.ln()).sqrt() * (2.0 * std::f64::consts::PI * angle).cos()
}
