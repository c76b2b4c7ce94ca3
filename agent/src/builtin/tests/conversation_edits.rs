//! Talks that go on by pointing: at rows, at what was counted, at the figure itself, at the step before.
//!
//! A test a cell of the table "what a turn leaves × what the next message is"; a few wordings each.

use serde_json::{Value, json};

use super::conversation::{check, last, of, ranking, shown};

/// Departments that a ranking has shown, then the message.
fn behind_departments(message: &str, wanted: Value) {
    let rows = shown("department", &["produce", "frozen", "bakery"]);
    let (_, given) = last(&[("top 3 departments by items", rows)], message);
    assert_eq!(given, wanted, "{message}");
}

fn among_departments(metric: &str, direction: &str) -> Value {
    json!({"metrics": [metric], "dimensions": ["department"],
        "filters": [{"field": "department", "op": "in", "values": ["produce", "frozen", "bakery"]}],
        "order_by": [{"field": metric, "direction": direction}], "limit": 1})
}

#[test]
fn a_question_about_shown_rows_is_restricted_to_them() {
    for message in [
        "which of those has the most customers?",
        "which one has the most customers",
        "who among them has the most customers",
        "the one with the most customers among them",
        "which of the three departments has the most customers",
    ] {
        behind_departments(message, among_departments("customers", "desc"));
    }
}

#[test]
fn what_was_counted_can_be_listed_and_ranked() {
    let counted = "how many aisles does frozen have?";
    for message in ["list them", "which are they?", "name those please", "what are they"] {
        check(
            &[counted],
            message,
            json!({"metrics": ["items"], "dimensions": ["aisle"], "filters": of("department", "frozen")}),
        );
    }
    for message in ["which of them sells the most items?", "which one sells the most items"] {
        check(
            &[counted],
            message,
            json!({"metrics": ["items"], "dimensions": ["aisle"], "filters": of("department", "frozen"),
                "order_by": [{"field": "items", "direction": "desc"}], "limit": 1}),
        );
    }
}

#[test]
fn rows_can_be_counted() {
    for message in ["how many are there?", "how many are those", "count them"] {
        check(
            &["items by aisle in frozen"],
            message,
            json!({"metrics": ["items"], "dimensions": ["aisle"], "filters": of("department", "frozen"),
                "summary": "count"}),
        );
    }
}

#[test]
fn further_rows_stand_behind_those_that_were_shown() {
    let mut wanted = ranking("items", "aisle", "desc", 10);
    wanted["skip"] = json!(10);
    for message in
        ["the next ten", "the following 10 please", "10 more", "and the ten after those", "places 11 to 20"]
    {
        check(&["top 10 aisles by items"], message, wanted.clone());
    }
}

#[test]
fn a_step_can_be_taken_back() {
    for message in ["undo that", "go back", "back to the one before", "take that back"] {
        check(
            &["items in frozen", "by hour"],
            message,
            json!({"metrics": ["items"], "filters": of("department", "frozen")}),
        );
    }
    check(
        &["top 5 aisles by items", "by customers", "only 3"],
        "back to the first list",
        ranking("items", "aisle", "desc", 5),
    );
}

#[test]
fn a_share_is_of_what_was_asked_about_before() {
    for message in ["and as a share?", "in percent please", "what share is that"] {
        check(
            &["how many items in frozen", "and how many of those are organic?"],
            message,
            json!({"metrics": ["items"], "filters": of("department", "frozen"),
                "part": [{"field": "organic", "op": "eq", "values": [1]}]}),
        );
    }
}

#[test]
fn two_answers_are_taken_from_each_other() {
    for message in
        ["what is the difference?", "by how much?", "the gap between the two", "how much more is that"]
    {
        check(
            &["how many items in frozen", "and bakery?"],
            message,
            json!({"metrics": ["items"], "contrast": true, "slices": [
                {"label": "frozen", "filters": of("department", "frozen")},
                {"label": "bakery", "filters": of("department", "bakery")}]}),
        );
    }
}

#[test]
fn how_often_bounds_the_products_that_were_counted() {
    for message in ["and exactly once?", "only once", "one time only"] {
        check(
            &["how many products were bought at least 5 times"],
            message,
            json!({"metrics": ["items"], "dimensions": ["product_name"],
                "filters": [{"field": "items", "op": "eq", "values": [1]}], "summary": "count"}),
        );
    }
}

#[test]
fn both_ends_say_which_way_rows_are_sorted() {
    for (message, direction) in [
        ("from small to large", "asc"),
        ("biggest ones first", "desc"),
        ("start with the lowest", "asc"),
        ("high to low", "desc"),
        ("in ascending order", "asc"),
    ] {
        check(
            &["items by department"],
            message,
            json!({"metrics": ["items"], "dimensions": ["department"],
                "order_by": [{"field": "items", "direction": direction}]}),
        );
    }
}

#[test]
fn the_rest_is_what_a_bound_left_out() {
    check(
        &["average days between orders", "for customers with over 30 orders"],
        "and for the rest?",
        json!({"metrics": ["avg_days_between_orders"],
            "filters": [{"field": "customer_orders", "op": "le", "values": [30]}]}),
    );
}

#[test]
fn a_remark_before_a_question_says_nothing() {
    for message in ["Pity. And in bakery?", "Good to know! And in bakery?", "Fine by me. What about bakery?"]
    {
        check(
            &["how many items in frozen"],
            message,
            json!({"metrics": ["items"], "filters": of("department", "bakery")}),
        );
    }
}
