//! Files that only grow, and whose last write may have been cut by a kill.
//!
//! A line counts when its line break is there; a cut one is ignored by readers and taken off by the next writer.
//! A file of fixed-width entries counts as far as a line elsewhere says; the next writer goes on from there.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write},
    path::Path,
};

use serde::{Serialize, de::DeserializeOwned};

use crate::error::{PipelineError, io_error};

/// The whole lines of a file, without their line breaks; none where there is no file.
pub(super) struct WholeLines {
    input: Option<BufReader<File>>,
}

impl WholeLines {
    pub(super) fn open(path: &Path) -> Result<Self, PipelineError> {
        match File::open(path) {
            Ok(file) => Ok(Self { input: Some(BufReader::with_capacity(1 << 16, file)) }),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Self { input: None }),
            Err(e) => Err(io_error("read", path)(e)),
        }
    }

    /// Reads the next whole line; `false` at the end or before a cut line.
    pub(super) fn read(&mut self, line: &mut Vec<u8>) -> io::Result<bool> {
        line.clear();
        let Some(input) = &mut self.input else { return Ok(false) };
        input.read_until(b'\n', line)?;
        Ok(line.pop() == Some(b'\n'))
    }
}

/// Reads every whole line as JSON.
pub(super) fn read_json_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, PipelineError> {
    let mut lines = WholeLines::open(path)?;
    let mut entries = Vec::new();
    let mut line = Vec::new();
    while lines.read(&mut line).map_err(io_error("read", path))? {
        entries.push(serde_json::from_slice(&line).map_err(|e| damaged(path, entries.len() as u64 + 1, &e))?);
    }
    Ok(entries)
}

/// Appends one value as a line.
pub(super) fn append_json_line(path: &Path, value: &impl Serialize) -> Result<(), PipelineError> {
    let mut line = json(path, value)?;
    line.push(b'\n');
    append_lines(path, &line)
}

/// Appends lines behind the last whole one and puts them on disk.
pub(super) fn append_lines(path: &Path, lines: &[u8]) -> Result<(), PipelineError> {
    let folder = path.parent().ok_or_else(|| PipelineError::UnusablePath(path.to_owned()))?;
    fs::create_dir_all(folder).map_err(io_error("create", folder))?;
    let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
    let mut file = open.map_err(io_error("open", path))?;
    cut_torn_line(&mut file)
        .and_then(|()| file.write_all(lines))
        .and_then(|()| file.sync_data())
        .map_err(io_error("write", path))
}

/// Takes off what stands behind the last line break, and stands at the end.
fn cut_torn_line(file: &mut File) -> io::Result<()> {
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut chunk = [0_u8; 4_096];
    while end > 0 {
        let start = end.saturating_sub(chunk.len() as u64);
        let read = chunk.get_mut(..(end - start) as usize).unwrap_or_default();
        file.seek(SeekFrom::Start(start))?;
        file.read_exact(read)?;
        if let Some(at) = memchr::memrchr(b'\n', read) {
            end = start + at as u64 + 1;
            break;
        }
        end = start;
    }
    file.set_len(end)?;
    file.seek(SeekFrom::Start(end)).map(|_| ())
}

/// Writes entries at a place of a file and ends it behind them.
pub(super) fn write_at(path: &Path, at: u64, entries: &[u8]) -> Result<(), PipelineError> {
    let folder = path.parent().ok_or_else(|| PipelineError::UnusablePath(path.to_owned()))?;
    fs::create_dir_all(folder).map_err(io_error("create", folder))?;
    let open = OpenOptions::new().write(true).create(true).truncate(false).open(path);
    let mut file = open.map_err(io_error("open", path))?;
    file.set_len(at)
        .and_then(|()| file.seek(SeekFrom::Start(at)))
        .and_then(|_| file.write_all(entries))
        .and_then(|()| file.sync_data())
        .map_err(io_error("write", path))
}

/// Gives the fixed-width entries of the first `bytes` bytes of a file to `each`, in their order.
pub(super) fn for_each_entry<const WIDTH: usize>(
    path: &Path,
    bytes: u64,
    mut each: impl FnMut([u8; WIDTH]),
) -> Result<(), PipelineError> {
    if bytes == 0 {
        return Ok(());
    }
    let mut input = BufReader::with_capacity(1 << 16, File::open(path).map_err(io_error("read", path))?);
    for _ in 0..bytes / WIDTH as u64 {
        let mut entry = [0; WIDTH];
        input.read_exact(&mut entry).map_err(io_error("read", path))?;
        each(entry);
    }
    Ok(())
}

pub(super) fn json(path: &Path, value: &impl Serialize) -> Result<Vec<u8>, PipelineError> {
    serde_json::to_vec(value).map_err(|source| PipelineError::DamagedRecord { path: path.to_owned(), source })
}

/// A line that this build did not write. Nothing can be guessed from it, so nothing goes on.
pub(super) fn damaged(path: &Path, line: u64, what: &dyn std::fmt::Display) -> PipelineError {
    let reason = format!("line {line} is not what was written there ({what}): restore the file");
    PipelineError::UnreadableFile { path: path.to_owned(), reason }
}
