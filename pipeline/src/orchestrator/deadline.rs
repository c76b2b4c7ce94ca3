//! How long one attempt of a stage may take, and the flag that tells its computing to stop.
//!
//! Async work is dropped at its next await; computing on other threads cannot be stopped from outside, so it asks:
//! [`Deadline::check`] in a loop costs a clock and a flag. The walker waits until nobody holds the deadline any more
//! ([`Deadline::is_released`]) before it starts the stage again, so that two attempts never write the same folder.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use crate::{error::PipelineError, stage::Stage};

/// The time limit and cancellation of one attempt of a stage; clones belong to the same attempt.
#[derive(Debug, Clone)]
pub struct Deadline {
    stage: Stage,
    started: Instant,
    limit: Option<Duration>,
    stopped: Arc<AtomicBool>,
}

impl Deadline {
    /// A deadline that runs from now; `None` = no limit.
    pub fn starting_now(stage: Stage, limit: Option<Duration>) -> Self {
        Self { stage, started: Instant::now(), limit, stopped: Arc::default() }
    }

    /// An error once the time is over or the attempt was stopped. Cheap: ask once a batch or every few thousand rows.
    pub fn check(&self) -> Result<(), PipelineError> {
        if self.is_over() { Err(self.error()) } else { Ok(()) }
    }

    /// Whether the attempt has to end now.
    pub fn is_over(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
            || self.limit.is_some_and(|limit| self.started.elapsed() >= limit)
    }

    /// Tells whatever computes for this attempt to stop.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// Whether this is the only clone that is left: nothing works for the attempt any more.
    pub fn is_released(&self) -> bool {
        Arc::strong_count(&self.stopped) == 1
    }

    /// Returns when the time is over; never without a limit.
    pub async fn passed(&self) {
        match self.limit {
            Some(limit) => tokio::time::sleep(limit.saturating_sub(self.started.elapsed())).await,
            None => std::future::pending().await,
        }
    }

    /// The error of an attempt that ran out of time.
    pub fn error(&self) -> PipelineError {
        let limit = self.limit.unwrap_or_else(|| self.started.elapsed());
        PipelineError::TimeLimit { stage: self.stage, limit_seconds: limit.as_secs() }
    }
}

/// Stops the attempt when it is dropped: an interrupted run takes its computing threads with it.
#[derive(Debug)]
pub(super) struct StopOnDrop(pub(super) Deadline);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_without_limit_is_over_only_when_it_is_stopped() {
        let deadline = Deadline::starting_now(Stage::Clean, None);
        assert!(deadline.check().is_ok());
        deadline.clone().stop();
        assert!(matches!(deadline.check(), Err(PipelineError::TimeLimit { stage: Stage::Clean, .. })));
    }

    #[test]
    fn a_limit_that_has_passed_says_the_stage_and_the_seconds() {
        let deadline = Deadline::starting_now(Stage::Als, Some(Duration::ZERO));
        let message = deadline.check().unwrap_err().to_string();
        assert!(message.contains("als") && message.contains("raise its time limit"), "{message}");
    }

    #[test]
    fn a_deadline_is_released_when_no_other_clone_is_left() {
        let deadline = Deadline::starting_now(Stage::Als, None);
        let held = deadline.clone();
        assert!(!deadline.is_released());
        drop(held);
        assert!(deadline.is_released());
    }
}
