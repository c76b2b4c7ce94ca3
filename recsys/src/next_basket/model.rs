//! The next-basket model: who is asked about → ranked products with calibrated probabilities.
//!
//! ```text
//! History ─> Sources::candidates ─> features ─> Ensemble ─> score ─> Calibration ─> probability
//! ```
//! The calibration is an isotonic fit on customers that the ensemble did not learn from. A request costs some
//! milliseconds: the products that taste knows are all scored, some hundred candidates get a row.

use serde::{Deserialize, Serialize};

use super::{
    ensemble::{Ensemble, EnsembleParams, Lessons},
    features::{Case, Signals, WIDTH, names, write_rows},
    sources::{Sources, Who},
};
use crate::{
    RecsysError,
    baselines::tifu_knn::TifuParams,
    error::require,
    evaluation::calibration::IsotonicFit,
    history::{Histories, Item},
};

/// A product with how likely the next order holds it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// The product.
    pub item: Item,
    /// Chance that the customer's next order holds it, 0 to 1.
    pub probability: f64,
    /// What it was ranked by: log-odds before calibration.
    pub score: f32,
    /// Whether the customer has never bought it.
    pub is_new: bool,
    /// What each source says of it.
    pub signals: Signals,
}

/// From scores to probabilities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    fit: IsotonicFit,
}

impl Calibration {
    /// The chance behind a score.
    pub fn probability(&self, score: f32) -> f64 {
        // Bounded, so that a calibration with few customers never claims certainty.
        self.fit.predict(f64::from(score)).clamp(0.0005, 0.995)
    }
}

/// What a run publishes beside the tables of the sources: `ranker.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RankerFile {
    /// Version of this layout.
    pub schema_version: u32,
    /// Names of the features, in the order of a row: a ranker of other features is refused.
    pub features: Vec<String>,
    /// Trees and networks.
    pub ensemble: Ensemble,
    /// From scores to probabilities.
    pub calibration: Calibration,
    /// New products that a source brings.
    pub new_candidates: usize,
    /// How neighbours are found.
    pub neighbours: TifuParams,
    /// Confidence of the factors of taste.
    pub taste_alpha: f32,
    /// λ of the factors of taste.
    pub taste_regularization: f32,
    /// Customers that the shop counted.
    pub customers: u64,
    /// Orders that the shop counted.
    pub orders: u64,
}

/// Of [`RankerFile`].
pub const RANKER_SCHEMA_VERSION: u32 = 1;

impl RankerFile {
    /// Whether this code can use it.
    pub fn check(&self) -> Result<(), RecsysError> {
        let version = self.schema_version;
        require(
            version == RANKER_SCHEMA_VERSION,
            "version of the ranker",
            version,
            "the one of this program",
        )?;
        let same = self.features.iter().map(String::as_str).eq(names());
        require(same, "features of the ranker", self.features.len(), "those of this program")?;
        self.ensemble.check()
    }
}

/// Sources, ensemble and calibration.
#[derive(Debug, Clone)]
pub struct NextBasket {
    /// What candidates come from.
    pub sources: Sources,
    /// What ranks them.
    pub ensemble: Ensemble,
    /// What makes probabilities of scores.
    pub calibration: Calibration,
}

/// Candidates of one customer with their scores.
struct Scored {
    signals: Vec<Signals>,
    is_new: Vec<bool>,
    scores: Vec<f32>,
}

fn score(sources: &Sources, ensemble: &Ensemble, who: Who<'_>, also: &[Item]) -> Result<Scored, RecsysError> {
    let (signals, known) = sources.candidates(who, also)?;
    let is_new: Vec<bool> = signals.iter().map(|signal| known.binary_search(&signal.item).is_err()).collect();
    let mut rows = Vec::with_capacity(signals.len() * WIDTH);
    let case = Case {
        catalogue: &sources.catalogue,
        shop: &sources.shop,
        counted: who.counted,
        history: who.history,
    };
    write_rows(case, &signals, &mut rows);
    let scores = ensemble.scores(&rows, &is_new);
    Ok(Scored { signals, is_new, scores })
}

impl NextBasket {
    /// Trains the ensemble on the `learn` customers and calibrates it on the `calibrate` customers, whose last visible
    /// orders it has not seen. `hidden` orders at each customer's end were not counted by the sources.
    pub fn train(
        sources: Sources,
        histories: &Histories,
        (learn, calibrate): (&[u32], &[u32]),
        hidden: usize,
        params: &EnsembleParams,
    ) -> Result<Self, RecsysError> {
        let lessons = Lessons::collect(&sources, histories, learn, params.targets, hidden)?;
        let ensemble = Ensemble::train(&lessons, params)?;
        drop(lessons);
        let calibration = calibrate_on(&sources, &ensemble, histories, calibrate, hidden)?;
        Ok(Self { sources, ensemble, calibration })
    }

    /// What to publish beside the tables of the sources; `taste` = alpha and λ of its factors.
    pub fn ranker_file(&self, (taste_alpha, taste_regularization): (f32, f32)) -> RankerFile {
        RankerFile {
            schema_version: RANKER_SCHEMA_VERSION,
            features: names().into_iter().map(str::to_owned).collect(),
            ensemble: self.ensemble.clone(),
            calibration: self.calibration.clone(),
            new_candidates: self.sources.new_candidates(),
            neighbours: *self.sources.near.params(),
            taste_alpha,
            taste_regularization,
            customers: self.sources.shop.customers,
            orders: self.sources.shop.orders,
        }
    }

    /// All candidates, best first; `also` are candidates in any case. Ties go to the product that is bought more.
    pub fn rank(&self, who: Who<'_>, also: &[Item]) -> Result<Vec<Ranked>, RecsysError> {
        let Scored { signals, is_new, scores } = score(&self.sources, &self.ensemble, who, also)?;
        let mut ranked: Vec<Ranked> = signals
            .into_iter()
            .zip(is_new)
            .zip(scores)
            .map(|((signals, is_new), score)| Ranked {
                item: signals.item,
                probability: self.calibration.probability(score),
                score,
                is_new,
                signals,
            })
            .collect();
        let bought = |item: Item| self.sources.shop.items[item as usize].lines;
        ranked.sort_by(|a, b| {
            let popular = || bought(b.item).cmp(&bought(a.item)).then(a.item.cmp(&b.item));
            b.score.total_cmp(&a.score).then_with(popular)
        });
        Ok(ranked)
    }
}

fn calibrate_on(
    sources: &Sources,
    ensemble: &Ensemble,
    histories: &Histories,
    customers: &[u32],
    hidden: usize,
) -> Result<Calibration, RecsysError> {
    use rayon::prelude::*;
    let parts: Vec<(Vec<f64>, Vec<bool>)> = customers
        .par_iter()
        .map(|customer| {
            let whole = histories.of(*customer as usize);
            let Some(target) = whole.len().checked_sub(1).filter(|target| *target >= 1) else {
                return Ok(Default::default());
            };
            let who = Who {
                customer: Some(*customer as usize),
                counted: whole.first(whole.len() - hidden),
                history: whole.first(target),
            };
            let scored = score(sources, ensemble, who, &[])?;
            let truth = whole.basket(target);
            let happened = scored.signals.iter().map(|signal| truth.contains(&signal.item)).collect();
            Ok((scored.scores.iter().map(|score| f64::from(*score)).collect(), happened))
        })
        .collect::<Result<_, RecsysError>>()?;
    let (mut scores, mut happened) = (Vec::new(), Vec::new());
    for part in parts {
        scores.extend(part.0);
        happened.extend(part.1);
    }
    Ok(Calibration { fit: IsotonicFit::fit(&scores, &happened)? })
}
