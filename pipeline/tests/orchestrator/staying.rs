//! What stays in a lake over several runs: old runs, raw parts, erased customers, and a publication that was cut short.

use std::{fs, sync::Arc};

use pipeline::{
    PipelineError,
    erasure::erase,
    orchestrator::{
        ResumeOptions, prune, resume_pipeline, resume_pipeline_with, rollback,
        status::{RunState, run_status, status},
    },
    progress::{Progress, Silent},
    stage::Stage,
};

use crate::shop::{Shop, Started};

#[tokio::test]
async fn a_published_run_removes_the_runs_that_are_too_old_then() {
    let mut shop = Shop::new();
    shop.settings.keep_runs = 1;
    let mut runs = Vec::new();
    for _ in 0..3 {
        runs.push(shop.run(true).await.unwrap().run_id);
    }
    let ids: Vec<_> = status(&shop.lake()).unwrap().runs.into_iter().map(|run| run.run_id).collect();
    assert_eq!(ids, [runs[2].clone(), runs[1].clone()], "the published run and its rollback target");
    for layer in ["silver", "gold", "recsys/als", "recsys/user_seg", "recsys/exports", "runs"] {
        let names = fs::read_dir(shop.lake().root().join(layer)).unwrap();
        assert_eq!(names.count(), 2, "{layer}");
    }
    assert!(shop.text(&runs[2], "run.log").contains("removed 1 run and 0 raw parts"));
    assert_eq!(rollback(&shop.lake()).unwrap(), runs[1]);
    assert_eq!(prune(&shop.lake(), 1).unwrap().runs, [], "the newest run and the published one stay");
}

#[tokio::test]
async fn a_new_erasure_makes_a_resumed_run_clean_again_and_the_same_list_does_not() {
    let shop = Shop::new();
    let manifest = shop.run(false).await.unwrap();
    let reopen = || fs::remove_file(shop.lake().run(&manifest.run_id).manifest()).unwrap();
    let resume = async || {
        let started = Arc::new(Started::default());
        let watcher = Arc::clone(&started) as Arc<dyn Progress>;
        resume_pipeline(&shop.lake(), &manifest.run_id, None, watcher).await.unwrap();
        started
    };
    reopen();
    let started = resume().await;
    assert!(!started.has(Stage::Clean) && !started.has(Stage::Features));

    erase(&shop.lake(), 3, None).unwrap();
    reopen();
    let started = resume().await;
    assert!(started.has(Stage::Clean) && started.has(Stage::Features) && !started.has(Stage::Ingest));

    erase(&shop.lake(), 3, Some("asked again".to_owned())).unwrap();
    reopen();
    assert!(!resume().await.has(Stage::Clean));
}

#[tokio::test]
async fn a_run_killed_between_its_manifest_and_the_pointer_is_published_by_resume() {
    let shop = Shop::new();
    let first = shop.run(true).await.unwrap().run_id;
    let second = shop.run(true).await.unwrap().run_id;
    // As the disk was at that moment: the manifest is there, the pointer and the checkpoint are those of before.
    fs::write(shop.lake().latest(), format!("{first}\n")).unwrap();
    let path = shop.lake().run(&second).folder().join("checkpoint.json");
    let mut checkpoint: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
    checkpoint["stages"].as_object_mut().unwrap().remove("publish").unwrap();
    fs::write(&path, checkpoint.to_string()).unwrap();

    assert_eq!(run_status(&shop.lake(), &second).unwrap().state, RunState::Unfinished);
    resume_pipeline(&shop.lake(), &second, None, Arc::new(Silent)).await.unwrap();
    assert_eq!(status(&shop.lake()).unwrap().latest, Some(second.clone()));
    // After a rollback the run is finished and stays so.
    rollback(&shop.lake()).unwrap();
    let again = resume_pipeline(&shop.lake(), &second, None, Arc::new(Silent)).await.unwrap_err();
    assert!(matches!(again, PipelineError::AlreadyFinished { .. }), "{again}");
}

#[tokio::test]
async fn a_resumed_run_has_the_settings_it_began_with_but_for_memory_and_disk() {
    let shop = Shop::new();
    let manifest = shop.run(false).await.unwrap();
    let paths = shop.lake().run(&manifest.run_id);
    fs::remove_file(paths.manifest()).unwrap();
    fs::remove_dir_all(paths.gold("order_facts")).unwrap();
    let options = ResumeOptions { memory_mib: Some(300), spill_mib: None };
    let resumed =
        resume_pipeline_with(&shop.lake(), &manifest.run_id, options, None, Arc::new(Silent)).await.unwrap();
    let parameter = |name: &str| resumed.parameters[name].clone();
    assert_eq!(
        (parameter("memory_mib"), parameter("spill_mib")),
        (300.into(), shop.settings.spill_mib.into())
    );
    assert_eq!(parameter("als"), manifest.parameters["als"]);
    let hash = |m: &domain::manifest::Manifest| m.artefact("gold.order_facts").unwrap().content_hash.clone();
    assert_eq!(hash(&resumed), hash(&manifest));
}

#[tokio::test]
async fn a_lake_that_is_not_there_is_not_made_by_asking() {
    let shop = Shop::new();
    let lake = shop.lake();
    assert!(status(&lake).unwrap().runs.is_empty());
    assert_eq!(rollback(&lake).unwrap_err().code(), "no_such_run");
    let resumed = resume_pipeline(&lake, "none", None, Arc::new(Silent)).await;
    assert_eq!(resumed.unwrap_err().code(), "no_such_run");
    assert!(!lake.root().exists());
}
