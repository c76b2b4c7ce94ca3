//! Walks the graph of stages: what is ready runs, side by side within the memory budget; each end is saved.
//!
//! One owner of the state, no locks: the stages run as tasks and give back what they made, the walker alone writes the
//! checkpoint. An attempt that takes longer than its stage may is stopped; what failed in passing or ran out of time runs
//! again, after a growing wait. When a stage fails for good, no further stage starts, and those under way are let to end,
//! because what they made is kept for `resume`.
//! What a stage does is behind [`Work`]: the stages of a run (`stages`), or stages of a test.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};

use async_trait::async_trait;
use config::pipeline::PipelineSettings;
use domain::{
    lake::Lake,
    manifest::{Artefact, EmbeddingModel, InputPart, StageRecord, StageStatus},
};
use tokio::task::JoinSet;

use crate::{
    error::PipelineError,
    orchestrator::{
        checkpoint::{Checkpoint, StageTimes},
        deadline::{Deadline, StopOnDrop},
        failure::explain,
        memory::InputRows,
        now,
        peak_memory::peak_rss_bytes,
        reserve,
    },
    progress::Progress,
    run_log::RunLog,
    stage::Stage,
};

/// The wait before a failed stage is started again; doubled each time. Long enough for a lock or a slow disk.
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// How long a stopped attempt may hold on to its work before its stage is given up: several times what a check of the
/// deadline once a batch takes.
const GRACE: Duration = Duration::from_secs(30);

/// How often it is looked whether a stopped attempt has let go.
const GRACE_STEP: Duration = Duration::from_millis(20);

/// Does the work of stages.
#[async_trait]
pub trait Work: Send + Sync + 'static {
    /// One attempt of a stage; may be dropped at any await, and asked for again.
    async fn attempt(&self, order: Order) -> Result<Made, PipelineError>;
}

/// What is asked of an attempt.
#[derive(Debug, Clone)]
pub struct Order {
    /// The stage.
    pub stage: Stage,
    /// The bronze parts of the run, from the end of ingest on.
    pub inputs: Arc<Vec<InputPart>>,
    /// The time of the attempt; whatever computes for it holds a clone and asks it.
    pub deadline: Deadline,
}

/// What a stage hands to the run.
#[derive(Debug)]
pub enum Made {
    /// The parts of bronze, and the highest order id by table.
    Parts {
        /// The parts.
        inputs: Vec<InputPart>,
        /// By table.
        high_water: BTreeMap<String, u64>,
    },
    /// Tables.
    Tables(Vec<Artefact>),
    /// The index, and the model behind its vectors.
    Index(Vec<Artefact>, Option<EmbeddingModel>),
}

/// Runs every stage up to publication that the checkpoint lacks, saving it after each.
pub async fn walk(
    lake: &Lake,
    work: Arc<dyn Work>,
    checkpoint: &mut Checkpoint,
    log: &Arc<RunLog>,
) -> Result<(), PipelineError> {
    skip_unwanted(checkpoint, log);
    let mut under_way = UnderWay::new(work, log, &checkpoint.settings);
    let mut failed = None;
    loop {
        while failed.is_none()
            && let Some((stage, memory_mib)) = under_way.next(checkpoint)
        {
            under_way.start(stage, memory_mib, &checkpoint.inputs);
        }
        let Some(ended) = under_way.next_end().await else { break };
        let Ended { stage, record, times, made } = ended?;
        log.stage_finished(stage, &record);
        checkpoint.times.insert(stage, times);
        match made {
            Ok(made) => keep(checkpoint, stage, record, made, log),
            Err(error) => {
                log.stage_ended(stage, &record, &[]);
                checkpoint.stages.insert(stage, record);
                failed = failed.or(Some((stage, error)));
            }
        }
        checkpoint.notes.extend(log.take_notes());
        if let Err(unsaved) = checkpoint.save(&lake.run(&checkpoint.run_id)) {
            failed = failed.or(Some((stage, unsaved)));
        }
    }
    match failed {
        None => Ok(()),
        Some((stage, error)) => Err(fail(lake, checkpoint, stage, error, log)),
    }
}

/// Marks a failed stage in the checkpoint and wraps its error with how to go on.
pub fn fail(
    lake: &Lake,
    checkpoint: &mut Checkpoint,
    stage: Stage,
    error: PipelineError,
    log: &RunLog,
) -> PipelineError {
    let run_id = checkpoint.run_id.clone();
    let failure = explain(lake, checkpoint, stage, &error);
    reserve::release(&lake.run(&run_id));
    let go_on = failure.go_on.clone();
    if stage == Stage::Clean {
        log.cleaned();
    }
    log.failed(&failure);
    checkpoint.failure = Some(failure);
    checkpoint.notes.extend(log.take_notes());
    // The stage's own error is what matters; a checkpoint that cannot be written would only hide it.
    if let Err(unsaved) = checkpoint.save(&lake.run(&run_id)) {
        tracing::warn!(%run_id, error = %unsaved, "the checkpoint could not be saved");
    }
    PipelineError::StageFailed { run_id, stage, source: Box::new(error), go_on }
}

/// The record of a stage that ends now.
pub fn record(stage: Stage, status: StageStatus, attempts: u32, elapsed: Duration) -> StageRecord {
    StageRecord {
        name: stage.name().to_owned(),
        status,
        attempts,
        elapsed_ms: u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
        peak_rss_bytes: peak_rss_bytes(),
    }
}

fn skip_unwanted(checkpoint: &mut Checkpoint, log: &RunLog) {
    for stage in Stage::ALL {
        if !checkpoint.wants(stage) && !checkpoint.stages.contains_key(&stage) {
            let record = record(stage, StageStatus::Skipped, 0, Duration::ZERO);
            log.stage_ended(stage, &record, &[]);
            checkpoint.stages.insert(stage, record);
        }
    }
}

fn keep(checkpoint: &mut Checkpoint, stage: Stage, record: StageRecord, made: Made, log: &RunLog) {
    let artefacts = match made {
        Made::Parts { inputs, high_water } => {
            log.read(&inputs);
            checkpoint.inputs = inputs;
            checkpoint.high_water = high_water;
            Vec::new()
        }
        Made::Tables(artefacts) => artefacts,
        Made::Index(artefacts, model) => {
            checkpoint.embedding_model = model;
            artefacts
        }
    };
    if stage == Stage::Clean {
        log.cleaned();
    }
    log.stage_ended(stage, &record, &artefacts);
    checkpoint.stages.insert(stage, record);
    checkpoint.artefacts.insert(stage, artefacts);
}

/// The stages that run now, and what they need.
struct UnderWay {
    work: Arc<dyn Work>,
    log: Arc<RunLog>,
    settings: Arc<PipelineSettings>,
    tasks: JoinSet<Ended>,
    started: BTreeSet<Stage>,
    memory_mib: BTreeMap<Stage, usize>,
}

/// A stage that ended.
struct Ended {
    stage: Stage,
    record: StageRecord,
    times: StageTimes,
    made: Result<Made, PipelineError>,
}

impl UnderWay {
    fn new(work: Arc<dyn Work>, log: &Arc<RunLog>, settings: &PipelineSettings) -> Self {
        Self {
            work,
            log: Arc::clone(log),
            settings: Arc::new(settings.clone()),
            tasks: JoinSet::new(),
            started: BTreeSet::new(),
            memory_mib: BTreeMap::new(),
        }
    }

    /// The first stage that may start now, with the memory that it is expected to need: all it depends on is done, and it
    /// fits beside the stages under way or runs alone. Publication is not ours.
    fn next(&self, checkpoint: &Checkpoint) -> Option<(Stage, usize)> {
        let (done, rows) = (checkpoint.done(), InputRows::of(&checkpoint.inputs));
        let used: usize = self.memory_mib.values().sum();
        let is_ready = |stage: &Stage| {
            *stage != Stage::Publish
                && !self.started.contains(stage)
                && !done.contains(stage)
                && stage.depends_on().iter().all(|needed| done.contains(needed))
        };
        let ready = Stage::ALL.into_iter().filter(is_ready);
        ready.map(|stage| (stage, stage.memory_mib(&self.settings, rows))).find(|(_, needed)| {
            self.memory_mib.is_empty() || used.saturating_add(*needed) <= self.settings.memory_mib
        })
    }

    fn start(&mut self, stage: Stage, memory_mib: usize, inputs: &[InputPart]) {
        self.started.insert(stage);
        self.memory_mib.insert(stage, memory_mib);
        let attempts = Attempts {
            stage,
            memory_mib,
            inputs: Arc::new(inputs.to_vec()),
            work: Arc::clone(&self.work),
            log: Arc::clone(&self.log),
            settings: Arc::clone(&self.settings),
        };
        self.tasks.spawn(attempts.run());
    }

    async fn next_end(&mut self) -> Option<Result<Ended, PipelineError>> {
        let ended = self.tasks.join_next().await?.map_err(|e| PipelineError::Worker(e.to_string()));
        if let Ok(ended) = &ended {
            self.memory_mib.remove(&ended.stage);
        }
        Some(ended)
    }
}

/// The attempts of one stage.
struct Attempts {
    stage: Stage,
    memory_mib: usize,
    inputs: Arc<Vec<InputPart>>,
    work: Arc<dyn Work>,
    log: Arc<RunLog>,
    settings: Arc<PipelineSettings>,
}

impl Attempts {
    async fn run(self) -> Ended {
        let stage = self.stage;
        let started_at = now();
        let mut attempt = 1;
        loop {
            self.log.stage_starts(stage, attempt, self.memory_mib);
            let start = Instant::now();
            let (made, is_over) = self.attempt().await;
            let elapsed = start.elapsed();
            let error = match made {
                Err(error) if is_over && error.is_retryable() && attempt <= self.settings.retries => error,
                made => {
                    let status = if made.is_ok() { StageStatus::Succeeded } else { StageStatus::Failed };
                    let times = StageTimes { started_at, ended_at: now() };
                    return Ended { stage, record: record(stage, status, attempt, elapsed), times, made };
                }
            };
            let wait = FIRST_WAIT * 2_u32.saturating_pow(attempt - 1);
            let text =
                format!("attempt {attempt} failed ({error}), the next starts in {} ms", wait.as_millis());
            self.log.note(stage, &text);
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// Runs the stage once, as a task of its own, so that a panic in it is an error of that stage and ends nothing else.
    /// The second value: whether nothing works for the attempt any more.
    async fn attempt(&self) -> (Result<Made, PipelineError>, bool) {
        let deadline = Deadline::starting_now(self.stage, self.stage.time_limit(&self.settings));
        let guard = StopOnDrop(deadline.clone());
        let order = Order { stage: self.stage, inputs: Arc::clone(&self.inputs), deadline };
        let work = Arc::clone(&self.work);
        let mut task = JoinSet::new();
        task.spawn(async move { work.attempt(order).await });
        let ended = tokio::select! {
            ended = task.join_next() => ended,
            () = guard.0.passed() => {
                guard.0.stop();
                let is_over = tokio::time::timeout(GRACE, async {
                    task.shutdown().await;
                    released(&guard.0).await;
                });
                let is_over = is_over.await.is_ok();
                if !is_over {
                    let text = "it was told to stop and still computes: the stage is not started again beside it";
                    self.log.note(self.stage, text);
                }
                return (Err(guard.0.error()), is_over);
            }
        };
        let made = match ended {
            Some(Ok(made)) => made,
            Some(Err(e)) => Err(PipelineError::Worker(e.to_string())),
            None => Err(PipelineError::Worker("no task was started".to_owned())),
        };
        (made, true)
    }
}

/// Returns when nothing but `deadline` itself belongs to the attempt.
async fn released(deadline: &Deadline) {
    while !deadline.is_released() {
        tokio::time::sleep(GRACE_STEP).await;
    }
}
