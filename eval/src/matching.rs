//! Execution match: whether the rows that an answer cites are the gold rows.
//!
//! Column names do not count: some choice of the evidence's columns must give the same multiset of rows. Numbers are
//! equal within a relative 1e-6, texts without regard to case. Rows that tie at the cut of a ranking are
//! interchangeable. Pure.

use domain::{answer::Evidence, table::Table};
use serde_json::Value;

/// Relative tolerance of numbers; answers carry unrounded values.
const TOLERANCE: f64 = 1e-6;

/// What counts as equal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules<'a> {
    /// Whether rows must come in the gold order.
    pub ordered: bool,
    /// The cut of a ranking.
    pub top: Option<usize>,
    /// Gold columns that may be left out.
    pub optional: &'a [String],
}

/// Whether one evidence holds the gold rows.
pub fn matches(gold: &Table, evidence: &Evidence, rules: Rules<'_>) -> bool {
    let required: Vec<usize> = gold
        .columns
        .iter()
        .enumerate()
        .filter(|(_, column)| !rules.optional.contains(&column.name))
        .map(|(at, _)| at)
        .collect();
    let gold_rows: Vec<Vec<&Value>> =
        gold.rows.iter().map(|row| required.iter().filter_map(|at| row.get(*at)).collect()).collect();
    choices(required.len(), evidence.columns.len()).into_iter().any(|choice| {
        let rows: Vec<Vec<&Value>> =
            evidence.result.iter().map(|row| choice.iter().filter_map(|at| row.get(*at)).collect()).collect();
        same_rows(&gold_rows, &rows, evidence.row_count, rules)
    })
}

/// Every way to pick so many different columns, in order.
fn choices(wanted: usize, available: usize) -> Vec<Vec<usize>> {
    let mut found: Vec<Vec<usize>> = vec![Vec::new()];
    for _ in 0..wanted {
        let longer = |choice: &Vec<usize>| -> Vec<Vec<usize>> {
            let fresh = (0..available).filter(|at| !choice.contains(at));
            fresh.map(|at| [choice.as_slice(), &[at]].concat()).collect()
        };
        found = found.iter().flat_map(longer).collect();
    }
    found
}

fn same_rows(gold: &[Vec<&Value>], rows: &[Vec<&Value>], row_count: usize, rules: Rules<'_>) -> bool {
    if gold.len() == row_count {
        // An answer carries at most a hundred rows of a longer result; those must be gold rows.
        return if rules.ordered && rules.top.is_none() {
            gold.iter().zip(rows).all(|(a, b)| same_row(a, b))
        } else {
            is_part_of(rows, gold)
        };
    }
    let Some(top) = rules.top else { return false };
    let cut_value = gold.last().and_then(|row| row.last());
    let tied = |row: &&Vec<&Value>| row.last().zip(cut_value).is_some_and(|(a, b)| same(a, b));
    let certain: Vec<Vec<&Value>> = gold.iter().filter(|row| !tied(row)).cloned().collect();
    rows.len() == top.min(gold.len()) && is_part_of(rows, gold) && is_part_of(&certain, rows)
}

/// Whether each row of `part` stands in `whole`, each used once.
fn is_part_of(part: &[Vec<&Value>], whole: &[Vec<&Value>]) -> bool {
    let mut used = vec![false; whole.len()];
    part.iter().all(|row| {
        let free = whole
            .iter()
            .enumerate()
            .position(|(at, other)| !used.get(at).copied().unwrap_or(true) && same_row(row, other));
        match free.and_then(|at| used.get_mut(at)) {
            Some(slot) => {
                *slot = true;
                true
            }
            None => false,
        }
    })
}

fn same_row(a: &[&Value], b: &[&Value]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
}

fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()).max(f64::MIN_POSITIVE),
            _ => a == b,
        },
        (Value::String(a), Value::String(b)) => a.eq_ignore_ascii_case(b),
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use domain::table::{Column, ColumnType};
    use serde_json::json;

    use super::*;

    fn table(rows: &[Value]) -> Table {
        let rows: Vec<Vec<Value>> = rows.iter().map(|row| row.as_array().unwrap().clone()).collect();
        let columns = (0..rows[0].len()).map(|i| Column::new(format!("c{i}"), ColumnType::Number)).collect();
        Table { columns, rows }
    }

    fn check(gold: &[Value], evidence: &[Value], rules: Rules<'_>, expected: bool) {
        let shown = table(evidence);
        let evidence = Evidence {
            id: "e1".into(),
            tool: "t".into(),
            arguments: Value::Null,
            sql: None,
            parameters: Vec::new(),
            engine: "embedded".into(),
            row_count: shown.rows.len(),
            columns: shown.columns,
            result: shown.rows,
            truncated: false,
            elapsed_ms: 0.0,
        };
        assert_eq!(matches(&table(gold), &evidence, rules), expected);
    }

    #[test]
    fn names_and_order_of_columns_do_not_count() {
        check(&[json!(["a", 1])], &[json!([7, 1, "A"])], Rules::default(), true);
        check(&[json!(["a", 1])], &[json!([7, 2, "a"])], Rules::default(), false);
    }

    #[test]
    fn order_counts_only_where_it_was_asked() {
        let (gold, other) = ([json!([1]), json!([2])], [json!([2]), json!([1])]);
        check(&gold, &other, Rules::default(), true);
        check(&gold, &other, Rules { ordered: true, ..Rules::default() }, false);
    }

    #[test]
    fn numbers_are_equal_within_the_tolerance() {
        check(&[json!([0.333_333_333])], &[json!([0.333_333_334])], Rules::default(), true);
        check(&[json!([0.333])], &[json!([0.334])], Rules::default(), false);
        check(&[json!([0])], &[json!([0.0])], Rules::default(), true);
    }

    #[test]
    fn ties_at_the_cut_are_interchangeable_and_others_are_not() {
        let gold = [json!(["a", 9]), json!(["b", 5]), json!(["c", 5])];
        let rules = Rules { top: Some(2), ..Rules::default() };
        check(&gold, &[json!(["a", 9]), json!(["c", 5])], rules, true);
        check(&gold, &[json!(["b", 5]), json!(["c", 5])], rules, false);
        check(&gold, &[json!(["a", 9]), json!(["d", 5])], rules, false);
    }

    #[test]
    fn a_missing_or_a_surplus_row_is_no_match() {
        check(&[json!([1]), json!([2])], &[json!([1])], Rules::default(), false);
        check(&[json!([1])], &[json!([1]), json!([2])], Rules::default(), false);
    }
}
