//! A small result table: named, typed columns and rows of JSON scalars.
//!
//! The shape that the query engine returns, that tools return, and that an answer cites as evidence.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a column's cells are; every cell may also be null.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnType {
    /// JSON strings.
    String,
    /// JSON numbers without a fraction.
    Integer,
    /// JSON numbers.
    Number,
    /// JSON booleans.
    Boolean,
}

/// A named, typed column.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Column {
    /// Snake case, unique in its table.
    pub name: String,
    /// What the cells are.
    #[serde(rename = "type")]
    pub kind: ColumnType,
}

impl Column {
    /// A column of that name and type.
    pub fn new(name: impl Into<String>, kind: ColumnType) -> Self {
        Self { name: name.into(), kind }
    }
}

/// Rows under typed columns. Each row is as long as `columns`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows, in order; cells are null, booleans, numbers or strings.
    pub rows: Vec<Vec<Value>>,
}

impl Table {
    /// A table without rows.
    pub fn new(columns: Vec<Column>) -> Self {
        Self { columns, rows: Vec::new() }
    }

    /// The position of a column.
    pub fn column_index(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// One cell; `None` when the row or the column is not there.
    pub fn cell(&self, row: usize, column: &str) -> Option<&Value> {
        self.rows.get(row)?.get(self.column_index(column)?)
    }

    /// One cell as a string slice.
    pub fn text(&self, row: usize, column: &str) -> Option<&str> {
        self.cell(row, column)?.as_str()
    }

    /// One cell as a number.
    pub fn number(&self, row: usize, column: &str) -> Option<f64> {
        self.cell(row, column)?.as_f64()
    }

    /// One cell as an integer.
    pub fn integer(&self, row: usize, column: &str) -> Option<i64> {
        self.cell(row, column)?.as_i64()
    }
}
