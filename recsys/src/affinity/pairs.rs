//! Counts how many baskets hold each pair of items, exactly.
//!
//! The baskets lie one after the other in one array, each closed by a mark. For an item, all places where it stands are
//! visited, and the items behind it in its basket are counted in an array with a slot an item: no hash table, no sort of
//! pairs. Items are shared out to threads. Cost: one step a pair of every basket. Memory: four bytes an item of a basket
//! twice (itself and its place), a slot an item and thread, and the pairs that are kept.

use rayon::prelude::*;

use crate::RecsysError;

/// Closes a basket; no item has this number.
const END: u32 = u32::MAX;

/// Items whose places are looked up by one task, at least: setting up a task costs an array of slots.
const ITEMS_A_TASK: usize = 64;

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

/// Baskets one after the other.
#[derive(Debug, Clone, Default)]
pub struct Baskets {
    items: Vec<u32>,
}

impl Baskets {
    /// Room for that many items and baskets.
    pub fn with_capacity(items: usize, baskets: usize) -> Self {
        Self { items: Vec::with_capacity(items + baskets) }
    }

    /// Adds a basket: item indexes below `u32::MAX` in ascending order, each once.
    pub fn push(&mut self, items: impl IntoIterator<Item = u32>) {
        let start = self.items.len();
        self.items.extend(items);
        match self.items.len() - start {
            // Nothing to pair.
            0 | 1 => self.items.truncate(start),
            _ => self.items.push(END),
        }
    }

    /// Adds the baskets of another part.
    pub fn append(&mut self, mut other: Self) {
        self.items.append(&mut other.items);
    }

    /// Bytes that [`Baskets::count_pairs`] needs for these baskets, without its result.
    pub fn bytes(&self) -> usize {
        2 * self.items.len() * size_of::<u32>()
    }

    /// How many baskets hold each pair of the items `0..item_count`, where at least `min_baskets` do; in ascending order
    /// of (first, second). Runs on the threads of the pool it is called in.
    pub fn count_pairs(&self, item_count: u32, min_baskets: u32) -> Result<Vec<PairCount>, RecsysError> {
        if u32::try_from(self.items.len()).is_err() {
            let (found, expected) = (self.items.len(), u32::MAX as usize);
            return Err(RecsysError::Shape { what: "the array of all baskets", found, expected });
        }
        let (starts, places) = self.places(item_count);
        let count_item = |slots: &mut Slots, item: u32| {
            let from = starts.get(item as usize).copied().unwrap_or_default();
            let to = starts.get(item as usize + 1).copied().unwrap_or(from);
            for place in places.get(from..to).unwrap_or_default() {
                let behind = self.items.get(*place as usize + 1..).unwrap_or_default();
                for other in behind.iter().take_while(|other| **other != END) {
                    slots.add(*other);
                }
            }
            slots.take(item, min_baskets)
        };
        let pairs = (0..item_count)
            .into_par_iter()
            .with_min_len(ITEMS_A_TASK)
            .map_init(|| Slots::new(item_count), count_item)
            .flatten_iter();
        Ok(pairs.collect())
    }

    /// Where each item stands: `places[starts[item]..starts[item + 1]]`.
    fn places(&self, item_count: u32) -> (Vec<usize>, Vec<u32>) {
        let mut starts = vec![0_usize; item_count as usize + 2];
        for item in &self.items {
            // The mark is beyond the last slot.
            if let Some(count) = starts.get_mut((*item as usize).saturating_add(2)) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut places = vec![0_u32; sum];
        for (place, item) in (0_u32..).zip(&self.items) {
            if let Some(next) = starts.get_mut((*item as usize).saturating_add(1)) {
                if let Some(slot) = places.get_mut(*next) {
                    *slot = place;
                }
                *next += 1;
            }
        }
        starts.pop();
        (starts, places)
    }
}

/// A count for each item that was met beside the one at hand.
struct Slots {
    counts: Vec<u32>,
    met: Vec<u32>,
}

impl Slots {
    fn new(item_count: u32) -> Self {
        Self { counts: vec![0; item_count as usize], met: Vec::new() }
    }

    fn add(&mut self, other: u32) {
        if let Some(count) = self.counts.get_mut(other as usize) {
            if *count == 0 {
                self.met.push(other);
            }
            *count += 1;
        }
    }

    /// The pairs of the item that are often enough; all slots are 0 afterwards.
    fn take(&mut self, item: u32, min_baskets: u32) -> Vec<PairCount> {
        let mut pairs = Vec::new();
        for other in self.met.drain(..) {
            let Some(count) = self.counts.get_mut(other as usize) else { continue };
            let baskets = std::mem::take(count);
            if baskets >= min_baskets {
                pairs.push(PairCount { first: item, second: other, baskets });
            }
        }
        pairs.sort_unstable();
        pairs
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn baskets(baskets: &[Vec<u32>]) -> Baskets {
        let mut all = Baskets::with_capacity(8, 2);
        for basket in baskets {
            all.push(basket.iter().copied());
        }
        all
    }

    #[test]
    fn pairs_are_counted_once_a_basket() {
        let pairs = baskets(&[vec![0, 1, 3], vec![1, 3], vec![2], vec![]]).count_pairs(4, 1).unwrap();
        let expected = [(0, 1, 1), (0, 3, 1), (1, 3, 2)];
        assert_eq!(pairs, expected.map(|(first, second, baskets)| PairCount { first, second, baskets }));
    }

    #[test]
    fn pairs_in_few_baskets_are_left_out() {
        let pairs = baskets(&[vec![0, 1], vec![0, 1], vec![1, 2]]).count_pairs(4, 2).unwrap();
        assert_eq!(pairs, [PairCount { first: 0, second: 1, baskets: 2 }]);
    }

    #[test]
    fn no_baskets_have_no_pairs() {
        assert!(Baskets::default().count_pairs(0, 1).unwrap().is_empty());
        assert!(Baskets::default().count_pairs(9, 1).unwrap().is_empty());
    }

    proptest! {
        #[test]
        fn parts_together_give_the_counts_of_the_whole(
            whole in prop::collection::vec(prop::collection::btree_set(0_u32..300, 0..8), 0..60),
            cut in 0_usize..60,
        ) {
            let whole: Vec<Vec<u32>> = whole.into_iter().map(|basket| basket.into_iter().collect()).collect();
            let mut expected: BTreeMap<(u32, u32), u32> = BTreeMap::new();
            for basket in &whole {
                for (position, a) in basket.iter().enumerate() {
                    basket[position + 1..].iter().for_each(|b| *expected.entry((*a, *b)).or_default() += 1);
                }
            }
            let expected: Vec<PairCount> = expected
                .into_iter()
                .map(|((first, second), baskets)| PairCount { first, second, baskets })
                .collect();
            let (left, right) = whole.split_at(cut.min(whole.len()));
            let mut parts = baskets(left);
            parts.append(baskets(right));
            prop_assert_eq!(parts.count_pairs(300, 1).unwrap(), expected);
        }
    }
}
