//! Language models: the seam to them, and the planner that uses one.
//!
//! [`ChatModel`] is one call of a model; [`rig`] implements it over any OpenAI-compatible API, tests over a script.
//! [`retry`] bounds a call in time and tries again what failed in passing. [`conversation`] is the planner: it keeps the
//! messages of a turn, without IO; [`context`] makes them small; [`references`] turns what a model wrote into text with
//! bindings. The loop is the turn's (`turn.rs`), not the provider library's.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tools::registry::ToolSpec;

pub mod context;
pub mod conversation;
pub mod references;
pub mod retry;
pub mod rig;

/// One call of a model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelRequest {
    /// The system prompt.
    pub system: String,
    /// The conversation; the last one is from the user or from tools.
    pub messages: Vec<ModelMessage>,
    /// The tools that may be called; none = it has to write text.
    pub tools: Vec<ToolSpec>,
    /// Tokens of the reply, at most.
    pub max_output_tokens: u64,
    /// Milliseconds that the turn can wait for the reply, repeated tries included.
    pub wait_ms: u64,
}

/// One message of a conversation with a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "role", rename_all = "snake_case")]
pub enum ModelMessage {
    /// What was asked, or what the checker says of a draft.
    User {
        /// Plain text.
        text: String,
    },
    /// What the model replied.
    Assistant {
        /// Plain text; empty beside tool calls.
        text: String,
        /// The tools it wants.
        tool_calls: Vec<ModelToolCall>,
    },
    /// What a tool gave.
    Tool {
        /// The id of the model's call.
        call_id: String,
        /// The tool's name, as the model wrote it.
        tool: String,
        /// Compact JSON, or why there is none.
        content: String,
        /// Whether the call failed.
        is_error: bool,
    },
}

/// A tool call as a model wrote it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelToolCall {
    /// The provider's id of the call.
    pub id: String,
    /// The tool's name; it may not exist.
    pub name: String,
    /// The arguments.
    pub arguments: Map<String, Value>,
    /// What was written instead, where it is not a JSON object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub malformed: Option<String>,
}

/// What a model replied.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelReply {
    /// Text; empty where it only calls tools.
    pub text: String,
    /// Tool calls, in order.
    pub tool_calls: Vec<ModelToolCall>,
    /// Tokens, where the provider counts them.
    pub usage: Option<ModelUsage>,
    /// Whether the reply stopped at its limit of tokens.
    pub cut_off: bool,
}

/// Tokens of one call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelUsage {
    /// Sent.
    pub input_tokens: u64,
    /// Received.
    pub output_tokens: u64,
}

/// Why a model gave no reply, split by what the caller does next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// It failed in passing (connection, HTTP 5xx): the same call may succeed.
    #[error("the model failed in passing: {0}")]
    Transient(String),
    /// Too many calls (HTTP 429).
    #[error("the model is rate limited; retry after {retry_after_ms:?} ms")]
    RateLimited {
        /// What the provider asks to wait, milliseconds.
        retry_after_ms: Option<u64>,
    },
    /// No reply in time.
    #[error("the model gave no reply within {limit_ms} ms")]
    Timeout {
        /// The limit, milliseconds.
        limit_ms: u64,
    },
    /// The conversation does not fit; a shorter one may.
    #[error("the conversation is too long for the model: {0}")]
    ContextTooLong(String),
    /// The reply is no valid message: malformed JSON, neither text nor calls.
    #[error("the model's reply cannot be read: {0}")]
    InvalidReply(String),
    /// It will not work however often it is tried: wrong key, unknown model, bad request.
    #[error("the model refuses: {0}")]
    Permanent(String),
}

impl ModelError {
    /// Stable, snake case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Transient(_) => "transient",
            Self::RateLimited { .. } => "rate_limited",
            Self::Timeout { .. } => "timeout",
            Self::ContextTooLong(_) => "context_too_long",
            Self::InvalidReply(_) => "invalid_reply",
            Self::Permanent(_) => "permanent",
        }
    }

    /// Whether the same call may succeed.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Transient(_) | Self::RateLimited { .. } | Self::Timeout { .. } | Self::InvalidReply(_)
        )
    }
}

/// A language model behind some provider. Dropping the future ends the call.
#[async_trait]
pub trait ChatModel: Send + Sync {
    /// The model's name, for traces.
    fn name(&self) -> &str;

    /// One reply to one request. Neither retries nor bounds the time: [`retry::complete`] does.
    async fn complete(&self, request: &ModelRequest) -> Result<ModelReply, ModelError>;
}
