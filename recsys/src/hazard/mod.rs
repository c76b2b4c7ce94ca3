//! When the next order comes: hazards of the days since the last one, fitted with censoring.
//!
//! [`gaps`] holds what was observed; [`tempo`] learns how long customers wait and what is known of each, in the family
//! that [`families`] chooses; [`model`] adds what the mixture cannot know (a customer speeding up or slowing down) in a
//! logistic hazard day by day (`rhythm` has its covariates); [`renewal`] counts the orders to expect; [`mod@evaluate`]
//! measures all of it on last gaps that were held out.
//! Every customer's file ends in an order and gaps stop at 30 days: no true lapse is in such data, so everything beyond
//! 29 days is extrapolation.

pub mod evaluate;
pub mod families;
pub mod gaps;
mod logistic;
pub mod model;
pub mod renewal;
mod rhythm;
#[cfg(test)]
pub(crate) mod synthetic;
pub mod tempo;

pub use evaluate::{Evaluation, evaluate};
pub use gaps::GapTable;
pub use model::{HazardModel, HazardParams, NextOrder};
pub use renewal::Renewal;
pub use tempo::{Family, TempoMixture};
