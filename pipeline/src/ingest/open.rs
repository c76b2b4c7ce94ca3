//! The files of a source and their bytes as plain CSV.
//!
//! ```text
//! folder or URL ─ FileStore ─ list ─> TableFile ─ open ─> CSV bytes   as they are │ gz unpacked │ Parquet rendered
//!                                        └─ several ─ Concatenated ─> one header, then the rows of all
//! ```
//! Everything streams: memory is a buffer a file, and a batch of rows for Parquet. A local file is read directly; what
//! a remote store gives is an async stream, waited for on a runtime of the store's own, so that callers need none.
//! Does not look at what stands in the rows.

use std::{
    collections::VecDeque,
    error::Error,
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek},
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
};

use flate2::bufread::MultiGzDecoder;
use futures::{AsyncRead, AsyncReadExt, TryStreamExt};
use object_store::{
    GetResultPayload, ObjectStore, ObjectStoreExt, local::LocalFileSystem, path::Path as ObjectPath,
};
use tokio::runtime::{Builder, Runtime};

use crate::{
    error::{PipelineError, io_error},
    ingest::{
        framing::MAX_RECORD_BYTES,
        records::Fields,
        schema::SourceTable,
        source::{Entry, Listing},
        tabular::ParquetAsCsv,
    },
};

/// Bytes of the buffer between a packed file and its decoder.
const PACKED_BUFFER: usize = 1 << 17;

/// How a table is written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Text with a header line.
    Csv,
    /// The same, packed by gzip; several members one after the other are one text.
    CsvGz,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// How a file's name ends, by format.
    pub const ENDINGS: [(&str, Self); 3] =
        [(".csv", Self::Csv), (".csv.gz", Self::CsvGz), (".parquet", Self::Parquet)];

    /// The format that a file's name says.
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ENDINGS.iter().find(|(ending, _)| name.ends_with(ending)).map(|(_, format)| *format)
    }
}

/// One file of a table.
#[derive(Debug, Clone)]
pub struct TableFile {
    /// As it is called in messages: the source as it was given, and the file's name.
    pub path: PathBuf,
    /// How it is written.
    pub format: Format,
    /// Its bytes in the store.
    pub bytes: u64,
    location: ObjectPath,
}

impl TableFile {
    /// The file as plain CSV with a header line.
    pub fn open(&self, store: &FileStore, table: SourceTable) -> Result<Box<dyn Read + Send>, PipelineError> {
        let bytes = store.read(self)?;
        Ok(match self.format {
            Format::Csv => bytes.into_reader(),
            Format::CsvGz => Box::new(Unpacked::new(&self.path, bytes.into_reader())),
            Format::Parquet => Box::new(ParquetAsCsv::open(bytes.into_file(&self.path)?, table, &self.path)?),
        })
    }
}

/// A folder of an object store.
#[derive(Debug, Clone)]
pub struct FileStore {
    store: Arc<dyn ObjectStore>,
    prefix: ObjectPath,
    /// The source as it was given, for messages.
    given: PathBuf,
    waiter: Arc<Waiter>,
}

impl FileStore {
    /// A local folder, called in messages as it was given.
    pub fn local(folder: &Path, given: &Path) -> Result<Self, PipelineError> {
        let missing = || PipelineError::NoSourceFolder(given.to_owned());
        if !folder.is_dir() {
            return Err(missing());
        }
        let store = LocalFileSystem::new_with_prefix(folder).map_err(|_| missing())?;
        Self::new(Arc::new(store), ObjectPath::default(), given)
    }

    /// A folder of any store.
    pub fn new(store: Arc<dyn ObjectStore>, prefix: ObjectPath, given: &Path) -> Result<Self, PipelineError> {
        Ok(Self { store, prefix, given: given.to_owned(), waiter: Arc::new(Waiter::start()?) })
    }

    /// A name below the folder as messages call it.
    pub fn display(&self, name: &str) -> PathBuf {
        self.given.join(name)
    }

    /// What lies in a folder below, by name; names that begin with `.` or `_` are left out, as Hive and Spark do.
    pub fn list(&self, folder: &str) -> Result<Listing, PipelineError> {
        let below = self.location(folder);
        let listed = self.waiter.wait(self.store.list_with_delimiter(Some(&below)));
        let listed = listed.map_err(|e| store_error("list", &self.display(folder), e))?;
        let files = listed.objects.iter().map(|file| (&file.location, Entry::File(file.size)));
        let folders = listed.common_prefixes.iter().map(|folder| (folder, Entry::Folder));
        let named =
            files.chain(folders).filter_map(|(path, entry)| Some((path.filename()?.to_owned(), entry)));
        Ok(named.filter(|(name, _)| !name.starts_with(['.', '_'])).collect())
    }

    /// A file below the folder, if its name says a format that can be read.
    pub(super) fn table_file(&self, name: &str, bytes: u64) -> Option<TableFile> {
        let format = Format::of_name(name)?;
        Some(TableFile { path: self.display(name), format, bytes, location: self.location(name) })
    }

    fn location(&self, name: &str) -> ObjectPath {
        name.split('/')
            .filter(|part| !part.is_empty())
            .fold(self.prefix.clone(), |path, part| path.join(part))
    }

    fn read(&self, file: &TableFile) -> Result<Bytes, PipelineError> {
        let got = self.waiter.wait(self.store.get(&file.location));
        let got = got.map_err(|e| store_error("read", &file.path, e))?;
        Ok(match got.payload {
            GetResultPayload::File(file, _) => Bytes::Local(file),
            GetResultPayload::Stream(stream) => {
                let stream = Box::pin(stream.map_err(io::Error::other).into_async_read());
                Bytes::Remote(Remote { stream, waiter: Arc::clone(&self.waiter) })
            }
        })
    }
}

/// The bytes of a file as its store gives them.
enum Bytes {
    Local(File),
    Remote(Remote),
}

impl Bytes {
    fn into_reader(self) -> Box<dyn Read + Send> {
        match self {
            Self::Local(file) => Box::new(file),
            Self::Remote(remote) => Box::new(remote),
        }
    }

    /// A file that can be read at any place; a remote one is copied to a temporary file first.
    fn into_file(self, path: &Path) -> Result<File, PipelineError> {
        match self {
            Self::Local(file) => Ok(file),
            Self::Remote(mut remote) => {
                let mut copy = tempfile::tempfile().map_err(io_error("copy", path))?;
                io::copy(&mut remote, &mut copy).map_err(|e| read_failed(path, e))?;
                copy.rewind().map_err(io_error("copy", path))?;
                Ok(copy)
            }
        }
    }
}

/// A remote file as a reader.
struct Remote {
    stream: Pin<Box<dyn AsyncRead + Send>>,
    waiter: Arc<Waiter>,
}

impl Read for Remote {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.waiter.wait(self.stream.read(buffer))
    }
}

/// Waits for the answers of a store, from any thread, whether or not that thread belongs to a runtime.
///
/// The store's sockets and timers live on a worker of this runtime, so that a caller that waits stops nothing.
#[derive(Debug)]
struct Waiter {
    runtime: Option<Runtime>,
}

impl Waiter {
    fn start() -> Result<Self, PipelineError> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Ok(Self { runtime: Some(runtime.map_err(|e| PipelineError::Worker(e.to_string()))?) })
    }

    fn wait<F: Future>(&self, answer: F) -> F::Output {
        let _entered = self.runtime.as_ref().map(Runtime::enter);
        futures::executor::block_on(answer)
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        // An ordinary drop would wait for the worker, which is forbidden on a thread of another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// The text of a gz file.
struct Unpacked {
    path: PathBuf,
    decoder: MultiGzDecoder<BufReader<Box<dyn Read + Send>>>,
}

impl Unpacked {
    fn new(path: &Path, packed: Box<dyn Read + Send>) -> Self {
        let packed = BufReader::with_capacity(PACKED_BUFFER, packed);
        Self { path: path.to_owned(), decoder: MultiGzDecoder::new(packed) }
    }
}

impl Read for Unpacked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.decoder.read(buffer).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                let reason = "the gz stream is cut or damaged, it ends before its check sum".to_owned();
                carry(PipelineError::TruncatedFile { path: self.path.clone(), reason })
            }
            io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
                let reason = format!("the gz stream is cut or damaged ({error}): fetch or pack it again");
                carry(PipelineError::UnreadableFile { path: self.path.clone(), reason })
            }
            _ => error,
        })
    }
}

/// Several files of one table as one CSV: the header of the first, then the rows of all.
pub(super) struct Concatenated {
    store: FileStore,
    table: SourceTable,
    waiting: VecDeque<TableFile>,
    /// Columns of the table in these files.
    width: usize,
    /// The file that is being read, and its path.
    open: Option<(PathBuf, BufReader<Box<dyn Read + Send>>)>,
    is_first: bool,
    /// What was read of the present line, as far as [`MAX_RECORD_BYTES`].
    line: Vec<u8>,
}

impl Concatenated {
    pub(super) fn new(store: FileStore, table: SourceTable, width: usize, files: Vec<TableFile>) -> Self {
        Self { store, table, waiting: files.into(), width, open: None, is_first: true, line: Vec::new() }
    }

    /// Opens the next file behind its header; `false` when there is none left.
    fn open_next(&mut self) -> io::Result<bool> {
        let Some(file) = self.waiting.pop_front() else { return Ok(false) };
        let mut input = BufReader::new(file.open(&self.store, self.table).map_err(carry)?);
        if !std::mem::take(&mut self.is_first) {
            skip_line(&mut input)?;
        }
        self.open = Some((file.path, input));
        Ok(true)
    }
}

impl Read for Concatenated {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            let Some((path, input)) = &mut self.open else {
                if self.open_next()? {
                    continue;
                }
                return Ok(0);
            };
            let read = input.read(buffer)?;
            if let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) {
                keep_open_line(&mut self.line, bytes);
                return Ok(read);
            }
            refuse_cut_row(path, &self.line, self.width).map_err(carry)?;
            self.open = None;
            // The last line of a file may lack its line break; the next file's first row must not run into it.
            if !self.line.is_empty()
                && let Some(first) = buffer.first_mut()
            {
                self.line.clear();
                *first = b'\n';
                return Ok(1);
            }
        }
    }
}

/// Keeps what stands behind the last line break.
fn keep_open_line(line: &mut Vec<u8>, bytes: &[u8]) {
    let open = match memchr::memrchr(b'\n', bytes) {
        Some(at) => {
            line.clear();
            bytes.get(at + 1..).unwrap_or_default()
        }
        None => bytes,
    };
    let room = MAX_RECORD_BYTES.saturating_sub(line.len());
    line.extend_from_slice(open.get(..room).unwrap_or(open));
}

/// A last row without line break and with too few fields: nobody knows how much is missing behind it.
fn refuse_cut_row(path: &Path, line: &[u8], width: usize) -> Result<(), PipelineError> {
    // With a quote in it, the line may be the end of a row of several lines.
    if line.iter().all(u8::is_ascii_whitespace) || line.contains(&b'"') {
        return Ok(());
    }
    let mut fields = Fields::default();
    if fields.split(line, width).is_err() && fields.width() < width {
        let reason = "its last row has no end and fewer values than the header".to_owned();
        return Err(PipelineError::TruncatedFile { path: path.to_owned(), reason });
    }
    Ok(())
}

fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let chunk = input.fill_buf()?;
        if chunk.is_empty() {
            return Ok(());
        }
        let line_end = memchr::memchr(b'\n', chunk);
        let skipped = line_end.map_or(chunk.len(), |at| at + 1);
        input.consume(skipped);
        if line_end.is_some() {
            return Ok(());
        }
    }
}

/// Turns an error of a reader of this module back into the pipeline's own, with its code.
///
/// `path` is named when the error is one of the system's.
pub fn read_failed(path: &Path, error: io::Error) -> PipelineError {
    match error.downcast::<PipelineError>() {
        Ok(ours) => ours,
        Err(error) => io_error("read", path)(error),
    }
}

/// Lets one of our errors travel through `Read`; [`read_failed`] takes it out again.
pub(super) fn carry(error: PipelineError) -> io::Error {
    io::Error::other(error)
}

fn store_error(action: &'static str, path: &Path, error: object_store::Error) -> PipelineError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(inner) = cause {
        if let Some(system) = inner.downcast_ref::<io::Error>() {
            let failed = io_error(action, path)(io::Error::new(system.kind(), system.to_string()));
            if failed.is_retryable() {
                return failed;
            }
            let reason = format!("{system}: it must be a file or folder that this account may read");
            return PipelineError::UnreadableFile { path: path.to_owned(), reason };
        }
        cause = inner.source();
    }
    PipelineError::Engine(error.into())
}

#[cfg(test)]
mod tests;
