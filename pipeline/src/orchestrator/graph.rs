//! Walks the graph of stages: what is ready runs, side by side; what failed in passing runs again; each end is saved.
//!
//! One owner of the state, no locks: the stages run as tasks and give back what they made, the walker alone writes the
//! checkpoint. When a stage fails for good, no further stage starts, and those under way are let to end, because what
//! they made is kept for `resume`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use datafusion::error::DataFusionError;
use domain::{
    lake::{Lake, RunPaths},
    manifest::{Artefact, EmbeddingModel, InputPart, StageRecord, StageStatus, read_latest_run_id},
};
use tokio::task::JoinSet;

use crate::{
    context::StageContext,
    error::PipelineError,
    gold, ingest,
    ingest::source::Source,
    models,
    orchestrator::{
        checkpoint::{Checkpoint, Failure},
        index_stage::IndexStage,
        peak_memory::peak_rss_bytes,
    },
    silver,
    stage::Stage,
};

/// The wait before a failed stage is started again; doubled each time. Long enough for a lock or a slow disk.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// What a stage hands to the run.
enum Made {
    Parts { inputs: Vec<InputPart>, high_water: BTreeMap<String, u64> },
    Tables(Vec<Artefact>),
    Index(Vec<Artefact>, Option<EmbeddingModel>),
}

/// What every stage may need besides the context.
#[derive(Clone)]
struct Needs {
    source: Source,
    index: Option<Arc<dyn IndexStage>>,
    previous: Option<RunPaths>,
}

/// A stage that ended.
struct Ended {
    stage: Stage,
    record: StageRecord,
    made: Result<Made, PipelineError>,
}

/// Runs every stage up to publication that the checkpoint lacks, saving it after each.
pub async fn walk(
    lake: &Lake,
    mut context: StageContext,
    checkpoint: &mut Checkpoint,
    index: Option<Arc<dyn IndexStage>>,
) -> Result<(), PipelineError> {
    let previous = read_latest_run_id(lake).ok().map(|run_id| lake.run(&run_id));
    let needs = Needs { source: checkpoint.source.clone(), index, previous };
    let paths = context.paths().clone();
    skip_unwanted(checkpoint);
    context = context.with_inputs(checkpoint.inputs.clone());
    let mut running = JoinSet::new();
    let mut started = BTreeSet::new();
    let mut failed = None;
    loop {
        if failed.is_none() {
            for stage in ready(checkpoint, &started) {
                started.insert(stage);
                running.spawn(run_with_retries(context.at(stage), needs.clone()));
            }
        }
        let Some(ended) = running.join_next().await else { break };
        let Ended { stage, record, made } = ended.map_err(|e| PipelineError::Worker(e.to_string()))?;
        context.progress().stage_finished(stage, &record);
        checkpoint.stages.insert(stage, record);
        match made {
            Ok(made) => keep(checkpoint, stage, made),
            Err(error) => failed = failed.or(Some((stage, error))),
        }
        if stage == Stage::Ingest {
            context = context.with_inputs(checkpoint.inputs.clone());
        }
        checkpoint.save(&paths)?;
    }
    match failed {
        None => Ok(()),
        Some((stage, error)) => Err(fail(checkpoint, &paths, stage, error)),
    }
}

/// Marks a failed stage in the checkpoint and wraps its error with how to go on.
pub fn fail(
    checkpoint: &mut Checkpoint,
    paths: &RunPaths,
    stage: Stage,
    error: PipelineError,
) -> PipelineError {
    let run_id = checkpoint.run_id.clone();
    let go_on = how_to_go_on(&run_id, &error);
    checkpoint.failure = Some(Failure { stage, reason: error.to_string(), go_on: go_on.clone() });
    // The stage's own error is what matters; a checkpoint that cannot be written would only hide it.
    if let Err(unsaved) = checkpoint.save(paths) {
        tracing::warn!(%run_id, error = %unsaved, "the checkpoint could not be saved");
    }
    PipelineError::StageFailed { run_id, stage, source: Box::new(error), go_on }
}

fn skip_unwanted(checkpoint: &mut Checkpoint) {
    for stage in Stage::ALL {
        if !checkpoint.wants(stage) {
            checkpoint.stages.insert(stage, record(stage, StageStatus::Skipped, 0, Duration::ZERO));
        }
    }
}

/// The stages that may start now: all they depend on is done. Publication is not ours.
fn ready(checkpoint: &Checkpoint, started: &BTreeSet<Stage>) -> Vec<Stage> {
    let done = checkpoint.done();
    let may_start = |stage: &Stage| {
        *stage != Stage::Publish
            && !started.contains(stage)
            && !done.contains(stage)
            && stage.depends_on().iter().all(|needed| done.contains(needed))
    };
    Stage::ALL.into_iter().filter(may_start).collect()
}

fn keep(checkpoint: &mut Checkpoint, stage: Stage, made: Made) {
    let artefacts = match made {
        Made::Parts { inputs, high_water } => {
            checkpoint.inputs = inputs;
            checkpoint.high_water = high_water;
            Vec::new()
        }
        Made::Tables(artefacts) => artefacts,
        Made::Index(artefacts, model) => {
            checkpoint.embedding_model = model;
            artefacts
        }
    };
    checkpoint.artefacts.insert(stage, artefacts);
}

async fn run_with_retries(context: StageContext, needs: Needs) -> Ended {
    let stage = context.stage();
    let retries = context.settings().retries;
    let mut attempt = 1;
    loop {
        let start = Instant::now();
        let made = run_guarded(&context, &needs).await;
        let elapsed = start.elapsed();
        let error = match made {
            Err(error) if error.is_retryable() && attempt <= retries => error,
            made => {
                let status = if made.is_ok() { StageStatus::Succeeded } else { StageStatus::Failed };
                return Ended { stage, record: record(stage, status, attempt, elapsed), made };
            }
        };
        let wait = FIRST_WAIT * 2_u32.saturating_pow(attempt - 1);
        let text = format!("attempt {attempt} failed ({error}), the next starts in {} ms", wait.as_millis());
        context.progress().note(stage, &text);
        tokio::time::sleep(wait).await;
        attempt += 1;
    }
}

/// Runs a stage as a task of its own, so that a panic in it is an error of that stage and ends nothing else.
async fn run_guarded(context: &StageContext, needs: &Needs) -> Result<Made, PipelineError> {
    let (context, needs) = (context.clone(), needs.clone());
    let mut task = JoinSet::new();
    task.spawn(async move { run_once(&context, &needs).await });
    match task.join_next().await {
        Some(Ok(made)) => made,
        Some(Err(e)) => Err(PipelineError::Worker(e.to_string())),
        None => Err(PipelineError::Worker("no task was started".to_owned())),
    }
}

async fn run_once(context: &StageContext, needs: &Needs) -> Result<Made, PipelineError> {
    match context.stage() {
        Stage::Ingest => {
            let ingested = ingest::run(context, &needs.source).await?;
            Ok(Made::Parts { inputs: ingested.inputs, high_water: ingested.high_water })
        }
        Stage::Clean => silver::run(context).await.map(Made::Tables),
        Stage::Features => gold::run(context).await.map(Made::Tables),
        Stage::Als | Stage::Rfm | Stage::SegmentPopularity | Stage::Affinity => {
            models::run(context).await.map(Made::Tables)
        }
        Stage::Index => {
            let index = needs.index.as_ref().ok_or(PipelineError::NoIndexStage)?;
            let progress = Arc::clone(context.progress());
            let built = index.build(context.paths(), needs.previous.as_ref(), progress).await;
            let built = built.map_err(PipelineError::Index)?;
            Ok(Made::Index(built.artefacts, built.embedding_model))
        }
        Stage::Publish => Ok(Made::Tables(Vec::new())),
    }
}

/// The record of a stage that ends now.
pub fn record(stage: Stage, status: StageStatus, attempts: u32, elapsed: Duration) -> StageRecord {
    StageRecord {
        name: stage.name().to_owned(),
        status,
        attempts,
        elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        peak_rss_bytes: peak_rss_bytes(),
    }
}

fn how_to_go_on(run_id: &str, error: &PipelineError) -> String {
    match error {
        PipelineError::ThresholdExceeded { .. }
        | PipelineError::NothingLeft { .. }
        | PipelineError::MalformedRow { .. }
        | PipelineError::EmptyFile { .. }
        | PipelineError::MissingFile { .. }
        | PipelineError::MissingColumn { .. }
        | PipelineError::UnknownColumn { .. } => {
            "correct the source and start a new run: tables that were ingested and did not change are not copied again"
                .to_owned()
        }
        PipelineError::Engine(engine) if matches!(engine.find_root(), DataFusionError::ResourcesExhausted(_)) => {
            "raise pipeline.memory_mib or pipeline.spill_mib and start a new run: a resumed one keeps its settings"
                .to_owned()
        }
        _ => format!("remove the cause, then go on with `insightflow pipeline resume {run_id}`"),
    }
}
