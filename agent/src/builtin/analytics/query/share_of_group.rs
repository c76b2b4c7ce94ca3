//! A number and what share of a whole that is: "how many customers with 30 orders or more stayed away for two weeks, and which
//! share of all customers with 30 orders or more is that?", "never bought it: count, and share of all customers".
//!
//! Before everything else. What is said before the share picks the group; what is said again behind it is the whole, and
//! whatever is not said again is the part. Says nothing where figures, rankings or groupings stand beside it.

use query::metrics::{CohortOf, FilterOp, FilterValue, MetricFilter, MetricQuery};

use super::{
    Asked, Builder,
    told_apart::{Side, held},
};
use crate::builtin::analytics::{
    frame::{Placed, Role},
    item::{Mark, Noun},
};

impl Builder<'_> {
    /// The number and the share, where the question asks for both and for nothing else.
    pub(super) fn share_of_group(&mut self) -> Option<Asked> {
        let (cut, of) = self.number_and_share().or_else(|| self.number_and_number())?;
        let said = self.side(0, cut, of)?;
        let again = self.side(cut + 1, self.items.len(), of)?;
        let (whole, part) = if self.items.mark(cut) == Some(&Mark::HowMany) {
            (said, again)
        } else {
            let whole = self.whole_of(cut, &said, &again)?;
            let part = said.without(&whole);
            (whole, part)
        };
        if part.is_empty() {
            return None;
        }
        let sized = |filter: &MetricFilter| matches!(filter.field.as_str(), "order_size" | "size_band");
        let lines = !part.held.is_empty() || !whole.held.is_empty() || !part.cohorts.is_empty();
        let metric = match of {
            CohortOf::Orders if lines || part.own.iter().any(sized) => "baskets",
            CohortOf::Orders => "orders",
            _ => "customers",
        };
        self.base.clear();
        self.part = part.own.clone();
        self.query = MetricQuery {
            filters: whole.own.clone(),
            cohorts: held(&whole, of),
            part_cohorts: held(&part, of),
            ..MetricQuery::of([metric])
        };
        let mut asked = self.finish(false);
        asked.query.part_values = true;
        Some(asked)
    }

    /// The place of the share behind a number of customers or orders.
    fn number_and_share(&self) -> Option<(usize, CohortOf)> {
        let (share, _) = self.frame.share.clone()?;
        let many: Vec<usize> = self.items.places(|mark| *mark == Mark::HowMany);
        let first = many.iter().copied().find(|at| *at < share)?;
        let shares = self.items.places(|mark| matches!(mark, Mark::Share | Mark::ShareOf(_))).len();
        let other = (0..self.items.len()).any(|at| {
            let figure = matches!(
                self.items.mark(at),
                Some(Mark::Metric(_) | Mark::Agg(_) | Mark::Rank(..) | Mark::Bands(..) | Mark::MakeUp)
            );
            figure && !self.is_whole(at)
        });
        let joined = (first..share).any(|at| matches!(self.items.mark(at), Some(Mark::And | Mark::Comma)));
        // "which share of this segment are they" groups by nothing.
        let pointed = |placed: &Placed| placed.noun == Noun::Segment && placed.at > share;
        let grouped = self.frame.of_role(Role::Each).any(|placed| !pointed(placed))
            || self
                .frame
                .of_role(Role::Listed)
                .any(|placed| !pointed(placed) && !matches!(placed.noun, Noun::Customer | Noun::Order));
        if shares != 1 || many.len() != 1 || other || !joined || grouped || self.comparing() {
            return None;
        }
        let counted = self.frame.nouns.iter().find_map(|placed| match placed.noun {
            Noun::Customer => Some(CohortOf::Customers),
            Noun::Order => Some(CohortOf::Orders),
            Noun::Product | Noun::Item | Noun::Aisle | Noun::Department => Some(CohortOf::Products),
            _ => None,
        })?;
        matches!(counted, CohortOf::Customers | CohortOf::Orders).then_some((share, counted))
    }

    /// "how many customers …, and how many of these …": the place of the second number.
    fn number_and_number(&self) -> Option<(usize, CohortOf)> {
        let many: Vec<usize> = self.items.places(|mark| *mark == Mark::HowMany);
        let [first, second] = many.as_slice() else { return None };
        let other = self.items.any(|mark| {
            matches!(
                mark,
                Mark::Metric(_)
                    | Mark::Agg(_)
                    | Mark::Rank(..)
                    | Mark::Bands(..)
                    | Mark::Share
                    | Mark::ShareOf(_)
            )
        });
        let pronoun = ["them", "these", "those", "they", "which", "whom"];
        let points = self.view.text(*second).ends_with(" of")
            || (second + 1..self.items.len().min(second + 4))
                .any(|at| pronoun.contains(&self.view.text(at).as_str()));
        let joined = (*first..*second).any(|at| matches!(self.items.mark(at), Some(Mark::And | Mark::Comma)));
        let again = self.items.after(*second).is_some_and(|mark| matches!(mark, Mark::Noun(_)));
        if other || !points || !joined || again || self.frame.of_role(Role::Each).next().is_some() {
            return None;
        }
        let counted = self.items.next(*first)?;
        match self.items.mark(counted)? {
            Mark::Noun(Noun::Customer) => Some((*second, CohortOf::Customers)),
            Mark::Noun(Noun::Order) => Some((*second, CohortOf::Orders)),
            _ => None,
        }
    }

    /// What of the group is the whole: what is said again, else what the share's own words point to, else nothing.
    fn whole_of(&self, share: usize, said: &Side, again: &Side) -> Option<Side> {
        let known = again.own.iter().all(|filter| said.own.contains(filter))
            && again.held.iter().all(|clause| said.held.contains(clause))
            && again.cohorts.iter().all(|cohort| said.cohorts.contains(cohort));
        if !known {
            return None;
        }
        let mut whole = Side {
            own: again.own.clone(),
            held: again.held.clone(),
            cohorts: again.cohorts.clone(),
            ..Side::default()
        };
        if whole.is_empty() {
            let says = |words: &[&str]| {
                (share..self.items.len()).any(|at| {
                    let text = self.view.text(at);
                    text.split(' ').any(|word| words.contains(&word))
                })
            };
            let segment = says(&["segment", "segments", "group"]);
            let buyers =
                says(&["buyers", "purchasers"]) && says(&["its", "their", "these", "those", "the", "all"]);
            if segment {
                whole.own =
                    said.own.iter().filter(|filter| filter.field == "segment_name").cloned().collect();
            } else if buyers {
                whole.held = said.held.iter().filter(|(_, denied)| !denied).take(1).cloned().collect();
            }
        }
        Some(whole)
    }
}

impl Side {
    fn is_empty(&self) -> bool {
        self.own.is_empty() && self.held.is_empty() && self.cohorts.is_empty()
    }

    /// What of this side is not said of the whole.
    fn without(&self, whole: &Self) -> Self {
        let zero =
            |filter: &MetricFilter| filter.op == FilterOp::Ge && filter.values == [FilterValue::Integer(1)];
        Self {
            own: self
                .own
                .iter()
                .filter(|filter| !whole.own.contains(filter) && !zero(filter))
                .cloned()
                .collect(),
            held: self.held.iter().filter(|clause| !whole.held.contains(clause)).cloned().collect(),
            cohorts: self.cohorts.iter().filter(|cohort| !whole.cohorts.contains(cohort)).cloned().collect(),
            ..Self::default()
        }
    }
}
