//! The real sample, where it is at hand: nothing is lost, and the figures of its README hold.

use std::{env, path::PathBuf, sync::Arc};

use pipeline::{ingest::source::Source, orchestrator::run_pipeline, progress::Silent};

use crate::{dataset::Dataset, workbench::Workbench};

#[expect(clippy::print_stdout, reason = "says that nothing was tested")]
fn sample_folder() -> Option<PathBuf> {
    let folder = match env::var_os("INSIGHTFLOW_SAMPLE") {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/instacart-sample"),
    };
    if !folder.is_dir() {
        println!("skipped: no sample at {}, set INSIGHTFLOW_SAMPLE to its folder", folder.display());
        return None;
    }
    Some(folder)
}

#[tokio::test]
async fn the_real_sample_passes_whole() {
    let Some(folder) = sample_folder() else { return };
    let mut bench = Workbench::new(&Dataset::valid());
    bench.settings.quarantine_threshold = 0.0;
    bench.settings.memory_mib = 1_024;
    let mut request = bench.request();
    request.source = Source::Folder(folder);
    let manifest = run_pipeline(request, Arc::new(Silent)).await.unwrap();
    for stage in &manifest.stages {
        println!("{:<20} {:>6} ms, peak {} MiB", stage.name, stage.elapsed_ms, stage.peak_rss_bytes >> 20);
    }
    for artefact in &manifest.artefacts {
        println!("{:<32} {:>8} rows {:>9} bytes", artefact.name, artefact.rows, artefact.bytes);
    }
    let rows = |name: &str| manifest.artefact(name).unwrap().rows;
    assert_eq!(rows("silver.orders"), 32_461);
    assert_eq!(rows("silver.order_lines"), 305_201 + 4_426);
    assert_eq!(
        (rows("silver.products"), rows("silver.aisles"), rows("silver.departments")),
        (49_688, 134, 21)
    );
    assert_eq!(rows("gold.user_features"), 1_590);
    let sql = "SELECT count(*) FROM silver_orders WHERE eval_set = 'test'";
    assert_eq!(bench.value(&manifest, sql).await, "1000");
}
