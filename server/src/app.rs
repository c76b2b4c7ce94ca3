//! The application: what handlers share, the addresses, and the layers around them.
//!
//! From the outside in: envelope (correlation id, errors, headers) → compression → panics → host check in development
//! → time limit → handler.

use std::{any::Any, sync::Arc, time::Duration};

use agent::driver::Agent;
use axum::{
    Router,
    extract::FromRef,
    http::StatusCode,
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use tokio::sync::Semaphore;
use tools::run::Run;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer, timeout::TimeoutLayer};

use crate::{
    api_error::ApiError,
    auth::Authenticator,
    body::BodyLimit,
    envelope::envelope,
    routes::{chat, development, health, page, sessions},
    runs::CurrentRun,
    sessions::SqliteSessions,
};

/// What a request may take beyond the turn itself: waiting for a permit, reading the body, writing the session.
const TIME_BEYOND_THE_TURN: Duration = Duration::from_secs(10);

/// What handlers share. A handler takes the parts it needs, never the whole.
#[derive(Clone)]
pub struct AppState {
    /// Answers messages.
    pub agent: Arc<Agent>,
    /// The published run.
    pub runs: Arc<CurrentRun<Run>>,
    /// Conversations.
    pub sessions: Arc<SqliteSessions>,
    /// Tells who asks.
    pub authenticator: Arc<Authenticator>,
    /// Bounds of requests.
    pub limits: Limits,
    /// A permit for each turn that may be answered at the same time.
    pub permits: Arc<Semaphore>,
    /// The model's name where one is configured, for `/readyz`.
    pub llm_model: Option<Arc<str>>,
}

/// Bounds of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Of a request's body.
    pub max_body_bytes: usize,
    /// Of a message.
    pub max_message_chars: usize,
    /// Time of a turn.
    pub turn: Duration,
}

impl FromRef<AppState> for Arc<Authenticator> {
    fn from_ref(state: &AppState) -> Self {
        Arc::clone(&state.authenticator)
    }
}

impl FromRef<AppState> for Arc<SqliteSessions> {
    fn from_ref(state: &AppState) -> Self {
        Arc::clone(&state.sessions)
    }
}

impl FromRef<AppState> for BodyLimit {
    fn from_ref(state: &AppState) -> Self {
        BodyLimit(state.limits.max_body_bytes)
    }
}

/// Every address with its layers.
pub fn router(state: AppState) -> Router {
    let time_limit = state.limits.turn + TIME_BEYOND_THE_TURN;
    Router::new()
        .route("/v1/chat", post(chat::chat))
        .route("/v1/sessions", get(sessions::list))
        .route("/v1/sessions/{id}", get(sessions::show).delete(sessions::delete))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route("/dev/tokens", get(development::token))
        .merge(page::router())
        .fallback(async || ApiError::from_status(StatusCode::NOT_FOUND))
        .with_state(state.clone())
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, time_limit))
        .layer(middleware::from_fn_with_state(state.authenticator, development::only_this_machine))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn(envelope))
}

/// A defect of ours: the client learns the correlation id, the log what happened.
fn panicked(payload: Box<dyn Any + Send + 'static>) -> Response {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_default();
    ApiError::internal(&format!("a handler panicked: {text}")).into_response()
}
