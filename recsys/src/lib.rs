//! Training and inference of recommendation models and segments, without IO.
//!
//! The pipeline streams rows in and writes what comes out; the tools crate ranks with published factors.
//! Every result is the same for any number of threads: rows are independent, or sums are taken over chunks of
//! fixed size and added in their order. Everything random comes from ChaCha8 with a given seed.
//!
//! [`als`] learns factors of customers and products; [`kmeans`], [`cluster_quality`] and [`sweep`] cluster points,
//! [`rfm`] turns customers into segments with them and [`segment_names`] names these; [`segment_popularity`] ranks
//! what a segment likes more than others do, [`segment_evaluation`] measures these lists on orders they have not seen, and
//! [`adjusted_rand`] how far segmentations agree; [`affinity`] measures what is bought together; [`hazard`] says when the
//! next order comes, and [`imputation`] draws what was not seen of the gaps between orders. [`history`] holds what
//! everybody has bought, [`next_basket`] ranks what comes next; [`evaluation`] measures lists of recommendations on
//! orders that nothing was fitted on, [`baselines`] are what has to be beaten there.

pub mod adjusted_rand;
pub mod affinity;
pub mod als;
pub mod baselines;
pub mod cluster_quality;
pub mod error;
pub mod evaluation;
pub mod hazard;
pub mod history;
mod hypergeometric;
pub mod imputation;
pub mod kmeans;
mod linalg;
pub mod next_basket;
pub mod rfm;
pub mod segment_evaluation;
pub mod segment_names;
pub mod segment_popularity;
pub mod sweep;

pub use error::RecsysError;
