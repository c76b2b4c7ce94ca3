//! The index folder: what lies in it, and how its record and documents are read and written.
//!
//! ```text
//! index.json        schema, number of documents, content hash, embedding model
//! documents.jsonl   one document a line with its content hash, in the order of ids; line i is row i everywhere
//! vectors.f32       only with an embedding model
//! lexical/          tantivy
//! ```

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, BufWriter, Write},
    path::{Path, PathBuf},
};

use domain::manifest::EmbeddingModel;
use serde::{Deserialize, Serialize};

use crate::{document::Document, error::IndexError, vectors::Vectors};

/// Raised when the layout or the lexical schema changes; an index of another version is built again.
pub(crate) const INDEX_SCHEMA_VERSION: u32 = 1;

/// `index.json`: written last, so that a folder with it is whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct IndexRecord {
    pub(crate) schema_version: u32,
    pub(crate) documents: usize,
    pub(crate) content_hash: String,
    pub(crate) embedding_model: Option<EmbeddingModel>,
}

/// One line of `documents.jsonl`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredDocument {
    /// Hex.
    pub(crate) content_hash: String,
    pub(crate) document: Document,
}

/// The paths of an index folder.
#[derive(Debug, Clone)]
pub(crate) struct IndexFolder {
    root: PathBuf,
}

impl IndexFolder {
    pub(crate) fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    pub(crate) fn lexical(&self) -> PathBuf {
        self.root.join("lexical")
    }

    pub(crate) fn vectors(&self) -> PathBuf {
        self.root.join("vectors.f32")
    }

    fn record_path(&self) -> PathBuf {
        self.root.join("index.json")
    }

    fn documents_path(&self) -> PathBuf {
        self.root.join("documents.jsonl")
    }

    /// Reads `index.json`.
    pub(crate) fn read_record(&self) -> Result<IndexRecord, IndexError> {
        let path = self.record_path();
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(IndexError::NotFound(self.root.clone()));
            }
            Err(source) => return Err(IndexError::Io { path, source }),
        };
        // The version is looked at before the shape: another version may have another shape.
        #[derive(Deserialize)]
        struct Version {
            schema_version: u32,
        }
        let malformed = |e: serde_json::Error| IndexError::corrupt(&path, e.to_string());
        let Version { schema_version: found } = serde_json::from_slice(&bytes).map_err(malformed)?;
        if found != INDEX_SCHEMA_VERSION {
            let (path, expected) = (self.root.clone(), INDEX_SCHEMA_VERSION);
            return Err(IndexError::OtherSchema { path, found, expected });
        }
        serde_json::from_slice(&bytes).map_err(malformed)
    }

    pub(crate) fn write_record(&self, record: &IndexRecord) -> Result<(), IndexError> {
        let path = self.record_path();
        let file = File::create(&path).map_err(IndexError::io(&path))?;
        serde_json::to_writer_pretty(file, record).map_err(|e| IndexError::io(&path)(e.into()))
    }

    /// Reads every document, in the order of ids.
    pub(crate) fn read_documents(&self, record: &IndexRecord) -> Result<Vec<StoredDocument>, IndexError> {
        let path = self.documents_path();
        let file = File::open(&path).map_err(IndexError::io(&path))?;
        let mut documents: Vec<StoredDocument> = Vec::with_capacity(record.documents.min(1 << 20));
        for (number, line) in BufReader::with_capacity(1 << 18, file).lines().enumerate() {
            let line = line.map_err(IndexError::io(&path))?;
            let stored: StoredDocument = serde_json::from_str(&line)
                .map_err(|e| IndexError::corrupt(&path, format!("line {}: {e}", number + 1)))?;
            if documents.last().is_some_and(|last| last.document.id >= stored.document.id) {
                return Err(IndexError::corrupt(&path, format!("line {} is out of order", number + 1)));
            }
            documents.push(stored);
        }
        if documents.len() != record.documents {
            let reason = format!("it has {} documents, expected {}", documents.len(), record.documents);
            return Err(IndexError::corrupt(&path, reason));
        }
        Ok(documents)
    }

    pub(crate) fn write_documents(&self, documents: &[StoredDocument]) -> Result<(), IndexError> {
        let path = self.documents_path();
        let write = || -> io::Result<()> {
            let mut file = BufWriter::with_capacity(1 << 18, File::create(&path)?);
            for document in documents {
                serde_json::to_writer(&mut file, document)?;
                file.write_all(b"\n")?;
            }
            file.flush()
        };
        write().map_err(IndexError::io(&path))
    }

    /// Reads the vectors, where the index has any.
    pub(crate) fn read_vectors(&self, record: &IndexRecord) -> Result<Option<Vectors>, IndexError> {
        let Some(model) = &record.embedding_model else { return Ok(None) };
        let dimension = model.dimension as usize;
        Vectors::read(&self.vectors(), dimension, record.documents, &record.content_hash).map(Some)
    }
}

/// Bytes of all files below a folder.
pub(crate) fn bytes_below(folder: &Path) -> Result<u64, IndexError> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).map_err(IndexError::io(folder))? {
        let entry = entry.map_err(IndexError::io(folder))?;
        let metadata = entry.metadata().map_err(IndexError::io(entry.path()))?;
        bytes += if metadata.is_dir() { bytes_below(&entry.path())? } else { metadata.len() };
    }
    Ok(bytes)
}
