//! Runs the pipeline: request → stages → manifest → pointer.
//!
//! The source and the request are checked before anything is written; a lock keeps two runs apart; the stages run on
//! worker threads of their own ([`worker`]); the checkpoint grows with each stage; manifest and pointer come last.
//! A failed run publishes nothing, says which stage failed, why, and how to go on ([`PipelineError::StageFailed`]).

pub mod checkpoint;
pub mod graph;
pub mod index_stage;
pub mod lock;
pub mod peak_memory;
pub mod status;
pub mod worker;

use std::{collections::BTreeMap, fs, sync::Arc, time::Instant};

use config::pipeline::PipelineSettings;
use domain::{
    lake::Lake,
    manifest::{Manifest, StageStatus},
};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use crate::{
    context::StageContext,
    error::PipelineError,
    ingest::source::Source,
    orchestrator::{checkpoint::Checkpoint, index_stage::IndexStage, lock::LakeLock},
    progress::Progress,
    publish,
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
    let lock = LakeLock::take(&request.lake)?;
    let checkpoint = Checkpoint {
        run_id: Uuid::now_v7().to_string(),
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
        failure: None,
    };
    let run = Run { lake: request.lake, checkpoint, index: request.index, progress, _lock: lock };
    run.on_workers().await
}

/// Goes on with a run that failed or was killed, from its last finished stage.
pub async fn resume_pipeline(
    lake: &Lake,
    run_id: &str,
    index: Option<Arc<dyn IndexStage>>,
    progress: Arc<dyn Progress>,
) -> Result<Manifest, PipelineError> {
    let mut checkpoint = Checkpoint::read(lake, run_id)?;
    if lake.run(run_id).manifest().exists() {
        return Err(PipelineError::AlreadyFinished { run_id: run_id.to_owned() });
    }
    if checkpoint.with_index && index.is_none() {
        return Err(PipelineError::NoIndexStage);
    }
    let lock = LakeLock::take(lake)?;
    checkpoint.failure = None;
    checkpoint.forget_lost_stages(lake);
    Run { lake: lake.clone(), checkpoint, index, progress, _lock: lock }.on_workers().await
}

/// Points the lake back to the run that was published before the present one; returns its id.
pub fn rollback(lake: &Lake) -> Result<String, PipelineError> {
    let _lock = LakeLock::take(lake)?;
    let run_id = publish::previous_published(lake)?;
    publish::replace_pointer(lake, &run_id)?;
    Ok(run_id)
}

/// A run under way.
struct Run {
    lake: Lake,
    checkpoint: Checkpoint,
    index: Option<Arc<dyn IndexStage>>,
    progress: Arc<dyn Progress>,
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
        let settings = Arc::new(self.checkpoint.settings.clone());
        let context = StageContext::new(paths.clone(), settings, Arc::clone(&self.progress))?;
        self.checkpoint.save(&paths)?;
        let walked = graph::walk(&self.lake, context, &mut self.checkpoint, self.index.clone()).await;
        let finished = walked.and_then(|()| self.publish());
        // Nothing depends on the spill folder any more; left-overs of a killed run go with it.
        let _ = fs::remove_dir_all(paths.folder().join("spill"));
        finished
    }

    /// Writes the manifest, and replaces the pointer where the run has models.
    fn publish(&mut self) -> Result<Manifest, PipelineError> {
        let start = Instant::now();
        let paths = self.lake.run(&self.checkpoint.run_id);
        if self.checkpoint.with_models {
            self.progress.stage_started(Stage::Publish, None);
            let record = graph::record(Stage::Publish, StageStatus::Succeeded, 1, start.elapsed());
            self.checkpoint.stages.insert(Stage::Publish, record);
        }
        let written = self.checkpoint.manifest(Some(now())).and_then(|manifest| {
            publish::write_manifest(&paths, &manifest)?;
            if self.checkpoint.with_models {
                publish::replace_pointer(&self.lake, paths.run_id())?;
            }
            Ok(manifest)
        });
        match written {
            Ok(manifest) => {
                if let Some(record) = self.checkpoint.stages.get(&Stage::Publish) {
                    self.progress.stage_finished(Stage::Publish, record);
                }
                Ok(manifest)
            }
            Err(error) => {
                // A manifest without its pointer would pass for a published run.
                let _ = fs::remove_file(paths.manifest());
                self.checkpoint.stages.remove(&Stage::Publish);
                Err(graph::fail(&mut self.checkpoint, &paths, Stage::Publish, error))
            }
        }
    }
}

fn now() -> String {
    // The well-known format fails only on years beyond 9999.
    OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default()
}
