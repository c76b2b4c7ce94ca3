//! The guard never panics, whatever the text; statements that come through it are queries.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::{
    embedded::tests::settings,
    session::{base_session, session_for},
};

/// Runs the guard on the stack that it has in the engine.
fn guard(texts: Vec<String>) -> Vec<Result<Statement, QueryError>> {
    let run = move || {
        let base = base_session(&settings(), 1, 0).unwrap();
        let tables = Arc::new(OpenTables::new());
        let session = session_for(&base, &tables, RowPolicy::NoCustomer).unwrap();
        texts
            .iter()
            .map(|text| {
                let statement = parse(&session, text, Complexity::WRITTEN)?;
                check_tables(&session, &statement, &tables, RowPolicy::NoCustomer)?;
                Ok(statement)
            })
            .collect()
    };
    std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run).unwrap().join().unwrap()
}

/// Pieces of SQL in any order: gets deeper into the parser than arbitrary characters do.
fn token_soup() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "SELECT",
        "*",
        "FROM",
        "orders",
        "aisles",
        "WHERE",
        "(",
        ")",
        ",",
        ";",
        "1",
        "'x'",
        "\"q\"",
        "$1",
        "AND",
        "OR",
        "NOT",
        "IN",
        "EXISTS",
        "UNION",
        "ALL",
        "WITH",
        "AS",
        "JOIN",
        "ON",
        "USING",
        "GROUP BY",
        "ORDER BY",
        "LIMIT",
        "OVER",
        "CASE",
        "WHEN",
        "THEN",
        "END",
        "CAST",
        "=",
        "<>",
        "-",
        "--",
        "/*",
        "INSERT INTO",
        "VALUES",
        "COPY",
        "CREATE TABLE",
        "INTO",
        "LATERAL",
        "UNNEST",
        "FOR UPDATE",
        "count",
        ".",
        "::",
        "INTERVAL",
        "EXPLAIN",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_guard_never_panics(
        characters in prop::collection::vec("\\PC{0,200}", 20),
        soups in prop::collection::vec(token_soup(), 60),
        depth in 0_usize..5_000,
        opener in prop::sample::select(vec!["(", "NOT ", "-", "CASE WHEN ", "SELECT (", "[", "f(", "x.", "a=>"]),
    ) {
        let mut texts = characters;
        texts.extend(soups.iter().map(|soup| format!("SELECT 1 {soup}")));
        texts.extend(soups);
        texts.push(format!("SELECT {}", opener.repeat(depth)));
        for statement in guard(texts).into_iter().flatten() {
            let Statement::Statement(inner) = statement else { return Err(TestCaseError::fail("not SQL")) };
            prop_assert!(matches!(*inner, ast::Statement::Query(_)));
        }
    }
}
