//! Text whose figures and names carry the cell that they came from.
//!
//! Composers write through it, in code or by template, and get plain text with [`Binding`]s whose offsets count Unicode
//! scalars. In a template a cell renders to a marker that holds its binding; [`BoundText::render`] resolves the markers
//! afterwards, so that loops, conditions and macros all work. Pure; needs no network and no disk.
//!
//! ```jinja
//! {% set row = e1.first %}
//! {{ row.department }} sells most: {{ row.items }} items, {{ row.share_of_items|percent }} of all.
//! ```
//!
//! What a template can use beside minijinja's own words:
//! - each result by the id of its evidence: `e1.rows`, `e1.first` (none when empty), `e1.len` (for conditions only);
//!   the first also as `result`, whatever its id;
//! - `row.<column>`: a cell, written in the column's format; none when null (test it: printing none is an error);
//! - filters that override the format: `integer`, `percent`, `decimal`, `hour`, `days`, `name`, `id`;
//! - `cell.value`: the bare value, for conditions (`{% if row.items.value > 1 %}`): printed, it would be refused;
//! - `text|sentence`: the text with its first letter raised;
//! - `cells|and_list`: "A, B and C"; `plural(cell, "order", "orders")`: the word that fits the number;
//! - `question_number("5")`, `question_name("oat milk")`: words quoted from the question.

use std::{collections::BTreeMap, sync::Arc};

use domain::{
    answer::{Binding, BindingKind, Format, MAX_EVIDENCE_ROWS},
    table::Table,
};
use minijinja::value::Value;
use prompts::{
    PromptError,
    plain::{MARK_END, MARK_START},
};
use serde::{Deserialize, Serialize};

use self::template::{Row, answer_environment, with_results};
use crate::{
    figures::{at_sentence_start, default_format, format_value, raise_first},
    plan::CallResult,
};

mod template;

/// Why a text could not be written. Always a mistake in a composer or a template.
#[derive(Debug, thiserror::Error)]
pub enum BoundTextError {
    /// The cell is not there, or not among the rows that travel as evidence.
    #[error("no cell {cell}: use a row and a column of the result")]
    NoSuchCell {
        /// Evidence, row and column.
        cell: String,
    },
    /// The value does not fit the format, for example null or a name as a percentage.
    #[error("{value} in {cell} cannot be written as {format:?}")]
    CannotWrite {
        /// Evidence, row and column.
        cell: String,
        /// The format that was asked for.
        format: Format,
        /// The cell's value, as JSON.
        value: String,
    },
    /// The template changed a cell's text, for example by `upper` or by slicing.
    #[error("a template may place a cell but not change its text: {0}")]
    BrokenMark(String),
    /// The template does not render.
    #[error(transparent)]
    Template(#[from] PromptError),
}

/// A tool's result as composers cite it: rows under the id of the evidence, with a format a column.
///
/// Holds at most [`MAX_EVIDENCE_ROWS`] rows, the ones that travel with the answer. Cheap to clone.
#[derive(Debug, Clone)]
pub struct ResultTable(Arc<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    evidence: String,
    table: Table,
    formats: BTreeMap<String, Format>,
}

impl ResultTable {
    /// The rows of a table under that id of evidence, each column in its default format.
    pub fn new(evidence: impl Into<String>, table: &Table) -> Self {
        let formats = table
            .columns
            .iter()
            .filter_map(|column| Some((column.name.clone(), default_format(column)?)))
            .collect();
        let table = Table {
            columns: table.columns.clone(),
            rows: table.rows.iter().take(MAX_EVIDENCE_ROWS).cloned().collect(),
        };
        Self(Arc::new(Inner { evidence: evidence.into(), table, formats }))
    }

    /// The result of a call; `None` when the call failed.
    pub fn of(result: &CallResult) -> Option<Self> {
        let output = result.outcome.as_ref().ok()?;
        Some(Self::new(result.call.id.clone(), &output.table))
    }

    /// The same with that format for that column, where the column's name does not tell it.
    #[must_use]
    pub fn with_format(self, column: &str, format: Format) -> Self {
        let mut inner = Arc::unwrap_or_clone(self.0);
        inner.formats.insert(column.to_owned(), format);
        Self(Arc::new(inner))
    }

    /// The id of the evidence.
    pub fn evidence(&self) -> &str {
        &self.0.evidence
    }

    /// The rows that can be cited.
    pub fn table(&self) -> &Table {
        &self.0.table
    }

    /// A row for a template's context; `None` past the end.
    pub fn row(&self, row: usize) -> Option<Value> {
        (row < self.0.table.rows.len()).then(|| Value::from_object(Row { table: self.clone(), row }))
    }

    /// All rows for a template's context.
    pub fn rows(&self) -> Value {
        (0..self.0.table.rows.len()).filter_map(|row| self.row(row)).collect()
    }

    /// A cell in the column's format; `None` when it is not there.
    fn cell(&self, row: usize, column: &str) -> Option<Cell> {
        let value = self.0.table.cell(row, column)?.clone();
        let format = self.0.formats.get(column).copied().unwrap_or(Format::Name);
        Some(Cell {
            binding: Binding {
                start: 0,
                end: 0,
                kind: BindingKind::Evidence,
                evidence: self.0.evidence.clone(),
                row,
                column: column.to_owned(),
                format,
                value,
            },
            quoted: None,
        })
    }
}

/// Plain text with bindings, under construction.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BoundText {
    text: String,
    /// Unicode scalars of `text`.
    length: usize,
    bindings: Vec<Binding>,
}

impl BoundText {
    /// An empty text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds words. Figures in them are bound to nothing, hence refused by the checker.
    pub fn push_text(&mut self, words: &str) -> &mut Self {
        self.text.push_str(words);
        self.length += words.chars().count();
        self
    }

    /// Adds a cell in the column's format.
    pub fn push_cell(
        &mut self,
        result: &ResultTable,
        row: usize,
        column: &str,
    ) -> Result<&mut Self, BoundTextError> {
        self.push_found(result, row, column, None)
    }

    /// Adds a cell in another format.
    pub fn push_cell_as(
        &mut self,
        result: &ResultTable,
        row: usize,
        column: &str,
        format: Format,
    ) -> Result<&mut Self, BoundTextError> {
        self.push_found(result, row, column, Some(format))
    }

    /// Adds a figure or a name exactly as it stands in the question.
    pub fn push_question(&mut self, words: &str) -> &mut Self {
        let cell = Cell::quote(words);
        let words = words.trim();
        self.push_bound(cell.binding, words);
        self
    }

    /// The text and its bindings, ordered by `start`.
    pub fn finish(self) -> (String, Vec<Binding>) {
        (self.text, self.bindings)
    }

    /// Renders a template of the `prompts` crate by name (`answers/top.j2`). Each of `results` is in the context by the
    /// id of its evidence, beside what `context` holds.
    pub fn render(
        template: &str,
        context: Value,
        results: &[ResultTable],
    ) -> Result<(String, Vec<Binding>), BoundTextError> {
        let environment = answer_environment()?;
        let found = environment
            .get_template(template)
            .map_err(|_| PromptError::UnknownTemplate { name: template.to_owned() })?;
        let marked = found
            .render(with_results(context, results))
            .map_err(|error| PromptError::render(template, &error))?;
        Ok(Self::resolve(&marked)?.finish())
    }

    /// Renders a template given as text; for short phrases that code puts together.
    pub fn render_source(
        source: &str,
        context: Value,
        results: &[ResultTable],
    ) -> Result<(String, Vec<Binding>), BoundTextError> {
        let marked = answer_environment()?
            .render_str(source, with_results(context, results))
            .map_err(|error| PromptError::render("(inline)", &error))?;
        Ok(Self::resolve(&marked)?.finish())
    }

    fn push_found(
        &mut self,
        result: &ResultTable,
        row: usize,
        column: &str,
        format: Option<Format>,
    ) -> Result<&mut Self, BoundTextError> {
        let mut cell = result.cell(row, column).ok_or_else(|| BoundTextError::NoSuchCell {
            cell: format!("{}[{row}].{column}", result.evidence()),
        })?;
        if let Some(format) = format {
            cell.binding.format = format;
        }
        self.push_marked(cell)?;
        Ok(self)
    }

    fn push_marked(&mut self, cell: Cell) -> Result<(), BoundTextError> {
        let Cell { binding, quoted } = cell;
        let written = match quoted {
            Some(words) => words,
            None => {
                format_value(&binding.value, binding.format).ok_or_else(|| BoundTextError::CannotWrite {
                    cell: format!("{}[{}].{}", binding.evidence, binding.row, binding.column),
                    format: binding.format,
                    value: binding.value.to_string(),
                })?
            }
        };
        self.push_bound(binding, &written);
        Ok(())
    }

    fn push_bound(&mut self, binding: Binding, written: &str) {
        let raise = binding.format == Format::Name
            && binding.kind == BindingKind::Evidence
            && at_sentence_start(&self.text);
        let start = self.length;
        if raise {
            self.push_text(&raise_first(written))
        } else {
            self.push_text(written)
        };
        self.bindings.push(Binding { start, end: self.length, ..binding });
    }

    /// Replaces the markers of a rendered template by their values.
    fn resolve(marked: &str) -> Result<Self, BoundTextError> {
        let mut bound = Self::new();
        let mut rest = marked.trim();
        while let Some((words, tail)) = rest.split_once(MARK_START) {
            let (mark, after) =
                tail.split_once(MARK_END).ok_or_else(|| BoundTextError::BrokenMark(tail.to_owned()))?;
            let cell = serde_json::from_str(mark).map_err(|_| BoundTextError::BrokenMark(mark.to_owned()))?;
            bound.push_text(words).push_marked(cell)?;
            rest = after;
        }
        bound.push_text(rest);
        Ok(bound)
    }
}

/// A value on its way through a template: a binding without offsets, and the words where it is quoted.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Cell {
    binding: Binding,
    quoted: Option<String>,
}

impl Cell {
    fn quote(words: &str) -> Self {
        let words = words.trim();
        let value = question_value(words);
        let format = match &value {
            serde_json::Value::String(_) => Format::Name,
            number if number.is_f64() => Format::Decimal,
            _ => Format::Integer,
        };
        Self {
            binding: Binding {
                start: 0,
                end: 0,
                kind: BindingKind::Question,
                evidence: String::new(),
                row: 0,
                column: String::new(),
                format,
                value,
            },
            quoted: Some(words.to_owned()),
        }
    }
}

/// What words of the question stand for: a number where they are one (`1,000` is 1000), else themselves.
pub fn question_value(words: &str) -> serde_json::Value {
    let digits = words.trim().replace(',', "");
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return words.trim().into();
    }
    if let Ok(integer) = digits.parse::<i64>() {
        return integer.into();
    }
    match digits.parse::<f64>() {
        Ok(number) if number.is_finite() => number.into(),
        _ => words.trim().into(),
    }
}

#[cfg(test)]
mod tests;
