//! What the rows are, where no word of grouping says it outright, and who is counted by what they never did.

use super::*;

fn figures(message: &str, arguments: Value) {
    check(message, &analyst(), "query_metrics", arguments);
}

fn filter(field: &str, op: &str, values: Value) -> Value {
    json!({"field": field, "op": op, "values": values})
}

#[test]
fn customers_are_told_by_their_number_of_orders() {
    for message in [
        "number of customers by order count",
        "number of customers per number of orders",
        "distribution of customers over how often they ordered",
        "how many customers placed 1 order, 2 orders, 3 orders and so on",
    ] {
        figures(message, json!({"metrics": ["customers"], "dimensions": ["customer_orders"]}));
    }
}

#[test]
fn each_of_some_orders_is_a_row() {
    let first = filter("order_number", "between", json!([1, 10]));
    figures(
        "how many items did customer 1 put in each of their orders 1 to 10?",
        json!({"metrics": ["items"], "dimensions": ["order_number"],
            "filters": [filter("user_id", "eq", json!([1])), first]}),
    );
}

#[test]
fn a_step_between_two_orders_is_the_gap_before_the_later_one() {
    for (message, metric, number) in [
        ("avg days from first to second order", "avg_days_between_orders", 2),
        ("median number of days between order 4 and order 5", "median_days_between_orders", 5),
    ] {
        let later = filter("order_number", "eq", json!([number]));
        figures(message, json!({"metrics": [metric], "filters": [later]}));
    }
}

#[test]
fn orders_of_a_single_item_are_told_by_their_size() {
    let single = filter("order_size", "eq", json!([1]));
    figures(
        "when an order consists of one item only, which five products is it most often?",
        json!({"metrics": ["items"], "dimensions": ["product_name"], "filters": [single], "limit": 5,
            "order_by": desc("items")}),
    );
}

#[test]
fn who_never_reordered_has_nothing_that_was_bought_before() {
    let nothing =
        json!([{"of": "customers", "bought": [filter("bought_before", "eq", json!([1]))], "not": true}]);
    for message in
        ["how many customers have never reordered anything", "number of people who never reordered"]
    {
        figures(message, json!({"metrics": ["customers"], "cohorts": nothing}));
    }
}

#[test]
fn places_in_the_cart_need_no_noun() {
    figures(
        "what aisle is most often second in the cart",
        json!({"metrics": ["items"], "dimensions": ["aisle"], "filters": [filter("cart_place", "eq", json!([2]))],
            "limit": 1, "order_by": desc("items")}),
    );
}

#[test]
fn two_clauses_of_the_same_customers_both_hold() {
    figures(
        "number of customers that have thirty or more orders and whose last order is more than two weeks back",
        json!({"metrics": ["customers"], "filters": [filter("customer_orders", "ge", json!([30])),
            filter("recency_days", "gt", json!([14]))]}),
    );
}

#[test]
fn what_a_word_means_is_described() {
    for message in [
        "what does churn mean in this data",
        "how should i understand confidence?",
        "what time span does the churn forecast cover?",
    ] {
        check(message, &analyst(), "describe_data", json!({"topic": "metrics"}));
    }
    for message in
        ["what do people buy most? mean reorder rate by department please", "what is the mean churn risk"]
    {
        let (tool, _) = call(&planned(message, &analyst()), message);
        assert_eq!(tool, "query_metrics", "{message}");
    }
}
