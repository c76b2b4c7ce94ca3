//! The running server, over HTTP: who may ask what, JSON and SSE, sessions, errors, a run that is swapped in.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Stdio},
    time::{Duration, Instant},
};

use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::workbench::{Bench, CUSTOMERS, ORDERS_EACH, Outcome, published};

/// A server of its own on a free port; killed at the end of the test.
pub(crate) struct Running {
    child: Child,
    /// Where it listens, without a slash at the end.
    pub(crate) base: String,
    client: Client,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have been stopped by the test already.
        let _gone = self.child.kill();
        let _status = self.child.wait();
    }
}

impl Running {
    pub(crate) fn start(bench: &Bench, environment: &[(&str, &str)]) -> Self {
        let _already = rustls::crypto::ring::default_provider().install_default();
        let mut command = bench.command();
        command.envs(environment.iter().copied()).args(["serve", "--listen", "127.0.0.1:0"]);
        let mut child = command.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let page = lines.by_ref().map_while(Result::ok).find(|line| line.starts_with("chat page"));
        let page = page.expect("the server names its page");
        let base = page.split_whitespace().last().unwrap().trim_end_matches('/').to_owned();
        // Whatever else it logs is read away, so that it never waits for us.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, base, client: Client::new() }
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("{}{path}", self.base))
    }

    fn chat(&self, body: &Value) -> RequestBuilder {
        self.client.post(format!("{}/v1/chat", self.base)).json(body)
    }

    async fn token(&self, query: &str) -> String {
        let body = json_of(self.get(&format!("/dev/tokens?{query}")), StatusCode::OK).await;
        body["token"].as_str().unwrap().to_owned()
    }
}

#[track_caller]
fn expect(response: &Response, status: StatusCode) {
    assert_eq!(response.status(), status, "{}", response.url());
}

async fn json_of(request: RequestBuilder, status: StatusCode) -> Value {
    let response = request.send().await.unwrap();
    expect(&response, status);
    response.json().await.unwrap()
}

/// The one envelope, with the code that is expected.
async fn expect_error(request: RequestBuilder, status: StatusCode, code: &str) {
    let response = request.send().await.unwrap();
    expect(&response, status);
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["error"]["code"], code, "{body}");
    assert_eq!(body["error"]["correlation_id"], id, "{body}");
    assert!(body["error"]["message"].is_string() && body["error"]["retryable"].is_boolean(), "{body}");
}

#[tokio::test]
async fn the_page_is_served_under_a_strict_policy() {
    let server = Running::start(published(), &[]);
    for path in ["/", "/assets/chat.css", "/assets/chat.js", "/assets/render.js", "/assets/icon.svg"] {
        let response = server.get(path).send().await.unwrap();
        expect(&response, StatusCode::OK);
        let policy = response.headers()["content-security-policy"].to_str().unwrap().to_owned();
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }
    let ready = json_of(server.get("/readyz"), StatusCode::OK).await;
    assert_eq!((ready["status"].as_str(), ready["index"]["mode"].as_str()), (Some("ready"), Some("lexical")));
    assert!(ready["index"]["reason"].is_string(), "{ready}");
    json_of(server.get("/healthz"), StatusCode::OK).await;
}

#[tokio::test]
async fn a_question_is_answered_from_the_data_and_the_second_understands_the_first() {
    let server = Running::start(published(), &[]);
    let token = server.token("role=analyst").await;
    let ask = |body: Value| server.chat(&body).bearer_auth(&token);
    let first = json_of(ask(json!({"message": "How many orders are there?"})), StatusCode::OK).await;
    assert_eq!(first["status"], "answered", "{first}");
    assert!(first["text"].as_str().unwrap().contains(&(CUSTOMERS * ORDERS_EACH).to_string()), "{first}");

    let message = "Which department has the highest reorder rate?";
    let highest = json_of(ask(json!({"message": message})), StatusCode::OK).await;
    let session = highest["session_id"].as_str().unwrap();
    let lowest =
        json_of(ask(json!({"message": "and the lowest?", "session_id": session})), StatusCode::OK).await;
    assert_eq!(lowest["status"], "answered", "{lowest}");
    assert_eq!(lowest["session_id"], session);
    assert_ne!(lowest["text"], highest["text"]);

    let again = json_of(ask(json!({"message": "what is the number of orders?"})), StatusCode::OK).await;
    assert_eq!((&first["cached"], &again["cached"]), (&json!(false), &json!(true)), "{again}");
    assert_eq!(again["evidence"][0]["result"], first["evidence"][0]["result"]);
}

#[tokio::test]
async fn an_answer_is_streamed_and_done_carries_the_whole_of_it() {
    let server = Running::start(published(), &[]);
    let token = server.token("role=shopper&user=1").await;
    let request = server.chat(&json!({"message": "what should I buy?"})).bearer_auth(&token);
    let response = request.header("accept", "text/event-stream").send().await.unwrap();
    expect(&response, StatusCode::OK);
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("text/event-stream"));
    let text = response.text().await.unwrap();
    let events: Vec<(u64, &str, Value)> = text.split("\n\n").filter_map(parse_event).collect();
    let ids: Vec<u64> = events.iter().map(|(id, ..)| *id).collect();
    assert!(ids.windows(2).all(|pair| pair[1] == pair[0] + 1), "{ids:?}");
    let named = |name: &str| events.iter().filter(|(_, event, _)| *event == name).count();
    assert!(named("tool_call") >= 1 && named("tool_result") >= 1 && named("text") >= 1, "{text}");
    let (_, last, answer) = events.last().unwrap();
    assert_eq!((*last, answer["status"].as_str()), ("done", Some("answered")), "{text}");
    let deltas = events.iter().filter(|(_, event, _)| *event == "text");
    let streamed: String = deltas.map(|(.., data)| data["delta"].as_str().unwrap()).collect();
    assert_eq!(streamed, answer["text"].as_str().unwrap());
}

fn parse_event(text: &str) -> Option<(u64, &str, Value)> {
    let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    Some((field("id:")?.parse().ok()?, field("event:")?, serde_json::from_str(field("data:")?).ok()?))
}

#[tokio::test]
async fn errors_have_their_status_and_one_envelope() {
    let server = Running::start(published(), &[]);
    let chat = || server.client.post(format!("{}/v1/chat", server.base));
    expect_error(server.get("/v1/nothing"), StatusCode::NOT_FOUND, "not_found").await;
    expect_error(server.get("/v1/chat"), StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed").await;
    expect_error(chat().body("hello"), StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type").await;
    let json = |body: &'static str| chat().header("content-type", "application/json").body(body);
    expect_error(json("{"), StatusCode::BAD_REQUEST, "invalid_json").await;
    expect_error(json("{\"message\": 7}"), StatusCode::UNPROCESSABLE_ENTITY, "invalid_request").await;
    let widened = json("{\"message\": \"hi\", \"role\": \"admin\"}");
    expect_error(widened, StatusCode::UNPROCESSABLE_ENTITY, "invalid_request").await;
    expect_error(server.chat(&json!({"message": " "})), StatusCode::BAD_REQUEST, "message_empty").await;
    let long = json!({"message": "a".repeat(4_001)});
    expect_error(server.chat(&long), StatusCode::BAD_REQUEST, "message_too_long").await;
    let megabyte = json!({"message": "a".repeat(1 << 20)});
    expect_error(server.chat(&megabyte), StatusCode::PAYLOAD_TOO_LARGE, "payload_too_large").await;
    let streamed = server.chat(&json!({"message": ""})).header("accept", "text/event-stream");
    expect_error(streamed, StatusCode::BAD_REQUEST, "message_empty").await;
    let forged = server.chat(&json!({"message": "hi"})).bearer_auth("not.a.token");
    expect_error(forged, StatusCode::UNAUTHORIZED, "unauthenticated").await;
    let rebound = server.get("/dev/tokens?role=admin").header("host", "evil.example");
    expect_error(rebound, StatusCode::MISDIRECTED_REQUEST, "wrong_host").await;
    expect_error(server.get("/dev/tokens?role=root"), StatusCode::BAD_REQUEST, "invalid_request").await;
    expect_error(server.get("/dev/tokens?role=shopper"), StatusCode::BAD_REQUEST, "invalid_request").await;
}

#[tokio::test]
async fn a_session_belongs_to_whoever_began_it() {
    let server = Running::start(published(), &[]);
    let (one, two) = (server.token("role=shopper&user=1").await, server.token("role=shopper&user=2").await);
    let body = json!({"message": "what should I buy?"});
    let answer = json_of(server.chat(&body).bearer_auth(&one), StatusCode::OK).await;
    let path = format!("/v1/sessions/{}", answer["session_id"].as_str().unwrap());

    let own = json_of(server.get(&path).bearer_auth(&one), StatusCode::OK).await;
    assert_eq!(own["turns"][0]["message"], "what should I buy?", "{own}");
    let list = json_of(server.get("/v1/sessions").bearer_auth(&one), StatusCode::OK).await;
    assert!(
        list["sessions"].as_array().unwrap().iter().any(|s| s["session_id"] == answer["session_id"]),
        "{list}"
    );
    expect_error(server.get(&path).bearer_auth(&two), StatusCode::NOT_FOUND, "not_found").await;
    let delete = |token: &str| server.client.delete(format!("{}{path}", server.base)).bearer_auth(token);
    expect_error(delete(&two), StatusCode::NOT_FOUND, "not_found").await;
    expect(&delete(&one).send().await.unwrap(), StatusCode::NO_CONTENT);
    expect_error(server.get(&path).bearer_auth(&one), StatusCode::NOT_FOUND, "not_found").await;
    expect_error(server.get("/v1/sessions"), StatusCode::UNAUTHORIZED, "unauthenticated").await;
}

#[tokio::test]
async fn with_a_key_there_are_no_development_tokens() {
    let key = "a-key-of-at-least-thirty-two-bytes!";
    let environment =
        [("INSIGHTFLOW__SERVER__TOKEN_KEY", key), ("INSIGHTFLOW__SERVER__ALLOW_GUESTS", "false")];
    let server = Running::start(published(), &environment);
    expect_error(server.get("/dev/tokens?role=admin"), StatusCode::NOT_FOUND, "not_found").await;
    expect_error(server.chat(&json!({"message": "hi"})), StatusCode::UNAUTHORIZED, "unauthenticated").await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_stopped_server_ends_well() {
    let mut server = Running::start(published(), &[]);
    let stopped = std::process::Command::new("kill").args(["-TERM", &server.child.id().to_string()]).status();
    assert!(stopped.unwrap().success());
    assert!(server.child.wait().unwrap().success());
}

#[tokio::test]
async fn a_server_before_the_first_run_is_alive_and_not_ready_and_then_picks_it_up() {
    let bench = Bench::new();
    let server = Running::start(&bench, &[]);
    json_of(server.get("/healthz"), StatusCode::OK).await;
    let waiting = json_of(server.get("/readyz"), StatusCode::SERVICE_UNAVAILABLE).await;
    assert!(waiting["reason"].as_str().unwrap().contains("insightflow pipeline run"), "{waiting}");
    let question = json!({"message": "10 popular products"});
    expect_error(server.chat(&question), StatusCode::SERVICE_UNAVAILABLE, "no_run").await;

    bench.run_pipeline().expect_code(0);
    let first = wait_for_another_run(&server, &Value::Null).await;
    json_of(server.chat(&question), StatusCode::OK).await;
    bench.run(&["index", "build"]).expect_code(0);
    wait_for_another_run(&server, &first).await;
    let answer = json_of(server.chat(&question), StatusCode::OK).await;
    assert_ne!(answer["run_id"], first);
    bench.run(&["pipeline", "rollback"]).expect_code(0);
    assert_eq!(wait_for_another_run(&server, &answer["run_id"]).await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_run_is_taken_while_questions_are_under_way_and_none_of_them_fails() {
    let bench = Bench::new();
    bench.run_pipeline().expect_code(0);
    let server = Running::start(&bench, &[]);
    let first = wait_for_another_run(&server, &Value::Null).await;
    let token = server.token("role=analyst").await;
    let stop = std::sync::atomic::AtomicBool::new(false);
    let ask_on = async || {
        let mut answered_by = Vec::new();
        while !stop.load(std::sync::atomic::Ordering::Relaxed) {
            let question = json!({"message": "10 popular products"});
            let answer = json_of(server.chat(&question).bearer_auth(&token), StatusCode::OK).await;
            assert_eq!(answer["status"], "answered", "{answer}");
            answered_by.push(answer["run_id"].clone());
        }
        answered_by
    };
    let publish = async {
        let (mut command, source) = (bench.command(), bench.path("source"));
        command.args(["pipeline", "run", "--source"]).arg(source);
        // Off this task, where the questions go on.
        let run = tokio::task::spawn_blocking(move || Outcome::of(command.output().unwrap())).await.unwrap();
        run.expect_code(0);
        let second = wait_for_another_run(&server, &first).await;
        // A few questions more, which the new run answers.
        tokio::time::sleep(Duration::from_millis(300)).await;
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        second
    };
    let asked = async { tokio::join!(ask_on(), ask_on(), ask_on()) };
    let (second, (one, two, three)) = tokio::join!(publish, asked);
    for mut answered_by in [one, two, three] {
        answered_by.dedup();
        assert_eq!(answered_by, [first.clone(), second.clone()], "from the old run to the new one, once");
    }
}

async fn wait_for_another_run(server: &Running, than: &Value) -> Value {
    let start = Instant::now();
    loop {
        let ready: Value = server.get("/readyz").send().await.unwrap().json().await.unwrap();
        if ready["run_id"].is_string() && ready["run_id"] != *than {
            return ready["run_id"].clone();
        }
        assert!(start.elapsed() < Duration::from_secs(20), "still {ready}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
