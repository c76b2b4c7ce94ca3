//! What is published, what is not, and how a run goes on.

use std::{
    error::Error,
    fs, io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

use domain::{
    lake::RunPaths,
    manifest::{Manifest, StageRecord, StageStatus},
};
use pipeline::{
    PipelineError,
    orchestrator::{
        index_stage::{IndexOutcome, IndexStage},
        lock::LakeLock,
        resume_pipeline, rollback, run_pipeline,
        status::{RunState, status},
    },
    progress::{Progress, Silent},
    publish::replace_pointer,
    stage::Stage,
};

use crate::{dataset::Dataset, workbench::Workbench};

/// An index stage that fails until it is told otherwise, with an error that may pass or one that does not.
#[derive(Default)]
struct FragileIndex {
    works: AtomicBool,
    fails_in_passing: bool,
}

#[async_trait::async_trait]
impl IndexStage for FragileIndex {
    async fn build(
        &self,
        paths: &RunPaths,
        _previous: Option<&RunPaths>,
        progress: Arc<dyn Progress>,
    ) -> Result<IndexOutcome, Box<dyn Error + Send + Sync>> {
        assert!(paths.silver("products").is_dir(), "the index is built from silver");
        progress.advanced(Stage::Index, 1);
        if self.works.load(Ordering::SeqCst) {
            Ok(IndexOutcome { artefacts: Vec::new(), embedding_model: None })
        } else if self.fails_in_passing {
            self.works.store(true, Ordering::SeqCst);
            Err(Box::new(io::Error::from(io::ErrorKind::TimedOut)))
        } else {
            Err("the model file is missing".into())
        }
    }
}

/// Remembers which stages were started.
#[derive(Default)]
struct Started(Mutex<Vec<Stage>>);

impl Progress for Started {
    fn stage_started(&self, stage: Stage, _: Option<u64>) {
        self.0.lock().unwrap().push(stage);
    }
    fn advanced(&self, _: Stage, _: u64) {}
    fn stage_finished(&self, _: Stage, _: &StageRecord) {}
}

fn status_of(manifest: &Manifest, stage: Stage) -> Option<StageStatus> {
    manifest.stages.iter().find(|record| record.name == stage.name()).map(|record| record.status)
}

#[tokio::test]
async fn a_run_without_models_is_complete_but_not_published() {
    let bench = Workbench::new(&Dataset::valid());
    let manifest = bench.run().await.unwrap();
    assert!(!bench.lake().latest().exists());
    assert_eq!(status_of(&manifest, Stage::Clean), Some(StageStatus::Succeeded));
    assert_eq!(status_of(&manifest, Stage::Als), Some(StageStatus::Skipped));
    assert_eq!(status_of(&manifest, Stage::Publish), Some(StageStatus::Skipped));
    let on_disk = Manifest::read(&bench.lake().run(&manifest.run_id).manifest()).unwrap();
    assert_eq!(on_disk, manifest);
    assert_eq!(status(&bench.lake()).unwrap().runs[0].state, RunState::Finished);
}

#[tokio::test]
async fn a_failed_run_publishes_nothing_and_leaves_the_pointer() {
    let mut bench = Workbench::new(&Dataset::valid().with_rows("order_products__prior", &["77,1,1,0"]));
    replace_pointer(&bench.lake(), "earlier").unwrap();
    bench.settings.quarantine_threshold = 0.0;
    let error = bench.run().await.unwrap_err();
    let PipelineError::StageFailed { run_id, stage, .. } = &error else { panic!("{error}") };
    assert_eq!(*stage, Stage::Clean);
    assert_eq!(fs::read_to_string(bench.lake().latest()).unwrap(), "earlier\n");
    assert!(!bench.lake().run(run_id).manifest().exists());
    assert!(error.to_string().contains("correct the source and start a new run"), "{error}");
    let runs = status(&bench.lake()).unwrap().runs;
    assert_eq!(runs[0].state, RunState::Failed);
    assert_eq!(runs[0].failure.as_ref().unwrap().stage, Stage::Clean);
}

#[tokio::test]
async fn resume_goes_on_behind_the_last_finished_stage() {
    let bench = Workbench::new(&Dataset::valid());
    let index = Arc::new(FragileIndex::default());
    let mut request = bench.request();
    request.with_index = true;
    request.index = Some(Arc::clone(&index) as Arc<dyn IndexStage>);
    let error = run_pipeline(request, Arc::new(Silent)).await.unwrap_err();
    let PipelineError::StageFailed { run_id, stage: Stage::Index, go_on, .. } = &error else {
        panic!("{error}")
    };
    assert!(go_on.contains(&format!("insightflow pipeline resume {run_id}")), "{go_on}");

    index.works.store(true, Ordering::SeqCst);
    let started = Arc::new(Started::default());
    let watcher = Arc::clone(&started) as Arc<dyn Progress>;
    let manifest = resume_pipeline(&bench.lake(), run_id, Some(index), watcher).await.unwrap();
    assert_eq!(&manifest.run_id, run_id);
    let started = started.0.lock().unwrap().clone();
    assert!(!started.contains(&Stage::Clean) && !started.contains(&Stage::Ingest), "{started:?}");
    assert!(manifest.artefact("gold.user_features").is_some());
    assert_eq!(status_of(&manifest, Stage::Index), Some(StageStatus::Succeeded));

    let again = resume_pipeline(&bench.lake(), run_id, None, Arc::new(Silent)).await.unwrap_err();
    assert!(matches!(again, PipelineError::AlreadyFinished { .. }), "{again}");
}

#[tokio::test]
async fn a_stage_that_fails_in_passing_is_started_again() {
    let bench = Workbench::new(&Dataset::valid());
    let mut request = bench.request();
    request.with_index = true;
    request.index = Some(Arc::new(FragileIndex { fails_in_passing: true, ..FragileIndex::default() }));
    let manifest = run_pipeline(request, Arc::new(Silent)).await.unwrap();
    let index = manifest.stages.iter().find(|record| record.name == "index").unwrap();
    assert_eq!((index.status, index.attempts), (StageStatus::Succeeded, 2));
}

#[tokio::test]
async fn resume_makes_lost_tables_again() {
    let bench = Workbench::new(&Dataset::valid());
    let first = bench.run().await.unwrap();
    let paths = bench.lake().run(&first.run_id);
    fs::remove_file(paths.manifest()).unwrap();
    fs::remove_dir_all(paths.silver("orders")).unwrap();
    let started = Arc::new(Started::default());
    let watcher = Arc::clone(&started) as Arc<dyn Progress>;
    let second = resume_pipeline(&bench.lake(), &first.run_id, None, watcher).await.unwrap();
    let mut started = started.0.lock().unwrap().clone();
    started.sort();
    started.dedup();
    let again = [Stage::Clean, Stage::Features, Stage::Rollups, Stage::Affinity, Stage::Customers];
    assert_eq!(started, again);
    let hash = |manifest: &Manifest| manifest.artefact("silver.orders").unwrap().content_hash.clone();
    assert_eq!(hash(&first), hash(&second));
}

#[tokio::test]
async fn a_part_that_changed_behind_ingest_is_told_before_it_is_read_as_the_sources() {
    let bench = Workbench::new(&Dataset::valid());
    let first = bench.run().await.unwrap();
    let paths = bench.lake().run(&first.run_id);
    fs::remove_file(paths.manifest()).unwrap();
    fs::remove_dir_all(paths.silver("orders")).unwrap();
    let part = first.inputs.iter().find(|part| part.table == "orders").unwrap();
    let path = bench.lake().root().join(&part.part);
    let text = fs::read_to_string(&path).unwrap();
    fs::write(&path, text.replace("11,1,prior,1,0,08,\n", "")).unwrap();
    let error = resume_pipeline(&bench.lake(), &first.run_id, None, Arc::new(Silent)).await.unwrap_err();
    assert_eq!(error.code(), "not_reconciled");
    assert!(error.to_string().contains("it has 9 rows, the manifest says 10"), "{error}");
}

#[tokio::test]
async fn an_unknown_run_cannot_be_resumed() {
    let bench = Workbench::new(&Dataset::valid());
    let error = resume_pipeline(&bench.lake(), "none", None, Arc::new(Silent)).await.unwrap_err();
    assert!(matches!(error, PipelineError::NoSuchRun { .. }), "{error}");
}

#[tokio::test]
async fn an_index_without_a_builder_is_refused_before_anything_is_written() {
    let bench = Workbench::new(&Dataset::valid());
    let mut request = bench.request();
    request.with_index = true;
    let error = run_pipeline(request, Arc::new(Silent)).await.unwrap_err();
    assert!(matches!(error, PipelineError::NoIndexStage), "{error}");
    assert!(!bench.lake().root().exists());
}

#[tokio::test]
async fn two_runs_on_one_lake_do_not_interleave() {
    let bench = Workbench::new(&Dataset::valid());
    let lock = LakeLock::take(&bench.lake()).unwrap();
    assert!(matches!(bench.run().await.unwrap_err(), PipelineError::LakeBusy { .. }));
    assert!(matches!(rollback(&bench.lake()).unwrap_err(), PipelineError::LakeBusy { .. }));
    drop(lock);
    bench.run().await.unwrap();
}

/// Makes a finished run pass for one that was published.
fn mark_published(bench: &Workbench, mut manifest: Manifest) -> String {
    for record in &mut manifest.stages {
        if record.name == Stage::Publish.name() {
            record.status = StageStatus::Succeeded;
        }
    }
    pipeline::publish::write_manifest(&bench.lake().run(&manifest.run_id), &manifest).unwrap();
    replace_pointer(&bench.lake(), &manifest.run_id).unwrap();
    manifest.run_id
}

#[tokio::test]
async fn rollback_passes_over_runs_that_were_never_published() {
    let bench = Workbench::new(&Dataset::valid());
    let first = mark_published(&bench, bench.run().await.unwrap());
    bench.run().await.unwrap();
    let third = mark_published(&bench, bench.run().await.unwrap());
    assert_eq!(status(&bench.lake()).unwrap().latest.as_deref(), Some(third.as_str()));
    assert_eq!(rollback(&bench.lake()).unwrap(), first);
    assert_eq!(status(&bench.lake()).unwrap().latest.as_deref(), Some(first.as_str()));
    let error = rollback(&bench.lake()).unwrap_err();
    assert!(matches!(error, PipelineError::NothingToRollBackTo { .. }), "{error}");
}

#[tokio::test]
async fn a_run_leaves_no_spill_behind_and_records_time_and_memory() {
    let bench = Workbench::new(&Dataset::valid());
    let manifest = bench.run().await.unwrap();
    assert!(!bench.lake().run(&manifest.run_id).folder().join("spill").exists());
    let clean = manifest.stages.iter().find(|record| record.name == "clean").unwrap();
    assert_eq!(clean.attempts, 1);
    if cfg!(target_os = "linux") {
        assert!(clean.peak_rss_bytes > 1 << 20);
    }
    for artefact in &manifest.artefacts {
        assert!(bench.lake().root().join(&artefact.path).exists(), "{}", artefact.path);
        assert_eq!(
            (artefact.sha256.len(), artefact.content_hash.len(), artefact.schema_hash.len()),
            (64, 64, 64)
        );
    }
}
