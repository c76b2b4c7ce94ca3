//! What a customer buys next.
pub mod features;
pub mod network;
pub mod ranker;
pub mod sources;
pub mod tally;
