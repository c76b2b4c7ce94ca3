//! What is taken, what is refused, and that nothing panics.

use proptest::prelude::*;

use super::*;

fn split(record: &[u8], width: usize) -> Result<Vec<String>, RowFault> {
    let mut fields = Fields::default();
    fields.split(record, width)?;
    Ok((0..fields.width()).map(|at| String::from_utf8(fields.get(record, at).to_vec()).unwrap()).collect())
}

fn check(record: &str, expected: &[&str]) {
    assert_eq!(split(record.as_bytes(), expected.len()).unwrap(), expected, "{record:?}");
}

fn refuse(record: &[u8], width: usize, expected: RowFault) {
    assert_eq!(split(record, width), Err(expected), "{record:?}");
}

#[test]
fn fields_stand_between_commas() {
    check("1,2,3", &["1", "2", "3"]);
    check(",,", &["", "", ""]);
    check("Café, ", &["Café", " "]);
}

#[test]
fn quoted_fields_hold_commas_quotes_and_line_breaks() {
    check("1,\"Soup, \"\"Rich\"\"\"", &["1", "Soup, \"Rich\""]);
    check("\"a\nb\",\"\",c", &["a\nb", "", "c"]);
}

#[test]
fn wrong_quoting_and_wrong_widths_are_malformed() {
    for record in ["1,5\" pizza", "1,\"a\"b", "1,\"a", "1", "1,2,3", "1,a\0"] {
        refuse(record.as_bytes(), 2, RowFault::Malformed);
    }
}

#[test]
fn other_encodings_and_endless_fields_have_faults_of_their_own() {
    refuse(b"1,Caf\xe9", 2, RowFault::Encoding);
    let long = format!("1,{}", "x".repeat(MAX_FIELD_BYTES + 1));
    refuse(long.as_bytes(), 2, RowFault::Oversized);
    let longest = "x".repeat(MAX_FIELD_BYTES);
    check(&format!("1,{longest}"), &["1", &longest]);
}

proptest! {
    #[test]
    fn any_bytes_are_split_or_refused(record in prop::collection::vec(any::<u8>(), 0..40), width in 0_usize..5) {
        if let Ok(fields) = split(&record, width) {
            prop_assert_eq!(fields.len(), width);
        }
    }

    #[test]
    fn quoting_and_splitting_gives_the_same_fields(fields in prop::collection::vec("[a-z,\" \n]{0,6}", 1..5)) {
        let quoted: Vec<String> = fields.iter().map(|field| format!("\"{}\"", field.replace('"', "\"\""))).collect();
        prop_assert_eq!(split(quoted.join(",").as_bytes(), fields.len()).unwrap(), fields);
    }
}
