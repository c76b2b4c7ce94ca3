//! The words that several crates share.
//!
//! Plain data without behaviour that needs IO: ids, who asks, what a table is, where things lie in the lake,
//! what a run was, what a product's name states, and the one value that every surface renders, the [`answer::Answer`].
//! Depends on no other crate of the workspace, every other crate may depend on it.

pub mod answer;
pub mod attributes;
pub mod ids;
pub mod lake;
pub mod manifest;
pub mod principal;
pub mod table;
