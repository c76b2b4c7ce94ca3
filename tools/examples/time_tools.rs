//! Times opening a run and each tool on a lake of one's own.
//!
//! Measured: milliseconds to open, then for each call the median and the slowest of 20. Data: the published run of the
//! lake; the customer is the one given. Nothing is random; search is lexical, without the embedder.
//! Run: `cargo run -p tools --example time_tools -- LAKE [USER_ID]`
#![expect(clippy::print_stdout, reason = "an example reports on standard output")]

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use config::Settings;
use domain::{ids::UserId, lake::Lake, manifest::Manifest, principal::Principal};
use serde_json::{Value, json};
use tools::{contract::ToolContext, registry::standard_registry, run::Run};

const REPEATS: usize = 20;

fn calls(user_id: u32) -> Vec<(&'static str, Value)> {
    vec![
        ("search_catalog", json!({"query": "organic avocado"})),
        ("get_product", json!({"name": "bananna"})),
        ("recommend", json!({"user_id": user_id})),
        ("recommend", json!({"user_id": user_id, "mode": "discover"})),
        ("recommend", json!({"mode": "popular"})),
        ("purchase_history", json!({"user_id": user_id, "terms": ["apples"]})),
        ("popular_products", json!({})),
        ("popular_products", json!({"hour": 10})),
        ("related_products", json!({"names": ["Banana"]})),
        ("customer_profile", json!({"user_id": user_id})),
        ("similar_customers", json!({"user_id": user_id})),
        ("query_metrics", json!({"metrics": ["reorder_rate"], "dimensions": ["department"]})),
        ("describe_data", json!({})),
    ]
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let lake = Lake::new(arguments.next().ok_or("give the folder of a lake")?);
    let user_id = arguments.next().map_or(Ok(1), |text| text.parse())?;
    let opening = Instant::now();
    let manifest = Manifest::read_latest(&lake)?;
    let run = Arc::new(Run::open(&lake, manifest, &Settings::defaults()?, None).await?);
    println!("open {:.0} ms, {} products", ms(opening.elapsed()), run.catalogue.products().len());
    let registry = standard_registry();
    for (tool, arguments) in calls(user_id) {
        let mut times = Vec::with_capacity(REPEATS);
        let mut rows = 0;
        for _ in 0..REPEATS {
            let context = ToolContext {
                principal: Principal::new(
                    domain::principal::Role::Analyst,
                    Some(UserId(user_id)),
                    "time_tools",
                )?,
                run: Arc::clone(&run),
                basket: Vec::new(),
                deadline: Instant::now() + Duration::from_secs(30),
                cancel: tokio_util::sync::CancellationToken::new(),
            };
            let start = Instant::now();
            let output = registry.call(tool, &context, arguments.clone()).await?;
            times.push(ms(start.elapsed()));
            rows = output.table.rows.len();
        }
        times.sort_by(f64::total_cmp);
        let (median, slowest) = (times.get(REPEATS / 2).copied(), times.last().copied());
        println!(
            "{:8.1} ms median {:8.1} ms slowest {rows:4} rows  {tool} {arguments}",
            median.unwrap_or_default(),
            slowest.unwrap_or_default()
        );
    }
    Ok(())
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
