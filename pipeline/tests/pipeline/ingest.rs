//! The door: what is refused, what is tolerated, what stands in bronze.

use std::{collections::BTreeSet, fs, io::Write as _, sync::Arc};

use domain::lake::Lake;
use flate2::{Compression, write::GzEncoder};
use pipeline::{PipelineError, ingest::source::Source, orchestrator::run_pipeline, progress::Silent};

use crate::{
    dataset::Dataset,
    workbench::{Workbench, content_hashes},
};

async fn refuse(dataset: Dataset, expected: &str) -> PipelineError {
    let bench = Workbench::new(&dataset);
    let error = bench.run().await.unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
    assert!(!bench.lake().latest().exists());
    error
}

/// Refused before anything is written: not even the lake's folder is there.
async fn refuse_at_once(dataset: Dataset, expected: &str) {
    let bench = Workbench::new(&dataset);
    let error = bench.run().await.unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
    assert!(!bench.lake().root().exists());
}

#[tokio::test]
async fn a_missing_file_is_named_with_its_table() {
    refuse_at_once(
        Dataset::valid().without("order_products__train"),
        "table order_products__train: missing file",
    )
    .await;
}

#[tokio::test]
async fn a_workbook_is_refused_as_unsupported() {
    let bench = Workbench::new(&Dataset::valid().without("orders"));
    fs::write(bench.source().join("orders.xlsx"), b"x").unwrap();
    let error = bench.run().await.unwrap_err();
    assert!(matches!(error, PipelineError::UnsupportedFormat { .. }), "{error}");
}

#[tokio::test]
async fn packed_files_and_file_urls_give_the_same_content_as_plain_ones() {
    let plain = Workbench::new(&Dataset::valid());
    let expected = content_hashes(&plain.run().await.unwrap());
    let packed = Workbench::new(&Dataset::valid());
    for table in ["orders", "order_products__prior"] {
        let path = packed.source().join(format!("{table}.csv"));
        let mut packer = GzEncoder::new(Vec::new(), Compression::default());
        packer.write_all(&fs::read(&path).unwrap()).unwrap();
        fs::write(packed.source().join(format!("{table}.csv.gz")), packer.finish().unwrap()).unwrap();
        fs::remove_file(path).unwrap();
    }
    let mut request = packed.request();
    request.source = Source::parse(&format!("file://{}", packed.source().display())).unwrap();
    let manifest = run_pipeline(request, Arc::new(Silent)).await.unwrap();
    assert_eq!(content_hashes(&manifest), expected);
    assert!(manifest.inputs.iter().all(|part| part.part.ends_with(".csv")), "bronze holds them unpacked");
}

#[tokio::test]
async fn a_missing_folder_is_an_error() {
    let bench = Workbench::new(&Dataset::valid());
    fs::remove_dir_all(bench.source()).unwrap();
    assert!(matches!(bench.run().await.unwrap_err(), PipelineError::NoSourceFolder(_)));
}

#[tokio::test]
async fn an_empty_file_and_a_header_without_rows_are_refused() {
    refuse_at_once(Dataset::valid().with_file("aisles", ""), "table aisles").await;
    refuse_at_once(Dataset::valid().with_file("orders", "\n"), "table orders").await;
    refuse_at_once(Dataset::valid().with_file("departments", "department_id,department\n\n"), "is empty")
        .await;
}

#[tokio::test]
async fn an_unknown_and_a_missing_column_are_named() {
    let unknown = Dataset::valid().with_replaced("aisles", "aisle_id,aisle\n", "aisle_id,corridor\n");
    refuse_at_once(unknown, "unknown column \"corridor\", the known ones are: aisle_id, aisle").await;
    let missing = Dataset::valid().with_file("departments", "department_id\n1\n");
    refuse_at_once(missing, "no column \"department\"").await;
}

#[tokio::test]
async fn a_cut_file_and_an_open_quote_fail_the_run_with_file_and_line() {
    let cut = Dataset::valid().with_rows("order_products__prior", &["32,1"]);
    let cut = cut.with_replaced("order_products__prior", "32,1\n", "32,1");
    let error = refuse(cut, "order_products__prior.csv is cut: line 14").await;
    assert_eq!(error.code(), "truncated_file");
    assert!(error.to_string().contains("failed in stage ingest"), "{error}");
    let error = refuse(
        Dataset::valid().with_rows("products", &["4,\"Open,1,1"]),
        "products.csv, line 5: a quote opens here and is not closed",
    )
    .await;
    assert_eq!(error.code(), "unclosed_quote");
}

#[tokio::test]
async fn a_table_that_fails_leaves_no_part_and_the_others_stay_usable() {
    let cut = Dataset::valid().with_rows("order_products__prior", &["32,1"]);
    let bench = Workbench::new(&cut.with_replaced("order_products__prior", "32,1\n", "32,1"));
    bench.run().await.unwrap_err();
    let parts = |lake: &Lake| {
        let mut tables = BTreeSet::new();
        let mut folders = vec![lake.bronze("shop").join("data/batch")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    tables.insert(path.file_name().unwrap().to_string_lossy().into_owned());
                }
            }
        }
        tables
    };
    let left = parts(&bench.lake());
    assert!(
        left.contains("orders_part1.csv") && !left.contains("order_products__prior_part1.csv"),
        "{left:?}"
    );
    bench.replace_source(&Dataset::valid());
    bench.run().await.unwrap();
    assert!(!parts(&bench.lake()).contains("orders_part2.csv"), "the good tables are not copied again");
}

#[tokio::test]
async fn a_part_is_the_header_and_at_most_batch_size_rows_exactly_as_received() {
    let mut bench = Workbench::new(&Dataset::valid().with_replaced("orders", "\n", "\r\n"));
    bench.settings.batch_size = 4;
    let manifest = bench.run().await.unwrap();
    let orders: Vec<_> = manifest.inputs.iter().filter(|part| part.table == "orders").collect();
    assert_eq!(orders.iter().map(|part| part.rows).collect::<Vec<_>>(), [4, 4, 2]);
    let mut rows: Vec<u8> = Vec::new();
    for part in orders {
        let bytes = fs::read(bench.lake().root().join(&part.part)).unwrap();
        let header_end = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        if rows.is_empty() {
            rows.extend(&bytes[..header_end]);
        }
        rows.extend(&bytes[header_end..]);
    }
    assert_eq!(rows, fs::read(bench.source().join("orders.csv")).unwrap());
    assert_eq!(manifest.high_water["orders"], 33);
    assert_eq!(manifest.high_water["order_products__train"], 14);
}

#[tokio::test]
async fn spellings_order_of_columns_line_ends_and_marks_do_not_change_the_content() {
    let plain = Workbench::new(&Dataset::valid());
    let expected = content_hashes(&plain.run().await.unwrap());
    let marked = b"\xef\xbb\xbfaisle,AISLE_ID\r\nfresh fruits,1\r\nmilk,2".to_vec();
    let other = Dataset::valid()
        .with_file("aisles", marked)
        .with_replaced("orders", "days_since_prior_order", "DAY_SINCE_PRIOR_ORDER")
        .with_replaced("order_products__prior", ",0\n", ",False\n")
        .with_replaced("order_products__prior", ",1\n", ",true\n")
        .with_replaced("order_products__train", ",1\n", ",1.0\n");
    let bench = Workbench::new(&other);
    assert_eq!(content_hashes(&bench.run().await.unwrap()), expected);
    assert_eq!(bench.value(&bench.run().await.unwrap(), "SELECT count(*) FROM quarantine_orders").await, "0");
}

#[tokio::test]
async fn ingesting_twice_reuses_the_parts_and_gives_the_same_content() {
    let bench = Workbench::new(&Dataset::valid());
    let first = bench.run().await.unwrap();
    let second = bench.run().await.unwrap();
    assert_ne!(first.run_id, second.run_id);
    assert_eq!(first.inputs, second.inputs);
    assert_eq!(content_hashes(&first), content_hashes(&second));
}

#[tokio::test]
async fn a_damaged_part_is_not_reused() {
    let bench = Workbench::new(&Dataset::valid());
    let first = bench.run().await.unwrap();
    let damaged = &first.inputs.iter().find(|part| part.table == "aisles").unwrap().part;
    fs::write(bench.lake().root().join(damaged), "aisle_id,aisle\n1,other\n").unwrap();
    let second = bench.run().await.unwrap();
    assert_ne!(&second.inputs.iter().find(|part| part.table == "aisles").unwrap().part, damaged);
    assert_eq!(content_hashes(&first), content_hashes(&second));
}

#[tokio::test]
async fn threads_and_part_sizes_do_not_change_the_content() {
    let mut hashes = BTreeSet::new();
    for (threads, batch_size) in [(1, 1_000), (2, 1_000), (1, 2), (2, 3)] {
        let mut bench = Workbench::new(&Dataset::valid());
        bench.settings.threads = threads;
        bench.settings.batch_size = batch_size;
        hashes.insert(content_hashes(&bench.run().await.unwrap()));
    }
    assert_eq!(hashes.len(), 1);
    // Five of silver; features, facts of products and customers, overview, journey, affinity and rollups of gold, without
    // those by segment.
    assert_eq!(hashes.first().unwrap().len(), 5 + 9 + 2 + 2 + 1 + 35);
}
