//! What can go wrong with an index: one enum, split by what the caller does next.

use std::{io, path::PathBuf};

use crate::{document::DocumentId, models::ModelError};

/// Why an index could not be built, opened or searched.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// A file or folder cannot be read or written.
    #[error("cannot read or write {path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder holds no index.
    #[error("no search index in {0}: run `insightflow index build`")]
    NotFound(PathBuf),
    /// A file of the index does not hold what it should.
    #[error("{path} is corrupt: {reason}; build the index again with `insightflow index build`")]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong, found and expected.
        reason: String,
    },
    /// The index was written by a newer binary.
    #[error(
        "the index in {path} has schema {found}, this binary reads {expected}: build it again or use a newer binary"
    )]
    OtherSchema {
        /// The folder.
        path: PathBuf,
        /// Its schema version.
        found: u32,
        /// The version of this build.
        expected: u32,
    },
    /// The embedder is not the one that made the vectors.
    #[error(
        "the index was embedded by {built_with}, the embedder given is {given}: \
         use the same model or build the index again with `insightflow index build`"
    )]
    ModelMismatch {
        /// Id, dimension and hash in the index.
        built_with: String,
        /// Id, dimension and hash of the embedder.
        given: String,
    },
    /// Two documents have the same id.
    #[error("two documents have the id {0}, ids must be unique")]
    DuplicateDocument(DocumentId),
    /// Nothing to index.
    #[error("no documents to index: the catalogue is empty")]
    NoDocuments,
    /// Neither words nor a filter.
    #[error("the search has neither words nor a filter: give at least one")]
    EmptySearch,
    /// The lexical engine failed.
    #[error("lexical index: {0}")]
    Lexical(#[from] tantivy::TantivyError),
    /// The embedding model failed.
    #[error("embedding with {model} failed: {reason}")]
    Embedding {
        /// The model's id.
        model: String,
        /// What it said.
        reason: String,
    },
    /// Model files or the ONNX Runtime.
    #[error(transparent)]
    Model(#[from] ModelError),
}

impl IndexError {
    /// For `map_err` on file operations.
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { path, source }
    }

    /// A file that does not hold what it should.
    pub(crate) fn corrupt(path: impl Into<PathBuf>, reason: impl Into<String>) -> Self {
        Self::Corrupt { path: path.into(), reason: reason.into() }
    }
}
