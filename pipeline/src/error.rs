//! Why a run could not go on: one variant a cause, with the value that was wrong and what would be right.
//!
//! [`PipelineError::is_retryable`] splits them by what the orchestrator does next: start the stage again, or stop.
//! [`PipelineError::code`] gives each cause a stable word for logs, statuses and scripts; `docs/dirty-data.md` lists
//! which damage of a source leads to which.

use std::{
    error::Error,
    io,
    path::{Path, PathBuf},
};

use arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use domain::manifest::ManifestError;
use parquet::errors::ParquetError;

use crate::stage::Stage;

/// Everything that can go wrong between a source folder and a published run.
#[derive(Debug, thiserror::Error)]
pub enum PipelineError {
    /// The source is not a folder that can be read.
    #[error("no source folder at {0}: give a folder with the six Instacart files (orders.csv, …)")]
    NoSourceFolder(PathBuf),
    /// There is no stream in a folder.
    #[error("no stream in {0}: `insightflow stream publish` makes one")]
    NoStream(PathBuf),
    /// A name that would be part of a path is no plain word.
    #[error("the source name {name:?} is no plain word: use a to z, 0 to 9, - and _")]
    UnusableName {
        /// As it was given.
        name: String,
    },
    /// The source is of a kind that this build cannot read.
    #[error("unsupported source {given:?}: {reason}")]
    UnsupportedSource {
        /// What was asked for.
        given: String,
        /// What is not supported and what would be right.
        reason: String,
    },
    /// A table is there, in a format that this build cannot read.
    #[error("table {table}: unsupported file format {path}: {reason}")]
    UnsupportedFormat {
        /// The table.
        table: String,
        /// The file that was found.
        path: PathBuf,
        /// What is not supported and what would be right.
        reason: String,
    },
    /// A table is there twice, and which one is meant is not for us to guess.
    #[error("table {table} is there twice: {first} and {second}: keep one of them")]
    RepeatedFile {
        /// The table.
        table: String,
        /// One of the files.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// A table's file is not there.
    #[error("table {table}: missing file {path}")]
    MissingFile {
        /// The table.
        table: String,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A table's file is there and cannot be opened, or is not what its name says.
    #[error("{path} cannot be read: {reason}")]
    UnreadableFile {
        /// The file.
        path: PathBuf,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// A table's file holds no data row.
    #[error("table {table}: {path} is empty: it must hold a header line and at least one row")]
    EmptyFile {
        /// The table.
        table: String,
        /// The file.
        path: PathBuf,
    },
    /// A column that the table needs is not in the header.
    #[error("table {table}: {path} has no column {column:?}, its header is: {found}")]
    MissingColumn {
        /// The table.
        table: String,
        /// The file.
        path: PathBuf,
        /// The canonical name of the missing column.
        column: String,
        /// The header as received.
        found: String,
    },
    /// The header names a column that the table does not have.
    #[error("table {table}: {path} has an unknown column {column:?}, the known ones are: {known}")]
    UnknownColumn {
        /// The table.
        table: String,
        /// The file.
        path: PathBuf,
        /// The column as received.
        column: String,
        /// The names that would be right.
        known: String,
    },
    /// Two columns of the header mean the same.
    #[error("table {table}: {path} has the column {column:?} twice, it must stand there once")]
    RepeatedColumn {
        /// The table.
        table: String,
        /// The file.
        path: PathBuf,
        /// The canonical name.
        column: String,
    },
    /// A quoted field does not end before the file does, or not within the longest record.
    #[error(
        "{path}, line {line}: a quote opens here and is not closed within {limit} bytes or before the end of the file: \
         close it, or double a quote that belongs to the value"
    )]
    UnclosedQuote {
        /// The file.
        path: PathBuf,
        /// The line where the record starts, from 1.
        line: u64,
        /// Bytes of a record, at most.
        limit: u64,
    },
    /// A record is longer than any row can be.
    #[error(
        "{path}, line {line}: a record of more than {limit} bytes: end each row with a line feed, and keep to {limit} \
         bytes a row"
    )]
    OversizedRecord {
        /// The file.
        path: PathBuf,
        /// The line where the record starts, from 1.
        line: u64,
        /// Bytes of a record, at most.
        limit: u64,
    },
    /// The file ends in the middle of a row, so that nobody knows what else is missing.
    #[error("{path} is cut: {reason}: export or copy the whole file again")]
    TruncatedFile {
        /// The file.
        path: PathBuf,
        /// How it shows, with the line where there is one.
        reason: String,
    },
    /// What stands in bronze is not what the source held.
    #[error(
        "table {table}: the source has {source_rows} rows ({source_bytes} bytes), bronze {part_rows} ({part_bytes} \
         bytes): the file changed while it was read or the disk lost data, run again"
    )]
    NotReconciled {
        /// The table.
        table: String,
        /// Rows that the source gave.
        source_rows: u64,
        /// Rows counted in the parts on disk.
        part_rows: u64,
        /// Bytes of rows in the source.
        source_bytes: u64,
        /// Bytes of rows in the parts.
        part_bytes: u64,
    },
    /// A bronze part is not what the manifest says it is.
    #[error(
        "{path} changed since it was ingested (it has {found_rows} rows, the manifest says {expected_rows}): \
         remove it and run again, it will be ingested anew"
    )]
    PartChanged {
        /// The part.
        path: PathBuf,
        /// Rows by the manifest.
        expected_rows: u64,
        /// Rows found.
        found_rows: u64,
    },
    /// A row of bronze is neither in silver nor in quarantine: a fault of the program.
    #[error(
        "table {table}: of {rows} rows only {kept} are in silver or quarantine: please report this fault"
    )]
    RowsLost {
        /// The silver table.
        table: String,
        /// Rows seen.
        rows: u64,
        /// Rows in silver, in quarantine, or of erased customers.
        kept: u64,
    },
    /// One rule broke too many rows of a table.
    #[error(
        "table {table}: rule {rule} broke {quarantined} of {rows} rows ({share:.4}), the threshold is {threshold}: \
         correct the source, or raise pipeline.quarantine_threshold; the rows are in quarantine: {folder}"
    )]
    ThresholdExceeded {
        /// The silver table.
        table: String,
        /// The rule.
        rule: String,
        /// Rows that broke it.
        quarantined: u64,
        /// Rows seen.
        rows: u64,
        /// `quarantined / rows`.
        share: f64,
        /// The share that is allowed.
        threshold: f64,
        /// Where the broken rows lie.
        folder: PathBuf,
    },
    /// No row of a table is left after cleaning.
    #[error("table {table}: none of its {rows} rows passed the rules, nothing to go on with")]
    NothingLeft {
        /// The silver table.
        table: String,
        /// Rows seen.
        rows: u64,
    },
    /// A model could not be made from these tables.
    #[error("{stage}: {reason}")]
    Model {
        /// The stage.
        stage: Stage,
        /// What is wrong and what would be right.
        reason: String,
    },
    /// The index stage failed.
    #[error("the index could not be built: {0}")]
    Index(Box<dyn Error + Send + Sync>),
    /// The index was asked for and nothing was given to build it.
    #[error("the run was asked for an index but no index builder was given: leave the index out or give one")]
    NoIndexStage,
    /// Another run holds the lake.
    #[error("the lake {lake} is in use by {holder}: wait for it to end")]
    LakeBusy {
        /// The lake's root.
        lake: PathBuf,
        /// What the lock file says of its holder.
        holder: String,
    },
    /// No such run is in the lake.
    #[error("no run {run_id} in {lake}: `insightflow pipeline status` lists the runs")]
    NoSuchRun {
        /// The lake's root.
        lake: PathBuf,
        /// The run that was asked for.
        run_id: String,
    },
    /// The run is finished already.
    #[error("run {run_id} is finished, there is nothing to resume")]
    AlreadyFinished {
        /// The run.
        run_id: String,
    },
    /// No earlier published run to point back to.
    #[error("no published run before {run_id} in {lake}: there is nothing to roll back to")]
    NothingToRollBackTo {
        /// The lake's root.
        lake: PathBuf,
        /// The run that is published now.
        run_id: String,
    },
    /// A checkpoint or bronze record is not what this build wrote.
    #[error("{path} is damaged or of another version ({source}): start a new run")]
    DamagedRecord {
        /// The file.
        path: PathBuf,
        /// What the parser said.
        source: serde_json::Error,
    },
    /// A path cannot be used.
    #[error("the path {0} is not valid UTF-8 or lies outside the lake: choose another folder")]
    UnusablePath(PathBuf),
    /// The file system refused.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// `read`, `write`, `create`, ….
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What waits on disk is more than it may be.
    #[error("more than {} MiB wait on disk: raise pipeline.memory_mib or pipeline.spill_mib", limit_bytes >> 20)]
    SpillLimit {
        /// `pipeline.spill_mib` in bytes.
        limit_bytes: u64,
    },
    /// The batch engine failed.
    #[error("batch engine: {0}")]
    Engine(#[from] DataFusionError),
    /// A run's manifest could not be read.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// Worker threads could not be started, or one of them ended early.
    #[error("a worker of the pipeline ended early: {0}")]
    Worker(String),
    /// A stage did not end in time.
    #[error(
        "stage {stage} did not end within {limit_seconds} seconds: raise its time limit, or give the run more threads"
    )]
    TimeLimit {
        /// The stage.
        stage: Stage,
        /// What it was given.
        limit_seconds: u64,
    },
    /// A stage failed; nothing was published.
    #[error("run {run_id} failed in stage {stage}: {source}\nnothing was published; {go_on}")]
    StageFailed {
        /// The run.
        run_id: String,
        /// The stage.
        stage: Stage,
        /// Why.
        source: Box<PipelineError>,
        /// How to go on.
        go_on: String,
    },
}

impl From<ArrowError> for PipelineError {
    fn from(error: ArrowError) -> Self {
        Self::Engine(error.into())
    }
}

impl From<ParquetError> for PipelineError {
    fn from(error: ParquetError) -> Self {
        Self::Engine(error.into())
    }
}

impl PipelineError {
    /// The stable word of the cause; of a failed stage that of its cause.
    ///
    /// What the batch engine passes on keeps the code that it had: a full disk is `disk_full` wherever it was met.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSourceFolder(_) | Self::NoStream(_) => "no_source",
            Self::UnsupportedSource { .. } => "unsupported_source",
            Self::UnsupportedFormat { .. } => "unsupported_format",
            Self::RepeatedFile { .. } => "repeated_file",
            Self::MissingFile { .. } => "missing_file",
            Self::UnreadableFile { .. } => "unreadable_file",
            Self::EmptyFile { .. } => "empty_file",
            Self::MissingColumn { .. } => "missing_column",
            Self::UnknownColumn { .. } => "unknown_column",
            Self::RepeatedColumn { .. } => "repeated_column",
            Self::UnclosedQuote { .. } => "unclosed_quote",
            Self::OversizedRecord { .. } => "oversized_record",
            Self::TruncatedFile { .. } => "truncated_file",
            Self::NotReconciled { .. } | Self::PartChanged { .. } | Self::RowsLost { .. } => "not_reconciled",
            Self::ThresholdExceeded { .. } => "threshold_exceeded",
            Self::NothingLeft { .. } => "nothing_left",
            Self::Model { .. } => "model",
            Self::Index(_) | Self::NoIndexStage => "index",
            Self::LakeBusy { .. } => "lake_busy",
            Self::NoSuchRun { .. } | Self::Manifest(ManifestError::NoPublishedRun(_)) => "no_such_run",
            Self::AlreadyFinished { .. } => "already_finished",
            Self::NothingToRollBackTo { .. } => "nothing_to_roll_back_to",
            Self::DamagedRecord { .. }
            | Self::Manifest(ManifestError::Malformed { .. } | ManifestError::NewerSchema { .. }) => {
                "damaged_record"
            }
            Self::UnusablePath(_) | Self::UnusableName { .. } => "unusable_path",
            Self::Io { source, .. } | Self::Manifest(ManifestError::Io { source, .. }) => io_code(source),
            Self::Engine(source) => engine_code(source),
            Self::SpillLimit { .. } => "disk_full",
            Self::TimeLimit { .. } => "time_limit",
            Self::Worker(_) => "worker",
            Self::StageFailed { source, .. } => source.code(),
        }
    }

    /// Whether starting the stage again may help: the cause lies in the machine's moment, not in the data.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Io { source, .. } => is_passing(source),
            Self::Engine(source) => match source.find_root() {
                DataFusionError::IoError(io) => is_passing(io),
                DataFusionError::ObjectStore(_) => true,
                _ => false,
            },
            Self::Index(source) => source.downcast_ref::<io::Error>().is_some_and(is_passing),
            Self::NotReconciled { .. } | Self::TimeLimit { .. } => true,
            _ => false,
        }
    }

    /// The cause inside [`PipelineError::StageFailed`], else the error itself.
    pub fn cause(&self) -> &Self {
        match self {
            Self::StageFailed { source, .. } => source,
            other => other,
        }
    }
}

fn io_code(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "disk_full"
        }
        io::ErrorKind::OutOfMemory => "out_of_memory",
        io::ErrorKind::Other if is_spill_limit(&error.to_string()) => "disk_full",
        _ => "io",
    }
}

/// The engine wraps what it was handed (our own errors too, from sources that it streams) any number of times.
fn engine_code(error: &DataFusionError) -> &'static str {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(cause) = next {
        if let Some(own) = cause.downcast_ref::<PipelineError>() {
            return own.code();
        }
        if let Some(io) = cause.downcast_ref::<io::Error>() {
            return io_code(io);
        }
        match cause.downcast_ref() {
            Some(DataFusionError::ResourcesExhausted(_)) => return "out_of_memory",
            Some(DataFusionError::ExecutionJoin(_)) => return "worker",
            _ => {}
        }
        next = cause.source();
    }
    "engine"
}

/// Whether the engine stopped at its limit on the disk for spilling: it says so in words only.
fn is_spill_limit(text: &str) -> bool {
    text.contains("max_temp_directory_size")
}

/// Whether an IO error may pass by itself. A full disk or a missing right does not.
pub(crate) fn is_passing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::Interrupted
            | io::ErrorKind::TimedOut
            | io::ErrorKind::WouldBlock
            | io::ErrorKind::ResourceBusy
            | io::ErrorKind::StaleNetworkFileHandle
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::NetworkDown
            | io::ErrorKind::HostUnreachable
    )
}

/// Gives an IO error the action and the path that it belongs to.
pub(crate) fn io_error(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PipelineError {
    let path = path.to_owned();
    move |source| PipelineError::Io { action, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_is_tried_again_and_a_full_disk_is_not() {
        let with = |kind: io::ErrorKind| io_error("write", Path::new("x"))(kind.into()).is_retryable();
        assert!(with(io::ErrorKind::TimedOut));
        assert!(!with(io::ErrorKind::StorageFull));
        assert!(!with(io::ErrorKind::NotFound));
    }

    fn full_disk() -> io::Error {
        io::ErrorKind::StorageFull.into()
    }

    #[test]
    fn a_full_disk_has_one_code_wherever_it_is_met() {
        let parquet = ParquetError::External(Box::new(full_disk()));
        for error in [
            io_error("write", Path::new("x"))(full_disk()),
            PipelineError::Engine(DataFusionError::IoError(full_disk())),
            PipelineError::Engine(DataFusionError::External(Box::new(full_disk()))),
            ArrowError::IoError("write".into(), full_disk()).into(),
            parquet.into(),
        ] {
            assert_eq!(error.code(), "disk_full", "{error:?}");
        }
        assert_eq!(io_error("read", Path::new("x"))(io::ErrorKind::NotFound.into()).code(), "io");
    }

    #[test]
    fn the_engine_passes_codes_on() {
        let exhausted = || DataFusionError::ResourcesExhausted("64 MiB".into());
        let spilled = io::Error::other("increase the config: `datafusion.runtime.max_temp_directory_size`");
        let own = PipelineError::TruncatedFile { path: "orders.csv".into(), reason: "line 3".into() };
        for (error, code) in [
            (exhausted(), "out_of_memory"),
            (exhausted().context("sort"), "out_of_memory"),
            (DataFusionError::IoError(spilled), "disk_full"),
            (DataFusionError::External(Box::new(own)), "truncated_file"),
            (DataFusionError::Plan("no such column".into()), "engine"),
        ] {
            assert_eq!(PipelineError::from(error).code(), code);
        }
    }

    #[test]
    fn a_failed_stage_has_the_code_of_its_cause() {
        let source = Box::new(PipelineError::TimeLimit { stage: Stage::Clean, limit_seconds: 5 });
        let failed = PipelineError::StageFailed {
            run_id: "r".into(),
            stage: Stage::Clean,
            source,
            go_on: "raise it".into(),
        };
        assert_eq!(failed.code(), "time_limit");
        assert!(failed.to_string().contains("stage clean did not end within 5 seconds"), "{failed}");
    }

    #[test]
    fn bad_data_is_not_tried_again() {
        let missing = PipelineError::MissingFile { table: "orders".into(), path: "orders.csv".into() };
        assert!(!missing.is_retryable());
    }
}
