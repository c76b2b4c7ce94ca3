//! The commands, a file each.

mod ask;
mod chat;
mod data;
mod demo;
mod doctor;
mod erase;
mod eval;
mod index;
mod manual;
mod models;
mod pipeline;
mod probe;
mod schedule;
mod serve;
mod status;
mod stream;

use std::{
    io::{self, Write},
    process::ExitCode,
};

use crate::{args::Command, parts::Context};

/// Done, but what was asked for failed.
const FAILED: u8 = 1;

/// Runs a command; an error is reported by [`report`].
pub(crate) fn run(context: Context, command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Demo(args) => demo::run(&context, &args),
        Command::Pipeline(command) => pipeline::run(&context, command),
        Command::Stream(command) => stream::run(&context, command),
        Command::Erase(args) => erase::run(&context, &args),
        Command::Index(command) => index::run(&context, command),
        Command::Serve(args) => serve::run(&context, &args),
        Command::Chat(args) => chat::run(&context, &args),
        Command::Ask(args) => ask::run(&context, &args),
        Command::Eval(command) => eval::run(&context, command),
        Command::Data(command) => data::run(command),
        Command::Models(command) => models::run(&context, command),
        Command::Doctor(args) => doctor::run(&context, &args),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man => manual::man(),
    }
}

/// Writes an error with its causes to stderr. Causes that repeat what was said already are left out.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let mut text = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    eprintln!("error: {text}");
    ExitCode::from(FAILED)
}

/// Wrong usage that clap cannot see: written like its own errors, exit code 2.
fn wrong_usage(message: impl std::fmt::Display) -> ! {
    use clap::CommandFactory as _;
    crate::args::Cli::command().error(clap::error::ErrorKind::ArgumentConflict, message).exit()
}

/// Writes to stdout. A reader that went away (`| head`) ends the output, not the program with a panic.
fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        outcome => outcome,
    }
}
