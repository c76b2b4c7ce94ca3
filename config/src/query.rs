//! `[query]`: limits of the embedded SQL engine.

use serde::{Deserialize, Serialize};

use crate::settings::{ConfigError, in_range};

/// Settings of `[query]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuerySettings {
    /// Threads that queries run on; 0 = all cores.
    pub threads: usize,
    /// Queries that run at the same time; further ones wait.
    pub concurrency: usize,
    /// Memory of all queries together, MiB.
    pub memory_mib: usize,
    /// Disk for spilling, MiB.
    pub spill_mib: usize,
    /// Rows of a result, at most.
    pub max_rows: usize,
    /// Bytes of a result, at most, MiB.
    pub max_result_mib: usize,
    /// Time of a query, milliseconds.
    pub timeout_ms: u64,
}

impl QuerySettings {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        in_range("query.threads", self.threads, 0, 1_024)?;
        in_range("query.concurrency", self.concurrency, 1, 1_024)?;
        in_range("query.memory_mib", self.memory_mib, 64, 1 << 20)?;
        in_range("query.spill_mib", self.spill_mib, 0, 1 << 24)?;
        in_range("query.max_rows", self.max_rows, 1, 1_000_000)?;
        in_range("query.max_result_mib", self.max_result_mib, 1, 4_096)?;
        in_range("query.timeout_ms", self.timeout_ms, 10, 600_000)
    }
}
