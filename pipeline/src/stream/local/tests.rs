//! Sequence numbers, segments, and writers that were killed.

use std::{io::Write as _, sync::Arc, thread};

use super::*;

fn records(range: std::ops::Range<u32>) -> Vec<PutRecord> {
    range.map(|n| PutRecord { partition_key: "7".into(), data: format!("record {n}").into() }).collect()
}

fn texts(stream: &LocalStream, after: Option<&SequenceNumber>, limit: usize) -> Vec<String> {
    let read = stream.read(SHARD, after, limit).unwrap();
    read.into_iter().map(|record| String::from_utf8(record.data).unwrap()).collect()
}

fn last_segment(stream: &LocalStream) -> PathBuf {
    stream.segments().unwrap().pop().unwrap().path
}

fn append(path: &Path, bytes: &[u8]) {
    OpenOptions::new().append(true).open(path).unwrap().write_all(bytes).unwrap();
}

#[test]
fn records_are_read_behind_a_checkpoint_in_their_order_over_segments() {
    let folder = tempfile::tempdir().unwrap();
    let stream = LocalStream::create(folder.path()).unwrap().with_segment_bytes(200);
    for n in 0..10 {
        stream.put(&records(n..n + 1)).unwrap();
    }
    assert!(stream.segments().unwrap().len() > 2);
    let mut read = Vec::new();
    let mut after = None;
    loop {
        let batch = stream.read(SHARD, after.as_ref(), 3).unwrap();
        let Some(last) = batch.last() else { break };
        after = Some(last.sequence.clone());
        read.extend(batch.into_iter().map(|record| String::from_utf8(record.data).unwrap()));
    }
    assert_eq!(read, (0..10).map(|n| format!("record {n}")).collect::<Vec<_>>());
    assert_eq!(stream.size().unwrap().records, 10);
}

#[test]
fn a_torn_last_line_is_ignored_and_later_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let stream = LocalStream::create(folder.path()).unwrap();
    stream.put(&records(0..2)).unwrap();
    append(&last_segment(&stream), br#"{"sequence":3,"arrived_at_ms":1,"partiti"#);
    assert_eq!(texts(&stream, None, 10), ["record 0", "record 1"]);
    let put = stream.put(&records(2..3)).unwrap();
    assert_eq!(put, [PutOutcome::Stored(number(3))], "the torn record never had its number");
    assert_eq!(texts(&stream, None, 10), ["record 0", "record 1", "record 2"]);
}

#[test]
fn a_torn_line_of_any_length_is_repaired() {
    for torn in [1, 4_095, 4_096, 4_097, 10_000] {
        let folder = tempfile::tempdir().unwrap();
        let stream = LocalStream::create(folder.path()).unwrap();
        stream.put(&records(0..1)).unwrap();
        append(&last_segment(&stream), &vec![b'x'; torn]);
        stream.put(&records(1..2)).unwrap();
        assert_eq!(texts(&stream, None, 10), ["record 0", "record 1"], "{torn}");
    }
    let folder = tempfile::tempdir().unwrap();
    let stream = LocalStream::create(folder.path()).unwrap();
    fs::write(stream.segment(1).path, "{\"sequ").unwrap();
    stream.put(&records(0..1)).unwrap();
    assert_eq!(texts(&stream, None, 10), ["record 0"], "a segment with nothing but a torn line");
}

#[test]
fn writers_side_by_side_lose_nothing_and_share_no_number() {
    let folder = tempfile::tempdir().unwrap();
    let stream = Arc::new(LocalStream::create(folder.path()).unwrap().with_segment_bytes(2_000));
    let writers: Vec<_> = (0..4_u32)
        .map(|writer| {
            let stream = Arc::clone(&stream);
            thread::spawn(move || {
                for n in 0..25 {
                    let n = writer * 100 + n;
                    stream.put(&records(n..n + 1)).unwrap();
                }
            })
        })
        .collect();
    for writer in writers {
        writer.join().unwrap();
    }
    let read = stream.read(SHARD, None, 1_000).unwrap();
    let sequences: Vec<String> = read.iter().map(|record| record.sequence.0.clone()).collect();
    assert_eq!(sequences, (1..=100).map(|n| number(n).0).collect::<Vec<_>>());
    let mut data: Vec<_> = read.into_iter().map(|record| record.data).collect();
    data.sort();
    data.dedup();
    assert_eq!(data.len(), 100);
}

#[test]
fn bytes_that_are_no_text_come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let stream = LocalStream::create(folder.path()).unwrap();
    let odd = vec![0xff, 0, b'\n', b'"'];
    stream.put(&[PutRecord { partition_key: "k".into(), data: odd.clone() }]).unwrap();
    assert_eq!(stream.read(SHARD, None, 1).unwrap()[0].data, odd);
}

#[test]
fn lost_records_are_an_error_and_never_silence() {
    let folder = tempfile::tempdir().unwrap();
    let stream = LocalStream::create(folder.path()).unwrap().with_segment_bytes(1);
    for n in 0..3 {
        stream.put(&records(n..n + 1)).unwrap();
    }
    let code = |after: u64| stream.read(SHARD, Some(&number(after)), 10).unwrap_err().to_string();
    assert!(code(7).contains("holds 1 to 3"), "read further than it goes");
    fs::remove_file(stream.segment(2).path).unwrap();
    assert!(stream.read(SHARD, None, 10).unwrap_err().to_string().contains("records 2 to 2 are missing"));
    fs::remove_file(stream.segment(1).path).unwrap();
    assert!(code(1).contains("record 1 was read already, and it holds 3"), "{}", code(1));
    assert_eq!(texts(&stream, None, 10), ["record 2"], "a new reader begins with what is kept");
    fs::write(stream.segment(3).path, "{}\n").unwrap();
    assert_eq!(stream.read(SHARD, None, 10).unwrap_err().code(), "unreadable_file");
}

#[test]
fn a_stream_keeps_its_id_and_another_one_has_another() {
    let folder = tempfile::tempdir().unwrap();
    let id = |name: &str| LocalStream::create(&folder.path().join(name)).unwrap().id().unwrap();
    assert_eq!(id("a"), id("a"));
    assert_ne!(id("a"), id("b"));
    assert_eq!(LocalStream::open(&folder.path().join("c")).unwrap_err().code(), "no_source");
}
