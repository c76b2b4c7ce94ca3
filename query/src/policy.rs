//! The row policy, put into the tables themselves.
//!
//! A session is planned against a `PolicySchema`: it is the only place where names become tables, and what it hands
//! out for a customer table already holds the policy. For a shopper that is an `OwnRowsTable`, whose every scan
//! carries `user_id = <theirs>`; for a guest there is no such table. Whatever a statement does afterwards (joins,
//! subqueries, aliases, `OR true`) happens above the scan, so no text has to be understood or rewritten.

mod barrier;

use std::{collections::BTreeMap, sync::Arc};

use arrow::datatypes::{DataType, SchemaRef};
use async_trait::async_trait;
use datafusion::{
    catalog::{SchemaProvider, Session, TableProvider},
    common::ScalarValue,
    error::{DataFusionError, Result as DfResult},
    logical_expr::{Expr, Operator, TableProviderFilterPushDown, TableType},
    physical_expr::expressions::{BinaryExpr, Column as PhysicalColumn, Literal},
    physical_plan::{ExecutionPlan, filter::FilterExecBuilder},
};
use domain::{ids::UserId, principal::RowPolicy};

use self::barrier::PolicyBarrier;
use crate::tables::CUSTOMER_COLUMN;

/// An opened table and whose rows it holds.
#[derive(Debug, Clone)]
pub(crate) struct OpenTable {
    pub(crate) provider: Arc<dyn TableProvider>,
    pub(crate) rows: u64,
    pub(crate) customer_rows: bool,
}

/// The tables of a run by their SQL names.
pub(crate) type OpenTables = BTreeMap<String, OpenTable>;

/// The tables as they exist for one policy.
#[derive(Debug)]
pub(crate) struct PolicySchema {
    tables: Arc<OpenTables>,
    policy: RowPolicy,
}

impl PolicySchema {
    pub(crate) fn new(tables: Arc<OpenTables>, policy: RowPolicy) -> Self {
        Self { tables, policy }
    }
}

/// Whether a table exists at all for a policy.
pub(crate) fn is_visible(table: &OpenTable, policy: RowPolicy) -> bool {
    !table.customer_rows || policy != RowPolicy::NoCustomer
}

#[async_trait]
impl SchemaProvider for PolicySchema {
    fn table_names(&self) -> Vec<String> {
        self.tables
            .iter()
            .filter(|(_, table)| is_visible(table, self.policy))
            .map(|(name, _)| name.clone())
            .collect()
    }

    async fn table(&self, name: &str) -> DfResult<Option<Arc<dyn TableProvider>>> {
        let Some(table) = self.tables.get(name) else { return Ok(None) };
        match (table.customer_rows, self.policy) {
            (false, _) | (true, RowPolicy::AllCustomers) => Ok(Some(Arc::clone(&table.provider))),
            (true, RowPolicy::OwnRows(user)) => {
                Ok(Some(Arc::new(OwnRowsTable::new(Arc::clone(&table.provider), user)?)))
            }
            (true, RowPolicy::NoCustomer) => Ok(None),
        }
    }

    fn table_exist(&self, name: &str) -> bool {
        self.tables.get(name).is_some_and(|table| is_visible(table, self.policy))
    }
}

/// A customer table of which one customer's rows exist.
#[derive(Debug)]
struct OwnRowsTable {
    inner: Arc<dyn TableProvider>,
    customer_column: usize,
    user: ScalarValue,
}

impl OwnRowsTable {
    fn new(inner: Arc<dyn TableProvider>, user: UserId) -> DfResult<Self> {
        let schema = inner.schema();
        let customer_column = schema.index_of(CUSTOMER_COLUMN)?;
        let user =
            ScalarValue::Int64(Some(i64::from(user.0))).cast_to(schema.field(customer_column).data_type())?;
        Ok(Self { inner, customer_column, user })
    }
}

#[async_trait]
impl TableProvider for OwnRowsTable {
    fn schema(&self) -> SchemaRef {
        self.inner.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let wanted = projection.cloned().unwrap_or_else(|| (0..self.schema().fields().len()).collect());
        let mut scanned = wanted.clone();
        let customer_at =
            scanned.iter().position(|column| *column == self.customer_column).unwrap_or_else(|| {
                scanned.push(self.customer_column);
                scanned.len() - 1
            });
        // Nothing of the statement below the policy's filter: a limit would count other customers' rows, a condition
        // could fail on them.
        let rows = self.inner.scan(state, Some(&scanned), &[], None).await?;
        let own = BinaryExpr::new(
            Arc::new(PhysicalColumn::new(CUSTOMER_COLUMN, customer_at)),
            Operator::Eq,
            Arc::new(Literal::new(self.user.clone())),
        );
        let shown = (scanned.len() != wanted.len()).then(|| (0..wanted.len()).collect());
        let own_rows = FilterExecBuilder::new(Arc::new(own), rows).apply_projection(shown)?.build()?;
        Ok(Arc::new(PolicyBarrier::new(Arc::new(own_rows))))
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DfResult<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Unsupported; filters.len()])
    }
}

/// Refuses a customer table without an integer customer column: it could not be held to a policy.
pub(crate) fn check_customer_column(schema: &SchemaRef) -> DfResult<()> {
    let field = schema.field_with_name(CUSTOMER_COLUMN)?;
    if matches!(field.data_type(), DataType::Int64 | DataType::UInt64 | DataType::Int32 | DataType::UInt32) {
        return Ok(());
    }
    Err(DataFusionError::Plan(format!(
        "the column {CUSTOMER_COLUMN} is {}, it must be an integer",
        field.data_type()
    )))
}
