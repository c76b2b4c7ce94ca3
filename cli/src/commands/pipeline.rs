//! `pipeline run|status|resume|rollback|prune`.
//!
//! A run ends by itself or is interrupted (Ctrl-C, SIGTERM); an interrupted one can be resumed. What a run is and how it
//! is made is the business of the pipeline; here it is started, waited for, and told about.

use std::{
    path::Path,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use anyhow::{Context as _, bail};
use domain::{lake::Lake, manifest::Manifest};
use pipeline::{
    PipelineError,
    ingest::source::Source,
    orchestrator::{
        PipelineRequest, ResumeOptions,
        checkpoint::Checkpoint,
        index_stage::IndexStage,
        lock, prune, resume_pipeline_with, rollback, run_pipeline,
        status::{RunState, RunSummary, run_status, status},
    },
    progress::Progress,
    report::{
        report_path,
        words::{bytes, count},
    },
    retention::{self, RetentionPlan},
};
use tokio_util::sync::CancellationToken;

use super::{print, schedule, serve::stop_signal, status::show_status};
use crate::{
    args::{PipelineCommand, PipelineRunArgs, PipelineRunCommand, PruneArgs, ResumeArgs},
    commands::FAILED,
    index_stage::Indexing,
    parts::{Context, Embedding},
    progress::Display,
    table::TextTable,
};

/// How long an interrupted run may take to let go of the lake: its tasks end at their next await.
const LETTING_GO: Duration = Duration::from_secs(5);

pub(super) fn run(context: &Context, command: PipelineCommand) -> anyhow::Result<ExitCode> {
    match command {
        PipelineCommand::Run(args) => return run_command(context, &args),
        PipelineCommand::Status(args) => print(&show_status(context, &args)?)?,
        PipelineCommand::Resume(args) => return resume(context, &args),
        PipelineCommand::Rollback => print(&format!("published: run {}\n", rollback(&context.lake)?))?,
        PipelineCommand::Prune(args) => print(&prune_runs(context, &args)?)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// How a run came to its end, where it did not fail.
pub(super) enum Ended {
    /// All its stages are done.
    Complete(Box<Manifest>),
    /// It was interrupted before that.
    Interrupted,
}

fn run_command(context: &Context, args: &PipelineRunCommand) -> anyhow::Result<ExitCode> {
    // What is wrong with the source is said at once, not at the first time of the schedule.
    Source::parse(&args.run.source)?;
    context.runtime()?.block_on(async {
        let stop = stopped_by_signal();
        match schedule::Schedule::of(args.schedule) {
            Some(schedule) => schedule::run(context, &args.run, schedule, &stop).await,
            None => finish(context, run_until(context, &args.run, &stop).await?),
        }
    })
}

/// Runs the pipeline over a source.
pub(super) fn run_source(context: &Context, args: &PipelineRunArgs) -> anyhow::Result<Manifest> {
    context.runtime()?.block_on(async {
        match run_until(context, args, &stopped_by_signal()).await? {
            Ended::Complete(manifest) => Ok(*manifest),
            Ended::Interrupted => bail!("{}", interrupted(context)?),
        }
    })
}

/// Runs the pipeline over a source until it ends or is told to stop.
pub(super) async fn run_until(
    context: &Context,
    args: &PipelineRunArgs,
    stop: &CancellationToken,
) -> anyhow::Result<Ended> {
    let index = match args.without_index {
        true => None,
        false => Some(index_stage(context).await?),
    };
    let request = PipelineRequest {
        source: Source::parse(&args.source)?,
        lake: context.lake.clone(),
        settings: context.settings.pipeline.clone(),
        with_models: !args.without_models,
        with_index: !args.without_index,
        index,
        parent_run_id: None,
    };
    let progress: Arc<dyn Progress> = Arc::new(Display::new());
    until(context, run_pipeline(request, progress), stop).await
}

fn resume(context: &Context, args: &ResumeArgs) -> anyhow::Result<ExitCode> {
    let run_id = match &args.run_id {
        Some(run_id) => run_id.clone(),
        None => last_unfinished(context)?,
    };
    let options = resume_options(context, &run_id, args)?;
    context.runtime()?.block_on(async {
        let stop = stopped_by_signal();
        let index = match Checkpoint::read(&context.lake, &run_id)?.with_index {
            true => Some(index_stage(context).await?),
            false => None,
        };
        let progress: Arc<dyn Progress> = Arc::new(Display::new());
        let resumed = resume_pipeline_with(&context.lake, &run_id, options, index, progress);
        finish(context, until(context, resumed, &stop).await?)
    })
}

/// Waits for a run, or for the signal that drops it; a failed run is told with its page.
async fn until(
    context: &Context,
    running: impl Future<Output = Result<Manifest, PipelineError>>,
    stop: &CancellationToken,
) -> anyhow::Result<Ended> {
    let outcome = tokio::select! {
        outcome = running => outcome,
        () = stop.cancelled() => {
            wait_until_released(&context.lake).await;
            return Ok(Ended::Interrupted);
        }
    };
    match outcome {
        Ok(manifest) => Ok(Ended::Complete(Box::new(manifest))),
        Err(error) => match &error {
            PipelineError::StageFailed { run_id, .. } => {
                let page = report_path(&context.lake.run(run_id));
                Err(anyhow::anyhow!("{error}\nreport: {}", page.display()))
            }
            _ => Err(error.into()),
        },
    }
}

/// Tells how a run ended and gives the exit code.
pub(super) fn finish(context: &Context, ended: Ended) -> anyhow::Result<ExitCode> {
    match ended {
        Ended::Complete(manifest) => {
            print(&summary(&context.lake, &manifest))?;
            Ok(ExitCode::SUCCESS)
        }
        Ended::Interrupted => {
            eprintln!("{}", interrupted(context)?);
            Ok(ExitCode::from(FAILED))
        }
    }
}

/// What to do about the run that was just interrupted.
fn interrupted(context: &Context) -> anyhow::Result<String> {
    let newest = status(&context.lake)?.runs.into_iter().next();
    Ok(match newest.filter(|run| run.state == RunState::Unfinished) {
        Some(run) => format!(
            "interrupted; nothing was published; go on with `insightflow pipeline resume {}`",
            run.run_id
        ),
        None => "interrupted; nothing was published".to_owned(),
    })
}

/// Cancelled by the first Ctrl-C or SIGTERM; a second one ends the process at once.
fn stopped_by_signal() -> CancellationToken {
    let token = CancellationToken::new();
    let first = token.clone();
    tokio::spawn(async move {
        stop_signal().await;
        eprintln!("stopping (once more: at once)");
        first.cancel();
        stop_signal().await;
        std::process::exit(i32::from(FAILED));
    });
    token
}

/// A dropped run lets go of the lake within moments; only then is it true that nothing works on it any more.
async fn wait_until_released(lake: &Lake) {
    let start = Instant::now();
    while lock::holder(lake).is_some() && start.elapsed() < LETTING_GO {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The index stage with the models that are there; says so when there are none.
async fn index_stage(context: &Context) -> anyhow::Result<Arc<dyn IndexStage>> {
    let embedding = context.embedding_off_thread().await?;
    if let Embedding::Absent(reason) = &embedding {
        eprintln!("the index will be lexical only: {reason}");
    }
    Ok(Arc::new(Indexing::new(context, embedding.embedder())))
}

fn summary(lake: &Lake, manifest: &Manifest) -> String {
    let mut table = TextTable::new([("table", false), ("rows", true)]);
    for artefact in &manifest.artefacts {
        table.push([artefact.name.clone(), count(artefact.rows)]);
    }
    let end = if pipeline::publish::is_published(manifest) {
        format!("published: run {}\n", manifest.run_id)
    } else {
        format!("run {} is complete but not published: it has no models\n", manifest.run_id)
    };
    let page = report_path(&lake.run(&manifest.run_id));
    format!("{}\n{end}report: {}\n", table.render(), page.display())
}

fn last_unfinished(context: &Context) -> anyhow::Result<String> {
    let lake = context.lake_path().display();
    let runs = status(&context.lake)?.runs;
    if runs.is_empty() {
        bail!("no runs in {lake} yet: `insightflow pipeline run --source DIR` makes one");
    }
    if let Some(running) = runs.iter().find(|run| run.state == RunState::Running) {
        bail!("run {} is under way: wait for it to end", running.run_id);
    }
    let open = runs.into_iter().find(|run| run.state.is_resumable());
    open.map(|run| run.run_id)
        .with_context(|| format!("every run in {lake} is finished: there is nothing to resume"))
}

/// Other memory or disk than the run began with, where that may help and is in range.
fn resume_options(context: &Context, run_id: &str, args: &ResumeArgs) -> anyhow::Result<ResumeOptions> {
    let options = ResumeOptions { memory_mib: args.memory_mib, spill_mib: args.spill_mib };
    if options == ResumeOptions::default() {
        return Ok(options);
    }
    let run: RunSummary = run_status(&context.lake, run_id)?;
    if run.state.is_resumable() && !run.may_need_more() {
        let reason = run.failure.map(|failure| failure.reason).unwrap_or_default();
        bail!(
            "run {run_id} did not stop for want of memory or disk ({reason}): resume it without --memory-mib and --spill-mib"
        );
    }
    let mut settings = Checkpoint::read(&context.lake, run_id)?.settings;
    if let Some(memory_mib) = args.memory_mib {
        settings = settings.with_memory_mib(memory_mib)?;
    }
    if let Some(spill_mib) = args.spill_mib {
        settings.with_spill_mib(spill_mib)?;
    }
    Ok(options)
}

fn prune_runs(context: &Context, args: &PruneArgs) -> anyhow::Result<String> {
    let keep_runs = args.keep.unwrap_or(context.settings.pipeline.keep_runs);
    let lake = context.lake_path();
    if status(&context.lake)?.runs.is_empty() {
        return Ok(no_runs(lake));
    }
    let plan = match args.dry_run {
        true => retention::plan(&context.lake, keep_runs, SystemTime::now())?,
        false => prune(&context.lake, keep_runs)?,
    };
    Ok(show_plan(&plan, args.dry_run))
}

/// What stands for an empty lake.
pub(super) fn no_runs(lake: &Path) -> String {
    format!("no runs in {} yet: `insightflow pipeline run --source DIR` makes one\n", lake.display())
}

fn show_plan(plan: &RetentionPlan, is_dry_run: bool) -> String {
    let verb = if is_dry_run { "would go" } else { "removed" };
    let mut table = TextTable::new([("run", false), ("", false), ("size", true), ("why", false)]);
    for run in &plan.kept {
        table.push([run.run_id.clone(), "stays".to_owned(), String::new(), run.reason.clone()]);
    }
    for run in plan.runs.iter().rev() {
        table.push([run.run_id.clone(), verb.to_owned(), bytes(run.bytes), String::new()]);
    }
    let mut text = table.render() + "\n";
    for note in &plan.notes {
        text += &format!("{note}\n");
    }
    if plan.runs.is_empty() && plan.parts.is_empty() {
        return text + "nothing to remove\n";
    }
    text + &plan.in_words(if is_dry_run { "would remove" } else { "removed" }) + "\n"
}
