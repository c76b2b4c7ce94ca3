use super::*;

fn rows(values: &[f64]) -> Vec<Row> {
    values.iter().map(|value| [*value; ROW_WIDTH]).collect()
}

#[test]
fn the_interval_of_a_mean_has_the_width_of_its_standard_error() {
    // 400 values 0 and 1 with mean 0.5: standard error 0.5 / 20, so 95 % are ±0.049.
    let values: Vec<f64> = (0..400).map(|i| f64::from(i % 2)).collect();
    let columns = Bootstrap::new(1_000, 5).unwrap().means(&rows(&values));
    let Estimate { value, low, high, n } = columns[0].estimate();
    assert_eq!((value, n), (Some(0.5), 400));
    assert!((low.unwrap() - 0.451).abs() < 0.006, "{low:?}");
    assert!((high.unwrap() - 0.549).abs() < 0.006, "{high:?}");
}

#[test]
fn means_are_over_the_customers_who_have_the_figure() {
    let repeat = Metric::MEANS.iter().position(|m| *m == Metric::RepeatRecallAt10).unwrap();
    let mut some = rows(&[0.5, 1.0]);
    // A third customer has nothing to repeat, but may explore.
    let mut third = [0.0; ROW_WIDTH];
    third[ROW_WIDTH - 1] = 1.0;
    some.push(third);
    // The flags of the first two are their values; both must be 1.
    some[0][ROW_WIDTH - 2] = 1.0;
    let columns = Bootstrap::new(200, 5).unwrap().means(&some);
    let estimate = columns[repeat].estimate();
    assert_eq!((estimate.value, estimate.n), (Some(0.75), 2));
    assert_eq!(columns[0].estimate().value, Some(0.5));
}

#[test]
fn nobody_gives_nulls_and_not_nan() {
    let bootstrap = Bootstrap::new(50, 1).unwrap();
    for column in bootstrap.means(&[]) {
        assert_eq!(column.estimate(), Estimate::default());
    }
    assert_eq!(bootstrap.coverage(&[], 10), Estimate::default());
    let json = serde_json::to_string(&Estimate::default()).unwrap();
    assert_eq!(json, r#"{"value":null,"low":null,"high":null,"n":0}"#);
}

#[test]
fn coverage_counts_each_product_once_and_lies_in_its_interval() {
    let lists: Vec<Vec<Item>> = (0..60).map(|customer| vec![customer % 30, 64 + customer % 3]).collect();
    let shown: Vec<&[Item]> = lists.iter().map(Vec::as_slice).collect();
    let estimate = Bootstrap::new(300, 2).unwrap().coverage(&shown, 100);
    assert_eq!(estimate.value, Some(0.33));
    let (low, high) = (estimate.low.unwrap(), estimate.high.unwrap());
    assert!(low < 0.33 && 0.33 < high && low > 0.25 && high < 0.41, "{low} to {high}");
}

#[test]
fn a_paired_difference_is_narrower_than_two_apart() {
    // Ours is theirs and a tenth, customer by customer: the relative difference is 0.1 in every draw.
    let theirs: Vec<f64> = (0..300).map(|i| f64::from(i % 7) / 10.0).collect();
    let ours: Vec<f64> = theirs.iter().map(|value| value * 1.1).collect();
    let bootstrap = Bootstrap::new(200, 9).unwrap();
    let (ours, theirs) = (bootstrap.means(&rows(&ours)), bootstrap.means(&rows(&theirs)));
    let ratio = Column::ratio(&ours[0], &theirs[0]);
    for edge in [ratio.value, ratio.low, ratio.high] {
        assert!((edge.unwrap() - 0.1).abs() < 1e-9);
    }
    let zero = bootstrap.means(&rows(&[0.0; 300]));
    assert_eq!(Column::ratio(&ours[0], &zero[0]).value, None);
}

#[test]
fn quantiles_are_linear_between_neighbours() {
    let sorted: Vec<f64> = (0..=40).map(f64::from).collect();
    assert_eq!(quantile(&sorted, LOW), Some(1.0));
    assert_eq!(quantile(&sorted, HIGH), Some(39.0));
    assert_eq!(quantile(&[2.0, 4.0], 0.25), Some(2.5));
    assert_eq!(quantile(&[], 0.5), None);
}

#[test]
fn draws_come_from_the_seed() {
    let counts = Bootstrap::new(2, 4).unwrap().counts(100, 1);
    assert_eq!(counts.iter().map(|c| usize::from(*c)).sum::<usize>(), 100);
    assert_eq!(counts, Bootstrap::new(2, 4).unwrap().counts(100, 1));
    assert_ne!(counts, Bootstrap::new(2, 4).unwrap().counts(100, 0));
    assert_ne!(counts, Bootstrap::new(2, 5).unwrap().counts(100, 1));
    assert!(Bootstrap::new(0, 1).is_err());
}
