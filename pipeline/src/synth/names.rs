//! The grammar that product names are composed by: `[brand] [attributes] variety noun [pack]`, or `noun, variety, …`.
//!
//! Input: the word lists of an aisle ([`AisleWords`], one `[[aisle]]` of `catalogue/*.toml`) and of invented brands.
//! Output: one name at a time; the catalogue keeps those that are new. Contradictions ("Whole … Low Fat") and stutters
//! ("Coconut Coconut Water") are not composed.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::dice::Dice;

/// Share of names that carry a pack or size, about as in real catalogues.
const PACK_SHARE: f64 = 0.22;
/// Share of names in the style "noun, variety, attribute", and of packs that follow a comma: 6 to 7 % of real names
/// hold a comma.
const COMMA_STYLE_SHARE: f64 = 0.035;
const COMMA_PACK_SHARE: f64 = 0.15;
/// Share of names without a variety.
const PLAIN_SHARE: f64 = 0.04;

/// One aisle of a department file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AisleWords {
    /// The aisle's name.
    pub(super) name: String,
    /// How many products it holds.
    pub(super) products: usize,
    /// Order lines per thousand of all.
    pub(super) share: f64,
    /// Share of its lines that are re-orders.
    pub(super) repeat: f64,
    /// Days after which a household typically needs its products again.
    pub(super) days: f64,
    /// Share of names that begin with a brand.
    pub(super) branded: f64,
    /// Share of names with an attribute: `organic`, `low fat`, `gluten free`, `unsalted`, `sugar free`.
    #[serde(default)]
    pub(super) attributes: BTreeMap<String, f64>,
    /// Whether vegans leave it out.
    #[serde(default)]
    pub(super) animal: bool,
    /// Whether who eats gluten free looks for gluten free products here.
    #[serde(default)]
    pub(super) wheat: bool,
    /// Whether its composed names come from the words of all other aisles (`missing`, `other`).
    #[serde(default)]
    pub(super) borrow: bool,
    /// Plain names and roughly their per cent of the aisle's lines, before diets turn customers away: `Limes 3.8; …`.
    #[serde(default)]
    pub(super) staples: String,
    /// What names are composed of.
    #[serde(default)]
    pub(super) family: Vec<FamilyWords>,
}

/// Varieties and nouns that go together, and the packs they come in; each a list with commas.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FamilyWords {
    varieties: String,
    nouns: String,
    #[serde(default)]
    packs: String,
}

/// The lists of [`FamilyWords`], split.
pub(super) struct Family<'a> {
    varieties: Vec<&'a str>,
    nouns: Vec<&'a str>,
    packs: Vec<&'a str>,
}

impl AisleWords {
    /// The families with their lists split.
    pub(super) fn families(&self) -> Vec<Family<'_>> {
        self.family
            .iter()
            .map(|words| Family {
                varieties: split_list(&words.varieties, ',').collect(),
                nouns: split_list(&words.nouns, ',').collect(),
                packs: split_list(&words.packs, ',').collect(),
            })
            .collect()
    }
}

/// The entries of a list in a word file; line breaks count as blanks.
pub(super) fn split_list(text: &str, separator: char) -> impl Iterator<Item = &str> {
    text.split(separator).map(str::trim).filter(|entry| !entry.is_empty())
}

/// Composes one name. `effort` counts failed tries for the same product: the higher, the more words it takes.
/// `None` when the words drawn do not go together.
pub(super) fn compose(
    words: &AisleWords,
    families: &[Family<'_>],
    brand: &str,
    effort: usize,
    dice: &mut Dice,
) -> Option<(String, bool)> {
    let sizes =
        super::dice::cumulate(families.iter().map(|f| ((f.varieties.len() * f.nouns.len()) as f64).sqrt()));
    let family = families.get(dice.pick(&sizes))?;
    let noun = choose(&family.nouns, dice)?;
    let variety = if dice.chance(PLAIN_SHARE) { "" } else { choose(&family.varieties, dice)? };
    if stutters(variety, noun) {
        return None;
    }
    let attributes = draw_attributes(words, variety, noun, dice);
    let with_brand = dice.chance(words.branded) || effort > 40;
    let pack = if dice.chance(PACK_SHARE) || effort > 80 { choose(&family.packs, dice) } else { None };

    let mut parts: Vec<&str> = Vec::with_capacity(6);
    if dice.chance(COMMA_STYLE_SHARE) {
        let head = if with_brand { format!("{brand} {noun}") } else { noun.to_owned() };
        parts.push(&head);
        parts.extend(
            [variety].into_iter().chain(attributes.iter().copied()).chain(pack).filter(|p| !p.is_empty()),
        );
        return Some((tidy(&parts.join(", ")), with_brand));
    }
    if with_brand {
        parts.push(brand);
    }
    parts.extend(attributes.iter().copied());
    parts.extend([variety, noun].into_iter().filter(|part| !part.is_empty()));
    let mut name = parts.join(" ");
    if let Some(pack) = pack {
        name.push_str(if dice.chance(COMMA_PACK_SHARE) { ", " } else { " " });
        name.push_str(pack);
    }
    Some((tidy(&name), with_brand))
}

fn choose<'a>(list: &[&'a str], dice: &mut Dice) -> Option<&'a str> {
    if list.is_empty() { None } else { list.get(dice.below(list.len())).copied() }
}

/// Line breaks inside an entry of a word file become single blanks.
fn tidy(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn stutters(variety: &str, noun: &str) -> bool {
    let stem = |word: &str| word.trim_end_matches('s').to_lowercase();
    variety
        .split_whitespace()
        .filter(|word| !matches!(*word, "and" | "in" | "&" | "With"))
        .any(|word| noun.split_whitespace().any(|other| stem(other) == stem(word)))
}

fn draw_attributes(words: &AisleWords, variety: &str, noun: &str, dice: &mut Dice) -> Vec<&'static str> {
    let mut drawn = Vec::new();
    for (attribute, &share) in &words.attributes {
        if !dice.chance(share) {
            continue;
        }
        let (spellings, clashes): (&[&'static str], &[&str]) = match attribute.as_str() {
            "organic" => (&["Organic"], &["Organic"]),
            "gluten free" => {
                (&["Gluten Free"], &["Wheat", "Gluten", "Rye", "Sourdough", "Barley", "Semolina", "Durum"])
            }
            "low fat" => (
                &["Low Fat", "Reduced Fat", "Fat Free", "Nonfat"],
                &["Fat", "Whole", "Light", "Cream", "Light,"],
            ),
            "unsalted" => {
                (&["Unsalted", "No Salt Added", "Low Sodium"], &["Salt", "Salted", "Sodium", "Unsalted"])
            }
            "sugar free" => {
                (&["Sugar Free", "No Sugar Added", "Unsweetened"], &["Sugar", "Diet", "Zero", "Unsweetened"])
            }
            _ => continue,
        };
        let clash =
            variety.split_whitespace().chain(noun.split_whitespace()).any(|word| clashes.contains(&word));
        if !clash {
            drawn.extend(choose(spellings, dice));
        }
    }
    // The best known of them comes first in real names.
    drawn.sort_by_key(|attribute| *attribute != "Organic");
    drawn
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aisle(text: &str) -> AisleWords {
        toml::from_str(text).unwrap()
    }

    const TEA: &str = "name='tea'\nproducts=1\nshare=1\nrepeat=0.5\ndays=9\nbranded=0.0\n[[family]]\nvarieties='Green Tea, Mint'\nnouns='Tea'\n";

    #[test]
    fn a_variety_that_repeats_the_noun_is_not_composed() {
        let words = aisle(TEA);
        let families = words.families();
        let mut dice = Dice::new(1, 0);
        for _ in 0..200 {
            if let Some((name, branded)) = compose(&words, &families, "Oakenby Mill", 0, &mut dice) {
                assert!(["Mint Tea", "Tea", "Tea, Mint"].contains(&name.as_str()), "{name}");
                assert!(!branded);
            }
        }
    }

    #[test]
    fn whole_milk_is_never_called_low_fat() {
        let words = aisle(
            "name='milk'\nproducts=1\nshare=1\nrepeat=0.5\ndays=9\nbranded=0.0\nattributes={'low fat'=1.0}\n[[family]]\nvarieties='Whole'\nnouns='Milk'\n",
        );
        let families = words.families();
        let mut dice = Dice::new(1, 0);
        let names: Vec<String> = (0..50)
            .filter_map(|_| compose(&words, &families, "", 0, &mut dice))
            .map(|(name, _)| name)
            .collect();
        assert!(
            names.iter().filter(|name| name.contains("Whole")).all(|name| !name.contains("Fat")),
            "{names:?}"
        );
    }

    #[test]
    fn a_line_break_in_a_word_list_leaves_no_trace_in_a_name() {
        assert_eq!(tidy("Liver and\nChicken  Pate"), "Liver and Chicken Pate");
    }

    #[test]
    fn an_unknown_field_in_a_word_list_is_refused() {
        assert!(toml::from_str::<AisleWords>(&format!("colour = 'red'\n{TEA}")).is_err());
    }
}
