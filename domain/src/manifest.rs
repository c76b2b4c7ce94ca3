//! What a run was: its inputs, stages and artefacts. Written once, read by everybody.
//!
//! `manifest.json` is the only way from the pipeline to the server: they meet at the tables it names.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lake::{Lake, RunPaths};

/// The major version of the manifest written and read by this build.
pub const MANIFEST_SCHEMA_VERSION: u32 = 1;

/// One part of one source table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InputPart {
    /// The source table.
    pub table: String,
    /// From the lake's root.
    pub part: String,
    /// Data rows.
    pub rows: u64,
    /// Of the file's bytes, hex.
    pub sha256: String,
}

/// How a stage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageStatus {
    /// Waiting or under way.
    Pending,
    /// Done.
    Succeeded,
    /// Left out on request.
    Skipped,
    /// Failed.
    Failed,
}

/// One stage of the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageRecord {
    /// `ingest`, `clean`, `features`, `als`, `rfm`, `segment_popularity`, `affinity`, `index`, `publish`, ….
    pub name: String,
    /// How it ended.
    pub status: StageStatus,
    /// Times it was started.
    pub attempts: u32,
    /// Wall clock of the last attempt.
    pub elapsed_ms: u64,
    /// Peak memory of the process when the stage ended.
    pub peak_rss_bytes: u64,
}

/// One table, model or index that the run made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artefact {
    /// `silver.orders`, `gold.user_features`, `recsys.als.user_factors`, `index`, ….
    pub name: String,
    /// A file or folder, from the lake's root.
    pub path: String,
    /// Rows, documents or vectors.
    pub rows: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// Of the file's bytes (of its files in name order, where it is a folder), hex.
    pub sha256: String,
    /// Over the rows, whatever their order or file layout, hex.
    pub content_hash: String,
    /// Over column names and types, hex.
    pub schema_hash: String,
}

/// The embedding model behind the vectors of the index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmbeddingModel {
    /// A name with its version.
    pub id: String,
    /// Length of a vector.
    pub dimension: u32,
    /// Of the weights' file, hex.
    pub sha256: String,
}

/// The record of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`MANIFEST_SCHEMA_VERSION`]; a reader refuses a newer one.
    pub schema_version: u32,
    /// UUIDv7.
    pub run_id: String,
    /// The run it was derived from.
    pub parent_run_id: Option<String>,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// RFC 3339, UTC.
    pub finished_at: Option<String>,
    /// The version of the binary that made it.
    pub binary_version: String,
    /// The source's name in bronze.
    pub source: String,
    /// The parts it read.
    pub inputs: Vec<InputPart>,
    /// By table, the highest order id it has seen.
    pub high_water: BTreeMap<String, u64>,
    /// The settings that shaped it.
    pub parameters: Value,
    /// The seed of everything random in it.
    pub seed: u64,
    /// The stages, in the order of the graph.
    pub stages: Vec<StageRecord>,
    /// What it made.
    pub artefacts: Vec<Artefact>,
    /// `None` when the index is lexical only or left out.
    pub embedding_model: Option<EmbeddingModel>,
}

/// Why a manifest could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// No run was published in this lake yet.
    #[error("no published run in {0}: run `insightflow pipeline run --source DIR` first")]
    NoPublishedRun(PathBuf),
    /// The file is not there or cannot be read.
    #[error("cannot read {path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not a manifest.
    #[error("{path} is not a run manifest: {source}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// The file was written by a newer binary.
    #[error(
        "{path} has manifest schema {found}, this binary reads up to {MANIFEST_SCHEMA_VERSION}: \
         use insightflow {binary_version} or newer"
    )]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: u64,
        /// The binary that wrote it.
        binary_version: String,
    },
}

impl Manifest {
    /// Reads and checks a manifest file.
    pub fn read(path: &Path) -> Result<Self, ManifestError> {
        let text =
            fs::read_to_string(path).map_err(|source| ManifestError::Io { path: path.to_owned(), source })?;
        let malformed = |source| ManifestError::Malformed { path: path.to_owned(), source };
        let json: Value = serde_json::from_str(&text).map_err(malformed)?;
        // The version is looked at before the shape: a newer manifest may have another shape.
        if let Some(found) = json.get("schema_version").and_then(Value::as_u64)
            && found > u64::from(MANIFEST_SCHEMA_VERSION)
        {
            let binary_version =
                json.get("binary_version").and_then(Value::as_str).unwrap_or("of unknown version").to_owned();
            return Err(ManifestError::NewerSchema { path: path.to_owned(), found, binary_version });
        }
        serde_json::from_value(json).map_err(malformed)
    }

    /// Reads the manifest of the published run.
    pub fn read_latest(lake: &Lake) -> Result<Self, ManifestError> {
        let run_id = read_latest_run_id(lake)?;
        Self::read(&lake.run(&run_id).manifest())
    }

    /// An artefact by name.
    pub fn artefact(&self, name: &str) -> Option<&Artefact> {
        self.artefacts.iter().find(|artefact| artefact.name == name)
    }

    /// The full path of an artefact.
    pub fn artefact_path(&self, paths: &RunPaths, name: &str) -> Option<PathBuf> {
        self.artefact(name).map(|artefact| paths.lake_root().join(&artefact.path))
    }
}

/// Reads the pointer to the published run.
pub fn read_latest_run_id(lake: &Lake) -> Result<String, ManifestError> {
    let path = lake.latest();
    match fs::read_to_string(&path) {
        Ok(line) if !line.trim().is_empty() => Ok(line.trim().to_owned()),
        Ok(_) => Err(ManifestError::NoPublishedRun(lake.root().to_owned())),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            Err(ManifestError::NoPublishedRun(lake.root().to_owned()))
        }
        Err(source) => Err(ManifestError::Io { path, source }),
    }
}
