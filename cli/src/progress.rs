//! Progress of long work on stderr: bars on a terminal, plain lines elsewhere.

use std::{
    collections::BTreeMap,
    io::{self, IsTerminal},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use domain::manifest::{StageRecord, StageStatus};
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use pipeline::{progress::Progress, stage::Stage};

/// The progress of a pipeline run.
pub(crate) struct Display {
    bars: Option<MultiProgress>,
    stages: Mutex<BTreeMap<Stage, ProgressBar>>,
}

impl Display {
    /// Bars where stderr is a terminal, lines otherwise.
    pub(crate) fn new() -> Self {
        let bars = io::stderr().is_terminal().then(MultiProgress::new);
        Self { bars, stages: Mutex::default() }
    }

    /// A line above the bars.
    pub(crate) fn line(&self, text: &str) {
        match &self.bars {
            Some(bars) => {
                // A terminal that went away is no reason to stop the run.
                let _closed = bars.println(text);
            }
            None => eprintln!("{text}"),
        }
    }

    fn with_bar(&self, stage: Stage, f: impl FnOnce(&ProgressBar)) {
        let stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = stages.get(&stage) {
            f(bar);
        }
    }
}

impl Progress for Display {
    fn run_started(&self, run_id: &str) {
        self.line(&format!("run {run_id}"));
    }

    fn stage_started(&self, stage: Stage, total: Option<u64>) {
        let Some(bars) = &self.bars else { return };
        let mut stages = self.stages.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = stages.entry(stage).or_insert_with(|| {
            let bar = bars.add(ProgressBar::no_length());
            bar.enable_steady_tick(Duration::from_millis(120));
            bar.set_prefix(stage.name());
            bar
        });
        bar.reset();
        match total {
            Some(total) => bar.set_length(total),
            None => bar.unset_length(),
        }
        bar.set_style(style(total.is_some()));
    }

    fn advanced(&self, stage: Stage, units: u64) {
        self.with_bar(stage, |bar| bar.inc(units));
    }

    fn note(&self, stage: Stage, text: &str) {
        self.line(&format!("  {stage:<20} {text}"));
    }

    fn stage_finished(&self, stage: Stage, record: &StageRecord) {
        self.with_bar(stage, ProgressBar::finish_and_clear);
        let word = match record.status {
            StageStatus::Succeeded => "done",
            StageStatus::Skipped => "left out",
            StageStatus::Failed => "FAILED",
            StageStatus::Pending => "pending",
        };
        let seconds = Duration::from_millis(record.elapsed_ms).as_secs_f64();
        self.line(&format!("  {stage:<20} {word:<8} {seconds:>7.1} s"));
    }
}

fn style(has_length: bool) -> ProgressStyle {
    let template = if has_length {
        "  {prefix:<20} {bar:28} {human_pos:>11} of {human_len} {elapsed}"
    } else {
        "  {prefix:<20} {spinner} {human_pos:>11} {elapsed}"
    };
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
