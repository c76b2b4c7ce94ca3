//! Stage `rfm`: customers into segments by recency, frequency and monetary.
//!
//! `user_features` → `user_seg` (`user_id, recency_days, recency_censored, frequency, monetary, z_recency, z_frequency,
//! z_monetary, segment, segment_name`), one row a customer. Recency keeps its censored value (30 = 30 or more) and its
//! flag, frequency counts all orders, monetary is the mean number of lines over the orders that have lines.
//! Memory: one small row a customer.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringArray},
    datatypes::{DataType, Field, Float64Type, Schema, SchemaRef},
    error::ArrowError,
    record_batch::RecordBatch,
};
use config::pipeline::PipelineSettings;
use datafusion::error::DataFusionError;
use domain::manifest::Artefact;
use recsys::rfm::{Customer, RfmParams, Segment, Segmentation, SegmentedCustomer, segment_customers};

use super::batches::{BATCH_ROWS, Reader, fold, model_error};
use crate::{context::StageContext, error::PipelineError, stage::Stage};

const STAGE: Stage = Stage::Rfm;

/// Customers in order of id, with the flag that their recency is "30 or more".
#[derive(Debug, Default)]
struct Customers {
    measures: Vec<Customer>,
    censored: Vec<Option<bool>>,
}

/// What shapes the segments.
pub(super) fn rfm_params(settings: &PipelineSettings) -> RfmParams {
    let chosen = &settings.rfm;
    RfmParams {
        k: (chosen.k > 0).then_some(chosen.k),
        k_min: chosen.k_min,
        k_max: chosen.k_max,
        restarts: chosen.restarts,
        seed: settings.seed,
    }
}

/// Makes the segments and writes every customer's.
pub async fn run(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    let customers = Arc::new(read_customers(context).await?);
    context.expect(Some(customers.measures.len() as u64));
    let params = rfm_params(context.settings());
    let measured = Arc::clone(&customers);
    let found = context
        .compute(move || segment_customers(&measured.measures, &params).map_err(model_error(STAGE)))
        .await?;
    report(context, &found);
    let schema = schema();
    let batches = batches(&schema, &customers, &found).map_err(DataFusionError::from)?;
    let folder = context.table_folder("user_seg");
    Ok(vec![context.write_batches("recsys.user_seg", &folder, &schema, batches)?])
}

async fn read_customers(context: &StageContext) -> Result<Customers, PipelineError> {
    let session = context.session_with(&["user_features"]).await?;
    // In order of id: sums of floats depend on their order, and the segments must not depend on the file layout.
    let features = session
        .sql(
            "SELECT CAST(user_id AS BIGINT) AS user_id, CAST(recency_days AS DOUBLE) AS recency_days, \
             CAST(recency_censored AS BOOLEAN) AS recency_censored, \
             CAST(total_order_number AS BIGINT) AS frequency, CAST(mean_basket AS DOUBLE) AS monetary \
             FROM user_features ORDER BY user_id",
        )
        .await?;
    fold(features, Customers::default(), take_customers).await
}

fn take_customers(customers: &mut Customers, batch: &RecordBatch) -> Result<(), PipelineError> {
    let reader = Reader { stage: STAGE };
    let users = reader.whole_numbers(batch, "user_id")?;
    let orders = reader.whole_numbers(batch, "frequency")?;
    let recency = reader.column::<Float64Type>(batch, "recency_days")?;
    let monetary = reader.column::<Float64Type>(batch, "monetary")?;
    let censored = batch.column_by_name("recency_censored").and_then(|column| column.as_boolean_opt());
    for (row, (user_id, orders)) in users.into_iter().zip(orders).enumerate() {
        customers.measures.push(Customer {
            user_id,
            recency_days: recency.is_valid(row).then(|| recency.value(row)),
            frequency: u64::from(orders),
            monetary: monetary.is_valid(row).then(|| monetary.value(row)),
        });
        customers.censored.push(censored.filter(|flags| flags.is_valid(row)).map(|flags| flags.value(row)));
    }
    Ok(())
}

/// Tells what was found: the segments with their sizes, and what the sweep compared.
fn report(context: &StageContext, found: &Segmentation) {
    for c in &found.candidates {
        let (k, silhouette, davies_bouldin, stability) = (c.k, c.silhouette, c.davies_bouldin, c.stability);
        tracing::info!(k, ?silhouette, ?davies_bouldin, stability, rank_sum = c.rank_sum, "rfm sweep");
    }
    let sizes: Vec<String> = found.segments.iter().map(|s| format!("{} {}", s.name, s.customers)).collect();
    context.progress().note(STAGE, &format!("{} segments: {}", sizes.len(), sizes.join(", ")));
}

fn schema() -> SchemaRef {
    let float = |name| Field::new(name, DataType::Float64, true);
    Arc::new(Schema::new(vec![
        Field::new("user_id", DataType::Int64, true),
        float("recency_days"),
        Field::new("recency_censored", DataType::Boolean, true),
        Field::new("frequency", DataType::Int64, true),
        float("monetary"),
        float("z_recency"),
        float("z_frequency"),
        float("z_monetary"),
        Field::new("segment", DataType::Int64, true),
        Field::new("segment_name", DataType::Utf8, true),
    ]))
}

fn batches(
    schema: &SchemaRef,
    customers: &Customers,
    found: &Segmentation,
) -> Result<Vec<RecordBatch>, ArrowError> {
    let measures = customers.measures.chunks(BATCH_ROWS);
    let censored = customers.censored.chunks(BATCH_ROWS);
    let segmented = found.customers.chunks(BATCH_ROWS);
    measures
        .zip(censored)
        .zip(segmented)
        .map(|((measures, censored), segmented)| {
            batch(schema, measures, censored, segmented, &found.segments)
        })
        .collect()
}

fn batch(
    schema: &SchemaRef,
    measures: &[Customer],
    censored: &[Option<bool>],
    segmented: &[SegmentedCustomer],
    segments: &[Segment],
) -> Result<RecordBatch, ArrowError> {
    let name = |c: &SegmentedCustomer| segments.get(c.segment as usize).map(|s| s.name.as_str());
    let z = |value: fn(&SegmentedCustomer) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(segmented.iter().map(value)))
    };
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values(measures.iter().map(|c| i64::from(c.user_id)))),
        Arc::new(measures.iter().map(|c| c.recency_days).collect::<Float64Array>()),
        Arc::new(censored.iter().copied().collect::<BooleanArray>()),
        Arc::new(Int64Array::from_iter_values(measures.iter().map(|c| c.frequency.cast_signed()))),
        Arc::new(measures.iter().map(|c| c.monetary).collect::<Float64Array>()),
        z(|c| c.z.recency),
        z(|c| c.z.frequency),
        z(|c| c.z.monetary),
        Arc::new(Int64Array::from_iter_values(segmented.iter().map(|c| i64::from(c.segment)))),
        Arc::new(segmented.iter().map(name).collect::<StringArray>()),
    ];
    RecordBatch::try_new(Arc::clone(schema), columns)
}
