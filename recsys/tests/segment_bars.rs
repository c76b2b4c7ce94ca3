//! What must hold of segments and their lists on real customers: the same segments from any seed, and lists that are
//! right about orders that they have not seen. The published Instacart sample, where it is there (`INSIGHTFLOW_SAMPLE`, or
//! `../../shared/data/instacart-sample` from this crate); without it the tests are skipped and say so.
//!
//! `cargo run -p recsys --example segment_bars -- <folder>` prints the same figures for any folder of source files.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panic and prints its figures")]

#[path = "../examples/segment_bars/source.rs"]
mod source;

use std::path::PathBuf;

use recsys::{
    adjusted_rand::pairwise_adjusted_rand,
    rfm::{Customer, RfmParams, segment_customers},
    segment_evaluation::{HeldOutCustomer, SegmentEvaluationParams, evaluate},
    segment_popularity::{PRIOR_STRENGTH, RankParams},
};
use source::{Order, cut, measures, products, read};

fn sample() -> Option<Vec<Vec<Order>>> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/instacart-sample");
    let folder = PathBuf::from(std::env::var("INSIGHTFLOW_SAMPLE").unwrap_or_else(|_| default.to_owned()));
    if !folder.join("orders.csv").is_file() {
        println!("skipped: no Instacart sample at {}, set INSIGHTFLOW_SAMPLE", folder.display());
        return None;
    }
    Some(read(&folder).unwrap())
}

fn params(seed: u64) -> RfmParams {
    RfmParams { k: None, k_min: 4, k_max: 10, restarts: 20, seed }
}

#[test]
fn five_seeds_give_the_same_segments() {
    let Some(customers) = sample() else { return };
    let now: Vec<Customer> = customers.iter().map(|orders| measures(orders)).collect();
    let labels =
        |seed| segment_customers(&now, &params(seed)).unwrap().customers.iter().map(|c| c.segment).collect();
    let clusterings: Vec<Vec<u32>> = (1..=5).map(labels).collect();
    let pairs = pairwise_adjusted_rand(&clusterings).unwrap();
    println!("adjusted Rand index of each two of five seeds: {pairs:.4?}");
    assert!(pairs.len() == 10 && pairs.iter().all(|index| *index >= 0.9), "{pairs:?}");
}

#[test]
fn lists_are_right_about_orders_that_they_have_not_seen() {
    let Some(customers) = sample() else { return };
    let cuts: Vec<usize> = customers.iter().map(|orders| cut(orders)).collect();
    let past: Vec<&[Order]> = customers.iter().zip(&cuts).map(|(orders, cut)| &orders[..*cut]).collect();
    let measured: Vec<Customer> = past.iter().map(|orders| measures(orders)).collect();
    let histories: Vec<Vec<(u32, u32)>> = past.iter().map(|orders| products(orders)).collect();
    let segments = segment_customers(&measured, &params(20_170)).unwrap();
    let held_out: Vec<HeldOutCustomer<'_>> = (0..customers.len())
        .map(|at| HeldOutCustomer {
            segment: segments.customers[at].segment,
            orders: cuts[at] as u32,
            history: &histories[at],
            target: customers[at].get(cuts[at]).map_or(&[], |order| &order.products),
        })
        .collect();
    let rank =
        RankParams { top_n: 50, min_support: 20, min_support_share: 0.005, prior_strength: PRIOR_STRENGTH };
    let params = SegmentEvaluationParams { rank, draws: 1_000, seed: 20_170 };
    let found = evaluate(&held_out, segments.segments.len(), &params).unwrap();
    println!("{found:#.4?}");
    assert!(found.top10_overlap.unwrap() < 0.6);
    assert!(found.half_split_holds.unwrap() >= 0.9 && found.half_split_entries > 50);
    assert!(found.recall_difference.value >= 0.0, "the list by share against the global top: {found:?}");
    assert!(
        found.lift_on_strangers.unwrap().low > 1.0 && found.lift_on_held_out.unwrap().low > 1.0,
        "{found:?}"
    );
}
