//! What is known of a customer and a product before the next order, as numbers for the ranker.
//!
//! One row a candidate: of the customer, of the customer with that product (missing for a product never bought), of the
//! customer with its aisle and department, of the product in the shop at large, and what the candidate sources say.
//! The shop is measured without the customer, so that in training the target stands in no feature. Nothing of the
//! target order is known: not its gap, day, hour or size. NaN is "not defined".

use std::collections::BTreeMap;

use super::tally::{Purchase, Shop, Tally, purchases, tally};
use crate::history::{Catalogue, History, Item};

/// Of the customer.
const CUSTOMER: [&str; 17] = [
    "orders",
    "mean_basket",
    "last_basket",
    "basket_trend",
    "distinct_items",
    "reorder_share",
    "recent_reorder_share",
    "mean_gap",
    "last_gap",
    "recent_gap",
    "gap_spread",
    "span_days",
    "mean_hour",
    "early_week_share",
    "last_weekday",
    "basket_spread",
    "single_share",
];

/// Of the customer with the product; missing for one never bought.
const PAIR: [&str; 55] = [
    // how often
    "count",
    "share",
    "share_since_first",
    "share_last_5",
    "share_last_10",
    "share_last_20",
    "month_share",
    "decayed_2",
    "decayed_5",
    "decayed_15",
    "decayed_days_10",
    "decayed_days_30",
    "decayed_days_90",
    "trend",
    "two_month_share",
    // when
    "orders_since_last",
    "days_since_last",
    "orders_since_first",
    "days_since_first",
    "recent_pattern",
    "streak",
    "items_tried_since_first",
    // in which rhythm
    "mean_pause",
    "median_pause",
    "max_pause",
    "last_pause",
    "pause_spread",
    "pause_ratio",
    "mean_pause_days",
    "median_pause_days",
    "pause_days_ratio",
    "overdue_days",
    "hazard",
    "survived",
    "days_hazard",
    "days_survived",
    // where in the cart
    "mean_place",
    "last_place",
    "first_place_share",
    // beside the customer's other products
    "rank_decayed",
    "decayed_share",
    "rank_count",
    "rank_recent",
    "rank_by_basket",
    "rank_by_recent_basket",
    "ahead_mass",
    "same_weekday_share",
    "same_time_share",
    "mean_size_with",
    "size_lift",
    "item_share_of_aisle",
    "decayed_share_of_aisle",
    "aisle_others_since",
    "aisle_other_in_last",
    "first_order_share",
];

/// Of the customer with the product's aisle and department.
const PLACE: [&str; 8] = [
    "aisle_share",
    "aisle_items",
    "aisle_orders_since_last",
    "aisle_decayed",
    "aisle_new_share",
    "department_share",
    "department_orders_since_last",
    "aisle_order_share",
];

/// Of the product, its aisle and department in the shop.
const SHOP: [&str; 22] = [
    "item_orders",
    "item_reorder_share",
    "item_again",
    "item_chance",
    "item_single",
    "item_pause",
    "item_pause_days",
    "item_place",
    "item_pause_ratio",
    "item_pause_days_ratio",
    "aisle_orders",
    "aisle_again",
    "aisle_chance",
    "aisle_single",
    "department",
    "item_again_over_aisle",
    "item_customers",
    "item_share_of_aisle_shop",
    "aisle_pause_days",
    "item_chance_over_own",
    "item_hazard",
    "aisle_hazard",
];

/// What the candidate sources say.
const SOURCES: [&str; 4] = ["neighbours", "neighbours_rank", "taste", "together"];

/// Length of a row.
pub const WIDTH: usize = CUSTOMER.len() + PAIR.len() + PLACE.len() + SHOP.len() + SOURCES.len();

/// Names of all features, in their order in a row.
pub fn names() -> Vec<&'static str> {
    [&CUSTOMER[..], &PAIR, &PLACE, &SHOP, &SOURCES].concat()
}

/// What the sources say of one candidate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Signals {
    /// The product.
    pub item: Item,
    /// Mean decayed frequency among the nearest customers.
    pub neighbours: f32,
    /// Place by that, 0 = highest.
    pub neighbours_rank: f32,
    /// Dot product with the customer's factors.
    pub taste: f32,
    /// How strongly it goes with what the customer buys.
    pub together: f32,
}

/// Everything a row is measured on.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// Products and their places.
    pub catalogue: &'a Catalogue,
    /// What all customers do.
    pub shop: &'a Shop,
    /// The customer's orders that `shop` counted; they are taken out again.
    pub counted: History<'a>,
    /// The orders before the target.
    pub history: History<'a>,
}

fn ratio(part: f64, whole: f64) -> f32 {
    if whole > 0.0 { (part / whole) as f32 } else { f32::NAN }
}

fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, n) = values.into_iter().fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    if n > 0.0 { sum / n } else { f64::NAN }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.len(), sorted.len() / 2) {
        (0, _) => f64::NAN,
        (n, middle) if n % 2 == 1 => sorted[middle],
        (_, middle) => f64::midpoint(sorted[middle - 1], sorted[middle]),
    }
}

/// Standard deviation of a sample.
fn spread(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return f64::NAN;
    }
    let middle = mean(values.iter().copied());
    (values.iter().map(|v| (v - middle).powi(2)).sum::<f64>() / (values.len() - 1) as f64).sqrt()
}

/// Half-lives of decayed frequencies: in orders, then in days.
const ORDER_HALF_LIVES: [f64; 3] = [2.0, 5.0, 15.0];
const DAY_HALF_LIVES: [f64; 3] = [10.0, 30.0, 90.0];

/// Orders that "recent" means.
const RECENT: usize = 5;

/// One customer measured once, for all candidates.
struct Customer<'a> {
    case: Case<'a>,
    n: usize,
    /// Day of the last order.
    now: f64,
    purchases: Vec<Purchase>,
    sizes: Vec<f64>,
    /// Products bought for the first time, by order.
    firsts: Vec<f64>,
    lines: f64,
    mean_basket: f64,
    recent_basket: f64,
    /// Days that the next order may be away.
    usual_gap: f64,
    features: [f32; CUSTOMER.len()],
    aisles: BTreeMap<u32, Aisle>,
    departments: BTreeMap<u32, Aisle>,
    counted_purchases: Vec<Purchase>,
    counted_aisles: BTreeMap<u32, Tally>,
}

/// What the customer bought of an aisle or a department.
#[derive(Debug, Clone, Default)]
struct Aisle {
    lines: f64,
    items: f64,
    /// Orders with it, by number; may repeat.
    orders: Vec<u32>,
    last: usize,
    decayed: f64,
    singles: f64,
}

/// Decayed shares of a product, by half-life.
type Decayed = [f64; 6];

/// Writes a row for every candidate: `signals` in ascending order of items, each at most once.
/// A product of the history that is no candidate gets no row.
pub fn write_rows(case: Case<'_>, signals: &[Signals], rows: &mut Vec<f32>) {
    let history = case.history;
    if history.is_empty() {
        let start = rows.len();
        for signal in signals {
            rows.extend([f32::NAN; CUSTOMER.len() + PAIR.len() + PLACE.len()]);
            rows.extend(shop_features(case, Tally::default(), Tally::default(), signal.item, None));
            rows.extend([signal.neighbours, signal.neighbours_rank, signal.taste, signal.together]);
        }
        debug_assert_eq!(rows.len() - start, signals.len() * WIDTH);
        return;
    }
    let bought = purchases(history);
    let groups: Vec<&[Purchase]> = bought.chunk_by(|a, b| a.item == b.item).collect();
    let decayed = decayed_shares(history, &groups);
    let customer = Customer::new(case, &groups, &decayed);
    let ranks = Ranks::new(&groups, &decayed);
    let mut place = 0;
    for signal in signals {
        while groups.get(place).is_some_and(|group| group[0].item < signal.item) {
            place += 1;
        }
        let known =
            groups.get(place).filter(|group| group[0].item == signal.item).map(|group| (place, *group));
        let start = rows.len();
        rows.extend(customer.features);
        let own = customer.counted(signal.item);
        match known {
            Some((place, group)) => customer.write_pair(place, group, &groups, &decayed, &ranks, rows),
            None => rows.extend([f32::NAN; PAIR.len()]),
        }
        rows.extend(customer.place_features(signal.item));
        let aisle = case.catalogue.aisle(signal.item);
        let own_aisle = customer.counted_aisles.get(&aisle).copied().unwrap_or_default();
        let since = known.map(|(_, group)| customer.since(group));
        rows.extend(shop_features(case, own, own_aisle, signal.item, since));
        rows.extend([signal.neighbours, signal.neighbours_rank, signal.taste, signal.together]);
        debug_assert_eq!(rows.len() - start, WIDTH);
    }
}

fn decayed_shares(history: History<'_>, groups: &[&[Purchase]]) -> Vec<Decayed> {
    let moments = history.moments();
    let n = moments.len();
    let now = f64::from(moments[n - 1].day);
    let weights: Vec<Decayed> = (0..n)
        .map(|order| {
            let (later, days) = ((n - 1 - order) as f64, now - f64::from(moments[order].day));
            let [a, b, c] = ORDER_HALF_LIVES.map(|half| 0.5_f64.powf(later / half));
            let [d, e, f] = DAY_HALF_LIVES.map(|half| 0.5_f64.powf(days / half));
            [a, b, c, d, e, f]
        })
        .collect();
    let sum = |orders: &mut dyn Iterator<Item = usize>| {
        let mut total = [0.0; 6];
        for order in orders {
            total.iter_mut().zip(&weights[order]).for_each(|(sum, weight)| *sum += weight);
        }
        total
    };
    let whole = sum(&mut (0..n));
    let shares = groups.iter().map(|group| {
        let held = sum(&mut group.iter().map(|purchase| purchase.order as usize));
        std::array::from_fn(|k| held[k] / whole[k])
    });
    shares.collect()
}

/// Places of a customer's products among each other, 0 = first.
struct Ranks {
    decayed: Vec<usize>,
    count: Vec<usize>,
    recent: Vec<usize>,
    /// Sum of decayed shares of the products ahead.
    ahead: Vec<f64>,
}

impl Ranks {
    fn new(groups: &[&[Purchase]], decayed: &[Decayed]) -> Self {
        let by = |key: &dyn Fn(usize) -> f64| {
            let mut order: Vec<usize> = (0..groups.len()).collect();
            order.sort_by(|a, b| key(*b).total_cmp(&key(*a)).then(a.cmp(b)));
            order
        };
        let places = |order: &[usize]| {
            let mut places = vec![0; order.len()];
            order.iter().enumerate().for_each(|(place, product)| places[*product] = place);
            places
        };
        let by_decayed = by(&|product| decayed[product][1]);
        let mut ahead = vec![0.0; groups.len()];
        let mut mass = 0.0;
        for product in &by_decayed {
            ahead[*product] = mass;
            mass += decayed[*product][1];
        }
        let last = |product: usize| groups[product].last().map_or(0.0, |purchase| f64::from(purchase.order));
        Self {
            decayed: places(&by_decayed),
            count: places(&by(&|product| groups[product].len() as f64 + 1e-3 * decayed[product][1])),
            recent: places(&by(&|product| last(product) + decayed[product][1])),
            ahead,
        }
    }
}

impl<'a> Customer<'a> {
    fn new(case: Case<'a>, groups: &[&[Purchase]], decayed: &[Decayed]) -> Self {
        let (history, moments) = (case.history, case.history.moments());
        let n = history.len();
        let sizes: Vec<f64> = history.baskets().map(|basket| basket.len() as f64).collect();
        let gaps: Vec<f64> = moments.iter().filter_map(|moment| moment.gap_days.map(f64::from)).collect();
        let lines: f64 = sizes.iter().sum();
        let mut firsts = vec![0.0; n];
        groups.iter().for_each(|group| firsts[group[0].order as usize] += 1.0);
        let recent = n.min(RECENT);
        let (mean_basket, recent_basket) = (lines / n as f64, mean(sizes[n - recent..].iter().copied()));
        let recent_gap = mean(gaps[gaps.len().saturating_sub(RECENT)..].iter().copied());
        let reordered = |from: usize| {
            let lines: f64 = sizes[from..].iter().sum();
            ratio(lines - firsts[from..].iter().sum::<f64>(), lines)
        };
        let singles = groups.iter().filter(|group| group.len() == 1).count() as f64;
        let now = f64::from(moments[n - 1].day);
        let features = [
            n as f32,
            mean_basket as f32,
            sizes[n - 1] as f32,
            (recent_basket / mean_basket) as f32,
            groups.len() as f32,
            reordered(1.min(n)),
            reordered((n - recent).max(1.min(n))),
            mean(gaps.iter().copied()) as f32,
            moments[n - 1].gap_days.map_or(f32::NAN, f32::from),
            recent_gap as f32,
            spread(&gaps) as f32,
            now as f32,
            mean(moments.iter().map(|moment| f64::from(moment.hour))) as f32,
            mean(moments.iter().map(|moment| f64::from(u8::from(moment.weekday < 2)))) as f32,
            f32::from(moments[n - 1].weekday),
            spread(&sizes) as f32,
            ratio(singles, groups.len() as f64),
        ];
        let mut aisles: BTreeMap<u32, Aisle> = BTreeMap::new();
        let mut departments: BTreeMap<u32, Aisle> = BTreeMap::new();
        for (group, decayed) in groups.iter().zip(decayed) {
            let item = group[0].item;
            let parts = [
                aisles.entry(case.catalogue.aisle(item)).or_default(),
                departments.entry(case.catalogue.department(item)).or_default(),
            ];
            for part in parts {
                part.lines += group.len() as f64;
                part.items += 1.0;
                part.orders.extend(group.iter().map(|purchase| purchase.order));
                part.last = part.last.max(group[group.len() - 1].order as usize);
                part.decayed += decayed[1];
                part.singles += f64::from(u8::from(group.len() == 1));
            }
        }
        for part in aisles.values_mut().chain(departments.values_mut()) {
            part.orders.sort_unstable();
        }
        let counted_purchases = purchases(case.counted);
        let mut counted_aisles: BTreeMap<u32, Tally> = BTreeMap::new();
        for group in counted_purchases.chunk_by(|a, b| a.item == b.item) {
            *counted_aisles.entry(case.catalogue.aisle(group[0].item)).or_default() +=
                tally(case.counted, group);
        }
        // A customer with one order has no gap: a plain guess between a week and a fortnight.
        let usual_gap = if recent_gap.is_nan() { 10.0 } else { recent_gap };
        Self {
            case,
            n,
            now,
            purchases: groups.concat(),
            sizes,
            firsts,
            lines,
            mean_basket,
            recent_basket,
            usual_gap,
            features,
            aisles,
            departments,
            counted_purchases,
            counted_aisles,
        }
    }

    /// What the shop counted of this customer and product.
    fn counted(&self, item: Item) -> Tally {
        let start = self.counted_purchases.partition_point(|purchase| purchase.item < item);
        let end = self.counted_purchases.partition_point(|purchase| purchase.item <= item);
        tally(self.case.counted, &self.counted_purchases[start..end])
    }

    /// Orders from the last that holds it to the next one, and days until then if it comes after the usual gap.
    fn since(&self, group: &[Purchase]) -> (f64, f64, f64) {
        let last = group[group.len() - 1].order as usize;
        let days = self.now - f64::from(self.case.history.moments()[last].day);
        let share = (group.len() as f64 - 1.0) / ((self.n - 1 - group[0].order as usize) as f64);
        ((self.n - last) as f64, days + self.usual_gap, share)
    }

    fn write_pair(
        &self,
        place: usize,
        group: &[Purchase],
        groups: &[&[Purchase]],
        decayed: &[Decayed],
        ranks: &Ranks,
        rows: &mut Vec<f32>,
    ) {
        let (n, now, moments) = (self.n, self.now, self.case.history.moments());
        let count = group.len() as f64;
        let (first, last) = (group[0].order as usize, group[group.len() - 1].order as usize);
        let day = |order: usize| f64::from(moments[order].day);
        let within = |days: f64| group.iter().filter(|p| now - day(p.order as usize) <= days).count() as f64;
        let orders_within = |days: f64| (0..n).filter(|order| now - day(*order) <= days).count() as f64;
        let among_last =
            |orders: usize| group.iter().filter(|p| p.order as usize + orders >= n).count() as f64;
        let share_last = |orders: usize| ratio(among_last(orders), n.min(orders) as f64);
        let holds = |order: usize| group.binary_search_by_key(&(order as u32), |p| p.order).is_ok();
        let streak = (0..n).rev().take_while(|order| holds(*order)).count();
        let pattern: f32 =
            (0..n.min(8)).filter(|back| holds(n - 1 - back)).map(|back| 0.5_f32.powi(back as i32 + 1)).sum();
        let pauses: Vec<f64> = group.windows(2).map(|w| f64::from(w[1].order - w[0].order)).collect();
        let pause_days: Vec<f64> =
            group.windows(2).map(|w| day(w[1].order as usize) - day(w[0].order as usize)).collect();
        let (elapsed, elapsed_days, _) = self.since(group);
        let (mean_pause, mean_pause_days) = (mean(pauses.iter().copied()), mean(pause_days.iter().copied()));
        let waited = pauses.iter().filter(|pause| **pause >= elapsed).count() as f64;
        let came = pauses.iter().filter(|pause| **pause == elapsed).count() as f64;
        let waited_days = pause_days.iter().filter(|pause| **pause >= now - day(last)).count() as f64;
        let came_days = pause_days
            .iter()
            .filter(|pause| **pause >= now - day(last) && **pause <= elapsed_days + 0.5 * self.usual_gap)
            .count() as f64;
        let places: Vec<f64> =
            group.iter().map(|p| f64::from(p.place) / self.sizes[p.order as usize]).collect();
        let weekday = moments[n - 1].weekday;
        let on_weekday = moments.iter().filter(|moment| moment.weekday == weekday).count() as f64;
        let with_weekday =
            group.iter().filter(|p| moments[p.order as usize].weekday == weekday).count() as f64;
        let is_near = |hour: u8| hour.abs_diff(moments[n - 1].hour) <= 3;
        let near_hour = moments.iter().filter(|moment| is_near(moment.hour)).count() as f64;
        let with_hour = group.iter().filter(|p| is_near(moments[p.order as usize].hour)).count() as f64;
        let mean_size_with = mean(group.iter().map(|p| self.sizes[p.order as usize]));
        let catalogue = self.case.catalogue;
        let aisle_id = catalogue.aisle(group[0].item);
        let aisle = &self.aisles[&aisle_id];
        let aisle_since = aisle.orders.len() - aisle.orders.partition_point(|order| *order as usize <= last);
        let aisle_in_last = aisle.last == n - 1 && last < n - 1;
        let total_decayed: f64 =
            ranks.ahead.iter().zip(decayed).map(|(ahead, d)| ahead + d[1]).fold(0.0, f64::max);
        let recent = n.min(RECENT);
        let own = decayed[place];
        debug_assert_eq!(groups[place][0].item, group[0].item);
        debug_assert_eq!(self.purchases.len() as f64, groups.iter().map(|g| g.len() as f64).sum::<f64>());
        rows.extend([
            count as f32,
            ratio(count, n as f64),
            ratio(count - 1.0, (n - 1 - first) as f64),
            share_last(5),
            share_last(10),
            share_last(20),
            ratio(within(30.0), orders_within(30.0)),
            own[0] as f32,
            own[1] as f32,
            own[2] as f32,
            own[3] as f32,
            own[4] as f32,
            own[5] as f32,
            ratio(among_last(recent) * n as f64, count * recent as f64),
            ratio(within(60.0), orders_within(60.0)),
            (n - 1 - last) as f32,
            (now - day(last)) as f32,
            (n - 1 - first) as f32,
            (now - day(first)) as f32,
            pattern,
            streak as f32,
            self.firsts[first..].iter().sum::<f64>() as f32,
            mean_pause as f32,
            median(&pauses) as f32,
            pauses.iter().copied().fold(f64::NAN, f64::max) as f32,
            pauses.last().copied().unwrap_or(f64::NAN) as f32,
            spread(&pauses) as f32,
            (elapsed / mean_pause) as f32,
            mean_pause_days as f32,
            median(&pause_days) as f32,
            (elapsed_days / mean_pause_days) as f32,
            (elapsed_days - mean_pause_days) as f32,
            ratio(came + 0.1, waited + 0.5),
            ratio(waited + 0.5, pauses.len() as f64 + 1.0),
            ratio(came_days + 0.1, waited_days + 0.5),
            ratio(waited_days + 0.5, pauses.len() as f64 + 1.0),
            mean(places.iter().copied()) as f32,
            places[places.len() - 1] as f32,
            ratio(group.iter().filter(|p| p.place == 0).count() as f64, count),
            ranks.decayed[place] as f32,
            ratio(own[1], total_decayed),
            ranks.count[place] as f32,
            ranks.recent[place] as f32,
            ratio(ranks.decayed[place] as f64, self.mean_basket),
            ratio(ranks.decayed[place] as f64, self.recent_basket),
            ratio(ranks.ahead[place], self.recent_basket),
            ratio(with_weekday, on_weekday),
            ratio(with_hour, near_hour),
            mean_size_with as f32,
            (mean_size_with / self.mean_basket) as f32,
            ratio(count, aisle.lines),
            ratio(own[1], aisle.decayed),
            aisle_since as f32,
            f32::from(u8::from(aisle_in_last)),
            ratio(first as f64, n as f64),
        ]);
    }

    fn place_features(&self, item: Item) -> [f32; PLACE.len()] {
        let aisle = self.aisles.get(&self.case.catalogue.aisle(item));
        let department = self.departments.get(&self.case.catalogue.department(item));
        let since = |part: Option<&Aisle>| part.map_or(f32::NAN, |part| (self.n - 1 - part.last) as f32);
        let lines = |part: Option<&Aisle>| ratio(part.map_or(0.0, |part| part.lines), self.lines);
        let distinct = |part: &Aisle| part.orders.chunk_by(|a, b| a == b).count() as f64;
        [
            lines(aisle),
            aisle.map_or(0.0, |aisle| aisle.items as f32),
            since(aisle),
            aisle.map_or(0.0, |aisle| aisle.decayed as f32),
            aisle.map_or(f32::NAN, |aisle| ratio(aisle.singles, aisle.items)),
            lines(department),
            since(department),
            ratio(aisle.map_or(0.0, distinct), self.n as f64),
        ]
    }
}

/// Pseudo-counts that pull a rare product towards its aisle: about the support at which the two weigh the same.
const AISLE_WEIGHT: f64 = 20.0;

fn shop_features(
    case: Case<'_>,
    own: Tally,
    own_aisle: Tally,
    item: Item,
    since: Option<(f64, f64, f64)>,
) -> [f32; SHOP.len()] {
    let aisle_id = case.catalogue.aisle(item);
    let product = case.shop.items[item as usize] - own;
    let aisle = case.shop.aisles[aisle_id as usize] - own_aisle;
    let f = |count: u64| count as f64;
    let rebought = |tally: &Tally| f(tally.lines.saturating_sub(tally.customers));
    let aisle_again = (f(aisle.again) + 1.0) / (f(aisle.followed) + 10.0);
    let aisle_chance = (rebought(&aisle) + 1.0) / (f(aisle.chances) + 20.0);
    let aisle_single = (f(aisle.single) + 1.0) / (f(aisle.customers) + 2.0);
    let aisle_pause = (f(aisle.pause_orders) + 5.0) / (f(aisle.pauses) + 1.0);
    let aisle_pause_days = (f(aisle.pause_days) + 50.0) / (f(aisle.pauses) + 1.0);
    let pulled = |part: f64, whole: f64, prior: f64| (part + AISLE_WEIGHT * prior) / (whole + AISLE_WEIGHT);
    let again = pulled(f(product.again), f(product.followed), aisle_again);
    let chance = pulled(rebought(&product), f(product.chances), aisle_chance);
    let single = pulled(f(product.single), f(product.customers), aisle_single);
    let pause = pulled(f(product.pause_orders), f(product.pauses), aisle_pause);
    let pause_days = pulled(f(product.pause_days), f(product.pauses), aisle_pause_days);
    // The chance that it comes after exactly this wait: product pulled towards aisle, aisle towards the shop.
    let hazards = since.map(|(wait, _, _)| {
        let bucket = super::tally::wait_bucket(wait as usize);
        let came = |tally: &Tally, prior: f64, weight: f64| {
            (f(tally.came[bucket]) + weight * prior) / (f(tally.waited[bucket]) + weight)
        };
        let whole = came(&case.shop.whole, 0.1, 10.0);
        let aisle = came(&aisle, whole, 200.0);
        (came(&product, aisle, 100.0), aisle)
    });
    let over = |value: Option<f64>, usual: f64| value.map_or(f32::NAN, |value| (value / usual) as f32);
    [
        (f(product.lines) + 1.0).ln() as f32,
        ratio(rebought(&product), f(product.lines)),
        again as f32,
        chance as f32,
        single as f32,
        pause as f32,
        pause_days as f32,
        ratio(f(product.place), 1000.0 * f(product.lines)),
        over(since.map(|s| s.0), pause),
        over(since.map(|s| s.1), pause_days),
        (f(aisle.lines) + 1.0).ln() as f32,
        aisle_again as f32,
        aisle_chance as f32,
        aisle_single as f32,
        case.catalogue.department(item) as f32,
        (again / aisle_again) as f32,
        (f(product.customers) + 1.0).ln() as f32,
        ratio(f(product.lines), f(aisle.lines)),
        aisle_pause_days as f32,
        over(since.map(|s| s.2), chance),
        hazards.map_or(f32::NAN, |hazards| hazards.0 as f32),
        hazards.map_or(f32::NAN, |hazards| hazards.1 as f32),
    ]
}
