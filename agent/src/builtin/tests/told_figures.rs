//! Questions about figures in the ways people tell them: behind headings, with glosses, by what happened.

use super::*;

fn figures(message: &str, arguments: Value) {
    check(message, &analyst(), "query_metrics", arguments);
}

fn filter(field: &str, op: &str, values: Value) -> Value {
    json!({"field": field, "op": op, "values": values})
}

#[test]
fn a_heading_or_a_gloss_adds_nothing_to_the_question() {
    let evening = json!({"metrics": ["customers"], "dimensions": ["department"],
        "filters": [filter("order_hour_of_day", "ge", json!([18]))]});
    figures("who shops in the evening? number of customers by department for hours 18 and later", evening);
    let once = json!({"metrics": ["customers"], "dimensions": ["department"]});
    figures("number of customers by department (count each customer once)", once);
}

#[test]
fn a_length_is_told_by_what_happened_in_it() {
    let within = |op: &str, days: i64| filter("days_since_prior_order", op, json!([days]));
    let size = |gap: Value| json!({"metrics": ["basket_size"], "filters": [gap]});
    figures(
        "if the last order was no more than 3 days before, how big is the basket on average?",
        size(within("le", 3)),
    );
    figures("average basket size when people come back after 30 or more days", size(within("ge", 30)));
    figures("average basket size when people order again within 7 days", size(within("le", 7)));
    let recency = json!({"metrics": ["avg_recency_days"]});
    figures("On average our customers' last order was how many days ago?", recency);
}

#[test]
fn who_reordered_bought_it_before() {
    let again = json!({"metrics": ["customers"], "filters": [filter("department", "eq", json!(["produce"])),
        filter("bought_before", "eq", json!([1]))]});
    figures("how many customers reordered produce", again.clone());
    let ranked = json!({"metrics": ["customers"], "dimensions": ["product_name"], "limit": 5,
        "order_by": desc("customers"), "filters": [filter("bought_before", "eq", json!([1]))]});
    figures("top five products judged by how many customers reordered them", ranked);
}

#[test]
fn a_share_at_the_end_is_one_of_what_was_said() {
    let produce = filter("department", "eq", json!(["produce"]));
    let without = json!([{"of": "orders", "bought": [produce.clone()], "not": true}]);
    figures(
        "orders w/o a single produce item, in percent",
        json!({"metrics": ["baskets"], "part_cohorts": without}),
    );
    let frozen = filter("department", "eq", json!(["frozen"]));
    figures(
        "among people who buy produce, how many percent have bought frozen as well",
        json!({"metrics": ["customers"], "part": [frozen],
            "cohorts": [{"of": "customers", "bought": [produce]}]}),
    );
}

#[test]
fn what_is_put_together_is_no_group() {
    let list = filter("department", "in", json!(["produce", "frozen"]));
    figures(
        "put produce and frozen in one bucket: reorder rate of the bucket?",
        json!({"metrics": ["reorder_rate"], "filters": [list]}),
    );
    let hour = filter("order_hour_of_day", "eq", json!([10]));
    figures(
        "How many orders came in at 10 o'clock, all days together?",
        json!({"metrics": ["orders"], "filters": [hour]}),
    );
    let most = filter("customer_orders", "gt", json!([20]));
    figures(
        "Reorder rate by department, restricted to customers with more than 20 orders.",
        json!({"metrics": ["reorder_rate"], "dimensions": ["department"], "filters": [most]}),
    );
}

#[test]
fn several_largest_orders_are_rows_and_a_number_in_words_is_no_id() {
    let largest = json!({"metrics": ["basket_size"], "dimensions": ["order_id"], "limit": 5});
    let (tool, arguments) = call(&planned("the five largest orders", &analyst()), "");
    assert_eq!((tool.as_str(), &arguments["dimensions"]), ("query_metrics", &largest["dimensions"]));
    assert_eq!(arguments["limit"], 5);
    let (_, arguments) =
        call(&planned("number of customers by department, each customer once", &analyst()), "");
    assert!(arguments["filters"].is_null(), "{arguments}");
}

#[test]
fn the_dot_of_a_short_form_ends_no_sentence() {
    figures("the avg. no. of items per order", json!({"metrics": ["basket_size"]}));
    figures("For a slide: the median no. of items in a cart", json!({"metrics": ["median_basket_size"]}));
}
