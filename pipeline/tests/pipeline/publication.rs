//! A whole run with models over synthetic orders: published, repeatable, and undone by rollback.

use std::{collections::BTreeMap, fs, sync::Arc};

use domain::manifest::Manifest;
use pipeline::{
    orchestrator::{rollback, run_pipeline},
    progress::Silent,
    synth::{SynthParams, generate},
};

use crate::{dataset::Dataset, workbench::Workbench};

/// Enough customers for the smallest number of segments, few enough for seconds.
const CUSTOMERS: u64 = 300;

fn synthetic_bench() -> Workbench {
    let mut bench = Workbench::new(&Dataset::valid());
    fs::remove_dir_all(bench.source()).unwrap();
    let params = SynthParams { customers: CUSTOMERS, seed: 7, truth: false };
    generate(&params, &bench.source(), &mut |_, _| {}).unwrap();
    bench.settings.quarantine_threshold = 0.0;
    bench.settings.als.rank = 8;
    bench.settings.als.iterations = 2;
    bench
}

async fn publish(bench: &Workbench) -> Manifest {
    let mut request = bench.request();
    request.with_models = true;
    run_pipeline(request, Arc::new(Silent)).await.unwrap()
}

fn content(manifest: &Manifest) -> BTreeMap<String, String> {
    manifest.artefacts.iter().map(|a| (a.name.clone(), a.content_hash.clone())).collect()
}

#[tokio::test]
async fn a_run_with_models_is_published_repeatable_and_undone() {
    let mut bench = synthetic_bench();
    let first = publish(&bench).await;
    assert_eq!(fs::read_to_string(bench.lake().latest()).unwrap().trim(), first.run_id);
    for name in [
        "gold.affinity",
        "recsys.als.user_factors",
        "recsys.als.item_factors",
        "recsys.user_seg",
        "recsys.segment_popularity",
        "recsys.segment_share",
        "recsys.exports.high_value",
        "recsys.exports.high_value_csv",
        "recsys.exports.charts",
    ] {
        assert!(first.artefact(name).is_some(), "{name}");
    }
    assert_eq!(first.artefact("recsys.user_seg").unwrap().rows, CUSTOMERS);

    bench.settings.threads = 1;
    bench.settings.batch_size = 10_000;
    let second = publish(&bench).await;
    let (one, two) = (content(&first), content(&second));
    for (name, hash) in &one {
        assert_eq!(two.get(name), Some(hash), "{name}");
    }
    assert_eq!(one.len(), two.len());
    assert_eq!(Manifest::read_latest(&bench.lake()).unwrap(), second);
    assert_eq!(rollback(&bench.lake()).unwrap(), first.run_id);
    assert_eq!(Manifest::read_latest(&bench.lake()).unwrap().run_id, first.run_id);
}
