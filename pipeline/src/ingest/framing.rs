//! Cuts a stream of CSV bytes into records, without looking at what stands in them.
//!
//! Input: bytes. Output: one [`Frame`] at a time, its bytes exactly as received and the line it starts on.
//! A record ends at a line feed outside quotes; a quote opens only at the start of a field, so that a stray one inside
//! a field harms its own record alone. Memory: one buffer, as long as the longest record, 1 MiB at most.
//! What the fields are is the business of [`records`](crate::ingest::records).

use std::{
    io::{ErrorKind, Read},
    path::{Path, PathBuf},
};

use memchr::{memchr, memchr2};

use crate::{error::PipelineError, ingest::open::read_failed};

/// Bytes of one record, at most: a longer one is a quote that was never closed or no table of ours.
pub const MAX_RECORD_BYTES: usize = 1 << 20;

/// Bytes that are asked for at a time.
const CHUNK: usize = 1 << 18;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// One record as received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    /// All its bytes, the line break included.
    pub bytes: &'a [u8],
    /// The line it starts on, from 1.
    pub line: u64,
}

impl<'a> Frame<'a> {
    /// The bytes without line break, and without byte order mark on the first line.
    pub fn content(&self) -> &'a [u8] {
        let bytes = self.bytes.strip_suffix(b"\n").unwrap_or(self.bytes);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if self.line == 1 { bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes) } else { bytes }
    }

    /// Whether nothing but blanks stands there.
    pub fn is_blank(&self) -> bool {
        self.content().iter().all(u8::is_ascii_whitespace)
    }

    /// Whether the stream ended before the record's line break.
    pub fn is_open_ended(&self) -> bool {
        !self.bytes.ends_with(b"\n")
    }
}

/// Cuts a stream into records.
#[derive(Debug)]
pub struct RecordFramer<R> {
    path: PathBuf,
    input: R,
    buffer: Vec<u8>,
    /// Where the next record starts in `buffer`.
    start: usize,
    /// Where the bytes read so far end in `buffer`.
    end: usize,
    ended: bool,
    next_line: u64,
}

/// How far a search for a record's end came.
enum Search {
    /// So many bytes, so many line feeds in them.
    Found(usize, u64),
    /// More bytes are needed; whether a quote is open.
    Open(bool),
}

impl<R: Read> RecordFramer<R> {
    /// A framer at the start of a file; the path stands in errors.
    pub fn new(path: &Path, input: R) -> Self {
        let path = path.to_owned();
        Self { path, input, buffer: vec![0; 2 * CHUNK], start: 0, end: 0, ended: false, next_line: 1 }
    }

    /// The next record, blank ones included; `None` at the end.
    pub fn next_frame(&mut self) -> Result<Option<Frame<'_>>, PipelineError> {
        let (length, lines) = loop {
            let pending = self.buffer.get(self.start..self.end).unwrap_or_default();
            match find_end(pending, self.next_line == 1, self.ended) {
                Search::Found(length, lines) if length <= MAX_RECORD_BYTES => break (length, lines),
                Search::Found(..) => return Err(self.too_long(false)),
                Search::Open(quoted) if pending.len() > MAX_RECORD_BYTES => {
                    return Err(self.too_long(quoted));
                }
                Search::Open(true) if self.ended => return Err(self.too_long(true)),
                Search::Open(_) if self.ended && pending.is_empty() => return Ok(None),
                Search::Open(_) if self.ended => break (pending.len(), 1),
                Search::Open(_) => self.refill()?,
            }
        };
        let line = self.next_line;
        self.next_line += lines;
        let from = self.start;
        self.start += length;
        Ok(Some(Frame { bytes: self.buffer.get(from..self.start).unwrap_or_default(), line }))
    }

    /// The underlying input, for what it counted.
    pub fn into_inner(self) -> R {
        self.input
    }

    fn refill(&mut self) -> Result<(), PipelineError> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.buffer.len() < self.end + CHUNK {
            self.buffer.resize(self.end + 2 * CHUNK, 0);
        }
        let room = self.buffer.get_mut(self.end..).unwrap_or_default();
        loop {
            match self.input.read(room) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end += read,
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(e) => return Err(read_failed(&self.path, e)),
            }
            return Ok(());
        }
    }

    fn too_long(&self, quoted: bool) -> PipelineError {
        let (path, line, limit) = (self.path.clone(), self.next_line, MAX_RECORD_BYTES as u64);
        if quoted {
            PipelineError::UnclosedQuote { path, line, limit }
        } else {
            PipelineError::OversizedRecord { path, line, limit }
        }
    }
}

fn find_end(bytes: &[u8], is_first: bool, ended: bool) -> Search {
    match memchr2(b'\n', b'"', bytes) {
        None => Search::Open(false),
        Some(at) if bytes.get(at) == Some(&b'\n') => Search::Found(at + 1, 1),
        Some(_) => find_quoted_end(bytes, is_first, ended),
    }
}

/// The end of a record that holds a quote somewhere.
fn find_quoted_end(bytes: &[u8], is_first: bool, ended: bool) -> Search {
    let mut at = if is_first && bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let (mut lines, mut field_starts) = (1, true);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' => return Search::Found(at + 1, lines),
            b'"' if field_starts => {
                let Some(end) = closing_quote(bytes, at + 1, ended) else { return Search::Open(true) };
                lines +=
                    bytes.get(at..end).unwrap_or_default().iter().filter(|b| **b == b'\n').count() as u64;
                at = end;
                field_starts = false;
            }
            byte => {
                field_starts = *byte == b',';
                at += 1;
            }
        }
    }
    Search::Open(false)
}

/// The place behind the quote that closes a field; two quotes stand for one.
fn closing_quote(bytes: &[u8], from: usize, ended: bool) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr(b'"', bytes.get(at..)?)? + 1;
        match bytes.get(at) {
            Some(b'"') => at += 1,
            Some(_) => return Some(at),
            // Whether a second quote follows is not known before the next bytes are there.
            None => return ended.then_some(at),
        }
    }
}

#[cfg(test)]
mod tests;
