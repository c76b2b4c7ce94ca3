//! `eval run` and `eval recommend`.
//!
//! `eval run`: question sets, asked of the published run, with a report and an exit code.
//!
//! Exit code 0: the report was made and nothing got worse. 1: a turn failed, a figure is unbound or a case could not be
//! asked; without a baseline also where an answer is wrong. 3: something that the baseline had right is not right now,
//! or the rate of a kind fell.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use agent::{
    driver::Agent,
    memory::{InMemorySessions, SessionStore},
};
use anyhow::Context as _;
use eval::{
    baseline::Difference,
    gold::{self, GoldRows, Prepared},
    html,
    judge::Verdict,
    kept::KeptGold,
    question::{Case, QuestionSet},
    report::Report,
    runner::{self, Extras},
    split::Split,
};
use pipeline::models::evaluation::evaluate_published;
use query::SqlEngine;
use recsys::evaluation::{cut::Group, metrics::Metric, report::EvaluationReport};
use tools::run::Run;

use super::{FAILED, print};
use crate::{
    args::{EvalCommand, EvalRecommendArgs, EvalRunArgs, SplitChoice},
    parts::Context,
    table::TextTable,
};

/// Something that was right before is not right now.
const REGRESSION: u8 = 3;

/// Where the question sets lie, from the folder of the sources.
const DEFAULT_SETS: &str = "eval/questions";

/// Runs the command.
pub(crate) fn run(context: &Context, command: EvalCommand) -> anyhow::Result<ExitCode> {
    let args = match command {
        EvalCommand::Run(args) => args,
        EvalCommand::Recommend(args) => return recommend(context, &args),
    };
    // Everything that can be wrong with the files is found before the first question.
    let sets = QuestionSet::read_all(&set_paths(&args)?)?;
    let baseline = args.baseline.as_deref().map(read_report).transpose()?;
    let Some(report) = context.runtime()?.block_on(evaluate(context, &args, sets))? else {
        return Ok(ExitCode::SUCCESS);
    };
    if let Some(path) = &args.json {
        write(path, &report.to_json()?)?;
    }
    if let Some(path) = &args.html {
        write(path, &html::render(&report).context("cannot write the page")?)?;
    }
    print(&report.to_text())?;
    if args.misses {
        print(&report.misses_to_text())?;
    }
    let summary = report.summary();
    let difference = baseline.map(|baseline| Difference::between(&baseline, &report));
    if let Some(difference) = &difference {
        print(&format!("\n{}", difference.to_text()))?;
        if difference.is_regression() {
            return Ok(ExitCode::from(REGRESSION));
        }
    }
    let has_wrong = report.lines.iter().any(|line| line.verdict == Verdict::Wrong);
    let is_broken = summary.failed + summary.invalid + summary.unbound_figures > 0;
    let is_bad = is_broken || (difference.is_none() && has_wrong);
    Ok(if is_bad { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

fn set_paths(args: &EvalRunArgs) -> anyhow::Result<Vec<PathBuf>> {
    if !args.set.is_empty() {
        return Ok(args.set.clone());
    }
    let folder = PathBuf::from(DEFAULT_SETS);
    anyhow::ensure!(
        folder.is_dir(),
        "there is no folder {DEFAULT_SETS} here: name a question set, or a folder of them, with --set"
    );
    Ok(vec![folder])
}

/// Gold first, then the questions; no report where only the gold was wanted.
async fn evaluate(
    context: &Context,
    args: &EvalRunArgs,
    sets: Vec<QuestionSet>,
) -> anyhow::Result<Option<Report>> {
    let split = match args.split {
        SplitChoice::Dev => Split::Dev,
        SplitChoice::Test => Split::Test,
        SplitChoice::All => Split::All,
    };
    let names = sets.iter().map(|set| set.name.clone()).collect();
    let cases: Vec<Case> =
        sets.into_iter().flat_map(|set| set.cases).filter(|case| split.holds(case.side)).collect();
    let run = context.open_latest().await?;
    let (prepared, gold) = run_gold(context, &run, cases, args.keep_gold.as_deref()).await?;
    if let Some(path) = &args.gold {
        write(path, &serde_json::to_string(&gold.export(&prepared))?)?;
    }
    if args.gold_only {
        let failing: Vec<String> = gold.problems(&prepared);
        anyhow::ensure!(failing.is_empty(), "{} cases have no gold: {}", failing.len(), failing.join("; "));
        return Ok(None);
    }
    // Conversations of an evaluation are nobody's: they are forgotten with it.
    let sessions: Arc<dyn SessionStore> = Arc::new(InMemorySessions::default());
    // Every question is asked as if it were the first of its kind.
    let agent = Agent { cache: None, ..context.agent(sessions)? };
    let bar = indicatif::ProgressBar::new(prepared.len() as u64);
    let extras = Extras { suggestions: args.check_suggestions };
    let lines =
        runner::run(&prepared, &gold, &agent, &run, extras, |done| bar.set_position(done as u64)).await;
    bar.finish_and_clear();
    Ok(Some(Report { sets: names, split, run_id: run.id().to_owned(), lines }))
}

async fn run_gold(
    context: &Context,
    run: &Run,
    cases: Vec<Case>,
    folder: Option<&Path>,
) -> anyhow::Result<(Vec<Prepared>, GoldRows)> {
    let paths = context.lake.run(run.id());
    let settings = &context.settings.query;
    let engine =
        gold::open_engine(&paths, &run.manifest, settings).context("cannot open the tables for gold")?;
    let engine: &dyn SqlEngine = &engine;
    let kept = folder.map(|folder| {
        KeptGold::open(folder, run.id())
            .with_context(|| format!("cannot keep gold rows in {}", folder.display()))
    });
    let kept = kept.transpose()?;
    let prepared = gold::prepare(cases, engine).await;
    let bar = indicatif::ProgressBar::new(0);
    let gold = GoldRows::run(&prepared, engine, kept.as_ref(), settings.concurrency, |done, all| {
        bar.set_length(all as u64);
        bar.set_position(done as u64);
    })
    .await;
    bar.finish_and_clear();
    Ok((prepared, gold))
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("cannot write to {}", path.display()))
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

fn read_report(path: &Path) -> anyhow::Result<Report> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read the baseline {}", path.display()))?;
    serde_json::from_str(&text)
        .with_context(|| format!("{} is no report of `eval run --json`", path.display()))
}
