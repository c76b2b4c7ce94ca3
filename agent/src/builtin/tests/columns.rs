//! Several figures side by side, and figures of those that another figure counts.

use super::*;

fn figures(message: &str, arguments: Value) {
    check(message, &analyst(), "query_metrics", arguments);
}

fn eq(field: &str, value: Value) -> Value {
    json!({"field": field, "op": "eq", "values": [value]})
}

#[test]
fn every_figure_of_a_list_is_a_column_whatever_joins_them() {
    let by_department = json!({"metrics": ["items", "customers"], "dimensions": ["department"]});
    for message in [
        "for each department the items as well as the customers",
        "both the items and the customers of every department",
        "departments with items and buyers",
        "department / items / buyers",
    ] {
        figures(message, by_department.clone());
    }
    figures(
        "both items and orders of the produce department",
        json!({"metrics": ["items", "orders"], "filters": [eq("department", json!("produce"))]}),
    );
}

#[test]
fn each_column_has_its_own_aggregation() {
    let by_day = json!({"metrics": ["median_basket_size", "max_basket_size"], "dimensions": ["order_dow"]});
    figures("Basket sizes per day number: the median one and the largest one.", by_day);
    let mixed =
        json!({"metrics": ["basket_size", "median_basket_size"], "dimensions": ["order_hour_of_day"]});
    figures("average basket size next to the median one, by hour", mixed);
}

#[test]
fn a_ranking_and_figures_beside_it_keep_their_order() {
    let items = json!([{"field": "items", "direction": "desc"}]);
    figures(
        "Which three aisles sell the most items? Please add the reorder rate.",
        json!({"metrics": ["items", "reorder_rate"], "dimensions": ["aisle"], "order_by": items, "limit": 3}),
    );
    figures(
        "top 4 departments by items with the number of shoppers",
        json!({"metrics": ["items", "customers"], "dimensions": ["department"], "order_by": items, "limit": 4}),
    );
}

#[test]
fn how_many_of_them_is_a_part_of_what_was_counted() {
    let morning = json!({"field": "order_hour_of_day", "op": "lt", "values": [12]});
    figures(
        "orders per day, and how many of them before noon",
        json!({"metrics": ["orders"], "dimensions": ["order_dow"], "part": [morning], "part_values": true}),
    );
    figures(
        "items by department and how many of them are organic",
        json!({"metrics": ["items"], "dimensions": ["department"], "part": [eq("organic", json!(1))],
            "part_values": true}),
    );
}

#[test]
fn a_share_behind_a_count_is_one_of_the_whole_that_is_named() {
    figures(
        "produce: number of organic items sold and their share of the department",
        json!({"metrics": ["items"], "filters": [eq("department", json!("produce"))],
            "part": [eq("organic", json!(1))], "part_values": true}),
    );
    figures(
        "produce items per day number, and what share of that day's items they are",
        json!({"metrics": ["items"], "dimensions": ["order_dow"], "part": [eq("department", json!("produce"))],
            "part_values": true}),
    );
}

#[test]
fn a_figure_of_those_is_one_of_what_was_counted() {
    let produce = json!({"of": "customers", "bought": [eq("department", json!("produce"))]});
    figures(
        "How many customers have bought produce, and how many orders do they have on average?",
        json!({"metrics": ["customers", "orders_per_customer"], "cohorts": [produce]}),
    );
}

/// The queries that a message is answered by.
fn asked(message: &str) -> Vec<Value> {
    match planned(message, &analyst()).decision {
        Decision::Call(calls) => calls.into_iter().map(|call| tidy(call.arguments)).collect(),
        Decision::Finish(draft) => panic!("{message}: no call but {:?}: {}", draft.status, draft.text),
    }
}

#[test]
fn figures_of_different_rows_are_told_one_after_the_other() {
    let part = |part: &str| eq("day_part", json!(part));
    for (message, one, other) in [
        (
            "orders in the morning and items in the evening",
            json!({"metrics": ["orders"], "filters": [part("morning")]}),
            json!({"metrics": ["items"], "filters": [part("evening")]}),
        ),
        (
            "what is the reorder rate in produce and the average basket size overall?",
            json!({"metrics": ["reorder_rate"], "filters": [eq("department", json!("produce"))]}),
            json!({"metrics": ["basket_size"]}),
        ),
    ] {
        assert_eq!(asked(message), [one, other], "{message}");
    }
}

#[test]
fn every_ranking_of_a_question_is_told() {
    let first = |metric: &str, direction: &str, limit: u32, dimension: &str| {
        let order = json!([{"field": metric, "direction": direction}]);
        json!({"metrics": [metric], "dimensions": [dimension], "order_by": order, "limit": limit})
    };
    let hour = "order_hour_of_day";
    for (message, one, other) in [
        (
            "the busiest and the quietest hour",
            first("orders", "desc", 1, hour),
            first("orders", "asc", 1, hour),
        ),
        (
            "the department with the highest and the one with the lowest reorder rate",
            first("reorder_rate", "desc", 1, "department"),
            first("reorder_rate", "asc", 1, "department"),
        ),
        (
            "which aisle has the most customers and which one has the most items?",
            first("customers", "desc", 1, "aisle"),
            first("items", "desc", 1, "aisle"),
        ),
        (
            "top 3 aisles and bottom 3 aisles by number of customers",
            first("customers", "desc", 3, "aisle"),
            first("customers", "asc", 3, "aisle"),
        ),
    ] {
        assert_eq!(asked(message), [one, other], "{message}");
    }
}

#[test]
fn a_count_that_leaves_its_asking_to_the_one_before_has_it() {
    let means = |metrics: Value| json!({"metrics": metrics, "dimensions": ["order_id"], "summary": "mean"});
    figures(
        "how many aisles and departments does the average order touch?",
        means(json!(["aisles", "departments"])),
    );
    let per_customer = json!({"metrics": ["orders_per_customer", "items_per_customer"]});
    figures("average number of orders and average number of items per customer", per_customer);
    let of_segments =
        json!({"metrics": ["customers", "median_recency_days"], "dimensions": ["segment_name"]});
    figures("per segment: customers with median days since last order", of_segments);
}

#[test]
fn a_ranking_goes_by_the_figure_of_its_own_clause() {
    let order = json!([{"field": "reorders", "direction": "desc"}]);
    figures(
        "Top 8 departments by number of reorders. Show reorders, reorder rate, customers.",
        json!({"metrics": ["reorders", "reorder_rate", "customers"], "dimensions": ["department"], "order_by": order, "limit": 8}),
    );
}

#[test]
fn a_share_beside_a_mean_has_the_same_rows_as_it() {
    let morning = json!({"label": "in the morning", "filters": [{"field": "order_hour_of_day", "op": "between", "values": [6, 11]}]});
    figures(
        "average basket size in the morning, and the share of orders placed then",
        json!({"metrics": ["basket_size", "orders"], "slices": [morning], "share_of_total": true}),
    );
}

#[test]
fn those_with_fewer_are_the_other_side_of_the_bound() {
    let asked =
        asked("customers with at least 10 orders and those with fewer: reorder rate, items per order");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["metrics"], json!(["reorder_rate", "basket_size"]));
    assert_eq!(asked[0]["slices"].as_array().map(Vec::len), Some(2), "{}", asked[0]);
}
