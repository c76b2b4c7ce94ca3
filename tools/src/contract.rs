//! The contract of a tool: typed arguments in, a typed table out, and a context that says who asks.
//!
//! A tool is written as a [`TypedTool`]; the registry holds it as a [`Tool`], whose arguments are JSON and whose schema
//! is derived from the argument struct, so that a name or a field in a prompt can never differ from the code.
//! Every result is a [`Table`] with optional extras: what an answer cites is therefore always a row and a column.

use std::{sync::Arc, time::Instant};

use async_trait::async_trait;
use domain::{
    answer::{Note, ProductItem},
    ids::ProductId,
    principal::{Principal, Role},
    table::Table,
};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::run::Run;

/// Who asks, on what data, until when. The first argument of every tool.
#[derive(Clone)]
pub struct ToolContext {
    /// Who asks; its row policy goes into every scan.
    pub principal: Principal,
    /// The published run that the turn speaks of.
    pub run: Arc<Run>,
    /// Products already in the shopper's basket.
    pub basket: Vec<ProductId>,
    /// When the turn's time is up.
    pub deadline: Instant,
    /// Fires when the client has gone away.
    pub cancel: CancellationToken,
}

/// What a tool gives back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolOutput {
    /// The result. Every figure and name that an answer may cite is a cell here.
    pub table: Table,
    /// Products to show, in the order of the rows; empty where the result is not about products.
    pub products: Vec<ProductItem>,
    /// The statement that ran, where one did.
    pub sql: Option<String>,
    /// The values bound to it.
    pub parameters: Vec<Value>,
    /// `embedded` (SQL), `index` (search), `models` (factors), `catalogue` (products in memory) or `manifest`.
    pub engine: String,
    /// Whether the row limit cut the result.
    pub truncated: bool,
    /// Definitions and caveats that matter here.
    pub notes: Vec<Note>,
}

impl ToolOutput {
    /// A plain table from that engine.
    pub fn table(table: Table, engine: impl Into<String>) -> Self {
        Self {
            table,
            products: Vec::new(),
            sql: None,
            parameters: Vec::new(),
            engine: engine.into(),
            truncated: false,
            notes: Vec::new(),
        }
    }
}

/// Why a tool call failed. `message_for_model` is short and safe to show.
#[derive(Debug, thiserror::Error)]
pub enum ToolError {
    /// The arguments do not fit; says what would be right.
    #[error("invalid arguments: {0}")]
    InvalidArguments(String),
    /// A named thing does not exist; with the nearest that do.
    #[error("{what} not found{}", suggestion(.nearest))]
    NotFound {
        /// What was looked for, with its name: `customer 999`.
        what: String,
        /// Names that are close.
        nearest: Vec<String>,
    },
    /// The principal may not do this.
    #[error("not allowed: {0}")]
    PermissionDenied(String),
    /// Part of the run that the tool needs is not there.
    #[error("not available in this run: {0}")]
    Unavailable(String),
    /// The time was up.
    #[error("the call took longer than {limit_ms} ms")]
    Timeout {
        /// The limit that was hit.
        limit_ms: u64,
    },
    /// The client went away.
    #[error("cancelled")]
    Cancelled,
    /// An engine failed; the text is for the log.
    #[error("internal failure: {0}")]
    Upstream(String),
}

fn suggestion(nearest: &[String]) -> String {
    if nearest.is_empty() { String::new() } else { format!("; nearest: {}", nearest.join(", ")) }
}

impl ToolError {
    /// Stable, snake case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidArguments(_) => "invalid_arguments",
            Self::NotFound { .. } => "not_found",
            Self::PermissionDenied(_) => "permission_denied",
            Self::Unavailable(_) => "unavailable",
            Self::Timeout { .. } => "timeout",
            Self::Cancelled => "cancelled",
            Self::Upstream(_) => "upstream",
        }
    }

    /// Whether the same call may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Timeout { .. } | Self::Upstream(_))
    }

    /// What a model or a customer may read; internals of an engine stay in the log.
    pub fn message_for_model(&self) -> String {
        match self {
            Self::Upstream(_) => "the data engine failed; try again or ask for less".to_owned(),
            other => other.to_string(),
        }
    }
}

/// Bounds of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToolLimits {
    /// Milliseconds.
    pub timeout_ms: u64,
    /// Rows of the result.
    pub max_rows: usize,
}

impl Default for ToolLimits {
    /// Ten seconds and 1,000 rows: more than any interactive answer shows.
    fn default() -> Self {
        Self { timeout_ms: 10_000, max_rows: 1_000 }
    }
}

/// A tool as it is written.
#[async_trait]
pub trait TypedTool: Send + Sync + 'static {
    /// The arguments. Every field has a documented unit and range; unknown fields are refused.
    type Args: DeserializeOwned + Serialize + JsonSchema + Send;

    /// The name in code, config, trace and documents.
    const NAME: &'static str;
    /// One or two sentences for whoever chooses tools.
    const DESCRIPTION: &'static str;
    /// Who may call it.
    const ROLES: &'static [Role];

    /// Bounds of one call.
    fn limits(&self) -> ToolLimits {
        ToolLimits::default()
    }

    /// Runs it. The registry has checked the role and the shape of the arguments.
    async fn run(&self, context: &ToolContext, args: Self::Args) -> Result<ToolOutput, ToolError>;
}

/// A tool as the registry holds it.
#[async_trait]
pub trait Tool: Send + Sync {
    /// The name.
    fn name(&self) -> &'static str;
    /// What it does.
    fn description(&self) -> &'static str;
    /// JSON Schema of the arguments.
    fn schema(&self) -> Value;
    /// Who may call it.
    fn roles(&self) -> &'static [Role];
    /// Bounds of one call.
    fn limits(&self) -> ToolLimits;
    /// Parses the arguments and runs it.
    async fn call(&self, context: &ToolContext, arguments: Value) -> Result<ToolOutput, ToolError>;
}

#[async_trait]
impl<T: TypedTool> Tool for T {
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn description(&self) -> &'static str {
        T::DESCRIPTION
    }

    fn schema(&self) -> Value {
        schemars::schema_for!(T::Args).to_value()
    }

    fn roles(&self) -> &'static [Role] {
        T::ROLES
    }

    fn limits(&self) -> ToolLimits {
        TypedTool::limits(self)
    }

    async fn call(&self, context: &ToolContext, arguments: Value) -> Result<ToolOutput, ToolError> {
        let args = serde_json::from_value(arguments)
            .map_err(|e| ToolError::InvalidArguments(format!("{}: {e}", T::NAME)))?;
        TypedTool::run(self, context, args).await
    }
}
