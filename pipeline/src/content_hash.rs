//! A hash over the rows of a table, whatever their order, batches, files or string layout.
//!
//! Each row is written in a canonical form (below) and hashed with SHA-256; the digests are added modulo 2^256, which
//! does not depend on their order and, unlike XOR, does not cancel repeated rows (Bellare and Micciancio 1997, "AdHash").
//! The result is the SHA-256 over the row count and the sum. It finds differences between runs of our own; it is no
//! protection against somebody who constructs a collision.
//! Canonical form of a value: a tag byte, then eight bytes little endian for integers and floats (`-0.0` as `0.0`, one
//! NaN, `Float32` widened), length and bytes for strings, length and values for lists. Null is its tag alone.

use arrow::{
    array::{
        Array, ArrayRef, AsArray, BooleanArray, FixedSizeListArray, Float64Array, Int64Array,
        LargeStringArray, ListArray, StringArray, StringViewArray, UInt64Array,
    },
    compute::cast,
    datatypes::{DataType, Schema},
    record_batch::RecordBatch,
};
use datafusion::error::DataFusionError;
use sha2::{Digest, Sha256};

/// The running hash of a set of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RowsHash {
    rows: u64,
    sum: [u64; 4],
}

impl RowsHash {
    /// Takes in all rows of a batch.
    pub fn add_batch(&mut self, batch: &RecordBatch) -> Result<(), DataFusionError> {
        let columns = batch.columns().iter().map(Column::new).collect::<Result<Vec<_>, _>>()?;
        let mut bytes = Vec::with_capacity(128);
        for row in 0..batch.num_rows() {
            bytes.clear();
            for column in &columns {
                column.write(row, &mut bytes);
            }
            self.add_digest(&Sha256::digest(&bytes).into());
        }
        Ok(())
    }

    /// Takes in all rows of another part of the same table.
    pub fn merge(&mut self, other: &Self) {
        self.rows += other.rows;
        self.add_words(other.sum);
    }

    /// Rows taken in so far.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The hash of the rows taken in so far, hex.
    pub fn finish(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(self.rows.to_le_bytes());
        for word in self.sum {
            digest.update(word.to_le_bytes());
        }
        hex::encode(digest.finalize())
    }

    fn add_digest(&mut self, digest: &[u8; 32]) {
        let mut words = [0_u64; 4];
        for (word, bytes) in words.iter_mut().zip(digest.chunks_exact(8)) {
            let mut eight = [0_u8; 8];
            eight.copy_from_slice(bytes);
            *word = u64::from_le_bytes(eight);
        }
        self.rows += 1;
        self.add_words(words);
    }

    fn add_words(&mut self, words: [u64; 4]) {
        let mut carry = false;
        for (sum, word) in self.sum.iter_mut().zip(words) {
            let (partial, first) = sum.overflowing_add(word);
            let (total, second) = partial.overflowing_add(u64::from(carry));
            *sum = total;
            carry = first || second;
        }
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

const NULL: u8 = 0;
const INTEGER: u8 = 1;
const FLOAT: u8 = 2;
const TEXT: u8 = 3;
const BOOLEAN: u8 = 4;
const LIST: u8 = 5;

/// A column with its type looked up once, not once a row.
enum Column {
    Integer(Int64Array),
    Unsigned(UInt64Array),
    Float(Float64Array),
    Boolean(BooleanArray),
    Text(StringArray),
    LargeText(LargeStringArray),
    TextView(StringViewArray),
    List(ListArray, Box<Column>),
    FixedSizeList(FixedSizeListArray, Box<Column>),
}

impl Column {
    fn new(array: &ArrayRef) -> Result<Self, DataFusionError> {
        Ok(match array.data_type() {
            DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => {
                Self::Integer(cast(array, &DataType::Int64)?.as_primitive().clone())
            }
            DataType::UInt8 | DataType::UInt16 | DataType::UInt32 | DataType::UInt64 => {
                Self::Unsigned(cast(array, &DataType::UInt64)?.as_primitive().clone())
            }
            DataType::Float32 | DataType::Float64 => {
                Self::Float(cast(array, &DataType::Float64)?.as_primitive().clone())
            }
            DataType::Boolean => Self::Boolean(array.as_boolean().clone()),
            DataType::Utf8 => Self::Text(array.as_string().clone()),
            DataType::LargeUtf8 => Self::LargeText(array.as_string().clone()),
            DataType::Utf8View => Self::TextView(array.as_string_view().clone()),
            DataType::List(_) => {
                let list = array.as_list().clone();
                let values = Self::new(list.values())?;
                Self::List(list, Box::new(values))
            }
            DataType::FixedSizeList(_, _) => {
                let list = array.as_fixed_size_list().clone();
                let values = Self::new(list.values())?;
                Self::FixedSizeList(list, Box::new(values))
            }
            other => {
                return Err(DataFusionError::NotImplemented(format!(
                    "content hash of a column of type {other}"
                )));
            }
        })
    }

    fn array(&self) -> &dyn Array {
        match self {
            Self::Integer(array) => array,
            Self::Unsigned(array) => array,
            Self::Float(array) => array,
            Self::Boolean(array) => array,
            Self::Text(array) => array,
            Self::LargeText(array) => array,
            Self::TextView(array) => array,
            Self::List(array, _) => array,
            Self::FixedSizeList(array, _) => array,
        }
    }

    /// Appends the canonical form of one value. `row` is below the column's length.
    fn write(&self, row: usize, bytes: &mut Vec<u8>) {
        if self.array().is_null(row) {
            bytes.push(NULL);
            return;
        }
        match self {
            Self::Integer(array) => write_word(INTEGER, array.value(row).to_le_bytes(), bytes),
            Self::Unsigned(array) => write_word(INTEGER, array.value(row).to_le_bytes(), bytes),
            Self::Float(array) => write_word(FLOAT, canonical_bits(array.value(row)).to_le_bytes(), bytes),
            Self::Boolean(array) => bytes.extend([BOOLEAN, u8::from(array.value(row))]),
            Self::Text(array) => write_text(array.value(row), bytes),
            Self::LargeText(array) => write_text(array.value(row), bytes),
            Self::TextView(array) => write_text(array.value(row), bytes),
            Self::List(array, values) => {
                let start = usize::try_from(array.value_offsets()[row]).unwrap_or_default();
                let length = usize::try_from(array.value_length(row)).unwrap_or_default();
                write_list(values, start, length, bytes);
            }
            Self::FixedSizeList(array, values) => {
                let start = usize::try_from(array.value_offset(row)).unwrap_or_default();
                let length = usize::try_from(array.value_length()).unwrap_or_default();
                write_list(values, start, length, bytes);
            }
        }
    }
}

fn write_word(tag: u8, word: [u8; 8], bytes: &mut Vec<u8>) {
    bytes.push(tag);
    bytes.extend(word);
}

fn write_text(text: &str, bytes: &mut Vec<u8>) {
    write_word(TEXT, (text.len() as u64).to_le_bytes(), bytes);
    bytes.extend(text.as_bytes());
}

fn write_list(values: &Column, start: usize, length: usize, bytes: &mut Vec<u8>) {
    write_word(LIST, (length as u64).to_le_bytes(), bytes);
    for row in start..start + length {
        values.write(row, bytes);
    }
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
