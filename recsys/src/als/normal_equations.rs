//! One half sweep of ALS: the factors of one side, given those of the other.
//!
//! For each row: (YᵀY + Σ (c − 1) y yᵀ + λ I) x = Σ c y, sums over what the row has bought (Hu et al. 2008, eq. 4).
//! YᵀY is computed once a sweep by the caller. Rows are independent of each other: any number of threads gives the
//! same bits. Solved in `f32`; in `f64` where a row has many purchases or `f32` loses a pivot.

use rayon::prelude::*;

use super::interactions::CompressedRows;
use crate::{
    RecsysError,
    linalg::{NotPositiveDefinite, Real, axpy, solve_in_place},
};

/// From this many purchases on a row is summed in `f64`: the rounding of that many `f32` additions (relative
/// 2⁻²⁴ each) would come near the weight of the smallest of them.
const WIDE_FROM: usize = 4_096;

/// Rows a thread takes at a time; a row is some ten microseconds of work.
const MIN_ROWS_A_TASK: usize = 8;

/// One side of the factorisation.
pub(super) struct HalfSweep<'a> {
    /// `user` or `item`, for errors.
    pub(super) side: &'static str,
    /// The ids of the rows, for errors.
    pub(super) ids: &'a [u32],
    /// What each row has bought (or by whom it was bought).
    pub(super) observed: &'a CompressedRows,
    /// Factors of the other side, row-major.
    pub(super) fixed: &'a [f32],
    /// Gram matrix of `fixed`, upper triangle.
    pub(super) gram: &'a [f64],
    pub(super) rank: usize,
    pub(super) alpha: f32,
    pub(super) regularization: f32,
}

/// Buffers of one thread: the system of one row.
struct System<T> {
    /// YᵀY + λ I, upper triangle.
    base: Vec<T>,
    matrix: Vec<T>,
    right: Vec<T>,
    /// Four rows of factors, widened.
    rows: [Vec<T>; 4],
}

impl HalfSweep<'_> {
    /// Solves all rows into `solved` (row-major).
    pub(super) fn solve(&self, solved: &mut [f32]) -> Result<(), RecsysError> {
        solved.par_chunks_exact_mut(self.rank).enumerate().with_min_len(MIN_ROWS_A_TASK).try_for_each_init(
            || (System::<f32>::new(self), None),
            |(narrow, wide), (row, factors)| self.solve_row(row, narrow, wide, factors),
        )
    }

    fn solve_row(
        &self,
        row: usize,
        narrow: &mut System<f32>,
        wide: &mut Option<System<f64>>,
        factors: &mut [f32],
    ) -> Result<(), RecsysError> {
        let (columns, ratings) = self.observed.row(row);
        if columns.len() < WIDE_FROM && narrow.solve(self, columns, ratings, factors).is_ok() {
            return Ok(());
        }
        let wide = wide.get_or_insert_with(|| System::new(self));
        wide.solve(self, columns, ratings, factors).map_err(|NotPositiveDefinite| RecsysError::Singular {
            side: self.side,
            id: self.ids.get(row).copied().unwrap_or_default(),
            regularization: self.regularization,
        })
    }

    /// The factors of a column.
    fn factors(&self, column: u32) -> &[f32] {
        let start = column as usize * self.rank;
        &self.fixed[start..start + self.rank]
    }
}

impl<T: Real> System<T> {
    fn new(sweep: &HalfSweep<'_>) -> Self {
        let n = sweep.rank;
        let mut base: Vec<T> = sweep.gram.iter().map(|v| T::from_f64(*v)).collect();
        let lambda = f64::from(sweep.regularization);
        for (value, gram) in base.iter_mut().zip(sweep.gram).step_by(n + 1) {
            *value = T::from_f64(gram + lambda);
        }
        let rows = std::array::from_fn(|_| vec![T::ZERO; n]);
        Self { base, matrix: vec![T::ZERO; n * n], right: vec![T::ZERO; n], rows }
    }

    fn solve(
        &mut self,
        sweep: &HalfSweep<'_>,
        columns: &[u32],
        ratings: &[f32],
        factors: &mut [f32],
    ) -> Result<(), NotPositiveDefinite> {
        self.matrix.copy_from_slice(&self.base);
        self.right.fill(T::ZERO);
        for (columns, ratings) in columns.chunks(4).zip(ratings.chunks(4)) {
            self.add(sweep, columns, ratings);
        }
        solve_in_place(&mut self.matrix, &mut self.right)?;
        factors.iter_mut().zip(&self.right).for_each(|(f, x)| *f = x.to_f32());
        Ok(())
    }

    /// Adds up to four observations. Four at a time, because each line of the matrix is then read and written once
    /// for four products; a missing one has weight zero.
    fn add(&mut self, sweep: &HalfSweep<'_>, columns: &[u32], ratings: &[f32]) {
        let n = sweep.rank;
        let mut weights = [T::ZERO; 4];
        for (((column, rating), row), weight) in
            columns.iter().zip(ratings).zip(&mut self.rows).zip(&mut weights)
        {
            row.iter_mut().zip(sweep.factors(*column)).for_each(|(r, f)| *r = T::from(*f));
            // c − 1 = α · r, and c for the right side.
            let excess = sweep.alpha * *rating;
            *weight = T::from(excess);
            axpy(&mut self.right, T::from(1.0) + *weight, row);
        }
        let [a, b, c, d] = &self.rows;
        for (i, line) in self.matrix.chunks_exact_mut(n).enumerate() {
            let [wa, wb, wc, wd] =
                [weights[0] * a[i], weights[1] * b[i], weights[2] * c[i], weights[3] * d[i]];
            let terms = a[i..].iter().zip(&b[i..]).zip(&c[i..]).zip(&d[i..]);
            for (value, (((a, b), c), d)) in line[i..].iter_mut().zip(terms) {
                *value = *value + ((wa * *a + wb * *b) + (wc * *c + wd * *d));
            }
        }
    }
}
