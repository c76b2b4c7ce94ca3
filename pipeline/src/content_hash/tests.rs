//! The hash must see every change of a row and no change of order, batches or layout.

use std::sync::Arc;

use arrow::{
    array::{Float32Array, Float64Array, Int64Array, ListArray, StringArray, StringViewArray},
    datatypes::{Field, Float32Type},
};

use super::*;

fn batch(ids: &[i64], names: &[Option<&str>]) -> RecordBatch {
    RecordBatch::try_from_iter([
        ("id", Arc::new(Int64Array::from(ids.to_vec())) as ArrayRef),
        ("name", Arc::new(StringArray::from(names.to_vec())) as ArrayRef),
    ])
    .unwrap()
}

fn hash(batches: &[RecordBatch]) -> String {
    let mut rows = RowsHash::default();
    for batch in batches {
        rows.add_batch(batch).unwrap();
    }
    rows.finish()
}

fn hash_column(column: ArrayRef) -> String {
    hash(&[RecordBatch::try_from_iter([("c", column)]).unwrap()])
}

#[test]
fn order_and_batches_do_not_matter() {
    let whole = batch(&[1, 2, 3], &[Some("a"), None, Some("c")]);
    let turned = [batch(&[3], &[Some("c")]), batch(&[2, 1], &[None, Some("a")])];
    assert_eq!(hash(&[whole]), hash(&turned));
}

#[test]
fn parts_merge_to_the_whole() {
    let (left, right) = (batch(&[1], &[Some("a")]), batch(&[2], &[None]));
    let mut one = RowsHash::default();
    one.add_batch(&left).unwrap();
    let mut two = RowsHash::default();
    two.add_batch(&right).unwrap();
    one.merge(&two);
    assert_eq!(one.rows(), 2);
    assert_eq!(one.finish(), hash(&[right, left]));
}

#[test]
fn a_changed_value_a_repeated_row_and_a_swapped_value_are_seen() {
    let base = hash(&[batch(&[1, 2], &[Some("a"), Some("b")])]);
    for other in [
        batch(&[1, 2], &[Some("a"), Some("c")]),
        batch(&[1, 2, 2], &[Some("a"), Some("b"), Some("b")]),
        batch(&[1, 2], &[Some("b"), Some("a")]),
        batch(&[1], &[Some("a")]),
        batch(&[1, 2], &[Some("a"), None]),
    ] {
        assert_ne!(base, hash(&[other]));
    }
    // An exclusive-or would see no difference between two and four equal rows.
    assert_ne!(hash(&[batch(&[1; 2], &[None; 2])]), hash(&[batch(&[1; 4], &[None; 4])]));
}

#[test]
fn null_and_empty_text_differ() {
    assert_ne!(hash(&[batch(&[1], &[None])]), hash(&[batch(&[1], &[Some("")])]));
}

#[test]
fn string_layout_float_width_and_signed_zero_do_not_matter() {
    let text = hash_column(Arc::new(StringArray::from(vec!["a long text beyond twelve bytes"])));
    assert_eq!(text, hash_column(Arc::new(StringViewArray::from(vec!["a long text beyond twelve bytes"]))));
    let float = hash_column(Arc::new(Float64Array::from(vec![0.0, 0.5])));
    assert_eq!(float, hash_column(Arc::new(Float32Array::from(vec![-0.0, 0.5]))));
}

#[test]
fn lists_are_hashed_by_their_values_also_in_a_slice() {
    let list =
        |rows: Vec<Option<Vec<Option<f32>>>>| ListArray::from_iter_primitive::<Float32Type, _, _>(rows);
    let whole = list(vec![Some(vec![Some(9.0)]), Some(vec![Some(1.0), Some(2.0)]), None]);
    let direct = list(vec![Some(vec![Some(1.0), Some(2.0)]), None]);
    assert_eq!(hash_column(Arc::new(whole.slice(1, 2))), hash_column(Arc::new(direct)));
    let split = list(vec![Some(vec![Some(1.0)]), Some(vec![Some(2.0)])]);
    assert_ne!(hash_column(Arc::new(whole.slice(1, 2))), hash_column(Arc::new(split)));
}

#[test]
fn a_type_without_a_canonical_form_is_refused() {
    let dates = arrow::array::Date32Array::from(vec![1]);
    let batch = RecordBatch::try_from_iter([("d", Arc::new(dates) as ArrayRef)]).unwrap();
    assert!(RowsHash::default().add_batch(&batch).is_err());
}

#[test]
fn the_schema_hash_sees_names_and_types_and_no_string_layout() {
    let schema =
        |name: &str, data_type: DataType| schema_hash(&Schema::new(vec![Field::new(name, data_type, true)]));
    assert_eq!(schema("a", DataType::Utf8), schema("a", DataType::Utf8View));
    assert_ne!(schema("a", DataType::Utf8), schema("b", DataType::Utf8));
    assert_ne!(schema("a", DataType::Int64), schema("a", DataType::Float64));
}
