//! The loss of ALS over all pairs, in `f64`, without touching all pairs.
//!
//! Σ over all pairs of c (p − s)² with s = xᵀy: an unobserved pair adds s², so the sum is Tr(XᵀX · YᵀY) plus, for each
//! observed pair, c (1 − s)² − s². Cost: one dot product an observed pair and two Gram matrices, which ALS has anyway.

use rayon::prelude::*;

use super::{
    interactions::{CompressedRows, Interactions},
    train::AlsParams,
};
use crate::{
    RecsysError,
    linalg::{dot_f64, gram, trace, trace_of_product},
};

/// Customers of one partial sum. Fixed, so that sums are added in the same order on any number of threads.
const CHUNK_ROWS: usize = 256;

/// The loss of any factors, whoever trained them: row-major, a row an id in the order of the interactions' ids. Of the
/// parameters, rank, alpha and λ matter.
pub fn loss(
    interactions: &Interactions,
    users: &[f32],
    items: &[f32],
    params: &AlsParams,
) -> Result<f64, RecsysError> {
    params.check()?;
    let &AlsParams { rank, alpha, regularization, .. } = params;
    let sides = [
        ("user factors", users, interactions.user_ids().len() * rank),
        ("item factors", items, interactions.item_ids().len() * rank),
    ];
    for (what, factors, expected) in sides {
        if factors.len() != expected {
            return Err(RecsysError::Shape { what, found: factors.len(), expected });
        }
        if let Some(position) = factors.iter().position(|value| !value.is_finite()) {
            return Err(RecsysError::NotFinite { what, value: f64::from(factors[position]), position });
        }
    }
    let (by_user, user_gram, item_gram) = (&interactions.by_user, &gram(users, rank), &gram(items, rank));
    Ok(Factorisation { by_user, users, items, user_gram, item_gram, rank, alpha, regularization }.loss())
}

/// Both sides of the factorisation.
pub(super) struct Factorisation<'a> {
    pub(super) by_user: &'a CompressedRows,
    pub(super) users: &'a [f32],
    pub(super) items: &'a [f32],
    pub(super) user_gram: &'a [f64],
    pub(super) item_gram: &'a [f64],
    pub(super) rank: usize,
    pub(super) alpha: f32,
    pub(super) regularization: f32,
}

impl Factorisation<'_> {
    /// Σ c (p − xᵀy)² + λ (‖X‖² + ‖Y‖²).
    pub(super) fn loss(&self) -> f64 {
        let rank = self.rank;
        let observed: Vec<f64> = self
            .users
            .par_chunks(CHUNK_ROWS * rank)
            .enumerate()
            .map(|(chunk, users)| {
                let first = chunk * CHUNK_ROWS;
                users.chunks_exact(rank).enumerate().map(|(row, x)| self.observed(first + row, x)).sum()
            })
            .collect();
        let everywhere = trace_of_product(self.user_gram, self.item_gram, rank);
        let norms = trace(self.user_gram, rank) + trace(self.item_gram, rank);
        everywhere + observed.iter().sum::<f64>() + f64::from(self.regularization) * norms
    }

    /// What one customer's purchases add beyond s².
    fn observed(&self, row: usize, x: &[f32]) -> f64 {
        let (columns, ratings) = self.by_user.row(row);
        columns
            .iter()
            .zip(ratings)
            .map(|(column, rating)| {
                let start = *column as usize * self.rank;
                let s = dot_f64(x, &self.items[start..start + self.rank]);
                let confidence = 1.0 + f64::from(self.alpha * *rating);
                confidence * (1.0 - s).powi(2) - s * s
            })
            .sum()
    }
}
