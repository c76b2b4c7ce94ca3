//! Arrow batches to plain rows: what leaves this crate is a [`Table`] of JSON scalars.
//!
//! Input: a stream of batches under one schema. Output: at most so many rows and bytes, and whether that cut any off.

use std::collections::BTreeSet;

use arrow::{
    array::{Array, ArrayRef, AsArray},
    compute::cast,
    datatypes::{
        DataType, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, Schema, UInt8Type,
        UInt16Type, UInt32Type, UInt64Type,
    },
    error::ArrowError,
    record_batch::RecordBatch,
    util::display::array_value_to_string,
};
use domain::table::{Column, ColumnType, Table};
use serde_json::Value;

/// Bytes that a number or null counts in the byte limit.
const SCALAR_BYTES: usize = 8;

/// Gathers rows until a limit is reached.
pub(crate) struct RowCollector {
    table: Table,
    rows_left: usize,
    bytes_left: usize,
    truncated: bool,
}

impl RowCollector {
    pub(crate) fn new(schema: &Schema, max_rows: usize, max_bytes: usize) -> Self {
        Self {
            table: Table::new(columns(schema)),
            rows_left: max_rows,
            bytes_left: max_bytes,
            truncated: false,
        }
    }

    /// Takes a batch in; `false` once a limit cut rows off and no further batch is wanted.
    pub(crate) fn push(&mut self, batch: &RecordBatch) -> Result<bool, ArrowError> {
        let columns: Vec<Vec<Value>> = batch.columns().iter().map(values).collect::<Result<_, _>>()?;
        let mut columns: Vec<_> = columns.into_iter().map(Vec::into_iter).collect();
        for _ in 0..batch.num_rows() {
            let row: Vec<Value> =
                columns.iter_mut().map(|cells| cells.next().unwrap_or(Value::Null)).collect();
            let bytes: usize = row.iter().map(cell_bytes).sum();
            if self.rows_left == 0 || bytes > self.bytes_left {
                self.truncated = true;
                return Ok(false);
            }
            self.rows_left -= 1;
            self.bytes_left -= bytes;
            self.table.rows.push(row);
        }
        Ok(true)
    }

    pub(crate) fn finish(self) -> (Table, bool) {
        (self.table, self.truncated)
    }
}

fn cell_bytes(cell: &Value) -> usize {
    cell.as_str().map_or(SCALAR_BYTES, str::len)
}

/// The columns of a schema. A name that comes twice (`a.id, b.id`) gets a number: column names are unique.
pub(crate) fn columns(schema: &Schema) -> Vec<Column> {
    let mut taken = BTreeSet::new();
    schema
        .fields()
        .iter()
        .map(|field| {
            let mut name = field.name().clone();
            let mut number = 2;
            while !taken.insert(name.clone()) {
                name = format!("{}_{number}", field.name());
                number += 1;
            }
            Column::new(name, column_type(field.data_type()))
        })
        .collect()
}

fn column_type(kind: &DataType) -> ColumnType {
    match kind {
        DataType::Boolean => ColumnType::Boolean,
        kind if kind.is_integer() => ColumnType::Integer,
        kind if kind.is_numeric() => ColumnType::Number,
        _ => ColumnType::String,
    }
}

fn values(array: &ArrayRef) -> Result<Vec<Value>, ArrowError> {
    macro_rules! primitive {
        ($kind:ty) => {
            array.as_primitive::<$kind>().iter().map(|cell| cell.map_or(Value::Null, Value::from)).collect()
        };
    }
    Ok(match array.data_type() {
        DataType::Null => vec![Value::Null; array.len()],
        DataType::Boolean => {
            array.as_boolean().iter().map(|cell| cell.map_or(Value::Null, Value::from)).collect()
        }
        DataType::Int8 => primitive!(Int8Type),
        DataType::Int16 => primitive!(Int16Type),
        DataType::Int32 => primitive!(Int32Type),
        DataType::Int64 => primitive!(Int64Type),
        DataType::UInt8 => primitive!(UInt8Type),
        DataType::UInt16 => primitive!(UInt16Type),
        DataType::UInt32 => primitive!(UInt32Type),
        DataType::UInt64 => primitive!(UInt64Type),
        // JSON has no NaN and no infinity: `Value::from` makes them null.
        DataType::Float32 => primitive!(Float32Type),
        DataType::Float64 => primitive!(Float64Type),
        DataType::Utf8 => array.as_string::<i32>().iter().map(text).collect(),
        DataType::LargeUtf8 => array.as_string::<i64>().iter().map(text).collect(),
        DataType::Utf8View => array.as_string_view().iter().map(text).collect(),
        DataType::Dictionary(_, inner) => values(&cast(array, inner)?)?,
        kind if kind.is_numeric() => values(&cast(array, &DataType::Float64)?)?,
        _ => (0..array.len())
            .map(|at| {
                if array.is_null(at) {
                    Ok(Value::Null)
                } else {
                    array_value_to_string(array, at).map(Value::from)
                }
            })
            .collect::<Result<_, _>>()?,
    })
}

fn text(cell: Option<&str>) -> Value {
    cell.map_or(Value::Null, Value::from)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::{
        array::{Float64Array, Int64Array, StringArray},
        datatypes::Field,
    };
    use serde_json::json;

    use super::*;

    fn batch() -> RecordBatch {
        let schema = Schema::new(vec![
            Field::new("id", DataType::Int64, true),
            Field::new("id", DataType::Utf8, true),
            Field::new("rate", DataType::Float64, true),
        ]);
        RecordBatch::try_new(
            Arc::new(schema),
            vec![
                Arc::new(Int64Array::from(vec![Some(1), None])),
                Arc::new(StringArray::from(vec![Some("a"), None])),
                Arc::new(Float64Array::from(vec![Some(0.5), Some(f64::NAN)])),
            ],
        )
        .unwrap()
    }

    fn collect(rows: usize, bytes: usize) -> (Table, bool) {
        let batch = batch();
        let mut collector = RowCollector::new(&batch.schema(), rows, bytes);
        collector.push(&batch).unwrap();
        collector.finish()
    }

    #[test]
    fn cells_become_json_and_what_json_lacks_becomes_null() {
        let (table, truncated) = collect(10, 1_000);
        assert_eq!(table.rows, vec![vec![json!(1), json!("a"), json!(0.5)], vec![json!(null); 3]]);
        assert!(!truncated);
    }

    #[test]
    fn a_name_that_comes_twice_gets_a_number() {
        let names: Vec<String> = collect(1, 100).0.columns.into_iter().map(|c| c.name).collect();
        assert_eq!(names, ["id", "id_2", "rate"]);
    }

    #[test]
    fn rows_and_bytes_beyond_the_limit_are_cut_and_told() {
        assert!(collect(1, 1_000).1);
        let (table, truncated) = collect(10, 20);
        assert_eq!((table.rows.len(), truncated), (1, true));
        assert!(!collect(2, 1_000).1);
    }
}
