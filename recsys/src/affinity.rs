//! What is bought together: measures of a rule "who buys a also buys b".
//!
//! Counts of orders → [`Measures`]. All are shares or ratios of orders that have lines; lift and leverage are the same
//! in both directions, confidence and conviction are not. [`pairs`] counts the pairs.
//! Sources: Agrawal, Imieliński, Swami 1993 (support, confidence); Brin et al. 1997 (lift, conviction);
//! Piatetsky-Shapiro 1991 (leverage); Fisher 1935 (exact test).

pub mod pairs;

use crate::{RecsysError, hypergeometric::upper_tail};

/// Measures of one directed rule a → b.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures {
    /// Share of orders that hold both, P(a, b).
    pub support: f64,
    /// Share of the orders with a that hold b, P(b | a).
    pub confidence: f64,
    /// P(a, b) / (P(a) P(b)): 1 when they are independent.
    pub lift: f64,
    /// P(a, b) − P(a) P(b): 0 when they are independent.
    pub leverage: f64,
    /// (1 − P(b)) / (1 − P(b | a)): how much more often the rule would fail by chance. `None` when it never fails.
    pub conviction: Option<f64>,
    /// One-sided exact (hypergeometric) probability of at least as many orders with both, were they independent.
    /// Not corrected for the number of pairs tested.
    pub p_value: f64,
}

/// Measures the rule a → b from counts of orders: with a, with b, with both, and in all.
pub fn measures(n_a: u64, n_b: u64, n_both: u64, n_orders: u64) -> Result<Measures, RecsysError> {
    let consistent = n_a > 0
        && n_b > 0
        && n_both <= n_a.min(n_b)
        && n_a.max(n_b) <= n_orders
        && n_a.checked_add(n_b).is_some_and(|sum| sum - n_both <= n_orders);
    if !consistent {
        return Err(RecsysError::InconsistentCounts {
            found: format!("{n_a} orders with a, {n_b} with b, {n_both} with both, {n_orders} in all"),
            expected: "0 < both parts, both ≤ each part, parts together ≤ all",
        });
    }
    let n = n_orders as f64;
    let (p_a, p_b, support) = (n_a as f64 / n, n_b as f64 / n, n_both as f64 / n);
    let misses = n_a - n_both;
    Ok(Measures {
        support,
        confidence: n_both as f64 / n_a as f64,
        // One division, so that the figure is the same in both directions to the last bit.
        lift: n_both as f64 * n / (n_a as f64 * n_b as f64),
        leverage: support - p_a * p_b,
        conviction: (misses > 0).then(|| (1.0 - p_b) * n_a as f64 / misses as f64),
        // In one order of the parts, for the same reason.
        p_value: upper_tail(n_a.min(n_b), n_a.max(n_b), n_both, n_orders),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: f64, expected: f64) {
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    }

    #[test]
    fn a_small_example_is_as_worked_by_hand() {
        // 10 orders, a in 4, b in 5, both in 3: P(b|a) = 3/4, lift = 0.3 / (0.4 · 0.5) = 1.5, leverage = 0.1,
        // conviction = 0.5 / 0.25 = 2, p = P(X ≥ 3) = (C(5,3)·C(5,1) + C(5,4)·C(5,0)) / C(10,4) = 55 / 210.
        let m = measures(4, 5, 3, 10).unwrap();
        near(m.support, 0.3);
        near(m.confidence, 0.75);
        near(m.lift, 1.5);
        near(m.leverage, 0.1);
        near(m.conviction.unwrap(), 2.0);
        near(m.p_value, 55.0 / 210.0);
        // b → a: confidence 3/5, conviction (1 − 0.4) / (1 − 0.6) = 1.5, the rest as before.
        let back = measures(5, 4, 3, 10).unwrap();
        near(back.confidence, 0.6);
        near(back.conviction.unwrap(), 1.5);
        assert_eq!((back.lift, back.support), (m.lift, m.support));
        assert_eq!(back.p_value, m.p_value);
    }

    #[test]
    fn independent_products_have_lift_one_and_no_leverage() {
        let m = measures(50, 20, 10, 100).unwrap();
        near(m.lift, 1.0);
        near(m.leverage, 0.0);
        near(m.conviction.unwrap(), 1.0);
        assert!(m.p_value > 0.5);
    }

    #[test]
    fn a_rule_that_never_fails_has_no_conviction() {
        let m = measures(3, 6, 3, 10).unwrap();
        assert_eq!((m.confidence, m.conviction), (1.0, None));
    }

    #[test]
    fn counts_that_contradict_each_other_are_refused() {
        for (a, b, both, n) in
            [(0, 1, 0, 5), (2, 3, 3, 9), (6, 1, 1, 5), (4, 4, 1, 6), (u64::MAX, 2, 1, u64::MAX)]
        {
            let error = measures(a, b, both, n).unwrap_err();
            assert!(matches!(error, RecsysError::InconsistentCounts { .. }), "{a} {b} {both} {n}");
        }
    }
}
