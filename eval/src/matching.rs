//! Execution match: whether the rows that an answer cites are the gold rows.
//!
//! Column names do not count: some choice of the evidence's columns must give the same multiset of rows. Numbers are
//! equal within a relative 1e-6, texts without regard to case, true and false are 1 and 0. Rows that tie at the cut of
//! a ranking are interchangeable, and so are rows of equal rank where the order was asked for. Pure.
//!
//! Columns are chosen by what they hold: a column of the evidence can stand for a gold column only when each of its
//! cells occurs there, which leaves one or two choices where blind permutation would try thousands.

use std::collections::BTreeSet;

use domain::{
    answer::{Evidence, MAX_EVIDENCE_ROWS},
    table::Table,
};
use serde_json::Value;

/// Relative tolerance of numbers; answers carry unrounded values.
const TOLERANCE: f64 = 1e-6;

/// Below this two numbers are one: what is left of a sum that should be zero.
const ZERO: f64 = 1e-12;

/// Choices of columns that are tried; more come about only where whole columns are equal, and then any will do.
const MAX_CHOICES: usize = 10_000;

/// What counts as equal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules<'a> {
    /// Whether rows must come in the gold order.
    pub ordered: bool,
    /// The cut of a ranking.
    pub top: Option<usize>,
    /// Gold columns that may be left out.
    pub optional: &'a [String],
    /// Whether no rows, or only NULL, is right.
    pub empty: bool,
}

/// Whether one evidence holds the gold rows.
pub fn matches(gold: &Table, evidence: &Evidence, rules: Rules<'_>) -> bool {
    let shown = &evidence.result;
    if rules.empty && is_empty(&gold.rows) && is_empty(shown) {
        return true;
    }
    let required: Vec<usize> = (0..gold.columns.len())
        .filter(|at| gold.columns.get(*at).is_some_and(|column| !rules.optional.contains(&column.name)))
        .collect();
    let Some(size) = Size::of(gold, evidence, rules) else { return false };
    let order = Order::of(gold, rules.top);
    let rows = Pick { rows: &gold.rows, columns: &required };
    let holders: Vec<Vec<usize>> = required
        .iter()
        .map(|wanted| {
            let cells = Cells::of(gold.rows.iter().filter_map(|row| row.get(*wanted)));
            let holds =
                |at: &usize| shown.iter().all(|row| row.get(*at).is_some_and(|cell| cells.contain(cell)));
            (0..evidence.columns.len()).filter(holds).collect()
        })
        .collect();
    let mut choice = Vec::with_capacity(required.len());
    let mut tried = 0;
    try_choices(&holders, &mut choice, &mut tried, &mut |choice| {
        same_rows(rows, Pick { rows: shown, columns: choice }, &size, &order, rules.ordered)
    })
}

/// Whether there is nothing, or nothing but NULL.
fn is_empty(rows: &[Vec<Value>]) -> bool {
    let width = rows.first().map_or(0, Vec::len);
    rows.is_empty() || (0..width).any(|at| rows.iter().all(|row| row.get(at).is_none_or(Value::is_null)))
}

/// How the numbers of rows relate.
enum Size {
    /// As many rows; the answer may carry only the first of them.
    Whole,
    /// A ranking with ties at its cut: gold has more rows than places.
    Cut,
}

impl Size {
    fn of(gold: &Table, evidence: &Evidence, rules: Rules<'_>) -> Option<Self> {
        let (all, shown) = (gold.rows.len(), evidence.result.len());
        // An answer carries at most a hundred rows of a longer result.
        if evidence.row_count == all && shown >= all.min(MAX_EVIDENCE_ROWS) {
            return Some(Self::Whole);
        }
        let top = rules.top?;
        (all > top && evidence.row_count == top && shown == top.min(MAX_EVIDENCE_ROWS)).then_some(Self::Cut)
    }
}

/// The ranks of the gold rows, as far as they can be told.
struct Order {
    /// The place of each row; rows of equal rank have one place.
    places: Vec<usize>,
    /// The place of the rows that tie at the cut.
    cut: Option<usize>,
}

impl Order {
    /// The column that the rows are ranked by is the last one whose numbers only fall or only rise; for a cut, rows from
    /// the last place on are equal in it. Without such a column each row has its own place, or all tie at the cut.
    fn of(gold: &Table, top: Option<usize>) -> Self {
        let rows = &gold.rows;
        let cut_from = top.filter(|top| *top < rows.len()).map(|top| top.saturating_sub(1));
        let ranks =
            |at: &usize| is_ranked(rows, *at) && cut_from.is_none_or(|from| is_one_value(rows, from, *at));
        match (0..gold.columns.len()).rev().find(ranks) {
            Some(at) => {
                let mut places = Vec::with_capacity(rows.len());
                let mut place = 0;
                for (row, cells) in rows.iter().enumerate() {
                    let before = row.checked_sub(1).and_then(|before| rows.get(before));
                    if before.is_some_and(|before| !same_cell(before.get(at), cells.get(at))) {
                        place += 1;
                    }
                    places.push(place);
                }
                Self { cut: cut_from.map(|_| place), places }
            }
            None if cut_from.is_some() => Self { places: vec![0; rows.len()], cut: Some(0) },
            None => Self { places: (0..rows.len()).collect(), cut: None },
        }
    }
}

/// Whether the numbers of a column only fall or only rise, and are not all equal.
fn is_ranked(rows: &[Vec<Value>], at: usize) -> bool {
    let numbers: Option<Vec<f64>> = rows.iter().map(|row| row.get(at)?.as_f64()).collect();
    let Some(numbers) = numbers else { return false };
    let steps = || numbers.windows(2).filter_map(|pair| Some((pair.first()?, pair.last()?)));
    let falls = steps().all(|(a, b)| a >= b || close(*a, *b));
    let rises = steps().all(|(a, b)| a <= b || close(*a, *b));
    falls != rises
}

/// Whether a column holds one value from that row on.
fn is_one_value(rows: &[Vec<Value>], from: usize, at: usize) -> bool {
    let mut cells = rows.iter().skip(from).map(|row| row.get(at));
    let first = cells.next().flatten();
    cells.all(|cell| same_cell(first, cell))
}

/// Some columns of some rows.
#[derive(Clone, Copy)]
struct Pick<'a> {
    rows: &'a [Vec<Value>],
    columns: &'a [usize],
}

impl Pick<'_> {
    fn same(self, row: usize, other: Pick<'_>, other_row: usize) -> bool {
        let (Some(a), Some(b)) = (self.rows.get(row), other.rows.get(other_row)) else { return false };
        self.columns.iter().zip(other.columns).all(|(x, y)| same_cell(a.get(*x), b.get(*y)))
    }
}

/// The values of a column, for looking one up.
struct Cells {
    numbers: Vec<f64>,
    texts: BTreeSet<String>,
    null: bool,
}

impl Cells {
    fn of<'v>(cells: impl Iterator<Item = &'v Value>) -> Self {
        let mut found = Self { numbers: Vec::new(), texts: BTreeSet::new(), null: false };
        for cell in cells {
            match cell {
                Value::String(text) => {
                    found.texts.insert(text.to_lowercase());
                }
                Value::Null => found.null = true,
                other => found.numbers.extend(number(other)),
            }
        }
        found.numbers.sort_by(f64::total_cmp);
        found
    }

    fn contain(&self, cell: &Value) -> bool {
        match cell {
            Value::String(text) => self.texts.contains(&text.to_lowercase()),
            Value::Null => self.null,
            other => number(other).is_some_and(|wanted| {
                let at = self.numbers.partition_point(|found| *found < wanted);
                let near = [at.checked_sub(1), Some(at)].into_iter().flatten();
                near.filter_map(|at| self.numbers.get(at)).any(|found| close(*found, wanted))
            }),
        }
    }
}

/// Tries every choice of different columns, one for each gold column.
fn try_choices(
    holders: &[Vec<usize>],
    choice: &mut Vec<usize>,
    tried: &mut usize,
    fits: &mut dyn FnMut(&[usize]) -> bool,
) -> bool {
    let Some(candidates) = holders.get(choice.len()) else {
        *tried += 1;
        return fits(choice);
    };
    for candidate in candidates {
        if choice.contains(candidate) || *tried >= MAX_CHOICES {
            continue;
        }
        choice.push(*candidate);
        let found = try_choices(holders, choice, tried, fits);
        choice.pop();
        if found {
            return true;
        }
    }
    false
}

fn same_rows(gold: Pick<'_>, shown: Pick<'_>, size: &Size, order: &Order, ordered: bool) -> bool {
    let mut used = vec![false; gold.rows.len()];
    let mut last_place = 0;
    for row in 0..shown.rows.len() {
        // Where two gold rows look alike, the one of the earlier place comes first in both.
        let free =
            (0..gold.rows.len()).find(|at| used.get(*at) == Some(&false) && gold.same(*at, shown, row));
        let Some(found) = free else { return false };
        if let Some(slot) = used.get_mut(found) {
            *slot = true;
        }
        let place = order.places.get(found).copied().unwrap_or_default();
        if ordered && place < last_place {
            return false;
        }
        last_place = place;
    }
    match size {
        // A part of a longer result: where the order was asked for it is the first part.
        Size::Whole if ordered => {
            used.iter().zip(&order.places).all(|(used, place)| *used || *place >= last_place)
        }
        Size::Whole => true,
        Size::Cut => used.iter().zip(&order.places).all(|(used, place)| *used || Some(*place) == order.cut),
    }
}

fn same_cell(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => same(a, b),
        _ => false,
    }
}

/// Whether two cells are equal.
pub fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) => a == b || a.to_lowercase() == b.to_lowercase(),
        (Value::Number(_) | Value::Bool(_), Value::Number(_) | Value::Bool(_)) => {
            match (number(a), number(b)) {
                (Some(a), Some(b)) => close(a, b),
                _ => a == b,
            }
        }
        _ => a == b,
    }
}

/// A number, with true as 1 and false as 0.
fn number(cell: &Value) -> Option<f64> {
    match cell {
        Value::Bool(flag) => Some(f64::from(u8::from(*flag))),
        other => other.as_f64(),
    }
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= (TOLERANCE * a.abs().max(b.abs())).max(ZERO)
}

#[cfg(test)]
mod tests {
    use domain::table::{Column, ColumnType};
    use serde_json::json;

    use super::*;

    fn table(rows: &[Value]) -> Table {
        let rows: Vec<Vec<Value>> = rows.iter().map(|row| row.as_array().unwrap().clone()).collect();
        let width = rows.first().map_or(0, Vec::len);
        let columns = (0..width).map(|i| Column::new(format!("c{i}"), ColumnType::Number)).collect();
        Table { columns, rows }
    }

    fn evidence(rows: &[Value]) -> Evidence {
        let shown = table(rows);
        Evidence {
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
        }
    }

    #[track_caller]
    fn check(gold: &[Value], shown: &[Value], rules: Rules<'_>, expected: bool) {
        assert_eq!(matches(&table(gold), &evidence(shown), rules), expected);
    }

    const ANY: Rules<'_> = Rules { ordered: false, top: None, optional: &[], empty: false };
    const ORDERED: Rules<'_> = Rules { ordered: true, ..ANY };

    #[test]
    fn names_and_order_of_columns_do_not_count() {
        check(&[json!(["a", 1])], &[json!([7, 1, "A"])], ANY, true);
        check(&[json!(["a", 1])], &[json!([7, 2, "a"])], ANY, false);
        check(&[json!(["É"])], &[json!(["é"])], ANY, true);
    }

    #[test]
    fn rows_must_belong_together_and_not_only_columns() {
        check(&[json!(["a", 1]), json!(["b", 2])], &[json!(["a", 2]), json!(["b", 1])], ANY, false);
        check(&[json!([1]), json!([1]), json!([2])], &[json!([1]), json!([2]), json!([2])], ANY, false);
        check(&[json!([3, 3])], &[json!([3, 4])], ANY, false);
    }

    #[test]
    fn order_counts_only_where_it_was_asked() {
        let (gold, other) = ([json!([1]), json!([2])], [json!([2]), json!([1])]);
        check(&gold, &other, ANY, true);
        check(&gold, &other, ORDERED, false);
        check(&gold, &gold, ORDERED, true);
        let top = Rules { top: Some(2), ..ORDERED };
        check(&gold, &other, top, false);
        let names = ([json!(["x"]), json!(["y"])], [json!(["y"]), json!(["x"])]);
        check(&names.0, &names.1, ORDERED, false);
    }

    #[test]
    fn rows_of_equal_rank_may_change_places() {
        let gold = [json!(["a", 9]), json!(["b", 5]), json!(["c", 5]), json!(["d", 1])];
        let swapped = [json!(["a", 9]), json!(["c", 5]), json!(["b", 5]), json!(["d", 1])];
        check(&gold, &swapped, ORDERED, true);
        let wrong = [json!(["a", 9]), json!(["b", 5]), json!(["d", 1]), json!(["c", 5])];
        check(&gold, &wrong, ORDERED, false);
    }

    #[test]
    fn numbers_are_equal_within_the_tolerance() {
        check(&[json!([0.333_333_333])], &[json!([0.333_333_334])], ANY, true);
        check(&[json!([0.333])], &[json!([0.334])], ANY, false);
        check(&[json!([0])], &[json!([0.0])], ANY, true);
        check(&[json!([0.0])], &[json!([1e-15])], ANY, true);
        check(&[json!([true])], &[json!([1])], ANY, true);
        check(&[json!([1])], &[json!([false])], ANY, false);
        check(&[json!([null])], &[json!([0])], ANY, false);
    }

    #[test]
    fn ties_at_the_cut_are_interchangeable_and_others_are_not() {
        let gold = [json!(["a", 9]), json!(["b", 5]), json!(["c", 5])];
        let rules = Rules { top: Some(2), ..ANY };
        check(&gold, &[json!(["a", 9]), json!(["c", 5])], rules, true);
        check(&gold, &[json!(["a", 9]), json!(["b", 5]), json!(["c", 5])], rules, true);
        check(&gold, &[json!(["b", 5]), json!(["c", 5])], rules, false);
        check(&gold, &[json!(["a", 9]), json!(["d", 5])], rules, false);
        check(&gold, &[json!(["a", 9])], rules, false);
        check(&gold, &[json!(["c", 5]), json!(["a", 9])], Rules { ordered: true, ..rules }, false);
    }

    #[test]
    fn the_rank_is_found_where_its_column_may_be_left_out() {
        // c1 ranks, c2 is a remark; both may be left out.
        let gold = [json!(["a", 9, 3]), json!(["b", 5, 8]), json!(["c", 5, 1])];
        let optional = ["c1".to_owned(), "c2".to_owned()];
        let rules = Rules { top: Some(2), optional: &optional, ordered: true, empty: false };
        check(&gold, &[json!(["a"]), json!(["c"])], rules, true);
        check(&gold, &[json!(["b"]), json!(["c"])], rules, false);
        check(&gold, &[json!(["c"]), json!(["a"])], rules, false);
    }

    #[test]
    fn a_missing_or_a_surplus_row_is_no_match() {
        check(&[json!([1]), json!([2])], &[json!([1])], ANY, false);
        check(&[json!([1])], &[json!([1]), json!([2])], ANY, false);
        check(&[json!([1])], &[], ANY, false);
    }

    #[test]
    fn of_a_long_result_the_first_hundred_rows_are_compared() {
        let gold: Vec<Value> = (0..250).map(|n| json!([format!("n{n}"), 1_000 - n])).collect();
        let cut = |from: usize, rows: usize| {
            let mut shown = evidence(&gold[from..from + rows]);
            shown.row_count = 250;
            shown
        };
        let gold = table(&gold);
        assert!(matches(&gold, &cut(0, 100), ORDERED));
        assert!(matches(&gold, &cut(9, 100), ANY));
        assert!(!matches(&gold, &cut(9, 100), ORDERED), "the first ones are missing");
        assert!(!matches(&gold, &cut(0, 10), ANY), "ten of 250 prove nothing");
    }

    #[test]
    fn nothing_is_right_only_where_it_is_wanted() {
        let rules = Rules { empty: true, ..ANY };
        check(&[], &[], rules, true);
        check(&[json!([null])], &[], rules, true);
        check(&[], &[json!(["x", null])], rules, true);
        check(&[], &[json!([5])], rules, false);
        check(&[json!([null])], &[], ANY, false);
    }

    #[test]
    fn wide_tables_are_compared_in_no_time() {
        let row = |n: u32| Value::from((0..12).map(|c| (n * 31 + c * 7) % 100).collect::<Vec<u32>>());
        let gold: Vec<Value> = (0..60).map(row).collect();
        let reversed: Vec<Value> =
            gold.iter().map(|row| row.as_array().unwrap().iter().rev().cloned().collect()).collect();
        check(&gold, &reversed, ANY, true);
    }
}
