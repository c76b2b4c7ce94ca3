//! What an evaluation found, as pictures and as one page: `recsys/eval_charts/run=<id>/`.
//!
//! `recsys/eval/run=<id>/metrics.json` (and those of earlier runs, for the trends) → `<picture>.svg`, `<picture>.png` and
//! `report.html`, which needs nothing else. Reads only what is drawn and passes over keys it does not know, so the
//! evaluation may write more. A figure that is null is not drawn; a run that was not evaluated has no page.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use charts::{
    CategoryAxis, CategoryKind, ChartKind, ChartSpec, Detail, Interval, Reference, Series, ValueAxis,
};
use domain::{
    answer::Format,
    lake::{Lake, RunPaths},
    manifest::Artefact,
    table::{Column, ColumnType, Table},
};
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value as TemplateValue, context};
use serde::Deserialize;
use serde_json::{Value, json};
use time::OffsetDateTime;

use super::{Picture, STAGE, files};
use crate::{
    error::{PipelineError, io_error},
    publish::write_atomically,
    report::words::count,
    table_writer::{hash_files, prepare_folder},
};

/// The artefact's name.
pub const ARTEFACT: &str = "recsys.eval_charts";

const TEMPLATE: &str = include_str!("evaluation.html.j2");

/// The methods in the order of the pictures, with their names in words. Others come behind, by their key.
const METHODS: [(&str, &str); 9] = [
    ("next_basket", "next basket (ours)"),
    ("discover", "discover (ours)"),
    ("tifu_knn", "TIFU-KNN"),
    ("up_cf", "UP-CF@r"),
    ("personal_recency", "personal top with recency"),
    ("personal_top", "personal top"),
    ("tifu_knn_neighbours", "TIFU-KNN neighbours alone"),
    ("als", "ALS"),
    ("global_top", "global top"),
];

/// The metrics that have a picture of all methods, with what they are.
const COMPARED: [(&str, &str, &str); 4] = [
    ("ndcg_at_10", "NDCG@10", "how far up the bought products stand among the ten shown, 1 = all on top"),
    ("recall_at_10", "recall@10", "share of the order's products that are among the ten shown"),
    ("hit_rate_at_10", "hit rate@10", "share of customers who bought at least one of the ten shown"),
    (
        "explore_recall_at_20",
        "explore recall@20",
        "share of the order's new products that are among the first twenty",
    ),
];

/// The groups of customers.
const GROUPS: [(&str, &str); 3] = [
    ("all", "all customers"),
    ("last_is_test", "whose last order is a test order"),
    ("last_has_lines", "the others"),
];

/// The methods whose trend is drawn: ours, the strongest baseline, and the plainest one.
const TRENDS: [&str; 4] = ["next_basket", "tifu_knn", "personal_recency", "global_top"];

/// A figure with its interval; null where there is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
pub struct Figure {
    /// Over the customers that were scored.
    pub value: Option<f64>,
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Customers.
    #[serde(default)]
    pub n: u64,
}

/// One method against another on the same customers.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Comparison {
    /// The one in question.
    pub method: String,
    /// What it is held against.
    pub baseline: String,
    /// The metric.
    pub metric: String,
    /// The customers; all where it is not said.
    #[serde(default)]
    pub group: Option<String>,
    /// (method − baseline) / baseline.
    pub relative_difference: Option<f64>,
    /// Lower end of the paired interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// Predictions of about the same size.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Bin {
    /// Predictions in it.
    pub count: u64,
    /// Their mean.
    pub predicted: f64,
    /// The share that was bought.
    pub observed: f64,
}

/// How far probabilities are what they say.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Calibration {
    /// Expected error over pairs in the history.
    pub ece_history: Option<f64>,
    /// The same over the ten shown.
    pub ece_shown: Option<f64>,
    /// Brier score over pairs in the history.
    pub brier: Option<f64>,
    /// The same of an isotonic fit of personal frequency.
    pub brier_frequency: Option<f64>,
    /// Bins behind `ece_history`.
    pub reliability_history: Vec<Bin>,
    /// Bins behind `ece_shown`.
    pub reliability_shown: Vec<Bin>,
}

/// How the lists of segments do; null where they were not measured.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Segments {
    /// Products that the top tens by lift of two segments share, mean over pairs.
    pub top10_overlap: Option<f64>,
    /// Recall@10 of the list by share.
    pub share_recall_at_10: Option<Figure>,
    /// That less the recall of the ten most bought of all.
    pub share_less_global_top: Option<Figure>,
    /// Mean lift of the list by lift in held-out orders.
    pub held_out_lift: Option<Figure>,
}

impl Segments {
    /// Name and value of each figure.
    fn rows(self) -> [(&'static str, String); 4] {
        let overlap = self.top10_overlap.map(|value| Figure { value: Some(value), ..Figure::default() });
        [
            ("products that two segments' ten by lift share, mean over pairs", cell(overlap)),
            (
                "recall@10 of a segment's ten by share, on its customers' held-out orders",
                cell(self.share_recall_at_10),
            ),
            (
                "the same less the recall of the ten most bought of all, paired",
                cell(self.share_less_global_top),
            ),
            (
                "mean lift of the lists by lift in held-out orders of other customers",
                cell(self.held_out_lift),
            ),
        ]
    }
}

/// What is read of `metrics.json`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Metrics {
    /// How the figures were made: a text, or fields of which `description` is shown first.
    pub protocol: Value,
    /// Figures by method, group and metric.
    pub methods: BTreeMap<String, BTreeMap<String, BTreeMap<String, Figure>>>,
    /// Methods in pairs.
    pub comparisons: Vec<Comparison>,
    /// How far probabilities are what they say.
    pub calibration: Option<Calibration>,
    /// How the lists of segments do.
    pub segments: Option<Segments>,
}

impl Metrics {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self, PipelineError> {
        let text = fs::read_to_string(path).map_err(io_error("read", path))?;
        serde_json::from_str(&text)
            .map_err(|source| PipelineError::DamagedRecord { path: path.to_owned(), source })
    }

    fn figure(&self, method: &str, group: &str, metric: &str) -> Option<Figure> {
        let figure = self.methods.get(method)?.get(group)?.get(metric).copied()?;
        figure.value.map(|_| figure)
    }

    /// The methods in the order of the pictures, with their names.
    fn ordered(&self) -> Vec<(&str, &str)> {
        let known = METHODS.into_iter().filter(|(key, _)| self.methods.contains_key(*key));
        let others = self.methods.keys().filter(|key| METHODS.iter().all(|(known, _)| known != key));
        known.chain(others.map(|key| (key.as_str(), key.as_str()))).collect()
    }

    /// Customers behind the figures of a metric.
    fn customers(&self, metric: &str) -> u64 {
        let figures = self.methods.keys().filter_map(|method| self.figure(method, "all", metric));
        figures.map(|figure| figure.n).max().unwrap_or(0)
    }

    /// What the protocol says of itself.
    fn protocol_in_words(&self) -> String {
        match &self.protocol {
            Value::String(text) => text.clone(),
            Value::Object(fields) => {
                fields.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
            }
            _ => String::new(),
        }
    }

    /// Plain fields of the protocol, such as counts and the seed.
    fn protocol_fields(&self) -> Vec<(String, String)> {
        let plain = |(name, value): (&String, &Value)| {
            let text = match value {
                Value::Number(number) => match number.as_u64() {
                    Some(whole) if name != "seed" => count(whole),
                    _ => number.to_string(),
                },
                Value::String(text) if name != "description" => text.clone(),
                Value::Bool(yes) => yes.to_string(),
                _ => return None,
            };
            Some((name.replace('_', " "), text))
        };
        self.protocol.as_object().map(|fields| fields.iter().filter_map(plain).collect()).unwrap_or_default()
    }
}

/// Where the metrics of a run lie.
pub fn metrics_path(paths: &RunPaths) -> PathBuf {
    paths.recsys("eval").join("metrics.json")
}

/// Writes pictures and page of a run; `None` where the run was not evaluated.
pub fn write(paths: &RunPaths) -> Result<Option<Artefact>, PipelineError> {
    let path = metrics_path(paths);
    if !path.exists() {
        return Ok(None);
    }
    let metrics = Metrics::read(&path)?;
    let mut pictures = pictures(&metrics);
    pictures.extend(trend(&history(&Lake::new(paths.lake_root()), paths)?));
    let drawn = pictures
        .iter()
        .map(|picture| Ok((picture.name.clone(), picture.draw()?)))
        .collect::<Result<Vec<_>, PipelineError>>()?;
    let folder = paths.recsys("eval_charts");
    prepare_folder(&folder)?;
    files::write_drawn(&folder, &drawn)?;
    let run =
        paths.recsys("eval").file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let page = page(run.strip_prefix("run=").unwrap_or(&run), &metrics, &drawn)?;
    write_atomically(&folder.join("report.html"), &page)?;
    let drawn = files::folder_artefact(paths, ARTEFACT, &folder, drawn.len() as u64)?;
    // The trends and the page tell of other runs and of dates: what this run adds to them is its figures.
    Ok(Some(Artefact { content_hash: hash_files(&path)?.sha256, ..drawn }))
}

/// The metrics of all runs up to this one that have any, oldest first, by the moment of the run.
fn history(lake: &Lake, paths: &RunPaths) -> Result<Vec<(String, Metrics)>, PipelineError> {
    let parent = lake.root().join("recsys").join("eval");
    let own = paths.recsys("eval");
    let mut folders: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(&parent).map_err(io_error("list", &parent))? {
        folders.push(entry.map_err(io_error("list", &parent))?.path());
    }
    folders.retain(|folder| *folder <= own && folder.join("metrics.json").is_file());
    folders.sort();
    let mut runs = Vec::new();
    for folder in folders {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let label = moment_of_run(name.strip_prefix("run=").unwrap_or(&name));
        match Metrics::read(&folder.join("metrics.json")) {
            Ok(metrics) => runs.push((label, metrics)),
            // Whatever an earlier run left must not stop this one.
            Err(error) if folder != own => tracing::warn!(%error, "metrics of an earlier run are left out"),
            Err(error) => return Err(error),
        }
    }
    Ok(runs)
}

/// The moment in a run's id, to the minute; the id itself where there is none.
fn moment_of_run(run_id: &str) -> String {
    let moment = uuid::Uuid::parse_str(run_id)
        .ok()
        .and_then(|id| id.get_timestamp())
        .and_then(|stamp| i64::try_from(stamp.to_unix().0).ok())
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    moment
        .map_or_else(|| run_id.to_owned(), |at| format!("{} {:02}:{:02}", at.date(), at.hour(), at.minute()))
}

/// The pictures of one evaluation.
pub(crate) fn pictures(metrics: &Metrics) -> Vec<Picture> {
    let mut pictures: Vec<Picture> = COMPARED.iter().filter_map(|metric| methods(metrics, metric)).collect();
    pictures.extend(groups(metrics));
    pictures.extend(differences(metrics));
    pictures.extend(calibration(metrics));
    pictures
}

fn column(name: &str, kind: ColumnType) -> Column {
    Column::new(name, kind)
}

/// The columns of a chart of figures with intervals by name and series.
fn table(rows: Vec<Vec<Value>>) -> Table {
    let kinds = [
        ("name", ColumnType::String),
        ("value", ColumnType::Number),
        ("low", ColumnType::Number),
        ("high", ColumnType::Number),
        ("series", ColumnType::String),
    ];
    Table { columns: kinds.into_iter().map(|(name, kind)| column(name, kind)).collect(), rows }
}

fn names(label: &str) -> CategoryAxis {
    CategoryAxis {
        field: "name".to_owned(),
        label: label.to_owned(),
        kind: CategoryKind::Nominal,
        format: Format::Name,
    }
}

fn values(label: String, format: Format) -> ValueAxis {
    ValueAxis { field: "value".to_owned(), label, format }
}

fn interval(label: &str) -> Option<Interval> {
    Some(Interval { low: "low".to_owned(), high: "high".to_owned(), label: label.to_owned() })
}

fn series(label: &str) -> Option<Series> {
    Some(Series { field: "series".to_owned(), label: label.to_owned() })
}

/// All methods by one metric, the best first.
fn methods(metrics: &Metrics, (metric, name, meaning): &(&str, &str, &str)) -> Option<Picture> {
    let mut found: Vec<(&str, Figure)> = metrics
        .ordered()
        .into_iter()
        .filter_map(|(key, name)| Some((name, metrics.figure(key, "all", metric)?)))
        .collect();
    found.sort_by(|a, b| b.1.value.unwrap_or(0.0).total_cmp(&a.1.value.unwrap_or(0.0)));
    if found.is_empty() {
        return None;
    }
    let rows = found
        .iter()
        .map(|(name, f)| vec![json!(name), json!(f.value), json!(f.low), json!(f.high), json!("")]);
    let spec = ChartSpec {
        kind: ChartKind::Bar,
        title: format!("{name} by method"),
        x: names("method"),
        y: values(format!("{name}: longer is better"), Format::Decimal),
        series: None,
        detail: Detail {
            subtitle: Some(format!(
                "{}: {meaning}. Held-out orders of {} customers.",
                capital(name),
                count(metrics.customers(metric))
            )),
            note: Some(metrics.protocol_in_words()).filter(|words| !words.is_empty()),
            interval: interval("95 % interval over customers (bootstrap)"),
            ..Detail::default()
        },
    };
    Some(Picture { name: format!("methods_{metric}"), spec, table: table(rows.collect()) })
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// NDCG@10 by method, for the groups of customers apart.
fn groups(metrics: &Metrics) -> Option<Picture> {
    let mut rows = Vec::new();
    for (key, name) in metrics.ordered() {
        for (group, words) in GROUPS.iter().skip(1) {
            if let Some(f) = metrics.figure(key, group, "ndcg_at_10") {
                rows.push(vec![json!(name), json!(f.value), json!(f.low), json!(f.high), json!(words)]);
            }
        }
    }
    if rows.is_empty() {
        return None;
    }
    let spec = ChartSpec {
        kind: ChartKind::GroupedBar,
        title: "NDCG@10 by method, for two kinds of customers".to_owned(),
        x: names("method"),
        y: values("NDCG@10: longer is better".to_owned(), Format::Decimal),
        series: series("customers"),
        detail: Detail {
            subtitle: Some(
                "Customers whose last order is a test order are scored on the order before it; the others are heavier \
                 customers or end in a train order."
                    .to_owned(),
            ),
            interval: interval("95 % interval over customers (bootstrap)"),
            ..Detail::default()
        },
    };
    Some(Picture { name: "methods_by_group".to_owned(), spec, table: table(rows) })
}

/// How much better a method is than what it is held against.
fn differences(metrics: &Metrics) -> Option<Picture> {
    let name = |key: &str| {
        METHODS.iter().find(|(known, _)| *known == key).map_or(key.to_owned(), |(_, n)| (*n).to_owned())
    };
    let metric = |key: &str| COMPARED.iter().find(|(known, ..)| *known == key).map(|(_, name, _)| *name);
    let rows: Vec<Vec<Value>> = metrics
        .comparisons
        .iter()
        .filter(|c| c.relative_difference.is_some() && c.group.as_deref().is_none_or(|group| group == "all"))
        // Factors know taste and not habit: differences of a hundred per cent would hide all others, and the pictures by
        // method show them.
        .filter(|c| (c.method.as_str(), c.baseline.as_str()) != ("next_basket", "als"))
        .filter_map(|c| {
            let label = format!("{} against {}, {}", name(&c.method), name(&c.baseline), metric(&c.metric)?);
            Some(vec![json!(label), json!(c.relative_difference), json!(c.low), json!(c.high), json!("")])
        })
        .collect();
    if rows.is_empty() {
        return None;
    }
    let spec = ChartSpec {
        kind: ChartKind::Bar,
        title: "How much better than the baselines".to_owned(),
        x: names("comparison"),
        y: values("relative difference (0 % = the same)".to_owned(), Format::Percent),
        series: None,
        detail: Detail {
            subtitle: Some(
                "Difference on the same customers over the baseline's figure. An interval that does not touch 0 % is more \
                 than chance."
                    .to_owned(),
            ),
            interval: interval("95 % interval, paired by customer (bootstrap)"),
            ..Detail::default()
        },
    };
    Some(Picture { name: "comparisons".to_owned(), spec, table: table(rows) })
}

/// Promised probabilities against what was bought.
fn calibration(metrics: &Metrics) -> Option<Picture> {
    let calibration = metrics.calibration.as_ref()?;
    let of = |bins: &[Bin], words: &str| -> Vec<Vec<Value>> {
        let row = |bin: &Bin| {
            // The standard error of a share, twice.
            let around = 1.96 * (bin.observed * (1.0 - bin.observed) / bin.count.max(1) as f64).sqrt();
            let (low, high) = ((bin.observed - around).max(0.0), (bin.observed + around).min(1.0));
            vec![json!(bin.predicted), json!(bin.observed), json!(low), json!(high), json!(words)]
        };
        bins.iter().map(row).collect()
    };
    let mut rows = of(&calibration.reliability_history, "products of the customer's history");
    rows.extend(of(&calibration.reliability_shown, "the ten shown"));
    if rows.is_empty() {
        return None;
    }
    let mut table = table(rows);
    if let Some(first) = table.columns.first_mut() {
        first.kind = ColumnType::Number;
    }
    let errors = [("history", calibration.ece_history), ("shown", calibration.ece_shown)];
    let errors: Vec<String> =
        errors.iter().filter_map(|(words, error)| Some(format!("{words} {:.4}", (*error)?))).collect();
    let spec = ChartSpec {
        kind: ChartKind::Line,
        title: "Do promised probabilities come true?".to_owned(),
        x: CategoryAxis {
            field: "name".to_owned(),
            label: "promised probability of a purchase (mean of the bin)".to_owned(),
            kind: CategoryKind::Quantitative,
            format: Format::Percent,
        },
        y: values("share that was bought in the held-out order".to_owned(), Format::Percent),
        series: series("pairs of customer and product"),
        detail: Detail {
            subtitle: Some(format!(
                "Bins of equal size, on customers that neither the ranker nor its calibration has seen. Expected \
                 calibration error: {}.",
                errors.join(", ")
            )),
            interval: interval("95 % interval of the bin's share"),
            reference: Some(Reference::Diagonal { label: "promises kept".to_owned() }),
            ..Detail::default()
        },
    };
    Some(Picture { name: "calibration".to_owned(), spec, table })
}

/// NDCG@10 over runs.
pub(crate) fn trend(runs: &[(String, Metrics)]) -> Option<Picture> {
    let mut rows = Vec::new();
    for method in TRENDS {
        let name = METHODS.iter().find(|(key, _)| *key == method).map_or(method, |(_, name)| *name);
        for (label, metrics) in runs {
            if let Some(f) = metrics.figure(method, "all", "ndcg_at_10") {
                rows.push(vec![json!(label), json!(f.value), json!(f.low), json!(f.high), json!(name)]);
            }
        }
    }
    if rows.is_empty() {
        return None;
    }
    let spec = ChartSpec {
        kind: ChartKind::Line,
        title: "NDCG@10 over the runs".to_owned(),
        x: CategoryAxis {
            field: "name".to_owned(),
            label: "run (its moment, UTC)".to_owned(),
            kind: CategoryKind::Ordinal,
            format: Format::Name,
        },
        y: values("NDCG@10: higher is better".to_owned(), Format::Decimal),
        series: series("method"),
        detail: Detail {
            subtitle: Some(format!(
                "{}. Runs differ in their data, so a step may be new orders as well as a new model.",
                if runs.len() == 1 {
                    "One evaluated run".to_owned()
                } else {
                    format!("{} evaluated runs", runs.len())
                }
            )),
            interval: interval("95 % interval over customers (bootstrap)"),
            ..Detail::default()
        },
    };
    Some(Picture { name: "trend_ndcg_at_10".to_owned(), spec, table: table(rows) })
}

/// The page with all pictures and a table of the methods.
fn page(
    run_id: &str,
    metrics: &Metrics,
    drawn: &[(String, (String, Vec<u8>))],
) -> Result<String, PipelineError> {
    let unrendered =
        |e: minijinja::Error| PipelineError::Model { stage: STAGE, reason: format!("report.html: {e}") };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    let tables: Vec<TemplateValue> = GROUPS
        .iter()
        .filter_map(|(group, words)| {
            let rows: Vec<TemplateValue> = metrics
                .ordered()
                .into_iter()
                .filter(|(key, _)| {
                    metrics.methods.get(*key).is_some_and(|groups| groups.contains_key(*group))
                })
                .map(|(key, name)| {
                    let cells: Vec<String> = COMPARED
                        .iter()
                        .map(|(metric, ..)| cell(metrics.figure(key, group, metric)))
                        .collect();
                    context! { name => name, cells => cells }
                })
                .collect();
            (!rows.is_empty()).then(|| context! { group => *words, rows => rows })
        })
        .collect();
    // The pictures are ours, with everything that comes from data escaped.
    let pictures: Vec<TemplateValue> =
        drawn.iter().map(|(_, (svg, _))| TemplateValue::from_safe_string(svg.clone())).collect();
    let metrics_named: Vec<TemplateValue> =
        COMPARED.iter().map(|(_, name, meaning)| context! { name => *name, meaning => *meaning }).collect();
    let fields: Vec<TemplateValue> =
        metrics.protocol_fields().into_iter().map(|(name, value)| context! { name, value }).collect();
    let segments: Vec<TemplateValue> = metrics
        .segments
        .into_iter()
        .flat_map(Segments::rows)
        .map(|(name, value)| context! { name, value })
        .collect();
    let values = context! {
        segments => segments,
        run_id => run_id,
        moment => moment_of_run(run_id),
        protocol => metrics.protocol_in_words(),
        fields => fields,
        metrics => metrics_named,
        tables => tables,
        pictures => pictures,
    };
    environment.template_from_str(TEMPLATE).and_then(|template| template.render(values)).map_err(unrendered)
}

/// A figure with its interval as the page shows it.
fn cell(figure: Option<Figure>) -> String {
    match figure.and_then(|figure| Some((figure.value?, figure.low, figure.high))) {
        Some((value, Some(low), Some(high))) => format!("{value:.4} ({low:.4} to {high:.4})"),
        Some((value, ..)) => format!("{value:.4}"),
        None => "–".to_owned(),
    }
}
