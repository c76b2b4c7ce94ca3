//! The next-basket model as its users see it: leaks, chance, sources, and files that were tampered with.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::ops::ControlFlow;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use recsys::{
    evaluation::{cut::Group, metrics::Metric, report::Method},
    history::{Catalogue, Histories, HistoriesBuilder, Item, OwnHistory},
    next_basket::{
        defaults,
        features::{WIDTH, names},
        measure::{MeasureParams, measure},
        model::{NextBasket, RankerFile},
        sources::{Sources, Visible, Who},
    },
};

const PRODUCTS: u32 = 60;

/// Product that stands in last orders only.
const PLANTED: Item = 59;

fn catalogue() -> Catalogue {
    Catalogue::new((0..PRODUCTS).map(|id| (id + 1, id % 7, id % 3)).collect()).unwrap()
}

/// Customers with three favourites each, bought in most orders, and random products beside them.
fn shop(customers: u32, seed: u64, planted: bool) -> Histories {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut builder = HistoriesBuilder::new();
    for user in 1..=customers {
        let favourites: Vec<Item> = (0..3).map(|_| rng.random_range(0..50)).collect();
        let orders = rng.random_range(4..9);
        for order in 0..orders {
            let mut basket: Vec<Item> =
                favourites.iter().copied().filter(|_| rng.random_range(0..10) < 8).collect();
            basket.extend((0..3).map(|_| rng.random_range(0..50)));
            if planted && order + 1 == orders {
                basket.push(PLANTED);
            }
            basket.sort_unstable();
            basket.dedup();
            let gap = (order > 0).then(|| rng.random_range(1..20));
            builder.push(user, gap, rng.random_range(0..7), rng.random_range(8..20), &basket).unwrap();
        }
    }
    builder.build()
}

fn params() -> MeasureParams {
    let mut params = defaults::measure(3);
    params.scored = None;
    params.pool = None;
    params.configurations = 2;
    params.bootstrap_draws = 50;
    params.sources.taste.rank = 4;
    params.als.rank = 4;
    params.als.iterations = 2;
    params.ensemble.trees.trees = 15;
    params.ensemble.trees.min_leaf_weight = 1.0;
    params.ensemble.networks = 1;
    params.ensemble.targets = 2;
    params
}

fn measured(histories: &Histories, params: &MeasureParams) -> recsys::evaluation::report::EvaluationReport {
    measure(&catalogue(), histories, params, &mut |_| ControlFlow::Continue(())).unwrap()
}

fn fitted(histories: &Histories) -> NextBasket {
    let everybody: Vec<u32> = (0..histories.len() as u32).collect();
    let whole = |customer: usize| histories.of(customer).len();
    let visible = Visible {
        histories,
        before_target: whole,
        before_training: |customer: usize| whole(customer).saturating_sub(2).max(1),
        pool: &everybody,
    };
    let params = params();
    let sources =
        Sources::fit(&catalogue(), &visible, &params.sources, &mut || ControlFlow::Continue(())).unwrap();
    let (learn, calibrate) = everybody.split_at(everybody.len() * 4 / 5);
    NextBasket::train(sources, histories, (learn, calibrate), 0, &params.ensemble).unwrap()
}

#[test]
fn favourites_are_found_and_everybody_is_scored_once() {
    let report = measured(&shop(160, 1, false), &params());
    let value = |method: Method, metric: Metric| report.methods[&method][&Group::All][&metric].value.unwrap();
    assert!(value(Method::NextBasket, Metric::HitRateAt10) > 0.9);
    assert!(value(Method::NextBasket, Metric::NdcgAt10) > 1.5 * value(Method::GlobalTop, Metric::NdcgAt10));
    assert_eq!(value(Method::NextBasket, Metric::CoverageUsers), 1.0);
    assert_eq!(report.protocol.scored_customers, 160);
    let calibration = report.calibration.unwrap();
    assert!(calibration.ece_history.unwrap() < 0.1, "{calibration:?}");
    assert_eq!(calibration.shown_pairs, 1_600);
}

#[test]
fn a_product_that_stands_in_targets_only_is_not_recommended() {
    // It is in every last order: whoever looks at a target of the own customer would put it first. The others' targets
    // are labels, and a label alone has no feature to be known by.
    let with = measured(&shop(120, 2, true), &params());
    let hits = |report: &recsys::evaluation::report::EvaluationReport| {
        report.methods[&Method::NextBasket][&Group::All][&Metric::ExploreRecallAt20].value.unwrap()
    };
    let without = measured(&shop(120, 2, false), &params());
    assert!(hits(&with) < 1.2 * hits(&without) + 0.05, "{} against {}", hits(&with), hits(&without));
}

#[test]
fn histories_without_a_pattern_give_chance() {
    // Every basket is drawn anew: nothing of the past says anything, so nobody can beat what is bought most by much.
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut builder = HistoriesBuilder::new();
    for user in 1..=150 {
        for order in 0..6 {
            let mut basket: Vec<Item> = (0..5).map(|_| rng.random_range(0..PRODUCTS)).collect();
            basket.sort_unstable();
            basket.dedup();
            builder.push(user, (order > 0).then_some(7), 1, 10, &basket).unwrap();
        }
    }
    let report = measured(&builder.build(), &params());
    let recall = |method: Method| report.methods[&method][&Group::All][&Metric::RecallAt10].value.unwrap();
    // Ten of sixty products at random hold a sixth of any basket.
    let chance = 10.0 / f64::from(PRODUCTS);
    assert!(
        (recall(Method::NextBasket) - chance).abs() < 0.05,
        "{} at chance {chance}",
        recall(Method::NextBasket)
    );
}

#[test]
fn the_same_model_on_any_number_of_threads() {
    let histories = shop(80, 4, false);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let model = pool.install(|| fitted(&histories));
        serde_json::to_string(&model.ranker_file((2.0, 30.0))).unwrap()
    };
    assert_eq!(on(1), on(3));
}

#[test]
fn ranked_products_are_each_there_once_with_a_probability() {
    let histories = shop(80, 6, false);
    let model = fitted(&histories);
    let history = histories.of(7);
    let who = Who { customer: Some(7), counted: history, history };
    let ranked = model.rank(who, &[PLANTED]).unwrap();
    let mut items: Vec<Item> = ranked.iter().map(|ranked| ranked.item).collect();
    assert!(ranked.windows(2).all(|pair| pair[0].score >= pair[1].score));
    assert!(ranked.iter().all(|ranked| (0.0..=1.0).contains(&ranked.probability)));
    assert!(items.contains(&PLANTED), "a product that was asked for is scored");
    for item in history.baskets().flatten() {
        let found = ranked.iter().find(|ranked| ranked.item == *item).unwrap();
        assert!(!found.is_new);
    }
    items.sort_unstable();
    assert!(items.windows(2).all(|pair| pair[0] < pair[1]), "each once");
}

#[test]
fn a_customer_without_a_past_gets_what_is_popular() {
    let model = fitted(&shop(80, 6, false));
    let nobody = OwnHistory::default();
    let who = Who { customer: None, counted: nobody.view(), history: nobody.view() };
    let ranked = model.rank(who, &[]).unwrap();
    assert!(!ranked.is_empty() && ranked.iter().all(|ranked| ranked.is_new));
}

#[test]
fn a_published_ranker_comes_back_and_a_wrong_one_is_refused() {
    let model = fitted(&shop(60, 8, false));
    let text = serde_json::to_string(&model.ranker_file((2.0, 30.0))).unwrap();
    let file: RankerFile = serde_json::from_str(&text).unwrap();
    file.check().unwrap();
    assert_eq!(file.features, names());
    let change = |at: &[&str], value: serde_json::Value| {
        let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let mut place = &mut json;
        for key in at {
            place = match key.parse::<usize>() {
                Ok(index) => &mut place[index],
                Err(_) => &mut place[*key],
            };
        }
        *place = value;
        serde_json::from_value::<RankerFile>(json)
    };
    let refused =
        |at: &[&str], value: serde_json::Value| change(at, value).unwrap().check().unwrap_err().to_string();
    assert!(refused(&["schema_version"], 9.into()).contains("version"));
    assert!(refused(&["features", "0"], "other".into()).contains("features"));
    assert!(refused(&["ensemble", "trees", "nodes", "0", "left"], 0.into()).contains("child"));
    assert!(
        refused(&["ensemble", "trees", "nodes", "0", "feature"], (WIDTH as u64).into()).contains("feature")
    );
    assert!(change(&["ensemble", "networks", "0", "layers", "0", "inputs"], 3.into()).is_err());
}

#[test]
fn a_training_that_is_told_to_stop_stops() {
    let histories = shop(60, 9, false);
    let stopped = measure(&catalogue(), &histories, &params(), &mut |_| ControlFlow::Break(()));
    assert!(stopped.unwrap_err().to_string().contains("cancelled"));
}
