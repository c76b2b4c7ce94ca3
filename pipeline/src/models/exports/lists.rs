//! The lists of segments with the names of products and segments, from `segment_popularity` and `segment_share`.

use std::{collections::BTreeMap, sync::Arc};

use arrow::{
    array::{ArrayRef, Float64Array, Int64Array, StringArray},
    datatypes::{Float64Type, SchemaRef},
    record_batch::RecordBatch,
};

use super::{
    STAGE,
    customers::{ExportedCustomer, batch_of},
};
use crate::{
    context::StageContext,
    error::PipelineError,
    models::batches::{Reader, fold},
};

/// A line of a list.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) segment: u32,
    pub(super) segment_name: String,
    /// `lift` or `share`.
    pub(super) ranked_by: &'static str,
    pub(super) rank: u32,
    pub(super) product_id: u32,
    pub(super) product_name: String,
    pub(super) support_seg: u32,
    pub(super) support_global: u32,
    pub(super) share: f64,
    pub(super) lift: f64,
}

/// Both lists of every segment, by segment, list and rank.
pub(super) async fn read(
    context: &StageContext,
    customers: &[ExportedCustomer],
) -> Result<Vec<Entry>, PipelineError> {
    let names: BTreeMap<u32, String> =
        customers.iter().map(|customer| (customer.segment, customer.segment_name.clone())).collect();
    let mut entries = Vec::new();
    for (table, ranked_by) in [("segment_popularity", "lift"), ("segment_share", "share")] {
        let session = context.session_with(&[table, "products"]).await?;
        let frame = session
            .sql(&format!(
                "SELECT l.segment, l.rank, l.product_id, p.product_name, l.support_seg, l.support_global, l.share, l.lift \
                 FROM {table} l LEFT JOIN products p ON l.product_id = p.product_id ORDER BY l.segment, l.rank"
            ))
            .await?;
        let names = names.clone();
        entries = fold(frame, entries, move |entries, batch| take(entries, batch, ranked_by, &names)).await?;
    }
    entries.sort_by_key(|entry| (entry.segment, entry.ranked_by, entry.rank));
    Ok(entries)
}

fn take(
    entries: &mut Vec<Entry>,
    batch: &RecordBatch,
    ranked_by: &'static str,
    names: &BTreeMap<u32, String>,
) -> Result<(), PipelineError> {
    let reader = Reader { stage: STAGE };
    let whole = |name| reader.whole_numbers(batch, name);
    let (segments, ranks, products) = (whole("segment")?, whole("rank")?, whole("product_id")?);
    let (in_segment, in_all) = (whole("support_seg")?, whole("support_global")?);
    let (share, lift) =
        (reader.column::<Float64Type>(batch, "share")?, reader.column::<Float64Type>(batch, "lift")?);
    let product_names = reader.texts(batch, "product_name")?;
    for (row, segment) in segments.into_iter().enumerate() {
        let at = |numbers: &[u32]| numbers.get(row).copied().unwrap_or_default();
        entries.push(Entry {
            segment,
            segment_name: names.get(&segment).cloned().unwrap_or_default(),
            ranked_by,
            rank: at(&ranks),
            product_id: at(&products),
            product_name: product_names.get(row).cloned().unwrap_or_default(),
            support_seg: at(&in_segment),
            support_global: at(&in_all),
            share: share.value(row),
            lift: lift.value(row),
        });
    }
    Ok(())
}

/// The lists as a table.
pub(super) fn table(entries: &[Entry]) -> Result<(SchemaRef, RecordBatch), PipelineError> {
    let integer = |of: fn(&Entry) -> u32| -> ArrayRef {
        Arc::new(Int64Array::from_iter_values(entries.iter().map(|entry| i64::from(of(entry)))))
    };
    let text = |of: fn(&Entry) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(entries.iter().map(of)))
    };
    let float = |of: fn(&Entry) -> f64| -> ArrayRef {
        Arc::new(Float64Array::from_iter_values(entries.iter().map(of)))
    };
    batch_of(vec![
        ("segment", integer(|e| e.segment)),
        ("segment_name", text(|e| &e.segment_name)),
        ("ranked_by", text(|e| e.ranked_by)),
        ("rank", integer(|e| e.rank)),
        ("product_id", integer(|e| e.product_id)),
        ("product_name", text(|e| &e.product_name)),
        ("support_seg", integer(|e| e.support_seg)),
        ("support_global", integer(|e| e.support_global)),
        ("share", float(|e| e.share)),
        ("lift", float(|e| e.lift)),
    ])
}
