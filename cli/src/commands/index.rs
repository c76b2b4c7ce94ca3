//! `index build` and `index search`.

use std::process::ExitCode;

use anyhow::Context as _;
use domain::ids::{AisleId, DepartmentId};
use indexer::{SearchMode, SearchRequest};
use serde_json::json;

use super::print;
use crate::{
    args::{IndexCommand, SearchArgs},
    index_stage::rebuild_index,
    parts::{Context, Embedding},
    progress::Display,
    table::TextTable,
};

pub(super) fn run(context: &Context, command: IndexCommand) -> anyhow::Result<ExitCode> {
    match command {
        IndexCommand::Build => build(context),
        IndexCommand::Search(args) => search(context, &args),
    }
}

fn build(context: &Context) -> anyhow::Result<ExitCode> {
    let embedding = context.embedding()?;
    if let Embedding::Absent(reason) = &embedding {
        eprintln!("lexical only: {reason}");
    }
    let display = Display::new();
    let (run_id, report) =
        context.runtime()?.block_on(rebuild_index(context, embedding.embedder(), &display))?;
    print(&format!(
        "{} documents indexed ({} embedded, {} reused, {} removed); published as run {run_id}\n",
        report.documents, report.embedded, report.reused, report.removed
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn search(context: &Context, args: &SearchArgs) -> anyhow::Result<ExitCode> {
    let run = context.runtime()?.block_on(context.open_latest())?;
    let index = run.search.as_ref().context(
        "this run has no search index: run `insightflow index build`, or the pipeline without --without-index",
    )?;
    let request = SearchRequest {
        aisle_ids: args.aisle.iter().copied().map(AisleId).collect(),
        department_ids: args.department.iter().copied().map(DepartmentId).collect(),
        query: args.query.clone(),
        top_k: usize::from(args.top_k),
        ..SearchRequest::default()
    };
    let response = index.search(&request)?;
    if args.json {
        let hits: Vec<_> = response
            .hits
            .iter()
            .map(|hit| {
                json!({"id": hit.id, "title": hit.title, "score": hit.score,
                       "lexical_rank": hit.lexical_rank, "dense_rank": hit.dense_rank})
            })
            .collect();
        print(&format!("{}\n", json!({"mode": response.mode, "run_id": run.id(), "hits": hits})))?;
        return Ok(ExitCode::SUCCESS);
    }
    if response.mode == SearchMode::Lexical {
        eprintln!(
            "lexical only: `insightflow models pull` and `insightflow index build` add meaning to words"
        );
    }
    if response.hits.is_empty() {
        print("nothing found\n")?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table =
        TextTable::new([("", true), ("found", false), ("kind", false), ("id", true), ("score", true)]);
    for (at, hit) in response.hits.iter().enumerate() {
        table.push([
            format!("{}.", at + 1),
            hit.title.clone(),
            hit.id.kind.code().to_owned(),
            hit.id.number.to_string(),
            format!("{:.4}", hit.score),
        ]);
    }
    print(&table.render())?;
    Ok(ExitCode::SUCCESS)
}
