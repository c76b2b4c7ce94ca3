//! What customers did in one of their orders and in a later one: "customers whose first order held bananas and who bought them
//! again later", "of those who began with a small order, how many had a large one at some point".
//!
//! Marks → [`OrderEvents`] → cohorts of customers, one an event: an order by its number, what it held, how large it was.
//! Two events or more make the question; an event without things of its own is about those of the one before. What stands
//! behind the word of the share is the part, what stands before it says who is counted.

use query::metrics::{Cohort, CohortOf, FilterOp, FilterValue, MetricFilter, MetricQuery};

use super::{Asked, Builder, is_turned, of_customers};
use crate::builtin::{
    analytics::{
        frame::{Frame, View},
        item::{Agg, End, Items, Link, Mark, Noun, Verb},
        things,
    },
    intent::Shape,
};

/// What happened in an order of a customer.
#[derive(Debug, Clone, Default)]
struct Event {
    /// Which order of the customer.
    number: Option<MetricFilter>,
    /// What it held, or how large it was.
    held: Vec<MetricFilter>,
    /// It is said to come after the one before.
    later: bool,
    not: bool,
    /// Where it begins.
    at: usize,
    /// Joined to the one before by "and" or "but", rather than told of those that had it.
    joined: bool,
}

impl Event {
    fn is_empty(&self) -> bool {
        self.number.is_none() && self.held.is_empty() && !self.later
    }

    /// Whether what follows begins another one.
    fn is_whole(&self) -> bool {
        (self.number.is_some() || self.later) && !self.held.is_empty()
    }
}

/// Customers by what they did in several orders.
#[derive(Debug, Clone)]
pub(super) struct OrderEvents {
    among: Vec<Cohort>,
    part: Vec<Cohort>,
    /// Conditions on the customers themselves.
    whose: Vec<MetricFilter>,
    figures: Vec<String>,
    places: Vec<usize>,
}

impl OrderEvents {
    /// Finds out whether several orders of the same customers are spoken of.
    pub(super) fn read(items: &Items, view: &View<'_>, frame: &Frame) -> Option<Self> {
        let people = items.any(|mark| {
            *mark == Mark::Noun(Noun::Customer) || matches!(mark, Mark::ShareOf(name) if name == "customers")
        });
        if !people || items.any(|mark| matches!(mark, Mark::Than | Mark::More(End::Low) | Mark::Difference)) {
            return None;
        }
        let numbered = items.any(
            |mark| matches!(mark, Mark::Where(filters) if filters.iter().any(|f| f.field == "order_number")),
        );
        if !numbered {
            return None;
        }
        let reader = Reader { items, view };
        let (events, whose, mut places) = reader.events();
        let events = completed(events, whose.is_empty())?;
        let shares = items.places(|mark| matches!(mark, Mark::Share | Mark::ShareOf(_)));
        let share = shares.first().copied();
        let counted = items.any(|mark| matches!(mark, Mark::HowMany | Mark::Share))
            || items.any(|mark| matches!(mark, Mark::ShareOf(name) if name == "customers"));
        let figures: Vec<String> =
            frame.metrics.iter().map(|(name, _)| name.clone()).filter(|name| name != "customers").collect();
        if !counted && figures.is_empty() {
            return None;
        }
        let (mut among, mut part) = (Vec::new(), Vec::new());
        let joined = events.iter().skip(1).any(|event| event.joined);
        let of_share = share.and_then(|at| events.iter().rposition(|event| event.at <= at));
        for (place, event) in events.iter().enumerate() {
            // "of the customers who …, what share …": the share is told of them. "what share of the customers who …
            // bought it again": the last event is what is told.
            let told = match of_share {
                None => false,
                Some(0) => joined || place > 0,
                Some(first) => place >= first,
            };
            let cohort = event.cohort();
            if told { part.push(cohort) } else { among.push(cohort) }
        }
        places.extend(events.iter().map(|event| event.at));
        Some(Self {
            among,
            part,
            whose,
            figures: if counted { vec!["customers".to_owned()] } else { figures },
            places,
        })
    }
}

impl Event {
    fn cohort(&self) -> Cohort {
        Cohort {
            of: CohortOf::Customers,
            bought: self.number.iter().chain(&self.held).cloned().collect(),
            not: self.not,
            ..Cohort::default()
        }
    }
}

/// The events with what they leave unsaid; none where there are no two, and nothing else is said of the customers.
fn completed(mut events: Vec<Event>, alone: bool) -> Option<Vec<Event>> {
    events.retain(|event| !event.is_empty());
    // The first names its order, or there is nothing to follow.
    events.first().filter(|event| event.number.is_some() && !event.held.is_empty())?;
    // What is said of no other order belongs to the one before.
    let mut merged: Vec<Event> = Vec::new();
    for event in events {
        match merged.last_mut() {
            Some(last) if event.number.is_none() && !event.later && !event.not => {
                last.held.extend(event.held)
            }
            _ => merged.push(event),
        }
    }
    let mut events = merged;
    if events.len() < 2 && alone {
        return None;
    }
    let first = events.first().cloned()?;
    let mut held = first.held.clone();
    for event in events.iter_mut().skip(1) {
        if event.held.is_empty() {
            event.held.clone_from(&held);
        } else {
            held.clone_from(&event.held);
        }
        if event.number.is_none() {
            event.number = Some(after(first.number.as_ref()?)?);
        }
    }
    let distinct = |one: &Event, other: &Event| one.number != other.number || one.held != other.held;
    let differs = events.iter().skip(1).all(|event| distinct(&first, event));
    differs.then_some(events)
}

/// The orders behind one.
fn after(number: &MetricFilter) -> Option<MetricFilter> {
    let [FilterValue::Integer(value)] = number.values.as_slice() else { return None };
    let values = vec![FilterValue::Integer(*value)];
    (number.op == FilterOp::Eq).then(|| MetricFilter {
        field: "order_number".to_owned(),
        op: FilterOp::Gt,
        values,
    })
}

impl Builder<'_> {
    /// The query of customers by what they did in several orders.
    pub(super) fn build_events(&mut self, asked: &OrderEvents) -> Asked {
        self.base.clear();
        let among = self.items.0.iter().filter_map(|item| match &item.mark {
            Mark::Among(cohort) => Some((**cohort).clone()),
            _ => None,
        });
        self.query = MetricQuery {
            metrics: asked.figures.clone(),
            filters: asked.whose.clone(),
            cohorts: asked.among.iter().cloned().chain(among).collect(),
            part_cohorts: asked.part.clone(),
            ..MetricQuery::default()
        };
        let mut built = self.finish(false);
        built.shape = Shape::Single;
        built.told.clone_from(&asked.places);
        built
    }
}

struct Reader<'a> {
    items: &'a Items,
    view: &'a View<'a>,
}

impl Reader<'_> {
    /// The events in the order of the question, conditions on the customers themselves, and the words that were used.
    fn events(&self) -> (Vec<Event>, Vec<MetricFilter>, Vec<usize>) {
        let mut events = vec![Event::default()];
        let (mut whose, mut places) = (Vec::new(), Vec::new());
        for (at, item) in self.items.0.iter().enumerate() {
            if self.divides(at)
                && let Some(last) = events.last()
                && last.is_whole()
            {
                let joined = matches!(item.mark, Mark::And) || self.view.text(at) == "but";
                events.push(Event { at, joined, ..Event::default() });
            }
            let Some(event) = events.last_mut() else { continue };
            match &item.mark {
                Mark::Never => event.not = true,
                Mark::Not if event.is_empty() => event.not = true,
                Mark::Where(filters) => {
                    for filter in filters {
                        match filter.field.as_str() {
                            "order_number" => event.number = Some(filter.clone()),
                            "order_size" if self.is_mean(at) => whose.push(mean_basket(filter)),
                            "order_size" if !event.held.iter().any(|known| known.field == "order_size") => {
                                event.held.push(filter.clone());
                            }
                            "order_size" => {}
                            // "buy it in their first cart": no place in it.
                            "cart_place" => places.push(at),
                            _ if of_customers(filter) => whose.push(filter.clone()),
                            "user_id" => whose.push(filter.clone()),
                            // "with no produce in their first order"
                            _ if event.held.is_empty() && is_turned(filter) => {
                                event.not = true;
                                event.held.extend(things::opposite(filter));
                            }
                            _ => event.held.push(filter.clone()),
                        }
                    }
                }
                Mark::FirstInCart => places.push(at),
                Mark::Agg(Agg::Mean) => places.push(at),
                _ => {}
            }
            if let Some(size) = self.size(at) {
                if !event.held.iter().any(|known| known.field == "order_size") {
                    event.held.push(size);
                }
                places.push(at);
            }
            if self.is_later(at) && events.len() > 1 {
                places.push(at);
                if let Some(event) = events.last_mut() {
                    event.later = true;
                }
            }
        }
        (events, whose, places)
    }

    /// Whether a word may begin another event.
    fn divides(&self, at: usize) -> bool {
        matches!(
            self.items.mark(at),
            Some(
                Mark::Comma
                    | Mark::And
                    | Mark::HowMany
                    | Mark::Share
                    | Mark::ShareOf(_)
                    | Mark::Which
                    | Mark::Never
                    | Mark::Not
                    | Mark::Verb(_)
                    | Mark::Link(Link::That | Link::With)
            )
        ) || matches!(self.view.text(at).as_str(), "but" | "now" | "then")
    }

    /// "average more than 10 items per order": of the customer's orders, not of one.
    fn is_mean(&self, at: usize) -> bool {
        let averaged = |place: &usize| matches!(self.items.mark(*place), Some(Mark::Agg(Agg::Mean)));
        let per = self.view.text(at);
        (at.saturating_sub(3)..at).any(|place| averaged(&place))
            || per.contains("per order")
            || per.contains("per basket")
    }

    /// "small", "a large one": a class of sizes without its noun.
    fn size(&self, at: usize) -> Option<MetricFilter> {
        if !matches!(self.items.mark(at), Some(Mark::Word | Mark::SizeWord(_))) {
            return None;
        }
        let condition = |op, values: &[i64]| MetricFilter {
            field: "order_size".to_owned(),
            op,
            values: values.iter().copied().map(FilterValue::Integer).collect(),
        };
        match self.view.text(at).as_str() {
            "small" => Some(condition(FilterOp::Le, &[5])),
            "medium" => Some(condition(FilterOp::Between, &[6, 15])),
            "large" | "big" => Some(condition(FilterOp::Gt, &[15])),
            _ => None,
        }
    }

    /// "again", "later on", "afterwards".
    fn is_later(&self, at: usize) -> bool {
        let text = self.view.text(at);
        let words = [
            "again",
            "later",
            "afterwards",
            "afterward",
            "subsequently",
            "thereafter",
            "eventually",
            "since",
            "back",
        ];
        text.split(' ').any(|word| words.contains(&word))
            || self.items.mark(at) == Some(&Mark::Verb(Verb::Reorder))
    }
}

/// A bound on the mean basket of a customer.
fn mean_basket(filter: &MetricFilter) -> MetricFilter {
    MetricFilter { field: "customer_basket".to_owned(), ..filter.clone() }
}
