//! Each thing by how often its buyers bought it: "products that most customers bought only once", "aisles where less than a
//! third of the buyers came in two orders or more", "the share of each department's buyers who bought there once".
//!
//! Marks → [`OwnBuyers`] → customers counted for each thing, of those that bought it at all. It takes things that are asked
//! for, their buyers, and how often they bought; a bound on the share of buyers, a ranking or a count act on what comes out.

use query::metrics::{
    Cohort, CohortOf, Direction, FilterOp, FilterValue, MetricFilter, MetricQuery, OrderBy, Summary,
    SummaryBy,
};

use super::{
    Asked, Builder,
    wished::{Wish, Wished, ranked, wished},
};
use crate::builtin::analytics::{
    frame::View,
    item::{End, Items, Link, Mark, Noun, Verb},
};

/// Things by how often their buyers bought them.
#[derive(Debug, Clone)]
pub(super) struct OwnBuyers {
    thing: Noun,
    often: MetricFilter,
    /// Bounds on the share of the buyers, or on their number.
    having: Vec<MetricFilter>,
    wish: Wish,
    /// Whether the share is what they are ranked by.
    by_share: bool,
    /// The places of words that say so.
    places: Vec<usize>,
}

impl OwnBuyers {
    /// Finds out whether the buyers of each thing are asked about.
    pub(super) fn read(items: &Items, view: &View<'_>) -> Option<Self> {
        let buyers = items.any(|mark| {
            *mark == Mark::Noun(Noun::Customer)
                || matches!(mark, Mark::ShareOf(name) if name == "customers")
                || matches!(mark, Mark::Having(having) if is_of_buyers(having))
        });
        let buys = items.any(|mark| matches!(mark, Mark::Verb(Verb::Buy | Verb::Reorder)));
        if !buyers || !buys {
            return None;
        }
        let Wished { wish, at, noun } = Self::things(items, view)?;
        let (often, mut places) = how_often(items, view, at)?;
        let having: Vec<(usize, MetricFilter)> = items
            .0
            .iter()
            .enumerate()
            .filter_map(|(at, item)| match &item.mark {
                Mark::Having(having) if is_of_buyers(having) => Some((at, of_summary(having))),
                _ => None,
            })
            .collect();
        let share = items
            .any(|mark| *mark == Mark::Share || matches!(mark, Mark::ShareOf(name) if name == "customers"));
        let ends = ranked(items, &places);
        // "the most customers who bought it once": what is ranked is how many they are.
        let counted = items
            .places(|mark| matches!(mark, Mark::Rank(..)))
            .into_iter()
            .any(|at| items.after(at) == Some(&Mark::Noun(Noun::Customer)) && often.op == FilterOp::Eq);
        if having.is_empty() && !share && !counted {
            return None;
        }
        places.extend(having.iter().map(|(at, _)| *at));
        let wish = match (wish, ends) {
            (Wish::List, Some((end, limit))) => {
                Wish::Ranked(end, limit.or_else(|| view.is_singular(at).then_some(1)))
            }
            (wish, _) => wish,
        };
        let having: Vec<MetricFilter> = having.into_iter().map(|(_, having)| having).collect();
        let by_share = share || having.iter().any(|having| having.field == "share_of_groups");
        Some(Self { thing: noun, often, having, wish, by_share, places })
    }

    /// The things whose buyers are meant; a share of customers is what is told of them.
    fn things(items: &Items, view: &View<'_>) -> Option<Wished> {
        let kind = |noun: Noun| matches!(noun, Noun::Product | Noun::Aisle | Noun::Department);
        let found = wished(items, view, false).filter(|found| kind(found.noun));
        found.or_else(|| {
            // "the share of buyers who …, by department"
            let at =
                items.places(|mark| *mark == Mark::Each).into_iter().find_map(|each| items.next(each))?;
            match items.mark(at) {
                Some(Mark::Noun(noun)) if kind(*noun) => Some(Wished { wish: Wish::List, at, noun: *noun }),
                _ => None,
            }
        })
    }
}

impl Builder<'_> {
    /// The query of things by how often their buyers bought them.
    pub(super) fn build_own_buyers(&mut self, asked: &OwnBuyers) -> Asked {
        let thing = asked.thing.dimension();
        let of = match asked.thing {
            Noun::Aisle => CohortOf::Aisles,
            Noun::Department => CohortOf::Departments,
            _ => CohortOf::Products,
        };
        let sized = self.items.0.iter().enumerate().filter_map(|(at, item)| match &item.mark {
            Mark::Having(having) if !asked.places.contains(&at) => Some(having.clone()),
            _ => None,
        });
        let having: Vec<MetricFilter> = sized.collect();
        let field = if asked.by_share { "share_of_groups" } else { "groups" };
        let (end, limit) = match asked.wish {
            Wish::Ranked(end, limit) => (end, limit),
            Wish::Number | Wish::List => (End::High, None),
        };
        let direction = if end == End::Low { Direction::Asc } else { Direction::Desc };
        let count = matches!(asked.wish, Wish::Number);
        self.query = MetricQuery {
            metrics: vec![asked.often.field.clone()],
            dimensions: vec![thing.to_owned(), "user_id".to_owned()],
            filters: vec![asked.often.clone()],
            cohorts: if having.is_empty() {
                Vec::new()
            } else {
                vec![Cohort { of, having, ..Cohort::default() }]
            },
            summary: Some(Summary::Count),
            summary_by: Some(SummaryBy {
                dimensions: vec![thing.to_owned()],
                having: asked.having.clone(),
                order_by: (!count).then(|| OrderBy { field: field.to_owned(), direction: Some(direction) }),
                limit,
                count,
            }),
            ..MetricQuery::default()
        };
        let mut built = self.finish(true);
        built.query.order_by.clear();
        built.shape = asked.wish.shape(limit);
        built.told.clone_from(&asked.places);
        built
    }
}

/// Whether a bound is on the buyers of a thing.
fn is_of_buyers(having: &MetricFilter) -> bool {
    matches!(having.field.as_str(), "share_of_customers" | "customers")
}

/// The same bound on the columns of the summary.
fn of_summary(having: &MetricFilter) -> MetricFilter {
    let field = if having.field == "customers" { "groups" } else { "share_of_groups" };
    MetricFilter { field: field.to_owned(), ..having.clone() }
}

/// The places of a bound, with "and never again" behind it, which says it once more.
fn with_denial(items: &Items, view: &View<'_>, from: usize, to: usize) -> Vec<usize> {
    let denial = |at: usize| {
        matches!(items.mark(at), Some(Mark::And | Mark::Comma | Mark::Never | Mark::Not | Mark::Skip))
            || matches!(view.text(at).as_str(), "again" | "after" | "more" | "but")
    };
    let end = (to + 1..items.len()).take_while(|at| denial(*at)).last().unwrap_or(to);
    (from..=end).collect()
}

/// How often one customer bought: "only once", "in two orders or more", "again".
fn how_often(items: &Items, view: &View<'_>, things: usize) -> Option<(MetricFilter, Vec<usize>)> {
    let times = |op: FilterOp, count: i64| MetricFilter {
        field: "orders".to_owned(),
        op,
        values: vec![FilterValue::Integer(count)],
    };
    // The bound stands behind what the buyers do, not beside the things.
    let verb = items
        .places(|mark| matches!(mark, Mark::Verb(Verb::Buy | Verb::Reorder)))
        .into_iter()
        .find(|at| *at > things || items.before(*at) == Some(&Mark::Noun(Noun::Customer)))?;
    for (at, item) in items.0.iter().enumerate().skip(verb) {
        match &item.mark {
            Mark::Having(having) if matches!(having.field.as_str(), "items" | "orders") => {
                let often = MetricFilter { field: "orders".to_owned(), ..having.clone() };
                return Some((often, with_denial(items, view, at, at)));
            }
            _ => {}
        }
    }
    let once =
        |at: &usize| matches!(view.text(*at).as_str(), "once" | "one time" | "a single time" | "single time");
    if let Some(at) = (verb..items.len()).find(once) {
        let only = (verb..at).rev().take(2).any(|before| {
            *items.mark(before).unwrap_or(&Mark::Word) == Mark::Only
                || matches!(view.text(before).as_str(), "exactly" | "just" | "only" | "a" | "single")
        });
        let more = (verb..at).any(|before| matches!(view.text(before).as_str(), "more than" | "over"));
        return match (more, only) {
            (true, _) => Some((times(FilterOp::Gt, 1), (verb + 1..=at).collect())),
            (_, true) => Some((times(FilterOp::Eq, 1), with_denial(items, view, verb + 1, at))),
            _ => None,
        };
    }
    let again = |at: &usize| {
        matches!(items.mark(*at), Some(Mark::Verb(Verb::Reorder)))
            || matches!(
                view.text(*at).as_str(),
                "again" | "repeatedly" | "several times" | "repeat" | "twice"
            )
    };
    // "customers who came back for it": what they did, not what is done to items.
    let theirs = items.previous(verb).is_some_and(|before| {
        matches!(
            items.mark(before),
            Some(Mark::Link(Link::That) | Mark::Having(_) | Mark::Noun(Noun::Customer))
        ) || matches!(items.mark(before), Some(Mark::ShareOf(name)) if name == "customers")
    });
    let apart = |at: &usize| {
        (verb..*at)
            .any(|place| matches!(items.mark(place), Some(Mark::Share | Mark::ShareOf(_) | Mark::Versus)))
    };
    let at = (verb..items.len()).filter(|at| theirs && !apart(at)).find(again)?;
    Some((times(FilterOp::Ge, 2), vec![at]))
}
