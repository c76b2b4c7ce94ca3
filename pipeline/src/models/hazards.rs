//! Stage `hazards`: when each customer orders next, and how much.
//!
//! `order_facts` → `recsys/hazards/run=<id>/`: `churn` (`user_id, horizon_days, p_no_order, expected_orders,
//! expected_items, is_extrapolated`), `hazard_calibration` (`horizon_days, bin, customers, predicted, observed`),
//! `population_hazard` (`day, at_risk, events, hazard`) and `meta.json` with cut, parameters and scores.
//! Horizons count from the day of the last order, with which every customer's file ends: no true lapse is in the data.
//! Beyond 29 days nothing was observed; such rows are marked. The scores are of a model that has not seen the last gaps;
//! the published one is fitted on everything with the same parameters. Memory: the gaps, and a row a customer and horizon.

use std::{ops::Range, sync::Arc, time::Instant};

use arrow::{
    array::{ArrayRef, BooleanArray, Float64Array, Int64Array},
    datatypes::{DataType, Field, Schema, SchemaRef},
    error::ArrowError,
    record_batch::RecordBatch,
};
use datafusion::error::DataFusionError;
use domain::manifest::Artefact;
use rayon::prelude::*;
use recsys::hazard::{
    Evaluation, Family, GapTable, HazardModel, HazardParams, Renewal, evaluate,
    evaluate::{PopulationDay, population_hazard},
    families::FamilyFit,
    gaps::DAYS,
};
use serde::Serialize;

use super::{
    batches::{BATCH_ROWS, model_error},
    gaps::{OrderGaps, read_gaps},
    meta::write_meta,
};
use crate::{context::StageContext, error::PipelineError, stage::Stage};

const STAGE: Stage = Stage::Hazards;

/// What `meta.json` says.
#[derive(Debug, Serialize)]
struct Meta {
    schema_version: u32,
    /// Which orders the published figures are learnt from.
    cut: &'static str,
    /// Which orders the scores are learnt from, and measured on.
    evaluation_cut: &'static str,
    limits: &'static str,
    parameters: HazardParams,
    horizons_days: Vec<usize>,
    customers: usize,
    gaps: usize,
    family: Option<Family>,
    shape: Option<f64>,
    families: Vec<FamilyFit>,
    /// `None` where no customer has two gaps.
    evaluation: Option<Evaluation>,
    elapsed_ms: u64,
}

/// What was learnt; nothing where nobody has ordered twice.
struct Learnt {
    model: Option<HazardModel>,
    evaluation: Option<Evaluation>,
    churn: Vec<RecordBatch>,
}

/// Fits, measures and writes.
pub async fn run(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    let start = Instant::now();
    let orders = Arc::new(read_gaps(context).await?);
    context.check()?;
    let settings = &context.settings().hazards;
    let params = HazardParams {
        fit_customers: settings.fit_customers,
        targets: settings.targets,
        seed: context.seed(),
    };
    let horizons = settings.horizons_days.clone();
    context.expect(Some((orders.customers.len() * horizons.len()) as u64));
    let (stage, given, asked) = (context.clone(), Arc::clone(&orders), horizons.clone());
    let learnt = context.compute(move || learn(&stage, &given, &params, &asked)).await?;
    let population = population_hazard(&orders.gaps);
    let folder = context.paths().recsys("hazards");
    let table = |name: &str, schema: SchemaRef, batches: Vec<RecordBatch>| {
        context.write_batches(&format!("recsys.hazards.{name}"), &folder.join(name), &schema, batches)
    };
    let calibration = calibration_batch(learnt.evaluation.as_ref()).map_err(DataFusionError::from)?;
    let population = population_batch(&population).map_err(DataFusionError::from)?;
    let artefacts = vec![
        table("churn", churn_schema(), learnt.churn)?,
        table("hazard_calibration", calibration.schema(), vec![calibration])?,
        table("population_hazard", population.schema(), vec![population])?,
    ];
    let model = learnt.model.as_ref();
    let meta = Meta {
        schema_version: 1,
        cut: "all orders",
        evaluation_cut: "learnt from all gaps but the last of each customer, measured on these",
        limits: "every customer's file ends in an order and gaps stop at 30 days: no true lapse is in the data",
        parameters: params,
        horizons_days: horizons,
        customers: orders.customers.len(),
        gaps: orders.gaps.gaps().len(),
        family: model.map(|model| model.tempo().family()),
        shape: model.map(|model| model.tempo().shape()),
        families: model.map_or_else(Vec::new, |model| model.compared().to_vec()),
        evaluation: learnt.evaluation,
        elapsed_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    write_meta(STAGE, &folder, &meta)?;
    tell(context, meta.evaluation.as_ref());
    Ok(artefacts)
}

fn learn(
    context: &StageContext,
    orders: &OrderGaps,
    params: &HazardParams,
    horizons: &[usize],
) -> Result<Learnt, PipelineError> {
    let gaps = &orders.gaps;
    if gaps.gaps().is_empty() {
        return Ok(Learnt { model: None, evaluation: None, churn: Vec::new() });
    }
    let measured = measure(gaps, params, horizons)?;
    context.check()?;
    let model = HazardModel::fit(gaps, params).map_err(model_error(STAGE))?;
    context.check()?;
    let renewal = Renewal::new(model.tempo(), horizons.iter().copied().max().unwrap_or(0));
    let schema = churn_schema();
    let outlook =
        Outlook { orders, model: &model, renewal: &renewal, horizons, mean_basket: mean_basket(orders) };
    let chunks = orders.customers.len().div_ceil(BATCH_ROWS);
    let churn: Vec<RecordBatch> = (0..chunks)
        .into_par_iter()
        .map(|chunk| {
            let end = ((chunk + 1) * BATCH_ROWS).min(orders.customers.len());
            outlook.batch(chunk * BATCH_ROWS..end, &schema)
        })
        .collect::<Result<_, ArrowError>>()
        .map_err(DataFusionError::from)?;
    Ok(Learnt { model: Some(model), evaluation: measured, churn })
}

/// The scores of the observed horizons; `None` where taking the last gaps away leaves none.
fn measure(
    gaps: &GapTable,
    params: &HazardParams,
    horizons: &[usize],
) -> Result<Option<Evaluation>, PipelineError> {
    if gaps.without_last().gaps().is_empty() {
        return Ok(None);
    }
    let observed: Vec<usize> = horizons.iter().copied().filter(|horizon| *horizon < DAYS).collect();
    evaluate(gaps, params, &observed).map(Some).map_err(model_error(STAGE))
}

fn tell(context: &StageContext, evaluation: Option<&Evaluation>) {
    let text = match evaluation {
        None => "too few gaps to measure the hazards".to_owned(),
        Some(found) => {
            let errors: Vec<String> =
                found.horizons.iter().map(|h| format!("{:.3} at {} days", h.ece, h.horizon_days)).collect();
            format!("calibration error {}, over {} held-out gaps", errors.join(", "), found.customers)
        }
    };
    context.progress().note(STAGE, &text);
}

/// Mean lines of an order with lines over all customers, for those without any.
fn mean_basket(orders: &OrderGaps) -> Option<f64> {
    let with_lines: u64 = orders.customers.iter().map(|customer| u64::from(customer.orders_with_lines)).sum();
    let lines: u64 = orders.customers.iter().map(|customer| customer.lines).sum();
    (with_lines > 0).then(|| lines as f64 / with_lines as f64)
}

/// What the rows of `churn` are made from.
struct Outlook<'a> {
    orders: &'a OrderGaps,
    model: &'a HazardModel,
    renewal: &'a Renewal,
    horizons: &'a [usize],
    mean_basket: Option<f64>,
}

impl Outlook<'_> {
    fn batch(&self, customers: Range<usize>, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
        let (mut users, mut days, mut extrapolated) = (Vec::new(), Vec::new(), Vec::new());
        let (mut no_order, mut expected, mut items) = (Vec::new(), Vec::new(), Vec::new());
        for at in customers {
            let Some(customer) = self.orders.customers.get(at) else { continue };
            let next = self.model.next_order(self.orders.gaps.customer(at));
            let basket = customer.mean_basket().or(self.mean_basket);
            for horizon in self.horizons {
                let outlook = self.renewal.within(&next, *horizon);
                users.push(i64::from(customer.user_id));
                days.push(*horizon as i64);
                no_order.push(outlook.no_order);
                expected.push(outlook.orders);
                items.push(basket.map(|basket| outlook.orders * basket));
                extrapolated.push(*horizon >= DAYS);
            }
        }
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from(users)),
            Arc::new(Int64Array::from(days)),
            Arc::new(Float64Array::from(no_order)),
            Arc::new(Float64Array::from(expected)),
            Arc::new(Float64Array::from(items)),
            Arc::new(BooleanArray::from(extrapolated)),
        ];
        RecordBatch::try_new(Arc::clone(schema), columns)
    }
}

fn churn_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("user_id", DataType::Int64, true),
        Field::new("horizon_days", DataType::Int64, true),
        Field::new("p_no_order", DataType::Float64, true),
        Field::new("expected_orders", DataType::Float64, true),
        Field::new("expected_items", DataType::Float64, true),
        Field::new("is_extrapolated", DataType::Boolean, true),
    ]))
}

/// Bins are numbered from 1, the lowest prediction first.
fn calibration_batch(evaluation: Option<&Evaluation>) -> Result<RecordBatch, ArrowError> {
    let horizons = evaluation.map_or(&[][..], |evaluation| &evaluation.horizons);
    let rows = || {
        horizons.iter().flat_map(|score| {
            (1..).zip(&score.bins).map(|(bin, found): (i64, _)| (score.horizon_days as i64, bin, found))
        })
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("horizon_days", Arc::new(Int64Array::from_iter_values(rows().map(|row| row.0)))),
        ("bin", Arc::new(Int64Array::from_iter_values(rows().map(|row| row.1)))),
        (
            "customers",
            Arc::new(Int64Array::from_iter_values(rows().map(|row| row.2.customers.cast_signed()))),
        ),
        ("predicted", Arc::new(Float64Array::from_iter_values(rows().map(|row| row.2.predicted)))),
        ("observed", Arc::new(Float64Array::from_iter_values(rows().map(|row| row.2.observed)))),
    ];
    RecordBatch::try_from_iter(columns)
}

fn population_batch(days: &[PopulationDay]) -> Result<RecordBatch, ArrowError> {
    let whole = |value: fn(&PopulationDay) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(days.iter().map(value)))
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("day", whole(|day| i64::from(day.day))),
        ("at_risk", whole(|day| day.at_risk.cast_signed())),
        ("events", whole(|day| day.events.cast_signed())),
        ("hazard", Arc::new(Float64Array::from_iter_values(days.iter().map(|day| day.hazard)))),
    ];
    RecordBatch::try_from_iter(columns)
}
