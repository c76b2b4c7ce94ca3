//! A temporary source and lake, runs on them, and questions to the tables of a run.

use std::{fs, path::PathBuf, sync::Arc};

use config::{Settings, pipeline::PipelineSettings};
use datafusion::{
    arrow::util::display::{ArrayFormatter, FormatOptions},
    prelude::{ParquetReadOptions, SessionContext},
};
use domain::{lake::Lake, manifest::Manifest};
use pipeline::{
    PipelineError,
    ingest::source::Source,
    orchestrator::{PipelineRequest, run_pipeline},
    progress::Silent,
};
use tempfile::TempDir;

use crate::dataset::Dataset;

pub(crate) struct Workbench {
    folder: TempDir,
    pub(crate) settings: PipelineSettings,
}

impl Workbench {
    /// A lake without runs and a source with those files. Rules may break any share of the rows.
    pub(crate) fn new(dataset: &Dataset) -> Self {
        let mut settings = Settings::defaults().unwrap().pipeline;
        settings.quarantine_threshold = 1.0;
        settings.threads = 2;
        settings.memory_mib = 256;
        let bench = Self { folder: tempfile::tempdir().unwrap(), settings };
        dataset.write(&bench.source());
        bench
    }

    pub(crate) fn source(&self) -> PathBuf {
        self.folder.path().join("shop")
    }

    pub(crate) fn lake(&self) -> Lake {
        Lake::new(self.folder.path().join("lake"))
    }

    /// Writes other files over the source's.
    pub(crate) fn replace_source(&self, dataset: &Dataset) {
        fs::remove_dir_all(self.source()).unwrap();
        dataset.write(&self.source());
    }

    pub(crate) fn request(&self) -> PipelineRequest {
        PipelineRequest {
            source: Source::Folder(self.source()),
            lake: self.lake(),
            settings: self.settings.clone(),
            with_models: false,
            with_index: false,
            index: None,
            parent_run_id: None,
        }
    }

    /// Runs the pipeline as far as gold.
    pub(crate) async fn run(&self) -> Result<Manifest, PipelineError> {
        run_pipeline(self.request(), Arc::new(Silent)).await
    }

    /// The rows of a query over artefacts of a run, as text; a table is called by its artefact's name with `_` for `.`.
    pub(crate) async fn query(&self, manifest: &Manifest, sql: &str) -> Vec<Vec<String>> {
        let session = SessionContext::new();
        let paths = self.lake().run(&manifest.run_id);
        for artefact in &manifest.artefacts {
            let name = artefact.name.replace('.', "_");
            let path = manifest.artefact_path(&paths, &artefact.name).unwrap();
            if sql.contains(&name) && path.is_dir() {
                let folder = format!("{}/", path.to_str().unwrap());
                session.register_parquet(&name, folder, ParquetReadOptions::default()).await.unwrap();
            }
        }
        let batches = session.sql(sql).await.unwrap().collect().await.unwrap();
        let options = FormatOptions::default().with_null("null");
        let mut rows = Vec::new();
        for batch in batches {
            let columns: Vec<_> =
                batch.columns().iter().map(|c| ArrayFormatter::try_new(c, &options).unwrap()).collect();
            rows.extend(
                (0..batch.num_rows()).map(|row| columns.iter().map(|c| c.value(row).to_string()).collect()),
            );
        }
        rows
    }

    /// The first column of a query's only row.
    pub(crate) async fn value(&self, manifest: &Manifest, sql: &str) -> String {
        let rows = self.query(manifest, sql).await;
        assert_eq!(rows.len(), 1, "{rows:?}");
        rows[0][0].clone()
    }
}

/// (name, content hash) of the silver and gold artefacts.
pub(crate) fn content_hashes(manifest: &Manifest) -> Vec<(String, String)> {
    let kept =
        manifest.artefacts.iter().filter(|a| a.name.starts_with("silver.") || a.name.starts_with("gold."));
    let mut hashes: Vec<_> = kept.map(|a| (a.name.clone(), a.content_hash.clone())).collect();
    hashes.sort();
    hashes
}
