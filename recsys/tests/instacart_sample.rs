//! What must hold of the models on real orders: the published Instacart sample, where it is there.
//!
//! The folder is `../../shared/data/instacart-sample` from this crate or `INSIGHTFLOW_SAMPLE`; without it the tests are
//! skipped and say so. Times and figures are printed: `cargo test -p recsys --test instacart_sample -- --nocapture`.

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a test fails by panic and prints its figures")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    ops::ControlFlow,
    path::PathBuf,
    time::Instant,
};

use recsys::{
    als::{AlsParams, InteractionsBuilder, Solver, train},
    rfm::{Customer, RfmParams, Segmentation, segment_customers},
    segment_popularity::{PRIOR_STRENGTH, RankParams, RankedProduct, SupportCounter, shrunk_lift},
};

/// What the models need of the sample.
struct Sample {
    /// Orders that hold the product, by customer and product.
    counts: BTreeMap<(u32, u32), u32>,
    /// In order of id.
    customers: Vec<Customer>,
}

/// Rows of a file as numbers; text and empty fields are `None`.
fn rows(folder: &std::path::Path, file: &str) -> Vec<Vec<Option<f64>>> {
    let text = fs::read_to_string(folder.join(file)).unwrap();
    text.lines().skip(1).map(|line| line.split(',').map(|field| field.parse().ok()).collect()).collect()
}

fn sample() -> Option<Sample> {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data/instacart-sample");
    let folder = PathBuf::from(std::env::var("INSIGHTFLOW_SAMPLE").unwrap_or_else(|_| default.to_owned()));
    if !folder.join("orders.csv").is_file() {
        println!("skipped: no Instacart sample at {}, set INSIGHTFLOW_SAMPLE", folder.display());
        return None;
    }
    // order_id, user_id, eval_set, order_number, order_dow, order_hour_of_day, days_since_prior_order
    let mut user_of = BTreeMap::new();
    let mut last: BTreeMap<u32, (f64, Option<f64>)> = BTreeMap::new();
    for order in rows(&folder, "orders.csv") {
        let user = order[1].unwrap() as u32;
        user_of.insert(order[0].unwrap() as u32, user);
        let entry = last.entry(user).or_insert((0.0, None));
        if order[3].unwrap() > entry.0 {
            *entry = (order[3].unwrap(), order[6]);
        }
    }
    let mut counts = BTreeMap::new();
    let mut baskets: BTreeMap<u32, (u64, BTreeSet<u32>)> = BTreeMap::new();
    for file in ["order_products__prior.csv", "order_products__train.csv"] {
        for line in rows(&folder, file) {
            let (order, product) = (line[0].unwrap() as u32, line[1].unwrap() as u32);
            let user = user_of[&order];
            *counts.entry((user, product)).or_insert(0) += 1;
            let (lines, orders) = baskets.entry(user).or_default();
            *lines += 1;
            orders.insert(order);
        }
    }
    let customers = last
        .into_iter()
        .map(|(user_id, (frequency, recency_days))| Customer {
            user_id,
            recency_days,
            frequency: frequency as u64,
            monetary: baskets.get(&user_id).map(|(lines, orders)| *lines as f64 / orders.len() as f64),
        })
        .collect();
    Some(Sample { counts, customers })
}

fn segments(customers: &[Customer]) -> Segmentation {
    let params = RfmParams { k: None, k_min: 4, k_max: 10, restarts: 20, seed: 20_170 };
    segment_customers(customers, &params).unwrap()
}

/// Top lists and the counts behind them.
struct Lists {
    ranked: Vec<RankedProduct>,
    /// Buyers, by segment and product.
    support: BTreeMap<(u32, u32), u64>,
    /// Customers of each segment.
    sizes: Vec<u64>,
}

/// The lists over the customers that `take` lets through.
fn lists(sample: &Sample, segments: &Segmentation, top_n: usize, take: impl Fn(u32) -> bool) -> Lists {
    let of: BTreeMap<u32, u32> =
        segments.customers.iter().filter(|c| take(c.user_id)).map(|c| (c.user_id, c.segment)).collect();
    let mut sizes = vec![0; segments.segments.len()];
    let mut orders = sizes.clone();
    for customer in &sample.customers {
        if let Some(segment) = of.get(&customer.user_id) {
            sizes[*segment as usize] += 1;
            orders[*segment as usize] += customer.frequency;
        }
    }
    let mut counter = SupportCounter::with_orders(sizes.clone(), orders).unwrap();
    let mut support = BTreeMap::new();
    for ((user, product), count) in &sample.counts {
        if let Some(segment) = of.get(user) {
            counter.add_orders(*segment, *product, *count).unwrap();
            *support.entry((*segment, *product)).or_insert(0) += 1;
        }
    }
    let params =
        RankParams { top_n, min_support: 20, min_support_share: 0.005, prior_strength: PRIOR_STRENGTH };
    Lists { ranked: counter.rank(&params).unwrap(), support, sizes }
}

#[test]
fn als_learns_real_orders_within_seconds() {
    let Some(sample) = sample() else { return };
    let mut builder = InteractionsBuilder::new();
    sample.counts.iter().for_each(|((user, product), count)| builder.push(*user, *product, *count));
    let interactions = builder.build().unwrap();
    let params = AlsParams {
        rank: 64,
        regularization: 0.01,
        alpha: 40.0,
        iterations: 10,
        seed: 20_170,
        solver: Solver::default(),
        report_loss: true,
    };
    let start = Instant::now();
    let model = train(&interactions, &params, &mut |_| ControlFlow::Continue(())).unwrap();
    let (users, items) = (interactions.user_ids().len(), interactions.item_ids().len());
    println!(
        "als: {users} × {items}, {} pairs, {:?}, losses {:?}",
        interactions.pair_count(),
        start.elapsed(),
        model.losses
    );
    assert!(model.losses.windows(2).all(|pair| pair[1] <= pair[0]));
}

#[test]
fn segments_of_real_customers_are_apart_and_their_names_unique() {
    let Some(sample) = sample() else { return };
    let start = Instant::now();
    let found = segments(&sample.customers);
    println!("rfm: {:?}", start.elapsed());
    found.candidates.iter().for_each(|candidate| println!("{candidate:.3?}"));
    found.segments.iter().for_each(|segment| println!("{segment:.2?}"));
    let names: BTreeSet<_> = found.segments.iter().map(|segment| &segment.name).collect();
    assert_eq!(names.len(), found.segments.len());
    assert!(found.segments.iter().all(|segment| segment.customers > 0));
}

#[test]
fn top_lists_of_real_segments_differ() {
    let Some(sample) = sample() else { return };
    let segments = segments(&sample.customers);
    let list = lists(&sample, &segments, 10, |_| true).ranked;
    let mut tops: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    for product in &list {
        tops.entry(product.segment).or_default().insert(product.product_id);
    }
    let mut overlaps = Vec::new();
    for (a, first) in &tops {
        for second in tops.range(a + 1..).map(|(_, top)| top) {
            overlaps.push(first.intersection(second).count() as f64 / 10.0);
        }
    }
    let mean = overlaps.iter().sum::<f64>() / overlaps.len() as f64;
    println!("segments with a list: {} of {}, mean overlap {mean:.3}", tops.len(), segments.segments.len());
    list.iter().for_each(|product| println!("{product:.2?}"));
    assert!(mean < 0.6, "{mean}");
}

#[test]
fn lists_of_one_half_of_the_customers_hold_on_the_other_half() {
    let Some(sample) = sample() else { return };
    let segments = segments(&sample.customers);
    for (name, half) in [("even", 0), ("odd", 1)] {
        let list = lists(&sample, &segments, 50, |user| user % 2 == half).ranked;
        let Lists { support, sizes, .. } = lists(&sample, &segments, 50, |user| user % 2 != half);
        let all: u64 = sizes.iter().sum();
        let holds = list.iter().filter(|product| {
            let in_segment = |segment: u32| support.get(&(segment, product.product_id)).copied().unwrap_or(0);
            let global: u64 = (0..sizes.len() as u32).map(in_segment).sum();
            let size = sizes[product.segment as usize];
            shrunk_lift(in_segment(product.segment), size, global, all, 0.0)
                .is_ok_and(|other| other.lift > 1.0)
        });
        let share = holds.count() as f64 / list.len() as f64;
        println!("lists of the {name} half: {} entries, {share:.3} hold", list.len());
        assert!(share >= 0.9, "{name}: {share}");
    }
}
