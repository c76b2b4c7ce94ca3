//! Raw orders to a published run.
//!
//! ```text
//! source folder ─ ingest ─> bronze ─ silver ─> clean tables ─ gold ─> features ─ models ─> results ─ publish ─> latest
//! ```
//! [`orchestrator::run_pipeline`] is the way in: it walks the graph of [`stage`], keeps a checkpoint, and replaces the
//! lake's pointer last, so that a failed run publishes nothing. Each stage reads the tables of its own run and returns
//! the artefacts it made. [`synth`] writes a synthetic source in the same six-file layout.
//! The server never links this crate: the two meet at the tables that a run's manifest names.

pub mod error;
pub mod progress;
pub mod stage;

pub mod content_hash;
pub mod context;
pub mod erasure;
pub mod table_writer;

pub mod gold;
pub mod ingest;
pub mod models;
pub mod orchestrator;
pub mod publish;
pub mod report;
pub mod retention;
pub mod run_log;
pub mod silver;
pub mod stream;
pub mod synth;

pub use error::PipelineError;
