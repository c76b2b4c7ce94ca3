//! The rows with so many purchases that their factors do not stay in a core's cache from one step to the next.
//!
//! All of these rows take each step together, block by block of the other side: a block is brought into the cache once
//! and used by all rows, where row by row each would bring it anew in every step. At full size a thousand products have
//! half of the purchases, and the customers' factors are 53 MB: row by row this half of the sweep waits for memory three
//! quarters of its time.
//! Sums are taken over parts of fixed size and added in their order, so they are the same on any number of threads.

use rayon::prelude::*;

use super::{
    CONVERGED, Observed,
    basis::Basis,
    purchases::{Purchases, dot_of_lanes},
};
use crate::linalg::axpy;

/// Rows of the other side that are worked on at a time: 256 KiB at rank 64, a part of a core's second cache.
const BLOCK_ROWS: usize = 1_024;

/// Blocks of one partial sum, which is what a thread takes at a time: enough for eight threads at 32,768 customers.
const BLOCKS_A_PART: usize = 4;

/// Rows that take their steps together.
pub(super) struct PopularRows<'a> {
    pub(super) observed: &'a Observed<'a>,
    pub(super) rows: &'a [usize],
}

impl PopularRows<'_> {
    /// Takes `steps` steps in each row from the factors in `solved` (row-major), and writes them there.
    pub(super) fn solve(&self, basis: &Basis, steps: usize, solved: &mut [f32]) {
        let (n, width) = (self.observed.sweep.rank, self.observed.width);
        let mut x = vec![0.0; self.rows.len() * width];
        for (x, row) in x.chunks_exact_mut(width).zip(self.rows) {
            basis.into.multiply(&solved[row * n..(row + 1) * n], x);
        }
        // Σ c ỹ − (I + Σ w ỹ ỹᵀ) x, with c = 1 + w
        let mut residual = self.sum(&x, |w, score| 1.0 + w - w * score);
        axpy(&mut residual, -1.0, &x);
        let mut direction = residual.clone();
        for step in 1..=steps {
            if step == steps {
                // The last step needs how long the image is along the direction, not the image.
                let weights = self.weights_along(&direction);
                let rows = x.chunks_exact_mut(width).zip(direction.chunks_exact(width));
                for ((x, d), (r, weight)) in rows.zip(residual.chunks_exact(width).zip(weights)) {
                    let square = dot_of_lanes(r, r);
                    if square > CONVERGED {
                        axpy(x, square / (dot_of_lanes(d, d) + weight), d);
                    }
                }
                break;
            }
            let mut image = self.sum(&direction, |w, score| w * score);
            axpy(&mut image, 1.0, &direction);
            let rows = x.chunks_exact_mut(width).zip(direction.chunks_exact_mut(width));
            let rest = residual.chunks_exact_mut(width).zip(image.chunks_exact(width));
            for ((x, d), (r, image)) in rows.zip(rest) {
                let square = dot_of_lanes(r, r);
                if square > CONVERGED {
                    let length = square / dot_of_lanes(d, image);
                    axpy(x, length, d);
                    axpy(r, -length, image);
                    let keep = dot_of_lanes(r, r) / square;
                    d.iter_mut().zip(r.iter()).for_each(|(d, r)| *d = r + keep * *d);
                }
            }
        }
        for (x, row) in x.chunks_exact(width).zip(self.rows) {
            basis.back.multiply(x, &mut solved[row * n..(row + 1) * n]);
        }
    }

    /// For each row Σ coefficient(w, ỹ · v) ỹ with its own v.
    fn sum(&self, vectors: &[f32], coefficient: impl Fn(f32, f32) -> f32 + Sync) -> Vec<f32> {
        let width = self.observed.width;
        self.by_blocks(width, |position, purchases, sum, partial| {
            let vector = &vectors[position * width..(position + 1) * width];
            purchases.add(vector, sum, partial, &coefficient);
        })
    }

    /// For each row Σ w (ỹ · v)² with its own v.
    fn weights_along(&self, vectors: &[f32]) -> Vec<f32> {
        let width = self.observed.width;
        self.by_blocks(1, |position, purchases, sum, _| {
            let along = purchases.weight_along(&vectors[position * width..(position + 1) * width]);
            sum.iter_mut().for_each(|sum| *sum += along);
        })
    }

    /// Lets `visit` add the purchases of each row within each block to the row's `length` numbers.
    fn by_blocks(
        &self,
        length: usize,
        visit: impl Fn(usize, &Purchases<'_>, &mut [f32], &mut [f32]) + Sync,
    ) -> Vec<f32> {
        let Observed { sweep, width, fixed } = self.observed;
        let fixed_rows = fixed.len() / width;
        let part_rows = BLOCK_ROWS * BLOCKS_A_PART;
        let parts: Vec<Vec<f32>> = (0..fixed_rows.div_ceil(part_rows))
            .into_par_iter()
            .map(|part| {
                let first = part * part_rows;
                let mut sums = vec![0.0; self.rows.len() * length];
                let mut partial = vec![0.0; *width];
                let mut rest: Vec<(&[u32], &[f32])> = Vec::with_capacity(self.rows.len());
                for row in self.rows {
                    let (columns, ratings) = sweep.observed.row(*row);
                    let start = columns.partition_point(|column| (*column as usize) < first);
                    rest.push((&columns[start..], &ratings[start..]));
                }
                for end in (1..=BLOCKS_A_PART).map(|block| first + block * BLOCK_ROWS) {
                    let rows = rest.iter_mut().zip(sums.chunks_exact_mut(length)).enumerate();
                    for (position, ((columns, ratings), sum)) in rows {
                        let here = columns.iter().take_while(|column| (**column as usize) < end).count();
                        let purchases = Purchases {
                            columns: Some(&columns[..here]),
                            ratings: &ratings[..here],
                            factors: fixed,
                            width: *width,
                            alpha: sweep.alpha,
                        };
                        visit(position, &purchases, sum, &mut partial);
                        (*columns, *ratings) = (&columns[here..], &ratings[here..]);
                    }
                }
                sums
            })
            .collect();
        let mut total = vec![0.0; self.rows.len() * length];
        parts.iter().for_each(|sums| axpy(&mut total, 1.0, sums));
        total
    }
}
