//! Gold rows: the statements of a question set, filled and run on the lake at hand.
//!
//! An engine of its own with wide limits, over the rows of every customer, so that neither the limits nor the caches of
//! the engine that answers play a part. Equal statements run once. All of it happens before the first question is asked:
//! what is measured there is the answer alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use config::query::QuerySettings;
use domain::{
    ids::{ProductId, UserId},
    lake::RunPaths,
    manifest::Manifest,
    principal::{Principal, RowPolicy},
    table::Table,
};
use futures::StreamExt;
use query::{EmbeddedEngine, Limits, QueryError, SqlEngine, SqlRequest};
use serde_json::Value;

use crate::{
    kept::KeptGold,
    question::{Case, Turn},
    slots::{Place, SlotError, Slots},
};

/// The widest limits that the engine takes: a gold list may be the whole catalogue, and a check is not in a hurry.
const MAX_ROWS: usize = 1_000_000;
const MAX_RESULT_MIB: usize = 512;
const TIMEOUT_MS: u64 = 120_000;

/// Opens the engine that gold statements run on.
pub fn open_engine(
    paths: &RunPaths,
    manifest: &Manifest,
    settings: &QuerySettings,
) -> Result<EmbeddedEngine, QueryError> {
    let wide = QuerySettings {
        max_rows: MAX_ROWS,
        max_result_mib: MAX_RESULT_MIB,
        timeout_ms: TIMEOUT_MS,
        ..settings.clone()
    };
    EmbeddedEngine::open(paths, manifest, &wide)
}

/// A case with its slots filled.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// What was written.
    pub case: Case,
    /// Its turns, or why it cannot be asked on this lake.
    pub filled: Result<Filled, String>,
}

/// Who asks, and what.
#[derive(Debug, Clone)]
pub struct Filled {
    /// Who asks.
    pub principal: Principal,
    /// The turns, in order.
    pub turns: Vec<FilledTurn>,
}

/// A turn with its slots filled.
#[derive(Debug, Clone)]
pub struct FilledTurn {
    /// `an-001`, or `co-001#2`.
    pub name: String,
    /// The question.
    pub ask: String,
    /// Products in the basket.
    pub basket: Vec<ProductId>,
    /// The gold statements under their keys.
    pub statements: Vec<(String, String)>,
    /// Alternatives, one of each list must occur.
    pub mention: Vec<Vec<String>>,
    /// None may occur.
    pub absent: Vec<String>,
}

/// Fills the slots of every case.
pub async fn prepare(cases: Vec<Case>, engine: &dyn SqlEngine) -> Vec<Prepared> {
    let mut slots = Slots::new(engine);
    let mut prepared = Vec::with_capacity(cases.len());
    for case in cases {
        let filled = fill(&case, &mut slots).await;
        prepared.push(Prepared { case, filled });
    }
    prepared
}

async fn fill(case: &Case, slots: &mut Slots<'_>) -> Result<Filled, String> {
    let user_id = match &case.user {
        None => None,
        Some(text) => {
            let filled = slots.fill(text, Place::Question).await.map_err(|e| e.to_string())?;
            Some(UserId(filled.parse().map_err(|_| format!("user {filled:?} is no customer number"))?))
        }
    };
    let principal =
        Principal::new(case.role, user_id, format!("eval:{}", case.id)).map_err(|e| e.to_string())?;
    let mut turns = Vec::with_capacity(case.turns.len());
    for (at, turn) in case.turns.iter().enumerate() {
        let name = case.turn_name(at);
        turns.push(fill_turn(name.clone(), turn, slots).await.map_err(|error| format!("{name}: {error}"))?);
    }
    Ok(Filled { principal, turns })
}

async fn fill_turn(name: String, turn: &Turn, slots: &mut Slots<'_>) -> Result<FilledTurn, String> {
    let text = |error: SlotError| error.to_string();
    let mut statements = Vec::new();
    for (key, sql) in turn.statements() {
        let sql = slots.fill(sql, Place::Sql).await.map_err(text)?;
        statements.push((key, sql.trim().trim_end_matches(';').to_owned()));
    }
    let mut basket = Vec::new();
    for product in &turn.basket {
        let filled = slots.fill(product, Place::Question).await.map_err(text)?;
        basket.push(ProductId(filled.parse().map_err(|_| format!("basket: {filled:?} is no product id"))?));
    }
    let mut mention = Vec::new();
    for alternatives in &turn.mention {
        let mut filled = Vec::new();
        for alternative in alternatives.split('|') {
            filled.push(slots.fill(alternative, Place::Question).await.map_err(text)?);
        }
        mention.push(filled);
    }
    let mut absent = Vec::new();
    for part in &turn.absent {
        absent.push(slots.fill(part, Place::Question).await.map_err(text)?);
    }
    let ask = slots.fill(&turn.ask, Place::Question).await.map_err(text)?;
    Ok(FilledTurn { name, ask, basket, statements, mention, absent })
}

/// The results of statements, by their text.
#[derive(Debug, Default)]
pub struct GoldRows {
    results: BTreeMap<String, Result<Arc<Table>, String>>,
}

impl GoldRows {
    /// Runs every statement of those cases whose rows are not kept; `progress` is called with how many of how many are
    /// done.
    pub async fn run(
        prepared: &[Prepared],
        engine: &dyn SqlEngine,
        kept: Option<&KeptGold>,
        at_a_time: usize,
        mut progress: impl FnMut(usize, usize),
    ) -> Self {
        let filled = prepared.iter().filter_map(|prepared| prepared.filled.as_ref().ok());
        let statements: BTreeSet<&str> = filled
            .flat_map(|filled| &filled.turns)
            .flat_map(|turn| &turn.statements)
            .map(|(_, sql)| sql.as_str())
            .collect();
        let all = statements.len();
        let mut running = futures::stream::iter(statements)
            .map(async |sql| (sql.to_owned(), kept_rows(sql, engine, kept).await))
            .buffer_unordered(at_a_time.max(1));
        let mut results = BTreeMap::new();
        while let Some((sql, found)) = running.next().await {
            results.insert(sql, found);
            progress(results.len(), all);
        }
        drop(running);
        Self { results }
    }

    /// The gold of a turn, or why there is none.
    pub fn of(&self, turn: &FilledTurn) -> Result<Gold, String> {
        let mut gold = Gold::default();
        for (key, sql) in &turn.statements {
            let table = match self.results.get(sql) {
                Some(Ok(table)) => Arc::clone(table),
                Some(Err(error)) => return Err(format!("{}: {key}: {error}", turn.name)),
                None => return Err(format!("{}: {key} did not run", turn.name)),
            };
            match key.trim_end_matches(|c: char| c.is_ascii_digit()) {
                "sql" => gold.sql.push(table),
                "also" => gold.also.push(table),
                "each" => gold.each.push(table),
                _ => gold.none_of = Some(table),
            }
        }
        Ok(gold)
    }

    /// What keeps cases from being asked: slots without a value, statements that do not run.
    pub fn problems(&self, prepared: &[Prepared]) -> Vec<String> {
        let problem = |prepared: &Prepared| match &prepared.filled {
            Ok(filled) => filled.turns.iter().find_map(|turn| self.of(turn).err()),
            Err(error) => Some(error.clone()),
        };
        prepared.iter().filter_map(problem).collect()
    }

    /// The rows of every statement under `<question>/<key>`, as `eval/oracle/check_gold.py --json` writes them; a
    /// statement that failed is left out.
    pub fn export(&self, prepared: &[Prepared]) -> BTreeMap<String, Vec<Vec<Value>>> {
        let turns =
            prepared.iter().filter_map(|prepared| prepared.filled.as_ref().ok()).flat_map(|f| &f.turns);
        let named = turns.flat_map(|turn| {
            turn.statements.iter().map(move |(key, sql)| (format!("{}/{key}", turn.name), sql))
        });
        named
            .filter_map(|(name, sql)| {
                let table = self.results.get(sql)?.as_ref().ok()?;
                Some((name, table.rows.clone()))
            })
            .collect()
    }
}

/// The gold rows of one turn.
#[derive(Debug, Clone, Default)]
pub struct Gold {
    /// All wanted.
    pub sql: Vec<Arc<Table>>,
    /// Other readings.
    pub also: Vec<Arc<Table>>,
    /// Of each at least one product.
    pub each: Vec<Arc<Table>>,
    /// No product of these.
    pub none_of: Option<Arc<Table>>,
}

async fn kept_rows(sql: &str, engine: &dyn SqlEngine, kept: Option<&KeptGold>) -> Result<Arc<Table>, String> {
    let Some(kept) = kept else { return rows(sql, engine).await };
    if let Some(table) = kept.get(sql) {
        return Ok(Arc::new(table));
    }
    let table = rows(sql, engine).await?;
    kept.put(sql, &table).map_err(|error| format!("its rows cannot be kept: {error}"))?;
    Ok(table)
}

async fn rows(sql: &str, engine: &dyn SqlEngine) -> Result<Arc<Table>, String> {
    let limits =
        Limits { rows: usize::MAX, bytes: usize::MAX, timeout: std::time::Duration::from_millis(TIMEOUT_MS) };
    let request = SqlRequest::new(sql, RowPolicy::AllCustomers).with_limits(limits);
    let result = engine.execute(&request).await.map_err(|error| error.to_string())?;
    if result.truncated {
        let rows = result.table.rows.len();
        return Err(format!("it gives more than the {rows} rows that are read: ask for fewer"));
    }
    Ok(Arc::new(result.table))
}
