//! Figures and names as they stand in a question.

use domain::answer::Format;

use crate::grounding::scan;

/// Words for the numbers that people write out.
const WORDS: [(&str, f64); 28] = [
    ("one", 1.0),
    ("two", 2.0),
    ("three", 3.0),
    ("four", 4.0),
    ("five", 5.0),
    ("six", 6.0),
    ("seven", 7.0),
    ("eight", 8.0),
    ("nine", 9.0),
    ("ten", 10.0),
    ("eleven", 11.0),
    ("twelve", 12.0),
    ("thirteen", 13.0),
    ("fourteen", 14.0),
    ("fifteen", 15.0),
    ("sixteen", 16.0),
    ("seventeen", 17.0),
    ("eighteen", 18.0),
    ("nineteen", 19.0),
    ("twenty", 20.0),
    ("thirty", 30.0),
    ("forty", 40.0),
    ("fifty", 50.0),
    ("sixty", 60.0),
    ("seventy", 70.0),
    ("eighty", 80.0),
    ("ninety", 90.0),
    ("half", 0.5),
];

/// A question to quote from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Quotes<'a> {
    question: &'a str,
}

impl<'a> Quotes<'a> {
    pub(super) fn of(question: &'a str) -> Self {
        Self { question }
    }

    /// The figure as the question writes it: "1,000" for 1000, "65 %" for 0.65 of a rate, "twenty".
    pub(super) fn number(&self, value: f64, format: Format) -> Option<String> {
        let chars: Vec<char> = self.question.chars().collect();
        let rate = format == Format::Percent;
        for range in scan::figures(&chars) {
            let written = scan::slice(&chars, &range);
            let Some(figure) = written.replace(',', "").parse::<f64>().ok() else { continue };
            if rate {
                let tail: String = chars.iter().skip(range.end).take(9).collect();
                if let Some(sign) = per_cent(&tail).filter(|_| same(figure / 100.0, value)) {
                    return Some(written + sign);
                }
            }
            if same(figure, value) {
                return Some(written);
            }
        }
        let lower = self.question.to_lowercase();
        let (word, _) = WORDS.iter().find(|(word, number)| {
            same(*number, value) && !scan::mentions(&lower.chars().collect::<Vec<_>>(), word).is_empty()
        })?;
        Some((*word).to_owned())
    }

    /// A name as whole words of the question, without regard to case.
    pub(super) fn words(&self, name: &str) -> Option<String> {
        let chars: Vec<char> = self.question.chars().collect();
        let lower: Vec<char> = self.question.to_lowercase().chars().collect();
        // Lowercasing may change how many characters there are; then places do not fit.
        if lower.len() != chars.len() {
            return None;
        }
        let range = scan::mentions(&lower, &name.to_lowercase()).into_iter().next()?;
        Some(scan::slice(&chars, &range))
    }
}

/// The sign of a rate behind a figure, as it is written there.
fn per_cent(tail: &str) -> Option<&str> {
    let lower = tail.to_lowercase();
    let sign =
        ["%", " %", " percent", " per cent", " pct"].into_iter().find(|sign| lower.starts_with(sign))?;
    tail.get(..sign.len())
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b.abs().max(1.0)
}
