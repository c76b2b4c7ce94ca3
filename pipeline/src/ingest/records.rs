//! Splits one CSV record into its fields (RFC 4180, strict).
//!
//! Input: the bytes of a record without its line break ([`framing`](crate::ingest::framing) found them). Output:
//! [`Fields`], read by position, or the [`RowFault`] that makes the record unusable.
//! The `csv` crate is lenient on quotes by design, so that one forgotten quote swallows the rest of a file.

use std::str;

/// Bytes of one field, at most. The longest product name of the public data has 159; a field beyond this is another
/// record's text that ran in.
pub const MAX_FIELD_BYTES: usize = 4_096;

/// What is wrong with the shape of a record; also the name of the rule that it breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowFault {
    /// Wrong number of fields, wrong quoting, or a zero byte.
    Malformed,
    /// Bytes that are no UTF-8.
    Encoding,
    /// A field longer than [`MAX_FIELD_BYTES`].
    Oversized,
}

impl RowFault {
    /// All of them, in the order in which they are looked for.
    pub const ALL: [Self; 3] = [Self::Encoding, Self::Malformed, Self::Oversized];

    /// The rule in quarantine and report.
    pub fn rule(self) -> &'static str {
        match self {
            Self::Encoding => "invalid_encoding",
            Self::Malformed => "malformed_row",
            Self::Oversized => "oversized_field",
        }
    }
}

/// The fields of one record; reused from record to record.
#[derive(Debug, Default)]
pub struct Fields {
    /// Where each field stands, in the record or, where it holds a quote, in `unquoted`.
    ranges: Vec<(usize, usize)>,
    unquoted: Vec<u8>,
    in_record: bool,
}

impl Fields {
    /// Splits a record that must have `width` fields.
    pub fn split(&mut self, record: &[u8], width: usize) -> Result<(), RowFault> {
        self.ranges.clear();
        let (mut start, mut quoted, mut zero, mut high) = (0, false, false, 0_u8);
        for (at, byte) in record.iter().enumerate() {
            high |= byte;
            match byte {
                b',' => {
                    self.ranges.push((start, at));
                    start = at + 1;
                }
                b'"' => quoted = true,
                0 => zero = true,
                _ => {}
            }
        }
        self.ranges.push((start, record.len()));
        self.in_record = !quoted;
        if high >= 0x80 && str::from_utf8(record).is_err() {
            return Err(RowFault::Encoding);
        }
        if zero {
            return Err(RowFault::Malformed);
        }
        if quoted {
            self.unquote(record)?;
        }
        if self.ranges.len() != width {
            return Err(RowFault::Malformed);
        }
        let longest = self.ranges.iter().map(|(start, end)| end - start).max();
        if longest > Some(MAX_FIELD_BYTES) { Err(RowFault::Oversized) } else { Ok(()) }
    }

    /// A field of the record that was split last, without its quotes; empty beyond the last.
    pub fn get<'a>(&'a self, record: &'a [u8], at: usize) -> &'a [u8] {
        let Some((start, end)) = self.ranges.get(at).copied() else { return &[] };
        let bytes = if self.in_record { record } else { &self.unquoted };
        bytes.get(start..end).unwrap_or_default()
    }

    /// The number of fields of the record that was split last.
    pub fn width(&self) -> usize {
        self.ranges.len()
    }

    /// Splits a record with quotes: what they enclose is copied without them.
    fn unquote(&mut self, record: &[u8]) -> Result<(), RowFault> {
        self.ranges.clear();
        self.unquoted.clear();
        let mut rest = record;
        loop {
            let start = self.unquoted.len();
            let (after, more) = match rest.strip_prefix(b"\"") {
                Some(quoted) => take_quoted(quoted, &mut self.unquoted)?,
                None => take_plain(rest, &mut self.unquoted)?,
            };
            self.ranges.push((start, self.unquoted.len()));
            if !more {
                return Ok(());
            }
            rest = after;
        }
    }
}

/// Takes an unquoted field; returns what follows its comma and whether there was one.
fn take_plain<'a>(rest: &'a [u8], text: &mut Vec<u8>) -> Result<(&'a [u8], bool), RowFault> {
    let end = rest.iter().position(|byte| matches!(byte, b',' | b'"')).unwrap_or(rest.len());
    let (field, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
    text.extend_from_slice(field);
    match after.split_first() {
        None => Ok((&[], false)),
        Some((b',', after)) => Ok((after, true)),
        // A quote inside an unquoted field.
        Some(_) => Err(RowFault::Malformed),
    }
}

/// Takes a quoted field whose opening quote is gone already; `""` stands for one quote.
fn take_quoted<'a>(mut rest: &'a [u8], text: &mut Vec<u8>) -> Result<(&'a [u8], bool), RowFault> {
    loop {
        let end = memchr::memchr(b'"', rest).ok_or(RowFault::Malformed)?;
        let (field, after) = rest.split_at_checked(end).unwrap_or((rest, &[]));
        text.extend_from_slice(field);
        match after.get(1) {
            Some(b'"') => {
                text.push(b'"');
                rest = after.get(2..).unwrap_or_default();
            }
            Some(b',') => return Ok((after.get(2..).unwrap_or_default(), true)),
            None => return Ok((&[], false)),
            // Text after a closing quote.
            Some(_) => return Err(RowFault::Malformed),
        }
    }
}

#[cfg(test)]
mod tests;
