//! Why the server could not start or its session store failed; what a request meets is [`crate::api_error::ApiError`].

use std::{io, net::SocketAddr, path::PathBuf};

/// A failure outside a single request.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// `[server] listen` is no address.
    #[error("server.listen is {listen:?}, it must be an address and a port such as 127.0.0.1:8080: {source}")]
    Address {
        /// What was configured.
        listen: String,
        /// What the resolver said.
        source: io::Error,
    },
    /// The port is taken or may not be used.
    #[error(
        "cannot listen on {address}: {source}; stop the program that uses the port, or choose another one with \
         --listen 127.0.0.1:PORT (port 0 takes any free one)"
    )]
    Bind {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// Development tokens would be handed to a whole network.
    #[error(
        "{address} is reachable from other machines and no token key is configured: set \
         INSIGHTFLOW__SERVER__TOKEN_KEY to at least 32 bytes, or listen on 127.0.0.1"
    )]
    KeyRequired {
        /// The address.
        address: SocketAddr,
    },
    /// The sessions file cannot be opened.
    #[error(
        "cannot open the sessions file {path}: {source}; check the folder's rights or set server.sessions_file"
    )]
    SessionsFile {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },
    /// The sessions file was written by a newer binary.
    #[error(
        "the sessions file {path} has schema {found}, this binary knows up to {known}: use a newer insightflow"
    )]
    SessionsSchema {
        /// The file.
        path: PathBuf,
        /// Its schema version.
        found: i64,
        /// The newest schema this binary knows.
        known: i64,
    },
    /// The listener failed while serving.
    #[error("the server stopped: {0}")]
    Serve(#[source] io::Error),
}
