//! `score_products`: how likely a customer's next order holds given products.
//!
//! The calibrated probability of the next-basket model, with what the customer has bought of each so far. Every product
//! is scored, bought before or not. A customer without purchases has no probability: the model was calibrated on
//! customers with orders. Rows stand in the order of the probability.

use async_trait::async_trait;
use domain::{
    answer::{Note, ProductItem},
    ids::{ProductId, UserId},
    principal::Role,
    table::{ColumnType, Table},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    catalogue::Product,
    contract::{ToolContext, ToolError, ToolOutput, TypedTool},
    customer::{self, History},
    next_basket::off_runtime,
    product_rows::{product_by_id, product_by_words, product_columns, product_item, product_row},
};

/// Products of one call, at most.
const MAX_PRODUCTS: usize = 50;

/// Arguments of `score_products`: ids or names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreProductsArgs {
    /// Products to score, by id; 1 to 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 50))]
    pub product_ids: Option<Vec<u32>>,
    /// Products to score, by name, or by words that lead to the one that the customer buys most; 1 to 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 50))]
    pub names: Option<Vec<String>>,
    /// The customer's id, from 1; left out, the one who asks. Only staff may name another customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub user_id: Option<u32>,
}

/// The tool.
#[derive(Debug, Clone, Copy, Default)]
pub struct ScoreProducts;

#[async_trait]
impl TypedTool for ScoreProducts {
    type Args = ScoreProductsArgs;

    const NAME: &'static str = "score_products";
    const DESCRIPTION: &'static str = "How likely a customer's next order holds given products: a calibrated \
        probability for each, with how often they have bought it so far.";
    const ROLES: &'static [Role] = &[Role::Shopper, Role::Analyst, Role::Admin];

    async fn run(&self, context: &ToolContext, args: ScoreProductsArgs) -> Result<ToolOutput, ToolError> {
        let user_id = customer::subject(&context.principal, args.user_id)?;
        count(&args)?;
        let model = context.run.next_basket().await?.ok_or_else(|| {
            ToolError::Unavailable("it has no next-basket model; run the pipeline with its models".to_owned())
        })?;
        let policy = context.principal.row_policy();
        let read = off_runtime(model, move |model| model.read(policy, user_id)).await?;
        let history = read.history;
        let mut readings = Vec::new();
        let products = products(context, &args, &history, &mut readings)?;
        let also = ids(&products);
        let chances = if history.is_empty() {
            Vec::new()
        } else {
            off_runtime(model, move |model| model.rank(user_id, &read.orders, &also, &[])).await?
        };
        let mut notes = Vec::new();
        if history.is_empty() {
            if context.principal.role().is_staff() && !customer::exists(context, user_id).await? {
                return Err(customer::unknown_customer(user_id));
            }
            notes.push(Note::new(
                "cold_start",
                "This customer has no purchases in the data yet, so nothing says how likely they buy a product.",
            ));
        } else {
            notes.push(Note::new(
                "definition",
                "The calibrated probability that the customer's next order holds the product; it says nothing of when \
                 that order comes.",
            ));
        }
        notes.extend(readings);
        let probability =
            |product: &Product| chances.iter().find(|c| c.product == product.id).map(|c| c.probability);
        let mut scored: Vec<(&Product, Option<f64>)> =
            products.into_iter().map(|product| (product, probability(product))).collect();
        // Stable: products of equal probability keep the order of their ids.
        scored.sort_by(|a, b| b.1.unwrap_or(0.0).total_cmp(&a.1.unwrap_or(0.0)));
        Ok(ToolOutput { notes, ..output(context, user_id, &history, &scored) })
    }
}

/// Refuses a call without products, or with too many.
fn count(args: &ScoreProductsArgs) -> Result<(), ToolError> {
    let given = |list: &Option<Vec<u32>>| list.as_ref().map_or(0, Vec::len);
    let count = given(&args.product_ids) + args.names.as_ref().map_or(0, Vec::len);
    if (1..=MAX_PRODUCTS).contains(&count) {
        return Ok(());
    }
    Err(ToolError::InvalidArguments(format!(
        "{count} products to score: give 1 to {MAX_PRODUCTS} as product_ids or names"
    )))
}

/// The products asked for, by id, each once. Of several that a word may mean, the one that the customer buys most.
fn products<'c>(
    context: &'c ToolContext,
    args: &ScoreProductsArgs,
    history: &History,
    notes: &mut Vec<Note>,
) -> Result<Vec<&'c Product>, ToolError> {
    let ids = args.product_ids.iter().flatten().map(|id| product_by_id(context, *id));
    let mut products: Vec<&Product> = ids.collect::<Result<_, _>>()?;
    for name in args.names.iter().flatten() {
        let bought = |product: &Product| history.of(product.id).orders_with as u64;
        let (product, note) = product_by_words(context, name, bought)?;
        products.push(product);
        notes.extend(note);
    }
    products.sort_unstable_by_key(|product| product.id);
    products.dedup_by_key(|product| product.id);
    Ok(products)
}

fn ids(products: &[&Product]) -> Vec<ProductId> {
    products.iter().map(|product| product.id).collect()
}

fn output(
    context: &ToolContext,
    user_id: UserId,
    history: &History,
    scored: &[(&Product, Option<f64>)],
) -> ToolOutput {
    let catalogue = &context.run.catalogue;
    let mut table = Table::new(product_columns(
        &[("user_id", ColumnType::Integer)],
        &[
            ("probability", ColumnType::Number),
            ("bought_before", ColumnType::Boolean),
            ("orders_with_product", ColumnType::Integer),
            ("orders_total", ColumnType::Integer),
            ("last_order_ago", ColumnType::Integer),
        ],
    ));
    let mut products = Vec::with_capacity(scored.len());
    let whose = if customer::is_self(&context.principal, user_id) { "your" } else { "the customer's" };
    for (product, probability) in scored {
        let (of, total) = (history.of(product.id), history.orders_total());
        table.rows.push(product_row(
            catalogue,
            [json!(user_id)],
            product,
            [
                json!(probability),
                json!(of.orders_with > 0),
                json!(of.orders_with),
                json!(total),
                json!(of.last_order_ago),
            ],
        ));
        let orders = if total == 1 { "order" } else { "orders" };
        products.push(ProductItem {
            score: *probability,
            score_kind: probability.map(|_| "probability".to_owned()),
            reason: (total > 0).then(|| format!("in {} of {whose} {total} {orders}", of.orders_with)),
            ..product_item(catalogue, product)
        });
    }
    ToolOutput { products, ..ToolOutput::table(table, "models") }
}
