//! Third step: which metrics are asked for, by which dimensions, in which order.
//!
//! spans → [`Measures`]. Many words name both a metric and a dimension ("customers", "products"): their neighbours
//! decide. Verbs such as "sold" stand for the count of items only where no other metric is named. Pure.

use std::collections::BTreeSet;

use super::{
    lexicon::Cue,
    link::{Link, Span},
    link_entities::{Entities, Threshold},
    normalise::{Token, stem},
};

/// Which end of a ranking is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// "most", "top".
    Highest,
    /// "least", "bottom".
    Lowest,
}

/// What is measured, and along what.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Measures {
    /// Metrics by name, in the order they are named.
    pub(crate) metrics: Vec<String>,
    /// Dimensions to group by.
    pub(crate) dimensions: Vec<String>,
    /// The metric whose share of the total is asked for.
    pub(crate) share_of: Option<String>,
    /// "share" without saying of what.
    pub(crate) share: bool,
    /// Which end of a ranking.
    pub(crate) direction: Option<Direction>,
    /// "busiest", "quietest": a ranking by orders.
    pub(crate) by_orders: bool,
    /// The dimension stands in the singular: one row is asked for.
    pub(crate) singular: bool,
    /// "how many".
    pub(crate) how_many: bool,
    /// "average": only fits metrics that are averages.
    pub(crate) average: Option<usize>,
    /// The spans that were understood here.
    pub(crate) used: BTreeSet<usize>,
}

/// The metric that counts purchases; what "sold" and "bought" mean.
pub(crate) const ITEMS: &str = "items";
/// The metric that counts orders; what "busy" means.
pub(crate) const ORDERS: &str = "orders";
/// The metric of products without purchases.
const NEVER_BOUGHT: &str = "products_never_bought";
/// The dimension whose values are products.
pub(crate) const PRODUCT: &str = "product_name";
/// The dimension whose values are customers.
pub(crate) const CUSTOMER: &str = "user_id";
/// The dimension whose values are hours.
pub(crate) const HOUR: &str = "order_hour_of_day";
/// The dimension whose values are day numbers.
pub(crate) const DAY: &str = "order_dow";
/// The dimension of order rows, which nobody groups by.
const ORDER: &str = "order_id";

/// Words that count purchases only for want of another metric.
const WEAK_WORDS: &[&str] = &[
    "buy",
    "sell",
    "bought",
    "sold",
    "purchase",
    "purchased",
    "ordered",
    "person",
    "popularity",
    "volume",
    "time bought",
    "item",
    "customer",
    "user",
    "shopper",
    "buyer",
    "client",
    "product",
    "household",
];

/// Finds metrics, dimensions and the order that is asked for.
pub(crate) fn link_metrics(tokens: &[Token], spans: &[Span], entities: &Entities) -> Measures {
    let mut measures = Measures::default();
    let view = View { tokens, spans, entities };
    view.link_cues(&mut measures);
    view.link_terms(&mut measures);
    measures
}

struct View<'a> {
    tokens: &'a [Token],
    spans: &'a [Span],
    entities: &'a Entities,
}

#[derive(Clone, Copy, PartialEq)]
enum RoleOfTerm {
    Metric,
    WeakMetric,
    Dimension,
    Nothing,
}

impl View<'_> {
    fn words(&self, at: usize) -> Vec<&str> {
        let Some(span) = self.spans.get(at) else { return Vec::new() };
        self.tokens.get(span.start..span.end).unwrap_or_default().iter().map(|t| t.text.as_str()).collect()
    }

    fn stems(&self, at: usize) -> String {
        self.words(at).into_iter().map(stem).collect::<Vec<_>>().join(" ")
    }

    fn is_singular(&self, at: usize) -> bool {
        self.words(at).last().is_some_and(|word| stem(word) == *word)
    }

    fn before(&self, at: usize) -> Option<&Span> {
        let skipped = |span: &&Span| {
            let term = span.links.iter().any(|link| matches!(link, Link::Term(_)));
            (span.is_filler() && !term)
                || span.is(Cue::Distinct)
                || span.is(Cue::Myself)
                || span.is(Cue::Show)
        };
        self.spans.get(..at)?.iter().rev().find(|span| !skipped(span) || span.is(Cue::Which))
    }

    fn after(&self, at: usize) -> Option<&Span> {
        self.spans.get(at + 1..)?.iter().find(|span| !span.is_filler())
    }

    fn link_cues(&self, measures: &mut Measures) {
        for (at, span) in self.spans.iter().enumerate() {
            let cue =
                span.links.iter().find_map(|link| if let Link::Cue(cue) = link { Some(*cue) } else { None });
            match cue {
                Some(Cue::Highest | Cue::Popular) => measures.direction = Some(Direction::Highest),
                Some(Cue::Lowest) => measures.direction = Some(Direction::Lowest),
                Some(Cue::Busiest) => {
                    measures.direction = Some(Direction::Highest);
                    measures.by_orders = true;
                }
                Some(Cue::Quietest) => {
                    measures.direction = Some(Direction::Lowest);
                    measures.by_orders = true;
                }
                Some(Cue::HowMany | Cue::HowOften) => measures.how_many = true,
                Some(Cue::Share) => measures.share = true,
                Some(Cue::When) => {
                    add(&mut measures.dimensions, HOUR);
                    measures.singular = true;
                }
                Some(Cue::Average) => {
                    measures.average = Some(at);
                    continue;
                }
                Some(
                    Cue::By
                    | Cue::Compare
                    | Cue::Which
                    | Cue::Total
                    | Cue::Show
                    | Cue::Distinct
                    | Cue::Contains
                    | Cue::AsTable
                    | Cue::Chart,
                ) => {}
                _ => continue,
            }
            measures.used.insert(at);
        }
    }

    fn link_terms(&self, measures: &mut Measures) {
        let roles: Vec<RoleOfTerm> = (0..self.spans.len()).map(|at| self.role(at)).collect();
        let has_metric = roles.contains(&RoleOfTerm::Metric);
        // "dairy products": a bare noun is no question about its number.
        let counting = measures.how_many
            || measures.share
            || measures.direction.is_some()
            || roles.contains(&RoleOfTerm::Dimension)
            || self.spans.iter().any(|span| span.is(Cue::By) || span.is(Cue::Total) || span.is(Cue::Compare));
        for (at, role) in roles.iter().enumerate() {
            let Some(span) = self.spans.get(at) else { continue };
            if let Some(metric) = span.share_of() {
                measures.share_of = Some(metric.to_owned());
                measures.used.insert(at);
                continue;
            }
            match role {
                RoleOfTerm::Metric => self.use_metric(at, span, measures),
                RoleOfTerm::WeakMetric if !has_metric && measures.metrics.is_empty() && counting => {
                    self.use_metric(at, span, measures)
                }
                RoleOfTerm::WeakMetric => {
                    // The verb or noun beside another metric says nothing more.
                    measures.used.insert(at);
                }
                RoleOfTerm::Dimension => self.use_dimension(at, span, measures),
                RoleOfTerm::Nothing => {}
            }
        }
        self.never_bought(measures);
        self.rate_word(measures);
        // "how many times was it bought, and by how many customers": both are asked.
        let times = self.spans.iter().any(|span| span.is(Cue::HowOften));
        if times
            && !measures.metrics.is_empty()
            && !measures.metrics.iter().any(|m| m == ITEMS || m == "reorder_rate")
        {
            measures.metrics.insert(0, ITEMS.to_owned());
        }
        // "share of items that are reordered" is a rate, not a share of the total.
        if measures.share_of.as_deref() == Some(ITEMS) && measures.metrics.iter().any(|m| m == "reorder_rate")
        {
            measures.share_of = None;
        }
    }

    /// "products nobody bought", "products that were never bought".
    fn never_bought(&self, measures: &mut Measures) {
        let Some(never) = self.spans.iter().position(|span| span.is(Cue::Never)) else { return };
        let verb = |at: usize| {
            self.words(at)
                .iter()
                .any(|word| matches!(stem(word).as_str(), "buy" | "sell" | "order" | "ordered"))
        };
        let Some(bought) = (0..self.spans.len()).find(|at| verb(*at)) else { return };
        let of_products = measures.metrics.iter().all(|metric| metric == ITEMS || metric == "products");
        if of_products && measures.how_many {
            measures.metrics = vec![NEVER_BOUGHT.to_owned()];
            measures.used.extend([never, bought]);
        }
    }

    /// "reordered at the highest rate": the word belongs to the metric that is a rate.
    fn rate_word(&self, measures: &mut Measures) {
        let of_rate = measures.metrics.iter().any(|metric| metric.ends_with("_rate"));
        let rate = (0..self.spans.len()).find(|at| self.words(*at) == ["rate"]);
        if let (true, Some(at)) = (of_rate, rate) {
            measures.used.insert(at);
        }
    }

    fn use_metric(&self, at: usize, span: &Span, measures: &mut Measures) {
        if let Some(metric) = span.metric() {
            // "sold": the count of purchases.
            add(&mut measures.metrics, metric);
            measures.used.insert(at);
        }
    }

    fn use_dimension(&self, at: usize, span: &Span, measures: &mut Measures) {
        let dimension = if self.stems(at) == "item" { Some(PRODUCT) } else { span.dimension() };
        if let Some(dimension) = dimension.filter(|name| *name != ORDER) {
            add(&mut measures.dimensions, dimension);
            measures.singular |= self.is_singular(at);
            measures.used.insert(at);
        }
    }

    /// What a term does in this question.
    fn role(&self, at: usize) -> RoleOfTerm {
        let Some(span) = self.spans.get(at) else { return RoleOfTerm::Nothing };
        let is_item = self.stems(at) == "item";
        let (metric, dimension) =
            (span.metric().is_some(), span.dimension().is_some_and(|d| d != ORDER) || is_item);
        let consumed = self.entities.used.contains(&at);
        if consumed || !span.links.iter().any(|link| matches!(link, Link::Term(_))) {
            return RoleOfTerm::Nothing;
        }
        let weak = WEAK_WORDS.contains(&self.stems(at).as_str());
        if metric && !dimension {
            // "people order most": a verb, but "the number of orders": a count.
            let verb = weak && !self.counted(at);
            return if verb { RoleOfTerm::WeakMetric } else { RoleOfTerm::Metric };
        }
        if dimension && !metric {
            return RoleOfTerm::Dimension;
        }
        if self.counted(at) {
            return RoleOfTerm::Metric;
        }
        if self.is_amount(at) {
            return RoleOfTerm::Metric;
        }
        if self.grouped(at) {
            return RoleOfTerm::Dimension;
        }
        if weak { RoleOfTerm::WeakMetric } else { RoleOfTerm::Metric }
    }

    /// "how many products", "total customers", "average …".
    fn counted(&self, at: usize) -> bool {
        self.before(at).is_some_and(|b| b.is(Cue::HowMany) || b.is(Cue::Total) || b.is(Cue::Share))
    }

    /// "the most products", "fewest customers": how many of them, not which.
    fn is_amount(&self, at: usize) -> bool {
        let amount = |before: usize| {
            matches!(self.words(before).last(), Some(&("most" | "fewest" | "least" | "more")))
        };
        let grouped_elsewhere = self.spans.iter().enumerate().any(|(other, span)| {
            other != at
                && span.dimension().is_some_and(|name| name != ORDER)
                && !self.entities.used.contains(&other)
        });
        grouped_elsewhere && at.checked_sub(1).is_some_and(amount)
    }

    /// A number that counts rows, not one that bounds a metric.
    fn is_count(&self, span: &Span) -> bool {
        let bounds =
            |threshold: &Threshold| threshold.spans.iter().any(|at| self.spans.get(*at) == Some(span));
        span.number().is_some() && !self.entities.thresholds.iter().any(bounds)
    }

    /// "which products", "top 5 products", "by customer", "products with the highest …".
    fn grouped(&self, at: usize) -> bool {
        let cues =
            [Cue::By, Cue::Which, Cue::Highest, Cue::Lowest, Cue::Popular, Cue::Busiest, Cue::Quietest];
        let before =
            self.before(at).is_some_and(|b| cues.into_iter().any(|cue| b.is(cue)) || self.is_count(b));
        let after = self.after(at).is_some_and(|a| {
            [Cue::Highest, Cue::Lowest, Cue::AtLeast, Cue::MoreThan].into_iter().any(|cue| a.is(cue))
                || (a.is(Cue::Contains) && self.spans.iter().any(|s| s.is(Cue::Highest) || s.is(Cue::Lowest)))
        });
        // "most popular products", "best selling frozen products"
        let ranked = self.spans.get(..at).is_some_and(|spans| {
            spans
                .iter()
                .any(|s| s.is(Cue::Highest) || s.is(Cue::Lowest) || s.is(Cue::Popular) || s.is(Cue::Which))
        });
        before || after || ranked
    }
}

fn add(list: &mut Vec<String>, name: &str) {
    if !list.iter().any(|known| known == name) {
        list.push(name.to_owned());
    }
}
