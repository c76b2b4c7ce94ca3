//! Exports of planted segments, files that a spreadsheet may open, and the pictures of a planted evaluation.

use std::{collections::BTreeSet, fs};

use domain::lake::Lake;
use serde_json::json;

use super::{
    cohorts,
    customers::{ExportedCustomer, segments},
    evaluation_charts::{self, Metrics},
    files::as_text,
    pictures,
};

/// Eight customers in two segments: ids 1 to 4 order often, 5 to 8 rarely; every second one has paused for long.
fn customers() -> Vec<ExportedCustomer> {
    (1..=8_u32)
        .map(|user_id| {
            let (often, paused) = (user_id <= 4, user_id % 2 == 0);
            ExportedCustomer {
                user_id,
                recency_days: (user_id != 8).then_some(if paused { 30.0 } else { f64::from(user_id) }),
                recency_censored: Some(paused),
                frequency: if often { 40 + user_id } else { 5 },
                monetary: Some(f64::from(user_id)),
                z_recency: if paused { 1.0 } else { -1.0 },
                z_frequency: if often { 1.0 } else { -1.0 },
                z_monetary: 0.0,
                segment: u32::from(!often),
                segment_name: if often { "Loyal" } else { "Lapsed" }.to_owned(),
            }
        })
        .collect()
}

fn ids(positions: &[usize]) -> Vec<u32> {
    positions.iter().map(|at| customers()[*at].user_id).collect()
}

#[test]
fn cohorts_hold_whom_they_say() {
    // Values: 1 and 3: 2, 2 and 4: 0, 5 and 7: 0, 6 and 8: −2.
    assert_eq!(ids(&cohorts::high_value(&customers(), 0.3)), [1, 3, 2]);
    assert_eq!(ids(&cohorts::high_value(&customers(), 0.0)), [0; 0]);
    assert_eq!(ids(&cohorts::at_risk(&customers())), [2, 4], "who ordered often and has paused for long");
}

#[test]
fn a_sample_is_seeded_without_repetition_and_in_order() {
    let drawn = cohorts::draw(1_000, 50, 7);
    assert_eq!(drawn, cohorts::draw(1_000, 50, 7));
    assert_ne!(drawn, cohorts::draw(1_000, 50, 8));
    assert!(drawn.len() == 50 && drawn.windows(2).all(|pair| pair[0] < pair[1]));
    assert_eq!(cohorts::draw(3, 50, 7), [0, 1, 2]);
}

#[test]
fn centroids_are_the_means_of_their_customers() {
    let found = segments(&customers());
    assert_eq!((found.len(), found[0].customers, found[0].share), (2, 4, 0.5));
    assert_eq!(found[0].means, [Some(16.0), Some(42.5), Some(2.5)]);
    assert_eq!(found[1].means[0], Some(14.0), "of the three with a recency");
    assert_eq!(found[0].z, [0.0, 1.0, 0.0]);
}

#[test]
fn a_cell_is_no_formula_and_does_not_break_its_row() {
    for (text, expected) in [
        ("=1+1", "'=1+1"),
        ("+SUM(A1)", "'+SUM(A1)"),
        ("-2", "'-2"),
        ("@x", "'@x"),
        ("\t=1", "'\t=1"),
        ("=A,\"B\"", "\"'=A,\"\"B\"\"\""),
        ("Soup, \"Rich\"", "\"Soup, \"\"Rich\"\"\""),
        ("two\nlines", "\"two\nlines\""),
        ("Banana", "Banana"),
        ("", ""),
    ] {
        assert_eq!(as_text(text), expected, "{text:?}");
    }
}

#[test]
fn pictures_of_segments_are_drawn_whatever_the_customers_are() {
    for customers in [customers(), customers()[..1].to_vec(), Vec::new()] {
        let dots: Vec<usize> = (0..customers.len()).collect();
        let drawn = pictures::of_segments(&customers, &segments(&customers), &[], &dots, 1);
        let names: BTreeSet<&str> = drawn.iter().map(|picture| picture.name.as_str()).collect();
        assert_eq!(names.len(), 5, "{names:?}");
        for picture in &drawn {
            let (svg, png) = picture.draw().unwrap();
            assert!(svg.starts_with("<svg") && png.starts_with(b"\x89PNG"), "{}", picture.name);
            assert_eq!(svg.contains("no data"), customers.is_empty(), "{}", picture.name);
        }
    }
}

/// What an evaluation writes, in its layout.
fn metrics(ndcg: f64) -> serde_json::Value {
    let figure =
        |value: f64| json!({ "value": value, "low": value - 0.01, "high": value + 0.01, "n": 1_590 });
    let method = |ndcg: f64| {
        let of = |ndcg: f64| {
            json!({ "ndcg_at_10": figure(ndcg), "recall_at_10": figure(ndcg * 0.9), "hit_rate_at_10": figure(0.8),
                "explore_recall_at_20": { "value": null, "low": null, "high": null, "n": 0 }, "a_new_metric": figure(0.1) })
        };
        json!({ "all": of(ndcg), "last_is_test": of(ndcg - 0.02), "last_has_lines": of(ndcg + 0.03) })
    };
    json!({
        "schema_version": 1,
        "protocol": { "description": "Every order before the last one is history <b>&</b> nothing else.", "customers": 1_590,
            "seed": 20170, "tuned": { "tifu_knn": {} } },
        "methods": { "global_top": method(0.1), "next_basket": method(ndcg), "tifu_knn": method(ndcg - 0.02),
            "a_new_method": method(0.2) },
        "comparisons": [
            { "method": "next_basket", "baseline": "tifu_knn", "metric": "ndcg_at_10", "group": "all",
              "relative_difference": 0.06, "low": 0.03, "high": 0.09, "n": 1_590 },
            { "method": "next_basket", "baseline": "tifu_knn", "metric": "ndcg_at_10", "group": "last_is_test",
              "relative_difference": 0.05, "low": null, "high": null, "n": 700 },
        ],
        "segments": { "top10_overlap": 0.1, "held_out_lift": figure(1.3) },
        "calibration": {
            "ece_history": 0.012, "ece_shown": 0.02, "brier": 0.07, "brier_frequency": 0.08,
            "reliability_history": (0..20).map(|bin| json!({ "count": 500, "from": 0.0, "to": 1.0,
                "predicted": f64::from(bin) * 0.03, "observed": f64::from(bin) * 0.031 })).collect::<Vec<_>>(),
            "reliability_shown": [{ "count": 90, "from": 0.2, "to": 0.4, "predicted": 0.3, "observed": 0.33 }],
        },
    })
}

#[test]
fn an_evaluated_run_has_pictures_trends_and_a_page() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::new(folder.path());
    for (run, ndcg) in [("r1", 0.31), ("r2", 0.33), ("r3", 0.35)] {
        let eval = lake.run(run).recsys("eval");
        fs::create_dir_all(&eval).unwrap();
        fs::write(eval.join("metrics.json"), metrics(ndcg).to_string()).unwrap();
    }
    fs::write(lake.run("r1").recsys("eval").join("metrics.json"), "{").unwrap();
    assert!(evaluation_charts::write(&lake.run("r0")).unwrap().is_none(), "a run that was not evaluated");

    let artefact = evaluation_charts::write(&lake.run("r2")).unwrap().unwrap();
    assert_eq!(
        (artefact.name.as_str(), artefact.path.as_str()),
        ("recsys.eval_charts", "recsys/eval_charts/run=r2")
    );
    let charts = lake.run("r2").recsys("eval_charts");
    let files: BTreeSet<String> = fs::read_dir(&charts)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for name in [
        "methods_ndcg_at_10",
        "methods_recall_at_10",
        "methods_hit_rate_at_10",
        "methods_by_group",
        "comparisons",
        "calibration",
        "trend_ndcg_at_10",
    ] {
        assert!(
            files.contains(&format!("{name}.svg")) && files.contains(&format!("{name}.png")),
            "{name}: {files:?}"
        );
    }
    assert!(!files.contains("methods_explore_recall_at_20.svg"), "nobody has that figure");
    let page = fs::read_to_string(charts.join("report.html")).unwrap();
    assert!(
        page.contains("&lt;b&gt;&amp;&lt;") && !page.contains("<b>&"),
        "what comes from a file is escaped"
    );
    assert!(page.contains("0.3300 (0.3200 to 0.3400)") && page.contains("a_new_method"));
    assert!(page.contains("Lists of the segments") && page.contains("1.3000 (1.2900 to 1.3100)"));
    assert_eq!(page.matches("<svg").count(), artefact.rows as usize);
    let trend = fs::read_to_string(charts.join("trend_ndcg_at_10.svg")).unwrap();
    assert!(trend.contains(">r2<") && !trend.contains(">r3<") && trend.contains("One evaluated run"));
}

#[test]
fn a_damaged_file_of_the_run_itself_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let run = Lake::new(folder.path()).run("r1");
    fs::create_dir_all(run.recsys("eval")).unwrap();
    fs::write(evaluation_charts::metrics_path(&run), "{\"methods\": 3}").unwrap();
    assert_eq!(evaluation_charts::write(&run).unwrap_err().code(), "damaged_record");
    fs::write(evaluation_charts::metrics_path(&run), "{}").unwrap();
    assert_eq!(Metrics::read(&evaluation_charts::metrics_path(&run)).unwrap(), Metrics::default());
    assert!(evaluation_charts::write(&run).unwrap().is_some(), "nothing to draw is a page that says so");
}
