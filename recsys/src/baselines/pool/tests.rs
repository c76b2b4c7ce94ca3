use proptest::prelude::*;

use super::*;

#[test]
fn the_top_is_best_first_with_ties_by_row() {
    let scored = [(0, -2.0), (1, 0.5), (2, -0.25), (3, 0.5), (4, 0.0)];
    assert_eq!(top(scored.into_iter(), 3), [(1, 0.5), (3, 0.5), (4, 0.0)]);
    assert_eq!(top(scored.into_iter(), 9), [(1, 0.5), (3, 0.5), (4, 0.0), (2, -0.25), (0, -2.0)]);
    assert_eq!(top(scored.into_iter(), 0), []);
}

#[test]
fn dots_and_sums_agree_with_hand_worked_numbers() {
    let rows = vec![(3, vec![(0, 1.0), (70, 2.0)]), (8, vec![]), (9, vec![(70, 4.0)])];
    let pool = SparsePool::new(rows.into_iter(), 100).unwrap();
    assert_eq!(pool.dots(&[(0, 0.5), (70, 1.0), (1_000, 1.0)]), [2.5, 0.0, 4.0]);
    assert_eq!(pool.weighted_sum(&[(0, 1.0), (2, 0.5)]), [(0, 1.0), (70, 4.0)]);
    assert_eq!((pool.row_of(8), pool.row_of(4), pool.customer(2), pool.square(0)), (Some(1), None, 9, 5.0));
}

#[test]
fn customers_out_of_order_are_refused() {
    let error = SparsePool::new([(2, vec![]), (2, vec![])].into_iter(), 5).unwrap_err();
    assert_eq!(error, RecsysError::NotAscending { what: "pool customer", before: 2, found: 2 });
}

proptest! {
    #[test]
    fn integer_keys_order_like_the_scores(a in -1e30_f32..1e30, b in -1e30_f32..1e30) {
        prop_assert_eq!(ordered(a).cmp(&ordered(b)), a.total_cmp(&b));
        prop_assert_eq!(score_of(ordered(a)).to_bits(), a.to_bits());
    }
}
