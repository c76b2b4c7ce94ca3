//! `[agent]`: the turn and the built-in planner.

use serde::{Deserialize, Serialize};

use crate::settings::{ConfigError, in_range};

/// Who plans a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlannerChoice {
    /// The planner that needs no model.
    Builtin,
    /// The configured language model; the built-in planner when it fails.
    Llm,
    /// The built-in planner where it is sure, the model for the rest.
    Auto,
}

/// Settings of `[agent]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentSettings {
    /// Who plans, where a request does not say.
    pub planner: PlannerChoice,
    /// Steps of a turn: calls of the model or rounds of tools.
    pub max_steps: u32,
    /// Tool calls of a turn.
    pub max_tool_calls: u32,
    /// Time of a turn, milliseconds.
    pub timeout_ms: u64,
    /// Characters of a message.
    pub max_message_chars: usize,
    /// Under this score (0 to 1) the built-in planner asks back instead of answering.
    pub confidence_threshold: f64,
    /// Turns of a session that the planner sees.
    pub history_turns: usize,
    /// Memory of the answer cache, MiB; 0 = no cache.
    pub cache_mib: usize,
}

impl AgentSettings {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        in_range("agent.max_steps", self.max_steps, 1, 50)?;
        in_range("agent.max_tool_calls", self.max_tool_calls, 1, 100)?;
        in_range("agent.timeout_ms", self.timeout_ms, 10, 600_000)?;
        in_range("agent.max_message_chars", self.max_message_chars, 1, 100_000)?;
        in_range("agent.confidence_threshold", self.confidence_threshold, 0.0, 1.0)?;
        in_range("agent.history_turns", self.history_turns, 0, 100)?;
        in_range("agent.cache_mib", self.cache_mib, 0, 65_536)
    }
}
