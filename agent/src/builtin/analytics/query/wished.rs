//! What is asked of which things: how many of them, which of them, the first of them.
//!
//! Marks → [`Wished`]: "how many products …", "share of customers …", "which aisles …", "the 5 departments …", "aisles
//! where …". Whoever reads a relation between figures of the same things starts from it.

use crate::builtin::{
    analytics::{
        frame::{View, whole_count},
        item::{End, Items, Link, Mark, Noun},
    },
    intent::Shape,
};

/// What is wanted of things.
#[derive(Debug, Clone, Copy)]
pub(super) enum Wish {
    /// How many there are, and which share of all.
    Number,
    /// Each of them.
    List,
    /// Those at an end, up to so many.
    Ranked(End, Option<u32>),
}

impl Wish {
    /// How the answer is told, where it has so many rows at most.
    pub(super) fn shape(self, limit: Option<u32>) -> Shape {
        match (self, limit) {
            (Self::Number, _) => Shape::Single,
            (_, Some(1)) => Shape::Extreme,
            (_, Some(_)) => Shape::Ranking,
            _ => Shape::Breakdown,
        }
    }
}

/// The things with their place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wished {
    pub(super) wish: Wish,
    pub(super) at: usize,
    pub(super) noun: Noun,
}

/// Finds the things; a named share of some is of them where `shares` says so.
pub(super) fn wished(items: &Items, view: &View<'_>, shares: bool) -> Option<Wished> {
    for (at, item) in items.0.iter().enumerate() {
        let counts = match &item.mark {
            Mark::HowMany | Mark::Share => behind(items, at),
            Mark::ShareOf(metric) => {
                let nouns = [Noun::Customer, Noun::Product, Noun::Aisle, Noun::Department];
                let noun = nouns.into_iter().find(|noun| noun.count() == Some(metric.as_str()));
                noun.filter(|_| shares).map(|noun| (at, noun))
            }
            _ => None,
        };
        if let Some((at, noun)) = counts {
            return Some(Wished { wish: Wish::Number, at, noun });
        }
    }
    // "…: how many", "…, for what share is it larger": the things stand before.
    let counted_last = (0..items.len()).any(|at| match items.mark(at) {
        Some(Mark::HowMany) => at > 2 && !matches!(items.after(at), Some(Mark::More(_) | Mark::Noun(_))),
        Some(Mark::Share) => {
            let asked = ["what", "which", "how"].iter().any(|word| view.text(at).starts_with(word))
                || matches!(items.before(at), Some(Mark::Which | Mark::HowMany));
            at > 2
                && asked
                && matches!(
                    items.after(at),
                    None | Some(
                        Mark::Comma | Mark::Where(_) | Mark::Verb(_) | Mark::Link(Link::Is | Link::With)
                    )
                )
        }
        _ => false,
    });
    for (at, item) in items.0.iter().enumerate() {
        let found = match &item.mark {
            Mark::Which | Mark::Rank(..) => behind(items, at),
            Mark::Noun(_) if items.previous(at).is_none_or(|before| opens(items, view, before)) => {
                thing(items, at).map(|noun| (at, noun))
            }
            _ => None,
        };
        if let Some((at, noun)) = found {
            return Some(Wished { wish: if counted_last { Wish::Number } else { Wish::List }, at, noun });
        }
    }
    None
}

/// The end of the ranking and how many rows, where one is asked for beside the words at `places`.
pub(super) fn ranked(items: &Items, places: &[usize]) -> Option<(End, Option<u32>)> {
    let (end, at) = items.0.iter().enumerate().find_map(|(at, item)| match item.mark {
        Mark::Rank(end, _) if !places.contains(&at) => Some((end, at)),
        _ => None,
    })?;
    let near = [at.checked_sub(1), Some(at + 1), number_of_things(items)];
    Some((end, near.into_iter().flatten().find_map(|place| whole_count(items.mark(place)))))
}

/// "in which 3 is …": a number that stands alone behind the question word, or before the things.
fn number_of_things(items: &Items) -> Option<usize> {
    items.places(|mark| matches!(mark, Mark::Number(_))).into_iter().find(|at| {
        matches!(items.before(*at), Some(Mark::Which)) || matches!(items.after(*at), Some(Mark::Noun(_)))
    })
}

fn thing(items: &Items, at: usize) -> Option<Noun> {
    match items.mark(at) {
        Some(Mark::Noun(
            noun @ (Noun::Product
            | Noun::Aisle
            | Noun::Department
            | Noun::Customer
            | Noun::Segment
            | Noun::Hour
            | Noun::Day
            | Noun::DayPart),
        )) => Some(*noun),
        _ => None,
    }
}

/// The things right behind a word.
fn behind(items: &Items, at: usize) -> Option<(usize, Noun)> {
    let next = (at + 1..items.len()).find(|place| {
        !matches!(
            items.mark(*place),
            Some(Mark::Skip | Mark::Distinct | Mark::Link(Link::Of) | Mark::Number(_) | Mark::Rank(..))
        )
    })?;
    Some((next, thing(items, next)?))
}

/// Whether nothing that matters stands up to a place: "the 5 aisles", "list departments", "for each department".
fn opens(items: &Items, view: &View<'_>, at: usize) -> bool {
    (0..=at).all(|place| {
        matches!(
            items.mark(place),
            Some(
                Mark::Skip
                    | Mark::Number(_)
                    | Mark::Rank(..)
                    | Mark::Link(Link::In | Link::Of | Link::For)
                    | Mark::Which
                    | Mark::Comma
                    | Mark::Table
            )
        ) || items.mark(place) == Some(&Mark::Each) && view.text(place) != "by"
    })
}
