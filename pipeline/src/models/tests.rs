//! The stages over small tables in a temporary lake: planted truths come out, and the same rows come out again whatever
//! the number of threads, the file layout or the memory.

use std::{path::Path, sync::Arc};

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringArray},
    compute::concat_batches,
    datatypes::{Field, Float32Type, Float64Type, Int64Type, Schema},
    record_batch::RecordBatch,
};
use config::{Settings, pipeline::PipelineSettings};
use domain::lake::Lake;

mod gaps;

use super::{affinity, als, rfm, segment_popularity};
use crate::{context::StageContext, progress::Silent, stage::Stage, table_writer::PartWriter};

/// A column to write: a name and its values.
enum Column {
    Int(&'static str, Vec<i64>),
    Float(&'static str, Vec<Option<f64>>),
    Bool(&'static str, Vec<Option<bool>>),
    Text(&'static str, Vec<&'static str>),
}

fn settings(change: impl FnOnce(&mut PipelineSettings)) -> PipelineSettings {
    let mut settings = Settings::defaults().unwrap().pipeline;
    settings.als.rank = 4;
    settings.als.regularization = 0.1;
    settings.als.alpha = 2.0;
    settings.affinity.min_item_orders = 3;
    settings.affinity.min_support_orders = 2;
    settings.segment_popularity.min_support = 5;
    change(&mut settings);
    settings
}

fn context(lake: &Path, stage: Stage, settings: PipelineSettings) -> StageContext {
    let paths = Lake::new(lake).run("r1");
    StageContext::new(paths, Arc::new(settings), Arc::new(Silent)).unwrap().at(stage)
}

fn batch_of(columns: Vec<Column>) -> RecordBatch {
    let (fields, arrays): (Vec<Field>, Vec<ArrayRef>) = columns
        .into_iter()
        .map(|column| {
            let (name, array): (_, ArrayRef) = match column {
                Column::Int(name, values) => (name, Arc::new(Int64Array::from(values))),
                Column::Float(name, values) => (name, Arc::new(Float64Array::from(values))),
                Column::Bool(name, values) => (name, Arc::new(BooleanArray::from(values))),
                Column::Text(name, values) => (name, Arc::new(StringArray::from(values))),
            };
            (Field::new(name, array.data_type().clone(), true), array)
        })
        .unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

fn write(context: &StageContext, table: &str, columns: Vec<Column>) {
    let batch = batch_of(columns);
    context.write_batches(table, &context.table_folder(table), &batch.schema(), [batch]).unwrap();
}

/// One file of a table that has several.
fn write_shard(context: &StageContext, table: &str, shard: usize, columns: Vec<Column>) {
    let (folder, batch) = (context.table_folder(table), batch_of(columns));
    std::fs::create_dir_all(&folder).unwrap();
    let mut writer = PartWriter::new(&folder, shard, &batch.schema());
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
}

async fn read(context: &StageContext, table: &str, order_by: &str) -> RecordBatch {
    let session = context.session_with(&[table]).await.unwrap();
    let frame = session.sql(&format!("SELECT * FROM {table} ORDER BY {order_by}")).await.unwrap();
    let frame_schema = frame.schema().inner().clone();
    let batches = frame.collect().await.unwrap();
    let schema = batches.first().map_or_else(|| frame_schema.clone(), RecordBatch::schema);
    concat_batches(&schema, &batches).unwrap()
}

fn ints(batch: &RecordBatch, name: &str) -> Vec<i64> {
    batch.column_by_name(name).unwrap().as_primitive::<Int64Type>().values().to_vec()
}

fn floats(batch: &RecordBatch, name: &str) -> Vec<f64> {
    batch.column_by_name(name).unwrap().as_primitive::<Float64Type>().values().to_vec()
}

/// Baskets as the silver tables that affinity reads, each order of a customer of its own, in two shards.
fn write_baskets(context: &StageContext, baskets: &[Vec<i64>]) {
    let (left, right) = baskets.split_at(baskets.len() / 2);
    let mut files = Vec::new();
    for (shard, first, baskets) in [(0, 1, left), (1, left.len() as i64 + 1, right)] {
        let lines: Vec<(i64, i64)> = (first..)
            .zip(baskets)
            .flat_map(|(order, basket)| basket.iter().map(move |product| (order, *product)))
            .collect();
        let (line_orders, products): (Vec<i64>, Vec<i64>) = lines.into_iter().unzip();
        let ones = vec![1; products.len()];
        let orders: Vec<i64> = (first..first + baskets.len() as i64).collect();
        let count = orders.len();
        files.push((
            shard,
            "order_lines",
            vec![
                Column::Int("order_id", line_orders),
                Column::Int("product_id", products),
                Column::Int("add_to_cart_order", ones.clone()),
                Column::Int("reordered", ones),
            ],
        ));
        files.push((
            shard,
            "orders",
            vec![
                Column::Int("order_id", orders.clone()),
                Column::Int("user_id", orders),
                Column::Text("eval_set", vec!["prior"; count]),
                Column::Int("order_number", vec![1; count]),
                Column::Int("order_dow", vec![0; count]),
                Column::Int("order_hour_of_day", vec![0; count]),
                Column::Float("days_since_prior_order", vec![None; count]),
            ],
        ));
    }
    for (shard, table, columns) in files {
        write_shard(context, table, shard, columns);
    }
    let mut products: Vec<i64> = baskets.iter().flatten().copied().collect();
    products.sort_unstable();
    products.dedup();
    let count = products.len();
    write(
        context,
        "products",
        vec![
            Column::Int("product_id", products),
            Column::Text("product_name", vec!["x"; count]),
            Column::Int("aisle_id", vec![1; count]),
            Column::Int("department_id", vec![1; count]),
        ],
    );
}

/// 20 orders with lines: 10 and 20 in 4 of them together, 10 alone in 1, 20 alone in 3, the rest is 30; product 40 is in
/// too few orders; one order has no lines.
fn planted_baskets() -> Vec<Vec<i64>> {
    let mut baskets = vec![vec![20, 10]; 4];
    baskets.push(vec![10]);
    baskets.extend(vec![vec![20, 30]; 3]);
    baskets.extend(vec![vec![30]; 10]);
    baskets.extend(vec![vec![40, 30]; 2]);
    baskets.push(vec![]);
    baskets
}

#[tokio::test]
async fn a_planted_co_purchase_is_found_with_its_measures() {
    let lake = tempfile::tempdir().unwrap();
    let context = context(lake.path(), Stage::Affinity, settings(|_| ()));
    write_baskets(&context, &planted_baskets());
    let artefacts = affinity::run(&context).await.unwrap();
    assert_eq!((artefacts[0].name.as_str(), artefacts[0].rows), ("gold.affinity", 4));
    let rules = read(&context, "affinity", "antecedent, consequent").await;
    assert_eq!(ints(&rules, "antecedent"), [10, 20, 20, 30]);
    assert_eq!(ints(&rules, "consequent"), [20, 10, 30, 20]);
    assert_eq!(ints(&rules, "n_both"), [4, 4, 3, 3]);
    assert_eq!(ints(&rules, "is_first"), [1, 0, 1, 0], "each pair once");
    // Of 20 orders: 10 in 5, 20 in 7, both in 4. Lift 4 · 20 / (5 · 7), confidence 4/5 and 4/7.
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found} {expected}");
    near(floats(&rules, "lift")[0], 80.0 / 35.0);
    near(floats(&rules, "support")[0], 0.2);
    near(floats(&rules, "confidence")[0], 0.8);
    near(floats(&rules, "confidence")[1], 4.0 / 7.0);
    near(floats(&rules, "leverage")[0], 0.2 - 0.25 * 0.35);
    near(floats(&rules, "conviction")[0], 0.65 / 0.2);
    // (C(7,4)·C(13,1) + C(7,5)·C(13,0)) / C(20,5)
    near(floats(&rules, "p_value")[0], (35.0 * 13.0 + 21.0) / 15_504.0);
}

#[tokio::test]
async fn pair_counts_do_not_depend_on_threads() {
    let mut baskets = planted_baskets();
    // Enough lines for several batches, products 1..=60 in a fixed pattern.
    baskets.extend((0..3_000_i64).map(|order| {
        let mut basket: Vec<i64> = (0..5).map(|line| (order * (line + 3) + line * line) % 60 + 1).collect();
        basket.sort_unstable();
        basket.dedup();
        basket
    }));
    let mut found = Vec::new();
    for threads in [1, 2, 3] {
        let lake = tempfile::tempdir().unwrap();
        let context = context(lake.path(), Stage::Affinity, settings(|s| s.threads = threads));
        write_baskets(&context, &baskets);
        found.push(affinity::run(&context).await.unwrap().remove(0));
    }
    assert!(found[0].rows > 500, "{}", found[0].rows);
    assert!(found.iter().all(|artefact| artefact.content_hash == found[0].content_hash));
}

#[tokio::test]
async fn too_few_orders_give_an_empty_table_with_its_columns() {
    let lake = tempfile::tempdir().unwrap();
    let context = context(lake.path(), Stage::Affinity, settings(|s| s.affinity.min_support_orders = 100));
    write_baskets(&context, &planted_baskets());
    assert_eq!(affinity::run(&context).await.unwrap()[0].rows, 0);
    let session = context.session_with(&["affinity"]).await.unwrap();
    assert_eq!(session.sql("SELECT lift FROM affinity").await.unwrap().count().await.unwrap(), 0);
}

/// 60 customers of two tastes (odd and even ids): of the ten products of its taste each buys six, and everybody buys 99.
/// The first 30 are regulars with big baskets, the others come rarely and buy little at a time.
fn write_customers(context: &StageContext) {
    let (mut users, mut products, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    for user in 1..=60_i64 {
        for step in 0..6 {
            users.push(user);
            products.push(10 * (user % 2) + 1 + (user / 2 * 3 + step) % 10);
            counts.push(1 + step % 3);
        }
        users.push(user);
        products.push(99);
        counts.push(4);
    }
    let columns = vec![
        Column::Int("user_id", users),
        Column::Int("product_id", products),
        Column::Int("total_orders", counts),
    ];
    write(context, "upi_features_union", columns);
    // Not in order of id, on purpose.
    let users: Vec<i64> = (1..=60).rev().collect();
    let regular = |user: &i64| *user <= 30;
    let of = |yes: f64, no: f64| {
        users.iter().map(|u| Some((if regular(u) { yes } else { no }) + (u % 4) as f64 * 0.1)).collect()
    };
    let columns = vec![
        Column::Int("user_id", users.clone()),
        Column::Float("recency_days", of(4.0, 29.0)),
        Column::Bool("recency_censored", users.iter().map(|u| Some(!regular(u))).collect()),
        Column::Int("total_order_number", users.iter().map(|u| if regular(u) { 50 } else { 5 }).collect()),
        Column::Float("mean_basket", of(20.0, 4.0)),
    ];
    write(context, "user_features", columns);
}

#[tokio::test]
async fn factors_recover_planted_tastes() {
    let lake = tempfile::tempdir().unwrap();
    let context = context(lake.path(), Stage::Als, settings(|s| s.als.rank = 3));
    write_customers(&context);
    let artefacts = als::run(&context).await.unwrap();
    let sizes: Vec<_> = artefacts.iter().map(|a| (a.name.as_str(), a.rows, a.path.as_str())).collect();
    let expected = [
        ("recsys.als.user_factors", 60, "recsys/als/run=r1/user_factors"),
        ("recsys.als.item_factors", 21, "recsys/als/run=r1/item_factors"),
    ];
    assert_eq!(sizes, expected);
    let users = read(&context, "als_user_factors", "user_id").await;
    let items = read(&context, "als_item_factors", "product_id").await;
    let factors = |batch: &RecordBatch, row: usize| {
        let lists = batch.column_by_name("factors").unwrap().as_list::<i32>().value(row);
        lists.as_primitive::<Float32Type>().values().to_vec()
    };
    let products = ints(&items, "product_id");
    for (row, user) in ints(&users, "user_id").into_iter().enumerate() {
        let user_factors = factors(&users, row);
        let score =
            |item: usize| -> f32 { user_factors.iter().zip(factors(&items, item)).map(|(x, y)| x * y).sum() };
        let mut ranked: Vec<usize> = (0..products.len()).filter(|item| products[*item] != 99).collect();
        ranked.sort_by(|a, b| score(*b).total_cmp(&score(*a)));
        let own = ranked[..10].iter().filter(|item| (products[**item] - 1) / 10 == user % 2).count();
        assert!(own >= 9, "customer {user}: {own} of the ten best are of the own taste");
    }
    let meta = std::fs::read_to_string(context.paths().recsys("als").join("meta.json")).unwrap();
    let meta: serde_json::Value = serde_json::from_str(&meta).unwrap();
    assert_eq!((&meta["users"], &meta["items"], &meta["pairs"]), (&60.into(), &21.into(), &420.into()));
    assert_eq!(meta["losses"].as_array().unwrap().len(), 10);
    assert_eq!(meta["parameters"]["rank"], 3);
}

#[tokio::test]
async fn segments_keep_the_censored_recency_and_are_ordered_by_value() {
    let lake = tempfile::tempdir().unwrap();
    let context = context(lake.path(), Stage::Rfm, settings(|s| s.rfm.k = 2));
    write_customers(&context);
    assert_eq!(rfm::run(&context).await.unwrap()[0].name, "recsys.user_seg");
    let found = read(&context, "user_seg", "user_id").await;
    let columns: Vec<&str> = found.schema_ref().fields().iter().map(|field| field.name().as_str()).collect();
    let expected = [
        "user_id",
        "recency_days",
        "recency_censored",
        "frequency",
        "monetary",
        "z_recency",
        "z_frequency",
        "z_monetary",
        "segment",
        "segment_name",
    ];
    assert_eq!(columns, expected);
    let segments: Vec<i64> = (0..60).map(|row| i64::from(row >= 30)).collect();
    assert_eq!(ints(&found, "segment"), segments);
    assert_eq!(ints(&found, "frequency")[..2], [50, 50]);
    assert!((floats(&found, "recency_days")[59] - 29.0).abs() < 1e-12);
    assert!(found.column(2).as_boolean().value(59) && !found.column(2).as_boolean().value(0));
    let sum: f64 = floats(&found, "z_monetary").iter().sum();
    assert!(sum.abs() < 1e-9, "{sum}");
}

#[tokio::test]
async fn lists_of_segments_hold_what_the_segment_prefers() {
    let lake = tempfile::tempdir().unwrap();
    let context = context(lake.path(), Stage::SegmentPopularity, settings(|_| ()));
    write_customers(&context);
    // The segments are the tastes.
    let users: Vec<i64> = (1..=60).collect();
    let segments = users.iter().map(|user| user % 2).collect();
    let frequency = vec![10; users.len()];
    let columns = vec![
        Column::Int("user_id", users),
        Column::Int("segment", segments),
        Column::Int("frequency", frequency),
    ];
    write(&context, "user_seg", columns);
    segment_popularity::run(&context).await.unwrap();
    let lists = read(&context, "segment_popularity", "segment, rank").await;
    assert_eq!(ints(&lists, "rank"), (1..=10).chain(1..=10).collect::<Vec<i64>>());
    for (segment, product) in ints(&lists, "segment").into_iter().zip(ints(&lists, "product_id")) {
        assert_eq!((product - 1) / 10, segment, "product {product}, never 99 that everybody buys");
    }
    // Each product is bought by its taste alone: share = support / 30, lift = 60 / 30.
    for (row, support) in ints(&lists, "support_seg").into_iter().enumerate() {
        assert_eq!(ints(&lists, "support_global")[row], support);
        assert!((floats(&lists, "share")[row] - support as f64 / 30.0).abs() < 1e-12);
        assert!((floats(&lists, "lift")[row] - 2.0).abs() < 1e-12);
        let score = (support as f64 + 20.0) / (support as f64 / 2.0 + 20.0);
        assert!((floats(&lists, "score")[row] - score).abs() < 1e-12);
    }
    // By share everybody's product comes first, and no product of the other taste has any buyers.
    let shares = read(&context, "segment_share", "segment, rank").await;
    assert_eq!(ints(&shares, "rank"), (1..=11).chain(1..=11).collect::<Vec<i64>>());
    assert_eq!((ints(&shares, "product_id")[0], ints(&shares, "product_id")[11]), (99, 99));
    assert!(
        (floats(&shares, "share")[0] - 1.0).abs() < 1e-12 && (floats(&shares, "lift")[0] - 1.0).abs() < 1e-12
    );
}

#[tokio::test]
async fn models_have_the_same_content_on_any_number_of_threads() {
    let mut found = Vec::new();
    for threads in [1, 3] {
        let lake = tempfile::tempdir().unwrap();
        let context = context(lake.path(), Stage::Als, settings(|s| s.threads = threads));
        write_customers(&context);
        let mut artefacts = als::run(&context).await.unwrap();
        artefacts.extend(rfm::run(&context.at(Stage::Rfm)).await.unwrap());
        artefacts.extend(segment_popularity::run(&context.at(Stage::SegmentPopularity)).await.unwrap());
        found.push(artefacts.into_iter().map(|a| (a.name, a.content_hash)).collect::<Vec<_>>());
    }
    assert_eq!(found[0].len(), 5);
    assert_eq!(found[0], found[1]);
}

#[tokio::test]
async fn purchases_of_a_customer_without_a_segment_stop_the_stage() {
    let lake = tempfile::tempdir().unwrap();
    let context = context(lake.path(), Stage::SegmentPopularity, settings(|_| ()));
    write_customers(&context);
    let columns =
        ["user_id", "segment", "frequency"].map(|name| Column::Int(name, vec![i64::from(name != "segment")]));
    write(&context, "user_seg", columns.into());
    let error = segment_popularity::run(&context).await.unwrap_err();
    assert!(error.to_string().contains("has purchases but no segment"), "{error}");
}

#[tokio::test]
async fn no_purchases_and_ids_that_are_too_large_are_refused_by_name() {
    let check = async |users: Vec<i64>, expected: &str| {
        let lake = tempfile::tempdir().unwrap();
        let context = context(lake.path(), Stage::Als, settings(|_| ()));
        let (products, counts) = (vec![7; users.len()], vec![1; users.len()]);
        let columns = vec![
            Column::Int("user_id", users),
            Column::Int("product_id", products),
            Column::Int("total_orders", counts),
        ];
        write(&context, "upi_features_union", columns);
        assert_eq!(als::run(&context).await.unwrap_err().to_string(), expected);
    };
    check(vec![], "als: there are no purchases to learn from, at least one is needed").await;
    check(vec![1, 5_000_000_000], "als: user_id is 5000000000, it must be 0 to 4294967295").await;
}

#[tokio::test]
async fn a_table_that_is_written_again_is_read_anew() {
    let lake = tempfile::tempdir().unwrap();
    let context = context(lake.path(), Stage::Rfm, settings(|_| ()));
    for users in [vec![], vec![1], vec![1, 2, 3]] {
        write(&context, "user_seg", vec![Column::Int("user_id", users.clone())]);
        assert_eq!(ints(&read(&context, "user_seg", "user_id").await, "user_id"), users);
    }
}
