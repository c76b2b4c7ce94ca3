//! `meta.json` beside the tables of a model: parameters, sizes and measures. It is no artefact, since it holds a clock.

use std::{fs, path::Path};

use serde::Serialize;

use crate::{
    error::{PipelineError, io_error},
    stage::Stage,
};

/// Writes `meta.json` into a folder that exists.
pub(super) fn write_meta(stage: Stage, folder: &Path, meta: &impl Serialize) -> Result<(), PipelineError> {
    let path = folder.join("meta.json");
    let text = serde_json::to_vec_pretty(meta)
        .map_err(|e| PipelineError::Model { stage, reason: format!("meta.json: {e}") })?;
    fs::write(&path, text).map_err(io_error("write", &path))
}
