//! Questions about customers: how long ago they ordered, what is expected of them, the run of their orders.

use super::*;

fn figures(message: &str, arguments: Value) {
    check(message, &analyst(), "query_metrics", arguments);
}

fn arguments(message: &str) -> Value {
    let (tool, arguments) = call(&planned(message, &analyst()), message);
    assert_eq!(tool, "query_metrics", "{message}");
    arguments
}

fn customers_where(field: &str, op: &str, value: i64) -> Value {
    json!({"metrics": ["customers"], "filters": [{"field": field, "op": op, "values": [value]}]})
}

#[test]
fn the_last_order_is_recency_however_it_is_said() {
    for (message, op, days) in [
        ("number of customers whose last order was at most 7 days ago", "le", 7),
        ("how many customers have not ordered for over 14 days", "gt", 14),
        ("how many customers have not ordered in the last 14 days", "gt", 14),
        ("how many shoppers last ordered three weeks ago or longer", "ge", 21),
        ("how many customers ordered within the last 5 days", "le", 5),
        ("number of shoppers that have been inactive for at least 20 days", "ge", 20),
    ] {
        figures(message, customers_where("recency_days", op, days));
    }
}

#[test]
fn so_many_orders_of_a_customer_are_a_condition() {
    figures("how many customers only ever ordered once", customers_where("customer_orders", "eq", 1));
    figures("count everyone with 100 orders", customers_where("customer_orders", "eq", 100));
    figures(
        "number of shoppers whose order count is 24 or higher",
        customers_where("customer_orders", "ge", 24),
    );
}

#[test]
fn a_forecast_is_expected_orders_and_no_count() {
    let by_segment = json!({"metrics": ["expected_orders"], "dimensions": ["segment_name"]});
    figures("break the forecast of orders for the coming four weeks down by segment", by_segment.clone());
    figures("by segment, how many orders in total are predicted over the next four weeks?", by_segment);
}

#[test]
fn leaving_without_a_stretch_of_time_is_churn_within_the_usual_one() {
    let risk = json!({
        "metrics": ["avg_churn_risk"],
        "filters": [{"field": "user_id", "op": "eq", "values": [42]}],
    });
    figures("how likely is it that customer 42 leaves us?", risk.clone());
    figures("what is the chance of customer 42 not coming back?", risk);
}

#[test]
fn runs_of_orders_are_a_row_each() {
    let run = json!({
        "metrics": ["reorder_rate"],
        "dimensions": ["order_number"],
        "filters": [{"field": "order_number", "op": "between", "values": [1, 10]}],
    });
    figures("show how the reorder rate goes from order number 1 through 10", run.clone());
    figures("for order number 1 through 10, show me the reorder rate", run);
}

#[test]
fn the_gap_between_two_orders_is_that_before_the_later_one() {
    let gap = json!({
        "metrics": ["avg_days_between_orders"],
        "filters": [{"field": "order_number", "op": "eq", "values": [2]}],
    });
    let mut row = gap.clone();
    row["dimensions"] = json!(["order_number"]);
    figures("average gap in days from order 1 to order 2", row);
    figures("average days between the first and the second order", gap);
}

#[test]
fn segments_that_are_not_named_are_a_row_each() {
    figures("segment sizes, in customers", json!({"metrics": ["customers"], "dimensions": ["segment_name"]}));
    figures(
        "segment overview: customers, orders, items",
        json!({"metrics": ["customers", "orders", "items"], "dimensions": ["segment_name"]}),
    );
    figures(
        "how do the segments compare on reorder rate",
        json!({"metrics": ["reorder_rate"], "dimensions": ["segment_name"]}),
    );
}

#[test]
fn what_lies_beyond_a_mean_is_counted() {
    let bound = |metric: &str, dimension: &str, op: &str| {
        json!({
            "metrics": [metric],
            "dimensions": [dimension],
            "filters": [{"field": metric, "op": op, "values": ["mean"]}],
            "summary": "count",
        })
    };
    figures("how many orders are bigger than the average basket?", bound("basket_size", "order_id", "gt"));
    figures("number of customers with more orders than average", bound("orders", "user_id", "gt"));
    figures("how many orders have fewer items than average", bound("basket_size", "order_id", "lt"));
}

#[test]
fn each_aggregation_of_a_figure_of_customers_is_one_of_its_own() {
    let by_segment = |metrics: &[&str]| json!({"metrics": metrics, "dimensions": ["segment_name"]});
    figures("median recency by segment", by_segment(&["median_recency_days"]));
    figures("what is the median recency of our customers", json!({"metrics": ["median_recency_days"]}));
    figures(
        "minimum, mean and maximum number of orders per customer in each segment",
        by_segment(&["min_orders_per_customer", "orders_per_customer", "max_orders_per_customer"]),
    );
    figures(
        "recency of all customers: mean, median, maximum",
        json!({"metrics": ["avg_recency_days", "median_recency_days", "max_recency_days"]}),
    );
}

#[test]
fn lengths_of_time_are_recency_or_the_gap_by_the_order_they_lead_to() {
    let recency = json!({"metrics": ["avg_recency_days"]});
    for message in [
        "how long ago did shoppers place their latest order, on average",
        "mean number of days since customers last bought anything",
        "on average, how many days have passed since people's most recent purchase",
    ] {
        figures(message, recency.clone());
    }
    let gap = json!({"metrics": ["avg_days_between_orders"]});
    for message in [
        "how many days elapse on average until the next order",
        "when a new order is placed, how many days have passed since the previous one, on average",
        "mean days that lie between two orders",
    ] {
        figures(message, gap.clone());
    }
}

#[test]
fn a_stretch_without_orders_has_one_bound_or_two() {
    let between = json!({
        "metrics": ["customers"],
        "filters": [
            {"field": "recency_days", "op": "gt", "values": [8]},
            {"field": "recency_days", "op": "lt", "values": [18]},
        ],
    });
    figures("number of customers whose last order is more than 8 but less than 18 days back", between);
    for (message, op, days) in [
        ("how many shoppers have stayed away for 12 days or more", "ge", 12),
        ("count of customers with over 25 days without an order", "gt", 25),
        ("how many people have a recency of 30", "eq", 30),
        ("number of customers that have not been back for 9 days", "ge", 9),
    ] {
        figures(message, customers_where("recency_days", op, days));
    }
}

#[test]
fn groups_of_customers_and_orders_side_by_side_are_slices() {
    let slices = |message: &str| {
        let (tool, arguments) = call(&planned(message, &analyst()), message);
        assert_eq!(tool, "query_metrics", "{message}");
        assert_eq!(arguments["slices"].as_array().map(Vec::len), Some(2), "{message}: {arguments}");
        arguments
    };
    for message in [
        "mean churn risk of produce buyers and of people who never bought produce",
        "average recency: customers who bought from bakery vs customers who bought from frozen",
        "median basket, orders with produce against orders without",
        "mean number of orders of customers who are away for 20 days or more and of all the others",
    ] {
        let arguments = slices(message);
        assert!(arguments["dimensions"].as_array().is_none_or(Vec::is_empty), "{message}: {arguments}");
    }
}

#[test]
fn a_median_that_no_figure_is_is_not_told_as_a_mean() {
    assert_eq!(status("median reorder rate by segment", &analyst()).0, Status::Clarify);
    figures("what is the median recency of our customers", json!({"metrics": ["median_recency_days"]}));
}

#[test]
fn a_correlation_of_one_figure_is_refused() {
    let (status, code) = status("how strongly is the reorder rate correlated?", &analyst());
    assert_eq!((status, code.as_str()), (Status::Refused, "not_understood"));
}

#[test]
fn an_opening_that_only_leads_up_to_the_question_is_no_condition() {
    figures(
        "My boss wants to know how common dairy is in our orders. What share of the orders holds something from produce?",
        json!({
            "metrics": ["orders"],
            "part": [{"field": "department", "op": "eq", "values": ["produce"]}],
        }),
    );
}

fn with(bought: Value, not: bool) -> Value {
    tidy(json!({"of": "customers", "bought": bought, "not": not}))
}

fn order_number(op: &str, value: i64) -> Value {
    json!({"field": "order_number", "op": op, "values": [value]})
}

#[test]
fn a_first_time_is_some_order_and_none_before_it() {
    let frozen = json!({"field": "department", "op": "eq", "values": ["frozen"]});
    for (message, then, before) in [
        (
            "count the people whose first frozen purchase came only after their 5th order",
            order_number("gt", 5),
            order_number("le", 5),
        ),
        (
            "how many people had their first frozen purchase in order 3",
            order_number("eq", 3),
            order_number("lt", 3),
        ),
    ] {
        let cohorts = json!([with(json!([frozen, then]), false), with(json!([frozen, before]), true)]);
        figures(message, json!({"metrics": ["customers"], "cohorts": cohorts}));
    }
}

#[test]
fn what_an_order_held_none_of_is_denied_of_it() {
    let produce = json!({"field": "department", "op": "eq", "values": ["produce"]});
    let cohorts = json!([
        with(json!([order_number("eq", 1), produce]), true),
        with(json!([order_number("gt", 1), produce]), false),
    ]);
    figures(
        "customers with no produce in order number 1 but produce in some order after that. number?",
        json!({"metrics": ["customers"], "cohorts": cohorts}),
    );
}

#[test]
fn what_was_never_reordered_is_a_denial_of_the_thing() {
    let bakery = json!({"field": "department", "op": "eq", "values": ["bakery"]});
    let again = json!({"field": "bought_before", "op": "eq", "values": [1]});
    let cohorts = json!([with(json!([bakery]), false), with(json!([bakery, again]), true)]);
    figures(
        "how many customers got something from bakery yet never reordered any bakery item",
        json!({"metrics": ["customers"], "cohorts": cohorts}),
    );
}

#[test]
fn several_customers_are_a_row_each() {
    let who = json!([{"field": "user_id", "op": "in", "values": [1, 13, 21]}]);
    figures(
        "look up the segments of customers 1, 13 and 21 for me please",
        json!({"metrics": ["customers"], "dimensions": ["user_id", "segment_name"], "filters": who}),
    );
}

#[test]
fn worse_is_more_of_a_risk() {
    let filters = json!([{"field": "churn_risk", "op": "ge", "values": [0.6]}]);
    figures(
        "anyone whose churn risk is 60 percent or worse, count",
        json!({"metrics": ["customers"], "filters": filters}),
    );
}

#[test]
fn gaps_between_numbered_orders_are_a_row_each() {
    let later = json!([{"field": "order_number", "op": "in", "values": [2, 10]}]);
    figures(
        "median days between order 1 and 2, and between order 9 and 10",
        json!({"metrics": ["median_days_between_orders"], "dimensions": ["order_number"], "filters": later}),
    );
}

#[test]
fn orders_of_any_one_customer_are_orders_per_customer_with_their_ends() {
    for message in ["the lowest number of orders any customer has", "fewest orders of a single customer"] {
        assert_eq!(arguments(message)["metrics"], json!(["min_orders_per_customer"]), "{message}");
    }
    for message in [
        "whats the lowest and the highest number of orders any customer has?",
        "min and max orders of any customer",
    ] {
        let mut metrics: Vec<String> =
            serde_json::from_value(arguments(message)["metrics"].clone()).unwrap_or_default();
        metrics.sort();
        assert_eq!(metrics, ["max_orders_per_customer", "min_orders_per_customer"], "{message}");
    }
    // Somebody in particular is asked for, or a group is ranked.
    assert_eq!(arguments("which customer has the most orders")["dimensions"], json!(["user_id"]));
    let ranked = arguments("which department has the highest orders per customer");
    assert_eq!(ranked["dimensions"], json!(["department"]));
}

#[test]
fn how_busy_a_time_is_are_its_orders() {
    for message in ["how busy is day 3, in orders?", "How busy is day 3"] {
        let asked = arguments(message);
        assert_eq!(
            (&asked["metrics"], &asked["dimensions"]),
            (&json!(["orders"]), &Value::Null),
            "{message}"
        );
        assert_eq!(asked["filters"][0]["field"], "order_dow", "{message}");
    }
    assert_eq!(arguments("the busiest hour of day 3")["limit"], 1);
}

#[test]
fn one_best_seller_is_one_product() {
    assert_eq!(arguments("best seller overall?")["limit"], 1);
    assert_eq!(arguments("the bestseller in produce")["limit"], 1);
    assert_eq!(arguments("best sellers overall")["limit"], 10);
}
