//! The stages of a run as the walker asks for them: one attempt of a stage is one call of its module.

use std::sync::Arc;

use async_trait::async_trait;
use domain::lake::RunPaths;

use crate::{
    context::StageContext,
    error::PipelineError,
    gold, ingest,
    ingest::source::Source,
    models,
    orchestrator::{
        graph::{Made, Order, Work},
        index_stage::IndexStage,
    },
    silver,
    stage::Stage,
};

/// The stages of one run.
pub(super) struct RunStages {
    /// What every stage is given.
    pub(super) context: StageContext,
    /// Where the orders come from.
    pub(super) source: Source,
    /// Builds the index.
    pub(super) index: Option<Arc<dyn IndexStage>>,
    /// The published run, whose index is a start for the new one.
    pub(super) previous: Option<RunPaths>,
}

#[async_trait]
impl Work for RunStages {
    async fn attempt(&self, order: Order) -> Result<Made, PipelineError> {
        let context = self.context.at(order.stage).with_inputs(order.inputs.to_vec());
        let context = &context.with_deadline(order.deadline);
        context.check()?;
        match order.stage {
            Stage::Ingest => {
                let ingested = ingest::run(context, &self.source).await?;
                Ok(Made::Parts { inputs: ingested.inputs, high_water: ingested.high_water })
            }
            Stage::Clean => silver::run(context).await.map(Made::Tables),
            Stage::Features => gold::run(context).await.map(Made::Tables),
            Stage::Rollups => gold::rollups::run(context).await.map(Made::Tables),
            Stage::Affinity => models::affinity::run(context).await.map(Made::Tables),
            Stage::Customers => models::customer_facts::run(context).await.map(Made::Tables),
            Stage::Als
            | Stage::Rfm
            | Stage::SegmentPopularity
            | Stage::Imputation
            | Stage::Hazards
            | Stage::NextBasket
            | Stage::Evaluation
            | Stage::Exports => models::run(context).await.map(Made::Tables),
            Stage::Index => {
                let index = self.index.as_ref().ok_or(PipelineError::NoIndexStage)?;
                let progress = Arc::clone(context.progress());
                let built = index.build(context.paths(), self.previous.as_ref(), progress).await;
                let built = built.map_err(PipelineError::Index)?;
                Ok(Made::Index(built.artefacts, built.embedding_model))
            }
            Stage::Publish => Ok(Made::Tables(Vec::new())),
        }
    }
}
