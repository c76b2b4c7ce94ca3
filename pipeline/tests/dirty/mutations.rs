//! Random damage: bytes flipped, deleted, inserted, lines shuffled. Nothing panics, and no row is lost without a word.
//!
//! Every mutation either gives a run whose books agree (rows in silver + rows in quarantine = rows in bronze = records
//! of the file, counted here by another reader) or an error whose code blames the data. The seed stands in the message;
//! `INSIGHTFLOW_DIRTY_SEED` tries another, `INSIGHTFLOW_DIRTY_MUTATIONS` another number of them.

use std::env;

use rand::{Rng, RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::{
    damage::Place,
    proof::{Finding, Run, ensure, run_with, settings},
    source::{Source, TABLES},
};

/// The codes that may follow from bytes that were changed in place.
const BLAMES_THE_DATA: [&str; 9] = [
    "unreadable_file",
    "empty_file",
    "missing_column",
    "unknown_column",
    "repeated_column",
    "unclosed_quote",
    "oversized_record",
    "truncated_file",
    "nothing_left",
];

/// Bytes that mean something to a reader of CSV, and some that mean nothing to anybody.
const TELLING: [u8; 14] = *b"\"\",\n\r\0 \t09N-\xff\xc3";

fn number(variable: &str, default: u64) -> u64 {
    let Ok(given) = env::var(variable) else { return default };
    given.parse().unwrap_or_else(|_| panic!("{variable} is {given:?}: give a whole number"))
}

#[test]
fn random_mutations_lose_no_row() {
    let seed = number("INSIGHTFLOW_DIRTY_SEED", 20_170);
    let mutations = number("INSIGHTFLOW_DIRTY_MUTATIONS", 200);
    let clean = Source::clean().few_customers();
    let (mut passed, mut refused) = (0, 0);
    for turn in 0..mutations {
        let mut dice = ChaCha8Rng::seed_from_u64(seed + turn);
        let table = TABLES[dice.random_range(0..TABLES.len())];
        let mut bytes = clean.csv(table).to_vec();
        let steps = dice.random_range(1..=4);
        let done: Vec<&str> = (0..steps).map(|_| mutate(&mut bytes, &mut dice)).collect();
        let mut settings = settings(1.0);
        settings.batch_size = dice.random_range(2..=40);
        settings.threads = dice.random_range(1..=2);
        let run = run_with(&clean.clone().with_csv(table, bytes.as_slice()), Place::Folder, settings);
        match run.code() {
            None => passed += 1,
            Some(_) => refused += 1,
        }
        if let Err(found) = check(&run, table, &bytes) {
            panic!(
                "seed {}, {table} after {done:?}: {found}\n{}",
                seed + turn,
                String::from_utf8_lossy(&bytes).chars().take(2_000).collect::<String>()
            );
        }
    }
    // Mutations that are all refused, or none, would show one side only.
    assert!(mutations < 100 || (passed >= 20 && refused >= 20), "{passed} passed, {refused} were refused");
}

fn check(run: &Run, table: &str, bytes: &[u8]) -> Finding {
    match run.code() {
        Some(code) => {
            let text = run.result.as_ref().map_or_else(ToString::to_string, |_| String::new());
            ensure!(BLAMES_THE_DATA.contains(&code), "the code is {code}: {text}");
            Ok(())
        }
        None => {
            run.check_books()?;
            let bronze = run.bronze_rows()?.get(table).copied().unwrap_or(0);
            let records = count_records(bytes);
            ensure!(bronze == records, "{bronze} rows in bronze, the file has {records}");
            Ok(())
        }
    }
}

/// Changes the bytes in one way and says in which.
fn mutate(bytes: &mut Vec<u8>, dice: &mut impl Rng) -> &'static str {
    if bytes.is_empty() {
        bytes.push(b'\n');
    }
    let at = dice.random_range(0..bytes.len());
    match dice.random_range(0..8) {
        0 => {
            bytes[at] ^= 1 << dice.random_range(0..8);
            "a flipped bit"
        }
        1 => {
            bytes[at] = TELLING[dice.random_range(0..TELLING.len())];
            "a telling byte in place of another"
        }
        2 => {
            bytes.insert(at, TELLING[dice.random_range(0..TELLING.len())]);
            "a telling byte more"
        }
        3 => {
            let end = (at + dice.random_range(1..20)).min(bytes.len());
            bytes.drain(at..end);
            "some bytes less"
        }
        4 => {
            let noise: Vec<u8> = (0..dice.random_range(1..20)).map(|_| dice.random()).collect();
            bytes.splice(at..at, noise);
            "some random bytes more"
        }
        5 => {
            let mut lines: Vec<Vec<u8>> =
                bytes.split_inclusive(|byte| *byte == b'\n').map(Vec::from).collect();
            // The header stays where it is, otherwise this would be one error over and over.
            lines[1..].shuffle(dice);
            *bytes = lines.concat();
            "lines shuffled"
        }
        6 => {
            let end = (at + dice.random_range(1..80)).min(bytes.len());
            let copy = bytes[at..end].to_vec();
            bytes.splice(at..at, copy);
            "some bytes twice"
        }
        _ => {
            bytes.truncate(at);
            "cut"
        }
    }
}

/// Records behind the header that hold more than blanks: a quote opens at the start of a field only, and a line feed
/// outside quotes ends a record.
fn count_records(bytes: &[u8]) -> u64 {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let (mut records, mut quoted, mut field_starts, mut blank) = (0_u64, false, true, true);
    let mut rest = bytes.iter().peekable();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' if quoted => {
                if rest.peek() == Some(&&b'"') {
                    rest.next();
                } else {
                    quoted = false;
                }
            }
            b'"' if field_starts => {
                (quoted, field_starts, blank) = (true, false, false);
            }
            b'\n' if !quoted => {
                records += u64::from(!blank);
                (field_starts, blank) = (true, true);
            }
            b',' if !quoted => (field_starts, blank) = (true, false),
            byte => {
                field_starts = false;
                blank = blank && byte.is_ascii_whitespace();
            }
        }
    }
    (records + u64::from(!blank)).saturating_sub(1)
}

#[test]
fn records_are_counted_by_quotes_at_the_start_of_a_field() {
    for (text, records) in [
        ("a,b\n1,2\n", 1),
        ("a,b\n\n1,2\n \n3,4", 2),
        ("\u{feff}a,b\n1,\"x\ny\"\n2,z\n", 2),
        ("a,b\n1,x\"y\n2,z\"\n", 2),
        ("a,b\n1,\"x\"\"\ny\"\n", 1),
        ("a,b\n,\n", 1),
        ("a,b", 0),
    ] {
        assert_eq!(count_records(text.as_bytes()), records, "{text:?}");
    }
}
