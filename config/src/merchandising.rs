//! `[merchandising]`: rules of the shop. They hold in every tool that returns products.

use serde::{Deserialize, Serialize};

/// Settings of `[merchandising]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MerchandisingSettings {
    /// Products that are never shown.
    pub exclude_products: Vec<u32>,
    /// Products that stand first in recommendations and popularity, in this order.
    pub pin_products: Vec<u32>,
    /// Departments (by name) whose products guests do not see.
    pub age_restricted_departments: Vec<String>,
}
