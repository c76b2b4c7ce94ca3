//! Which names tell apart: those that no two aisles, departments or products share, upper and lower case alike.
//!
//! Input: the cleaned catalogue. Output: `gold.unique_names`, one row; a column of how many there are for each kind of
//! name that is unique, and none for the others. A count of different orders may be read from a rollup by id for such
//! a name, and must not for a name that may be several ids.

use std::{collections::HashSet, fs::File, sync::Arc};

use arrow::{
    array::{ArrayRef, AsArray, Int64Array},
    datatypes::{DataType, Field, Schema},
    record_batch::RecordBatch,
};
use domain::manifest::Artefact;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::{
    context::StageContext,
    error::{PipelineError, io_error},
    gold::products::Products,
    table_writer::part_path,
};

/// Writes the table.
pub fn write_names(context: &StageContext, products: &Products) -> Result<Artefact, PipelineError> {
    let aisles = names(context, "aisles")?;
    let departments = names(context, "departments")?;
    let of_products = products.rows().iter().map(|product| product.product_name.as_str());
    let known = [
        ("aisle", unique(aisles.iter().map(String::as_str))),
        ("department", unique(departments.iter().map(String::as_str))),
        ("product_name", unique(of_products)),
    ];
    // A table needs a column even where no name is unique.
    let kinds = known.iter().filter(|(_, count)| count.is_some()).count();
    let counts = known.into_iter().filter_map(|(name, count)| Some((name, count?)));
    let cells: Vec<(&str, i64)> = std::iter::once(("kinds", kinds as i64)).chain(counts).collect();
    let fields = cells.iter().map(|(name, _)| Field::new(*name, DataType::Int64, true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let columns = cells.iter().map(|(_, count)| Arc::new(Int64Array::from(vec![*count])) as ArrayRef);
    let batch = RecordBatch::try_new(Arc::clone(&schema), columns.collect())?;
    context.write_batches("gold.unique_names", &context.paths().gold("unique_names"), &schema, [batch])
}

/// How many names there are, if no two are the same.
fn unique<'a>(names: impl Iterator<Item = &'a str>) -> Option<i64> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name.to_lowercase()) {
            return None;
        }
    }
    Some(seen.len() as i64)
}

/// The names of a table of the catalogue: its second column.
fn names(context: &StageContext, table: &str) -> Result<Vec<String>, PipelineError> {
    let path = part_path(&context.paths().silver(table), 0);
    let file = File::open(&path).map_err(io_error("read", &path))?;
    let mut names = Vec::new();
    for batch in ParquetRecordBatchReaderBuilder::try_new(file)?.build()? {
        let batch: RecordBatch = batch?;
        names.extend(batch.column(1).as_string::<i32>().iter().flatten().map(str::to_owned));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_other_case_is_the_same_name() {
        assert_eq!(unique(["Produce", "Frozen"].into_iter()), Some(2));
        assert_eq!(unique(["Produce", "Frozen", "produce"].into_iter()), None);
        assert_eq!(unique(std::iter::empty()), Some(0));
    }
}
