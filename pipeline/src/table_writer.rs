//! Writes one table of a run as a folder of Parquet files, hashing the rows on the way.
//!
//! A [`PartWriter`] takes the batches of one stream and makes one file of them; [`finish_table`] puts the parts of all
//! streams together to the [`Artefact`] of the manifest. Strings are stored as plain `Utf8`, so that a table's schema
//! does not depend on how the engine held them. Memory: one row group a writer.

use std::{
    fs::{self, File},
    io::{BufReader, BufWriter, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::{
    compute::cast,
    datatypes::{DataType, Field, Schema, SchemaRef},
    record_batch::RecordBatch,
};
use datafusion::error::DataFusionError;
use domain::{lake::RunPaths, manifest::Artefact};
use parquet::{
    arrow::ArrowWriter,
    basic::{Compression, Encoding},
    file::{metadata::ParquetMetaDataReader, properties::WriterProperties},
    schema::types::ColumnPath,
};
use sha2::{Digest, Sha256};

use crate::{
    content_hash::{RowsHash, schema_hash},
    error::{PipelineError, io_error},
};

/// Rows of a row group: small enough that a filter on a customer skips most of a large table, large enough that the
/// columns compress. 122,880 is DuckDB's row group, a figure proven in the same trade.
const ROW_GROUP_ROWS: usize = 122_880;

/// Writes the batches of one stream into one file; no row, no file.
#[derive(Debug)]
pub struct PartWriter {
    path: PathBuf,
    schema: SchemaRef,
    writer: Option<ArrowWriter<BufWriter<File>>>,
    hash: RowsHash,
}

impl PartWriter {
    /// A writer of `part-<index>.parquet` in an existing folder. The file is created with the first row.
    pub fn new(folder: &Path, index: usize, schema: &Schema) -> Self {
        let path = part_path(folder, index);
        Self { path, schema: stored_schema(schema), writer: None, hash: RowsHash::default() }
    }

    /// Appends the rows of a batch.
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), PipelineError> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        let batch = store_as(batch, &self.schema)?;
        self.hash.add_batch(&batch)?;
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => self.writer.insert(open(&self.path, &self.schema)?),
        };
        writer.write(&batch)?;
        Ok(())
    }

    /// Closes the file and returns the hash of the rows in it.
    pub fn finish(mut self) -> Result<RowsHash, PipelineError> {
        if let Some(writer) = self.writer.take() {
            writer.close()?;
        }
        Ok(self.hash)
    }
}

/// The file of one part of a table.
pub fn part_path(folder: &Path, index: usize) -> PathBuf {
    folder.join(format!("part-{index:05}.parquet"))
}

/// The rows of a table by the footers of its files.
pub fn rows_in(folder: &Path) -> Result<u64, PipelineError> {
    let mut files = Vec::new();
    list_files(folder, &mut files)?;
    let mut rows = 0;
    for path in files {
        let file = File::open(&path).map_err(io_error("read", &path))?;
        let footer = ParquetMetaDataReader::new().parse_and_finish(&file)?;
        rows += u64::try_from(footer.file_metadata().num_rows()).unwrap_or(0);
    }
    Ok(rows)
}

/// Makes an empty folder, removing what an earlier attempt left there.
pub fn prepare_folder(folder: &Path) -> Result<(), PipelineError> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(io_error("remove", folder))?;
    }
    fs::create_dir_all(folder).map_err(io_error("create", folder))
}

/// Puts the closed parts of a table together. A table without rows still gets a file, so that its schema is there.
pub fn finish_table(
    paths: &RunPaths,
    name: &str,
    folder: &Path,
    schema: &Schema,
    parts: &[RowsHash],
) -> Result<Artefact, PipelineError> {
    let mut rows = RowsHash::default();
    for part in parts {
        rows.merge(part);
    }
    let stored = stored_schema(schema);
    if rows.rows() == 0 {
        let path = part_path(folder, 0);
        open(&path, &stored)?.close()?;
    }
    let files = hash_files(folder)?;
    Ok(Artefact {
        name: name.to_owned(),
        path: paths.relative(folder).ok_or_else(|| PipelineError::UnusablePath(folder.to_owned()))?,
        rows: rows.rows(),
        bytes: files.bytes,
        sha256: files.sha256,
        content_hash: rows.finish(),
        schema_hash: schema_hash(&stored),
    })
}

/// Size and SHA-256 of a file, or of the files of a folder (and its sub-folders) in name order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesHash {
    /// Bytes of all files together.
    pub bytes: u64,
    /// Over the bytes of the files, one after the other, hex.
    pub sha256: String,
}

/// Hashes a file or a folder of files.
pub fn hash_files(path: &Path) -> Result<FilesHash, PipelineError> {
    let mut files = Vec::new();
    list_files(path, &mut files)?;
    files.sort();
    let mut digest = Sha256::new();
    let mut bytes = 0;
    let mut buffer = vec![0_u8; 1 << 16];
    for file in files {
        let mut reader = BufReader::new(File::open(&file).map_err(io_error("read", &file))?);
        loop {
            let read = reader.read(&mut buffer).map_err(io_error("read", &file))?;
            let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else { break };
            digest.update(chunk);
            bytes += read as u64;
        }
    }
    Ok(FilesHash { bytes, sha256: hex::encode(digest.finalize()) })
}

fn list_files(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), PipelineError> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(io_error("list", path))? {
        list_files(&entry.map_err(io_error("list", path))?.path(), files)?;
    }
    Ok(())
}

fn open(path: &Path, schema: &SchemaRef) -> Result<ArrowWriter<BufWriter<File>>, PipelineError> {
    let file = File::create(path).map_err(io_error("create", path))?;
    let mut properties = WriterProperties::builder()
        .set_compression(Compression::SNAPPY)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS));
    for field in schema.fields().iter().filter(|field| *field.data_type() == DataType::Int64) {
        // A dictionary of integers costs a hash a value; their differences pack as well, ids being clustered.
        let column = ColumnPath::from(field.name().as_str());
        properties = properties
            .set_column_dictionary_enabled(column.clone(), false)
            .set_column_encoding(column, Encoding::DELTA_BINARY_PACKED);
    }
    let writer = ArrowWriter::try_new(BufWriter::new(file), Arc::clone(schema), Some(properties.build()));
    Ok(writer?)
}

/// The schema as stored: plain strings, every column nullable, no metadata of the engine.
fn stored_schema(schema: &Schema) -> SchemaRef {
    let stored = schema.fields().iter().map(|field| {
        let data_type = match field.data_type() {
            DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
            other => other.clone(),
        };
        Field::new(field.name(), data_type, true)
    });
    Arc::new(Schema::new(stored.collect::<Vec<_>>()))
}

fn store_as(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, DataFusionError> {
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| cast(column, field.data_type())).collect::<Result<_, _>>()?;
    Ok(RecordBatch::try_new(Arc::clone(schema), columns)?)
}
