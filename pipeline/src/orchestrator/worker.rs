//! Threads of the pipeline's own, so that hours of batch work never starve the caller's runtime.

use std::future::Future;

use tokio::runtime::{Builder, Runtime};

use crate::error::PipelineError;

/// Runs a future on a new runtime with that many worker threads.
///
/// Dropping the returned future stops the work at its next await point.
pub async fn on_own_threads<F>(threads: usize, work: F) -> Result<F::Output, PipelineError>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let runtime = Builder::new_multi_thread()
        .worker_threads(threads)
        .thread_name("pipeline")
        .enable_all()
        .build()
        .map_err(|e| PipelineError::Worker(e.to_string()))?;
    let workers = Workers(Some(runtime));
    let Some(runtime) = &workers.0 else { return Err(PipelineError::Worker("no runtime".to_owned())) };
    runtime.spawn(work).await.map_err(|e| PipelineError::Worker(e.to_string()))
}

/// A runtime inside a runtime may not be dropped where it would block; it is shut down in the background instead.
struct Workers(Option<Runtime>);

impl Drop for Workers {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
