//! History, profile, neighbours, segments and metrics: figures that are counted by hand from the shop's orders.

use domain::principal::Principal;
use serde_json::json;
use tools::contract::ToolOutput;

use crate::shop::{AVOCADO, BANANA, LACTOSE_FREE_MILK, MILK, RED_WINE, Shop, cell, ids, note_codes, shopper};

#[tokio::test]
async fn the_most_bought_products_are_counted_in_orders() {
    let shop = Shop::open().await;
    let found = shop.call(shopper(1), "purchase_history", json!({"limit": 2})).await.unwrap();
    assert_eq!(ids(&found), [BANANA, MILK]);
    let row =
        ["orders_with_product", "orders_total", "last_order_ago", "first_order_number", "last_order_number"]
            .map(|column| cell(&found, 1, column));
    assert_eq!(row, [7, 12, 0, 6, 12].map(|value| json!(value)));
    assert_eq!(cell(&found, 1, "share_of_orders"), json!(7.0 / 12.0));
    assert_eq!(found.products[1].reason.as_deref(), Some("in 7 of your 12 orders"));
    assert_eq!(note_codes(&found), ["not_a_probability"]);
}

#[tokio::test]
async fn a_product_never_bought_has_a_row_of_zeros() {
    let shop = Shop::open().await;
    let arguments = json!({"user_id": 1, "product_ids": [MILK, LACTOSE_FREE_MILK]});
    let found = shop.call(Principal::analyst(), "purchase_history", arguments).await.unwrap();
    assert_eq!(ids(&found), [MILK, LACTOSE_FREE_MILK]);
    assert_eq!(
        (cell(&found, 1, "orders_with_product"), cell(&found, 1, "orders_total")),
        (json!(0), json!(12))
    );
    assert_eq!(cell(&found, 1, "last_order_ago"), json!(null));
    assert_eq!(found.products[1].reason.as_deref(), Some("in 0 of the customer's 12 orders"));
    let error = shop.call(shopper(1), "purchase_history", json!({"product_ids": [4_000]})).await.unwrap_err();
    assert_eq!(error.to_string(), "product 4000 not found");
}

#[tokio::test]
async fn a_term_counts_all_products_that_hold_its_words() {
    let shop = Shop::open().await;
    let arguments = json!({"terms": ["apples", "milk", "chocolate"]});
    let found = shop.call(shopper(1), "purchase_history", arguments).await.unwrap();
    let row =
        |row| ["matching_products", "orders_with", "orders_total"].map(|column| cell(&found, row, column));
    assert_eq!(row(0), [1, 2, 12].map(|value| json!(value)));
    assert_eq!(row(1), [1, 7, 12].map(|value| json!(value)));
    // The recalled candy stands in the aisle "candy chocolate", but it is shown to nobody.
    assert_eq!(row(2), [0, 0, 12].map(|value| json!(value)));
    assert_eq!(cell(&found, 0, "top_product"), "Honeycrisp Apple");
    assert_eq!(cell(&found, 2, "top_product"), json!(null));
}

#[tokio::test]
async fn a_shopper_without_orders_gets_zeros_and_a_note() {
    let shop = Shop::open().await;
    let found = shop.call(shopper(999), "purchase_history", json!({"terms": ["apples"]})).await.unwrap();
    assert_eq!(cell(&found, 0, "orders_total"), json!(0));
    assert!(note_codes(&found).contains(&"cold_start"));
    let profile = shop.call(shopper(999), "customer_profile", json!({})).await.unwrap();
    assert!(profile.table.rows.is_empty());
    assert_eq!(note_codes(&profile), ["cold_start"]);
}

#[tokio::test]
async fn a_profile_is_one_row_of_habits() {
    let shop = Shop::open().await;
    let found = shop.call(Principal::analyst(), "customer_profile", json!({"user_id": 1})).await.unwrap();
    let check = |column: &str, expected| assert_eq!(cell(&found, 0, column), expected, "{column}");
    check("segment_name", json!("Champions"));
    check("frequency", json!(13));
    check("orders_with_lines", json!(12));
    // 12 bananas + 7 milk + 2 apples + 1 candy over 12 orders.
    check("monetary", json!(22.0 / 12.0));
    check("distinct_products", json!(4));
    check("favourite_department", json!("produce"));
    check("favourite_aisle", json!("fresh fruits"));
    check("usual_hour", json!(9));
    check("usual_dow", json!(1));
    check("recency_days", json!(30.0));
    check("recency_censored", json!(true));
    // The longest horizon that is not extrapolated.
    check("horizon_days", json!(28));
    check("p_no_order", json!(0.125));
    check("expected_orders", json!(2.0));
    check("expected_items", json!(4.0));
    assert_eq!(note_codes(&found), ["no_prices", "recency_censored", "no_true_lapse"]);
}

#[tokio::test]
async fn a_run_without_hazards_has_a_profile_without_outlook() {
    let shop = Shop::open_with(|_| {}, |artefact| artefact != "recsys.hazards.churn").await;
    let found = shop.call(shopper(1), "customer_profile", json!({})).await.unwrap();
    assert_eq!(cell(&found, 0, "p_no_order"), json!(null));
    assert_eq!(cell(&found, 0, "frequency"), json!(13));
    assert_eq!(note_codes(&found), ["no_prices", "recency_censored"]);
    assert!(!found.sql.unwrap().contains("churn"));
}

#[tokio::test]
async fn similar_customers_are_the_nearest_by_taste_and_not_the_first_rows() {
    let shop = Shop::open().await;
    let arguments = json!({"user_id": 8, "limit": 2});
    let found = shop.call(Principal::analyst(), "similar_customers", arguments).await.unwrap();
    assert_eq!((cell(&found, 0, "user_id"), cell(&found, 1, "user_id")), (json!(7), json!(6)));
    assert_eq!(cell(&found, 0, "segment_name"), "At risk");
    // Banana and avocado; the wine of customer 7 is not shared.
    assert_eq!(cell(&found, 0, "shared_products"), json!(2));
    assert!(
        cell(&found, 0, "similarity").as_f64().unwrap() > cell(&found, 1, "similarity").as_f64().unwrap()
    );
}

#[tokio::test]
async fn a_segment_is_ranked_by_lift_or_by_share() {
    let shop = Shop::open().await;
    let call = |arguments| shop.call(Principal::analyst(), "segment_popularity", arguments);
    let by_lift = call(json!({"segment": "At risk"})).await.unwrap();
    assert_eq!(ids(&by_lift), [RED_WINE, AVOCADO]);
    assert_eq!(cell(&by_lift, 0, "segment_name"), "At risk");
    let by_share = call(json!({"segment": "1", "by": "share"})).await.unwrap();
    assert_eq!(ids(&by_share), [AVOCADO, RED_WINE]);
    let own = shop.call(shopper(1), "segment_popularity", json!({})).await.unwrap();
    assert_eq!(ids(&own), [MILK, BANANA]);
    assert_eq!(call(json!({})).await.unwrap_err().code(), "invalid_arguments");
    let unknown = call(json!({"segment": "whales"})).await.unwrap_err();
    assert_eq!(unknown.to_string(), r#"segment "whales" not found; nearest: Champions, At risk"#);
}

#[tokio::test]
async fn metrics_are_over_all_rows_for_staff_and_over_the_own_for_a_shopper() {
    let shop = Shop::open().await;
    let by_department = json!({"metrics": ["items"], "dimensions": ["department"]});
    let all = shop.call(Principal::analyst(), "query_metrics", by_department.clone()).await.unwrap();
    assert_eq!((cell(&all, 0, "department"), cell(&all, 0, "items")), (json!("produce"), json!(42)));
    let reads_rollup = |output: &ToolOutput| output.sql.as_ref().unwrap().contains("rollup_");
    assert!(reads_rollup(&all));
    let own = shop.call(shopper(1), "query_metrics", by_department).await.unwrap();
    assert!(!reads_rollup(&own), "a rollup holds every customer");
    assert_eq!((cell(&own, 0, "department"), cell(&own, 0, "items")), (json!("produce"), json!(14)));
    assert!(note_codes(&own).contains(&"own_rows"));
    let orders =
        shop.call(shopper(1), "query_metrics", json!({"metrics": ["orders", "customers"]})).await.unwrap();
    assert_eq!((cell(&orders, 0, "orders"), cell(&orders, 0, "customers")), (json!(13), json!(1)));
}
