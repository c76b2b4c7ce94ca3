//! The order of products that a search found, as a shop assistant would show them.
//!
//! fused hits → those that hold every word of the query first, by rank and popularity together → behind them those that
//! hold the rarer words → what holds too little of it is left out where enough holds all. Pure.
//!
//! A search engine ranks short exact titles first, which puts a dried spice before the bunch that everybody means.

use std::cmp::Reverse;

use crate::{
    catalogue::{Catalogue, Product},
    words::stems,
};

/// So many products with every word make the others superfluous.
const ENOUGH: usize = 2;
/// Places shown where fewer hold every word: the nearest are worth a look, not a page.
const MOST_NEAR: usize = 6;
/// A product that holds less of the query's weight than this share of the best is no near match.
const NEAR: f64 = 0.6;

/// A product that was found.
pub(crate) struct Found<'c, H> {
    pub(crate) product: &'c Product,
    pub(crate) hit: H,
    /// What the order follows, falling: above 1, up to 2, for a product that holds every word, by rank and popularity
    /// together; below 1 the share of the words' weight that it holds. Nothing until ordered, or without words.
    pub(crate) relevance: Option<f64>,
}

/// Whether any product holds every word.
pub(crate) fn any_holds_all<H>(words: &str, found: &[Found<'_, H>]) -> bool {
    let words = stems(words);
    found.iter().any(|found| words.iter().all(|word| found.product.holds(word)))
}

/// Orders hits, best first; `padded` keeps those that hold too little, for whoever asked for a number of them.
///
/// `words` is the query without what a filter already ensures.
pub(crate) fn by_relevance<'c, H>(
    catalogue: &Catalogue,
    words: &str,
    found: Vec<Found<'c, H>>,
    padded: bool,
) -> Vec<Found<'c, H>> {
    let words = stems(words);
    if words.is_empty() {
        return found;
    }
    let rarity = |word: &String| {
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
    let (mut whole, mut near): (Vec<_>, Vec<_>) = (Vec::new(), Vec::new());
    for (rank, found) in found.into_iter().enumerate() {
        let share = held(found.product);
        if share > 1.0 - 1e-9 { whole.push((rank, found)) } else { near.push((share, rank, found)) }
    }
    let mut by_purchases: Vec<(Reverse<u64>, usize)> =
        whole.iter().map(|(rank, found)| (Reverse(found.product.purchases), *rank)).collect();
    by_purchases.sort_unstable();
    let place =
        |rank: usize| by_purchases.iter().position(|(_, of)| *of == rank).unwrap_or(by_purchases.len());
    let mut whole: Vec<_> = whole
        .into_iter()
        .enumerate()
        .map(|(position, (rank, found))| (position + place(rank), rank, found))
        .collect();
    whole.sort_by_key(|(places, rank, _)| (*places, *rank));
    let relevant = |relevance: f64, found: Found<'c, H>| Found { relevance: Some(relevance), ..found };
    let mut ordered: Vec<Found<'c, H>> = whole
        .into_iter()
        .map(|(places, _, found)| relevant(1.0 + 1.0 / (1.0 + places as f64), found))
        .collect();
    let enough = ordered.len() >= ENOUGH;
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let best = if ordered.is_empty() { near.first().map_or(0.0, |(share, _, _)| *share) } else { 1.0 };
    if padded {
        ordered.extend(near.into_iter().map(|(share, _, found)| relevant(share, found)));
    } else if !enough {
        let near = near.into_iter().filter(|(share, _, _)| *share >= best * NEAR);
        ordered.extend(near.map(|(share, _, found)| relevant(share, found)));
        ordered.truncate(MOST_NEAR);
    }
    ordered
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

    fn ordered(words: &str, ids: &[u32], padded: bool) -> Vec<u32> {
        let catalogue = catalogue();
        let found = ids.iter().filter_map(|id| catalogue.product(domain::ids::ProductId(*id)));
        let found = found.map(|product| Found { product, hit: (), relevance: None }).collect();
        by_relevance(&catalogue, words, found, padded).iter().map(|found| found.product.id.0).collect()
    }

    #[test]
    fn what_many_buy_rises_among_those_with_every_word() {
        assert_eq!(ordered("cilantro", &[1, 2, 3], false), [1, 3, 2]);
    }

    #[test]
    fn relevance_falls_along_the_order_and_tells_who_holds_every_word() {
        let catalogue = catalogue();
        let found = [6, 5, 4, 7].into_iter().filter_map(|id| catalogue.product(domain::ids::ProductId(id)));
        let found = found.map(|product| Found { product, hit: (), relevance: None }).collect();
        let ordered = by_relevance(&catalogue, "grated cheese", found, true);
        let relevance: Vec<f64> = ordered.iter().filter_map(|found| found.relevance).collect();
        assert_eq!(relevance.len(), 4, "each has one");
        assert!(relevance.is_sorted_by(|a, b| a >= b), "{relevance:?}");
        let whole =
            ordered.iter().filter(|found| found.relevance > Some(1.0)).map(|found| found.product.id.0);
        assert_eq!(whole.collect::<Vec<_>>(), [5, 4], "the two grated cheeses");
        assert!(relevance.iter().all(|of| (0.0..=2.0).contains(of)), "{relevance:?}");
    }

    #[test]
    fn the_head_of_the_name_says_what_is_meant() {
        assert_eq!(ordered("coffee creamer", &[9, 8], true), [8, 9]);
        assert_eq!(ordered("creamer coffee", &[8, 9], true), [9, 8]);
    }

    #[test]
    fn without_enough_that_hold_every_word_the_near_ones_stand_behind() {
        assert_eq!(ordered("cilantro", &[1, 2, 3, 5], false).len(), 3);
        assert_eq!(ordered("parmesan cheese", &[6, 4, 7], false)[0], 4);
        assert_eq!(ordered("saffron", &[6, 4], false), [6, 4], "found by meaning alone");
    }
}
