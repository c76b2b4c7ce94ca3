//! What a method may see of each customer, and what it is measured on.
//!
//! ```text
//! orders with lines   1  2  …  n-2  n-1  n
//! Stage::Final        history ──────────┘└ target
//! Stage::Development  history ─────┘└ target           (order n is not looked at)
//! ```
//! Nothing of the target order is handed out but its products, and these only as truth. Baselines and rankers are
//! tuned on the development stage, which holds no order that the final stage measures on.

use rand::{SeedableRng, seq::index};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::{
    RecsysError,
    error::require,
    history::{Histories, History, Item},
};

/// Which order of each customer is the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The order before the last with lines: for choosing parameters.
    Development,
    /// The last order with lines: for the figures that are published.
    Final,
}

impl Stage {
    /// Orders at the end of each customer's history that a method must not see.
    fn hidden_orders(self) -> usize {
        match self {
            Self::Development => 2,
            Self::Final => 1,
        }
    }
}

/// Customers whose figures are reported apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Group {
    /// Everyone.
    All,
    /// The customer's last order is a `test` order without lines: the target is the last prior order.
    LastIsTest,
    /// The customer's last order has lines and is the target.
    LastHasLines,
}

impl Group {
    /// In the order of the report.
    pub const ALL: [Self; 3] = [Self::All, Self::LastIsTest, Self::LastHasLines];
}

/// Products of a customer's target, split by whether the history has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Truth {
    /// All three ascending, without repetition.
    repeated: Vec<Item>,
    new: Vec<Item>,
    known: Vec<Item>,
}

impl Truth {
    /// Splits a target by the history before it.
    pub fn new(target: &[Item], history: History<'_>) -> Self {
        let known = distinct_items(history);
        let mut target = target.to_vec();
        target.sort_unstable();
        target.dedup();
        let (repeated, new) = target.into_iter().partition(|item| known.binary_search(item).is_ok());
        Self { repeated, new, known }
    }

    /// Distinct products of the target.
    pub fn len(&self) -> usize {
        self.repeated.len() + self.new.len()
    }

    /// Whether the target has no product.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether the target has the product.
    pub fn contains(&self, item: Item) -> bool {
        self.is_repeated(item) || self.is_new(item)
    }

    /// Products of the target that are in the history, ascending.
    pub fn repeated(&self) -> &[Item] {
        &self.repeated
    }

    /// Products of the target that are not, ascending.
    pub fn new_items(&self) -> &[Item] {
        &self.new
    }

    pub(crate) fn is_repeated(&self, item: Item) -> bool {
        self.repeated.binary_search(&item).is_ok()
    }

    pub(crate) fn is_new(&self, item: Item) -> bool {
        self.new.binary_search(&item).is_ok()
    }

    /// Whether the history has the product.
    pub(crate) fn is_known(&self, item: Item) -> bool {
        self.known.binary_search(&item).is_ok()
    }
}

/// All products of a history, ascending, without repetition.
pub fn distinct_items(history: History<'_>) -> Vec<Item> {
    let mut items: Vec<Item> = history.baskets().flatten().copied().collect();
    items.sort_unstable();
    items.dedup();
    items
}

/// Histories with a target cut off. Customers are named by their position in the [`Histories`].
#[derive(Debug, Clone)]
pub struct Cut<'a> {
    histories: &'a Histories,
    stage: Stage,
    /// Positions of the customers that are scored, ascending.
    scored: Vec<u32>,
    eligible: usize,
}

impl<'a> Cut<'a> {
    /// Cuts all customers and draws at most `max_customers` (at least 1; `None` = all) of those with a target and a
    /// history before it: two orders with lines in the final stage, three in the development stage.
    pub fn new(
        histories: &'a Histories,
        stage: Stage,
        max_customers: Option<usize>,
        seed: u64,
    ) -> Result<Self, RecsysError> {
        let most = max_customers.unwrap_or(usize::MAX);
        require(most >= 1, "number of customers to score", most, "at least 1")?;
        let has_both = |customer: &u32| histories.of(*customer as usize).len() > stage.hidden_orders();
        let mut scored: Vec<u32> = (0..histories.len() as u32).filter(has_both).collect();
        let eligible = scored.len();
        draw(&mut scored, most, seed);
        Ok(Self { histories, stage, scored, eligible })
    }

    /// Everything, targets and later orders too: for ids and groups, never for features.
    pub fn histories(&self) -> &'a Histories {
        self.histories
    }

    /// Which order is the target.
    pub fn stage(&self) -> Stage {
        self.stage
    }

    /// Positions of the customers that are scored, ascending.
    pub fn scored(&self) -> &[u32] {
        &self.scored
    }

    /// Customers who could have been drawn.
    pub fn eligible(&self) -> usize {
        self.eligible
    }

    /// What a method may see of a customer, scored or not.
    pub fn history(&self, customer: usize) -> History<'a> {
        let whole = self.histories.of(customer);
        whole.first(whole.len().saturating_sub(self.stage.hidden_orders()))
    }

    /// Position of each customer with some history, and that history: what models are fitted on.
    pub fn known_customers(&self) -> impl Iterator<Item = (usize, History<'a>)> {
        (0..self.histories.len())
            .map(|customer| (customer, self.history(customer)))
            .filter(|(_, history)| !history.is_empty())
    }

    /// A seeded draw of at most `most` customers with some history: a pool of neighbours.
    pub fn draw_pool(&self, most: Option<usize>, seed: u64) -> Vec<u32> {
        let mut pool: Vec<u32> = self.known_customers().map(|(customer, _)| customer as u32).collect();
        draw(&mut pool, most.unwrap_or(usize::MAX), seed);
        pool
    }

    /// The products to be found; none for a customer who cannot be scored.
    pub fn target(&self, customer: usize) -> &'a [Item] {
        let whole = self.histories.of(customer);
        match whole.len().checked_sub(self.stage.hidden_orders()) {
            Some(order) if order > 0 => whole.basket(order),
            _ => &[],
        }
    }

    /// The target of a customer, split by the history before it.
    pub fn truth(&self, customer: usize) -> Truth {
        Truth::new(self.target(customer), self.history(customer))
    }

    /// Whether a customer belongs to a group.
    pub fn is_member(&self, customer: usize, group: Group) -> bool {
        match group {
            Group::All => true,
            Group::LastIsTest => self.histories.last_is_open(customer),
            Group::LastHasLines => !self.histories.last_is_open(customer),
        }
    }
}

/// Keeps a seeded draw of at most `most`, in the order there was.
fn draw(customers: &mut Vec<u32>, most: usize, seed: u64) {
    if customers.len() > most {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut places = index::sample(&mut rng, customers.len(), most).into_vec();
        places.sort_unstable();
        *customers = places.into_iter().map(|place| customers[place]).collect();
    }
}

#[cfg(test)]
mod tests;
