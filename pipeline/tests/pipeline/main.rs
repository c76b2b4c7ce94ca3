//! Scenarios of the batch pipeline: six small files in, a run out. No network, temporary folders only.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod cleaning;
mod dataset;
mod features;
mod increments;
mod ingest;
mod orchestration;
mod publication;
mod sample;
mod scale;
mod streaming;
mod workbench;
