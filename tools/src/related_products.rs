//! `related_products`: what is bought together with products, or what is like one.
//!
//! `bought_together` reads the published affinity pairs in the order that the file `affinity` documents. `similar` is
//! the cosine of ALS item factors: products that the same customers buy, whether or not in the same order; for several
//! products the mean of their directions. Without products it starts from the basket.

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    answer::{Note, ProductItem},
    ids::ProductId,
    principal::Role,
    table::{ColumnType, Table},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    affinity::{self, MAX_PRODUCTS, MIN_BOTH},
    catalogue::Product,
    contract::{ToolContext, ToolError, ToolOutput, TypedTool},
    factors::{self, Measure},
    product_rows::{
        product_by_id, product_by_name, product_columns, product_item, product_row, row_limit,
        with_separators,
    },
};

/// In what sense products are related.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// In the same orders, more often than by chance.
    #[default]
    BoughtTogether,
    /// Bought by the same kind of customers.
    Similar,
}

/// Arguments of `related_products`: ids or names, or neither for the basket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RelatedProductsArgs {
    /// Products to start from, by id; 1 to 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 50))]
    pub product_ids: Option<Vec<u32>>,
    /// Products to start from, by whole name; 1 to 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 50))]
    pub names: Option<Vec<String>>,
    /// In what sense they are related; bought together when left out.
    #[serde(default)]
    pub relation: Relation,
    /// Products at most, 1 to 50; 10 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 50))]
    pub limit: Option<u32>,
}

/// The tool.
#[derive(Debug, Clone, Copy, Default)]
pub struct RelatedProducts;

#[async_trait]
impl TypedTool for RelatedProducts {
    type Args = RelatedProductsArgs;

    const NAME: &'static str = "related_products";
    const DESCRIPTION: &'static str = "What goes with a product or a basket: bought together (orders with both, \
        confidence, lift) or similar (bought by the same kind of customers).";
    const ROLES: &'static [Role] = &Role::ALL;

    async fn run(&self, context: &ToolContext, args: RelatedProductsArgs) -> Result<ToolOutput, ToolError> {
        let limit = row_limit(args.limit, 10, 50)?;
        let products = starting_products(context, &args)?;
        match args.relation {
            Relation::BoughtTogether => bought_together(context, &products, limit).await,
            Relation::Similar => similar(context, &products, limit).await,
        }
    }
}

fn starting_products<'c>(
    context: &'c ToolContext,
    args: &RelatedProductsArgs,
) -> Result<Vec<&'c Product>, ToolError> {
    let ids = args.product_ids.as_deref().unwrap_or_default();
    let names = args.names.as_deref().unwrap_or_default();
    let mut products: Vec<&Product> = Vec::new();
    for id in ids {
        products.push(product_by_id(context, *id)?);
    }
    for name in names {
        products.push(product_by_name(context, name)?.0);
    }
    if products.is_empty() {
        // A basket may hold a product that the run does not know yet; the others still lead somewhere.
        let known = |id: &ProductId| context.run.catalogue.product(*id);
        products = context.basket.iter().filter_map(known).take(MAX_PRODUCTS).collect();
    }
    products.sort_unstable_by_key(|product| product.id);
    products.dedup_by_key(|product| product.id);
    match products.len() {
        0 => {
            let message =
                "no product to start from: give product_ids or names, or put something into the basket";
            Err(ToolError::InvalidArguments(message.to_owned()))
        }
        count if count > MAX_PRODUCTS => Err(ToolError::InvalidArguments(format!(
            "{count} products to start from, at most {MAX_PRODUCTS}"
        ))),
        _ => Ok(products),
    }
}

async fn bought_together(
    context: &ToolContext,
    products: &[&Product],
    limit: usize,
) -> Result<ToolOutput, ToolError> {
    let run = &context.run;
    let ids: Vec<ProductId> = products.iter().map(|product| product.id).collect();
    let (statement, pairs) = affinity::pairs_of(context, &ids).await?;
    let mut table = Table::new(product_columns(
        &[("antecedent", ColumnType::String)],
        &[
            ("n_both", ColumnType::Integer),
            ("support", ColumnType::Number),
            ("confidence", ColumnType::Number),
            ("lift", ColumnType::Number),
            ("leverage", ColumnType::Number),
        ],
    ));
    let mut items = Vec::new();
    for pair in affinity::best_by_consequent(pairs) {
        if items.len() == limit {
            break;
        }
        let antecedent = products.iter().find(|product| product.id == pair.antecedent);
        let consequent = run.catalogue.product(pair.consequent);
        let (Some(antecedent), Some(product)) = (antecedent, consequent) else { continue };
        if !run.merchandising.allows(&context.principal, product) {
            continue;
        }
        let measures = [pair.support, pair.confidence, pair.lift, pair.leverage];
        table.rows.push(product_row(
            &run.catalogue,
            [json!(antecedent.name)],
            product,
            [json!(pair.n_both)].into_iter().chain(measures.map(Value::from)),
        ));
        let both = with_separators(pair.n_both.unsigned_abs());
        items.push(ProductItem {
            score: Some(pair.leverage),
            score_kind: Some("leverage".to_owned()),
            reason: Some(format!("bought together with {} in {both} orders", antecedent.name)),
            ..product_item(&run.catalogue, product)
        });
    }
    let definition = format!(
        "Ranked by the orders that hold both beyond what chance gives (leverage); only pairs in at least {MIN_BOTH} orders \
         that chance does not explain."
    );
    Ok(ToolOutput {
        products: items,
        parameters: statement.json_parameters(),
        sql: Some(statement.sql),
        notes: vec![Note::new("definition", definition)],
        ..ToolOutput::table(table, run.engine.name())
    })
}

async fn similar(
    context: &ToolContext,
    products: &[&Product],
    limit: usize,
) -> Result<ToolOutput, ToolError> {
    let run = &context.run;
    let factors = run.item_factors.as_ref().ok_or_else(|| factors::unavailable("products"))?;
    let mut mean = vec![0.0_f32; factors.dimension()];
    for row in products.iter().filter_map(|product| factors.get(product.id.0)) {
        // Directions, not lengths, are averaged: a popular product must not outweigh the others.
        let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
        if length > 0.0 {
            mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x / length);
        }
    }
    let start: Vec<ProductId> = products.iter().map(|product| product.id).collect();
    let (of_run, principal) = (Arc::clone(run), context.principal.clone());
    let wanted = move |id: u32| {
        let product = of_run.catalogue.product(ProductId(id));
        product.is_some_and(|product| {
            !start.contains(&product.id) && of_run.merchandising.allows(&principal, product)
        })
    };
    // Products that nobody bought have no factors; their mean has no direction and nothing is near it.
    let nearest = factors::nearest(Arc::clone(factors), mean, Measure::Cosine, limit, wanted).await?;
    let mut table = Table::new(product_columns(&[], &[("similarity", ColumnType::Number)]));
    let mut items = Vec::new();
    for scored in nearest {
        let Some(product) = run.catalogue.product(ProductId(scored.id)) else { continue };
        table.rows.push(product_row(&run.catalogue, [], product, [json!(f64::from(scored.score))]));
        items.push(ProductItem {
            score: Some(f64::from(scored.score)),
            score_kind: Some("cosine".to_owned()),
            ..product_item(&run.catalogue, product)
        });
    }
    let note = Note::new(
        "definition",
        "Similar means bought by the same kind of customers (cosine of ALS factors).",
    );
    Ok(ToolOutput { products: items, notes: vec![note], ..ToolOutput::table(table, "models") })
}
