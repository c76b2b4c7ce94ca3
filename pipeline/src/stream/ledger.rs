//! What landed in bronze: the files, the ids of their events, and how far each stream was read.
//!
//! ```text
//! landed/files.jsonl        a line a landed file, in the order of landing; what is not there has not landed
//! landed/event_ids.bin      16 bytes a landed event (the hash of its id); as long as the last line of files.jsonl says
//! landed/checkpoint.json    by stream and shard, the last record read; counts of what was left out
//! ```
//! A file lands in three steps: it is renamed into its place, its ids are appended, its line is appended. The checkpoint
//! moves last. Killed in between, the batch is read again: `Ledger::adopt` takes in files that lack their line, and
//! the ids keep everything else from landing twice.
//! Memory: the list of files. The ids are scanned on disk, 16 bytes an event and batch, so that they may grow.

use std::{
    collections::{BTreeMap, HashSet},
    fs::{self, File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
};

use domain::lake::Lake;
use serde::{Deserialize, Serialize};

use super::{
    StreamPaths,
    append::{WholeLines, append_json_line, damaged, for_each_entry, json, read_json_lines, write_at},
    event::{OrderEvent, event_key},
    transport::SequenceNumber,
};
use crate::{
    error::{PipelineError, io_error},
    publish::write_atomically,
    table_writer::hash_files,
};

/// Bytes of an entry of `event_ids.bin`.
const KEY_BYTES: u64 = 16;

/// A file of landed events. It never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LandedFile {
    /// From the lake's root.
    pub path: String,
    /// Events in it.
    pub events: u64,
    /// Over its bytes, hex.
    pub sha256: String,
    /// Bytes of `event_ids.bin` with the ids of this file and those before it.
    ids_bytes: u64,
}

/// How far the streams of a source were read, and what became of their records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// By stream, by shard: the last record read.
    pub streams: BTreeMap<String, BTreeMap<String, SequenceNumber>>,
    /// Records that carried an event that had landed before; after a kill, those that are read again too.
    pub duplicate_events: u64,
    /// Records that are no event, by kind.
    pub bad_records: BTreeMap<String, u64>,
}

/// The landed files of a source in the order of landing.
pub fn landed_files(lake: &Lake, source: &str) -> Result<Vec<LandedFile>, PipelineError> {
    landed_below(&StreamPaths::new(lake, source)?)
}

/// How far a source has read its streams; nothing where it never did.
pub fn checkpoint(lake: &Lake, source: &str) -> Result<Checkpoint, PipelineError> {
    read_checkpoint(&StreamPaths::new(lake, source)?)
}

pub(super) fn landed_below(paths: &StreamPaths) -> Result<Vec<LandedFile>, PipelineError> {
    let path = paths.state("files.jsonl");
    if !path.exists() && !files_on_disk(paths)?.is_empty() {
        // A lost list must not pass for "nothing landed"; the next landing makes it anew.
        let reason = "the list of landed files is gone: `insightflow stream land` makes it anew".to_owned();
        return Err(PipelineError::UnreadableFile { path, reason });
    }
    read_json_lines(&path)
}

fn read_checkpoint(paths: &StreamPaths) -> Result<Checkpoint, PipelineError> {
    let path = paths.state("checkpoint.json");
    if !path.exists() {
        return Ok(Checkpoint::default());
    }
    let text = fs::read_to_string(&path).map_err(io_error("read", &path))?;
    serde_json::from_str(&text).map_err(|e| damaged(&path, 1, &e))
}

/// The bookkeeping of one source, held while records land.
#[derive(Debug)]
pub(super) struct Ledger {
    paths: StreamPaths,
    listed: HashSet<String>,
    ids_bytes: u64,
    pub(super) checkpoint: Checkpoint,
    _lock: File,
}

impl Ledger {
    /// Takes the bookkeeping of a source or says that somebody else has it.
    pub(super) fn open(paths: &StreamPaths) -> Result<Self, PipelineError> {
        let lock = lock(paths)?;
        let list = paths.state("files.jsonl");
        let ids = paths.state("event_ids.bin");
        let mut files = if list.exists() { landed_below(paths)? } else { Vec::new() };
        let mut ids_bytes = files.last().map_or(0, |file| file.ids_bytes);
        let ids_on_disk = fs::metadata(&ids).map_or(0, |file| file.len());
        if ids_on_disk < ids_bytes && list.exists() {
            fs::remove_file(&list).map_err(io_error("remove", &list))?;
            files.clear();
            ids_bytes = 0;
        }
        let mut ledger = Self {
            paths: paths.clone(),
            listed: files.into_iter().map(|file| file.path).collect(),
            ids_bytes,
            checkpoint: read_checkpoint(paths)?,
            _lock: lock,
        };
        if !list.exists() {
            for file in files_on_disk(paths)? {
                ledger.adopt_file(&file)?;
            }
        }
        Ok(ledger)
    }

    /// Takes in the files of a folder that landed and lack their line.
    pub(super) fn adopt(&mut self, folder: &Path) -> Result<(), PipelineError> {
        for file in json_lines_files(folder)? {
            self.adopt_file(&file)?;
        }
        Ok(())
    }

    fn adopt_file(&mut self, file: &Path) -> Result<(), PipelineError> {
        if self.listed.contains(&self.paths.relative(file)?) {
            return Ok(());
        }
        let mut keys = Vec::new();
        for_each_event(file, |event| {
            keys.push(event_key(&event.event_id));
            Ok(())
        })?;
        self.add(file, &keys)
    }

    /// Which of these events landed before.
    pub(super) fn landed(&self, keys: &HashSet<u128>) -> Result<HashSet<u128>, PipelineError> {
        let mut found = HashSet::new();
        for_each_entry(&self.paths.state("event_ids.bin"), self.ids_bytes, |entry| {
            let key = u128::from_le_bytes(entry);
            if keys.contains(&key) {
                found.insert(key);
            }
        })?;
        Ok(found)
    }

    /// Writes down that a file landed with those events.
    pub(super) fn add(&mut self, file: &Path, keys: &[u128]) -> Result<(), PipelineError> {
        let entries: Vec<u8> = keys.iter().flat_map(|key| key.to_le_bytes()).collect();
        write_at(&self.paths.state("event_ids.bin"), self.ids_bytes, &entries)?;
        let ids_bytes = self.ids_bytes + KEY_BYTES * keys.len() as u64;
        let landed = LandedFile {
            path: self.paths.relative(file)?,
            events: keys.len() as u64,
            sha256: hash_files(file)?.sha256,
            ids_bytes,
        };
        append_json_line(&self.paths.state("files.jsonl"), &landed)?;
        self.listed.insert(landed.path);
        self.ids_bytes = ids_bytes;
        Ok(())
    }

    /// Writes down how far a shard was read.
    pub(super) fn advance(
        &mut self,
        stream: &str,
        shard: &str,
        sequence: &SequenceNumber,
    ) -> Result<(), PipelineError> {
        let shards = self.checkpoint.streams.entry(stream.to_owned()).or_default();
        shards.insert(shard.to_owned(), sequence.clone());
        let path = self.paths.state("checkpoint.json");
        write_atomically(&path, &String::from_utf8_lossy(&json(&path, &self.checkpoint)?))
    }
}

/// Reads the events of a landed file in their order.
pub(super) fn for_each_event(
    file: &Path,
    mut each: impl FnMut(OrderEvent) -> Result<(), PipelineError>,
) -> Result<(), PipelineError> {
    let mut lines = WholeLines::open(file)?;
    let mut line = Vec::new();
    let mut number = 0;
    while lines.read(&mut line).map_err(io_error("read", file))? {
        number += 1;
        each(serde_json::from_slice(&line).map_err(|e| damaged(file, number, &e))?)?;
    }
    Ok(())
}

fn lock(paths: &StreamPaths) -> Result<File, PipelineError> {
    let path = paths.state(".lock");
    let folder = paths.state("");
    fs::create_dir_all(&folder).map_err(io_error("create", &folder))?;
    let open = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let file = open.map_err(io_error("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(PipelineError::LakeBusy { lake: folder, holder: "another landing".to_owned() })
        }
        Err(TryLockError::Error(e)) => Err(io_error("lock", &path)(e)),
    }
}

/// Every landed file, by time of arrival.
fn files_on_disk(paths: &StreamPaths) -> Result<Vec<PathBuf>, PipelineError> {
    let mut files = Vec::new();
    let mut folders = vec![paths.orders()];
    while let Some(folder) = folders.pop() {
        files.extend(json_lines_files(&folder)?);
        folders.extend(entries(&folder)?.into_iter().filter(|path| path.is_dir()));
    }
    files.sort();
    Ok(files)
}

/// The finished files of one folder in name order; none where there is no folder.
pub(super) fn json_lines_files(folder: &Path) -> Result<Vec<PathBuf>, PipelineError> {
    let is_finished = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("orders_") && name.ends_with(".jsonl")
    };
    let mut files: Vec<PathBuf> = entries(folder)?.into_iter().filter(is_finished).collect();
    files.sort();
    Ok(files)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, PipelineError> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let listed = fs::read_dir(folder).map_err(io_error("list", folder))?;
    listed.map(|entry| entry.map(|entry| entry.path()).map_err(io_error("list", folder))).collect()
}
