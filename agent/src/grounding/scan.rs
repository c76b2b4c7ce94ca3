//! Finding figures, number words and names in a text. Positions count Unicode scalars.
//!
//! Used by the checker, to see what has to be bound, and by the LLM planner, to bind what a model typed. Pure.

use std::ops::Range;

/// Words that state a number. "one" and "zero" are not among them: "one of the aisles", "no one" are not figures.
/// Words for ratios are: "twice as many" is a derived figure that no cell gave.
const NUMBER_WORDS: [&str; 40] = [
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
    "twenty",
    "thirty",
    "forty",
    "fifty",
    "sixty",
    "seventy",
    "eighty",
    "ninety",
    "hundred",
    "hundreds",
    "thousand",
    "thousands",
    "million",
    "millions",
    "billion",
    "dozen",
    "dozens",
    "half",
    "twice",
    "thrice",
    "double",
    "triple",
];

/// Whether a word states a number; in lower case.
pub(crate) fn is_number_word(word: &str) -> bool {
    NUMBER_WORDS.contains(&word)
}

/// Every stretch of digits in any script, with separators between digits (`1,234`, `28.9`, `10:00`, `½`).
pub(crate) fn figures(chars: &[char]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = position(chars, at, |c| c.is_numeric()) {
        let mut end = start + 1;
        while let Some(&c) = chars.get(end) {
            let joins = matches!(c, '.' | ',' | ':') && is_at(chars, end + 1, char::is_numeric);
            if !c.is_numeric() && !joins {
                break;
            }
            end += 1;
        }
        found.push(start..end);
        at = end;
    }
    found
}

/// Every word (letters and inner apostrophes), in lower case.
pub(crate) fn words(chars: &[char]) -> Vec<(Range<usize>, String)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = position(chars, at, char::is_alphabetic) {
        let inside = |&end: &usize| {
            is_at(chars, end, char::is_alphabetic)
                || (is_at(chars, end, |c| matches!(c, '\'' | '’'))
                    && is_at(chars, end + 1, char::is_alphabetic))
        };
        let end = (start + 1..).find(|end| !inside(end)).unwrap_or(chars.len());
        found.push((start..end, slice(chars, &(start..end)).to_lowercase()));
        at = end;
    }
    found
}

/// Every place where a name stands as whole words.
///
/// Letter case matters for names of a single word, since "water" in a sentence need not be the product "Water"; it does
/// not for longer ones. At the begin of a name either case of its first letter counts.
pub(crate) fn mentions(chars: &[char], name: &str) -> Vec<Range<usize>> {
    let wanted: Vec<char> = name.chars().collect();
    let folds = name.split_whitespace().count() > 1;
    let Some(last_start) = chars.len().checked_sub(wanted.len()).filter(|_| !wanted.is_empty()) else {
        return Vec::new();
    };
    (0..=last_start)
        .filter(|&start| {
            let same = chars.iter().skip(start).zip(&wanted).enumerate().all(|(at, (a, b))| {
                a == b || ((folds || (at == 0 && b.is_lowercase())) && a.to_lowercase().eq(b.to_lowercase()))
            });
            same && !joins_word(chars, start, start.checked_sub(1))
                && !joins_word(chars, start + wanted.len() - 1, Some(start + wanted.len()))
        })
        .map(|start| start..start + wanted.len())
        .collect()
}

/// Whether the character at `edge` and its neighbour belong to the same word.
fn joins_word(chars: &[char], edge: usize, neighbour: Option<usize>) -> bool {
    neighbour.is_some_and(|neighbour| {
        is_at(chars, edge, char::is_alphanumeric) && is_at(chars, neighbour, char::is_alphanumeric)
    })
}

/// Whether there is a character at that place which fits.
pub(crate) fn is_at(chars: &[char], at: usize, fits: impl Fn(char) -> bool) -> bool {
    chars.get(at).is_some_and(|&c| fits(c))
}

/// The text of a range; empty where it lies outside.
pub(crate) fn slice(chars: &[char], range: &Range<usize>) -> String {
    chars.get(range.clone()).map(|part| part.iter().collect()).unwrap_or_default()
}

fn position(chars: &[char], from: usize, fits: impl Fn(char) -> bool) -> Option<usize> {
    Some(from + chars.get(from..)?.iter().position(|&c| fits(c))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(text: &str) -> Vec<char> {
        text.chars().collect()
    }

    #[test]
    fn figures_are_found_in_any_form() {
        let text = chars("1,234 items, 28.9 % at 10:00; ½ of ٣ in v2. (7)");
        let found: Vec<String> = figures(&text).iter().map(|range| slice(&text, range)).collect();
        assert_eq!(found, ["1,234", "28.9", "10:00", "½", "٣", "2", "7"]);
    }

    #[test]
    fn words_are_runs_of_letters() {
        let text = chars("Don't buy 2x Milk-Shake");
        let found: Vec<String> = words(&text).into_iter().map(|(_, word)| word).collect();
        assert_eq!(found, ["don't", "buy", "x", "milk", "shake"]);
    }

    #[test]
    fn a_name_is_mentioned_as_whole_words_only() {
        let text = chars("organic avocado, Bananas and Banana; water");
        assert_eq!(mentions(&text, "Organic Avocado"), vec![Range { start: 0, end: 15 }]);
        assert_eq!(mentions(&text, "Banana"), vec![Range { start: 29, end: 35 }]);
        assert!(mentions(&text, "Water").is_empty(), "a single word keeps its case");
        assert!(mentions(&text, "").is_empty());
    }
}
