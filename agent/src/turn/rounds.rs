//! Rounds of tool calls: which of them run, which are answered from the turn, and who gets the results.

use std::collections::{HashMap, HashSet};

use super::{Phase, RoundCall, Step, TurnRun, model_phase::MAX_USELESS_REPLIES};
use crate::{
    error::TurnError,
    plan::{CallResult, PlannedCall},
    trace::TraceEvent,
};

impl TurnRun {
    /// Begins a round. `None` when every call is answered from the turn; an error when a budget is used up. A model's
    /// calls beyond the budget are left out, and it is told so.
    pub(super) fn start_round(
        &mut self,
        calls: Vec<PlannedCall>,
        partly: bool,
    ) -> Result<Option<Step>, TurnError> {
        if self.elapsed_ms >= self.budget.time_ms {
            return Err(TurnError::Timeout { limit_ms: self.budget.time_ms });
        }
        if self.steps >= self.budget.steps {
            return Err(TurnError::BudgetExceeded { what: "steps", limit: self.budget.steps });
        }
        self.steps += 1;
        let mut asked: HashSet<String> = HashSet::new();
        let mut fresh = Vec::new();
        self.round.clear();
        for call in calls {
            let key = call.key();
            let is_fresh = !self.known.contains_key(&key) && !asked.contains(&key);
            if is_fresh && self.tool_calls >= self.budget.tool_calls {
                if partly {
                    continue;
                }
                return Err(TurnError::BudgetExceeded { what: "tool calls", limit: self.budget.tool_calls });
            }
            if is_fresh {
                self.tool_calls += 1;
                asked.insert(key.clone());
                fresh.push(call.clone());
            }
            self.round.push(RoundCall { call, key });
        }
        self.trace.usage.tool_calls = self.tool_calls;
        Ok((!fresh.is_empty()).then_some(Step::CallTools(fresh)))
    }

    pub(super) fn after_tools(&mut self, results: Vec<CallResult>) -> Step {
        let mut came: HashMap<String, CallResult> = HashMap::new();
        for result in results {
            self.note_call(&result, false);
            let key = result.call.key();
            // What may succeed later is asked again when it is called again.
            if result.outcome.as_ref().err().is_none_or(|failure| !failure.retryable) {
                self.known.insert(key, result);
            } else {
                came.insert(key, result);
            }
        }
        self.gather(&came)
    }

    pub(super) fn after_round(&mut self) -> Step {
        self.gather(&HashMap::new())
    }

    /// Gives each call of the round its result and hands them to the planner.
    pub(super) fn gather(&mut self, failed: &HashMap<String, CallResult>) -> Step {
        let round = std::mem::take(&mut self.round);
        let mut answers: Vec<(String, CallResult)> = Vec::with_capacity(round.len());
        for RoundCall { call, key } in round {
            let Some(result) = self.known.get(&key).or_else(|| failed.get(&key)).cloned() else { continue };
            if result.call.id != call.id {
                self.note_call(&CallResult { call: call.clone(), ..result.clone() }, true);
            }
            answers.push((call.id, result));
        }
        match &mut self.phase {
            Phase::Model(conversation) => {
                conversation.answer_calls(&answers);
                let useful = answers.iter().any(|(_, result)| result.outcome.is_ok());
                self.useless_replies = if useful { 0 } else { self.useless_replies + 1 };
                for (_, result) in answers {
                    if self.results.iter().all(|known| known.call.id != result.call.id) {
                        self.results.push(result);
                    }
                }
                if self.useless_replies >= MAX_USELESS_REPLIES {
                    return self.fall_back("llm_unavailable", "the model's calls all failed");
                }
                self.ask_model()
            }
            Phase::Builtin { .. } => {
                // The planner knows its calls by the ids that it gave, also where the turn had the result already.
                let own = answers.into_iter().map(|(id, result)| {
                    let call = PlannedCall { id, ..result.call.clone() };
                    CallResult { call, ..result }
                });
                self.results.extend(own);
                let decision = self.builtin.next(&self.input.plan_input(), &self.plan, &self.results);
                self.decide(decision)
            }
        }
    }

    pub(super) fn note_call(&mut self, result: &CallResult, repeated: bool) {
        self.trace.events.push(TraceEvent::Tool {
            at_ms: self.elapsed_ms,
            id: result.call.id.clone(),
            tool: result.call.tool.clone(),
            arguments: result.call.arguments.clone(),
            elapsed_ms: result.elapsed_ms,
            rows: result.outcome.as_ref().ok().map(|output| output.table.rows.len()),
            error: result.outcome.as_ref().err().map(|failure| failure.code.clone()),
            repeated,
        });
    }
}
