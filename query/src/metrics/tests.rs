//! Metric questions over the tiny shop (`fixture::tiny_shop`), checked against numbers worked out by hand.

mod cohorts;
mod figures;
mod groups;
mod outlook;
mod pairs;
mod rollups;
mod slices;
mod steps;

use domain::{ids::UserId, principal::RowPolicy, table::Table};
use serde_json::{Value, json};

use super::*;
use crate::{
    embedded::{EmbeddedEngine, tests::engine_over},
    fixture::{Cells, FixtureTable, tiny_shop},
    sql::SqlEngine,
};

struct Shop {
    engine: EmbeddedEngine,
    model: SemanticModel,
    _folder: tempfile::TempDir,
}

impl Shop {
    fn open() -> Self {
        Self::over(&tiny_shop())
    }

    fn over(tables: &[FixtureTable]) -> Self {
        let (engine, folder) = engine_over(tables);
        Self { engine, model: SemanticModel::builtin().unwrap(), _folder: folder }
    }

    fn ask_as(&self, policy: RowPolicy, query: &MetricQuery) -> Table {
        let compiled = self.compile(&Scope::of(&self.engine, policy), query).unwrap();
        self.run(&compiled)
    }

    fn compile(&self, scope: &Scope, query: &MetricQuery) -> Result<CompiledQuery, MetricError> {
        compile(&self.model, query, Dialect::DataFusion, scope)
    }

    fn run(&self, compiled: &CompiledQuery) -> Table {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let result = runtime.block_on(self.engine.execute(&compiled.request()));
        let table = result.unwrap_or_else(|e| panic!("{e}\n{}", compiled.sql)).table;
        let said: Vec<_> = compiled.columns.iter().map(|c| (c.name.clone(), c.kind)).collect();
        let given: Vec<_> = table.columns.iter().map(|c| (c.name.clone(), c.kind)).collect();
        assert_eq!(said, given, "the columns are as announced\n{}", compiled.sql);
        table
    }

    fn check(&self, query: &MetricQuery, expected: Value) {
        let table = self.ask_as(RowPolicy::AllCustomers, query);
        assert_eq!(json!(table.rows), expected, "{query:?}");
    }

    fn error(&self, query: &MetricQuery) -> String {
        self.compile(&everything(), query).unwrap_err().to_string()
    }

    fn notes(&self, query: &MetricQuery) -> Vec<String> {
        let compiled = self.compile(&everything(), query).unwrap();
        compiled.notes.into_iter().map(|note| note.text).collect()
    }
}

fn everything() -> Scope {
    Scope::without_rollups(RowPolicy::AllCustomers)
}

fn of(metrics: &[&str]) -> MetricQuery {
    MetricQuery::of(metrics.iter().copied())
}

#[test]
fn totals_are_counted_over_their_own_tables() {
    let shop = Shop::open();
    shop.check(&of(&["orders", "baskets", "customers", "items", "reorders"]), json!([[7, 6, 3, 11, 4]]));
    shop.check(
        &of(&["products", "products_bought", "products_never_bought", "aisles", "departments"]),
        json!([[5, 4, 1, 3, 3]]),
    );
}

#[test]
fn rates_and_means_are_fractions_of_their_definition() {
    let shop = Shop::open();
    shop.check(&of(&["reorder_rate"]), json!([[4.0 / 11.0]]));
    shop.check(&of(&["basket_size", "median_basket_size", "max_basket_size"]), json!([[11.0 / 6.0, 2.0, 3]]));
    shop.check(&of(&["orders_per_customer", "items_per_customer"]), json!([[7.0 / 3.0, 11.0 / 3.0]]));
    // 7, 30, 3 and 14 days; the three first orders have no gap.
    shop.check(&of(&["avg_days_between_orders"]), json!([[13.5]]));
    shop.check(&of(&["first_in_cart", "first_in_cart_rate"]), json!([[6, 6.0 / 11.0]]));
    shop.check(&of(&["avg_cart_position"]), json!([[17.0 / 11.0]]));
}

#[test]
fn orders_by_department_are_orders_that_hold_one_of_its_items() {
    let shop = Shop::open();
    let query = of(&["items", "orders", "customers", "reorder_rate"]).by(["department"]);
    shop.check(
        &query,
        json!([
            ["produce", 6, 5, 3, 2.0 / 6.0],
            ["dairy eggs", 5, 5, 3, 2.0 / 5.0],
            ["frozen", 0, 0, 0, null]
        ]),
    );
    assert!(shop.notes(&query).iter().any(|note| note.contains("hold at least one such item")));
}

#[test]
fn the_largest_come_without_empty_groups_and_the_smallest_with_them() {
    let shop = Shop::open();
    let by_department = of(&["items"]).by(["department"]);
    let largest = by_department.clone().order("items", Direction::Desc).limit(3);
    shop.check(&largest, json!([["produce", 6], ["dairy eggs", 5]]));
    let smallest = by_department.clone().order("items", Direction::Asc).limit(2);
    shop.check(&smallest, json!([["frozen", 0], ["dairy eggs", 5]]));
    let without = MetricQuery { include_empty: Some(false), ..by_department.clone() };
    shop.check(&without, json!([["produce", 6], ["dairy eggs", 5]]));
    shop.check(&by_department.filter("items", FilterOp::Eq, [0]), json!([["frozen", 0]]));
}

#[test]
fn the_shares_of_a_count_are_of_the_whole_and_need_not_add_up() {
    let shop = Shop::open();
    let query = of(&["items", "orders", "customers"]).by(["department"]).with_share().limit(2);
    shop.check(
        &query,
        json!([
            ["produce", 6, 6.0 / 11.0, 5, 5.0 / 6.0, 3, 1.0],
            ["dairy eggs", 5, 5.0 / 11.0, 5, 5.0 / 6.0, 3, 1.0]
        ]),
    );
}

#[test]
fn the_total_of_a_share_keeps_every_filter_but_those_on_its_groups() {
    let shop = Shop::open();
    let items = || of(&["items"]).with_share();
    // Of everything sold.
    shop.check(
        &items().by(["department"]).filter("department", FilterOp::Eq, ["Dairy Eggs"]),
        json!([["dairy eggs", 5, 5.0 / 11.0]]),
    );
    // Of what was sold in produce.
    shop.check(
        &items().by(["product_name"]).filter("department", FilterOp::Eq, ["produce"]),
        json!([[1, "Banana", 4, 4.0 / 6.0], [2, "Apple", 2, 2.0 / 6.0]]),
    );
    // The key names the same product as its name does.
    shop.check(
        &items().by(["product_name"]).filter("product_id", FilterOp::Eq, [1]),
        json!([[1, "Banana", 4, 4.0 / 11.0]]),
    );
    shop.check(
        &items().by(["department"]).filter("share_of_items", FilterOp::Gt, [0.5]),
        json!([["produce", 6, 6.0 / 11.0]]),
    );
}

#[test]
fn lines_meet_their_orders_for_the_hour_and_their_products_for_the_aisle() {
    let shop = Shop::open();
    shop.check(
        &of(&["orders", "items"]).by(["order_hour_of_day"]),
        json!([[8, 3, 4], [10, 3, 6], [23, 1, 1]]),
    );
    let dairy = of(&["items", "reorder_rate"]).by(["order_hour_of_day"]).filter(
        "department",
        FilterOp::Eq,
        ["dairy eggs"],
    );
    shop.check(&dairy, json!([[8, 2, 0.5], [10, 2, 0.5], [23, 1, 0.0]]));
    let busiest =
        of(&["items"]).by(["order_hour_of_day"]).filter("aisle", FilterOp::Eq, ["fresh fruits"]).limit(1);
    shop.check(&busiest, json!([[10, 4]]));
    let crossed = of(&["items"]).by(["department", "order_dow"]).filter("order_dow", FilterOp::In, [0, 1]);
    shop.check(
        &crossed,
        json!([["dairy eggs", 0, 3], ["dairy eggs", 1, 1], ["produce", 0, 3], ["produce", 1, 3]]),
    );
}

#[test]
fn dimensions_filter_by_every_comparison() {
    let shop = Shop::open();
    let orders = |op, values: &[i64]| of(&["orders"]).filter("order_hour_of_day", op, values.to_vec());
    for (op, values, expected) in [
        (FilterOp::Eq, &[8][..], 3),
        (FilterOp::Ne, &[8], 4),
        (FilterOp::In, &[8, 23], 4),
        (FilterOp::NotIn, &[8, 23], 3),
        (FilterOp::Lt, &[10], 3),
        (FilterOp::Le, &[10], 6),
        (FilterOp::Gt, &[10], 1),
        (FilterOp::Ge, &[10], 4),
        (FilterOp::Between, &[9, 10], 3),
    ] {
        shop.check(&orders(op, values), json!([[expected]]));
    }
    shop.check(&of(&["items"]).filter("product_name", FilterOp::NotIn, ["BANANA", "apple"]), json!([[5]]));
    shop.check(&of(&["orders"]).filter("eval_set", FilterOp::Eq, ["Test"]), json!([[1]]));
    shop.check(&of(&["orders", "items"]).filter("user_id", FilterOp::Eq, [3]), json!([[2, 3]]));
}

#[test]
fn a_missing_gap_is_a_group_of_its_own_and_not_the_excluded_value() {
    let shop = Shop::open();
    let by_gap = of(&["orders"]).by(["days_since_prior_order"]);
    shop.check(&by_gap, json!([[3.0, 1], [7.0, 1], [14.0, 1], [30.0, 1], [null, 3]]));
    shop.check(&of(&["orders"]).filter("days_since_prior_order", FilterOp::Ne, [30]), json!([[6]]));
    // Null keys of several sources meet: 7 orders hold 11 items in all.
    let both = of(&["orders", "products_bought"]).by(["days_since_prior_order"]);
    shop.check(&both, json!([[3.0, 1, 0], [7.0, 1, 3], [14.0, 1, 2], [30.0, 1, 1], [null, 3, 4]]));
}

#[test]
fn groups_are_picked_by_thresholds_on_any_metric() {
    let shop = Shop::open();
    let products = of(&["items"]).by(["product_name"]);
    shop.check(
        &products.clone().filter("items", FilterOp::Ge, [4]),
        json!([[1, "Banana", 4], [3, "Whole Milk", 4]]),
    );
    shop.check(
        &products.filter("reorder_rate", FilterOp::Between, [0.01, 1.0]).filter(
            "customers",
            FilterOp::Gt,
            [1],
        ),
        json!([[1, "Banana", 4], [3, "Whole Milk", 4]]),
    );
}

#[test]
fn ties_are_broken_by_keys_and_nulls_come_last() {
    let shop = Shop::open();
    let names = |query: &MetricQuery| {
        let table = shop.ask_as(RowPolicy::AllCustomers, query);
        table.rows.iter().map(|row| row[0].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(names(&of(&["items"]).by(["product_name"])), [1, 3, 2, 4, 5]);
    assert_eq!(
        names(&of(&["items"]).by(["product_name"]).order("product_name", Direction::Asc)),
        [2, 1, 4, 5, 3]
    );
    let rate = of(&["items", "reorder_rate"]).by(["department_id"]).order("reorder_rate", Direction::Asc);
    assert_eq!(names(&rate), [1, 2, 3]);
}

#[test]
fn a_ranking_of_products_by_a_rate_needs_support_unless_the_question_says_otherwise() {
    // 60 lines of product 1, 50 of product 2, 49 of product 3, all reordered but one of product 1.
    let counts = [(1, 60), (2, 50), (3, 49)];
    let products: Vec<i64> = counts.iter().flat_map(|(id, n)| vec![*id; *n]).collect();
    let n = products.len() as i64;
    let mut tables = tiny_shop();
    let of_lines = ["silver.order_lines", "gold.line_goods", "gold.customer_aisles"];
    tables.retain(|table| !of_lines.contains(&table.artefact.as_str()));
    tables.push(FixtureTable::new(
        "silver.order_lines",
        vec![
            ("order_id", Cells::integers((0..n).map(|_| 1))),
            ("user_id", Cells::integers((0..n).map(|_| 1))),
            ("product_id", Cells::integers(products)),
            ("add_to_cart_order", Cells::integers(1..=n)),
            ("reordered", Cells::integers((0..n).map(|line| i64::from(line > 0)))),
            ("eval_set", Cells::texts((0..n).map(|_| "prior"))),
        ],
    ));
    let shop = Shop::over(&tables);
    let ranking = of(&["reorder_rate"]).by(["product_name"]);
    shop.check(&ranking, json!([[2, "Apple", 1.0], [1, "Banana", 59.0 / 60.0]]));
    assert!(shop.notes(&ranking).iter().any(|note| note.contains("fewer than 50 purchases")));
    let own_threshold = ranking.clone().filter("items", FilterOp::Ge, [1]);
    shop.check(
        &own_threshold,
        json!([[2, "Apple", 1.0], [3, "Whole Milk", 1.0], [1, "Banana", 59.0 / 60.0]]),
    );
    let named = ranking.filter("product_name", FilterOp::Eq, ["whole milk"]);
    shop.check(&named, json!([[3, "Whole Milk", 1.0]]));
    assert!(!shop.notes(&named).iter().any(|note| note.contains("fewer than 50")));
}

#[test]
fn a_shopper_is_answered_from_their_own_rows() {
    let shop = Shop::open();
    let ask = |query| shop.ask_as(RowPolicy::OwnRows(UserId(2)), &query).rows;
    assert_eq!(json!(ask(of(&["orders", "customers", "items"]))), json!([[2, 1, 2]]));
    let products = of(&["items"]).by(["product_name"]).limit(5);
    assert_eq!(json!(ask(products)), json!([[2, "Apple", 1], [4, "Plain Yogurt", 1]]));
    assert_eq!(json!(ask(of(&["items"]).filter("user_id", FilterOp::Eq, [1]))), json!([[0]]));
}

#[test]
fn what_cannot_be_asked_is_answered_with_what_can() {
    let shop = Shop::open();
    let by = |metric: &str, dimension: &str| shop.error(&of(&[metric]).by([dimension]));
    let message = by("avg_days_between_orders", "department");
    assert!(
        message.starts_with(
            "\"avg_days_between_orders\" cannot be asked by \"department\"; it can be asked by: user_id"
        ),
        "{message}"
    );
    assert!(!message.contains("aisle"), "{message}");
    assert!(by("products", "order_dow").contains("it can be asked by: product_name"));
    assert!(by("itmes", "department").starts_with("there is no metric \"itmes\"; metrics are: orders"));
    assert!(
        by("items", "departement")
            .starts_with("there is no dimension \"departement\"; dimensions are: user_id")
    );
    let filter = |field: &str, op, values: &[FilterValue]| {
        shop.error(&of(&["items"]).filter(field, op, values.to_vec()))
    };
    assert!(
        filter("weather", FilterOp::Eq, &[1.into()])
            .starts_with("\"weather\" is neither a metric nor a dimension")
    );
    assert_eq!(
        filter("order_hour_of_day", FilterOp::Eq, &[25.into()]),
        "25 is no value of \"order_hour_of_day\": it goes from 0 to 23"
    );
    assert_eq!(
        filter("order_dow", FilterOp::Eq, &["monday".into()]),
        "\"monday\" is no value of \"order_dow\": it is a number"
    );
    assert_eq!(
        filter("eval_set", FilterOp::Eq, &["dev".into()]),
        "\"dev\" is no value of \"eval_set\": values are prior, train, test"
    );
    assert!(filter("reorder_rate", FilterOp::Gt, &[65.into()]).contains("0.65 means 65 per cent"));
    assert!(filter("aisle", FilterOp::Gt, &["milk".into()]).contains("use eq, ne, in or not_in"));
    assert_eq!(
        filter("order_dow", FilterOp::Between, &[1.into()]),
        "\"between\" on \"order_dow\" takes two values, 1 given"
    );
    assert_eq!(shop.error(&of(&["items"]).with_share()), MetricError::ShareWithoutDimension.to_string());
    assert!(
        shop.error(&of(&["reorder_rate"]).by(["aisle"]).with_share())
            .starts_with("share_of_total needs a metric that has a share: orders")
    );
    assert!(
        shop.error(&of(&["items"]).order("aisle", Direction::Asc)).contains("cannot be ordered by \"aisle\"")
    );
    assert_eq!(shop.error(&of(&["items"]).limit(0)), "limit is 0, it must be from 1 to 10000");
    assert!(shop.error(&of(&[])).starts_with("the question names no metric"));
}

#[test]
fn values_travel_as_parameters_and_never_as_text() {
    let model = SemanticModel::builtin().unwrap();
    let query = of(&["items"])
        .by(["product_name"])
        .filter("product_name", FilterOp::Eq, ["x' OR 1=1 --"])
        .filter("items", FilterOp::Gt, [7]);
    let compiled = compile(&model, &query, Dialect::DataFusion, &everything()).unwrap();
    assert!(!compiled.sql.contains("OR 1=1"), "{}", compiled.sql);
    assert!(compiled.parameters.contains(&SqlValue::Text("x' or 1=1 --".into())));
    assert!(compiled.parameters.contains(&SqlValue::Integer(7)));
}

#[test]
fn a_question_is_read_from_json_and_unknown_keys_are_refused() {
    let query: MetricQuery = serde_json::from_value(json!({
        "metrics": ["items"],
        "dimensions": ["aisle"],
        "filters": [{"field": "department", "op": "in", "values": ["produce", "frozen"]}],
        "order_by": [{"field": "items", "direction": "asc"}],
        "limit": 3
    }))
    .unwrap();
    let expected = of(&["items"])
        .by(["aisle"])
        .filter("department", FilterOp::In, ["produce", "frozen"])
        .order("items", Direction::Asc)
        .limit(3);
    assert_eq!(query, expected);
    assert!(serde_json::from_value::<MetricQuery>(json!({"metrics": [], "group_by": []})).is_err());
}

/// Every metric by every dimension either compiles and runs, or says by what it can be asked.
#[test]
fn every_metric_runs_by_every_dimension_it_claims() {
    let shop = Shop::open();
    let mut ran = 0;
    for metric in &shop.model.metrics {
        for (_, dimension) in shop.model.dimensions() {
            let query = MetricQuery::of([metric.name.clone()]).by([dimension.name.clone()]);
            match shop.compile(&everything(), &query) {
                Ok(_) => {
                    shop.ask_as(RowPolicy::AllCustomers, &query);
                    ran += 1;
                }
                Err(e) => assert_eq!(e.code(), "not_by_dimension", "{e}"),
            }
        }
    }
    assert!(ran > 100, "{ran}");
}
