//! Silver, gold, rollups and affinity held row by row against the same tables built by DuckDB from the same files.
//!
//! The peer shares no code with the pipeline: its rules are SQL (`eval/oracle/peer`). One source is clean, the other
//! breaks nearly every rule. Needs the Python that `INSIGHTFLOW_ORACLE_PYTHON` names (`make oracle`).

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path, process::Command};

use crate::{
    oracle::Python,
    workbench::{Outcome, command},
};

fn succeeds(mut command: Command) {
    Outcome::of(command.output().unwrap()).expect_code(0);
}

/// Runs the pipeline and the peer over a source and compares all tables.
fn compare(python: &Python, folder: &Path, source: &Path) {
    let (lake, cache, out) = (folder.join("lake"), folder.join("cache"), folder.join("peer"));
    let mut run = command(&lake, &cache);
    // A table of few rows is over any threshold with one broken row.
    run.env("INSIGHTFLOW__PIPELINE__QUARANTINE_THRESHOLD", "1.0");
    run.args(["pipeline", "run", "--without-models", "--without-index", "--source"]).arg(source);
    succeeds(run);

    let mut build = python.script("peer.py", &cache);
    build.args(["build", "--memory-limit", "1GB", "--source"]).arg(source).arg("--out").arg(&out);
    succeeds(build);
    let mut compare = python.script("peer.py", &cache);
    compare.arg("compare").arg("--lake").arg(&lake).arg("--out").arg(&out);
    succeeds(compare);
}

#[test]
fn a_clean_source_gives_the_tables_of_another_engine() {
    let Some(python) = Python::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("shop");
    let mut synth = command(&folder.path().join("lake"), &folder.path().join("cache"));
    synth.args(["data", "synth", "--customers", "300", "--seed", "7", "--out"]).arg(&source);
    succeeds(synth);
    compare(&python, folder.path(), &source);
}

#[test]
fn a_damaged_source_gives_the_tables_and_the_quarantine_of_another_engine() {
    let Some(python) = Python::find() else { return };
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("shop");
    fs::create_dir_all(&source).unwrap();
    let mut damage = python.script("peer/damaged.py", &folder.path().join("cache"));
    damage.arg(&source);
    succeeds(damage);
    compare(&python, folder.path(), &source);
}
