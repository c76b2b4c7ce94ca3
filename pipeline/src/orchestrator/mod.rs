//! Runs the pipeline: request → stages → manifest → pointer.
//!
//! The source and the request are checked before anything is written; a lock keeps two runs apart; the stages run on
//! worker threads of their own ([`worker`]), side by side within the memory budget and each within its time
//! ([`graph`]); the checkpoint grows with each stage; manifest and pointer come last, then old runs are removed.
//! A failed run publishes nothing, says which stage failed, why, and how to go on ([`PipelineError::StageFailed`]).
//! Every run, failed ones too, leaves a log and a page that people can read ([`RunLog`], [`report`]).

pub mod checkpoint;
pub mod deadline;
pub mod failure;
pub mod graph;
pub mod index_stage;
pub mod lock;
pub mod memory;
pub mod peak_memory;
mod reserve;
mod stages;
pub mod status;
pub mod worker;

use std::{
    collections::BTreeMap,
    fs,
    sync::Arc,
    time::{Instant, SystemTime},
};

use config::pipeline::PipelineSettings;
use domain::{
    lake::Lake,
    manifest::{Manifest, StageStatus, read_latest_run_id},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use crate::{
    context::StageContext,
    erasure,
    error::PipelineError,
    ingest::source::Source,
    orchestrator::{
        checkpoint::{Checkpoint, StageTimes},
        index_stage::IndexStage,
        lock::LakeLock,
        stages::RunStages,
    },
    progress::Progress,
    publish,
    report::{self, Ending},
    retention::{self, RetentionPlan},
    run_log::RunLog,
    stage::Stage,
};

/// What a run is asked for.
#[derive(Clone)]
pub struct PipelineRequest {
    /// Where the orders come from.
    pub source: Source,
    /// Where the run goes.
    pub lake: Lake,
    /// `[pipeline]`.
    pub settings: PipelineSettings,
    /// Train models; a run without them is not published.
    pub with_models: bool,
    /// Build the search index.
    pub with_index: bool,
    /// Builds it; needed when `with_index`.
    pub index: Option<Arc<dyn IndexStage>>,
    /// The run that this one is derived from.
    pub parent_run_id: Option<String>,
}

/// Runs the whole pipeline and, with models, publishes the run.
pub async fn run_pipeline(
    request: PipelineRequest,
    progress: Arc<dyn Progress>,
) -> Result<Manifest, PipelineError> {
    if request.with_index && request.index.is_none() {
        return Err(PipelineError::NoIndexStage);
    }
    request.source.check()?;
    let mut lock = LakeLock::take(&request.lake)?;
    let run_id = Uuid::now_v7().to_string();
    lock.name_run(&run_id);
    let checkpoint = Checkpoint {
        run_id,
        parent_run_id: request.parent_run_id,
        started_at: now(),
        source: request.source.absolute(),
        with_models: request.with_models,
        with_index: request.with_index,
        settings: request.settings,
        stages: BTreeMap::new(),
        inputs: Vec::new(),
        high_water: BTreeMap::new(),
        artefacts: BTreeMap::new(),
        embedding_model: None,
        times: BTreeMap::new(),
        notes: Vec::new(),
        erasures: erasure::list_hash(&request.lake)?,
        failure: None,
    };
    let (lake, index) = (request.lake, request.index);
    Run { lake, checkpoint, index, progress, goes_on: false, _lock: lock }.on_workers().await
}

/// What a resumed run may have otherwise than it began with; none of it changes what the run makes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ResumeOptions {
    /// Memory of the batch engine, MiB.
    pub memory_mib: Option<usize>,
    /// Disk for spilling, MiB.
    pub spill_mib: Option<usize>,
}

/// Goes on with a run that failed or was killed, from its last finished stage and with the settings it began with.
pub async fn resume_pipeline(
    lake: &Lake,
    run_id: &str,
    index: Option<Arc<dyn IndexStage>>,
    progress: Arc<dyn Progress>,
) -> Result<Manifest, PipelineError> {
    resume_pipeline_with(lake, run_id, ResumeOptions::default(), index, progress).await
}

/// Goes on with a run, with other memory or disk than it began with.
///
/// Customers who were put on the erasure list since then leave it: cleaning and all that follows is done again.
pub async fn resume_pipeline_with(
    lake: &Lake,
    run_id: &str,
    options: ResumeOptions,
    index: Option<Arc<dyn IndexStage>>,
    progress: Arc<dyn Progress>,
) -> Result<Manifest, PipelineError> {
    // Looked at before the lock is taken, which would make the folder of a lake that is not there.
    Checkpoint::read(lake, run_id)?;
    let mut lock = LakeLock::take(lake)?;
    lock.name_run(run_id);
    let mut checkpoint = Checkpoint::read(lake, run_id)?;
    if is_finished(lake, &checkpoint) {
        return Err(PipelineError::AlreadyFinished { run_id: run_id.to_owned() });
    }
    if checkpoint.with_index && index.is_none() {
        return Err(PipelineError::NoIndexStage);
    }
    checkpoint.failure = None;
    checkpoint.settings.memory_mib = options.memory_mib.unwrap_or(checkpoint.settings.memory_mib);
    checkpoint.settings.spill_mib = options.spill_mib.unwrap_or(checkpoint.settings.spill_mib);
    checkpoint.clean_again_after_erasures(erasure::list_hash(lake)?);
    checkpoint.forget_lost_stages(lake);
    Run { lake: lake.clone(), checkpoint, index, progress, goes_on: true, _lock: lock }.on_workers().await
}

/// Whether nothing is left to do: the manifest is there and, where the run is meant for it, the pointer was replaced.
///
/// The checkpoint gets the end of publication after the pointer, so a run that was killed between the two can go on.
pub(crate) fn is_finished(lake: &Lake, checkpoint: &Checkpoint) -> bool {
    let is_latest = || read_latest_run_id(lake).is_ok_and(|latest| latest == checkpoint.run_id);
    let was_published = checkpoint.stages.contains_key(&Stage::Publish);
    lake.run(&checkpoint.run_id).manifest().exists()
        && (!checkpoint.with_models || was_published || is_latest())
}

/// Points the lake back to the run that was published before the present one; returns its id.
pub fn rollback(lake: &Lake) -> Result<String, PipelineError> {
    if !lake.root().exists() {
        // Said before the lock is taken, which would make the folder.
        read_latest_run_id(lake)?;
    }
    let _lock = LakeLock::take(lake)?;
    let run_id = publish::previous_published(lake)?;
    publish::replace_pointer(lake, &run_id)?;
    Ok(run_id)
}

/// Removes the runs beyond the newest `keep_runs`, and raw parts that no run needs any more; says what went.
pub fn prune(lake: &Lake, keep_runs: usize) -> Result<RetentionPlan, PipelineError> {
    let _lock = LakeLock::take(lake)?;
    let plan = retention::plan(lake, keep_runs, SystemTime::now())?;
    retention::remove(lake, &plan)?;
    Ok(plan)
}

/// A run under way.
struct Run {
    lake: Lake,
    checkpoint: Checkpoint,
    index: Option<Arc<dyn IndexStage>>,
    progress: Arc<dyn Progress>,
    goes_on: bool,
    _lock: LakeLock,
}

impl Run {
    async fn on_workers(self) -> Result<Manifest, PipelineError> {
        let threads = crate::context::worker_threads(&self.checkpoint.settings);
        worker::on_own_threads(threads, self.go()).await?
    }

    async fn go(mut self) -> Result<Manifest, PipelineError> {
        let paths = self.lake.run(&self.checkpoint.run_id);
        self.progress.run_started(paths.run_id());
        let log = Arc::new(RunLog::open(&paths, Arc::clone(&self.progress)));
        // Dropped before the lake is let go of: whoever waits for the lake finds the whole log.
        let _until_ended = log.until_ended();
        log.starts(&self.checkpoint, self.goes_on);
        reserve::hold(&paths);
        let finished = match self.walk(&log).await {
            Ok(()) => self.publish(&log),
            Err(error) => Err(error),
        };
        // Nothing depends on what was spilled any more; left-overs of a killed run go with it.
        reserve::release(&paths);
        let ending = match (&finished, self.checkpoint.with_models) {
            (Err(_), _) => Ending::Failed,
            (Ok(_), true) => Ending::Published,
            (Ok(_), false) => Ending::Complete,
        };
        // The page tells of the run and is no part of it.
        if let Err(unwritten) = report::write_report(&self.lake, &self.checkpoint, ending) {
            tracing::warn!(run_id = paths.run_id(), error = %unwritten, "the report page could not be written");
        }
        finished
    }

    async fn walk(&mut self, log: &Arc<RunLog>) -> Result<(), PipelineError> {
        let paths = self.lake.run(&self.checkpoint.run_id);
        let settings = Arc::new(self.checkpoint.settings.clone());
        let progress = Arc::clone(log) as Arc<dyn Progress>;
        let ready = StageContext::new(paths.clone(), settings, progress)
            .and_then(|context| self.checkpoint.save(&paths).map(|()| context));
        let context = match ready {
            Ok(context) => context,
            Err(error) => {
                let done = self.checkpoint.done();
                let stage =
                    Stage::ALL.into_iter().find(|stage| !done.contains(stage)).unwrap_or(Stage::Publish);
                return Err(graph::fail(&self.lake, &mut self.checkpoint, stage, error, log));
            }
        };
        let previous = read_latest_run_id(&self.lake).ok().map(|run_id| self.lake.run(&run_id));
        let source = self.checkpoint.source.clone();
        let stages = RunStages { context, source, index: self.index.clone(), previous };
        graph::walk(&self.lake, Arc::new(stages), &mut self.checkpoint, log).await
    }

    /// Writes the manifest, replaces the pointer where the run has models, and removes what is too old then.
    fn publish(&mut self, log: &RunLog) -> Result<Manifest, PipelineError> {
        let is_published = self.checkpoint.with_models;
        let (start, started_at) = (Instant::now(), now());
        let paths = self.lake.run(&self.checkpoint.run_id);
        if is_published {
            log.stage_started(Stage::Publish, None);
            self.note_late_erasures(log);
            let record = graph::record(Stage::Publish, StageStatus::Succeeded, 1, start.elapsed());
            self.checkpoint.stages.insert(Stage::Publish, record);
            self.checkpoint.times.insert(Stage::Publish, StageTimes { started_at, ended_at: now() });
        }
        let written = self.checkpoint.manifest(Some(now())).and_then(|manifest| {
            publish::write_manifest(&paths, &manifest)?;
            if is_published {
                publish::replace_pointer(&self.lake, paths.run_id())?;
            }
            Ok(manifest)
        });
        let manifest = match written {
            Ok(manifest) => manifest,
            Err(error) => {
                // A manifest without its pointer would pass for a published run.
                let _ = fs::remove_file(paths.manifest());
                self.checkpoint.stages.remove(&Stage::Publish);
                return Err(graph::fail(&self.lake, &mut self.checkpoint, Stage::Publish, error, log));
            }
        };
        if let Some(record) = self.checkpoint.stages.get(&Stage::Publish).filter(|_| is_published) {
            log.stage_finished(Stage::Publish, record);
        }
        log.complete(is_published);
        if is_published {
            self.remove_old_runs(log);
        }
        self.checkpoint.notes.extend(log.take_notes());
        // The run is published whether or not this is saved: the pointer says so.
        if let Err(unsaved) = self.checkpoint.save(&paths) {
            tracing::warn!(run_id = paths.run_id(), error = %unsaved, "the checkpoint could not be saved");
        }
        Ok(manifest)
    }

    fn note_late_erasures(&self, log: &RunLog) {
        if erasure::list_hash(&self.lake).is_ok_and(|now| now != self.checkpoint.erasures) {
            let text = "customers were put on the erasure list while this run was under way: they may still be in it, \
                        the next run leaves them out";
            log.note(Stage::Publish, text);
        }
    }

    /// Old runs that cannot be removed are no failure of the new one.
    fn remove_old_runs(&self, log: &RunLog) {
        let plan = retention::plan(&self.lake, self.checkpoint.settings.keep_runs, SystemTime::now());
        match plan.and_then(|plan| retention::remove(&self.lake, &plan).map(|()| plan)) {
            Ok(plan) if plan.runs.is_empty() && plan.parts.is_empty() => {}
            Ok(plan) => log.note(Stage::Publish, &plan.in_words("removed")),
            Err(error) => log.note(Stage::Publish, &format!("old runs could not be removed: {error}")),
        }
    }
}

/// The present moment, RFC 3339, UTC.
pub(crate) fn now() -> String {
    // The well-known format fails only on years beyond 9999.
    OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default()
}
