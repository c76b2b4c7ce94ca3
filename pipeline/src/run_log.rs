//! The log of a run that a person can read: `runs/<id>/run.log`, plain text, appended as things happen.
//!
//! ```text
//! 2026-11-22 18:54:09 UTC  clean               orders: 3,421,083 rows read, 3,418,819 kept, 2,264 set aside (0.07 %)
//! ```
//! It stands between the stages and whoever watches the run: everything a stage tells passes on, notes are written down
//! and kept for the report page. A log that cannot be written never fails the run.

use std::{
    fs::{self, File, OpenOptions},
    io::Write,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use domain::{
    lake::RunPaths,
    manifest::{Artefact, InputPart, StageRecord, StageStatus},
};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::{
    orchestrator::checkpoint::{Checkpoint, Failure},
    progress::Progress,
    report::{
        quality::read_quality,
        words::{bytes, count, counted, duration, moment, on_one_line, percent},
    },
    stage::Stage,
};

/// A fact that a stage told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Who told it.
    pub stage: Stage,
    /// The fact.
    pub text: String,
}

/// Writes the log of one run and passes on to whoever watches it.
pub struct RunLog {
    paths: RunPaths,
    path: PathBuf,
    file: Mutex<Option<File>>,
    watcher: Arc<dyn Progress>,
    notes: Mutex<Vec<Note>>,
    ended: AtomicBool,
}

impl RunLog {
    /// Opens the log of a run, behind what it holds already.
    pub fn open(paths: &RunPaths, watcher: Arc<dyn Progress>) -> Self {
        let path = log_path(paths);
        let opened = fs::create_dir_all(paths.folder())
            .and_then(|()| OpenOptions::new().create(true).append(true).open(&path));
        if let Err(error) = &opened {
            tracing::warn!(path = %path.display(), %error, "the run log cannot be written");
        }
        let ended = AtomicBool::new(false);
        Self {
            paths: paths.clone(),
            path,
            file: Mutex::new(opened.ok()),
            watcher,
            notes: Mutex::default(),
            ended,
        }
    }

    /// Says in the log that the run was interrupted, if it is dropped before the run ended.
    pub fn until_ended(self: &Arc<Self>) -> UntilEnded {
        UntilEnded(Arc::clone(self))
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A line of a stage, or of the run itself.
    pub fn line(&self, stage: Option<Stage>, text: &str) {
        let subject = stage.map_or("run", Stage::name);
        let line = format!("{}  {subject:<19} {}\n", moment(OffsetDateTime::now_utc()), on_one_line(text));
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // What stops the run is said by the run; once there is room again, so is the rest of the log.
        if let Some(open) = file.as_mut()
            && let Err(error) = open.write_all(line.as_bytes())
        {
            tracing::debug!(path = %self.path.display(), %error, "a line of the run log was not written");
        }
    }

    /// The notes since the last call.
    pub fn take_notes(&self) -> Vec<Note> {
        std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The run starts, or goes on.
    pub fn starts(&self, checkpoint: &Checkpoint, goes_on: bool) {
        let verb = if goes_on { "goes on" } else { "starts" };
        let version = env!("CARGO_PKG_VERSION");
        self.line(None, &format!("run {} {verb}, insightflow {version}", checkpoint.run_id));
        self.line(None, &format!("source: {}", source_text(checkpoint)));
        let settings = &checkpoint.settings;
        let threads = crate::context::worker_threads(settings);
        self.line(
            None,
            &format!(
                "parameters: {}, {} MiB of memory, {} MiB of spill, parts of {}, at most {} of a table's rows set \
                 aside by one rule, seed {}, a failed stage is started again {} times at most",
                counted(threads as u64, "thread"),
                count(settings.memory_mib as u64),
                count(settings.spill_mib as u64),
                counted(settings.batch_size as u64, "row"),
                percent(settings.quarantine_threshold),
                settings.seed,
                settings.retries,
            ),
        );
        let done: Vec<&str> = checkpoint.done().into_iter().map(Stage::name).collect();
        if goes_on && !done.is_empty() {
            self.line(None, &format!("done already: {}", done.join(", ")));
        }
    }

    /// An attempt of a stage starts.
    pub fn stage_starts(&self, stage: Stage, attempt: u32, memory_mib: usize) {
        let again = if attempt > 1 { format!(", attempt {attempt}") } else { String::new() };
        self.line(Some(stage), &format!("starts{again} (reckoned with {memory_mib} MiB)"));
    }

    /// A stage ended well or was left out.
    pub fn stage_ended(&self, stage: Stage, record: &StageRecord, artefacts: &[Artefact]) {
        for artefact in artefacts {
            let text = format!(
                "made {}: {}, {}",
                artefact.name,
                counted(artefact.rows, "row"),
                bytes(artefact.bytes)
            );
            self.line(Some(stage), &text);
        }
        let rows = artefacts.iter().map(|artefact| artefact.rows).sum();
        let size = artefacts.iter().map(|artefact| artefact.bytes).sum();
        let text = match record.status {
            StageStatus::Skipped => "left out on request".to_owned(),
            _ => format!(
                "{} after {}; {}, {} written; peak memory of the process so far {}",
                if record.status == StageStatus::Succeeded { "done" } else { "failed" },
                duration(record.elapsed_ms),
                counted(rows, "row"),
                bytes(size),
                bytes(record.peak_rss_bytes),
            ),
        };
        self.line(Some(stage), &text);
    }

    /// The tables that stand in bronze now.
    pub fn read(&self, inputs: &[InputPart]) {
        for (table, rows, parts) in tables_read(inputs) {
            let text = format!("{table}: {} in {}", counted(rows, "row"), counted(parts, "part"));
            self.line(Some(Stage::Ingest), &text);
        }
    }

    /// What cleaning kept and set aside, table by table and rule by rule.
    pub fn cleaned(&self) {
        for table in read_quality(&self.paths) {
            let text = format!(
                "{}: {} read, {} kept, {} set aside ({})",
                table.table,
                counted(table.seen, "row"),
                count(table.kept()),
                count(table.set_aside),
                percent(table.share()),
            );
            self.line(Some(Stage::Clean), &text);
            for rule in table.broken() {
                let text = format!(
                    "{}: rule {}: {} set aside, {} of the table (at most {})",
                    table.table,
                    rule.rule,
                    counted(rule.rows_quarantined, "row"),
                    percent(rule.share),
                    percent(rule.threshold),
                );
                self.line(Some(Stage::Clean), &text);
            }
            let whole = table.rules.len() - table.broken().count();
            let threshold = table.rules.first().map_or(0.0, |rule| rule.threshold);
            let text = format!(
                "{}: {} set no row aside (at most {} each)",
                table.table,
                counted(whole as u64, "rule"),
                percent(threshold)
            );
            self.line(Some(Stage::Clean), &text);
        }
    }

    /// The run stopped.
    pub fn failed(&self, failure: &Failure) {
        self.line(Some(failure.stage), &format!("FAILED ({}): {}", failure.code, failure.reason));
        self.line(None, &format!("nothing was published; {}", failure.go_on));
        self.end();
    }

    /// The run is complete.
    pub fn complete(&self, published: bool) {
        let text =
            if published { "published: the lake points to this run" } else { "complete, not published" };
        self.line(None, text);
        self.end();
    }

    /// How the run ended stands in the log.
    fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }
}

/// Whoever holds the lake for the run holds this: dropped before the run ended, it says so in the log. Stages keep the log
/// itself for as long as their threads take to stop, so it cannot be the one that tells.
pub struct UntilEnded(Arc<RunLog>);

impl Drop for UntilEnded {
    fn drop(&mut self) {
        if !self.0.ended.load(Ordering::Relaxed) {
            let go_on = format!("insightflow pipeline resume {}", self.0.paths.run_id());
            self.0.line(None, &format!("interrupted; nothing was published; go on with `{go_on}`"));
        }
    }
}

impl Progress for RunLog {
    fn run_started(&self, run_id: &str) {
        self.watcher.run_started(run_id);
    }

    fn stage_started(&self, stage: Stage, total: Option<u64>) {
        self.watcher.stage_started(stage, total);
    }

    fn advanced(&self, stage: Stage, units: u64) {
        self.watcher.advanced(stage, units);
    }

    fn note(&self, stage: Stage, text: &str) {
        self.line(Some(stage), text);
        let note = Note { stage, text: on_one_line(text) };
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).push(note);
        self.watcher.note(stage, text);
    }

    fn stage_finished(&self, stage: Stage, record: &StageRecord) {
        self.watcher.stage_finished(stage, record);
    }
}

/// Where the log of a run lies.
pub fn log_path(paths: &RunPaths) -> PathBuf {
    paths.folder().join("run.log")
}

/// The tables of a run's parts in their order: table, rows, parts.
pub fn tables_read(inputs: &[InputPart]) -> Vec<(&str, u64, u64)> {
    let mut tables: Vec<(&str, u64, u64)> = Vec::new();
    for input in inputs {
        match tables.iter_mut().find(|(table, ..)| *table == input.table) {
            Some((_, rows, parts)) => {
                *rows += input.rows;
                *parts += 1;
            }
            None => tables.push((&input.table, input.rows, 1)),
        }
    }
    tables
}

/// The source as it was given.
pub fn source_text(checkpoint: &Checkpoint) -> String {
    serde_json::to_value(&checkpoint.source)
        .ok()
        .and_then(|source| source.as_object()?.values().next()?.as_str().map(str::to_owned))
        .unwrap_or_else(|| checkpoint.source.name())
}
