//! What every [`SessionStore`] must do, as a test that any crate can run against its own.

use domain::answer::{ANSWER_SCHEMA_VERSION, Answer, PlannerKind, Status, Usage};
use serde_json::json;

use super::{SessionError, SessionStore, StoredTurn};
use crate::trace::TurnTrace;

/// A small turn for tests of stores.
pub fn turn(at_ms: i64, message: &str) -> StoredTurn {
    let answer = Answer {
        schema_version: ANSWER_SCHEMA_VERSION,
        status: Status::Answered,
        text: format!("An answer to {message}."),
        bindings: Vec::new(),
        blocks: Vec::new(),
        evidence: Vec::new(),
        notes: Vec::new(),
        suggestions: Vec::new(),
        clarify: None,
        refusal: None,
        error: None,
        session_id: "s".into(),
        run_id: "r".into(),
        planner: PlannerKind::Builtin,
        cached: false,
        trace_id: "t".into(),
        usage: Usage::default(),
    };
    StoredTurn {
        at_ms,
        message: message.into(),
        answer,
        plan: json!({"kind": "test"}),
        trace: TurnTrace::default(),
    }
}

/// Runs the contract against an empty store; the first breach is the error.
pub async fn run(store: &dyn SessionStore) -> Result<(), String> {
    nothing_is_found_in_an_empty_store(store).await?;
    turns_come_back_whole_and_in_order(store).await?;
    another_subject_finds_nothing(store).await?;
    lists_have_the_one_used_last_first(store).await?;
    what_is_deleted_is_gone(store).await
}

async fn nothing_is_found_in_an_empty_store(store: &dyn SessionStore) -> Result<(), String> {
    not_found(store.load("ann", "none", 10).await, "load of an unknown session")?;
    not_found(store.delete("ann", "none").await, "delete of an unknown session")?;
    same(listed(store, "ann").await?, Vec::<String>::new(), "list of an unknown subject")
}

async fn turns_come_back_whole_and_in_order(store: &dyn SessionStore) -> Result<(), String> {
    let turns = [turn(10, "first"), turn(20, "second"), turn(30, "third")];
    for turn in &turns {
        store.append("ann", "s1", turn.clone()).await.map_err(|error| error.to_string())?;
    }
    same(load(store, "ann", 10).await?, turns.to_vec(), "all turns, oldest first")?;
    same(
        load(store, "ann", 2).await?,
        turns.iter().skip(1).cloned().collect(),
        "the last two, oldest first",
    )?;
    same(load(store, "ann", 0).await?, Vec::new(), "no turns of a session that exists")
}

async fn another_subject_finds_nothing(store: &dyn SessionStore) -> Result<(), String> {
    not_found(store.load("bob", "s1", 10).await, "load of another's session")?;
    not_found(store.delete("bob", "s1").await, "delete of another's session")?;
    store.append("bob", "s1", turn(15, "mine")).await.map_err(|error| error.to_string())?;
    same(load(store, "bob", 10).await?, vec![turn(15, "mine")], "the same id is a session of one's own")?;
    same(load(store, "ann", 10).await?.len(), 3, "the other's session is untouched")
}

async fn lists_have_the_one_used_last_first(store: &dyn SessionStore) -> Result<(), String> {
    store.append("ann", "s2", turn(40, "later")).await.map_err(|error| error.to_string())?;
    same(listed(store, "ann").await?, vec!["s2".to_owned(), "s1".to_owned()], "list")?;
    let first = store.list("ann", 1).await.map_err(|error| error.to_string())?;
    same(first.len(), 1, "the limit of a list")?;
    let all = store.list("ann", 10).await.map_err(|error| error.to_string())?;
    let old = all.iter().find(|summary| summary.session_id == "s1").ok_or("s1 is not listed")?;
    same((old.title.as_str(), old.turns, old.last_at_ms), ("first", 3, 30), "a summary")
}

async fn what_is_deleted_is_gone(store: &dyn SessionStore) -> Result<(), String> {
    store.delete("ann", "s1").await.map_err(|error| error.to_string())?;
    not_found(store.load("ann", "s1", 10).await, "load of a deleted session")?;
    same(listed(store, "ann").await?, vec!["s2".to_owned()], "list after a delete")?;
    same(load(store, "bob", 10).await?.len(), 1, "the other subject's session of that id stays")
}

async fn load(store: &dyn SessionStore, subject: &str, turns: usize) -> Result<Vec<StoredTurn>, String> {
    store.load(subject, "s1", turns).await.map_err(|error| error.to_string())
}

async fn listed(store: &dyn SessionStore, subject: &str) -> Result<Vec<String>, String> {
    let summaries = store.list(subject, 10).await.map_err(|error| error.to_string())?;
    Ok(summaries.into_iter().map(|summary| summary.session_id).collect())
}

fn not_found<T>(result: Result<T, SessionError>, what: &str) -> Result<(), String> {
    match result {
        Err(SessionError::NotFound(_)) => Ok(()),
        Err(other) => Err(format!("{what}: expected not found, got {other}")),
        Ok(_) => Err(format!("{what}: expected not found, got a result")),
    }
}

fn same<T: PartialEq + std::fmt::Debug>(actual: T, expected: T, what: &str) -> Result<(), String> {
    if actual == expected { Ok(()) } else { Err(format!("{what}: expected {expected:?}, got {actual:?}")) }
}
