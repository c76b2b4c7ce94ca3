//! Who or what is found in all of some groups, or in so many of them: "customers who have ordered on all seven days",
//! "products bought in every one of the 24 hours", "in at least 5 different hours".
//!
//! Each one is counted in how many of the groups it has something; that number is the condition. How many aisles or
//! departments somebody bought from is a figure of its own, which the conditions know.

use query::metrics::{FilterOp, MetricFilter, MetricQuery, Summary, SummaryBy};

use super::{Asked, Builder};
use crate::builtin::{
    analytics::{
        frame::View,
        item::{Items, Link, Mark, Noun},
    },
    intent::Shape,
};

/// Groups that are gone through.
const GROUPS: [Noun; 4] = [Noun::Hour, Noun::Day, Noun::DayPart, Noun::Segment];
/// What may be found in them.
const FOUND: [Noun; 4] = [Noun::Customer, Noun::Product, Noun::Aisle, Noun::Department];

/// The reading of such a question.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct InAll {
    found: Noun,
    counted: bool,
    groups: Noun,
    op: FilterOp,
    number: f64,
    /// The marks that say it.
    said: Vec<usize>,
}

impl InAll {
    /// Finds the groups, how many of them, and what is found there.
    pub(super) fn read(items: &Items, view: &View<'_>) -> Option<Self> {
        let (at, groups) = (0..items.len()).find_map(|at| match items.mark(at) {
            Some(Mark::Noun(noun)) if GROUPS.contains(noun) => Some((at, *noun)),
            _ => None,
        })?;
        let mut said = vec![at];
        let before = items.previous(at)?;
        let (op, number, first) = match items.mark(before)? {
            Mark::Number(number) => {
                let all = items.previous(before)?;
                let words = view.text(all);
                let every =
                    ["all", "every", "each"].iter().any(|word| words.split(' ').any(|known| known == *word));
                if items.mark(all) != Some(&Mark::Each) || !every {
                    return None;
                }
                said.push(before);
                (FilterOp::Eq, *number, all)
            }
            // "at least 5 different hours"
            Mark::Distinct => {
                let bound = items.previous(before)?;
                let Some(Mark::Bound(op, values, false)) = items.mark(bound) else { return None };
                said.push(before);
                (*op, *values.first()?, bound)
            }
            _ => return None,
        };
        said.push(first);
        // "orders in each of the 24 hours" are told by hour; who orders in all of them stands before a verb.
        let within = items.previous(first).filter(|place| {
            matches!(
                items.mark(*place),
                Some(Mark::Link(Link::In | Link::On | Link::At | Link::From | Link::With))
            )
        })?;
        let (place, found) = (0..within).find_map(|place| match items.mark(place) {
            Some(Mark::Noun(noun)) if FOUND.contains(noun) => Some((place, *noun)),
            _ => None,
        })?;
        let verb = (place..within).any(|place| matches!(items.mark(place), Some(Mark::Verb(_))));
        let figures = items.any(|mark| {
            matches!(mark, Mark::Metric(_) | Mark::Share | Mark::ShareOf(_) | Mark::Rank(..) | Mark::Bands(_))
        });
        if !verb || figures {
            return None;
        }
        let counted = items.before(place) == Some(&Mark::HowMany);
        Some(Self { found, counted, groups, op, number, said })
    }
}

impl Builder<'_> {
    /// The query of who or what is found in so many groups.
    pub(super) fn build_in_all(&mut self, asked: &InAll) -> Asked {
        self.merge_same_fields();
        let number = crate::builtin::analytics::times::condition("groups", asked.op, &[asked.number]);
        let metric = if asked.found == Noun::Customer { "orders" } else { "items" };
        let having: Vec<MetricFilter> = vec![number];
        self.query = MetricQuery {
            metrics: vec![metric.to_owned()],
            dimensions: vec![asked.found.dimension().to_owned(), asked.groups.dimension().to_owned()],
            include_empty: Some(false),
            summary: Some(Summary::Count),
            summary_by: Some(SummaryBy {
                dimensions: vec![asked.found.dimension().to_owned()],
                having,
                count: asked.counted,
                ..SummaryBy::default()
            }),
            ..MetricQuery::default()
        };
        let mut built = self.finish(false);
        built.told = asked.said.clone();
        built.shape = if asked.counted { Shape::Single } else { Shape::Breakdown };
        built
    }
}
