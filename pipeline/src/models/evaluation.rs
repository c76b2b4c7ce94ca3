//! Stage `evaluation`: the recommendations against orders that nothing saw, and the same on demand for all customers.
//!
//! Silver → `recsys/eval/run=<id>/metrics.json` (layout: [`recsys::evaluation::report`]). Everything is fitted anew on the
//! orders before each customer's last one with lines, so the figures are of a model that has not seen the truth; the
//! published model is fitted on everything with the same parameters. Inside a run a seeded draw of customers is scored and
//! neighbours are searched among a draw; [`evaluate_published`] can score everybody.

use std::ops::ControlFlow;

use config::pipeline::PipelineSettings;
use domain::{
    lake::{Lake, RunPaths},
    manifest::{Artefact, Manifest},
};
use recsys::{evaluation::report::EvaluationReport, next_basket::measure::measure};
use uuid::Uuid;

use super::{
    batches::model_error,
    exports::{evaluation_charts, files::file_artefact},
    histories::{SilverFolders, folders, measured, read},
};
use crate::{
    context::{StageContext, worker_threads},
    error::PipelineError,
    orchestrator::{lock::LakeLock, now},
    publish::{self, write_atomically},
    stage::Stage,
    table_writer::prepare_folder,
};

mod segments;

const STAGE: Stage = Stage::Evaluation;

/// The artefact's name.
const ARTEFACT: &str = "recsys.eval";

/// Measures and writes `metrics.json`. A shop in which nobody has ordered twice has no figures, and a note says so.
pub async fn run(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    let (stage, silver) = (context.clone(), folders(|table| context.paths().silver(table)));
    let report = context
        .compute(move || measured_on(&silver, stage.settings(), false, &|| stage.check(), &mut |_| {}))
        .await?;
    let Some(report) = report else {
        context.progress().note(STAGE, "too few customers have ordered twice: there is nothing to measure");
        return Ok(Vec::new());
    };
    context.progress().note(STAGE, &in_words(&report));
    Ok(vec![write(context.paths(), &report)?])
}

/// Fewer customers than this make no folds.
const FEWEST_CUSTOMERS: usize = 50;

fn measured_on(
    silver: &SilverFolders,
    settings: &PipelineSettings,
    all: bool,
    check: &dyn Fn() -> Result<(), PipelineError>,
    step: &mut (dyn FnMut(&str) + Send),
) -> Result<Option<EvaluationReport>, PipelineError> {
    let (catalogue, histories) = read(STAGE, silver, check)?;
    if histories.iter().filter(|history| history.len() >= 3).count() < FEWEST_CUSTOMERS {
        return Ok(None);
    }
    check()?;
    let params = measured(settings, all);
    let mut report = measure(&catalogue, &histories, &params, &mut |words| {
        step(words);
        ControlFlow::Continue(())
    })
    .map_err(model_error(STAGE))?;
    check()?;
    step("measure the segments");
    report.segments = Some(segments::measure(&histories, settings).map_err(model_error(STAGE))?);
    Ok(Some(report))
}

fn write(paths: &RunPaths, report: &EvaluationReport) -> Result<Artefact, PipelineError> {
    let folder = paths.recsys("eval");
    prepare_folder(&folder)?;
    let path = folder.join("metrics.json");
    let text = serde_json::to_string_pretty(report)
        .map_err(|e| PipelineError::Model { stage: STAGE, reason: format!("metrics.json: {e}") })?;
    write_atomically(&path, &text)?;
    file_artefact(paths, ARTEFACT, &path, report.methods.len() as u64, "json")
}

fn in_words(report: &EvaluationReport) -> String {
    format!(
        "{} of {} customers with a last order to foretell were scored, neighbours among {}",
        report.protocol.scored_customers, report.protocol.eligible_customers, report.protocol.neighbour_pool
    )
}

/// Measures the published run's data anew and publishes figures, pictures and page as a child run; gives the child's id.
/// `all` scores every customer and searches neighbours among all. Runs for minutes on the threads of the settings.
pub fn evaluate_published(
    lake: &Lake,
    settings: &PipelineSettings,
    all: bool,
    step: &mut (dyn FnMut(&str) + Send),
) -> Result<(String, EvaluationReport), PipelineError> {
    let _lock = LakeLock::take(lake)?;
    let parent = Manifest::read_latest(lake)?;
    let parent_paths = lake.run(&parent.run_id);
    let started_at = now();
    let silver = folders(|table| {
        parent
            .artefact_path(&parent_paths, &format!("silver.{table}"))
            .unwrap_or_else(|| parent_paths.silver(table))
    });
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(worker_threads(settings))
        .build()
        .map_err(|e| PipelineError::Worker(e.to_string()))?;
    let report = pool.install(|| measured_on(&silver, settings, all, &|| Ok(()), step))?;
    let report = report.ok_or_else(|| PipelineError::Model {
        stage: STAGE,
        reason: format!("fewer than {FEWEST_CUSTOMERS} customers have three orders with lines: there is nothing to measure"),
    })?;
    let paths = lake.run(&Uuid::now_v7().to_string());
    let mut child = parent.clone();
    child
        .artefacts
        .retain(|artefact| artefact.name != ARTEFACT && artefact.name != evaluation_charts::ARTEFACT);
    child.artefacts.push(write(&paths, &report)?);
    child.artefacts.extend(evaluation_charts::write(&paths)?);
    child.run_id = paths.run_id().to_owned();
    child.parent_run_id = Some(parent.run_id);
    child.started_at = started_at;
    child.finished_at = Some(now());
    child.binary_version = env!("CARGO_PKG_VERSION").to_owned();
    publish::write_manifest(&paths, &child)?;
    publish::replace_pointer(lake, &child.run_id)?;
    Ok((child.run_id, report))
}
