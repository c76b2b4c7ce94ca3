//! `eval run` and `eval recommend`.
//!
//! `eval run`: the questions of a file, asked of the published run, with a report and an exit code.
//!
//! Exit code 0: the report was made and nothing got worse. 1: an answer is wrong, failed, or holds an unbound figure.
//! 3: something that the baseline had right is not right now.

use std::{fs, path::Path, process::ExitCode, sync::Arc, time::Duration};

use agent::memory::{InMemorySessions, SessionStore};
use anyhow::Context as _;
use eval::{
    question::QuestionSet,
    report::{Report, Verdict},
    runner,
};

use pipeline::models::evaluation::evaluate_published;
use recsys::evaluation::{cut::Group, metrics::Metric, report::EvaluationReport};

use super::{FAILED, print};
use crate::{
    args::{EvalCommand, EvalRecommendArgs, EvalRunArgs},
    parts::Context,
    table::TextTable,
};

/// Something that was right before is not right now.
const REGRESSION: u8 = 3;

/// Runs the command.
pub(crate) fn run(context: &Context, command: EvalCommand) -> anyhow::Result<ExitCode> {
    let args = match command {
        EvalCommand::Run(args) => args,
        EvalCommand::Recommend(args) => return recommend(context, &args),
    };
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

/// The metrics that the table shows.
const SHOWN: [(Metric, &str); 5] = [
    (Metric::NdcgAt10, "NDCG@10"),
    (Metric::RecallAt10, "recall@10"),
    (Metric::RecallAt20, "recall@20"),
    (Metric::HitRateAt10, "hit rate@10"),
    (Metric::ExploreRecallAt20, "explore recall@20"),
];

fn recommend(context: &Context, args: &EvalRecommendArgs) -> anyhow::Result<ExitCode> {
    let bar = indicatif::ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(200));
    let settings = &context.settings.pipeline;
    let measured =
        evaluate_published(&context.lake, settings, args.all, &mut |step| bar.set_message(step.to_owned()));
    bar.finish_and_clear();
    let (run_id, report) = measured?;
    if args.json {
        print(&(serde_json::to_string_pretty(&report)? + "\n"))?;
        return Ok(ExitCode::SUCCESS);
    }
    print(&recommendations_in_words(&report))?;
    print(&format!("published as run {run_id}\npage: {}\n", evaluation_page(context, &run_id)))?;
    Ok(ExitCode::SUCCESS)
}

fn evaluation_page(context: &Context, run_id: &str) -> String {
    context.lake.run(run_id).recsys("eval_charts").join("report.html").display().to_string()
}

fn recommendations_in_words(report: &EvaluationReport) -> String {
    let cell = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{value:.4}"));
    let mut columns = vec![("method", false)];
    columns.extend(SHOWN.iter().map(|(_, name)| (*name, true)));
    let mut table = TextTable::new(columns);
    for (method, groups) in &report.methods {
        let Some(metrics) = groups.get(&Group::All) else { continue };
        let mut row = vec![method.name().to_owned()];
        row.extend(SHOWN.iter().map(|(metric, _)| cell(metrics.get(metric).and_then(|found| found.value))));
        table.push(row);
    }
    let protocol = &report.protocol;
    let mut text = format!(
        "{}\n{} of {} customers scored, neighbours among {}, seed {}\n\n{}\n",
        protocol.description,
        protocol.scored_customers,
        protocol.eligible_customers,
        protocol.neighbour_pool,
        protocol.seed,
        table.render()
    );
    let percent =
        |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{:+.1} %", 100.0 * v));
    for found in report.comparisons.iter().filter(|found| found.group == Group::All) {
        let Some((_, metric)) = SHOWN.iter().find(|(metric, _)| *metric == found.metric) else { continue };
        text.push_str(&format!(
            "{} against {}, {metric}: {} (95 % interval {} to {})\n",
            found.method.name(),
            found.baseline.name(),
            percent(found.relative_difference),
            percent(found.low),
            percent(found.high)
        ));
    }
    if let Some(found) = &report.calibration {
        text.push_str(&format!(
            "expected calibration error: history {}, ten shown {}; Brier {} (by personal frequency {})\n",
            cell(found.ece_history),
            cell(found.ece_shown),
            cell(found.brier),
            cell(found.brier_frequency)
        ));
    }
    text
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
