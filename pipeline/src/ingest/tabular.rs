//! A Parquet file of one table, rendered as CSV.
//!
//! Input: a file whose columns are the table's, in any order and spelling that the header of a CSV may have. Output:
//! bytes with the canonical columns in canonical order; null = empty field, whole numbers as digits, floats in their
//! shortest form (`3.0` for whole ones), `true`/`false`, text quoted where CSV needs it.
//! Memory: one batch of rows and its text. Does not look at what the values mean.

use std::{
    fs::File,
    io::{self, Read, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
};

use arrow::{
    array::{Array, ArrayRef, AsArray},
    compute::cast,
    datatypes::{DataType, Field, Float32Type, Float64Type, Int64Type, Schema, UInt64Type},
    record_batch::RecordBatch,
};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use crate::{
    error::PipelineError,
    ingest::{
        open::carry,
        schema::{HeaderMap, SourceTable},
    },
};

/// Rows that are decoded at a time.
const BATCH_ROWS: usize = 8_192;

/// Whole floats below this are written digit by digit; beyond it not every whole number is a float.
const EXACT_FLOAT: f64 = 9_007_199_254_740_992.0;

/// The CSV bytes of one Parquet file.
pub(super) struct ParquetAsCsv {
    path: PathBuf,
    batches: ParquetRecordBatchReader,
    /// By canonical column: its position in the file.
    positions: Vec<usize>,
    text: Vec<u8>,
    taken: usize,
}

impl ParquetAsCsv {
    /// Opens a file and understands its columns.
    pub(super) fn open(file: File, table: SourceTable, path: &Path) -> Result<Self, PipelineError> {
        let (schema, batches) = guarded(path, || {
            let builder = ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(BATCH_ROWS);
            Ok::<_, parquet::errors::ParquetError>((builder.schema().clone(), builder.build()?))
        })?;
        let positions = columns(&schema, table, path)?;
        let mut text = table.columns().join(",").into_bytes();
        text.push(b'\n');
        Ok(Self { path: path.to_owned(), batches, positions, text, taken: 0 })
    }

    /// Renders the next batch; `false` at the end.
    fn refill(&mut self) -> Result<bool, PipelineError> {
        self.text.clear();
        self.taken = 0;
        let Some(batch) = guarded(&self.path, || self.batches.next().transpose())? else { return Ok(false) };
        let rendered = render(&batch, &self.positions, &mut self.text);
        rendered.map_err(|e| damaged(&self.path, &e.to_string()))?;
        Ok(true)
    }
}

impl Read for ParquetAsCsv {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.text.len() {
            if !self.refill().map_err(carry)? {
                return Ok(0);
            }
        }
        let mut rest = self.text.get(self.taken..).unwrap_or_default();
        let read = rest.read(buffer)?;
        self.taken += read;
        Ok(read)
    }
}

/// Runs the decoder. It panics on some damaged files, where the rest of the pipeline wants an error.
fn guarded<T, E: std::fmt::Display>(
    path: &Path,
    decode: impl FnOnce() -> Result<T, E>,
) -> Result<T, PipelineError> {
    match catch_unwind(AssertUnwindSafe(decode)) {
        Ok(decoded) => decoded.map_err(|e| damaged(path, &e.to_string())),
        Err(_) => Err(damaged(path, "its pages contradict each other")),
    }
}

fn damaged(path: &Path, reason: &str) -> PipelineError {
    let reason = format!("it is no Parquet file, or is cut or damaged ({reason}): fetch or export it again");
    PipelineError::UnreadableFile { path: path.to_owned(), reason }
}

/// Where the canonical columns stand, when all can be rendered.
fn columns(schema: &Schema, table: SourceTable, path: &Path) -> Result<Vec<usize>, PipelineError> {
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let header = HeaderMap::read(table, path, &names)?;
    let unsupported = |field: &Field| PipelineError::UnsupportedFormat {
        table: table.name().to_owned(),
        path: path.to_owned(),
        reason: format!(
            "column {:?} is of type {}, this build reads numbers, text and booleans",
            field.name(),
            field.data_type()
        ),
    };
    match schema.fields().iter().find(|field| rendered_as(field.data_type()).is_none()) {
        Some(field) => Err(unsupported(field)),
        None => Ok(header.positions),
    }
}

/// The type that a column is brought to before it is written; `None` for one that has no place in the six tables.
fn rendered_as(stored: &DataType) -> Option<DataType> {
    match stored {
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => Some(DataType::Int64),
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => Some(DataType::UInt64),
        DataType::Float16 | DataType::Float32 => Some(DataType::Float32),
        DataType::Float64 => Some(DataType::Float64),
        DataType::Boolean => Some(DataType::Boolean),
        DataType::Null | DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Some(DataType::Utf8),
        // Warehouses export their whole numbers as decimals without a fraction.
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) => Some(DataType::Utf8),
        DataType::Dictionary(_, values) => rendered_as(values),
        _ => None,
    }
}

fn render(
    batch: &RecordBatch,
    positions: &[usize],
    text: &mut Vec<u8>,
) -> Result<(), arrow::error::ArrowError> {
    let columns = positions.iter().filter_map(|at| batch.columns().get(*at)).map(|column| {
        let plain = rendered_as(column.data_type()).unwrap_or(DataType::Utf8);
        cast(column, &plain)
    });
    let columns: Vec<ArrayRef> = columns.collect::<Result<_, _>>()?;
    let columns: Vec<Column<'_>> = columns.iter().map(Column::of).collect();
    for row in 0..batch.num_rows() {
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                text.push(b',');
            }
            column.write(row, text);
        }
        text.push(b'\n');
    }
    Ok(())
}

/// A column of a batch, its type told once.
enum Column<'a> {
    Signed(&'a arrow::array::Int64Array),
    Unsigned(&'a arrow::array::UInt64Array),
    Short(&'a arrow::array::Float32Array),
    Long(&'a arrow::array::Float64Array),
    Truth(&'a arrow::array::BooleanArray),
    Text(&'a arrow::array::StringArray),
}

impl<'a> Column<'a> {
    /// `column` is of a type that [`rendered_as`] gives.
    fn of(column: &'a ArrayRef) -> Self {
        match column.data_type() {
            DataType::Int64 => Self::Signed(column.as_primitive::<Int64Type>()),
            DataType::UInt64 => Self::Unsigned(column.as_primitive::<UInt64Type>()),
            DataType::Float32 => Self::Short(column.as_primitive::<Float32Type>()),
            DataType::Float64 => Self::Long(column.as_primitive::<Float64Type>()),
            DataType::Boolean => Self::Truth(column.as_boolean()),
            _ => Self::Text(column.as_string::<i32>()),
        }
    }

    fn write(&self, row: usize, text: &mut Vec<u8>) {
        match self {
            Self::Signed(column) if column.is_valid(row) => {
                let value = column.value(row);
                if value < 0 {
                    text.push(b'-');
                }
                push_digits(text, value.unsigned_abs());
            }
            Self::Unsigned(column) if column.is_valid(row) => push_digits(text, column.value(row)),
            // A short float is not widened first: 0.1 would become 0.10000000149011612.
            Self::Short(column) if column.is_valid(row) => push_float(text, column.value(row)),
            Self::Long(column) if column.is_valid(row) => push_float(text, column.value(row)),
            Self::Truth(column) if column.is_valid(row) => {
                text.extend_from_slice(if column.value(row) { b"true" } else { b"false" });
            }
            Self::Text(column) if column.is_valid(row) => push_text(text, column.value(row)),
            _ => {}
        }
    }
}

fn push_digits(text: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
        start -= 1;
        if value == 0 {
            break;
        }
    }
    text.extend_from_slice(digits.get(start..).unwrap_or_default());
}

fn push_float(text: &mut Vec<u8>, value: impl Into<f64> + std::fmt::Debug + Copy) {
    let wide: f64 = value.into();
    if wide.fract() == 0.0 && (0.0..EXACT_FLOAT).contains(&wide) {
        push_digits(text, wide as u64);
        text.extend_from_slice(b".0");
    } else {
        // Writing to memory does not fail. `Debug` is the shortest text that reads back as the same number.
        let _ = write!(text, "{value:?}");
    }
}

fn push_text(text: &mut Vec<u8>, value: &str) {
    if !value.contains([',', '"', '\n', '\r']) {
        text.extend_from_slice(value.as_bytes());
        return;
    }
    text.push(b'"');
    for piece in value.split_inclusive('"') {
        text.extend_from_slice(piece.as_bytes());
        if piece.ends_with('"') {
            text.push(b'"');
        }
    }
    text.push(b'"');
}

#[cfg(test)]
mod tests;
