//! SQL engines behind one seam, the tables of a run, the guard, the row policy, the metric compiler.
//!
//! A metric question becomes one SQL statement in [`metrics`]; every statement, whoever wrote it, goes through
//! [`guard`] and runs in an engine ([`sql::SqlEngine`], [`embedded::EmbeddedEngine`]) over the tables of one run, where the
//! row policy of whoever asks is part of each table ([`policy`]).
//! Upward go plain rows ([`domain::table::Table`]): besides `pipeline`, no other crate sees DataFusion or Arrow.

pub mod customer_rows;
pub mod embedded;
pub mod error;
pub mod fixture;
pub mod guard;
pub mod metrics;
mod parquet_table;
pub mod plain_table;
pub mod policy;
pub mod rows;
mod session;
pub mod sql;
pub mod tables;
pub mod vectors;
mod yielding;

pub use embedded::EmbeddedEngine;
pub use error::QueryError;
pub use sql::{Dialect, Limits, QueryResult, SqlEngine, SqlRequest, SqlValue, TableInfo};
