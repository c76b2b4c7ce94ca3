//! Recommendations of the next-basket model, each with the reason that is true of it.
//!
//! Rank all candidates → keep what the filter lets through → reasons. Where the filter narrows (aisle, department,
//! words), the most bought products in there are scored beside the model's own candidates.
//! A product bought before: how often, and its rhythm where it has one. A new one: what it goes with, else who buys it.

use std::sync::Arc;

use domain::ids::{ProductId, UserId};
use recsys::history::Histories;

use super::candidates::{Candidate, Filter, new_to, popular_reason, repeat_reason};
use crate::{
    catalogue::Product,
    contract::ToolError,
    customer::{self, History},
    next_basket::{Chance, MAX_ALSO, NextBasketModel, off_runtime},
};

/// The model, and the orders of whom it is asked about.
pub(super) struct Asked {
    pub(super) model: Arc<NextBasketModel>,
    pub(super) orders: Histories,
}

/// Which of the customer's products are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    All,
    /// Bought before.
    Known,
    /// Never bought.
    New,
}

impl Wanted {
    fn accepts(self, is_new: bool) -> bool {
        match self {
            Self::All => true,
            Self::Known => !is_new,
            Self::New => is_new,
        }
    }
}

/// The products that stand highest among those wanted.
pub(super) async fn likeliest<'c>(
    filter: &Filter<'c>,
    user_id: UserId,
    history: &History,
    asked: &Asked,
    wanted: Wanted,
    limit: usize,
) -> Result<Vec<Candidate<'c>>, ToolError> {
    let conditions = &filter.conditions;
    let narrows = !conditions.selection.is_everything();
    // All that was bought before is a candidate of the model anyway.
    let also: Vec<ProductId> = if narrows && wanted != Wanted::Known {
        let products = filter.context.run.catalogue.by_popularity();
        products.filter(|product| filter.accepts(product)).map(|product| product.id).take(MAX_ALSO).collect()
    } else {
        Vec::new()
    };
    let (basket, orders) = (conditions.basket.clone(), asked.orders.clone());
    let chances =
        off_runtime(&asked.model, move |model| model.rank(user_id, &orders, &also, &basket)).await?;
    let kept = chances.into_iter().filter(|chance| wanted.accepts(chance.is_new));
    let kept = kept.filter_map(|chance| Some((filter.product(chance.product)?, chance)));
    let subject = Subject { filter, user_id, history };
    Ok(kept.take(limit).map(|(product, chance)| subject.candidate(product, &chance)).collect())
}

/// Whom the reasons speak of.
struct Subject<'f, 'c> {
    filter: &'f Filter<'c>,
    user_id: UserId,
    history: &'f History,
}

impl<'c> Subject<'_, 'c> {
    fn candidate(&self, product: &'c Product, chance: &Chance) -> Candidate<'c> {
        let mut candidate = Candidate::new(product, chance.probability, "probability", String::new());
        let pair = chance.with_basket.or(chance.with_own);
        if let Some((name, gain)) = pair.and_then(|(by, gain)| Some((self.shown_name(by)?, gain))) {
            candidate.related_to = Some(name);
            candidate.gain = Some(f64::from(gain));
            candidate.with_basket = chance.with_basket.is_some();
        }
        candidate.neighbour_rate = if chance.is_new { chance.neighbours.map(f64::from) } else { None };
        candidate.reason = self.reason(&candidate, chance);
        candidate
    }

    /// The name of a product, if it may be shown: a reason must not name what the shop hides.
    fn shown_name(&self, id: ProductId) -> Option<String> {
        let context = self.filter.context;
        let product = context.run.catalogue.product(id)?;
        context.run.merchandising.allows(&context.principal, product).then(|| product.name.clone())
    }

    fn reason(&self, candidate: &Candidate<'_>, chance: &Chance) -> String {
        let product = candidate.product;
        let basket = candidate.related_to.as_deref().filter(|_| candidate.with_basket);
        let goes_with = basket.map(|name| format!("goes with {name} in the basket"));
        if !chance.is_new {
            let often = repeat_reason(self.filter, self.user_id, self.history, product);
            let parts = [Some(often), self.rhythm(product), goes_with.map(|text| format!("; {text}"))];
            return parts.into_iter().flatten().collect();
        }
        let why = match (goes_with, &candidate.related_to) {
            (Some(text), _) => text,
            (None, Some(name)) => {
                let who = if customer::is_self(&self.filter.context.principal, self.user_id) {
                    "you buy"
                } else {
                    "the customer buys"
                };
                format!("often bought together with {name}, which {who}")
            }
            (None, None) if candidate.neighbour_rate.is_some() => {
                "bought by customers with similar baskets".to_owned()
            }
            (None, None) => popular_reason(product),
        };
        format!("{}; {why}", new_to(self.filter, self.user_id))
    }

    /// ", usually every 3 orders, last 3 orders ago" where the product has a rhythm; an order ago is the last one.
    fn rhythm(&self, product: &Product) -> Option<String> {
        let of = self.history.of(product.id);
        let (pause, ago) = (of.usual_pause?, of.last_order_ago? + 1);
        let orders = if ago == 1 { "order" } else { "orders" };
        Some(format!(", usually every {pause} orders, last {ago} {orders} ago"))
    }
}
