//! The same question of several slices, below or beside each other.

use super::*;

fn hour(label: &str, hour: i64) -> Slice {
    let filter =
        MetricFilter { field: "order_hour_of_day".into(), op: FilterOp::Eq, values: vec![hour.into()] };
    Slice { label: label.to_owned(), filters: vec![filter], cohorts: Vec::new() }
}

fn morning_and_ten(query: MetricQuery) -> MetricQuery {
    MetricQuery { slices: vec![hour("morning", 8), hour("ten", 10)], ..query }
}

fn contrast(first: Slice, second: Slice, query: MetricQuery) -> MetricQuery {
    MetricQuery { slices: vec![first, second], contrast: true, ..query }
}

#[test]
fn slices_come_in_their_order_and_are_cut_each_for_itself() {
    let shop = Shop::open();
    shop.check(&morning_and_ten(of(&["items", "orders"])), json!([["morning", 4, 3], ["ten", 6, 3]]));
    let by_department = of(&["items"]).by(["department"]).with_share();
    shop.check(
        &morning_and_ten(by_department.clone().limit(1)),
        json!([["morning", "produce", 2, 0.5], ["ten", "produce", 4, 4.0 / 6.0]]),
    );
    shop.check(
        &morning_and_ten(by_department.order("items", Direction::Asc).limit(2)),
        json!([
            ["morning", "frozen", 0, 0.0],
            ["morning", "produce", 2, 0.5],
            ["ten", "frozen", 0, 0.0],
            ["ten", "dairy eggs", 2, 2.0 / 6.0]
        ]),
    );
}

#[test]
fn slices_without_groups_are_ordered_where_the_question_says_so() {
    let shop = Shop::open();
    let ranked = morning_and_ten(of(&["items"]).order("items", Direction::Desc));
    shop.check(&ranked, json!([["ten", 6], ["morning", 4]]));
    shop.check(&ranked.clone().limit(1), json!([["ten", 6]]));
    // Equal slices stay in the question's order.
    shop.check(
        &morning_and_ten(of(&["orders"]).order("orders", Direction::Desc)),
        json!([["morning", 3], ["ten", 3]]),
    );
}

#[test]
fn a_share_is_one_within_the_slice_even_where_the_slice_is_a_group() {
    let shop = Shop::open();
    let department = |name: &str| Slice {
        label: name.to_owned(),
        filters: vec![MetricFilter {
            field: "department".into(),
            op: FilterOp::Eq,
            values: vec![name.into()],
        }],
        cohorts: Vec::new(),
    };
    let slices = vec![department("produce"), department("dairy eggs")];
    let query = MetricQuery { slices, ..of(&["items"]).by(["department"]).with_share().limit(1) };
    shop.check(&query, json!([["produce", "produce", 6, 1.0], ["dairy eggs", "dairy eggs", 5, 1.0]]));
}

#[test]
fn slices_are_made_of_cohorts_too() {
    let shop = Shop::open();
    let banana = MetricFilter { field: "product_id".into(), op: FilterOp::Eq, values: vec![1.into()] };
    let cohort = Cohort { of: CohortOf::Orders, bought: vec![banana], not: false, ..Cohort::default() };
    let slice = |label: &str, not| Slice {
        label: label.to_owned(),
        filters: Vec::new(),
        cohorts: vec![Cohort { not, ..cohort.clone() }],
    };
    let query = MetricQuery {
        slices: vec![slice("with bananas", false), slice("without", true)],
        ..of(&["baskets", "basket_size"])
    };
    // 8 items in orders 1, 2, 3 and 7; 3 in orders 4 and 6.
    shop.check(&query, json!([["with bananas", 4, 2.0], ["without", 2, 1.5]]));
}

#[test]
fn a_contrast_has_a_row_a_group_with_both_values() {
    let shop = Shop::open();
    let items = of(&["items"]).by(["department"]);
    let query = contrast(hour("ten", 10), hour("morning", 8), items.clone());
    shop.check(&query, json!([["produce", 4, 2, 2, 2.0], ["dairy eggs", 2, 2, 0, 1.0]]));
    let shares = contrast(hour("ten", 10), hour("morning", 8), items.clone().with_share());
    let (a, b) = (4.0 / 6.0, 2.0 / 6.0);
    shop.check(
        &shares,
        json!([["produce", a, 0.5, a - 0.5, a / 0.5], ["dairy eggs", b, 0.5, b - 0.5, b / 0.5]]),
    );
    let ordered = query.clone().order("second", Direction::Desc).order("department", Direction::Asc).limit(1);
    shop.check(&ordered, json!([["dairy eggs", 2, 2, 0, 1.0]]));
    shop.check(&contrast(hour("ten", 10), hour("morning", 8), of(&["items"])), json!([[6, 4, 2, 1.5]]));
    let labels: Vec<String> = columns_of(&shop.model, &query).unwrap().into_iter().map(|c| c.label).collect();
    assert_eq!(labels, ["department", "ten", "morning", "difference", "ratio"]);
}

#[test]
fn what_is_missing_in_one_slice_is_zero_where_it_is_counted() {
    let shop = Shop::open();
    let late_and_morning = |query| contrast(hour("late", 23), hour("morning", 8), query);
    shop.check(
        &late_and_morning(of(&["items"]).by(["product_name"])),
        json!([[3, "Whole Milk", 1, 2, -1, 0.5], [1, "Banana", 0, 2, -2, 0.0]]),
    );
    shop.check(
        &contrast(hour("morning", 8), hour("late", 23), of(&["items"]).by(["product_name"])),
        json!([[1, "Banana", 2, 0, 2, null], [3, "Whole Milk", 2, 1, 1, 2.0]]),
    );
    // A rate of nothing is none.
    shop.check(
        &late_and_morning(of(&["reorder_rate"]).by(["department"])),
        json!([["dairy eggs", 0.0, 0.5, -0.5, 0.0], ["produce", null, 0.0, null, null]]),
    );
    let everything = MetricQuery { include_empty: Some(true), ..of(&["items"]).by(["department"]) };
    shop.check(
        &late_and_morning(everything),
        json!([["frozen", 0, 0, 0, null], ["dairy eggs", 1, 2, -1, 0.5], ["produce", 0, 2, -2, 0.0]]),
    );
}

#[test]
fn a_contrast_under_a_threshold_compares_groups_that_meet_it_in_both_slices() {
    let shop = Shop::open();
    let at_least = |items: i64| {
        let query = of(&["reorder_rate"]).by(["department"]).filter("items", FilterOp::Ge, [items]);
        contrast(hour("ten", 10), hour("morning", 8), query)
    };
    shop.check(&at_least(2), json!([["produce", 0.5, 0.0, 0.5, null], ["dairy eggs", 0.5, 0.5, 0.0, 1.0]]));
    shop.check(&at_least(3), json!([]));
}

#[test]
fn a_contrast_is_cut_within_groups_and_compares_parts() {
    let shop = Shop::open();
    let products = of(&["items"]).by(["department", "product_name"]).limit(1);
    let query = MetricQuery { limit_per: vec!["department".into()], ..products };
    shop.check(
        &contrast(hour("ten", 10), hour("morning", 8), query),
        json!([["dairy eggs", 4, "Plain Yogurt", 1, 0, 1, null], ["produce", 2, "Apple", 2, 0, 2, null]]),
    );
    let produce =
        MetricFilter { field: "department".into(), op: FilterOp::Eq, values: vec!["produce".into()] };
    let query = MetricQuery { part: vec![produce], ..of(&["items"]) };
    let (a, b) = (4.0 / 6.0, 2.0 / 4.0);
    shop.check(&contrast(hour("ten", 10), hour("morning", 8), query), json!([[a, b, a - b, a / b]]));
}

#[test]
fn slices_that_cannot_be_told_apart_are_refused() {
    let shop = Shop::open();
    let slices = |slices: Vec<Slice>| shop.error(&MetricQuery { slices, ..of(&["items"]) });
    assert_eq!(slices(vec![hour("a", 8)]), "slices: 2 to 8 are put side by side, 1 given");
    assert_eq!(slices(vec![hour("a", 8); 9]), "slices: 2 to 8 are put side by side, 9 given");
    let twice = slices(vec![hour("a", 8), hour(" a", 9)]);
    assert_eq!(twice, "slices: \"a\" is the label of two slices, give each its own");
    let empty = slices(vec![hour("", 8), hour("a", 9)]);
    assert_eq!(empty, "slices: a label has 1 to 80 characters, 0 given");
    let mut on_metric = hour("a", 8);
    on_metric.filters[0].field = "items".into();
    let error = slices(vec![on_metric, hour("b", 8)]);
    assert_eq!(error, "\"items\" is a metric; conditions of a slice pick rows and must be on dimensions");
    let three = vec![hour("a", 8), hour("b", 9), hour("c", 10)];
    let error = shop.error(&MetricQuery { slices: three, contrast: true, ..of(&["items"]) });
    assert!(error.starts_with("contrast: it needs exactly two slices, or two metrics without slices; 3"));
    let none = shop.error(&MetricQuery { contrast: true, ..of(&["items"]) });
    assert!(none.starts_with("contrast: it needs exactly two slices, or two metrics"), "{none}");
    let by_items = contrast(hour("a", 8), hour("b", 9), of(&["items"]).order("items", Direction::Asc));
    assert!(
        shop.error(&by_items).starts_with("a contrast cannot be ordered by \"items\"; name first, second")
    );
    let running = MetricQuery { cumulative_to: Some(0.5), ..of(&["items"]).by(["aisle"]) };
    let error = shop.error(&contrast(hour("a", 8), hour("b", 9), running));
    assert!(error.starts_with("contrast: it cannot be cut by cumulative_to or correlated"), "{error}");
}

/// Eight slices with everything: the guard lets the widest statement through that can be asked for.
#[test]
fn the_widest_question_runs() {
    let shop = Shop::open();
    let filter = |field: &str, value: FilterValue| MetricFilter {
        field: field.into(),
        op: FilterOp::Ne,
        values: vec![value],
    };
    let cohort = |product: i64, of| Cohort {
        of,
        bought: vec![filter("product_id", product.into())],
        not: false,
        ..Cohort::default()
    };
    let slices = (0..8).map(|at| Slice {
        label: format!("slice {at}"),
        filters: vec![filter("order_hour_of_day", at.into()), filter("aisle", "tea".into())],
        cohorts: vec![cohort(at, CohortOf::Orders), cohort(at, CohortOf::Customers)],
    });
    let query = MetricQuery {
        slices: slices.collect(),
        part: vec![filter("department", "frozen".into()), filter("order_dow", 6.into())],
        cohorts: vec![cohort(20, CohortOf::Customers)],
        ..of(&["items", "orders", "customers", "reorder_rate", "first_in_cart"])
            .by(["department", "order_dow"])
    };
    let query = query.with_share().filter("reorder_rate", FilterOp::Ge, ["overall"]);
    assert!(!shop.ask_as(RowPolicy::AllCustomers, &query).rows.is_empty());
}
