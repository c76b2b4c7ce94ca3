//! Stage `imputation`: what may stand behind the gaps of "30 days or more".
//!
//! `order_facts` → `recsys/imputation/run=<id>/`: `gap_draws` (`order_id, user_id, draw, gap_days`: m rows for each
//! censored gap, each of 30 days or more), `user_gaps` (`user_id, gaps, censored_gaps, avg_days_censored,
//! avg_days_imputed, within_variance, between_variance, standard_error`, pooled by Rubin's rules) and `meta.json`.
//! The tail beyond 30 days is an assumption. Nothing else takes imputed gaps: recency keeps its 30 and its flag.
//! A first order's blank is structural and never filled. Memory: the draws, 32 bytes each.

use std::{ops::Range, sync::Arc, time::Instant};

use arrow::{
    array::{ArrayRef, Float64Array, Int64Array},
    datatypes::{DataType, Field, Schema, SchemaRef},
    error::ArrowError,
    record_batch::RecordBatch,
};
use datafusion::error::DataFusionError;
use domain::manifest::Artefact;
use rayon::prelude::*;
use recsys::{
    hazard::{
        TempoMixture,
        families::FamilyFit,
        gaps::CENSORED_AT,
        tempo::{Family, MAX_GAP_DAYS},
    },
    imputation::{TailImputer, TailParams, tail::CustomerDraws},
};
use serde::Serialize;

use super::{
    batches::{BATCH_ROWS, model_error},
    gaps::{OrderGaps, read_gaps},
    meta::write_meta,
};
use crate::{context::StageContext, error::PipelineError, stage::Stage};

const STAGE: Stage = Stage::Imputation;

/// What `meta.json` says.
#[derive(Debug, Serialize)]
struct Meta {
    schema_version: u32,
    /// Which orders it has learnt from.
    cut: &'static str,
    assumption: &'static str,
    parameters: TailParams,
    longest_gap_days: usize,
    customers: usize,
    gaps: usize,
    censored_gaps: usize,
    /// Of all gaps; the figure to watch.
    censored_share: f64,
    /// Gaps that are not known at all, left out.
    missing_gaps: u64,
    /// Over all draws.
    mean_imputed_days: Option<f64>,
    /// By the likelihood of customers that the fit did not see.
    families: Vec<FamilyFit>,
    /// One a draw.
    laws: Vec<Law>,
    elapsed_ms: u64,
}

/// The parameters of one draw.
#[derive(Debug, Serialize)]
struct Law {
    family: Family,
    shape: f64,
    wave_of_the_week: [f64; 7],
}

/// What was drawn.
struct Imputed {
    draws: Vec<RecordBatch>,
    users: Vec<RecordBatch>,
    sum_of_days: f64,
    drawn: usize,
}

/// Draws and writes.
pub async fn run(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    let start = Instant::now();
    let orders = Arc::new(read_gaps(context).await?);
    context.check()?;
    let settings = &context.settings().imputation;
    let params =
        TailParams { draws: settings.draws, fit_customers: settings.fit_customers, seed: context.seed() };
    let censored = orders.gaps.censored();
    context.expect(Some((orders.customers.len() + censored * params.draws) as u64));
    let (stage, given) = (context.clone(), Arc::clone(&orders));
    let (imputer, imputed) = context
        .compute(move || {
            let imputer = fit(&given, &params)?;
            stage.check()?;
            let imputed = impute(&given, imputer.as_ref())?;
            Ok((imputer, imputed))
        })
        .await?;
    context.check()?;
    let folder = context.paths().recsys("imputation");
    let (draws, users) = (draws_schema(), users_schema());
    let artefacts = vec![
        context.write_batches(
            "recsys.imputation.gap_draws",
            &folder.join("gap_draws"),
            &draws,
            imputed.draws,
        )?,
        context.write_batches(
            "recsys.imputation.user_gaps",
            &folder.join("user_gaps"),
            &users,
            imputed.users,
        )?,
    ];
    let mean_imputed_days = (imputed.drawn > 0).then(|| imputed.sum_of_days / imputed.drawn as f64);
    let laws = imputer.as_ref().map_or(&[][..], TailImputer::laws);
    let meta = Meta {
        schema_version: 1,
        cut: "all orders",
        assumption: "gaps are seen up to 29 days; how they go on beyond is the family's tail, not a finding",
        parameters: params,
        longest_gap_days: MAX_GAP_DAYS,
        customers: orders.customers.len(),
        gaps: orders.gaps.gaps().len(),
        censored_gaps: censored,
        censored_share: share(censored, orders.gaps.gaps().len()),
        missing_gaps: orders.missing,
        mean_imputed_days,
        families: imputer.as_ref().map_or_else(Vec::new, |imputer| imputer.compared().to_vec()),
        laws: laws.iter().map(law).collect(),
        elapsed_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
    };
    write_meta(STAGE, &folder, &meta)?;
    tell(context, &meta);
    Ok(artefacts)
}

/// `None` where nobody has ordered twice: then there is nothing to learn and nothing to draw.
fn fit(orders: &OrderGaps, params: &TailParams) -> Result<Option<TailImputer>, PipelineError> {
    if orders.gaps.gaps().is_empty() {
        return Ok(None);
    }
    TailImputer::fit(&orders.gaps, params).map(Some).map_err(model_error(STAGE))
}

fn law(law: &TempoMixture) -> Law {
    Law { family: law.family(), shape: law.shape(), wave_of_the_week: law.wave_of_the_week() }
}

/// The monitor: how much of the gaps is not seen in full.
fn tell(context: &StageContext, meta: &Meta) {
    let mut text = format!(
        "{} of {} gaps are 30 days or more ({:.1} %)",
        meta.censored_gaps,
        meta.gaps,
        100.0 * meta.censored_share
    );
    if let Some(days) = meta.mean_imputed_days {
        text.push_str(&format!(", {days:.1} days on average as imputed"));
    }
    if meta.missing_gaps > 0 {
        text.push_str(&format!("; {} gaps are missing and left out", meta.missing_gaps));
    }
    context.progress().note(STAGE, &text);
}

fn share(part: usize, whole: usize) -> f64 {
    if whole > 0 { part as f64 / whole as f64 } else { 0.0 }
}

/// Draws for all customers, some at a time.
fn impute(orders: &OrderGaps, imputer: Option<&TailImputer>) -> Result<Imputed, PipelineError> {
    let chunks = orders.customers.len().div_ceil(BATCH_ROWS);
    // Where the gaps of each chunk start among all gaps.
    let mut first_gap = 0;
    let starts: Vec<(Range<usize>, usize)> = (0..chunks)
        .map(|chunk| {
            let customers = chunk * BATCH_ROWS..((chunk + 1) * BATCH_ROWS).min(orders.customers.len());
            let start = first_gap;
            first_gap += customers.clone().map(|at| orders.gaps.customer(at).len()).sum::<usize>();
            (customers, start)
        })
        .collect();
    let schemas = (draws_schema(), users_schema());
    let made: Vec<_> = starts
        .into_par_iter()
        .map(|(customers, start)| impute_chunk(orders, imputer, customers, start, &schemas))
        .collect::<Result<_, ArrowError>>()
        .map_err(DataFusionError::from)?;
    let mut all = Imputed { draws: Vec::new(), users: Vec::new(), sum_of_days: 0.0, drawn: 0 };
    for (draws, users, sum_of_days) in made {
        all.drawn += draws.num_rows();
        all.sum_of_days += sum_of_days;
        all.draws.push(draws);
        all.users.push(users);
    }
    Ok(all)
}

/// The batches of a range of customers whose gaps start at `first_gap`, and the sum of the days drawn.
fn impute_chunk(
    orders: &OrderGaps,
    imputer: Option<&TailImputer>,
    customers: Range<usize>,
    first_gap: usize,
    (draws_schema, users_schema): &(SchemaRef, SchemaRef),
) -> Result<(RecordBatch, RecordBatch, f64), ArrowError> {
    let (mut draws, mut users) = (DrawRows::default(), UserRows::default());
    let mut at_gap = first_gap;
    for at in customers {
        let Some(user_id) = orders.customers.get(at).map(|customer| customer.user_id) else { continue };
        let gaps = orders.gaps.customer(at);
        let drawn = imputer.map_or(CustomerDraws::default(), |imputer| imputer.draw(user_id, gaps));
        let order_ids = orders.order_ids.get(at_gap..at_gap + gaps.len()).unwrap_or_default();
        let censored = order_ids.iter().zip(gaps).filter(|(_, gap)| **gap == CENSORED_AT);
        for ((order_id, _), days) in censored.zip(&drawn.gap_days) {
            draws.push(*order_id, user_id, days);
        }
        users.push(user_id, gaps, &drawn);
        at_gap += gaps.len();
    }
    let sum = draws.days.iter().map(|days| *days as f64).sum();
    Ok((draws.batch(draws_schema)?, users.batch(users_schema)?, sum))
}

fn integer(name: &str) -> Field {
    Field::new(name, DataType::Int64, true)
}

fn float(name: &str) -> Field {
    Field::new(name, DataType::Float64, true)
}

fn draws_schema() -> SchemaRef {
    Arc::new(Schema::new(["order_id", "user_id", "draw", "gap_days"].map(integer).to_vec()))
}

fn users_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        integer("user_id"),
        integer("gaps"),
        integer("censored_gaps"),
        float("avg_days_censored"),
        float("avg_days_imputed"),
        float("within_variance"),
        float("between_variance"),
        float("standard_error"),
    ]))
}

/// Rows of `gap_draws`; draws are numbered from 1.
#[derive(Default)]
struct DrawRows {
    orders: Vec<i64>,
    users: Vec<i64>,
    draws: Vec<i64>,
    days: Vec<i64>,
}

impl DrawRows {
    fn push(&mut self, order_id: u32, user_id: u32, days: &[u16]) {
        for (draw, days) in (1..).zip(days) {
            self.orders.push(i64::from(order_id));
            self.users.push(i64::from(user_id));
            self.draws.push(draw);
            self.days.push(i64::from(*days));
        }
    }

    fn batch(self, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
        let columns = [self.orders, self.users, self.draws, self.days];
        let columns = columns.map(|column| -> ArrayRef { Arc::new(Int64Array::from(column)) });
        RecordBatch::try_new(Arc::clone(schema), columns.to_vec())
    }
}

/// Rows of `user_gaps`; without gaps there is nothing to average.
#[derive(Default)]
struct UserRows {
    users: Vec<i64>,
    gaps: Vec<i64>,
    censored: Vec<i64>,
    /// In the order of the schema.
    figures: [Vec<Option<f64>>; 5],
}

impl UserRows {
    fn push(&mut self, user_id: u32, gaps: &[u8], drawn: &CustomerDraws) {
        self.users.push(i64::from(user_id));
        self.gaps.push(gaps.len() as i64);
        self.censored.push(drawn.gap_days.len() as i64);
        let sum: f64 = gaps.iter().map(|gap| f64::from(*gap)).sum();
        let figures = [
            (!gaps.is_empty()).then(|| sum / gaps.len() as f64),
            drawn.mean.map(|mean| mean.estimate),
            drawn.mean.map(|mean| mean.within_variance),
            drawn.mean.map(|mean| mean.between_variance),
            drawn.mean.map(|mean| mean.standard_error),
        ];
        self.figures.iter_mut().zip(figures).for_each(|(column, figure)| column.push(figure));
    }

    fn batch(self, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
        let whole = [self.users, self.gaps, self.censored];
        let whole = whole.map(|column| -> ArrayRef { Arc::new(Int64Array::from(column)) });
        let figures = self.figures.map(|column| -> ArrayRef { Arc::new(Float64Array::from(column)) });
        RecordBatch::try_new(Arc::clone(schema), whole.into_iter().chain(figures).collect())
    }
}
