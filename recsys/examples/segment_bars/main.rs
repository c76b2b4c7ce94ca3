//! What is promised of segments, measured on a folder of source files.
//!
//! `cargo run --release -p recsys --example segment_bars -- <folder> [seeds]`, where the folder holds `orders.csv`,
//! `order_products__prior.csv` and `order_products__train.csv`. Prints, in this order: the segments over all orders and
//! what the sweep compared; the adjusted Rand index of each two of five seeds (`seeds` = 0 leaves them out); overlap,
//! support and half-split of the lists over all orders; and, with segments and lists made anew from the orders before
//! each customer's held-out one, recall and lift on the held-out orders with intervals.

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

mod source;

use std::{error::Error, path::Path, time::Instant};

use recsys::{
    adjusted_rand::pairwise_adjusted_rand,
    rfm::{Customer, RfmParams, Segmentation, segment_customers},
    segment_evaluation::{HeldOutCustomer, SegmentEvaluationParams, evaluate},
    segment_popularity::{PRIOR_STRENGTH, RankParams},
};
use source::{cut, measures, products, read};

/// The defaults of `config/default.toml`.
const SEED: u64 = 20_170;
const RFM: RfmParams = RfmParams { k: None, k_min: 4, k_max: 10, restarts: 20, seed: SEED };
const RANK: RankParams =
    RankParams { top_n: 50, min_support: 20, min_support_share: 0.005, prior_strength: PRIOR_STRENGTH };

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("usage: segment_bars <folder> [seeds]")?;
    let seeds: u64 = arguments.next().map_or(Ok(5), |seeds| seeds.parse())?;
    let customers = read(Path::new(&folder))?;
    println!(
        "{folder}: {} customers, {} orders",
        customers.len(),
        customers.iter().map(Vec::len).sum::<usize>()
    );

    let now: Vec<Customer> = customers.iter().map(|orders| measures(orders)).collect();
    let start = Instant::now();
    let published = segment_customers(&now, &RFM)?;
    println!("segments over all orders, {:.1?}", start.elapsed());
    print_segments(&published);
    if seeds > 1 {
        print_agreement(&now, seeds)?;
    }
    let histories: Vec<Vec<(u32, u32)>> = customers.iter().map(|orders| products(orders)).collect();
    println!("lists over all orders (held-out figures below are not these):");
    let last: Vec<Vec<u32>> = customers
        .iter()
        .map(|orders| orders.last().map(|order| order.products.clone()).unwrap_or_default())
        .collect();
    let found = figures(&published, &now, &histories, &last)?;
    println!("  segments with a list          {} of {}", found.segments_with_list, found.segments);
    println!(
        "  top-ten overlap               {:.3?} by lift, {:.3?} by share",
        found.top10_overlap, found.top10_overlap_by_share
    );
    println!(
        "  half-split, lift above 1      {:.3?} of {} entries",
        found.half_split_holds, found.half_split_entries
    );

    let cuts: Vec<usize> = customers.iter().map(|orders| cut(orders)).collect();
    let past: Vec<Customer> =
        customers.iter().zip(&cuts).map(|(orders, cut)| measures(&orders[..*cut])).collect();
    let histories: Vec<Vec<(u32, u32)>> =
        customers.iter().zip(&cuts).map(|(orders, cut)| products(&orders[..*cut])).collect();
    let targets: Vec<Vec<u32>> = customers
        .iter()
        .zip(&cuts)
        .map(|(orders, cut)| orders.get(*cut).map(|order| order.products.clone()).unwrap_or_default())
        .collect();
    let start = Instant::now();
    let segments = segment_customers(&past, &RFM)?;
    println!("segments over the history only, {:.1?}", start.elapsed());
    print_segments(&segments);
    let start = Instant::now();
    let found = figures(&segments, &past, &histories, &targets)?;
    println!("lists against held-out orders, {:.1?}\n{found:#.4?}", start.elapsed());
    Ok(())
}

fn print_segments(found: &Segmentation) {
    for c in &found.candidates {
        println!(
            "  k {:>2}  silhouette {:.3}  Davies-Bouldin {:.3}  stability {:.3}  rank sum {}",
            c.k,
            c.silhouette.unwrap_or(f64::NAN),
            c.davies_bouldin.unwrap_or(f64::NAN),
            c.stability,
            c.rank_sum
        );
    }
    for s in &found.segments {
        let (z, value) = (s.centroid, s.centroid.value());
        println!(
            "  {} {:<28} {:>7}  z R {:>5.2} F {:>5.2} M {:>5.2}  value {value:>5.2}",
            s.id, s.name, s.customers, z.recency, z.frequency, z.monetary
        );
    }
}

fn print_agreement(customers: &[Customer], seeds: u64) -> Result<(), Box<dyn Error>> {
    let mut clusterings = Vec::new();
    let mut numbers = Vec::new();
    for seed in 1..=seeds {
        let found = segment_customers(customers, &RfmParams { seed, ..RFM })?;
        numbers.push(found.segments.len());
        clusterings.push(found.customers.iter().map(|customer| customer.segment).collect());
    }
    let pairs = pairwise_adjusted_rand(&clusterings)?;
    let least = pairs.iter().copied().fold(f64::INFINITY, f64::min);
    let mean = pairs.iter().sum::<f64>() / pairs.len() as f64;
    println!("adjusted Rand index over {seeds} seeds: least {least:.4}, mean {mean:.4}, k {numbers:?}");
    println!("  each two {pairs:.4?}");
    Ok(())
}

fn figures(
    segments: &Segmentation,
    orders: &[Customer],
    histories: &[Vec<(u32, u32)>],
    targets: &[Vec<u32>],
) -> Result<recsys::segment_evaluation::SegmentEvaluation, Box<dyn Error>> {
    let customers: Vec<HeldOutCustomer<'_>> = segments
        .customers
        .iter()
        .zip(histories)
        .zip(targets)
        .zip(orders)
        .map(|(((customer, history), target), orders)| HeldOutCustomer {
            segment: customer.segment,
            orders: orders.frequency as u32,
            history,
            target,
        })
        .collect();
    let params = SegmentEvaluationParams { rank: RANK, draws: 1_000, seed: SEED };
    Ok(evaluate(&customers, segments.segments.len(), &params)?)
}
