//! Stage `affinity`: which products are bought together, as directed rules.
//!
//! `order_lines` (prior and train) → `affinity` (`antecedent, consequent, n_both, support, confidence, lift, leverage,
//! conviction, p_value`), two rows a pair of products. Shares are of the orders that have lines. A product needs
//! `min_item_orders` orders before its pairs are counted, a pair `min_support_orders` before it is kept.
//! Memory: the pair counts, bounded by a share of the run's memory; where they do not fit, the lines (sorted by order,
//! spilling to disk) are streamed again for the next range of products.

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
    pairs::{PairCount, PairCounter},
};

use super::batches::{BATCH_ROWS, Reader, fold, model_error};
use crate::{
    context::StageContext,
    error::PipelineError,
    stage::Stage,
    table_writer::{PartWriter, finish_table, prepare_folder},
};

const STAGE: Stage = Stage::Affinity;

/// Bytes of a counted pair in the hash table, with its share of free slots.
const PAIR_BYTES: usize = 24;

/// One part in so many of the run's memory is for pair counts; the batch engine has the rest.
const MEMORY_SHARE: usize = 8;

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
    let capacity = (context.settings().memory_mib << 20) / MEMORY_SHARE / PAIR_BYTES;
    run_with_capacity(context, capacity).await
}

/// The stage with a given number of pairs held at a time; the result does not depend on it.
pub(super) async fn run_with_capacity(
    context: &StageContext,
    capacity: usize,
) -> Result<Vec<Artefact>, PipelineError> {
    let items = Arc::new(read_items(context).await?);
    let n_orders = count_orders(context).await?;
    let pairs = count_pairs(context, &items, capacity).await?;
    context.expect(Some(pairs.len() as u64 * 2));
    let writer = context.clone();
    let artefact = context.compute(move || write_rules(&writer, &items, n_orders, &pairs)).await?;
    Ok(vec![artefact])
}

async fn read_items(context: &StageContext) -> Result<FrequentItems, PipelineError> {
    let session = context.session_with(&["order_lines"]).await?;
    // A product stands at most once in an order, so its lines are its orders.
    let sql = format!(
        "SELECT CAST(product_id AS BIGINT) AS product_id, COUNT(*) AS orders FROM order_lines \
         GROUP BY product_id HAVING COUNT(*) >= {} ORDER BY product_id",
        context.settings().affinity.min_item_orders
    );
    let reader = Reader { stage: STAGE };
    fold(session.sql(&sql).await?, FrequentItems::default(), move |items, batch| {
        items.ids.extend(reader.whole_numbers(batch, "product_id")?);
        items.orders.extend(reader.whole_numbers(batch, "orders")?.into_iter().map(u64::from));
        Ok(())
    })
    .await
}

/// The orders that have lines.
async fn count_orders(context: &StageContext) -> Result<u64, PipelineError> {
    let session = context.session_with(&["order_facts"]).await?;
    let frame = session.sql("SELECT COUNT(size) AS orders FROM order_facts").await?;
    let reader = Reader { stage: STAGE };
    fold(frame, 0, move |orders, batch| {
        *orders += reader.whole_numbers(batch, "orders")?.into_iter().map(u64::from).sum::<u64>();
        Ok(())
    })
    .await
}

/// All pairs with enough orders, by position in `items`, in as many passes as the capacity asks for.
async fn count_pairs(
    context: &StageContext,
    items: &Arc<FrequentItems>,
    capacity: usize,
) -> Result<Vec<PairCount>, PipelineError> {
    let session = context.session_with(&["order_lines"]).await?;
    // A count is 32 bits wide; a larger minimum keeps nothing.
    let least = u32::try_from(context.settings().affinity.min_support_orders).unwrap_or(u32::MAX);
    let item_count = u32::try_from(items.ids.len()).unwrap_or(u32::MAX);
    let (mut pairs, mut next_first, mut passes) = (Vec::new(), Some(0), 0);
    while let Some(first) = next_first {
        let lines = session
            .sql(
                "SELECT CAST(order_id AS BIGINT) AS order_id, CAST(product_id AS BIGINT) AS product_id \
                 FROM order_lines ORDER BY order_id, product_id",
            )
            .await?;
        let counter = PairCounter::new(item_count, first, capacity);
        let baskets = Baskets { items: Arc::clone(items), counter, order: None, basket: Vec::new() };
        let pass = fold(lines, baskets, Baskets::take).await?.finish().finish(least);
        pairs.extend(pass.pairs);
        next_first = pass.next_first;
        passes += 1;
    }
    tracing::info!(products = item_count, pairs = pairs.len(), passes, "affinity pairs counted");
    Ok(pairs)
}

/// Lines in order of order and product, put together to baskets.
struct Baskets {
    items: Arc<FrequentItems>,
    counter: PairCounter,
    /// The order that is under way; it may go on in the next batch.
    order: Option<u32>,
    /// Its frequent products, by position.
    basket: Vec<u32>,
}

impl Baskets {
    fn take(&mut self, batch: &RecordBatch) -> Result<(), PipelineError> {
        let reader = Reader { stage: STAGE };
        let orders = reader.whole_numbers(batch, "order_id")?;
        for (order, product) in orders.into_iter().zip(reader.whole_numbers(batch, "product_id")?) {
            if self.order != Some(order) {
                self.close();
                self.order = Some(order);
            }
            if let Ok(position) = self.items.ids.binary_search(&product) {
                // Fits: positions are below `item_count`.
                self.basket.push(position as u32);
            }
        }
        Ok(())
    }

    fn close(&mut self) {
        self.counter.add_basket(&self.basket);
        self.basket.clear();
    }

    fn finish(mut self) -> PairCounter {
        self.close();
        self.counter
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
    ];
    RecordBatch::try_new(Arc::clone(schema), columns)
}
