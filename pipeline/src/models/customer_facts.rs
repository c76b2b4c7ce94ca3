//! Stage `customers`: what is known of each customer in one row, and the rollups by segment.
//!
//! Silver, `user_seg` and `churn` → `customer_facts` (`user_id, orders, baskets, items, reorders, products, reorder_rate,
//! mean_basket, avg_days_between_orders, recency_days, recency_censored, segment, segment_name, churn_risk,
//! expected_orders, expected_items, customer_kind, orders_band`), one row a customer, and `rollup_…` by `segment_name`.
//! Counts are over orders of every set; `products` counts different ones; `recency_censored` is 1 where recency says "30 or
//! more". Churn and expectations are for the [`HORIZON_DAYS`] days after the last order.
//! In a run without models the columns of segments and expectations are null, and there are no rollups by segment.
//! Memory: segment and expectations of each customer, 40 bytes, and a shard a thread.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, Float64Array, Int64Array, StringArray},
    datatypes::{DataType, Field, Float64Type, Schema, SchemaRef},
    record_batch::RecordBatch,
};
use domain::manifest::Artefact;
use rayon::prelude::*;

use super::batches::{BATCH_ROWS, Reader, fold};
use crate::{
    content_hash::RowsHash,
    context::StageContext,
    error::PipelineError,
    gold::{
        bands::{CUSTOMER_KINDS, ORDERS_BANDS, customer_kind, orders_band},
        customers::{OrderRow, Shard, read_shard, shard_count},
        features::CustomerTotals,
        rollups::{self, axes::Segments},
    },
    stage::Stage,
    table_writer::{PartWriter, finish_table, prepare_folder},
};

const STAGE: Stage = Stage::Customers;

/// The horizon of churn and expectations. Gaps stop at 30 days, so it is the longest in whole weeks that was observed;
/// a run whose `pipeline.hazards.horizons_days` leaves it out has none.
pub const HORIZON_DAYS: i64 = 28;

/// What the hazards expect of a customer within the horizon.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Expected {
    user_id: u32,
    no_order: Option<f64>,
    orders: Option<f64>,
    items: Option<f64>,
}

/// What the models of the run know, in order of customer; nothing in a run without them.
#[derive(Debug, Default)]
struct Known {
    segments: Segments,
    expected: Vec<Expected>,
}

/// Makes the facts of all customers, and what is summed up by their segments.
pub async fn run(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    let known = Known { segments: read_segments(context).await?, expected: read_expected(context).await? };
    let segments = known.segments.clone();
    let stage = context.clone();
    let facts = context.compute(move || make_facts(&stage, &known)).await?;
    let mut artefacts = vec![facts];
    if !segments.names.is_empty() {
        artefacts.extend(rollups::run_by_segment(context, segments).await?);
    }
    Ok(artefacts)
}

/// The stage that makes a table of models is over or left out before this one starts, so that its folder says which.
fn is_made(context: &StageContext, table: &str) -> bool {
    context.table_folder(table).exists()
}

async fn read_segments(context: &StageContext) -> Result<Segments, PipelineError> {
    if !is_made(context, "user_seg") {
        return Ok(Segments::default());
    }
    let session = context.session_with(&["user_seg"]).await?;
    let customers = session
        .sql(
            "SELECT CAST(user_id AS BIGINT) AS user_id, CAST(segment AS BIGINT) AS segment, \
             CAST(segment_name AS VARCHAR) AS segment_name FROM user_seg ORDER BY user_id",
        )
        .await?;
    fold(customers, Segments::default(), take_segments).await
}

fn take_segments(segments: &mut Segments, batch: &RecordBatch) -> Result<(), PipelineError> {
    let reader = Reader { stage: STAGE };
    let users = reader.whole_numbers(batch, "user_id")?;
    let numbers = reader.whole_numbers(batch, "segment")?;
    let names = reader.texts(batch, "segment_name")?;
    for ((user_id, segment), name) in users.into_iter().zip(numbers).zip(names) {
        let place = segment as usize;
        if segments.names.len() <= place {
            segments.names.resize(place + 1, String::new());
        }
        if let Some(known) = segments.names.get_mut(place).filter(|known| known.is_empty()) {
            *known = name;
        }
        segments.of_customers.push((user_id, segment));
    }
    Ok(())
}

async fn read_expected(context: &StageContext) -> Result<Vec<Expected>, PipelineError> {
    if !is_made(context, "churn") {
        return Ok(Vec::new());
    }
    let session = context.session_with(&["churn"]).await?;
    let customers = session
        .sql(&format!(
            "SELECT CAST(user_id AS BIGINT) AS user_id, CAST(p_no_order AS DOUBLE) AS p_no_order, \
             CAST(expected_orders AS DOUBLE) AS expected_orders, CAST(expected_items AS DOUBLE) AS expected_items \
             FROM churn WHERE horizon_days = {HORIZON_DAYS} ORDER BY user_id"
        ))
        .await?;
    fold(customers, Vec::new(), take_expected).await
}

fn take_expected(expected: &mut Vec<Expected>, batch: &RecordBatch) -> Result<(), PipelineError> {
    let reader = Reader { stage: STAGE };
    let users = reader.whole_numbers(batch, "user_id")?;
    let column = |name| reader.column::<Float64Type>(batch, name);
    let (no_order, orders) = (column("p_no_order")?, column("expected_orders")?);
    let items = column("expected_items")?;
    let given = |values: &Float64Array, row: usize| values.is_valid(row).then(|| values.value(row));
    expected.extend(users.into_iter().enumerate().map(|(row, user_id)| Expected {
        user_id,
        no_order: given(no_order, row),
        orders: given(orders, row),
        items: given(items, row),
    }));
    Ok(())
}

/// Writes `customer_facts`, a shard of customers a thread.
fn make_facts(context: &StageContext, known: &Known) -> Result<Artefact, PipelineError> {
    let folder = context.table_folder("customer_facts");
    prepare_folder(&folder)?;
    let shards = shard_count(context);
    context.expect(Some(shards as u64));
    let schema = schema();
    let parts: Vec<RowsHash> = (0..shards)
        .into_par_iter()
        .map(|index| {
            context.check()?;
            let shard = read_shard(context, index)?;
            let rows: Vec<Fact<'_>> =
                shard.customers().filter_map(|orders| Fact::of(&shard, orders, known)).collect();
            let mut writer = PartWriter::new(&folder, index, &schema);
            for rows in rows.chunks(BATCH_ROWS) {
                writer.write(&batch(&schema, rows)?)?;
            }
            context.advance(1);
            writer.finish()
        })
        .collect::<Result<_, PipelineError>>()?;
    finish_table(context.paths(), "gold.customer_facts", &folder, &schema, &parts)
}

/// A row of `customer_facts`.
struct Fact<'a> {
    totals: CustomerTotals,
    products: u64,
    segment: Option<u32>,
    segment_name: Option<&'a str>,
    expected: Option<&'a Expected>,
}

impl<'a> Fact<'a> {
    fn of(shard: &Shard, orders: &[OrderRow], known: &'a Known) -> Option<Self> {
        let totals = CustomerTotals::of(shard, orders)?;
        let mut products: Vec<u32> =
            orders.iter().flat_map(|order| shard.lines_of(order)).map(|line| line.product_id).collect();
        products.sort_unstable();
        products.dedup();
        let segment = known.segments.of(totals.user_id);
        let name = segment.and_then(|segment| known.segments.names.get(segment as usize));
        let expected = known.expected.binary_search_by_key(&totals.user_id, |expected| expected.user_id);
        Some(Self {
            products: products.len() as u64,
            segment,
            segment_name: name.map(String::as_str),
            expected: expected.ok().and_then(|at| known.expected.get(at)),
            totals,
        })
    }
}

fn schema() -> SchemaRef {
    let integer = |name: &str| Field::new(name, DataType::Int64, true);
    let float = |name: &str| Field::new(name, DataType::Float64, true);
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    Arc::new(Schema::new(vec![
        integer("user_id"),
        integer("orders"),
        integer("baskets"),
        integer("items"),
        integer("reorders"),
        integer("products"),
        float("reorder_rate"),
        float("mean_basket"),
        float("avg_days_between_orders"),
        float("recency_days"),
        integer("recency_censored"),
        integer("segment"),
        text("segment_name"),
        float("churn_risk"),
        float("expected_orders"),
        float("expected_items"),
        text("customer_kind"),
        text("orders_band"),
    ]))
}

fn batch(schema: &SchemaRef, rows: &[Fact<'_>]) -> Result<RecordBatch, PipelineError> {
    let count = |value: fn(&Fact<'_>) -> u64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| value(row).cast_signed())))
    };
    let number = |value: fn(&Fact<'_>) -> Option<f64>| -> ArrayRef {
        Arc::new(rows.iter().map(value).collect::<Float64Array>())
    };
    let word = |value: fn(&Fact<'_>) -> &'static str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(value)))
    };
    let segments: Int64Array = rows.iter().map(|row| row.segment.map(i64::from)).collect();
    let names: StringArray = rows.iter().map(|row| row.segment_name).collect();
    let columns = vec![
        count(|row| u64::from(row.totals.user_id)),
        count(|row| row.totals.orders),
        count(|row| row.totals.baskets),
        count(|row| row.totals.items),
        count(|row| row.totals.reorders),
        count(|row| row.products),
        number(|row| row.totals.reorder_rate()),
        number(|row| row.totals.mean_basket()),
        number(|row| row.totals.avg_days),
        number(|row| row.totals.recency_days),
        count(|row| u64::from(row.totals.recency_censored())),
        Arc::new(segments),
        Arc::new(names),
        number(|row| row.expected.and_then(|expected| expected.no_order)),
        number(|row| row.expected.and_then(|expected| expected.orders)),
        number(|row| row.expected.and_then(|expected| expected.items)),
        word(|row| CUSTOMER_KINDS[customer_kind(row.totals.orders)]),
        word(|row| ORDERS_BANDS[orders_band(row.totals.orders)]),
    ];
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}
