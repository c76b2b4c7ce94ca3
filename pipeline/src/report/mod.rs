//! The page of a run, `runs/<id>/report.html`: what it read, what left and why, what it made, how it ended.
//!
//! Checkpoint + `data_quality.json` → page → one HTML file that needs nothing else: no script, no link, no image.
//! Written for failed runs too. Everything that stands in it is escaped by the template engine; figures come with their
//! units. The page is for whoever keeps the shop, the numbers for programs are in the manifest.

pub mod quality;
pub mod words;

use std::{fs::File, path::PathBuf};

use arrow::{
    array::{Array, AsArray},
    datatypes::{Float64Type, Int64Type},
};
use config::pipeline::PipelineSettings;
use domain::{
    lake::{Lake, RunPaths},
    manifest::{Artefact, StageStatus},
};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    error::PipelineError,
    orchestrator::checkpoint::{Checkpoint, StageTimes},
    publish::{previous_published, write_atomically},
    report::{
        quality::{RuleQuality, TableQuality, read_quality},
        words::{bytes, count, counted, duration, moment_of, percent, rule_reason, stage_title, table_title},
    },
    run_log::{source_text, tables_read},
    stage::Stage,
    table_writer::part_path,
};

const TEMPLATE: &str = include_str!("page.html.j2");

/// Examples of a broken rule on the page; the quarantine tables hold all rows.
const EXAMPLES: usize = 3;

/// Letters of an example: a row of this data is shorter, and a broken one may be a whole file.
const EXAMPLE_LETTERS: usize = 300;

/// The narrowest bar in percent: what took time, or set rows aside, is seen.
const NARROWEST_BAR: f64 = 0.6;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// The lake points to it.
    Published,
    /// Complete, not meant to be published.
    Complete,
    /// A stage failed.
    Failed,
}

/// Where the page of a run lies.
pub fn report_path(paths: &RunPaths) -> PathBuf {
    paths.folder().join("report.html")
}

/// Writes the page of a run and returns where it lies.
pub fn write_report(lake: &Lake, checkpoint: &Checkpoint, ending: Ending) -> Result<PathBuf, PipelineError> {
    let paths = lake.run(&checkpoint.run_id);
    let path = report_path(&paths);
    write_atomically(&path, &render(&Page::of(&paths, checkpoint, ending))?)?;
    Ok(path)
}

fn render(page: &Page) -> Result<String, PipelineError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let unrendered = |e: String| PipelineError::Worker(format!("the report page: {e}"));
    let page = serde_json::to_value(page).map_err(|e| unrendered(e.to_string()))?;
    let template = environment.template_from_str(TEMPLATE);
    let rendered = template.and_then(|template| template.render(value_of(page)));
    // The template is compiled in: an error is one of ours, and a run does not fail for it.
    rendered.map_err(|e| unrendered(e.to_string()))
}

/// A JSON value as the template engine's own.
fn value_of(json: serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::from(()),
        serde_json::Value::Bool(value) => Value::from(value),
        serde_json::Value::Number(number) => match number.as_u64() {
            Some(number) => Value::from(number),
            None => Value::from(number.as_f64()),
        },
        serde_json::Value::String(text) => Value::from(text),
        serde_json::Value::Array(values) => Value::from(values.into_iter().map(value_of).collect::<Vec<_>>()),
        serde_json::Value::Object(fields) => {
            Value::from_pairs(fields.into_iter().map(|(name, value)| (name, value_of(value))))
        }
    }
}

/// The share of a table's rows set aside from which on the top of the page names it.
const WORTH_A_WORD: f64 = 0.01;

/// What the template is given, every figure as it is shown.
#[derive(Debug, Serialize)]
struct Page {
    run_id: String,
    ending: Ending,
    started: String,
    ended: String,
    took: String,
    source: String,
    version: &'static str,
    failure: Option<Stopped>,
    /// Whether a run was published before this one.
    has_previous: bool,
    /// The key figures, where they were made.
    figures: Vec<(&'static str, String)>,
    /// Tables of which a share worth a word was set aside.
    warnings: Vec<String>,
    read: Vec<ReadTable>,
    quality: Vec<CheckedTable>,
    made: Vec<MadeTable>,
    made_bytes: String,
    stages: Vec<StageRow>,
    notes: Vec<NoteRow>,
    parameters: Vec<(&'static str, String)>,
}

#[derive(Debug, Serialize)]
struct Stopped {
    stage: &'static str,
    name: &'static str,
    code: String,
    reason: String,
    go_on: String,
}

#[derive(Debug, Serialize)]
struct ReadTable {
    title: String,
    name: String,
    rows: String,
    parts: String,
}

#[derive(Debug, Serialize)]
struct CheckedTable {
    title: String,
    seen: String,
    kept: String,
    left_out: Option<String>,
    set_aside: String,
    share: String,
    rules: Vec<CheckedRule>,
    rules_without: usize,
}

#[derive(Debug, Serialize)]
struct CheckedRule {
    rule: String,
    reason: String,
    rows: String,
    share: String,
    threshold: String,
    /// How much of what is allowed is used, as the width of a bar in percent.
    bar: String,
    is_over: bool,
    examples: Vec<String>,
}

#[derive(Debug, Serialize)]
struct MadeTable {
    name: String,
    stage: &'static str,
    rows: String,
    bytes: String,
}

#[derive(Debug, Serialize)]
struct StageRow {
    title: &'static str,
    name: &'static str,
    state: &'static str,
    took: String,
    attempts: u32,
    memory: String,
    started: String,
    /// Where the bar begins and how long it is, in percent of the run.
    left: String,
    width: String,
}

#[derive(Debug, Serialize)]
struct NoteRow {
    stage: &'static str,
    text: String,
}

impl Page {
    fn of(paths: &RunPaths, checkpoint: &Checkpoint, ending: Ending) -> Self {
        let ended = checkpoint.times.values().map(|times| times.ended_at.as_str()).max();
        let ended = ended.unwrap_or(&checkpoint.started_at).to_owned();
        let took = seconds_between(&checkpoint.started_at, &ended);
        let quality = read_quality(paths);
        let made: Vec<(Stage, &Artefact)> = checkpoint
            .artefacts
            .iter()
            .flat_map(|(stage, made)| made.iter().map(|artefact| (*stage, artefact)))
            .collect();
        Self {
            run_id: checkpoint.run_id.clone(),
            ending,
            started: moment_of(&checkpoint.started_at),
            ended: moment_of(&ended),
            took: duration((took * 1_000.0) as u64),
            source: source_text(checkpoint),
            version: env!("CARGO_PKG_VERSION"),
            failure: checkpoint.failure.as_ref().map(|failure| Stopped {
                stage: stage_title(failure.stage),
                name: failure.stage.name(),
                code: failure.code.clone(),
                reason: failure.reason.clone(),
                go_on: failure.go_on.clone(),
            }),
            has_previous: has_previous(paths, ending),
            figures: figures(paths),
            warnings: quality
                .iter()
                .filter(|table| table.share() > WORTH_A_WORD)
                .map(|table| format!("{} of {}", percent(table.share()), table_title(&table.table)))
                .collect(),
            read: tables_read(&checkpoint.inputs)
                .into_iter()
                .map(|(table, rows, parts)| ReadTable {
                    title: table_title(table),
                    name: table.to_owned(),
                    rows: count(rows),
                    parts: count(parts),
                })
                .collect(),
            quality: quality.iter().map(CheckedTable::of).collect(),
            made_bytes: bytes(made.iter().map(|(_, artefact)| artefact.bytes).sum()),
            made: made.into_iter().map(|(stage, artefact)| MadeTable::of(stage, artefact)).collect(),
            stages: Stage::ALL
                .into_iter()
                .filter_map(|stage| StageRow::of(stage, checkpoint, &checkpoint.started_at, took))
                .collect(),
            notes: checkpoint
                .notes
                .iter()
                .map(|note| NoteRow { stage: stage_title(note.stage), text: note.text.clone() })
                .collect(),
            parameters: parameters(&checkpoint.settings),
        }
    }
}

/// Whether there is a run to go back to, or, where this one stopped, one to go on with.
fn has_previous(paths: &RunPaths, ending: Ending) -> bool {
    let lake = Lake::new(paths.lake_root());
    if ending == Ending::Published { previous_published(&lake).is_ok() } else { lake.latest().exists() }
}

/// What the shop looks like, from `gold.overview`; nothing where the run did not come so far.
fn figures(paths: &RunPaths) -> Vec<(&'static str, String)> {
    let path = part_path(&paths.gold("overview"), 0);
    let reader = File::open(path).ok().and_then(|file| ParquetRecordBatchReaderBuilder::try_new(file).ok());
    let row =
        reader.and_then(|reader| reader.build().ok()).and_then(|mut rows| rows.next()).and_then(Result::ok);
    let Some(row) = row else { return Vec::new() };
    let integer = |name: &str| {
        let column = row.column_by_name(name)?.as_primitive_opt::<Int64Type>()?;
        (!column.is_empty()).then(|| count(u64::try_from(column.value(0)).unwrap_or(0)))
    };
    let float = |name: &str| {
        let column = row.column_by_name(name)?.as_primitive_opt::<Float64Type>()?;
        (!column.is_empty() && column.is_valid(0)).then(|| column.value(0))
    };
    let shown = [
        ("customers", integer("customers")),
        ("orders", integer("orders")),
        ("items", integer("items")),
        ("products bought", integer("products_bought")),
        ("items an order", float("items_per_order").map(|value| format!("{value:.2}"))),
        ("of the items bought before", float("reorder_rate").map(percent)),
    ];
    shown.into_iter().filter_map(|(label, value)| Some((label, value?))).collect()
}

impl CheckedTable {
    fn of(table: &TableQuality) -> Self {
        let rules: Vec<CheckedRule> = table.broken().map(CheckedRule::of).collect();
        Self {
            title: table_title(&table.table),
            seen: count(table.seen),
            kept: count(table.kept()),
            left_out: (table.left_out > 0).then(|| counted(table.left_out, "row")),
            set_aside: count(table.set_aside),
            share: percent(table.share()),
            rules_without: table.rules.len() - rules.len(),
            rules,
        }
    }
}

impl CheckedRule {
    fn of(rule: &RuleQuality) -> Self {
        let used = if rule.threshold > 0.0 { (rule.share / rule.threshold).min(1.0) } else { 1.0 };
        let short = |example: &String| example.chars().take(EXAMPLE_LETTERS).collect();
        Self {
            rule: rule.rule.clone(),
            reason: rule_reason(&rule.rule),
            rows: count(rule.rows_quarantined),
            share: percent(rule.share),
            threshold: percent(rule.threshold),
            bar: width(used * 100.0),
            is_over: rule.share > rule.threshold,
            examples: rule.examples.iter().take(EXAMPLES).map(short).collect(),
        }
    }
}

impl MadeTable {
    fn of(stage: Stage, artefact: &Artefact) -> Self {
        Self {
            name: artefact.name.clone(),
            stage: stage_title(stage),
            rows: count(artefact.rows),
            bytes: bytes(artefact.bytes),
        }
    }
}

impl StageRow {
    /// `None` for a stage that was not reached.
    fn of(stage: Stage, checkpoint: &Checkpoint, run_started: &str, run_seconds: f64) -> Option<Self> {
        let record = checkpoint.stages.get(&stage)?;
        let nothing = StageTimes { started_at: run_started.to_owned(), ended_at: run_started.to_owned() };
        let times = checkpoint.times.get(&stage).unwrap_or(&nothing);
        let part_of_run = |seconds: f64| if run_seconds > 0.0 { seconds / run_seconds * 100.0 } else { 0.0 };
        let left = part_of_run(seconds_between(run_started, &times.started_at)).min(100.0 - NARROWEST_BAR);
        let long = part_of_run(seconds_between(&times.started_at, &times.ended_at)).min(100.0 - left);
        let was_run = record.status != StageStatus::Skipped;
        Some(Self {
            title: stage_title(stage),
            name: stage.name(),
            state: match record.status {
                StageStatus::Succeeded => "done",
                StageStatus::Skipped => "left out",
                StageStatus::Failed => "failed",
                StageStatus::Pending => "waiting",
            },
            took: if was_run { duration(record.elapsed_ms) } else { String::new() },
            attempts: record.attempts,
            memory: if was_run { bytes(record.peak_rss_bytes) } else { String::new() },
            started: if was_run { moment_of(&times.started_at) } else { String::new() },
            left: format!("{left:.2}"),
            width: if was_run { width(long) } else { "0".to_owned() },
        })
    }
}

fn parameters(settings: &PipelineSettings) -> Vec<(&'static str, String)> {
    vec![
        ("Rows of one table that one rule may set aside", percent(settings.quarantine_threshold)),
        ("Memory of the batch engine", format!("{} MiB", count(settings.memory_mib as u64))),
        ("Disk for sorting", format!("{} MiB", count(settings.spill_mib as u64))),
        (
            "Worker threads",
            match settings.threads {
                0 => "as many as the machine has".to_owned(),
                threads => count(threads as u64),
            },
        ),
        ("Times a failed stage is started again", settings.retries.to_string()),
        ("Seed", settings.seed.to_string()),
    ]
}

fn width(percent: f64) -> String {
    format!("{:.2}", percent.clamp(NARROWEST_BAR, 100.0))
}

/// Seconds from one RFC 3339 moment to another; 0 where one is no such text or the clock went back.
fn seconds_between(from: &str, to: &str) -> f64 {
    let moments = (OffsetDateTime::parse(from, &Rfc3339), OffsetDateTime::parse(to, &Rfc3339));
    let (Ok(from), Ok(to)) = moments else { return 0.0 };
    (to - from).as_seconds_f64().max(0.0)
}

#[cfg(test)]
mod tests;
