//! The registry: which tools there are, and the one door through which they are called.
//!
//! `call` checks the role before the arguments, bounds the time, and stops when the client has gone away.
//! The turn loop and the LLM planner know tools only by what this registry says of them.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use domain::principal::Role;
use serde::Serialize;
use serde_json::Value;

use crate::{
    contract::{Tool, ToolContext, ToolError, ToolOutput},
    customer_profile::CustomerProfile,
    describe_data::DescribeData,
    get_product::GetProduct,
    popular_products::PopularProducts,
    purchase_history::PurchaseHistory,
    query_metrics::QueryMetrics,
    recommend::Recommend,
    related_products::RelatedProducts,
    score_products::ScoreProducts,
    search_catalog::SearchCatalog,
    segment_popularity::SegmentPopularity,
    similar_customers::SimilarCustomers,
};

/// What a caller needs to know of a tool.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolSpec {
    /// The name.
    pub name: &'static str,
    /// What it does.
    pub description: &'static str,
    /// JSON Schema of the arguments.
    pub schema: Value,
}

/// Every tool there is.
pub fn standard_registry() -> Registry {
    Registry::new()
        .with(SearchCatalog)
        .with(GetProduct)
        .with(Recommend)
        .with(ScoreProducts)
        .with(PurchaseHistory)
        .with(PopularProducts)
        .with(SegmentPopularity)
        .with(RelatedProducts)
        .with(CustomerProfile)
        .with(SimilarCustomers)
        .with(QueryMetrics)
        .with(DescribeData)
}

/// Tools by name.
#[derive(Clone, Default)]
pub struct Registry {
    tools: BTreeMap<&'static str, Arc<dyn Tool>>,
}

impl Registry {
    /// A registry without tools.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a tool; one of the same name is replaced.
    #[must_use]
    pub fn with(mut self, tool: impl Tool + 'static) -> Self {
        self.tools.insert(tool.name(), Arc::new(tool));
        self
    }

    /// The tools that a role may call, by name.
    pub fn specs_for(&self, role: Role) -> Vec<ToolSpec> {
        self.tools
            .values()
            .filter(|tool| tool.roles().contains(&role))
            .map(|tool| ToolSpec {
                name: tool.name(),
                description: tool.description(),
                schema: tool.schema(),
            })
            .collect()
    }

    /// Whether a tool of that name exists.
    pub fn contains(&self, name: &str) -> bool {
        self.tools.contains_key(name)
    }

    /// Calls a tool by name.
    pub async fn call(
        &self,
        name: &str,
        context: &ToolContext,
        arguments: Value,
    ) -> Result<ToolOutput, ToolError> {
        let role = context.principal.role();
        let Some(tool) = self.tools.get(name) else {
            let known = self.specs_for(role).into_iter().map(|spec| spec.name.to_owned()).collect();
            return Err(ToolError::NotFound { what: format!("tool {name:?}"), nearest: known });
        };
        if !tool.roles().contains(&role) {
            return Err(ToolError::PermissionDenied(format!("{name} is not for the role {role}")));
        }
        let limits = tool.limits();
        let own_limit = Duration::from_millis(limits.timeout_ms);
        let limit = context.deadline.saturating_duration_since(std::time::Instant::now()).min(own_limit);
        let timeout = ToolError::Timeout { limit_ms: limit.as_millis().try_into().unwrap_or(u64::MAX) };
        tokio::select! {
            // In this order: a call for a client that has gone away does not start.
            biased;
            () = context.cancel.cancelled() => Err(ToolError::Cancelled),
            output = tokio::time::timeout(limit, tool.call(context, arguments)) => {
                let mut output = output.map_err(|_elapsed| timeout)??;
                if output.table.rows.len() > limits.max_rows {
                    output.table.rows.truncate(limits.max_rows);
                    output.products.truncate(limits.max_rows);
                    output.truncated = true;
                }
                Ok(output)
            }
        }
    }
}
