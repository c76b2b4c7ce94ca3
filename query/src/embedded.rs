//! The embedded engine: DataFusion over the Parquet tables of one run, in this process.
//!
//! Opened once for a run and shared. Queries run on a tokio runtime of the engine's own, so a heavy one starves no
//! server task; a semaphore bounds how many run at a time, all of them share one capped memory pool and spill folder.
//! A query stops when its time is over, when its token is cancelled and when its future is dropped; its place is given
//! to the next only after it has really stopped.

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use config::query::QuerySettings;
use datafusion::{
    common::{ParamValues, ScalarValue},
    execution::SessionState,
    logical_expr::{LogicalPlan, LogicalPlanBuilder},
    physical_plan::execute_stream,
};
use domain::{lake::RunPaths, manifest::Manifest, principal::RowPolicy, table::Table};
use futures::{StreamExt, future::BoxFuture};
use tokio::{runtime::Runtime, sync::Semaphore, task::AbortHandle};

use crate::{
    error::QueryError,
    guard,
    parquet_table::ParquetTable,
    policy::{OpenTable, OpenTables, check_customer_column, is_visible},
    rows::{RowCollector, columns},
    session::{base_session, mebibytes, session_for},
    sql::{Complexity, Dialect, QueryResult, SqlEngine, SqlRequest, SqlValue, TableInfo},
    tables::{TableSource, has_customer_rows, tables_of},
};

/// DataFusion over the tables of one run.
pub struct EmbeddedEngine {
    core: Arc<Core>,
    runtime: Option<Runtime>,
    settings: QuerySettings,
}

/// What a running query holds on to.
struct Core {
    base: SessionState,
    tables: Arc<OpenTables>,
    turns: Arc<Semaphore>,
}

impl EmbeddedEngine {
    /// Opens every table that the run's manifest names. Reads file footers only; blocks for milliseconds.
    pub fn open(paths: &RunPaths, manifest: &Manifest, settings: &QuerySettings) -> Result<Self, QueryError> {
        Self::open_tables(tables_of(paths, manifest), settings)
    }

    /// Opens these tables, for what has no manifest (a folder of silver tables alone).
    pub fn open_tables(sources: Vec<TableSource>, settings: &QuerySettings) -> Result<Self, QueryError> {
        let threads = match settings.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        };
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(threads)
            .thread_stack_size(guard::STACK_BYTES)
            .thread_name("query")
            .enable_all()
            .build()
            .map_err(|e| QueryError::Engine(format!("cannot start threads: {e}")))?;
        let engine = |e: datafusion::error::DataFusionError| QueryError::Engine(e.strip_backtrace());
        let opening = base_session(settings, threads, u64::MAX).map_err(engine)?;
        let tables = block_on(&runtime, open_all(sources, opening))??;
        let largest = tables.values().map(|table| table.rows).max().unwrap_or(0);
        let core = Core {
            base: base_session(settings, threads, largest).map_err(engine)?,
            tables: Arc::new(tables),
            turns: Arc::new(Semaphore::new(settings.concurrency)),
        };
        Ok(Self { core: Arc::new(core), runtime: Some(runtime), settings: settings.clone() })
    }

    fn timeout(&self, request: &SqlRequest) -> Duration {
        request.limits.timeout.min(Duration::from_millis(self.settings.timeout_ms))
    }
}

/// Runs a future on the engine's runtime and waits for it; works inside another runtime too, where `block_on` panics.
fn block_on<T: Send + 'static>(
    runtime: &Runtime,
    future: impl Future<Output = T> + Send + 'static,
) -> Result<T, QueryError> {
    let (sender, receiver) = std::sync::mpsc::sync_channel(1);
    runtime.spawn(async move {
        // The receiver outlives the send: it is waited for below.
        let _ = sender.send(future.await);
    });
    receiver.recv().map_err(|_| QueryError::Engine("the engine's thread ended early".to_owned()))
}

async fn open_all(sources: Vec<TableSource>, session: SessionState) -> Result<OpenTables, QueryError> {
    let mut tables = OpenTables::new();
    for TableSource { name, path, rows } in sources {
        let table = ParquetTable::open(&path, &session).await?;
        let customer_rows = has_customer_rows(&name);
        if customer_rows {
            let schema = datafusion::catalog::TableProvider::schema(&table);
            check_customer_column(&schema)
                .map_err(|e| QueryError::Storage { path: path.clone(), reason: e.strip_backtrace() })?;
        }
        check_rows(&path, rows, table.rows())?;
        tables.insert(name, OpenTable { rows: table.rows(), provider: Arc::new(table), customer_rows });
    }
    Ok(tables)
}

/// A table whose files do not hold what the manifest says is broken: better no answer than a wrong one.
fn check_rows(path: &Path, manifest: Option<u64>, found: u64) -> Result<(), QueryError> {
    match manifest {
        Some(expected) if expected != found => Err(QueryError::Storage {
            path: path.to_owned(),
            reason: format!("the manifest says {expected} rows, the files hold {found}"),
        }),
        _ => Ok(()),
    }
}

impl Drop for EmbeddedEngine {
    fn drop(&mut self) {
        // Waiting for threads is not allowed inside another runtime, where an engine is dropped when a run is replaced.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl SqlEngine for EmbeddedEngine {
    fn name(&self) -> &'static str {
        "embedded"
    }

    fn dialect(&self) -> Dialect {
        Dialect::DataFusion
    }

    fn tables(&self, policy: RowPolicy) -> Vec<TableInfo> {
        let visible = self.core.tables.iter().filter(|(_, table)| is_visible(table, policy));
        visible
            .map(|(name, table)| TableInfo {
                name: name.clone(),
                columns: columns(&table.provider.schema()),
                rows: table.rows,
                customer_rows: table.customer_rows,
            })
            .collect()
    }

    fn execute<'a>(&'a self, request: &'a SqlRequest) -> BoxFuture<'a, Result<QueryResult, QueryError>> {
        Box::pin(async move {
            let start = Instant::now();
            let runtime =
                self.runtime.as_ref().ok_or_else(|| QueryError::Engine("the engine is closed".into()))?;
            let job = Job {
                core: Arc::clone(&self.core),
                sql: request.sql.clone(),
                parameters: request.parameters.clone(),
                policy: request.policy,
                complexity: request.complexity,
                max_rows: request.limits.rows.min(self.settings.max_rows),
                max_bytes: request.limits.bytes.min(mebibytes(self.settings.max_result_mib)),
            };
            let (sender, receiver) = tokio::sync::oneshot::channel();
            let task = runtime.spawn(async move {
                // Nobody waits any more when sending fails: the caller's future was dropped.
                let _ = sender.send(job.run().await);
            });
            let _stop = AbortOnDrop(task.abort_handle());
            let timeout = self.timeout(request);
            let (table, truncated) = tokio::select! {
                biased;
                () = request.cancel.cancelled() => return Err(QueryError::Cancelled),
                result = receiver => {
                    result.map_err(|_| QueryError::Engine("the query's thread ended early".to_owned()))??
                }
                () = tokio::time::sleep(timeout) => return Err(QueryError::Timeout(timeout.as_millis())),
            };
            Ok(QueryResult { table, truncated, elapsed_ms: start.elapsed().as_secs_f64() * 1_000.0 })
        })
    }
}

struct AbortOnDrop(AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// One statement on its way through the engine.
struct Job {
    core: Arc<Core>,
    sql: String,
    parameters: Vec<SqlValue>,
    policy: RowPolicy,
    complexity: Complexity,
    max_rows: usize,
    max_bytes: usize,
}

impl Job {
    async fn run(self) -> Result<(Table, bool), QueryError> {
        let turns = Arc::clone(&self.core.turns);
        let _turn =
            turns.acquire_owned().await.map_err(|_| QueryError::Engine("the engine is closed".to_owned()))?;
        let session =
            session_for(&self.core.base, &self.core.tables, self.policy).map_err(QueryError::running)?;
        let plan = self.plan(&session).await?;
        let plan = session.optimize(&plan).map_err(QueryError::planning)?;
        guard::check_joins(&plan, &self.core.tables)?;
        let physical = session
            .query_planner()
            .create_physical_plan(&plan, &session)
            .await
            .map_err(QueryError::planning)?;
        let mut rows = RowCollector::new(&physical.schema(), self.max_rows, self.max_bytes);
        let mut batches = execute_stream(physical, session.task_ctx()).map_err(QueryError::running)?;
        while let Some(batch) = batches.next().await {
            let batch = batch.map_err(QueryError::running)?;
            if !rows.push(&batch).map_err(|e| QueryError::Engine(e.to_string()))? {
                break;
            }
        }
        Ok(rows.finish())
    }

    /// Text to a checked plan with bound parameters that gives at most one row more than is wanted.
    async fn plan(&self, session: &SessionState) -> Result<LogicalPlan, QueryError> {
        let statement = guard::parse(session, &self.sql, self.complexity)?;
        guard::check_tables(session, &statement, &self.core.tables, self.policy)?;
        let plan = session.statement_to_plan(statement).await.map_err(QueryError::planning)?;
        guard::check_plan(&plan)?;
        let plan = bind(plan, &self.parameters)?;
        LogicalPlanBuilder::from(plan)
            .limit(0, Some(self.max_rows.saturating_add(1)))
            .and_then(LogicalPlanBuilder::build)
            .map_err(QueryError::planning)
    }
}

/// Binds typed values to `$1`, `$2`, …; their number must match.
fn bind(plan: LogicalPlan, parameters: &[SqlValue]) -> Result<LogicalPlan, QueryError> {
    let names = plan.get_parameter_names().map_err(QueryError::planning)?;
    let mut expected = 0;
    for name in &names {
        let number = name.strip_prefix('$').and_then(|digits| digits.parse::<usize>().ok());
        let number = number.filter(|n| *n > 0).ok_or_else(|| {
            QueryError::Invalid(format!("the placeholder {name:?} has no number; write $1, $2, …"))
        })?;
        expected = expected.max(number);
    }
    if expected != parameters.len() {
        return Err(QueryError::Parameters { expected, given: parameters.len() });
    }
    if parameters.is_empty() {
        return Ok(plan);
    }
    let values: Vec<ScalarValue> = parameters
        .iter()
        .map(|value| match value {
            SqlValue::Boolean(value) => ScalarValue::Boolean(Some(*value)),
            SqlValue::Integer(value) => ScalarValue::Int64(Some(*value)),
            SqlValue::Number(value) => ScalarValue::Float64(Some(*value)),
            SqlValue::Text(value) => ScalarValue::Utf8(Some(value.clone())),
        })
        .collect();
    plan.with_param_values(ParamValues::from(values)).map_err(QueryError::planning)
}

#[cfg(test)]
pub(crate) mod tests;
