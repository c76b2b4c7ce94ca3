//! The one error of the API and its one envelope: `{error: {code, message, correlation_id, retryable, details?}}`.
//!
//! Handlers return an [`ApiError`]; it travels as an extension of an empty response. The outermost middleware
//! ([`crate::envelope`]) writes the body with the request's correlation id, so that what the framework refuses by itself
//! (404, 405, 413, 415, 422, a panic, a time-out) leaves in the same shape. Internal text is logged, never sent.

use agent::error::TurnError;
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use domain::answer::ErrorInfo;
use serde::Serialize;
use serde_json::Value;

/// What a request meets when it fails.
#[derive(Debug, Clone, PartialEq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: StatusCode,
    /// Stable, snake case.
    pub code: String,
    /// One sentence with what would be right; no internals.
    pub message: String,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// Further fields, for programs.
    pub details: Option<Box<Value>>,
}

/// The body of every error.
#[derive(Debug, Serialize)]
pub(crate) struct Envelope<'a> {
    pub(crate) error: EnvelopeError<'a>,
}

/// The only field of [`Envelope`].
#[derive(Debug, Serialize)]
pub(crate) struct EnvelopeError<'a> {
    pub(crate) code: &'a str,
    pub(crate) message: &'a str,
    pub(crate) correlation_id: &'a str,
    pub(crate) retryable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) details: Option<&'a Value>,
}

impl ApiError {
    /// An error of that status and code. 429, 503 and 504 are retryable.
    pub fn new(status: StatusCode, code: impl Into<String>, message: impl Into<String>) -> Self {
        let retryable = matches!(
            status,
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT
        );
        Self { status, code: code.into(), message: message.into(), retryable, details: None }
    }

    /// 400.
    pub fn bad_request(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 500; `cause` goes to the log only.
    pub fn internal(cause: &dyn std::fmt::Display) -> Self {
        tracing::error!(%cause, "request failed");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            status_sentence(StatusCode::INTERNAL_SERVER_ERROR),
        )
    }

    /// 503: no run has been published yet.
    pub fn no_run(reason: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "no_run", reason)
    }

    /// Adds fields for programs.
    #[must_use]
    pub fn with_details(mut self, details: Value) -> Self {
        self.details = Some(Box::new(details));
        self
    }

    /// What the framework refused by itself, known only by its status.
    pub(crate) fn from_status(status: StatusCode) -> Self {
        let code = match status {
            StatusCode::BAD_REQUEST => "bad_request",
            StatusCode::NOT_FOUND => "not_found",
            StatusCode::METHOD_NOT_ALLOWED => "method_not_allowed",
            StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => "timeout",
            StatusCode::PAYLOAD_TOO_LARGE => "payload_too_large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "unsupported_media_type",
            StatusCode::UNPROCESSABLE_ENTITY => "invalid_request",
            status if status.is_client_error() => "bad_request",
            _ => "internal",
        };
        Self::new(status, code, status_sentence(status))
    }

    /// The error of an answer, as long as nothing was streamed. The agent has logged it under its trace id, inside the
    /// request's span; the envelope carries the request's id like every other error.
    pub(crate) fn from_answer_error(error: &ErrorInfo) -> Self {
        let mut api_error = Self::new(status_of_code(&error.code), error.code.clone(), error.message.clone());
        api_error.retryable = error.retryable;
        api_error
    }
}

impl From<TurnError> for ApiError {
    fn from(error: TurnError) -> Self {
        Self::from_answer_error(&error.info(""))
    }
}

/// The status that belongs to the code of an answer's error (`agent::error::TurnError::code`); what is not known is the server's fault.
fn status_of_code(code: &str) -> StatusCode {
    match code {
        "message_empty" | "message_too_long" | "invalid_session_id" => StatusCode::BAD_REQUEST,
        "budget_exceeded" => StatusCode::UNPROCESSABLE_ENTITY,
        "session_unavailable" | "cancelled" => StatusCode::SERVICE_UNAVAILABLE,
        "timeout" => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn status_sentence(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "there is nothing at this address; the chat API is POST /v1/chat",
        StatusCode::METHOD_NOT_ALLOWED => "this address exists but not for this method; see the Allow header",
        StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => {
            "the answer took too long; try again or ask for less"
        }
        StatusCode::PAYLOAD_TOO_LARGE => "the request body is too large",
        StatusCode::UNSUPPORTED_MEDIA_TYPE => "send JSON with the header content-type: application/json",
        StatusCode::UNPROCESSABLE_ENTITY => "the request body has the wrong shape",
        status if status.is_client_error() => "the request cannot be read",
        _ => "something failed on our side; tell us the correlation id",
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_of_the_framework_has_a_code() {
        for (status, code) in [
            (StatusCode::NOT_FOUND, "not_found"),
            (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed"),
            (StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large"),
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type"),
            (StatusCode::UNPROCESSABLE_ENTITY, "invalid_request"),
            (StatusCode::GATEWAY_TIMEOUT, "timeout"),
            (StatusCode::IM_A_TEAPOT, "bad_request"),
            (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
        ] {
            assert_eq!(ApiError::from_status(status).code, code);
        }
    }

    #[test]
    fn an_internal_error_does_not_send_its_cause() {
        let error = ApiError::internal(&"connection string with a password");
        assert!(!error.message.contains("password"));
    }

    #[test]
    fn only_passing_failures_are_retryable() {
        assert!(ApiError::no_run("x").retryable);
        assert!(!ApiError::bad_request("x", "y").retryable);
    }
}
