//! Orders as they happen: from a publisher's line to parts that the next run reads like any other.
//!
//! ```text
//! JSON Lines ─ publisher ─> transport ─ landing (transformer) ─> bronze: data/streaming/orders/…/orders_<n>.jsonl
//!                             │                  └─ bad records ─> bronze: data/streaming/orders_error/<kind>/…
//!                             └ a local folder; Kinesis fits behind the same trait
//! landed files ─ merge ─> bronze: data/stream/{orders,order_products__prior}/stream_part<N>.csv ─> clean
//! ```
//! Delivery is at least once as far as the transport, exactly once from landing on: an event lands once, whoever was
//! killed when. Order ids are the shop's own; none is made up here, and one that is used again is refused by name.
//! Everything here is synchronous and waits in the caller's thread.

pub mod event;
pub mod transformer;

pub mod local;
pub mod transport;

pub mod published;
pub mod publisher;

pub mod landing;
pub mod ledger;
pub mod merge;

mod append;

pub use merge::stream_parts;

use std::path::{Path, PathBuf};

use domain::lake::Lake;

use crate::error::PipelineError;

/// Where the local stream of a lake lies unless another folder is given.
pub fn default_folder(lake: &Lake) -> PathBuf {
    lake.root().join("stream")
}

/// The places in bronze that belong to the streamed orders of one source.
#[derive(Debug, Clone)]
struct StreamPaths {
    lake: Lake,
    bronze: PathBuf,
}

impl StreamPaths {
    /// `source` is a source's name in bronze: a plain word, never a path.
    fn new(lake: &Lake, source: &str) -> Result<Self, PipelineError> {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if source.is_empty() || !source.chars().all(is_plain) {
            return Err(PipelineError::UnusableName { name: source.to_owned() });
        }
        Ok(Self { lake: lake.clone(), bronze: lake.bronze(source) })
    }

    fn orders(&self) -> PathBuf {
        self.bronze.join("data/streaming/orders")
    }

    fn errors(&self, kind: &str) -> PathBuf {
        self.bronze.join("data/streaming/orders_error").join(kind)
    }

    fn part(&self, table: &str, number: u64) -> PathBuf {
        self.bronze.join("data/stream").join(table).join(format!("stream_part{number}.csv"))
    }

    /// A file of the bookkeeping, beside the data and never read by a stage.
    fn state(&self, name: &str) -> PathBuf {
        self.bronze.join("landed").join(name)
    }

    fn relative(&self, path: &Path) -> Result<String, PipelineError> {
        self.lake.run("").relative(path).ok_or_else(|| PipelineError::UnusablePath(path.to_owned()))
    }
}

#[cfg(test)]
mod tests;
