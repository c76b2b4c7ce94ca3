//! A small synthetic shop, a lake, and runs over it.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use config::{Settings, pipeline::PipelineSettings};
use domain::{
    lake::Lake,
    manifest::{Manifest, StageRecord},
};
use pipeline::{
    PipelineError,
    ingest::source::Source,
    orchestrator::{PipelineRequest, run_pipeline},
    progress::{Progress, Silent},
    stage::Stage,
    synth::{SynthParams, generate},
};
use tempfile::TempDir;

pub(crate) struct Shop {
    folder: TempDir,
    pub(crate) settings: PipelineSettings,
}

impl Shop {
    /// Enough customers for the smallest number of segments, few enough for seconds.
    pub(crate) fn new() -> Self {
        let mut settings = Settings::defaults().unwrap().pipeline;
        settings.threads = 2;
        settings.memory_mib = 256;
        settings.als.rank = 4;
        settings.als.iterations = 1;
        settings.next_basket.trees = 8;
        settings.next_basket.networks = 0;
        settings.next_basket.targets = 2;
        settings.evaluation.configurations = 2;
        settings.evaluation.bootstrap_draws = 20;
        let shop = Self { folder: tempfile::tempdir().unwrap(), settings };
        let params = SynthParams { customers: 120, seed: 7, truth: false };
        generate(&params, &shop.source(), &mut |_, _| {}).unwrap();
        shop
    }

    pub(crate) fn source(&self) -> PathBuf {
        self.folder.path().join("shop")
    }

    pub(crate) fn lake(&self) -> Lake {
        Lake::new(self.folder.path().join("lake"))
    }

    /// Appends a row to a table of the source.
    pub(crate) fn append(&self, table: &str, row: &str) {
        let path = self.source().join(format!("{table}.csv"));
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text + row + "\n").unwrap();
    }

    pub(crate) async fn run(&self, with_models: bool) -> Result<Manifest, PipelineError> {
        let request = PipelineRequest {
            source: Source::Folder(self.source()),
            lake: self.lake(),
            settings: self.settings.clone(),
            with_models,
            with_index: false,
            index: None,
            parent_run_id: None,
        };
        run_pipeline(request, Arc::new(Silent)).await
    }

    /// A file of a run's own folder.
    pub(crate) fn text(&self, run_id: &str, name: &str) -> String {
        let path = self.lake().run(run_id).folder().join(name);
        fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    }
}

/// Remembers which stages were started.
#[derive(Default)]
pub(crate) struct Started(Mutex<Vec<Stage>>);

impl Started {
    pub(crate) fn has(&self, stage: Stage) -> bool {
        self.0.lock().unwrap().contains(&stage)
    }
}

impl Progress for Started {
    fn stage_started(&self, stage: Stage, _: Option<u64>) {
        self.0.lock().unwrap().push(stage);
    }
    fn advanced(&self, _: Stage, _: u64) {}
    fn stage_finished(&self, _: Stage, _: &StageRecord) {}
}
