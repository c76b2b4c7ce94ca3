//! Times metric questions on a lake of one's own, from rollups and from the tables themselves, and compares the answers.
//!
//! Measured: milliseconds for each question, the first time in an engine just opened, then the median and the slowest of
//! the repeats, compiling included; the files may be in the system's cache. Data: a run of the lake, the published one
//! unless its id is given. Nothing is random. A question may need more memory than `query.memory_mib` allows; it then says so.
//! Run: `cargo run -p query --example time_metrics -- LAKE [RUN_ID [MEMORY_MIB]]`
#![expect(clippy::print_stdout, reason = "an example reports on standard output")]

use std::{
    error::Error,
    time::{Duration, Instant},
};

use config::{Settings, query::QuerySettings, semantic::SemanticModel};
use domain::{
    lake::{Lake, RunPaths},
    manifest::{Manifest, read_latest_run_id},
    principal::RowPolicy,
    table::Table,
};
use query::{
    EmbeddedEngine, Limits, SqlEngine,
    metrics::{Direction, FilterOp, MetricQuery, Scope, compile},
};
use serde_json::Value;

const REPEATS: usize = 7;
/// Longer than any question takes on a full run.
const TIMEOUT: Duration = Duration::from_secs(120);
/// A mean may be added up in another order.
const TOLERANCE: f64 = 1e-9;

fn questions() -> Vec<(&'static str, MetricQuery)> {
    let of = |metrics: &[&str]| MetricQuery::of(metrics.iter().copied());
    let two_days = |query: MetricQuery| query.filter("order_dow", FilterOp::In, [0, 1]);
    vec![
        ("totals", of(&["orders", "items", "reorder_rate", "basket_size"])),
        ("reorder rate by department", of(&["reorder_rate"]).by(["department"])),
        ("items, orders, customers by department", of(&["items", "orders", "customers"]).by(["department"])),
        ("share of items by department", of(&["items"]).by(["department"]).with_share()),
        ("share of customers by department", of(&["customers"]).by(["department"]).with_share()),
        ("ten most bought products", of(&["items"]).by(["product_name"]).limit(10)),
        ("ten best reordered products", of(&["reorder_rate"]).by(["product_name"]).limit(10)),
        ("items by aisle on two days", two_days(of(&["items"]).by(["aisle"]))),
        ("items of produce by hour", {
            of(&["items"]).by(["order_hour_of_day"]).filter("department", FilterOp::Eq, ["produce"])
        }),
        ("orders by day and hour", of(&["orders"]).by(["order_dow", "order_hour_of_day"])),
        ("customers by hour", of(&["customers"]).by(["order_hour_of_day"])),
        ("customers of each department at ten", {
            let at_ten = of(&["customers"]).filter("order_hour_of_day", FilterOp::Eq, [10]);
            at_ten.filter("order_dow", FilterOp::Eq, [1]).by(["department"])
        }),
        ("days between orders by order number", {
            of(&["avg_days_between_orders", "basket_size"]).by(["order_number"])
        }),
        ("cart position by aisle", of(&["avg_cart_position"]).by(["aisle"])),
        ("products never bought by department", of(&["products_never_bought"]).by(["department"])),
        ("least bought aisles", of(&["items"]).by(["aisle"]).order("items", Direction::Asc).limit(5)),
        ("median basket by day (no rollup)", of(&["median_basket_size"]).by(["order_dow"])),
        ("customers in all (no rollup)", of(&["customers"])),
    ]
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let lake = Lake::new(arguments.next().ok_or("give the folder of a lake")?);
    let run_id = arguments.next().map_or_else(|| read_latest_run_id(&lake), Ok)?;
    let paths = lake.run(&run_id);
    let manifest = Manifest::read(&paths.manifest())?;
    let timeout_ms = u64::try_from(TIMEOUT.as_millis())?;
    let mut settings = QuerySettings { timeout_ms, ..Settings::defaults()?.query };
    if let Some(memory_mib) = arguments.next() {
        settings.memory_mib = memory_mib.parse()?;
    }
    let shop = Shop { paths, manifest, settings, model: SemanticModel::builtin()? };
    println!("  rows: first median slowest    rollups: first median slowest  (ms)");
    for (name, query) in questions() {
        let rows = shop.time(&query, &|_| Scope::without_rollups(RowPolicy::AllCustomers));
        let rollups = shop.time(&query, &|engine| Scope::of(engine, RowPolicy::AllCustomers));
        let told = match (&rows, &rollups) {
            (Ok((_, left)), Ok((_, right))) if is_same(left, right) => "same answer",
            (Ok(_), Ok(_)) => "OTHER ANSWER",
            _ => "not compared",
        };
        let times = |timed: Result<(String, Table), Box<dyn Error>>| {
            timed.map_or_else(|error| format!("{:>26}", error.to_string()), |(times, _)| times)
        };
        println!("{} {} {told}  {name}", times(rows), times(rollups));
    }
    Ok(())
}

/// The run that is asked.
struct Shop {
    paths: RunPaths,
    manifest: Manifest,
    settings: QuerySettings,
    model: SemanticModel,
}

impl Shop {
    /// The times of a question in an engine of its own, and its answer.
    fn time(
        &self,
        query: &MetricQuery,
        scope: &dyn Fn(&dyn SqlEngine) -> Scope,
    ) -> Result<(String, Table), Box<dyn Error>> {
        let engine = EmbeddedEngine::open(&self.paths, &self.manifest, &self.settings)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let limits = Limits { timeout: TIMEOUT, ..Limits::DEFAULT };
        let ask = || -> Result<(f64, Table), Box<dyn Error>> {
            let start = Instant::now();
            let compiled = compile(&self.model, query, engine.dialect(), &scope(&engine))?;
            let result = runtime.block_on(engine.execute(&compiled.request().with_limits(limits)))?;
            Ok((start.elapsed().as_secs_f64() * 1e3, result.table))
        };
        let (first, table) = ask()?;
        let mut times = (0..REPEATS).map(|_| ask().map(|(ms, _)| ms)).collect::<Result<Vec<_>, _>>()?;
        times.sort_by(f64::total_cmp);
        let (median, slowest) = (times.get(REPEATS / 2), times.last());
        let (median, slowest) = (median.copied().unwrap_or_default(), slowest.copied().unwrap_or_default());
        Ok((format!("{first:8.1} {median:8.1} {slowest:8.1}"), table))
    }
}

/// Integers and names exactly, other numbers nearly.
fn is_same(left: &Table, right: &Table) -> bool {
    let same = |a: &Value, b: &Value| match (a.as_f64(), b.as_f64()) {
        (Some(x), Some(y)) if a.is_f64() && b.is_f64() => (x - y).abs() <= TOLERANCE * x.abs().max(1.0),
        _ => a == b,
    };
    let cells = left.rows.iter().flatten().zip(right.rows.iter().flatten());
    left.columns == right.columns
        && left.rows.len() == right.rows.len()
        && cells.into_iter().all(|(a, b)| same(a, b))
}
