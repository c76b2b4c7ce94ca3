//! The seam to the search index: the pipeline asks for it in the graph and does not know how it is built.
//!
//! The command line gives an implementation made of the index crate, which the pipeline may not use.

use std::{error::Error, sync::Arc};

use async_trait::async_trait;
use domain::{
    lake::RunPaths,
    manifest::{Artefact, EmbeddingModel},
};

use crate::progress::Progress;

/// What the index stage made.
#[derive(Debug, Clone)]
pub struct IndexOutcome {
    /// `index` and whatever belongs to it.
    pub artefacts: Vec<Artefact>,
    /// The model behind the vectors; `None` when the index is lexical only.
    pub embedding_model: Option<EmbeddingModel>,
}

/// Builds the search index of a run from its silver catalogue.
#[async_trait]
pub trait IndexStage: Send + Sync {
    /// Builds `paths.index()` from the silver tables of `paths`; `previous` is the published run, whose unchanged
    /// documents need not be embedded again. Advances the stage [`Index`](crate::stage::Stage::Index).
    async fn build(
        &self,
        paths: &RunPaths,
        previous: Option<&RunPaths>,
        progress: Arc<dyn Progress>,
    ) -> Result<IndexOutcome, Box<dyn Error + Send + Sync>>;
}
