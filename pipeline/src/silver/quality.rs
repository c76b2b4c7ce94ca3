//! The data-quality report of a run and the threshold that fails it.
//!
//! One row a table and rule, also where nothing broke it: `table, rule, rows_seen, rows_quarantined, rows_left_out, share, threshold,
//! examples` (a JSON array of texts). Written as Parquet (`report.data_quality`) and, for people, as JSON beside the
//! manifest.

use std::sync::Arc;

use arrow::{
    array::{ArrayRef, Float64Array, Int64Array, StringArray},
    datatypes::{DataType, Field, Schema},
    record_batch::RecordBatch,
};
use domain::manifest::Artefact;
use serde::Serialize;

use crate::{
    context::StageContext,
    error::PipelineError,
    publish::write_atomically,
    silver::{quarantine::TableQuality, rules::TableRules},
    table_writer::hash_files,
};

/// One rule of one table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RuleReport {
    /// The silver table.
    pub table: String,
    /// The rule.
    pub rule: String,
    /// Rows of bronze that were seen.
    pub rows_seen: u64,
    /// Rows that went to quarantine by this rule.
    pub rows_quarantined: u64,
    /// Rows of the table that were left out without a fault, the same for each of its rules: rows of erased customers,
    /// and of the stream where the batch has them too.
    pub rows_left_out: u64,
    /// `rows_quarantined / rows_seen`.
    pub share: f64,
    /// The share that is allowed.
    pub threshold: f64,
    /// The first rows that broke it.
    pub examples: Vec<String>,
}

/// The rows of the report for one table, rules in their order.
pub fn report_table(rules: &TableRules, quality: &TableQuality, threshold: f64) -> Vec<RuleReport> {
    let report = |rule: &&str| {
        let broken = quality.broken.get(*rule).cloned().unwrap_or_default();
        let share = if quality.rows_seen == 0 { 0.0 } else { broken.rows as f64 / quality.rows_seen as f64 };
        RuleReport {
            table: rules.table.to_owned(),
            rule: (*rule).to_owned(),
            rows_seen: quality.rows_seen,
            rows_quarantined: broken.rows,
            rows_left_out: quality.rows_erased + quality.rows_superseded,
            share,
            threshold,
            examples: broken
                .examples
                .iter()
                .map(|(part, line, raw)| format!("part {part}, line {line}: {raw}"))
                .collect(),
        }
    };
    rules.rules.iter().map(report).collect()
}

/// Fails on a row that is nowhere, on the first rule above the threshold, and on a table of which nothing is left.
pub fn check_table(
    context: &StageContext,
    rules: &TableRules,
    quality: &TableQuality,
    clean: u64,
    reports: &[RuleReport],
) -> Result<(), PipelineError> {
    let table = rules.table.to_owned();
    let kept = clean + quality.quarantined() + quality.rows_erased + quality.rows_superseded;
    if kept != quality.rows_seen {
        return Err(PipelineError::RowsLost { table, rows: quality.rows_seen, kept });
    }
    if quality.rows_erased > 0 {
        let text = format!("{table}: {} rows of erased customers left out", quality.rows_erased);
        context.progress().note(context.stage(), &text);
    }
    if quality.rows_superseded > 0 {
        let text =
            format!("{table}: {} streamed rows left out, the batch has them too", quality.rows_superseded);
        context.progress().note(context.stage(), &text);
    }
    if let Some(report) = reports.iter().find(|report| report.share > report.threshold) {
        return Err(PipelineError::ThresholdExceeded {
            rule: report.rule.clone(),
            quarantined: report.rows_quarantined,
            rows: report.rows_seen,
            share: report.share,
            threshold: report.threshold,
            folder: context.paths().silver("quarantine").join(&table),
            table,
        });
    }
    if clean == 0 { Err(PipelineError::NothingLeft { table, rows: quality.rows_seen }) } else { Ok(()) }
}

/// Writes the report in both forms.
pub fn write_report(context: &StageContext, reports: &[RuleReport]) -> Result<Vec<Artefact>, PipelineError> {
    let folder = context.paths().silver("data_quality");
    let batch = report_batch(reports)?;
    let table = context.write_batches("report.data_quality", &folder, &batch.schema(), [batch])?;
    let path = context.paths().folder().join("data_quality.json");
    let text = serde_json::to_string_pretty(reports)
        .map_err(|source| PipelineError::DamagedRecord { path: path.clone(), source })?;
    write_atomically(&path, &text)?;
    let files = hash_files(&path)?;
    let json = Artefact {
        name: "report.data_quality_json".to_owned(),
        path: context.paths().relative(&path).ok_or_else(|| PipelineError::UnusablePath(path.clone()))?,
        bytes: files.bytes,
        sha256: files.sha256,
        ..table.clone()
    };
    Ok(vec![table, json])
}

fn report_batch(reports: &[RuleReport]) -> Result<RecordBatch, PipelineError> {
    let text =
        |value: fn(&RuleReport) -> String| Arc::new(StringArray::from_iter_values(reports.iter().map(value)));
    let count = |value: fn(&RuleReport) -> u64| {
        Arc::new(Int64Array::from_iter_values(
            reports.iter().map(|r| i64::try_from(value(r)).unwrap_or(i64::MAX)),
        ))
    };
    let number =
        |value: fn(&RuleReport) -> f64| Arc::new(Float64Array::from_iter_values(reports.iter().map(value)));
    let examples = |report: &RuleReport| serde_json::Value::from(report.examples.clone()).to_string();
    let columns: [(&str, DataType, ArrayRef); 8] = [
        ("table", DataType::Utf8, text(|r| r.table.clone())),
        ("rule", DataType::Utf8, text(|r| r.rule.clone())),
        ("rows_seen", DataType::Int64, count(|r| r.rows_seen)),
        ("rows_quarantined", DataType::Int64, count(|r| r.rows_quarantined)),
        ("rows_left_out", DataType::Int64, count(|r| r.rows_left_out)),
        ("share", DataType::Float64, number(|r| r.share)),
        ("threshold", DataType::Float64, number(|r| r.threshold)),
        ("examples", DataType::Utf8, text(examples)),
    ];
    let fields = columns.iter().map(|(name, data_type, _)| Field::new(*name, data_type.clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let arrays = columns.into_iter().map(|(_, _, array)| array).collect();
    Ok(RecordBatch::try_new(schema, arrays)?)
}
