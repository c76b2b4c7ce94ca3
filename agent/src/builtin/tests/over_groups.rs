//! Statistics of a figure over the members of a group.

use super::*;

#[test]
fn statistics_are_taken_over_the_members_that_are_named() {
    let over = |metric: &str, by: &str, summary: &str, beside: &[&str]| json!({"metrics": [metric], "dimensions": [by], "summary": summary, "summaries_beside": beside});
    let check_all = |wordings: &[&str], arguments: Value| {
        for message in wordings {
            check(message, &analyst(), "query_metrics", arguments.clone());
        }
    };
    check_all(
        &[
            "mean and median number of buyers per product",
            "average number of buyers a product has, and the median",
        ],
        over("customers", "product_name", "mean", &["median"]),
    );
    check_all(
        &["how many aisles does a customer shop on average and at most?"],
        over("aisles", "user_id", "mean", &["max"]),
    );
    check_all(
        &["average and maximum number of products per customer"],
        over("products_bought", "user_id", "mean", &["max"]),
    );
    check_all(
        &[
            "minimum, mean and maximum number of orders per hour of the day",
            "orders per hour of the day: minimum, mean, maximum",
        ],
        over("orders", "order_hour_of_day", "min", &["mean", "max"]),
    );
    let frozen = json!({"metrics": ["items"], "dimensions": ["order_id"],
        "filters": [{"field": "department", "op": "eq", "values": ["frozen"]}],
        "summary": "mean", "summaries_beside": ["max"]});
    check_all(&["for orders that contain frozen: how many frozen items on average and at most"], frozen);
    // What the model has by itself stays its figure, and an end alone ranks rows.
    check_all(
        &["mean and largest number of items per order", "average and largest number of items per order"],
        json!({"metrics": ["basket_size", "max_basket_size"]}),
    );
    let message = "which department has the highest reorder rate";
    let (_, highest) = call(&planned(message, &analyst()), message);
    assert_eq!(highest.get("limit"), Some(&json!(1)), "{highest}");
}

#[test]
fn two_ends_of_a_figure_are_told_with_whose_they_are() {
    let calls = match planned("smallest and largest reorder rate among the aisles", &analyst()).decision {
        Decision::Call(calls) => calls.into_iter().map(|call| tidy(call.arguments)).collect(),
        Decision::Finish(_) => Vec::new(),
    };
    assert_eq!(calls.len(), 3, "{calls:?}");
    let first = calls.first().cloned().unwrap_or_default();
    assert_eq!(
        (first.get("summary"), first.get("summaries_beside")),
        (Some(&json!("min")), Some(&json!(["max"])))
    );
}
