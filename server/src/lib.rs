//! The chat API over HTTP, identity, sessions and the chat page.
//!
//! Stands between a client and the [`agent`]: a request becomes a `TurnRequest` with the [`domain::principal::Principal`]
//! of its bearer token, an answer becomes JSON or server-sent events. It serves the published run and follows the
//! lake's pointer ([`runs`]); it never sees the pipeline that made it. HTTP types appear in this crate only.

pub mod api_error;
pub mod app;
pub mod auth;
pub mod body;
pub mod envelope;
pub mod error;
pub mod routes;
pub mod runs;
pub mod serve;
pub mod sessions;

pub use error::ServerError;
