//! A stand-in for the embedding model in tests: words hashed into buckets, so that texts with common words have
//! close vectors. Deterministic, without files, and it counts the texts it was given.

use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest, Sha256};

use crate::{embedder::Embedder, error::IndexError, terms::terms};

const DIMENSION: usize = 64;

#[derive(Debug)]
pub(crate) struct HashingEmbedder {
    id: String,
    embedded: AtomicUsize,
}

impl HashingEmbedder {
    pub(crate) fn new(id: &str) -> Self {
        Self { id: id.to_owned(), embedded: AtomicUsize::new(0) }
    }

    /// Texts embedded since the last call.
    pub(crate) fn take_count(&self) -> usize {
        self.embedded.swap(0, Ordering::SeqCst)
    }
}

impl Embedder for HashingEmbedder {
    fn id(&self) -> &str {
        &self.id
    }

    fn dimension(&self) -> usize {
        DIMENSION
    }

    fn sha256(&self) -> &str {
        "stand-in"
    }

    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, IndexError> {
        self.embedded.fetch_add(texts.len(), Ordering::SeqCst);
        Ok(texts.iter().map(|text| embed(text)).collect())
    }

    fn parallelism(&self) -> usize {
        2
    }
}

fn embed(text: &str) -> Vec<f32> {
    let mut vector = vec![0.0_f32; DIMENSION];
    // The first bucket is never empty, so that no vector is.
    vector[0] = 0.1;
    for term in terms(text) {
        vector[usize::from(Sha256::digest(term.as_bytes())[0]) % DIMENSION] += 1.0;
    }
    let length = vector.iter().map(|x| x * x).sum::<f32>().sqrt();
    vector.iter().map(|x| x / length).collect()
}
