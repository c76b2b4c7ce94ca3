//! Sparse vectors of a pool of customers, by customer and by product, for an exact search of neighbours.
//!
//! Dot products of a query with all customers of the pool cost one pass over the postings of the query's products.

use crate::{RecsysError, error::require, history::Item};

/// One sparse vector a customer.
#[derive(Debug, Clone)]
pub(super) struct SparsePool {
    /// Position of each row's customer in the histories, ascending.
    customers: Vec<u32>,
    offsets: Vec<usize>,
    items: Vec<Item>,
    weights: Vec<f32>,
    /// Sum of squares of each row.
    squares: Vec<f32>,
    /// Row and weight by product.
    posting_offsets: Vec<usize>,
    postings: Vec<(u32, f32)>,
    catalogue_len: usize,
}

impl SparsePool {
    /// Rows are (customer, vector); customers and the items of a vector ascending.
    pub(super) fn new(
        rows: impl Iterator<Item = (usize, Vec<(Item, f32)>)>,
        catalogue_len: usize,
    ) -> Result<Self, RecsysError> {
        let (mut customers, mut offsets): (Vec<u32>, Vec<usize>) = (Vec::new(), vec![0]);
        let (mut items, mut weights, mut squares) = (Vec::new(), Vec::new(), Vec::new());
        let mut posting_offsets = vec![0_usize; catalogue_len + 1];
        for (customer, vector) in rows {
            let customer = customer as u32;
            if let Some(before) = customers.last().copied().filter(|before| *before >= customer) {
                return Err(RecsysError::NotAscending { what: "pool customer", before, found: customer });
            }
            for (item, weight) in &vector {
                require((*item as usize) < catalogue_len, "product of the pool", item, "in the catalogue")?;
                posting_offsets[*item as usize + 1] += 1;
                items.push(*item);
                weights.push(*weight);
            }
            customers.push(customer);
            offsets.push(items.len());
            squares.push(square(&vector));
        }
        let mut sum = 0;
        for offset in &mut posting_offsets {
            sum += *offset;
            *offset = sum;
        }
        let mut next = posting_offsets.clone();
        let mut postings = vec![(0, 0.0); items.len()];
        for row in 0..customers.len() {
            for entry in offsets[row]..offsets[row + 1] {
                let slot = &mut next[items[entry] as usize];
                postings[*slot] = (row as u32, weights[entry]);
                *slot += 1;
            }
        }
        Ok(Self { customers, offsets, items, weights, squares, posting_offsets, postings, catalogue_len })
    }

    /// Customers of the pool.
    pub(super) fn len(&self) -> usize {
        self.customers.len()
    }

    /// Row of a customer, if in the pool.
    pub(super) fn row_of(&self, customer: usize) -> Option<usize> {
        self.customers.binary_search(&u32::try_from(customer).ok()?).ok()
    }

    /// Customer of a row.
    pub(super) fn customer(&self, row: usize) -> usize {
        self.customers[row] as usize
    }

    /// Sum of squares of a row.
    pub(super) fn row(&self, row: usize) -> Vec<(Item, f32)> {
        let range = self.offsets[row]..self.offsets[row + 1];
        self.items[range.clone()].iter().copied().zip(self.weights[range].iter().copied()).collect()
    }

    pub(super) fn square(&self, row: usize) -> f32 {
        self.squares[row]
    }

    /// Dot product with each row.
    pub(super) fn dots(&self, query: &[(Item, f32)]) -> Vec<f32> {
        let mut dots = vec![0.0_f32; self.len()];
        for (item, weight) in query.iter().filter(|(item, _)| (*item as usize) < self.catalogue_len) {
            let item = *item as usize;
            for (row, other) in &self.postings[self.posting_offsets[item]..self.posting_offsets[item + 1]] {
                dots[*row as usize] += weight * other;
            }
        }
        dots
    }

    /// Σ weight · row over rows with weights, added in the given order; items ascending.
    pub(super) fn weighted_sum(&self, rows: &[(u32, f32)]) -> Vec<(Item, f32)> {
        let mut sums = vec![0.0_f32; self.catalogue_len];
        let mut touched = vec![0_u64; self.catalogue_len.div_ceil(64)];
        for (row, weight) in rows {
            let range = self.offsets[*row as usize]..self.offsets[*row as usize + 1];
            for (item, value) in self.items[range.clone()].iter().zip(&self.weights[range]) {
                sums[*item as usize] += weight * value;
                touched[*item as usize / 64] |= 1 << (item % 64);
            }
        }
        let mut found = Vec::new();
        for (word, bits) in touched.iter().enumerate() {
            let mut bits = *bits;
            while bits != 0 {
                let item = word * 64 + bits.trailing_zeros() as usize;
                found.push((item as Item, sums[item]));
                bits &= bits - 1;
            }
        }
        found
    }
}

/// Sum of squares.
pub(super) fn square(vector: &[(Item, f32)]) -> f32 {
    vector.iter().map(|(_, weight)| weight * weight).sum()
}

/// The `k` rows with the highest score, best first, ties by the lower row. Scores must be numbers.
pub(super) fn top(scored: impl Iterator<Item = (u32, f32)>, k: usize) -> Vec<(u32, f32)> {
    // One integer a row, lower is better: whole pools are ordered for every query, and comparing integers costs a
    // fraction of comparing scores and rows in turn.
    let mut keys: Vec<u64> =
        scored.map(|(row, score)| u64::from(!ordered(score)) << 32 | u64::from(row)).collect();
    if k == 0 {
        return Vec::new();
    }
    if keys.len() > k {
        keys.select_nth_unstable(k - 1);
        keys.truncate(k);
    }
    keys.sort_unstable();
    keys.into_iter().map(|key| (key as u32, score_of(!((key >> 32) as u32)))).collect()
}

/// An integer that is higher for a higher score (IEEE 754: flip all bits of negative numbers, the sign of others).
pub(crate) fn ordered(score: f32) -> u32 {
    let bits = score.to_bits();
    if bits >> 31 == 1 { !bits } else { bits | 1 << 31 }
}

/// Undoes [`ordered`].
fn score_of(ordered: u32) -> f32 {
    f32::from_bits(if ordered >> 31 == 1 { ordered & !(1 << 31) } else { !ordered })
}

#[cfg(test)]
mod tests;
