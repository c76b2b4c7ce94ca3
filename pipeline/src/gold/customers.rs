//! Silver read a customer at a time: the orders of each, in their order, with the lines of each.
//!
//! Silver is clustered: shard n of `orders` and of `order_lines` hold the same customers, orders by (user_id,
//! order_number) and lines in the order of their orders. So a customer's whole history stands together, and nothing has
//! to be sorted or joined. Memory: one shard, about two million lines, 16 bytes each.

use std::{fs::File, ops::Range, path::Path};

use arrow::{
    array::{Array, AsArray},
    datatypes::{Float64Type, Int64Type},
    record_batch::RecordBatch,
};
use datafusion::error::DataFusionError;
use parquet::arrow::{
    ProjectionMask,
    arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder},
};

use crate::{
    context::StageContext,
    error::{PipelineError, io_error},
    silver::values::EvalSet,
    table_writer::part_path,
};

/// Rows that are decoded at a time.
const BATCH_ROWS: usize = 65_536;

/// An order with the place of its lines in the shard.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderRow {
    /// The key.
    pub order_id: u32,
    /// The customer.
    pub user_id: u32,
    /// From 1.
    pub order_number: u32,
    /// Prior, train or test.
    pub eval_set: EvalSet,
    /// Day of the week, 0 to 6.
    pub dow: u8,
    /// Hour of the day, 0 to 23.
    pub hour: u8,
    /// Days since the order before; `None` on a first order.
    pub days: Option<f64>,
    /// Its lines in [`Shard::lines`].
    pub lines: Range<usize>,
}

/// A line of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineRow {
    /// The product.
    pub product_id: u32,
    /// The place in the cart, from 1.
    pub position: u32,
    /// Whether the customer had bought it before.
    pub reordered: bool,
}

/// The orders and lines of a range of customers.
#[derive(Debug, Default)]
pub struct Shard {
    /// By customer and number.
    pub orders: Vec<OrderRow>,
    /// In the order of the orders.
    pub lines: Vec<LineRow>,
}

impl Shard {
    /// The orders of one customer after the other.
    pub fn customers(&self) -> impl Iterator<Item = &[OrderRow]> {
        self.orders.chunk_by(|a, b| a.user_id == b.user_id)
    }

    /// The lines of an order.
    pub fn lines_of(&self, order: &OrderRow) -> &[LineRow] {
        self.lines.get(order.lines.clone()).unwrap_or_default()
    }
}

/// How many shards silver has.
pub fn shard_count(context: &StageContext) -> usize {
    shards_in(&context.paths().silver("orders"))
}

/// How many shards a folder of orders has.
pub fn shards_in(orders: &Path) -> usize {
    (0..).take_while(|shard| part_path(orders, *shard).exists()).count()
}

/// Reads one shard.
pub fn read_shard(context: &StageContext, shard: usize) -> Result<Shard, PipelineError> {
    let paths = context.paths();
    read_shard_in(&paths.silver("orders"), &paths.silver("order_lines"), shard)
}

/// Reads one shard of these two folders.
pub fn read_shard_in(orders: &Path, lines: &Path, shard: usize) -> Result<Shard, PipelineError> {
    let mut read = Shard::default();
    let columns = [
        "order_id",
        "user_id",
        "eval_set",
        "order_number",
        "order_dow",
        "order_hour_of_day",
        "days_since_prior_order",
    ];
    for batch in open(&part_path(orders, shard), &columns)? {
        take_orders(&batch?, &mut read)?;
    }
    let path = part_path(lines, shard);
    // Customers without lines, all of them.
    if !path.exists() {
        return Ok(read);
    }
    let mut at = 0;
    for batch in open(&path, &["order_id", "product_id", "add_to_cart_order", "reordered"])? {
        take_lines(&batch?, &mut read, &mut at)?;
    }
    Ok(read)
}

/// A reader of some columns, in the order in which they are named.
fn open(path: &Path, columns: &[&str]) -> Result<ParquetRecordBatchReader, PipelineError> {
    let file = File::open(path).map_err(io_error("read", path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file)?;
    let mask = ProjectionMask::columns(builder.parquet_schema(), columns.iter().copied());
    Ok(builder.with_projection(mask).with_batch_size(BATCH_ROWS).build()?)
}

fn take_orders(batch: &RecordBatch, shard: &mut Shard) -> Result<(), PipelineError> {
    let numbers = |name| whole_numbers(batch, name);
    let (ids, users, order_numbers) = (numbers("order_id")?, numbers("user_id")?, numbers("order_number")?);
    let (dows, hours) = (numbers("order_dow")?, numbers("order_hour_of_day")?);
    let sets = batch.column_by_name("eval_set").and_then(|column| column.as_string_opt::<i32>());
    let days = batch
        .column_by_name("days_since_prior_order")
        .and_then(|column| column.as_primitive_opt::<Float64Type>());
    let (Some(sets), Some(days)) = (sets, days) else { return Err(mismatch("eval_set or days")) };
    for row in 0..batch.num_rows() {
        let at = |values: &[i64]| values.get(row).copied().unwrap_or_default();
        shard.orders.push(OrderRow {
            // Silver's ids fit 32 bits, its days and hours are below 24.
            order_id: at(ids) as u32,
            user_id: at(users) as u32,
            order_number: at(order_numbers) as u32,
            eval_set: EvalSet::read(sets.value(row).as_bytes()).ok_or_else(|| mismatch("eval_set"))?,
            dow: at(dows) as u8,
            hour: at(hours) as u8,
            days: days.is_valid(row).then(|| days.value(row)),
            lines: 0..0,
        });
    }
    Ok(())
}

fn take_lines(batch: &RecordBatch, shard: &mut Shard, at: &mut usize) -> Result<(), PipelineError> {
    let numbers = |name| whole_numbers(batch, name);
    let (ids, products) = (numbers("order_id")?, numbers("product_id")?);
    let (positions, reordered) = (numbers("add_to_cart_order")?, numbers("reordered")?);
    let Shard { orders, lines } = shard;
    lines.reserve(ids.len());
    for (((id, product), position), reordered) in ids.iter().zip(products).zip(positions).zip(reordered) {
        // The lines follow their orders; an order without lines is passed over.
        while orders.get(*at).is_some_and(|order| i64::from(order.order_id) != *id) {
            *at += 1;
        }
        let order = orders.get_mut(*at).ok_or_else(|| mismatch("order_id"))?;
        if order.lines.is_empty() {
            order.lines = lines.len()..lines.len();
        }
        order.lines.end += 1;
        lines.push(LineRow {
            product_id: *product as u32,
            position: *position as u32,
            reordered: *reordered == 1,
        });
    }
    Ok(())
}

fn whole_numbers<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a [i64], PipelineError> {
    let column = batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<Int64Type>());
    Ok(column.filter(|column| column.null_count() == 0).ok_or_else(|| mismatch(name))?.values())
}

fn mismatch(column: &str) -> PipelineError {
    let problem = format!("silver tables do not fit together at {column}: run the clean stage again");
    PipelineError::Engine(DataFusionError::Execution(problem))
}
