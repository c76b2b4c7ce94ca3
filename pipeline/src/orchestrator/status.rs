//! What a lake holds: its runs, how they stand, which one is published, and what can be done about each.

use domain::{
    lake::Lake,
    manifest::{InputPart, Manifest, ManifestError, StageRecord, StageStatus, read_latest_run_id},
};
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    error::PipelineError,
    orchestrator::{
        checkpoint::{Checkpoint, Failure},
        failure::RESOURCE_CODES,
        is_finished, lock, now,
    },
    publish::{is_published, previous_published, run_ids},
    stage::Stage,
};

/// The runs of a lake.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LakeStatus {
    /// The published run.
    pub latest: Option<String>,
    /// The run that `rollback` goes back to.
    pub rollback_target: Option<String>,
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
    /// RFC 3339, UTC; empty for a run whose record cannot be read.
    pub started_at: String,
    /// RFC 3339, UTC; `None` until it is finished.
    pub finished_at: Option<String>,
    /// From its start to its end, or to its last step, or until now while it is under way; pauses count.
    pub elapsed_ms: u64,
    /// Rows of the source that it reads.
    pub rows: u64,
    /// Stages that it is to run; those left out do not count.
    pub stages_wanted: usize,
    /// The stages that ended, in the order of the graph.
    pub stages: Vec<StageRecord>,
    /// Why it stopped, where it did.
    pub failure: Option<Failure>,
    /// What can be done about it, as a command where there is one.
    pub next: String,
}

/// How a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// The lake's pointer names it.
    Published,
    /// Complete, but another run is published or it was not meant to be.
    Finished,
    /// Under way now.
    Running,
    /// A stage failed.
    Failed,
    /// Its process was killed or interrupted.
    Unfinished,
    /// Its record is damaged or of another version.
    Unreadable,
}

impl RunState {
    /// The state as one word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Finished => "finished",
            Self::Running => "running",
            Self::Failed => "failed",
            Self::Unfinished => "unfinished",
            Self::Unreadable => "unreadable",
        }
    }

    /// Whether the run can go on.
    pub fn is_resumable(self) -> bool {
        matches!(self, Self::Failed | Self::Unfinished)
    }
}

impl RunSummary {
    /// Stages that ended well.
    pub fn stages_done(&self) -> usize {
        self.stages.iter().filter(|stage| stage.status == StageStatus::Succeeded).count()
    }

    /// Whether more memory or disk may help: the run ran out of it, or was killed without a word.
    pub fn may_need_more(&self) -> bool {
        match &self.failure {
            Some(failure) => RESOURCE_CODES.contains(&failure.code.as_str()),
            None => self.state == RunState::Unfinished,
        }
    }
}

/// Lists the runs of a lake.
pub fn status(lake: &Lake) -> Result<LakeStatus, PipelineError> {
    let latest = match read_latest_run_id(lake) {
        Ok(run_id) => Some(run_id),
        Err(ManifestError::NoPublishedRun(_)) => None,
        Err(e) => return Err(e.into()),
    };
    let rollback_target = latest.as_ref().and_then(|_| previous_published(lake).ok());
    let view = View { lake, latest, rollback_target, holder: lock::holder(lake).unwrap_or_default() };
    let runs = run_ids(lake)?.into_iter().rev().filter_map(|run_id| view.summarise(run_id)).collect();
    Ok(LakeStatus { runs, latest: view.latest, rollback_target: view.rollback_target })
}

/// One run of a lake.
pub fn run_status(lake: &Lake, run_id: &str) -> Result<RunSummary, PipelineError> {
    let found = status(lake)?.runs.into_iter().find(|run| run.run_id == run_id);
    found.ok_or_else(|| PipelineError::NoSuchRun { lake: lake.root().to_owned(), run_id: run_id.to_owned() })
}

/// What is known of the lake while its runs are looked at.
struct View<'a> {
    lake: &'a Lake,
    latest: Option<String>,
    rollback_target: Option<String>,
    holder: String,
}

impl View<'_> {
    /// `None`: a folder without checkpoint and manifest is no run.
    fn summarise(&self, run_id: String) -> Option<RunSummary> {
        let checkpoint = Checkpoint::read(self.lake, &run_id);
        let path = self.lake.run(&run_id).manifest();
        let is_open = checkpoint.as_ref().is_ok_and(|checkpoint| !is_finished(self.lake, checkpoint));
        if path.exists() && !is_open {
            return Some(match Manifest::read(&path) {
                Ok(manifest) => self.finished(manifest),
                Err(error) => unreadable(run_id, &error.to_string()),
            });
        }
        match checkpoint {
            Ok(checkpoint) => Some(self.open(checkpoint)),
            Err(PipelineError::NoSuchRun { .. }) => None,
            Err(error) => Some(unreadable(run_id, &error.to_string())),
        }
    }

    fn finished(&self, manifest: Manifest) -> RunSummary {
        let is_latest = self.latest.as_ref() == Some(&manifest.run_id);
        let next = if is_latest {
            "none: it is the published run".to_owned()
        } else if self.rollback_target.as_ref() == Some(&manifest.run_id) {
            "`insightflow pipeline rollback` goes back to it".to_owned()
        } else if is_published(&manifest) {
            "none: a newer run is published".to_owned()
        } else {
            "none: it was made without models and is not published".to_owned()
        };
        let wanted = manifest.stages.iter().filter(|stage| stage.status != StageStatus::Skipped).count();
        RunSummary {
            state: if is_latest { RunState::Published } else { RunState::Finished },
            elapsed_ms: elapsed_ms(&manifest.started_at, manifest.finished_at.as_deref().unwrap_or_default()),
            rows: rows(&manifest.inputs),
            stages_wanted: wanted,
            run_id: manifest.run_id,
            started_at: manifest.started_at,
            finished_at: manifest.finished_at,
            stages: manifest.stages,
            failure: None,
            next,
        }
    }

    fn open(&self, checkpoint: Checkpoint) -> RunSummary {
        let is_running = self.holder.ends_with(&format!("run {}", checkpoint.run_id));
        let state = match &checkpoint.failure {
            _ if is_running => RunState::Running,
            Some(_) => RunState::Failed,
            None => RunState::Unfinished,
        };
        let last = checkpoint.times.values().map(|times| times.ended_at.clone()).max();
        let until = if is_running { now() } else { last.unwrap_or_default() };
        let stages = Stage::ALL.iter().filter_map(|stage| checkpoint.stages.get(stage).cloned()).collect();
        RunSummary {
            state,
            elapsed_ms: elapsed_ms(&checkpoint.started_at, &until),
            rows: rows(&checkpoint.inputs),
            stages_wanted: Stage::ALL.into_iter().filter(|stage| checkpoint.wants(*stage)).count(),
            next: next_of_open(&checkpoint, is_running),
            run_id: checkpoint.run_id,
            started_at: checkpoint.started_at,
            finished_at: None,
            stages,
            failure: if is_running { None } else { checkpoint.failure },
        }
    }
}

fn next_of_open(checkpoint: &Checkpoint, is_running: bool) -> String {
    let done = checkpoint.done();
    let is_next = |stage: &Stage| {
        !done.contains(stage) && stage.depends_on().iter().all(|needed| done.contains(needed))
    };
    let stages: Vec<&str> = Stage::ALL.into_iter().filter(is_next).map(Stage::name).collect();
    let stages = stages.join(", ");
    if is_running {
        return format!("wait: {stages}");
    }
    match &checkpoint.failure {
        Some(failure) => failure.go_on.clone(),
        None => format!("`insightflow pipeline resume {}` goes on with {stages}", checkpoint.run_id),
    }
}

fn unreadable(run_id: String, reason: &str) -> RunSummary {
    RunSummary {
        run_id,
        state: RunState::Unreadable,
        started_at: String::new(),
        finished_at: None,
        elapsed_ms: 0,
        rows: 0,
        stages_wanted: 0,
        stages: Vec::new(),
        failure: None,
        next: format!("start a new run: {reason}"),
    }
}

fn rows(inputs: &[InputPart]) -> u64 {
    inputs.iter().map(|part| part.rows).sum()
}

/// Milliseconds between two moments; 0 where one of them is not known.
fn elapsed_ms(from: &str, to: &str) -> u64 {
    let moments = (OffsetDateTime::parse(from, &Rfc3339), OffsetDateTime::parse(to, &Rfc3339));
    let (Ok(from), Ok(to)) = moments else { return 0 };
    u64::try_from((to - from).whole_milliseconds()).unwrap_or(0)
}
