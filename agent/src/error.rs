//! Why a turn ends in an error, each with a stable code and a sentence that is safe to show.
//!
//! The sentence says what would be right and holds no internals; those are logged once, where the error is made.
//! Surfaces map [`TurnError::code`] to their own status.

use domain::answer::ErrorInfo;

/// Why a turn failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TurnError {
    /// There is no question.
    #[error("the message is empty: ask a question")]
    MessageEmpty,
    /// The question is too long.
    #[error("the message has {length} characters: use at most {limit}")]
    MessageTooLong {
        /// Characters of the message.
        length: usize,
        /// Characters that are allowed.
        limit: usize,
    },
    /// The id of the conversation is malformed.
    #[error("the session id must have 1 to {limit} letters, digits, hyphens or underscores")]
    InvalidSessionId {
        /// Characters that are allowed.
        limit: usize,
    },
    /// The conversation could not be read.
    #[error("the conversation could not be read: try again, or start a new one")]
    SessionUnavailable,
    /// The turn's time was up.
    #[error("the answer took longer than {limit_ms} ms: ask for less, or try again")]
    Timeout {
        /// The limit, milliseconds.
        limit_ms: u64,
    },
    /// The turn's steps or tool calls were used up.
    #[error("the question needs more than {limit} {what}: ask for one thing at a time")]
    BudgetExceeded {
        /// `steps` or `tool calls`.
        what: &'static str,
        /// How many there are.
        limit: u32,
    },
    /// The client went away.
    #[error("the request was cancelled")]
    Cancelled,
    /// The text did not pass the checker.
    #[error("the answer could not be tied to the data and is not shown: ask in another way")]
    Ungrounded,
    /// A planner failed.
    #[error("the question could not be answered because of an internal failure: try again")]
    Internal,
}

impl TurnError {
    /// Stable, snake case.
    pub fn code(&self) -> &'static str {
        match self {
            Self::MessageEmpty => "message_empty",
            Self::MessageTooLong { .. } => "message_too_long",
            Self::InvalidSessionId { .. } => "invalid_session_id",
            Self::SessionUnavailable => "session_unavailable",
            Self::Timeout { .. } => "timeout",
            Self::BudgetExceeded { .. } => "budget_exceeded",
            Self::Cancelled => "cancelled",
            Self::Ungrounded => "ungrounded",
            Self::Internal => "internal",
        }
    }

    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::SessionUnavailable | Self::Timeout { .. } | Self::Internal)
    }

    /// The error as an answer carries it.
    pub fn info(&self, correlation_id: &str) -> ErrorInfo {
        ErrorInfo {
            code: self.code().to_owned(),
            message: self.to_string(),
            correlation_id: correlation_id.to_owned(),
            retryable: self.is_retryable(),
        }
    }
}
