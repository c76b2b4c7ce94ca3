//! Which products a call is limited to: a place, words, attributes, and what they must not be.
//!
//! Used by every tool that narrows the catalogue, so that "organic snacks without nuts" means the same in a search, a
//! ranking, a recommendation and a history. Cheap conditions come first; attributes are read from the name.

use std::collections::BTreeSet;

use domain::attributes::{Attribute, attributes_of_name};
use domain::ids::{AisleId, DepartmentId, ProductId};

use crate::{
    catalogue::{Catalogue, Product},
    contract::ToolError,
    kind::members,
    narrower::narrower,
    scope::Scope,
    words::stems,
};

/// An excluded word of so many letters also excludes the words that begin with it: no "lemon" is no "lemonade" either.
const MIN_PREFIX: usize = 4;

/// The narrowing arguments of a tool, as they were given.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Narrowing<'a> {
    pub(crate) aisle: Option<&'a str>,
    pub(crate) department: Option<&'a str>,
    /// Words that the name or aisle must hold.
    pub(crate) matching: Option<&'a str>,
    /// Whether the words name the kind of thing rather than a part of names: no milk chocolate for "milk".
    pub(crate) of_kind: bool,
    /// Text that the name itself must hold.
    pub(crate) name_contains: Option<&'a str>,
    /// Attributes that the name must state.
    pub(crate) attributes: Option<&'a [String]>,
    /// Attributes that the name must not state.
    pub(crate) exclude_attributes: Option<&'a [String]>,
    /// Words that neither the name nor the place may hold.
    pub(crate) exclude: Option<&'a [String]>,
}

/// The same, resolved against the catalogue of a run.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Selection {
    pub(crate) scope: Scope,
    words: Vec<String>,
    of_kind: Option<BTreeSet<ProductId>>,
    in_name: Option<String>,
    pub(crate) with: Vec<Attribute>,
    pub(crate) without: Vec<Attribute>,
    excluded_words: Vec<Vec<String>>,
    excluded_aisles: Vec<AisleId>,
    excluded_departments: Vec<DepartmentId>,
}

impl Selection {
    /// Resolves names; says what would be right where one is unknown.
    pub(crate) fn resolve(catalogue: &Catalogue, narrowing: &Narrowing<'_>) -> Result<Self, ToolError> {
        let words = match narrowing.matching.map(stems) {
            Some(words) if words.is_empty() => {
                let message = "matching holds no word: give a word such as \"milk\" or leave it out";
                return Err(ToolError::InvalidArguments(message.to_owned()));
            }
            words => words.unwrap_or_default(),
        };
        let excluded_words: Vec<Vec<String>> = narrowing
            .exclude
            .unwrap_or_default()
            .iter()
            .map(|text| stems(text))
            .filter(|words| !words.is_empty())
            .collect();
        let excluded = |name: &str| leads_with_any(&stems(name), &excluded_words);
        let aisles = catalogue.aisles().iter().filter(|(_, name)| excluded(name));
        let departments = catalogue.departments().iter().filter(|(_, name)| excluded(name));
        let scope = Scope::resolve(catalogue, narrowing.aisle, narrowing.department)?;
        Ok(Self {
            of_kind: if narrowing.of_kind {
                members(catalogue, &words, |product| scope.contains(product))
            } else {
                None
            },
            scope,
            words,
            in_name: narrowing.name_contains.map(|text| text.trim().to_lowercase()),
            with: attributes(narrowing.attributes)?,
            without: attributes(narrowing.exclude_attributes)?,
            excluded_aisles: aisles.map(|(id, _)| *id).collect(),
            excluded_departments: departments.map(|(id, _)| *id).collect(),
            excluded_words,
        })
    }

    /// Whether a product is in it.
    pub(crate) fn contains(&self, product: &Product) -> bool {
        self.scope.contains(product)
            && (self.words.is_empty() || product.matches(&self.words))
            && self.of_kind.as_ref().is_none_or(|ids| ids.contains(&product.id))
            && self.in_name.as_ref().is_none_or(|text| product.name.to_lowercase().contains(text.as_str()))
            && !self.excludes(product)
            && self.admits_attributes(product)
    }

    /// Whether a product is ruled out by a word.
    pub(crate) fn excludes(&self, product: &Product) -> bool {
        if self.excluded_words.is_empty() {
            return false;
        }
        let name = stems(&product.name);
        self.excluded_aisles.contains(&product.aisle_id)
            || self.excluded_departments.contains(&product.department_id)
            || self
                .excluded_words
                .iter()
                .any(|words| words.iter().all(|word| holds(&name, word)) && !lacks(&name, words))
            || self.excluded_words.iter().any(|words| holds_narrower(&name, words))
    }

    /// Whether words are ruled out.
    pub(crate) fn excludes_words(&self) -> bool {
        !self.excluded_words.is_empty()
    }

    /// Whether a product's name says that it has none of what is ruled out: "No Pulp Orange Juice" where pulp is.
    pub(crate) fn states_absence(&self, product: &Product) -> bool {
        let name = stems(&product.name);
        self.excluded_words.iter().any(|words| lacks(&name, words))
    }

    fn admits_attributes(&self, product: &Product) -> bool {
        if self.with.is_empty() && self.without.is_empty() {
            return true;
        }
        let stated = attributes_of_name(&product.name);
        self.with.iter().all(|attribute| stated.contains(attribute))
            && !self.without.iter().any(|attribute| stated.contains(attribute))
    }

    /// The same whatever the names state.
    pub(crate) fn without_wanted_attributes(&self) -> Self {
        Self { with: Vec::new(), ..self.clone() }
    }

    /// Whether it is the whole catalogue.
    pub(crate) fn is_everything(&self) -> bool {
        *self == Self::default()
    }
}

/// Whether a place is called by what is excluded: its name begins with it. "Not canned" rules out the canned goods,
/// "no eggs" leaves dairy eggs alone.
fn leads_with_any(name: &[String], excluded: &[Vec<String>]) -> bool {
    excluded.iter().any(|words| name.starts_with(words))
}

fn holds(name: &[String], word: &str) -> bool {
    let prefix = word.chars().count() >= MIN_PREFIX;
    // "Meatless" is what "no meat" asks for.
    let begins = |stem: &str| prefix && stem.starts_with(word) && !stem.ends_with("less");
    name.iter().any(|stem| stem == word || begins(stem))
}

/// Whether a name says that there is nothing of the words: "No Salt Added", "Sugar Free".
fn lacks(name: &[String], words: &[String]) -> bool {
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    let denied = name.windows(2).any(|pair| {
        matches!(pair, [no, word] if word == first && matches!(no.as_str(), "no" | "without" | "zero" | "non"))
    });
    denied || name.windows(2).any(|pair| matches!(pair, [word, free] if word == last && free == "free"))
}

/// Whether a name has a narrower kind of what is excluded: "Cheddar Crackers" where cheese is.
fn holds_narrower(name: &[String], excluded: &[String]) -> bool {
    let [word] = excluded else { return false };
    let (kinds, unless) = narrower(word);
    name.iter().any(|stem| kinds.contains(stem)) && !name.iter().any(|stem| unless.contains(stem))
}

/// Attributes by code or label.
fn attributes(names: Option<&[String]>) -> Result<Vec<Attribute>, ToolError> {
    let names = names.unwrap_or_default().iter();
    names
        .map(|name| {
            Attribute::from_name(name).ok_or_else(|| {
                let known: Vec<&str> = Attribute::ALL.iter().map(|attribute| attribute.code()).collect();
                let known = known.join(", ");
                ToolError::InvalidArguments(format!(
                    "attribute {name:?} is unknown, it must be one of {known}"
                ))
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::ProductRow;

    fn catalogue() -> Catalogue {
        let product = |id, name: &str, aisle_id, department_id| ProductRow {
            id,
            name: name.to_owned(),
            aisle_id,
            department_id,
            purchases: 1,
            customers: 1,
            reorder_rate: None,
            avg_cart_position: None,
        };
        Catalogue::new(
            vec![
                product(1, "Organic Greek Yogurt", 1, 1),
                product(2, "Lemonade", 2, 2),
                product(3, "Diced Tomatoes", 3, 3),
                product(4, "Roma Tomato", 4, 4),
                product(5, "Gluten-Free Bread", 5, 5),
            ],
            vec![
                (1, "yogurt".into()),
                (2, "soft drinks".into()),
                (3, "canned jarred vegetables".into()),
                (4, "fresh vegetables".into()),
                (5, "bread".into()),
            ],
            vec![
                (1, "dairy eggs".into()),
                (2, "beverages".into()),
                (3, "canned goods".into()),
                (4, "produce".into()),
                (5, "bakery".into()),
            ],
        )
    }

    fn selected(narrowing: Narrowing<'_>) -> Vec<u32> {
        let catalogue = catalogue();
        let selection = Selection::resolve(&catalogue, &narrowing).unwrap();
        catalogue.products().iter().filter(|p| selection.contains(p)).map(|p| p.id.0).collect()
    }

    #[test]
    fn words_exclude_names_words_that_begin_so_and_places_called_so() {
        let without = |word: &str| {
            let exclude = [word.to_owned()];
            selected(Narrowing { exclude: Some(&exclude), ..Narrowing::default() })
        };
        assert_eq!(without("greek"), [2, 3, 4, 5]);
        assert_eq!(without("lemons"), [1, 3, 4, 5]);
        assert_eq!(without("canned"), [1, 2, 4, 5]);
        assert_eq!(without("eggs"), [1, 2, 3, 4, 5], "the department dairy eggs is not called eggs");
        assert_eq!(without("ade"), [1, 2, 3, 4, 5], "a part of a word excludes nothing");
    }

    #[test]
    fn a_name_that_denies_a_word_is_not_ruled_out_by_it() {
        let stems = |name: &str| stems(name);
        for name in ["No Pulp Orange Juice", "Pulp Free Juice", "Juice Without Pulp"] {
            assert!(lacks(&stems(name), &["pulp".to_owned()]), "{name}");
        }
        for name in ["Pulp Orange Juice", "No Salt Pulp Juice", "Pulp"] {
            assert!(!lacks(&stems(name), &["pulp".to_owned()]), "{name}");
        }
    }

    #[test]
    fn attributes_and_texts_are_read_from_names() {
        let organic = ["organic".to_owned()];
        assert_eq!(selected(Narrowing { attributes: Some(&organic), ..Narrowing::default() }), [1]);
        assert_eq!(
            selected(Narrowing { exclude_attributes: Some(&organic), ..Narrowing::default() }),
            [2, 3, 4, 5]
        );
        assert_eq!(selected(Narrowing { name_contains: Some("tomato"), ..Narrowing::default() }), [3, 4]);
        assert_eq!(selected(Narrowing { matching: Some("fresh tomatoes"), ..Narrowing::default() }), [4]);
    }

    #[test]
    fn an_unknown_attribute_names_the_known_ones() {
        let message = attributes(Some(&["sparkly".to_owned()])).unwrap_err().to_string();
        assert!(
            message.contains(r#"attribute "sparkly" is unknown"#) && message.contains("gluten_free"),
            "{message}"
        );
    }
}
