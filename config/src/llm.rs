//! `[llm]`: the language model, where one is used.

use serde::{Deserialize, Serialize};

use crate::{
    secret::Secret,
    settings::{ConfigError, in_range},
};

/// Settings of `[llm]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LlmSettings {
    /// Base URL of an OpenAI-compatible API, with its version segment; empty = no model.
    pub base_url: String,
    /// The model's name there.
    pub model: String,
    /// The key; from the environment (`INSIGHTFLOW__LLM__API_KEY`).
    pub api_key: Secret,
    /// Time of one call, milliseconds.
    pub timeout_ms: u64,
    /// Times a call that failed in passing is tried again.
    pub retries: u32,
    /// Tokens of one reply.
    pub max_output_tokens: u64,
    /// Tokens of one turn, sent and received.
    pub max_turn_tokens: u64,
}

impl LlmSettings {
    /// Whether a model is configured.
    pub fn is_configured(&self) -> bool {
        !self.base_url.is_empty() && !self.model.is_empty()
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        in_range("llm.timeout_ms", self.timeout_ms, 10, 600_000)?;
        in_range("llm.retries", self.retries, 0, 10)?;
        in_range("llm.max_output_tokens", self.max_output_tokens, 16, 100_000)?;
        in_range("llm.max_turn_tokens", self.max_turn_tokens, 256, 10_000_000)?;
        if !self.base_url.is_empty()
            && !self.base_url.starts_with("http://")
            && !self.base_url.starts_with("https://")
        {
            return Err(ConfigError::OutOfRange {
                key: "llm.base_url".into(),
                value: self.base_url.clone(),
                expected: "empty, or a URL that begins with http:// or https://".into(),
            });
        }
        Ok(())
    }
}
