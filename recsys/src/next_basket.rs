//! What a customer buys next: candidates, features, a ranker and its calibration.
//!
//! ```text
//! Histories ─> Sources (shop, neighbours, taste, pairs) ─> candidates ─> features ─> Ensemble ─> NextBasket::rank
//! ```
//! [`tally`] counts how the shop takes to a product, [`sources`] bring candidates, [`features`] measure them, [`ranker`]
//! and [`network`] score them and [`ensemble`] puts the two together; [`model`] is the whole, [`measure`] holds it against
//! the baselines on orders that nothing saw.

pub mod defaults;
pub mod ensemble;
pub mod features;
pub mod measure;
pub mod model;
pub mod network;
pub mod ranker;
pub mod sources;
pub mod tally;
