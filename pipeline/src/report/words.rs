//! Figures and names as a person reads them: thousands separators, units, plain words for stages and rules.
//!
//! Used by the run log and the report page. Units are decimal (1 MB = 1,000,000 bytes), as file managers show them.

use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::stage::Stage;

/// `1234567` → `1,234,567`.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 row`, `2 rows`: a count with its noun.
pub fn counted(n: u64, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(n))
}

/// `1234567` → `1.2 MB`.
pub fn bytes(n: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if n < 1_000 {
        return counted(n, "byte");
    }
    let (mut value, mut unit) = (n as f64 / 1_000.0, 0);
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1_000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS.get(unit).unwrap_or(&"TB"))
}

/// Milliseconds → `0.4 s`, `1 min 24 s`, `2 h 05 min`.
pub fn duration(elapsed_ms: u64) -> String {
    let seconds = elapsed_ms / 1_000;
    match seconds {
        0..60 => format!("{:.1} s", elapsed_ms as f64 / 1_000.0),
        60..3_600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3_600, seconds / 60 % 60),
    }
}

/// A share from 0 to 1 → `0.35 %`; a share that is not zero is never shown as zero.
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent > 0.0 && percent < 0.01 {
        return "less than 0.01 %".to_owned();
    }
    let text = format!("{percent:.2}");
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A moment as `2026-11-22 18:54:09 UTC`.
pub fn moment(at: OffsetDateTime) -> String {
    let (date, time) = (at.to_offset(time::UtcOffset::UTC).date(), at.to_offset(time::UtcOffset::UTC).time());
    format!("{date} {:02}:{:02}:{:02} UTC", time.hour(), time.minute(), time.second())
}

/// An RFC 3339 text as [`moment`] writes it; what is no such text stays as it is.
pub fn moment_of(text: &str) -> String {
    OffsetDateTime::parse(text, &Rfc3339).map_or_else(|_| text.to_owned(), moment)
}

/// Text from data or the system on one line: no control character can move the cursor, break the line or pose as one.
pub fn on_one_line(text: &str) -> String {
    text.replace('\n', " / ").chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// What a stage does, for somebody who does not know its name.
pub fn stage_title(stage: Stage) -> &'static str {
    match stage {
        Stage::Ingest => "Read the source",
        Stage::Clean => "Check and clean the rows",
        Stage::Features => "Work out figures of customers, products and orders",
        Stage::Rollups => "Sum up tables for dashboards",
        Stage::Affinity => "Find products that are bought together",
        Stage::Als => "Learn who likes what",
        Stage::Rfm => "Group customers into segments",
        Stage::SegmentPopularity => "Find the favourites of each segment",
        Stage::Imputation => "Estimate what gaps of 30 days or more really are",
        Stage::Hazards => "Estimate when each customer orders next",
        Stage::Customers => "Put together what is known of each customer",
        Stage::NextBasket => "Learn what each customer buys next",
        Stage::Evaluation => "Measure the recommendations on orders they have not seen",
        Stage::Exports => "Write lists and pictures of segments",
        Stage::Index => "Build the product search",
        Stage::Publish => "Publish",
    }
}

/// A source or silver table in plain words.
pub fn table_title(table: &str) -> String {
    match table {
        "orders" => "Orders".to_owned(),
        "order_lines" => "Order lines".to_owned(),
        "order_products__prior" => "Lines of earlier orders".to_owned(),
        "order_products__train" => "Lines of last orders".to_owned(),
        "products" => "Products".to_owned(),
        "aisles" => "Aisles".to_owned(),
        "departments" => "Departments".to_owned(),
        other => plain(other),
    }
}

/// A rule of cleaning as the reason why a row was set aside.
pub fn rule_reason(rule: &str) -> String {
    let reason = match rule {
        "malformed_row" => "the row is broken: wrong number of fields, or quotes that do not match",
        "invalid_encoding" => "the text is not valid UTF-8",
        "empty_aisle" | "empty_department" | "empty_product_name" => "the name is empty",
        "unknown_aisle" => "the aisle does not exist",
        "unknown_department" => "the department does not exist",
        "unknown_product" => "the product does not exist",
        "orphan_order" => "the order of this line does not exist, or was set aside itself",
        "unknown_eval_set" => "the kind of order is none of prior, train and test",
        "eval_set_mismatch" => "the line stands in the file of another kind of order",
        "days_on_first_order" => "a first order has days since an order before it",
        "days_missing_after_first_order" => "the days since the order before are missing",
        "order_number_gap" => "an order of this customer before it is missing",
        "order_after_train_or_test" => "the order comes after the customer's last order",
        "duplicate_line" => "the order has this product twice",
        other => return generic_reason(other),
    };
    reason.to_owned()
}

fn generic_reason(rule: &str) -> String {
    if let Some(field) = rule.strip_prefix("invalid_") {
        return format!("{} is missing or not possible", plain(field));
    }
    if let Some(field) = rule.strip_prefix("duplicate_") {
        return format!("{} stands there twice", plain(field));
    }
    if let Some(field) = rule.strip_prefix("empty_") {
        return format!("{} is empty", plain(field));
    }
    plain(rule)
}

fn plain(name: &str) -> String {
    name.split('_').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_thousands_separators() {
        let found: Vec<String> = [0, 999, 1_000, 33_877_641].into_iter().map(count).collect();
        assert_eq!(found, ["0", "999", "1,000", "33,877,641"]);
        assert_eq!((counted(1, "row"), counted(1_200, "row")), ("1 row".into(), "1,200 rows".into()));
    }

    #[test]
    fn sizes_and_times_have_units() {
        let sizes: Vec<String> = [1, 999, 1_234, 999_950, 5_400_000_000].into_iter().map(bytes).collect();
        assert_eq!(sizes, ["1 byte", "999 bytes", "1.2 kB", "1.0 MB", "5.4 GB"]);
        let times: Vec<String> = [440, 59_940, 84_000, 7_500_000].into_iter().map(duration).collect();
        assert_eq!(times, ["0.4 s", "59.9 s", "1 min 24 s", "2 h 05 min"]);
    }

    #[test]
    fn a_small_share_is_never_shown_as_none() {
        let found: Vec<String> = [0.0, 0.000_001, 0.0035, 0.01, 0.5, 1.0].into_iter().map(percent).collect();
        assert_eq!(found, ["0 %", "less than 0.01 %", "0.35 %", "1 %", "50 %", "100 %"]);
    }

    #[test]
    fn moments_are_utc_to_the_second() {
        assert_eq!(moment_of("2026-11-22T20:54:09.123+02:00"), "2026-11-22 18:54:09 UTC");
        assert_eq!(moment_of("yesterday"), "yesterday");
    }

    #[test]
    fn text_of_data_stays_on_its_line() {
        assert_eq!(on_one_line("a\nb\u{1b}[31m"), "a / b\u{fffd}[31m");
    }

    #[test]
    fn a_rule_without_words_of_its_own_is_still_a_reason() {
        assert_eq!(rule_reason("invalid_order_dow"), "order dow is missing or not possible");
        assert_eq!(rule_reason("duplicate_order_id"), "order id stands there twice");
        assert_eq!(rule_reason("brand_new_rule"), "brand new rule");
    }
}
