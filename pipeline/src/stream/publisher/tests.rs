//! What goes out once, what is refused, and a stream that is busy.

use std::sync::Mutex;

use serde_json::{Value, json};

use super::*;
use crate::stream::{
    local::LocalStream,
    tests::{event, order},
    transformer::transform,
    transport::{SequenceNumber, StreamRecord},
};

const AT_ONCE: Retry = Retry { attempts: 3, first_wait: Duration::ZERO };

fn lines(orders: &[Value]) -> String {
    orders.iter().map(|order| format!("{order}\n")).collect()
}

struct Shop {
    folder: tempfile::TempDir,
    stream: LocalStream,
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stream = LocalStream::create(&folder.path().join("stream")).unwrap();
        Self { folder, stream }
    }

    fn publish(&self, input: &str) -> PublishReport {
        publish(&self.stream, &self.folder.path().join("state"), input.as_bytes(), AT_ONCE).unwrap()
    }

    fn events(&self) -> Vec<OrderEvent> {
        let records = self.stream.read("local-0", None, 10_000).unwrap();
        records.iter().map(|record| transform(&record.data).unwrap()).collect()
    }
}

#[test]
fn an_order_without_an_event_id_gets_one_that_sorts_by_time() {
    let shop = Shop::new();
    let report = shop.publish(&lines(&[order(1, 7, 1), order(2, 8, 1)]));
    assert_eq!((report.records, report.published), (2, 2));
    let events = shop.events();
    for event in &events {
        assert_eq!(Uuid::parse_str(&event.event_id).unwrap().get_version_num(), 7);
    }
    assert_ne!(events[0].event_id, events[1].event_id);
    let given = shop.publish(&lines(&[event("mine", 3)]));
    assert_eq!(given.published, 1);
    assert_eq!(shop.events()[2].event_id, "mine");
}

#[test]
fn publishing_twice_is_publishing_once() {
    let shop = Shop::new();
    let input = lines(&[order(1, 7, 1), event("mine", 2), order(1, 7, 1)]);
    let first = shop.publish(&input);
    assert_eq!((first.published, first.already_published), (2, 1));
    let second = shop.publish(&input);
    assert_eq!((second.published, second.already_published), (0, 3));
    fs::remove_dir_all(shop.folder.path().join("state")).unwrap();
    assert_eq!(shop.publish(&input).published, 0, "the stream itself knows, with or without the copy");
    assert_eq!(shop.events().len(), 2);
}

/// The first build counted its order ids from 1,000,000 on every call.
#[test]
fn order_ids_are_not_reused_silently() {
    let shop = Shop::new();
    shop.publish(&lines(&[order(1_000_000, 7, 1)]));
    let report =
        shop.publish(&lines(&[order(1_000_000, 8, 1), order(1_000_001, 8, 1), order(1_000_001, 9, 1)]));
    assert_eq!(report.published, 1);
    assert_eq!(report.refused, BTreeMap::from([("order_id_reused", 2)]));
    assert_eq!(report.shown.iter().map(|line| line.line).collect::<Vec<_>>(), [1, 3]);
    assert!(report.shown[0].reason.contains("1000000 belongs to another order"), "{:?}", report.shown);
    let users: Vec<u32> = shop.events().iter().map(|event| event.user_id.0).collect();
    assert_eq!(users, [7, 8]);
}

#[test]
fn bad_lines_are_refused_with_their_number_and_the_others_go_out() {
    let shop = Shop::new();
    let mut late = order(5, 7, 1);
    late["order_hour_of_day"] = json!(24);
    let long = "x".repeat(MAX_EVENT_BYTES + 10);
    let input = format!("{}\n\nnot json\n{late}\n{long}\n{}", order(1, 7, 1), order(2, 7, 2));
    let report = shop.publish(&input);
    assert_eq!((report.records, report.published), (5, 2));
    let refused: Vec<_> = report.shown.iter().map(|line| (line.line, line.kind)).collect();
    assert_eq!(refused, [(3, "not_json"), (4, "out_of_range"), (5, "oversized")]);
}

#[test]
fn a_long_input_goes_out_in_batches_of_the_size_that_streams_take() {
    let shop = Shop::new();
    let orders: Vec<Value> = (1..=1_234).map(|id| order(id, id, 1)).collect();
    let counted =
        Busy { inner: shop.stream.clone(), script: Mutex::new(Vec::new()), puts: Mutex::new(Vec::new()) };
    let state = shop.folder.path().join("state");
    let report = publish(&counted, &state, lines(&orders).as_bytes(), AT_ONCE).unwrap();
    assert_eq!(report.published, 1_234);
    assert_eq!(*counted.puts.lock().unwrap(), [500, 500, 234]);
    let ids: Vec<u32> = shop.events().iter().map(|event| event.order_id.0).collect();
    assert_eq!(ids, (1..=1_234).collect::<Vec<_>>());
}

/// A stream that answers by a script, and then as the one behind it.
struct Busy {
    inner: LocalStream,
    script: Mutex<Vec<Answer>>,
    puts: Mutex<Vec<usize>>,
}

enum Answer {
    /// Stores the first so many and refuses the others.
    Stores(usize),
    /// Stores everything and does not say so.
    StoresInSilence,
    /// Fails for good.
    Fails,
}

impl StreamTransport for Busy {
    fn id(&self) -> Result<String, PipelineError> {
        self.inner.id()
    }

    fn shards(&self) -> Result<Vec<String>, PipelineError> {
        self.inner.shards()
    }

    fn put(&self, records: &[PutRecord]) -> Result<Vec<PutOutcome>, PipelineError> {
        self.puts.lock().unwrap().push(records.len());
        let failed = |kind: io::ErrorKind| io_error("put", Path::new("stream"))(kind.into());
        match self.script.lock().unwrap().pop() {
            None => self.inner.put(records),
            Some(Answer::Fails) => Err(failed(io::ErrorKind::PermissionDenied)),
            Some(Answer::StoresInSilence) => {
                self.inner.put(records)?;
                Err(failed(io::ErrorKind::ConnectionReset))
            }
            Some(Answer::Stores(count)) => {
                let mut outcomes = self.inner.put(&records[..count])?;
                outcomes.resize(records.len(), PutOutcome::Refused("slow down".into()));
                Ok(outcomes)
            }
        }
    }

    fn read(
        &self,
        shard: &str,
        after: Option<&SequenceNumber>,
        limit: usize,
    ) -> Result<Vec<StreamRecord>, PipelineError> {
        self.inner.read(shard, after, limit)
    }
}

fn publish_to_busy(answers: Vec<Answer>) -> (Shop, Result<PublishReport, PipelineError>, Vec<usize>) {
    let shop = Shop::new();
    let busy = Busy { inner: shop.stream.clone(), script: Mutex::new(answers), puts: Mutex::new(Vec::new()) };
    let input = lines(&[order(1, 7, 1), order(2, 7, 2), order(3, 7, 3)]);
    let published = publish(&busy, &shop.folder.path().join("state"), input.as_bytes(), AT_ONCE);
    let puts = busy.puts.into_inner().unwrap();
    (shop, published, puts)
}

#[test]
fn refused_records_are_put_again_and_stored_ones_are_not() {
    let (shop, published, puts) = publish_to_busy(vec![Answer::Stores(0), Answer::Stores(2)]);
    assert_eq!(published.unwrap().published, 3);
    assert_eq!(puts, [3, 1, 1]);
    assert_eq!(shop.events().len(), 3);
}

#[test]
fn a_put_whose_answer_was_lost_is_repeated_under_the_same_event_ids() {
    let (shop, published, _) = publish_to_busy(vec![Answer::StoresInSilence]);
    assert_eq!(published.unwrap().published, 3);
    let mut ids: Vec<String> = shop.events().into_iter().map(|event| event.event_id).collect();
    assert_eq!(ids.len(), 6, "the stream holds them twice, which landing takes care of");
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 3);
}

#[test]
fn a_stream_that_stays_busy_or_forbids_it_is_an_error() {
    let (_, busy, puts) = publish_to_busy(vec![Answer::Stores(0), Answer::Stores(0), Answer::Stores(0)]);
    let message = busy.unwrap_err().to_string();
    assert!(message.contains("slow down"), "{message}");
    assert_eq!(puts.len(), 3);
    let (_, forbidden, puts) = publish_to_busy(vec![Answer::Fails]);
    assert!(forbidden.is_err());
    assert_eq!(puts.len(), 1, "what will not pass by itself is not tried again");
}
