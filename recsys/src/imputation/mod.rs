//! What was not seen of the gaps between orders, as several draws instead of one made-up value.
//!
//! Two different holes: a gap of 30 is *censored* (30 or more; [`tail`] draws from a tail at or above 30), a gap that is
//! *missing* altogether is drawn by [`chained`] equations. The blank of a first order is neither: it is structural and
//! never filled. [`rubin`] pools what the draws lead to.

pub mod chained;
pub mod rubin;
pub mod tail;

pub use chained::{ChainedParams, ImputedValue, impute_chained};
pub use rubin::{Pooled, pool};
pub use tail::{TailImputer, TailParams};
