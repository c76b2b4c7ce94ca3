//! An [`Answer`] for a human at a terminal. Nothing is left out that a reader needs; evidence stays with `--json`.

use std::fmt::Write as _;

use charts::ChartSpec;
use domain::{
    answer::{Answer, Block, ProductItem},
    table::{Column, ColumnType, Table},
};
use serde_json::Value;

use crate::table::{TextTable, clean};

/// Columns of a chart: the narrowest terminal that is usual.
const CHART_WIDTH: usize = 80;

/// The whole answer as text, ending in a line break.
pub(crate) fn render(answer: &Answer) -> String {
    let mut text = String::new();
    match &answer.error {
        Some(error) => {
            let _ = writeln!(
                text,
                "{} (code {}, id {})",
                clean(&error.message),
                error.code,
                error.correlation_id
            );
        }
        None => {
            let _ = writeln!(text, "{}", clean(&answer.text));
        }
    }
    if let Some(clarify) = &answer.clarify {
        for option in &clarify.options {
            let _ = writeln!(text, "  - {}: {}", clean(&option.label), clean(&option.question));
        }
    }
    for block in &answer.blocks {
        let rendered = render_block(block, answer);
        if !rendered.is_empty() {
            text.push('\n');
            text.push_str(&rendered);
        }
    }
    section(&mut text, "Notes", answer.notes.iter().map(|note| note.text.as_str()));
    section(&mut text, "You could ask", answer.suggestions.iter().map(String::as_str));
    text
}

fn section<'a>(text: &mut String, title: &str, lines: impl Iterator<Item = &'a str>) {
    let mut lines = lines.peekable();
    if lines.peek().is_some() {
        let _ = writeln!(text, "\n{title}:");
    }
    for line in lines {
        let _ = writeln!(text, "  - {}", clean(line));
    }
}

fn render_block(block: &Block, answer: &Answer) -> String {
    match block {
        Block::Table { table, .. } => render_table(table),
        Block::Products { items, .. } => render_products(items),
        Block::Chart { spec, evidence, .. } => render_chart(spec, evidence, answer).unwrap_or_default(),
    }
}

/// A chart of the rows that it cites, in block characters; nothing where spec and evidence do not fit.
fn render_chart(spec: &Value, evidence: &str, answer: &Answer) -> Option<String> {
    let spec: ChartSpec = serde_json::from_value(spec.clone()).ok()?;
    let evidence = answer.evidence.iter().find(|found| found.id == evidence)?;
    let table = Table { columns: evidence.columns.clone(), rows: evidence.result.clone() };
    charts::to_unicode(&spec, &table, CHART_WIDTH).ok().map(|chart| clean(&chart) + "\n")
}

fn render_table(table: &Table) -> String {
    let columns = table.columns.iter().map(|column| (column.name.replace('_', " "), is_numeric(column)));
    let mut text = TextTable::new(columns);
    for row in &table.rows {
        text.push(row.iter().zip(&table.columns).map(|(value, column)| format_cell(value, column)));
    }
    text.render()
}

fn render_products(items: &[ProductItem]) -> String {
    let has_reasons = items.iter().any(|item| item.reason.is_some());
    let reasons = has_reasons.then_some(("why", false));
    let columns = [("", true), ("product", false), ("id", true), ("aisle", false)];
    let mut text = TextTable::new(columns.into_iter().chain(reasons));
    for (at, item) in items.iter().enumerate() {
        let row = [
            format!("{}.", at + 1),
            item.product_name.clone(),
            item.product_id.to_string(),
            item.aisle.clone(),
        ];
        text.push(row.into_iter().chain(has_reasons.then(|| item.reason.clone().unwrap_or_default())));
    }
    text.render()
}

fn is_numeric(column: &Column) -> bool {
    matches!(column.kind, ColumnType::Integer | ColumnType::Number)
}

/// A cell as a human reads it: identifiers bare, counts with separators, shares and rates in per cent.
fn format_cell(value: &Value, column: &Column) -> String {
    let is_id = column.name == "id" || column.name.ends_with("_id");
    match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        Value::Number(number) => match number.as_i64() {
            Some(integer) if is_id => integer.to_string(),
            Some(integer) => with_separators(integer),
            None => format_fraction(number.as_f64().unwrap_or(f64::NAN), &column.name),
        },
        other => other.to_string(),
    }
}

fn format_fraction(value: f64, column: &str) -> String {
    let is_share = column.contains("rate") || column.contains("share");
    if is_share && value.abs() <= 1.0 {
        format!("{:.1} %", value * 100.0)
    } else if value.abs() < 1.0 {
        format!("{value:.4}")
    } else {
        format!("{value:.2}")
    }
}

/// Digits with a comma at every third.
pub(crate) fn with_separators(value: i64) -> String {
    let digits = value.unsigned_abs().to_string();
    let mut text = String::from(if value < 0 { "-" } else { "" });
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(value: Value, name: &str, kind: ColumnType, expected: &str) {
        assert_eq!(format_cell(&value, &Column::new(name, kind)), expected);
    }

    #[test]
    fn cells_are_written_for_humans() {
        check(json!(89_566), "items", ColumnType::Integer, "89,566");
        check(json!(24_852), "product_id", ColumnType::Integer, "24852");
        check(json!(0.289_27), "share_of_items", ColumnType::Number, "28.9 %");
        check(json!(10.111), "mean_basket", ColumnType::Number, "10.11");
        check(json!(0.001_23), "support", ColumnType::Number, "0.0012");
        check(json!(null), "items", ColumnType::Integer, "–");
        check(json!("produce"), "department", ColumnType::String, "produce");
    }

    #[test]
    fn a_chart_is_drawn_from_the_rows_that_it_cites() {
        let answer: Answer = serde_json::from_value(json!({
            "schema_version": 1, "status": "answered", "text": "By hour.", "bindings": [],
            "blocks": [{"type": "chart", "vega_lite": {}, "evidence": "e1", "spec": {
                "kind": "bar", "title": "orders by hour",
                "x": {"field": "hour", "label": "hour", "type": "ordinal", "format": "hour"},
                "y": {"field": "orders", "label": "orders", "format": "integer"}}}],
            "evidence": [{"id": "e1", "tool": "t", "arguments": {}, "engine": "embedded",
                "columns": [{"name": "hour", "type": "integer"}, {"name": "orders", "type": "integer"}],
                "result": [[9, 1200], [10, 600]], "row_count": 2, "truncated": false, "elapsed_ms": 1.0}],
            "notes": [], "suggestions": [], "clarify": null, "refusal": null, "error": null, "session_id": "s",
            "run_id": "r", "planner": "builtin", "cached": false, "trace_id": "t",
            "usage": {"input_tokens": 0, "output_tokens": 0, "tool_calls": 1, "elapsed_ms": 1.0}
        }))
        .unwrap();
        let text = render(&answer);
        assert!(text.contains("orders by hour") && text.contains("1,200") && text.contains('█'), "{text}");
    }

    #[test]
    fn thousands_are_separated() {
        for (value, expected) in [(0, "0"), (999, "999"), (1_000, "1,000"), (-1_234_567, "-1,234,567")] {
            assert_eq!(with_separators(value), expected);
        }
    }
}
