//! The next-basket model against its baselines on a folder in the six-file layout.
//!
//! What is measured: every figure of `metrics.json`, with all customers scored. How to run:
//! `cargo run -p recsys --example next_basket -- FOLDER [--out FILE] [--learn CUSTOMERS]`, where fewer customers to learn
//! from show what more would bring. Seed 20,170. Some minutes for 1,600 customers.

#![expect(clippy::print_stdout, reason = "the figures are what it is run for")]

mod source;

use std::{error::Error, ops::ControlFlow, path::PathBuf, time::Instant};

use recsys::{
    evaluation::{cut::Group, metrics::Metric},
    next_basket::{defaults, measure::measure},
};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("give the folder of the source")?);
    let mut params = defaults::measure(20_170);
    params.scored = None;
    params.pool = None;
    let mut out = None;
    while let Some(option) = arguments.next() {
        let value = arguments.next().ok_or(format!("{option} needs a value"))?;
        match option.as_str() {
            "--out" => out = Some(PathBuf::from(value)),
            "--learn" => params.learn = value.parse()?,
            other => {
                return Err(format!("{other} is not known: only --out FILE and --learn CUSTOMERS").into());
            }
        }
    }
    let (catalogue, histories) = source::read(&folder, u32::MAX)?;
    let start = Instant::now();
    let report = measure(&catalogue, &histories, &params, &mut |step| {
        eprintln!("{:6.1} s  {step}", start.elapsed().as_secs_f64());
        ControlFlow::Continue(())
    })?;
    eprintln!("{:6.1} s  done", start.elapsed().as_secs_f64());
    let shown = [
        Metric::NdcgAt10,
        Metric::RecallAt10,
        Metric::RecallAt20,
        Metric::HitRateAt10,
        Metric::RepeatRecallAt10,
        Metric::ExploreRecallAt20,
    ];
    println!(
        "{:20} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8}",
        "", "ndcg@10", "rec@10", "rec@20", "hit@10", "repeat", "explore"
    );
    for (method, groups) in &report.methods {
        let metrics = &groups[&Group::All];
        let cells = shown.map(|metric| metrics[&metric].value.map_or("-".to_owned(), |v| format!("{v:.4}")));
        println!("{:20} {}", method.name(), cells.map(|cell| format!("{cell:>8}")).join(" "));
    }
    for c in &report.comparisons {
        let percent = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{:+.2} %", 100.0 * v));
        println!(
            "{:12} against {:20} {:18} {:16} {} [{}, {}] n {}",
            c.method.name(),
            c.baseline.name(),
            format!("{:?}", c.metric),
            format!("{:?}", c.group),
            percent(c.relative_difference),
            percent(c.low),
            percent(c.high),
            c.n
        );
    }
    if let Some(c) = &report.calibration {
        println!(
            "calibration: history {:?}, shown {:?}, brier {:?}, by frequency {:?}",
            c.ece_history, c.ece_shown, c.brier, c.brier_frequency
        );
    }
    if let Some(out) = out {
        std::fs::write(&out, serde_json::to_vec_pretty(&report)?)?;
    }
    Ok(())
}
