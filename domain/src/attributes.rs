//! Attributes of a product that its name states: organic, gluten free, unsalted, ….
//!
//! Input: a product name. Output: a set of [`Attribute`], found by whole-word phrases after hyphens, case and apostrophes
//! are folded away. They come from names alone: a product without the word may still have the property, and a name is no
//! allergen information.
//!
//! There are two levels. Figures (`gold.product_facts` and what is made of it) go by an attribute's own words, which can be
//! counted by anybody: "fat free". A search goes by the wider words of labels too: "nonfat", "0% fat".

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};

/// What a name can state about a product. The order is the order in documents and codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Attribute {
    /// "organic".
    Organic,
    /// "gluten free".
    GlutenFree,
    /// "dairy free", "non dairy".
    DairyFree,
    /// "lactose free".
    LactoseFree,
    /// "soy free".
    SoyFree,
    /// "vegan".
    Vegan,
    /// "vegetarian", "meatless".
    Vegetarian,
    /// "low fat", "1 % milkfat".
    LowFat,
    /// "reduced fat".
    ReducedFat,
    /// "fat free", "nonfat".
    FatFree,
    /// "sugar free", "zero sugar".
    SugarFree,
    /// "no sugar added".
    NoSugarAdded,
    /// "unsweetened".
    Unsweetened,
    /// "unsalted", "no salt added".
    Unsalted,
    /// "low sodium", "reduced sodium".
    LowSodium,
    /// "whole grain", "whole wheat".
    WholeGrain,
    /// "non GMO".
    NonGmo,
    /// "kosher".
    Kosher,
    /// "cage free", "free range".
    CageFree,
    /// "grass fed".
    GrassFed,
    /// "decaf", "caffeine free".
    CaffeineFree,
    /// "diet".
    Diet,
    /// "unscented", "fragrance free".
    FragranceFree,
}

/// How names state an attribute. A phrase is a sequence of whole words, see [`name_words`].
struct Wording {
    attribute: Attribute,
    /// The attribute's own words, apart or with a hyphen. Figures count these and nothing else, so that anybody who looks for
    /// the words in names gets the same number.
    own: &'static [&'static str],
    /// What labels say in place of them. A search finds these too.
    wider: &'static [&'static str],
    /// Phrases in which one of the words means something else, for a search: "kosher salt" is a grain size.
    other: &'static [&'static str],
}

const fn wording(
    attribute: Attribute,
    own: &'static [&'static str],
    wider: &'static [&'static str],
) -> Wording {
    Wording { attribute, own, wider, other: &[] }
}

/// Gathered from the usual wording of grocery labels.
const WORDINGS: &[Wording] = &[
    wording(Attribute::Organic, &["organic", "organics"], &["organically grown"]),
    wording(Attribute::GlutenFree, &["gluten free"], &["glutenfree", "no gluten", "without gluten"]),
    wording(Attribute::DairyFree, &["dairy free"], &["dairyfree", "non dairy", "nondairy", "no dairy"]),
    wording(Attribute::LactoseFree, &["lactose free"], &["lactosefree", "no lactose"]),
    wording(Attribute::SoyFree, &["soy free"], &["soyfree", "no soy"]),
    wording(Attribute::Vegan, &["vegan"], &[]),
    wording(Attribute::Vegetarian, &["vegetarian"], &["meatless", "meat free"]),
    wording(Attribute::LowFat, &["low fat"], &["lowfat", "1% milkfat", "1% milk fat"]),
    wording(Attribute::ReducedFat, &["reduced fat"], &["2% milkfat", "2% milk fat", "less fat"]),
    wording(
        Attribute::FatFree,
        &["fat free"],
        &["fatfree", "nonfat", "non fat", "0% fat", "0% milkfat", "zero fat", "no fat"],
    ),
    Wording {
        // "no sugar added" is weaker than sugar free.
        other: &["no sugar added"],
        ..wording(Attribute::SugarFree, &["sugar free"], &["sugarfree", "zero sugar", "no sugar", "0 sugar"])
    },
    wording(Attribute::NoSugarAdded, &["no sugar added"], &["no added sugar", "without added sugar"]),
    wording(Attribute::Unsweetened, &["unsweetened"], &["un sweetened"]),
    wording(
        Attribute::Unsalted,
        &["unsalted"],
        &["un salted", "no salt added", "no salt", "salt free", "without salt"],
    ),
    wording(
        Attribute::LowSodium,
        &["low sodium"],
        &["lower sodium", "reduced sodium", "less sodium", "no sodium"],
    ),
    wording(Attribute::WholeGrain, &["whole grain", "whole grains"], &["wholegrain", "whole wheat"]),
    wording(Attribute::NonGmo, &["non gmo"], &["gmo free", "no gmo", "no gmos"]),
    Wording {
        other: &["kosher salt", "kosher sea salt", "kosher dill", "kosher dills"],
        ..wording(Attribute::Kosher, &["kosher"], &[])
    },
    wording(Attribute::CageFree, &["cage free"], &["cagefree", "free range"]),
    wording(Attribute::GrassFed, &["grass fed"], &["grassfed"]),
    wording(Attribute::CaffeineFree, &["caffeine free"], &["decaf", "decaffeinated", "no caffeine"]),
    wording(Attribute::Diet, &["diet"], &[]),
    wording(Attribute::FragranceFree, &["fragrance free"], &["unscented", "scent free", "no fragrance"]),
];

impl Wording {
    /// Own words and wider ones.
    fn phrases(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.own.iter().chain(self.wider).copied()
    }
}

impl Attribute {
    /// Every attribute, in order.
    pub const ALL: [Self; 23] = [
        Self::Organic,
        Self::GlutenFree,
        Self::DairyFree,
        Self::LactoseFree,
        Self::SoyFree,
        Self::Vegan,
        Self::Vegetarian,
        Self::LowFat,
        Self::ReducedFat,
        Self::FatFree,
        Self::SugarFree,
        Self::NoSugarAdded,
        Self::Unsweetened,
        Self::Unsalted,
        Self::LowSodium,
        Self::WholeGrain,
        Self::NonGmo,
        Self::Kosher,
        Self::CageFree,
        Self::GrassFed,
        Self::CaffeineFree,
        Self::Diet,
        Self::FragranceFree,
    ];

    /// The name in code, arguments and files: `gluten_free`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Organic => "organic",
            Self::GlutenFree => "gluten_free",
            Self::DairyFree => "dairy_free",
            Self::LactoseFree => "lactose_free",
            Self::SoyFree => "soy_free",
            Self::Vegan => "vegan",
            Self::Vegetarian => "vegetarian",
            Self::LowFat => "low_fat",
            Self::ReducedFat => "reduced_fat",
            Self::FatFree => "fat_free",
            Self::SugarFree => "sugar_free",
            Self::NoSugarAdded => "no_sugar_added",
            Self::Unsweetened => "unsweetened",
            Self::Unsalted => "unsalted",
            Self::LowSodium => "low_sodium",
            Self::WholeGrain => "whole_grain",
            Self::NonGmo => "non_gmo",
            Self::Kosher => "kosher",
            Self::CageFree => "cage_free",
            Self::GrassFed => "grass_fed",
            Self::CaffeineFree => "caffeine_free",
            Self::Diet => "diet",
            Self::FragranceFree => "fragrance_free",
        }
    }

    /// The name for people: `gluten free`.
    pub fn label(self) -> String {
        self.code().replace('_', " ")
    }

    /// Whether it says that something is not, or hardly, in the product.
    fn states_absence(self) -> bool {
        match self {
            Self::GlutenFree | Self::DairyFree | Self::LactoseFree | Self::SoyFree | Self::LowFat => true,
            Self::ReducedFat | Self::FatFree | Self::SugarFree | Self::NoSugarAdded | Self::Unsalted => true,
            Self::LowSodium | Self::NonGmo | Self::CaffeineFree | Self::FragranceFree => true,
            Self::Organic | Self::Vegan | Self::Vegetarian | Self::Unsweetened | Self::WholeGrain => false,
            Self::Kosher | Self::CageFree | Self::GrassFed | Self::Diet => false,
        }
    }

    /// By code or label; case, hyphens and underscores make no difference.
    pub fn from_name(name: &str) -> Option<Self> {
        let words = name_words(&name.replace('_', " ")).join(" ");
        Self::ALL.into_iter().find(|attribute| attribute.label() == words)
    }

    /// What labels say in place of its own words.
    pub fn wider_phrases(self) -> impl Iterator<Item = &'static str> {
        WORDINGS
            .iter()
            .filter(move |wording| wording.attribute == self)
            .flat_map(|wording| wording.wider)
            .copied()
    }

    /// The wordings that state it, for a planner that links words of a question to filters.
    pub fn phrases(self) -> impl Iterator<Item = &'static str> {
        WORDINGS.iter().filter(move |wording| wording.attribute == self).flat_map(Wording::phrases)
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The attributes that a product name states in whatever words: what a search goes by.
pub fn attributes_of_name(name: &str) -> BTreeSet<Attribute> {
    let words = name_words(name);
    let count = |phrases: &mut dyn Iterator<Item = &'static str>| -> usize {
        phrases.map(|phrase| count_phrase(&words, phrase)).sum()
    };
    WORDINGS
        .iter()
        .filter(|wording| count(&mut wording.phrases()) > count(&mut wording.other.iter().copied()))
        .map(|wording| wording.attribute)
        .collect()
}

/// The attributes whose own words stand in a product name: what figures count. [`attributes_of_name`] finds more.
pub fn attributes_in_own_words(name: &str) -> BTreeSet<Attribute> {
    let words = name_words(name);
    WORDINGS
        .iter()
        .filter(|wording| wording.own.iter().any(|phrase| count_phrase(&words, phrase) > 0))
        .map(|wording| wording.attribute)
        .collect()
}

/// Cuts the attributes that say what is absent out of a text, name or query: "dairy free creamer" is creamer, and
/// must not be found as dairy. Gives the attributes and the remaining words, in order.
///
/// Other attributes stay in the words: who asks for "whole wheat" or "organic" wants exactly that word.
pub fn cut_absences(text: &str) -> (BTreeSet<Attribute>, Vec<String>) {
    let words = name_words(text);
    let mut cut = BTreeSet::new();
    let mut remaining = Vec::with_capacity(words.len());
    let mut rest = words.as_slice();
    while let Some((word, after)) = rest.split_first() {
        match absence_at(rest) {
            Some((attribute, length)) => {
                cut.insert(attribute);
                rest = rest.get(length..).unwrap_or_default();
            }
            None => {
                remaining.push(word.clone());
                rest = after;
            }
        }
    }
    (cut, remaining)
}

/// The longest phrase of absence that the words start with, and its number of words.
fn absence_at(words: &[String]) -> Option<(Attribute, usize)> {
    WORDINGS
        .iter()
        .filter(|wording| wording.attribute.states_absence())
        .flat_map(|wording| wording.phrases().map(|phrase| (wording.attribute, phrase.split(' '))))
        .filter(|(_, phrase)| {
            let length = phrase.clone().count();
            words.get(..length).is_some_and(|start| start.iter().eq(phrase.clone()))
        })
        .map(|(attribute, phrase)| (attribute, phrase.count()))
        .max_by_key(|(_, length)| *length)
}

/// Times a phrase occurs as whole words that no "not" or "non" stands before.
fn count_phrase(words: &[String], phrase: &str) -> usize {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    words
        .windows(phrase.len())
        .enumerate()
        .filter(|(start, window)| {
            let negated = start
                .checked_sub(1)
                .and_then(|before| words.get(before))
                .is_some_and(|word| word == "not" || word == "non");
            !negated && window.iter().eq(phrase.iter())
        })
        .count()
}

/// Lower-case words of a name: apostrophes vanish, "%" stays with its number, a point or slash stays between
/// digits ("16.9", "1/2"), everything else that is no letter or digit separates.
pub fn name_words(name: &str) -> Vec<String> {
    let characters: Vec<char> = name.chars().flat_map(char::to_lowercase).collect();
    let digit_at = |i: Option<usize>| i.and_then(|i| characters.get(i)).is_some_and(char::is_ascii_digit);
    let mut words = Vec::new();
    let mut word = String::new();
    for (i, &character) in characters.iter().enumerate() {
        let between_digits = digit_at(i.checked_sub(1)) && digit_at(Some(i + 1));
        let joins = match character {
            '%' => digit_at(i.checked_sub(1)),
            '.' | '/' => between_digits,
            _ => character.is_alphanumeric(),
        };
        if joins {
            word.push(character);
        } else if !is_apostrophe(character) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Typewriter and typographic apostrophes.
pub fn is_apostrophe(character: char) -> bool {
    matches!(character, '\'' | '\u{2019}' | '\u{2018}' | '`' | '\u{00b4}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(name: &str, expected: &[Attribute]) {
        let found: Vec<_> = attributes_of_name(name).into_iter().collect();
        assert_eq!(found, expected, "{name}");
    }

    #[test]
    fn names_state_attributes_in_any_spelling() {
        use Attribute::*;
        check("Organic Hass Avocado", &[Organic]);
        check("Gluten-Free Penne", &[GlutenFree]);
        check("GLUTEN FREE Organic Penne", &[Organic, GlutenFree]);
        check("Non-Dairy Creamer", &[DairyFree]);
        check("100% Lactose Free Fat Free Milk", &[LactoseFree, FatFree]);
        check("Nonfat Greek Yogurt", &[FatFree]);
        check("Non Fat Greek Yogurt", &[FatFree]);
        check("0% Fat Plain Yogurt", &[FatFree]);
        check("1% Milkfat Cottage Cheese", &[LowFat]);
        check("2% Reduced Fat Milk", &[ReducedFat]);
        check("Unsalted Butter", &[Unsalted]);
        check("Diced Tomatoes, No Salt Added", &[Unsalted]);
        check("Vegan Burger, Meatless", &[Vegan, Vegetarian]);
        check("Sugar-Free Gum", &[SugarFree]);
        check("Zero Sugar Cola", &[SugarFree]);
        check("Whole Wheat Bread", &[WholeGrain]);
        check("Decaf Coffee", &[CaffeineFree]);
        check("Free Range Large Eggs", &[CageFree]);
    }

    #[test]
    fn figures_go_by_the_own_words_alone() {
        use Attribute::*;
        let check = |name: &str, expected: &[Attribute]| {
            let found: Vec<_> = attributes_in_own_words(name).into_iter().collect();
            assert_eq!(found, expected, "{name}");
        };
        check("Simply Organics Penne", &[Organic]);
        check("Gluten-Free Penne", &[GlutenFree]);
        check("Fat Free Milk", &[FatFree]);
        check("Sugar-Free Cage Free Gum", &[SugarFree, CageFree]);
        check("Coarse Kosher Salt", &[Kosher]);
        check("Non-Organic Bananas", &[]);
        for wider in [
            "Nonfat Greek Yogurt",
            "0% Fat Plain Yogurt",
            "Non-Dairy Creamer",
            "Zero Sugar Cola",
            "Whole Wheat Bread",
            "Decaf Coffee",
            "Free Range Large Eggs",
            "Vegetable Chips, No Gluten",
            "Diced Tomatoes, No Salt Added",
        ] {
            check(wider, &[]);
            assert!(!attributes_of_name(wider).is_empty(), "{wider}");
        }
    }

    #[test]
    fn words_that_only_contain_an_attribute_state_nothing() {
        check("Inorganic Plant Food", &[]);
        check("Veganaise Style Spread", &[]);
        check("Dietary Supplement", &[]);
        check("Free Standing Gluten Rack", &[]);
        check("Banana", &[]);
        check("", &[]);
    }

    #[test]
    fn a_negated_attribute_is_not_stated() {
        check("Non-Organic Bananas", &[]);
        check("Not Vegan Cookies", &[]);
    }

    #[test]
    fn words_that_mean_something_else_are_no_attribute() {
        check("Coarse Kosher Salt", &[]);
        check("Kosher Dill Pickles", &[]);
        check("Kosher Chicken in Kosher Salt", &[Attribute::Kosher]);
        check("No Sugar Added Apple Sauce", &[Attribute::NoSugarAdded]);
    }

    #[test]
    fn what_is_absent_is_cut_out_as_a_unit() {
        let cut = |text: &str| {
            let (attributes, words) = cut_absences(text);
            (attributes.into_iter().collect::<Vec<_>>(), words.join(" "))
        };
        assert_eq!(cut("Dairy-Free Creamer"), (vec![Attribute::DairyFree], "creamer".into()));
        assert_eq!(cut("no sugar added gum"), (vec![Attribute::NoSugarAdded], "gum".into()));
        assert_eq!(
            cut("non fat milk, gluten free"),
            (vec![Attribute::GlutenFree, Attribute::FatFree], "milk".into())
        );
        assert_eq!(cut("organic whole wheat bread"), (vec![], "organic whole wheat bread".into()));
        assert_eq!(cut("free range dairy"), (vec![], "free range dairy".into()));
    }

    #[test]
    fn codes_and_labels_read_back() {
        for attribute in Attribute::ALL {
            assert_eq!(Attribute::from_name(attribute.code()), Some(attribute));
            assert_eq!(Attribute::from_name(&attribute.label().to_uppercase()), Some(attribute));
            let json = serde_json::to_string(&attribute).unwrap();
            assert_eq!(json, format!("\"{}\"", attribute.code()));
            assert!(attribute.phrases().next().is_some(), "{attribute} has no phrase");
        }
        assert_eq!(Attribute::from_name("Gluten-Free"), Some(Attribute::GlutenFree));
        assert_eq!(Attribute::from_name("tasty"), None);
    }

    #[test]
    fn words_keep_decimals_fractions_and_percents() {
        assert_eq!(
            name_words("Ben & Jerry's 2% 16.9 oz. 1/2 gal"),
            ["ben", "jerrys", "2%", "16.9", "oz", "1/2", "gal"]
        );
        assert_eq!(name_words("Crème—Brûlée"), ["crème", "brûlée"]);
        assert_eq!(name_words("..//%%''"), Vec::<String>::new());
    }
}
