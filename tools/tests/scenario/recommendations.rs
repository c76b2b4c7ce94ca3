//! `recommend`: who gets what, in which order, and why.

use domain::{
    ids::UserId,
    principal::{Principal, Role},
};
use serde_json::{Value, json};
use tools::contract::ToolOutput;

use crate::shop::{
    APPLE, AVOCADO, BANANA, CHOCOLATE, DUSTY, MILK, RED_WINE, Shop, cell, ids, note_codes, shopper,
};

/// Every figure that a reason says must stand in a cell of its row.
pub(crate) fn check_reasons(output: &ToolOutput) {
    for (row, item) in output.products.iter().enumerate() {
        let reason = item.reason.as_deref().unwrap_or_default();
        assert_eq!(output.table.text(row, "reason"), Some(reason));
        let figures = reason
            .split(|c: char| !(c.is_ascii_digit() || c == ','))
            .map(|digits| digits.replace(',', ""))
            .filter(|digits| !digits.is_empty());
        for figure in figures {
            let figure: i64 = figure.parse().unwrap();
            let cells = output.table.rows[row].iter();
            assert!(
                cells.filter_map(Value::as_i64).any(|cell| cell == figure),
                "{reason}: {figure} is in no cell"
            );
        }
        if item.score_kind.as_deref() == Some("probability") {
            assert!((0.0..=1.0).contains(&item.score.unwrap()));
        }
    }
}

#[tokio::test]
async fn a_shopper_gets_their_own_staples_first_and_then_what_is_new_by_taste() {
    let shop = Shop::open().await;
    let found = shop.call(shopper(1), "recommend", json!({})).await.unwrap();
    check_reasons(&found);
    // This run has factors, but no next-basket model.
    assert!(note_codes(&found).contains(&"without_models"));
    assert!(found.products.iter().all(|item| item.score_kind.as_deref() != Some("probability")));
    assert_eq!(ids(&found)[..4], [BANANA, MILK, APPLE, AVOCADO]);
    let reasons: Vec<&str> =
        found.products.iter().filter_map(|item| item.reason.as_deref()).take(4).collect();
    let expected = [
        "in 10 of your last 10 orders",
        "in 7 of your last 10 orders",
        // Bought in orders 1 and 2 only, which are not among the last ten.
        "in 2 of your 12 orders",
        "new to you; customers with similar taste buy it",
    ];
    assert_eq!(reasons, expected);
    assert_eq!(
        (cell(&found, 1, "orders_with_product"), cell(&found, 1, "orders_total")),
        (json!(7), json!(12))
    );
    assert_eq!(cell(&found, 3, "orders_with_product"), json!(0));
    assert_eq!(cell(&found, 3, "score_kind"), "als");
    assert_eq!(ids(&found).len(), found.table.rows.len());
}

#[tokio::test]
async fn repeat_and_discover_part_what_is_known_from_what_is_new() {
    let shop = Shop::open().await;
    let analyst = Principal::analyst;
    let repeat = shop.call(analyst(), "recommend", json!({"user_id": 1, "mode": "repeat"})).await.unwrap();
    check_reasons(&repeat);
    assert_eq!(ids(&repeat), [BANANA, MILK, APPLE]);
    assert_eq!(repeat.products[1].reason.as_deref(), Some("in 7 of the customer's last 10 orders"));
    // Bananas are in every order, so their weighted share is one.
    assert!((repeat.products[0].score.unwrap() - 1.0).abs() < 1e-12);
    let discover =
        shop.call(analyst(), "recommend", json!({"user_id": 1, "mode": "discover"})).await.unwrap();
    check_reasons(&discover);
    assert!(ids(&discover).iter().all(|id| ![BANANA, MILK, APPLE].contains(id)));
    assert!(!ids(&discover).contains(&DUSTY), "a product without factors is not recommended by taste");
    let als = shop.call(analyst(), "recommend", json!({"user_id": 1, "mode": "als"})).await.unwrap();
    check_reasons(&als);
    assert_eq!(ids(&als)[0], BANANA);
    assert_eq!(als.engine, "models");
}

#[tokio::test]
async fn scope_words_and_basket_narrow_every_mode() {
    let shop = Shop::open().await;
    let call = |arguments| shop.call(shopper(1), "recommend", arguments);
    assert_eq!(ids(&call(json!({"department": "dairy eggs", "mode": "repeat"})).await.unwrap()), [MILK]);
    assert_eq!(
        ids(&call(json!({"aisle": "fresh fruits", "mode": "repeat"})).await.unwrap()),
        [BANANA, APPLE]
    );
    let milk = call(json!({"matching": "milks"})).await.unwrap();
    assert_eq!(ids(&milk)[0], MILK);
    assert!(!ids(&milk).contains(&BANANA));
    let basket =
        shop.call_with_basket(shopper(1), &[BANANA], "recommend", json!({"mode": "repeat"})).await.unwrap();
    assert_eq!(ids(&basket), [MILK, APPLE]);
    assert_eq!(call(json!({"limit": 3})).await.unwrap().products.len(), 3);
    assert_eq!(call(json!({"matching": "?"})).await.unwrap_err().code(), "invalid_arguments");
}

#[tokio::test]
async fn a_guest_gets_what_is_popular_or_goes_with_the_basket() {
    let shop = Shop::open().await;
    let popular = shop.call(Principal::guest(), "recommend", json!({})).await.unwrap();
    check_reasons(&popular);
    assert_eq!(ids(&popular)[..2], [BANANA, AVOCADO]);
    assert_eq!(popular.products[0].reason.as_deref(), Some("bought 26 times by all customers"));
    let basket = shop.call_with_basket(Principal::guest(), &[BANANA], "recommend", json!({})).await.unwrap();
    check_reasons(&basket);
    assert_eq!(
        ids(&basket)[..3],
        [CHOCOLATE, MILK, AVOCADO],
        "related first, then popular, never the basket itself"
    );
    assert_eq!(cell(&basket, 0, "related_to"), "Banana");
    for mode in ["next_basket", "repeat", "discover", "als", "segment"] {
        let error = shop.call(Principal::guest(), "recommend", json!({"mode": mode})).await.unwrap_err();
        assert_eq!(error.code(), "permission_denied", "{mode}");
    }
}

#[tokio::test]
async fn a_shopper_newer_than_the_run_gets_the_cold_start_path() {
    let shop = Shop::open().await;
    for mode in [json!(null), json!("next_basket"), json!("discover"), json!("segment")] {
        let found = shop.call(shopper(999), "recommend", json!({"mode": mode})).await.unwrap();
        check_reasons(&found);
        assert_eq!(ids(&found)[..2], [BANANA, AVOCADO], "{mode}");
        assert!(note_codes(&found).contains(&"cold_start"), "{mode}");
    }
    let basket = shop.call_with_basket(shopper(999), &[BANANA], "recommend", json!({})).await.unwrap();
    assert_eq!(ids(&basket)[0], RED_WINE);
}

#[tokio::test]
async fn an_analyst_asking_for_an_unknown_customer_is_told_so() {
    let shop = Shop::open().await;
    for tool in ["recommend", "purchase_history", "customer_profile", "similar_customers"] {
        let error = shop.call(Principal::analyst(), tool, json!({"user_id": 999})).await.unwrap_err();
        assert_eq!(error.to_string(), "customer 999 not found", "{tool}");
    }
}

#[tokio::test]
async fn an_analyst_with_a_customer_of_their_own_is_i() {
    let shop = Shop::open().await;
    let analyst = || Principal::new(Role::Analyst, Some(UserId(1)), "ann").unwrap();
    let found = shop.call(analyst(), "recommend", json!({"limit": 1})).await.unwrap();
    assert_eq!(found.products[0].reason.as_deref(), Some("in 10 of your last 10 orders"));
    let other = shop.call(analyst(), "recommend", json!({"user_id": 2, "limit": 1})).await.unwrap();
    assert_eq!(other.products[0].reason.as_deref(), Some("in 2 of the customer's 2 orders"));
}

#[tokio::test]
async fn a_segment_gets_what_it_favours_in_the_published_order() {
    let shop = Shop::open().await;
    let by_name = shop.call(Principal::analyst(), "recommend", json!({"segment": "at risk"})).await.unwrap();
    check_reasons(&by_name);
    assert_eq!(ids(&by_name), [RED_WINE, AVOCADO]);
    let own = shop.call(shopper(1), "recommend", json!({"mode": "segment"})).await.unwrap();
    assert_eq!(ids(&own), [MILK, BANANA]);
    assert_eq!(own.products[0].reason.as_deref(), Some("favoured by customers of the segment Champions"));
}

#[tokio::test]
async fn a_run_without_models_still_recommends_the_own_history() {
    let shop = Shop::open_without_models().await;
    let found = shop.call(shopper(1), "recommend", json!({})).await.unwrap();
    assert_eq!(ids(&found), [BANANA, MILK, APPLE]);
    assert!(note_codes(&found).contains(&"without_models"));
    let basket = shop.call_with_basket(Principal::guest(), &[BANANA], "recommend", json!({})).await.unwrap();
    assert_eq!(ids(&basket)[0], AVOCADO);
    for (tool, arguments) in [
        ("recommend", json!({"mode": "als"})),
        ("recommend", json!({"mode": "discover"})),
        ("recommend", json!({"mode": "segment"})),
        ("score_products", json!({"product_ids": [BANANA]})),
        ("related_products", json!({"product_ids": [BANANA]})),
        ("related_products", json!({"product_ids": [BANANA], "relation": "similar"})),
        ("segment_popularity", json!({})),
    ] {
        let error = shop.call(shopper(1), tool, arguments.clone()).await.unwrap_err();
        assert_eq!(error.code(), "unavailable", "{tool} {arguments}: {error}");
    }
    assert!(shop.call(shopper(1), "customer_profile", json!({})).await.is_ok());
}
