//! The upper tail of the hypergeometric distribution: the one-sided exact test of Fisher.
//!
//! P(X ≥ k) where X counts how many of `n_a` orders drawn from `n` are among the `n_b` marked ones. One probability
//! comes from log-factorials (Stirling's series), the others from the ratio of neighbours; the shorter tail is summed.
//! Relative error about 1e-7 at millions of orders; below 1e-308 the result is 0.

/// ln n!, exact by a product up to 20, then Stirling's series (error below 1e-15 relative from there on).
fn ln_factorial(n: u64) -> f64 {
    if n <= 20 {
        return (2..=n).map(|i| i as f64).product::<f64>().ln();
    }
    let x = n as f64;
    let x2 = x * x;
    let correction = (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1_260.0 - 1.0 / (1_680.0 * x2)) / x2) / x2) / x;
    (x + 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + correction
}

fn ln_choose(n: u64, k: u64) -> f64 {
    ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k)
}

/// P(X ≥ k). Expects k ≤ min(n_a, n_b), n_a ≤ n, n_b ≤ n and n_a + n_b − k ≤ n (the caller checks).
pub(crate) fn upper_tail(n_a: u64, n_b: u64, k: u64, n: u64) -> f64 {
    let least = (n_a + n_b).saturating_sub(n);
    if k <= least {
        return 1.0;
    }
    let probability = |x: u64| (ln_choose(n_a, x) + ln_choose(n - n_a, n_b - x) - ln_choose(n, n_b)).exp();
    let (a, b, rest) = (n_a as f64, n_b as f64, n as f64 - n_a as f64 - n_b as f64);
    // p(x + 1) / p(x)
    let ratio = |x: f64| (a - x) * (b - x) / ((x + 1.0) * (rest + x + 1.0));
    let mean = a * b / n as f64;
    let tail = if k as f64 > mean {
        let most = n_a.min(n_b);
        sum_tail(probability(k), (k..most).map(|x| ratio(x as f64)))
    } else {
        1.0 - sum_tail(probability(k - 1), (least..k - 1).rev().map(|x| 1.0 / ratio(x as f64)))
    };
    tail.clamp(0.0, 1.0)
}

/// Adds terms that each are the last one times a factor below 1, until they no longer change the sum.
fn sum_tail(first: f64, factors: impl Iterator<Item = f64>) -> f64 {
    let (mut term, mut sum) = (first, first);
    for factor in factors {
        term *= factor;
        let next = sum + term;
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lady_tasting_tea_has_her_known_p_values() {
        // Fisher 1935: 8 cups, 4 of a kind. P(4 right) = 1/70, P(≥ 3) = 17/70, P(≥ 2) = 53/70.
        for (right, expected) in
            [(4, 1.0 / 70.0), (3, 17.0 / 70.0), (2, 53.0 / 70.0), (1, 69.0 / 70.0), (0, 1.0)]
        {
            let found = upper_tail(4, 4, right, 8);
            assert!((found - expected).abs() < 1e-14, "{right}: {found} {expected}");
        }
    }

    #[test]
    fn log_factorials_agree_with_products() {
        for n in [0_u64, 1, 5, 20, 21, 22, 50, 150] {
            let expected: f64 = (2..=n).map(|i| (i as f64).ln()).sum();
            assert!((ln_factorial(n) - expected).abs() <= 1e-13 * expected.max(1.0), "{n}");
        }
    }

    #[test]
    fn both_tails_meet_around_the_mean() {
        // P(X ≥ k) − P(X ≥ k + 1) must be p(k) on both sides of the mean of 60, where the method changes.
        for k in 50..70 {
            let p = (ln_choose(300, k) + ln_choose(700, 200 - k) - ln_choose(1_000, 200)).exp();
            let found = upper_tail(300, 200, k, 1_000) - upper_tail(300, 200, k + 1, 1_000);
            assert!((found - p).abs() < 1e-12, "{k}: {found} {p}");
        }
    }

    #[test]
    fn what_must_happen_has_probability_one() {
        assert_eq!(upper_tail(8, 7, 5, 10), 1.0);
        assert_eq!(upper_tail(3, 3, 0, 10), 1.0);
    }

    #[test]
    fn millions_of_orders_are_no_trouble() {
        let p = upper_tail(480_000, 400_000, 56_500, 3_400_000);
        assert!(p > 0.0 && p < 0.6, "{p}");
        assert_eq!(upper_tail(480_000, 400_000, 100_000, 3_400_000), 0.0);
        assert_eq!(upper_tail(480_000, 400_000, 20_000, 3_400_000), 1.0);
    }
}
