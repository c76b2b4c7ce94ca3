//! Talks over the small shop: each turn is planned behind the ones before, with the rows that they would have shown.
//!
//! `talk(turns, wanted)` gives the arguments of the last turn's call. Families rather than sentences; what must not
//! inherit stands beside what must.

use domain::table::{Column, ColumnType, Table};
use serde_json::{Value, json};

use super::*;

/// What an earlier turn showed: one column of names.
fn shown(column: &str, rows: &[&str]) -> Vec<Table> {
    let rows = rows.iter().map(|row| vec![json!(row)]).collect();
    vec![Table { columns: vec![Column::new(column, ColumnType::String)], rows }]
}

fn past(history: &[PastTurn], message: &str, tables: Vec<Table>) -> PastTurn {
    let planned = planned_after(history, message, &analyst());
    let clarify = match planned.decision {
        Decision::Finish(draft) => draft.clarify,
        Decision::Call(_) => None,
    };
    PastTurn { message: message.into(), plan: planned.plan, shown: tables, clarify, ..PastTurn::default() }
}

fn last(turns: &[(&str, Vec<Table>)], message: &str) -> (String, Value) {
    let mut history = Vec::new();
    for (turn, tables) in turns {
        let turn = past(&history, turn, tables.clone());
        history.push(turn);
    }
    call(&planned_after(&history, message, &analyst()), message)
}

fn check(turns: &[&str], message: &str, wanted: Value) {
    let turns: Vec<(&str, Vec<Table>)> = turns.iter().map(|turn| (*turn, Vec::new())).collect();
    let (_, given) = last(&turns, message);
    assert_eq!(given, wanted, "{turns:?} → {message}");
}

fn of(field: &str, value: &str) -> Value {
    json!([{"field": field, "op": "eq", "values": [value]}])
}

fn ranking(metric: &str, dimension: &str, direction: &str, limit: u32) -> Value {
    json!({"metrics": [metric], "dimensions": [dimension], "order_by": [{"field": metric, "direction": direction}], "limit": limit})
}

#[test]
fn another_value_of_a_field_takes_the_place_of_the_one_before() {
    for message in
        ["and frozen?", "what about frozen", "now for frozen", "no, i meant frozen", "frozen instead"]
    {
        check(
            &["reorder rate in produce"],
            message,
            json!({"metrics": ["reorder_rate"], "filters": of("department", "frozen")}),
        );
    }
    check(
        &["how many items did customer 7 buy"],
        "oops, wrong one: 12",
        json!({"metrics": ["items"], "filters": [{"field": "user_id", "op": "eq", "values": [12]}]}),
    );
}

#[test]
fn a_condition_on_another_field_joins() {
    check(
        &["orders by hour"],
        "only in bakery",
        json!({"metrics": ["orders"], "dimensions": ["order_hour_of_day"], "filters": of("department", "bakery")}),
    );
    check(
        &["reorder rate in produce"],
        "just on day 3",
        json!({"metrics": ["reorder_rate"], "filters": [
            {"field": "department", "op": "eq", "values": ["produce"]},
            {"field": "order_dow", "op": "eq", "values": [3]},
        ]}),
    );
}

#[test]
fn figures_ends_and_numbers_change_alone() {
    let first = "which department has the highest reorder rate?";
    check(&[first], "and the lowest?", ranking("reorder_rate", "department", "asc", 1));
    check(&[first], "the worst 3", ranking("reorder_rate", "department", "asc", 3));
    check(&["top 5 departments by items"], "make it 10", ranking("items", "department", "desc", 10));
    check(&["top 5 departments by items"], "not 5, 3", ranking("items", "department", "desc", 3));
    check(
        &["top 5 departments by items"],
        "by reorder rate",
        ranking("reorder_rate", "department", "desc", 5),
    );
    check(
        &["how many orders in produce"],
        "sorry, customers not orders",
        json!({"metrics": ["customers"], "filters": of("department", "produce")}),
    );
}

#[test]
fn a_figure_is_broken_down() {
    for message in ["by hour", "split it by hour", "break that down by hour", "and per hour?"] {
        check(
            &["how many items in frozen"],
            message,
            json!({"metrics": ["items"], "dimensions": ["order_hour_of_day"], "filters": of("department", "frozen")}),
        );
    }
}

#[test]
fn old_and_new_stand_side_by_side() {
    let both = json!({"metrics": ["items"], "dimensions": ["department"], "filters": [{"field": "department", "op": "in", "values": ["produce", "frozen"]}]});
    for message in ["compare that with frozen", "vs frozen?", "how does that compare to frozen", "frozen too"]
    {
        check(&["items sold in produce"], message, both.clone());
    }
}

#[test]
fn pronouns_and_ordinals_point_at_what_was_shown() {
    let top = ("what is the best selling product?", shown("product_name", &["Banana"]));
    let banana = of("product_name", "Banana");
    assert_eq!(
        last(std::slice::from_ref(&top), "how often is it reordered?").1,
        json!({"metrics": ["reorder_rate"], "filters": banana})
    );
    assert_eq!(
        last(std::slice::from_ref(&top), "and how many customers bought it").1,
        json!({"metrics": ["customers"], "filters": banana})
    );
    let three = ("top 3 products", shown("product_name", &["Banana", "Organic Avocado", "Whole Milk"]));
    let (tool, given) = last(&[three], "what goes with the second one");
    assert_eq!(tool, "related_products");
    let second = given["product_ids"] == json!([2]) || given["names"] == json!(["organic avocado"]);
    assert!(second, "{given}");
    let aisle = ("which aisle has the most products?", shown("aisle", &["milk"]));
    assert_eq!(
        last(&[aisle], "how many customers buy from it?").1,
        json!({"metrics": ["customers"], "filters": of("aisle", "milk")})
    );
    let (tool, arguments) = last(&[top], "and its aisle?");
    assert_eq!((tool.as_str(), &arguments["product_id"]), ("get_product", &json!(1)));
}

#[test]
fn the_rows_of_a_ranking_stay_when_another_figure_is_asked() {
    let three = ("top 3 products in produce", shown("product_name", &["Banana", "Organic Avocado"]));
    let (_, given) = last(&[three], "and their reorder rates");
    assert_eq!(given["metrics"], json!(["reorder_rate"]));
    assert!(given["filters"].to_string().contains("Organic Avocado"), "{given}");
    assert_eq!(given.get("limit"), None);
}

#[test]
fn a_short_reply_completes_what_was_asked_back() {
    check(
        &["how many orders did the customer place"],
        "customer 12",
        json!({"metrics": ["orders"], "filters": [{"field": "user_id", "op": "eq", "values": [12]}]}),
    );
    check(
        &["how many customers bought it?"],
        "banana",
        json!({"metrics": ["customers"], "filters": of("product_name", "Banana")}),
    );
}

#[test]
fn a_question_of_its_own_inherits_nothing() {
    let produce = "reorder rate in produce";
    check(&[produce], "how many customers are there", json!({"metrics": ["customers"]}));
    check(
        &[produce],
        "how many orders are there by hour?",
        json!({"metrics": ["orders"], "dimensions": ["order_hour_of_day"]}),
    );
    check(&[produce], "new topic: how many orders do we have", json!({"metrics": ["orders"]}));
    check(&[produce], "which aisle has the fewest products?", ranking("products", "aisle", "asc", 1));
}

#[test]
fn the_topic_outlives_a_refusal() {
    check(
        &["how many orders in produce", "and what revenue did it make?"],
        "ok, how many customers then?",
        json!({"metrics": ["customers"], "filters": of("department", "produce")}),
    );
}

#[test]
fn words_that_point_at_nothing_are_asked_back() {
    for message in ["how many customers bought it?", "and the lowest?", "the second one"] {
        match planned(message, &analyst()).decision {
            Decision::Finish(draft) => assert_ne!(draft.status, Status::Answered, "{message}"),
            Decision::Call(calls) => panic!("{message}: called {calls:?}"),
        }
    }
}

#[test]
fn what_is_refused_stays_refused_behind_an_answer() {
    let turn = past(&[], "top 3 products in produce", shown("product_name", &["Banana"]));
    match planned_after(&[turn], "what does it cost?", &analyst()).decision {
        Decision::Finish(draft) => assert_eq!(draft.status, Status::Refused),
        Decision::Call(calls) => panic!("called {calls:?}"),
    }
}

fn shop_talk(turns: &[&str], message: &str) -> (String, Value) {
    let mut history = Vec::new();
    for turn in turns {
        let planned = planned_after(&history, turn, &Principal::guest());
        history.push(PastTurn { message: (*turn).into(), plan: planned.plan, ..PastTurn::default() });
    }
    call(&planned_after(&history, message, &Principal::guest()), message)
}

#[test]
fn a_search_is_narrowed_and_widened() {
    let (tool, given) = shop_talk(&["find milk"], "organic only");
    assert_eq!((tool.as_str(), &given["attributes"]), ("search_catalog", &json!(["organic"])));
    let (_, given) = shop_talk(&["find milk", "organic only"], "add gluten free");
    assert_eq!(given["attributes"], json!(["organic", "gluten_free"]));
    let (_, given) = shop_talk(&["find milk"], "3 is enough");
    assert_eq!(given["limit"], json!(3));
    let (_, given) = shop_talk(&["find milk"], "show me more");
    assert_eq!(given["limit"], json!(20));
    // What is ruled out is ruled out as written, not as the aisle with that word in its name.
    let (_, given) = shop_talk(&["most popular products"], "without fruits");
    assert_eq!(given["exclude"], json!(["fruits"]));
}

#[test]
fn another_customer_is_no_number_of_rows() {
    let turn = past(&[], "recommend something for customer 12", Vec::new());
    let (_, given) = call_after(&[turn], "and for 786?");
    assert_eq!((&given["user_id"], given.get("limit")), (&json!(786), None));
}

fn call_after(history: &[PastTurn], message: &str) -> (String, Value) {
    call(&planned_after(history, message, &analyst()), message)
}
