use super::*;
use crate::hazard::synthetic::{Made, Shop, shop};
use crate::hazard::tempo::{Family, MAX_GAP_DAYS};

const PARAMS: TailParams = TailParams { draws: 5, fit_customers: 3_000, seed: 20_170 };

fn made(family: Family, shape: f64) -> Made {
    shop(&Shop { customers: 3_000, family, shape, seed: 21 })
}

/// Imputed mean over true mean of the tail, and the share of true gaps within their 90 % interval.
fn measure(made: &Made) -> (f64, f64) {
    let imputer = TailImputer::fit(&made.gaps, &PARAMS).unwrap();
    let (mut drawn, mut truth, mut held, mut gaps) = (0.0, 0.0, 0.0, 0.0);
    for (at, days) in made.truth.iter().enumerate().filter(|(_, days)| !days.is_empty()) {
        let draws = imputer.draw(at as u32, made.gaps.customer(at));
        let limits = imputer.predict(made.gaps.customer(at), &[0.05, 0.95]).1;
        for (imputed, days) in draws.gap_days.iter().zip(days) {
            drawn += imputed.iter().map(|days| f64::from(*days)).sum::<f64>() / imputed.len() as f64;
            truth += days;
            gaps += 1.0;
            held += f64::from((f64::from(limits[0])..=f64::from(limits[1])).contains(days));
        }
    }
    (drawn / truth, held / gaps)
}

#[test]
fn where_the_family_is_right_tail_and_coverage_are() {
    let (ratio, coverage) = measure(&made(Family::Weibull, 1.3));
    println!("Weibull: ratio {ratio:.3}, coverage {coverage:.3}");
    assert!((0.93..=1.07).contains(&ratio) && (0.87..=0.95).contains(&coverage), "{ratio} {coverage}");
}

#[test]
fn a_heavier_tail_behind_the_thirties_is_underestimated_and_a_lighter_one_overestimated() {
    let mut made = made(Family::Weibull, 1.3);
    let stretch = |made: &mut Made, by: f64| {
        made.truth.iter_mut().flatten().for_each(|days| *days = 30.0 + by * (*days - 30.0));
    };
    stretch(&mut made, 2.0);
    let (heavier, _) = measure(&made);
    stretch(&mut made, 0.25);
    let (lighter, _) = measure(&made);
    assert!(heavier < 0.9 && lighter > 1.05, "heavier {heavier}, lighter {lighter}");
}

#[test]
fn an_imputed_censored_gap_is_thirty_days_or_more_whatever_the_shop() {
    for (family, shape) in [(Family::Weibull, 3.0), (Family::LogNormal, 0.8), (Family::LogLogistic, 1.0)] {
        let made = shop(&Shop { customers: 200, family, shape, seed: 8 });
        let imputer = TailImputer::fit(&made.gaps, &PARAMS).unwrap();
        for at in 0..made.gaps.len() {
            let gaps = made.gaps.customer(at);
            let draws = imputer.draw(at as u32, gaps);
            assert_eq!(draws.gap_days.len(), gaps.iter().filter(|gap| **gap == CENSORED_AT).count());
            let days = draws.gap_days.iter().flatten();
            assert!(days.clone().all(|days| (30..=MAX_GAP_DAYS as u16).contains(days)));
        }
    }
}

#[test]
fn what_was_seen_is_kept_and_only_the_thirties_are_drawn() {
    let made = made(Family::Weibull, 1.2);
    let imputer = TailImputer::fit(&made.gaps, &PARAMS).unwrap();
    let pooled = imputer.draw(1, &[4, 8, 12]).mean.unwrap();
    // No censored gap: the plain mean, its sampling variance 16 / 3, nothing between the draws.
    assert_eq!((pooled.estimate, pooled.between_variance), (8.0, 0.0));
    assert!((pooled.standard_error - (16.0_f64 / 3.0).sqrt()).abs() < 1e-12);
    let draws = imputer.draw(1, &[4, 30, 12]);
    let by_hand: f64 = draws.gap_days[0].iter().map(|days| (16.0 + f64::from(*days)) / 3.0).sum();
    let pooled = draws.mean.unwrap();
    assert!((pooled.estimate - by_hand / 5.0).abs() < 1e-12 && pooled.between_variance > 0.0);
    assert_eq!(imputer.draw(1, &[]).mean, None);
}

#[test]
fn draws_differ_between_customers_and_repeat_for_the_same() {
    let made = made(Family::Weibull, 1.2);
    let imputer = TailImputer::fit(&made.gaps, &PARAMS).unwrap();
    let again = TailImputer::fit(&made.gaps, &PARAMS).unwrap();
    let gaps = [30; 6];
    assert_eq!(imputer.draw(7, &gaps), again.draw(7, &gaps));
    assert_ne!(imputer.draw(7, &gaps), imputer.draw(8, &gaps));
    let distinct = imputer.draw(7, &gaps).gap_days.concat();
    assert!(distinct.iter().any(|days| *days != distinct[0]));
}

#[test]
fn slower_customers_get_longer_tails() {
    let made = made(Family::Weibull, 1.2);
    let imputer = TailImputer::fit(&made.gaps, &PARAMS).unwrap();
    let mean = |gaps: &[u8]| imputer.predict(gaps, &[]).0;
    assert!(mean(&[3, 4, 5, 3, 30]) < mean(&[20, 25, 30]) && mean(&[20, 25, 30]) < mean(&[30, 30, 30]));
    let (mean, quantiles) = imputer.predict(&[20, 30], &[0.05, 0.5, 0.95]);
    assert!(quantiles.is_sorted() && mean > 30.0 && quantiles[0] >= 30, "{quantiles:?}");
}

#[test]
fn parameters_out_of_range_and_a_shop_without_gaps_are_refused() {
    let made = shop(&Shop { customers: 3, family: Family::Weibull, shape: 1.0, seed: 1 });
    let none = TailParams { draws: 0, ..PARAMS };
    assert!(TailImputer::fit(&made.gaps, &none).unwrap_err().to_string().contains("draws is 0"));
    assert!(TailImputer::fit(&GapTable::new(), &PARAMS).is_err());
}
