//! A seeded permutation of 0..n without a table: balanced Feistel network with cycle walking.
//!
//! Gives customer number i a rank among all customers, so that the orders-a-customer law and the train share are met
//! exactly at any size while the ids say nothing. Method: Black and Rogaway, "Ciphers with arbitrary finite domains", 2002.

/// Rounds of the network; four are enough to look random (Luby and Rackoff 1988).
const ROUNDS: u64 = 4;

/// A permutation of 0..n.
#[derive(Debug, Clone, Copy)]
pub(super) struct Permutation {
    n: u64,
    half_bits: u32,
    key: u64,
}

impl Permutation {
    /// The permutation of 0..n that `key` names; `n` is at least 1.
    pub(super) fn new(n: u64, key: u64) -> Self {
        let bits = u64::BITS - n.saturating_sub(1).leading_zeros();
        Self { n, half_bits: bits.div_ceil(2).max(1), key }
    }

    /// Where `value` (below n) goes.
    pub(super) fn apply(&self, value: u64) -> u64 {
        let mut at = value;
        loop {
            at = self.round_trip(at);
            if at < self.n {
                return at;
            }
        }
    }

    fn round_trip(&self, value: u64) -> u64 {
        let mask = (1u64 << self.half_bits) - 1;
        let (mut left, mut right) = (value >> self.half_bits, value & mask);
        for round in 0..ROUNDS {
            let mixed = mix(self.key ^ (round << 56) ^ right) & mask;
            (left, right) = (right, left ^ mixed);
        }
        (left << self.half_bits) | right
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every input bit changes half of the output bits.
pub(super) fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_hit_exactly_once() {
        for n in [1, 2, 3, 10, 1000, 4096, 5001] {
            let permutation = Permutation::new(n, 42);
            let mut seen: Vec<u64> = (0..n).map(|i| permutation.apply(i)).collect();
            seen.sort_unstable();
            assert!(seen.into_iter().eq(0..n), "n = {n}");
        }
    }

    #[test]
    fn another_key_is_another_order() {
        let (a, b) = (Permutation::new(1000, 1), Permutation::new(1000, 2));
        let same = (0..1000).filter(|&i| a.apply(i) == b.apply(i)).count();
        assert!(same < 20, "{same} of 1000 in the same place");
    }

    #[test]
    fn neighbours_do_not_stay_neighbours() {
        let permutation = Permutation::new(10_000, 7);
        let low = (0..5_000).filter(|&i| permutation.apply(i) < 5_000).count();
        assert!((2_300..2_700).contains(&low), "{low} of the first half stay in it");
    }
}
