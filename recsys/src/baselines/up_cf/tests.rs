use super::*;
use crate::{baselines::tests::weekly, history::OwnHistory};

fn fit(pool: &[OwnHistory], params: UpCfParams) -> UpCf {
    let pool = pool.iter().enumerate().map(|(customer, history)| (customer, history.view()));
    UpCf::fit(pool, 12, params).unwrap()
}

const PARAMS: UpCfParams = UpCfParams { window: 2, alpha: 0.25, locality: 2.0, neighbours: 10 };

/// Customer 0 bought 1 and 2 in the last two baskets (9 is older), customer 1 bought 2 and 3, customer 2 bought 4.
#[test]
fn scores_agree_with_hand_worked_numbers() {
    let pool = vec![weekly(&[&[9], &[1], &[1, 2]]), weekly(&[&[2, 3, 5, 6]]), weekly(&[&[4]])];
    let model = fit(&pool, PARAMS);
    let own = model.vector(pool[0].view());
    assert_eq!(own, [(1, 1.0), (2, 0.5)]);
    // |{2}| / (2^0.25 · 4^0.75) = 0.297302
    let similar = model.neighbours(&own, Some(0));
    assert_eq!(similar.len(), 1);
    assert_eq!(similar[0].0, 1);
    assert!((similar[0].1 - 0.297_302).abs() < 1e-6, "{}", similar[0].1);
    // Own share · 1 + neighbour's share · 0.297302², which is 0.088388.
    let mut scores: Vec<(Item, f32)> =
        model.candidates(0, pool[0].view()).iter().map(|c| (c.item, c.score)).collect();
    scores.sort_by_key(|score| score.0);
    let expected = [(1, 1.0), (2, 0.588_388), (3, 0.088_388), (5, 0.088_388), (6, 0.088_388)];
    assert_eq!(scores.len(), expected.len());
    for (found, expected) in scores.iter().zip(expected) {
        assert!(found.0 == expected.0 && (found.1 - expected.1).abs() < 1e-5, "{found:?}, {expected:?}");
    }
}

#[test]
fn a_large_locality_leaves_the_own_history_and_stays_finite() {
    // A similarity of 0.5 to the power of 1,000 is nothing in f32.
    let pool = vec![weekly(&[&[1, 2]]), weekly(&[&[1, 3]])];
    let model = fit(&pool, UpCfParams { locality: 1_000.0, ..PARAMS });
    let candidates = model.candidates(0, pool[0].view());
    assert!(candidates.iter().all(|candidate| candidate.score.is_finite()));
    assert_eq!(candidates.iter().map(|candidate| candidate.item).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn parameters_out_of_range_are_refused() {
    let bad = [
        UpCfParams { window: 0, ..PARAMS },
        UpCfParams { alpha: -0.1, ..PARAMS },
        UpCfParams { locality: f32::INFINITY, ..PARAMS },
        UpCfParams { neighbours: 0, ..PARAMS },
    ];
    for params in bad {
        assert!(UpCf::fit(std::iter::empty(), 3, params).is_err(), "{params:?}");
    }
}
