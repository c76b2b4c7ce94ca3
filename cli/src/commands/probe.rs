//! `demo --exit-when-ready`: asks the running server over its own port whether it is ready, and one real question.
//!
//! A bare HTTP/1.1 exchange per request: enough for our own server on loopback, and no client library in the binary.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, bail, ensure};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

/// Far beyond any answer of a demo; a script should not hang for ever.
const TIME_LIMIT: Duration = Duration::from_secs(60);

/// One line that tells what the server said; an error when it is not ready or does not answer.
pub(super) async fn ready_and_answering(address: SocketAddr, is_development: bool) -> anyhow::Result<String> {
    timeout(TIME_LIMIT, probe(address, is_development))
        .await
        .with_context(|| format!("the server did not answer within {} s", TIME_LIMIT.as_secs()))?
}

async fn probe(address: SocketAddr, is_development: bool) -> anyhow::Result<String> {
    let ready = exchange(address, "GET", "/readyz", None, None).await?;
    // With a token key configured we are a guest like everybody else.
    let (token, question) = if is_development {
        let answer = exchange(address, "GET", "/dev/tokens?role=analyst", None, None).await?;
        let token = answer.get("token").and_then(Value::as_str).context("no development token came")?;
        (Some(token.to_owned()), "How many orders are there?")
    } else {
        (None, "10 popular products")
    };
    let body = json!({ "message": question }).to_string();
    let answer = exchange(address, "POST", "/v1/chat", token.as_deref(), Some(&body)).await?;
    let text =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let status = text(&answer, "status");
    ensure!(status == "answered", "{question:?} came back as {status:?}: {}", text(&answer, "text"));
    let mode = ready.pointer("/index/mode").and_then(Value::as_str).unwrap_or("no");
    let elapsed = answer.pointer("/usage/elapsed_ms").and_then(Value::as_f64).unwrap_or_default();
    Ok(format!(
        "run {}, {mode} search; {question} {} ({elapsed:.1} ms)",
        text(&ready, "run_id"),
        text(&answer, "text")
    ))
}

/// One request on a connection of its own; any status but 200 is an error.
async fn exchange(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&str>,
) -> anyhow::Result<Value> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    if let Some(token) = token {
        request += &format!("authorization: Bearer {token}\r\n");
    }
    if let Some(body) = body {
        request += &format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len());
    }
    request += "\r\n";
    request += body.unwrap_or_default();
    let mut stream = TcpStream::connect(address).await.context("cannot reach our own server")?;
    stream.write_all(request.as_bytes()).await?;
    let mut response = String::new();
    stream.read_to_string(&mut response).await.context("the server's answer is no text")?;
    parse(&response).with_context(|| format!("{method} {path}"))
}

fn parse(response: &str) -> anyhow::Result<Value> {
    let (head, body) = response.split_once("\r\n\r\n").context("this is no HTTP response")?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status != "200" {
        bail!("status {status}: {body}");
    }
    serde_json::from_str(body).context("the body is no JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_200_with_json_counts() {
        assert_eq!(parse("HTTP/1.1 200 OK\r\na: b\r\n\r\n{\"x\":1}").unwrap(), json!({"x": 1}));
        assert!(parse("HTTP/1.1 503 Service Unavailable\r\n\r\n{}").unwrap_err().to_string().contains("503"));
        assert!(parse("nonsense").is_err());
    }
}
