//! `[pipeline]`: the batch pipeline.

use serde::{Deserialize, Serialize};

use crate::settings::{ConfigError, in_range};

/// Settings of `[pipeline]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PipelineSettings {
    /// Rows in a bronze part, at most.
    pub batch_size: usize,
    /// Share of a table's rows that one rule may quarantine before the run fails.
    pub quarantine_threshold: f64,
    /// Worker threads; 0 = all cores.
    pub threads: usize,
    /// Memory of the query engine, MiB; beyond it sorts and aggregates spill to disk.
    pub memory_mib: usize,
    /// Disk for spilling, MiB.
    pub spill_mib: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// Times a failed stage is started again.
    pub retries: u32,
    /// ALS.
    pub als: AlsSettings,
    /// Segments.
    pub rfm: RfmSettings,
    /// Segment popularity.
    pub segment_popularity: SegmentPopularitySettings,
    /// Affinity.
    pub affinity: AffinitySettings,
}

/// Settings of `[pipeline.als]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlsSettings {
    /// Factors a customer and a product have.
    pub rank: usize,
    /// λ of the loss, unscaled.
    pub regularization: f32,
    /// Weight of an observation: confidence = 1 + alpha · rating.
    pub alpha: f32,
    /// Sweeps over both sides.
    pub iterations: usize,
}

/// Settings of `[pipeline.rfm]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RfmSettings {
    /// Number of segments; 0 = chosen by the sweep.
    pub k: usize,
    /// Smallest number the sweep tries.
    pub k_min: usize,
    /// Largest number the sweep tries.
    pub k_max: usize,
    /// k-means starts a number; the best is kept.
    pub restarts: usize,
}

/// Settings of `[pipeline.segment_popularity]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentPopularitySettings {
    /// Products listed a segment.
    pub top_n: usize,
    /// Customers of the segment who must have bought a listed product, at least.
    pub min_support: u64,
    /// The same as a share of the segment's customers; the larger of the two holds.
    pub min_support_share: f64,
}

/// Settings of `[pipeline.affinity]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AffinitySettings {
    /// Orders that must hold both products, at least.
    pub min_support_orders: u64,
    /// Orders that must hold a product before its pairs are counted, at least.
    pub min_item_orders: u64,
}

impl PipelineSettings {
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        in_range("pipeline.batch_size", self.batch_size, 1_000, 10_000_000)?;
        in_range("pipeline.quarantine_threshold", self.quarantine_threshold, 0.0, 1.0)?;
        in_range("pipeline.threads", self.threads, 0, 1_024)?;
        in_range("pipeline.memory_mib", self.memory_mib, 128, 1 << 20)?;
        in_range("pipeline.spill_mib", self.spill_mib, 0, 1 << 24)?;
        in_range("pipeline.retries", self.retries, 0, 10)?;
        in_range("pipeline.als.rank", self.als.rank, 1, 512)?;
        in_range("pipeline.als.regularization", self.als.regularization, 0.0, 1_000.0)?;
        in_range("pipeline.als.alpha", self.als.alpha, 0.0, 10_000.0)?;
        in_range("pipeline.als.iterations", self.als.iterations, 1, 200)?;
        in_range("pipeline.rfm.k", self.rfm.k, 0, 50)?;
        in_range("pipeline.rfm.k_min", self.rfm.k_min, 2, 50)?;
        in_range("pipeline.rfm.k_max", self.rfm.k_max, self.rfm.k_min, 50)?;
        in_range("pipeline.rfm.restarts", self.rfm.restarts, 1, 100)?;
        in_range("pipeline.segment_popularity.top_n", self.segment_popularity.top_n, 1, 1_000)?;
        in_range(
            "pipeline.segment_popularity.min_support_share",
            self.segment_popularity.min_support_share,
            0.0,
            1.0,
        )?;
        in_range("pipeline.affinity.min_support_orders", self.affinity.min_support_orders, 1, 1_000_000)
    }
}
