//! Simulates customers block by block on all processors and hands the rows over in order.
//!
//! A block is a fixed number of consecutive customers; worker w of n takes the blocks w, w + n, …, and the caller takes
//! from the workers in turn, so the files are the same for any number of workers. Order ids ascend with the customers:
//! the first id of each block is known beforehand, because the number of orders is dealt, not drawn.

use std::{num::NonZero, sync::mpsc, thread};

use super::{
    SynthError, SynthParams,
    basket::Cart,
    catalogue::Catalogue,
    complements::Complements,
    customer::{Customer, Deal, LastOrder},
    dice::Dice,
    law::Law,
    rows::{OrderRow, Rows},
    taste::Households,
};

/// Customers a block: some 40,000 lines or half a megabyte of text.
const BLOCK: u64 = 256;
/// Finished blocks that may wait for the writer, a worker; bounds the memory.
const QUEUE: usize = 2;
/// More workers than this would wait for the one writer.
const MAX_WORKERS: usize = 8;

/// Everything that customers are drawn from.
pub(super) struct World {
    pub(super) catalogue: Catalogue,
    pub(super) households: Households,
    pub(super) complements: Complements,
    pub(super) law: Law,
    pub(super) deal: Deal,
    params: SynthParams,
}

impl World {
    /// Builds the catalogue, the kinds of household and the laws.
    pub(super) fn build(params: &SynthParams) -> Result<Self, SynthError> {
        let catalogue = Catalogue::build()?;
        Ok(Self {
            households: Households::build(&catalogue)?,
            complements: Complements::build(&catalogue)?,
            catalogue,
            law: Law::build(),
            deal: Deal::new(params.customers, params.seed),
            params: *params,
        })
    }

    fn blocks(&self) -> u64 {
        self.params.customers.div_ceil(BLOCK)
    }

    fn customers_of(&self, block: u64) -> std::ops::Range<u64> {
        block * BLOCK..((block + 1) * BLOCK).min(self.params.customers)
    }

    /// The first order id of each block.
    fn first_order_ids(&self) -> Vec<u64> {
        let mut next = 1;
        (0..self.blocks())
            .map(|block| {
                let first = next;
                next +=
                    self.customers_of(block).map(|i| u64::from(self.deal.orders(&self.law, i))).sum::<u64>();
                first
            })
            .collect()
    }
}

/// Simulates all customers; `consume` gets the blocks in order, and an error of it ends the work.
pub(super) fn simulate(
    world: &World,
    consume: impl FnMut(Rows) -> Result<(), SynthError>,
) -> Result<(), SynthError> {
    let processors = thread::available_parallelism().map_or(1, NonZero::get);
    simulate_on(processors.min(MAX_WORKERS), world, consume)
}

fn simulate_on(
    workers: usize,
    world: &World,
    mut consume: impl FnMut(Rows) -> Result<(), SynthError>,
) -> Result<(), SynthError> {
    let first_ids = world.first_order_ids();
    let first_ids = &first_ids;
    thread::scope(|scope| {
        let receivers: Vec<mpsc::Receiver<Rows>> = (0..workers)
            .map(|worker| {
                let (sender, receiver) = mpsc::sync_channel(QUEUE);
                scope.spawn(move || {
                    let mut cart = Cart::new(world);
                    for (block, &first_id) in (0..world.blocks()).zip(first_ids).skip(worker).step_by(workers)
                    {
                        // The receiver is gone when the writer failed: nobody wants the rest.
                        if sender.send(simulate_block(world, block, first_id, &mut cart)).is_err() {
                            return;
                        }
                    }
                });
                receiver
            })
            .collect();
        for (_, receiver) in (0..world.blocks()).zip(receivers.iter().cycle()) {
            // A worker hangs up early only by a panic, which the scope passes on.
            let Ok(rows) = receiver.recv() else { break };
            consume(rows)?;
        }
        Ok(())
    })
}

fn simulate_block(world: &World, block: u64, first_id: u64, cart: &mut Cart<'_>) -> Rows {
    let customers = world.customers_of(block);
    let mut rows = Rows { customers_done: customers.end, ..Rows::default() };
    let mut next_id = first_id;
    for number in customers {
        next_id = simulate_customer(world, number, next_id, cart, &mut rows);
    }
    rows
}

/// Writes the whole history of a customer; the id after its last order.
fn simulate_customer(world: &World, number: u64, first_id: u64, cart: &mut Cart<'_>, rows: &mut Rows) -> u64 {
    let law = &world.law;
    let mut dice = Dice::new(world.params.seed, number + 1);
    let customer = Customer::draw(world, number, &mut dice);
    cart.next_customer();
    let mut day = law.first_day(customer.favourite_day, customer.other_days, &mut dice);
    let mut days_passed = 0.0;
    for order_number in 1..=customer.orders {
        let order_id = first_id + u64::from(order_number) - 1;
        let gap = (order_number > 1).then(|| {
            let (gap, next) =
                law.gap(customer.tempo, day, customer.favourite_day, customer.other_days, &mut dice);
            day = next;
            days_passed += f64::from(gap);
            gap
        });
        let hour = if dice.chance(customer.hour_habit) {
            law.hour_near(customer.favourite_hour, &mut dice)
        } else {
            law.hour(&mut dice)
        };
        let eval_set = match customer.last {
            _ if order_number < customer.orders => "prior",
            LastOrder::Train => "train",
            LastOrder::Test => "test",
        };
        let row = OrderRow { order_id, user_id: number + 1, eval_set, order_number, day, hour, gap };
        rows.push_order(&row, world.params.truth);
        if eval_set != "test" {
            let size = law.basket_size(customer.basket_liking, &mut dice);
            let lines = cart.fill(&customer, order_number, size, days_passed, &mut dice);
            rows.push_lines(order_id, eval_set == "train", lines);
        }
    }
    first_id + u64::from(customer.orders)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rows_do_not_depend_on_the_number_of_workers() {
        let world = World::build(&SynthParams { customers: 700, seed: 9, truth: true }).unwrap();
        let text = |workers| {
            let mut all = Rows::default();
            simulate_on(workers, &world, |rows| {
                all.orders.extend(rows.orders);
                all.prior.extend(rows.prior);
                all.train.extend(rows.train);
                all.truth.extend(rows.truth);
                Ok(())
            })
            .unwrap();
            (all.orders, all.prior, all.train, all.truth)
        };
        let one = text(1);
        assert!(one == text(2) && one == text(3));
    }

    #[test]
    fn an_error_of_the_writer_ends_the_work() {
        let world = World::build(&SynthParams { customers: 2_000, seed: 9, truth: false }).unwrap();
        let mut calls = 0;
        let outcome = simulate_on(2, &world, |_| {
            calls += 1;
            Err(SynthError::Customers { given: 0 })
        });
        assert!(outcome.is_err());
        assert_eq!(calls, 1);
    }
}
