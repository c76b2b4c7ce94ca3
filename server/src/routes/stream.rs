//! The turn as server-sent events: `status`, `tool_call`, `tool_result`, `text {delta}`, `block {index, …}`, `done`.
//!
//! `id` counts within the turn, from 1. `done` carries the whole Answer and always wins over what came before. As long
//! as nothing was sent, an error is an ordinary error response; afterwards it is a `done` of status `error`.

use std::{convert::Infallible, sync::Arc};

use agent::{
    driver::Agent,
    error::TurnError,
    events::{EventSink, TurnEvent},
    request::TurnRequest,
};
use axum::response::{
    IntoResponse, Response,
    sse::{Event, KeepAlive, Sse},
};
use domain::answer::{ANSWER_SCHEMA_VERSION, Answer, PlannerKind, Status, Usage};
use futures::stream::{self, StreamExt};
use serde_json::{Value, json};
use tokio::sync::{OwnedSemaphorePermit, mpsc::UnboundedReceiver};
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::Instrument;
use uuid::Uuid;

use crate::api_error::ApiError;

/// What a stream keeps while it runs.
struct Turn {
    events: UnboundedReceiver<TurnEvent>,
    /// Stops the turn when the client goes away and the stream is dropped.
    _stop: DropGuard,
    run_id: String,
    is_done: bool,
}

/// Starts the turn and answers with its events.
pub(super) async fn answer(
    agent: Arc<Agent>,
    request: TurnRequest,
    cancel: CancellationToken,
    permit: OwnedSemaphorePermit,
) -> Result<Response, ApiError> {
    let run_id = request.run.id().to_owned();
    let (sink, mut events) = EventSink::channel();
    let turn = async move {
        agent.answer(request, sink).await;
        drop(permit);
    };
    tokio::spawn(turn.instrument(tracing::Span::current()));
    let first = events.recv().await;
    if let Some(TurnEvent::Done { answer }) = &first
        && let (Status::Error, Some(error)) = (answer.status, &answer.error)
    {
        return Err(ApiError::from_answer_error(error));
    }
    let turn = Turn { events, _stop: cancel.drop_guard(), run_id, is_done: false };
    let rest = stream::unfold(turn, next_event);
    let numbered = stream::iter(first).chain(rest).enumerate().map(|(at, event)| Ok(render(at + 1, event)));
    Ok(Sse::new(numbered.map(|event: Result<Event, Infallible>| event))
        .keep_alive(KeepAlive::default())
        .into_response())
}

/// The next event; a turn that ended without `done` (a defect of ours) gets one.
async fn next_event(mut turn: Turn) -> Option<(TurnEvent, Turn)> {
    if turn.is_done {
        return None;
    }
    let event = match turn.events.recv().await {
        Some(event) => event,
        None => {
            tracing::error!("a turn ended without an answer");
            TurnEvent::Done { answer: Box::new(broken(turn.run_id.clone())) }
        }
    };
    turn.is_done = matches!(event, TurnEvent::Done { .. });
    Some((event, turn))
}

fn render(id: usize, event: TurnEvent) -> Event {
    let (name, data) = name_and_data(event);
    // The events are plain data: JSON without line breaks, which is all that the format asks for.
    Event::default().id(id.to_string()).event(name).data(data.to_string())
}

fn name_and_data(event: TurnEvent) -> (&'static str, Value) {
    match event {
        TurnEvent::Status { activity } => ("status", json!({"activity": activity})),
        TurnEvent::ToolCall { id, tool, arguments } => {
            ("tool_call", json!({"id": id, "tool": tool, "arguments": arguments}))
        }
        TurnEvent::ToolResult { id, tool, row_count, truncated, elapsed_ms, error } => (
            "tool_result",
            json!({"id": id, "tool": tool, "row_count": row_count, "truncated": truncated,
                   "elapsed_ms": elapsed_ms, "error": error}),
        ),
        TurnEvent::TextDelta { delta } => ("text", json!({"delta": delta})),
        TurnEvent::Block { index, block } => {
            let mut data = json!({"index": index});
            if let (Some(data), Ok(Value::Object(block))) =
                (data.as_object_mut(), serde_json::to_value(block))
            {
                data.extend(block);
            }
            ("block", data)
        }
        TurnEvent::Done { answer } => ("done", serde_json::to_value(answer).unwrap_or_default()),
    }
}

fn broken(run_id: String) -> Answer {
    let trace_id = Uuid::new_v4().simple().to_string();
    Answer {
        schema_version: ANSWER_SCHEMA_VERSION,
        status: Status::Error,
        text: String::new(),
        bindings: Vec::new(),
        blocks: Vec::new(),
        evidence: Vec::new(),
        notes: Vec::new(),
        suggestions: Vec::new(),
        clarify: None,
        refusal: None,
        error: Some(TurnError::Internal.info(&trace_id)),
        session_id: String::new(),
        run_id,
        planner: PlannerKind::Builtin,
        cached: false,
        trace_id,
        usage: Usage::default(),
    }
}

#[cfg(test)]
mod tests {
    use domain::{answer::Block, table::Table};

    use super::*;

    #[test]
    fn a_block_carries_its_place_and_its_own_fields() {
        let block = Block::Table { table: Table::default(), evidence: "e1".into() };
        let (name, data) = name_and_data(TurnEvent::Block { index: 2, block });
        assert_eq!((name, &data["index"], &data["type"]), ("block", &json!(2), &json!("table")));
    }

    #[tokio::test]
    async fn a_turn_that_breaks_off_still_ends_with_done() {
        let (sink, events) = EventSink::channel();
        drop(sink);
        let stop = CancellationToken::new().drop_guard();
        let turn = Turn { events, _stop: stop, run_id: "r".into(), is_done: false };
        let (event, turn) = next_event(turn).await.unwrap();
        assert!(matches!(event, TurnEvent::Done { answer } if answer.status == Status::Error));
        assert!(next_event(turn).await.is_none());
    }
}
