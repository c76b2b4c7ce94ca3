//! Questions about figures: shares and their parts, classes, comparisons, lists, and what a question leaves unsaid.

use super::*;

fn figures(message: &str, arguments: Value) {
    check(message, &analyst(), "query_metrics", arguments);
}

fn eq(field: &str, value: Value) -> Value {
    json!({"field": field, "op": "eq", "values": [value]})
}

fn not_among(of: &str, bought: Value) -> Value {
    json!({"of": of, "bought": [bought], "not": true})
}

#[test]
fn a_share_is_one_of_what_is_said_of_its_subject() {
    let morning = json!({"field": "order_hour_of_day", "op": "between", "values": [6, 11]});
    let with_produce =
        json!({"metrics": ["orders"], "filters": [morning], "part": [eq("department", json!("produce"))]});
    figures("Which share of the morning orders includes something from produce?", with_produce);
    let organic_of_produce = json!({"metrics": ["items"], "filters": [eq("department", json!("produce"))],
        "part": [eq("organic", json!(1))]});
    figures("what is the share of organic items in produce", organic_of_produce);
}

#[test]
fn what_never_was_and_what_is_all_of_a_kind_are_parts_of_whole_customers_and_orders() {
    let never = not_among("customers", eq("department", json!("produce")));
    figures(
        "what share of customers never bought produce",
        json!({"metrics": ["customers"], "part_cohorts": [never]}),
    );
    let other = json!({"field": "organic", "op": "ne", "values": [1]});
    figures(
        "what share of baskets is entirely organic",
        json!({"metrics": ["baskets"], "part_cohorts": [not_among("orders", other)]}),
    );
}

#[test]
fn a_number_and_its_share_are_told_together() {
    let over_thirty = json!({"field": "order_size", "op": "gt", "values": [30]});
    figures(
        "how many orders have more than 30 items and what share of all orders is that",
        json!({"metrics": ["baskets"], "part": [over_thirty], "part_values": true}),
    );
}

#[test]
fn classes_may_leave_one_end_out_and_share_one_per_cent_sign() {
    let arguments = |message: &str| {
        let (tool, arguments) = call(&planned(message, &analyst()), message);
        assert_eq!(tool, "query_metrics", "{message}");
        arguments
    };
    let by_risk = arguments("households by churn probability: under 25%, 25 to under 50, 50 and over");
    let middle = json!([{"field": "churn_risk", "op": "ge", "values": [0.25]},
        {"field": "churn_risk", "op": "lt", "values": [0.5]}]);
    assert_eq!(by_risk["slices"].as_array().unwrap().len(), 3);
    assert_eq!(by_risk["slices"][1]["filters"], middle);
    let by_size = arguments("orders by size: up to 5 items, above 5 up to 10, above 10");
    let between = json!([{"field": "order_size", "op": "gt", "values": [5]},
        {"field": "order_size", "op": "le", "values": [10]}]);
    assert_eq!(by_size["slices"][1]["filters"], between);
}

#[test]
fn every_bound_of_a_question_holds() {
    figures(
        "departments with a reorder rate of at least 60% and more than 500 customers",
        json!({"metrics": ["items", "reorder_rate", "customers"], "dimensions": ["department"], "filters": [
            {"field": "reorder_rate", "op": "ge", "values": [0.6]},
            {"field": "customers", "op": "gt", "values": [500]},
        ]}),
    );
    figures(
        "how many large orders (more than 15 items) are placed at night?",
        json!({"metrics": ["orders"], "filters": [
            {"field": "order_size", "op": "gt", "values": [15]},
            {"field": "order_hour_of_day", "op": "between", "values": [0, 5]},
        ]}),
    );
    // A bound that finds no place in the query is asked about, not dropped.
    let (found, _) = status("how many small orders have more than 30 items", &analyst());
    assert_eq!(found, Status::Clarify);
}

#[test]
fn sides_are_compared_as_whole_orders_and_told_with_their_difference() {
    let bread = json!([{"label": "produce", "filters": [eq("department", json!("produce"))]},
        {"label": "bakery", "filters": [eq("department", json!("bakery"))]}]);
    figures(
        "difference in reorder rate between produce and bakery",
        json!({"metrics": ["reorder_rate"], "slices": bread, "contrast": true}),
    );
    let (_, arguments) = {
        let message = "orders with produce and orders without any: mean size";
        call(&planned(message, &analyst()), message)
    };
    assert_eq!(arguments["slices"][0]["cohorts"][0]["of"], "orders");
    assert_eq!(arguments["slices"][1]["cohorts"][0]["not"], true);
}

#[test]
fn figures_and_groups_stand_in_lists_without_a_verb() {
    figures(
        "day 0 versus day 3 - orders, items",
        json!({"metrics": ["orders", "items"], "dimensions": ["order_dow"],
            "filters": [{"field": "order_dow", "op": "in", "values": [0, 3]}]}),
    );
    figures(
        "reorder rate, segment and daypart",
        json!({"metrics": ["reorder_rate"], "dimensions": ["segment_name", "day_part"]}),
    );
    figures(
        "orders at 10, 11 or 12 o'clock: how many",
        json!({"metrics": ["orders"],
            "filters": [{"field": "order_hour_of_day", "op": "in", "values": [10, 11, 12]}]}),
    );
}

#[test]
fn the_fewest_that_make_a_share_are_counted_and_the_largest_are_summed() {
    figures(
        "what's the smallest number of departments that together account for at least 75% of items sold?",
        json!({"metrics": ["items"], "dimensions": ["department"],
            "order_by": [{"field": "items", "direction": "desc"}], "cumulative_to": 0.75, "summary": "count"}),
    );
    figures(
        "the 20 products with the most items: what % of all items do they stand for",
        json!({"metrics": ["items"], "dimensions": ["product_name"],
            "order_by": [{"field": "items", "direction": "desc"}], "limit": 20, "share_of_total": true,
            "summary": "sum"}),
    );
}

fn place(op: &str, value: i64) -> Value {
    json!({"field": "cart_place", "op": op, "values": [value]})
}

#[test]
fn places_in_the_cart_are_conditions_however_they_are_said() {
    let produce = eq("department", json!("produce"));
    figures(
        "produce within the first three cart positions, as a percentage of all items in these positions",
        json!({"metrics": ["items"], "filters": [place("le", 3)], "part": [produce]}),
    );
    figures(
        "what is the share of produce among the first five items added to a basket",
        json!({"metrics": ["items"], "filters": [place("le", 5)], "part": [produce]}),
    );
    figures(
        "of the second item in the cart, what share is organic",
        json!({"metrics": ["items"], "filters": [place("eq", 2)], "part": [eq("organic", json!(1))]}),
    );
}

#[test]
fn the_only_item_of_an_order_is_its_size() {
    figures(
        "Banana bought alone: number of orders where it is the only item",
        json!({"metrics": ["orders"], "filters": [
            eq("product_name", json!("Banana")),
            eq("order_size", json!(1)),
        ]}),
    );
}
