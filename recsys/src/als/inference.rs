//! Ranking with factors, wherever they come from: a training or the Parquet files of a run.
//!
//! [`FactorTable`] → the top k ids by dot product or cosine, best first, ties by the lower id, so lists are
//! reproducible. Exact: every row is scored (50,000 rows of 64 factors are some milliseconds of one core).

use std::cmp::Ordering;

use crate::{
    RecsysError,
    error::require,
    linalg::{dot, gram},
};

/// An id with its score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// A customer or a product.
    pub id: u32,
    /// Dot product or cosine; higher is better. No probability.
    pub score: f32,
}

/// Factors of customers or products: one row an id.
#[derive(Debug, Clone, PartialEq)]
pub struct FactorTable {
    /// Ascending.
    ids: Vec<u32>,
    dimension: usize,
    /// Row-major.
    data: Vec<f32>,
    /// Length of each row.
    norms: Vec<f32>,
}

impl FactorTable {
    /// A table of `ids.len()` rows of `dimension` factors. Rows may come in any order and are sorted by id.
    pub fn new(ids: Vec<u32>, dimension: usize, data: Vec<f32>) -> Result<Self, RecsysError> {
        require(dimension >= 1, "dimension of the factors", dimension, "at least 1")?;
        let expected = ids.len() * dimension;
        if data.len() != expected {
            return Err(RecsysError::Shape { what: "factors", found: data.len(), expected });
        }
        if let Some(position) = data.iter().position(|v| !v.is_finite()) {
            let value = f64::from(data[position]);
            return Err(RecsysError::NotFinite { what: "factors", value, position });
        }
        let (ids, data) = sorted_by_id(ids, dimension, data);
        if let Some(pair) = ids.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(RecsysError::DuplicateId { what: "factors", id: pair[0] });
        }
        let norms = data.chunks_exact(dimension).map(norm).collect();
        Ok(Self { ids, dimension, data, norms })
    }

    /// The ids, ascending.
    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Factors a row.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// All factors, row-major, in the order of [`Self::ids`].
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// Ids with their factors, ids ascending.
    pub fn rows(&self) -> impl Iterator<Item = (u32, &[f32])> {
        self.ids.iter().copied().zip(self.data.chunks_exact(self.dimension))
    }

    /// The factors of an id.
    pub fn get(&self, id: u32) -> Option<&[f32]> {
        let start = self.position(id)? * self.dimension;
        self.data.get(start..start + self.dimension)
    }

    /// The row of an id.
    pub(super) fn position(&self, id: u32) -> Option<usize> {
        self.ids.binary_search(&id).ok()
    }

    /// YᵀY of the rows Y, which [`FoldIn`](super::FoldIn) takes: row-major, dimension × dimension, of which only the
    /// upper triangle is set.
    pub fn gram(&self) -> Vec<f64> {
        gram(&self.data, self.dimension)
    }

    /// The `k` ids with the highest dot product with `query`, among those that `filter` lets through.
    pub fn top_k_dot(
        &self,
        query: &[f32],
        k: usize,
        filter: impl FnMut(u32) -> bool,
    ) -> Result<Vec<Scored>, RecsysError> {
        self.check_query(query)?;
        Ok(top_k(self.scored(query, filter).map(|(scored, _)| scored), k))
    }

    /// The `k` ids with the highest cosine (−1 to 1) with `query`, among those that `filter` lets through.
    /// Rows without length have no direction and are left out; a query without length has no neighbours.
    pub fn top_k_cosine(
        &self,
        query: &[f32],
        k: usize,
        filter: impl FnMut(u32) -> bool,
    ) -> Result<Vec<Scored>, RecsysError> {
        self.check_query(query)?;
        let length = norm(query);
        let cosines = self.scored(query, filter).map(|(Scored { id, score }, norm)| Scored {
            id,
            score: (score / (norm * length)).clamp(-1.0, 1.0),
        });
        Ok(top_k(cosines.filter(|scored| scored.score.is_finite()), k))
    }

    /// Dot products with the length of each row.
    fn scored(
        &self,
        query: &[f32],
        mut filter: impl FnMut(u32) -> bool,
    ) -> impl Iterator<Item = (Scored, f32)> {
        self.rows()
            .zip(&self.norms)
            .filter(move |((id, _), _)| filter(*id))
            .map(|((id, row), norm)| (Scored { id, score: dot(query, row) }, *norm))
    }

    fn check_query(&self, query: &[f32]) -> Result<(), RecsysError> {
        if query.len() == self.dimension {
            Ok(())
        } else {
            Err(RecsysError::Shape { what: "query", found: query.len(), expected: self.dimension })
        }
    }
}

fn norm(row: &[f32]) -> f32 {
    dot(row, row).sqrt()
}

fn sorted_by_id(ids: Vec<u32>, dimension: usize, data: Vec<f32>) -> (Vec<u32>, Vec<f32>) {
    if ids.is_sorted() {
        return (ids, data);
    }
    let mut rows: Vec<(u32, &[f32])> = ids.into_iter().zip(data.chunks_exact(dimension)).collect();
    rows.sort_by_key(|(id, _)| *id);
    (rows.iter().map(|(id, _)| *id).collect(), rows.iter().flat_map(|(_, row)| *row).copied().collect())
}

/// Best first: by score, then by the lower id.
fn best_first(a: &Scored, b: &Scored) -> Ordering {
    b.score.total_cmp(&a.score).then(a.id.cmp(&b.id))
}

/// The best `k`, best first: all are collected, the best are selected, and only these are sorted.
fn top_k(scored: impl Iterator<Item = Scored>, k: usize) -> Vec<Scored> {
    let mut hits: Vec<Scored> = scored.collect();
    if k == 0 {
        return Vec::new();
    }
    if hits.len() > k {
        hits.select_nth_unstable_by(k - 1, best_first);
        hits.truncate(k);
    }
    hits.sort_unstable_by(best_first);
    hits
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows out of order on purpose.
    fn table() -> FactorTable {
        FactorTable::new(vec![4, 1, 9, 7], 2, vec![0.0, 2.0, 1.0, 0.0, 3.0, 3.0, 0.0, 0.0]).unwrap()
    }

    fn ids(hits: &[Scored]) -> Vec<u32> {
        hits.iter().map(|hit| hit.id).collect()
    }

    #[test]
    fn rows_are_found_by_id_whatever_order_they_came_in() {
        let table = table();
        assert_eq!(table.ids(), [1, 4, 7, 9]);
        assert_eq!(table.get(9), Some([3.0, 3.0].as_slice()));
        assert_eq!(table.get(5), None);
    }

    #[test]
    fn dot_product_prefers_long_rows_and_cosine_the_direction() {
        let table = table();
        assert_eq!(ids(&table.top_k_dot(&[1.0, 0.0], 2, |_| true).unwrap()), [9, 1]);
        let cosines = table.top_k_cosine(&[2.0, 0.0], 4, |_| true).unwrap();
        assert_eq!(ids(&cosines), [1, 9, 4], "the row without length is left out");
        assert!((cosines[1].score - 0.5_f32.sqrt()).abs() < 1e-6);
    }

    #[test]
    fn ties_go_to_the_lower_id_and_the_filter_holds() {
        let table = FactorTable::new(vec![3, 2, 1], 1, vec![1.0, 1.0, 1.0]).unwrap();
        assert_eq!(ids(&table.top_k_dot(&[1.0], 2, |_| true).unwrap()), [1, 2]);
        assert_eq!(ids(&table.top_k_dot(&[1.0], 2, |id| id != 1).unwrap()), [2, 3]);
        assert_eq!(table.top_k_dot(&[1.0], 0, |_| true).unwrap(), []);
    }

    #[test]
    fn a_query_without_length_has_no_neighbours() {
        assert_eq!(table().top_k_cosine(&[0.0, 0.0], 3, |_| true).unwrap(), []);
    }

    #[test]
    fn malformed_tables_and_queries_are_refused() {
        let shape = RecsysError::Shape { what: "factors", found: 3, expected: 4 };
        assert_eq!(FactorTable::new(vec![1, 2], 2, vec![0.0; 3]), Err(shape));
        let twice = RecsysError::DuplicateId { what: "factors", id: 1 };
        assert_eq!(FactorTable::new(vec![1, 1], 1, vec![0.0; 2]), Err(twice));
        assert!(FactorTable::new(vec![1], 1, vec![f32::NAN]).is_err());
        assert!(FactorTable::new(vec![], 0, vec![]).is_err());
        assert!(table().top_k_dot(&[1.0], 1, |_| true).is_err());
    }
}
