use proptest::prelude::*;

use super::*;

/// 1, 0, 1 violate: 0.2 and 0.4 pool to a half; 0.6 stays at 1.
#[test]
fn violators_are_pooled() {
    let fit = IsotonicFit::fit(&[0.1, 0.2, 0.4, 0.6], &[false, true, false, true]).unwrap();
    for (score, expected) in [
        (0.0, 0.0),
        (0.1, 0.0),
        (0.15, 0.25),
        (0.2, 0.5),
        (0.3, 0.5),
        (0.4, 0.5),
        (0.5, 0.75),
        (0.6, 1.0),
        (9.0, 1.0),
    ] {
        assert!((fit.predict(score) - expected).abs() < 1e-12, "{score} gives {}", fit.predict(score));
    }
}

#[test]
fn equal_scores_count_together() {
    let fit = IsotonicFit::fit(&[0.5, 0.5, 0.5, 0.5], &[true, false, false, false]).unwrap();
    assert_eq!([fit.predict(0.0), fit.predict(0.5), fit.predict(1.0)], [0.25; 3]);
}

#[test]
fn odd_scores_get_the_nearest_known_probability() {
    let fit = IsotonicFit::fit(&[0.0, 1.0], &[false, true]).unwrap();
    assert_eq!(
        [fit.predict(f64::NEG_INFINITY), fit.predict(f64::INFINITY), fit.predict(f64::NAN)],
        [0.0, 1.0, 0.0]
    );
}

/// (0.2 − 0)² + (0.6 − 1)² + (1 − 1)² over three.
#[test]
fn brier_agrees_with_a_hand_worked_number() {
    let brier = brier_score(&[0.2, 0.6, 1.0], &[false, true, true]).unwrap();
    assert!((brier - 0.2 / 3.0).abs() < 1e-12);
}

/// Two bins: 0.1 and 0.3 with nothing happening are 0.2 off, 0.6 and 0.8 with one are 0.2 off.
#[test]
fn calibration_error_agrees_with_a_hand_worked_number() {
    let table = reliability(&[0.8, 0.1, 0.6, 0.3], &[true, false, false, false], 2).unwrap();
    assert_eq!(table.iter().map(|bin| (bin.count, bin.observed)).collect::<Vec<_>>(), [(2, 0.0), (2, 0.5)]);
    assert_eq!((table[1].from, table[1].to), (0.6, 0.8));
    assert!((expected_calibration_error(&table).unwrap() - 0.2).abs() < 1e-12);
    assert_eq!(expected_calibration_error(&[]), None);
}

#[test]
fn equal_predictions_stay_in_one_bin_whatever_their_order() {
    let happened: Vec<bool> = (0..100).map(|i| i < 30).collect();
    let table = reliability(&[0.3; 100], &happened, 20).unwrap();
    assert_eq!(table.len(), 1);
    assert!(expected_calibration_error(&table).unwrap() < 1e-12);
}

#[test]
fn bad_input_is_refused() {
    assert_eq!(brier_score(&[], &[]), Err(RecsysError::NoData { what: "predictions" }));
    assert!(matches!(brier_score(&[0.1], &[]), Err(RecsysError::Shape { found: 0, expected: 1, .. })));
    assert!(matches!(
        IsotonicFit::fit(&[f64::NAN], &[true]),
        Err(RecsysError::NotFinite { position: 0, .. })
    ));
    assert!(reliability(&[0.1], &[true], 0).is_err());
}

/// The isotonic value at i is the largest over starts of the smallest over ends of the mean of the rows between
/// (the min-max formula of Barlow et al. 1972).
fn min_max(happened: &[bool]) -> Vec<f64> {
    let mean = |rows: &[bool]| rows.iter().filter(|h| **h).count() as f64 / rows.len() as f64;
    let smallest = |start: usize, i: usize| {
        (i + 1..=happened.len()).map(|end| mean(&happened[start..end])).fold(f64::INFINITY, f64::min)
    };
    (0..happened.len()).map(|i| (0..=i).map(|start| smallest(start, i)).fold(0.0, f64::max)).collect()
}

proptest! {
    #[test]
    fn the_fit_is_the_least_squares_rising_curve(happened in proptest::collection::vec(any::<bool>(), 1..30)) {
        let scores: Vec<f64> = (0..happened.len()).map(|i| i as f64).collect();
        let fit = IsotonicFit::fit(&scores, &happened).unwrap();
        for (score, expected) in scores.iter().zip(min_max(&happened)) {
            prop_assert!((fit.predict(*score) - expected).abs() < 1e-9);
        }
    }

    #[test]
    fn predictions_rise_and_stay_probabilities(
        rows in proptest::collection::vec((-5.0_f64..5.0, any::<bool>()), 1..60),
        queries in proptest::collection::vec(-6.0_f64..6.0, 2..20),
    ) {
        let (scores, happened): (Vec<f64>, Vec<bool>) = rows.into_iter().unzip();
        let fit = IsotonicFit::fit(&scores, &happened).unwrap();
        let mut queries = queries;
        queries.sort_by(f64::total_cmp);
        let found: Vec<f64> = queries.iter().map(|query| fit.predict(*query)).collect();
        prop_assert!(found.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12));
        prop_assert!(found.iter().all(|p| (0.0..=1.0).contains(p)));
    }

    #[test]
    fn bins_hold_every_row_once(
        rows in proptest::collection::vec((0_u8..30, any::<bool>()), 1..200),
        bins in 1_usize..25,
    ) {
        let probabilities: Vec<f64> = rows.iter().map(|row| f64::from(row.0) / 30.0).collect();
        let happened: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let table = reliability(&probabilities, &happened, bins).unwrap();
        prop_assert_eq!(table.iter().map(|bin| bin.count).sum::<usize>(), rows.len());
        prop_assert!(table.len() <= bins);
        prop_assert!(table.windows(2).all(|pair| pair[0].to < pair[1].from));
        let error = expected_calibration_error(&table).unwrap();
        prop_assert!((0.0..=1.0).contains(&error));
    }
}
