//! The index stage: what the pipeline asks for in its graph and the indexer knows how to build.
//!
//! Silver `products`, `aisles`, `departments` ──SQL──> documents ──> index folder ──> artefact `index`.
//! [`rebuild_index`] does the same outside a run: a child run that shares every table of its parent.

use std::{
    error::Error,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use anyhow::Context as _;
use async_trait::async_trait;
use config::{index::IndexSettings, query::QuerySettings};
use domain::{
    ids::{AisleId, DepartmentId, ProductId},
    lake::RunPaths,
    manifest::{Artefact, Manifest},
    principal::RowPolicy,
    table::Table,
};
use indexer::{
    BuildProgress, BuildReport, BuildRequest, Document, Embedder, build_index,
    document::{CatalogueProduct, catalogue_documents},
};
use pipeline::{
    orchestrator::{
        index_stage::{IndexOutcome, IndexStage},
        lock::LakeLock,
    },
    progress::Progress,
    publish,
    stage::Stage,
    table_writer::hash_files,
};
use query::{EmbeddedEngine, Limits, SqlEngine, SqlRequest, tables::TableSource};
use sha2::{Digest, Sha256};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use uuid::Uuid;

use crate::parts::Context;

/// The name of the index in a manifest.
const INDEX_ARTEFACT: &str = "index";

/// Rows of the catalogue that are read at most: twenty times the largest catalogue known, and the engine's own bound.
const MAX_CATALOGUE_ROWS: usize = 1_000_000;

/// Memory of the catalogue as JSON rows, at most, MiB.
const MAX_CATALOGUE_MIB: usize = 1_024;

/// Builds the index of a run.
pub(crate) struct Indexing {
    /// `None` builds a lexical index.
    pub(crate) embedder: Option<Arc<dyn Embedder>>,
    /// `[index]`.
    pub(crate) index: IndexSettings,
    /// `[query]`.
    pub(crate) query: QuerySettings,
}

impl Indexing {
    /// An index stage with the context's settings.
    pub(crate) fn new(context: &Context, embedder: Option<Arc<dyn Embedder>>) -> Self {
        Self { embedder, index: context.settings.index.clone(), query: context.settings.query.clone() }
    }

    async fn build_into(
        &self,
        paths: &RunPaths,
        silver: [TableSource; 3],
        previous: Option<&Path>,
        progress: &dyn Progress,
    ) -> anyhow::Result<(Artefact, BuildReport)> {
        let documents = read_documents(silver, &self.query).await?;
        progress.stage_started(Stage::Index, self.embedder.as_ref().map(|_| documents.len() as u64));
        let folder = paths.index();
        let request = BuildRequest {
            folder: &folder,
            previous,
            documents,
            embedder: self.embedder.clone(),
            settings: self.index.clone(),
            progress: &Advance { progress, seen: AtomicUsize::new(0) }.on_build(),
        };
        // Minutes of computing: the thread tells the runtime that it will be away.
        let report = tokio::task::block_in_place(|| build_index(request))?;
        let artefact = artefact(paths, &folder, &report)?;
        Ok((artefact, report))
    }
}

#[async_trait]
impl IndexStage for Indexing {
    async fn build(
        &self,
        paths: &RunPaths,
        previous: Option<&RunPaths>,
        progress: Arc<dyn Progress>,
    ) -> Result<IndexOutcome, Box<dyn Error + Send + Sync>> {
        let silver = ["products", "aisles", "departments"].map(|table| TableSource {
            name: table.to_owned(),
            path: paths.silver(table),
            rows: None,
        });
        let previous = previous.and_then(index_of);
        let (artefact, report) =
            self.build_into(paths, silver, previous.as_deref(), progress.as_ref()).await?;
        let text =
            format!("{} embedded, {} reused, {} removed", report.embedded, report.reused, report.removed);
        progress.note(Stage::Index, &text);
        Ok(IndexOutcome { artefacts: vec![artefact], embedding_model: report.embedding_model })
    }
}

/// Builds the index of the published run anew and publishes it as a child run; returns the child's id.
pub(crate) async fn rebuild_index(
    context: &Context,
    embedder: Option<Arc<dyn Embedder>>,
    progress: &dyn Progress,
) -> anyhow::Result<(String, BuildReport)> {
    let _lock = LakeLock::take(&context.lake)?;
    let parent = Manifest::read_latest(&context.lake)?;
    let parent_paths = context.lake.run(&parent.run_id);
    let started_at = now();
    let paths = context.lake.run(&Uuid::now_v7().to_string());
    let silver = ["products", "aisles", "departments"].map(|table| TableSource {
        name: table.to_owned(),
        path: parent
            .artefact_path(&parent_paths, &format!("silver.{table}"))
            .unwrap_or_else(|| parent_paths.silver(table)),
        rows: None,
    });
    let previous = parent.artefact_path(&parent_paths, INDEX_ARTEFACT);
    let indexing = Indexing::new(context, embedder);
    let (artefact, report) = indexing.build_into(&paths, silver, previous.as_deref(), progress).await?;

    let mut child = parent.clone();
    child.run_id = paths.run_id().to_owned();
    child.parent_run_id = Some(parent.run_id);
    child.started_at = started_at;
    child.finished_at = Some(now());
    child.binary_version = env!("CARGO_PKG_VERSION").to_owned();
    child.embedding_model = report.embedding_model.clone();
    child.artefacts.retain(|artefact| artefact.name != INDEX_ARTEFACT);
    child.artefacts.push(artefact);
    publish::write_manifest(&paths, &child)?;
    publish::replace_pointer(&context.lake, &child.run_id)?;
    Ok((child.run_id, report))
}

/// The index of a run, wherever its manifest says that it lies.
fn index_of(paths: &RunPaths) -> Option<std::path::PathBuf> {
    Manifest::read(&paths.manifest()).ok()?.artefact_path(paths, INDEX_ARTEFACT)
}

/// Reads the catalogue and makes its documents.
async fn read_documents(silver: [TableSource; 3], settings: &QuerySettings) -> anyhow::Result<Vec<Document>> {
    let settings =
        QuerySettings { max_rows: MAX_CATALOGUE_ROWS, max_result_mib: MAX_CATALOGUE_MIB, ..settings.clone() };
    let engine =
        tokio::task::block_in_place(|| EmbeddedEngine::open_tables(silver.into_iter().collect(), &settings))?;
    let read = async |sql: &str| {
        let limits = Limits { rows: MAX_CATALOGUE_ROWS, bytes: MAX_CATALOGUE_MIB << 20, ..Limits::DEFAULT };
        let request = SqlRequest::new(sql, RowPolicy::NoCustomer).with_limits(limits);
        let result = engine.execute(&request).await?;
        anyhow::ensure!(!result.truncated, "the catalogue has more than {MAX_CATALOGUE_ROWS} rows");
        anyhow::Ok(result.table)
    };
    let products =
        read("SELECT product_id, product_name, aisle_id, department_id FROM products ORDER BY product_id")
            .await?;
    let aisles = read("SELECT aisle_id, aisle FROM aisles ORDER BY aisle_id").await?;
    let departments =
        read("SELECT department_id, department FROM departments ORDER BY department_id").await?;
    let products = rows(&products, |table, row| {
        Some(CatalogueProduct {
            product_id: ProductId(id(table, row, "product_id")?),
            product_name: table.text(row, "product_name")?.to_owned(),
            aisle_id: AisleId(id(table, row, "aisle_id")?),
            department_id: DepartmentId(id(table, row, "department_id")?),
        })
    })?;
    let aisles =
        rows(&aisles, |t, row| Some((AisleId(id(t, row, "aisle_id")?), t.text(row, "aisle")?.to_owned())))?;
    let departments = rows(&departments, |t, row| {
        Some((DepartmentId(id(t, row, "department_id")?), t.text(row, "department")?.to_owned()))
    })?;
    Ok(catalogue_documents(&products, &aisles, &departments))
}

fn rows<T>(table: &Table, read: impl Fn(&Table, usize) -> Option<T>) -> anyhow::Result<Vec<T>> {
    (0..table.rows.len())
        .map(|row| {
            read(table, row)
                .with_context(|| format!("a row of the catalogue is incomplete: {:?}", table.rows.get(row)))
        })
        .collect()
}

fn id(table: &Table, row: usize, column: &str) -> Option<u32> {
    u32::try_from(table.integer(row, column)?).ok()
}

fn artefact(paths: &RunPaths, folder: &Path, report: &BuildReport) -> anyhow::Result<Artefact> {
    let files = hash_files(folder)?;
    // The index has no columns; what a reader depends on is the model behind its vectors.
    let schema = report.embedding_model.as_ref().map(|model| format!("{}/{}", model.id, model.dimension));
    Ok(Artefact {
        name: INDEX_ARTEFACT.to_owned(),
        path: paths.relative(folder).context("the index lies outside the lake")?,
        rows: report.documents as u64,
        bytes: files.bytes,
        sha256: files.sha256,
        content_hash: report.content_hash.clone(),
        schema_hash: hex::encode(Sha256::digest(schema.unwrap_or_else(|| "lexical".to_owned()))),
    })
}

/// Turns the builder's running total into the units that the pipeline's progress counts.
struct Advance<'a> {
    progress: &'a dyn Progress,
    seen: AtomicUsize,
}

impl Advance<'_> {
    fn on_build(self) -> impl Fn(BuildProgress) + Sync {
        move |step| {
            if let BuildProgress::Embedding { done, .. } = step {
                let before = self.seen.fetch_max(done, Ordering::Relaxed);
                self.progress.advanced(Stage::Index, done.saturating_sub(before) as u64);
            }
        }
    }
}

fn now() -> String {
    // The format fails only on years beyond 9999.
    OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default()
}
