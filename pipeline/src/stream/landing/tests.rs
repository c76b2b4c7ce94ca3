//! Once and only once, whoever was killed when; bad records beside the good ones.

use std::collections::BTreeSet;

use rand::{Rng as _, RngExt as _, SeedableRng as _, seq::IndexedRandom as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::stream::{default_folder, ledger, local::LocalStream, tests::event, transport::PutRecord};

struct Shop {
    _folder: TempDir,
    lake: Lake,
    stream: LocalStream,
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::new(folder.path().join("lake"));
        let stream = LocalStream::create(&default_folder(&lake)).unwrap();
        Self { _folder: folder, lake, stream }
    }

    fn put(&self, records: &[Value]) {
        self.put_bytes(&records.iter().map(|record| record.to_string().into_bytes()).collect::<Vec<_>>());
    }

    fn put_bytes(&self, records: &[Vec<u8>]) {
        let records: Vec<PutRecord> =
            records.iter().map(|data| PutRecord { partition_key: "7".into(), data: data.clone() }).collect();
        self.stream.put(&records).unwrap();
    }

    fn land(&self) -> LandReport {
        land(&self.stream, &self.lake, "shop").unwrap()
    }

    fn paths(&self) -> StreamPaths {
        StreamPaths::new(&self.lake, "shop").unwrap()
    }

    /// The event ids of all files on disk.
    fn landed(&self) -> Vec<String> {
        let mut ids = Vec::new();
        for file in files(&self.paths().orders()) {
            ledger::for_each_event(&file, |event| {
                ids.push(event.event_id);
                Ok(())
            })
            .unwrap();
        }
        ids.sort();
        ids
    }

    /// The event ids that the list of landed files leads to.
    fn listed(&self) -> Vec<String> {
        let mut ids = Vec::new();
        for landed in ledger::landed_files(&self.lake, "shop").unwrap() {
            ledger::for_each_event(&self.lake.root().join(landed.path), |event| {
                ids.push(event.event_id);
                Ok(())
            })
            .unwrap();
        }
        ids.sort();
        ids
    }

    fn errors(&self) -> Vec<ErrorRecord> {
        files(&self.paths().bronze.join("data/streaming/orders_error"))
            .iter()
            .flat_map(|file| read_json_lines(file).unwrap())
            .collect()
    }

    /// The bookkeeping as it is now, to be put back later: what a kill leaves behind.
    fn bookkeeping(&self) -> Vec<(PathBuf, Option<Vec<u8>>)> {
        ["files.jsonl", "event_ids.bin", "checkpoint.json"]
            .map(|name| self.paths().state(name))
            .map(|path| (path.clone(), fs::read(path).ok()))
            .to_vec()
    }
}

fn restore(kept: &[(PathBuf, Option<Vec<u8>>)], names: &[&str]) {
    for (path, bytes) in kept {
        if names.iter().any(|name| path.ends_with(name)) {
            match bytes {
                Some(bytes) => fs::write(path, bytes).unwrap(),
                None => drop(fs::remove_file(path)),
            }
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

#[test]
fn events_land_as_json_lines_under_the_minute_of_their_arrival() {
    let shop = Shop::new();
    shop.put(&[event("a", 1), event("b", 2)]);
    let report = shop.land();
    assert_eq!((report.records, report.landed, report.files), (2, 2, 1));
    let file = files(&shop.paths().orders()).remove(0);
    let path = file.to_str().unwrap();
    let arrived = shop.stream.read("local-0", None, 1).unwrap()[0].arrived_at_ms;
    assert!(path.contains(&format!("/data/streaming/orders/{}/", minute_folder(arrived).unwrap())), "{path}");
    assert!(path.ends_with("/orders_00000000000000000001.jsonl"), "{path}");
    let text = fs::read_to_string(&file).unwrap();
    assert!(
        text.starts_with("{\"schema\":\"insightflow.order.v1\",\"event_id\":\"a\",\"order_id\":1,"),
        "{text}"
    );
    assert_eq!(minute_folder(0).unwrap(), "year=1970/month=01/day=01/hhmm=0000");
}

#[test]
fn an_event_lands_once_however_often_it_is_delivered() {
    let shop = Shop::new();
    shop.put(&[event("a", 1), event("a", 1), event("b", 2)]);
    assert_eq!(shop.land().duplicate_events, 1);
    shop.put(&[event("b", 2), event("c", 3), event("a", 1)]);
    let report = shop.land();
    assert_eq!((report.landed, report.duplicate_events), (1, 2));
    assert_eq!(shop.land(), LandReport::default(), "nothing new, nothing done");
    assert_eq!(shop.landed(), ["a", "b", "c"]);
    assert_eq!(ledger::checkpoint(&shop.lake, "shop").unwrap().duplicate_events, 3);
    assert!(shop.errors().is_empty(), "a duplicate is no error");
}

#[test]
fn two_events_of_one_order_both_land() {
    let shop = Shop::new();
    shop.put(&[event("a", 1), event("b", 1)]);
    assert_eq!(shop.land().landed, 2);
}

#[test]
fn bad_records_lie_under_their_kind_with_reason_and_raw_record() {
    let shop = Shop::new();
    let mut late = event("d", 4);
    late["order_hour_of_day"] = json!(24);
    let mut nameless = event("e", 5);
    nameless.as_object_mut().unwrap().remove("event_id");
    shop.put_bytes(&[
        event("a", 1).to_string().into(),
        b"not json".to_vec(),
        b"\xff\x00".to_vec(),
        late.to_string().into(),
        nameless.to_string().into(),
        json!({"schema": "other.v9"}).to_string().into(),
    ]);
    let report = shop.land();
    let expected = [("missing_field", 1), ("not_json", 2), ("out_of_range", 1), ("unknown_schema", 1)];
    assert_eq!(report.bad_records, expected.map(|(kind, count)| (kind.to_owned(), count)).into());
    assert_eq!(report.landed, 1);
    for file in files(&shop.paths().bronze.join("data/streaming/orders_error")) {
        for error in read_json_lines::<ErrorRecord>(&file).unwrap() {
            assert!(file.to_str().unwrap().contains(&format!("/orders_error/{}/year=", error.kind)));
            assert!(!error.reason.is_empty());
        }
    }
    let errors = shop.errors();
    let raw =
        |kind: &str| errors.iter().filter(|e| e.kind == kind).map(|e| e.raw.clone()).collect::<Vec<_>>();
    assert_eq!(raw("out_of_range"), [Some(late.to_string())]);
    assert_eq!(raw("not_json"), [Some("not json".to_owned()), None]);
    assert_eq!(errors.iter().filter_map(|e| e.raw_hex.as_deref()).collect::<Vec<_>>(), ["ff00"]);
}

/// A kill can come behind each step; every step is put back alone and together with those behind it.
#[test]
fn killed_between_the_steps_it_neither_loses_nor_repeats() {
    for lost in [
        &["checkpoint.json"][..],
        &["checkpoint.json", "files.jsonl"],
        &["checkpoint.json", "files.jsonl", "event_ids.bin"],
    ] {
        let shop = Shop::new();
        shop.put(&[event("a", 1), event("b", 2)]);
        shop.put_bytes(&[b"bad one".to_vec()]);
        shop.land();
        let kept = shop.bookkeeping();
        shop.put(&[event("c", 3), event("b", 2)]);
        shop.put_bytes(&[b"bad two".to_vec()]);
        shop.land();
        restore(&kept, lost);
        shop.put(&[event("d", 4), event("c", 3)]);
        shop.land();
        assert_eq!(shop.landed(), ["a", "b", "c", "d"], "{lost:?}");
        assert_eq!(shop.listed(), shop.landed(), "{lost:?}");
        let bad: Vec<_> = shop.errors().into_iter().filter_map(|error| error.raw).collect();
        assert_eq!(BTreeSet::from_iter(&bad).len(), 2, "{lost:?}");
        assert_eq!(bad.len(), 2, "{lost:?}");
    }
}

#[test]
fn killed_before_a_file_is_in_its_place_nothing_is_lost() {
    let shop = Shop::new();
    shop.put(&[event("a", 1)]);
    let kept = shop.bookkeeping();
    shop.land();
    let file = files(&shop.paths().orders()).remove(0);
    let unfinished = file.with_file_name(format!(".{}.new", file.file_name().unwrap().to_string_lossy()));
    fs::rename(&file, unfinished).unwrap();
    restore(&kept, &["files.jsonl", "event_ids.bin", "checkpoint.json"]);
    assert_eq!(shop.land().landed, 1);
    assert_eq!(shop.listed(), ["a"]);
}

#[test]
fn a_torn_line_of_the_list_is_landed_again_from_its_file() {
    let shop = Shop::new();
    shop.put(&[event("a", 1)]);
    shop.land();
    let kept = shop.bookkeeping();
    shop.put(&[event("b", 2)]);
    shop.land();
    let list = shop.paths().state("files.jsonl");
    let torn = fs::metadata(&list).unwrap().len() - 5;
    fs::OpenOptions::new().write(true).open(&list).unwrap().set_len(torn).unwrap();
    restore(&kept, &["checkpoint.json"]);
    shop.land();
    assert_eq!(shop.listed(), ["a", "b"]);
}

#[test]
fn the_bookkeeping_is_made_anew_from_the_files() {
    for lost in ["files.jsonl", "event_ids.bin"] {
        let shop = Shop::new();
        shop.put(&[event("a", 1), event("b", 2)]);
        shop.land();
        fs::remove_file(shop.paths().state(lost)).unwrap();
        if lost == "files.jsonl" {
            let error = ledger::landed_files(&shop.lake, "shop").unwrap_err();
            assert!(error.to_string().contains("stream land"), "a lost list is no empty one: {error}");
        }
        shop.put(&[event("b", 2), event("c", 3)]);
        assert_eq!(shop.land().duplicate_events, 1, "{lost}");
        assert_eq!(shop.listed(), ["a", "b", "c"], "{lost}");
    }
}

#[test]
fn a_second_stream_lands_beside_the_first() {
    let shop = Shop::new();
    shop.put(&[event("a", 1)]);
    shop.land();
    let other = LocalStream::create(&shop.lake.root().join("other")).unwrap();
    other.put(&[PutRecord { partition_key: "7".into(), data: event("b", 2).to_string().into() }]).unwrap();
    other.put(&[PutRecord { partition_key: "7".into(), data: b"bad".to_vec() }]).unwrap();
    shop.put_bytes(&[b"bad".to_vec()]);
    shop.land();
    land(&other, &shop.lake, "shop").unwrap();
    assert_eq!(shop.landed(), ["a", "b"]);
    assert_eq!(shop.errors().len(), 2);
}

#[test]
fn two_landings_at_once_are_kept_apart() {
    let shop = Shop::new();
    shop.put(&[event("a", 1)]);
    let held = Ledger::open(&shop.paths()).unwrap();
    assert_eq!(land(&shop.stream, &shop.lake, "shop").unwrap_err().code(), "lake_busy");
    drop(held);
    assert_eq!(shop.land().landed, 1);
}

#[test]
fn what_waits_is_counted() {
    let shop = Shop::new();
    shop.put(&[event("a", 1), event("b", 2)]);
    assert_eq!(count_waiting(&shop.stream, &shop.lake, "shop").unwrap(), 2);
    shop.land();
    assert_eq!(count_waiting(&shop.stream, &shop.lake, "shop").unwrap(), 0);
}

/// Puts, repeats, lands and kills in any order: in the end each event stands there once.
#[test]
fn whatever_happens_in_whatever_order_each_event_lands_once() {
    for seed in 0..12 {
        let mut dice = ChaCha8Rng::seed_from_u64(seed);
        let shop = Shop::new();
        let mut put: Vec<String> = Vec::new();
        let mut kept = shop.bookkeeping();
        for step in 0..25_u32 {
            match dice.random_range(0..5) {
                0 | 1 => {
                    let id = format!("e{step}");
                    shop.put(&[event(&id, step + 1)]);
                    put.push(id);
                }
                2 => {
                    if let Some(again) = put.choose(&mut dice) {
                        shop.put(&[event(again, 1)]);
                    }
                }
                3 => {
                    kept = shop.bookkeeping();
                    shop.land();
                }
                // The kill of the last landing, behind any of its steps.
                _ => {
                    let lost = ["checkpoint.json", "files.jsonl", "event_ids.bin"];
                    let steps = 1 + (dice.next_u32() % 3) as usize;
                    restore(&kept, &lost[..steps]);
                }
            }
        }
        shop.land();
        put.sort();
        assert_eq!(shop.landed(), put, "seed {seed}");
        assert_eq!(shop.listed(), put, "seed {seed}");
    }
}
