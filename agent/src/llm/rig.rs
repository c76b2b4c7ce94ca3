//! A model behind any OpenAI-compatible chat API, through `rig-core`.
//!
//! Input: [`ModelRequest`]; output: [`ModelReply`] or a classified [`ModelError`]. rig encodes, sends and decodes; the
//! loop, the retries and the time limit are ours. TLS is rustls with the process's provider: install one (ring) before
//! the first use, otherwise [`RigModel::connect`] says so.

use std::sync::Arc;

use async_trait::async_trait;
use config::llm::LlmSettings;
use rig_core::{
    completion::{CompletionRequest, CompletionResponse, FinishReason, ToolDefinition},
    driver::Model,
    error::ProviderError,
    message::{
        AssistantContent, AssistantMessage, CallId, Message, ToolCall, ToolName, ToolResult,
        ToolResultContent,
    },
    providers::openai::{OpenAIConfig, wire::Chat},
};
use rig_reqwest::ReqwestClient;
use tools::registry::ToolSpec;

use super::{ChatModel, ModelError, ModelMessage, ModelReply, ModelRequest, ModelToolCall, ModelUsage};

/// Characters of a provider's error text that reach our log; some echo the whole request.
const MAX_ERROR_CHARS: usize = 300;

/// Whether a reply comes in one piece or as server-sent events. Either way it is read to its end before anybody sees
/// it, since text is shown only after the check; a stream fails earlier when the provider breaks off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReplyMode {
    /// One JSON document.
    #[default]
    Whole,
    /// Server-sent events.
    Streamed,
}

/// Why a model cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum ModelSetupError {
    /// There is no model in the settings.
    #[error("no language model is configured: set llm.base_url and llm.model")]
    NotConfigured,
    /// The process has no TLS provider.
    #[error("no TLS provider is installed: install rustls' ring provider when the process starts")]
    NoTlsProvider,
    /// The HTTP client cannot be built.
    #[error("the HTTP client cannot be built: {0}")]
    Http(#[from] reqwest::Error),
}

/// A model of the configured provider.
#[derive(Clone)]
pub struct RigModel {
    name: Arc<str>,
    model: Model<Chat>,
    mode: ReplyMode,
}

impl RigModel {
    /// The configured model. Sends nothing yet.
    pub fn connect(settings: &LlmSettings, mode: ReplyMode) -> Result<Self, ModelSetupError> {
        if !settings.is_configured() {
            return Err(ModelSetupError::NotConfigured);
        }
        // reqwest panics without a provider, also for plain HTTP.
        if rustls::crypto::CryptoProvider::get_default().is_none() {
            return Err(ModelSetupError::NoTlsProvider);
        }
        // A redirect could carry the key to another host.
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
        let model = OpenAIConfig::new(settings.api_key.expose())
            .with_base_url(settings.base_url.trim_end_matches('/'))
            .connect(ReqwestClient::from(http))
            .chat(settings.model.as_str());
        Ok(Self { name: settings.model.as_str().into(), model, mode })
    }
}

#[async_trait]
impl ChatModel for RigModel {
    fn name(&self) -> &str {
        &self.name
    }

    async fn complete(&self, request: &ModelRequest) -> Result<ModelReply, ModelError> {
        let request = encode(request)?;
        let response = match self.mode {
            ReplyMode::Whole => self.model.call(request).await,
            ReplyMode::Streamed => match self.model.stream(request) {
                Ok(stream) => stream.finish().await,
                Err(error) => Err(error),
            },
        };
        response.map_err(|error| classify(&error)).and_then(|response| decode(&response))
    }
}

fn encode(request: &ModelRequest) -> Result<CompletionRequest, ModelError> {
    let mut messages: Vec<Message> = Vec::with_capacity(request.messages.len());
    for message in &request.messages {
        messages.push(encode_message(message)?);
    }
    let Some(last) = messages.pop() else {
        return Err(ModelError::Permanent("a request needs a message".into()));
    };
    let tools = request.tools.iter().map(encode_tool).collect::<Result<Vec<_>, _>>()?;
    Ok(CompletionRequest::new(last)
        .messages(messages)
        .preamble(request.system.as_str())
        .tools(tools)
        // The same question should get the same plan.
        .temperature(0.0)
        .max_tokens(request.max_output_tokens))
}

fn encode_message(message: &ModelMessage) -> Result<Message, ModelError> {
    Ok(match message {
        ModelMessage::User { text } => Message::user(text.as_str()),
        ModelMessage::Assistant { text, tool_calls } => {
            let mut content = Vec::with_capacity(tool_calls.len() + 1);
            if !text.is_empty() || tool_calls.is_empty() {
                content.push(AssistantContent::text(text.as_str()));
            }
            for call in tool_calls {
                let arguments = call.arguments.clone().into();
                content.push(AssistantContent::tool_call(
                    call.id.as_str(),
                    tool_name(&call.name)?,
                    arguments,
                ));
            }
            Message::Assistant(AssistantMessage::new(content))
        }
        ModelMessage::Tool { call_id, tool, content, is_error } => Message::tool_results(vec![ToolResult {
            call: CallId::from_wire(call_id.as_str()),
            name: tool_name(tool)?,
            content: vec![ToolResultContent::text(content.as_str())],
            is_error: *is_error,
        }]),
    })
}

fn encode_tool(spec: &ToolSpec) -> Result<ToolDefinition, ModelError> {
    Ok(ToolDefinition::new(tool_name(spec.name)?, spec.description, spec.schema.clone()))
}

fn tool_name(name: &str) -> Result<ToolName, ModelError> {
    ToolName::new(name).map_err(|_| ModelError::InvalidReply("a tool call without a name".into()))
}

fn decode(response: &CompletionResponse) -> Result<ModelReply, ModelError> {
    if let Some(error) = &response.error {
        return Err(ModelError::Permanent(shortened(error)));
    }
    let finish = response.finish_reason();
    if finish == Some(FinishReason::ContentFilter) {
        return Err(ModelError::Permanent("the provider filtered the reply".into()));
    }
    let usage = match (response.usage.input_tokens, response.usage.output_tokens) {
        (None, None) => None,
        (input, output) => {
            Some(ModelUsage { input_tokens: input.unwrap_or(0), output_tokens: output.unwrap_or(0) })
        }
    };
    Ok(ModelReply {
        text: response.text(),
        tool_calls: response.tool_calls().map(decode_call).collect(),
        usage,
        cut_off: finish == Some(FinishReason::Length),
    })
}

fn decode_call(call: &ToolCall) -> ModelToolCall {
    ModelToolCall {
        id: call.id.wire().into_owned(),
        name: call.function.name.as_str().to_owned(),
        arguments: call.function.arguments.clone(),
        malformed: call.function.invalid_arguments.clone(),
    }
}

/// Sorts an error by what the caller does next.
fn classify(error: &ProviderError) -> ModelError {
    let text = shortened(&error.to_string());
    let status = error.provider_response_status().map(|status| status.as_u16());
    match (status, error) {
        (Some(429), _) => ModelError::RateLimited { retry_after_ms: retry_after_ms(error) },
        (Some(400 | 413 | 422), _) if says_too_long(error) => ModelError::ContextTooLong(text),
        (Some(200..=299), _) if !error.is_retryable() => ModelError::InvalidReply(text),
        (_, ProviderError::Json(_) | ProviderError::Response(_)) => ModelError::InvalidReply(text),
        _ if error.is_retryable() => ModelError::Transient(text),
        _ => ModelError::Permanent(text),
    }
}

/// OpenAI says `context_length_exceeded`; other servers say it in words.
fn says_too_long(error: &ProviderError) -> bool {
    let body = error.provider_response_body().unwrap_or_default().to_lowercase();
    ["context_length", "context length", "context window", "too many tokens", "maximum context"]
        .iter()
        .any(|words| body.contains(words))
}

/// `Retry-After` in seconds (RFC 9110 §10.2.3); the form with a date is not used by model servers.
fn retry_after_ms(error: &ProviderError) -> Option<u64> {
    let headers = error.provider_response_headers()?;
    let seconds: f64 = headers.get("retry-after")?.to_str().ok()?.trim().parse().ok()?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1 day")]
    Some((seconds.clamp(0.0, 86_400.0) * 1_000.0) as u64)
}

fn shortened(text: &str) -> String {
    let line = prompts::plain::one_line(text);
    match line.char_indices().nth(MAX_ERROR_CHARS) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}
