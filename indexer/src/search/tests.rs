//! Searches over a small catalogue written by hand, lexical and with the stand-in embedder.

use std::{collections::BTreeSet, fs, sync::Arc};

use domain::ids::ProductId;
use tempfile::TempDir;

use super::*;
use crate::{
    build_index::{BuildRequest, build_index},
    document::{CatalogueProduct, catalogue_documents},
    stand_in::HashingEmbedder,
};

const DEPARTMENTS: &[(u32, &str)] =
    &[(4, "produce"), (16, "dairy eggs"), (19, "snacks"), (7, "beverages"), (13, "pantry")];
const AISLES: &[(u32, u32, &str)] = &[
    (24, 4, "fresh fruits"),
    (83, 4, "fresh vegetables"),
    (84, 16, "milk"),
    (120, 16, "yogurt"),
    (61, 19, "cookies cakes"),
    (45, 19, "candy chocolate"),
    (115, 7, "water seltzer sparkling water"),
    (19, 13, "oils vinegars"),
    (131, 13, "dry pasta"),
];
/// Number, aisle, name.
const PRODUCTS: &[(u32, u32, &str)] = &[
    (1, 24, "Banana"),
    (2, 24, "Bag of Organic Bananas"),
    (3, 24, "Organic Avocado"),
    (4, 24, "Organic Hass Avocado"),
    (5, 24, "Hass Avocados, 4 Count"),
    (6, 24, "Large Avocado"),
    (7, 24, "Organic Strawberries"),
    (8, 24, "Strawberries"),
    (9, 24, "Organic Gala Apples"),
    (10, 24, "Granny Smith Apple"),
    (11, 24, "Organic Lemon"),
    (12, 24, "Limes"),
    (13, 83, "Organic Baby Spinach"),
    (14, 83, "Organic Broccoli"),
    (15, 83, "Broccoli Crown"),
    (16, 83, "Organic Carrots"),
    (17, 83, "Organic Cucumber"),
    (18, 83, "Organic Garlic"),
    (19, 83, "Yellow Onions"),
    (20, 84, "Organic Whole Milk"),
    (21, 84, "Whole Milk, 1 Gallon"),
    (22, 84, "2% Reduced Fat Milk"),
    (23, 84, "Vitamin D Milk"),
    (24, 84, "Lactose-Free Whole Milk"),
    (25, 84, "Unsweetened Almond Milk, Dairy Free"),
    (26, 120, "Organic Plain Yogurt"),
    (27, 120, "Nonfat Greek Yogurt"),
    (28, 120, "Strawberry Yogurt, 6 Pack"),
    (29, 61, "Chocolate Sandwich Cookies"),
    (30, 61, "Gluten Free Chocolate Chip Cookies"),
    (31, 61, "Organic Fig Bars"),
    (32, 45, "Milk Chocolate"),
    (33, 45, "Dark Chocolate, Sea Salt"),
    (34, 45, "Organic Milk Chocolate with Almonds"),
    (35, 115, "Sparkling Water, Lime, 12 fl oz, 8 Pack"),
    (36, 115, "Spring Water"),
    (37, 115, "Grapefruit Sparkling Water"),
    (38, 19, "Extra Virgin Olive Oil"),
    (39, 19, "Organic Avocado Oil"),
    (40, 19, "Balsamic Vinegar"),
    (41, 131, "Organic Penne Pasta"),
    (42, 131, "Gluten-Free Organic Spaghetti"),
    (43, 131, "Spaghetti No. 5"),
    (44, 131, "Annie's Mac & Cheese"),
    (45, 131, "Whole Wheat Rotini"),
    (46, 83, "Fresh Cut Golden Sweet No Salt Added Whole Kernel Corn"),
    (47, 24, "Honeycrisp Apples, Organic"),
    (48, 24, "Pomegranate"),
    (49, 61, "Crème Brûlée Cookies"),
    (50, 84, "Milk"),
];

fn documents() -> Vec<Document> {
    let department = |aisle: u32| AISLES.iter().find(|(id, ..)| *id == aisle).unwrap().1;
    let products: Vec<_> = PRODUCTS
        .iter()
        .map(|(number, aisle, name)| CatalogueProduct {
            product_id: ProductId(*number),
            product_name: (*name).to_owned(),
            aisle_id: AisleId(*aisle),
            department_id: DepartmentId(department(*aisle)),
        })
        .collect();
    let aisles: Vec<_> = AISLES.iter().map(|(id, _, name)| (AisleId(*id), (*name).to_owned())).collect();
    let departments: Vec<_> =
        DEPARTMENTS.iter().map(|(id, name)| (DepartmentId(*id), (*name).to_owned())).collect();
    catalogue_documents(&products, &aisles, &departments)
}

fn settings() -> IndexSettings {
    IndexSettings { embed: true, batch_size: 8, rrf_k: 60.0, candidates: 200 }
}

fn built(embedder: Option<Arc<dyn Embedder>>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let request = BuildRequest {
        folder: &folder.path().join("index"),
        previous: None,
        documents: documents(),
        embedder,
        settings: settings(),
        progress: &|_| {},
    };
    build_index(request).unwrap();
    folder
}

fn opened(embedder: Option<Arc<dyn Embedder>>) -> (TempDir, SearchIndex) {
    let folder = built(embedder.clone());
    let index = SearchIndex::open(&folder.path().join("index"), embedder).unwrap();
    (folder, index)
}

fn stand_in() -> Option<Arc<dyn Embedder>> {
    Some(Arc::new(HashingEmbedder::new("stand-in")))
}

fn numbers(index: &SearchIndex, request: &SearchRequest) -> Vec<u32> {
    index.search(request).unwrap().hits.iter().map(|hit| hit.id.number).collect()
}

/// The first hits of a product search, in both modes.
fn check(query: &str, expected: &[u32]) {
    for embedder in [None, stand_in()] {
        let (_folder, index) = opened(embedder);
        let found = numbers(&index, &SearchRequest::products(query, expected.len()));
        assert_eq!(found, expected, "{query:?} in mode {:?}", index.mode());
    }
}

#[test]
fn the_exact_title_comes_first_whatever_its_case_and_number() {
    check("banana", &[1]);
    check("Bananas", &[1]);
    check("MILK", &[50]);
    check("organic avocados", &[3]);
    check("Spaghetti No 5", &[43]);
    check("whole milk 1 gallon", &[21]);
}

#[test]
fn products_with_all_words_stand_above_those_with_some() {
    for embedder in [None, stand_in()] {
        let (_folder, index) = opened(embedder);
        let found = numbers(&index, &SearchRequest::products("organic avocado", 10));
        assert_eq!(found[0], 3);
        assert_eq!(found[..3].iter().copied().collect::<BTreeSet<_>>(), [3, 4, 39].into());
        if index.mode() == SearchMode::Lexical {
            let next: BTreeSet<u32> = found[3..5].iter().copied().collect();
            assert_eq!(next, [5, 6].into(), "other avocados before other organics");
        }
    }
}

#[test]
fn a_typo_finds_what_was_meant() {
    let (_folder, lexical) = opened(None);
    let (_other_folder, hybrid) = opened(stand_in());
    for (query, expected) in
        [("avacado", 3), ("bananna", 1), ("brocoli", 14), ("pomegranite", 48), ("organc avacado", 3)]
    {
        assert_eq!(numbers(&lexical, &SearchRequest::products(query, 1)), [expected], "{query}");
        // The stand-in sees another word and brings a stranger or two.
        let found = numbers(&hybrid, &SearchRequest::products(query, 3));
        assert!(found.contains(&expected), "{query}: {found:?}");
    }
}

#[test]
fn a_word_of_another_first_letter_is_no_correction() {
    let (_folder, index) = opened(None);
    assert!(numbers(&index, &SearchRequest::products("mimes", 5)).is_empty(), "limes");
}

#[test]
fn words_written_together_are_found() {
    check("glutenfree spaghetti", &[42]);
    check("wholemilk", &[20]);
}

#[test]
fn apostrophes_and_accents_may_be_left_out() {
    check("annies mac and cheese", &[44]);
    check("Annie’s", &[44]);
    check("creme brulee", &[49]);
}

#[test]
fn a_comma_in_a_name_or_a_query_is_no_border() {
    check("Whole Milk, 1 Gallon", &[21]);
    check("Dark Chocolate, Sea Salt", &[33]);
    let (_folder, index) = opened(None);
    let found = numbers(&index, &SearchRequest::products("spinach, broccoli", 3));
    assert_eq!(found.iter().copied().collect::<BTreeSet<_>>(), [13, 14, 15].into());
}

#[test]
fn another_wording_of_an_attribute_is_found() {
    check("fat free yogurt", &[27]);
    check("lactose free milk", &[24]);
    check("no fat yogurt", &[27]);
    check("gluten free chocolate chip cookie", &[30]);
}

#[test]
fn what_a_name_says_is_absent_is_not_found_as_present() {
    let (_folder, index) = opened(None);
    let found = numbers(&index, &SearchRequest::products("dairy", 50));
    // By the department's name; of those, all but the almond milk are its dairy, and it comes by the name too.
    assert_eq!(found.iter().copied().collect::<BTreeSet<_>>(), (20..=28).chain([50]).collect());
    assert!(!numbers(&index, &SearchRequest::products("salt", 50)).contains(&46));
    assert!(numbers(&index, &SearchRequest::products("gluten", 50)).is_empty());
    assert_eq!(numbers(&index, &SearchRequest::products("dairy free", 50)), [25]);
}

#[test]
fn milk_is_milk_before_it_is_chocolate() {
    let (_folder, index) = opened(None);
    let found = numbers(&index, &SearchRequest::products("milk", 6));
    let first: BTreeSet<u32> = found.into_iter().collect();
    assert!(first.is_subset(&[50, 20, 21, 22, 23, 24, 25].into()), "{first:?}");
}

#[test]
fn filters_hold_on_both_sides() {
    let (_folder, index) = opened(stand_in());
    let document = |number| index.document(DocumentId { kind: DocumentKind::Product, number }).unwrap();
    let request = SearchRequest { aisle_ids: vec![AisleId(45)], ..SearchRequest::products("milk", 50) };
    let found = numbers(&index, &request);
    assert_eq!(found.iter().copied().collect::<BTreeSet<_>>(), [32, 34].into());

    let request = SearchRequest {
        department_ids: vec![DepartmentId(16), DepartmentId(4)],
        attributes: vec![Attribute::Organic],
        ..SearchRequest::products("yogurt spinach", 50)
    };
    let found = numbers(&index, &request);
    assert!(found.starts_with(&[13]) || found.starts_with(&[26]), "{found:?}");
    assert!(found.iter().all(|n| document(*n).attributes.contains(&Attribute::Organic)));

    let request = SearchRequest {
        excluded_attributes: vec![Attribute::Organic, Attribute::DairyFree],
        ..SearchRequest::products("milk", 50)
    };
    let found = numbers(&index, &request);
    assert!(!found.is_empty() && !found.iter().any(|n| [20, 25, 34].contains(n)), "{found:?}");
}

#[test]
fn aisles_and_departments_are_found_by_kind() {
    let (_folder, index) = opened(stand_in());
    let find = |query: &str, kind| {
        let request =
            SearchRequest { query: query.into(), kinds: vec![kind], top_k: 1, ..SearchRequest::default() };
        index.search(&request).unwrap().hits.into_iter().next().map(|hit| hit.title)
    };
    assert_eq!(
        find("sparkling waters", DocumentKind::Aisle).as_deref(),
        Some("water seltzer sparkling water")
    );
    assert_eq!(find("dairy", DocumentKind::Department).as_deref(), Some("dairy eggs"));
}

#[test]
fn every_hit_has_a_score_above_zero_and_scores_fall() {
    for embedder in [None, stand_in()] {
        let (_folder, index) = opened(embedder);
        for query in ["organic avocado", "milk", "chocolate cookies with almonds"] {
            let hits = index.search(&SearchRequest::products(query, 50)).unwrap().hits;
            assert!(!hits.is_empty());
            assert!(hits.iter().all(|hit| hit.score > 0.0), "{query}");
            assert!(hits.windows(2).all(|pair| pair[0].score >= pair[1].score), "{query}");
            assert!(hits.iter().all(|hit| hit.lexical_rank.is_some() || hit.dense_rank.is_some()));
        }
    }
}

#[test]
fn unknown_words_have_no_hits_and_known_ones_still_count() {
    let (_folder, index) = opened(None);
    assert!(numbers(&index, &SearchRequest::products("qzxwv", 5)).is_empty());
    assert_eq!(numbers(&index, &SearchRequest::products("qzxwv pomegranate", 5)), [48]);
    assert!(numbers(&index, &SearchRequest::products("?!", 5)).is_empty());
    assert!(numbers(&index, &SearchRequest::products("milk", 0)).is_empty());
}

#[test]
fn no_words_list_what_passes_the_filters() {
    let (_folder, index) = opened(None);
    let request = SearchRequest { aisle_ids: vec![AisleId(120)], ..SearchRequest::products("  ", 10) };
    assert_eq!(numbers(&index, &request), [26, 27, 28]);
    let error = index.search(&SearchRequest { top_k: 5, ..SearchRequest::default() }).unwrap_err();
    assert_eq!(error.to_string(), "the search has neither words nor a filter: give at least one");
}

#[test]
fn a_megabyte_of_words_is_searched_and_answered() {
    let (_folder, index) = opened(stand_in());
    let page = "organic avocado ".repeat(60_000);
    assert_eq!(numbers(&index, &SearchRequest::products(page, 1)).len(), 1);
}

#[test]
fn the_same_search_gives_the_same_hits() {
    let (_folder, index) = opened(stand_in());
    let (_other_folder, other) = opened(stand_in());
    let request = SearchRequest { query: "organic fresh".into(), top_k: 40, ..SearchRequest::default() };
    assert_eq!(index.search(&request).unwrap(), other.search(&request).unwrap());
}

#[test]
fn the_mode_says_whether_vectors_took_part() {
    let (_folder, hybrid) = opened(stand_in());
    assert_eq!(hybrid.search(&SearchRequest::products("milk", 3)).unwrap().mode, SearchMode::Hybrid);
    let folder = built(stand_in());
    let lexical = SearchIndex::open(&folder.path().join("index"), None).unwrap();
    assert_eq!(lexical.mode(), SearchMode::Lexical);
    assert_eq!(lexical.embedding_model().map(|model| model.id.as_str()), Some("stand-in"));
}

fn open_error(folder: &Path, embedder: Option<Arc<dyn Embedder>>) -> String {
    match SearchIndex::open(folder, embedder) {
        Ok(_) => panic!("the index opened"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn an_embedder_other_than_the_indexs_is_refused_with_both_names() {
    let folder = built(stand_in());
    let other: Arc<dyn Embedder> = Arc::new(HashingEmbedder::new("other-model"));
    let message = open_error(&folder.path().join("index"), Some(other));
    assert!(message.contains("stand-in") && message.contains("other-model"), "{message}");
    assert!(message.contains("insightflow index build"), "{message}");
}

#[test]
fn a_damaged_index_is_an_error_that_names_the_file() {
    let damage = |file: &str, bytes: &[u8]| {
        let folder = built(stand_in());
        let path = folder.path().join("index");
        fs::write(path.join(file), bytes).unwrap();
        open_error(&path, stand_in())
    };
    assert!(damage("vectors.f32", b"garbage").contains("vectors.f32 is corrupt"));
    assert!(damage("documents.jsonl", b"{}\n").contains("documents.jsonl is corrupt: line 1"));
    assert!(damage("documents.jsonl", b"").contains("0 documents, expected 64"));
    assert!(damage("index.json", b"{").contains("index.json is corrupt"));
    assert!(damage("index.json", br#"{"schema_version": 99}"#).contains("schema 99"));
    assert!(damage("lexical/meta.json", b"{}").contains("lexical is corrupt"));
    let empty = tempfile::tempdir().unwrap();
    assert!(open_error(empty.path(), None).contains("no search index in"));
}
