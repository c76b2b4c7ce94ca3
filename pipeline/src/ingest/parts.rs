//! Copies the rows of one source table into bronze parts, exactly as received, and accounts for every byte.
//!
//! Each part is the header line and at most `batch_size` rows, byte for byte. Rows at or below a high-water mark are
//! counted and hashed, not copied. A part is never overwritten: a second snapshot of the same minute goes on with the
//! next free number. Memory: one record and two buffers. When the copy fails its parts are removed again.
//! The source is counted a second time, by line feeds and bytes alone, and both counts must agree.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::{
    content_hash::RowsHash,
    error::{PipelineError, io_error},
    ingest::{
        framing::{Frame, RecordFramer},
        records::Fields,
        schema::{HeaderMap, SourceTable},
        source::SourceFile,
    },
};

/// Rows after which progress is told.
const ADVANCE_EVERY: u64 = 1 << 14;

/// Bytes that are collected before they are hashed and written.
const WRITE_BYTES: usize = 1 << 18;

/// One part on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The file.
    pub path: PathBuf,
    /// Data rows.
    pub rows: u64,
    /// Over the file's bytes, hex.
    pub sha256: String,
}

/// What was read of one table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The parts made of the fresh rows, in the order of the source.
    pub parts: Vec<Part>,
    /// The rows above the mark, which were copied.
    pub fresh: RowsHash,
    /// The rows at or below the mark, or without a readable order id, which were not.
    pub known: RowsHash,
    /// The highest order id seen, in tables that have one.
    pub highest_order_id: Option<u64>,
}

impl Copied {
    /// Removes the parts again; nothing names them yet.
    pub fn discard(self) {
        for part in self.parts {
            // A part that stays behind is in no manifest.
            let _ = fs::remove_file(part.path);
        }
    }
}

/// Where copied rows go.
#[derive(Debug, Clone, Copy)]
pub struct Destination<'a> {
    /// The snapshot's folder.
    pub folder: &'a Path,
    /// Rows of a part, at most.
    pub batch_size: u64,
}

/// Copies the rows above `mark` (`None`: all rows) into parts; `advance` is told the rows read, now and then, and may
/// stop the copy.
pub fn copy_into_parts(
    file: &SourceFile,
    destination: Destination<'_>,
    mark: Option<u64>,
    advance: &dyn Fn(u64) -> Result<(), PipelineError>,
) -> Result<Copied, PipelineError> {
    let mut writer =
        Writer { table: file.table, destination, created: Vec::new(), parts: Vec::new(), open: None };
    let copied = copy(file, &mut writer, mark, advance);
    if copied.is_err() {
        for path in &writer.created {
            // The copy's own error is what matters; a part that stays behind is in no manifest.
            let _ = fs::remove_file(path);
        }
    }
    copied
}

fn copy(
    file: &SourceFile,
    writer: &mut Writer<'_>,
    mark: Option<u64>,
    advance: &dyn Fn(u64) -> Result<(), PipelineError>,
) -> Result<Copied, PipelineError> {
    let mut framer = RecordFramer::new(&file.path, CountingReader::new(file.open()?));
    let header = framer.next_frame()?.map(|frame| frame.bytes.to_vec()).unwrap_or_default();
    let order_id = order_id_position(file.table, &file.header);
    let mut fields = Fields::default();
    let (mut fresh, mut known, mut highest) = (RowsHash::default(), RowsHash::default(), None);
    let mut count = Count { bytes: header.len() as u64, lines: line_feeds(&header) };
    let mut since_advance = 0;
    while let Some(frame) = framer.next_frame()? {
        count.add(&frame);
        let content = frame.content();
        if frame.is_open_ended() {
            refuse_cut_row(file, &frame, &mut fields)?;
        }
        if frame.is_blank() {
            continue;
        }
        let id = order_id.and_then(|at| read_order_id(content, at, &mut fields, file.header.width));
        highest = highest.max(id);
        if mark.is_some_and(|mark| id.is_none_or(|id| id <= mark)) {
            known.add_raw(content);
        } else {
            fresh.add_raw(content);
            writer.write(&header, frame.bytes)?;
        }
        since_advance += 1;
        if since_advance == ADVANCE_EVERY {
            advance(std::mem::take(&mut since_advance))?;
        }
    }
    advance(since_advance)?;
    let source = framer.into_inner().count;
    writer.close()?;
    if source != count {
        return Err(PipelineError::NotReconciled {
            table: file.table.name().to_owned(),
            source_rows: source.lines,
            part_rows: count.lines,
            source_bytes: source.bytes,
            part_bytes: count.bytes,
        });
    }
    if fresh.rows() + known.rows() == 0 {
        return Err(PipelineError::EmptyFile {
            table: file.table.name().to_owned(),
            path: file.path.clone(),
        });
    }
    Ok(Copied { parts: std::mem::take(&mut writer.parts), fresh, known, highest_order_id: highest })
}

/// A last row without line break and with too few fields: nobody knows how much is missing behind it.
fn refuse_cut_row(file: &SourceFile, frame: &Frame<'_>, fields: &mut Fields) -> Result<(), PipelineError> {
    let whole = fields.split(frame.content(), file.header.width);
    if !frame.is_blank() && whole.is_err() && fields.width() < file.header.width {
        let reason =
            format!("line {}, the last one, has no end and fewer values than the header", frame.line);
        return Err(PipelineError::TruncatedFile { path: file.path.clone(), reason });
    }
    Ok(())
}

fn order_id_position(table: SourceTable, header: &HeaderMap) -> Option<usize> {
    let column = table.columns().iter().position(|column| *column == "order_id")?;
    header.positions.get(column).copied()
}

/// The order id of a row; `None` where there is no number in its place.
fn read_order_id(row: &[u8], at: usize, fields: &mut Fields, width: usize) -> Option<u64> {
    let field = match row.split(|byte| *byte == b',').nth(at) {
        Some(field) if !field.contains(&b'"') && at == 0 => field,
        _ => {
            fields.split(row, width).ok()?;
            fields.get(row, at)
        }
    };
    std::str::from_utf8(field).ok()?.trim().parse().ok()
}

/// Bytes and line feeds, counted in two ways.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    bytes: u64,
    lines: u64,
}

impl Count {
    fn add(&mut self, frame: &Frame<'_>) {
        self.bytes += frame.bytes.len() as u64;
        self.lines += line_feeds(frame.bytes);
    }
}

fn line_feeds(bytes: &[u8]) -> u64 {
    // Nearly every record has one, at its end.
    match memchr::memchr(b'\n', bytes) {
        None => 0,
        Some(at) if at + 1 == bytes.len() => 1,
        Some(_) => memchr::memchr_iter(b'\n', bytes).count() as u64,
    }
}

/// Counts what the source gives, before anybody looks for records in it.
struct CountingReader<R> {
    input: R,
    count: Count,
}

impl<R> CountingReader<R> {
    fn new(input: R) -> Self {
        Self { input, count: Count::default() }
    }
}

impl<R: Read> Read for CountingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        let bytes = buffer.get(..read).unwrap_or_default();
        self.count.bytes += read as u64;
        self.count.lines += memchr::memchr_iter(b'\n', bytes).count() as u64;
        Ok(read)
    }
}

/// Writes rows into parts of at most `batch_size` rows.
struct Writer<'a> {
    table: SourceTable,
    destination: Destination<'a>,
    created: Vec<PathBuf>,
    parts: Vec<Part>,
    open: Option<OpenPart>,
}

impl Writer<'_> {
    fn write(&mut self, header: &[u8], row: &[u8]) -> Result<(), PipelineError> {
        if self.open.as_ref().is_some_and(|part| part.rows >= self.destination.batch_size) {
            self.close()?;
        }
        let part = match &mut self.open {
            Some(part) => part,
            None => {
                let part = self.create(header)?;
                self.open.insert(part)
            }
        };
        part.rows += 1;
        part.append(row)
    }

    fn close(&mut self) -> Result<(), PipelineError> {
        if let Some(part) = self.open.take() {
            self.parts.push(part.close()?);
        }
        Ok(())
    }

    /// Creates the part with the next free number.
    fn create(&mut self, header: &[u8]) -> Result<OpenPart, PipelineError> {
        let folder = self.destination.folder;
        fs::create_dir_all(folder).map_err(io_error("create", folder))?;
        let mut number = self.created.len() + 1;
        loop {
            let path = self.destination.folder.join(format!("{}_part{number}.csv", self.table.name()));
            match File::create_new(&path) {
                Ok(file) => {
                    self.created.push(path.clone());
                    let buffer = Vec::with_capacity(WRITE_BYTES + (1 << 12));
                    let mut part = OpenPart { path, file, buffer, digest: Sha256::new(), rows: 0 };
                    part.append(header)?;
                    if !header.ends_with(b"\n") {
                        part.append(b"\n")?;
                    }
                    return Ok(part);
                }
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(e) => return Err(io_error("create", &path)(e)),
            }
        }
    }
}

/// A part that is being written.
struct OpenPart {
    path: PathBuf,
    file: File,
    buffer: Vec<u8>,
    digest: Sha256,
    rows: u64,
}

impl OpenPart {
    fn append(&mut self, bytes: &[u8]) -> Result<(), PipelineError> {
        self.buffer.extend_from_slice(bytes);
        if self.buffer.len() >= WRITE_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), PipelineError> {
        self.digest.update(&self.buffer);
        self.file.write_all(&self.buffer).map_err(io_error("write", &self.path))?;
        self.buffer.clear();
        Ok(())
    }

    fn close(mut self) -> Result<Part, PipelineError> {
        self.flush()?;
        self.file.sync_all().map_err(io_error("write", &self.path))?;
        Ok(Part { path: self.path, rows: self.rows, sha256: hex::encode(self.digest.finalize()) })
    }
}
