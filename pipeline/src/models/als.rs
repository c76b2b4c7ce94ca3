//! Stage `als`: factors of customers and products.
//!
//! `upi_features_union` (a count of orders for each customer and product, prior and train) → `recsys/als/run=<id>/`:
//! `user_factors` (`user_id, factors`), `item_factors` (`product_id, factors`), and `meta.json` with parameters, sizes,
//! losses and time. The clock stands in `meta.json` only, which is in no artefact. Memory: the distinct pairs, twice.

use std::{
    fs,
    ops::ControlFlow,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use arrow::{
    array::{ArrayRef, Float32Array, Int64Array, ListArray},
    buffer::OffsetBuffer,
    datatypes::{DataType, Field, Schema, SchemaRef},
    error::ArrowError,
    record_batch::RecordBatch,
};
use config::pipeline::{AlsSettings, AlsSolver};
use datafusion::error::DataFusionError;
use domain::manifest::Artefact;
use recsys::als::{AlsModel, AlsParams, FactorTable, Interactions, InteractionsBuilder, Solver, train};
use serde::Serialize;

use super::batches::{BATCH_ROWS, Reader, fold, model_error};
use crate::{
    context::StageContext,
    error::{PipelineError, io_error},
    stage::Stage,
};

const STAGE: Stage = Stage::Als;

/// What `meta.json` says of a model.
#[derive(Debug, Serialize)]
struct Meta<'a> {
    schema_version: u32,
    /// Which orders it has learnt from.
    cut: &'static str,
    /// How a count becomes a rating.
    rating: &'static str,
    parameters: &'a AlsParams,
    users: usize,
    items: usize,
    pairs: usize,
    /// After each sweep.
    losses: &'a [f64],
    elapsed_ms: u64,
}

/// Trains the model and writes its factors.
pub async fn run(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    let interactions = Arc::new(read_interactions(context).await?);
    let settings = &context.settings().als;
    let params = AlsParams {
        rank: settings.rank,
        regularization: settings.regularization,
        alpha: settings.alpha,
        iterations: settings.iterations,
        seed: context.seed(),
        solver: solver(settings),
        report_loss: true,
    };
    let start = Instant::now();
    let model = train_model(context, &interactions, &params).await?;
    let folder = context.paths().recsys("als");
    let users = write_factors(context, "recsys.als.user_factors", &folder, "user_id", &model.users)?;
    let items = write_factors(context, "recsys.als.item_factors", &folder, "product_id", &model.items)?;
    write_meta(&folder, &interactions, &params, &model, start.elapsed())?;
    Ok(vec![users, items])
}

/// How the settings want a row to be solved.
pub(super) fn solver(settings: &AlsSettings) -> Solver {
    match settings.solver {
        AlsSolver::ConjugateGradient => Solver::ConjugateGradient { steps: settings.cg_steps },
        AlsSolver::Cholesky => Solver::Cholesky,
    }
}

async fn read_interactions(context: &StageContext) -> Result<Interactions, PipelineError> {
    let session = context.session_with(&["upi_features_union"]).await?;
    let counts = session
        .sql(
            "SELECT CAST(user_id AS BIGINT) AS user_id, CAST(product_id AS BIGINT) AS product_id, \
             CAST(total_orders AS BIGINT) AS total_orders FROM upi_features_union",
        )
        .await?;
    let reader = Reader { stage: STAGE };
    let builder = fold(counts, InteractionsBuilder::new(), move |builder, batch| {
        let users = reader.whole_numbers(batch, "user_id")?;
        let products = reader.whole_numbers(batch, "product_id")?;
        let counts = reader.whole_numbers(batch, "total_orders")?;
        for ((user, product), count) in users.into_iter().zip(products).zip(counts) {
            builder.push(user, product, count);
        }
        Ok(())
    })
    .await?;
    context.compute(move || builder.build().map_err(model_error(STAGE))).await
}

/// Trains on the run's threads. Progress counts rows: each sweep solves all of both sides, writing them comes last.
async fn train_model(
    context: &StageContext,
    interactions: &Arc<Interactions>,
    params: &AlsParams,
) -> Result<AlsModel, PipelineError> {
    let rows = (interactions.user_ids().len() + interactions.item_ids().len()) as u64;
    context.expect(Some(rows * (params.iterations as u64 + 1)));
    // A run that is given up drops this future, and with it `alive`; the training then stops after its sweep.
    let alive = Arc::new(());
    let watched = Arc::downgrade(&alive);
    let (watcher, interactions, params) = (context.clone(), Arc::clone(interactions), params.clone());
    let model = context
        .compute(move || {
            train(&interactions, &params, &mut |report| {
                watcher.advance(rows);
                tracing::debug!(iteration = report.iteration, loss = report.loss, "als sweep");
                if watched.strong_count() > 0 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            })
            .map_err(model_error(STAGE))
        })
        .await;
    drop(alive);
    model
}

pub(super) fn write_factors(
    context: &StageContext,
    name: &str,
    folder: &Path,
    id: &str,
    table: &FactorTable,
) -> Result<Artefact, PipelineError> {
    let item = Arc::new(Field::new_list_field(DataType::Float32, true));
    let fields = vec![
        Field::new(id, DataType::Int64, false),
        Field::new("factors", DataType::List(Arc::clone(&item)), false),
    ];
    let schema = Arc::new(Schema::new(fields));
    let table_name = name.rsplit('.').next().unwrap_or(name);
    let dimension = table.dimension();
    let batches = table
        .ids()
        .chunks(BATCH_ROWS)
        .zip(table.data().chunks(BATCH_ROWS * dimension))
        .map(|(ids, factors)| factor_batch(&schema, &item, dimension, ids, factors))
        .collect::<Result<Vec<_>, _>>()
        .map_err(DataFusionError::from)?;
    context.write_batches(name, &folder.join(table_name), &schema, batches)
}

fn factor_batch(
    schema: &SchemaRef,
    item: &Arc<Field>,
    dimension: usize,
    ids: &[u32],
    factors: &[f32],
) -> Result<RecordBatch, ArrowError> {
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(ids.iter().map(|id| i64::from(*id))));
    let offsets = OffsetBuffer::from_repeated_length(dimension, ids.len());
    let values: ArrayRef = Arc::new(Float32Array::from_iter_values(factors.iter().copied()));
    let lists: ArrayRef = Arc::new(ListArray::try_new(Arc::clone(item), offsets, values, None)?);
    RecordBatch::try_new(Arc::clone(schema), vec![ids, lists])
}

fn write_meta(
    folder: &Path,
    interactions: &Interactions,
    params: &AlsParams,
    model: &AlsModel,
    elapsed: Duration,
) -> Result<(), PipelineError> {
    let meta = Meta {
        schema_version: 1,
        cut: "all orders with lines (prior and train)",
        rating: "1 + ln(1 + count)",
        parameters: params,
        users: model.users.ids().len(),
        items: model.items.ids().len(),
        pairs: interactions.pair_count(),
        losses: &model.losses,
        elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
    };
    let path = folder.join("meta.json");
    let text = serde_json::to_vec_pretty(&meta)
        .map_err(|e| PipelineError::Model { stage: STAGE, reason: format!("meta.json: {e}") })?;
    fs::write(&path, text).map_err(io_error("write", &path))
}
