//! What the reader takes, what it refuses, and that it panics on nothing.

use proptest::prelude::*;

use super::*;

fn read_all(bytes: &[u8]) -> Result<Vec<(u64, Vec<String>)>, String> {
    let mut reader = RecordReader::new(Path::new("t.csv"), bytes);
    let mut record = Record::default();
    let mut rows = Vec::new();
    while reader.read(&mut record).map_err(|e| e.to_string())? {
        if rows.is_empty() {
            reader.expect_width(record.width());
        }
        if !record.is_blank() {
            rows.push((
                record.line,
                (0..record.width()).map(|at| record.field(at).unwrap().to_owned()).collect(),
            ));
        }
    }
    Ok(rows)
}

fn check(text: &str, expected: &[(u64, &[&str])]) {
    let rows = read_all(text.as_bytes()).unwrap();
    let rows: Vec<(u64, Vec<&str>)> =
        rows.iter().map(|(line, fields)| (*line, fields.iter().map(String::as_str).collect())).collect();
    let expected: Vec<(u64, Vec<&str>)> =
        expected.iter().map(|(line, fields)| (*line, fields.to_vec())).collect();
    assert_eq!(rows, expected);
}

fn refuse(bytes: &[u8], expected: &str) {
    let message = read_all(bytes).unwrap_err();
    assert!(message.contains(expected), "{message}");
}

#[test]
fn line_endings_byte_order_mark_and_blank_lines_are_tolerated() {
    let rows: &[(u64, &[&str])] = &[(1, &["a", "b"]), (2, &["1", ""])];
    check("a,b\n1,\n", rows);
    check("a,b\r\n1,", rows);
    check("\u{feff}a,b\r\n1,\r\n\r\n\n", rows);
}

#[test]
fn quoted_fields_hold_commas_quotes_and_line_breaks() {
    check(
        "id,name\n1,\"Soup, \"\"Rich\"\"\"\n2,\"two\nlines\"\n3,x\n",
        &[(1, &["id", "name"]), (2, &["1", "Soup, \"Rich\""]), (3, &["2", "two\nlines"]), (5, &["3", "x"])],
    );
}

#[test]
fn a_wrong_field_count_is_an_error_with_file_and_line() {
    refuse(b"a,b\n1,2\n3\n", "t.csv, line 3: 1 fields, the header has 2");
    refuse(b"a,b\n1,2,3\n", "line 2: 3 fields");
}

#[test]
fn bad_quoting_is_an_error_with_the_line() {
    refuse(b"a,b\n1,x\"y\"\n", "line 2: a quote inside an unquoted field");
    refuse(b"a,b\n1,\"x\"y\n", "line 2: text after a closing quote");
    refuse(b"a,b\n1,\"x\n2,y\n", "line 2: a quote is never closed");
}

#[test]
fn bytes_that_are_no_text_are_an_error_with_the_line() {
    refuse(b"a,b\n1,\xff\n", "line 2: not valid UTF-8 at byte 2");
    refuse(b"a,b\n1,\0\n", "line 2: a zero byte");
}

#[test]
fn a_record_without_end_is_not_read_into_memory() {
    let mut bytes = b"a,b\n1,\"".to_vec();
    bytes.resize(MAX_RECORD_BYTES * 2, b'x');
    refuse(&bytes, "line 2: a record of more than");
}

proptest! {
    #[test]
    fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_all(&bytes);
    }

    #[test]
    fn what_was_quoted_comes_back(fields in proptest::collection::vec("[a-c\",\n\r ]{1,8}", 1..5)) {
        let line: Vec<String> = fields.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect();
        let rows = read_all(format!("{}\n", line.join(",")).as_bytes()).unwrap();
        prop_assert_eq!(&rows[0].1, &fields);
    }

    #[test]
    fn the_raw_bytes_are_kept(bytes in "[a-c,\n\r]{0,60}") {
        let mut reader = RecordReader::new(Path::new("t.csv"), bytes.as_bytes());
        let (mut record, mut copy) = (Record::default(), Vec::<u8>::new());
        while reader.read(&mut record).unwrap() {
            copy.extend(&record.raw);
        }
        prop_assert_eq!(copy, bytes.as_bytes());
    }
}
