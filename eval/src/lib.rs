//! Offline evaluation: a question file with gold SQL, asked through the same agent that the server uses.
//!
//! ```text
//! questions.toml ─> question ─> slots (names and ids of this lake) ─> agent ─> Answer ─┐
//!                                         └──────────> gold SQL ──────> rows ──────────┴─> verdict ─> report
//! ```
//! A verdict looks at the answer alone: its status, the rows of its evidence, the bindings of its figures.
//! Reading the gold SQL in an engine that is not ours is `eval/oracle/check_gold.py`.

pub mod figures;
pub mod matching;
pub mod question;
pub mod report;
pub mod runner;
pub mod slots;
