//! The layout of `metrics.json`.
//!
//! ```text
//! { schema_version, protocol,
//!   methods:     { global_top: { all: { ndcg_at_10: {value, low, high, n}, … }, last_is_test, last_has_lines }, … },
//!   comparisons: [{method, baseline, metric, group, relative_difference, low, high, n}],
//!   segments:    {top10_overlap, …}, calibration: {ece_history, ece_shown, brier, brier_frequency, …} }
//! ```
//! A figure that is not defined is null, never NaN.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{calibration::ReliabilityBin, cut::Group, metrics::Metric};

/// Version of this layout; it rises when a reader of an older file would misread a newer one.
pub const SCHEMA_VERSION: u32 = 1;

/// A way to recommend; the name in the report is the serde name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// What is bought most.
    GlobalTop,
    /// What the customer buys most.
    PersonalTop,
    /// The same with older orders counting less.
    PersonalRecency,
    /// User-based neighbours over recent baskets.
    UpCf,
    /// Decayed item frequencies mixed with those of the nearest customers.
    TifuKnn,
    /// Factors alone.
    Als,
    /// The neighbours' part of TIFU-KNN alone.
    TifuKnnNeighbours,
    /// The ranker, mode `next_basket`.
    NextBasket,
    /// The ranker, mode `discover`.
    Discover,
}

impl Method {
    /// The name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::GlobalTop => "global_top",
            Self::PersonalTop => "personal_top",
            Self::PersonalRecency => "personal_recency",
            Self::UpCf => "up_cf",
            Self::TifuKnn => "tifu_knn",
            Self::Als => "als",
            Self::TifuKnnNeighbours => "tifu_knn_neighbours",
            Self::NextBasket => "next_basket",
            Self::Discover => "discover",
        }
    }
}

/// A figure with its 95 % interval; all null where nobody has the figure.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Over the customers that were scored.
    pub value: Option<f64>,
    /// Lower edge.
    pub low: Option<f64>,
    /// Upper edge.
    pub high: Option<f64>,
    /// Customers the figure is over.
    pub n: usize,
}

/// Metrics of one method by group.
pub type GroupMetrics = BTreeMap<Group, BTreeMap<Metric, Estimate>>;

/// One method against another on the same customers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The one in question.
    pub method: Method,
    /// What it is held against.
    pub baseline: Method,
    /// The figure.
    pub metric: Metric,
    /// The customers.
    pub group: Group,
    /// (method − baseline) / baseline; null where the baseline is 0.
    pub relative_difference: Option<f64>,
    /// Lower edge of its 95 % interval.
    pub low: Option<f64>,
    /// Upper edge.
    pub high: Option<f64>,
    /// Customers the figure is over.
    pub n: usize,
}

/// How a method's parameters came about.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TunedMethod {
    /// By name.
    pub parameters: BTreeMap<String, f64>,
    /// Configurations tried; 0 where nothing was tuned.
    pub configurations: usize,
    /// What they were ranked by, null where nothing was tuned.
    pub objective: Option<Metric>,
    /// The best one's figure on the development stage.
    pub development_value: Option<f64>,
}

/// How the figures were made.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Protocol {
    /// What is history, truth, draw and pool, in words.
    pub description: String,
    /// Customers in the data.
    pub customers: usize,
    /// Of these, customers with a target and a history.
    pub eligible_customers: usize,
    /// Of these, customers who were scored.
    pub scored_customers: usize,
    /// Customers among whom neighbours were searched.
    pub neighbour_pool: usize,
    /// Products of the catalogue.
    pub products: usize,
    /// Customers that parameters were tuned on, one order earlier.
    pub development_customers: usize,
    /// Resamples of the customers behind each interval.
    pub bootstrap_draws: usize,
    /// Of all draws.
    pub seed: u64,
    /// Parameters of each method.
    pub tuned: BTreeMap<Method, TunedMethod>,
}

/// Lists of the segments.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct SegmentMetrics {
    /// Mean share of products that two segments' top tens have in common.
    pub top10_overlap: Option<f64>,
    /// recall@10 of the list by share for the segment's customers.
    #[serde(default)]
    pub share_recall_at_10: Option<Estimate>,
    /// That less the recall of the ten most bought products of all, paired.
    #[serde(default)]
    pub share_less_global_top: Option<Estimate>,
    /// Mean lift of the list by lift on held-out customers.
    #[serde(default)]
    pub held_out_lift: Option<Estimate>,
}

/// How well probabilities agree with what was bought.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CalibrationMetrics {
    /// Expected calibration error over pairs of a customer and a product of the history.
    pub ece_history: Option<f64>,
    /// The same over the ten products shown.
    pub ece_shown: Option<f64>,
    /// Brier score over pairs in the history.
    pub brier: Option<f64>,
    /// The same of an isotonic fit of personal frequency.
    pub brier_frequency: Option<f64>,
    /// Pairs behind `ece_history`, `brier` and `brier_frequency`.
    #[serde(default)]
    pub history_pairs: usize,
    /// Pairs behind `ece_shown`.
    #[serde(default)]
    pub shown_pairs: usize,
    /// Bins behind `ece_history`.
    #[serde(default)]
    pub reliability_history: Vec<ReliabilityBin>,
    /// Bins behind `ece_shown`.
    #[serde(default)]
    pub reliability_shown: Vec<ReliabilityBin>,
}

/// The whole file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct EvaluationReport {
    /// [`SCHEMA_VERSION`] when it was written.
    pub schema_version: u32,
    /// How the figures were made.
    pub protocol: Protocol,
    /// Metrics by method and group.
    pub methods: BTreeMap<Method, GroupMetrics>,
    /// Methods in pairs.
    pub comparisons: Vec<Comparison>,
    /// Null where segments were not measured.
    #[serde(default)]
    pub segments: Option<SegmentMetrics>,
    /// Null where there are no probabilities.
    #[serde(default)]
    pub calibration: Option<CalibrationMetrics>,
}
