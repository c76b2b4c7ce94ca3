//! The built-in planner's part of a turn: plan, decide, compose, check.

use domain::answer::{Evidence, Status};

use super::{Phase, Planned, Step, TurnRun};
use crate::{
    builtin::Decision,
    draft::Draft,
    error::TurnError,
    evidence::evidence_of,
    grounding::{self, Checked, Ungrounded},
    trace::TraceEvent,
};

impl TurnRun {
    /// The built-in plan, made once a turn.
    pub(super) fn plan_builtin(&mut self) -> Planned {
        if let Some(planned) = &self.planned {
            return planned.clone();
        }
        let planned = self.builtin.start(&self.input.plan_input());
        self.planned = Some(planned.clone());
        planned
    }

    /// Sure enough of the plan to leave the model out: the score holds, and it is no question back and no
    /// "not understood".
    pub(super) fn is_sure(&self, planned: &Planned) -> bool {
        let understood = match &planned.decision {
            Decision::Call(_) => true,
            Decision::Finish(draft) => {
                draft.status != Status::Clarify
                    && draft.refusal.as_ref().is_none_or(|refusal| refusal.code != "not_understood")
            }
        };
        understood && planned.confidence >= self.budget.confidence_threshold
    }

    pub(super) fn run_builtin(&mut self) -> Step {
        if !matches!(self.phase, Phase::Builtin { .. }) {
            self.phase = Phase::Builtin { fallback: true };
        }
        let planned = self.plan_builtin();
        self.note_plan(&planned, true);
        self.plan = planned.plan;
        self.decide(planned.decision)
    }

    pub(super) fn note_plan(&mut self, planned: &Planned, taken: bool) {
        self.trace.events.push(TraceEvent::Planned {
            at_ms: self.elapsed_ms,
            confidence: planned.confidence,
            taken,
            plan: planned.plan.clone(),
        });
    }

    pub(super) fn decide(&mut self, decision: Decision) -> Step {
        match decision {
            Decision::Call(calls) => match self.start_round(calls, false) {
                Ok(Some(step)) => step,
                Ok(None) => self.after_round(),
                Err(error) => self.fail(error),
            },
            Decision::Finish(draft) => self.finish_builtin(*draft),
        }
    }

    pub(super) fn finish_builtin(&mut self, draft: Draft) -> Step {
        let text = draft.text.clone();
        match self.checked(draft) {
            Ok(draft) => self.finish(Ok(draft)),
            Err(ungrounded) => {
                // A mistake of ours: a composer wrote a figure past the bindings.
                tracing::error!(%ungrounded, text, "the built-in planner's text is not grounded");
                self.fail(TurnError::Ungrounded)
            }
        }
    }

    /// The draft, if its text may be shown. Questions back and refusals may repeat the asker's own figures.
    pub(super) fn checked(&self, mut draft: Draft) -> Result<Draft, Ungrounded> {
        let question = &self.input.message;
        if draft.status != Status::Answered {
            draft.bindings.extend(grounding::quote_question(&draft.text, &draft.bindings, question));
            draft.bindings.sort_by_key(|binding| binding.start);
        }
        let evidence: Vec<Evidence> = self.results.iter().filter_map(evidence_of).collect();
        let (text, bindings, offered) = (&draft.text, &draft.bindings, offered_questions(&draft));
        grounding::check(&Checked { text, bindings, evidence: &evidence, question, offered: &offered })?;
        Ok(draft)
    }
}

/// Questions that a draft offers to ask next; the figures in them claim nothing.
fn offered_questions(draft: &Draft) -> Vec<&str> {
    let options = draft.clarify.iter().flat_map(|clarify| &clarify.options);
    let options = options.flat_map(|option| [option.question.as_str(), option.label.as_str()]);
    let nearest = draft.refusal.iter().filter_map(|refusal| refusal.nearest_question.as_deref());
    options.chain(nearest).chain(draft.suggestions.iter().map(String::as_str)).collect()
}
