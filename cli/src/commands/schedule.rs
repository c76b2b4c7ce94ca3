//! `pipeline run --every|--at`: runs by itself until it is interrupted.
//!
//! One run at a time: a time that comes while a run is under way is left out, and said. A failed run is told and the next
//! time is kept. Ctrl-C (or SIGTERM) between runs ends well; inside a run it leaves that run to be resumed.

use std::{process::ExitCode, time::Duration};

use pipeline::report::words::moment;
use time::{OffsetDateTime, Time};
use tokio_util::sync::CancellationToken;

use super::pipeline::{Ended, finish, run_until};
use crate::{
    args::{PipelineRunArgs, ScheduleArgs},
    commands::report,
    parts::Context,
};

/// The clock is looked at this often while waiting: a machine that slept, or whose clock was set, is late by no more.
const LOOK: Duration = Duration::from_secs(30);

/// When runs start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Schedule {
    /// Now, and then at this interval, counted from the first start.
    Every(Duration),
    /// Each day at this time, UTC.
    At(Time),
}

impl Schedule {
    /// What was asked for; `None` = once.
    pub(super) fn of(args: ScheduleArgs) -> Option<Self> {
        args.every.map(Self::Every).or(args.at.map(Self::At))
    }

    /// The next start after `now`; `before` is the planned start of the run before.
    fn next(self, now: OffsetDateTime, before: Option<OffsetDateTime>) -> OffsetDateTime {
        match (self, before) {
            (Self::Every(_), None) => now,
            (Self::Every(interval), Some(before)) => {
                let step = interval.as_secs_f64();
                let missed = ((now - before).as_seconds_f64() / step).floor().max(0.0);
                before + time::Duration::seconds_f64((missed + 1.0) * step)
            }
            (Self::At(time), _) => {
                let today = now.replace_time(time);
                if today > now { today } else { today + time::Duration::DAY }
            }
        }
    }

    /// The starts that went by between the planned start of a run and its end.
    fn left_out(self, before: OffsetDateTime, now: OffsetDateTime) -> i64 {
        let interval = match self {
            Self::Every(interval) => interval.as_secs_f64(),
            Self::At(_) => time::Duration::DAY.as_seconds_f64(),
        };
        ((now - before).as_seconds_f64() / interval).floor() as i64
    }
}

/// Runs on schedule until told to stop.
pub(super) async fn run(
    context: &Context,
    args: &PipelineRunArgs,
    schedule: Schedule,
    stop: &CancellationToken,
) -> anyhow::Result<ExitCode> {
    let mut before = None;
    loop {
        let next = schedule.next(OffsetDateTime::now_utc(), before);
        eprintln!("next run: {} (Ctrl-C ends the schedule)", moment(next));
        if !wait_until(next, stop).await {
            eprintln!("the schedule has ended; no run was under way");
            return Ok(ExitCode::SUCCESS);
        }
        match run_until(context, args, stop).await {
            Ok(ended @ Ended::Interrupted) => return finish(context, ended),
            Ok(ended) => drop(finish(context, ended)?),
            Err(error) => drop(report(&error)),
        }
        let left_out = schedule.left_out(next, OffsetDateTime::now_utc());
        if left_out > 0 {
            eprintln!("the run took longer than the interval: {left_out} start(s) were left out");
        }
        before = Some(next);
    }
}

/// Waits for a moment of the wall clock; `false` where it was told to stop before.
async fn wait_until(moment: OffsetDateTime, stop: &CancellationToken) -> bool {
    loop {
        let left = (moment - OffsetDateTime::now_utc()).try_into().unwrap_or(Duration::ZERO);
        if left.is_zero() {
            return !stop.is_cancelled();
        }
        tokio::select! {
            () = stop.cancelled() => return false,
            () = tokio::time::sleep(left.min(LOOK)) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn an_interval_starts_now_and_counts_from_the_planned_start() {
        let every = Schedule::Every(Duration::from_secs(3_600));
        let start = datetime!(2026-11-22 01:00 UTC);
        assert_eq!(every.next(start, None), start);
        // The run took ten minutes; then one that took two and a half hours leaves two starts out.
        assert_eq!(every.next(datetime!(2026-11-22 01:10 UTC), Some(start)), datetime!(2026-11-22 02:00 UTC));
        assert_eq!(every.next(datetime!(2026-11-22 03:30 UTC), Some(start)), datetime!(2026-11-22 04:00 UTC));
        assert_eq!(every.left_out(start, datetime!(2026-11-22 03:30 UTC)), 2);
        assert_eq!(every.left_out(start, datetime!(2026-11-22 01:10 UTC)), 0);
    }

    #[test]
    fn a_time_of_day_is_today_or_tomorrow_and_february_is_a_month_like_others() {
        let at = Schedule::At(time::macros::time!(3:00));
        let next = |now| at.next(now, None);
        assert_eq!(next(datetime!(2026-11-22 02:59 UTC)), datetime!(2026-11-22 03:00 UTC));
        assert_eq!(next(datetime!(2026-11-22 03:00 UTC)), datetime!(2026-11-23 03:00 UTC));
        assert_eq!(next(datetime!(2027-01-31 12:00 UTC)), datetime!(2027-02-01 03:00 UTC));
        assert_eq!(next(datetime!(2028-02-28 12:00 UTC)), datetime!(2028-02-29 03:00 UTC));
    }

    #[tokio::test]
    async fn waiting_ends_at_once_when_it_is_told_to_stop() {
        let stop = CancellationToken::new();
        assert!(wait_until(OffsetDateTime::now_utc(), &stop).await);
        stop.cancel();
        assert!(!wait_until(OffsetDateTime::now_utc() + time::Duration::DAY, &stop).await);
    }
}
