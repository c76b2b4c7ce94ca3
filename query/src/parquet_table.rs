//! A table of a run: Parquet files that never change, listed once when the run is opened.
//!
//! DataFusion's own listing table lists the folder and looks up statistics on every scan. Runs are immutable, so this
//! one keeps file list, schema and statistics, and a scan costs no IO before its first row.
//! Filters reach the files by the physical filter pushdown (row groups and pages are skipped by their statistics).

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::{
    catalog::{Session, TableProvider},
    common::Statistics,
    datasource::{
        file_format::{FileFormat, parquet::ParquetFormat},
        listing::PartitionedFile,
        physical_plan::{FileGroup, FileScanConfigBuilder},
    },
    error::{DataFusionError, Result as DfResult},
    execution::object_store::ObjectStoreUrl,
    logical_expr::{Expr, TableProviderFilterPushDown, TableType},
    physical_plan::{ExecutionPlan, empty::EmptyExec},
};
use object_store::{ObjectStore, ObjectStoreExt, path::Path as StorePath};

use crate::error::QueryError;

/// Parquet files under one schema.
#[derive(Debug)]
pub(crate) struct ParquetTable {
    format: Arc<ParquetFormat>,
    files: Vec<PartitionedFile>,
    schema: SchemaRef,
    statistics: Statistics,
}

impl ParquetTable {
    /// Opens a Parquet file, or every `*.parquet` file of a folder in name order; reads their footers only.
    pub(crate) async fn open(path: &Path, session: &dyn Session) -> Result<Self, QueryError> {
        let storage = |reason: String| QueryError::Storage { path: path.to_owned(), reason };
        let files = parquet_files(path).map_err(|e| storage(e.to_string()))?;
        Self::open_files(&files, session).await.map_err(|e| storage(e.strip_backtrace()))
    }

    async fn open_files(paths: &[PathBuf], session: &dyn Session) -> DfResult<Self> {
        let store = session.runtime_env().object_store(ObjectStoreUrl::local_filesystem())?;
        let format = Arc::new(ParquetFormat::default());
        let mut objects = Vec::with_capacity(paths.len());
        for path in paths {
            let location =
                StorePath::from_absolute_path(path).map_err(|e| DataFusionError::External(Box::new(e)))?;
            objects.push(store.head(&location).await?);
        }
        let schema = format.infer_schema(session, &store, &objects).await?;
        let mut files = Vec::with_capacity(objects.len());
        let mut statistics = Vec::with_capacity(objects.len());
        for object in objects {
            let of_file = file_statistics(&format, session, &store, &schema, &object).await?;
            statistics.push(of_file.clone());
            files.push(PartitionedFile::from(object).with_statistics(Arc::new(of_file)));
        }
        let statistics = Statistics::try_merge_iter(&statistics, &schema)?;
        Ok(Self { format, files, schema, statistics })
    }

    /// Rows by the files' footers.
    pub(crate) fn rows(&self) -> u64 {
        self.statistics.num_rows.get_value().map_or(0, |rows| u64::try_from(*rows).unwrap_or(u64::MAX))
    }
}

async fn file_statistics(
    format: &ParquetFormat,
    session: &dyn Session,
    store: &Arc<dyn ObjectStore>,
    schema: &SchemaRef,
    object: &object_store::ObjectMeta,
) -> DfResult<Statistics> {
    format.infer_stats(session, store, Arc::clone(schema), object).await
}

/// The Parquet files at a path, in name order. An empty folder is an error: a table without rows is a file without rows.
pub(crate) fn parquet_files(path: &Path) -> io::Result<Vec<PathBuf>> {
    let path = fs::canonicalize(path)?;
    if path.is_file() {
        return Ok(vec![path]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(&path)? {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "parquet") {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, "no *.parquet file in the folder"));
    }
    files.sort();
    Ok(files)
}

#[async_trait]
impl TableProvider for ParquetTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let groups = FileGroup::new(self.files.clone()).split_files(state.config().target_partitions());
        if groups.is_empty() {
            let schema = datafusion::common::project_schema(&self.schema, projection)?;
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let source = self.format.file_source(Arc::clone(&self.schema).into());
        let scan = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), source)
            .with_file_groups(groups)
            .with_statistics(self.statistics.clone())
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        self.format.create_physical_plan(state, scan).await
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DfResult<Vec<TableProviderFilterPushDown>> {
        // Inexact: row groups are skipped by a filter, the rows that remain are still tested.
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }
}
