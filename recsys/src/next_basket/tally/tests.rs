use super::*;
use crate::history::HistoriesBuilder;

/// Customer 1: {0, 1}, {0}, {1}, {0}; customer 2: {0}. Gaps of three days.
fn histories() -> Histories {
    let mut builder = HistoriesBuilder::new();
    for (order, basket) in [&[0, 1][..], &[0], &[1], &[0]].into_iter().enumerate() {
        builder.push(1, (order > 0).then_some(3), 0, 9, basket).unwrap();
    }
    builder.push(2, None, 0, 9, &[0]).unwrap();
    builder.build()
}

fn catalogue() -> Catalogue {
    Catalogue::new(vec![(10, 1, 1), (11, 1, 1)]).unwrap()
}

#[test]
fn a_product_is_counted_by_hand() {
    let shop = Shop::count(&catalogue(), &histories(), |_| 9);
    let product = shop.items[0];
    // Orders 1, 2 and 4 of customer 1 and the only one of customer 2.
    assert_eq!((product.lines, product.customers, product.single), (4, 2, 1));
    // Orders 1 and 2 have a next one of the same customer; order 2 repeats order 1.
    assert_eq!((product.followed, product.again, product.chances), (2, 1, 3));
    // From 1 to 2 and from 2 to 4: three orders, nine days.
    assert_eq!((product.pauses, product.pause_orders, product.pause_days), (2, 3, 9));
    // After one order it could come twice and did once, after two it could once and did.
    assert_eq!((product.waited[..3].to_vec(), product.came[..3].to_vec()), (vec![2, 1, 0], vec![1, 1, 0]));
    assert_eq!((shop.customers, shop.orders), (2, 5));
}

#[test]
fn aisles_and_the_shop_are_sums_of_products() {
    let shop = Shop::count(&catalogue(), &histories(), |_| 9);
    let mut sum = shop.items[0];
    sum += shop.items[1];
    assert_eq!((shop.aisles[1], shop.whole), (sum, sum));
    let read = Shop::from_items(&catalogue(), shop.items.clone(), shop.customers, shop.orders).unwrap();
    assert_eq!(read, shop);
    assert!(Shop::from_items(&catalogue(), vec![], 0, 0).is_err());
}

#[test]
fn a_customer_is_taken_out_again() {
    let histories = histories();
    let shop = Shop::count(&catalogue(), &histories, |_| 9);
    let history = histories.of(0);
    let own = purchases(history);
    let of_product = own.chunk_by(|a, b| a.item == b.item).next().unwrap();
    let others = shop.items[0] - tally(history, of_product);
    assert_eq!((others.lines, others.customers, others.pauses), (1, 1, 0));
}

#[test]
fn only_visible_orders_are_counted() {
    let shop = Shop::count(&catalogue(), &histories(), |customer| if customer == 0 { 2 } else { 0 });
    assert_eq!((shop.items[0].lines, shop.items[1].lines, shop.orders), (2, 1, 2));
}

#[test]
fn waits_fall_into_their_buckets() {
    let buckets: Vec<usize> = [1, 2, 3, 4, 5, 6, 7, 9, 10, 14, 15, 99].map(wait_bucket).to_vec();
    assert_eq!(buckets, [0, 1, 2, 3, 4, 4, 5, 5, 6, 6, 7, 7]);
}
