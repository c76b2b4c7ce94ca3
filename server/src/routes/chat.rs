//! `POST /v1/chat`: a message becomes a turn; JSON, or server-sent events with `Accept: text/event-stream`.
//!
//! What can be refused is refused before the turn begins, so that a stream too gets its proper status. The body names no
//! role and no customer: who asks comes from the bearer token alone, unknown fields are refused.

use std::sync::Arc;

use agent::{error::TurnError, events::EventSink, request::TurnRequest};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use config::agent::PlannerChoice;
use domain::{answer::Status, ids::ProductId};
use serde::Deserialize;
use tokio::{sync::OwnedSemaphorePermit, time::timeout};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::stream;
use crate::{api_error::ApiError, app::AppState, auth::Identity, body::JsonBody};

/// Products of a basket; the largest order of the public data set has 145 lines.
const MAX_BASKET: usize = 500;

/// Characters of a language tag (RFC 5646, 4.4.1).
const MAX_LOCALE_CHARS: usize = 35;

/// The body of a chat request.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChatRequest {
    /// The question, 1 to 4,000 characters.
    message: String,
    /// The conversation to go on with.
    #[serde(default)]
    session_id: Option<String>,
    /// Products in the shopper's basket.
    #[serde(default)]
    basket: Vec<ProductId>,
    /// The asker's language tag.
    #[serde(default)]
    locale: Option<String>,
    /// Who plans.
    #[serde(default)]
    planner: Option<PlannerChoice>,
}

/// Answers a message.
pub async fn chat(
    State(state): State<AppState>,
    identity: Identity,
    headers: HeaderMap,
    JsonBody(body): JsonBody<ChatRequest>,
) -> Result<Response, ApiError> {
    let cancel = CancellationToken::new();
    let turn = turn_request(&state, identity, body, cancel.clone())?;
    let permit = permit(&state).await?;
    if wants_stream(&headers) {
        return stream::answer(state.agent, turn, cancel, permit).await;
    }
    // Dropped when the client goes away: hyper drops this future, the guard stops the turn's tools.
    let _stop = cancel.drop_guard();
    let answer = state.agent.answer(turn, EventSink::none()).await;
    drop(permit);
    match (&answer.status, &answer.error) {
        (Status::Error, Some(error)) => Err(ApiError::from_answer_error(error)),
        _ => Ok(Json(answer).into_response()),
    }
}

/// Checks everything that can be checked before the turn.
fn turn_request(
    state: &AppState,
    identity: Identity,
    body: ChatRequest,
    cancel: CancellationToken,
) -> Result<TurnRequest, ApiError> {
    if body.basket.len() > MAX_BASKET {
        let message = format!("the basket has {} products, send at most {MAX_BASKET}", body.basket.len());
        return Err(ApiError::bad_request("invalid_request", message));
    }
    if body.locale.as_ref().is_some_and(|locale| locale.chars().count() > MAX_LOCALE_CHARS) {
        return Err(ApiError::bad_request(
            "invalid_request",
            "the locale must be a language tag such as en-US",
        ));
    }
    // Anonymous guests share one subject: only an id that nobody can guess keeps their conversations apart.
    if identity.anonymous && body.session_id.as_deref().is_some_and(|id| Uuid::parse_str(id).is_err()) {
        let message = "without a token the session id must be one that this server gave out";
        return Err(ApiError::bad_request("invalid_session_id", message));
    }
    let length = body.message.chars().count();
    if length > state.limits.max_message_chars {
        return Err(TurnError::MessageTooLong { length, limit: state.limits.max_message_chars }.into());
    }
    if body.message.trim().is_empty() {
        return Err(TurnError::MessageEmpty.into());
    }
    let run = state.runs.get().ok_or_else(|| no_run(state))?;
    let turn = TurnRequest {
        message: body.message,
        session_id: body.session_id,
        principal: identity.principal,
        basket: body.basket,
        locale: body.locale,
        planner: body.planner,
        run,
        cancel,
    };
    turn.accepted_session_id()?;
    Ok(turn)
}

fn no_run(state: &AppState) -> ApiError {
    let reason = state.runs.problem().unwrap_or_else(|| "no run is published yet".to_owned());
    tracing::warn!(%reason, "asked without a run");
    ApiError::no_run("no data is published yet: try again when the pipeline has published a run")
}

/// Waits for a turn of one's own, at most as long as a turn may take.
async fn permit(state: &AppState) -> Result<OwnedSemaphorePermit, ApiError> {
    let waiting = Arc::clone(&state.permits).acquire_owned();
    match timeout(state.limits.turn, waiting).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "too many questions are being answered; try again in a moment",
        )),
    }
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.split(',').any(|part| {
        part.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("text/event-stream")
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_stream_is_sent_only_to_whoever_asks_for_it() {
        let check = |accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            wants_stream(&headers)
        };
        assert!(check("text/event-stream"));
        assert!(check("application/json;q=0.5, Text/Event-Stream;q=1"));
        assert!(!check("application/json"));
        assert!(!check("*/*"));
        assert!(!wants_stream(&HeaderMap::new()));
    }

    #[test]
    fn nothing_in_a_body_can_widen_who_asks() {
        for body in [r#"{"message":"x","role":"admin"}"#, r#"{"message":"x","user_id":1}"#] {
            assert!(serde_json::from_str::<ChatRequest>(body).is_err(), "{body}");
        }
    }
}
