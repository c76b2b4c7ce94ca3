//! Reads one customer's rows of a table straight from its Parquet files: for a request that has milliseconds.
//!
//! Input: a table with an integer `user_id`, opened once (footers and page statistics stay in memory), then a customer
//! and the row policy of whoever asks. Output: the customer's rows as plain columns, in file order.
//! Silver is clustered by customer, so that a customer's rows lie in one or two pages of one file; any other order gives
//! the same rows, only slower. Planning the same as SQL costs more than reading it.

use std::{
    fs::File,
    path::{Path, PathBuf},
};

use arrow::{
    array::{AsArray, BooleanArray},
    compute::{cast, kernels::cmp::eq},
    datatypes::{DataType, Int64Type},
    error::ArrowError,
};
use domain::{ids::UserId, principal::RowPolicy};
use parquet::{
    arrow::{
        ProjectionMask,
        arrow_reader::{
            ArrowPredicateFn, ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
            RowFilter, RowSelection,
        },
    },
    file::{
        metadata::{PageIndexPolicy, RowGroupMetaData},
        page_index::column_index::ColumnIndexMetaData,
        statistics::Statistics,
    },
};

use crate::{
    error::QueryError, parquet_table::parquet_files, plain_table::PlainTable, policy::check_customer_column,
    tables::CUSTOMER_COLUMN,
};

/// Some columns of a customer table, ready to be asked for one customer at a time.
#[derive(Debug)]
pub struct CustomerRows {
    name: String,
    path: PathBuf,
    columns: Vec<String>,
    files: Vec<OpenFile>,
}

#[derive(Debug)]
struct OpenFile {
    path: PathBuf,
    footer: ArrowReaderMetadata,
    /// Position of the customer column among the file's columns.
    customer: usize,
}

/// Rows of one file that may be the customer's.
struct Place {
    row_groups: Vec<usize>,
    selection: RowSelection,
}

impl CustomerRows {
    /// Reads the footers of a table of that SQL name; `columns` are what later reads return.
    pub fn open(name: &str, path: &Path, columns: &[&str]) -> Result<Self, QueryError> {
        let storage = |reason: String| QueryError::Storage { path: path.to_owned(), reason };
        let mut files = Vec::new();
        for file in parquet_files(path).map_err(|e| storage(e.to_string()))? {
            let reader = File::open(&file).map_err(|e| storage(e.to_string()))?;
            let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Optional);
            let footer = ArrowReaderMetadata::load(&reader, options).map_err(|e| storage(e.to_string()))?;
            check_customer_column(footer.schema()).map_err(|e| storage(e.to_string()))?;
            let position = |column: &str| {
                let leaves = footer.parquet_schema().columns().iter();
                leaves.into_iter().position(|leaf| leaf.path().string() == column)
            };
            for column in columns {
                position(column).ok_or_else(|| storage(format!("there is no column {column}")))?;
            }
            let customer = position(CUSTOMER_COLUMN)
                .ok_or_else(|| storage(format!("there is no column {CUSTOMER_COLUMN}")))?;
            files.push(OpenFile { path: file, footer, customer });
        }
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        Ok(Self { name: name.to_owned(), path: path.to_owned(), columns, files })
    }

    /// The customer's rows as far as they exist under the policy: another's are none for a shopper, and a guest has no
    /// such table. Blocks for a read of some pages.
    pub fn read(&self, policy: RowPolicy, user_id: UserId) -> Result<PlainTable, QueryError> {
        match policy {
            RowPolicy::NoCustomer => return Err(QueryError::CustomerTable { table: self.name.clone() }),
            RowPolicy::OwnRows(own) if own != user_id => return Ok(PlainTable::new(&self.path, Vec::new())),
            RowPolicy::OwnRows(_) | RowPolicy::AllCustomers => {}
        }
        let mut batches = Vec::new();
        for file in &self.files {
            let Some(place) = file.place(user_id) else { continue };
            let rows = self.read_file(file, place, user_id);
            batches.extend(rows.map_err(|reason| QueryError::Storage { path: file.path.clone(), reason })?);
        }
        Ok(PlainTable::new(&self.path, batches))
    }

    fn read_file(
        &self,
        file: &OpenFile,
        place: Place,
        user_id: UserId,
    ) -> Result<Vec<arrow::record_batch::RecordBatch>, String> {
        let reader = File::open(&file.path).map_err(|e| e.to_string())?;
        let schema = file.footer.parquet_schema();
        let customer = ProjectionMask::leaves(schema, [file.customer]);
        let wanted = ProjectionMask::columns(schema, self.columns.iter().map(String::as_str));
        let is_theirs = ArrowPredicateFn::new(customer, move |batch| is_customer(batch.column(0), user_id));
        ParquetRecordBatchReaderBuilder::new_with_metadata(reader, file.footer.clone())
            .with_projection(wanted)
            .with_row_groups(place.row_groups)
            .with_row_selection(place.selection)
            .with_row_filter(RowFilter::new(vec![Box::new(is_theirs)]))
            .build()
            .map_err(|e| e.to_string())?
            .collect::<Result<_, ArrowError>>()
            .map_err(|e| e.to_string())
    }
}

fn is_customer(column: &arrow::array::ArrayRef, user_id: UserId) -> Result<BooleanArray, ArrowError> {
    let column = cast(column, &DataType::Int64)?;
    eq(column.as_primitive::<Int64Type>(), &arrow::array::Int64Array::new_scalar(i64::from(user_id.0)))
}

impl OpenFile {
    /// Where the statistics leave room for the customer; `None` where nowhere.
    fn place(&self, user_id: UserId) -> Option<Place> {
        let wanted = i64::from(user_id.0);
        let (mut row_groups, mut ranges, mut start) = (Vec::new(), Vec::new(), 0);
        for (at, group) in self.footer.metadata().row_groups().iter().enumerate() {
            if !may_hold(group, self.customer, wanted) {
                continue;
            }
            let rows = usize::try_from(group.num_rows()).unwrap_or(0);
            row_groups.push(at);
            ranges.extend(
                self.pages(at, rows, wanted).into_iter().map(|page| page.start + start..page.end + start),
            );
            start += rows;
        }
        (!ranges.is_empty()).then(|| Place {
            row_groups,
            selection: RowSelection::from_consecutive_ranges(ranges.into_iter(), start),
        })
    }

    /// Rows of the pages of a row group that may hold the customer; the whole group where pages have no statistics.
    fn pages(&self, group: usize, rows: usize, wanted: i64) -> Vec<std::ops::Range<usize>> {
        let metadata = self.footer.metadata();
        let index = metadata.column_index().and_then(|index| index.get(group)?.get(self.customer));
        let places = metadata.offset_index().and_then(|index| index.get(group)?.get(self.customer));
        let (Some(ColumnIndexMetaData::INT64(index)), Some(places)) = (index, places) else {
            return std::iter::once(0..rows).collect();
        };
        let starts: Vec<usize> = places
            .page_locations()
            .iter()
            .map(|page| usize::try_from(page.first_row_index).unwrap_or(0))
            .chain(std::iter::once(rows))
            .collect();
        let bounds = index.min_values_iter().zip(index.max_values_iter());
        let pages = starts.windows(2).zip(bounds).filter_map(|(ends, (least, most))| {
            let &[start, end] = ends else { return None };
            (*least? <= wanted && wanted <= *most?).then_some(start..end)
        });
        pages.collect()
    }
}

fn may_hold(group: &RowGroupMetaData, customer: usize, wanted: i64) -> bool {
    match group.columns().get(customer).and_then(|column| column.statistics()) {
        Some(Statistics::Int64(statistics)) => {
            let (least, most) = (statistics.min_opt(), statistics.max_opt());
            least.is_none_or(|least| *least <= wanted) && most.is_none_or(|most| wanted <= *most)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Cells, write_parquet};

    /// 60,000 rows, three a customer, so that a file has several pages; a second file with one customer more, unsorted.
    fn open(folder: &Path) -> CustomerRows {
        let users = || (1..=20_000).flat_map(|user| [user; 3]);
        let cells = [("user_id", Cells::integers(users())), ("n", Cells::integers(0..60_000))];
        write_parquet(&folder.join("part-0.parquet"), &cells).unwrap();
        let cells = [("user_id", Cells::integers([30_000, 5, 30_000])), ("n", Cells::integers([1, 2, 3]))];
        write_parquet(&folder.join("part-1.parquet"), &cells).unwrap();
        CustomerRows::open("orders", folder, &["n"]).unwrap()
    }

    #[test]
    fn every_row_of_the_customer_is_found_in_every_file() {
        let folder = tempfile::tempdir().unwrap();
        let rows = open(folder.path());
        let of = |user| rows.read(RowPolicy::AllCustomers, UserId(user)).unwrap().integers("n").unwrap();
        assert_eq!(of(5), [12, 13, 14, 2]);
        assert_eq!(of(20_000), [59_997, 59_998, 59_999]);
        assert_eq!(of(7_000), [20_997, 20_998, 20_999]);
        assert_eq!(of(30_000), [1, 3]);
        assert!(of(40_000).is_empty());
    }

    #[test]
    fn only_pages_that_may_hold_the_customer_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let rows = open(folder.path());
        let place = rows.files[0].place(UserId(7_000)).unwrap();
        assert!(place.selection.row_count() < 60_000, "{} rows", place.selection.row_count());
        assert!(rows.files[0].place(UserId(30_000)).is_none());
    }

    #[test]
    fn the_row_policy_holds() {
        let folder = tempfile::tempdir().unwrap();
        let rows = open(folder.path());
        let own = RowPolicy::OwnRows(UserId(5));
        assert_eq!(rows.read(own, UserId(5)).unwrap().len(), 4);
        assert!(rows.read(own, UserId(7)).unwrap().is_empty());
        let refused = rows.read(RowPolicy::NoCustomer, UserId(5)).unwrap_err();
        assert!(matches!(refused, QueryError::CustomerTable { .. }), "{refused}");
    }

    #[test]
    fn a_table_without_customers_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        write_parquet(&folder.path().join("p.parquet"), &[("n", Cells::integers([1]))]).unwrap();
        assert!(CustomerRows::open("products", folder.path(), &["n"]).is_err());
    }
}
