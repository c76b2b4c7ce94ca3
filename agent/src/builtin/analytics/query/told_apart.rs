//! Groups of customers or of orders that are measured next to each other: "buyers of alcohol and buyers of wine", "customers
//! who bought produce against those who never did", "orders with organic items vs orders without".
//!
//! Before everything else that takes conditions for rows. A side begins at a word for whoever is measured, behind a word that
//! sets things beside each other; what is said of them up to the next side is theirs alone. Each side becomes a slice:
//! whole customers or orders, by what they hold. Says nothing where there are no two sides.

use query::metrics::{Cohort, CohortOf, MetricFilter, Slice};

use super::{Builder, CUSTOMER_METRICS, Condition, LINE_FIELDS, is_flag, is_turned, of_customers};
use crate::builtin::analytics::{
    item::{Agg, Link, Mark, Noun, Verb},
    things,
};

/// The most slices that one query has.
const MOST_SIDES: usize = 8;

/// What is said of one side.
#[derive(Default)]
pub(super) struct Side {
    pub(super) label: String,
    /// Conditions on lines and times, those of one clause together, with whether it is denied.
    pub(super) held: Vec<(Vec<MetricFilter>, bool)>,
    /// Conditions on columns of whoever is measured.
    pub(super) own: Vec<MetricFilter>,
    pub(super) cohorts: Vec<Cohort>,
    /// "the rest", "those without": whatever the first side is not.
    pub(super) rest: bool,
    /// "all customers".
    pub(super) all: bool,
}

impl Builder<'_> {
    /// Takes the sides out of the conditions; whether there are any.
    pub(super) fn told_apart(&mut self) -> bool {
        let Some(of) = self.measured() else { return false };
        let starts = self.side_starts(of);
        if starts.len() < 2 || starts.len() > MOST_SIDES {
            return false;
        }
        let ends = starts.iter().skip(1).copied().chain([self.sides_end(&starts)]);
        let sides: Option<Vec<Side>> =
            starts.iter().copied().zip(ends).map(|(from, to)| self.side(from, to, of)).collect();
        let Some(sides) = sides else { return false };
        if self.both_hold(&starts, &sides) {
            return false;
        }
        let told = |side: &Side| !side.held.is_empty() || !side.own.is_empty() || !side.cohorts.is_empty();
        let Some(first) = sides.first().filter(|side| told(side) && !side.rest) else { return false };
        let others = sides.iter().skip(1);
        if others.clone().any(|side| !told(side) && !side.rest && !side.all)
            || others.clone().any(|side| side.all && told(side))
        {
            return false;
        }
        let slices: Option<Vec<Slice>> = sides.iter().map(|side| slice(side, first, of)).collect();
        let Some(slices) = slices else { return false };
        if slices.iter().enumerate().any(|(at, one)| {
            slices
                .iter()
                .skip(at + 1)
                .any(|other| one.filters == other.filters && one.cohorts == other.cohorts)
        }) {
            return false;
        }
        let (from, to) = (starts.first().copied().unwrap_or(0), self.sides_end(&starts));
        self.base.retain(|condition| condition.at < from || condition.at >= to);
        self.query.slices = slices;
        true
    }

    /// "customers that have 30 orders or more and whose last order is two weeks back": what is said in two clauses of the
    /// same ones, of two columns of theirs, where they are only counted and nothing compares.
    fn both_hold(&self, starts: &[usize], sides: &[Side]) -> bool {
        let clauses = starts.iter().skip(1).all(|at| self.items.mark(*at) == Some(&Mark::Link(Link::That)));
        let compared = self.comparing()
            || self
                .items
                .any(|mark| matches!(mark, Mark::More(_) | Mark::Difference | Mark::Versus | Mark::Or));
        let counted = self.items.places(|mark| *mark == Mark::HowMany).len() == 1
            && !self.items.any(|mark| matches!(mark, Mark::Metric(_) | Mark::Agg(_)));
        let own = sides.iter().all(|side| !side.own.is_empty() && side.held.is_empty());
        let fields: Vec<&str> =
            sides.iter().flat_map(|side| &side.own).map(|filter| filter.field.as_str()).collect();
        let apart = fields
            .iter()
            .enumerate()
            .all(|(at, field)| !fields.iter().skip(at + 1).any(|other| other == field));
        clauses && !compared && counted && own && apart
    }

    /// The figure of each side: who is measured is not counted, unless that is asked; a mean is one of theirs.
    pub(super) fn measured_of_each(&mut self) {
        let customers = self.frame.has_noun(Noun::Customer);
        let whole: &[&str] = if customers { &["customers"] } else { &["orders", "baskets"] };
        let asked = self.items.places(|mark| *mark == Mark::HowMany).into_iter().any(|at| {
            self.items.next(at).is_some_and(|next| {
                matches!(
                    self.items.mark(next),
                    Some(Mark::Noun(Noun::Customer | Noun::Order) | Mark::Where(_))
                )
            })
        });
        let others = self.query.metrics.iter().any(|metric| !whole.contains(&metric.as_str()));
        if others && !asked {
            self.query.metrics.retain(|metric| !whole.contains(&metric.as_str()));
        }
        let bigger = self.items.places(|mark| matches!(mark, Mark::More(_))).into_iter().any(|at| {
            ["larger", "bigger", "smaller", "fuller"].contains(&self.view.text(at).as_str())
                && self.items.after(at) == Some(&Mark::Noun(Noun::Order))
        });
        for metric in &mut self.query.metrics {
            let mean = match metric.as_str() {
                "orders_per_customer" if bigger => "basket_size",
                "orders" if customers && self.frame.has_agg(Agg::Mean) => "orders_per_customer",
                "items" if customers && self.frame.has_agg(Agg::Mean) => "items_per_customer",
                "items" if !customers && self.frame.has_agg(Agg::Mean) => "basket_size",
                _ => continue,
            };
            mean.clone_into(metric);
        }
    }

    /// Nothing but the sides is a row.
    pub(super) fn rows_are_sides(&mut self) {
        self.query.dimensions.clear();
        self.query.limit = None;
        self.query.summary = None;
        self.order = None;
        self.query.contrast = self.query.slices.len() == 2
            && self.query.metrics.len() == 1
            && self.items.any(|mark| *mark == Mark::Difference);
    }

    /// Whose figures are told: customers, else orders. Nobody's where rows of something else are listed or shares asked.
    fn measured(&self) -> Option<CohortOf> {
        let share = self.frame.share.is_some()
            || self.items.any(|mark| matches!(mark, Mark::MakeUp | Mark::Bands(..)));
        let listed = [
            Noun::Product,
            Noun::Aisle,
            Noun::Department,
            Noun::Hour,
            Noun::Day,
            Noun::DayPart,
            Noun::Segment,
        ]
        .into_iter()
        .any(|noun| {
            self.frame.nouns.iter().any(|placed| {
                placed.noun == noun && matches!(placed.role, super::Role::Each | super::Role::Listed)
            })
        });
        if share && !self.comparing() || listed || self.frame.rank.is_some() {
            return None;
        }
        if self.frame.has_noun(Noun::Customer) {
            Some(CohortOf::Customers)
        } else if self.frame.has_noun(Noun::Order) {
            Some(CohortOf::Orders)
        } else {
            None
        }
    }

    /// Where sides begin: at the first word for whoever is measured, then at each behind a word that sets apart.
    fn side_starts(&self, of: CohortOf) -> Vec<usize> {
        let noun = if of == CohortOf::Orders { Noun::Order } else { Noun::Customer };
        let mut starts: Vec<usize> = Vec::new();
        for at in 0..self.items.len() {
            let subject = self.items.mark(at) == Some(&Mark::Noun(noun));
            let figure = matches!(self.items.after(at), Some(Mark::Link(Link::Of | Link::For | Link::In)));
            let pronoun = matches!(self.items.mark(at), Some(Mark::Rest))
                || ["those", "ones", "the ones", "everyone", "everybody"]
                    .contains(&self.view.text(at).as_str())
                || self.items.mark(at) == Some(&Mark::Link(Link::That)) && !figure && self.sets_apart(at);
            let told = |from: usize| {
                (from..at)
                    .any(|place| matches!(self.items.mark(place), Some(Mark::Where(_) | Mark::Among(_))))
            };
            let known = subject || pronoun && starts.last().is_some_and(|last| told(*last));
            if !known {
                continue;
            }
            let mut from = at;
            while subject
                && from > 0
                && matches!(self.items.mark(from - 1), Some(Mark::Where(_) | Mark::Skip | Mark::Among(_)))
            {
                from -= 1;
            }
            if starts.is_empty() || self.sets_apart(from) && starts.last().is_some_and(|last| *last < from) {
                starts.push(from);
            }
        }
        starts
    }

    /// Whether a word that sets things beside each other stands right before a place.
    fn sets_apart(&self, at: usize) -> bool {
        let before = (0..at).rev().find(|place| {
            !matches!(
                self.items.mark(*place),
                Some(
                    Mark::Skip
                        | Mark::Each
                        | Mark::HowMany
                        | Mark::Agg(_)
                        | Mark::Link(
                            Link::Of | Link::For | Link::In | Link::To | Link::With | Link::On | Link::At
                        )
                )
            ) && !["those", "ones"].contains(&self.view.text(*place).as_str())
        });
        before.is_some_and(|place| {
            matches!(
                self.items.mark(place),
                Some(Mark::And | Mark::Or | Mark::Comma | Mark::Versus | Mark::Than | Mark::More(_))
            )
        })
    }

    /// Where the last side ends: at the figure behind it, else at the end.
    fn sides_end(&self, starts: &[usize]) -> usize {
        let last = starts.last().copied().unwrap_or(0);
        (last + 1..self.items.len())
            .find(|at| {
                matches!(
                    self.items.mark(*at),
                    Some(
                        Mark::Metric(_) | Mark::HowMany | Mark::HowMuch | Mark::Agg(Agg::Mean | Agg::Median)
                    )
                )
            })
            .unwrap_or(self.items.len())
    }

    /// What is said between two places; none where it is no set of conditions.
    pub(super) fn side(&self, from: usize, to: usize, of: CohortOf) -> Option<Side> {
        let mut side = Side::default();
        let mut words: Vec<String> = Vec::new();
        let mut denied = false;
        let mut opens = true;
        for at in from..to {
            match self.items.mark(at)? {
                Mark::Where(filters) => {
                    words.extend(denied.then(|| "not".to_owned()));
                    words.push(self.view.text(at));
                    for filter in filters {
                        if belongs(filter, of) {
                            side.own.push(filter.clone());
                        } else if is_held(filter) {
                            hold(&mut side.held, filter, denied, opens);
                            opens = false;
                        } else {
                            return None;
                        }
                    }
                }
                Mark::Among(cohort) => {
                    words.push(self.view.text(at));
                    side.cohorts.push(Cohort { not: cohort.not != denied, ..Cohort::clone(cohort) });
                }
                Mark::Having(_) | Mark::Bound(..) | Mark::Rank(..) | Mark::Share | Mark::Metric(_) => {
                    return None;
                }
                Mark::Never | Mark::Not => denied = true,
                Mark::Verb(Verb::Buy | Verb::Place) if opens => {
                    denied &= self.items.before(at).is_some_and(|mark| {
                        matches!(mark, Mark::Not | Mark::Never | Mark::Link(_) | Mark::Word)
                    });
                }
                Mark::And | Mark::Comma | Mark::Or => opens = true,
                Mark::Rest => side.rest = true,
                _ => {}
            }
        }
        let nothing = side.held.is_empty() && side.own.is_empty() && side.cohorts.is_empty();
        side.rest = nothing && (side.rest || denied);
        side.all = nothing
            && !side.rest
            && (from.saturating_sub(2)..to).any(|at| {
                let words = self.view.text(at);
                ["all", "every", "everyone", "everybody", "average", "overall"]
                    .iter()
                    .any(|all| words.split(' ').any(|word| word == *all))
            });
        side.label = if side.rest {
            "the others".to_owned()
        } else if side.all {
            "all".to_owned()
        } else {
            words.join(" ")
        };
        Some(side)
    }

    /// "orders with items": whoever is measured, and no figure.
    pub(super) fn is_whole(&self, at: usize) -> bool {
        matches!(self.items.mark(at), Some(Mark::Metric(name)) if matches!(name.as_str(), "orders" | "baskets" | "customers"))
    }

    /// "average churn risk of customers whose first order had something organic": a figure of customers is one of whole
    /// customers, whichever line or order picks them.
    pub(super) fn of_whole_customers(&mut self) {
        let own = |metric: &String| CUSTOMER_METRICS.contains(&metric.as_str());
        if self.query.metrics.is_empty()
            || !self.query.metrics.iter().all(own)
            || !self.query.slices.is_empty()
        {
            return;
        }
        let held = |condition: &Condition| {
            is_held(&condition.filter) && !belongs(&condition.filter, CohortOf::Customers)
        };
        let grouped = |condition: &Condition| self.query.dimensions.contains(&condition.filter.field);
        if !self.base.iter().any(held) || self.base.iter().any(grouped) {
            return;
        }
        let (from, to) = match (self.base.iter().map(|c| c.at).min(), self.base.iter().map(|c| c.at).max()) {
            (Some(from), Some(to)) => (self.clause_of(from), to + 1),
            _ => return,
        };
        let Some(mut side) = self.side(from, to, CohortOf::Customers) else { return };
        // Conditions that were taken elsewhere are not among them.
        let known: Vec<MetricFilter> = self.base.iter().map(|c| c.filter.clone()).collect();
        for (bought, _) in &mut side.held {
            bought.retain(|filter| known.contains(filter));
        }
        side.held.retain(|(bought, _)| !bought.is_empty());
        side.cohorts.clear();
        self.base.retain(|condition| !held(condition));
        self.query.cohorts.extend(self::held(&side, CohortOf::Customers));
    }

    /// Where the clause of a condition begins: behind the figure before it.
    fn clause_of(&self, at: usize) -> usize {
        (0..at)
            .rev()
            .find(|place| {
                matches!(self.items.mark(*place), Some(Mark::Metric(_) | Mark::HowMany | Mark::Agg(_)))
            })
            .map_or(0, |place| place + 1)
    }
}

/// Adds a condition to the clause it stands in: what one line or order meets all of.
fn hold(held: &mut Vec<(Vec<MetricFilter>, bool)>, filter: &MetricFilter, denied: bool, opens: bool) {
    match held.last_mut() {
        Some((bought, same))
            if !opens && *same == denied && bought.iter().all(|known| known.field != filter.field) =>
        {
            bought.push(filter.clone());
        }
        _ => held.push((vec![filter.clone()], denied)),
    }
}

/// Whether a condition is on a column of whoever is measured.
fn belongs(filter: &MetricFilter, of: CohortOf) -> bool {
    let own_orders = [
        "order_size",
        "order_number",
        "order_hour_of_day",
        "order_dow",
        "day_part",
        "days_since_prior_order",
        "size_band",
    ];
    of_customers(filter)
        || filter.field == "user_id"
        || of == CohortOf::Orders && own_orders.contains(&filter.field.as_str())
}

/// Whether a condition says which lines or orders somebody has.
fn is_held(filter: &MetricFilter) -> bool {
    LINE_FIELDS.contains(&filter.field.as_str())
        || is_flag(filter)
        || [
            "order_size",
            "order_number",
            "order_hour_of_day",
            "order_dow",
            "day_part",
            "cart_place",
            "days_since_prior_order",
        ]
        .contains(&filter.field.as_str())
}

/// The slice of a side; none where the rest of several conditions would be meant.
fn slice(side: &Side, first: &Side, of: CohortOf) -> Option<Slice> {
    let label: String = side.label.chars().take(80).collect();
    if side.all {
        return Some(Slice { label, ..Slice::default() });
    }
    if !side.rest {
        return Some(Slice { label, filters: side.own.clone(), cohorts: held(side, of) });
    }
    let cohorts = held(first, of);
    match (first.own.as_slice(), cohorts.as_slice()) {
        ([own], []) => Some(Slice { label, filters: vec![things::opposite(own)?], cohorts: Vec::new() }),
        ([], [cohort]) => {
            let rest = Cohort { not: !cohort.not, ..cohort.clone() };
            Some(Slice { label, filters: Vec::new(), cohorts: vec![rest] })
        }
        _ => None,
    }
}

/// What a side's customers or orders hold, each clause in one line or order, and what they do not.
pub(super) fn held(side: &Side, of: CohortOf) -> Vec<Cohort> {
    let mut cohorts = side.cohorts.clone();
    for (clause, denied) in &side.held {
        let (turned, plain): (Vec<&MetricFilter>, Vec<&MetricFilter>) =
            clause.iter().partition(|filter| is_turned(filter));
        for filter in turned {
            let bought = vec![things::opposite(filter).unwrap_or_else(|| filter.clone())];
            cohorts.push(Cohort { of, bought, not: true, ..Cohort::default() });
        }
        if !plain.is_empty() {
            let bought = plain.into_iter().cloned().collect();
            cohorts.push(Cohort { of, bought, not: *denied, ..Cohort::default() });
        }
    }
    cohorts
}
