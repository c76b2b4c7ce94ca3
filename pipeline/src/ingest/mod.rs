//! Source folder → bronze: each table copied in parts, exactly as received, counted and hashed.
//!
//! First stage of a run. The tables are copied side by side; a table that fails fails the run with its name, and the
//! tables that were copied stay usable: a file whose bytes were ingested before is not copied again, its parts are
//! checked and taken into the manifest ([`record`]). Later stages read the parts of this run's manifest only, never
//! "everything in bronze".
//! Layout: `data/batch/<table>/year=YYYY/month=MM/day=DD/hhmm=HHMM/<table>_part<N>.csv` below `bronze/<source>/`.

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
        record::IngestRecord,
        schema::SourceTable,
        source::{Source, SourceFile},
    },
};

/// What became of one table.
#[derive(Debug)]
pub enum TableOutcome {
    /// Copied into new parts.
    Copied(IngestRecord),
    /// The same bytes stand in bronze already.
    Reused(IngestRecord),
    /// Not ingested.
    Failed(PipelineError),
}

/// What ingest hands to the run.
#[derive(Debug)]
pub struct IngestOutcome {
    /// The parts to read, by table in the order of [`SourceTable::ALL`], then in the order of the source.
    pub inputs: Vec<InputPart>,
    /// By table, the highest order id seen.
    pub high_water: BTreeMap<String, u64>,
}

/// Copies all tables of a source into the lake's bronze layer.
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
    collect(context, outcomes)
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
    let batch_size = context.settings().batch_size as u64;
    let ingest = || {
        let source_sha256 = parts::hash_source(file)?;
        if let Some(record) =
            IngestRecord::find(&bronze.lake, &bronze.root, file.table, &source_sha256, batch_size)?
        {
            context.advance(record.rows());
            return Ok(TableOutcome::Reused(record));
        }
        let folder = bronze.snapshot_folder(file.table);
        let copied = parts::copy_into_parts(file, &folder, batch_size, &|rows| context.advance(rows))?;
        let record = IngestRecord::of(&bronze.lake, file.table, batch_size, &copied)?;
        record.save(&bronze.root)?;
        Ok(TableOutcome::Copied(record))
    };
    ingest().unwrap_or_else(TableOutcome::Failed)
}

/// The first failed table, in table order, fails the stage; the others stay in bronze.
fn collect(
    context: &StageContext,
    outcomes: BTreeMap<SourceTable, TableOutcome>,
) -> Result<IngestOutcome, PipelineError> {
    let mut ingested = IngestOutcome { inputs: Vec::new(), high_water: BTreeMap::new() };
    for (table, outcome) in outcomes {
        let record = match outcome {
            TableOutcome::Copied(record) => record,
            TableOutcome::Reused(record) => {
                let text =
                    format!("{}: unchanged, {} parts of bronze reused", table.name(), record.parts.len());
                context.progress().note(context.stage(), &text);
                record
            }
            TableOutcome::Failed(error) => return Err(error),
        };
        if let Some(id) = record.highest_order_id {
            ingested.high_water.insert(table.name().to_owned(), id);
        }
        ingested.inputs.extend(record.parts);
    }
    Ok(ingested)
}
