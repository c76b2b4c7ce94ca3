//! Records must be the same however the bytes arrive, and no byte may be lost.

use proptest::prelude::*;

use super::*;

/// Gives a few bytes at a time.
struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(self.0.len()).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

fn frames(bytes: &[u8], step: usize) -> Result<Vec<(Vec<u8>, u64)>, String> {
    let mut framer = RecordFramer::new(Path::new("x.csv"), Trickle(bytes, step));
    let mut frames = Vec::new();
    while let Some(frame) = framer.next_frame().map_err(|e| e.to_string())? {
        frames.push((frame.bytes.to_vec(), frame.line));
    }
    Ok(frames)
}

fn check(text: &str, expected: &[(&str, u64)]) {
    for step in [1, 2, 7, 1 << 20] {
        let expected: Vec<(Vec<u8>, u64)> =
            expected.iter().map(|(text, line)| (text.as_bytes().to_vec(), *line)).collect();
        assert_eq!(frames(text.as_bytes(), step), Ok(expected), "{text:?} by {step}");
    }
}

#[test]
fn lines_are_records() {
    check("a,b\n1,2\r\n\n3,4", &[("a,b\n", 1), ("1,2\r\n", 2), ("\n", 3), ("3,4", 4)]);
    check("", &[]);
}

#[test]
fn a_line_break_inside_quotes_belongs_to_the_record() {
    check("1,\"a\nb\",2\n3\n", &[("1,\"a\nb\",2\n", 1), ("3\n", 3)]);
    check("\"say \"\"\n\"\"\"\n3\n", &[("\"say \"\"\n\"\"\"\n", 1), ("3\n", 3)]);
}

#[test]
fn a_stray_quote_harms_its_own_record_alone() {
    check("1,5\" pizza\n2,b\n", &[("1,5\" pizza\n", 1), ("2,b\n", 2)]);
}

#[test]
fn a_byte_order_mark_hides_no_opening_quote() {
    check("\u{feff}\"a\nb\"\nc\n", &[("\u{feff}\"a\nb\"\n", 1), ("c\n", 3)]);
}

#[test]
fn a_quote_that_never_closes_is_an_error_with_its_line() {
    let mut framer = RecordFramer::new(Path::new("x.csv"), &b"a\n\"b\nc\n"[..]);
    framer.next_frame().unwrap();
    let error = framer.next_frame().unwrap_err();
    assert!(matches!(error, PipelineError::UnclosedQuote { line: 2, .. }), "{error}");
    let endless = [&b"\""[..], &vec![b'x'; MAX_RECORD_BYTES + 10], b"\"\n"].concat();
    assert!(frames(&endless, 1 << 16).is_err());
}

#[test]
fn a_record_without_end_is_not_read_into_memory() {
    let endless = vec![b'x'; 3 * MAX_RECORD_BYTES];
    let mut framer = RecordFramer::new(Path::new("x.csv"), &endless[..]);
    assert!(matches!(framer.next_frame(), Err(PipelineError::OversizedRecord { .. })));
    let longest = [vec![b'x'; MAX_RECORD_BYTES - 1], b"\n".to_vec()].concat();
    assert_eq!(frames(&longest, 1 << 18).unwrap().len(), 1);
}

proptest! {
    #[test]
    fn no_byte_is_lost_and_the_steps_do_not_matter(text in "[a,\"\n\r]{0,60}", step in 1_usize..9) {
        let whole = frames(text.as_bytes(), 1 << 20);
        prop_assert_eq!(&frames(text.as_bytes(), step), &whole);
        if let Ok(frames) = whole {
            let joined: Vec<u8> = frames.into_iter().flat_map(|(bytes, _)| bytes).collect();
            prop_assert_eq!(joined, text.into_bytes());
        }
    }
}
