//! Trees and networks together: one score a candidate row, and the rows they learn from.
//!
//! The score is the mean log-odds of the trees and of the networks' mean. Both learn from the same rows: all products a
//! customer has bought, and candidates that are new, of which only one in `KEPT_NEW` without a purchase is kept, with
//! that weight.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{
    features::{Case, WIDTH, write_rows},
    network::{Network, NetworkParams, Scale, add_scores},
    ranker::{Ranker, RankerParams},
    sources::{Sources, Who},
};
use crate::{
    RecsysError,
    history::{Histories, Item},
};

/// Of the new candidates without a purchase, one in so many is learnt from: they are nine in ten rows and all alike.
const KEPT_NEW: u64 = 4;

/// What shapes the ensemble.
#[derive(Debug, Clone, PartialEq)]
pub struct EnsembleParams {
    /// The trees.
    pub trees: RankerParams,
    /// Each network; the seed of the n-th is n higher.
    pub network: NetworkParams,
    /// Networks; 0 = trees alone.
    pub networks: usize,
    /// Orders of a customer that it learns to foretell, the last ones.
    pub targets: usize,
}

/// Rows to learn from.
#[derive(Debug, Clone, Default)]
pub struct Lessons {
    rows: Vec<f32>,
    is_new: Vec<bool>,
    labels: Vec<bool>,
    weights: Vec<f32>,
}

impl Lessons {
    /// The last `targets` orders of each customer but the first; `hidden` orders at the end were not counted by the
    /// sources.
    pub fn collect(
        sources: &Sources,
        histories: &Histories,
        customers: &[u32],
        targets: usize,
        hidden: usize,
    ) -> Result<Self, RecsysError> {
        let mut parts: Vec<Self> = customers
            .par_iter()
            .map(|customer| {
                let mut lessons = Self::default();
                for back in 1..=targets {
                    lessons.add(sources, histories, *customer as usize, back, hidden)?;
                }
                Ok(lessons)
            })
            .collect::<Result<_, RecsysError>>()?;
        let mut all = Self::default();
        let sum = |of: fn(&Self) -> usize| parts.iter().map(of).sum::<usize>();
        all.rows.reserve_exact(sum(|part| part.rows.len()));
        for part in parts.drain(..) {
            all.rows.extend(part.rows);
            all.is_new.extend(part.is_new);
            all.labels.extend(part.labels);
            all.weights.extend(part.weights);
        }
        Ok(all)
    }

    fn add(
        &mut self,
        sources: &Sources,
        histories: &Histories,
        customer: usize,
        back: usize,
        hidden: usize,
    ) -> Result<(), RecsysError> {
        let whole = histories.of(customer);
        let Some(target) = whole.len().checked_sub(back).filter(|target| *target >= 1) else { return Ok(()) };
        let truth = whole.basket(target);
        let who = Who {
            customer: Some(customer),
            counted: whole.first(whole.len() - hidden),
            history: whole.first(target),
        };
        let (mut signals, known) = sources.candidates(who, &[])?;
        let is_new = |item: &Item| known.binary_search(item).is_err();
        signals.retain(|signal| {
            !is_new(&signal.item)
                || truth.contains(&signal.item)
                || mixed(customer as u64, target as u64, u64::from(signal.item)).is_multiple_of(KEPT_NEW)
        });
        let case = Case {
            catalogue: &sources.catalogue,
            shop: &sources.shop,
            counted: who.counted,
            history: who.history,
        };
        write_rows(case, &signals, &mut self.rows);
        // Every metric counts a customer once, however much they buy; the root keeps the large baskets' say. Known before
        // the target: a weight by the target's own size would teach what small baskets hold, and lose where none comes.
        let mean_basket = who.history.baskets().map(<[Item]>::len).sum::<usize>() as f32 / target as f32;
        let weight = 1.0 / mean_basket.max(1.0).sqrt();
        for signal in &signals {
            let (new, bought) = (is_new(&signal.item), truth.contains(&signal.item));
            self.is_new.push(new);
            self.labels.push(bought);
            self.weights.push(if new && !bought { weight * KEPT_NEW as f32 } else { weight });
        }
        Ok(())
    }
}

/// A hash of three numbers (splitmix64, Steele, Lea, Flood 2014): the same rows are kept in any order of work.
fn mixed(a: u64, b: u64, c: u64) -> u64 {
    let mut z = a.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ b.rotate_left(24) ^ c.rotate_left(40);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (z ^ (z >> 31)) >> 8
}

/// Trained trees and networks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ensemble {
    trees: Ranker,
    scale: Scale,
    networks: Vec<Network>,
}

impl Ensemble {
    /// Trains on rows. Networks are trained side by side, each by itself on one thread.
    pub fn train(lessons: &Lessons, params: &EnsembleParams) -> Result<Self, RecsysError> {
        if !lessons.labels.contains(&true) {
            return Err(RecsysError::NoData { what: "repeated purchases" });
        }
        let Lessons { rows, is_new, labels, weights } = lessons;
        let trees = Ranker::train(rows, WIDTH, labels, weights, &params.trees)?;
        let scale = Scale::learn(rows, WIDTH);
        let data = scale.scaled(rows, is_new);
        let networks = (0..params.networks as u64).into_par_iter().map(|place| {
            let params = NetworkParams { seed: params.network.seed + place, ..params.network.clone() };
            Network::train(&data, labels, weights, &params)
        });
        Ok(Self { trees, networks: networks.collect::<Result<_, RecsysError>>()?, scale })
    }

    /// Log-odds of rows.
    pub fn scores(&self, rows: &[f32], is_new: &[bool]) -> Vec<f32> {
        let mut scores: Vec<f32> = rows.chunks_exact(WIDTH).map(|row| self.trees.score(row)).collect();
        if self.networks.is_empty() {
            return scores;
        }
        let share = 0.5 / self.networks.len() as f32;
        scores.iter_mut().for_each(|score| *score *= 0.5);
        add_scores(&self.networks, &self.scale, (rows, is_new), share, &mut scores);
        scores
    }

    /// Whether the parts fit each other and the rows: a file may come from another version.
    pub fn check(&self) -> Result<(), RecsysError> {
        self.trees.check(WIDTH)?;
        self.networks.iter().try_for_each(|network| network.check(&self.scale, WIDTH))
    }
}
