//! The stages of a run and the graph that they form.
//!
//! ```text
//! ingest ─> clean ─┬─> features ─┬─> als ──────────────────────┐
//!                  │             ├─> imputation, hazards ───────┤
//!                  │             ├─> rfm, hazards ─> customers ─┤
//!                  │             └─> rfm ─> segment_popularity ─┼─> exports ─┐
//!                  ├─> next_basket ─────────────────────────────┤            │
//!                  ├─> evaluation ──────────────────────────────┴─> exports ─┤
//!                  ├─> rollups ─────────────────────────────────┼─> publish
//!                  ├─> affinity ────────────────────────────────┤
//!                  └─> index ───────────────────────────────────┘
//! ```
//! A stage is an async function from a [`StageContext`](crate::context::StageContext) to the artefacts it made:
//! `pub async fn run(context: &StageContext) -> Result<Vec<Artefact>, PipelineError>`.
//! It reads tables of its own run by name, writes its own folders, and may be started again at any time: what it left
//! half written the time before is replaced.

use std::{fmt, time::Duration};

use config::pipeline::PipelineSettings;
use serde::{Deserialize, Serialize};

/// One stage of the graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Source → bronze.
    Ingest,
    /// Bronze → silver.
    Clean,
    /// Silver → gold.
    Features,
    /// Silver → the tables that dashboards and common questions read.
    Rollups,
    /// Products bought together.
    Affinity,
    /// Factors of customers and products.
    Als,
    /// Recency, frequency, monetary → segments.
    Rfm,
    /// Products by lift and by share in each segment.
    SegmentPopularity,
    /// What may stand behind gaps of 30 days or more.
    Imputation,
    /// When each customer orders next.
    Hazards,
    /// What is known of each customer, models included, and sums by segment.
    Customers,
    /// What each customer buys next.
    NextBasket,
    /// The recommendations against orders that nothing saw.
    Evaluation,
    /// Cohorts, centroids, lists and pictures for people.
    Exports,
    /// Catalogue → search index.
    Index,
    /// Manifest and pointer.
    Publish,
}

impl Stage {
    /// All stages, in an order in which each stands behind what it depends on.
    pub const ALL: [Self; 16] = [
        Self::Ingest,
        Self::Clean,
        Self::Features,
        Self::Rollups,
        Self::Affinity,
        Self::Als,
        Self::Rfm,
        Self::SegmentPopularity,
        Self::Imputation,
        Self::Hazards,
        Self::Customers,
        Self::NextBasket,
        Self::Evaluation,
        Self::Exports,
        Self::Index,
        Self::Publish,
    ];

    /// The one name of the stage, in manifests, logs and progress.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Clean => "clean",
            Self::Features => "features",
            Self::Rollups => "rollups",
            Self::Affinity => "affinity",
            Self::Als => "als",
            Self::Rfm => "rfm",
            Self::SegmentPopularity => "segment_popularity",
            Self::Imputation => "imputation",
            Self::Hazards => "hazards",
            Self::Customers => "customers",
            Self::NextBasket => "next_basket",
            Self::Evaluation => "evaluation",
            Self::Exports => "exports",
            Self::Index => "index",
            Self::Publish => "publish",
        }
    }

    /// The stages whose tables this one reads.
    pub fn depends_on(self) -> &'static [Self] {
        match self {
            Self::Ingest => &[],
            Self::Clean => &[Self::Ingest],
            // Rollups and affinity read silver only, so they need not wait for the features.
            Self::Features
            | Self::Rollups
            | Self::Affinity
            | Self::NextBasket
            | Self::Evaluation
            | Self::Index => &[Self::Clean],
            Self::Als | Self::Rfm | Self::Imputation | Self::Hazards => &[Self::Features],
            Self::SegmentPopularity => &[Self::Rfm],
            // Without models it stands behind the features alone: what is left out counts as done.
            Self::Customers => &[Self::Features, Self::Rfm, Self::Hazards],
            Self::Exports => &[Self::Rfm, Self::SegmentPopularity, Self::Evaluation],
            Self::Publish => &[
                Self::Features,
                Self::Rollups,
                Self::Affinity,
                Self::Als,
                Self::SegmentPopularity,
                Self::Imputation,
                Self::Hazards,
                Self::Customers,
                Self::NextBasket,
                Self::Evaluation,
                Self::Exports,
                Self::Index,
            ],
        }
    }

    /// Whether the stage trains or derives a published result, left out by `--without-models`.
    pub fn is_model(self) -> bool {
        matches!(
            self,
            Self::Als
                | Self::Rfm
                | Self::SegmentPopularity
                | Self::Imputation
                | Self::Hazards
                | Self::NextBasket
                | Self::Evaluation
                | Self::Exports
        )
    }

    /// What one attempt of the stage may take; `None` = no limit.
    pub fn time_limit(self, settings: &PipelineSettings) -> Option<Duration> {
        if self == Self::Publish { None } else { settings.time_limit(self.name()) }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_stands_behind_what_it_depends_on() {
        for (at, stage) in Stage::ALL.iter().enumerate() {
            for needed in stage.depends_on() {
                assert!(Stage::ALL[..at].contains(needed), "{stage} before {needed}");
            }
        }
    }

    #[test]
    fn every_stage_but_publication_can_have_a_time_limit_by_its_name() {
        let names: Vec<&str> = Stage::ALL.iter().map(|stage| stage.name()).collect();
        let (last, limited) = names.split_last().unwrap();
        assert_eq!((*last, limited), ("publish", &config::pipeline::LIMITED_STAGES[..]));
        let settings = config::Settings::defaults().unwrap().pipeline;
        assert!(Stage::Clean.time_limit(&settings).is_some());
        assert_eq!(Stage::Publish.time_limit(&settings), None);
    }

    #[test]
    fn a_stage_has_one_name_everywhere() {
        for stage in Stage::ALL {
            assert_eq!(serde_json::to_value(stage).unwrap(), stage.name());
        }
    }
}
