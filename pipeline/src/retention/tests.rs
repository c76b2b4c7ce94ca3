//! Lakes of tiny runs: what stays, what goes, and what a kill in between leaves.

use std::fs::File;

use domain::manifest::{Artefact, InputPart, MANIFEST_SCHEMA_VERSION, StageRecord, StageStatus};

use super::*;
use crate::{
    publish::{replace_pointer, write_manifest},
    stage::Stage,
};

struct Shop {
    _folder: tempfile::TempDir,
    lake: Lake,
}

impl Shop {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::new(folder.path().join("lake"));
        Self { _folder: folder, lake }
    }

    fn write(&self, path: &str) {
        let path = self.lake.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "ten bytes.").unwrap();
    }

    /// A published run that made one table and reads one part.
    fn run(&self, run_id: &str, parent: Option<&str>, part: &str) {
        let table = parent.unwrap_or(run_id);
        self.write(&format!("silver/run={table}/orders/part-00000.parquet"));
        self.write(&format!("recsys/als/run={run_id}/meta.json"));
        self.write(part);
        let publish = StageRecord {
            name: Stage::Publish.name().into(),
            status: StageStatus::Succeeded,
            attempts: 1,
            elapsed_ms: 0,
            peak_rss_bytes: 0,
        };
        let manifest = Manifest {
            schema_version: MANIFEST_SCHEMA_VERSION,
            run_id: run_id.into(),
            parent_run_id: parent.map(str::to_owned),
            started_at: String::new(),
            finished_at: None,
            binary_version: String::new(),
            source: "shop".into(),
            inputs: vec![InputPart {
                table: "orders".into(),
                part: part.into(),
                rows: 1,
                sha256: String::new(),
            }],
            high_water: BTreeMap::new(),
            parameters: Value::Null,
            seed: 0,
            stages: vec![publish],
            artefacts: vec![Artefact {
                name: "silver.orders".into(),
                path: format!("silver/run={table}/orders"),
                rows: 1,
                bytes: 10,
                sha256: String::new(),
                content_hash: String::new(),
                schema_hash: String::new(),
            }],
            embedding_model: None,
        };
        write_manifest(&self.lake.run(run_id), &manifest).unwrap();
        replace_pointer(&self.lake, run_id).unwrap();
    }

    fn exists(&self, path: &str) -> bool {
        self.lake.root().join(path).exists()
    }

    fn plan(&self, keep_runs: usize) -> RetentionPlan {
        plan(&self.lake, keep_runs, SystemTime::now()).unwrap()
    }

    /// (kept runs newest first, removed runs, removed parts)
    fn planned(&self, keep_runs: usize) -> (Vec<String>, Vec<String>, Vec<String>) {
        let plan = self.plan(keep_runs);
        let ids = |ids: Vec<&String>| ids.into_iter().cloned().collect();
        (
            ids(plan.kept.iter().map(|run| &run.run_id).collect()),
            ids(plan.runs.iter().map(|run| &run.run_id).collect()),
            ids(plan.parts.iter().map(|part| &part.part).collect()),
        )
    }
}

fn part(n: u32) -> String {
    format!("bronze/shop/data/batch/orders/year=2026/hhmm=000{n}/orders_part1.csv")
}

/// Runs 1 to 5, all published one after the other, each with a part of its own.
fn five_runs() -> Shop {
    let shop = Shop::new();
    for n in 1..=5 {
        shop.run(&format!("r{n}"), None, &part(n));
    }
    shop
}

#[test]
fn the_newest_runs_stay_and_the_parts_that_only_the_others_read_go() {
    let shop = five_runs();
    let plan = shop.plan(3);
    assert_eq!(
        shop.planned(3),
        (vec!["r5".into(), "r4".into(), "r3".into()], vec!["r1".into(), "r2".into()], vec![part(1), part(2)],)
    );
    assert!(plan.bytes() > 40 && plan.in_words("removed").starts_with("removed 2 runs and 2 raw parts, "));
    remove(&shop.lake, &plan).unwrap();
    assert!(!shop.exists("silver/run=r1") && !shop.exists("recsys/als/run=r2") && !shop.exists("runs/r1"));
    assert!(!shop.exists(&part(1)) && !shop.exists("bronze/shop/data/batch/orders/year=2026/hhmm=0001"));
    assert!(
        shop.exists("silver/run=r3/orders") && shop.exists(&part(3)) && shop.exists("runs/r3/manifest.json")
    );
    assert!(shop.plan(3).runs.is_empty() && shop.plan(3).parts.is_empty(), "twice is once");
}

#[test]
fn zero_keeps_all_runs() {
    let shop = five_runs();
    shop.write("runs/r6/spill/left");
    assert_eq!(plan(&shop.lake, 0, SystemTime::now() + 3 * UNFINISHED_FOR).unwrap().runs, []);
}

#[test]
fn the_published_run_and_its_rollback_target_stay_however_old_they_are() {
    let shop = five_runs();
    replace_pointer(&shop.lake, "r2").unwrap();
    let (kept, removed, _) = shop.planned(1);
    assert_eq!(kept, ["r5", "r2", "r1"]);
    assert_eq!(removed, ["r3", "r4"]);
}

#[test]
fn a_run_whose_tables_a_kept_run_shares_stays() {
    let shop = five_runs();
    shop.run("r6", Some("r1"), &part(1));
    shop.run("r7", None, &part(5));
    let (kept, removed, parts) = shop.planned(1);
    assert_eq!(kept, ["r7", "r6", "r1"], "r6 is the rollback target, r1 its parent");
    assert_eq!((removed.len(), parts), (4, vec![part(2), part(3), part(4)]));
}

#[test]
fn an_unfinished_run_stays_for_a_day() {
    let shop = five_runs();
    shop.write("runs/r0/report.html");
    let later = |hours: u64| SystemTime::now() + Duration::from_secs(hours * 3_600);
    let removed =
        |now| plan(&shop.lake, 9, now).unwrap().runs.into_iter().map(|run| run.run_id).collect::<Vec<_>>();
    assert_eq!(removed(later(23)), Vec::<String>::new());
    assert_eq!(removed(later(25)), ["r0"]);
}

#[test]
fn a_part_that_a_record_of_ingest_names_stays() {
    let shop = five_runs();
    let record = format!("{{\"snapshots\": [{{\"parts\": [{{\"part\": \"{}\"}}]}}]}}", part(1));
    fs::create_dir_all(shop.lake.root().join("bronze/shop/ingested/orders")).unwrap();
    let path = shop.lake.root().join("bronze/shop/ingested/orders/one.json");
    fs::write(&path, record).unwrap();
    assert_eq!(shop.planned(1).2, [part(2), part(3)]);
    fs::write(&path, "{").unwrap();
    let plan = shop.plan(1);
    assert!(plan.parts.is_empty() && plan.notes[0].contains("cannot be read"), "{:?}", plan.notes);
}

#[test]
fn a_run_that_cannot_be_read_stays_and_so_do_all_parts() {
    let shop = five_runs();
    fs::write(shop.lake.run("r1").manifest(), "{").unwrap();
    let plan = shop.plan(1);
    assert!(plan.kept.iter().any(|run| run.run_id == "r1" && run.reason.contains("cannot be read")));
    assert!(plan.parts.is_empty() && plan.notes[0].contains("r1"), "{:?}", plan.notes);
    assert_eq!(plan.runs.len(), 2);
}

#[test]
fn a_removal_that_was_cut_short_leaves_no_half_run_and_is_finished_by_the_next() {
    let shop = five_runs();
    // The kill came behind the first rename.
    fs::rename(shop.lake.run("r1").folder(), shop.lake.runs().join(".removing-r1")).unwrap();
    assert_eq!(run_ids(&shop.lake).unwrap(), ["r2", "r3", "r4", "r5"]);
    let plan = shop.plan(0);
    assert_eq!(plan.runs.iter().map(|run| run.run_id.as_str()).collect::<Vec<_>>(), ["r1"]);
    remove(&shop.lake, &plan).unwrap();
    assert!(!shop.exists("silver/run=r1") && !shop.exists("runs/.removing-r1"));
}

#[test]
fn a_file_of_somebody_else_is_left_alone() {
    let shop = five_runs();
    File::create(shop.lake.root().join("silver/notes.txt")).unwrap();
    shop.write("bronze/shop/data/streaming/orders/events.jsonl");
    remove(&shop.lake, &shop.plan(1)).unwrap();
    assert!(shop.exists("silver/notes.txt") && shop.exists("bronze/shop/data/streaming/orders/events.jsonl"));
}
