//! Reads factors: Parquet with one integer id column and one `List<Float32>` column, in file order.
//!
//! Input: a file or a folder of files (`recsys/als/run=<id>/item_factors`). Output: `(id, vector)` pairs.
//! Vectors are read whole and go past SQL: they are searched in process, row by row.

use std::path::Path;

use crate::{error::QueryError, plain_table::each_batch};
use arrow::{
    array::{Array, AsArray},
    compute::cast,
    datatypes::{DataType, Float32Type, Int64Type},
    error::ArrowError,
    record_batch::RecordBatch,
};

/// Reads every vector with its id. All vectors must have the same length.
pub fn read_vectors(path: &Path) -> Result<Vec<(u32, Vec<f32>)>, QueryError> {
    let storage = |reason: String| QueryError::Storage { path: path.to_owned(), reason };
    let mut vectors: Vec<(u32, Vec<f32>)> = Vec::new();
    each_batch(path, |batch| append(&batch, &mut vectors))?;
    let length = vectors.first().map_or(0, |(_, vector)| vector.len());
    match vectors.iter().find(|(_, vector)| vector.len() != length) {
        Some((id, vector)) => {
            Err(storage(format!("the vector of {id} has length {}, others {length}", vector.len())))
        }
        None => Ok(vectors),
    }
}

fn append(batch: &RecordBatch, vectors: &mut Vec<(u32, Vec<f32>)>) -> Result<(), String> {
    let text = |e: ArrowError| e.to_string();
    let find = |wanted: fn(&DataType) -> bool, what: &str| {
        let at = batch.schema().fields().iter().position(|field| wanted(field.data_type()));
        at.map(|at| batch.column(at)).ok_or_else(|| format!("no column of {what}"))
    };
    let ids = find(DataType::is_integer, "integers")?;
    let lists = find(|kind| matches!(kind, DataType::List(_)), "lists of numbers")?;
    let ids = cast(ids, &DataType::Int64).map_err(text)?;
    let ids = ids.as_primitive::<Int64Type>();
    let lists = lists.as_list::<i32>();
    for (id, list) in ids.iter().zip(lists.iter()) {
        let id = id
            .and_then(|id| u32::try_from(id).ok())
            .ok_or_else(|| format!("the id {id:?} is no 32-bit id"))?;
        let list = list.ok_or_else(|| format!("the vector of {id} is null"))?;
        let list = cast(&list, &DataType::Float32).map_err(text)?;
        if list.null_count() > 0 {
            return Err(format!("the vector of {id} has a null"));
        }
        vectors.push((id, list.as_primitive::<Float32Type>().values().to_vec()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Cells, write_parquet};

    #[test]
    fn vectors_come_back_with_their_ids() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("part-0.parquet");
        let cells = [
            ("product_id", Cells::integers([7, 9])),
            ("factors", Cells::Vectors(vec![vec![1.0, -2.0], vec![0.5, 0.0]])),
        ];
        write_parquet(&file, &cells).unwrap();
        let expected = vec![(7, vec![1.0, -2.0]), (9, vec![0.5, 0.0])];
        assert_eq!(read_vectors(&file).unwrap(), expected);
        assert_eq!(read_vectors(folder.path()).unwrap(), expected, "a folder reads like its files");
    }

    #[test]
    fn a_table_without_vectors_is_refused_by_what_it_lacks() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.parquet");
        write_parquet(&file, &[("product_id", Cells::integers([7]))]).unwrap();
        assert!(read_vectors(&file).unwrap_err().to_string().contains("no column of lists of numbers"));
        assert!(read_vectors(&folder.path().join("absent")).is_err());
    }

    #[test]
    fn vectors_of_different_length_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.parquet");
        let cells = [
            ("user_id", Cells::integers([1, 2])),
            ("factors", Cells::Vectors(vec![vec![1.0], vec![1.0, 2.0]])),
        ];
        write_parquet(&file, &cells).unwrap();
        assert!(
            read_vectors(&file).unwrap_err().to_string().contains("the vector of 2 has length 2, others 1")
        );
    }
}
