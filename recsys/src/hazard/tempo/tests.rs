use super::*;
use crate::hazard::{
    families::{best_family, compare_families},
    synthetic::{Shop, shop},
};

#[test]
fn the_shape_of_simulated_gaps_is_found_again() {
    for shape in [0.9, 1.3, 1.8] {
        let gaps = shop(&Shop { customers: 3_000, family: Family::Weibull, shape, seed: 4 }).gaps;
        let fit = TempoMixture::fit(&gaps, None, Family::Weibull).unwrap();
        assert!((fit.shape() - shape).abs() < 0.08 * shape, "{} for {shape}", fit.shape());
        // The simulation has no wave.
        assert!(fit.wave_of_the_week().iter().all(|factor| (factor - 1.0).abs() < 0.1), "{:?}", fit.wave);
    }
}

#[test]
fn the_family_behind_simulated_gaps_is_chosen() {
    for family in [Family::Weibull, Family::LogNormal] {
        let gaps = shop(&Shop { customers: 4_000, family, shape: 1.4, seed: 9 }).gaps;
        let compared = compare_families(&gaps, 1).unwrap();
        assert_eq!(best_family(&compared), family, "{compared:?}");
    }
    assert_eq!(best_family(&[]), Family::Weibull);
}

#[test]
fn chances_sum_to_one_and_tails_start_at_thirty() {
    let gaps = shop(&Shop { customers: 300, family: Family::LogNormal, shape: 1.2, seed: 5 }).gaps;
    for family in Family::ALL {
        let fit = TempoMixture::fit(&gaps, None, family).unwrap();
        assert!((fit.weights().iter().sum::<f64>() - 1.0).abs() < 1e-9);
        for tempo in 0..TEMPOS {
            let chances = fit.gap_of(tempo);
            assert_eq!(chances.len(), MAX_GAP_DAYS + 1);
            assert!(
                (chances.iter().sum::<f64>() - 1.0).abs() < 1e-6
                    && chances.iter().all(|chance| *chance >= 0.0)
            );
            let tail = fit.tail_of(tempo);
            assert!(tail.windows(2).all(|pair| pair[0] <= pair[1]) && tail.last() == Some(&1.0));
        }
        let (posterior, _) = fit.posterior(&[]);
        assert!((fit.next_gap(&posterior).iter().sum::<f64>() - 1.0).abs() < 1e-6);
    }
}

#[test]
fn who_waited_longer_is_slower() {
    let gaps = shop(&Shop { customers: 500, family: Family::Weibull, shape: 1.3, seed: 6 }).gaps;
    let fit = TempoMixture::fit(&gaps, None, Family::Weibull).unwrap();
    let slowness = |gaps: &[u8]| TempoMixture::mean_log_scale(&fit.posterior(gaps).0);
    let order = [&[3, 4, 3][..], &[7, 7, 7], &[7, 14, 20], &[20, 30], &[30, 30, 30]];
    assert!(order.windows(2).all(|pair| slowness(pair[0]) < slowness(pair[1])));
}

#[test]
fn the_fit_is_the_same_on_any_number_of_threads() {
    let gaps = shop(&Shop { customers: 1_500, family: Family::Weibull, shape: 1.1, seed: 7 }).gaps;
    let fit = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| TempoMixture::fit(&gaps, None, Family::LogNormal)).unwrap()
    };
    assert_eq!(fit(1), fit(4));
}

#[test]
fn extreme_shops_are_fitted_too() {
    for gaps in [&[30, 30, 30][..], &[0, 0], &[29], &[30]] {
        let mut table = GapTable::new();
        table.push(gaps).unwrap();
        for family in Family::ALL {
            let fit = TempoMixture::fit(&table, None, family).unwrap();
            let (posterior, log_likelihood) = fit.posterior(gaps);
            assert!(
                log_likelihood.is_finite() && posterior.iter().all(|chance| chance.is_finite()),
                "{gaps:?}"
            );
            assert!(fit.mixed_tail(&posterior).iter().all(|upto| upto.is_finite()), "{gaps:?}");
        }
    }
}

#[test]
fn no_gaps_and_weights_of_another_length_are_refused() {
    let mut table = GapTable::new();
    table.push(&[]).unwrap();
    assert!(TempoMixture::fit(&table, None, Family::Weibull).unwrap_err().to_string().contains("no gaps"));
    table.push(&[3]).unwrap();
    let message = TempoMixture::fit(&table, Some(&[1.0]), Family::Weibull).unwrap_err().to_string();
    assert!(message.contains("length 1") && message.contains('2'), "{message}");
}

#[test]
fn the_normal_tail_meets_the_printed_table() {
    // P(Z > z): Abramowitz and Stegun, table 26.1; at 5: 2.866516e-7.
    for (z, want) in
        [(0.0, 0.5), (1.0, 0.158_655_3), (-1.96, 0.975_002_1), (3.0, 1.349_898e-3), (5.0, 2.866_516e-7)]
    {
        let found = log_normal_tail(z).exp();
        assert!((found / want - 1.0).abs() < 2e-3, "{z}: {found}");
    }
}
