//! The order of products that a search found, as a shop assistant would show them.
//!
//! fused hits → those that are of the kind that the words name ([`Kind`]), by rank and popularity together → those that
//! only have the words in their names → those that hold the rarer words. Whatever is further off is left out where enough
//! is nearer. Pure.
//!
//! A search engine ranks short exact titles first, which puts a dried spice before the bunch that everybody means.

use std::{cmp::Reverse, collections::BTreeSet};

use domain::ids::DepartmentId;

use crate::{
    catalogue::{Catalogue, Product},
    kind::{Grade, Kind},
    words::stems,
};

/// So many products that are nearer make the others superfluous.
const ENOUGH: usize = 2;
/// Fewer than so many leave room for the same thing in other aisles of their departments.
const FEW: usize = 5;
/// Places shown where fewer hold every word: the nearest are worth a look, not a page.
const MOST_NEAR: usize = 6;
/// A product that holds less of the query's weight than this share of the best is no near match.
const NEAR: f64 = 0.6;
/// Whom a thing is made for, singular: as much a part of what is wanted as the thing.
const BEINGS: &[&str] = &[
    "toddler", "baby", "babi", "infant", "newborn", "kid", "child", "children", "men", "man", "women",
    "woman", "dog", "cat", "puppi", "kitten", "pet", "bird", "girl", "boy",
];

/// The words of a query: what is wanted, and what for. All are stems.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Wanted {
    /// What it is called.
    named: Vec<String>,
    /// What it holds or stands in: "cereal with raisins", "tuna in oil".
    held: Vec<String>,
    /// What it is for, "shampoo for curly hair": better held than not.
    purpose: Vec<String>,
}

impl Wanted {
    /// Reads a query.
    pub(crate) fn of(query: &str) -> Self {
        let mut wanted = Self::default();
        let mut part = 0;
        for word in stems(query) {
            match word.as_str() {
                "for" => part = 2,
                "with" | "in" | "from" if part == 0 => part = 1,
                "and" | "or" | "of" | "the" | "a" | "an" | "with" | "in" | "from" => {}
                _ if part == 2 && !BEINGS.contains(&word.as_str()) && !wanted.named.is_empty() => {
                    wanted.purpose.push(word);
                }
                _ if part == 0 || wanted.named.is_empty() => wanted.named.push(word),
                _ => wanted.held.push(word),
            }
        }
        wanted
    }

    /// Whether nothing is looked for by words.
    pub(crate) fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// What a product must be called, and what it must hold besides.
    pub(crate) fn words(&self) -> (&[String], &[String]) {
        (&self.named, &self.held)
    }

    /// The same without words that no product has beside its head: "a hearty soup to warm up" is soup. Of several words
    /// that do not go together the one with the fewest products falls first.
    pub(crate) fn relaxed(&self, catalogue: &Catalogue, admits: impl Fn(&Product) -> bool) -> Self {
        let mut wanted =
            Self { named: self.named.clone(), held: self.held.clone(), purpose: self.purpose.clone() };
        let Some(head) = catalogue.head_counts().head_of(&self.named) else { return wanted };
        let called: Vec<&Product> =
            catalogue.products_called_with(head).filter(|product| admits(product)).collect();
        let together = |word: &String| called.iter().filter(|product| product.holds(word)).count();
        while !called.iter().any(|product| wanted.is_held_by(product)) {
            let others = wanted.named.iter().chain(&wanted.held).filter(|word| word.as_str() != head);
            let Some(fewest) = others.min_by_key(|word| together(word)).cloned() else { break };
            wanted.named.retain(|word| *word != fewest);
            wanted.held.retain(|word| *word != fewest);
        }
        wanted
    }

    pub(crate) fn is_held_by(&self, product: &Product) -> bool {
        self.named.iter().chain(&self.held).all(|word| product.holds(word))
    }

    /// The same without the noun, where other words are left: "vegan protein powder" is sold as vegan protein.
    pub(crate) fn without_head(&self, catalogue: &Catalogue) -> Option<Self> {
        let head = catalogue.head_counts().head_of(&self.named)?.to_owned();
        let named: Vec<String> = self.named.iter().filter(|word| **word != head).cloned().collect();
        (!named.is_empty()).then(|| Self { named, held: self.held.clone(), purpose: self.purpose.clone() })
    }

    /// Whether nothing is said but what it is called.
    fn is_bare(&self) -> bool {
        self.named.len() == 1 && self.held.is_empty() && self.purpose.is_empty()
    }

    /// The noun alone, where other words stand beside it: "sugar free pancake syrup" may be sold as sugar free syrup.
    pub(crate) fn head_alone(&self, catalogue: &Catalogue) -> Option<Self> {
        let head = catalogue.head_counts().head_of(&self.named)?.to_owned();
        (self.named.len() > 1).then(|| Self { named: vec![head], ..Self::default() })
    }

    /// Whether a name has the words beside each other, in order.
    fn is_phrase_of(&self, product: &Product) -> bool {
        self.named.len() < 2
            || product.head_part().windows(self.named.len()).any(|window| window == self.named)
    }

    fn fits_purpose(&self, product: &Product) -> bool {
        self.purpose.iter().all(|word| product.holds(word))
    }
}

/// A product that was found.
pub(crate) struct Found<'c, H> {
    pub(crate) product: &'c Product,
    pub(crate) hit: H,
    /// What the order follows, falling: above 1, up to 2, for a product that holds every word, by kind, rank and
    /// popularity together; below 1 the share of the words' weight that it holds. Nothing until ordered, or without words.
    pub(crate) relevance: Option<f64>,
}

/// Whether any product holds every word.
pub(crate) fn any_holds_all<H>(wanted: &Wanted, found: &[Found<'_, H>]) -> bool {
    found.iter().any(|found| wanted.is_held_by(found.product))
}

/// How far off a product is, the nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Distance {
    /// Of the kind, and fit for what it is for.
    Fits,
    /// Of the kind.
    Is,
    /// Called so, elsewhere.
    Elsewhere,
    /// It has every word.
    Holds,
}

/// Orders hits, best first. Whoever asked for a number of them also gets what is further off, as long as half of it is
/// what they want.
///
/// `wanted` is the query without what a filter already ensures.
pub(crate) fn by_relevance<'c, H>(
    catalogue: &Catalogue,
    wanted: &Wanted,
    kind: Option<&Kind>,
    found: Vec<Found<'c, H>>,
    number: Option<usize>,
) -> Vec<Found<'c, H>> {
    if wanted.is_empty() {
        return found;
    }
    let words: Vec<&String> = wanted.held.iter().chain(&wanted.named).collect();
    let rarity = |word: &str| {
        let holders = catalogue.products_with_word(word).max(1) as f64;
        (1.0 + catalogue.products().len() as f64 / holders).ln()
    };
    // The head of an English name stands last: "coffee creamer" is creamer.
    let place = |at: usize| 1.0 + at as f64 / words.len() as f64;
    let weights: Vec<f64> = words.iter().enumerate().map(|(at, word)| rarity(word) * place(at)).collect();
    let all: f64 = weights.iter().sum();
    let held = |product: &Product| -> f64 {
        let held = words.iter().zip(&weights).filter(|(word, _)| product.holds(word));
        held.map(|(_, weight)| weight).sum::<f64>() / all
    };
    let distance = |product: &Product| match kind.map(|kind| kind.grade(catalogue, product)) {
        Some(Grade::Is) if !wanted.purpose.is_empty() && wanted.fits_purpose(product) => Distance::Fits,
        Some(Grade::Is) => Distance::Is,
        Some(Grade::Elsewhere) => Distance::Elsewhere,
        _ => Distance::Holds,
    };
    let mut whole: Vec<(Distance, usize, Found<'c, H>)> = Vec::new();
    let mut near: Vec<(f64, usize, Found<'c, H>)> = Vec::new();
    for (rank, found) in found.into_iter().enumerate() {
        let share = held(found.product);
        if share > 1.0 - 1e-9 {
            whole.push((distance(found.product), rank, found));
        } else {
            near.push((share, rank, found));
        }
    }
    // "Hearty soup": no soup is called so, and soups are what is meant.
    if whole.is_empty() {
        let (of_kind, others) =
            near.into_iter().partition(|(_, _, found)| distance(found.product) <= Distance::Is);
        near = others;
        whole = of_kind.into_iter().map(|(_, rank, found)| (distance(found.product), rank, found)).collect();
    }
    let basics = kind.filter(|_| wanted.is_bare()).map(|kind| kind.basics(catalogue));
    let basic = |product: &Product| basics.as_ref().is_some_and(|basics| basics(product));
    let whole = by_distance(wanted, whole, number, basic);
    let relevant = |relevance: f64, found: Found<'c, H>| Found { relevance: Some(relevance), ..found };
    let mut ordered: Vec<Found<'c, H>> = whole
        .into_iter()
        .enumerate()
        .map(|(place, found)| relevant(1.0 + 1.0 / (1.0 + place as f64), found))
        .collect();
    let enough = ordered.len() >= ENOUGH;
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let best = if ordered.is_empty() { near.first().map_or(0.0, |(share, _, _)| *share) } else { 1.0 };
    let padded = number.is_some_and(|number| ordered.len() < number && ordered.len() * 2 >= number);
    if padded || !enough {
        let near = near.into_iter().filter(|(share, _, _)| *share >= best * NEAR);
        ordered.extend(near.map(|(share, _, found)| relevant(share, found)));
        if !padded {
            ordered.truncate(MOST_NEAR);
        }
    }
    ordered
}

/// The nearest first, among equally near ones the basic ones, then those whose names have the words beside each other, then by rank and
/// popularity together; what is further off than enough others is left out.
fn by_distance<'c, H>(
    wanted: &Wanted,
    whole: Vec<(Distance, usize, Found<'c, H>)>,
    number: Option<usize>,
    basic: impl Fn(&Product) -> bool,
) -> Vec<Found<'c, H>> {
    let mut by_purchases: Vec<(Reverse<u64>, usize)> =
        whole.iter().map(|(_, rank, found)| (Reverse(found.product.purchases), *rank)).collect();
    by_purchases.sort_unstable();
    let mut places = vec![0; by_purchases.iter().map(|(_, rank)| rank + 1).max().unwrap_or(0)];
    for (place, (_, rank)) in by_purchases.iter().enumerate() {
        if let Some(of_rank) = places.get_mut(*rank) {
            *of_rank = place;
        }
    }
    let place = |rank: usize| places.get(rank).copied().unwrap_or_default();
    let mut whole: Vec<_> = whole
        .into_iter()
        .enumerate()
        .map(|(position, (distance, rank, found))| (distance, position + place(rank), rank, found))
        .collect();
    whole.sort_by_key(|(distance, places, rank, found)| {
        (*distance, !basic(found.product), !wanted.is_phrase_of(found.product), *places, *rank)
    });
    if let Some(furthest) = whole.get(ENOUGH - 1).map(|(distance, ..)| *distance) {
        let near = whole.iter().filter(|(distance, ..)| *distance <= furthest);
        let departments: BTreeSet<DepartmentId> =
            near.clone().map(|(.., found)| found.product.department_id).collect();
        let kept = near.count();
        if number.is_none_or(|number| kept >= number || kept * 2 < number) {
            // A bag of avocados stands among the vegetables, and is one all the same.
            let beside = |found: &Found<'c, H>| departments.contains(&found.product.department_id);
            let mut at = 0;
            whole.retain(|(distance, .., found)| {
                at += 1;
                at <= kept || kept < FEW && *distance == Distance::Elsewhere && beside(found)
            });
        }
    }
    whole.into_iter().map(|(.., found)| found).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::ProductRow;

    fn catalogue() -> Catalogue {
        let product = |id, name: &str, purchases| ProductRow {
            id,
            name: name.to_owned(),
            aisle_id: 1,
            department_id: 1,
            purchases,
            customers: purchases,
            reorder_rate: None,
            avg_cart_position: None,
        };
        Catalogue::new(
            vec![
                product(1, "Cilantro", 2),
                product(2, "Cilantro Chili", 1),
                product(3, "Organic Cilantro", 900),
                product(4, "Grated Parmesan Cheese", 5),
                product(5, "American Grated Cheese", 50),
                product(6, "Cheddar Cheese", 90),
                product(7, "Parmesan Sticks", 9),
                product(8, "Almond Creamer", 1),
                product(9, "Coffee", 500),
            ],
            vec![(1, "aisle".into())],
            vec![(1, "department".into())],
        )
    }

    fn ordered(words: &str, ids: &[u32], number: Option<usize>) -> Vec<u32> {
        let catalogue = catalogue();
        let found = ids.iter().filter_map(|id| catalogue.product(domain::ids::ProductId(*id)));
        let found = found.map(|product| Found { product, hit: (), relevance: None }).collect();
        let wanted = Wanted::of(words);
        let kind = Kind::of(&catalogue, wanted.words(), |_| true);
        by_relevance(&catalogue, &wanted, kind.as_ref(), found, number)
            .iter()
            .map(|found| found.product.id.0)
            .collect()
    }

    #[test]
    fn what_many_buy_rises_among_those_of_the_kind_and_other_kinds_fall_away() {
        assert_eq!(ordered("cilantro", &[1, 2, 3], None), [1, 3], "a chili with cilantro is another thing");
    }

    #[test]
    fn relevance_falls_along_the_order_and_tells_who_holds_every_word() {
        let catalogue = catalogue();
        let found = [6, 5, 4, 7].into_iter().filter_map(|id| catalogue.product(domain::ids::ProductId(id)));
        let found = found.map(|product| Found { product, hit: (), relevance: None }).collect();
        let wanted = Wanted::of("grated cheese");
        let kind = Kind::of(&catalogue, wanted.words(), |_| true);
        let ordered = by_relevance(&catalogue, &wanted, kind.as_ref(), found, Some(4));
        let relevance: Vec<f64> = ordered.iter().filter_map(|found| found.relevance).collect();
        assert_eq!(relevance.len(), ordered.len(), "each has one");
        assert!(relevance.is_sorted_by(|a, b| a >= b), "{relevance:?}");
        let whole =
            ordered.iter().filter(|found| found.relevance > Some(1.0)).map(|found| found.product.id.0);
        assert_eq!(whole.collect::<Vec<_>>(), [5, 4], "the two grated cheeses");
        assert!(relevance.iter().all(|of| (0.0..=2.0).contains(of)), "{relevance:?}");
    }

    #[test]
    fn the_head_of_the_name_says_what_is_meant() {
        assert_eq!(ordered("coffee creamer", &[9, 8], Some(2)), [8, 9]);
        assert_eq!(ordered("creamer coffee", &[8, 9], Some(2)), [9, 8]);
    }

    #[test]
    fn without_enough_that_hold_every_word_the_near_ones_stand_behind() {
        assert_eq!(ordered("cilantro", &[1, 3, 5], None), [1, 3]);
        assert_eq!(ordered("parmesan cheese", &[6, 4, 7], None)[0], 4);
        assert_eq!(ordered("saffron", &[6, 4], None), [6, 4], "found by meaning alone");
    }
}
