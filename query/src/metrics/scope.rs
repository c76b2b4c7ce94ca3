//! What a metric statement may read: whose rows, and which rollups there are.
//!
//! Rollups are aggregates over all customers, summed up before any policy. An answer over one customer's rows must never
//! be made of them, so a scope knows of rollups only where its policy sees every customer.

use config::semantic::Rollup;
use domain::principal::RowPolicy;

use crate::sql::{SqlEngine, TableInfo};

/// The table that has a column for each name that no two aisles, departments or products share.
const UNIQUE_NAMES: &str = "unique_names";

/// A row policy, and the tables that may hold rollups under it.
#[derive(Debug, Clone, PartialEq)]
pub struct Scope {
    policy: RowPolicy,
    tables: Vec<TableInfo>,
}

impl Scope {
    /// The scope of whoever has that policy, over the tables of an engine. A run of an older build has no rollups, or
    /// some of them, or without some columns: what is not there is not read.
    pub fn of(engine: &dyn SqlEngine, policy: RowPolicy) -> Self {
        let tables = match policy {
            RowPolicy::AllCustomers => engine.tables(policy),
            RowPolicy::OwnRows(_) | RowPolicy::NoCustomer => Vec::new(),
        };
        Self { policy, tables }
    }

    /// The scope of whoever has that policy, without any rollup.
    pub fn without_rollups(policy: RowPolicy) -> Self {
        Self { policy, tables: Vec::new() }
    }

    /// Whose rows there are.
    pub fn policy(&self) -> RowPolicy {
        self.policy
    }

    /// The table that holds a rollup, as it stands in the run; `None` where it must not or cannot be read.
    pub(super) fn rollup(&self, rollup: &Rollup) -> Option<&TableInfo> {
        self.tables.iter().find(|table| table.name == rollup.table())
    }

    /// Whether no two have the same name, where a dimension is a name; a run of an older build does not say.
    pub(super) fn is_unique(&self, dimension: &str) -> bool {
        let names = self.tables.iter().find(|table| table.name == UNIQUE_NAMES);
        names.is_some_and(|names| names.columns.iter().any(|column| column.name == dimension))
    }
}
