//! What a stage is given: the run's paths and settings, a batch engine, and helpers to read and write its tables.
//!
//! Sessions use sort-merge joins and a memory pool that makes sorts and aggregates spill: no operator's memory grows
//! with the orders. A hash join would hold one whole side in memory, and the engine cannot spill it.
//! What is made a customer at a time reads its shards itself ([`gold::customers`](crate::gold::customers)).

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};

use arrow::{datatypes::SchemaRef, record_batch::RecordBatch};
use config::pipeline::PipelineSettings;
use datafusion::{
    dataframe::DataFrame,
    execution::{
        SendableRecordBatchStream,
        memory_pool::FairSpillPool,
        runtime_env::{RuntimeEnv, RuntimeEnvBuilder},
    },
    physical_plan::execute_stream_partitioned,
    prelude::{ParquetReadOptions, SessionConfig, SessionContext},
};
use domain::{
    lake::RunPaths,
    manifest::{Artefact, InputPart},
};
use futures::StreamExt;
use tokio::task::{JoinSet, spawn_blocking};

use crate::{
    content_hash::RowsHash,
    error::{PipelineError, io_error},
    orchestrator::deadline::Deadline,
    progress::Progress,
    stage::Stage,
    table_writer::{PartWriter, finish_table, prepare_folder},
};

const MIB: usize = 1 << 20;

/// Memory that a partition needs, MiB: a plan of six sorts side by side over 3.3 M rows passed with 64 MiB a partition
/// and failed with 32, since the pool shares out evenly; no plan that is left is wider.
const PARTITION_MIB: usize = 64;

/// The tables of a run that stages read by name, with the layer they lie in.
const SILVER_TABLES: [&str; 5] = ["aisles", "departments", "products", "orders", "order_lines"];

/// Everything of one run that its stages share; cloned cheaply.
#[derive(Clone)]
pub struct StageContext {
    stage: Stage,
    paths: RunPaths,
    settings: Arc<PipelineSettings>,
    inputs: Arc<Vec<InputPart>>,
    runtime: Arc<RuntimeEnv>,
    threads: usize,
    progress: Arc<dyn Progress>,
    deadline: Deadline,
}

impl StageContext {
    /// A context at the first stage. Spill files go below the run's own folder and go away with the context.
    pub fn new(
        paths: RunPaths,
        settings: Arc<PipelineSettings>,
        progress: Arc<dyn Progress>,
    ) -> Result<Self, PipelineError> {
        let spill = spill_folder(&paths);
        fs::create_dir_all(&spill).map_err(io_error("create", &spill))?;
        let runtime = RuntimeEnvBuilder::new()
            .with_memory_pool(Arc::new(FairSpillPool::new(settings.memory_mib * MIB)))
            .with_temp_file_path(spill)
            .with_max_temp_directory_size((settings.spill_mib * MIB) as u64)
            // A stage that is started again writes its files anew; a remembered listing would give the old ones' sizes.
            .with_object_list_cache_limit(0)
            .build_arc()?;
        let threads = worker_threads(&settings);
        let inputs = Arc::default();
        let deadline = Deadline::starting_now(Stage::Ingest, None);
        Ok(Self { stage: Stage::Ingest, paths, settings, inputs, runtime, threads, progress, deadline })
    }

    /// The same run, at another stage.
    pub fn at(&self, stage: Stage) -> Self {
        Self { stage, ..self.clone() }
    }

    /// The same run with the bronze parts that it reads.
    pub fn with_inputs(&self, inputs: Vec<InputPart>) -> Self {
        Self { inputs: Arc::new(inputs), ..self.clone() }
    }

    /// The same stage with the time that this attempt has.
    pub fn with_deadline(&self, deadline: Deadline) -> Self {
        Self { deadline, ..self.clone() }
    }

    /// An error once the attempt's time is over. Computing asks for it every few thousand rows.
    pub fn check(&self) -> Result<(), PipelineError> {
        self.deadline.check()
    }

    /// The stage that is under way.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Where the run's tables lie.
    pub fn paths(&self) -> &RunPaths {
        &self.paths
    }

    /// The settings that shape the run.
    pub fn settings(&self) -> &PipelineSettings {
        &self.settings
    }

    /// The seed of everything random in the run.
    pub fn seed(&self) -> u64 {
        self.settings.seed
    }

    /// Worker threads, at least 1.
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// The bronze parts of the run, known from the end of ingest on.
    pub fn inputs(&self) -> &[InputPart] {
        &self.inputs
    }

    /// Whoever watches the run.
    pub fn progress(&self) -> &Arc<dyn Progress> {
        &self.progress
    }

    /// Says that the stage starts and how many units of work it has.
    pub fn expect(&self, total: Option<u64>) {
        self.progress.stage_started(self.stage, total);
    }

    /// Says that units of work of the stage are done.
    pub fn advance(&self, units: u64) {
        self.progress.advanced(self.stage, units);
    }

    /// Where files go that are needed for a while only; it exists as long as the context.
    pub fn spill_folder(&self) -> PathBuf {
        spill_folder(&self.paths)
    }

    /// Runs a computation on a pool with the run's number of threads, off the runtime's threads.
    pub async fn compute<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<T, PipelineError> + Send + 'static,
    ) -> Result<T, PipelineError> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(self.threads)
            .build()
            .map_err(|e| PipelineError::Worker(e.to_string()))?;
        spawn_blocking(move || pool.install(job)).await.map_err(|e| PipelineError::Worker(e.to_string()))?
    }

    /// A session without tables.
    pub fn session(&self) -> SessionContext {
        self.new_session()
    }

    /// A session in which those tables of the run are registered under their SQL names.
    pub async fn session_with(&self, tables: &[&str]) -> Result<SessionContext, PipelineError> {
        let session = self.session();
        self.register(&session, tables).await?;
        Ok(session)
    }

    /// Writes the result of a plan as the Parquet files of one table, a file a partition, side by side.
    ///
    /// `folder` is emptied first. Counts, hashes and the name make the artefact; progress advances by rows.
    pub async fn write_table(
        &self,
        name: &str,
        folder: &Path,
        table: DataFrame,
    ) -> Result<Artefact, PipelineError> {
        let task = Arc::new(table.task_ctx());
        let plan = table.create_physical_plan().await?;
        let schema = plan.schema();
        let streams = execute_stream_partitioned(plan, task)?;
        self.write_streams(name, folder, schema, streams).await
    }

    /// Writes streams of batches as one table, a file a stream.
    pub async fn write_streams(
        &self,
        name: &str,
        folder: &Path,
        schema: SchemaRef,
        streams: Vec<SendableRecordBatchStream>,
    ) -> Result<Artefact, PipelineError> {
        prepare_folder(folder)?;
        let mut tasks = JoinSet::new();
        for (index, stream) in streams.into_iter().enumerate() {
            let writer = PartWriter::new(folder, index, &schema);
            tasks.spawn(write_stream(self.clone(), writer, stream));
        }
        let mut parts = Vec::new();
        while let Some(part) = tasks.join_next().await {
            parts.push(part.map_err(|e| PipelineError::Worker(e.to_string()))??);
        }
        finish_table(&self.paths, name, folder, &schema, &parts)
    }

    /// Writes batches that a stage made itself as one table in one file.
    pub fn write_batches(
        &self,
        name: &str,
        folder: &Path,
        schema: &SchemaRef,
        batches: impl IntoIterator<Item = RecordBatch>,
    ) -> Result<Artefact, PipelineError> {
        prepare_folder(folder)?;
        let mut writer = PartWriter::new(folder, 0, schema);
        for batch in batches {
            writer.write(&batch)?;
            self.advance(batch.num_rows() as u64);
        }
        finish_table(&self.paths, name, folder, schema, &[writer.finish()?])
    }

    /// The folder of a table of this run, by its SQL name.
    pub fn table_folder(&self, table: &str) -> PathBuf {
        match table {
            "als_user_factors" => self.paths.recsys("als").join("user_factors"),
            "als_item_factors" => self.paths.recsys("als").join("item_factors"),
            "gap_draws" | "user_gaps" => self.paths.recsys("imputation").join(table),
            "churn" | "hazard_calibration" | "population_hazard" => self.paths.recsys("hazards").join(table),
            "user_seg" | "segment_popularity" | "segment_share" => self.paths.recsys(table),
            silver if SILVER_TABLES.contains(&silver) => self.paths.silver(silver),
            gold => self.paths.gold(gold),
        }
    }

    fn new_session(&self) -> SessionContext {
        // With a single partition the engine plans hash joins whatever is preferred (its sort-merge join is only for
        // partitioned plans), so that one thread still works on two partitions.
        let partitions = self.threads.min(self.settings.memory_mib / PARTITION_MIB).max(2);
        let mut config = SessionConfig::new().with_target_partitions(partitions);
        config.options_mut().optimizer.prefer_hash_join = false;
        SessionContext::new_with_config_rt(config, Arc::clone(&self.runtime))
    }

    async fn register(&self, session: &SessionContext, tables: &[&str]) -> Result<(), PipelineError> {
        for table in tables {
            let folder = self.table_folder(table);
            let path = folder.to_str().ok_or_else(|| PipelineError::UnusablePath(folder.clone()))?;
            // The slash says "folder" even where the name has a dot in it.
            session.register_parquet(*table, format!("{path}/"), ParquetReadOptions::default()).await?;
        }
        Ok(())
    }
}

async fn write_stream(
    context: StageContext,
    mut writer: PartWriter,
    mut stream: SendableRecordBatchStream,
) -> Result<RowsHash, PipelineError> {
    while let Some(batch) = stream.next().await {
        let batch: RecordBatch = batch?;
        writer.write(&batch)?;
        context.advance(batch.num_rows() as u64);
    }
    writer.finish()
}

fn spill_folder(paths: &RunPaths) -> PathBuf {
    paths.folder().join("spill")
}

/// The worker threads that the settings ask for; 0 = all cores.
pub(crate) fn worker_threads(settings: &PipelineSettings) -> usize {
    match settings.threads {
        0 => thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    }
}
