//! A model's part of a turn: ask, react to its reply, check its text, or leave it to the built-in planner.

use domain::answer::{Note, Status};

use super::{Phase, Step, TurnRun, model_text};
use crate::{
    error::TurnError,
    llm::{
        ModelError, ModelReply, ModelUsage,
        conversation::{Conversation, Wish},
    },
    trace::TraceEvent,
};

/// Replies without use (empty, malformed or unknown calls) in a row before the built-in planner takes over: one slip is
/// corrected by what the model reads next, a model that slips three times does not know the protocol.
pub(super) const MAX_USELESS_REPLIES: u32 = 3;
/// Times that a text which the checker refused goes back to the model.
const MAX_OBJECTIONS: u32 = 1;
/// The share of the turn's time that a model may use; the rest is kept for the built-in planner, which needs a few
/// milliseconds of planning and the time of its tools.
const MODEL_TIME_SHARE: f64 = 0.8;
/// Characters of English text in a token, about; for providers that do not count.
const CHARS_PER_TOKEN: usize = 4;
/// What a model reads that answers out of itself: a text without figures can be wrong too.
const NOTHING_BEHIND: &str = "no result stands behind it: call a tool first, or begin with CLARIFY: and a question or REFUSE: and the reason";

impl TurnRun {
    pub(super) fn run_model(&mut self) -> Step {
        if let Some(planned) = self.planned.clone() {
            self.note_plan(&planned, false);
        }
        let input = &self.input;
        self.phase = Phase::Model(Box::new(Conversation::new(
            &input.message,
            &input.principal,
            &input.basket,
            &input.history,
            input.specs.clone(),
            self.budget.output_tokens,
        )));
        self.ask_model()
    }

    /// The model's time ends before the turn's.
    pub(super) fn model_time_left_ms(&self) -> u64 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "milliseconds of minutes"
        )]
        let end = (self.budget.time_ms as f64 * MODEL_TIME_SHARE) as u64;
        end.saturating_sub(self.elapsed_ms)
    }

    pub(super) fn ask_model(&mut self) -> Step {
        let wait_ms = self.model_time_left_ms();
        if wait_ms == 0 {
            return self.fall_back("llm_unavailable", "the model's time is up");
        }
        if self.steps >= self.budget.steps {
            return self.fall_back("llm_unavailable", "the model's steps are used up");
        }
        if self.spent_tokens() >= self.budget.tokens {
            return self.fall_back("llm_unavailable", "the model's tokens are used up");
        }
        // Calls need a step to run and one to be read.
        let offer_tools = self.steps + 2 < self.budget.steps && self.tool_calls < self.budget.tool_calls;
        self.steps += 1;
        self.asked_at_ms = self.elapsed_ms;
        let Phase::Model(conversation) = &self.phase else { return self.fail(TurnError::Internal) };
        match conversation.request(offer_tools, wait_ms) {
            Ok(request) => {
                self.asked_chars = serde_json::to_string(&request).map_or(0, |json| json.len());
                Step::CallModel(Box::new(request))
            }
            Err(error) => {
                tracing::error!(%error, "the system prompt does not render");
                self.fall_back("llm_unavailable", "the prompt could not be written")
            }
        }
    }

    pub(super) fn after_model(&mut self, reply: Result<ModelReply, ModelError>) -> Step {
        let outcome = match &reply {
            Ok(reply) if reply.tool_calls.is_empty() => "text",
            Ok(_) => "tool_calls",
            Err(error) => error.code(),
        };
        let usage = self.count_tokens(reply.as_ref().ok());
        self.trace.events.push(TraceEvent::Model {
            at_ms: self.elapsed_ms,
            elapsed_ms: self.elapsed_ms.saturating_sub(self.asked_at_ms),
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            outcome: outcome.to_owned(),
        });
        let Phase::Model(conversation) = &mut self.phase else { return self.fail(TurnError::Internal) };
        let reply = match reply {
            Ok(reply) => reply,
            Err(ModelError::ContextTooLong(_)) if conversation.forget_history() => return self.ask_model(),
            Err(error) => return self.fall_back("llm_unavailable", &error.to_string()),
        };
        match conversation.reply(reply) {
            Wish::Text(text) => self.after_text(&text),
            Wish::Tools(calls) if calls.is_empty() => {
                conversation.answer_calls(&[]);
                self.useless("a call that names no tool or has malformed arguments")
            }
            Wish::Tools(calls) => match self.start_round(calls, true) {
                Ok(Some(step)) => step,
                Ok(None) => self.after_round(),
                Err(_) => self.fall_back("llm_unavailable", "the model's steps are used up"),
            },
            Wish::Nothing(reason) => {
                conversation.object(&format!(
                    "Your reply was of no use: {reason}. Answer in short text, or call a tool."
                ));
                self.useless(&reason)
            }
        }
    }

    pub(super) fn useless(&mut self, reason: &str) -> Step {
        self.objected(reason);
        self.useless_replies += 1;
        if self.useless_replies >= MAX_USELESS_REPLIES {
            return self.fall_back("llm_unavailable", "the model's replies were of no use");
        }
        self.ask_model()
    }

    pub(super) fn after_text(&mut self, text: &str) -> Step {
        let has_result = self.results.iter().any(|result| result.outcome.is_ok());
        let refused = match model_text::draft(text, &self.results, &self.input.message) {
            Ok(draft) if draft.status == Status::Answered && !has_result => NOTHING_BEHIND.to_owned(),
            Ok(draft) => match self.checked(draft) {
                Ok(draft) => return self.finish(Ok(draft)),
                Err(ungrounded) => ungrounded.to_string(),
            },
            Err(error) => error.to_string(),
        };
        self.objected(&refused);
        if self.objections >= MAX_OBJECTIONS {
            return self.fall_back("llm_ungrounded", &refused);
        }
        self.objections += 1;
        if let Phase::Model(conversation) = &mut self.phase {
            conversation.object(&format!("Your text cannot be shown: {refused}. Write it again."));
        }
        self.ask_model()
    }

    pub(super) fn objected(&mut self, reason: &str) {
        self.trace.events.push(TraceEvent::Objected { at_ms: self.elapsed_ms, reason: reason.to_owned() });
    }

    /// The built-in planner answers; what the model had called is not evidence of its answer.
    pub(super) fn fall_back(&mut self, code: &str, reason: &str) -> Step {
        tracing::warn!(code, reason, "the built-in planner takes over");
        self.trace.events.push(TraceEvent::FellBack {
            at_ms: self.elapsed_ms,
            code: code.to_owned(),
            reason: reason.to_owned(),
        });
        let text = match code {
            "llm_ungrounded" => {
                "The language model's text could not be tied to the data; the built-in planner answered."
            }
            _ => "The language model was not available; the built-in planner answered.",
        };
        self.notes.push(Note::new(code, text));
        self.phase = Phase::Builtin { fallback: true };
        self.results.clear();
        self.round.clear();
        self.steps = 0;
        self.run_builtin()
    }

    pub(super) fn spent_tokens(&self) -> u64 {
        self.trace.usage.input_tokens + self.trace.usage.output_tokens
    }

    pub(super) fn count_tokens(&mut self, reply: Option<&ModelReply>) -> ModelUsage {
        let Some(reply) = reply else { return ModelUsage::default() };
        let usage = reply.usage.unwrap_or_else(|| self.estimate(reply));
        self.trace.usage.input_tokens += usage.input_tokens;
        self.trace.usage.output_tokens += usage.output_tokens;
        usage
    }

    pub(super) fn estimate(&self, reply: &ModelReply) -> ModelUsage {
        let received = serde_json::to_string(reply).map_or(0, |json| json.len());
        ModelUsage { input_tokens: tokens_of(self.asked_chars), output_tokens: tokens_of(received) }
    }
}

fn tokens_of(chars: usize) -> u64 {
    u64::try_from(chars / CHARS_PER_TOKEN).unwrap_or(u64::MAX)
}
