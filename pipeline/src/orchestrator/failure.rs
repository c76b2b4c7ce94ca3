//! Why a run stopped and how to go on: the text behind [`PipelineError::StageFailed`], the log and the report page.

use std::{fs, path::Path};

use domain::{
    lake::{Lake, RunPaths},
    manifest::Manifest,
};

use crate::{
    error::PipelineError,
    orchestrator::checkpoint::{Checkpoint, Failure},
    report::words::bytes,
    stage::Stage,
};

/// Codes of failures that more memory or more disk would have prevented.
pub const RESOURCE_CODES: [&str; 2] = ["out_of_memory", "disk_full"];

/// Codes of failures that lie in the source: the run cannot go on with it, a new one can.
const SOURCE_CODES: [&str; 14] = [
    "no_source",
    "unsupported_source",
    "unsupported_format",
    "missing_file",
    "unreadable_file",
    "empty_file",
    "missing_column",
    "unknown_column",
    "repeated_column",
    "unclosed_quote",
    "oversized_record",
    "truncated_file",
    "threshold_exceeded",
    "nothing_left",
];

/// Why a stage of a run failed, with how to go on.
pub fn explain(lake: &Lake, checkpoint: &Checkpoint, stage: Stage, error: &PipelineError) -> Failure {
    let code = error.code();
    let resume = format!("`insightflow pipeline resume {}`", checkpoint.run_id);
    let go_on = match code {
        "disk_full" => disk_full(lake, checkpoint, error, &resume),
        "out_of_memory" => format!(
            "it had {} MiB: go on with more memory, {resume_with} N`, where N is in MiB",
            checkpoint.settings.memory_mib,
            resume_with = resume.trim_end_matches('`').to_owned() + " --memory-mib",
        ),
        "time_limit" => format!(
            "the stage goes on from its start with {resume}; raise pipeline.time_limits.{stage} for new runs if it \
             needs longer than that"
        ),
        source if SOURCE_CODES.contains(&source) => {
            "correct the source and start a new run: tables that were ingested and did not change are not copied again"
                .to_owned()
        }
        _ => format!("remove the cause, then go on with {resume}"),
    };
    Failure { stage, code: code.to_owned(), reason: error.to_string(), go_on }
}

/// A full disk: how much the run has written, how much a whole run takes, and where.
fn disk_full(lake: &Lake, checkpoint: &Checkpoint, error: &PipelineError, resume: &str) -> String {
    let root = lake.root().display();
    let written = size_of_run(&lake.run(&checkpoint.run_id));
    let whole = match Manifest::read_latest(lake) {
        Ok(manifest) => {
            let size = manifest.artefacts.iter().map(|artefact| artefact.bytes).sum();
            format!("; the published run takes {}", bytes(size))
        }
        Err(_) => String::new(),
    };
    let written = format!("the run has written {} to {root} so far{whole}", bytes(written));
    let text = error.to_string();
    if text.contains("max_temp_directory_size") || text.contains("pipeline.spill_mib") {
        let limit = checkpoint.settings.spill_mib;
        let resume = resume.trim_end_matches('`');
        return format!(
            "sorting may use {limit} MiB of disk (pipeline.spill_mib) and needs more ({written}): go on with {resume} \
             --spill-mib N` or {resume} --memory-mib N`, where N is in MiB"
        );
    }
    format!(
        "{written}: make room on that disk (`insightflow pipeline prune` removes old runs), then go on with {resume}"
    )
}

/// Bytes of everything that a run has made so far.
fn size_of_run(paths: &RunPaths) -> u64 {
    let mut folders = vec![paths.silver(""), paths.gold(""), paths.index(), paths.folder()];
    let kinds = fs::read_dir(paths.lake_root().join("recsys")).into_iter().flatten().flatten();
    folders.extend(kinds.map(|kind| paths.recsys(&kind.file_name().to_string_lossy())));
    folders.iter().map(|folder| size_on_disk(folder)).sum()
}

/// Bytes of a file, or of all files below a folder; what cannot be read counts nothing.
pub(crate) fn size_on_disk(path: &Path) -> u64 {
    let Ok(metadata) = fs::symlink_metadata(path) else { return 0 };
    if !metadata.is_dir() {
        return metadata.len();
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| size_on_disk(&entry.path())).sum()
}
