//! Test tools, scripted planner and model, and a builder of the agent under test.

use std::{
    collections::VecDeque,
    sync::{Arc, LazyLock, Mutex},
};

use agent::{
    bound_text::{BoundText, ResultTable},
    builtin::{Decision, PlanInput, Planned},
    draft::Draft,
    driver::Agent,
    llm::{ChatModel, ModelError, ModelReply, ModelRequest, ModelToolCall, ModelUsage},
    memory::InMemorySessions,
    plan::{CallResult, PlannedCall},
    request::TurnRequest,
    turn::Planner,
};
use async_trait::async_trait;
use config::{Settings, agent::PlannerChoice};
use domain::{
    answer::{Clarify, Note, ProductItem, Refusal},
    ids::ProductId,
    principal::{Principal, Role},
    table::{Column, ColumnType, Table},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tools::{
    contract::{ToolContext, ToolError, ToolLimits, ToolOutput, TypedTool},
    registry::Registry,
    run::Run,
};

pub(crate) const RUN_ID: &str = "run-of-the-test";

/// A run without tables: the test tools bring their own rows.
pub(crate) fn run() -> Arc<Run> {
    static RUN: LazyLock<Arc<Run>> =
        LazyLock::new(|| Arc::new(Run::without_data(RUN_ID, &Settings::defaults().unwrap()).unwrap()));
    Arc::clone(&RUN)
}

/// Counts of things; a row a thing.
pub(crate) struct CountThings;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CountArgs {
    /// What to count.
    thing: String,
    /// Rows, 1 to 10.
    limit: Option<u32>,
}

#[async_trait]
impl TypedTool for CountThings {
    type Args = CountArgs;
    const NAME: &'static str = "count_things";
    const DESCRIPTION: &'static str = "Counts things by kind.";
    const ROLES: &'static [Role] = &Role::ALL;

    async fn run(&self, _context: &ToolContext, args: CountArgs) -> Result<ToolOutput, ToolError> {
        if args.thing == "unicorns" {
            return Err(ToolError::NotFound {
                what: "thing \"unicorns\"".into(),
                nearest: vec!["fruit".into()],
            });
        }
        let mut output = ToolOutput::table(counts(), "embedded");
        output.table.rows.truncate(args.limit.unwrap_or(10) as usize);
        output.sql = Some("SELECT kind, items FROM things".into());
        output.notes = vec![Note::new("definition", "Items are lines.")];
        Ok(output)
    }
}

pub(crate) fn counts() -> Table {
    Table {
        columns: vec![
            Column::new("kind", ColumnType::String),
            Column::new("items", ColumnType::Integer),
            Column::new("share_of_items", ColumnType::Number),
        ],
        rows: vec![
            vec![json!("fruit"), json!(89_566), json!(0.289_27)],
            vec![json!("bread"), json!(1_234), json!(0.003_98)],
        ],
    }
}

/// Products, with cards.
pub(crate) struct FindThings;

#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FindArgs {
    /// Words to look for.
    words: String,
}

#[async_trait]
impl TypedTool for FindThings {
    type Args = FindArgs;
    const NAME: &'static str = "find_things";
    const DESCRIPTION: &'static str = "Finds products.";
    const ROLES: &'static [Role] = &Role::ALL;

    async fn run(&self, _context: &ToolContext, _args: FindArgs) -> Result<ToolOutput, ToolError> {
        let table = Table {
            columns: vec![
                Column::new("product_id", ColumnType::Integer),
                Column::new("product_name", ColumnType::String),
            ],
            rows: vec![vec![json!(24_852), json!("Banana")]],
        };
        let mut output = ToolOutput::table(table, "index");
        output.products = vec![ProductItem {
            product_id: ProductId(24_852),
            product_name: "Banana".into(),
            aisle: "fresh fruits".into(),
            department: "produce".into(),
            score: None,
            score_kind: None,
            reason: None,
        }];
        Ok(output)
    }
}

/// For staff.
pub(crate) struct StaffOnly;

#[async_trait]
impl TypedTool for StaffOnly {
    type Args = FindArgs;
    const NAME: &'static str = "staff_only";
    const DESCRIPTION: &'static str = "Sees everything.";
    const ROLES: &'static [Role] = &[Role::Analyst, Role::Admin];

    async fn run(&self, _context: &ToolContext, _args: FindArgs) -> Result<ToolOutput, ToolError> {
        Ok(ToolOutput::table(counts(), "embedded"))
    }
}

/// Fails with an engine's text that must not be shown.
pub(crate) struct Broken;

#[async_trait]
impl TypedTool for Broken {
    type Args = FindArgs;
    const NAME: &'static str = "broken";
    const DESCRIPTION: &'static str = "Fails.";
    const ROLES: &'static [Role] = &Role::ALL;

    async fn run(&self, _context: &ToolContext, _args: FindArgs) -> Result<ToolOutput, ToolError> {
        Err(ToolError::Upstream("secret path /lake/x.parquet".into()))
    }
}

/// Waits until it is cancelled or its time is up, and tells how it ended.
#[derive(Clone, Default)]
pub(crate) struct Waits {
    pub(crate) began: Arc<tokio::sync::Notify>,
    pub(crate) token: Arc<Mutex<Option<CancellationToken>>>,
}

#[async_trait]
impl TypedTool for Waits {
    type Args = FindArgs;
    const NAME: &'static str = "waits";
    const DESCRIPTION: &'static str = "Waits.";
    const ROLES: &'static [Role] = &Role::ALL;

    fn limits(&self) -> ToolLimits {
        ToolLimits { timeout_ms: 60_000, max_rows: 10 }
    }

    async fn run(&self, context: &ToolContext, _args: FindArgs) -> Result<ToolOutput, ToolError> {
        *self.token.lock().unwrap() = Some(context.cancel.clone());
        self.began.notify_one();
        std::future::pending().await
    }
}

pub(crate) fn registry() -> Registry {
    Registry::new().with(CountThings).with(FindThings).with(StaffOnly).with(Broken)
}

/// What the scripted planner does first.
#[derive(Clone)]
pub(crate) enum Start {
    Calls(Vec<PlannedCall>),
    Finish(Box<Draft>),
    Panics,
}

/// Plans what it was told, and writes the first row of its first result.
#[derive(Clone)]
pub(crate) struct ScriptedPlanner {
    pub(crate) start: Start,
    pub(crate) confidence: f64,
    /// Rounds of calls before it finishes.
    pub(crate) rounds: usize,
    /// What it writes about the first result; a template over `e1`.
    pub(crate) template: &'static str,
    pub(crate) seen: Arc<Mutex<Vec<Vec<String>>>>,
}

impl ScriptedPlanner {
    pub(crate) fn counting() -> Self {
        Self {
            start: Start::Calls(vec![call("e1", "count_things", json!({"thing": "all"}))]),
            confidence: 0.9,
            rounds: 1,
            template: "{{ e1.first.kind }} leads with {{ e1.first.items }} items.",
            seen: Arc::default(),
        }
    }

    pub(crate) fn unsure() -> Self {
        let refusal = Refusal {
            code: "not_understood".into(),
            text: "That is not clear.".into(),
            nearest_question: Some("top 5 products".into()),
        };
        Self { start: Start::Finish(Box::new(Draft::refused(refusal))), confidence: 0.1, ..Self::counting() }
    }

    pub(crate) fn asking(question: &str) -> Self {
        let clarify = Clarify { question: question.into(), options: Vec::new() };
        Self { start: Start::Finish(Box::new(Draft::clarify(clarify))), ..Self::counting() }
    }
}

impl Planner for ScriptedPlanner {
    fn start(&self, input: &PlanInput<'_>) -> Planned {
        let history = input.history.iter().map(|turn| turn.message.clone()).collect();
        self.seen.lock().unwrap().push(history);
        let decision = match &self.start {
            Start::Calls(calls) => Decision::Call(calls.clone()),
            Start::Finish(draft) => Decision::Finish(draft.clone()),
            Start::Panics => panic!("the planner of the test panics"),
        };
        Planned { decision, confidence: self.confidence, plan: json!({"plan": "scripted"}) }
    }

    fn next(&self, _input: &PlanInput<'_>, _plan: &Value, results: &[CallResult]) -> Decision {
        if results.len() < self.rounds {
            let id = format!("e{}", results.len() + 1);
            let thing = format!("round {}", results.len());
            return Decision::Call(vec![call(&id, "count_things", json!({"thing": thing}))]);
        }
        let tables: Vec<_> = results.iter().filter_map(ResultTable::of).collect();
        if tables.is_empty() {
            return Decision::Finish(Box::new(Draft::answered("The data is not there now.")));
        }
        let (text, bindings) =
            BoundText::render_source(self.template, minijinja::Value::UNDEFINED, &tables).unwrap();
        Decision::Finish(Box::new(Draft { bindings, ..Draft::answered(text) }))
    }
}

pub(crate) fn call(id: &str, tool: &str, arguments: Value) -> PlannedCall {
    PlannedCall { id: id.into(), tool: tool.into(), arguments }
}

/// Replies by a script, and keeps what it was asked.
#[derive(Default)]
pub(crate) struct ScriptedModel {
    script: Mutex<VecDeque<Result<ModelReply, ModelError>>>,
    pub(crate) asked: Mutex<Vec<ModelRequest>>,
}

impl ScriptedModel {
    pub(crate) fn new(script: impl IntoIterator<Item = Result<ModelReply, ModelError>>) -> Arc<Self> {
        Arc::new(Self { script: Mutex::new(script.into_iter().collect()), asked: Mutex::default() })
    }

    pub(crate) fn times(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

#[async_trait]
impl ChatModel for ScriptedModel {
    fn name(&self) -> &str {
        "scripted"
    }

    async fn complete(&self, request: &ModelRequest) -> Result<ModelReply, ModelError> {
        self.asked.lock().unwrap().push(request.clone());
        let next = self.script.lock().unwrap().pop_front();
        next.unwrap_or_else(|| Err(ModelError::Permanent("the script is over".into())))
    }
}

pub(crate) fn says(text: &str) -> Result<ModelReply, ModelError> {
    Ok(ModelReply { text: text.into(), usage: Some(tokens(100, 10)), ..ModelReply::default() })
}

pub(crate) fn tokens(input_tokens: u64, output_tokens: u64) -> ModelUsage {
    ModelUsage { input_tokens, output_tokens }
}

pub(crate) fn calls(wanted: &[(&str, Value)]) -> Result<ModelReply, ModelError> {
    let tool_calls = wanted
        .iter()
        .enumerate()
        .map(|(at, (name, arguments))| ModelToolCall {
            id: format!("call_{at}"),
            name: (*name).into(),
            arguments: arguments.as_object().cloned().unwrap_or_default(),
            malformed: (!arguments.is_object()).then(|| arguments.to_string()),
        })
        .collect();
    Ok(ModelReply { tool_calls, usage: Some(tokens(100, 10)), ..ModelReply::default() })
}

/// An agent with the scripted planner, the test tools and maybe a model.
pub(crate) fn agent(planner: ScriptedPlanner, model: Option<Arc<dyn ChatModel>>) -> Agent {
    let settings = Settings::defaults().unwrap();
    Agent {
        registry: Arc::new(registry()),
        settings: settings.agent,
        llm: settings.llm,
        builtin: Arc::new(planner),
        model,
        sessions: Arc::new(InMemorySessions::new()),
        cache: None,
    }
}

pub(crate) fn ask(message: &str) -> TurnRequest {
    TurnRequest::new(message, Principal::analyst(), run())
}

pub(crate) fn ask_model(message: &str) -> TurnRequest {
    TurnRequest { planner: Some(PlannerChoice::Llm), ..ask(message) }
}
