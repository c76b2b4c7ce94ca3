//! Reciprocal rank fusion of ranked lists (Cormack, Clarke, Büttcher 2009).
//!
//! Third step of `search`:  lexical ─┐
//!                                   ├─> fuse ─> hits
//!                            dense ─┘
//! Input: lists of ids, best first. Output: one list, best first, with the score Σ 1 / (k + rank), ranks from 1.
//! Only ranks count, so the lists' own scores may have any scale. Ties are broken by id. Does no IO.

use std::collections::BTreeMap;

/// Fuses ranked lists; an id that stands twice in one list counts at its first rank.
pub fn reciprocal_rank_fusion<T: Ord + Copy>(lists: &[&[T]], k: f64) -> Vec<(T, f64)> {
    let mut scores: BTreeMap<T, f64> = BTreeMap::new();
    for list in lists {
        let mut first_ranks: BTreeMap<T, usize> = BTreeMap::new();
        for (position, id) in list.iter().enumerate() {
            first_ranks.entry(*id).or_insert(position + 1);
        }
        for (id, rank) in first_ranks {
            *scores.entry(id).or_default() += 1.0 / (k + rank as f64);
        }
    }
    let mut fused: Vec<_> = scores.into_iter().collect();
    sort_by_score(&mut fused);
    fused
}

/// Best first; of equal scores the lower id.
pub(crate) fn sort_by_score<T: Ord>(hits: &mut [(T, f64)]) {
    hits.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const K: f64 = 60.0;

    fn ids(fused: &[(u32, f64)]) -> Vec<u32> {
        fused.iter().map(|(id, _)| *id).collect()
    }

    #[test]
    fn scores_are_the_hand_worked_sums() {
        let fused = reciprocal_rank_fusion(&[&[7, 3], &[3]], K);
        assert_eq!(ids(&fused), [3, 7]);
        assert!((fused[0].1 - (1.0 / 62.0 + 1.0 / 61.0)).abs() < 1e-12);
        assert!((fused[1].1 - 1.0 / 61.0).abs() < 1e-12);
    }

    #[test]
    fn ties_are_broken_by_id() {
        assert_eq!(ids(&reciprocal_rank_fusion(&[&[9, 2], &[2, 9]], K)), [2, 9]);
        assert_eq!(ids(&reciprocal_rank_fusion(&[&[5], &[4]], K)), [4, 5]);
    }

    #[test]
    fn nothing_fuses_to_nothing() {
        assert!(reciprocal_rank_fusion::<u32>(&[], K).is_empty());
        assert!(reciprocal_rank_fusion::<u32>(&[&[], &[]], K).is_empty());
    }

    fn ranked(scores: &[f64]) -> Vec<u32> {
        let mut hits: Vec<(u32, f64)> = scores.iter().enumerate().map(|(id, s)| (id as u32, *s)).collect();
        sort_by_score(&mut hits);
        ids(&hits)
    }

    proptest! {
        #[test]
        fn the_scale_of_a_lists_scores_changes_nothing(
            lexical in prop::collection::vec(0.0_f64..40.0, 1..30),
            dense in prop::collection::vec(-1.0_f64..1.0, 1..30),
            // A power of two keeps equal scores equal.
            exponent in -6_i32..6,
        ) {
            let scaled: Vec<f64> = lexical.iter().map(|score| score * 2.0_f64.powi(exponent)).collect();
            let plain = reciprocal_rank_fusion(&[&ranked(&lexical), &ranked(&dense)], K);
            let other = reciprocal_rank_fusion(&[&ranked(&scaled), &ranked(&dense)], K);
            prop_assert_eq!(plain, other);
        }

        #[test]
        fn every_id_appears_once_with_a_positive_score_in_falling_order(
            first in prop::collection::vec(0_u32..50, 0..40),
            second in prop::collection::vec(0_u32..50, 0..40),
        ) {
            let fused = reciprocal_rank_fusion(&[&first, &second], K);
            let mut expected: Vec<u32> = first.iter().chain(&second).copied().collect();
            expected.sort_unstable();
            expected.dedup();
            let mut found = ids(&fused);
            prop_assert!(fused.windows(2).all(|pair| pair[0].1 >= pair[1].1));
            prop_assert!(fused.iter().all(|(_, score)| *score > 0.0 && *score <= 2.0 / (K + 1.0)));
            found.sort_unstable();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn the_order_of_the_lists_makes_no_difference(
            first in prop::collection::vec(0_u32..50, 0..40),
            second in prop::collection::vec(0_u32..50, 0..40),
        ) {
            prop_assert_eq!(
                reciprocal_rank_fusion(&[&first, &second], K),
                reciprocal_rank_fusion(&[&second, &first], K)
            );
        }
    }
}
