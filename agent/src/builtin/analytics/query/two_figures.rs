//! Two figures of the same things against each other: "departments whose share of orders exceeds their share of items", "the
//! aisle where buyers and orders differ most", "share of orders minus share of items, by department".
//!
//! Marks → [`TwoFigures`] → a contrast of two metrics by the things. It takes two figures of different names, things, and words
//! between or behind the figures that compare them: "minus", "than", "exceeds", a gap or a difference.

use query::metrics::{Direction, FilterOp, FilterValue, MetricFilter, MetricQuery, OrderBy, Summary};

use super::{
    Asked, Builder,
    own_sides::either_way,
    wished::{Wish, ranked, wished},
};
use crate::builtin::{
    analytics::{
        frame::View,
        item::{End, Items, Mark, Noun},
    },
    intent::Shape,
};

/// Two figures of the same things.
#[derive(Debug, Clone)]
pub(super) struct TwoFigures {
    things: Noun,
    figures: [String; 2],
    /// Their shares of all are compared.
    shares: bool,
    /// The condition that the difference meets; none where it is only told.
    relation: Option<FilterOp>,
    wish: Wish,
    places: Vec<usize>,
}

impl TwoFigures {
    /// Finds out whether two figures of the same things are compared.
    pub(super) fn read(items: &Items, view: &View<'_>) -> Option<Self> {
        if items.any(|mark| matches!(mark, Mark::Versus | Mark::Where(_) | Mark::Having(_) | Mark::EachOne)) {
            return None;
        }
        let shares: Vec<(usize, String)> = items
            .0
            .iter()
            .enumerate()
            .filter_map(|(at, item)| match &item.mark {
                Mark::ShareOf(name) => Some((at, name.clone())),
                _ => None,
            })
            .collect();
        let mut named = shares;
        named.dedup_by(|second, first| second.1 == first.1);
        let [(first_at, first), (second_at, second), ..] = named.as_slice() else { return None };
        let found = wished(items, view, false)?;
        if matches!(found.noun, Noun::Customer) || first == second {
            return None;
        }
        let between = first_at + 1..*second_at;
        let says = |at: usize, words: &[&str]| view.text(at).split(' ').any(|word| words.contains(&word));
        // What stands between the figures may be no mark: "exceeds".
        let word = |words: &[&str]| {
            let token = |at: usize| items.0.get(at).map_or(0, |item| item.from);
            let tokens = view.tokens.get(token(*first_at)..token(*second_at)).unwrap_or_default();
            tokens.iter().any(|token| words.contains(&token.text.as_str()))
        };
        let relation = if word(&[
            "exceeds", "exceed", "above", "larger", "higher", "bigger", "greater", "beats", "more",
        ]) {
            Some(FilterOp::Gt)
        } else if word(&["below", "smaller", "lower", "less", "under"]) {
            Some(FilterOp::Lt)
        } else {
            None
        };
        let told = |at: &usize| {
            says(*at, &["minus", "less", "-", "difference", "gap", "differ", "differs", "apart"])
        };
        let places: Vec<usize> = (0..items.len()).filter(told).chain(between).collect();
        let subtracted = (0..items.len()).any(|at| told(&at));
        if relation.is_none() && !subtracted {
            return None;
        }
        let wish = match (found.wish, ranked(items, &[])) {
            (Wish::List, Some((end, limit))) => {
                Wish::Ranked(end, limit.or_else(|| view.is_singular(found.at).then_some(1)))
            }
            (wish, _) => wish,
        };
        let relation = if subtracted { None } else { relation };
        let figures = [first.clone(), second.clone()];
        Some(Self { things: found.noun, figures, shares: true, relation, wish, places })
    }
}

impl Builder<'_> {
    /// The query of two figures of the same things.
    pub(super) fn build_two_figures(&mut self, asked: &TwoFigures) -> Asked {
        let condition = asked.relation.map(|op| MetricFilter {
            field: "difference".to_owned(),
            op,
            values: vec![FilterValue::Integer(0)],
        });
        let (end, limit) = match asked.wish {
            Wish::Ranked(end, limit) => (end, limit),
            Wish::List | Wish::Number => (End::High, None),
        };
        let low = end == End::Low || asked.relation == Some(FilterOp::Lt);
        let count = matches!(asked.wish, Wish::Number) && asked.relation.is_some();
        let direction = Some(if low { Direction::Asc } else { Direction::Desc });
        self.query = MetricQuery {
            metrics: asked.figures.to_vec(),
            dimensions: vec![asked.things.dimension().to_owned()],
            filters: condition.into_iter().collect(),
            share_of_total: asked.shares,
            contrast: true,
            order_by: if count {
                Vec::new()
            } else {
                let field = if either_way(self.view) { "distance" } else { "difference" };
                vec![OrderBy { field: field.to_owned(), direction }]
            },
            limit,
            summary: count.then_some(Summary::Count),
            ..MetricQuery::default()
        };
        let mut built = self.finish(true);
        built.shape = match (count, limit) {
            (true, _) => Shape::Single,
            (_, Some(1)) => Shape::Extreme,
            (_, Some(_)) => Shape::Ranking,
            _ => Shape::Breakdown,
        };
        built.told.clone_from(&asked.places);
        built
    }
}
