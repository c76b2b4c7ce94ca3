//! Answers about customers: who they are, what they bought, who is like them; and about the data itself.

use minijinja::context;
use tools::{
    customer_profile::CustomerProfileArgs, purchase_history::PurchaseHistoryArgs,
    score_products::ScoreProductsArgs,
};

use super::Told;
use crate::{bound_text::BoundTextError, builtin::Aspect, draft::Draft};

/// Composes the answer of `customer_profile`.
pub(crate) fn profile(
    told: &Told<'_>,
    args: &CustomerProfileArgs,
    aspect: Aspect,
) -> Result<Draft, BoundTextError> {
    let aspect_name = match aspect {
        Aspect::All => "all",
        Aspect::Segment => "segment",
        Aspect::Recency => "recency",
        Aspect::Frequency => "frequency",
        Aspect::Monetary => "monetary",
    };
    let mine = is_mine(told, args.user_id);
    let mut draft = told.render("answers/profile.j2", context! { mine, aspect => aspect_name })?;
    if aspect == Aspect::All && !told.output.table.rows.is_empty() {
        draft.blocks.push(told.table_block());
    }
    if mine {
        draft.suggestions.push("What do I buy most?".to_owned());
    }
    Ok(draft)
}

/// Composes the answer of `similar_customers`.
pub(crate) fn similar(told: &Told<'_>) -> Result<Draft, BoundTextError> {
    let mut draft = told.render(
        "answers/similar_customers.j2",
        context! { listed => told.listed(), more => told.has_more() },
    )?;
    if !told.output.table.rows.is_empty() {
        draft.blocks.push(told.table_block());
    }
    Ok(draft)
}

/// Composes the answer of `purchase_history`.
pub(crate) fn history(told: &Told<'_>, args: &PurchaseHistoryArgs) -> Result<Draft, BoundTextError> {
    let asked = match args {
        PurchaseHistoryArgs { terms: Some(_), .. } => "terms",
        PurchaseHistoryArgs { product_ids: Some(_), .. } => "products",
        PurchaseHistoryArgs { order: Some(1), .. } => "first_order",
        PurchaseHistoryArgs { order: Some(-1), .. } => "last_order",
        PurchaseHistoryArgs { order: Some(_), .. } => "one_order",
        _ => "most",
    };
    let narrowed = args.aisle.is_some()
        || args.department.is_some()
        || args.matching.is_some()
        || args.attributes.is_some()
        || args.exclude.is_some();
    let context = context! { mine => is_mine(told, args.user_id), asked, narrowed, listed => told.listed(), more => told.has_more() };
    let mut draft = told.render("answers/history.j2", context)?;
    draft.blocks.extend(told.products_block());
    Ok(draft)
}

/// Composes the answer of `score_products`.
pub(crate) fn will_buy(told: &Told<'_>, args: &ScoreProductsArgs) -> Result<Draft, BoundTextError> {
    let mine = is_mine(told, args.user_id);
    let context = context! { mine, listed => told.listed(), more => told.has_more() };
    let mut draft = told.render("answers/will_buy.j2", context)?;
    draft.blocks.extend(told.products_block());
    if mine {
        draft.suggestions.push("What should I buy?".to_owned());
    }
    Ok(draft)
}

/// Composes the answer of `describe_data`.
pub(crate) fn describe(told: &Told<'_>) -> Result<Draft, BoundTextError> {
    let mut draft = told.render("answers/describe.j2", context! {})?;
    if !told.output.table.rows.is_empty() {
        draft.blocks.push(told.table_block());
    }
    Ok(draft)
}

fn is_mine(told: &Told<'_>, user_id: Option<u32>) -> bool {
    let own = told.input.principal.user_id().map(|id| id.0);
    user_id.is_none() || user_id == own
}
