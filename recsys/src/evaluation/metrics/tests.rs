use proptest::prelude::*;

use super::*;
use crate::history::{Item, Moment, OwnHistory};

fn truth(target: &[Item], known: &[Item]) -> Truth {
    let mut history = OwnHistory::default();
    history.push(Moment { day: 0, gap_days: None, weekday: 0, hour: 0 }, known);
    Truth::new(target, history.view())
}

#[track_caller]
fn check(target: &[Item], list: &[Item], metric: Metric, expected: f64) {
    let lists = Lists { all: list.to_vec(), explore: Vec::new() };
    let found = value(&score(&truth(target, &[]), Some(&lists)), metric).unwrap();
    assert!((found - expected).abs() < 1e-9, "{metric:?} is {found}, expected {expected}");
}

/// The list has hits on ranks 1 and 3 of a target of three products.
#[test]
fn metrics_agree_with_hand_worked_numbers() {
    let (target, list) = (&[1, 2, 3], &[1, 90, 2, 91]);
    check(target, list, Metric::PrecisionAt10, 0.2);
    check(target, list, Metric::RecallAt10, 2.0 / 3.0);
    // (1/1 + 2/3) / min(3, 10)
    check(target, list, Metric::MapAt10, 5.0 / 9.0);
    // (1/log2 2 + 1/log2 4) / (1/log2 2 + 1/log2 3 + 1/log2 4) = 1.5 / 2.1309297535714578
    check(target, list, Metric::NdcgAt10, 1.5 / 2.130_929_753_571_457_8);
    check(target, list, Metric::NdcgAt10Full, 1.5 / 2.130_929_753_571_457_8);
    check(target, list, Metric::HitRateAt10, 1.0);
    check(target, &[90, 91], Metric::HitRateAt10, 0.0);
    check(target, &[90, 91], Metric::MapAt10, 0.0);
}

/// Twelve products to find, ten of them in the first ten places, the other two in places 11 and 12.
#[test]
fn a_target_longer_than_the_list_counts_in_full_only_where_the_name_says_so() {
    let target: Vec<Item> = (0..12).collect();
    check(&target, &target, Metric::NdcgAt10, 1.0);
    check(&target, &target, Metric::NdcgAt20, 1.0);
    check(&target, &target, Metric::MapAt10, 1.0);
    check(&target, &target, Metric::RecallAt10, 10.0 / 12.0);
    check(&target, &target, Metric::RecallAt20, 1.0);
    // Σ 1/log2(i + 1) for i = 1..10 is 4.543559338088346, for 1..12 it is 5.092533.
    let ideal = 4.543_559_338_088_346 + 1.0 / 12_f64.log2() + 1.0 / 13_f64.log2();
    check(&target, &target, Metric::NdcgAt10Full, 4.543_559_338_088_346 / ideal);
}

#[test]
fn places_behind_k_do_not_count() {
    let mut list: Vec<Item> = (100..110).collect();
    list.push(1);
    check(&[1], &list, Metric::RecallAt10, 0.0);
    check(&[1], &list, Metric::NdcgAt10, 0.0);
    check(&[1], &list, Metric::HitRateAt20, 1.0);
    // Rank 11: 1/log2 12.
    check(&[1], &list, Metric::NdcgAt20, 1.0 / 12_f64.log2());
}

/// Of the target 1, 2 are in the history and 3, 4, 5 are new.
#[test]
fn repeat_and_explore_look_at_their_part_of_the_target() {
    let truth = truth(&[1, 2, 3, 4, 5, 5], &[1, 2, 7]);
    let lists = Lists { all: vec![1, 3, 7], explore: vec![9, 4] };
    let row = score(&truth, Some(&lists));
    assert_eq!(value(&row, Metric::RepeatRecallAt10), Some(0.5));
    assert_eq!(value(&row, Metric::ExploreRecallAt20), Some(1.0 / 3.0));
    // The product that the target holds twice is one product.
    assert_eq!(value(&row, Metric::RecallAt10), Some(2.0 / 5.0));
}

#[test]
fn customers_without_new_or_repeated_products_are_left_out_of_these_means() {
    let lists = Lists { all: vec![1], explore: vec![2] };
    let only_repeats = score(&truth(&[1], &[1]), Some(&lists));
    assert_eq!(value(&only_repeats, Metric::ExploreRecallAt20), None);
    assert_eq!(value(&only_repeats, Metric::RepeatRecallAt10), Some(1.0));
    let only_new = score(&truth(&[1], &[3]), Some(&lists));
    assert_eq!(value(&only_new, Metric::RepeatRecallAt10), None);
    assert_eq!(value(&only_new, Metric::ExploreRecallAt20), Some(0.0));
}

#[test]
fn a_customer_without_a_list_is_zero_everywhere() {
    let row = score(&truth(&[1, 2], &[1]), None);
    for metric in Metric::MEANS {
        assert_eq!(value(&row, metric), Some(0.0), "{metric:?}");
    }
}

#[test]
fn metric_names_are_those_of_the_report() {
    let names = Metric::MEANS.map(|metric| serde_json::to_string(&metric).unwrap());
    let expected = [
        "precision_at_10",
        "recall_at_10",
        "recall_at_20",
        "map_at_10",
        "ndcg_at_10",
        "ndcg_at_20",
        "ndcg_at_10_full",
        "hit_rate_at_10",
        "hit_rate_at_20",
        "repeat_recall_at_10",
        "explore_recall_at_20",
        "coverage_users",
    ];
    assert_eq!(names, expected.map(|name| format!("\"{name}\"")));
    let coverage = serde_json::to_string(&Metric::CoverageCatalogueAt10).unwrap();
    assert_eq!(coverage, "\"coverage_catalogue_at_10\"");
}

proptest! {
    #[test]
    fn every_metric_is_between_0_and_1_and_no_list_beats_the_truth(
        target in proptest::collection::vec(0_u32..60, 1..30),
        known in proptest::collection::vec(0_u32..60, 0..30),
        shuffled in Just((0_u32..60).collect::<Vec<_>>()).prop_shuffle(),
        length in 0_usize..=20,
    ) {
        let truth = truth(&target, &known);
        let explore = shuffled.iter().copied().filter(|i| !truth.is_known(*i)).take(length).collect();
        let row = score(&truth, Some(&Lists { all: shuffled[..length].to_vec(), explore }));
        let mut best: Vec<Item> = target.clone();
        best.sort_unstable();
        best.dedup();
        let ideal = score(&truth, Some(&Lists { all: best, explore: truth.new_items().to_vec() }));
        for metric in Metric::MEANS {
            if let Some(found) = value(&row, metric) {
                prop_assert!((0.0..=1.0 + 1e-12).contains(&found), "{metric:?} is {found}");
                // The ideal list is in no particular order, so repeats may stand behind place 10.
                if metric != Metric::RepeatRecallAt10 {
                    let most = value(&ideal, metric).unwrap();
                    prop_assert!(found <= most + 1e-12, "{metric:?} is {found}, at most {most}");
                }
            }
        }
        let of = |metric| value(&row, metric).unwrap();
        prop_assert!(of(Metric::NdcgAt10Full) <= of(Metric::NdcgAt10) + 1e-12);
        prop_assert!(of(Metric::RecallAt10) <= of(Metric::RecallAt20));
        prop_assert!(of(Metric::HitRateAt10) <= of(Metric::HitRateAt20));
        let best_ndcg = value(&ideal, Metric::NdcgAt10).unwrap();
        prop_assert!((best_ndcg - 1.0).abs() < 1e-12);
    }

    /// Written a second time from the definition, place by place.
    #[test]
    fn ndcg_agrees_with_a_plain_restatement(
        target in proptest::collection::vec(0_u32..40, 1..20),
        list in Just((0_u32..40).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let list = &list[..20];
        let row = score(&truth(&target, &[]), Some(&Lists { all: list.to_vec(), explore: Vec::new() }));
        let (mut gained, mut ideal, mut left) = (0.0, 0.0, target.iter().collect::<std::collections::BTreeSet<_>>().len());
        for rank in 1..=10 {
            if target.contains(&list[rank - 1]) {
                gained += 2_f64.ln() / (rank as f64 + 1.0).ln();
            }
            if left > 0 {
                ideal += 2_f64.ln() / (rank as f64 + 1.0).ln();
                left -= 1;
            }
        }
        let found = value(&row, Metric::NdcgAt10).unwrap();
        prop_assert!((found - gained / ideal).abs() < 1e-12);
    }
}
