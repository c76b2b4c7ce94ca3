//! The seam of conversations: what the next question needs to understand the last one.
//!
//! A conversation belongs to the subject that began it; under another subject the same id is another conversation, so
//! nobody can read or end somebody else's. [`InMemorySessions`] keeps them in the process; other crates implement
//! [`SessionStore`] over a database and run [`contract::run`] against it.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
};

use async_trait::async_trait;
use domain::{
    answer::{Answer, Evidence},
    table::Table,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{builtin::PastTurn, trace::TurnTrace};

pub mod contract;

/// One turn as it is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredTurn {
    /// When it was answered, milliseconds since 1970 UTC.
    pub at_ms: i64,
    /// What was asked.
    pub message: String,
    /// What was answered.
    pub answer: Answer,
    /// The built-in plan behind it; null where a model answered.
    pub plan: Value,
    /// How it went.
    pub trace: TurnTrace,
}

impl StoredTurn {
    /// The turn as a planner sees it.
    pub fn past(&self) -> PastTurn {
        let first_rows = |evidence: &Evidence| Table {
            columns: evidence.columns.clone(),
            rows: evidence.result.iter().take(MAX_SHOWN_ROWS).cloned().collect(),
        };
        PastTurn {
            message: self.message.clone(),
            answer_text: self.answer.text.clone(),
            plan: self.plan.clone(),
            shown: self.answer.evidence.iter().map(first_rows).collect(),
            clarify: self.answer.clarify.clone(),
        }
    }
}

/// Rows of a result that a planner sees of an earlier turn: every aisle of the catalogue, so that "the smallest one" is
/// known where nothing was ranked.
pub(crate) const MAX_SHOWN_ROWS: usize = 150;

/// A conversation in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionSummary {
    /// The conversation.
    pub session_id: String,
    /// Its first message.
    pub title: String,
    /// How many turns it has.
    pub turns: usize,
    /// When its last turn was answered, milliseconds since 1970 UTC.
    pub last_at_ms: i64,
}

/// Why a conversation could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum SessionError {
    /// The subject has no such conversation.
    #[error("there is no session {0:?}")]
    NotFound(String),
    /// The store failed; the text is for the log.
    #[error("the session store failed: {0}")]
    Store(String),
}

/// Keeps conversations.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// The last `turns` turns, oldest first. [`SessionError::NotFound`] when the subject has no such conversation.
    async fn load(
        &self,
        subject: &str,
        session_id: &str,
        turns: usize,
    ) -> Result<Vec<StoredTurn>, SessionError>;

    /// Adds a turn; the first one begins the conversation.
    async fn append(&self, subject: &str, session_id: &str, turn: StoredTurn) -> Result<(), SessionError>;

    /// The subject's conversations, the one used last first, at most `limit`.
    async fn list(&self, subject: &str, limit: usize) -> Result<Vec<SessionSummary>, SessionError>;

    /// Forgets a conversation. [`SessionError::NotFound`] when the subject has no such conversation.
    async fn delete(&self, subject: &str, session_id: &str) -> Result<(), SessionError>;
}

/// Turns kept of one conversation in memory; more than any planner sees.
const MAX_TURNS: usize = 200;

/// Conversations in the process, lost at its end: for the command line and tests.
#[derive(Debug, Default)]
pub struct InMemorySessions {
    subjects: Mutex<HashMap<String, BTreeMap<String, Vec<StoredTurn>>>>,
}

impl InMemorySessions {
    /// A store without conversations.
    pub fn new() -> Self {
        Self::default()
    }

    /// No await happens under the lock, and no code under it panics halfway through a change.
    fn with<T>(&self, work: impl FnOnce(&mut HashMap<String, BTreeMap<String, Vec<StoredTurn>>>) -> T) -> T {
        work(&mut self.subjects.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[async_trait]
impl SessionStore for InMemorySessions {
    async fn load(
        &self,
        subject: &str,
        session_id: &str,
        turns: usize,
    ) -> Result<Vec<StoredTurn>, SessionError> {
        self.with(|subjects| {
            let kept = subjects.get(subject).and_then(|sessions| sessions.get(session_id));
            let kept = kept.ok_or_else(|| SessionError::NotFound(session_id.to_owned()))?;
            Ok(kept.iter().skip(kept.len().saturating_sub(turns)).cloned().collect())
        })
    }

    async fn append(&self, subject: &str, session_id: &str, turn: StoredTurn) -> Result<(), SessionError> {
        self.with(|subjects| {
            let sessions = subjects.entry(subject.to_owned()).or_default();
            let kept = sessions.entry(session_id.to_owned()).or_default();
            if kept.len() == MAX_TURNS {
                kept.remove(0);
            }
            kept.push(turn);
        });
        Ok(())
    }

    async fn list(&self, subject: &str, limit: usize) -> Result<Vec<SessionSummary>, SessionError> {
        let mut summaries: Vec<SessionSummary> = self.with(|subjects| {
            let sessions = subjects.get(subject).into_iter().flatten();
            sessions
                .filter_map(|(session_id, turns)| {
                    Some(SessionSummary {
                        session_id: session_id.clone(),
                        title: turns.first()?.message.clone(),
                        turns: turns.len(),
                        last_at_ms: turns.last()?.at_ms,
                    })
                })
                .collect()
        });
        summaries
            .sort_by(|a, b| b.last_at_ms.cmp(&a.last_at_ms).then_with(|| a.session_id.cmp(&b.session_id)));
        summaries.truncate(limit);
        Ok(summaries)
    }

    async fn delete(&self, subject: &str, session_id: &str) -> Result<(), SessionError> {
        let removed = self.with(|subjects| subjects.get_mut(subject)?.remove(session_id));
        removed.map(|_| ()).ok_or_else(|| SessionError::NotFound(session_id.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_store_in_memory_keeps_the_contract() {
        assert_eq!(contract::run(&InMemorySessions::new()).await, Ok(()));
    }

    #[tokio::test]
    async fn the_oldest_turns_are_forgotten_beyond_the_limit() {
        let store = InMemorySessions::new();
        for at_ms in 0..=i64::try_from(MAX_TURNS).unwrap() {
            store.append("a", "s", contract::turn(at_ms, "question")).await.unwrap();
        }
        let kept = store.load("a", "s", usize::MAX).await.unwrap();
        assert_eq!((kept.len(), kept[0].at_ms), (MAX_TURNS, 1));
    }
}
