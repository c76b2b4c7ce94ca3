//! Alternating least squares for implicit feedback.
//!
//! Counts of purchases → factors of customers and products whose dot product ranks what a customer may like.
//! Rating r = 1 + ln(1 + count), confidence c = 1 + α·r, preference p = 1 where count > 0 else 0; minimises
//! Σ c (p − xᵀy)² + λ (‖X‖² + ‖Y‖²) over **all** pairs, λ unscaled. A dot product is a score, never a probability.
//! Source: Hu, Koren, Volinsky, "Collaborative Filtering for Implicit Feedback Datasets", ICDM 2008.
//!
//! [`train`] → [`AlsModel`]; [`FoldIn`] gives factors to a customer who came later.

mod conjugate_gradient;
pub mod fold_in;
mod half_sweep;
pub mod inference;
pub mod interactions;
mod loss;
mod normal_equations;
mod train;

pub use fold_in::FoldIn;
pub use half_sweep::Solver;
pub use inference::{FactorTable, Scored};
pub use interactions::{Interactions, InteractionsBuilder};
pub use loss::loss;
pub use train::{AlsModel, AlsParams, IterationReport, train};
