//! One message with everything that belongs to it, and what makes it acceptable.

use std::sync::Arc;

use config::agent::{AgentSettings, PlannerChoice};
use domain::{ids::ProductId, principal::Principal};
use prompts::plain;
use tokio_util::sync::CancellationToken;
use tools::run::Run;

use crate::error::TurnError;

/// The longest session id that is accepted, characters; our own are UUIDs of 36.
const MAX_SESSION_ID_CHARS: usize = 64;

/// One message to answer.
#[derive(Clone)]
pub struct TurnRequest {
    /// What was asked, as it came.
    pub message: String,
    /// The conversation; a new one when there is none.
    pub session_id: Option<String>,
    /// Who asks.
    pub principal: Principal,
    /// Products in the shopper's basket.
    pub basket: Vec<ProductId>,
    /// The asker's language tag; answers are in English, kept for the answer cache and later languages.
    pub locale: Option<String>,
    /// Who plans; the settings' choice when it does not say.
    pub planner: Option<PlannerChoice>,
    /// The run that answers.
    pub run: Arc<Run>,
    /// Fires when the client has gone away.
    pub cancel: CancellationToken,
}

impl TurnRequest {
    /// A message of somebody about a run, with nothing else said.
    pub fn new(message: impl Into<String>, principal: Principal, run: Arc<Run>) -> Self {
        Self {
            message: message.into(),
            session_id: None,
            principal,
            basket: Vec::new(),
            locale: None,
            planner: None,
            run,
            cancel: CancellationToken::new(),
        }
    }

    /// The message in the form that planners read: without control characters, white space collapsed.
    ///
    /// Fails when it is blank or too long, counted as it came.
    pub fn accepted_message(&self, settings: &AgentSettings) -> Result<String, TurnError> {
        let length = self.message.chars().count();
        if length > settings.max_message_chars {
            return Err(TurnError::MessageTooLong { length, limit: settings.max_message_chars });
        }
        let message = plain::clean_lines(&self.message);
        if message.is_empty() { Err(TurnError::MessageEmpty) } else { Ok(message) }
    }

    /// The conversation's id, if one is given and well formed.
    pub fn accepted_session_id(&self) -> Result<Option<&str>, TurnError> {
        let Some(id) = self.session_id.as_deref() else { return Ok(None) };
        let fits = (1..=MAX_SESSION_ID_CHARS).contains(&id.chars().count())
            && id.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        if fits { Ok(Some(id)) } else { Err(TurnError::InvalidSessionId { limit: MAX_SESSION_ID_CHARS }) }
    }
}
