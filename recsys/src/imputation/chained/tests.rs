use super::*;
use crate::imputation::rubin::pool;

const PARAMS: ChainedParams = ChainedParams { draws: 5, sweeps: 5, donors: 5, seed: 3 };

/// Orders with a usual gap of their customer (complete), a size and a gap; the true mean gap is 10.
struct Orders {
    usual: Vec<Option<f64>>,
    sizes: Vec<Option<f64>>,
    gaps: Vec<Option<f64>>,
}

fn orders(count: usize, random: &mut ChaCha8Rng) -> Orders {
    let (mut usual, mut sizes, mut gaps) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..count {
        let level = 10.0 + 3.0 * standard_normal(random);
        let gap = (level + 3.0 * standard_normal(random)).round();
        let size = 5.0 + 0.5 * gap + 2.0 * standard_normal(random);
        usual.push(Some(level));
        sizes.push(Some(size));
        gaps.push(Some(gap));
    }
    Orders { usual, sizes, gaps }
}

/// Takes values away at random given what stays: long usual gaps lose their gap, a few sizes go by chance.
fn lose(orders: &mut Orders, random: &mut ChaCha8Rng) {
    for row in 0..orders.gaps.len() {
        let level = orders.usual[row].unwrap_or(0.0);
        if random.random::<f64>() < 1.0 / (1.0 + (-(level - 12.0) / 2.0).exp()) {
            orders.gaps[row] = None;
        } else if random.random::<f64>() < 0.1 {
            orders.sizes[row] = None;
        }
    }
}

/// Mean and its sampling variance.
fn mean(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let values: Vec<f64> = values.collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0) / n)
}

#[test]
fn pooled_means_are_unbiased_and_their_intervals_hold_where_complete_cases_fail() {
    let mut random = ChaCha8Rng::seed_from_u64(20_170);
    let repeats: u32 = 200;
    let (mut imputed_off, mut complete_off, mut held) = (0.0, 0.0, 0);
    for repeat in 0..repeats {
        let mut orders = orders(400, &mut random);
        lose(&mut orders, &mut random);
        let columns = [orders.usual, orders.sizes, orders.gaps];
        let params = ChainedParams { seed: u64::from(repeat), ..PARAMS };
        let imputed = impute_chained(&columns, &params).unwrap();
        let completed = (0..params.draws).map(|draw| {
            let drawn = imputed.iter().filter(|hole| hole.column == 2).map(|hole| hole.values[draw]);
            mean(columns[2].iter().copied().flatten().chain(drawn))
        });
        let pooled = pool(&completed.collect::<Vec<_>>()).unwrap();
        imputed_off += (pooled.estimate - 10.0) / f64::from(repeats);
        complete_off += (mean(columns[2].iter().copied().flatten()).0 - 10.0) / f64::from(repeats);
        held += u32::from((pooled.estimate - 10.0).abs() <= 1.96 * pooled.standard_error);
    }
    let coverage = f64::from(held) / f64::from(repeats);
    println!(
        "bias: imputed {imputed_off:.3}, complete cases {complete_off:.3}; 95 % intervals hold {coverage:.3}"
    );
    assert!(complete_off < -0.8, "complete cases: {complete_off}");
    assert!(imputed_off.abs() < 0.1, "imputed: {imputed_off}");
    assert!((0.90..=0.99).contains(&coverage), "{coverage}");
}

#[test]
fn every_hole_takes_an_observed_value_of_its_column() {
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let mut orders = orders(200, &mut random);
    lose(&mut orders, &mut random);
    let columns = [orders.usual, orders.sizes, orders.gaps];
    let imputed = impute_chained(&columns, &PARAMS).unwrap();
    assert_eq!(imputed.len(), columns.iter().flatten().filter(|value| value.is_none()).count());
    for hole in imputed {
        assert_eq!((columns[hole.column][hole.row], hole.values.len()), (None, 5));
        assert!(hole.values.iter().all(|value| columns[hole.column].contains(&Some(*value))));
    }
}

#[test]
fn the_draws_differ_and_repeat_with_the_seed() {
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let mut orders = orders(200, &mut random);
    lose(&mut orders, &mut random);
    let columns = [orders.usual, orders.sizes, orders.gaps];
    let imputed = impute_chained(&columns, &PARAMS).unwrap();
    assert!(imputed.iter().any(|hole| hole.values.iter().any(|value| *value != hole.values[0])));
    assert_eq!(imputed, impute_chained(&columns, &PARAMS).unwrap());
    let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
    assert_eq!(imputed, pool.install(|| impute_chained(&columns, &PARAMS)).unwrap());
}

#[test]
fn a_complete_table_has_nothing_to_impute_and_a_constant_column_does_no_harm() {
    let full = vec![Some(1.0), Some(2.0)];
    assert!(impute_chained(std::slice::from_ref(&full), &PARAMS).unwrap().is_empty());
    let imputed = impute_chained(&[vec![Some(4.0); 3], vec![Some(7.0), None, Some(7.0)]], &PARAMS).unwrap();
    assert_eq!(imputed[0].values, [7.0; 5]);
}

#[test]
fn tables_that_cannot_be_imputed_are_refused() {
    let check = |columns: &[Vec<Option<f64>>], want: &str| {
        let message = impute_chained(columns, &PARAMS).unwrap_err().to_string();
        assert!(message.contains(want), "{message}");
    };
    check(&[vec![None, None]], "observed values");
    check(&[vec![Some(1.0)], vec![None, Some(1.0)]], "length 2");
    check(&[vec![Some(f64::NAN), None]], "NaN");
    let none = ChainedParams { draws: 0, ..PARAMS };
    assert!(impute_chained(&[vec![Some(1.0)]], &none).unwrap_err().to_string().contains("draws is 0"));
}
