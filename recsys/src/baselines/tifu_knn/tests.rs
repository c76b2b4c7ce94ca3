use proptest::prelude::*;

use super::*;
use crate::{baselines::tests::weekly, history::OwnHistory};

fn params(grouping: Grouping) -> TifuParams {
    TifuParams { grouping, basket_decay: 0.5, group_decay: 0.1, neighbours: 2, alpha: 0.5 }
}

#[track_caller]
fn check_weights(grouping: Grouping, orders: usize, expected: &[f32]) {
    let found = params(grouping).weights(orders);
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 1e-7, "{found}, expected {expected}");
    }
}

#[test]
fn weights_agree_with_hand_worked_numbers() {
    // Five baskets by two: groups {1}, {2, 3}, {4, 5}; each weight / (size of the group · 3 groups).
    check_weights(Grouping::Baskets(2), 5, &[0.01 / 3.0, 0.1 * 0.5 / 6.0, 0.1 / 6.0, 0.5 / 6.0, 1.0 / 6.0]);
    // Five baskets in two groups {1, 2}, {3, 4, 5}: the decay by basket runs through.
    let through = [0.1 * 0.0625 / 4.0, 0.1 * 0.125 / 4.0, 0.25 / 6.0, 0.5 / 6.0, 1.0 / 6.0];
    check_weights(Grouping::Groups(2), 5, &through);
    check_weights(Grouping::Groups(9), 2, &[0.1 * 0.5 / 2.0, 1.0 / 2.0]);
    check_weights(Grouping::Baskets(3), 1, &[1.0]);
    check_weights(Grouping::Baskets(3), 0, &[]);
    check_weights(Grouping::Groups(3), 0, &[]);
}

fn fit(pool: &[OwnHistory], params: TifuParams) -> TifuKnn {
    let pool = pool.iter().enumerate().map(|(customer, history)| (customer, history.view()));
    TifuKnn::fit(pool, 12, params).unwrap()
}

/// One basket each, so vectors are sets: {1, 2}, {1, 3}, {4} and {}.
#[test]
fn neighbours_are_the_nearest_by_euclidean_distance() {
    let pool: Vec<OwnHistory> = [&[1, 2][..], &[1, 3], &[4]].iter().map(|basket| weekly(&[basket])).collect();
    let model = fit(&pool, params(Grouping::Baskets(3)));
    let query = model.vector(weekly(&[&[1, 2, 5]]).view());
    assert_eq!(query, [(1, 1.0), (2, 1.0), (5, 1.0)]);
    // Squared distances 1, 3 and 4.
    let near = model.neighbours(&query, None);
    assert_eq!(near[0], (0, 0.5));
    assert_eq!(near[1].0, 1);
    assert!((near[1].1 - 1.0 / (1.0 + 3_f32.sqrt())).abs() < 1e-6);
    assert_eq!(model.neighbours(&query, Some(0)).iter().map(|n| n.0).collect::<Vec<_>>(), [1, 2]);
    // The mean of {1, 2} and {1, 3}.
    assert_eq!(model.neighbour_scores(&query, None), [(1, 1.0), (2, 0.5), (3, 0.5)]);
    // Half of that and half of the own.
    let mut mixed: Vec<(Item, f32)> =
        model.candidates(99, weekly(&[&[1, 2, 5]]).view()).iter().map(|c| (c.item, c.score)).collect();
    mixed.sort_by_key(|c| c.0);
    assert_eq!(mixed, [(1, 1.0), (2, 0.75), (3, 0.25), (5, 0.5)]);
}

#[test]
fn a_customer_is_not_its_own_neighbour() {
    let pool = vec![weekly(&[&[1]]), weekly(&[&[2]]), weekly(&[&[3]])];
    let model = fit(&pool, TifuParams { neighbours: 9, alpha: 0.0, ..params(Grouping::Groups(2)) });
    let items: Vec<Item> = model.candidates(1, pool[1].view()).iter().map(|c| c.item).collect();
    assert_eq!(items, [1, 3]);
}

#[test]
fn parameters_out_of_range_are_refused() {
    let good = params(Grouping::Baskets(2));
    let bad = [
        TifuParams { grouping: Grouping::Groups(0), ..good },
        TifuParams { basket_decay: 0.0, ..good },
        TifuParams { group_decay: 1.5, ..good },
        TifuParams { neighbours: 0, ..good },
        TifuParams { alpha: f32::NAN, ..good },
    ];
    for params in bad {
        assert!(TifuKnn::fit(std::iter::empty(), 3, params).is_err(), "{params:?}");
    }
    let outside = weekly(&[&[3]]);
    assert!(TifuKnn::fit(std::iter::once((0, outside.view())), 3, good).is_err());
}

proptest! {
    /// The inverted index finds what dense vectors find.
    #[test]
    fn neighbours_agree_with_a_dense_search(
        customers in proptest::collection::vec(
            proptest::collection::vec(proptest::collection::btree_set(0_u32..12, 1..5), 1..6), 2..12),
    ) {
        let histories: Vec<OwnHistory> = customers
            .iter()
            .map(|baskets| {
                let baskets: Vec<Vec<Item>> = baskets.iter().map(|b| b.iter().copied().collect()).collect();
                weekly(&baskets.iter().map(Vec::as_slice).collect::<Vec<_>>())
            })
            .collect();
        let model = fit(&histories, TifuParams { neighbours: 20, ..params(Grouping::Baskets(2)) });
        let dense: Vec<[f32; 12]> = histories
            .iter()
            .map(|history| {
                let mut row = [0.0; 12];
                for (basket, weight) in history.view().baskets().zip(model.params.weights(history.view().len())) {
                    basket.iter().for_each(|item| row[*item as usize] += weight);
                }
                row
            })
            .collect();
        for (customer, history) in histories.iter().enumerate() {
            let found = model.neighbours(&model.vector(history.view()), Some(customer));
            prop_assert_eq!(found.len(), histories.len() - 1);
            prop_assert!(found.windows(2).all(|pair| pair[0].1 >= pair[1].1));
            for (row, similarity) in found {
                let distance: f32 =
                    dense[customer].iter().zip(&dense[row as usize]).map(|(a, b)| (a - b) * (a - b)).sum();
                // Squares cancel, so distances near 0 are known to about the root of f32's precision.
                prop_assert!((similarity - 1.0 / (1.0 + distance.sqrt())).abs() < 2e-3);
            }
        }
    }
}
