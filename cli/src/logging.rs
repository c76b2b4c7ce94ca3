//! Tracing to stderr. Quiet (warnings) unless asked: stdout belongs to answers, stderr to progress.

use std::io::{self, IsTerminal};

use anyhow::Context as _;
use tracing_subscriber::{EnvFilter, fmt};

use crate::args::{Command, Global};

/// Installs the subscriber of the process.
pub(crate) fn start(global: &Global, command: &Command) -> anyhow::Result<()> {
    let filter = match (&global.log, global.verbose, command) {
        (Some(filter), _, _) => filter.clone(),
        (None, 0, Command::Serve(_)) => "warn,server=info,insightflow=info".to_owned(),
        // What a failed tool call means for the reader stands in the answer itself.
        (None, 0, Command::Ask(_) | Command::Chat(_)) => "warn,agent::driver=error".to_owned(),
        (None, 0, _) => "warn".to_owned(),
        (None, 1, _) => "info".to_owned(),
        (None, 2, _) => "debug".to_owned(),
        (None, ..) => "trace".to_owned(),
    };
    let filter = EnvFilter::try_new(&filter).with_context(|| {
        format!("--log is {filter:?}, it must be a filter such as info or warn,server=debug")
    })?;
    fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(io::stderr().is_terminal()).init();
    Ok(())
}
