//! How far imputed gaps are from the truth that the synthesiser kept.
//!
//! Reads `orders.csv` and `truth_gaps.csv` of `insightflow data synth --truth`, imputes as the pipeline does, and prints
//! the mean of the tail, and how many 90 % intervals hold the truth: of single gaps, and of customers' mean gaps.
//! `cargo run -p recsys --example imputation_truth -- <folder>`; exits with 3 when a bar is missed.

#![expect(clippy::print_stdout, reason = "an example prints its figures")]

use std::{collections::HashMap, error::Error, fs, path::Path, process::ExitCode};

use recsys::{
    hazard::{GapTable, gaps::CENSORED_AT},
    imputation::{TailImputer, TailParams},
};

/// Customers with their gaps, and the true days of those that are censored, in the same order.
#[derive(Default)]
struct Shop {
    users: Vec<u32>,
    gaps: GapTable,
    truth: Vec<Vec<f64>>,
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder with orders.csv and truth_gaps.csv")?;
    let shop = read(Path::new(&folder))?;
    let start = std::time::Instant::now();
    let params = TailParams { draws: 5, fit_customers: 20_000, seed: 20_170 };
    let imputer = TailImputer::fit(&shop.gaps, &params)?;
    println!("fitted in {:.1?}", start.elapsed());
    for family in imputer.compared() {
        println!("{:?}: {:.5} a held-out gap", family.family, family.held_out_log_likelihood);
    }
    for law in imputer.laws() {
        println!("{:?}, shape {:.3}, wave {:.2?}", law.family(), law.shape(), law.wave_of_the_week());
    }
    let start = std::time::Instant::now();
    let (mut drawn, mut truth, mut gaps) = (0.0, 0.0, 0.0);
    let (mut below, mut within, mut above) = (0.0, 0.0, 0.0);
    let (mut customers, mut customers_within) = (0.0, 0.0);
    for (at, days) in shop.truth.iter().enumerate().filter(|(_, days)| !days.is_empty()) {
        let known = shop.gaps.customer(at);
        let draws = imputer.draw(shop.users[at], known);
        let (_, limits) = imputer.predict(known, &[0.05, 0.95]);
        for (imputed, days) in draws.gap_days.iter().zip(days) {
            assert!(imputed.iter().all(|days| *days >= u16::from(CENSORED_AT)));
            drawn += imputed.iter().map(|days| f64::from(*days)).sum::<f64>() / imputed.len() as f64;
            truth += days;
            gaps += 1.0;
            below += f64::from(*days < f64::from(limits[0]));
            above += f64::from(*days > f64::from(limits[1]));
            within += f64::from((f64::from(limits[0])..=f64::from(limits[1])).contains(days));
        }
        if let Some(pooled) = draws.mean {
            let seen = known.iter().filter(|gap| **gap < CENSORED_AT).map(|gap| f64::from(*gap)).sum::<f64>();
            let mean = (seen + days.iter().sum::<f64>()) / known.len() as f64;
            // The customer's own mean is a fixed number: only the imputing is uncertain. t with m − 1 = 4 degrees.
            let half_width = 2.132 * ((1.0 + 1.0 / params.draws as f64) * pooled.between_variance).sqrt();
            customers += 1.0;
            customers_within += f64::from((mean - pooled.estimate).abs() <= half_width);
        }
    }
    let (mean, truth, coverage) = (drawn / gaps, truth / gaps, within / gaps);
    println!("imputed and scored in {:.1?}", start.elapsed());
    println!(
        "censored gaps: {gaps} of {} ({:.2} %)",
        shop.gaps.gaps().len(),
        100.0 * gaps / shop.gaps.gaps().len() as f64
    );
    println!("mean of the tail: imputed {mean:.2}, true {truth:.2}, ratio {:.3}", mean / truth);
    println!(
        "90 % intervals of gaps hold {:.1} % (below {:.1} %, above {:.1} %)",
        100.0 * coverage,
        100.0 * below / gaps,
        100.0 * above / gaps
    );
    println!(
        "90 % intervals of customers' means hold {:.1} % of {customers}",
        100.0 * customers_within / customers
    );
    let held = (mean / truth - 1.0).abs() <= 0.1 && (0.85..=0.95).contains(&coverage);
    println!(
        "{}",
        if held { "both bars are met" } else { "a bar is missed: ratio 0.9 to 1.1, coverage 85 to 95 %" }
    );
    Ok(if held { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

fn read(folder: &Path) -> Result<Shop, Box<dyn Error>> {
    let text = fs::read_to_string(folder.join("truth_gaps.csv"))?;
    let mut truth = HashMap::new();
    for line in text.lines().skip(1) {
        let (order, days) = line.split_once(',').ok_or("truth_gaps.csv needs two columns")?;
        truth.insert(order.parse::<u32>()?, days.parse::<f64>()?);
    }
    let mut shop = Shop::default();
    let (mut known, mut hidden): (Vec<u8>, Vec<f64>) = Default::default();
    let text = fs::read_to_string(folder.join("orders.csv"))?;
    let mut finish = |known: &mut Vec<u8>, hidden: &mut Vec<f64>| {
        shop.truth.push(std::mem::take(hidden));
        shop.gaps.push(&std::mem::take(known))
    };
    // Orders of a customer stand together, by number.
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let user = fields[1].parse::<u32>()?;
        if shop.users.last() != Some(&user) {
            if !shop.users.is_empty() {
                finish(&mut known, &mut hidden)?;
            }
            shop.users.push(user);
        }
        if let Ok(days) = fields[6].parse::<f64>() {
            known.push(days as u8);
            if days >= f64::from(CENSORED_AT) {
                hidden.push(truth.get(&fields[0].parse::<u32>()?).copied().unwrap_or(days));
            }
        }
    }
    if !shop.users.is_empty() {
        finish(&mut known, &mut hidden)?;
    }
    Ok(shop)
}
