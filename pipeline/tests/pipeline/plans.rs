//! No operator of the pipeline's own queries holds memory that grows with the orders.
//!
//! Sorts and grouped aggregates spill; a hash join's build side and an unbounded window do not.

use std::sync::Arc;

use datafusion::{physical_plan::displayable, prelude::SessionContext};
use pipeline::{
    context::StageContext,
    gold::queries::{Cut, order_facts, product_features, upi_features, user_features},
    ingest::schema::SourceTable,
    progress::Silent,
    silver::{bronze_scan::bronze_table, known_ids::known_ids, rules},
};

use crate::{dataset::Dataset, workbench::Workbench};

async fn context(threads: usize) -> (Workbench, StageContext) {
    let mut bench = Workbench::new(&Dataset::valid());
    bench.settings.threads = threads;
    let manifest = bench.run().await.unwrap();
    let paths = bench.lake().run(&manifest.run_id);
    let context = StageContext::new(paths, Arc::new(bench.settings.clone()), Arc::new(Silent)).unwrap();
    (bench, context.with_inputs(manifest.inputs))
}

async fn check(session: &SessionContext, name: &str, sql: &str) {
    let plan = session.sql(sql).await.unwrap().create_physical_plan().await.unwrap();
    let text = displayable(plan.as_ref()).indent(false).to_string();
    for operator in ["HashJoinExec", "NestedLoopJoinExec", "CrossJoinExec", " WindowAggExec"] {
        assert!(!text.contains(operator), "{name} holds a table in memory:\n{text}");
    }
}

#[tokio::test]
async fn cleaning_streams_behind_sorts_that_spill() {
    for threads in [1, 2] {
        let (_bench, context) = context(threads).await;
        let lines = [SourceTable::OrderProductsPrior, SourceTable::OrderProductsTrain];
        for (table, sources) in
            [(rules::ORDERS, &[SourceTable::Orders][..]), (rules::ORDER_LINES, &lines[..])]
        {
            let session = context.session_with(&["orders"]).await.unwrap();
            session.register_udf(known_ids(&context, "product", "products", "product_id").await.unwrap());
            session.register_table("bronze", Arc::new(bronze_table(&context, sources).unwrap())).unwrap();
            check(&session, table.table, table.sql).await;
        }
    }
}

#[tokio::test]
async fn the_lines_are_sorted_once_for_window_and_join() {
    let (_bench, context) = context(2).await;
    let session = context.session_with(&["orders"]).await.unwrap();
    session.register_udf(known_ids(&context, "product", "products", "product_id").await.unwrap());
    let lines = [SourceTable::OrderProductsPrior, SourceTable::OrderProductsTrain];
    session.register_table("bronze", Arc::new(bronze_table(&context, &lines).unwrap())).unwrap();
    let plan = session.sql(rules::ORDER_LINES.sql).await.unwrap().create_physical_plan().await.unwrap();
    let text = displayable(plan.as_ref()).indent(false).to_string();
    // One sort of the lines, one of the orders they are joined with.
    assert_eq!(text.matches("SortExec").count(), 2, "{text}");
}

#[tokio::test]
async fn features_are_made_by_sorts_and_aggregates_that_spill() {
    for threads in [1, 2] {
        let (_bench, context) = context(threads).await;
        let tables = ["orders", "order_lines", "products", "order_facts"];
        let session = context.session_with(&tables).await.unwrap();
        check(&session, "order_facts", &order_facts()).await;
        check(&session, "user_features", &user_features()).await;
        for cut in [Cut::Prior, Cut::Union] {
            check(&session, "product_features", &product_features(cut)).await;
            check(&session, "upi_features", &upi_features(cut)).await;
        }
    }
}
