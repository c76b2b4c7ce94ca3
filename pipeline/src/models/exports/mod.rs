//! Stage `exports`: what people take away from a run, as tables and as pictures.
//!
//! `user_seg`, `segment_popularity`, `segment_share`, `products` → `recsys/exports/run=<id>/`:
//! - `high_value`, `at_risk`, `random_sample` (customers, `cohorts`), `centroids` (segments) and `top_lists` (products),
//!   each a folder of Parquet and a CSV file beside it;
//! - `charts/`: the segments as SVG and PNG (`pictures`).
//!
//! Where the run was evaluated (`recsys/eval/run=<id>/metrics.json`), its pictures and page come to
//! `recsys/eval_charts/run=<id>/` ([`evaluation_charts`]).
//! Memory: one row a customer. The tables are for files, not for SQL: queries read the tables they are made of.

mod cohorts;
mod customers;
pub mod evaluation_charts;
pub(in crate::models) mod files;
mod lists;
mod pictures;

use std::sync::Arc;

use arrow::{datatypes::SchemaRef, record_batch::RecordBatch};
use charts::{ChartSpec, png, svg};
use domain::{manifest::Artefact, table::Table};

use crate::{
    context::StageContext,
    error::PipelineError,
    models::exports::{customers::ExportedCustomer, files::Written, lists::Entry},
    stage::Stage,
    table_writer::prepare_folder,
};

const STAGE: Stage = Stage::Exports;

/// The pixels of a PNG for one of the SVG: sharp on screens of twice the usual density, and in print.
const PNG_SCALE: f32 = 2.0;

/// A chart with the name of its files.
pub(crate) struct Picture {
    pub(crate) name: String,
    pub(crate) spec: ChartSpec,
    pub(crate) table: Table,
}

impl Picture {
    /// The picture as SVG and as PNG.
    pub(crate) fn draw(&self) -> Result<(String, Vec<u8>), PipelineError> {
        let refused =
            |e: String| PipelineError::Model { stage: STAGE, reason: format!("{}: {e}", self.name) };
        let drawn = svg::render(&self.spec, &self.table).map_err(|e| refused(e.to_string()))?;
        let pixels = png::rasterise(&drawn, PNG_SCALE).map_err(|e| refused(e.to_string()))?;
        Ok((drawn, pixels))
    }
}

/// Everything that is exported, held for as long as the stage runs.
struct Exported {
    customers: Vec<ExportedCustomer>,
    lists: Vec<Entry>,
}

/// Writes all exports of the run.
pub async fn run(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    let folder = context.paths().recsys("exports");
    prepare_folder(&folder)?;
    let customers = customers::read(context).await?;
    context.expect(Some(customers.len() as u64));
    let exported = Arc::new(Exported { lists: lists::read(context, &customers).await?, customers });
    let segments = customers::segments(&exported.customers);

    let settings = &context.settings().exports;
    let at_random = cohorts::draw(exported.customers.len(), settings.sample_customers, context.seed());
    let cohorts = [
        ("high_value", cohorts::high_value(&exported.customers, settings.high_value_share)),
        ("at_risk", cohorts::at_risk(&exported.customers)),
        ("random_sample", at_random),
    ];
    let mut artefacts = Vec::new();
    for (name, positions) in cohorts {
        artefacts.extend(write(context, name, customers::table(&exported.customers, &positions)?)?);
    }
    artefacts.extend(write(context, "centroids", customers::segment_table(&segments)?)?);
    artefacts.extend(write(context, "top_lists", lists::table(&exported.lists)?)?);

    let dots = cohorts::draw(exported.customers.len(), settings.scatter_customers, context.seed());
    let (seed, shared) = (context.seed(), Arc::clone(&exported));
    let drawn = context
        .compute(move || {
            let pictures = pictures::of_segments(&shared.customers, &segments, &shared.lists, &dots, seed);
            pictures
                .iter()
                .map(|picture| Ok((picture.name.clone(), picture.draw()?)))
                .collect::<Result<Vec<_>, _>>()
        })
        .await?;
    artefacts.push(files::write_pictures(context, "recsys.exports.charts", &folder.join("charts"), &drawn)?);
    if let Some(charts) = evaluation_charts::write(context.paths())? {
        artefacts.push(charts);
    }
    Ok(artefacts)
}

/// One table in both forms.
fn write(
    context: &StageContext,
    name: &str,
    (schema, batch): (SchemaRef, RecordBatch),
) -> Result<[Artefact; 2], PipelineError> {
    let folder = context.paths().recsys("exports");
    let table = context.write_batches(
        &format!("recsys.exports.{name}"),
        &folder.join(name),
        &schema,
        [batch.clone()],
    )?;
    let path = folder.join(format!("{name}.csv"));
    let Written { bytes, sha256, path } = files::write_csv(context.paths(), &path, &batch)?;
    let csv = Artefact { name: format!("recsys.exports.{name}_csv"), path, bytes, sha256, ..table.clone() };
    Ok([table, csv])
}

#[cfg(test)]
mod tests;
