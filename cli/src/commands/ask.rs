//! `ask "…"`: one question, one answer. Exit code 0 for answered, clarify and refused, 1 for an error.

use std::{
    io::{self, Read},
    process::ExitCode,
};

use anyhow::Context as _;
use domain::{
    answer::{ANSWER_SCHEMA_VERSION, Answer, ErrorInfo, PlannerKind, Status, Usage},
    manifest::ManifestError,
};
use uuid::Uuid;

use super::print;
use crate::{
    args::AskArgs,
    asker::{Asker, Question},
    identity,
    parts::Context,
    render::render,
};

/// Bytes of a question from stdin that are read; the agent refuses it long before.
const MAX_STDIN_BYTES: u64 = 4 << 20;

pub(super) fn run(context: &Context, args: &AskArgs) -> anyhow::Result<ExitCode> {
    let principal = identity::principal(&args.identity).unwrap_or_else(|error| super::wrong_usage(error));
    let message = if args.question == "-" { from_stdin()? } else { args.question.clone() };
    let answer = match context.runtime()?.block_on(async {
        let asker = Asker::open(context).await?;
        let question = Question {
            message,
            principal,
            session_id: args.session.clone(),
            planner: identity::planner(args.planner),
        };
        anyhow::Ok(asker.ask(question).await)
    }) {
        Ok(answer) => answer,
        // Whoever asked for JSON gets an Answer, whatever happened.
        Err(error) if args.json => failed(&error),
        Err(error) => return Err(error),
    };
    let text = if args.json { serde_json::to_string_pretty(&answer)? + "\n" } else { render(&answer) };
    if args.json || answer.status != Status::Error {
        print(&text)?;
    } else {
        eprint!("error: {text}");
    }
    Ok(if answer.status == Status::Error { ExitCode::from(super::FAILED) } else { ExitCode::SUCCESS })
}

fn from_stdin() -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(MAX_STDIN_BYTES)
        .read_to_end(&mut bytes)
        .context("cannot read the question from stdin")?;
    String::from_utf8(bytes).context("the question from stdin is no UTF-8 text")
}

/// The answer where there was nothing to ask: no run, no sessions file, models that do not load.
fn failed(error: &anyhow::Error) -> Answer {
    let no_run = matches!(error.downcast_ref::<ManifestError>(), Some(ManifestError::NoPublishedRun(_)));
    let correlation_id = Uuid::now_v7().to_string();
    let message = format!("{error:#}");
    Answer {
        schema_version: ANSWER_SCHEMA_VERSION,
        status: Status::Error,
        text: message.clone(),
        bindings: Vec::new(),
        blocks: Vec::new(),
        evidence: Vec::new(),
        notes: Vec::new(),
        suggestions: Vec::new(),
        clarify: None,
        refusal: None,
        error: Some(ErrorInfo {
            code: if no_run { "no_run" } else { "not_ready" }.to_owned(),
            message,
            correlation_id: correlation_id.clone(),
            retryable: false,
        }),
        session_id: String::new(),
        run_id: String::new(),
        planner: PlannerKind::Builtin,
        cached: false,
        trace_id: correlation_id,
        usage: Usage::default(),
    }
}
