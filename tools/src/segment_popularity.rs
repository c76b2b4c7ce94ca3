//! `segment_popularity`: what the customers of a segment buy, by lift or by share.
//!
//! Lift tells a segment from the others (the published, shrunk order); share is the plain part of its customers who
//! bought the product. Staff see every segment, a shopper their own.

use async_trait::async_trait;
use domain::{
    answer::ProductItem,
    ids::ProductId,
    principal::Role,
    table::{ColumnType, Table},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    contract::{ToolContext, ToolError, ToolOutput, TypedTool},
    product_rows::{product_columns, product_item, product_row, row_limit},
    run::Segment,
    segments,
    sql::{Statement, read},
};

/// What products of a segment are ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SegmentOrder {
    /// How much more often than customers at large, shrunk where there are few buyers.
    #[default]
    Lift,
    /// The part of the segment's customers who bought it.
    Share,
}

/// Arguments of `segment_popularity`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SegmentPopularityArgs {
    /// The segment by name or id; left out, the segment of the one who asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// What to rank by; lift when left out.
    #[serde(default)]
    pub by: SegmentOrder,
    /// Products at most, 1 to 50; 10 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 50))]
    pub limit: Option<u32>,
}

/// The tool.
#[derive(Debug, Clone, Copy, Default)]
pub struct SegmentPopularity;

#[async_trait]
impl TypedTool for SegmentPopularity {
    type Args = SegmentPopularityArgs;

    const NAME: &'static str = "segment_popularity";
    const DESCRIPTION: &'static str = "The products that a customer segment favours, ranked by lift over customers at \
        large or by the share of the segment's customers who bought them.";
    const ROLES: &'static [Role] = &[Role::Shopper, Role::Analyst, Role::Admin];

    async fn run(&self, context: &ToolContext, args: SegmentPopularityArgs) -> Result<ToolOutput, ToolError> {
        let limit = row_limit(args.limit, 10, 50)?;
        let segment = segment(context, args.segment.as_deref()).await?;
        let order = match args.by {
            SegmentOrder::Lift => "rank, product_id",
            SegmentOrder::Share => "share DESC, rank, product_id",
        };
        let statement = Statement::new(
            format!(
                "SELECT product_id, score, share, lift, support_seg, support_global FROM segment_popularity \
                 WHERE segment = $1 ORDER BY {order}"
            ),
            vec![segment.id.into()],
        );
        let rows = read(context, &statement).await?;
        Ok(output(context, segment, args.by, &statement, &rows, limit))
    }
}

/// The segment that is meant, if whoever asks may see it.
async fn segment<'c>(context: &'c ToolContext, name: Option<&str>) -> Result<&'c Segment, ToolError> {
    let named = name.map(|name| segments::resolve(&context.run.segments, name)).transpose()?;
    let own = match context.principal.user_id() {
        // Staff who name a segment need no look at their own.
        Some(user_id) if named.is_none() || !context.principal.role().is_staff() => {
            segments::of_customer(context, user_id).await?
        }
        _ => None,
    };
    segments::check_access(&context.principal, named, own)?;
    named.or(own).ok_or_else(|| match context.principal.user_id() {
        Some(user_id) => {
            ToolError::NotFound { what: format!("segment of customer {user_id}"), nearest: Vec::new() }
        }
        None => ToolError::InvalidArguments("segment is missing: give its name or id".to_owned()),
    })
}

fn output(
    context: &ToolContext,
    segment: &Segment,
    by: SegmentOrder,
    statement: &Statement,
    rows: &Table,
    limit: usize,
) -> ToolOutput {
    let catalogue = &context.run.catalogue;
    let mut table = Table::new(product_columns(
        &[
            ("rank", ColumnType::Integer),
            ("segment", ColumnType::Integer),
            ("segment_name", ColumnType::String),
        ],
        &[
            ("score", ColumnType::Number),
            ("share", ColumnType::Number),
            ("lift", ColumnType::Number),
            ("support_seg", ColumnType::Integer),
            ("support_global", ColumnType::Integer),
        ],
    ));
    let mut products = Vec::new();
    for row in 0..rows.rows.len() {
        if table.rows.len() == limit {
            break;
        }
        let id = rows.integer(row, "product_id").and_then(|id| u32::try_from(id).ok());
        let Some(product) = id.and_then(|id| catalogue.product(ProductId(id))) else { continue };
        if !context.run.merchandising.allows(&context.principal, product) {
            continue;
        }
        let cell = |column: &str| rows.cell(row, column).cloned().unwrap_or(Value::Null);
        let before = [json!(table.rows.len() + 1), json!(segment.id), json!(segment.name)];
        let behind = ["score", "share", "lift", "support_seg", "support_global"].map(cell);
        table.rows.push(product_row(catalogue, before, product, behind));
        let (column, kind) = match by {
            SegmentOrder::Lift => ("score", "lift"),
            SegmentOrder::Share => ("share", "share"),
        };
        products.push(ProductItem {
            score: rows.number(row, column),
            score_kind: Some(kind.to_owned()),
            ..product_item(catalogue, product)
        });
    }
    ToolOutput {
        products,
        sql: Some(statement.sql.clone()),
        parameters: statement.json_parameters(),
        ..ToolOutput::table(table, context.run.engine.name())
    }
}
