//! Conjugate gradient for all rows of a half sweep.
//!
//! The system of a row is A + Σ w y yᵀ with A = YᵀY + λ I, w = c − 1: the same A in every row. With A = Uᵀ U, ỹ = U⁻ᵀ y
//! and x̃ = U x it reads (I + Σ w ỹ ỹᵀ) x̃ = Σ c ỹ. Solving that is conjugate gradient preconditioned with A, and three
//! times cheaper than it sounds: Y is transformed once a half sweep, the product with A (rank² a step and row) becomes
//! the vector itself, and no row has a preconditioner to apply. What is left is close to a multiple of I both for rows
//! with few purchases (a term of low rank) and for rows with very many (their Σ w y yᵀ resembles YᵀY), so three steps
//! come nearer to the solution than three steps without.
//!
//! Everything runs over arrays of eight lanes, a row padded with zeros to whole ones, so the compiler vectorises it for
//! any x86-64 without reordering a sum: the same bits on any number of threads and on any machine.

use rayon::prelude::*;

use super::half_sweep::HalfSweep;
use crate::{
    RecsysError,
    linalg::{axpy, cholesky_in_place, inverse_of_upper},
};

/// Floats that are computed side by side: two registers of the x86-64 baseline, one of AVX.
const LANES: usize = 8;

/// Rows a thread takes at a time; a row is some microseconds of work.
const MIN_ROWS_A_TASK: usize = 32;

/// Purchases that are added up before their sum is added to the row's: rounding grows with the length of a sum (a
/// popular product has 10⁵ purchases), and two short ones have little of it.
const PURCHASES_A_SUM: usize = 512;

/// Below this the squared residual has no digits left: its ratios would be noise, or 0 / 0.
const CONVERGED: f32 = f32::MIN_POSITIVE;

/// Takes `steps` steps in every row of `solved` (row-major), from the factors that stand there.
pub(super) fn solve(sweep: &HalfSweep<'_>, steps: usize, solved: &mut [f32]) -> Result<(), RecsysError> {
    let basis = Basis::new(sweep)?;
    let (n, width) = (sweep.rank, basis.width);
    let observed = Observed { sweep, width, fixed: basis.transform_fixed(sweep.fixed) };
    solved.par_chunks_exact_mut(n).enumerate().with_min_len(MIN_ROWS_A_TASK).for_each_init(
        || (Iterates::new(width), vec![0.0; width]),
        |(iterates, x), (row, factors)| {
            basis.into.multiply(factors, x);
            iterates.solve(&observed, row, steps, x);
            basis.back.multiply(x, factors);
        },
    );
    Ok(())
}

/// The change of basis of a half sweep.
struct Basis {
    /// Floats of a padded row.
    width: usize,
    /// U⁻¹: ỹᵀ = yᵀ U⁻¹.
    fixed: Triangle,
    /// Uᵀ: x̃ᵀ = xᵀ Uᵀ.
    into: Triangle,
    /// U⁻ᵀ: xᵀ = x̃ᵀ U⁻ᵀ.
    back: Triangle,
}

impl Basis {
    fn new(sweep: &HalfSweep<'_>) -> Result<Self, RecsysError> {
        let n = sweep.rank;
        let mut upper = sweep.gram.to_vec();
        upper.iter_mut().step_by(n + 1).for_each(|value| *value += f64::from(sweep.regularization));
        // Where A is singular, so is every row: what Y does not span, no Σ w y yᵀ spans.
        cholesky_in_place(&mut upper, n).map_err(|_| sweep.singular(0))?;
        let inverse = inverse_of_upper(&upper, n);
        Ok(Self {
            width: n.next_multiple_of(LANES),
            fixed: Triangle::new(n, true, &inverse),
            into: Triangle::new(n, false, &upper),
            back: Triangle::new(n, false, &inverse),
        })
    }

    fn transform_fixed(&self, fixed: &[f32]) -> Vec<f32> {
        let (n, width) = (self.fixed.n, self.width);
        let mut transformed = vec![0.0; fixed.len() / n * width];
        transformed
            .par_chunks_exact_mut(width)
            .zip(fixed.par_chunks_exact(n))
            .with_min_len(MIN_ROWS_A_TASK)
            .for_each(|(transformed, row)| self.fixed.multiply(row, transformed));
        transformed
    }
}

/// A triangular matrix, row-major, that rows are multiplied with from the left.
struct Triangle {
    n: usize,
    upper: bool,
    matrix: Vec<f32>,
}

impl Triangle {
    /// Takes the values from the upper triangle of a matrix, or of its transpose to make a lower one.
    fn new(n: usize, upper: bool, of: &[f64]) -> Self {
        let matrix = (0..n * n)
            .map(|position| {
                let (i, j) = if upper { (position / n, position % n) } else { (position % n, position / n) };
                if i <= j { of[i * n + j] as f32 } else { 0.0 }
            })
            .collect();
        Self { n, upper, matrix }
    }

    /// The first n floats of `product` become those of `row` times the matrix.
    fn multiply(&self, row: &[f32], product: &mut [f32]) {
        let n = self.n;
        let product = &mut product[..n];
        product.fill(0.0);
        let (fours, rest) = row[..n].as_chunks::<4>();
        for (four, factors) in fours.iter().enumerate() {
            let first = four * 4;
            // What is zero in all four lines is left out.
            let nonzero = if self.upper { first..n } else { 0..first + 4 };
            let line = |i: usize| &self.matrix[(first + i) * n..][nonzero.clone()];
            add_four(&mut product[nonzero.clone()], *factors, [line(0), line(1), line(2), line(3)]);
        }
        for (i, factor) in (n - rest.len()..n).zip(rest) {
            axpy(product, *factor, &self.matrix[i * n..(i + 1) * n]);
        }
    }
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

    /// Purchases of a row in pieces of [`PURCHASES_A_SUM`]: columns and weights w / α.
    fn pieces(&self, row: usize) -> impl Iterator<Item = (&[u32], &[f32])> {
        let (columns, ratings) = self.sweep.observed.row(row);
        columns.chunks(PURCHASES_A_SUM).zip(ratings.chunks(PURCHASES_A_SUM))
    }

    /// `out += Σ coefficient(w, ỹ · vector) ỹ` over the purchases of a row; `partial` is scratch.
    #[inline]
    fn add(
        &self,
        row: usize,
        vector: &[f32],
        out: &mut [f32],
        partial: &mut [f32],
        coefficient: impl Fn(f32, f32) -> f32,
    ) {
        let coefficient =
            |rating: f32, y: &[f32]| coefficient(self.sweep.alpha * rating, dot_of_lanes(y, vector));
        for (columns, ratings) in self.pieces(row) {
            partial.fill(0.0);
            // Four purchases at a time: the sum is then read and written once for four of them.
            let (fours, rest) = columns.as_chunks::<4>();
            let (ratings_of_fours, ratings_of_rest) = ratings.as_chunks::<4>();
            for (columns, ratings) in fours.iter().zip(ratings_of_fours) {
                let rows = columns.map(|column| self.factors(column));
                let mut coefficients = [0.0; 4];
                for ((c, rating), y) in coefficients.iter_mut().zip(ratings).zip(rows) {
                    *c = coefficient(*rating, y);
                }
                add_four(partial, coefficients, rows);
            }
            for (column, rating) in rest.iter().zip(ratings_of_rest) {
                let y = self.factors(*column);
                axpy(partial, coefficient(*rating, y), y);
            }
            axpy(out, 1.0, partial);
        }
    }

    /// Σ w (ỹ · vector)² over the purchases of a row.
    fn weight_along(&self, row: usize, vector: &[f32]) -> f32 {
        let mut total = 0.0;
        for (columns, ratings) in self.pieces(row) {
            let mut sum = 0.0;
            for (column, rating) in columns.iter().zip(ratings) {
                let score = dot_of_lanes(self.factors(*column), vector);
                sum += rating * score * score;
            }
            total += sum;
        }
        self.sweep.alpha * total
    }
}

/// The dot product of two padded rows. A function of its own: inlined, the compiler mixes the lanes of neighbouring
/// calls, which costs more than it saves.
#[inline(never)]
fn dot_of_lanes(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    for (x, y) in a.as_chunks::<LANES>().0.iter().zip(b.as_chunks::<LANES>().0) {
        for ((lane, x), y) in lanes.iter_mut().zip(x).zip(y) {
            *lane += x * y;
        }
    }
    lanes.iter().sum()
}

/// `sum += c₀ y₀ + c₁ y₁ + c₂ y₂ + c₃ y₃`; a function of its own for the same reason.
#[inline(never)]
fn add_four(sum: &mut [f32], [c0, c1, c2, c3]: [f32; 4], [y0, y1, y2, y3]: [&[f32]; 4]) {
    for ((((sum, y0), y1), y2), y3) in sum.iter_mut().zip(y0).zip(y1).zip(y2).zip(y3) {
        *sum += (c0 * y0 + c1 * y1) + (c2 * y2 + c3 * y3);
    }
}

/// The vectors of one row's iteration; a thread's own.
struct Iterates {
    residual: Vec<f32>,
    direction: Vec<f32>,
    /// The system times the direction.
    image: Vec<f32>,
    partial: Vec<f32>,
}

impl Iterates {
    fn new(width: usize) -> Self {
        let vector = || vec![0.0; width];
        Self { residual: vector(), direction: vector(), image: vector(), partial: vector() }
    }

    /// Improves `x` by some steps. Golub and Van Loan, Matrix Computations, algorithm 11.3.3.
    fn solve(&mut self, observed: &Observed<'_>, row: usize, steps: usize, x: &mut [f32]) {
        let Self { residual, direction, image, partial } = self;
        // Σ c ỹ − (I + Σ w ỹ ỹᵀ) x, with c = 1 + w
        residual.iter_mut().zip(x.iter()).for_each(|(r, x)| *r = -x);
        observed.add(row, x, residual, partial, |w, score| 1.0 + w - w * score);
        direction.copy_from_slice(residual);
        let mut square = dot_of_lanes(residual, residual);
        for step in 1..=steps {
            if square <= CONVERGED {
                return;
            }
            if step == steps {
                // The last step needs how long the image is along the direction, not the image.
                let along = dot_of_lanes(direction, direction) + observed.weight_along(row, direction);
                axpy(x, square / along, direction);
                return;
            }
            image.copy_from_slice(direction);
            observed.add(row, direction, image, partial, |w, score| w * score);
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
