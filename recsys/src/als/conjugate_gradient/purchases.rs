//! Sums over purchases: the loops that ALS spends its time in.

use super::LANES;
use crate::linalg::axpy;

/// Purchases that are added up before their sum is added to the row's: rounding grows with the length of a sum (a
/// popular product has 10⁵ purchases), and two short ones have little of it.
const PURCHASES_A_SUM: usize = 512;

/// Purchases of one row.
#[derive(Clone, Copy)]
pub(super) struct Purchases<'a> {
    /// Where the factors of each stand in `factors`; `None` where they stand one after the other.
    pub(super) columns: Option<&'a [u32]>,
    /// w = α · rating.
    pub(super) ratings: &'a [f32],
    /// Padded factors of the other side.
    pub(super) factors: &'a [f32],
    /// Floats of a padded row.
    pub(super) width: usize,
    pub(super) alpha: f32,
}

impl Purchases<'_> {
    #[inline]
    fn factors(&self, position: usize) -> &[f32] {
        let row = self.columns.map_or(position, |columns| columns[position] as usize);
        &self.factors[row * self.width..(row + 1) * self.width]
    }

    /// `out += Σ coefficient(w, ỹ · vector) ỹ`; `partial` is scratch.
    #[inline]
    pub(super) fn add(
        &self,
        vector: &[f32],
        out: &mut [f32],
        partial: &mut [f32],
        coefficient: impl Fn(f32, f32) -> f32,
    ) {
        for (piece, ratings) in self.ratings.chunks(PURCHASES_A_SUM).enumerate() {
            partial.fill(0.0);
            // Four purchases at a time: the sum is then read and written once for four of them.
            let (fours, rest) = ratings.as_chunks::<4>();
            let mut position = piece * PURCHASES_A_SUM;
            for ratings in fours {
                let rows: [&[f32]; 4] = std::array::from_fn(|k| self.factors(position + k));
                let mut coefficients = [0.0; 4];
                for ((c, rating), y) in coefficients.iter_mut().zip(ratings).zip(rows) {
                    *c = coefficient(self.alpha * rating, dot_of_lanes(y, vector));
                }
                add_four(partial, coefficients, rows);
                position += 4;
            }
            for (k, rating) in rest.iter().enumerate() {
                let y = self.factors(position + k);
                axpy(partial, coefficient(self.alpha * rating, dot_of_lanes(y, vector)), y);
            }
            axpy(out, 1.0, partial);
        }
    }

    /// Σ w (ỹ · vector)².
    pub(super) fn weight_along(&self, vector: &[f32]) -> f32 {
        let mut total = 0.0;
        for (piece, ratings) in self.ratings.chunks(PURCHASES_A_SUM).enumerate() {
            let mut sum = 0.0;
            for (k, rating) in ratings.iter().enumerate() {
                let score = dot_of_lanes(self.factors(piece * PURCHASES_A_SUM + k), vector);
                sum += rating * score * score;
            }
            total += sum;
        }
        self.alpha * total
    }
}

/// The dot product of two padded rows. A function of its own: inlined, the compiler mixes the lanes of neighbouring
/// calls, which doubles the time. The lanes are added one after the other, as a tree of sums makes it use half registers.
#[inline(never)]
pub(super) fn dot_of_lanes(a: &[f32], b: &[f32]) -> f32 {
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
pub(super) fn add_four(sum: &mut [f32], [c0, c1, c2, c3]: [f32; 4], [y0, y1, y2, y3]: [&[f32]; 4]) {
    for ((((sum, y0), y1), y2), y3) in sum.iter_mut().zip(y0).zip(y1).zip(y2).zip(y3) {
        *sum += (c0 * y0 + c1 * y1) + (c2 * y2 + c3 * y3);
    }
}
