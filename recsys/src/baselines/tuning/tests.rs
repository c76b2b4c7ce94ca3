use super::*;

const SPACE: [Dimension; 3] = [
    Dimension { name: "a", values: &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0] },
    Dimension { name: "b", values: &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0] },
    Dimension { name: "c", values: &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0] },
];

/// Highest at (7, 2, 5).
fn hill(values: &[f64]) -> f64 {
    -((values[0] - 7.0).powi(2) + (values[1] - 2.0).powi(2) + (values[2] - 5.0).powi(2))
}

#[test]
fn no_configuration_is_tried_twice_and_the_budget_is_kept() {
    let mut seen = BTreeSet::new();
    let found = search(&SPACE, &[&[0, 0, 0]], 60, 3, |values| {
        assert!(seen.insert(values.iter().map(|v| *v as i32).collect::<Vec<_>>()));
        Ok(hill(values))
    });
    assert_eq!(found.unwrap().tried, 60);
    assert!(seen.contains(&vec![0, 0, 0]), "the start is tried");
}

#[test]
fn the_best_of_all_tried_is_returned_and_comes_close_to_the_top() {
    for seed in 0..5 {
        let mut highest = f64::NEG_INFINITY;
        let found = search(&SPACE, &[&[0, 0, 0]], 60, seed, |values| {
            highest = highest.max(hill(values));
            Ok(hill(values))
        })
        .unwrap();
        assert_eq!((found.score, hill(&found.values)), (highest, highest));
        assert!(found.score >= -3.0, "seed {seed} ends at {:?}", found.values);
    }
}

#[test]
fn a_small_grid_is_tried_completely() {
    let space = [Dimension { name: "a", values: &[1.0, 2.0, 3.0] }, Dimension { name: "b", values: &[5.0] }];
    let found = search(&space, &[&[0, 0], &[0, 0]], 60, 1, |values| Ok(values[0])).unwrap();
    assert_eq!((found.tried, found.named(&space)["a"], found.named(&space)["b"]), (3, 3.0, 5.0));
}

#[test]
fn bad_searches_are_refused_and_errors_come_through() {
    assert!(search(&SPACE, &[&[0, 0, 0]], 0, 1, |_| Ok(0.0)).is_err());
    assert!(search(&SPACE, &[&[0, 0]], 5, 1, |_| Ok(0.0)).is_err());
    assert!(search(&SPACE, &[&[0, 0, 10]], 5, 1, |_| Ok(0.0)).is_err());
    let error = RecsysError::NoData { what: "rows" };
    assert_eq!(search(&SPACE, &[&[0, 0, 0]], 5, 1, |_| Err(error.clone())), Err(error.clone()));
}

#[test]
fn starts_come_first_and_none_is_needed() {
    let mut seen = Vec::new();
    let mut record = |values: &[f64]| {
        seen.push(values.to_vec());
        Ok(0.0)
    };
    search(&SPACE, &[&[1, 2, 3], &[9, 9, 9]], 5, 1, &mut record).unwrap();
    search(&SPACE, &[], 5, 1, &mut record).unwrap();
    assert_eq!((&seen[0], &seen[1], seen.len()), (&vec![1.0, 2.0, 3.0], &vec![9.0, 9.0, 9.0], 10));
}
