//! Turns from outside: scripted planners and models, test tools, exact steps and answers. No network but loopback.

#![expect(clippy::unwrap_used, reason = "a test fails by panic")]

mod driver;
mod http;
mod support;
mod turn;
