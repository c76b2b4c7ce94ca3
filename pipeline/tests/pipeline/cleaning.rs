//! Every rule sends its rows to quarantine under its name; silver keeps its invariants.

use pipeline::PipelineError;

use crate::{dataset::Dataset, workbench::Workbench};

/// Runs and compares a table's quarantine, as `rule: raw` in the order of the parts.
async fn check(dataset: Dataset, table: &str, expected: &[&str]) {
    let bench = Workbench::new(&dataset);
    let manifest = bench.run().await.unwrap();
    let sql = format!("SELECT rule || ': ' || raw FROM quarantine_{table} ORDER BY part, line");
    let rows: Vec<String> = bench.query(&manifest, &sql).await.concat();
    assert_eq!(rows, expected);
    let report = format!("SELECT sum(rows_quarantined) FROM report_data_quality WHERE \"table\" = '{table}'");
    assert_eq!(bench.value(&manifest, &report).await, expected.len().to_string());
}

async fn check_added(source: &str, table: &str, rows: &[(&str, &str)]) {
    let added: Vec<&str> = rows.iter().map(|(row, _)| *row).collect();
    let expected: Vec<String> = rows.iter().map(|(row, rule)| format!("{rule}: {row}")).collect();
    let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
    check(Dataset::valid().with_rows(source, &added), table, &expected).await;
}

#[tokio::test]
async fn clean_files_leave_quarantine_empty() {
    for table in ["aisles", "departments", "products", "orders", "order_lines"] {
        check(Dataset::valid(), table, &[]).await;
    }
}

#[tokio::test]
async fn rules_of_aisles_and_departments() {
    let rows =
        [("x,a", "invalid_aisle_id"), ("0,a", "invalid_aisle_id"), ("4294967296,a", "invalid_aisle_id")];
    check_added("aisles", "aisles", &rows).await;
    check_added("aisles", "aisles", &[("9, ", "empty_aisle"), ("1,again", "duplicate_aisle_id")]).await;
    let rows = [
        (",a", "invalid_department_id"),
        ("9,\"\"", "empty_department"),
        ("2,again", "duplicate_department_id"),
    ];
    check_added("departments", "departments", &rows).await;
}

#[tokio::test]
async fn rules_of_products() {
    let rows = [
        ("x,A,1,1", "invalid_product_id"),
        ("9,,1,1", "empty_product_name"),
        ("9,A,77,1", "unknown_aisle"),
        ("9,A,1,", "unknown_department"),
        ("1,Banana again,1,1", "duplicate_product_id"),
    ];
    check_added("products", "products", &rows).await;
}

#[tokio::test]
async fn row_rules_of_orders() {
    let rows = [
        ("x,9,prior,1,0,0,", "invalid_order_id"),
        ("91,,prior,1,0,0,", "invalid_user_id"),
        ("91,9,future,1,0,0,", "unknown_eval_set"),
        ("91,9,prior,0,0,0,", "invalid_order_number"),
        ("91,9,prior,1,7,0,", "invalid_order_dow"),
        ("91,9,prior,1,0,24,", "invalid_order_hour_of_day"),
        ("91,9,prior,2,0,0,30.5", "invalid_days_since_prior_order"),
        ("91,9,prior,2,0,0,NaN", "days_missing_after_first_order"),
        ("91,9,prior,2,0,0,soon", "invalid_days_since_prior_order"),
        ("91,9,prior,1,0,0,3", "days_on_first_order"),
        ("91,9,prior,2,0,0,", "days_missing_after_first_order"),
    ];
    check_added("orders", "orders", &rows).await;
}

#[tokio::test]
async fn rules_over_the_orders_of_a_customer() {
    check_added("orders", "orders", &[("11,9,prior,1,0,0,", "duplicate_order_id")]).await;
    check_added("orders", "orders", &[("91,3,prior,2,0,0,1", "duplicate_order_number")]).await;
    let rows = [("92,9,prior,2,0,0,1", "order_number_gap"), ("93,9,prior,3,0,0,1", "order_number_gap")];
    check_added("orders", "orders", &rows).await;
    let rows = [
        ("34,3,test,4,0,0,1", "order_after_train_or_test"),
        ("35,3,prior,5,0,0,1", "order_after_train_or_test"),
    ];
    check_added("orders", "orders", &rows).await;
}

#[tokio::test]
async fn the_first_broken_rule_names_the_row() {
    check_added("orders", "orders", &[("x,,future,0,9,99,77", "invalid_order_id")]).await;
}

#[tokio::test]
async fn a_broken_row_is_no_duplicate_of_a_clean_one() {
    // The first copy is broken by itself, so the second is the one that survives.
    let dataset =
        Dataset::valid().with_file("aisles", "aisle_id,aisle\n1, \n1,fresh fruits\n2,milk\n1,third\n");
    check(dataset, "aisles", &["empty_aisle: 1, ", "duplicate_aisle_id: 1,third"]).await;
}

#[tokio::test]
async fn rules_of_order_lines() {
    let rows = [
        ("x,1,1,0", "invalid_order_id"),
        ("31,x,1,0", "invalid_product_id"),
        ("31,1,0,0", "invalid_add_to_cart_order"),
        ("31,1,1,maybe", "invalid_reordered"),
        ("77,1,1,0", "orphan_order"),
        ("31,77,1,0", "unknown_product"),
        ("14,2,3,0", "eval_set_mismatch"),
        ("33,1,1,0", "eval_set_mismatch"),
        ("32,1,9,0", "duplicate_line"),
        ("32,1,9,0", "duplicate_line"),
    ];
    check_added("order_products__prior", "order_lines", &rows).await;
}

#[tokio::test]
async fn the_lowest_part_and_line_of_duplicates_survives_in_any_split() {
    for batch_size in [2, 1_000] {
        let mut bench =
            Workbench::new(&Dataset::valid().with_rows("order_products__prior", &["11,1,7,1", "11,1,8,1"]));
        bench.settings.batch_size = batch_size;
        let manifest = bench.run().await.unwrap();
        let sql = "SELECT add_to_cart_order FROM silver_order_lines WHERE order_id = 11 AND product_id = 1";
        assert_eq!(bench.value(&manifest, sql).await, "1");
    }
}

#[tokio::test]
async fn the_lines_of_a_quarantined_order_are_orphans() {
    let dataset = Dataset::valid().with_replaced("orders", "22,2,prior,2,5,13,5.0", "22,2,prior,2,5,25,5.0");
    check(dataset.clone(), "order_lines", &["orphan_order: 22,1,1,1", "orphan_order: 22,2,2,0"]).await;
    // The customer's next order stands behind a gap now.
    let orders =
        ["invalid_order_hour_of_day: 22,2,prior,2,5,25,5.0", "order_number_gap: 23,2,test,3,6,14,30.0"];
    check(dataset, "orders", &orders).await;
}

#[tokio::test]
async fn silver_has_the_columns_and_types_of_the_contract() {
    let bench = Workbench::new(&Dataset::valid());
    let manifest = bench.run().await.unwrap();
    let sql =
        "SELECT arrow_typeof(order_id), arrow_typeof(order_number), arrow_typeof(days_since_prior_order),
        eval_set, order_hour_of_day, days_since_prior_order FROM silver_orders WHERE order_id = 11";
    let rows = bench.query(&manifest, sql).await;
    assert_eq!(rows, [["Int64", "Int64", "Float64", "prior", "8", "null"]]);
    let sql =
        "SELECT order_id, user_id, product_id, add_to_cart_order, reordered, eval_set FROM silver_order_lines
        WHERE order_id = 14 AND product_id = 3";
    assert_eq!(bench.query(&manifest, sql).await, [["14", "1", "3", "2", "1", "train"]]);
    let sql = "SELECT product_name FROM silver_products WHERE product_id = 3";
    assert_eq!(bench.value(&manifest, sql).await, "Soup, \"Rich\"");
}

#[tokio::test]
async fn the_report_names_every_rule_with_counts_and_examples() {
    let bench = Workbench::new(&Dataset::valid().with_rows("order_products__prior", &["77,1,1,0"]));
    let manifest = bench.run().await.unwrap();
    let sql = "SELECT rows_seen, rows_quarantined, examples FROM report_data_quality
        WHERE \"table\" = 'order_lines' AND rule = 'orphan_order'";
    assert_eq!(bench.query(&manifest, sql).await, [["15", "1", "[\"part 5, line 14: 77,1,1,0\"]"]]);
    assert_eq!(
        manifest.inputs[4].table, "order_products__prior",
        "the part's number is its place in the inputs"
    );
    assert_eq!(bench.value(&manifest, "SELECT count(*) FROM report_data_quality").await, "47");
    let source = bench.value(&manifest, "SELECT source FROM quarantine_order_lines").await;
    assert_eq!(source, "order_products__prior");
}

#[tokio::test]
async fn above_the_threshold_the_run_fails_and_names_table_and_rule() {
    let mut bench = Workbench::new(&Dataset::valid().with_rows("order_products__prior", &["77,1,1,0"]));
    bench.settings.quarantine_threshold = 0.06;
    let error = bench.run().await.unwrap_err();
    let PipelineError::ThresholdExceeded { table, rule, quarantined, rows, .. } = error.cause() else {
        panic!("{error}");
    };
    assert_eq!((table.as_str(), rule.as_str(), *quarantined, *rows), ("order_lines", "orphan_order", 1, 15));
    // 1 of 15 rows is 0.0667: just under the threshold the run goes on.
    bench.settings.quarantine_threshold = 0.07;
    bench.run().await.unwrap();
}

#[tokio::test]
async fn a_table_of_which_nothing_is_left_fails_the_run() {
    let bench = Workbench::new(&Dataset::valid().with_file("aisles", "aisle_id,aisle\nx,a\n"));
    let error = bench.run().await.unwrap_err();
    assert!(matches!(error.cause(), PipelineError::NothingLeft { .. }), "{error}");
}
