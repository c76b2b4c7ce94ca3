//! What is understood as a source, and what is refused before anything is written.

use std::{fs, io::Write as _};

use flate2::{Compression, write::GzEncoder};
use object_store::{ObjectStore, ObjectStoreExt, memory::InMemory, path::Path as ObjectPath};
use tempfile::TempDir;

use super::*;

const ORDERS: &str = "order_id,user_id,eval_set,order_number,order_dow,order_hour_of_day,days_since_prior_order\n1,1,prior,1,0,8,\n";
const LINES: &str = "order_id,product_id,add_to_cart_order,reordered\n1,1,1,0\n";

/// A folder with all six tables as plain CSV; its name holds a blank.
fn shop() -> (TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("my shop");
    fs::create_dir(&folder).unwrap();
    for (table, text) in [
        ("aisles", "aisle_id,aisle\n1,fruit\n"),
        ("departments", "department_id,department\n1,produce\n"),
        ("products", "product_id,product_name,aisle_id,department_id\n1,Banana,1,1\n"),
        ("orders", ORDERS),
        ("order_products__prior", LINES),
        ("order_products__train", LINES),
    ] {
        fs::write(folder.join(format!("{table}.csv")), text).unwrap();
    }
    (root, folder)
}

fn gz(text: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(text).unwrap();
    packer.finish().unwrap()
}

fn read(folder: &SourceFolder, table: SourceTable) -> Result<String, PipelineError> {
    let file = folder.files.iter().find(|file| file.table == table).unwrap();
    let mut text = String::new();
    file.open()?.read_to_string(&mut text).map_err(|e| read_failed(&file.path, e))?;
    Ok(text)
}

/// Puts a file in place of `aisles.csv` and expects the check to refuse it.
fn refuse(name: &str, bytes: &[u8]) -> PipelineError {
    let (_root, folder) = shop();
    fs::remove_file(folder.join("aisles.csv")).unwrap();
    fs::write(folder.join(name), bytes).unwrap();
    Source::Folder(folder).check().unwrap_err()
}

fn check_refused(name: &str, bytes: &[u8], code: &str, message: &str) {
    let error = refuse(name, bytes);
    assert_eq!(error.code(), code, "{error}");
    assert!(error.to_string().contains(message) && error.to_string().contains("aisles"), "{error}");
}

#[test]
fn a_url_of_another_scheme_is_refused_with_what_would_be_right() {
    for url in ["s3://bucket/prefix", "https://host/x", "snowflake://account"] {
        let error = Source::parse(url).unwrap_err();
        let scheme = url.split_once(':').unwrap().0;
        let message = error.to_string();
        assert_eq!(error.code(), "unsupported_source");
        assert!(message.contains(url) && message.contains(&format!("scheme {scheme:?}")), "{message}");
        assert!(message.contains("a local folder or file://"), "{message}");
    }
    for url in ["file://other-host/data", "file://relative"] {
        assert_eq!(Source::parse(url).unwrap_err().code(), "unsupported_source", "{url}");
    }
}

#[test]
fn a_file_url_is_its_folder_blanks_and_escapes_included() {
    let (_root, folder) = shop();
    let expected = read(&Source::Folder(folder.clone()).check().unwrap(), SourceTable::Orders).unwrap();
    let path = folder.to_str().unwrap();
    for url in [
        format!("file://{path}"),
        format!("FILE://{}/", path.replace(' ', "%20")),
        format!("file://localhost{path}"),
    ] {
        let source = Source::parse(&url).unwrap();
        assert_eq!(source.name(), "my_shop", "{url}");
        assert_eq!(read(&source.check().unwrap(), SourceTable::Orders).unwrap(), expected, "{url}");
        let kept: Source = serde_json::from_str(&serde_json::to_string(&source).unwrap()).unwrap();
        assert_eq!(kept.absolute(), source);
    }
}

#[test]
fn the_name_in_bronze_is_a_plain_word() {
    let name = |path: &str| Source::Folder(PathBuf::from(path)).name();
    assert_eq!(name("/no/where/Instacart Sample.v2"), "instacart_sample_v2");
    assert_eq!(name("/"), "source");
}

#[test]
fn a_relative_folder_is_made_absolute_for_a_later_resume() {
    let Source::Folder(folder) = Source::parse("data/shop").unwrap().absolute() else { panic!() };
    assert!(folder.is_absolute() && folder.ends_with("data/shop"));
}

#[test]
fn a_source_that_is_no_folder_is_refused() {
    let (_root, folder) = shop();
    for source in [Source::Folder(folder.join("orders.csv")), Source::Url("file:///no/where".into())] {
        assert_eq!(source.check().unwrap_err().code(), "no_source");
    }
}

#[test]
fn a_plain_file_comes_byte_for_byte() {
    let (_root, folder) = shop();
    let odd = "\u{feff}Aisle,\"aisle_id\"\r\n\r\n\"fr\nuit\",1\r\n";
    fs::write(folder.join("aisles.csv"), odd).unwrap();
    let checked = Source::Folder(folder).check().unwrap();
    assert_eq!(read(&checked, SourceTable::Aisles).unwrap(), odd);
    assert_eq!(checked.files[0].header.positions, [1, 0]);
}

#[test]
fn a_table_in_two_formats_is_an_error_that_names_both() {
    let (_root, folder) = shop();
    fs::write(folder.join("orders.csv.gz"), gz(ORDERS.as_bytes())).unwrap();
    let error = Source::Folder(folder).check().unwrap_err();
    assert_eq!(error.code(), "repeated_file");
    let message = error.to_string();
    assert!(message.contains("orders.csv ") && message.contains("orders.csv.gz"), "{message}");
}

#[test]
fn a_folder_of_files_is_one_table_in_name_order() {
    let (_root, folder) = shop();
    fs::remove_file(folder.join("aisles.csv")).unwrap();
    let parts = folder.join("aisles");
    fs::create_dir(&parts).unwrap();
    fs::write(parts.join("part-2.csv"), "AISLE_ID,aisle\n3,milk\n").unwrap();
    fs::write(parts.join("part-1.csv"), "aisle_id,aisle\n1,fruit\n2,bread").unwrap();
    fs::write(parts.join("part-3.csv.gz"), gz(b"aisle_id,aisle\n")).unwrap();
    fs::write(parts.join("part-4.csv.gz"), gz(b"aisle_id,aisle\n4,eggs\n")).unwrap();
    fs::write(parts.join("_SUCCESS"), "").unwrap();
    let source = Source::Folder(folder);
    let text = read(&source.check().unwrap(), SourceTable::Aisles).unwrap();
    assert_eq!(text, "aisle_id,aisle\n1,fruit\n2,bread\n3,milk\n4,eggs\n");
    fs::write(parts.join("part-5.csv"), "aisle,aisle_id\nfish,5\n").unwrap();
    let error = source.check().unwrap_err();
    assert_eq!(error.code(), "unreadable_file");
    assert!(error.to_string().contains("part-5.csv") && error.to_string().contains("part-1.csv"), "{error}");
}

#[test]
fn nothing_in_a_tables_folder_is_left_out_silently() {
    let (_root, folder) = shop();
    fs::remove_file(folder.join("aisles.csv")).unwrap();
    fs::create_dir_all(folder.join("aisles/year=2026")).unwrap();
    fs::write(folder.join("aisles/a.csv"), "aisle_id,aisle\n1,fruit\n").unwrap();
    let source = Source::Folder(folder.clone());
    assert_eq!(source.check().unwrap_err().code(), "unsupported_format");
    fs::remove_dir(folder.join("aisles/year=2026")).unwrap();
    fs::write(folder.join("aisles/b.xlsx"), "x").unwrap();
    let error = source.check().unwrap_err();
    assert!(error.to_string().contains("b.xlsx") && error.to_string().contains(".parquet"), "{error}");
}

#[test]
fn a_folder_in_the_place_of_a_file_is_named() {
    let (_root, folder) = shop();
    fs::remove_file(folder.join("aisles.csv")).unwrap();
    let source = Source::Folder(folder.clone());
    fs::create_dir(folder.join("aisles")).unwrap();
    assert_eq!(source.check().unwrap_err().code(), "missing_file", "an empty folder is no table");
    fs::create_dir(folder.join("aisles.csv")).unwrap();
    let error = source.check().unwrap_err();
    assert_eq!(error.code(), "unreadable_file");
    assert!(error.to_string().contains("it is a folder"), "{error}");
}

#[test]
fn files_that_are_no_such_table_are_refused_by_their_cause() {
    check_refused("aisles.xlsx", b"PK", "unsupported_format", ".csv.gz");
    check_refused("aisle.csv", b"aisle_id,aisle\n1,x\n", "missing_file", "aisles.csv");
    check_refused("aisles.csv", b"", "empty_file", "is empty");
    check_refused("aisles.csv", b"\xef\xbb\xbf\n\n", "empty_file", "is empty");
    check_refused("aisles.csv", b"aisle_id,aisle\n\n \n", "empty_file", "is empty");
    check_refused("aisles.csv.gz", &gz(b"aisle_id,aisle\n"), "empty_file", "is empty");
    check_refused("aisles.csv", b"\naisle_id,aisle\n1,x\n", "unreadable_file", "first line is blank");
    check_refused("aisles.csv", b"aisle_id,aisle\r1,x\r", "unreadable_file", "bare carriage return");
    check_refused("aisles.csv", b"aisle_id,a\xe9\n1,x\n", "unreadable_file", "UTF-8");
    check_refused("aisles.csv", b"\xff\xfea\0i\0", "unreadable_file", "UTF-16");
    check_refused("aisles.csv", b"a\0i\0s\0,\0\n\0", "unreadable_file", "zero bytes");
    check_refused("aisles.csv", &gz(b"aisle_id,aisle\n1,x\n"), "unreadable_file", ".csv.gz");
    check_refused("aisles.csv", b"PK\x03\x04", "unreadable_file", "workbook");
    check_refused("aisles.csv.gz", b"aisle_id,aisle\n1,x\n", "unreadable_file", "gz stream");
    check_refused("aisles.parquet", b"aisle_id,aisle\n1,x\n", "unreadable_file", "no Parquet file");
    check_refused("aisles.csv", b"aisle_id;aisle\n1;x\n", "unknown_column", "aisle_id;aisle");
    check_refused("aisles.csv", b"aisle_id,aisle,\n1,x,\n", "unknown_column", "\"\"");
    check_refused("aisles.csv", b"aisle_id\n1\n", "missing_column", "\"aisle\"");
    check_refused("aisles.csv", b"aisle_id,aisle,Aisle\n1,x,y\n", "repeated_column", "twice");
}

#[test]
fn a_broken_row_is_not_the_business_of_the_check() {
    let (_root, folder) = shop();
    fs::write(folder.join("aisles.csv"), b"aisle_id,aisle\n1,\"x\n\xff\xff,,,\n").unwrap();
    Source::Folder(folder).check().unwrap();
}

#[test]
fn a_cut_gz_is_told_while_it_is_read_and_keeps_its_code() {
    let (_root, folder) = shop();
    fs::remove_file(folder.join("aisles.csv")).unwrap();
    let rows: String = (1..50_000).map(|id| format!("{id},aisle number {}\n", id * 7919)).collect();
    let packed = gz(format!("aisle_id,aisle\n{rows}").as_bytes());
    fs::write(folder.join("aisles.csv.gz"), &packed[..packed.len() - 9]).unwrap();
    let error = read(&Source::Folder(folder).check().unwrap(), SourceTable::Aisles).unwrap_err();
    assert_eq!(error.code(), "truncated_file");
    assert!(error.to_string().contains("aisles.csv.gz"), "{error}");
    assert!(error.to_string().contains("the gz stream is cut or damaged"), "{error}");
}

#[test]
fn a_damaged_gz_fails_its_check_sum() {
    let (_root, folder) = shop();
    fs::remove_file(folder.join("aisles.csv")).unwrap();
    let mut packed = gz(b"aisle_id,aisle\n1,fruit\n");
    let check_sum = packed.len() - 6;
    packed[check_sum] ^= 1;
    fs::write(folder.join("aisles.csv.gz"), &packed).unwrap();
    let outcome = Source::Folder(folder).check().and_then(|checked| read(&checked, SourceTable::Aisles));
    let error = outcome.unwrap_err();
    assert_eq!(error.code(), "unreadable_file");
    assert!(error.to_string().contains("the gz stream is cut or damaged"), "{error}");
}

#[test]
fn members_of_a_gz_are_one_text() {
    let (_root, folder) = shop();
    fs::remove_file(folder.join("aisles.csv")).unwrap();
    let members = [gz(b"aisle_id,aisle\n1,fr"), gz(b"uit\n2,milk\n")].concat();
    fs::write(folder.join("aisles.csv.gz"), members).unwrap();
    let text = read(&Source::Folder(folder).check().unwrap(), SourceTable::Aisles).unwrap();
    assert_eq!(text, "aisle_id,aisle\n1,fruit\n2,milk\n");
}

/// A store that gives streams, as a remote one does, with a prefix; callers on a runtime's own thread.
#[tokio::test]
async fn a_store_of_streams_gives_the_same_bytes_as_a_folder() {
    let (_root, folder) = shop();
    let local = Source::Folder(folder.clone()).check().unwrap();
    let memory = std::sync::Arc::new(InMemory::new());
    for table in SourceTable::ALL {
        let text = fs::read(folder.join(format!("{}.csv", table.name()))).unwrap();
        let (name, bytes) = match table {
            SourceTable::Orders => ("orders.csv.gz".to_owned(), gz(&text)),
            SourceTable::Aisles => ("aisles/a.csv".to_owned(), text),
            other => (format!("{}.csv", other.name()), text),
        };
        memory.put(&ObjectPath::from(format!("raw/shop/{name}")), bytes.into()).await.unwrap();
    }
    let store: std::sync::Arc<dyn ObjectStore> = memory;
    let store = FileStore::new(store, ObjectPath::from("raw/shop"), Path::new("memory://raw/shop")).unwrap();
    let remote = SourceFolder::check(&store).unwrap();
    for table in SourceTable::ALL {
        assert_eq!(read(&remote, table).unwrap(), read(&local, table).unwrap(), "{table:?}");
    }
    assert!(remote.files[3].path.ends_with("shop/orders.csv.gz"));
}
