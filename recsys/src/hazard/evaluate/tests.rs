use super::*;
use crate::hazard::{
    renewal::Renewal,
    synthetic::{Shop, shop},
    tempo::Family,
};

const PARAMS: HazardParams = HazardParams { fit_customers: 5_000, targets: 4, seed: 20_170 };

fn gaps(customers: usize) -> GapTable {
    shop(&Shop { customers, family: Family::LogNormal, shape: 1.5, seed: 31 }).gaps
}

#[test]
fn hazards_are_calibrated_and_beat_population_and_mean_gap() {
    let found = evaluate(&gaps(5_000), &PARAMS, &[7, 14, 28]).unwrap();
    assert_eq!(found.customers, 5_000);
    for score in found.horizons {
        let brier = score.brier;
        let best = brier.population.min(brier.mean_gap_step).min(brier.mean_gap_geometric);
        assert!(brier.model < best, "{brier:?}");
        assert!(score.ece <= 0.03, "{} days: {}", score.horizon_days, score.ece);
        assert_eq!(score.bins.iter().map(|bin| bin.customers).sum::<u64>(), 5_000);
    }
}

#[test]
fn when_last_gaps_are_shuffled_among_customers_knowing_the_customer_does_not_help() {
    let gaps = gaps(4_000);
    let (history, n) = (gaps.without_last(), gaps.len());
    let mut shuffled = GapTable::new();
    for at in 0..n {
        // Everybody gets the last gap of somebody else.
        let last = gaps.customer((at + n / 2) % n).last().copied();
        let gaps: Vec<u8> = history.customer(at).iter().copied().chain(last).collect();
        shuffled.push(&gaps).unwrap();
    }
    for score in evaluate(&shuffled, &PARAMS, &[7, 14]).unwrap().horizons {
        assert!(score.brier.model > score.brier.population, "{:?}", score.brier);
    }
}

#[test]
fn the_last_gap_is_in_nothing_that_tells_it() {
    let gaps = gaps(300);
    let mut changed = GapTable::new();
    for at in 0..gaps.len() {
        let mut own = gaps.customer(at).to_vec();
        if let Some(last) = own.last_mut() {
            *last = 30 - *last;
        }
        changed.push(&own).unwrap();
    }
    let predicted = |gaps: &GapTable| -> Vec<f64> {
        let found = evaluate(gaps, &PARAMS, &[7]).unwrap();
        found.horizons[0].bins.iter().map(|bin| bin.predicted).collect()
    };
    assert_eq!(predicted(&gaps), predicted(&changed));
}

#[test]
fn calibration_by_hand() {
    let pairs = [(0.9, true), (0.1, false), (0.2, true), (0.8, true)];
    let bins = calibration(&pairs, 2);
    // (0.1, 0.2): predicted 0.15, observed 0.5; (0.8, 0.9): predicted 0.85, observed 1.
    assert!((bins[0].predicted - 0.15).abs() < 1e-12 && bins[0].observed == 0.5);
    assert!((expected_calibration_error(&bins) - 0.25).abs() < 1e-12);
    assert_eq!(calibration(&pairs, 20).len(), 4, "empty bins are left out");
    assert!(calibration(&[], 5).is_empty() && expected_calibration_error(&[]) == 0.0);
    assert_eq!([0, 9, 10, 100, 1_590, 10_000].map(bin_count), [1, 1, 2, 2, 7, 20]);
}

#[test]
fn the_population_hazard_by_hand() {
    let mut gaps = GapTable::new();
    gaps.push(&[1, 1, 3, 30]).unwrap();
    let days = population_hazard(&gaps);
    assert_eq!(days.len(), 30);
    assert_eq!((days[0].at_risk, days[0].events, days[1].hazard), (4, 0, 0.5));
    assert_eq!((days[3].at_risk, days[3].events, days[29].at_risk), (2, 1, 1));
}

#[test]
fn the_outlook_is_a_chance_and_grows_with_the_horizon() {
    let gaps = gaps(1_000);
    let model = HazardModel::fit(&gaps, &PARAMS).unwrap();
    let renewal = Renewal::new(model.tempo(), 60);
    for history in [&[][..], &[3, 3, 4], &[30, 30], &[7, 14, 7, 30]] {
        let next = model.next_order(history);
        let outlooks: Vec<_> = [0, 7, 14, 28, 29, 30, 60].map(|h| renewal.within(&next, h)).to_vec();
        for pair in outlooks.windows(2) {
            assert!(pair[1].no_order <= pair[0].no_order && pair[1].orders >= pair[0].orders, "{outlooks:?}");
        }
        assert!(outlooks.iter().all(|o| (0.0..=1.0).contains(&o.no_order)), "{outlooks:?}");
        // At least one order is expected as often as any comes.
        assert!(outlooks.iter().all(|o| o.orders >= 1.0 - o.no_order - 1e-9), "{outlooks:?}");
        assert!((next.no_order_within(28) - outlooks[3].no_order).abs() < 1e-9);
    }
}

#[test]
fn expected_orders_match_what_customers_of_one_tempo_do() {
    // Everybody orders every 7 days: four orders within 28 days, none left out.
    let mut gaps = GapTable::new();
    (0..200).for_each(|_| gaps.push(&[7; 12]).unwrap());
    let model = HazardModel::fit(&gaps, &PARAMS).unwrap();
    let outlook = Renewal::new(model.tempo(), 28).within(&model.next_order(&[7; 12]), 28);
    assert!((3.0..=5.0).contains(&outlook.orders) && outlook.no_order < 0.05, "{outlook:?}");
}

#[test]
fn horizons_and_parameters_out_of_range_are_refused() {
    let message = evaluate(&gaps(20), &PARAMS, &[30]).unwrap_err().to_string();
    assert!(message.contains("30") && message.contains("0 to 29"), "{message}");
    assert!(HazardModel::fit(&GapTable::new(), &PARAMS).is_err());
    let none = HazardParams { targets: 0, ..PARAMS };
    assert!(HazardModel::fit(&gaps(20), &none).unwrap_err().to_string().contains("targets is 0"));
}

#[test]
fn the_model_is_the_same_on_any_number_of_threads() {
    let gaps = gaps(1_200);
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| evaluate(&gaps, &PARAMS, &[7, 28])).unwrap()
    };
    assert_eq!(run(1), run(4));
}
