//! Landed events → parts of the source tables `orders` and `order_products__prior`, which the next run reads.
//!
//! `data/stream/<table>/stream_part<N>.csv`: the N-th landed file becomes part N of both tables, once; a later call
//! checks the part's bytes and reuses it. Columns are the table's canonical ones, `eval_set` is `prior`: what happened
//! is history. Events of one order id are not merged here: both rows go on, and of duplicates silver keeps the lowest
//! (part, line), that is a row of the batch, then the event that landed first, and puts the others into quarantine.
//! A run holds the lake's lock while this writes. Memory: one landed event and two buffers.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use domain::{lake::Lake, manifest::InputPart};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    StreamPaths,
    append::{append_json_line, read_json_lines},
    event::OrderEvent,
    ledger::{LandedFile, for_each_event, landed_below},
};
use crate::{
    error::{PipelineError, io_error},
    ingest::schema::SourceTable,
    table_writer::hash_files,
};

/// A line of `landed/parts.jsonl`: what became of one landed file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct MergedFile {
    /// The landed file, from the lake's root.
    landed: String,
    /// N of its parts.
    number: u64,
    /// Its parts; a table without rows has none.
    parts: Vec<InputPart>,
}

/// The parts of everything that has landed for a source, in the order of landing; none where nothing ever did.
pub fn stream_parts(lake: &Lake, source_name: &str) -> Result<Vec<InputPart>, PipelineError> {
    let paths = StreamPaths::new(lake, source_name)?;
    let list = paths.state("parts.jsonl");
    let merged: Vec<MergedFile> = read_json_lines(&list)?;
    let mut next = merged.iter().map(|file| file.number).max().unwrap_or(0) + 1;
    let mut known: BTreeMap<String, MergedFile> =
        merged.into_iter().map(|file| (file.landed.clone(), file)).collect();
    let mut parts = Vec::new();
    for landed in landed_below(&paths)? {
        let file = match known.remove(&landed.path) {
            Some(file) => {
                restore(&paths, &landed, &file)?;
                file
            }
            None => {
                let file = merge(&paths, &landed, next)?;
                append_json_line(&list, &file)?;
                next += 1;
                file
            }
        };
        parts.extend(file.parts);
    }
    Ok(parts)
}

/// Makes parts anew that are gone or damaged, from the landed file; they must come out as they were.
fn restore(paths: &StreamPaths, landed: &LandedFile, file: &MergedFile) -> Result<(), PipelineError> {
    for part in &file.parts {
        let path = paths.lake.root().join(&part.part);
        if path.is_file() && hash_files(&path)?.sha256 == part.sha256 {
            continue;
        }
        let again = merge(paths, landed, file.number)?;
        if again.parts != file.parts {
            let reason = format!("it is not what was made of {}: restore one of both", landed.path);
            return Err(PipelineError::UnreadableFile { path, reason });
        }
        return Ok(());
    }
    Ok(())
}

/// Writes the parts of one landed file.
fn merge(paths: &StreamPaths, landed: &LandedFile, number: u64) -> Result<MergedFile, PipelineError> {
    let source = paths.lake.root().join(&landed.path);
    if hash_files(&source)?.sha256 != landed.sha256 {
        let reason = "its bytes are not those that landed: restore the file".to_owned();
        return Err(PipelineError::UnreadableFile { path: source, reason });
    }
    let mut orders = PartText::open(paths, SourceTable::Orders, number)?;
    let mut lines = PartText::open(paths, SourceTable::OrderProductsPrior, number)?;
    for_each_event(&source, |event| {
        orders.row(&order_row(&event))?;
        event.lines.iter().try_for_each(|line| {
            let (order, product) = (event.order_id, line.product_id);
            lines.row(&format!("{order},{product},{},{}\n", line.add_to_cart_order, line.reordered))
        })
    })?;
    let parts = [orders.finish(paths)?, lines.finish(paths)?].into_iter().flatten().collect();
    Ok(MergedFile { landed: landed.path.clone(), number, parts })
}

fn order_row(event: &OrderEvent) -> String {
    // `{:?}` writes whole days as the public data does: 3.0.
    let days = event.days_since_prior_order.map(|days| format!("{days:?}")).unwrap_or_default();
    let (order, user, number) = (event.order_id, event.user_id, event.order_number);
    format!("{order},{user},prior,{number},{},{},{days}\n", event.order_dow, event.order_hour_of_day)
}

/// A part that is being written beside its place.
struct PartText {
    table: SourceTable,
    path: PathBuf,
    temporary: PathBuf,
    file: BufWriter<File>,
    digest: Sha256,
    rows: u64,
}

impl PartText {
    fn open(paths: &StreamPaths, table: SourceTable, number: u64) -> Result<Self, PipelineError> {
        let path = paths.part(table.name(), number);
        let folder = path.parent().unwrap_or(Path::new(""));
        fs::create_dir_all(folder).map_err(io_error("create", folder))?;
        let temporary = folder.join(format!(".stream_part{number}.csv.new"));
        let file = File::create(&temporary).map_err(io_error("create", &temporary))?;
        let mut part =
            Self { table, path, temporary, file: BufWriter::new(file), digest: Sha256::new(), rows: 0 };
        part.write(&format!("{}\n", table.columns().join(",")))?;
        Ok(part)
    }

    fn row(&mut self, row: &str) -> Result<(), PipelineError> {
        self.rows += 1;
        self.write(row)
    }

    fn write(&mut self, text: &str) -> Result<(), PipelineError> {
        self.digest.update(text);
        self.file.write_all(text.as_bytes()).map_err(io_error("write", &self.temporary))
    }

    /// Moves the part into its place; one without rows is no part.
    fn finish(mut self, paths: &StreamPaths) -> Result<Option<InputPart>, PipelineError> {
        self.file.flush().map_err(io_error("write", &self.temporary))?;
        self.file.get_ref().sync_all().map_err(io_error("write", &self.temporary))?;
        if self.rows == 0 {
            fs::remove_file(&self.temporary).map_err(io_error("remove", &self.temporary))?;
            return Ok(None);
        }
        fs::rename(&self.temporary, &self.path).map_err(io_error("replace", &self.path))?;
        Ok(Some(InputPart {
            table: self.table.name().to_owned(),
            part: paths.relative(&self.path)?,
            rows: self.rows,
            sha256: hex::encode(self.digest.finalize()),
        }))
    }
}

#[cfg(test)]
mod tests;
