//! `eval run`: the questions of a file, asked of the published run, with a report and an exit code.
//!
//! Exit code 0: the report was made and nothing got worse. 1: an answer is wrong, failed, or holds an unbound figure.
//! 3: something that the baseline had right is not right now.

use std::{fs, path::Path, process::ExitCode, sync::Arc};

use agent::memory::{InMemorySessions, SessionStore};
use anyhow::Context as _;
use eval::{
    question::QuestionSet,
    report::{Report, Verdict},
    runner,
};

use super::{FAILED, print};
use crate::{
    args::{EvalCommand, EvalRunArgs},
    parts::Context,
};

/// Something that was right before is not right now.
const REGRESSION: u8 = 3;

/// Runs the command.
pub(crate) fn run(context: &Context, command: EvalCommand) -> anyhow::Result<ExitCode> {
    let EvalCommand::Run(args) = command;
    // Everything that can be wrong with the files is found before the first question.
    let set = QuestionSet::read(&args.set)?;
    let baseline = args.baseline.as_deref().map(read_report).transpose()?;
    let report = context.runtime()?.block_on(ask_all(context, &args, &set))?;
    if let Some(path) = &args.report {
        let json = serde_json::to_string_pretty(&report)?;
        fs::write(path, json).with_context(|| format!("cannot write the report to {}", path.display()))?;
    }
    print(&if args.json { serde_json::to_string_pretty(&report)? + "\n" } else { report.to_text() })?;
    if let Some(baseline) = &baseline {
        let regressions = report.regressions(baseline);
        if !regressions.is_empty() {
            let ids: Vec<&str> = regressions.iter().map(|line| line.id.as_str()).collect();
            eprintln!("regressions: {}", ids.join(", "));
            return Ok(ExitCode::from(REGRESSION));
        }
    }
    let bad = report.rate(Verdict::Wrong).hits + report.rate(Verdict::Failed).hits + report.unbound();
    Ok(if bad == 0 { ExitCode::SUCCESS } else { ExitCode::from(FAILED) })
}

async fn ask_all(context: &Context, args: &EvalRunArgs, set: &QuestionSet) -> anyhow::Result<Report> {
    let run = context.open_latest().await?;
    // Conversations of an evaluation are nobody's: they are forgotten with it.
    let sessions: Arc<dyn SessionStore> = Arc::new(InMemorySessions::default());
    let agent = context.agent(sessions)?;
    let bar = indicatif::ProgressBar::new(set.questions.len() as u64);
    let name = args.set.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let report = runner::run(set, &name, &agent, &run, |done| bar.set_position(done as u64)).await?;
    bar.finish_and_clear();
    Ok(report)
}

fn read_report(path: &Path) -> anyhow::Result<Report> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read the baseline {}", path.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} is no report of `eval run --report`", path.display()))
}
