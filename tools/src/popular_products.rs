//! `popular_products`: what all customers buy most, overall, in an aisle or department, at some hours or on a weekday.
//!
//! Overall and by aisle or department it comes from the catalogue in memory (`product_features_union`). By hour or day
//! it needs the lines of all customers, which the row policy hides from shoppers and guests: one fixed statement,
//! whose rows hold a product and a count and no customer, runs before the policy, and a product is listed only where at
//! least [`MIN_CUSTOMERS`] customers stand behind its row. No argument changes the statement, only its bound values.

use async_trait::async_trait;
use domain::{
    answer::{Note, ProductItem},
    ids::ProductId,
    principal::{Role, RowPolicy},
    table::{ColumnType, Table},
};
use query::SqlValue;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    catalogue::Product,
    contract::{ToolContext, ToolError, ToolOutput, TypedTool},
    product_rows::{product_columns, product_item, product_row, row_limit},
    selection::{Narrowing, Selection},
    sql::{Statement, read_under},
};

/// Customers behind a row, at least (k-anonymity, Sweeney 2002; 5 is the usual floor of published statistics).
pub const MIN_CUSTOMERS: i64 = 5;

/// Products ranked before rules and limit: far more than are listed, so that the rules never empty the list.
const READ_ROWS: usize = 1_000;

/// Arguments of `popular_products`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PopularProductsArgs {
    /// Only products of this aisle, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aisle: Option<String>,
    /// Only products of this department, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// Only products whose name or aisle holds these words, such as "milk"; plurals do not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matching: Option<String>,
    /// Only products whose name holds this text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name_contains: Option<String>,
    /// Only products whose name states all of these, such as "organic" or "gluten_free".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Vec<String>>,
    /// Only products whose name states none of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclude_attributes: Option<Vec<String>>,
    /// Only products that none of these words names or begins a name with, nor leads the name of their place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclude: Option<Vec<String>>,
    /// Only orders of this hour of the day, 0 to 23, or from it on where `to_hour` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 23))]
    pub hour: Option<u32>,
    /// The last hour of the stretch that begins with `hour`, itself included; not before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 23))]
    pub to_hour: Option<u32>,
    /// Only orders of this day of the week, 0 to 6, as the source counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(max = 6))]
    pub dow: Option<u32>,
    /// Products at most, 1 to 100; 10 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub limit: Option<u32>,
}

/// The tool.
#[derive(Debug, Clone, Copy, Default)]
pub struct PopularProducts;

/// A ranking: products with their purchases, and the purchases of everything in the aisle or department.
struct Ranking<'c> {
    rows: Vec<(&'c Product, u64)>,
    all: u64,
    statement: Option<Statement>,
}

#[async_trait]
impl TypedTool for PopularProducts {
    type Args = PopularProductsArgs;

    const NAME: &'static str = "popular_products";
    const DESCRIPTION: &'static str = "The products that all customers buy most, with purchases and share: overall or \
        in an aisle or department, at any time or at some hours of the day or a day of the week.";
    const ROLES: &'static [Role] = &Role::ALL;

    async fn run(&self, context: &ToolContext, args: PopularProductsArgs) -> Result<ToolOutput, ToolError> {
        let limit = row_limit(args.limit, 10, 100)?;
        in_range("hour", args.hour, 23)?;
        in_range("to_hour", args.to_hour, 23)?;
        in_range("dow", args.dow, 6)?;
        let hours = stretch(args.hour, args.to_hour)?;
        let narrowing = Narrowing {
            aisle: args.aisle.as_deref(),
            department: args.department.as_deref(),
            matching: args.matching.as_deref(),
            of_kind: true,
            name_contains: args.name_contains.as_deref(),
            attributes: args.attributes.as_deref(),
            exclude_attributes: args.exclude_attributes.as_deref(),
            exclude: args.exclude.as_deref(),
        };
        let selection = Selection::resolve(&context.run.catalogue, &narrowing)?;
        let timed = args.hour.is_some() || args.dow.is_some();
        let mut ranking = if timed {
            at_times(context, &selection, hours, args.dow).await?
        } else {
            at_any_time(context, &selection)
        };
        put_pinned_first(context, &mut ranking.rows);
        ranking.rows.truncate(limit);
        let mut output = output(context, ranking);
        if timed {
            let text = format!(
                "Only products that at least {MIN_CUSTOMERS} customers bought at that time are listed."
            );
            output.notes.push(Note::new("min_customers", text));
        }
        Ok(output)
    }
}

fn in_range(name: &str, value: Option<u32>, most: u32) -> Result<(), ToolError> {
    match value {
        Some(value) if value > most => {
            Err(ToolError::InvalidArguments(format!("{name} is {value}, it must be 0 to {most}")))
        }
        _ => Ok(()),
    }
}

/// The first and the last hour that are asked for.
fn stretch(from: Option<u32>, to: Option<u32>) -> Result<Option<(u32, u32)>, ToolError> {
    match (from, to) {
        (None, None) => Ok(None),
        (Some(from), to) if to.is_none_or(|to| from <= to) => Ok(Some((from, to.unwrap_or(from)))),
        (Some(from), _) => Err(ToolError::InvalidArguments(format!(
            "to_hour is before hour, which is {from}; it must be {from} to 23"
        ))),
        (None, Some(_)) => {
            Err(ToolError::InvalidArguments("to_hour needs hour, the first one of the stretch".to_owned()))
        }
    }
}

fn at_any_time<'c>(context: &'c ToolContext, selection: &Selection) -> Ranking<'c> {
    let run = &context.run;
    let scope = selection.scope;
    let allowed = |product: &&Product| {
        product.purchases > 0
            && selection.contains(product)
            && run.merchandising.allows(&context.principal, product)
    };
    let rows = run.catalogue.by_popularity().filter(allowed).take(READ_ROWS);
    let all = if scope.is_everything() {
        run.catalogue.purchases()
    } else {
        run.catalogue.products().iter().filter(|p| scope.contains(p)).map(|p| p.purchases).sum()
    };
    Ranking { rows: rows.map(|product| (product, product.purchases)).collect(), all, statement: None }
}

/// The statement by hour and day, without its limit: an unset argument is bound as −1 and lets everything through.
const AT_TIMES: &str = "\
WITH sold AS (
  SELECT l.product_id, COUNT(*) AS purchases, COUNT(DISTINCT l.user_id) AS customers
  FROM order_lines l
  JOIN orders o ON o.order_id = l.order_id
  JOIN products p ON p.product_id = l.product_id
  WHERE ($1 = -1 OR o.order_hour_of_day BETWEEN $1 AND $2) AND ($3 = -1 OR o.order_dow = $3)
    AND ($4 = -1 OR p.aisle_id = $4) AND ($5 = -1 OR p.department_id = $5)
  GROUP BY l.product_id
), ranked AS (
  SELECT product_id, purchases, customers, SUM(purchases) OVER () AS all_purchases FROM sold
)
SELECT product_id, purchases, all_purchases FROM ranked
WHERE customers >= $6 ORDER BY purchases DESC, product_id";

async fn at_times<'c>(
    context: &'c ToolContext,
    selection: &Selection,
    hours: Option<(u32, u32)>,
    dow: Option<u32>,
) -> Result<Ranking<'c>, ToolError> {
    let scope = selection.scope;
    let or_any = |value: Option<u32>| SqlValue::Integer(value.map_or(-1, i64::from));
    let parameters = vec![
        or_any(hours.map(|(from, _)| from)),
        or_any(hours.map(|(_, to)| to)),
        or_any(dow),
        or_any(scope.aisle.map(|id| id.0)),
        or_any(scope.department.map(|id| id.0)),
        MIN_CUSTOMERS.into(),
    ];
    let statement = Statement::new(format!("{AT_TIMES} LIMIT {READ_ROWS}"), parameters);
    let table = read_under(context, &statement, RowPolicy::AllCustomers).await?;
    let count = |row, column| table.integer(row, column).and_then(|n| u64::try_from(n).ok());
    let run = &context.run;
    let rows = (0..table.rows.len())
        .filter_map(|row| {
            let id = u32::try_from(table.integer(row, "product_id")?).ok()?;
            let product = run.catalogue.product(ProductId(id))?;
            (selection.contains(product) && run.merchandising.allows(&context.principal, product))
                .then_some((product, count(row, "purchases")?))
        })
        .collect();
    Ok(Ranking { rows, all: count(0, "all_purchases").unwrap_or(0), statement: Some(statement) })
}

/// Pinned products stand first where they are part of the ranking; their figures stay true.
fn put_pinned_first(context: &ToolContext, rows: &mut Vec<(&Product, u64)>) {
    for id in context.run.merchandising.pinned().iter().rev() {
        if let Some(position) = rows.iter().position(|(product, _)| product.id == *id) {
            let row = rows.remove(position);
            rows.insert(0, row);
        }
    }
}

fn output(context: &ToolContext, ranking: Ranking<'_>) -> ToolOutput {
    let catalogue = &context.run.catalogue;
    let mut table = Table::new(product_columns(
        &[("rank", ColumnType::Integer)],
        &[("purchases", ColumnType::Integer), ("share", ColumnType::Number)],
    ));
    let mut products = Vec::with_capacity(ranking.rows.len());
    for (position, (product, purchases)) in ranking.rows.into_iter().enumerate() {
        let share = (ranking.all > 0).then(|| purchases as f64 / ranking.all as f64);
        let behind = [json!(purchases), json!(share)];
        table.rows.push(product_row(catalogue, [json!(position + 1)], product, behind));
        products.push(ProductItem {
            score: Some(purchases as f64),
            score_kind: Some("purchases".to_owned()),
            ..product_item(catalogue, product)
        });
    }
    let engine = if ranking.statement.is_some() { context.run.engine.name() } else { "catalogue" };
    ToolOutput {
        products,
        parameters: ranking.statement.as_ref().map(Statement::json_parameters).unwrap_or_default(),
        sql: ranking.statement.map(|statement| statement.sql),
        ..ToolOutput::table(table, engine)
    }
}
