//! `[pipeline]`: the batch pipeline.

use std::{collections::BTreeMap, time::Duration};

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
    /// Complete runs that are kept, the newest first; 0 = all.
    pub keep_runs: usize,
    /// Seconds that one attempt of a stage may take, by stage; `default` holds for the stages that are not named, 0 = no
    /// limit.
    pub time_limits: BTreeMap<String, u64>,
    /// ALS.
    pub als: AlsSettings,
    /// Segments.
    pub rfm: RfmSettings,
    /// Segment popularity.
    pub segment_popularity: SegmentPopularitySettings,
    /// Imputation of censored gaps.
    pub imputation: ImputationSettings,
    /// Hazards of the next order.
    pub hazards: HazardSettings,
    /// The next-basket model.
    pub next_basket: NextBasketSettings,
    /// Its evaluation inside a run.
    pub evaluation: EvaluationSettings,
    /// Exports.
    pub exports: ExportSettings,
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
    /// How the factors of a customer or a product are solved for.
    pub solver: AlsSolver,
    /// Steps of conjugate gradient; Cholesky takes none.
    pub cg_steps: usize,
}

/// How ALS solves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlsSolver {
    /// Some steps of conjugate gradient from the last factors.
    ConjugateGradient,
    /// Exact, and several times slower.
    Cholesky,
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

/// Settings of `[pipeline.imputation]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImputationSettings {
    /// Draws for each censored gap.
    pub draws: usize,
    /// Customers that the tail is learnt from, at most.
    pub fit_customers: usize,
}

/// Settings of `[pipeline.hazards]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HazardSettings {
    /// Days within which an order is expected or not; beyond 29 it is extrapolation.
    pub horizons_days: Vec<usize>,
    /// Customers that the hazard is learnt from, at most.
    pub fit_customers: usize,
    /// Gaps of a customer that the hazard is taught to tell, the last ones.
    pub targets: usize,
}

/// Settings of `[pipeline.next_basket]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NextBasketSettings {
    /// Customers that the ranker learns from, at most.
    pub learn_customers: usize,
    /// Customers that its probabilities are calibrated on, at most.
    pub calibrate_customers: usize,
    /// Customers among whom neighbours are searched, at most.
    pub pool_customers: usize,
    /// Orders of a customer that the ranker learns to foretell, the last ones.
    pub targets: usize,
    /// Trees of the ranker.
    pub trees: usize,
    /// Networks beside the trees.
    pub networks: usize,
}

impl NextBasketSettings {
    fn check(&self) -> Result<(), ConfigError> {
        in_range("pipeline.next_basket.learn_customers", self.learn_customers, 10, 100_000)?;
        in_range("pipeline.next_basket.calibrate_customers", self.calibrate_customers, 1, 100_000)?;
        in_range("pipeline.next_basket.pool_customers", self.pool_customers, 1, 10_000_000)?;
        in_range("pipeline.next_basket.targets", self.targets, 1, 50)?;
        in_range("pipeline.next_basket.trees", self.trees, 1, 5_000)?;
        in_range("pipeline.next_basket.networks", self.networks, 0, 50)
    }
}

/// Settings of `[pipeline.evaluation]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvaluationSettings {
    /// Customers that are scored, at most.
    pub customers: usize,
    /// Customers that the baselines are tuned on, at most.
    pub tuned_on: usize,
    /// Configurations that each baseline is tried with.
    pub configurations: usize,
    /// Resamples behind each interval.
    pub bootstrap_draws: usize,
}

impl EvaluationSettings {
    fn check(&self) -> Result<(), ConfigError> {
        in_range("pipeline.evaluation.customers", self.customers, 1, 10_000_000)?;
        in_range("pipeline.evaluation.tuned_on", self.tuned_on, 1, 10_000_000)?;
        in_range("pipeline.evaluation.configurations", self.configurations, 1, 10_000)?;
        in_range("pipeline.evaluation.bootstrap_draws", self.bootstrap_draws, 1, 100_000)
    }
}

/// Settings of `[pipeline.exports]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportSettings {
    /// Share of the customers that count as being of high value.
    pub high_value_share: f64,
    /// Customers in the random sample, at most.
    pub sample_customers: usize,
    /// Customers in the scatter, at most.
    pub scatter_customers: usize,
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

/// The key of [`PipelineSettings::time_limits`] for the stages that are not named there.
const DEFAULT_LIMIT: &str = "default";

/// The stages that can have a time limit of their own; publication is two renames and has none.
pub const LIMITED_STAGES: [&str; 15] = [
    "ingest",
    "clean",
    "features",
    "rollups",
    "affinity",
    "als",
    "rfm",
    "segment_popularity",
    "imputation",
    "hazards",
    "customers",
    "next_basket",
    "evaluation",
    "exports",
    "index",
];

/// A week: a stage that takes longer is no stage of a nightly run.
const MAX_TIME_LIMIT_SECONDS: u64 = 604_800;

impl PipelineSettings {
    /// What one attempt of a stage may take; `None` = no limit.
    pub fn time_limit(&self, stage: &str) -> Option<Duration> {
        let seconds = self.time_limits.get(stage).or_else(|| self.time_limits.get(DEFAULT_LIMIT));
        seconds.copied().filter(|seconds| *seconds > 0).map(Duration::from_secs)
    }

    /// The same settings with other memory, in MiB.
    pub fn with_memory_mib(self, memory_mib: usize) -> Result<Self, ConfigError> {
        let settings = Self { memory_mib, ..self };
        settings.check()?;
        Ok(settings)
    }

    /// The same settings with another limit on the disk for spilling, in MiB.
    pub fn with_spill_mib(self, spill_mib: usize) -> Result<Self, ConfigError> {
        let settings = Self { spill_mib, ..self };
        settings.check()?;
        Ok(settings)
    }

    fn check_time_limits(&self) -> Result<(), ConfigError> {
        for (stage, seconds) in &self.time_limits {
            let key = format!("pipeline.time_limits.{stage}");
            if stage != DEFAULT_LIMIT && !LIMITED_STAGES.contains(&stage.as_str()) {
                let expected =
                    format!("left out: the stages are {DEFAULT_LIMIT}, {}", LIMITED_STAGES.join(", "));
                return Err(ConfigError::OutOfRange { key, value: seconds.to_string(), expected });
            }
            in_range(&key, *seconds, 0, MAX_TIME_LIMIT_SECONDS)?;
        }
        Ok(())
    }

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        in_range("pipeline.batch_size", self.batch_size, 1_000, 10_000_000)?;
        in_range("pipeline.quarantine_threshold", self.quarantine_threshold, 0.0, 1.0)?;
        in_range("pipeline.threads", self.threads, 0, 1_024)?;
        in_range("pipeline.memory_mib", self.memory_mib, 128, 1 << 20)?;
        in_range("pipeline.spill_mib", self.spill_mib, 0, 1 << 24)?;
        in_range("pipeline.retries", self.retries, 0, 10)?;
        in_range("pipeline.keep_runs", self.keep_runs, 0, 10_000)?;
        self.check_time_limits()?;
        in_range("pipeline.als.rank", self.als.rank, 1, 512)?;
        in_range("pipeline.als.regularization", self.als.regularization, 0.0, 1_000.0)?;
        in_range("pipeline.als.alpha", self.als.alpha, 0.0, 10_000.0)?;
        in_range("pipeline.als.iterations", self.als.iterations, 1, 200)?;
        in_range("pipeline.als.cg_steps", self.als.cg_steps, 1, 100)?;
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
        self.imputation.check()?;
        self.hazards.check()?;
        self.next_basket.check()?;
        self.evaluation.check()?;
        in_range("pipeline.exports.high_value_share", self.exports.high_value_share, 0.0, 1.0)?;
        in_range("pipeline.exports.sample_customers", self.exports.sample_customers, 1, 10_000_000)?;
        in_range("pipeline.exports.scatter_customers", self.exports.scatter_customers, 1, 10_000)?;
        in_range("pipeline.affinity.min_support_orders", self.affinity.min_support_orders, 1, 1_000_000)
    }
}

impl ImputationSettings {
    fn check(&self) -> Result<(), ConfigError> {
        in_range("pipeline.imputation.draws", self.draws, 1, 100)?;
        in_range("pipeline.imputation.fit_customers", self.fit_customers, 100, 10_000_000)
    }
}

impl HazardSettings {
    fn check(&self) -> Result<(), ConfigError> {
        in_range("pipeline.hazards.horizons_days (how many)", self.horizons_days.len(), 1, 10)?;
        for horizon in &self.horizons_days {
            in_range("pipeline.hazards.horizons_days", *horizon, 1, 365)?;
        }
        if !self.horizons_days.is_sorted_by(|a, b| a < b) {
            return Err(ConfigError::OutOfRange {
                key: "pipeline.hazards.horizons_days".to_owned(),
                value: format!("{:?}", self.horizons_days),
                expected: "different days, the fewest first".to_owned(),
            });
        }
        in_range("pipeline.hazards.fit_customers", self.fit_customers, 100, 10_000_000)?;
        in_range("pipeline.hazards.targets", self.targets, 1, 100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;

    fn with_limits(limits: &[(&str, u64)]) -> PipelineSettings {
        let mut settings = Settings::defaults().unwrap().pipeline;
        settings.time_limits =
            limits.iter().map(|(stage, seconds)| ((*stage).to_owned(), *seconds)).collect();
        settings
    }

    #[test]
    fn a_stage_has_its_own_limit_or_the_default_and_0_is_none() {
        let settings = with_limits(&[("default", 60), ("clean", 5), ("als", 0)]);
        let limit = |stage| settings.time_limit(stage).map(|limit| limit.as_secs());
        assert_eq!((limit("clean"), limit("rfm"), limit("als")), (Some(5), Some(60), None));
        assert_eq!(with_limits(&[]).time_limit("clean"), None);
    }

    #[test]
    fn a_limit_of_an_unknown_stage_is_refused_with_the_known_ones() {
        let message = with_limits(&[("clena", 5)]).check().unwrap_err().to_string();
        assert!(
            message.contains("pipeline.time_limits.clena") && message.contains("clean, features"),
            "{message}"
        );
        assert!(with_limits(&[("clean", 700_000)]).check().is_err());
    }

    #[test]
    fn the_solver_of_als_has_two_names_and_its_steps_a_range() {
        let als = |text: &str| {
            toml::from_str::<AlsSettings>(&format!("rank = 8\nregularization = 0.1\nalpha = 1.0\n{text}"))
        };
        let cholesky = als("iterations = 2\nsolver = \"cholesky\"\ncg_steps = 3").unwrap();
        assert_eq!(cholesky.solver, AlsSolver::Cholesky);
        assert_eq!(with_limits(&[]).als.solver, AlsSolver::ConjugateGradient);
        let message = als("iterations = 2\nsolver = \"lu\"\ncg_steps = 3").unwrap_err().to_string();
        assert!(message.contains("lu") && message.contains("cholesky"), "{message}");
        let mut settings = with_limits(&[]);
        settings.als.cg_steps = 0;
        let message = settings.check().unwrap_err().to_string();
        assert!(
            message.contains("pipeline.als.cg_steps is 0") && message.contains("from 1 to 100"),
            "{message}"
        );
    }

    #[test]
    fn horizons_are_in_order_and_within_a_year() {
        let check = |horizons: &[usize]| {
            let mut settings = with_limits(&[]);
            settings.hazards.horizons_days = horizons.to_vec();
            settings.check()
        };
        assert!(check(&[1, 29, 365]).is_ok());
        for wrong in [&[][..], &[0], &[366], &[14, 7], &[7, 7]] {
            let message = check(wrong).unwrap_err().to_string();
            assert!(message.contains("pipeline.hazards.horizons_days"), "{message}");
        }
    }

    #[test]
    fn other_memory_is_held_to_the_same_range() {
        let settings = with_limits(&[]);
        assert_eq!(settings.clone().with_memory_mib(512).unwrap().memory_mib, 512);
        assert!(settings.with_memory_mib(1).unwrap_err().to_string().contains("pipeline.memory_mib"));
    }
}
