//! `related_products`: what is bought together with products, or what is like one.
//!
//! `bought_together` reads the published affinity pairs in the order that the file `affinity` documents. `similar` is
//! the cosine of ALS item factors: products that the same customers buy, whether or not in the same order; for several
//! products the mean of their directions. `substitute` is the same within the aisle. Without products it starts from
//! the basket.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use domain::{
    answer::{Note, ProductItem},
    ids::{AisleId, ProductId},
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
    kind::members,
    product_rows::{
        product_by_id, product_by_words, product_columns, product_item, product_row, row_limit,
        with_separators,
    },
    selection::{Narrowing, Selection},
    words::stems,
};

/// A kind of thing stands for so many of its products.
const OF_KIND: usize = 3;
/// So many products of the same aisle are compared with what is to be replaced.
const COMPARED: usize = 200;

/// In what sense products are related.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// In the same orders, more often than by chance.
    #[default]
    BoughtTogether,
    /// Bought by the same kind of customers.
    Similar,
    /// Of the same aisle, bought by the same kind of customers: what may be taken instead.
    Substitute,
}

/// What pairs of products bought together are ranked by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PairOrder {
    /// Orders that hold both beyond what chance gives; only pairs that chance does not explain.
    #[default]
    Leverage,
    /// Orders that hold both.
    Orders,
    /// How much more often than by chance.
    Lift,
}

/// Arguments of `related_products`: ids or names, or neither for the basket.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RelatedProductsArgs {
    /// Products to start from, by id; 1 to 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 50))]
    pub product_ids: Option<Vec<u32>>,
    /// Products to start from, by name, or by words that lead to the most bought product that holds them; 1 to 50.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 50))]
    pub names: Option<Vec<String>>,
    /// In what sense they are related; bought together when left out.
    #[serde(default)]
    pub relation: Relation,
    /// What products bought together are ranked by; leverage when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<PairOrder>,
    /// Only products of this aisle, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aisle: Option<String>,
    /// Only products of this department, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// Only products whose name or aisle holds these words, such as "milk"; plurals do not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matching: Option<String>,
    /// Only products whose name states all of these, such as "organic" or "gluten_free".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Vec<String>>,
    /// Only products whose name states none of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclude_attributes: Option<Vec<String>>,
    /// Only products that none of these words names or begins a name with, nor leads the name of their place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclude: Option<Vec<String>>,
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
        let mut notes = Vec::new();
        let start = starting_products(context, &args, &mut notes)?;
        let narrowing = Narrowing {
            aisle: args.aisle.as_deref(),
            department: args.department.as_deref(),
            matching: args.matching.as_deref(),
            of_kind: true,
            attributes: args.attributes.as_deref(),
            exclude_attributes: args.exclude_attributes.as_deref(),
            exclude: args.exclude.as_deref(),
            ..Narrowing::default()
        };
        let selection = Selection::resolve(&context.run.catalogue, &narrowing)?;
        let wanted = Wanted { start, selection, limit };
        let mut output = match args.relation {
            Relation::BoughtTogether => {
                bought_together(context, wanted, args.order.unwrap_or_default()).await
            }
            Relation::Similar => similar(context, &wanted).await,
            Relation::Substitute => substitutes(context, &wanted).await,
        }?;
        output.notes.extend(notes);
        Ok(output)
    }
}

/// From which products to which.
struct Wanted<'c> {
    start: Vec<&'c Product>,
    selection: Selection,
    limit: usize,
}

fn starting_products<'c>(
    context: &'c ToolContext,
    args: &RelatedProductsArgs,
    notes: &mut Vec<Note>,
) -> Result<Vec<&'c Product>, ToolError> {
    let ids = args.product_ids.as_deref().unwrap_or_default();
    let names = args.names.as_deref().unwrap_or_default();
    let mut products: Vec<&Product> = Vec::new();
    for id in ids {
        products.push(product_by_id(context, *id)?);
    }
    for name in names {
        products.extend(named(context, name, notes)?);
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

/// The product of a name; of a kind of thing, such as "pasta", those of it that are bought most.
fn named<'c>(
    context: &'c ToolContext,
    name: &str,
    notes: &mut Vec<Note>,
) -> Result<Vec<&'c Product>, ToolError> {
    let (product, note) = product_by_words(context, name, |_| 0)?;
    let Some(note) = note else { return Ok(vec![product]) };
    let Some(products) = most_bought_of_kind(context, name, &[]) else {
        notes.push(note);
        return Ok(vec![product]);
    };
    let text = format!("“{}” is read as {}.", name.trim(), names(&products));
    notes.push(Note::new(note.code, text));
    Ok(products)
}

/// What is bought most of the kind that some words name, without some products; none where they name no kind.
fn most_bought_of_kind<'c>(
    context: &'c ToolContext,
    words: &str,
    without: &[&Product],
) -> Option<Vec<&'c Product>> {
    let catalogue = &context.run.catalogue;
    let ids = members(catalogue, &stems(words), |_| true)?;
    let of_kind = catalogue.by_popularity().filter(|product| {
        ids.contains(&product.id)
            && without.iter().all(|other| other.id != product.id)
            && context.run.merchandising.allows(&context.principal, product)
    });
    Some(of_kind.take(OF_KIND).collect())
}

fn names(products: &[&Product]) -> String {
    products.iter().map(|product| product.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// What is bought most of the kinds that the products are called by, and a note that says so: "Hummus" is a product that
/// hardly anybody bought, and a kind of which many are bought. None where a name is no kind.
fn of_their_kinds<'c>(context: &'c ToolContext, start: &[&Product]) -> Option<(Vec<&'c Product>, Note)> {
    let mut products: Vec<&Product> = Vec::new();
    for product in start {
        products.extend(most_bought_of_kind(context, &product.name, start)?);
    }
    products.sort_unstable_by_key(|product| product.id);
    products.dedup_by_key(|product| product.id);
    products.truncate(MAX_PRODUCTS);
    let text = format!(
        "{} is bought too rarely to tell what goes with it; this is for {}, which are bought most of its kind.",
        names(start),
        names(&products)
    );
    (!products.is_empty()).then(|| (products, Note::new("reading", text)))
}

async fn bought_together(
    context: &ToolContext,
    mut wanted: Wanted<'_>,
    order: PairOrder,
) -> Result<ToolOutput, ToolError> {
    let run = &context.run;
    let ids = |start: &[&Product]| start.iter().map(|product| product.id).collect::<Vec<ProductId>>();
    let (mut statement, mut pairs) = affinity::pairs_of(context, &ids(&wanted.start), order).await?;
    let mut notes = Vec::new();
    // Nothing is known of what goes with them, whatever the question narrows it to.
    if let Some((start, note)) = pairs.is_empty().then(|| of_their_kinds(context, &wanted.start)).flatten() {
        let of_kinds = affinity::pairs_of(context, &ids(&start), order).await?;
        if !of_kinds.1.is_empty() {
            (statement, pairs) = of_kinds;
            wanted.start = start;
            notes.push(note);
        }
    }
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
        if items.len() == wanted.limit {
            break;
        }
        let antecedent = wanted.start.iter().find(|product| product.id == pair.antecedent);
        let consequent = run.catalogue.product(pair.consequent);
        let (Some(antecedent), Some(product)) = (antecedent, consequent) else { continue };
        let shown = run.merchandising.allows(&context.principal, product);
        if !shown || !wanted.selection.contains(product) {
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
    let definition = match order {
        PairOrder::Leverage => format!(
            "Ranked by the orders that hold both beyond what chance gives (leverage); only pairs in at least {MIN_BOTH} \
             orders that chance does not explain."
        ),
        PairOrder::Orders => "Ranked by the orders that hold both.".to_owned(),
        PairOrder::Lift => {
            "Ranked by lift: how many times as often as by chance both stand in one order.".to_owned()
        }
    };
    notes.push(Note::new("definition", definition));
    Ok(ToolOutput {
        products: items,
        parameters: statement.json_parameters(),
        sql: Some(statement.sql),
        notes,
        ..ToolOutput::table(table, run.engine.name())
    })
}

async fn similar(context: &ToolContext, wanted: &Wanted<'_>) -> Result<ToolOutput, ToolError> {
    let nearest = nearest(context, wanted, wanted.limit, |_| true).await?;
    let note = Note::new(
        "definition",
        "Similar means bought by the same kind of customers (cosine of ALS factors).",
    );
    Ok(likeness(context, nearest, note))
}

/// What stands in the same aisle: by likeness of taste, and behind that, where taste says nothing, by purchases.
async fn substitutes(context: &ToolContext, wanted: &Wanted<'_>) -> Result<ToolOutput, ToolError> {
    let run = &context.run;
    let aisles: BTreeSet<AisleId> = wanted.start.iter().map(|product| product.aisle_id).collect();
    let of_aisles = aisles.clone();
    let mut found: Vec<(&Product, Option<f64>)> = match nearest(context, wanted, COMPARED, move |product| {
        of_aisles.contains(&product.aisle_id)
    })
    .await
    {
        Ok(found) => found,
        Err(ToolError::Unavailable(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    let rest = run.catalogue.by_popularity().filter(|product| {
        aisles.contains(&product.aisle_id)
            && wanted.selection.contains(product)
            && wanted.start.iter().all(|start| start.id != product.id)
            && run.merchandising.allows(&context.principal, product)
    });
    for product in rest {
        if found.len() >= wanted.limit {
            break;
        }
        if found.iter().all(|(known, _)| known.id != product.id) {
            found.push((product, None));
        }
    }
    // Another avocado replaces an avocado better than a lemon does, whoever buys both.
    let heads = run.catalogue.head_counts();
    let head = |product: &Product| heads.head_of_name(product.head_part()).map(str::to_owned);
    let of_start: BTreeSet<Option<String>> = wanted.start.iter().map(|product| head(product)).collect();
    found.sort_by_key(|(product, _)| !of_start.contains(&head(product)));
    found.truncate(wanted.limit);
    let note = Note::new(
        "definition",
        "What can be taken instead is of the same aisle: what is called the same first, then what the same kind of \
         customers buy.",
    );
    Ok(likeness(context, found, note))
}

/// The products nearest in taste to those at the start, best first.
async fn nearest<'c>(
    context: &'c ToolContext,
    wanted: &Wanted<'_>,
    limit: usize,
    admits: impl Fn(&Product) -> bool + Send + 'static,
) -> Result<Vec<(&'c Product, Option<f64>)>, ToolError> {
    let run = &context.run;
    let factors = run.item_factors.as_ref().ok_or_else(|| factors::unavailable("products"))?;
    let mut mean = vec![0.0_f32; factors.dimension()];
    for row in wanted.start.iter().filter_map(|product| factors.get(product.id.0)) {
        // Directions, not lengths, are averaged: a popular product must not outweigh the others.
        let length = row.iter().map(|x| x * x).sum::<f32>().sqrt();
        if length > 0.0 {
            mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x / length);
        }
    }
    let start: Vec<ProductId> = wanted.start.iter().map(|product| product.id).collect();
    let (of_run, principal, selection) =
        (Arc::clone(run), context.principal.clone(), wanted.selection.clone());
    let passes = move |id: u32| {
        let product = of_run.catalogue.product(ProductId(id));
        product.is_some_and(|product| {
            !start.contains(&product.id)
                && admits(product)
                && selection.contains(product)
                && of_run.merchandising.allows(&principal, product)
        })
    };
    // Products that nobody bought have no factors; their mean has no direction and nothing is near it.
    let scored = factors::nearest(Arc::clone(factors), mean, Measure::Cosine, limit, passes).await?;
    let found = scored.iter().filter_map(|scored| {
        let product = run.catalogue.product(ProductId(scored.id))?;
        Some((product, Some(f64::from(scored.score))))
    });
    Ok(found.collect())
}

fn likeness(context: &ToolContext, found: Vec<(&Product, Option<f64>)>, note: Note) -> ToolOutput {
    let catalogue = &context.run.catalogue;
    let mut table = Table::new(product_columns(&[], &[("similarity", ColumnType::Number)]));
    let mut items = Vec::new();
    for (product, similarity) in found {
        table.rows.push(product_row(catalogue, [], product, [json!(similarity)]));
        items.push(ProductItem {
            score: similarity,
            score_kind: similarity.map(|_| "cosine".to_owned()),
            ..product_item(catalogue, product)
        });
    }
    ToolOutput { products: items, notes: vec![note], ..ToolOutput::table(table, "models") }
}
