//! A whole run with models over synthetic orders: published, repeatable, and undone by rollback.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    sync::Arc,
};

use domain::manifest::Manifest;
use pipeline::{
    orchestrator::{rollback, run_pipeline},
    progress::Silent,
    synth::{SynthParams, generate},
};
use recsys::evaluation::report::EvaluationReport;

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
    bench.settings.next_basket.trees = 8;
    bench.settings.next_basket.networks = 1;
    bench.settings.next_basket.targets = 2;
    bench.settings.evaluation.configurations = 2;
    bench.settings.evaluation.bootstrap_draws = 20;
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
        "recsys.imputation.gap_draws",
        "recsys.imputation.user_gaps",
        "recsys.hazards.churn",
        "recsys.hazards.hazard_calibration",
        "recsys.hazards.population_hazard",
        "gold.customer_facts",
        "gold.rollup_lines_by_product_segment",
        "recsys.segment_share",
        "recsys.exports.high_value",
        "recsys.exports.high_value_csv",
        "recsys.exports.charts",
    ] {
        assert!(first.artefact(name).is_some(), "{name}");
    }
    assert_eq!(first.artefact("recsys.user_seg").unwrap().rows, CUSTOMERS);
    exports_are_whole(&bench, &first);
    everything_is_measured(&bench, &first);
    customer_facts_know_what_the_models_know(&bench, &first).await;

    assert_eq!(first.artefact("recsys.imputation.user_gaps").unwrap().rows, CUSTOMERS);
    assert_eq!(first.artefact("recsys.hazards.churn").unwrap().rows, 4 * CUSTOMERS);

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

/// Segments and expectations stand beside the sums of each customer, and sums by segment are those of their customers.
async fn customer_facts_know_what_the_models_know(bench: &Workbench, run: &Manifest) {
    let sql = "SELECT count(*), count(DISTINCT f.user_id), count(f.churn_risk), count(f.expected_items)
               FROM gold_customer_facts f
               JOIN recsys_user_seg s ON s.user_id = f.user_id
               JOIN recsys_hazards_churn c ON c.user_id = f.user_id AND c.horizon_days = 28
               WHERE f.segment = s.segment AND f.segment_name = s.segment_name AND f.orders = s.frequency
                 AND f.mean_basket = s.monetary AND f.churn_risk = c.p_no_order
                 AND f.expected_orders = c.expected_orders AND f.expected_items = c.expected_items";
    let all = CUSTOMERS.to_string();
    assert_eq!(bench.query(run, sql).await, [[all.as_str(); 4]]);
    for (rollup, rows) in [
        (
            "SELECT segment_name, sum(line_count) FROM gold_rollup_lines_by_product_segment GROUP BY 1 ORDER BY 1",
            "SELECT segment_name, sum(items) FROM gold_customer_facts GROUP BY 1 ORDER BY 1",
        ),
        (
            "SELECT department_id, segment_name, line_orders, line_customers FROM gold_rollup_lines_by_department_segment
             ORDER BY 1, 2",
            "SELECT p.department_id, f.segment_name, count(DISTINCT l.order_id), count(DISTINCT l.user_id)
             FROM silver_order_lines l JOIN silver_products p ON p.product_id = l.product_id
             JOIN gold_customer_facts f ON f.user_id = l.user_id GROUP BY 1, 2 ORDER BY 1, 2",
        ),
        (
            "SELECT segment_name, order_dow, order_count, order_customers FROM gold_rollup_orders_by_segment_dow
             ORDER BY 1, 2",
            "SELECT f.segment_name, o.order_dow, count(*), count(DISTINCT o.user_id) FROM gold_order_facts o
             JOIN gold_customer_facts f ON f.user_id = o.user_id GROUP BY 1, 2 ORDER BY 1, 2",
        ),
    ] {
        let summed = bench.query(run, rollup).await;
        assert!(summed.len() >= 4, "{rollup}");
        assert_eq!(summed, bench.query(run, rows).await, "{rollup}");
    }
}

/// `metrics.json` has ranker, calibration and segments, on customers with an order to foretell.
fn everything_is_measured(bench: &Workbench, run: &Manifest) {
    let path = bench.lake().run(&run.run_id).recsys("eval").join("metrics.json");
    let report: EvaluationReport = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(report.methods.len(), 9);
    assert!(report.calibration.unwrap().ece_history.unwrap() < 0.2);
    let segments = report.segments.unwrap();
    let (recall, difference) =
        (segments.share_recall_at_10.unwrap(), segments.share_less_global_top.unwrap());
    assert_eq!(recall.n, report.protocol.eligible_customers, "everybody, not only who is scored");
    assert!((0.001..0.5).contains(&recall.value.unwrap()), "{recall:?}");
    assert!(difference.low.unwrap() <= difference.value.unwrap(), "{difference:?}");
}

/// Tables as Parquet and CSV with the same rows, pictures in both forms.
fn exports_are_whole(bench: &Workbench, run: &Manifest) {
    let folder = bench.lake().run(&run.run_id).recsys("exports");
    for (name, first_column) in [
        ("high_value", "user_id"),
        ("at_risk", "user_id"),
        ("random_sample", "user_id"),
        ("centroids", "segment"),
        ("top_lists", "segment"),
    ] {
        let text = fs::read_to_string(folder.join(format!("{name}.csv"))).unwrap();
        let table = run.artefact(&format!("recsys.exports.{name}")).unwrap();
        assert_eq!(text.lines().count() as u64, table.rows + 1, "{name}");
        assert!(text.starts_with(&format!("{first_column},")), "{name}: {text}");
        assert!(folder.join(name).join("part-00000.parquet").is_file());
    }
    assert_eq!(run.artefact("recsys.exports.high_value").unwrap().rows, CUSTOMERS / 10);
    for name in ["segment_sizes", "segment_profiles", "rfm_customers", "rfm_basket", "rfm_scatter"] {
        for ending in ["svg", "png"] {
            let path = folder.join("charts").join(format!("{name}.{ending}"));
            assert!(fs::metadata(&path).unwrap().len() > 1_000, "{}", path.display());
        }
    }
}

/// The same orders, of which every second train order is called a prior one.
fn call_half_of_the_last_orders_prior(bench: &Workbench) -> usize {
    let read = |file: &str| fs::read_to_string(bench.source().join(file)).unwrap();
    let mut moved = BTreeSet::new();
    let mut orders = String::new();
    for line in read("orders.csv").lines() {
        let fields: Vec<&str> = line.split(',').collect();
        let order: Option<u64> = fields[0].parse().ok();
        match order.filter(|order| fields[2] == "train" && order % 2 == 0) {
            Some(order) => {
                moved.insert(order);
                orders.push_str(&line.replacen(",train,", ",prior,", 1));
            }
            None => orders.push_str(line),
        }
        orders.push('\n');
    }
    let (mut prior, mut train) = (read("order_products__prior.csv"), String::new());
    for line in read("order_products__train.csv").lines() {
        let order: Option<u64> = line.split(',').next().and_then(|order| order.parse().ok());
        let target = if order.is_some_and(|order| moved.contains(&order)) { &mut prior } else { &mut train };
        target.push_str(line);
        target.push('\n');
    }
    for (file, text) in
        [("orders.csv", orders), ("order_products__prior.csv", prior), ("order_products__train.csv", train)]
    {
        fs::write(bench.source().join(file), text).unwrap();
    }
    moved.len()
}

#[tokio::test]
async fn segments_do_not_tell_what_the_source_calls_a_last_order() {
    let bench = synthetic_bench();
    let before = publish(&bench).await;
    assert!(call_half_of_the_last_orders_prior(&bench) > 20);
    let after = publish(&bench).await;
    let hash = |run: &Manifest, name: &str| run.artefact(name).unwrap().content_hash.clone();
    assert_ne!(hash(&before, "silver.orders"), hash(&after, "silver.orders"), "the orders have changed");
    for name in ["recsys.user_seg", "recsys.segment_popularity", "recsys.segment_share"] {
        assert_eq!(hash(&before, name), hash(&after, name), "{name}");
    }
}
