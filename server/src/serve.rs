//! Binds, starts and stops the server.
//!
//! Binding comes first: a busy port is known before anything heavy is opened, and whether development tokens may be
//! handed out depends on the address that was really taken.

use std::{
    future::{Future, IntoFuture},
    io,
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use agent::driver::Agent;
use config::{agent::AgentSettings, server::ServerSettings};
use domain::lake::Lake;
use futures::future::BoxFuture;
use tokio::{
    net::{TcpListener, lookup_host},
    sync::Semaphore,
};
use tokio_util::sync::CancellationToken;
use tools::run::Run;

use crate::{
    app::{AppState, Limits, router},
    auth::Authenticator,
    error::ServerError,
    runs::{CurrentRun, Watcher},
    sessions::SqliteSessions,
};

/// Why a run could not be opened; only its text is used.
pub type OpenRunError = Box<dyn std::error::Error + Send + Sync>;

/// Opens a run of the lake by its id. Given by the binary, which knows the engines' settings and the models.
pub type OpenRun = Arc<dyn Fn(String) -> BoxFuture<'static, Result<Arc<Run>, OpenRunError>> + Send + Sync>;

/// A taken port.
#[derive(Debug)]
pub struct Listener {
    listener: TcpListener,
    address: SocketAddr,
}

/// What the server is made of.
pub struct Parts {
    /// `[server]`.
    pub settings: ServerSettings,
    /// `[agent]`: the bounds of a turn.
    pub agent_settings: AgentSettings,
    /// Where the runs lie.
    pub lake: Lake,
    /// Answers messages; its session store is [`Parts::sessions`].
    pub agent: Arc<Agent>,
    /// Conversations.
    pub sessions: Arc<SqliteSessions>,
    /// Opens runs.
    pub open_run: OpenRun,
    /// The model's name where one is configured.
    pub llm_model: Option<String>,
}

/// A server that is ready to run.
pub struct Server {
    listener: Listener,
    state: AppState,
    watcher: BoxFuture<'static, ()>,
    stop_watching: CancellationToken,
    shutdown: Duration,
}

impl Listener {
    /// Takes the configured port.
    pub async fn bind(listen: &str) -> Result<Self, ServerError> {
        let unusable = |source| ServerError::Address { listen: listen.to_owned(), source };
        let nothing = || unusable(io::Error::new(io::ErrorKind::NotFound, "the name has no address"));
        let address = lookup_host(listen).await.map_err(unusable)?.next().ok_or_else(nothing)?;
        let bind = |source| ServerError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        Ok(Self { listener, address })
    }

    /// The address that was taken.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

/// Where sessions are kept.
pub fn sessions_file(settings: &ServerSettings, lake: &Lake) -> PathBuf {
    if settings.sessions_file.as_os_str().is_empty() {
        lake.root().join("sessions.sqlite")
    } else {
        settings.sessions_file.clone()
    }
}

impl Server {
    /// Checks who may connect, and opens the published run where there is one.
    pub async fn new(listener: Listener, parts: Parts) -> Result<Self, ServerError> {
        let authenticator = Arc::new(Authenticator::new(&parts.settings, listener.address)?);
        let runs = Arc::new(CurrentRun::default());
        let open_run = parts.open_run;
        let mut watcher = Watcher::new(parts.lake, Arc::clone(&runs), move |id| open_run(id));
        watcher.poll().await;
        let stop_watching = CancellationToken::new();
        let state = AppState {
            agent: parts.agent,
            runs,
            sessions: parts.sessions,
            authenticator,
            limits: Limits {
                max_body_bytes: parts.settings.max_body_kib * 1024,
                max_message_chars: parts.agent_settings.max_message_chars,
                turn: Duration::from_millis(parts.agent_settings.timeout_ms),
            },
            permits: Arc::new(Semaphore::new(parts.settings.concurrency)),
            llm_model: parts.llm_model.map(Arc::from),
        };
        let watcher = Box::pin(watcher.run(stop_watching.clone()));
        let shutdown = Duration::from_secs(parts.settings.shutdown_seconds);
        Ok(Self { listener, state, watcher, stop_watching, shutdown })
    }

    /// The address it answers at.
    pub fn address(&self) -> SocketAddr {
        self.listener.address
    }

    /// Whether development tokens are handed out.
    pub fn is_development(&self) -> bool {
        self.state.authenticator.is_development()
    }

    /// The run it serves, or why it serves none.
    pub fn run_id(&self) -> Result<String, String> {
        self.state.runs.id().ok_or_else(|| self.state.runs.problem().unwrap_or_default())
    }

    /// Answers until `stop` is done, then gives requests under way the configured time to end.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), ServerError> {
        let Self { listener, state, watcher, stop_watching, shutdown } = self;
        if state.authenticator.is_development() {
            tracing::info!("no token key configured: anybody on this machine can fetch a token for any role");
        }
        let sweeper = tokio::spawn(Arc::clone(&state.sessions).sweep_until(stop_watching.clone()));
        let watcher = tokio::spawn(watcher);
        let stopping = CancellationToken::new();
        let signal = {
            let stopping = stopping.clone();
            async move {
                stop.await;
                tracing::info!("stopping; requests under way may end");
                stopping.cancel();
            }
        };
        let serve =
            axum::serve(listener.listener, router(state)).with_graceful_shutdown(signal).into_future();
        let outcome = tokio::select! {
            outcome = serve => outcome.map_err(ServerError::Serve),
            () = async { stopping.cancelled().await; tokio::time::sleep(shutdown).await } => {
                tracing::warn!(seconds = shutdown.as_secs(), "requests still under way are cut off");
                Ok(())
            }
        };
        stop_watching.cancel();
        // Both end at their next tick; a task that panicked has nothing left to stop.
        let _ended = (watcher.await, sweeper.await);
        outcome
    }
}
