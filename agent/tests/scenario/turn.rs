//! The state machine alone: exact steps and stop reasons, without a runtime.

use std::sync::Arc;

use agent::{
    builtin::PastTurn,
    draft::Draft,
    error::TurnError,
    llm::{ModelError, ModelMessage, ModelReply, ModelRequest},
    plan::{CallFailure, CallResult, PlannedCall},
    trace::{StopReason, TraceEvent},
    turn::{Outcome, Step, TurnBudget, TurnInput, TurnRun},
};
use config::agent::PlannerChoice;
use domain::{
    answer::{Block, PlannerKind, Status},
    principal::Principal,
};
use serde_json::{Value, json};
use tools::contract::ToolOutput;

use crate::support::{ScriptedPlanner, Start, call, calls, counts, registry, run, says, tokens};

const BUDGET: TurnBudget = TurnBudget {
    steps: 8,
    tool_calls: 4,
    tokens: 10_000,
    time_ms: 1_000,
    output_tokens: 100,
    confidence_threshold: 0.5,
};

fn input(planner: PlannerChoice) -> TurnInput {
    let principal = Principal::analyst();
    TurnInput {
        message: "Which kind leads the top 5?".into(),
        specs: registry().specs_for(principal.role()),
        principal,
        history: Vec::new(),
        basket: Vec::new(),
        run: run(),
        planner,
        has_model: true,
    }
}

fn turn(choice: PlannerChoice, planner: ScriptedPlanner, budget: TurnBudget) -> TurnRun {
    TurnRun::new(input(choice), budget, Arc::new(planner))
}

fn model_turn() -> TurnRun {
    turn(PlannerChoice::Llm, ScriptedPlanner::counting(), BUDGET)
}

fn found(call: PlannedCall) -> CallResult {
    CallResult { call, outcome: Ok(ToolOutput::table(counts(), "embedded")), elapsed_ms: 1.0, cached: false }
}

fn broke(call: PlannedCall, code: &str, retryable: bool) -> CallResult {
    let failure = CallFailure {
        code: code.into(),
        message: "use one of: fruit, bread".into(),
        nearest: Vec::new(),
        retryable,
    };
    CallResult { call, outcome: Err(failure), elapsed_ms: 1.0, cached: false }
}

fn tools(step: Step) -> Vec<PlannedCall> {
    match step {
        Step::CallTools(calls) => calls,
        other => panic!("expected tools, got {other:?}"),
    }
}

fn request(step: Step) -> ModelRequest {
    match step {
        Step::CallModel(request) => *request,
        other => panic!("expected the model, got {other:?}"),
    }
}

fn done(step: Step) -> Outcome {
    match step {
        Step::Done(outcome) => *outcome,
        other => panic!("expected the end, got {other:?}"),
    }
}

/// Feeds a reply and gives the next step.
fn reply(turn: &mut TurnRun, reply: Result<ModelReply, ModelError>) -> Step {
    match reply {
        Ok(reply) => turn.model_replied(reply),
        Err(error) => turn.model_failed(error),
    }
    turn.next_step(0)
}

/// Answers every open call and gives the next step.
fn serve(turn: &mut TurnRun, calls: Vec<PlannedCall>) -> Step {
    turn.tools_returned(calls.into_iter().map(found).collect());
    turn.next_step(0)
}

/// What the model has read last.
fn last_message(request: &ModelRequest) -> String {
    match request.messages.last() {
        Some(ModelMessage::User { text }) => text.clone(),
        Some(ModelMessage::Tool { content, .. }) => content.clone(),
        other => panic!("unexpected {other:?}"),
    }
}

fn text(outcome: &Outcome) -> &str {
    &outcome.draft.as_ref().unwrap().text
}

#[test]
fn the_builtin_planner_calls_composes_and_finishes() {
    let mut turn = turn(PlannerChoice::Builtin, ScriptedPlanner::counting(), BUDGET);
    let calls = tools(turn.next_step(0));
    assert_eq!(calls, [call("e1", "count_things", json!({"thing": "all"}))]);
    assert_eq!(tools(turn.next_step(0)), calls, "the same step again as long as nothing is fed");
    let outcome = done(serve(&mut turn, calls));
    assert_eq!(text(&outcome), "Fruit leads with 89,566 items.");
    assert_eq!((outcome.planner, outcome.plan), (PlannerKind::Builtin, json!({"plan": "scripted"})));
    assert_eq!(turn.trace().stop, Some(StopReason::Finished));
    assert_eq!(turn.usage().tool_calls, 1);
}

#[test]
fn auto_leaves_the_model_out_where_the_builtin_planner_is_sure() {
    let mut turn = turn(PlannerChoice::Auto, ScriptedPlanner::counting(), BUDGET);
    tools(turn.next_step(0));
}

#[test]
fn auto_asks_the_model_where_the_builtin_planner_is_unsure_or_asks_back() {
    let unsure = ScriptedPlanner { confidence: 0.4, ..ScriptedPlanner::counting() };
    for planner in [unsure, ScriptedPlanner::unsure(), ScriptedPlanner::asking("Which one?")] {
        let mut turn = turn(PlannerChoice::Auto, planner, BUDGET);
        request(turn.next_step(0));
        assert!(matches!(turn.trace().events.as_slice(), [TraceEvent::Planned { taken: false, .. }]));
    }
}

#[test]
fn auto_without_a_model_lets_the_builtin_planner_ask_back() {
    let input = TurnInput { has_model: false, ..input(PlannerChoice::Auto) };
    let mut turn = TurnRun::new(input, BUDGET, Arc::new(ScriptedPlanner::asking("Which one?")));
    let outcome = done(turn.next_step(0));
    assert_eq!(outcome.draft.unwrap().status, Status::Clarify);
    assert_eq!(outcome.planner, PlannerKind::Builtin);
}

#[test]
fn llm_without_a_model_falls_back_with_a_note() {
    let input = TurnInput { has_model: false, ..input(PlannerChoice::Llm) };
    let mut turn = TurnRun::new(input, BUDGET, Arc::new(ScriptedPlanner::counting()));
    let calls = tools(turn.next_step(0));
    let outcome = done(serve(&mut turn, calls));
    assert_eq!(outcome.planner, PlannerKind::BuiltinFallback);
    assert_eq!(outcome.draft.unwrap().notes[0].code, "llm_unavailable");
}

#[test]
fn a_model_calls_tools_and_refers_to_their_cells() {
    let mut turn = model_turn();
    let first = request(turn.next_step(0));
    assert!(first.system.contains("count_things") && first.system.contains("find_things"));
    assert_eq!(first.tools.len(), 4, "an analyst's tools");
    let wanted = [("count_things", json!({"thing": "all"})), ("find_things", json!({"words": "x"}))];
    let planned = tools(reply(&mut turn, calls(&wanted)));
    assert_eq!(planned.iter().map(|call| call.id.as_str()).collect::<Vec<_>>(), ["e1", "e2"]);
    let second = request(serve(&mut turn, planned));
    assert!(
        last_message(&second).starts_with(r#"{"evidence":"e2","columns":["kind","items","share_of_items"]"#)
    );
    let outcome = done(reply(&mut turn, says("[[e1.0.kind]] leads with [[e1.0.items]] items.")));
    assert_eq!(text(&outcome), "Fruit leads with 89,566 items.");
    assert_eq!((outcome.planner, outcome.plan.clone()), (PlannerKind::Llm, Value::Null));
    assert!(matches!(outcome.draft.unwrap().blocks.as_slice(), [Block::Table { .. }]));
    assert_eq!((turn.usage().input_tokens, turn.usage().output_tokens), (200, 20));
}

#[test]
fn a_typed_figure_that_equals_a_cell_is_bound() {
    let mut turn = model_turn();
    turn.next_step(0);
    let planned = tools(reply(&mut turn, calls(&[("count_things", json!({"thing": "all"}))])));
    serve(&mut turn, planned);
    let outcome = done(reply(&mut turn, says("Of the top 5, fruit has 28.9%.")));
    assert_eq!(text(&outcome), "Of the top 5, fruit has 28.9 %.");
    assert_eq!(outcome.draft.unwrap().bindings.len(), 2);
}

#[test]
fn an_ungrounded_text_goes_back_once_with_the_reason() {
    let mut turn = model_turn();
    turn.next_step(0);
    let planned = tools(reply(&mut turn, calls(&[("count_things", json!({"thing": "all"}))])));
    serve(&mut turn, planned);
    let again = request(reply(&mut turn, says("Fruit has 12,345 items.")));
    assert!(last_message(&again).contains(r#"the figure "12,345" is bound to no result"#));
    assert_eq!(text(&done(reply(&mut turn, says("It is [[e1.0.kind]].")))), "It is fruit.");
}

#[test]
fn a_model_that_answers_out_of_itself_is_sent_to_the_tools() {
    let mut turn = model_turn();
    turn.next_step(0);
    let again = request(reply(&mut turn, says("Fruit leads.")));
    assert!(last_message(&again).contains("no result stands behind it: call a tool first"));
}

#[test]
fn a_text_that_stays_ungrounded_is_replaced_by_the_builtin_answer() {
    let mut turn = model_turn();
    turn.next_step(0);
    reply(&mut turn, says("Fruit has 12,345 items."));
    let calls = tools(reply(&mut turn, says("It is [[e9.0.items]].")));
    let outcome = done(serve(&mut turn, calls));
    assert_eq!(text(&outcome), "Fruit leads with 89,566 items.");
    assert_eq!(outcome.planner, PlannerKind::BuiltinFallback);
    assert_eq!(outcome.draft.unwrap().notes[0].code, "llm_ungrounded");
    assert_eq!(turn.trace().stop, Some(StopReason::Finished));
}

#[test]
fn every_failure_of_the_model_ends_with_the_builtin_answer() {
    for error in [
        ModelError::Transient("reset".into()),
        ModelError::RateLimited { retry_after_ms: None },
        ModelError::Timeout { limit_ms: 10 },
        ModelError::Permanent("wrong key".into()),
        ModelError::InvalidReply("no json".into()),
        ModelError::ContextTooLong("9k".into()),
    ] {
        let mut turn = model_turn();
        turn.next_step(0);
        let calls = tools(reply(&mut turn, Err(error.clone())));
        let outcome = done(serve(&mut turn, calls));
        assert_eq!(outcome.planner, PlannerKind::BuiltinFallback, "{error}");
        assert_eq!(outcome.draft.unwrap().notes[0].code, "llm_unavailable");
    }
}

#[test]
fn what_the_model_had_called_is_reused_but_no_evidence_of_the_fallback() {
    let mut turn = model_turn();
    turn.next_step(0);
    let wanted =
        [("find_things", json!({"words": "x"})), ("count_things", json!({"limit": null, "thing": "all"}))];
    let planned = tools(reply(&mut turn, calls(&wanted)));
    serve(&mut turn, planned);
    // The built-in plan asks for what the model has asked for as its second call: nothing is left to run.
    let outcome = done(reply(&mut turn, Err(ModelError::Permanent("gone".into()))));
    assert_eq!(text(&outcome), "Fruit leads with 89,566 items.");
    let ids: Vec<&str> = outcome.results.iter().map(|result| result.call.id.as_str()).collect();
    assert_eq!(ids, ["e1"]);
    assert_eq!(outcome.results[0].call.tool, "count_things");
    assert_eq!(turn.usage().tool_calls, 2);
}

#[test]
fn the_same_call_twice_is_answered_from_the_turn() {
    let mut turn = model_turn();
    turn.next_step(0);
    let planned = tools(reply(&mut turn, calls(&[("count_things", json!({"thing": "all", "limit": 2}))])));
    serve(&mut turn, planned);
    let again = calls(&[("count_things", json!({"limit": 2, "thing": "all"}))]);
    let next = request(reply(&mut turn, again));
    assert!(last_message(&next).starts_with(r#"{"evidence":"e1""#), "no step of tools, the same evidence");
    assert_eq!(turn.usage().tool_calls, 1);
    let repeated =
        turn.trace().events.iter().filter(|e| matches!(e, TraceEvent::Tool { repeated: true, .. }));
    assert_eq!(repeated.count(), 1);
}

#[test]
fn the_same_call_twice_in_one_reply_runs_once() {
    let mut turn = model_turn();
    turn.next_step(0);
    let wanted = ("count_things", json!({"thing": "all"}));
    let planned = tools(reply(&mut turn, calls(&[wanted.clone(), wanted])));
    assert_eq!(planned.len(), 1);
    let next = request(serve(&mut turn, planned));
    let answers = next.messages.iter().filter(|message| matches!(message, ModelMessage::Tool { .. }));
    assert_eq!(answers.count(), 2, "each call of the model is answered");
}

#[test]
fn unknown_tool_name_is_reported_to_the_model() {
    let mut turn = model_turn();
    turn.next_step(0);
    let next = request(reply(&mut turn, calls(&[("count_thing", json!({}))])));
    assert_eq!(
        last_message(&next),
        r#"there is no tool "count_thing"; there are: broken, count_things, find_things, staff_only"#
    );
}

#[test]
fn malformed_arguments_are_reported_with_the_schema() {
    let mut turn = model_turn();
    turn.next_step(0);
    let next = request(reply(&mut turn, calls(&[("count_things", json!("thing=all"))])));
    let said = last_message(&next);
    assert!(said.contains("must be one JSON object") && said.contains(r#""thing""#), "{said}");
}

#[test]
fn refused_arguments_go_back_with_what_would_be_right() {
    let mut turn = model_turn();
    turn.next_step(0);
    let planned = tools(reply(&mut turn, calls(&[("count_things", json!({"kind": 1}))])));
    turn.tools_returned(planned.into_iter().map(|call| broke(call, "invalid_arguments", false)).collect());
    let said = last_message(&request(turn.next_step(0)));
    assert!(said.contains("use one of: fruit, bread") && said.contains("their schema is"), "{said}");
}

#[test]
fn a_model_that_slips_three_times_in_a_row_is_replaced() {
    let mut turn = model_turn();
    turn.next_step(0);
    request(reply(&mut turn, says("  ")));
    request(reply(&mut turn, calls(&[("nothing", json!({}))])));
    tools(reply(&mut turn, says("")));
    assert!(turn.trace().events.iter().any(|event| matches!(event, TraceEvent::FellBack { .. })));
}

#[test]
fn a_text_that_was_cut_off_is_not_shown() {
    let mut turn = model_turn();
    turn.next_step(0);
    let cut = ModelReply { cut_off: true, ..says("Fruit is").unwrap() };
    let again = request(reply(&mut turn, Ok(cut)));
    assert!(last_message(&again).contains("cut off at the limit of tokens"));
}

#[test]
fn a_failed_call_that_may_succeed_later_is_run_again() {
    let mut turn = model_turn();
    turn.next_step(0);
    let wanted = [("count_things", json!({"thing": "all"}))];
    let planned = tools(reply(&mut turn, calls(&wanted)));
    turn.tools_returned(planned.into_iter().map(|call| broke(call, "upstream", true)).collect());
    request(turn.next_step(0));
    assert_eq!(tools(reply(&mut turn, calls(&wanted))).len(), 1);
}

#[test]
fn the_last_step_of_a_model_offers_no_tools() {
    let mut turn = turn(PlannerChoice::Llm, ScriptedPlanner::counting(), TurnBudget { steps: 3, ..BUDGET });
    assert!(!request(turn.next_step(0)).tools.is_empty());
    let planned = tools(reply(&mut turn, calls(&[("count_things", json!({"thing": "all"}))])));
    let last = request(serve(&mut turn, planned));
    assert!(last.tools.is_empty() && last.system.contains("No tool may be called any more"));
}

#[test]
fn a_model_that_never_answers_is_replaced_when_its_steps_are_used_up() {
    let mut turn = turn(PlannerChoice::Llm, ScriptedPlanner::counting(), TurnBudget { steps: 4, ..BUDGET });
    let mut step = turn.next_step(0);
    let mut rounds = 0;
    let outcome = loop {
        step = match step {
            Step::CallModel(_) => {
                rounds += 1;
                reply(&mut turn, calls(&[("count_things", json!({"thing": format!("{rounds}")}))]))
            }
            Step::CallTools(calls) => serve(&mut turn, calls),
            Step::Done(outcome) => break *outcome,
        };
    };
    assert_eq!(outcome.planner, PlannerKind::BuiltinFallback);
    assert!(rounds <= 3, "{rounds}");
}

#[test]
fn a_model_is_told_when_its_tool_calls_are_used_up() {
    let mut turn =
        turn(PlannerChoice::Llm, ScriptedPlanner::counting(), TurnBudget { tool_calls: 1, ..BUDGET });
    turn.next_step(0);
    let wanted = [("count_things", json!({"thing": "a"})), ("count_things", json!({"thing": "b"}))];
    let planned = tools(reply(&mut turn, calls(&wanted)));
    assert_eq!(planned.len(), 1);
    let next = request(serve(&mut turn, planned));
    assert!(next.tools.is_empty());
    assert!(last_message(&next).contains("the tool calls of this turn are used up"));
}

#[test]
fn tokens_are_a_budget_of_the_model() {
    let mut turn =
        turn(PlannerChoice::Llm, ScriptedPlanner::counting(), TurnBudget { tokens: 150, ..BUDGET });
    turn.next_step(0);
    let planned = tools(reply(&mut turn, calls(&[("count_things", json!({"thing": "x"}))])));
    request(serve(&mut turn, planned));
    let big = ModelReply {
        usage: Some(tokens(500, 1)),
        ..calls(&[("count_things", json!({"thing": "y"}))]).unwrap()
    };
    let planned = tools(reply(&mut turn, Ok(big)));
    let fallback = tools(serve(&mut turn, planned));
    assert_eq!(fallback[0].arguments, json!({"thing": "all"}), "the built-in plan");
}

#[test]
fn tokens_are_estimated_where_the_provider_does_not_count() {
    let mut turn = model_turn();
    turn.next_step(0);
    reply(&mut turn, Ok(ModelReply { usage: None, ..says("Hello, ask me about orders.").unwrap() }));
    assert!(turn.usage().input_tokens > 100, "{:?}", turn.usage());
    assert!(turn.usage().output_tokens > 0);
}

#[test]
fn the_time_of_a_model_ends_before_that_of_the_turn() {
    let mut turn = model_turn();
    let first = request(turn.next_step(100));
    assert_eq!(first.wait_ms, 700);
    turn.model_replied(calls(&[("count_things", json!({"thing": "x"}))]).unwrap());
    let planned = tools(turn.next_step(300));
    turn.tools_returned(planned.into_iter().map(found).collect());
    let fallback = tools(turn.next_step(801));
    assert_eq!(fallback[0].arguments, json!({"thing": "all"}));
}

#[test]
fn a_turn_whose_time_is_up_ends_in_an_error() {
    let mut turn =
        turn(PlannerChoice::Builtin, ScriptedPlanner { rounds: 2, ..ScriptedPlanner::counting() }, BUDGET);
    let calls = tools(turn.next_step(0));
    turn.tools_returned(calls.into_iter().map(found).collect());
    let outcome = done(turn.next_step(1_000));
    assert_eq!(outcome.draft, Err(TurnError::Timeout { limit_ms: 1_000 }));
    assert_eq!(turn.trace().stop, Some(StopReason::Timeout));
}

#[test]
fn the_builtin_planner_has_budgets_too() {
    let endless = ScriptedPlanner { rounds: 100, ..ScriptedPlanner::counting() };
    let mut turn =
        turn(PlannerChoice::Builtin, endless.clone(), TurnBudget { steps: 3, tool_calls: 99, ..BUDGET });
    let mut step = turn.next_step(0);
    while let Step::CallTools(calls) = step {
        step = serve(&mut turn, calls);
    }
    assert_eq!(done(step).draft, Err(TurnError::BudgetExceeded { what: "steps", limit: 3 }));
    assert_eq!(turn.trace().stop, Some(StopReason::Steps));

    let mut turn =
        crate::turn::turn(PlannerChoice::Builtin, endless, TurnBudget { steps: 99, tool_calls: 2, ..BUDGET });
    let mut step = turn.next_step(0);
    while let Step::CallTools(calls) = step {
        step = serve(&mut turn, calls);
    }
    assert_eq!(done(step).draft, Err(TurnError::BudgetExceeded { what: "tool calls", limit: 2 }));
}

#[test]
fn an_ungrounded_text_of_our_own_is_an_error_not_an_answer() {
    let careless = Start::Finish(Box::new(Draft::answered("There are 7 of them.")));
    let mut turn = turn(
        PlannerChoice::Builtin,
        ScriptedPlanner { start: careless, ..ScriptedPlanner::counting() },
        BUDGET,
    );
    assert_eq!(done(turn.next_step(0)).draft, Err(TurnError::Ungrounded));
    assert_eq!(turn.trace().stop, Some(StopReason::Ungrounded));
}

#[test]
fn questions_back_may_repeat_the_askers_figures() {
    let mut turn = turn(PlannerChoice::Builtin, ScriptedPlanner::asking("The top 5 of what?"), BUDGET);
    let draft = done(turn.next_step(0)).draft.unwrap();
    assert_eq!((draft.status, draft.bindings.len()), (Status::Clarify, 1));
}

#[test]
fn a_model_may_ask_back_or_refuse() {
    let mut turn = model_turn();
    turn.next_step(0);
    let draft = done(reply(&mut turn, says("CLARIFY: Which kind do you mean?"))).draft.unwrap();
    assert_eq!(
        (draft.status, draft.clarify.unwrap().question.as_str()),
        (Status::Clarify, "Which kind do you mean?")
    );
    let mut turn = model_turn();
    turn.next_step(0);
    let draft = done(reply(&mut turn, says("REFUSE: The data holds no prices."))).draft.unwrap();
    assert_eq!((draft.status, draft.refusal.unwrap().code.as_str()), (Status::Refused, "outside_data"));
}

#[test]
fn a_conversation_that_is_too_long_is_tried_without_its_past() {
    let past = PastTurn {
        message: "before".into(),
        answer_text: "then".into(),
        plan: Value::Null,
        ..PastTurn::default()
    };
    let input = TurnInput { history: vec![past], ..input(PlannerChoice::Llm) };
    let mut turn = TurnRun::new(input, BUDGET, Arc::new(ScriptedPlanner::counting()));
    assert_eq!(request(turn.next_step(0)).messages.len(), 3);
    assert_eq!(request(reply(&mut turn, Err(ModelError::ContextTooLong("8k".into())))).messages.len(), 1);
}

#[test]
fn a_finished_turn_stays_finished() {
    let mut turn = turn(PlannerChoice::Builtin, ScriptedPlanner::asking("Which one?"), BUDGET);
    let end = done(turn.next_step(0));
    turn.model_replied(says("late").unwrap());
    assert_eq!(done(turn.next_step(5)), end);
}

#[test]
fn the_trace_of_a_turn_survives_json() {
    let mut turn = turn(PlannerChoice::Builtin, ScriptedPlanner::counting(), BUDGET);
    let calls = tools(turn.next_step(3));
    turn.tools_returned(calls.into_iter().map(found).collect());
    turn.next_step(9);
    insta::assert_json_snapshot!(turn.trace());
    let text = serde_json::to_string(turn.trace()).unwrap();
    assert_eq!(&serde_json::from_str::<agent::trace::TurnTrace>(&text).unwrap(), turn.trace());
}

/// The turn, the driver, the LLM planner and the prompt know tools by the registry only.
#[test]
fn no_concrete_tool_is_named() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = vec![root.join("../prompts/system.j2"), root.join("../prompts/src/system.rs")];
    for folder in ["src", "src/turn", "src/llm", "src/grounding", "src/bound_text", "src/memory"] {
        let files = std::fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        sources.extend(files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")));
    }
    let registry = tools::registry::standard_registry();
    let names: Vec<&str> =
        registry.specs_for(domain::principal::Role::Admin).iter().map(|spec| spec.name).collect();
    assert!(!names.is_empty());
    for source in sources {
        let text = std::fs::read_to_string(&source).unwrap();
        let is_named = |name: &&&str| {
            text.contains(&format!("\"{name}\"")) || (name.contains('_') && text.contains(**name))
        };
        assert_eq!(names.iter().find(is_named), None, "{}", source.display());
    }
}
