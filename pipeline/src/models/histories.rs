//! What every customer has bought, as the next-basket kernels take it, and the parameters of these from the settings.
//!
//! Silver `products`, `orders` and `order_lines` → [`Catalogue`] and [`Histories`]: 4 bytes a line, 12 an order.

use std::path::PathBuf;

use config::pipeline::PipelineSettings;
use recsys::{
    als::{AlsParams, Solver},
    history::{Catalogue, Histories, HistoriesBuilder, Item},
    next_basket::{defaults, ensemble::EnsembleParams, measure::MeasureParams},
};

use super::{als::solver, batches::model_error};
use crate::{
    error::PipelineError,
    gold::{
        customers::{read_shard_in, shards_in},
        products::Products,
    },
    stage::Stage,
};

/// Where the silver tables of a run lie.
#[derive(Debug, Clone)]
pub(super) struct SilverFolders {
    pub(super) products: PathBuf,
    pub(super) orders: PathBuf,
    pub(super) order_lines: PathBuf,
}

/// Reads both; customers ascending, each one's orders by number, lines in cart order.
pub(super) fn read(
    stage: Stage,
    silver: &SilverFolders,
    check: &dyn Fn() -> Result<(), PipelineError>,
) -> Result<(Catalogue, Histories), PipelineError> {
    let products = Products::read_in(&silver.products)?;
    let places = products.rows().iter().map(|p| (p.product_id, p.aisle_id, p.department_id)).collect();
    let catalogue = Catalogue::new(places).map_err(model_error(stage))?;
    let mut builder = HistoriesBuilder::new();
    let mut basket: Vec<Item> = Vec::new();
    for shard in 0..shards_in(&silver.orders) {
        check()?;
        let shard = read_shard_in(&silver.orders, &silver.order_lines, shard)?;
        for order in &shard.orders {
            basket.clear();
            for line in shard.lines_of(order) {
                let item = catalogue.item(line.product_id).ok_or_else(|| PipelineError::Model {
                    stage,
                    reason: format!(
                        "order {} holds product {}, which is not in products",
                        order.order_id, line.product_id
                    ),
                })?;
                basket.push(item);
            }
            // Silver's gaps are 0 to 30.
            let gap = order.days.map(|days| days as u8);
            builder.push(order.user_id, gap, order.dow, order.hour, &basket).map_err(model_error(stage))?;
        }
    }
    Ok((catalogue, builder.build()))
}

/// The silver folders below one folder of a run.
pub(super) fn folders(silver: impl Fn(&str) -> PathBuf) -> SilverFolders {
    SilverFolders {
        products: silver("products"),
        orders: silver("orders"),
        order_lines: silver("order_lines"),
    }
}

/// What ranks candidates.
pub(super) fn ensemble(settings: &PipelineSettings) -> EnsembleParams {
    let chosen = &settings.next_basket;
    let mut params = defaults::ensemble(settings.seed);
    params.trees.trees = chosen.trees;
    params.networks = chosen.networks;
    params.targets = chosen.targets;
    params
}

/// What is measured inside a run; `all` = every customer, and neighbours among all.
pub(super) fn measured(settings: &PipelineSettings, all: bool) -> MeasureParams {
    let (chosen, measured) = (&settings.next_basket, &settings.evaluation);
    let within = |most: usize| (!all).then_some(most);
    MeasureParams {
        scored: within(measured.customers),
        learn: chosen.learn_customers,
        calibrate: chosen.calibrate_customers,
        pool: within(chosen.pool_customers),
        configurations: measured.configurations,
        tuned_on: within(measured.tuned_on),
        bootstrap_draws: measured.bootstrap_draws,
        sources: defaults::sources(settings.seed),
        ensemble: ensemble(settings),
        als: als(settings, solver(&settings.als)),
        seed: settings.seed,
    }
}

fn als(settings: &PipelineSettings, solver: Solver) -> AlsParams {
    AlsParams {
        rank: settings.als.rank,
        regularization: settings.als.regularization,
        alpha: settings.als.alpha,
        iterations: settings.als.iterations,
        seed: settings.seed,
        solver,
        report_loss: false,
    }
}
