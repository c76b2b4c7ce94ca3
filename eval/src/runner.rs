//! Asks every case and judges each answer.
//!
//! A conversation's turns are asked in one session. Options of a question back, and suggestions where that is wanted,
//! are asked afterwards, each in a session of its own: they are whole questions. Questions are asked one after another,
//! so that times are those of one user.

use std::sync::Arc;

use agent::{driver::Agent, events::EventSink, request::TurnRequest};
use domain::{
    answer::{Answer, Evidence, Status},
    ids::ProductId,
    principal::Principal,
    table::Table,
};
use tools::run::Run;

use crate::{
    figures,
    gold::{Filled, FilledTurn, Gold, GoldRows, Prepared},
    judge::{Verdict, judge},
    question::Turn,
    report::{Cited, Line, MAX_SHOWN_ROWS, Shown},
};

/// What is asked beside the cases.
#[derive(Debug, Clone, Copy, Default)]
pub struct Extras {
    /// Whether suggestions are asked too.
    pub suggestions: bool,
}

/// Asks every case; `progress` is called after each with how many are done.
pub async fn run(
    prepared: &[Prepared],
    gold: &GoldRows,
    agent: &Agent,
    run: &Arc<Run>,
    extras: Extras,
    mut progress: impl FnMut(usize),
) -> Vec<Line> {
    let asker = Asker { agent, run, extras };
    let mut lines = Vec::new();
    for (done, prepared) in prepared.iter().enumerate() {
        match askable(prepared, gold) {
            Ok((filled, golds)) => lines.extend(asker.ask_case(prepared, filled, &golds).await),
            Err(reason) => lines.push(invalid(prepared, reason)),
        }
        progress(done + 1);
    }
    lines
}

/// The filled turns with their gold, or what is wrong with the case.
fn askable<'a>(prepared: &'a Prepared, gold: &GoldRows) -> Result<(&'a Filled, Vec<Gold>), String> {
    let filled = prepared.filled.as_ref().map_err(Clone::clone)?;
    let golds = filled.turns.iter().map(|turn| gold.of(turn)).collect::<Result<_, _>>()?;
    Ok((filled, golds))
}

fn line(prepared: &Prepared, at: usize, verdict: Verdict, reason: String) -> Line {
    let case = &prepared.case;
    let turn = case.turns.get(at);
    Line {
        id: case.turn_name(at),
        case: case.id.clone(),
        kind: case.kind.clone(),
        intent: case.intent.clone(),
        side: case.side,
        role: case.role,
        ask: turn.map_or_else(String::new, |turn| turn.ask.clone()),
        expect: turn.map_or_else(Vec::new, |turn| turn.expect.clone()),
        status: None,
        verdict,
        reason,
        text: String::new(),
        evidence: Vec::new(),
        gold: Vec::new(),
        unbound: Vec::new(),
        options: 0,
        options_missed: Vec::new(),
        suggestions: 0,
        suggestions_missed: Vec::new(),
        elapsed_ms: 0.0,
    }
}

fn invalid(prepared: &Prepared, reason: String) -> Line {
    line(prepared, 0, Verdict::Invalid, reason)
}

struct Asker<'a> {
    agent: &'a Agent,
    run: &'a Arc<Run>,
    extras: Extras,
}

/// What goes with a question.
struct Asked<'a> {
    message: &'a str,
    principal: &'a Principal,
    basket: &'a [ProductId],
    session_id: Option<String>,
}

impl Asker<'_> {
    async fn ask_case(&self, prepared: &Prepared, filled: &Filled, golds: &[Gold]) -> Vec<Line> {
        let mut lines = Vec::with_capacity(filled.turns.len());
        let mut session_id = None;
        let mut asked = String::new();
        let turns = prepared.case.turns.iter().zip(&filled.turns).zip(golds);
        for (at, ((turn, filled_turn), gold)) in turns.enumerate() {
            let question = Asked {
                message: &filled_turn.ask,
                principal: &filled.principal,
                basket: &filled_turn.basket,
                session_id: session_id.take(),
            };
            let answer = self.answer(question).await;
            asked = format!("{asked}{}\n", filled_turn.ask);
            let mut judged = judged(prepared, at, (turn, filled_turn, gold), &answer, &asked);
            self.follow(&mut judged, &answer, filled, at).await;
            lines.push(judged);
            session_id = Some(answer.session_id);
        }
        lines
    }

    async fn answer(&self, asked: Asked<'_>) -> Answer {
        let request = TurnRequest {
            session_id: asked.session_id,
            basket: asked.basket.to_vec(),
            ..TurnRequest::new(asked.message, asked.principal.clone(), Arc::clone(self.run))
        };
        self.agent.answer(request, EventSink::none()).await
    }

    /// Asks what an answer offers, and notes what is not answered. Options and nearest questions stand for themselves; a
    /// suggestion may be an edit of what was asked ("And the lowest?"), so it is asked behind the turns that led to it.
    async fn follow(&self, line: &mut Line, answer: &Answer, filled: &Filled, at: usize) {
        let basket = filled.turns.get(at).map_or(&[][..], |turn| &turn.basket);
        if let Some(clarify) = &answer.clarify {
            line.options = clarify.options.len();
            for option in &clarify.options {
                if !self.is_answered(&option.question, filled, basket, None).await {
                    line.options_missed.push(option.question.clone());
                }
            }
        }
        if !self.extras.suggestions {
            return;
        }
        let nearest = answer.refusal.iter().filter_map(|refusal| refusal.nearest_question.as_ref());
        for question in nearest {
            line.suggestions += 1;
            if !self.is_answered(question, filled, basket, None).await {
                line.suggestions_missed.push(question.clone());
            }
        }
        for suggestion in &answer.suggestions {
            line.suggestions += 1;
            let session = self.replay(filled, at).await;
            if !self.is_answered(suggestion, filled, basket, session).await {
                line.suggestions_missed.push(suggestion.clone());
            }
        }
    }

    /// A session of its own in which the turns up to that one were asked.
    async fn replay(&self, filled: &Filled, at: usize) -> Option<String> {
        let mut session_id = None;
        for turn in filled.turns.iter().take(at + 1) {
            let (message, principal, basket) = (&turn.ask, &filled.principal, &turn.basket);
            session_id = Some(self.answer(Asked { message, principal, basket, session_id }).await.session_id);
        }
        session_id
    }

    async fn is_answered(
        &self,
        message: &str,
        filled: &Filled,
        basket: &[ProductId],
        session_id: Option<String>,
    ) -> bool {
        let principal = &filled.principal;
        let answer = self.answer(Asked { message, principal, basket, session_id }).await;
        answer.status == Status::Answered
    }
}

fn judged(
    prepared: &Prepared,
    at: usize,
    (turn, filled, gold): (&Turn, &FilledTurn, &Gold),
    answer: &Answer,
    asked: &str,
) -> Line {
    let (verdict, reason) = judge(turn, filled, gold, answer);
    let is_right = verdict == Verdict::Right;
    let mut line = line(prepared, at, verdict, reason);
    line.ask = filled.ask.clone();
    line.status = Some(answer.status);
    line.text.clone_from(&answer.text);
    line.evidence = answer.evidence.iter().map(|evidence| cited(evidence, is_right)).collect();
    if !is_right {
        let tables = gold.sql.iter().chain(&gold.also).chain(&gold.each).chain(&gold.none_of);
        line.gold =
            turn.statements().into_iter().zip(tables).map(|((key, _), table)| shown(key, table)).collect();
    }
    line.unbound = figures::unbound(answer, asked);
    line.elapsed_ms = answer.usage.elapsed_ms;
    line
}

/// The call; its rows only where they have to be looked at.
fn cited(evidence: &Evidence, is_right: bool) -> Cited {
    let rows = if is_right { 0 } else { MAX_SHOWN_ROWS };
    Cited {
        tool: evidence.tool.clone(),
        arguments: evidence.arguments.clone(),
        columns: evidence.columns.iter().map(|column| column.name.clone()).collect(),
        rows: evidence.result.iter().take(rows).cloned().collect(),
        row_count: evidence.row_count,
    }
}

fn shown(key: String, table: &Table) -> Shown {
    Shown {
        key,
        columns: table.columns.iter().map(|column| column.name.clone()).collect(),
        rows: table.rows.iter().take(MAX_SHOWN_ROWS).cloned().collect(),
        row_count: table.rows.len(),
    }
}
