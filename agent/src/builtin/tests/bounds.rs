//! Bounds that are figures themselves: one of the groups, all together, and in how many groups somebody is found.

use super::*;

fn arguments(message: &str) -> Value {
    let (tool, arguments) = call(&planned(message, &analyst()), message);
    assert_eq!(tool, "query_metrics", "{message}");
    arguments
}

#[test]
fn one_of_the_groups_is_the_bound_of_the_others() {
    for (message, dimension, metric, op, bound) in [
        ("what aisles have more customers than the milk aisle?", "aisle", "customers", "gt", "of milk"),
        ("which departments sell more items than produce", "department", "items", "gt", "of produce"),
        ("which aisles have a lower reorder rate than milk", "aisle", "reorder_rate", "lt", "of milk"),
        ("aisles with fewer orders than the milk aisle", "aisle", "orders", "lt", "of milk"),
        ("which aisles sell more than milk", "aisle", "items", "gt", "of milk"),
        ("departments larger than produce by items sold", "department", "items", "gt", "of produce"),
    ] {
        let arguments = arguments(message);
        assert_eq!(arguments["dimensions"], json!([dimension]), "{message}");
        let filter = json!([{"field": metric, "op": op, "values": [bound]}]);
        assert_eq!(arguments["filters"], filter, "{message}");
    }
}

#[test]
fn all_together_are_the_bound_however_they_are_called() {
    for message in [
        "which hours beat the overall average basket size",
        "hours with a basket size above the overall mean",
        "hours whose basket size exceeds the shop average",
    ] {
        let filter = json!([{"field": "basket_size", "op": "gt", "values": ["overall"]}]);
        assert_eq!(arguments(message)["filters"], filter, "{message}");
    }
}

#[test]
fn who_is_found_in_all_groups_is_counted_by_their_number() {
    for (message, found, groups, op, number) in [
        ("how many customers have ordered on all seven days of the week", "user_id", "order_dow", "eq", 7),
        (
            "number of products bought in every one of the 24 hours",
            "product_name",
            "order_hour_of_day",
            "eq",
            24,
        ),
        (
            "how many users shopped in at least 5 different hours of the day",
            "user_id",
            "order_hour_of_day",
            "ge",
            5,
        ),
    ] {
        let arguments = arguments(message);
        assert_eq!(arguments["dimensions"], json!([found, groups]), "{message}");
        let having = json!([{"field": "groups", "op": op, "values": [number]}]);
        assert_eq!(arguments["summary_by"]["having"], having, "{message}");
        assert_eq!(arguments["summary_by"]["count"], true, "{message}");
    }
    let by_hour = arguments("orders in each of the 24 hours");
    assert_eq!(by_hour["dimensions"], json!(["order_hour_of_day"]));
}

#[test]
fn a_place_around_what_is_told_is_no_part_of_it() {
    let message = "frozen, all aisles: reorder rate + share of the frozen items";
    let arguments_of_items = arguments(message);
    assert_eq!(arguments_of_items["part"], Value::Null, "{message}");
    assert_eq!(arguments_of_items["filters"][0]["values"], json!(["frozen"]), "{message}");
    assert_eq!(arguments_of_items["share_of_total"], true, "{message}");
    let message = "penetration and purchases per buyer for every frozen aisle";
    let reach = arguments(message);
    assert_eq!(reach["dimensions"], json!(["aisle", "department"]), "{message}");
    assert_eq!(reach["share_of_total"], true, "{message}");
}

#[test]
fn attributes_are_counted_by_their_own_words_and_other_words_by_names() {
    for message in [
        "how many items are gluten free?",
        "number of glutenfree items",
        "how many gluten-free items were sold",
    ] {
        let own = json!([{"field": "gluten_free", "op": "eq", "values": [1]}]);
        assert_eq!(arguments(message)["filters"], own, "{message}");
    }
    for (message, spellings) in [
        ("how many nonfat items were sold", json!(["nonfat"])),
        ("how many free range items were sold", json!(["free range", "free-range", "freerange"])),
        ("how many decaffeinated items were sold", json!(["decaf"])),
    ] {
        let names = json!([{"field": "product_name", "op": "contains", "values": spellings}]);
        assert_eq!(arguments(message)["filters"], names, "{message}");
    }
}

#[test]
fn a_shift_is_a_part_of_the_day() {
    for message in
        ["late shift, hours 20 to 23 one by one: mean basket", "how many items are sold on the night shift"]
    {
        let arguments = arguments(message);
        assert_eq!(arguments["filters"][0]["field"], "order_hour_of_day", "{message}");
    }
}
