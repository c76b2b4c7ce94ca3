//! Parameters that were chosen on the development orders of real customers (docs/models/next-basket.md).

use super::{
    ensemble::EnsembleParams, measure::MeasureParams, network::NetworkParams, ranker::RankerParams,
    sources::SourceParams,
};
use crate::{
    als::{AlsParams, Solver},
    baselines::tifu_knn::{Grouping, TifuParams},
};

/// What candidates come from.
pub fn sources(seed: u64) -> SourceParams {
    SourceParams {
        neighbours: TifuParams {
            grouping: Grouping::Baskets(3),
            basket_decay: 1.0,
            group_decay: 0.6,
            neighbours: 300,
            alpha: 0.7,
        },
        taste: AlsParams {
            rank: 32,
            regularization: 30.0,
            alpha: 2.0,
            iterations: 15,
            seed,
            solver: Solver::default(),
            report_loss: false,
        },
        min_pair_baskets: 5,
        new_candidates: 40,
    }
}

/// What ranks them.
pub fn ensemble(seed: u64) -> EnsembleParams {
    EnsembleParams {
        trees: RankerParams {
            trees: 160,
            learning_rate: 0.06,
            leaves: 31,
            depth: 12,
            min_leaf_weight: 5.0,
            l2: 5.0,
            row_share: 0.8,
            feature_share: 0.5,
            seed,
        },
        network: NetworkParams { hidden: [64, 32], epochs: 5, learning_rate: 1e-3, l2: 1e-5, seed },
        networks: 4,
        targets: 6,
    }
}

/// What a run measures: 10,000 customers, neighbours among 20,000.
pub fn measure(seed: u64) -> MeasureParams {
    MeasureParams {
        scored: Some(10_000),
        learn: 3_000,
        calibrate: 2_000,
        pool: Some(20_000),
        configurations: 60,
        tuned_on: Some(2_000),
        bootstrap_draws: 1_000,
        sources: sources(seed),
        ensemble: ensemble(seed),
        als: AlsParams {
            rank: 64,
            regularization: 0.01,
            alpha: 40.0,
            iterations: 10,
            seed,
            solver: Solver::default(),
            report_loss: false,
        },
        seed,
    }
}
