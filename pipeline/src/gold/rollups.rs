//! placeholder
use crate::{context::StageContext, error::PipelineError};
use domain::manifest::Artefact;
/// Makes the rollups.
pub async fn run(_context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    Ok(Vec::new())
}
