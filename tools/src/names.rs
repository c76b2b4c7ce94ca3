//! Lookup of a name among many: exact, then folded, then with typing errors, then the nearest.
//!
//! Input: a name as somebody wrote it. Output: one entry where the whole name fits, else the nearest names.
//! A part of a name never counts as the name: "avocado" among "Organic Avocado" and "Hass Avocado" gives the nearest.
//! Ties go to the heavier entry (the more popular product), then to the smaller id.

use std::{cmp::Reverse, collections::HashMap};

use crate::words::{closest_word, normalise, stem, stems};

/// How a name was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameMatch {
    /// The same but for case, accents, punctuation, spaces or plural.
    Found(u32),
    /// The same after typing errors were corrected.
    Corrected(u32),
    /// No entry has that whole name; these are close, best first, maybe none.
    Near(Vec<u32>),
}

/// Names with ids and weights.
#[derive(Debug, Default)]
pub struct NameIndex {
    entries: Vec<Entry>,
    by_normalised: HashMap<String, usize>,
    /// By the stems written together: "peanutbutter" finds "Peanut Butter".
    by_stems: HashMap<String, usize>,
    /// Positions of the entries that hold a stem.
    postings: HashMap<String, Vec<usize>>,
}

#[derive(Debug)]
struct Entry {
    id: u32,
    weight: u64,
    words: usize,
}

/// Names suggested when none fits: as many as one reads in a line.
const NEAREST: usize = 5;

impl NameIndex {
    /// Indexes `(id, name, weight)`; of equal names the heavier is found, then the smaller id.
    pub fn new<'n>(names: impl IntoIterator<Item = (u32, &'n str, u64)>) -> Self {
        let mut index = Self::default();
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort_by_key(|(id, _, weight)| (Reverse(*weight), *id));
        for (position, (id, name, weight)) in names.into_iter().enumerate() {
            let normalised = normalise(name);
            let mut stems: Vec<String> = normalised.split(' ').map(stem).collect();
            index.entries.push(Entry { id, weight, words: stems.len() });
            // Entries come heaviest first, so the first holder of a name keeps it.
            index.by_stems.entry(stems.concat()).or_insert(position);
            index.by_normalised.entry(normalised).or_insert(position);
            stems.sort_unstable();
            stems.dedup();
            for stem in stems {
                index.postings.entry(stem).or_default().push(position);
            }
        }
        index
    }

    /// Looks a name up.
    pub fn find(&self, name: &str) -> NameMatch {
        let normalised = normalise(name);
        let words = stems(name);
        let found = self.by_normalised.get(&normalised).or_else(|| self.by_stems.get(&words.concat()));
        if let Some(entry) = found.and_then(|position| self.entries.get(*position)) {
            return NameMatch::Found(entry.id);
        }
        let corrected: Vec<String> = words.iter().map(|word| self.correct(word)).collect();
        let found = self.by_stems.get(&corrected.concat()).and_then(|position| self.entries.get(*position));
        match found {
            Some(entry) if !corrected.is_empty() => NameMatch::Corrected(entry.id),
            _ => NameMatch::Near(self.nearest(&corrected)),
        }
    }

    /// How many names hold a stem.
    pub fn names_with(&self, stem: &str) -> usize {
        self.postings.get(stem).map_or(0, Vec::len)
    }

    /// The ids of the names that hold a stem, the heaviest first.
    pub(crate) fn ids_with(&self, stem: &str) -> impl Iterator<Item = u32> + use<'_> {
        let positions = self.postings.get(stem).into_iter().flatten();
        positions.filter_map(|position| self.entries.get(*position)).map(|entry| entry.id)
    }

    fn correct(&self, word: &str) -> String {
        if self.postings.contains_key(word) {
            return word.to_owned();
        }
        let vocabulary = self.postings.iter().map(|(stem, at)| (stem.as_str(), at.len() as u64));
        closest_word(word, vocabulary).unwrap_or(word).to_owned()
    }

    /// The names that share most words, the shorter and heavier ones first.
    fn nearest(&self, words: &[String]) -> Vec<u32> {
        // Half of the words where such names exist: one shared "organic" of three words is little likeness.
        let half = self.positions_with(words, words.len().div_ceil(2));
        let positions = if half.is_empty() { self.positions_with(words, 1) } else { half };
        let mut near: Vec<_> = positions
            .into_iter()
            .filter_map(|(position, shared)| {
                let entry = self.entries.get(position)?;
                // Popularity by orders of magnitude, so that a name of two words more does not hide a staple.
                let magnitude = entry.weight.checked_ilog10().unwrap_or(0);
                Some((Reverse(shared), entry.words.saturating_sub(magnitude as usize), position, entry.id))
            })
            .collect();
        near.sort_unstable();
        near.into_iter().take(NEAREST).map(|(_, _, _, id)| id).collect()
    }

    /// Entries that hold at least `enough` of the words, with how many.
    fn positions_with(&self, words: &[String], enough: usize) -> Vec<(usize, usize)> {
        let mut words: Vec<&String> = words.iter().collect();
        words.sort_unstable();
        words.dedup();
        let enough = enough.clamp(1, words.len().max(1));
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for position in words.iter().filter_map(|word| self.postings.get(*word)).flatten() {
            *shared.entry(*position).or_default() += 1;
        }
        let mut positions: Vec<_> = shared.into_iter().filter(|(_, count)| *count >= enough).collect();
        positions.sort_unstable();
        positions
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index() -> NameIndex {
        NameIndex::new([
            (1, "Banana", 500_000),
            (2, "Organic Hass Avocado", 200_000),
            (3, "Organic Avocado", 170_000),
            (4, "Chocolate Milk", 100),
            (5, "Milk Chocolate", 100),
            (6, "Peanut Butter", 50),
            (7, "Peanut Butter", 60),
        ])
    }

    #[test]
    fn case_punctuation_plural_and_spaces_do_not_matter() {
        let check = |name: &str, id: u32| assert_eq!(index().find(name), NameMatch::Found(id), "{name}");
        check("banana", 1);
        check("BANANAS!", 1);
        check("organic avocados", 3);
        check("peanutbutter", 7);
    }

    #[test]
    fn word_order_matters() {
        assert_eq!(index().find("milk chocolate"), NameMatch::Found(5));
        assert_eq!(index().find("chocolate milk"), NameMatch::Found(4));
    }

    #[test]
    fn typing_errors_are_corrected() {
        assert_eq!(index().find("bananna"), NameMatch::Corrected(1));
        assert_eq!(index().find("orgnic avacado"), NameMatch::Corrected(3));
    }

    #[test]
    fn a_part_of_a_name_gives_the_nearest() {
        assert_eq!(index().find("avocado"), NameMatch::Near(vec![2, 3]));
        assert_eq!(index().find("quantum flux"), NameMatch::Near(vec![]));
        assert_eq!(index().find(""), NameMatch::Near(vec![]));
    }

    #[test]
    fn of_equal_names_the_heavier_is_found() {
        assert_eq!(index().find("Peanut Butter"), NameMatch::Found(7));
    }
}
