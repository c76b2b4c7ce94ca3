//! The words of one run: what products, aisles, departments, segments, metrics and dimensions are called.
//!
//! Built once a run, shared by every turn. Serves two steps: `normalise` asks for spelling corrections, `link` looks up
//! names and terms by their stems. Memory: a key of some 40 bytes a product.

use std::collections::{BTreeSet, HashMap};

use config::semantic::{DimensionKind, SemanticModel};
use domain::attributes::Attribute;

use super::{
    discourse::{CONTAINERS, TALK},
    lexicon::{CUES, DAY_PARTS, FILLERS, WEEKDAYS},
    normalise::stem,
    outside::OUTSIDE_DATA,
    patterns::words_of_table,
    shop_words::{ASKING, OCCASIONS, OTHER_NAMES, PLACES},
    short_forms,
};

/// What kind of thing a name is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum NameKind {
    /// A department, the coarser level.
    Department,
    /// An aisle.
    Aisle,
    /// A customer segment.
    Segment,
    /// A product.
    Product,
}

/// Something that has a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Name {
    /// What it is.
    pub(crate) kind: NameKind,
    /// Its id.
    pub(crate) id: u32,
    /// As the catalogue spells it.
    pub(crate) text: String,
}

/// What a term of the semantic model means.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Term {
    /// A metric, by name.
    Metric(String),
    /// The share of a metric's total.
    ShareOf(String),
    /// A dimension, by name.
    Dimension(String),
}

/// What the vocabulary is made from.
pub(crate) struct VocabularySource<'a> {
    /// Products with id, name and purchases.
    pub(crate) products: Vec<(u32, &'a str, u64)>,
    /// The aisle and the department of each product, by the product's id.
    pub(crate) places: Vec<(u32, u32, u32)>,
    /// Aisles with id and name.
    pub(crate) aisles: Vec<(u32, &'a str)>,
    /// Departments with id and name.
    pub(crate) departments: Vec<(u32, &'a str)>,
    /// Segments with id and name.
    pub(crate) segments: Vec<(u32, &'a str)>,
    /// Metrics and dimensions.
    pub(crate) semantic: &'a SemanticModel,
}

/// The words of one run.
#[derive(Debug, Default)]
pub(crate) struct Vocabulary {
    names: HashMap<String, Vec<Name>>,
    parts: HashMap<String, Vec<Name>>,
    terms: HashMap<String, Vec<Term>>,
    /// Known words with a weight: how likely it is that a misspelt word means them.
    words: HashMap<String, u32>,
    /// The aisle and the department of each product.
    places: HashMap<u32, (u32, u32)>,
    aisles: HashMap<u32, String>,
    departments: HashMap<u32, String>,
    /// The names of the run's segments, in their order.
    segments: Vec<String>,
    /// How many product names have these two stems beside each other, where one of them is a word of talk as well.
    pairs: HashMap<String, u32>,
    /// Purchases by product.
    purchases: HashMap<u32, u64>,
    /// Names that several products have, in lower case.
    namesakes: BTreeSet<String>,
    /// Purchases of all products that have a stem in their names.
    purchases_with: HashMap<String, u64>,
    /// The words by length, for corrections.
    by_length: Vec<Vec<String>>,
    longest_name: usize,
    longest_term: usize,
}

/// Weight of a word that steers questions; a product word has the number of products that hold it.
const STEERING_WEIGHT: u32 = 100_000;
/// Weight of a word for what is not in the data.
const OUTSIDE_WEIGHT: u32 = MIN_PRODUCT_WORD_WEIGHT;
/// Shorter words for what is not in the data are known, and never offered as a correction.
const MIN_OUTSIDE_LENGTH: usize = 6;
/// A product word is only offered as a correction when at least so many products hold it.
const MIN_PRODUCT_WORD_WEIGHT: u32 = 5;
/// No name of the catalogue has more words; longer windows are not looked up.
const MAX_NAME_WORDS: usize = 16;
/// Shorter words are left as they are: too many others are one letter away.
const MIN_CORRECTED_LENGTH: usize = 4;
/// From this length on two letters may differ.
const TWO_EDITS_LENGTH: usize = 8;

/// A word of at most so many products may be an odd spelling, of one that so many have.
const MAX_ODD_WEIGHT: u32 = 2;
const MIN_USUAL_WEIGHT: u32 = 100;
/// A misspelt word stands in so many names at most, the right one in so many at least, and so many times as often.
const MAX_MISSPELT_WEIGHT: u32 = 10;
const MIN_WELL_SPELT_WEIGHT: u32 = 30;
const MISSPELT_RATIO: u32 = 8;
/// A part of a compound has at least so many letters.
const MIN_PART_LENGTH: usize = 3;
/// Shorter words have too many neighbours.
const MIN_ODD_LENGTH: usize = 5;

impl Vocabulary {
    /// Collects the words of a run.
    pub(crate) fn build(source: &VocabularySource<'_>) -> Self {
        let named =
            |names: &[(u32, &str)]| names.iter().map(|(id, text)| (*id, (*text).to_owned())).collect();
        let mut vocabulary = Self {
            places: source
                .places
                .iter()
                .map(|(id, aisle, department)| (*id, (*aisle, *department)))
                .collect(),
            aisles: named(&source.aisles),
            departments: named(&source.departments),
            segments: source.segments.iter().map(|(_, text)| (*text).to_owned()).collect(),
            ..Self::default()
        };
        let groups = [
            (NameKind::Department, &source.departments),
            (NameKind::Aisle, &source.aisles),
            (NameKind::Segment, &source.segments),
        ];
        for (kind, names) in groups {
            for (id, text) in names.iter() {
                vocabulary.add_name(Name { kind, id: *id, text: (*text).to_owned() }, STEERING_WEIGHT);
            }
        }
        let mut products = source.products.clone();
        // The most bought product wins where two names have the same stems.
        products.sort_by_key(|(id, _, purchases)| (std::cmp::Reverse(*purchases), *id));
        let mut seen = BTreeSet::new();
        for (_, text, _) in &products {
            let name = text.to_lowercase();
            if !seen.insert(name.clone()) {
                vocabulary.namesakes.insert(name);
            }
        }
        vocabulary.purchases = products.iter().map(|(id, _, purchases)| (*id, *purchases)).collect();
        for (_, text, purchases) in &products {
            let stems: BTreeSet<String> = words_of(text).iter().map(|word| stem(word)).collect();
            for stem in stems {
                *vocabulary.purchases_with.entry(stem).or_default() += purchases;
            }
        }
        for (id, text, _) in products {
            vocabulary.add_name(Name { kind: NameKind::Product, id, text: text.to_owned() }, 1);
        }
        vocabulary.add_semantic(source.semantic);
        vocabulary.add_lexicon();
        vocabulary.index_words();
        vocabulary
    }

    /// The names of the run's segments, in their order.
    pub(crate) fn segments(&self) -> &[String] {
        &self.segments
    }

    fn add_name(&mut self, name: Name, weight: u32) {
        let words = words_of(&name.text);
        if words.is_empty() || words.len() > MAX_NAME_WORDS {
            return;
        }
        self.longest_name = self.longest_name.max(words.len());
        for word in &words {
            *self.words.entry(word.clone()).or_default() += weight;
        }
        for pair in words.windows(2) {
            if let [a, b] = pair {
                *self.pairs.entry(format!("{} {}", stem(a), stem(b))).or_default() += 1;
            }
        }
        if matches!(name.kind, NameKind::Aisle | NameKind::Department) && words.len() > 1 {
            for word in &words {
                self.parts.entry(stem(word)).or_default().push(name.clone());
            }
        }
        let entry = self.names.entry(key(&words)).or_default();
        if name.kind != NameKind::Product || entry.iter().all(|other| other.kind != NameKind::Product) {
            entry.push(name);
        }
    }

    fn add_semantic(&mut self, model: &SemanticModel) {
        for metric in &model.metrics {
            let term = Term::Metric(metric.name.clone());
            self.add_term(&metric.label, &term);
            self.add_term(&metric.name.replace('_', " "), &term);
            metric.synonyms.iter().for_each(|word| self.add_term(word, &term));
            if let Some(share) = &metric.share {
                let term = Term::ShareOf(metric.name.clone());
                self.add_term(&share.label, &term);
                share.synonyms.iter().for_each(|word| self.add_term(word, &term));
            }
        }
        for (_, dimension) in model.dimensions() {
            let term = Term::Dimension(dimension.name.clone());
            self.add_term(&dimension.label, &term);
            self.add_term(&dimension.plural_label, &term);
            self.add_term(&dimension.name.replace('_', " "), &term);
            dimension.synonyms.iter().for_each(|word| self.add_term(word, &term));
        }
        // "users", "people": the dimension that names the entity, before one that only identifies it.
        for entity in &model.entities {
            let of_entity =
                || model.dimensions().filter(|(_, d)| d.entity.as_deref() == Some(entity.name.as_str()));
            let named = of_entity().find(|(_, d)| d.kind == DimensionKind::Categorical);
            let Some((_, dimension)) = named.or_else(|| of_entity().next()) else { continue };
            let term = Term::Dimension(dimension.name.clone());
            let words = [&entity.label, &entity.plural_label].into_iter().chain(&entity.synonyms);
            words.for_each(|word| self.add_term(word, &term));
        }
    }

    fn add_term(&mut self, phrase: &str, term: &Term) {
        let words = words_of(phrase);
        if words.is_empty() {
            return;
        }
        self.longest_term = self.longest_term.max(words.len());
        for word in &words {
            *self.words.entry(word.clone()).or_default() += STEERING_WEIGHT;
        }
        let entry = self.terms.entry(key(&words)).or_default();
        if !entry.contains(term) {
            entry.push(term.clone());
        }
    }

    fn add_lexicon(&mut self) {
        let phrases = CUES.iter().map(|(phrase, _)| *phrase);
        let parts_of_day = DAY_PARTS.iter().map(|(word, _, _)| *word);
        let figures = super::analytics::words::phrases();
        let phrases = phrases
            .chain(figures)
            .chain(super::compose::pairs::phrases())
            .chain(super::fillers::FILLERS.iter().copied());
        let phrases = phrases.chain(super::compose::talk_words());
        let places = PLACES.iter().chain(OTHER_NAMES).map(|(phrase, _)| *phrase);
        let phrases = phrases.chain(places);
        let stated = Attribute::ALL.into_iter().flat_map(Attribute::phrases);
        let phrases = phrases.chain(stated);
        let of_shopping = ASKING.iter().chain(OCCASIONS).chain(TALK).chain(CONTAINERS).copied();
        let single = FILLERS.iter().chain(WEEKDAYS).copied().chain(parts_of_day).chain(of_shopping);
        for word in phrases.chain(single).flat_map(|phrase| phrase.split(' ')) {
            *self.words.entry(word.to_owned()).or_default() += STEERING_WEIGHT;
        }
        // A word of the shop is likelier than one about prices or the weather; short ones are near to too much.
        for word in words_of_table(OUTSIDE_DATA) {
            let offered = word.len() >= MIN_OUTSIDE_LENGTH;
            let weight = if offered { OUTSIDE_WEIGHT } else { 0 };
            self.words.entry(word.to_owned()).or_insert(weight);
        }
    }

    fn index_words(&mut self) {
        for (word, weight) in &self.words {
            if *weight < MIN_PRODUCT_WORD_WEIGHT {
                continue;
            }
            let length = word.chars().count();
            if self.by_length.len() <= length {
                self.by_length.resize(length + 1, Vec::new());
            }
            if let Some(bucket) = self.by_length.get_mut(length) {
                bucket.push(word.clone());
            }
        }
    }

    /// The most likely word for a misspelt one; `None` when it is known, a number, too short, or near to nothing.
    pub(crate) fn correct(&self, word: &str) -> Option<String> {
        let length = word.chars().count();
        let plain = word.chars().all(char::is_alphabetic);
        if length < MIN_CORRECTED_LENGTH
            || !plain
            || self.knows(word)
            || self.written_together(word).is_some()
        {
            return None;
        }
        let allowed = if length >= TWO_EDITS_LENGTH { 2 } else { 1 };
        let nearby = self.by_length.iter().enumerate().filter(|(other, _)| other.abs_diff(length) <= allowed);
        nearby
            .flat_map(|(_, bucket)| bucket)
            // People rarely miss the first letter, and words that differ in it are mostly other words.
            .filter(|candidate| candidate.chars().next() == word.chars().next())
            .filter_map(|candidate| {
                let distance = strsim::osa_distance(word, candidate);
                let weight = self.words.get(candidate).copied().unwrap_or_default();
                let allowed = if weight <= OUTSIDE_WEIGHT { 1 } else { allowed };
                (distance <= allowed).then_some((distance, std::cmp::Reverse(weight), candidate))
            })
            .min()
            .map(|(_, _, candidate)| candidate.clone())
            .or_else(|| self.unabridged(word))
    }

    /// The most usual word that steers questions and is this one with its vowels put back: "nmbr", "dprtmnt".
    fn unabridged(&self, word: &str) -> Option<String> {
        self.by_length
            .iter()
            .skip(word.len())
            .flatten()
            .filter(|candidate| short_forms::lacks_vowels(word, candidate))
            .map(|candidate| (self.words.get(candidate).copied().unwrap_or_default(), candidate))
            .filter(|(weight, _)| *weight >= STEERING_WEIGHT)
            .max_by_key(|(weight, candidate)| (*weight, std::cmp::Reverse((*candidate).clone())))
            .map(|(_, candidate)| candidate.clone())
    }

    /// The usual spelling of a long word that next to no product has and that is near to one that many have: names have
    /// typing errors too.
    pub(crate) fn usual_spelling(&self, word: &str) -> Option<String> {
        let length = word.chars().count();
        // What steers a question is no spelling of goods.
        let weight = |word: &str| self.words.get(word).map_or(0, |weight| weight % STEERING_WEIGHT);
        let long = length >= TWO_EDITS_LENGTH;
        let weight_of_word = weight(word);
        if length < MIN_ODD_LENGTH || weight_of_word > MAX_MISSPELT_WEIGHT {
            return None;
        }
        let odd = weight_of_word <= MAX_ODD_WEIGHT;
        // "mozarella": a letter too few, or one that should not be double, in a word that is far more often spelt well.
        let misspelt = |candidate: &str| {
            let outweighed = weight(candidate) >= MIN_WELL_SPELT_WEIGHT.max(MISSPELT_RATIO * weight_of_word);
            length > MIN_ODD_LENGTH && outweighed && lacks_a_letter(word, candidate)
        };
        // "chedder"
        let vowel = |candidate: &str| {
            odd && length > MIN_ODD_LENGTH
                && weight(candidate) >= MIN_USUAL_WEIGHT
                && differs_in_a_vowel(word, candidate)
        };
        let near = self.by_length.iter().enumerate().filter(|(other, _)| other.abs_diff(length) <= 1);
        near.flat_map(|(_, bucket)| bucket)
            .filter(|candidate| {
                let usual = weight(candidate) >= if long { MIN_USUAL_WEIGHT } else { 10 * MIN_USUAL_WEIGHT };
                candidate.chars().next() == word.chars().next()
                    && (odd && usual || misspelt(candidate) || vowel(candidate))
                    && strsim::osa_distance(word, candidate) == 1
                    && stem(candidate) != stem(word)
            })
            .max_by_key(|candidate| (weight(candidate), std::cmp::Reverse((*candidate).clone())))
            .cloned()
    }

    /// Whether a word, or its singular, is known.
    pub(crate) fn knows(&self, word: &str) -> bool {
        let bare = word.strip_suffix("'s").unwrap_or(word);
        self.words.contains_key(bare) || {
            let singular = stem(bare);
            self.words.contains_key(&singular)
                || self.words.contains_key(&format!("{singular}s"))
                || self.knows_root(&singular)
        }
    }

    /// "counted", "closing": an inflection of a known word is no misspelling of another.
    fn knows_root(&self, word: &str) -> bool {
        ["ed", "ing", "ly"].iter().any(|suffix| {
            let root = word.strip_suffix(suffix).filter(|root| root.len() >= 4);
            root.is_some_and(|root| {
                self.words.contains_key(root) || self.words.contains_key(&format!("{root}e"))
            })
        })
    }

    /// Whether products have this word, or its singular, in their names.
    pub(crate) fn is_product_word(&self, word: &str) -> bool {
        let singular = stem(word);
        let forms = [word.to_owned(), singular.clone(), format!("{singular}s")];
        let weight: u32 = forms.iter().filter_map(|form| self.words.get(form)).sum();
        (MIN_PRODUCT_WORD_WEIGHT..STEERING_WEIGHT).contains(&weight)
    }

    /// How many products have this word, or its singular or plural, in their names.
    pub(crate) fn products_with(&self, word: &str) -> u32 {
        let singular = stem(word);
        let forms: BTreeSet<String> =
            [word.to_owned(), format!("{singular}s"), format!("{singular}es"), singular].into();
        // Whatever steers adds the same weight each time, so the rest counts products.
        forms.iter().filter_map(|form| self.words.get(form)).map(|weight| weight % STEERING_WEIGHT).sum()
    }

    /// Whether products are called by these two stems beside each other.
    pub(crate) fn is_pair_of_names(&self, first: &str, second: &str) -> bool {
        self.pairs.get(&format!("{first} {second}")).is_some_and(|count| *count >= MIN_PRODUCT_WORD_WEIGHT)
    }

    /// How many products are called by these two stems beside each other.
    pub(crate) fn pairs_of_names(&self, first: &str, second: &str) -> u32 {
        self.pairs.get(&format!("{first} {second}")).copied().unwrap_or_default()
    }

    /// How often a product was bought.
    pub(crate) fn purchases(&self, product_id: u32) -> u64 {
        self.purchases.get(&product_id).copied().unwrap_or_default()
    }

    /// Whether several products are called exactly so, whatever the case.
    pub(crate) fn has_namesakes(&self, name: &str) -> bool {
        self.namesakes.contains(&name.to_lowercase())
    }

    /// How often products with this stem in their names were bought.
    pub(crate) fn purchases_with(&self, stem: &str) -> u64 {
        self.purchases_with.get(stem).copied().unwrap_or_default()
    }

    /// A word as two that names have beside each other far more often than it: "rootbeer", "gingerale".
    pub(crate) fn written_together(&self, word: &str) -> Option<(String, String)> {
        let length = word.chars().count();
        if !word.is_ascii() || length < 2 * MIN_PART_LENGTH {
            return None;
        }
        let apart = (MIN_PART_LENGTH..=length - MIN_PART_LENGTH)
            .filter_map(|at| word.split_at_checked(at))
            .map(|(a, b)| (self.pairs_of_names(&stem(a), &stem(b)), a, b))
            .max_by_key(|(pairs, a, _)| (*pairs, *a))?;
        let (pairs, a, b) = apart;
        let often = pairs >= MIN_PRODUCT_WORD_WEIGHT * 2 && pairs > 4 * self.products_with(word);
        often.then(|| (a.to_owned(), b.to_owned()))
    }

    /// A word that nobody knows as two that products have: "dogfood".
    pub(crate) fn split_compound(&self, word: &str) -> Option<(String, String)> {
        let length = word.chars().count();
        if !word.is_ascii() || length < 2 * MIN_PART_LENGTH || self.products_with(word) > MAX_ODD_WEIGHT {
            return None;
        }
        (MIN_PART_LENGTH..=length - MIN_PART_LENGTH)
            .filter_map(|at| word.split_at_checked(at))
            .map(|(a, b)| (self.products_with(a).min(self.products_with(b)), a, b))
            .filter(|(weight, _, _)| *weight >= MIN_PRODUCT_WORD_WEIGHT * 4)
            .max_by_key(|(weight, a, _)| (*weight, *a))
            .map(|(_, a, b)| (a.to_owned(), b.to_owned()))
    }

    /// Things whose whole name has these stems.
    pub(crate) fn names(&self, stems: &str) -> &[Name] {
        self.names.get(stems).map_or(&[], Vec::as_slice)
    }

    /// Aisles and departments whose longer name holds this stem.
    pub(crate) fn names_with_part(&self, stem: &str) -> &[Name] {
        self.parts.get(stem).map_or(&[], Vec::as_slice)
    }

    /// The names of the aisle and the department of a product.
    pub(crate) fn places(&self, product: u32) -> Option<(&str, &str)> {
        let (aisle, department) = self.places.get(&product)?;
        Some((self.aisles.get(aisle)?.as_str(), self.departments.get(department)?.as_str()))
    }

    /// Whether a product has all of these stems in its name and stands in the aisle and the department, where they are
    /// said.
    pub(crate) fn sells(&self, stems: &[String], aisle: Option<&str>, department: Option<&str>) -> bool {
        let placed = |name: &Name| {
            let (in_aisle, in_department) = self.places(name.id).unwrap_or_default();
            aisle.is_none_or(|aisle| aisle == in_aisle)
                && department.is_none_or(|department| department == in_department)
        };
        let holds = |key: &str| stems.iter().all(|stem| key.split(' ').any(|word| word == stem));
        self.names
            .iter()
            .filter(|(key, _)| holds(key))
            .any(|(_, names)| names.iter().any(|name| name.kind == NameKind::Product && placed(name)))
    }

    /// Terms of the semantic model with these stems.
    pub(crate) fn terms(&self, stems: &str) -> &[Term] {
        self.terms.get(stems).map_or(&[], Vec::as_slice)
    }

    /// The most words that a name or a term has.
    pub(crate) fn longest_phrase(&self) -> usize {
        self.longest_name.max(self.longest_term)
    }
}

/// Whether a word is the other with one letter left out inside, or with one doubled.
fn lacks_a_letter(word: &str, other: &str) -> bool {
    let (short, long): (Vec<char>, Vec<char>) = (word.chars().collect(), other.chars().collect());
    let missing = |short: &[char], long: &[char]| {
        let at = short.iter().zip(long).take_while(|(a, b)| a == b).count();
        let same_behind = short.get(at..) == long.get(at + 1..);
        (long.len() == short.len() + 1 && same_behind).then_some(at)
    };
    if let Some(at) = missing(&short, &long) {
        return at > 0 && at + 1 < long.len();
    }
    missing(&long, &short).is_some_and(|at| at > 0 && short.get(at) == short.get(at - 1))
}

/// Whether two words differ in one vowel.
fn differs_in_a_vowel(word: &str, other: &str) -> bool {
    let vowel = |c: char| matches!(c, 'a' | 'e' | 'i' | 'o' | 'u');
    let mut differing = word.chars().zip(other.chars()).filter(|(a, b)| a != b);
    let first = differing.next();
    word.chars().count() == other.chars().count()
        && differing.next().is_none()
        && first.is_some_and(|(a, b)| vowel(a) && vowel(b))
}

/// The words of a name, lower case, without marks; "and" and "&" do not count.
fn words_of(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace(['’', '\''], "")
        .split(|c: char| !c.is_alphanumeric() && c != '%')
        .filter(|word| !word.is_empty() && *word != "and")
        .map(str::to_owned)
        .collect()
}

/// The stems of words, as the look-ups want them.
fn key(words: &[String]) -> String {
    words.iter().map(|word| stem(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A small shop: enough words for the tests of the planner's steps.
    pub(crate) fn small_shop() -> Vocabulary {
        let semantic = SemanticModel::builtin().unwrap();
        Vocabulary::build(&VocabularySource {
            products: vec![
                (1, "Banana", 1_000),
                (2, "Organic Avocado", 800),
                (3, "Whole Milk", 500),
                (4, "Large Eggs", 400),
                (5, "Sourdough Bread", 300),
                (6, "Bananas", 3),
            ],
            aisles: vec![
                (10, "fresh fruits"),
                (11, "milk"),
                (12, "packaged vegetables fruits"),
                (13, "bread"),
            ],
            places: vec![(1, 10, 20), (2, 10, 20), (3, 11, 21), (5, 13, 23)],
            departments: vec![
                (20, "produce"),
                (21, "dairy eggs"),
                (22, "frozen"),
                (23, "bakery"),
                (24, "beverages"),
            ],
            segments: vec![(0, "Champions"), (1, "At risk")],
            semantic: &semantic,
        })
    }

    #[test]
    fn names_are_found_by_their_stems() {
        let shop = small_shop();
        assert_eq!(shop.names("dairy egg")[0].text, "dairy eggs");
        assert_eq!(shop.names("banana")[0].id, 1, "the most bought of two products with the same stem");
        assert!(shop.names("nothing").is_empty());
    }

    #[test]
    fn a_part_of_a_name_leads_to_all_that_hold_it() {
        assert_eq!(small_shop().names_with_part("fruit").len(), 2);
    }

    #[test]
    fn products_are_counted_by_word_whatever_else_it_means() {
        let shop = small_shop();
        assert_eq!(shop.products_with("bananas"), 2);
        assert_eq!(shop.products_with("milk"), 1, "the aisle of that name is no product");
        assert_eq!(shop.products_with("department"), 0);
    }

    #[test]
    fn spellings_of_names_differ_by_a_letter_left_out_or_doubled_or_by_a_vowel() {
        assert!(lacks_a_letter("mozarella", "mozzarella") && lacks_a_letter("broccolli", "broccoli"));
        assert!(!lacks_a_letter("gratin", "grain") && !lacks_a_letter("butter", "buttery"));
        assert!(differs_in_a_vowel("chedder", "cheddar"));
        assert!(!differs_in_a_vowel("lemon", "melon") && !differs_in_a_vowel("bean", "beans"));
    }

    #[test]
    fn misspelt_words_are_corrected_and_known_ones_are_left() {
        let shop = small_shop();
        let check = |word: &str, expected: Option<&str>| {
            assert_eq!(shop.correct(word).as_deref(), expected, "{word}")
        };
        check("departmnet", Some("department"));
        check("prodcue", Some("produce"));
        check("bevrages", Some("beverages"));
        check("department", None);
        check("milk", None);
        check("dprtmnt", Some("department"));
        check("xyzzy", None);
        check("9387", None);
    }
}
