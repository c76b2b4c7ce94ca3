use super::{
    personal::{RecencyParams, personal_recency, personal_top},
    *,
};
use crate::history::{Moment, OwnHistory};

/// A basket a week.
pub(crate) fn weekly(baskets: &[&[Item]]) -> OwnHistory {
    let mut history = OwnHistory::default();
    for (order, basket) in baskets.iter().enumerate() {
        let gap_days = (order > 0).then_some(7);
        history.push(Moment { day: 7 * order as u16, gap_days, weekday: 0, hour: 0 }, basket);
    }
    history
}

fn ids(list: &[Item], length: usize) -> &[Item] {
    &list[..length]
}

#[test]
fn popularity_ranks_by_orders_then_position() {
    let (one, two) = (weekly(&[&[4, 2], &[4]]), weekly(&[&[1, 4], &[2]]));
    let popularity = Popularity::count([one.view(), two.view()].into_iter(), 6);
    assert_eq!(popularity.ranked(), [4, 2, 1, 0, 3, 5]);
    assert_eq!((popularity.orders(4), popularity.orders(0), popularity.orders(99)), (3, 0, 0));
}

#[test]
fn equal_frequencies_are_decided_by_the_latest_order_then_by_popularity() {
    let history = weekly(&[&[1, 2, 9], &[3, 2, 8], &[4]]);
    let other = weekly(&[&[8], &[8]]);
    let popularity = Popularity::count([history.view(), other.view()].into_iter(), 40);
    let lists = rank(personal_top(history.view()), history.view(), &popularity);
    // 2 twice; then once each: 4 in the third order; 8 (more popular) and 3 in the second; 1 and 9 in the first.
    assert_eq!(ids(&lists.all, 6), [2, 4, 8, 3, 1, 9]);
}

#[test]
fn short_lists_are_filled_with_what_is_bought_most() {
    let history = weekly(&[&[3]]);
    let others = weekly(&[&[7, 3], &[7, 5], &[7]]);
    let popularity = Popularity::count([history.view(), others.view()].into_iter(), 30);
    let lists = rank(personal_top(history.view()), history.view(), &popularity);
    assert_eq!(ids(&lists.all, 4), [3, 7, 5, 0]);
    assert_eq!(ids(&lists.explore, 3), [7, 5, 0]);
    assert_eq!((lists.all.len(), lists.explore.len()), (LIST_LENGTH, LIST_LENGTH));
}

#[test]
fn a_catalogue_smaller_than_a_list_gives_a_shorter_list() {
    let history = weekly(&[&[0]]);
    let popularity = Popularity::count([history.view()].into_iter(), 3);
    let lists = rank(Vec::new(), history.view(), &popularity);
    assert_eq!((lists.all, lists.explore), (vec![0, 1, 2], vec![1, 2]));
}

/// Product 1 in the two old orders, product 2 in the new one: 0.5² + 0.5 = 0.75 < 1.
#[test]
fn older_orders_weigh_less() {
    let history = weekly(&[&[1], &[1], &[2]]);
    let by_order = personal_recency(history.view(), &RecencyParams { order_decay: 0.5, day_decay: 1.0 });
    assert_eq!(by_order.iter().map(|c| (c.item, c.score)).collect::<Vec<_>>(), [(1, 0.75), (2, 1.0)]);
    let by_day = personal_recency(history.view(), &RecencyParams { order_decay: 1.0, day_decay: 0.9 });
    // 0.9^14 + 0.9^7 = 0.2287679 + 0.4782969.
    assert!((by_day[0].score - 0.707_064_8).abs() < 1e-5, "{}", by_day[0].score);
    assert!(RecencyParams { order_decay: 0.0, day_decay: 1.0 }.check().is_err());
    assert!(RecencyParams { order_decay: 1.0, day_decay: f32::NAN }.check().is_err());
}

#[test]
fn a_customer_without_history_gets_what_is_bought_most() {
    let nobody = OwnHistory::default();
    let others = weekly(&[&[5]]);
    let popularity = Popularity::count([others.view()].into_iter(), 10);
    let lists = rank(personal_top(nobody.view()), nobody.view(), &popularity);
    assert_eq!(ids(&lists.all, 2), [5, 0]);
    assert_eq!(lists.all, lists.explore);
}
