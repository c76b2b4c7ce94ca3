//! The checker: no figure and no product leaves in a text unless a cell of the turn, or the question, gave it.
//!
//! Last step before a text is shown, whoever wrote it:  draft ─> check ─> stream.
//! Input: text, its bindings, the evidence, the question. Output: nothing, or every [`Violation`] with what would be
//! right, which is also what a model gets to read for its second try. Pure. The rules:
//!
//! 1. bindings are ordered, lie inside the text and do not overlap;
//! 2. each points at a cell of the evidence, holds its value, and the text reads `format_value(value, format)`, or quotes
//!    a whole figure or name of the question;
//! 3. nothing around a bound figure changes it: no sign, digit, unit of scale or per cent sign beside it;
//! 4. every numeric character lies inside a binding, or inside a question that the text offers to ask next;
//! 5. so does every word that states a number ("twelve", "twice"), unless the question used it;
//! 6. so does every product of the evidence that the text mentions, see [`is_product_column`].

use std::{collections::BTreeSet, fmt, ops::Range};

use domain::{
    answer::{Binding, BindingKind, Evidence, Format},
    table::{Column, ColumnType},
};
use prompts::plain;

use crate::{
    bound_text::question_value,
    figures::{allows, at_sentence_start, format_value, raise_first},
};

pub(crate) mod scan;

/// A text with everything that may give its figures.
#[derive(Debug, Clone, Copy)]
pub struct Checked<'a> {
    /// The text.
    pub text: &'a str,
    /// What it says of its figures and names.
    pub bindings: &'a [Binding],
    /// The calls of the turn.
    pub evidence: &'a [Evidence],
    /// What was asked.
    pub question: &'a str,
    /// Questions that the text offers to ask next, word for word; figures inside them claim nothing.
    pub offered: &'a [&'a str],
}

/// A text that may not be shown.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct Ungrounded(
    /// What is wrong, in the order of the rules.
    pub Vec<Violation>,
);

/// One thing that is wrong with a text.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Violation {
    /// The offsets are empty, beyond the text, or not in order.
    #[error("the binding {start}..{end} must lie inside the text, behind the binding before it")]
    Offsets {
        /// First character.
        start: usize,
        /// One past the last.
        end: usize,
    },
    /// The cell does not exist.
    #[error("there is no {cell}: use the evidence, rows and columns of the results")]
    NoSuchCell {
        /// Evidence, row and column.
        cell: Cell,
    },
    /// The binding says another value than the cell.
    #[error("{cell} holds {actual}, not {claimed}")]
    WrongValue {
        /// Evidence, row and column.
        cell: Cell,
        /// The cell's value.
        actual: serde_json::Value,
        /// The binding's value.
        claimed: serde_json::Value,
    },
    /// The format does not fit the column or the value.
    #[error("{cell} cannot be written as {format:?}: use a format that fits its type")]
    WrongFormat {
        /// Evidence, row and column.
        cell: Cell,
        /// The binding's format.
        format: Format,
    },
    /// The text reads otherwise than the value is written.
    #[error("the text says {written:?} where {cell} is written {expected:?}")]
    WrongText {
        /// Evidence, row and column.
        cell: Cell,
        /// What the text says.
        written: String,
        /// What it would have to say.
        expected: String,
    },
    /// What is quoted does not stand in the question.
    #[error("{written:?} does not stand in the question")]
    NotInQuestion {
        /// What the text says.
        written: String,
    },
    /// Something beside a bound figure changes what it says.
    #[error("{context:?} changes the figure {written:?}: write it with words around it")]
    Altered {
        /// What the text says.
        written: String,
        /// The figure with what stands beside it.
        context: String,
    },
    /// A figure that no cell and no question gave.
    #[error("the figure {written:?} is bound to no result: refer to the cell that holds it, or leave it out")]
    UnboundFigure {
        /// What the text says.
        written: String,
    },
    /// A number in words that no cell and no question gave.
    #[error("the number word {written:?} is bound to no result: refer to a cell, or leave it out")]
    UnboundWord {
        /// What the text says.
        written: String,
    },
    /// A product of the results without a binding.
    #[error("the product {name:?} is bound to no result: refer to the cell that holds its name")]
    UnboundName {
        /// The product's name.
        name: String,
    },
}

/// The address of a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The evidence, by id.
    pub evidence: String,
    /// The row of its result.
    pub row: usize,
    /// The column's name.
    pub column: String,
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.evidence, self.row, self.column)
    }
}

/// Checks a text by all rules.
pub fn check(checked: &Checked<'_>) -> Result<(), Ungrounded> {
    let chars: Vec<char> = checked.text.chars().collect();
    let mut violations = Vec::new();
    let mut covered: Vec<Range<usize>> = Vec::new();
    let mut end_of_last = 0;
    for binding in checked.bindings {
        let range = binding.start..binding.end;
        if range.start < end_of_last || range.is_empty() || range.end > chars.len() {
            violations.push(Violation::Offsets { start: range.start, end: range.end });
            continue;
        }
        end_of_last = range.end;
        violations.extend(check_binding(checked, &chars, binding));
        violations.extend(check_surroundings(&chars, binding));
        covered.push(range);
    }
    for offered in checked.offered {
        covered.extend(occurrences(&chars, offered));
    }
    violations.extend(unbound(checked, &chars, &covered));
    if violations.is_empty() { Ok(()) } else { Err(Ungrounded(violations)) }
}

/// Whether a column holds products' names: a string column named `product_name`, `product`, or with `product` as one of
/// its words. Names of aisles, departments and segments are everyday words ("frozen", "other") and are not searched for.
pub fn is_product_column(column: &Column) -> bool {
    column.kind == ColumnType::String && column.name.split('_').any(|word| word == "product")
}

/// Bindings for the figures of a text that stand, as they are, in the question and are not bound yet. For questions back
/// and refusals, whose figures can only be the asker's own.
pub fn quote_question(text: &str, bindings: &[Binding], question: &str) -> Vec<Binding> {
    let chars: Vec<char> = text.chars().collect();
    let asked: Vec<char> = question.chars().collect();
    let asked: BTreeSet<String> =
        scan::figures(&asked).iter().map(|range| scan::slice(&asked, range)).collect();
    scan::figures(&chars)
        .into_iter()
        .filter(|range| {
            bindings.iter().all(|binding| binding.end <= range.start || range.end <= binding.start)
        })
        .filter(|range| asked.contains(&scan::slice(&chars, range)))
        .map(|range| quoted_figure(&scan::slice(&chars, &range), &range))
        .collect()
}

/// A binding of a figure that stands in the question.
pub(crate) fn quoted_figure(written: &str, range: &Range<usize>) -> Binding {
    let value = question_value(written);
    Binding {
        start: range.start,
        end: range.end,
        kind: BindingKind::Question,
        evidence: String::new(),
        row: 0,
        column: String::new(),
        format: if value.is_f64() { Format::Decimal } else { Format::Integer },
        value,
    }
}

fn check_binding(checked: &Checked<'_>, chars: &[char], binding: &Binding) -> Option<Violation> {
    let written = scan::slice(chars, &(binding.start..binding.end));
    if binding.kind == BindingKind::Question {
        return check_quote(checked.question, binding, written);
    }
    let cell = Cell { evidence: binding.evidence.clone(), row: binding.row, column: binding.column.clone() };
    let Some((column, actual)) = find(checked.evidence, binding) else {
        return Some(Violation::NoSuchCell { cell });
    };
    if *actual != binding.value {
        return Some(Violation::WrongValue { cell, actual: actual.clone(), claimed: binding.value.clone() });
    }
    let expected = format_value(actual, binding.format).filter(|_| allows(column.kind, binding.format));
    let Some(expected) = expected else {
        return Some(Violation::WrongFormat { cell, format: binding.format });
    };
    let raised = binding.format == Format::Name
        && at_sentence_start(&scan::slice(chars, &(0..binding.start)))
        && written == raise_first(&expected);
    (written != expected && !raised).then_some(Violation::WrongText { cell, written, expected })
}

fn find<'a>(evidence: &'a [Evidence], binding: &Binding) -> Option<(&'a Column, &'a serde_json::Value)> {
    let evidence = evidence.iter().find(|evidence| evidence.id == binding.evidence)?;
    let at = evidence.columns.iter().position(|column| column.name == binding.column)?;
    Some((evidence.columns.get(at)?, evidence.result.get(binding.row)?.get(at)?))
}

/// A figure has to be a whole figure of the question, a name has to stand in it as whole words.
fn check_quote(question: &str, binding: &Binding, written: String) -> Option<Violation> {
    let asked: Vec<char> = question.chars().collect();
    let stands = if binding.value.is_number() {
        scan::figures(&asked).iter().any(|range| scan::slice(&asked, range) == written)
            && question_value(&written) == binding.value
    } else {
        let (name, question) = (written.to_lowercase(), question.to_lowercase());
        !scan::mentions(&question.chars().collect::<Vec<_>>(), &name).is_empty()
    };
    (!stands).then_some(Violation::NotInQuestion { written })
}

/// Rule 3. Names may be followed by anything ("Banana's").
fn check_surroundings(chars: &[char], binding: &Binding) -> Option<Violation> {
    if matches!(binding.format, Format::Name) {
        return None;
    }
    let before = binding.start.checked_sub(1).and_then(|at| chars.get(at).copied());
    let before_that = binding.start.checked_sub(2).and_then(|at| chars.get(at).copied());
    let signed = before.is_some_and(|c| matches!(c, '-' | '−' | '+' | '~' | '$' | '€' | '£'))
        && !before_that.is_some_and(char::is_alphanumeric);
    let joined_before = before.is_some_and(char::is_alphanumeric)
        || (before.is_some_and(|c| matches!(c, '.' | ',' | ':'))
            && before_that.is_some_and(char::is_numeric));
    let joined_after = scan::is_at(chars, binding.end, char::is_alphanumeric)
        || (scan::is_at(chars, binding.end, |c| matches!(c, '.' | ',' | ':'))
            && scan::is_at(chars, binding.end + 1, char::is_numeric));
    let tail: String = chars.iter().skip(binding.end).take(10).collect();
    let tail = tail.trim_start().to_lowercase();
    let word: String = tail.chars().take_while(|c| c.is_alphabetic()).collect();
    let per_cent = tail.starts_with(['%', '‰'])
        || matches!(word.as_str(), "percent" | "pct")
        || tail.starts_with("per cent");
    let rescaled = per_cent
        || matches!(
            word.as_str(),
            "hundred" | "thousand" | "million" | "billion" | "dozen" | "k" | "m" | "bn"
        )
        || (binding.format == Format::Hour && matches!(word.as_str(), "am" | "pm"));
    (signed || joined_before || joined_after || rescaled).then(|| Violation::Altered {
        written: scan::slice(chars, &(binding.start..binding.end)),
        context: chars
            .iter()
            .skip(binding.start.saturating_sub(2))
            .take(binding.end - binding.start.saturating_sub(2) + 9)
            .collect(),
    })
}

/// Rules 4 to 6.
fn unbound(checked: &Checked<'_>, chars: &[char], covered: &[Range<usize>]) -> Vec<Violation> {
    let inside = |range: &Range<usize>| {
        covered.iter().any(|cover| cover.start <= range.start && range.end <= cover.end)
    };
    let mut violations = Vec::new();
    for range in scan::figures(chars) {
        let free = range.clone().any(|at| scan::is_at(chars, at, char::is_numeric) && !inside(&(at..at + 1)));
        if free {
            violations.push(Violation::UnboundFigure { written: scan::slice(chars, &range) });
        }
    }
    let asked: Vec<char> = checked.question.chars().collect();
    let asked: BTreeSet<String> = scan::words(&asked).into_iter().map(|(_, word)| word).collect();
    for (range, word) in scan::words(chars) {
        if scan::is_number_word(&word) && !asked.contains(&word) && !inside(&range) {
            violations.push(Violation::UnboundWord { written: scan::slice(chars, &range) });
        }
    }
    let mut texts = BTreeSet::new();
    checked.evidence.iter().for_each(|evidence| texts_of(&evidence.arguments, &mut texts));
    let arguments: Vec<Range<usize>> = texts.iter().flat_map(|text| occurrences(chars, text)).collect();
    for name in product_names(checked.evidence) {
        // Two bound names beside each other may read as a third ("… Ice Cream, Chocolate …"): only words count that no
        // binding covers.
        let free = |range: &Range<usize>| {
            range.clone().any(|at| scan::is_at(chars, at, char::is_alphanumeric) && !inside(&(at..at + 1)))
        };
        // "Water seltzer sparkling water" is the place that was asked for, and holds the name of a product.
        let in_argument = |range: &Range<usize>| {
            arguments.iter().any(|whole| {
                whole.start <= range.start && range.end <= whole.end && whole.len() > range.len()
            })
        };
        if scan::mentions(chars, &name).iter().any(|range| free(range) && !in_argument(range)) {
            violations.push(Violation::UnboundName { name });
        }
    }
    violations
}

/// The texts of several words that arguments hold: names of places among them.
fn texts_of(arguments: &serde_json::Value, texts: &mut BTreeSet<String>) {
    match arguments {
        serde_json::Value::String(text) if text.contains(' ') => {
            texts.insert(text.clone());
        }
        serde_json::Value::Array(values) => values.iter().for_each(|value| texts_of(value, texts)),
        serde_json::Value::Object(fields) => fields.values().for_each(|value| texts_of(value, texts)),
        _ => {}
    }
}

fn product_names(evidence: &[Evidence]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for evidence in evidence {
        let products = evidence.columns.iter().enumerate().filter(|(_, column)| is_product_column(column));
        for (at, _) in products {
            let cells = evidence.result.iter().filter_map(|row| row.get(at)?.as_str());
            names.extend(cells.map(plain::one_line).filter(|name| !name.is_empty()));
        }
    }
    names
}

/// Every place where a text stands word for word.
fn occurrences(chars: &[char], wanted: &str) -> Vec<Range<usize>> {
    let wanted: Vec<char> = wanted.chars().collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    chars
        .windows(wanted.len())
        .enumerate()
        .filter(|(_, window)| *window == wanted)
        .map(|(start, _)| start..start + wanted.len())
        .collect()
}

#[cfg(test)]
mod tests;
