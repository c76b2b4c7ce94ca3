//! The sources of recommendations: own history, taste, basket, segment, popularity.
//!
//! Each gives candidates best first, ties by popularity and then id, already filtered by place, words, attributes, basket and the
//! merchandising rules. A reason never says more than the cells beside it.

use std::{collections::HashSet, sync::Arc};

use domain::{
    ids::{ProductId, UserId},
    principal::Principal,
};
use query::SqlValue;
use recsys::als::Scored;

use crate::{
    affinity::{self, MAX_PRODUCTS, Pair},
    catalogue::Product,
    contract::{ToolContext, ToolError},
    customer::{self, History},
    factors::{self, Measure},
    product_rows::with_separators,
    related_products::PairOrder,
    run::{Run, Segment},
    selection::Selection,
    sql::{Statement, read},
};

/// What a recommended product must satisfy.
#[derive(Debug, Clone)]
pub(super) struct Conditions {
    pub(super) principal: Principal,
    /// Place, words and attributes.
    pub(super) selection: Selection,
    /// Products already in the basket.
    pub(super) basket: Vec<ProductId>,
}

impl Conditions {
    fn accept(&self, run: &Run, product: &Product) -> bool {
        !self.basket.contains(&product.id)
            && self.selection.contains(product)
            && run.merchandising.allows(&self.principal, product)
    }
}

/// The conditions, on the run that they are checked against.
pub(super) struct Filter<'c> {
    pub(super) context: &'c ToolContext,
    pub(super) conditions: Conditions,
}

impl<'c> Filter<'c> {
    pub(super) fn accepts(&self, product: &Product) -> bool {
        self.conditions.accept(&self.context.run, product)
    }

    pub(super) fn product(&self, id: ProductId) -> Option<&'c Product> {
        self.context.run.catalogue.product(id).filter(|product| self.accepts(product))
    }
}

/// A product with what speaks for it.
pub(super) struct Candidate<'c> {
    pub(super) product: &'c Product,
    pub(super) score: f64,
    /// `probability`, `order_share`, `als`, `leverage`, `lift` or `purchases`; scores of two kinds are not comparable.
    pub(super) score_kind: &'static str,
    pub(super) reason: String,
    /// The product of the basket, or of the customer's own, that it goes with.
    pub(super) related_to: Option<String>,
    /// Orders that hold both.
    pub(super) n_both: Option<i64>,
    /// How much more often than by chance an order with `related_to` holds it: P(it | related) − P(it).
    pub(super) gain: Option<f64>,
    /// Whether `related_to` is in the basket.
    pub(super) with_basket: bool,
    /// Mean decayed share of the orders of customers with similar baskets that hold it, where that speaks for it.
    pub(super) neighbour_rate: Option<f64>,
}

impl<'c> Candidate<'c> {
    pub(super) fn new(product: &'c Product, score: f64, score_kind: &'static str, reason: String) -> Self {
        Self {
            product,
            score,
            score_kind,
            reason,
            related_to: None,
            n_both: None,
            gain: None,
            with_basket: false,
            neighbour_rate: None,
        }
    }

    fn popular(product: &'c Product) -> Self {
        Self::new(product, product.purchases as f64, "purchases", popular_reason(product))
    }
}

/// "bought 1,234 times by all customers".
pub(super) fn popular_reason(product: &Product) -> String {
    format!("bought {} times by all customers", with_separators(product.purchases))
}

/// What the customer has bought before, by the weighted share of their orders that hold it.
pub(super) fn repeat<'c>(
    filter: &Filter<'c>,
    user_id: UserId,
    history: &History,
    limit: usize,
) -> Vec<Candidate<'c>> {
    let mut candidates: Vec<_> = history
        .products()
        .filter_map(|id| filter.product(id))
        .map(|product| {
            let share = history.of(product.id).weighted_share;
            Candidate::new(product, share, "order_share", repeat_reason(filter, user_id, history, product))
        })
        .collect();
    candidates.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then(b.product.purchases.cmp(&a.product.purchases))
            .then(a.product.id.cmp(&b.product.id))
    });
    candidates.truncate(limit);
    candidates
}

/// "in 7 of your last 10 orders", or over all orders where the last ones do not hold it.
pub(super) fn repeat_reason(
    filter: &Filter<'_>,
    user_id: UserId,
    history: &History,
    product: &Product,
) -> String {
    let of = history.of(product.id);
    let whose = if customer::is_self(&filter.context.principal, user_id) { "your" } else { "the customer's" };
    let orders = |count: usize| if count == 1 { "order" } else { "orders" };
    let (total, recent) = (history.orders_total(), history.recent_total());
    if recent < total && of.recent_with > 0 {
        format!("in {} of {whose} last {recent} {}", of.recent_with, orders(recent))
    } else {
        format!("in {} of {whose} {total} {}", of.orders_with, orders(total))
    }
}

/// What customers of similar taste buy: the dot product of ALS factors.
pub(super) async fn by_taste<'c>(
    filter: &Filter<'c>,
    user_id: UserId,
    history: &History,
    only_new: bool,
    limit: usize,
) -> Result<Vec<Candidate<'c>>, ToolError> {
    let run = &filter.context.run;
    let (Some(users), Some(items)) = (&run.user_factors, &run.item_factors) else {
        return Err(factors::unavailable("any customer"));
    };
    let taste = users.get(user_id.0).ok_or_else(|| factors::unavailable("this customer"))?;
    let known: HashSet<ProductId> = if only_new { history.products().collect() } else { HashSet::new() };
    let (of_run, conditions) = (Arc::clone(run), filter.conditions.clone());
    let wanted = move |id: u32| {
        let product = of_run.catalogue.product(ProductId(id));
        product.is_some_and(|product| !known.contains(&product.id) && conditions.accept(&of_run, product))
    };
    let scored = factors::nearest(Arc::clone(items), taste.to_vec(), Measure::Dot, limit, wanted).await?;
    let candidate = |scored: &Scored| {
        let product = run.catalogue.product(ProductId(scored.id))?;
        let reason = if history.contains(product.id) {
            repeat_reason(filter, user_id, history, product)
        } else {
            format!("{}; customers with similar taste buy it", new_to(filter, user_id))
        };
        Some(Candidate::new(product, f64::from(scored.score), "als", reason))
    };
    Ok(scored.iter().filter_map(candidate).collect())
}

pub(super) fn new_to(filter: &Filter<'_>, user_id: UserId) -> &'static str {
    if customer::is_self(&filter.context.principal, user_id) { "new to you" } else { "new to the customer" }
}

/// What all customers buy most.
pub(super) fn popular<'c>(filter: &Filter<'c>, limit: usize) -> Vec<Candidate<'c>> {
    filter
        .context
        .run
        .catalogue
        .by_popularity()
        .filter(|product| product.purchases > 0 && filter.accepts(product))
        .take(limit)
        .map(Candidate::popular)
        .collect()
}

/// What is bought together with the products of the basket.
pub(super) async fn with_basket<'c>(
    filter: &Filter<'c>,
    limit: usize,
) -> Result<(Statement, Vec<Candidate<'c>>), ToolError> {
    let context = filter.context;
    let basket: Vec<ProductId> = context.basket.iter().copied().take(MAX_PRODUCTS).collect();
    let (statement, pairs) = affinity::pairs_of(context, &basket, PairOrder::Leverage).await?;
    let candidates = affinity::best_by_consequent(pairs)
        .into_iter()
        .filter_map(|pair: Pair| {
            let product = filter.product(pair.consequent)?;
            let antecedent = context.run.catalogue.product(pair.antecedent)?;
            let reason = format!(
                "bought together with {} in {} orders",
                antecedent.name,
                with_separators(pair.n_both.unsigned_abs())
            );
            Some(Candidate {
                related_to: Some(antecedent.name.clone()),
                n_both: Some(pair.n_both),
                ..Candidate::new(product, pair.leverage, "leverage", reason)
            })
        })
        .take(limit)
        .collect();
    Ok((statement, candidates))
}

/// What the customers of a segment buy more than others do, in the published order.
pub(super) async fn of_segment<'c>(
    filter: &Filter<'c>,
    segment: &Segment,
) -> Result<(Statement, Vec<Candidate<'c>>), ToolError> {
    let statement = Statement::new(
        "SELECT product_id, score FROM segment_popularity WHERE segment = $1 ORDER BY rank, product_id",
        vec![SqlValue::from(segment.id)],
    );
    let table = read(filter.context, &statement).await?;
    let candidates = (0..table.rows.len())
        .filter_map(|row| {
            let id = u32::try_from(table.integer(row, "product_id")?).ok()?;
            let product = filter.product(ProductId(id))?;
            let reason = format!("favoured by customers of the segment {}", segment.name);
            Some(Candidate::new(product, table.number(row, "score")?, "lift", reason))
        })
        .collect();
    Ok((statement, candidates))
}

/// Puts the shop's pinned products first, as far as they pass the filter.
pub(super) fn put_pinned_first<'c>(filter: &Filter<'c>, candidates: &mut Vec<Candidate<'c>>) {
    for id in filter.context.run.merchandising.pinned().iter().rev() {
        let Some(product) = filter.product(*id) else { continue };
        candidates.retain(|candidate| candidate.product.id != *id);
        let reason = "chosen by the shop".to_owned();
        candidates.insert(0, Candidate::new(product, product.purchases as f64, "purchases", reason));
    }
}
