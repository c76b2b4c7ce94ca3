//! The stream → bronze: each event once, bad records with their reason, then the checkpoint moves.
//!
//! Layout, by the minute (UTC) in which the stream took the record:
//! `data/streaming/orders/year=…/month=…/day=…/hhmm=…/orders_<sequence>.jsonl`, one event a line, and
//! `data/streaming/orders_error/<kind>/year=…/…/orders_<sequence>.jsonl`, one bad record a line as it was received.
//! Where a record goes depends on the record alone, never on a clock here: whoever reads it again after a kill finds
//! what is there already. Of two events with one id the first lands. Two events with the same order id both land: what
//! is wrong with that is said by silver, whose rule keeps the lowest (part, line).
//! Memory: one batch of records.

use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use domain::lake::Lake;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::{
    StreamPaths,
    append::{json, read_json_lines},
    event::{OrderEvent, event_key},
    ledger::{self, Ledger, json_lines_files},
    transformer::{BadRecord, transform},
    transport::{StreamRecord, StreamTransport},
};
use crate::{
    error::{PipelineError, io_error},
    publish::write_atomically,
};

/// Records that are read, checked and written at a time.
const BATCH_RECORDS: usize = 10_000;

/// What a landing did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LandReport {
    /// Records read.
    pub records: u64,
    /// Events that landed.
    pub landed: u64,
    /// Records with an event that had landed before.
    pub duplicate_events: u64,
    /// Records that are no event, by kind.
    pub bad_records: BTreeMap<String, u64>,
    /// Files of events written.
    pub files: u64,
}

/// A line of `orders_error`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorRecord {
    /// What is wrong, as the folder says it.
    pub kind: String,
    /// The value that is wrong and what would be right.
    pub reason: String,
    /// The stream.
    pub stream: String,
    /// The record's shard.
    pub shard: String,
    /// The record's place in it.
    pub sequence: String,
    /// The record as received, where it is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<String>,
    /// The record as received, hex, where it is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw_hex: Option<String>,
}

/// Lands everything that is new in a stream, in the bronze layer of a source.
pub fn land(transport: &dyn StreamTransport, lake: &Lake, source: &str) -> Result<LandReport, PipelineError> {
    let paths = StreamPaths::new(lake, source)?;
    let stream = transport.id()?;
    let mut landing = Landing { ledger: Ledger::open(&paths)?, paths, stream, report: LandReport::default() };
    for shard in transport.shards()? {
        loop {
            let shards = landing.ledger.checkpoint.streams.get(&landing.stream);
            let after = shards.and_then(|shards| shards.get(&shard)).cloned();
            let records = transport.read(&shard, after.as_ref(), BATCH_RECORDS)?;
            let Some(last) = records.last() else { break };
            landing.take(&records)?;
            landing.ledger.advance(&landing.stream, &shard, &last.sequence)?;
        }
    }
    Ok(landing.report)
}

/// Counts the records of a stream that have not been read for a source yet. Reads them all.
pub fn count_waiting(
    transport: &dyn StreamTransport,
    lake: &Lake,
    source: &str,
) -> Result<u64, PipelineError> {
    let checkpoint = ledger::checkpoint(lake, source)?;
    let shards = checkpoint.streams.get(&transport.id()?);
    let mut waiting = 0;
    for shard in transport.shards()? {
        let mut after = shards.and_then(|shards| shards.get(&shard)).cloned();
        loop {
            let records = transport.read(&shard, after.as_ref(), BATCH_RECORDS)?;
            let Some(last) = records.last() else { break };
            waiting += records.len() as u64;
            after = Some(last.sequence.clone());
        }
    }
    Ok(waiting)
}

struct Landing {
    ledger: Ledger,
    paths: StreamPaths,
    stream: String,
    report: LandReport,
}

/// Records that go to one file, by the folder of their minute.
type ByFolder<T> = BTreeMap<PathBuf, Vec<T>>;

impl Landing {
    fn take(&mut self, records: &[StreamRecord]) -> Result<(), PipelineError> {
        let mut events: ByFolder<(&StreamRecord, OrderEvent)> = BTreeMap::new();
        let mut bad: ByFolder<(&StreamRecord, BadRecord)> = BTreeMap::new();
        for record in records {
            let minute = minute_folder(record.arrived_at_ms)?;
            match transform(&record.data) {
                Ok(event) => {
                    events.entry(self.paths.orders().join(minute)).or_default().push((record, event))
                }
                Err(fault) => {
                    let kind = fault.kind.name().to_owned();
                    *self.report.bad_records.entry(kind.clone()).or_default() += 1;
                    *self.ledger.checkpoint.bad_records.entry(kind).or_default() += 1;
                    let folder = self.paths.errors(fault.kind.name()).join(minute);
                    bad.entry(folder).or_default().push((record, fault));
                }
            }
        }
        self.report.records += records.len() as u64;
        self.land_events(events)?;
        for (folder, records) in bad {
            self.keep_bad(&folder, records)?;
        }
        Ok(())
    }

    fn land_events(&mut self, events: ByFolder<(&StreamRecord, OrderEvent)>) -> Result<(), PipelineError> {
        for folder in events.keys() {
            self.ledger.adopt(folder)?;
        }
        let keys = events.values().flatten().map(|(_, event)| event_key(&event.event_id)).collect();
        let mut seen = self.ledger.landed(&keys)?;
        for (folder, events) in events {
            let before = events.len();
            let new: Vec<_> =
                events.into_iter().filter(|(_, event)| seen.insert(event_key(&event.event_id))).collect();
            self.count_duplicates((before - new.len()) as u64);
            let Some((first, _)) = new.first() else { continue };
            let file = free_name(&folder, first)?;
            let mut text = Vec::new();
            for (_, event) in &new {
                text.extend(json(&file, event)?);
                text.push(b'\n');
            }
            write_new(&file, &text)?;
            let keys: Vec<u128> = new.iter().map(|(_, event)| event_key(&event.event_id)).collect();
            self.ledger.add(&file, &keys)?;
            self.report.landed += keys.len() as u64;
            self.report.files += 1;
        }
        Ok(())
    }

    fn count_duplicates(&mut self, duplicates: u64) {
        self.report.duplicate_events += duplicates;
        self.ledger.checkpoint.duplicate_events += duplicates;
    }

    /// Writes the bad records of one kind and minute that are not there yet.
    fn keep_bad(&self, folder: &Path, records: Vec<(&StreamRecord, BadRecord)>) -> Result<(), PipelineError> {
        let mut kept = HashSet::new();
        for file in json_lines_files(folder)? {
            for error in read_json_lines::<ErrorRecord>(&file)? {
                kept.insert((error.stream, error.shard, error.sequence));
            }
        }
        let is_new = |record: &StreamRecord| {
            !kept.contains(&(self.stream.clone(), record.shard.clone(), record.sequence.0.clone()))
        };
        let new: Vec<_> = records.into_iter().filter(|(record, _)| is_new(record)).collect();
        let Some((first, _)) = new.first() else { return Ok(()) };
        let file = free_name(folder, first)?;
        let mut text = Vec::new();
        for (record, fault) in &new {
            let raw = str::from_utf8(&record.data).ok().map(str::to_owned);
            let error = ErrorRecord {
                kind: fault.kind.name().to_owned(),
                reason: fault.reason.clone(),
                stream: self.stream.clone(),
                shard: record.shard.clone(),
                sequence: record.sequence.0.clone(),
                raw_hex: raw.is_none().then(|| hex::encode(&record.data)),
                raw,
            };
            text.extend(json(&file, &error)?);
            text.push(b'\n');
        }
        write_new(&file, &text)
    }
}

/// `year=…/month=…/day=…/hhmm=…` of a record's arrival.
fn minute_folder(arrived_at_ms: i64) -> Result<String, PipelineError> {
    let arrived = OffsetDateTime::from_unix_timestamp(arrived_at_ms.div_euclid(1_000)).map_err(|e| {
        let reason = format!("a record arrived at {arrived_at_ms} ms, which is no time: {e}");
        PipelineError::UnreadableFile { path: PathBuf::from("the stream"), reason }
    })?;
    Ok(format!(
        "year={:04}/month={:02}/day={:02}/hhmm={:02}{:02}",
        arrived.year(),
        u8::from(arrived.month()),
        arrived.day(),
        arrived.hour(),
        arrived.minute()
    ))
}

/// The name of a file by its first record. Two streams of one source may count alike: the later gets a suffix.
fn free_name(folder: &Path, first: &StreamRecord) -> Result<PathBuf, PipelineError> {
    let plain: String = first.sequence.0.chars().filter(char::is_ascii_alphanumeric).collect();
    let mut path = folder.join(format!("orders_{plain}.jsonl"));
    let mut suffix = 2;
    while path.try_exists().map_err(io_error("read", &path))? {
        path = folder.join(format!("orders_{plain}_{suffix}.jsonl"));
        suffix += 1;
    }
    Ok(path)
}

fn write_new(path: &Path, text: &[u8]) -> Result<(), PipelineError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(io_error("create", folder))?;
    }
    // Our own JSON is UTF-8.
    write_atomically(path, &String::from_utf8_lossy(text))
}

#[cfg(test)]
mod tests;
