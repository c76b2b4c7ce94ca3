//! Where candidates come from, and what each source says of all of them.
//!
//! Own history, the nearest customers (TIFU-KNN), taste (ALS factors, the customer folded in), what goes with what is
//! bought regularly, and what everybody buys. All are fitted on orders that no training target and no truth is among.

use std::{cmp::Ordering, ops::ControlFlow};

use rayon::prelude::*;

use super::{
    features::Signals,
    tally::{Shop, purchases},
};
use crate::{
    RecsysError,
    affinity::pairs::Baskets,
    als::{AlsParams, FactorTable, FoldIn, InteractionsBuilder, train},
    baselines::{
        pool::ordered,
        tifu_knn::{TifuKnn, TifuParams},
    },
    history::{Catalogue, Histories, History, Item, sum_by_item},
};

/// What shapes the sources.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceParams {
    /// Neighbours by decayed frequencies.
    pub neighbours: TifuParams,
    /// Factors.
    pub taste: AlsParams,
    /// Baskets that must hold both products of a pair.
    pub min_pair_baskets: u32,
    /// New products that neighbours and taste each bring; the other sources bring half as many.
    pub new_candidates: usize,
}

/// Orders after which a purchase counts half for what is bought regularly, as in the feature `decayed_5`.
const REGULAR_HALF_LIFE: f64 = 5.0;

/// Partners that are kept of a product.
const PARTNERS: usize = 30;

/// What is bought together, by product.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Together {
    ends: Vec<u32>,
    /// Partner with how much more often than by chance an order with the product holds it: P(b | a) − P(b).
    partners: Vec<(Item, f32)>,
}

impl Together {
    /// Counts pairs in the given histories.
    pub fn count<'a>(
        histories: impl Iterator<Item = History<'a>>,
        catalogue_len: usize,
        min_baskets: u32,
    ) -> Result<Self, RecsysError> {
        let mut baskets = Baskets::default();
        let (mut orders, mut single) = (0_u64, vec![0_u32; catalogue_len]);
        let mut sorted = Vec::new();
        for basket in histories.flat_map(|history| (0..history.len()).map(move |order| history.basket(order)))
        {
            sorted.clear();
            sorted.extend_from_slice(basket);
            sorted.sort_unstable();
            sorted.dedup();
            sorted.iter().for_each(|item| single[*item as usize] += 1);
            orders += 1;
            baskets.push(sorted.iter().copied());
        }
        let pairs = baskets.count_pairs(catalogue_len as u32, min_baskets.max(1))?;
        let mut all: Vec<(Item, Item, f32)> = Vec::with_capacity(2 * pairs.len());
        for pair in pairs {
            let (a, b, both) = (pair.first, pair.second, f64::from(pair.baskets));
            for (a, b) in [(a, b), (b, a)] {
                let chance = f64::from(single[b as usize]) / orders as f64;
                let gain = both / f64::from(single[a as usize]) - chance;
                if gain > 0.0 {
                    all.push((a, b, gain as f32));
                }
            }
        }
        Ok(Self::from_pairs(all, catalogue_len))
    }

    /// From published pairs `(product, partner, gain)` in any order.
    pub fn from_pairs(mut pairs: Vec<(Item, Item, f32)>, catalogue_len: usize) -> Self {
        pairs.par_sort_unstable_by(|x, y| x.0.cmp(&y.0).then(y.2.total_cmp(&x.2)).then(x.1.cmp(&y.1)));
        let mut together = Self { ends: Vec::with_capacity(catalogue_len), partners: Vec::new() };
        let mut at = 0;
        for item in 0..catalogue_len as Item {
            let start = at;
            while pairs.get(at).is_some_and(|pair| pair.0 == item) {
                at += 1;
            }
            together.partners.extend(pairs[start..at].iter().take(PARTNERS).map(|pair| (pair.1, pair.2)));
            together.ends.push(together.partners.len() as u32);
        }
        together
    }

    /// All pairs, by product and then strongest first.
    pub fn pairs(&self) -> impl Iterator<Item = (Item, Item, f32)> {
        (0..self.ends.len() as Item)
            .flat_map(|item| self.of(item).iter().map(move |(to, gain)| (item, *to, *gain)))
    }

    /// Partners of a product, strongest first.
    pub fn of(&self, item: Item) -> &[(Item, f32)] {
        let item = item as usize;
        let start = if item == 0 { 0 } else { self.ends.get(item - 1).copied().unwrap_or(0) as usize };
        let end = self.ends.get(item).copied().unwrap_or(0) as usize;
        self.partners.get(start..end).unwrap_or(&[])
    }
}

/// Factors of products, ready to fold customers in.
#[derive(Debug, Clone, PartialEq)]
pub struct Taste {
    items: FactorTable,
    gram: Vec<f64>,
    alpha: f32,
    regularization: f32,
    /// Position in the catalogue of each row of `items`.
    positions: Vec<Item>,
}

impl Taste {
    /// From trained factors.
    pub fn new(
        items: FactorTable,
        catalogue: &Catalogue,
        alpha: f32,
        regularization: f32,
    ) -> Result<Self, RecsysError> {
        let gram = items.gram();
        let positions = items.ids().iter().map(|id| catalogue.item(*id).unwrap_or(Item::MAX)).collect();
        Ok(Self { items, gram, alpha, regularization, positions })
    }

    /// Factors of products.
    pub fn items(&self) -> &FactorTable {
        &self.items
    }

    /// Scores of all products that the model knows; empty for a customer it cannot place.
    fn scores(&self, bought: &[(u32, u32)], user_id: u32) -> Result<Vec<(Item, f32)>, RecsysError> {
        let fold = FoldIn::new(&self.items, &self.gram, self.alpha, self.regularization)?;
        let Some(query) = fold.user_factors(user_id, bought)? else { return Ok(Vec::new()) };
        let rows = self.items.rows().zip(&self.positions).filter(|(_, position)| **position != Item::MAX);
        Ok(rows.map(|((_, row), position)| (*position, crate::linalg::dot(&query, row))).collect())
    }
}

/// All sources, fitted.
#[derive(Debug, Clone)]
pub struct Sources {
    /// Products.
    pub catalogue: Catalogue,
    /// What all customers do.
    pub shop: Shop,
    /// The nearest customers.
    pub near: TifuKnn,
    /// Taste.
    pub taste: Taste,
    /// Pairs.
    pub together: Together,
    /// Most bought first.
    pub popular: Vec<Item>,
    new_candidates: usize,
}

/// Who is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Who<'a> {
    /// Position of the customer in the histories that the sources were fitted on; who is no neighbour of themselves.
    pub customer: Option<usize>,
    /// The orders that the shop counted of them.
    pub counted: History<'a>,
    /// The orders before the one in question.
    pub history: History<'a>,
}

/// What may be seen of the customers when sources are fitted.
pub struct Visible<'a, F, G> {
    /// All customers.
    pub histories: &'a Histories,
    /// Orders that are before the target.
    pub before_target: F,
    /// Orders that are before any target that the ranker is trained on.
    pub before_training: G,
    /// Customers among whom neighbours are searched, ascending.
    pub pool: &'a [u32],
}

fn by_score(a: &(Item, f32), b: &(Item, f32)) -> Ordering {
    b.1.total_cmp(&a.1).then(a.0.cmp(&b.0))
}

impl Sources {
    /// Fits all sources; `watch` is asked after each sweep of the factors and may stop it. `before_training` holds for taste and pairs, whose counts cannot be taken out again.
    pub fn fit<F, G>(
        catalogue: &Catalogue,
        visible: &Visible<'_, F, G>,
        params: &SourceParams,
        watch: &mut dyn FnMut() -> ControlFlow<()>,
    ) -> Result<Self, RecsysError>
    where
        F: Fn(usize) -> usize + Sync,
        G: Fn(usize) -> usize + Sync,
    {
        let histories = visible.histories;
        let shop = Shop::count(catalogue, histories, &visible.before_target);
        let pool = visible.pool.iter().map(|customer| {
            let customer = *customer as usize;
            (customer, histories.of(customer).first((visible.before_target)(customer)))
        });
        let near = TifuKnn::fit(pool, catalogue.len(), params.neighbours)?;
        let unseen = |customer: usize| histories.of(customer).first((visible.before_training)(customer));
        let mut builder = InteractionsBuilder::new();
        for customer in 0..histories.len() {
            for item in unseen(customer).baskets().flatten() {
                builder.push(histories.user_ids()[customer], catalogue.product_id(*item), 1);
            }
        }
        let model = train(&builder.build()?, &params.taste, &mut |_| watch())?;
        let taste = Taste::new(model.items, catalogue, params.taste.alpha, params.taste.regularization)?;
        let together =
            Together::count((0..histories.len()).map(unseen), catalogue.len(), params.min_pair_baskets)?;
        Ok(Self::from_parts(catalogue.clone(), shop, near, taste, together, params.new_candidates))
    }

    /// From what a run published.
    pub fn from_parts(
        catalogue: Catalogue,
        shop: Shop,
        near: TifuKnn,
        taste: Taste,
        together: Together,
        new_candidates: usize,
    ) -> Self {
        let mut popular: Vec<Item> = (0..catalogue.len() as Item).collect();
        let lines = |item: Item| shop.items.get(item as usize).map_or(0, |tally| tally.lines);
        popular.sort_by_key(|item| (std::cmp::Reverse(lines(*item)), *item));
        Self { catalogue, shop, near, taste, together, popular, new_candidates }
    }

    /// New products that a source brings.
    pub fn new_candidates(&self) -> usize {
        self.new_candidates
    }

    /// The candidates for a customer with what each source says of them, ascending by item, and the products bought
    /// before, ascending. `also` are candidates in any case.
    pub fn candidates(&self, who: Who<'_>, also: &[Item]) -> Result<(Vec<Signals>, Vec<Item>), RecsysError> {
        let bought = purchases(who.history);
        let groups: Vec<(Item, u32)> = bought
            .chunk_by(|a, b| a.item == b.item)
            .map(|group| (group[0].item, group.len() as u32))
            .collect();
        let known: Vec<Item> = groups.iter().map(|group| group.0).collect();
        let is_new = |item: &Item| known.binary_search(item).is_err();

        let near = if who.history.is_empty() {
            Vec::new()
        } else {
            self.near.neighbour_scores(&self.near.vector(who.history), who.customer)
        };
        let ranks = ranks(&near);
        let ids: Vec<(u32, u32)> =
            groups.iter().map(|(item, count)| (self.catalogue.product_id(*item), *count)).collect();
        let taste = self.taste.scores(&ids, 0)?;
        let together = self.together_scores(who.history, &bought);

        let mut candidates = known.clone();
        candidates.extend_from_slice(also);
        candidates.extend(top_new(&near, self.new_candidates, known.len(), is_new));
        candidates.extend(top_new(&taste, self.new_candidates, known.len(), is_new));
        candidates.extend(top_new(&together, self.new_candidates / 2, known.len(), is_new));
        candidates.extend(self.popular.iter().copied().filter(is_new).take(self.new_candidates / 2));
        candidates.sort_unstable();
        candidates.dedup();

        let find = |scores: &[(Item, f32)], item: Item| {
            scores.binary_search_by_key(&item, |s| s.0).map(|place| scores[place].1)
        };
        let unknown_rank = near.len() as f32;
        let signals = candidates.into_iter().map(|item| Signals {
            item,
            neighbours: find(&near, item).unwrap_or(0.0),
            neighbours_rank: near
                .binary_search_by_key(&item, |s| s.0)
                .map_or(unknown_rank, |place| ranks[place] as f32),
            taste: find(&taste, item).unwrap_or(f32::NAN),
            together: find(&together, item).unwrap_or(0.0),
        });
        Ok((signals.collect(), known))
    }

    /// Σ over the customer's products of how regularly it is bought · how much it calls for the other; ascending.
    fn together_scores(&self, history: History<'_>, bought: &[super::tally::Purchase]) -> Vec<(Item, f32)> {
        let n = history.len();
        let mut found: Vec<(Item, f32)> = Vec::new();
        let whole: f64 = (0..n).map(|later| 0.5_f64.powf(later as f64 / REGULAR_HALF_LIFE)).sum();
        for group in bought.chunk_by(|a, b| a.item == b.item) {
            let held: f64 = group
                .iter()
                .map(|p| 0.5_f64.powf((n - 1 - p.order as usize) as f64 / REGULAR_HALF_LIFE))
                .sum();
            let share = (held / whole) as f32;
            found.extend(self.together.of(group[0].item).iter().map(|(item, gain)| (*item, share * gain)));
        }
        sum_by_item(found)
    }
}

/// The place of each score among all, 0 = highest, ties by position.
fn ranks(scores: &[(Item, f32)]) -> Vec<u32> {
    // One integer a score: thousands are ordered for every request.
    let mut keys: Vec<u64> = (0_u64..)
        .zip(scores)
        .map(|(position, (_, score))| u64::from(!ordered(*score)) << 32 | position)
        .collect();
    keys.sort_unstable();
    let mut ranks = vec![0; scores.len()];
    for (rank, key) in (0..).zip(keys) {
        ranks[key as u32 as usize] = rank;
    }
    ranks
}

/// The products with the highest scores that are new; `known` is how many are not.
fn top_new(scores: &[(Item, f32)], most: usize, known: usize, is_new: impl Fn(&Item) -> bool) -> Vec<Item> {
    if most == 0 {
        return Vec::new();
    }
    // Among so many at least `most` are new; whether each of all products is costs more than all else here.
    let mut best = scores.to_vec();
    if best.len() > most + known {
        best.select_nth_unstable_by(most + known - 1, by_score);
        best.truncate(most + known);
    }
    best.retain(|s| is_new(&s.0));
    if best.len() > most {
        best.select_nth_unstable_by(most - 1, by_score);
        best.truncate(most);
    }
    best.into_iter().map(|s| s.0).collect()
}
