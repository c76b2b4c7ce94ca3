//! The shipped model is valid; broken ones are refused with the reason.

use super::*;

const SMALL: &str = r#"
version = 1
[[entities]]
name = "order"
label = "order"
plural_label = "orders"
[[semantic_models]]
name = "orders"
table = "orders"
description = "one row an order"
entities = [{ name = "order", type = "primary", expr = "order_id" }]
dimensions = [
  { name = "hour", expr = "hour", type = "numeric", label = "hour", plural_label = "hours", format = "hour" },
]
measures = [{ name = "order_count", agg = "count" }]
[[metrics]]
name = "orders"
type = "simple"
measures = ["order_count"]
label = "orders"
description = "Orders."
format = "integer"
"#;

fn refused(from: &str, to: &str) -> String {
    assert!(SMALL.contains(from), "the test replaces {from:?}, which is not there");
    SemanticModel::parse(&SMALL.replace(from, to)).unwrap_err().to_string()
}

#[test]
fn the_shipped_model_is_valid() {
    let model = SemanticModel::builtin().unwrap();
    for name in
        ["orders", "customers", "items", "products", "aisles", "departments", "reorder_rate", "basket_size"]
    {
        assert!(model.metric(name).is_some(), "{name}");
    }
    for name in ["product_name", "aisle", "department", "order_hour_of_day", "order_dow", "user_id"] {
        assert!(model.dimension(name).is_some(), "{name}");
    }
}

#[test]
fn a_word_means_one_metric_or_one_dimension() {
    let model = SemanticModel::builtin().unwrap();
    let mut owners = std::collections::BTreeMap::new();
    for metric in &model.metrics {
        let shares = metric.share.iter().flat_map(|share| &share.synonyms);
        for word in metric.synonyms.iter().chain(shares) {
            assert_eq!(*word, word.to_lowercase(), "synonyms are lowercase");
            let other = owners.insert(word.clone(), metric.name.clone());
            assert_eq!(other, None, "{word:?} means two metrics");
        }
    }
}

#[test]
fn the_small_model_is_valid() {
    SemanticModel::parse(SMALL).unwrap();
}

#[test]
fn an_unknown_key_is_refused_by_name() {
    assert!(refused("table = ", "tabel = ").contains("tabel"));
    assert!(refused("agg = \"count\"", "agg = \"count\", windwo = 3").contains("windwo"));
}

#[test]
fn a_metric_has_the_keys_of_its_type_and_no_others() {
    assert!(refused("format = \"integer\"", "format = \"integer\"\nwindwo = 3").contains("windwo"));
    let message = refused("type = \"simple\"", "type = \"ratio\"");
    assert!(
        message.contains("metric \"orders\": type ratio needs numerator and denominator alone"),
        "{message}"
    );
}

#[test]
fn an_unknown_aggregation_is_refused() {
    assert!(refused("agg = \"count\"", "agg = \"mode\"").contains("mode"));
}

#[test]
fn what_rows_are_told_apart_by_is_a_dimension_of_their_table() {
    let apart = |name: &str| format!("table = \"orders\"\none_of = \"{name}\"");
    let message = refused("table = \"orders\"", &apart("horizon"));
    assert!(
        message.contains("one_of of semantic model \"orders\"") && message.contains("\"horizon\""),
        "{message}"
    );
}

#[test]
fn a_missing_measure_is_named_with_those_that_exist() {
    let message = refused("[\"order_count\"]", "[\"order_cuont\"]");
    assert_eq!(
        message,
        "semantic model: metric \"orders\" refers to the measure \"order_cuont\", which is not defined; \
         defined are: order_count"
    );
}

#[test]
fn a_metric_and_a_dimension_cannot_share_a_name() {
    let message = refused("name = \"hour\"", "name = \"orders\"");
    assert_eq!(message, "semantic model: the metric or dimension \"orders\" is defined twice");
}

#[test]
fn a_metric_made_of_itself_is_refused() {
    let circle = "type = \"ratio\"\nnumerator = \"orders\"\ndenominator = \"orders\"";
    assert!(refused("type = \"simple\"\nmeasures = [\"order_count\"]", circle).contains("made of itself"));
}

#[test]
fn a_derived_metric_takes_arithmetic_only() {
    let injected = "type = \"derived\"\nexpr = \"orders; drop\"";
    assert!(refused("type = \"simple\"\nmeasures = [\"order_count\"]", injected).contains("\";\""));
}

#[test]
fn a_column_that_is_no_identifier_is_refused() {
    assert!(refused("expr = \"hour\"", "expr = \"hour) or (1=1\"").contains("lowercase letters"));
}

#[test]
fn a_newer_version_is_refused() {
    assert_eq!(
        refused("version = 1", "version = 2"),
        "semantic model: version is 2, this build reads version 1"
    );
}

#[test]
fn arithmetic_is_cut_into_names_and_the_rest() {
    let names: Vec<Token> = tokens("a - 2*b_2");
    assert_eq!(names.first(), Some(&Token::Metric("a".into())));
    assert_eq!(names.last(), Some(&Token::Metric("b_2".into())));
    assert_eq!(names.iter().filter(|t| matches!(t, Token::Metric(_))).count(), 2);
}

#[test]
fn a_rollup_kept_in_another_table_holds_counts_and_sums_of_its_model_by_columns() {
    let parse = |measure: &str, column: &str| {
        let rollup = format!(
            "[[rollups]]\nname = \"rollup_by_hour\"\nsemantic_model = \"orders\"\ndimensions = [\"hour\"]\n\
             [rollups.kept_in]\ntable = \"hours\"\ncolumns = {{ {measure} = {column:?} }}\n"
        );
        let mean = r#"{ name = "gap", agg = "avg", expr = "gap" }]"#;
        let small = SMALL.replace(r#"agg = "count" }]"#, &format!(r#"agg = "count" }}, {mean}"#));
        SemanticModel::parse(&format!("{small}\n{rollup}")).map_err(|error| error.to_string())
    };
    let model = parse("order_count", "orders").unwrap();
    let rollup = &model.rollups[0];
    let stored = |at: usize| rollup.stored(&model.semantic_models[0], &model.semantic_models[0].measures[at]);
    assert_eq!(rollup.table(), "hours");
    assert_eq!((stored(0), stored(1)), (Some(Stored::Sum("orders".into())), None));
    for (measure, column, problem) in [
        ("order_cuont", "orders", "order_cuont"),
        ("gap", "gap", "neither a count nor a sum"),
        ("order_count", "orders; drop", "orders; drop"),
    ] {
        let error = parse(measure, column).unwrap_err();
        assert!(error.contains(problem), "{error}");
    }
}
