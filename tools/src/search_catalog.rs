//! `search_catalog`: hybrid search over the product, aisle and department documents of the run.
//!
//! Words go to the index (lexical and, where there are vectors, dense); without words the products that pass the
//! filters are listed by popularity. The merchandising rules hold before the limit, so a full page stays full.
//! Searching takes milliseconds of CPU and runs on a blocking thread.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use domain::{
    answer::{Note, ProductItem},
    attributes::{Attribute, attributes_of_name},
    principal::Role,
    table::{Column, ColumnType, Table},
};
use indexer::{Document, DocumentKind, Hit, SearchMode, SearchRequest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    contract::{ToolContext, ToolError, ToolOutput, TypedTool},
    product_rows::{product_columns, product_item, product_row, row_limit},
    scope::Scope,
    words::stems,
};

/// Hits taken from the index before the merchandising rules: the fused candidates of both sides.
const HITS_BEFORE_RULES: usize = 200;

/// Arguments of `search_catalog`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchCatalogArgs {
    /// Words to look for, in any spelling; empty lists what passes the filters, the most bought first.
    #[serde(default)]
    pub query: String,
    /// Kinds of documents; only products when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<DocumentKind>>,
    /// Only products of this aisle, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aisle: Option<String>,
    /// Only products of this department, by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub department: Option<String>,
    /// Only products whose name states all of these, such as "organic" or "gluten_free".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Vec<String>>,
    /// Only products whose name states none of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclude_attributes: Option<Vec<String>>,
    /// Hits at most, 1 to 50; 10 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 50))]
    pub limit: Option<u32>,
}

/// The tool.
#[derive(Debug, Clone, Copy, Default)]
pub struct SearchCatalog;

/// Names resolved to what the index filters on.
struct Filters {
    scope: Scope,
    kinds: Vec<DocumentKind>,
    with: Vec<Attribute>,
    without: Vec<Attribute>,
}

#[async_trait]
impl TypedTool for SearchCatalog {
    type Args = SearchCatalogArgs;

    const NAME: &'static str = "search_catalog";
    const DESCRIPTION: &'static str = "Finds products (or aisles and departments) by words, in any spelling, with \
        filters on aisle, department and attributes that names state (organic, gluten_free, …).";
    const ROLES: &'static [Role] = &Role::ALL;

    async fn run(&self, context: &ToolContext, args: SearchCatalogArgs) -> Result<ToolOutput, ToolError> {
        let limit = row_limit(args.limit, 10, 50)?;
        let filters = filters(context, &args)?;
        let mut output = if args.query.trim().is_empty() {
            list(context, &filters, limit)?
        } else {
            search(context, &args.query, &filters, limit).await?
        };
        if is_about_allergens(&args.query, &filters) {
            let text = "Attributes come from product names; they are no allergen information.";
            output.notes.push(Note::new("allergen", text));
        }
        Ok(output)
    }
}

fn filters(context: &ToolContext, args: &SearchCatalogArgs) -> Result<Filters, ToolError> {
    let kinds = match args.kinds.as_deref() {
        None | Some([]) => vec![DocumentKind::Product],
        Some(kinds) => kinds.to_vec(),
    };
    Ok(Filters {
        scope: Scope::resolve(&context.run.catalogue, args.aisle.as_deref(), args.department.as_deref())?,
        kinds,
        with: attributes(args.attributes.as_deref())?,
        without: attributes(args.exclude_attributes.as_deref())?,
    })
}

fn attributes(names: Option<&[String]>) -> Result<Vec<Attribute>, ToolError> {
    let names = names.unwrap_or_default().iter();
    names
        .map(|name| {
            Attribute::from_name(name).ok_or_else(|| {
                let known: Vec<&str> = Attribute::ALL.iter().map(|attribute| attribute.code()).collect();
                let known = known.join(", ");
                ToolError::InvalidArguments(format!(
                    "attribute {name:?} is unknown, it must be one of {known}"
                ))
            })
        })
        .collect()
}

/// What passes the filters, the most bought first. Only products are bought, so only products are listed.
fn list(context: &ToolContext, filters: &Filters, limit: usize) -> Result<ToolOutput, ToolError> {
    let no_filter = filters.scope.is_everything() && filters.with.is_empty() && filters.without.is_empty();
    if no_filter || filters.kinds != [DocumentKind::Product] {
        let message = "query is empty: give words, or an aisle, department or attribute to list products of";
        return Err(ToolError::InvalidArguments(message.to_owned()));
    }
    let run = &context.run;
    let passes = |name: &str| {
        let stated: BTreeSet<Attribute> = attributes_of_name(name);
        filters.with.iter().all(|attribute| stated.contains(attribute))
            && !filters.without.iter().any(|attribute| stated.contains(attribute))
    };
    let products = run
        .catalogue
        .by_popularity()
        .filter(|product| {
            filters.scope.contains(product) && run.merchandising.allows(&context.principal, product)
        })
        .filter(|product| passes(&product.name))
        .take(limit);
    let mut table = Table::new(result_columns());
    let mut items = Vec::new();
    for product in products {
        let behind = [json!(product.purchases as f64), Value::Null, Value::Null];
        table.rows.push(product_row(&run.catalogue, [json!("product")], product, behind));
        items.push(ProductItem {
            score: Some(product.purchases as f64),
            score_kind: Some("purchases".to_owned()),
            ..product_item(&run.catalogue, product)
        });
    }
    Ok(ToolOutput { products: items, ..ToolOutput::table(table, "catalogue") })
}

async fn search(
    context: &ToolContext,
    query: &str,
    filters: &Filters,
    limit: usize,
) -> Result<ToolOutput, ToolError> {
    let run = Arc::clone(&context.run);
    if run.search.is_none() {
        let message = "it has no search index; run `insightflow index build`";
        return Err(ToolError::Unavailable(message.to_owned()));
    }
    let request = SearchRequest {
        query: query.to_owned(),
        kinds: filters.kinds.clone(),
        aisle_ids: filters.scope.aisle.into_iter().collect(),
        department_ids: filters.scope.department.into_iter().collect(),
        attributes: filters.with.clone(),
        excluded_attributes: filters.without.clone(),
        top_k: HITS_BEFORE_RULES,
    };
    let response =
        tokio::task::spawn_blocking(move || run.search.as_ref().map(|index| index.search(&request)))
            .await
            .map_err(|died| ToolError::Upstream(format!("the search thread died: {died}")))?
            .transpose()
            .map_err(|error| ToolError::Upstream(error.to_string()))?;
    let (hits, mode) = response.map_or((Vec::new(), SearchMode::Lexical), |found| (found.hits, found.mode));
    let mut table = Table::new(result_columns());
    let mut items = Vec::new();
    for hit in hits {
        if table.rows.len() == limit {
            break;
        }
        push_hit(context, &hit, &mut table, &mut items);
    }
    let mut output = ToolOutput { products: items, ..ToolOutput::table(table, "index") };
    if mode == SearchMode::Lexical {
        let text = "Search is by words only: this run has no vectors or their model is not loaded.";
        output.notes.push(Note::new("lexical_only", text));
    }
    Ok(output)
}

/// Adds a hit, unless the rules of the shop hide it from whoever asks.
fn push_hit(context: &ToolContext, hit: &Hit, table: &mut Table, items: &mut Vec<ProductItem>) {
    let run = &context.run;
    let behind = [json!(hit.score), json!(hit.lexical_rank), json!(hit.dense_rank)];
    if let Some(id) = hit.id.product_id() {
        let Some(product) = run.catalogue.product(id) else { return };
        if !run.merchandising.allows(&context.principal, product) {
            return;
        }
        table.rows.push(product_row(&run.catalogue, [json!("product")], product, behind));
        items.push(ProductItem {
            score: Some(hit.score),
            score_kind: Some("rrf".to_owned()),
            ..product_item(&run.catalogue, product)
        });
        return;
    }
    let document = run.search.as_ref().and_then(|index| index.document(hit.id));
    let Some(document) = document else { return };
    let hidden = context.principal.role() == Role::Guest
        && document.department_id.is_some_and(|id| run.merchandising.is_restricted(id));
    if !hidden {
        table.rows.push(place_row(document, behind));
    }
}

/// A row of an aisle or department: it has no product.
fn place_row(document: &Document, behind: [Value; 3]) -> Vec<Value> {
    let aisle = (document.id.kind == DocumentKind::Aisle).then_some(document.aisle.as_str());
    let before =
        [json!(document.id.kind.code()), Value::Null, Value::Null, json!(aisle), json!(document.department)];
    before.into_iter().chain(behind).collect()
}

fn result_columns() -> Vec<Column> {
    product_columns(
        &[("kind", ColumnType::String)],
        &[
            ("score", ColumnType::Number),
            ("lexical_rank", ColumnType::Integer),
            ("dense_rank", ColumnType::Integer),
        ],
    )
}

/// Whether somebody might take the answer for information about allergens.
fn is_about_allergens(query: &str, filters: &Filters) -> bool {
    let is_allergen = |attribute: &Attribute| {
        matches!(
            attribute,
            Attribute::GlutenFree | Attribute::DairyFree | Attribute::LactoseFree | Attribute::SoyFree
        )
    };
    let words = stems(query);
    let says = |word: &str| words.iter().any(|stem| stem == word);
    filters.with.iter().chain(&filters.without).any(is_allergen)
        || attributes_of_name(query).iter().any(is_allergen)
        || ["gluten", "lactose", "allergen", "allergi", "allergic", "celiac", "coeliac"].into_iter().any(says)
        || (says("free") && ["nut", "peanut", "egg", "milk", "fish", "sesame"].into_iter().any(says))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about_allergens(query: &str, attributes: &[Attribute]) -> bool {
        let filters = Filters {
            scope: Scope::default(),
            kinds: Vec::new(),
            with: attributes.to_vec(),
            without: Vec::new(),
        };
        is_about_allergens(query, &filters)
    }

    #[test]
    fn questions_about_gluten_lactose_and_nuts_are_about_allergens() {
        assert!(about_allergens("gluten free bread", &[]));
        assert!(about_allergens("nut-free cookies", &[]));
        assert!(about_allergens("bread", &[Attribute::LactoseFree]));
        assert!(!about_allergens("mixed nuts", &[Attribute::Organic]));
    }

    #[test]
    fn an_unknown_attribute_names_the_known_ones() {
        let message = attributes(Some(&["sparkly".to_owned()])).unwrap_err().to_string();
        assert!(
            message.contains(r#"attribute "sparkly" is unknown"#) && message.contains("gluten_free"),
            "{message}"
        );
    }
}
