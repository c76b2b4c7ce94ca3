//! `recommend` and `score_products` with a next-basket model: the published model gives what the fitted one gives, and
//! every reason is true.

use domain::principal::Principal;
use recsys::next_basket::sources::Who;
use serde_json::json;
use tools::contract::ToolOutput;

use crate::{
    market::{self, BANANA, BREAD, BUTTER, CHEESE, COFFEE, COOK, DUSTY, Fitted, PASTA, SAUCE, WINE},
    recommendations::check_reasons,
    shop::{Shop, cell, ids, note_codes, shopper},
};

async fn open() -> (Fitted, Shop) {
    let fitted = market::fit();
    let shop = market::open(&fitted.model, &fitted.histories).await;
    (fitted, shop)
}

fn reason_of(output: &ToolOutput, product: u32) -> &str {
    let item = output.products.iter().find(|item| item.product_id.0 == product);
    item.unwrap_or_else(|| panic!("{product} is not in {:?}", ids(output))).reason.as_deref().unwrap()
}

fn place_of(output: &ToolOutput, product: u32) -> usize {
    ids(output).iter().position(|id| *id == product).unwrap()
}

#[tokio::test]
async fn the_published_model_ranks_as_the_fitted_one() {
    let (Fitted { model, histories }, shop) = open().await;
    for user_id in [1, COOK, 17, 40] {
        let position = histories.position(user_id).unwrap();
        let history = histories.of(position);
        let who = Who { customer: Some(position), counted: history, history };
        let expected: Vec<(u32, f64)> = model
            .rank(who, &[])
            .unwrap()
            .iter()
            .map(|ranked| (model.sources.catalogue.product_id(ranked.item), ranked.probability))
            .collect();
        let arguments = json!({"user_id": user_id, "limit": 50});
        let found = shop.call(Principal::analyst(), "recommend", arguments).await.unwrap();
        let shown: Vec<(u32, f64)> =
            found.products.iter().map(|item| (item.product_id.0, item.score.unwrap())).collect();
        assert_eq!(shown, expected, "customer {user_id}");
        check_reasons(&found);
        assert_eq!(found.engine, "models");
        assert!(found.products.iter().all(|item| item.score_kind.as_deref() == Some("probability")));
    }
}

#[tokio::test]
async fn reasons_tell_the_rhythm_and_what_a_new_product_goes_with() {
    let (_, shop) = open().await;
    let found = shop.call(shopper(COOK), "recommend", json!({"limit": 50})).await.unwrap();
    assert_eq!(ids(&found)[0], BANANA);
    assert_eq!(reason_of(&found, BANANA), "in 10 of your last 10 orders");
    // Bought in orders 1, 4, 7 and 10 of 12.
    assert_eq!(
        reason_of(&found, COFFEE),
        "in 3 of your last 10 orders, usually every 3 orders, last 3 orders ago"
    );
    let coffee = place_of(&found, COFFEE);
    assert_eq!(cell(&found, coffee, "usual_pause_orders"), json!(3));
    assert_eq!(cell(&found, coffee, "bought_orders_ago"), json!(3));
    assert_eq!(reason_of(&found, SAUCE), "new to you; often bought together with Penne Pasta, which you buy");
    let sauce = place_of(&found, SAUCE);
    assert_eq!(cell(&found, sauce, "related_to"), "Penne Pasta");
    assert!(cell(&found, sauce, "gain").as_f64().unwrap() > 0.1);
    assert_eq!(cell(&found, sauce, "orders_with_product"), json!(0));
    let of_staff = json!({"user_id": COOK, "limit": 50});
    let found = shop.call(Principal::analyst(), "recommend", of_staff).await.unwrap();
    assert_eq!(
        reason_of(&found, SAUCE),
        "new to the customer; often bought together with Penne Pasta, which the customer buys"
    );
}

#[tokio::test]
async fn repeat_and_discover_part_known_from_new() {
    let (_, shop) = open().await;
    let repeat = shop.call(shopper(COOK), "recommend", json!({"mode": "repeat"})).await.unwrap();
    let mut known = ids(&repeat);
    known.sort_unstable();
    assert_eq!(known, [BANANA, COFFEE, PASTA]);
    let discover = shop.call(shopper(COOK), "recommend", json!({"mode": "discover"})).await.unwrap();
    assert!(ids(&discover).iter().all(|id| !known.contains(id)), "{:?}", ids(&discover));
    assert!(ids(&discover).contains(&SAUCE));
    for found in [repeat, discover] {
        check_reasons(&found);
        let scores: Vec<f64> = found.products.iter().map(|item| item.score.unwrap()).collect();
        assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    }
}

#[tokio::test]
async fn products_of_a_place_are_scored_even_where_no_source_brings_them() {
    let (_, shop) = open().await;
    let call = |arguments| shop.call(shopper(COOK), "recommend", arguments);
    let pantry = call(json!({"aisle": "pasta"})).await.unwrap();
    let mut found = ids(&pantry);
    found.sort_unstable();
    assert_eq!(found, [PASTA, SAUCE, DUSTY]);
    assert_eq!(ids(&call(json!({"matching": "dusty"})).await.unwrap()), [DUSTY]);
    assert_eq!(ids(&call(json!({"aisle": "pasta", "mode": "repeat"})).await.unwrap()), [PASTA]);
}

#[tokio::test]
async fn what_goes_with_the_basket_is_lifted_and_keeps_its_probability() {
    let (_, shop) = open().await;
    let all = json!({"limit": 50, "mode": "discover"});
    let without = shop.call(shopper(1), "recommend", all.clone()).await.unwrap();
    let with = shop.call_with_basket(shopper(1), &[PASTA], "recommend", all).await.unwrap();
    check_reasons(&with);
    assert!(!ids(&with).contains(&PASTA), "what is in the basket is not recommended");
    assert!(note_codes(&with).contains(&"basket"));
    assert!(!note_codes(&without).contains(&"basket"));
    let sauce = place_of(&with, SAUCE);
    assert!(sauce < place_of(&with, WINE), "{:?}", ids(&with));
    assert_eq!(reason_of(&with, SAUCE), "new to you; goes with Penne Pasta in the basket");
    assert_eq!(cell(&with, sauce, "related_to"), "Penne Pasta");
    let score = |output: &ToolOutput| output.products[place_of(output, SAUCE)].score.unwrap();
    assert!((score(&with) - score(&without)).abs() < 1e-12);
    let staples = shop.call_with_basket(shopper(COOK), &[BANANA], "recommend", json!({})).await.unwrap();
    assert!(!ids(&staples).contains(&BANANA));
}

#[tokio::test]
async fn the_rules_of_the_shop_hold() {
    let Fitted { model, histories } = market::fit();
    let shop = market::open_with(&model, &histories, |settings| {
        settings.merchandising.exclude_products = vec![PASTA];
        settings.merchandising.pin_products = vec![BUTTER];
    })
    .await;
    let found = shop.call(shopper(COOK), "recommend", json!({"limit": 50})).await.unwrap();
    assert_eq!(ids(&found)[0], BUTTER);
    assert!(!ids(&found).contains(&PASTA));
    // A reason must not name what is hidden.
    assert!(found.products.iter().all(|item| !item.reason.as_deref().unwrap().contains("Penne")));
    let refused = shop.call(shopper(COOK), "score_products", json!({"product_ids": [PASTA]})).await;
    assert_eq!(refused.unwrap_err().code(), "not_found");
}

#[tokio::test]
async fn score_products_gives_the_probability_of_each() {
    let (_, shop) = open().await;
    let arguments =
        json!({"product_ids": [CHEESE, SAUCE, SAUCE], "names": ["bananas", "rye bread", "dusty tin"]});
    let found = shop.call(shopper(COOK), "score_products", arguments.clone()).await.unwrap();
    assert_eq!(ids(&found)[0], BANANA);
    assert_eq!(found.table.rows.len(), 5);
    let listed = shop.call(shopper(COOK), "recommend", json!({"limit": 50})).await.unwrap();
    for (row, id) in ids(&found).into_iter().enumerate() {
        let probability = cell(&found, row, "probability").as_f64().unwrap();
        assert!((0.0..=1.0).contains(&probability));
        if ids(&listed).contains(&id) {
            let shown = listed.products[place_of(&listed, id)].score.unwrap();
            assert!((probability - shown).abs() < 1e-12, "{id}");
        }
    }
    let banana = ["bought_before", "orders_with_product", "orders_total", "last_order_ago"]
        .map(|column| cell(&found, 0, column));
    assert_eq!(banana, [json!(true), json!(12), json!(12), json!(0)]);
    let bread = place_of(&found, BREAD);
    assert_eq!(cell(&found, bread, "bought_before"), json!(false));
    assert_eq!(cell(&found, bread, "last_order_ago"), json!(null));
    assert_eq!(note_codes(&found), ["definition"]);
    let mut of_staff = arguments;
    of_staff["user_id"] = json!(COOK);
    let same = shop.call(Principal::analyst(), "score_products", of_staff).await.unwrap();
    assert_eq!(same.table, found.table);
}

#[tokio::test]
async fn score_products_reaches_no_other_customer_and_refuses_what_makes_no_sense() {
    let (_, shop) = open().await;
    let one = |user: u32| json!({"user_id": user, "product_ids": [BANANA]});
    let code = |outcome: Result<ToolOutput, tools::contract::ToolError>| outcome.unwrap_err().code();
    assert_eq!(code(shop.call(shopper(1), "score_products", one(COOK)).await), "permission_denied");
    assert_eq!(code(shop.call(Principal::guest(), "score_products", one(COOK)).await), "permission_denied");
    let nobody = json!({"product_ids": [BANANA]});
    assert_eq!(
        code(shop.call(Principal::guest(), "score_products", nobody.clone()).await),
        "permission_denied"
    );
    assert_eq!(code(shop.call(Principal::analyst(), "score_products", nobody).await), "invalid_arguments");
    assert_eq!(code(shop.call(Principal::analyst(), "score_products", one(9_999)).await), "not_found");
    let call = |arguments| shop.call(shopper(COOK), "score_products", arguments);
    assert_eq!(code(call(json!({})).await), "invalid_arguments");
    assert_eq!(code(call(json!({"product_ids": vec![BANANA; 51]})).await), "invalid_arguments");
    assert_eq!(code(call(json!({"product_ids": [4_000]})).await), "not_found");
}

#[tokio::test]
async fn a_customer_newer_than_the_run_gets_no_probability() {
    let (_, shop) = open().await;
    let found = shop.call(shopper(999), "score_products", json!({"product_ids": [BANANA]})).await.unwrap();
    assert_eq!(cell(&found, 0, "probability"), json!(null));
    assert_eq!(note_codes(&found), ["cold_start"]);
    let found = shop.call(shopper(999), "recommend", json!({})).await.unwrap();
    assert_eq!(note_codes(&found), ["cold_start"]);
    assert_eq!(found.products[0].score_kind.as_deref(), Some("purchases"));
}
