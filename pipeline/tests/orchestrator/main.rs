//! The orchestrator: what runs beside what, within which time and memory, what a run leaves for people, and what stays.
//! The walker is driven with stages of the tests' own; the rest over a small synthetic shop. No network.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod fakes;
mod files;
mod shop;
mod staying;
mod walk;
