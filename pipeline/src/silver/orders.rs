//! Orders: the row rules, then those over all orders and over a customer's.
//!
//! Held in memory as a whole (40 bytes an order), because order lines ask for them by id and follow them in their order.
//! Output: [`Orders`], by (user_id, order_number), and `silver.orders`, a file a shard.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    sync::Arc,
};

use arrow::{
    array::{ArrayRef, Float64Array, Int64Array, StringArray},
    datatypes::{DataType, Field, Schema, SchemaRef},
    record_batch::RecordBatch,
};
use domain::manifest::Artefact;
use rayon::prelude::*;

use crate::{
    context::StageContext,
    error::PipelineError,
    ingest::schema::SourceTable,
    silver::{
        bronze::{BronzePart, Met, Row, parts_of},
        quarantine::{Late, Quarantine, QuarantineWorker, TableQuality},
        rules::ORDERS,
        values::{EvalSet, Gap, gap, id, integer_in},
    },
    table_writer::{PartWriter, finish_table, prepare_folder},
};

/// Rows of a batch that is written.
const BATCH_ROWS: usize = 8_192;

/// One order.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// The key.
    pub order_id: u32,
    /// The customer.
    pub user_id: u32,
    /// From 1, without gaps.
    pub order_number: u32,
    /// As silver has it.
    pub eval_set: EvalSet,
    /// As the source has it; its lines stand in the file of that name.
    pub given_set: EvalSet,
    part: u32,
    line: u32,
    /// Not a number where it is missing.
    days: f64,
    dow: u8,
    hour: u8,
    /// Whether it came through the stream.
    pub streamed: bool,
}

/// The clean orders of a run.
#[derive(Debug)]
pub struct Orders {
    /// By (user_id, order_number).
    pub rows: Vec<Order>,
    /// Orders of erased customers.
    pub erased: HashSet<u32>,
    /// Orders that came through the stream and by the batch.
    pub superseded: HashSet<u32>,
    /// The rows of each shard; no customer is in two.
    pub shards: Vec<Range<usize>>,
    by_id: HashMap<u32, u32>,
}

impl Orders {
    /// The place of an order in `rows`.
    pub fn find(&self, order_id: u32) -> Option<u32> {
        self.by_id.get(&order_id).copied()
    }
}

/// Cleaned orders, and what was counted on the way.
#[derive(Debug)]
pub struct CleanOrders {
    /// The orders.
    pub orders: Orders,
    /// `silver.orders` and `quarantine.orders`.
    pub artefacts: Vec<Artefact>,
    /// What the rules found.
    pub quality: TableQuality,
}

/// Cleans `orders` into that many shards. Runs on the threads of the pool it is called in.
pub fn clean_orders(
    context: &StageContext,
    erased_users: &HashSet<u32>,
    shards: usize,
) -> Result<CleanOrders, PipelineError> {
    let quarantine = Quarantine::new(context, ORDERS.table)?;
    let parts = parts_of(context, &[SourceTable::Orders]);
    let read: Vec<ReadPart> = parts
        .par_iter()
        .map(|part| read_part(context, part, &quarantine, erased_users))
        .collect::<Result<_, _>>()?;
    let mut erased = HashSet::new();
    let mut rows = Vec::with_capacity(read.iter().map(|part| part.orders.len()).sum());
    for part in read {
        rows.extend(part.orders);
        erased.extend(part.erased);
    }
    let mut late = Vec::new();
    let mut worker = quarantine.worker();
    let superseded = drop_repeated_ids(&mut rows, &mut late, &mut worker);
    worker.finish()?;
    keep_clean_beginnings(&mut rows, &mut late);
    quarantine.add_late(context, &parts, late)?;
    let by_id = rows.iter().zip(0..).map(|(order, at)| (order.order_id, at)).collect();
    let shards = cut_into_shards(&rows, shards);
    let orders = Orders { rows, erased, superseded, shards, by_id };
    let silver = write(context, &orders)?;
    let (quarantined, quality) = quarantine.finish()?;
    Ok(CleanOrders { orders, artefacts: vec![silver, quarantined], quality })
}

struct ReadPart {
    orders: Vec<Order>,
    erased: Vec<u32>,
}

fn read_part(
    context: &StageContext,
    part: &BronzePart,
    quarantine: &Quarantine,
    erased_users: &HashSet<u32>,
) -> Result<ReadPart, PipelineError> {
    let mut read = ReadPart { orders: Vec::new(), erased: Vec::new() };
    let mut worker = quarantine.worker();
    let rows = part.read(context, |Met { line, raw, row }| {
        // Before any rule: no row of an erased customer is kept, a broken one neither.
        if let Ok(row) = &row
            && let Some(user) = id(row.value(1)).filter(|user| erased_users.contains(user))
        {
            tracing::trace!(user, "order of an erased customer left out");
            read.erased.extend(id(row.value(0)));
            worker.erased();
            return Ok(());
        }
        match row.map_err(|fault| fault.rule()).and_then(|row| order(&row)) {
            Ok(order) => {
                let (number, streamed) = (part.number, part.streamed);
                read.orders.push(Order { part: number, line, streamed, ..order });
            }
            Err(rule) => worker.add(rule, part.number, line, raw)?,
        }
        Ok(())
    })?;
    worker.saw(rows);
    worker.finish()?;
    context.advance(rows);
    Ok(read)
}

/// The rules that a row shows by itself.
fn order(row: &Row<'_>) -> Result<Order, &'static str> {
    let order_id = id(row.value(0)).ok_or("invalid_order_id")?;
    let user_id = id(row.value(1)).ok_or("invalid_user_id")?;
    let eval_set = EvalSet::read(row.value(2)).ok_or("unknown_eval_set")?;
    let order_number = integer_in(row.value(3), 1, u32::MAX).ok_or("invalid_order_number")?;
    let dow = integer_in(row.value(4), 0, 6).ok_or("invalid_order_dow")?;
    let hour = integer_in(row.value(5), 0, 23).ok_or("invalid_order_hour_of_day")?;
    let days = match (gap(row.value(6)), order_number) {
        (Gap::Invalid, _) => return Err("invalid_days_since_prior_order"),
        (Gap::Days(_), 1) => return Err("days_on_first_order"),
        (Gap::Missing, 1) => f64::NAN,
        (Gap::Missing, _) => return Err("days_missing_after_first_order"),
        (Gap::Days(days), _) => days,
    };
    Ok(Order {
        order_id,
        user_id,
        order_number,
        eval_set,
        given_set: eval_set,
        part: 0,
        line: 0,
        days,
        // Both are checked to be below 24.
        dow: dow as u8,
        hour: hour as u8,
        streamed: false,
    })
}

/// Of orders with the same id the first one stays. A streamed order that the batch delivers too is no fault: the batch
/// has caught up with the stream. Returns the ids of those.
fn drop_repeated_ids(
    rows: &mut Vec<Order>,
    late: &mut Vec<Late>,
    worker: &mut QuarantineWorker<'_>,
) -> HashSet<u32> {
    rows.par_sort_unstable_by_key(|order| (order.order_id, order.part, order.line));
    let mut superseded = HashSet::new();
    let mut last: Option<Order> = None;
    rows.retain(|order| {
        let Some(kept) = last.filter(|kept| kept.order_id == order.order_id) else {
            last = Some(*order);
            return true;
        };
        let is_same = (kept.user_id, kept.order_number) == (order.user_id, order.order_number);
        if order.streamed && !kept.streamed && is_same {
            worker.superseded();
            superseded.insert(order.order_id);
        } else {
            late.push(Late { part: order.part, line: order.line, rule: "duplicate_order_id" });
        }
        false
    });
    superseded
}

/// Sorts by customer and number, and keeps of each customer the longest beginning that breaks no rule.
fn keep_clean_beginnings(rows: &mut Vec<Order>, late: &mut Vec<Late>) {
    rows.par_sort_unstable_by_key(|order| (order.user_id, order.order_number, order.part, order.line));
    make_history_of_what_streamed_orders_follow(rows);
    let (mut user, mut last_number, mut position, mut closed) = (None, 0, 0, false);
    rows.retain(|order| {
        if user != Some(order.user_id) {
            (user, last_number, position, closed) = (Some(order.user_id), 0, 0, false);
        }
        let rule = if last_number == order.order_number {
            Some("duplicate_order_number")
        } else {
            position += 1;
            last_number = order.order_number;
            if position != order.order_number {
                Some("order_number_gap")
            } else if closed {
                Some("order_after_train_or_test")
            } else {
                None
            }
        };
        if rule != Some("duplicate_order_number") {
            closed |= order.eval_set != EvalSet::Prior;
        }
        if let Some(rule) = rule {
            late.push(Late { part: order.part, line: order.line, rule });
        }
        rule.is_none()
    });
}

/// A train or test order that a streamed order follows is the customer's last no longer: it becomes prior.
fn make_history_of_what_streamed_orders_follow(rows: &mut [Order]) {
    if !rows.iter().any(|order| order.streamed) {
        return;
    }
    for orders in rows.chunk_by_mut(|a, b| a.user_id == b.user_id) {
        let Some(last) = orders.iter().rposition(|order| order.streamed) else { continue };
        for order in orders.iter_mut().take(last) {
            order.eval_set = EvalSet::Prior;
        }
    }
}

/// Ranges of about the same number of orders, cut between customers. Depends on the data alone.
fn cut_into_shards(rows: &[Order], shards: usize) -> Vec<Range<usize>> {
    let target = rows.len().div_ceil(shards.max(1)).max(1);
    let mut ranges = Vec::with_capacity(shards);
    let mut start = 0;
    while start < rows.len() {
        let mut end = (start + target).min(rows.len());
        let user = end.checked_sub(1).and_then(|last| rows.get(last)).map(|order| order.user_id);
        let rest = rows.get(end..).unwrap_or_default();
        end += rest.iter().take_while(|order| Some(order.user_id) == user).count();
        ranges.push(start..end);
        start = end;
    }
    ranges
}

fn write(context: &StageContext, orders: &Orders) -> Result<Artefact, PipelineError> {
    let folder = context.paths().silver(ORDERS.table);
    prepare_folder(&folder)?;
    let schema = schema();
    let write_shard = |(shard, range): (usize, &Range<usize>)| {
        let mut writer = PartWriter::new(&folder, shard, &schema);
        for rows in orders.rows.get(range.clone()).unwrap_or_default().chunks(BATCH_ROWS) {
            writer.write(&batch(&schema, rows)?)?;
        }
        writer.finish()
    };
    let parts = orders.shards.par_iter().enumerate().map(|(shard, range)| write_shard((shard, range)));
    let parts = parts.collect::<Result<Vec<_>, PipelineError>>()?;
    finish_table(context.paths(), "silver.orders", &folder, &schema, &parts)
}

fn schema() -> SchemaRef {
    let column = |name: &&str| match *name {
        "eval_set" => Field::new(*name, DataType::Utf8, true),
        "days_since_prior_order" => Field::new(*name, DataType::Float64, true),
        name => Field::new(name, DataType::Int64, true),
    };
    Arc::new(Schema::new(ORDERS.columns.iter().map(column).collect::<Vec<_>>()))
}

fn batch(schema: &SchemaRef, rows: &[Order]) -> Result<RecordBatch, PipelineError> {
    let number = |value: fn(&Order) -> u32| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|order| i64::from(value(order)))))
    };
    let days = rows.iter().map(|order| (!order.days.is_nan()).then_some(order.days));
    let columns: Vec<ArrayRef> = vec![
        number(|order| order.order_id),
        number(|order| order.user_id),
        Arc::new(StringArray::from_iter_values(rows.iter().map(|order| order.eval_set.name()))),
        number(|order| order.order_number),
        number(|order| u32::from(order.dow)),
        number(|order| u32::from(order.hour)),
        Arc::new(days.collect::<Float64Array>()),
    ];
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}
