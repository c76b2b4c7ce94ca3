//! Ranking by factors, off the runtime's threads: every row is scored, which takes milliseconds of CPU.

use std::sync::Arc;

use recsys::als::{FactorTable, Scored};

use crate::contract::ToolError;

/// What rows are compared by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// Dot product: how much a customer may like a product.
    Dot,
    /// Cosine: how alike two customers or two products are.
    Cosine,
}

/// The `k` best rows among those that `filter` lets through, best first, ties by the lower id.
pub(crate) async fn nearest(
    table: Arc<FactorTable>,
    query: Vec<f32>,
    measure: Measure,
    k: usize,
    filter: impl FnMut(u32) -> bool + Send + 'static,
) -> Result<Vec<Scored>, ToolError> {
    let ranked = tokio::task::spawn_blocking(move || match measure {
        Measure::Dot => table.top_k_dot(&query, k, filter),
        Measure::Cosine => table.top_k_cosine(&query, k, filter),
    });
    ranked
        .await
        .map_err(|died| ToolError::Upstream(format!("the ranking thread died: {died}")))?
        .map_err(|error| ToolError::Upstream(error.to_string()))
}

/// The refusal of a call that needs factors which the run does not have.
pub(crate) fn unavailable(of: &str) -> ToolError {
    ToolError::Unavailable(format!("it has no ALS factors of {of}; run the pipeline with its models"))
}
