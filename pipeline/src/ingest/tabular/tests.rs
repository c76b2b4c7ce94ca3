//! The same rows as CSV and as Parquet, and Parquet files that are none.

use std::{io::Seek, sync::Arc};

use arrow::{
    array::{
        BooleanArray, Decimal128Array, DictionaryArray, Float32Array, Float64Array, Int32Array, Int64Array,
        NullArray, StringArray, StringViewArray, TimestampSecondArray, UInt16Array,
    },
    datatypes::Int32Type,
};
use parquet::{arrow::ArrowWriter, basic::Compression, file::properties::WriterProperties};

use super::*;

fn parquet(columns: Vec<(&str, ArrayRef)>, compression: Compression) -> Vec<u8> {
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true))).unwrap();
    let properties = WriterProperties::builder().set_compression(compression).build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn as_csv(table: SourceTable, parquet: &[u8]) -> Result<String, PipelineError> {
    let path = Path::new("table.parquet");
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(parquet).unwrap();
    file.rewind().unwrap();
    let mut text = String::new();
    ParquetAsCsv::open(file, table, path)?
        .read_to_string(&mut text)
        .map_err(|e| crate::ingest::open::read_failed(path, e))?;
    Ok(text)
}

fn orders() -> Vec<(&'static str, ArrayRef)> {
    vec![
        ("DAYS_SINCE_PRIOR", Arc::new(Float64Array::from(vec![None, Some(3.0), Some(0.1)]))),
        ("order_id", Arc::new(Int64Array::from(vec![1, 2, 9_007_199_254_740_993]))),
        ("user_id", Arc::new(UInt16Array::from(vec![7, 7, 65_535]))),
        ("eval_set", Arc::new(DictionaryArray::<Int32Type>::from_iter(["prior", "train", "prior"]))),
        ("order_number", Arc::new(Int32Array::from(vec![Some(1), Some(-2), None]))),
        ("order_dow", Arc::new(Float32Array::from(vec![0.0, 6.0, 0.1]))),
        (
            "order_hour_of_day",
            Arc::new(Decimal128Array::from(vec![8, 23, 0]).with_precision_and_scale(38, 0).unwrap()),
        ),
    ]
}

const ORDERS: &str =
    "order_id,user_id,eval_set,order_number,order_dow,order_hour_of_day,days_since_prior_order
1,7,prior,1,0.0,8,
2,7,train,-2,6.0,23,3.0
9007199254740993,65535,prior,,0.1,0,0.1
";

#[test]
fn every_type_is_written_as_a_csv_would_have_it_in_canonical_order() {
    for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::ZSTD(Default::default())]
    {
        assert_eq!(as_csv(SourceTable::Orders, &parquet(orders(), compression)).unwrap(), ORDERS);
    }
}

#[test]
fn the_same_rows_as_csv_and_as_parquet_give_the_same_bytes() {
    let csv = "product_id,product_name,aisle_id,department_id\n1,Banana,1,1\n2,\"Soup, \"\"Rich\"\"\",2,1\n3,\"two\nlines\",2,\n";
    let mut rows = csv::Reader::from_reader(csv.as_bytes());
    let rows: Vec<csv::StringRecord> = rows.records().map(Result::unwrap).collect();
    let id = |at: usize| -> ArrayRef {
        Arc::new(Int64Array::from_iter(rows.iter().map(|r| r[at].parse::<i64>().ok())))
    };
    let names: ArrayRef =
        Arc::new(StringViewArray::from_iter_values(rows.iter().map(|row| row[1].to_owned())));
    let columns =
        vec![("product_id", id(0)), ("product_name", names), ("aisle_id", id(2)), ("department_id", id(3))];
    assert_eq!(as_csv(SourceTable::Products, &parquet(columns, Compression::SNAPPY)).unwrap(), csv);
}

#[test]
fn booleans_and_columns_of_nulls_have_their_place() {
    let id: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("order_id", Arc::clone(&id)),
        ("product_id", id),
        ("add_to_cart_order", Arc::new(NullArray::new(2))),
        ("reordered", Arc::new(BooleanArray::from(vec![true, false]))),
    ];
    let text = as_csv(SourceTable::OrderProductsPrior, &parquet(columns, Compression::SNAPPY)).unwrap();
    assert_eq!(text, "order_id,product_id,add_to_cart_order,reordered\n1,1,,true\n2,2,,false\n");
}

#[test]
fn many_batches_are_read_to_the_last_row() {
    let count = 3 * BATCH_ROWS as i64 + 5;
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(0..count));
    let names: ArrayRef = Arc::new(StringArray::from_iter_values((0..count).map(|id| format!("aisle {id}"))));
    let bytes = parquet(vec![("aisle_id", ids), ("aisle", names)], Compression::SNAPPY);
    let text = as_csv(SourceTable::Aisles, &bytes).unwrap();
    assert_eq!(text.lines().count() as i64, count + 1);
    assert!(text.ends_with(&format!("\n{0},aisle {0}\n", count - 1)));
}

#[test]
fn a_column_of_an_unsupported_type_is_named() {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("aisle_id", Arc::new(TimestampSecondArray::from(vec![1]))),
        ("aisle", Arc::new(StringArray::from(vec!["x"]))),
    ];
    let error = as_csv(SourceTable::Aisles, &parquet(columns, Compression::SNAPPY)).unwrap_err();
    assert_eq!(error.code(), "unsupported_format");
    assert!(error.to_string().contains("\"aisle_id\" is of type Timestamp"), "{error}");
}

#[test]
fn columns_are_understood_as_those_of_a_csv_header() {
    let name: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
    let only = parquet(vec![("aisle", Arc::clone(&name))], Compression::SNAPPY);
    assert_eq!(as_csv(SourceTable::Aisles, &only).unwrap_err().code(), "missing_column");
    let more =
        vec![("aisle", Arc::clone(&name)), ("aisle_id", Arc::clone(&name)), ("__index_level_0__", name)];
    let error = as_csv(SourceTable::Aisles, &parquet(more, Compression::SNAPPY)).unwrap_err();
    assert_eq!(error.code(), "unknown_column");
}

#[test]
fn cut_and_damaged_files_are_errors_and_never_panics() {
    let whole = parquet(orders(), Compression::SNAPPY);
    for length in 0..whole.len() {
        let error = as_csv(SourceTable::Orders, &whole[..length]).unwrap_err();
        assert_eq!(error.code(), "unreadable_file", "cut at {length}: {error}");
        assert!(error.to_string().contains("table.parquet"), "{error}");
    }
    let mut refused = 0;
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x55;
        // Some bytes are values, and nothing tells a wrong one; whatever is told has a code of its own.
        if let Err(error) = as_csv(SourceTable::Orders, &damaged) {
            refused += 1;
            let codes = [
                "unreadable_file",
                "unknown_column",
                "missing_column",
                "unsupported_format",
                "repeated_column",
            ];
            assert!(codes.contains(&error.code()), "byte {at}: {error}");
        }
    }
    assert!(refused > whole.len() / 10, "{refused} of {}", whole.len());
}
