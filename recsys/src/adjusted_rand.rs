//! How far clusterings of the same points agree: the adjusted Rand index.
//!
//! Input: the cluster of each point, twice. Output: 1 for equal clusterings whatever their labels, 0 on average for
//! unrelated ones, below 0 for less agreement than chance. Labels need not be the same numbers on both sides.
//! Source: Hubert and Arabie, "Comparing partitions", Journal of Classification 2, 1985.

use std::collections::BTreeMap;

use crate::RecsysError;

/// The adjusted Rand index of two clusterings of the same points.
pub fn adjusted_rand_index(a: &[u32], b: &[u32]) -> Result<f64, RecsysError> {
    if a.len() != b.len() {
        return Err(RecsysError::Shape { what: "second clustering", found: b.len(), expected: a.len() });
    }
    let pairs = |n: u64| (n as f64) * (n as f64 - 1.0) / 2.0;
    let mut both: BTreeMap<(u32, u32), u64> = BTreeMap::new();
    let (mut in_a, mut in_b): (BTreeMap<u32, u64>, BTreeMap<u32, u64>) = Default::default();
    for (x, y) in a.iter().zip(b) {
        *both.entry((*x, *y)).or_default() += 1;
        *in_a.entry(*x).or_default() += 1;
        *in_b.entry(*y).or_default() += 1;
    }
    let together: f64 = both.values().map(|n| pairs(*n)).sum();
    let pairs_a: f64 = in_a.values().map(|n| pairs(*n)).sum();
    let pairs_b: f64 = in_b.values().map(|n| pairs(*n)).sum();
    let all = pairs(a.len() as u64);
    let expected = if all > 0.0 { pairs_a * pairs_b / all } else { 0.0 };
    let most = (pairs_a + pairs_b) / 2.0;
    // Both all-in-one or both all-apart: nothing is left to chance, the clusterings are equal.
    Ok(if most > expected { (together - expected) / (most - expected) } else { 1.0 })
}

/// The index of each two of several clusterings of the same points, in order: (0, 1), (0, 2), …, (1, 2), ….
pub fn pairwise_adjusted_rand(clusterings: &[Vec<u32>]) -> Result<Vec<f64>, RecsysError> {
    let mut found = Vec::new();
    for (at, first) in clusterings.iter().enumerate() {
        for second in clusterings.iter().skip(at + 1) {
            found.push(adjusted_rand_index(first, second)?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(a: &[u32], b: &[u32], expected: f64) {
        let found = adjusted_rand_index(a, b).unwrap();
        assert!((found - expected).abs() < 1e-12, "{found} {expected}");
        assert_eq!(found, adjusted_rand_index(b, a).unwrap(), "the index is symmetric");
    }

    #[test]
    fn the_index_is_as_worked_by_hand() {
        // Pairs together in both: 1 + 1 = 2, in a: 3 + 3 = 6, in b: 1 + 1 + 1 = 3, of 15.
        // Expected 6 · 3 / 15 = 1.2, most 4.5: (2 − 1.2) / (4.5 − 1.2).
        check(&[0, 0, 0, 1, 1, 1], &[0, 0, 1, 1, 2, 2], 0.8 / 3.3);
        // Each pair of a is cut by b: together 0, in a and b 2 each of 6, expected 2/3, most 2: −(2/3) / (4/3).
        check(&[0, 0, 1, 1], &[0, 1, 0, 1], -0.5);
        // One of five points moved: together 1 + 1 = 2, in a 3 + 1 = 4, in b 1 + 3 = 4 of 10: (2 − 1.6) / (4 − 1.6).
        check(&[0, 0, 0, 1, 1], &[0, 0, 1, 1, 1], 0.4 / 2.4);
    }

    #[test]
    fn labels_do_not_matter_and_equal_clusterings_are_one() {
        check(&[0, 0, 1], &[7, 7, 3], 1.0);
        check(&[0, 0], &[1, 1], 1.0);
        check(&[], &[], 1.0);
        check(&[4, 5, 6], &[1, 2, 3], 1.0);
    }

    #[test]
    fn all_in_one_tells_nothing_of_a_split() {
        check(&[0, 0, 0, 0], &[0, 0, 1, 1], 0.0);
    }

    #[test]
    fn each_two_of_several_are_compared_once() {
        let found = pairwise_adjusted_rand(&[vec![0, 0, 1, 1], vec![1, 1, 0, 0], vec![0, 1, 0, 1]]).unwrap();
        let expected = [1.0, -0.5, -0.5];
        assert!(
            found.iter().zip(expected).all(|(f, e)| (f - e).abs() < 1e-12) && found.len() == 3,
            "{found:?}"
        );
    }

    #[test]
    fn clusterings_of_different_points_are_refused() {
        let error = adjusted_rand_index(&[0], &[0, 1]).unwrap_err();
        assert!(matches!(error, RecsysError::Shape { found: 2, expected: 1, .. }));
    }
}
