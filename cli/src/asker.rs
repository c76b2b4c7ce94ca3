//! What `ask` and `chat` have in common: the published run, the agent, and one question at a time.

use std::sync::Arc;

use agent::{driver::Agent, events::EventSink, memory::SessionStore, request::TurnRequest};
use config::agent::PlannerChoice;
use domain::{answer::Answer, principal::Principal};
use tokio_util::sync::CancellationToken;
use tools::run::Run;

use crate::parts::Context;

/// One question.
pub(crate) struct Question {
    /// As it was typed.
    pub(crate) message: String,
    /// Who asks.
    pub(crate) principal: Principal,
    /// The conversation to go on with.
    pub(crate) session_id: Option<String>,
    /// Who plans.
    pub(crate) planner: Option<PlannerChoice>,
}

/// The agent over the published run.
pub(crate) struct Asker {
    agent: Agent,
    run: Arc<Run>,
}

impl Asker {
    /// Opens run and conversations.
    pub(crate) async fn open(context: &Context) -> anyhow::Result<Self> {
        let run = context.open_latest().await?;
        let sessions: Arc<dyn SessionStore> = Arc::new(context.sessions().await?);
        Ok(Self { agent: context.agent(sessions)?, run })
    }

    /// The run that answers.
    pub(crate) fn run_id(&self) -> &str {
        self.run.id()
    }

    /// Answers; Ctrl-C stops the turn, and the answer says so.
    pub(crate) async fn ask(&self, question: Question) -> Answer {
        let cancel = CancellationToken::new();
        let request = TurnRequest {
            session_id: question.session_id,
            planner: question.planner,
            cancel: cancel.clone(),
            ..TurnRequest::new(question.message, question.principal, Arc::clone(&self.run))
        };
        let answering = self.agent.answer(request, EventSink::none());
        tokio::pin!(answering);
        tokio::select! {
            answer = &mut answering => return answer,
            Ok(()) = tokio::signal::ctrl_c() => cancel.cancel(),
        }
        answering.await
    }
}
