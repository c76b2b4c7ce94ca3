//! A seeded search over a grid of parameters, with a fixed number of configurations.
//!
//! The given starts come first (such as the published configuration), the first half of the budget is filled at random,
//! the rest are steps from the best so far: each moves one or two parameters by one or two places. No configuration is tried
//! twice; a grid smaller than the budget is tried completely.

use std::collections::{BTreeMap, BTreeSet};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::{RecsysError, error::require};

/// One parameter and what it may be, in an order in which neighbours are alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dimension {
    /// The name in the report.
    pub name: &'static str,
    /// At least one value.
    pub values: &'static [f64],
}

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// One value a dimension.
    pub values: Vec<f64>,
    /// The objective there.
    pub score: f64,
    /// Configurations tried.
    pub tried: usize,
}

impl Found {
    /// The values by name.
    pub fn named(&self, space: &[Dimension]) -> BTreeMap<String, f64> {
        space.iter().zip(&self.values).map(|(d, value)| (d.name.to_owned(), *value)).collect()
    }
}

/// Finds the configuration with the highest objective among at most `budget`; the earlier one wins a tie. Each start
/// holds a place in each dimension's values.
pub fn search(
    space: &[Dimension],
    starts: &[&[usize]],
    budget: usize,
    seed: u64,
    mut objective: impl FnMut(&[f64]) -> Result<f64, RecsysError>,
) -> Result<Found, RecsysError> {
    require(budget >= 1, "budget of configurations", budget, "at least 1")?;
    for start in starts {
        if start.len() != space.len() {
            let (found, expected) = (start.len(), space.len());
            return Err(RecsysError::Shape { what: "start of the search", found, expected });
        }
        for (place, dimension) in start.iter().zip(space) {
            require(*place < dimension.values.len(), dimension.name, place, "a place in its values")?;
        }
    }
    let all = space.iter().fold(1_usize, |all, d| all.saturating_mul(d.values.len()));
    let budget = budget.min(all);
    let at_random = budget.div_ceil(2);
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut tried = BTreeSet::new();
    let mut best: Option<(f64, Vec<usize>)> = None;
    let mut waiting = starts.iter().map(|start| start.to_vec());
    while tried.len() < budget {
        let from = best.as_ref().filter(|_| tried.len() >= at_random).map(|(_, places)| places.as_slice());
        let next = waiting
            .find(|start| !tried.contains(start))
            .unwrap_or_else(|| untried(space, from, &tried, &mut rng));
        let score = objective(&values_at(space, &next))?;
        if best.as_ref().is_none_or(|(highest, _)| score > *highest) {
            best = Some((score, next.clone()));
        }
        tried.insert(next);
    }
    let (score, places) = best.ok_or(RecsysError::NoData { what: "configurations" })?;
    Ok(Found { values: values_at(space, &places), score, tried: tried.len() })
}

fn values_at(space: &[Dimension], places: &[usize]) -> Vec<f64> {
    places.iter().zip(space).map(|(place, dimension)| dimension.values[*place]).collect()
}

/// A configuration that was not tried: near `from` if there is one and its surroundings are not used up, anywhere else.
fn untried(
    space: &[Dimension],
    from: Option<&[usize]>,
    tried: &BTreeSet<Vec<usize>>,
    rng: &mut ChaCha8Rng,
) -> Vec<usize> {
    /// Draws before a region counts as used up.
    const ATTEMPTS: usize = 200;
    for attempt in 0..2 * ATTEMPTS {
        let mut places: Vec<usize>;
        if let Some(from) = from.filter(|_| attempt < ATTEMPTS) {
            places = from.to_vec();
            for _ in 0..rng.random_range(1..=2) {
                let moved = rng.random_range(0..space.len());
                let last = space[moved].values.len() - 1;
                let step = rng.random_range(1..=2);
                let down = rng.random_range(0..2) == 0;
                let place = places[moved];
                places[moved] = if down { place.saturating_sub(step) } else { (place + step).min(last) };
            }
        } else {
            places = space.iter().map(|d| rng.random_range(0..d.values.len())).collect();
        }
        if !tried.contains(&places) {
            return places;
        }
    }
    first_untried(space, tried)
}

/// The first in counting order; the caller makes sure that there is one.
fn first_untried(space: &[Dimension], tried: &BTreeSet<Vec<usize>>) -> Vec<usize> {
    let mut places = vec![0; space.len()];
    while tried.contains(&places) {
        for (place, dimension) in places.iter_mut().zip(space) {
            *place += 1;
            if *place < dimension.values.len() {
                break;
            }
            *place = 0;
        }
    }
    places
}

#[cfg(test)]
mod tests;
