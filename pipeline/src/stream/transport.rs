//! The seam between the stream and those who write and read it: records in shards, each with its sequence number.
//!
//! The words are those of Kinesis, which fits behind it: `put` = PutRecords with an outcome a record, `read` =
//! GetRecords after a sequence number of one shard. [`LocalStream`](super::local::LocalStream) is a folder.
//! Delivery is at least once: a `put` that failed may have stored some of its records, and is repeated.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::PipelineError;

/// The place of a record in its shard. Only its transport knows how two of them compare.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SequenceNumber(pub String);

impl fmt::Display for SequenceNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What is put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutRecord {
    /// Records of one key stay in one shard, in the order in which they were put.
    pub partition_key: String,
    /// The record.
    pub data: Vec<u8>,
}

/// What became of one record of a `put`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutOutcome {
    /// It is in the stream.
    Stored(SequenceNumber),
    /// It is not, and may be put again, with the reason.
    Refused(String),
}

/// What is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamRecord {
    /// Its shard.
    pub shard: String,
    /// Its place in the shard.
    pub sequence: SequenceNumber,
    /// When the stream took it, milliseconds since 1970, UTC. Never changes.
    pub arrived_at_ms: i64,
    /// As it was put.
    pub partition_key: String,
    /// As it was put.
    pub data: Vec<u8>,
}

/// A stream of records.
pub trait StreamTransport: Send + Sync {
    /// Tells this stream from every other one, also from an earlier one of the same name.
    fn id(&self) -> Result<String, PipelineError>;

    /// The shards that there are now.
    fn shards(&self) -> Result<Vec<String>, PipelineError>;

    /// Puts records; the outcomes stand in their order. An error means that nobody knows which were stored.
    fn put(&self, records: &[PutRecord]) -> Result<Vec<PutOutcome>, PipelineError>;

    /// At most `limit` records of a shard behind `after`, or from its beginning, in their order. None = no more for now.
    fn read(
        &self,
        shard: &str,
        after: Option<&SequenceNumber>,
        limit: usize,
    ) -> Result<Vec<StreamRecord>, PipelineError>;
}
