//! What a run has done so far, on disk after each stage: `runs/<id>/checkpoint.json`.
//!
//! It holds the request too, so that `resume` needs nothing but the run's id. A stage counts as done only while every
//! file it made is still there, and only while the stages it depends on count as done.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use config::pipeline::PipelineSettings;
use domain::{
    lake::{Lake, RunPaths},
    manifest::{
        Artefact, EmbeddingModel, InputPart, MANIFEST_SCHEMA_VERSION, Manifest, StageRecord, StageStatus,
    },
};
use serde::{Deserialize, Serialize};

use crate::{
    error::{PipelineError, io_error},
    ingest::source::Source,
    publish::write_atomically,
    run_log::Note,
    stage::Stage,
};

/// The state of a run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Checkpoint {
    /// UUIDv7.
    pub run_id: String,
    /// The run it was derived from.
    pub parent_run_id: Option<String>,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// Where the orders come from.
    pub source: Source,
    /// Whether models are trained; without them the run is not published.
    pub with_models: bool,
    /// Whether the index is built.
    pub with_index: bool,
    /// The settings of the run.
    pub settings: PipelineSettings,
    /// The stages that ended.
    pub stages: BTreeMap<Stage, StageRecord>,
    /// The bronze parts of the run, from the end of ingest on.
    pub inputs: Vec<InputPart>,
    /// By table, the highest order id seen.
    pub high_water: BTreeMap<String, u64>,
    /// What each stage made.
    pub artefacts: BTreeMap<Stage, Vec<Artefact>>,
    /// The model behind the index.
    pub embedding_model: Option<EmbeddingModel>,
    /// When each stage was started and ended, the last time.
    #[serde(default)]
    pub times: BTreeMap<Stage, StageTimes>,
    /// What the stages told, in the order in which they did.
    #[serde(default)]
    pub notes: Vec<Note>,
    /// The hash of the erasure list that cleaning went by; empty before the list was known.
    #[serde(default)]
    pub erasures: String,
    /// Why the run stopped, where it did.
    pub failure: Option<Failure>,
}

/// When a stage was under way, RFC 3339, UTC.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageTimes {
    /// Its first attempt.
    pub started_at: String,
    /// Its end.
    pub ended_at: String,
}

/// Why a run stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The stage.
    pub stage: Stage,
    /// The stable word of the cause, [`PipelineError::code`].
    #[serde(default)]
    pub code: String,
    /// Why.
    pub reason: String,
    /// How to go on.
    pub go_on: String,
}

impl Checkpoint {
    /// Reads a run's checkpoint.
    pub fn read(lake: &Lake, run_id: &str) -> Result<Self, PipelineError> {
        let path = checkpoint_path(&lake.run(run_id));
        if !path.exists() {
            return Err(PipelineError::NoSuchRun { lake: lake.root().to_owned(), run_id: run_id.to_owned() });
        }
        let text = fs::read_to_string(&path).map_err(io_error("read", &path))?;
        serde_json::from_str(&text).map_err(|source| PipelineError::DamagedRecord { path, source })
    }

    /// Replaces the checkpoint on disk.
    pub fn save(&self, paths: &RunPaths) -> Result<(), PipelineError> {
        let path = checkpoint_path(paths);
        let text = serde_json::to_string_pretty(self)
            .map_err(|source| PipelineError::DamagedRecord { path: path.clone(), source })?;
        write_atomically(&path, &text)
    }

    /// Whether a stage is part of this run.
    pub fn wants(&self, stage: Stage) -> bool {
        match stage {
            Stage::Index => self.with_index,
            Stage::Publish => self.with_models,
            stage => self.with_models || !stage.is_model(),
        }
    }

    /// The stages that need not be run again.
    pub fn done(&self) -> BTreeSet<Stage> {
        let ended = |stage: &Stage| {
            self.stages
                .get(stage)
                .is_some_and(|record| matches!(record.status, StageStatus::Succeeded | StageStatus::Skipped))
        };
        Stage::ALL.into_iter().filter(ended).collect()
    }

    /// Forgets the stages whose files are gone, and all that were made from them.
    pub fn forget_lost_stages(&mut self, lake: &Lake) {
        let mut kept = BTreeSet::new();
        for stage in Stage::ALL {
            let on_disk = |path: &String| lake.root().join(path).exists();
            let made =
                self.artefacts.get(&stage).into_iter().flatten().all(|artefact| on_disk(&artefact.path));
            let inputs = stage != Stage::Ingest || self.inputs.iter().all(|input| on_disk(&input.part));
            if self.done().contains(&stage)
                && made
                && inputs
                && stage.depends_on().iter().all(|s| kept.contains(s))
            {
                kept.insert(stage);
            } else {
                self.stages.remove(&stage);
                self.artefacts.remove(&stage);
            }
        }
    }

    /// Makes cleaning, and all that follows it, be done again when the erasure list is another than it went by.
    pub fn clean_again_after_erasures(&mut self, erasures: String) {
        if self.erasures != erasures {
            self.erasures = erasures;
            self.stages.remove(&Stage::Clean);
        }
    }

    /// The manifest of the run as it stands; stages that did not end are left out.
    pub fn manifest(&self, finished_at: Option<String>) -> Result<Manifest, PipelineError> {
        let parameters = serde_json::to_value(&self.settings)
            .map_err(|source| PipelineError::DamagedRecord { path: PathBuf::from("settings"), source })?;
        Ok(Manifest {
            schema_version: MANIFEST_SCHEMA_VERSION,
            run_id: self.run_id.clone(),
            parent_run_id: self.parent_run_id.clone(),
            started_at: self.started_at.clone(),
            finished_at,
            binary_version: env!("CARGO_PKG_VERSION").to_owned(),
            source: self.source.name(),
            inputs: self.inputs.clone(),
            high_water: self.high_water.clone(),
            parameters,
            seed: self.settings.seed,
            stages: Stage::ALL.iter().filter_map(|stage| self.stages.get(stage).cloned()).collect(),
            artefacts: self.artefacts.values().flatten().cloned().collect(),
            embedding_model: self.embedding_model.clone(),
        })
    }
}

/// Where the checkpoint of a run lies.
pub fn checkpoint_path(paths: &RunPaths) -> PathBuf {
    paths.folder().join("checkpoint.json")
}
