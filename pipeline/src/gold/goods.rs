//! The lines a second time, in the order of what was bought, and the same a row a customer and aisle.
//!
//! Silver's lines are in the order of customers, so a question about a department, an aisle or a product reads all of
//! them. In the order of goods it reads the pages of these goods: the reader skips the others by their statistics.
//! Sorted are the lines of a shard, not those of all customers: that needs no more memory than the shard, and pages are
//! small beside it.
//! Input: a shard. Output: `gold.line_goods`, `gold.customer_aisles`, a part each.

use std::{path::Path, sync::Arc};

use arrow::{
    array::{ArrayRef, Int64Array},
    datatypes::{DataType, Field, Schema, SchemaRef},
    record_batch::RecordBatch,
};

use crate::{
    content_hash::RowsHash,
    error::PipelineError,
    gold::{customers::Shard, products::Products},
    table_writer::PartWriter,
};

/// Rows of a batch that is written.
const BATCH_ROWS: usize = 8_192;

const LINE_COLUMNS: [&str; 7] =
    ["department_id", "aisle_id", "product_id", "user_id", "order_id", "items", "reorders"];
const CUSTOMER_COLUMNS: [&str; 5] = ["department_id", "aisle_id", "user_id", "items", "reorders"];

/// The columns of `line_goods`.
pub fn line_schema() -> SchemaRef {
    schema(&LINE_COLUMNS)
}

/// The columns of `customer_aisles`.
pub fn customer_schema() -> SchemaRef {
    schema(&CUSTOMER_COLUMNS)
}

fn schema(columns: &[&str]) -> SchemaRef {
    let fields = columns.iter().map(|name| Field::new(*name, DataType::Int64, true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// A line by what was bought.
#[derive(Debug, Clone, Copy)]
struct Good {
    department_id: u32,
    aisle_id: u32,
    product_id: u32,
    /// The order's place in the shard.
    order: u32,
    reordered: bool,
}

/// Writes a shard's part of both tables, `line_goods` first.
pub fn write_goods(
    shard: &Shard,
    index: usize,
    folders: [&Path; 2],
    products: &Products,
) -> Result<[RowsHash; 2], PipelineError> {
    let [lines, customers] = folders;
    let mut goods = goods_of(shard, products);
    let user = |good: &Good| shard.orders.get(good.order as usize).map_or(0, |order| order.user_id);
    goods.sort_unstable_by_key(|good| (good.department_id, good.aisle_id, good.product_id, good.order));
    let line = |good: &Good| {
        let order = shard.orders.get(good.order as usize);
        [
            i64::from(good.department_id),
            i64::from(good.aisle_id),
            i64::from(good.product_id),
            i64::from(user(good)),
            order.map_or(0, |order| i64::from(order.order_id)),
            1,
            i64::from(good.reordered),
        ]
    };
    let lines = write(lines, index, &line_schema(), goods.iter().map(line))?;
    // Orders stand by customer, so their places sort the customers too.
    goods.sort_unstable_by_key(|good| (good.department_id, good.aisle_id, good.order));
    let same =
        |a: &Good, b: &Good| (a.department_id, a.aisle_id, user(a)) == (b.department_id, b.aisle_id, user(b));
    let aisle = |goods: &[Good]| {
        let reorders = goods.iter().filter(|good| good.reordered).count();
        let key = goods.first().map_or([0; 3], |good| [good.department_id, good.aisle_id, user(good)]);
        let [department_id, aisle_id, user_id] = key.map(i64::from);
        [department_id, aisle_id, user_id, goods.len() as i64, reorders as i64]
    };
    let customers = write(customers, index, &customer_schema(), goods.chunk_by(same).map(aisle))?;
    Ok([lines, customers])
}

fn goods_of(shard: &Shard, products: &Products) -> Vec<Good> {
    let mut goods = Vec::with_capacity(shard.lines.len());
    for (at, order) in (0_u32..).zip(&shard.orders) {
        for line in shard.lines_of(order) {
            let product = products.rows().get(products.place(line.product_id) as usize);
            goods.push(Good {
                department_id: product.map_or(0, |product| product.department_id),
                aisle_id: product.map_or(0, |product| product.aisle_id),
                product_id: line.product_id,
                order: at,
                reordered: line.reordered,
            });
        }
    }
    goods
}

fn write<const N: usize>(
    folder: &Path,
    index: usize,
    schema: &SchemaRef,
    rows: impl Iterator<Item = [i64; N]>,
) -> Result<RowsHash, PipelineError> {
    let mut writer = PartWriter::new(folder, index, schema);
    let mut rows = rows.peekable();
    while rows.peek().is_some() {
        let mut columns: [Vec<i64>; N] = std::array::from_fn(|_| Vec::with_capacity(BATCH_ROWS));
        for row in rows.by_ref().take(BATCH_ROWS) {
            for (column, value) in columns.iter_mut().zip(row) {
                column.push(value);
            }
        }
        let columns = columns.into_iter().map(|column| Arc::new(Int64Array::from(column)) as ArrayRef);
        writer.write(&RecordBatch::try_new(Arc::clone(schema), columns.collect())?)?;
    }
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        gold::{
            customers::{LineRow, OrderRow},
            products::Product,
        },
        silver::values::EvalSet,
        table_writer::{part_path, prepare_folder},
    };
    use arrow::{array::AsArray, datatypes::Int64Type};
    use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

    fn read(folder: &Path) -> Vec<Vec<i64>> {
        let file = std::fs::File::open(part_path(folder, 3)).unwrap();
        let batches = ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap();
        let mut rows = Vec::new();
        for batch in batches {
            let batch = batch.unwrap();
            let at = |column: &ArrayRef, row: usize| column.as_primitive::<Int64Type>().value(row);
            rows.extend(
                (0..batch.num_rows()).map(|row| batch.columns().iter().map(|c| at(c, row)).collect()),
            );
        }
        rows
    }

    #[test]
    fn lines_stand_by_goods_and_a_customer_once_an_aisle() {
        let product = |product_id, aisle_id, department_id| Product {
            product_id,
            product_name: String::new(),
            aisle_id,
            department_id,
        };
        let products = Products::new(vec![product(1, 20, 2), product(2, 10, 1), product(3, 20, 2)]);
        let order = |order_id, user_id, lines| OrderRow {
            order_id,
            user_id,
            order_number: 1,
            eval_set: EvalSet::Prior,
            dow: 0,
            hour: 0,
            days: None,
            lines,
        };
        let line = |product_id, reordered| LineRow { product_id, position: 1, reordered };
        let shard = Shard {
            orders: vec![order(9, 7, 0..2), order(8, 7, 2..4), order(5, 6, 4..5)],
            lines: vec![line(3, false), line(2, false), line(1, true), line(3, true), line(1, false)],
        };
        let folder = tempfile::tempdir().unwrap();
        let folders = ["lines", "customers"].map(|name| folder.path().join(name));
        for folder in &folders {
            prepare_folder(folder).unwrap();
        }
        let [lines, customers] = &folders;
        let hashes = write_goods(&shard, 3, [lines, customers], &products).unwrap();
        assert_eq!(hashes.map(|hash| hash.rows()), [5, 3]);
        let expected = [
            [1, 10, 2, 7, 9, 1, 0],
            [2, 20, 1, 7, 8, 1, 1],
            [2, 20, 1, 6, 5, 1, 0],
            [2, 20, 3, 7, 9, 1, 0],
            [2, 20, 3, 7, 8, 1, 1],
        ];
        assert_eq!(read(lines), expected);
        assert_eq!(read(customers), [[1, 10, 7, 1, 0], [2, 20, 7, 3, 2], [2, 20, 6, 1, 0]]);
    }
}
