//! A SQL function that says whether a key exists in a silver table of the catalogue.
//!
//! The catalogue is small and does not grow with the orders, so its keys are held in memory; a join would sort the
//! order lines by product only to ask this.

use std::{collections::HashSet, sync::Arc};

use arrow::{
    array::{AsArray, BooleanArray},
    datatypes::{DataType, Int64Type},
};
use datafusion::{
    error::DataFusionError,
    logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf},
};
use futures::StreamExt;

use crate::{context::StageContext, error::PipelineError};

/// Reads the keys of a silver table and makes `known_<what>(id) → boolean` of them; null is not known.
pub async fn known_ids(
    context: &StageContext,
    what: &str,
    table: &str,
    key: &str,
) -> Result<ScalarUDF, PipelineError> {
    let session = context.session_with(&[table]).await?;
    let mut keys = session.sql(&format!("SELECT {key} FROM {table}")).await?.execute_stream().await?;
    let mut ids = HashSet::new();
    while let Some(batch) = keys.next().await {
        let batch = batch?;
        ids.extend(batch.column(0).as_primitive::<Int64Type>().iter().flatten());
    }
    let name = format!("known_{what}");
    Ok(create_udf(
        &name,
        vec![DataType::Int64],
        DataType::Boolean,
        Volatility::Immutable,
        Arc::new(move |arguments: &[ColumnarValue]| contains(&ids, arguments)),
    ))
}

fn contains(ids: &HashSet<i64>, arguments: &[ColumnarValue]) -> Result<ColumnarValue, DataFusionError> {
    let arrays = ColumnarValue::values_to_arrays(arguments)?;
    let array = arrays
        .first()
        .and_then(|array| array.as_primitive_opt::<Int64Type>())
        .ok_or_else(|| DataFusionError::Execution("one integer argument expected".to_owned()))?;
    let known: BooleanArray = array.iter().map(|id| Some(id.is_some_and(|id| ids.contains(&id)))).collect();
    Ok(ColumnarValue::Array(Arc::new(known)))
}
