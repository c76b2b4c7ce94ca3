//! The stages that learn from gaps between orders: `imputation` and `hazards`.

use super::*;
use crate::models::{hazards, imputation};

/// Orders of 60 regular customers (every 7 days, 10 lines), 60 slow ones (20 days, 25 days, 30 or more; 4 lines) and
/// one who ordered once. Order ids are 1,000 · customer + number.
fn write_orders(context: &StageContext, shards: usize) {
    let mut rows = Vec::new();
    for user in 1..=120_i64 {
        let gaps = if user % 2 == 1 { [7.0; 8] } else { [20.0, 25.0, 30.0, 30.0, 25.0, 20.0, 30.0, 25.0] };
        let days = [None].into_iter().chain(gaps.map(Some));
        // The last order is `test`: without lines.
        let size = |at: usize| (at < 8).then_some(if user % 2 == 1 { 10.0 } else { 4.0 });
        rows.extend(days.enumerate().map(|(at, days)| (user, at as i64 + 1, days, size(at))));
    }
    rows.push((121, 1, None, None));
    for (shard, rows) in rows.chunks(rows.len().div_ceil(shards)).enumerate() {
        write_shard(
            context,
            "order_facts",
            shard,
            vec![
                Column::Int("order_id", rows.iter().map(|row| 1_000 * row.0 + row.1).collect()),
                Column::Int("user_id", rows.iter().map(|row| row.0).collect()),
                Column::Int("order_number", rows.iter().map(|row| row.1).collect()),
                Column::Float("days_since_prior_order", rows.iter().map(|row| row.2).collect()),
                Column::Float("size", rows.iter().map(|row| row.3).collect()),
            ],
        );
    }
}

fn whole(batch: &RecordBatch, column: &str) -> Vec<i64> {
    batch.column_by_name(column).unwrap().as_primitive::<Int64Type>().values().to_vec()
}

fn figures(batch: &RecordBatch, column: &str) -> Vec<Option<f64>> {
    batch.column_by_name(column).unwrap().as_primitive::<Float64Type>().iter().collect()
}

fn meta(context: &StageContext, kind: &str) -> serde_json::Value {
    let path = context.paths().recsys(kind).join("meta.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[tokio::test]
async fn only_censored_gaps_are_drawn_and_never_below_thirty() {
    let lake = tempfile::tempdir().unwrap();
    let context = context(lake.path(), Stage::Imputation, settings(|_| ()));
    write_orders(&context, 3);
    imputation::run(&context).await.unwrap();
    let draws = read(&context, "gap_draws", "order_id, draw").await;
    // 60 slow customers with gaps 3, 4 and 7 censored; gap n ends in order n + 1.
    assert_eq!(draws.num_rows(), 60 * 3 * 5);
    assert!(whole(&draws, "gap_days").iter().all(|days| (30..=365).contains(days)));
    assert_eq!(
        whole(&draws, "order_id")[..15].iter().step_by(5).collect::<Vec<_>>(),
        [&2_004, &2_005, &2_008]
    );
    assert_eq!(whole(&draws, "draw")[..5], [1, 2, 3, 4, 5]);
    for (order, user) in whole(&draws, "order_id").iter().zip(whole(&draws, "user_id")) {
        assert_eq!(order / 1_000, user);
    }

    let users = read(&context, "user_gaps", "user_id").await;
    let (censored, imputed) = (figures(&users, "avg_days_censored"), figures(&users, "avg_days_imputed"));
    assert_eq!((users.num_rows(), whole(&users, "censored_gaps")[..2].to_vec()), (121, vec![0, 3]));
    assert_eq!((censored[0], imputed[0]), (Some(7.0), Some(7.0)));
    assert_eq!(censored[1], Some(25.625));
    let drawn: i64 = whole(&draws, "gap_days")[..15].iter().sum();
    let by_hand = (115.0 + drawn as f64 / 5.0) / 8.0;
    assert!((imputed[1].unwrap() - by_hand).abs() < 1e-9 && imputed[1] > censored[1]);
    assert!(figures(&users, "standard_error")[1].unwrap() > 0.0);
    // One order, no gap: nothing is made up.
    assert_eq!((censored[120], imputed[120], whole(&users, "gaps")[120]), (None, None, 0));

    let meta = meta(&context, "imputation");
    assert_eq!((meta["gaps"].as_u64(), meta["censored_gaps"].as_u64()), (Some(960), Some(180)));
    assert_eq!((meta["censored_share"].as_f64(), meta["missing_gaps"].as_u64()), (Some(0.1875), Some(0)));
    assert_eq!(meta["laws"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn the_outlook_has_each_customer_and_horizon_and_marks_what_is_extrapolated() {
    let lake = tempfile::tempdir().unwrap();
    let context = context(lake.path(), Stage::Hazards, settings(|_| ()));
    write_orders(&context, 2);
    hazards::run(&context).await.unwrap();
    let churn = read(&context, "churn", "user_id, horizon_days").await;
    assert_eq!(churn.num_rows(), 121 * 4);
    assert_eq!(whole(&churn, "horizon_days")[..4], [7, 14, 28, 60]);
    let marked = churn.column_by_name("is_extrapolated").unwrap().as_boolean().clone();
    assert_eq!(marked.iter().take(4).map(Option::unwrap).collect::<Vec<_>>(), [false, false, false, true]);
    let (waits, orders) = (figures(&churn, "p_no_order"), figures(&churn, "expected_orders"));
    for (waits, orders) in waits.chunks(4).zip(orders.chunks(4)) {
        assert!(waits.windows(2).all(|pair| pair[1] <= pair[0]), "{waits:?}");
        assert!(orders.windows(2).all(|pair| pair[1] >= pair[0]), "{orders:?}");
    }
    // Customer 1 orders every 7 days, customer 2 never within 14.
    assert!(waits[0].unwrap() < 0.2 && waits[5].unwrap() > 0.8, "{:?}", &waits[..8]);
    let items = figures(&churn, "expected_items");
    assert!((items[0].unwrap() - 10.0 * orders[0].unwrap()).abs() < 1e-9);
    assert!((items[4].unwrap() - 4.0 * orders[4].unwrap()).abs() < 1e-9);
    // Who has no basket yet is given the mean of all: 7 lines.
    assert!((items[480].unwrap() - 7.0 * orders[480].unwrap()).abs() < 1e-9);

    let table = read(&context, "hazard_calibration", "horizon_days, bin").await;
    assert_eq!(whole(&table, "horizon_days"), [7, 7, 14, 14, 28, 28]);
    assert_eq!(whole(&table, "customers"), [60; 6]);
    let population = read(&context, "population_hazard", "day").await;
    assert_eq!((whole(&population, "day").len(), whole(&population, "events")[7]), (30, 480));
    assert_eq!(whole(&population, "at_risk")[..2], [960, 960]);
    let meta = meta(&context, "hazards");
    assert_eq!(meta["evaluation"]["customers"].as_u64(), Some(120));
    assert!(meta["evaluation"]["horizons"][0]["brier"]["model"].as_f64().unwrap() < 0.1);
}

#[tokio::test]
async fn gaps_give_the_same_tables_on_any_number_of_threads_and_files() {
    let mut seen: Option<Vec<String>> = None;
    for (threads, shards) in [(1, 1), (4, 3)] {
        let lake = tempfile::tempdir().unwrap();
        let context = context(lake.path(), Stage::Imputation, settings(|s| s.threads = threads));
        write_orders(&context, shards);
        let mut made = imputation::run(&context).await.unwrap();
        made.extend(hazards::run(&context.at(Stage::Hazards)).await.unwrap());
        let hashes: Vec<String> = made.into_iter().map(|artefact| artefact.content_hash).collect();
        assert_eq!(seen.get_or_insert_with(|| hashes.clone()), &hashes);
    }
}

#[tokio::test]
async fn a_shop_where_nobody_ordered_twice_has_empty_tables() {
    let lake = tempfile::tempdir().unwrap();
    let context = context(lake.path(), Stage::Imputation, settings(|_| ()));
    let columns = vec![
        Column::Int("order_id", vec![1, 2]),
        Column::Int("user_id", vec![1, 2]),
        Column::Int("order_number", vec![1, 1]),
        Column::Float("days_since_prior_order", vec![None, None]),
        Column::Float("size", vec![Some(3.0), None]),
    ];
    write(&context, "order_facts", columns);
    let made = imputation::run(&context).await.unwrap();
    assert_eq!(made.iter().map(|artefact| artefact.rows).collect::<Vec<_>>(), [0, 2]);
    let made = hazards::run(&context.at(Stage::Hazards)).await.unwrap();
    assert_eq!(made.iter().map(|artefact| artefact.rows).collect::<Vec<_>>(), [0, 0, 30]);
    assert_eq!(meta(&context, "hazards")["evaluation"], serde_json::Value::Null);
}
