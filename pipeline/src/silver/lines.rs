//! Order lines: the row rules, then orders and products, then duplicates; written by customer.
//!
//! ```text
//! parts ─ read, check ─> shards (ranges of customers, in memory or on disk) ─ sort, find duplicates ─> one file a shard
//! ```
//! Both steps run on all threads. Within a shard lines are sorted by (user_id, order_number, add_to_cart_order,
//! product_id); the order's place among the clean orders stands for the first two.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, Int64Array, StringArray},
    datatypes::{DataType, Field, Schema, SchemaRef},
    record_batch::RecordBatch,
};
use domain::manifest::Artefact;
use rayon::prelude::*;

use crate::{
    content_hash::RowsHash,
    context::StageContext,
    error::PipelineError,
    ingest::schema::SourceTable,
    silver::{
        bronze::{BronzePart, Met, Row, parts_of},
        id_set::IdSet,
        orders::Orders,
        quarantine::{Late, Quarantine, TableQuality},
        rules::ORDER_LINES,
        shards::{Line, ShardedLines},
        values::{EvalSet, flag, id, integer_in},
    },
    table_writer::{PartWriter, finish_table, prepare_folder},
};

/// Rows of a batch that is written.
const BATCH_ROWS: usize = 8_192;

/// Cleaned lines, and what was counted on the way.
#[derive(Debug)]
pub struct CleanLines {
    /// `silver.order_lines` and `quarantine.order_lines`.
    pub artefacts: Vec<Artefact>,
    /// What the rules found.
    pub quality: TableQuality,
    /// Bytes that did not fit into memory for a while.
    pub spilled_bytes: u64,
}

/// Cleans the lines of both files. Runs on the threads of the pool it is called in.
pub fn clean_lines(
    context: &StageContext,
    orders: &Orders,
    products: &IdSet,
    budget_bytes: usize,
) -> Result<CleanLines, PipelineError> {
    let quarantine = Quarantine::new(context, ORDER_LINES.table)?;
    let parts = parts_of(context, &[SourceTable::OrderProductsPrior, SourceTable::OrderProductsTrain]);
    let spill_limit = (context.settings().spill_mib as u64) << 20;
    let sharded = ShardedLines::new(orders.shards.len(), context.spill_folder(), budget_bytes, spill_limit);
    let reading = Reading { context, orders, products, sharded: &sharded, quarantine: &quarantine };
    parts.par_iter().try_for_each(|part| reading.read(part))?;

    let folder = context.paths().silver(ORDER_LINES.table);
    prepare_folder(&folder)?;
    let schema = schema();
    let written: Vec<(RowsHash, Vec<Late>)> = (0..orders.shards.len())
        .into_par_iter()
        .map(|shard| {
            let mut late = Vec::new();
            let lines = in_order(orders, shard, sharded.take(shard)?, &mut late);
            let mut writer = PartWriter::new(&folder, shard, &schema);
            context.check()?;
            for rows in lines.chunks(BATCH_ROWS) {
                writer.write(&batch(&schema, orders, rows)?)?;
            }
            Ok((writer.finish()?, late))
        })
        .collect::<Result<_, PipelineError>>()?;
    let (hashes, late): (Vec<RowsHash>, Vec<Vec<Late>>) = written.into_iter().unzip();
    quarantine.add_late(context, &parts, late.into_iter().flatten().collect())?;
    let silver = finish_table(context.paths(), "silver.order_lines", &folder, &schema, &hashes)?;
    let (quarantined, quality) = quarantine.finish()?;
    Ok(CleanLines { artefacts: vec![silver, quarantined], quality, spilled_bytes: sharded.spilled_bytes() })
}

/// What a reader of a part needs.
struct Reading<'a> {
    context: &'a StageContext,
    orders: &'a Orders,
    products: &'a IdSet,
    sharded: &'a ShardedLines,
    quarantine: &'a Quarantine,
}

/// Where the lines of an order go; most lines follow one of the same order.
#[derive(Debug, Clone, Copy)]
enum Place {
    Shard {
        order: u32,
        shard: usize,
        given_set: EvalSet,
    },
    Erased,
    /// A streamed line of an order that the batch delivered too.
    Superseded,
    Unknown,
}

impl Reading<'_> {
    fn read(&self, part: &BronzePart) -> Result<(), PipelineError> {
        let chunk_lines = self.sharded.chunk_lines(self.context.threads());
        let mut chunks: Vec<Vec<Line>> = vec![Vec::new(); self.orders.shards.len()];
        let mut worker = self.quarantine.worker();
        let expected = match part.table {
            SourceTable::OrderProductsTrain => EvalSet::Train,
            _ => EvalSet::Prior,
        };
        let mut last = (0, Place::Unknown);
        let rows = part.read(self.context, |Met { line, raw, row }| {
            let checked = row.map_err(|fault| fault.rule()).and_then(|row| raw_line(&row)).and_then(|read| {
                if last.0 != read.order_id {
                    last = (read.order_id, self.place(read.order_id, part.streamed));
                }
                match last.1 {
                    Place::Unknown => Err("orphan_order"),
                    Place::Shard { .. } if !self.products.contains(read.product_id) => Err("unknown_product"),
                    Place::Shard { given_set, .. } if given_set != expected => Err("eval_set_mismatch"),
                    place => Ok((read, place)),
                }
            });
            match checked {
                Err(rule) => worker.add(rule, part.number, line, raw)?,
                Ok((read, Place::Shard { order, shard, .. })) => {
                    let at = (part.number, line);
                    let line = Line::new(order, read.product_id, read.position, read.reordered, at);
                    if let Some(chunk) = chunks.get_mut(shard) {
                        chunk.push(line);
                        if chunk.len() >= chunk_lines {
                            let full = std::mem::replace(chunk, Vec::with_capacity(chunk_lines));
                            self.sharded.push(shard, full)?;
                        }
                    }
                }
                Ok((_, Place::Superseded)) => worker.superseded(),
                Ok(_) => worker.erased(),
            }
            Ok(())
        })?;
        for (shard, lines) in chunks.into_iter().enumerate().filter(|(_, lines)| !lines.is_empty()) {
            self.sharded.push(shard, lines)?;
        }
        worker.saw(rows);
        worker.finish()?;
        self.context.advance(rows);
        Ok(())
    }

    fn place(&self, order_id: u32, streamed: bool) -> Place {
        let Some(order) = self.orders.find(order_id) else {
            let is_erased = self.orders.erased.contains(&order_id);
            return if is_erased { Place::Erased } else { Place::Unknown };
        };
        let at = order as usize;
        let shard = self.orders.shards.partition_point(|range| range.end <= at);
        match self.orders.rows.get(at) {
            Some(found) if found.streamed == streamed => {
                Place::Shard { order, shard, given_set: found.given_set }
            }
            Some(_) if streamed && self.orders.superseded.contains(&order_id) => Place::Superseded,
            // The order of that id came the other way and is another one, or nobody knows.
            _ => Place::Unknown,
        }
    }
}

struct RawLine {
    order_id: u32,
    product_id: u32,
    position: u32,
    reordered: bool,
}

/// The rules that a row shows by itself.
fn raw_line(row: &Row<'_>) -> Result<RawLine, &'static str> {
    let order_id = id(row.value(0)).ok_or("invalid_order_id")?;
    let product_id = id(row.value(1)).ok_or("invalid_product_id")?;
    let position = integer_in(row.value(2), 1, Line::HIGHEST_POSITION).ok_or("invalid_add_to_cart_order")?;
    let reordered = flag(row.value(3)).ok_or("invalid_reordered")?;
    Ok(RawLine { order_id, product_id, position, reordered })
}

/// Sorts a shard's lines by order, place in the cart and product, and takes out those that stand there already.
fn in_order(orders: &Orders, shard: usize, lines: Vec<Line>, late: &mut Vec<Late>) -> Vec<Line> {
    let Some(range) = orders.shards.get(shard) else { return lines };
    // A counting sort by order: its keys are the places of one range.
    let mut starts = vec![0_usize; range.len() + 1];
    let key = |line: &Line| (line.order as usize).saturating_sub(range.start);
    for line in &lines {
        if let Some(count) = starts.get_mut(key(line) + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut sorted = vec![Line::default(); lines.len()];
    for line in lines {
        if let Some(next) = starts.get_mut(key(&line)) {
            if let Some(slot) = sorted.get_mut(*next) {
                *slot = line;
            }
            *next += 1;
        }
    }
    let mut repeated = 0;
    for order in sorted.chunk_by_mut(|a, b| a.order == b.order) {
        order.sort_unstable_by_key(|line| (line.product_id, line.part, line.line));
        let mut last = None;
        for line in order.iter_mut() {
            if last == Some(line.product_id) {
                late.push(Late { part: line.part, line: line.line, rule: "duplicate_line" });
                // No product has this key: marks the line for removal.
                line.product_id = 0;
                repeated += 1;
            } else {
                last = Some(line.product_id);
            }
        }
        order.sort_unstable_by_key(|line| (line.position(), line.product_id));
    }
    if repeated > 0 {
        sorted.retain(|line| line.product_id != 0);
    }
    sorted
}

fn schema() -> SchemaRef {
    let column = |name: &&str| match *name {
        "eval_set" => Field::new(*name, DataType::Utf8, true),
        name => Field::new(name, DataType::Int64, true),
    };
    Arc::new(Schema::new(ORDER_LINES.columns.iter().map(column).collect::<Vec<_>>()))
}

fn batch(schema: &SchemaRef, orders: &Orders, lines: &[Line]) -> Result<RecordBatch, PipelineError> {
    let mut order_ids = Vec::with_capacity(lines.len());
    let mut users = Vec::with_capacity(lines.len());
    let mut sets = Vec::with_capacity(lines.len());
    for line in lines {
        let Some(order) = orders.rows.get(line.order as usize) else { continue };
        order_ids.push(i64::from(order.order_id));
        users.push(i64::from(order.user_id));
        sets.push(order.eval_set.name());
    }
    let number = |value: fn(&Line) -> u32| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(lines.iter().map(|line| i64::from(value(line)))))
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from(order_ids)),
        Arc::new(Int64Array::from(users)),
        number(|line| line.product_id),
        number(Line::position),
        number(|line| u32::from(line.reordered())),
        Arc::new(StringArray::from_iter_values(sets)),
    ];
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}
