//! A message that leans on the question before: what its words name, without a question made of them.
//!
//! tokens ─the same passes as `read`─> items ─> [`Fragment`]: conditions, figures, what is grouped by or listed, the end
//! of a ranking, a number of rows. What of it changes the plan before is decided by `compose::follow_up`.

use std::collections::BTreeSet;

use ::query::metrics::{FilterOp, MetricFilter};

use super::{
    frame::{self, Frame, Role, View},
    item::{Agg, End, Items, Link, Mark, Noun, Verb},
    marks, query,
};
use crate::builtin::{normalise::Token, vocabulary::Vocabulary};

/// A condition with the tokens that state it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stated {
    /// The condition.
    pub(crate) filter: MetricFilter,
    /// As it was written.
    pub(crate) words: String,
}

/// Rows that are listed: "5 best products".
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Listed {
    /// Their dimension.
    pub(crate) dimension: &'static str,
    /// What a ranking of them goes by where nothing is said.
    pub(crate) ranked_by: &'static str,
    /// One row is asked for.
    pub(crate) singular: bool,
}

/// What a message names.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Fragment {
    /// Conditions on rows.
    pub(crate) stated: Vec<Stated>,
    /// Conditions on figures.
    pub(crate) havings: Vec<MetricFilter>,
    /// Figures by metric.
    pub(crate) metrics: Vec<String>,
    /// The figure stands behind "by": it ranks.
    pub(crate) by_figure: bool,
    /// Dimensions behind "by", "per", "each".
    pub(crate) grouped: Vec<&'static str>,
    /// Rows that are listed.
    pub(crate) listed: Option<Listed>,
    /// A thing alone ("and which aisle?", "aisles?").
    pub(crate) bare: Option<&'static str>,
    /// Whether the highest are wanted, where a word of ranking stands.
    pub(crate) highest: Option<bool>,
    /// The figure that the word of ranking tells: "best sellers".
    pub(crate) rank_metric: Option<&'static str>,
    /// How many rows.
    pub(crate) limit: Option<u32>,
    /// The numbers that stand alone.
    pub(crate) numbers: Vec<f64>,
    /// Bounds that stand alone: "more than 50".
    pub(crate) bounds: Vec<(FilterOp, Vec<f64>)>,
    /// The tokens of those bounds.
    pub(crate) bound_tokens: BTreeSet<usize>,
    /// "per order", alone: what a count is divided by, where it can be.
    pub(crate) per_one: Option<&'static str>,
    /// Words that nobody knows and that stand for no thing: "presumably".
    pub(crate) passed_over: BTreeSet<usize>,
    /// "as a share".
    pub(crate) share: bool,
    /// "as a chart".
    pub(crate) chart: bool,
    /// "as a table".
    pub(crate) table: bool,
    /// "versus".
    pub(crate) compares: bool,
    /// "median".
    pub(crate) median: bool,
    /// "average".
    pub(crate) mean: bool,
    /// "largest", as a figure.
    pub(crate) max: bool,
    /// "per order", "each customer": what an average is taken over.
    pub(crate) mean_over: Option<&'static str>,
    /// "how many", "which", "what": a word that asks.
    pub(crate) asks: bool,
    /// "how many", "number of".
    pub(crate) counts: bool,
    /// "never", "nobody".
    pub(crate) never: bool,
    /// A verb of buying or ordering stands in it.
    pub(crate) verb: bool,
    /// The asker's own.
    pub(crate) myself: bool,
    /// The tokens that were understood.
    pub(crate) explained: BTreeSet<usize>,
}

/// Reads a message as a fragment.
pub(crate) fn fragment(tokens: &[Token], vocabulary: &Vocabulary) -> Fragment {
    let mut items = marks(tokens, vocabulary);
    contrasted(&mut items);
    let view = View { items: &items, tokens };
    let frame = frame::frame(&items, tokens);
    let mut found = Fragment {
        metrics: query::figures(&items, &view, &frame),
        share: frame.share.is_some(),
        chart: items.any(|mark| *mark == Mark::Chart),
        table: items.any(|mark| *mark == Mark::Table),
        compares: items.any(|mark| *mark == Mark::Versus),
        median: frame.has_agg(Agg::Median),
        mean: frame.has_agg(Agg::Mean),
        max: frame.has_agg(Agg::Max),
        asks: items.any(|mark| {
            matches!(mark, Mark::HowMany | Mark::HowMuch | Mark::HowOften | Mark::Which | Mark::When)
        }),
        counts: items.any(|mark| matches!(mark, Mark::HowMany | Mark::HowOften)),
        never: items.any(|mark| *mark == Mark::Never),
        verb: items.any(|mark| matches!(mark, Mark::Verb(_))),
        myself: items.any(|mark| *mark == Mark::Me),
        explained: super::leftover::understood(&items),
        ..Fragment::default()
    };
    found.passed_over = super::leftover::passed_over(&items, tokens, vocabulary);
    found.conditions(&items, &view);
    found.nouns(&items, &frame);
    found.ranking(&items, &frame);
    found.implied(&items, &frame);
    found
}

/// "customers, not orders": what is denied is not named.
fn contrasted(items: &mut Items) {
    for at in items.places(|mark| *mark == Mark::Not) {
        let Some(next) = items.next(at) else { continue };
        let denied = matches!(
            items.mark(next),
            Some(Mark::Noun(_) | Mark::Number(_) | Mark::Rank(..) | Mark::Agg(_) | Mark::Ordinal(_))
        );
        if denied {
            items.set(at, Mark::Skip);
            items.set(next, Mark::Skip);
        }
    }
}

impl Fragment {
    fn conditions(&mut self, items: &Items, view: &View<'_>) {
        for (at, item) in items.0.iter().enumerate() {
            match &item.mark {
                Mark::Where(filters) => {
                    let words = view.text(at);
                    self.stated.extend(
                        filters.iter().map(|filter| Stated { filter: filter.clone(), words: words.clone() }),
                    );
                }
                Mark::Having(filter) => self.havings.push(filter.clone()),
                Mark::Bound(op, values, _) => {
                    self.bounds.push((*op, values.clone()));
                    self.bound_tokens.extend(item.from..item.to);
                }
                _ => {}
            }
        }
    }

    fn nouns(&mut self, items: &Items, frame: &Frame) {
        for placed in &frame.nouns {
            let by = matches!(items.before(placed.at), Some(Mark::Each));
            let counted = matches!(placed.noun, Noun::Item | Noun::Order | Noun::Customer);
            match placed.role {
                Role::Each if by && placed.singular && counted && placed.noun != Noun::Item && self.mean => {
                    self.mean_over = Some(placed.noun.dimension());
                }
                // "by orders", "by items": a figure; "by customer" a row each.
                Role::Each if by && counted && (!placed.singular || placed.noun == Noun::Item) => {
                    self.figure(placed.noun);
                    self.by_figure = true;
                }
                Role::Each => self.grouped.push(placed.noun.dimension()),
                Role::Listed => {
                    self.listed = Some(Listed {
                        dimension: placed.noun.dimension(),
                        ranked_by: placed.noun.ranked_by(),
                        singular: placed.singular,
                    });
                    self.limit = self.limit.or(placed.limit);
                }
                Role::Counted | Role::Amount => {
                    self.by_figure |= placed.role == Role::Amount
                        && items
                            .previous(placed.at)
                            .and_then(|many| items.before(many))
                            .is_some_and(|mark| *mark == Mark::Each);
                }
                Role::Plain if counted && self.metrics.is_empty() && self.is_head(items, placed.at) => {
                    self.figure(placed.noun);
                }
                Role::Plain if !counted => self.bare = self.bare.or(Some(placed.noun.dimension())),
                Role::Base => {
                    if let Some(count) = placed.noun.count().filter(|_| self.metrics.is_empty()) {
                        self.metrics.push(count.to_owned());
                    }
                }
                Role::Plain => {}
            }
        }
        for (_, at) in &frame.metrics {
            self.by_figure |= matches!(items.before(*at), Some(Mark::Each));
        }
    }

    /// "items?", "the customers": no word before says that it only goes with another.
    fn is_head(&self, items: &Items, at: usize) -> bool {
        !matches!(
            items.before(at),
            Some(
                Mark::Link(Link::Of | Link::In | Link::For | Link::From | Link::On | Link::With)
                    | Mark::Where(_)
                    | Mark::Only
            )
        )
    }

    fn figure(&mut self, noun: Noun) {
        if let Some(count) = noun.count()
            && self.metrics.iter().all(|known| known != count)
        {
            self.metrics.push(count.to_owned());
        }
    }

    fn ranking(&mut self, items: &Items, frame: &Frame) {
        if let Some((end, metric, _)) = frame.rank {
            self.highest = Some(end == End::High);
            self.rank_metric = metric.filter(|metric| !matches!(*metric, "organic" | "customers"));
            if metric == Some("customers") && self.listed.is_none() {
                self.listed = Some(Listed { dimension: "user_id", ranked_by: "orders", singular: false });
            }
        }
        let numbers = items.places(|mark| matches!(mark, Mark::Number(_)));
        self.numbers = numbers
            .iter()
            .filter_map(
                |at| if let Some(Mark::Number(value)) = items.mark(*at) { Some(*value) } else { None },
            )
            .collect();
        // "make that 30 %": a number where nothing says of what.
        let percents = items.0.iter().filter_map(|item| match item.mark {
            Mark::Percent(share) => Some(share * 100.0),
            _ => None,
        });
        self.numbers.extend(percents);
        let counts = numbers.iter().filter_map(|at| frame::whole_count(items.mark(*at)));
        let counts: Vec<u32> = counts.collect();
        if let [count] = counts.as_slice() {
            self.limit = Some(*count);
        }
    }

    /// Figures that verbs and adverbs tell.
    fn implied(&mut self, items: &Items, frame: &Frame) {
        if !self.metrics.is_empty() {
            return;
        }
        if let Some(name) = frame.share.as_ref().and_then(|(_, name)| name.clone()) {
            self.metrics.push(name);
        } else if frame::has_verb(items, Verb::Reorder) {
            self.metrics.push("reorder_rate".to_owned());
        } else if items.any(|mark| *mark == Mark::HowOften) && frame::has_verb(items, Verb::Buy) {
            self.metrics.push("items".to_owned());
        } else if items.any(|mark| *mark == Mark::FirstInCart) {
            self.metrics.push("first_in_cart".to_owned());
        } else if let Some(metric) = self.rank_metric {
            self.metrics.push(metric.to_owned());
        } else if self.highest.is_some()
            && self.listed.as_ref().is_some_and(|listed| listed.ranked_by == "items")
            && frame::has_verb(items, Verb::Buy)
        {
            self.metrics.push("items".to_owned());
        }
    }
}
