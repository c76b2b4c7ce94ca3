//! The agent as a surface sees it: answers, events, sessions, cancellation.

use std::{sync::Arc, time::Duration};

use agent::{
    answer_cache::AnswerCache,
    driver::Agent,
    events::{EventSink, TurnEvent},
    llm::ModelError,
    memory::contract,
    request::TurnRequest,
};
use config::agent::PlannerChoice;
use domain::{
    answer::{Answer, PlannerKind, Status},
    ids::{ProductId, UserId},
    principal::Principal,
};
use serde_json::json;
use tools::registry::Registry;

use crate::support::{
    RUN_ID, ScriptedModel, ScriptedPlanner, Start, Waits, agent, ask, ask_model, call, calls, registry, says,
};

async fn answer(agent: &Agent, request: TurnRequest) -> Answer {
    agent.answer(request, EventSink::none()).await
}

fn error_code(answer: &Answer) -> &str {
    assert_eq!(answer.status, Status::Error);
    answer.error.as_ref().map(|error| error.code.as_str()).unwrap()
}

#[tokio::test]
async fn a_message_becomes_a_grounded_answer() {
    let agent = agent(ScriptedPlanner::counting(), None);
    let answer = answer(&agent, ask("Which kind leads?")).await;
    assert_eq!((answer.status, answer.planner), (Status::Answered, PlannerKind::Builtin));
    assert_eq!(answer.text, "Fruit leads with 89,566 items.");
    assert_eq!(answer.run_id, RUN_ID);
    let evidence = &answer.evidence[0];
    assert_eq!((evidence.id.as_str(), evidence.tool.as_str(), evidence.row_count), ("e1", "count_things", 2));
    assert_eq!(evidence.sql.as_deref(), Some("SELECT kind, items FROM things"));
    assert_eq!(answer.notes[0].code, "definition", "the tool's note");
    assert_eq!(answer.usage.tool_calls, 1);
    assert!(answer.usage.elapsed_ms > 0.0);
    assert_eq!((answer.session_id.len(), answer.trace_id.len()), (36, 32));
}

#[tokio::test]
async fn events_come_in_order_and_text_only_after_the_check() {
    let agent = agent(ScriptedPlanner::counting(), None);
    let (sink, mut events) = EventSink::channel();
    let answer = agent.answer(ask("Which kind leads?"), sink).await;
    let mut names = Vec::new();
    let mut text = String::new();
    while let Some(event) = events.recv().await {
        let value = serde_json::to_value(&event).unwrap();
        let name = value["event"].as_str().unwrap().to_owned();
        if names.last() != Some(&name) {
            names.push(name);
        }
        match event {
            TurnEvent::TextDelta { delta } => text.push_str(&delta),
            TurnEvent::Done { answer: last } => assert_eq!(*last, answer),
            _ => {}
        }
    }
    assert_eq!(names, ["status", "tool_call", "tool_result", "text_delta", "done"]);
    assert_eq!(text, answer.text);
}

#[tokio::test]
async fn unacceptable_messages_say_what_would_be_right() {
    let mut agent = agent(ScriptedPlanner::counting(), None);
    agent.settings.max_message_chars = 10;
    let blank = answer(&agent, ask(" \n\t\u{0}")).await;
    assert_eq!(error_code(&blank), "message_empty");
    let long = answer(&agent, ask("eleven char")).await;
    assert_eq!(error_code(&long), "message_too_long");
    let error = long.error.unwrap();
    assert_eq!(error.message, "the message has 11 characters: use at most 10");
    assert_eq!((error.retryable, error.correlation_id), (false, long.trace_id));
    let session = TurnRequest { session_id: Some("../x".into()), ..ask("hello") };
    assert_eq!(error_code(&answer(&agent, session).await), "invalid_session_id");
}

#[tokio::test]
async fn the_second_question_knows_the_first() {
    let planner = ScriptedPlanner::counting();
    let seen = Arc::clone(&planner.seen);
    let agent = agent(planner, None);
    let first = answer(&agent, ask("first")).await;
    let follow_up = TurnRequest { session_id: Some(first.session_id.clone()), ..ask("second") };
    let second = answer(&agent, follow_up).await;
    assert_eq!(second.session_id, first.session_id);
    assert_eq!(*seen.lock().unwrap(), [vec![], vec!["first".to_owned()]]);
    let kept = agent.sessions.load("analyst", &first.session_id, 10).await.unwrap();
    assert_eq!(kept.len(), 2);
    assert_eq!(
        (kept[0].answer.text.as_str(), kept[0].plan["plan"].as_str()),
        (first.text.as_str(), Some("scripted"))
    );
}

#[tokio::test]
async fn another_subjects_session_is_a_new_conversation() {
    let planner = ScriptedPlanner::counting();
    let seen = Arc::clone(&planner.seen);
    let agent = agent(planner, None);
    agent.sessions.append("analyst", "s", contract::turn(1, "secret")).await.unwrap();
    let shopper = Principal::shopper(UserId(7));
    answer(&agent, TurnRequest { session_id: Some("s".into()), principal: shopper, ..ask("hello") }).await;
    assert_eq!(*seen.lock().unwrap(), [Vec::<String>::new()]);
}

#[tokio::test]
async fn only_so_many_earlier_turns_reach_the_planner() {
    let planner = ScriptedPlanner::counting();
    let seen = Arc::clone(&planner.seen);
    let mut agent = agent(planner, None);
    agent.settings.history_turns = 2;
    for at in 0..3 {
        agent.sessions.append("analyst", "s", contract::turn(at, &format!("q{at}"))).await.unwrap();
    }
    answer(&agent, TurnRequest { session_id: Some("s".into()), ..ask("now") }).await;
    assert_eq!(*seen.lock().unwrap(), [vec!["q1".to_owned(), "q2".to_owned()]]);
}

#[tokio::test]
async fn errors_are_not_kept() {
    let agent = agent(ScriptedPlanner::counting(), None);
    answer(&agent, ask(" ")).await;
    assert!(agent.sessions.list("analyst", 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_was_asked_before_comes_from_the_cache_and_says_so() {
    let agent =
        Agent { cache: AnswerCache::of_mib(1).map(Arc::new), ..agent(ScriptedPlanner::counting(), None) };
    let first = answer(&agent, ask("Which kind leads?")).await;
    let second = answer(&agent, ask("Which kind is first?")).await;
    assert_eq!((first.cached, second.cached), (false, true), "the plan is the key, not the words");
    assert_eq!((&second.text, &second.bindings), (&first.text, &first.bindings));
    assert_eq!(second.evidence[0].result, first.evidence[0].result);

    let shopper =
        |user| TurnRequest { principal: Principal::shopper(UserId(user)), ..ask("Which kind leads?") };
    assert!(!answer(&agent, shopper(1)).await.cached, "an analyst's rows are not a shopper's");
    assert!(answer(&agent, shopper(1)).await.cached);
    assert!(!answer(&agent, shopper(2)).await.cached, "a shopper's rows are not another's");
    let with_basket = TurnRequest { basket: vec![ProductId(1)], ..shopper(1) };
    assert!(!answer(&agent, with_basket).await.cached);
}

#[tokio::test]
async fn without_a_cache_every_question_is_asked_anew() {
    let agent = agent(ScriptedPlanner::counting(), None);
    for _ in 0..2 {
        assert!(!answer(&agent, ask("Which kind leads?")).await.cached);
    }
}

#[tokio::test]
async fn calls_of_one_step_run_side_by_side() {
    /// Waits for the other one.
    struct Meets(Arc<tokio::sync::Barrier>);

    #[async_trait::async_trait]
    impl tools::contract::TypedTool for Meets {
        type Args = crate::support::FindArgs;
        const NAME: &'static str = "meets";
        const DESCRIPTION: &'static str = "Waits for another call.";
        const ROLES: &'static [domain::principal::Role] = &domain::principal::Role::ALL;

        async fn run(
            &self,
            _context: &tools::contract::ToolContext,
            _args: Self::Args,
        ) -> Result<tools::contract::ToolOutput, tools::contract::ToolError> {
            self.0.wait().await;
            Ok(tools::contract::ToolOutput::table(crate::support::counts(), "embedded"))
        }
    }

    let start = Start::Calls(vec![
        call("e1", "meets", json!({"words": "a"})),
        call("e2", "meets", json!({"words": "b"})),
    ]);
    let mut agent = agent(ScriptedPlanner { start, ..ScriptedPlanner::counting() }, None);
    agent.registry = Arc::new(Registry::new().with(Meets(Arc::new(tokio::sync::Barrier::new(2)))));
    let answered = tokio::time::timeout(Duration::from_secs(5), answer(&agent, ask("hello"))).await;
    assert_eq!(answered.unwrap().status, Status::Answered);
}

#[tokio::test]
async fn a_failed_tool_reaches_the_planner_without_the_engines_text() {
    let start = Start::Calls(vec![call("e1", "broken", json!({"words": "x"}))]);
    let agent = agent(ScriptedPlanner { start, ..ScriptedPlanner::counting() }, None);
    let (sink, mut events) = EventSink::channel();
    let answer = agent.answer(ask("hello"), sink).await;
    assert_eq!(answer.text, "The data is not there now.");
    assert!(answer.evidence.is_empty());
    let mut failure = None;
    while let Some(event) = events.recv().await {
        if let TurnEvent::ToolResult { error, .. } = event {
            failure = error;
        }
    }
    let failure = failure.unwrap();
    assert_eq!((failure.code.as_str(), failure.retryable), ("upstream", true));
    assert!(!failure.message.contains("secret"), "{}", failure.message);
}

#[tokio::test]
async fn a_fired_token_stops_the_tools_and_ends_the_turn() {
    let waits = Waits::default();
    let start = Start::Calls(vec![call("e1", "waits", json!({"words": "x"}))]);
    let mut agent = agent(ScriptedPlanner { start, ..ScriptedPlanner::counting() }, None);
    agent.registry = Arc::new(Registry::new().with(waits.clone()));
    let request = ask("hello");
    let cancel = request.cancel.clone();
    let turn = tokio::spawn(async move { answer(&agent, request).await });
    waits.began.notified().await;
    cancel.cancel();
    let answer = tokio::time::timeout(Duration::from_secs(5), turn).await.unwrap().unwrap();
    assert_eq!(error_code(&answer), "cancelled");
    assert!(waits.token.lock().unwrap().as_ref().unwrap().is_cancelled());
}

#[tokio::test]
async fn a_dropped_turn_stops_its_tools_but_not_the_callers_token() {
    let waits = Waits::default();
    let start = Start::Calls(vec![call("e1", "waits", json!({"words": "x"}))]);
    let mut agent = agent(ScriptedPlanner { start, ..ScriptedPlanner::counting() }, None);
    agent.registry = Arc::new(Registry::new().with(waits.clone()));
    let request = ask("hello");
    let cancel = request.cancel.clone();
    let turn = tokio::spawn(async move { answer(&agent, request).await });
    waits.began.notified().await;
    turn.abort();
    assert!(turn.await.unwrap_err().is_cancelled());
    assert!(waits.token.lock().unwrap().as_ref().unwrap().is_cancelled());
    assert!(!cancel.is_cancelled());
}

#[tokio::test]
async fn a_tool_that_hangs_is_ended_with_the_turns_time() {
    let start = Start::Calls(vec![call("e1", "waits", json!({"words": "x"}))]);
    let mut agent = agent(ScriptedPlanner { start, ..ScriptedPlanner::counting() }, None);
    agent.registry = Arc::new(Registry::new().with(Waits::default()));
    agent.settings.timeout_ms = 50;
    let answered = tokio::time::timeout(Duration::from_secs(5), answer(&agent, ask("hello"))).await.unwrap();
    assert_eq!(answered.text, "The data is not there now.", "the planner learns of the failure");
}

#[tokio::test]
async fn a_planner_that_panics_ends_one_turn_only() {
    let agent = agent(ScriptedPlanner { start: Start::Panics, ..ScriptedPlanner::counting() }, None);
    let answer = answer(&agent, ask("hello")).await;
    assert_eq!(error_code(&answer), "internal");
}

#[tokio::test]
async fn a_model_sees_the_tools_of_the_role_only() {
    let model = ScriptedModel::new([says("CLARIFY: Of what?"), says("CLARIFY: Of what?")]);
    let agent = agent(ScriptedPlanner::counting(), Some(model.clone()));
    answer(&agent, ask_model("hi")).await;
    answer(&agent, TurnRequest { principal: Principal::guest(), ..ask_model("hi") }).await;
    let asked = model.asked.lock().unwrap();
    let offers = |at: usize| asked[at].tools.iter().any(|spec| spec.name == "staff_only");
    assert!(offers(0) && !offers(1));
    assert!(!asked[1].system.contains("staff_only"));
}

#[tokio::test]
async fn a_model_that_calls_a_tool_of_another_role_is_told_so() {
    let model = ScriptedModel::new([
        calls(&[("staff_only", json!({"words": "x"}))]),
        says("REFUSE: That is not open to you."),
    ]);
    let agent = agent(ScriptedPlanner::counting(), Some(model.clone()));
    let request = TurnRequest { principal: Principal::guest(), ..ask_model("hi") };
    let answer = answer(&agent, request).await;
    assert_eq!((answer.status, answer.planner), (Status::Refused, PlannerKind::Llm));
    assert!(answer.evidence.is_empty());
}

#[tokio::test]
async fn a_model_that_fails_in_passing_is_asked_again() {
    let model = ScriptedModel::new([
        Err(ModelError::Transient("reset".into())),
        calls(&[("count_things", json!({"thing": "all"}))]),
        says("[[e1.0.kind]] leads."),
    ]);
    let agent = agent(ScriptedPlanner::counting(), Some(model.clone()));
    let answer = answer(&agent, ask_model("Which kind leads?")).await;
    assert_eq!((answer.planner, answer.text.as_str()), (PlannerKind::Llm, "Fruit leads."));
    assert_eq!(model.times(), 3);
    assert_eq!((answer.usage.input_tokens, answer.usage.output_tokens), (200, 20));
}

#[tokio::test]
async fn the_settings_choose_the_planner_where_the_request_does_not() {
    let model = ScriptedModel::new([says("CLARIFY: Of what?")]);
    let mut agent = agent(ScriptedPlanner::counting(), Some(model.clone()));
    agent.settings.planner = PlannerChoice::Builtin;
    assert_eq!(answer(&agent, ask("hi")).await.planner, PlannerKind::Builtin);
    assert_eq!(model.times(), 0);
    agent.settings.planner = PlannerChoice::Llm;
    assert_eq!(answer(&agent, ask("hi")).await.planner, PlannerKind::Llm);
}

#[tokio::test]
async fn the_public_json_of_an_answer() {
    let agent = agent(ScriptedPlanner::counting(), None);
    let mut answer =
        answer(&agent, TurnRequest { session_id: Some("s".into()), ..ask("Which kind leads?") }).await;
    answer.trace_id = "(trace)".into();
    answer.usage.elapsed_ms = 1.0;
    answer.evidence[0].elapsed_ms = 1.0;
    insta::assert_json_snapshot!(answer);
    assert_eq!(registry().specs_for(domain::principal::Role::Guest).len(), 3);
}
