//! Asks the questions of a file and compares each answer with what would be right.
//!
//! A conversation's earlier turns are asked first in the same session. Gold SQL runs on the engine of the run, over
//! the rows of every customer; the answer only sees what its principal may see.

use std::{path::PathBuf, sync::Arc};

use agent::{driver::Agent, events::EventSink, request::TurnRequest};
use domain::{
    answer::{Answer, Block, Status},
    ids::UserId,
    principal::{Principal, PrincipalError, RowPolicy},
    table::Table,
};
use query::{Limits, SqlEngine, SqlRequest};
use tools::run::Run;

use crate::{
    figures,
    matching::{self, Rules},
    question::{Check, Question, QuestionSet},
    report::{Line, Report, Verdict},
    slots::{self, Place},
};

/// Why an evaluation could not run. A wrong answer is no error, it is a verdict.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The file cannot be read.
    #[error("cannot read the questions in {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no question file.
    #[error("{path} is no question file: {message}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        message: String,
    },
    /// A slot does not exist or has no match.
    #[error("{0}")]
    Slot(String),
    /// Gold SQL failed.
    #[error("gold SQL failed: {0}")]
    Query(#[from] query::QueryError),
    /// A gold result that the engine cuts cannot be compared.
    #[error("gold SQL gives more than {0} rows, which the engine cuts: ask for fewer")]
    GoldTooLong(usize),
    /// A question's role and user do not fit together.
    #[error("question {id}: {source}")]
    Principal {
        /// The question.
        id: String,
        /// What is wrong.
        source: PrincipalError,
    },
}

/// Asks every question; `progress` is called after each with how many are done.
pub async fn run(
    set: &QuestionSet,
    name: &str,
    agent: &Agent,
    run: &Arc<Run>,
    mut progress: impl FnMut(usize),
) -> Result<Report, EvalError> {
    let mut lines = Vec::with_capacity(set.questions.len());
    for question in &set.questions {
        lines.push(ask(question, agent, run).await?);
        progress(lines.len());
    }
    Ok(Report { set: name.to_owned(), run_id: run.id().to_owned(), lines })
}

async fn ask(question: &Question, agent: &Agent, run: &Arc<Run>) -> Result<Line, EvalError> {
    let engine = run.engine.as_ref();
    let principal = principal(question, engine).await?;
    let text = slots::fill(&question.ask, Place::Question, engine).await?;
    let mut session_id = None;
    for earlier in &question.before {
        let earlier = slots::fill(earlier, Place::Question, engine).await?;
        let answer = answer(agent, run, &principal, earlier, session_id).await;
        session_id = Some(answer.session_id);
    }
    let answer = answer(agent, run, &principal, text.clone(), session_id).await;
    let (verdict, reason) = judge(question, &answer, engine).await?;
    Ok(Line {
        id: question.id.clone(),
        intent: question.intent.clone(),
        unbound: figures::unbound(&answer, &text),
        ask: text,
        verdict,
        reason,
        text: answer.text,
        elapsed_ms: answer.usage.elapsed_ms,
    })
}

async fn answer(
    agent: &Agent,
    run: &Arc<Run>,
    principal: &Principal,
    message: String,
    session_id: Option<String>,
) -> Answer {
    let request = TurnRequest { session_id, ..TurnRequest::new(message, principal.clone(), Arc::clone(run)) };
    agent.answer(request, EventSink::none()).await
}

async fn principal(question: &Question, engine: &dyn SqlEngine) -> Result<Principal, EvalError> {
    let user_id = match &question.user {
        None => None,
        Some(text) => {
            let filled = slots::fill(text, Place::Question, engine).await?;
            let id = filled
                .parse()
                .map_err(|_| EvalError::Slot(format!("user {filled:?} is no customer number")))?;
            Some(UserId(id))
        }
    };
    Principal::new(question.role, user_id, format!("eval:{}", question.id))
        .map_err(|source| EvalError::Principal { id: question.id.clone(), source })
}

/// Compares an answer with what would be right.
async fn judge(
    question: &Question,
    answer: &Answer,
    engine: &dyn SqlEngine,
) -> Result<(Verdict, String), EvalError> {
    let status = match answer.status {
        Status::Answered => "answered",
        Status::Clarify => "clarify",
        Status::Refused => "refused",
        Status::Error => {
            let code = answer.error.as_ref().map_or("", |error| error.code.as_str());
            return Ok((Verdict::Failed, format!("error {code}")));
        }
    };
    if !question.expect.statuses().iter().any(|expected| expected == status) {
        let wanted = question.expect.statuses().join(" or ");
        let verdict = if answer.status == Status::Answered { Verdict::Wrong } else { Verdict::Unanswered };
        return Ok((verdict, format!("{status}, expected {wanted}")));
    }
    if answer.status != Status::Answered {
        return Ok((Verdict::Right, String::new()));
    }
    let Some(sql) = &question.sql else { return Ok((Verdict::Right, String::new())) };
    let sql = slots::fill(sql, Place::Sql, engine).await?;
    match question.check {
        Check::Rows => Ok(check_rows(question, answer, &gold_rows(&sql, engine).await?)),
        Check::ProductsContain => check_products(question, answer, &sql, engine).await,
    }
}

/// The rows of a gold statement, as many as the engine gives.
async fn gold_rows(sql: &str, engine: &dyn SqlEngine) -> Result<Table, EvalError> {
    let limits = Limits { rows: usize::MAX, ..Limits::DEFAULT };
    let request = SqlRequest::new(sql, RowPolicy::AllCustomers).with_limits(limits);
    let result = engine.execute(&request).await?;
    if result.truncated { Err(EvalError::GoldTooLong(result.table.rows.len())) } else { Ok(result.table) }
}

fn check_rows(question: &Question, answer: &Answer, gold: &Table) -> (Verdict, String) {
    let rules = Rules { ordered: question.ordered, top: question.top, optional: &question.optional };
    if answer.evidence.iter().any(|evidence| matching::matches(gold, evidence, rules)) {
        return (Verdict::Right, String::new());
    }
    let shown =
        gold.rows.iter().take(3).map(|row| serde_json::json!(row).to_string()).collect::<Vec<_>>().join(" ");
    (Verdict::Wrong, format!("gold has {} rows: {shown} …", gold.rows.len()))
}

async fn check_products(
    question: &Question,
    answer: &Answer,
    sql: &str,
    engine: &dyn SqlEngine,
) -> Result<(Verdict, String), EvalError> {
    let shown: Vec<u32> = answer
        .blocks
        .iter()
        .filter_map(|block| if let Block::Products { items, .. } = block { Some(items) } else { None })
        .flatten()
        .map(|item| item.product_id.0)
        .collect();
    if shown.is_empty() {
        return Ok((Verdict::Wrong, "no products are shown".to_owned()));
    }
    // The gold list may be most of the catalogue: only the shown products are looked up in it.
    let ids = shown.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    let sql = sql.trim().trim_end_matches(';');
    let members = format!("SELECT DISTINCT g.product_id FROM ({sql}) AS g WHERE g.product_id IN ({ids})");
    let hits = gold_rows(&members, engine).await?.rows.len();
    if hits as f64 >= question.min_share * shown.len() as f64 {
        return Ok((Verdict::Right, String::new()));
    }
    Ok((Verdict::Wrong, format!("{hits} of {} products are among the gold ones", shown.len())))
}
