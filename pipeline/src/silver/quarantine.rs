//! Where rows go that break a rule: counted by rule, shown by example, kept as received.
//!
//! One table for each silver table, with the same columns: `rule, source, part, line, raw`; `part` is the place in the
//! manifest's inputs, from 1, and `raw` the record as received (bytes that are no UTF-8 as U+FFFD).
//! Workers hand rows over in batches; memory is one batch a worker and one row group.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use arrow::{
    array::{ArrayRef, Int64Array, StringArray},
    datatypes::{DataType, Field, Schema, SchemaRef},
    record_batch::RecordBatch,
};
use domain::{
    lake::RunPaths,
    manifest::{Artefact, InputPart},
};

use crate::{
    context::StageContext,
    error::PipelineError,
    silver::bronze::BronzePart,
    table_writer::{PartWriter, finish_table, prepare_folder},
};

/// Broken rows that the report shows of each rule.
const EXAMPLES: usize = 5;

/// Characters of a broken row that the report shows; a longer one is in quarantine whole.
const EXAMPLE_CHARS: usize = 200;

/// Rows that a worker collects before it hands them over.
const BATCH_ROWS: usize = 4_096;

/// A row that broke a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The rule.
    pub rule: &'static str,
    /// The part.
    pub part: u32,
    /// The line in the part.
    pub line: u32,
    /// The record as received.
    pub raw: String,
}

/// A row of which it showed only later that it broke a rule; its text is fetched from the part again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Late {
    /// The part.
    pub part: u32,
    /// The line in the part.
    pub line: u32,
    /// The rule.
    pub rule: &'static str,
}

/// What the rules found in one table.
#[derive(Debug, Clone, Default)]
pub struct TableQuality {
    /// Rows of bronze.
    pub rows_seen: u64,
    /// Rows of customers who are erased; they are in no table, this one included.
    pub rows_erased: u64,
    /// Rows of the stream that the batch delivered too; the batch's stand in silver.
    pub rows_superseded: u64,
    /// By rule; a rule that nothing broke is absent.
    pub broken: BTreeMap<&'static str, BrokenRows>,
}

/// The rows that broke one rule.
#[derive(Debug, Clone, Default)]
pub struct BrokenRows {
    /// How many.
    pub rows: u64,
    /// The first ones by (part, line), with the text of the row.
    pub examples: BTreeSet<(u32, u32, String)>,
}

/// The quarantine of one silver table.
#[derive(Debug)]
pub struct Quarantine {
    table: &'static str,
    folder: PathBuf,
    paths: RunPaths,
    inputs: Arc<Vec<InputPart>>,
    sink: Mutex<Sink>,
}

#[derive(Debug)]
struct Sink {
    writer: PartWriter,
    quality: TableQuality,
}

impl Quarantine {
    /// An empty one; what an earlier attempt left there is removed.
    pub fn new(context: &StageContext, table: &'static str) -> Result<Self, PipelineError> {
        let folder = context.paths().silver("quarantine").join(table);
        prepare_folder(&folder)?;
        let writer = PartWriter::new(&folder, 0, &schema());
        Ok(Self {
            table,
            folder,
            paths: context.paths().clone(),
            inputs: Arc::new(context.inputs().to_vec()),
            sink: Mutex::new(Sink { writer, quality: TableQuality::default() }),
        })
    }

    /// A worker's way in.
    pub fn worker(&self) -> QuarantineWorker<'_> {
        QuarantineWorker { quarantine: self, rows: Vec::new(), counts: TableQuality::default() }
    }

    /// Fetches the text of late rows from their parts and takes them in.
    pub fn add_late(
        &self,
        context: &StageContext,
        parts: &[BronzePart],
        mut late: Vec<Late>,
    ) -> Result<(), PipelineError> {
        late.sort_unstable();
        for rows in late.chunk_by(|a, b| a.part == b.part) {
            let number = rows.first().map_or(0, |row| row.part);
            let Some(part) = parts.iter().find(|part| part.number == number) else { continue };
            let mut wanted = rows.iter().peekable();
            let mut worker = self.worker();
            part.read(context, |met| {
                if let Some(row) = wanted.next_if(|row| row.line == met.line) {
                    worker.add(row.rule, number, met.line, met.raw)?;
                }
                Ok(())
            })?;
            worker.finish()?;
        }
        Ok(())
    }

    /// Closes the table.
    pub fn finish(self) -> Result<(Artefact, TableQuality), PipelineError> {
        let Sink { writer, quality } = self.sink.into_inner().unwrap_or_else(PoisonError::into_inner);
        let name = format!("quarantine.{}", self.table);
        let artefact = finish_table(&self.paths, &name, &self.folder, &schema(), &[writer.finish()?])?;
        Ok((artefact, quality))
    }

    fn take(&self, rows: &[Broken], counts: &TableQuality) -> Result<(), PipelineError> {
        // A worker that panicked ends the stage; what it left here is not used any more.
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        sink.quality.rows_seen += counts.rows_seen;
        sink.quality.rows_erased += counts.rows_erased;
        sink.quality.rows_superseded += counts.rows_superseded;
        for row in rows {
            sink.quality.add(row);
        }
        if rows.is_empty() {
            return Ok(());
        }
        let batch = self.batch(rows)?;
        sink.writer.write(&batch)
    }

    fn batch(&self, rows: &[Broken]) -> Result<RecordBatch, PipelineError> {
        let source = |row: &Broken| {
            let at = (row.part as usize).checked_sub(1);
            at.and_then(|at| self.inputs.get(at)).map_or("", |input| input.table.as_str())
        };
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.rule))),
            Arc::new(StringArray::from_iter_values(rows.iter().map(source))),
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| i64::from(row.part)))),
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| i64::from(row.line)))),
            Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.raw.as_str()))),
        ];
        Ok(RecordBatch::try_new(schema(), columns)?)
    }
}

/// Collects the broken rows of one worker.
#[derive(Debug)]
pub struct QuarantineWorker<'a> {
    quarantine: &'a Quarantine,
    rows: Vec<Broken>,
    counts: TableQuality,
}

impl QuarantineWorker<'_> {
    /// Takes in a row that broke a rule.
    pub fn add(&mut self, rule: &'static str, part: u32, line: u32, raw: &[u8]) -> Result<(), PipelineError> {
        let raw = String::from_utf8_lossy(raw).into_owned();
        self.rows.push(Broken { rule, part, line, raw });
        if self.rows.len() >= BATCH_ROWS { self.hand_over() } else { Ok(()) }
    }

    /// Counts rows of bronze that were looked at.
    pub fn saw(&mut self, rows: u64) {
        self.counts.rows_seen += rows;
    }

    /// Counts a row of an erased customer.
    pub fn erased(&mut self) {
        self.counts.rows_erased += 1;
    }

    /// Counts a row of the stream that the batch delivered too.
    pub fn superseded(&mut self) {
        self.counts.rows_superseded += 1;
    }

    /// Hands over what is left.
    pub fn finish(mut self) -> Result<(), PipelineError> {
        self.hand_over()
    }

    fn hand_over(&mut self) -> Result<(), PipelineError> {
        let counts = std::mem::take(&mut self.counts);
        let taken = self.quarantine.take(&self.rows, &counts);
        self.rows.clear();
        taken
    }
}

impl TableQuality {
    /// Rows in quarantine.
    pub fn quarantined(&self) -> u64 {
        self.broken.values().map(|broken| broken.rows).sum()
    }

    fn add(&mut self, row: &Broken) {
        let broken = self.broken.entry(row.rule).or_default();
        broken.rows += 1;
        let is_early = broken.examples.last().is_none_or(|(p, l, _)| (row.part, row.line) < (*p, *l));
        if broken.examples.len() < EXAMPLES || is_early {
            let text = row.raw.chars().take(EXAMPLE_CHARS).collect();
            broken.examples.insert((row.part, row.line, text));
            while broken.examples.len() > EXAMPLES {
                broken.examples.pop_last();
            }
        }
    }
}

fn schema() -> SchemaRef {
    let column = |name: &str, data_type: DataType| Field::new(name, data_type, true);
    Arc::new(Schema::new(vec![
        column("rule", DataType::Utf8),
        column("source", DataType::Utf8),
        column("part", DataType::Int64),
        column("line", DataType::Int64),
        column("raw", DataType::Utf8),
    ]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_are_the_first_rows_whatever_the_order_of_arrival() {
        let mut quality = TableQuality::default();
        for line in (1..=20).rev() {
            quality.add(&Broken { rule: "rule", part: 1, line, raw: "x".to_owned() });
        }
        let broken = &quality.broken["rule"];
        let lines: Vec<u32> = broken.examples.iter().map(|(_, line, _)| *line).collect();
        assert_eq!((broken.rows, lines), (20, vec![1, 2, 3, 4, 5]));
    }
}
