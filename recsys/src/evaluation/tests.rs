use super::{cut::Stage, *};
use crate::history::{Histories, HistoriesBuilder};

/// Three customers: targets {1, 2} (1 known), {3} (new), {4, 5} (both known); the last has an open order.
fn histories() -> Histories {
    let orders: [(u32, &[Item]); 8] =
        [(1, &[1]), (1, &[1, 2]), (2, &[7]), (2, &[3]), (3, &[4]), (3, &[5]), (3, &[4, 5]), (3, &[])];
    let mut builder = HistoriesBuilder::new();
    for (user_id, basket) in orders {
        builder.push(user_id, Some(7), 0, 0, basket).unwrap();
    }
    builder.build()
}

fn lists(all: &[Item], explore: &[Item]) -> Option<Lists> {
    Some(Lists { all: all.to_vec(), explore: explore.to_vec() })
}

#[track_caller]
fn check_refused(given: &[Option<Lists>], expected: &str) {
    let histories = histories();
    let cut = Cut::new(&histories, Stage::Final, None, 1).unwrap();
    let evaluator = Evaluator::new(&cut, 10, Bootstrap::new(10, 1).unwrap());
    assert_eq!(evaluator.score(given).unwrap_err().to_string(), expected);
}

#[test]
fn means_and_groups_agree_with_hand_worked_numbers() {
    let histories = histories();
    let cut = Cut::new(&histories, Stage::Final, None, 1).unwrap();
    let evaluator = Evaluator::new(&cut, 10, Bootstrap::new(100, 1).unwrap());
    let given = [lists(&[1, 9], &[2]), None, lists(&[9, 4, 5], &[])];
    let summary = evaluator.summarise(&evaluator.score(&given).unwrap()).unwrap();
    let value = |group, metric| summary[&group][&metric].value.unwrap();
    // Recall 1/2, 0 and 1.
    assert!((value(Group::All, Metric::RecallAt10) - 0.5).abs() < 1e-12);
    assert_eq!(value(Group::LastIsTest, Metric::RecallAt10), 1.0);
    assert_eq!(value(Group::LastHasLines, Metric::RecallAt10), 0.25);
    assert!((value(Group::All, Metric::CoverageUsers) - 2.0 / 3.0).abs() < 1e-12);
    // 1, 9, 4 and 5 of ten products.
    assert_eq!(value(Group::All, Metric::CoverageCatalogueAt10), 0.4);
    // The first and the third customer have repeats, all found; the second has only a new product.
    assert_eq!(summary[&Group::All][&Metric::RepeatRecallAt10].n, 2);
    assert_eq!(value(Group::All, Metric::RepeatRecallAt10), 1.0);
    // Of the first and the second, who have new products, the first's is found.
    assert_eq!(value(Group::All, Metric::ExploreRecallAt20), 0.5);
    assert_eq!(summary[&Group::LastIsTest][&Metric::ExploreRecallAt20], Estimate::default());
}

#[test]
fn lists_that_cheat_or_are_broken_are_refused() {
    check_refused(&[None], "lists of recommendations has length 1, it must be 3");
    let twice = "a list of recommendations has id 1 twice, ids must be unique";
    check_refused(&[lists(&[1, 2, 1], &[]), None, None], twice);
    let outside = "recommended product is 10, it must be a position in the catalogue";
    check_refused(&[lists(&[10], &[]), None, None], outside);
    let known = "product of an explore list is 1, it must be absent from the customer's history";
    check_refused(&[lists(&[], &[1]), None, None], known);
}

#[test]
fn comparisons_are_relative_and_by_group() {
    let histories = histories();
    let cut = Cut::new(&histories, Stage::Final, None, 1).unwrap();
    let evaluator = Evaluator::new(&cut, 10, Bootstrap::new(100, 1).unwrap());
    let ours = evaluator.score(&[lists(&[1, 2], &[]), lists(&[3], &[]), lists(&[4, 5], &[])]).unwrap();
    let theirs = evaluator.score(&[lists(&[1], &[]), lists(&[3], &[]), lists(&[4], &[])]).unwrap();
    let found = evaluator
        .compare((Method::NextBasket, &ours), (Method::TifuKnn, &theirs), &[Metric::RecallAt10])
        .unwrap();
    assert_eq!(found.iter().map(|c| c.group).collect::<Vec<_>>(), Group::ALL);
    // 1 against (1/2 + 1 + 1/2) / 3.
    assert!((found[0].relative_difference.unwrap() - 0.5).abs() < 1e-12);
    assert_eq!((found[1].relative_difference, found[1].n), (Some(1.0), 1));
}

#[test]
fn the_report_has_the_agreed_names_and_comes_back_from_json() {
    let histories = histories();
    let cut = Cut::new(&histories, Stage::Final, None, 1).unwrap();
    let evaluator = Evaluator::new(&cut, 10, Bootstrap::new(20, 1).unwrap());
    let summary = evaluator.summarise(&evaluator.score(&[None, None, None]).unwrap()).unwrap();
    let methods = [
        Method::GlobalTop,
        Method::PersonalTop,
        Method::PersonalRecency,
        Method::UpCf,
        Method::TifuKnn,
        Method::Als,
        Method::TifuKnnNeighbours,
        Method::NextBasket,
        Method::Discover,
    ];
    let report = report::EvaluationReport {
        schema_version: report::SCHEMA_VERSION,
        methods: methods.iter().map(|method| (*method, summary.clone())).collect(),
        ..Default::default()
    };
    let json = serde_json::to_value(&report).unwrap();
    let names = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&json["methods"]), methods.map(Method::name));
    assert_eq!(names(&json["methods"]["als"]), ["all", "last_is_test", "last_has_lines"]);
    assert_eq!(names(&json["methods"]["als"]["all"]).len(), 13);
    assert_eq!(names(&json["methods"]["als"]["all"]["ndcg_at_10"]), ["value", "low", "high", "n"]);
    assert_eq!(json["methods"]["up_cf"]["all"]["coverage_users"]["value"], 0.0);
    assert_eq!(serde_json::from_value::<report::EvaluationReport>(json).unwrap(), report);
}

#[test]
fn shuffled_truths_are_those_of_others() {
    let histories = histories();
    let cut = Cut::new(&histories, Stage::Final, None, 1).unwrap();
    let evaluator = Evaluator::new(&cut, 10, Bootstrap::new(10, 1).unwrap()).with_shuffled_truths(3);
    let own = [lists(&[1, 2], &[]), lists(&[3], &[]), lists(&[4, 5], &[])];
    let scores = evaluator.score(&own).unwrap();
    assert!(scores.of(Metric::RecallAt10).all(|recall| recall == Some(0.0)));
}
