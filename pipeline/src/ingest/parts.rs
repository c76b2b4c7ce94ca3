//! Copies one source file into bronze parts, exactly as received, and counts what it copied.
//!
//! Each part is the header line and at most `batch_size` rows, byte for byte. A part is never overwritten: a second
//! snapshot of the same minute goes on with the next free number. Memory: one record and two buffers.
//! When the copy fails its parts are removed again, so that bronze holds whole tables only.

use std::{
    fs::{self, File},
    io::{self, BufReader, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::{
    error::{PipelineError, io_error},
    ingest::{
        open::read_failed,
        records::{Record, RecordReader},
        schema::SourceTable,
        source::SourceFile,
    },
};

/// One part on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The file.
    pub path: PathBuf,
    /// Data rows.
    pub rows: u64,
    /// Bytes of the rows, without the header line.
    pub row_bytes: u64,
    /// Over the file's bytes, hex.
    pub sha256: String,
}

/// What was copied of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The parts, in the order of the source.
    pub parts: Vec<Part>,
    /// The highest order id seen, in tables that have one.
    pub highest_order_id: Option<u64>,
    /// Over the source's CSV bytes, hex.
    pub source_sha256: String,
    /// Bytes of the source's rows, without the header line.
    pub source_bytes: u64,
}

/// The SHA-256 of a source's CSV bytes, hex.
pub fn hash_source(file: &SourceFile) -> Result<String, PipelineError> {
    let mut input = file.open()?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0_u8; 1 << 17];
    loop {
        let read = input.read(&mut buffer).map_err(|e| read_failed(&file.path, e))?;
        let Some(chunk) = buffer.get(..read).filter(|chunk| !chunk.is_empty()) else { break };
        digest.update(chunk);
    }
    Ok(hex::encode(digest.finalize()))
}

/// Copies a file into parts of at most `batch_size` rows and counts them again from disk.
///
/// `advance` is told the rows copied, now and then.
pub fn copy_into_parts(
    file: &SourceFile,
    folder: &Path,
    batch_size: u64,
    advance: &dyn Fn(u64),
) -> Result<Copied, PipelineError> {
    fs::create_dir_all(folder).map_err(io_error("create", folder))?;
    let mut splitter =
        Splitter { table: file.table, folder, batch_size, created: Vec::new(), parts: Vec::new() };
    let copied = splitter.copy(file, advance).and_then(|copied| reconcile(file, copied));
    if copied.is_err() {
        for path in &splitter.created {
            // The copy's own error is what matters; a part that stays behind is in no manifest.
            let _ = fs::remove_file(path);
        }
    }
    copied
}

struct Splitter<'a> {
    table: SourceTable,
    folder: &'a Path,
    batch_size: u64,
    created: Vec<PathBuf>,
    parts: Vec<Part>,
}

impl Splitter<'_> {
    fn copy(&mut self, file: &SourceFile, advance: &dyn Fn(u64)) -> Result<Copied, PipelineError> {
        let input = file.open()?;
        let mut reader = RecordReader::new(&file.path, BufReader::with_capacity(1 << 17, input));
        let mut record = Record::default();
        let mut source = Sha256::new();
        reader.read(&mut record)?;
        let header = record.raw.clone();
        source.update(&header);
        let mut source_bytes = 0;
        reader.expect_width(file.header.width);
        let order_id = order_id_position(file);
        let (mut highest, mut part, mut since_advance) = (None, None::<OpenPart>, 0_u64);
        while reader.read(&mut record)? {
            source.update(&record.raw);
            source_bytes += record.raw.len() as u64;
            if part.as_ref().is_some_and(|part| part.rows >= self.batch_size && !record.is_blank())
                && let Some(full) = part.take()
            {
                self.parts.push(full.close()?);
            }
            let open = match &mut part {
                Some(open) => open,
                None => part.insert(self.create(&header)?),
            };
            open.write(&record)?;
            let id = order_id.and_then(|at| record.field(at)).and_then(|id| id.trim().parse::<u64>().ok());
            highest = highest.max(id);
            since_advance += 1;
            if since_advance == 1 << 14 {
                advance(std::mem::take(&mut since_advance));
            }
        }
        if let Some(last) = part {
            self.parts.push(last.close()?);
        }
        advance(since_advance);
        let source_sha256 = hex::encode(source.finalize());
        let parts = std::mem::take(&mut self.parts);
        Ok(Copied { parts, highest_order_id: highest, source_sha256, source_bytes })
    }

    /// Creates the part with the next free number.
    fn create(&mut self, header: &[u8]) -> Result<OpenPart, PipelineError> {
        let mut number = self.created.len() + 1;
        loop {
            let path = self.folder.join(format!("{}_part{number}.csv", self.table.name()));
            match File::create_new(&path) {
                Ok(file) => {
                    self.created.push(path.clone());
                    return OpenPart::start(path, file, header);
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(e) => return Err(io_error("create", &path)(e)),
            }
        }
    }
}

fn order_id_position(file: &SourceFile) -> Option<usize> {
    let column = file.table.columns().iter().position(|column| *column == "order_id")?;
    file.header.positions.get(column).copied()
}

/// A part that is being written.
struct OpenPart {
    path: PathBuf,
    file: BufWriter<File>,
    digest: Sha256,
    rows: u64,
    row_bytes: u64,
}

impl OpenPart {
    fn start(path: PathBuf, file: File, header: &[u8]) -> Result<Self, PipelineError> {
        let mut part = Self {
            path,
            file: BufWriter::with_capacity(1 << 17, file),
            digest: Sha256::new(),
            rows: 0,
            row_bytes: 0,
        };
        part.append(header)?;
        Ok(part)
    }

    fn write(&mut self, record: &Record) -> Result<(), PipelineError> {
        self.append(&record.raw)?;
        self.rows += u64::from(!record.is_blank());
        self.row_bytes += record.raw.len() as u64;
        Ok(())
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), PipelineError> {
        self.digest.update(bytes);
        self.file.write_all(bytes).map_err(io_error("write", &self.path))
    }

    fn close(mut self) -> Result<Part, PipelineError> {
        self.file.flush().map_err(io_error("write", &self.path))?;
        self.file.get_ref().sync_all().map_err(io_error("write", &self.path))?;
        let sha256 = hex::encode(self.digest.finalize());
        Ok(Part { path: self.path, rows: self.rows, row_bytes: self.row_bytes, sha256 })
    }
}

/// Counts rows and bytes of the parts on disk with another parser and compares them with what the source gave.
fn reconcile(file: &SourceFile, copied: Copied) -> Result<Copied, PipelineError> {
    let source_rows: u64 = copied.parts.iter().map(|part| part.rows).sum();
    if source_rows == 0 {
        return Err(PipelineError::EmptyFile {
            table: file.table.name().to_owned(),
            path: file.path.clone(),
        });
    }
    let mut part_rows = 0;
    let mut part_bytes = 0;
    for part in &copied.parts {
        part_rows += count_rows(&part.path)?;
        let bytes = fs::metadata(&part.path).map_err(io_error("read", &part.path))?.len();
        part_bytes += part.row_bytes.min(bytes);
    }
    let source_bytes = copied.source_bytes;
    if part_rows == source_rows && part_bytes == source_bytes {
        return Ok(copied);
    }
    Err(PipelineError::NotReconciled {
        table: file.table.name().to_owned(),
        source_rows,
        part_rows,
        source_bytes,
        part_bytes,
    })
}

fn count_rows(path: &Path) -> Result<u64, PipelineError> {
    let malformed = |e: csv::Error| PipelineError::MalformedRow {
        path: path.to_owned(),
        line: e.position().map_or(0, csv::Position::line),
        reason: e.to_string(),
    };
    let mut reader = csv::Reader::from_path(path).map_err(malformed)?;
    let mut record = csv::ByteRecord::new();
    let mut rows = 0;
    while reader.read_byte_record(&mut record).map_err(malformed)? {
        rows += 1;
    }
    Ok(rows)
}
