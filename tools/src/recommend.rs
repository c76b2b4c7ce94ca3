//! `recommend`: what somebody should buy, with true reasons.
//!
//! Who is it for → which mode → candidates (`candidates`, for a known customer `next_basket`) → one table.
//! For a known customer the next-basket model ranks by a calibrated probability; a run without it falls back to the own
//! history by frequency and recency, and says so. Products in the basket are never recommended. Scores of different
//! kinds are not comparable; only the kind `probability` is one.

mod candidates;
mod next_basket;

use std::sync::Arc;

use async_trait::async_trait;
use domain::{
    answer::{Note, ProductItem},
    ids::UserId,
    principal::Role,
    table::{Column, ColumnType, Table},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    contract::{ToolContext, ToolError, ToolOutput, TypedTool},
    customer::{self, History},
    next_basket::{NextBasketModel, off_runtime},
    product_rows::{product_columns, product_item, product_row, row_limit},
    recommend::{
        candidates::{Candidate, Conditions, Filter},
        next_basket::{Asked, Wanted},
    },
    segments,
    selection::{Narrowing, Selection},
    sql::Statement,
};

/// How recommendations are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecommendMode {
    /// What the customer's next order will most likely hold, bought before or new. The default for a known customer.
    NextBasket,
    /// Only what the customer has bought before, the likeliest in the next order first.
    Repeat,
    /// Only products that are new to the customer, the likeliest in the next order first.
    Discover,
    /// By taste (ALS) alone, bought before or not.
    Als,
    /// What all customers buy most. The default for a guest with an empty basket.
    Popular,
    /// What the customers of a segment buy more than others do.
    Segment,
}

/// Arguments of `recommend`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecommendArgs {
    /// How recommendations are found; left out, it depends on who asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<RecommendMode>,
    /// The customer's id, from 1; left out, the one who asks. Only staff may name another customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub user_id: Option<u32>,
    /// A segment by name or id, for the mode `segment`; left out, the customer's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
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
pub struct Recommend;

/// Who the recommendations are for.
enum Subject {
    /// A customer with purchases in the run.
    Known(Box<Known>),
    /// A customer whom the run does not know, or who has no lines in it yet.
    New,
    /// Nobody in particular.
    Nobody,
}

/// A customer with purchases.
struct Known {
    user_id: UserId,
    history: History,
    /// The next-basket model and the orders it is asked with; none in a run without it.
    asked: Option<Asked>,
}

/// What was found, and what a reader should know of it.
#[derive(Default)]
struct Found<'r> {
    candidates: Vec<Candidate<'r>>,
    notes: Vec<Note>,
    statements: Vec<Statement>,
    engine: &'static str,
}

#[async_trait]
impl TypedTool for Recommend {
    type Args = RecommendArgs;

    const NAME: &'static str = "recommend";
    const DESCRIPTION: &'static str = "Recommends products: for a customer from their own history and taste, for a \
        guest from the basket or popularity, for a segment from what it favours. Each row says truly why.";
    const ROLES: &'static [Role] = &Role::ALL;

    async fn run(&self, context: &ToolContext, args: RecommendArgs) -> Result<ToolOutput, ToolError> {
        let limit = row_limit(args.limit, 10, 50)?;
        let filter = filter(context, &args)?;
        let subject = subject(context, &args).await?;
        let mode = mode(context, &args, &subject)?;
        let mut found = find(&args, mode, &subject, &filter, limit).await?;
        if found.candidates.is_empty() && mode == RecommendMode::Repeat && args.matching.is_some() {
            // Out of something that was bought elsewhere: what others buy of it.
            found = popular(&filter, limit);
            let text = "Nothing of that kind was bought before; these are bought most by all customers.";
            found.notes.push(Note::new("none_bought", text));
        }
        candidates::put_pinned_first(&filter, &mut found.candidates);
        found.candidates.truncate(limit);
        Ok(output(context, &subject, found))
    }
}

fn filter<'c>(context: &'c ToolContext, args: &RecommendArgs) -> Result<Filter<'c>, ToolError> {
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
    let conditions = Conditions {
        principal: context.principal.clone(),
        selection: Selection::resolve(&context.run.catalogue, &narrowing)?,
        basket: context.basket.clone(),
    };
    Ok(Filter { context, conditions })
}

async fn subject(context: &ToolContext, args: &RecommendArgs) -> Result<Subject, ToolError> {
    let Some(user_id) = customer::optional_subject(&context.principal, args.user_id)? else {
        return Ok(Subject::Nobody);
    };
    let known = match context.run.next_basket().await? {
        Some(model) => known_to_model(context, model, user_id).await?,
        None => Known { user_id, history: customer::load_history(context, user_id).await?, asked: None },
    };
    if !known.history.is_empty() {
        return Ok(Subject::Known(Box::new(known)));
    }
    // A shopper may be newer than the run; staff asking for an unknown id have mistyped it.
    if context.principal.role().is_staff() && !customer::exists(context, user_id).await? {
        return Err(customer::unknown_customer(user_id));
    }
    Ok(Subject::New)
}

async fn known_to_model(
    context: &ToolContext,
    model: &Arc<NextBasketModel>,
    user_id: UserId,
) -> Result<Known, ToolError> {
    let policy = context.principal.row_policy();
    let read = off_runtime(model, move |model| model.read(policy, user_id)).await?;
    let asked = Asked { model: Arc::clone(model), orders: read.orders };
    Ok(Known { user_id, history: read.history, asked: Some(asked) })
}

/// The mode asked for, or the default of whoever asks; refuses what cannot be done for them.
fn mode(context: &ToolContext, args: &RecommendArgs, subject: &Subject) -> Result<RecommendMode, ToolError> {
    use RecommendMode::{Als, Discover, NextBasket, Popular, Repeat, Segment};
    let guest = context.principal.role() == Role::Guest;
    let mode = match (args.mode, subject) {
        (Some(mode), _) => mode,
        (None, _) if args.segment.is_some() => Segment,
        (None, Subject::Nobody) if guest => Popular,
        (None, _) => NextBasket,
    };
    if args.segment.is_some() && mode != Segment {
        let message = "segment goes with the mode segment only: leave one of the two out";
        return Err(ToolError::InvalidArguments(message.to_owned()));
    }
    match (mode, subject) {
        (Segment, _) if guest => Err(ToolError::PermissionDenied(
            "segments are not for guests; ask for what is popular".to_owned(),
        )),
        (Segment, Subject::Nobody) if args.segment.is_none() => {
            Err(ToolError::InvalidArguments("give a segment or a user_id".to_owned()))
        }
        (NextBasket | Repeat | Discover | Als, Subject::Nobody) => {
            // Says to a guest that they have no history, and to staff that a customer is missing.
            customer::subject(&context.principal, None).map(|_| mode)
        }
        _ => Ok(mode),
    }
}

async fn find<'c>(
    args: &RecommendArgs,
    mode: RecommendMode,
    subject: &Subject,
    filter: &Filter<'c>,
    limit: usize,
) -> Result<Found<'c>, ToolError> {
    match (mode, subject) {
        (RecommendMode::Segment, _) => for_segment(args, subject, filter, limit).await,
        (RecommendMode::Popular, Subject::Nobody) if args.mode.is_none() => for_basket(filter, limit).await,
        (RecommendMode::Popular, _) => Ok(popular(filter, limit)),
        (_, Subject::Known(known)) => for_customer(known, mode, filter, limit).await,
        (_, Subject::New | Subject::Nobody) => {
            let mut found = for_basket(filter, limit).await?;
            found.notes.push(cold_start());
            Ok(found)
        }
    }
}

/// What a known customer should buy.
async fn for_customer<'c>(
    known: &Known,
    mode: RecommendMode,
    filter: &Filter<'c>,
    limit: usize,
) -> Result<Found<'c>, ToolError> {
    let wanted = match mode {
        RecommendMode::Repeat => Wanted::Known,
        RecommendMode::Discover => Wanted::New,
        _ => Wanted::All,
    };
    match &known.asked {
        Some(asked) if mode != RecommendMode::Als => {
            let candidates =
                next_basket::likeliest(filter, known.user_id, &known.history, asked, wanted, limit).await?;
            let mut notes = vec![Note::new(
                "definition",
                "Ranked by the calibrated probability that the customer's next order holds the product.",
            )];
            notes.extend(candidates.iter().any(|candidate| candidate.gain.is_some() && candidate.with_basket).then(
                || {
                    Note::new(
                        "basket",
                        "What goes with the basket stands higher than its probability, which is that of the next order \
                         whatever is in the basket.",
                    )
                },
            ));
            Ok(Found { candidates, notes, engine: "models", ..Found::default() })
        }
        _ => without_model(known, mode, filter, limit).await,
    }
}

/// The own history by frequency and recency, then taste: what a run without a next-basket model can do.
async fn without_model<'c>(
    known: &Known,
    mode: RecommendMode,
    filter: &Filter<'c>,
    limit: usize,
) -> Result<Found<'c>, ToolError> {
    let Known { user_id, history, asked } = known;
    // The model reads its customers itself; only without it a statement ran.
    let statement = asked.is_none().then(|| customer::history_statement(*user_id));
    let mut found = Found {
        statements: statement.into_iter().collect(),
        engine: filter.context.run.engine.name(),
        ..Found::default()
    };
    if matches!(mode, RecommendMode::NextBasket | RecommendMode::Repeat) {
        found.candidates = candidates::repeat(filter, *user_id, history, limit);
        found.notes.push(Note::new(
            "definition",
            "Own purchases are ranked by the share of orders that hold them, where an order counts half for each four \
             orders that came after it.",
        ));
    }
    if mode != RecommendMode::Als {
        found.notes.push(Note::new(
            "without_models",
            "This run has no next-basket model: products bought before are ranked by frequency and recency, new ones by \
             taste where the run has factors.",
        ));
    }
    if matches!(mode, RecommendMode::Repeat) || found.candidates.len() >= limit {
        return Ok(found);
    }
    let only_new = mode != RecommendMode::Als;
    let missing = limit - found.candidates.len();
    match candidates::by_taste(filter, *user_id, history, only_new, missing).await {
        Ok(by_taste) => {
            found.engine = if found.candidates.is_empty() { "models" } else { found.engine };
            found.candidates.extend(by_taste);
        }
        // The default mode still has the customer's own history; whoever asks for taste alone must know.
        Err(ToolError::Unavailable(_)) if mode == RecommendMode::NextBasket => {}
        Err(error) => return Err(error),
    }
    Ok(found)
}

/// What goes with the basket, and behind it what all customers buy most.
async fn for_basket<'c>(filter: &Filter<'c>, limit: usize) -> Result<Found<'c>, ToolError> {
    let mut found = Found { engine: "catalogue", ..Found::default() };
    if !filter.context.basket.is_empty() && filter.context.run.has_table("affinity") {
        let (statement, related) = candidates::with_basket(filter, limit).await?;
        found.statements.push(statement);
        found.engine = filter.context.run.engine.name();
        found.candidates = related;
    }
    let shown: Vec<_> = found.candidates.iter().map(|candidate| candidate.product.id).collect();
    let rest = candidates::popular(filter, limit + shown.len());
    found.candidates.extend(rest.into_iter().filter(|candidate| !shown.contains(&candidate.product.id)));
    Ok(found)
}

fn popular<'c>(filter: &Filter<'c>, limit: usize) -> Found<'c> {
    Found { candidates: candidates::popular(filter, limit), engine: "catalogue", ..Found::default() }
}

async fn for_segment<'c>(
    args: &RecommendArgs,
    subject: &Subject,
    filter: &Filter<'c>,
    limit: usize,
) -> Result<Found<'c>, ToolError> {
    let context = filter.context;
    let own = match subject {
        Subject::Known(known) => segments::of_customer(context, known.user_id).await?,
        Subject::New | Subject::Nobody => None,
    };
    let named =
        args.segment.as_deref().map(|name| segments::resolve(&context.run.segments, name)).transpose()?;
    segments::check_access(&context.principal, named, own)?;
    let Some(segment) = named.or(own) else {
        let mut found = for_basket(filter, limit).await?;
        found.notes.push(cold_start());
        return Ok(found);
    };
    let (statement, candidates) = candidates::of_segment(filter, segment).await?;
    Ok(Found {
        candidates,
        statements: vec![statement],
        engine: context.run.engine.name(),
        notes: Vec::new(),
    })
}

fn cold_start() -> Note {
    Note::new(
        "cold_start",
        "This customer has no purchases in the data yet, so recommendations come from the basket and from what all \
         customers buy.",
    )
}

fn output(context: &ToolContext, subject: &Subject, found: Found<'_>) -> ToolOutput {
    let catalogue = &context.run.catalogue;
    let history = match subject {
        Subject::Known(known) => Some(&known.history),
        Subject::New | Subject::Nobody => None,
    };
    let mut table = Table::new(result_columns());
    let mut products = Vec::with_capacity(found.candidates.len());
    for (position, candidate) in found.candidates.into_iter().enumerate() {
        let product = candidate.product;
        table.rows.push(product_row(
            catalogue,
            [json!(position + 1)],
            product,
            support_cells(&candidate, history),
        ));
        products.push(ProductItem {
            score: Some(candidate.score),
            score_kind: Some(candidate.score_kind.to_owned()),
            reason: Some(candidate.reason),
            ..product_item(catalogue, product)
        });
    }
    let sql: Vec<&str> = found.statements.iter().map(|statement| statement.sql.as_str()).collect();
    ToolOutput {
        products,
        sql: (!sql.is_empty()).then(|| sql.join(";\n")),
        parameters: found.statements.first().map(Statement::json_parameters).unwrap_or_default(),
        notes: found.notes,
        ..ToolOutput::table(table, found.engine)
    }
}

fn result_columns() -> Vec<Column> {
    product_columns(
        &[("rank", ColumnType::Integer)],
        &[
            ("score", ColumnType::Number),
            ("score_kind", ColumnType::String),
            ("reason", ColumnType::String),
            ("orders_with_product", ColumnType::Integer),
            ("orders_total", ColumnType::Integer),
            ("recent_orders_with_product", ColumnType::Integer),
            ("recent_orders_total", ColumnType::Integer),
            ("related_to", ColumnType::String),
            ("n_both", ColumnType::Integer),
            ("purchases", ColumnType::Integer),
            ("usual_pause_orders", ColumnType::Integer),
            ("bought_orders_ago", ColumnType::Integer),
            ("gain", ColumnType::Number),
            ("neighbour_rate", ColumnType::Number),
        ],
    )
}

/// The cells from `score` on: everything that a reason says stands in one of them.
fn support_cells(candidate: &Candidate<'_>, history: Option<&History>) -> [Value; 14] {
    let of = history.map(|history| history.of(candidate.product.id));
    [
        json!(candidate.score),
        json!(candidate.score_kind),
        json!(candidate.reason),
        json!(of.map(|of| of.orders_with)),
        json!(history.map(History::orders_total)),
        json!(of.map(|of| of.recent_with)),
        json!(history.map(History::recent_total)),
        json!(candidate.related_to),
        json!(candidate.n_both),
        json!(candidate.product.purchases),
        json!(of.and_then(|of| of.usual_pause)),
        json!(of.and_then(|of| of.last_order_ago).map(|ago| ago + 1)),
        json!(candidate.gain),
        json!(candidate.neighbour_rate),
    ]
}
