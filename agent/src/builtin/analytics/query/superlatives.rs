//! Several rankings in one question: "the busiest and the quietest hour", "which aisle has the most customers and which one
//! the most items", "top 3 departments by items and top 3 by reorder rate".
//!
//! Each is read as the question that it would be alone, with the rows, the number of rows and the figure that it leaves to
//! the others. They are told one after the other; where a figure of one ranking is only shown beside its rows ("the aisle
//! with the most items, and its most bought product") there is one ranking, and this reads nothing.

use super::{Asked, query_alone};
use crate::builtin::analytics::{
    frame::{self, Frame, Role, View, whole_count},
    item::{Item, Items, Mark},
};

/// More than anybody asks for at once.
const MOST: usize = 4;
/// Words that make the second ranking one of the rows of the first.
const OWN: [&str; 7] = ["its", "their", "them", "those", "these", "whose", "there"];

/// A stretch with one word of ranking.
#[derive(Debug, Clone, Default, PartialEq)]
struct Stretch {
    from: usize,
    to: usize,
    rank: usize,
    /// What is ranked, with its number.
    rows: Vec<usize>,
    /// What it goes by.
    figures: Vec<usize>,
    conditions: Vec<usize>,
}

/// The rankings of a question.
struct Rankings<'a> {
    items: &'a Items,
    view: &'a View<'a>,
    frame: &'a Frame,
    stretches: Vec<Stretch>,
}

/// Reads them; none where there is one ranking, or none.
pub(super) fn read(items: &Items, view: &View<'_>, frame: &Frame) -> Option<Asked> {
    let rankings = Rankings::find(items, view, frame)?;
    let mut asked = (0..rankings.stretches.len()).map(|number| rankings.alone(number));
    let mut first = asked.next()??;
    for another in asked {
        let another = another?;
        if another.query == first.query {
            return None;
        }
        first.more.push((another.query, another.shape));
    }
    Some(first)
}

impl<'a> Rankings<'a> {
    /// The stretches between "and" and commas, each with one word of ranking.
    fn find(items: &'a Items, view: &'a View<'a>, frame: &'a Frame) -> Option<Self> {
        let ranks = items.places(|mark| matches!(mark, Mark::Rank(..)));
        let other = |mark: &Mark| {
            matches!(
                mark,
                Mark::Than
                    | Mark::Difference
                    | Mark::More(_)
                    | Mark::EachOne
                    | Mark::Bands(..)
                    | Mark::Percent(_)
                    | Mark::Share
                    | Mark::Not
                    | Mark::Never
            )
        };
        if !(2..=MOST).contains(&ranks.len()) || items.any(other) {
            return None;
        }
        let mut rankings = Self { items, view, frame, stretches: Vec::new() };
        let mut from = 0;
        for (number, rank) in ranks.iter().enumerate() {
            let to = match ranks.get(number + 1) {
                Some(next) => (rank + 1..*next)
                    .rev()
                    .find(|at| matches!(items.mark(*at), Some(Mark::And | Mark::Comma | Mark::Versus)))?,
                None => items.len(),
            };
            rankings.stretches.push(rankings.stretch(from, to, *rank));
            from = to + 1;
        }
        let owned = rankings.stretches.iter().skip(1).any(|stretch| {
            (stretch.from..stretch.to).any(|at| view.text(at).split(' ').any(|word| OWN.contains(&word)))
        });
        let apart = rankings.stretches.windows(2).all(|pair| match pair {
            [one, other] => rankings.differ(one, other),
            _ => false,
        });
        (apart && !owned).then_some(rankings)
    }

    fn stretch(&self, from: usize, to: usize, rank: usize) -> Stretch {
        let mut stretch = Stretch { from, to, rank, ..Stretch::default() };
        for at in from..to {
            match self.items.mark(at) {
                Some(Mark::Metric(_)) => stretch.figures.push(at),
                Some(Mark::Where(_) | Mark::Having(_) | Mark::Among(_)) => stretch.conditions.push(at),
                Some(Mark::Noun(_)) => match self.role(at) {
                    Some(Role::Listed) => {
                        let number = self.items.previous(at).filter(|number| {
                            *number >= from && whole_count(self.items.mark(*number)).is_some()
                        });
                        stretch.rows.extend(number);
                        stretch.rows.push(at);
                    }
                    Some(Role::Amount | Role::Counted) => stretch.figures.push(at),
                    _ => {}
                },
                _ => {}
            }
        }
        stretch
    }

    fn role(&self, at: usize) -> Option<Role> {
        self.frame.nouns.iter().find(|placed| placed.at == at).map(|placed| placed.role)
    }

    fn marks(&self, places: &[usize]) -> Vec<&Mark> {
        places.iter().filter_map(|at| self.items.mark(*at)).collect()
    }

    /// Whether two of them say different things; "the most bought and most popular products" are one list.
    fn differ(&self, one: &Stretch, other: &Stretch) -> bool {
        let unlike = |of: fn(&Stretch) -> &Vec<usize>| {
            let (one, other) = (self.marks(of(one)), self.marks(of(other)));
            !one.is_empty() && !other.is_empty() && one != other
        };
        let end = |stretch: &Stretch| match self.items.mark(stretch.rank) {
            Some(Mark::Rank(end, _)) => Some(*end),
            _ => None,
        };
        end(one) != end(other)
            || unlike(|stretch| &stretch.rows)
            || unlike(|stretch| &stretch.figures)
            || unlike(|stretch| &stretch.conditions)
    }

    /// One ranking as the question that it would be alone: without what the others say, but for what it leaves to them.
    fn alone(&self, number: usize) -> Option<Asked> {
        let stretch = self.stretches.get(number)?;
        let worded = matches!(self.items.mark(stretch.rank), Some(Mark::Rank(_, Some(_))));
        let others = || {
            let behind = self.stretches.iter().skip(number + 1);
            behind.chain(self.stretches.iter().take(number).rev())
        };
        let lent = |own: &[usize], of: fn(&Stretch) -> &Vec<usize>| {
            let lender = others().find(|other| !of(other).is_empty());
            lender.filter(|_| own.is_empty()).map(|other| of(other).clone()).unwrap_or_default()
        };
        let mut kept = lent(&stretch.rows, |other| &other.rows);
        if !worded {
            let figures = lent(&stretch.figures, |other| &other.figures);
            kept.extend(figures.iter().flat_map(|at| self.opening(*at)));
            kept.extend(figures);
        }
        // Conditions of one stretch alone are those of all: "in the morning, the best and the worst aisle".
        if self.stretches.iter().filter(|other| !other.conditions.is_empty()).count() == 1 {
            kept.extend(others().flat_map(|other| other.conditions.iter().copied()));
        }
        let links = |at: usize| matches!(self.items.mark(at), Some(Mark::Link(_)));
        let mut marks: Vec<Item> = self.items.0.clone();
        for (at, item) in marks.iter_mut().enumerate() {
            let own = (stretch.from..stretch.to).contains(&at);
            let grouped = self.role(at) == Some(Role::Each) || item.mark == Mark::Each && self.groups(at);
            let linked = links(at) && self.items.next(at).is_some_and(|next| kept.contains(&next));
            if !own && !kept.contains(&at) && !grouped && !linked && item.mark != Mark::Which {
                item.mark = Mark::Skip;
            }
        }
        let marks = Items(marks, false);
        let view = View { items: &marks, tokens: self.view.tokens };
        let frame = frame::frame(&marks, self.view.tokens);
        let asked = query_alone(&marks, &view, &frame).ok()?;
        let ranked = !asked.query.dimensions.is_empty()
            && (asked.query.limit.is_some() || !asked.query.order_by.is_empty());
        ranked.then_some(asked)
    }

    /// What stands before a figure and belongs to it: "by the number of …".
    fn opening(&self, figure: usize) -> Vec<usize> {
        let opens = |at: &usize| {
            matches!(
                self.items.mark(*at),
                Some(Mark::Skip | Mark::Each | Mark::HowMany | Mark::Agg(_) | Mark::Distinct)
            )
        };
        (0..figure).rev().take_while(opens).collect()
    }

    /// "per department": what every ranking is told for.
    fn groups(&self, at: usize) -> bool {
        self.items.next(at).is_some_and(|next| self.role(next) == Some(Role::Each))
    }
}
