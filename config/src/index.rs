//! `[index]`: the search index.

use serde::{Deserialize, Serialize};

use crate::settings::{ConfigError, in_range};

/// Settings of `[index]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IndexSettings {
    /// Whether to embed documents when the models are there; `false` = lexical only.
    pub embed: bool,
    /// Documents in one call of the embedder.
    pub batch_size: usize,
    /// The constant k of reciprocal rank fusion, 1 / (k + rank).
    pub rrf_k: f32,
    /// Candidates taken from each side before fusion.
    pub candidates: usize,
}

impl IndexSettings {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        in_range("index.batch_size", self.batch_size, 1, 4_096)?;
        in_range("index.rrf_k", self.rrf_k, 1.0, 1_000.0)?;
        in_range("index.candidates", self.candidates, 10, 10_000)
    }
}
