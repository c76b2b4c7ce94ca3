//! What a lake holds: its runs, how they ended, and which one is published.

use domain::{
    lake::Lake,
    manifest::{Manifest, ManifestError, StageRecord, read_latest_run_id},
};
use serde::Serialize;

use crate::{
    error::PipelineError,
    orchestrator::checkpoint::{Checkpoint, Failure},
    publish::run_ids,
    stage::Stage,
};

/// The runs of a lake.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LakeStatus {
    /// The published run.
    pub latest: Option<String>,
    /// All runs, newest first.
    pub runs: Vec<RunSummary>,
}

/// One run in short.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSummary {
    /// The run.
    pub run_id: String,
    /// How it stands.
    pub state: RunState,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// RFC 3339, UTC; `None` until it is finished.
    pub finished_at: Option<String>,
    /// The stages that ended, in the order of the graph.
    pub stages: Vec<StageRecord>,
    /// Why it stopped, where it did.
    pub failure: Option<Failure>,
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// The lake's pointer names it.
    Published,
    /// Complete, but another run is published or it was not meant to be.
    Finished,
    /// A stage failed.
    Failed,
    /// Under way, or its process was killed.
    Unfinished,
}

/// Lists the runs of a lake.
pub fn status(lake: &Lake) -> Result<LakeStatus, PipelineError> {
    let latest = match read_latest_run_id(lake) {
        Ok(run_id) => Some(run_id),
        Err(ManifestError::NoPublishedRun(_)) => None,
        Err(e) => return Err(e.into()),
    };
    let runs = run_ids(lake)?.into_iter().rev().map(|run_id| summarise(lake, run_id, latest.as_deref()));
    Ok(LakeStatus { runs: runs.filter_map(Result::transpose).collect::<Result<_, _>>()?, latest })
}

/// `None`: a folder without checkpoint and manifest is no run.
fn summarise(lake: &Lake, run_id: String, latest: Option<&str>) -> Result<Option<RunSummary>, PipelineError> {
    let path = lake.run(&run_id).manifest();
    if path.exists() {
        let manifest = Manifest::read(&path)?;
        let state = if latest == Some(run_id.as_str()) { RunState::Published } else { RunState::Finished };
        return Ok(Some(RunSummary {
            run_id,
            state,
            started_at: manifest.started_at,
            finished_at: manifest.finished_at,
            stages: manifest.stages,
            failure: None,
        }));
    }
    let checkpoint = match Checkpoint::read(lake, &run_id) {
        Ok(checkpoint) => checkpoint,
        Err(PipelineError::NoSuchRun { .. }) => return Ok(None),
        Err(e) => return Err(e),
    };
    let state = if checkpoint.failure.is_some() { RunState::Failed } else { RunState::Unfinished };
    let stages = Stage::ALL.iter().filter_map(|stage| checkpoint.stages.get(stage).cloned()).collect();
    let Checkpoint { started_at, failure, .. } = checkpoint;
    Ok(Some(RunSummary { run_id, state, started_at, finished_at: None, stages, failure }))
}
