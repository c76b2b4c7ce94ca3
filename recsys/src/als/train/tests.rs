//! Oracles: a case worked by hand, the dense normal equations, and planted tastes.

use super::*;
use crate::als::interactions::{InteractionsBuilder, rating};

fn interactions(triples: &[(u32, u32, u32)]) -> Interactions {
    let mut builder = InteractionsBuilder::new();
    triples.iter().for_each(|(u, p, c)| builder.push(*u, *p, *c));
    builder.build().unwrap()
}

fn params(rank: usize, iterations: usize) -> AlsParams {
    AlsParams {
        rank,
        regularization: 0.1,
        alpha: 2.0,
        iterations,
        seed: 7,
        solver: Solver::Cholesky,
        report_loss: true,
    }
}

fn fit(interactions: &Interactions, params: &AlsParams) -> AlsModel {
    train(interactions, params, &mut |_| ControlFlow::Continue(())).unwrap()
}

/// Two groups of 20 customers, each with 10 products of its own of which a customer buys 5, and one product that
/// everybody buys. Product ids: group 0 has 0..10, group 1 has 10..20, everybody's is 99.
fn planted() -> Vec<(u32, u32, u32)> {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut triples = Vec::new();
    for user in 0..40 {
        let first = if user < 20 { 0 } else { 10 };
        let mut own: Vec<u32> = (first..first + 10).collect();
        for _ in 0..5 {
            triples.push((user, own.remove(rng.random_range(0..own.len())), rng.random_range(1..5)));
        }
        triples.push((user, 99, 3));
    }
    triples
}

/// With conjugate gradient.
fn with_steps(steps: usize, params: AlsParams) -> AlsParams {
    AlsParams { solver: Solver::ConjugateGradient { steps }, ..params }
}

#[test]
fn one_customer_and_one_product_meet_the_closed_form() {
    // Rank 1, one pair: x = c·y / (c·y² + λ) from eq. 4, then y = c·x / (c·x² + λ); c = 1 + 2 · (1 + ln 4).
    // A system of one unknown takes one step.
    for params in [params(1, 3), with_steps(1, params(1, 3))] {
        meets_the_closed_form(&params);
    }
}

fn meets_the_closed_form(params: &AlsParams) {
    let model = fit(&interactions(&[(1, 1, 3)]), params);
    let (c, lambda) = (1.0 + 2.0 * f64::from(rating(3)), f64::from(0.1_f32));
    let mut y = f64::from(start(&[1], 1, 7)[0]);
    let mut x = 0.0;
    for loss in &model.losses {
        x = c * y / (c * y * y + lambda);
        y = c * x / (c * x * x + lambda);
        let expected = c * (1.0 - x * y).powi(2) + lambda * (x * x + y * y);
        assert!((loss - expected).abs() < 1e-5 * expected, "{loss} {expected}");
    }
    assert!((f64::from(model.users.data()[0]) - x).abs() < 1e-5);
    assert!((f64::from(model.items.data()[0]) - y).abs() < 1e-5);
}

/// Gauss elimination with pivoting on the whole dense system: shares no code with the product.
fn gauss(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Vec<f64> {
    let n = b.len();
    for k in 0..n {
        let pivot = (k..n).max_by(|i, j| a[*i][k].abs().total_cmp(&a[*j][k].abs())).unwrap();
        a.swap(k, pivot);
        b.swap(k, pivot);
        let (above, below) = a.split_at_mut(k + 1);
        for (i, line) in below.iter_mut().enumerate() {
            let factor = line[k] / above[k][k];
            line.iter_mut().zip(&above[k]).for_each(|(value, pivot)| *value -= factor * pivot);
            b[k + 1 + i] -= factor * b[k];
        }
    }
    for k in (0..n).rev() {
        let known: f64 = (k + 1..n).map(|j| a[k][j] * b[j]).sum();
        b[k] = (b[k] - known) / a[k][k];
    }
    b
}

#[test]
fn the_last_half_sweep_solves_the_dense_normal_equations() {
    let triples = planted();
    let params = params(5, 2);
    let model = fit(&interactions(&triples), &params);
    let (alpha, lambda) = (f64::from(params.alpha), f64::from(params.regularization));
    for (product, found) in model.items.rows() {
        // (Σ over all customers of c x xᵀ + λ I) y = Σ c p x, with c = 1 and p = 0 where nothing was bought.
        let mut a = vec![vec![0.0; 5]; 5];
        let mut b = vec![0.0; 5];
        (0..5).for_each(|i| a[i][i] = lambda);
        for (user, x) in model.users.rows() {
            let count = triples.iter().find(|t| (t.0, t.1) == (user, product)).map_or(0, |t| t.2);
            let p = f64::from(u32::from(count > 0));
            let c = 1.0 + p * alpha * f64::from(rating(count));
            for i in 0..5 {
                b[i] += c * p * f64::from(x[i]);
                (0..5).for_each(|j| a[i][j] += c * f64::from(x[i]) * f64::from(x[j]));
            }
        }
        for (f, e) in found.iter().zip(gauss(a, b)) {
            assert!((f64::from(*f) - e).abs() < 2e-4 * e.abs().max(1.0), "product {product}: {f} {e}");
        }
    }
}

/// The largest difference between factors of two models, in units of the largest factor.
fn distance(a: &AlsModel, b: &AlsModel) -> f32 {
    let pairs = a.users.data().iter().chain(a.items.data()).zip(b.users.data().iter().chain(b.items.data()));
    let (off, largest) = pairs.fold((0.0_f32, 0.0_f32), |(off, largest), (a, b)| {
        (off.max((a - b).abs()), largest.max(a.abs()).max(b.abs()))
    });
    off / largest
}

#[test]
fn as_many_steps_as_unknowns_solve_exactly() {
    let interactions = interactions(&planted());
    // Ranks with and without a rest beside whole fours and whole lanes.
    for rank in [1, 2, 5, 8, 13] {
        let exact = fit(&interactions, &params(rank, 2));
        let stepped = fit(&interactions, &with_steps(2 * rank, params(rank, 2)));
        let distance = distance(&exact, &stepped);
        assert!(distance < 1e-3, "rank {rank}: {distance}");
    }
}

/// 20,000 customers of whom each buys three of four products at random, and two of 40 others: popular rows on the side
/// of the products, over more than one part of the customers.
fn crowd() -> Vec<(u32, u32, u32)> {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    (0..20_000)
        .flat_map(|user| {
            let missing = rng.random_range(0..4);
            let rare = [10 + rng.random_range(0..20), 30 + rng.random_range(0..20)];
            (0..4).filter(move |p| *p != missing).chain(rare).map(move |p| (user, p, 1 + (user + p) % 3))
        })
        .collect()
}

#[test]
fn popular_rows_are_solved_as_exactly_as_the_others() {
    let interactions = interactions(&crowd());
    let exact = fit(&interactions, &params(6, 2));
    let stepped = fit(&interactions, &with_steps(12, params(6, 2)));
    assert!(distance(&exact, &stepped) < 1e-3, "{}", distance(&exact, &stepped));
    let few = fit(&interactions, &with_steps(3, params(6, 2)));
    assert!(few.losses[1] < exact.losses[1] * 1.01, "{:?} {:?}", few.losses, exact.losses);
}

#[test]
fn three_steps_lose_little_against_the_exact_solution() {
    let interactions = interactions(&planted());
    let losses = |params: AlsParams| fit(&interactions, &params).losses;
    let exact = losses(params(6, 10));
    let three = losses(with_steps(3, params(6, 10)));
    assert!(three[9] < exact[9] * 1.01, "{three:?} {exact:?}");
    // After one sweep, as later ones go on from different places.
    let one = losses(with_steps(1, params(6, 1)));
    assert!(exact[0] < three[0] && three[0] < one[0], "{exact:?} {three:?} {one:?}");
}

#[test]
fn the_loss_is_that_of_all_pairs() {
    let triples = planted();
    let params = params(4, 3);
    let model = fit(&interactions(&triples), &params);
    let mut expected = 0.0;
    for (user, x) in model.users.rows() {
        for (product, y) in model.items.rows() {
            let count = triples.iter().find(|t| (t.0, t.1) == (user, product)).map_or(0, |t| t.2);
            let p = f64::from(u32::from(count > 0));
            let c = 1.0 + p * f64::from(params.alpha) * f64::from(rating(count));
            let s: f64 = x.iter().zip(y).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            expected += c * (p - s).powi(2);
        }
    }
    let norms: f64 =
        [&model.users, &model.items].iter().flat_map(|t| t.data()).map(|v| f64::from(*v).powi(2)).sum();
    expected += f64::from(params.regularization) * norms;
    let loss = model.losses[2];
    assert!((loss - expected).abs() < 1e-9 * expected, "{loss} {expected}");
    let again = super::super::loss(&interactions(&triples), model.users.data(), model.items.data(), &params);
    assert_eq!(again, Ok(loss), "the loss of given factors");
}

#[test]
fn the_loss_of_factors_that_do_not_fit_is_refused() {
    let interactions = interactions(&[(1, 1, 1), (2, 1, 1)]);
    let loss = |users: &[f32], items: &[f32]| super::super::loss(&interactions, users, items, &params(2, 1));
    assert!(loss(&[1.0; 4], &[1.0; 2]).is_ok());
    assert_eq!(
        loss(&[1.0; 2], &[1.0; 2]),
        Err(RecsysError::Shape { what: "user factors", found: 2, expected: 4 })
    );
    assert_eq!(
        loss(&[1.0; 4], &[1.0; 4]),
        Err(RecsysError::Shape { what: "item factors", found: 4, expected: 2 })
    );
    assert!(loss(&[1.0, 1.0, f32::INFINITY, 1.0], &[1.0; 2]).is_err());
}

#[test]
fn without_the_loss_the_factors_are_the_same() {
    let interactions = interactions(&planted());
    let with = fit(&interactions, &params(4, 3));
    let mut reports = Vec::new();
    let params = AlsParams { report_loss: false, ..params(4, 3) };
    let without = train(&interactions, &params, &mut |report| {
        reports.push((report.iteration, report.loss));
        ControlFlow::Continue(())
    })
    .unwrap();
    assert_eq!((&with.users, &with.items), (&without.users, &without.items));
    assert_eq!((without.losses, reports), (vec![], vec![(1, None), (2, None), (3, None)]));
}

#[test]
fn the_loss_never_rises() {
    for params in [params(6, 15), with_steps(1, params(6, 15)), with_steps(3, params(6, 15))] {
        let model = fit(&interactions(&planted()), &params);
        assert_eq!(model.losses.len(), 15);
        // Solutions are rounded to f32, so the last digits may move.
        let falls = model.losses.windows(2).all(|w| w[1] <= w[0] * (1.0 + 1e-6));
        assert!(falls, "{params:?}: {:?}", model.losses);
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_one_and_on_three_threads() {
    let (planted, crowd) = (interactions(&planted()), interactions(&crowd()));
    let cases = [
        (&planted, params(8, 4)),
        (&planted, with_steps(3, params(9, 4))),
        (&crowd, with_steps(2, params(5, 2))),
    ];
    for (interactions, params) in cases {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fit(interactions, &params))
        };
        assert_eq!(on(1), on(3));
        assert_ne!(on(1), fit(interactions, &AlsParams { seed: 8, ..params.clone() }));
    }
}

#[test]
fn planted_tastes_are_recovered_better_than_by_popularity() {
    // Hide one product of each customer; it must rank higher among what the customer has not bought than by sales.
    let triples = planted();
    let hidden: Vec<(u32, u32)> = (0..40)
        .map(|user| triples.iter().find(|t| t.0 == user && t.1 != 99).map(|t| (t.0, t.1)).unwrap())
        .collect();
    let seen: Vec<_> = triples.iter().copied().filter(|t| !hidden.contains(&(t.0, t.1))).collect();
    // As many factors as planted groups: more would learn who happened to buy what.
    let model = fit(&interactions(&seen), &params(2, 10));
    let sales = |product: u32| seen.iter().filter(|t| t.1 == product).count();
    let (mut by_als, mut by_sales) = (0, 0);
    for (user, product) in hidden {
        let unseen = |id| !seen.iter().any(|t| (t.0, t.1) == (user, id));
        let list = model.recommend(user, 6, unseen).unwrap();
        by_als += usize::from(list.iter().any(|hit| hit.id == product));
        let better = (0..20).filter(|id| unseen(*id) && sales(*id) > sales(product)).count();
        by_sales += usize::from(better < 6);
    }
    assert!(by_als >= 36, "{by_als} of 40 found");
    assert!(by_als >= by_sales + 10, "{by_als} by ALS, {by_sales} by popularity");
}

#[test]
fn neighbours_share_the_planted_taste() {
    let model = fit(&interactions(&planted()), &params(2, 10));
    let group = |id: u32| id < 20;
    for user in [0, 5, 25, 39] {
        let neighbours = model.similar_users(user, 5).unwrap();
        assert!(
            neighbours.iter().all(|hit| hit.id != user && group(hit.id) == group(user)),
            "{user}: {neighbours:?}"
        );
    }
    let neighbours = model.similar_items(2, 5).unwrap();
    assert!(neighbours.iter().all(|hit| hit.id < 10), "{neighbours:?}");
    assert_eq!(model.recommend(1_000, 5, |_| true), None);
}

#[test]
fn more_factors_than_the_data_can_tell_apart_need_regularization() {
    let few = interactions(&[(1, 1, 1), (2, 1, 1)]);
    let without = AlsParams { regularization: 0.0, ..params(4, 2) };
    for without in [without.clone(), with_steps(3, without)] {
        let error = train(&few, &without, &mut |_| ControlFlow::Continue(())).unwrap_err();
        assert!(matches!(error, RecsysError::Singular { .. }), "{error}");
        assert!(error.to_string().contains("raise the regularization"));
    }
    assert!(fit(&few, &params(4, 2)).losses[1].is_finite());
    assert!(fit(&few, &with_steps(3, params(4, 2))).losses[1].is_finite());
}

#[test]
fn a_break_stops_after_the_iteration() {
    let stopped = train(&interactions(&planted()), &params(2, 9), &mut |report| {
        if report.iteration == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert_eq!(stopped, Err(RecsysError::Cancelled { iteration: 2 }));
}

#[test]
fn parameters_out_of_range_are_refused_with_what_would_be_right() {
    let check = |params: AlsParams, expected: &str| {
        let few = interactions(&[(1, 1, 1)]);
        let error = train(&few, &params, &mut |_| ControlFlow::Continue(())).unwrap_err();
        assert_eq!(error.to_string(), expected);
    };
    check(params(0, 1), "als rank is 0, it must be between 1 and 512");
    check(params(2, 0), "als iterations is 0, it must be at least 1");
    check(with_steps(0, params(2, 1)), "als steps is 0, it must be between 1 and 100");
    check(AlsParams { alpha: -1.0, ..params(2, 1) }, "als alpha is -1, it must be finite and at least 0");
}
