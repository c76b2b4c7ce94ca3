//! Rows of an answer that are pointed at by where they stand: "the second largest", "number two", "the other two".

use domain::table::{Column, ColumnType, Table};
use serde_json::{Value, json};

use super::conversation::{last, of, ranking};

/// What an earlier turn showed: names with their figures.
fn figures(column: &str, metric: &str, rows: &[(&str, i64)]) -> Vec<Table> {
    let rows = rows.iter().map(|(name, value)| vec![json!(name), json!(value)]).collect();
    let columns = vec![Column::new(column, ColumnType::String), Column::new(metric, ColumnType::Integer)];
    vec![Table { columns, rows }]
}

fn departments() -> Vec<Table> {
    figures("department", "items", &[("bakery", 3), ("produce", 9), ("frozen", 5)])
}

/// Asks behind the items of three departments, which stand in no order.
fn behind_departments(message: &str, wanted: &Value) {
    let (_, given) = last(&[("items by department", departments())], message);
    assert_eq!(&given, wanted, "{message}");
}

#[test]
fn an_end_or_a_place_says_which_row_is_opened() {
    let aisles = |department: &str| json!({"metrics": ["items"], "dimensions": ["aisle"], "filters": of("department", department)});
    for (message, department) in [
        ("break the biggest one into aisles", "produce"),
        ("open up the largest by aisle", "produce"),
        ("worst department by aisle", "bakery"),
        ("now the second largest, per aisle", "frozen"),
        ("the department with the fewest by aisle", "bakery"),
        ("the one that came last by aisle", "frozen"),
        ("number two by aisle", "produce"),
        ("number 3 in the list by aisle", "frozen"),
        ("the middle one by aisle", "produce"),
        ("split the smallest of them by aisle", "bakery"),
    ] {
        behind_departments(message, &aisles(department));
    }
}

#[test]
fn an_end_alone_ranks_again() {
    behind_departments("the biggest", &ranking("items", "department", "desc", 1));
    behind_departments("and the smallest?", &ranking("items", "department", "asc", 1));
    behind_departments("only the 2 worst", &ranking("items", "department", "asc", 2));
    // A superlative of another figure points at no row.
    behind_departments(
        "which department has the biggest reorder rate",
        &ranking("reorder_rate", "department", "desc", 1),
    );
}

#[test]
fn a_row_is_left_out_by_its_end() {
    let without = json!({"metrics": ["items"], "dimensions": ["department"], "filters": [
        {"field": "department", "op": "ne", "values": ["produce"]},
    ]});
    for message in [
        "without the biggest",
        "drop the largest one",
        "leave the biggest out",
        "take out the largest department",
    ] {
        behind_departments(message, &without);
    }
}

#[test]
fn the_list_is_still_meant_behind_a_question_about_one_row() {
    let turns = [("items by department", departments()), ("reorder rate of produce", Vec::new())];
    let (_, given) = last(&turns, "and the one with the fewest?");
    assert_eq!(given, json!({"metrics": ["reorder_rate"], "filters": of("department", "bakery")}));
    let (_, given) = last(&turns, "the other two?");
    let both = json!([{"field": "department", "op": "in", "values": ["bakery", "frozen"]}]);
    assert_eq!(given["filters"], both);
}
