//! The features of orders, customers and (customer, product) pairs of one shard, a customer at a time.
//!
//! A mean is a sum of integers divided once at the end, so that it does not depend on the order in which threads add up.
//! Days are summed in millionths of a day, which is exact for whole days and for any source with fewer decimals.
//! Divisions by an empty sum give null, never zero.

use std::{path::PathBuf, sync::Arc};

use arrow::{
    array::{ArrayRef, BooleanArray, Float64Array, Int64Array, StringArray},
    datatypes::{DataType, Field, Schema, SchemaRef},
    record_batch::RecordBatch,
};

use crate::{
    content_hash::RowsHash,
    error::PipelineError,
    gold::{
        bands::{DAY_PARTS, ORDER_KINDS, SIZE_BANDS, day_part, order_kind, size_band},
        customers::{OrderRow, Shard},
        products::{Cut, ProductTotals, Products},
        totals::Totals,
    },
    silver::values::EvalSet,
    table_writer::PartWriter,
};

/// Rows of a batch that is written.
const BATCH_ROWS: usize = 8_192;

/// Millionths of a day in a day.
pub(super) const MILLIONTHS: f64 = 1_000_000.0;

/// A gap in millionths of a day.
pub fn millionths(days: f64) -> i64 {
    (days * MILLIONTHS + 0.5) as i64
}

/// The mean of gaps that were summed in millionths.
pub fn mean_days(sum_millionths: i64, gaps: u64) -> Option<f64> {
    (gaps > 0).then(|| sum_millionths as f64 / (MILLIONTHS * gaps as f64))
}

/// A fraction of two counts; nothing where there is nothing to divide by.
pub fn ratio(numerator: u64, denominator: u64) -> Option<f64> {
    (denominator > 0).then(|| numerator as f64 / denominator as f64)
}

/// The folders of the tables that are made a shard at a time.
#[derive(Debug, Clone)]
pub struct Folders {
    /// `order_facts`.
    pub order_facts: PathBuf,
    /// `user_features`.
    pub user_features: PathBuf,
    /// `upi_features` and `upi_features_union`.
    pub upi_features: [PathBuf; 2],
}

/// What one shard gave.
#[derive(Debug)]
pub struct ShardFeatures {
    /// Rows of `order_facts`.
    pub order_facts: RowsHash,
    /// Rows of `user_features`.
    pub user_features: RowsHash,
    /// Rows of `upi_features` and `upi_features_union`.
    pub upi_features: [RowsHash; 2],
    /// Sums by product.
    pub products: ProductTotals,
    /// Sums by order number and over all.
    pub totals: Totals,
}

/// Makes the features of a shard.
pub fn make_features(
    shard: &Shard,
    index: usize,
    folders: &Folders,
    products: &Products,
) -> Result<ShardFeatures, PipelineError> {
    let mut order_facts = TableOf::<OrderFacts>::new(&folders.order_facts, index);
    let mut user_features = TableOf::<UserFeatures>::new(&folders.user_features, index);
    let mut upi_features =
        [0, 1].map(|cut: usize| TableOf::<UpiFeatures>::new(&folders.upi_features[cut], index));
    let mut product_totals = products.totals();
    let mut totals = Totals::default();
    let mut bought = Vec::new();
    for orders in shard.customers() {
        totals.add_customer(orders);
        for order in orders {
            let lines = shard.lines_of(order);
            let reorders = lines.iter().filter(|line| line.reordered).count() as u64;
            totals.add_order(order, lines.len() as u64, reorders);
            order_facts.push(|table| table.push(order, lines.len() as u64, reorders))?;
        }
        user_features.push(|table| table.push(shard, orders))?;
        pairs_of(shard, orders, products, &mut bought);
        for (cut, table) in Cut::ALL.into_iter().zip(&mut upi_features) {
            let last = orders.iter().rev().find(|order| cut.holds(order.eval_set));
            let last = last.map_or(0, |order| order.order_number);
            for pairs in bought.chunk_by(|a, b| a.product == b.product) {
                let Some(pair) = Pair::of(cut, pairs) else { continue };
                product_totals.add(cut, pair.product, pair.orders, pair.reorders, pair.positions);
                let user_id = orders.first().map_or(0, |order| order.user_id);
                table.push(|table| table.push(user_id, products.id(pair.product), &pair, last))?;
            }
        }
    }
    let [upi, upi_union] = upi_features;
    Ok(ShardFeatures {
        order_facts: order_facts.finish()?,
        user_features: user_features.finish()?,
        upi_features: [upi.finish()?, upi_union.finish()?],
        products: product_totals,
        totals,
    })
}

/// One purchase of a product by the customer at hand.
#[derive(Debug, Clone, Copy)]
struct Bought {
    /// Its place in the catalogue.
    product: u32,
    order_number: u32,
    position: u32,
    reordered: bool,
    eval_set: EvalSet,
}

/// A customer's purchases by product, then by order.
fn pairs_of(shard: &Shard, orders: &[OrderRow], products: &Products, bought: &mut Vec<Bought>) {
    bought.clear();
    for order in orders {
        for line in shard.lines_of(order) {
            bought.push(Bought {
                product: products.place(line.product_id),
                order_number: order.order_number,
                position: line.position,
                reordered: line.reordered,
                eval_set: order.eval_set,
            });
        }
    }
    bought.sort_unstable_by_key(|line| (line.product, line.order_number));
}

/// A customer and a product in one cut.
#[derive(Debug)]
struct Pair {
    product: u32,
    orders: u64,
    reorders: u64,
    positions: u64,
    first: u32,
    last: u32,
}

impl Pair {
    fn of(cut: Cut, lines: &[Bought]) -> Option<Self> {
        let mut pair: Option<Self> = None;
        for line in lines.iter().filter(|line| cut.holds(line.eval_set)) {
            let Bought { product, order_number, .. } = *line;
            let pair = pair.get_or_insert(Self {
                product,
                orders: 0,
                reorders: 0,
                positions: 0,
                first: order_number,
                last: order_number,
            });
            pair.orders += 1;
            pair.reorders += u64::from(line.reordered);
            pair.positions += u64::from(line.position);
            pair.last = order_number;
        }
        pair
    }
}

/// A table whose rows are collected column by column.
trait Collect: Default {
    fn schema() -> SchemaRef;
    fn rows(&self) -> usize;
    /// The columns so far; empty afterwards.
    fn take(&mut self) -> Vec<ArrayRef>;
}

/// Writes a table in batches.
struct TableOf<T> {
    rows: T,
    schema: SchemaRef,
    writer: PartWriter,
}

impl<T: Collect> TableOf<T> {
    fn new(folder: &std::path::Path, index: usize) -> Self {
        let schema = T::schema();
        Self { rows: T::default(), writer: PartWriter::new(folder, index, &schema), schema }
    }

    fn push(&mut self, push: impl FnOnce(&mut T)) -> Result<(), PipelineError> {
        push(&mut self.rows);
        if self.rows.rows() >= BATCH_ROWS { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), PipelineError> {
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), self.rows.take())?;
        self.writer.write(&batch)
    }

    fn finish(mut self) -> Result<RowsHash, PipelineError> {
        self.write()?;
        self.writer.finish()
    }
}

/// The schemas of the tables, for those who put their parts together.
pub fn schemas() -> [(&'static str, SchemaRef); 4] {
    [
        ("order_facts", OrderFacts::schema()),
        ("user_features", UserFeatures::schema()),
        ("upi_features", UpiFeatures::schema()),
        ("upi_features_union", UpiFeatures::schema()),
    ]
}

/// `order_facts`: one row an order; `size`, `reorders` and `size_band` are null on orders without lines.
#[derive(Default)]
struct OrderFacts {
    order_id: Vec<i64>,
    user_id: Vec<i64>,
    eval_set: Vec<&'static str>,
    order_number: Vec<i64>,
    dow: Vec<i64>,
    hour: Vec<i64>,
    days: Vec<Option<f64>>,
    size: Vec<Option<i64>>,
    reorders: Vec<Option<i64>>,
    day_part: Vec<&'static str>,
    size_band: Vec<Option<&'static str>>,
    order_kind: Vec<&'static str>,
}

impl OrderFacts {
    fn push(&mut self, order: &OrderRow, size: u64, reorders: u64) {
        self.order_id.push(i64::from(order.order_id));
        self.user_id.push(i64::from(order.user_id));
        self.eval_set.push(order.eval_set.name());
        self.order_number.push(i64::from(order.order_number));
        self.dow.push(i64::from(order.dow));
        self.hour.push(i64::from(order.hour));
        self.days.push(order.days);
        self.size.push((size > 0).then_some(size as i64));
        self.reorders.push((size > 0).then_some(reorders as i64));
        self.day_part.push(DAY_PARTS[day_part(order.hour)]);
        self.size_band.push(size_band(size).map(|band| SIZE_BANDS[band]));
        self.order_kind.push(ORDER_KINDS[order_kind(order.order_number)]);
    }
}

impl Collect for OrderFacts {
    fn schema() -> SchemaRef {
        Arc::new(Schema::new(vec![
            integer("order_id"),
            integer("user_id"),
            text("eval_set"),
            integer("order_number"),
            integer("order_dow"),
            integer("order_hour_of_day"),
            float("days_since_prior_order"),
            integer("size"),
            integer("reorders"),
            text("day_part"),
            text("size_band"),
            text("order_kind"),
        ]))
    }

    fn rows(&self) -> usize {
        self.order_id.len()
    }

    fn take(&mut self) -> Vec<ArrayRef> {
        vec![
            integers(&mut self.order_id),
            integers(&mut self.user_id),
            Arc::new(StringArray::from_iter_values(self.eval_set.drain(..))),
            integers(&mut self.order_number),
            integers(&mut self.dow),
            integers(&mut self.hour),
            Arc::new(self.days.drain(..).collect::<Float64Array>()),
            Arc::new(self.size.drain(..).collect::<Int64Array>()),
            Arc::new(self.reorders.drain(..).collect::<Int64Array>()),
            Arc::new(StringArray::from_iter_values(self.day_part.drain(..))),
            Arc::new(self.size_band.drain(..).collect::<StringArray>()),
            Arc::new(StringArray::from_iter_values(self.order_kind.drain(..))),
        ]
    }
}

/// Sums over the orders of one customer, of every set.
#[derive(Debug, Clone, PartialEq)]
pub struct CustomerTotals {
    /// The customer.
    pub user_id: u32,
    /// All orders.
    pub orders: u64,
    /// Orders that have lines.
    pub baskets: u64,
    /// Lines.
    pub items: u64,
    /// Lines of products that the customer had bought before.
    pub reorders: u64,
    /// Mean gap between two orders; `None` with one order.
    pub avg_days: Option<f64>,
    /// The gap before the last order; `None` with one order.
    pub recency_days: Option<f64>,
}

impl CustomerTotals {
    /// Of all orders of one customer, in their order; `None` without any.
    pub fn of(shard: &Shard, orders: &[OrderRow]) -> Option<Self> {
        let last = orders.last()?;
        let gaps = orders.iter().filter_map(|order| order.days);
        let (count, sum) = gaps.fold((0, 0), |(count, sum), days| (count + 1, sum + millionths(days)));
        let lines = orders.iter().flat_map(|order| shard.lines_of(order));
        let (items, reorders) =
            lines.fold((0, 0), |(items, reorders), line| (items + 1, reorders + u64::from(line.reordered)));
        Some(Self {
            user_id: last.user_id,
            orders: orders.len() as u64,
            baskets: orders.iter().filter(|order| !order.lines.is_empty()).count() as u64,
            items,
            reorders,
            avg_days: mean_days(sum, count),
            recency_days: last.days,
        })
    }

    /// Mean lines of the orders that have lines.
    pub fn mean_basket(&self) -> Option<f64> {
        ratio(self.items, self.baskets)
    }

    /// Reorders of all lines.
    pub fn reorder_rate(&self) -> Option<f64> {
        ratio(self.reorders, self.items)
    }

    /// Whether the recency says "30 or more".
    pub fn recency_censored(&self) -> bool {
        self.recency_days.is_some_and(|days| days >= 30.0)
    }
}

/// `user_features`: one row a customer, over orders of every set.
///
/// `total_order_number` counts all order rows. `avg_days_since_prior_order` leaves first orders out. `mean_basket` and
/// `reorder_rate` are over the orders that have lines. `recency_days` is the gap of the last order row, whatever its
/// set, censored at 30 (`recency_censored`); null for a customer with one order.
#[derive(Default)]
struct UserFeatures {
    user_id: Vec<i64>,
    orders: Vec<i64>,
    avg_days: Vec<Option<f64>>,
    mean_basket: Vec<Option<f64>>,
    reorder_rate: Vec<Option<f64>>,
    recency_days: Vec<Option<f64>>,
    recency_censored: Vec<bool>,
}

impl UserFeatures {
    fn push(&mut self, shard: &Shard, orders: &[OrderRow]) {
        let Some(customer) = CustomerTotals::of(shard, orders) else { return };
        self.user_id.push(i64::from(customer.user_id));
        self.orders.push(customer.orders as i64);
        self.avg_days.push(customer.avg_days);
        self.mean_basket.push(customer.mean_basket());
        self.reorder_rate.push(customer.reorder_rate());
        self.recency_days.push(customer.recency_days);
        self.recency_censored.push(customer.recency_censored());
    }
}

impl Collect for UserFeatures {
    fn schema() -> SchemaRef {
        Arc::new(Schema::new(vec![
            integer("user_id"),
            integer("total_order_number"),
            float("avg_days_since_prior_order"),
            float("mean_basket"),
            float("reorder_rate"),
            float("recency_days"),
            Field::new("recency_censored", DataType::Boolean, true),
        ]))
    }

    fn rows(&self) -> usize {
        self.user_id.len()
    }

    fn take(&mut self) -> Vec<ArrayRef> {
        vec![
            integers(&mut self.user_id),
            integers(&mut self.orders),
            Arc::new(self.avg_days.drain(..).collect::<Float64Array>()),
            Arc::new(self.mean_basket.drain(..).collect::<Float64Array>()),
            Arc::new(self.reorder_rate.drain(..).collect::<Float64Array>()),
            Arc::new(self.recency_days.drain(..).collect::<Float64Array>()),
            Arc::new(
                std::mem::take(&mut self.recency_censored).into_iter().map(Some).collect::<BooleanArray>(),
            ),
        ]
    }
}

/// `upi_features(_union)`: one row a customer and product that were seen together in the cut.
///
/// `orders_since_last` counts the customer's later orders of the cut; a test order, whose lines nobody knows, is none.
/// `avg_interval_orders` is the mean distance between two purchases in orders; null when bought once.
#[derive(Default)]
struct UpiFeatures {
    user_id: Vec<i64>,
    product_id: Vec<i64>,
    total_orders: Vec<i64>,
    avg_position: Vec<f64>,
    last_order_number: Vec<i64>,
    orders_since_last: Vec<i64>,
    avg_interval: Vec<Option<f64>>,
}

impl UpiFeatures {
    fn push(&mut self, user_id: u32, product_id: u32, pair: &Pair, last_order: u32) {
        self.user_id.push(i64::from(user_id));
        self.product_id.push(i64::from(product_id));
        self.total_orders.push(pair.orders as i64);
        self.avg_position.push(pair.positions as f64 / pair.orders as f64);
        self.last_order_number.push(i64::from(pair.last));
        self.orders_since_last.push(i64::from(last_order) - i64::from(pair.last));
        self.avg_interval.push(ratio(u64::from(pair.last - pair.first), pair.orders - 1));
    }
}

impl Collect for UpiFeatures {
    fn schema() -> SchemaRef {
        Arc::new(Schema::new(vec![
            integer("user_id"),
            integer("product_id"),
            integer("total_orders"),
            float("avg_add_to_cart_order"),
            integer("last_order_number"),
            integer("orders_since_last"),
            float("avg_interval_orders"),
        ]))
    }

    fn rows(&self) -> usize {
        self.user_id.len()
    }

    fn take(&mut self) -> Vec<ArrayRef> {
        vec![
            integers(&mut self.user_id),
            integers(&mut self.product_id),
            integers(&mut self.total_orders),
            Arc::new(Float64Array::from(std::mem::take(&mut self.avg_position))),
            integers(&mut self.last_order_number),
            integers(&mut self.orders_since_last),
            Arc::new(self.avg_interval.drain(..).collect::<Float64Array>()),
        ]
    }
}

fn integer(name: &str) -> Field {
    Field::new(name, DataType::Int64, true)
}

fn float(name: &str) -> Field {
    Field::new(name, DataType::Float64, true)
}

fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, true)
}

fn integers(values: &mut Vec<i64>) -> ArrayRef {
    Arc::new(Int64Array::from(std::mem::replace(values, Vec::with_capacity(BATCH_ROWS))))
}
