//! The rows of some customers as CSV text, ready to be appended to the files.
//!
//! Spelling of the original: ids and counts as plain integers, `days_since_prior_order` as `15.0`, blank on first orders.
//! Numbers are written by hand into byte buffers: formatting is most of the work of a full-size data set.

use super::{basket::Line, law::CENSORED_AT};

/// What stands in an `orders` row beside the ids.
pub(super) struct OrderRow {
    pub(super) order_id: u64,
    pub(super) user_id: u64,
    /// `prior`, `train` or `test`.
    pub(super) eval_set: &'static str,
    pub(super) order_number: u16,
    pub(super) day: u8,
    pub(super) hour: u8,
    /// Uncensored days since the order before; `None` on first orders.
    pub(super) gap: Option<u16>,
}

/// Rows of consecutive customers.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) orders: Vec<u8>,
    pub(super) prior: Vec<u8>,
    pub(super) train: Vec<u8>,
    /// Left empty when the truth is not asked for.
    pub(super) truth: Vec<u8>,
    pub(super) orders_written: u64,
    pub(super) prior_written: u64,
    pub(super) train_written: u64,
    /// All customers up to and with this block.
    pub(super) customers_done: u64,
}

impl Rows {
    /// Adds a row of `orders` and, if asked for, of `truth_gaps`.
    pub(super) fn push_order(&mut self, row: &OrderRow, truth: bool) {
        let out = &mut self.orders;
        push_number(out, row.order_id, b',');
        push_number(out, row.user_id, b',');
        out.extend_from_slice(row.eval_set.as_bytes());
        out.push(b',');
        push_number(out, u64::from(row.order_number), b',');
        push_number(out, u64::from(row.day), b',');
        push_number(out, u64::from(row.hour), b',');
        if let Some(gap) = row.gap {
            push_number(out, u64::from(gap.min(CENSORED_AT)), b'.');
            out.push(b'0');
            if truth {
                push_number(&mut self.truth, row.order_id, b',');
                push_number(&mut self.truth, u64::from(gap), b'.');
                self.truth.extend_from_slice(b"0\n");
            }
        }
        self.orders.push(b'\n');
        self.orders_written += 1;
    }

    /// Adds the lines of an order, in cart order.
    pub(super) fn push_lines(&mut self, order_id: u64, in_train: bool, lines: impl Iterator<Item = Line>) {
        let (out, count) = if in_train {
            (&mut self.train, &mut self.train_written)
        } else {
            (&mut self.prior, &mut self.prior_written)
        };
        for (position, line) in (1u64..).zip(lines) {
            push_number(out, order_id, b',');
            push_number(out, u64::from(line.product) + 1, b',');
            push_number(out, position, b',');
            out.extend_from_slice(if line.reordered { b"1\n" } else { b"0\n" });
            *count += 1;
        }
    }
}

/// Appends a decimal number and the byte after it.
pub(super) fn push_number(out: &mut Vec<u8>, mut value: u64, after: u8) {
    let mut digits = [0u8; 20];
    let mut start = digits.len();
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (value % 10) as u8;
        value /= 10;
        start -= 1;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(start..).unwrap_or_default());
    out.push(after);
}

/// Appends a text field, quoted when it holds a comma, a quote or a line break (RFC 4180).
pub(super) fn push_text(out: &mut Vec<u8>, text: &str) {
    if text.contains([',', '"', '\n', '\r']) {
        out.push(b'"');
        out.extend_from_slice(text.replace('"', "\"\"").as_bytes());
        out.push(b'"');
    } else {
        out.extend_from_slice(text.as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_are_written_in_full() {
        for value in [0, 7, 10, 4_294_967_296, u64::MAX] {
            assert_eq!(written(|out| push_number(out, value, b';')), format!("{value};"));
        }
    }

    #[test]
    fn names_with_commas_and_quotes_are_quoted() {
        assert_eq!(written(|out| push_text(out, "Banana")), "Banana");
        assert_eq!(written(|out| push_text(out, "Milk, Fat Free")), "\"Milk, Fat Free\"");
        assert_eq!(written(|out| push_text(out, "Pizza 12\"")), "\"Pizza 12\"\"\"");
    }

    #[test]
    fn an_order_row_is_spelt_like_the_original_and_gaps_are_censored_at_thirty() {
        let mut rows = Rows::default();
        let row = |order_id, order_number, gap| OrderRow {
            order_id,
            user_id: 4,
            eval_set: "prior",
            order_number,
            day: 0,
            hour: 8,
            gap,
        };
        rows.push_order(&row(11, 1, None), true);
        rows.push_order(&row(12, 2, Some(15)), true);
        rows.push_order(&row(13, 3, Some(44)), true);
        let text = String::from_utf8(rows.orders).unwrap();
        assert_eq!(text, "11,4,prior,1,0,8,\n12,4,prior,2,0,8,15.0\n13,4,prior,3,0,8,30.0\n");
        assert_eq!(String::from_utf8(rows.truth).unwrap(), "12,15.0\n13,44.0\n");
    }
}
