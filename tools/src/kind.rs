//! What kind of thing the words of a search name, by the names and aisles of the catalogue.
//!
//! "grapes" are sold as fruit: tomatoes called after them, grape juice and grape gum are other things. "jalapeno" is sold
//! as jalapeno peppers. Who sells what is read from the statistics of the products that hold the words: in which aisles
//! those stand that are called by the head of the words, and how much they are bought.
//! Input: words and the products they may be. Output: a [`Grade`] for any product. Pure.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{AisleId, ProductId};

use crate::{
    catalogue::{Catalogue, Product},
    name_head::states,
};

/// Aisles with less than this share of the best one's weight are not where the kind stands.
const OWN_AISLE: f64 = 0.1;
/// The same where products are only called after it: "jalapeno peppers".
const AFTER_AISLE: f64 = 0.5;
/// An aisle where a smaller share of the weight is called by the head sells it under other heads.
const CALLED: f64 = 0.2;
/// Weight of a product that nobody bought.
const UNBOUGHT: f64 = 0.2;
/// Factor for an aisle that is called by the head: "cups" are in "plates bowls cups flatware".
const NAMED_AISLE: f64 = 10.0;
/// Whoever says the bare word means the thing itself, as it grows or is cut.
const BASIC: (&[&str], f64) = (&["produce", "meat seafood"], 4.0);
/// What is made for few is asked for by name.
const SPECIAL: (&[&str], f64) = (&["pets", "babies"], 0.2);
/// Factor for products that are called by the head.
const HEADED: f64 = 3.0;

/// With fewer products of a kind the words alone say what is meant.
const MIN_MEMBERS: usize = 5;

/// The products, among those that `admits` lets in, that are of the kind that words name; nothing where hardly any is.
pub(crate) fn members(
    catalogue: &Catalogue,
    words: &[String],
    admits: impl Fn(&Product) -> bool,
) -> Option<BTreeSet<ProductId>> {
    let kind = Kind::of(catalogue, (words, &[]), &admits)?;
    let is = |product: &&Product| admits(product) && kind.grade(catalogue, product) == Grade::Is;
    let ids: BTreeSet<ProductId> = kind.holders(catalogue).filter(is).map(|product| product.id).collect();
    (ids.len() >= MIN_MEMBERS).then_some(ids)
}

/// How near a product is to the kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Grade {
    /// It is one.
    Is,
    /// It is called so and stands elsewhere.
    Elsewhere,
    /// Its name has the words and calls something else.
    Mentions,
    /// It lacks a word.
    Lacks,
}

/// The kind of thing that words name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Kind {
    /// What it is called.
    named: Vec<String>,
    /// What its name holds besides: "cereal with raisins".
    held: Vec<String>,
    head: String,
    /// Aisles that sell it, and whether products there are called by the head.
    aisles: BTreeMap<AisleId, bool>,
    /// Whether any aisle is called by the head.
    is_of_named_aisle: bool,
}

impl Kind {
    /// Reads the kind from the products that `admits` lets in; nothing without words.
    pub(crate) fn of(
        catalogue: &Catalogue,
        (named, held): (&[String], &[String]),
        admits: impl Fn(&Product) -> bool,
    ) -> Option<Self> {
        let head = catalogue.head_counts().head_of(named)?;
        let mut kind = Self {
            named: named.to_vec(),
            held: held.to_vec(),
            head: head.to_owned(),
            aisles: BTreeMap::new(),
            is_of_named_aisle: catalogue.aisles().iter().any(|(id, _)| catalogue.aisle_holds(*id, head)),
        };
        let mut weights: BTreeMap<AisleId, (f64, f64)> = BTreeMap::new();
        for product in kind.holders(catalogue).filter(|product| admits(product)) {
            let headed = kind.is_headed(catalogue, product);
            let weight = kind.weight(catalogue, product) * if headed { HEADED } else { 1.0 };
            let (all, own) = weights.entry(product.aisle_id).or_default();
            *all += weight;
            *own += if headed { weight } else { 0.0 };
        }
        let best = weights.values().map(|(all, _)| *all).fold(0.0, f64::max);
        kind.aisles = weights
            .into_iter()
            .filter_map(|(aisle, (all, own))| {
                let called = own >= CALLED * all;
                let counts = if called { own >= OWN_AISLE * best } else { all >= AFTER_AISLE * best };
                counts.then_some((aisle, called))
            })
            .collect();
        Some(kind)
    }

    /// The products whose name has the head and that hold every word.
    pub(crate) fn holders<'c>(
        &self,
        catalogue: &'c Catalogue,
    ) -> impl Iterator<Item = &'c Product> + use<'_, 'c> {
        catalogue.products_called_with(&self.head).filter(|product| self.holds_all(catalogue, product))
    }

    /// How near a product is.
    pub(crate) fn grade(&self, catalogue: &Catalogue, product: &Product) -> Grade {
        if !product.name_holds(&self.head) || !self.holds_all(catalogue, product) {
            return Grade::Lacks;
        }
        let headed = self.is_headed(catalogue, product);
        match self.aisles.get(&product.aisle_id) {
            Some(called) if headed || !called => Grade::Is,
            _ if headed => Grade::Elsewhere,
            _ => Grade::Mentions,
        }
    }

    /// Whether a product is the thing as it grows or is cut, where most of what is bought of the kind is.
    pub(crate) fn basics<'c>(&self, catalogue: &'c Catalogue) -> impl Fn(&Product) -> bool + use<'c> {
        let basic = |product: &Product| BASIC.0.contains(&catalogue.department_name(product.department_id));
        let is = |product: &&Product| self.grade(catalogue, product) == Grade::Is;
        let (mut all, mut own) = (0, 0);
        for product in self.holders(catalogue).filter(is) {
            all += product.purchases;
            own += if basic(product) { product.purchases } else { 0 };
        }
        let mostly = own * 2 > all;
        move |product| mostly && BASIC.0.contains(&catalogue.department_name(product.department_id))
    }

    /// Every word is in the name, or begins the name of the aisle: "frozen" peas may be called just peas.
    fn holds_all(&self, catalogue: &Catalogue, product: &Product) -> bool {
        let leads = |word: &str| catalogue.aisle_leads_with(product.aisle_id, word);
        self.named.iter().chain(&self.held).all(|word| product.name_holds(word) || leads(word))
    }

    /// Whether the name is called by the head, with the other words before it: "milk chocolate" is no chocolate milk.
    fn is_headed(&self, catalogue: &Catalogue, product: &Product) -> bool {
        let part = product.head_part();
        let called = part.last().is_some_and(|last| *last == self.head)
            || catalogue.head_counts().head_of_name(part) == Some(self.head.as_str());
        let Some(head) = part.iter().rposition(|word| *word == self.head) else { return false };
        let before = |word: &String| part.iter().position(|other| other == word).is_none_or(|at| at <= head);
        called && self.named.iter().all(before)
    }

    /// How much a product says about where the kind stands: bought often, called by little else.
    fn weight(&self, catalogue: &Catalogue, product: &Product) -> f64 {
        let part = product.head_part();
        let wanted = |word: &String| self.named.contains(word) || self.held.contains(word);
        let other = |word: &&String| !wanted(word) && !states(word.as_str());
        let (behind, before) = match part.iter().rposition(wanted) {
            Some(last) => (
                part.iter().skip(last + 1).filter(other).count() as f64,
                part.iter().take(last).filter(other).count() as f64,
            ),
            None => (part.len() as f64, 0.0),
        };
        let extra = 1.0 + behind + before / 4.0;
        let department = catalogue.department_name(product.department_id);
        let factor = |(names, factor): (&[&str], f64)| if names.contains(&department) { factor } else { 1.0 };
        let holds = |word: &String| catalogue.aisle_holds(product.aisle_id, word);
        // "Chocolate bars" are among the energy bars as well as in the chocolate aisle.
        let named = holds(&self.head) || self.is_of_named_aisle && self.named.iter().any(holds);
        (product.purchases as f64 + UNBOUGHT) / (extra * extra)
            * factor(BASIC)
            * factor(SPECIAL)
            * if named { NAMED_AISLE } else { 1.0 }
    }
}
