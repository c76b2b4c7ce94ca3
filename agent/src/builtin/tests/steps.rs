//! Questions whose figures act on each other: things against themselves, their buyers, two steps, events in several orders.

use super::*;

/// The arguments that a question becomes.
fn asked(message: &str) -> Value {
    let (tool, arguments) = call(&planned(message, &analyst()), message);
    assert_eq!(tool, "query_metrics", "{message}");
    arguments
}

#[test]
fn things_are_counted_by_how_two_states_of_theirs_compare() {
    for (message, group, metric) in [
        ("how many aisles sell more at night than in the morning", "aisle", "items"),
        (
            "share of customers whose baskets are larger in the evening than in the morning",
            "user_id",
            "basket_size",
        ),
        ("for how many customers was the third order bigger than the second", "user_id", "basket_size"),
        (
            "how many departments have a lower reorder rate in small orders than in large ones",
            "department",
            "reorder_rate",
        ),
    ] {
        let arguments = asked(message);
        assert_eq!(arguments["contrast"], json!(true), "{message}");
        assert_eq!(arguments["dimensions"], json!([group]), "{message}");
        assert_eq!(arguments["metrics"], json!([metric]), "{message}");
        assert_eq!(arguments["summary"], json!("count"), "{message}");
        assert_eq!(arguments["filters"][0]["field"], json!("difference"), "{message}");
    }
    let twice = asked("departments bought at least three times as often in the evening as in the morning");
    assert_eq!(twice["filters"], json!([{"field": "ratio", "op": "ge", "values": [3.0]}]));
    let gains = asked("which aisle gains the most share of items from the morning to the evening");
    assert_eq!((&gains["slices"][0]["label"], &gains["share_of_total"]), (&json!("evening"), &json!(true)));
    let gap = asked("in which department is the gap between morning and evening reorder rate the largest");
    assert_eq!((&gap["metrics"], &gap["limit"]), (&json!(["reorder_rate"]), &json!(1)));
}

#[test]
fn a_result_limits_the_next_question() {
    for message in [
        "find the department with the highest reorder rate, and then the five products with the most items in that department",
        "Which department has the highest reorder rate? Name the top 5 products in it by items.",
        "in the department with the highest reorder rate, which five products sell the most items",
    ] {
        let arguments = asked(message);
        assert_eq!(arguments["dimensions"], json!(["product_name"]), "{message}");
        assert_eq!(arguments["limit"], json!(5), "{message}");
        assert_eq!(arguments["cohorts"][0]["of"], json!("departments"), "{message}");
        let top = json!({"by": {"field": "reorder_rate", "direction": "desc"}, "limit": 1});
        assert_eq!(arguments["cohorts"][0]["top"]["by"], top["by"], "{message}");
        assert_eq!(arguments["cohorts"][0]["top"]["limit"], top["limit"], "{message}");
    }
    let one = asked("of the twenty best selling products, which has the highest reorder rate");
    assert_eq!((&one["limit"], &one["cohorts"][0]["top"]["limit"]), (&json!(1), &json!(20)));
    let hour = asked("in the quietest hour, which aisle sells the most items");
    assert_eq!(hour["cohorts"][0]["of"], json!("hours"));
    let figures = asked("the five aisles with the most items, each with its number of customers");
    assert!(figures["cohorts"].as_array().is_none_or(Vec::is_empty), "{figures}");
}

#[test]
fn several_figures_of_the_same_things_are_parts_of_their_wholes() {
    let both = asked(
        "products bought by more than 5 % of the customers: how many, and what share of all items are they",
    );
    assert_eq!(both["metrics"], json!(["products", "items"]));
    assert_eq!(both["part_cohorts"][0]["having"][0]["field"], json!("share_of_customers"));
    let kept = asked(
        "the thirty best selling products: what share of all items, and what share of all reorders do they make",
    );
    assert_eq!(kept["metrics"], json!(["items", "reorders"]));
    assert_eq!(kept["part_cohorts"][0]["top"]["limit"], json!(30));
}

#[test]
fn buyers_are_counted_by_how_often_they_bought_each_thing() {
    let once = asked("which five aisles have the most customers who bought there only once");
    assert_eq!(once["dimensions"], json!(["aisle", "user_id"]));
    assert_eq!(once["summary_by"]["dimensions"], json!(["aisle"]));
    assert_eq!(once["summary_by"]["limit"], json!(5));
    let most = asked("how many products are there where more than half of the buyers bought them just once");
    assert_eq!(most["summary_by"]["count"], json!(true));
    assert_eq!(most["summary_by"]["having"][0]["field"], json!("share_of_groups"));
}

#[test]
fn what_happened_in_several_orders_is_a_cohort_each() {
    for message in [
        "of the customers who had bananas in their first order, how many bought them again later",
        "how many customers bought bananas in their first order and again in a later order",
    ] {
        let cohorts = asked(message)["cohorts"].clone();
        assert_eq!(cohorts.as_array().map(Vec::len), Some(2), "{message}: {cohorts}");
        assert_eq!(cohorts[0]["bought"].as_array().map(Vec::len), Some(2), "{message}: {cohorts}");
        assert!(cohorts[1]["bought"].to_string().contains("order_number"), "{message}: {cohorts}");
    }
    let share =
        asked("of the customers with produce in their first order, what share has it in the second order");
    assert_eq!(share["part_cohorts"].as_array().map(Vec::len), Some(1), "{share}");
    let never = asked("how many customers bought bananas in their first order but never again");
    assert_eq!(never["cohorts"][1]["not"], json!(true), "{never}");
}

#[test]
fn a_correlation_is_read_over_the_things_that_are_named() {
    let customers = asked("correlation between the number of orders and the reorder rate of a customer");
    assert_eq!(customers["summary"], json!("correlation"));
    assert_eq!(customers["dimensions"], json!(["user_id"]));
    let products = asked("are items and reorder rate correlated across products?");
    assert_eq!(products["dimensions"], json!(["product_name"]));
}
