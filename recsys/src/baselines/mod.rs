//! Ways to recommend that a ranker has to beat, each as strong as a fair search makes it.
//!
//! ```text
//! Cut ─┬─> Popularity ──────────────────────────────────┐
//!      ├─> personal (frequency, recency) ───────────────┤
//!      └─> draw_pool ─> SparsePool ─> UpCf, TifuKnn ────┴─> rank ─> Lists of every scored customer
//! ```
//! Everything is fitted on the histories of a cut, so no target is ever seen. Lists that a method cannot fill are
//! filled with what is bought most; ties go to the more popular product, then to the lower position. [`tuning`] searches
//! parameters on the development stage, [`suite`] does all of it at once.

pub mod als;
pub mod personal;
pub(crate) mod pool;
pub mod suite;
pub mod tifu_knn;
pub mod tuning;
pub mod up_cf;

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::{
    evaluation::{LIST_LENGTH, Lists, cut::Cut},
    history::{History, Item, sum_by_item},
};

/// How often each product was bought, and its place by that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Popularity {
    orders: Vec<u32>,
    /// Most bought first; products nobody bought are there too, at the end.
    ranked: Vec<Item>,
    /// Position of each product in `ranked`.
    places: Vec<u32>,
}

impl Popularity {
    /// Counts orders in the given histories, such as [`Cut::known_customers`]. Products past `catalogue_len` are not
    /// counted.
    pub fn count<'a>(histories: impl Iterator<Item = History<'a>>, catalogue_len: usize) -> Self {
        let mut orders = vec![0_u32; catalogue_len];
        for item in histories.flat_map(|history| history.baskets().flatten().copied().collect::<Vec<_>>()) {
            if let Some(orders) = orders.get_mut(item as usize) {
                *orders += 1;
            }
        }
        let mut ranked: Vec<Item> = (0..catalogue_len as Item).collect();
        ranked.sort_by_key(|item| (std::cmp::Reverse(orders[*item as usize]), *item));
        let mut places = vec![0; catalogue_len];
        ranked.iter().zip(0..).for_each(|(item, place)| places[*item as usize] = place);
        Self { orders, ranked, places }
    }

    /// Orders that hold the product.
    pub fn orders(&self, item: Item) -> u32 {
        self.orders.get(item as usize).copied().unwrap_or(0)
    }

    /// All products, most bought first.
    pub fn ranked(&self) -> &[Item] {
        &self.ranked
    }

    /// Products of the catalogue.
    pub fn catalogue_len(&self) -> usize {
        self.ranked.len()
    }

    fn place(&self, item: Item) -> u32 {
        self.places.get(item as usize).copied().unwrap_or(u32::MAX)
    }
}

/// A product with what it is ranked by.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The product, once a list.
    pub item: Item,
    /// Higher is better.
    pub score: f32,
    /// Decides between equal scores, higher is better; then popularity decides.
    pub tie: f32,
}

impl Candidate {
    /// With nothing to decide ties but popularity.
    pub fn scored((item, score): (Item, f32)) -> Self {
        Self { item, score, tie: 0.0 }
    }
}

/// Both lists of a customer from one method's candidates, filled up with what is bought most.
pub fn rank(candidates: Vec<Candidate>, history: History<'_>, popularity: &Popularity) -> Lists {
    // A bit a product: neighbours bring thousands of candidates.
    let mut known = vec![0_u64; popularity.catalogue_len().div_ceil(64)];
    for item in history.baskets().flatten() {
        if let Some(word) = known.get_mut(*item as usize / 64) {
            *word |= 1 << (item % 64);
        }
    }
    let is_known =
        |item: Item| known.get(item as usize / 64).is_some_and(|word| word >> (item % 64) & 1 == 1);
    let (repeated, new): (Vec<Candidate>, Vec<Candidate>) =
        candidates.into_iter().partition(|candidate| is_known(candidate.item));
    let new = best(new, popularity);
    let explore: Vec<Item> = new.iter().map(|candidate| candidate.item).collect();
    let all = best(new.into_iter().chain(best(repeated, popularity)).collect(), popularity);
    let all = all.iter().map(|candidate| candidate.item).collect();
    Lists { all: filled(all, popularity, |_| true), explore: filled(explore, popularity, |i| !is_known(i)) }
}

/// The first [`LIST_LENGTH`], best first.
fn best(mut candidates: Vec<Candidate>, popularity: &Popularity) -> Vec<Candidate> {
    let order = |a: &Candidate, b: &Candidate| -> Ordering {
        let place = |candidate: &Candidate| (popularity.place(candidate.item), candidate.item);
        b.score.total_cmp(&a.score).then(b.tie.total_cmp(&a.tie)).then_with(|| place(a).cmp(&place(b)))
    };
    if candidates.len() > LIST_LENGTH {
        // Neighbours bring thousands of candidates: integers find the score of the last that counts, and only those
        // that reach it are put in order.
        let mut scores: Vec<u32> =
            candidates.iter().map(|candidate| pool::ordered(candidate.score)).collect();
        let (_, last, _) = scores.select_nth_unstable_by(LIST_LENGTH - 1, |a, b| b.cmp(a));
        let last = *last;
        candidates.retain(|candidate| pool::ordered(candidate.score) >= last);
    }
    candidates.sort_unstable_by(order);
    candidates.truncate(LIST_LENGTH);
    candidates
}

fn filled(mut list: Vec<Item>, popularity: &Popularity, may: impl Fn(Item) -> bool) -> Vec<Item> {
    for item in &popularity.ranked {
        if list.len() >= LIST_LENGTH {
            break;
        }
        if may(*item) && !list.contains(item) {
            list.push(*item);
        }
    }
    list
}

/// Lists of every scored customer, in the order of [`Cut::scored`], from a method's candidates for a customer
/// (position and history); `None` where the method cannot serve the customer.
pub fn recommend(
    cut: &Cut<'_>,
    popularity: &Popularity,
    candidates: impl Fn(usize, History<'_>) -> Option<Vec<Candidate>> + Sync,
) -> Vec<Option<Lists>> {
    let customers = cut.scored().par_iter().map(|customer| {
        let history = cut.history(*customer as usize);
        candidates(*customer as usize, history).map(|candidates| rank(candidates, history, popularity))
    });
    customers.collect()
}

/// What is bought most, the same for everyone.
pub fn global_top(cut: &Cut<'_>, popularity: &Popularity) -> Vec<Option<Lists>> {
    recommend(cut, popularity, |_, _| Some(Vec::new()))
}

/// Sums the weights of the orders that hold each product; items ascending. `weights` has one value an order.
fn weighted_items(history: History<'_>, weights: &[f32]) -> Vec<(Item, f32)> {
    let lines = history.baskets().zip(weights);
    sum_by_item(lines.flat_map(|(basket, weight)| basket.iter().map(|item| (*item, *weight))).collect())
}

#[cfg(test)]
mod tests;
