//! Other ways to say the same: each row is a wording and what its query must hold.

use super::*;

/// Checks that the query of each wording has these entries.
fn check(cases: &[(&str, Value)]) {
    for (message, expected) in cases {
        let (tool, arguments) = call(&planned(message, &analyst()), message);
        assert_eq!(tool, "query_metrics", "{message}");
        for (key, value) in expected.as_object().into_iter().flatten() {
            assert_eq!(&arguments[key], value, "{message}: {key} of {arguments}");
        }
    }
}

#[test]
fn the_first_place_in_the_cart_is_said_in_any_order() {
    let first = json!({"metrics": ["first_in_cart"], "dimensions": ["product_name"]});
    check(&[
        ("which product gets added first to the cart most often", first.clone()),
        ("top 5 products by number of times 1st in the basket", first.clone()),
        ("which 3 products are most often put in the trolley as number one", first),
        (
            "what's the count of different products that have been the first thing put in a basket",
            json!({"metrics": ["products_bought"], "filters": [{"field": "cart_place", "op": "eq", "values": [1]}]}),
        ),
        (
            "the first item added to the cart is organic: for what share of orders?",
            json!({"metrics": ["orders"], "part": [
                {"field": "organic", "op": "eq", "values": [1]},
                {"field": "cart_place", "op": "eq", "values": [1]},
            ]}),
        ),
        ("first in cart rate by department", json!({"metrics": ["first_in_cart_rate"]})),
    ]);
}

#[test]
fn hours_end_where_the_clock_says() {
    let hours = |op: &str, values: &[u32]| json!({"metrics": ["orders"], "filters": [{"field": "order_hour_of_day", "op": op, "values": values}]});
    check(&[
        ("how many orders between 8 pm and midnight", hours("between", &[20, 23])),
        ("number of orders from midnight to 6 am", hours("between", &[0, 5])),
        ("number of orders from 9 to 11 am", hours("between", &[9, 11])),
        ("how many orders come in from 8 in the evening on", hours("ge", &[20])),
        ("orders outside the night, how many", hours("not_in", &[0, 1, 2, 3, 4, 5])),
    ]);
}

#[test]
fn what_somebody_has_none_of_is_a_condition_on_all_of_it() {
    let evening = ("order_hour_of_day", "in", json!([18, 19, 20, 21, 22, 23]));
    let rebuys = ("bought_before", "eq", json!([1]));
    for (message, (field, op, values)) in [
        ("how many customers have zero produce purchases", ("department", "eq", json!(["produce"]))),
        ("how many customers have no evening orders", evening.clone()),
        ("how many customers have zero evening orders", evening.clone()),
        ("customers without an evening order, what's the number", evening),
        ("how many customers have not reordered anything", rebuys.clone()),
        ("customers with no reorder whatsoever, count", rebuys),
    ] {
        let (_, arguments) = call(&planned(message, &analyst()), message);
        let cohort = &arguments["cohorts"][0];
        assert_eq!(
            (&cohort["of"], &cohort["not"]),
            (&json!("customers"), &json!(true)),
            "{message}: {arguments}"
        );
        let bought = json!([{"field": field, "op": op, "values": values}]);
        assert_eq!(cohort["bought"], bought, "{message}: {arguments}");
    }
}

#[test]
fn bounds_stand_before_behind_and_around_what_they_bound() {
    let orders = json!({"metrics": ["customers"], "filters": [{"field": "customer_orders", "op": "ge", "values": [20]}]});
    check(&[
        ("a regular has from 20 orders upwards: how many customers is that", orders),
        (
            "how many products have been bought no fewer than 100 times",
            json!({"filters": [{"field": "items", "op": "ge", "values": [100]}], "summary": "count"}),
        ),
        (
            "aisles: items >= 500 and reorder rate >= 70%",
            json!({"filters": [
                {"field": "items", "op": "ge", "values": [500]},
                {"field": "reorder_rate", "op": "ge", "values": [0.7]},
            ]}),
        ),
        (
            "mean days between orders between the second and the tenth order, by order number",
            json!({"filters": [{"field": "order_number", "op": "between", "values": [2, 10]}]}),
        ),
    ]);
}

#[test]
fn what_is_kept_in_the_table_restricts_nothing() {
    let all = json!({"metrics": ["products"], "dimensions": ["department"]});
    check(&[
        ("how many products do we list in each department? include the unsold ones", all.clone()),
        ("products in the catalogue per department, also those never bought", all),
    ]);
}

#[test]
fn every_line_of_an_order_may_be_meant() {
    for message in [
        "how large is the share of orders in which every item is a reorder?",
        "orders consisting only of reorders, in % of orders",
    ] {
        let (_, arguments) = call(&planned(message, &analyst()), message);
        assert_eq!(arguments["metrics"], json!(["baskets"]), "{message}: {arguments}");
        let new = json!([{"field": "bought_before", "op": "eq", "values": [0]}]);
        assert_eq!(arguments["part_cohorts"][0]["bought"], new, "{message}: {arguments}");
        assert_eq!(arguments["part_cohorts"][0]["not"], json!(true), "{message}");
    }
}

#[test]
fn a_ranking_goes_by_the_figure_that_stands_nearest() {
    check(&[
        (
            "which five aisles have the worst reorder rate? include the rate and the customer count",
            json!({"order_by": [{"field": "reorder_rate", "direction": "asc"}], "limit": 5}),
        ),
        (
            "which six products have been reordered the most times",
            json!({"order_by": [{"field": "reorders", "direction": "desc"}], "limit": 6}),
        ),
        (
            "name the aisle where organic makes up the biggest share of items",
            json!({"part": [{"field": "organic", "op": "eq", "values": [1]}], "limit": 1}),
        ),
    ]);
}
