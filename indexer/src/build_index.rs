//! Builds an index folder from documents; embeds only what has changed since a previous build.
//!
//! Input: documents, an embedder or none, the folder of the previous index or none. Output: a new folder, whole or
//! not there at all (written beside its place, renamed into it), and a [`BuildReport`].
//! A document is unchanged when its content hash and the embedding model are; its vector is then copied.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use config::index::IndexSettings;
use domain::manifest::EmbeddingModel;
use sha2::{Digest, Sha256};

use crate::{
    document::{Document, DocumentId},
    embedder::Embedder,
    error::IndexError,
    folder::{INDEX_SCHEMA_VERSION, IndexFolder, IndexRecord, StoredDocument, bytes_below},
    lexical,
    vectors::Vectors,
};

/// What to build.
pub struct BuildRequest<'a> {
    /// The folder of the new index; an index that is there is replaced when the new one is whole.
    pub folder: &'a Path,
    /// An earlier index whose vectors may be reused.
    pub previous: Option<&'a Path>,
    /// In any order, with unique ids.
    pub documents: Vec<Document>,
    /// `None` builds a lexical index.
    pub embedder: Option<Arc<dyn Embedder>>,
    /// `[index]`.
    pub settings: IndexSettings,
    /// Called from several threads, at most once a batch.
    pub progress: &'a (dyn Fn(BuildProgress) + Sync),
}

/// How far a build is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildProgress {
    /// Documents embedded, of those that must be.
    Embedding {
        /// Embedded so far.
        done: usize,
        /// To embed in all.
        total: usize,
    },
    /// Writing the lexical index.
    Lexical,
    /// The folder is in its place.
    Done,
}

/// What a build did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildReport {
    /// Documents in the index.
    pub documents: usize,
    /// Vectors computed.
    pub embedded: usize,
    /// Vectors copied from the previous index.
    pub reused: usize,
    /// Documents of the previous index that are gone.
    pub removed: usize,
    /// Bytes on disk.
    pub bytes: u64,
    /// Over ids, contents and the embedding model, hex; the same on every machine and number of threads.
    pub content_hash: String,
    /// `None` when the index is lexical only.
    pub embedding_model: Option<EmbeddingModel>,
}

/// Builds the index.
pub fn build_index(request: BuildRequest<'_>) -> Result<BuildReport, IndexError> {
    let documents = in_order(request.documents)?;
    let embedder = request.embedder.filter(|_| request.settings.embed);
    let embedding_model = embedder.as_ref().map(|embedder| embedder.model());
    let content_hash = hash_contents(&documents, embedding_model.as_ref());
    let previous = request.previous.and_then(Previous::open);

    let mut report = BuildReport {
        documents: documents.len(),
        embedded: 0,
        reused: 0,
        removed: previous.as_ref().map_or(0, |previous| previous.removed(&documents)),
        bytes: 0,
        content_hash: content_hash.clone(),
        embedding_model: embedding_model.clone(),
    };
    let parent =
        request.folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(IndexError::io(parent))?;
    let scratch =
        tempfile::Builder::new().prefix(".index-").tempdir_in(parent).map_err(IndexError::io(parent))?;
    // One level deeper, so that the finished folder has ordinary permissions and not those of a private one.
    let staged = scratch.path().join("index");
    fs::create_dir(&staged).map_err(IndexError::io(&staged))?;
    let folder = IndexFolder::new(&staged);

    if let Some(embedder) = &embedder {
        let job = EmbeddingJob {
            embedder: embedder.as_ref(),
            batch_size: request.settings.batch_size.max(1),
            progress: request.progress,
        };
        let mut rows = vec![None; documents.len()];
        if let Some(previous) = &previous {
            report.reused = previous.copy_vectors(&documents, embedding_model.as_ref(), &mut rows);
        }
        report.embedded = job.fill(&documents, &mut rows)?;
        let vectors = Vectors::from_rows(embedder.dimension(), rows.into_iter().flatten());
        vectors.write(&folder.vectors(), embedder.id(), &content_hash)?;
    }
    (request.progress)(BuildProgress::Lexical);
    lexical::build(&folder.lexical(), documents.iter().map(|stored| &stored.document))?;
    folder.write_documents(&documents)?;
    let schema_version = INDEX_SCHEMA_VERSION;
    folder.write_record(&IndexRecord {
        schema_version,
        documents: documents.len(),
        content_hash,
        embedding_model,
    })?;
    report.bytes = bytes_below(&staged)?;
    put_in_place(&staged, request.folder, scratch.path())?;
    (request.progress)(BuildProgress::Done);
    Ok(report)
}

/// Sorted by id with their hashes; refuses an empty catalogue and double ids.
fn in_order(mut documents: Vec<Document>) -> Result<Vec<StoredDocument>, IndexError> {
    if documents.is_empty() {
        return Err(IndexError::NoDocuments);
    }
    documents.sort_by_key(|document| document.id);
    if let Some(double) = documents.windows(2).find_map(|pair| match pair {
        [a, b] if a.id == b.id => Some(a.id),
        _ => None,
    }) {
        return Err(IndexError::DuplicateDocument(double));
    }
    let store =
        |document: Document| StoredDocument { content_hash: hex::encode(document.content_hash()), document };
    Ok(documents.into_iter().map(store).collect())
}

fn hash_contents(documents: &[StoredDocument], model: Option<&EmbeddingModel>) -> String {
    let mut hash = Sha256::new();
    let model = model.map(|model| format!("{} {} {}", model.id, model.dimension, model.sha256));
    hash.update(model.unwrap_or_default());
    for stored in documents {
        hash.update(format!("\n{} {}", stored.document.id, stored.content_hash));
    }
    hex::encode(hash.finalize())
}

/// Moves the finished folder to its place; an older one there steps aside and goes with the scratch folder.
fn put_in_place(staged: &Path, target: &Path, scratch: &Path) -> Result<(), IndexError> {
    if target.exists() {
        fs::rename(target, scratch.join("replaced")).map_err(IndexError::io(target))?;
    }
    fs::rename(staged, target).map_err(IndexError::io(target))
}

/// The index whose vectors may be reused.
struct Previous {
    model: Option<EmbeddingModel>,
    vectors: Option<Vectors>,
    rows: BTreeMap<DocumentId, (usize, String)>,
}

impl Previous {
    /// A previous index that cannot be read costs time, not correctness: everything is embedded again.
    fn open(folder: &Path) -> Option<Self> {
        Self::read(folder)
            .inspect_err(|error| tracing::warn!(%error, "the previous index is not reused"))
            .ok()
    }

    fn read(folder: &Path) -> Result<Self, IndexError> {
        let folder = IndexFolder::new(folder);
        let record = folder.read_record()?;
        let documents = folder.read_documents(&record)?.into_iter().enumerate();
        let rows = documents.map(|(row, stored)| (stored.document.id, (row, stored.content_hash))).collect();
        Ok(Self { vectors: folder.read_vectors(&record)?, model: record.embedding_model, rows })
    }

    /// Documents that are in it and no longer in `documents`, which are sorted by id.
    fn removed(&self, documents: &[StoredDocument]) -> usize {
        let stays = |id: &DocumentId| documents.binary_search_by_key(id, |stored| stored.document.id).is_ok();
        self.rows.keys().filter(|id| !stays(id)).count()
    }

    /// Fills in the vectors of unchanged documents, if the same model made them, and counts them.
    fn copy_vectors(
        &self,
        documents: &[StoredDocument],
        model: Option<&EmbeddingModel>,
        rows: &mut [Option<Vec<f32>>],
    ) -> usize {
        let Some(vectors) = self.vectors.as_ref().filter(|_| self.model.as_ref() == model) else { return 0 };
        let mut copied = 0;
        for (stored, slot) in documents.iter().zip(rows) {
            let Some((row, hash)) = self.rows.get(&stored.document.id) else { continue };
            if *hash == stored.content_hash {
                *slot = vectors.row(*row).map(<[f32]>::to_vec);
                copied += usize::from(slot.is_some());
            }
        }
        copied
    }
}

/// Embeds what has no vector yet.
struct EmbeddingJob<'a> {
    embedder: &'a dyn Embedder,
    batch_size: usize,
    progress: &'a (dyn Fn(BuildProgress) + Sync),
}

impl EmbeddingJob<'_> {
    /// Fills the empty slots and counts them.
    ///
    /// Texts are sorted by length first: a batch is as long as its longest text, so mixed lengths cost three times
    /// as much. The batches are the same on every machine, only who embeds which one differs.
    fn fill(&self, documents: &[StoredDocument], rows: &mut [Option<Vec<f32>>]) -> Result<usize, IndexError> {
        let mut order: Vec<(usize, &str)> = documents
            .iter()
            .zip(rows.iter())
            .enumerate()
            .filter(|(_, (_, slot))| slot.is_none())
            .map(|(row, (stored, _))| (row, stored.document.text.as_str()))
            .collect();
        order.sort_by_key(|(row, text)| (text.chars().count(), *text, *row));
        let batches: Vec<&[(usize, &str)]> = order.chunks(self.batch_size).collect();
        for (row, vector) in self.embed_batches(&batches, order.len())? {
            if let Some(slot) = rows.get_mut(row) {
                *slot = Some(vector);
            }
        }
        Ok(order.len())
    }

    fn embed_batches(
        &self,
        batches: &[&[(usize, &str)]],
        total: usize,
    ) -> Result<Vec<(usize, Vec<f32>)>, IndexError> {
        let next = AtomicUsize::new(0);
        let results = Mutex::new(Ok(Vec::with_capacity(total)));
        let work = || {
            // Longest texts first: the last batches are then small, and no worker is left with a long one.
            while let Some(batch) = batches
                .len()
                .checked_sub(1 + next.fetch_add(1, Ordering::Relaxed))
                .and_then(|i| batches.get(i))
            {
                let embedded = self.embed_batch(batch);
                let mut results = results.lock().unwrap_or_else(PoisonError::into_inner);
                match (&mut *results, embedded) {
                    (Ok(all), Ok(vectors)) => {
                        all.extend(vectors);
                        (self.progress)(BuildProgress::Embedding { done: all.len(), total });
                    }
                    (Ok(_), Err(error)) => *results = Err(error),
                    (Err(_), _) => return,
                }
            }
        };
        let workers = self.embedder.parallelism().clamp(1, batches.len().max(1));
        thread::scope(|scope| {
            for _ in 1..workers {
                scope.spawn(work);
            }
            work();
        });
        results.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn embed_batch(&self, batch: &[(usize, &str)]) -> Result<Vec<(usize, Vec<f32>)>, IndexError> {
        let texts: Vec<String> = batch.iter().map(|(_, text)| (*text).to_owned()).collect();
        let vectors = self.embedder.embed(&texts)?;
        let dimension = self.embedder.dimension();
        let sound = vectors.len() == texts.len() && vectors.iter().all(|vector| vector.len() == dimension);
        if !sound {
            let reason = format!(
                "{} texts gave {} vectors, not all of length {dimension}",
                texts.len(),
                vectors.len()
            );
            return Err(IndexError::Embedding { model: self.embedder.id().to_owned(), reason });
        }
        Ok(batch.iter().map(|(row, _)| *row).zip(vectors).collect())
    }
}

#[cfg(test)]
mod tests;
