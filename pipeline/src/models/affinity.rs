//! Stage `affinity`: which products are bought together, as directed rules.
//!
//! `order_lines` (prior and train) → `affinity` (`antecedent, consequent, n_both, support, confidence, lift, leverage,
//! conviction, p_value, is_first`), two rows a pair of products; `is_first` is 1 in one of the two, where the antecedent has
//! the smaller id, and 0 in the other, so that pairs can be counted and listed once. Shares are of the orders that have lines. A product needs
//! `min_item_orders` orders before its pairs are counted, a pair `min_support_orders` before it is kept.
//! Memory: 8 bytes a line and 4 an order, the counts of [`recsys::affinity::pairs`], and the rules.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, Float64Array, Int64Array},
    datatypes::{DataType, Field, Schema, SchemaRef},
    error::ArrowError,
    record_batch::RecordBatch,
};
use datafusion::error::DataFusionError;
use domain::manifest::Artefact;
use rayon::prelude::*;
use recsys::affinity::{
    Measures, measures,
    pairs::{Baskets, PairCount},
};

use super::batches::{BATCH_ROWS, model_error};
use crate::{
    context::StageContext,
    error::PipelineError,
    gold::{
        customers::{Shard, read_shard, shard_count},
        products::Products,
    },
    stage::Stage,
    table_writer::{PartWriter, finish_table, prepare_folder},
};

const STAGE: Stage = Stage::Affinity;

/// Products with enough orders: ids ascending, and in how many orders each is.
#[derive(Debug, Default)]
struct FrequentItems {
    ids: Vec<u32>,
    orders: Vec<u64>,
}

/// A directed rule: positions of the two products, and the orders with both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rule {
    antecedent: u32,
    consequent: u32,
    n_both: u32,
}

/// Counts the pairs, measures both directions and writes them.
pub async fn run(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    let stage = context.clone();
    context.compute(move || make_rules(&stage)).await
}

fn make_rules(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    let products = Products::read(context)?;
    let shards: Vec<ShardBaskets> = (0..shard_count(context))
        .into_par_iter()
        .map(|shard| {
            context.check()?;
            Ok(ShardBaskets::of(&read_shard(context, shard)?, &products))
        })
        .collect::<Result<_, PipelineError>>()?;
    let n_orders = shards.iter().map(|shard| shard.orders.len() as u64).sum();
    let items = FrequentItems::of(&shards, &products, context.settings().affinity.min_item_orders);
    let baskets = items.baskets(shards, &products);
    // A count is 32 bits wide; a larger minimum keeps nothing.
    let least = u32::try_from(context.settings().affinity.min_support_orders).unwrap_or(u32::MAX);
    let pairs = baskets.count_pairs(items.ids.len() as u32, least).map_err(model_error(STAGE))?;
    tracing::info!(products = items.ids.len(), pairs = pairs.len(), "affinity pairs counted");
    context.expect(Some(pairs.len() as u64 * 2));
    Ok(vec![write_rules(context, &items, n_orders, &pairs)?])
}

/// The orders of one shard as places of products in the catalogue.
struct ShardBaskets {
    places: Vec<u32>,
    /// Lines of each order that has any.
    orders: Vec<u32>,
}

impl ShardBaskets {
    fn of(shard: &Shard, products: &Products) -> Self {
        let mut baskets = Self { places: Vec::with_capacity(shard.lines.len()), orders: Vec::new() };
        for order in shard.orders.iter().filter(|order| !order.lines.is_empty()) {
            let start = baskets.places.len();
            let lines = shard.lines_of(order).iter();
            baskets.places.extend(lines.map(|line| products.place(line.product_id)));
            if let Some(basket) = baskets.places.get_mut(start..) {
                basket.sort_unstable();
            }
            baskets.orders.push(order.lines.len() as u32);
        }
        baskets
    }
}

impl FrequentItems {
    fn of(shards: &[ShardBaskets], products: &Products, least: u64) -> Self {
        let mut orders = vec![0_u64; products.rows().len()];
        for place in shards.iter().flat_map(|shard| &shard.places) {
            // A product stands at most once in an order, so its lines are its orders.
            if let Some(count) = orders.get_mut(*place as usize) {
                *count += 1;
            }
        }
        let frequent = products.rows().iter().zip(orders).filter(|(_, orders)| *orders >= least);
        let (ids, orders) = frequent.map(|(product, orders)| (product.product_id, orders)).unzip();
        Self { ids, orders }
    }

    /// The orders with what is frequent in them, by position in `ids`.
    fn baskets(&self, shards: Vec<ShardBaskets>, products: &Products) -> Baskets {
        let mut positions = vec![None; products.rows().len()];
        for (position, id) in (0_u32..).zip(&self.ids) {
            if let Some(slot) = positions.get_mut(products.place(*id) as usize) {
                *slot = Some(position);
            }
        }
        let lines = shards.iter().map(|shard| shard.places.len()).sum();
        let orders = shards.iter().map(|shard| shard.orders.len()).sum();
        let mut baskets = Baskets::with_capacity(lines, orders);
        for shard in shards {
            let mut rest = shard.places.as_slice();
            for size in &shard.orders {
                let (basket, after) = rest.split_at_checked(*size as usize).unwrap_or((rest, &[]));
                baskets.push(
                    basket.iter().filter_map(|place| positions.get(*place as usize).copied().flatten()),
                );
                rest = after;
            }
        }
        baskets
    }
}

fn write_rules(
    context: &StageContext,
    items: &FrequentItems,
    n_orders: u64,
    pairs: &[PairCount],
) -> Result<Artefact, PipelineError> {
    let mut rules: Vec<Rule> = pairs
        .iter()
        .flat_map(|pair| {
            let (a, b, n_both) = (pair.first, pair.second, pair.baskets);
            [(a, b), (b, a)].map(|(antecedent, consequent)| Rule { antecedent, consequent, n_both })
        })
        .collect();
    // By antecedent: a question about one product reads few row groups.
    rules.par_sort_unstable();
    let folder = context.table_folder("affinity");
    let schema = schema();
    prepare_folder(&folder)?;
    let mut writer = PartWriter::new(&folder, 0, &schema);
    for rules in rules.chunks(BATCH_ROWS) {
        context.check()?;
        let measured: Vec<Measures> = rules
            .par_iter()
            .map(|rule| {
                let orders = |item: u32| items.orders.get(item as usize).copied().unwrap_or(0);
                measures(orders(rule.antecedent), orders(rule.consequent), u64::from(rule.n_both), n_orders)
            })
            .collect::<Result<_, _>>()
            .map_err(model_error(STAGE))?;
        writer.write(&batch(&schema, items, rules, &measured).map_err(DataFusionError::from)?)?;
        context.advance(rules.len() as u64);
    }
    finish_table(context.paths(), "gold.affinity", &folder, &schema, &[writer.finish()?])
}

fn schema() -> SchemaRef {
    let integer = |name| Field::new(name, DataType::Int64, false);
    let float = |name| Field::new(name, DataType::Float64, true);
    Arc::new(Schema::new(vec![
        integer("antecedent"),
        integer("consequent"),
        integer("n_both"),
        float("support"),
        float("confidence"),
        float("lift"),
        float("leverage"),
        float("conviction"),
        float("p_value"),
        integer("is_first"),
    ]))
}

fn batch(
    schema: &SchemaRef,
    items: &FrequentItems,
    rules: &[Rule],
    measured: &[Measures],
) -> Result<RecordBatch, ArrowError> {
    let product = |item: u32| items.ids.get(item as usize).map(|id| i64::from(*id));
    let float = |value: fn(&Measures) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(measured.iter().map(value)))
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(rules.iter().map(|rule| product(rule.antecedent)).collect::<Int64Array>()),
        Arc::new(rules.iter().map(|rule| product(rule.consequent)).collect::<Int64Array>()),
        Arc::new(rules.iter().map(|rule| i64::from(rule.n_both)).collect::<Int64Array>()),
        float(|m| m.support),
        float(|m| m.confidence),
        float(|m| m.lift),
        float(|m| m.leverage),
        Arc::new(measured.iter().map(|m| m.conviction).collect::<Float64Array>()),
        float(|m| m.p_value),
        // Positions stand in the order of ids.
        Arc::new(
            rules.iter().map(|rule| i64::from(rule.antecedent < rule.consequent)).collect::<Int64Array>(),
        ),
    ];
    RecordBatch::try_new(Arc::clone(schema), columns)
}
