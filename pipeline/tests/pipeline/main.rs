//! Scenarios of the batch pipeline: six small files in, a run out. No network, temporary folders only.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod cleaning;
mod dataset;
mod features;
mod ingest;
mod orchestration;
mod plans;
mod publication;
mod sample;
mod streaming;
mod workbench;
