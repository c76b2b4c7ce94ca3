//! Which customers a cohort holds.
//!
//! - *High value*: the share of customers with the highest value, which is what segments are ordered by: z-score of
//!   frequency + z-score of monetary − z-score of recency. Many orders, big baskets, short pauses.
//! - *At risk*: customers worth keeping (z-score of frequency + z-score of monetary above 0) whose last pause was long: of
//!   30 days or more, or at least one standard deviation above the mean pause. The most valuable first.
//! - *Random sample*: every customer with the same chance, by the seed of the run, in order of id.
//!
//! That a customer is at risk says nothing of a probability: the hazards of the run do.

use rand::{SeedableRng, seq::index};
use rand_chacha::ChaCha8Rng;

use super::customers::ExportedCustomer;

/// How far above the mean a pause is long, in standard deviations of its logarithm.
const LONG_PAUSE: f64 = 1.0;

/// Stream of the seed; restarts of k-means use the low ones.
const SAMPLE_STREAM: u64 = 7 << 40;

/// Positions of the most valuable customers, best first; of equals the lower id.
pub(super) fn high_value(customers: &[ExportedCustomer], share: f64) -> Vec<usize> {
    let mut positions: Vec<usize> = (0..customers.len()).collect();
    by_value(customers, &mut positions);
    positions.truncate((customers.len() as f64 * share).ceil() as usize);
    positions
}

/// Positions of the customers at risk, the most valuable first.
pub(super) fn at_risk(customers: &[ExportedCustomer]) -> Vec<usize> {
    let at_risk = |customer: &ExportedCustomer| {
        let long = customer.recency_censored == Some(true) || customer.z_recency >= LONG_PAUSE;
        long && customer.z_frequency + customer.z_monetary > 0.0
    };
    let mut positions: Vec<usize> =
        customers.iter().enumerate().filter(|(_, customer)| at_risk(customer)).map(|(at, _)| at).collect();
    by_value(customers, &mut positions);
    positions
}

fn by_value(customers: &[ExportedCustomer], positions: &mut [usize]) {
    let key = |at: usize| customers.get(at).map_or((0.0, 0), |c| (-c.value(), c.user_id));
    positions.sort_by(|a, b| {
        let (a, b) = (key(*a), key(*b));
        a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
    });
}

/// Positions of a seeded sample without repetition, ascending.
pub(super) fn draw(customers: usize, amount: usize, seed: u64) -> Vec<usize> {
    if amount >= customers {
        return (0..customers).collect();
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(SAMPLE_STREAM);
    let mut positions = index::sample(&mut rng, customers, amount).into_vec();
    positions.sort_unstable();
    positions
}
