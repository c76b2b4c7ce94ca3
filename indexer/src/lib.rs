//! The search index: documents → embeddings (fastembed) and BM25 (tantivy) → one folder → hybrid search.
//!
//! ```text
//! catalogue ─> document ─┬─> lexical (tantivy) ─┐                      ┌─> lexical ─┐
//!                        └─> embedder ─> vectors ┴─> build_index ─> search          ├─> fusion ─> hits
//!                                                                      └─> vectors ─┘
//! ```
//! Built offline by [`build_index::build_index`], read by [`search::SearchIndex`]; without models both are lexical
//! only. Everything here is synchronous: callers on an async runtime move it to a blocking thread.

pub mod error;

pub mod document;

pub mod embedder;
pub mod models;

pub mod build_index;
pub mod fusion;
pub mod search;

mod folder;
mod lexical;
mod size;
#[cfg(test)]
mod stand_in;
mod terms;
mod vectors;

pub use build_index::{BuildProgress, BuildReport, BuildRequest, build_index};
pub use document::{Document, DocumentId, DocumentKind};
pub use embedder::{Embedder, FastEmbedder};
pub use error::IndexError;
pub use search::{Hit, SearchIndex, SearchMode, SearchRequest, SearchResponse};
