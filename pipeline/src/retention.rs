//! Which runs and raw parts stay in the lake, and how the others are removed.
//!
//! Kept: the newest `keep_runs` complete runs, the published one, its rollback target, unfinished runs that moved within
//! a day, what cannot be read, and every run whose tables a kept run shares (its parent, or a path in its manifest).
//! A part of bronze goes when no kept run names it and no record of what was ingested does: increments build on those.
//! Removal of a run begins with one rename of its folder `runs/<id>`, so that a kill leaves a whole run or an invisible
//! one, whose rest goes with the next removal. The caller holds the lake's lock, so that no run is under way.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use domain::{
    lake::Lake,
    manifest::{Manifest, ManifestError, read_latest_run_id},
};
use serde::Serialize;
use serde_json::Value;

use crate::{
    error::{PipelineError, io_error},
    orchestrator::{
        checkpoint::{Checkpoint, checkpoint_path},
        failure::size_on_disk,
    },
    publish::{previous_published, run_ids},
    report::words::{bytes, counted},
};

/// The first letters of a run's folder while the run is being removed; the dot hides it from every reader.
const REMOVING: &str = ".removing-";

/// How long an unfinished run is kept after its last step: it can be resumed.
const UNFINISHED_FOR: Duration = Duration::from_secs(24 * 3_600);

/// What would be removed from a lake, and what stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct RetentionPlan {
    /// The runs that stay, newest first, each with the reason.
    pub kept: Vec<KeptRun>,
    /// The runs that go, oldest first.
    pub runs: Vec<RemovedRun>,
    /// The parts of bronze that go.
    pub parts: Vec<RemovedPart>,
    /// Why parts are kept that nobody may need, where that is so.
    pub notes: Vec<String>,
}

/// A run that stays.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KeptRun {
    /// The run.
    pub run_id: String,
    /// Why it stays.
    pub reason: String,
}

/// A run that goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RemovedRun {
    /// The run.
    pub run_id: String,
    /// Bytes on disk.
    pub bytes: u64,
}

/// A part of bronze that goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RemovedPart {
    /// From the lake's root.
    pub part: String,
    /// Bytes on disk.
    pub bytes: u64,
}

impl RetentionPlan {
    /// Bytes that the removal frees.
    pub fn bytes(&self) -> u64 {
        let runs: u64 = self.runs.iter().map(|run| run.bytes).sum();
        runs + self.parts.iter().map(|part| part.bytes).sum::<u64>()
    }

    /// The removal in one line, such as `removed 2 runs and 1 raw part, 1.2 GB`.
    pub fn in_words(&self, verb: &str) -> String {
        let runs = counted(self.runs.len() as u64, "run");
        let parts = counted(self.parts.len() as u64, "raw part");
        format!("{verb} {runs} and {parts}, {}", bytes(self.bytes()))
    }
}

/// Works out what stays and what goes; nothing is touched.
pub fn plan(lake: &Lake, keep_runs: usize, now: SystemTime) -> Result<RetentionPlan, PipelineError> {
    let runs = Runs::read(lake)?;
    let kept = runs.kept(lake, keep_runs, now)?;
    let mut plan = RetentionPlan::default();
    for run_id in runs.ids() {
        if let Some(reason) = kept.get(run_id) {
            plan.kept.insert(0, KeptRun { run_id: run_id.to_owned(), reason: reason.clone() });
        }
    }
    let gone =
        runs.ids().chain(runs.left_over.iter().map(String::as_str)).filter(|id| !kept.contains_key(*id));
    for run_id in gone {
        let bytes = folders_of(lake, run_id)?.iter().map(|folder| size_on_disk(folder)).sum();
        plan.runs.push(RemovedRun { run_id: run_id.to_owned(), bytes });
    }
    let named = runs.parts_of(&kept);
    if runs.unreadable.is_empty() {
        add_parts(lake, &named, &mut plan)?;
    } else {
        let unreadable = runs.unreadable.iter().cloned().collect::<Vec<_>>().join(", ");
        plan.notes
            .push(format!("no raw part is removed: it is not known which ones the run {unreadable} reads"));
    }
    Ok(plan)
}

/// Removes what a plan of the same moment says. The lake's lock has to be held.
pub fn remove(lake: &Lake, plan: &RetentionPlan) -> Result<(), PipelineError> {
    for run in &plan.runs {
        remove_run(lake, &run.run_id)?;
    }
    for part in &plan.parts {
        let path = lake.root().join(&part.part);
        remove_file(&path)?;
        remove_empty_parents(lake, &path);
    }
    Ok(())
}

/// The runs of a lake with what they need.
struct Runs {
    complete: BTreeMap<String, Manifest>,
    unfinished: BTreeMap<String, Option<Checkpoint>>,
    unreadable: BTreeSet<String>,
    /// Runs whose folder is gone and of which tables are left.
    left_over: BTreeSet<String>,
}

impl Runs {
    fn read(lake: &Lake) -> Result<Self, PipelineError> {
        let mut runs = Self {
            complete: BTreeMap::new(),
            unfinished: BTreeMap::new(),
            unreadable: BTreeSet::new(),
            left_over: left_over(lake)?,
        };
        for run_id in run_ids(lake)? {
            runs.left_over.remove(&run_id);
            let path = lake.run(&run_id).manifest();
            if path.exists() {
                match Manifest::read(&path) {
                    Ok(manifest) => drop(runs.complete.insert(run_id, manifest)),
                    Err(_) => drop(runs.unreadable.insert(run_id)),
                }
                continue;
            }
            match Checkpoint::read(lake, &run_id) {
                Ok(checkpoint) => drop(runs.unfinished.insert(run_id, Some(checkpoint))),
                Err(PipelineError::NoSuchRun { .. }) => drop(runs.unfinished.insert(run_id, None)),
                Err(_) => drop(runs.unreadable.insert(run_id)),
            }
        }
        Ok(runs)
    }

    /// All runs with a folder, oldest first.
    fn ids(&self) -> impl Iterator<Item = &str> {
        let all: BTreeSet<&str> = self
            .complete
            .keys()
            .chain(self.unfinished.keys())
            .chain(self.unreadable.iter())
            .map(String::as_str)
            .collect();
        all.into_iter()
    }

    /// The runs that stay, with the reason of each.
    fn kept(
        &self,
        lake: &Lake,
        keep_runs: usize,
        now: SystemTime,
    ) -> Result<BTreeMap<String, String>, PipelineError> {
        let mut kept = BTreeMap::new();
        let mut keep = |run_id: &str, reason: &str| {
            kept.entry(run_id.to_owned()).or_insert_with(|| reason.to_owned());
        };
        match read_latest_run_id(lake) {
            Ok(latest) => {
                keep(&latest, "published");
                match previous_published(lake) {
                    Ok(target) => keep(&target, "rollback goes back to it"),
                    Err(PipelineError::NothingToRollBackTo { .. } | PipelineError::Manifest(_)) => {}
                    Err(error) => return Err(error),
                }
            }
            Err(ManifestError::NoPublishedRun(_)) => {}
            Err(error) => return Err(error.into()),
        }
        let newest = if keep_runs == 0 { self.complete.len() } else { keep_runs };
        for run_id in self.complete.keys().rev().take(newest) {
            keep(run_id, if keep_runs == 0 { "all runs are kept" } else { "one of the newest" });
        }
        for (run_id, checkpoint) in &self.unfinished {
            let path = match checkpoint {
                Some(_) => checkpoint_path(&lake.run(run_id)),
                None => lake.run(run_id).folder(),
            };
            let moved = fs::metadata(&path).and_then(|metadata| metadata.modified());
            // A clock that went back makes the run look like one of the future: it is young.
            let age = now.duration_since(moved.map_err(io_error("read", &path))?).unwrap_or_default();
            if keep_runs == 0 || age < UNFINISHED_FOR {
                keep(run_id, "unfinished, and can be resumed");
            }
        }
        for run_id in &self.unreadable {
            keep(run_id, "its record cannot be read");
        }
        self.keep_shared(&mut kept);
        Ok(kept)
    }

    /// Adds the runs whose tables a kept run shares, and the runs that those share.
    fn keep_shared(&self, kept: &mut BTreeMap<String, String>) {
        let mut open: Vec<String> = kept.keys().cloned().collect();
        while let Some(run_id) = open.pop() {
            let (parent, artefacts) = match (self.complete.get(&run_id), self.unfinished.get(&run_id)) {
                (Some(manifest), _) => (manifest.parent_run_id.clone(), manifest.artefacts.clone()),
                (None, Some(Some(checkpoint))) => {
                    let artefacts = checkpoint.artefacts.values().flatten().cloned().collect();
                    (checkpoint.parent_run_id.clone(), artefacts)
                }
                _ => continue,
            };
            let shared =
                artefacts.iter().filter_map(|artefact| run_of_path(&artefact.path)).map(str::to_owned);
            for needed in parent.into_iter().chain(shared) {
                if !kept.contains_key(&needed) {
                    kept.insert(needed.clone(), format!("run {run_id} shares its tables"));
                    open.push(needed);
                }
            }
        }
    }

    /// The parts that kept runs name.
    fn parts_of(&self, kept: &BTreeMap<String, String>) -> BTreeSet<String> {
        let complete = kept.keys().filter_map(|run_id| self.complete.get(run_id)).flat_map(|run| &run.inputs);
        let unfinished = kept.keys().filter_map(|run_id| self.unfinished.get(run_id)?.as_ref());
        complete.chain(unfinished.flat_map(|run| &run.inputs)).map(|input| input.part.clone()).collect()
    }
}

/// The run in a path such as `silver/run=<id>/orders`.
fn run_of_path(path: &str) -> Option<&str> {
    path.split('/').find_map(|step| step.strip_prefix("run="))
}

/// Runs of which tables are there and no folder in `runs`: what a kill left of a removal, or of an index.
fn left_over(lake: &Lake) -> Result<BTreeSet<String>, PipelineError> {
    let mut found = BTreeSet::new();
    for parent in partition_parents(lake)? {
        for name in names_in(&parent)? {
            found.extend(name.strip_prefix("run=").map(str::to_owned));
        }
    }
    for name in names_in(&lake.runs())? {
        found.extend(name.strip_prefix(REMOVING).map(str::to_owned));
    }
    Ok(found)
}

/// The folders that hold a partition a run.
fn partition_parents(lake: &Lake) -> Result<Vec<PathBuf>, PipelineError> {
    let mut parents: Vec<PathBuf> = ["silver", "gold", "index"].map(|layer| lake.root().join(layer)).into();
    let recsys = lake.root().join("recsys");
    parents.extend(names_in(&recsys)?.into_iter().map(|kind| recsys.join(kind)));
    Ok(parents)
}

/// Everything of a run that is its own: partitions of each layer, and its folder under either name.
fn folders_of(lake: &Lake, run_id: &str) -> Result<Vec<PathBuf>, PipelineError> {
    let mut folders: Vec<PathBuf> =
        partition_parents(lake)?.into_iter().map(|parent| parent.join(format!("run={run_id}"))).collect();
    folders.push(lake.run(run_id).folder());
    folders.push(lake.runs().join(format!("{REMOVING}{run_id}")));
    folders.retain(|folder| folder.exists());
    Ok(folders)
}

fn remove_run(lake: &Lake, run_id: &str) -> Result<(), PipelineError> {
    let (folder, hidden) = (lake.run(run_id).folder(), lake.runs().join(format!("{REMOVING}{run_id}")));
    if folder.exists() {
        if hidden.exists() {
            fs::remove_dir_all(&hidden).map_err(io_error("remove", &hidden))?;
        }
        fs::rename(&folder, &hidden).map_err(io_error("remove", &folder))?;
    }
    // The hidden folder is the last to go: as long as it is there, the rest is found again.
    for folder in folders_of(lake, run_id)? {
        fs::remove_dir_all(&folder).map_err(io_error("remove", &folder))?;
    }
    Ok(())
}

/// Adds the parts that nobody names to a plan, source by source.
fn add_parts(lake: &Lake, named: &BTreeSet<String>, plan: &mut RetentionPlan) -> Result<(), PipelineError> {
    let bronze = lake.root().join("bronze");
    for source in names_in(&bronze)? {
        let folder = bronze.join(&source);
        let Some(recorded) = parts_in_records(&folder.join("ingested"))? else {
            plan.notes.push(format!(
                "no raw part of {source} is removed: a record of what was ingested cannot be read in {}",
                folder.join("ingested").display()
            ));
            continue;
        };
        let mut files = Vec::new();
        list_files(&folder.join("data").join("batch"), &mut files)?;
        files.sort();
        for path in files {
            let Some(part) = lake.run("").relative(&path) else { continue };
            if !named.contains(&part) && !recorded.contains(&part) {
                plan.parts.push(RemovedPart { part, bytes: size_on_disk(&path) });
            }
        }
    }
    Ok(())
}

/// Every part that a record below a folder names, wherever in the record it stands; `None` where one cannot be read.
fn parts_in_records(folder: &Path) -> Result<Option<BTreeSet<String>>, PipelineError> {
    let mut files = Vec::new();
    list_files(folder, &mut files)?;
    let mut parts = BTreeSet::new();
    for path in files.iter().filter(|path| path.extension().is_some_and(|extension| extension == "json")) {
        let text = fs::read_to_string(path).map_err(io_error("read", path))?;
        match serde_json::from_str::<Value>(&text) {
            Ok(record) => collect_parts(&record, &mut parts),
            Err(_) => return Ok(None),
        }
    }
    Ok(Some(parts))
}

fn collect_parts(value: &Value, parts: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            parts.extend(fields.get("part").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|value| collect_parts(value, parts));
        }
        Value::Array(values) => values.iter().for_each(|value| collect_parts(value, parts)),
        _ => {}
    }
}

fn list_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), PipelineError> {
    for name in names_in(folder)? {
        let path = folder.join(name);
        if path.is_dir() {
            list_files(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// The names in a folder, in their order; none where there is no such folder.
fn names_in(folder: &Path) -> Result<Vec<String>, PipelineError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(e) => return Err(io_error("list", folder)(e)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(io_error("list", folder))?;
        // The names of the lake are ours and plain; a name that is no UTF-8 is somebody else's file and stays.
        names.extend(entry.file_name().into_string());
    }
    names.sort();
    Ok(names)
}

fn remove_file(path: &Path) -> Result<(), PipelineError> {
    match fs::remove_file(path) {
        Err(e) if e.kind() != io::ErrorKind::NotFound => Err(io_error("remove", path)(e)),
        _ => Ok(()),
    }
}

/// Removes the dated folders of bronze that a removed part leaves empty.
fn remove_empty_parents(lake: &Lake, path: &Path) {
    let bronze = lake.root().join("bronze");
    for folder in path.ancestors().skip(1).take_while(|folder| *folder != bronze) {
        // A folder that is not empty refuses, and that ends it.
        if fs::remove_dir(folder).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests;
