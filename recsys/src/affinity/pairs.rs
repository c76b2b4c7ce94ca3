//! Counts how many baskets hold each pair of items, in bounded memory.
//!
//! Baskets are streamed; a [`PairCounter`] counts the pairs whose first (lower) item is at or after `first`. When it
//! holds more pairs than its capacity, it gives up the highest first items, and [`PairCounter::finish`] says where the
//! next pass over the same baskets must begin. So the result is exact whatever the capacity, only the number of passes
//! changes.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

/// Multiplies and folds: the keys are our own dense indexes, so no defence against chosen keys is needed, and the
/// standard hasher would be most of the time of a pass.
#[derive(Debug, Default)]
struct FoldHasher(u64);

impl Hasher for FoldHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(u64::from(*byte)));
    }

    fn write_u64(&mut self, value: u64) {
        // The 64-bit golden ratio (Knuth, TAOCP 3, §6.4); the high half of the product is well mixed.
        let product = u128::from(self.0 ^ value) * u128::from(0x9E37_79B9_7F4A_7C15_u64);
        self.0 = (product as u64) ^ ((product >> 64) as u64);
    }
}

/// A pair of items, lower first, and the number of baskets that hold both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PairCount {
    /// The lower item.
    pub first: u32,
    /// The higher item.
    pub second: u32,
    /// Baskets with both.
    pub baskets: u32,
}

/// What one pass has counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// In ascending order of (first, second).
    pub pairs: Vec<PairCount>,
    /// The first item of the next pass; `None` when all pairs are counted.
    pub next_first: Option<u32>,
}

/// Counts the pairs of one pass.
#[derive(Debug)]
pub struct PairCounter {
    first: u32,
    /// Exclusive; falls when the capacity is reached.
    end: u32,
    /// Items are `0..item_count`.
    item_count: u32,
    capacity: usize,
    counts: HashMap<u64, u32, BuildHasherDefault<FoldHasher>>,
}

impl PairCounter {
    /// A pass over items `0..item_count` that begins at `first` and holds about `capacity` pairs (24 bytes each). At
    /// least the pairs of one first item are always counted, so every pass gets on.
    pub fn new(item_count: u32, first: u32, capacity: usize) -> Self {
        Self { first, end: item_count, item_count, capacity, counts: HashMap::default() }
    }

    /// Counts the pairs of one basket: item indexes in ascending order, each once.
    pub fn add_basket(&mut self, items: &[u32]) {
        debug_assert!(items.windows(2).all(|pair| pair[0] < pair[1]), "basket must ascend: {items:?}");
        let mut rest = items;
        while let Some((first, others)) = rest.split_first() {
            rest = others;
            if *first < self.first {
                continue;
            }
            if *first >= self.end {
                break;
            }
            for second in others {
                *self.counts.entry(u64::from(*first) << 32 | u64::from(*second)).or_default() += 1;
            }
        }
        if self.counts.len() > self.capacity && self.end - self.first > 1 {
            self.give_up_highest();
        }
    }

    /// Lowers `end` so that at most half of the capacity is in use, and forgets the pairs past it.
    fn give_up_highest(&mut self) {
        let mut by_first = vec![0_usize; (self.end - self.first) as usize];
        for key in self.counts.keys() {
            by_first[((key >> 32) as u32 - self.first) as usize] += 1;
        }
        let mut kept = 0;
        let fits = by_first.iter().take_while(|pairs| {
            kept += **pairs;
            kept <= self.capacity / 2
        });
        self.end = self.first + (fits.count() as u32).max(1);
        let end = self.end;
        self.counts.retain(|key, _| ((key >> 32) as u32) < end);
    }

    /// The pairs of this pass that at least `min_baskets` baskets hold.
    pub fn finish(self, min_baskets: u32) -> Pass {
        let kept = self.counts.into_iter().filter(|(_, baskets)| *baskets >= min_baskets);
        let mut pairs: Vec<PairCount> = kept
            .map(|(key, baskets)| PairCount { first: (key >> 32) as u32, second: key as u32, baskets })
            .collect();
        pairs.sort_unstable();
        Pass { pairs, next_first: (self.end < self.item_count).then_some(self.end) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// All passes, and how many there were.
    fn count(baskets: &[Vec<u32>], item_count: u32, capacity: usize) -> (Vec<PairCount>, usize) {
        let (mut all, mut first, mut passes) = (Vec::new(), Some(0), 0);
        while let Some(from) = first {
            let mut counter = PairCounter::new(item_count, from, capacity);
            baskets.iter().for_each(|basket| counter.add_basket(basket));
            let pass = counter.finish(1);
            all.extend(pass.pairs);
            first = pass.next_first;
            passes += 1;
        }
        (all, passes)
    }

    #[test]
    fn pairs_are_counted_once_a_basket() {
        let (pairs, passes) = count(&[vec![0, 1, 3], vec![1, 3], vec![2]], 4, 100);
        let expected = [(0, 1, 1), (0, 3, 1), (1, 3, 2)];
        assert_eq!(pairs, expected.map(|(first, second, baskets)| PairCount { first, second, baskets }));
        assert_eq!(passes, 1);
    }

    #[test]
    fn pairs_in_few_baskets_are_left_out() {
        let mut counter = PairCounter::new(4, 0, 100);
        [[0, 1], [0, 1], [1, 2]].iter().for_each(|basket| counter.add_basket(basket));
        assert_eq!(counter.finish(2).pairs, [PairCount { first: 0, second: 1, baskets: 2 }]);
    }

    proptest! {
        #[test]
        fn any_capacity_gives_the_same_counts(
            baskets in prop::collection::vec(prop::collection::btree_set(0_u32..15, 0..8), 0..40),
            capacity in 1_usize..60,
        ) {
            let baskets: Vec<Vec<u32>> = baskets.into_iter().map(|basket| basket.into_iter().collect()).collect();
            let mut expected: BTreeMap<(u32, u32), u32> = BTreeMap::new();
            for basket in &baskets {
                for (position, a) in basket.iter().enumerate() {
                    basket[position + 1..].iter().for_each(|b| *expected.entry((*a, *b)).or_default() += 1);
                }
            }
            let expected: Vec<PairCount> = expected
                .into_iter()
                .map(|((first, second), baskets)| PairCount { first, second, baskets })
                .collect();
            let (pairs, passes) = count(&baskets, 15, capacity);
            prop_assert_eq!(pairs, expected);
            prop_assert!(passes <= 15);
        }
    }
}
