//! Scores one customer's lists against one target.
//!
//! | metric | of one customer |
//! |---|---|
//! | precision@k | hits among the first k / k |
//! | recall@k | hits among the first k / products of the target |
//! | MAP@k | Σ over hits of precision at the hit / min(products of the target, k) |
//! | NDCG@k | Σ over hits of 1/log2(rank + 1) / the most that min(k, products of the target) hits can reach |
//! | NDCG@k, full | the same over the most that all products of the target could reach in a list of any length |
//! | hit rate@k | 1 if the first k hold a hit |
//! | repeat recall@k | found products of the target that the customer had before / all of these |
//! | explore recall@k | the same of new products in the list over new products |
//!
//! A list shorter than k is not padded: what is missing is no hit. Source of NDCG: Järvelin and Kekäläinen, TOIS 2002.

use serde::{Deserialize, Serialize};

use super::{Lists, cut::Truth};

/// A figure of the report; the name in the report is the serde name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Metric {
    /// Hits among the first ten / 10.
    #[serde(rename = "precision_at_10")]
    PrecisionAt10,
    /// Hits among the first ten / products of the target.
    #[serde(rename = "recall_at_10")]
    RecallAt10,
    /// Hits among the first twenty / products of the target.
    #[serde(rename = "recall_at_20")]
    RecallAt20,
    /// Average precision, divided by min(products of the target, 10).
    #[serde(rename = "map_at_10")]
    MapAt10,
    /// Ideal over min(10, products of the target).
    #[serde(rename = "ndcg_at_10")]
    NdcgAt10,
    /// Ideal over min(20, products of the target).
    #[serde(rename = "ndcg_at_20")]
    NdcgAt20,
    /// Ideal over all products of the target.
    #[serde(rename = "ndcg_at_10_full")]
    NdcgAt10Full,
    /// Whether the first ten hold a hit.
    #[serde(rename = "hit_rate_at_10")]
    HitRateAt10,
    /// Whether the first twenty hold a hit.
    #[serde(rename = "hit_rate_at_20")]
    HitRateAt20,
    /// Of the products of the target that are in the history, the share among the first ten.
    #[serde(rename = "repeat_recall_at_10")]
    RepeatRecallAt10,
    /// Of the products of the target that are not, the share among the first twenty of the explore list.
    #[serde(rename = "explore_recall_at_20")]
    ExploreRecallAt20,
    /// Distinct products among the first ten of all customers / products of the catalogue.
    #[serde(rename = "coverage_catalogue_at_10")]
    CoverageCatalogueAt10,
    /// Share of the customers who get a list.
    #[serde(rename = "coverage_users")]
    CoverageUsers,
}

impl Metric {
    /// Those that are means over customers: all but the coverage of the catalogue.
    pub const MEANS: [Self; MEAN_COUNT] = [
        Self::PrecisionAt10,
        Self::RecallAt10,
        Self::RecallAt20,
        Self::MapAt10,
        Self::NdcgAt10,
        Self::NdcgAt20,
        Self::NdcgAt10Full,
        Self::HitRateAt10,
        Self::HitRateAt20,
        Self::RepeatRecallAt10,
        Self::ExploreRecallAt20,
        Self::CoverageUsers,
    ];

    /// Which column of a [`Row`] says for whom the metric is defined; `None` where it is for everyone.
    pub(super) fn defined_column(self) -> Option<usize> {
        match self {
            Self::RepeatRecallAt10 => Some(MEAN_COUNT),
            Self::ExploreRecallAt20 => Some(MEAN_COUNT + 1),
            _ => None,
        }
    }
}

const MEAN_COUNT: usize = 12;

/// Columns of a [`Row`].
pub(super) const ROW_WIDTH: usize = MEAN_COUNT + 2;

/// A customer's metrics in the order of [`Metric::MEANS`], then 1 where repeat and where explore recall are defined.
pub(super) type Row = [f64; ROW_WIDTH];

/// A metric of one customer.
pub(super) fn value(row: &Row, metric: Metric) -> Option<f64> {
    let position = Metric::MEANS.iter().position(|m| *m == metric)?;
    metric.defined_column().is_none_or(|column| row[column] > 0.0).then(|| row[position])
}

/// All metrics of one customer; no list is zero everywhere.
pub(super) fn score(truth: &Truth, lists: Option<&Lists>) -> Row {
    let defined = [truth.repeated(), truth.new_items()].map(|items| f64::from(u8::from(!items.is_empty())));
    let mut row = [0.0; ROW_WIDTH];
    row[MEAN_COUNT..].copy_from_slice(&defined);
    let Some(lists) = lists else { return row };
    let hits: Vec<bool> = lists.all.iter().map(|item| truth.contains(*item)).collect();
    let repeats: Vec<bool> = lists.all.iter().map(|item| truth.is_repeated(*item)).collect();
    let explored: Vec<bool> = lists.explore.iter().map(|item| truth.is_new(*item)).collect();
    let size = truth.len();
    for (metric, value) in Metric::MEANS.iter().zip(&mut row) {
        *value = match metric {
            Metric::PrecisionAt10 => count(&hits, 10) as f64 / 10.0,
            Metric::RecallAt10 => recall(&hits, 10, size),
            Metric::RecallAt20 => recall(&hits, 20, size),
            Metric::MapAt10 => average_precision(&hits, 10, size),
            Metric::NdcgAt10 => ndcg(&hits, 10, size.min(10)),
            Metric::NdcgAt20 => ndcg(&hits, 20, size.min(20)),
            Metric::NdcgAt10Full => ndcg(&hits, 10, size),
            Metric::HitRateAt10 => f64::from(u8::from(count(&hits, 10) > 0)),
            Metric::HitRateAt20 => f64::from(u8::from(count(&hits, 20) > 0)),
            Metric::RepeatRecallAt10 => recall(&repeats, 10, truth.repeated().len()),
            Metric::ExploreRecallAt20 => recall(&explored, 20, truth.new_items().len()),
            Metric::CoverageUsers => 1.0,
            Metric::CoverageCatalogueAt10 => 0.0,
        };
    }
    row
}

/// Hits among the first `k`.
fn count(hits: &[bool], k: usize) -> usize {
    hits.iter().take(k).filter(|hit| **hit).count()
}

/// 0 where there is nothing to find.
fn recall(hits: &[bool], k: usize, size: usize) -> f64 {
    if size == 0 { 0.0 } else { count(hits, k) as f64 / size as f64 }
}

fn average_precision(hits: &[bool], k: usize, size: usize) -> f64 {
    let mut found = 0;
    let mut sum = 0.0;
    for (position, _) in hits.iter().take(k).enumerate().filter(|(_, hit)| **hit) {
        found += 1;
        sum += f64::from(found) / (position + 1) as f64;
    }
    if size == 0 { 0.0 } else { sum / size.min(k) as f64 }
}

/// `ideal` is the number of hits that the best list is credited with.
fn ndcg(hits: &[bool], k: usize, ideal: usize) -> f64 {
    let gained: f64 =
        hits.iter().take(k).enumerate().filter(|(_, hit)| **hit).map(|(p, _)| discount(p)).sum();
    if ideal == 0 { 0.0 } else { gained / (0..ideal).map(discount).sum::<f64>() }
}

/// Worth of a hit at a position from 0.
fn discount(position: usize) -> f64 {
    1.0 / (position as f64 + 2.0).log2()
}

#[cfg(test)]
mod tests;
