//! How a cell is written beside a chart, by the rules of [`Format`].
//!
//! Input: a cell and a format. Output: one line of text without control characters; a cell that the format does not fit
//! is written as it is, for a chart must not hide a row. Null is a dash.

use domain::answer::Format;
use serde_json::Value;

/// What stands for a missing value.
pub(crate) const MISSING: &str = "–";

/// Writes a cell.
pub(crate) fn write(value: &Value, format: Format) -> String {
    let written = match (value, format) {
        (Value::Null, _) => return MISSING.to_owned(),
        (Value::Number(_), Format::Integer) => value.as_f64().map(|number| rounded(number, 0)),
        (Value::Number(_), Format::Decimal) => value.as_f64().map(|number| rounded(number, 2)),
        (Value::Number(_), Format::Percent) => {
            value.as_f64().map(|fraction| format!("{} %", rounded(fraction * 100.0, 1)))
        }
        (Value::Number(_), Format::Hour) => value.as_u64().map(|hour| format!("{hour}:00")),
        (Value::Number(_), Format::Days) => value.as_f64().map(|days| match rounded(days, 0) {
            one if one == "1" => "1 day".to_owned(),
            many => format!("{many} days"),
        }),
        (Value::String(text), _) => Some(one_line(text)),
        _ => None,
    };
    written.unwrap_or_else(|| one_line(&value.to_string()))
}

/// The text on one line: control characters, which could also steer a terminal, become blanks.
pub(crate) fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Writes a number rounded to some decimals, with commas between thousands; minus zero is zero.
pub(crate) fn rounded(number: f64, decimals: usize) -> String {
    let digits = format!("{:.decimals$}", number.abs());
    let (whole, fraction) = digits.split_once('.').map_or((digits.as_str(), None), |(w, f)| (w, Some(f)));
    let mut text = String::new();
    if number < 0.0 && digits.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
        text.push('-');
    }
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(value: Value, format: Format, expected: &str) {
        assert_eq!(write(&value, format), expected);
    }

    #[test]
    fn cells_are_written_by_their_format() {
        check(json!(89_566), Format::Integer, "89,566");
        check(json!(1_234_567.4), Format::Integer, "1,234,567");
        check(json!(-1_000), Format::Integer, "-1,000");
        check(json!(-0.001), Format::Decimal, "0.00");
        check(json!(10.107), Format::Decimal, "10.11");
        check(json!(0.289_27), Format::Percent, "28.9 %");
        check(json!(10), Format::Hour, "10:00");
        check(json!(1), Format::Days, "1 day");
        check(json!(12.4), Format::Days, "12 days");
        check(json!(24_852), Format::Id, "24852");
        check(json!("dairy eggs"), Format::Name, "dairy eggs");
    }

    #[test]
    fn what_the_format_does_not_fit_is_written_as_it_is() {
        check(Value::Null, Format::Integer, "–");
        check(json!(true), Format::Integer, "true");
        check(json!("12"), Format::Percent, "12");
        check(json!(3.5), Format::Hour, "3.5");
    }

    #[test]
    fn a_name_cannot_break_the_line_or_steer_the_terminal() {
        check(json!("a\n\u{1b}[31mb\tc"), Format::Name, "a [31mb c");
    }
}
