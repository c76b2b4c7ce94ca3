//! The JSON body of a request, read within the limit.
//!
//! A body that is too large is read to its end and thrown away (up to a bound) before the refusal is sent: a client
//! that is still writing when the connection closes would see a broken pipe instead of the 413.

use axum::{
    body::{Body, Bytes},
    extract::{FromRef, FromRequest, Request},
    http::{HeaderMap, StatusCode, header},
};
use futures::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::{error::Category, json};

use crate::api_error::ApiError;

/// Bytes of an oversized body that are read away at most; beyond, the connection is cut.
const MAX_DRAINED_BYTES: usize = 8 << 20;

/// The configured limit, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyLimit(pub usize);

/// A JSON body of that type.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

impl<T, S> FromRequest<S> for JsonBody<T>
where
    T: DeserializeOwned,
    S: Send + Sync,
    BodyLimit: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, Self::Rejection> {
        let (parts, body) = request.into_parts();
        let bytes = read(body, BodyLimit::from_ref(state)).await?;
        if !is_json(&parts.headers) {
            return Err(ApiError::from_status(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        parse(&bytes).map(Self)
    }
}

async fn read(body: Body, BodyLimit(limit): BodyLimit) -> Result<Bytes, ApiError> {
    let mut stream = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut total = 0_usize;
    while let Some(chunk) = stream.next().await {
        let chunk = chunk.map_err(|_| {
            ApiError::bad_request("bad_request", "the request body ended before it was complete")
        })?;
        total = total.saturating_add(chunk.len());
        if total <= limit {
            bytes.extend_from_slice(&chunk);
        } else if total > MAX_DRAINED_BYTES {
            break;
        }
    }
    if total > limit {
        let message = format!("the request body is too large, send at most {} KiB", limit / 1024);
        return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large", message)
            .with_details(json!({"max_bytes": limit})));
    }
    Ok(bytes.into())
}

fn is_json(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(|value| {
        let essence = value.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    })
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        Category::Data => ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_request",
            format!("the request body has the wrong shape: {error}"),
        ),
        _ => ApiError::bad_request("invalid_json", format!("the request body is no JSON: {error}")),
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn broken_json_and_a_wrong_shape_are_told_apart() {
        type Body = BTreeMap<String, u32>;
        assert_eq!(parse::<Body>(b"{").unwrap_err().status, StatusCode::BAD_REQUEST);
        assert_eq!(parse::<Body>(b"{\"a\": \"x\"}").unwrap_err().status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(parse::<Body>(b"{\"a\": 7}").unwrap(), Body::from([("a".to_owned(), 7)]));
    }

    #[test]
    fn a_charset_does_not_make_it_something_else_than_json() {
        let check = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static(value));
            is_json(&headers)
        };
        assert!(check("application/json; charset=utf-8"));
        assert!(!check("text/plain"));
        assert!(!is_json(&HeaderMap::new()));
    }
}
