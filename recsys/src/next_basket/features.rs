//! What is known of a customer and a product before the next order.
use crate::history::{Catalogue, History, Item};
use super::tally::{Shop, Tally, purchases, tally, Purchase};

/// Features of a pair the customer has bought.
pub const REPEAT_FEATURES: &[&str] = &[
    // customer
    "orders", "mean_basket", "last_basket", "basket_trend", "distinct_items", "reorder_share", "recent_reorder_share",
    "mean_gap", "last_gap", "recent_gap", "gap_spread", "span_days", "mean_hour", "weekend_share", "last_weekday",
    // pair: counts
    "count", "share", "share_since_first", "share_last_5", "share_last_10", "share_last_20",
    "decayed_2", "decayed_5", "decayed_15", "decayed_days_10", "decayed_days_30", "decayed_days_90",
    "orders_since_last", "days_since_last", "orders_since_first", "days_since_first",
    "in_last_1", "in_last_2", "in_last_3", "in_last_4", "streak",
    // rhythm
    "mean_pause", "median_pause", "max_pause", "last_pause", "pause_ratio", "mean_pause_days", "median_pause_days", "pause_days_ratio", "due_days", "pause_spread",
    "hazard_own", "survived_own",
    "pattern",
    // cart
    "mean_place", "last_place", "first_place_share",
    // ranks within the customer
    "rank_decayed", "decayed_share", "rank_count", "rank_recent", "rank_share_size",
    // aisle within the customer
    "aisle_share", "aisle_items", "aisle_since_last", "aisle_others_since", "aisle_item_share", "aisle_in_last", "aisle_decayed",
    "department_share", "department_since_last",
    // shop
    "item_lines", "item_reorder_rate", "item_again", "item_chance", "item_single", "item_pause", "item_pause_days", "item_place", "item_pause_ratio", "item_pause_days_ratio",
    "aisle_lines", "aisle_again", "aisle_chance", "aisle_single", "department",
    // basket size-aware
    "expected_rank",
    // seasonal
    "same_weekday_share", "mean_size_with", "size_lift",
    "month_share", "trend",
    "new_since", 
];

/// Everything that features are measured on.
pub struct View<'a> {
    /// catalogue
    pub catalogue: &'a Catalogue,
    /// shop
    pub shop: &'a Shop,
    /// The customer's orders that the shop counted.
    pub counted: History<'a>,
    /// The orders before the target.
    pub history: History<'a>,
}

fn ratio(a: f64, b: f64) -> f32 {
    if b > 0.0 { (a / b) as f32 } else { f32::NAN }
}
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for v in values { sum += v; n += 1.0; }
    if n > 0.0 { sum / n } else { f64::NAN }
}
fn median(values: &[f64]) -> f64 {
    if values.is_empty() { return f64::NAN; }
    let mut v = values.to_vec();
    v.sort_by(f64::total_cmp);
    let m = v.len() / 2;
    if v.len() % 2 == 1 { v[m] } else { (v[m - 1] + v[m]) / 2.0 }
}
fn spread(values: &[f64]) -> f64 {
    if values.len() < 2 { return f64::NAN; }
    let m = mean(values.iter().copied());
    (values.iter().map(|v| (v - m) * (v - m)).sum::<f64>() / (values.len() - 1) as f64).sqrt()
}

/// Rows of all products in the history, by item ascending.
pub fn repeat_rows(view: &View<'_>, items: &mut Vec<Item>, rows: &mut Vec<f32>) {
    let history = view.history;
    let n = history.len();
    if n == 0 { return; }
    let moments = history.moments();
    let bought = purchases(history);
    let now = f64::from(moments[n - 1].day);
    let groups: Vec<&[Purchase]> = bought.chunk_by(|a, b| a.item == b.item).collect();
    // customer
    let sizes: Vec<f64> = history.baskets().map(|b| b.len() as f64).collect();
    let total_lines: f64 = sizes.iter().sum();
    let gaps: Vec<f64> = moments.iter().filter_map(|m| m.gap_days.map(f64::from)).collect();
    let mean_basket = total_lines / n as f64;
    let recent = n.min(5);
    let recent_basket = mean(sizes[n - recent..].iter().copied());
    let mut first_in = vec![0.0; n];
    for g in &groups { first_in[g[0].order as usize] += 1.0; }
    let new_share = |from: usize| {
        let lines: f64 = sizes[from..].iter().sum();
        let new: f64 = first_in[from..].iter().sum();
        ratio(lines - new, lines)
    };
    let mean_gap = mean(gaps.iter().copied());
    let recent_gap = mean(gaps[gaps.len().saturating_sub(5)..].iter().copied());
    let last_weekday = moments[n - 1].weekday;
    let customer: Vec<f32> = vec![
        n as f32, mean_basket as f32, sizes[n - 1] as f32, (recent_basket / mean_basket) as f32, groups.len() as f32,
        if n > 1 { new_share(1) } else { f32::NAN }, if n > 1 { new_share((n - recent).max(1)) } else { f32::NAN },
        mean_gap as f32, moments[n - 1].gap_days.map_or(f32::NAN, f32::from), recent_gap as f32, spread(&gaps) as f32, now as f32,
        mean(moments.iter().map(|m| f64::from(m.hour))) as f32,
        mean(moments.iter().map(|m| f64::from(u8::from(m.weekday < 2)))) as f32, f32::from(last_weekday),
    ];
    // per item measures needed for ranks
    let weight = |order: usize, half: f64| 0.5_f64.powf((n - 1 - order) as f64 / half);
    let day_weight = |order: usize, half: f64| 0.5_f64.powf((now - f64::from(moments[order].day)) / half);
    let sum_w = |half: f64| (0..n).map(|o| weight(o, half)).sum::<f64>();
    let sum_d = |half: f64| (0..n).map(|o| day_weight(o, half)).sum::<f64>();
    let norms = [sum_w(2.0), sum_w(5.0), sum_w(15.0), sum_d(10.0), sum_d(30.0), sum_d(90.0)];
    let decayed: Vec<[f64; 6]> = groups.iter().map(|g| {
        let mut d = [0.0; 6];
        for p in *g {
            let o = p.order as usize;
            for (k, h) in [2.0, 5.0, 15.0].into_iter().enumerate() { d[k] += weight(o, h); }
            for (k, h) in [10.0, 30.0, 90.0].into_iter().enumerate() { d[3 + k] += day_weight(o, h); }
        }
        for k in 0..6 { d[k] /= norms[k]; }
        d
    }).collect();
    let order_by = |key: &dyn Fn(usize) -> f64| -> Vec<usize> {
        let mut index: Vec<usize> = (0..groups.len()).collect();
        index.sort_by(|a, b| key(*b).total_cmp(&key(*a)).then(a.cmp(b)));
        let mut rank = vec![0; groups.len()];
        for (r, i) in index.into_iter().enumerate() { rank[i] = r; }
        rank
    };
    let rank_decayed = order_by(&|i| decayed[i][1]);
    let rank_count = order_by(&|i| groups[i].len() as f64 + 1e-3 * decayed[i][1]);
    let rank_recent = order_by(&|i| f64::from(groups[i][groups[i].len() - 1].order) + decayed[i][1]);
    let decayed_total: f64 = decayed.iter().map(|d| d[1]).sum();
    // aisles: of each order
    let mut aisle_lines: std::collections::BTreeMap<u32, (f64, f64, usize, f64)> = Default::default(); // lines, items, last order, decayed
    let mut department_lines: std::collections::BTreeMap<u32, (f64, usize)> = Default::default();
    for (i, g) in groups.iter().enumerate() {
        let a = aisle_lines.entry(view.catalogue.aisle(g[0].item)).or_default();
        a.0 += g.len() as f64; a.1 += 1.0; a.2 = a.2.max(g[g.len() - 1].order as usize); a.3 += decayed[i][1];
        let d = department_lines.entry(view.catalogue.department(g[0].item)).or_default();
        d.0 += g.len() as f64; d.1 = d.1.max(g[g.len() - 1].order as usize);
    }
    let counted = purchases(view.counted);
    let mut counted_groups = counted.chunk_by(|a, b| a.item == b.item).peekable();
    // own aisle tallies
    let mut own_aisles: std::collections::BTreeMap<u32, Tally> = Default::default();
    for g in counted.chunk_by(|a, b| a.item == b.item) {
        *own_aisles.entry(view.catalogue.aisle(g[0].item)).or_default() += tally(view.counted, g);
    }
    for (i, g) in groups.iter().enumerate() {
        let item = g[0].item;
        let count = g.len();
        let (first, last) = (g[0].order as usize, g[count - 1].order as usize);
        let since = n - 1 - last;
        let days_since = now - f64::from(moments[last].day);
        let in_orders = |from: usize| g.iter().filter(|p| p.order as usize >= from).count() as f64;
        let share_last = |k: usize| ratio(in_orders(n.saturating_sub(k)), n.min(k) as f64);
        let holds = |back: usize| if back < n { f32::from(u8::from(g.binary_search_by_key(&((n - 1 - back) as u32), |p| p.order).is_ok())) } else { f32::NAN };
        let mut streak = 0.0;
        for (k, p) in g.iter().rev().enumerate() { if p.order as usize == n - 1 - k { streak += 1.0 } else { break } }
        let pauses: Vec<f64> = g.windows(2).map(|w| f64::from(w[1].order - w[0].order)).collect();
        let pause_days: Vec<f64> = g.windows(2).map(|w| f64::from(moments[w[1].order as usize].day) - f64::from(moments[w[0].order as usize].day)).collect();
        let elapsed = since as f64 + 1.0;
        let mean_pause = mean(pauses.iter().copied());
        let mean_pause_days = mean(pause_days.iter().copied());
        let at_risk = pauses.iter().filter(|p| **p >= elapsed).count() as f64;
        let happened = pauses.iter().filter(|p| **p == elapsed).count() as f64;
        let expected_days = days_since + if mean_gap.is_nan() { 10.0 } else { recent_gap };
        let mut pattern = 0.0_f32;
        for back in 0..8 { if holds(back) == 1.0 { pattern += 0.5_f32.powi(back as i32 + 1); } }
        let places: Vec<f64> = g.iter().map(|p| f64::from(p.place) / history.basket(p.order as usize).len() as f64).collect();
        let aisle = view.catalogue.aisle(item);
        let own_aisle = aisle_lines[&aisle];
        let others_since = groups.iter().filter(|o| o[0].item != item && view.catalogue.aisle(o[0].item) == aisle)
            .map(|o| o.iter().filter(|p| p.order as usize > last).count() as f64).sum::<f64>();
        let others_last = groups.iter().any(|o| o[0].item != item && view.catalogue.aisle(o[0].item) == aisle && o[o.len() - 1].order as usize == n - 1);
        let department = view.catalogue.department(item);
        let own_department = department_lines[&department];
        while counted_groups.peek().is_some_and(|c| c[0].item < item) { counted_groups.next(); }
        let own = counted_groups.peek().filter(|c| c[0].item == item).map_or(Tally::default(), |c| tally(view.counted, c));
        let shop = view.shop.items[item as usize] - own;
        let shop_aisle = view.shop.aisles[aisle as usize] - own_aisles.get(&aisle).copied().unwrap_or_default();
        let f = |x: u64| x as f64;
        // shrunk towards the aisle
        let prior_again = f(shop_aisle.again + 1) / f(shop_aisle.followed + 10);
        let prior_chance = f(shop_aisle.lines - shop_aisle.customers + 1) / f(shop_aisle.chances + 10);
        let prior_single = f(shop_aisle.single + 1) / f(shop_aisle.customers + 2);
        let again = (f(shop.again) + 20.0 * prior_again) / (f(shop.followed) + 20.0);
        let chance = (f(shop.lines.saturating_sub(shop.customers)) + 50.0 * prior_chance) / (f(shop.chances) + 50.0);
        let single = (f(shop.single) + 10.0 * prior_single) / (f(shop.customers) + 10.0);
        let item_pause = (f(shop.pause_orders) + 5.0 * f(shop_aisle.pause_orders + 1) / f(shop_aisle.pauses + 1)) / (f(shop.pauses) + 5.0);
        let item_pause_days = (f(shop.pause_days) + 5.0 * f(shop_aisle.pause_days + 1) / f(shop_aisle.pauses + 1)) / (f(shop.pauses) + 5.0);
        let weekday_orders = moments.iter().filter(|m| m.weekday == last_weekday).count() as f64;
        let with_weekday = g.iter().filter(|p| moments[p.order as usize].weekday == last_weekday).count() as f64;
        let mean_size_with = mean(g.iter().map(|p| sizes[p.order as usize]));
        let month_orders = moments.iter().filter(|m| now - f64::from(m.day) <= 30.0).count() as f64;
        let month_with = g.iter().filter(|p| now - f64::from(moments[p.order as usize].day) <= 30.0).count() as f64;
        items.push(item);
        let start = rows.len();
        rows.extend_from_slice(&customer);
        rows.extend_from_slice(&[
            count as f32, ratio(count as f64, n as f64), ratio(count as f64 - 1.0, (n - 1 - first) as f64), share_last(5), share_last(10), share_last(20),
            decayed[i][0] as f32, decayed[i][1] as f32, decayed[i][2] as f32, decayed[i][3] as f32, decayed[i][4] as f32, decayed[i][5] as f32,
            since as f32, days_since as f32, (n - 1 - first) as f32, (now - f64::from(moments[first].day)) as f32,
            holds(0), holds(1), holds(2), holds(3), streak,
            mean_pause as f32, median(&pauses) as f32, pauses.iter().copied().fold(f64::NAN, f64::max) as f32, pauses.last().copied().unwrap_or(f64::NAN) as f32,
            (elapsed / mean_pause) as f32, mean_pause_days as f32, median(&pause_days) as f32, (expected_days / mean_pause_days) as f32, (expected_days - mean_pause_days) as f32, spread(&pauses) as f32,
            ratio(happened + 0.5 * again, at_risk + 0.5), ratio(at_risk + 0.5, pauses.len() as f64 + 1.0),
            pattern,
            mean(places.iter().copied()) as f32, places[count - 1] as f32, ratio(g.iter().filter(|p| p.place == 0).count() as f64, count as f64),
            rank_decayed[i] as f32, ratio(decayed[i][1], decayed_total), rank_count[i] as f32, rank_recent[i] as f32, (rank_decayed[i] as f64 / mean_basket) as f32,
            ratio(own_aisle.0, total_lines), own_aisle.1 as f32, (n - 1 - own_aisle.2) as f32, others_since as f32, ratio(count as f64, own_aisle.0), f32::from(u8::from(others_last)), ratio(decayed[i][1], own_aisle.3),
            ratio(own_department.0, total_lines), (n - 1 - own_department.1) as f32,
            (f(shop.lines) + 1.0).ln() as f32, ratio(f(shop.lines.saturating_sub(shop.customers)), f(shop.lines)), again as f32, chance as f32, single as f32, item_pause as f32, item_pause_days as f32, ratio(f(shop.place), 1000.0 * f(shop.lines)),
            (elapsed / item_pause) as f32, (expected_days / item_pause_days) as f32,
            (f(shop_aisle.lines) + 1.0).ln() as f32, prior_again as f32, prior_chance as f32, prior_single as f32, department as f32,
            (rank_decayed[i] as f64 / recent_basket) as f32,
            ratio(with_weekday, weekday_orders), mean_size_with as f32, (mean_size_with / mean_basket) as f32,
            ratio(month_with, month_orders), ratio(in_orders(n - recent) * n as f64, count as f64 * recent as f64),
            first_in[first..].iter().sum::<f64>() as f32,
        ]);
        debug_assert_eq!(rows.len() - start, REPEAT_FEATURES.len());
    }
}
