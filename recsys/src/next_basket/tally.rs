//! How the whole shop takes to a product: what is counted of each product and each aisle.
//!
//! A [`Tally`] of a customer can be taken out again, so that features of a customer are always measured on the *others*:
//! in training, the customer's own target would otherwise stand in the counts.

use std::ops::{AddAssign, Sub};

use rayon::prelude::*;

use crate::{
    RecsysError,
    history::{Catalogue, Histories, History, Item},
};

/// Counts over customers' orders; sums of whole numbers, so no order of adding matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Orders that hold it.
    pub lines: u64,
    /// Customers who bought it.
    pub customers: u64,
    /// Customers who bought it in one order only.
    pub single: u64,
    /// Orders that hold it and have a next one by the same customer.
    pub followed: u64,
    /// Those whose next order holds it again.
    pub again: u64,
    /// Orders of its customers behind the first one that holds it.
    pub chances: u64,
    /// Pauses between two orders that hold it.
    pub pauses: u64,
    /// Their length in orders.
    pub pause_orders: u64,
    /// Their length in days.
    pub pause_days: u64,
    /// Place in the cart, in thousandths of the basket.
    pub place: u64,
    /// By how many orders ago it was last bought ([`wait_bucket`]): orders that could hold it again.
    pub waited: [u64; WAITS],
    /// Those that did.
    pub came: [u64; WAITS],
}

/// Buckets of a wait, in orders since the last that holds a product: 1, 2, 3, 4, 5 to 6, 7 to 9, 10 to 14, 15 and more.
pub const WAITS: usize = 8;

/// The bucket of a wait of that many orders, at least 1.
pub fn wait_bucket(orders: usize) -> usize {
    match orders {
        0..=4 => orders.saturating_sub(1),
        5..=6 => 4,
        7..=9 => 5,
        10..=14 => 6,
        _ => 7,
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.lines += other.lines;
        self.customers += other.customers;
        self.single += other.single;
        self.followed += other.followed;
        self.again += other.again;
        self.chances += other.chances;
        self.pauses += other.pauses;
        self.pause_orders += other.pause_orders;
        self.pause_days += other.pause_days;
        self.place += other.place;
        self.waited.iter_mut().zip(other.waited).for_each(|(sum, add)| *sum += add);
        self.came.iter_mut().zip(other.came).for_each(|(sum, add)| *sum += add);
    }
}

impl Sub for Tally {
    type Output = Self;

    /// What is left; 0 where more is taken than there is.
    fn sub(self, other: Self) -> Self {
        Self {
            lines: self.lines.saturating_sub(other.lines),
            customers: self.customers.saturating_sub(other.customers),
            single: self.single.saturating_sub(other.single),
            followed: self.followed.saturating_sub(other.followed),
            again: self.again.saturating_sub(other.again),
            chances: self.chances.saturating_sub(other.chances),
            pauses: self.pauses.saturating_sub(other.pauses),
            pause_orders: self.pause_orders.saturating_sub(other.pause_orders),
            pause_days: self.pause_days.saturating_sub(other.pause_days),
            place: self.place.saturating_sub(other.place),
            waited: std::array::from_fn(|k| self.waited[k].saturating_sub(other.waited[k])),
            came: std::array::from_fn(|k| self.came[k].saturating_sub(other.came[k])),
        }
    }
}

/// One purchase: which order, at which place of its cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Purchase {
    pub(super) item: Item,
    pub(super) order: u32,
    /// Place in the cart, 0 = first.
    pub(super) place: u32,
}

/// All purchases of a history, by product and then by order; a product that stands twice in an order counts once.
pub(super) fn purchases(history: History<'_>) -> Vec<Purchase> {
    let mut all = Vec::new();
    for (order, basket) in history.baskets().enumerate() {
        let placed = basket.iter().enumerate();
        all.extend(placed.map(|(place, item)| Purchase {
            item: *item,
            order: order as u32,
            place: place as u32,
        }));
    }
    all.sort_unstable();
    all.dedup_by_key(|purchase| (purchase.item, purchase.order));
    all
}

/// What one customer adds to a product.
pub(super) fn tally(history: History<'_>, purchases: &[Purchase]) -> Tally {
    let (moments, orders) = (history.moments(), history.len());
    let Some(first) = purchases.first() else { return Tally::default() };
    let mut tally = Tally {
        lines: purchases.len() as u64,
        customers: 1,
        single: u64::from(purchases.len() == 1),
        chances: orders as u64 - 1 - u64::from(first.order),
        ..Tally::default()
    };
    for purchase in purchases {
        let size = history.basket(purchase.order as usize).len().max(1) as u64;
        tally.place += u64::from(purchase.place) * 1000 / size;
        tally.followed += u64::from((purchase.order as usize) + 1 < orders);
    }
    for pair in purchases.windows(2) {
        let (from, to) = (pair[0].order as usize, pair[1].order as usize);
        tally.again += u64::from(to == from + 1);
        tally.pauses += 1;
        tally.pause_orders += (to - from) as u64;
        tally.pause_days += u64::from(moments[to].day.saturating_sub(moments[from].day));
        (1..=to - from).for_each(|wait| tally.waited[wait_bucket(wait)] += 1);
        tally.came[wait_bucket(to - from)] += 1;
    }
    let last = purchases[purchases.len() - 1].order as usize;
    (1..orders - last).for_each(|wait| tally.waited[wait_bucket(wait)] += 1);
    tally
}

/// Tallies of all products and aisles over all customers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shop {
    /// By product.
    pub items: Vec<Tally>,
    /// By aisle id.
    pub aisles: Vec<Tally>,
    /// Over all products.
    pub whole: Tally,
    /// Customers with an order.
    pub customers: u64,
    /// Orders.
    pub orders: u64,
}

/// Customers that one task counts: their tallies are few beside the products of the shop.
const CHUNK: usize = 4_096;

impl Shop {
    /// Counts the first `orders(customer)` orders of every customer.
    pub fn count(
        catalogue: &Catalogue,
        histories: &Histories,
        orders: impl Fn(usize) -> usize + Sync,
    ) -> Self {
        let aisles =
            (0..catalogue.len()).map(|item| catalogue.aisle(item as Item)).max().map_or(0, |most| most + 1);
        let empty = || Self {
            items: vec![Tally::default(); catalogue.len()],
            aisles: vec![Tally::default(); aisles as usize],
            whole: Tally::default(),
            customers: 0,
            orders: 0,
        };
        let chunks: Vec<usize> = (0..histories.len()).step_by(CHUNK).collect();
        chunks
            .into_par_iter()
            .fold(empty, |mut shop, start| {
                for customer in start..(start + CHUNK).min(histories.len()) {
                    shop.add(catalogue, histories.of(customer).first(orders(customer)));
                }
                shop
            })
            .reduce(empty, |mut shop, other| {
                shop.items.iter_mut().zip(&other.items).for_each(|(sum, add)| *sum += *add);
                shop.aisles.iter_mut().zip(&other.aisles).for_each(|(sum, add)| *sum += *add);
                shop.whole += other.whole;
                shop.customers += other.customers;
                shop.orders += other.orders;
                shop
            })
    }

    /// From the published tallies of products, in the order of the catalogue; aisles are their sums.
    pub fn from_items(
        catalogue: &Catalogue,
        items: Vec<Tally>,
        customers: u64,
        orders: u64,
    ) -> Result<Self, RecsysError> {
        if items.len() != catalogue.len() {
            return Err(RecsysError::Shape {
                what: "tallies",
                found: items.len(),
                expected: catalogue.len(),
            });
        }
        let count =
            (0..catalogue.len()).map(|item| catalogue.aisle(item as Item)).max().map_or(0, |most| most + 1);
        let (mut aisles, mut whole) = (vec![Tally::default(); count as usize], Tally::default());
        for (item, tally) in items.iter().enumerate() {
            aisles[catalogue.aisle(item as Item) as usize] += *tally;
            whole += *tally;
        }
        Ok(Self { items, aisles, whole, customers, orders })
    }

    fn add(&mut self, catalogue: &Catalogue, history: History<'_>) {
        if history.is_empty() {
            return;
        }
        self.customers += 1;
        self.orders += history.len() as u64;
        for bought in purchases(history).chunk_by(|a, b| a.item == b.item) {
            let added = tally(history, bought);
            self.items[bought[0].item as usize] += added;
            self.aisles[catalogue.aisle(bought[0].item) as usize] += added;
            self.whole += added;
        }
    }
}

#[cfg(test)]
mod tests;
