//! The gaps between orders of many customers, in one flat array.
//!
//! A gap is the number of whole days from one order to the next, 0 to 30, where 30 stands for "30 or more"
//! (right-censored). The structural blank of a first order is no gap and is not in here.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{RecsysError, error::require};

/// A gap of this many days is censored: 30 or more.
pub const CENSORED_AT: u8 = 30;

/// Days on which an order can be seen: 0 to 29.
pub const DAYS: usize = CENSORED_AT as usize;

/// Gaps by customer, each customer's in the order of time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GapTable {
    /// Ends of the customers in `days`.
    ends: Vec<usize>,
    days: Vec<u8>,
}

impl GapTable {
    /// No customers yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a customer, who may have no gaps.
    pub fn push(&mut self, gaps: &[u8]) -> Result<(), RecsysError> {
        if let Some(gap) = gaps.iter().find(|gap| **gap > CENSORED_AT) {
            require(false, "gap in days", gap, "0 to 30, where 30 is 30 or more")?;
        }
        self.days.extend_from_slice(gaps);
        self.ends.push(self.days.len());
        Ok(())
    }

    /// Customers.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Gaps of all customers.
    pub fn gaps(&self) -> &[u8] {
        &self.days
    }

    /// Gaps that are 30 or more.
    pub fn censored(&self) -> usize {
        self.days.iter().filter(|gap| **gap == CENSORED_AT).count()
    }

    /// The gaps of the customer at a position; empty past the end.
    pub fn customer(&self, at: usize) -> &[u8] {
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(at).and_then(|end| self.days.get(start..*end)).unwrap_or_default()
    }

    /// All customers with the last gap of each taken away.
    pub fn without_last(&self) -> Self {
        let mut cut = Self::new();
        for at in 0..self.len() {
            if let Some((_, before)) = self.customer(at).split_last() {
                cut.days.extend_from_slice(before);
            }
            cut.ends.push(cut.days.len());
        }
        cut
    }

    /// A draw of customers without replacement, in their order; all of them where there are no more than `size`.
    pub fn sample(&self, size: usize, seed: u64) -> Self {
        if self.len() <= size {
            return self.clone();
        }
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let (mut drawn, mut wanted) = (Self::new(), size);
        // Selection sampling: each customer with the chance wanted / left (Knuth 3.4.2, algorithm S).
        for at in 0..self.len() {
            let left = self.len() - at;
            if random.random::<f64>() * (left as f64) < wanted as f64 {
                drawn.days.extend_from_slice(self.customer(at));
                drawn.ends.push(drawn.days.len());
                wanted -= 1;
            }
        }
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> GapTable {
        let mut table = GapTable::new();
        for gaps in [&[3, 30][..], &[], &[7, 7, 30, 30]] {
            table.push(gaps).unwrap();
        }
        table
    }

    #[test]
    fn customers_come_back_as_they_went_in() {
        let table = table();
        assert_eq!((table.len(), table.gaps().len(), table.censored()), (3, 6, 3));
        assert_eq!((table.customer(0), table.customer(1)), (&[3, 30][..], &[][..]));
        assert_eq!((table.customer(2), table.customer(3)), (&[7, 7, 30, 30][..], &[][..]));
    }

    #[test]
    fn the_last_gap_of_each_customer_is_taken_away() {
        let cut = table().without_last();
        assert_eq!(cut.len(), 3);
        assert_eq!((cut.customer(0), cut.customer(1), cut.customer(2)), (&[3][..], &[][..], &[7, 7, 30][..]));
    }

    #[test]
    fn a_gap_beyond_thirty_is_refused() {
        let message = GapTable::new().push(&[4, 31]).unwrap_err().to_string();
        assert!(message.contains("31") && message.contains("30 or more"), "{message}");
    }

    #[test]
    fn a_sample_has_its_size_and_depends_on_the_seed_alone() {
        let mut table = GapTable::new();
        (0..100_u8).for_each(|at| table.push(&[at % 31]).unwrap());
        let drawn = table.sample(10, 5);
        assert_eq!((drawn.len(), drawn.gaps().len()), (10, 10));
        assert_eq!(drawn, table.sample(10, 5));
        assert_ne!(drawn, table.sample(10, 6));
        assert_eq!(table.sample(100, 5), table);
    }
}
