//! How strongly two figures go together over things: "is the number of orders correlated with the reorder rate", "corr(basket
//! size, churn risk) across customers".
//!
//! Words of correlation and two figures make it; the things are those that are named, else customers.

use query::metrics::{MetricQuery, Summary};

use super::{Asked, Builder};
use crate::builtin::{
    analytics::{
        frame::{Frame, View},
        item::{Items, Mark, Noun},
    },
    intent::Shape,
    normalise::Token,
};

/// Two figures over things.
#[derive(Debug, Clone)]
pub(super) struct Correlation {
    figures: [String; 2],
    over: Noun,
    /// The places of the words of correlation.
    places: Vec<usize>,
}

/// Whether a word asks how strongly figures go together.
pub(crate) fn says_correlation(token: &Token) -> bool {
    let written = token.corrected_from.as_deref().unwrap_or(&token.text);
    written.starts_with("correlat") || matches!(written, "corr" | "pearson" | "pearson's")
}

impl Correlation {
    /// Finds out whether a correlation is asked for.
    pub(super) fn read(items: &Items, view: &View<'_>, frame: &Frame) -> Option<Self> {
        let says = |at: &usize| {
            items.0.get(*at).is_some_and(|item| {
                view.tokens.get(item.from..item.to).unwrap_or_default().iter().any(says_correlation)
            })
        };
        let places: Vec<usize> = (0..items.len()).filter(says).collect();
        if places.is_empty() {
            return None;
        }
        let mut named: Vec<(usize, String)> =
            frame.metrics.iter().map(|(name, at)| (*at, of_each(name).to_owned())).collect();
        let over = Self::over(items);
        for at in items.places(|mark| matches!(mark, Mark::Noun(_))) {
            let Some(Mark::Noun(noun)) = items.mark(at) else { continue };
            let figure = if *noun == Noun::Product { Some("products_bought") } else { noun.count() };
            let counts = matches!(items.before(at), Some(Mark::HowMany | Mark::Distinct)) || *noun != over;
            if let Some(figure) = figure.filter(|_| counts && *noun != over) {
                named.push((at, figure.to_owned()));
            }
        }
        named.sort_by_key(|(at, _)| *at);
        named.dedup_by(|second, first| second.1 == first.1);
        let mut names = named.into_iter().map(|(_, name)| name);
        let figures = [names.next()?, names.next()?];
        names.next().is_none().then_some(Self { figures, over, places })
    }

    /// The things that have the figures: those behind "across", else customers where they are spoken of or nothing else is.
    fn over(items: &Items) -> Noun {
        let thing = |at: usize| match items.mark(at) {
            Some(Mark::Noun(
                noun @ (Noun::Product
                | Noun::Aisle
                | Noun::Department
                | Noun::Customer
                | Noun::Segment
                | Noun::Hour),
            )) => Some(*noun),
            _ => None,
        };
        let across = items.places(|mark| *mark == Mark::Each).into_iter().filter_map(|at| items.next(at));
        let plain = items
            .places(|mark| matches!(mark, Mark::Noun(_)))
            .into_iter()
            .filter(|at| !matches!(items.before(*at), Some(Mark::HowMany | Mark::Distinct)));
        across.chain(plain).find_map(thing).unwrap_or(Noun::Customer)
    }
}

/// The figure of one thing that a mean over many is made of.
fn of_each(metric: &str) -> &str {
    match metric {
        "orders_per_customer" | "median_orders_per_customer" => "orders",
        "items_per_customer" => "items",
        "avg_customer_basket" => "basket_size",
        "avg_products_per_customer" => "products_bought",
        other => other,
    }
}

impl Builder<'_> {
    /// The query of a correlation.
    pub(super) fn build_correlation(&mut self, asked: &Correlation) -> Asked {
        self.query = MetricQuery {
            metrics: asked.figures.to_vec(),
            dimensions: vec![asked.over.dimension().to_owned()],
            summary: Some(Summary::Correlation),
            ..MetricQuery::default()
        };
        let mut built = self.finish(false);
        built.query.order_by.clear();
        built.shape = Shape::Single;
        built.told.clone_from(&asked.places);
        built
    }
}
