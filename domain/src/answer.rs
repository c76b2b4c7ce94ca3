//! The one value that every surface renders: text whose figures are bound to the evidence that gave them.
//!
//! The JSON is public (`schema_version`); `docs/ARCHITECTURE.md` tells how it comes to be.
//! Offsets count Unicode scalar values, not bytes. Rules that hold for every answer:
//! every figure and product in `text` is covered by a binding, and every binding points at a row of `evidence`
//! (or quotes the question).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    ids::ProductId,
    table::{Column, Table},
};

/// The version of the JSON written by this build.
pub const ANSWER_SCHEMA_VERSION: u32 = 1;

/// The most rows of a result that travel in an answer as evidence.
pub const MAX_EVIDENCE_ROWS: usize = 100;

/// What kind of end a turn came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The question is answered.
    Answered,
    /// One precise question comes back.
    Clarify,
    /// It will not or cannot be answered, and says why.
    Refused,
    /// Something failed.
    Error,
}

/// Who planned the turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlannerKind {
    /// The planner that needs no model.
    Builtin,
    /// A language model.
    Llm,
    /// The built-in planner, after the model failed.
    BuiltinFallback,
}

/// How a bound value was written into the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Digits with thousands separators: `89,566`.
    Integer,
    /// A fraction in per cent with one decimal: `28.9 %`.
    Percent,
    /// Two decimals: `10.11`.
    Decimal,
    /// A name as the source spells it, first letter raised where a sentence begins.
    Name,
    /// An hour of the day: `10:00`.
    Hour,
    /// A whole number of days: `12 days`.
    Days,
    /// An identifier, digits only.
    Id,
}

/// What a binding points at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum BindingKind {
    /// A cell of the evidence.
    #[default]
    Evidence,
    /// A figure quoted from the question.
    Question,
}

/// Ties a stretch of the text to the cell that it came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Binding {
    /// First character, in Unicode scalars from the start of `text`.
    pub start: usize,
    /// One past the last character.
    pub end: usize,
    /// What it points at.
    #[serde(default, skip_serializing_if = "is_evidence")]
    pub kind: BindingKind,
    /// The evidence, by id; empty when quoted from the question.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub evidence: String,
    /// The row of `evidence[].result`.
    #[serde(default)]
    pub row: usize,
    /// The column's name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub column: String,
    /// How the value was written.
    pub format: Format,
    /// The unrounded value, equal to the cell.
    pub value: Value,
}

fn is_evidence(kind: &BindingKind) -> bool {
    *kind == BindingKind::Evidence
}

/// A product as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProductItem {
    /// The product.
    pub product_id: ProductId,
    /// Its name, as the catalogue spells it.
    pub product_name: String,
    /// The aisle's name.
    pub aisle: String,
    /// The department's name.
    pub department: String,
    /// Higher is better; what it means says `score_kind`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    /// The meaning of `score`: `probability`, `als`, `lift`, `purchases`, `rrf`, …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score_kind: Option<String>,
    /// A true reason in words: "in 9 of your last 10 orders".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A part of an answer beside its text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Block {
    /// A table to show.
    Table {
        /// Columns and rows.
        #[serde(flatten)]
        table: Table,
        /// Where its figures come from.
        evidence: String,
    },
    /// Products to show.
    Products {
        /// Best first.
        items: Vec<ProductItem>,
        /// Where they come from.
        evidence: String,
    },
    /// A picture.
    Chart {
        /// The typed specification (`charts::ChartSpec`).
        spec: Value,
        /// The same as Vega-Lite.
        vega_lite: Value,
        /// Where its figures come from.
        evidence: String,
    },
}

/// The call that gave figures, with the rows it gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// `e1`, `e2`, … in the order of the calls.
    pub id: String,
    /// The tool's name.
    pub tool: String,
    /// The arguments it was called with.
    pub arguments: Value,
    /// The statement that ran, where one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    /// The values bound to `$1`, `$2`, … of `sql`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Value>,
    /// The engine that ran it: `embedded`, `index`, `models`, …
    pub engine: String,
    /// The columns of `result`.
    pub columns: Vec<Column>,
    /// The cited rows, at most [`MAX_EVIDENCE_ROWS`].
    pub result: Vec<Vec<Value>>,
    /// How many rows the call gave in all.
    pub row_count: usize,
    /// Whether `result` holds fewer rows than `row_count`, or the call itself stopped at its row limit.
    pub truncated: bool,
    /// How long the call took.
    pub elapsed_ms: f64,
}

/// A definition, caveat or circumstance that matters to the reader.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Stable: `definition`, `allergen`, `cold_start`, `not_a_probability`, `lexical_only`, `llm_unavailable`, …
    pub code: String,
    /// One sentence.
    pub text: String,
}

impl Note {
    /// A note of that code.
    pub fn new(code: impl Into<String>, text: impl Into<String>) -> Self {
        Self { code: code.into(), text: text.into() }
    }
}

/// One way to read the question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClarifyOption {
    /// A few words for a button.
    pub label: String,
    /// The whole question that it stands for; asking it is answered.
    pub question: String,
}

/// One precise question back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clarify {
    /// The question.
    pub question: String,
    /// Ways to read what was asked; may be empty.
    pub options: Vec<ClarifyOption>,
}

/// Why it is not answered, and what could be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Stable: `outside_data`, `not_allowed`, `not_understood`, `unsupported`, …
    pub code: String,
    /// The reason in a sentence.
    pub text: String,
    /// The nearest question that is answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest_question: Option<String>,
}

/// What failed, safe to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorInfo {
    /// Stable, snake case.
    pub code: String,
    /// One sentence with what would be right; no internals.
    pub message: String,
    /// Joins the answer with the log.
    pub correlation_id: String,
    /// Whether the same request may succeed later.
    pub retryable: bool,
}

/// What the turn cost.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens sent to a model.
    pub input_tokens: u64,
    /// Tokens received from a model.
    pub output_tokens: u64,
    /// Tool calls that ran (repeated calls are answered from the turn and not counted).
    pub tool_calls: u32,
    /// From the question's arrival to the finished answer.
    pub elapsed_ms: f64,
}

/// The answer to one message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// [`ANSWER_SCHEMA_VERSION`].
    pub schema_version: u32,
    /// What kind of end the turn came to.
    pub status: Status,
    /// Plain text; never Markdown.
    pub text: String,
    /// Covers every figure and product in `text`, ordered by `start`, without overlaps.
    pub bindings: Vec<Binding>,
    /// What to show beside the text.
    pub blocks: Vec<Block>,
    /// The calls behind it.
    pub evidence: Vec<Evidence>,
    /// Definitions and caveats that matter.
    pub notes: Vec<Note>,
    /// Questions that could come next and are answered.
    pub suggestions: Vec<String>,
    /// Set exactly when `status` is `clarify`.
    pub clarify: Option<Clarify>,
    /// Set exactly when `status` is `refused`.
    pub refusal: Option<Refusal>,
    /// Set exactly when `status` is `error`.
    pub error: Option<ErrorInfo>,
    /// The conversation it belongs to.
    pub session_id: String,
    /// The run whose data it speaks of; empty when there was none.
    pub run_id: String,
    /// Who planned it.
    pub planner: PlannerKind,
    /// Whether it came from the answer cache.
    pub cached: bool,
    /// Joins it with its trace.
    pub trace_id: String,
    /// What it cost.
    pub usage: Usage,
}
