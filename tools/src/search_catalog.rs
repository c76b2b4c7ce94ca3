//! `search_catalog`: hybrid search over the product, aisle and department documents of the run.
//!
//! Words go to the index (lexical and, where there are vectors, dense); without words the products that pass the
//! filters are listed by popularity, and aisles or departments by id with the number of their products. The
//! merchandising rules hold before the limit, so a full page stays full.
//! Searching takes milliseconds of CPU and runs on a blocking thread.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use async_trait::async_trait;
use domain::{
    answer::{Note, ProductItem},
    attributes::{Attribute, attributes_of_name},
    ids::{AisleId, DepartmentId, ProductId},
    principal::Role,
    table::{Column, ColumnType, Table},
};
use indexer::{Document, DocumentKind, Hit, SearchMode, SearchRequest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    catalogue::Product,
    contract::{ToolContext, ToolError, ToolOutput, TypedTool},
    kind::Kind,
    product_rows::{columns, product_columns, product_item, product_row, row_limit},
    relevance::{Found, Wanted, any_holds_all, by_relevance},
    selection::{Narrowing, Selection},
    words::{normalise, stem, stems},
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
    /// Only products that none of these words names or begins a name with, nor leads the name of their place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exclude: Option<Vec<String>>,
    /// Only how many products pass the filters and have every word of the query in their name, or in how many aisles or
    /// departments they stand where those are the kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<bool>,
    /// Aisles or departments by the number of their products, for a list without query and count; by id when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by_size: Option<BySize>,
    /// Hits at most, 1 to 50; 10 when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 50))]
    pub limit: Option<u32>,
}

/// Which places come first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BySize {
    /// Those with the most products.
    Largest,
    /// Those with the fewest products.
    Smallest,
}

/// The tool.
#[derive(Debug, Clone, Copy, Default)]
pub struct SearchCatalog;

/// Names resolved to what the index filters on.
struct Filters {
    selection: Selection,
    kinds: Vec<DocumentKind>,
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
        let of_places = !filters.kinds.contains(&DocumentKind::Product);
        let listed = args.query.trim().is_empty() && args.count != Some(true);
        if args.by_size.is_some() && !(of_places && listed) {
            let message =
                "by_size orders listed places: give kinds aisle or department, no query and no count";
            return Err(ToolError::InvalidArguments(message.to_owned()));
        }
        let mut output = if args.count == Some(true) {
            count(context, &args.query, &filters)
        } else if args.query.trim().is_empty() {
            list(context, &filters, args.by_size, limit)?
        } else {
            search(context, &args, &filters, limit).await?
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
    let narrowing = Narrowing {
        aisle: args.aisle.as_deref(),
        department: args.department.as_deref(),
        attributes: args.attributes.as_deref(),
        exclude_attributes: args.exclude_attributes.as_deref(),
        exclude: args.exclude.as_deref(),
        ..Narrowing::default()
    };
    Ok(Filters { selection: Selection::resolve(&context.run.catalogue, &narrowing)?, kinds })
}

/// What passes the filters: products, the most bought first, or places.
fn list(
    context: &ToolContext,
    filters: &Filters,
    by_size: Option<BySize>,
    limit: usize,
) -> Result<ToolOutput, ToolError> {
    if !filters.kinds.contains(&DocumentKind::Product) {
        return Ok(list_places(context, filters, by_size, limit));
    }
    if filters.selection.is_everything() || filters.kinds != [DocumentKind::Product] {
        let message = "query is empty: give words, or an aisle, department or attribute to list products of";
        return Err(ToolError::InvalidArguments(message.to_owned()));
    }
    let found = list_products(context, &filters.selection, limit);
    if !found.products.is_empty() || filters.selection.with.is_empty() {
        return Ok(found);
    }
    // Nothing there states it: what stands there, and that none says so.
    let wider = filters.selection.without_wanted_attributes();
    if wider.is_everything() {
        return Ok(found);
    }
    let mut found = list_products(context, &wider, limit);
    found.notes.push(not_stated(&filters.selection));
    Ok(found)
}

/// How many products of the shop pass the filters and have every word in their name; of how many places they are, where
/// places are asked for.
fn count(context: &ToolContext, query: &str, filters: &Filters) -> ToolOutput {
    let (run, selection) = (&context.run, &filters.selection);
    let wanted: Vec<Vec<String>> = normalise(query).split(' ').map(spellings).collect();
    let named = |name: &str| {
        let name = name.to_lowercase();
        wanted.iter().all(|spellings| spellings.iter().any(|word| name.contains(word.as_str())))
    };
    let products = run.catalogue.products();
    let fits = products.iter().filter(|product| {
        selection.contains(product) && named(&product.name) && run.merchandising.lists(product)
    });
    let (name, count) = match filters.kinds.as_slice() {
        [DocumentKind::Aisle] => ("aisles", fits.map(|p| p.aisle_id).collect::<BTreeSet<_>>().len()),
        [DocumentKind::Department] => {
            ("departments", fits.map(|p| p.department_id).collect::<BTreeSet<_>>().len())
        }
        _ => ("products", fits.count()),
    };
    let mut table = Table::new(columns(&[(name, ColumnType::Integer)]));
    table.rows.push(vec![json!(count)]);
    ToolOutput::table(table, "catalogue")
}

/// How a word may be written inside a name: "strawberry" as it is, "berries" in the singular too.
fn spellings(word: &str) -> Vec<String> {
    if word.ends_with('y') {
        return vec![word.to_owned()];
    }
    let singular = word.strip_suffix("ies").map(|base| format!("{base}y"));
    std::iter::once(singular.unwrap_or_else(|| stem(word))).chain([word.to_owned()]).collect()
}

fn not_stated(selection: &Selection) -> Note {
    let wanted: Vec<String> = selection.with.iter().map(|attribute| attribute.label()).collect();
    let text = format!("No name among these states {}: check the label.", wanted.join(" or "));
    Note::new("attribute_not_stated", text)
}

fn list_products(context: &ToolContext, selection: &Selection, limit: usize) -> ToolOutput {
    let run = &context.run;
    let products = run
        .catalogue
        .by_popularity()
        .filter(|product| {
            selection.contains(product) && run.merchandising.allows(&context.principal, product)
        })
        .take(limit);
    let mut table = Table::new(result_columns());
    let mut items = Vec::new();
    for product in products {
        let behind = [json!(product.purchases as f64), Value::Null, Value::Null, Value::Null];
        table.rows.push(product_row(&run.catalogue, [json!("product")], product, behind));
        items.push(ProductItem {
            score: Some(product.purchases as f64),
            score_kind: Some("purchases".to_owned()),
            ..product_item(&run.catalogue, product)
        });
    }
    let mut output = ToolOutput { products: items, ..ToolOutput::table(table, "catalogue") };
    let hidden = || {
        let restricted = |product: &&Product| run.merchandising.is_restricted(product.department_id);
        run.catalogue.products().iter().filter(restricted).any(|product| selection.contains(product))
    };
    if output.table.rows.is_empty() && hidden() {
        output.notes.push(age_restricted());
    }
    output
}

fn age_restricted() -> Note {
    Note::new("age_restricted", "Some products are shown to signed-in customers only.")
}

/// Aisles or departments, by id or by their size, each with the number of products that the shop has there; of a scope
/// only those that have some in it.
fn list_places(
    context: &ToolContext,
    filters: &Filters,
    by_size: Option<BySize>,
    limit: usize,
) -> ToolOutput {
    let run = &context.run;
    let of_aisles = filters.kinds.contains(&DocumentKind::Aisle);
    // An aisle is told with the department that its products stand in.
    let mut places: BTreeMap<(Option<AisleId>, DepartmentId), (usize, BTreeSet<AisleId>)> = BTreeMap::new();
    for product in run.catalogue.products() {
        if filters.selection.contains(product) && run.merchandising.lists(product) {
            let aisle = of_aisles.then_some(product.aisle_id);
            let (products, aisles) = places.entry((aisle, product.department_id)).or_default();
            *products += 1;
            aisles.insert(product.aisle_id);
        }
    }
    let kind = if of_aisles { DocumentKind::Aisle } else { DocumentKind::Department };
    let mut places: Vec<_> = places.into_iter().collect();
    match by_size {
        Some(BySize::Largest) => places.sort_by_key(|(_, (products, _))| std::cmp::Reverse(*products)),
        Some(BySize::Smallest) => places.sort_by_key(|(_, (products, _))| *products),
        None => {}
    }
    let mut table = Table::new(columns(&PLACE_COLUMNS));
    table.rows = places
        .into_iter()
        .take(limit)
        .map(|((aisle, department), (products, aisles))| {
            vec![
                json!(kind.code()),
                json!(aisle.map(|id| run.catalogue.aisle_name(id))),
                json!(run.catalogue.department_name(department)),
                json!(products),
                json!(aisles.len()),
            ]
        })
        .collect();
    ToolOutput::table(table, "catalogue")
}

/// The columns of a list of places.
const PLACE_COLUMNS: [(&str, ColumnType); 5] = [
    ("kind", ColumnType::String),
    ("aisle", ColumnType::String),
    ("department", ColumnType::String),
    ("products", ColumnType::Integer),
    ("aisles", ColumnType::Integer),
];

async fn search(
    context: &ToolContext,
    args: &SearchCatalogArgs,
    filters: &Filters,
    limit: usize,
) -> Result<ToolOutput, ToolError> {
    let query = args.query.as_str();
    let (mut hits, mode) = hits(context, query, filters).await?;
    let looked_for = words(query, filters);
    let mut wanted = Wanted::of(&looked_for);
    let mut found = shown(context, filters, &wanted, &hits);
    let mut selection = filters.selection.clone();
    let mut stated = true;
    // "Dairy free coffee creamer" where no creamer states it: the creamers, and that none says so.
    let mut unheard = !selection.with.is_empty() && !any_holds_all(&wanted, &found.products);
    let catalogue = &context.run.catalogue;
    for other in [wanted.without_head(catalogue), wanted.head_alone(catalogue)].into_iter().flatten() {
        if unheard && any_holds_all(&other, &shown(context, filters, &other, &hits).products) {
            found = shown(context, filters, &other, &hits);
            wanted = other;
            unheard = false;
        }
    }
    if unheard && !wanted.is_empty() {
        let wider =
            Filters { selection: selection.without_wanted_attributes(), kinds: filters.kinds.clone() };
        let (more, _) = self::hits(context, &looked_for, &wider).await?;
        if any_holds_all(&wanted, &shown(context, &wider, &wanted, &more).products) {
            hits = more;
            found = shown(context, &wider, &wanted, &hits);
            selection = wider.selection;
            stated = false;
        }
    }
    let mut table = Table::new(result_columns());
    let mut items = Vec::new();
    let hidden = found.hidden;
    let admits = |product: &Product| may_be_shown(context, &selection, product);
    let relaxed = wanted.relaxed(catalogue, admits);
    let kind = Kind::of(catalogue, relaxed.words(), admits);
    let mut ordered =
        by_relevance(catalogue, &wanted, kind.as_ref(), found.products, args.limit.map(|_| limit));
    // "Orange juice without pulp": what says so comes first.
    if selection.excludes_words() {
        let says_so = |product: &Product| wanted.is_held_by(product) && selection.states_absence(product);
        ordered.sort_by_cached_key(|found| !says_so(found.product));
    }
    for found in ordered.iter().take(limit) {
        push_product(context, found, &mut table, &mut items);
    }
    for hit in hits.iter().filter(|hit| hit.id.product_id().is_none()) {
        if table.rows.len() < limit {
            push_place(context, hit, &mut table);
        }
    }
    let mut output = ToolOutput { products: items, ..ToolOutput::table(table, "index") };
    if mode == SearchMode::Lexical {
        let text = "Search is by words only: this run has no vectors or their model is not loaded.";
        output.notes.push(Note::new("lexical_only", text));
    }
    if !stated {
        output.notes.push(not_stated(&filters.selection));
    }
    if hidden && output.table.rows.is_empty() {
        output.notes.push(age_restricted());
    }
    Ok(output)
}

/// What the index finds, best first, and how it searched.
async fn hits(
    context: &ToolContext,
    query: &str,
    filters: &Filters,
) -> Result<(Vec<Hit>, SearchMode), ToolError> {
    let run = Arc::clone(&context.run);
    if run.search.is_none() {
        let message = "it has no search index; run `insightflow index build`";
        return Err(ToolError::Unavailable(message.to_owned()));
    }
    let request = SearchRequest {
        query: query.to_owned(),
        kinds: filters.kinds.clone(),
        aisle_ids: filters.selection.scope.aisle.into_iter().collect(),
        department_ids: filters.selection.scope.department.into_iter().collect(),
        attributes: filters.selection.with.clone(),
        excluded_attributes: filters.selection.without.clone(),
        top_k: HITS_BEFORE_RULES,
    };
    let response =
        tokio::task::spawn_blocking(move || run.search.as_ref().map(|index| index.search(&request)))
            .await
            .map_err(|died| ToolError::Upstream(format!("the search thread died: {died}")))?
            .transpose()
            .map_err(|error| ToolError::Upstream(error.to_string()))?;
    Ok(response.map_or((Vec::new(), SearchMode::Lexical), |found| (found.hits, found.mode)))
}

/// The words that are looked for beyond what a filter on attributes ensures.
fn words(query: &str, filters: &Filters) -> String {
    let mut text = format!(" {} ", normalise(query));
    for phrase in filters.selection.with.iter().flat_map(|attribute| attribute.phrases()) {
        text = text.replace(&format!(" {phrase} "), " ");
    }
    text
}

/// Products among the hits that may be shown.
struct Shown<'c, 'h> {
    products: Vec<Found<'c, Option<&'h Hit>>>,
    /// Whether the rules of the shop hide some from whoever asks.
    hidden: bool,
}

/// The hits, and behind them whatever else has every word in its name: an index returns no more than a page of pages.
fn shown<'c, 'h>(
    context: &'c ToolContext,
    filters: &Filters,
    wanted: &Wanted,
    hits: &'h [Hit],
) -> Shown<'c, 'h> {
    let run = &context.run;
    let mut shown = Shown { products: Vec::new(), hidden: false };
    for hit in hits {
        let Some(product) = hit.id.product_id().and_then(|id| run.catalogue.product(id)) else { continue };
        if !run.merchandising.allows(&context.principal, product) {
            shown.hidden |= run.merchandising.is_restricted(product.department_id);
        } else if !filters.selection.excludes(product) {
            shown.products.push(Found { product, hit: Some(hit), relevance: None });
        }
    }
    if !filters.kinds.contains(&DocumentKind::Product) {
        return shown;
    }
    let seen: BTreeSet<ProductId> = shown.products.iter().map(|found| found.product.id).collect();
    let relaxed =
        wanted.relaxed(&run.catalogue, |product| may_be_shown(context, &filters.selection, product));
    let Some(kind) = Kind::of(&run.catalogue, relaxed.words(), |_| false) else { return shown };
    let others = kind
        .holders(&run.catalogue)
        .filter(|product| !seen.contains(&product.id) && may_be_shown(context, &filters.selection, product));
    shown.products.extend(others.map(|product| Found { product, hit: None, relevance: None }));
    shown
}

/// Whether a product passes the filters and the rules of the shop.
fn may_be_shown(context: &ToolContext, selection: &Selection, product: &Product) -> bool {
    selection.contains(product) && context.run.merchandising.allows(&context.principal, product)
}

fn push_product(
    context: &ToolContext,
    found: &Found<'_, Option<&Hit>>,
    table: &mut Table,
    items: &mut Vec<ProductItem>,
) {
    let (run, hit) = (&context.run, found.hit);
    // Without words nothing but the index orders the hits.
    let of_index = hit.map_or(0.0, |hit| hit.score);
    let (score, kind) = found.relevance.map_or((of_index, "rrf"), |relevance| (relevance, "relevance"));
    let behind = hit_cells(score, hit);
    table.rows.push(product_row(&run.catalogue, [json!("product")], found.product, behind));
    items.push(ProductItem {
        score: Some(score),
        score_kind: Some(kind.to_owned()),
        ..product_item(&run.catalogue, found.product)
    });
}

/// Adds an aisle or department.
fn push_place(context: &ToolContext, hit: &Hit, table: &mut Table) {
    let run = &context.run;
    let document = run.search.as_ref().and_then(|index| index.document(hit.id));
    let Some(document) = document else { return };
    table.rows.push(place_row(document, hit_cells(hit.score, Some(hit))));
}

/// What is told of a hit: what the list is ordered by, then what the index said: its fused score and the ranks behind it.
/// Nothing where the index did not return it.
fn hit_cells(score: f64, hit: Option<&Hit>) -> [Value; 4] {
    [
        json!(score),
        json!(hit.map(|hit| hit.score)),
        json!(hit.and_then(|hit| hit.lexical_rank)),
        json!(hit.and_then(|hit| hit.dense_rank)),
    ]
}

/// A row of an aisle or department: it has no product.
fn place_row(document: &Document, behind: [Value; 4]) -> Vec<Value> {
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
            ("rrf", ColumnType::Number),
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
    filters.selection.with.iter().chain(&filters.selection.without).any(is_allergen)
        || attributes_of_name(query).iter().any(is_allergen)
        || ["gluten", "lactose", "allergen", "allergi", "allergic", "celiac", "coeliac"].into_iter().any(says)
        || (says("free") && ["nut", "peanut", "egg", "milk", "fish", "sesame"].into_iter().any(says))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about_allergens(query: &str, attributes: &[Attribute]) -> bool {
        let mut selection = Selection::default();
        selection.with = attributes.to_vec();
        is_about_allergens(query, &Filters { selection, kinds: Vec::new() })
    }

    #[test]
    fn questions_about_gluten_lactose_and_nuts_are_about_allergens() {
        assert!(about_allergens("gluten free bread", &[]));
        assert!(about_allergens("nut-free cookies", &[]));
        assert!(about_allergens("bread", &[Attribute::LactoseFree]));
        assert!(!about_allergens("mixed nuts", &[Attribute::Organic]));
    }
}
