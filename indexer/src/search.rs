//! Hybrid search over an index folder: lexical and dense lists, fused, best first.
//!
//! ```text
//! request ─┬─> lexical: exact title, all words, some words ─┐
//!          └─> dense: embed the query, exact cosine ────────┴─> fuse ─> tiers ─> top_k hits
//! ```
//! Without an embedder, or on an index without vectors, the mode is lexical. Filters hold on both sides.

use std::{collections::BTreeMap, path::Path, sync::Arc};

use config::index::IndexSettings;
use domain::{
    attributes::Attribute,
    ids::{AisleId, DepartmentId},
    manifest::EmbeddingModel,
};
use serde::{Deserialize, Serialize};

use crate::{
    document::{Document, DocumentId, DocumentKind},
    embedder::Embedder,
    error::IndexError,
    folder::{IndexFolder, IndexRecord},
    fusion::{reciprocal_rank_fusion, sort_by_score},
    lexical::{Lexical, Match},
    vectors::Vectors,
};

/// k of reciprocal rank fusion unless set otherwise (Cormack, Clarke, Büttcher 2009).
const DEFAULT_RRF_K: f64 = 60.0;

/// Candidates of each side before fusion unless set otherwise.
const DEFAULT_CANDIDATES: usize = 200;

/// Cosine under which a document is no dense candidate, so that nonsense has no hits instead of the least unlike ones.
/// Measured on 49,688 names: the best cosine of eleven queries of nonsense or of things no grocer sells ("qzxwv",
/// "mortgage") was 0.27 to 0.50, for nine of them under 0.45; that of queries with a right answer was 0.54 to 1. Among
/// the few aisles the right answer is often less close than among products, hence the lower end.
const MIN_COSINE: f32 = 0.45;

/// What is looked for. An empty list of a filter admits everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SearchRequest {
    /// Words as the user wrote them; empty lists what passes the filters, in the order of ids.
    pub query: String,
    /// Kinds of documents.
    pub kinds: Vec<DocumentKind>,
    /// Any of these aisles.
    pub aisle_ids: Vec<AisleId>,
    /// Any of these departments.
    pub department_ids: Vec<DepartmentId>,
    /// All of these attributes.
    pub attributes: Vec<Attribute>,
    /// None of these attributes.
    pub excluded_attributes: Vec<Attribute>,
    /// Hits wanted.
    pub top_k: usize,
}

impl SearchRequest {
    /// Products for some words.
    pub fn products(query: impl Into<String>, top_k: usize) -> Self {
        Self { query: query.into(), kinds: vec![DocumentKind::Product], top_k, ..Self::default() }
    }

    fn has_filter(&self) -> bool {
        !(self.kinds.is_empty()
            && self.aisle_ids.is_empty()
            && self.department_ids.is_empty()
            && self.attributes.is_empty()
            && self.excluded_attributes.is_empty())
    }

    fn admits(&self, document: &Document) -> bool {
        fn one_of<T: PartialEq>(wanted: &[T], found: Option<T>) -> bool {
            wanted.is_empty() || found.is_some_and(|found| wanted.contains(&found))
        }
        let holds = |attribute: &Attribute| document.attributes.contains(attribute);
        one_of(&self.kinds, Some(document.id.kind))
            && one_of(&self.aisle_ids, document.aisle_id)
            && one_of(&self.department_ids, document.department_id)
            && self.attributes.iter().all(holds)
            && !self.excluded_attributes.iter().any(holds)
    }
}

/// How a search was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SearchMode {
    /// Lexical and dense lists, fused.
    Hybrid,
    /// Lexical only.
    Lexical,
}

/// One document found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The document.
    pub id: DocumentId,
    /// Its title.
    pub title: String,
    /// Fused score, above 0, comparable within one response only.
    pub score: f64,
    /// Place in the lexical list, from 1.
    pub lexical_rank: Option<u32>,
    /// Place in the dense list, from 1.
    pub dense_rank: Option<u32>,
}

/// What was found, best first.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchResponse {
    /// At most `top_k`; none is an answer too.
    pub hits: Vec<Hit>,
    /// How it was done.
    pub mode: SearchMode,
}

/// An open index. Safe to share between threads.
pub struct SearchIndex {
    record: IndexRecord,
    documents: Vec<Document>,
    lexical: Lexical,
    dense: Option<Dense>,
    rrf_k: f64,
    candidates: usize,
}

/// The dense side: both parts or neither.
struct Dense {
    vectors: Vectors,
    embedder: Arc<dyn Embedder>,
}

impl SearchIndex {
    /// Opens an index folder. An embedder other than the one of the index is refused.
    pub fn open(folder: &Path, embedder: Option<Arc<dyn Embedder>>) -> Result<Self, IndexError> {
        let paths = IndexFolder::new(folder);
        let record = paths.read_record()?;
        let documents: Vec<Document> =
            paths.read_documents(&record)?.into_iter().map(|stored| stored.document).collect();
        let lexical = Lexical::open(&paths.lexical(), documents.len())?;
        let dense = match (&record.embedding_model, embedder) {
            (Some(built_with), Some(embedder)) => {
                check_same_model(built_with, &embedder.model())?;
                paths.read_vectors(&record)?.map(|vectors| Dense { vectors, embedder })
            }
            _ => None,
        };
        Ok(Self { record, documents, lexical, dense, rrf_k: DEFAULT_RRF_K, candidates: DEFAULT_CANDIDATES })
    }

    /// Takes the constants of search from `[index]`.
    pub fn with_settings(mut self, settings: &IndexSettings) -> Self {
        self.rrf_k = f64::from(settings.rrf_k);
        self.candidates = settings.candidates;
        self
    }

    /// How searches with words are done.
    pub fn mode(&self) -> SearchMode {
        if self.dense.is_some() { SearchMode::Hybrid } else { SearchMode::Lexical }
    }

    /// The model behind the vectors in the folder, whether or not an embedder was given.
    pub fn embedding_model(&self) -> Option<&EmbeddingModel> {
        self.record.embedding_model.as_ref()
    }

    /// Hash over the contents, hex.
    pub fn content_hash(&self) -> &str {
        &self.record.content_hash
    }

    /// Every document, in the order of ids.
    pub fn documents(&self) -> &[Document] {
        &self.documents
    }

    /// A document by id.
    pub fn document(&self, id: DocumentId) -> Option<&Document> {
        let at = self.documents.binary_search_by_key(&id, |document| document.id).ok()?;
        self.documents.get(at)
    }

    /// Searches. Takes some milliseconds of CPU; one more for embedding the query in hybrid mode.
    pub fn search(&self, request: &SearchRequest) -> Result<SearchResponse, IndexError> {
        if request.query.trim().is_empty() {
            return self.list_filtered(request);
        }
        let candidates = self.candidates.max(request.top_k);
        let lexical = self.lexical.search(request, candidates)?;
        let lexical_rows: Vec<u32> = lexical.iter().map(|hit| hit.row).collect();
        let dense_rows = self.search_dense(request, candidates)?;

        let tiers: BTreeMap<u32, f64> =
            lexical.iter().map(|hit| (hit.row, self.tier_score(hit.matched))).collect();
        let mut fused = reciprocal_rank_fusion(&[&lexical_rows, &dense_rows], self.rrf_k);
        for (row, score) in &mut fused {
            *score += tiers.get(row).copied().unwrap_or(0.0);
        }
        sort_by_score(&mut fused);

        let lexical_ranks = ranks(&lexical_rows);
        let dense_ranks = ranks(&dense_rows);
        let hits = fused
            .into_iter()
            .take(request.top_k)
            .filter_map(|(row, score)| {
                self.hit(row, score, lexical_ranks.get(&row).copied(), dense_ranks.get(&row).copied())
            })
            .collect();
        Ok(SearchResponse { hits, mode: self.mode() })
    }

    /// What a tier adds to the fused score: twice the best score that two lists can give, so that an exact title
    /// stands above a document with all words, and that above one with some, whatever their ranks.
    fn tier_score(&self, matched: Match) -> f64 {
        let best = 2.0 / (self.rrf_k + 1.0);
        match matched {
            Match::ExactTitle => 2.0 * best,
            Match::AllWords => best,
            Match::SomeWords => 0.0,
        }
    }

    fn search_dense(&self, request: &SearchRequest, limit: usize) -> Result<Vec<u32>, IndexError> {
        let Some(Dense { vectors, embedder }) = &self.dense else { return Ok(Vec::new()) };
        let Some(query) = embedder.embed(std::slice::from_ref(&request.query))?.pop() else {
            return Ok(Vec::new());
        };
        let admits = |row: usize| self.documents.get(row).is_some_and(|document| request.admits(document));
        let nearest = vectors.nearest(&query, limit, MIN_COSINE, admits);
        Ok(nearest.into_iter().map(|(row, _)| row).collect())
    }

    /// Without words: what passes the filters, in the order of ids.
    fn list_filtered(&self, request: &SearchRequest) -> Result<SearchResponse, IndexError> {
        if !request.has_filter() {
            return Err(IndexError::EmptySearch);
        }
        let hits = self
            .documents
            .iter()
            .filter(|document| request.admits(document))
            .take(request.top_k)
            .zip(1_u32..)
            .map(|(document, rank)| Hit {
                id: document.id,
                title: document.title.clone(),
                score: 1.0 / (self.rrf_k + f64::from(rank)),
                lexical_rank: None,
                dense_rank: None,
            })
            .collect();
        Ok(SearchResponse { hits, mode: SearchMode::Lexical })
    }

    fn hit(&self, row: u32, score: f64, lexical_rank: Option<u32>, dense_rank: Option<u32>) -> Option<Hit> {
        let document = self.documents.get(row as usize)?;
        Some(Hit { id: document.id, title: document.title.clone(), score, lexical_rank, dense_rank })
    }
}

/// Places from 1.
fn ranks(rows: &[u32]) -> BTreeMap<u32, u32> {
    rows.iter().copied().zip(1..).collect()
}

fn check_same_model(built_with: &EmbeddingModel, given: &EmbeddingModel) -> Result<(), IndexError> {
    if built_with == given {
        return Ok(());
    }
    let describe = |model: &EmbeddingModel| {
        let hash: String = model.sha256.chars().take(12).collect();
        format!("{} ({} dimensions, sha256 {hash})", model.id, model.dimension)
    };
    Err(IndexError::ModelMismatch { built_with: describe(built_with), given: describe(given) })
}

#[cfg(test)]
mod tests;
