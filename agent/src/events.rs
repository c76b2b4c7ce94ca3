//! What a surface can show while a turn is under way.
//!
//! Order: `status`, tool calls and results as they happen, then text, blocks and `done`. Text and blocks come only after
//! the checker has passed them; `done` holds the whole answer and wins over everything before it.

use domain::answer::{Answer, Block};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::mpsc;

use crate::plan::CallFailure;

/// What the turn is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Activity {
    /// A planner reads the message.
    Planning,
    /// A model is asked.
    Thinking,
    /// Tools run.
    CallingTools,
}

/// One thing that happened in a turn.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum TurnEvent {
    /// What it is doing now.
    Status {
        /// The activity.
        activity: Activity,
    },
    /// A tool is called.
    ToolCall {
        /// The call's id, that of its evidence.
        id: String,
        /// The tool.
        tool: String,
        /// Its arguments.
        arguments: Value,
    },
    /// A tool call is back.
    ToolResult {
        /// The call's id.
        id: String,
        /// The tool.
        tool: String,
        /// Rows of the result; 0 when it failed.
        row_count: usize,
        /// Whether the result was cut at its row limit.
        truncated: bool,
        /// How long it took, milliseconds.
        elapsed_ms: f64,
        /// Why it failed.
        error: Option<CallFailure>,
    },
    /// More of the answer's text.
    TextDelta {
        /// The next characters.
        delta: String,
    },
    /// A block of the answer.
    Block {
        /// Its place among the blocks.
        index: usize,
        /// The block.
        block: Block,
    },
    /// The turn is over.
    Done {
        /// The whole answer.
        answer: Box<Answer>,
    },
}

/// Where events go; nowhere by default.
///
/// Unbounded, since the budgets of a turn bound its events; a receiver that is gone is no failure.
#[derive(Debug, Clone, Default)]
pub struct EventSink(Option<mpsc::UnboundedSender<TurnEvent>>);

impl EventSink {
    /// A sink that drops everything.
    pub fn none() -> Self {
        Self::default()
    }

    /// A sink with its receiver, which ends when the turn does.
    pub fn channel() -> (Self, mpsc::UnboundedReceiver<TurnEvent>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self(Some(sender)), receiver)
    }

    /// Sends an event, if somebody listens.
    pub fn send(&self, event: TurnEvent) {
        if let Some(sender) = &self.0 {
            // A closed channel means that the client is gone; cancellation is its own signal.
            let _closed = sender.send(event);
        }
    }

    /// Whether sending is worth the work of preparing it.
    pub fn is_open(&self) -> bool {
        self.0.as_ref().is_some_and(|sender| !sender.is_closed())
    }

    /// Sends the parts of a finished answer, and the answer.
    pub(crate) fn finish(&self, answer: &Answer) {
        if !self.is_open() {
            return;
        }
        for delta in answer.text.split_inclusive(' ') {
            self.send(TurnEvent::TextDelta { delta: delta.to_owned() });
        }
        for (index, block) in answer.blocks.iter().enumerate() {
            self.send(TurnEvent::Block { index, block: block.clone() });
        }
        self.send(TurnEvent::Done { answer: Box::new(answer.clone()) });
    }
}
