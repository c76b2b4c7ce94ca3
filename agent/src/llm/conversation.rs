//! The LLM planner: the messages of one turn, without IO.
//!
//! The turn asks it for the next [`ModelRequest`], hands it the reply, and learns what the model wants: tools, or text.
//! It keeps the model's calls in the order in which the provider wants them answered. What tools there are it knows from
//! the registry's specs for the role; it names none.

use domain::{ids::ProductId, principal::Principal};
use prompts::{PromptError, system::SystemPrompt};
use serde_json::Value;
use tools::registry::ToolSpec;

use super::{ModelMessage, ModelReply, ModelRequest, ModelToolCall, context};
use crate::{
    builtin::PastTurn,
    plan::{CallResult, PlannedCall},
};

/// Characters of a schema that go back with invalid arguments; a longer one is in the tool's description already.
const MAX_SCHEMA_CHARS: usize = 1_500;

/// What a model wants.
#[derive(Debug, Clone, PartialEq)]
pub enum Wish {
    /// These tools; ids are given by the turn. Empty when every call was answered at once (unknown tool, malformed
    /// arguments): then the model is asked again.
    Tools(Vec<PlannedCall>),
    /// This is its answer.
    Text(String),
    /// Nothing usable; the reason.
    Nothing(String),
}

/// A call that waits for its answer.
#[derive(Debug, Clone, PartialEq)]
struct OpenCall {
    call: ModelToolCall,
    /// The id of the planned call, or the answer that is already known.
    answer: Result<String, String>,
}

/// The conversation of one turn.
#[derive(Debug, Clone)]
pub struct Conversation {
    specs: Vec<ToolSpec>,
    asker: String,
    basket: Vec<u32>,
    messages: Vec<ModelMessage>,
    /// How many of `messages` are earlier turns.
    past: usize,
    open: Vec<OpenCall>,
    calls: usize,
    max_output_tokens: u64,
}

impl Conversation {
    /// A conversation that begins with earlier turns and the message.
    pub fn new(
        message: &str,
        principal: &Principal,
        basket: &[ProductId],
        history: &[PastTurn],
        specs: Vec<ToolSpec>,
        max_output_tokens: u64,
    ) -> Self {
        let mut messages = context::history(history);
        let past = messages.len();
        messages.push(ModelMessage::User { text: message.to_owned() });
        Self {
            specs,
            asker: context::asker(principal),
            basket: basket.iter().map(|product| product.0).collect(),
            messages,
            past,
            open: Vec::new(),
            calls: 0,
            max_output_tokens,
        }
    }

    /// The next request; without tools when the model has to answer now.
    pub fn request(&self, offer_tools: bool, wait_ms: u64) -> Result<ModelRequest, PromptError> {
        let tools = if offer_tools { self.specs.clone() } else { Vec::new() };
        let system = SystemPrompt {
            asker: self.asker.clone(),
            tools: tools.iter().map(|spec| spec.name.to_owned()).collect(),
            basket: self.basket.clone(),
        };
        Ok(ModelRequest {
            system: system.render()?,
            messages: self.messages.clone(),
            tools,
            max_output_tokens: self.max_output_tokens,
            wait_ms,
        })
    }

    /// Takes a reply.
    pub fn reply(&mut self, reply: ModelReply) -> Wish {
        if reply.tool_calls.is_empty() {
            let text = reply.text.trim().to_owned();
            return match (text.is_empty(), reply.cut_off) {
                (true, _) => Wish::Nothing("neither text nor a tool call".into()),
                (false, true) => Wish::Nothing("the text was cut off at the limit of tokens".into()),
                (false, false) => {
                    self.messages
                        .push(ModelMessage::Assistant { text: text.clone(), tool_calls: Vec::new() });
                    Wish::Text(text)
                }
            };
        }
        self.messages
            .push(ModelMessage::Assistant { text: reply.text, tool_calls: reply.tool_calls.clone() });
        let mut planned = Vec::new();
        for call in reply.tool_calls {
            let answer = match self.complaint(&call) {
                Some(complaint) => Err(complaint),
                None => {
                    self.calls += 1;
                    let id = format!("e{}", self.calls);
                    planned.push(PlannedCall {
                        id: id.clone(),
                        tool: call.name.clone(),
                        arguments: Value::Object(call.arguments.clone()),
                    });
                    Ok(id)
                }
            };
            self.open.push(OpenCall { call, answer });
        }
        Wish::Tools(planned)
    }

    /// Answers the open calls in their order. A planned call without a result is answered as not run.
    pub fn answer_calls(&mut self, results: &[(String, CallResult)]) {
        for open in std::mem::take(&mut self.open) {
            let (content, is_error) = match &open.answer {
                Err(complaint) => (complaint.clone(), true),
                Ok(id) => match results.iter().find(|(planned, _)| planned == id) {
                    Some((_, result)) => self.with_schema(result),
                    None => (
                        "not run: the tool calls of this turn are used up; answer with what you have".into(),
                        true,
                    ),
                },
            };
            let (call_id, tool) = (open.call.id, open.call.name);
            self.messages.push(ModelMessage::Tool { call_id, tool, content, is_error });
        }
    }

    /// Tells the model what is wrong with its last reply.
    pub fn object(&mut self, what: &str) {
        self.messages.push(ModelMessage::User { text: what.to_owned() });
    }

    /// Forgets the earlier turns; `false` when there were none.
    pub fn forget_history(&mut self) -> bool {
        let had = self.past > 0;
        self.messages.drain(..self.past);
        self.past = 0;
        had
    }

    /// What is wrong with a call that can be seen without calling.
    fn complaint(&self, call: &ModelToolCall) -> Option<String> {
        let Some(spec) = self.specs.iter().find(|spec| spec.name == call.name) else {
            let known: Vec<&str> = self.specs.iter().map(|spec| spec.name).collect();
            return Some(format!("there is no tool {:?}; there are: {}", call.name, known.join(", ")));
        };
        let malformed = call.malformed.as_ref()?;
        Some(format!(
            "the arguments of {} must be one JSON object, not {:?}{}",
            spec.name,
            malformed.chars().take(200).collect::<String>(),
            schema_hint(spec)
        ))
    }

    /// A result for the model; the schema goes with it when the arguments were refused.
    fn with_schema(&self, result: &CallResult) -> (String, bool) {
        let (content, is_error) = context::result(result);
        let refused =
            result.outcome.as_ref().err().is_some_and(|failure| failure.code == "invalid_arguments");
        let spec = self.specs.iter().find(|spec| spec.name == result.call.tool).filter(|_| refused);
        (format!("{content}{}", spec.map(schema_hint).unwrap_or_default()), is_error)
    }
}

fn schema_hint(spec: &ToolSpec) -> String {
    let schema = spec.schema.to_string();
    if schema.chars().count() > MAX_SCHEMA_CHARS {
        return String::new();
    }
    format!("; their schema is {schema}")
}
