//! A set of keys that is asked once a line: a bit a key where the keys are small numbers, a hash set where not.

use std::collections::HashSet;

/// The highest key that is kept as a bit: 16 MiB of them.
const HIGHEST_BIT: u32 = 1 << 27;

/// A set of keys.
#[derive(Debug, Clone, Default)]
pub struct IdSet {
    bits: Vec<u64>,
    others: HashSet<u32>,
}

impl IdSet {
    /// Whether the key is in the set.
    pub fn contains(&self, id: u32) -> bool {
        if id < HIGHEST_BIT {
            self.bits.get(id as usize / 64).is_some_and(|word| word >> (id % 64) & 1 == 1)
        } else {
            self.others.contains(&id)
        }
    }

    fn insert(&mut self, id: u32) {
        if id >= HIGHEST_BIT {
            self.others.insert(id);
            return;
        }
        let at = id as usize / 64;
        if self.bits.len() <= at {
            self.bits.resize(at + 1, 0);
        }
        if let Some(word) = self.bits.get_mut(at) {
            *word |= 1 << (id % 64);
        }
    }
}

impl FromIterator<u32> for IdSet {
    fn from_iter<I: IntoIterator<Item = u32>>(ids: I) -> Self {
        let mut set = Self::default();
        for id in ids {
            set.insert(id);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_keys_are_found_and_others_are_not() {
        let ids = [1, 63, 64, 49_688, HIGHEST_BIT - 1, HIGHEST_BIT, u32::MAX];
        let set: IdSet = ids.into_iter().collect();
        for id in ids {
            assert!(set.contains(id), "{id}");
        }
        for id in [0, 2, 65, HIGHEST_BIT + 1, u32::MAX - 1] {
            assert!(!set.contains(id), "{id}");
        }
    }
}
