//! Rollups: the measures of the semantic model summed up in advance, as `config/semantic.toml` declares them.
//!
//! One pass over the customers fills every rollup at once. The numbers of an order's rows are read once; each rollup adds
//! them to its groups, which are numbered through (a mixed-radix number of the dimensions), so that a row is added by
//! index, without a hash table, and its sums lie side by side. Different orders and customers are counted in passing,
//! because each stands together: a group remembers which one it saw last.
//! Memory: a rollup of up to 2^20 groups once a thread, a larger one once, shared by all threads; one that would be larger
//! still is left out, and its questions are answered from the rows.
//! Those by segment are built when the segments are known, the others before (`rollups`, `customers`).
//! Output: `gold.rollup_…`, one row a group that occurs, in the order of the groups.

pub mod axes;

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use arrow::{
    array::{ArrayRef, Float64Array, Int64Array},
    datatypes::{DataType, Field, Schema},
    record_batch::RecordBatch,
};
use config::semantic::{Aggregation, Comparison, Measure, Rollup, Scalar, SemanticModel, Stored, TableModel};
use domain::manifest::Artefact;
use rayon::prelude::*;

use crate::{
    context::StageContext,
    error::PipelineError,
    gold::{
        customers::{LineRow, OrderRow, Shard, read_shard, shard_count},
        features::{MILLIONTHS, millionths},
        rollups::axes::{Axis, Numbering, Placed, Segments},
    },
};

/// Groups up to which every thread has its own sums; threads that add to few groups at once would wait for each other.
const LOCAL_GROUPS: usize = 1 << 20;

/// Groups beyond which a rollup is left out: about 800 MiB of sums, twice what 50,000 products by day and hour take.
const MOST_GROUPS: usize = 1 << 24;

/// The dimension that is known once the segments are.
const BY_SEGMENT: &str = "segment_name";

/// Rows of a batch that is written.
const BATCH_ROWS: usize = 8_192;

/// Builds every rollup of the shipped semantic model that needs no segments.
pub async fn run(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    build(context, None).await
}

/// Builds every rollup of the shipped semantic model that is by segment.
pub async fn run_by_segment(
    context: &StageContext,
    segments: Segments,
) -> Result<Vec<Artefact>, PipelineError> {
    build(context, Some(segments)).await
}

async fn build(context: &StageContext, segments: Option<Segments>) -> Result<Vec<Artefact>, PipelineError> {
    let model = SemanticModel::builtin().map_err(|e| failed(context, e.to_string()))?;
    let stage = context.clone();
    context.compute(move || build_rollups(&stage, &model, segments)).await
}

/// Builds the rollups of a semantic model: with segments those by segment, without them all others. Runs on the threads
/// of the pool it is called in.
pub fn build_rollups(
    context: &StageContext,
    model: &SemanticModel,
    segments: Option<Segments>,
) -> Result<Vec<Artefact>, PipelineError> {
    let by_segment = segments.is_some();
    let numbering = Numbering::read(context, segments.unwrap_or_default())?;
    let tables = tables(context, model, &numbering, by_segment)?;
    let plans: Vec<(&Table, &Plan)> =
        tables.iter().flat_map(|table| table.plans.iter().map(move |plan| (table, plan))).collect();
    let shared: Vec<Option<Vec<AtomicI64>>> =
        plans.iter().map(|(table, plan)| plan.shared_cells(table)).collect();
    let shards = shard_count(context);
    context.expect(Some(shards as u64));
    let free: Mutex<Vec<Vec<Sums>>> = Mutex::default();
    (0..shards).into_par_iter().try_for_each(|index| {
        context.check()?;
        let shard = read_shard(context, index)?;
        // Sums are handed from shard to shard, so that there are as many as threads.
        let taken = free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut sums = taken.unwrap_or_else(|| plans.iter().map(|(table, plan)| plan.sums(table)).collect());
        let mut rest = (sums.as_mut_slice(), shared.as_slice());
        for table in &tables {
            let count = table.plans.len();
            let (Some((own, sums)), Some((own_shared, shared))) =
                (rest.0.split_at_mut_checked(count), rest.1.split_at_checked(count))
            else {
                break;
            };
            table.add_shard(&shard, &numbering, own, own_shared);
            rest = (sums, shared);
        }
        free.lock().unwrap_or_else(PoisonError::into_inner).push(sums);
        context.advance(1);
        Ok::<_, PipelineError>(())
    })?;
    let all = free.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut artefacts = Vec::with_capacity(plans.len());
    for (at, ((table, plan), shared)) in plans.into_iter().zip(shared).enumerate() {
        let locals = all.iter().filter_map(|sums| sums.get(at));
        let cells = match shared {
            Some(shared) => shared.into_iter().map(AtomicI64::into_inner).collect(),
            None => plan.merge(table, locals),
        };
        artefacts.push(plan.write(context, table, &numbering, &cells)?);
    }
    Ok(artefacts)
}

/// The tables that are rolled up, each with its rollups, in the order of the model.
fn tables(
    context: &StageContext,
    model: &SemanticModel,
    numbering: &Numbering,
    by_segment: bool,
) -> Result<Vec<Table>, PipelineError> {
    let mut tables: Vec<Table> = Vec::new();
    let is_by_segment = |rollup: &&Rollup| rollup.dimensions.iter().any(|name| name == BY_SEGMENT);
    let made = model.rollups.iter().filter(|rollup| rollup.kept_in.is_none());
    for rollup in made.filter(|rollup| is_by_segment(rollup) == by_segment) {
        let refuse = |problem: String| failed(context, format!("rollup {}: {problem}", rollup.name));
        let table = model.rolled_up(rollup).ok_or_else(|| refuse("its semantic model is missing".into()))?;
        if !matches!(table.table.as_str(), "order_lines" | "order_facts") {
            return Err(refuse(format!("{} cannot be rolled up, only lines and orders can", table.table)));
        }
        let plan = Plan::of(rollup, table, numbering).map_err(refuse)?;
        if plan.is_too_large() {
            let text = format!("{} is left out: {} groups are too many", plan.name, plan.groups);
            context.progress().note(context.stage(), &text);
            continue;
        }
        match tables.iter_mut().find(|known| known.name == table.name) {
            Some(known) => known.plans.push(plan),
            None => tables.push(Table::of(rollup, table, plan)),
        }
    }
    Ok(tables)
}

/// A number of a row that a measure is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    One,
    Position,
    Reordered,
    Size,
    Reorders,
    OrderNumber,
    /// In millionths.
    Days,
}

/// A row of the table that is rolled up.
#[derive(Debug, Clone, Copy)]
enum Row<'a> {
    Line(&'a LineRow),
    Order { order: &'a OrderRow, size: i64, reorders: i64 },
}

impl Value {
    fn of(table: &TableModel, column: Option<&str>) -> Option<Self> {
        match (table.table.as_str(), column) {
            (_, None) => Some(Self::One),
            ("order_lines", Some("add_to_cart_order")) => Some(Self::Position),
            ("order_lines", Some("reordered")) => Some(Self::Reordered),
            ("order_facts", Some("size")) => Some(Self::Size),
            ("order_facts", Some("reorders")) => Some(Self::Reorders),
            ("order_facts", Some("order_number")) => Some(Self::OrderNumber),
            ("order_facts", Some("days_since_prior_order")) => Some(Self::Days),
            _ => None,
        }
    }

    fn read(self, row: Row<'_>) -> Option<i64> {
        match (self, row) {
            (Self::One, _) => Some(1),
            (Self::Position, Row::Line(line)) => Some(i64::from(line.position)),
            (Self::Reordered, Row::Line(line)) => Some(i64::from(line.reordered)),
            (Self::Size, Row::Order { size, .. }) if size > 0 => Some(size),
            (Self::Reorders, Row::Order { size, reorders, .. }) if size > 0 => Some(reorders),
            (Self::OrderNumber, Row::Order { order, .. }) => Some(i64::from(order.order_number)),
            (Self::Days, Row::Order { order, .. }) => order.days.map(millionths),
            _ => None,
        }
    }
}

/// What is done with a row's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fold {
    Sum,
    Count,
    Max,
    Min,
}

/// One column of sums.
#[derive(Debug, Clone)]
struct Slot {
    column: String,
    value: Value,
    fold: Fold,
    filter: Option<(Value, Comparison, i64)>,
    /// Whether the column holds days, summed in millionths.
    days: bool,
}

impl Slot {
    /// What a row adds; nothing changes by a row that does not count.
    fn entry(&self, row: Row<'_>) -> i64 {
        if let Some((value, op, bound)) = self.filter {
            let holds = value.read(row).is_some_and(|value| match op {
                Comparison::Eq => value == bound,
                Comparison::Ne => value != bound,
                Comparison::Lt => value < bound,
                Comparison::Le => value <= bound,
                Comparison::Gt => value > bound,
                Comparison::Ge => value >= bound,
            });
            if !holds {
                return self.fold.start();
            }
        }
        match self.value.read(row) {
            None => self.fold.start(),
            Some(_) if self.fold == Fold::Count => 1,
            Some(value) => value,
        }
    }
}

/// What is counted once an order or customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counted {
    Orders,
    Customers,
}

/// A table that is rolled up.
struct Table {
    /// The semantic model.
    name: String,
    lines: bool,
    /// The sums that all its rollups hold; the first counts the rows.
    slots: Vec<Slot>,
    plans: Vec<Plan>,
}

/// A rollup that can be built.
struct Plan {
    name: String,
    axes: Vec<(String, Axis)>,
    /// Whether all lines of an order are in the same group.
    by_order: bool,
    distinct: Vec<(String, Counted)>,
    /// Groups, where their number is known; with an open axis, the groups of one value of it.
    groups: usize,
}

/// The sums of one rollup and thread.
struct Sums {
    /// By group: the table's slots, then the distinct counts. Empty where the sums are shared.
    cells: Vec<i64>,
    /// By group: the order or customer that each distinct count met last.
    last: Vec<u32>,
    /// Orders and customers so far; no two have the same number.
    orders: u32,
    customers: u32,
}

impl Table {
    fn of(rollup: &Rollup, table: &TableModel, plan: Plan) -> Self {
        let rows =
            Slot { column: String::new(), value: Value::One, fold: Fold::Count, filter: None, days: false };
        let measures = table.measures.iter().flat_map(|measure| slots_of(rollup, table, measure));
        Self {
            name: table.name.clone(),
            lines: table.table == "order_lines",
            slots: std::iter::once(rows).chain(measures).collect(),
            plans: vec![plan],
        }
    }

    fn add_shard(
        &self,
        shard: &Shard,
        numbering: &Numbering,
        sums: &mut [Sums],
        shared: &[Option<Vec<AtomicI64>>],
    ) {
        let width = self.slots.len();
        let (mut places, mut entries, mut total) = (Vec::new(), Vec::new(), vec![0; width]);
        for orders in shard.customers() {
            for sums in sums.iter_mut() {
                sums.customers += 1;
            }
            let segment = orders.first().map_or(0, |order| numbering.segments.place_of(order.user_id));
            for order in orders {
                let placed = Placed { order, segment };
                let lines = shard.lines_of(order);
                places.clear();
                entries.clear();
                if self.lines {
                    places.extend(lines.iter().map(|line| numbering.products.place(line.product_id)));
                    for line in lines {
                        entries.extend(self.slots.iter().map(|slot| slot.entry(Row::Line(line))));
                    }
                } else {
                    let reorders = lines.iter().filter(|line| line.reordered).count() as i64;
                    let row = Row::Order { order, size: lines.len() as i64, reorders };
                    places.push(0);
                    entries.extend(self.slots.iter().map(|slot| slot.entry(row)));
                }
                if places.is_empty() {
                    continue;
                }
                self.fold_rows(&entries, &mut total);
                for ((plan, sums), shared) in self.plans.iter().zip(&mut *sums).zip(shared) {
                    sums.orders += 1;
                    if plan.by_order {
                        plan.add(self, sums, shared.as_deref(), plan.group(placed, 0, numbering), &total);
                        continue;
                    }
                    for (place, entries) in places.iter().zip(entries.chunks_exact(width)) {
                        let group = plan.group(placed, *place, numbering);
                        plan.add(self, sums, shared.as_deref(), group, entries);
                    }
                }
            }
        }
    }

    /// All rows of an order as one.
    fn fold_rows(&self, entries: &[i64], total: &mut [i64]) {
        for (total, slot) in total.iter_mut().zip(&self.slots) {
            *total = slot.fold.start();
        }
        for entries in entries.chunks_exact(self.slots.len()) {
            for ((total, entry), slot) in total.iter_mut().zip(entries).zip(&self.slots) {
                *total = slot.fold.together(*total, *entry);
            }
        }
    }
}

impl Plan {
    /// The plan of a rollup, or why there is none.
    fn of(rollup: &Rollup, table: &TableModel, numbering: &Numbering) -> Result<Self, String> {
        let axis = |name: &String| {
            let axis = Axis::named(name).map(|axis| (name.clone(), axis));
            axis.ok_or_else(|| format!("cannot be grouped by {name}, only by {}", Axis::names()))
        };
        let axes = rollup.dimensions.iter().map(axis).collect::<Result<Vec<_>, _>>()?;
        if let Some((name, _)) = axes.iter().skip(1).find(|(_, axis)| axis.is_open()) {
            return Err(format!("{name} must be the first of its dimensions"));
        }
        let by_order = axes.iter().all(|(_, axis)| axis.is_of_order());
        if table.table == "order_facts" && !by_order {
            return Err("orders have no product, aisle or department".to_owned());
        }
        let groups = axes.iter().map(|(_, axis)| axis.size(numbering)).fold(1, usize::saturating_mul);
        let distinct = table.measures.iter().filter_map(|measure| distinct_of(rollup, table, measure));
        Ok(Self { name: rollup.name.clone(), axes, by_order, distinct: distinct.collect(), groups })
    }

    /// Different orders and customers are counted a thread, so that they need groups of their own.
    fn is_too_large(&self) -> bool {
        self.groups > if self.distinct.is_empty() { MOST_GROUPS } else { LOCAL_GROUPS }
    }

    fn is_shared(&self) -> bool {
        self.groups > LOCAL_GROUPS
    }

    /// The cells of that many groups without a row.
    fn empty_cells(&self, table: &Table, groups: usize) -> impl Iterator<Item = i64> {
        let slots = table.slots.iter().map(|slot| slot.fold.start());
        let group: Vec<i64> = slots.chain(self.distinct.iter().map(|_| 0)).collect();
        std::iter::repeat_n(group, groups).flatten()
    }

    fn width(&self, table: &Table) -> usize {
        table.slots.len() + self.distinct.len()
    }

    fn shared_cells(&self, table: &Table) -> Option<Vec<AtomicI64>> {
        self.is_shared().then(|| self.empty_cells(table, self.groups).map(AtomicI64::new).collect())
    }

    fn sums(&self, table: &Table) -> Sums {
        let groups = if self.is_shared() { 0 } else { self.groups };
        Sums {
            cells: self.empty_cells(table, groups).collect(),
            last: vec![0; groups * self.distinct.len()],
            orders: 0,
            customers: 0,
        }
    }

    fn group(&self, placed: Placed<'_>, place: u32, numbering: &Numbering) -> usize {
        let mut group = 0;
        for (_, axis) in &self.axes {
            group = group * axis.size(numbering) + axis.code(placed, place, numbering);
        }
        group
    }

    /// Adds the entries of a row, or of all rows of an order, to a group.
    fn add(
        &self,
        table: &Table,
        sums: &mut Sums,
        shared: Option<&[AtomicI64]>,
        group: usize,
        entries: &[i64],
    ) {
        let width = self.width(table);
        if let Some(shared) = shared {
            let cells = shared.get(group * width..(group + 1) * width).unwrap_or_default();
            for ((cell, entry), slot) in cells.iter().zip(entries).zip(&table.slots) {
                slot.fold.share(cell, *entry);
            }
            return;
        }
        if sums.cells.len() < (group + 1) * width {
            // A value of the open axis that was not met before.
            let missing = group + 1 - sums.cells.len() / width;
            sums.cells.extend(self.empty_cells(table, missing));
            sums.last.resize((group + 1) * self.distinct.len(), 0);
        }
        let Some(cells) = sums.cells.get_mut(group * width..(group + 1) * width) else { return };
        let Some((cells, counts)) = cells.split_at_mut_checked(table.slots.len()) else { return };
        for ((cell, entry), slot) in cells.iter_mut().zip(entries).zip(&table.slots) {
            *cell = slot.fold.together(*cell, *entry);
        }
        let first = group * self.distinct.len();
        let last = sums.last.get_mut(first..first + self.distinct.len()).unwrap_or_default();
        for ((count, last), (_, counted)) in counts.iter_mut().zip(last).zip(&self.distinct) {
            let current = match counted {
                Counted::Orders => sums.orders,
                Counted::Customers => sums.customers,
            };
            *count += i64::from(*last != current);
            *last = current;
        }
    }

    /// Puts the sums of all threads together. No customer is in two shards, so different ones add up.
    fn merge<'s>(&self, table: &Table, locals: impl Iterator<Item = &'s Sums>) -> Vec<i64> {
        let width = self.width(table);
        let mut all: Vec<i64> = self.empty_cells(table, self.groups).collect();
        for sums in locals {
            if let Some(missing) = sums.cells.len().checked_sub(all.len()) {
                all.extend(self.empty_cells(table, missing / width));
            }
            for (at, (all, cell)) in all.iter_mut().zip(&sums.cells).enumerate() {
                let fold = table.slots.get(at % width).map_or(Fold::Sum, |slot| slot.fold);
                *all = fold.together(*all, *cell);
            }
        }
        all
    }

    /// Writes the groups that occur.
    fn write(
        &self,
        context: &StageContext,
        table: &Table,
        numbering: &Numbering,
        cells: &[i64],
    ) -> Result<Artefact, PipelineError> {
        let width = self.width(table);
        let rows = cells.iter().step_by(width);
        let groups: Vec<usize> =
            rows.enumerate().filter(|(_, rows)| **rows > 0).map(|(group, _)| group).collect();
        let schema = Arc::new(self.schema(table));
        let column = |at: usize, groups: &[usize]| -> ArrayRef {
            let cell = |group: &usize| cells.get(group * width + at).copied().unwrap_or_default();
            match table.slots.get(at) {
                Some(slot) if slot.days => {
                    let days =
                        groups.iter().map(|group| slot.given(cell(group)).map(|sum| sum as f64 / MILLIONTHS));
                    Arc::new(days.collect::<Float64Array>())
                }
                Some(slot) => {
                    Arc::new(groups.iter().map(|group| slot.given(cell(group))).collect::<Int64Array>())
                }
                None => Arc::new(Int64Array::from_iter_values(groups.iter().map(cell))),
            }
        };
        let batch = |groups: &[usize]| {
            let mut columns = self.dimension_columns(groups, numbering);
            columns.extend((1..width).map(|at| column(at, groups)));
            RecordBatch::try_new(Arc::clone(&schema), columns)
        };
        let batches = groups.chunks(BATCH_ROWS).map(batch).collect::<Result<Vec<_>, _>>()?;
        let folder = context.paths().gold(&self.name);
        context.write_batches(&format!("gold.{}", self.name), &folder, &schema, batches)
    }

    fn schema(&self, table: &Table) -> Schema {
        let integer = |name: &str| Field::new(name, DataType::Int64, true);
        let dimensions = self.axes.iter().map(|(name, axis)| Field::new(name, axis.data_type(), true));
        let slots = table.slots.iter().skip(1).map(|slot| {
            let data_type = if slot.days { DataType::Float64 } else { DataType::Int64 };
            Field::new(&slot.column, data_type, true)
        });
        let distinct = self.distinct.iter().map(|(name, _)| integer(name));
        Schema::new(dimensions.chain(slots).chain(distinct).collect::<Vec<_>>())
    }

    fn dimension_columns(&self, groups: &[usize], numbering: &Numbering) -> Vec<ArrayRef> {
        let column = |at: usize, axis: Axis| {
            let below: usize = self.axes.iter().skip(at + 1).map(|(_, axis)| axis.size(numbering)).product();
            let size = if axis.is_open() { usize::MAX } else { axis.size(numbering) };
            axis.column(groups.iter().map(|group| group / below % size), numbering)
        };
        self.axes.iter().enumerate().map(|(at, (_, axis))| column(at, *axis)).collect()
    }
}

impl Slot {
    /// The cell of a group; a greatest or least value that no row gave is none.
    fn given(&self, cell: i64) -> Option<i64> {
        let never = matches!(self.fold, Fold::Max | Fold::Min) && cell == self.fold.start();
        (!never).then_some(cell)
    }
}

impl Fold {
    /// What no row adds up to.
    fn start(self) -> i64 {
        match self {
            Self::Max => i64::MIN,
            Self::Min => i64::MAX,
            Self::Sum | Self::Count => 0,
        }
    }

    /// Two partial results as one.
    fn together(self, a: i64, b: i64) -> i64 {
        match self {
            Self::Max => a.max(b),
            Self::Min => a.min(b),
            Self::Sum | Self::Count => a + b,
        }
    }

    fn share(self, cell: &AtomicI64, entry: i64) {
        match self {
            Self::Max => {
                cell.fetch_max(entry, Ordering::Relaxed);
            }
            Self::Min => {
                cell.fetch_min(entry, Ordering::Relaxed);
            }
            Self::Sum | Self::Count if entry == 0 => {}
            Self::Sum | Self::Count => {
                cell.fetch_add(entry, Ordering::Relaxed);
            }
        }
    }
}

/// The sums of a measure that are added up; none where the rollup cannot hold it.
fn slots_of(rollup: &Rollup, table: &TableModel, measure: &Measure) -> Vec<Slot> {
    let filter = match &measure.filter {
        None => None,
        Some(filter) => match (Value::of(table, Some(&filter.expr)), &filter.value) {
            (Some(value), Scalar::Integer(bound)) => Some((value, filter.op, *bound)),
            _ => return Vec::new(),
        },
    };
    let Some(value) = Value::of(table, measure.expr.as_deref()) else { return Vec::new() };
    let slot = |column: String, fold: Fold| {
        let days = value == Value::Days && fold != Fold::Count;
        Slot { column, value, fold, filter, days }
    };
    let counts = measure.agg == Aggregation::Count;
    match rollup.stored(table, measure) {
        Some(Stored::Sum(column)) => vec![slot(column, if counts { Fold::Count } else { Fold::Sum })],
        Some(Stored::Max(column)) => vec![slot(column, Fold::Max)],
        Some(Stored::Min(column)) => vec![slot(column, Fold::Min)],
        Some(Stored::Mean { sum, count }) => vec![slot(sum, Fold::Sum), slot(count, Fold::Count)],
        Some(Stored::Distinct(_)) | None => Vec::new(),
    }
}

/// A measure that counts different orders or customers.
fn distinct_of(rollup: &Rollup, table: &TableModel, measure: &Measure) -> Option<(String, Counted)> {
    let Some(Stored::Distinct(column)) = rollup.stored(table, measure) else { return None };
    let entity = table.entities.iter().find(|entity| Some(&entity.expr) == measure.expr.as_ref())?;
    Some((column, if entity.name == "order" { Counted::Orders } else { Counted::Customers }))
}

fn failed(context: &StageContext, reason: String) -> PipelineError {
    PipelineError::Model { stage: context.stage(), reason }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(groups: usize, distinct: bool) -> Plan {
        let counted = distinct.then(|| ("line_orders".to_owned(), Counted::Orders));
        Plan {
            name: "rollup_lines_by_product_number".to_owned(),
            axes: Vec::new(),
            by_order: false,
            distinct: counted.into_iter().collect(),
            groups,
        }
    }

    #[test]
    fn a_rollup_is_left_out_where_its_groups_do_not_fit() {
        assert!(!plan(MOST_GROUPS, false).is_too_large());
        assert!(plan(MOST_GROUPS + 1, false).is_too_large());
        assert!(!plan(LOCAL_GROUPS, true).is_too_large());
        assert!(plan(LOCAL_GROUPS + 1, true).is_too_large(), "each thread would need its own");
    }

    #[test]
    fn every_dimension_of_a_shipped_rollup_can_be_numbered() {
        let model = SemanticModel::builtin().unwrap();
        for rollup in model.rollups.iter().filter(|rollup| rollup.kept_in.is_none()) {
            for dimension in &rollup.dimensions {
                assert!(Axis::named(dimension).is_some(), "{}: {dimension}", rollup.name);
            }
        }
        assert_eq!(Axis::named("product_name"), None);
    }
}
