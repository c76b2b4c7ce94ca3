//! Stage `segment_popularity`: what each segment buys more than customers at large.
//!
//! `user_seg` and `upi_features_union` → `segment_popularity` (`segment, product_id, rank, score, support_seg,
//! support_global, share, lift`). Supports count customers who bought the product at least once, in the segment and in
//! all. Ranked by lift shrunk towards 1, never by plain share: else every list is topped by bananas.
//! Memory: the segment of each customer, and one count a segment and product.

use std::{collections::HashMap, sync::Arc};

use arrow::{
    array::{ArrayRef, Float64Array, Int64Array},
    datatypes::{DataType, Field, Schema, SchemaRef},
    error::ArrowError,
    record_batch::RecordBatch,
};
use datafusion::error::DataFusionError;
use domain::manifest::Artefact;
use recsys::segment_popularity::{PRIOR_STRENGTH, RankParams, RankedProduct, SupportCounter};

use super::batches::{BATCH_ROWS, Reader, fold, model_error};
use crate::{context::StageContext, error::PipelineError, stage::Stage};

const STAGE: Stage = Stage::SegmentPopularity;

/// The segment of each customer, and how many customers each segment has.
#[derive(Debug, Default)]
struct Segments {
    of_user: HashMap<u32, u32>,
    sizes: Vec<u64>,
}

/// Counts, ranks and writes the lists.
pub async fn run(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    let settings = &context.settings().segment_popularity;
    let params = RankParams {
        top_n: settings.top_n,
        min_support: settings.min_support,
        min_support_share: settings.min_support_share,
        prior_strength: PRIOR_STRENGTH,
    };
    let segments = read_segments(context).await?;
    let counter = count_buyers(context, segments).await?;
    let lists = counter.rank(&params).map_err(model_error(STAGE))?;
    context.expect(Some(lists.len() as u64));
    let schema = schema();
    let batches = lists.chunks(BATCH_ROWS).map(|lists| batch(&schema, lists));
    let batches = batches.collect::<Result<Vec<_>, _>>().map_err(DataFusionError::from)?;
    let folder = context.table_folder("segment_popularity");
    Ok(vec![context.write_batches("recsys.segment_popularity", &folder, &schema, batches)?])
}

async fn read_segments(context: &StageContext) -> Result<Segments, PipelineError> {
    let session = context.session_with(&["user_seg"]).await?;
    let frame = session
        .sql("SELECT CAST(user_id AS BIGINT) AS user_id, CAST(segment AS BIGINT) AS segment FROM user_seg")
        .await?;
    let reader = Reader { stage: STAGE };
    fold(frame, Segments::default(), move |segments, batch| {
        let users = reader.whole_numbers(batch, "user_id")?;
        for (user, segment) in users.into_iter().zip(reader.whole_numbers(batch, "segment")?) {
            segments.of_user.insert(user, segment);
            let needed = segment as usize + 1;
            if segments.sizes.len() < needed {
                segments.sizes.resize(needed, 0);
            }
            if let Some(size) = segments.sizes.get_mut(segment as usize) {
                *size += 1;
            }
        }
        Ok(())
    })
    .await
}

async fn count_buyers(context: &StageContext, segments: Segments) -> Result<SupportCounter, PipelineError> {
    let session = context.session_with(&["upi_features_union"]).await?;
    let pairs = session
        .sql(
            "SELECT CAST(user_id AS BIGINT) AS user_id, CAST(product_id AS BIGINT) AS product_id \
             FROM upi_features_union",
        )
        .await?;
    let reader = Reader { stage: STAGE };
    let Segments { of_user, sizes } = segments;
    fold(pairs, SupportCounter::new(sizes), move |counter, batch| {
        let users = reader.whole_numbers(batch, "user_id")?;
        for (user, product) in users.into_iter().zip(reader.whole_numbers(batch, "product_id")?) {
            let segment = of_user.get(&user).copied().ok_or_else(|| PipelineError::Model {
                stage: STAGE,
                reason: format!("customer {user} has purchases but no segment: run the stage rfm again"),
            })?;
            counter.add(segment, product).map_err(model_error(STAGE))?;
        }
        Ok(())
    })
    .await
}

fn schema() -> SchemaRef {
    let integer = |name| Field::new(name, DataType::Int64, false);
    let float = |name| Field::new(name, DataType::Float64, false);
    Arc::new(Schema::new(vec![
        integer("segment"),
        integer("product_id"),
        integer("rank"),
        float("score"),
        integer("support_seg"),
        integer("support_global"),
        float("share"),
        float("lift"),
    ]))
}

fn batch(schema: &SchemaRef, lists: &[RankedProduct]) -> Result<RecordBatch, ArrowError> {
    let integers = |value: fn(&RankedProduct) -> i64| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(lists.iter().map(value)))
    };
    let floats = |value: fn(&RankedProduct) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(lists.iter().map(value)))
    };
    let columns = vec![
        integers(|p| i64::from(p.segment)),
        integers(|p| i64::from(p.product_id)),
        integers(|p| i64::from(p.rank)),
        floats(|p| p.popularity.score),
        integers(|p| p.support_seg.cast_signed()),
        integers(|p| p.support_global.cast_signed()),
        floats(|p| p.popularity.share),
        floats(|p| p.popularity.lift),
    ];
    RecordBatch::try_new(Arc::clone(schema), columns)
}
