//! `describe_data`: what there is: how much, which tables, which metrics, which segments, how fresh, how clean.
//!
//! Counts, names and definitions only, no customer's row. Every role may ask, but for `quality`: what was quarantined
//! and where from is of use to staff alone, and so are the tables' names (shoppers ask for metrics, not for tables).

use async_trait::async_trait;
use domain::{
    principal::Role,
    table::{ColumnType, Table},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    contract::{ToolContext, ToolError, ToolOutput, TypedTool},
    product_rows::columns,
    run::Run,
};

/// What to describe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DataTopic {
    /// How many customers, orders, lines, products, aisles and departments.
    #[default]
    Overview,
    /// The tables with their columns and rows; staff only.
    Tables,
    /// The metrics and dimensions with their definitions.
    Metrics,
    /// The segments of customers with their sizes.
    Segments,
    /// Which run this is, from which source, finished when.
    Freshness,
    /// Rows kept and rows put into quarantine, by table; staff only.
    Quality,
}

/// Arguments of `describe_data`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DescribeDataArgs {
    /// What to describe; the overview when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<DataTopic>,
}

/// The tool.
#[derive(Debug, Clone, Copy, Default)]
pub struct DescribeData;

#[async_trait]
impl TypedTool for DescribeData {
    type Args = DescribeDataArgs;

    const NAME: &'static str = "describe_data";
    const DESCRIPTION: &'static str = "What data there is: counts (overview), metrics and dimensions with definitions, \
        segments, freshness; for staff also tables and data quality.";
    const ROLES: &'static [Role] = &Role::ALL;

    async fn run(&self, context: &ToolContext, args: DescribeDataArgs) -> Result<ToolOutput, ToolError> {
        let topic = args.topic.unwrap_or_default();
        let for_staff = matches!(topic, DataTopic::Tables | DataTopic::Quality);
        if for_staff && !context.principal.role().is_staff() {
            let message =
                "tables and data quality are for staff; ask for overview, metrics, segments or freshness";
            return Err(ToolError::PermissionDenied(message.to_owned()));
        }
        let table = match topic {
            DataTopic::Overview => overview(&context.run),
            DataTopic::Tables => tables(context),
            DataTopic::Metrics => metrics(&context.run),
            DataTopic::Segments => segments(&context.run),
            DataTopic::Freshness => freshness(&context.run),
            DataTopic::Quality => quality(&context.run),
        };
        Ok(ToolOutput::table(table, "manifest"))
    }
}

fn overview(run: &Run) -> Table {
    let mut table = Table::new(columns(&[
        ("customers", ColumnType::Integer),
        ("orders", ColumnType::Integer),
        ("orders_with_lines", ColumnType::Integer),
        ("lines", ColumnType::Integer),
        ("products", ColumnType::Integer),
        ("aisles", ColumnType::Integer),
        ("departments", ColumnType::Integer),
        ("lines_per_order", ColumnType::Number),
        ("orders_per_customer", ColumnType::Number),
    ]));
    let totals = run.totals;
    let per = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
    table.rows.push(vec![
        json!(totals.customers),
        json!(totals.orders),
        json!(totals.orders_with_lines),
        json!(totals.lines),
        json!(run.catalogue.products().len()),
        json!(run.catalogue.aisles().len()),
        json!(run.catalogue.departments().len()),
        json!(per(totals.lines, totals.orders_with_lines)),
        json!(per(totals.orders, totals.customers)),
    ]);
    table
}

fn tables(context: &ToolContext) -> Table {
    let mut table = Table::new(columns(&[
        ("table", ColumnType::String),
        ("rows", ColumnType::Integer),
        ("columns", ColumnType::String),
        ("customer_rows", ColumnType::Boolean),
    ]));
    for info in context.run.engine.tables(context.principal.row_policy()) {
        let names: Vec<&str> = info.columns.iter().map(|column| column.name.as_str()).collect();
        table.rows.push(vec![
            json!(info.name),
            json!(info.rows),
            json!(names.join(", ")),
            json!(info.customer_rows),
        ]);
    }
    table
}

fn metrics(run: &Run) -> Table {
    let mut table = Table::new(columns(&[
        ("kind", ColumnType::String),
        ("name", ColumnType::String),
        ("label", ColumnType::String),
        ("definition", ColumnType::String),
    ]));
    for metric in &run.semantic.metrics {
        table.rows.push(vec![
            json!("metric"),
            json!(metric.name),
            json!(metric.label),
            json!(metric.description),
        ]);
    }
    for (_, dimension) in run.semantic.dimensions() {
        table.rows.push(vec![
            json!("dimension"),
            json!(dimension.name),
            json!(dimension.label),
            json!(dimension.note),
        ]);
    }
    table
}

fn segments(run: &Run) -> Table {
    let mut table = Table::new(columns(&[
        ("segment", ColumnType::Integer),
        ("segment_name", ColumnType::String),
        ("customers", ColumnType::Integer),
        ("share", ColumnType::Number),
    ]));
    let all: u64 = run.segments.iter().map(|segment| segment.customers).sum();
    for segment in &run.segments {
        let share = (all > 0).then(|| segment.customers as f64 / all as f64);
        table.rows.push(vec![json!(segment.id), json!(segment.name), json!(segment.customers), json!(share)]);
    }
    table
}

fn freshness(run: &Run) -> Table {
    let mut table = Table::new(columns(&[
        ("run_id", ColumnType::String),
        ("source", ColumnType::String),
        ("started_at", ColumnType::String),
        ("finished_at", ColumnType::String),
        ("input_parts", ColumnType::Integer),
        ("input_rows", ColumnType::Integer),
    ]));
    let manifest = &run.manifest;
    table.rows.push(vec![
        json!(manifest.run_id),
        json!(manifest.source),
        json!(manifest.started_at),
        json!(manifest.finished_at),
        json!(manifest.inputs.len()),
        json!(manifest.inputs.iter().map(|part| part.rows).sum::<u64>()),
    ]);
    table
}

/// From the manifest: each silver table beside its quarantine.
fn quality(run: &Run) -> Table {
    let mut table = Table::new(columns(&[
        ("table", ColumnType::String),
        ("rows_kept", ColumnType::Integer),
        ("rows_quarantined", ColumnType::Integer),
        ("share_quarantined", ColumnType::Number),
    ]));
    for kept in &run.manifest.artefacts {
        let Some(name) = kept.name.strip_prefix("silver.") else { continue };
        let quarantined =
            run.manifest.artefact(&format!("quarantine.{name}")).map_or(0, |artefact| artefact.rows);
        let seen = kept.rows + quarantined;
        let share = if seen > 0 { json!(quarantined as f64 / seen as f64) } else { Value::Null };
        table.rows.push(vec![json!(name), json!(kept.rows), json!(quarantined), share]);
    }
    table
}
