//! What narrows the catalogue in every tool: places, words, attributes, and what something must not be.

use domain::principal::Principal;
use serde_json::json;

use crate::{
    market::{self, COOK, SAUCE},
    shop::{AVOCADO, BANANA, CHOCOLATE, LACTOSE_FREE_MILK, MILK, Shop, cell, ids, note_codes, shopper},
};

#[tokio::test]
async fn a_search_leaves_out_what_is_ruled_out() {
    let shop = Shop::open().await;
    let call = |arguments| shop.call(Principal::analyst(), "search_catalog", arguments);
    let fruits = call(json!({"query": "", "aisle": "fresh fruits", "exclude": ["bananas"]})).await.unwrap();
    assert!(!ids(&fruits).contains(&BANANA) && ids(&fruits).contains(&AVOCADO));
    let milk = call(json!({"query": "milk", "exclude": ["lactose"]})).await.unwrap();
    assert!(ids(&milk).contains(&MILK));
    // What says that there is none of it is what was asked for.
    assert_eq!(ids(&milk)[0], LACTOSE_FREE_MILK);
    let milk = call(json!({"query": "milk", "exclude": ["free"]})).await.unwrap();
    assert!(ids(&milk).contains(&MILK));
    assert!(milk.products.iter().all(|item| !item.product_name.contains("Lactose")));
}

#[tokio::test]
async fn an_attribute_that_no_name_states_is_told_not_taken_for_granted() {
    let shop = Shop::open().await;
    let arguments = json!({"query": "vegan banana", "attributes": ["vegan"]});
    let found = shop.call(Principal::guest(), "search_catalog", arguments).await.unwrap();
    assert_eq!(ids(&found)[0], BANANA);
    assert!(note_codes(&found).contains(&"attribute_not_stated"));
}

#[tokio::test]
async fn places_are_listed_with_all_that_the_shop_has() {
    let shop = Shop::open().await;
    let call = |principal, arguments| shop.call(principal, "search_catalog", arguments);
    let all = json!({"kinds": ["department"]});
    let guest = call(Principal::guest(), all.clone()).await.unwrap();
    let names = |found: &tools::contract::ToolOutput| -> Vec<String> {
        (0..found.table.rows.len())
            .map(|row| cell(found, row, "department").as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&guest), names(&call(shopper(1), all).await.unwrap()));
    assert!(names(&guest).contains(&"alcohol".to_owned()), "a place is no offer");
    let aisles =
        call(Principal::guest(), json!({"kinds": ["aisle"], "department": "produce"})).await.unwrap();
    assert_eq!((cell(&aisles, 0, "aisle"), cell(&aisles, 0, "products")), (json!("fresh fruits"), json!(3)));
}

#[tokio::test]
async fn best_sellers_and_recommendations_are_narrowed_by_names() {
    let shop = Shop::open().await;
    let organic = json!({"attributes": ["organic"]});
    let popular = shop.call(Principal::guest(), "popular_products", organic.clone()).await.unwrap();
    assert_eq!(ids(&popular), [AVOCADO, MILK]);
    assert_eq!(cell(&popular, 0, "purchases"), json!(14));
    let named = json!({"name_contains": "chocolate"});
    let named = shop.call(Principal::guest(), "popular_products", named).await.unwrap();
    assert_eq!(ids(&named), [CHOCOLATE]);
    let wished = shop.call(Principal::guest(), "recommend", organic).await.unwrap();
    assert_eq!(ids(&wished), [AVOCADO, MILK]);
}

#[tokio::test]
async fn one_order_is_counted_from_either_end() {
    let shop = Shop::open().await;
    let call = |arguments| shop.call(shopper(1), "purchase_history", arguments);
    let first = call(json!({"order": 1})).await.unwrap();
    assert!(ids(&first).contains(&BANANA) && !ids(&first).contains(&MILK));
    let last = call(json!({"order": -1})).await.unwrap();
    assert_eq!(ids(&last), [BANANA, MILK]);
    assert!(call(json!({"order": 13})).await.unwrap().products.is_empty(), "the thirteenth has no lines");
    assert_eq!(call(json!({"order": 0})).await.unwrap_err().code(), "invalid_arguments");
    let organic = call(json!({"attributes": ["organic"]})).await.unwrap();
    assert_eq!(ids(&organic), [MILK]);
}

#[tokio::test]
async fn related_products_start_from_words_and_end_where_wanted() {
    let shop = Shop::open().await;
    let call = |arguments| shop.call(Principal::guest(), "related_products", arguments);
    let of_words = call(json!({"names": ["hass"]})).await.unwrap();
    assert_eq!(cell(&of_words, 0, "antecedent"), "Organic Hass Avocado");
    assert!(note_codes(&of_words).contains(&"reading"));
    let all = call(json!({"product_ids": [AVOCADO]})).await.unwrap();
    let aisle = all.products[0].aisle.clone();
    let of_aisle = all.products.iter().filter(|item| item.aisle == aisle).map(|item| item.product_id.0);
    let narrowed = call(json!({"product_ids": [AVOCADO], "aisle": aisle})).await.unwrap();
    assert_eq!(ids(&narrowed), of_aisle.collect::<Vec<_>>());
    let elsewhere =
        call(json!({"product_ids": [AVOCADO], "exclude": [all.products[0].product_name]})).await.unwrap();
    assert!(!ids(&elsewhere).contains(&ids(&all)[0]));
    let instead = call(json!({"product_ids": [BANANA], "relation": "substitute"})).await.unwrap();
    assert!(!instead.products.is_empty());
    assert!(instead.products.iter().all(|item| item.aisle == "fresh fruits" && item.product_id.0 != BANANA));
}

#[tokio::test]
async fn a_word_is_scored_as_the_product_that_the_customer_buys() {
    let fitted = market::fit();
    let shop = market::open(&fitted.model, &fitted.histories).await;
    let call = |arguments| shop.call(shopper(COOK), "score_products", arguments);
    let found = call(json!({"names": ["pasta"]})).await.unwrap();
    assert_eq!(cell(&found, 0, "product_name"), "Penne Pasta");
    assert!(note_codes(&found).contains(&"reading"));
    let whole = call(json!({"names": ["tomato sauce"]})).await.unwrap();
    assert_eq!(ids(&whole), [SAUCE]);
    assert!(!note_codes(&whole).contains(&"reading"));
}
