//! JSON Lines → the stream: one order a line, checked, given an event id where there is none, put with retries.
//!
//! Order ids are the shop's and are never made up or used again: an order that is in the stream already is left out and
//! counted (so that publishing a file again, or after a kill, changes nothing), another order with the same id is
//! refused by name. Batches of different publishers exclude each other while they are compared and put.
//! Memory: one batch, and the ids of the stream's orders ([`PublishedOrders`]).

use std::{
    collections::{BTreeMap, HashMap},
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Read},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use uuid::Uuid;

use super::{
    event::{MAX_EVENT_BYTES, OrderEvent},
    published::{Known, PublishedOrders},
    transformer::{BadKind, BadRecord, transform_or_name},
    transport::{PutOutcome, PutRecord, StreamTransport},
};
use crate::error::{PipelineError, io_error};

/// Records of a batch, at most: what Kinesis takes in one call.
const BATCH_RECORDS: usize = 500;

/// Bytes of a batch, at most: Kinesis takes 5 MiB in one call, keys included.
const BATCH_BYTES: usize = 4 << 20;

/// Refused lines that a report shows.
const SHOWN: usize = 20;

/// The kind of a refused line whose order id belongs to another order.
const ORDER_ID_REUSED: &str = "order_id_reused";

/// How often a put is tried, and how long it waits in between: twice as long each time.
#[derive(Debug, Clone, Copy)]
pub struct Retry {
    /// Tries, the first included.
    pub attempts: u32,
    /// The first wait.
    pub first_wait: Duration,
}

impl Default for Retry {
    /// Six tries within about three seconds: longer than a throttled shard needs.
    fn default() -> Self {
        Self { attempts: 6, first_wait: Duration::from_millis(100) }
    }
}

/// A line that was not published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedLine {
    /// From 1.
    pub line: u64,
    /// A stable word.
    pub kind: &'static str,
    /// The value that is wrong and what would be right.
    pub reason: String,
}

/// What became of an input.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublishReport {
    /// Lines that are not blank.
    pub records: u64,
    /// Put into the stream.
    pub published: u64,
    /// In the stream before, the same order.
    pub already_published: u64,
    /// Refused, by kind.
    pub refused: BTreeMap<&'static str, u64>,
    /// The first refused lines.
    pub shown: Vec<RefusedLine>,
}

impl PublishReport {
    fn refuse(&mut self, line: u64, kind: &'static str, reason: String) {
        *self.refused.entry(kind).or_default() += 1;
        if self.shown.len() < SHOWN {
            self.shown.push(RefusedLine { line, kind, reason });
        }
    }
}

/// Publishes every line of an input. `state` is a folder for what the publisher knows of the stream.
pub fn publish(
    transport: &dyn StreamTransport,
    state: &Path,
    input: impl Read,
    retry: Retry,
) -> Result<PublishReport, PipelineError> {
    fs::create_dir_all(state).map_err(io_error("create", state))?;
    let stream_id = transport.id()?;
    let mut publisher = Publisher {
        transport,
        state: state.to_owned(),
        known: PublishedOrders::load(state, &stream_id),
        stream_id,
        retry,
        report: PublishReport::default(),
    };
    let mut input = BufReader::with_capacity(BATCH_BYTES, input);
    let mut batch = Batch::default();
    let mut line = Vec::new();
    let mut number = 0;
    while read_line(&mut input, &mut line)? {
        number += 1;
        let record = line.trim_ascii();
        if !record.is_empty() {
            publisher.report.records += 1;
            match transform_or_name(record, Some(&new_event_id)) {
                Ok(event) => batch.push(number, event),
                Err(BadRecord { kind, reason }) => publisher.report.refuse(number, kind.name(), reason),
            }
        }
        // An input that has nothing more for now may not go on for hours: what is here goes out.
        if batch.is_full() || input.buffer().is_empty() {
            publisher.put(std::mem::take(&mut batch))?;
        }
    }
    publisher.put(batch)?;
    Ok(publisher.report)
}

/// Sortable by time, so that a stream's events are.
fn new_event_id() -> String {
    Uuid::now_v7().to_string()
}

/// Reads a line, of a longer one than a record may be only so much as to see that; `false` at the end.
fn read_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> Result<bool, PipelineError> {
    let failed = || io_error("read", Path::new("the orders to publish"));
    line.clear();
    let limit = MAX_EVENT_BYTES as u64 + 2;
    input.by_ref().take(limit).read_until(b'\n', line).map_err(failed())?;
    if line.len() as u64 == limit && line.last() != Some(&b'\n') {
        input.skip_until(b'\n').map_err(failed())?;
    }
    Ok(!line.is_empty())
}

#[derive(Debug, Default)]
struct Batch {
    events: Vec<(u64, OrderEvent)>,
    bytes: usize,
}

impl Batch {
    fn push(&mut self, line: u64, event: OrderEvent) {
        // A line of an order is about 60 bytes of JSON, its head about 300.
        self.bytes += 300 + 60 * event.lines.len();
        self.events.push((line, event));
    }

    fn is_full(&self) -> bool {
        self.events.len() >= BATCH_RECORDS || self.bytes >= BATCH_BYTES
    }
}

struct Publisher<'a> {
    transport: &'a dyn StreamTransport,
    state: PathBuf,
    stream_id: String,
    known: PublishedOrders,
    retry: Retry,
    report: PublishReport,
}

impl Publisher<'_> {
    fn put(&mut self, batch: Batch) -> Result<(), PipelineError> {
        if batch.events.is_empty() {
            return Ok(());
        }
        let _lock = self.lock()?;
        if self.known.is_behind() {
            self.known = PublishedOrders::load(&self.state, &self.stream_id);
        }
        self.known.catch_up(self.transport)?;
        let mut records: Vec<PutRecord> = Vec::with_capacity(batch.events.len());
        let mut in_batch: HashMap<_, u64> = HashMap::new();
        for (line, event) in batch.events {
            let hash = event.content_hash();
            let known = match in_batch.get(&event.order_id) {
                Some(earlier) if *earlier == hash => Known::Same,
                Some(_) => Known::Other,
                None => self.known.known(&event),
            };
            match known {
                Known::Same => self.report.already_published += 1,
                Known::Other => {
                    let order = event.order_id;
                    let reason = format!(
                        "order_id {order} belongs to another order of this stream: give each order an id of its own"
                    );
                    self.report.refuse(line, ORDER_ID_REUSED, reason);
                }
                Known::New => {
                    let data = super::append::json(&self.state, &event)?;
                    if data.len() > MAX_EVENT_BYTES {
                        let reason =
                            format!("{} bytes as an event, at most {MAX_EVENT_BYTES} are taken", data.len());
                        self.report.refuse(line, BadKind::Oversized.name(), reason);
                        continue;
                    }
                    in_batch.insert(event.order_id, hash);
                    records.push(PutRecord { partition_key: event.user_id.to_string(), data });
                }
            }
        }
        let count = records.len() as u64;
        self.put_with_retries(records)?;
        self.report.published += count;
        Ok(())
    }

    /// Keeps other publishers of the same stream out until the batch is put.
    fn lock(&self) -> Result<File, PipelineError> {
        let path = self.state.join(".lock");
        let open = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
        let file = open.map_err(io_error("open", &path))?;
        file.lock().map_err(io_error("lock", &path))?;
        Ok(file)
    }

    fn put_with_retries(&self, mut records: Vec<PutRecord>) -> Result<(), PipelineError> {
        let mut wait = self.retry.first_wait;
        let mut attempt = 1;
        while !records.is_empty() {
            let failure = match self.transport.put(&records) {
                Ok(outcomes) => match self.keep_refused(&mut records, outcomes) {
                    Some(refusal) => refusal,
                    None => return Ok(()),
                },
                Err(error) if error.is_retryable() => error,
                Err(error) => return Err(error),
            };
            if attempt >= self.retry.attempts {
                return Err(failure);
            }
            thread::sleep(wait);
            wait *= 2;
            attempt += 1;
        }
        Ok(())
    }

    /// Leaves the records that are to be put again, with the first reason; `None` when all are stored.
    fn keep_refused(&self, records: &mut Vec<PutRecord>, outcomes: Vec<PutOutcome>) -> Option<PipelineError> {
        let mut first = None;
        let mut outcomes = outcomes.into_iter();
        records.retain(|_| match outcomes.next() {
            Some(PutOutcome::Stored(_)) => false,
            Some(PutOutcome::Refused(reason)) => {
                first.get_or_insert(reason);
                true
            }
            // A transport that says nothing of a record has not promised to keep it.
            None => true,
        });
        if records.is_empty() {
            return None;
        }
        let reason = first.unwrap_or_else(|| "no outcome was given".to_owned());
        let system = io::Error::new(io::ErrorKind::TimedOut, reason);
        Some(io_error("put records to stream", Path::new(&self.stream_id))(system))
    }
}

#[cfg(test)]
mod tests;
