//! What needs files that are not in the repository: the model, and a catalogue of real products.
//!
//! Each test that finds its files missing says so and is skipped.

#![expect(
    clippy::unwrap_used,
    reason = "tests fail by panic, and the lint's exception ends at test functions"
)]

mod model;
mod sample;
