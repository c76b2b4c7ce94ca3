//! Factors alone: products by dot product with the customer's factors.

use super::{Candidate, Popularity, rank};
use crate::{
    RecsysError,
    als::{FactorTable, Interactions, InteractionsBuilder},
    evaluation::{
        LIST_LENGTH, Lists,
        cut::{Cut, distinct_items},
    },
    history::Catalogue,
};

use rayon::prelude::*;

/// How often each customer bought each product in the histories of a cut, by the ids of the data.
pub fn interactions(cut: &Cut<'_>, catalogue: &Catalogue) -> Result<Interactions, RecsysError> {
    let mut builder = InteractionsBuilder::new();
    for (customer, history) in cut.known_customers() {
        let user_id = cut.histories().user_ids()[customer];
        for item in history.baskets().flatten() {
            builder.push(user_id, catalogue.product_id(*item), 1);
        }
    }
    builder.build()
}

/// Lists of every scored customer, in the order of [`Cut::scored`]; `None` for one without factors. The factors must
/// have been trained on the histories of the same cut. Ties go to the lower id.
pub fn als_lists(
    cut: &Cut<'_>,
    users: &FactorTable,
    items: &FactorTable,
    catalogue: &Catalogue,
    popularity: &Popularity,
) -> Result<Vec<Option<Lists>>, RecsysError> {
    let customers = cut.scored().par_iter().map(|customer| {
        let customer = *customer as usize;
        let Some(query) = users.get(cut.histories().user_ids()[customer]) else { return Ok(None) };
        let history = cut.history(customer);
        // Enough for the explore list even if all that the customer knows comes first.
        let most = LIST_LENGTH + distinct_items(history).len();
        let scored = items.top_k_dot(query, most, |_| true)?;
        let candidates = scored.iter().filter_map(|scored| {
            Some(Candidate { item: catalogue.item(scored.id)?, score: scored.score, tie: 0.0 })
        });
        Ok(Some(rank(candidates.collect(), history, popularity)))
    });
    customers.collect()
}
