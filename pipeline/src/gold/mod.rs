//! Silver → gold: facts of orders and products, features of customers, products and (customer, product) pairs; the
//! lines by what was bought; which names are unique; overview and journey.
//!
//! Third stage of a run: one pass over the customers, a shard a thread ([`customers`]). `_union` tables are made from
//! prior and train lines, the others from prior lines only; neither is the cut for measuring a model, which recomputes
//! its features on the history before the target.
//! Input: `silver.orders`, `silver.order_lines`, `silver.products`. Output: `gold.*`; affinity, rollups and
//! `customer_facts` are stages of their own.

pub mod bands;
pub mod customers;
pub mod features;
pub mod goods;
pub mod names;
pub mod products;
pub mod rollups;
pub mod totals;

use domain::manifest::Artefact;
use rayon::prelude::*;

use crate::{
    content_hash::RowsHash,
    context::StageContext,
    error::PipelineError,
    gold::{
        customers::{read_shard, shard_count},
        features::{Folders, ShardFeatures, make_features, schemas},
        goods::{customer_schema, line_schema, write_goods},
        names::write_names,
        products::{Cut, ProductTotals, Products},
        totals::{CatalogueSize, Totals},
    },
    table_writer::{finish_table, prepare_folder, rows_in},
};

/// Makes all feature tables of the run.
pub async fn run(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    let orders = context.inputs().iter().filter(|part| part.table == "orders");
    context.expect(Some(orders.map(|part| part.rows).sum()));
    let stage = context.clone();
    context.compute(move || make_gold(&stage)).await
}

fn make_gold(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    let products = Products::read(context)?;
    let gold = |table: &str| context.paths().gold(table);
    let folders = Folders {
        order_facts: gold("order_facts"),
        user_features: gold("user_features"),
        upi_features: Cut::ALL.map(|cut| gold(&cut.table_name("upi_features"))),
    };
    let (lines, customers) = (gold("line_goods"), gold("customer_aisles"));
    for (table, _) in schemas() {
        prepare_folder(&gold(table))?;
    }
    prepare_folder(&lines)?;
    prepare_folder(&customers)?;
    let shards: Vec<(ShardFeatures, [RowsHash; 2])> = (0..shard_count(context))
        .into_par_iter()
        .map(|index| {
            context.check()?;
            let shard = read_shard(context, index)?;
            let made = make_features(&shard, index, &folders, &products)?;
            let goods = write_goods(&shard, index, [&lines, &customers], &products)?;
            context.advance(shard.orders.len() as u64);
            Ok((made, goods))
        })
        .collect::<Result<_, PipelineError>>()?;

    let (shards, goods): (Vec<ShardFeatures>, Vec<[RowsHash; 2]>) = shards.into_iter().unzip();
    let mut made = Vec::new();
    let [of_lines, of_customers]: [Vec<RowsHash>; 2] =
        [0, 1].map(|at: usize| goods.iter().filter_map(|parts| parts.get(at)).cloned().collect());
    for (name, folder, schema, parts) in [
        ("gold.line_goods", &lines, line_schema(), of_lines),
        ("gold.customer_aisles", &customers, customer_schema(), of_customers),
    ] {
        made.push(finish_table(context.paths(), name, folder, &schema, &parts)?);
    }
    made.push(write_names(context, &products)?);
    for (at, (table, schema)) in schemas().into_iter().enumerate() {
        let parts: Vec<_> = shards.iter().map(|shard| parts_of(shard, at).clone()).collect();
        let name = format!("gold.{table}");
        made.push(finish_table(context.paths(), &name, &gold(table), &schema, &parts)?);
    }
    let (mut product_totals, mut totals) = (products.totals(), Totals::default());
    for shard in &shards {
        product_totals.merge(&shard.products);
        totals.merge(&shard.totals);
    }
    made.extend(write_products(context, &products, &product_totals)?);
    made.extend(write_totals(context, &products, &product_totals, &totals)?);
    Ok(made)
}

/// The rows of a shard in the tables of [`schemas`], in their order.
fn parts_of(shard: &ShardFeatures, table: usize) -> &RowsHash {
    match table {
        0 => &shard.order_facts,
        1 => &shard.user_features,
        2 => &shard.upi_features[0],
        _ => &shard.upi_features[1],
    }
}

fn write_products(
    context: &StageContext,
    products: &Products,
    totals: &ProductTotals,
) -> Result<Vec<Artefact>, PipelineError> {
    let write = |cut: Cut| {
        let table = cut.table_name("product_features");
        let batch = products.features(cut, totals)?;
        let (name, folder) = (format!("gold.{table}"), context.paths().gold(&table));
        context.write_batches(&name, &folder, &Products::features_schema(), [batch])
    };
    let facts = products.facts()?;
    let folder = context.paths().gold("product_facts");
    let facts = context.write_batches("gold.product_facts", &folder, &facts.schema(), [facts])?;
    std::iter::once(Ok(facts)).chain(Cut::ALL.into_iter().map(write)).collect()
}

fn write_totals(
    context: &StageContext,
    products: &Products,
    product_totals: &ProductTotals,
    totals: &Totals,
) -> Result<[Artefact; 2], PipelineError> {
    let catalogue = CatalogueSize {
        products: products.rows().len() as u64,
        products_bought: product_totals.bought(),
        aisles: rows_in(&context.paths().silver("aisles"))?,
        departments: rows_in(&context.paths().silver("departments"))?,
    };
    let write = |table: &str, batch: arrow::record_batch::RecordBatch| {
        let folder = context.paths().gold(table);
        context.write_batches(&format!("gold.{table}"), &folder, &batch.schema(), [batch])
    };
    Ok([write("overview", totals.overview(catalogue)?)?, write("journey", totals.journey()?)?])
}
