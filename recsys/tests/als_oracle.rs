//! ALS against numbers worked by hand and against another implementation, the crate `discorec`.
//!
//! Both minimise the same function, so what is compared is the loss, by our function over all pairs, and the scores;
//! factors are only unique up to a rotation. Figures are printed: `cargo test -p recsys --test als_oracle -- --nocapture`.

#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

use std::ops::ControlFlow;

use discorec::RecommenderBuilder;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use recsys::als::{
    AlsModel, AlsParams, Interactions, InteractionsBuilder, Solver, interactions::rating, loss, train,
};

const SOLVERS: [Solver; 2] = [Solver::ConjugateGradient { steps: 3 }, Solver::Cholesky];

type Triples = Vec<(u32, u32, u32)>;

fn interactions(triples: &Triples) -> Interactions {
    let mut builder = InteractionsBuilder::new();
    triples.iter().for_each(|(u, p, c)| builder.push(*u, *p, *c));
    builder.build().unwrap()
}

fn fit(triples: &Triples, params: &AlsParams) -> AlsModel {
    train(&interactions(triples), params, &mut |_| ControlFlow::Continue(())).unwrap()
}

fn score(model: &AlsModel, user: u32, product: u32) -> f64 {
    let (x, y) = (model.users.get(user).unwrap(), model.items.get(product).unwrap());
    x.iter().zip(y).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum()
}

/// What discorec makes of the same problem: its scores and the loss of its factors.
struct Other {
    loss: f64,
    scores: Vec<f64>,
}

fn other(triples: &Triples, params: &AlsParams, pairs: &[(u32, u32)]) -> Other {
    let data: Vec<(u32, u32, f32)> = triples.iter().map(|(u, p, c)| (*u, *p, rating(*c))).collect();
    let recommender = RecommenderBuilder::new()
        .factors(params.rank as u32)
        .iterations(params.iterations as u32)
        .regularization(params.regularization)
        .alpha(params.alpha)
        .seed(params.seed)
        .fit_implicit(&data);
    let interactions = interactions(triples);
    let users: Vec<f32> = interactions
        .user_ids()
        .iter()
        .flat_map(|id| recommender.user_factors(id).unwrap().to_vec())
        .collect();
    let items: Vec<f32> = interactions
        .item_ids()
        .iter()
        .flat_map(|id| recommender.item_factors(id).unwrap().to_vec())
        .collect();
    Other {
        loss: loss(&interactions, &users, &items, params).unwrap(),
        scores: pairs.iter().map(|(u, p)| f64::from(recommender.predict(u, p))).collect(),
    }
}

/// Pearson's.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
    let (mean_a, mean_b) = (mean(a), mean(b));
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(b) {
        ab += (x - mean_a) * (y - mean_b);
        aa += (x - mean_a).powi(2);
        bb += (y - mean_b).powi(2);
    }
    ab / (aa * bb).sqrt()
}

/// 90 customers in three groups, each group with 12 products of its own; a customer buys eight of them, and each
/// product of another group with probability 1 / 15.
fn groups() -> Triples {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let mut triples = Vec::new();
    for user in 0..90 {
        for product in 0..36 {
            let chance = if user % 3 == product % 3 { 2.0 / 3.0 } else { 1.0 / 15.0 };
            if rng.random_bool(chance) {
                triples.push((user, product, rng.random_range(1..8)));
            }
        }
    }
    triples
}

#[test]
fn two_customers_with_a_product_each_meet_the_minimum_worked_by_hand() {
    // Customer 1 bought product 1 once, customer 2 product 2 three times; rank 2, alpha 2, λ = 1/2.
    // λ (‖X‖² + ‖Y‖²) is at least 2 λ times the sum of the singular values of S = X Yᵀ, with equality at the minimum,
    // so the loss is the convex Σ c (p − s)² + 2 λ ‖S‖, least at S diagonal with 2 c (s − 1) + 2 λ = 0: s = 1 − λ / c,
    // and there it is Σ (2 λ − λ² / c).
    //   c₁ = 1 + 2 (1 + ln 2) = 4.386294, s₁ = 1 − 0.5 / 4.386294 = 0.886009, λ² / c₁ = 0.056996
    //   c₂ = 1 + 2 (1 + ln 4) = 5.772589, s₂ = 1 − 0.5 / 5.772589 = 0.913384, λ² / c₂ = 0.043308
    //   loss = 2 − 0.056996 − 0.043308 = 1.899696
    let triples = vec![(1, 1, 1), (2, 2, 3)];
    let pairs = [(1, 1), (2, 2), (1, 2), (2, 1)];
    let expected = [0.886_009, 0.913_384, 0.0, 0.0];
    for solver in SOLVERS {
        let params = AlsParams {
            rank: 2,
            regularization: 0.5,
            alpha: 2.0,
            iterations: 400,
            seed: 1,
            solver,
            report_loss: true,
        };
        let model = fit(&triples, &params);
        let found = model.losses.last().unwrap();
        assert!((found - 1.899_696).abs() < 1e-5, "{solver:?}: {found}");
        for ((user, product), expected) in pairs.into_iter().zip(expected) {
            let score = score(&model, user, product);
            assert!((score - expected).abs() < 1e-4, "{solver:?}, {user} and {product}: {score}");
        }
    }
}

#[test]
fn another_implementation_comes_to_the_same_loss_and_the_same_scores() {
    let triples = groups();
    let pairs: Vec<(u32, u32)> =
        (0..90).flat_map(|user| (0..36).map(move |product| (user, product))).collect();
    // It starts with factors near zero and has no preconditioner: λ and sweeps are such that it arrives.
    let params = AlsParams {
        rank: 3,
        regularization: 1.0,
        alpha: 10.0,
        iterations: 300,
        seed: 3,
        solver: Solver::default(),
        report_loss: true,
    };
    let other = other(&triples, &params, &pairs);
    for solver in SOLVERS {
        let model = fit(&triples, &AlsParams { solver, ..params.clone() });
        let scores: Vec<f64> = pairs.iter().map(|(user, product)| score(&model, *user, *product)).collect();
        let ours = *model.losses.last().unwrap();
        let r = correlation(&scores, &other.scores);
        println!("{solver:?}: loss {ours}, discorec {}, correlation of scores {r}", other.loss);
        assert!(ours <= other.loss * 1.000_01, "{solver:?}: {ours}, discorec {}", other.loss);
        assert!(other.loss <= ours * 1.001, "{solver:?}: {ours}, discorec {}", other.loss);
        assert!(r > 0.999_9, "{solver:?}: correlation {r}");
    }
}

#[test]
fn after_few_sweeps_the_loss_is_no_higher_than_that_of_another_implementation() {
    let triples = groups();
    for rank in [4, 16] {
        let params = AlsParams {
            rank,
            regularization: 0.01,
            alpha: 40.0,
            iterations: 10,
            seed: 5,
            solver: Solver::default(),
            report_loss: true,
        };
        let ours = *fit(&triples, &params).losses.last().unwrap();
        let theirs = other(&triples, &params, &[]).loss;
        println!("rank {rank}: loss {ours}, discorec {theirs}");
        assert!(ours <= theirs, "rank {rank}: {ours}, discorec {theirs}");
    }
}
