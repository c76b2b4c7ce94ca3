//! `pipeline status`: the runs of a lake as a table, one run in detail, or either as JSON.

use domain::{lake::Lake, manifest::StageStatus};
use pipeline::{
    orchestrator::status::{LakeStatus, RunState, RunSummary, run_status, status},
    report::{
        report_path,
        words::{bytes, count, duration, moment_of},
    },
    run_log::log_path,
};

use super::pipeline::no_runs;
use crate::{args::StatusArgs, parts::Context, table::TextTable};

/// What `pipeline status` prints.
pub(super) fn show_status(context: &Context, args: &StatusArgs) -> anyhow::Result<String> {
    if let Some(run_id) = &args.run_id {
        let run = run_status(&context.lake, run_id)?;
        return Ok(match args.json {
            true => serde_json::to_string_pretty(&run)? + "\n",
            false => detail(&context.lake, &run),
        });
    }
    let status = status(&context.lake)?;
    Ok(match (args.json, status.runs.is_empty()) {
        (true, _) => serde_json::to_string_pretty(&status)? + "\n",
        (false, true) => no_runs(context.lake_path()),
        (false, false) => overview(&status),
    })
}

fn overview(status: &LakeStatus) -> String {
    let mut table = TextTable::new([
        ("run", false),
        ("state", false),
        ("started", false),
        ("took", true),
        ("rows read", true),
        ("stages", true),
        ("next", false),
    ]);
    for run in &status.runs {
        table.push([
            run.run_id.clone(),
            run.state.name().to_owned(),
            moment_of(&run.started_at),
            duration(run.elapsed_ms),
            count(run.rows),
            format!("{} of {}", run.stages_done(), run.stages_wanted),
            next_in_short(status, run).to_owned(),
        ]);
    }
    let mut text = table.render();
    if status.latest.is_none() {
        text += "\nno run is published\n";
    }
    for run in &status.runs {
        if let Some(failure) = &run.failure {
            text += &format!(
                "\n{} failed in {} ({}): {}\n{}\n",
                run.run_id, failure.stage, failure.code, failure.reason, failure.go_on
            );
        } else if run.state == RunState::Unreadable {
            text += &format!("\n{}: {}\n", run.run_id, run.next);
        }
    }
    text
}

fn next_in_short(status: &LakeStatus, run: &RunSummary) -> &'static str {
    match run.state {
        RunState::Running => "wait",
        RunState::Unfinished => "resume",
        RunState::Failed if run.next.contains("pipeline resume") => "resume",
        RunState::Failed | RunState::Unreadable => "new run",
        RunState::Finished if status.rollback_target.as_ref() == Some(&run.run_id) => "rollback",
        RunState::Finished | RunState::Published => "-",
    }
}

fn detail(lake: &Lake, run: &RunSummary) -> String {
    let mut text = format!(
        "  run      {}\n  state    {}\n  started  {}\n  took     {}\n  read     {} rows\n  next     {}\n",
        run.run_id,
        run.state.name(),
        moment_of(&run.started_at),
        duration(run.elapsed_ms),
        count(run.rows),
        run.next,
    );
    if let Some(failure) = &run.failure {
        text += &format!("  failed   in {} ({}): {}\n", failure.stage, failure.code, failure.reason);
    }
    if !run.stages.is_empty() {
        let mut table = TextTable::new([
            ("stage", false),
            ("state", false),
            ("took", true),
            ("attempts", true),
            ("peak memory", true),
        ]);
        for stage in &run.stages {
            let (state, was_run) = match stage.status {
                StageStatus::Succeeded => ("done", true),
                StageStatus::Failed => ("failed", true),
                StageStatus::Pending => ("pending", true),
                StageStatus::Skipped => ("left out", false),
            };
            let shown = |text: String| if was_run { text } else { String::new() };
            table.push([
                stage.name.clone(),
                state.to_owned(),
                shown(duration(stage.elapsed_ms)),
                shown(stage.attempts.to_string()),
                shown(bytes(stage.peak_rss_bytes)),
            ]);
        }
        text = text + "\n" + &table.render();
    }
    let paths = lake.run(&run.run_id);
    for (name, path) in [("log", log_path(&paths)), ("report", report_path(&paths))] {
        if path.exists() {
            text += &format!("\n  {name:<8} {}", path.display());
        }
    }
    text + "\n"
}
