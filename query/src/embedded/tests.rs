//! The engine over the tiny shop: what it answers, whose rows it shows, what it refuses, when it stops.

use domain::{ids::UserId, lake::Lake};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    fixture::{Cells, FixtureTable, tiny_shop, write_run},
    sql::Limits,
};

const SHOPPER: RowPolicy = RowPolicy::OwnRows(UserId(1));

pub(crate) fn settings() -> QuerySettings {
    QuerySettings {
        threads: 2,
        concurrency: 1,
        memory_mib: 256,
        spill_mib: 64,
        max_rows: 1_000,
        max_result_mib: 4,
        timeout_ms: 60_000,
    }
}

/// An engine over these tables, with the folder that must outlive it.
pub(crate) fn engine_over(tables: &[FixtureTable]) -> (EmbeddedEngine, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::new(folder.path());
    let manifest = write_run(&lake, "r1", tables).unwrap();
    let engine = EmbeddedEngine::open(&lake.run("r1"), &manifest, &settings()).unwrap();
    (engine, folder)
}

fn shop() -> (EmbeddedEngine, tempfile::TempDir) {
    engine_over(&tiny_shop())
}

async fn rows(engine: &EmbeddedEngine, policy: RowPolicy, sql: &str) -> Result<Vec<Vec<Value>>, QueryError> {
    engine.execute(&SqlRequest::new(sql, policy)).await.map(|result| result.table.rows)
}

async fn code(engine: &EmbeddedEngine, policy: RowPolicy, sql: &str) -> &'static str {
    match rows(engine, policy, sql).await {
        Ok(rows) => panic!("{sql} gave {rows:?}"),
        Err(e) => e.code(),
    }
}

#[tokio::test]
async fn a_query_gives_typed_columns_and_rows() {
    let (engine, _folder) = shop();
    let sql = "SELECT department, count(*) AS n, avg(p.aisle_id) AS mean FROM products p \
               JOIN departments USING (department_id) GROUP BY department ORDER BY department LIMIT 1";
    let result = engine.execute(&SqlRequest::new(sql, RowPolicy::AllCustomers)).await.unwrap();
    assert_eq!(result.table.rows, [[json!("dairy eggs"), json!(2), json!(20.0)]]);
    let kinds: Vec<Value> =
        result.table.columns.iter().map(|c| serde_json::to_value(c.kind).unwrap()).collect();
    assert_eq!(kinds, [json!("string"), json!("integer"), json!("number")]);
    assert!(!result.truncated);
}

#[tokio::test]
async fn parameters_are_bound_and_typed_and_never_read_as_sql() {
    let (engine, _folder) = shop();
    let run = |sql: &str, parameters: Vec<SqlValue>| {
        let request = SqlRequest::new(sql, RowPolicy::AllCustomers).with_parameters(parameters);
        let engine = &engine;
        async move { engine.execute(&request).await.map(|result| result.table.rows) }
    };
    let by_name = "SELECT product_id FROM products WHERE product_name = $1";
    assert_eq!(run(by_name, vec!["Apple".into()]).await.unwrap(), [[json!(2)]]);
    assert!(run(by_name, vec!["x' OR '1'='1".into()]).await.unwrap().is_empty());
    let by_number = "SELECT count(*) FROM orders WHERE order_hour_of_day BETWEEN $2 AND $1";
    assert_eq!(
        run(by_number, vec![SqlValue::Integer(10), SqlValue::Number(8.5)]).await.unwrap(),
        [[json!(3)]]
    );
    let few = run(by_number, vec![10_i64.into()]).await.unwrap_err();
    assert_eq!(few.to_string(), "the statement has 2 placeholders, 1 parameters were given");
    assert_eq!(run("SELECT 1", vec![1_i64.into()]).await.unwrap_err().code(), "invalid_parameters");
    assert_eq!(run("SELECT $name", vec![1_i64.into()]).await.unwrap_err().code(), "invalid_sql");
}

/// Statements that try to see customers 2 and 3 as customer 1. Each gives a number of rows or ids of its own.
#[tokio::test]
async fn a_shopper_sees_no_other_customers_row_by_any_path() {
    let (engine, _folder) = shop();
    let check = |sql: &'static str, expected: Value| {
        let engine = &engine;
        async move { assert_eq!(json!(rows(engine, SHOPPER, sql).await.unwrap()), expected, "{sql}") }
    };
    check("SELECT count(*) FROM orders", json!([[3]])).await;
    check("SELECT count(*) FROM order_lines WHERE user_id <> 1", json!([[0]])).await;
    check("SELECT count(*) FROM orders WHERE user_id = 2 OR true", json!([[3]])).await;
    check("SELECT DISTINCT user_id FROM order_facts", json!([[1]])).await;
    check("SELECT max(user_id), min(user_id) FROM order_lines", json!([[1, 1]])).await;
    check("SELECT o.order_id FROM orders o WHERE o.order_id = 4", json!([])).await;
    check("SELECT order_id FROM orders ORDER BY order_id DESC LIMIT 1", json!([[3]])).await;
    check("SELECT order_id FROM orders ORDER BY order_id LIMIT 5 OFFSET 3", json!([])).await;
    check(
        "SELECT count(*) FROM orders a JOIN orders b ON a.order_dow = b.order_dow WHERE a.user_id <> b.user_id",
        json!([[0]]),
    )
    .await;
    check("SELECT count(*) FROM products p LEFT JOIN order_lines l ON l.product_id = p.product_id AND l.user_id > 1 WHERE l.order_id IS NOT NULL", json!([[0]])).await;
    check("SELECT count(*) FROM orders FULL JOIN order_lines USING (order_id)", json!([[6]])).await;
    check("WITH o AS (SELECT * FROM orders) SELECT count(*) FROM o", json!([[3]])).await;
    check("WITH orders AS (SELECT * FROM orders) SELECT count(*) FROM orders", json!([[3]])).await;
    check(
        "SELECT user_id FROM orders UNION SELECT user_id FROM order_lines UNION ALL SELECT max(user_id) FROM order_facts",
        json!([[1], [1]]),
    )
    .await;
    check("SELECT (SELECT count(*) FROM order_lines)", json!([[6]])).await;
    check(
        "SELECT product_id FROM products WHERE product_id IN (SELECT product_id FROM order_lines) ORDER BY 1",
        json!([[1], [2], [3]]),
    )
    .await;
    check(
        "SELECT product_id FROM products p WHERE EXISTS \
         (SELECT 1 FROM order_lines l WHERE l.product_id = p.product_id AND l.user_id <> 1)",
        json!([]),
    )
    .await;
    check("SELECT count(*) FROM public.orders AS products", json!([[3]])).await;
    check("SELECT sum(count(*)) OVER () FROM orders GROUP BY user_id", json!([[3]])).await;
    check("SELECT count(*) FILTER (WHERE user_id <> 1) FROM orders", json!([[0]])).await;
    check("SELECT count(*) FROM products", json!([[5]])).await;
}

/// A condition that fails on another customer's row would tell that the row is there.
#[tokio::test]
async fn no_condition_is_evaluated_on_another_customers_row() {
    let (engine, _folder) = shop();
    for (sql, expected) in [
        ("SELECT count(*) FROM orders WHERE 1 / (user_id - 2) <> 5", 3),
        ("SELECT count(*) FROM orders WHERE 1 / (CASE WHEN order_id = 6 THEN 0 ELSE 1 END) = 1", 3),
        ("SELECT count(1 / (user_id - 3)) FROM order_lines", 6),
        ("SELECT sum(x) FROM (SELECT -1 / (user_id - 2) AS x FROM orders) AS t", 3),
        (
            "SELECT count(*) FROM orders o JOIN order_lines l USING (order_id) WHERE 1 / (l.user_id - 2) <> 5",
            6,
        ),
    ] {
        assert_eq!(json!(rows(&engine, SHOPPER, sql).await.unwrap()), json!([[expected]]), "{sql}");
        assert_eq!(
            code(&engine, RowPolicy::AllCustomers, sql).await,
            "invalid_data",
            "the attack is real: {sql}"
        );
    }
}

#[tokio::test]
async fn a_customer_whom_the_run_does_not_know_has_no_rows() {
    let (engine, _folder) = shop();
    let policy = RowPolicy::OwnRows(UserId(999));
    assert_eq!(rows(&engine, policy, "SELECT count(*) FROM order_lines").await.unwrap(), [[json!(0)]]);
}

#[tokio::test]
async fn for_a_guest_customer_tables_are_refused_by_name_and_the_catalogue_is_there() {
    let (engine, _folder) = shop();
    let policy = RowPolicy::NoCustomer;
    assert_eq!(rows(&engine, policy, "SELECT count(*) FROM aisles").await.unwrap(), [[json!(3)]]);
    for sql in [
        "SELECT 1 FROM orders",
        "SELECT product_id FROM products WHERE product_id IN (SELECT product_id FROM order_lines)",
        "WITH x AS (SELECT * FROM order_facts) SELECT * FROM x",
    ] {
        assert_eq!(code(&engine, policy, sql).await, "not_allowed", "{sql}");
    }
    let names: Vec<String> = engine.tables(policy).into_iter().map(|table| table.name).collect();
    assert_eq!(names, ["affinity", "aisles", "departments", "product_facts", "products", "unique_names"]);
    assert_eq!(engine.tables(SHOPPER).len(), 13);
}

#[tokio::test]
async fn what_does_not_read_or_names_something_else_is_refused() {
    let (engine, _folder) = shop();
    for (sql, expected) in [
        ("", "not_one_query"),
        ("SELECT 1; SELECT 2", "not_one_query"),
        ("DROP TABLE orders", "not_one_query"),
        ("INSERT INTO aisles VALUES (1, 'x')", "not_one_query"),
        ("DELETE FROM aisles", "not_one_query"),
        ("UPDATE aisles SET aisle = 'x'", "not_one_query"),
        ("CREATE TABLE t AS SELECT 1", "not_one_query"),
        ("CREATE EXTERNAL TABLE t STORED AS PARQUET LOCATION '/tmp/x'", "not_one_query"),
        ("COPY aisles TO '/tmp/x.csv'", "not_one_query"),
        ("COPY (SELECT * FROM aisles) TO '/tmp/x.csv'", "not_one_query"),
        ("EXPLAIN SELECT 1", "not_one_query"),
        ("SET datafusion.execution.batch_size = 1", "not_one_query"),
        ("SHOW TABLES", "not_one_query"),
        ("SELECT * FROM aisles FOR UPDATE", "forbidden_sql"),
        ("SELECT * FROM information_schema.tables", "unknown_table"),
        ("SELECT * FROM other.orders", "unknown_table"),
        ("SELECT * FROM '/etc/passwd'", "unknown_table"),
        ("SELECT * FROM 'https://example.com/x.parquet'", "unknown_table"),
        ("SELECT * FROM \"Orders\"", "unknown_table"),
        ("SELECT * FROM nothing_here", "unknown_table"),
        ("SELECT * FROM generate_series(1, 1000000000)", "unknown_table"),
        ("SELECT repeat('x', 1000000000)", "invalid_sql"),
        ("SELECT version()", "invalid_sql"),
        ("SELECT array_agg(product_name) FROM products", "invalid_sql"),
        ("SELECT no_such_column FROM products", "invalid_sql"),
        ("SELECT 1 +", "invalid_sql"),
        ("SELECT CAST('x' AS INT)", "invalid_data"),
        ("WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) SELECT * FROM t", "invalid_sql"),
    ] {
        let found = match rows(&engine, RowPolicy::AllCustomers, sql).await {
            Ok(rows) => panic!("{sql} gave {rows:?}"),
            Err(e) => e,
        };
        assert_eq!(found.code(), expected, "{sql}: {found}");
    }
}

#[tokio::test]
async fn an_unknown_table_is_answered_with_those_that_exist() {
    let (engine, _folder) = shop();
    let error = rows(&engine, RowPolicy::NoCustomer, "SELECT * FROM prodcuts").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is no table \"prodcuts\"; the tables are: affinity, aisles, departments, product_facts, products, unique_names"
    );
}

#[tokio::test]
async fn deep_long_and_wide_statements_are_refused_before_they_are_planned() {
    let (engine, _folder) = shop();
    let many = |part: &str, times: usize| vec![part; times].join(" ");
    let policy = RowPolicy::AllCustomers;
    assert_eq!(code(&engine, policy, &format!("SELECT 1 {}", many("+ 1", 500))).await, "query_too_complex");
    assert_eq!(code(&engine, policy, &many("SELECT 1 UNION", 500)).await, "query_too_complex");
    let wide =
        format!("SELECT 1 FROM aisles {}", (0..40).map(|n| format!(", aisles a{n}")).collect::<String>());
    assert_eq!(code(&engine, policy, &wide).await, "query_too_complex");
    assert_eq!(code(&engine, policy, &format!("SELECT '{}'", "x".repeat(70_000))).await, "query_too_complex");
    // As deep as is allowed: planned on the engine's own stack.
    let deepest = format!("SELECT count(*) FROM aisles WHERE aisle_id = 1 {}", many("OR aisle_id = 1", 198));
    assert!(rows(&engine, policy, &deepest).await.is_ok());
    let sum = format!("SELECT 1 {}", many("+ 1", 398));
    assert!(rows(&engine, policy, &sum).await.is_ok());
    let nested = format!("SELECT {}1{}", "(".repeat(300), ")".repeat(300));
    assert_eq!(code(&engine, policy, &nested).await, "invalid_sql");
}

/// `n` orders of one customer that all share a day: joining them on the day gives n² pairs.
fn crowded(n: i64) -> Vec<FixtureTable> {
    let same = |value: i64| Cells::integers((0..n).map(|_| value));
    vec![FixtureTable::new(
        "silver.orders",
        vec![("order_id", Cells::integers(0..n)), ("user_id", same(1)), ("order_dow", same(3))],
    )]
}

const SLOW: &str =
    "SELECT sum(a.order_id % 7 + b.order_id % 5) FROM orders a JOIN orders b ON a.order_dow = b.order_dow";

#[tokio::test]
async fn a_join_without_keys_is_refused_when_large_and_runs_when_small() {
    let (engine, _folder) = engine_over(&crowded(20_000));
    let policy = RowPolicy::AllCustomers;
    for sql in [
        "SELECT count(*) FROM orders a, orders b",
        "SELECT count(*) FROM orders a JOIN orders b ON a.order_id < b.order_id",
        "SELECT count(*) FROM orders a CROSS JOIN (SELECT order_id FROM orders GROUP BY order_id) b",
    ] {
        assert_eq!(code(&engine, policy, sql).await, "unbounded_join", "{sql}");
    }
    let keyed = "SELECT count(*) FROM orders a, orders b WHERE a.order_id = b.order_id";
    assert_eq!(rows(&engine, policy, keyed).await.unwrap(), [[json!(20_000)]]);
    let scalar = "SELECT count(*) FROM orders WHERE order_id > (SELECT avg(order_id) FROM orders)";
    assert_eq!(rows(&engine, policy, scalar).await.unwrap(), [[json!(10_000)]]);
    let one_row = "SELECT count(*) FROM orders a CROSS JOIN (SELECT count(*) AS n FROM orders) b";
    assert_eq!(rows(&engine, policy, one_row).await.unwrap(), [[json!(20_000)]]);
}

#[tokio::test]
async fn a_query_stops_at_its_time_and_gives_its_place_to_the_next() {
    let (engine, _folder) = engine_over(&crowded(60_000));
    let limits = Limits { timeout: Duration::from_millis(200), ..Limits::DEFAULT };
    let start = Instant::now();
    let slow = SqlRequest::new(SLOW, RowPolicy::AllCustomers).with_limits(limits);
    let error = engine.execute(&slow).await.unwrap_err();
    assert_eq!(error.to_string(), "the query was stopped after 200 ms; ask for less or filter more");
    assert!(start.elapsed() < Duration::from_secs(2), "the caller waited {:?}", start.elapsed());
    // The engine has one place only (`settings`): the next query runs because the stopped one has really ended.
    assert_eq!(rows(&engine, RowPolicy::AllCustomers, "SELECT 1").await.unwrap(), [[json!(1)]]);
    assert!(start.elapsed() < Duration::from_secs(5), "the stopped query ran on: {:?}", start.elapsed());
}

#[tokio::test]
async fn cancelling_and_dropping_both_stop_the_query() {
    let (engine, _folder) = engine_over(&crowded(60_000));
    let cancel = CancellationToken::new();
    let slow = SqlRequest::new(SLOW, RowPolicy::AllCustomers).with_cancel(cancel.clone());
    let start = Instant::now();
    let (result, ()) = tokio::join!(engine.execute(&slow), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        cancel.cancel();
    });
    assert_eq!(result.unwrap_err().code(), "cancelled");
    let dropped = SqlRequest::new(SLOW, RowPolicy::AllCustomers);
    let _ = tokio::time::timeout(Duration::from_millis(100), engine.execute(&dropped)).await;
    assert_eq!(rows(&engine, RowPolicy::AllCustomers, "SELECT 1").await.unwrap(), [[json!(1)]]);
    assert!(start.elapsed() < Duration::from_secs(5), "a stopped query ran on: {:?}", start.elapsed());
}

#[tokio::test]
async fn rows_and_bytes_beyond_the_limits_are_cut_and_told() {
    let (engine, _folder) = engine_over(&crowded(5_000));
    let run = |sql: &'static str, limits: Limits| {
        let request = SqlRequest::new(sql, RowPolicy::AllCustomers).with_limits(limits);
        let engine = &engine;
        async move {
            let result = engine.execute(&request).await.unwrap();
            (result.table.rows.len(), result.truncated)
        }
    };
    let sql = "SELECT order_id FROM orders ORDER BY order_id";
    assert_eq!(run(sql, Limits::rows(10)).await, (10, true));
    assert_eq!(run(sql, Limits::rows(100_000)).await, (1_000, true), "the settings' limit holds above all");
    assert_eq!(run(sql, Limits { bytes: 80, ..Limits::DEFAULT }).await, (10, true));
    assert_eq!(run("SELECT order_id FROM orders LIMIT 10", Limits::rows(10)).await, (10, false));
}

#[tokio::test]
async fn a_figure_is_over_all_rows_however_few_a_result_may_have() {
    let (engine, _folder) = engine_over(&crowded(5_000));
    let request = SqlRequest::new("SELECT COUNT(*) AS n FROM orders", RowPolicy::AllCustomers);
    let result = engine.execute(&request.with_limits(Limits::rows(1))).await.unwrap();
    // The settings of the test cut results at 1,000 rows.
    assert_eq!((result.table.integer(0, "n"), result.truncated), (Some(5_000), false));
}

#[test]
fn a_table_that_does_not_hold_what_the_manifest_says_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::new(folder.path());
    let mut manifest = write_run(&lake, "r1", &tiny_shop()).unwrap();
    let open = |manifest: &Manifest| {
        EmbeddedEngine::open(&lake.run("r1"), manifest, &settings()).map(|_| ()).map_err(|e| e.to_string())
    };
    for artefact in manifest.artefacts.iter_mut().filter(|a| a.name == "silver.aisles") {
        artefact.rows = 4;
    }
    assert!(open(&manifest).unwrap_err().contains("the manifest says 4 rows, the files hold 3"));
    for artefact in manifest.artefacts.iter_mut().filter(|a| a.name == "silver.aisles") {
        artefact.path = "silver/run=r1/nowhere".to_owned();
    }
    assert!(open(&manifest).unwrap_err().contains("nowhere"));
}

#[test]
fn a_customer_table_without_its_customer_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::new(folder.path());
    let table = FixtureTable::new("silver.orders", vec![("order_id", Cells::integers([1]))]);
    let manifest = write_run(&lake, "r1", &[table]).unwrap();
    let error = EmbeddedEngine::open(&lake.run("r1"), &manifest, &settings()).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("user_id"), "{error}");
}

#[test]
fn an_engine_opens_and_closes_inside_another_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (engine, _folder) = shop();
        assert_eq!(rows(&engine, SHOPPER, "SELECT 1").await.unwrap(), [[json!(1)]]);
        drop(engine);
    });
}

/// Prints what a warm query costs here, planning included: the figures of the crate's report come from this test.
#[test]
fn a_warm_query_takes_milliseconds() {
    let (engine, _folder) = shop();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let lookup = "SELECT product_name FROM products WHERE product_id = 3";
    let joined = "SELECT department, count(*) FROM order_lines JOIN products USING (product_id) \
                  JOIN departments USING (department_id) GROUP BY department ORDER BY 2 DESC LIMIT 5";
    for (what, sql, policy) in [
        ("lookup", lookup, RowPolicy::AllCustomers),
        ("two joins", joined, RowPolicy::AllCustomers),
        ("two joins, own rows", joined, SHOPPER),
    ] {
        let request = SqlRequest::new(sql, policy);
        let mut times: Vec<f64> =
            (0..31).map(|_| runtime.block_on(engine.execute(&request)).unwrap().elapsed_ms).collect();
        times.sort_by(f64::total_cmp);
        println!("{what}: median {:.1} ms, least {:.1} ms", times[15], times[0]);
        assert!(times[0] < 100.0, "{what} takes {:.1} ms", times[0]);
    }
}
