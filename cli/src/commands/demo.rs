//! `demo`: synthetic data → pipeline → index → server, then what to click and what to ask.
//!
//! The shop's CSV files lie in `<lake>/demo-source`, its parameters in `<lake>/demo.json`. A published demo with the
//! same parameters is served again as it is. A lake with runs of another source is left alone.

use std::{
    env,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, bail};
use domain::manifest::{Manifest, ManifestError};
use indexer::models::{self as model_files, ModelError};
use pipeline::synth::SynthParams;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::{data, models, pipeline as pipeline_command, probe, serve};
use crate::{
    args::{DemoArgs, PipelineRunArgs},
    index_stage::rebuild_index,
    parts::Context,
    progress::Display,
};

/// The folder of the CSV files; also the source's name in bronze and in the manifest.
const SOURCE: &str = "demo-source";

/// The lake of a command that names none.
const DEFAULT_LAKE: &str = "lake";

/// What the demo was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    customers: u32,
    seed: u64,
    version: String,
}

pub(super) fn run(context: &Context, args: &DemoArgs) -> anyhow::Result<ExitCode> {
    let stamp =
        Stamp { customers: args.customers, seed: args.seed, version: env!("CARGO_PKG_VERSION").to_owned() };
    let published = published_demo(context)?;
    pull_models(context);
    match published {
        Some(manifest) if is_made_from(context, &stamp) => reuse(context, &manifest)?,
        _ => make(context, &stamp)?,
    }
    context.runtime()?.block_on(answer_until_stopped(context, args))
}

/// The published run, if it is a demo; refuses a lake that holds something else.
fn published_demo(context: &Context) -> anyhow::Result<Option<Manifest>> {
    match Manifest::read_latest(&context.lake) {
        Ok(manifest) if manifest.source == SOURCE => Ok(Some(manifest)),
        Ok(manifest) => bail!(
            "the lake {} holds runs of {:?}, the demo would publish over them: give another folder with --lake",
            context.lake_path().display(),
            manifest.source
        ),
        Err(ManifestError::NoPublishedRun(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn stamp_path(context: &Context) -> PathBuf {
    context.lake_path().join("demo.json")
}

fn is_made_from(context: &Context, stamp: &Stamp) -> bool {
    let text = fs::read_to_string(stamp_path(context)).unwrap_or_default();
    serde_json::from_str::<Stamp>(&text).is_ok_and(|found| found == *stamp)
}

/// Fetches the models where they are missing. Without them the demo goes on, and says so.
fn pull_models(context: &Context) {
    if !context.settings.index.embed {
        return;
    }
    if let Err(ModelError::Missing { .. }) = model_files::locate(&context.settings.models) {
        eprintln!("fetching the embedding model and the ONNX Runtime (about 130 MB, once)");
        if let Err(error) = models::pull(context, None) {
            eprintln!("the models could not be fetched, search will be lexical only: {error:#}");
        }
    }
}

/// Serves what is there; embeds the index if models have come since.
fn reuse(context: &Context, manifest: &Manifest) -> anyhow::Result<()> {
    eprintln!(
        "using the demo that is already in {} (run {})",
        context.lake_path().display(),
        manifest.run_id
    );
    let embedder = context.embedding()?.embedder();
    if manifest.embedding_model.is_none() && embedder.is_some() {
        eprintln!("the models are here now: embedding the index");
        context.runtime()?.block_on(rebuild_index(context, embedder, &Display::new()))?;
    }
    Ok(())
}

/// Makes the shop and runs the pipeline over it.
fn make(context: &Context, stamp: &Stamp) -> anyhow::Result<()> {
    let source = context.lake_path().join(SOURCE);
    if source.exists() {
        fs::remove_dir_all(&source).with_context(|| format!("cannot remove the old {}", source.display()))?;
    }
    eprintln!("writing a synthetic shop of {} customers to {}", stamp.customers, source.display());
    let params = SynthParams { customers: u64::from(stamp.customers), seed: stamp.seed, truth: false };
    data::synthesise(&params, &source)?;
    let run = PipelineRunArgs {
        source: source.to_str().context("the lake's path is no UTF-8")?.to_owned(),
        without_models: false,
        without_index: false,
    };
    pipeline_command::run_source(context, &run)?;
    // Written last: a demo that was cut short is made anew.
    let path = stamp_path(context);
    fs::write(&path, serde_json::to_string_pretty(stamp)?)
        .with_context(|| format!("cannot write {}", path.display()))
}

async fn answer_until_stopped(context: &Context, args: &DemoArgs) -> anyhow::Result<ExitCode> {
    let server = serve::start(context, args.listen.as_deref()).await?;
    let address = server.address();
    let is_development = server.is_development();
    serve::announce(&server);
    if !args.exit_when_ready {
        eprint!("{}", what_to_ask(&command_line(env::args_os().next(), context.lake_path())));
        server.run(serve::stop_signal()).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(server.run(async {
        // An error means that the sender is gone, which is as good a reason to stop.
        let _gone = stopped.await;
    }));
    let probed = probe::ready_and_answering(address, is_development).await;
    // An error means that the server has stopped by itself; its own outcome says why.
    let _stopped = stop.send(());
    serving.await.context("the server's task was cut short")??;
    eprintln!("ready: {}", probed?);
    Ok(ExitCode::SUCCESS)
}

/// How the binary is called on that lake from the folder it was started in, as one types it.
fn command_line(binary: Option<OsString>, lake: &Path) -> String {
    let binary = binary.unwrap_or_else(|| "insightflow".into());
    let mut line = shell_word(&binary.to_string_lossy());
    if lake != Path::new(DEFAULT_LAKE) {
        line += &format!(" --lake {}", shell_word(&lake.to_string_lossy()));
    }
    line
}

/// A word as a shell takes it literally: quoted where it holds anything but what is plain in a path.
fn shell_word(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+,:@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

fn what_to_ask(insightflow: &str) -> String {
    format!(
        "\nOpen the chat page and choose who you are, or ask from another terminal, in this folder:\n\
         \n  as an analyst\
         \n    {insightflow} ask \"How many orders are there?\"\
         \n    {insightflow} ask \"Which department has the highest reorder rate?\"\
         \n    {insightflow} ask \"Top 5 products in frozen\"\
         \n  as customer 1\
         \n    {insightflow} ask \"What should I buy?\" --user 1\
         \n    {insightflow} ask \"Which segment am I in?\" --user 1\
         \n  as a visitor who is not signed in\
         \n    {insightflow} ask \"Find organic avocado\" --role guest\
         \n    {insightflow} ask \"What goes well with Banana?\" --role guest\n\n"
    )
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn what_to_ask_calls_the_binary_as_it_was_started() {
        let line = command_line(Some("target/debug/insightflow".into()), Path::new("lake"));
        assert_eq!(line, "target/debug/insightflow");
        let text = what_to_ask(&line);
        assert!(
            text.contains("\n    target/debug/insightflow ask \"What should I buy?\" --user 1\n"),
            "{text}"
        );
        assert_eq!(command_line(None, Path::new("lake")), "insightflow");
    }

    #[test]
    fn a_lake_that_is_not_the_default_is_named_and_quoted_where_a_shell_needs_it() {
        let line = |lake: &str| command_line(Some("insightflow".into()), Path::new(lake));
        assert_eq!(line("/tmp/lake-2"), "insightflow --lake /tmp/lake-2");
        assert_eq!(line("my lake"), "insightflow --lake 'my lake'");
        assert_eq!(line("Ann's $HOME"), r"insightflow --lake 'Ann'\''s $HOME'");
    }

    #[test]
    fn the_default_lake_is_that_of_the_command_line() {
        let command = crate::args::Cli::command();
        let lake = command.get_arguments().find(|argument| argument.get_id() == "lake").unwrap();
        assert_eq!(lake.get_default_values(), [DEFAULT_LAKE]);
    }
}
