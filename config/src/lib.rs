//! Typed settings, and the semantic model of the metrics.
//!
//! Order of sources: `default.toml` (compiled in; it is the manual, every key stands there with its unit and meaning),
//! then a file, then the environment (`INSIGHTFLOW__SECTION__KEY`). Unknown keys are refused, values are checked.
//! This is the only crate that reads the environment. Every other crate takes its section by value.

pub mod agent;
pub mod index;
pub mod llm;
pub mod merchandising;
pub mod models;
pub mod pipeline;
pub mod query;
pub mod secret;
pub mod semantic;
pub mod server;
pub mod settings;

pub use settings::{ConfigError, Settings};
