//! Results that act on each other: conditions on a comparison, summaries for each group, rankings that limit what counts.

use super::*;

fn at_hour(label: &str, hour: i64) -> Slice {
    let filter =
        MetricFilter { field: "order_hour_of_day".into(), op: FilterOp::Eq, values: vec![hour.into()] };
    Slice { label: label.to_owned(), filters: vec![filter], cohorts: Vec::new() }
}

fn nth_order(label: &str, number: i64) -> Slice {
    let filter = MetricFilter { field: "order_number".into(), op: FilterOp::Eq, values: vec![number.into()] };
    Slice { label: label.to_owned(), filters: vec![filter], cohorts: Vec::new() }
}

fn hours(query: MetricQuery) -> MetricQuery {
    let slices = vec![at_hour("morning", 8), at_hour("ten", 10)];
    MetricQuery { slices, contrast: true, ..query }
}

fn summed(summary: Summary, query: MetricQuery) -> MetricQuery {
    MetricQuery { summary: Some(summary), ..query }
}

fn top(of: CohortOf, metric: &str, direction: Direction) -> Cohort {
    let by = OrderBy { field: metric.to_owned(), direction: Some(direction) };
    Cohort {
        of,
        top: Some(CohortTop { by, limit: Some(1), limit_share: None, skip: None }),
        ..Cohort::default()
    }
}

#[test]
fn groups_are_picked_by_how_two_slices_compare() {
    let shop = Shop::open();
    let by_department = || hours(of(&["items"]).by(["department"]));
    shop.check(
        &by_department().filter("difference", FilterOp::Ge, [0]),
        json!([["dairy eggs", 2, 2, 0, 1.0]]),
    );
    shop.check(&by_department().filter("ratio", FilterOp::Le, [0.5]), json!([["produce", 2, 4, -2, 0.5]]));
    let fewer = by_department().filter("difference", FilterOp::Lt, [0]);
    shop.check(&summed(Summary::Count, fewer), json!([[1, 0.5]]));
    shop.check(&summed(Summary::Mean, by_department()), json!([[2.0, 3.0, -1.0, 0.75]]));
}

#[test]
fn what_has_no_value_in_a_slice_is_not_compared() {
    let shop = Shop::open();
    let slices = vec![nth_order("first", 1), nth_order("second", 2)];
    let query = MetricQuery { slices, contrast: true, ..of(&["basket_size"]).by(["user_id"]) };
    let larger = query.filter("difference", FilterOp::Lt, [0]);
    // The second customer's second order has no known items.
    shop.check(&summed(Summary::Count, larger), json!([[2, 1.0]]));
}

#[test]
fn two_metrics_of_the_same_groups_stand_beside_each_other() {
    let shop = Shop::open();
    let query = MetricQuery { contrast: true, ..of(&["items", "orders"]).by(["department"]) };
    shop.check(&query, json!([["produce", 6, 5, 1, 1.2], ["dairy eggs", 5, 5, 0, 1.0]]));
    shop.check(&query.filter("difference", FilterOp::Gt, [0]), json!([["produce", 6, 5, 1, 1.2]]));
    let one = MetricQuery { contrast: true, ..of(&["items"]).by(["department"]) };
    assert!(shop.error(&one).contains("two slices, or two metrics"));
}

#[test]
fn a_summary_is_told_for_each_group_and_its_rows_are_picked_in_turn() {
    let shop = Shop::open();
    let by = |by: SummaryBy| SummaryBy { dimensions: vec!["product_name".into()], ..by };
    let twice = |summary_by: SummaryBy| MetricQuery {
        summary_by: Some(by(summary_by)),
        ..summed(
            Summary::Count,
            of(&["orders"]).by(["product_name", "user_id"]).filter("orders", FilterOp::Ge, [2]),
        )
    };
    shop.check(
        &twice(SummaryBy::default()),
        json!([
            [3, "Whole Milk", 2, 1.0],
            [1, "Banana", 1, 0.5],
            [2, "Apple", 0, 0.0],
            [4, "Plain Yogurt", 0, 0.0]
        ]),
    );
    let half =
        vec![MetricFilter { field: "share_of_groups".into(), op: FilterOp::Ge, values: vec![0.5.into()] }];
    let many = SummaryBy { having: half.clone(), limit: Some(1), ..SummaryBy::default() };
    shop.check(&twice(many), json!([[3, "Whole Milk", 2, 1.0]]));
    shop.check(&twice(SummaryBy { having: half, count: true, ..SummaryBy::default() }), json!([[2, 0.5]]));
    let mean = MetricQuery {
        summary_by: Some(SummaryBy { dimensions: vec!["department".into()], ..SummaryBy::default() }),
        ..summed(Summary::Mean, of(&["items"]).by(["department", "user_id"]))
    };
    shop.check(&mean, json!([["produce", 2.0], ["dairy eggs", 5.0 / 3.0]]));
    let all = SummaryBy { dimensions: vec!["product_name".into(), "user_id".into()], ..SummaryBy::default() };
    let all = MetricQuery { summary_by: Some(all), ..twice(SummaryBy::default()) };
    assert!(shop.error(&all).contains("not all"));
}

#[test]
fn several_summaries_stand_in_one_row() {
    let shop = Shop::open();
    let beside = |kinds: &[Summary], query: MetricQuery| MetricQuery {
        summaries_beside: kinds.to_vec(),
        ..summed(Summary::Mean, query)
    };
    let customers = of(&["items", "orders"]).by(["user_id"]);
    // Three customers with 6, 2 and 3 items in 3, 2 and 2 orders.
    shop.check(
        &beside(&[Summary::Max, Summary::Count], customers.clone()),
        json!([[11.0 / 3.0, 7.0 / 3.0, 6, 3, 3]]),
    );
    let by = SummaryBy {
        dimensions: vec!["department".into()],
        order_by: Some(OrderBy { field: "max_items".into(), direction: Some(Direction::Asc) }),
        ..SummaryBy::default()
    };
    let told = of(&["items"]).by(["department", "user_id"]);
    let told = MetricQuery { summary_by: Some(by), ..beside(&[Summary::Max], told) };
    shop.check(&told, json!([["dairy eggs", 5.0 / 3.0, 2], ["produce", 2.0, 4]]));
    let error = |kinds: &[Summary], summary: Option<Summary>| {
        shop.error(&MetricQuery { summary, ..beside(kinds, customers.clone()) })
    };
    assert!(error(&[Summary::Max], Some(Summary::Count)).contains("beside a mean"));
    assert!(error(&[Summary::Max], None).contains("beside a mean"));
    assert!(error(&[Summary::Max, Summary::Max], Some(Summary::Mean)).contains("once"));
    assert!(error(&[Summary::Mean], Some(Summary::Mean)).contains("once"));
    assert!(error(&[Summary::Correlation], Some(Summary::Mean)).contains("alone"));
}

#[test]
fn a_correlation_is_one_of_two_metrics_over_groups() {
    let shop = Shop::open();
    let query = summed(Summary::Correlation, of(&["orders", "items"]).by(["user_id"]));
    let table = shop.ask_as(RowPolicy::AllCustomers, &query);
    // Three customers with 3, 2 and 2 orders and 6, 2 and 3 items: 21 / sqrt(6 * 78).
    let found = table.number(0, "correlation").unwrap();
    assert!((found - 21.0 / 468.0_f64.sqrt()).abs() < 1e-9, "{found}");
    let three = summed(Summary::Correlation, of(&["orders", "items", "reorders"]).by(["user_id"]));
    assert!(shop.error(&three).contains("exactly two"));
}

#[test]
fn shares_are_taken_within_groups() {
    let shop = Shop::open();
    let query = of(&["items"]).by(["order_dow", "department"]).with_share();
    let within = MetricQuery { share_within: vec!["order_dow".into()], ..query };
    shop.check(
        &within,
        json!([
            [0, "dairy eggs", 3, 0.5],
            [0, "produce", 3, 0.5],
            [1, "dairy eggs", 1, 0.25],
            [1, "produce", 3, 0.75],
            [6, "dairy eggs", 1, 1.0]
        ]),
    );
    let without = MetricQuery { share_within: vec!["order_dow".into()], ..of(&["items"]).by(["order_dow"]) };
    assert!(shop.error(&without).contains("share_of_total"));
}

#[test]
fn the_first_of_a_ranking_limit_what_counts() {
    let shop = Shop::open();
    let among = |cohort: Cohort, query: MetricQuery| MetricQuery { cohorts: vec![cohort], ..query };
    let quietest = top(CohortOf::Hours, "orders", Direction::Asc);
    shop.check(&among(quietest, of(&["items"])), json!([[1]]));
    let busiest = top(CohortOf::Customers, "orders", Direction::Desc);
    shop.check(&among(busiest.clone(), of(&["items", "orders"])), json!([[6, 3]]));
    let largest = top(CohortOf::Departments, "items", Direction::Desc);
    shop.check(
        &among(largest, of(&["items"]).by(["product_name"])),
        json!([[1, "Banana", 4], [2, "Apple", 2]]),
    );
    let part = MetricQuery { part_cohorts: vec![busiest], ..of(&["items"]) };
    shop.check(&part, json!([[11, 6.0 / 11.0]]));
    let bare = Cohort { of: CohortOf::Hours, ..Cohort::default() };
    assert!(shop.error(&among(bare, of(&["items"]))).contains("having or top"));
}

#[test]
fn what_is_shown_of_a_running_share_leaves_its_whole_alone() {
    let shop = Shop::open();
    let running = MetricQuery { cumulative_to: Some(1.0), ..of(&["orders"]).by(["order_hour_of_day"]) }
        .order("order_hour_of_day", Direction::Asc)
        .filter("order_hour_of_day", FilterOp::Le, [10]);
    shop.check(&running, json!([[8, 3, 3, 3.0 / 7.0], [10, 3, 6, 6.0 / 7.0]]));
}
