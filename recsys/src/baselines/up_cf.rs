//! UP-CF@r: how popular a product is with a customer of late, smoothed by customers with a similar selection.
//!
//! π(v, i) is the share of the last `window` baskets of v that hold i, I(v) the products in them. Customers are compared
//! by asymmetric cosine, s(u, v) = |I(u) ∩ I(v)| / (|I(u)|^α · |I(v)|^(1−α)), and score(u, i) = Σ s(u, v)^q · π(v, i)
//! over the most similar customers and u itself, for whom s is 1.
//! Source: Faggioli, Polato, Aiolli, "Recency Aware Collaborative Filtering for Next Basket Recommendation", UMAP 2020.

use rayon::prelude::*;

use super::{
    Candidate,
    pool::{SparsePool, top},
    weighted_items,
};
use crate::{
    RecsysError,
    error::require,
    history::{History, Item},
};

/// What shapes UP-CF@r.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UpCfParams {
    /// Latest baskets that count, at least 1 (r).
    pub window: usize,
    /// Which of the two sizes weighs how much, 0 to 1 (α).
    pub alpha: f32,
    /// How much more the most similar weigh, at least 0 (q).
    pub locality: f32,
    /// Most similar customers that count, at least 1; the paper takes all.
    pub neighbours: usize,
}

impl UpCfParams {
    fn check(&self) -> Result<(), RecsysError> {
        require(self.window >= 1, "recency window", self.window, "at least 1")?;
        require((0.0..=1.0).contains(&self.alpha), "alpha", self.alpha, "between 0 and 1")?;
        let locality = self.locality;
        require(locality.is_finite() && locality >= 0.0, "locality", locality, "finite and at least 0")?;
        require(self.neighbours >= 1, "number of neighbours", self.neighbours, "at least 1")
    }
}

/// A pool of customers' recent baskets, ready to be searched.
#[derive(Debug, Clone)]
pub struct UpCf {
    params: UpCfParams,
    /// π by customer.
    pool: SparsePool,
    /// The same with 1 for each product.
    sets: SparsePool,
}

impl UpCf {
    /// Takes the recent baskets of the pool: customers ascending by position, with what may be seen of them.
    pub fn fit<'a>(
        pool: impl Iterator<Item = (usize, History<'a>)>,
        catalogue_len: usize,
        params: UpCfParams,
    ) -> Result<Self, RecsysError> {
        params.check()?;
        let pool: Vec<(usize, History<'a>)> = pool.collect();
        let vectors: Vec<_> =
            pool.into_par_iter().map(|(customer, history)| (customer, vector(&params, history))).collect();
        let sets = vectors.iter().map(|(customer, vector)| (*customer, as_set(vector)));
        let sets = SparsePool::new(sets, catalogue_len)?;
        Ok(Self { params, pool: SparsePool::new(vectors.into_iter(), catalogue_len)?, sets })
    }

    /// The parameters it was fitted with.
    pub fn params(&self) -> &UpCfParams {
        &self.params
    }

    /// Shares of the recent baskets that hold each product, items ascending.
    pub fn vector(&self, history: History<'_>) -> Vec<(Item, f32)> {
        vector(&self.params, history)
    }

    /// The most similar customers of the pool, most similar first, ties by position: (position in the pool, s).
    /// `skip` is the customer whose vector it is.
    pub fn neighbours(&self, vector: &[(Item, f32)], skip: Option<usize>) -> Vec<(u32, f32)> {
        let skipped = skip.and_then(|customer| self.pool.row_of(customer));
        let alpha = self.params.alpha;
        let own = (vector.len() as f32).powf(alpha);
        let common = self.sets.dots(&as_set(vector));
        let similar = common
            .iter()
            .enumerate()
            .filter(|(row, common)| **common > 0.0 && Some(*row) != skipped)
            // The sum of squares of a set is its size.
            .map(|(row, common)| (row as u32, common / (own * self.sets.square(row).powf(1.0 - alpha))));
        top(similar, self.params.neighbours)
    }

    /// Σ s^q · π over the most similar customers and the own history; up to one factor a customer, which changes no
    /// rank and keeps large q finite.
    pub fn candidates(&self, customer: usize, history: History<'_>) -> Vec<Candidate> {
        let own = self.vector(history);
        let mut similar = self.neighbours(&own, Some(customer));
        // Asymmetric similarities can exceed the own one, which is 1.
        let highest = similar.iter().map(|(_, s)| *s).fold(1.0_f32, f32::max);
        let weight = |s: f32| (s / highest).powf(self.params.locality);
        similar.iter_mut().for_each(|(_, s)| *s = weight(*s));
        similar.retain(|(_, weight)| *weight > 0.0);
        let mut scores = self.pool.weighted_sum(&similar);
        let own_weight = weight(1.0);
        let mut missing = Vec::new();
        for (item, share) in &own {
            match scores.binary_search_by_key(item, |(item, _)| *item) {
                Ok(place) => scores[place].1 += own_weight * share,
                Err(_) => missing.push((*item, own_weight * share)),
            }
        }
        scores.into_iter().chain(missing).map(Candidate::scored).collect()
    }
}

fn vector(params: &UpCfParams, history: History<'_>) -> Vec<(Item, f32)> {
    let recent = history.last(params.window);
    weighted_items(recent, &vec![1.0 / recent.len().max(1) as f32; recent.len()])
}

fn as_set(vector: &[(Item, f32)]) -> Vec<(Item, f32)> {
    vector.iter().map(|(item, _)| (*item, 1.0)).collect()
}

#[cfg(test)]
mod tests;
