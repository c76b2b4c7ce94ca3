//! Stage `segment_popularity`: what each segment buys more than customers at large.
//!
//! `user_seg` and `upi_features_union` → `segment_popularity` and `segment_share`, both with the columns `segment,
//! product_id, rank, score, support_seg, support_global, share, lift`. Supports count customers who bought the product at
//! least once, in the segment and in all. The former is ranked by lift shrunk towards 1 (the lower one of customers and
//! orders) and holds what sets a segment apart; the latter by plain share, and everybody's favourites top most lists.
//! They are two tables because few products are in both, and who reads the first needs no condition.
//! Memory: the segment of each customer, and one count a segment and product.

use std::{collections::HashMap, sync::Arc};

use arrow::{
    array::{ArrayRef, Float64Array, Int64Array},
    datatypes::{DataType, Field, Schema, SchemaRef},
    error::ArrowError,
    record_batch::RecordBatch,
};
use config::pipeline::PipelineSettings;
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
    orders: Vec<u64>,
}

/// What shapes the lists.
pub(super) fn rank_params(settings: &PipelineSettings) -> RankParams {
    let chosen = &settings.segment_popularity;
    RankParams {
        top_n: chosen.top_n,
        min_support: chosen.min_support,
        min_support_share: chosen.min_support_share,
        prior_strength: PRIOR_STRENGTH,
    }
}

/// Counts, ranks and writes the lists.
pub async fn run(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    let params = rank_params(context.settings());
    let segments = read_segments(context).await?;
    let counter = count_buyers(context, segments).await?;
    let by_lift = counter.rank(&params).map_err(model_error(STAGE))?;
    let by_share = counter.rank_by_share(&params).map_err(model_error(STAGE))?;
    context.expect(Some((by_lift.len() + by_share.len()) as u64));
    Ok(vec![write(context, "segment_popularity", &by_lift)?, write(context, "segment_share", &by_share)?])
}

fn write(context: &StageContext, table: &str, lists: &[RankedProduct]) -> Result<Artefact, PipelineError> {
    let schema = schema();
    let batches = lists.chunks(BATCH_ROWS).map(|lists| batch(&schema, lists));
    let batches = batches.collect::<Result<Vec<_>, _>>().map_err(DataFusionError::from)?;
    context.write_batches(&format!("recsys.{table}"), &context.table_folder(table), &schema, batches)
}

async fn read_segments(context: &StageContext) -> Result<Segments, PipelineError> {
    let session = context.session_with(&["user_seg"]).await?;
    let frame = session
        .sql(
            "SELECT CAST(user_id AS BIGINT) AS user_id, CAST(segment AS BIGINT) AS segment, \
             CAST(frequency AS BIGINT) AS frequency FROM user_seg",
        )
        .await?;
    let reader = Reader { stage: STAGE };
    fold(frame, Segments::default(), move |segments, batch| {
        let users = reader.whole_numbers(batch, "user_id")?;
        let of_users = reader.whole_numbers(batch, "segment")?;
        let orders = reader.whole_numbers(batch, "frequency")?;
        for ((user, segment), orders) in users.into_iter().zip(of_users).zip(orders) {
            segments.of_user.insert(user, segment);
            let needed = segment as usize + 1;
            if segments.sizes.len() < needed {
                segments.sizes.resize(needed, 0);
                segments.orders.resize(needed, 0);
            }
            let at = segment as usize;
            if let Some((size, sum)) = segments.sizes.get_mut(at).zip(segments.orders.get_mut(at)) {
                *size += 1;
                *sum += u64::from(orders);
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
            "SELECT CAST(user_id AS BIGINT) AS user_id, CAST(product_id AS BIGINT) AS product_id, \
             CAST(total_orders AS BIGINT) AS total_orders FROM upi_features_union",
        )
        .await?;
    let reader = Reader { stage: STAGE };
    let Segments { of_user, sizes, orders } = segments;
    let counter = SupportCounter::with_orders(sizes, orders).map_err(model_error(STAGE))?;
    fold(pairs, counter, move |counter, batch| {
        let users = reader.whole_numbers(batch, "user_id")?;
        let products = reader.whole_numbers(batch, "product_id")?;
        let orders = reader.whole_numbers(batch, "total_orders")?;
        for ((user, product), orders) in users.into_iter().zip(products).zip(orders) {
            let segment = of_user.get(&user).copied().ok_or_else(|| PipelineError::Model {
                stage: STAGE,
                reason: format!("customer {user} has purchases but no segment: run the stage rfm again"),
            })?;
            counter.add_orders(segment, product, orders).map_err(model_error(STAGE))?;
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
