//! Plain questions about what is bought, by whom and when: asked by verbs, without a figure's name.

use super::*;

fn asked(message: &str) -> Value {
    let (tool, arguments) = call(&planned(message, &analyst()), message);
    assert_eq!(tool, "query_metrics", "{message}");
    arguments
}

fn eq(field: &str, value: Value) -> Value {
    json!({"field": field, "op": "eq", "values": [value]})
}

#[test]
fn what_people_buy_is_ranked_by_purchases() {
    for message in [
        "what do people buy at night?",
        "what is bought at night",
        "which products do customers go for at night",
    ] {
        let arguments = asked(message);
        assert_eq!(arguments["metrics"], json!(["items"]), "{message}");
        assert_eq!(arguments["dimensions"], json!(["product_name"]), "{message}");
        assert_eq!(arguments["order_by"][0]["direction"], json!("desc"), "{message}");
        assert_eq!(arguments["filters"][0]["field"], json!("order_hour_of_day"), "{message}");
    }
    let aisles = asked("which aisles do people buy from");
    assert_eq!((&aisles["dimensions"], &aisles["limit"]), (&json!(["aisle"]), &json!(10)));
}

#[test]
fn who_bought_a_thing_is_a_cohort_beside_listed_goods() {
    for message in ["what do people who buy milk buy", "top products bought by people who bought milk"] {
        let arguments = asked(message);
        assert_eq!(arguments["dimensions"], json!(["product_name"]), "{message}");
        assert_eq!(arguments["cohorts"][0]["of"], json!("customers"), "{message}");
        assert_eq!(arguments["cohorts"][0]["bought"][0]["field"], json!("aisle"), "{message}");
        assert!(arguments.get("filters").is_none(), "{message}: {arguments}");
    }
    let never = asked("top products bought by customers who never bought milk");
    assert_eq!(never["cohorts"][0]["not"], json!(true));
    let again = asked("top products bought by people who reordered milk");
    assert_eq!(again["cohorts"][0]["bought"][1], eq("bought_before", json!(1)));
}

#[test]
fn bought_by_says_who_and_groups_by_nobody() {
    for message in ["top products bought by Champions customers", "what do Champions customers buy"] {
        let arguments = asked(message);
        assert_eq!(arguments["dimensions"], json!(["product_name"]), "{message}");
        assert_eq!(arguments["filters"], json!([eq("segment_name", json!("Champions"))]), "{message}");
    }
    let new = asked("top products bought by new customers");
    assert_eq!(new["filters"], json!([eq("customer_orders", json!(1))]));
}

#[test]
fn what_one_group_buys_and_another_does_not_is_one_question() {
    for message in [
        "What do at risk customers buy that champions don't?",
        "which products do At risk customers buy and Champions customers not",
        "what does the At risk segment buy that the Champions segment does not",
    ] {
        let arguments = asked(message);
        assert_eq!(arguments["dimensions"], json!(["product_name"]), "{message}");
        assert_eq!(arguments["filters"], json!([eq("segment_name", json!("At risk"))]), "{message}");
        let others = &arguments["cohorts"][0];
        assert_eq!((&others["of"], &others["not"]), (&json!("products"), &json!(true)), "{message}");
        assert_eq!(others["bought"], json!([eq("segment_name", json!("Champions"))]), "{message}");
    }
}

#[test]
fn what_staff_ask_of_a_segment_is_a_figure() {
    let hours = asked("orders of Champions customers by hour of day");
    assert_eq!(hours["dimensions"], json!(["order_hour_of_day"]));
    let aisles = asked("top 5 aisles in Champions");
    assert_eq!((&aisles["dimensions"], &aisles["limit"]), (&json!(["aisle"]), &json!(5)));
    let described = asked("tell me about the Champions segment");
    assert_eq!(described["metrics"][0], json!("customers"));
    assert!(described["metrics"].as_array().is_some_and(|metrics| metrics.len() > 3), "{described}");
    let (tool, _) = call(&planned("what is popular in the Champions segment", &analyst()), "favourites");
    assert_eq!(tool, "segment_popularity");
}

#[test]
fn when_and_how_often_are_figures() {
    let when = asked("when do people buy milk?");
    assert_eq!((&when["metrics"], &when["dimensions"]), (&json!(["orders"]), &json!(["order_hour_of_day"])));
    let often = asked("how often do Champions customers order");
    assert_eq!(often["metrics"], json!(["avg_days_between_orders"]));
    assert_eq!(often["filters"], json!([eq("segment_name", json!("Champions"))]));
}

#[test]
fn what_is_compared_with_nothing_stands_beside_the_rest() {
    for message in
        ["is the basket bigger in the morning", "is the basket bigger in the morning than the rest"]
    {
        let arguments = asked(message);
        assert_eq!(arguments["slices"].as_array().map(Vec::len), Some(2), "{message}");
        assert_eq!(arguments["slices"][1]["filters"][0]["op"], json!("not_in"), "{message}");
    }
}

#[test]
fn how_often_a_kind_is_bought_is_told_to_visitors() {
    for message in ["how often is rye bread bought", "how often do people buy rye bread"] {
        let (tool, arguments) = call(&planned(message, &Principal::guest()), message);
        assert_eq!(tool, "popular_products", "{message}: {arguments}");
    }
}
