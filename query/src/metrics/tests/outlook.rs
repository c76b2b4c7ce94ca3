//! What is expected of customers within each of several horizons, over the tiny shop.

use super::*;

fn within(metrics: &[&str], days: i64) -> MetricQuery {
    of(metrics).filter("horizon_days", FilterOp::Eq, [days])
}

#[test]
fn each_horizon_has_its_own_figures() {
    let shop = Shop::open();
    let metrics = ["outlook_risk", "outlook_return", "outlook_orders", "outlook_items_per_customer"];
    shop.check(&within(&metrics, 7), json!([[0.5, 0.5, 10.5, 7.0]]));
    shop.check(&within(&metrics, 28), json!([[0.125, 0.875, 42.0, 28.0]]));
    shop.check(
        &of(&["median_outlook_risk"]).by(["horizon_days"]),
        json!([[7, 0.5], [14, 0.25], [28, 0.125], [60, 0.0625]]),
    );
    let one = within(&["outlook_risk"], 7).filter("user_id", FilterOp::Eq, [2]);
    shop.check(&one, json!([[0.5]]));
    let risky = within(&["outlook_customers"], 7).filter("horizon_orders", FilterOp::Gt, [2.0]);
    shop.check(&risky, json!([[2]]));
}

#[test]
fn segments_and_cohorts_reach_the_horizons() {
    let shop = Shop::open();
    let by_kind = within(&["outlook_orders"], 28).by(["customer_kind"]);
    shop.check(&by_kind, json!([["repeat", 42.0]]));
    let bought = MetricFilter {
        field: "product_name".to_owned(),
        op: FilterOp::Eq,
        values: vec!["plain yogurt".into()],
    };
    let cohort = Cohort { of: CohortOf::Customers, bought: vec![bought], not: false, ..Cohort::default() };
    let query = MetricQuery { cohorts: vec![cohort], ..within(&["outlook_orders"], 28) };
    shop.check(&query, json!([[14.0]]));
}

#[test]
fn horizons_are_never_added_up() {
    let shop = Shop::open();
    let refused = shop.error(&of(&["outlook_orders"]));
    assert!(refused.contains("\"horizon_days\"") && refused.contains("7, 14, 28, 60"), "{refused}");
    let two = of(&["outlook_orders"]).filter("horizon_days", FilterOp::In, [7, 28]);
    assert!(shop.error(&two).contains("to one value"));
}

#[test]
fn a_shopper_sees_their_own_outlook_only() {
    let shop = Shop::open();
    let own = shop.ask_as(RowPolicy::OwnRows(UserId(3)), &within(&["outlook_risk", "outlook_customers"], 7));
    assert_eq!(json!(own.rows), json!([[0.5, 1]]));
}
