//! A table of the source as a Parquet file.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, Float64Array, Int64Array, StringArray},
    record_batch::RecordBatch,
};
use parquet::arrow::ArrowWriter;

use crate::source::{CLEAN, columns, is_text};

/// One column: its name and what stands in it.
pub(crate) type ParquetColumn = (String, ArrayRef);

/// The clean columns of a table: ids as whole numbers, days as floats with nulls.
pub(crate) fn clean_columns(table: &str) -> Vec<ParquetColumn> {
    let rows = &CLEAN[table];
    let column = |(at, name): (usize, &&str)| {
        let values = rows.iter().map(|row| row[at].as_str());
        let array: ArrayRef = if is_text(name) {
            Arc::new(StringArray::from_iter_values(values))
        } else if *name == "days_since_prior_order" {
            Arc::new(values.map(|value| value.parse::<f64>().ok()).collect::<Float64Array>())
        } else {
            Arc::new(Int64Array::from_iter_values(
                values.map(|value| value.parse::<i64>().expect("a number")),
            ))
        };
        ((*name).to_owned(), array)
    };
    columns(table).iter().enumerate().map(column).collect()
}

/// The same with every number as a float, the way a data frame with gaps writes them.
pub(crate) fn float_columns(table: &str) -> Vec<ParquetColumn> {
    let float = |(name, array): ParquetColumn| {
        let array = if is_text(&name) {
            array
        } else {
            arrow::compute::cast(&array, &arrow::datatypes::DataType::Float64).expect("numbers")
        };
        (name, array)
    };
    clean_columns(table).into_iter().map(float).collect()
}

pub(crate) fn parquet(columns: Vec<ParquetColumn>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)))
        .expect("columns of one length");
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).expect("a writer");
    writer.write(&batch).expect("memory");
    writer.close().expect("memory");
    bytes
}

/// The file without any row.
pub(crate) fn no_rows(columns: Vec<ParquetColumn>) -> Vec<ParquetColumn> {
    columns.into_iter().map(|(name, array)| (name, array.slice(0, 0))).collect()
}
