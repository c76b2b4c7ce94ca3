//! Rankings within each of several groups, and how much the largest make.

use super::*;

/// The arguments that a question becomes.
fn asked(message: &str) -> Value {
    let (tool, arguments) = call(&planned(message, &analyst()), message);
    assert_eq!(tool, "query_metrics", "{message}");
    arguments
}

/// The wordings list `inner` within each `outer`, so many rows each, ordered by `metric`.
fn check_each(
    messages: &[&str],
    (outer, inner): (&str, &str),
    limit: u32,
    (metric, direction): (&str, &str),
) {
    for message in messages {
        let arguments = asked(message);
        assert_eq!(arguments["dimensions"], json!([outer, inner]), "{message}");
        assert_eq!(arguments["limit_per"], json!([outer]), "{message}");
        assert_eq!(arguments["limit"], json!(limit), "{message}");
        let order = json!([{"field": metric, "direction": direction}]);
        assert_eq!(arguments["order_by"], order, "{message}");
    }
}

#[test]
fn the_best_of_each_is_found_however_each_is_said() {
    check_each(
        &[
            "every department's best seller",
            "departments with their best selling product",
            "what sells best in each department",
            "go through the departments one by one and name the product that sells best",
            "one product each for the departments, the one with most purchases",
        ],
        ("department", "product_name"),
        1,
        ("items", "desc"),
    );
    check_each(
        &[
            "segments and the day on which each of them orders least",
            "per segment the day with the fewest orders",
        ],
        ("segment_name", "order_dow"),
        1,
        ("orders", "asc"),
    );
    check_each(
        &["departments and their top 3 aisles", "the three leading aisles of every department"],
        ("department", "aisle"),
        3,
        ("items", "desc"),
    );
    check_each(
        &["when does each department sell most", "at which hour does every department sell the most items"],
        ("department", "order_hour_of_day"),
        1,
        ("items", "desc"),
    );
}

#[test]
fn values_with_a_preposition_each_have_a_ranking_each() {
    check_each(
        &[
            "at 8, at noon and at 18 o'clock: which two departments sell most",
            "which 2 departments sell most at 8, at noon and at 18 o'clock",
        ],
        ("order_hour_of_day", "department"),
        2,
        ("items", "desc"),
    );
}

#[test]
fn the_groups_may_be_ranked_themselves() {
    for (message, by) in [
        ("for each of the 5 largest departments its number-one aisle", "items"),
        ("take the 5 departments with the most customers and list their best aisle by items", "customers"),
        ("in each of the five biggest departments, which aisle sells most", "items"),
    ] {
        check_each(&[message], ("department", "aisle"), 1, ("items", "desc"));
        let top = json!({"dimension": "department", "by": {"field": by, "direction": "desc"}, "limit": 5});
        assert_eq!(asked(message)["within_top"], top, "{message}");
    }
    assert_eq!(asked("the second best seller of each department")["skip"], json!(1));
}

#[test]
fn the_fewest_that_make_a_fraction_are_counted_or_listed() {
    for (message, count) in [
        ("how many aisles does it take to accumulate 75% of all reorders", true),
        ("the smallest number of aisles behind three quarters of all reorders", true),
        ("which aisles do I need for 75 % of the reorders", false),
        ("list the aisles until 75 percent of all reorders are reached", false),
    ] {
        let arguments = asked(message);
        assert_eq!(arguments["metrics"], json!(["reorders"]), "{message}");
        assert_eq!(arguments["dimensions"], json!(["aisle"]), "{message}");
        assert_eq!(arguments["cumulative_to"], json!(0.75), "{message}");
        assert_eq!(arguments["summary"] == json!("count"), count, "{message}");
    }
}

#[test]
fn a_running_share_follows_the_clock_or_the_size() {
    let order = |message: &str| asked(message)["order_by"][0]["field"].clone();
    assert_eq!(order("running share of the orders over the hours of the day"), json!("order_hour_of_day"));
    assert_eq!(order("running share of the orders by hour, busiest first"), json!("orders"));
    assert_eq!(order("pareto table of the aisles"), json!("items"));
}

#[test]
fn a_cut_and_a_share_make_one_figure() {
    for (message, field, cut) in [
        ("what share of all items do the ten best sellers have together", "limit", json!(10)),
        ("take the top 10 products. What percentage of the items is that?", "limit", json!(10)),
        ("what portion of the items comes from the top fifth of the products", "limit_share", json!(0.2)),
        ("what % of the items comes from products outside the top 1,000", "skip", json!(1_000)),
    ] {
        let arguments = asked(message);
        assert_eq!(arguments["summary"], json!("sum"), "{message}");
        assert_eq!(arguments["dimensions"], json!(["product_name"]), "{message}");
        assert_eq!(arguments[field], cut, "{message}");
    }
    let listed = asked("top 10 products by items and the share of items of each");
    assert_eq!(listed["summary"], Value::Null);
}

#[test]
fn which_of_several_asks_for_one_where_its_verb_does() {
    check(
        "which of the departments has the lowest reorder rate",
        &analyst(),
        "query_metrics",
        json!({"metrics": ["reorder_rate"], "dimensions": ["department"], "limit": 1,
            "order_by": [{"field": "reorder_rate", "direction": "asc"}]}),
    );
}

#[test]
fn the_winners_of_each_have_their_number_before_it() {
    check(
        "organic winners, 3 per department by number of buyers, only produce and dairy eggs",
        &analyst(),
        "query_metrics",
        json!({"metrics": ["customers"], "dimensions": ["department", "product_name"], "limit": 3,
        "limit_per": ["department"], "order_by": desc("customers"), "filters": [
            {"field": "organic", "op": "eq", "values": [1]},
            {"field": "department", "op": "in", "values": ["produce", "dairy eggs"]},
        ]}),
    );
}
