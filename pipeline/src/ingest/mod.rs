//! Source → bronze: each table in parts, exactly as received, counted and hashed; only what is new is copied.
//!
//! First stage of a run. The tables are read side by side; a table that fails fails the run with its name, and what was
//! ingested of the others stays usable. Later stages read the parts of this run's manifest only, never "everything in
//! bronze".
//!
//! Increments need no dates. A table with order ids has a high-water mark ([`record`]). Rows at or below it must be, as
//! a set, the rows that bronze holds; then the others are appended. A source without any row at or below the mark is an
//! increment by itself. Anything else is a changed source, and the table is taken anew: nothing is lost, nothing is
//! counted twice. A table without order ids is taken anew when its rows changed.
//! Layout: `data/batch/<table>/year=YYYY/month=MM/day=DD/hhmm=HHMM/<table>_part<N>.csv` below `bronze/<source>/`.

pub mod framing;
pub mod open;
pub mod parts;
pub mod record;
pub mod records;
pub mod schema;
pub mod source;
mod tabular;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use domain::{lake::Lake, manifest::InputPart};
use time::OffsetDateTime;
use tokio::task::JoinSet;

use crate::{
    context::StageContext,
    error::PipelineError,
    ingest::{
        parts::{Copied, Destination, copy_into_parts},
        record::IngestRecord,
        schema::SourceTable,
        source::{Source, SourceFile},
    },
    report::words::counted,
    stream::stream_parts,
};

/// What became of one table.
#[derive(Debug)]
pub enum TableOutcome {
    /// The source was never seen before.
    New(IngestRecord),
    /// So many rows came behind those that bronze holds.
    Appended(IngestRecord, u64),
    /// Bronze holds exactly these rows.
    Unchanged(IngestRecord),
    /// Rows that bronze holds changed in the source: all rows were copied anew.
    Replaced(IngestRecord),
    /// Not ingested.
    Failed(PipelineError),
}

/// What ingest hands to the run.
#[derive(Debug)]
pub struct IngestOutcome {
    /// The parts to read, by table in the order of [`SourceTable::ALL`], then in the order of the source; behind them
    /// those of the stream.
    pub inputs: Vec<InputPart>,
    /// By table, the highest order id seen.
    pub high_water: BTreeMap<String, u64>,
}

/// Copies what is new in a source into the lake's bronze layer.
pub async fn run(context: &StageContext, source: &Source) -> Result<IngestOutcome, PipelineError> {
    let folder = source.check()?;
    context.expect(None);
    let lake = Lake::new(context.paths().lake_root());
    let bronze = Arc::new(Bronze { root: lake.bronze(&source.name()), lake, now: OffsetDateTime::now_utc() });
    let mut tasks = JoinSet::new();
    for file in folder.files {
        let (context, bronze) = (context.clone(), Arc::clone(&bronze));
        tasks.spawn_blocking(move || (file.table, ingest_table(&context, &bronze, &file)));
    }
    let mut outcomes = BTreeMap::new();
    while let Some(ended) = tasks.join_next().await {
        let (table, outcome) = ended.map_err(|e| PipelineError::Worker(e.to_string()))?;
        outcomes.insert(table, outcome);
    }
    let mut ingested = collect(context, outcomes)?;
    let (lake, name) = (bronze.lake.clone(), source.name());
    let streamed = tokio::task::spawn_blocking(move || stream_parts(&lake, &name)).await;
    let streamed = streamed.map_err(|e| PipelineError::Worker(e.to_string()))??;
    if !streamed.is_empty() {
        let rows: u64 = streamed.iter().map(|part| part.rows).sum();
        let parts = counted(streamed.len() as u64, "part");
        let text = format!("stream: {} in {parts}", counted(rows, "row"));
        context.progress().note(context.stage(), &text);
    }
    // Behind the batch: of two rows with one order id silver keeps the batch's.
    ingested.inputs.extend(streamed);
    Ok(ingested)
}

/// The bronze layer of one source at one moment.
struct Bronze {
    lake: Lake,
    root: PathBuf,
    now: OffsetDateTime,
}

impl Bronze {
    fn snapshot_folder(&self, table: SourceTable) -> PathBuf {
        let now = self.now;
        self.root
            .join("data/batch")
            .join(table.name())
            .join(format!("year={:04}", now.year()))
            .join(format!("month={:02}", u8::from(now.month())))
            .join(format!("day={:02}", now.day()))
            .join(format!("hhmm={:02}{:02}", now.hour(), now.minute()))
    }
}

fn ingest_table(context: &StageContext, bronze: &Bronze, file: &SourceFile) -> TableOutcome {
    take_what_is_new(context, bronze, file).unwrap_or_else(TableOutcome::Failed)
}

fn take_what_is_new(
    context: &StageContext,
    bronze: &Bronze,
    file: &SourceFile,
) -> Result<TableOutcome, PipelineError> {
    let batch_size = context.settings().batch_size as u64;
    let folder = bronze.snapshot_folder(file.table);
    let copy = |mark: Option<u64>| {
        let destination = Destination { folder: &folder, batch_size };
        let advance = |rows| {
            context.advance(rows);
            context.check()
        };
        copy_into_parts(file, destination, mark, &advance)
    };
    let whole = |copied: Copied| {
        let record = IngestRecord::of(&bronze.lake, file.table, batch_size, copied)?;
        record.save(&bronze.root)?;
        Ok::<_, PipelineError>(record)
    };
    let Some(record) = IngestRecord::read(&bronze.lake, &bronze.root, file.table, batch_size)? else {
        return Ok(TableOutcome::New(whole(copy(None)?)?));
    };
    // Rows of a table without order ids count as known, whatever the mark.
    let copied = copy(Some(record.high_water.unwrap_or(0)))?;
    let is_increment = copied.known.rows() == 0;
    if !is_increment && copied.known != record.rows {
        copied.discard();
        return Ok(TableOutcome::Replaced(whole(copy(None)?)?));
    }
    let fresh = copied.fresh.rows();
    if fresh == 0 {
        return Ok(TableOutcome::Unchanged(record));
    }
    let record = record.with(&bronze.lake, copied)?;
    record.save(&bronze.root)?;
    Ok(TableOutcome::Appended(record, fresh))
}

/// The first failed table, in table order, fails the stage; the others stay in bronze.
fn collect(
    context: &StageContext,
    outcomes: BTreeMap<SourceTable, TableOutcome>,
) -> Result<IngestOutcome, PipelineError> {
    let mut ingested = IngestOutcome { inputs: Vec::new(), high_water: BTreeMap::new() };
    let mut failed = None;
    for (table, outcome) in outcomes {
        let (what, record) = match outcome {
            TableOutcome::New(record) => ("new".to_owned(), record),
            TableOutcome::Appended(record, rows) => (format!("appended {}", counted(rows, "row")), record),
            TableOutcome::Unchanged(record) => ("unchanged, nothing was copied".to_owned(), record),
            TableOutcome::Replaced(record) => {
                ("rows that were ingested before changed in the source, all taken anew".to_owned(), record)
            }
            TableOutcome::Failed(error) => {
                let text = format!("{}: failed: {error}", table.name());
                context.progress().note(context.stage(), &text);
                failed = failed.or(Some(error));
                continue;
            }
        };
        let (rows, parts) = (record.rows.rows(), record.parts.len());
        let (rows, parts) = (counted(rows, "row"), counted(parts as u64, "part"));
        let text = format!("{}: {what}; {rows} in {parts}", table.name());
        context.progress().note(context.stage(), &text);
        if let Some(id) = record.high_water {
            ingested.high_water.insert(table.name().to_owned(), id);
        }
        ingested.inputs.extend(record.parts);
    }
    match failed {
        Some(error) => Err(error),
        None => Ok(ingested),
    }
}
