//! The next-basket model against the baselines, on orders that nothing saw: what stands in `metrics.json`.
//!
//! Every figure is over customers whose own orders neither the ensemble nor its calibration learnt from: where a draw is
//! scored, others are drawn to learn from; where everybody is, they are split into folds ([`FOLDS`]) and each fold is scored
//! by a model of the others. Everything is fitted on the orders before the target (the cut); the baselines are tuned one order
//! earlier.

use std::ops::ControlFlow;

use rand::{SeedableRng, seq::index};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::{
    ensemble::EnsembleParams,
    model::NextBasket,
    sources::{SourceParams, Sources, Visible, Who},
};
use crate::{
    RecsysError,
    als::{AlsParams, train},
    baselines::{
        Popularity,
        als::{als_lists, interactions},
        suite::{self, SuiteParams},
    },
    evaluation::{
        Evaluator, LIST_LENGTH, Lists, MethodScores,
        bootstrap::Bootstrap,
        calibration::{CALIBRATION_BINS, IsotonicFit, brier_score, expected_calibration_error, reliability},
        cut::{Cut, Stage},
        metrics::Metric,
        report::{CalibrationMetrics, EvaluationReport, Method, Protocol, SCHEMA_VERSION, TunedMethod},
    },
    history::{Catalogue, Histories, Item},
};

/// Folds where everybody is scored: eight learn, one calibrates, one is scored.
pub const FOLDS: usize = 10;

/// Products that "shown" means in the calibration.
const SHOWN: usize = 10;

/// How much is measured, and on whom.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasureParams {
    /// Customers that are scored, at most; `None` = all who have a target.
    pub scored: Option<usize>,
    /// Customers that the ensemble learns from, at most.
    pub learn: usize,
    /// Customers that the calibration learns from, at most; where customers are few, a fold.
    pub calibrate: usize,
    /// Customers among whom neighbours are searched, at most; `None` = all.
    pub pool: Option<usize>,
    /// Configurations that each baseline is tried with.
    pub configurations: usize,
    /// Customers that baselines are tuned on, at most.
    pub tuned_on: Option<usize>,
    /// Resamples behind each interval.
    pub bootstrap_draws: usize,
    /// What candidates come from.
    pub sources: SourceParams,
    /// What ranks them.
    pub ensemble: EnsembleParams,
    /// The factors that are measured as a method of their own.
    pub als: AlsParams,
    /// Of all draws.
    pub seed: u64,
}

/// What the model said of one customer.
#[derive(Debug, Clone, Default)]
struct Said {
    lists: Lists,
    /// Products of the history: probability, personal share of orders, whether the target holds it.
    history: Vec<(f64, f64, bool)>,
    /// The first ten: probability and whether the target holds it.
    shown: Vec<(f64, bool)>,
}

/// Which customers learn, which calibrate and which are scored.
struct Split {
    learn: Vec<u32>,
    calibrate: Vec<u32>,
    scored: Vec<u32>,
}

/// Measures everything. `step` is told what comes next, in words.
pub fn measure(
    catalogue: &Catalogue,
    histories: &Histories,
    params: &MeasureParams,
    step: &mut (dyn FnMut(&str) -> ControlFlow<()> + Send),
) -> Result<EvaluationReport, RecsysError> {
    let mut next = |words: &str| {
        if step(words).is_break() { Err(RecsysError::Cancelled { iteration: 0 }) } else { Ok(()) }
    };
    let seed = params.seed;
    let cut = Cut::new(histories, Stage::Final, None, seed)?;
    // Of few customers half are scored and half are learnt from.
    let scored = params.scored.map(|most| most.min(cut.eligible() / 2).max(1));
    let cut = if scored.is_some() { Cut::new(histories, Stage::Final, scored, seed)? } else { cut };
    let development = Cut::new(histories, Stage::Development, params.tuned_on, seed ^ 1)?;
    let evaluator = Evaluator::new(&cut, catalogue.len(), Bootstrap::new(params.bootstrap_draws, seed)?);
    next("tune the baselines")?;
    let suite = SuiteParams { configurations: params.configurations, neighbour_pool: params.pool, seed };
    let mut measured: Vec<(Method, TunedMethod, MethodScores)> = Vec::new();
    for baseline in suite::run(&development, &cut, catalogue.len(), &suite)? {
        measured.push((baseline.method, baseline.tuned, evaluator.score(&baseline.lists)?));
    }
    next("train the factors of the cut")?;
    measured.push((
        Method::Als,
        TunedMethod::default(),
        evaluator.score(&factor_lists(&cut, catalogue, params)?)?,
    ));
    next("train and ask the ranker")?;
    let said = ask(catalogue, &cut, params, &mut next)?;
    let lists = |of: &dyn Fn(&Said) -> Lists| said.iter().map(|said| Some(of(said))).collect::<Vec<_>>();
    let ours = evaluator.score(&lists(&|said| said.lists.clone()))?;
    let discover = evaluator.score(&lists(&|said| Lists {
        all: said.lists.explore.clone(),
        explore: said.lists.explore.clone(),
    }))?;
    measured.push((Method::NextBasket, TunedMethod::default(), ours));
    measured.push((Method::Discover, TunedMethod::default(), discover));
    next("draw the intervals")?;
    report(&evaluator, catalogue, &development, &measured, &said, params)
}

fn factor_lists(
    cut: &Cut<'_>,
    catalogue: &Catalogue,
    params: &MeasureParams,
) -> Result<Vec<Option<Lists>>, RecsysError> {
    let matrix = interactions(cut, catalogue)?;
    let model = train(&matrix, &params.als, &mut |_| ControlFlow::Continue(()))?;
    let popularity = Popularity::count(cut.known_customers().map(|(_, history)| history), catalogue.len());
    als_lists(cut, &model.users, &model.items, catalogue, &popularity)
}

/// What a model that did not learn from them says of every scored customer, in their order.
fn ask(
    catalogue: &Catalogue,
    cut: &Cut<'_>,
    params: &MeasureParams,
    next: &mut dyn FnMut(&str) -> Result<(), RecsysError>,
) -> Result<Vec<Said>, RecsysError> {
    let histories = cut.histories();
    let splits = splits(cut, params);
    let mut learns = vec![false; histories.len()];
    splits.iter().flat_map(|split| &split.learn).for_each(|customer| learns[*customer as usize] = true);
    let seen = |customer: usize| cut.history(customer).len();
    let held_back = params.ensemble.targets.saturating_sub(1);
    let visible = Visible {
        histories,
        before_target: seen,
        before_training: |customer: usize| {
            let seen = seen(customer);
            if learns[customer] { seen.saturating_sub(held_back).max(seen.min(1)) } else { seen }
        },
        pool: &cut.draw_pool(params.pool, params.seed),
    };
    let mut sources =
        Some(Sources::fit(catalogue, &visible, &params.sources, &mut || ControlFlow::Continue(()))?);
    let mut said: Vec<Said> = vec![Said::default(); cut.scored().len()];
    for (place, split) in splits.iter().enumerate() {
        next(&format!("train the ranker, {} of {}", place + 1, splits.len()))?;
        let Some(fitted) = sources.take() else { break };
        let model =
            NextBasket::train(fitted, histories, (&split.learn, &split.calibrate), 1, &params.ensemble)?;
        let answers: Vec<(u32, Said)> = split
            .scored
            .par_iter()
            .map(|customer| Ok((*customer, ask_one(&model, cut, *customer as usize)?)))
            .collect::<Result<_, RecsysError>>()?;
        for (customer, answer) in answers {
            if let Ok(place) = cut.scored().binary_search(&customer) {
                said[place] = answer;
            }
        }
        sources = Some(model.sources);
    }
    Ok(said)
}

fn ask_one(model: &NextBasket, cut: &Cut<'_>, customer: usize) -> Result<Said, RecsysError> {
    let history = cut.history(customer);
    let ranked = model.rank(Who { customer: Some(customer), counted: history, history }, &[])?;
    let truth = cut.truth(customer);
    let share = |item: Item| {
        let held = history.baskets().filter(|basket| basket.contains(&item)).count();
        held as f64 / history.len() as f64
    };
    let first = |new_only: bool| {
        let wanted = ranked.iter().filter(|ranked| ranked.is_new || !new_only);
        wanted.take(LIST_LENGTH).map(|ranked| ranked.item).collect()
    };
    let known = ranked.iter().filter(|ranked| !ranked.is_new);
    Ok(Said {
        lists: Lists { all: first(false), explore: first(true) },
        history: known.map(|r| (r.probability, share(r.item), truth.contains(r.item))).collect(),
        shown: ranked.iter().take(SHOWN).map(|r| (r.probability, truth.contains(r.item))).collect(),
    })
}

/// One split where a draw is scored, [`FOLDS`] where everybody is.
fn splits(cut: &Cut<'_>, params: &MeasureParams) -> Vec<Split> {
    let scored = cut.scored();
    let others: Vec<u32> = (0..cut.histories().len() as u32)
        .filter(|customer| cut.histories().of(*customer as usize).len() >= 2)
        .filter(|customer| scored.binary_search(customer).is_err())
        .collect();
    let mut rng = ChaCha8Rng::seed_from_u64(params.seed ^ 2);
    if params.scored.is_some() && others.len() >= 2 {
        let calibrate = params.calibrate.min(others.len() / 4).max(1);
        let learn = params.learn.min(others.len() - calibrate);
        let drawn = index::sample(&mut rng, others.len(), learn + calibrate).into_vec();
        let pick = |places: &[usize]| {
            let mut picked: Vec<u32> = places.iter().map(|place| others[*place]).collect();
            picked.sort_unstable();
            picked
        };
        let (learn, calibrate) = drawn.split_at(learn);
        return vec![Split { learn: pick(learn), calibrate: pick(calibrate), scored: scored.to_vec() }];
    }
    let mut fold = vec![usize::MAX; cut.histories().len()];
    let mut all: Vec<u32> = [scored, &others].concat();
    all.sort_unstable();
    for (place, drawn) in index::sample(&mut rng, all.len(), all.len()).into_iter().enumerate() {
        fold[all[drawn] as usize] = place % FOLDS;
    }
    let members = |wanted: &dyn Fn(usize) -> bool, most: usize| {
        let inside: Vec<u32> =
            all.iter().copied().filter(|customer| wanted(fold[*customer as usize])).collect();
        // Evenly over the customers, so that a cap takes them as they come.
        let kept = inside.len().min(most.max(1));
        (0..kept).map(|place| inside[place * inside.len() / kept]).collect::<Vec<u32>>()
    };
    let split = |k: usize| {
        let calibrating = (k + 1) % FOLDS;
        Split {
            learn: members(&|f| f != k && f != calibrating, params.learn),
            calibrate: members(&|f| f == calibrating, params.calibrate),
            scored: scored.iter().copied().filter(|customer| fold[*customer as usize] == k).collect(),
        }
    };
    (0..FOLDS).map(split).filter(|split| !split.scored.is_empty()).collect()
}

fn report(
    evaluator: &Evaluator<'_>,
    catalogue: &Catalogue,
    development: &Cut<'_>,
    measured: &[(Method, TunedMethod, MethodScores)],
    said: &[Said],
    params: &MeasureParams,
) -> Result<EvaluationReport, RecsysError> {
    let cut = evaluator.cut();
    let mut report = EvaluationReport {
        schema_version: SCHEMA_VERSION,
        protocol: protocol(cut, catalogue, development, measured, params),
        calibration: Some(calibration(said)?),
        ..EvaluationReport::default()
    };
    for (method, _, scores) in measured {
        report.methods.insert(*method, evaluator.summarise(scores)?);
    }
    let of = |wanted: Method| measured.iter().find(|(method, ..)| *method == wanted).map(|m| (m.0, &m.2));
    let next_basket = [
        Metric::NdcgAt10,
        Metric::RecallAt10,
        Metric::RecallAt20,
        Metric::HitRateAt10,
        Metric::RepeatRecallAt10,
    ];
    let rivals = [Method::TifuKnn, Method::PersonalRecency, Method::UpCf, Method::Als];
    for (ours, rivals, metrics) in [
        (Method::NextBasket, &rivals[..], &next_basket[..]),
        (
            Method::Discover,
            &[Method::Als, Method::TifuKnnNeighbours, Method::TifuKnn],
            &[Metric::ExploreRecallAt20],
        ),
    ] {
        for rival in rivals {
            if let (Some(ours), Some(rival)) = (of(ours), of(*rival)) {
                report.comparisons.extend(evaluator.compare(ours, rival, metrics)?);
            }
        }
    }
    Ok(report)
}

fn protocol(
    cut: &Cut<'_>,
    catalogue: &Catalogue,
    development: &Cut<'_>,
    measured: &[(Method, TunedMethod, MethodScores)],
    params: &MeasureParams,
) -> Protocol {
    let few = splits(cut, params).len() > 1;
    let pool = cut.draw_pool(params.pool, params.seed).len();
    let how = if few {
        format!("{FOLDS} folds of customers: eight learn, one calibrates, one is scored, each customer once")
    } else {
        "customers who learn, calibrate and are scored are drawn apart".to_owned()
    };
    Protocol {
        description: format!(
            "Truth is each customer's last order with lines; everything is fitted on the orders before it. {how}. \
             Baselines are tuned on the order before the truth."
        ),
        customers: cut.histories().len(),
        eligible_customers: cut.eligible(),
        scored_customers: cut.scored().len(),
        neighbour_pool: pool,
        products: catalogue.len(),
        development_customers: development.scored().len(),
        bootstrap_draws: params.bootstrap_draws,
        seed: params.seed,
        tuned: measured.iter().map(|(method, tuned, _)| (*method, tuned.clone())).collect(),
    }
}

fn calibration(said: &[Said]) -> Result<CalibrationMetrics, RecsysError> {
    let pairs: Vec<(f64, f64, bool)> = said.iter().flat_map(|said| said.history.iter().copied()).collect();
    let shown: Vec<(f64, bool)> = said.iter().flat_map(|said| said.shown.iter().copied()).collect();
    if pairs.is_empty() || shown.is_empty() {
        return Ok(CalibrationMetrics::default());
    }
    let happened: Vec<bool> = pairs.iter().map(|pair| pair.2).collect();
    let probabilities: Vec<f64> = pairs.iter().map(|pair| pair.0).collect();
    let shares: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
    // Fitted on the very pairs it is measured on: the rival gets more than a fair chance.
    let frequency = IsotonicFit::fit(&shares, &happened)?;
    let by_frequency: Vec<f64> = shares.iter().map(|share| frequency.predict(*share)).collect();
    let bins = reliability(&probabilities, &happened, CALIBRATION_BINS)?;
    let (said, bought): (Vec<f64>, Vec<bool>) = shown.into_iter().unzip();
    let shown_bins = reliability(&said, &bought, CALIBRATION_BINS)?;
    Ok(CalibrationMetrics {
        ece_history: expected_calibration_error(&bins),
        ece_shown: expected_calibration_error(&shown_bins),
        brier: Some(brier_score(&probabilities, &happened)?),
        brier_frequency: Some(brier_score(&by_frequency, &happened)?),
        history_pairs: happened.len(),
        shown_pairs: bought.len(),
        reliability_history: bins,
        reliability_shown: shown_bins,
    })
}
