//! Times a cold build, an unchanged rebuild, opening and searching on a catalogue of one's own.
//!
//! Measured: seconds of the builds, milliseconds of 20 queries each asked 10 times (median, 95th percentile).
//! Data: a folder with `products.csv`, `aisles.csv` and `departments.csv`. Nothing is random.
//! Run: `cargo run -p indexer --example time_index -- DIR [QUERY …]`

use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use config::index::IndexSettings;
use domain::ids::{AisleId, DepartmentId, ProductId};
use indexer::{
    BuildRequest, Document, Embedder, FastEmbedder, SearchIndex, SearchRequest, build_index,
    document::{CatalogueProduct, catalogue_documents},
    models,
};

const QUERIES: [&str; 20] = [
    "organic avocado",
    "banana",
    "milk",
    "gluten free bread",
    "something for breakfast",
    "dairy products",
    "milk with vitamins",
    "bananna",
    "avacado toast",
    "chocolate",
    "peanut butter",
    "sparkling water lime",
    "dog food",
    "paper towels",
    "vegan cheese",
    "nonfat greek yogurt",
    "ice cream",
    "healthy snack for kids",
    "brocoli",
    "qzxwv",
];

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let source: PathBuf = arguments.next().ok_or("usage: time_index DIR [QUERY …]")?.into();
    let queries: Vec<String> = arguments.collect();
    let documents = read_catalogue(&source)?;
    let settings = config::Settings::defaults()?;
    let started = Instant::now();
    let embedder: Arc<dyn Embedder> = Arc::new(FastEmbedder::load(&models::locate(&settings.models)?)?);
    eprintln!("load model      {:>9.3} s", started.elapsed().as_secs_f64());

    let folder = tempfile::tempdir()?;
    let (first, second) = (folder.path().join("first"), folder.path().join("second"));
    time_build("cold build", &first, None, documents.clone(), &embedder, settings.index.clone())?;
    time_build("unchanged build", &second, Some(&first), documents, &embedder, settings.index.clone())?;

    let started = Instant::now();
    let index = SearchIndex::open(&second, Some(embedder))?.with_settings(&settings.index);
    eprintln!("open            {:>9.3} s", started.elapsed().as_secs_f64());
    if queries.is_empty() {
        time_queries("hybrid", &index)?;
        time_queries("lexical", &SearchIndex::open(&second, None)?)?;
    }
    for query in queries {
        eprintln!("\n{query}");
        for hit in index.search(&SearchRequest::products(query, 10))?.hits {
            eprintln!(
                "  {:.4} lexical {:>4} dense {:>4}  {}",
                hit.score,
                hit.lexical_rank.map_or("-".into(), |rank| rank.to_string()),
                hit.dense_rank.map_or("-".into(), |rank| rank.to_string()),
                hit.title
            );
        }
    }
    Ok(())
}

fn time_build(
    name: &str,
    folder: &Path,
    previous: Option<&Path>,
    documents: Vec<Document>,
    embedder: &Arc<dyn Embedder>,
    settings: IndexSettings,
) -> Result<()> {
    let started = Instant::now();
    let last_embedding = std::sync::Mutex::new(0.0);
    let report = build_index(BuildRequest {
        folder,
        previous,
        documents,
        embedder: Some(embedder.clone()),
        settings,
        progress: &|progress| {
            if let (indexer::BuildProgress::Lexical, Ok(mut at)) = (progress, last_embedding.lock()) {
                *at = started.elapsed().as_secs_f64();
            }
        },
    })?;
    let embedding = last_embedding.into_inner().unwrap_or_default();
    let total = started.elapsed().as_secs_f64();
    eprintln!("{name:<15} {total:>9.3} s, of which embedding {embedding:.3} s: {report:?}");
    Ok(())
}

fn time_queries(name: &str, index: &SearchIndex) -> Result<()> {
    let mut milliseconds = Vec::new();
    for query in QUERIES.repeat(10) {
        let started = Instant::now();
        index.search(&SearchRequest::products(query, 10))?;
        milliseconds.push(started.elapsed().as_secs_f64() * 1_000.0);
    }
    milliseconds.sort_by(f64::total_cmp);
    let at = |share: f64| {
        milliseconds.get((milliseconds.len() as f64 * share) as usize).copied().unwrap_or_default()
    };
    eprintln!("search {name:<8} median {:.2} ms, 95 % under {:.2} ms", at(0.5), at(0.95));
    Ok(())
}

fn read_catalogue(folder: &Path) -> Result<Vec<Document>> {
    let mut products = Vec::new();
    for row in csv::Reader::from_path(folder.join("products.csv"))?.into_deserialize() {
        let (product_id, product_name, aisle_id, department_id): (u32, String, u32, u32) = row?;
        products.push(CatalogueProduct {
            product_id: ProductId(product_id),
            product_name,
            aisle_id: AisleId(aisle_id),
            department_id: DepartmentId(department_id),
        });
    }
    let names = |file: &str| -> Result<Vec<(u32, String)>> {
        Ok(csv::Reader::from_path(folder.join(file))?
            .into_deserialize()
            .collect::<std::result::Result<_, _>>()?)
    };
    let aisles: Vec<_> = names("aisles.csv")?.into_iter().map(|(id, name)| (AisleId(id), name)).collect();
    let departments: Vec<_> =
        names("departments.csv")?.into_iter().map(|(id, name)| (DepartmentId(id), name)).collect();
    Ok(catalogue_documents(&products, &aisles, &departments))
}
