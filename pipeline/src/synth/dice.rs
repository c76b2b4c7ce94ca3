//! Random draws of the generator: one independent, reproducible stream a customer.
//!
//! ChaCha with 8 rounds: its (seed, stream) addressing gives customer n the same numbers on whichever thread it runs.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A stream of draws.
pub(super) struct Dice {
    rng: ChaCha8Rng,
    spare_normal: Option<f64>,
}

impl Dice {
    /// Stream number `stream` of `seed`.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self { rng, spare_normal: None }
    }

    /// Uniform over all 64-bit words.
    pub(super) fn word(&mut self) -> u64 {
        self.rng.next_u64()
    }

    /// Uniform in [0, 1), 53 bits.
    pub(super) fn uniform(&mut self) -> f64 {
        (self.rng.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Uniform in [0, 1), 24 bits: enough to choose among a few thousand, half the price.
    pub(super) fn coarse(&mut self) -> f32 {
        (self.rng.next_u32() >> 8) as f32 / (1u32 << 24) as f32
    }

    /// Uniform in 0..n; `n` is at least 1 and below 2^32.
    pub(super) fn below(&mut self, n: usize) -> usize {
        ((u64::from(self.rng.next_u32()) * n as u64) >> 32) as usize
    }

    /// True with probability `p`.
    pub(super) fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    /// Standard normal (Marsaglia's polar method).
    pub(super) fn normal(&mut self) -> f64 {
        if let Some(spare) = self.spare_normal.take() {
            return spare;
        }
        loop {
            let (x, y) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let s = x * x + y * y;
            if s > 0.0 && s < 1.0 {
                let factor = (-2.0 * s.ln() / s).sqrt();
                self.spare_normal = Some(y * factor);
                return x * factor;
            }
        }
    }

    /// An index of a cumulative weight list (ascending, the last entry is the total).
    pub(super) fn pick(&mut self, cumulative: &[f32]) -> usize {
        let total = cumulative.last().copied().unwrap_or(0.0);
        let at = self.coarse() * total;
        cumulative.partition_point(|&edge| edge <= at).min(cumulative.len().saturating_sub(1))
    }
}

/// The running totals of a weight list, for [`Dice::pick`].
pub(super) fn cumulate(weights: impl IntoIterator<Item = f64>) -> Vec<f32> {
    let mut total = 0.0;
    weights
        .into_iter()
        .map(|weight| {
            total += weight;
            total as f32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_stream_repeats_and_another_differs() {
        let draw = |seed, stream| Dice::new(seed, stream).word();
        assert_eq!(draw(7, 1), draw(7, 1));
        assert_ne!(draw(7, 1), draw(7, 2));
        assert_ne!(draw(7, 1), draw(8, 1));
    }

    #[test]
    fn normal_draws_have_mean_zero_and_variance_one() {
        let mut dice = Dice::new(1, 0);
        let draws: Vec<f64> = (0..100_000).map(|_| dice.normal()).collect();
        let mean = draws.iter().sum::<f64>() / 1e5;
        let variance = draws.iter().map(|z| z * z).sum::<f64>() / 1e5;
        assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
    }

    #[test]
    fn picks_follow_the_weights_and_never_take_a_weight_of_zero() {
        let cumulative = cumulate([1.0, 0.0, 3.0]);
        let mut dice = Dice::new(2, 0);
        let mut counts = [0; 3];
        for _ in 0..40_000 {
            counts[dice.pick(&cumulative)] += 1;
        }
        assert_eq!(counts[1], 0);
        assert!((counts[2] as f64 / counts[0] as f64 - 3.0).abs() < 0.15, "{counts:?}");
    }
}
