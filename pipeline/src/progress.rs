//! What a run tells whoever watches it: stages start, advance, and end.
//!
//! The command line draws bars from it, tests and libraries take [`Silent`]. Calls come from several threads.

use domain::manifest::StageRecord;

use crate::stage::Stage;

/// Watches a run. All calls are cheap and must not block.
pub trait Progress: Send + Sync {
    /// A run was given its id and starts.
    fn run_started(&self, _run_id: &str) {}

    /// A stage starts (again, where it is retried). `total`: units of work, where they are known beforehand.
    fn stage_started(&self, stage: Stage, total: Option<u64>);

    /// That many units (rows, iterations, documents) of a stage are done since the last call.
    fn advanced(&self, stage: Stage, units: u64);

    /// A fact worth a line: what was reused, what is retried and why.
    fn note(&self, _stage: Stage, _text: &str) {}

    /// A stage ended, one way or another.
    fn stage_finished(&self, stage: Stage, record: &StageRecord);
}

/// Says nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage_started(&self, _: Stage, _: Option<u64>) {}
    fn advanced(&self, _: Stage, _: u64) {}
    fn stage_finished(&self, _: Stage, _: &StageRecord) {}
}
