//! What stands in bronze of one source file, so that an unchanged file is not copied twice.
//!
//! `bronze/<source>/ingested/<table>/<sha256 of the source file>.json`, written after the table's last part is on disk
//! and reconciled. A record counts only while all its parts are there with the bytes they had.

use std::{
    fs,
    path::{Path, PathBuf},
};

use domain::{lake::Lake, manifest::InputPart};
use serde::{Deserialize, Serialize};

use crate::{
    error::{PipelineError, io_error},
    ingest::{parts::Copied, schema::SourceTable},
    publish::write_atomically,
    table_writer::hash_files,
};

/// One ingested file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IngestRecord {
    /// The table.
    pub table: SourceTable,
    /// Over the source file's bytes, hex.
    pub source_sha256: String,
    /// Rows of a part, at most.
    pub batch_size: u64,
    /// The highest order id seen.
    pub highest_order_id: Option<u64>,
    /// The parts, in the order of the source.
    pub parts: Vec<InputPart>,
}

impl IngestRecord {
    /// The record of a table that was just copied.
    pub fn of(
        lake: &Lake,
        table: SourceTable,
        batch_size: u64,
        copied: &Copied,
    ) -> Result<Self, PipelineError> {
        let parts = copied.parts.iter().map(|part| {
            let relative = lake.run("").relative(&part.path);
            Ok(InputPart {
                table: table.name().to_owned(),
                part: relative.ok_or_else(|| PipelineError::UnusablePath(part.path.clone()))?,
                rows: part.rows,
                sha256: part.sha256.clone(),
            })
        });
        Ok(Self {
            table,
            source_sha256: copied.source_sha256.clone(),
            batch_size,
            highest_order_id: copied.highest_order_id,
            parts: parts.collect::<Result<_, PipelineError>>()?,
        })
    }

    /// Looks for a record of the same bytes whose parts are all intact.
    pub fn find(
        lake: &Lake,
        bronze: &Path,
        table: SourceTable,
        source_sha256: &str,
        batch_size: u64,
    ) -> Result<Option<Self>, PipelineError> {
        let path = record_path(bronze, table, source_sha256);
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

    /// Writes the record beside the table's parts.
    pub fn save(&self, bronze: &Path) -> Result<(), PipelineError> {
        let path = record_path(bronze, self.table, &self.source_sha256);
        let text = serde_json::to_string_pretty(self)
            .map_err(|source| PipelineError::DamagedRecord { path: path.clone(), source })?;
        write_atomically(&path, &text)
    }

    /// Rows of all parts.
    pub fn rows(&self) -> u64 {
        self.parts.iter().map(|part| part.rows).sum()
    }
}

fn record_path(bronze: &Path, table: SourceTable, source_sha256: &str) -> PathBuf {
    bronze.join("ingested").join(table.name()).join(format!("{source_sha256}.json"))
}
