//! One half sweep of ALS: the factors of one side, given those of the other.
//!
//! For each row: (YᵀY + Σ (c − 1) y yᵀ + λ I) x = Σ c y, sums over what the row has bought (Hu et al. 2008, eq. 4).
//! YᵀY is computed once a sweep by the caller. Rows are independent of each other: any number of threads gives the
//! same bits. [`Solver`] says how a row is solved; the two ways stand in `conjugate_gradient` and `normal_equations`.

use serde::{Deserialize, Serialize};

use super::{conjugate_gradient, interactions::CompressedRows, normal_equations};
use crate::{RecsysError, error::require};

/// How the system of a row is solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "snake_case")]
pub enum Solver {
    /// Some steps of conjugate gradient from the row's last factors (Takács, Pilászy, Tikk, "Applications of the
    /// conjugate gradient method for implicit feedback collaborative filtering", RecSys 2011), preconditioned with
    /// YᵀY + λ I. Time grows with rank · purchases; the loss still never rises, only each half sweep takes a little
    /// less of it away than an exact one.
    ConjugateGradient {
        /// Steps a row and half sweep, 1 to 100.
        steps: usize,
    },
    /// Exact. Time grows with rank² · purchases and rank³.
    Cholesky,
}

/// As many steps as PyPI `implicit` takes. After ten sweeps the loss is then 0.02 % above that of exact solutions; five
/// steps bring it there and take three tenths more time (docs/benchmarks.md).
const DEFAULT_STEPS: usize = 3;

impl Default for Solver {
    fn default() -> Self {
        Self::ConjugateGradient { steps: DEFAULT_STEPS }
    }
}

impl Solver {
    pub(super) fn check(self) -> Result<(), RecsysError> {
        match self {
            Self::ConjugateGradient { steps } => {
                require((1..=100).contains(&steps), "als steps", steps, "between 1 and 100")
            }
            Self::Cholesky => Ok(()),
        }
    }
}

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

impl HalfSweep<'_> {
    /// Solves all rows into `solved` (row-major), which holds their last factors.
    pub(super) fn solve(&self, solver: Solver, solved: &mut [f32]) -> Result<(), RecsysError> {
        match solver {
            Solver::ConjugateGradient { steps } => conjugate_gradient::solve(self, steps, solved),
            Solver::Cholesky => normal_equations::solve(self, solved),
        }
    }

    /// The error of a row whose system is singular.
    pub(super) fn singular(&self, row: usize) -> RecsysError {
        RecsysError::Singular {
            side: self.side,
            id: self.ids.get(row).copied().unwrap_or_default(),
            regularization: self.regularization,
        }
    }
}
