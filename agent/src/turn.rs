//! One turn as a state machine without IO: what to wait for next, given what came back.
//!
//! ```text
//!            ┌──────────── tools_returned ◄─ CallTools ◄┐
//! next_step ─┤                                          ├─ planner: built-in, or model
//!            └─ model_replied / model_failed ◄ CallModel┘                 └─► Done(Outcome)
//! ```
//!
//! The driver calls [`TurnRun::next_step`], does the waiting, and feeds what came; time comes in as milliseconds since the
//! message arrived. Budgets bound steps, tool calls, tokens and time. The same call twice in a turn is answered from the
//! turn. When the model fails, repeats invalid output, or writes text that the checker refuses twice, the built-in planner
//! answers instead. Names no tool. All text in an [`Outcome`] has passed the checker.

use std::{collections::HashMap, sync::Arc};

use config::{
    agent::{AgentSettings, PlannerChoice},
    llm::LlmSettings,
};
use domain::{
    answer::{Note, PlannerKind, Usage},
    ids::ProductId,
    principal::Principal,
};
use serde_json::Value;
use tools::{registry::ToolSpec, run::Run};

use crate::{
    builtin::{BuiltinPlanner, Decision, PastTurn, PlanInput, Planned},
    draft::Draft,
    error::TurnError,
    llm::{ModelError, ModelReply, ModelRequest, conversation::Conversation},
    plan::{CallResult, PlannedCall},
    trace::{StopReason, TurnTrace},
};

mod builtin_phase;
mod model_phase;
mod model_text;
mod rounds;

/// A planner that needs no model and does no IO: the built-in one, a script in tests.
pub trait Planner: Send + Sync {
    /// Plans a turn.
    fn start(&self, input: &PlanInput<'_>) -> Planned;

    /// Goes on after a round of tools, with all results of the plan so far.
    fn next(&self, input: &PlanInput<'_>, plan: &Value, results: &[CallResult]) -> Decision;
}

impl Planner for BuiltinPlanner {
    fn start(&self, input: &PlanInput<'_>) -> Planned {
        BuiltinPlanner::start(self, input)
    }

    fn next(&self, input: &PlanInput<'_>, plan: &Value, results: &[CallResult]) -> Decision {
        BuiltinPlanner::next(self, input, plan, results)
    }
}

/// Everything that a turn works on.
pub struct TurnInput {
    /// The message, accepted and cleaned.
    pub message: String,
    /// Who asks.
    pub principal: Principal,
    /// Earlier turns, oldest first.
    pub history: Vec<PastTurn>,
    /// Products in the basket.
    pub basket: Vec<ProductId>,
    /// The run that answers.
    pub run: Arc<Run>,
    /// The tools of the asker's role.
    pub specs: Vec<ToolSpec>,
    /// Who plans.
    pub planner: PlannerChoice,
    /// Whether there is a model.
    pub has_model: bool,
}

/// What a turn may use up.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TurnBudget {
    /// Calls of the model or rounds of tools; the built-in planner has as many again when it takes over.
    pub steps: u32,
    /// Tool calls.
    pub tool_calls: u32,
    /// Tokens, sent and received.
    pub tokens: u64,
    /// Milliseconds.
    pub time_ms: u64,
    /// Tokens of one reply.
    pub output_tokens: u64,
    /// Under this confidence (0 to 1) `auto` asks the model.
    pub confidence_threshold: f64,
}

impl TurnBudget {
    /// The budget that the settings give.
    pub fn from_settings(agent: &AgentSettings, llm: &LlmSettings) -> Self {
        Self {
            steps: agent.max_steps,
            tool_calls: agent.max_tool_calls,
            tokens: llm.max_turn_tokens,
            time_ms: agent.timeout_ms,
            output_tokens: llm.max_output_tokens,
            confidence_threshold: agent.confidence_threshold,
        }
    }
}

/// What to wait for.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// One reply of the model: feed `model_replied` or `model_failed`.
    CallModel(Box<ModelRequest>),
    /// These calls, side by side: feed `tools_returned`.
    CallTools(Vec<PlannedCall>),
    /// Nothing more.
    Done(Box<Outcome>),
}

/// How a turn ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// What to show, checked; or why there is nothing.
    pub draft: Result<Draft, TurnError>,
    /// Who planned it.
    pub planner: PlannerKind,
    /// The built-in plan behind it; null for a model's answer.
    pub plan: Value,
    /// The calls behind it, in order; the evidence of the answer.
    pub results: Vec<CallResult>,
}

/// What has been fed and not been looked at.
enum Inbox {
    Empty,
    Model(Result<ModelReply, ModelError>),
    Tools(Vec<CallResult>),
}

/// Who has the turn.
enum Phase {
    Builtin { fallback: bool },
    Model(Box<Conversation>),
}

/// A call of the round under way, by what it asks.
struct RoundCall {
    call: PlannedCall,
    key: String,
}

/// A turn under way.
pub struct TurnRun {
    input: TurnInput,
    budget: TurnBudget,
    builtin: Arc<dyn Planner>,
    phase: Phase,
    /// The built-in plan, once made.
    planned: Option<Planned>,
    /// What the built-in planner goes by after a round.
    plan: Value,
    round: Vec<RoundCall>,
    /// Results of the turn by what was asked: tool and canonical arguments.
    known: HashMap<String, CallResult>,
    /// Results of the planner that has the turn.
    results: Vec<CallResult>,
    notes: Vec<Note>,
    steps: u32,
    tool_calls: u32,
    useless_replies: u32,
    objections: u32,
    elapsed_ms: u64,
    asked_at_ms: u64,
    /// Size of the last request, for providers that do not count tokens.
    asked_chars: usize,
    inbox: Inbox,
    pending: Option<Step>,
    trace: TurnTrace,
}

impl TurnRun {
    /// A turn that has not begun.
    pub fn new(input: TurnInput, budget: TurnBudget, builtin: Arc<dyn Planner>) -> Self {
        Self {
            input,
            budget,
            builtin,
            phase: Phase::Builtin { fallback: false },
            planned: None,
            plan: Value::Null,
            round: Vec::new(),
            known: HashMap::new(),
            results: Vec::new(),
            notes: Vec::new(),
            steps: 0,
            tool_calls: 0,
            useless_replies: 0,
            objections: 0,
            elapsed_ms: 0,
            asked_at_ms: 0,
            asked_chars: 0,
            inbox: Inbox::Empty,
            pending: None,
            trace: TurnTrace::default(),
        }
    }

    /// What to wait for, `elapsed_ms` after the message arrived. The same step again as long as nothing is fed.
    ///
    /// Plans and composes: CPU work of up to some milliseconds.
    pub fn next_step(&mut self, elapsed_ms: u64) -> Step {
        self.elapsed_ms = self.elapsed_ms.max(elapsed_ms);
        let step = match (std::mem::replace(&mut self.inbox, Inbox::Empty), self.pending.take()) {
            (Inbox::Empty, Some(step)) => step,
            (Inbox::Empty, None) => self.begin(),
            // A turn that is over stays as it is, whatever comes late.
            (_, Some(step @ Step::Done(_))) => step,
            (Inbox::Model(reply), _) => self.after_model(reply),
            (Inbox::Tools(results), _) => self.after_tools(results),
        };
        self.pending = Some(step.clone());
        step
    }

    /// The model's reply to the step `CallModel`.
    pub fn model_replied(&mut self, reply: ModelReply) {
        self.inbox = Inbox::Model(Ok(reply));
    }

    /// The model gave no reply to the step `CallModel`.
    pub fn model_failed(&mut self, error: ModelError) {
        self.inbox = Inbox::Model(Err(error));
    }

    /// The results of the step `CallTools`, in any order; a call without one counts as failed.
    pub fn tools_returned(&mut self, results: Vec<CallResult>) {
        self.inbox = Inbox::Tools(results);
    }

    /// What has happened so far.
    pub fn trace(&self) -> &TurnTrace {
        &self.trace
    }

    /// What it has cost so far.
    pub fn usage(&self) -> &Usage {
        &self.trace.usage
    }

    fn begin(&mut self) -> Step {
        match self.input.planner {
            PlannerChoice::Builtin => self.run_builtin(),
            PlannerChoice::Llm if self.input.has_model => self.run_model(),
            PlannerChoice::Llm => self.fall_back("llm_unavailable", "no language model is configured"),
            PlannerChoice::Auto => {
                let planned = self.plan_builtin();
                if !self.input.has_model || self.is_sure(&planned) {
                    self.run_builtin()
                } else {
                    self.run_model()
                }
            }
        }
    }

    pub(super) fn fail(&mut self, error: TurnError) -> Step {
        self.finish(Err(error))
    }

    pub(super) fn finish(&mut self, draft: Result<Draft, TurnError>) -> Step {
        let planner = match &self.phase {
            Phase::Model(_) => PlannerKind::Llm,
            Phase::Builtin { fallback: true } => PlannerKind::BuiltinFallback,
            Phase::Builtin { fallback: false } => PlannerKind::Builtin,
        };
        self.trace.stop = Some(match &draft {
            Ok(_) => StopReason::Finished,
            Err(TurnError::Timeout { .. }) => StopReason::Timeout,
            Err(TurnError::BudgetExceeded { what: "steps", .. }) => StopReason::Steps,
            Err(TurnError::BudgetExceeded { .. }) => StopReason::ToolCalls,
            Err(TurnError::Ungrounded) => StopReason::Ungrounded,
            Err(_) => StopReason::Failed,
        });
        self.trace.planner = Some(planner);
        #[expect(clippy::cast_precision_loss, reason = "milliseconds of minutes")]
        let elapsed_ms = self.elapsed_ms as f64;
        self.trace.usage.elapsed_ms = elapsed_ms;
        let draft = draft.map(|mut draft| {
            draft.notes.extend(std::mem::take(&mut self.notes));
            draft
        });
        let plan = if planner == PlannerKind::Llm { Value::Null } else { self.plan.clone() };
        let results = std::mem::take(&mut self.results);
        Step::Done(Box::new(Outcome { draft, planner, plan, results }))
    }
}

impl TurnInput {
    fn plan_input(&self) -> PlanInput<'_> {
        PlanInput {
            message: &self.message,
            principal: &self.principal,
            history: &self.history,
            basket: &self.basket,
            run: &self.run,
        }
    }
}
