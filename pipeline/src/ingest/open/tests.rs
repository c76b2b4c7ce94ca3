//! Errors that travel through readers, and the place where files meet.

use super::*;

#[test]
fn our_error_comes_back_through_a_reader_as_it_was() {
    let path = Path::new("orders.csv.gz");
    let ours = PipelineError::TruncatedFile { path: path.to_owned(), reason: "x".into() };
    assert_eq!(read_failed(path, carry(ours)).code(), "truncated_file");
    let system = read_failed(path, io::Error::from(io::ErrorKind::TimedOut));
    assert_eq!(system.code(), "io");
    assert!(system.is_retryable() && system.to_string().contains("orders.csv.gz"), "{system}");
}

#[test]
fn a_format_is_told_by_the_end_of_the_name() {
    for (name, format) in [
        ("orders.csv", Some(Format::Csv)),
        ("orders.csv.gz", Some(Format::CsvGz)),
        ("part-0.snappy.parquet", Some(Format::Parquet)),
        ("orders.gz", None),
        ("orders.CSV", None),
        ("orders", None),
    ] {
        assert_eq!(Format::of_name(name), format, "{name}");
    }
}

#[test]
fn files_are_put_together_whatever_the_reader_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("a.csv", "h\n1"), ("b.csv", "h"), ("c.csv", "h\n\n2\n"), ("d.csv", "h\n3")] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let store = FileStore::local(folder.path(), folder.path()).unwrap();
    let files: Vec<TableFile> =
        ["a.csv", "b.csv", "c.csv", "d.csv"].iter().filter_map(|name| store.table_file(name, 1)).collect();
    for step in [1, 2, 3, 1_000] {
        let mut reader = Concatenated::new(store.clone(), SourceTable::Aisles, 1, files.clone());
        let mut text = Vec::new();
        let mut buffer = vec![0; step];
        loop {
            let read = reader.read(&mut buffer).unwrap();
            if read == 0 {
                break;
            }
            text.extend_from_slice(&buffer[..read]);
        }
        assert_eq!(String::from_utf8(text).unwrap(), "h\n1\n\n2\n3\n", "{step}");
    }
}

#[test]
fn a_file_that_vanished_is_an_error_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let store = FileStore::local(folder.path(), folder.path()).unwrap();
    let file = store.table_file("gone.csv", 1).unwrap();
    let error = file.open(&store, SourceTable::Aisles).err().unwrap();
    assert!(error.to_string().contains("gone.csv"), "{error}");
}

#[test]
fn a_cut_row_at_the_end_of_one_of_several_files_is_told() {
    for (last, is_cut) in
        [("1,a", false), ("1", true), ("1,\"a\nb\"", false), ("1,\"a\nb", true), ("\n", false)]
    {
        let path = Path::new("aisles/a.csv");
        let mut line = Vec::new();
        // Whatever the sizes of the reads, the same line is kept.
        for byte in format!("0,x\n{last}").as_bytes() {
            keep_open_line(&mut line, &[*byte]);
        }
        let outcome = refuse_cut_row(path, &line, 2);
        assert_eq!(outcome.err().map(|e| e.code()), is_cut.then_some("truncated_file"), "{last:?}");
    }
}
