//! An order as the stream carries it: the order's own row, and its lines.

use domain::ids::{OrderId, ProductId, UserId};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// The tag of the one schema that this build knows.
pub const ORDER_SCHEMA: &str = "insightflow.order.v1";

/// Bytes of an event, at most: what Kinesis takes in one record.
pub const MAX_EVENT_BYTES: usize = 1 << 20;

/// The gap that stands for itself and everything above it.
pub const CENSORED_DAYS: f64 = 30.0;

/// One order, normalised: the [`transformer`](super::transformer) makes it, nobody else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderEvent {
    /// [`ORDER_SCHEMA`].
    pub schema: String,
    /// Of the event, not of the order: the same event delivered twice has it twice.
    pub event_id: String,
    /// The shop's id of the order.
    pub order_id: OrderId,
    /// The customer.
    pub user_id: UserId,
    /// The customer's first order is 1.
    pub order_number: u32,
    /// Day of the week, 0 to 6.
    pub order_dow: u8,
    /// 0 to 23.
    pub order_hour_of_day: u8,
    /// Days, 0 to 30; 30 means 30 or more. `None` on a first order.
    pub days_since_prior_order: Option<f64>,
    /// What was bought.
    pub lines: Vec<EventLine>,
    /// When the shop says that it happened, RFC 3339.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emitted_at: Option<String>,
}

/// One line of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventLine {
    /// The product.
    pub product_id: ProductId,
    /// Position in the basket, from 1.
    pub add_to_cart_order: u32,
    /// 1 where the customer bought the product before, else 0.
    pub reordered: u8,
}

impl OrderEvent {
    /// Tells two orders apart, whichever events carry them.
    pub fn content_hash(&self) -> u64 {
        let order = Self { event_id: String::new(), emitted_at: None, ..self.clone() };
        // Plain structs without maps always become JSON.
        xxh3_64(&serde_json::to_vec(&order).unwrap_or_default())
    }
}

/// The 128 bits that stand for an event id in the index of what landed.
pub fn event_key(event_id: &str) -> u128 {
    xxh3_128(event_id.as_bytes())
}
