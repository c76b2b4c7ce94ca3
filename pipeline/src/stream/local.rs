//! A stream in a local folder: one shard of JSON Lines segments that only grow.
//!
//! ```text
//! <stream>/stream.json                               its id
//! <stream>/segments/00000000000000000001.jsonl       called by the sequence number of its first record
//! <stream>/.lock                                     held while records are put
//! ```
//! The sequence number of a record is that of the segment plus its line. Writers exclude each other; readers take no
//! lock. A writer that is killed leaves a cut last line at worst: readers stop before it, the next writer takes it off.
//! Whole lines are never taken off again, because somebody may have read them. Memory: the records of one call.

use std::{
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    append::{WholeLines, append_lines, damaged, json},
    transport::{PutOutcome, PutRecord, SequenceNumber, StreamRecord, StreamTransport},
};
use crate::{
    error::{PipelineError, io_error},
    publish::write_atomically,
};

/// A segment that has grown to this is followed by a new one. Every `put` counts the lines of the last segment, a few
/// milliseconds at this size.
const SEGMENT_BYTES: u64 = 8 << 20;

/// Bytes of records that one `read` gives before it stops: as much as Kinesis gives.
const READ_BYTES: usize = 10 << 20;

/// The one shard.
const SHARD: &str = "local-0";

/// A stream in a folder.
#[derive(Debug, Clone)]
pub struct LocalStream {
    folder: PathBuf,
    segment_bytes: u64,
}

/// `stream.json`.
#[derive(Debug, Serialize, Deserialize)]
struct Identity {
    stream_id: String,
}

/// A line of a segment.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    sequence: u64,
    arrived_at_ms: i64,
    partition_key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data: Option<String>,
    /// In place of `data`, where the record is no UTF-8 text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    data_hex: Option<String>,
}

/// What a stream holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamSize {
    /// Records.
    pub records: u64,
    /// Segment files.
    pub segments: usize,
    /// Bytes of all segments.
    pub bytes: u64,
}

impl LocalStream {
    /// Opens the stream in a folder, or makes one there.
    pub fn create(folder: &Path) -> Result<Self, PipelineError> {
        let stream = Self { folder: folder.to_owned(), segment_bytes: SEGMENT_BYTES };
        fs::create_dir_all(stream.segments_folder()).map_err(io_error("create", folder))?;
        let _lock = stream.lock()?;
        if !stream.identity_path().exists() {
            let identity = Identity { stream_id: Uuid::now_v7().to_string() };
            let text = json(&stream.identity_path(), &identity)?;
            write_atomically(&stream.identity_path(), &String::from_utf8_lossy(&text))?;
        }
        Ok(stream)
    }

    /// Opens the stream in a folder.
    pub fn open(folder: &Path) -> Result<Self, PipelineError> {
        let stream = Self { folder: folder.to_owned(), segment_bytes: SEGMENT_BYTES };
        if !stream.identity_path().is_file() {
            return Err(PipelineError::NoStream(folder.to_owned()));
        }
        Ok(stream)
    }

    /// Where the stream lies.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Counts what is there.
    pub fn size(&self) -> Result<StreamSize, PipelineError> {
        let segments = self.segments()?;
        let mut size = StreamSize { records: 0, segments: segments.len(), bytes: 0 };
        for segment in &segments {
            size.records += count_lines(&segment.path)?;
            size.bytes += fs::metadata(&segment.path).map_err(io_error("read", &segment.path))?.len();
        }
        Ok(size)
    }

    #[cfg(test)]
    pub(super) fn with_segment_bytes(mut self, bytes: u64) -> Self {
        self.segment_bytes = bytes;
        self
    }

    fn identity_path(&self) -> PathBuf {
        self.folder.join("stream.json")
    }

    fn segments_folder(&self) -> PathBuf {
        self.folder.join("segments")
    }

    /// Waits for its turn; the system releases a dead writer's lock.
    fn lock(&self) -> Result<File, PipelineError> {
        let path = self.folder.join(".lock");
        let open = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = open.map_err(io_error("open", &path))?;
        file.lock().map_err(io_error("lock", &path))?;
        Ok(file)
    }

    /// The segments in their order.
    fn segments(&self) -> Result<Vec<Segment>, PipelineError> {
        let folder = self.segments_folder();
        let mut segments = Vec::new();
        for entry in fs::read_dir(&folder).map_err(io_error("list", &folder))? {
            let path = entry.map_err(io_error("list", &folder))?.path();
            let first = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.parse().ok());
            if let Some(first) = first.filter(|_| path.extension().is_some_and(|end| end == "jsonl")) {
                segments.push(Segment { first, path });
            }
        }
        segments.sort_by_key(|segment| segment.first);
        Ok(segments)
    }

    fn segment(&self, first: u64) -> Segment {
        Segment { first, path: self.segments_folder().join(format!("{first:020}.jsonl")) }
    }
}

impl StreamTransport for LocalStream {
    fn id(&self) -> Result<String, PipelineError> {
        let path = self.identity_path();
        let text = fs::read_to_string(&path).map_err(io_error("read", &path))?;
        let identity: Identity = serde_json::from_str(&text).map_err(|e| damaged(&path, 1, &e))?;
        Ok(identity.stream_id)
    }

    fn shards(&self) -> Result<Vec<String>, PipelineError> {
        Ok(vec![SHARD.to_owned()])
    }

    fn put(&self, records: &[PutRecord]) -> Result<Vec<PutOutcome>, PipelineError> {
        let _lock = self.lock()?;
        let mut segment = self.segments()?.pop().unwrap_or_else(|| self.segment(1));
        let next = segment.first + count_lines(&segment.path)?;
        let bytes = fs::metadata(&segment.path).map_or(0, |file| file.len());
        if bytes >= self.segment_bytes && next > segment.first {
            segment = self.segment(next);
        }
        let arrived_at_ms = now_ms();
        let mut lines = Vec::new();
        let mut outcomes = Vec::with_capacity(records.len());
        for (sequence, record) in (next..).zip(records) {
            let text = str::from_utf8(&record.data).ok();
            let line = Line {
                sequence,
                arrived_at_ms,
                partition_key: record.partition_key.clone(),
                data: text.map(str::to_owned),
                data_hex: text.is_none().then(|| hex::encode(&record.data)),
            };
            lines.extend(json(&segment.path, &line)?);
            lines.push(b'\n');
            outcomes.push(PutOutcome::Stored(number(sequence)));
        }
        append_lines(&segment.path, &lines)?;
        Ok(outcomes)
    }

    fn read(
        &self,
        shard: &str,
        after: Option<&SequenceNumber>,
        limit: usize,
    ) -> Result<Vec<StreamRecord>, PipelineError> {
        let unreadable = |reason: String| PipelineError::UnreadableFile { path: self.folder.clone(), reason };
        let next = match after {
            Some(SequenceNumber(text)) => match text.parse::<u64>() {
                Ok(sequence) => Some(sequence + 1),
                Err(_) => {
                    return Err(unreadable(format!("{text:?} is no sequence number of a local stream")));
                }
            },
            None => None,
        };
        if shard != SHARD || limit == 0 {
            return Ok(Vec::new());
        }
        let segments = self.segments()?;
        let oldest = segments.first().map_or(1, |segment| segment.first);
        let next = next.unwrap_or(oldest);
        let lost = |last: u64| {
            let reason = format!(
                "record {} was read already, and it holds {oldest} to {last}: restore its segments, or begin another \
                 stream",
                next - 1
            );
            unreadable(reason)
        };
        if oldest > next {
            return Err(lost(segments.last().map_or(0, |segment| segment.first)));
        }
        let mut records = Vec::new();
        let mut bytes = 0;
        let start =
            segments.iter().rfind(|segment| segment.first <= next).map_or(oldest, |segment| segment.first);
        let mut expected = start;
        for segment in segments.iter().filter(|segment| segment.first >= start) {
            if segment.first != expected {
                let missing =
                    format!("records {expected} to {} are missing: restore its segments", segment.first - 1);
                return Err(unreadable(missing));
            }
            let mut lines = WholeLines::open(&segment.path)?;
            let mut line = Vec::new();
            while lines.read(&mut line).map_err(io_error("read", &segment.path))? {
                if expected >= next {
                    bytes += line.len();
                    records.push(record_of_line(segment, expected, &line)?);
                }
                expected += 1;
                if records.len() == limit || bytes > READ_BYTES {
                    return Ok(records);
                }
            }
        }
        if expected < next {
            return Err(lost(expected.saturating_sub(1)));
        }
        Ok(records)
    }
}

#[derive(Debug)]
struct Segment {
    /// The sequence number of its first line.
    first: u64,
    path: PathBuf,
}

fn record_of_line(segment: &Segment, expected: u64, line: &[u8]) -> Result<StreamRecord, PipelineError> {
    let at = expected - segment.first + 1;
    let line: Line = serde_json::from_slice(line).map_err(|e| damaged(&segment.path, at, &e))?;
    if line.sequence != expected {
        let what = format!("sequence number {}, expected {expected}", line.sequence);
        return Err(damaged(&segment.path, at, &what));
    }
    let data = match (line.data, line.data_hex) {
        (Some(text), _) => text.into_bytes(),
        (None, Some(text)) => hex::decode(text).map_err(|e| damaged(&segment.path, at, &e))?,
        (None, None) => return Err(damaged(&segment.path, at, &"no data")),
    };
    Ok(StreamRecord {
        shard: SHARD.to_owned(),
        sequence: number(expected),
        arrived_at_ms: line.arrived_at_ms,
        partition_key: line.partition_key,
        data,
    })
}

/// Zero-padded, so that names sort as numbers do.
fn number(sequence: u64) -> SequenceNumber {
    SequenceNumber(format!("{sequence:020}"))
}

fn count_lines(path: &Path) -> Result<u64, PipelineError> {
    let mut lines = WholeLines::open(path)?;
    let mut line = Vec::new();
    let mut count = 0;
    while lines.read(&mut line).map_err(io_error("read", path))? {
        count += 1;
    }
    Ok(count)
}

fn now_ms() -> i64 {
    i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
