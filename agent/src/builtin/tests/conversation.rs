//! Talks over the small shop: each turn is planned behind the ones before, with the rows that they would have shown.
//!
//! `talk(turns, wanted)` gives the arguments of the last turn's call. Families rather than sentences; what must not
//! inherit stands beside what must.

use domain::table::{Column, ColumnType, Table};
use serde_json::{Value, json};

use super::*;

/// What an earlier turn showed: one column of names.
pub(super) fn shown(column: &str, rows: &[&str]) -> Vec<Table> {
    let rows = rows.iter().map(|row| vec![json!(row)]).collect();
    vec![Table { columns: vec![Column::new(column, ColumnType::String)], rows }]
}

pub(super) fn past(history: &[PastTurn], message: &str, tables: Vec<Table>) -> PastTurn {
    let planned = planned_after(history, message, &analyst());
    let clarify = match planned.decision {
        Decision::Finish(draft) => draft.clarify,
        Decision::Call(_) => None,
    };
    PastTurn { message: message.into(), plan: planned.plan, shown: tables, clarify, ..PastTurn::default() }
}

pub(super) fn last(turns: &[(&str, Vec<Table>)], message: &str) -> (String, Value) {
    let mut history = Vec::new();
    for (turn, tables) in turns {
        let turn = past(&history, turn, tables.clone());
        history.push(turn);
    }
    call(&planned_after(&history, message, &analyst()), message)
}

pub(super) fn check(turns: &[&str], message: &str, wanted: Value) {
    let turns: Vec<(&str, Vec<Table>)> = turns.iter().map(|turn| (*turn, Vec::new())).collect();
    let (_, given) = last(&turns, message);
    assert_eq!(given, wanted, "{turns:?} → {message}");
}

pub(super) fn of(field: &str, value: &str) -> Value {
    json!([{"field": field, "op": "eq", "values": [value]}])
}

pub(super) fn ranking(metric: &str, dimension: &str, direction: &str, limit: u32) -> Value {
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

#[test]
fn rows_are_sorted_without_becoming_a_ranking_of_something_else() {
    let rows = |direction: &str| json!({"metrics": ["items"], "dimensions": ["department"], "order_by": [{"field": "items", "direction": direction}]});
    for message in ["lowest first", "sort ascending", "the other way round please", "reverse the order"] {
        check(&["items by department"], message, rows("asc"));
    }
    check(&["items by department"], "highest first", rows("desc"));
    check(
        &["items by department"],
        "sort it by name",
        json!({"metrics": ["items"], "dimensions": ["department"], "order_by": [{"field": "department", "direction": "asc"}]}),
    );
    check(&["top 3 departments by items"], "the other way round", ranking("items", "department", "asc", 3));
    check(&["top 5 departments by items"], "only the first three", ranking("items", "department", "desc", 3));
    check(&["top 5 departments by items"], "and the last three?", ranking("items", "department", "asc", 3));
}

#[test]
fn what_is_left_out_is_left_out_and_what_was_set_is_taken_back() {
    let without = json!({"metrics": ["items"], "dimensions": ["department"], "filters": [{"field": "department", "op": "ne", "values": ["produce"]}]});
    for message in [
        "without produce",
        "drop produce",
        "leave produce out of it",
        "everything but produce",
        "exclude produce please",
    ] {
        check(&["items by department"], message, without.clone());
    }
    check(
        &["how many items", "in produce"],
        "outside of produce then",
        json!({"metrics": ["items"], "filters": [{"field": "department", "op": "ne", "values": ["produce"]}]}),
    );
    check(&["how many items", "in produce"], "forget produce", json!({"metrics": ["items"]}));
}

#[test]
fn a_bound_alone_takes_the_place_of_the_bound_before() {
    let orders = |op: &str, value: i64| json!({"metrics": ["orders"], "filters": [{"field": "order_size", "op": op, "values": [value]}]});
    let first = "how many orders have more than 30 items?";
    check(&[first], "more than 50?", orders("gt", 50));
    check(&[first], "and 20?", orders("gt", 20));
    check(&[first], "at least 10", orders("ge", 10));
    check(
        &[first],
        "as a share of all orders",
        json!({"metrics": ["orders"], "part": [{"field": "order_size", "op": "gt", "values": [30]}]}),
    );
    check(&[first], "how large is the largest one", json!({"metrics": ["max_basket_size"]}));
    check(
        &["products per department"],
        "more than 2000 only",
        json!({"metrics": ["products"], "dimensions": ["department"], "filters": [{"field": "products", "op": "gt", "values": [2000]}]}),
    );
}

#[test]
fn the_last_answers_stand_side_by_side() {
    let turns = ["reorder rate in produce", "and frozen?", "bakery?"];
    let all = json!({"metrics": ["reorder_rate"], "dimensions": ["department"], "filters": [{"field": "department", "op": "in", "values": ["produce", "frozen", "bakery"]}]});
    for message in ["put the three side by side", "all three in one table", "side by side please"] {
        check(&turns, message, all.clone());
    }
    check(
        &turns,
        "which is highest?",
        json!({"metrics": ["reorder_rate"], "dimensions": ["department"],
            "filters": [{"field": "department", "op": "in", "values": ["produce", "frozen", "bakery"]}],
            "order_by": [{"field": "reorder_rate", "direction": "desc"}], "limit": 1}),
    );
    check(
        &["reorder rate in produce"],
        "is it higher than frozen?",
        json!({"metrics": ["reorder_rate"], "dimensions": ["department"], "filters": [{"field": "department", "op": "in", "values": ["produce", "frozen"]}]}),
    );
}

#[test]
fn rows_and_groups_of_the_answer_are_meant_by_small_words() {
    check(
        &["average churn risk by segment"],
        "how many people are in each?",
        json!({"metrics": ["customers"], "dimensions": ["segment_name"]}),
    );
    check(
        &["basket size by segment"],
        "which one has the biggest baskets",
        ranking("basket_size", "segment_name", "desc", 1),
    );
    check(
        &["basket size by segment"],
        "which has the lowest?",
        ranking("basket_size", "segment_name", "asc", 1),
    );
    check(
        &["items in first orders"],
        "per order?",
        json!({"metrics": ["basket_size"], "filters": [{"field": "order_number", "op": "eq", "values": [1]}]}),
    );
    check(
        &["customers by department"],
        "add the reorder rate",
        json!({"metrics": ["customers", "reorder_rate"], "dimensions": ["department"]}),
    );
}

#[test]
fn the_row_behind_the_first_is_the_next() {
    let turns: Vec<(&str, Vec<Table>)> =
        vec![("which department has the lowest reorder rate?", shown("department", &["frozen"]))];
    for message in ["second lowest?", "and the second one?", "what comes next"] {
        let (_, given) = last(&turns, message);
        assert_eq!(
            given["filters"],
            json!([{"field": "department", "op": "not_in", "values": ["frozen"]}]),
            "{message}"
        );
        assert_eq!(given["limit"], json!(1), "{message}");
    }
}

#[test]
fn an_earlier_question_goes_on_where_the_talk_goes_back_to_it() {
    check(
        &["top 5 products in produce", "and in frozen?"],
        "back to produce, organic ones only",
        json!({"metrics": ["items"], "dimensions": ["product_name"],
            "filters": [{"field": "department", "op": "eq", "values": ["produce"]}, {"field": "organic", "op": "eq", "values": [1]}],
            "order_by": [{"field": "items", "direction": "desc"}], "limit": 5}),
    );
    check(
        &["orders by day", "in percent of all orders"],
        "back to plain counts",
        json!({"metrics": ["orders"], "dimensions": ["order_dow"]}),
    );
}

#[test]
fn the_aisle_of_a_product_is_known() {
    check(
        &["how many orders contain whole milk?"],
        "and the reorder rate of its whole aisle?",
        json!({"metrics": ["reorder_rate"], "filters": of("aisle", "milk")}),
    );
}

#[test]
fn it_is_what_a_refused_question_spoke_of() {
    let mut history =
        vec![past(&[], "top 3 products in produce", shown("product_name", &["Banana", "Organic Avocado"]))];
    let refused = past(&history, "what does the second one cost?", Vec::new());
    assert!(refused.plan.is_null());
    history.push(refused);
    let (_, given) = call_after(&history, "how often is it reordered then?");
    assert_eq!(given["filters"], of("product_name", "Organic Avocado"));
}

#[test]
fn another_figure_of_pairs_keeps_the_product() {
    let (_, given) =
        last(&[("what is bought together with banana most often? top 5", Vec::new())], "by lift, sorry");
    assert_eq!((&given["metrics"], &given["limit"]), (&json!(["pair_lift"]), &json!(5)));
}

#[test]
fn talk_about_the_answer_is_no_search() {
    for message in ["put it nicely", "medium", "large"] {
        let planned = planned_after(&[past(&[], "items by department", Vec::new())], message, &analyst());
        if let Decision::Call(calls) = &planned.decision {
            assert_ne!(calls[0].tool, "search_catalog", "{message}");
        }
    }
}

#[test]
fn other_ways_to_say_the_same_edit() {
    let first = "top 5 departments by items";
    for message in [
        "by customers instead",
        "with customers instead of items",
        "use customers as the measure",
        "in terms of customers",
        "sort by number of customers instead",
    ] {
        check(&[first], message, ranking("customers", "department", "desc", 5));
    }
    for message in
        ["make it 10", "extend to ten", "change it to 10", "show me ten of them", "10 instead of 5"]
    {
        check(&[first], message, ranking("items", "department", "desc", 10));
    }
    let part = json!({"metrics": ["items"], "part": of("department", "produce")});
    for message in
        ["as a share of all items", "relative to all items", "what percentage is that", "in percent"]
    {
        check(&["how many items were sold in produce?"], message, part.clone());
    }
    for message in ["and overall?", "in the whole shop", "without the department", "shop wide?"] {
        check(&["reorder rate of frozen"], message, json!({"metrics": ["reorder_rate"]}));
    }
    for message in ["which one is on top?", "who leads", "which comes first", "what is the maximum"] {
        check(&["reorder rate by department"], message, ranking("reorder_rate", "department", "desc", 1));
    }
}

#[test]
fn a_product_figure_goes_on_with_the_customer_before() {
    let (_, given) = last(
        &[("which aisle does customer 12 buy from most?", shown("aisle", &["milk"]))],
        "how many items from it?",
    );
    let filters = given["filters"].as_array().unwrap();
    assert!(filters.iter().any(|filter| filter["field"] == "user_id"), "{given}");
    assert!(filters.iter().any(|filter| filter["field"] == "aisle"), "{given}");
}

#[test]
fn an_edit_is_no_order_to_change_data() {
    for message in ["change it to 10", "set it to 3", "drop the time filter", "reduce to 3"] {
        let planned =
            planned_after(&[past(&[], "top 5 departments by items", Vec::new())], message, &analyst());
        if let Decision::Finish(draft) = &planned.decision {
            assert_ne!(
                draft.refusal.as_ref().map(|refusal| refusal.code.as_str()),
                Some("not_allowed"),
                "{message}"
            );
        }
    }
    match planned("set the reorder rate of banana to 100 %", &analyst()).decision {
        Decision::Finish(draft) => assert_eq!(draft.status, Status::Refused),
        Decision::Call(calls) => panic!("called {calls:?}"),
    }
}

#[test]
fn the_things_of_two_answers_are_wanted_at_once() {
    let talk = ["how many customers bought from produce", "and frozen?"];
    let held = |not: bool| {
        let one = |name: &str| {
            let bought = of("department", name);
            if not {
                json!({"of": "customers", "bought": bought, "not": true})
            } else {
                json!({"of": "customers", "bought": bought})
            }
        };
        json!({"metrics": ["customers"], "cohorts": [one("produce"), one("frozen")]})
    };
    for message in ["both together", "and both?", "how many bought both of them"] {
        check(&talk, message, held(false));
    }
    for message in ["and neither?", "none of the two"] {
        check(&talk, message, held(true));
    }
    let either = json!([{"field": "department", "op": "in", "values": ["produce", "frozen"]}]);
    check(&talk, "either of them", json!({"metrics": ["customers"], "filters": either}));
}

#[test]
fn what_orders_must_not_hold_is_no_condition_on_their_lines() {
    let without = json!([{"of": "orders", "bought": of("department", "produce"), "not": true}]);
    for message in ["without produce?", "excluding produce"] {
        check(&["how many orders are there"], message, json!({"metrics": ["orders"], "cohorts": without}));
    }
}

#[test]
fn other_things_are_ranked_as_those_before() {
    for message in ["what about aisles?", "aisles instead", "same for aisles"] {
        check(&["top 5 departments by items"], message, ranking("items", "aisle", "desc", 5));
    }
}

#[test]
fn each_of_the_rows_keeps_its_row() {
    let top = ("top 2 departments by items", shown("department", &["produce", "frozen"]));
    let rows = json!([{"field": "department", "op": "in", "values": ["produce", "frozen"]}]);
    let wanted = json!({"metrics": ["customers"], "dimensions": ["department"], "filters": rows});
    for message in ["how many customers does each have", "and how many customers has each of them"] {
        assert_eq!(last(std::slice::from_ref(&top), message).1, wanted, "{message}");
    }
}
