//! What a product is called by its name: the noun that says what it is, and the words before and behind it.
//!
//! "Organic Valley Chocolate Milk, Low Fat" → `organic valley chocolate milk`, head `milk`. The head of an English name stands
//! last, before what a comma, a bracket or "with" adds; sizes, packages and cuts behind it say how it is sold.
//! Input: a name. Output: stems. Which words are nouns that goods are called by is counted over all names. Pure.

use std::collections::HashMap;

use crate::words::{normalise, stem};

/// Words behind which a name only adds to what it said.
const ADDING: &[&str] = &["with", "in", "for", "from"];
/// How something is cut, packed or sized, singular: "pineapple chunk" is pineapple.
const FORMS: &[&str] = &[
    "slice",
    "sliced",
    "chunk",
    "spear",
    "cube",
    "piece",
    "bunch",
    "bag",
    "pack",
    "box",
    "can",
    "jar",
    "bottle",
    "refill",
    "halve",
    "wedge",
    "strip",
    "crumble",
    "floret",
    "breast",
    "thigh",
    "drumstick",
    "fillet",
    "filet",
    "link",
    "blend",
    "oz",
    "ounce",
    "ct",
    "count",
    "pk",
    "size",
    "value",
    "family",
    "small",
    "medium",
    "large",
    "jumbo",
    "mini",
    "original",
    "classic",
    "container",
    "carton",
    "tub",
    "multipack",
    "single",
    "gallon",
    "pound",
    "lb",
    "fl",
    "each",
];
/// Words that state a property and call nothing.
const STATED: &[&str] = &[
    "organic",
    "natural",
    "fresh",
    "gluten",
    "free",
    "fat",
    "low",
    "lite",
    "light",
    "reduced",
    "sodium",
    "nonfat",
    "lowfat",
    "unsweetened",
    "vegan",
    "kosher",
    "whole",
    "all",
    "premium",
    "pure",
];
/// One in so many names with a word must be called by it for the word to be a noun that goods are called by.
const CALLING: u32 = 4;
/// So many names must end in two words for the second to be the head of both.
const MIN_ENDS: u32 = 3;

/// The words of a name up to what it adds, in order, without packages and numbers at the end.
pub(crate) fn head_part(name: &str) -> Vec<String> {
    let parts = name.split([',', '(', '/', ':']).flat_map(|part| part.split(" - ")).map(before_addition);
    let calls = |words: &Vec<String>| words.iter().any(|word| !states(word));
    let mut parts = parts.map(|mut words| {
        while words.len() > 1 && words.last().is_some_and(|last| FORMS.contains(&last.as_str())) {
            words.pop();
        }
        words
    });
    parts.find(calls).unwrap_or_else(|| stems_without_numbers(name))
}

/// Whether a word only states a property.
pub(crate) fn states(stem: &str) -> bool {
    STATED.contains(&stem) || FORMS.contains(&stem)
}

fn before_addition(part: &str) -> Vec<String> {
    let words = normalise(part);
    let words: Vec<&str> = words.split(' ').filter(|word| !word.is_empty()).collect();
    let end = words.iter().skip(1).position(|word| ADDING.contains(word)).map_or(words.len(), |at| at + 1);
    let mut part: Vec<&str> = words.iter().take(end).copied().filter(|word| !has_digit(word)).collect();
    // "Tuna Packed in Water", "Bread Made with Honey"
    let done = |word: &str| word.ends_with("ed") || word == "made";
    while end < words.len() && part.len() > 1 && part.last().is_some_and(|last| done(last)) {
        part.pop();
    }
    part.into_iter().map(stem).collect()
}

fn stems_without_numbers(name: &str) -> Vec<String> {
    let words = normalise(name);
    words.split(' ').filter(|word| !word.is_empty() && !has_digit(word)).map(stem).collect()
}

fn has_digit(word: &str) -> bool {
    word.chars().any(|c| c.is_ascii_digit())
}

/// How many names hold a stem, and how many are called by it.
#[derive(Debug, Default)]
pub(crate) struct HeadCounts {
    /// By stem: names that hold it, names that are called by it.
    words: HashMap<String, (u32, u32)>,
    /// By the last two words of head parts: how many end so.
    ends: HashMap<String, u32>,
}

impl HeadCounts {
    /// Counts a name: its stems, each once, and its head part.
    pub(crate) fn add(&mut self, stems: &[String], head_part: &[String]) {
        for stem in stems {
            self.words.entry(stem.clone()).or_default().0 += 1;
        }
        if let Some(head) = head_part.last() {
            self.words.entry(head.clone()).or_default().1 += 1;
        }
        if let [.., first, second] = head_part {
            *self.ends.entry(format!("{first} {second}")).or_default() += 1;
        }
    }

    /// Whether goods are called by a word rather than described by it.
    pub(crate) fn calls(&self, stem: &str) -> bool {
        self.words.get(stem).is_some_and(|(names, heads)| heads * CALLING >= *names && *heads > 0)
    }

    fn ends(&self, first: &str, second: &str) -> u32 {
        self.ends.get(&format!("{first} {second}")).copied().unwrap_or_default()
    }

    /// The share of the names with a word that are called by it, 0 to 1.
    fn share(&self, stem: &str) -> f64 {
        self.words.get(stem).map_or(0.0, |(names, heads)| f64::from(*heads) / f64::from((*names).max(1)))
    }

    /// The word that a name is called by: the last of its head part that goods are called by, else the last.
    pub(crate) fn head_of_name<'w>(&self, part: &'w [String]) -> Option<&'w str> {
        part.iter().rev().find(|word| self.calls(word)).or(part.last()).map(String::as_str)
    }

    /// The word that says what is meant: the last that goods are called by, else the one they are called by most often.
    pub(crate) fn head_of<'w>(&self, words: &'w [String]) -> Option<&'w str> {
        // "Egg whites" are whites, whatever else eggs are called by.
        if let [.., first, second] = words
            && self.ends(first, second) >= MIN_ENDS
            && self.ends(first, second) > self.ends(second, first)
        {
            return Some(second);
        }
        let calling = words.iter().rev().find(|word| self.calls(word));
        let best = || words.iter().max_by(|a, b| self.share(a).total_cmp(&self.share(b)));
        calling.or_else(best).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_called_by_its_last_word_before_what_it_adds() {
        let check = |name: &str, expected: &str| {
            let stems: Vec<String> = expected.split(' ').map(stem).collect();
            assert_eq!(head_part(name), stems, "{name}");
        };
        check("Organic Creamy Tomato Soup", "organic creamy tomato soup");
        check("Bread, Raisin", "bread");
        check("Organic, Low Fat Milk", "low fat milk");
        check("Toothpaste for Sensitive Teeth", "toothpaste");
        check("Pineapple Chunks", "pineapple");
        check("Trash Bags 13 Gallon", "trash");
        check("Window Cleaner with Vinegar", "window cleaner");
        check("Chunk Light Tuna Packed in Water", "chunk light tuna");
    }

    #[test]
    fn the_head_of_words_is_the_last_that_goods_are_called_by() {
        let mut counts = HeadCounts::default();
        for name in ["Plain Greek Yogurt", "Strawberry Yogurt", "Plain Bagels", "Greek Yogurt Plain"] {
            counts.add(&stems_without_numbers(name), &head_part(name));
        }
        let words = ["greek", "yogurt", "sweet"].map(str::to_owned);
        assert_eq!(counts.head_of(&words), Some("yogurt"));
    }
}
