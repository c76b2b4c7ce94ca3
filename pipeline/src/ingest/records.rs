//! A strict, streaming reader of CSV records (RFC 4180) that keeps the bytes as received.
//!
//! Input: bytes. Output: one [`Record`] at a time with its line number, its raw bytes and its fields.
//! Line feeds and carriage return + line feed both end a record, a byte order mark is skipped, blank lines are reported
//! as such. Wrong field counts, bad quoting, bytes that are no UTF-8 and zero bytes are errors with the line.
//! The `csv` crate is lenient on quotes by design, so that one forgotten quote swallows the rest of a file; the pipeline
//! uses it only to count the parts a second time.

use std::{
    io::{BufRead, Read},
    path::{Path, PathBuf},
    str,
};

use crate::{error::PipelineError, ingest::open::read_failed};

/// Bytes of one record, at most. A longer one is a quote that was never closed, and is not read into memory.
const MAX_RECORD_BYTES: usize = 1 << 20;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One record; reused from call to call.
#[derive(Debug, Default)]
pub struct Record {
    /// The bytes as received, with the line break.
    pub raw: Vec<u8>,
    /// The line where the record starts, from 1.
    pub line: u64,
    /// The fields one after the other, quotes taken off.
    text: String,
    /// Where each field ends in `text`.
    ends: Vec<usize>,
}

impl Record {
    /// Number of fields; 0 for a blank line.
    pub fn width(&self) -> usize {
        self.ends.len()
    }

    /// Whether the line holds nothing.
    pub fn is_blank(&self) -> bool {
        self.ends.is_empty()
    }

    /// A field without its quotes; `None` beyond the last.
    pub fn field(&self, at: usize) -> Option<&str> {
        let end = *self.ends.get(at)?;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.text.get(start..end)
    }

    /// The record as received, without its line break.
    pub fn raw_text(&self) -> &str {
        str::from_utf8(content(&self.raw)).unwrap_or_default()
    }
}

/// Reads records from a stream of bytes.
#[derive(Debug)]
pub struct RecordReader<R> {
    path: PathBuf,
    input: R,
    next_line: u64,
    width: Option<usize>,
}

impl<R: BufRead> RecordReader<R> {
    /// A reader at the start of a file; the path stands in errors.
    pub fn new(path: &Path, input: R) -> Self {
        Self { path: path.to_owned(), input, next_line: 1, width: None }
    }

    /// From now on a record with another number of fields is an error.
    pub fn expect_width(&mut self, width: usize) {
        self.width = Some(width);
    }

    /// Reads the next record, blank lines included; `false` at the end.
    pub fn read(&mut self, record: &mut Record) -> Result<bool, PipelineError> {
        record.raw.clear();
        record.text.clear();
        record.ends.clear();
        record.line = self.next_line;
        if !self.read_raw(record)? {
            return Ok(false);
        }
        let bytes = content(&record.raw);
        let bytes =
            if record.line == 1 { bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes) } else { bytes };
        if bytes.is_empty() {
            return Ok(true);
        }
        if bytes.contains(&0) {
            return Err(self.malformed(record.line, "a zero byte: save the file as UTF-8 text"));
        }
        let text = str::from_utf8(bytes).map_err(|e| {
            let reason = format!(
                "not valid UTF-8 at byte {} of the row: save the file as UTF-8 text",
                e.valid_up_to()
            );
            self.malformed(record.line, &reason)
        })?;
        split_fields(text, &mut record.text, &mut record.ends).map_err(|e| self.malformed(record.line, e))?;
        match self.width {
            Some(width) if width != record.width() => {
                let reason = format!(
                    "{} fields, the header has {width}: a cut row or a missing quote",
                    record.width()
                );
                Err(self.malformed(record.line, &reason))
            }
            _ => Ok(true),
        }
    }

    /// Reads lines until every quote is closed: in strict CSV an even number of quotes.
    fn read_raw(&mut self, record: &mut Record) -> Result<bool, PipelineError> {
        let mut open = false;
        loop {
            let before = record.raw.len();
            let room = (MAX_RECORD_BYTES + 1).saturating_sub(before) as u64;
            let read = self.input.by_ref().take(room).read_until(b'\n', &mut record.raw);
            let read = read.map_err(|e| read_failed(&self.path, e))?;
            if record.raw.len() > MAX_RECORD_BYTES {
                let reason =
                    format!("a record of more than {MAX_RECORD_BYTES} bytes: a quote was never closed");
                return Err(self.malformed(record.line, &reason));
            }
            if read == 0 {
                return if open {
                    Err(self.malformed(
                        record.line,
                        "a quote is never closed: the file is cut or a quote is missing",
                    ))
                } else {
                    Ok(before > 0)
                };
            }
            self.next_line += 1;
            let line = record.raw.get(before..).unwrap_or_default();
            if line.contains(&b'"') {
                open ^= line.iter().filter(|byte| **byte == b'"').count() % 2 == 1;
            }
            if !open {
                return Ok(true);
            }
        }
    }

    fn malformed(&self, line: u64, reason: &str) -> PipelineError {
        PipelineError::MalformedRow { path: self.path.clone(), line, reason: reason.to_owned() }
    }
}

/// A record's bytes without the line break.
fn content(raw: &[u8]) -> &[u8] {
    let raw = raw.strip_suffix(b"\n").unwrap_or(raw);
    raw.strip_suffix(b"\r").unwrap_or(raw)
}

fn split_fields(record: &str, text: &mut String, ends: &mut Vec<usize>) -> Result<(), &'static str> {
    let mut rest = record;
    loop {
        let (after, more) = match rest.strip_prefix('"') {
            Some(quoted) => take_quoted(quoted, text)?,
            None => take_plain(rest, text)?,
        };
        ends.push(text.len());
        if !more {
            return Ok(());
        }
        rest = after;
    }
}

/// Takes an unquoted field; returns what follows its comma and whether there was one.
fn take_plain<'a>(rest: &'a str, text: &mut String) -> Result<(&'a str, bool), &'static str> {
    let (field, after, more) = match rest.split_once(',') {
        Some((field, after)) => (field, after, true),
        None => (rest, "", false),
    };
    if field.contains('"') {
        return Err("a quote inside an unquoted field: put the field in quotes and double the quote");
    }
    text.push_str(field);
    Ok((after, more))
}

/// Takes a quoted field whose opening quote is gone already; `""` stands for one quote.
fn take_quoted<'a>(mut rest: &'a str, text: &mut String) -> Result<(&'a str, bool), &'static str> {
    loop {
        let Some((field, after)) = rest.split_once('"') else {
            return Err("a quote is never closed");
        };
        text.push_str(field);
        if let Some(doubled) = after.strip_prefix('"') {
            text.push('"');
            rest = doubled;
        } else if let Some(next) = after.strip_prefix(',') {
            return Ok((next, true));
        } else if after.is_empty() {
            return Ok(("", false));
        } else {
            return Err("text after a closing quote: a comma is missing, or a quote inside must be doubled");
        }
    }
}

#[cfg(test)]
mod tests;
