//! Who bought what how often, as two sparse matrices: by customer and by product.
//!
//! First step of ALS. Input: (user, product, count) triples in any order, pushed while they are streamed.
//! Output: ids in ascending order and both compressed-row forms of the ratings r = 1 + ln(1 + count).
//! Memory: 12 bytes a triple while pushing, 16 bytes a distinct pair afterwards.

use rayon::prelude::*;

use crate::RecsysError;

/// The rating of a count: r = 1 + ln(1 + count).
pub fn rating(count: u32) -> f32 {
    (1.0 + f64::from(count).ln_1p()) as f32
}

/// A sparse matrix in compressed rows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CompressedRows {
    /// Row r is `offsets[r]..offsets[r + 1]` of the other two.
    offsets: Vec<usize>,
    /// Column of each entry, ascending within a row.
    columns: Vec<u32>,
    ratings: Vec<f32>,
}

impl CompressedRows {
    /// Columns and ratings of a row.
    pub(crate) fn row(&self, row: usize) -> (&[u32], &[f32]) {
        let range = self.offsets[row]..self.offsets[row + 1];
        (&self.columns[range.clone()], &self.ratings[range])
    }

    /// The same matrix with rows and columns exchanged (a counting sort, so columns stay ascending).
    fn transposed(&self, row_count: usize) -> Self {
        let mut offsets = vec![0_usize; row_count + 1];
        for column in &self.columns {
            offsets[*column as usize + 1] += 1;
        }
        let mut sum = 0;
        for offset in &mut offsets {
            sum += *offset;
            *offset = sum;
        }
        let mut next = offsets.clone();
        let mut columns = vec![0; self.columns.len()];
        let mut ratings = vec![0.0; self.columns.len()];
        for row in 0..self.offsets.len() - 1 {
            let (row_columns, row_ratings) = self.row(row);
            for (column, rating) in row_columns.iter().zip(row_ratings) {
                let slot = &mut next[*column as usize];
                columns[*slot] = row as u32;
                ratings[*slot] = *rating;
                *slot += 1;
            }
        }
        Self { offsets, columns, ratings }
    }
}

/// All observed (customer, product) pairs with their ratings.
#[derive(Debug, Clone, PartialEq)]
pub struct Interactions {
    user_ids: Vec<u32>,
    item_ids: Vec<u32>,
    pub(crate) by_user: CompressedRows,
    pub(crate) by_item: CompressedRows,
}

impl Interactions {
    /// Customer ids, ascending; the position is the row of the user factors.
    pub fn user_ids(&self) -> &[u32] {
        &self.user_ids
    }

    /// Product ids, ascending; the position is the row of the item factors.
    pub fn item_ids(&self) -> &[u32] {
        &self.item_ids
    }

    /// Distinct (customer, product) pairs.
    pub fn pair_count(&self) -> usize {
        self.by_user.columns.len()
    }
}

/// Collects triples from a stream.
#[derive(Debug, Default)]
pub struct InteractionsBuilder {
    /// (user_id, product_id, count)
    triples: Vec<(u32, u32, u32)>,
}

impl InteractionsBuilder {
    /// An empty builder.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds that a customer bought a product in `count` orders. Counts of the same pair are added up, whatever the
    /// order of the calls; a count of 0 is no interaction and is left out.
    pub fn push(&mut self, user_id: u32, product_id: u32, count: u32) {
        if count > 0 {
            self.triples.push((user_id, product_id, count));
        }
    }

    /// Sorts, merges and compresses. Refuses an empty stream.
    pub fn build(self) -> Result<Interactions, RecsysError> {
        let mut triples = self.triples;
        if triples.is_empty() {
            return Err(RecsysError::NoData { what: "purchases" });
        }
        triples.par_sort_unstable();
        triples.dedup_by(|next, kept| {
            let same = (next.0, next.1) == (kept.0, kept.1);
            if same {
                kept.2 = kept.2.saturating_add(next.2);
            }
            same
        });
        let mut item_ids: Vec<u32> = triples.iter().map(|t| t.1).collect();
        item_ids.par_sort_unstable();
        item_ids.dedup();
        item_ids.shrink_to_fit();

        let mut user_ids: Vec<u32> = Vec::new();
        let mut offsets = Vec::new();
        for (position, (user_id, ..)) in triples.iter().enumerate() {
            if user_ids.last() != Some(user_id) {
                user_ids.push(*user_id);
                offsets.push(position);
            }
        }
        offsets.push(triples.len());
        // Every product id is in `item_ids`, so the partition point is its position.
        let columns = triples.iter().map(|t| item_ids.partition_point(|id| *id < t.1) as u32).collect();
        let ratings = triples.iter().map(|t| rating(t.2)).collect();
        drop(triples);
        let by_user = CompressedRows { offsets, columns, ratings };
        let by_item = by_user.transposed(item_ids.len());
        Ok(Interactions { user_ids, item_ids, by_user, by_item })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(triples: &[(u32, u32, u32)]) -> Interactions {
        let mut builder = InteractionsBuilder::new();
        triples.iter().for_each(|(u, p, c)| builder.push(*u, *p, *c));
        builder.build().unwrap()
    }

    #[test]
    fn both_forms_hold_the_same_matrix() {
        let matrix = build(&[(7, 30, 1), (2, 10, 3), (7, 10, 2)]);
        assert_eq!(matrix.user_ids(), [2, 7]);
        assert_eq!(matrix.item_ids(), [10, 30]);
        assert_eq!(matrix.by_user.row(1), ([0, 1].as_slice(), [rating(2), rating(1)].as_slice()));
        assert_eq!(matrix.by_item.row(0), ([0, 1].as_slice(), [rating(3), rating(2)].as_slice()));
        assert_eq!(matrix.by_item.row(1), ([1].as_slice(), [rating(1)].as_slice()));
    }

    #[test]
    fn the_order_of_the_stream_does_not_matter_and_counts_add_up() {
        let one = build(&[(1, 5, 1), (1, 6, 4), (1, 5, 2), (3, 5, 1)]);
        let other = build(&[(3, 5, 1), (1, 5, 3), (1, 6, 4)]);
        assert_eq!(one, other);
        assert_eq!(one.pair_count(), 3);
    }

    #[test]
    fn a_count_of_zero_is_no_interaction() {
        assert_eq!(build(&[(1, 5, 0), (1, 6, 1)]).item_ids(), [6]);
    }

    #[test]
    fn an_empty_stream_is_refused() {
        assert_eq!(InteractionsBuilder::new().build(), Err(RecsysError::NoData { what: "purchases" }));
    }

    #[test]
    fn the_rating_is_one_plus_the_logarithm_of_one_plus_the_count() {
        assert!((rating(1) - 1.693_147_2).abs() < 1e-6);
        assert!((rating(9) - 3.302_585).abs() < 1e-6);
    }
}
