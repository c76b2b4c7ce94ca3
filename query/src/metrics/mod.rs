//! Metric questions to SQL: metrics by dimensions, filtered, among cohorts, ordered, cut, with shares and parts, of several
//! slices side by side, summarised.
//!
//! ```text
//! MetricQuery ──resolve──> checked names and values ──plan──> frames of sources, spine, a plan a slice ──render──> one statement
//!                                                      └── rollups instead of tables, where the scope has them
//! ```
//! Input: a [`MetricQuery`] and the semantic model. Output: a [`CompiledQuery`], one statement whose values are all bound
//! parameters, with the meaning of its columns and the notes that a reader needs. Does no IO.
//! The row policy is part of the tables that the statement runs on. Rollups hold all customers, so they are read only in a
//! [`Scope`] that sees all; a statement runs in the scope it was compiled for and in no other.
//!
//! Measures are aggregated per table before tables meet, and joins only go from many rows to one, so nothing is
//! counted twice. A rate is a fraction (0.59, not 59).

mod cohorts;
mod columns;
mod conditions;
mod contrast;
mod error;
mod figures;
mod frame;
mod joins;
mod plan;
mod question;
mod render;
mod resolve;
mod rollups;
mod scope;
mod slices;
mod summary;
mod top;
mod window;

use config::semantic::SemanticModel;
use domain::{
    answer::{Format, Note},
    principal::RowPolicy,
    table::ColumnType,
};
use serde::Serialize;

pub use error::MetricError;
pub use question::{
    Cohort, CohortOf, CohortTop, Direction, FilterOp, FilterValue, MetricFilter, MetricQuery, OrderBy, Slice,
    Summary, SummaryBy, TopGroups,
};
pub use scope::Scope;

use crate::sql::{Dialect, SqlRequest, SqlValue};

/// What a column of the result is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnRole {
    /// The key of the dimension in the next column.
    Key,
    /// A dimension.
    Dimension,
    /// A metric.
    Metric,
    /// A metric's share of the total.
    Share,
    /// The fraction of a metric that meets further conditions.
    Part,
    /// How much of a metric that is.
    PartValue,
    /// The running total of a metric as a fraction of the whole.
    Cumulative,
    /// The label of the row's slice.
    Slice,
    /// The value of the first of two slices.
    First,
    /// The value of the second.
    Second,
    /// The first minus the second.
    Difference,
    /// The first divided by the second.
    Ratio,
    /// How many groups are left.
    Groups,
    /// The same as a fraction of the groups there were.
    GroupShare,
    /// How strongly two metrics go together.
    Correlation,
}

/// A column of the result and how to show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MetricColumn {
    /// As in the result.
    pub name: String,
    /// What the cells are.
    pub kind: ColumnType,
    /// How a cell is written.
    pub format: Format,
    /// As a heading or in a sentence.
    pub label: String,
    /// What it is counted in; empty for rates and dimensions.
    pub unit: String,
    /// What it is.
    pub role: ColumnRole,
    /// The metric or dimension that it shows; its own name for what is neither.
    pub field: String,
}

/// One statement with its parameters, and what its columns mean.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CompiledQuery {
    /// Exactly one query.
    pub sql: String,
    /// Bound to `$1`, `$2`, ….
    pub parameters: Vec<SqlValue>,
    /// The columns, in the result's order.
    pub columns: Vec<MetricColumn>,
    /// Definitions and choices that a reader should know.
    pub notes: Vec<Note>,
    /// Whose rows it was compiled for.
    #[serde(skip)]
    policy: RowPolicy,
}

impl CompiledQuery {
    /// The request that runs it, under the policy that it was compiled for.
    pub fn request(&self) -> SqlRequest {
        SqlRequest::new(self.sql.clone(), self.policy).with_parameters(self.parameters.clone()).compiled()
    }
}

/// Compiles a metric question to one statement.
pub fn compile(
    model: &SemanticModel,
    query: &MetricQuery,
    dialect: Dialect,
    scope: &Scope,
) -> Result<CompiledQuery, MetricError> {
    let question = resolve::resolve(model, query)?;
    let (plans, notes) = plan::plans(model, &question, scope)?;
    let (sql, parameters) = render::render(model, &question, &plans, dialect, scope);
    let columns = columns::columns(&question);
    Ok(CompiledQuery { sql, parameters, columns, notes, policy: scope.policy() })
}

/// The columns of a question's result, in its order, without compiling it: for whoever writes an answer about the result.
/// Fails where names or values are wrong; that a metric cannot be asked by a dimension is found by [`compile`] only.
pub fn columns_of(model: &SemanticModel, query: &MetricQuery) -> Result<Vec<MetricColumn>, MetricError> {
    Ok(columns::columns(&resolve::resolve(model, query)?))
}

#[cfg(test)]
mod tests;
