//! Gradient-boosted trees over candidate rows: training by `forust-ml`, inference by a flat table of nodes.
//!
//! `forust-ml` was chosen by measurement (docs/models/next-basket.md): deterministic on any number of threads, stable
//! Rust, Apache-2.0. Its trees are copied into nodes of 16 bytes, so that a request walks one array and a run can
//! publish them as a table.

use forust_ml::{
    data::Matrix,
    gradientbooster::{GradientBooster, GrowPolicy},
    objective::ObjectiveType,
    sampler::SampleMethod,
};

use serde::{Deserialize, Serialize};

use crate::{RecsysError, error::require};

/// What shapes the trees.
#[derive(Debug, Clone, PartialEq)]
pub struct RankerParams {
    /// Trees.
    pub trees: usize,
    /// Step of each tree.
    pub learning_rate: f32,
    /// Leaves of a tree.
    pub leaves: usize,
    /// Depth.
    pub depth: usize,
    /// Hessian a leaf needs.
    pub min_leaf_weight: f32,
    /// L2.
    pub l2: f32,
    /// Share of rows a tree sees.
    pub row_share: f32,
    /// Share of features a tree sees.
    pub feature_share: f64,
    /// seed
    pub seed: u64,
}

/// A node: a split, or a leaf when `feature` is [`LEAF`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// Feature.
    pub feature: u16,
    /// Whether missing goes left.
    pub missing_left: bool,
    /// Values below go left; value of a leaf.
    pub value: f32,
    /// Left child; the right one is `right`.
    pub left: u32,
    /// Right child.
    pub right: u32,
}

/// Feature of a leaf.
pub const LEAF: u16 = u16::MAX;

/// Trained trees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ranker {
    base: f32,
    roots: Vec<u32>,
    nodes: Vec<Node>,
}

impl Ranker {
    /// Trains on rows of `width` features.
    pub fn train(
        rows: &[f32],
        width: usize,
        labels: &[bool],
        weights: &[f32],
        params: &RankerParams,
    ) -> Result<Self, RecsysError> {
        let n = labels.len();
        let mut columns = vec![0.0_f64; rows.len()];
        for (r, row) in rows.chunks_exact(width).enumerate() {
            for (c, value) in row.iter().enumerate() {
                columns[c * n + r] = f64::from(*value);
            }
        }
        let y: Vec<f64> = labels.iter().map(|l| f64::from(u8::from(*l))).collect();
        let w: Vec<f64> = weights.iter().map(|w| f64::from(*w)).collect();
        let mut booster = GradientBooster::default()
            .set_objective_type(ObjectiveType::LogLoss)
            .set_iterations(params.trees)
            .set_learning_rate(params.learning_rate)
            .set_max_depth(params.depth)
            .set_max_leaves(params.leaves)
            .set_min_leaf_weight(params.min_leaf_weight)
            .set_l2(params.l2)
            .set_subsample(params.row_share)
            .set_sample_method(if params.row_share < 1.0 { SampleMethod::Random } else { SampleMethod::None })
            .set_colsample_bytree(params.feature_share)
            .set_nbins(64)
            .set_initialize_base_score(true)
            .set_tiled_histograms(true)
            .set_seed(params.seed);
        booster.grow_policy = GrowPolicy::LossGuide;
        let matrix = Matrix::new(&columns, n, width);
        booster.fit(&matrix, &y, &w, None).map_err(|e| RecsysError::Ranker { reason: e.to_string() })?;
        let mut ranker = Self { base: booster.base_score as f32, roots: Vec::new(), nodes: Vec::new() };
        for tree in &booster.trees {
            let start = ranker.nodes.len() as u32;
            ranker.roots.push(start);
            for node in &tree.nodes {
                ranker.nodes.push(if node.is_leaf {
                    Node { feature: LEAF, missing_left: false, value: node.weight_value, left: 0, right: 0 }
                } else {
                    Node {
                        feature: node.split_feature as u16,
                        missing_left: node.missing_node == node.left_child,
                        value: at_least(node.split_value),
                        left: start + node.left_child as u32,
                        right: start + node.right_child as u32,
                    }
                });
            }
        }
        Ok(ranker)
    }

    /// log-odds of a row.
    pub fn score(&self, row: &[f32]) -> f32 {
        let mut sum = self.base;
        for root in &self.roots {
            let mut node = &self.nodes[*root as usize];
            while node.feature != LEAF {
                let v = row[node.feature as usize];
                let left = if v.is_nan() { node.missing_left } else { v < node.value };
                node = &self.nodes[if left { node.left } else { node.right } as usize];
            }
            sum += node.value;
        }
        sum
    }
}

impl Ranker {
    /// Whether every node leads forward to another one of the table and asks for a feature that rows have; nodes come from a
    /// file, and a wrong one would loop or read beside the row.
    pub(super) fn check(&self, width: usize) -> Result<(), RecsysError> {
        let count = self.nodes.len();
        for root in &self.roots {
            require((*root as usize) < count, "root of a tree", root, "a node of the table")?;
        }
        for (place, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.feature != LEAF) {
            require(
                (node.feature as usize) < width,
                "feature of a node",
                node.feature,
                "a feature of the rows",
            )?;
            for child in [node.left, node.right] {
                let forward = (child as usize) > place && (child as usize) < count;
                require(forward, "child of a node", child, "a later node of the table")?;
            }
        }
        Ok(())
    }
}

/// The lowest finite f32 that is not below (JSON holds no infinity): rows are f32, so `row < value` stays true for the same rows.
fn at_least(value: f64) -> f32 {
    let near = value as f32;
    let above = if f64::from(near) < value { near.next_up() } else { near };
    above.clamp(f32::MIN, f32::MAX)
}
