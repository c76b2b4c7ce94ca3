//! Search, product, popularity, related products, description: what everybody may ask.

use domain::principal::Principal;
use serde_json::json;
use tools::contract::ToolOutput;

use crate::shop::{
    APPLE, AVOCADO, BANANA, CHOCOLATE, DUSTY, LACTOSE_FREE_MILK, MILK, RECALLED, RED_WINE, Shop, cell, ids,
    note_codes, shopper,
};

#[tokio::test]
async fn search_finds_products_and_says_that_it_is_lexical_only() {
    let shop = Shop::open().await;
    assert!(shop.run.lexical_only);
    let found =
        shop.call(Principal::guest(), "search_catalog", json!({"query": "organic avocado"})).await.unwrap();
    assert_eq!(ids(&found)[0], AVOCADO);
    assert!(found.products[0].score.unwrap() > 0.0);
    assert_eq!(note_codes(&found), ["lexical_only"]);
    assert_eq!(found.engine, "index");
}

#[tokio::test]
async fn search_filters_by_place_and_attribute() {
    let shop = Shop::open().await;
    let call = |arguments| shop.call(Principal::analyst(), "search_catalog", arguments);
    let milk = call(json!({"query": "milk", "department": "Dairy Eggs"})).await.unwrap();
    assert_eq!(milk.products.len(), 2);
    let organic = call(json!({"query": "milk", "attributes": ["organic"]})).await.unwrap();
    assert_eq!(ids(&organic), [MILK]);
    let other =
        call(json!({"query": "milk", "aisle": "milk", "exclude_attributes": ["organic"]})).await.unwrap();
    assert_eq!(ids(&other), [LACTOSE_FREE_MILK]);
    let free = call(json!({"query": "milk", "attributes": ["lactose_free"]})).await.unwrap();
    assert!(note_codes(&free).contains(&"allergen"));
}

#[tokio::test]
async fn a_search_without_words_lists_the_most_bought_first() {
    let shop = Shop::open().await;
    let call = |arguments| shop.call(Principal::analyst(), "search_catalog", arguments);
    let fruits = call(json!({"query": "", "aisle": "fresh fruit"})).await.unwrap();
    assert_eq!(ids(&fruits)[..2], [BANANA, AVOCADO]);
    assert_eq!(call(json!({"query": " "})).await.unwrap_err().code(), "invalid_arguments");
}

#[tokio::test]
async fn search_finds_aisles_and_departments_when_asked_to() {
    let shop = Shop::open().await;
    let arguments = json!({"query": "dairy", "kinds": ["department"]});
    let found = shop.call(Principal::guest(), "search_catalog", arguments).await.unwrap();
    assert_eq!(cell(&found, 0, "kind"), "department");
    assert_eq!(cell(&found, 0, "department"), "dairy eggs");
    assert_eq!(cell(&found, 0, "product_id"), json!(null));
    assert!(found.products.is_empty());
}

#[tokio::test]
async fn places_are_listed_by_size_when_asked_to() {
    let shop = Shop::open().await;
    let sizes = async |by_size: &str| -> Vec<u64> {
        let arguments = json!({"kinds": ["aisle"], "by_size": by_size});
        let found = shop.call(Principal::guest(), "search_catalog", arguments).await.unwrap();
        (0..found.table.rows.len()).filter_map(|row| cell(&found, row, "products").as_u64()).collect()
    };
    let (largest, smallest) = (sizes("largest").await, sizes("smallest").await);
    assert!(largest.len() > 1 && largest.is_sorted_by(|a, b| a >= b), "{largest:?}");
    assert!(smallest.is_sorted(), "{smallest:?}");
}

#[tokio::test]
async fn a_product_is_found_by_id_and_by_tolerant_name() {
    let shop = Shop::open().await;
    for arguments in [json!({"product_id": BANANA}), json!({"name": "BANANAS"}), json!({"name": "bananna"})] {
        let found = shop.call(Principal::guest(), "get_product", arguments.clone()).await.unwrap();
        assert_eq!(cell(&found, 0, "product_name"), "Banana", "{arguments}");
        // Twelve orders of customer 1, two each of seven others.
        assert_eq!((cell(&found, 0, "purchases"), cell(&found, 0, "customers")), (json!(26), json!(8)));
    }
    let corrected = shop.call(Principal::guest(), "get_product", json!({"name": "bananna"})).await.unwrap();
    assert_eq!(note_codes(&corrected), ["spelling"]);
}

#[tokio::test]
async fn a_product_that_is_not_there_names_the_nearest() {
    let shop = Shop::open().await;
    let error = shop.call(Principal::guest(), "get_product", json!({"name": "avocado"})).await.unwrap_err();
    assert_eq!(error.to_string(), r#"product "avocado" not found; nearest: Organic Hass Avocado"#);
    for arguments in [json!({}), json!({"product_id": 1, "name": "Banana"}), json!({"id": 1})] {
        let error = shop.call(Principal::guest(), "get_product", arguments).await.unwrap_err();
        assert_eq!(error.code(), "invalid_arguments");
    }
}

#[tokio::test]
async fn popular_products_are_ranked_by_purchases_with_their_share() {
    let shop = Shop::open().await;
    let found = shop.call(Principal::analyst(), "popular_products", json!({})).await.unwrap();
    assert_eq!(ids(&found)[..4], [BANANA, AVOCADO, RED_WINE, MILK]);
    // 66 lines in all: 26 + 14 + 12 + 7 + 4 + 2 + 1.
    assert_eq!(cell(&found, 0, "share"), json!(26.0 / 66.0));
    let dairy =
        shop.call(Principal::guest(), "popular_products", json!({"department": "dairy eggs"})).await.unwrap();
    assert_eq!(ids(&dairy), [MILK], "a product that nobody bought is not popular");
    assert_eq!(cell(&dairy, 0, "share"), json!(1.0));
}

#[tokio::test]
async fn popularity_at_an_hour_lists_only_what_five_customers_bought() {
    let shop = Shop::open().await;
    for principal in [Principal::guest(), shopper(1), Principal::analyst()] {
        let guest = principal == Principal::guest();
        let found = shop.call(principal, "popular_products", json!({"hour": 20})).await.unwrap();
        let expected: &[u32] = if guest { &[BANANA, AVOCADO] } else { &[BANANA, AVOCADO, RED_WINE] };
        assert_eq!(ids(&found), expected, "chocolate was bought by two customers only");
        // 14 + 14 + 12 + 4 lines at 20 o'clock, chocolate counted in the whole.
        assert_eq!(cell(&found, 0, "share"), json!(14.0 / 44.0));
        assert_eq!(note_codes(&found), ["min_customers"]);
        assert!(found.table.column_index("user_id").is_none());
    }
    let evening = json!({"hour": 18, "to_hour": 20});
    let evening = shop.call(Principal::guest(), "popular_products", evening).await.unwrap();
    assert_eq!(ids(&evening), [BANANA, AVOCADO], "every hour of the stretch counts");
    let morning = shop.call(Principal::guest(), "popular_products", json!({"hour": 9})).await.unwrap();
    assert!(morning.products.is_empty(), "only customer 1 buys in the morning");
    let evening = json!({"hour": 20, "dow": 1, "aisle": "fresh fruits"});
    let found = shop.call(Principal::guest(), "popular_products", evening).await.unwrap();
    assert_eq!(cell(&found, 0, "purchases"), json!(7));
}

#[tokio::test]
async fn arguments_out_of_range_say_what_would_be_right() {
    let shop = Shop::open().await;
    let cases = [
        ("popular_products", json!({"hour": 24}), "hour is 24, it must be 0 to 23"),
        (
            "popular_products",
            json!({"hour": 9, "to_hour": 8}),
            "to_hour is before hour, which is 9; it must be 9 to 23",
        ),
        ("popular_products", json!({"to_hour": 8}), "to_hour needs hour, the first one of the stretch"),
        ("popular_products", json!({"dow": 7}), "dow is 7, it must be 0 to 6"),
        ("popular_products", json!({"limit": 101}), "limit is 101, it must be 1 to 100"),
        ("search_catalog", json!({"query": "milk", "limit": 0}), "limit is 0, it must be 1 to 50"),
        ("search_catalog", json!({"by_size": "largest"}), "give kinds aisle or department"),
        ("search_catalog", json!({"kinds": ["aisle"], "query": "tea", "by_size": "largest"}), "no query"),
        ("related_products", json!({}), "no product to start from"),
        ("purchase_history", json!({"user_id": 1, "terms": []}), "0 terms, it must be 1 to 50"),
        ("purchase_history", json!({"user_id": 1, "terms": ["!"]}), "holds no word"),
        ("purchase_history", json!({"user_id": 1, "terms": ["a"], "product_ids": [1]}), "not both"),
        ("recommend", json!({"user_id": 1, "limit": 51}), "limit is 51, it must be 1 to 50"),
        ("recommend", json!({"user_id": 1, "mode": "als", "segment": "Champions"}), "mode segment only"),
        ("recommend", json!({}), "user_id is missing"),
        ("query_metrics", json!({"metrics": ["charm"]}), "there is no metric \"charm\""),
    ];
    for (tool, arguments, expected) in cases {
        let error = shop.call(Principal::analyst(), tool, arguments.clone()).await.unwrap_err();
        assert_eq!(error.code(), "invalid_arguments", "{tool} {arguments}");
        assert!(error.to_string().contains(expected), "{tool} {arguments}: {error}");
    }
    let error = shop.call(Principal::analyst(), "popular_products", json!({"aisle": "milks & creams"})).await;
    assert_eq!(error.unwrap_err().to_string(), r#"aisle "milks & creams" not found; nearest: milk"#);
    let error = shop.call(Principal::analyst(), "popular_products", json!({"department": "toys"})).await;
    assert!(error.unwrap_err().to_string().contains("nearest: produce, alcohol"));
}

#[tokio::test]
async fn products_bought_together_are_ranked_by_leverage_without_chance_and_rare_pairs() {
    let shop = Shop::open().await;
    let found =
        shop.call(Principal::analyst(), "related_products", json!({"names": ["banana"]})).await.unwrap();
    assert_eq!(
        ids(&found),
        [RED_WINE, CHOCOLATE, MILK],
        "20, 30 and 12 orders, of which 13, 10 and 6 beyond chance"
    );
    assert_eq!(cell(&found, 0, "antecedent"), "Banana");
    assert_eq!((cell(&found, 0, "lift"), cell(&found, 0, "n_both")), (json!(3.0), json!(20)));
    assert_eq!(found.products[0].reason.as_deref(), Some("bought together with Banana in 20 orders"));
    assert!(found.sql.is_some() && !found.parameters.is_empty());
}

#[tokio::test]
async fn a_product_that_is_bought_with_nothing_is_told_by_what_is_bought_most_of_its_kind() {
    let hummus = [
        (20, "Hummus", 84, 16),
        (21, "Garlic Hummus", 84, 16),
        (22, "Lemon Hummus", 84, 16),
        (23, "Pepper Hummus", 84, 16),
        (24, "Beet Hummus", 84, 16),
    ];
    let shop = Shop::open_with_products(&hummus, &[(21, BANANA, 12), (24, APPLE, 12)]).await;
    let call = |arguments| shop.call(Principal::analyst(), "related_products", arguments);
    let rare = |output: &ToolOutput| output.notes.iter().find(|note| note.code == "reading").cloned();
    let found = call(json!({"names": ["hummus"]})).await.unwrap();
    assert_eq!(ids(&found), [BANANA], "of the three first of the kind, one is bought with something");
    let text = rare(&found).unwrap().text;
    assert!(text.contains("Hummus is bought too rarely"), "{text}");
    assert!(text.contains("Garlic Hummus, Lemon Hummus, Pepper Hummus"), "{text}");
    // What a condition leaves nothing of is bought with something all the same.
    let narrowed = call(json!({"names": ["garlic hummus"], "department": "alcohol"})).await.unwrap();
    assert!(narrowed.products.is_empty() && rare(&narrowed).is_none(), "{:?}", narrowed.notes);
    // A product of no kind stays as it is.
    let alone = call(json!({"product_ids": [DUSTY]})).await.unwrap();
    assert!(alone.products.is_empty() && rare(&alone).is_none(), "{:?}", alone.notes);
}

#[tokio::test]
async fn the_basket_is_where_related_products_start_by_default() {
    let shop = Shop::open().await;
    let call = |basket: &'static [u32], arguments| {
        shop.call_with_basket(Principal::guest(), basket, "related_products", arguments)
    };
    let found = call(&[BANANA, AVOCADO], json!({})).await.unwrap();
    assert_eq!(ids(&found), [CHOCOLATE, MILK], "guests see no wine");
    assert_eq!(cell(&found, 1, "antecedent"), "Organic Hass Avocado", "milk by the better of its two pairs");
    let similar =
        call(&[], json!({"product_ids": [BANANA], "relation": "similar", "limit": 2})).await.unwrap();
    assert_eq!(ids(&similar), [8, AVOCADO]);
    assert_eq!(cell(&similar, 0, "similarity"), json!(1.0));
}

#[tokio::test]
async fn merchandising_rules_hold_in_every_tool_that_returns_products() {
    let calls = [
        ("search_catalog", json!({"query": "red wine recalled candy"})),
        ("search_catalog", json!({"query": "", "department": "alcohol"})),
        ("search_catalog", json!({"query": "", "department": "snacks"})),
        ("popular_products", json!({})),
        ("popular_products", json!({"hour": 20})),
        ("popular_products", json!({"department": "alcohol"})),
        ("related_products", json!({"product_ids": [BANANA]})),
        ("related_products", json!({"product_ids": [BANANA], "relation": "similar"})),
        ("recommend", json!({"limit": 50})),
    ];
    let shop = Shop::open().await;
    for (tool, arguments) in calls {
        let found = shop.call(Principal::guest(), tool, arguments.clone()).await.unwrap();
        assert!(!ids(&found).contains(&RECALLED), "{tool} {arguments}");
        assert!(!ids(&found).contains(&RED_WINE), "{tool} {arguments}");
    }
    for id in [RECALLED, RED_WINE] {
        let error =
            shop.call(Principal::guest(), "get_product", json!({"product_id": id})).await.unwrap_err();
        assert_eq!(error.code(), "not_found");
    }
    let for_staff = [
        ("recommend", json!({"user_id": 1, "mode": "repeat"})),
        ("recommend", json!({"user_id": 1, "mode": "als", "limit": 50})),
        ("recommend", json!({"mode": "segment", "segment": "Champions"})),
        ("segment_popularity", json!({"segment": "Champions"})),
        ("purchase_history", json!({"user_id": 1})),
    ];
    for (tool, arguments) in for_staff {
        let found = shop.call(Principal::analyst(), tool, arguments.clone()).await.unwrap();
        assert!(!found.products.is_empty() && !ids(&found).contains(&RECALLED), "{tool} {arguments}");
    }
    assert!(shop.call(shopper(1), "get_product", json!({"product_id": RED_WINE})).await.is_ok());
}

#[tokio::test]
async fn pinned_products_stand_first_with_true_figures() {
    let shop =
        Shop::open_with(|settings| settings.merchandising.pin_products = vec![CHOCOLATE], |_| true).await;
    let popular = shop.call(Principal::guest(), "popular_products", json!({})).await.unwrap();
    assert_eq!(ids(&popular)[..2], [CHOCOLATE, BANANA]);
    assert_eq!(cell(&popular, 0, "purchases"), json!(4));
    let recommended = shop.call(shopper(1), "recommend", json!({"limit": 2})).await.unwrap();
    assert_eq!(ids(&recommended), [CHOCOLATE, BANANA]);
    assert_eq!(recommended.products[0].reason.as_deref(), Some("chosen by the shop"));
    let dairy = shop.call(shopper(1), "recommend", json!({"department": "dairy eggs"})).await.unwrap();
    assert!(!ids(&dairy).contains(&CHOCOLATE), "a pin does not break the scope");
}

#[tokio::test]
async fn the_data_describes_itself() {
    let shop = Shop::open().await;
    let call =
        |principal, topic: &'static str| shop.call(principal, "describe_data", json!({"topic": topic}));
    let overview = shop.call(Principal::guest(), "describe_data", json!({})).await.unwrap();
    let counts = ["customers", "orders", "orders_with_lines", "lines", "products", "aisles", "departments"]
        .map(|column| cell(&overview, 0, column));
    assert_eq!(counts, [8, 27, 26, 66, 9, 4, 4].map(|count| json!(count)));
    let segments = call(Principal::guest(), "segments").await.unwrap();
    assert_eq!(
        (cell(&segments, 0, "segment_name"), cell(&segments, 0, "customers")),
        (json!("Champions"), json!(4))
    );
    let freshness = call(Principal::guest(), "freshness").await.unwrap();
    assert_eq!(cell(&freshness, 0, "run_id"), "shop");
    assert!(call(shopper(1), "metrics").await.unwrap().table.rows.len() > 5);
    let quality = call(Principal::analyst(), "quality").await.unwrap();
    assert_eq!(quality.table.rows.len(), 5);
    assert!(call(Principal::analyst(), "tables").await.unwrap().table.rows.len() > 10);
    for topic in ["tables", "quality"] {
        assert_eq!(call(shopper(1), topic).await.unwrap_err().code(), "permission_denied");
    }
}
