//! The `insightflow` binary: parse → settings → tracing → run a command.
//!
//! This crate is the only place where the parts meet; it opens them and hands them to each other.
//! Exit codes: 0 done, 1 failed, 2 wrong usage, 3 regression.

mod args;
mod asker;
mod commands;
mod identity;
mod index_stage;
mod logging;
mod parts;
mod progress;
mod render;
mod table;

use std::process::ExitCode;

use clap::Parser;
use config::Settings;

use crate::{args::Cli, parts::Context};

fn main() -> ExitCode {
    // The only TLS provider of the process; an error means that it was installed already.
    let _already = rustls::crypto::ring::default_provider().install_default();
    let cli = Cli::parse();
    let outcome =
        Settings::load(cli.global.config.as_deref()).map_err(anyhow::Error::from).and_then(|settings| {
            logging::start(&cli.global, &cli.command)?;
            commands::run(Context::new(settings, &cli.global), cli.command)
        });
    match outcome {
        Ok(code) => code,
        Err(error) => commands::report(&error),
    }
}
