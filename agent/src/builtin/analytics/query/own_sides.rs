//! Each thing against itself in two states: "how many products sell more in the evening than in the morning", "aisles with
//! twice as many organic items as others", "the department whose reorder rate falls most from small to large orders".
//!
//! Marks → [`OwnSides`] → a contrast of two slices by the thing, with a condition on how they compare, counted, listed or
//! ranked. It takes a thing that is asked for, two states that stand apart, and words that compare them: a comparative, a
//! multiple, a change from the one to the other, a gap between them. Where one of those is missing, the question is none.

use query::metrics::{
    Cohort, CohortOf, FilterOp, FilterValue, MetricFilter, MetricQuery, OrderBy, Slice, Summary,
};

use super::{
    Asked, Builder, Direction,
    states::{State, stand_apart, states},
    wished::{Wish, Wished, ranked, wished},
};
use crate::builtin::analytics::{
    frame::{Frame, View},
    item::{End, Items, Link, Mark, Noun, Verb},
};

/// Things that are compared with themselves.
#[derive(Debug, Clone)]
pub(super) struct OwnSides {
    group: Noun,
    figure: String,
    /// Shares of all that is in a state, not amounts.
    share: bool,
    /// The first is expected to be more, or is what is taken from.
    states: [State; 2],
    relation: Relation,
    wish: Wish,
    /// The places of the words that say so.
    places: Vec<usize>,
}

/// How the two states compare.
#[derive(Debug, Clone, Copy)]
enum Relation {
    /// The first is more, or less.
    Apart(FilterOp),
    /// The first is so many times the second.
    Times(FilterOp, f64),
    /// The difference itself is asked for.
    Difference,
}

impl OwnSides {
    /// Finds out whether things are compared with themselves.
    pub(super) fn read(items: &Items, view: &View<'_>, frame: &Frame) -> Option<Self> {
        Reader { items, view, frame }.read()
    }
}

impl Builder<'_> {
    /// The query of things compared with themselves.
    pub(super) fn build_own_sides(&mut self, asked: &OwnSides) -> Asked {
        let OwnSides { group, states: [first, second], .. } = asked;
        let [own, other] = [first, second].map(|state| &state.filter.field);
        self.base.retain(|c| c.filter.field != *own && c.filter.field != *other);
        let slice = |state: &State| Slice {
            label: state.label.clone(),
            filters: vec![state.filter.clone()],
            cohorts: Vec::new(),
        };
        let mut slices = vec![slice(first), slice(second)];
        if first.label == second.label {
            for (slice, label) in slices.iter_mut().zip(["the first of them", "the second of them"]) {
                label.clone_into(&mut slice.label);
            }
        }
        self.query = MetricQuery {
            metrics: vec![asked.figure.clone()],
            dimensions: vec![group.dimension().to_owned()],
            slices,
            contrast: true,
            share_of_total: asked.share,
            ..MetricQuery::default()
        };
        let compared = |field: &str, op: FilterOp, value: FilterValue| MetricFilter {
            field: field.to_owned(),
            op,
            values: vec![value],
        };
        let (by, direction) = match asked.relation {
            Relation::Apart(op) => {
                self.query.filters.push(compared("difference", op, FilterValue::Integer(0)));
                let low = op == FilterOp::Lt;
                ("difference", if low { Direction::Asc } else { Direction::Desc })
            }
            Relation::Times(op, factor) => {
                self.query.filters.push(compared("ratio", op, FilterValue::Number(factor)));
                ("ratio", if factor < 1.0 { Direction::Asc } else { Direction::Desc })
            }
            Relation::Difference if either_way(self.view) => ("distance", Direction::Desc),
            Relation::Difference => ("difference", Direction::Desc),
        };
        let by_end = |end: End| if end == End::Low { Direction::Asc } else { Direction::Desc };
        let direction = match (asked.relation, asked.wish) {
            (Relation::Difference, Wish::Ranked(end, _)) => by_end(end),
            _ => direction,
        };
        match asked.wish {
            Wish::Number => self.query.summary = Some(Summary::Count),
            Wish::Ranked(_, limit) => self.query.limit = limit,
            Wish::List => {}
        }
        if self.query.summary.is_none() {
            self.query.order_by = vec![OrderBy { field: by.to_owned(), direction: Some(direction) }];
        }
        self.sized_things(asked);
        self.members();
        let mut built = self.finish(true);
        built.query.order_by.truncate(1);
        built.shape = asked.wish.shape(built.query.limit);
        built.told.clone_from(&asked.places);
        built
    }

    /// "departments with at least 200 organic items": who is compared, by a figure of each; in that state where it is named.
    fn sized_things(&mut self, asked: &OwnSides) {
        let of = match asked.group {
            Noun::Customer => CohortOf::Customers,
            Noun::Product | Noun::Item => CohortOf::Products,
            Noun::Aisle => CohortOf::Aisles,
            Noun::Department => CohortOf::Departments,
            _ => return,
        };
        for (at, item) in self.items.0.iter().enumerate() {
            let Mark::Having(having) = &item.mark else { continue };
            if asked.places.contains(&at) {
                continue;
            }
            let text = self.view.text(at);
            let state = asked.states.iter().find(|state| text.contains(state.label.as_str()));
            self.query.cohorts.push(Cohort {
                of,
                bought: state.map(|state| state.filter.clone()).into_iter().collect(),
                having: vec![having.clone()],
                ..Cohort::default()
            });
        }
    }

    /// The cohorts that the question names.
    fn members(&mut self) {
        for item in &self.items.0 {
            if let Mark::Among(cohort) = &item.mark {
                self.query.cohorts.push((**cohort).clone());
            }
        }
    }
}

struct Reader<'a> {
    items: &'a Items,
    view: &'a View<'a>,
    frame: &'a Frame,
}

impl Reader<'_> {
    fn read(&self) -> Option<OwnSides> {
        let Wished { wish, at, noun: group } =
            wished(self.items, self.view, !self.changes() && !self.is_gap())?;
        let [first, second] = self.pair(group)?;
        let (relation, turned, mut places) = self.relation(&first, &second)?;
        let wish = match (wish, ranked(self.items, &places)) {
            (Wish::List, Some((end, limit))) => {
                Wish::Ranked(end, limit.or_else(|| self.view.is_singular(at).then_some(1)))
            }
            (Wish::List, None) if matches!(relation, Relation::Difference) => return None,
            (wish, _) => wish,
        };
        // "gains from the first to the second": what it comes to less what it was; a loss is told as one.
        let grows = turned && matches!(relation, Relation::Apart(FilterOp::Lt));
        let [first, second] = if grows { [second, first] } else { [first, second] };
        let (wish, relation) = match (wish, relation) {
            (Wish::Ranked(..), Relation::Apart(_)) if turned => (wish, Relation::Difference),
            (_, Relation::Apart(_)) if turned => (wish, Relation::Apart(FilterOp::Gt)),
            other => other,
        };
        let (figure, share) = self.figure(group, &first, &places);
        places.extend([first.at, second.at]);
        places.extend(self.spoken(&["direction", "absolute", "absolutely", "sign", "whichever", "either"]));
        Some(OwnSides { group, figure, share, states: [first, second], relation, wish, places })
    }

    /// The two states, as they are compared: around "than", else the first two that stand apart.
    fn pair(&self, group: Noun) -> Option<[State; 2]> {
        let found: Vec<State> = states(self.items, self.view)
            .into_iter()
            .filter(|state| state.filter.field != group.dimension())
            .collect();
        let says_than = |at: &usize| {
            self.items.mark(*at) == Some(&Mark::Than)
                || matches!(self.items.mark(*at), Some(Mark::More(_)))
                    && self.view.text(*at).ends_with("than")
        };
        let than = (0..self.items.len()).find(says_than);
        let pairs = found.iter().enumerate().flat_map(|(place, one)| {
            found
                .iter()
                .skip(place + 1)
                .filter(|other| stand_apart(one, other))
                .map(move |other| (one, other))
        });
        let mut pairs: Vec<(&State, &State)> = pairs.collect();
        // Those that stand nearest to each other belong together.
        pairs.sort_by_key(|(one, other)| {
            let around = than.is_none_or(|than| one.at < than && than <= other.at);
            (!around, other.at - one.at)
        });
        pairs.first().map(|(one, other)| [(*one).clone(), (*other).clone()])
    }

    /// How the states compare, whether it is a change, and which words say so. The second state of a change is what it
    /// comes to, so the two are told in the order that the relation is about.
    fn relation(&self, first: &State, second: &State) -> Option<(Relation, bool, Vec<usize>)> {
        if let Some((relation, places)) = self.multiple() {
            return Some((relation, false, places));
        }
        let said = |at: usize| self.view.text(at).split(' ').any(|word| word == "than");
        let than = self.items.any(|mark| *mark == Mark::Than)
            || self.items.places(|mark| matches!(mark, Mark::More(_))).into_iter().any(said)
            || [first, second].iter().any(|state| said(state.at));
        let more = self.items.places(|mark| matches!(mark, Mark::More(_)));
        if let (true, Some(at)) = (than, more.first())
            && let Some(Mark::More(end)) = self.items.mark(*at)
        {
            let op = if *end == End::High { FilterOp::Gt } else { FilterOp::Lt };
            return Some((Relation::Apart(op), false, vec![*at]));
        }
        if let Some((at, end)) = self.verb(&EXCEEDS, &FALLS_SHORT) {
            let op = if end == End::High { FilterOp::Gt } else { FilterOp::Lt };
            return Some((Relation::Apart(op), false, at));
        }
        if let Some((at, end)) = self.verb(&GROWS, &SHRINKS)
            && self.items.any(|mark| matches!(mark, Mark::Link(Link::From | Link::To) | Mark::Between))
        {
            // From the first to the second: growth is where the first is less.
            let op = if end == End::High { FilterOp::Lt } else { FilterOp::Gt };
            return Some((Relation::Apart(op), true, at));
        }
        if self.is_gap() {
            return Some((Relation::Difference, false, self.spoken(&GAPS)));
        }
        None
    }

    /// "twice as many", "three times as often", "less than half".
    fn multiple(&self) -> Option<(Relation, Vec<usize>)> {
        let tokens = self.view.tokens;
        let word = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
        let as_often = |at: usize| {
            matches!(word(at), "as" | "more" | "the" | "higher" | "larger" | "that" | "what" | "those")
        };
        for at in 0..tokens.len() {
            let (factor, end) = match word(at) {
                "twice" | "double" | "doubly" if as_often(at + 1) => (2.0, at + 1),
                "thrice" | "triple" if as_often(at + 1) => (3.0, at + 1),
                "half" if matches!(word(at + 1), "as" | "the" | "that" | "of") => (0.5, at + 1),
                "times" | "x" if as_often(at + 1) => match self.number_before(at) {
                    Some(factor) => (factor, at + 1),
                    None => continue,
                },
                _ => continue,
            };
            let words: Vec<&str> = (at.saturating_sub(4)..at).map(word).collect();
            let words = words.join(" ");
            let op = if words.contains("less than") || words.contains("under") || words.contains("at most") {
                FilterOp::Lt
            } else if words.contains("more than") || words.contains("over") {
                FilterOp::Gt
            } else if factor < 1.0 {
                FilterOp::Le
            } else {
                FilterOp::Ge
            };
            let places = (0..self.items.len()).filter(|place| {
                self.items.0.get(*place).is_some_and(|item| item.to + 3 > at && item.from <= end + 1)
                    && !matches!(self.items.mark(*place), Some(Mark::Where(_)))
            });
            return Some((Relation::Times(op, factor), places.collect()));
        }
        None
    }

    /// The number in front of "times".
    fn number_before(&self, token: usize) -> Option<f64> {
        let word = self.view.tokens.get(token.checked_sub(1)?)?.text.as_str();
        let spelt = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
        let spelt = spelt.iter().zip(1_u32..).find(|(name, _)| **name == word).map(|(_, n)| f64::from(n));
        spelt.or_else(|| word.parse().ok()).filter(|factor: &f64| *factor > 0.0)
    }

    /// The places of words that begin with one of the stems.
    fn spoken(&self, stems: &[&str]) -> Vec<usize> {
        let says = |at: &usize| {
            let text = self.view.text(*at);
            text.split(' ').any(|word| stems.iter().any(|stem| word == *stem || inflected(word, stem)))
        };
        (0..self.items.len()).filter(says).collect()
    }

    /// The verb that is spoken, with its end.
    fn verb(&self, high: &[&str], low: &[&str]) -> Option<(Vec<usize>, End)> {
        let both = [(high, End::High), (low, End::Low)];
        both.into_iter().map(|(stems, end)| (self.spoken(stems), end)).find(|(places, _)| !places.is_empty())
    }

    fn changes(&self) -> bool {
        self.verb(&GROWS, &SHRINKS).is_some()
    }

    fn is_gap(&self) -> bool {
        !self.spoken(&GAPS).is_empty() && self.items.any(|mark| *mark == Mark::Between)
            || !self.spoken(&["furthest", "farthest"]).is_empty()
    }

    /// The figure that is compared, and whether its share.
    fn figure(&self, group: Noun, state: &State, places: &[usize]) -> (String, bool) {
        let field = state.filter.field.as_str();
        let of_orders = matches!(
            field,
            "order_number" | "order_kind" | "order_size" | "size_band" | "day_part" | "order_dow"
        );
        let customer = group == Noun::Customer;
        let one_order = customer && field == "order_number";
        let share = self.items.0.iter().find_map(|item| match &item.mark {
            Mark::ShareOf(name) if group.count() != Some(name.as_str()) => Some(name.clone()),
            _ => None,
        });
        if let Some(metric) = share {
            return (metric, true);
        }
        let gap = |at: usize| places.contains(&at) || self.items.after(at) == Some(&Mark::Between);
        let before = field == "bought_before";
        let named = self.frame.metrics.iter().find(|(name, at)| {
            !gap(*at) && group.count() != Some(name.as_str()) && !(before && name == "reorders")
        });
        if let Some((name, _)) = named {
            let sized = one_order && matches!(name.as_str(), "items");
            return (if sized { "basket_size" } else { name.as_str() }.to_owned(), false);
        }
        let share = self.frame.share.is_some() && (self.changes() || self.is_gap());
        if one_order {
            return ("basket_size".to_owned(), share);
        }
        let counted = self.items.0.iter().enumerate().find_map(|(at, item)| match item.mark {
            Mark::Noun(noun) if noun != group && !places.contains(&at) => {
                let than = matches!(self.items.before(at), Some(Mark::More(_)))
                    || noun == Noun::Order && matches!(self.items.after(at), Some(Mark::More(_)))
                    || matches!(self.items.before(at), Some(Mark::Where(_)))
                    || self.in_multiple(at);
                noun.count().filter(|_| than)
            }
            _ => None,
        });
        let sized = of_orders
            && self.items.0.iter().enumerate().any(|(at, item)| {
                matches!(item.mark, Mark::More(_))
                    && matches!(self.view.text(at).as_str(), "larger" | "bigger" | "smaller" | "fuller")
            });
        let placed = self.items.any(|mark| *mark == Mark::Verb(Verb::Place))
            && !self.items.any(|mark| *mark == Mark::Verb(Verb::Buy));
        let figure = match counted {
            Some("products") => "products_bought",
            Some(metric) => metric,
            None if sized => "basket_size",
            None if self.items.any(|mark| *mark == Mark::Verb(Verb::Reorder)) => "reorder_rate",
            None if customer && of_orders && placed => "orders",
            None if customer && of_orders && self.says_often() => "orders",
            None => "items",
        };
        (figure.to_owned(), share)
    }

    /// "twice as many orders": the noun behind a multiple.
    fn in_multiple(&self, at: usize) -> bool {
        let before = self.items.previous(at).map(|before| self.view.text(before)).unwrap_or_default();
        matches!(before.as_str(), "many" | "as many" | "much") || before.ends_with("as many")
    }

    fn says_often(&self) -> bool {
        self.view.tokens.iter().any(|token| matches!(token.text.as_str(), "often" | "frequently" | "rather"))
    }
}

/// "in whichever direction", "in absolute terms": how far apart, not which is more.
pub(super) fn either_way(view: &View<'_>) -> bool {
    view.tokens.iter().any(|token| {
        matches!(
            token.text.as_str(),
            "direction" | "directions" | "absolute" | "absolutely" | "sign" | "whichever"
        )
    })
}

/// Whether a word is a form of a verb.
fn inflected(word: &str, stem: &str) -> bool {
    word.strip_prefix(stem).is_some_and(|ending| {
        matches!(ending, "s" | "es" | "d" | "ed" | "ing" | "ping" | "ped" | "ning" | "n")
    })
}

/// Verbs of which the subject is more.
const EXCEEDS: [&str; 6] = ["exceed", "beat", "outsell", "outnumber", "outweigh", "overtake"];
/// Verbs of which the subject is less.
const FALLS_SHORT: [&str; 2] = ["trail", "lag"];
/// Verbs and nouns of more.
const GROWS: [&str; 14] = [
    "gain", "grow", "rise", "increase", "climb", "improve", "win", "jump", "growth", "rose", "grew",
    "expand", "boost", "uplift",
];
/// Verbs and nouns of less.
const SHRINKS: [&str; 12] = [
    "lose", "shrink", "drop", "fall", "decline", "decrease", "lost", "loss", "fell", "sink", "dip", "worsen",
];
/// What lies between two figures.
const GAPS: [&str; 5] = ["gap", "difference", "spread", "swing", "differ"];
