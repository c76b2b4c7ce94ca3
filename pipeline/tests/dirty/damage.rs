//! One damaged source, and what must become of it.

use crate::source::{Source, columns};

/// The share of a table's rows that one rule may quarantine in this suite: its tables are small.
const THRESHOLD: f64 = 0.2;

/// Where the source folder stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Folder,
    /// No folder at all.
    Missing,
    /// A file in the folder's place.
    File,
}

#[derive(Debug, Clone)]
pub(crate) struct Damage {
    pub(crate) source: Source,
    pub(crate) place: Place,
    pub(crate) threshold: f64,
    pub(crate) outcome: Outcome,
}

#[derive(Debug, Clone)]
pub(crate) enum Outcome {
    /// Silver is that of the clean source.
    Normalise,
    /// Nothing goes to quarantine, and these rows (silver table, values as text) stand in silver, once each.
    Keep(Vec<(&'static str, Vec<String>)>),
    /// These rows, and no others, are in quarantine; silver is that of a source without them.
    Quarantine { broken: Vec<Broken>, rest: Box<Source> },
    /// The run stops with that code and names that table or file.
    Fail { code: &'static str, names: String },
}

/// A row that must be in quarantine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Broken {
    /// The silver table.
    pub(crate) table: String,
    pub(crate) rule: String,
    /// The source table.
    pub(crate) source: String,
    pub(crate) raw: String,
}

pub(crate) fn broken(source: &str, raw: &str, rule: &str) -> Broken {
    Broken {
        table: silver_table(source).to_owned(),
        rule: rule.to_owned(),
        source: source.to_owned(),
        raw: raw.to_owned(),
    }
}

pub(crate) fn silver_table(source: &str) -> &str {
    if source.starts_with("order_products") { "order_lines" } else { source }
}

impl Damage {
    fn new(source: Source, outcome: Outcome) -> Self {
        Self { source, place: Place::Folder, threshold: THRESHOLD, outcome }
    }

    pub(crate) fn with_threshold(self, threshold: f64) -> Self {
        Self { threshold, ..self }
    }

    pub(crate) fn at(self, place: Place) -> Self {
        Self { place, ..self }
    }
}

pub(crate) fn normalised(source: Source) -> Damage {
    Damage::new(source, Outcome::Normalise)
}

/// Rows that stay, with the values that silver has of them.
pub(crate) fn kept(table: &'static str, rows: &[(&str, &[&str])]) -> Damage {
    let raws: Vec<&str> = rows.iter().map(|(raw, _)| *raw).collect();
    let values = rows.iter().map(|(_, values)| {
        let silver: &'static str = if table.starts_with("order_products") { "order_lines" } else { table };
        (silver, values.iter().map(|value| (*value).to_owned()).collect())
    });
    Damage::new(Source::clean().with_rows(table, &raws), Outcome::Keep(values.collect()))
}

/// Broken rows among the clean ones of a table.
pub(crate) fn added(table: &str, rows: &[(&str, &str)]) -> Damage {
    let raws: Vec<&str> = rows.iter().map(|(raw, _)| *raw).collect();
    let broken = rows.iter().map(|(raw, rule)| broken(table, raw, rule)).collect();
    quarantined(Source::clean().with_rows(table, &raws), broken, Source::clean())
}

/// The same row broken by each of some values in turn: `{}` in the row is the value.
pub(crate) fn added_each(table: &str, row: &str, values: &[&str], rule: &str) -> Damage {
    let rows: Vec<String> = values.iter().map(|value| row.replace("{}", value)).collect();
    let rows: Vec<(&str, &str)> = rows.iter().map(|row| (row.as_str(), rule)).collect();
    added(table, &rows)
}

/// A row in bytes that are no text.
pub(crate) fn added_bytes(table: &str, row: &[u8], rule: &str) -> Damage {
    let raw = String::from_utf8_lossy(row);
    quarantined(Source::clean().with_rows(table, &[row]), vec![broken(table, &raw, rule)], Source::clean())
}

pub(crate) fn quarantined(source: Source, broken: Vec<Broken>, rest: Source) -> Damage {
    Damage::new(source, Outcome::Quarantine { broken, rest: Box::new(rest) })
}

pub(crate) fn failed(source: Source, code: &'static str, names: &str) -> Damage {
    Damage::new(source, Outcome::Fail { code, names: names.to_owned() })
}

/// The header line of a table, without its line break.
pub(crate) fn header(table: &str) -> String {
    columns(table).join(",")
}
