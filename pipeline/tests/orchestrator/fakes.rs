//! Stages that do nothing but behave: work for a while, hang, fail, panic, or compute without looking at anything.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use config::{Settings, pipeline::PipelineSettings};
use domain::{
    lake::Lake,
    manifest::{InputPart, StageStatus},
};
use pipeline::{
    PipelineError,
    ingest::source::Source,
    orchestrator::{
        checkpoint::Checkpoint,
        graph::{Made, Order, Work, walk},
    },
    progress::Silent,
    run_log::{RunLog, log_path},
    stage::Stage,
};
use tempfile::TempDir;

/// How a stage behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behaviour {
    /// Takes that many milliseconds.
    Works(u64),
    /// Waits for ever.
    Hangs,
    /// Computes on a thread of its own until the deadline tells it to stop, and that many milliseconds more.
    Computes { deaf_for_ms: u64 },
    /// Fails in passing the first time, and works then.
    FailsOnce,
    /// Fails with an error that does not pass.
    Fails,
    /// Panics.
    Panics,
}

/// What was seen while the stages ran.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    running: BTreeSet<Stage>,
    /// The stages that were under way together, whenever one started.
    pub(crate) together: Vec<BTreeSet<Stage>>,
    /// Attempts by stage.
    pub(crate) attempts: BTreeMap<Stage, u32>,
    computing: u32,
    /// The most computations that were under way at once.
    pub(crate) most_computing: u32,
}

/// A lake, settings, and how its stages behave; 5 ms of work where nothing else is said.
pub(crate) struct Bench {
    folder: TempDir,
    pub(crate) settings: PipelineSettings,
    pub(crate) behaviours: BTreeMap<Stage, Behaviour>,
    pub(crate) inputs: Vec<InputPart>,
}

impl Bench {
    pub(crate) fn new() -> Self {
        let mut settings = Settings::defaults().unwrap().pipeline;
        settings.retries = 0;
        let folder = tempfile::tempdir().unwrap();
        Self { folder, settings, behaviours: BTreeMap::new(), inputs: Vec::new() }
    }

    /// The bench with the row counts of the full data, so that the estimates matter.
    pub(crate) fn of_full_size() -> Self {
        let part = |table: &str, rows| InputPart {
            table: table.to_owned(),
            part: format!("bronze/{table}.csv"),
            rows,
            sha256: String::new(),
        };
        let inputs = vec![
            part("orders", 3_421_083),
            part("order_products__prior", 33_819_106),
            part("products", 49_688),
        ];
        Self { inputs, ..Self::new() }
    }

    pub(crate) fn with(mut self, stage: Stage, behaviour: Behaviour) -> Self {
        self.behaviours.insert(stage, behaviour);
        self
    }

    pub(crate) fn limit(mut self, stage: Stage, seconds: u64) -> Self {
        self.settings.time_limits.insert(stage.name().to_owned(), seconds);
        self
    }

    pub(crate) fn lake(&self) -> Lake {
        Lake::new(self.folder.path())
    }

    /// Walks all stages and tells what was seen.
    pub(crate) async fn walk(&self) -> Walked {
        let mut checkpoint = self.checkpoint();
        let paths = self.lake().run(&checkpoint.run_id);
        let log = Arc::new(RunLog::open(&paths, Arc::new(Silent)));
        let seen = Arc::new(Mutex::new(Seen::default()));
        let fake = Fake {
            behaviours: self.behaviours.clone(),
            inputs: self.inputs.clone(),
            seen: Arc::clone(&seen),
        };
        let outcome = walk(&self.lake(), Arc::new(fake), &mut checkpoint, &log).await;
        drop(log);
        let log = std::fs::read_to_string(log_path(&paths)).unwrap();
        let saved = Checkpoint::read(&self.lake(), &checkpoint.run_id).unwrap();
        Walked { outcome, checkpoint: saved, log, seen }
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            run_id: "r1".to_owned(),
            parent_run_id: None,
            started_at: "2026-11-22T18:00:00Z".to_owned(),
            source: Source::Folder(Path::new("/shop").to_owned()),
            with_models: true,
            with_index: true,
            settings: self.settings.clone(),
            stages: BTreeMap::new(),
            inputs: Vec::new(),
            high_water: BTreeMap::new(),
            artefacts: BTreeMap::new(),
            embedding_model: None,
            times: BTreeMap::new(),
            notes: Vec::new(),
            erasures: String::new(),
            failure: None,
        }
    }
}

/// A walk that has ended.
pub(crate) struct Walked {
    pub(crate) outcome: Result<(), PipelineError>,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) log: String,
    seen: Arc<Mutex<Seen>>,
}

impl Walked {
    pub(crate) fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.lock().unwrap())
    }

    pub(crate) fn attempts(&self, stage: Stage) -> u32 {
        self.seen(|seen| seen.attempts.get(&stage).copied().unwrap_or(0))
    }

    pub(crate) fn status(&self, stage: Stage) -> Option<StageStatus> {
        self.checkpoint.stages.get(&stage).map(|record| record.status)
    }

    /// The code of the failure that stands in the saved checkpoint.
    pub(crate) fn code(&self) -> &str {
        &self.checkpoint.failure.as_ref().unwrap().code
    }
}

struct Fake {
    behaviours: BTreeMap<Stage, Behaviour>,
    inputs: Vec<InputPart>,
    seen: Arc<Mutex<Seen>>,
}

/// Takes the stage from the running ones however its attempt ends.
struct Running<'a>(&'a Fake, Stage);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.seen.lock().unwrap().running.remove(&self.1);
    }
}

#[async_trait]
impl Work for Fake {
    async fn attempt(&self, order: Order) -> Result<Made, PipelineError> {
        let stage = order.stage;
        let attempt = {
            let mut seen = self.seen.lock().unwrap();
            seen.running.insert(stage);
            let together = seen.running.clone();
            seen.together.push(together);
            let attempts = seen.attempts.entry(stage).or_insert(0);
            *attempts += 1;
            *attempts
        };
        let _running = Running(self, stage);
        match self.behaviours.get(&stage).copied().unwrap_or(Behaviour::Works(5)) {
            Behaviour::Works(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
            Behaviour::Hangs => std::future::pending().await,
            Behaviour::Computes { deaf_for_ms } => {
                compute(order, Arc::clone(&self.seen), deaf_for_ms).await?
            }
            Behaviour::FailsOnce if attempt == 1 => return Err(io_error(io::ErrorKind::TimedOut)),
            Behaviour::FailsOnce => {}
            Behaviour::Fails => return Err(io_error(io::ErrorKind::PermissionDenied)),
            Behaviour::Panics => panic!("a stage of the test panics"),
        }
        Ok(match stage {
            Stage::Ingest => Made::Parts { inputs: self.inputs.clone(), high_water: BTreeMap::new() },
            _ => Made::Tables(Vec::new()),
        })
    }
}

/// A thread that asks its deadline now and then, as computing does.
async fn compute(order: Order, seen: Arc<Mutex<Seen>>, deaf_for_ms: u64) -> Result<(), PipelineError> {
    let computing = move || {
        {
            let mut seen = seen.lock().unwrap();
            seen.computing += 1;
            seen.most_computing = seen.most_computing.max(seen.computing);
        }
        let stopped = loop {
            if let Err(error) = order.deadline.check() {
                break error;
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        std::thread::sleep(Duration::from_millis(deaf_for_ms));
        seen.lock().unwrap().computing -= 1;
        Err(stopped)
    };
    tokio::task::spawn_blocking(computing).await.unwrap()
}

fn io_error(kind: io::ErrorKind) -> PipelineError {
    PipelineError::Io { action: "write", path: "there".into(), source: kind.into() }
}
