//! The gaps between orders of all customers, as the kernels of hazards and imputation take them.
//!
//! `order_facts` (in order of customer and order number) → [`OrderGaps`]: about 8 bytes an order, 32 a customer.
//! A first order has no gap; a later order without one (cleaning leaves none) is counted and left out.

use arrow::{
    array::Array,
    datatypes::{Float64Type, Int64Type},
    record_batch::RecordBatch,
};
use recsys::hazard::{GapTable, gaps::CENSORED_AT};

use super::batches::{Reader, fold, model_error};
use crate::{context::StageContext, error::PipelineError};

/// What is known of a customer beside the gaps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CustomerOrders {
    pub(super) user_id: u32,
    /// Lines of all orders.
    pub(super) lines: u64,
    /// Orders that have lines.
    pub(super) orders_with_lines: u32,
}

impl CustomerOrders {
    /// Mean lines of the orders that have some.
    pub(super) fn mean_basket(&self) -> Option<f64> {
        (self.orders_with_lines > 0).then(|| self.lines as f64 / f64::from(self.orders_with_lines))
    }
}

/// All customers, by id.
#[derive(Debug, Clone, Default)]
pub(super) struct OrderGaps {
    pub(super) customers: Vec<CustomerOrders>,
    /// Of the same customers.
    pub(super) gaps: GapTable,
    /// The order that ends each gap of [`GapTable::gaps`].
    pub(super) order_ids: Vec<u32>,
    /// Orders after a customer's first one that have no gap.
    pub(super) missing: u64,
    /// Gaps of the customer whose orders are being read.
    pending: Vec<u8>,
}

/// Reads all gaps of the run.
pub(super) async fn read_gaps(context: &StageContext) -> Result<OrderGaps, PipelineError> {
    let session = context.session_with(&["order_facts"]).await?;
    let orders = session
        .sql(
            "SELECT CAST(user_id AS BIGINT) AS user_id, CAST(order_id AS BIGINT) AS order_id, \
             CAST(order_number AS BIGINT) AS order_number, \
             CAST(days_since_prior_order AS DOUBLE) AS days, CAST(size AS BIGINT) AS size \
             FROM order_facts ORDER BY user_id, order_number",
        )
        .await?;
    let stage = context.stage();
    let mut read =
        fold(orders, OrderGaps::default(), move |read, batch| take(read, batch, Reader { stage })).await?;
    read.finish_customer().map_err(model_error(stage))?;
    Ok(read)
}

fn take(read: &mut OrderGaps, batch: &RecordBatch, reader: Reader) -> Result<(), PipelineError> {
    let users = reader.whole_numbers(batch, "user_id")?;
    let orders = reader.whole_numbers(batch, "order_id")?;
    let numbers = reader.whole_numbers(batch, "order_number")?;
    let days = reader.column::<Float64Type>(batch, "days")?;
    let sizes = reader.column::<Int64Type>(batch, "size")?;
    for (row, ((user_id, order_id), number)) in users.into_iter().zip(orders).zip(numbers).enumerate() {
        if read.customers.last().map(|customer| customer.user_id) != Some(user_id) {
            read.finish_customer().map_err(model_error(reader.stage))?;
            read.customers.push(CustomerOrders { user_id, lines: 0, orders_with_lines: 0 });
        }
        if let Some(customer) = read.customers.last_mut().filter(|_| sizes.is_valid(row)) {
            customer.lines += sizes.value(row).unsigned_abs();
            customer.orders_with_lines += 1;
        }
        if days.is_valid(row) {
            // Cleaning keeps days of 0 to 30; a part of a day that is over does not make another.
            read.pending.push(days.value(row).clamp(0.0, f64::from(CENSORED_AT)) as u8);
            read.order_ids.push(order_id);
        } else if number > 1 {
            read.missing += 1;
        }
    }
    Ok(())
}

impl OrderGaps {
    fn finish_customer(&mut self) -> Result<(), recsys::RecsysError> {
        if self.gaps.len() < self.customers.len() {
            self.gaps.push(&self.pending)?;
            self.pending.clear();
        }
        Ok(())
    }
}
