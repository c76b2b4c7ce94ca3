//! What prompts, MCP clients and the LLM planner see of the tools. A change here is a change of a public contract.

use domain::principal::Role;
use serde_json::{Value, json};
use tools::registry::standard_registry;

#[test]
fn names_descriptions_and_schemas_are_as_published() {
    let specs: Vec<Value> = standard_registry()
        .specs_for(Role::Admin)
        .into_iter()
        .map(|spec| json!({"name": spec.name, "description": spec.description, "schema": spec.schema}))
        .collect();
    insta::assert_json_snapshot!("tool_schemas", specs);
}

#[test]
fn each_role_has_its_tools() {
    let names = |role| -> Vec<&str> {
        standard_registry().specs_for(role).into_iter().map(|spec| spec.name).collect()
    };
    let guest = [
        "describe_data",
        "get_product",
        "popular_products",
        "recommend",
        "related_products",
        "search_catalog",
    ];
    assert_eq!(names(Role::Guest), guest);
    let mut shopper = guest.to_vec();
    shopper.extend([
        "customer_profile",
        "purchase_history",
        "query_metrics",
        "score_products",
        "segment_popularity",
    ]);
    shopper.sort_unstable();
    assert_eq!(names(Role::Shopper), shopper);
    let mut analyst = shopper.clone();
    analyst.push("similar_customers");
    analyst.sort_unstable();
    assert_eq!(names(Role::Analyst), analyst);
    assert_eq!(names(Role::Admin), analyst);
}

#[test]
fn every_argument_is_described_and_unknown_ones_are_refused() {
    for spec in standard_registry().specs_for(Role::Admin) {
        assert_eq!(spec.schema["additionalProperties"], json!(false), "{}", spec.name);
        let properties = spec.schema["properties"].as_object().unwrap();
        for (name, schema) in properties {
            let described = schema.get("description").or_else(|| schema.get("$ref"));
            assert!(described.is_some(), "{}.{name} has no description", spec.name);
        }
    }
}
