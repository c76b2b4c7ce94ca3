//! Products and aisles that are bought together because they belong together, planted on purpose.
//!
//! Input: `complements.toml`. Output: for a product in the cart, what may follow it and with which chance.

use std::collections::HashMap;

use serde::Deserialize;

use super::{
    SynthError,
    catalogue::{Catalogue, parse},
};

const FILE: &str = "complements.toml";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PairWords {
    product: Vec<Pair>,
    aisle: Vec<Pair>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Pair {
    buys: String,
    also: String,
    chance: f64,
}

/// What goes with something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Partner {
    /// That very product.
    Product(u32),
    /// Something of that aisle, rather what the customer knows.
    Aisle(usize),
}

/// All planted complements.
pub(super) struct Complements {
    by_product: HashMap<u32, (Partner, f64)>,
    by_aisle: Vec<Option<(Partner, f64)>>,
}

impl Complements {
    /// Reads the list and looks its names up in the catalogue.
    pub(super) fn build(catalogue: &Catalogue) -> Result<Self, SynthError> {
        let words: PairWords = parse(FILE, include_str!("complements.toml"))?;
        let product = |name: &str| catalogue.find_product(name).ok_or_else(|| unknown("product", name));
        let aisle = |name: &str| catalogue.find_aisle(name).ok_or_else(|| unknown("aisle", name));
        let mut complements =
            Self { by_product: HashMap::new(), by_aisle: vec![None; catalogue.aisles.len()] };
        for pair in &words.product {
            complements
                .by_product
                .insert(product(&pair.buys)?, (Partner::Product(product(&pair.also)?), pair.chance));
        }
        for pair in &words.aisle {
            let partner = (Partner::Aisle(aisle(&pair.also)?), pair.chance);
            if let Some(slot) = complements.by_aisle.get_mut(aisle(&pair.buys)?) {
                *slot = Some(partner);
            }
        }
        Ok(complements)
    }

    /// What goes with a product of an aisle, and how often; a product's own partner comes before its aisle's.
    pub(super) fn partner(&self, product: u32, aisle: usize) -> Option<(Partner, f64)> {
        self.by_product.get(&product).copied().or_else(|| self.by_aisle.get(aisle).copied().flatten())
    }
}

fn unknown(kind: &str, name: &str) -> SynthError {
    SynthError::WordList { file: FILE, problem: format!("no {kind} {name:?} in the catalogue") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_list_is_in_the_catalogue() {
        let catalogue = Catalogue::build().unwrap();
        let complements = Complements::build(&catalogue).unwrap();
        let spaghetti = catalogue.find_product("Spaghetti").unwrap();
        let sauce = catalogue.find_product("Marinara Sauce").unwrap();
        let aisle = catalogue.products[spaghetti as usize].aisle;
        assert_eq!(
            complements.partner(spaghetti, aisle).map(|(partner, _)| partner),
            Some(Partner::Product(sauce))
        );
    }

    #[test]
    fn a_product_without_its_own_partner_takes_that_of_its_aisle() {
        let catalogue = Catalogue::build().unwrap();
        let complements = Complements::build(&catalogue).unwrap();
        let (cereal, milk) = (catalogue.find_aisle("cereal").unwrap(), catalogue.find_aisle("milk").unwrap());
        assert_eq!(complements.partner(u32::MAX, cereal), Some((Partner::Aisle(milk), 0.1)));
        assert_eq!(complements.partner(u32::MAX, catalogue.find_aisle("spirits").unwrap()), None);
    }
}
