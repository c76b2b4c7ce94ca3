//! Proves `docs/dirty-data.md` row by row: each kind of damage on a small valid source, through the whole pipeline.
//!
//! ```text
//! docs/dirty-data.md ─ table ─┐
//! source ─ cases ─ damage ────┴─> proof (runs the pipeline, compares) ─> one test a row
//! ```
//! A case has the id of its row; a row without a case fails the suite, and so does a case without a row. Further:
//! nothing panics, and 200 random mutations lose no row ([`mutations`]). No network, temporary folders only.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::{collections::BTreeSet, sync::OnceLock};

/// The cases of one file: `id => damages;`, each with a test of its own.
macro_rules! damages {
    ($($id:ident => $damages:expr;)+) => {
        pub(crate) static CASES: std::sync::LazyLock<Vec<$crate::Case>> = std::sync::LazyLock::new(|| {
            vec![$($crate::Case::new(stringify!($id), || $damages.into_iter().collect())),+]
        });

        $(
            #[test]
            fn $id() {
                $crate::prove(&CASES, stringify!($id));
            }
        )+
    };
}

mod cases {
    pub(crate) mod catalogue;
    pub(crate) mod files;
    pub(crate) mod lines;
    pub(crate) mod orders;
    pub(crate) mod rows;
}
mod damage;
mod mutations;
mod parquet_file;
mod proof;
mod source;
mod table;

use damage::{Broken, Damage, Outcome};
use table::Row;

/// One row of the table: the damages that show it, and what was found, once it was tried.
pub(crate) struct Case {
    id: &'static str,
    damages: fn() -> Vec<Damage>,
    tried: OnceLock<Tried>,
}

/// What the runs of a case gave.
struct Tried {
    found: Vec<String>,
    codes: Vec<&'static str>,
}

impl Case {
    fn new(id: &'static str, damages: fn() -> Vec<Damage>) -> Self {
        Self { id, damages, tried: OnceLock::new() }
    }

    /// Runs all damages of the case, the first time.
    fn tried(&self) -> &Tried {
        self.tried.get_or_init(|| {
            let mut tried = Tried { found: Vec::new(), codes: Vec::new() };
            for (at, damage) in (self.damages)().iter().enumerate() {
                let run = proof::run(&damage.source, damage.place, damage.threshold);
                tried.codes.extend(run.code());
                if let Err(found) = proof::check(damage, &run) {
                    tried.found.push(format!("damage {}: {found}", at + 1));
                }
            }
            tried
        })
    }
}

fn all_cases() -> impl Iterator<Item = &'static Case> {
    use cases::{catalogue, files, lines, orders, rows};
    [&catalogue::CASES, &orders::CASES, &lines::CASES, &rows::CASES, &files::CASES]
        .into_iter()
        .flat_map(|cases| cases.iter())
}

/// Proves one row of the table.
fn prove(cases: &'static [Case], id: &str) {
    let case = cases.iter().find(|case| case.id == id).unwrap();
    let rows = table::rows();
    let row = rows.iter().find(|row| row.id == id);
    let row = row.unwrap_or_else(|| panic!("docs/dirty-data.md has no row {id}"));
    let damages = (case.damages)();
    assert!(!damages.is_empty(), "{id} has no damage");
    for damage in &damages {
        agrees(row, damage);
    }
    let found = &case.tried().found;
    assert!(found.is_empty(), "{id}:\n{}", found.join("\n"));
}

/// The case says the same as its row.
fn agrees(row: &Row, damage: &Damage) {
    let outcome = match &damage.outcome {
        Outcome::Normalise | Outcome::Keep(_) => "normalise",
        Outcome::Quarantine { broken, .. } => {
            let named = |broken: &Broken| {
                broken.rule == row.rule_or_code && (row.table == "any" || row.table == broken.source)
            };
            assert!(broken.iter().any(named), "no row by that rule in that table: {row:?}");
            "quarantine"
        }
        Outcome::Fail { code, .. } => {
            assert_eq!(*code, row.rule_or_code, "{row:?}");
            "fail"
        }
    };
    assert_eq!(outcome, row.outcome, "{row:?}");
}

#[test]
fn every_row_has_a_case_and_every_case_a_row() {
    let rows: BTreeSet<String> = table::rows().into_iter().map(|row| row.id).collect();
    let cases: BTreeSet<String> = all_cases().map(|case| case.id.to_owned()).collect();
    let without_case: Vec<_> = rows.difference(&cases).collect();
    let without_row: Vec<_> = cases.difference(&rows).collect();
    assert!(without_case.is_empty(), "rows without a case: {without_case:#?}");
    assert!(without_row.is_empty(), "cases without a row: {without_row:#?}");
    assert_eq!(all_cases().count(), cases.len(), "an id stands there twice");
}

/// A panic inside the pipeline comes back as `worker`; no damage may lead to one.
#[test]
fn no_damage_panics() {
    let panicked = all_cases().filter(|case| case.tried().codes.contains(&"worker"));
    let panicked: Vec<&str> = panicked.map(|case| case.id).collect();
    assert!(panicked.is_empty(), "panicked: {panicked:#?}");
}
