//! `data synth`: a synthetic shop in the six-table layout.

use std::{
    io::{self, IsTerminal},
    path::Path,
    process::ExitCode,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use pipeline::synth::{SynthParams, SynthReport, generate};

use super::print;
use crate::{args::DataCommand, render::with_separators};

pub(super) fn run(command: DataCommand) -> anyhow::Result<ExitCode> {
    let DataCommand::Synth(args) = command;
    let params = SynthParams { customers: u64::from(args.customers), seed: args.seed, truth: args.truth };
    let report = synthesise(&params, &args.out)?;
    let count = |n: u64| with_separators(i64::try_from(n).unwrap_or(i64::MAX));
    print(&format!(
        "{} customers, {} orders, {} lines, {} products in {}\n",
        count(report.customers),
        count(report.orders),
        count(report.prior_lines + report.train_lines),
        count(report.products),
        args.out.display()
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// Generates with a bar on a terminal.
pub(super) fn synthesise(params: &SynthParams, out: &Path) -> anyhow::Result<SynthReport> {
    let target =
        if io::stderr().is_terminal() { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(params.customers), target);
    if let Ok(style) =
        ProgressStyle::with_template("  synthetic data       {bar:28} {human_pos:>11} of {human_len}")
    {
        bar.set_style(style);
    }
    let report = generate(params, out, &mut |done, _all| bar.set_position(done))?;
    bar.finish_and_clear();
    Ok(report)
}
