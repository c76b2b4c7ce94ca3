//! The source of a run: a local folder or the URL of an object store, checked before anything is written.
//!
//! Input: what was given on the command line. Output: [`SourceFolder`], the files of each of the six tables with their
//! header understood; [`SourceFile::open`] gives a table's rows as plain CSV, whatever its files are.
//! A table is `<table>.csv`, `<table>.csv.gz` or `<table>.parquet`, or a folder of such files, read in name order.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    error::PipelineError,
    ingest::{
        framing::RecordFramer,
        open::{Concatenated, FileStore, Format, TableFile, read_failed},
        schema::{HeaderMap, SourceTable, read_header},
    },
};

/// Schemes of URLs that this build reads.
const SUPPORTED_SCHEMES: [&str; 1] = ["file"];

/// Bytes of a header line, at most: the longest of the six tables has fewer than 200.
const MAX_HEADER_BYTES: u64 = 1 << 16;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// First bytes of formats that are no CSV text, with what they are and what would be right.
const FOREIGN_STARTS: [(&[u8], &str); 6] = [
    (b"\x1f\x8b", "it holds gz bytes: end its name in .csv.gz"),
    (b"PAR1", "it holds Parquet bytes: end its name in .parquet"),
    (b"PK\x03\x04", "it is a zip archive or a workbook: unpack it, or save it as CSV"),
    (b"\x28\xb5\x2f\xfd", "it holds zstd bytes: unpack it first"),
    (b"\xff\xfe", "it is UTF-16 text: save it as UTF-8"),
    (b"\xfe\xff", "it is UTF-16 text: save it as UTF-8"),
];

/// Where raw orders come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A local folder.
    Folder(PathBuf),
    /// A folder of an object store, as it was given: `file:///data/instacart`.
    Url(String),
}

impl Source {
    /// Understands a folder or a URL, or refuses a URL of a scheme that this build does not read.
    pub fn parse(given: &str) -> Result<Self, PipelineError> {
        if !given.contains("://") {
            return Ok(Self::Folder(PathBuf::from(given)));
        }
        local_path(given)?;
        Ok(Self::Url(given.to_owned()))
    }

    /// The source's name in bronze: the folder's own name in lower case, `[a-z0-9_-]` only.
    ///
    /// A folder and its `file://` URL have the same name.
    pub fn name(&self) -> String {
        let folder = match self {
            Self::Folder(folder) => folder.clone(),
            // A URL that cannot be read is refused by `parse` and `check`; here its own last part is name enough.
            Self::Url(url) => local_path(url).unwrap_or_else(|_| PathBuf::from(url)),
        };
        let resolved = folder.canonicalize().unwrap_or(folder);
        let name = resolved.file_name().map(|name| name.to_string_lossy().to_lowercase()).unwrap_or_default();
        let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' };
        let name: String = name.chars().map(plain).collect();
        if name.is_empty() { "source".to_owned() } else { name }
    }

    /// The same source whatever the working folder of a later `resume` is.
    pub fn absolute(self) -> Self {
        match self {
            Self::Folder(folder) => Self::Folder(std::path::absolute(&folder).unwrap_or(folder)),
            url @ Self::Url(_) => url,
        }
    }

    /// Looks at every file as far as its first row.
    pub fn check(&self) -> Result<SourceFolder, PipelineError> {
        SourceFolder::check(&self.store()?)
    }

    fn store(&self) -> Result<FileStore, PipelineError> {
        match self {
            Self::Folder(folder) => FileStore::local(folder, folder),
            Self::Url(url) => FileStore::local(&local_path(url)?, Path::new(url)),
        }
    }
}

/// The local path that a `file://` URL means.
fn local_path(url: &str) -> Result<PathBuf, PipelineError> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let unsupported = |reason: String| PipelineError::UnsupportedSource { given: url.to_owned(), reason };
    if !scheme.eq_ignore_ascii_case("file") {
        let supported: Vec<String> = SUPPORTED_SCHEMES.iter().map(|scheme| format!("{scheme}://")).collect();
        let supported = supported.join(", ");
        let reason =
            format!("scheme {scheme:?} is not in this build, which reads a local folder or {supported}");
        return Err(unsupported(reason));
    }
    let path = rest.strip_prefix("localhost").filter(|path| path.starts_with('/')).unwrap_or(rest);
    if !path.starts_with('/') {
        let reason = "a file URL names a whole path: file:///data/instacart".to_owned();
        return Err(unsupported(reason));
    }
    String::from_utf8(percent_decoded(path))
        .map(PathBuf::from)
        .map_err(|_| unsupported("its path is not UTF-8 when decoded".to_owned()))
}

/// `%20` → a blank; what is no such escape stands for itself, blanks included.
fn percent_decoded(path: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escape = after.get(..2).filter(|_| *first == b'%').and_then(|hex| hex::decode(hex).ok());
        match escape.as_deref() {
            Some([byte]) => {
                bytes.push(*byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    bytes
}

/// A checked source.
#[derive(Debug, Clone)]
pub struct SourceFolder {
    /// The six tables, in the order of [`SourceTable::ALL`].
    pub files: Vec<SourceFile>,
}

impl SourceFolder {
    /// Finds the files of all tables and looks at each as far as its first row.
    pub fn check(store: &FileStore) -> Result<Self, PipelineError> {
        let listing = store.list("")?;
        let tables = SourceTable::ALL.into_iter().map(|table| {
            let files = find_files(store, &listing, table)?;
            SourceFile::check(store, table, files)
        });
        Ok(Self { files: tables.collect::<Result<_, _>>()? })
    }
}

/// The file or files of one table.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The table.
    pub table: SourceTable,
    /// Its file, or the folder of its files; for messages.
    pub path: PathBuf,
    /// Where its columns stand in the CSV bytes that [`SourceFile::open`] gives.
    pub header: HeaderMap,
    /// Its files, in the order in which they are read.
    pub files: Vec<TableFile>,
    store: FileStore,
}

impl SourceFile {
    /// The table as plain CSV with one header line, streamed.
    ///
    /// A single CSV file comes byte for byte. Errors of the reader turn back with [`read_failed`].
    pub fn open(&self) -> Result<Box<dyn Read + Send>, PipelineError> {
        match self.files.as_slice() {
            [only] => only.open(&self.store, self.table),
            files => {
                let (store, width) = (self.store.clone(), self.header.width);
                Ok(Box::new(Concatenated::new(store, self.table, width, files.to_vec())))
            }
        }
    }

    fn check(
        store: &FileStore,
        table: SourceTable,
        found: (PathBuf, Vec<TableFile>),
    ) -> Result<Self, PipelineError> {
        let (path, files) = found;
        let mut first: Option<(HeaderMap, &Path)> = None;
        let mut has_rows = false;
        for file in &files {
            let mut input = BufReader::new(file.open(store, table)?);
            let header = peek_header(&mut input, table, &file.path)?;
            has_rows = has_rows || has_row(&mut input, &file.path)?;
            match &first {
                Some((known, _)) if *known == header => {}
                Some((_, other)) => {
                    let reason =
                        format!("its columns are not those of {} in the same order", other.display());
                    return Err(unreadable(&file.path, &reason));
                }
                None => first = Some((header, &file.path)),
            }
        }
        match first {
            Some((header, _)) if has_rows => Ok(Self { table, path, header, files, store: store.clone() }),
            _ => Err(PipelineError::EmptyFile { table: table.name().to_owned(), path }),
        }
    }
}

/// What lies in one folder of a store, hidden files left out.
pub type Listing = BTreeMap<String, Entry>;

/// One name in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entry {
    /// A file of so many bytes.
    File(u64),
    /// A folder.
    Folder,
}

/// The one file or folder of a table, with the files to read.
fn find_files(
    store: &FileStore,
    listing: &Listing,
    table: SourceTable,
) -> Result<(PathBuf, Vec<TableFile>), PipelineError> {
    let mut found = Vec::new();
    let mut unsupported = None;
    for (name, entry) in listing {
        let Some(ending) = name.strip_prefix(table.name()) else { continue };
        let is_known = Format::ENDINGS.iter().any(|(known, _)| *known == ending);
        match entry {
            Entry::File(bytes) if is_known => {
                found.push((store.display(name), store.table_file(name, *bytes).into_iter().collect()));
            }
            Entry::Folder if is_known => {
                let reason = format!("it is a folder: call a folder of several files {:?}", table.name());
                return Err(unreadable(&store.display(name), &reason));
            }
            Entry::Folder if ending.is_empty() => {
                let files = files_of_folder(store, name, table)?;
                // An empty folder beside the table's file is nothing; object stores have none.
                if !files.is_empty() {
                    found.push((store.display(name), files));
                }
            }
            Entry::File(_) if ending.starts_with('.') => unsupported = Some(store.display(name)),
            _ => {}
        }
    }
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (Some((first, _)), Some((second, _))) => {
            Err(PipelineError::RepeatedFile { table: table.name().to_owned(), first, second })
        }
        (Some(one), None) => Ok(one),
        (None, _) => Err(match unsupported {
            Some(path) => unsupported_format(table, path),
            None => PipelineError::MissingFile {
                table: table.name().to_owned(),
                path: store.display(&format!("{}.csv", table.name())),
            },
        }),
    }
}

/// Every file of a table's folder, in name order; one that cannot be read is an error, so that nothing is left out.
fn files_of_folder(
    store: &FileStore,
    folder: &str,
    table: SourceTable,
) -> Result<Vec<TableFile>, PipelineError> {
    let mut files = Vec::new();
    for (name, entry) in store.list(folder)? {
        let name = format!("{folder}/{name}");
        let file = match entry {
            Entry::File(bytes) => store.table_file(&name, bytes),
            Entry::Folder => None,
        };
        files.push(file.ok_or_else(|| unsupported_format(table, store.display(&name)))?);
    }
    Ok(files)
}

fn unsupported_format(table: SourceTable, path: PathBuf) -> PipelineError {
    let reason = "this build reads files that end in .csv, .csv.gz and .parquet".to_owned();
    PipelineError::UnsupportedFormat { table: table.name().to_owned(), path, reason }
}

/// Reads the first line and understands it as the header.
fn peek_header(
    input: &mut impl BufRead,
    table: SourceTable,
    path: &Path,
) -> Result<HeaderMap, PipelineError> {
    let mut line = Vec::new();
    input.take(MAX_HEADER_BYTES).read_until(b'\n', &mut line).map_err(|e| read_failed(path, e))?;
    if content_of_line(&line).iter().all(u8::is_ascii_whitespace) {
        if has_row(input, path)? {
            return Err(unreadable(path, "its first line is blank: the header must stand there"));
        }
        return Err(PipelineError::EmptyFile { table: table.name().to_owned(), path: path.to_owned() });
    }
    header_of_line(table, path, &line)
}

/// Understands a header line as received; says of what is no text what it is.
fn header_of_line(table: SourceTable, path: &Path, line: &[u8]) -> Result<HeaderMap, PipelineError> {
    if let Some((_, reason)) = FOREIGN_STARTS.iter().find(|(start, _)| line.starts_with(start)) {
        return Err(unreadable(path, reason));
    }
    let content = content_of_line(line);
    if content.contains(&0) {
        return Err(unreadable(path, "its header holds zero bytes: save it as UTF-8 text"));
    }
    if content.contains(&b'\r') {
        return Err(unreadable(path, "its lines end in a bare carriage return: end them in a line feed"));
    }
    read_header(&mut RecordFramer::new(path, line), table, path)
}

/// A first line without byte order mark and line break.
fn content_of_line(line: &[u8]) -> &[u8] {
    let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn unreadable(path: &Path, reason: &str) -> PipelineError {
    PipelineError::UnreadableFile { path: path.to_owned(), reason: reason.to_owned() }
}

/// Whether anything but blank lines follows.
fn has_row(input: &mut impl BufRead, path: &Path) -> Result<bool, PipelineError> {
    loop {
        let chunk = input.fill_buf().map_err(|e| read_failed(path, e))?;
        if chunk.is_empty() {
            return Ok(false);
        }
        if !chunk.iter().all(u8::is_ascii_whitespace) {
            return Ok(true);
        }
        let blank = chunk.len();
        input.consume(blank);
    }
}

#[cfg(test)]
mod tests;
