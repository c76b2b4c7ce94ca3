//! Times `recommend` and `score_products` over many customers of a lake.
//!
//! Measured: milliseconds in process for one call each of 500 customers (or as many as given), evenly spread over the
//! ids, after the first call has read the model: the median, the 99th percentile and the slowest, one call at a time.
//! `purchase_history` beside them reads the same lines by SQL. Data: the published run of the lake; nothing is random.
//! Run: `cargo run -p tools --example time_recommend -- LAKE [CUSTOMERS]`
#![expect(clippy::print_stdout, reason = "an example reports on standard output")]

use std::{
    error::Error,
    sync::Arc,
    time::{Duration, Instant},
};

use config::Settings;
use domain::{
    ids::UserId,
    lake::Lake,
    manifest::Manifest,
    principal::{Principal, RowPolicy},
};
use query::SqlRequest;
use serde_json::{Value, json};
use tools::{
    contract::ToolContext,
    registry::{Registry, standard_registry},
    run::Run,
};

fn calls() -> Vec<(&'static str, Value)> {
    vec![
        ("recommend", json!({})),
        ("recommend", json!({"mode": "repeat"})),
        ("recommend", json!({"mode": "discover"})),
        ("recommend", json!({"department": "produce"})),
        ("score_products", json!({"names": ["Banana"]})),
        ("purchase_history", json!({})),
    ]
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let lake = Lake::new(arguments.next().ok_or("give the folder of a lake")?);
    let wanted = arguments.next().map_or(Ok(500), |text| text.parse())?;
    let manifest = Manifest::read_latest(&lake)?;
    let run = Arc::new(Run::open(&lake, manifest, &Settings::defaults()?, None).await?);
    let customers = customers(&run, wanted).await?;
    let registry = standard_registry();
    let first = *customers.first().ok_or("the run has no customers")?;
    let (elapsed, _) = call(&registry, &run, first, "recommend", &json!({})).await?;
    println!(
        "model {}: first call {elapsed:.0} ms, then {} customers",
        if run.has_next_basket() { "present" } else { "absent" },
        customers.len()
    );
    for (tool, arguments) in calls() {
        let mut times = Vec::with_capacity(customers.len());
        let mut rows = 0;
        for user_id in &customers {
            let (elapsed, found) = call(&registry, &run, *user_id, tool, &arguments).await?;
            times.push(elapsed);
            rows += found;
        }
        times.sort_by(f64::total_cmp);
        let at =
            |share: f64| times.get(((times.len() - 1) as f64 * share) as usize).copied().unwrap_or_default();
        println!(
            "p50 {:6.2} ms   p99 {:6.2} ms   slowest {:6.2} ms   {rows:6} rows  {tool} {arguments}",
            at(0.5),
            at(0.99),
            at(1.0)
        );
    }
    Ok(())
}

/// Customers evenly spread over the ids.
async fn customers(run: &Run, wanted: usize) -> Result<Vec<u32>, Box<dyn Error>> {
    let ask = |sql: String| SqlRequest::new(sql, RowPolicy::AllCustomers);
    let count = run.engine.execute(&ask("SELECT MAX(user_id) AS most FROM orders".to_owned())).await?;
    let most = count.table.integer(0, "most").unwrap_or(0);
    let step = (most / i64::try_from(wanted)?).max(1);
    let sql = format!(
        "SELECT MIN(user_id) AS user_id FROM order_lines GROUP BY user_id / {step} ORDER BY user_id LIMIT {wanted}"
    );
    let found = run.engine.execute(&ask(sql)).await?.table;
    Ok((0..found.rows.len()).filter_map(|row| u32::try_from(found.integer(row, "user_id")?).ok()).collect())
}

async fn call(
    registry: &Registry,
    run: &Arc<Run>,
    user_id: u32,
    tool: &str,
    arguments: &Value,
) -> Result<(f64, usize), Box<dyn Error>> {
    let context = ToolContext {
        principal: Principal::shopper(UserId(user_id)),
        run: Arc::clone(run),
        basket: Vec::new(),
        deadline: Instant::now() + Duration::from_secs(60),
        cancel: tokio_util::sync::CancellationToken::new(),
    };
    let start = Instant::now();
    let output = registry.call(tool, &context, arguments.clone()).await?;
    Ok((start.elapsed().as_secs_f64() * 1e3, output.table.rows.len()))
}
