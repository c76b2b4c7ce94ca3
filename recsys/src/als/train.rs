//! Training: seeded start, then sweeps over both sides.
//!
//! [`Interactions`] → [`AlsModel`]. The products start at random (each from its own stream of the seed, by product
//! id, so a product starts alike whatever else is in the catalogue), customers are solved first. Each half sweep
//! lowers the loss for its side, to the minimum or some way towards it ([`Solver`]), so the loss never rises.

use std::ops::ControlFlow;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    half_sweep::{HalfSweep, Solver},
    inference::{FactorTable, Scored},
    interactions::Interactions,
    loss::Factorisation,
};
use crate::{RecsysError, error::require, linalg::gram};

/// What shapes a training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AlsParams {
    /// Factors a customer and a product have, 1 to 512.
    pub rank: usize,
    /// λ of the loss, unscaled, ≥ 0.
    pub regularization: f32,
    /// Weight of an observation: confidence = 1 + alpha · rating, ≥ 0.
    pub alpha: f32,
    /// Sweeps over both sides, ≥ 1.
    pub iterations: usize,
    /// Of the start.
    pub seed: u64,
    /// How a row is solved.
    pub solver: Solver,
    /// Whether the loss is computed after each sweep, which is one more pass over the pairs.
    pub report_loss: bool,
}

impl AlsParams {
    pub(super) fn check(&self) -> Result<(), RecsysError> {
        require((1..=512).contains(&self.rank), "als rank", self.rank, "between 1 and 512")?;
        require(self.iterations >= 1, "als iterations", self.iterations, "at least 1")?;
        let lambda = self.regularization;
        require(lambda.is_finite() && lambda >= 0.0, "als regularization", lambda, "finite and at least 0")?;
        require(
            self.alpha.is_finite() && self.alpha >= 0.0,
            "als alpha",
            self.alpha,
            "finite and at least 0",
        )?;
        self.solver.check()
    }
}

/// One complete sweep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct IterationReport {
    /// From 1.
    pub iteration: usize,
    /// Of the training.
    pub iterations: usize,
    /// After this sweep, where it is reported.
    pub loss: Option<f64>,
}

/// A trained factorisation.
#[derive(Debug, Clone, PartialEq)]
pub struct AlsModel {
    /// One row a customer, ids ascending.
    pub users: FactorTable,
    /// One row a product, ids ascending.
    pub items: FactorTable,
    /// The loss after each sweep; empty where it is not reported.
    pub losses: Vec<f64>,
}

/// Trains a model. `progress` is called after each sweep and may stop the training.
pub fn train(
    interactions: &Interactions,
    params: &AlsParams,
    progress: &mut dyn FnMut(&IterationReport) -> ControlFlow<()>,
) -> Result<AlsModel, RecsysError> {
    params.check()?;
    let &AlsParams { rank, regularization, alpha, iterations, seed, solver, report_loss } = params;
    let (user_ids, item_ids) = (interactions.user_ids(), interactions.item_ids());
    let mut items = start(item_ids, rank, seed);
    let mut users = vec![0.0; user_ids.len() * rank];
    let mut item_gram = gram(&items, rank);
    let mut losses = Vec::new();
    for iteration in 1..=iterations {
        let sweep = HalfSweep {
            side: "user",
            ids: user_ids,
            observed: &interactions.by_user,
            fixed: &items,
            gram: &item_gram,
            rank,
            alpha,
            regularization,
        };
        sweep.solve(solver, &mut users)?;
        let user_gram = gram(&users, rank);
        let sweep = HalfSweep {
            side: "item",
            ids: item_ids,
            observed: &interactions.by_item,
            fixed: &users,
            gram: &user_gram,
            rank,
            alpha,
            regularization,
        };
        sweep.solve(solver, &mut items)?;
        item_gram = gram(&items, rank);
        let loss = report_loss.then(|| {
            let by_user = &interactions.by_user;
            let (user_gram, item_gram) = (&user_gram, &item_gram);
            let (users, items) = (&users, &items);
            Factorisation { by_user, users, items, user_gram, item_gram, rank, alpha, regularization }.loss()
        });
        losses.extend(loss);
        if progress(&IterationReport { iteration, iterations, loss }).is_break() {
            return Err(RecsysError::Cancelled { iteration });
        }
    }
    Ok(AlsModel {
        users: FactorTable::new(user_ids.to_vec(), rank, users)?,
        items: FactorTable::new(item_ids.to_vec(), rank, items)?,
        losses,
    })
}

/// Zero-mean uniform factors whose rows have length 1 on average (a uniform on ±√(3/n) has variance 1/n).
fn start(ids: &[u32], rank: usize, seed: u64) -> Vec<f32> {
    let bound = (3.0 / rank as f32).sqrt();
    let mut factors = vec![0.0; ids.len() * rank];
    factors.par_chunks_exact_mut(rank).zip(ids).for_each(|(row, id)| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(u64::from(*id));
        row.iter_mut().for_each(|f| *f = rng.random_range(-bound..bound));
    });
    factors
}

impl AlsModel {
    /// The `k` products with the highest dot product for a customer, among those that `filter` lets through.
    /// `None` for a customer who is not in the model.
    pub fn recommend(&self, user_id: u32, k: usize, filter: impl FnMut(u32) -> bool) -> Option<Vec<Scored>> {
        self.items.top_k_dot(self.users.get(user_id)?, k, filter).ok()
    }

    /// The `k` customers whose factors point most nearly the same way, without the customer.
    pub fn similar_users(&self, user_id: u32, k: usize) -> Option<Vec<Scored>> {
        self.users.top_k_cosine(self.users.get(user_id)?, k, |id| id != user_id).ok()
    }

    /// The `k` products whose factors point most nearly the same way, without the product.
    pub fn similar_items(&self, product_id: u32, k: usize) -> Option<Vec<Scored>> {
        self.items.top_k_cosine(self.items.get(product_id)?, k, |id| id != product_id).ok()
    }
}

#[cfg(test)]
mod tests;
