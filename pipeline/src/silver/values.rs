//! The values of a row: bytes as received to typed values, or nothing where they cannot be read.
//!
//! Blanks around a value do not matter. What has one meaning only is read as that (`3.0` is 3, `TRUE` is 1); what could
//! mean two things is not guessed.

use std::str;

/// Words that mean "no value" where a value may be missing.
const MISSING: [&str; 6] = ["null", "none", "na", "n/a", "nan", "\\n"];

/// A gap between two orders.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Gap {
    /// Not given.
    Missing,
    /// Days, 0 to 30.
    Days(f64),
    /// Given, and no number from 0 to 30.
    Invalid,
}

/// Which part of the data an order belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum EvalSet {
    /// History.
    Prior,
    /// A customer's last order, with lines.
    Train,
    /// A customer's last order, without lines.
    Test,
}

impl EvalSet {
    /// The word in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Prior => "prior",
            Self::Train => "train",
            Self::Test => "test",
        }
    }

    /// Reads the word, in any case.
    pub fn read(value: &[u8]) -> Option<Self> {
        let value = value.trim_ascii();
        [Self::Prior, Self::Train, Self::Test]
            .into_iter()
            .find(|set| value.eq_ignore_ascii_case(set.name().as_bytes()))
    }
}

/// A whole number; `3.0` counts as one.
pub fn integer(value: &[u8]) -> Option<i64> {
    let value = value.trim_ascii();
    let (negative, digits) = match value.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, value),
    };
    let whole = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    let (number, fraction) = digits.split_at_checked(whole)?;
    let is_whole = match fraction.split_first() {
        None => true,
        Some((b'.', zeros)) => !zeros.is_empty() && zeros.iter().all(|byte| *byte == b'0'),
        Some(_) => false,
    };
    if number.is_empty() || !is_whole {
        return None;
    }
    let mut sum = 0_i64;
    for digit in number {
        sum = sum.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
    }
    Some(if negative { -sum } else { sum })
}

/// A key: 1 to 4,294,967,295.
pub fn id(value: &[u8]) -> Option<u32> {
    integer(value).and_then(|id| u32::try_from(id).ok()).filter(|id| *id > 0)
}

/// A whole number in a closed range.
pub fn integer_in(value: &[u8], low: u32, high: u32) -> Option<u32> {
    integer(value)
        .and_then(|number| u32::try_from(number).ok())
        .filter(|number| (low..=high).contains(number))
}

/// 1 or 0, in the spellings of the systems that export it.
pub fn flag(value: &[u8]) -> Option<bool> {
    let value = value.trim_ascii();
    let is = |words: &[&str]| words.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()));
    match integer(value) {
        Some(1) => Some(true),
        Some(0) => Some(false),
        Some(_) => None,
        None if is(&["true", "t", "yes", "y"]) => Some(true),
        None if is(&["false", "f", "no", "n"]) => Some(false),
        None => None,
    }
}

/// Days since the order before.
pub fn gap(value: &[u8]) -> Gap {
    let value = value.trim_ascii();
    if value.is_empty() || MISSING.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes())) {
        return Gap::Missing;
    }
    let days = integer(value)
        .map(|days| days as f64)
        .or_else(|| str::from_utf8(value).ok().and_then(|text| text.parse().ok()));
    match days {
        // No other zero than this one: -0.0 is a zero too.
        Some(days) if (0.0..=30.0).contains(&days) => Gap::Days(days + 0.0),
        _ => Gap::Invalid,
    }
}

/// A name: blanks around it taken off, runs of blanks and control characters inside it one blank. Empty = none.
pub fn name(value: &[u8]) -> Option<String> {
    let text = str::from_utf8(value).ok()?;
    let blank = |c: char| c.is_whitespace() || c.is_control();
    let mut name = String::with_capacity(text.len());
    for word in text.split(blank).filter(|word| !word.is_empty()) {
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(word);
    }
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_have_one_meaning() {
        for (text, expected) in
            [("7", 7), (" 007\t", 7), ("3.0", 3), ("3.000", 3), ("-2", -2), ("+5", 5), ("0", 0)]
        {
            assert_eq!(integer(text.as_bytes()), Some(expected), "{text}");
        }
        for text in ["", "-", "7.5", "7.", ".0", "1,001", "1.2E+05", "x", "0x10", "99999999999999999999"] {
            assert_eq!(integer(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn ids_stay_within_32_bits() {
        assert_eq!(id(b"4294967295"), Some(u32::MAX));
        for text in ["0", "-1", "4294967296"] {
            assert_eq!(id(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn gaps_may_be_missing_in_many_words() {
        for text in ["", "  ", "NULL", "none", "NaN", "n/a", "NA", "\\N"] {
            assert_eq!(gap(text.as_bytes()), Gap::Missing, "{text}");
        }
        for (text, days) in [("0", 0.0), ("30.0", 30.0), ("7.5", 7.5), ("-0", 0.0)] {
            assert_eq!(gap(text.as_bytes()), Gap::Days(days), "{text}");
        }
        for text in ["31", "-1", "inf", "-Infinity", "soon", "30.5"] {
            assert_eq!(gap(text.as_bytes()), Gap::Invalid, "{text}");
        }
    }

    #[test]
    fn flags_come_in_many_spellings() {
        for text in ["1", "1.0", "true", "T", "Yes", "y"] {
            assert_eq!(flag(text.as_bytes()), Some(true), "{text}");
        }
        for text in ["0", "0.0", "FALSE", "f", "no", "N"] {
            assert_eq!(flag(text.as_bytes()), Some(false), "{text}");
        }
        for text in ["", "2", "-1", "maybe"] {
            assert_eq!(flag(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_name_has_single_blanks() {
        let check =
            |text: &str, expected: Option<&str>| assert_eq!(name(text.as_bytes()).as_deref(), expected);
        check("  Whole\t\nMilk \u{1} 2% ", Some("Whole Milk 2%"));
        check("\u{a0} ", None);
        check("Café", Some("Café"));
    }
}
