//! Offline evaluation: question sets with gold SQL, asked through the same agent that the server uses.
//!
//! ```text
//! *.toml ─> question ─> split ─> slots (names and ids of this lake) ─> agent ─> Answer ─┐
//!                                   └──────────> gold SQL ──────> rows ─────────────────┴─> judge ─> report
//! ```
//! A verdict looks at the answer alone: its status, the rows of its evidence, the products it shows, what it says, the
//! bindings of its figures. Reading the gold SQL in an engine that is not ours is `eval/oracle/check_gold.py`.

pub mod baseline;
pub mod figures;
pub mod gold;
pub mod html;
pub mod judge;
pub mod kept;
pub mod matching;
pub mod question;
pub mod rate;
pub mod report;
pub mod runner;
pub mod slots;
pub mod split;
