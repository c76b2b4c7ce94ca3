//! `GET /v1/sessions`, `GET|DELETE /v1/sessions/{id}`: one's own conversations. Another's does not exist (404).

use std::sync::Arc;

use agent::memory::{SessionError, SessionStore, SessionSummary};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use domain::answer::Answer;
use serde::Serialize;

use crate::{
    api_error::ApiError,
    auth::{AuthError, Identity},
    sessions::SqliteSessions,
};

/// Conversations in a list, and turns of one: more than a page shows.
const MAX_LISTED: usize = 100;

/// The body of the list.
#[derive(Debug, Serialize)]
pub struct SessionList {
    sessions: Vec<SessionSummary>,
}

/// One conversation.
#[derive(Debug, Serialize)]
pub struct SessionView {
    session_id: String,
    turns: Vec<TurnView>,
}

/// One turn of it: what was said. Plan and trace stay inside.
#[derive(Debug, Serialize)]
pub struct TurnView {
    at_ms: i64,
    message: String,
    answer: Answer,
}

/// The caller's conversations, the one used last first.
pub async fn list(
    State(sessions): State<Arc<SqliteSessions>>,
    identity: Identity,
) -> Result<Json<SessionList>, ApiError> {
    // Anonymous guests share a subject: a list would show each the others' conversations.
    if identity.anonymous {
        return Err(AuthError::Missing.into());
    }
    let sessions = sessions.list(identity.principal.subject(), MAX_LISTED).await.map_err(failure)?;
    Ok(Json(SessionList { sessions }))
}

/// One of the caller's conversations.
pub async fn show(
    State(sessions): State<Arc<SqliteSessions>>,
    identity: Identity,
    Path(session_id): Path<String>,
) -> Result<Json<SessionView>, ApiError> {
    let turns =
        sessions.load(identity.principal.subject(), &session_id, MAX_LISTED).await.map_err(failure)?;
    let turns = turns.into_iter();
    let turns = turns.map(|turn| TurnView { at_ms: turn.at_ms, message: turn.message, answer: turn.answer });
    Ok(Json(SessionView { session_id, turns: turns.collect() }))
}

/// Forgets one of the caller's conversations.
pub async fn delete(
    State(sessions): State<Arc<SqliteSessions>>,
    identity: Identity,
    Path(session_id): Path<String>,
) -> Result<StatusCode, ApiError> {
    sessions.delete(identity.principal.subject(), &session_id).await.map_err(failure)?;
    Ok(StatusCode::NO_CONTENT)
}

fn failure(error: SessionError) -> ApiError {
    match error {
        SessionError::NotFound(_) => ApiError::not_found("you have no such session"),
        error @ SessionError::Store(_) => ApiError::internal(&error),
    }
}
