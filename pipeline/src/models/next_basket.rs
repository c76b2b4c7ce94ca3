//! Stage `next_basket`: the ranker of what each customer buys next, fitted on everything.
//!
//! Silver → `recsys/next_basket/run=<id>/`: what the candidates come from, as tables (`shop`: counts of each product;
//! `neighbours`: decayed frequencies of a pool of customers; `taste`: factors of products; `pairs`: what is bought
//! together), and `ranker.json`: trees, networks and calibration, with the names of the features. The ranker learns from a
//! seeded draw of customers and is calibrated on others; how well it does is measured by the stage `evaluation`, with the
//! same parameters on the orders before each customer's last. `meta.json` holds parameters and times.
//! Memory: all histories (4 bytes a line), the pairs of customers and products twice, and the rows that are learnt from.

use std::{ops::ControlFlow, sync::Arc, time::Instant};

use arrow::{
    array::{ArrayRef, Float32Array, Float32Builder, Int64Array, Int64Builder, ListBuilder},
    datatypes::{DataType, Field, Schema},
    error::ArrowError,
    record_batch::RecordBatch,
};
use datafusion::error::DataFusionError;
use domain::manifest::Artefact;
use rand::{SeedableRng, seq::index};
use rand_chacha::ChaCha8Rng;
use recsys::{
    history::{Catalogue, Histories},
    next_basket::{
        defaults,
        model::NextBasket,
        sources::{Sources, Visible},
        tally::Tally,
    },
};
use serde::Serialize;

use super::{
    als::write_factors,
    batches::{BATCH_ROWS, model_error},
    histories::{ensemble, folders, read},
    meta::write_meta,
};
use crate::{
    context::StageContext, error::PipelineError, models::exports::files::file_artefact,
    publish::write_atomically, stage::Stage, table_writer::prepare_folder,
};

const STAGE: Stage = Stage::NextBasket;

/// What `meta.json` says.
#[derive(Debug, Serialize)]
struct Meta {
    schema_version: u32,
    cut: &'static str,
    customers: usize,
    lines: usize,
    learnt_from: usize,
    calibrated_on: usize,
    neighbour_pool: usize,
    targets: usize,
    trees: usize,
    networks: usize,
    elapsed_ms: u64,
}

/// Which customers do what.
struct Draw {
    learn: Vec<u32>,
    calibrate: Vec<u32>,
    pool: Vec<u32>,
}

/// Fits the model and writes it. A shop in which nobody has ordered twice has no model, and a note says so.
pub async fn run(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    let start = Instant::now();
    let folder = context.paths().recsys("next_basket");
    prepare_folder(&folder)?;
    let stage = context.clone();
    let Some(Fitted { model, user_ids, meta }) = context.compute(move || fit(&stage, start)).await? else {
        context.progress().note(
            STAGE,
            "too few customers have ordered twice: there is nothing to learn the next basket from",
        );
        return Ok(Vec::new());
    };
    let model = Arc::new(model);
    let shared = Arc::clone(&model);
    let taste = defaults::sources(context.seed()).taste;
    let file = context
        .compute(move || {
            serde_json::to_string(&shared.ranker_file((taste.alpha, taste.regularization)))
                .map_err(|e| PipelineError::Model { stage: STAGE, reason: format!("ranker.json: {e}") })
        })
        .await?;
    let sources = &model.sources;
    let mut artefacts = vec![
        table(context, "shop", shop(sources))?,
        table(context, "neighbours", neighbours(sources, &user_ids))?,
        write_factors(context, "recsys.next_basket.taste", &folder, "product_id", sources.taste.items())?,
        table(context, "pairs", pairs(sources))?,
    ];
    let path = folder.join("ranker.json");
    write_atomically(&path, &file)?;
    artefacts.push(file_artefact(context.paths(), "recsys.next_basket.ranker", &path, 1, "json")?);
    write_meta(STAGE, &folder, &meta)?;
    Ok(artefacts)
}

/// What was fitted, with the ids of all customers by their numbers.
struct Fitted {
    model: NextBasket,
    user_ids: Vec<u32>,
    meta: Meta,
}

fn fit(context: &StageContext, start: Instant) -> Result<Option<Fitted>, PipelineError> {
    let paths = context.paths();
    let (catalogue, histories) = read(STAGE, &folders(|table| paths.silver(table)), &|| context.check())?;
    let Some(draw) = draw(context, &histories) else { return Ok(None) };
    context.check()?;
    let sources = fit_sources(context, &catalogue, &histories, &draw)?;
    context.check()?;
    let params = ensemble(context.settings());
    let learners = (draw.learn.as_slice(), draw.calibrate.as_slice());
    let model = NextBasket::train(sources, &histories, learners, 0, &params).map_err(model_error(STAGE))?;
    let meta = Meta {
        schema_version: 1,
        cut: "all orders with lines",
        customers: histories.len(),
        lines: histories.line_count(),
        learnt_from: draw.learn.len(),
        calibrated_on: draw.calibrate.len(),
        neighbour_pool: draw.pool.len(),
        targets: params.targets,
        trees: params.trees.trees,
        networks: params.networks,
        elapsed_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    Ok(Some(Fitted { model, user_ids: histories.user_ids().to_vec(), meta }))
}

/// Customers with two orders or more: nine in ten of a draw learn where they are few, the others calibrate.
fn draw(context: &StageContext, histories: &Histories) -> Option<Draw> {
    let settings = &context.settings().next_basket;
    let twice: Vec<u32> =
        (0..histories.len() as u32).filter(|customer| histories.of(*customer as usize).len() >= 2).collect();
    let known: Vec<u32> =
        (0..histories.len() as u32).filter(|customer| !histories.of(*customer as usize).is_empty()).collect();
    let calibrate = settings.calibrate_customers.min(twice.len() / 10).max(1);
    let learn = settings.learn_customers.min(twice.len().saturating_sub(calibrate));
    if learn == 0 {
        return None;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(context.seed());
    let mut pick = |from: &[u32], most: usize| {
        let places = index::sample(&mut rng, from.len(), most.min(from.len()));
        places.into_iter().map(|place| from[place]).collect::<Vec<u32>>()
    };
    let mut learn_then_calibrate = pick(&twice, learn + calibrate);
    let mut calibrate = learn_then_calibrate.split_off(learn);
    let mut pool = pick(&known, settings.pool_customers);
    for customers in [&mut learn_then_calibrate, &mut calibrate, &mut pool] {
        customers.sort_unstable();
    }
    Some(Draw { learn: learn_then_calibrate, calibrate, pool })
}

fn fit_sources(
    context: &StageContext,
    catalogue: &Catalogue,
    histories: &Histories,
    draw: &Draw,
) -> Result<Sources, PipelineError> {
    let mut learns = vec![false; histories.len()];
    draw.learn.iter().chain(&draw.calibrate).for_each(|customer| learns[*customer as usize] = true);
    let targets = context.settings().next_basket.targets;
    let whole = |customer: usize| histories.of(customer).len();
    let visible = Visible {
        histories,
        before_target: whole,
        before_training: |customer: usize| {
            let whole = whole(customer);
            if learns[customer] { whole.saturating_sub(targets).max(whole.min(1)) } else { whole }
        },
        pool: &draw.pool,
    };
    let mut params = defaults::sources(context.seed());
    // Whoever has a rank of their own in mind for the published factors gets no more here.
    params.taste.rank = params.taste.rank.min(context.settings().als.rank.max(1));
    let watcher = context.clone();
    Sources::fit(catalogue, &visible, &params, &mut || {
        if watcher.check().is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })
    .map_err(model_error(STAGE))
}

type Batches = Result<(Arc<Schema>, Vec<RecordBatch>), ArrowError>;

fn table(context: &StageContext, name: &str, made: Batches) -> Result<Artefact, PipelineError> {
    let (schema, batches) = made.map_err(DataFusionError::from)?;
    let folder = context.paths().recsys("next_basket").join(name);
    context.write_batches(&format!("recsys.next_basket.{name}"), &folder, &schema, batches)
}

fn list_of(inner: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(inner, true)))
}

fn shop(sources: &Sources) -> Batches {
    type Read = fn(&Tally) -> u64;
    let counts: [(&str, Read); 10] = [
        ("lines", |t| t.lines),
        ("customers", |t| t.customers),
        ("single", |t| t.single),
        ("followed", |t| t.followed),
        ("again", |t| t.again),
        ("chances", |t| t.chances),
        ("pauses", |t| t.pauses),
        ("pause_orders", |t| t.pause_orders),
        ("pause_days", |t| t.pause_days),
        ("place", |t| t.place),
    ];
    let mut fields = vec![Field::new("product_id", DataType::Int64, false)];
    fields.extend(counts.iter().map(|(name, _)| Field::new(*name, DataType::Int64, false)));
    fields.extend(["waited", "came"].map(|name| Field::new(name, list_of(DataType::Int64), false)));
    let schema = Arc::new(Schema::new(fields));
    let tallies: Vec<(u32, &Tally)> = (0..)
        .zip(&sources.shop.items)
        .map(|(item, tally)| (sources.catalogue.product_id(item), tally))
        .collect();
    let batches = tallies.chunks(BATCH_ROWS).map(|rows| {
        let ids = Int64Array::from_iter_values(rows.iter().map(|(id, _)| i64::from(*id)));
        let mut columns: Vec<ArrayRef> = vec![Arc::new(ids)];
        for (_, read) in &counts {
            columns.push(Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, t)| read(t) as i64))));
        }
        for read in [|t: &Tally| t.waited, |t: &Tally| t.came] {
            let mut lists = ListBuilder::new(Int64Builder::new());
            for (_, tally) in rows {
                lists.values().append_slice(&read(tally).map(|count| count as i64));
                lists.append(true);
            }
            columns.push(Arc::new(lists.finish()));
        }
        RecordBatch::try_new(Arc::clone(&schema), columns)
    });
    let batches = batches.collect::<Result<_, _>>()?;
    Ok((schema, batches))
}

fn neighbours(sources: &Sources, user_ids: &[u32]) -> Batches {
    let schema = Arc::new(Schema::new(vec![
        Field::new("user_id", DataType::Int64, false),
        Field::new("product_ids", list_of(DataType::Int64), false),
        Field::new("weights", list_of(DataType::Float32), false),
    ]));
    let vectors: Vec<_> = sources.near.vectors().collect();
    let batches = vectors.chunks(BATCH_ROWS).map(|rows| {
        let (mut products, mut weights) =
            (ListBuilder::new(Int64Builder::new()), ListBuilder::new(Float32Builder::new()));
        for (_, vector) in rows {
            for (item, weight) in vector {
                products.values().append_value(i64::from(sources.catalogue.product_id(*item)));
                weights.values().append_value(*weight);
            }
            products.append(true);
            weights.append(true);
        }
        let users = rows.iter().map(|(customer, _)| user_ids.get(*customer).copied().map_or(0, i64::from));
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from_iter_values(users)),
            Arc::new(products.finish()),
            Arc::new(weights.finish()),
        ];
        RecordBatch::try_new(Arc::clone(&schema), columns)
    });
    let batches = batches.collect::<Result<_, _>>()?;
    Ok((schema, batches))
}

fn pairs(sources: &Sources) -> Batches {
    let schema = Arc::new(Schema::new(vec![
        Field::new("product_id", DataType::Int64, false),
        Field::new("partner_id", DataType::Int64, false),
        Field::new("gain", DataType::Float32, false),
    ]));
    let pairs: Vec<(u32, u32, f32)> = sources.together.pairs().collect();
    let id = |item: u32| i64::from(sources.catalogue.product_id(item));
    let batches = pairs.chunks(BATCH_ROWS).map(|rows| {
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|pair| id(pair.0)))),
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|pair| id(pair.1)))),
            Arc::new(Float32Array::from_iter_values(rows.iter().map(|pair| pair.2))),
        ];
        RecordBatch::try_new(Arc::clone(&schema), columns)
    });
    let batches = batches.collect::<Result<_, _>>()?;
    Ok((schema, batches))
}
