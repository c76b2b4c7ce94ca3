use domain::{
    answer::BindingKind,
    table::{Column, ColumnType, Table},
};
use serde_json::json;

use super::*;

fn results() -> Vec<ResultTable> {
    let table = Table {
        columns: vec![
            Column::new("product_name", ColumnType::String),
            Column::new("orders", ColumnType::Integer),
            Column::new("reorder_rate", ColumnType::Number),
            Column::new("recency_days", ColumnType::Integer),
        ],
        rows: vec![
            vec![json!("Banana"), json!(89_566), json!(0.289_27), json!(12)],
            vec![json!("Organic Banana"), json!(7), json!(0.5), json!(7)],
        ],
    };
    vec![ResultTable::new("e1", &table)]
}

/// The text, and each bound stretch with its column and row.
fn check(reply: &str, text: &str, bound: &[(&str, &str, usize)]) {
    let (written, bindings) = resolve(reply, &results(), "top 5 products of customer 7").unwrap();
    let chars: Vec<char> = written.chars().collect();
    let found: Vec<(String, String, usize)> = bindings
        .into_iter()
        .map(|binding| {
            let column = match binding.kind {
                BindingKind::Evidence => binding.column,
                BindingKind::Question => "question".into(),
            };
            (scan::slice(&chars, &(binding.start..binding.end)), column, binding.row)
        })
        .collect();
    let expected: Vec<(String, String, usize)> =
        bound.iter().map(|(text, column, row)| ((*text).into(), (*column).into(), *row)).collect();
    assert_eq!((written.as_str(), found), (text, expected), "{reply}");
}

#[test]
fn references_become_values_in_the_format_of_their_column() {
    check(
        "[[e1.0.product_name]] leads with [[e1.0.orders]] orders, [[e1.0.reorder_rate]] again.",
        "Banana leads with 89,566 orders, 28.9 % again.",
        &[("Banana", "product_name", 0), ("89,566", "orders", 0), ("28.9 %", "reorder_rate", 0)],
    );
}

#[test]
fn a_reference_may_name_its_format() {
    check("It is [[e1.1.reorder_rate|decimal]].", "It is 0.50.", &[("0.50", "reorder_rate", 1)]);
    check("It is [[ e1.1.reorder_rate | percent ]].", "It is 50.0 %.", &[("50.0 %", "reorder_rate", 1)]);
}

#[test]
fn a_typed_figure_that_equals_one_cell_is_bound_and_written_in_its_format() {
    check("It has 89566 orders.", "It has 89,566 orders.", &[("89,566", "orders", 0)]);
    check("It has 28.9% again.", "It has 28.9 % again.", &[("28.9 %", "reorder_rate", 0)]);
    check("After 12 days.", "After 12 days.", &[("12 days", "recency_days", 0)]);
}

#[test]
fn a_typed_figure_in_doubt_stays_unbound() {
    check("There are 89,567 of it.", "There are 89,567 of it.", &[]);
    check("A rate of 0.289 again.", "A rate of 0.289 again.", &[]);
}

#[test]
fn a_figure_of_the_question_is_bound_beside_its_word_only() {
    check("The top 5 are here.", "The top 5 are here.", &[("5", "question", 0)]);
    check("Here are 5 products.", "Here are 5 products.", &[("5", "question", 0)]);
    check("It sold 5 times.", "It sold 5 times.", &[]);
}

#[test]
fn the_longest_typed_name_is_bound() {
    check(
        "Most buy organic banana, then Banana.",
        "Most buy Organic Banana, then Banana.",
        &[("Organic Banana", "product_name", 1), ("Banana", "product_name", 0)],
    );
}

#[test]
fn markup_and_list_numbers_are_dropped() {
    check(
        "## Result\n\n1. **[[e1.0.product_name]]**\n2) `other`",
        "Result\n- Banana\n- other",
        &[("Banana", "product_name", 0)],
    );
}

#[test]
fn a_wrong_reference_says_what_would_be_right() {
    let message = |reply: &str| resolve(reply, &results(), "").unwrap_err().to_string();
    assert_eq!(
        message("[[orders]]"),
        "[[orders]] is no reference: write [[evidence.row.column]], for example [[e1.0.name]]"
    );
    assert_eq!(message("[[e2.0.orders]]"), "[[e2.0.orders]]: there is no result \"e2\"; there are: e1");
    assert_eq!(
        message("[[e1.2.orders]]"),
        "[[e1.2.orders]]: the result has 2 rows from 0 and the columns product_name, orders, reorder_rate, recency_days"
    );
    assert_eq!(
        message("[[e1.0.orders|percent]]"),
        "[[e1.0.orders|percent]]: the cell is empty or cannot be written in that format"
    );
    assert!(message("[[e1.0.orders").contains("is no reference"));
    assert!(message("[[e1.x.orders]]").contains("is no reference"));
}
