//! Which family of waiting times fits: by the likelihood of customers that the fit did not see.
//!
//! Only what can be observed counts: the days 0 to 29 and P(30 or more). So the choice says nothing of the tail itself.

use serde::Serialize;

use super::{
    gaps::GapTable,
    tempo::{Family, TempoMixture},
};
use crate::RecsysError;

/// Customers by whom the families are compared; differences show from a few hundred on.
const COMPARED_CUSTOMERS: usize = 10_000;

/// How well a family told customers it had not seen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct FamilyFit {
    /// The family.
    pub family: Family,
    /// Mean log-likelihood of a gap of customers it was not fitted on, over two halves; higher is better.
    pub held_out_log_likelihood: f64,
}

/// The best of the compared families; Weibull, the simplest, where nothing could be compared.
pub fn best_family(compared: &[FamilyFit]) -> Family {
    let best = compared.iter().copied().reduce(|best, next| {
        if next.held_out_log_likelihood > best.held_out_log_likelihood { next } else { best }
    });
    best.map_or(Family::Weibull, |best| best.family)
}

/// Fits each family on either half of the customers and scores it on the other, by a seeded draw of customers.
/// Empty where one half has no gaps.
pub fn compare_families(gaps: &GapTable, seed: u64) -> Result<Vec<FamilyFit>, RecsysError> {
    let gaps = gaps.sample(COMPARED_CUSTOMERS, seed);
    let (mut first, mut second) = (GapTable::new(), GapTable::new());
    for at in 0..gaps.len() {
        let half = if at % 2 == 0 { &mut first } else { &mut second };
        half.push(gaps.customer(at))?;
    }
    if first.gaps().is_empty() || second.gaps().is_empty() {
        return Ok(Vec::new());
    }
    let score = |family, from: &GapTable, to: &GapTable| {
        Ok(TempoMixture::fit(from, None, family)?.log_likelihood(to))
    };
    Family::ALL
        .into_iter()
        .map(|family| {
            let sum: f64 = score(family, &first, &second)? + score(family, &second, &first)?;
            Ok(FamilyFit { family, held_out_log_likelihood: sum / gaps.gaps().len() as f64 })
        })
        .collect()
}
