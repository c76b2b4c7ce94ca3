//! Tastes: what kind of household a customer is, and how much of each aisle it therefore buys.
//!
//! Input: `households.toml`. Output: weights over the aisles and a diet for each customer. The weights of all customers
//! average to the aisle shares of the catalogue, so that a boost moves purchases between customers, not between aisles.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    SynthError,
    catalogue::{Catalogue, Traits, parse},
    dice::{Dice, cumulate},
};

const FILE: &str = "households.toml";
/// How much of a customer is of its first kind; the rest is of the second (exponents of the boosts).
const FIRST_KIND: f64 = 0.75;
/// Spread of the personal liking of a department and of an aisle, on the log scale: real customers of one kind differ
/// more than the kinds do.
const DEPARTMENT_SPREAD: f64 = 0.45;
const AISLE_SPREAD: f64 = 0.85;
/// What remains of the aisles with animal products for vegans: somebody else in the home eats it.
const VEGAN_REST: f64 = 0.03;
/// What remains of the aisles with wheat for who eats gluten free.
const GLUTEN_FREE_REST: f64 = 0.35;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HouseholdWords {
    everybody: BTreeMap<String, f64>,
    household: Vec<Household>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Household {
    #[expect(dead_code, reason = "for the reader of the list")]
    name: String,
    share: f64,
    organic: f64,
    vegan: f64,
    gluten_free: f64,
    light: f64,
    boosts: BTreeMap<String, f64>,
}

/// The kinds of household with a boost an aisle.
pub(super) struct Households {
    kinds: Vec<Household>,
    shares: Vec<f32>,
    log_boosts: Vec<Vec<f64>>,
    /// Aisle weights over the mean boost.
    base: Vec<f64>,
    departments: usize,
}

/// What a customer likes.
pub(super) struct Taste {
    /// Running totals of the weights over the aisles.
    pub(super) aisles: Vec<f32>,
    diet: Diet,
    brand_key: u64,
}

#[derive(Debug, Clone, Copy)]
struct Diet {
    organic: f64,
    gluten_free: bool,
    light: bool,
}

impl Households {
    /// Reads the kinds; each name in a boost must be an aisle or a department.
    pub(super) fn build(catalogue: &Catalogue) -> Result<Self, SynthError> {
        let HouseholdWords { everybody, household: kinds } = parse(FILE, include_str!("households.toml"))?;
        let mut log_boosts = Vec::with_capacity(kinds.len());
        for kind in &kinds {
            log_boosts.push(boosts_by_aisle(catalogue, &everybody, &kind.boosts)?);
        }
        let total: f64 = kinds.iter().map(|kind| kind.share).sum();
        let mean_power = |aisle: usize, power: f64| -> f64 {
            let each = kinds.iter().zip(&log_boosts);
            each.map(|(kind, boosts)| kind.share / total * (power * boosts.get(aisle).unwrap_or(&0.0)).exp())
                .sum()
        };
        let base = catalogue.aisles.iter().enumerate().map(|(at, aisle)| {
            aisle.first_weight / (mean_power(at, FIRST_KIND) * mean_power(at, 1.0 - FIRST_KIND))
        });
        Ok(Self {
            base: base.collect(),
            shares: cumulate(kinds.iter().map(|kind| kind.share)),
            log_boosts,
            kinds,
            departments: catalogue.departments.len(),
        })
    }

    /// Draws the taste of one customer.
    pub(super) fn draw(&self, catalogue: &Catalogue, dice: &mut Dice) -> Taste {
        let (first, second) = (dice.pick(&self.shares), dice.pick(&self.shares));
        let (vegan, diet) = self.draw_diet(first, dice);
        let departments: Vec<f64> =
            (0..self.departments).map(|_| DEPARTMENT_SPREAD * dice.normal()).collect();
        let boost = |kind: usize, aisle: usize| {
            self.log_boosts.get(kind).and_then(|boosts| boosts.get(aisle)).copied().unwrap_or(0.0)
        };
        let weights = catalogue.aisles.iter().zip(&self.base).enumerate().map(|(at, (aisle, base))| {
            let kind = FIRST_KIND * boost(first, at) + (1.0 - FIRST_KIND) * boost(second, at);
            let own = departments.get(aisle.department).unwrap_or(&0.0) + AISLE_SPREAD * dice.normal();
            let vegan_rest = if vegan && aisle.animal { VEGAN_REST } else { 1.0 };
            let wheat_rest = if diet.gluten_free && aisle.wheat { GLUTEN_FREE_REST } else { 1.0 };
            base * (kind + own).exp() * vegan_rest * wheat_rest
        });
        Taste { aisles: cumulate(weights), diet, brand_key: dice.word() }
    }

    fn draw_diet(&self, kind: usize, dice: &mut Dice) -> (bool, Diet) {
        let Some(kind) = self.kinds.get(kind) else {
            return (false, Diet { organic: 0.0, gluten_free: false, light: false });
        };
        let vegan = dice.chance(kind.vegan);
        let diet = Diet {
            organic: (kind.organic + 0.28 * dice.normal()).clamp(0.0, 1.0),
            gluten_free: dice.chance(kind.gluten_free),
            light: dice.chance(kind.light),
        };
        (vegan, diet)
    }
}

impl Taste {
    /// The chance, in (0, 1], that a product that caught the eye is taken.
    pub(super) fn appeal(&self, traits: Traits, brand: u64, wheat: bool) -> f64 {
        let Diet { organic, gluten_free, light } = self.diet;
        let by_organic = if traits.organic { 0.22 + 0.78 * organic } else { 0.7 - 0.65 * organic };
        let by_gluten = match (gluten_free && wheat, traits.gluten_free) {
            (true, false) => 0.08,
            (false, true) => 0.6,
            _ => 1.0,
        };
        let by_light = if light == traits.light { 1.0 } else { 0.6 };
        by_organic * by_gluten * by_light * self.loyalty(brand)
    }

    /// One brand in five is a favourite; plain products are liked in between.
    fn loyalty(&self, brand: u64) -> f64 {
        match brand {
            0 => 0.6,
            _ if super::permutation::mix(self.brand_key ^ brand).is_multiple_of(5) => 1.0,
            _ => 0.35,
        }
    }
}

/// Log boost of each aisle: its own name wins over its department's, a kind over everybody.
fn boosts_by_aisle(
    catalogue: &Catalogue,
    everybody: &BTreeMap<String, f64>,
    own: &BTreeMap<String, f64>,
) -> Result<Vec<f64>, SynthError> {
    for name in everybody.keys().chain(own.keys()) {
        if catalogue.find_aisle(name).is_none() && !catalogue.departments.contains(name) {
            let problem = format!("{name:?} is neither an aisle nor a department");
            return Err(SynthError::WordList { file: FILE, problem });
        }
    }
    let boosts = catalogue.aisles.iter().map(|aisle| {
        let department = catalogue.departments.get(aisle.department).map_or("", String::as_str);
        let boost =
            own.get(&aisle.name).or_else(|| own.get(department)).or_else(|| everybody.get(department));
        boost.copied().unwrap_or(1.0).ln()
    });
    Ok(boosts.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_lives_gluten_free_takes_gluten_free_bread_and_hardly_any_other() {
        let diet = Diet { organic: 0.0, gluten_free: true, light: false };
        let taste = Taste { aisles: Vec::new(), diet, brand_key: 0 };
        let with = Traits { gluten_free: true, ..Traits::default() };
        assert!(taste.appeal(with, 0, true) > 5.0 * taste.appeal(Traits::default(), 0, true));
        assert!((taste.appeal(Traits::default(), 0, false) - 0.7 * 0.6).abs() < 1e-9);
    }

    #[test]
    fn customers_differ_and_babies_are_bought_by_few() {
        let catalogue = Catalogue::build().unwrap();
        let households = Households::build(&catalogue).unwrap();
        let at = catalogue.find_aisle("baby food formula").unwrap();
        let mut dice = Dice::new(1, 0);
        let mut shares: Vec<f32> = (0..2_000)
            .map(|_| {
                let aisles = households.draw(&catalogue, &mut dice).aisles;
                (aisles[at] - aisles[at - 1]) / aisles[aisles.len() - 1]
            })
            .collect();
        shares.sort_by(f32::total_cmp);
        assert!(shares[1_800] > 8.0 * shares[1_000], "{} {}", shares[1_000], shares[1_800]);
    }

    #[test]
    fn a_boost_of_something_that_is_not_sold_is_refused() {
        let catalogue = Catalogue::build().unwrap();
        let wrong = BTreeMap::from([("unicorns".to_owned(), 2.0)]);
        let message = boosts_by_aisle(&catalogue, &BTreeMap::new(), &wrong).unwrap_err().to_string();
        assert!(message.contains("unicorns"), "{message}");
    }
}
