//! The exact solution of rows, by Cholesky.
//!
//! Sums the matrix of a row's normal equations (`half_sweep` has them) and factorises it. Solved in `f32`; in `f64` where
//! a row has many purchases or `f32` loses a pivot. [`Equations::solve_one`] is one row alone, for folding in.

use rayon::prelude::*;

use super::half_sweep::HalfSweep;
use crate::{
    RecsysError,
    linalg::{NotPositiveDefinite, Real, axpy, cholesky_in_place, substitute},
};

/// From this many purchases on a row is summed in `f64`: the rounding of that many `f32` additions (relative
/// 2⁻²⁴ each) would come near the weight of the smallest of them.
const WIDE_FROM: usize = 4_096;

/// Rows a thread takes at a time; a row is some ten microseconds of work.
const MIN_ROWS_A_TASK: usize = 8;

/// Solves all rows into `solved` (row-major).
pub(super) fn solve(sweep: &HalfSweep<'_>, solved: &mut [f32]) -> Result<(), RecsysError> {
    let equations = Equations {
        fixed: sweep.fixed,
        gram: sweep.gram,
        rank: sweep.rank,
        alpha: sweep.alpha,
        regularization: sweep.regularization,
    };
    solved.par_chunks_exact_mut(sweep.rank).enumerate().with_min_len(MIN_ROWS_A_TASK).try_for_each_init(
        || (System::<f32>::new(&equations), None),
        |(narrow, wide), (row, factors)| {
            let (columns, ratings) = sweep.observed.row(row);
            if columns.len() < WIDE_FROM && narrow.solve(&equations, columns, ratings, factors).is_ok() {
                return Ok(());
            }
            let wide: &mut System<f64> = wide.get_or_insert_with(|| System::new(&equations));
            wide.solve(&equations, columns, ratings, factors)
                .map_err(|NotPositiveDefinite| sweep.singular(row))
        },
    )
}

/// What the equations of all rows have in common.
pub(super) struct Equations<'a> {
    /// Factors of the other side, row-major.
    pub(super) fixed: &'a [f32],
    /// Gram matrix of `fixed`, upper triangle.
    pub(super) gram: &'a [f64],
    pub(super) rank: usize,
    pub(super) alpha: f32,
    pub(super) regularization: f32,
}

impl Equations<'_> {
    /// Solves one row in `f64`, given what it has bought.
    pub(super) fn solve_one(
        &self,
        columns: &[u32],
        ratings: &[f32],
    ) -> Result<Vec<f32>, NotPositiveDefinite> {
        let mut factors = vec![0.0; self.rank];
        System::<f64>::new(self).solve(self, columns, ratings, &mut factors)?;
        Ok(factors)
    }

    /// The factors of a column.
    fn factors(&self, column: u32) -> &[f32] {
        let start = column as usize * self.rank;
        &self.fixed[start..start + self.rank]
    }
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

impl<T: Real> System<T> {
    fn new(equations: &Equations<'_>) -> Self {
        let n = equations.rank;
        let mut base: Vec<T> = equations.gram.iter().map(|v| T::from_f64(*v)).collect();
        let lambda = f64::from(equations.regularization);
        for (value, gram) in base.iter_mut().zip(equations.gram).step_by(n + 1) {
            *value = T::from_f64(gram + lambda);
        }
        let rows = std::array::from_fn(|_| vec![T::ZERO; n]);
        Self { base, matrix: vec![T::ZERO; n * n], right: vec![T::ZERO; n], rows }
    }

    fn solve(
        &mut self,
        equations: &Equations<'_>,
        columns: &[u32],
        ratings: &[f32],
        factors: &mut [f32],
    ) -> Result<(), NotPositiveDefinite> {
        self.matrix.copy_from_slice(&self.base);
        self.right.fill(T::ZERO);
        for (columns, ratings) in columns.chunks(4).zip(ratings.chunks(4)) {
            self.add(equations, columns, ratings);
        }
        cholesky_in_place(&mut self.matrix, equations.rank)?;
        substitute(&self.matrix, &mut self.right);
        factors.iter_mut().zip(&self.right).for_each(|(f, x)| *f = x.to_f32());
        Ok(())
    }

    /// Adds up to four observations. Four at a time, because each line of the matrix is then read and written once
    /// for four products; a missing one has weight zero.
    fn add(&mut self, equations: &Equations<'_>, columns: &[u32], ratings: &[f32]) {
        let n = equations.rank;
        let mut weights = [T::ZERO; 4];
        for (((column, rating), row), weight) in
            columns.iter().zip(ratings).zip(&mut self.rows).zip(&mut weights)
        {
            row.iter_mut().zip(equations.factors(*column)).for_each(|(r, f)| *r = T::from(*f));
            // c − 1 = α · r, and c for the right side.
            let excess = equations.alpha * *rating;
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
