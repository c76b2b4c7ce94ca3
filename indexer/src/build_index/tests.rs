//! Builds: what is embedded, what is reused, what is left behind after a failure.

use config::index::IndexSettings;
use domain::ids::{AisleId, DepartmentId, ProductId};
use tempfile::TempDir;

use super::*;
use crate::{document::CatalogueProduct, search::SearchIndex, stand_in::HashingEmbedder};

fn product(number: u32, name: &str) -> Document {
    let source = CatalogueProduct {
        product_id: ProductId(number),
        product_name: name.to_owned(),
        aisle_id: AisleId(24),
        department_id: DepartmentId(4),
    };
    Document::product(&source, "fresh fruits", "produce")
}

fn catalogue() -> Vec<Document> {
    (1..=40).map(|n| product(n, &format!("Fruit number {n}"))).collect()
}

struct Fixture {
    folder: TempDir,
    embedder: Arc<HashingEmbedder>,
}

impl Fixture {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), embedder: Arc::new(HashingEmbedder::new("stand-in")) }
    }

    fn build(&self, name: &str, previous: Option<&str>, documents: Vec<Document>) -> BuildReport {
        self.try_build(name, previous, documents, Some(self.embedder.clone())).unwrap()
    }

    fn try_build(
        &self,
        name: &str,
        previous: Option<&str>,
        documents: Vec<Document>,
        embedder: Option<Arc<dyn Embedder>>,
    ) -> Result<BuildReport, IndexError> {
        let previous = previous.map(|name| self.folder.path().join(name));
        build_index(BuildRequest {
            folder: &self.folder.path().join(name),
            previous: previous.as_deref(),
            documents,
            embedder,
            settings: IndexSettings { embed: true, batch_size: 7, rrf_k: 60.0, candidates: 50 },
            progress: &|_| {},
        })
    }

    fn entries(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }
}

#[test]
fn only_changes_are_embedded() {
    let fixture = Fixture::new();
    let first = fixture.build("a", None, catalogue());
    assert_eq!((first.documents, first.embedded, first.reused, first.removed), (40, 40, 0, 0));
    assert_eq!(fixture.embedder.take_count(), 40);

    let mut changed = catalogue();
    changed[3] = product(4, "Another fruit");
    changed.remove(10);
    changed.push(product(99, "A new fruit"));
    let second = fixture.build("b", Some("a"), changed.clone());
    assert_eq!((second.documents, second.embedded, second.reused, second.removed), (40, 2, 38, 1));
    assert_eq!(fixture.embedder.take_count(), 2);

    let fresh = fixture.build("c", None, changed);
    assert_eq!(fresh.content_hash, second.content_hash);
    let bytes = |name: &str| fs::read(fixture.folder.path().join(name).join("vectors.f32")).unwrap();
    assert_eq!(bytes("b"), bytes("c"), "copied and computed vectors differ");
}

#[test]
fn the_content_hash_is_of_the_contents_alone() {
    let fixture = Fixture::new();
    let hash = |name, documents| fixture.build(name, None, documents).content_hash;
    let mut shuffled = catalogue();
    shuffled.reverse();
    assert_eq!(hash("a", catalogue()), hash("b", shuffled));
    let mut changed = catalogue();
    changed[0].title.push('!');
    assert_ne!(hash("a", catalogue()), hash("c", changed));
    let lexical = fixture.try_build("d", None, catalogue(), None).unwrap();
    assert_ne!(lexical.content_hash, hash("a", catalogue()), "with and without vectors");
    assert_eq!(lexical.embedding_model, None);
}

#[test]
fn another_model_embeds_everything_again() {
    let fixture = Fixture::new();
    fixture.build("a", None, catalogue());
    let other = Arc::new(HashingEmbedder::new("other"));
    let report = fixture.try_build("b", Some("a"), catalogue(), Some(other)).unwrap();
    assert_eq!((report.embedded, report.reused), (40, 0));
}

#[test]
fn a_damaged_previous_index_costs_time_only() {
    let fixture = Fixture::new();
    fixture.build("a", None, catalogue());
    fs::write(fixture.folder.path().join("a").join("vectors.f32"), b"garbage").unwrap();
    assert_eq!(fixture.build("b", Some("a"), catalogue()).embedded, 40);
    assert_eq!(fixture.build("c", Some("nowhere"), catalogue()).embedded, 40);
}

#[test]
fn an_index_can_be_built_over_the_one_it_reuses() {
    let fixture = Fixture::new();
    fixture.build("a", None, catalogue());
    let report = fixture.build("a", Some("a"), catalogue()[..30].to_vec());
    assert_eq!((report.documents, report.reused, report.removed), (30, 30, 10));
    let index = SearchIndex::open(&fixture.folder.path().join("a"), None).unwrap();
    assert_eq!(index.documents().len(), 30);
    assert_eq!(fixture.entries(), ["a"], "scratch folders remain");
}

/// A model that fails after some texts.
struct Failing;

impl Embedder for Failing {
    fn id(&self) -> &str {
        "failing"
    }
    fn dimension(&self) -> usize {
        3
    }
    fn sha256(&self) -> &str {
        ""
    }
    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, IndexError> {
        match texts.iter().any(|text| text.ends_with(" 5")) {
            true => Err(IndexError::Embedding { model: "failing".into(), reason: "out of memory".into() }),
            false => Ok(vec![vec![1.0, 0.0, 0.0]; texts.len()]),
        }
    }
}

/// A model whose vectors are too short.
struct Short;

impl Embedder for Short {
    fn id(&self) -> &str {
        "short"
    }
    fn dimension(&self) -> usize {
        3
    }
    fn sha256(&self) -> &str {
        ""
    }
    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, IndexError> {
        Ok(vec![vec![1.0]; texts.len()])
    }
}

#[test]
fn a_failed_build_leaves_nothing_and_keeps_the_old_index() {
    let fixture = Fixture::new();
    let error = fixture.try_build("a", None, catalogue(), Some(Arc::new(Failing))).unwrap_err();
    assert_eq!(error.to_string(), "embedding with failing failed: out of memory");
    assert!(fixture.entries().is_empty(), "{:?}", fixture.entries());

    fixture.build("a", None, catalogue());
    let error = fixture.try_build("a", None, catalogue(), Some(Arc::new(Short))).unwrap_err();
    assert!(error.to_string().contains("not all of length 3"), "{error}");
    assert!(SearchIndex::open(&fixture.folder.path().join("a"), None).is_ok());
}

#[test]
fn an_empty_catalogue_and_double_ids_are_refused() {
    let fixture = Fixture::new();
    let message = |documents| fixture.try_build("a", None, documents, None).unwrap_err().to_string();
    assert_eq!(message(Vec::new()), "no documents to index: the catalogue is empty");
    let double = vec![product(7, "One"), product(8, "Two"), product(7, "Three")];
    assert_eq!(message(double), "two documents have the id product:7, ids must be unique");
}

#[test]
fn progress_counts_up_to_all_documents() {
    let fixture = Fixture::new();
    let seen = Mutex::new(Vec::new());
    build_index(BuildRequest {
        folder: &fixture.folder.path().join("a"),
        previous: None,
        documents: catalogue(),
        embedder: Some(fixture.embedder.clone()),
        settings: IndexSettings { embed: true, batch_size: 7, rrf_k: 60.0, candidates: 50 },
        progress: &|progress| seen.lock().unwrap().push(progress),
    })
    .unwrap();
    let seen = seen.into_inner().unwrap();
    assert!(seen.contains(&BuildProgress::Embedding { done: 40, total: 40 }));
    assert_eq!(seen.last(), Some(&BuildProgress::Done));
}

#[test]
fn embedding_can_be_switched_off() {
    let fixture = Fixture::new();
    let report = build_index(BuildRequest {
        folder: &fixture.folder.path().join("a"),
        previous: None,
        documents: catalogue(),
        embedder: Some(fixture.embedder.clone()),
        settings: IndexSettings { embed: false, batch_size: 7, rrf_k: 60.0, candidates: 50 },
        progress: &|_| {},
    })
    .unwrap();
    assert_eq!((report.embedded, report.embedding_model), (0, None));
    assert_eq!(fixture.embedder.take_count(), 0);
}
