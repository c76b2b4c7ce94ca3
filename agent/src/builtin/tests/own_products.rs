//! Which of a shopper's own products: within a bound on how often, at a time of the day, of one order.

use super::*;

fn asked(message: &str) -> (String, Value) {
    call(&planned(message, &shopper()), message)
}

fn filters(message: &str) -> Value {
    let (tool, arguments) = asked(message);
    assert_eq!(tool, "query_metrics", "{message}: {arguments}");
    assert_eq!(arguments["dimensions"], json!(["product_name"]), "{message}");
    arguments["filters"].clone()
}

#[test]
fn a_number_of_times_bounds_what_a_shopper_bought() {
    let own = json!({"field": "user_id", "op": "eq", "values": [7]});
    for (message, op, times) in [
        ("what have I bought exactly once and never again", "eq", 1),
        ("products i bought only one time", "eq", 1),
        ("things I tried once", "eq", 1),
        ("stuff i got twice", "eq", 2),
        ("which items have i bought more than five times", "gt", 5),
        ("what did i buy at least 3 times", "ge", 3),
        ("what did i order 4 times or more", "ge", 4),
    ] {
        let bound = json!({"field": "items", "op": op, "values": [times]});
        assert_eq!(filters(message), json!([own, bound]), "{message}");
    }
}

#[test]
fn the_number_of_such_products_is_one_figure() {
    let (_, arguments) = asked("number of products I bought only once");
    assert_eq!(arguments["summary"], json!("count"));
}

#[test]
fn a_part_of_the_day_limits_what_a_shopper_buys() {
    for (message, hours) in [
        ("what do i usually buy in the morning", [6, 11]),
        ("what do i order in the evening mostly", [18, 23]),
        ("what do i put in my cart in the afternoon mostly", [12, 17]),
    ] {
        let found = filters(message);
        assert_eq!(found[1]["field"], "order_hour_of_day", "{message}");
        assert_eq!(found[1]["values"], json!(hours), "{message}");
    }
}

#[test]
fn the_number_of_an_order_is_no_product() {
    let (tool, arguments) = asked("list everything i bought in order 5");
    assert_eq!((tool.as_str(), &arguments["order"]), ("purchase_history", &json!(5)));
}
