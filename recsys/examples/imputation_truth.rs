//! How far imputed gaps are from the truth that the synthesiser kept.
//!
//! Reads `orders.csv` and `truth_gaps.csv` of `insightflow data synth --truth`, imputes as the pipeline does, and prints
//! the mean of the tail, and how many 90 % intervals hold the truth: of single gaps, and of customers' mean gaps.
//! Then the same for tails that nobody can tell from that one: the days beyond 30 shorter or longer, all that can be
//! observed the same. These have no bar: they show what the assumption about the tail is worth.
//! `cargo run -p recsys --example imputation_truth -- <folder>`; exits with 3 when a bar is missed.

#![expect(clippy::print_stdout, reason = "an example prints its figures")]

use std::{collections::HashMap, error::Error, fs, path::Path, process::ExitCode, time::Instant};

use recsys::{
    hazard::{GapTable, gaps::CENSORED_AT},
    imputation::{TailImputer, TailParams},
};

/// The parameters of the pipeline.
const PARAMS: TailParams = TailParams { draws: 5, fit_customers: 20_000, seed: 20_170 };

/// The 95 % quantile of Student's t with m − 1 = 4 degrees of freedom.
const T_4: f64 = 2.132;

/// Customers with their gaps, and the true days of those that are censored, in the same order.
#[derive(Default)]
struct Shop {
    users: Vec<u32>,
    gaps: GapTable,
    truth: Vec<Vec<f64>>,
}

/// Sums over the censored gaps.
#[derive(Default)]
struct Score {
    gaps: f64,
    imputed: f64,
    truth: f64,
    below: f64,
    above: f64,
    customers: f64,
    customers_held: f64,
}

impl Score {
    fn ratio(&self) -> f64 {
        self.imputed / self.truth
    }

    fn coverage(&self) -> f64 {
        1.0 - (self.below + self.above) / self.gaps
    }

    fn print(&self, name: &str) {
        println!(
            "{name}: mean of the tail imputed {:.2}, true {:.2}, ratio {:.3}; 90 % intervals hold {:.1} % of gaps (below \
             {:.1} %, above {:.1} %), {:.1} % of customers' means",
            self.imputed / self.gaps,
            self.truth / self.gaps,
            self.ratio(),
            100.0 * self.coverage(),
            100.0 * self.below / self.gaps,
            100.0 * self.above / self.gaps,
            100.0 * self.customers_held / self.customers
        );
    }
}

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("name the folder with orders.csv and truth_gaps.csv")?;
    let shop = read(Path::new(&folder))?;
    let (gaps, censored) = (shop.gaps.gaps().len(), shop.gaps.censored());
    println!("{} customers, {gaps} gaps, {censored} of them 30 days or more", shop.users.len());
    let start = Instant::now();
    let imputer = TailImputer::fit(&shop.gaps, &PARAMS)?;
    println!("fitted in {:.1?}", start.elapsed());
    for fit in imputer.compared() {
        println!("{:?}: {:.5} a gap of customers not seen", fit.family, fit.held_out_log_likelihood);
    }
    for law in imputer.laws() {
        println!("{:?}, shape {:.3}, wave {:.2?}", law.family(), law.shape(), law.wave_of_the_week());
    }
    let found = score(&shop, &imputer, 1.0);
    found.print("as generated");
    score(&shop, &imputer, 0.5).print("lighter (days beyond 30 halved)");
    score(&shop, &imputer, 2.0).print("heavier (days beyond 30 doubled)");
    let held = (found.ratio() - 1.0).abs() <= 0.1 && (0.85..=0.95).contains(&found.coverage());
    println!(
        "{}",
        if held { "both bars are met" } else { "a bar is missed: ratio 0.9 to 1.1, coverage 85 to 95 %" }
    );
    Ok(if held { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

/// Compares with the truth, the days beyond 30 stretched.
fn score(shop: &Shop, imputer: &TailImputer, stretch: f64) -> Score {
    let mut score = Score::default();
    let customers = shop.users.iter().zip(&shop.truth).enumerate();
    for (at, (user, truth)) in customers.filter(|(_, (_, truth))| !truth.is_empty()) {
        let known = shop.gaps.customer(at);
        let truth: Vec<f64> = truth.iter().map(|days| 30.0 + (stretch * (days - 30.0)).floor()).collect();
        let draws = imputer.draw(*user, known);
        let limits: Vec<f64> = imputer.predict(known, &[0.05, 0.95]).1.into_iter().map(f64::from).collect();
        for (imputed, days) in draws.gap_days.iter().zip(&truth) {
            score.gaps += 1.0;
            score.imputed += imputed.iter().map(|days| f64::from(*days)).sum::<f64>() / imputed.len() as f64;
            score.truth += days;
            score.below += f64::from(*days < limits[0]);
            score.above += f64::from(*days > limits[1]);
        }
        if let Some(pooled) = draws.mean {
            let seen = known.iter().filter(|gap| **gap < CENSORED_AT).map(|gap| f64::from(*gap)).sum::<f64>();
            let mean = (seen + truth.iter().sum::<f64>()) / known.len() as f64;
            // The mean of a customer's own gaps is a fixed number: only what was imputed is uncertain.
            let variance = (1.0 + 1.0 / PARAMS.draws as f64) * pooled.between_variance;
            score.customers += 1.0;
            score.customers_held += f64::from((mean - pooled.estimate).abs() <= T_4 * variance.sqrt());
        }
    }
    score
}

fn read(folder: &Path) -> Result<Shop, Box<dyn Error>> {
    let text = fs::read_to_string(folder.join("truth_gaps.csv"))?;
    let mut truth = HashMap::new();
    for line in text.lines().skip(1) {
        let (order, days) = line.split_once(',').ok_or("truth_gaps.csv needs two columns")?;
        truth.insert(order.parse::<u32>()?, days.parse::<f64>()?);
    }
    let mut shop = Shop::default();
    let mut known: Vec<u8> = Vec::new();
    // Orders of a customer stand together, by number.
    for line in fs::read_to_string(folder.join("orders.csv"))?.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let [order, user, _, _, _, _, days] = fields[..] else {
            return Err("orders.csv needs seven columns".into());
        };
        let user = user.parse::<u32>()?;
        if shop.users.last() != Some(&user) {
            if !shop.users.is_empty() {
                shop.gaps.push(&std::mem::take(&mut known))?;
            }
            shop.users.push(user);
            shop.truth.push(Vec::new());
        }
        let Ok(days) = days.parse::<f64>() else { continue };
        known.push(days as u8);
        if days >= f64::from(CENSORED_AT) {
            let days = truth.get(&order.parse::<u32>()?).ok_or("truth_gaps.csv lacks an order")?;
            shop.truth.last_mut().ok_or("an order without a customer")?.push(*days);
        }
    }
    shop.gaps.push(&known)?;
    Ok(shop)
}
