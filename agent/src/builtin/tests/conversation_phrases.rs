//! Phrases of a talk that are put together: narrowing, swapping, setting beside, denying a figure, the whole shop.

use serde_json::json;

use super::conversation::{check, last, of, ranking, shown};

#[test]
fn a_verb_with_its_object_narrows_the_answer() {
    for message in [
        "restrict to bakery",
        "narrow it down to bakery",
        "limit this to bakery",
        "focus on bakery",
        "look only at bakery",
        "confine that to bakery",
    ] {
        check(
            &["orders by hour"],
            message,
            json!({"metrics": ["orders"], "dimensions": ["order_hour_of_day"], "filters": of("department", "bakery")}),
        );
    }
    for message in ["cut it down to the top 3", "trim the list to 3", "narrow that to three"] {
        check(&["top 5 aisles by items"], message, ranking("items", "aisle", "desc", 3));
    }
}

#[test]
fn what_is_swapped_stands_in_the_place_of_what_is_named() {
    for message in [
        "swap bakery for frozen",
        "replace bakery with frozen",
        "exchange bakery for frozen",
        "change bakery to frozen",
    ] {
        check(
            &["reorder rate in bakery"],
            message,
            json!({"metrics": ["reorder_rate"], "filters": of("department", "frozen")}),
        );
    }
    check(
        &["average basket size"],
        "swap the mean for the median",
        json!({"metrics": ["median_basket_size"]}),
    );
}

#[test]
fn what_is_set_against_the_answer_stands_beside_it() {
    for message in [
        "set it against frozen",
        "put that next to frozen",
        "hold this against frozen",
        "how does that stack up against frozen",
        "frozen beside it please",
        "and frozen alongside",
    ] {
        check(
            &["items in bakery"],
            message,
            json!({"metrics": ["items"], "dimensions": ["department"],
                "filters": [{"field": "department", "op": "in", "values": ["bakery", "frozen"]}]}),
        );
    }
    check(
        &["items of customer 210", "how does that stack up against 310?"],
        "reorder rate of both of them",
        json!({"metrics": ["reorder_rate"], "dimensions": ["user_id"],
            "filters": [{"field": "user_id", "op": "in", "values": [210, 310]}]}),
    );
}

#[test]
fn a_figure_that_is_denied_gives_way_to_the_next_one() {
    for message in
        ["forget the items, how many orders", "not the items, the orders", "never mind items, orders please"]
    {
        check(
            &["items in frozen"],
            message,
            json!({"metrics": ["orders"], "filters": of("department", "frozen")}),
        );
    }
}

#[test]
fn it_is_the_ranking_where_another_figure_is_used_for_it() {
    let rows = shown("aisle", &["fresh fruits", "yogurt", "milk"]);
    let (_, given) = last(&[("top 3 aisles by customers", rows)], "now use the reorder rate for it");
    assert_eq!(given, ranking("reorder_rate", "aisle", "desc", 3));
}

#[test]
fn a_named_end_is_not_turned_again() {
    check(&["top 3 aisles by items"], "flip it, bottom three", ranking("items", "aisle", "asc", 3));
}

#[test]
fn a_thing_from_before_is_spoken_of_again() {
    for message in [
        "the customer from before, how many items",
        "the earlier customer: how many items",
        "returning to that customer, how many items did they buy",
    ] {
        check(
            &["orders of customer 210", "how many orders in all"],
            message,
            json!({"metrics": ["items"], "filters": [{"field": "user_id", "op": "eq", "values": [210]}]}),
        );
    }
}

#[test]
fn a_reply_is_read_without_the_words_that_frame_it() {
    for message in ["it's number 210", "number 210", "that would be 210", "let's say 210"] {
        let (_, given) = last(&[("how many orders did the customer place", Vec::new())], message);
        assert_eq!(given["filters"], json!([{"field": "user_id", "op": "eq", "values": [210]}]), "{message}");
    }
}
