//! `erase`: puts a customer on the erasure list and says what leaves when; or shows the list.

use std::process::ExitCode;

use anyhow::Context as _;
use pipeline::{
    erasure::{Erasure, Recorded, erase, erasures},
    orchestrator::status::{RunState, status},
    report::words::{counted, moment_of},
};

use super::print;
use crate::{args::EraseArgs, parts::Context, table::TextTable};

pub(super) fn run(context: &Context, args: &EraseArgs) -> anyhow::Result<ExitCode> {
    let text = match args.user {
        Some(user_id) => record(context, user_id, args.reason.clone())?,
        None => list(context)?,
    };
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn record(context: &Context, user_id: u32, reason: Option<String>) -> anyhow::Result<String> {
    let lake = context.lake_path();
    anyhow::ensure!(lake.is_dir(), "no lake at {}: give an existing one with --lake", lake.display());
    let said = match erase(&context.lake, user_id, reason).context("the erasure was not recorded")? {
        Recorded::Added(erasure) => format!("customer {user_id} is on the erasure list now{}", why(&erasure)),
        Recorded::AlreadyThere(erasure) => format!(
            "customer {user_id} is on the erasure list since {}{}; nothing changed",
            moment_of(&erasure.requested_at),
            why(&erasure)
        ),
    };
    Ok(format!("{said}\n\n{}", what_happens_when(context)?))
}

fn why(erasure: &Erasure) -> String {
    erasure.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default()
}

/// What still holds the customer, and what ends that.
fn what_happens_when(context: &Context) -> anyhow::Result<String> {
    let status = status(&context.lake)?;
    let older = status.runs.iter().filter(|run| run.state == RunState::Finished).count() as u64;
    let open = status.runs.iter().filter(|run| run.state.is_resumable()).count() as u64;
    let keep_runs = context.settings.pipeline.keep_runs;
    let mut lines = vec![
        "next run         leaves the customer's orders and order lines out, in clean tables and in quarantine".to_owned(),
    ];
    if let Some(latest) = &status.latest {
        lines.push(format!("published run    {latest} holds them until a new run is published"));
    }
    if status.runs.iter().any(|run| run.state == RunState::Running) {
        lines.push("run under way    may still hold them, if it has been cleaned already".to_owned());
    }
    if open > 0 {
        lines.push(format!(
            "unfinished       {}: `resume` cleans again, without the customer",
            counted(open, "run")
        ));
    }
    lines.push(format!(
        "older runs       in {} until retention removes them (`insightflow pipeline prune`; {})",
        counted(older, "run"),
        if keep_runs == 0 {
            "pipeline.keep_runs = 0 keeps all".to_owned()
        } else {
            format!("pipeline.keep_runs = {keep_runs}")
        },
    ));
    lines.push("raw parts        the lake's bronze folder holds what the source delivered: remove them at the source".to_owned());
    lines.push("conversations    sessions of this customer are not touched".to_owned());
    Ok(lines.iter().map(|line| format!("  {line}\n")).collect())
}

fn list(context: &Context) -> anyhow::Result<String> {
    let erasures = erasures(&context.lake)?;
    if erasures.is_empty() {
        return Ok(format!("nobody is on the erasure list of {}\n", context.lake_path().display()));
    }
    let mut table = TextTable::new([("customer", true), ("recorded", false), ("reason", false)]);
    for erasure in erasures {
        let reason = erasure.reason.unwrap_or_default();
        table.push([erasure.user_id.to_string(), moment_of(&erasure.requested_at), reason]);
    }
    Ok(table.render())
}
