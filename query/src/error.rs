//! Why a query gave no rows, split by what the caller does next.
//!
//! Messages about the statement itself are safe to show to whoever wrote it. [`QueryError::Engine`] and
//! [`QueryError::Storage`] may hold internals: log them, show [`QueryError::safe_text`].

use std::path::PathBuf;

use datafusion::error::DataFusionError;

/// Why a query gave no rows.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// Not exactly one query.
    #[error("{0}; send exactly one SELECT statement")]
    NotOneQuery(String),
    /// Longer, deeper or wider than is planned.
    #[error("the statement has {found} {what}, at most {limit} are allowed")]
    TooComplex {
        /// What is counted.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A table that does not exist.
    #[error("there is no table {table:?}; the tables are: {known}")]
    UnknownTable {
        /// As written.
        table: String,
        /// The tables that exist for whoever asks.
        known: String,
    },
    /// A table of customers' rows, asked for by somebody for whom no customer exists.
    #[error(
        "the table {table:?} holds customers' rows, which a guest cannot see: sign in as a shopper or analyst"
    )]
    CustomerTable {
        /// As written.
        table: String,
    },
    /// A kind of statement, clause or function that is not allowed.
    #[error("{what} is not allowed here; only reading queries over the listed tables and functions are")]
    Forbidden {
        /// What was found.
        what: String,
    },
    /// A join that would pair every row with every row.
    #[error(
        "a join without equality between columns would pair {left} with {right} rows, at most {limit} pairs are allowed; \
         join on equal keys"
    )]
    UnboundedJoin {
        /// Rows on the left, at most.
        left: String,
        /// Rows on the right, at most.
        right: String,
        /// Pairs allowed.
        limit: u64,
    },
    /// The statement cannot be understood: syntax, an unknown column, types that do not fit.
    #[error("the statement cannot be planned: {0}")]
    Invalid(String),
    /// Placeholders and parameters do not match.
    #[error("the statement has {expected} placeholders, {given} parameters were given")]
    Parameters {
        /// The highest placeholder.
        expected: usize,
        /// How many were given.
        given: usize,
    },
    /// It took too long.
    #[error("the query was stopped after {0} ms; ask for less or filter more")]
    Timeout(u128),
    /// Whoever asked went away.
    #[error("the query was cancelled")]
    Cancelled,
    /// Memory or spill space ran out.
    #[error("the query needs more memory or disk than a query may have; ask for less or filter more")]
    ResourcesExhausted,
    /// A value that cannot be computed, such as a cast of text that is no number.
    #[error("the query failed on its data: {0}")]
    Data(String),
    /// A table's files cannot be read.
    #[error("cannot read {path}: {reason}")]
    Storage {
        /// The file or folder.
        path: PathBuf,
        /// What the reader said.
        reason: String,
    },
    /// The engine itself failed.
    #[error("the query engine failed: {0}")]
    Engine(String),
}

impl QueryError {
    /// A stable name for the cause.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotOneQuery(_) => "not_one_query",
            Self::TooComplex { .. } => "query_too_complex",
            Self::UnknownTable { .. } => "unknown_table",
            Self::CustomerTable { .. } => "not_allowed",
            Self::Forbidden { .. } => "forbidden_sql",
            Self::UnboundedJoin { .. } => "unbounded_join",
            Self::Invalid(_) => "invalid_sql",
            Self::Parameters { .. } => "invalid_parameters",
            Self::Timeout(_) => "timeout",
            Self::Cancelled => "cancelled",
            Self::ResourcesExhausted => "resources_exhausted",
            Self::Data(_) => "invalid_data",
            Self::Storage { .. } => "storage",
            Self::Engine(_) => "engine",
        }
    }

    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Timeout(_) | Self::ResourcesExhausted)
    }

    /// The message without internals.
    pub fn safe_text(&self) -> String {
        match self {
            Self::Storage { .. } => "a table of the run cannot be read".to_owned(),
            Self::Engine(_) => "the query engine failed".to_owned(),
            other => other.to_string(),
        }
    }

    /// Of an error while a statement is read and planned.
    pub(crate) fn planning(error: DataFusionError) -> Self {
        match error.find_root() {
            // Constants are computed while planning.
            DataFusionError::ArrowError(..)
            | DataFusionError::Internal(_)
            | DataFusionError::IoError(_)
            | DataFusionError::ObjectStore(_) => Self::running(error),
            root => Self::Invalid(first_line(&root.strip_backtrace())),
        }
    }

    /// Of an error while rows are computed.
    pub(crate) fn running(error: DataFusionError) -> Self {
        match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => Self::ResourcesExhausted,
            DataFusionError::ArrowError(arrow, _) => Self::Data(first_line(&arrow.to_string())),
            DataFusionError::Execution(text) => Self::Data(first_line(text)),
            root => Self::Engine(root.strip_backtrace()),
        }
    }
}

/// Planner messages can carry a whole plan or a list of functions below their first line.
fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().to_owned()
}
