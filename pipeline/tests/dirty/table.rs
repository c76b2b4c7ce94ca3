//! The table of `docs/dirty-data.md`, read as the suite runs.

use std::{env, fs, path::PathBuf};

use crate::source::TABLES;

/// One row of the table.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) table: String,
    pub(crate) outcome: String,
    /// The quarantine rule or the error code: the last word in backticks; empty where the text names none.
    pub(crate) rule_or_code: String,
}

/// All rows, in their order.
pub(crate) fn rows() -> Vec<Row> {
    parse(&text())
}

fn text() -> String {
    // At run time: a binary that was built in one checkout and runs in another reads the table beside its own tests.
    let folder =
        env::var_os("CARGO_MANIFEST_DIR").expect("CARGO_MANIFEST_DIR: run this through `cargo test`");
    let path = PathBuf::from(folder).join("../docs/dirty-data.md");
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn parse(text: &str) -> Vec<Row> {
    let rows = text.lines().filter(|line| line.starts_with("| `")).map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [id, table, _, outcome, what] = cells[..] else {
            panic!("a row of docs/dirty-data.md has five cells: {line}");
        };
        Row {
            id: id.trim_matches('`').to_owned(),
            table: table.to_owned(),
            outcome: outcome.to_owned(),
            rule_or_code: last_code(what).to_owned(),
        }
    });
    rows.collect()
}

fn last_code(cell: &str) -> &str {
    cell.rsplit('`').nth(1).unwrap_or_default()
}

#[test]
fn the_text_names_the_default_threshold() {
    let threshold = config::Settings::defaults().unwrap().pipeline.quarantine_threshold;
    let named = format!("`pipeline.quarantine_threshold` ({threshold} unless set otherwise)");
    assert!(text().contains(&named), "{named}");
}

#[test]
fn the_table_is_whole() {
    let rows = rows();
    assert!(rows.len() >= 60, "{} rows", rows.len());
    for row in &rows {
        let table = row.table.as_str();
        assert!(TABLES.contains(&table) || ["any", "all"].contains(&table), "{row:?}");
        let named = !row.rule_or_code.is_empty();
        match row.outcome.as_str() {
            "normalise" => {}
            "quarantine" | "fail" => assert!(named, "the rule or code is missing: {row:?}"),
            _ => panic!("no outcome: {row:?}"),
        }
    }
    let mut ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), rows.len(), "an id stands there twice");
}
