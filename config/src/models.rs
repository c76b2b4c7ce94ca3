//! `[models]`: where embedding models and the ONNX Runtime are kept.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Settings of `[models]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSettings {
    /// Folder of the downloaded files; empty = the user's cache folder.
    pub folder: PathBuf,
    /// Path of `libonnxruntime.so`; empty = the one in `folder`.
    pub onnxruntime: PathBuf,
}

impl ModelSettings {
    /// The folder to use: the configured one, else `insightflow/models` in the user's cache folder.
    pub fn resolved_folder(&self) -> PathBuf {
        if !self.folder.as_os_str().is_empty() {
            return self.folder.clone();
        }
        let cache = std::env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")))
            .unwrap_or_else(std::env::temp_dir);
        cache.join("insightflow").join("models")
    }
}
