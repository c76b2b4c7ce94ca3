//! The model over real HTTP on loopback: a scripted server that speaks the OpenAI chat API.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, Once},
    time::{Duration, Instant},
};

use agent::{
    driver::Agent,
    events::EventSink,
    llm::{
        ChatModel, ModelError, ModelMessage, ModelRequest,
        rig::{ModelSetupError, ReplyMode, RigModel},
    },
};
use async_openai::types::chat::{
    CreateChatCompletionRequest, CreateChatCompletionResponse, CreateChatCompletionStreamResponse,
};
use axum::{
    Router,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use config::{Settings, llm::LlmSettings, secret::Secret};
use domain::answer::{Answer, PlannerKind, Status};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{ScriptedPlanner, agent, ask_model};

/// One reply of the server.
enum Reply {
    /// A status with a body.
    Status(u16, String),
    /// The same with `Retry-After`, seconds.
    Limited(u64),
    /// Server-sent events.
    Events(String),
    /// Nothing, ever.
    Hang,
}

type Script = Arc<Mutex<VecDeque<Reply>>>;

struct Server {
    base_url: String,
    asked: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
}

impl Server {
    async fn start(script: impl IntoIterator<Item = Reply>) -> Self {
        static TLS: Once = Once::new();
        TLS.call_once(|| {
            let _already = rustls::crypto::ring::default_provider().install_default();
        });
        let script: Script = Arc::new(Mutex::new(script.into_iter().collect()));
        let asked: Arc<Mutex<Vec<(HeaderMap, Value)>>> = Arc::default();
        let app = Router::new()
            .route("/v1/chat/completions", post(complete))
            .with_state((script, Arc::clone(&asked)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base_url = format!("http://{}/v1/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { base_url, asked }
    }

    fn settings(&self) -> LlmSettings {
        LlmSettings {
            base_url: self.base_url.clone(),
            model: "test-model".into(),
            api_key: Secret::new("k3y"),
            timeout_ms: 2_000,
            retries: 1,
            ..Settings::defaults().unwrap().llm
        }
    }

    fn agent(&self, mode: ReplyMode) -> Agent {
        let llm = self.settings();
        let model = RigModel::connect(&llm, mode).unwrap();
        Agent { llm, ..agent(ScriptedPlanner::counting(), Some(Arc::new(model))) }
    }

    fn model(&self, mode: ReplyMode) -> RigModel {
        RigModel::connect(&self.settings(), mode).unwrap()
    }

    fn times(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

type Asked = Arc<Mutex<Vec<(HeaderMap, Value)>>>;

async fn complete(
    State((script, asked)): State<(Script, Asked)>,
    headers: HeaderMap,
    body: String,
) -> Response {
    asked.lock().unwrap().push((headers, serde_json::from_str(&body).unwrap()));
    let reply = script.lock().unwrap().pop_front();
    match reply {
        Some(Reply::Status(status, body)) => {
            (StatusCode::from_u16(status).unwrap(), [(header::CONTENT_TYPE, "application/json")], body)
                .into_response()
        }
        Some(Reply::Limited(seconds)) => {
            (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, seconds.to_string())], "{}")
                .into_response()
        }
        Some(Reply::Events(events)) => {
            ([(header::CONTENT_TYPE, "text/event-stream")], events).into_response()
        }
        Some(Reply::Hang) => std::future::pending().await,
        None => (StatusCode::INTERNAL_SERVER_ERROR, "the script is over").into_response(),
    }
}

/// A whole reply; that it is a valid one of the API is checked by `async-openai`'s types.
fn completion(message: Value, finish_reason: &str) -> Reply {
    let body = json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "test-model",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason, "logprobs": null}],
        "usage": {"prompt_tokens": 120, "completion_tokens": 8, "total_tokens": 128}
    });
    serde_json::from_value::<CreateChatCompletionResponse>(body.clone()).unwrap();
    Reply::Status(200, body.to_string())
}

fn text(content: &str) -> Reply {
    completion(json!({"role": "assistant", "content": content, "refusal": null}), "stop")
}

fn tool_call(name: &str, arguments: &str) -> Reply {
    let call =
        json!({"id": "call_1", "type": "function", "function": {"name": name, "arguments": arguments}});
    completion(
        json!({"role": "assistant", "content": null, "refusal": null, "tool_calls": [call]}),
        "tool_calls",
    )
}

/// A streamed reply from the deltas of its chunks.
fn events(deltas: &[Value], finish_reason: &str) -> Reply {
    let chunk = |choices: Value, usage: Value| {
        let chunk = json!({
            "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "test-model",
            "choices": choices, "usage": usage
        });
        serde_json::from_value::<CreateChatCompletionStreamResponse>(chunk.clone()).unwrap();
        format!("data: {chunk}\n\n")
    };
    let mut body = String::new();
    for delta in deltas {
        body += &chunk(json!([{"index": 0, "delta": delta, "finish_reason": null}]), json!(null));
    }
    body += &chunk(json!([{"index": 0, "delta": {}, "finish_reason": finish_reason}]), json!(null));
    body += &chunk(json!([]), json!({"prompt_tokens": 120, "completion_tokens": 8, "total_tokens": 128}));
    body += "data: [DONE]\n\n";
    Reply::Events(body)
}

async fn answer(agent: &Agent) -> Answer {
    agent.answer(ask_model("Which kind leads?"), EventSink::none()).await
}

fn request() -> ModelRequest {
    ModelRequest {
        system: "Answer.".into(),
        messages: vec![ModelMessage::User { text: "Hello".into() }],
        tools: Vec::new(),
        max_output_tokens: 50,
        wait_ms: 5_000,
    }
}

fn assert_fell_back(answer: &Answer) {
    assert_eq!((answer.status, answer.planner), (Status::Answered, PlannerKind::BuiltinFallback));
    assert_eq!(answer.text, "Fruit leads with 89,566 items.");
    assert!(answer.notes.iter().any(|note| note.code == "llm_unavailable"), "{:?}", answer.notes);
}

#[tokio::test]
async fn a_tool_call_and_a_text_over_http() {
    let server = Server::start([
        tool_call("count_things", r#"{"thing":"all"}"#),
        text("[[e1.0.kind]] leads: [[e1.0.items]]."),
    ])
    .await;
    let answer = answer(&server.agent(ReplyMode::Whole)).await;
    assert_eq!((answer.planner, answer.text.as_str()), (PlannerKind::Llm, "Fruit leads: 89,566."));
    assert_eq!((answer.usage.input_tokens, answer.usage.output_tokens), (240, 16));
    let asked = server.asked.lock().unwrap();
    assert_eq!(asked[0].0["authorization"], "Bearer k3y");
    for (_, body) in asked.iter() {
        serde_json::from_value::<CreateChatCompletionRequest>(body.clone()).unwrap();
    }
    let first = &asked[0].1;
    assert_eq!(
        (first["model"].as_str(), first["messages"][0]["role"].as_str()),
        (Some("test-model"), Some("system"))
    );
    assert_eq!(first["tools"].as_array().map(Vec::len), Some(4));
    assert_eq!(first["temperature"], 0.0);
    let roles: Vec<&str> = asked[1].1["messages"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|message| message["role"].as_str())
        .collect();
    assert_eq!(roles, ["system", "user", "assistant", "tool"]);
    assert_eq!(asked[1].1["messages"][3]["tool_call_id"], "call_1");
}

#[tokio::test]
async fn the_same_over_a_stream() {
    let server = Server::start([
        events(
            &[
                json!({"role": "assistant", "tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": {"name": "count_things", "arguments": ""}}]}),
                json!({"tool_calls": [{"index": 0, "function": {"arguments": "{\"thing\":"}}]}),
                json!({"tool_calls": [{"index": 0, "function": {"arguments": "\"all\"}"}}]}),
            ],
            "tool_calls",
        ),
        events(
            &[
                json!({"role": "assistant", "content": "[[e1.0.ki"}),
                json!({"content": "nd]] leads: "}),
                json!({"content": "[[e1.0.items]]."}),
            ],
            "stop",
        ),
    ])
    .await;
    let answer = answer(&server.agent(ReplyMode::Streamed)).await;
    assert_eq!((answer.planner, answer.text.as_str()), (PlannerKind::Llm, "Fruit leads: 89,566."));
    assert_eq!(server.asked.lock().unwrap()[0].1["stream"], true);
    assert_eq!((answer.usage.input_tokens, answer.usage.output_tokens), (240, 16));
}

#[tokio::test]
async fn a_stream_that_breaks_off_is_no_reply() {
    let chunk = json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [{"index": 0, "delta": {"role": "assistant", "content": "Fruit has"}, "finish_reason": null}]});
    let server =
        Server::start([Reply::Events(format!("data: {chunk}\n\n")), Reply::Status(503, "{}".into())]).await;
    assert_fell_back(&answer(&server.agent(ReplyMode::Streamed)).await);
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_and_a_long_one_is_not() {
    let server = Server::start([Reply::Limited(0), text("CLARIFY: Of what?")]).await;
    assert_eq!(answer(&server.agent(ReplyMode::Whole)).await.planner, PlannerKind::Llm);
    assert_eq!(server.times(), 2);
    let server = Server::start([Reply::Limited(3_600), text("CLARIFY: Of what?")]).await;
    let began = Instant::now();
    assert_fell_back(&answer(&server.agent(ReplyMode::Whole)).await);
    assert_eq!(server.times(), 1);
    assert!(began.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn a_server_error_is_tried_again_once() {
    let broken = || Reply::Status(500, json!({"error": {"message": "overloaded"}}).to_string());
    let server = Server::start([broken(), text("CLARIFY: Of what?")]).await;
    assert_eq!(answer(&server.agent(ReplyMode::Whole)).await.planner, PlannerKind::Llm);
    let server = Server::start([broken(), broken(), text("CLARIFY: Of what?")]).await;
    assert_fell_back(&answer(&server.agent(ReplyMode::Whole)).await);
    assert_eq!(server.times(), 2);
}

#[tokio::test]
async fn malformed_json_ends_with_the_builtin_answer() {
    let malformed = || Reply::Status(200, "{\"choices\": [".into());
    let server = Server::start([malformed(), malformed()]).await;
    assert_fell_back(&answer(&server.agent(ReplyMode::Whole)).await);
}

#[tokio::test]
async fn malformed_arguments_go_back_to_the_model() {
    let server = Server::start([
        tool_call("count_things", r#"{"thing": al"#),
        tool_call("count_things", r#"{"thing":"all"}"#),
        text("[[e1.0.kind]] leads."),
    ])
    .await;
    let answer = answer(&server.agent(ReplyMode::Whole)).await;
    assert_eq!((answer.planner, answer.text.as_str()), (PlannerKind::Llm, "Fruit leads."));
    let asked = server.asked.lock().unwrap();
    let said = asked[1].1["messages"][3]["content"].to_string();
    assert!(said.contains("must be one JSON object"), "{said}");
}

#[tokio::test]
async fn a_server_that_hangs_is_left_after_the_timeout() {
    let server = Server::start([Reply::Hang, Reply::Hang]).await;
    let mut agent = server.agent(ReplyMode::Whole);
    agent.llm.timeout_ms = 100;
    agent.llm.retries = 0;
    let began = Instant::now();
    assert_fell_back(&answer(&agent).await);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_failure_in_passing() {
    let server = Server::start([]).await;
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}/v1", free.local_addr().unwrap());
    drop(free);
    let model = RigModel::connect(&LlmSettings { base_url, ..server.settings() }, ReplyMode::Whole).unwrap();
    let error = model.complete(&request()).await.unwrap_err();
    assert!(matches!(error, ModelError::Transient(_)), "{error:?}");
}

#[tokio::test]
async fn errors_are_sorted_by_what_to_do_next() {
    let error = |message: &str, code: &str| {
        json!({"error": {"message": message, "code": code, "type": "e"}}).to_string()
    };
    let cases = [
        (Reply::Status(401, error("bad key", "invalid_api_key")), "permanent"),
        (Reply::Status(404, error("no such model", "model_not_found")), "permanent"),
        (Reply::Status(400, error("too many", "context_length_exceeded")), "context_too_long"),
        (Reply::Status(429, error("slow down", "rate_limit_exceeded")), "rate_limited"),
        (Reply::Status(503, "unavailable".into()), "transient"),
        (Reply::Status(200, "<html>".into()), "invalid_reply"),
        (
            completion(json!({"role": "assistant", "content": "", "refusal": null}), "content_filter"),
            "permanent",
        ),
    ];
    for (reply, code) in cases {
        let server = Server::start([reply]).await;
        let error = server.model(ReplyMode::Whole).complete(&request()).await.unwrap_err();
        assert_eq!(error.code(), code, "{error:?}");
        assert!(!error.to_string().contains("k3y"), "{error}");
    }
}

#[tokio::test]
async fn a_reply_at_its_limit_of_tokens_is_marked() {
    let server = Server::start([completion(
        json!({"role": "assistant", "content": "Fruit", "refusal": null}),
        "length",
    )])
    .await;
    let reply = server.model(ReplyMode::Whole).complete(&request()).await.unwrap();
    assert!(reply.cut_off);
    assert_eq!(server.asked.lock().unwrap()[0].1["max_tokens"], 50);
}

#[tokio::test]
async fn without_a_model_in_the_settings_nothing_is_connected() {
    let settings = Settings::defaults().unwrap().llm;
    assert!(matches!(RigModel::connect(&settings, ReplyMode::Whole), Err(ModelSetupError::NotConfigured)));
}
