//! `similar_customers`: whose taste is like one customer's, by the cosine of ALS factors. Staff only.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    answer::Note,
    ids::UserId,
    principal::Role,
    table::{ColumnType, Table},
};
use query::SqlValue;
use recsys::als::Scored;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    contract::{ToolContext, ToolError, ToolOutput, TypedTool},
    customer,
    factors::{self, Measure},
    product_rows::{columns, row_limit},
    sql::{Statement, placeholders, read},
};

/// Arguments of `similar_customers`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SimilarCustomersArgs {
    /// The customer's id, from 1; left out, the one who asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub user_id: Option<u32>,
    /// Customers at most, 1 to 50; 10 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 50))]
    pub limit: Option<u32>,
}

/// The tool.
#[derive(Debug, Clone, Copy, Default)]
pub struct SimilarCustomers;

const COLUMNS: [(&str, ColumnType); 5] = [
    ("rank", ColumnType::Integer),
    ("user_id", ColumnType::Integer),
    ("similarity", ColumnType::Number),
    ("segment_name", ColumnType::String),
    ("shared_products", ColumnType::Integer),
];

#[async_trait]
impl TypedTool for SimilarCustomers {
    type Args = SimilarCustomersArgs;

    const NAME: &'static str = "similar_customers";
    const DESCRIPTION: &'static str = "The customers whose taste is most like one customer's (cosine of ALS factors), \
        with their segment and how many products both have bought.";
    const ROLES: &'static [Role] = &[Role::Analyst, Role::Admin];

    async fn run(&self, context: &ToolContext, args: SimilarCustomersArgs) -> Result<ToolOutput, ToolError> {
        let limit = row_limit(args.limit, 10, 50)?;
        let user_id = customer::subject(&context.principal, args.user_id)?;
        let neighbours = neighbours(context, user_id, limit).await?;
        let ids: Vec<u32> = neighbours.iter().map(|scored| scored.id).collect();
        let statement = details_statement(user_id, &ids, !context.run.segments.is_empty());
        let details = if ids.is_empty() { Table::default() } else { read(context, &statement).await? };
        let mut table = Table::new(columns(&COLUMNS));
        for (position, scored) in neighbours.iter().enumerate() {
            let row = (0..details.rows.len())
                .find(|row| details.integer(*row, "user_id") == Some(i64::from(scored.id)));
            let cell = |column| row.and_then(|row| details.cell(row, column)).cloned();
            table.rows.push(vec![
                json!(position + 1),
                json!(scored.id),
                json!(f64::from(scored.score)),
                cell("segment_name").unwrap_or(Value::Null),
                cell("shared_products").unwrap_or_else(|| json!(0)),
            ]);
        }
        let text = "Similarity is the cosine of ALS factors, −1 to 1; it is no probability.";
        Ok(ToolOutput {
            parameters: statement.json_parameters(),
            sql: (!ids.is_empty()).then_some(statement.sql),
            notes: vec![Note::new("definition", text)],
            ..ToolOutput::table(table, "models")
        })
    }
}

async fn neighbours(context: &ToolContext, user_id: UserId, limit: usize) -> Result<Vec<Scored>, ToolError> {
    let table = context.run.user_factors.as_ref().ok_or_else(|| factors::unavailable("any customer"))?;
    let Some(own) = table.get(user_id.0) else {
        let known = customer::exists(context, user_id).await?;
        let unknown = customer::unknown_customer(user_id);
        return Err(if known { factors::unavailable("this customer") } else { unknown });
    };
    let others = move |id: u32| id != user_id.0;
    factors::nearest(Arc::clone(table), own.to_vec(), Measure::Cosine, limit, others).await
}

/// Segment and shared products of the neighbours. A run without models of segments has no `user_seg`.
fn details_statement(user_id: UserId, ids: &[u32], has_segments: bool) -> Statement {
    let list = placeholders(2, ids.len());
    let shared = format!(
        "SELECT o.user_id, COUNT(*) AS shared_products FROM upi_features_union m \
         JOIN upi_features_union o ON o.product_id = m.product_id \
         WHERE m.user_id = $1 AND o.user_id IN ({list}) GROUP BY o.user_id"
    );
    let sql = if has_segments {
        format!(
            "SELECT s.user_id, s.segment_name, COALESCE(h.shared_products, 0) AS shared_products \
             FROM user_seg s LEFT JOIN ({shared}) h ON h.user_id = s.user_id WHERE s.user_id IN ({list})"
        )
    } else {
        shared
    };
    let mut parameters = vec![SqlValue::from(user_id.0)];
    parameters.extend(ids.iter().map(|id| SqlValue::from(*id)));
    Statement::new(sql, parameters)
}
