//! How the lists of segments do on orders that they have not seen.
//!
//! Input: customers with their segment, the products of their history and those of their held-out order. Segments and
//! histories have to come from the orders before the held-out one. Output: plain figures; does no IO.
//!
//! Four questions are answered:
//! - Do the lists of two segments differ? Overlap of the ten best by lift: products that two lists share over the length
//!   of the shorter one, mean over all pairs of segments that have a list.
//! - Do lists last? Customers are dealt into two halves; each half's lists by lift are looked up in the other half's
//!   histories. An entry holds where its lift there is above 1 as well.
//! - Is a list by share worth showing? Recall@10 of the ten products that most customers of the segment bought, against
//!   the ten that most customers of all bought, on the customer's own held-out order; the difference is paired.
//! - Is a list by lift right about strangers? The mean lift of both halves' entries among the customers of the other half,
//!   in two ways: among all that these bought before, and, harder, in their held-out orders (the share of the segment's
//!   customers whose held-out order holds the product, over that share among all customers of that half). An entry that
//!   nobody of the other half bought has no lift there and is left out.
//!
//! Intervals are percentile bootstraps over customers (95 %), the same draws for all figures of one question.
//! Source: Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.

use std::collections::{BTreeMap, BTreeSet};

use rand::{RngExt, SeedableRng, seq::SliceRandom};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::Serialize;

use crate::{
    RecsysError,
    error::require,
    segment_popularity::{RankParams, RankedProduct, SupportCounter},
};

/// The length of the lists whose overlap and recall are measured.
const TOP: usize = 10;

/// Streams of the seed: the halves, then one a draw of each question.
const HALVES_STREAM: u64 = 1;
const RECALL_STREAM: u64 = 1 << 32;
const LIFT_STREAM: u64 = 2 << 32;

/// One customer, as of before the held-out order.
#[derive(Debug, Clone, Copy)]
pub struct HeldOutCustomer<'a> {
    /// Counted from 0.
    pub segment: u32,
    /// Orders before the held-out one.
    pub orders: u32,
    /// The products bought before, each once, with the orders that held it.
    pub history: &'a [(u32, u32)],
    /// The products of the held-out order, each once; empty where there is none.
    pub target: &'a [u32],
}

/// What shapes the evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct SegmentEvaluationParams {
    /// The published lists.
    pub rank: RankParams,
    /// Bootstrap draws, at least 1.
    pub draws: usize,
    /// Of the halves and the draws.
    pub seed: u64,
}

/// A figure with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Estimate {
    /// On the customers as they are.
    pub value: f64,
    /// 2.5 % of the draws lie below.
    pub low: f64,
    /// 2.5 % of the draws lie above.
    pub high: f64,
    /// What was counted: customers, or entries of lists.
    pub n: u64,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SegmentEvaluation {
    /// Customers, with or without a held-out order.
    pub customers: u64,
    /// Customers with a held-out order.
    pub with_held_out: u64,
    /// Segments.
    pub segments: u64,
    /// Segments with a list by lift; a segment that buys nothing more than others has none.
    pub segments_with_list: u64,
    /// Mean overlap of the ten best by lift, 0 to 1; `None` for fewer than two lists.
    pub top10_overlap: Option<f64>,
    /// The same of the ten best by share.
    pub top10_overlap_by_share: Option<f64>,
    /// Entries of both halves' lists.
    pub half_split_entries: u64,
    /// Share of them with a lift above 1 in the other half's histories; `None` without entries.
    pub half_split_holds: Option<f64>,
    /// Recall@10 of the own segment's list by share.
    pub share_recall_at_10: Estimate,
    /// Recall@10 of the list of all customers.
    pub global_recall_at_10: Estimate,
    /// The former less the latter, paired.
    pub recall_difference: Estimate,
    /// Mean lift of the lists by lift among what the other half bought before; `None` where nobody bought any.
    pub lift_on_strangers: Option<Estimate>,
    /// Mean lift of the same lists in the other half's held-out orders; `None` where no entry was ordered.
    pub lift_on_held_out: Option<Estimate>,
    /// The latter with each entry weighted by the orders expected at lift 1.
    pub pooled_lift_on_held_out: Option<Estimate>,
    /// Bootstrap draws.
    pub draws: u64,
    /// Of the halves and the draws.
    pub seed: u64,
}

/// Measures the lists of segments `0..segments`.
pub fn evaluate(
    customers: &[HeldOutCustomer<'_>],
    segments: usize,
    params: &SegmentEvaluationParams,
) -> Result<SegmentEvaluation, RecsysError> {
    require(params.draws >= 1, "draws", params.draws, "at least 1")?;
    let with_target: Vec<HeldOutCustomer<'_>> =
        customers.iter().filter(|customer| !customer.target.is_empty()).copied().collect();
    if with_target.is_empty() {
        return Err(RecsysError::NoData { what: "customers with a held-out order" });
    }
    let halves = deal_halves(customers, params.seed);
    let counters = [count(&halves[0], segments)?, count(&halves[1], segments)?];
    let mut all = counters[0].clone();
    all.merge(&counters[1])?;

    let by_lift = all.rank(&RankParams { top_n: TOP, ..params.rank.clone() })?;
    let by_share = all.rank_by_share(&RankParams { top_n: TOP, ..params.rank.clone() })?;
    let (lift_tops, share_tops) = (tops(&by_lift, segments), tops(&by_share, segments));
    let lists = [counters[0].rank(&params.rank)?, counters[1].rank(&params.rank)?];
    let holds: Vec<bool> = [(&lists[0], &counters[1]), (&lists[1], &counters[0])]
        .into_iter()
        .flat_map(|(list, other)| list.iter().map(|entry| lift_in(other, entry) > 1.0))
        .collect();
    let held = holds.iter().filter(|holds| **holds).count() as f64;

    let recall = recalls(&with_target, &share_tops, &all.most_bought(TOP), params);
    let measure = |bought: Bought| {
        let half = |half: usize, list: usize| Strangers::of(&halves[half], &lists[list], segments, bought);
        lifts(&[half(1, 0), half(0, 1)], params)
    };
    let (lift_on_strangers, _) = measure(Bought::Before);
    let (lift_on_held_out, pooled_lift_on_held_out) = measure(Bought::HeldOut);
    Ok(SegmentEvaluation {
        customers: customers.len() as u64,
        with_held_out: with_target.len() as u64,
        segments: segments as u64,
        segments_with_list: lift_tops.iter().filter(|top| !top.is_empty()).count() as u64,
        top10_overlap: mean_overlap(&lift_tops),
        top10_overlap_by_share: mean_overlap(&share_tops),
        half_split_entries: holds.len() as u64,
        half_split_holds: (!holds.is_empty()).then(|| held / holds.len() as f64),
        share_recall_at_10: recall[0],
        global_recall_at_10: recall[1],
        recall_difference: recall[2],
        lift_on_strangers,
        lift_on_held_out,
        pooled_lift_on_held_out,
        draws: params.draws as u64,
        seed: params.seed,
    })
}

/// The customers in two halves, dealt at random; the first has one more of an odd number.
fn deal_halves<'a>(customers: &[HeldOutCustomer<'a>], seed: u64) -> [Vec<HeldOutCustomer<'a>>; 2] {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(HALVES_STREAM);
    let mut in_second: Vec<bool> = (0..customers.len()).map(|at| at % 2 == 1).collect();
    in_second.shuffle(&mut rng);
    let of = |second: bool| {
        customers.iter().zip(&in_second).filter(|(_, at)| **at == second).map(|(c, _)| *c).collect()
    };
    [of(false), of(true)]
}

fn count(customers: &[HeldOutCustomer<'_>], segments: usize) -> Result<SupportCounter, RecsysError> {
    let (mut sizes, mut orders) = (vec![0_u64; segments], vec![0_u64; segments]);
    for customer in customers {
        let segment = customer.segment as usize;
        match sizes.get_mut(segment).zip(orders.get_mut(segment)) {
            Some((size, orders)) => {
                *size += 1;
                *orders += u64::from(customer.orders);
            }
            None => {
                let (name, expected) = ("segment", "below the number of segments");
                return Err(RecsysError::InvalidParameter {
                    name,
                    value: customer.segment.to_string(),
                    expected,
                });
            }
        }
    }
    let mut counter = SupportCounter::with_orders(sizes, orders)?;
    for customer in customers {
        let mut history = customer.history.iter();
        history.try_for_each(|(product, orders)| counter.add_orders(customer.segment, *product, *orders))?;
    }
    Ok(counter)
}

/// The products of each segment's list.
fn tops(lists: &[RankedProduct], segments: usize) -> Vec<BTreeSet<u32>> {
    let mut tops = vec![BTreeSet::new(); segments];
    for entry in lists {
        if let Some(top) = tops.get_mut(entry.segment as usize) {
            top.insert(entry.product_id);
        }
    }
    tops
}

fn mean_overlap(tops: &[BTreeSet<u32>]) -> Option<f64> {
    let tops: Vec<&BTreeSet<u32>> = tops.iter().filter(|top| !top.is_empty()).collect();
    let mut overlaps = Vec::new();
    for (at, first) in tops.iter().enumerate() {
        for second in tops.iter().skip(at + 1) {
            let shorter = first.len().min(second.len()) as f64;
            overlaps.push(first.intersection(second).count() as f64 / shorter);
        }
    }
    (!overlaps.is_empty()).then(|| overlaps.iter().sum::<f64>() / overlaps.len() as f64)
}

/// The plain lift of an entry among other customers; 0 where nobody of them bought it.
fn lift_in(counter: &SupportCounter, entry: &RankedProduct) -> f64 {
    let sizes = counter.segment_sizes();
    let segment = sizes.get(entry.segment as usize).copied().unwrap_or(0) as f64;
    let in_all: u64 = (0_u32..).zip(sizes).map(|(at, _)| counter.buyers(at, entry.product_id)).sum();
    let expected = segment * in_all as f64 / sizes.iter().sum::<u64>() as f64;
    if expected > 0.0 { counter.buyers(entry.segment, entry.product_id) as f64 / expected } else { 0.0 }
}

/// Recall of the lists by share, of the list of all, and the difference, each with its interval.
fn recalls(
    customers: &[HeldOutCustomer<'_>],
    share_tops: &[BTreeSet<u32>],
    global: &[u32],
    params: &SegmentEvaluationParams,
) -> [Estimate; 3] {
    let global: BTreeSet<u32> = global.iter().copied().collect();
    let recall = |customer: &HeldOutCustomer<'_>, list: Option<&BTreeSet<u32>>| {
        let hits = customer.target.iter().filter(|product| list.is_some_and(|list| list.contains(product)));
        hits.count() as f64 / customer.target.len() as f64
    };
    let each: Vec<[f64; 2]> = customers
        .iter()
        .map(|c| [recall(c, share_tops.get(c.segment as usize)), recall(c, Some(&global))])
        .collect();
    let n = each.len() as u64;
    let triple =
        |[share, global]: [f64; 2]| [share / n as f64, global / n as f64, (share - global) / n as f64];
    let add = |sum: [f64; 2], one: &[f64; 2]| [sum[0] + one[0], sum[1] + one[1]];
    let whole = triple(each.iter().fold([0.0; 2], add));
    let draws: Vec<[f64; 3]> = (0..params.draws as u64)
        .into_par_iter()
        .map(|draw| {
            let mut rng = draw_rng(params.seed, RECALL_STREAM + draw);
            let drawn = (0..each.len()).filter_map(|_| each.get(rng.random_range(0..each.len())));
            triple(drawn.fold([0.0; 2], add))
        })
        .collect();
    std::array::from_fn(|at| estimate(whole[at], draws.iter().map(|draw| draw[at]).collect(), n))
}

/// Which of a customer's products are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bought {
    Before,
    HeldOut,
}

/// The products of one half's customers, as far as the lists of the other half ask for them.
struct Strangers {
    segments: usize,
    /// (segment, position of the product among those listed).
    entries: Vec<(usize, usize)>,
    listed: usize,
    /// The segment of each customer who bought anything, and where its hits begin.
    customers: Vec<(u32, usize)>,
    /// Positions of listed products, customer by customer.
    hits: Vec<u32>,
}

impl Strangers {
    fn of(
        customers: &[HeldOutCustomer<'_>],
        list: &[RankedProduct],
        segments: usize,
        bought: Bought,
    ) -> Self {
        let listed: BTreeSet<u32> = list.iter().map(|entry| entry.product_id).collect();
        let position: BTreeMap<u32, u32> = listed.into_iter().zip(0..).collect();
        let entries = list.iter().filter_map(|entry| {
            position.get(&entry.product_id).map(|at| (entry.segment as usize, *at as usize))
        });
        let mut strangers = Self {
            segments,
            entries: entries.collect(),
            listed: position.len(),
            customers: Vec::new(),
            hits: Vec::new(),
        };
        for customer in customers {
            let first = strangers.hits.len();
            let any = match bought {
                Bought::Before => {
                    let products = customer.history.iter().map(|(product, _)| product);
                    strangers.hits.extend(products.filter_map(|product| position.get(product)));
                    !customer.history.is_empty()
                }
                Bought::HeldOut => {
                    strangers.hits.extend(customer.target.iter().filter_map(|product| position.get(product)));
                    !customer.target.is_empty()
                }
            };
            if any {
                strangers.customers.push((customer.segment, first));
            }
        }
        strangers
    }

    /// Observed and expected orders of each entry among the customers at these positions.
    fn measure(&self, positions: impl Iterator<Item = usize>) -> Vec<(f64, f64)> {
        let mut sizes = vec![0_u32; self.segments];
        let mut counts = vec![0_u32; self.segments * self.listed];
        for position in positions {
            let Some((segment, first)) = self.customers.get(position).copied() else { continue };
            let last = self.customers.get(position + 1).map_or(self.hits.len(), |(_, next)| *next);
            if let Some(size) = sizes.get_mut(segment as usize) {
                *size += 1;
            }
            for hit in self.hits.get(first..last).unwrap_or_default() {
                if let Some(count) = counts.get_mut(segment as usize * self.listed + *hit as usize) {
                    *count += 1;
                }
            }
        }
        let all = f64::from(sizes.iter().sum::<u32>());
        let count = |segment: usize, product: usize| {
            counts.get(segment * self.listed + product).copied().map_or(0.0, f64::from)
        };
        let measured = self.entries.iter().map(|(segment, product)| {
            let in_all: f64 = (0..self.segments).map(|segment| count(segment, *product)).sum();
            let size = sizes.get(*segment).copied().map_or(0.0, f64::from);
            (count(*segment, *product), size * in_all / all)
        });
        measured.collect()
    }
}

/// Mean and pooled lift over the entries of both halves.
fn lifts(halves: &[Strangers; 2], params: &SegmentEvaluationParams) -> (Option<Estimate>, Option<Estimate>) {
    let summary = |measured: &[(f64, f64)]| {
        let ordered: Vec<&(f64, f64)> = measured.iter().filter(|(_, expected)| *expected > 0.0).collect();
        let mean = ordered.iter().map(|(observed, expected)| observed / expected).sum::<f64>();
        let observed: f64 = ordered.iter().map(|(observed, _)| observed).sum();
        let expected: f64 = ordered.iter().map(|(_, expected)| expected).sum();
        (!ordered.is_empty())
            .then(|| (mean / ordered.len() as f64, observed / expected, ordered.len() as u64))
    };
    let whole = |half: &Strangers| half.measure(0..half.customers.len());
    let measured: Vec<(f64, f64)> = halves.iter().flat_map(whole).collect();
    let Some((mean, pooled, n)) = summary(&measured) else { return (None, None) };
    let draws: Vec<(f64, f64)> = (0..params.draws as u64)
        .into_par_iter()
        .filter_map(|draw| {
            let mut rng = draw_rng(params.seed, LIFT_STREAM + draw);
            let mut measured = Vec::with_capacity(halves.iter().map(|half| half.entries.len()).sum());
            for half in halves {
                let customers = half.customers.len();
                measured.extend(half.measure((0..customers).map(|_| rng.random_range(0..customers))));
            }
            summary(&measured).map(|(mean, pooled, _)| (mean, pooled))
        })
        .collect();
    let mean = estimate(mean, draws.iter().map(|draw| draw.0).collect(), n);
    (Some(mean), Some(estimate(pooled, draws.iter().map(|draw| draw.1).collect(), n)))
}

fn draw_rng(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(stream);
    rng
}

/// A figure with the 2.5 % and 97.5 % quantiles of its draws.
fn estimate(value: f64, mut draws: Vec<f64>, n: u64) -> Estimate {
    draws.sort_by(f64::total_cmp);
    let last = draws.len().saturating_sub(1) as f64;
    let quantile = |q: f64| draws.get((q * last).round() as usize).copied().unwrap_or(value);
    Estimate { value, low: quantile(0.025), high: quantile(0.975), n }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn params() -> SegmentEvaluationParams {
        let rank = RankParams { top_n: 5, min_support: 2, min_support_share: 0.0, prior_strength: 2.0 };
        SegmentEvaluationParams { rank, draws: 200, seed: 7 }
    }

    /// Segment, history and target.
    type Row = (u32, Vec<(u32, u32)>, Vec<u32>);

    /// 400 customers in two segments. Everybody has bought 1; segment 0 also 10..=19, segment 1 also 20..=29, and the
    /// held-out order holds `own` products of the segment's and `other` of the other one's.
    fn customers(own: u32, other: u32) -> Vec<Row> {
        (0..400)
            .map(|at| {
                let segment = at % 2;
                let products = |segment: u32, count: u32| {
                    (0..count).map(move |step| 10 + 10 * segment + (at / 2 + step) % 10)
                };
                let history =
                    std::iter::once(1).chain(products(segment, 6)).map(|product| (product, 2)).collect();
                let target = products(segment, own).chain(products(1 - segment, other)).collect();
                (segment, history, target)
            })
            .collect()
    }

    fn run(rows: &[Row], params: &SegmentEvaluationParams) -> SegmentEvaluation {
        let customers: Vec<HeldOutCustomer<'_>> = rows
            .iter()
            .map(|(segment, history, target)| HeldOutCustomer {
                segment: *segment,
                orders: 5,
                history,
                target,
            })
            .collect();
        evaluate(&customers, 2, params).unwrap()
    }

    #[test]
    fn planted_tastes_are_found_in_the_held_out_orders() {
        let found = run(&customers(4, 0), &params());
        assert_eq!((found.top10_overlap, found.half_split_holds), (Some(0.0), Some(1.0)));
        // Only one segment in two orders a listed product, so each lift is 2 in any draw of equal halves.
        let lift = found.lift_on_held_out.unwrap();
        assert!((lift.value - 2.0).abs() < 0.05 && lift.low > 1.5, "{lift:?}");
        assert!((found.lift_on_strangers.unwrap().value - 2.0).abs() < 0.05, "{found:?}");
        // The list by share holds product 1 and nine of the segment's ten: of four ordered, 3.6 on average.
        assert!((found.share_recall_at_10.value - 0.9).abs() < 1e-9, "{found:?}");
        assert!(found.recall_difference.low > 0.0);
        assert_eq!((found.customers, found.with_held_out, found.recall_difference.n), (400, 400, 400));
    }

    #[test]
    fn tastes_that_turn_round_have_a_lift_below_one() {
        let found = run(&customers(1, 3), &params());
        let lift = found.lift_on_held_out.unwrap();
        // One of four ordered products is the own segment's: the share of its customers over that of all is a half.
        assert!((lift.value - 0.5).abs() < 0.1 && lift.high < 1.0, "{lift:?}");
        let pooled = found.pooled_lift_on_held_out.unwrap();
        assert!((pooled.value - 0.5).abs() < 0.1, "{pooled:?}");
        assert_eq!(found.half_split_holds, Some(1.0), "histories still hold the taste");
    }

    #[test]
    fn the_lift_on_held_out_orders_is_as_worked_by_hand() {
        // Segment 0: 3 customers, product 7 in two orders; segment 1: 2 customers, in one. 3 of 5 in all: expected
        // 3 · 3/5 = 1.8, observed 2.
        let rows: [(u32, &[u32]); 5] = [(0, &[7]), (0, &[7, 8]), (0, &[8]), (1, &[7]), (1, &[9])];
        let customers: Vec<HeldOutCustomer<'_>> = rows
            .iter()
            .map(|(segment, target)| HeldOutCustomer { segment: *segment, orders: 1, history: &[], target })
            .collect();
        let popularity = crate::segment_popularity::shrunk_lift(1, 2, 1, 2, 0.0).unwrap();
        let entry = RankedProduct {
            segment: 0,
            product_id: 7,
            rank: 1,
            support_seg: 1,
            support_global: 1,
            popularity,
        };
        let strangers = Strangers::of(&customers, &[entry], 2, Bought::HeldOut);
        let found = strangers.measure(0..5);
        assert!((found[0].0 - 2.0).abs() < 1e-12 && (found[0].1 - 1.8).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn the_same_figures_on_any_number_of_threads_and_other_ones_by_another_seed() {
        let rows = customers(2, 2);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| run(&rows, &params()))
        };
        assert_eq!(on(1), on(3));
        assert_ne!(on(1), run(&rows, &SegmentEvaluationParams { seed: 8, ..params() }));
    }

    #[test]
    fn overlap_is_over_the_shorter_list_and_lists_without_products_are_left_out() {
        let set = |products: &[u32]| products.iter().copied().collect::<BTreeSet<u32>>();
        assert_eq!(mean_overlap(&[set(&[1, 2, 3, 4]), set(&[1, 9]), set(&[])]), Some(0.5));
        assert_eq!(mean_overlap(&[set(&[1]), set(&[])]), None);
    }

    #[test]
    fn the_interval_is_of_the_middle_95_percent_of_the_draws() {
        let found = estimate(0.5, (0..=1_000).rev().map(f64::from).collect(), 3);
        assert_eq!((found.low, found.high), (25.0, 975.0));
    }

    #[test]
    fn nothing_to_measure_and_wrong_segments_are_refused() {
        assert_eq!(
            evaluate(&[], 2, &params()).unwrap_err().to_string(),
            "there are no customers with a held-out order to learn from, at least one is needed"
        );
        let stray = HeldOutCustomer { segment: 2, orders: 1, history: &[(1, 1)], target: &[2] };
        let error = evaluate(&[stray], 2, &params()).unwrap_err();
        assert_eq!(error.to_string(), "segment is 2, it must be below the number of segments");
    }
}
