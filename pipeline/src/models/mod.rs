//! Trained models and derived results of a run: ALS, segments, segment popularity, imputed gaps, hazards, the next
//! basket, its evaluation, exports; and affinity and customer facts, which runs without models have too.
//!
//! Each stage streams gold and silver tables into the kernels of `recsys` and writes Parquet. What is held in memory
//! grows with customers, products or their distinct pairs, never with lines; with orders only where gaps between them
//! are learnt from, a few bytes each.
//! All kernels give the same rows on any number of threads, so the content hashes depend on the input alone.

pub mod affinity;
pub mod als;
mod batches;
pub mod customer_facts;
pub mod evaluation;
pub mod exports;
mod gaps;
pub mod hazards;
mod histories;
pub mod imputation;
mod meta;
pub mod next_basket;
pub mod rfm;
pub mod segment_popularity;

use domain::manifest::Artefact;

use crate::{context::StageContext, error::PipelineError, stage::Stage};

/// Runs the model stage that the context is at.
pub async fn run(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    match context.stage() {
        Stage::Als => als::run(context).await,
        Stage::Rfm => rfm::run(context).await,
        Stage::SegmentPopularity => segment_popularity::run(context).await,
        Stage::Imputation => imputation::run(context).await,
        Stage::Hazards => hazards::run(context).await,
        Stage::NextBasket => next_basket::run(context).await,
        Stage::Evaluation => evaluation::run(context).await,
        Stage::Exports => exports::run(context).await,
        stage => Err(PipelineError::Model { stage, reason: "this stage trains no model".to_owned() }),
    }
}

#[cfg(test)]
mod tests;
