//! Tunes every baseline on a folder of the six-file layout and prints its figures, for all customers and both groups.
//!
//! `cargo run --release -p recsys --example baselines -- <folder> [configurations]`
//! Every customer with two orders with lines is scored, on the last; parameters are tuned one order earlier.

#![expect(clippy::print_stdout, reason = "the figures are what this prints")]

#[path = "../next_basket/source.rs"]
mod source;

use std::{error::Error, time::Instant};

use recsys::{
    baselines::suite::{self, Baseline, SuiteParams},
    evaluation::{
        Evaluator,
        bootstrap::Bootstrap,
        cut::{Cut, Group, Stage},
        metrics::Metric,
        report::Estimate,
    },
};

const SEED: u64 = 20_170;

/// Columns of the printed table.
const METRICS: [(Metric, &str); 9] = [
    (Metric::NdcgAt10, "ndcg@10"),
    (Metric::NdcgAt20, "ndcg@20"),
    (Metric::RecallAt10, "recall@10"),
    (Metric::RecallAt20, "recall@20"),
    (Metric::PrecisionAt10, "prec@10"),
    (Metric::MapAt10, "map@10"),
    (Metric::HitRateAt10, "hit@10"),
    (Metric::RepeatRecallAt10, "repeat@10"),
    (Metric::ExploreRecallAt20, "explore@20"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().ok_or("give the folder of the source")?;
    let configurations = arguments.next().map_or(Ok(60), |text| text.parse())?;
    let (catalogue, histories) = source::read(folder.as_ref(), u32::MAX)?;
    let development = Cut::new(&histories, Stage::Development, None, SEED)?;
    let cut = Cut::new(&histories, Stage::Final, None, SEED)?;
    println!(
        "{} products, {} customers, {} scored, {} for tuning, {configurations} configurations a method",
        catalogue.len(),
        histories.len(),
        cut.scored().len(),
        development.scored().len()
    );
    let params = SuiteParams { configurations, neighbour_pool: Some(20_000), seed: SEED };
    let start = Instant::now();
    let baselines = suite::run(&development, &cut, catalogue.len(), &params)?;
    println!("baselines without als: {:.1} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let als = suite::tune_als(&development, &cut, &catalogue, Metric::NdcgAt10, &params)?;
    let explore = suite::tune_als(&development, &cut, &catalogue, Metric::ExploreRecallAt20, &params)?;
    println!("als, tuned twice: {:.1} s", start.elapsed().as_secs_f64());

    let named = |baseline: Baseline| (baseline.method.name().to_owned(), baseline);
    let mut rows: Vec<(String, Baseline)> = baselines.into_iter().map(named).collect();
    rows.push(named(als));
    rows.push(("als for exploring".to_owned(), explore));
    println!("\nchosen parameters, with the best figure of the development cut");
    for (name, Baseline { tuned, .. }) in rows.iter().filter(|row| row.1.tuned.configurations > 0) {
        println!("{name:<20} {:.4} {:?}", tuned.development_value.unwrap_or(f64::NAN), tuned.parameters);
    }
    let start = Instant::now();
    let evaluator = Evaluator::new(&cut, catalogue.len(), Bootstrap::new(1_000, SEED)?);
    let mut summaries = Vec::new();
    for (name, baseline) in &rows {
        summaries.push((name, evaluator.summarise(&evaluator.score(&baseline.lists)?)?));
    }
    println!("metrics and intervals: {:.1} s", start.elapsed().as_secs_f64());
    for group in Group::ALL {
        println!("\n{group:?}");
        print!("{:<20}", "method");
        METRICS.iter().for_each(|(_, name)| print!("{name:>11}"));
        println!("   ndcg@10, 95 %");
        for (name, summary) in &summaries {
            print!("{name:<20}");
            for (metric, _) in METRICS {
                let Estimate { value, .. } = summary[&group][&metric];
                print!("{:>11}", value.map_or("-".to_owned(), |value| format!("{value:.4}")));
            }
            let Estimate { low, high, n, .. } = summary[&group][&Metric::NdcgAt10];
            println!("   {:.4} to {:.4}, n {n}", low.unwrap_or(f64::NAN), high.unwrap_or(f64::NAN));
        }
    }
    Ok(())
}
