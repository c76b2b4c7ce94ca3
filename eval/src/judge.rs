//! The verdict on one answer, from the answer alone.
//!
//! Input: what is right (a turn with its gold rows) and an [`Answer`]. Output: a [`Verdict`] and, where it is not
//! `right`, the reason. Pure.

use std::{collections::BTreeSet, sync::Arc};

use domain::{
    answer::{Answer, Block, Evidence, Status},
    table::Table,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    gold::{FilledTurn, Gold},
    matching::{self, Rules},
    question::{Check, Turn},
};

/// How one answer compares with what would be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// What was expected.
    Right,
    /// Answered, and not what was expected: the worst end.
    Wrong,
    /// Refused where something else was expected, or for the wrong reason.
    Refused,
    /// Asked back where something else was expected.
    Clarified,
    /// The turn ended in an error.
    Failed,
    /// It was not asked: a slot has no value on this lake, or a gold statement does not run.
    Invalid,
}

impl Verdict {
    /// Every verdict, best first.
    pub const ALL: [Self; 6] =
        [Self::Right, Self::Refused, Self::Clarified, Self::Wrong, Self::Failed, Self::Invalid];

    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Right => "right",
            Self::Wrong => "wrong",
            Self::Refused => "refused",
            Self::Clarified => "clarified",
            Self::Failed => "failed",
            Self::Invalid => "invalid",
        }
    }
}

/// The name of a status.
pub fn status_name(status: Status) -> &'static str {
    match status {
        Status::Answered => "answered",
        Status::Clarify => "clarify",
        Status::Refused => "refused",
        Status::Error => "error",
    }
}

/// Compares an answer with what would be right.
pub fn judge(turn: &Turn, filled: &FilledTurn, gold: &Gold, answer: &Answer) -> (Verdict, String) {
    let verdict = match answer.status {
        Status::Answered => Verdict::Wrong,
        Status::Refused => Verdict::Refused,
        Status::Clarify => Verdict::Clarified,
        Status::Error => {
            let code = answer.error.as_ref().map_or("", |error| error.code.as_str());
            return (Verdict::Failed, format!("error {code}"));
        }
    };
    let reason = if turn.wants(answer.status) {
        content(turn, filled, gold, answer)
    } else {
        let wanted: Vec<&str> = turn.expect.iter().map(|status| status_name(*status)).collect();
        Err(format!("{}, expected {}", status_name(answer.status), wanted.join(" or ")))
    };
    match reason {
        Ok(()) => (Verdict::Right, String::new()),
        Err(reason) => (verdict, reason),
    }
}

/// What an answer of the right status must hold.
fn content(turn: &Turn, filled: &FilledTurn, gold: &Gold, answer: &Answer) -> Result<(), String> {
    match (answer.status, turn.check) {
        (Status::Answered, Check::Rows) => check_rows(turn, gold, answer)?,
        (Status::Answered, Check::Products) => check_products(turn, gold, answer)?,
        (Status::Refused, _) if !turn.code.is_empty() => {
            let code = answer.refusal.as_ref().map_or("", |refusal| refusal.code.as_str());
            if !turn.code.iter().any(|expected| expected == code) {
                return Err(format!("refused as {code:?}, expected {}", turn.code.join(" or ")));
            }
        }
        _ => {}
    }
    check_words(filled, answer)
}

fn check_rows(turn: &Turn, gold: &Gold, answer: &Answer) -> Result<(), String> {
    let rules = Rules { ordered: turn.ordered, top: turn.top, optional: &turn.optional, empty: turn.empty };
    let held =
        |table: &Arc<Table>| answer.evidence.iter().any(|cited| matching::matches(table, cited, rules));
    if gold.sql.iter().all(held) || gold.also.iter().any(held) {
        return Ok(());
    }
    // Several single rows may stand below each other in one table.
    if let Some(rows) = rows_below_each_other(&gold.sql)
        && held(&Arc::new(rows))
    {
        return Ok(());
    }
    let missing = gold.sql.iter().position(|table| !held(table)).unwrap_or_default();
    let rows = gold.sql.get(missing).map_or(0, |table| table.rows.len());
    let got: Vec<String> =
        answer.evidence.iter().map(|cited| format!("{} with {} rows", cited.tool, cited.row_count)).collect();
    let got = if got.is_empty() { "nothing".to_owned() } else { got.join(", ") };
    Err(if gold.sql.len() > 1 {
        format!("table {} of {} ({rows} rows) is not among the evidence: {got}", missing + 1, gold.sql.len())
    } else {
        format!("the {rows} gold rows are not among the evidence: {got}")
    })
}

/// Several tables of one row as one table, where their columns are alike.
fn rows_below_each_other(tables: &[Arc<Table>]) -> Option<Table> {
    let (first, rest) = tables.split_first().filter(|(_, rest)| !rest.is_empty())?;
    let alike = |table: &Arc<Table>| table.rows.len() == 1 && table.columns.len() == first.columns.len();
    if first.rows.len() != 1 || !rest.iter().all(alike) {
        return None;
    }
    let rows = tables.iter().flat_map(|table| table.rows.clone()).collect();
    Some(Table { rows, ..(**first).clone() })
}

fn check_products(turn: &Turn, gold: &Gold, answer: &Answer) -> Result<(), String> {
    let shown = products_shown(answer);
    if let Some(count) = turn.count.filter(|count| *count != shown.len()) {
        return Err(format!("{} products are shown, expected {count}", shown.len()));
    }
    let lists: Vec<BTreeSet<u32>> = if gold.also.is_empty() {
        // Several statements of products are one list.
        Vec::from_iter((!gold.sql.is_empty()).then(|| gold.sql.iter().flat_map(|t| product_ids(t)).collect()))
    } else {
        gold.sql.iter().chain(&gold.also).map(|table| product_ids(table)).collect()
    };
    let nothing_is_right = turn.empty && lists.iter().any(BTreeSet::is_empty);
    if shown.is_empty() {
        let fine = nothing_is_right || turn.count == Some(0);
        return if fine { Ok(()) } else { Err("no products are shown".to_owned()) };
    }
    if !lists.is_empty() {
        let hits = |list: &BTreeSet<u32>| shown.iter().filter(|id| list.contains(id)).count();
        let best = lists.iter().map(hits).max().unwrap_or_default();
        let share = turn.min_share.unwrap_or(1.0);
        if (best as f64) < share * shown.len() as f64 - 1e-9 {
            return Err(format!(
                "{best} of {} products are among the gold ones, expected {share} of them",
                shown.len()
            ));
        }
    }
    for (at, table) in gold.each.iter().enumerate() {
        if product_ids(table).is_disjoint(&shown) {
            return Err(format!("no product of list {} of each is shown", at + 1));
        }
    }
    let unwanted = gold.none_of.as_ref().map_or(0, |table| product_ids(table).intersection(&shown).count());
    if unwanted > 0 {
        return Err(format!("{unwanted} of {} products must not be shown", shown.len()));
    }
    Ok(())
}

/// The ids of a gold table: its column `product_id`, or the first.
fn product_ids(table: &Table) -> BTreeSet<u32> {
    let at = table.column_index("product_id").unwrap_or_default();
    table.rows.iter().filter_map(|row| product_id(row.get(at)?)).collect()
}

fn product_id(cell: &Value) -> Option<u32> {
    u32::try_from(cell.as_u64()?).ok()
}

/// The products that an answer shows: its product lists; without one, those of its tables; without either, those that
/// its text names.
fn products_shown(answer: &Answer) -> BTreeSet<u32> {
    let items = answer.blocks.iter().filter_map(|block| match block {
        Block::Products { items, .. } => Some(items.iter().map(|item| item.product_id.0)),
        _ => None,
    });
    let listed: BTreeSet<u32> = items.flatten().collect();
    if !listed.is_empty() {
        return listed;
    }
    let tabled: BTreeSet<u32> =
        answer.blocks.iter().flat_map(|block| products_of_table(answer, block)).collect();
    if !tabled.is_empty() {
        return tabled;
    }
    let named =
        answer.bindings.iter().filter(|binding| binding.column == "product_name").filter_map(|binding| {
            let cited = cited(answer, &binding.evidence)?;
            product_id(cited.result.get(binding.row)?.get(column(cited, "product_id")?)?)
        });
    named.collect()
}

/// The products of a table: by id, or by a name that its evidence gives an id.
fn products_of_table(answer: &Answer, block: &Block) -> Vec<u32> {
    let Block::Table { table, evidence } = block else { return Vec::new() };
    if let Some(at) = table.column_index("product_id") {
        return table.rows.iter().filter_map(|row| product_id(row.get(at)?)).collect();
    }
    let Some(names) = table.column_index("product_name") else { return Vec::new() };
    let Some(cited) = cited(answer, evidence) else { return Vec::new() };
    let (Some(ids), Some(named)) = (column(cited, "product_id"), column(cited, "product_name")) else {
        return Vec::new();
    };
    let id_of = |name: &Value| cited.result.iter().find(|row| row.get(named) == Some(name))?.get(ids);
    table.rows.iter().filter_map(|row| product_id(id_of(row.get(names)?)?)).collect()
}

fn cited<'a>(answer: &'a Answer, id: &str) -> Option<&'a Evidence> {
    answer.evidence.iter().find(|evidence| evidence.id == id)
}

fn column(evidence: &Evidence, name: &str) -> Option<usize> {
    evidence.columns.iter().position(|column| column.name == name)
}

fn check_words(filled: &FilledTurn, answer: &Answer) -> Result<(), String> {
    let said = words_said(answer);
    for alternatives in &filled.mention {
        if !alternatives.iter().any(|wanted| said.contains(&wanted.to_lowercase())) {
            return Err(format!("it does not mention {}", alternatives.join(" or ")));
        }
    }
    // What is cited travels to whoever asked, shown or not.
    let cells = answer.evidence.iter().flat_map(|evidence| &evidence.result);
    let cited = lower(cells.flatten().filter_map(Value::as_str));
    for unwanted in &filled.absent {
        let unwanted = unwanted.to_lowercase();
        if said.contains(&unwanted) || cited.contains(&unwanted) {
            return Err(format!("it holds {unwanted:?}, which must be absent"));
        }
    }
    Ok(())
}

/// Everything that an answer says, in lower case, a space before and after each part.
fn words_said(answer: &Answer) -> String {
    let mut parts: Vec<String> = vec![answer.text.clone()];
    for block in &answer.blocks {
        match block {
            Block::Table { table, .. } => {
                parts.extend(table.rows.iter().flatten().map(|cell| match cell {
                    Value::String(text) => text.clone(),
                    other => other.to_string(),
                }));
            }
            Block::Products { items, .. } => {
                parts.extend(
                    items
                        .iter()
                        .flat_map(|item| [Some(item.product_name.clone()), item.reason.clone()])
                        .flatten(),
                );
            }
            Block::Chart { .. } => {}
        }
    }
    parts.extend(answer.notes.iter().map(|note| note.text.clone()));
    if let Some(clarify) = &answer.clarify {
        parts.push(clarify.question.clone());
        parts.extend(clarify.options.iter().map(|option| option.label.clone()));
    }
    parts.extend(answer.refusal.iter().map(|refusal| refusal.text.clone()));
    lower(parts.iter().map(String::as_str))
}

fn lower<'a>(parts: impl Iterator<Item = &'a str>) -> String {
    let mut joined = String::from(" ");
    for part in parts {
        joined.push_str(&part.to_lowercase());
        joined.push(' ');
    }
    joined
}

#[cfg(test)]
mod tests {
    use domain::table::{Column, ColumnType};
    use serde_json::json;

    use super::*;

    /// The turn of a question with those keys, everything else by default.
    fn turn(keys: &str) -> Turn {
        let text = format!("[[question]]\nid='a'\nintent='x'\nrole='guest'\nask='which?'\n{keys}\n");
        let mut set = crate::question::QuestionSet::parse("x", &text).unwrap();
        set.cases.remove(0).turns.remove(0)
    }

    fn filled(turn: &Turn) -> FilledTurn {
        let mention = turn.mention.iter().map(|all| all.split('|').map(str::to_owned).collect()).collect();
        FilledTurn {
            name: "a".into(),
            ask: turn.ask.clone(),
            basket: Vec::new(),
            statements: Vec::new(),
            mention,
            absent: turn.absent.clone(),
        }
    }

    fn ids(ids: &[u32]) -> Arc<Table> {
        let columns = vec![Column::new("product_id", ColumnType::Integer)];
        Arc::new(Table { columns, rows: ids.iter().map(|id| vec![json!(id)]).collect() })
    }

    fn answer(status: &str, more: Value) -> Answer {
        let mut answer = json!({
            "schema_version": 1, "status": status, "text": "", "bindings": [], "blocks": [], "evidence": [],
            "notes": [], "suggestions": [], "clarify": null, "refusal": null, "error": null, "session_id": "s",
            "run_id": "r", "planner": "builtin", "cached": false, "trace_id": "t",
            "usage": {"input_tokens": 0, "output_tokens": 0, "tool_calls": 0, "elapsed_ms": 1.0},
        });
        answer.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(answer).unwrap()
    }

    fn showing(ids: &[u32]) -> Answer {
        let item = |id: &u32| json!({"product_id": id, "product_name": format!("P{id}"), "aisle": "a", "department": "d"});
        let items: Vec<Value> = ids.iter().map(item).collect();
        answer("answered", json!({"blocks": [{"type": "products", "items": items, "evidence": "e1"}]}))
    }

    fn evidence(columns: &[&str], rows: Value) -> Value {
        let columns: Vec<Value> =
            columns.iter().map(|name| json!({"name": name, "type": "number"})).collect();
        json!({"id": "e1", "tool": "t", "arguments": {}, "engine": "embedded", "columns": columns,
            "row_count": rows.as_array().unwrap().len(), "result": rows, "truncated": false, "elapsed_ms": 0.0})
    }

    #[track_caller]
    fn check(keys: &str, gold: &Gold, answer: &Answer, expected: Verdict, why: &str) {
        let turn = turn(keys);
        let (verdict, reason) = judge(&turn, &filled(&turn), gold, answer);
        assert_eq!(verdict, expected, "{reason}");
        assert!(reason.contains(why), "{reason}");
    }

    #[test]
    fn products_are_judged_by_share_count_each_and_none_of() {
        let good = Gold { sql: vec![ids(&[1, 2, 3, 4])], ..Gold::default() };
        let keys = "expect='answered'\ncheck='products'\nsql='SELECT 1'\n";
        check(keys, &good, &showing(&[1, 2]), Verdict::Right, "");
        check(keys, &good, &showing(&[1, 9]), Verdict::Wrong, "1 of 2 products");
        check(keys, &good, &showing(&[]), Verdict::Wrong, "no products");
        let half = format!("{keys}min_share=0.5");
        check(&half, &good, &showing(&[1, 9]), Verdict::Right, "");
        check(&half, &good, &showing(&[1, 8, 9]), Verdict::Wrong, "1 of 3");
        let three = format!("{keys}count=3");
        check(&three, &good, &showing(&[1, 2, 3]), Verdict::Right, "");
        check(&three, &good, &showing(&[1, 2]), Verdict::Wrong, "2 products are shown, expected 3");
        let each = Gold { each: vec![ids(&[1]), ids(&[5, 6])], none_of: Some(ids(&[7])), ..Gold::default() };
        let keys = "expect='answered'\ncheck='products'\neach=['SELECT 1','SELECT 2']\nnone_of='SELECT 3'\n";
        check(keys, &each, &showing(&[1, 6]), Verdict::Right, "");
        check(keys, &each, &showing(&[1, 2]), Verdict::Wrong, "list 2 of each");
        check(keys, &each, &showing(&[1, 5, 7]), Verdict::Wrong, "must not be shown");
    }

    #[test]
    fn products_in_a_table_count_where_there_is_no_list() {
        let gold = Gold { sql: vec![ids(&[3])], ..Gold::default() };
        let keys = "expect='answered'\ncheck='products'\nsql='SELECT 1'";
        let tabled = |id: u32| {
            answer(
                "answered",
                json!({
                    "blocks": [{"type": "table", "columns": [{"name": "product_name", "type": "string"}],
                        "rows": [["Milk"]], "evidence": "e1"}],
                    "evidence": [evidence(&["product_id", "product_name"], json!([[id, "Milk"]]))],
                }),
            )
        };
        check(keys, &gold, &tabled(3), Verdict::Right, "");
        check(keys, &gold, &tabled(4), Verdict::Wrong, "0 of 1");
    }

    #[test]
    fn several_tables_are_all_wanted_and_another_reading_is_enough() {
        let number = |n: u32| {
            Arc::new(Table {
                columns: vec![Column::new("n", ColumnType::Integer)],
                rows: vec![vec![json!(n)]],
            })
        };
        let both = |a: u32, b: u32| {
            answer(
                "answered",
                json!({"evidence": [evidence(&["n"], json!([[a]])), evidence(&["n"], json!([[b]]))]}),
            )
        };
        let gold = Gold { sql: vec![number(5), number(6)], ..Gold::default() };
        let two = "expect='answered'\nsql=['SELECT 5','SELECT 6']";
        check(two, &gold, &both(6, 5), Verdict::Right, "");
        check(two, &gold, &both(5, 5), Verdict::Wrong, "table 2 of 2");
        let gold = Gold { sql: vec![number(5)], also: vec![number(7)], ..Gold::default() };
        let also = "expect='answered'\nsql='SELECT 5'\nalso=['SELECT 7']";
        check(also, &gold, &both(1, 7), Verdict::Right, "");
        check(also, &gold, &both(1, 2), Verdict::Wrong, "t with 1 rows");
    }

    #[test]
    fn status_and_code_are_judged() {
        let refused = answer("refused", json!({"refusal": {"code": "not_allowed", "text": "no"}}));
        let gold = Gold::default();
        check("expect='refused'", &gold, &refused, Verdict::Right, "");
        check("expect='refused'\ncode=['outside_data','not_allowed']", &gold, &refused, Verdict::Right, "");
        check(
            "expect='refused'\ncode='outside_data'",
            &gold,
            &refused,
            Verdict::Refused,
            "expected outside_data",
        );
        check("expect='clarify'", &gold, &refused, Verdict::Refused, "refused, expected clarify");
        check("expect=['clarify','refused']", &gold, &refused, Verdict::Right, "");
        let clarify = answer("clarify", json!({"clarify": {"question": "which?", "options": []}}));
        check("expect='refused'", &gold, &clarify, Verdict::Clarified, "clarify, expected refused");
        check("expect='refused'", &gold, &showing(&[1]), Verdict::Wrong, "answered, expected refused");
        let error =
            json!({"error": {"code": "timeout", "message": "m", "correlation_id": "c", "retryable": true}});
        check("expect='refused'", &gold, &answer("error", error), Verdict::Failed, "error timeout");
    }

    #[test]
    fn words_must_or_must_not_occur() {
        let gold = Gold::default();
        let keys = "expect='answered'\ncheck='none'\nmention=['organic|bio']\nabsent=['gold club']";
        let said = |text: &str, cell: &str| {
            answer(
                "answered",
                json!({"text": text, "notes": [{"code": "definition", "text": "A BIO mark."}],
                "evidence": [evidence(&["name"], json!([[cell]]))]}),
            )
        };
        check(keys, &gold, &said("", ""), Verdict::Right, "");
        check(keys, &gold, &said("The Gold Club", ""), Verdict::Wrong, "must be absent");
        check(keys, &gold, &said("", "Gold Club"), Verdict::Wrong, "must be absent");
        check(
            &keys.replace("organic|bio", "vegan"),
            &gold,
            &said("", ""),
            Verdict::Wrong,
            "does not mention vegan",
        );
        // A word with spaces around it is found at the end of a part too.
        check(&keys.replace("organic|bio", " das "), &gold, &said("Was ist das", ""), Verdict::Right, "");
    }
}
