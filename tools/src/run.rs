//! One published run, opened once and shared by every request that speaks of it.
//!
//! Input: the manifest of a run and its lake. Output: [`Run`]: the engine over its tables, the catalogue in memory, the
//! search index, the factors and the names of the segments. Nothing here changes afterwards (the next-basket model is
//! read at its first use, and stays); a newer run is opened beside it and takes its place. Reads of customers' tables at opening are counts only.

use std::{path::PathBuf, sync::Arc};

use config::{Settings, semantic::SemanticModel};
use domain::{
    lake::{Lake, RunPaths},
    manifest::Manifest,
    principal::RowPolicy,
    table::Table,
};
use indexer::{Embedder, SearchIndex, SearchMode};
use query::{EmbeddedEngine, Limits, QueryError, SqlEngine, SqlRequest, SqlValue};
use recsys::als::FactorTable;
use tokio::sync::OnceCell;

use crate::{
    catalogue::{Catalogue, ProductRow},
    contract::ToolError,
    merchandising::Merchandising,
    next_basket::{ModelFiles, NextBasketModel},
};

/// Everything of one published run.
pub struct Run {
    /// What it was: inputs, stages, artefacts.
    pub manifest: Manifest,
    /// SQL over its tables.
    pub engine: Arc<dyn SqlEngine>,
    /// Products, aisles and departments.
    pub catalogue: Catalogue,
    /// Hybrid search; absent when the run was made without an index.
    pub search: Option<SearchIndex>,
    /// ALS factors of customers; absent when the run was made without models.
    pub user_factors: Option<Arc<FactorTable>>,
    /// ALS factors of products; absent when the run was made without models.
    pub item_factors: Option<Arc<FactorTable>>,
    /// The segments, by id; empty when the run was made without models.
    pub segments: Vec<Segment>,
    /// What the metrics mean.
    pub semantic: Arc<SemanticModel>,
    /// The rules of the shop.
    pub merchandising: Merchandising,
    /// How much there is.
    pub totals: Totals,
    /// Whether search works without vectors.
    pub lexical_only: bool,
    next_basket: LazyModel,
    paths: RunPaths,
}

/// The next-basket model, read at its first use: whoever only searches need not wait for it.
#[derive(Default)]
struct LazyModel {
    /// `None` where the run was made without it.
    files: Option<ModelFiles>,
    model: OnceCell<Arc<NextBasketModel>>,
}

/// A segment of customers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Its id.
    pub id: u32,
    /// Its name, unique in the run.
    pub name: String,
    /// Customers in it.
    pub customers: u64,
}

/// How much a run holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Customers with at least one order.
    pub customers: u64,
    /// Order rows of every `eval_set`.
    pub orders: u64,
    /// Orders that have lines.
    pub orders_with_lines: u64,
    /// Prior and train lines.
    pub lines: u64,
}

/// Why a run could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A table is missing or cannot be read.
    #[error("run {run_id} cannot be opened: {source}")]
    Query {
        /// The run.
        run_id: String,
        /// What the engine said.
        source: QueryError,
    },
    /// A row of the catalogue is not as it should be.
    #[error("run {run_id} has a row in {table} without {column}: run the pipeline again")]
    MalformedRow {
        /// The run.
        run_id: String,
        /// The table.
        table: &'static str,
        /// The cell that is missing or of the wrong type.
        column: &'static str,
    },
    /// The factors do not fit together.
    #[error("run {run_id} has factors that cannot be used: {source}")]
    Factors {
        /// The run.
        run_id: String,
        /// What is wrong with them.
        source: recsys::RecsysError,
    },
    /// The search index that the manifest names cannot be opened.
    #[error("run {run_id} has a search index that cannot be opened: {source}")]
    Index {
        /// The run.
        run_id: String,
        /// What the index said.
        source: indexer::IndexError,
    },
    /// The semantic model that was compiled in is wrong.
    #[error("the semantic model is wrong: {0}")]
    Semantic(#[from] config::semantic::SemanticError),
    /// The thread that read files died.
    #[error("reading {0} was interrupted")]
    Interrupted(PathBuf),
}

/// Products read at a time: under the default row limit of the engine, few enough rows to hold as JSON.
const PRODUCTS_PER_READ: usize = 10_000;

impl Run {
    /// Opens the run of a manifest. Files are read on blocking threads; call it inside a tokio runtime.
    ///
    /// `embedder` must be the model that made the run's vectors; without one, search is lexical only.
    pub async fn open(
        lake: &Lake,
        manifest: Manifest,
        settings: &Settings,
        embedder: Option<Arc<dyn Embedder>>,
    ) -> Result<Self, RunError> {
        let paths = lake.run(&manifest.run_id);
        let opener = Opener::open(&paths, &manifest, settings)?;
        let (catalogue, segments, totals) =
            tokio::try_join!(opener.catalogue(), opener.segments(), opener.totals())?;
        let user_factors = opener.factors("recsys.als.user_factors").await?;
        let item_factors = opener.factors("recsys.als.item_factors").await?;
        let search = opener.index(embedder).await?;
        let lexical_only = search.as_ref().is_none_or(|index| index.mode() == SearchMode::Lexical);
        let engine = opener.engine;
        Ok(Self {
            merchandising: Merchandising::new(&settings.merchandising, &catalogue),
            semantic: Arc::new(SemanticModel::builtin()?),
            next_basket: LazyModel { files: ModelFiles::of(&manifest, &paths), model: OnceCell::new() },
            manifest,
            engine,
            catalogue,
            search,
            user_factors,
            item_factors,
            segments,
            totals,
            lexical_only,
            paths,
        })
    }

    /// A run that holds no table, no model and no index, under that id: for tests of callers that bring their own tools.
    pub fn without_data(run_id: &str, settings: &Settings) -> Result<Self, RunError> {
        let manifest = Manifest {
            schema_version: domain::manifest::MANIFEST_SCHEMA_VERSION,
            run_id: run_id.to_owned(),
            parent_run_id: None,
            started_at: String::new(),
            finished_at: None,
            binary_version: String::new(),
            source: String::new(),
            inputs: Vec::new(),
            high_water: std::collections::BTreeMap::new(),
            parameters: serde_json::Value::Null,
            seed: 0,
            stages: Vec::new(),
            artefacts: Vec::new(),
            embedding_model: None,
        };
        let paths = Lake::new("").run(run_id);
        let engine = Opener::open(&paths, &manifest, settings)?.engine;
        Ok(Self {
            manifest,
            engine,
            catalogue: Catalogue::default(),
            search: None,
            user_factors: None,
            item_factors: None,
            segments: Vec::new(),
            semantic: Arc::new(SemanticModel::builtin()?),
            merchandising: Merchandising::default(),
            totals: Totals::default(),
            lexical_only: true,
            next_basket: LazyModel::default(),
            paths,
        })
    }

    /// The run's id, which every answer names.
    pub fn id(&self) -> &str {
        &self.manifest.run_id
    }

    /// Where its files lie.
    pub fn paths(&self) -> &RunPaths {
        &self.paths
    }

    /// Customers with at least one order.
    pub fn customers(&self) -> u64 {
        self.totals.customers
    }

    /// Whether it has a next-basket model.
    pub fn has_next_basket(&self) -> bool {
        self.next_basket.files.is_some()
    }

    /// The next-basket model; none where the run was made without it. The first call reads it, which takes up to seconds
    /// on a blocking thread; a failed read is tried again by the next call.
    pub(crate) async fn next_basket(&self) -> Result<Option<&Arc<NextBasketModel>>, ToolError> {
        let Some(files) = &self.next_basket.files else { return Ok(None) };
        let read = || async {
            let files = files.clone();
            let products = self.catalogue.products().iter();
            let places: Vec<_> = products.map(|p| (p.id.0, p.aisle_id.0, p.department_id.0)).collect();
            tokio::task::spawn_blocking(move || NextBasketModel::load(&files, &places))
                .await
                .map_err(|died| ToolError::Upstream(format!("reading the model was interrupted: {died}")))?
                .map(Arc::new)
                .map_err(ToolError::from)
        };
        self.next_basket.model.get_or_try_init(read).await.map(Some)
    }

    /// Whether a table of that SQL name is part of the run.
    pub fn has_table(&self, name: &str) -> bool {
        self.engine.tables(RowPolicy::AllCustomers).iter().any(|table| table.name == name)
    }
}

/// What opening needs along the way.
struct Opener<'a> {
    engine: Arc<dyn SqlEngine>,
    paths: &'a RunPaths,
    manifest: &'a Manifest,
    settings: &'a Settings,
    page: usize,
}

impl<'a> Opener<'a> {
    fn open(paths: &'a RunPaths, manifest: &'a Manifest, settings: &'a Settings) -> Result<Self, RunError> {
        let engine = EmbeddedEngine::open(paths, manifest, &settings.query)
            .map_err(|source| RunError::Query { run_id: manifest.run_id.clone(), source })?;
        let page = PRODUCTS_PER_READ.min(settings.query.max_rows);
        Ok(Self { engine: Arc::new(engine), paths, manifest, settings, page })
    }

    /// Products page by page in the order of their ids, so that no read meets the engine's row limit.
    async fn catalogue(&self) -> Result<Catalogue, RunError> {
        let mut rows: Vec<ProductRow> = Vec::new();
        loop {
            let after = rows.last().map_or(-1, |row| i64::from(row.id));
            let sql = format!(
                "SELECT p.product_id, p.product_name, p.aisle_id, p.department_id, f.orders, f.users, \
                 f.reorder_rate_global, f.avg_add_to_cart_order \
                 FROM products p LEFT JOIN product_features_union f ON f.product_id = p.product_id \
                 WHERE p.product_id > $1 ORDER BY p.product_id LIMIT {}",
                self.page
            );
            let table = self.read(&sql, vec![after.into()]).await?;
            for row in 0..table.rows.len() {
                rows.push(self.product(&table, row)?);
            }
            if table.rows.len() < self.page {
                break;
            }
        }
        let aisles =
            self.names("SELECT aisle_id AS id, aisle AS name FROM aisles ORDER BY id", "aisles").await?;
        let departments = self
            .names(
                "SELECT department_id AS id, department AS name FROM departments ORDER BY id",
                "departments",
            )
            .await?;
        Ok(Catalogue::new(rows, aisles, departments))
    }

    fn product(&self, table: &Table, row: usize) -> Result<ProductRow, RunError> {
        let missing = |column| self.malformed("products", column);
        // A product that nobody bought has no features: its counts are zero, its rates unknown.
        let count = |column| table.integer(row, column).and_then(|n| u64::try_from(n).ok()).unwrap_or(0);
        Ok(ProductRow {
            id: id(table, row, "product_id").ok_or_else(|| missing("product_id"))?,
            name: table.text(row, "product_name").ok_or_else(|| missing("product_name"))?.to_owned(),
            aisle_id: id(table, row, "aisle_id").ok_or_else(|| missing("aisle_id"))?,
            department_id: id(table, row, "department_id").ok_or_else(|| missing("department_id"))?,
            purchases: count("orders"),
            customers: count("users"),
            reorder_rate: table.number(row, "reorder_rate_global"),
            avg_cart_position: table.number(row, "avg_add_to_cart_order"),
        })
    }

    async fn names(&self, sql: &str, of: &'static str) -> Result<Vec<(u32, String)>, RunError> {
        let table = self.read(sql, Vec::new()).await?;
        (0..table.rows.len())
            .map(|row| {
                let name = table.text(row, "name").ok_or_else(|| self.malformed(of, "name"))?;
                Ok((id(&table, row, "id").ok_or_else(|| self.malformed(of, "id"))?, name.to_owned()))
            })
            .collect()
    }

    /// Names and sizes: an aggregate over all customers that tells of none of them.
    async fn segments(&self) -> Result<Vec<Segment>, RunError> {
        if self.manifest.artefact("recsys.user_seg").is_none() {
            return Ok(Vec::new());
        }
        let sql = "SELECT segment AS id, MIN(segment_name) AS name, COUNT(*) AS customers FROM user_seg \
                   GROUP BY segment ORDER BY segment";
        let table = self.read(sql, Vec::new()).await?;
        (0..table.rows.len())
            .map(|row| {
                let missing = |column| self.malformed("user_seg", column);
                Ok(Segment {
                    id: id(&table, row, "id").ok_or_else(|| missing("segment"))?,
                    name: table.text(row, "name").ok_or_else(|| missing("segment_name"))?.to_owned(),
                    customers: count(&table, row, "customers"),
                })
            })
            .collect()
    }

    async fn totals(&self) -> Result<Totals, RunError> {
        let sql = "SELECT COUNT(DISTINCT user_id) AS customers, COUNT(*) AS orders, \
                   COUNT(size) AS orders_with_lines, SUM(size) AS lines FROM order_facts";
        let table = self.read(sql, Vec::new()).await?;
        let of = |column| count(&table, 0, column);
        Ok(Totals {
            customers: of("customers"),
            orders: of("orders"),
            orders_with_lines: of("orders_with_lines"),
            lines: of("lines"),
        })
    }

    async fn factors(&self, artefact: &str) -> Result<Option<Arc<FactorTable>>, RunError> {
        let Some(path) = self.manifest.artefact_path(self.paths, artefact) else {
            return Ok(None);
        };
        let run_id = || self.manifest.run_id.clone();
        let folder = path.clone();
        let vectors = tokio::task::spawn_blocking(move || query::vectors::read_vectors(&folder))
            .await
            .map_err(|_died| RunError::Interrupted(path))?
            .map_err(|source| RunError::Query { run_id: run_id(), source })?;
        let dimension = vectors.first().map_or(1, |(_, factors)| factors.len());
        let ids = vectors.iter().map(|(id, _)| *id).collect();
        let data = vectors.into_iter().flat_map(|(_, factors)| factors).collect();
        FactorTable::new(ids, dimension, data)
            .map(|table| Some(Arc::new(table)))
            .map_err(|source| RunError::Factors { run_id: run_id(), source })
    }

    async fn index(&self, embedder: Option<Arc<dyn Embedder>>) -> Result<Option<SearchIndex>, RunError> {
        let Some(folder) = self.manifest.artefact_path(self.paths, "index") else {
            return Ok(None);
        };
        let settings = self.settings.index.clone();
        let path = folder.clone();
        tokio::task::spawn_blocking(move || {
            SearchIndex::open(&folder, embedder).map(|index| index.with_settings(&settings))
        })
        .await
        .map_err(|_died| RunError::Interrupted(path))?
        .map(Some)
        .map_err(|source| RunError::Index { run_id: self.manifest.run_id.clone(), source })
    }

    /// Reads before any principal is known: catalogue rows and counts only.
    async fn read(&self, sql: &str, parameters: Vec<SqlValue>) -> Result<Table, RunError> {
        let limits =
            Limits { rows: self.settings.query.max_rows, bytes: 64 << 20, timeout: Limits::DEFAULT.timeout };
        let request =
            SqlRequest::new(sql, RowPolicy::AllCustomers).with_parameters(parameters).with_limits(limits);
        let failed = |source| RunError::Query { run_id: self.manifest.run_id.clone(), source };
        let result = self.engine.execute(&request).await.map_err(failed)?;
        if result.truncated {
            return Err(failed(QueryError::ResourcesExhausted));
        }
        Ok(result.table)
    }

    fn malformed(&self, table: &'static str, column: &'static str) -> RunError {
        RunError::MalformedRow { run_id: self.manifest.run_id.clone(), table, column }
    }
}

fn id(table: &Table, row: usize, column: &str) -> Option<u32> {
    table.integer(row, column).and_then(|id| u32::try_from(id).ok())
}

fn count(table: &Table, row: usize, column: &str) -> u64 {
    table.integer(row, column).and_then(|n| u64::try_from(n).ok()).unwrap_or(0)
}
