//! Two groupings, sides of a yes or no, filters said in running text, exclusions, and shares of what is said of them.

use super::*;

/// The arguments that a question becomes.
fn asked(message: &str) -> Value {
    let (tool, arguments) = call(&planned(message, &analyst()), message);
    assert_eq!(tool, "query_metrics", "{message}");
    arguments
}

fn check_dimensions(message: &str, metric: &str, dimensions: &[&str]) {
    let arguments = asked(message);
    assert_eq!(arguments["metrics"], json!([metric]), "{message}");
    let mut found: Vec<&str> =
        arguments["dimensions"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let mut wanted = dimensions.to_vec();
    found.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(found, wanted, "{message}");
}

fn check_filter(message: &str, field: &str, op: &str, values: Value) {
    let arguments = asked(message);
    let wanted = json!({"field": field, "op": op, "values": values});
    let filters = arguments["filters"].as_array().cloned().unwrap_or_default();
    assert!(filters.contains(&wanted), "{message}: {filters:?}");
}

#[test]
fn two_groupings_are_crossed_in_every_wording() {
    let crossed: &[(&str, &str, &[&str])] = &[
        (
            "matrix: rows hours, columns day numbers, cells orders",
            "orders",
            &["order_hour_of_day", "order_dow"],
        ),
        (
            "a grid, hours down the side and days across the top, order counts in the cells",
            "orders",
            &["order_hour_of_day", "order_dow"],
        ),
        ("cross parts of the day with size classes, orders", "orders", &["day_part", "size_band"]),
        (
            "how many small, medium and large orders does each part of the day have",
            "orders",
            &["size_band", "day_part"],
        ),
        ("orders by size class and then by part of the day", "orders", &["size_band", "day_part"]),
    ];
    for (message, metric, dimensions) in crossed {
        check_dimensions(message, metric, dimensions);
    }
}

#[test]
fn sides_of_a_yes_or_no_are_rows() {
    check_dimensions(
        "reordered versus first-time purchases by department",
        "items",
        &["bought_before", "department"],
    );
    check_dimensions("basket size of first orders and of later ones", "basket_size", &["order_kind"]);
    let both = asked("customers with 5 orders or fewer against customers with more than 5: reorder rate");
    assert_eq!(both["slices"].as_array().map(Vec::len), Some(2));
    let denied = asked("who carries the higher churn risk, buyers of produce or those who never buy it?");
    assert_eq!(denied["slices"][1]["cohorts"][0]["not"], json!(true), "{denied}");
}

#[test]
fn a_list_of_times_is_rows_beside_another_list_and_a_filter_alone() {
    check_dimensions(
        "produce and bakery at 6, 7 and 8: items",
        "items",
        &["department", "order_hour_of_day"],
    );
    check_dimensions("how many orders on days 0, 1 and 6", "orders", &[]);
}

#[test]
fn what_is_left_out_is_said_before_around_or_behind() {
    for message in [
        "leaving produce aside, how many items were sold",
        "set aside everything from produce. how many items were sold in total",
        "how many items were sold if we take produce out",
        "items sold, produce does not count",
        "disregard the produce department: number of items",
    ] {
        check_filter(message, "department", "ne", json!(["produce"]));
    }
}

#[test]
fn gaps_before_orders_are_conditions() {
    let same_day = "how many orders came on the same day as the one before";
    check_filter(same_day, "days_since_prior_order", "eq", json!([0]));
    let after_month = "orders placed 30 or more days after the previous order: how many";
    check_filter(after_month, "days_since_prior_order", "ge", json!([30]));
    let both = "how many orders came after a gap of 20 days or more and have fewer than four items";
    check_filter(both, "days_since_prior_order", "ge", json!([20]));
    check_filter(both, "order_size", "lt", json!([4]));
}

#[test]
fn the_whole_of_a_share_is_told_from_its_part() {
    let part = |message: &str| asked(message)["part"][0]["field"].clone();
    let whole = |message: &str| asked(message)["filters"][0]["field"].clone();
    let large = "the percentage of large orders among those placed on day 0";
    assert_eq!((part(large), whole(large)), (json!("order_size"), json!("order_dow")));
    let goes = "how much of the produce volume goes to customers with over 50 orders";
    assert_eq!((part(goes), whole(goes)), (json!("customer_orders"), json!("department")));
    let first = "of the lines at cart position 1, which share is organic";
    assert_eq!((part(first), whole(first)), (json!("organic"), json!("cart_place")));
    let three = asked("produce: share of items, share of orders and share of customers");
    assert_eq!(three["metrics"], json!(["items", "orders", "customers"]));
}
