//! The page, rendered from checkpoints that are written down here.

use std::{collections::BTreeMap, fs, time::Duration};

use domain::manifest::InputPart;

use super::*;
use crate::{
    ingest::source::Source,
    orchestrator::{checkpoint::Failure, graph::record},
    run_log::Note,
};

fn checkpoint() -> Checkpoint {
    let done = |stage| (stage, record(stage, StageStatus::Succeeded, 1, Duration::from_secs(84)));
    let times = |from: &str, to: &str| StageTimes {
        started_at: format!("2026-11-22T{from}Z"),
        ended_at: format!("2026-11-22T{to}Z"),
    };
    Checkpoint {
        run_id: "r1".into(),
        parent_run_id: None,
        started_at: "2026-11-22T18:00:00Z".into(),
        source: Source::Folder("/data/shop <1>".into()),
        with_models: true,
        with_index: true,
        settings: config::Settings::defaults().unwrap().pipeline,
        stages: BTreeMap::from([done(Stage::Ingest), done(Stage::Clean)]),
        inputs: vec![InputPart {
            table: "orders".into(),
            part: "bronze/shop/p1.csv".into(),
            rows: 3_421_083,
            sha256: String::new(),
        }],
        high_water: BTreeMap::new(),
        artefacts: BTreeMap::from([(
            Stage::Clean,
            vec![Artefact {
                name: "silver.orders".into(),
                path: "silver/run=r1/orders".into(),
                rows: 3_418_819,
                bytes: 54_000_000,
                sha256: String::new(),
                content_hash: String::new(),
                schema_hash: String::new(),
            }],
        )]),
        embedding_model: None,
        times: BTreeMap::from([
            (Stage::Ingest, times("18:00:00", "18:00:30")),
            (Stage::Clean, times("18:00:30", "18:02:00")),
        ]),
        notes: vec![Note { stage: Stage::Ingest, text: "orders: unchanged <b>".into() }],
        erasures: String::new(),
        failure: None,
    }
}

fn page(checkpoint: &Checkpoint, ending: Ending, quality: Option<&str>) -> String {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::new(folder.path());
    if let Some(quality) = quality {
        fs::create_dir_all(lake.run("r1").folder()).unwrap();
        fs::write(lake.run("r1").folder().join("data_quality.json"), quality).unwrap();
    }
    fs::read_to_string(write_report(&lake, checkpoint, ending).unwrap()).unwrap()
}

#[track_caller]
fn check(page: &str, texts: &[&str]) {
    for text in texts {
        assert!(page.contains(text), "{text:?} is missing in {page}");
    }
}

const QUALITY: &str = r#"[
    {"table": "orders", "rule": "invalid_user_id", "rows_seen": 3421083, "rows_quarantined": 2264, "share": 0.000661778,
     "threshold": 0.01, "examples": ["part 1, line 7: <script>alert(1)</script>,\"x\"", "b", "c", "d-is-one-too-many"]},
    {"table": "orders", "rule": "order_number_gap", "rows_seen": 3421083, "rows_quarantined": 0, "share": 0.0,
     "threshold": 0.01, "examples": []}
]"#;

#[test]
fn a_published_run_shows_what_it_read_set_aside_and_made() {
    let page = page(&checkpoint(), Ending::Published, Some(QUALITY));
    check(&page, &["The new figures are published", "3,421,083", "3,418,819", "54.0 MB", "1 min 24 s"]);
    check(
        &page,
        &["user id is missing or not possible", "2,264", "0.07 %", "at most 1 %", "1 further rule set"],
    );
    // 0.066 % of an allowed 1 %, and cleaning from second 30 to second 120 of 120.
    check(&page, &["width:6.62%", "left:25.00%;width:75.00%", "2026-11-22 18:00:30 UTC"]);
}

#[test]
fn whatever_the_data_hold_is_escaped_and_no_script_runs() {
    let page = page(&checkpoint(), Ending::Published, Some(QUALITY));
    check(&page, &["&lt;script&gt;alert(1)&lt;&#x2f;script&gt;", "shop &lt;1&gt;", "unchanged &lt;b&gt;"]);
    for forbidden in ["<script", "http://", "https://", "<link", "<img", "d-is-one-too-many"] {
        assert!(!page.contains(forbidden), "{forbidden:?} in {page}");
    }
}

#[test]
fn a_failed_run_says_why_and_what_to_do() {
    let mut checkpoint = checkpoint();
    checkpoint
        .stages
        .insert(Stage::Clean, record(Stage::Clean, StageStatus::Failed, 3, Duration::from_secs(2)));
    checkpoint.artefacts.clear();
    checkpoint.failure = Some(Failure {
        stage: Stage::Clean,
        code: "threshold_exceeded".into(),
        reason: "table orders: 5 % of the rows & more".into(),
        go_on: "correct the source and start a new run".into(),
    });
    let page = page(&checkpoint, Ending::Failed, None);
    check(
        &page,
        &["The run failed", "Check and clean the rows", "5 % of the rows &amp; more", "threshold_exceeded"],
    );
    check(&page, &["correct the source and start a new run", "no data-quality report", "Nothing yet"]);
}

#[test]
fn a_run_that_has_read_nothing_has_a_page_too() {
    let mut checkpoint = checkpoint();
    checkpoint.stages.clear();
    checkpoint.times.clear();
    checkpoint.inputs.clear();
    check(
        &page(&checkpoint, Ending::Failed, Some("no json")),
        &["did not get as far as having read", "0.0 s"],
    );
}
