//! The tools over a small shop: right figures, true reasons, and nobody reaches another's rows.
//!
//! One binary; [`shop`] writes the data by hand, [`market`] a run with a next-basket model; each other file tests one
//! subject.

#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

mod access;
mod catalogue_tools;
mod customer_tools;
mod market;
mod narrowing;
mod next_basket;
mod recommendations;
mod schemas;
mod shop;
