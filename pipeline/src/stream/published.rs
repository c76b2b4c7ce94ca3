//! Which orders are in a stream already, so that no order id is used twice unnoticed.
//!
//! A fold over the stream's own records: order id → hash of the order's content, the first one counts. Kept in
//! `<folder>/orders.bin` (12 bytes an order) with the place up to which the stream was read, so that only new records
//! are read again; both files can be deleted at any time. Memory: about 24 bytes an order.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    fs,
    path::{Path, PathBuf},
};

use domain::ids::OrderId;
use serde::{Deserialize, Serialize};

use super::{
    append::{for_each_entry, json, write_at},
    event::OrderEvent,
    transformer::transform,
    transport::{SequenceNumber, StreamTransport},
};
use crate::{error::PipelineError, publish::write_atomically};

/// Records that are read at a time.
const READ_LIMIT: usize = 10_000;

/// The orders of one stream.
#[derive(Debug)]
pub struct PublishedOrders {
    folder: PathBuf,
    place: Place,
    orders: HashMap<OrderId, u64>,
}

/// How far the stream was read, and how much of `orders.bin` that is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    stream_id: String,
    shards: BTreeMap<String, SequenceNumber>,
    bytes: u64,
}

/// What is known of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Its id was not there; it is now.
    New,
    /// The same order is there.
    Same,
    /// Another order with its id is there.
    Other,
}

impl PublishedOrders {
    /// What was kept in a folder; nothing where it is of another stream or unreadable.
    pub fn load(folder: &Path, stream_id: &str) -> Self {
        let fresh = |stream_id: &str| Self {
            folder: folder.to_owned(),
            place: Place { stream_id: stream_id.to_owned(), ..Place::default() },
            orders: HashMap::new(),
        };
        let text = fs::read_to_string(folder.join("place.json")).unwrap_or_default();
        let place = serde_json::from_str::<Place>(&text).ok().filter(|place| place.stream_id == stream_id);
        let Some(place) = place else { return fresh(stream_id) };
        let mut kept = Self { place: place.clone(), ..fresh(stream_id) };
        let read = for_each_entry(&folder.join("orders.bin"), place.bytes, |entry: [u8; 12]| {
            let [a, b, c, d, hash @ ..] = entry;
            kept.orders.insert(OrderId(u32::from_le_bytes([a, b, c, d])), u64::from_le_bytes(hash));
        });
        // The stream itself has it all: a lost copy costs only time.
        if read.is_ok() { kept } else { fresh(stream_id) }
    }

    /// Whether another process has read further than this copy.
    pub fn is_behind(&self) -> bool {
        let text = fs::read_to_string(self.folder.join("place.json")).unwrap_or_default();
        serde_json::from_str::<Place>(&text).is_ok_and(|kept| kept != self.place)
    }

    /// Reads what is new in the stream and keeps it.
    pub fn catch_up(&mut self, transport: &dyn StreamTransport) -> Result<(), PipelineError> {
        let mut entries = Vec::new();
        let mut place = self.place.clone();
        for shard in transport.shards()? {
            loop {
                let records = transport.read(&shard, place.shards.get(&shard), READ_LIMIT)?;
                let Some(last) = records.last() else { break };
                place.shards.insert(shard.clone(), last.sequence.clone());
                for event in records.iter().filter_map(|record| transform(&record.data).ok()) {
                    let hash = event.content_hash();
                    if let Entry::Vacant(free) = self.orders.entry(event.order_id) {
                        free.insert(hash);
                        entries.extend(event.order_id.0.to_le_bytes());
                        entries.extend(hash.to_le_bytes());
                    }
                }
            }
        }
        if place == self.place {
            return Ok(());
        }
        write_at(&self.folder.join("orders.bin"), place.bytes, &entries)?;
        place.bytes += entries.len() as u64;
        let path = self.folder.join("place.json");
        write_atomically(&path, &String::from_utf8_lossy(&json(&path, &place)?))?;
        self.place = place;
        Ok(())
    }

    /// Whether the order of an event is there.
    pub fn known(&self, event: &OrderEvent) -> Known {
        match self.orders.get(&event.order_id) {
            None => Known::New,
            Some(hash) if *hash == event.content_hash() => Known::Same,
            Some(_) => Known::Other,
        }
    }
}
