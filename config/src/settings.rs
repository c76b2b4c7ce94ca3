//! The whole of the settings: loads the layers, refuses what is unknown, checks what is there.

use std::path::{Path, PathBuf};

use figment::{
    Figment,
    providers::{Env, Format, Toml},
};
use serde::{Deserialize, Serialize};

use crate::{
    agent::AgentSettings, index::IndexSettings, llm::LlmSettings, merchandising::MerchandisingSettings,
    models::ModelSettings, pipeline::PipelineSettings, query::QuerySettings, server::ServerSettings,
};

/// Every key with its default, unit and meaning.
pub const DEFAULT_TOML: &str = include_str!("../default.toml");

/// The prefix of the environment's keys; sections and keys are joined with two underscores.
pub const ENVIRONMENT_PREFIX: &str = "INSIGHTFLOW__";

/// All settings, a field a section.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where models are kept and found.
    pub models: ModelSettings,
    /// The batch pipeline.
    pub pipeline: PipelineSettings,
    /// The search index.
    pub index: IndexSettings,
    /// The SQL engine.
    pub query: QuerySettings,
    /// The turn and the built-in planner.
    pub agent: AgentSettings,
    /// The language model, where one is used.
    pub llm: LlmSettings,
    /// Rules of the shop that hold in every tool that returns products.
    pub merchandising: MerchandisingSettings,
    /// The HTTP server.
    pub server: ServerSettings,
}

/// Why the settings could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file named on the command line is not there.
    #[error("no config file at {0}: give an existing file to --config or leave it out")]
    NoFile(PathBuf),
    /// A key is unknown or a value is of the wrong type.
    #[error("config: {0}; `config/default.toml` lists every key with its unit and range")]
    Invalid(String),
    /// A value is outside its range.
    #[error("config: {key} is {value}, it must be {expected}")]
    OutOfRange {
        /// The key, with its section.
        key: String,
        /// What was given.
        value: String,
        /// What would be right.
        expected: String,
    },
}

impl Settings {
    /// The settings as shipped.
    pub fn defaults() -> Result<Self, ConfigError> {
        Self::extract(Figment::from(Toml::string(DEFAULT_TOML)))
    }

    /// Defaults, then `file`, then the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let mut figment = Figment::from(Toml::string(DEFAULT_TOML));
        if let Some(path) = file {
            if !path.is_file() {
                return Err(ConfigError::NoFile(path.to_owned()));
            }
            figment = figment.merge(Toml::file_exact(path));
        }
        Self::extract(figment.merge(Env::prefixed(ENVIRONMENT_PREFIX).split("__")))
    }

    fn extract(figment: Figment) -> Result<Self, ConfigError> {
        let settings: Self = figment.extract().map_err(|e| ConfigError::Invalid(e.to_string()))?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.pipeline.check()?;
        self.index.check()?;
        self.query.check()?;
        self.agent.check()?;
        self.llm.check()?;
        self.server.check()
    }
}

/// Refuses a value outside a closed range.
pub(crate) fn in_range<T: PartialOrd + std::fmt::Display>(
    key: &str,
    value: T,
    low: T,
    high: T,
) -> Result<(), ConfigError> {
    if value >= low && value <= high {
        return Ok(());
    }
    Err(ConfigError::OutOfRange {
        key: key.to_owned(),
        value: value.to_string(),
        expected: format!("from {low} to {high}"),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn load(text: &str) -> Result<Settings, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        fs::write(&path, text).unwrap();
        Settings::load(Some(&path)).map_err(|e| e.to_string())
    }

    #[test]
    fn the_defaults_are_valid() {
        Settings::defaults().unwrap();
    }

    #[test]
    fn a_file_overrides_one_key_and_keeps_the_rest() {
        let settings = load("[pipeline]\nseed = 99").unwrap();
        assert_eq!(settings.pipeline.seed, 99);
        assert_eq!(settings.pipeline.batch_size, Settings::defaults().unwrap().pipeline.batch_size);
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let message = load("[pipeline]\nsede = 99").unwrap_err();
        assert!(message.contains("sede"), "{message}");
        assert!(load("[piepline]\nseed = 1").unwrap_err().contains("piepline"));
    }

    #[test]
    fn a_value_out_of_range_says_the_range() {
        let message = load("[pipeline]\nquarantine_threshold = 1.5").unwrap_err();
        assert_eq!(message, "config: pipeline.quarantine_threshold is 1.5, it must be from 0 to 1");
    }

    #[test]
    fn a_missing_file_is_an_error() {
        assert!(Settings::load(Some(Path::new("/does/not/exist.toml"))).is_err());
    }
}
