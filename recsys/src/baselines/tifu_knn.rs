//! TIFU-KNN: decayed item frequencies of a customer, mixed with those of the nearest customers.
//!
//! Baskets are grouped, weights fall within a group (`basket_decay`) and from group to group (`group_decay`); the
//! prediction is `alpha` · own vector + (1 − alpha) · mean vector of the `neighbours` nearest customers by Euclidean
//! distance. Source: Hu, He, Gao, Zhang, "Modeling Personalized Item Frequency Information for Next-basket
//! Recommendation", SIGIR 2020. The paper groups by a number of baskets, the code published with it by a number of
//! groups; both are here, and tuning chooses.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    Candidate,
    pool::{SparsePool, square, top},
    weighted_items,
};
use crate::{
    RecsysError,
    error::require,
    history::{History, Item},
};

/// How baskets are put into groups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Grouping {
    /// As many baskets a group, counted from the latest; the oldest group may have fewer. Weights fall from the latest
    /// basket of each group. As in the paper.
    Baskets(usize),
    /// As many groups, of sizes that differ by one at most; fewer baskets make a group each. Weights fall from the
    /// latest basket of all. As in the code of its authors.
    Groups(usize),
}

/// What shapes TIFU-KNN.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct TifuParams {
    /// Size or number of groups, at least 1.
    pub grouping: Grouping,
    /// Factor from basket to basket, above 0 and at most 1 (r_b).
    pub basket_decay: f32,
    /// Factor from group to group, above 0 and at most 1 (r_g).
    pub group_decay: f32,
    /// Nearest customers, at least 1 (k).
    pub neighbours: usize,
    /// Share of the own vector, 0 to 1.
    pub alpha: f32,
}

impl TifuParams {
    fn check(&self) -> Result<(), RecsysError> {
        let (Grouping::Baskets(groups) | Grouping::Groups(groups)) = self.grouping;
        require(groups >= 1, "size or number of groups", groups, "at least 1")?;
        for (name, value) in [("basket decay", self.basket_decay), ("group decay", self.group_decay)] {
            require(value > 0.0 && value <= 1.0, name, value, "above 0 and at most 1")?;
        }
        require(self.neighbours >= 1, "number of neighbours", self.neighbours, "at least 1")?;
        require((0.0..=1.0).contains(&self.alpha), "alpha", self.alpha, "between 0 and 1")
    }

    /// Weight of each of `orders` baskets, oldest first.
    fn weights(&self, orders: usize) -> Vec<f32> {
        let weight = |groups: usize, later_groups: usize, later_baskets: usize, size: usize| {
            self.basket_decay.powi(later_baskets as i32) * self.group_decay.powi(later_groups as i32)
                / (size * groups) as f32
        };
        match self.grouping {
            Grouping::Baskets(size) => {
                let groups = orders.div_ceil(size);
                let oldest_size = orders - groups.saturating_sub(1) * size;
                let weights = (0..orders).map(|order| {
                    let later = orders - 1 - order;
                    let later_groups = later / size;
                    let is_oldest = later_groups + 1 == groups;
                    let group_size = if is_oldest { oldest_size } else { size };
                    weight(groups, later_groups, later % size, group_size)
                });
                weights.collect()
            }
            Grouping::Groups(most) => {
                let groups = most.min(orders).max(1);
                // The latest groups are the larger ones.
                let (size, larger) = (orders / groups, orders % groups);
                let sizes = (0..groups).map(|group| size + usize::from(group >= groups - larger));
                let mut weights = Vec::with_capacity(orders);
                for (group, size) in sizes.enumerate() {
                    for _ in 0..size {
                        let later = orders - 1 - weights.len();
                        weights.push(weight(groups, groups - 1 - group, later, size));
                    }
                }
                weights
            }
        }
    }
}

/// A pool of customers' vectors, ready to be searched.
#[derive(Debug, Clone)]
pub struct TifuKnn {
    params: TifuParams,
    pool: SparsePool,
}

impl TifuKnn {
    /// Takes the vectors of the pool: customers ascending by position, with what may be seen of them.
    pub fn fit<'a>(
        pool: impl Iterator<Item = (usize, History<'a>)>,
        catalogue_len: usize,
        params: TifuParams,
    ) -> Result<Self, RecsysError> {
        params.check()?;
        let pool: Vec<(usize, History<'a>)> = pool.collect();
        let vectors: Vec<_> =
            pool.into_par_iter().map(|(customer, history)| (customer, vector(&params, history))).collect();
        Ok(Self { params, pool: SparsePool::new(vectors.into_iter(), catalogue_len)? })
    }

    /// From vectors that were published: customers ascending by the number they are skipped by, items ascending.
    pub fn from_vectors(
        vectors: impl Iterator<Item = (usize, Vec<(Item, f32)>)>,
        catalogue_len: usize,
        params: TifuParams,
    ) -> Result<Self, RecsysError> {
        params.check()?;
        Ok(Self { params, pool: SparsePool::new(vectors, catalogue_len)? })
    }

    /// Customers of the pool, ascending, with their vectors, items ascending.
    pub fn vectors(&self) -> impl Iterator<Item = (usize, Vec<(Item, f32)>)> {
        (0..self.pool.len()).map(|row| (self.pool.customer(row), self.pool.row(row)))
    }

    /// The parameters it was fitted with.
    pub fn params(&self) -> &TifuParams {
        &self.params
    }

    /// Customers of the pool.
    pub fn pool_len(&self) -> usize {
        self.pool.len()
    }

    /// Position in the histories of a customer of the pool.
    pub fn pool_customer(&self, pool_position: u32) -> usize {
        self.pool.customer(pool_position as usize)
    }

    /// Decayed frequencies of a history, items ascending.
    pub fn vector(&self, history: History<'_>) -> Vec<(Item, f32)> {
        vector(&self.params, history)
    }

    /// The nearest customers of the pool, nearest first, ties by position: (position in the pool, 1 / (1 + distance)).
    /// `skip` is the customer whose vector it is, who is no neighbour.
    pub fn neighbours(&self, vector: &[(Item, f32)], skip: Option<usize>) -> Vec<(u32, f32)> {
        let skipped = skip.and_then(|customer| self.pool.row_of(customer));
        let own = square(vector);
        let dots = self.pool.dots(vector);
        let closeness = dots.iter().enumerate().filter(|(row, _)| Some(*row) != skipped).map(|(row, dot)| {
            // Rounding can take a distance of 0 below it.
            let distance = (own + self.pool.square(row) - 2.0 * dot).max(0.0);
            (row as u32, -distance)
        });
        let mut nearest = top(closeness, self.params.neighbours);
        nearest.iter_mut().for_each(|(_, score)| *score = 1.0 / (1.0 + (-*score).sqrt()));
        nearest
    }

    /// Mean vector of the nearest customers, items ascending.
    pub fn neighbour_scores(&self, vector: &[(Item, f32)], skip: Option<usize>) -> Vec<(Item, f32)> {
        let mut nearest = self.neighbours(vector, skip);
        let share = 1.0 / nearest.len().max(1) as f32;
        nearest.iter_mut().for_each(|(_, weight)| *weight = share);
        self.pool.weighted_sum(&nearest)
    }

    /// alpha · own + (1 − alpha) · neighbours; products that only a part without weight knows are left out.
    pub fn candidates(&self, customer: usize, history: History<'_>) -> Vec<Candidate> {
        let alpha = self.params.alpha;
        let own = self.vector(history);
        if alpha >= 1.0 {
            return own.into_iter().map(Candidate::scored).collect();
        }
        let mut mixed = self.neighbour_scores(&own, Some(customer));
        mixed.iter_mut().for_each(|(_, score)| *score *= 1.0 - alpha);
        if alpha <= 0.0 {
            return mixed.into_iter().map(Candidate::scored).collect();
        }
        let mut missing = Vec::new();
        for (item, weight) in &own {
            match mixed.binary_search_by_key(item, |(item, _)| *item) {
                Ok(place) => mixed[place].1 += alpha * weight,
                Err(_) => missing.push((*item, alpha * weight)),
            }
        }
        mixed.into_iter().chain(missing).map(Candidate::scored).collect()
    }

    /// The neighbours' part alone.
    pub fn neighbour_candidates(&self, customer: usize, history: History<'_>) -> Vec<Candidate> {
        let own = self.vector(history);
        self.neighbour_scores(&own, Some(customer)).into_iter().map(Candidate::scored).collect()
    }
}

fn vector(params: &TifuParams, history: History<'_>) -> Vec<(Item, f32)> {
    weighted_items(history, &params.weights(history.len()))
}

#[cfg(test)]
mod tests;
