//! The commands that look after a lake: status, prune, rollback, resume, erase. What each says in every state.

use std::fs;

use crate::workbench::Bench;

/// Tables only: a second or so.
fn run_tables(bench: &Bench) {
    let source = bench.path("source");
    let source = source.to_str().unwrap();
    bench.run(&["pipeline", "run", "--source", source, "--without-models", "--without-index"]).expect_code(0);
}

#[track_caller]
fn expect_stdout(bench: &Bench, arguments: &[&str], words: &[&str]) {
    let outcome = bench.run(arguments).expect_code(0);
    for word in words {
        assert!(outcome.stdout.contains(word), "{word:?} is missing in: {}", outcome.stdout);
    }
}

#[test]
fn an_empty_lake_says_what_to_do_and_is_not_made() {
    let bench = Bench::new();
    expect_stdout(&bench, &["pipeline", "status"], &["no runs in", "insightflow pipeline run --source DIR"]);
    expect_stdout(&bench, &["pipeline", "status", "--json"], &["\"runs\": []"]);
    expect_stdout(&bench, &["pipeline", "prune"], &["no runs in"]);
    expect_stdout(&bench, &["erase", "--list"], &["nobody is on the erasure list"]);
    bench.run(&["pipeline", "rollback"]).expect_code(1).expect_stderr(&["no published run"]);
    bench.run(&["pipeline", "resume"]).expect_code(1).expect_stderr(&["no runs in", "pipeline run --source"]);
    bench.run(&["pipeline", "resume", "r1"]).expect_code(1).expect_stderr(&["no run r1", "pipeline status"]);
    bench.run(&["pipeline", "status", "r1"]).expect_code(1).expect_stderr(&["no run r1"]);
    bench.run(&["erase", "--user", "7"]).expect_code(1).expect_stderr(&["no lake at"]);
    assert!(!bench.lake().exists(), "asking makes nothing");
}

#[test]
fn a_finished_run_is_shown_with_its_stages_log_and_page() {
    let bench = Bench::new();
    run_tables(&bench);
    expect_stdout(&bench, &["pipeline", "status"], &["finished", "6 of 6", "no run is published"]);
    let status = bench.run(&["pipeline", "status", "--json"]).json();
    let run = &status["runs"][0];
    assert_eq!((&run["state"], run["rows"].as_u64() > Some(400)), (&"finished".into(), true), "{status}");
    let run_id = run["run_id"].as_str().unwrap();
    expect_stdout(
        &bench,
        &["pipeline", "status", run_id],
        &["peak memory", "rollups", "left out", "run.log", "report.html"],
    );
    expect_stdout(&bench, &["pipeline", "status", run_id, "--json"], &[run_id, "\"elapsed_ms\""]);
    bench.run(&["pipeline", "resume"]).expect_code(1).expect_stderr(&["nothing to resume"]);
    bench.run(&["pipeline", "resume", run_id]).expect_code(1).expect_stderr(&["is finished"]);
    bench.run(&["pipeline", "rollback"]).expect_code(1).expect_stderr(&["no published run"]);
}

#[test]
fn more_memory_is_taken_only_where_it_may_help_and_in_range() {
    let bench = Bench::new();
    bench.edit("orders.csv", |text| text.replace(",prior,", ",earlier,"));
    bench.run_pipeline().expect_code(1).expect_stderr(&["report:", "report.html"]);
    let refused = bench.run(&["pipeline", "resume", "--memory-mib", "512"]).expect_code(1);
    refused.expect_stderr(&["did not stop for want of memory or disk", "without --memory-mib"]);

    let bench = Bench::new();
    run_tables(&bench);
    let status = bench.run(&["pipeline", "status", "--json"]).json();
    let run_id = status["runs"][0]["run_id"].as_str().unwrap();
    // As after a kill: no manifest, no word of why.
    fs::remove_file(bench.lake().join("runs").join(run_id).join("manifest.json")).unwrap();
    let refused = bench.run(&["pipeline", "resume", "--memory-mib", "1"]).expect_code(1);
    refused.expect_stderr(&["pipeline.memory_mib is 1", "from 128"]);
    bench.run(&["pipeline", "resume", "--memory-mib", "512", "--spill-mib", "64"]).expect_code(0);
}

#[test]
fn pruning_shows_first_what_it_would_remove() {
    let bench = Bench::new();
    run_tables(&bench);
    run_tables(&bench);
    let first =
        bench.run(&["pipeline", "status", "--json"]).json()["runs"][1]["run_id"].as_str().unwrap().to_owned();
    let folder = bench.lake().join("silver").join(format!("run={first}"));
    expect_stdout(&bench, &["pipeline", "prune", "--keep", "0"], &["nothing to remove", "all runs are kept"]);
    let dry = ["pipeline", "prune", "--keep", "1", "--dry-run"];
    expect_stdout(&bench, &dry, &["would remove 1 run", &first, "one of the newest"]);
    assert!(folder.exists(), "a dry run removes nothing");
    expect_stdout(&bench, &["pipeline", "prune", "--keep", "1"], &["removed 1 run", &first]);
    assert!(!folder.exists());
    expect_stdout(&bench, &dry, &["nothing to remove"]);
}

#[test]
fn an_erasure_says_what_leaves_when_and_is_recorded_once() {
    let bench = Bench::new();
    run_tables(&bench);
    let erase = ["erase", "--user", "7", "--reason", "letter of 3 May"];
    expect_stdout(
        &bench,
        &erase,
        &["customer 7 is on the erasure list now", "next run", "in 1 run until", "bronze"],
    );
    expect_stdout(&bench, &erase, &["since 20", "(letter of 3 May); nothing changed"]);
    expect_stdout(&bench, &["erase", "--list"], &["customer", "letter of 3 May"]);
    let list = fs::read_to_string(bench.lake().join("erasures.json")).unwrap();
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    assert_eq!((list.as_array().unwrap().len(), &list[0]["user_id"]), (1, &7.into()));
    fs::write(bench.lake().join("erasures.json"), "[").unwrap();
    bench.run(&["erase", "--list"]).expect_code(1).expect_stderr(&["erasures.json", "damaged"]);
    let source = bench.path("source");
    let run = bench.run(&["pipeline", "run", "--source", source.to_str().unwrap()]);
    run.expect_code(1).expect_stderr(&["erasures.json", "damaged"]);
}
