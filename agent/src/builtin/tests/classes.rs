//! Classes of a figure in every notation, conditions on figures of whole customers and orders, and what is denied of them.

use super::*;

fn arguments(message: &str) -> Value {
    let (tool, arguments) = call(&planned(message, &analyst()), message);
    assert_eq!(tool, "query_metrics", "{message}");
    arguments
}

/// The conditions of each class, in its filters or in the figures of its cohort.
fn classes(message: &str) -> Vec<Value> {
    let arguments = arguments(message);
    let slices = arguments["slices"].as_array().unwrap_or_else(|| panic!("no classes: {message}")).clone();
    let conditions = |slice: &Value| match slice["cohorts"].as_array().filter(|cohorts| !cohorts.is_empty()) {
        Some(cohorts) => cohorts[0]["having"].clone(),
        None => slice["filters"].clone(),
    };
    slices.iter().map(conditions).collect()
}

fn bound(field: &str, op: &str, values: Value) -> Value {
    json!([{"field": field, "op": op, "values": values}])
}

#[test]
fn ranges_in_a_row_are_classes_in_every_notation() {
    let three = |field: &str| {
        vec![
            bound(field, "between", json!([1, 5])),
            bound(field, "between", json!([6, 10])),
            bound(field, "ge", json!([11])),
        ]
    };
    for message in [
        "customers by number of orders: 1-5, 6-10, 11+",
        "how many customers have placed 1 to 5 orders, 6 to 10 orders, or 11 and more orders?",
        "put the shoppers into groups by how often they ordered: 1 to 5 times / 6 to 10 times / 11 or more",
        "customers with 1-5, with 6-10 and with 11 or more orders, a count each",
        "order count tiers 1-5 | 6-10 | 11+, how many customers in each tier",
    ] {
        assert_eq!(classes(message), three("customer_orders"), "{message}");
    }
    let open = classes("orders by size: up to 4 items, 5 to 9, the rest");
    assert_eq!(open[2], bound("order_size", "gt", json!([9])));
    let two = classes("how many orders touch 1 department, 2 or 3, or more than 3?");
    assert_eq!(two[1], bound("departments", "between", json!([2, 3])));
}

#[test]
fn things_of_the_catalogue_are_classed_by_a_figure_too() {
    for (message, of, field) in [
        ("products by number of buyers: 1, 2-5, 6 and more", "products", "customers"),
        ("aisles by items sold: under 100, 100 to 999, 1,000 or more", "aisles", "items"),
        (
            "number of departments with fewer than 50 products, 50 to 200, more than 200",
            "departments",
            "products",
        ),
    ] {
        let arguments = arguments(message);
        assert_eq!(arguments["metrics"], json!([of]), "{message}");
        let cohort = &arguments["slices"][0]["cohorts"][0];
        assert_eq!(cohort["of"], of, "{message}");
        assert_eq!(cohort["having"][0]["field"], field, "{message}");
    }
}

#[test]
fn two_conditions_are_no_classes() {
    for message in [
        "how many orders between 8 and 10 have 20 to 30 items",
        "aisles with at least 500 items and a reorder rate under 50 %",
    ] {
        assert!(arguments(message).get("slices").is_none_or(|slices| slices == &json!([])), "{message}");
    }
}

fn having(of: &str, field: &str, op: &str, value: Value) -> Value {
    json!([{"of": of, "having": [{"field": field, "op": op, "values": [value]}]}])
}

#[test]
fn figures_of_whole_customers_and_orders_are_conditions() {
    for (message, expected) in [
        ("how many orders span at least 4 aisles", having("orders", "aisles", "ge", json!(4))),
        (
            "number of customers whose largest order had 20 items or more",
            having("customers", "max_basket_size", "ge", json!(20)),
        ),
    ] {
        assert_eq!(arguments(message)["cohorts"], expected, "{message}");
    }
    let mostly = arguments("how many customers placed over half of their orders in the morning");
    assert_eq!(mostly["cohorts"][0]["having"][0]["field"], "part_of_orders");
    let holding = arguments("how many customers have produce in more than half of their orders");
    assert_eq!(holding["cohorts"][0]["having"][0]["field"], "part_of_baskets");
    let same = arguments("how many customers bought the same product 10 times or more");
    assert_eq!(same["cohorts"][0]["per"], "product_id");
    let share = arguments("what share of baskets touches 5 or more departments");
    assert_eq!(share["part_cohorts"], having("orders", "departments", "ge", json!(5)));
    let mean = arguments("how many different aisles does an average order touch");
    assert_eq!((&mean["dimensions"], &mean["summary"]), (&json!(["order_id"]), &json!("mean")));
}

#[test]
fn what_was_bought_and_what_never_was_are_conditions_of_their_own() {
    let told = |message: &str| {
        let cohorts = arguments(message)["cohorts"].clone();
        let cohorts = cohorts.as_array().unwrap_or_else(|| panic!("no cohorts: {message}")).clone();
        cohorts.iter().map(|cohort| cohort["not"] == json!(true)).collect::<Vec<_>>()
    };
    for message in [
        "how many customers bought from produce but never from frozen",
        "customers who have bought produce and have never bought frozen, how many",
        "count the customers with produce but without frozen",
    ] {
        assert_eq!(told(message), [false, true], "{message}");
    }
    for message in [
        "how many customers bought neither produce nor frozen",
        "how many customers have never bought produce and never frozen",
    ] {
        assert_eq!(told(message), [true, true], "{message}");
    }
}

#[test]
fn a_series_that_goes_on_so_is_filled_up() {
    for message in [
        "orders in three-hour blocks: 0-2, 3-5, 6-8 and so on through 21-23",
        "orders by hour blocks 0-2, 3-5, 6-8, and so on up to 21-23",
    ] {
        let blocks = classes(message);
        assert_eq!(blocks.len(), 8, "{message}");
        assert_eq!(blocks[3], bound("order_hour_of_day", "between", json!([9, 11])), "{message}");
    }
}

#[test]
fn who_has_none_of_a_thing_is_whom_all_others_leave() {
    let message =
        "customers by how many different produce products they have ever bought: none, 1 to 10, more than 10";
    let none = arguments(message)["slices"][0]["cohorts"][0].clone();
    assert_eq!((&none["not"], &none["having"]), (&json!(true), &Value::Null), "{message}");
    assert_eq!(classes(message)[1], bound("products_bought", "between", json!([1, 10])), "{message}");
}

#[test]
fn the_thing_before_is_taken_up_by_the_classes() {
    let message =
        "fresh fruits buyers: how many of them have it in 1 order, in 2 to 5, in more than 5 orders";
    assert_eq!(classes(message)[1], bound("part_orders", "between", json!([2, 5])), "{message}");
    let message = "organic share of items, orders of 1-5 / 6-10 / over 10 items";
    let arguments = arguments(message);
    assert_eq!(arguments["metrics"], json!(["items"]), "{message}");
    assert_eq!(arguments["part"][0]["field"], "organic", "{message}");
    assert_eq!(classes(message)[0], bound("order_size", "between", json!([1, 5])), "{message}");
    let message = "baskets by the number of reordered articles: 0, 1 to 3, 4 and more";
    assert_eq!(classes(message)[1], bound("reorders", "between", json!([1, 3])), "{message}");
}

#[test]
fn two_of_the_size_classes_are_told_without_the_third() {
    for message in [
        "median gap of small orders (up to 5 items) compared with large ones (more than 15)",
        "reorder rate of small against large orders",
    ] {
        let arguments = arguments(message);
        assert_eq!(arguments["dimensions"], json!(["size_band"]), "{message}");
        let two = json!([{"field": "size_band", "op": "in", "values": ["small", "large"]}]);
        assert_eq!(arguments["filters"], two, "{message}");
    }
    let message = "the reorder rate of small orders, of medium ones and of large ones";
    let all = json!([{"field": "size_band", "op": "in", "values": ["small", "medium", "large"]}]);
    assert_eq!(arguments(message)["filters"], all, "{message}");
}
