//! Figures and names as they stand in a question.

use domain::answer::Format;

use crate::{builtin::number_word, grounding::scan};

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
        let words = scan::words(&chars);
        // "A couple" and the like read badly behind "at least".
        let is_number = |word: &str| word == "one" || scan::is_number_word(word);
        let said = |word: &str| match word {
            "half" => Some(0.5),
            word => number_word(word).filter(|_| is_number(word)),
        };
        let (range, _) = words.iter().find(|(_, word)| said(word).is_some_and(|known| same(known, value)))?;
        Some(scan::slice(&chars, range))
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
