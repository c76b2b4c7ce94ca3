//! The change of basis that makes YᵀY + λ I the identity.

use rayon::prelude::*;

use super::{LANES, MIN_ROWS_A_TASK, purchases::add_four};
use crate::{
    RecsysError,
    als::half_sweep::HalfSweep,
    linalg::{axpy, cholesky_in_place, inverse_of_upper},
};

/// The change of basis of a half sweep.
pub(super) struct Basis {
    /// Floats of a padded row.
    pub(super) width: usize,
    /// U⁻¹: ỹᵀ = yᵀ U⁻¹.
    fixed: Triangle,
    /// Uᵀ: x̃ᵀ = xᵀ Uᵀ.
    pub(super) into: Triangle,
    /// U⁻ᵀ: xᵀ = x̃ᵀ U⁻ᵀ.
    pub(super) back: Triangle,
}

impl Basis {
    pub(super) fn new(sweep: &HalfSweep<'_>) -> Result<Self, RecsysError> {
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

    /// Transforms the factors of the fixed side into padded rows.
    pub(super) fn transform_fixed(&self, fixed: &[f32]) -> Vec<f32> {
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
pub(super) struct Triangle {
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
    pub(super) fn multiply(&self, row: &[f32], product: &mut [f32]) {
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
