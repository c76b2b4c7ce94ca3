//! Splits the checked rows of a table into silver and quarantine, in one pass, and counts by rule.
//!
//! Input: streams of a table's columns with `part`, `line`, `raw` and `rule`. Output: the two Parquet tables and a
//! [`TableQuality`]. Quarantine has the same columns for every table: `rule, source, part, line, raw`; `part` is the
//! position in the manifest's inputs, from 1, and `raw` the record as received.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
};

use arrow::{
    array::{Array, ArrayRef, AsArray, StringArray, StringBuilder},
    compute::{cast, filter_record_batch, is_not_null, is_null},
    datatypes::{DataType, Field, Int64Type, Schema, SchemaRef},
    record_batch::RecordBatch,
};
use datafusion::{
    dataframe::DataFrame, error::DataFusionError, execution::SendableRecordBatchStream,
    physical_plan::execute_stream_partitioned,
};
use domain::manifest::Artefact;
use futures::StreamExt;
use tokio::task::JoinSet;

use crate::{
    content_hash::RowsHash,
    context::StageContext,
    error::PipelineError,
    silver::rules::TableRules,
    table_writer::{PartWriter, finish_table, prepare_folder},
};

/// Broken rows that the report shows of each rule.
const EXAMPLES: usize = 5;

/// Characters of a broken row that the report shows; a longer one is in quarantine whole.
const EXAMPLE_CHARS: usize = 200;

/// What the rules found in one table.
#[derive(Debug, Clone, Default)]
pub struct TableQuality {
    /// Rows of bronze.
    pub rows_seen: u64,
    /// By rule; a rule that nothing broke is absent.
    pub broken: BTreeMap<String, BrokenRows>,
}

/// The rows that broke one rule.
#[derive(Debug, Clone, Default)]
pub struct BrokenRows {
    /// How many.
    pub rows: u64,
    /// The first ones by (part, line), with the text of the row.
    pub examples: BTreeSet<(i64, i64, String)>,
}

/// The two tables and what was counted on the way.
#[derive(Debug)]
pub struct SplitOutcome {
    /// `silver.<table>` and `quarantine.<table>`.
    pub artefacts: Vec<Artefact>,
    /// What the rules found.
    pub quality: TableQuality,
}

/// Runs a checked query and writes both sides of it.
pub async fn split_table(
    context: &StageContext,
    rules: &TableRules,
    checked: DataFrame,
) -> Result<SplitOutcome, PipelineError> {
    let task = Arc::new(checked.task_ctx());
    let plan = checked.create_physical_plan().await?;
    let silver_schema = Arc::new(plan.schema().project(&(0..rules.columns.len()).collect::<Vec<_>>())?);
    let silver = context.paths().silver(rules.table);
    let quarantine = context.paths().silver("quarantine").join(rules.table);
    prepare_folder(&silver)?;
    prepare_folder(&quarantine)?;
    let mut tasks = JoinSet::new();
    for (index, stream) in execute_stream_partitioned(plan, task)?.into_iter().enumerate() {
        let splitter = Splitter::new(context, rules, index, (&silver, &silver_schema), &quarantine);
        tasks.spawn(splitter.run(stream));
    }
    let (mut quality, mut clean, mut broken) = (TableQuality::default(), Vec::new(), Vec::new());
    while let Some(part) = tasks.join_next().await {
        let part = part.map_err(|e| PipelineError::Worker(e.to_string()))??;
        quality.merge(part.quality);
        clean.push(part.clean);
        broken.push(part.broken);
    }
    let table = rules.table;
    let paths = context.paths();
    let artefacts = vec![
        finish_table(paths, &format!("silver.{table}"), &silver, &silver_schema, &clean)?,
        finish_table(paths, &format!("quarantine.{table}"), &quarantine, &quarantine_schema(), &broken)?,
    ];
    Ok(SplitOutcome { artefacts, quality })
}

struct SplitPart {
    quality: TableQuality,
    clean: RowsHash,
    broken: RowsHash,
}

/// Splits one stream.
struct Splitter {
    context: StageContext,
    width: usize,
    clean: PartWriter,
    broken: PartWriter,
    quality: TableQuality,
}

impl Splitter {
    fn new(
        context: &StageContext,
        rules: &TableRules,
        index: usize,
        (silver, schema): (&Path, &SchemaRef),
        quarantine: &Path,
    ) -> Self {
        Self {
            context: context.clone(),
            width: rules.columns.len(),
            clean: PartWriter::new(silver, index, schema),
            broken: PartWriter::new(quarantine, index, &quarantine_schema()),
            quality: TableQuality::default(),
        }
    }

    async fn run(mut self, mut stream: SendableRecordBatchStream) -> Result<SplitPart, PipelineError> {
        while let Some(batch) = stream.next().await {
            let batch: RecordBatch = batch?;
            self.split(&batch)?;
            self.context.advance(batch.num_rows() as u64);
        }
        Ok(SplitPart { quality: self.quality, clean: self.clean.finish()?, broken: self.broken.finish()? })
    }

    fn split(&mut self, batch: &RecordBatch) -> Result<(), PipelineError> {
        self.quality.rows_seen += batch.num_rows() as u64;
        let rule = column(batch, "rule")?;
        if rule.null_count() == batch.num_rows() {
            return self.clean.write(&self.silver_columns(batch)?);
        }
        let clean = filter_record_batch(batch, &is_null(rule)?);
        let broken = filter_record_batch(batch, &is_not_null(rule)?);
        let clean = self.silver_columns(&clean?)?;
        self.clean.write(&clean)?;
        let broken = broken?;
        self.quarantine(&broken)
    }

    fn silver_columns(&self, batch: &RecordBatch) -> Result<RecordBatch, PipelineError> {
        Ok(batch.project(&(0..self.width).collect::<Vec<_>>())?)
    }

    fn quarantine(&mut self, batch: &RecordBatch) -> Result<(), PipelineError> {
        let rules = text_column(batch, "rule")?;
        let raws = text_column(batch, "raw")?;
        let (parts, lines) = (column(batch, "part")?, column(batch, "line")?);
        let part_numbers = parts.as_primitive::<Int64Type>();
        let line_numbers = lines.as_primitive::<Int64Type>();
        let mut sources = StringBuilder::new();
        for row in 0..batch.num_rows() {
            let part = part_numbers.value(row);
            sources.append_value(self.source_of(part));
            self.quality.add(rules.value(row), (part, line_numbers.value(row)), raws.value(row));
        }
        let columns: Vec<ArrayRef> = vec![
            Arc::new(rules.clone()),
            Arc::new(sources.finish()),
            Arc::clone(parts),
            Arc::clone(lines),
            Arc::new(raws.clone()),
        ];
        let rows = RecordBatch::try_new(quarantine_schema(), columns)?;
        self.broken.write(&rows)
    }

    fn source_of(&self, part: i64) -> &str {
        let at = usize::try_from(part - 1).unwrap_or(usize::MAX);
        self.context.inputs().get(at).map_or("", |input| &input.table)
    }
}

impl TableQuality {
    fn add(&mut self, rule: &str, (part, line): (i64, i64), raw: &str) {
        let broken = match self.broken.get_mut(rule) {
            Some(broken) => broken,
            None => self.broken.entry(rule.to_owned()).or_default(),
        };
        broken.rows += 1;
        let first = broken.examples.last().is_none_or(|(p, l, _)| (part, line) < (*p, *l));
        if broken.examples.len() < EXAMPLES || first {
            broken.examples.insert((part, line, raw.chars().take(EXAMPLE_CHARS).collect()));
            broken.keep_first();
        }
    }

    fn merge(&mut self, other: Self) {
        self.rows_seen += other.rows_seen;
        for (rule, rows) in other.broken {
            let broken = self.broken.entry(rule).or_default();
            broken.rows += rows.rows;
            broken.examples.extend(rows.examples);
            broken.keep_first();
        }
    }
}

impl BrokenRows {
    fn keep_first(&mut self) {
        while self.examples.len() > EXAMPLES {
            self.examples.pop_last();
        }
    }
}

fn quarantine_schema() -> SchemaRef {
    let column = |name: &str, data_type: DataType| Field::new(name, data_type, true);
    Arc::new(Schema::new(vec![
        column("rule", DataType::Utf8),
        column("source", DataType::Utf8),
        column("part", DataType::Int64),
        column("line", DataType::Int64),
        column("raw", DataType::Utf8),
    ]))
}

fn column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ArrayRef, PipelineError> {
    let missing = || DataFusionError::Internal(format!("a checked query has no column {name}"));
    Ok(batch.column_by_name(name).ok_or_else(missing)?)
}

fn text_column(batch: &RecordBatch, name: &str) -> Result<StringArray, PipelineError> {
    let text = cast(column(batch, name)?, &DataType::Utf8)?;
    Ok(text.as_string().clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_are_the_first_rows_whatever_the_order_of_arrival() {
        let mut left = TableQuality::default();
        let mut right = TableQuality::default();
        for line in (1..=20).rev() {
            let side = if line % 2 == 0 { &mut left } else { &mut right };
            side.add("rule", (1, line), "x");
        }
        left.merge(right);
        let broken = &left.broken["rule"];
        let lines: Vec<i64> = broken.examples.iter().map(|(_, line, _)| *line).collect();
        assert_eq!((broken.rows, lines), (20, vec![1, 2, 3, 4, 5]));
    }
}
