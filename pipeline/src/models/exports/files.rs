//! Files for people: CSV that a spreadsheet may open, and pictures.
//!
//! A cell of text that a spreadsheet would take for a formula (its first letter is `=`, `+`, `-`, `@`, a tab or a carriage
//! return) gets an apostrophe in front, after the advice of OWASP on CSV injection. Numbers stay numbers.

use std::{fmt::Write as _, fs, path::Path};

use arrow::{
    array::{Array, AsArray},
    datatypes::{DataType, Float64Type, Int64Type},
    record_batch::RecordBatch,
};
use domain::{lake::RunPaths, manifest::Artefact};
use sha2::{Digest, Sha256};

use super::STAGE;
use crate::{
    context::StageContext,
    error::{PipelineError, io_error},
    publish::write_atomically,
    table_writer::{hash_files, prepare_folder},
};

/// A file that was written.
pub(super) struct Written {
    /// From the lake's root.
    pub(super) path: String,
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

/// Writes a batch as CSV with a header; null is empty.
pub(super) fn write_csv(
    paths: &RunPaths,
    path: &Path,
    batch: &RecordBatch,
) -> Result<Written, PipelineError> {
    let mut text = String::new();
    let names: Vec<String> = batch.schema_ref().fields().iter().map(|field| as_text(field.name())).collect();
    text.push_str(&names.join(","));
    text.push('\n');
    for row in 0..batch.num_rows() {
        for (at, column) in batch.columns().iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            write_cell(&mut text, column.as_ref(), row)?;
        }
        text.push('\n');
    }
    write_atomically(path, &text)?;
    let hashed = hash_files(path)?;
    let path = paths.relative(path).ok_or_else(|| PipelineError::UnusablePath(path.to_owned()))?;
    Ok(Written { path, bytes: hashed.bytes, sha256: hashed.sha256 })
}

fn write_cell(text: &mut String, column: &dyn Array, row: usize) -> Result<(), PipelineError> {
    if column.is_null(row) {
        return Ok(());
    }
    let written = match column.data_type() {
        DataType::Int64 => write!(text, "{}", column.as_primitive::<Int64Type>().value(row)),
        DataType::Float64 => write!(text, "{}", column.as_primitive::<Float64Type>().value(row)),
        DataType::Boolean => write!(text, "{}", column.as_boolean().value(row)),
        DataType::Utf8 => write!(text, "{}", as_text(column.as_string::<i32>().value(row))),
        other => {
            let reason = format!("a column of type {other} has no form in CSV yet");
            return Err(PipelineError::Model { stage: STAGE, reason });
        }
    };
    written.map_err(|e| PipelineError::Model { stage: STAGE, reason: e.to_string() })
}

/// A text as a cell: no formula, and in quotes where it holds a comma, a quote or a line break.
pub(super) fn as_text(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// Writes pictures into a folder of their own, each as SVG and PNG; the folder is the artefact.
pub(super) fn write_pictures(
    context: &StageContext,
    name: &str,
    folder: &Path,
    pictures: &[(String, (String, Vec<u8>))],
) -> Result<Artefact, PipelineError> {
    prepare_folder(folder)?;
    write_drawn(folder, pictures)?;
    folder_artefact(context.paths(), name, folder, pictures.len() as u64)
}

/// Writes drawn pictures into a folder that is there.
pub(super) fn write_drawn(
    folder: &Path,
    pictures: &[(String, (String, Vec<u8>))],
) -> Result<(), PipelineError> {
    for (name, (svg, png)) in pictures {
        for (ending, bytes) in [("svg", svg.as_bytes()), ("png", png)] {
            let path = folder.join(format!("{name}.{ending}"));
            fs::write(&path, bytes).map_err(io_error("write", &path))?;
        }
    }
    Ok(())
}

/// One file that is no table; `kind` names its form.
pub(in crate::models) fn file_artefact(
    paths: &RunPaths,
    name: &str,
    path: &Path,
    rows: u64,
    kind: &str,
) -> Result<Artefact, PipelineError> {
    let artefact = folder_artefact(paths, name, path, rows)?;
    Ok(Artefact { schema_hash: hex::encode(Sha256::digest(kind.as_bytes())), ..artefact })
}

/// A folder of files that are no table: its rows are what it holds, its content its bytes.
pub(super) fn folder_artefact(
    paths: &RunPaths,
    name: &str,
    folder: &Path,
    rows: u64,
) -> Result<Artefact, PipelineError> {
    let files = hash_files(folder)?;
    Ok(Artefact {
        name: name.to_owned(),
        path: paths.relative(folder).ok_or_else(|| PipelineError::UnusablePath(folder.to_owned()))?,
        rows,
        bytes: files.bytes,
        content_hash: files.sha256.clone(),
        sha256: files.sha256,
        schema_hash: hex::encode(Sha256::digest(b"svg, png")),
    })
}
