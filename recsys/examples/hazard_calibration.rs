//! How good the hazards are on the last gap of each customer, which the fit does not see.
//!
//! Reads `orders.csv` (the six-file layout) and prints Brier scores and calibration at 7, 14 and 28 days.
//! `cargo run -p recsys --example hazard_calibration -- <folder>`; exits with 3 when a bar is missed: calibration error
//! at most 0.03, Brier score below the population hazard's and below both readings of the customer's mean gap.

#![expect(clippy::print_stdout, reason = "an example prints its figures")]

use std::{error::Error, fs, path::Path, process::ExitCode, time::Instant};

use recsys::hazard::{GapTable, HazardParams, evaluate};

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder with orders.csv")?;
    let gaps = read(Path::new(&folder))?;
    let params = HazardParams { fit_customers: 30_000, targets: 4, seed: 20_170 };
    let start = Instant::now();
    let found = evaluate(&gaps, &params, &[7, 14, 28])?;
    println!("{} customers, {} gaps, {:.1?}", found.customers, gaps.gaps().len(), start.elapsed());
    let mut held = true;
    for score in &found.horizons {
        let brier = score.brier;
        println!(
            "{:>2} days: calibration error {:.4} (by chance {:.4}), Brier {:.4}; tempo mixture {:.4}, population \
             {:.4}, mean gap as a step {:.4}, geometric {:.4}",
            score.horizon_days,
            score.ece,
            score.ece_by_chance,
            brier.model,
            brier.tempo_mixture,
            brier.population,
            brier.mean_gap_step,
            brier.mean_gap_geometric
        );
        let best = brier.population.min(brier.mean_gap_step).min(brier.mean_gap_geometric);
        held &= score.ece <= 0.03 && brier.model < best;
    }
    if let Some(last) = found.horizons.last() {
        println!("calibration at {} days (customers, predicted, observed):", last.horizon_days);
        last.bins.iter().for_each(|bin| {
            println!("{:>7} {:.3} {:.3}", bin.customers, bin.predicted, bin.observed);
        });
    }
    println!("{}", if held { "all bars are met" } else { "a bar is missed" });
    Ok(if held { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

/// Orders of a customer stand together, by number.
fn read(folder: &Path) -> Result<GapTable, Box<dyn Error>> {
    let (mut gaps, mut user, mut known) = (GapTable::new(), None, Vec::new());
    for line in fs::read_to_string(folder.join("orders.csv"))?.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [_, this, _, _, _, _, days] = fields[..] else {
            return Err("orders.csv needs seven columns".into());
        };
        let this = this.parse::<u32>()?;
        if user.is_some_and(|user| user != this) {
            gaps.push(&std::mem::take(&mut known))?;
        }
        user = Some(this);
        if let Ok(days) = days.parse::<f64>() {
            known.push(days as u8);
        }
    }
    gaps.push(&known)?;
    Ok(gaps)
}
