//! The source of a run: a local folder with the six CSV files, checked before anything is written.
//!
//! Input: what was given on the command line. Output: [`SourceFolder`], each table's file with its header understood.

use std::{
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    error::{PipelineError, io_error},
    ingest::{
        framing::RecordFramer,
        schema::{HeaderMap, SourceTable, read_header},
    },
};

/// Formats that a table may come in elsewhere and that this build cannot read.
const UNSUPPORTED_ENDINGS: [&str; 4] = ["csv.gz", "csv.zst", "csv.zip", "parquet"];

/// Where raw orders come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A local folder with the six CSV files.
    Folder(PathBuf),
}

impl Source {
    /// Understands a folder or refuses a URL of a kind that this build cannot read.
    pub fn parse(given: &str) -> Result<Self, PipelineError> {
        match given.split_once("://") {
            Some(("file", path)) => Ok(Self::Folder(PathBuf::from(path))),
            Some(_) => Err(PipelineError::UnsupportedSource { given: given.to_owned() }),
            None => Ok(Self::Folder(PathBuf::from(given))),
        }
    }

    /// The source's name in bronze: the folder's own name in lower case, `[a-z0-9_-]` only.
    pub fn name(&self) -> String {
        let Self::Folder(folder) = self;
        let resolved = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        let name = resolved.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' };
        let name: String = name.chars().map(plain).collect();
        if name.is_empty() { "source".to_owned() } else { name }
    }

    /// The same source whatever the working folder of a later `resume` is.
    pub fn absolute(self) -> Self {
        let Self::Folder(folder) = self;
        Self::Folder(std::path::absolute(&folder).unwrap_or(folder))
    }

    /// Looks at every file as far as its first row.
    pub fn check(&self) -> Result<SourceFolder, PipelineError> {
        let Self::Folder(folder) = self;
        if !folder.is_dir() {
            return Err(PipelineError::NoSourceFolder(folder.clone()));
        }
        let tables = SourceTable::ALL.into_iter().map(|table| SourceFile::check(folder, table));
        Ok(SourceFolder { files: tables.collect::<Result<_, _>>()? })
    }
}

/// A checked source.
#[derive(Debug, Clone)]
pub struct SourceFolder {
    /// The six files, in the order of [`SourceTable::ALL`].
    pub files: Vec<SourceFile>,
}

/// The file of one table.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The table.
    pub table: SourceTable,
    /// Its file.
    pub path: PathBuf,
    /// Where its columns stand.
    pub header: HeaderMap,
    /// Bytes of the file.
    pub bytes: u64,
}

impl SourceFile {
    fn check(folder: &Path, table: SourceTable) -> Result<Self, PipelineError> {
        let path = folder.join(format!("{}.csv", table.name()));
        if !path.exists() {
            let other =
                UNSUPPORTED_ENDINGS.iter().map(|ending| folder.join(format!("{}.{ending}", table.name())));
            return Err(match other.into_iter().find(|path| path.exists()) {
                Some(path) => PipelineError::UnsupportedFormat { table: table.name().to_owned(), path },
                None => PipelineError::MissingFile { table: table.name().to_owned(), path },
            });
        }
        let file = File::open(&path).map_err(io_error("read", &path))?;
        let bytes = file.metadata().map_err(io_error("read", &path))?.len();
        let mut framer = RecordFramer::new(&path, file);
        let header = read_header(&mut framer, table, &path)?;
        while let Some(frame) = framer.next_frame()? {
            if !frame.is_blank() {
                return Ok(Self { table, path, header, bytes });
            }
        }
        Err(PipelineError::EmptyFile { table: table.name().to_owned(), path })
    }

    /// The table as CSV bytes with a header line.
    pub fn open(&self) -> Result<Box<dyn Read + Send>, PipelineError> {
        Ok(Box::new(File::open(&self.path).map_err(io_error("read", &self.path))?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_of_another_kind_is_refused_by_name() {
        let message = Source::parse("s3://bucket/prefix").unwrap_err().to_string();
        assert!(message.contains("s3://bucket/prefix"), "{message}");
    }

    #[test]
    fn the_name_in_bronze_is_a_plain_word() {
        let name = |path: &str| Source::Folder(PathBuf::from(path)).name();
        assert_eq!(name("/no/where/Instacart Sample.v2"), "instacart_sample_v2");
        assert_eq!(name("/"), "source");
    }
}
