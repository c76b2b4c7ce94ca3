//! The agent: does the waiting of a turn, and makes the answer of its outcome.
//!
//! ```text
//! request ─> accept ─> load session ─> TurnRun ⇄ model / tools ─> answer ─> append session
//! ```
//!
//! [`Agent::answer`] always gives an [`Answer`]; what failed is its `error`. Calls of one step run side by side. A fired
//! token or a dropped future stops the tools and the model. Planning and composing run on the blocking threads, so that
//! they hold up no other request, and a panic there ends one turn only.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use config::{agent::AgentSettings, llm::LlmSettings};
use domain::answer::{ANSWER_SCHEMA_VERSION, Answer, Evidence, Note, PlannerKind, Status, Usage};
use futures::future::join_all;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use tools::{
    contract::{ToolContext, ToolError, ToolOutput},
    registry::Registry,
};
use tracing::{Instrument, field};
use uuid::Uuid;

use crate::{
    answer_cache::{AnswerCache, Key},
    builtin::PastTurn,
    draft::Draft,
    error::TurnError,
    events::{Activity, EventSink, TurnEvent},
    evidence::{evidence_of, with_tool_notes},
    llm::{
        ChatModel, ModelError, ModelReply, ModelRequest,
        retry::{self, RetryPolicy},
    },
    memory::{SessionError, SessionStore, StoredTurn},
    plan::{CallFailure, CallResult, PlannedCall},
    request::TurnRequest,
    trace::TurnTrace,
    turn::{Outcome, Planner, Step, TurnBudget, TurnInput, TurnRun},
};

/// Answers messages. Cheap to clone; one a process.
#[derive(Clone)]
pub struct Agent {
    /// The tools.
    pub registry: Arc<Registry>,
    /// `[agent]`.
    pub settings: AgentSettings,
    /// `[llm]`.
    pub llm: LlmSettings,
    /// The planner that needs no model.
    pub builtin: Arc<dyn Planner>,
    /// The model, where one is configured.
    pub model: Option<Arc<dyn ChatModel>>,
    /// Where conversations are kept.
    pub sessions: Arc<dyn SessionStore>,
    /// Results that were asked before; `None` asks anew every time.
    pub cache: Option<Arc<AnswerCache>>,
}

/// What is known of a turn before it is planned.
struct Frame {
    began: Instant,
    run_id: String,
    session_id: String,
    trace_id: String,
    cancel: CancellationToken,
}

impl Frame {
    fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

impl Agent {
    /// Answers a message. Events are sent as it goes; the answer is the last of them and the return value.
    pub async fn answer(&self, request: TurnRequest, events: EventSink) -> Answer {
        let frame = Frame {
            began: Instant::now(),
            run_id: request.run.id().to_owned(),
            session_id: request
                .accepted_session_id()
                .ok()
                .flatten()
                .map_or_else(|| Uuid::new_v4().to_string(), str::to_owned),
            trace_id: Uuid::new_v4().simple().to_string(),
            cancel: request.cancel.child_token(),
        };
        // Stops everything that this turn began when the future is dropped, as when the client goes away.
        let _stop = frame.cancel.clone().drop_guard();
        let span = tracing::info_span!(
            "invoke_agent",
            gen_ai.operation.name = "invoke_agent",
            gen_ai.conversation.id = frame.session_id,
            trace_id = frame.trace_id,
            run_id = frame.run_id,
            role = request.principal.role().as_str(),
        );
        let answer = self.answer_in(&request, &frame, &events).instrument(span).await;
        events.finish(&answer);
        answer
    }

    async fn answer_in(&self, request: &TurnRequest, frame: &Frame, events: &EventSink) -> Answer {
        let begun = tokio::select! {
            biased;
            () = frame.cancel.cancelled() => Err(TurnError::Cancelled),
            begun = self.begin(request, frame, events) => begun,
        };
        let turn = match begun {
            Ok(turn) => turn,
            Err(error) => return failed(frame, &error, PlannerKind::Builtin, Usage::default()),
        };
        let message = turn.message;
        let (outcome, trace) = tokio::select! {
            biased;
            () = frame.cancel.cancelled() => {
                return failed(frame, &TurnError::Cancelled, PlannerKind::Builtin, Usage::default());
            }
            done = self.drive(turn.run, request, frame, events) => done,
        };
        let (mut answer, plan) = finished(frame, outcome, &trace);
        if answer.status != Status::Error {
            self.keep(request, frame, message, &mut answer, plan, trace).await;
        }
        answer.usage.elapsed_ms = frame.elapsed().as_secs_f64() * 1_000.0;
        answer
    }

    /// Accepts the message and reads the conversation.
    async fn begin(
        &self,
        request: &TurnRequest,
        frame: &Frame,
        events: &EventSink,
    ) -> Result<Begun, TurnError> {
        let message = request.accepted_message(&self.settings)?;
        let history = match request.accepted_session_id()? {
            Some(session_id) => self.history(request.principal.subject(), session_id).await?,
            None => Vec::new(),
        };
        events.send(TurnEvent::Status { activity: Activity::Planning });
        let input = TurnInput {
            message: message.clone(),
            principal: request.principal.clone(),
            history,
            basket: request.basket.clone(),
            run: Arc::clone(&request.run),
            specs: self.registry.specs_for(request.principal.role()),
            planner: request.planner.unwrap_or(self.settings.planner),
            has_model: self.model.is_some(),
        };
        let budget = TurnBudget::from_settings(&self.settings, &self.llm);
        tracing::debug!(elapsed_ms = frame.elapsed_ms(), "turn begins");
        Ok(Begun { message, run: TurnRun::new(input, budget, Arc::clone(&self.builtin)) })
    }

    /// A conversation that the subject does not have is a new one under that id.
    async fn history(&self, subject: &str, session_id: &str) -> Result<Vec<PastTurn>, TurnError> {
        match self.sessions.load(subject, session_id, self.settings.history_turns).await {
            Ok(turns) => Ok(turns.iter().map(StoredTurn::past).collect()),
            Err(SessionError::NotFound(_)) => Ok(Vec::new()),
            Err(error) => {
                tracing::error!(%error, "the conversation could not be read");
                Err(TurnError::SessionUnavailable)
            }
        }
    }

    /// Waits for what the turn wants until it is done.
    async fn drive(
        &self,
        mut turn: TurnRun,
        request: &TurnRequest,
        frame: &Frame,
        events: &EventSink,
    ) -> (Outcome, TurnTrace) {
        let deadline = frame.began + Duration::from_millis(self.settings.timeout_ms);
        let context = ToolContext {
            principal: request.principal.clone(),
            run: Arc::clone(&request.run),
            basket: request.basket.clone(),
            deadline,
            cancel: frame.cancel.clone(),
        };
        loop {
            let elapsed_ms = frame.elapsed_ms();
            let planning = tokio::task::spawn_blocking(move || {
                let step = turn.next_step(elapsed_ms);
                (turn, step)
            });
            let step;
            (turn, step) = match planning.await {
                Ok(planned) => planned,
                Err(error) => {
                    tracing::error!(%error, "a planner failed");
                    return (broken(), TurnTrace::default());
                }
            };
            match step {
                Step::Done(outcome) => return (*outcome, turn.trace().clone()),
                Step::CallModel(model_request) => match self.call_model(&model_request, events).await {
                    Ok(reply) => turn.model_replied(reply),
                    Err(error) => turn.model_failed(error),
                },
                Step::CallTools(calls) => {
                    events.send(TurnEvent::Status { activity: Activity::CallingTools });
                    let calls = calls.into_iter().map(|call| self.call_tool(call, &context, events));
                    turn.tools_returned(join_all(calls).await);
                }
            }
        }
    }

    async fn call_model(&self, request: &ModelRequest, events: &EventSink) -> Result<ModelReply, ModelError> {
        events.send(TurnEvent::Status { activity: Activity::Thinking });
        let Some(model) = &self.model else {
            return Err(ModelError::Permanent("no language model is configured".into()));
        };
        let policy = RetryPolicy { timeout_ms: self.llm.timeout_ms, retries: self.llm.retries };
        let span = tracing::info_span!(
            "chat",
            gen_ai.operation.name = "chat",
            gen_ai.request.model = model.name(),
            gen_ai.request.max_tokens = request.max_output_tokens,
            gen_ai.usage.input_tokens = field::Empty,
            gen_ai.usage.output_tokens = field::Empty,
            error.r#type = field::Empty,
        );
        let reply = retry::complete(&**model, request, policy).instrument(span.clone()).await;
        match &reply {
            Ok(ModelReply { usage: Some(usage), .. }) => {
                span.record("gen_ai.usage.input_tokens", usage.input_tokens);
                span.record("gen_ai.usage.output_tokens", usage.output_tokens);
            }
            Ok(_) => {}
            Err(error) => {
                span.record("error.type", error.code());
                tracing::warn!(parent: &span, %error, "the model gave no reply");
            }
        }
        reply
    }

    async fn call_tool(&self, call: PlannedCall, context: &ToolContext, events: &EventSink) -> CallResult {
        events.send(TurnEvent::ToolCall {
            id: call.id.clone(),
            tool: call.tool.clone(),
            arguments: call.arguments.clone(),
        });
        let span = tracing::info_span!(
            "execute_tool",
            gen_ai.operation.name = "execute_tool",
            gen_ai.tool.name = call.tool,
            gen_ai.tool.call.id = call.id,
        );
        let began = Instant::now();
        let (outcome, cached) = self.kept_or_called(&call, context).instrument(span.clone()).await;
        let outcome = outcome.map_err(|error| {
            // The text of an engine stays here; what goes on is safe to show.
            tracing::warn!(parent: &span, %error, code = error.code(), "tool call failed");
            CallFailure::from(&error)
        });
        let elapsed_ms = began.elapsed().as_secs_f64() * 1_000.0;
        events.send(TurnEvent::ToolResult {
            id: call.id.clone(),
            tool: call.tool.clone(),
            row_count: outcome.as_ref().map_or(0, |output| output.table.rows.len()),
            truncated: outcome.as_ref().is_ok_and(|output| output.truncated),
            elapsed_ms,
            error: outcome.as_ref().err().cloned(),
        });
        CallResult { call, outcome, elapsed_ms, cached }
    }

    /// The result of a call and whether it was kept from an earlier one.
    async fn kept_or_called(
        &self,
        call: &PlannedCall,
        context: &ToolContext,
    ) -> (Result<ToolOutput, ToolError>, bool) {
        let cache = self.cache.as_deref().map(|cache| (cache, Key::of(call, context)));
        if let Some(output) = cache.as_ref().and_then(|(cache, key)| cache.get(key)) {
            return (Ok(ToolOutput::clone(&output)), true);
        }
        let outcome = self.registry.call(&call.tool, context, call.arguments.clone()).await;
        if let (Some((cache, key)), Ok(output)) = (cache, &outcome) {
            cache.put(key, output);
        }
        (outcome, false)
    }

    /// Adds the turn to the conversation. The answer stands when that fails, and says so.
    async fn keep(
        &self,
        request: &TurnRequest,
        frame: &Frame,
        message: String,
        answer: &mut Answer,
        plan: Value,
        trace: TurnTrace,
    ) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let at_ms = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
        let turn = StoredTurn { at_ms, message, answer: answer.clone(), plan, trace };
        let subject = request.principal.subject();
        if let Err(error) = self.sessions.append(subject, &frame.session_id, turn).await {
            tracing::error!(%error, "the turn could not be kept");
            let text = "This answer could not be kept: the next question will not know of it.";
            answer.notes.push(Note::new("session_not_kept", text));
        }
    }
}

/// A turn that was accepted.
struct Begun {
    message: String,
    run: TurnRun,
}

/// The outcome of a planner that panicked.
fn broken() -> Outcome {
    Outcome {
        draft: Err(TurnError::Internal),
        planner: PlannerKind::Builtin,
        plan: Value::Null,
        results: Vec::new(),
    }
}

/// The answer of an outcome, and the plan to keep with it.
fn finished(frame: &Frame, outcome: Outcome, trace: &TurnTrace) -> (Answer, Value) {
    let Outcome { draft, planner, plan, results } = outcome;
    let answer = match draft {
        Ok(draft) => answered(frame, draft, planner, &results, trace.usage.clone()),
        Err(error) => {
            let evidence = results.iter().filter_map(evidence_of).collect();
            Answer { evidence, ..failed(frame, &error, planner, trace.usage.clone()) }
        }
    };
    (answer, plan)
}

fn answered(
    frame: &Frame,
    draft: Draft,
    planner: PlannerKind,
    results: &[CallResult],
    usage: Usage,
) -> Answer {
    let evidence: Vec<Evidence> = results.iter().filter_map(evidence_of).collect();
    Answer {
        schema_version: ANSWER_SCHEMA_VERSION,
        status: draft.status,
        text: draft.text,
        bindings: draft.bindings,
        blocks: draft.blocks,
        evidence,
        notes: with_tool_notes(draft.notes, results),
        suggestions: draft.suggestions,
        clarify: draft.clarify,
        refusal: draft.refusal,
        error: None,
        session_id: frame.session_id.clone(),
        run_id: frame.run_id.clone(),
        planner,
        cached: !results.is_empty() && results.iter().all(|result| result.cached),
        trace_id: frame.trace_id.clone(),
        usage,
    }
}

fn failed(frame: &Frame, error: &TurnError, planner: PlannerKind, usage: Usage) -> Answer {
    tracing::warn!(code = error.code(), %error, correlation_id = frame.trace_id, "the turn failed");
    let mut answer = answered(frame, Draft::answered(String::new()), planner, &[], usage);
    answer.status = Status::Error;
    answer.error = Some(error.info(&frame.trace_id));
    answer.usage.elapsed_ms = frame.elapsed().as_secs_f64() * 1_000.0;
    answer
}
