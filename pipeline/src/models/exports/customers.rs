//! Customers with their segments, read from `user_seg`; and the segments as their means.

use std::sync::Arc;

use arrow::{
    array::{Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, StringArray},
    datatypes::{Field, Float64Type, Schema, SchemaRef},
    record_batch::RecordBatch,
};
use datafusion::error::DataFusionError;

use super::STAGE;
use crate::{
    context::StageContext,
    error::PipelineError,
    models::batches::{Reader, fold},
};

/// A row of `user_seg`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ExportedCustomer {
    pub(super) user_id: u32,
    pub(super) recency_days: Option<f64>,
    pub(super) recency_censored: Option<bool>,
    pub(super) frequency: u32,
    pub(super) monetary: Option<f64>,
    pub(super) z_recency: f64,
    pub(super) z_frequency: f64,
    pub(super) z_monetary: f64,
    pub(super) segment: u32,
    pub(super) segment_name: String,
}

impl ExportedCustomer {
    /// What segments are ordered by.
    pub(super) fn value(&self) -> f64 {
        self.z_frequency + self.z_monetary - self.z_recency
    }
}

/// A segment as the means of its customers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ExportedSegment {
    pub(super) segment: u32,
    pub(super) name: String,
    pub(super) customers: u64,
    /// Of all customers.
    pub(super) share: f64,
    /// Recency in days, frequency in orders, monetary in lines an order; `None` where nobody has the figure.
    pub(super) means: [Option<f64>; 3],
    /// Of the z-scores, in the same order.
    pub(super) z: [f64; 3],
}

/// All customers in order of id.
pub(super) async fn read(context: &StageContext) -> Result<Vec<ExportedCustomer>, PipelineError> {
    let session = context.session_with(&["user_seg"]).await?;
    let frame = session
        .sql(
            "SELECT CAST(user_id AS BIGINT) AS user_id, CAST(recency_days AS DOUBLE) AS recency_days, \
             CAST(recency_censored AS BOOLEAN) AS recency_censored, CAST(frequency AS BIGINT) AS frequency, \
             CAST(monetary AS DOUBLE) AS monetary, z_recency, z_frequency, z_monetary, \
             CAST(segment AS BIGINT) AS segment, CAST(segment_name AS VARCHAR) AS segment_name \
             FROM user_seg ORDER BY user_id",
        )
        .await?;
    fold(frame, Vec::new(), take).await
}

fn take(customers: &mut Vec<ExportedCustomer>, batch: &RecordBatch) -> Result<(), PipelineError> {
    let reader = Reader { stage: STAGE };
    let ids = reader.whole_numbers(batch, "user_id")?;
    let frequencies = reader.whole_numbers(batch, "frequency")?;
    let segments = reader.whole_numbers(batch, "segment")?;
    let float = |name| reader.column::<Float64Type>(batch, name);
    let (recency, monetary) = (float("recency_days")?, float("monetary")?);
    let z = [float("z_recency")?, float("z_frequency")?, float("z_monetary")?];
    let censored = batch.column_by_name("recency_censored").and_then(|column| column.as_boolean_opt());
    let names = reader.texts(batch, "segment_name")?;
    for (row, ((user_id, frequency), segment)) in ids.into_iter().zip(frequencies).zip(segments).enumerate() {
        let number = |column: &Float64Array| column.is_valid(row).then(|| column.value(row));
        customers.push(ExportedCustomer {
            user_id,
            recency_days: number(recency),
            recency_censored: censored.filter(|flags| flags.is_valid(row)).map(|flags| flags.value(row)),
            frequency,
            monetary: number(monetary),
            z_recency: number(z[0]).unwrap_or(0.0),
            z_frequency: number(z[1]).unwrap_or(0.0),
            z_monetary: number(z[2]).unwrap_or(0.0),
            segment,
            segment_name: names.get(row).cloned().unwrap_or_default(),
        });
    }
    Ok(())
}

/// The segments in order of their number.
pub(super) fn segments(customers: &[ExportedCustomer]) -> Vec<ExportedSegment> {
    let count = customers.iter().map(|customer| customer.segment as usize + 1).max().unwrap_or(0);
    let of = |segment: u32| customers.iter().filter(move |customer| customer.segment == segment);
    let mean =
        |values: Vec<f64>| (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64);
    let one = |segment: u32| {
        let first = of(segment).next()?;
        let size = of(segment).count() as u64;
        let z = |part: fn(&ExportedCustomer) -> f64| mean(of(segment).map(part).collect()).unwrap_or(0.0);
        Some(ExportedSegment {
            segment,
            name: first.segment_name.clone(),
            customers: size,
            share: size as f64 / customers.len() as f64,
            means: [
                mean(of(segment).filter_map(|customer| customer.recency_days).collect()),
                mean(of(segment).map(|customer| f64::from(customer.frequency)).collect()),
                mean(of(segment).filter_map(|customer| customer.monetary).collect()),
            ],
            z: [z(|c| c.z_recency), z(|c| c.z_frequency), z(|c| c.z_monetary)],
        })
    };
    (0..count as u32).filter_map(one).collect()
}

/// The customers at these positions as a table.
pub(super) fn table(
    customers: &[ExportedCustomer],
    positions: &[usize],
) -> Result<(SchemaRef, RecordBatch), PipelineError> {
    let rows: Vec<&ExportedCustomer> = positions.iter().filter_map(|at| customers.get(*at)).collect();
    let float = |of: fn(&ExportedCustomer) -> Option<f64>| -> ArrayRef {
        Arc::new(rows.iter().map(|row| of(row)).collect::<Float64Array>())
    };
    let integer = |of: fn(&ExportedCustomer) -> u32| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| i64::from(of(row)))))
    };
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("user_id", integer(|c| c.user_id)),
        ("segment", integer(|c| c.segment)),
        ("segment_name", Arc::new(StringArray::from_iter_values(rows.iter().map(|c| &c.segment_name)))),
        ("recency_days", float(|c| c.recency_days)),
        ("recency_censored", Arc::new(rows.iter().map(|c| c.recency_censored).collect::<BooleanArray>())),
        ("frequency", integer(|c| c.frequency)),
        ("monetary", float(|c| c.monetary)),
        ("value", float(|c| Some(c.value()))),
        ("z_recency", float(|c| Some(c.z_recency))),
        ("z_frequency", float(|c| Some(c.z_frequency))),
        ("z_monetary", float(|c| Some(c.z_monetary))),
    ];
    batch_of(columns)
}

/// The segments as a table.
pub(super) fn segment_table(segments: &[ExportedSegment]) -> Result<(SchemaRef, RecordBatch), PipelineError> {
    let mean = |at: usize| -> ArrayRef {
        Arc::new(segments.iter().map(|s| s.means.get(at).copied().flatten()).collect::<Float64Array>())
    };
    let z = |at: usize| -> ArrayRef {
        Arc::new(segments.iter().map(|s| s.z.get(at).copied()).collect::<Float64Array>())
    };
    let sizes = segments.iter().map(|s| s.customers.cast_signed());
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("segment", Arc::new(Int64Array::from_iter_values(segments.iter().map(|s| i64::from(s.segment))))),
        ("segment_name", Arc::new(StringArray::from_iter_values(segments.iter().map(|s| &s.name)))),
        ("customers", Arc::new(Int64Array::from_iter_values(sizes))),
        ("share", Arc::new(Float64Array::from_iter_values(segments.iter().map(|s| s.share)))),
        ("mean_recency_days", mean(0)),
        ("mean_frequency", mean(1)),
        ("mean_monetary", mean(2)),
        ("z_recency", z(0)),
        ("z_frequency", z(1)),
        ("z_monetary", z(2)),
    ];
    batch_of(columns)
}

/// Named columns as a batch.
pub(super) fn batch_of(columns: Vec<(&str, ArrayRef)>) -> Result<(SchemaRef, RecordBatch), PipelineError> {
    let fields: Vec<Field> =
        columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true)).collect();
    let schema: SchemaRef = Arc::new(Schema::new(fields));
    let arrays = columns.into_iter().map(|(_, column)| column).collect();
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays).map_err(DataFusionError::from)?;
    Ok((schema, batch))
}
