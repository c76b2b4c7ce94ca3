//! What stands in bronze of one source table, so that only what is new is copied.
//!
//! `bronze/<source>/ingested/<table>.json`, replaced after the table's last part is on disk and reconciled. A record
//! counts only while all its parts are there with the bytes they had.

use std::{
    fs,
    path::{Path, PathBuf},
};

use domain::{lake::Lake, manifest::InputPart};
use serde::{Deserialize, Serialize};

use crate::{
    content_hash::RowsHash,
    error::{PipelineError, io_error},
    ingest::{parts::Copied, schema::SourceTable},
    publish::write_atomically,
    table_writer::hash_files,
};

/// What bronze holds of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestRecord {
    /// The table.
    pub table: SourceTable,
    /// Rows of a part, at most.
    pub batch_size: u64,
    /// The highest order id seen, in tables that have one.
    pub high_water: Option<u64>,
    /// Over the raw rows of all parts.
    pub rows: RowsHash,
    /// The parts, in the order in which they were received.
    pub parts: Vec<InputPart>,
}

impl IngestRecord {
    /// The record of a table that was just copied as a whole.
    pub fn of(
        lake: &Lake,
        table: SourceTable,
        batch_size: u64,
        copied: Copied,
    ) -> Result<Self, PipelineError> {
        let empty =
            Self { table, batch_size, high_water: None, rows: RowsHash::default(), parts: Vec::new() };
        empty.with(lake, copied)
    }

    /// This record with the fresh rows of a copy behind its own.
    pub fn with(mut self, lake: &Lake, copied: Copied) -> Result<Self, PipelineError> {
        for part in copied.parts {
            let relative = lake.run("").relative(&part.path);
            self.parts.push(InputPart {
                table: self.table.name().to_owned(),
                part: relative.ok_or(PipelineError::UnusablePath(part.path))?,
                rows: part.rows,
                sha256: part.sha256,
            });
        }
        self.rows.merge(&copied.fresh);
        self.high_water = self.high_water.max(copied.highest_order_id);
        Ok(self)
    }

    /// Reads the record of a table, if its parts are all intact.
    pub fn read(
        lake: &Lake,
        bronze: &Path,
        table: SourceTable,
        batch_size: u64,
    ) -> Result<Option<Self>, PipelineError> {
        let path = record_path(bronze, table);
        if !path.exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(&path).map_err(io_error("read", &path))?;
        // A damaged record is no reason to stop: the table is copied again and the record replaced.
        let record = serde_json::from_str::<Self>(&text).ok();
        let Some(record) = record.filter(|record| record.batch_size == batch_size) else { return Ok(None) };
        for part in &record.parts {
            let file = lake.root().join(&part.part);
            if !file.is_file() || hash_files(&file)?.sha256 != part.sha256 {
                return Ok(None);
            }
        }
        Ok(Some(record))
    }

    /// Replaces the record beside the table's parts.
    pub fn save(&self, bronze: &Path) -> Result<(), PipelineError> {
        let path = record_path(bronze, self.table);
        let text = serde_json::to_string_pretty(self)
            .map_err(|source| PipelineError::DamagedRecord { path: path.clone(), source })?;
        write_atomically(&path, &text)
    }
}

fn record_path(bronze: &Path, table: SourceTable) -> PathBuf {
    bronze.join("ingested").join(format!("{}.json", table.name()))
}
