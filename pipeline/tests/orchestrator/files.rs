//! What a run leaves for people: its log, its page, and its place in the status.

use std::fs;

use pipeline::{
    PipelineError,
    orchestrator::{
        lock::LakeLock,
        status::{RunState, run_status, status},
    },
    stage::Stage,
};

use crate::shop::Shop;

#[track_caller]
fn check(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} is missing in {text}");
    }
}

#[tokio::test]
async fn a_run_is_told_from_its_source_to_its_end() {
    let mut shop = Shop::new();
    shop.settings.quarantine_threshold = 0.05;
    shop.append("aisles", "9999,");
    let manifest = shop.run(false).await.unwrap();
    let log = shop.text(&manifest.run_id, "run.log");
    let source = shop.source();
    check(&log, &[&format!("run {} starts, insightflow", manifest.run_id), source.to_str().unwrap()]);
    check(&log, &["256 MiB of memory", "at most 5 % of a table's rows", "2 threads"]);
    check(&log, &["clean               aisles: rule empty_aisle: 1 row set aside", "(at most 5 %)"]);
    check(
        &log,
        &[
            "made silver.orders: ",
            "features            done after ",
            "als                 left out on request",
        ],
    );
    assert!(log.trim_end().ends_with("run                 complete, not published"), "{log}");
    let is_stamped = |line: &str| line.get(19..24) == Some(" UTC ") && line.starts_with("20");
    assert!(log.lines().all(is_stamped), "every line has its moment: {log}");

    let page = shop.text(&manifest.run_id, "report.html");
    check(
        &page,
        &["The run is complete and not published", "the name is empty", "part 1, line", "silver.orders"],
    );
}

#[tokio::test]
async fn a_failed_run_has_a_log_and_a_page_too_and_says_how_to_go_on() {
    let shop = Shop::new();
    for row in 0..40 {
        shop.append("aisles", &format!("{},", 9_000 + row));
    }
    let error = shop.run(true).await.unwrap_err();
    let PipelineError::StageFailed { run_id, stage: Stage::Clean, .. } = &error else { panic!("{error}") };
    assert_eq!(error.code(), "threshold_exceeded");
    let log = shop.text(run_id, "run.log");
    check(
        &log,
        &["clean               FAILED (threshold_exceeded): table aisles", "nothing was published; correct"],
    );
    check(
        &shop.text(run_id, "report.html"),
        &["The run failed", "rule empty_aisle broke 40 of", "correct the source"],
    );
    assert!(!log.contains("interrupted"), "{log}");

    let run = run_status(&shop.lake(), run_id).unwrap();
    assert_eq!((run.state, run.stages_done(), run.may_need_more()), (RunState::Failed, 1, false));
    assert!(run.next.contains("correct the source"), "{}", run.next);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_hides_no_other_run() {
    let shop = Shop::new();
    let whole = shop.run(false).await.unwrap().run_id;
    let broken = shop.run(false).await.unwrap().run_id;
    let paths = shop.lake().run(&broken);
    fs::write(paths.manifest(), "{").unwrap();
    let runs = status(&shop.lake()).unwrap().runs;
    let states: Vec<_> = runs.iter().map(|run| (run.run_id.clone(), run.state)).collect();
    assert_eq!(states, [(broken, RunState::Unreadable), (whole, RunState::Finished)]);
    assert!(runs[0].next.contains("manifest.json"), "{}", runs[0].next);
}

#[tokio::test]
async fn a_run_under_way_is_told_from_one_that_was_killed() {
    let shop = Shop::new();
    let manifest = shop.run(false).await.unwrap();
    fs::remove_file(shop.lake().run(&manifest.run_id).manifest()).unwrap();
    let state = || run_status(&shop.lake(), &manifest.run_id).unwrap();
    assert_eq!(state().state, RunState::Unfinished);
    assert!(state().next.contains("pipeline resume") && state().may_need_more());
    let mut lock = LakeLock::take(&shop.lake()).unwrap();
    lock.name_run(&manifest.run_id);
    assert_eq!((state().state, state().state.is_resumable()), (RunState::Running, false));
    drop(lock);
    assert_eq!(state().state, RunState::Unfinished);
}
