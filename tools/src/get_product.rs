//! `get_product`: one product of the catalogue, by id or by tolerant name.
//!
//! Case, punctuation, plurals and small typing errors do not matter; a part of a name is not the name, and the error
//! then carries the nearest names. Figures are over prior and train lines of all customers.

use async_trait::async_trait;
use domain::{
    answer::Note,
    principal::Role,
    table::{ColumnType, Table},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    contract::{ToolContext, ToolError, ToolOutput, TypedTool},
    product_rows::{product_by_id, product_by_name, product_columns, product_item, product_row},
};

/// Arguments of `get_product`: exactly one of the two.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetProductArgs {
    /// The product's id, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub product_id: Option<u32>,
    /// The product's whole name; case, punctuation and small typing errors do not matter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The tool.
#[derive(Debug, Clone, Copy, Default)]
pub struct GetProduct;

#[async_trait]
impl TypedTool for GetProduct {
    type Args = GetProductArgs;

    const NAME: &'static str = "get_product";
    const DESCRIPTION: &'static str = "One product by id or by its whole name: aisle, department, how often it is \
        bought, by how many customers, how often again. To find products by words, use search_catalog.";
    const ROLES: &'static [Role] = &Role::ALL;

    async fn run(&self, context: &ToolContext, args: GetProductArgs) -> Result<ToolOutput, ToolError> {
        let (product, corrected) = match (args.product_id, args.name.as_deref()) {
            (Some(id), None) => (product_by_id(context, id)?, false),
            (None, Some(name)) => product_by_name(context, name)?,
            _ => {
                return Err(ToolError::InvalidArguments(
                    "give exactly one of product_id and name".to_owned(),
                ));
            }
        };
        let catalogue = &context.run.catalogue;
        let mut table = Table::new(product_columns(
            &[],
            &[
                ("purchases", ColumnType::Integer),
                ("customers", ColumnType::Integer),
                ("reorder_rate", ColumnType::Number),
                ("avg_cart_position", ColumnType::Number),
            ],
        ));
        table.rows.push(product_row(
            catalogue,
            [],
            product,
            [
                json!(product.purchases),
                json!(product.customers),
                json!(product.reorder_rate),
                json!(product.avg_cart_position),
            ],
        ));
        let mut output = ToolOutput::table(table, "catalogue");
        output.products = vec![product_item(catalogue, product)];
        if corrected && let Some(name) = &args.name {
            let text = format!("\"{}\" was read as \"{}\".", name.trim(), product.name);
            output.notes.push(Note::new("spelling", text));
        }
        Ok(output)
    }
}
