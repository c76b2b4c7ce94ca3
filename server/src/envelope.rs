//! The outermost middleware: gives every request a correlation id, writes every error in the one envelope, and adds
//! the headers that hold for every response.
//!
//! A client may bring its own `x-request-id` (letters, digits, `-`, `_`, `.`, at most 64); anything else is replaced,
//! so that nobody writes into our log.

use axum::{
    Json,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use tracing::Instrument;
use uuid::Uuid;

use crate::api_error::{ApiError, Envelope, EnvelopeError};

/// The header of the correlation id, in both directions.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Longest id taken over from a client; a UUID has 36 characters, a W3C trace id 55.
const MAX_REQUEST_ID: usize = 64;

/// The page loads only what this server sends and talks only to this server. No inline script or style.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The correlation id of a request, for handlers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrelationId(pub String);

/// Wraps the whole application.
pub async fn envelope(mut request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    let span = tracing::info_span!(
        "request",
        correlation_id = %id,
        method = %request.method(),
        path = %request.uri().path()
    );
    request.extensions_mut().insert(CorrelationId(id.clone()));
    let started = std::time::Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    let mut response = render(response, &id);
    let elapsed_ms = started.elapsed().as_secs_f64() * 1000.0;
    span.in_scope(|| tracing::info!(status = response.status().as_u16(), elapsed_ms, "answered"));
    finish_headers(response.headers_mut(), &id);
    response
}

/// Writes the body of an error; anything else passes.
fn render(mut response: Response, id: &str) -> Response {
    let status = response.status();
    let Some(error) = response.extensions_mut().remove::<ApiError>().or_else(|| {
        // Our own JSON bodies with an error status (`/readyz`) pass as they are.
        let ours = response.headers().get(header::CONTENT_TYPE).is_some_and(|v| v == "application/json");
        ((status.is_client_error() || status.is_server_error()) && !ours)
            .then(|| ApiError::from_status(status))
    }) else {
        return response;
    };
    let body = Envelope {
        error: EnvelopeError {
            code: &error.code,
            message: &error.message,
            correlation_id: id,
            retryable: error.retryable,
            details: error.details.as_deref(),
        },
    };
    let mut rendered = (status, Json(body)).into_response();
    for name in [header::ALLOW, header::WWW_AUTHENTICATE, header::RETRY_AFTER, header::CONNECTION] {
        if let Some(value) = response.headers().get(&name) {
            rendered.headers_mut().insert(name, value.clone());
        }
    }
    rendered
}

fn finish_headers(headers: &mut HeaderMap, id: &str) {
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

fn request_id(headers: &HeaderMap) -> String {
    let well_formed = |id: &&str| {
        !id.is_empty()
            && id.len() <= MAX_REQUEST_ID
            && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(well_formed)
        .map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_for(sent: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(REQUEST_ID, HeaderValue::from_str(sent).unwrap());
        request_id(&headers)
    }

    #[test]
    fn a_clients_own_id_is_kept_when_it_is_harmless() {
        assert_eq!(id_for("checkout-42.a_b"), "checkout-42.a_b");
    }

    #[test]
    fn an_id_that_could_forge_a_log_line_is_replaced() {
        for sent in ["a b", "x=1\tlevel=error", "", &"a".repeat(65), "<script>"] {
            assert_ne!(id_for(sent), sent);
        }
    }
}
