//! `serve`: the chat API and the chat page over the published run, until Ctrl-C or SIGTERM.

use std::{process::ExitCode, sync::Arc};

use agent::memory::SessionStore;
use server::serve::{Listener, OpenRun, OpenRunError, Parts, Server};

use crate::{
    args::ServeArgs,
    parts::{Context, Embedding},
};

pub(super) fn run(context: &Context, args: &ServeArgs) -> anyhow::Result<ExitCode> {
    context.runtime()?.block_on(async {
        let server = start(context, args.listen.as_deref()).await?;
        announce(&server);
        server.run(stop_signal()).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// Takes the port first, then opens everything behind it.
pub(super) async fn start(context: &Context, listen: Option<&str>) -> anyhow::Result<Server> {
    let settings = &context.settings;
    let listener = Listener::bind(listen.unwrap_or(&settings.server.listen)).await?;
    // A wrong path of models stops the start; the run's opening would only log it.
    if let Embedding::Absent(reason) = context.embedding_off_thread().await? {
        eprintln!("search is lexical only: {reason}");
    }
    let sessions = Arc::new(context.sessions().await?);
    let store: Arc<dyn SessionStore> = Arc::clone(&sessions) as _;
    let opener = context.clone();
    let open_run: OpenRun = Arc::new(move |run_id| {
        let context = opener.clone();
        Box::pin(
            async move { context.open_run(&run_id).await.map_err(|e| OpenRunError::from(format!("{e:#}"))) },
        )
    });
    let llm = &settings.llm;
    let parts = Parts {
        settings: settings.server.clone(),
        agent_settings: settings.agent.clone(),
        lake: context.lake.clone(),
        agent: Arc::new(context.agent(store)?),
        sessions,
        open_run,
        llm_model: (!llm.base_url.is_empty()).then(|| llm.model.clone()),
    };
    Ok(Server::new(listener, parts).await?)
}

/// Where to click, and who may.
pub(super) fn announce(server: &Server) {
    let address = server.address();
    match server.run_id() {
        Ok(run_id) => eprintln!("serving run {run_id}"),
        Err(problem) => eprintln!("no run to serve yet: {problem}"),
    }
    if server.is_development() {
        eprintln!(
            "DEVELOPMENT MODE: no token key is configured, so anybody on this machine can ask as anybody.\n\
             Set INSIGHTFLOW__SERVER__TOKEN_KEY (at least 32 bytes) before others use this server."
        );
    }
    eprintln!("chat page  http://{address}/\nchat API   http://{address}/v1/chat   (Ctrl-C stops)");
}

/// Done on Ctrl-C, and on SIGTERM where there is one.
pub(super) async fn stop_signal() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                () = interrupt => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    interrupt.await;
}
