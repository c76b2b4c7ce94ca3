//! `pipeline run|status|resume|rollback`.

use std::{process::ExitCode, sync::Arc};

use anyhow::Context as _;
use domain::manifest::Manifest;
use pipeline::{
    ingest::source::Source,
    orchestrator::{
        PipelineRequest,
        index_stage::IndexStage,
        resume_pipeline, rollback, run_pipeline,
        status::{RunState, RunSummary, status},
    },
};

use super::print;
use crate::{
    args::{PipelineCommand, PipelineRunArgs},
    index_stage::Indexing,
    parts::{Context, Embedding},
    progress::Display,
    render::with_separators,
    table::TextTable,
};

pub(super) fn run(context: &Context, command: PipelineCommand) -> anyhow::Result<ExitCode> {
    match command {
        PipelineCommand::Run(args) => {
            let manifest = run_source(context, &args)?;
            print(&summary(&manifest, args.without_models))?;
        }
        PipelineCommand::Status => print(&show_status(context)?)?,
        PipelineCommand::Resume { run_id } => {
            let run_id = run_id.map_or_else(|| last_unfinished(context), Ok)?;
            let index = index_stage(context)?;
            let resumed = resume_pipeline(&context.lake, &run_id, Some(index), Arc::new(Display::new()));
            let manifest = context.runtime()?.block_on(resumed)?;
            print(&summary(&manifest, false))?;
        }
        PipelineCommand::Rollback => print(&format!("published: run {}\n", rollback(&context.lake)?))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs the pipeline over a source.
pub(super) fn run_source(context: &Context, args: &PipelineRunArgs) -> anyhow::Result<Manifest> {
    let request = PipelineRequest {
        source: Source::parse(&args.source)?,
        lake: context.lake.clone(),
        settings: context.settings.pipeline.clone(),
        with_models: !args.without_models,
        with_index: !args.without_index,
        index: if args.without_index { None } else { Some(index_stage(context)?) },
        parent_run_id: None,
    };
    Ok(context.runtime()?.block_on(run_pipeline(request, Arc::new(Display::new())))?)
}

/// The index stage with the models that are there; says so when there are none.
fn index_stage(context: &Context) -> anyhow::Result<Arc<dyn IndexStage>> {
    let embedding = context.embedding()?;
    if let Embedding::Absent(reason) = &embedding {
        eprintln!("the index will be lexical only: {reason}");
    }
    Ok(Arc::new(Indexing::new(context, embedding.embedder())))
}

fn summary(manifest: &Manifest, without_models: bool) -> String {
    let mut table = TextTable::new([("table", false), ("rows", true)]);
    for artefact in &manifest.artefacts {
        table
            .push([artefact.name.clone(), with_separators(i64::try_from(artefact.rows).unwrap_or(i64::MAX))]);
    }
    let end = if without_models {
        format!("run {} is complete but not published: it has no models\n", manifest.run_id)
    } else {
        format!("published: run {}\n", manifest.run_id)
    };
    table.render() + "\n" + &end
}

fn show_status(context: &Context) -> anyhow::Result<String> {
    let status = status(&context.lake)?;
    if status.runs.is_empty() {
        let lake = context.lake_path().display();
        return Ok(format!("no runs in {lake} yet: `insightflow pipeline run --source DIR` makes one\n"));
    }
    let mut table = TextTable::new([("run", false), ("state", false), ("started", false), ("stages", true)]);
    for run in &status.runs {
        let stages = run.stages.len().to_string();
        table.push([run.run_id.clone(), state(run.state).to_owned(), run.started_at.clone(), stages]);
    }
    let mut text = table.render();
    for run in &status.runs {
        if let Some(failure) = &run.failure {
            text += &format!(
                "\n{} failed in {}: {}\n{}\n",
                run.run_id, failure.stage, failure.reason, failure.go_on
            );
        }
    }
    Ok(text)
}

fn state(state: RunState) -> &'static str {
    match state {
        RunState::Published => "published",
        RunState::Finished => "finished",
        RunState::Failed => "failed",
        RunState::Unfinished => "unfinished",
        RunState::Running => "running",
        RunState::Unreadable => "unreadable",
    }
}

fn last_unfinished(context: &Context) -> anyhow::Result<String> {
    let is_open = |run: &RunSummary| matches!(run.state, RunState::Failed | RunState::Unfinished);
    let open = status(&context.lake)?.runs.into_iter().find(is_open);
    open.map(|run| run.run_id).with_context(|| {
        format!("every run in {} is finished: there is nothing to resume", context.lake_path().display())
    })
}
