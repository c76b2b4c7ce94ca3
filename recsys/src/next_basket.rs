//! What a customer buys next.
pub mod features;
pub mod ranker;
pub mod sources;
pub mod tally;
