//! The record of a turn: what was planned, called and answered, with timings and tokens.
//!
//! Written by the turn as it goes, kept with the session as JSON. Times are milliseconds since the message arrived, so
//! a record holds no clock value. Spans of the driver carry the OpenTelemetry GenAI names beside it.

use domain::answer::{PlannerKind, Usage};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Why a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// A planner finished: answer, question back or refusal.
    Finished,
    /// The time was up.
    Timeout,
    /// The steps were used up.
    Steps,
    /// The tool calls were used up.
    ToolCalls,
    /// The text did not pass the checker.
    Ungrounded,
    /// A planner failed.
    Failed,
}

/// One turn.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TurnTrace {
    /// What happened, in order.
    pub events: Vec<TraceEvent>,
    /// Why it ended; none while it is under way.
    pub stop: Option<StopReason>,
    /// Who answered.
    pub planner: Option<PlannerKind>,
    /// What it cost; `elapsed_ms` up to the last event.
    pub usage: Usage,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum TraceEvent {
    /// The built-in planner read the message.
    Planned {
        /// Since the message arrived.
        at_ms: u64,
        /// How sure it is, 0 to 1.
        confidence: f64,
        /// Whether the turn goes on with its plan.
        taken: bool,
        /// The plan.
        plan: Value,
    },
    /// A model was called.
    Model {
        /// When the reply came.
        at_ms: u64,
        /// How long it took, repeated tries included.
        elapsed_ms: u64,
        /// Tokens sent; estimated where the provider does not count.
        input_tokens: u64,
        /// Tokens received; estimated where the provider does not count.
        output_tokens: u64,
        /// `text`, `tool_calls`, or the code of the error.
        outcome: String,
    },
    /// A tool was called, or answered from the turn.
    Tool {
        /// When the round of calls was back.
        at_ms: u64,
        /// The call's id.
        id: String,
        /// The tool.
        tool: String,
        /// Its arguments.
        arguments: Value,
        /// How long it took.
        elapsed_ms: f64,
        /// Rows of the result; none when it failed.
        rows: Option<usize>,
        /// The code of the failure.
        error: Option<String>,
        /// Whether an earlier call of the turn had given it.
        repeated: bool,
    },
    /// A model's text or call was sent back.
    Objected {
        /// Since the message arrived.
        at_ms: u64,
        /// What the model got to read.
        reason: String,
    },
    /// The built-in planner took over.
    FellBack {
        /// Since the message arrived.
        at_ms: u64,
        /// The code of the note in the answer.
        code: String,
        /// Why.
        reason: String,
    },
}
