//! A hash over the rows of a table, whatever their order, batches, files or string layout.
//!
//! Each row is written in a canonical form (below) and hashed with 128 bits of XXH3; the digests are added modulo 2^128,
//! which does not depend on their order and, unlike XOR, does not cancel repeated rows (Bellare and Micciancio 1997,
//! "AdHash"). The result is the SHA-256 over the row count and the sum. It finds differences between runs of our own;
//! it is no protection against somebody who constructs a collision. A cryptographic hash a row cost a tenth of a run.
//! Canonical form of a value: nine bytes, a tag and a little-endian word: integers and floats themselves (`-0.0` as
//! `0.0`, one NaN, `Float32` widened), texts and lists as the XXH3 of their content. Null is its tag and zeros.

use arrow::{
    array::{Array, ArrayRef, AsArray, PrimitiveArray},
    compute::cast,
    datatypes::{ArrowPrimitiveType, DataType, Float64Type, Int64Type, Schema, UInt64Type},
    record_batch::RecordBatch,
};
use datafusion::error::DataFusionError;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// Bytes of a value in canonical form.
const CELL: usize = 9;

const NULL: u8 = 0;
const INTEGER: u8 = 1;
const FLOAT: u8 = 2;
const TEXT: u8 = 3;
const BOOLEAN: u8 = 4;
const LIST: u8 = 5;

/// The running hash of a set of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowsHash {
    rows: u64,
    #[serde(with = "hex_sum")]
    sum: u128,
}

/// The sum as text: a JSON number of that size is not read back by every parser.
mod hex_sum {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(sum: &u128, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&format!("{sum:032x}"))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
        let text = String::deserialize(deserializer)?;
        u128::from_str_radix(&text, 16).map_err(D::Error::custom)
    }
}

impl RowsHash {
    /// Takes in all rows of a batch.
    pub fn add_batch(&mut self, batch: &RecordBatch) -> Result<(), DataFusionError> {
        let width = batch.num_columns() * CELL;
        let mut cells = vec![0_u8; width * batch.num_rows()];
        for (at, column) in batch.columns().iter().enumerate() {
            let mut cells = Cells { bytes: &mut cells, offset: at * CELL, width };
            write_column(column, &mut cells)?;
        }
        self.rows += batch.num_rows() as u64;
        if width == 0 {
            return Ok(());
        }
        for row in cells.chunks_exact(width) {
            self.sum = self.sum.wrapping_add(xxh3_128(row));
        }
        Ok(())
    }

    /// Takes in a row as received, by its bytes.
    pub fn add_raw(&mut self, row: &[u8]) {
        self.rows += 1;
        self.sum = self.sum.wrapping_add(xxh3_128(row));
    }

    /// Takes in all rows of another part of the same table.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.sum = self.sum.wrapping_add(other.sum);
    }

    /// Rows taken in so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The hash of the rows taken in so far, hex.
    pub fn finish(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(self.rows.to_le_bytes());
        digest.update(self.sum.to_le_bytes());
        hex::encode(digest.finalize())
    }
}

/// The hash over column names and types, hex. String layouts (view, large) count as one type.
pub fn schema_hash(schema: &Schema) -> String {
    let mut digest = Sha256::new();
    for field in schema.fields() {
        digest.update(field.name().as_bytes());
        digest.update([0]);
        digest.update(type_name(field.data_type()).as_bytes());
        digest.update([0]);
    }
    hex::encode(digest.finalize())
}

fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "Utf8".to_owned(),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            format!("List<{}>", type_name(item.data_type()))
        }
        other => other.to_string(),
    }
}

/// One column of a row-major block of cells.
struct Cells<'a> {
    bytes: &'a mut [u8],
    offset: usize,
    width: usize,
}

impl Cells<'_> {
    /// Writes a cell for each row; `value` gives tag and word of the row.
    fn fill(&mut self, value: impl Fn(usize) -> (u8, [u8; 8])) {
        for (row, cells) in self.bytes.chunks_exact_mut(self.width).enumerate() {
            let (tag, word) = value(row);
            if let Some([first, rest @ ..]) = cells.get_mut(self.offset..self.offset + CELL) {
                *first = tag;
                rest.copy_from_slice(&word);
            }
        }
    }

    fn fill_nullable(&mut self, array: &dyn Array, value: impl Fn(usize) -> (u8, [u8; 8])) {
        if array.null_count() == 0 {
            self.fill(value);
        } else {
            self.fill(|row| if array.is_null(row) { (NULL, [0; 8]) } else { value(row) });
        }
    }
}

fn write_column(column: &ArrayRef, cells: &mut Cells<'_>) -> Result<(), DataFusionError> {
    match column.data_type() {
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => {
            let array = as_type::<Int64Type>(column)?;
            cells.fill_nullable(&array, |row| (INTEGER, array.value(row).to_le_bytes()));
        }
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => {
            let array = as_type::<UInt64Type>(column)?;
            cells.fill_nullable(&array, |row| (INTEGER, array.value(row).to_le_bytes()));
        }
        DataType::Float32 | DataType::Float64 => {
            let array = as_type::<Float64Type>(column)?;
            cells.fill_nullable(&array, |row| (FLOAT, canonical_bits(array.value(row)).to_le_bytes()));
        }
        DataType::Boolean => {
            let array = column.as_boolean();
            cells.fill_nullable(array, |row| (BOOLEAN, u64::from(array.value(row)).to_le_bytes()));
        }
        DataType::Utf8 => {
            let array = column.as_string::<i32>();
            cells.fill_nullable(array, |row| (TEXT, text_word(array.value(row))));
        }
        DataType::LargeUtf8 => {
            let array = column.as_string::<i64>();
            cells.fill_nullable(array, |row| (TEXT, text_word(array.value(row))));
        }
        DataType::Utf8View => {
            let array = column.as_string_view();
            cells.fill_nullable(array, |row| (TEXT, text_word(array.value(row))));
        }
        DataType::List(_) => {
            let array = column.as_list::<i32>();
            let words = list_words(column, |row| array.value(row))?;
            cells.fill_nullable(column, |row| (LIST, words.get(row).copied().unwrap_or_default()));
        }
        DataType::FixedSizeList(_, _) => {
            let array = column.as_fixed_size_list();
            let words = list_words(column, |row| array.value(row))?;
            cells.fill_nullable(column, |row| (LIST, words.get(row).copied().unwrap_or_default()));
        }
        other => {
            let problem = format!("content hash of a column of type {other}");
            return Err(DataFusionError::NotImplemented(problem));
        }
    }
    Ok(())
}

fn as_type<T: ArrowPrimitiveType>(column: &ArrayRef) -> Result<PrimitiveArray<T>, DataFusionError> {
    Ok(match column.as_primitive_opt::<T>() {
        Some(array) => array.clone(),
        None => cast(column, &T::DATA_TYPE)?.as_primitive::<T>().clone(),
    })
}

fn text_word(text: &str) -> [u8; 8] {
    xxh3_64(text.as_bytes()).to_le_bytes()
}

/// A word for each list: the hash over the cells of its values, in their order.
fn list_words(
    column: &ArrayRef,
    values: impl Fn(usize) -> ArrayRef,
) -> Result<Vec<[u8; 8]>, DataFusionError> {
    let word = |row: usize| {
        if column.is_null(row) {
            return Ok([0; 8]);
        }
        let values = values(row);
        let mut bytes = vec![0_u8; values.len() * CELL];
        write_column(&values, &mut Cells { bytes: &mut bytes, offset: 0, width: CELL })?;
        Ok(xxh3_64(&bytes).to_le_bytes())
    };
    (0..column.len()).map(word).collect()
}

fn canonical_bits(value: f64) -> u64 {
    if value.is_nan() {
        f64::NAN.to_bits()
    } else if value == 0.0 {
        0.0_f64.to_bits()
    } else {
        value.to_bits()
    }
}

#[cfg(test)]
mod tests;
