//! One customer: what does not change from order to order.
//!
//! Input: the customer's number and the world. Output: how many orders, which last one, the traits that its rhythm, its
//! baskets and its re-buying follow. Numbers of orders and the train share are dealt by a permutation over all
//! customers, so that both laws are met exactly in any data set and a customer's id says nothing about either.

use super::{
    block::World,
    dice::Dice,
    law::{Law, TRAIN_SHARE},
    permutation::Permutation,
    taste::Taste,
};

/// Spread of the personal inclination to buy the same again, on the logit scale; gives the standard deviation of 0.2
/// that the re-order rates of real customers have.
const HABIT_SPREAD: f64 = 0.85;

/// What a customer's last order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LastOrder {
    /// With lines, for learning.
    Train,
    /// Without lines.
    Test,
}

/// Deals numbers of orders and last orders among all customers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Deal {
    customers: u64,
    by_orders: Permutation,
    by_last: Permutation,
}

impl Deal {
    /// The deal of a seed.
    pub(super) fn new(customers: u64, seed: u64) -> Self {
        let key = super::permutation::mix(seed);
        Self {
            customers,
            by_orders: Permutation::new(customers, key),
            by_last: Permutation::new(customers, super::permutation::mix(key)),
        }
    }

    /// How many orders customer `number` (from 0) has.
    pub(super) fn orders(&self, law: &Law, number: u64) -> u16 {
        let rank = self.by_orders.apply(number) as f64;
        law.orders_at((rank + 0.5) / self.customers as f64)
    }

    /// What the last order of customer `number` is.
    pub(super) fn last_order(&self, number: u64) -> LastOrder {
        let in_train = (self.customers as f64 * TRAIN_SHARE).round();
        if (self.by_last.apply(number) as f64) < in_train { LastOrder::Train } else { LastOrder::Test }
    }
}

/// The traits of a customer.
pub(super) struct Customer {
    pub(super) orders: u16,
    pub(super) last: LastOrder,
    pub(super) taste: Taste,
    /// Standard normal liking of large baskets.
    pub(super) basket_liking: f64,
    /// Inclination to buy the same again, on the logit scale.
    pub(super) habit: f64,
    /// Tempo class of [`Law::gap`].
    pub(super) tempo: usize,
    pub(super) favourite_day: u8,
    /// Weight of a day that is not the favourite, 0 to 1.
    pub(super) other_days: f64,
    pub(super) favourite_hour: u8,
    /// Share of orders near the favourite hour.
    pub(super) hour_habit: f64,
}

impl Customer {
    /// Draws customer `number` (from 0).
    pub(super) fn draw(world: &World, number: u64, dice: &mut Dice) -> Self {
        let law = &world.law;
        let orders = world.deal.orders(law, number);
        Self {
            orders,
            last: world.deal.last_order(number),
            taste: world.households.draw(&world.catalogue, dice),
            basket_liking: dice.normal(),
            habit: HABIT_SPREAD * dice.normal(),
            tempo: law.tempo(orders, dice),
            favourite_day: law.day(dice),
            // With this range a fifth of the gaps are whole weeks, as in the public data.
            other_days: 0.45 + 0.55 * dice.uniform(),
            favourite_hour: law.hour(dice),
            hour_habit: 0.25 + 0.5 * dice.uniform(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_train_share_is_exact_and_independent_of_the_number_of_orders() {
        let (law, deal) = (Law::build(), Deal::new(10_000, 5));
        let train: Vec<u64> = (0..10_000).filter(|&i| deal.last_order(i) == LastOrder::Train).collect();
        assert_eq!(train.len(), 6_363);
        let mean = train.iter().map(|&i| f64::from(deal.orders(&law, i))).sum::<f64>() / 6_363.0;
        assert!((mean / 16.6 - 1.0).abs() < 0.05, "{mean}");
    }

    #[test]
    fn a_single_customer_is_dealt_the_median() {
        let deal = Deal::new(1, 5);
        assert_eq!(deal.orders(&Law::build(), 0), 10);
        assert_eq!(deal.last_order(0), LastOrder::Train);
    }
}
