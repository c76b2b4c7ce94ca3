//! No argument of any tool leads a shopper or a guest to another customer's row.

use domain::{
    ids::UserId,
    principal::{Principal, Role},
};
use serde_json::{Value, json};
use tools::{contract::ToolOutput, registry::standard_registry};

use crate::shop::{BANANA, Shop, shopper};

/// Calls that try to reach customer 1 by every argument there is.
fn attempts() -> Vec<(&'static str, Value)> {
    vec![
        ("recommend", json!({"user_id": 1})),
        ("recommend", json!({"user_id": 1, "mode": "repeat"})),
        ("recommend", json!({"user_id": 1, "mode": "next_basket"})),
        ("recommend", json!({"user_id": 1, "mode": "als"})),
        ("recommend", json!({"user_id": 1, "mode": "segment"})),
        ("recommend", json!({"user_id": 1, "mode": "popular"})),
        ("recommend", json!({"mode": "segment", "segment": "Champions"})),
        ("purchase_history", json!({"user_id": 1})),
        ("purchase_history", json!({"user_id": 1, "product_ids": [BANANA]})),
        ("purchase_history", json!({"user_id": 1, "terms": ["banana"]})),
        ("customer_profile", json!({"user_id": 1})),
        ("similar_customers", json!({"user_id": 1})),
        ("similar_customers", json!({})),
        ("segment_popularity", json!({"segment": "Champions"})),
        ("segment_popularity", json!({"segment": "0"})),
        (
            "query_metrics",
            json!({"metrics": ["orders"], "filters": [{"field": "user_id", "op": "eq", "values": [1]}]}),
        ),
        (
            "query_metrics",
            json!({"metrics": ["orders"], "filters": [{"field": "user_id", "op": "in", "values": [1, 8]}]}),
        ),
        (
            "query_metrics",
            json!({"metrics": ["orders"], "part": [{"field": "user_id", "op": "eq", "values": [1]}]}),
        ),
        (
            "query_metrics",
            json!({"metrics": ["orders"], "slices": [
                {"label": "one", "filters": [{"field": "user_id", "op": "eq", "values": [1]}]},
                {"label": "me", "filters": [{"field": "user_id", "op": "eq", "values": [8]}]},
            ]}),
        ),
        (
            "query_metrics",
            json!({"metrics": ["orders"], "cohorts": [
                {"of": "customers", "bought": [{"field": "user_id", "op": "eq", "values": [1]}]},
            ]}),
        ),
    ]
}

#[tokio::test]
async fn another_customer_is_refused_to_shoppers_and_guests_by_every_argument() {
    let shop = Shop::open().await;
    for principal in [shopper(8), Principal::guest()] {
        for (tool, arguments) in attempts() {
            let outcome = shop.call(principal.clone(), tool, arguments.clone()).await;
            let code = outcome.as_ref().err().map(|error| error.code());
            assert_eq!(
                code,
                Some("permission_denied"),
                "{tool} {arguments} as {}: {outcome:?}",
                principal.role()
            );
        }
    }
}

#[tokio::test]
async fn the_same_calls_are_answered_for_staff() {
    let shop = Shop::open().await;
    for (tool, arguments) in attempts() {
        let principal = Principal::new(Role::Admin, Some(UserId(8)), "root").unwrap();
        let outcome = shop.call(principal, tool, arguments.clone()).await;
        assert!(outcome.is_ok(), "{tool} {arguments}: {outcome:?}");
    }
}

/// Every customer that a result names.
fn customers(output: &ToolOutput) -> Vec<i64> {
    let column = output.table.column_index("user_id");
    column.map_or_else(Vec::new, |column| {
        output.table.rows.iter().filter_map(|row| row[column].as_i64()).collect()
    })
}

#[tokio::test]
async fn grouping_by_customer_shows_a_shopper_themselves_only() {
    let shop = Shop::open().await;
    let questions = [
        json!({"metrics": ["orders"], "dimensions": ["user_id"]}),
        json!({"metrics": ["items"], "dimensions": ["user_id"]}),
        json!({"metrics": ["orders"], "dimensions": ["user_id"],
               "filters": [{"field": "user_id", "op": "ge", "values": [0]}]}),
        json!({"metrics": ["orders"], "dimensions": ["user_id"],
               "filters": [{"field": "user_id", "op": "ne", "values": [8]}]}),
        json!({"metrics": ["orders"], "dimensions": ["user_id"],
               "filters": [{"field": "user_id", "op": "between", "values": [1, 3]}]}),
    ];
    for question in questions {
        let found = shop.call(shopper(8), "query_metrics", question.clone()).await.unwrap();
        assert!(customers(&found).iter().all(|user| *user == 8), "{question}: {found:?}");
    }
    let profile = shop.call(shopper(8), "customer_profile", json!({})).await.unwrap();
    assert_eq!(customers(&profile), [8]);
}

#[tokio::test]
async fn what_a_shopper_is_told_does_not_change_with_the_arguments_of_aggregates() {
    let shop = Shop::open().await;
    // Aggregates are the same for everybody who may see the products.
    for arguments in [json!({"hour": 20}), json!({"hour": 9}), json!({"dow": 1}), json!({})] {
        let own = shop.call(shopper(8), "popular_products", arguments.clone()).await.unwrap();
        let all = shop.call(Principal::analyst(), "popular_products", arguments.clone()).await.unwrap();
        assert_eq!(own.table, all.table, "{arguments}");
        assert!(customers(&own).is_empty());
    }
}

#[tokio::test]
async fn the_registry_refuses_a_role_before_it_looks_at_arguments() {
    let shop = Shop::open().await;
    let error =
        shop.call(Principal::guest(), "similar_customers", json!({"nonsense": true})).await.unwrap_err();
    assert_eq!(error.to_string(), "not allowed: similar_customers is not for the role guest");
    let error = shop.call(Principal::guest(), "run_shell", json!({})).await.unwrap_err();
    assert!(error.to_string().contains(r#"tool "run_shell" not found; nearest: describe_data"#), "{error}");
}

#[tokio::test]
async fn a_call_ends_when_the_client_goes_away_or_the_time_is_up() {
    let shop = Shop::open().await;
    let mut context = shop.context(Principal::analyst());
    context.cancel.cancel();
    let call = |context| async move {
        let arguments = json!({"hour": 20});
        standard_registry().call("popular_products", &context, arguments).await.unwrap_err().code()
    };
    assert_eq!(call(context.clone()).await, "cancelled");
    context.cancel = tokio_util::sync::CancellationToken::new();
    context.deadline = std::time::Instant::now();
    assert_eq!(call(context).await, "timeout");
}
