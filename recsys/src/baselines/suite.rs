//! All baselines at once: tuned on the development cut, then fitted and asked on the final one.
//!
//! Each method with parameters gets the same number of configurations. The objective is NDCG@10 on the development cut,
//! for the neighbours alone explore recall@20, since exploring is what they are there for. ALS is trained by the caller
//! (its factors are published and take longer) and tuned with [`tune_als`] where there is time.

use std::{collections::BTreeMap, ops::ControlFlow};

use super::{
    Popularity,
    als::{als_lists, interactions},
    global_top,
    personal::{RecencyParams, personal_recency, personal_top},
    recommend,
    tifu_knn::{Grouping, TifuKnn, TifuParams},
    tuning::{Dimension, Found, search},
    up_cf::{UpCf, UpCfParams},
};
use crate::{
    RecsysError,
    als::{AlsParams, Solver, train},
    evaluation::{
        Evaluator, Lists,
        bootstrap::Bootstrap,
        cut::Cut,
        metrics::Metric,
        report::{Method, TunedMethod},
    },
    history::Catalogue,
};

/// How baselines are tuned and fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SuiteParams {
    /// Configurations tried for each method.
    pub configurations: usize,
    /// Customers among whom neighbours are searched; `None` = all.
    pub neighbour_pool: Option<usize>,
    /// Of searches and draws.
    pub seed: u64,
}

/// A method with its lists for the scored customers of the final cut.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// Which one.
    pub method: Method,
    /// Its parameters and where they come from.
    pub tuned: TunedMethod,
    /// One a scored customer.
    pub lists: Vec<Option<Lists>>,
}

/// Decay by order and by day; the start is a gentle decay by order alone.
const RECENCY_SPACE: [Dimension; 2] = [
    Dimension {
        name: "order_decay",
        values: &[0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.88, 0.9, 0.92, 0.94, 0.96, 0.98, 0.99, 1.0],
    },
    Dimension {
        name: "day_decay",
        values: &[0.95, 0.97, 0.98, 0.985, 0.99, 0.993, 0.995, 0.997, 0.999, 1.0],
    },
];
const RECENCY_STARTS: [&[usize]; 1] = [&[7, 9]];

/// The grid of the paper, finer at small windows, with a limit on neighbours, which the paper does not have.
const UP_CF_SPACE: [Dimension; 4] = [
    Dimension { name: "window", values: &[1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 25.0, 40.0, 100.0] },
    Dimension { name: "alpha", values: &[0.0, 0.25, 0.5, 0.75, 1.0] },
    Dimension { name: "locality", values: &[1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 20.0, 50.0, 100.0] },
    Dimension { name: "neighbours", values: &[50.0, 100.0, 300.0, 1_000.0, 2_000.0] },
];
/// r = 25, α = 0.25, q = 5 on all neighbours there are.
const UP_CF_STARTS: [&[usize]; 1] = [&[8, 1, 3, 4]];

/// Grouping 0 is by baskets a group, 1 by number of groups. The grid of the paper, finer.
const TIFU_SPACE: [Dimension; 6] = [
    Dimension { name: "grouping", values: &[0.0, 1.0] },
    Dimension { name: "groups", values: &[1.0, 2.0, 3.0, 5.0, 7.0, 9.0, 11.0, 14.0, 17.0, 20.0, 23.0] },
    Dimension {
        name: "basket_decay",
        values: &[0.6, 0.7, 0.8, 0.85, 0.88, 0.9, 0.92, 0.94, 0.96, 0.98, 1.0],
    },
    Dimension { name: "group_decay", values: &[0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1.0] },
    Dimension { name: "neighbours", values: &[50.0, 100.0, 200.0, 300.0, 500.0, 700.0, 900.0] },
    Dimension {
        name: "alpha",
        values: &[0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 0.98, 1.0],
    },
];
/// What the paper found for Instacart (m = 3, r_b = 0.9, r_g = 0.7, k = 900, alpha = 0.9), in both readings of m.
const TIFU_STARTS: [&[usize]; 2] = [&[0, 2, 5, 3, 6, 11], &[1, 2, 5, 3, 6, 11]];

/// The neighbours alone have no alpha.
const NEIGHBOUR_SPACE: [Dimension; 5] =
    [TIFU_SPACE[0], TIFU_SPACE[1], TIFU_SPACE[2], TIFU_SPACE[3], TIFU_SPACE[4]];
const NEIGHBOUR_STARTS: [&[usize]; 2] = [&[0, 2, 5, 3, 6], &[1, 2, 5, 3, 6]];

/// Around the parameters of the published factors, which are the start.
const ALS_SPACE: [Dimension; 4] = [
    Dimension { name: "rank", values: &[16.0, 32.0, 64.0] },
    Dimension { name: "alpha", values: &[0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0] },
    Dimension { name: "regularization", values: &[0.01, 0.1, 1.0, 3.0, 10.0, 30.0, 100.0] },
    Dimension { name: "iterations", values: &[5.0, 10.0, 15.0] },
];
const ALS_STARTS: [&[usize]; 1] = [&[2, 6, 0, 1]];

/// A cut with what methods need of it.
struct Stage<'a> {
    cut: &'a Cut<'a>,
    popularity: Popularity,
    pool: Vec<u32>,
}

impl<'a> Stage<'a> {
    fn new(cut: &'a Cut<'a>, catalogue_len: usize, params: &SuiteParams) -> Self {
        let histories = cut.known_customers().map(|(_, history)| history);
        let popularity = Popularity::count(histories, catalogue_len);
        Self { cut, popularity, pool: cut.draw_pool(params.neighbour_pool, params.seed) }
    }

    fn recency(&self, values: &[f64]) -> Result<Vec<Option<Lists>>, RecsysError> {
        let params = RecencyParams { order_decay: values[0] as f32, day_decay: values[1] as f32 };
        params.check()?;
        Ok(recommend(self.cut, &self.popularity, |_, history| Some(personal_recency(history, &params))))
    }

    fn up_cf(&self, values: &[f64]) -> Result<Vec<Option<Lists>>, RecsysError> {
        let params = UpCfParams {
            window: values[0] as usize,
            alpha: values[1] as f32,
            locality: values[2] as f32,
            neighbours: values[3] as usize,
        };
        let pool = self.pool.iter().map(|c| (*c as usize, self.cut.history(*c as usize)));
        let model = UpCf::fit(pool, self.popularity.catalogue_len(), params)?;
        let candidates =
            |customer, history: crate::history::History<'_>| Some(model.candidates(customer, history));
        Ok(recommend(self.cut, &self.popularity, candidates))
    }

    fn tifu(&self, values: &[f64]) -> Result<TifuKnn, RecsysError> {
        let pool = self.pool.iter().map(|c| (*c as usize, self.cut.history(*c as usize)));
        TifuKnn::fit(pool, self.popularity.catalogue_len(), tifu_params(values))
    }

    fn tifu_knn(&self, values: &[f64]) -> Result<Vec<Option<Lists>>, RecsysError> {
        let model = self.tifu(values)?;
        Ok(recommend(self.cut, &self.popularity, |customer, history| {
            Some(model.candidates(customer, history))
        }))
    }

    fn neighbours(&self, values: &[f64]) -> Result<Vec<Option<Lists>>, RecsysError> {
        let model = self.tifu(values)?;
        let candidates = |customer, history: crate::history::History<'_>| {
            Some(model.neighbour_candidates(customer, history))
        };
        Ok(recommend(self.cut, &self.popularity, candidates))
    }
}

/// The parameters of a configuration of the search; without alpha (the neighbours alone) it is 0.
fn tifu_params(values: &[f64]) -> TifuParams {
    let groups = values[1] as usize;
    TifuParams {
        grouping: if values[0] > 0.0 { Grouping::Groups(groups) } else { Grouping::Baskets(groups) },
        basket_decay: values[2] as f32,
        group_decay: values[3] as f32,
        neighbours: values[4] as usize,
        alpha: values.get(5).copied().unwrap_or(0.0) as f32,
    }
}

/// The parameters of TIFU-KNN that a report or [`run`] names.
pub fn named_tifu_params(named: &BTreeMap<String, f64>) -> Result<TifuParams, RecsysError> {
    let values: Option<Vec<f64>> = TIFU_SPACE.iter().map(|d| named.get(d.name).copied()).collect();
    let names = named.keys().cloned().collect::<Vec<_>>().join(", ");
    values.map(|values| tifu_params(&values)).ok_or(RecsysError::InvalidParameter {
        name: "parameters of TIFU-KNN",
        value: names,
        expected: "grouping, groups, basket_decay, group_decay, neighbours and alpha",
    })
}

/// Mean of a metric without an interval.
fn mean(evaluator: &Evaluator<'_>, lists: &[Option<Lists>], metric: Metric) -> Result<f64, RecsysError> {
    let scores = evaluator.score(lists)?;
    let (mut sum, mut n) = (0.0, 0_usize);
    for value in scores.of(metric).flatten() {
        sum += value;
        n += 1;
    }
    Ok(sum / n.max(1) as f64)
}

fn described(space: &[Dimension], found: &Found, objective: Metric) -> TunedMethod {
    TunedMethod {
        parameters: found.named(space),
        configurations: found.tried,
        objective: Some(objective),
        development_value: Some(found.score),
    }
}

/// Tunes every baseline but ALS on `development`, and asks it for the scored customers of `cut`.
pub fn run(
    development: &Cut<'_>,
    cut: &Cut<'_>,
    catalogue_len: usize,
    params: &SuiteParams,
) -> Result<Vec<Baseline>, RecsysError> {
    // Means need no interval, so one draw is enough.
    let evaluator = Evaluator::new(development, catalogue_len, Bootstrap::new(1, params.seed)?);
    let tuning = Stage::new(development, catalogue_len, params);
    let stage = Stage::new(cut, catalogue_len, params);
    let (budget, seed) = (params.configurations, params.seed);
    let top = recommend(cut, &stage.popularity, |_, history| Some(personal_top(history)));
    let mut baselines = vec![
        Baseline {
            method: Method::GlobalTop,
            tuned: TunedMethod::default(),
            lists: global_top(cut, &stage.popularity),
        },
        Baseline { method: Method::PersonalTop, tuned: TunedMethod::default(), lists: top },
    ];
    let objective = Metric::NdcgAt10;
    let found = search(&RECENCY_SPACE, &RECENCY_STARTS, budget, seed, |values| {
        mean(&evaluator, &tuning.recency(values)?, objective)
    })?;
    baselines.push(Baseline {
        method: Method::PersonalRecency,
        tuned: described(&RECENCY_SPACE, &found, objective),
        lists: stage.recency(&found.values)?,
    });
    let found = search(&UP_CF_SPACE, &UP_CF_STARTS, budget, seed, |values| {
        mean(&evaluator, &tuning.up_cf(values)?, objective)
    })?;
    baselines.push(Baseline {
        method: Method::UpCf,
        tuned: described(&UP_CF_SPACE, &found, objective),
        lists: stage.up_cf(&found.values)?,
    });
    let found = search(&TIFU_SPACE, &TIFU_STARTS, budget, seed, |values| {
        mean(&evaluator, &tuning.tifu_knn(values)?, objective)
    })?;
    baselines.push(Baseline {
        method: Method::TifuKnn,
        tuned: described(&TIFU_SPACE, &found, objective),
        lists: stage.tifu_knn(&found.values)?,
    });
    let objective = Metric::ExploreRecallAt20;
    let found = search(&NEIGHBOUR_SPACE, &NEIGHBOUR_STARTS, budget, seed, |values| {
        mean(&evaluator, &tuning.neighbours(values)?, objective)
    })?;
    baselines.push(Baseline {
        method: Method::TifuKnnNeighbours,
        tuned: described(&NEIGHBOUR_SPACE, &found, objective),
        lists: stage.neighbours(&found.values)?,
    });
    Ok(baselines)
}

/// Tunes ALS for a metric on `development`, trains it on `cut` and asks it for the scored customers: one training a
/// configuration.
pub fn tune_als(
    development: &Cut<'_>,
    cut: &Cut<'_>,
    catalogue: &Catalogue,
    objective: Metric,
    params: &SuiteParams,
) -> Result<Baseline, RecsysError> {
    let seed = params.seed;
    let evaluator = Evaluator::new(development, catalogue.len(), Bootstrap::new(1, seed)?);
    let lists = |cut: &Cut<'_>, values: &[f64]| {
        let parameters = AlsParams {
            rank: values[0] as usize,
            alpha: values[1] as f32,
            regularization: values[2] as f32,
            iterations: values[3] as usize,
            seed,
            solver: Solver::default(),
            report_loss: false,
        };
        let model = train(&interactions(cut, catalogue)?, &parameters, &mut |_| ControlFlow::Continue(()))?;
        let histories = cut.known_customers().map(|(_, history)| history);
        let popularity = Popularity::count(histories, catalogue.len());
        als_lists(cut, &model.users, &model.items, catalogue, &popularity)
    };
    let found = search(&ALS_SPACE, &ALS_STARTS, params.configurations, seed, |values| {
        mean(&evaluator, &lists(development, values)?, objective)
    })?;
    let tuned = described(&ALS_SPACE, &found, objective);
    Ok(Baseline { method: Method::Als, tuned, lists: lists(cut, &found.values)? })
}
