//! The seam to SQL: a statement with bound parameters goes in, a small table comes out.
//!
//! An engine gets finished SQL in its own [`Dialect`], typed parameters for `$1`, `$2`, …, the row policy of whoever
//! asks, and limits. It never gets a name or number pasted into text by its caller.

use std::time::Duration;

use domain::{
    principal::RowPolicy,
    table::{Column, Table},
};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::error::QueryError;

/// The SQL that an engine speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// DataFusion's.
    DataFusion,
}

/// A value bound to a placeholder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SqlValue {
    /// `BOOLEAN`.
    Boolean(bool),
    /// `BIGINT`.
    Integer(i64),
    /// `DOUBLE`.
    Number(f64),
    /// `VARCHAR`.
    Text(String),
}

impl SqlValue {
    /// The same as JSON, for evidence.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Boolean(value) => Value::from(*value),
            Self::Integer(value) => Value::from(*value),
            Self::Number(value) => Value::from(*value),
            Self::Text(value) => Value::from(value.as_str()),
        }
    }
}

impl From<bool> for SqlValue {
    fn from(value: bool) -> Self {
        Self::Boolean(value)
    }
}

impl From<i64> for SqlValue {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<u32> for SqlValue {
    fn from(value: u32) -> Self {
        Self::Integer(i64::from(value))
    }
}

impl From<f64> for SqlValue {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for SqlValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for SqlValue {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

/// How much one query may give and take. An engine's own settings are an upper bound to each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Rows of the result; what is beyond is cut and `truncated` says so.
    pub rows: usize,
    /// Bytes of the result's cells; what is beyond is cut and `truncated` says so.
    pub bytes: usize,
    /// From the call to the last row, waiting for a turn included.
    pub timeout: Duration,
}

impl Limits {
    /// 1,000 rows, 4 MiB, 10 seconds: more than a tool shows, little enough to hold.
    pub const DEFAULT: Self = Self { rows: 1_000, bytes: 4 << 20, timeout: Duration::from_secs(10) };

    /// The default with other rows.
    pub fn rows(rows: usize) -> Self {
        Self { rows, ..Self::DEFAULT }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// How large a statement may be. Planning takes time that grows with it, and the planner recurses over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Complexity {
    /// Operators and set operations.
    pub(crate) operators: usize,
    /// Tables named, each time counted.
    pub(crate) relations: usize,
}

impl Complexity {
    /// For statements that people and models write. Each operator can make the tree one level deeper: a test plans the
    /// deepest statements that pass.
    pub(crate) const WRITTEN: Self = Self { operators: 400, relations: 24 };

    /// For statements that the metric compiler made, which are wide and not deep: eight slices of a question with
    /// shares, parts, bounds and cohorts name up to 40 tables each.
    pub(crate) const COMPILED: Self = Self { operators: 8_000, relations: 400 };
}

/// One statement to run, for somebody.
#[derive(Debug, Clone)]
pub struct SqlRequest {
    /// Exactly one query.
    pub sql: String,
    /// Bound to `$1`, `$2`, … in that order.
    pub parameters: Vec<SqlValue>,
    /// Which customers' rows exist for whoever asks.
    pub policy: RowPolicy,
    /// How much it may give and take.
    pub limits: Limits,
    /// How large the statement may be.
    pub(crate) complexity: Complexity,
    /// Stops the query when cancelled; dropping the call's future does the same.
    pub cancel: CancellationToken,
}

impl SqlRequest {
    /// A request with default limits and a token of its own.
    pub fn new(sql: impl Into<String>, policy: RowPolicy) -> Self {
        Self {
            sql: sql.into(),
            parameters: Vec::new(),
            policy,
            limits: Limits::DEFAULT,
            complexity: Complexity::WRITTEN,
            cancel: CancellationToken::new(),
        }
    }

    /// With these parameters.
    pub fn with_parameters(mut self, parameters: Vec<SqlValue>) -> Self {
        self.parameters = parameters;
        self
    }

    /// As a statement that the metric compiler made.
    pub(crate) fn compiled(mut self) -> Self {
        self.complexity = Complexity::COMPILED;
        self
    }

    /// With these limits.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// With this token.
    pub fn with_cancel(mut self, cancel: CancellationToken) -> Self {
        self.cancel = cancel;
        self
    }
}

/// What a query gave.
#[derive(Debug, Clone, PartialEq)]
pub struct QueryResult {
    /// Columns and rows.
    pub table: Table,
    /// Whether a limit cut rows off.
    pub truncated: bool,
    /// From the call to the last row, milliseconds.
    pub elapsed_ms: f64,
}

/// A table as `describe_data` tells of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableInfo {
    /// The name in SQL.
    pub name: String,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, all customers together.
    pub rows: u64,
    /// Whether its rows belong to customers, so that the row policy holds.
    pub customer_rows: bool,
}

/// Runs SQL over the tables of one run.
pub trait SqlEngine: Send + Sync {
    /// The engine's name in evidence: `embedded`, ….
    fn name(&self) -> &'static str;

    /// The SQL that it speaks.
    fn dialect(&self) -> Dialect;

    /// The tables that exist for that policy, by name.
    fn tables(&self, policy: RowPolicy) -> Vec<TableInfo>;

    /// Runs one query. Must be awaited inside a tokio runtime (its timer is used); the work itself runs elsewhere.
    fn execute<'a>(&'a self, request: &'a SqlRequest) -> BoxFuture<'a, Result<QueryResult, QueryError>>;
}
