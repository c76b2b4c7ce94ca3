//! Texts to vectors: the seam [`Embedder`] and the local model behind it, [`FastEmbedder`].
//!
//! Input: texts. Output: one L2-normalised vector a text, so that a dot product is the cosine. The model is
//! all-MiniLM-L6-v2 (Wang et al. 2020; Reimers, Gurevych 2019), int8 weights, mean pooling, 384 dimensions.
//! Activations are quantised over a whole batch, so a text's vector differs in the third decimal with the texts it
//! is batched with; the same batches give the same vectors.

use std::{
    fmt, fs,
    num::NonZero,
    path::Path,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
};

use domain::manifest::EmbeddingModel;
use fastembed::{InitOptionsUserDefined, Pooling, TextEmbedding, TokenizerFiles, UserDefinedEmbeddingModel};
use sha2::{Digest, Sha256};

use crate::{
    error::IndexError,
    models::{MODEL_DIMENSION, MODEL_ID, MODEL_SHA256, ModelError, ModelFiles, runtime},
};

/// Tokens of a text that the model sees; it was trained on 128, product names have 9 on average.
const MAX_TOKENS: usize = 128;

/// Characters handed to the tokenizer: [`MAX_TOKENS`] tokens of ordinary words are shorter, and a very long text
/// would be tokenised in full only to be cut.
const MAX_CHARACTERS: usize = 2_000;

/// Texts in one run of the model, at most; more makes a run's memory grow without being faster.
const MAX_BATCH: usize = 256;

/// Turns texts into vectors of one length. Safe to call from several threads.
pub trait Embedder: Send + Sync {
    /// The model's name with its version.
    fn id(&self) -> &str;

    /// Length of its vectors.
    fn dimension(&self) -> usize;

    /// Sha-256 of its weights, hex.
    fn sha256(&self) -> &str;

    /// One L2-normalised vector a text, in the order of the texts.
    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, IndexError>;

    /// Calls of [`Embedder::embed`] that are worth making side by side.
    fn parallelism(&self) -> usize {
        1
    }

    /// What a manifest says of it.
    fn model(&self) -> EmbeddingModel {
        EmbeddingModel {
            id: self.id().to_owned(),
            dimension: u32::try_from(self.dimension()).unwrap_or(u32::MAX),
            sha256: self.sha256().to_owned(),
        }
    }
}

/// The local model. One session a core, each on one thread: a session needs exclusive access, and batches side by
/// side on single threads beat one batch spread over cores.
pub struct FastEmbedder {
    sha256: String,
    sessions: SessionPool,
}

impl FastEmbedder {
    /// Reads the model files, loads the ONNX Runtime and opens the first session; the others follow on demand.
    pub fn load(files: &ModelFiles) -> Result<Self, IndexError> {
        let onnx_file = read(&files.model)?;
        let sha256 = hex::encode(Sha256::digest(&onnx_file));
        if sha256 != MODEL_SHA256 {
            let (path, expected) = (files.model.clone(), MODEL_SHA256.to_owned());
            return Err(ModelError::HashMismatch { path, found: sha256, expected }.into());
        }
        let tokenizer_files = TokenizerFiles {
            tokenizer_file: read(&files.tokenizer)?,
            config_file: read(&files.config)?,
            special_tokens_map_file: read(&files.special_tokens_map)?,
            tokenizer_config_file: read(&files.tokenizer_config)?,
        };
        runtime::load(&files.onnxruntime)?;
        let model = UserDefinedEmbeddingModel::new(onnx_file, tokenizer_files).with_pooling(Pooling::Mean);
        let limit = thread::available_parallelism().map_or(1, NonZero::get);
        let sessions = SessionPool::new(model, limit);
        sessions.with_session(|_| ())?;
        Ok(Self { sha256, sessions })
    }
}

impl fmt::Debug for FastEmbedder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FastEmbedder")
            .field("id", &MODEL_ID)
            .field("sha256", &self.sha256)
            .finish_non_exhaustive()
    }
}

impl Embedder for FastEmbedder {
    fn id(&self) -> &str {
        MODEL_ID
    }

    fn dimension(&self) -> usize {
        MODEL_DIMENSION
    }

    fn sha256(&self) -> &str {
        &self.sha256
    }

    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, IndexError> {
        let mut vectors = Vec::with_capacity(texts.len());
        for batch in texts.chunks(MAX_BATCH) {
            let batch: Vec<&str> = batch.iter().map(|text| first_characters(text)).collect();
            let run = |session: &mut TextEmbedding| session.embed(&batch, Some(batch.len()));
            vectors.extend(self.sessions.with_session(run)?.map_err(failed)?);
        }
        match vectors.iter().find(|vector| vector.len() != MODEL_DIMENSION) {
            Some(vector) => {
                Err(failed(format!("it gave vectors of length {}, expected {MODEL_DIMENSION}", vector.len())))
            }
            None => Ok(vectors),
        }
    }

    fn parallelism(&self) -> usize {
        self.sessions.limit
    }
}

/// At most `limit` sessions; who finds none free waits for one.
struct SessionPool {
    model: UserDefinedEmbeddingModel,
    limit: usize,
    state: Mutex<PoolState>,
    freed: Condvar,
}

#[derive(Default)]
struct PoolState {
    idle: Vec<TextEmbedding>,
    opened: usize,
}

impl SessionPool {
    fn new(model: UserDefinedEmbeddingModel, limit: usize) -> Self {
        Self { model, limit, state: Mutex::default(), freed: Condvar::new() }
    }

    /// Runs `work` with a session of its own.
    fn with_session<T>(&self, work: impl FnOnce(&mut TextEmbedding) -> T) -> Result<T, IndexError> {
        let mut session = match self.take_idle() {
            Some(session) => session,
            None => self.open().inspect_err(|_| {
                self.lock().opened -= 1;
                self.freed.notify_one();
            })?,
        };
        let result = work(&mut session);
        self.lock().idle.push(session);
        self.freed.notify_one();
        Ok(result)
    }

    /// An idle session, or `None` when the caller may open a further one, which is counted already.
    fn take_idle(&self) -> Option<TextEmbedding> {
        let mut state = self.lock();
        loop {
            if let Some(session) = state.idle.pop() {
                return Some(session);
            }
            if state.opened < self.limit {
                state.opened += 1;
                return None;
            }
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn open(&self) -> Result<TextEmbedding, IndexError> {
        let options = InitOptionsUserDefined::new().with_max_length(MAX_TOKENS).with_intra_threads(1);
        TextEmbedding::try_new_from_user_defined(self.model.clone(), options).map_err(failed)
    }

    fn lock(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, ModelError> {
    fs::read(path).map_err(ModelError::io(path))
}

fn failed(reason: impl fmt::Display) -> IndexError {
    IndexError::Embedding { model: MODEL_ID.to_owned(), reason: reason.to_string() }
}

fn first_characters(text: &str) -> &str {
    text.char_indices().nth(MAX_CHARACTERS).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_model_file_is_an_error_with_its_path() {
        let path = Path::new("/does/not/exist").to_owned();
        let files = ModelFiles {
            onnxruntime: path.clone(),
            model: path.clone(),
            tokenizer: path.clone(),
            config: path.clone(),
            special_tokens_map: path.clone(),
            tokenizer_config: path,
        };
        let message = FastEmbedder::load(&files).unwrap_err().to_string();
        assert!(message.contains("/does/not/exist"), "{message}");
    }

    #[test]
    fn a_file_that_is_not_the_model_is_refused_by_its_hash() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("model.onnx");
        fs::write(&path, b"another model").unwrap();
        let files = ModelFiles {
            onnxruntime: path.clone(),
            model: path.clone(),
            tokenizer: path.clone(),
            config: path.clone(),
            special_tokens_map: path.clone(),
            tokenizer_config: path,
        };
        let message = FastEmbedder::load(&files).unwrap_err().to_string();
        assert!(message.contains("has sha256") && message.contains("expected 8199be6f"), "{message}");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let text = "é".repeat(MAX_CHARACTERS + 5);
        assert_eq!(first_characters(&text).chars().count(), MAX_CHARACTERS);
        assert_eq!(first_characters("short"), "short");
    }
}
