//! The report as one page: rates, then each miss with what was expected and what came, passes folded away.
//!
//! The template is compiled in, and the page needs nothing from elsewhere. Questions, names and answers are data: all
//! of it is escaped.

use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;
use serde_json::Value;

use crate::{
    judge::{Verdict, status_name},
    rate::Rate,
    report::{Cited, Line, Report, Shown},
};

const TEMPLATE: &str = include_str!("../templates/report.html");

/// Why the page could not be written: an error of ours, since the template is compiled in.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A figure that JSON cannot hold.
    #[error("the report cannot be read by its template: {0}")]
    Context(#[from] serde_json::Error),
    /// The template asks for what is not there.
    #[error("the template of the report is wrong: {0}")]
    Template(#[from] minijinja::Error),
}

/// Writes the page.
pub fn render(report: &Report) -> Result<String, PageError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let page = value_of(serde_json::to_value(Page::of(report))?);
    Ok(environment.template_from_str(TEMPLATE)?.render(page)?)
}

/// A JSON value as the template engine's own.
fn value_of(json: Value) -> minijinja::Value {
    use minijinja::Value as Own;
    match json {
        Value::Null => Own::from(()),
        Value::Bool(value) => Own::from(value),
        Value::Number(number) => match number.as_u64() {
            Some(number) => Own::from(number),
            None => Own::from(number.as_f64()),
        },
        Value::String(text) => Own::from(text),
        Value::Array(values) => Own::from(values.into_iter().map(value_of).collect::<Vec<_>>()),
        Value::Object(fields) => {
            Own::from_pairs(fields.into_iter().map(|(name, value)| (name, value_of(value))))
        }
    }
}

/// What the template reads.
#[derive(Serialize)]
struct Page<'a> {
    sets: &'a [String],
    split: &'static str,
    run_id: &'a str,
    lines: Vec<&'a str>,
    rates: Vec<RateRow>,
    shares: Vec<RateRow>,
    unbound: usize,
    failed: usize,
    invalid: usize,
    latency: Vec<Time>,
    misses: Vec<LineRow<'a>>,
    passes: Vec<LineRow<'a>>,
}

#[derive(Serialize)]
struct RateRow {
    label: String,
    is_kind: bool,
    hits: usize,
    of: usize,
    share: String,
    interval: String,
}

#[derive(Serialize)]
struct Time {
    label: &'static str,
    value: String,
}

#[derive(Serialize)]
struct LineRow<'a> {
    id: &'a str,
    ask: &'a str,
    kind: &'a str,
    intent: &'a str,
    role: &'static str,
    side: &'static str,
    expect: Vec<&'static str>,
    verdict: &'static str,
    status: Option<&'static str>,
    reason: &'a str,
    text: &'a str,
    unbound: &'a [String],
    elapsed_ms: String,
    gold: Vec<TableRows<'a>>,
    evidence: Vec<TableRows<'a>>,
}

/// Gold rows, or the rows of a call.
#[derive(Serialize)]
struct TableRows<'a> {
    key: &'a str,
    tool: &'a str,
    arguments: String,
    columns: &'a [String],
    rows: Vec<Vec<String>>,
    row_count: usize,
}

impl<'a> Page<'a> {
    fn of(report: &'a Report) -> Self {
        let summary = report.summary();
        let mut rates = Vec::new();
        for (kind, rate) in &summary.kinds {
            rates.push(RateRow::of(kind, true, *rate));
            let intents = summary.intents.get(kind).into_iter().flatten();
            rates.extend(intents.map(|(intent, rate)| RateRow::of(intent, false, *rate)));
        }
        rates.push(RateRow::of("all", true, summary.right));
        let latency = summary.latency_ms;
        let times = [("p50", latency.p50), ("p95", latency.p95), ("p99", latency.p99), ("max", latency.max)];
        let passes =
            report.lines.iter().filter(|line| line.verdict == Verdict::Right && line.unbound.is_empty());
        Self {
            sets: &report.sets,
            split: report.split.as_str(),
            run_id: &report.run_id,
            lines: report.lines.iter().map(|line| line.id.as_str()).collect(),
            rates,
            shares: summary
                .rates()
                .into_iter()
                .map(|(label, rate)| RateRow::of(label, false, rate))
                .collect(),
            unbound: summary.unbound_figures,
            failed: summary.failed,
            invalid: summary.invalid,
            latency: times.into_iter().map(|(label, ms)| Time { label, value: format!("{ms:.1}") }).collect(),
            misses: report.misses().map(LineRow::of).collect(),
            passes: passes.map(LineRow::of).collect(),
        }
    }
}

impl RateRow {
    fn of(label: &str, is_kind: bool, rate: Rate) -> Self {
        let (low, high) = rate.interval();
        let share = rate.share().map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0));
        let interval = format!("{:.1} to {:.1}", low * 100.0, high * 100.0);
        Self { label: label.to_owned(), is_kind, hits: rate.hits, of: rate.of, share, interval }
    }
}

impl<'a> LineRow<'a> {
    fn of(line: &'a Line) -> Self {
        Self {
            id: &line.id,
            ask: &line.ask,
            kind: &line.kind,
            intent: &line.intent,
            role: line.role.as_str(),
            side: line.side.as_str(),
            expect: line.expect.iter().map(|status| status_name(*status)).collect(),
            verdict: line.verdict.as_str(),
            status: line.status.map(status_name),
            reason: &line.reason,
            text: &line.text,
            unbound: &line.unbound,
            elapsed_ms: format!("{:.1}", line.elapsed_ms),
            gold: line.gold.iter().map(TableRows::of_gold).collect(),
            evidence: line.evidence.iter().map(TableRows::of_call).collect(),
        }
    }
}

impl<'a> TableRows<'a> {
    fn of_gold(shown: &'a Shown) -> Self {
        Self {
            key: &shown.key,
            tool: "",
            arguments: String::new(),
            columns: &shown.columns,
            rows: words(&shown.rows),
            row_count: shown.row_count,
        }
    }

    fn of_call(cited: &'a Cited) -> Self {
        Self {
            key: "",
            tool: &cited.tool,
            arguments: cited.arguments.to_string(),
            columns: &cited.columns,
            rows: words(&cited.rows),
            row_count: cited.row_count,
        }
    }
}

/// Cells as they are read: texts without quotes, the rest as in JSON.
fn words(rows: &[Vec<Value>]) -> Vec<Vec<String>> {
    let word = |cell: &Value| cell.as_str().map_or_else(|| cell.to_string(), str::to_owned);
    rows.iter().map(|row| row.iter().map(word).collect()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::report::tests::{line, report};

    #[test]
    fn a_miss_shows_what_was_expected_and_what_came() {
        let mut miss = line("an-7", Verdict::Wrong);
        miss.reason = "the 1 gold rows are not among the evidence".into();
        let rows = vec![vec![json!("produce"), json!(41)]];
        let columns = vec!["department".to_owned(), "items".to_owned()];
        miss.gold.push(Shown {
            key: "sql0".into(),
            columns: columns.clone(),
            rows: rows.clone(),
            row_count: 30,
        });
        let arguments = json!({"metrics": ["items"]});
        miss.evidence.push(Cited { tool: "query_metrics".into(), arguments, columns, rows, row_count: 1 });
        let page = render(&report(vec![miss, line("an-8", Verdict::Right)])).unwrap();
        for expected in [
            "Misses (1)",
            "Passes (1)",
            "id=\"an-7\"",
            "expected sql0, 30 rows (first 1)",
            "<td>produce</td><td>41</td>",
            "query_metrics",
            "the 1 gold rows",
            "<summary>an-8 how many?</summary>",
            "50.0 %",
        ] {
            assert!(page.contains(expected), "{expected:?} is missing in {page}");
        }
    }

    #[test]
    fn everything_that_comes_from_data_is_escaped() {
        let evil = "<script>alert(\"x\")</script>";
        let mut miss = line("a", Verdict::Wrong);
        miss.ask = evil.into();
        miss.text = evil.into();
        miss.reason = evil.into();
        miss.unbound = vec![evil.into()];
        miss.gold.push(Shown {
            key: evil.into(),
            columns: vec![evil.into()],
            rows: vec![vec![json!(evil)]],
            row_count: 1,
        });
        miss.evidence.push(Cited {
            tool: evil.into(),
            arguments: json!({"text": evil}),
            columns: vec![evil.into()],
            rows: vec![vec![json!(evil)]],
            row_count: 1,
        });
        let page = render(&report(vec![miss])).unwrap();
        assert!(!page.contains("<script"), "{page}");
        assert_eq!(page.matches("&lt;script&gt;").count(), 11, "each is there, escaped: {page}");
    }

    #[test]
    fn the_page_loads_nothing() {
        let page = render(&report(Vec::new())).unwrap();
        assert!(page.contains("None."));
        for outside in ["http://", "https://", "src=", "href="] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
