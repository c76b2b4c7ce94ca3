//! Who asks: a bearer token (JWT, HS256) becomes a [`Principal`]; no token is a guest where that is allowed.
//!
//! Claims: `sub` (stable and unique to its holder), `role`, `user_id` (shoppers; staff may carry one), `exp` (always).
//! The algorithm is fixed: a token that names another one, `none` included, is refused before its signature is looked
//! at (RFC 8725, 3.1). Nothing in a request's body takes part. Without a configured key the server signs development
//! tokens itself, with a key that lives as long as the process, and only on loopback.

use std::net::SocketAddr;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderValue, StatusCode, header, request::Parts},
};
use config::server::ServerSettings;
use domain::{
    ids::UserId,
    principal::{Principal, Role},
};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, crypto::rust_crypto, errors::ErrorKind,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{api_error::ApiError, error::ServerError};

/// Seconds by which the clock of whoever mints tokens may differ from ours.
const CLOCK_LEEWAY_SECONDS: u64 = 10;

/// A working day: long enough to try things out, short enough that a token left in a log is soon worthless.
const DEVELOPMENT_TOKEN_SECONDS: u64 = 12 * 3_600;

/// The claims of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Stable and unique to its holder: sessions belong to it.
    pub sub: String,
    /// `guest`, `shopper`, `analyst` or `admin`.
    pub role: String,
    /// The customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<u32>,
    /// Seconds since 1970 after which it is void.
    pub exp: u64,
}

/// Why a token is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AuthError {
    /// There is none, and guests are not allowed.
    #[error("a bearer token is needed here: send authorization: Bearer TOKEN")]
    Missing,
    /// The header is not `Bearer TOKEN`.
    #[error("the authorization header must read: Bearer TOKEN")]
    Scheme,
    /// It is no JWT, or its claims have the wrong shape.
    #[error(
        "the token cannot be read: it must be a JWT with the claims sub, role, exp and, for shoppers, user_id"
    )]
    Malformed,
    /// Its signature is not ours.
    #[error("the token's signature does not fit")]
    Signature,
    /// It names an algorithm other than HS256.
    #[error("the token must be signed with HS256")]
    Algorithm,
    /// Its time is up.
    #[error("the token has expired")]
    Expired,
    /// A claim is missing.
    #[error("the token lacks the claim {0:?}")]
    MissingClaim(String),
    /// Its claims make no principal.
    #[error("the token's claims do not fit: {0}")]
    Claims(String),
}

impl From<AuthError> for ApiError {
    fn from(error: AuthError) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", error.to_string())
    }
}

/// Verifies tokens; issues development tokens where no key is configured.
#[derive(Clone)]
pub struct Authenticator {
    decoding: DecodingKey,
    development: Option<EncodingKey>,
    validation: Validation,
    allow_guests: bool,
}

/// A development token as it is handed out.
#[derive(Debug, Clone, Serialize)]
pub struct DevelopmentToken {
    /// What to send as `Authorization: Bearer …`.
    pub token: String,
    /// The role it carries.
    pub role: Role,
    /// The customer it carries.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_id: Option<u32>,
    /// Seconds since 1970.
    pub expires_at: u64,
    /// That this is no way to run a shop.
    pub warning: &'static str,
}

impl Authenticator {
    /// The authenticator for a server that listens on that address. Refuses to go without a key where others could
    /// fetch development tokens.
    pub fn new(settings: &ServerSettings, address: SocketAddr) -> Result<Self, ServerError> {
        // An error means that somebody installed a provider before, which is as good.
        let _already = rust_crypto::DEFAULT_PROVIDER.install_default();
        let configured = !settings.token_key.is_empty();
        if !configured && !address.ip().is_loopback() {
            return Err(ServerError::KeyRequired { address });
        }
        let key = if configured {
            settings.token_key.expose().as_bytes().to_vec()
        } else {
            // Two random UUIDs: 244 bits from the system's generator, gone with the process.
            [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat()
        };
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = CLOCK_LEEWAY_SECONDS;
        validation.validate_nbf = true;
        validation.set_required_spec_claims(&["exp", "sub"]);
        Ok(Self {
            decoding: DecodingKey::from_secret(&key),
            development: (!configured).then(|| EncodingKey::from_secret(&key)),
            validation,
            allow_guests: settings.allow_guests,
        })
    }

    /// Whether development tokens are handed out.
    pub fn is_development(&self) -> bool {
        self.development.is_some()
    }

    /// The principal behind an `Authorization` header.
    pub fn principal(&self, authorization: Option<&HeaderValue>) -> Result<Identity, AuthError> {
        let Some(value) = authorization else {
            let guest = Identity { principal: Principal::guest(), anonymous: true };
            return if self.allow_guests { Ok(guest) } else { Err(AuthError::Missing) };
        };
        let text = value.to_str().map_err(|_| AuthError::Scheme)?;
        let (scheme, token) = text.split_once(' ').ok_or(AuthError::Scheme)?;
        if !scheme.eq_ignore_ascii_case("bearer") || token.trim().is_empty() {
            return Err(AuthError::Scheme);
        }
        let claims = jsonwebtoken::decode::<Claims>(token.trim(), &self.decoding, &self.validation)
            .map_err(|error| refusal(error.kind()))?
            .claims;
        if claims.sub.is_empty() {
            return Err(AuthError::Claims("sub is empty".to_owned()));
        }
        let principal = claims
            .role
            .parse::<Role>()
            .and_then(|role| Principal::new(role, claims.user_id.map(UserId), claims.sub))
            .map_err(|error| AuthError::Claims(error.to_string()))?;
        Ok(Identity { principal, anonymous: false })
    }

    /// A development token; `None` where a key is configured. Guests get a subject each, so that they do not see each
    /// other's sessions; the others keep theirs, so that a session outlives a reload.
    pub fn development_token(
        &self,
        role: Role,
        user_id: Option<u32>,
    ) -> Option<Result<DevelopmentToken, AuthError>> {
        let key = self.development.as_ref()?;
        let subject = match (role, user_id) {
            (Role::Guest, _) => format!("development:guest:{}", Uuid::new_v4()),
            (_, Some(user)) => format!("development:{role}:{user}"),
            (_, None) => format!("development:{role}"),
        };
        if let Err(error) = Principal::new(role, user_id.map(UserId), subject.clone()) {
            return Some(Err(AuthError::Claims(error.to_string())));
        }
        let expires_at = jsonwebtoken::get_current_timestamp() + DEVELOPMENT_TOKEN_SECONDS;
        let claims = Claims { sub: subject, role: role.to_string(), user_id, exp: expires_at };
        Some(sign(&claims, key).map(|token| DevelopmentToken {
            token,
            role,
            user_id,
            expires_at,
            warning: "development token: anybody on this machine can be anybody; set \
                      INSIGHTFLOW__SERVER__TOKEN_KEY before others use this server",
        }))
    }
}

/// Signs claims as the storefront's own backend does.
pub fn mint_token(claims: &Claims, key: &[u8]) -> Result<String, AuthError> {
    let _already = rust_crypto::DEFAULT_PROVIDER.install_default();
    sign(claims, &EncodingKey::from_secret(key))
}

fn sign(claims: &Claims, key: &EncodingKey) -> Result<String, AuthError> {
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, key).map_err(|_| AuthError::Malformed)
}

fn refusal(kind: &ErrorKind) -> AuthError {
    match kind {
        ErrorKind::InvalidSignature => AuthError::Signature,
        ErrorKind::ExpiredSignature | ErrorKind::ImmatureSignature => AuthError::Expired,
        ErrorKind::InvalidAlgorithm | ErrorKind::InvalidAlgorithmName | ErrorKind::UnsupportedAlgorithm => {
            AuthError::Algorithm
        }
        ErrorKind::MissingRequiredClaim(claim) => AuthError::MissingClaim(claim.clone()),
        _ => AuthError::Malformed,
    }
}

/// Who asks, as handlers take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The principal.
    pub principal: Principal,
    /// Whether there was no token at all: all such guests share one subject, so their sessions are not listed.
    pub anonymous: bool,
}

impl<S> FromRequestParts<S> for Identity
where
    S: Send + Sync,
    std::sync::Arc<Authenticator>: FromRef<S>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let authenticator = std::sync::Arc::<Authenticator>::from_ref(state);
        Ok(authenticator.principal(parts.headers.get(header::AUTHORIZATION))?)
    }
}

#[cfg(test)]
mod tests;
