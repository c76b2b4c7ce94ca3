//! Reads a table as plain columns, past SQL: for models that are held in memory whole.
//!
//! Input: a Parquet file or a folder of them (`recsys/next_basket/run=<id>/pairs`). Output: columns by name as vectors, in
//! file order. A column that is missing, of another kind or with a null where none may be is refused by its name.
//! For tables that every role may see, or of which no row leaves the process; customers' rows go through
//! [`crate::customer_rows`] or SQL.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use arrow::{
    array::{Array, ArrayRef, ArrowPrimitiveType, AsArray},
    compute::cast,
    datatypes::{ArrowNativeTypeOp, Float32Type, Float64Type, Int64Type},
    record_batch::RecordBatch,
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::{error::QueryError, parquet_table::parquet_files};

/// Columns of a table, read whole.
#[derive(Debug, Clone)]
pub struct PlainTable {
    path: PathBuf,
    batches: Vec<RecordBatch>,
}

/// Hands over every batch of a Parquet file, or of a folder's files in name order; a refusal names the path.
pub(crate) fn each_batch(
    path: &Path,
    mut take: impl FnMut(RecordBatch) -> Result<(), String>,
) -> Result<(), QueryError> {
    let storage = |reason: String| QueryError::Storage { path: path.to_owned(), reason };
    for file in parquet_files(path).map_err(|e| storage(e.to_string()))? {
        let file = File::open(&file).map_err(|e| storage(e.to_string()))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .and_then(ParquetRecordBatchReaderBuilder::build)
            .map_err(|e| storage(e.to_string()))?;
        for batch in reader {
            take(batch.map_err(|e| storage(e.to_string()))?).map_err(storage)?;
        }
    }
    Ok(())
}

impl PlainTable {
    /// Reads every row.
    pub fn read(path: &Path) -> Result<Self, QueryError> {
        let mut batches = Vec::new();
        each_batch(path, |batch| {
            batches.push(batch);
            Ok(())
        })?;
        Ok(Self::new(path, batches))
    }

    pub(crate) fn new(path: &Path, batches: Vec<RecordBatch>) -> Self {
        Self { path: path.to_owned(), batches }
    }

    /// Rows.
    pub fn len(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whole numbers without nulls.
    pub fn integers(&self, column: &str) -> Result<Vec<i64>, QueryError> {
        self.values::<Int64Type>(column)
    }

    /// Ids: whole numbers from 0 to 2³² − 1 without nulls.
    pub fn ids(&self, column: &str) -> Result<Vec<u32>, QueryError> {
        let ids = self.integers(column)?.into_iter().map(|id| self.id(column, id));
        ids.collect()
    }

    /// Numbers without nulls.
    pub fn numbers(&self, column: &str) -> Result<Vec<f32>, QueryError> {
        self.values::<Float32Type>(column)
    }

    /// Numbers, some of them null.
    pub fn optional_numbers(&self, column: &str) -> Result<Vec<Option<f64>>, QueryError> {
        let mut all = Vec::with_capacity(self.len());
        for array in self.columns(column) {
            let array = self.cast_to::<Float64Type>(column, &array?)?;
            all.extend(array.as_primitive::<Float64Type>());
        }
        Ok(all)
    }

    /// Lists of ids, neither they nor their members null.
    pub fn id_lists(&self, column: &str) -> Result<Vec<Vec<u32>>, QueryError> {
        let lists = self.lists::<Int64Type>(column)?;
        lists.into_iter().map(|list| list.into_iter().map(|id| self.id(column, id)).collect()).collect()
    }

    /// Lists of whole numbers, neither they nor their members null.
    pub fn integer_lists(&self, column: &str) -> Result<Vec<Vec<i64>>, QueryError> {
        self.lists::<Int64Type>(column)
    }

    /// Lists of numbers, neither they nor their members null.
    pub fn number_lists(&self, column: &str) -> Result<Vec<Vec<f32>>, QueryError> {
        self.lists::<Float32Type>(column)
    }

    fn values<T: ArrowPrimitiveType>(&self, column: &str) -> Result<Vec<T::Native>, QueryError>
    where
        T::Native: ArrowNativeTypeOp,
    {
        let mut all = Vec::with_capacity(self.len());
        for array in self.columns(column) {
            let array = self.cast_to::<T>(column, &array?)?;
            self.refuse_nulls(column, &array)?;
            all.extend_from_slice(array.as_primitive::<T>().values());
        }
        Ok(all)
    }

    fn lists<T: ArrowPrimitiveType>(&self, column: &str) -> Result<Vec<Vec<T::Native>>, QueryError> {
        let mut all = Vec::with_capacity(self.len());
        for array in self.columns(column) {
            let array = array?;
            self.refuse_nulls(column, &array)?;
            let lists = array
                .as_list_opt::<i32>()
                .ok_or_else(|| self.wrong(format!("the column {column} is no column of lists")))?;
            let members = self.cast_to::<T>(column, lists.values())?;
            self.refuse_nulls(column, &members)?;
            let values = members.as_primitive::<T>().values();
            for ends in lists.offsets().windows(2) {
                let &[start, end] = ends else { continue };
                all.push(values.get(start as usize..end as usize).unwrap_or_default().to_vec());
            }
        }
        Ok(all)
    }

    fn columns<'a>(&'a self, column: &'a str) -> impl Iterator<Item = Result<ArrayRef, QueryError>> + 'a {
        self.batches.iter().map(move |batch| {
            batch
                .column_by_name(column)
                .cloned()
                .ok_or_else(|| self.wrong(format!("there is no column {column}")))
        })
    }

    fn cast_to<T: ArrowPrimitiveType>(&self, column: &str, array: &ArrayRef) -> Result<ArrayRef, QueryError> {
        cast(array, &T::DATA_TYPE).map_err(|e| self.wrong(format!("the column {column}: {e}")))
    }

    fn refuse_nulls(&self, column: &str, array: &ArrayRef) -> Result<(), QueryError> {
        match array.null_count() {
            0 => Ok(()),
            nulls => Err(self.wrong(format!("the column {column} has {nulls} nulls, none are expected"))),
        }
    }

    fn id(&self, column: &str, id: i64) -> Result<u32, QueryError> {
        u32::try_from(id)
            .map_err(|_| self.wrong(format!("the column {column} has {id}, which is no 32-bit id")))
    }

    fn wrong(&self, reason: String) -> QueryError {
        QueryError::Storage { path: self.path.clone(), reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Cells, write_parquet};

    fn table() -> PlainTable {
        let folder = tempfile::tempdir().unwrap();
        let cells = [
            ("user_id", Cells::integers([7, 9])),
            ("gap", Cells::Numbers(vec![None, Some(3.0)])),
            ("weights", Cells::Vectors(vec![vec![1.0, -2.0], vec![]])),
            ("product_ids", Cells::IntegerLists(vec![vec![4, 5], vec![]])),
        ];
        write_parquet(&folder.path().join("part-0.parquet"), &cells).unwrap();
        PlainTable::read(folder.path()).unwrap()
    }

    #[test]
    fn columns_come_back_by_name_in_file_order() {
        let table = table();
        assert_eq!((table.len(), table.ids("user_id").unwrap()), (2, vec![7, 9]));
        assert_eq!(table.optional_numbers("gap").unwrap(), vec![None, Some(3.0)]);
        assert_eq!(table.number_lists("weights").unwrap(), vec![vec![1.0, -2.0], vec![]]);
        assert_eq!(table.id_lists("product_ids").unwrap(), vec![vec![4, 5], vec![]]);
    }

    #[test]
    fn a_column_that_is_not_as_expected_is_refused_by_its_name() {
        let table = table();
        let check = |outcome: Result<(), QueryError>, part: &str| {
            let message = outcome.unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        };
        check(table.integers("absent").map(|_| ()), "there is no column absent");
        check(table.numbers("gap").map(|_| ()), "the column gap has 1 nulls");
        check(table.integer_lists("user_id").map(|_| ()), "the column user_id is no column of lists");
        assert!(PlainTable::read(Path::new("absent")).is_err());
    }

    #[test]
    fn an_id_outside_32_bits_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("t.parquet");
        write_parquet(&file, &[("id", Cells::integers([-1]))]).unwrap();
        let message = PlainTable::read(&file).unwrap().ids("id").unwrap_err().to_string();
        assert!(message.contains("the column id has -1, which is no 32-bit id"), "{message}");
    }
}
