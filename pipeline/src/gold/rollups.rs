//! Rollups: the measures of the semantic model summed up in advance, as `config/semantic.toml` declares them.
//!
//! One pass over the customers fills every rollup at once. A rollup's groups are numbered through (a mixed-radix number
//! of its dimensions), so a row is added by index, without a hash table. Different orders and customers are counted in
//! passing, because each stands together: a group remembers which one it saw last.
//! Memory: a rollup of up to [`LOCAL_GROUPS`] groups once a thread, a larger one once, shared by all threads.
//! Output: `gold.rollup_…`, one row a group that occurs, in the order of the groups.

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicI64, Ordering},
};

use arrow::{
    array::{ArrayRef, Float64Array, Int64Array},
    datatypes::{DataType, Field, Schema},
    record_batch::RecordBatch,
};
use config::semantic::{Comparison, Measure, Rollup, Scalar, SemanticModel, Stored, TableModel};
use domain::manifest::Artefact;
use rayon::prelude::*;

use crate::{
    context::StageContext,
    error::PipelineError,
    gold::{
        customers::{LineRow, OrderRow, Shard, read_shard, shard_count},
        features::millionths,
        products::Products,
    },
    stage::Stage,
};

/// Groups up to which every thread has its own sums; threads that add to few groups at once would wait for each other.
const LOCAL_GROUPS: usize = 1 << 20;

/// Rows of a batch that is written.
const BATCH_ROWS: usize = 8_192;

/// Millionths of a day in a day.
const MILLIONTHS: f64 = 1_000_000.0;

/// Builds every rollup of the shipped semantic model.
pub async fn run(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    let model = SemanticModel::builtin().map_err(|e| failed(e.to_string()))?;
    let stage = context.clone();
    context.compute(move || build_rollups(&stage, &model)).await
}

/// Builds every rollup of a semantic model. Runs on the threads of the pool it is called in.
pub fn build_rollups(context: &StageContext, model: &SemanticModel) -> Result<Vec<Artefact>, PipelineError> {
    let catalogue = Catalogue::new(Products::read(context)?);
    let plans = model.rollups.iter().map(|rollup| Plan::of(model, rollup, &catalogue));
    let plans: Vec<Plan> = plans.collect::<Result<_, _>>()?;
    let shared: Vec<Option<Vec<AtomicI64>>> = plans.iter().map(Plan::shared_sums).collect();
    let shards = shard_count(context);
    context.expect(Some(shards as u64));
    let free: Mutex<Vec<Vec<Sums>>> = Mutex::default();
    (0..shards).into_par_iter().try_for_each(|index| {
        context.check()?;
        let shard = read_shard(context, index)?;
        // Sums are handed from shard to shard, so that there are as many as threads.
        let taken = free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut sums = taken.unwrap_or_else(|| plans.iter().map(Plan::sums).collect());
        for ((plan, sums), shared) in plans.iter().zip(&mut sums).zip(&shared) {
            plan.add_shard(&shard, &catalogue, sums, shared.as_deref());
        }
        free.lock().unwrap_or_else(PoisonError::into_inner).push(sums);
        context.advance(1);
        Ok::<_, PipelineError>(())
    })?;
    let all = free.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut artefacts = Vec::with_capacity(plans.len());
    for (at, (plan, shared)) in plans.iter().zip(shared).enumerate() {
        let locals = all.iter().filter_map(|sums| sums.get(at));
        artefacts.push(plan.write(context, &catalogue, locals, shared)?);
    }
    Ok(artefacts)
}

/// The catalogue, with aisles and departments numbered through.
struct Catalogue {
    products: Products,
    /// By place of the product.
    aisles: Vec<u32>,
    departments: Vec<u32>,
    aisle_ids: Vec<u32>,
    department_ids: Vec<u32>,
}

impl Catalogue {
    fn new(products: Products) -> Self {
        let numbered = |id: &dyn Fn(usize) -> u32| {
            let mut ids: Vec<u32> = (0..products.rows().len()).map(id).collect();
            let each = ids.clone();
            ids.sort_unstable();
            ids.dedup();
            let number = |id: &u32| ids.binary_search(id).unwrap_or_default() as u32;
            let numbers: Vec<u32> = each.iter().map(number).collect();
            (numbers, ids)
        };
        let rows = products.rows();
        let (aisles, aisle_ids) = numbered(&|place| rows.get(place).map_or(0, |product| product.aisle_id));
        let (departments, department_ids) =
            numbered(&|place| rows.get(place).map_or(0, |product| product.department_id));
        Self { aisles, departments, aisle_ids, department_ids, products }
    }
}

/// A dimension whose values can be numbered through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Axis {
    Product,
    Aisle,
    Department,
    Dow,
    Hour,
    /// Its numbers are not known in advance: it stands first, and the groups grow with it.
    OrderNumber,
}

impl Axis {
    const ALL: [(&'static str, Self); 6] = [
        ("product_id", Self::Product),
        ("aisle_id", Self::Aisle),
        ("department_id", Self::Department),
        ("order_dow", Self::Dow),
        ("order_hour_of_day", Self::Hour),
        ("order_number", Self::OrderNumber),
    ];

    fn size(self, catalogue: &Catalogue) -> usize {
        match self {
            Self::Product => catalogue.products.rows().len(),
            Self::Aisle => catalogue.aisle_ids.len(),
            Self::Department => catalogue.department_ids.len(),
            Self::Dow => 7,
            Self::Hour => 24,
            Self::OrderNumber => 1,
        }
    }

    /// The number of the value in an order, or in a line of it by the place of its product.
    fn code(self, order: &OrderRow, place: u32, catalogue: &Catalogue) -> usize {
        let of = |codes: &[u32]| codes.get(place as usize).copied().unwrap_or_default() as usize;
        match self {
            Self::Product => place as usize,
            Self::Aisle => of(&catalogue.aisles),
            Self::Department => of(&catalogue.departments),
            Self::Dow => usize::from(order.dow),
            Self::Hour => usize::from(order.hour),
            Self::OrderNumber => order.order_number as usize,
        }
    }

    fn value(self, code: usize, catalogue: &Catalogue) -> i64 {
        let of = |ids: &[u32]| ids.get(code).copied().map_or(0, i64::from);
        match self {
            Self::Product => i64::from(catalogue.products.id(code as u32)),
            Self::Aisle => of(&catalogue.aisle_ids),
            Self::Department => of(&catalogue.department_ids),
            Self::Dow | Self::Hour | Self::OrderNumber => code as i64,
        }
    }
}

/// A number of a row that a measure is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Value {
    One,
    Position,
    Reordered,
    Size,
    Reorders,
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
    DistinctOrders,
    DistinctCustomers,
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
    /// The row's number, where the row counts.
    fn read(&self, row: Row<'_>) -> Option<i64> {
        if let Some((value, op, bound)) = self.filter {
            let value = value.read(row)?;
            let holds = match op {
                Comparison::Eq => value == bound,
                Comparison::Ne => value != bound,
                Comparison::Lt => value < bound,
                Comparison::Le => value <= bound,
                Comparison::Gt => value > bound,
                Comparison::Ge => value >= bound,
            };
            if !holds {
                return None;
            }
        }
        self.value.read(row)
    }

    fn start(&self) -> i64 {
        match self.fold {
            Fold::Max => i64::MIN,
            Fold::Min => i64::MAX,
            _ => 0,
        }
    }
}

/// A rollup that can be built.
struct Plan {
    name: String,
    lines: bool,
    axes: Vec<(String, Axis)>,
    slots: Vec<Slot>,
    /// Groups, where their number is known; order numbers grow.
    groups: usize,
}

/// The sums of one thread.
struct Sums {
    /// By slot, then by group; the first counts the rows. Empty where the sums are shared.
    slots: Vec<Vec<i64>>,
    /// By slot, then by group: the order or customer that was counted last. Empty where none are.
    last: Vec<Vec<u32>>,
    /// Orders and customers so far; no two have the same number.
    orders: u32,
    customers: u32,
}

impl Plan {
    fn of(model: &SemanticModel, rollup: &Rollup, catalogue: &Catalogue) -> Result<Self, PipelineError> {
        let refuse = |problem: String| failed(format!("rollup {}: {problem}", rollup.name));
        let table = model.rolled_up(rollup).ok_or_else(|| refuse("its semantic model is missing".into()))?;
        if !matches!(table.table.as_str(), "order_lines" | "order_facts") {
            return Err(refuse(format!("{} cannot be rolled up, only lines and orders can", table.table)));
        }
        let axis = |name: &String| {
            let known = Axis::ALL.iter().find(|(known, _)| known == name);
            known.map(|(_, axis)| (name.clone(), *axis)).ok_or_else(|| {
                let all: Vec<&str> = Axis::ALL.iter().map(|(known, _)| *known).collect();
                refuse(format!("cannot be grouped by {name}, only by {}", all.join(", ")))
            })
        };
        let axes = rollup.dimensions.iter().map(axis).collect::<Result<Vec<_>, _>>()?;
        if axes.iter().skip(1).any(|(_, axis)| *axis == Axis::OrderNumber) {
            return Err(refuse("order_number must be the first of its dimensions".into()));
        }
        let groups = axes.iter().map(|(_, axis)| axis.size(catalogue)).product();
        if rollup.distinct && groups > LOCAL_GROUPS {
            return Err(refuse(format!("{groups} groups are too many to count different customers in")));
        }
        let rows = Slot { column: String::new(), value: Value::One, fold: Fold::Count, filter: None, days: false };
        let mut slots = vec![rows];
        for measure in &table.measures {
            slots.extend(slots_of(rollup, table, measure));
        }
        Ok(Self { name: rollup.name.clone(), lines: table.table == "order_lines", axes, slots, groups })
    }

    fn is_shared(&self) -> bool {
        self.groups > LOCAL_GROUPS
    }

    fn shared_sums(&self) -> Option<Vec<AtomicI64>> {
        let all = || self.slots.iter().flat_map(|slot| std::iter::repeat_n(slot.start(), self.groups));
        self.is_shared().then(|| all().map(AtomicI64::new).collect())
    }

    fn sums(&self) -> Sums {
        let groups = if self.is_shared() { 0 } else { self.groups };
        let distinct = |slot: &Slot| matches!(slot.fold, Fold::DistinctOrders | Fold::DistinctCustomers);
        Sums {
            slots: self.slots.iter().map(|slot| vec![slot.start(); groups]).collect(),
            last: self.slots.iter().map(|slot| vec![0; if distinct(slot) { groups } else { 0 }]).collect(),
            orders: 0,
            customers: 0,
        }
    }

    fn add_shard(
        &self,
        shard: &Shard,
        catalogue: &Catalogue,
        sums: &mut Sums,
        shared: Option<&[AtomicI64]>,
    ) {
        let mut groups = Vec::new();
        for orders in shard.customers() {
            sums.customers += 1;
            for order in orders {
                sums.orders += 1;
                let lines = shard.lines_of(order);
                groups.clear();
                if self.lines {
                    groups.extend(lines.iter().map(|line| {
                        self.group(order, catalogue.products.place(line.product_id), catalogue)
                    }));
                    self.grow(sums, &groups);
                    let row = |at: usize| lines.get(at).map(Row::Line);
                    self.add(sums, shared, &groups, row);
                } else {
                    groups.push(self.group(order, 0, catalogue));
                    self.grow(sums, &groups);
                    let reorders = lines.iter().filter(|line| line.reordered).count() as i64;
                    let size = lines.len() as i64;
                    self.add(sums, shared, &groups, |_| Some(Row::Order { order, size, reorders }));
                }
            }
        }
    }

    fn group(&self, order: &OrderRow, place: u32, catalogue: &Catalogue) -> usize {
        let mut group = 0;
        for (_, axis) in &self.axes {
            group = group * axis.size(catalogue) + axis.code(order, place, catalogue);
        }
        group
    }

    /// Makes room for order numbers that were not met before.
    fn grow(&self, sums: &mut Sums, groups: &[usize]) {
        let Some(highest) = groups.iter().max().filter(|_| !self.is_shared()) else { return };
        if sums.slots.first().is_some_and(|rows| rows.len() > *highest) {
            return;
        }
        for ((slot, values), last) in self.slots.iter().zip(&mut sums.slots).zip(&mut sums.last) {
            values.resize(highest + 1, slot.start());
            if matches!(slot.fold, Fold::DistinctOrders | Fold::DistinctCustomers) {
                last.resize(highest + 1, 0);
            }
        }
    }

    /// Adds rows to their groups, a slot at a time.
    fn add<'a>(
        &self,
        sums: &mut Sums,
        shared: Option<&[AtomicI64]>,
        groups: &[usize],
        row: impl Fn(usize) -> Option<Row<'a>>,
    ) {
        for (at, slot) in self.slots.iter().enumerate() {
            let current = match slot.fold {
                Fold::DistinctOrders => sums.orders,
                Fold::DistinctCustomers => sums.customers,
                _ => 0,
            };
            for (index, group) in groups.iter().enumerate() {
                let Some(value) = row(index).and_then(|row| slot.read(row)) else { continue };
                if current > 0 {
                    let last = sums.last.get_mut(at).and_then(|last| last.get_mut(*group));
                    match last {
                        Some(last) if *last != current => *last = current,
                        _ => continue,
                    }
                }
                if let Some(shared) = shared {
                    if let Some(sum) = shared.get(at * self.groups + group) {
                        slot.fold.share(sum, value);
                    }
                } else if let Some(sum) = sums.slots.get_mut(at).and_then(|slots| slots.get_mut(*group)) {
                    *sum = slot.fold.together(*sum, slot.fold.entry(value));
                }
            }
        }
    }

    /// Puts the sums of all threads together and writes the groups that occur.
    fn write<'s>(
        &self,
        context: &StageContext,
        catalogue: &Catalogue,
        locals: impl Iterator<Item = &'s Sums>,
        shared: Option<Vec<AtomicI64>>,
    ) -> Result<Artefact, PipelineError> {
        let slots = match shared {
            Some(shared) => {
                let mut all = shared.into_iter().map(AtomicI64::into_inner);
                self.slots.iter().map(|_| all.by_ref().take(self.groups).collect()).collect()
            }
            None => self.merge(locals),
        };
        let rows = slots.first().map(Vec::as_slice).unwrap_or_default();
        let groups: Vec<usize> =
            rows.iter().enumerate().filter(|(_, rows)| **rows > 0).map(|(group, _)| group).collect();
        let schema = Arc::new(self.schema());
        let batch = |groups: &[usize]| {
            let mut columns = self.dimension_columns(groups, catalogue);
            for (slot, sums) in self.slots.iter().zip(&slots).skip(1) {
                let cells = groups.iter().map(|group| sums.get(*group).copied().filter(|sum| slot.is_given(*sum)));
                columns.push(if slot.days {
                    let days = cells.map(|sum| sum.map(|sum| sum as f64 / MILLIONTHS));
                    Arc::new(days.collect::<Float64Array>()) as ArrayRef
                } else {
                    Arc::new(cells.collect::<Int64Array>())
                });
            }
            RecordBatch::try_new(Arc::clone(&schema), columns)
        };
        let batches = groups.chunks(BATCH_ROWS).map(batch).collect::<Result<Vec<_>, _>>()?;
        let folder = context.paths().gold(&self.name);
        context.write_batches(&format!("gold.{}", self.name), &folder, &schema, batches)
    }

    fn merge<'s>(&self, locals: impl Iterator<Item = &'s Sums>) -> Vec<Vec<i64>> {
        let mut all: Vec<Vec<i64>> = self.slots.iter().map(|slot| vec![slot.start(); self.groups]).collect();
        for sums in locals {
            for ((slot, all), sums) in self.slots.iter().zip(&mut all).zip(&sums.slots) {
                if all.len() < sums.len() {
                    all.resize(sums.len(), slot.start());
                }
                for (all, sum) in all.iter_mut().zip(sums) {
                    *all = slot.fold.together(*all, *sum);
                }
            }
        }
        all
    }

    fn schema(&self) -> Schema {
        let integer = |name: &str| Field::new(name, DataType::Int64, true);
        let dimensions = self.axes.iter().map(|(name, _)| integer(name));
        let slots = self.slots.iter().skip(1).map(|slot| {
            let data_type = if slot.days { DataType::Float64 } else { DataType::Int64 };
            Field::new(&slot.column, data_type, true)
        });
        Schema::new(dimensions.chain(slots).collect::<Vec<_>>())
    }

    fn dimension_columns(&self, groups: &[usize], catalogue: &Catalogue) -> Vec<ArrayRef> {
        let column = |at: usize, axis: Axis| {
            let below: usize =
                self.axes.iter().skip(at + 1).map(|(_, axis)| axis.size(catalogue)).product();
            let size = if axis == Axis::OrderNumber { usize::MAX } else { axis.size(catalogue) };
            let values = groups.iter().map(|group| axis.value(group / below % size, catalogue));
            Arc::new(Int64Array::from_iter_values(values)) as ArrayRef
        };
        self.axes.iter().enumerate().map(|(at, (_, axis))| column(at, *axis)).collect()
    }
}

impl Slot {
    /// A greatest or least value that no row gave is null.
    fn is_given(&self, sum: i64) -> bool {
        !matches!(self.fold, Fold::Max | Fold::Min) || sum != self.start()
    }
}

impl Fold {
    /// What a row's number adds.
    fn entry(self, value: i64) -> i64 {
        match self {
            Self::Sum | Self::Max | Self::Min => value,
            Self::Count | Self::DistinctOrders | Self::DistinctCustomers => 1,
        }
    }

    /// Two partial results as one. No customer is in two shards, so different ones add up.
    fn together(self, a: i64, b: i64) -> i64 {
        match self {
            Self::Max => a.max(b),
            Self::Min => a.min(b),
            _ => a + b,
        }
    }

    fn share(self, sum: &AtomicI64, value: i64) {
        match self {
            Self::Max => sum.fetch_max(value, Ordering::Relaxed),
            Self::Min => sum.fetch_min(value, Ordering::Relaxed),
            fold => sum.fetch_add(fold.entry(value), Ordering::Relaxed),
        };
    }
}

/// The columns of a measure; none where the rollup cannot hold it.
fn slots_of(rollup: &Rollup, table: &TableModel, measure: &Measure) -> Vec<Slot> {
    let Some(stored) = rollup.stored(table, measure) else { return Vec::new() };
    let filter = match &measure.filter {
        None => None,
        Some(filter) => match (Value::of(table, Some(&filter.expr)), &filter.value) {
            (Some(value), Scalar::Integer(bound)) => Some((value, filter.op, *bound)),
            _ => return Vec::new(),
        },
    };
    let slot = |column: String, value: Value, fold: Fold| {
        let days = value == Value::Days && !matches!(fold, Fold::Count);
        Slot { column, value, fold, filter, days }
    };
    if let Stored::Distinct(column) = stored {
        let entity = table.entities.iter().find(|entity| Some(&entity.expr) == measure.expr.as_ref());
        let orders = entity.is_some_and(|entity| entity.name == "order");
        let fold = if orders { Fold::DistinctOrders } else { Fold::DistinctCustomers };
        return vec![slot(column, Value::One, fold)];
    }
    let Some(value) = Value::of(table, measure.expr.as_deref()) else { return Vec::new() };
    let counts = measure.agg == config::semantic::Aggregation::Count;
    match stored {
        Stored::Sum(column) => vec![slot(column, value, if counts { Fold::Count } else { Fold::Sum })],
        Stored::Max(column) => vec![slot(column, value, Fold::Max)],
        Stored::Min(column) => vec![slot(column, value, Fold::Min)],
        Stored::Mean { sum, count } => vec![slot(sum, value, Fold::Sum), slot(count, value, Fold::Count)],
        Stored::Distinct(_) => Vec::new(),
    }
}

fn failed(reason: String) -> PipelineError {
    PipelineError::Model { stage: Stage::Rollups, reason }
}
