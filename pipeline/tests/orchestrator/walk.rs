//! What the walker starts, beside what, how long it lets it run, and what it makes of a failure.

use domain::manifest::StageStatus;
use pipeline::{PipelineError, orchestrator::memory::InputRows, stage::Stage};

use crate::fakes::{Behaviour, Bench, Walked};

/// No set of stages under way together needed more than the budget, a stage alone apart.
fn check_budget(bench: &Bench, walked: &Walked) {
    let rows = InputRows::of(&bench.inputs);
    walked.seen(|seen| {
        for together in &seen.together {
            let needed: usize = together.iter().map(|stage| stage.memory_mib(&bench.settings, rows)).sum();
            let budget = bench.settings.memory_mib;
            assert!(together.len() == 1 || needed <= budget, "{together:?} need {needed} MiB of {budget}");
        }
    });
}

fn most_together(walked: &Walked) -> usize {
    walked.seen(|seen| seen.together.iter().map(std::collections::BTreeSet::len).max().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn stages_run_side_by_side_as_far_as_the_memory_goes() {
    let mut bench = Bench::of_full_size();
    for stage in Stage::ALL {
        bench = bench.with(stage, Behaviour::Works(40));
    }
    let mut widths = Vec::new();
    for memory_mib in [128, 2_048, 1 << 20] {
        bench.settings.memory_mib = memory_mib;
        let walked = bench.walk().await;
        walked.outcome.as_ref().unwrap();
        check_budget(&bench, &walked);
        let all = Stage::ALL.into_iter().filter(|stage| *stage != Stage::Publish);
        assert!(all.into_iter().all(|stage| walked.attempts(stage) == 1), "every stage ran once");
        widths.push(most_together(&walked));
    }
    assert!(widths[0] <= widths[1] && widths[1] < widths[2], "{widths:?}");
    assert!(widths[2] >= 4, "features, rollups, affinity and index need cleaning only: {widths:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_that_needs_more_than_all_the_memory_runs_alone() {
    let mut bench = Bench::of_full_size().with(Stage::Rollups, Behaviour::Works(30));
    bench.settings.memory_mib = 128;
    assert!(Stage::Index.memory_mib(&bench.settings, InputRows::of(&bench.inputs)) > 128);
    let walked = bench.walk().await;
    walked.outcome.as_ref().unwrap();
    walked.seen(|seen| {
        let with_index = seen.together.iter().filter(|together| together.contains(&Stage::Index));
        assert!(
            with_index.clone().count() >= 1 && with_index.into_iter().all(|together| together.len() == 1)
        );
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_over_its_time_is_started_again_and_fails_with_its_code_then() {
    let mut bench = Bench::new().with(Stage::Clean, Behaviour::Hangs).limit(Stage::Clean, 1);
    bench.settings.retries = 1;
    let walked = bench.walk().await;
    let Err(PipelineError::StageFailed { stage, source, go_on, .. }) = &walked.outcome else { panic!() };
    assert!(matches!(**source, PipelineError::TimeLimit { stage: Stage::Clean, limit_seconds: 1 }));
    assert_eq!((*stage, walked.attempts(Stage::Clean), walked.code()), (Stage::Clean, 2, "time_limit"));
    assert!(go_on.contains("pipeline resume r1") && go_on.contains("pipeline.time_limits.clean"), "{go_on}");
    assert!(
        walked.log.contains("attempt 1 failed (stage clean did not end within 1 seconds"),
        "{}",
        walked.log
    );
    assert_eq!(walked.attempts(Stage::Features), 0, "nothing that needs it was started");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_limit_holds_for_stages_that_are_not_named_and_0_is_none() {
    let mut bench = Bench::new().with(Stage::Als, Behaviour::Works(1_500)).with(Stage::Rfm, Behaviour::Hangs);
    bench.settings.time_limits = [("default".to_owned(), 1), ("als".to_owned(), 0)].into();
    let walked = bench.walk().await;
    assert!(walked.outcome.is_err());
    assert_eq!(walked.status(Stage::Als), Some(StageStatus::Succeeded));
    assert_eq!(walked.status(Stage::Rfm), Some(StageStatus::Failed));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_computation_is_told_to_stop_and_two_attempts_never_compute_side_by_side() {
    let mut bench =
        Bench::new().with(Stage::Als, Behaviour::Computes { deaf_for_ms: 900 }).limit(Stage::Als, 1);
    bench.settings.retries = 1;
    let walked = bench.walk().await;
    assert_eq!((walked.code(), walked.attempts(Stage::Als)), ("time_limit", 2));
    assert_eq!(walked.seen(|seen| seen.most_computing), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_in_passing_is_started_again_and_the_log_says_why() {
    let mut bench = Bench::new().with(Stage::Rollups, Behaviour::FailsOnce);
    bench.settings.retries = 1;
    let walked = bench.walk().await;
    walked.outcome.as_ref().unwrap();
    assert_eq!(walked.checkpoint.stages[&Stage::Rollups].attempts, 2);
    let note = walked.checkpoint.notes.iter().find(|note| note.stage == Stage::Rollups).unwrap();
    assert!(note.text.contains("attempt 1 failed (cannot write there: timed out)"), "{}", note.text);
    assert!(walked.log.contains(&note.text) && walked.log.contains("attempt 2"), "{}", walked.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_failure_nothing_starts_and_what_is_under_way_is_kept() {
    let mut bench =
        Bench::new().with(Stage::Features, Behaviour::Fails).with(Stage::Affinity, Behaviour::Works(200));
    bench.settings.memory_mib = 1 << 20;
    let walked = bench.walk().await;
    let Err(PipelineError::StageFailed { stage: Stage::Features, .. }) = &walked.outcome else { panic!() };
    assert_eq!(walked.code(), "io");
    assert_eq!(walked.status(Stage::Affinity), Some(StageStatus::Succeeded));
    assert_eq!(walked.status(Stage::Features), Some(StageStatus::Failed));
    assert_eq!([Stage::Als, Stage::Rfm].map(|stage| walked.attempts(stage)), [0, 0]);
    assert!(walked.log.contains("FAILED (io): cannot write there"), "{}", walked.log);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_a_failure_of_its_stage_alone() {
    let mut bench =
        Bench::new().with(Stage::Rollups, Behaviour::Panics).with(Stage::Affinity, Behaviour::Works(200));
    bench.settings.memory_mib = 1 << 20;
    let walked = bench.walk().await;
    let Err(PipelineError::StageFailed { stage: Stage::Rollups, .. }) = &walked.outcome else { panic!() };
    assert_eq!(walked.code(), "worker");
    assert_eq!(walked.status(Stage::Affinity), Some(StageStatus::Succeeded));
}
