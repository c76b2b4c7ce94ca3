//! Unbound figures, found from the answer alone: code of its own, that shares nothing with the agent's checker.
//!
//! A figure is a run of digits of any script. Each in the text must be covered by a binding that holds: the cell that
//! it names exists, is its value, and is what is written, rounded to the digits shown. A figure quoted from the
//! question must stand there, in digits or as a word. Number words are no figures, suggestions are not looked at.

use domain::answer::{Answer, Binding, BindingKind, Block, Evidence, Format};
use serde_json::Value;

/// Slack of a rounded figure, in units of its last digit: half of one, and what binary fractions lose.
const HALF_UNIT: f64 = 0.5 + 1e-6;

/// The figures of the text that no binding covers or whose binding does not hold, and the figures of tables that their
/// evidence does not hold. `asked` is every question of the conversation so far.
pub fn unbound(answer: &Answer, asked: &str) -> Vec<String> {
    let text: Vec<char> = answer.text.chars().collect();
    let mut covered = vec![false; text.len()];
    let mut wrong = Vec::new();
    for binding in &answer.bindings {
        let written: String = text.get(binding.start..binding.end).unwrap_or_default().iter().collect();
        let holds = match binding.kind {
            BindingKind::Question => is_quoted(&written, asked),
            BindingKind::Evidence => {
                cell(answer, binding).is_some_and(|value| equal(value, &binding.value))
                    && is_written(&written, &binding.value, binding.format)
            }
        };
        match covered.get_mut(binding.start..binding.end) {
            Some(range) if holds => range.fill(true),
            _ => wrong.push(written),
        }
    }
    let mut figure = String::new();
    for (character, covered) in text.iter().zip(&covered) {
        if character.is_numeric() && !covered {
            figure.push(*character);
        } else if !figure.is_empty() {
            wrong.push(std::mem::take(&mut figure));
        }
    }
    if !figure.is_empty() {
        wrong.push(figure);
    }
    wrong.extend(answer.blocks.iter().flat_map(|block| unbound_cells(answer, block)));
    wrong
}

/// The numbers of a table that its evidence does not hold.
fn unbound_cells(answer: &Answer, block: &Block) -> Vec<String> {
    let Block::Table { table, evidence } = block else { return Vec::new() };
    let source = answer.evidence.iter().find(|found| found.id == *evidence);
    let held = |cell: &Value| {
        source.is_some_and(|source| source.result.iter().flatten().any(|found| equal(found, cell)))
    };
    let numbers = table.rows.iter().flatten().filter(|cell| cell.is_number());
    numbers.filter(|cell| !held(cell)).map(|cell| format!("{cell} in a table")).collect()
}

fn cell<'a>(answer: &'a Answer, binding: &Binding) -> Option<&'a Value> {
    let evidence: &Evidence = answer.evidence.iter().find(|evidence| evidence.id == binding.evidence)?;
    let column = evidence.columns.iter().position(|column| column.name == binding.column)?;
    evidence.result.get(binding.row)?.get(column)
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b || (a - b).abs() <= 1e-12 * a.abs().max(b.abs()),
        _ => a == b,
    }
}

/// Whether a value is what is written, by the rule of its format, at the digits shown.
fn is_written(written: &str, value: &Value, format: Format) -> bool {
    if format == Format::Name {
        let words =
            |text: &str| text.to_lowercase().split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        return value.as_str().is_some_and(|name| !name.is_empty() && words(name) == words(written));
    }
    let Some(value) = value.as_f64() else { return false };
    match format {
        Format::Id => written.chars().all(|c| c.is_ascii_digit()) && rounds_to(written, value),
        Format::Percent => {
            written.strip_suffix('%').is_some_and(|figure| rounds_to(figure.trim_end(), value * 100.0))
        }
        Format::Hour => written.strip_suffix(":00").is_some_and(|hour| rounds_to(hour, value)),
        Format::Integer => has_separators(written) && rounds_to(written, value),
        // `12 days`, `10.11`, and whatever else is a figure with or without its unit.
        _ => {
            let figure = written.split_whitespace().next().unwrap_or_default();
            let unit_has_figures = written.chars().skip(figure.chars().count()).any(char::is_numeric);
            !unit_has_figures && has_separators(figure) && rounds_to(figure, value)
        }
    }
}

/// Whether a figure is a value, rounded to the digits that are shown.
fn rounds_to(figure: &str, value: f64) -> bool {
    let digits: String = figure.chars().filter(|c| *c != ',').collect();
    let digits = digits.replace('\u{2212}', "-");
    let plain = digits.strip_prefix('-').unwrap_or(&digits);
    if plain.is_empty() || !plain.chars().all(|c| c.is_ascii_digit() || c == '.') {
        return false;
    }
    let Ok(number) = digits.parse::<f64>() else { return false };
    let places = plain.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let Ok(places) = i32::try_from(places) else { return false };
    // Past 2^53 neighbouring integers are one float; the slack below is then the float's own.
    (number - value).abs() <= (HALF_UNIT * 10_f64.powi(-places)).max(value.abs() * f64::EPSILON)
}

/// Whether commas stand before each group of three digits, and nowhere else.
fn has_separators(figure: &str) -> bool {
    let whole = figure.trim_start_matches(['-', '\u{2212}']).split('.').next().unwrap_or_default();
    let groups: Vec<usize> = whole.split(',').map(str::len).collect();
    groups.first().is_some_and(|first| (1..=3).contains(first))
        && groups.iter().skip(1).all(|group| *group == 3)
}

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// Words for a number that say no digit of it.
const NAMED: [(&str, u64); 12] = [
    ("single", 1),
    ("once", 1),
    ("twice", 2),
    ("couple", 2),
    ("pair", 2),
    ("few", 3),
    ("half", 50),
    ("half dozen", 6),
    ("dozen", 12),
    ("hundred", 100),
    ("thousand", 1_000),
    ("million", 1_000_000),
];

/// Whether what is written stands in the question: the same words, each figure in digits or as a number word.
fn is_quoted(written: &str, asked: &str) -> bool {
    let words = |text: &str| -> Vec<String> {
        let apart = text.to_lowercase().replace(',', "");
        let split = apart.split(|c: char| !c.is_alphanumeric() && c != '.');
        split.map(|word| word.trim_matches('.').to_owned()).filter(|word| !word.is_empty()).collect()
    };
    let (wanted, found) = (words(written), words(asked));
    if wanted.is_empty() {
        return !written.is_empty() && asked.contains(written);
    }
    let stands = |word: &String| {
        found.contains(word)
            || word.parse::<u64>().is_ok_and(|number| says(&found, number))
            // `5x`, `7pm`, `80%`: the figure stands inside a word of the question.
            || (word.chars().all(|c| c.is_ascii_digit()) && found.iter().any(|other| figures_of(other).contains(word)))
    };
    wanted.iter().filter(|word| word.chars().any(char::is_numeric)).all(stands)
        && (wanted.iter().any(|word| word.chars().any(char::is_numeric))
            || wanted.iter().all(|word| found.contains(word)))
}

/// The runs of digits in a word.
fn figures_of(word: &str) -> Vec<String> {
    word.split(|c: char| !c.is_ascii_digit()).filter(|run| !run.is_empty()).map(str::to_owned).collect()
}

/// Whether the words say a number: `five`, `twenty one`, `a couple`.
fn says(words: &[String], number: u64) -> bool {
    let small = |n: u64| usize::try_from(n).ok().and_then(|at| SMALL.get(at));
    let tens = |n: u64| usize::try_from(n).ok().and_then(|at| TENS.get(at.checked_sub(2)?));
    let has = |word: &str| words.iter().any(|found| found == word);
    if small(number).is_some_and(|word| has(word)) {
        return true;
    }
    if NAMED.iter().any(|(word, value)| *value == number && word.split(' ').all(has)) {
        return true;
    }
    let (ten, unit) = (number / 10, number % 10);
    match (tens(ten), unit) {
        (Some(word), 0) => has(word),
        (Some(word), unit) => has(word) && small(unit).is_some_and(|unit| has(unit)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use domain::{
        answer::{ANSWER_SCHEMA_VERSION, PlannerKind, Status, Usage},
        table::{Column, ColumnType, Table},
    };
    use serde_json::json;

    use super::*;

    /// An answer with that text, one evidence of one row (`name`, `n`, `rate`), and a binding of each stretch.
    fn answer(text: &str, bindings: &[(&str, BindingKind, &str, Format, Value)]) -> Answer {
        let columns = vec![
            Column::new("name", ColumnType::String),
            Column::new("n", ColumnType::Integer),
            Column::new("rate", ColumnType::Number),
        ];
        let bind = |(written, kind, column, format, value): &(&str, BindingKind, &str, Format, Value)| {
            let start = text.find(written).map(|byte| text[..byte].chars().count()).unwrap();
            Binding {
                start,
                end: start + written.chars().count(),
                kind: *kind,
                evidence: "e1".into(),
                row: 0,
                column: (*column).into(),
                format: *format,
                value: value.clone(),
            }
        };
        Answer {
            schema_version: ANSWER_SCHEMA_VERSION,
            status: Status::Answered,
            text: text.into(),
            bindings: bindings.iter().map(bind).collect(),
            blocks: Vec::new(),
            evidence: vec![Evidence {
                id: "e1".into(),
                tool: "t".into(),
                arguments: Value::Null,
                sql: None,
                parameters: Vec::new(),
                engine: "embedded".into(),
                columns,
                result: vec![vec![json!("Omega 3"), json!(89_566), json!(0.289_27)]],
                row_count: 1,
                truncated: false,
                elapsed_ms: 0.0,
            }],
            notes: Vec::new(),
            suggestions: vec!["top 7 aisles".into()],
            clarify: None,
            refusal: None,
            error: None,
            session_id: "s".into(),
            run_id: "r".into(),
            planner: PlannerKind::Builtin,
            cached: false,
            trace_id: "t".into(),
            usage: Usage::default(),
        }
    }

    const CELL: BindingKind = BindingKind::Evidence;
    const QUOTE: BindingKind = BindingKind::Question;

    #[test]
    fn what_is_bound_and_true_passes() {
        let bound = answer(
            "The five best: Omega 3 in 89,566 orders, 28.9 % of 10.",
            &[
                ("Omega 3", CELL, "name", Format::Name, json!("Omega 3")),
                ("89,566", CELL, "n", Format::Integer, json!(89_566)),
                ("28.9 %", CELL, "rate", Format::Percent, json!(0.289_27)),
                ("10", QUOTE, "", Format::Integer, json!(10)),
            ],
        );
        assert_eq!(unbound(&bound, "top 10?"), Vec::<String>::new());
        assert_eq!(unbound(&bound, "top ten?"), Vec::<String>::new());
        assert_eq!(unbound(&bound, "top nine?"), ["10", "10"]);
    }

    #[test]
    fn a_figure_without_binding_is_found_in_any_script() {
        let check = |text: &str, expected: &[&str]| assert_eq!(unbound(&answer(text, &[]), ""), expected);
        check("sold 12 of 7", &["12", "7"]);
        check("two of three", &[]);
        check("٣ and ½", &["٣", "½"]);
        check("ends with 5", &["5"]);
    }

    #[test]
    fn a_binding_that_does_not_hold_covers_nothing() {
        let check = |text: &str, binding: (&str, BindingKind, &str, Format, Value)| {
            let found = unbound(&answer(text, &[binding]), "how many?");
            assert!(!found.is_empty(), "{text}");
        };
        // The value is not the cell's, the column does not exist, what is written is not the value.
        check("89,567", ("89,567", CELL, "n", Format::Integer, json!(89_567)));
        check("89,566", ("89,566", CELL, "m", Format::Integer, json!(89_566)));
        check("89,567", ("89,567", CELL, "n", Format::Integer, json!(89_566)));
        check("29.9 %", ("29.9 %", CELL, "rate", Format::Percent, json!(0.289_27)));
        check("89566", ("89566", CELL, "n", Format::Integer, json!(89_566)));
        check("Omega 4", ("Omega 4", CELL, "name", Format::Name, json!("Omega 3")));
        check("0.28 and 9", ("0.28 and 9", CELL, "rate", Format::Decimal, json!(0.289_27)));
    }

    #[test]
    fn a_table_shows_what_its_evidence_holds() {
        let mut shown = answer("As listed.", &[]);
        let columns = vec![Column::new("n", ColumnType::Integer)];
        let rows = vec![vec![json!(89_566)], vec![json!(4)]];
        shown.blocks = vec![Block::Table { table: Table { columns, rows }, evidence: "e1".into() }];
        assert_eq!(unbound(&shown, ""), ["4 in a table"]);
    }

    #[test]
    fn a_value_may_be_rounded_to_the_digits_shown_and_no_further() {
        let check = |written: &str, value: f64, format: Format, expected: bool| {
            assert_eq!(is_written(written, &json!(value), format), expected, "{written} {value} {format:?}");
        };
        check("10.11", 10.106, Format::Decimal, true);
        check("10.1", 10.106, Format::Decimal, true);
        check("10.10", 10.106, Format::Decimal, false);
        check("28.9%", 0.289_27, Format::Percent, true);
        check("28.9", 0.289_27, Format::Percent, false);
        check("12.5 %", 0.1245, Format::Percent, true);
        check("12 days", 11.6, Format::Days, true);
        check("1 day", 1.0, Format::Days, true);
        check("11 days", 11.6, Format::Days, false);
        check("10:00", 10.0, Format::Hour, true);
        check("11:00", 10.0, Format::Hour, false);
        check("1,234,567", 1_234_567.0, Format::Integer, true);
        check("12,34", 1_234.0, Format::Integer, false);
        check("-1,234", -1_234.0, Format::Integer, true);
        check("24852", 24_852.0, Format::Id, true);
        check("24,852", 24_852.0, Format::Id, false);
    }

    #[test]
    fn a_quoted_figure_stands_in_the_question() {
        let check = |written: &str, asked: &str, expected: bool| {
            assert_eq!(is_quoted(written, asked), expected, "{written} in {asked}");
        };
        check("5", "top 5 aisles", true);
        check("5", "top five aisles", true);
        check("5", "top 50 aisles", false);
        check("1,000", "at least 1000 purchases", true);
        check("80 %", "what makes 80% of sales", true);
        check("80 %", "what makes most of sales", false);
        check("21", "twenty one of them", true);
        check("12", "a dozen", true);
        check("18:00", "at 18:00", true);
        check("gluten free", "is it gluten free?", true);
        check("gluten free", "is it vegan?", false);
    }
}
