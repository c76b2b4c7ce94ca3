//! `[server]`: the HTTP server.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{
    secret::Secret,
    settings::{ConfigError, in_range},
};

/// Settings of `[server]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// Address and port.
    pub listen: String,
    /// Key of the HS256 bearer tokens; from the environment (`INSIGHTFLOW__SERVER__TOKEN_KEY`).
    pub token_key: Secret,
    /// Whether a request without a token is a guest; `false` = it is refused.
    pub allow_guests: bool,
    /// The SQLite file of sessions; empty = `sessions.sqlite` in the lake.
    pub sessions_file: PathBuf,
    /// Days that a session is kept after its last message.
    pub session_days: u32,
    /// Bytes of a request body, KiB.
    pub max_body_kib: usize,
    /// Turns answered at the same time; further ones wait.
    pub concurrency: usize,
    /// Seconds that requests under way are given at shutdown.
    pub shutdown_seconds: u64,
}

impl ServerSettings {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        in_range("server.session_days", self.session_days, 1, 3_650)?;
        in_range("server.max_body_kib", self.max_body_kib, 1, 1_024)?;
        in_range("server.concurrency", self.concurrency, 1, 10_000)?;
        in_range("server.shutdown_seconds", self.shutdown_seconds, 0, 600)?;
        if !self.token_key.is_empty() && self.token_key.expose().len() < 32 {
            return Err(ConfigError::OutOfRange {
                key: "server.token_key".into(),
                value: format!("{} bytes long", self.token_key.expose().len()),
                expected: "at least 32 bytes long (HS256)".into(),
            });
        }
        Ok(())
    }
}
