//! Nothing of a target reaches a baseline, and what the evaluation measures is no artefact of its own.
//!
//! On made-up customers with favourites, and on the published Instacart sample where it is there: the folder is
//! `../../shared/data/instacart-sample` from this crate or `INSIGHTFLOW_SAMPLE`; without it that test is skipped and
//! says so.

#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

use std::path::PathBuf;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use recsys::{
    baselines::{
        Popularity,
        personal::personal_top,
        rank, recommend,
        suite::{self, Baseline, SuiteParams, tune_als},
    },
    evaluation::{
        Evaluator, Lists,
        bootstrap::Bootstrap,
        cut::{Cut, Group, Stage},
        metrics::Metric,
        report::Method,
    },
    history::{Catalogue, Histories, HistoriesBuilder, Item},
};

#[path = "../examples/next_basket/source.rs"]
mod source;

const CUSTOMERS: usize = 240;
const PRODUCTS: usize = 400;
/// In no order unless a test puts it there.
const PLANTED: Item = PRODUCTS as Item - 1;

/// Baskets of each customer: mostly its eight favourites, which lie in one of six tastes, sometimes any product; a low
/// number is somewhat more popular. Every third customer has an order without lines at the end.
fn made_up() -> Vec<Vec<Vec<Item>>> {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut any = move |below: usize| rng.random_range(0..below);
    (0..CUSTOMERS)
        .map(|customer| {
            let taste = customer % 6;
            let favourites: Vec<Item> = (0..8).map(|_| (taste * 60 + any(60)) as Item).collect();
            let orders = 4 + any(8);
            let basket = |any: &mut dyn FnMut(usize) -> usize| {
                let mut basket: Vec<Item> = (0..6)
                    .map(|_| match any(10) {
                        0..=6 => favourites[any(8)],
                        7 | 8 => (taste * 60 + any(60)) as Item,
                        _ => any(PRODUCTS / 2) as Item,
                    })
                    .collect();
                basket.sort_unstable();
                basket.dedup();
                basket
            };
            (0..orders).map(|_| basket(&mut any)).collect()
        })
        .collect()
}

fn histories(customers: &[Vec<Vec<Item>>]) -> Histories {
    let mut builder = HistoriesBuilder::new();
    for (customer, baskets) in customers.iter().enumerate() {
        for (order, basket) in baskets.iter().enumerate() {
            builder.push(customer as u32, (order > 0).then_some(7), 0, 9, basket).unwrap();
        }
        if customer % 3 == 0 {
            builder.push(customer as u32, Some(7), 0, 9, &[]).unwrap();
        }
    }
    builder.build()
}

fn catalogue() -> Catalogue {
    Catalogue::new(
        (0..PRODUCTS as u32).map(|product| (1_000 + product, product / 20, product / 100)).collect(),
    )
    .unwrap()
}

const PARAMS: SuiteParams = SuiteParams { configurations: 4, neighbour_pool: Some(200), seed: 5 };

/// Every baseline, ALS too.
fn all_baselines(histories: &Histories) -> Vec<Baseline> {
    let development = Cut::new(histories, Stage::Development, None, 1).unwrap();
    let cut = Cut::new(histories, Stage::Final, None, 1).unwrap();
    let mut baselines = suite::run(&development, &cut, PRODUCTS, &PARAMS).unwrap();
    let params = SuiteParams { configurations: 2, ..PARAMS };
    baselines.push(tune_als(&development, &cut, &catalogue(), Metric::NdcgAt10, &params).unwrap());
    baselines
}

fn mean_recall(evaluator: &Evaluator<'_>, lists: &[Option<Lists>]) -> f64 {
    let recall: Vec<f64> =
        evaluator.score(lists).unwrap().of(Metric::RecallAt10).map(Option::unwrap).collect();
    recall.iter().sum::<f64>() / recall.len() as f64
}

/// recall@10 of each list against the targets of all other customers: what a list is worth for a customer it was not
/// made for.
fn chance(cut: &Cut<'_>, lists: &[Option<Lists>]) -> f64 {
    let truths: Vec<_> = cut.scored().iter().map(|customer| cut.truth(*customer as usize)).collect();
    let mut sum = 0.0;
    for (place, lists) in lists.iter().enumerate() {
        let Some(lists) = lists else { continue };
        for (_, truth) in truths.iter().enumerate().filter(|(other, _)| *other != place) {
            let hits = lists.all.iter().take(10).filter(|item| truth.contains(**item)).count();
            sum += hits as f64 / truth.len() as f64;
        }
    }
    sum / (truths.len() * (truths.len() - 1)) as f64
}

/// About four standard errors of the mean recall of 240 customers at chance.
const MARGIN: f64 = 0.03;

#[test]
fn with_shuffled_labels_every_baseline_drops_to_chance() {
    let all = histories(&made_up());
    let cut = Cut::new(&all, Stage::Final, None, 1).unwrap();
    let bootstrap = Bootstrap::new(10, 1).unwrap();
    let own = Evaluator::new(&cut, PRODUCTS, bootstrap);
    let shuffled = Evaluator::new(&cut, PRODUCTS, bootstrap).with_shuffled_truths(2);
    for Baseline { method, lists, .. } in all_baselines(&all) {
        let (real, mixed, chance) =
            (mean_recall(&own, &lists), mean_recall(&shuffled, &lists), chance(&cut, &lists));
        assert!(
            (mixed - chance).abs() < MARGIN,
            "{method:?}: {mixed} with shuffled labels, chance is {chance}"
        );
        if method == Method::GlobalTop {
            // One list for all: whose target is whose makes no difference.
            assert!((real - mixed).abs() < 1e-12, "{real} is not {mixed}");
        } else if method != Method::TifuKnnNeighbours {
            assert!(real > chance + 5.0 * MARGIN, "{method:?} knows nothing: {real}, chance is {chance}");
        }
    }
}

/// The targets change hands in the data itself, before anything is fitted.
fn with_exchanged_targets(mut customers: Vec<Vec<Vec<Item>>>) -> Vec<Vec<Vec<Item>>> {
    // 61 is no multiple of 6, so that the target comes from another taste.
    let targets: Vec<Vec<Item>> = customers.iter().map(|baskets| baskets.last().unwrap().clone()).collect();
    for (customer, baskets) in customers.iter_mut().enumerate() {
        *baskets.last_mut().unwrap() = targets[(customer + 61) % CUSTOMERS].clone();
    }
    customers
}

#[test]
fn lists_and_tuning_do_not_depend_on_the_targets() {
    let before = all_baselines(&histories(&made_up()));
    let exchanged = histories(&with_exchanged_targets(made_up()));
    let after = all_baselines(&exchanged);
    let cut = Cut::new(&exchanged, Stage::Final, None, 1).unwrap();
    let evaluator = Evaluator::new(&cut, PRODUCTS, Bootstrap::new(10, 1).unwrap());
    for (before, after) in before.iter().zip(&after) {
        assert_eq!(before, after, "{:?} has seen targets", after.method);
        assert!(mean_recall(&evaluator, &after.lists) < chance(&cut, &after.lists) + MARGIN);
    }
}

/// The test above can fail: a method that looks at whole histories keeps its score with foreign targets.
#[test]
fn a_method_that_sees_targets_is_caught() {
    let exchanged = histories(&with_exchanged_targets(made_up()));
    let cut = Cut::new(&exchanged, Stage::Final, None, 1).unwrap();
    let popularity = Popularity::count(exchanged.iter(), PRODUCTS);
    let leaky = recommend(&cut, &popularity, |customer, _| Some(personal_top(exchanged.of(customer))));
    let evaluator = Evaluator::new(&cut, PRODUCTS, Bootstrap::new(10, 1).unwrap());
    let (found, chance) = (mean_recall(&evaluator, &leaky), chance(&cut, &leaky));
    assert!(found > chance + 5.0 * MARGIN, "{found}, chance is {chance}");
}

#[test]
fn a_product_that_only_targets_hold_is_in_no_list() {
    let mut customers = made_up();
    for baskets in &mut customers {
        baskets.last_mut().unwrap().push(PLANTED);
    }
    let all = histories(&customers);
    for Baseline { method, lists, .. } in all_baselines(&all) {
        let found = lists.iter().flatten().any(|l| l.all.contains(&PLANTED) || l.explore.contains(&PLANTED));
        assert!(!found, "{method:?} recommends what only targets hold");
    }
    // Whoever may see targets recommends it to everyone.
    let whole = Popularity::count(all.iter(), PRODUCTS);
    assert_eq!(whole.ranked()[0], PLANTED);
}

/// Parameters are chosen on the order before the target, so a product of these orders may be known, but one of the
/// last orders must not move the choice.
#[test]
fn the_development_cut_never_holds_a_final_target() {
    let mut customers = made_up();
    for baskets in &mut customers {
        baskets.last_mut().unwrap().push(PLANTED);
    }
    let all = histories(&customers);
    let development = Cut::new(&all, Stage::Development, None, 1).unwrap();
    for customer in 0..all.len() {
        assert!(!development.target(customer).contains(&PLANTED));
        assert!(development.history(customer).baskets().all(|basket| !basket.contains(&PLANTED)));
    }
}

#[test]
fn every_method_fills_both_lists_and_explores_what_is_new() {
    let all = histories(&made_up());
    let cut = Cut::new(&all, Stage::Final, None, 1).unwrap();
    let baselines = all_baselines(&all);
    let methods: Vec<Method> = baselines.iter().map(|baseline| baseline.method).collect();
    let expected = [
        Method::GlobalTop,
        Method::PersonalTop,
        Method::PersonalRecency,
        Method::UpCf,
        Method::TifuKnn,
        Method::TifuKnnNeighbours,
        Method::Als,
    ];
    assert_eq!(methods, expected);
    for Baseline { method, tuned, lists } in &baselines {
        for (customer, lists) in cut.scored().iter().zip(lists) {
            let lists = lists.as_ref().unwrap();
            assert_eq!((lists.all.len(), lists.explore.len()), (20, 20), "{method:?}");
            let history = cut.history(*customer as usize);
            assert!(
                history.baskets().flatten().all(|item| !lists.explore.contains(item)),
                "{method:?} explores what is known"
            );
        }
        let is_plain = matches!(method, Method::GlobalTop | Method::PersonalTop);
        assert_eq!(tuned.configurations > 0, !is_plain);
        assert_eq!(tuned.parameters.is_empty(), is_plain);
    }
    let tifu = baselines.iter().find(|baseline| baseline.method == Method::TifuKnn).unwrap();
    assert!(suite::named_tifu_params(&tifu.tuned.parameters).is_ok());
    assert!(suite::named_tifu_params(&Default::default()).is_err());
}

#[test]
fn results_are_the_same_on_any_number_of_threads() {
    let all = histories(&made_up());
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let cut = Cut::new(&all, Stage::Final, None, 1).unwrap();
            let evaluator = Evaluator::new(&cut, PRODUCTS, Bootstrap::new(100, 1).unwrap());
            let baselines = all_baselines(&all);
            let summaries: Vec<_> = baselines
                .iter()
                .map(|b| evaluator.summarise(&evaluator.score(&b.lists).unwrap()).unwrap())
                .collect();
            (baselines, summaries)
        })
    };
    assert_eq!(on(1), on(4));
}

#[test]
fn the_order_within_the_first_ten_moves_ndcg_and_not_recall() {
    // The same products in reverse order: recall stays, NDCG falls.
    let all = histories(&made_up());
    let cut = Cut::new(&all, Stage::Final, None, 1).unwrap();
    let popularity = Popularity::count(cut.known_customers().map(|(_, history)| history), PRODUCTS);
    let evaluator = Evaluator::new(&cut, PRODUCTS, Bootstrap::new(200, 1).unwrap());
    let ranked: Vec<Option<Lists>> = cut
        .scored()
        .iter()
        .map(|customer| cut.history(*customer as usize))
        .map(|history| Some(rank(personal_top(history), history, &popularity)))
        .collect();
    let mut reversed = ranked.clone();
    reversed.iter_mut().flatten().for_each(|lists| lists.all[..10].reverse());
    let (ranked, reversed) = (evaluator.score(&ranked).unwrap(), evaluator.score(&reversed).unwrap());
    let compared = evaluator
        .compare(
            (Method::PersonalTop, &ranked),
            (Method::PersonalRecency, &reversed),
            &[Metric::NdcgAt10, Metric::RecallAt10],
        )
        .unwrap();
    for comparison in compared {
        match comparison.metric {
            Metric::RecallAt10 => assert_eq!(comparison.relative_difference, Some(0.0)),
            _ => assert!(comparison.low.unwrap() > 0.0, "{comparison:?}"),
        }
    }
}

#[test]
fn on_the_sample_neighbours_and_recency_beat_plain_frequency_and_that_the_global_top() {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/instacart-sample");
    let folder = PathBuf::from(std::env::var("INSIGHTFLOW_SAMPLE").unwrap_or_else(|_| default.to_owned()));
    if !folder.join("orders.csv").is_file() {
        println!("skipped: no Instacart sample at {}, set INSIGHTFLOW_SAMPLE", folder.display());
        return;
    }
    let (catalogue, all) = source::read(&folder, u32::MAX).unwrap();
    let development = Cut::new(&all, Stage::Development, None, 1).unwrap();
    let cut = Cut::new(&all, Stage::Final, None, 1).unwrap();
    assert_eq!(cut.scored().len(), 1_590);
    assert_eq!(cut.scored().iter().filter(|c| cut.is_member(**c as usize, Group::LastIsTest)).count(), 1_000);
    let params = SuiteParams { configurations: 3, neighbour_pool: None, seed: 5 };
    let baselines = suite::run(&development, &cut, catalogue.len(), &params).unwrap();
    let evaluator = Evaluator::new(&cut, catalogue.len(), Bootstrap::new(300, 1).unwrap());
    let scores = |method| {
        let baseline = baselines.iter().find(|baseline| baseline.method == method).unwrap();
        (method, evaluator.score(&baseline.lists).unwrap())
    };
    let low = |better: Method, worse: Method| {
        let ((better, better_scores), (worse, worse_scores)) = (scores(better), scores(worse));
        let found =
            evaluator.compare((better, &better_scores), (worse, &worse_scores), &[Metric::NdcgAt10]).unwrap();
        found[0].low.unwrap()
    };
    assert!(low(Method::PersonalTop, Method::GlobalTop) > 0.5);
    assert!(low(Method::PersonalRecency, Method::PersonalTop) > 0.0);
    assert!(low(Method::UpCf, Method::GlobalTop) > 0.5);
    assert!(low(Method::TifuKnn, Method::PersonalTop) > 0.0);
}
