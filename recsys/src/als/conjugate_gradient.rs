//! Conjugate gradient for all rows of a half sweep.
//!
//! The system of a row is A + Σ w y yᵀ with A = YᵀY + λ I, w = c − 1: the same A in every row. With A = Uᵀ U, ỹ = U⁻ᵀ y
//! and x̃ = U x it reads (I + Σ w ỹ ỹᵀ) x̃ = Σ c ỹ. Solving that is conjugate gradient preconditioned with A, and
//! cheaper than without: Y is transformed once a half sweep, the product with A (rank² a step and row) becomes the
//! vector itself, and no row has a preconditioner to apply. What is left is close to a multiple of I both for rows
//! with few purchases (a term of low rank) and for rows with very many (their Σ w y yᵀ resembles YᵀY), so three steps
//! come nearer to the solution than three steps without.
//!
//! Everything runs over arrays of eight lanes, a row padded with zeros to whole ones, so the compiler vectorises it for
//! any x86-64 without reordering a sum.

mod basis;
mod popular;
mod purchases;

use basis::Basis;
use popular::PopularRows;
use purchases::{Purchases, dot_of_lanes};
use rayon::prelude::*;

use super::half_sweep::HalfSweep;
use crate::{RecsysError, linalg::axpy};

/// Floats that are computed side by side: two registers of the x86-64 baseline, one of AVX.
const LANES: usize = 8;

/// Rows a thread takes at a time; a row is some microseconds of work.
const MIN_ROWS_A_TASK: usize = 32;

/// From this many purchases on a row is solved with the others of its kind: at rank 64 their factors are 256 KiB, a part
/// of a core's second cache.
const POPULAR_FROM: usize = 1_024;

/// Below this the squared residual has no digits left: its ratios would be noise, or 0 / 0.
const CONVERGED: f32 = f32::MIN_POSITIVE;

/// Takes `steps` steps in every row of `solved` (row-major), from the factors that stand there.
pub(super) fn solve(sweep: &HalfSweep<'_>, steps: usize, solved: &mut [f32]) -> Result<(), RecsysError> {
    let basis = Basis::new(sweep)?;
    let (n, width) = (sweep.rank, basis.width);
    let observed = Observed { sweep, width, fixed: basis.transform_fixed(sweep.fixed) };
    let is_popular = |row: usize| sweep.observed.row(row).0.len() >= POPULAR_FROM;
    solved.par_chunks_exact_mut(n).enumerate().with_min_len(MIN_ROWS_A_TASK).for_each_init(
        || (Iterates::new(width), vec![0.0; width]),
        |(iterates, x), (row, factors)| {
            if !is_popular(row) {
                basis.into.multiply(factors, x);
                iterates.solve(&observed, row, steps, x);
                basis.back.multiply(x, factors);
            }
        },
    );
    let popular: Vec<usize> = (0..solved.len() / n).filter(|row| is_popular(*row)).collect();
    if !popular.is_empty() {
        PopularRows { observed: &observed, rows: &popular }.solve(&basis, steps, solved);
    }
    Ok(())
}

/// What the rows have bought, in the new basis.
struct Observed<'a> {
    sweep: &'a HalfSweep<'a>,
    /// Floats of a padded row.
    width: usize,
    /// Factors of the other side, padded.
    fixed: Vec<f32>,
}

impl Observed<'_> {
    fn factors(&self, column: u32) -> &[f32] {
        let start = column as usize * self.width;
        &self.fixed[start..start + self.width]
    }
}

/// The vectors of one row's iteration; a thread's own.
struct Iterates {
    residual: Vec<f32>,
    direction: Vec<f32>,
    /// The system times the direction.
    image: Vec<f32>,
    partial: Vec<f32>,
    /// Factors of what the row has bought, one after the other.
    gathered: Vec<f32>,
}

impl Iterates {
    fn new(width: usize) -> Self {
        let vector = || vec![0.0; width];
        Self {
            residual: vector(),
            direction: vector(),
            image: vector(),
            partial: vector(),
            gathered: Vec::new(),
        }
    }

    /// Improves `x` by some steps. Golub and Van Loan, Matrix Computations, algorithm 11.3.3.
    fn solve(&mut self, observed: &Observed<'_>, row: usize, steps: usize, x: &mut [f32]) {
        let Self { residual, direction, image, partial, gathered } = self;
        let (columns, ratings) = observed.sweep.observed.row(row);
        // A loop that only copies has more reads under way at a time than one that computes.
        gathered.clear();
        columns.iter().for_each(|column| gathered.extend_from_slice(observed.factors(*column)));
        let purchases = Purchases {
            columns: None,
            ratings,
            factors: gathered,
            width: observed.width,
            alpha: observed.sweep.alpha,
        };
        // Σ c ỹ − (I + Σ w ỹ ỹᵀ) x, with c = 1 + w
        residual.iter_mut().zip(x.iter()).for_each(|(r, x)| *r = -x);
        purchases.add(x, residual, partial, |w, score| 1.0 + w - w * score);
        direction.copy_from_slice(residual);
        let mut square = dot_of_lanes(residual, residual);
        for step in 1..=steps {
            if square <= CONVERGED {
                return;
            }
            if step == steps {
                // The last step needs how long the image is along the direction, not the image.
                let along = dot_of_lanes(direction, direction) + purchases.weight_along(direction);
                axpy(x, square / along, direction);
                return;
            }
            image.copy_from_slice(direction);
            purchases.add(direction, image, partial, |w, score| w * score);
            let length = square / dot_of_lanes(direction, image);
            axpy(x, length, direction);
            axpy(residual, -length, image);
            let next = dot_of_lanes(residual, residual);
            let keep = next / square;
            direction.iter_mut().zip(residual.iter()).for_each(|(d, r)| *d = r + keep * *d);
            square = next;
        }
    }
}
