//! Questions about customers: how long ago they ordered, what is expected of them, the run of their orders.

use super::*;

fn figures(message: &str, arguments: Value) {
    check(message, &analyst(), "query_metrics", arguments);
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
