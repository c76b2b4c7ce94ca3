//! Reads the bronze parts of a run, row by row, and holds them to what the manifest says of them.
//!
//! Input: the parts of this run's manifest. Output: [`Row`]s with their part and line. A part whose bytes or row count
//! are not those of the manifest is an error: what was reconciled at the door must still be there.

use std::{
    fs::File,
    io::{self, Read},
    path::PathBuf,
};

use sha2::{Digest, Sha256};

use crate::{
    context::StageContext,
    error::{PipelineError, io_error},
    ingest::{
        framing::RecordFramer,
        records::{Fields, RowFault},
        schema::{HeaderMap, SourceTable, read_header},
    },
};

/// Rows after which the time limit is looked at.
const CHECK_EVERY: u64 = 1 << 14;

/// Where parts that came through the stream lie, below the source's bronze folder.
const STREAM_FOLDER: &str = "/data/stream/";

/// One part to read.
#[derive(Debug, Clone)]
pub struct BronzePart {
    /// Its place in the manifest's inputs, from 1.
    pub number: u32,
    /// The source table.
    pub table: SourceTable,
    /// Whether its rows came through the stream.
    pub streamed: bool,
    path: PathBuf,
    rows: u64,
    sha256: String,
}

/// A row whose fields can be read.
#[derive(Debug, Clone, Copy)]
pub struct Row<'a> {
    raw: &'a [u8],
    fields: &'a Fields,
    header: &'a HeaderMap,
}

impl<'a> Row<'a> {
    /// The value of a canonical column, by its place in the table's columns.
    pub fn value(&self, column: usize) -> &'a [u8] {
        self.header.positions.get(column).map_or(&[][..], |at| self.fields.get(self.raw, *at))
    }
}

/// A record of a part as it was met.
#[derive(Debug, Clone, Copy)]
pub struct Met<'a> {
    /// The line in the part, from 1.
    pub line: u32,
    /// The bytes without the line break.
    pub raw: &'a [u8],
    /// The row, or what is wrong with its shape.
    pub row: Result<Row<'a>, RowFault>,
}

/// The parts of some tables of this run, in the order of the manifest.
pub fn parts_of(context: &StageContext, tables: &[SourceTable]) -> Vec<BronzePart> {
    let inputs = context.inputs().iter().zip(1_u32..);
    let part = inputs.filter_map(|(input, number)| {
        let table = *tables.iter().find(|table| table.name() == input.table)?;
        Some(BronzePart {
            number,
            table,
            streamed: input.part.contains(STREAM_FOLDER),
            path: context.paths().lake_root().join(&input.part),
            rows: input.rows,
            sha256: input.sha256.clone(),
        })
    });
    part.collect()
}

impl BronzePart {
    /// Reads all rows; blank lines are left out. Returns how many there were.
    pub fn read(
        &self,
        context: &StageContext,
        mut take: impl FnMut(Met<'_>) -> Result<(), PipelineError>,
    ) -> Result<u64, PipelineError> {
        let file = File::open(&self.path).map_err(io_error("read", &self.path))?;
        let mut framer = RecordFramer::new(&self.path, HashingReader { input: file, digest: Sha256::new() });
        let header = read_header(&mut framer, self.table, &self.path)?;
        let mut fields = Fields::default();
        let mut rows = 0;
        while let Some(frame) = framer.next_frame()? {
            let raw = frame.content();
            let fault = fields.split(raw, header.width).err();
            if fault.is_some() && frame.is_blank() {
                continue;
            }
            if rows % CHECK_EVERY == 0 {
                context.check()?;
            }
            rows += 1;
            let row = match fault {
                Some(fault) => Err(fault),
                None => Ok(Row { raw, fields: &fields, header: &header }),
            };
            take(Met { line: u32::try_from(frame.line).unwrap_or(u32::MAX), raw, row })?;
        }
        let sha256 = hex::encode(framer.into_inner().digest.finalize());
        if rows != self.rows || sha256 != self.sha256 {
            return Err(PipelineError::PartChanged {
                path: self.path.clone(),
                expected_rows: self.rows,
                found_rows: rows,
            });
        }
        Ok(rows)
    }
}

/// Hashes what passes through.
struct HashingReader<R> {
    input: R,
    digest: Sha256,
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.digest.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}
