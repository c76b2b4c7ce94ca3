//! Silver → gold: features of orders, customers, products and (customer, product) pairs.
//!
//! Third stage of a run. `_union` tables are made from prior and train lines, the others from prior lines only; neither
//! is the cut for measuring a model, which recomputes its features on the history before the target.
//! Input: `silver.orders`, `silver.order_lines`, `silver.products`. Output: `gold.*` (rollups and affinity are stages of their own).

pub mod queries;
pub mod rollups;

use domain::manifest::Artefact;

use crate::{
    context::StageContext,
    error::PipelineError,
    gold::queries::{Cut, order_facts, product_features, upi_features, user_features},
};

/// Makes all feature tables of the run.
pub async fn run(context: &StageContext) -> Result<Vec<Artefact>, PipelineError> {
    context.expect(None);
    let mut made = vec![
        make(context, "order_facts", &["orders", "order_lines"], order_facts()).await?,
        make(context, "user_features", &["order_facts"], user_features()).await?,
    ];
    for cut in [Cut::Prior, Cut::Union] {
        let name = cut.table_name("product_features");
        made.push(make(context, &name, &["order_lines", "products"], product_features(cut)).await?);
        let name = cut.table_name("upi_features");
        made.push(make(context, &name, &["orders", "order_lines"], upi_features(cut)).await?);
    }
    Ok(made)
}

async fn make(
    context: &StageContext,
    name: &str,
    reads: &[&str],
    sql: String,
) -> Result<Artefact, PipelineError> {
    let session = context.session_with(reads).await?;
    let table = session.sql(&sql).await?;
    context.write_table(&format!("gold.{name}"), &context.paths().gold(name), table).await
}
