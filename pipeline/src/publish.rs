//! The last step of a run: the manifest is written, then the lake's pointer is replaced.
//!
//! Both are written to a temporary file beside their place and renamed, so that a reader sees the old or the new file
//! and never half of one. The pointer comes last: what it names is complete.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

use domain::{
    lake::{Lake, RunPaths},
    manifest::{Manifest, StageRecord, StageStatus, read_latest_run_id},
};

use crate::{
    error::{PipelineError, io_error},
    stage::Stage,
};

/// Writes a run's manifest.
pub fn write_manifest(paths: &RunPaths, manifest: &Manifest) -> Result<(), PipelineError> {
    let path = paths.manifest();
    let text = serde_json::to_string_pretty(manifest)
        .map_err(|source| PipelineError::DamagedRecord { path: path.clone(), source })?;
    write_atomically(&path, &text)
}

/// Makes that run the published one.
pub fn replace_pointer(lake: &Lake, run_id: &str) -> Result<(), PipelineError> {
    write_atomically(&lake.latest(), &format!("{run_id}\n"))
}

/// Points back to the run that was published before the present one; returns its id.
///
/// Run ids are UUIDv7 and sort by time. Runs that were never published (without models, failed) are passed over.
pub fn previous_published(lake: &Lake) -> Result<String, PipelineError> {
    let current = read_latest_run_id(lake)?;
    let before = run_ids(lake)?.into_iter().rev().filter(|run_id| *run_id < current);
    for run_id in before {
        let path = lake.run(&run_id).manifest();
        if path.exists() && is_published(&Manifest::read(&path)?) {
            return Ok(run_id);
        }
    }
    Err(PipelineError::NothingToRollBackTo { lake: lake.root().to_owned(), run_id: current })
}

/// All runs of a lake, oldest first. A folder whose name begins with a dot is a run that is being removed.
pub fn run_ids(lake: &Lake) -> Result<Vec<String>, PipelineError> {
    let folder = lake.runs();
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut ids = Vec::new();
    for entry in fs::read_dir(&folder).map_err(io_error("list", &folder))? {
        let entry = entry.map_err(io_error("list", &folder))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() && !name.starts_with('.') {
            ids.push(name);
        }
    }
    ids.sort();
    Ok(ids)
}

/// Whether a finished run was meant for the pointer.
pub fn is_published(manifest: &Manifest) -> bool {
    let published =
        |stage: &StageRecord| stage.name == Stage::Publish.name() && stage.status == StageStatus::Succeeded;
    manifest.stages.iter().any(published)
}

/// Replaces a file in one step; creates its folder where it is missing.
pub(crate) fn write_atomically(path: &Path, text: &str) -> Result<(), PipelineError> {
    let folder = path.parent().ok_or_else(|| PipelineError::UnusablePath(path.to_owned()))?;
    fs::create_dir_all(folder).map_err(io_error("create", folder))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = folder.join(format!(".{name}.new"));
    let mut file = File::create(&temporary).map_err(io_error("create", &temporary))?;
    file.write_all(text.as_bytes()).map_err(io_error("write", &temporary))?;
    // The rename must not become visible before the bytes are on disk.
    file.sync_all().map_err(io_error("write", &temporary))?;
    fs::rename(&temporary, path).map_err(io_error("replace", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pointer_is_one_line_and_is_replaced_whole() {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::new(folder.path().join("lake"));
        replace_pointer(&lake, "first").unwrap();
        replace_pointer(&lake, "second").unwrap();
        assert_eq!(fs::read_to_string(lake.latest()).unwrap(), "second\n");
        assert_eq!(fs::read_dir(lake.root()).unwrap().count(), 1, "no temporary file stays");
    }

    #[test]
    fn a_lake_without_runs_has_none() {
        let folder = tempfile::tempdir().unwrap();
        assert!(run_ids(&Lake::new(folder.path())).unwrap().is_empty());
    }
}
