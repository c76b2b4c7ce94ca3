//! The one way from a tool to the SQL engine: bound parameters, the principal's row policy, the turn's deadline.
//!
//! Input: a statement with `$1`, `$2`, … and its values. Output: the rows, or a [`ToolError`].
//! A result that the engine cut short is an error here: a figure over half of the rows would be wrong.

use std::time::{Duration, Instant};

use domain::{principal::RowPolicy, table::Table};
use query::{Limits, QueryError, SqlRequest, SqlValue};
use serde_json::Value;

use crate::contract::{ToolContext, ToolError};

/// Rows of one read inside a tool, at most (the engine's own limit holds too): the longest customer history of the
/// source's full data has 3,725 lines.
const MAX_ROWS: usize = 100_000;
/// Bytes of one read inside a tool, at most; 100,000 rows of five numbers as JSON are some 20 MiB.
const MAX_BYTES: usize = 64 << 20;

/// A statement and the values bound to it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    pub(crate) parameters: Vec<SqlValue>,
}

impl Statement {
    pub(crate) fn new(sql: impl Into<String>, parameters: Vec<SqlValue>) -> Self {
        Self { sql: sql.into(), parameters }
    }

    /// The bound values as evidence shows them.
    pub(crate) fn json_parameters(&self) -> Vec<Value> {
        self.parameters.iter().map(SqlValue::to_json).collect()
    }
}

/// `$first, $first+1, …` for a list of `count` values.
pub(crate) fn placeholders(first: usize, count: usize) -> String {
    (first..first + count).map(|position| format!("${position}")).collect::<Vec<_>>().join(", ")
}

/// Reads the rows that exist for the principal.
pub(crate) async fn read(context: &ToolContext, statement: &Statement) -> Result<Table, ToolError> {
    read_under(context, statement, context.principal.row_policy()).await
}

/// Reads under another policy than the principal's. Only for aggregates that tell of no single customer; the caller
/// documents why that holds.
pub(crate) async fn read_under(
    context: &ToolContext,
    statement: &Statement,
    policy: RowPolicy,
) -> Result<Table, ToolError> {
    let request = SqlRequest::new(statement.sql.clone(), policy)
        .with_parameters(statement.parameters.clone())
        .with_limits(Limits { rows: MAX_ROWS, bytes: MAX_BYTES, timeout: time_left(context) })
        .with_cancel(context.cancel.clone());
    let result = context.run.engine.execute(&request).await.map_err(to_tool_error)?;
    if result.truncated {
        return Err(ToolError::Upstream(format!(
            "a read inside a tool was cut after {} rows: {}",
            result.table.rows.len(),
            statement.sql
        )));
    }
    Ok(result.table)
}

/// Time until the turn's deadline.
pub(crate) fn time_left(context: &ToolContext) -> Duration {
    context.deadline.saturating_duration_since(Instant::now())
}

/// What a failed query means to whoever called the tool.
pub(crate) fn to_tool_error(error: QueryError) -> ToolError {
    match error {
        QueryError::Cancelled => ToolError::Cancelled,
        QueryError::Timeout(limit_ms) => {
            ToolError::Timeout { limit_ms: u64::try_from(limit_ms).unwrap_or(u64::MAX) }
        }
        denied @ QueryError::CustomerTable { .. } => ToolError::PermissionDenied(denied.to_string()),
        QueryError::UnknownTable { table, .. } => {
            ToolError::Unavailable(format!("it has no table {table}; run the pipeline with all stages"))
        }
        other => ToolError::Upstream(other.to_string()),
    }
}
