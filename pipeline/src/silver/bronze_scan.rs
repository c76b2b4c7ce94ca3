//! The bronze parts of a run as a table of text columns, streamed.
//!
//! Output columns: the table's canonical columns as text (blank = null), then `source` (the source table's name),
//! `part` (position of the part in the manifest's inputs, from 1), `line` (line in the part, from 1) and `raw` (the
//! record as received). `(part, line)` orders all rows of a run and does not depend on clock or thread count.
//! The parts are dealt out to at most as many streams as there are threads. Memory: two batches a stream.

use std::{fs::File, io::BufReader, path::PathBuf, sync::Arc};

use arrow::{
    array::{ArrayRef, Int64Builder, StringBuilder},
    datatypes::{DataType, Field, Schema, SchemaRef},
    record_batch::RecordBatch,
};
use datafusion::{
    catalog::streaming::StreamingTable,
    error::DataFusionError,
    execution::{SendableRecordBatchStream, TaskContext},
    physical_plan::{stream::RecordBatchReceiverStream, streaming::PartitionStream},
};

use crate::{
    context::StageContext,
    error::{PipelineError, io_error},
    ingest::{
        records::{Record, RecordReader},
        schema::{HeaderMap, SourceTable},
        source::read_header,
    },
};

/// Rows of a batch, the engine's own default.
const BATCH_ROWS: usize = 8_192;

/// The parts of one or more source tables of the same columns.
pub fn bronze_table(context: &StageContext, tables: &[SourceTable]) -> Result<StreamingTable, PipelineError> {
    let columns = tables.first().map(|table| table.columns()).unwrap_or_default();
    let schema = bronze_schema(columns);
    let mut groups = vec![Vec::new(); context.threads()];
    let parts = context.inputs().iter().enumerate().filter_map(|(at, input)| {
        let table = tables.iter().find(|table| table.name() == input.table)?;
        let path = context.paths().lake_root().join(&input.part);
        Some(BronzePart { table: *table, path, number: at as i64 + 1 })
    });
    for (at, part) in parts.enumerate() {
        let group = at % groups.len();
        if let Some(group) = groups.get_mut(group) {
            group.push(part);
        }
    }
    groups.retain(|parts| !parts.is_empty());
    let streams = groups.into_iter().map(|parts| {
        let stream = PartGroup { schema: Arc::clone(&schema), parts };
        Arc::new(stream) as Arc<dyn PartitionStream>
    });
    Ok(StreamingTable::try_new(Arc::clone(&schema), streams.collect())?)
}

fn bronze_schema(columns: &[&str]) -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let mut fields: Vec<Field> = columns.iter().map(|name| text(name)).collect();
    fields.push(Field::new("source", DataType::Utf8, false));
    fields.push(Field::new("part", DataType::Int64, false));
    fields.push(Field::new("line", DataType::Int64, false));
    fields.push(Field::new("raw", DataType::Utf8, false));
    Arc::new(Schema::new(fields))
}

#[derive(Debug, Clone)]
struct BronzePart {
    table: SourceTable,
    path: PathBuf,
    number: i64,
}

/// Parts that are read one after the other.
#[derive(Debug)]
struct PartGroup {
    schema: SchemaRef,
    parts: Vec<BronzePart>,
}

impl PartitionStream for PartGroup {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let mut stream = RecordBatchReceiverStream::builder(Arc::clone(&self.schema), 2);
        let (sender, schema, parts) = (stream.tx(), Arc::clone(&self.schema), self.parts.clone());
        stream.spawn_blocking(move || {
            let mut batch = BatchBuilder::new(schema);
            for part in &parts {
                // A closed channel means that nobody reads on, which is no error.
                let open = read_part(part, &mut batch, |rows| sender.blocking_send(Ok(rows)).is_ok())
                    .map_err(|e| DataFusionError::External(Box::new(e)))?;
                if !open {
                    return Ok(());
                }
            }
            if let Some(rest) = batch.take()? {
                let _ = sender.blocking_send(Ok(rest));
            }
            Ok(())
        });
        stream.build()
    }
}

/// Reads one part; `send` takes full batches and says whether more is wanted.
fn read_part(
    part: &BronzePart,
    batch: &mut BatchBuilder,
    send: impl Fn(RecordBatch) -> bool,
) -> Result<bool, PipelineError> {
    let file = File::open(&part.path).map_err(io_error("read", &part.path))?;
    let mut reader = RecordReader::new(&part.path, BufReader::with_capacity(1 << 17, file));
    let header = read_header(&mut reader, part.table, &part.path)?;
    let mut record = Record::default();
    while reader.read(&mut record)? {
        if record.is_blank() {
            continue;
        }
        batch.append(part, &header, &record);
        if batch.rows == BATCH_ROWS
            && let Some(full) = batch.take()?
            && !send(full)
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Collects records into columns.
struct BatchBuilder {
    schema: SchemaRef,
    columns: Vec<StringBuilder>,
    source: StringBuilder,
    part: Int64Builder,
    line: Int64Builder,
    raw: StringBuilder,
    rows: usize,
}

impl BatchBuilder {
    fn new(schema: SchemaRef) -> Self {
        let text = || StringBuilder::with_capacity(BATCH_ROWS, BATCH_ROWS * 8);
        Self {
            columns: (4..schema.fields().len()).map(|_| text()).collect(),
            source: text(),
            part: Int64Builder::with_capacity(BATCH_ROWS),
            line: Int64Builder::with_capacity(BATCH_ROWS),
            raw: text(),
            rows: 0,
            schema,
        }
    }

    fn append(&mut self, part: &BronzePart, header: &HeaderMap, record: &Record) {
        for (column, position) in self.columns.iter_mut().zip(&header.positions) {
            column.append_option(record.field(*position).filter(|field| !field.trim().is_empty()));
        }
        self.source.append_value(part.table.name());
        self.part.append_value(part.number);
        self.line.append_value(i64::try_from(record.line).unwrap_or(i64::MAX));
        self.raw.append_value(record.raw_text());
        self.rows += 1;
    }

    /// The rows collected so far as a batch.
    fn take(&mut self) -> Result<Option<RecordBatch>, DataFusionError> {
        if self.rows == 0 {
            return Ok(None);
        }
        self.rows = 0;
        let mut columns: Vec<ArrayRef> =
            self.columns.iter_mut().map(|column| Arc::new(column.finish()) as ArrayRef).collect();
        columns.push(Arc::new(self.source.finish()));
        columns.push(Arc::new(self.part.finish()));
        columns.push(Arc::new(self.line.finish()));
        columns.push(Arc::new(self.raw.finish()));
        Ok(Some(RecordBatch::try_new(Arc::clone(&self.schema), columns)?))
    }
}
