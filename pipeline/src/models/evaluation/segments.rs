//! The segments' lists against orders that they have not seen: `segments` of `metrics.json`.
//!
//! Segments and lists are made anew, with the settings of the published ones, from the orders before each customer's target.
//! Everybody counts, also inside a run: a draw is too small for lists by lift, and all take seconds. What each figure
//! says: [`recsys::segment_evaluation`].

use std::collections::BTreeMap;

use config::pipeline::PipelineSettings;
use recsys::{
    RecsysError,
    evaluation::{
        cut::{Cut, Stage as CutStage},
        report::{Estimate, SegmentMetrics},
    },
    history::{Histories, History},
    rfm::{Customer, segment_customers},
    segment_evaluation::{self, HeldOutCustomer, SegmentEvaluationParams},
};

use crate::models::{rfm::rfm_params, segment_popularity::rank_params};

/// Measures the lists over all customers with a target.
pub(super) fn measure(
    histories: &Histories,
    settings: &PipelineSettings,
) -> Result<SegmentMetrics, RecsysError> {
    let cut = Cut::new(histories, CutStage::Final, None, settings.seed)?;
    let of = |customer: &u32| (*customer as usize, cut.history(*customer as usize));
    let measures: Vec<Customer> = cut
        .scored()
        .iter()
        .map(of)
        .map(|(customer, history)| measured(histories.user_ids()[customer], history))
        .collect();
    let found = segment_customers(&measures, &rfm_params(settings))?;
    let products: Vec<Vec<(u32, u32)>> = cut.scored().iter().map(|customer| bought(of(customer).1)).collect();
    let customers: Vec<HeldOutCustomer<'_>> = cut
        .scored()
        .iter()
        .zip(&found.customers)
        .zip(&products)
        .map(|((customer, segmented), history)| HeldOutCustomer {
            segment: segmented.segment,
            orders: of(customer).1.len() as u32,
            history,
            target: cut.target(*customer as usize),
        })
        .collect();
    let params = SegmentEvaluationParams {
        rank: rank_params(settings),
        draws: settings.evaluation.bootstrap_draws,
        seed: settings.seed,
    };
    let figures = segment_evaluation::evaluate(&customers, found.segments.len(), &params)?;
    Ok(SegmentMetrics {
        top10_overlap: figures.top10_overlap,
        share_recall_at_10: Some(estimate(figures.share_recall_at_10)),
        share_less_global_top: Some(estimate(figures.recall_difference)),
        held_out_lift: figures.lift_on_held_out.map(estimate),
    })
}

/// Recency, frequency and basket size after these orders, as the stage `rfm` reads them from gold.
fn measured(user_id: u32, history: History<'_>) -> Customer {
    let lines: usize = history.baskets().map(<[u32]>::len).sum();
    let orders = history.len();
    Customer {
        user_id,
        recency_days: history.moments().last().and_then(|moment| moment.gap_days.map(f64::from)),
        frequency: orders as u64,
        monetary: (orders > 0).then(|| lines as f64 / orders as f64),
    }
}

/// The products of a history, each once, with the orders that hold it.
fn bought(history: History<'_>) -> Vec<(u32, u32)> {
    let mut orders = BTreeMap::new();
    history.baskets().flatten().for_each(|item| *orders.entry(*item).or_default() += 1);
    orders.into_iter().collect()
}

fn estimate(of: segment_evaluation::Estimate) -> Estimate {
    Estimate { value: Some(of.value), low: Some(of.low), high: Some(of.high), n: of.n as usize }
}
