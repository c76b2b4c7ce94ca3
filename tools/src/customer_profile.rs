//! `customer_profile`: one customer in one row: recency, frequency, monetary, segment and habits.
//!
//! From gold: `user_features`, `order_facts`, `upi_features_union`, and `user_seg` and `churn` where the run has models.
//! Read through the row policy; a shopper reaches only themselves. No price is in the data: `monetary` is the mean number
//! of lines of an order. Recency is censored at 30 days by the source. What comes next is said for the longest horizon
//! that the data can show.

use std::collections::BTreeMap;

use async_trait::async_trait;
use domain::{
    answer::Note,
    ids::{ProductId, UserId},
    principal::Role,
    table::{ColumnType, Table},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    catalogue::Product,
    contract::{ToolContext, ToolError, ToolOutput, TypedTool},
    customer,
    product_rows::columns,
    sql::{Statement, read},
};

/// Arguments of `customer_profile`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomerProfileArgs {
    /// The customer's id, from 1; left out, the one who asks. Only staff may name another customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub user_id: Option<u32>,
}

/// The tool.
#[derive(Debug, Clone, Copy, Default)]
pub struct CustomerProfile;

const COLUMNS: [(&str, ColumnType); 19] = [
    ("user_id", ColumnType::Integer),
    ("segment", ColumnType::Integer),
    ("segment_name", ColumnType::String),
    ("recency_days", ColumnType::Number),
    ("recency_censored", ColumnType::Boolean),
    ("frequency", ColumnType::Integer),
    ("monetary", ColumnType::Number),
    ("reorder_rate", ColumnType::Number),
    ("favourite_department", ColumnType::String),
    ("favourite_aisle", ColumnType::String),
    ("usual_dow", ColumnType::Integer),
    ("usual_hour", ColumnType::Integer),
    ("orders_with_lines", ColumnType::Integer),
    ("distinct_products", ColumnType::Integer),
    ("lines", ColumnType::Integer),
    ("horizon_days", ColumnType::Integer),
    ("p_no_order", ColumnType::Number),
    ("expected_orders", ColumnType::Number),
    ("expected_items", ColumnType::Number),
];

const FEATURES: &str =
    "SELECT recency_days, recency_censored, reorder_rate FROM user_features WHERE user_id = $1";
const SEGMENT: &str = "SELECT segment, segment_name FROM user_seg WHERE user_id = $1";
const ORDERS: &str = "SELECT order_dow, order_hour_of_day, size FROM order_facts WHERE user_id = $1";
const PRODUCTS: &str = "SELECT product_id, total_orders FROM upi_features_union WHERE user_id = $1";
/// Horizons beyond what was observed are marked in the table; the longest other one is shown.
const OUTLOOK: &str = "SELECT horizon_days, p_no_order, expected_orders, expected_items FROM churn \
    WHERE user_id = $1 AND NOT is_extrapolated ORDER BY horizon_days DESC LIMIT 1";

/// The table behind [`OUTLOOK`]; runs without models do not have it.
const CHURN_TABLE: &str = "churn";

#[async_trait]
impl TypedTool for CustomerProfile {
    type Args = CustomerProfileArgs;

    const NAME: &'static str = "customer_profile";
    const DESCRIPTION: &'static str = "One customer: segment, recency, number of orders, basket size, reorder rate, \
        favourite department and aisle, usual day and hour, the chance of no order and the orders and items expected in \
        the coming weeks.";
    const ROLES: &'static [Role] = &[Role::Shopper, Role::Analyst, Role::Admin];

    async fn run(&self, context: &ToolContext, args: CustomerProfileArgs) -> Result<ToolOutput, ToolError> {
        let user_id = customer::subject(&context.principal, args.user_id)?;
        let has_segments = !context.run.segments.is_empty();
        let has_outlook = context.run.has_table(CHURN_TABLE);
        let of_customer = |sql: &str| Statement::new(sql, vec![user_id.0.into()]);
        let statements = [FEATURES, ORDERS, PRODUCTS, SEGMENT, OUTLOOK].map(of_customer);
        let [features, orders, products, segment, outlook] = &statements;
        let (features, orders, products, segment, outlook) = tokio::try_join!(
            read(context, features),
            read(context, orders),
            read(context, products),
            read_if(has_segments, context, segment),
            read_if(has_outlook, context, outlook),
        )?;
        let mut table = Table::new(columns(&COLUMNS));
        let mut notes = Vec::new();
        if orders.rows.is_empty() {
            if context.principal.role().is_staff() {
                return Err(customer::unknown_customer(user_id));
            }
            notes.push(Note::new("cold_start", "This customer has no orders in the data yet."));
        } else {
            let habits = Habits { features, orders, products, segment, outlook };
            table.rows.push(row(context, user_id, &habits));
            notes = caveats(&habits);
        }
        let ran = statements.iter().zip([true, true, true, has_segments, has_outlook]);
        let sql: Vec<&str> =
            ran.filter(|(_, ran)| *ran).map(|(statement, _)| statement.sql.as_str()).collect();
        Ok(ToolOutput {
            sql: Some(sql.join(";\n")),
            parameters: vec![json!(user_id)],
            notes,
            ..ToolOutput::table(table, context.run.engine.name())
        })
    }
}

async fn read_if(has_table: bool, context: &ToolContext, statement: &Statement) -> Result<Table, ToolError> {
    if has_table { read(context, statement).await } else { Ok(Table::default()) }
}

/// What was read of one customer.
struct Habits {
    features: Table,
    orders: Table,
    products: Table,
    /// Empty in a run without segments.
    segment: Table,
    /// Empty in a run without hazards.
    outlook: Table,
}

fn row(context: &ToolContext, user_id: UserId, habits: &Habits) -> Vec<Value> {
    let Habits { features, orders, products, segment, outlook } = habits;
    let first = |table: &Table, column: &str| table.cell(0, column).cloned().unwrap_or(Value::Null);
    let sizes: Vec<i64> = (0..orders.rows.len()).filter_map(|row| orders.integer(row, "size")).collect();
    let lines: i64 = sizes.iter().sum();
    let monetary = (!sizes.is_empty()).then(|| lines as f64 / sizes.len() as f64);
    let catalogue = &context.run.catalogue;
    let department = favourite(context, products, |product| product.department_id);
    let aisle = favourite(context, products, |product| product.aisle_id);
    vec![
        json!(user_id),
        first(segment, "segment"),
        first(segment, "segment_name"),
        first(features, "recency_days"),
        json!(features.cell(0, "recency_censored").filter(|flag| !flag.is_null()).map(is_true)),
        json!(orders.rows.len()),
        json!(monetary),
        first(features, "reorder_rate"),
        json!(department.map(|id| catalogue.department_name(id))),
        json!(aisle.map(|id| catalogue.aisle_name(id))),
        json!(most_frequent(orders, "order_dow")),
        json!(most_frequent(orders, "order_hour_of_day")),
        json!(sizes.len()),
        json!(products.rows.len()),
        json!(lines),
        first(outlook, "horizon_days"),
        first(outlook, "p_no_order"),
        first(outlook, "expected_orders"),
        first(outlook, "expected_items"),
    ]
}

/// The part of the catalogue that most of the customer's lines are in; of equal ones the lower id.
fn favourite<K: Ord + Copy>(
    context: &ToolContext,
    products: &Table,
    part: impl Fn(&Product) -> K,
) -> Option<K> {
    let mut lines: BTreeMap<K, i64> = BTreeMap::new();
    for row in 0..products.rows.len() {
        let id = products.integer(row, "product_id").and_then(|id| u32::try_from(id).ok());
        if let Some(product) = id.and_then(|id| context.run.catalogue.product(ProductId(id))) {
            *lines.entry(part(product)).or_default() += products.integer(row, "total_orders").unwrap_or(0);
        }
    }
    lines.into_iter().min_by_key(|(key, lines)| (std::cmp::Reverse(*lines), *key)).map(|(key, _)| key)
}

/// The value that stands in most rows; of equal ones the lower.
fn most_frequent(table: &Table, column: &str) -> Option<i64> {
    let mut counts: BTreeMap<i64, usize> = BTreeMap::new();
    for value in (0..table.rows.len()).filter_map(|row| table.integer(row, column)) {
        *counts.entry(value).or_default() += 1;
    }
    counts
        .into_iter()
        .min_by_key(|(value, count)| (std::cmp::Reverse(*count), *value))
        .map(|(value, _)| value)
}

fn caveats(habits: &Habits) -> Vec<Note> {
    let mut notes = vec![Note::new(
        "no_prices",
        "The data has no prices: monetary is the mean number of items in an order that has lines.",
    )];
    if habits.features.cell(0, "recency_censored").is_some_and(is_true) {
        let text = "The source stops counting at 30 days: a recency of 30 means 30 or more.";
        notes.push(Note::new("recency_censored", text));
    }
    if !habits.outlook.rows.is_empty() {
        let text = "The chance of no order and the expected orders count from the last order. Every customer's data ends \
                    in an order and gaps stop at 30 days, so no true lapse is in the data; beyond 29 days all is \
                    extrapolation, and nothing of that is shown.";
        notes.push(Note::new("no_true_lapse", text));
    }
    notes
}

/// A flag that is stored as a boolean or as 0 and 1.
fn is_true(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_i64().is_some_and(|number| number != 0))
}

#[cfg(test)]
mod tests {
    use domain::table::Column;

    use super::*;

    #[test]
    fn the_most_frequent_value_is_the_lower_one_of_equals() {
        let column = vec![Column::new("hour", ColumnType::Integer)];
        let of = |hours: &[i64]| Table {
            columns: column.clone(),
            rows: hours.iter().map(|hour| vec![json!(hour)]).collect(),
        };
        assert_eq!(most_frequent(&of(&[9, 17, 17, 9, 3]), "hour"), Some(9));
        assert_eq!(most_frequent(&of(&[]), "hour"), None);
    }
}
