//! The wiring: opens the parts that commands need and hands them to each other.

use std::{
    path::Path,
    sync::{Arc, OnceLock},
};

use agent::{
    answer_cache::AnswerCache,
    builtin::BuiltinPlanner,
    driver::Agent,
    llm::{
        ChatModel,
        rig::{ReplyMode, RigModel},
    },
    memory::SessionStore,
};
use anyhow::Context as _;
use config::Settings;
use domain::{lake::Lake, manifest::Manifest};
use indexer::{
    Embedder, FastEmbedder,
    models::{self, ModelError},
};
use server::{serve::sessions_file, sessions::SqliteSessions};
use tools::{registry::standard_registry, run::Run};

use crate::args::Global;

/// What every command starts from.
#[derive(Clone)]
pub(crate) struct Context {
    /// All settings.
    pub(crate) settings: Arc<Settings>,
    /// The lake.
    pub(crate) lake: Lake,
    embedding: Arc<OnceLock<Embedding>>,
    planner: BuiltinPlanner,
}

/// The embedder, or why there is none.
#[derive(Clone)]
pub(crate) enum Embedding {
    /// Hybrid search.
    Ready(Arc<dyn Embedder>),
    /// Lexical search, with the reason.
    Absent(String),
}

impl Embedding {
    /// The embedder, if there is one.
    pub(crate) fn embedder(&self) -> Option<Arc<dyn Embedder>> {
        match self {
            Self::Ready(embedder) => Some(Arc::clone(embedder)),
            Self::Absent(_) => None,
        }
    }
}

impl Context {
    /// A context of those settings.
    pub(crate) fn new(settings: Settings, global: &Global) -> Self {
        Self {
            planner: BuiltinPlanner::new(settings.agent.confidence_threshold),
            settings: Arc::new(settings),
            lake: Lake::new(&global.lake),
            embedding: Arc::default(),
        }
    }

    /// The runtime that commands wait on.
    pub(crate) fn runtime(&self) -> anyhow::Result<tokio::runtime::Runtime> {
        tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .context("cannot start the async runtime")
    }

    /// The embedder, loaded once. What is configured must work: only models that nobody asked for may be missing.
    pub(crate) fn embedding(&self) -> anyhow::Result<Embedding> {
        if let Some(embedding) = self.embedding.get() {
            return Ok(embedding.clone());
        }
        let embedding = self.load_embedding()?;
        Ok(self.embedding.get_or_init(|| embedding).clone())
    }

    fn load_embedding(&self) -> anyhow::Result<Embedding> {
        if !self.settings.index.embed {
            return Ok(Embedding::Absent("index.embed is false".to_owned()));
        }
        let models = &self.settings.models;
        let nothing_configured =
            models.folder.as_os_str().is_empty() && models.onnxruntime.as_os_str().is_empty();
        match models::locate(models) {
            Ok(files) => Ok(Embedding::Ready(Arc::new(FastEmbedder::load(&files)?))),
            Err(error @ (ModelError::Missing { .. } | ModelError::UnsupportedPlatform { .. }))
                if nothing_configured =>
            {
                Ok(Embedding::Absent(error.to_string()))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Opens the published run.
    pub(crate) async fn open_latest(&self) -> anyhow::Result<Arc<Run>> {
        self.open(Manifest::read_latest(&self.lake)?).await
    }

    /// Opens a run by its id.
    pub(crate) async fn open_run(&self, run_id: &str) -> anyhow::Result<Arc<Run>> {
        self.open(Manifest::read(&self.lake.run(run_id).manifest())?).await
    }

    async fn open(&self, manifest: Manifest) -> anyhow::Result<Arc<Run>> {
        // The models are a tenth of a second of loading: only an index with vectors needs them.
        let embedder = match manifest.embedding_model {
            Some(_) => self.embedding_off_thread().await?.embedder(),
            None => None,
        };
        let run_id = manifest.run_id.clone();
        let run = Run::open(&self.lake, manifest, &self.settings, embedder).await;
        let run = Arc::new(run.with_context(|| format!("cannot open run {run_id}"))?);
        // The planner's words are collected here, so that no question waits for them.
        let (planner, prepared) = (self.planner.clone(), Arc::clone(&run));
        tokio::task::spawn_blocking(move || planner.prepare(&prepared))
            .await
            .context("preparing the planner was cut short")?;
        Ok(run)
    }

    /// [`Context::embedding`] without holding up the runtime.
    pub(crate) async fn embedding_off_thread(&self) -> anyhow::Result<Embedding> {
        let context = self.clone();
        tokio::task::spawn_blocking(move || context.embedding())
            .await
            .context("loading the models was cut short")?
    }

    /// The agent with every tool, and with the language model where one is configured.
    pub(crate) fn agent(&self, sessions: Arc<dyn SessionStore>) -> anyhow::Result<Agent> {
        let llm = &self.settings.llm;
        let model: Option<Arc<dyn ChatModel>> = if llm.is_configured() {
            Some(Arc::new(
                RigModel::connect(llm, ReplyMode::Whole).context("the language model cannot be used")?,
            ))
        } else {
            None
        };
        Ok(Agent {
            registry: Arc::new(standard_registry()),
            settings: self.settings.agent.clone(),
            llm: llm.clone(),
            builtin: Arc::new(self.planner.clone()),
            model,
            sessions,
            cache: AnswerCache::of_mib(self.settings.agent.cache_mib).map(Arc::new),
        })
    }

    /// The conversations on disk.
    pub(crate) async fn sessions(&self) -> anyhow::Result<SqliteSessions> {
        let file = sessions_file(&self.settings.server, &self.lake);
        Ok(SqliteSessions::open(&file, self.settings.server.session_days).await?)
    }

    /// The lake's folder as it was given.
    pub(crate) fn lake_path(&self) -> &Path {
        self.lake.root()
    }
}
