//! From what a model wrote to text with bindings.
//!
//! A model refers to cells: `[[e1.0.items]]`, `[[e1.0.share|percent]]`; each reference becomes the formatted value with its
//! binding. What it typed all the same is bound where there is no doubt: a figure that repeats the question together with
//! the word beside it ("top 5"), a figure that equals exactly one cell of the turn, a product's whole name. Everything
//! else stays unbound, and the checker refuses it. Input: the reply and the results; pure.

use std::{collections::HashMap, ops::Range};

use domain::answer::{Binding, Format};

use crate::{
    bound_text::{BoundText, BoundTextError, ResultTable},
    figures::{allows, default_format, format_value},
    grounding::{is_product_column, scan},
};

/// Why a reference cannot be resolved; the sentence goes back to the model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// It is not of the form.
    #[error(
        "[[{0}]] is no reference: write [[evidence.row.column]], for example [[e1.0.{example}]]",
        example = "name"
    )]
    Malformed(String),
    /// There is no such result.
    #[error("[[{reference}]]: there is no result {evidence:?}; there are: {known}")]
    NoSuchResult {
        /// The reference.
        reference: String,
        /// The id it names.
        evidence: String,
        /// The ids there are.
        known: String,
    },
    /// The result has no such cell.
    #[error("[[{reference}]]: the result has {rows} rows from 0 and the columns {columns}")]
    NoSuchCell {
        /// The reference.
        reference: String,
        /// How many rows there are.
        rows: usize,
        /// The columns there are.
        columns: String,
    },
    /// The format is unknown or does not fit.
    #[error("[[{0}]]: the cell is empty or cannot be written in that format")]
    Format(String),
}

/// Replaces references by values and binds what was typed without doubt.
pub fn resolve(
    reply: &str,
    results: &[ResultTable],
    question: &str,
) -> Result<(String, Vec<Binding>), ReferenceError> {
    let mut bound = BoundText::new();
    let binder = Binder::new(results, question);
    let text = without_markup(reply);
    let mut rest = text.as_str();
    while let Some((words, tail)) = rest.split_once("[[") {
        let (reference, after) =
            tail.split_once("]]").ok_or_else(|| ReferenceError::Malformed(first_words(tail)))?;
        binder.push_words(&mut bound, words);
        push_reference(&mut bound, reference, results)?;
        rest = after;
    }
    binder.push_words(&mut bound, rest);
    Ok(bound.finish())
}

fn push_reference(
    bound: &mut BoundText,
    reference: &str,
    results: &[ResultTable],
) -> Result<(), ReferenceError> {
    let (address, format) = match reference.split_once('|') {
        Some((address, format)) => (address, Some(format.trim())),
        None => (reference, None),
    };
    let mut parts = address.trim().splitn(3, '.');
    let (Some(evidence), Some(row), Some(column)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(ReferenceError::Malformed(first_words(reference)));
    };
    let row: usize = row.parse().map_err(|_| ReferenceError::Malformed(first_words(reference)))?;
    let table = results.iter().find(|table| table.evidence() == evidence).ok_or_else(|| {
        let known: Vec<&str> = results.iter().map(ResultTable::evidence).collect();
        ReferenceError::NoSuchResult {
            reference: first_words(reference),
            evidence: evidence.to_owned(),
            known: known.join(", "),
        }
    })?;
    let kind = table.table().columns.iter().find(|known| known.name == column).map(|known| known.kind);
    let format = match format.map(parse_format) {
        None => None,
        Some(Some(format)) if kind.is_none_or(|kind| allows(kind, format)) => Some(format),
        Some(_) => return Err(ReferenceError::Format(first_words(reference))),
    };
    let pushed = match format {
        Some(format) => bound.push_cell_as(table, row, column, format),
        None => bound.push_cell(table, row, column),
    };
    pushed.map(|_| ()).map_err(|error| match error {
        BoundTextError::NoSuchCell { .. } => {
            let columns: Vec<&str> =
                table.table().columns.iter().map(|column| column.name.as_str()).collect();
            ReferenceError::NoSuchCell {
                reference: first_words(reference),
                rows: table.table().rows.len(),
                columns: columns.join(", "),
            }
        }
        _ => ReferenceError::Format(first_words(reference)),
    })
}

fn parse_format(name: &str) -> Option<Format> {
    serde_json::from_value(name.into()).ok()
}

/// Enough of a reference to recognise it.
fn first_words(text: &str) -> String {
    text.chars().take(60).collect()
}

/// Answers are plain text: emphasis and code marks are dropped, numbers of list items become dashes.
fn without_markup(reply: &str) -> String {
    let lines = reply.lines().map(|line| {
        let line = line.trim().trim_start_matches('#').trim_start().replace("**", "").replace('`', "");
        let digits = line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let item = line.get(digits..).and_then(|tail| tail.strip_prefix(". ").or(tail.strip_prefix(") ")));
        match item {
            Some(item) if digits > 0 => format!("- {item}"),
            _ => line,
        }
    });
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Row and column of one of the results.
type Address<'a> = (&'a ResultTable, usize, &'a str);

/// Binds what was typed.
struct Binder<'a> {
    /// Figures as they are written, without separators of thousands; `None` where several cells read the same.
    figures: HashMap<String, Option<Address<'a>>>,
    /// Products' names, longest first.
    names: Vec<(String, Address<'a>)>,
    /// The question, and its figures.
    asked: Vec<char>,
    asked_figures: Vec<Range<usize>>,
}

/// What to put in the place of typed words.
enum Typed<'a> {
    Cell(Address<'a>),
    Question,
}

impl<'a> Binder<'a> {
    fn new(results: &'a [ResultTable], question: &str) -> Self {
        let asked: Vec<char> = question.chars().collect();
        let asked_figures = scan::figures(&asked);
        let mut binder = Self { figures: HashMap::new(), names: Vec::new(), asked, asked_figures };
        for table in results {
            for column in &table.table().columns {
                let Some(format) = default_format(column) else { continue };
                for row in 0..table.table().rows.len() {
                    let Some(cell) = table.table().cell(row, &column.name) else { continue };
                    let Some(written) = format_value(cell, format) else { continue };
                    let address = (table, row, column.name.as_str());
                    if format != Format::Name {
                        let same = binder.figures.entry(written.replace(',', ""));
                        same.and_modify(|known| *known = None).or_insert(Some(address));
                    } else if is_product_column(column)
                        && binder.names.iter().all(|(name, _)| *name != written)
                    {
                        binder.names.push((written, address));
                    }
                }
            }
        }
        binder.names.sort_by_key(|(name, _)| std::cmp::Reverse(name.chars().count()));
        binder
    }

    /// Adds words, with what they name bound.
    fn push_words(&self, bound: &mut BoundText, words: &str) {
        let chars: Vec<char> = words.chars().collect();
        let mut found = self.typed_names(&chars);
        found.extend(self.typed_figures(&chars, &found));
        found.sort_by_key(|(range, _)| range.start);
        let mut at = 0;
        for (range, typed) in found {
            bound.push_text(&scan::slice(&chars, &(at..range.start)));
            match typed {
                Typed::Question => {
                    bound.push_question(&scan::slice(&chars, &range));
                }
                Typed::Cell((table, row, column)) => {
                    // The cell was written a moment ago; should it fail, the words stay as they are, unbound.
                    if bound.push_cell(table, row, column).is_err() {
                        bound.push_text(&scan::slice(&chars, &range));
                    }
                }
            }
            at = range.end;
        }
        bound.push_text(&scan::slice(&chars, &(at..chars.len())));
    }

    fn typed_names(&self, chars: &[char]) -> Vec<(Range<usize>, Typed<'a>)> {
        let mut found: Vec<(Range<usize>, Typed<'a>)> = Vec::new();
        for (name, address) in &self.names {
            for range in scan::mentions(chars, name) {
                if found.iter().all(|(other, _)| other.end <= range.start || range.end <= other.start) {
                    found.push((range, Typed::Cell(*address)));
                }
            }
        }
        found
    }

    fn typed_figures(
        &self,
        chars: &[char],
        names: &[(Range<usize>, Typed<'a>)],
    ) -> Vec<(Range<usize>, Typed<'a>)> {
        scan::figures(chars)
            .into_iter()
            .filter(|range| names.iter().all(|(name, _)| name.end <= range.start || range.end <= name.start))
            .filter_map(|range| {
                if self.repeats_question(chars, &range) {
                    return Some((range, Typed::Question));
                }
                let digits = scan::slice(chars, &range).replace(',', "");
                let (unit, length) = unit_behind(chars, range.end);
                let address = (*self.figures.get(&format!("{digits}{unit}"))?)?;
                Some((range.start..range.end + length, Typed::Cell(address)))
            })
            .collect()
    }

    /// Whether the figure stands in the question beside the same word, before or behind it.
    fn repeats_question(&self, chars: &[char], range: &Range<usize>) -> bool {
        let written = scan::slice(chars, range);
        let neighbours = neighbours(chars, range);
        self.asked_figures.iter().any(|asked| {
            let theirs = self::neighbours(&self.asked, asked);
            scan::slice(&self.asked, asked) == written
                && ((neighbours.0.is_some() && neighbours.0 == theirs.0)
                    || (neighbours.1.is_some() && neighbours.1 == theirs.1))
        })
    }
}

/// The words next to a figure, in lower case.
fn neighbours(chars: &[char], range: &Range<usize>) -> (Option<String>, Option<String>) {
    let words = scan::words(chars);
    let gap = |from: usize, to: usize| chars.get(from..to).is_some_and(|gap| gap.iter().all(|c| *c == ' '));
    let before = words.iter().rfind(|(word, _)| word.end <= range.start && gap(word.end, range.start));
    let behind = words.iter().find(|(word, _)| word.start >= range.end && gap(range.end, word.start));
    (before.map(|(_, word)| word.clone()), behind.map(|(_, word)| word.clone()))
}

/// The unit behind a figure as formats write it, and how many characters it takes in the text.
fn unit_behind(chars: &[char], end: usize) -> (&'static str, usize) {
    let tail: String = chars.iter().skip(end).take(6).collect();
    for (typed, written) in [(" %", " %"), ("%", " %"), (" days", " days"), (" day", " day")] {
        let length = typed.chars().count();
        let ends = !scan::is_at(chars, end + length, char::is_alphabetic);
        if tail.starts_with(typed) && ends {
            return (written, length);
        }
    }
    ("", 0)
}

#[cfg(test)]
mod tests;
