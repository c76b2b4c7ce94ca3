//! The catalogue: 21 departments, 134 aisles and 49,688 products with names, popularity and habits.
//!
//! Input: the word lists `catalogue/*.toml`, one a department (fields: [`super::names::AisleWords`]), and `brands.toml`.
//! Output: the same catalogue for every seed, so that a product keeps its id from one data set to the next; departments
//! and aisles are numbered by name, products in an order shuffled once. Staples come first in an aisle's popularity;
//! the composed names share the rest by a Zipf-Mandelbrot law.

use std::collections::{BTreeMap, HashSet};

use serde::Deserialize;

use super::{
    SynthError,
    dice::{Dice, cumulate},
    law::logistic,
    names::{self, AisleWords, Family, split_list},
    permutation::mix,
};

/// Names the catalogue's own random stream; a change makes another catalogue.
const CATALOGUE_SEED: u64 = 0x1f0_0d5;
/// Zipf-Mandelbrot of the composed names of an aisle: (rank + offset)^-exponent. With the staples it gives the public
/// spread of lines a product (quartiles near 17, 60 and 260 in 32.4 million lines, one in 70 on the first).
const TAIL_OFFSET: f64 = 6.0;
const TAIL_EXPONENT: f64 = 1.3;
/// Least share of an aisle's lines that goes to composed names, whatever its staples claim.
const LEAST_TAIL: f64 = 0.08;
/// Staples are re-bought more than the rest of their aisle, on the logit scale: this times ln(1 + per cent of the
/// aisle's lines), which lifts a Banana of 13 % from the 72 % of its aisle to 84 %.
const STAPLE_HABIT: f64 = 0.27;
const TAIL_HABIT: f64 = -0.2;
/// A customer finds a product for the first time only once, so the products that everybody buys run dry: their weight
/// is raised by this times their share of all lines (Banana, one line in 69, by two fifths).
const SATURATION: f64 = 28.0;

macro_rules! department_files {
    ($($name:literal),* $(,)?) => {
        [$((concat!("catalogue/", $name, ".toml"), include_str!(concat!("catalogue/", $name, ".toml")))),*]
    };
}

/// The word lists, one a department.
const DEPARTMENT_FILES: [(&str, &str); 21] = department_files![
    "alcohol",
    "babies",
    "bakery",
    "beverages",
    "breakfast",
    "bulk",
    "canned_goods",
    "dairy_eggs",
    "deli",
    "dry_goods_pasta",
    "frozen",
    "household",
    "international",
    "meat_seafood",
    "missing",
    "other",
    "pantry",
    "personal_care",
    "pets",
    "produce",
    "snacks",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DepartmentWords {
    department: String,
    brands: String,
    aisle: Vec<AisleWords>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BrandWords {
    first: String,
    second: String,
}

/// What a name says of its product; customers look for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Traits {
    /// "Organic" is in the name.
    pub(super) organic: bool,
    /// "Gluten Free" is in the name.
    pub(super) gluten_free: bool,
    /// Low or no fat or sugar by its name.
    pub(super) light: bool,
}

/// A product; its id is its position plus 1.
#[derive(Debug, Clone)]
pub(super) struct Product {
    pub(super) name: String,
    /// Position of its aisle.
    pub(super) aisle: usize,
    /// Number of its brand; 0 when the name bears none.
    pub(super) brand: u64,
    pub(super) traits: Traits,
    /// Weight among the products of its aisle that customers buy for the first time.
    pub(super) first_weight: f64,
    /// Odds that its line is a re-order: how habit forming it is.
    pub(super) habit: f64,
}

/// An aisle; its id is its position plus 1.
#[derive(Debug, Clone)]
pub(super) struct Aisle {
    pub(super) name: String,
    /// Position of its department.
    pub(super) department: usize,
    /// Weight among the aisles that customers buy a new product from.
    pub(super) first_weight: f64,
    /// Days after which its products are typically needed again.
    pub(super) days: f64,
    pub(super) animal: bool,
    pub(super) wheat: bool,
    /// Positions of its products.
    pub(super) products: Vec<u32>,
    /// Running totals of their `first_weight`.
    pub(super) cumulative: Vec<f32>,
}

/// Everything that is sold.
pub(super) struct Catalogue {
    /// Names, alphabetical; the id is the position plus 1.
    pub(super) departments: Vec<String>,
    pub(super) aisles: Vec<Aisle>,
    pub(super) products: Vec<Product>,
}

struct Source {
    words: AisleWords,
    department: String,
    brands: Vec<String>,
}

impl Catalogue {
    /// Composes the catalogue from the compiled-in word lists.
    pub(super) fn build() -> Result<Self, SynthError> {
        let sources = read_sources()?;
        let mut departments: Vec<String> = sources.iter().map(|source| source.department.clone()).collect();
        departments.sort_unstable();
        departments.dedup();

        let mut dice = Dice::new(CATALOGUE_SEED, 0);
        let mut products = compose_products(&sources, &mut dice)?;
        shuffle(&mut products, &mut dice);

        let mut aisles: Vec<Aisle> = sources
            .iter()
            .map(|Source { words, department, .. }| Aisle {
                name: words.name.clone(),
                department: departments.iter().position(|name| name == department).unwrap_or(0),
                first_weight: words.share * (1.0 - words.repeat),
                days: words.days,
                animal: words.animal,
                wheat: words.wheat,
                products: Vec::new(),
                cumulative: Vec::new(),
            })
            .collect();
        for (position, product) in products.iter().enumerate() {
            if let Some(aisle) = aisles.get_mut(product.aisle) {
                aisle.products.push(position as u32);
            }
        }
        for aisle in &mut aisles {
            let weights = aisle.products.iter().filter_map(|&at| products.get(at as usize));
            aisle.cumulative = cumulate(weights.map(|product| product.first_weight));
        }
        Ok(Self { departments, aisles, products })
    }

    /// The position of the product of that name.
    pub(super) fn find_product(&self, name: &str) -> Option<u32> {
        self.products.iter().position(|product| product.name == name).map(|at| at as u32)
    }

    /// The position of the aisle of that name.
    pub(super) fn find_aisle(&self, name: &str) -> Option<usize> {
        self.aisles.iter().position(|aisle| aisle.name == name)
    }
}

/// All aisles by name, with their department and the brands it draws from.
fn read_sources() -> Result<Vec<Source>, SynthError> {
    let styles: BTreeMap<String, BrandWords> = parse("brands.toml", include_str!("brands.toml"))?;
    let mut sources = Vec::new();
    for (file, text) in DEPARTMENT_FILES {
        let DepartmentWords { department, brands, aisle } = parse(file, text)?;
        let style = styles.get(&brands).ok_or_else(|| SynthError::WordList {
            file,
            problem: format!("no brands {brands:?} in brands.toml"),
        })?;
        let all: Vec<String> = split_list(&style.first, ',')
            .flat_map(|first| split_list(&style.second, ',').map(move |second| format!("{first} {second}")))
            .collect();
        for words in aisle {
            let brands = stocked_brands(&all, &words);
            sources.push(Source { words, department: department.clone(), brands });
        }
    }
    sources.sort_by(|a, b| a.words.name.cmp(&b.words.name));
    Ok(sources)
}

/// The brands of one aisle: a few dozen of all, the same on every machine.
fn stocked_brands(all: &[String], words: &AisleWords) -> Vec<String> {
    let key = words.name.bytes().fold(0, |key, byte| mix(key ^ u64::from(byte)));
    let mut keyed: Vec<(u64, &String)> =
        all.iter().enumerate().map(|(at, name)| (mix(key ^ at as u64), name)).collect();
    keyed.sort_unstable();
    keyed.into_iter().take(8 + words.products / 25).map(|(_, name)| name.clone()).collect()
}

/// Parses a compiled-in word list.
pub(super) fn parse<T: for<'de> Deserialize<'de>>(file: &'static str, text: &str) -> Result<T, SynthError> {
    toml::from_str(text).map_err(|error| SynthError::WordList { file, problem: error.to_string() })
}

fn compose_products(sources: &[Source], dice: &mut Dice) -> Result<Vec<Product>, SynthError> {
    let families: Vec<Vec<Family<'_>>> = sources.iter().map(|source| source.words.families()).collect();
    let mut taken = HashSet::new();
    let mut products = Vec::new();
    // Staples of all aisles before the first composed name: none of them may lose its plain name.
    let mut staples = Vec::with_capacity(sources.len());
    for source in sources {
        let list = read_staples(&source.words)?;
        for (name, _) in &list {
            if !taken.insert(name.to_lowercase()) {
                let problem =
                    format!("the staple {name:?} of {} stands in another aisle too", source.words.name);
                return Err(SynthError::WordList { file: "catalogue", problem });
            }
        }
        staples.push(list);
    }
    for (aisle, (source, staples)) in sources.iter().zip(staples).enumerate() {
        let words = &source.words;
        let claimed: f64 = staples.iter().map(|(_, per_cent)| per_cent / 100.0).sum();
        let scale = if claimed > 1.0 - LEAST_TAIL { (1.0 - LEAST_TAIL) / claimed } else { 1.0 };
        let tail = 1.0 - claimed * scale;
        let composed = words.products.saturating_sub(staples.len());
        let zipf = |rank: usize| (rank as f64 + TAIL_OFFSET).powf(-TAIL_EXPONENT);
        let zipf_total: f64 = (1..=composed).map(zipf).sum();
        for (name, per_cent) in staples {
            let share = per_cent / 100.0 * scale;
            let raised = share * (1.0 + SATURATION * share * words.share / 1_000.0);
            products.push(product(name, aisle, 0, raised, words.repeat, STAPLE_HABIT * per_cent.ln_1p()));
        }
        for rank in 1..=composed {
            let (name, brand) = new_name(sources, &families, aisle, &mut taken, dice)?;
            products.push(product(
                name,
                aisle,
                brand,
                tail * zipf(rank) / zipf_total,
                words.repeat,
                TAIL_HABIT,
            ));
        }
    }
    Ok(products)
}

fn read_staples(words: &AisleWords) -> Result<Vec<(String, f64)>, SynthError> {
    split_list(&words.staples, ';')
        .map(|entry| {
            let parts: Vec<&str> = entry.split_whitespace().collect();
            let (weight, name) = parts.split_last().unwrap_or((&"", &[]));
            let per_cent = weight.parse().ok().filter(|per_cent| *per_cent > 0.0);
            match per_cent {
                Some(per_cent) if !name.is_empty() => Ok((name.join(" "), per_cent)),
                _ => Err(SynthError::WordList {
                    file: "catalogue",
                    problem: format!("staple {entry:?} of {}: write a name and its per cent", words.name),
                }),
            }
        })
        .collect()
}

/// A name that no product has yet, and the number of its brand.
fn new_name(
    sources: &[Source],
    families: &[Vec<Family<'_>>],
    aisle: usize,
    taken: &mut HashSet<String>,
    dice: &mut Dice,
) -> Result<(String, u64), SynthError> {
    /// Tries before the words of an aisle count as exhausted; from 40 and 80 tries on names take more words.
    const TRIES: usize = 2_000;
    for effort in 0..TRIES {
        let borrowing = sources.get(aisle).is_some_and(|source| source.words.borrow);
        let from = if borrowing { dice.below(sources.len()) } else { aisle };
        let (Some(source), Some(families)) = (sources.get(from), families.get(from)) else { break };
        // The square favours the first brands: a few are large, most are small.
        let at = (dice.uniform().powi(2) * source.brands.len() as f64) as usize;
        let Some(brand) = source.brands.get(at) else { break };
        if let Some((name, branded)) = names::compose(&source.words, families, brand, effort, dice)
            && taken.insert(name.to_lowercase())
        {
            let number = brand.bytes().fold(1, |key, byte| mix(key ^ u64::from(byte)));
            return Ok((name, if branded { number } else { 0 }));
        }
    }
    let name = sources.get(aisle).map_or("?", |source| source.words.name.as_str());
    Err(SynthError::WordList {
        file: "catalogue",
        problem: format!("too few words for the products of {name}"),
    })
}

fn product(name: String, aisle: usize, brand: u64, line_share: f64, repeat: f64, habit: f64) -> Product {
    let repeat = logistic((repeat / (1.0 - repeat)).ln() + habit);
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let traits = Traits {
        organic: has(&["Organic"]),
        gluten_free: has(&["Gluten Free"]),
        light: has(&[
            "Fat Free",
            "Low Fat",
            "Lowfat",
            "Nonfat",
            "Reduced",
            "Sugar Free",
            "No Sugar",
            "Unsweetened",
            "Light ",
            "Diet",
            "Zero",
        ]),
    };
    // Lines = first purchases / (1 - repeat), hence the weight among first purchases.
    Product {
        name,
        aisle,
        brand,
        traits,
        first_weight: line_share * (1.0 - repeat),
        habit: repeat / (1.0 - repeat),
    }
}

/// Fisher-Yates: afterwards a product's id says nothing of its aisle or popularity.
fn shuffle(products: &mut [Product], dice: &mut Dice) {
    for last in (1..products.len()).rev() {
        products.swap(last, dice.below(last + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_has_the_size_of_the_public_one_and_unique_names() {
        let catalogue = Catalogue::build().unwrap();
        assert_eq!(catalogue.departments.len(), 21);
        assert_eq!(catalogue.aisles.len(), 134);
        assert_eq!(catalogue.products.len(), 49_688);
        let names: HashSet<String> =
            catalogue.products.iter().map(|product| product.name.to_lowercase()).collect();
        assert_eq!(names.len(), 49_688);
        assert!(catalogue.aisles.iter().all(|aisle| !aisle.products.is_empty()));
    }

    #[test]
    fn plain_staples_are_there_and_lead_their_aisle() {
        let catalogue = Catalogue::build().unwrap();
        for (name, aisle) in [
            ("Banana", "fresh fruits"),
            ("Bag of Organic Bananas", "fresh fruits"),
            ("Organic Avocado", "fresh fruits"),
            ("Strawberries", "fresh fruits"),
            ("Whole Milk", "milk"),
            ("Milk, Reduced Fat, 2%", "milk"),
            ("Large Eggs", "eggs"),
            ("Sharp Cheddar Cheese", "packaged cheese"),
            ("Sourdough Bread", "bread"),
            ("Chocolate", "candy chocolate"),
        ] {
            let product = &catalogue.products[catalogue.find_product(name).expect(name) as usize];
            let aisle_products = &catalogue.aisles[product.aisle];
            assert_eq!(aisle_products.name, aisle, "{name}");
            let lighter = aisle_products
                .products
                .iter()
                .filter(|&&other| catalogue.products[other as usize].first_weight < product.first_weight)
                .count();
            assert!(
                lighter * 10 > aisle_products.products.len() * 9,
                "{name} is not in the first tenth of its aisle"
            );
        }
    }

    #[test]
    fn attributes_commas_and_quotes_come_in_natural_shares() {
        let catalogue = Catalogue::build().unwrap();
        let share = |test: &dyn Fn(&str) -> bool| {
            catalogue.products.iter().filter(|product| test(&product.name)).count() as f64 / 49_688.0
        };
        let organic = share(&|name| name.contains("Organic"));
        assert!((0.08..0.13).contains(&organic), "organic {organic}");
        let commas = share(&|name| name.contains(','));
        assert!((0.04..0.09).contains(&commas), "commas {commas}");
        assert!(share(&|name| name.contains('"')) > 0.001);
        let gluten_free = share(&|name| name.contains("Gluten Free"));
        assert!((0.01..0.04).contains(&gluten_free), "gluten free {gluten_free}");
        assert_eq!(share(&|name| name.contains('\n') || name.contains("  ") || name.trim() != name), 0.0);
    }

    #[test]
    fn a_staple_without_its_per_cent_is_refused() {
        let words: AisleWords = toml::from_str(
            "name='tea'\nproducts=1\nshare=1\nrepeat=0.5\ndays=9\nbranded=0.1\nstaples='Green Tea'\n",
        )
        .unwrap();
        let message = read_staples(&words).unwrap_err().to_string();
        assert!(message.contains("Green Tea"), "{message}");
    }
}
