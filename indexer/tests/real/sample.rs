//! Lexical search over a catalogue of 49,688 real products, where there is one.
//!
//! The folder is `INSIGHTFLOW_SAMPLE`, else `../../shared/data/instacart-sample` from this crate.

use std::path::{Path, PathBuf};

use config::index::IndexSettings;
use domain::ids::{AisleId, DepartmentId, ProductId};
use indexer::{
    BuildRequest, Document, DocumentKind, SearchIndex, SearchRequest, build_index,
    document::{CatalogueProduct, catalogue_documents},
};
use serde::de::DeserializeOwned;

fn sample() -> Option<PathBuf> {
    let default = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/instacart-sample");
    let folder = std::env::var_os("INSIGHTFLOW_SAMPLE").map_or_else(default, PathBuf::from);
    if folder.join("products.csv").is_file() {
        return Some(folder);
    }
    eprintln!("skipped: no products.csv in {}", folder.display());
    None
}

fn rows<T: DeserializeOwned>(path: &Path) -> Vec<T> {
    csv::Reader::from_path(path).unwrap().into_deserialize().map(|row| row.unwrap()).collect()
}

fn documents(folder: &Path) -> Vec<Document> {
    let products: Vec<CatalogueProduct> = rows::<(u32, String, u32, u32)>(&folder.join("products.csv"))
        .into_iter()
        .map(|(product, product_name, aisle, department)| CatalogueProduct {
            product_id: ProductId(product),
            product_name,
            aisle_id: AisleId(aisle),
            department_id: DepartmentId(department),
        })
        .collect();
    let names = |file: &str| rows::<(u32, String)>(&folder.join(file));
    let aisles: Vec<_> = names("aisles.csv").into_iter().map(|(id, name)| (AisleId(id), name)).collect();
    let departments: Vec<_> =
        names("departments.csv").into_iter().map(|(id, name)| (DepartmentId(id), name)).collect();
    catalogue_documents(&products, &aisles, &departments)
}

#[test]
fn a_real_catalogue_is_searched_as_a_shopper_expects() {
    let Some(source) = sample() else { return };
    let documents = documents(&source);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("index");
    let count = documents.len();
    build_index(BuildRequest {
        folder: &folder,
        previous: None,
        documents,
        embedder: None,
        settings: IndexSettings { embed: false, batch_size: 64, rrf_k: 60.0, candidates: 200 },
        progress: &|_| {},
    })
    .unwrap();
    let index = SearchIndex::open(&folder, None).unwrap();
    assert_eq!(index.documents().len(), count);

    let titles = |query: &str, top_k: usize| -> Vec<String> {
        let hits = index.search(&SearchRequest::products(query, top_k)).unwrap().hits;
        hits.into_iter().map(|hit| hit.title.to_lowercase()).collect()
    };
    let all_contain = |query: &str, top_k: usize, words: &[&str]| {
        let found = titles(query, top_k);
        assert_eq!(found.len(), top_k, "{query}");
        let sound = |title: &String| words.iter().all(|word| title.contains(word));
        assert!(found.iter().all(sound), "{query}: {found:?}");
    };
    all_contain("organic avocado", 10, &["organic", "avocado"]);
    all_contain("find me some organic avocados", 10, &["organic", "avocado"]);
    all_contain("avacado", 10, &["avocado"]);
    all_contain("gluten free bread", 5, &["gluten", "free", "bread"]);
    all_contain("peanutbutter", 10, &["peanut butter"]);
    assert_eq!(titles("bananas", 1), ["banana"]);
    assert_eq!(titles("MILK", 1), ["milk"]);
    assert!(titles("qzxwv", 10).is_empty());

    let every_title_finds_itself = index
        .documents()
        .iter()
        .filter(|document| document.id.kind == DocumentKind::Product)
        .step_by(997)
        .all(|document| titles(&document.title, 3).contains(&document.title.to_lowercase()));
    assert!(every_title_finds_itself);
}
