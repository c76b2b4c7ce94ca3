//! `models pull`: fetches the embedding model and the ONNX Runtime, then proves that they load.

use std::{path::Path, process::ExitCode};

use anyhow::Context as _;
use indexer::{Embedder as _, FastEmbedder, models};

use super::print;
use crate::{args::ModelsCommand, parts::Context};

pub(super) fn run(context: &Context, command: ModelsCommand) -> anyhow::Result<ExitCode> {
    let ModelsCommand::Pull { from } = command;
    let folder = pull(context, from.as_deref())?;
    print(&format!("models ready in {folder}\n"))?;
    Ok(ExitCode::SUCCESS)
}

/// Pulls what is missing; returns the folder.
pub(super) fn pull(context: &Context, from: Option<&Path>) -> anyhow::Result<String> {
    let folder = context.settings.models.resolved_folder();
    let files = models::pull(&folder, from, &|line| eprintln!("  {line}"))?;
    let embedder = FastEmbedder::load(&files).context("the models were fetched but cannot be used")?;
    embedder.embed(&["banana".to_owned()]).context("the models were fetched but cannot be used")?;
    Ok(folder.display().to_string())
}
