//! The embedder with the real model files, where `insightflow models pull` has put them.
//!
//! Skipped, and says so, where they are not; fails instead when `INSIGHTFLOW_REQUIRE` names `models`.

use std::{path::PathBuf, sync::Arc};

use config::index::IndexSettings;
use domain::ids::{AisleId, DepartmentId, ProductId};
use indexer::{
    BuildRequest, Document, DocumentKind, Embedder, FastEmbedder, SearchIndex, SearchMode, SearchRequest,
    build_index,
    document::CatalogueProduct,
    models::{self, ModelError, ModelFiles},
};

fn model_files() -> Option<ModelFiles> {
    let settings = config::Settings::load(None).unwrap();
    match models::locate(&settings.models) {
        Ok(files) => Some(files),
        Err(error @ (ModelError::Missing { .. } | ModelError::UnsupportedPlatform { .. })) => {
            let required = std::env::var("INSIGHTFLOW_REQUIRE").unwrap_or_default();
            assert!(!required.split(',').any(|name| name.trim() == "models"), "models are required: {error}");
            eprintln!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn product(number: u32, name: &str) -> Document {
    let source = CatalogueProduct {
        product_id: ProductId(number),
        product_name: name.to_owned(),
        aisle_id: AisleId(1),
        department_id: DepartmentId(1),
    };
    Document::product(&source, "aisle", "department")
}

// One function: the ONNX Runtime is loaded once a process, and the order of its first uses matters here.
#[test]
fn the_real_model_embeds_searches_and_survives_a_wrong_runtime_path() {
    let Some(files) = model_files() else { return };

    let wrong = ModelFiles { onnxruntime: PathBuf::from("/no/such/libonnxruntime.so"), ..files.clone() };
    let message = FastEmbedder::load(&wrong).unwrap_err().to_string();
    assert!(message.contains("cannot use /no/such/libonnxruntime.so"), "{message}");
    let not_a_library = ModelFiles { onnxruntime: files.tokenizer.clone(), ..files.clone() };
    let message = FastEmbedder::load(&not_a_library).unwrap_err().to_string();
    assert!(message.contains("it is no ELF shared library"), "{message}");

    let embedder = FastEmbedder::load(&files).unwrap();
    vectors_are_unit_length_and_mean_something(&embedder);
    search_finds_by_meaning(Arc::new(embedder));
}

fn vectors_are_unit_length_and_mean_something(embedder: &FastEmbedder) {
    let texts = ["Sparkling Water", "Carbonated Mineral Water", "Dog Food", ""].map(str::to_owned);
    let vectors = embedder.embed(&texts).unwrap();
    assert_eq!(vectors.len(), 4);
    assert!(vectors.iter().all(|vector| vector.len() == embedder.dimension()));
    assert!(vectors.iter().all(|vector| (cosine(vector, vector) - 1.0).abs() < 1e-4));
    let (near, far) = (cosine(&vectors[0], &vectors[1]), cosine(&vectors[0], &vectors[2]));
    assert!(near > 0.6 && far < 0.4, "near {near}, far {far}");
    assert_eq!(embedder.embed(&texts).unwrap(), vectors, "the same batch, the same vectors");
    assert!(embedder.embed(&[]).unwrap().is_empty());
    let alone = embedder.embed(&texts[..1]).unwrap();
    assert!(cosine(&alone[0], &vectors[0]) > 0.98, "a text alone and in a batch");
}

fn search_finds_by_meaning(embedder: Arc<dyn Embedder>) {
    let names = ["Carbonated Mineral Water", "Orange Juice", "Dish Soap", "Organic Avocado", "Paper Towels"];
    let documents: Vec<_> = (1..).zip(names).map(|(number, name)| product(number, name)).collect();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("index");
    let settings = IndexSettings { embed: true, batch_size: 2, rrf_k: 60.0, candidates: 50 };
    let report = build_index(BuildRequest {
        folder: &folder,
        previous: None,
        documents,
        embedder: Some(embedder.clone()),
        settings,
        progress: &|_| {},
    })
    .unwrap();
    assert_eq!((report.embedded, report.embedding_model.unwrap().dimension), (5, 384));
    let index = SearchIndex::open(&folder, Some(embedder)).unwrap();
    let first = |query: &str| {
        let response = index.search(&SearchRequest::products(query, 1)).unwrap();
        assert_eq!(response.mode, SearchMode::Hybrid);
        response.hits.into_iter().next().map(|hit| (hit.id.kind, hit.title))
    };
    let found = |title: &str| Some((DocumentKind::Product, title.to_owned()));
    assert_eq!(first("citrus beverage"), found("Orange Juice"), "no word in common");
    assert_eq!(first("organic avocados"), found("Organic Avocado"));
    assert_eq!(first("car insurance"), None);
}
