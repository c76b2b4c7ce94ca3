//! Dense linear algebra for the small symmetric systems of ALS.
//!
//! Matrices are row-major and hold their upper triangle; the lower one is never read. The loops run along rows
//! (`axpy`), so the compiler vectorises them without reordering any sum: results do not depend on the machine's
//! thread count. Cholesky: Golub and Van Loan, Matrix Computations, outer product form (§4.2).

use std::ops::{Add, Div, Mul, Sub};

use rayon::prelude::*;

/// Rows of one partial Gram matrix. Fixed, so that sums are added in the same order on any number of threads.
const GRAM_CHUNK_ROWS: usize = 1_024;

/// The two float widths in which a row's system is solved.
pub(crate) trait Real:
    Copy
    + PartialOrd
    + Send
    + Sync
    + From<f32>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
{
    const ZERO: Self;
    const EPSILON: Self;
    fn sqrt(self) -> Self;
    fn from_f64(value: f64) -> Self;
    fn to_f32(self) -> f32;
}

impl Real for f32 {
    const ZERO: Self = 0.0;
    const EPSILON: Self = f32::EPSILON;
    fn sqrt(self) -> Self {
        self.sqrt()
    }
    fn from_f64(value: f64) -> Self {
        value as f32
    }
    fn to_f32(self) -> f32 {
        self
    }
}

impl Real for f64 {
    const ZERO: Self = 0.0;
    const EPSILON: Self = f64::EPSILON;
    fn sqrt(self) -> Self {
        self.sqrt()
    }
    fn from_f64(value: f64) -> Self {
        value
    }
    fn to_f32(self) -> f32 {
        self as f32
    }
}

/// The matrix is singular or indefinite at this width of float.
#[derive(Debug, PartialEq)]
pub(crate) struct NotPositiveDefinite;

/// `target += factor · source`.
#[inline]
pub(crate) fn axpy<T: Real>(target: &mut [T], factor: T, source: &[T]) {
    for (t, s) in target.iter_mut().zip(source) {
        *t = *t + factor * *s;
    }
}

/// The dot product, in eight lanes that are added in a fixed order.
#[inline]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    let (a_blocks, b_blocks) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest: f32 = a_blocks.remainder().iter().zip(b_blocks.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_blocks.zip(b_blocks) {
        for ((lane, x), y) in lanes.iter_mut().zip(x).zip(y) {
            *lane += x * y;
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// The dot product in double precision.
#[inline]
pub(crate) fn dot_f64(a: &[f32], b: &[f32]) -> f64 {
    let mut lanes = [0.0_f64; 4];
    let (a_blocks, b_blocks) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a_blocks
        .remainder()
        .iter()
        .zip(b_blocks.remainder())
        .map(|(x, y)| f64::from(*x) * f64::from(*y))
        .sum();
    for (x, y) in a_blocks.zip(b_blocks) {
        for ((lane, x), y) in lanes.iter_mut().zip(x).zip(y) {
            *lane += f64::from(*x) * f64::from(*y);
        }
    }
    lanes.iter().sum::<f64>() + rest
}

/// Mᵀ M of a row-major matrix with `n` columns: the upper triangle, n × n.
pub(crate) fn gram(data: &[f32], n: usize) -> Vec<f64> {
    let partial: Vec<Vec<f64>> = data
        .par_chunks(GRAM_CHUNK_ROWS * n)
        .map(|chunk| {
            let mut sum = vec![0.0; n * n];
            let mut wide = vec![0.0; 4 * n];
            // Four rows at a time, as each line of the sum is then read and written once for four products; the last
            // ones may be missing.
            for four in chunk.chunks(4 * n) {
                wide[four.len()..].fill(0.0);
                wide.iter_mut().zip(four).for_each(|(w, r)| *w = f64::from(*r));
                let (ab, cd) = wide.split_at(2 * n);
                let ((a, b), (c, d)) = (ab.split_at(n), cd.split_at(n));
                for (i, line) in sum.chunks_exact_mut(n).enumerate() {
                    let (wa, wb, wc, wd) = (a[i], b[i], c[i], d[i]);
                    let terms = a[i..].iter().zip(&b[i..]).zip(&c[i..]).zip(&d[i..]);
                    for (value, (((a, b), c), d)) in line[i..].iter_mut().zip(terms) {
                        *value += (wa * a + wb * b) + (wc * c + wd * d);
                    }
                }
            }
            sum
        })
        .collect();
    let mut total = vec![0.0; n * n];
    for sum in &partial {
        axpy(&mut total, 1.0, sum);
    }
    total
}

/// Σ over the diagonal of an n × n matrix.
pub(crate) fn trace(matrix: &[f64], n: usize) -> f64 {
    matrix.iter().step_by(n + 1).sum()
}

/// Tr(A · B) of two symmetric matrices given by their upper triangles.
pub(crate) fn trace_of_product(a: &[f64], b: &[f64], n: usize) -> f64 {
    let mut sum = 0.0;
    for (i, (line_a, line_b)) in a.chunks_exact(n).zip(b.chunks_exact(n)).enumerate() {
        let products = line_a.iter().zip(line_b).map(|(x, y)| x * y);
        sum += products.enumerate().skip(i).map(|(j, p)| if i == j { p } else { 2.0 * p }).sum::<f64>();
    }
    sum
}

/// Factorises a symmetric positive definite A (upper triangle, n × n) into Uᵀ U, in place.
///
/// A pivot that is lost in the rounding of this float width counts as not positive.
pub(crate) fn cholesky_in_place<T: Real>(a: &mut [T], n: usize) -> Result<(), NotPositiveDefinite> {
    let largest = a.iter().step_by(n + 1).fold(T::ZERO, |max, d| if *d > max { *d } else { max });
    let negligible = T::EPSILON * largest;
    for k in 0..n {
        let (done, rest) = a.split_at_mut((k + 1) * n);
        let row = &mut done[k * n + k..];
        let pivot = row[0];
        // Not a number must be refused as well, so the test is for what is right.
        let positive = pivot > negligible;
        if !positive {
            return Err(NotPositiveDefinite);
        }
        let root = pivot.sqrt();
        row.iter_mut().for_each(|v| *v = *v / root);
        for (offset, line) in rest.chunks_exact_mut(n).enumerate() {
            let factor = T::ZERO - row[offset + 1];
            axpy(&mut line[k + 1 + offset..], factor, &row[offset + 1..]);
        }
    }
    Ok(())
}

/// Solves Uᵀ U x = b, given the factor of [`cholesky_in_place`]; `b` is overwritten by x.
pub(crate) fn substitute<T: Real>(upper: &[T], b: &mut [T]) {
    let n = b.len();
    for k in 0..n {
        let row = &upper[k * n + k..(k + 1) * n];
        let z = b[k] / row[0];
        b[k] = z;
        axpy(&mut b[k + 1..], T::ZERO - z, &row[1..]);
    }
    for k in (0..n).rev() {
        let row = &upper[k * n + k..(k + 1) * n];
        let known = row[1..].iter().zip(&b[k + 1..]).fold(T::ZERO, |sum, (r, x)| sum + *r * *x);
        b[k] = (b[k] - known) / row[0];
    }
}

/// Solves A x = b for a symmetric positive definite A. `a` (upper triangle, n × n) is overwritten by its Cholesky
/// factor, `b` by x.
pub(crate) fn solve_in_place<T: Real>(a: &mut [T], b: &mut [T]) -> Result<(), NotPositiveDefinite> {
    cholesky_in_place(a, b.len())?;
    substitute(a, b);
    Ok(())
}

/// U⁻¹ of an upper triangular matrix without a zero on its diagonal; also upper triangular.
pub(crate) fn inverse_of_upper(upper: &[f64], n: usize) -> Vec<f64> {
    let mut inverse = vec![0.0; n * n];
    // Row k of U U⁻¹ = I, from the last up: the rows below are known.
    for k in (0..n).rev() {
        let (above, below) = inverse.split_at_mut((k + 1) * n);
        let line = &mut above[k * n..];
        line[k] = 1.0;
        for (offset, known) in below.chunks_exact(n).enumerate() {
            axpy(line, -upper[k * n + k + 1 + offset], known);
        }
        let pivot = upper[k * n + k];
        line.iter_mut().for_each(|value| *value /= pivot);
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gram_of_a_known_matrix_is_its_transpose_times_itself() {
        // [[1, 2], [3, 4], [5, 6]]: MᵀM = [[35, 44], [44, 56]]
        let gram = gram(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2);
        assert_eq!((gram[0], gram[1], gram[3]), (35.0, 44.0, 56.0));
        assert_eq!(trace(&gram, 2), 91.0);
        // Tr(G²) = 35² + 2 · 44² + 56²
        assert_eq!(trace_of_product(&gram, &gram, 2), 1_225.0 + 3_872.0 + 3_136.0);
    }

    #[test]
    fn cholesky_solves_a_known_system() {
        // A = [[4, 2, 0], [2, 5, 1], [0, 1, 3]], x = (1, 2, 3): b = (8, 15, 11)
        let mut a = [4.0_f64, 2.0, 0.0, f64::NAN, 5.0, 1.0, f64::NAN, f64::NAN, 3.0];
        let mut b = [8.0, 15.0, 11.0];
        cholesky_in_place(&mut a, 3).unwrap();
        substitute(&a, &mut b);
        for (found, expected) in b.iter().zip([1.0, 2.0, 3.0]) {
            assert!((found - expected).abs() < 1e-12, "{b:?}");
        }
    }

    #[test]
    fn a_singular_matrix_is_refused() {
        let mut a = [1.0_f32, 2.0, 0.0, 4.0];
        assert_eq!(cholesky_in_place(&mut a, 2), Err(NotPositiveDefinite));
    }

    #[test]
    fn the_inverse_of_a_triangle_is_the_known_one() {
        // [[2, 1, 3], [0, 4, 5], [0, 0, 8]]: columns of the inverse by substitution from the last row up.
        let upper = [2.0, 1.0, 3.0, f64::NAN, 4.0, 5.0, f64::NAN, f64::NAN, 8.0];
        let expected = [0.5, -0.125, -0.109_375, 0.0, 0.25, -0.156_25, 0.0, 0.0, 0.125];
        assert_eq!(inverse_of_upper(&upper, 3), expected);
    }

    #[test]
    fn dot_products_cover_the_remainder() {
        let a: Vec<f32> = (1..=11).map(|v| v as f32).collect();
        assert_eq!(dot(&a, &a), 506.0);
        assert_eq!(dot_f64(&a, &a), 506.0);
    }
}
