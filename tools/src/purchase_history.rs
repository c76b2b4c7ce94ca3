//! `purchase_history`: what a customer has bought so far: most often, of given products or terms, or in one order.
//!
//! Everything is counted in orders that have lines: "in 3 of 10 orders". It answers "will they buy apples?" with what
//! they did, and says that this is no probability. Read through the row policy; a shopper reaches only themselves.

use async_trait::async_trait;
use domain::{
    answer::{Note, ProductItem},
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
    customer::{self, History},
    product_rows::{columns, product_by_id, product_columns, product_item, product_row, row_limit},
    selection::{Narrowing, Selection},
    words::stems,
};

/// Products or terms that one call may ask for.
const MOST_ASKED: usize = 50;

/// Arguments of `purchase_history`: products, or terms, or neither for what is bought most.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PurchaseHistoryArgs {
    /// The customer's id, from 1; left out, the one who asks. Only staff may name another customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub user_id: Option<u32>,
    /// Products to count, by id, 1 to 50; each gets a row, also when it was never bought.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 50))]
    pub product_ids: Option<Vec<u32>>,
    /// Terms to count, such as "apples", 1 to 50; each gets a row over the products whose name or aisle holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 50))]
    pub terms: Option<Vec<String>>,
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
    /// Only what one order held: 1 is the customer's first order that has lines, -1 the last, -2 the one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<i32>,
    /// Products at most where neither products nor terms are given, 1 to 100; 10 when left out, 100 for one order.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 100))]
    pub limit: Option<u32>,
}

/// The tool.
#[derive(Debug, Clone, Copy, Default)]
pub struct PurchaseHistory;

/// What is counted.
enum Asked<'c> {
    Products(Vec<&'c Product>),
    Terms(Vec<(&'c str, Vec<String>)>),
    MostBought(usize),
    OneOrder(i32, usize),
}

#[async_trait]
impl TypedTool for PurchaseHistory {
    type Args = PurchaseHistoryArgs;

    const NAME: &'static str = "purchase_history";
    const DESCRIPTION: &'static str = "What a customer has bought so far, counted in orders: their most bought \
        products, or given products, or terms such as \"apples\" (do they like it), or what one order held.";
    const ROLES: &'static [Role] = &[Role::Shopper, Role::Analyst, Role::Admin];

    async fn run(&self, context: &ToolContext, args: PurchaseHistoryArgs) -> Result<ToolOutput, ToolError> {
        let user_id = customer::subject(&context.principal, args.user_id)?;
        let asked = asked(context, &args)?;
        let narrowing = Narrowing {
            aisle: args.aisle.as_deref(),
            department: args.department.as_deref(),
            matching: args.matching.as_deref(),
            attributes: args.attributes.as_deref(),
            exclude_attributes: args.exclude_attributes.as_deref(),
            exclude: args.exclude.as_deref(),
            ..Narrowing::default()
        };
        let selection = Selection::resolve(&context.run.catalogue, &narrowing)?;
        let history = customer::load_history(context, user_id).await?;
        let mut notes = Vec::new();
        if history.is_empty() {
            notes.push(no_history(context, user_id).await?);
        }
        let mut output = match asked {
            Asked::Terms(terms) => by_term(context, &history, &selection, &terms),
            Asked::Products(products) => by_product(context, user_id, &history, products),
            Asked::MostBought(limit) => {
                by_product(context, user_id, &history, most_bought(context, &history, &selection, limit))
            }
            Asked::OneOrder(order, limit) => {
                let held: Vec<ProductId> = history.products_of_order(order).collect();
                let mut products = most_bought(context, &history, &selection, usize::MAX);
                products.retain(|product| held.contains(&product.id));
                products.truncate(limit);
                by_product(context, user_id, &history, products)
            }
        };
        let statement = customer::history_statement(user_id);
        output.parameters = statement.json_parameters();
        output.sql = Some(statement.sql);
        notes.push(Note::new(
            "not_a_probability",
            "These are shares of past orders that have lines, no probability of the next one.",
        ));
        output.notes = notes;
        Ok(output)
    }
}

fn asked<'c>(context: &'c ToolContext, args: &'c PurchaseHistoryArgs) -> Result<Asked<'c>, ToolError> {
    let within = |count: usize, what: &str| match count {
        1..=MOST_ASKED => Ok(()),
        _ => Err(ToolError::InvalidArguments(format!("{count} {what}, it must be 1 to {MOST_ASKED}"))),
    };
    match (&args.product_ids, &args.terms) {
        (Some(_), Some(_)) => {
            Err(ToolError::InvalidArguments("give product_ids or terms, not both".to_owned()))
        }
        (Some(ids), None) => {
            within(ids.len(), "product_ids")?;
            let products: Result<Vec<_>, _> = ids.iter().map(|id| product_by_id(context, *id)).collect();
            products.map(Asked::Products)
        }
        (None, Some(terms)) => {
            within(terms.len(), "terms")?;
            let stemmed = terms.iter().map(|term| match stems(term) {
                words if words.is_empty() => {
                    let message = format!("term {term:?} holds no word: give a word such as \"apples\"");
                    Err(ToolError::InvalidArguments(message))
                }
                words => Ok((term.as_str(), words)),
            });
            stemmed.collect::<Result<_, _>>().map(Asked::Terms)
        }
        (None, None) => match args.order {
            Some(0) => Err(ToolError::InvalidArguments(
                "order is 0, it must be 1 for the first, 2 for the second, -1 for the last".to_owned(),
            )),
            Some(order) => Ok(Asked::OneOrder(order, row_limit(args.limit, 100, 100)?)),
            None => row_limit(args.limit, 10, 100).map(Asked::MostBought),
        },
    }
}

/// Staff asking for an unknown customer are told so; everybody else simply has bought nothing yet.
async fn no_history(context: &ToolContext, user_id: UserId) -> Result<Note, ToolError> {
    if context.principal.role().is_staff() && !customer::exists(context, user_id).await? {
        return Err(customer::unknown_customer(user_id));
    }
    Ok(Note::new("cold_start", "This customer has no purchases in the data yet."))
}

/// Products of the history that may be shown, the most bought first, then the latest, then by id.
fn most_bought<'c>(
    context: &'c ToolContext,
    history: &History,
    selection: &Selection,
    limit: usize,
) -> Vec<&'c Product> {
    let mut products: Vec<_> = shown(context, history, selection).collect();
    products.sort_by_key(|product| {
        let of = history.of(product.id);
        (std::cmp::Reverse(of.orders_with), of.last_order_ago, product.id)
    });
    products.truncate(limit);
    products
}

fn shown<'c>(
    context: &'c ToolContext,
    history: &History,
    selection: &Selection,
) -> impl Iterator<Item = &'c Product> {
    let run = &context.run;
    history.products().filter_map(|id| run.catalogue.product(id)).filter(move |product| {
        selection.contains(product) && run.merchandising.allows(&context.principal, product)
    })
}

fn by_product(
    context: &ToolContext,
    user_id: UserId,
    history: &History,
    products: Vec<&Product>,
) -> ToolOutput {
    let catalogue = &context.run.catalogue;
    let mut table = Table::new(product_columns(
        &[],
        &[
            ("orders_with_product", ColumnType::Integer),
            ("orders_total", ColumnType::Integer),
            ("share_of_orders", ColumnType::Number),
            ("last_order_ago", ColumnType::Integer),
            ("first_order_number", ColumnType::Integer),
            ("last_order_number", ColumnType::Integer),
        ],
    ));
    let total = history.orders_total();
    let whose = if customer::is_self(&context.principal, user_id) { "your" } else { "the customer's" };
    let mut items = Vec::with_capacity(products.len());
    for product in products {
        let of = history.of(product.id);
        let share = share(of.orders_with, total);
        let behind = [
            json!(of.orders_with),
            json!(total),
            json!(share),
            json!(of.last_order_ago),
            json!(of.first_order_number),
            json!(of.last_order_number),
        ];
        table.rows.push(product_row(catalogue, [], product, behind));
        let orders = if total == 1 { "order" } else { "orders" };
        items.push(ProductItem {
            score: share,
            score_kind: share.map(|_| "order_share".to_owned()),
            reason: Some(format!("in {} of {whose} {total} {orders}", of.orders_with)),
            ..product_item(catalogue, product)
        });
    }
    ToolOutput { products: items, ..ToolOutput::table(table, context.run.engine.name()) }
}

const TERM_COLUMNS: [(&str, ColumnType); 8] = [
    ("term", ColumnType::String),
    ("matching_products", ColumnType::Integer),
    ("orders_with", ColumnType::Integer),
    ("orders_total", ColumnType::Integer),
    ("share_of_orders", ColumnType::Number),
    ("last_order_ago", ColumnType::Integer),
    ("top_product", ColumnType::String),
    ("top_product_orders", ColumnType::Integer),
];

fn by_term(
    context: &ToolContext,
    history: &History,
    selection: &Selection,
    terms: &[(&str, Vec<String>)],
) -> ToolOutput {
    let mut table = Table::new(columns(&TERM_COLUMNS));
    let total = history.orders_total();
    for (term, words) in terms {
        let products: Vec<&Product> =
            shown(context, history, selection).filter(|product| product.matches(words)).collect();
        let ids: Vec<ProductId> = products.iter().map(|product| product.id).collect();
        let of = history.of_any(&ids);
        let top = products
            .iter()
            .min_by_key(|product| (std::cmp::Reverse(history.of(product.id).orders_with), product.id));
        table.rows.push(vec![
            json!(term.trim()),
            json!(products.len()),
            json!(of.orders_with),
            json!(total),
            json!(share(of.orders_with, total)),
            json!(of.last_order_ago),
            json!(top.map(|product| &product.name)),
            top.map_or(Value::Null, |product| json!(history.of(product.id).orders_with)),
        ]);
    }
    ToolOutput::table(table, context.run.engine.name())
}

fn share(part: usize, total: usize) -> Option<f64> {
    (total > 0).then(|| part as f64 / total as f64)
}
