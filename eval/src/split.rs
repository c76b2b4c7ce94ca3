//! The split into what the planner is developed on and what it is measured on, by a fixed hash of the id.
//!
//! A question stays on its side for ever, whatever is added to its file; a conversation goes as a whole.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Of a hundred cases, those that are measured on (`eval/questions/README.md`).
const TEST_OF_100: u64 = 46;

/// The part that a case belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The planner is developed on it.
    Dev,
    /// The planner is measured on it.
    Test,
}

impl Side {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Test => "test",
        }
    }
}

/// Which cases are asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// Development.
    Dev,
    /// Measurement.
    Test,
    /// Both.
    #[default]
    All,
}

impl Split {
    /// Whether cases of that side are asked.
    pub fn holds(self, side: Side) -> bool {
        match self {
            Self::Dev => side == Side::Dev,
            Self::Test => side == Side::Test,
            Self::All => true,
        }
    }

    /// The name on the command line and in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Test => "test",
            Self::All => "all",
        }
    }
}

/// The side of an id: the first eight bytes of its SHA-256, big-endian, modulo 100.
pub fn side(id: &str) -> Side {
    let digest = Sha256::digest(id.as_bytes());
    let first = digest.iter().take(8).fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    if first % 100 < TEST_OF_100 { Side::Test } else { Side::Dev }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sides worked out with Python's hashlib; they must never change.
    #[test]
    fn an_id_keeps_its_side() {
        let check = |id: &str, expected| assert_eq!(side(id), expected, "{id}");
        check("s01", Side::Dev);
        check("s02", Side::Dev);
        check("an-001", Side::Test);
        check("an-002", Side::Test);
        check("co-001", Side::Test);
        check("cl-001", Side::Test);
        check("re-001", Side::Dev);
        check("sh-001", Side::Dev);
    }

    #[test]
    fn forty_six_of_a_hundred_are_measured_on() {
        let test = (0..10_000).filter(|n| side(&format!("q-{n}")) == Side::Test).count();
        assert!((4_450..4_750).contains(&test), "{test}");
    }

    #[test]
    fn a_split_holds_its_side() {
        assert!(Split::Dev.holds(Side::Dev) && !Split::Dev.holds(Side::Test));
        assert!(Split::Test.holds(Side::Test) && !Split::Test.holds(Side::Dev));
        assert!(Split::All.holds(Side::Dev) && Split::All.holds(Side::Test));
    }
}
