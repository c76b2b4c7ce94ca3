//! What goes into the cart: re-orders by habit and rhythm, new products by taste, and what belongs to them.
//!
//! Input: a customer, the number of lines and how many days have passed. Output: the products in cart order with
//! `reordered`. How many lines are re-orders is drawn first, then which: the re-order rate is a law of its own, and
//! tastes only decide the products. One instance serves a thread and forgets a customer with [`Cart::next_customer`].
//!
//! Which known products come back is weighted sampling without replacement by exponential keys (Efraimidis and
//! Spirakis 2006); the weight is habit × liking × how due the product is.

use super::{block::World, complements::Partner, customer::Customer, dice::Dice};

/// Spread of the personal liking of a product, on the log scale: most products are bought once, a few for ever.
const LIKING_SPREAD: f64 = 1.25;
/// Power of the odds that a product is re-bought: the re-orders of a basket are a fixed number that products compete for,
/// which flattens their habits; the power restores the re-order shares of the aisles.
const HABIT_POWER: f64 = 1.4;
/// Spread of a household's own period around the typical one of the aisle, on the log scale.
const PERIOD_SPREAD: f64 = 0.35;
/// Tries to find a new product that appeals before any unknown one is taken.
const TRIES: usize = 80;
/// How much sooner re-orders are put in the cart than new products (carts are sorted by a uniform draw plus this).
const REORDERS_FIRST: f32 = 0.3;

/// A product that the customer has bought.
struct Known {
    product: u32,
    aisle: u32,
    /// Habit of the product times liking of the customer.
    pull: f64,
    period_days: f64,
    last_day: f64,
}

/// A line of the cart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    /// Position of the product in the catalogue.
    pub(super) product: u32,
    /// Whether the customer bought it before.
    pub(super) reordered: bool,
}

/// The cart and the memory of the customer at hand.
pub(super) struct Cart<'a> {
    world: &'a World,
    known: Vec<Known>,
    /// For each product: the customer's stamp and its place in `known`.
    places: Vec<(u64, u32)>,
    /// For each product: the stamp of the cart it is in.
    carted: Vec<u64>,
    customer_stamp: u64,
    cart_stamp: u64,
    keys: Vec<(f64, u32)>,
    lines: Vec<(f32, Line)>,
}

/// How many lines of each kind are still to be put in.
struct Slots {
    returning: usize,
    fresh: usize,
}

impl<'a> Cart<'a> {
    /// An empty cart.
    pub(super) fn new(world: &'a World) -> Self {
        let products = world.catalogue.products.len();
        Self {
            world,
            known: Vec::new(),
            places: vec![(0, 0); products],
            carted: vec![0; products],
            customer_stamp: 0,
            cart_stamp: 0,
            keys: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Forgets everything: the next basket is another customer's first.
    pub(super) fn next_customer(&mut self) {
        self.known.clear();
        self.customer_stamp += 1;
    }

    /// Fills the cart for an order of `size` lines on `day` (days since the customer's first order).
    pub(super) fn fill(
        &mut self,
        customer: &Customer,
        order_number: u16,
        size: usize,
        day: f64,
        dice: &mut Dice,
    ) -> impl Iterator<Item = Line> {
        self.cart_stamp += 1;
        self.lines.clear();
        let mut slots = self.draw_slots(customer, order_number, size, dice);
        self.rank_known(slots.returning, day, dice);
        let mut next = 0;
        while slots.returning > 0 && next < self.keys.len() {
            let place = self.keys.get(next).map_or(0, |key| key.1);
            next += 1;
            if self.put_known(place, day, dice) {
                slots.returning -= 1;
                self.add_partner(place, customer, &mut slots, day, dice);
            }
        }
        while slots.fresh > 0 {
            let Some(place) = self.put_new(None, customer, day, dice) else { break };
            slots.fresh -= 1;
            self.add_partner(place, customer, &mut slots, day, dice);
        }
        self.lines.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
        self.lines.iter().map(|(_, line)| *line)
    }

    fn draw_slots(&self, customer: &Customer, order_number: u16, size: usize, dice: &mut Dice) -> Slots {
        if self.known.is_empty() {
            return Slots { returning: 0, fresh: size };
        }
        let chance = self.world.law.reorder_chance(order_number, customer.habit);
        let drawn = (0..size).filter(|_| dice.chance(chance)).count();
        let returning = drawn.min(self.known.len());
        Slots { returning, fresh: size - returning }
    }

    /// Orders the known products by key, at least the first `wanted` of them.
    fn rank_known(&mut self, wanted: usize, day: f64, dice: &mut Dice) {
        self.keys.clear();
        if wanted == 0 {
            return;
        }
        for (place, known) in self.known.iter().enumerate() {
            let weight = known.pull * due((day - known.last_day) / known.period_days);
            self.keys.push((-(1.0 - dice.uniform()).ln() / weight, place as u32));
        }
        self.keys.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
    }

    /// Puts a known product in the cart; false when it is there already.
    fn put_known(&mut self, place: u32, day: f64, dice: &mut Dice) -> bool {
        let Some(known) = self.known.get_mut(place as usize) else { return false };
        let Some(carted) = self.carted.get_mut(known.product as usize) else { return false };
        if *carted == self.cart_stamp {
            return false;
        }
        *carted = self.cart_stamp;
        known.last_day = day;
        let line = Line { product: known.product, reordered: true };
        self.lines.push((dice.coarse() + REORDERS_FIRST, line));
        true
    }

    /// Puts a product in the cart that the customer never bought, of the given aisle or of any; its place in `known`.
    fn put_new(
        &mut self,
        aisle: Option<usize>,
        customer: &Customer,
        day: f64,
        dice: &mut Dice,
    ) -> Option<u32> {
        let world = self.world;
        for _ in 0..TRIES {
            let at = aisle.unwrap_or_else(|| dice.pick(&customer.taste.aisles));
            let shelf = world.catalogue.aisles.get(at)?;
            let position = *shelf.products.get(dice.pick(&shelf.cumulative))?;
            let product = world.catalogue.products.get(position as usize)?;
            if !self.is_known(position)
                && dice.chance(customer.taste.appeal(product.traits, product.brand, shelf.wheat))
            {
                return self.put_unknown(position, day, dice);
            }
        }
        if aisle.is_some() {
            return None;
        }
        let all = world.catalogue.products.len();
        let start = dice.below(all);
        let position = (0..all).map(|step| ((start + step) % all) as u32).find(|&at| !self.is_known(at))?;
        self.put_unknown(position, day, dice)
    }

    fn put_unknown(&mut self, position: u32, day: f64, dice: &mut Dice) -> Option<u32> {
        let product = self.world.catalogue.products.get(position as usize)?;
        let shelf = self.world.catalogue.aisles.get(product.aisle)?;
        let place = self.known.len() as u32;
        *self.places.get_mut(position as usize)? = (self.customer_stamp, place);
        *self.carted.get_mut(position as usize)? = self.cart_stamp;
        self.known.push(Known {
            product: position,
            aisle: product.aisle as u32,
            pull: product.habit.powf(HABIT_POWER) * (LIKING_SPREAD * dice.normal()).exp(),
            period_days: shelf.days * (PERIOD_SPREAD * dice.normal()).exp(),
            last_day: day,
        });
        self.lines.push((dice.coarse(), Line { product: position, reordered: false }));
        Some(place)
    }

    /// Puts in what goes with a product of the cart, if the customer cares and a slot of its kind is free.
    fn add_partner(&mut self, place: u32, customer: &Customer, slots: &mut Slots, day: f64, dice: &mut Dice) {
        let Some(known) = self.known.get(place as usize) else { return };
        let Some((partner, chance)) = self.world.complements.partner(known.product, known.aisle as usize)
        else {
            return;
        };
        if !dice.chance(chance) {
            return;
        }
        let known_place = match partner {
            Partner::Product(position) => self.place_of(position),
            Partner::Aisle(aisle) => self.favourite_of(aisle),
        };
        match known_place {
            Some(place) if slots.returning > 0 => {
                slots.returning -= usize::from(self.put_known(place, day, dice));
            }
            None if slots.fresh > 0 => {
                let put = match partner {
                    Partner::Product(position) => self.put_unknown(position, day, dice),
                    Partner::Aisle(aisle) => self.put_new(Some(aisle), customer, day, dice),
                };
                slots.fresh -= usize::from(put.is_some());
            }
            _ => {}
        }
    }

    fn is_known(&self, position: u32) -> bool {
        self.place_of(position).is_some()
    }

    fn place_of(&self, position: u32) -> Option<u32> {
        let &(stamp, place) = self.places.get(position as usize)?;
        (stamp == self.customer_stamp).then_some(place)
    }

    /// The known product of an aisle that the customer is drawn to most.
    fn favourite_of(&self, aisle: usize) -> Option<u32> {
        let of_aisle = self.known.iter().enumerate().filter(|(_, known)| known.aisle as usize == aisle);
        of_aisle.max_by(|a, b| a.1.pull.total_cmp(&b.1.pull)).map(|(place, _)| place as u32)
    }
}

/// How due a product is, `periods` after it was bought: hardly at once, fully after one period, given up in the end.
fn due(periods: f64) -> f64 {
    let cube = periods * periods * periods;
    let forgotten = periods / 6.0;
    (0.04 + cube / (cube + 0.4)) / (1.0 + forgotten * forgotten)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synth::SynthParams;

    fn world() -> World {
        World::build(&SynthParams { customers: 50, seed: 3, truth: false }).unwrap()
    }

    #[test]
    fn a_product_is_most_due_after_about_one_to_three_periods() {
        assert!(due(0.1) < 0.1 * due(1.0));
        assert!(due(2.0) > due(0.5) && due(2.0) > due(20.0));
    }

    #[test]
    fn the_first_basket_is_new_and_no_product_is_in_a_cart_twice() {
        let world = world();
        let mut cart = Cart::new(&world);
        let mut dice = Dice::new(1, 1);
        let customer = Customer::draw(&world, 0, &mut dice);
        cart.next_customer();
        let mut bought = std::collections::HashSet::new();
        for order in 1..=20u16 {
            let lines: Vec<Line> =
                cart.fill(&customer, order, 12, f64::from(order) * 7.0, &mut dice).collect();
            assert_eq!(lines.len(), 12);
            let products: std::collections::HashSet<u32> = lines.iter().map(|line| line.product).collect();
            assert_eq!(products.len(), 12, "order {order} holds a product twice");
            for line in &lines {
                assert_eq!(line.reordered, bought.contains(&line.product), "order {order}");
            }
            bought.extend(products);
        }
        assert!(bought.len() < 20 * 12, "nothing was bought again");
    }

    #[test]
    fn the_next_customer_starts_without_a_memory() {
        let world = world();
        let mut cart = Cart::new(&world);
        let mut dice = Dice::new(1, 1);
        for number in 0..5 {
            let customer = Customer::draw(&world, number, &mut dice);
            cart.next_customer();
            assert!(cart.fill(&customer, 1, 30, 0.0, &mut dice).all(|line| !line.reordered));
            assert!(cart.fill(&customer, 2, 30, 7.0, &mut dice).any(|line| line.reordered));
        }
    }
}
