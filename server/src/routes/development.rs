//! `GET /dev/tokens?role=…&user=…`: development tokens, on loopback and without a configured key only.
//!
//! Where a key is configured the address does not exist. A page of another site could reach a server on loopback by
//! rebinding its own name (DNS rebinding); therefore, in development mode, only requests that name this machine in
//! their `Host` are answered.

use std::sync::Arc;

use axum::{
    Json,
    extract::{Query, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::principal::Role;
use serde::Deserialize;

use crate::{
    api_error::ApiError,
    auth::{Authenticator, DevelopmentToken},
};

/// The query of `/dev/tokens`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenQuery {
    role: String,
    #[serde(default)]
    user: Option<u32>,
}

/// Hands out a development token.
pub async fn token(
    State(authenticator): State<Arc<Authenticator>>,
    query: Result<Query<TokenQuery>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<DevelopmentToken>, ApiError> {
    if !authenticator.is_development() {
        return Err(ApiError::from_status(StatusCode::NOT_FOUND));
    }
    let bad = |message: String| ApiError::bad_request("invalid_request", message);
    let Query(query) = query.map_err(|_| {
        bad("give ?role=guest, analyst or admin, or ?role=shopper&user=N with a customer's number".to_owned())
    })?;
    let role: Role =
        query.role.parse().map_err(|error: domain::principal::PrincipalError| bad(error.to_string()))?;
    match authenticator.development_token(role, query.user) {
        Some(Ok(token)) => Ok(Json(token)),
        Some(Err(error)) => Err(bad(error.to_string())),
        None => Err(ApiError::from_status(StatusCode::NOT_FOUND)),
    }
}

/// Refuses requests that came for another host, in development mode.
pub async fn only_this_machine(
    State(authenticator): State<Arc<Authenticator>>,
    request: Request,
    next: Next,
) -> Response {
    if authenticator.is_development() && !names_this_machine(request.headers()) {
        return ApiError::new(
            StatusCode::MISDIRECTED_REQUEST,
            "wrong_host",
            "without a token key this server answers only to 127.0.0.1, [::1] and localhost",
        )
        .into_response();
    }
    next.run(request).await
}

fn names_this_machine(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name.eq_ignore_ascii_case("localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_rebound_name_is_not_this_machine() {
        let check = |host: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, HeaderValue::from_str(host).unwrap());
            names_this_machine(&headers)
        };
        for host in ["127.0.0.1:8080", "localhost:1", "LOCALHOST", "[::1]:8080", "127.0.0.9"] {
            assert!(check(host), "{host}");
        }
        for host in ["evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", ""]
        {
            assert!(!check(host), "{host}");
        }
        assert!(!names_this_machine(&HeaderMap::new()));
    }
}
