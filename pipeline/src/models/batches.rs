//! The way from a plan's batches to a kernel: folding off the runtime's threads, and ids.
//!
//! The runtime waits for batches, a blocking thread takes them in; a few batches may queue up between the two.

use arrow::{
    array::{Array, AsArray, PrimitiveArray},
    compute::cast,
    datatypes::{ArrowPrimitiveType, DataType},
    record_batch::RecordBatch,
};
use datafusion::{dataframe::DataFrame, error::DataFusionError};
use futures::StreamExt;
use recsys::RecsysError;
use tokio::{sync::mpsc, task::spawn_blocking};

use crate::{error::PipelineError, stage::Stage};

/// Batches that wait for the kernel: enough to keep both sides busy, little memory (8,192 rows each).
const QUEUED_BATCHES: usize = 4;

/// Rows of a batch that a stage writes; the batch engine's own default.
pub(super) const BATCH_ROWS: usize = 8_192;

/// Takes all batches of a plan into `state`, in their order, on a blocking thread.
pub(super) async fn fold<S: Send + 'static>(
    frame: DataFrame,
    mut state: S,
    mut take: impl FnMut(&mut S, &RecordBatch) -> Result<(), PipelineError> + Send + 'static,
) -> Result<S, PipelineError> {
    let mut stream = frame.execute_stream().await?;
    let (sender, mut receiver) = mpsc::channel::<RecordBatch>(QUEUED_BATCHES);
    let taking = spawn_blocking(move || {
        while let Some(batch) = receiver.blocking_recv() {
            take(&mut state, &batch)?;
        }
        Ok(state)
    });
    while let Some(batch) = stream.next().await {
        // A closed channel means that `take` failed; its error comes out below.
        if sender.send(batch?).await.is_err() {
            break;
        }
    }
    drop(sender);
    taking.await.map_err(|e| PipelineError::Worker(e.to_string()))?
}

/// A kernel's error as the stage's.
pub(super) fn model_error(stage: Stage) -> impl Fn(RecsysError) -> PipelineError {
    move |error| PipelineError::Model { stage, reason: error.to_string() }
}

/// Reads typed columns of batches for one stage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader {
    pub(super) stage: Stage,
}

impl Reader {
    /// A column of that type; stages cast in their SQL.
    pub(super) fn column<'a, T: ArrowPrimitiveType>(
        self,
        batch: &'a RecordBatch,
        name: &str,
    ) -> Result<&'a PrimitiveArray<T>, PipelineError> {
        batch.column_by_name(name).and_then(|column| column.as_primitive_opt::<T>()).ok_or_else(|| {
            let found = batch.schema();
            self.error(format!("expected a column {name} of type {}, found {found:?}", T::DATA_TYPE))
        })
    }

    /// A column of whole numbers without nulls that fit 32 bits: ids and counts.
    pub(super) fn whole_numbers(self, batch: &RecordBatch, name: &str) -> Result<Vec<u32>, PipelineError> {
        let column = self.column::<arrow::datatypes::Int64Type>(batch, name)?;
        if column.null_count() > 0 {
            return Err(self.error(format!("{name} is null, it must be a whole number")));
        }
        let whole = |value: &i64| {
            let expected = u32::MAX;
            u32::try_from(*value)
                .map_err(|_| self.error(format!("{name} is {value}, it must be 0 to {expected}")))
        };
        column.values().iter().map(whole).collect()
    }

    /// A column of text, however the engine holds it; null is empty.
    pub(super) fn texts(self, batch: &RecordBatch, name: &str) -> Result<Vec<String>, PipelineError> {
        let missing = || self.error(format!("expected a column {name} of text"));
        let column = batch.column_by_name(name).ok_or_else(missing)?;
        let plain = cast(column, &DataType::Utf8).map_err(DataFusionError::from)?;
        let texts = plain.as_string_opt::<i32>().ok_or_else(missing)?;
        Ok(texts.iter().map(|text| text.unwrap_or_default().to_owned()).collect())
    }

    fn error(self, reason: String) -> PipelineError {
        PipelineError::Model { stage: self.stage, reason }
    }
}
