//! What must hold of the hazards on real customers: the published Instacart sample, where it is there.
//!
//! The folder is `../../shared/data/instacart-sample` from this crate or `INSIGHTFLOW_SAMPLE`; without it the test is
//! skipped and says so. Figures are printed: `cargo test -p recsys --test hazards_sample -- --nocapture`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panic and prints its figures")]

use std::{collections::BTreeMap, fs, path::PathBuf};

use recsys::{
    hazard::{GapTable, HazardParams, evaluate},
    imputation::{TailImputer, TailParams},
};

/// Gaps of the customers by id, each customer's by order number.
fn sample() -> Option<GapTable> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/instacart-sample");
    let folder = PathBuf::from(std::env::var("INSIGHTFLOW_SAMPLE").unwrap_or_else(|_| default.to_owned()));
    if !folder.join("orders.csv").is_file() {
        println!("skipped: no Instacart sample at {}, set INSIGHTFLOW_SAMPLE", folder.display());
        return None;
    }
    let mut orders: BTreeMap<(u32, u32), Option<u8>> = BTreeMap::new();
    for line in fs::read_to_string(folder.join("orders.csv")).unwrap().lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let days = fields[6].parse::<f64>().ok().map(|days| days as u8);
        orders.insert((fields[1].parse().unwrap(), fields[3].parse().unwrap()), days);
    }
    let mut gaps = GapTable::new();
    let orders: Vec<_> = orders.into_iter().collect();
    for customer in orders.chunk_by(|a, b| a.0.0 == b.0.0) {
        gaps.push(&customer.iter().filter_map(|(_, days)| *days).collect::<Vec<_>>()).unwrap();
    }
    Some(gaps)
}

#[test]
fn hazards_of_real_customers_are_calibrated_and_beat_population_and_mean_gap() {
    let Some(gaps) = sample() else { return };
    let params = HazardParams { fit_customers: 30_000, targets: 4, seed: 20_170 };
    for score in evaluate(&gaps, &params, &[7, 14, 28]).unwrap().horizons {
        let brier = score.brier;
        println!(
            "{} days: {:.4} (by chance {:.4}), {brier:.4?}",
            score.horizon_days, score.ece, score.ece_by_chance
        );
        let best = brier.population.min(brier.mean_gap_step).min(brier.mean_gap_geometric);
        assert!(
            score.ece <= 0.03 && brier.model < best,
            "{} days: {} {brier:?}",
            score.horizon_days,
            score.ece
        );
    }
}

#[test]
fn censored_gaps_of_real_customers_become_thirty_days_or_more() {
    let Some(gaps) = sample() else { return };
    let imputer =
        TailImputer::fit(&gaps, &TailParams { draws: 5, fit_customers: 20_000, seed: 20_170 }).unwrap();
    imputer.compared().iter().for_each(|fit| println!("{fit:?}"));
    let draws = (0..gaps.len()).flat_map(|at| imputer.draw(at as u32, gaps.customer(at)).gap_days);
    let days: Vec<u16> = draws.flatten().collect();
    let mean = days.iter().map(|days| f64::from(*days)).sum::<f64>() / days.len() as f64;
    println!(
        "{} draws, {mean:.1} days on average, {:?}, shape {:.2}",
        days.len(),
        imputer.laws()[0].family(),
        imputer.laws()[0].shape()
    );
    assert_eq!(days.len(), 5 * gaps.censored());
    assert!(days.iter().all(|days| *days >= 30));
}
