//! What the customer buys most, plainly or with older orders counting less.

use super::{Candidate, weighted_items};
use crate::{RecsysError, error::require, history::History};

/// How fast an order loses weight; both 1 is plain frequency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RecencyParams {
    /// Factor for each order that came after, above 0 and at most 1.
    pub order_decay: f32,
    /// Factor for each day that passed until the last order, above 0 and at most 1.
    pub day_decay: f32,
}

impl RecencyParams {
    /// Refuses factors outside their range.
    pub fn check(&self) -> Result<(), RecsysError> {
        for (name, value) in [("order decay", self.order_decay), ("day decay", self.day_decay)] {
            require(value > 0.0 && value <= 1.0, name, value, "above 0 and at most 1")?;
        }
        Ok(())
    }
}

/// The products of a history by how many orders hold them; the one bought last goes first among equals.
pub fn personal_top(history: History<'_>) -> Vec<Candidate> {
    personal_recency(history, &RecencyParams { order_decay: 1.0, day_decay: 1.0 })
}

/// The products of a history by how many orders hold them, each order with its decayed weight.
pub fn personal_recency(history: History<'_>, params: &RecencyParams) -> Vec<Candidate> {
    let orders = history.len();
    let Some(last) = history.moments().last() else { return Vec::new() };
    let weights: Vec<f32> = history
        .moments()
        .iter()
        .enumerate()
        .map(|(order, moment)| {
            let later = (orders - 1 - order) as i32;
            let days = i32::from(last.day.saturating_sub(moment.day));
            params.order_decay.powi(later) * params.day_decay.powi(days)
        })
        .collect();
    let scores = weighted_items(history, &weights);
    let mut candidates: Vec<Candidate> = scores.into_iter().map(Candidate::scored).collect();
    for (order, basket) in history.baskets().enumerate() {
        for item in basket {
            if let Ok(place) = candidates.binary_search_by_key(item, |candidate| candidate.item) {
                candidates[place].tie = order as f32;
            }
        }
    }
    candidates
}
