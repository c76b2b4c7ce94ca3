//! Rubin's rules: one estimate out of m completed data sets.
//!
//! Source: Rubin, "Multiple Imputation for Nonresponse in Surveys", 1987, chapter 3; degrees of freedom of Barnard and
//! Rubin are not needed here, since a customer's mean is not compared with a t-table of few complete cases.

use serde::Serialize;

/// An estimate over m completed data sets.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Pooled {
    /// The mean of the estimates.
    pub estimate: f64,
    /// The mean of their sampling variances.
    pub within_variance: f64,
    /// The variance of the estimates; 0 for a single one.
    pub between_variance: f64,
    /// √(within + (1 + 1/m) · between).
    pub standard_error: f64,
    /// (m − 1) (1 + within / ((1 + 1/m) between))²; infinite where all completed data sets say the same.
    pub degrees_of_freedom: f64,
}

/// Pools estimates and their sampling variances, pairwise; `None` without any.
pub fn pool(estimates: &[(f64, f64)]) -> Option<Pooled> {
    if estimates.is_empty() {
        return None;
    }
    let m = estimates.len() as f64;
    let estimate = estimates.iter().map(|(value, _)| value).sum::<f64>() / m;
    let within_variance = estimates.iter().map(|(_, variance)| variance).sum::<f64>() / m;
    let squares: f64 = estimates.iter().map(|(value, _)| (value - estimate).powi(2)).sum();
    let between_variance = if m > 1.0 { squares / (m - 1.0) } else { 0.0 };
    let from_imputing = (1.0 + 1.0 / m) * between_variance;
    let degrees_of_freedom = if from_imputing > 0.0 {
        (m - 1.0) * (1.0 + within_variance / from_imputing).powi(2)
    } else {
        f64::INFINITY
    };
    let standard_error = (within_variance + from_imputing).sqrt();
    Some(Pooled { estimate, within_variance, between_variance, standard_error, degrees_of_freedom })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_estimates_by_hand() {
        // Mean 4, within 2, between ((−2)² + 0 + 2²) / 2 = 4, total 2 + 4/3 · 4 = 22/3; ν = 2 · (1 + 2 / (16/3))².
        let pooled = pool(&[(2.0, 1.0), (4.0, 2.0), (6.0, 3.0)]).unwrap();
        assert_eq!((pooled.estimate, pooled.within_variance, pooled.between_variance), (4.0, 2.0, 4.0));
        assert!((pooled.standard_error - (22.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!((pooled.degrees_of_freedom - 2.0 * 1.375_f64.powi(2)).abs() < 1e-12);
    }

    #[test]
    fn without_disagreement_only_the_sampling_variance_is_left() {
        let pooled = pool(&[(3.0, 0.25); 5]).unwrap();
        assert_eq!((pooled.standard_error, pooled.between_variance), (0.5, 0.0));
        assert!(pooled.degrees_of_freedom.is_infinite());
        assert_eq!(pool(&[]), None);
    }
}
